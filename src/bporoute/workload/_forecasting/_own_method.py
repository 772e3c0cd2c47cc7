"""A function of the user, asked as the methods of ours are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.errors import InputError
from bporoute.workload._forecasting._day_rows import rows_of, start_of
from bporoute.workload._forecasting._panel import Panel
from bporoute.workload._volumes import Volumes

Method = Callable[[Volumes, tuple[datetime, ...]], Any]
"""What is asked for the contacts expected at coming starts, given the history of one queue up to some day."""


def asked(method: Method, panel: Panel, known: int, days: Integers) -> Floats:
    """What a function of the user expects, as (day, interval)."""
    told = panel.days <= known
    past = [date.fromordinal(day) for day in panel.days[told].tolist()]
    counts = panel.counts[told]
    work, handled = panel.work[told], panel.handled[told]
    with np.errstate(invalid="ignore", divide="ignore"):
        aht = np.where(handled > 0, work / handled, np.nan)
    history = rows_of(panel, past, None, counts, aht, None, None)
    coming = [date.fromordinal(day) for day in days.tolist()]
    places = [
        (row, slot) for row, day in enumerate(coming) for slot in np.flatnonzero(panel.opened[day.weekday()])
    ]
    starts = tuple(start_of(coming[row], int(panel.slots[slot])) for row, slot in places)
    answer = np.asarray(method(history, starts), dtype=np.float64)
    if answer.shape != (len(starts),) or not np.isfinite(answer).all() or (answer < 0).any():
        found = (
            f"an answer of shape {answer.shape}"
            if answer.shape != (len(starts),)
            else "a number that is none"
        )
        raise InputError("method", found, f"{len(starts)} numbers of at least 0, one for each start")
    cells = np.zeros((len(coming), panel.slots.size))
    for (row, slot), value in zip(places, answer.tolist(), strict=True):
        cells[row, slot] = value
    return cells
