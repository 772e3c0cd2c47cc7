"""What one more contact costs at each vendor just now: its contract's price, its quality, its handle time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bporoute.center._center import Center
from bporoute.contracts._measure import BilledContact
from bporoute.routing._hard_rules import Request
from bporoute.routing._outcome import Settled
from bporoute.routing._pricing import Pricing
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing._tables._vendor_watch import VendorWatch
from bporoute.routing.ledger._memory import Ledger


class Offers:
    """Prices of the vendors of a center for its queues' contacts.

    Attributes
    ----------
    pricing : Pricing
        Prices and bills by contract.
    watch : VendorWatch
        What outcomes say of each vendor.
    """

    def __init__(
        self, center: Center, ledger: Ledger, watch: VendorWatch, queue_watch: Sequence[QueueWatch]
    ) -> None:
        self.pricing = Pricing(center, ledger)
        self.watch = watch
        self._center = center
        self._vendors = tuple(center.vendors.values())
        self._queue_watch = dict(zip(center.queues, queue_watch, strict=True))
        self._training = [1.0] * len(self._vendors)
        """Handle time of each vendor's ramp over that of trained agents."""

    def prices(self, vendor: int, request: Request) -> tuple[float, float]:
        """Money for one more contact by the contract, and other money that it costs at this vendor."""
        queue = request.contact_type.queue if request.contact_type else next(iter(self._center.queues))
        price = self.pricing.price(vendor, self.handle_time(vendor, queue), request.language)
        return price, self.watch.quality_money(vendor, self._center.queues[queue])

    def handle_time(self, vendor: int, queue: str) -> float:
        """Mean seconds that a vendor takes for a queue's contact just now."""
        return self._queue_watch[queue].aht * self.slower(vendor)

    def slower(self, vendor: int) -> float:
        """Handle time of a vendor just now over that of the in-house team."""
        return self.watch.handle_time_factor(vendor) * self._training[vendor]

    def train(self, vendor: int, factor: float) -> None:
        """Have a vendor's ramp be where its handle time is this factor of trained agents'."""
        self._training[vendor] = factor

    def bill(self, vendor: int, queue: str, language: str, ended: Settled, sent_before: int) -> float:
        """Bill a contact that answered or gave up; money that it adds to what is owed.

        Unknown seconds handled count as the queue's average, unknown ones waited as none.
        """
        answered = ended.outcome == "answered"
        known = ended.handle if ended.handle == ended.handle else self._center.queues[queue].aht
        contact = BilledContact(
            handle=known if answered else 0.0,
            wait=ended.wait if ended.wait == ended.wait else 0.0,
            answered=answered,
            local=self.local(vendor, ended.sent),
            language=language,
        )
        return self.pricing.settle(vendor, contact, sent_before, ended.sent)

    def local(self, vendor: int, at: float) -> datetime | None:
        """A vendor's clock at an instant, epoch seconds; None where no calendar reaches."""
        try:
            return datetime.fromtimestamp(at, self._vendors[vendor].zone)
        except (OverflowError, ValueError, OSError):
            return None
