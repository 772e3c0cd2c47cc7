"""The vendors' calendars: who is open, and when the windows began in which contacts are counted.

What comes next is worked out before it begins, calendar by calendar, so that nobody waits for two hundred of
them when an hour begins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from bporoute._base.clock import Windows, holds_until, windows
from bporoute.center._vendor import Vendor
from bporoute.routing._hard_rules import calendar_status


class CalendarPage(NamedTuple):
    """What a calendar says from an instant to another, epoch seconds.

    `status` is the code of the rule by which the vendor is closed, 0 if it is open; `today` is its local day.
    """

    since: float
    until: float
    status: int
    today: date
    starts: Windows


NEVER = CalendarPage(math.inf, -math.inf, 0, date.min, Windows(math.nan, math.nan, math.nan))


class _Calendar:
    """One calendar, of all vendors for which it is the same, and its page of now and the one to come."""

    __slots__ = ("_hourly", "_one", "_spans", "_zone", "coming", "now", "vendors")

    def __init__(self, one: Vendor, hourly: bool) -> None:
        self._one, self._hourly = one, hourly
        self._spans, self._zone = (*one.spans, *one.contract.multiplier_spans), one.zone
        self.vendors: list[int] = []
        self.now = self.coming = NEVER

    def at(self, now: float) -> CalendarPage:
        """The page of an instant.

        Raises
        ------
        OverflowError, ValueError or OSError
            If no calendar reaches it.
        """
        vendor, zone = self._one, self._zone
        local = datetime.fromtimestamp(now, zone)
        until = holds_until(self._spans, now, zone, hourly=self._hourly)
        starts = windows(now, zone, vendor.contract.period)
        return CalendarPage(now, until, calendar_status(vendor, local), local.date(), starts)


class Calendars:
    """The calendars of vendors; `hourly` says which go by the hours of their clocks also while open.

    Attributes
    ----------
    until : float
        When one of the pages ends first, epoch seconds.
    """

    def __init__(self, vendors: Sequence[Vendor], hourly: Sequence[bool]) -> None:
        alike: dict[object, _Calendar] = {}
        for number, (vendor, by_hour) in enumerate(zip(vendors, hourly, strict=True)):
            terms = vendor.contract
            spans = vendor.spans, terms.multiplier_spans
            key = vendor.timezone, spans, vendor.holidays, terms.start, terms.end, terms.period, by_hour
            alike.setdefault(key, _Calendar(vendor, by_hour)).vendors.append(number)
        self._all = list(alike.values())
        self._unprepared: list[_Calendar] = []
        self.until = -math.inf

    def turn(
        self, now: float, *, all_of_them: bool
    ) -> Iterator[tuple[list[int], CalendarPage, CalendarPage]]:
        """Turn the calendars whose page has ended at an instant: their vendors, the old page and the new."""
        for calendar in self._all:
            before = calendar.now
            if before.since <= now < before.until:
                if all_of_them:
                    yield calendar.vendors, before, before
                continue
            coming = calendar.coming
            calendar.now = coming if coming.since <= now < coming.until else calendar.at(now)
            self._unprepared.append(calendar)
            yield calendar.vendors, before, calendar.now
        self.until = min((calendar.now.until for calendar in self._all), default=math.inf)

    @property
    def pages(self) -> list[CalendarPage]:
        """What holds now, by vendor."""
        found = {number: calendar.now for calendar in self._all for number in calendar.vendors}
        return [found[number] for number in range(len(found))]

    def forget(self) -> None:
        """Have every page be turned anew."""
        for calendar in self._all:
            calendar.now = calendar.coming = NEVER
        self._unprepared.clear()
        self.until = -math.inf

    def prepare(self, most: int) -> bool:
        """Work out what comes next of so many calendars that need it, at most; whether others do."""
        for _ in range(min(most, len(self._unprepared))):
            calendar = self._unprepared[-1]
            try:
                calendar.coming = calendar.at(calendar.now.until)
            except (OverflowError, ValueError, OSError):  # where calendars end
                calendar.coming = NEVER
            self._unprepared.pop()
        return bool(self._unprepared)
