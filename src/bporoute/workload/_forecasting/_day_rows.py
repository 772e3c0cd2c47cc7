"""Rows of the open intervals of days, by the clocks of a zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._forecasting._panel import Panel
from bporoute.workload._reading._moments import is_repeated, is_skipped
from bporoute.workload._volumes import Volumes


def start_of(day: date, slot: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(seconds=slot)


def rows_of(
    panel: Panel,
    days: Sequence[date],
    zone: ZoneInfo | None,
    cells: Floats,
    aht: Floats,
    scatter: tuple[float, float] | None,
    weights: Floats | None,
) -> Volumes:
    """Rows of the open intervals of days, by the clocks of a zone."""
    starts: list[datetime] = []
    rows: list[int] = []
    slots: list[int] = []
    for row, day in enumerate(days):
        mine = np.flatnonzero(panel.opened[day.weekday()]).tolist()
        walls = [(start_of(day, int(panel.slots[slot])), slot) for slot in mine]
        if zone is not None and _changes(day, zone):
            again = [(wall.replace(fold=1), slot) for wall, slot in walls if is_repeated(wall, zone)]
            there = [(wall, slot) for wall, slot in walls if not is_skipped(wall, zone)]
            walls = sorted(there + again, key=lambda each: each[0].replace(tzinfo=zone).timestamp())
        starts += [wall for wall, _ in walls]
        slots += [slot for _, slot in walls]
        rows += [row] * len(walls)
    size = len(starts)
    return Volumes(
        starts=tuple(starts),
        queues=(panel.queue,) * size,
        volume=cells[rows, slots],
        aht=aht[rows, slots],
        seconds=panel.seconds[slots],
        day_cv=None if scatter is None else np.full(size, scatter[0]),
        interval_cv=None if scatter is None else np.full(size, scatter[1]),
        update_weight=None if weights is None else weights[slots],
    )


def _changes(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks are changed on a day."""
    midnight = datetime.combine(day, time())
    offsets = [(midnight + timedelta(days=step)).replace(tzinfo=zone).utcoffset() for step in (0, 1)]
    return offsets[0] != offsets[1]
