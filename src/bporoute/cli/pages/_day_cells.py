"""The intervals of a queue as cells of a heat map: days below each other, times beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bporoute.cli.pages._heat_map import Cell
from bporoute.cli.reports._spans import SPAN_DAY, clock_hour, clock_text, in_days
from bporoute.workload._volumes import Volumes

MOST_DAYS = 62
"""Days up to which each is a row; beyond, days of the week are."""


class DayCells(NamedTuple):
    """Rows, their cells, and how they are called."""

    rows: list[str]
    cells: list[Cell]
    by_weekday: bool

    @property
    def mean(self) -> str:
        """What a title says beyond what is shown."""
        return ", mean by day of the week" if self.by_weekday else ""

    def at(self, cell: Cell) -> str:
        """When a cell is, in a sentence."""
        return f"{self.rows[cell.row]} from {clock_text(cell.first)}"


def day_cells(volumes: Volumes, queue: str, values: Sequence[float]) -> DayCells:
    """The intervals of a `queue` with their `values`, of all intervals; of many days the mean by weekday."""
    mine = [place for place, name in enumerate(volumes.queues) if name == queue]
    starts = [volumes.starts[place] for place in mine]
    days = in_days(starts)
    by_weekday = len(days) > MOST_DAYS
    row_of = {day: day.weekday() if by_weekday else row for row, day in enumerate(days)}
    shared: dict[tuple[int, float, float], list[float]] = {}
    for place, start in zip(mine, starts, strict=True):
        first = clock_hour(start)
        key = (row_of[start.date()], first, first + float(volumes.seconds[place]) / 3600)
        shared.setdefault(key, []).append(values[place])
    cells = [Cell(*key, round(sum(told) / len(told))) for key, told in shared.items()]
    named = [f"{date(2024, 1, day):%A}" for day in range(1, 8)]  # a Monday and on
    return DayCells(named if by_weekday else [f"{day:{SPAN_DAY}}" for day in days], cells, by_weekday)
