"""Cells of a column as numbers, the same number for those that are equal, in the order in which they come.

Most columns hold few words and many cells. So cells are told apart by what is quickest: one and the same
object by where it lies, texts of a fixed width by their letters; only what is left is looked up one by one.
What a data frame has numbered, or numbers by itself, is taken over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from bporoute._base.arrays import Integers
from bporoute.errors import InputError, shown

SAMPLED = 512
"""Cells that are looked at first, for what differs."""
MOST_DENSE = 1 << 20
"""Numbers up to which a table of all of them is quicker than sorting."""
KEY_FACTOR = 0x9E3779B97F4A7C15
"""An odd number of 64 bits, the golden ratio's; its powers weigh the letters of a text."""
FEW = 64
"""Values up to which searching among those met is quicker than a look-up for each cell."""


def numbered(name: str, column: Any) -> tuple[Integers, list[Any]]:
    """A number for each cell of a column, and what the numbers stand for; None stands for a missing one.

    Raises
    ------
    InputError
        If this is no column.

    Examples
    --------
    >>> codes, words = numbered("language", np.array(["sv", "en", "sv"]))
    >>> codes.tolist(), words
    ([0, 1, 0], ['sv', 'en'])
    """
    categorical: Any = getattr(column, "cat", None)
    if hasattr(categorical, "codes"):  # pandas has done this already
        return _with_missing(categorical.codes, categorical.categories.tolist())
    kind: Any = getattr(column, "dtype", None)
    if isinstance(column, np.ndarray) and kind.kind == "U" and column.ndim == 1:
        found = _of_fixed_width(column)
        if found is not None:
            return found
    elif kind != np.dtype(object):
        found = _by_frame(column)
        if found is not None:
            return found
    held = listed(name, column)
    same, places = numbered_objects(held)
    differing = [held[place] for place in places]
    try:
        numbers, first = numbered_keys(differing, len(differing))
    except TypeError:
        differing = [_hashable(cell) for cell in differing]
        numbers, first = numbered_keys(differing, len(differing))
    return numbers[same], [differing[place] for place in first]


def listed(name: str, column: Any) -> list[Any]:
    """The cells of a column."""
    for method in ("tolist", "to_list", "to_pylist"):  # NumPy and pandas, Polars, Arrow
        if hasattr(column, method):
            column = getattr(column, method)()
            break
    if isinstance(column, str | bytes) or not isinstance(column, Iterable):
        raise InputError(f"contacts: {name}", shown(column), "a column")
    return list(column)


def numbered_objects(cells: Sequence[Any]) -> tuple[Integers, Sequence[int]]:
    """A number for each object, and where each number comes first.

    Equal ones may have two numbers: only what is the same object, or comes often, is sure to have one.

    >>> numbers, first = numbered_objects(["a", "b", "a"])
    >>> numbers.tolist(), list(first)
    ([0, 1, 0], [0, 1])
    """
    held = np.fromiter(cells, dtype=object, count=len(cells))  # keeps alive what lies there
    found = _few(np.array(_Addresses(held)))
    if found is not None:
        return found
    try:
        if len(set(cells[:: len(cells) // SAMPLED + 1])) <= FEW:
            return numbered_keys(cells, len(cells))
    except TypeError:  # lists in cells
        pass
    return np.arange(len(cells)), range(len(cells))


def numbered_keys(keys: Iterable[Any], length: int) -> tuple[Integers, list[int]]:
    """A number for each key, the same for those that are equal, and where each number comes first."""
    numbers: defaultdict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(numbers.__getitem__, keys), np.int64, length)
    return codes, _first_places(codes, len(numbers)).tolist()


def renumbered(numbers: Integers, below: int) -> tuple[Integers, list[int]]:
    """Number anew only what occurs, in its order; and what that was.

    >>> numbers, occur = renumbered(np.array([7, 2, 7]), 9)
    >>> numbers.tolist(), occur
    ([1, 0, 1], [2, 7])
    """
    if below > MOST_DENSE:
        found, places = np.unique(numbers, return_inverse=True)
        return places.astype(np.int64), found.tolist()
    occurs = np.zeros(below, dtype=bool)
    occurs[numbers] = True
    found = np.flatnonzero(occurs)
    places = np.zeros(below, dtype=np.int64)
    places[found] = np.arange(len(found))
    return places[numbers], found.tolist()


class _Addresses:
    """Where the objects of an array lie, as an array of numbers that nobody follows."""

    def __init__(self, objects: npt.NDArray[np.object_]) -> None:
        self.__array_interface__ = {
            "data": (objects.ctypes.data, True),
            "typestr": np.dtype(np.intp).str,
            "shape": objects.shape,
            "version": 3,
        }


def _few(values: Integers) -> tuple[Integers, list[int]] | None:
    """A number for each value, and where each comes first; None if many differ."""
    known = np.unique(values[:: len(values) // SAMPLED + 1])
    if len(known) == 1 and (values == known[0]).all():
        return np.zeros(len(values), dtype=np.int64), [0]
    while 0 < len(known) <= FEW:
        places = np.minimum(np.searchsorted(known, values), len(known) - 1)
        missed = values[known[places] != values]
        if not len(missed):
            first = _first_places(places, len(known))
            order = np.argsort(first)
            ranks = np.empty(len(known), dtype=np.int64)
            ranks[order] = np.arange(len(known))
            return ranks[places], first[order].tolist()
        known = np.union1d(known, missed)
    return None


def _first_places(codes: Integers, numbers: int) -> Integers:
    """Where each number comes first."""
    first = np.empty(numbers, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # of several places the last that is written stays
    return first


def _of_fixed_width(column: npt.NDArray[np.str_]) -> tuple[Integers, list[Any]] | None:
    """The same of an array of texts; None if many differ."""
    width = column.dtype.itemsize // 4
    if not width or not len(column):
        return None
    letters = np.ascontiguousarray(column).view(np.uint32).reshape(-1, width)
    # A key of all letters: two texts may share one, which shows below.
    factors = np.cumprod(np.full(width, KEY_FACTOR, dtype=np.uint64))
    found = _few((letters @ factors).view(np.int64))
    if found is None:
        return None
    codes, first = found
    if not (letters[first][codes] == letters).all():
        return None
    return codes, column[first].tolist()


def _by_frame(column: Any) -> tuple[Integers, list[Any]] | None:
    """The same by the frame that a column is of; None if that cannot do it."""
    try:
        if hasattr(column, "dictionary_encode"):  # Arrow
            whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
            encoded = whole.dictionary_encode()
            codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return _with_missing(codes, encoded.dictionary.to_pylist())
        if hasattr(column, "replace_strict"):  # Polars
            words = column.unique(maintain_order=True)
            codes = column.replace_strict(words, np.arange(len(words))).to_numpy()
            return np.array(codes, dtype=np.int64), words.to_list()
        if hasattr(column, "factorize"):  # pandas
            codes, words = column.factorize()
            return _with_missing(codes, words.tolist())
    except Exception:  # lists in cells, an older release, or nothing of the kind
        return None
    return None


def _with_missing(codes: Any, words: list[Any]) -> tuple[Integers, list[Any]]:
    """The same of numbers some of which stand for no cell; those below 0 stand for a missing one."""
    given = np.array(codes, dtype=np.int64)
    numbers, occur = renumbered(np.where(given < 0, len(words), given), len(words) + 1)
    words = [*words, None]
    return numbers, [words[number] for number in occur]


def _hashable(cell: Any) -> Any:
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    return tuple(cell) if isinstance(cell, list | set | frozenset) else cell
