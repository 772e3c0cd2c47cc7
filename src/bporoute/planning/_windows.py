"""Slots of a week as windows that a center file takes: ``"mon-thu 22:00-06:00"``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bporoute._base.arrays import Flags
from bporoute._base.clock import DAYS, MINUTES_PER_DAY

ALWAYS = "daily 00:00-24:00"


def windows_of(week: Flags) -> tuple[str, ...]:
    """Windows that hold in the marked slots of a week, and in no others.

    `week` has equally many slots for each day, from Monday 00:00 on. A window past midnight stands under the
    day on which it begins.

    Examples
    --------
    >>> import numpy as np
    >>> week = np.zeros((7, 24), dtype=bool)
    >>> week[:, :6] = week[:4, 22:] = week[6, 22:] = True
    >>> windows_of(week.ravel())
    ('mon-thu 22:00-06:00', 'sat-sun 00:00-06:00', 'sun 22:00-06:00')
    """
    days_of: dict[tuple[int, int], list[int]] = {}
    for day, begin, end in _pieces(week):
        days_of.setdefault((begin, end), []).append(day)
    lines = [
        (days[0], begin, f"{told} {_clock(begin)}-{_clock(end)}")
        for (begin, end), found in days_of.items()
        for days, told in _grouped(sorted(found))
    ]
    return tuple(line for _, _, line in sorted(lines))


def _pieces(week: Flags) -> Iterator[tuple[int, int, int]]:
    """Weekday, first minute and the minute after the last of each window; the last may be of the next day."""
    if week.all():
        yield from ((day, 0, MINUTES_PER_DAY) for day in range(7))
        return
    slots, per_day = len(week), len(week) // 7
    minutes = MINUTES_PER_DAY // per_day
    for begin in range(slots):
        if not week[begin] or week[begin - 1]:
            continue
        length = next(step for step in range(slots) if not week[(begin + step) % slots])
        day, first = divmod(begin, per_day)
        while length > 0:
            rest = per_day - first
            # Less than a day that ends on the next one is a window of its own, a longer one goes by days.
            taken = length if length <= rest or (first > 0 and length < per_day) else rest
            end = (first + taken - 1) % per_day + 1
            yield day % 7, minutes * first, minutes * end
            length, day, first = length - taken, day + 1, 0


def _grouped(days: list[int]) -> Iterator[tuple[list[int], str]]:
    """Days that follow each other, and how they are written."""
    if len(days) == 7:
        yield days, "daily"
        return
    for _, pairs in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
        found = [day for _, day in pairs]
        yield found, DAYS[found[0]] if len(found) == 1 else f"{DAYS[found[0]]}-{DAYS[found[-1]]}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
