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
from bporoute.routing._numbered_cells import (
    listed,
    numbered,
    numbered_keys,
    numbered_objects,
    renumbered,
)

TEXTS = ("type", "language", "country", "value_class")
TUPLES = ("data", "skills")
"""Columns whose cells hold several texts."""
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
    codes, first = _told_apart(contacts)
    differing = tuple(with_kind_read(contacts[place]) for place in first)
    return Coded(codes, differing, lambda: (contact.id for contact in contacts))


def _told_apart(contacts: list[Contact]) -> tuple[Codes, list[int]]:
    """Which kind each contact is of, and where each kind comes first."""
    same, places = numbered_objects(contacts)
    differing = [contacts[place] for place in places]
    if not all(issubclass(kind, Contact) for kind in set(map(type, differing))):
        place = next(place for place, each in enumerate(contacts) if not isinstance(each, Contact))
        raise InputError(f"contacts[{place}]", shown(contacts[place]), "a Contact")
    try:
        kinds, first = numbered_keys(map(_KEY, differing), len(differing))
    except Exception:  # a list where a tuple should be, or anything else that is no text
        kinds, first = numbered_keys(map(_KEY, map(with_kind_read, differing)), len(differing))
    return kinds[same].astype(np.int32), [places[number] for number in first]


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
    ids = listed("id", contacts["id"])
    if len(ids) != rows:
        raise InputError("contacts: id", f"{len(ids)} rows", f"{rows}, as many as type")
    return Coded(combined, differing, lambda: ("" if is_missing(cell) else str(cell) for cell in ids))


def _encoded(name: str, column: Any) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """A number for each cell, and what the numbers stand for."""
    codes, words = numbered(name, column)
    values: list[Any] = []
    for number, word in enumerate(words):
        try:
            values.append(_value(name, word))
        except InputError as complaint:
            row = int(np.flatnonzero(codes == number)[0])
            raise complaint.under(f"contacts[{row}].") from None
    return codes, values


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


def _combined(columns: list[tuple[npt.NDArray[np.int64], list[Any]]]) -> tuple[Codes, list[tuple[Any, ...]]]:
    """One number for the numbers of several columns, and the values that each stands for."""
    combined = np.zeros(len(columns[0][0]), dtype=np.int64)
    stand_for: list[tuple[Any, ...]] = [()] if len(combined) else []
    for codes, words in columns:
        if len(words) > 1:
            numbers = codes if len(stand_for) == 1 else combined * len(words) + codes
            combined, pairs = renumbered(numbers, len(stand_for) * len(words))
        else:
            pairs = list(range(len(stand_for)))
        stand_for = [(*stand_for[pair // len(words)], words[pair % len(words)]) for pair in pairs]
    return combined.astype(np.int32), stand_for
