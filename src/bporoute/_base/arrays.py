"""The kinds of arrays; arguments checked at the door, broadcast like a NumPy ufunc, handed to a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bporoute._base.ranges import NOT_NEGATIVE, Range
from bporoute.errors import InputError, shown

# As `numpy.typing.NDArray` is written, which takes long to load.
Floats = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]
Integers = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Flags = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]


ROUNDING = 1e-9
"""Of a share, far above what its kernel leaves."""
AT_ONCE = 65_536
"""Results between two looks at the keyboard: a kernel does not hear Ctrl-C."""


class Together(NamedTuple):
    """Arguments of one shape.

    Attributes
    ----------
    flat : tuple of array
        One float64 vector for each argument, all of one length.
    shape : tuple of int
        The shape they have together.
    """

    flat: tuple[Floats, ...]
    shape: tuple[int, ...]

    def shaped(self, results: Floats) -> Any:
        """Results for the flat values in the arguments' shape; a float if all arguments were scalars."""
        return float(results[0]) if self.shape == () else results.reshape(self.shape)

    def shares(self, results: Floats) -> Any:
        """The same of shares: none lies beyond 0 or 1 by its rounding."""
        return self.shaped(without_rounding(results))

    def run(self, kernel: Callable[..., None], *options: Any, columns: int = 0) -> Floats:
        """``kernel(*flat, *options, out)``, piece by piece; each gives a value, or a row of `columns`."""
        size = len(self.flat[0])
        out = np.empty((size, columns) if columns else size)
        for start in range(0, size, AT_ONCE):
            piece = slice(start, start + AT_ONCE)
            kernel(*(values[piece] for values in self.flat), *options, out[piece])
        return out


def read_only(array: Floats) -> Floats:
    """The same numbers for somebody who is not to write into them.

    >>> read_only(np.zeros(2))[0] = 1.0
    Traceback (most recent call last):
    ValueError: assignment destination is read-only
    """
    seen = array.view()
    seen.flags.writeable = False
    return seen


def for_kernel(array: Floats) -> Floats:
    """An array as kernels are compiled for, in one piece and writable; of any other a copy."""
    return array if array.flags.writeable and array.flags.c_contiguous else array.copy()


def without_rounding(shares: Floats) -> Floats:
    """Shares that rounding took beyond 0 or 1 put there; what is further off would be an error and stays.

    >>> without_rounding(np.array([-1e-17, 0.5, 1.0000000000000002, 1.5]))
    array([0. , 0.5, 1. , 1.5])
    """
    within = np.clip(shares, 0.0, 1.0)
    return np.where(np.abs(shares - within) < ROUNDING, within, shares)


def numbers(name: str, value: object, legal: Range = NOT_NEGATIVE) -> Floats:
    """One argument as float64.

    Raises
    ------
    InputError
        Naming the argument, inside an array the index too, the value and the legal range.

    Examples
    --------
    >>> numbers("load", [8, 9.5])
    array([8. , 9.5])
    >>> numbers("load", [8, -1])
    Traceback (most recent call last):
    bporoute.errors.InputError: load[1]: found -1.0; expected a finite number of at least 0
    """
    try:
        given = np.asarray(value)
        if given.dtype.kind == "O" and given.size:
            given = np.asarray(np.frompyfunc(float, 1, 1)(given), np.float64)  # NumPy takes None for nan
    except (ValueError, TypeError, OverflowError):
        raise InputError(name, shown(value), f"{legal}, or an array of such") from None
    if given.dtype.kind not in "iuf":
        raise InputError(name, shown(value), f"{legal}, or an array of such")
    floats = given.astype(np.float64)
    legals = legal.holds(floats) & (floats == np.floor(floats)) if legal.whole else legal.holds(floats)
    refuse(name, floats, ~legals, floats.shape, str(legal))
    return floats


def number(name: str, value: object, legal: Range = NOT_NEGATIVE) -> float:
    """One argument that must not be an array.

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.
    """
    checked = numbers(name, value, legal)
    if checked.shape:
        raise InputError(name, f"an array of shape {checked.shape}", str(legal))
    return float(checked)


def refuse(name: str, values: Floats, wrong: Any, shape: tuple[int, ...], expected: str) -> None:
    """Refuse the first of the values that is wrong; flat or not, they belong to an argument of this shape.

    Raises
    ------
    InputError
        Naming the argument, inside an array the index too, the value and what was expected.
    """
    if np.any(wrong):
        first = int(np.argmax(wrong))
        raise InputError(named(name, first, shape), repr(float(np.ravel(values)[first])), expected)


def named(name: str, place: int, shape: tuple[int, ...]) -> str:
    """An argument's name, inside an array with the index of this flat place, as in ``load[0, 1]``."""
    index = ", ".join(str(int(i)) for i in np.unravel_index(place, shape))
    return f"{name}[{index}]" if index else name


def together(**arguments: tuple[object, Range]) -> Together:
    """Check every argument, given as (value, legal range), and broadcast them all.

    Raises
    ------
    InputError
        Naming the argument and the index of a value that is not legal, or the shapes that do not fit.
    """
    checked = {name: numbers(name, value, legal) for name, (value, legal) in arguments.items()}
    try:
        spread = np.broadcast_arrays(*checked.values())
    except ValueError:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in checked.items() if values.shape)
        raise InputError("shapes", shapes, "shapes that broadcast together") from None
    return Together(tuple(np.ascontiguousarray(values).ravel() for values in spread), spread[0].shape)
