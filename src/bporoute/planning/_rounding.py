"""From the agents that would just do to agents that there are: whole, pooled over a day, or with parts."""

from __future__ import annotations

import math
from datetime import date
from typing import Literal

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import passed_seconds
from bporoute.workload._volumes import Volumes

Rounding = Literal["whole", "pooled", "fractional"]
"""Whole agents in every interval; whole ones that make up the day together; hundredths."""

HUNDREDTHS = 100.0
ROUNDING = 1e-9


def hundredths(agents: Floats) -> Floats:
    """Rounded up to hundredths.

    >>> hundredths(np.array([9.301, 9.3]))
    array([9.31, 9.3 ])
    """
    up: Floats = np.ceil(agents * HUNDREDTHS * (1.0 - ROUNDING)) / HUNDREDTHS
    return up


def pooled(agents: Floats, least: Floats, volumes: Volumes) -> Integers:
    """Whole agents of whom a queue and day have as many agent-hours as it takes, at most an agent more.

    What one interval is rounded down by, the next ones have more. No interval has fewer than `least` says.

    Examples
    --------
    >>> from datetime import datetime
    >>> starts = tuple(datetime(2026, 11, 23, hour) for hour in (9, 10, 11, 12))
    >>> day = Volumes(starts, ("desk",) * 4, np.ones(4), np.ones(4), np.full(4, 3600.0))
    >>> pooled(np.array([5.4, 5.4, 5.4, 5.4]), np.zeros(4), day)
    array([5, 6, 5, 6])
    """
    whole = np.zeros(len(agents), dtype=np.int64)
    carried: dict[tuple[str, date], float] = {}
    order = sorted(range(len(agents)), key=passed_seconds(volumes.starts).__getitem__)
    last = {
        (volumes.queues[place], volumes.starts[place].date()): place for place in order if agents[place] > 0
    }
    for place in order:
        day = (volumes.queues[place], volumes.starts[place].date())
        seconds, missing = float(volumes.seconds[place]), carried.get(day, 0.0)
        if agents[place] <= 0:
            continue
        wanted = float(agents[place]) + missing / seconds
        rounded = math.ceil(wanted - ROUNDING) if place == last[day] else math.floor(wanted + 0.5)
        whole[place] = max(rounded, math.ceil(least[place]), 0)
        carried[day] = missing + (float(agents[place]) - whole[place]) * seconds
    return whole
