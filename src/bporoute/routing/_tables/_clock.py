"""What time brings to the routing tables: opening hours, terms, counted windows, leases that end."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from bporoute._base.clock import windows
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.routing._hard_rules import handed_over
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._calendars import CalendarPage, Calendars
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._pages import Pages
from bporoute.routing._tables._profiles import Profiles
from bporoute.routing._tables._queue_hours import QueueHours
from bporoute.routing._tables._queue_watch import STEP
from bporoute.routing._tables._queues import QueueRows
from bporoute.routing._tables._vendors import VendorRows
from bporoute.routing.ledger._memory import CENTER, Ledger

LONGEST_STEP = 600.0
"""Seconds after which the arrivals are looked at, however few they are."""
EARLY = 60.0
"""Seconds before it is due in which somebody looks who tells a queue's state."""
LOOKS_AT_ONCE = 2
"""Queues whose arrivals and mix are looked at in one go."""
ADMITS_AT_ONCE = 8
"""Vendors whose health is looked at in one go."""
CALENDARS_AT_ONCE = 2
"""Calendars of which the next page is worked out in one go."""
VERDICTS_AT_ONCE = 2
"""Profiles that are judged anew in one go."""
A_PAGE = 3e-6
"""Seconds, some, that it takes to turn the page of a vendor's calendar."""
AHEAD = 0.25
"""Seconds by which others are listened to early where that keeps no contact waiting."""
PIECE_EVERY = 0.01
"""Seconds between two pieces of work that may wait."""


class Clock:
    """Keeps the tables up with the calendar; `hear` is told when others who count may have news.

    Attributes
    ----------
    entering : bool
        True while what an instant brings is written, and for good if that was interrupted, see `mend`.
    ahead_at : float
        From when on others may be listened to ahead of the next contact, epoch seconds.
    counts : bool
        Whether the windows are counted in that begin; not while others decide still.
    turned : int
        How often calendars were turned, or health looked at.
    """

    def __init__(
        self,
        center: Center,
        ledger: Ledger,
        arrays: RoutingArrays,
        profiles: Profiles,
        offers: Offers,
        queues: QueueRows,
        vendors: VendorRows,
        pages: Pages,
        at_once: float,
        hear: Callable[[], None],
    ) -> None:
        self._hear = hear
        self._center, self._ledger, self._arrays, self._profiles = center, ledger, arrays, profiles
        self._offers, self._queues, self._vendors, self._pages = offers, queues, vendors, pages
        self._configured = tuple(center.vendors.values())
        hourly = [queues.explained or _goes_by_hour(vendor.contract) for vendor in self._configured]
        self._calendars = Calendars(self._configured, hourly)
        self.entering = False
        self.ahead_at = math.inf
        self.counts = True
        self._to_enter: list[tuple[int, tuple[float, ...]]] = []
        """Vendors whose windows others have counted otherwise until now, and when theirs began."""
        self.turned = 0
        self._center_until = -math.inf
        self._center_day = math.nan
        self._hours = QueueHours(center, arrays)
        self._look_until = -math.inf
        self._looked_at = -math.inf
        self._look_every, self._look_at_latest, self._early = STEP, LONGEST_STEP, EARLY
        self._at_once = at_once
        self._looks_at_once = LOOKS_AT_ONCE if math.isfinite(at_once) else len(queues.rows)
        self._admits_at_once = ADMITS_AT_ONCE if math.isfinite(at_once) else len(self._configured)
        self._to_admit = 0
        self._calendars_at_once = CALENDARS_AT_ONCE if math.isfinite(at_once) else sys.maxsize
        self._verdicts_at_once = VERDICTS_AT_ONCE if math.isfinite(at_once) else sys.maxsize

    def follow(self, now: float) -> None:
        """Bring calendar, windows and prices up to an instant (epoch seconds); any float will do."""
        since, until = self._arrays.since, self._arrays.until
        if since <= now < until:
            return
        backwards = not now >= since
        pages_until = min(self._center_until, self._calendars.until, self._hours.until)
        self.turned += backwards or not now < pages_until
        if backwards and math.isfinite(now):
            self._queues.set_back(now)
        turned = 0
        self.entering = True
        try:
            while self._to_enter:
                number, starts = self._to_enter[-1]
                self._ledger.enter(int(self._arrays.places[number]), starts)
                self._vendors.count_budgets(number)
                self._to_enter.pop()
            if backwards or not now < self._center_until:
                turned += self._enter_center(now)
            if backwards or not now < self._calendars.until:
                turned += self._turn_calendars(now, backwards)
            if backwards or not now < self._hours.until:
                self._hours.follow(now)
        except (OverflowError, ValueError, OSError):
            self._tell_clock(f"the clock reads {now}")
            self._vendors.close_all()
            self._hours.forget()
            self._arrays.hold_calendar(math.inf, -math.inf)
            self.entering = False
        else:
            self._tell_clock("")
            self.entering = False
            self._hear()
            spent = turned * A_PAGE
            if backwards or (not now < self._look_until and spent < self._at_once):
                self._look(now)
            self._go_on(now, spent)

    def take_over(self, before: Clock) -> None:
        """Be as far as another clock, which counts until now; what it counts otherwise is entered next."""
        self._looked_at, self._look_until = before._looked_at, before._look_until
        if self._center.zone == before._center.zone:
            self._center_day = before._center_day
        if self._center.health != before._center.health:
            self._look_until = -math.inf
        self._to_admit = len(self._configured) if before._to_admit else 0
        day = self._center_day
        if self._ledger.starts(CENTER) != [day] * columns.WINDOWS:
            self.mend()
        for number, page in enumerate(self._calendars.pages):
            starts = *page.starts, day
            if self._ledger.starts(int(self._arrays.places[number])) != [*starts]:
                self._to_enter.append((number, starts))
        self._arrays.expire()

    def mend(self) -> None:
        """Have the calendar be entered anew before the next decision, which begins no day a second time."""
        self._calendars.forget()
        self._to_enter.clear()
        self._center_until = -math.inf
        self._arrays.expire()

    def _go_on(self, now: float, spent: float) -> None:
        """Do a piece of the work that waits, and have the tables hold until the next one is due.

        `spent` is how many seconds this decision has waited, about, for what could not wait.
        """
        waiting = self._do_pieces(now, spent)
        self._queues.touch_moved()
        heard_until = self._ledger.look_until(now)
        self.ahead_at = heard_until - AHEAD if heard_until > now + AHEAD else math.inf
        until = min(
            self._center_until, self._hours.until, self._look_until, self._calendars.until, heard_until
        )
        self._arrays.hold_calendar(now, min(until, now + PIECE_EVERY) if waiting else until)

    def _do_pieces(self, now: float, spent: float) -> bool:
        """Do a piece of each kind of work that waits, and of prices what the time allows.

        Whether anything still waits.
        """
        if spent >= self._at_once:
            return True
        waiting = self._vendors.pricing.tend(spent)
        waiting = self._queues.look_on(now, self._looks_at_once) or waiting
        waiting = bool(self._to_admit and self._admit_on(now)) or waiting
        waiting = self._calendars.prepare(self._calendars_at_once) or waiting
        return self._profiles.judge_on(self._verdicts_at_once) or waiting

    def starts(self, vendor: int, at: float) -> tuple[float, ...]:
        """When the windows began that count a vendor's contact sent at an instant, epoch seconds."""
        config = self._configured[vendor]
        try:
            mine = windows(at, config.zone, config.contract.period)
            return (*mine, windows(at, self._center.zone, "month").day)
        except (OverflowError, ValueError, OSError):  # no calendar reaches there, so nothing was counted
            return ()

    def look_every(self, seconds: float) -> None:
        """Let so much time pass between two looks at arrivals and mix, no less."""
        self._look_every = self._look_at_latest = seconds
        self._early = 0.0

    def look_early(self, now: float) -> None:
        """Look at arrivals and health if that is nearly due: who tells a queue's state waits, no contact."""
        arrays = self._arrays
        due = now >= self._look_until - self._early
        if self.counts and due and arrays.since <= now < arrays.until:
            self._look(now)
            self._go_on(now, 0.0)

    def admit(self, now: float, vendors: Sequence[int]) -> None:
        """Have the health of these vendors, and of all that are not well, decide what they are given."""
        self.turned += 1
        self._vendors.admit(now, vendors)
        self._look_until = min(self._looked_at + self._look_at_latest, self._offers.watch.until)
        self._arrays.hold_calendar(self._arrays.since, min(self._arrays.until, self._look_until))

    @property
    def look_due(self) -> float:
        """From when on arrivals are looked at if many came, epoch seconds."""
        return self._looked_at + self._look_every

    def page_turned(self, now: float) -> None:
        """Many contacts came: the next one finds them looked at, if it is some time ago that anybody did."""
        if now >= self.look_due:
            self._look_until = now
            self._arrays.hold_calendar(
                self._arrays.since, min(self._arrays.until, math.nextafter(now, math.inf))
            )

    def _look(self, now: float) -> None:
        """Take notice of arrivals and of vendors on their way back."""
        self._looked_at = now
        self._queues.look()
        if self.counts:
            self._pages.turn_early(now)
            self._pages.end_leases(now)
        self._to_admit = len(self._configured)
        self._admit_on(now)

    def _admit_on(self, now: float) -> bool:
        """Look at the health of some vendors that wait for it; whether others still wait."""
        last = self._to_admit
        first = max(last - self._admits_at_once, 0)
        self.admit(now, range(first, last))
        self._to_admit = first
        return first > 0

    def _tell_clock(self, problem: str) -> None:
        if self._queues.troubles.of_clock(problem):
            self._queues.touch_all()

    def _enter_center(self, now: float) -> int:
        """Begin what an instant brings by the center's clock: its day, its hand-over windows.

        As `_turn_calendars` says what was done.
        """
        zone, turned = self._center.zone, 0
        day = windows(now, zone, "month").day
        entered = self.counts and self._ledger.enter(CENTER, (day,) * columns.WINDOWS)
        if entered or day != self._center_day:  # a router that shares the ledger may have entered it before
            for watch in self._queues.watches:
                watch.begin_period()
            self._center_day = day
            turned = self._turn_calendars(now, True)
            self._queues.touch_all()
        today = datetime.fromtimestamp(now, zone).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), zone).timestamp()
        self._queues.begin_day(midnight)
        handing = handed_over(self._center, now)
        self._queues.touch(self._profiles.hand_over(handing.types))
        self._center_until = min(midnight, handing.until)
        return turned

    def _turn_calendars(self, now: float, all_of_them: bool) -> int:
        """Begin what an instant brings by the vendors' clocks: hours, days, windows; for how many vendors."""
        turned, moved, held_back = 0, [], self._vendors.held_back()
        for numbers, before, page in self._calendars.turn(now, all_of_them=all_of_them):
            moved += [
                number for number in numbers if self._enter(number, now, before, page, held_back[number])
            ]
            turned += len(numbers)
        self._vendors.touch(*moved)
        return turned

    def _enter(
        self, number: int, now: float, before: CalendarPage, page: CalendarPage, was_held_back: bool
    ) -> bool:
        """Begin a page of a vendor's calendar; whether another set of contacts may go there by that."""
        vendors, contract = self._vendors, self._configured[number].contract
        moved = vendors.open(number, page.status)
        if self.counts:
            self._ledger.enter(int(self._arrays.places[number]), (*page.starts, self._center_day))
        vendors.count_budgets(number)  # at once: what is left of another hour is no limit of this one
        self._offers.pricing.enter(number, now, page.starts.period)
        if page.today != before.today:
            vendors.follow_the_ramp(number, page.today)
            moved = self._profiles.begin_day(number, page.today) or moved
        if not contract.is_flat or was_held_back or page.today != before.today:
            vendors.pricing.reprice(number)
        return moved or was_held_back


def _goes_by_hour(contract: Contract) -> bool:
    """Whether the hours of a vendor's clock matter, also while it neither opens nor closes."""
    capped = (getattr(contract, field) is not None for field in contract.__struct_fields__ if "hour" in field)
    return not contract.is_flat or any(capped)
