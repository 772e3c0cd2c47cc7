"""What a planner should look at before a forecast is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np

from bporoute.workload._forecasting._panel import Panel

SHIFT, SHIFT_DAYS = 0.25, 14
"""Change of the level in the last days that is noted."""


def odd_notes(panel: Panel, days: Sequence[date]) -> list[str]:
    """What a planner should look at before the forecast is used."""
    notes = []
    late = panel.days > panel.days[-1] - SHIFT_DAYS
    before = ~late & (panel.days > panel.days[-1] - 4 * SHIFT_DAYS)
    if late.any() and before.any():
        weekday = panel.weekdays
        usual = {
            day: np.median(panel.totals[before & (weekday == day)]) for day in set(weekday[before].tolist())
        }
        comparable = [place for place in np.flatnonzero(late).tolist() if int(weekday[place]) in usual]
        expected = math.fsum(float(usual[int(weekday[place])]) for place in comparable)
        change = float(panel.totals[comparable].sum()) / expected - 1.0 if expected > 0 else 0.0
        if abs(change) > SHIFT:
            notes.append(
                f"{panel.queue}: the last {SHIFT_DAYS} days have {100 * change:+.0f} % of the contacts of "
                "the six weeks before; if the level has changed for good, forecast from the days since then"
            )
    seen = set(panel.days.tolist())
    for name, those in panel.calendar.events.items():
        if those & set(days) and not any(day.toordinal() in seen for day in those):
            notes.append(f"{panel.queue}: {name} is not in the history, so nobody knows what it does")
    return notes
