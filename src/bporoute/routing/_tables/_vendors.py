"""The rows of the vendors in the routing tables: what they cost now, what is known of their state."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.at_once import write_at_once
from bporoute._kernels.routing import codes, columns
from bporoute.center._center import Center
from bporoute.durations._laws import mean_of
from bporoute.routing._budgets import WINDOWS, Budgets, Most
from bporoute.routing._state import VendorState
from bporoute.routing._tables._arrays import RoutingArrays, limit
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._profiles import Profile, Profiles
from bporoute.routing._tables._queues import QueueRows, Vendors
from bporoute.routing._tables._repricing import Repricing
from bporoute.routing.ledger._allowed import Allowed
from bporoute.routing.ledger._memory import Ledger

NOTHING = Most(0.0, 0.0)
_LEARNED = [columns.FAILURE, columns.ADMITTED, columns.ADMISSION, columns.PROBE]
"""What outcomes say of a vendor."""
_PRICED = [columns.TEAM_AHT, columns.PRICE_UNTIL, columns.LEFT_TO_SPEND, columns.SPENDING_LIMIT]
"""What its prices have found out."""


class VendorRows:
    """Vendors that are priced, measured and told of; where that matters, rules are solved anew.

    Attributes
    ----------
    budgets : Budgets
        What they may still be given, in minutes and in money.
    pricing : Repricing
        Has their contacts priced; what takes some `at_once` seconds in one go.
    """

    def __init__(
        self,
        center: Center,
        ledger: Ledger,
        arrays: RoutingArrays,
        profiles: Profiles,
        offers: Offers,
        queues: QueueRows,
        at_once: float,
    ) -> None:
        self._center, self._ledger, self._arrays = center, ledger, arrays
        self._profiles, self._offers, self._queues = profiles, offers, queues
        self._vendors, self._names = tuple(center.vendors.values()), tuple(center.vendors)
        self._places: list[int] = arrays.places.tolist()
        self._number_at = {place: number for number, place in enumerate(self._places)}
        self.budgets = Budgets(center, ledger)
        self._dearest = [NOTHING] * len(self._vendors)
        self._most_met: Floats = np.full((2, len(self._vendors)), -math.inf)
        """Minutes and money of the dearest contact of each vendor, of those that were met."""
        self._capacities = [limit(vendor.capacity) for vendor in self._vendors]
        caps = arrays.vendors[:-1, columns.FIRST_CAP : columns.FIRST_CAP + len(WINDOWS)]
        self._caps: list[tuple[float, ...]] = [tuple(each) for each in caps.tolist()]
        table: Any = arrays.vendors
        self._numbers: Any = memoryview(table)
        """The vendors of `arrays`, of which single numbers are written by it in half the time."""
        self._to_spend = [math.inf] * len(self._vendors)
        self._price_until = [0.0] * len(self._vendors)
        """Contacts of the period from which on each vendor's price is another."""
        self._full = [False] * len(self._vendors)
        """Which vendors had reached a cap when the other processes were heard."""
        self._told = [VendorState()] * len(self._vendors)
        self._statuses = [0] * len(self._vendors)
        self._prices = profiles.prices
        self._bound = np.array(
            [number for number in range(len(self._vendors)) if self.budgets.bind(number)], dtype=np.int64
        )
        self.pricing = Repricing(center, arrays, profiles, offers, queues, at_once, self)
        ledger.follow(self._price_again)
        ledger.follow_spending(self._count_again)
        ledger.follow_dearest(self._dearest_at)

    def take_over(
        self, before: VendorRows, same: Sequence[tuple[int, int]], alike: Sequence[tuple[int, int]]
    ) -> None:
        """Have vendors be as others rows have them, by pairs of their numbers there and here.

        `alike` are those of the `same` that have the same terms: they are priced as they were.
        """
        for theirs, mine in same:
            told, row = before._told[theirs], self._arrays.vendors[mine]
            self._told[mine] = told
            row[_LEARNED] = before._arrays.vendors[theirs, _LEARNED]
            row[columns.UP] = 1.0 if told.up is None else float(told.up)
            row[columns.MOST_AT_ONCE] = self._capacity(mine, told)
            wait = self._vendors[mine].expected_wait if told.expected_wait is None else told.expected_wait
            row[columns.VENDOR_WAIT] = wait
            if self._offers.wait(mine, wait):
                self.pricing.reprice(mine)
            self._queues.troubles.of_vendor(mine, before._queues.troubles.vendors[theirs])
        for theirs, mine in alike:
            self._arrays.vendors[mine, _PRICED] = before._arrays.vendors[theirs, _PRICED]
            self._dearest[mine] = before._dearest[theirs]
            self._most_met[:, mine] = before._most_met[:, theirs]
        self.pricing.take_over(before.pricing, same, alike)

    def spread_news(self) -> bool:
        """Tell everybody who shares the ledger whose price or cap was reached; whether any was.

        Where only what this process was granted is used up, it is granted more, and that is no news.
        """
        reached, news = self._arrays.vendors[:-1, columns.REACHED], False
        if np.count_nonzero(reached):
            for vendor in reached.nonzero()[0].tolist():
                if not (self._ledger.shared and self._goes_on(vendor)):
                    self._ledger.changed(self._places[vendor])
                    news = True
                reached[vendor] = 0.0  # when everybody knows
        return news

    def _goes_on(self, vendor: int) -> bool:
        """Whether a vendor may be sent more contacts at its price, once this process was granted more."""
        allowed, counts = self._measure_out(vendor), self._counts(vendor).tolist()
        full = any(sent >= cap for sent, cap in zip(counts, allowed.caps, strict=False))
        sent = counts[columns.THIS_PERIOD]
        if full or sent >= self._price_until[vendor]:
            self._full[vendor] = full
            return False
        if sent < allowed.look_at or (self._to_spend[vendor] == math.inf and not self._ledger.asks):
            self._arrays.go_on()  # of places that come free whoever has them tells
        else:  # what it may be sent by minutes and money is asked for before the next decision
            self._arrays.expire()
        return True

    def measure_out(self, vendor: int) -> None:
        """Have limits of a vendor be what this process was granted of those of the host."""
        if self._ledger.shared:
            self._measure_out(vendor)

    def _measure_out(self, vendor: int) -> Allowed:
        """The same of a ledger that processes share, and how far it may be sent contacts by that."""
        at_once, numbers = self._capacity(vendor, self._told[vendor]), self._numbers
        allowed = self._ledger.allowed(
            self._places[vendor], self._caps[vendor], at_once, self._to_spend[vendor]
        )
        for place, cap in enumerate(allowed.caps, start=columns.FIRST_CAP):
            numbers[vendor, place] = cap
        numbers[vendor, columns.MOST_AT_ONCE] = allowed.at_once
        numbers[vendor, columns.LEFT_TO_SPEND] = allowed.to_spend
        numbers[vendor, columns.PRICE_UNTIL] = min(self._price_until[vendor], allowed.look_at)
        if self._ledger.asks:
            self._arrays.expire()
        return allowed

    def measure_all(self) -> None:
        """The same of every vendor."""
        for vendor in range(len(self._vendors)):
            self.count_budgets(vendor)

    def hear(self) -> None:
        """Take notice of what other processes have sent and spent; the ledger listens."""
        for vendor in range(len(self._vendors)):
            self.count_budgets(vendor)
            row, counts = self._arrays.vendors[vendor], self._counts(vendor)
            full = bool((counts[: len(WINDOWS)] >= row[columns.FIRST_CAP :][: len(WINDOWS)]).any())
            if full != self._full[vendor] or counts[columns.THIS_PERIOD] >= self._price_until[vendor] > 0.0:
                self._full[vendor] = full
                self._ledger.changed(self._places[vendor])

    def mend(self, *, all_prices: bool) -> None:
        """Have what was interrupted be done: what waits to be priced, or all."""
        self.pricing.forget()
        for vendor in range(len(self._vendors)):
            if all_prices:
                self._ledger.changed(self._places[vendor])
            self._ledger.spending_changed(self._places[vendor])
        self._arrays.expire()

    def look_at_the_dearest(self) -> None:
        """Take notice of contacts that were met, see `meet`."""
        for vendor in self._bound.tolist():
            self._look_at_the_dearest(vendor)

    def _price_again(self, place: int) -> None:
        """See `Ledger.follow`."""
        vendor = self._number_at.get(place)
        if vendor is not None:
            self.pricing.reprice(vendor)
            self.touch(vendor)
            self._arrays.expire()

    def _count_again(self, place: int) -> None:
        """See `Ledger.follow_spending`."""
        vendor = self._number_at.get(place)
        if vendor is not None:
            self.count_budgets(vendor)

    def touch(self, *vendors: int) -> None:
        """Have the rules of the queues solved anew whose contacts one of these vendors may take."""
        if vendors:
            self._queues.touch(self._profiles.queues_of(vendors))

    def price_until(self, vendor: int, contacts: float) -> None:
        """Have a vendor's price hold until so many contacts were sent in its period."""
        self._price_until[vendor] = self._arrays.vendors[vendor, columns.PRICE_UNTIL] = contacts
        self.measure_out(vendor)

    def meet(self, profile: Profile) -> None:
        """Take notice of contacts that are like none before, and price them."""
        if self.pricing.tend():
            self._arrays.expire()
        bound = self._bound
        if len(bound):
            dearer = self._profiles.costs(bound, profile.number) > self._most_met[:, bound]
            for vendor in bound[dearer.any(axis=0)].tolist():
                self.priced(vendor)

    def priced(self, vendor: int) -> None:
        """Take notice of a vendor's prices that are others than before."""
        if self.budgets.bind(vendor):
            self._look_at_the_dearest(vendor)
            self.count_budgets(vendor)

    def count_budgets(self, vendor: int) -> None:
        """How many contacts may be at a vendor, by the minutes and the money that it may still be given."""
        if self.budgets.bind(vendor):
            row = self._arrays.vendors[vendor]
            left = self.budgets.left(vendor, Most(*self._ledger.dearest(self._places[vendor])))
            row[columns.LEFT_TO_SPEND], row[columns.SPENDING_LIMIT] = left
            self._to_spend[vendor] = left.contacts
        self.measure_out(vendor)

    def _look_at_the_dearest(self, vendor: int) -> None:
        """Note the most that one of the contacts is expected to take that a vendor may get."""
        self._most_met[:, vendor] = minutes, money = self._profiles.dearest(vendor)
        most = Most(minutes, max(money, 0.0))
        if minutes == -math.inf:
            contact = self._offers.typical(vendor)
            most = Most(mean_of(contact.handle) / 60.0, self._offers.pricing.price(vendor, contact))
        if most != self._dearest[vendor]:
            self._dearest[vendor] = most
            self._ledger.spending_changed(self._places[vendor])  # what others have sent may be as dear

    def _dearest_at(self, place: int) -> Most:
        """See `Ledger.follow_dearest`."""
        vendor = self._number_at.get(place)
        return NOTHING if vendor is None else self._dearest[vendor]

    def _counts(self, vendor: int) -> Floats:
        """What a vendor was sent, where the ledger counts it."""
        counts: Floats = self._arrays.usage[self._places[vendor]]
        return counts

    def follow_the_ramp(self, vendor: int, today: date) -> None:
        """Take over capacity, handle time and trial share of a vendor on its local day."""
        config, row = self._vendors[vendor], self._arrays.vendors[vendor]
        ramped = config.contract.capacity_on(today)
        if ramped is not None:
            self._capacities[vendor] = min(limit(config.capacity), ramped)
            row[columns.MOST_AT_ONCE] = self._capacity(vendor, self._told[vendor])
            self.measure_out(vendor)
        self._offers.train(vendor, config.contract.handle_time_factor(today))
        row[columns.TRIAL_SHARE] = config.contract.trial_share(today)
        if row[columns.TRIAL_SHARE] < 1.0:
            self._arrays.draw_by_hash()

    def open(self, vendor: int, status: int) -> bool:
        """Open a vendor, or close it by the rule whose code this is; whether that is news."""
        if status == self._statuses[vendor]:
            return False
        self._arrays.vendors[vendor, columns.STATUS] = self._statuses[vendor] = status
        return True

    def held_back(self) -> list[bool]:
        """Which vendors have reached a cap, or have any limit in minutes or money."""
        caps = self._arrays.vendors[:-1, columns.FIRST_CAP : columns.FIRST_CAP + len(WINDOWS)]
        reached: list[list[bool]] = (self._arrays.sent[:, : len(WINDOWS)] >= caps).tolist()
        return [any(each) or self.budgets.bind(number) for number, each in enumerate(reached)]

    def close_all(self) -> None:
        """Nobody can tell whether anybody is open."""
        self._arrays.vendors[:-1, columns.STATUS] = codes.BAD_CLOCK
        self._statuses = [codes.BAD_CLOCK] * len(self._vendors)

    def tell(self, vendor: int, state: VendorState, table: Floats, usage: Floats) -> str:
        """Write a vendor's state into tables of vendors and usage, or say why it cannot be trusted."""
        if problem := state.distrust():
            return f"{self._names[vendor]}: {problem}"
        row = table[vendor]
        if state.up is not None:
            row[columns.UP] = float(state.up)
        if state.capacity is not None:
            row[columns.MOST_AT_ONCE] = state.capacity
        if state.expected_wait is not None:
            row[columns.VENDOR_WAIT] = state.expected_wait
        if state.in_flight is not None:
            usage[self._places[vendor], columns.IN_FLIGHT] = state.in_flight
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
            row[columns.UP] = 1.0 if state.up is None else float(state.up)
            row[columns.MOST_AT_ONCE] = self._capacity(vendor, state)
            self.measure_out(vendor)
            if self._ledger.shared:  # others may hold more than there is now
                self._arrays.expire()
            wait = state.expected_wait
            row[columns.VENDOR_WAIT] = config.expected_wait if wait is None else wait
        if self._queues.troubles.of_vendor(vendor, distrust):
            self._queues.touch_all()
        elif (before != row[[columns.UP, columns.VENDOR_WAIT]]).any():
            self.touch(vendor)
        if self._offers.wait(vendor, float(row[columns.VENDOR_WAIT])):
            self.pricing.reprice(vendor)
            self._arrays.expire()
        return not distrust

    def untold(self, vendor: int) -> Callable[[], None]:
        """What makes a vendor be told as it is now, whatever is told meanwhile."""
        row, counts = self._arrays.vendors[vendor], self._counts(vendor)
        troubles = self._queues.troubles
        told = [columns.UP, columns.MOST_AT_ONCE, columns.VENDOR_WAIT]
        before, there = row[told], counts[columns.IN_FLIGHT]
        state, trouble = self._told[vendor], troubles.vendors[vendor]

        def untell() -> None:
            if self._offers.wait(vendor, float(before[-1])):
                self.pricing.reprice(vendor)
            write_at_once(
                (row, told, before),
                (counts, columns.IN_FLIGHT, there),
                (self._told, vendor, state),
                (troubles.vendors, vendor, trouble),
            )

        return untell

    def tell_there(self, vendor: int, contacts: float | None, at: float) -> None:
        """Have so many contacts be at a vendor at an instant; None: as many as are known to have been sent.

        Those that were sent after it are added, those of before that have left since are not there. Of other
        processes' contacts it is not known when they were sent: each may be one of after it, and counts.
        """
        ledger, place = self._ledger, self._places[vendor]
        if contacts is None:
            contacts = float(ledger.sent_after(place, -math.inf))
        else:
            sent = ledger.sent_after(place, at)
            others = ledger.others_there(place)
            least = others + sent if others else 0.0
            contacts = max(contacts + sent - ledger.left_since(place, at), least)
        ledger.tell_there(place, contacts)

    def capacity(self, vendor: int) -> float:
        """Most contacts that a vendor handles at once, as told, else as the center and a ramp say; or inf."""
        return self._capacity(vendor, self._told[vendor])

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

    def admit(self, now: float, vendors: Sequence[int]) -> None:
        """Have the health of these vendors, and of all that are not well, decide what they are given."""
        self._offers.watch.admit(now, self._arrays.vendors, self.touch, vendors)
