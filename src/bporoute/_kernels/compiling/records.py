"""Records: arrays that belong together travel as one NamedTuple.

A record is declared once, each field with its type and its meaning::

    class Points(NamedTuple):
        many: int
        at: Row
        where: Annotated[Table, 3]

The types are those of `bporoute._kernels.compiling.arrays`, or `int`; a number beside is that of the columns,
where it is always the same, which saves machine code questions. Kernels take the record by its name in
their signature, and interpreted anything that can be indexed likewise. Handing many arrays to compiled code
takes long, so whoever calls it often keeps them `Packed`, and the kernel, given the address, has them
`unpacked`.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, get_origin, get_type_hints

import numpy as np

Record = TypeVar("Record", bound=tuple[Any, ...])


class Field(NamedTuple):
    """A field of a record, and its words: the address and the shape of an array, or a number itself."""

    type: str
    """Numba's name of it."""
    dtype: str
    """Numba's and NumPy's name of an element."""
    dimensions: int
    columns: int
    """0: any."""
    place: int
    """The first of its words."""


@cache
def fields(record: type[tuple[Any, ...]]) -> tuple[Field, ...]:
    """The fields of a record in their order."""
    found: list[Field] = []
    place = 0
    for hint in get_type_hints(record, include_extras=True).values():
        text, *columns = hint.__metadata__ if get_origin(hint) is Annotated else ("i8",)
        dimensions = text.count(",") + 1 if "[" in text else 0
        found.append(Field(text, text.partition("[")[0], dimensions, columns[0] if columns else 0, place))
        place += 1 + dimensions
    return tuple(found)


def words(record: type[tuple[Any, ...]]) -> int:
    """How many words a record is packed into."""
    last = fields(record)[-1]
    return last.place + 1 + last.dimensions


class Packed:
    """Where the arrays of a record are, in words that `unpacked` reads.

    Attributes
    ----------
    address : int
        Of the words. It stays, and so do the arrays while they belong to the record kept last.
    """

    __slots__ = ("_fields", "_told", "_words", "address", "kept")

    def __init__(self, record: type[tuple[Any, ...]]) -> None:
        self._fields = fields(record)
        self._told = [0] * words(record)
        self._words = np.zeros(len(self._told), dtype=np.int64)
        self.kept: Any = (None,) * len(self._fields)
        """The record kept last."""
        self.address: int = self._words.ctypes.data

    def keep(self, record: tuple[Any, ...]) -> int:
        """Bring the words up to date; their address.

        No other thread meets words that are old in part.

        Raises
        ------
        TypeError
            If a field is not of the type that its record declares.
        """
        if any(map(operator.is_not, record, self.kept)):  # addresses take long to ask for
            told = self._told.copy()
            for field, value, kept in zip(self._fields, record, self.kept, strict=True):
                if value is not kept:
                    told[field.place : field.place + 1 + field.dimensions] = _told(field, value)
            # On one line: whatever is interrupted, no array is dropped to which the words still point.
            self._words[:], self._told, self.kept = told, told, record
        return self.address


def _told(field: Field, value: Any) -> tuple[int, ...]:
    if not field.dimensions:
        return (value,)
    fits = value.dtype == field.dtype and value.ndim == field.dimensions and value.flags.c_contiguous
    if not fits or (field.columns and value.shape[-1] != field.columns):
        columns = f" of {field.columns} columns" if field.columns else ""
        raise TypeError(f"{field.type}{columns} is wanted, not {value.dtype} of shape {value.shape}")
    return (value.ctypes.data, *value.shape)


def unpacked(record: type[Record], address: int) -> Record:
    """The record that is packed at an address; in machine code the compiler has its own way.

    >>> class Points(NamedTuple):
    ...     many: int
    >>> unpacked(Points, Packed(Points).keep(Points(3)))
    Points(many=3)
    """
    at = _memory(address, "i8", (words(record),)).tolist()
    found: list[Any] = []
    for _, dtype, dimensions, _, place in fields(record):
        shape = tuple(at[place + 1 : place + 1 + dimensions])
        found.append(_memory(at[place], dtype, shape) if dimensions else at[place])
    return record._make(found)  # type: ignore[attr-defined,no-any-return]  # a NamedTuple


class _Memory:
    """What NumPy asks of whoever has memory that it may look at."""

    def __init__(self, interface: dict[str, Any]) -> None:
        self.__array_interface__ = interface


def _memory(address: int, dtype: str, shape: tuple[int, ...]) -> Any:
    interface = {"data": (address, False), "typestr": f"={dtype}", "shape": shape, "version": 3}
    return np.asarray(_Memory(interface))
