"""Contacts of whole days, with the band in which they stay on four of five."""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._forecasting._bands import band_of
from bporoute.workload._forecasting._results import Forecast
from bporoute.workload._volumes import Volumes

SHARE = 0.8
"""Of the days that stay within the band."""


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
    days = sorted({volumes.starts[place].date() for place in mine})
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


def counts_by_day(volumes: Volumes, queue: str) -> dict[date, float]:
    """Contacts of each day of a queue, in order.

    >>> from datetime import datetime
    >>> nine = datetime(2026, 11, 23, 9)
    >>> aht, seconds = np.full(2, 180.0), np.full(2, 1800.0)
    >>> told = Volumes((nine, nine), ("a", "b"), np.array([80.0, 20.0]), aht, seconds)
    >>> counts_by_day(told, "b")
    {datetime.date(2026, 11, 23): 20.0}
    """
    sums: dict[date, float] = {}
    for start, name, count in zip(volumes.starts, volumes.queues, volumes.volume.tolist(), strict=True):
        if name == queue:
            sums[start.date()] = sums.get(start.date(), 0.0) + count
    return dict(sorted(sums.items()))


def labelled_days(first: date, last: date, most: int) -> tuple[list[int], list[str]]:
    """Ordinals of the days that are named below an axis, and their names: each, or some Mondays.

    >>> labelled_days(date(2026, 11, 24), date(2026, 12, 9), 4)
    ([739950, 739957], ['30 Nov', '07 Dec'])
    """
    begin, end = first.toordinal(), last.toordinal()
    every = -(-(end - begin + 1) // most)
    if every > 1:
        every = 7 * -(-every // 7)
        begin += -first.weekday() % 7
    days = range(begin, end + 1, every)
    return [*days], [f"{date.fromordinal(day):%d %b}" for day in days]


def named_days(found: Forecast) -> dict[date, str]:
    """Days of the history and of the forecast that are special -> their names."""
    return {day: ", ".join(names) for day, names in sorted(found.special.items())}
