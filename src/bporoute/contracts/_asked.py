"""What a contract is asked with: numbers and values that cannot be are refused with their name."""

from __future__ import annotations

import sys
from numbers import Real

from bporoute.errors import InputError, shown

_MOST = sys.float_info.max


def check_number(where: str, value: object) -> None:
    """Refuse what is no finite number of at least 0.

    >>> check_number("handle", "180")
    Traceback (most recent call last):
    bporoute.errors.InputError: handle: found '180'; expected a finite number of at least 0
    """
    # As nearly always: asking whether it is a Real takes ten times as long.
    if (type(value) is float or type(value) is int) and 0.0 <= value <= _MOST:
        return
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= value <= _MOST:  # type: ignore[operator]  # a number
        raise InputError(where, shown(value), "a finite number of at least 0")


def check_kind(where: str, value: object, kind: type | tuple[type, ...], expected: str) -> None:
    """Refuse what is not of a kind.

    >>> check_kind("usage", 40, str, "a text")
    Traceback (most recent call last):
    bporoute.errors.InputError: usage: found 40; expected a text
    """
    if not isinstance(value, kind):
        raise InputError(where, shown(value), expected)
