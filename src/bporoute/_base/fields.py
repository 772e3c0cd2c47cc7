"""The types of configured values, and the check that one keeps to its type, in a file as in Python."""

from __future__ import annotations

from numbers import Real
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from bporoute._base.complaints import Dialect, Looked
from bporoute._base.ranges import (
    ABOVE_OR_INFINITE,
    ABOVE_UP_TO_MOST,
    HANDLE_TIME,
    INSIDE,
    MEMORY,
    OR_INFINITE,
    PEOPLE,
    PLACES,
    PROBABILITY,
    SHARE_BELOW_ONE,
    UP_TO_MOST,
    VARIATION,
    WEIGHT,
)
from bporoute._base.words import COUNTRY, IN_SECONDS, SHARE
from bporoute._base.words import did_you_mean as did_you_mean
from bporoute.errors import UNPRINTABLE, InputError, gathered, shown

_SECONDS, _SHARE = Meta(title=IN_SECONDS), Meta(title=SHARE)

Seconds = Annotated[float, UP_TO_MOST.meta, _SECONDS]
HandleTime = Annotated[float, HANDLE_TIME.meta, _SECONDS]
"""Mean seconds that a contact is handled."""
PositiveSeconds = Annotated[float, ABOVE_UP_TO_MOST.meta, _SECONDS]
Limit = Annotated[float, OR_INFINITE.meta, _SECONDS]
"""Seconds up to which something counts; 0: at once, inf: whenever."""
Patience = Annotated[float, OR_INFINITE.meta, _SECONDS]
"""Mean seconds that a waiting contact stays; 0: nobody waits, inf: nobody gives up."""
EndlessSeconds = Annotated[float, ABOVE_OR_INFINITE.meta, _SECONDS]
"""Mean duration; inf: it never ends."""
Rate = Annotated[float, UP_TO_MOST.meta]
"""Events per second."""
Money = Annotated[float, UP_TO_MOST.meta]
Probability = Annotated[float, PROBABILITY.meta, _SHARE]
ShareBelowOne = Annotated[float, SHARE_BELOW_ONE.meta, _SHARE]
OpenProbability = Annotated[float, INSIDE.meta, _SHARE]
Variation = Annotated[float, VARIATION.meta]
"""A coefficient of variation."""
Weight = Annotated[float, WEIGHT.meta]
"""Contacts that a belief weighs as much as."""
Memory = Annotated[float, MEMORY.meta]
"""Contacts after which one's influence has fallen to 1/e; inf: it never does."""
Count = Annotated[int, UP_TO_MOST.meta]
People = Annotated[int, PEOPLE.meta]
Places = Annotated[int, PLACES.meta]
Name = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=f"^{UNPRINTABLE.pattern.replace('[', '[^')}*$")
]

Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", title=COUNTRY)]
"""ISO 3166 alpha-2."""

Value = TypeVar("Value")


def plain(value: Any) -> Any:
    """NumPy's numbers and truth values as Python's own, everything else as it is.

    NumPy need not be loaded for it.

    >>> import numpy as np
    >>> plain(np.float64(0.8)), plain(np.True_), plain("0.8")
    (0.8, True, '0.8')
    """
    if type(value).__module__ != "numpy":
        return value
    return value.item() if isinstance(value, Real) or type(value).__name__ in ("bool", "bool_") else value


def converted(raw: Any, kind: type[Value], where: str, dialect: Dialect | None = None) -> Value:
    """`raw` (a number, or tables and lists as TOML gives them) as a value of `kind`, every field checked.

    With a `dialect`, that of a file, durations and shares may be texts such as ``"3:08"`` and ``"80 %"``.

    Raises
    ------
    InputError
        Naming the key path below `where`, the value that stands there and what would be right; of
        everything that is wrong at once (`InputError.complaints`).
    """
    raw = plain(raw)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as failure:
        text = str(failure)
    looked = Looked(raw, kind, where, dialect)
    if looked.complaints:
        raise gathered(looked.complaints)
    try:
        return msgspec.convert(looked.mended, kind)
    except msgspec.ValidationError:
        raise InputError(where or "file", shown(raw), text) from None


def examined(
    raw: Any, kind: type[Value], where: str, dialect: Dialect
) -> tuple[Value | None, list[InputError]]:
    """`raw` as a value of `kind` without what is wrong, None if too little is left; and what is wrong.

    For whoever looks further at what is right before the complaints are told.
    """
    looked = Looked(raw, kind, where, dialect)
    try:
        return msgspec.convert(looked.mended, kind), looked.complaints
    except msgspec.ValidationError as failure:
        unread = InputError(where or "file", shown(raw), str(failure))
        return None, looked.complaints or [unread]


def check_ranges(item: Any, kind: Any, where: str) -> None:
    """Check the fields of a struct that may have been built in Python, where they meet no ranges."""
    try:
        plain = msgspec.to_builtins(item)
    except TypeError as failure:
        raise InputError(where, str(failure), "Python's own numbers, texts, lists and tables") from None
    converted(plain, kind, where)
