"""The load of each interval, with the contacts that the ones before it have left in hand."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import passed_seconds
from bporoute.workload._volumes import Volumes

MOST_CV = 0.3
"""Of a load that falls further, the rest is finished by those whose shift is over."""
CLOSE = 1.0
"""Seconds between two intervals that follow each other."""


class Carried(NamedTuple):
    """The load of each interval as it moves.

    Attributes
    ----------
    mean : array
        Over the interval, erlangs.
    cv : array
        Its coefficient of variation over the interval, at most 0.3.
    most : array
        The most that it is.
    """

    mean: Floats
    cv: Floats
    most: Floats


def carried_load(volumes: Volumes, taken: Flags) -> Carried:
    """Contacts in service over each interval if all were served at once: the modified offered load.

    The mean m moves by dm/dt = rate - m / aht from interval to interval (Jennings, Mandelbaum, Massey &
    Whitt, Management Science 42, 1996), so a load that rises comes somewhat later, and one that falls stays
    somewhat longer. Before an interval that follows none in the file, the load is taken to be its own; after
    one in which nobody comes it begins at what is left. Where contacts are not taken, it is 0.

    Examples
    --------
    >>> from datetime import datetime
    >>> starts = datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, 30)
    >>> aht, half_hour = np.full(2, 300.0), np.full(2, 1800.0)
    >>> volumes = Volumes(starts, ("desk",) * 2, np.array([60.0, 90.0]), aht, half_hour)
    >>> found = carried_load(volumes, np.ones(2, dtype=bool))
    >>> found.mean.round(2), found.cv.round(2), found.most.round(2)
    (array([10.  , 14.17]), array([0.  , 0.08]), array([10.  , 14.99]))
    """
    busy = taken & (volumes.volume > 0)
    rate = np.where(busy, volumes.volume / volumes.seconds, 0.0).tolist()
    aht, seconds = volumes.aht.tolist(), volumes.seconds.tolist()
    lines: dict[str, list[int]] = {}
    for place, queue in enumerate(volumes.queues):
        lines.setdefault(queue, []).append(place)
    passed = passed_seconds(volumes.starts)
    found = Carried(*np.zeros((3, len(rate))))
    for line in lines.values():
        line.sort(key=passed.__getitem__)
        mean, time, before = 0.0, 1.0, None
        for place in line:
            time = aht[place] if aht[place] == aht[place] else time
            own = rate[place] * time
            if before is None or passed[place] - passed[before] > seconds[before] + CLOSE:
                mean = own
            lasts = seconds[place] / time
            left = (mean - own) * -math.expm1(-lasts)
            if busy[place]:
                found.mean[place] = own + left / lasts
                off = (mean - own) ** 2 * -math.expm1(-2.0 * lasts) / (2.0 * lasts) - (left / lasts) ** 2
                if found.mean[place] > 0.0:  # not too small for a float
                    found.cv[place] = min(math.sqrt(max(off, 0.0)) / found.mean[place], MOST_CV)
                found.most[place] = max(mean, mean - left)
            mean, before = mean - left, place
    return found
