"""The rows of the vendors in the routing tables: what they cost now, what is known of their state."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import codes, columns
from bporoute.center._center import Center
from bporoute.contracts._billed_contact import BilledContact
from bporoute.durations._laws import mean_of
from bporoute.routing._budgets import Budgets, Most
from bporoute.routing._hard_rules import calendar_status
from bporoute.routing._outcome import Settled
from bporoute.routing._state import VendorState
from bporoute.routing._tables._arrays import RoutingArrays, limit
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._profiles import Profile, Profiles
from bporoute.routing._tables._queues import QueueRows, Vendors
from bporoute.routing.ledger._memory import Ledger


class VendorRows:
    """Vendors that are priced, measured and told of; where that matters, rules are solved anew.

    Attributes
    ----------
    budgets : Budgets
        What they may still be given, in minutes and in money.
    """

    def __init__(
        self,
        center: Center,
        ledger: Ledger,
        arrays: RoutingArrays,
        profiles: Profiles,
        offers: Offers,
        queues: QueueRows,
    ) -> None:
        self._center, self._ledger, self._arrays = center, ledger, arrays
        self._profiles, self._offers, self._queues = profiles, offers, queues
        self._vendors, self._names = tuple(center.vendors.values()), tuple(center.vendors)
        self.budgets = Budgets(center, ledger)
        self._dearest = [Most(0.0, 0.0)] * len(self._vendors)
        self._capacities = [limit(vendor.capacity) for vendor in self._vendors]
        self._told = [VendorState()] * len(self._vendors)
        self._held: set[int] = set()
        ledger.follow(self._price_again)
        ledger.follow_spending(self.count_budgets)

    def spread_news(self) -> None:
        """Tell everybody who shares the ledger whose price or cap was reached."""
        reached = self._arrays.vendors[:-1, columns.REACHED]
        if np.count_nonzero(reached):
            for vendor in np.flatnonzero(reached):
                self._ledger.changed(int(vendor))

    def _price_again(self, vendor: int) -> None:
        """See `Ledger.follow`."""
        self._arrays.vendors[vendor, columns.REACHED] = 0.0
        self.reprice(vendor)
        self.touch(vendor)

    def touch(self, vendor: int) -> None:
        """Have the rules of the queues solved anew whose contacts a vendor may take."""
        self._queues.touch(self._profiles.queues_of(vendor))

    def reprice(self, vendor: int) -> None:
        """Price a vendor's contacts anew, by what it has been sent and what was settled."""
        counts, row = self._arrays.usage[vendor], self._arrays.vendors[vendor]
        sent, there = int(counts[columns.THIS_PERIOD]), float(counts[columns.IN_FLIGHT])
        mix = self._mix(vendor) if there and not self._vendors[vendor].contract.is_flat else ()
        first = self._vendors[vendor].contact_types[0]
        queue = self._center.contact_types[first].queue
        row[columns.TEAM_AHT] = self._offers.handle_time(vendor, queue, first)
        results = self._offers.watch.results(vendor)
        pricing = self._offers.pricing
        pricing.follow(vendor, sent, there, mix, results)
        row[columns.PRICE_UNTIL] = math.inf if vendor in self._held else pricing.holds_until(vendor)
        self._queues.touch(self._profiles.reprice(vendor))
        if self.budgets.bind(vendor):
            self._look_at_the_dearest(vendor)
            self.count_budgets(vendor)

    def hold_price(self, vendor: int) -> None:
        """Have a vendor's price stand until it is priced anew, however many contacts it is sent, for good."""
        self._held.add(vendor)
        self._arrays.vendors[vendor, columns.PRICE_UNTIL] = math.inf

    def meet(self, profile: Profile) -> None:
        """Take notice of contacts that are like none before."""
        for vendor, name in enumerate(self._names):
            if self.budgets.bind(vendor) and name not in profile.barred:
                self._look_at_the_dearest(vendor)
                self.count_budgets(vendor)

    def count_budgets(self, vendor: int) -> None:
        """How many contacts may be at a vendor, by the minutes and the money that it may still be given."""
        if self.budgets.bind(vendor):
            row = self._arrays.vendors[vendor]
            left = self.budgets.left(vendor, self._dearest[vendor])
            row[columns.LEFT_TO_SPEND], row[columns.SPENDING_LIMIT] = left

    def _look_at_the_dearest(self, vendor: int) -> None:
        most = Most(0.0, 0.0)
        for contact, _ in self._mix(vendor):
            money = self._offers.pricing.price(vendor, contact)
            most = Most(max(most.minutes, mean_of(contact.handle) / 60.0), max(most.money, money))
        self._dearest[vendor] = most

    def _mix(self, vendor: int) -> list[tuple[BilledContact, float]]:
        """The contacts that a vendor may get as it is expected to bill them, and how many came lately."""
        queues, found = tuple(self._center.queues), []
        for profile in self._profiles.of(vendor):
            contact = self._offers.expected(vendor, queues[profile.queue], profile.request)
            found.append((contact, self._profiles.seen(profile)))
        return found or [(self._offers.typical(vendor), 1.0)]

    def follow_the_ramp(self, vendor: int, today: date) -> None:
        """Take over capacity, handle time and trial share of a vendor on its local day."""
        config, row = self._vendors[vendor], self._arrays.vendors[vendor]
        ramped = config.contract.capacity_on(today)
        if ramped is not None:
            self._capacities[vendor] = min(limit(config.capacity), ramped)
            row[columns.MOST_AT_ONCE] = self._capacity(vendor, self._told[vendor])
        self._offers.train(vendor, config.contract.handle_time_factor(today))
        row[columns.TRIAL_SHARE] = config.contract.trial_share(today)
        if row[columns.TRIAL_SHARE] < 1.0:
            self._arrays.draw_by_hash()

    def follow_the_calendar(self, vendor: int, now: float) -> None:
        """Open or close a vendor by its clock at an instant, epoch seconds that a calendar reaches."""
        local = self._offers.local(vendor, now)
        assert local is not None
        status = calendar_status(self._vendors[vendor], local)
        if status != self._arrays.vendors[vendor, columns.STATUS]:
            self._arrays.vendors[vendor, columns.STATUS] = status
            self.touch(vendor)

    def close_all(self) -> None:
        """Nobody can tell whether anybody is open."""
        self._arrays.vendors[:-1, columns.STATUS] = codes.BAD_CLOCK

    def tell(self, vendor: int, state: VendorState, table: Floats, usage: Floats) -> str:
        """Write a vendor's state into tables of vendors and usage, or say why it cannot be trusted."""
        if problem := state.distrust():
            return f"{self._names[vendor]}: {problem}"
        row = table[vendor]
        row[columns.UP] = float(state.up)
        if state.capacity is not None:
            row[columns.MOST_AT_ONCE] = state.capacity
        if state.expected_wait is not None:
            row[columns.VENDOR_WAIT] = state.expected_wait
        if state.in_flight is not None:
            usage[vendor, columns.IN_FLIGHT] = state.in_flight
        return ""

    def tell_live(self, vendor: int, state: VendorState) -> bool:
        """Write a vendor's live state, but for how many are there; whether it can be trusted.

        What the state does not tell is as the center says.
        """
        row, config = self._arrays.vendors[vendor], self._vendors[vendor]
        before = row[[columns.UP, columns.VENDOR_WAIT]]
        problem = state.distrust()
        distrust = f"{self._names[vendor]}: {problem}" if problem else ""
        if not distrust:
            self._told[vendor] = state
            row[columns.UP] = float(state.up)
            row[columns.MOST_AT_ONCE] = self._capacity(vendor, state)
            wait = state.expected_wait
            row[columns.VENDOR_WAIT] = config.expected_wait if wait is None else wait
        if self._queues.troubles.of_vendor(vendor, distrust):
            self._queues.touch_all()
        elif (before != row[[columns.UP, columns.VENDOR_WAIT]]).any():
            self.touch(vendor)
        if self._offers.wait(vendor, float(row[columns.VENDOR_WAIT])):
            self.reprice(vendor)
        return not distrust

    def tell_there(self, vendor: int, contacts: float | None, at: float) -> None:
        """Have so many contacts be at a vendor at an instant; None: as many as are known to have been sent.

        Those that were sent after it are added, those of before that have left since are not there.
        """
        ledger = self._ledger
        if contacts is None:
            contacts = float(ledger.sent_after(vendor, -math.inf))
        else:
            since = ledger.sent_after(vendor, at) - ledger.left_since(vendor, at)
            contacts = max(contacts + since, 0.0)
        ledger.tell_there(vendor, contacts)

    def _capacity(self, vendor: int, state: VendorState) -> float:
        return self._capacities[vendor] if state.capacity is None else state.capacity

    def as_told(self, states: list[VendorState | None]) -> Vendors | None:
        """Vendors and usage with what a snapshot tells of each; None if it tells nothing of vendors."""
        if not any(states):
            return None
        table, usage = self._arrays.vendors.copy(), self._arrays.usage.copy()
        live = self._queues.troubles
        troubles = [live.clock]
        for number, state in enumerate(states):
            problem = live.vendors[number] if state is None else self.tell(number, state, table, usage)
            troubles.append(problem)
        return Vendors(table, usage, "; ".join(filter(None, troubles)))

    def admit(self, now: float) -> None:
        """Have the vendors' health decide what they are given from now on."""
        for vendor in self._offers.watch.admit(now, self._arrays.vendors):
            self.touch(vendor)

    def learn(
        self, vendor: int, queue: int, contact_type: str, ended: Settled, now: float, luck: float
    ) -> bool:
        """Take notice of how a contact of a queue ended; whether admission and price should be looked at."""
        watch, table = self._offers.watch, self._arrays.vendors
        in_house_aht = self._queues.watches[queue].aht_of(contact_type)
        return watch.told(vendor, ended, now, luck, in_house_aht, table)
