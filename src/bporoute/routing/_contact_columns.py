"""Many contacts at once, however they come: those that differ, numbered, and each contact's number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bporoute.center._contact import Contact
from bporoute.center._contact_told import with_kind_read
from bporoute.center._told_texts import is_missing
from bporoute.errors import InputError, shown

TEXTS = ("type", "language", "country", "value_class")
TUPLES = ("data", "skills")
"""Columns whose cells hold several texts."""
MOST_DENSE = 1 << 20
"""Combinations up to which a table of all of them is quicker than sorting."""

Codes = npt.NDArray[np.int32]
_KEY = attrgetter("type", "language", "data", "country", "value_class", "skills")


class Coded(NamedTuple):
    """Contacts as numbers.

    Attributes
    ----------
    codes : array of int32
        For each contact, which of `contacts` it is like.
    contacts : tuple of Contact
        What each number stands for.
    ids : callable
        Gives the id of each contact, in order, as it was told.
    """

    codes: Codes
    contacts: tuple[Contact, ...]
    ids: Callable[[], Iterable[object]]


def coded(contacts: Any, like: Sequence[Contact] | None) -> Coded:
    """Number contacts, the same number for those that are alike.

    Parameters
    ----------
    contacts : sequence of Contact, columns, or array of int
        Columns are a mapping, a data frame or a structured array with ``type`` and, optionally, ``language``,
        ``country``, ``value_class``, ``data``, ``skills`` and ``id``; other columns are not looked at.
    like : sequence of Contact or None
        What the numbers stand for, if `contacts` is an array of int, and only then.

    Raises
    ------
    InputError
        If a cell is not what it should be, a column is missing, or a number stands for nothing.

    Examples
    --------
    >>> found = coded({"type": ["service", "sales", "service"], "language": ["sv", "", "sv"]}, None)
    >>> [found.contacts[code] for code in found.codes] == [
    ...     Contact("service", "sv"), Contact("sales"), Contact("service", "sv")
    ... ]
    True
    """
    if like is not None:
        return _numbered(contacts, like)
    names = _columns(contacts)
    if names is not None:
        return _from_columns(contacts, names)
    if isinstance(contacts, np.ndarray) and contacts.dtype.kind in "iu":
        raise InputError("contacts", "numbers alone", "like=[Contact(..), ..] too, which they stand for")
    if isinstance(contacts, str | bytes) or not isinstance(contacts, Iterable):
        raise InputError("contacts", shown(contacts), "contacts, or columns with a type")
    return _from_contacts(list(contacts))


def _numbered(contacts: Any, like: Sequence[Contact]) -> Coded:
    for place, contact in enumerate(like):
        if not isinstance(contact, Contact):
            raise InputError(f"like[{place}]", shown(contact), "a Contact")
    numbers = np.asarray(contacts)
    if numbers.ndim != 1 or (numbers.dtype.kind not in "iu" and numbers.size):
        raise InputError(
            "contacts", f"an array of {numbers.dtype} in {numbers.ndim} dimensions", "whole numbers"
        )
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < len(like)):
        bad = int(np.flatnonzero((numbers < 0) | (numbers >= len(like)))[0])
        raise InputError(f"contacts[{bad}]", str(numbers[bad]), f"the number of one of {len(like)} contacts")
    codes = numbers.astype(np.int32)
    contacts_like = tuple(map(with_kind_read, like))
    return Coded(codes, contacts_like, lambda: (contacts_like[code].id for code in codes))


def _from_contacts(contacts: list[Contact]) -> Coded:
    for place, contact in enumerate(contacts):
        if not isinstance(contact, Contact):
            raise InputError(f"contacts[{place}]", shown(contact), "a Contact")
    try:
        codes, first = _told_apart(contacts)
    except Exception:  # a list where a tuple should be, or anything else that is no text
        codes, first = _told_apart(list(map(with_kind_read, contacts)))
    return Coded(codes, tuple(map(with_kind_read, first)), lambda: (contact.id for contact in contacts))


def _told_apart(contacts: list[Contact]) -> tuple[Codes, list[Contact]]:
    first: dict[Any, Contact] = {}
    keys = list(map(_KEY, contacts))
    for key, contact in zip(keys, contacts, strict=True):
        first.setdefault(key, contact)
    numbers = {key: number for number, key in enumerate(first)}
    return np.fromiter(map(numbers.__getitem__, keys), np.int32, len(keys)), list(first.values())


def _columns(contacts: Any) -> list[str] | None:
    """Names of the columns; None if these are not columns."""
    if isinstance(contacts, Mapping):
        return list(contacts)
    if isinstance(contacts, np.ndarray):
        return None if contacts.dtype.names is None else list(contacts.dtype.names)
    names = getattr(contacts, "column_names", None)  # an Arrow table: its `columns` have no names
    if names is None:
        names = getattr(contacts, "columns", None)
    return None if names is None else list(names)


def _from_columns(contacts: Any, names: list[str]) -> Coded:
    if "type" not in names:
        raise InputError("contacts", f"columns {', '.join(map(str, names)) or 'none'}", "a column named type")
    given = [name for name in (*TEXTS, *TUPLES) if name in names]
    columns = [_encoded(name, contacts[name]) for name in given]
    rows = len(columns[0][0])
    for name, (codes, _) in zip(given, columns, strict=True):
        if len(codes) != rows:
            raise InputError(f"contacts: {name}", f"{len(codes)} rows", f"{rows}, as many as type")
    combined, stand_for = _combined(columns)
    differing = tuple(
        with_kind_read(Contact(**dict(zip(given, values, strict=True)))) for values in stand_for
    )
    if "id" not in names:
        return Coded(combined, differing, lambda: [""] * rows)
    ids = _cells("id", contacts["id"])
    if len(ids) != rows:
        raise InputError("contacts: id", f"{len(ids)} rows", f"{rows}, as many as type")
    return Coded(combined, differing, lambda: ("" if is_missing(cell) else str(cell) for cell in ids))


def _encoded(name: str, column: Any) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """A number for each cell, and what the numbers stand for; nothing stands for a missing one."""
    categorical: Any = getattr(column, "cat", None)
    if hasattr(categorical, "codes"):  # pandas has done this already
        codes = np.asarray(categorical.codes, dtype=np.int64)
        words = [*categorical.categories.tolist(), None]
        codes = np.where(codes < 0, len(words) - 1, codes)
    else:
        cells = _cells(name, column)
        try:
            numbers = {cell: number for number, cell in enumerate(dict.fromkeys(cells))}
        except TypeError:
            cells = [_hashable(cell) for cell in cells]
            numbers = {cell: number for number, cell in enumerate(dict.fromkeys(cells))}
        codes = np.fromiter(map(numbers.__getitem__, cells), np.int64, len(cells))
        words = list(numbers)
    used = set(np.unique(codes).tolist()) if len(words) < MOST_DENSE else set(range(len(words)))
    values: list[Any] = []
    for number, word in enumerate(words):
        try:
            values.append(_value(name, word) if number in used else None)
        except InputError as complaint:
            row = int(np.flatnonzero(codes == number)[0])
            raise complaint.under(f"contacts[{row}].") from None
    return codes, values


def _cells(name: str, column: Any) -> list[Any]:
    for method in ("tolist", "to_list", "to_pylist"):  # NumPy and pandas, Polars, Arrow
        if hasattr(column, method):
            column = getattr(column, method)()
            break
    if isinstance(column, str | bytes) or not isinstance(column, Iterable):
        raise InputError(f"contacts: {name}", shown(column), "a column")
    return list(column)


def _value(name: str, cell: Any) -> Any:
    """A cell as a field of a contact."""
    if name in TUPLES:
        if is_missing(cell):
            return ()
        if isinstance(cell, str):
            return (cell,) if cell else ()
        if not isinstance(cell, tuple) or not all(isinstance(word, str) for word in cell):
            raise InputError(name, shown(cell), "a tuple of texts")
        return cell
    if is_missing(cell) and name != "type":
        return ""
    if not isinstance(cell, str):
        raise InputError(name, shown(cell), "a text")
    return cell


def _hashable(cell: Any) -> Any:
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    return tuple(cell) if isinstance(cell, list | set | frozenset) else cell


def _combined(columns: list[tuple[npt.NDArray[np.int64], list[Any]]]) -> tuple[Codes, list[tuple[Any, ...]]]:
    """One number for the numbers of several columns, and the values that each stands for."""
    combined, words = columns[0]
    stand_for: list[tuple[Any, ...]] = [(word,) for word in words]
    for codes, words in columns[1:]:
        combined, pairs = _renumbered(combined * len(words) + codes, len(stand_for) * len(words))
        stand_for = [(*stand_for[pair // len(words)], words[pair % len(words)]) for pair in pairs]
    combined, used = _renumbered(combined, len(stand_for))
    return combined.astype(np.int32), [stand_for[number] for number in used]


def _renumbered(numbers: npt.NDArray[np.int64], below: int) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Number anew only what occurs."""
    if below > MOST_DENSE:
        found, places = np.unique(numbers, return_inverse=True)
        return places.astype(np.int64), found.tolist()
    occurs = np.zeros(below, dtype=bool)
    occurs[numbers] = True
    found = np.flatnonzero(occurs)
    places = np.zeros(below, dtype=np.int64)
    places[found] = np.arange(len(found))
    return places[numbers], found.tolist()
