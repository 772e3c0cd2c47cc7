"""How a day's total spreads over its intervals: a shape for each weekday, shrunken to the common one."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.workload._forecasting._calendar import WEEKDAYS

HALF_LIVES = (14.0, 28.0, 56.0, 112.0)
SHRINKAGES = (0.05, 0.5, 2.0, 8.0)


def shapes(counts: Floats, weekdays: Integers, opened: Flags, weights: Floats, shrinkage: Floats) -> Floats:
    """Shares of the intervals of a day of the week.

    Parameters
    ----------
    counts : array
        (day, interval), all known.
    weekdays : array of int
        Of each day.
    opened : array of bool
        (day of the week, interval): which there are.
    weights : array
        (fit, day).
    shrinkage : array
        One per fit.

    Returns
    -------
    array
        (fit, day of the week, interval); the shares of a day of the week that has intervals sum to 1.
    """
    whole = weights @ counts
    common = whole / np.maximum(whole.sum(axis=1, keepdims=True), 1e-300)
    mean = whole.sum(axis=1) / weights.sum(axis=1)
    found = np.empty((len(weights), WEEKDAYS, counts.shape[1]))
    for weekday in range(WEEKDAYS):
        mine = weekdays == weekday
        own = weights[:, mine] @ counts[mine] + (shrinkage * mean)[:, None] * common
        own = np.where(opened[weekday], own, 0.0)
        even = opened[weekday] / max(opened[weekday].sum(), 1)
        total = own.sum(axis=1, keepdims=True)
        found[:, weekday] = np.where(total > 0, own / np.where(total > 0, total, 1.0), even)
    return found
