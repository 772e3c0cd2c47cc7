"""The least value at which something begins to hold, searched for in many places at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats


def least(meets: Callable[[Floats], Any], start: Floats, *, whole: bool, most: float = 2.0**50) -> Floats:
    """The least value from 0 on that meets a condition which every larger value meets too; inf if none does.

    Doubles away from `start` (above 0) until it holds, then halves the bracket: whole numbers to the exact
    minimum, others to the last bit. Nothing is searched above ``most * start``.

    Examples
    --------
    >>> least(lambda x: x * x >= np.array([0.0, 2.0, 90.0]), np.ones(3), whole=True)
    array([ 0.,  2., 10.])
    """
    first = np.ceil(start) if whole else start
    low = np.zeros_like(start)
    high = np.where(meets(low), 0.0, np.inf)
    while True:
        found = np.isfinite(high)
        middle = low + 0.5 * np.where(found, high - low, 0.0)
        at = np.where(found, np.floor(middle) if whole else middle, np.maximum(2.0 * low, first))
        searching = np.where(found, (low < at) & (at < high), low < most * first)
        if not searching.any():
            return high
        met = np.asarray(meets(np.where(searching, at, low)))
        high = np.where(searching & met, at, high)
        low = np.where(searching & ~met, at, low)
