"""The rows of the vendors in the routing tables: what they cost now, what is known of their state."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.center._target import ServiceLevel
from bporoute.contracts._measure import BilledContact
from bporoute.policies._thresholds import Policy
from bporoute.routing._decision import Decision
from bporoute.routing._hard_rules import Request
from bporoute.routing._pricing import Pricing
from bporoute.routing._state import VendorState
from bporoute.routing._tables._arrays import RoutingArrays, limit
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing._tables._vendor_watch import VendorWatch
from bporoute.routing.ledger._memory import Ledger

DEFAULT_AIM = ServiceLevel(probability=0.8, within=20)
"""What a vendor is measured by where no queue has a service level."""


class Vendors(NamedTuple):
    """The tables of vendors and what they were sent: the live ones, or copies with what a snapshot tells."""

    table: Floats
    usage: Floats
    trouble: str


class VendorRows(RoutingArrays):
    """Arrays whose vendors are priced, measured and told of."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger) -> None:
        aims = (queue.targets.service_level for queue in center.queues.values())
        self.watch = VendorWatch(center, next(filter(None, aims), DEFAULT_AIM))
        self.queue_watch = [QueueWatch(queue) for queue in center.queues.values()]
        super().__init__(center, policy, ledger, self._prices)
        self.pricing = Pricing(center, ledger)
        self._slower = [1.0] * len(self._vendors)
        """Handle time of each vendor's ramp over that of trained agents."""
        ledger.follow(self._price_again)

    def spread_news(self) -> None:
        """Tell everybody who shares the ledger whose price or cap was reached."""
        reached = self.vendors[:-1, codes.REACHED]
        if np.count_nonzero(reached):
            for vendor in np.flatnonzero(reached):
                self.ledger.changed(int(vendor))

    def _price_again(self, vendor: int) -> None:
        """See `Ledger.follow`."""
        self.vendors[vendor, codes.REACHED] = 0.0
        self.reprice(vendor)
        self._touch(self.profiles.queues_of(vendor))

    def reprice(self, vendor: int) -> None:
        """Price a vendor's contacts anew, by what it has been sent and what was settled."""
        counts = self.ledger.counters[vendor]
        sent, there = int(counts[codes.WINDOWS - 2]), float(counts[codes.IN_FLIGHT])
        queue = self.center.contact_types[self._vendors[vendor].contact_types[0]].queue
        handle = self._handle_time(vendor, queue)
        self.vendors[vendor, codes.TEAM_AHT] = handle
        self.vendors[vendor, codes.PRICE_UNTIL] = self.pricing.follow(
            vendor, sent, there, handle, self.watch.results(vendor)
        )
        self._touch(self.profiles.reprice(vendor))
        self._count_money(vendor)

    def _count_money(self, vendor: int) -> None:
        """How many contacts the money that a vendor may run up still buys."""
        config = self._vendors[vendor]
        if config.max_exposure is None:
            return
        price = self.pricing.price(vendor, float(self.vendors[vendor, codes.TEAM_AHT]), "")
        left = config.prepaid + config.max_exposure - self.ledger.spent(vendor)
        contacts = left / price if price > 0.0 else math.inf
        self.vendors[vendor, codes.LEFT_TO_SPEND] = contacts - self.ledger.counters[vendor, codes.IN_FLIGHT]

    def _prices(self, vendor: int, request: Request) -> tuple[float, float]:
        name = request.kind.queue if request.kind else self.queue_names[0]
        price = self.pricing.price(vendor, self._handle_time(vendor, name), request.language)
        return price, self.watch.quality_money(vendor, self.center.queues[name])

    def _handle_time(self, vendor: int, queue: str) -> float:
        """Mean seconds that a vendor takes for a queue's contact just now."""
        aht = self.queue_watch[self.queue_names.index(queue)].aht
        return aht * self.slower(vendor)

    def slower(self, vendor: int) -> float:
        """Handle time of a vendor just now over that of the in-house team."""
        return self.watch.handle_time_factor(vendor) * self._slower[vendor]

    def _follow_the_ramp(self, number: int, today: date) -> None:
        """Capacity, handle time and trial share of a vendor on its local day."""
        vendor, table = self._vendors[number], self.vendors[number]
        ramped = vendor.contract.capacity_on(today)
        if ramped is not None:
            table[codes.MOST_AT_ONCE] = min(limit(vendor.capacity), ramped)
        self._slower[number] = vendor.contract.handle_time_factor(today)
        table[codes.TRIAL_SHARE] = vendor.contract.trial_share(today)
        self.hashed = self.hashed or table[codes.TRIAL_SHARE] < 1.0

    def tell_vendor(self, vendor: int, state: VendorState, table: Floats, usage: Floats) -> str:
        """Write a vendor's state into tables of vendors and usage, or say why it cannot be trusted."""
        if problem := state.distrust():
            return f"{self.vendor_names[vendor]}: {problem}"
        table[vendor, codes.UP] = float(state.up)
        for column, told in ((codes.MOST_AT_ONCE, state.capacity), (codes.VENDOR_WAIT, state.expected_wait)):
            if told is not None:
                table[vendor, column] = told
        if state.in_flight is not None:
            usage[vendor, codes.IN_FLIGHT] = state.in_flight
        return ""

    def tell_live_vendor(self, vendor: int, state: VendorState) -> bool:
        """Write a vendor's live state; whether it can be trusted."""
        before = self.vendors[vendor, [codes.UP, codes.VENDOR_WAIT]]
        distrust = self.tell_vendor(vendor, state, self.vendors, self.ledger.counters)
        if distrust != self.distrusts[vendor]:
            self.distrusts[vendor] = distrust
            self._touch(set(range(len(self.rows))))
        elif (before != self.vendors[vendor, [codes.UP, codes.VENDOR_WAIT]]).any():
            self._touch(self.profiles.queues_of(vendor))
        return not distrust

    def bill(self, vendor: int, decision: Decision, answered: bool, wait: float, handle: float) -> float:
        """Bill a settled contact; money that it adds to what is owed. nan seconds handled: the average."""
        told = decision.page.numbers[decision.line, -1]
        known = handle if handle == handle else self.center.queues[decision.queue].aht
        contact = BilledContact(
            handle=known if answered else 0.0,
            wait=wait if wait == wait else 0.0,
            answered=answered,
            local=self.local(vendor, float(told[codes.AT])),
            language=decision.contact.language,
        )
        return self.pricing.settle(vendor, contact, int(told[codes.SENT_BEFORE]), float(told[codes.AT]))

    def local(self, vendor: int, at: float) -> datetime | None:
        """A vendor's clock at an instant, epoch seconds; None where no calendar reaches."""
        try:
            return datetime.fromtimestamp(at, self._vendors[vendor].zone)
        except (OverflowError, ValueError, OSError):
            return None
