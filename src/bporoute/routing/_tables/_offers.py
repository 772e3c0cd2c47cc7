"""What one more contact costs at each vendor just now: its contract's price, its quality, its handle time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.center._center import Center
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.contracts._measure import Measure
from bporoute.contracts._usage import PeriodUsage
from bporoute.contracts._waiting import answered, given_up
from bporoute.durations._laws import Exponential, mean_of
from bporoute.routing._handle_laws import HandleLaws
from bporoute.routing._hard_rules import Request
from bporoute.routing._outcome import Settled
from bporoute.routing._pricing import Line, Pricing, bills_failures
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing._tables._vendor_watch import VendorWatch
from bporoute.routing.ledger._memory import Ledger

Billed = tuple[PeriodUsage, PeriodUsage, float, float]
"""A bill before and after a contact, the money that it adds, and the seconds that the contact counts as."""


class Offers:
    """Prices of the vendors of a center for its queues' contacts.

    Attributes
    ----------
    pricing : Pricing
        Prices and bills by contract.
    laws : HandleLaws
        How long contacts take.
    watch : VendorWatch
        What outcomes say of each vendor.
    """

    def __init__(
        self,
        center: Center,
        ledger: Ledger,
        watch: VendorWatch,
        queue_watch: Sequence[QueueWatch],
        laws: HandleLaws,
    ) -> None:
        self.pricing = Pricing(center, ledger)
        self.laws = laws
        self.watch = watch
        self._center = center
        self._vendors = tuple(center.vendors.values())
        self._queues = dict(center.queues)
        self._queue_watch = dict(zip(center.queues, queue_watch, strict=True))
        self._waits = [vendor.expected_wait for vendor in self._vendors]
        self._training = [1.0] * len(self._vendors)
        """Handle time of each vendor's ramp over that of trained agents."""
        self._on_a_line = [_is_on_a_line(vendor.contract) for vendor in self._vendors]
        self._pays_resolved = [
            any(isinstance(each, Measure) and each.counts == "resolved" for each in usage.measures)
            for usage in (vendor.contract.usage() for vendor in self._vendors)
        ]

    def rounds(self, vendor: int) -> bool:
        """Whether a vendor's prices are the difference of two bills, and rounded for that."""
        return not self._vendors[vendor].contract.is_flat

    def on_a_line(self, vendor: int) -> bool:
        """Whether a vendor's prices are on a line over the mean handle time."""
        return self._on_a_line[vendor]

    def line(self, vendor: int) -> Line | None:
        """The line over the mean handle time that a vendor's prices are on now; None: they are on none."""
        if not self._on_a_line[vendor]:
            return None
        return self.pricing.flat_line(vendor) or self.pricing.line(vendor, self.typical(vendor))

    def means_at(self, vendors: Integers, queue: str, contact_type: str) -> Floats:
        """Mean seconds that each of some vendors is expected to take for a contact that comes.

        By what was seen there, else by the queue and how much slower the vendor is.
        """
        slower = self.watch.handle_time_factors() * np.array(self._training)
        found: Floats = self._queue_watch[queue].aht_of(contact_type) * slower
        for vendor, mean in self.laws.means_seen_of(contact_type).items():
            found[vendor] = mean
        return found[vendors]

    def means(self, vendor: int, in_house: Floats, of_type: Mapping[str, list[int]]) -> Floats:
        """The same of one vendor for many kinds: those in-house, and where each type stands among them."""
        found = in_house * self.slower(vendor)
        for contact_type, mean in self.laws.means_seen(vendor).items():
            found[of_type.get(contact_type, [])] = mean
        return found

    def has_quality(self, vendor: int) -> bool:
        """Whether anything is known of a vendor's quality."""
        return self.watch.known[vendor].measured

    def quality_money(self, vendor: int, queue: str) -> float:
        """What a queue's contact costs more for a vendor's quality."""
        return self.watch.quality_money(vendor, self._queues[queue])

    def quality_money_at(self, vendors: Integers, queue: str) -> Floats:
        """The same for each of some vendors."""
        money = np.zeros(len(self._vendors))
        for vendor in self.watch.measured():
            money[vendor] = self.quality_money(vendor, queue)
        return money[vendors]

    def remember(self, before: Offers, *, in_their_place: bool = False) -> None:
        """Know the queues of a former center, too, whose contacts may still have to be billed.

        `in_their_place`: those of the same name as well, as they are watched there.
        """
        known = {} if in_their_place else self._queue_watch
        self._queue_watch = self._queue_watch | before._queue_watch | known
        self._queues = before._queues | self._queues

    def knows(self, queue: str) -> bool:
        """Whether the center has a queue still or had it once."""
        return queue in self._queue_watch

    def counted_as(self, vendor: int, queue: str) -> str:
        """The queue as whose contact a vendor's is billed: its own or, if nobody knows it, a usual one."""
        if queue in self._queue_watch:
            return queue
        return self._center.contact_types[self._vendors[vendor].contact_types[0]].queue

    def watch_of(self, queue: str) -> QueueWatch:
        """What a queue's own stream says of it, whether the center has it still or had it once."""
        return self._queue_watch[queue]

    def take_over(self, before: Offers, numbers: Sequence[tuple[int, int]]) -> None:
        """Offer vendors of the same terms as they were offered, by pairs of their numbers there and here."""
        self.pricing.take_over(before.pricing, numbers)
        for theirs, mine in numbers:
            self._waits[mine], self._training[mine] = before._waits[theirs], before._training[theirs]

    def prices(self, vendor: int, queue: str, contact: BilledContact) -> tuple[float, float]:
        """Money for one more `contact` of a queue by the contract, and other money that it costs there."""
        extra = self.quality_money(vendor, queue)
        if self.pricing.bills_failures(vendor):
            failed = msgspec.structs.replace(contact, failed=True, handle=0.0)
            extra += self.watch.failure(vendor) * self.pricing.price(vendor, failed)
        if self._vendors[vendor].contract.bills_abandoned:
            extra += self._given_up(vendor, queue, contact)
        kinds = [(1.0, contact)]
        if self._vendors[vendor].contract.moves_by_minute:
            multipliers = self._vendors[vendor].contract.multipliers
            kinds = answered(contact, multipliers, self._until_answered(vendor, queue))
        return math.fsum(share * self.pricing.price(vendor, kind) for share, kind in kinds), extra

    def wait(self, vendor: int, seconds: float) -> bool:
        """Have a vendor's mean wait be so many seconds from now on; whether that changes prices."""
        contract, before = self._vendors[vendor].contract, self._waits[vendor]
        self._waits[vendor] = seconds
        return seconds != before and (contract.moves_by_minute or contract.bills_abandoned)

    def _given_up(self, vendor: int, queue: str, contact: BilledContact) -> float:
        """Money for contacts that give up at a vendor, for each one that stays.

        Of those sent there theta w / (1 + theta w) do, w the mean wait, theta the rate of giving up, after
        `_until_answered` seconds on average; what is paid for a contact is paid for 1 / (1 + theta w) of
        them, see `bporoute._kernels.routing.choose.choose`.
        """
        to_one = self._waits[vendor] * self._queues[queue].abandonment_rate
        if to_one <= 0.0:
            return 0.0
        measures = self._vendors[vendor].contract.usage().measures
        kinds = given_up(contact, measures, self._until_answered(vendor, queue))
        return to_one * math.fsum(share * self.pricing.price(vendor, kind) for share, kind in kinds)

    def there(self, vendor: int, queue: str, contact: BilledContact) -> list[tuple[float, BilledContact]]:
        """One of a vendor's contacts who are there, as it may come to be billed: shares that sum to 1.

        Those who will give up are there for `_until_answered` seconds on average, as long as the others wait
        for their answer, but those stay for their handle time: of who is there, fewer will give up than of
        who comes. Failures are told within seconds, so nobody who is there counts as one.
        """
        wait = self._until_answered(vendor, queue)
        waited = self._waits[vendor] * self._queues[queue].abandonment_rate * wait
        if not waited > 0.0:
            return [(1.0, contact)]
        gone = waited / (waited + wait + mean_of(contact.handle))
        kinds = given_up(contact, self._vendors[vendor].contract.usage().measures, wait)
        return [(1.0 - gone, contact), *((gone * share, kind) for share, kind in kinds)]

    def _until_answered(self, vendor: int, queue: str) -> float:
        """Mean wait, seconds, of those contacts that stay until they are answered."""
        wait = self._waits[vendor]
        return wait / (1.0 + wait * self._queues[queue].abandonment_rate)

    def expected(self, vendor: int, queue: str, request: Request) -> BilledContact:
        """A contact to come as a vendor is expected to bill it.

        Its minutes begin after the mean wait of those who are answered; where they go by the clock, it begins
        in the middle of the minute, for all of which a price holds.
        """
        law = self.laws.law(vendor, request.type, self.handle_time(vendor, queue, request.type))
        if not self._vendors[vendor].contract.depends_on_spread:
            law = Exponential(law.mean)  # any of this mean has the same price
        local, wait = self.pricing.local(vendor), 0.0
        if self._vendors[vendor].contract.moves_by_minute and local is not None:
            local, wait = local.replace(second=30, microsecond=0), self._until_answered(vendor, queue)
        return msgspec.structs.replace(self.billed(vendor, request, local), handle=law, wait=wait)

    def typical(self, vendor: int) -> BilledContact:
        """A contact of the first of a vendor's types, as it is expected to bill it."""
        name = self._vendors[vendor].contact_types[0]
        kind = self._center.contact_types[name]
        return self.expected(vendor, kind.queue, Request(name, kind, "", ()))

    def billed(self, vendor: int, request: Request, local: datetime | None) -> BilledContact:
        """What terms look at in a contact beside how it went, begun at a time on the vendor's clock."""
        kind = request.contact_type
        by_hours = self._vendors[vendor].contract.multipliers  # else every hour would be a price of its own
        return BilledContact(
            local=local if by_hours else None,
            language=request.language,
            contact_type=request.type,
            channel=kind.channel if kind else "",
            resolved=self._resolution(vendor),
        )

    def _resolution(self, vendor: int) -> float:
        """How probably a vendor's contact is resolved, where its contract pays by that; 1 if nobody knows."""
        return self.watch.results(vendor).get("resolution", 1.0) if self._pays_resolved[vendor] else 1.0

    def handle_time(self, vendor: int, queue: str, contact_type: str) -> float:
        """Mean seconds that a vendor takes for a queue's contact of a type just now."""
        return self._queue_watch[queue].aht_of(contact_type) * self.slower(vendor)

    def slower(self, vendor: int) -> float:
        """Handle time of a vendor just now over that of the in-house team."""
        return self.watch.handle_time_factor(vendor) * self._training[vendor]

    def train(self, vendor: int, factor: float) -> None:
        """Have a vendor's ramp be where its handle time is this factor of trained agents'."""
        self._training[vendor] = factor

    def billed_as(
        self, vendor: int, queue: str, request: Request, ended: Settled, period: float | None = None
    ) -> Billed:
        """What a contact that has ended adds to what is owed; nothing changes by it.

        It is billed in the contract period that began at `period`, epoch seconds, or in the current one.
        Unknown seconds handled count as expected, and those waited by who was answered; by others as none.
        """
        pricing, outcome, handle = self.pricing, ended.outcome, ended.handle
        answered, failed = outcome == "answered", outcome == "failed"
        usage = pricing.open_bill(vendor, ended.sent, period)
        if (failed and not pricing.bills_failures(vendor)) or outcome == "undelivered":
            return usage, usage, 0.0, 0.0
        kind = request.contact_type
        if answered and handle == handle and usage.measures is pricing.quickly[vendor]:
            channel = kind.channel if kind else ""
            resolved = self._resolution(vendor) if self._pays_resolved[vendor] else 1.0
            after, price = pricing.with_answered(vendor, usage, handle, request.type, channel, resolved)
            return usage, after, price, handle
        wait = ended.wait
        if wait != wait:
            wait = self._until_answered(vendor, queue) if answered else 0.0
        contact = msgspec.structs.replace(
            self.billed(vendor, request, self.local(vendor, ended.sent)),
            wait=wait,
            answered=answered,
            failed=failed,
        )
        if answered and handle == handle:
            contact = msgspec.structs.replace(contact, handle=handle)
        elif answered:
            contact = msgspec.structs.replace(contact, handle=self.expected(vendor, queue, request).handle)
        after, price = pricing.with_contact(vendor, usage, contact)
        return usage, after, price, mean_of(contact.handle)

    def billed_together(
        self, vendor: int, request: Request, handles: Sequence[float], period: float
    ) -> PeriodUsage | None:
        """The bill of the period begun at `period`, epoch seconds, with answered contacts more, so long each.

        None where its terms ask for more than that of a contact.
        """
        pricing, kind = self.pricing, request.contact_type
        usage = pricing.open_bill(vendor, period, period)
        if usage.measures is not pricing.quickly[vendor]:
            return None
        channel, resolved = kind.channel if kind else "", self._resolution(vendor)
        return pricing.after_answered(vendor, usage, handles, request.type, channel, resolved)

    def local(self, vendor: int, at: float) -> datetime | None:
        """A vendor's clock at an instant, epoch seconds; None where no calendar reaches."""
        try:
            return datetime.fromtimestamp(at, self._vendors[vendor].zone)
        except (OverflowError, ValueError, OSError):
            return None


def _is_on_a_line(contract: Contract) -> bool:
    """Whether all contacts of one mean handle time have one price, which is on a line over that mean."""
    by_kind = contract.looks_at & {"type", "language", "channel"}
    by_wait = contract.moves_by_minute or contract.bills_abandoned
    return not (by_kind or by_wait or contract.depends_on_spread or bills_failures(contract))
