"""How long the intervals of a queue are: as told, or as their starts follow each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

STEADY = 3
"""Distances in a row, on every day alike, that make longer intervals and no holes."""
MINUTE = timedelta(minutes=1)


def usual_length(starts: Iterable[datetime]) -> timedelta | None:
    """The most frequent distance between two starts of a day; the shortest of them if there are several.

    >>> usual_length([datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, 30)])
    datetime.timedelta(seconds=1800)
    """
    distances = Counter(after - start for start, after in pairwise(starts) if _one_day(start, after))
    return max(distances, key=lambda distance: (distances[distance], -distance), default=None)


def lengths_by_time(starts: Sequence[datetime]) -> list[timedelta] | None:
    """The length of every interval where they change in the course of the day; None: one holds for all.

    Lengths change where every day has the same starts, and three or more longer distances follow each
    other up to the last start of the day, or from its first one on.

    Examples
    --------
    >>> half = [datetime(2026, 11, 23, 8) + 30 * MINUTE * step for step in range(8)]
    >>> hours = [datetime(2026, 11, 23, 12) + 60 * MINUTE * step for step in range(4)]
    >>> [length // MINUTE for length in lengths_by_time(half + hours)]
    [30, 30, 30, 30, 30, 30, 30, 30, 60, 60, 60, 60]
    """
    days = [list(group) for _, group in groupby(starts, key=datetime.date)]
    clocks = {tuple(start.time() for start in day) for day in days}
    if len(clocks) != 1:
        return None
    day = days[0]
    distances = [after - start for start, after in pairwise(day)]
    runs = [(distance, len(list(run))) for distance, run in groupby(distances)]
    if not 2 <= len(runs) <= 3 or any(count < STEADY or distance < MINUTE for distance, count in runs):
        return None
    shortest = min(distance for distance, _ in runs)
    if any(distance % shortest or distance > timedelta(hours=4) for distance, _ in runs):
        return None
    of_day = [*distances, distances[-1]]
    return of_day * len(days)


def _one_day(start: datetime, after: datetime) -> bool:
    return start.date() == after.date() and not start.fold and not after.fold and after > start
