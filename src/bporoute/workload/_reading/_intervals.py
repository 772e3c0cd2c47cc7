"""When each interval of a table starts, by the local clocks and on the nights when they are changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import YEARS
from bporoute._base.words import counted
from bporoute.errors import InputError
from bporoute.workload._reading._moments import Moments, is_repeated, is_skipped, to_local, wall_time
from bporoute.workload._reading._sheet import Cell
from bporoute.workload._reading._table import Table, zone_of

DATE_EXPECTED = f"a date such as 2024-06-03, from {YEARS[0]} to {YEARS[-1]}"
_DAY = 86_400.0
_USUAL_ZONES = (
    "Europe/Berlin", "Europe/London", "Europe/Helsinki", "Atlantic/Azores", "America/New_York",
    "Australia/Sydney", "Pacific/Auckland", "America/Santiago", "Australia/Lord_Howe",
)  # fmt: skip
"""Zones of which some one repeats an hour on every night on which any of many people's clocks does."""


class Intervals(NamedTuple):
    """The starts of the rows of a table.

    Attributes
    ----------
    wall : array
        Seconds since 1970 on the local clocks.
    second : array of bool
        Whether it is the second pass of an hour that autumn repeats.
    length : array
        Seconds that the table says the interval lasts; NaN: it does not.
    ours : str
        Our name of the column that has the time, for complaints.
    """

    wall: Floats
    second: Flags
    length: Floats
    ours: str

    def start(self, row: int) -> datetime:
        """The start of a row; ``fold`` is 1 in the second pass."""
        return wall_time(float(self.wall[row])).replace(fold=int(self.second[row]))


def read_intervals(table: Table) -> Intervals:
    """Find out when the intervals of a table start.

    Raises
    ------
    InputError
        Nothing says it, or times are told by another clock and nothing says by which ours go.
    """
    moments, ours = _moments(table)
    zone = zone_of(table.format)
    if moments.example and zone is None:
        expected = "times of the local clocks, or --read timezone=Europe/Berlin (say) to tell which they are"
        raise InputError(f"{table.grid.name}: column {table.named(ours).theirs}", moments.example, expected)
    wall, second = to_local(moments, zone)
    if not np.isnan(moments.offset).all():
        clocks = f"the clocks of {table.format.timezone}" if zone else "the clocks that they were told by"
        table.remarks.append(f"times with offsets on {clocks}")
    length = moments.length
    if table.has("minutes"):
        told = 60.0 * table.numbers("minutes", "minutes, above 0 and up to 1440", highest=1440, needed=False)
        length = np.where(told > 0, told, length)
    return Intervals(wall, second, length, ours)


def _moments(table: Table) -> tuple[Moments, str]:
    """The starts, and in which column their times stand."""
    if table.has("start") and not (
        table.has("date") and not table.has("interval") and not _dated(table, "start")
    ):
        if _dated(table, "start"):
            return table.moments("start", f"{DATE_EXPECTED}, with its time", spans=True), "start"
        if table.has("date"):
            days = table.moments("date", DATE_EXPECTED)
            return table.with_times(days, "start"), "start"
    if table.has("date"):
        days = table.moments("date", DATE_EXPECTED, spans=True)
        if table.has("interval"):
            if _dated(table, "interval"):
                return table.moments("interval", f"{DATE_EXPECTED}, with its time", spans=True), "interval"
            return table.with_times(days, "interval"), "interval"
        if table.has("start"):
            return table.with_times(days, "start"), "start"
        if days.timed.any():
            return days, "date"
        return _whole_days(table, days), "date"
    if table.has("interval") and _dated(table, "interval"):
        return table.moments("interval", f"{DATE_EXPECTED}, with its time", spans=True), "interval"
    if table.format.first_day is not None and not table.has("interval"):
        return _days_from(table), _KEY[table.kind]
    complaint = table.missing("date")
    if not table.has("interval"):
        remedy = "; or --read first_day=2026-11-23 (say) if every row is a day"
        complaint = InputError(complaint.where, complaint.found, complaint.expected + remedy)
    raise complaint


_KEY = {"volumes": "volume", "agents": "agents"}


def _dated(table: Table, ours: str) -> bool:
    """Whether dates with times stand in a column, and not times alone."""
    cells: Sequence[Cell] = [cell for cell in table.cells(ours)[:200] if cell not in (None, "")]
    if not cells:
        return False
    dated = 0
    for cell in cells:
        if isinstance(cell, str):
            dated += len(cell) > 9 and sum(sign.isdigit() for sign in cell) > 6 and not _only_times(cell)
        else:
            dated += isinstance(cell, datetime) or (isinstance(cell, int | float) and cell >= 30_000)
    return dated > 0.5 * len(cells)


def _only_times(text: str) -> bool:
    """Whether a text is a span of times such as ``08:00:00-08:30:00``."""
    return text[:9].count(":") > 0 and not any(sign in text[:8] for sign in "/.") and "-" not in text[:5]


def _whole_days(table: Table, days: Moments) -> Moments:
    table.remarks.append("every row is a day")
    return days._replace(length=np.full(days.wall.size, _DAY))


def _days_from(table: Table) -> Moments:
    """A day for each row, one after the other."""
    first = table.format.first_day
    assert first is not None
    table.remarks.append(f"every row is a day, the first {first}")
    size = len(table)
    start = (datetime(first.year, first.month, first.day) - datetime(1970, 1, 1)).total_seconds()
    nothing = np.full(size, np.nan)
    wall = start + _DAY * np.arange(size, dtype=np.float64)
    return Moments(wall, nothing, np.full(size, _DAY), np.zeros(size, dtype=bool), [], [])


def told_apart(table: Table, intervals: Intervals, queues: Sequence[str]) -> Intervals:
    """Intervals with the second pass of a repeated hour found by order, and none in an hour that is skipped.

    A start that comes twice is the second pass of its hour if clocks repeat it; else it is a fault.
    """
    zone = zone_of(table.format)
    second = intervals.second.copy()
    seen: set[tuple[str, float, bool]] = set()
    passes = 0
    for row, (queue, wall) in enumerate(zip(queues, intervals.wall.tolist(), strict=True)):
        if wall != wall:
            continue
        if (queue, wall, bool(second[row])) in seen:
            if not second[row] and (queue, wall, True) not in seen and _repeats(wall, zone):
                second[row] = True
                passes += 1
            else:
                start = wall_time(wall)
                again = f"a second row for {start:%Y-%m-%d %H:%M:%S} of {queue}"
                table.blame_row(row, intervals.ours, again, "one row per interval and queue")
                continue
        seen.add((queue, wall, bool(second[row])))
    if passes:
        table.remarks.append(f"{counted(passes, 'row')} in the second pass of the hour that autumn repeats")
    return intervals._replace(second=second)


def _repeats(wall: float, zone: ZoneInfo | None) -> bool:
    zones = [zone] if zone else [ZoneInfo(name) for name in _USUAL_ZONES]
    return any(is_repeated(wall_time(wall), each) for each in zones)


def skipped_rows(table: Table, intervals: Intervals) -> list[int]:
    """Rows whose start the clocks never show; without a zone nobody knows of any."""
    zone = zone_of(table.format)
    if zone is None:
        return []
    days = np.floor(intervals.wall / _DAY)
    found = []
    for day in np.unique(days[~np.isnan(days)]).tolist():
        midnight = wall_time(day * _DAY)
        offsets = [(midnight + timedelta(days=step)).replace(tzinfo=zone).utcoffset() for step in (0, 1)]
        if offsets[0] != offsets[1]:
            rows = np.flatnonzero(days == day).tolist()
            found += [row for row in rows if is_skipped(wall_time(float(intervals.wall[row])), zone)]
    return found
