"""What time brings to the routing tables: opening hours, terms, counted windows, leases that end."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta

from bporoute._base.clock import holds_until, windows
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.routing._hard_rules import handed_over
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._pages import Pages
from bporoute.routing._tables._profiles import Profiles
from bporoute.routing._tables._queue_watch import STEP
from bporoute.routing._tables._queues import QueueRows
from bporoute.routing._tables._vendors import VendorRows
from bporoute.routing.ledger._memory import Ledger


class Clock:
    """Keeps the tables up with the calendar."""

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
    ) -> None:
        self._center, self._ledger, self._arrays, self._profiles = center, ledger, arrays, profiles
        self._offers, self._queues, self._vendors, self._pages = offers, queues, vendors, pages
        self._configured = tuple(center.vendors.values())
        self._hourly = [queues.explained or _goes_by_hour(vendor.contract) for vendor in self._configured]
        self._vendor_until = [-math.inf] * len(self._configured)
        self._center_until = -math.inf
        self._look_until = -math.inf
        self._look_every = STEP

    def follow(self, now: float) -> None:
        """Bring calendar, windows and prices up to an instant (epoch seconds); any float will do."""
        since, until = self._arrays.since, self._arrays.until
        if since <= now < until:
            return
        backwards = not now >= since
        if backwards and math.isfinite(now):
            self._queues.set_back(now)
        try:
            if backwards or not now < self._center_until:
                self._enter_center(now)
            for number in range(len(self._configured)):
                if backwards or not now < self._vendor_until[number]:
                    self._enter(number, now)
        except (OverflowError, ValueError, OSError):
            self._tell_clock(f"the clock reads {now}")
            self._vendors.close_all()
            self._arrays.hold_calendar(math.inf, -math.inf)
        else:
            self._tell_clock("")
            if backwards or not now < self._look_until:
                self._look(now)
            until = min([self._center_until, self._look_until, *self._vendor_until])
            self._arrays.hold_calendar(now, until)

    def look_every(self, seconds: float) -> None:
        """Let so much time pass between two looks at arrivals and mix."""
        self._look_every = seconds

    def admit(self, now: float) -> None:
        """Have the vendors' health decide what they are given from now on."""
        self._vendors.admit(now)
        self._look_until = min(now + self._look_every, self._offers.watch.until)
        self._arrays.hold_calendar(self._arrays.since, min(self._arrays.until, self._look_until))

    def _look(self, now: float) -> None:
        """Take notice of arrivals and of vendors on their way back."""
        self._queues.look(now)
        self._queues.look_at_the_mix()
        self._pages.end_leases(now)
        self.admit(now)

    def _tell_clock(self, problem: str) -> None:
        if self._queues.troubles.of_clock(problem):
            self._queues.touch_all()

    def _enter_center(self, now: float) -> None:
        """Begin what an instant brings by the center's clock: its day, its hand-over windows."""
        zone = self._center.zone
        day = windows(now, zone, "month").day
        if self._ledger.enter(len(self._configured), (day,) * columns.WINDOWS):
            for watch in self._queues.watches:
                watch.begin_period()
            for number in range(len(self._configured)):
                self._enter(number, now)
        today = datetime.fromtimestamp(now, zone).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), zone).timestamp()
        self._queues.begin_day(midnight)
        handing = handed_over(self._center, now)
        self._queues.touch(self._profiles.hand_over(handing.types))
        self._center_until = min(midnight, handing.until)

    def _enter(self, number: int, now: float) -> None:
        """Begin what an instant brings by a vendor's clock: hours, day, windows, prices."""
        vendor = self._configured[number]
        today = datetime.fromtimestamp(now, vendor.zone).date()
        self._vendors.follow_the_calendar(number, now)
        self._vendor_until[number] = min(
            holds_until(spans, now, vendor.zone, hourly=self._hourly[number])
            for spans in (vendor.spans, vendor.contract.multiplier_spans)
        )
        self._vendors.follow_the_ramp(number, today)
        self._offers.pricing.enter(number, now)
        starts = windows(now, vendor.zone, vendor.contract.period)
        center_day = windows(now, self._center.zone, "month").day
        if self._ledger.enter(number, (*starts, center_day)):
            self._vendors.touch(number)
        if self._profiles.begin_day(number, today):
            self._vendors.touch(number)
        self._vendors.reprice(number)


def _goes_by_hour(contract: Contract) -> bool:
    """Whether the hours of a vendor's clock matter, also while it neither opens nor closes."""
    capped = (getattr(contract, field) is not None for field in contract.__struct_fields__ if "hour" in field)
    return not contract.is_flat or any(capped)
