"""The least value at which something begins to hold, searched for in many places at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bporoute.arrays import Floats

NEIGHBOURS = 4e-16
"""Relative distance of two numbers between which nothing is searched."""


def least(meets: Callable[[Floats], Any], start: Floats, *, whole: bool, most: float = 2.0**50) -> Floats:
    """The least value from 0 on that meets a condition which every larger value meets too; inf if none does.

    Doubles away from `start` (above 0) until it holds, then halves the bracket: whole numbers to the exact
    minimum, others to the last digits. Nothing is searched above ``most * start``.

    Examples
    --------
    >>> least(lambda x: x * x >= np.array([0.0, 2.0, 90.0]), np.ones(3), whole=True)
    array([ 0.,  2., 10.])
    """
    low = np.zeros_like(start)
    high = np.where(meets(low), 0.0, np.inf)
    at = np.ceil(start) if whole else start
    while True:
        searching = low < most * start
        searching &= np.isinf(high) | (high - low > (1.0 if whole else NEIGHBOURS * high))
        if not searching.any():
            return high
        met = np.asarray(meets(at)) & searching
        high = np.where(met, np.minimum(at, high), high)
        low = np.where(met | ~searching, low, np.maximum(at, low))
        middle = 0.5 * (low + np.where(np.isinf(high), 0.0, high))
        at = np.where(np.isinf(high), 2.0 * at, np.floor(middle) if whole else middle)
        at = np.where(searching, at, low)
