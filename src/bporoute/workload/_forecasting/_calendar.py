"""What is special about a day: its place in the month, closed days beside it, what the planner says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

from bporoute._base.arrays import Floats

WEEKDAYS = 7
FROM = 15
"""Day of the month from which on the first open day counts as the middle of the month."""
USUAL_EFFECTS = (
    "first open day of the month",
    "second open day of the month",
    "third open day of the month",
    "last open day of the month",
    "last but one open day of the month",
    f"first open day from the {FROM}th",
    "first open day after a closed weekday",
    "last open day before a closed weekday",
)
_AROUND = timedelta(days=40)
"""How far the calendar looks beyond the days that are asked about: more than a month."""


class Calendar(msgspec.Struct, frozen=True):
    """Which days are open, and what each of them is.

    Attributes
    ----------
    open : frozenset of int
        Days of the week, Monday 0.
    closed : frozenset of date
        Days that are closed although their day of the week is open.
    events : dict
        Name of an effect -> the days that have it.
    """

    open: frozenset[int]
    closed: frozenset[date] = frozenset()
    events: Mapping[str, frozenset[date]] = {}

    @property
    def effects(self) -> tuple[str, ...]:
        """The names of the columns of `features` after those of the days of the week."""
        return (*USUAL_EFFECTS, *self.events)

    def is_open(self, day: date) -> bool:
        """Whether anybody works on a day."""
        return day.weekday() in self.open and day not in self.closed

    def features(self, days: Sequence[date]) -> Floats:
        """What each of these open days is, ones and zeros: day of the week, then `effects`.

        >>> calendar = Calendar(frozenset(range(5)), frozenset({date(2026, 12, 25)}))
        >>> calendar.features([date(2026, 12, 1), date(2026, 12, 24), date(2026, 12, 31)])[:, 7:].tolist()
        [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], \
[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]]
        """
        told = np.zeros((len(days), WEEKDAYS + len(self.effects)))
        if not days:
            return told
        first, last = min(days) - _AROUND, max(days) + _AROUND
        span = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        opened = [day for day in span if self.is_open(day)]
        place = {day: number for number, day in enumerate(opened)}
        months: dict[tuple[int, int], list[date]] = {}
        for day in opened:
            months.setdefault((day.year, day.month), []).append(day)
        for row, day in enumerate(days):
            told[row, day.weekday()] = 1.0
            if day not in place:
                continue
            month = months[day.year, day.month]
            own = told[row, WEEKDAYS:]
            own[:5] = [
                day in month[:1],
                day in month[1:2],
                day in month[2:3],
                day == month[-1],
                day in month[-2:-1],
            ]
            own[5] = day == next((each for each in month if each.day >= FROM), None)
            before, after = (place[day] - 1, place[day] + 1)
            own[6] = before >= 0 and self._weekday_between(opened[before], day)
            own[7] = after < len(opened) and self._weekday_between(day, opened[after])
            own[8:] = [day in those for those in self.events.values()]
        return told

    def _weekday_between(self, first: date, last: date) -> bool:
        """Whether a day between two open ones would be open by its day of the week."""
        between = (first + timedelta(days=step) for step in range(1, (last - first).days))
        return any(day.weekday() in self.open for day in between)
