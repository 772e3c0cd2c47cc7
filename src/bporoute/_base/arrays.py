"""The kinds of arrays; arguments checked at the door, broadcast like a NumPy ufunc, handed to a kernel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bporoute.errors import InputError, shown

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


AT_ONCE = 65_536
"""Results between two looks at the keyboard: a kernel does not hear Ctrl-C."""


class Range(NamedTuple):
    """The legal values of an argument: from `low` to `high`, as the flags say without the ends."""

    low: float = 0.0
    high: float = math.inf
    above: bool = False
    """Without `low` itself."""
    below: bool = True
    """Without `high` itself."""
    whole: bool = False
    """Whole numbers only."""

    def holds(self, values: Floats) -> Any:
        """For each value, whether it is legal; nan never is."""
        over = values > self.low if self.above else values >= self.low
        under = values < self.high if self.below else values <= self.high
        return over & under & (values == np.floor(values)) if self.whole else over & under

    def __str__(self) -> str:
        kind = "whole number" if self.whole else "number"
        low = f"{'above' if self.above else 'of at least'} {self.low:g}"
        if self.high == math.inf:
            return f"a {'finite ' if self.below else ''}{kind} {low}{'' if self.below else ' (or inf)'}"
        return f"a {kind} {low} and {'below' if self.below else 'of at most'} {self.high:g}"


NOT_NEGATIVE = Range()
POSITIVE = Range(above=True)
OR_INFINITE = Range(below=False)
PROBABILITY = Range(high=1.0, below=False)
SHARE_BELOW_ONE = Range(high=1.0)


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

    def run(self, kernel: Callable[..., None], *options: Any, columns: int = 0) -> Floats:
        """``kernel(*flat, *options, out)``, piece by piece; each gives a value, or a row of `columns`."""
        size = len(self.flat[0])
        out = np.empty((size, columns) if columns else size)
        for start in range(0, size, AT_ONCE):
            piece = slice(start, start + AT_ONCE)
            kernel(*(values[piece] for values in self.flat), *options, out[piece])
        return out


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
    refuse(name, floats, ~legal.holds(floats), floats.shape, str(legal))
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
