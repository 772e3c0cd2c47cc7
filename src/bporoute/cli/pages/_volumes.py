"""What is expected to come, with the band in which it stays on four of five days."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.cli.pages._curves import Axis, Curve, curves
from bporoute.cli.pages._page import Picture
from bporoute.cli.pages._spans import in_days, on_day
from bporoute.workload._forecasting._scatter import band_of
from bporoute.workload._volumes import Volumes

SHARE = 0.8
FEWEST_DAYS = 3
"""Days from which on a curve of them tells something."""
MOST_LABELS = 12


class Daily(msgspec.Struct, frozen=True, eq=False):
    """Contacts of each day of a queue, and between which they stay with probability .8."""

    days: list[date]
    volume: Floats
    low: Floats
    high: Floats


def daily(volumes: Volumes, queue: str, day_cv: Floats, interval_cv: Floats) -> Daily:
    """The days of a queue: what its intervals do by themselves evens out over a day, what the day does stays.

    >>> from datetime import datetime
    >>> starts = tuple(datetime(2026, 11, 23, hour) for hour in range(9, 13))
    >>> told = Volumes(starts, ("sales",) * 4, np.full(4, 100.0), np.full(4, 180.0), np.full(4, 3600.0))
    >>> found = daily(told, "sales", np.full(4, 0.0), np.full(4, 0.1))
    >>> found.volume, found.low, found.high  # twice Poisson's variance, near enough: a cv of .05 for four
    (array([400.]), array([364.]), array([437.]))
    """
    mine = np.array([place for place, name in enumerate(volumes.queues) if name == queue])
    days = in_days(volumes.starts[place] for place in mine)
    row_of = {day: row for row, day in enumerate(days)}
    rows = np.array([row_of[volumes.starts[place].date()] for place in mine])
    volume = volumes.volume[mine]

    def summed(values: Floats) -> Floats:
        return np.bincount(rows, values, len(days)).astype(np.float64)

    total = summed(volume)
    whole = np.where(total > 0.0, total, 1.0)
    of_day = summed(volume * day_cv[mine]) / whole
    alone = np.sqrt(summed((volume * interval_cv[mine]) ** 2)) / whole
    return Daily(days, total, *band_of(total, of_day, alone, SHARE))


def expected_pictures(
    volumes: Volumes, queues: Sequence[str], day_cv: Floats, interval_cv: Floats
) -> Iterator[Picture]:
    """A curve of the days of each queue with its band, where there are days enough and it is uncertain."""
    if not (day_cv.any() or interval_cv.any()):
        return
    for queue in queues:
        expected = daily(volumes, queue, day_cv, interval_cv)
        if len(expected.days) >= FEWEST_DAYS:
            yield expected_picture(queue, expected)


def expected_picture(
    queue: str,
    expected: Daily,
    came: tuple[Sequence[date], Sequence[float]] = ((), ()),
    special: Mapping[date, str] | None = None,
) -> Picture:
    """What came and what is expected by day, over the days that are open; special days are marked."""
    past, counts = came
    lines = []
    if past:
        lines.append(Curve("rest", "what came", *_with_gaps(past, counts)))
    places, values = _with_gaps(expected.days, expected.volume.tolist())
    low, high = (_with_gaps(expected.days, ends.tolist())[1] for ends in (expected.low, expected.high))
    lines.append(Curve("first", "forecast", places, values, low, high))
    days = [*past, *expected.days]
    most = int(expected.volume.argmax())
    description = (
        f"{expected.volume.sum():,.0f} contacts on {len(expected.days)} days; the most on "
        f"{on_day(expected.days[most])}: {expected.volume[most]:,.0f}, on 4 of 5 such days "
        f"{expected.low[most]:,.0f} to {expected.high[most]:,.0f}."
    )
    shown = special or {}
    if named := [f"{on_day(day)} ({name})" for day, name in sorted(shown.items())]:
        description += f" Special days: {', '.join(named)}."
    marks = [(float(day.toordinal()), f"{on_day(day)}: {name}") for day, name in sorted(shown.items())]
    return curves(f"{queue}: contacts by day", description, lines, _axis(days), marks=marks)


def _with_gaps(days: Sequence[date], values: Sequence[float]) -> tuple[list[float], list[float]]:
    return [float(day.toordinal()) for day in days], [*map(float, values)]


def _axis(days: Sequence[date]) -> Axis:
    first, last = min(days).toordinal(), max(days).toordinal()
    every = max(math.ceil((last - first + 1) / MOST_LABELS), 1)
    if every > 2:
        every = 7 * math.ceil(every / 7)
        begin = first - date.fromordinal(first).weekday() + (7 if date.fromordinal(first).weekday() else 0)
    else:
        begin = first
    labels = [(float(day), f"{date.fromordinal(day):%d %b}") for day in range(begin, last + 1, every)]
    return Axis(float(first), float(last), tuple(labels))
