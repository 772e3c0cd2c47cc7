"""Who is at work by weekday and date, as a center writes it: ``{ "mon-fri 08:00" = 20, "18:00" = 0 }``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from bporoute._base.clock import DAYS, HOUR_MINUTE, weekdays
from bporoute.errors import InputError, shown

Entry = tuple[str, int]
"""Time of day after its days, and agents from then on."""
DayStep = tuple[int, int]
"""Minute of the day, and agents from then on."""
KEY_EXAMPLE = "times of day like '08:30', 'mon-fri 08:30' or '2026-12-24 08:30'"
_KEY = re.compile(rf"(?:(\S+) )?({HOUR_MINUTE.pattern})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EVERY_DAY = "daily"


class Days(NamedTuple):
    """The steps of a schedule, by the days that they are for.

    Attributes
    ----------
    every : tuple of (minute, agents)
        On days that nothing else is said of.
    weekdays : dict of int to tuple
        On a day of the week, 0: Monday.
    dates : dict of date to tuple
        On one day, whatever is said of others.
    """

    every: tuple[DayStep, ...]
    weekdays: Mapping[int, tuple[DayStep, ...]]
    dates: Mapping[date, tuple[DayStep, ...]]


def steps_on(schedule: Mapping[str, int], day: date, holidays: Iterable[date] = ()) -> tuple[DayStep, ...]:
    """The steps of a day, from minute 0 on: those of its date, else of its weekday, else of every day.

    From midnight to the first step there is nobody, and on a holiday that no step names there is nobody
    all day.

    Examples
    --------
    >>> week = {"mon-fri 08:00": 20, "mon-fri 18:00": 0, "sat 10:00": 5, "2026-12-24 08:00": 4}
    >>> steps_on(week, date(2026, 11, 23)), steps_on(week, date(2026, 11, 22))
    (((0, 0), (480, 20), (1080, 0)), ((0, 0),))
    >>> eve = date(2026, 12, 24)
    >>> steps_on(week, eve, holidays=(eve,))
    ((0, 0), (480, 4))
    """
    days = parsed(tuple(schedule.items()))
    if day in days.dates:
        steps = days.dates[day]
    elif day in holidays:
        steps = ()
    else:
        steps = days.weekdays.get(day.weekday(), days.every)
    return steps if steps and steps[0][0] == 0 else ((0, 0), *steps)


@lru_cache(maxsize=1024)
def parsed(entries: tuple[Entry, ...]) -> Days:
    """The entries of a schedule by their days.

    Raises
    ------
    InputError
        For what is no time of day or no day, times of the same days that are not in order, and a day of the
        week that is in two groups of days.
    """
    groups: dict[str, list[DayStep]] = {}
    for key, agents in entries:
        match = _KEY.fullmatch(key)
        if match is None:
            raise InputError("schedule", repr(key), KEY_EXAMPLE)
        days, minute = match[1] or EVERY_DAY, int(match[2][:2]) * 60 + int(match[2][3:])
        steps = groups.setdefault(days, [])
        if steps and minute <= steps[-1][0]:
            raise InputError("schedule", shown([key for key, _ in entries]), "times of day in order")
        steps.append((minute, agents))
    by_weekday: dict[int, tuple[DayStep, ...]] = {}
    by_date: dict[date, tuple[DayStep, ...]] = {}
    said_by: dict[int, str] = {}
    for days, steps in groups.items():
        if _DATE.fullmatch(days):
            by_date[_date(days)] = tuple(steps)
        elif days != EVERY_DAY:
            for day in _weekdays(days):
                if day in said_by:
                    both = f"{DAYS[day]} in {said_by[day]!r} and in {days!r}"
                    raise InputError("schedule", both, "every weekday in one group of days, or a date")
                said_by[day] = days
                by_weekday[day] = tuple(steps)
    return Days(tuple(groups.get(EVERY_DAY, ())), by_weekday, by_date)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("schedule", repr(text), "a day such as 2026-12-24") from None


def _weekdays(text: str) -> tuple[int, ...]:
    if found := weekdays(text):
        return found
    raise InputError("schedule", repr(text), f"days like 'mon-fri', 'sat' or {EVERY_DAY!r}, or a date")
