"""What is known of days to come: holidays, closed days, events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import msgspec

from bporoute.workload._forecasting._calendar import Calendar
from bporoute.workload._forecasting._panel import Panel


def with_future(
    panel: Panel,
    events: Mapping[str, Collection[date]],
    closed: Collection[date],
    holidays: Mapping[date, str],
    coming: Sequence[date],
) -> Panel:
    """The panel with what is known of days to come, and with the planner's events."""
    there = {date.fromordinal(day) for day in panel.days.tolist()}
    worked = {_plain(name) for day, name in holidays.items() if day in there}
    past = [day for day in holidays if day <= max(there) and day >= min(there)]
    past = [day for day in past if day.weekday() in panel.calendar.open]
    mostly_open = sum(day in there for day in past) > len(past) / 2
    idle = {_plain(holidays[day]) for day in past if day not in there}
    shut: set[date] = set(closed)
    open_ones: set[date] = set()
    for day, name in holidays.items():
        if day in coming and day not in closed:
            plain = _plain(name)
            opens = plain in worked or (plain not in idle and mostly_open)
            (open_ones if opens else shut).add(day)
    named = {name: frozenset(days) for name, days in panel.calendar.events.items()}
    if open_ones:
        own = "public holiday that is open"
        named[own] = named.get(own, frozenset()) | open_ones
    for name, days in events.items():
        named[name] = frozenset(days)
    calendar = Calendar(panel.calendar.open, panel.calendar.closed | (shut - there), named)
    return msgspec.structs.replace(panel, calendar=calendar)


def special_days(
    first: date,
    last: date,
    events: Mapping[str, Collection[date]],
    closed: Collection[date],
    holidays: Mapping[date, str],
) -> dict[date, tuple[str, ...]]:
    """Names of the days between two that are special, in order of time."""
    named: dict[date, list[str]] = {}
    for day, name in holidays.items():
        named.setdefault(day, []).append(name)
    for name, days in events.items():
        for day in days:
            named.setdefault(day, []).append(name)
    for day in closed:
        named.setdefault(day, ["closed"])
    return {day: tuple(names) for day, names in sorted(named.items()) if first <= day <= last}


def _plain(name: str) -> str:
    """A holiday without the remark that it is kept on another day."""
    return name.split(" (")[0]
