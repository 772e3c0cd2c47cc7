"""What time brings to the routing tables: opening hours, terms, counted windows, leases that end."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Literal

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import holds_until, windows
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.policies._thresholds import Policy
from bporoute.routing._hard_rules import calendar_status, handed_over
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._pages import Leases
from bporoute.routing._tables._queue_watch import STEP
from bporoute.routing._tables._queues import FIRST_LOOKS, QueueRows
from bporoute.routing.ledger._memory import Ledger

MOST_PAGES = 64
"""Pages that are joined to one at most."""


class FollowedRows(QueueRows):
    """Arrays that keep up with the clock; a contact sent out counts as there for `lease` seconds at most."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger, lease: float) -> None:
        super().__init__(center, policy, ledger)
        self._leases = Leases(lease)
        self.routed = Page(1, 1, 0)
        self.asked = Page(1, 1, 0)
        self._vendor_until = [-math.inf] * len(self._vendors)
        self._center_until = -math.inf
        self._look_until = -math.inf
        self.look_every = STEP
        """Seconds between two looks at arrivals and mix."""

    def follow(self, now: float) -> None:
        """Bring calendar, windows and prices up to an instant (epoch seconds); any float will do."""
        since, until = self.vendors[-1, codes.SINCE], self.vendors[-1, codes.UNTIL]
        if since <= now < until:
            return
        backwards = not now >= since
        if backwards and math.isfinite(now):
            # What was told before the clock was set back must not stay young for ever.
            self.queues[:, codes.TOLD_AT] = np.minimum(self.queues[:, codes.TOLD_AT], now)
        try:
            if backwards or not now < self._center_until:
                self._enter_center(now)
            for number in range(len(self._vendors)):
                if backwards or not now < self._vendor_until[number]:
                    self._enter(number, now)
        except (OverflowError, ValueError, OSError):
            self._tell_clock(f"the clock reads {now}")
            self.vendors[:-1, codes.STATUS] = codes.BAD_CLOCK
            self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = math.inf, -math.inf
        else:
            self._tell_clock("")
            if backwards or not now < self._look_until:
                self._look(now)
            until = min([self._center_until, self._look_until, *self._vendor_until])
            self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = now, until

    def _look(self, now: float) -> None:
        """Take notice of arrivals and of vendors on their way back."""
        for number, watch in enumerate(self.queue_watch):
            told = self.rows[number].state
            moved = watch.look(now, float(self.queues[number, codes.ROUTED]))
            if moved and (told is None or told.arrival_rate is None):
                self._touch({number})
        self._look_at_the_mix(math.inf)
        self._end_leases(now)
        self.admit(now)

    def admit(self, now: float) -> None:
        """Have the vendors' health decide what they are given from now on."""
        for vendor in self.watch.admit(now, self.vendors):
            self._touch(self.profiles.queues_of(vendor))
        self._look_until = min(now + self.look_every, self.watch.until)
        self.vendors[-1, codes.UNTIL] = min(self.vendors[-1, codes.UNTIL], self._look_until)

    def _tell_clock(self, problem: str) -> None:
        if problem != self.bad_clock:
            self.bad_clock = problem
            self._touch(set(range(len(self.rows))))

    def _enter_center(self, now: float) -> None:
        zone = self.center.zone
        day = windows(now, zone, "month").day
        if self.ledger.enter(len(self._vendors), (day,) * codes.WINDOWS):
            for watch in self.queue_watch:
                watch.begin_period()
            for number in range(len(self._vendors)):
                self._enter(number, now)
        today = datetime.fromtimestamp(now, zone).date()
        self.day_until = datetime.combine(today + timedelta(days=1), time(), zone).timestamp()
        handing = handed_over(self.center, now)
        self._touch(self.profiles.hand_over(handing.types))
        self._center_until = min(self.day_until, handing.until)

    def _enter(self, number: int, now: float) -> None:
        vendor = self._vendors[number]
        local = datetime.fromtimestamp(now, vendor.zone)
        status = calendar_status(vendor, local)
        if status != self.vendors[number, codes.STATUS]:
            self.vendors[number, codes.STATUS] = status
            self._touch(self.profiles.queues_of(number))
        self._vendor_until[number] = min(
            holds_until(vendor.spans, now, vendor.zone),
            holds_until(vendor.contract.multiplier_spans, now, vendor.zone),
        )
        self._follow_the_ramp(number, local.date())
        self.pricing.enter(number, now)
        starts = windows(now, vendor.zone, vendor.contract.period)
        center_day = windows(now, self.center.zone, "month").day
        if self.ledger.enter(number, (*starts, center_day)):
            self._touch(self.profiles.queues_of(number))
        if self.profiles.begin_day(number, local.date()):
            self._touch(self.profiles.queues_of(number))
        self.reprice(number)

    def settle_sent(
        self,
        vendor: int,
        queue: int,
        outcome: Literal["answered", "abandoned", "failed"],
        now: float,
        luck: float,
        sent: float,
        wait: float,
        handle: float,
    ) -> None:
        """Take notice of how a contact ended at a vendor."""
        aht = self.queue_watch[queue].aht
        news = self.watch.told(vendor, outcome, now, luck, sent, wait, handle, aht, self.vendors)
        if news or self._vendors[vendor].max_exposure is not None:
            self.hold()
            self.admit(now)
            self.reprice(vendor)
            self.publish()

    def page(self, commit: bool, now: float) -> Page:
        """The page that the next decision is noted on."""
        page = self.routed if commit else self.asked
        ways = self.profiles.ways.shape[1]
        if not page.full and page.numbers.shape[1] == ways + 1:
            return page
        lines = min(2 * page.lines, codes.MOST_LINES)
        if not commit:
            self.asked = Page(lines, ways, 0)
            return self.asked
        self.cut()
        self._look_at_the_mix(FIRST_LOOKS)
        self._leases.add(page, now)
        self.routed = Page(lines, ways, self.ledger.numbers(lines))
        self._end_leases(now)
        return self.routed

    def lengthen(self, queues: Iterable[int], at: Floats, contacts: int) -> Page:
        """Let the page be as long as so many contacts of these queues need, if nothing is on it yet.

        Never so long that turning to a new page within would have changed anything. There is no room for
        evidence, so nobody else may see the page before it is full or `cut`. `at` holds when each is decided,
        epoch seconds, or one instant for all.
        """
        page = self.routed
        if page.used or page.lines < codes.MOST_LINES:
            return page
        quiet = self.before_a_look(queues)
        if len(at) > 1:
            contacts = min(contacts, int(np.searchsorted(at, self._leases.until(at[0]) - 1.0)))
        pages = min(contacts // codes.MOST_LINES, math.ceil(min(quiet / codes.MOST_LINES, MOST_PAGES)))
        if pages > 1:
            lines = pages * codes.MOST_LINES
            self.ledger.numbers(lines - page.lines)
            self.routed = Page(lines, page.numbers.shape[1] - 1, page.first, evidence=False)
        return self.routed

    def cut(self) -> None:
        """End a page that was lengthened where a page of the usual length would have ended."""
        page = self.routed
        if page.full or len(page.numbers):
            return
        lines = -(-max(page.used, 1) // codes.MOST_LINES) * codes.MOST_LINES
        self.ledger.give_numbers_back(page.lines - lines)
        page.header[[codes.HEADER_LINES, codes.HEADER_USED]] = lines

    def _end_leases(self, now: float) -> None:
        """Contacts sent out long ago, of which nobody told the end, are gone from the vendor, and spent."""
        for vendor in self._leases.end(self.routed, now):
            self.ledger.leave(vendor)
