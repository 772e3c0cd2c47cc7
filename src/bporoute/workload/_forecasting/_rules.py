"""The plain rules of the trade, beside which every forecast has to stand."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.workload._forecasting._panel import Panel, weekdays_of

SAME_DAYS = 6


def last_week(panel: Panel, known: int, days: Integers) -> Floats:
    """What the last day of the same day of the week had, of those up to `known`."""
    return _of_same_days(panel, known, days, 1)


def median_of_six(panel: Panel, known: int, days: Integers) -> Floats:
    """The median of the last six days of the same day of the week, interval by interval."""
    return _of_same_days(panel, known, days, SAME_DAYS)


def _of_same_days(panel: Panel, known: int, days: Integers, count: int) -> Floats:
    found = np.zeros((days.size, panel.slots.size))
    weekdays, asked = panel.weekdays, weekdays_of(days)
    for weekday in set(asked.tolist()):
        mine = np.flatnonzero((weekdays == weekday) & (panel.days <= known))[-count:]
        if mine.size:
            found[asked == weekday] = np.median(panel.counts[mine], axis=0) * panel.opened[weekday]
    return found
