"""What the next contact costs at each vendor: its contract's marginal price now, and what is owed so far.

The router prices a profile of contacts, not a contact, and keeps the price until something changes it: the
volume, the hour, the vendor's handle times.
"""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.clock import open_seconds, windows
from bporoute.center._center import Center
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.contracts._measure import Measure
from bporoute.contracts._usage import PeriodUsage, RemainingForecast
from bporoute.routing.ledger._memory import Ledger

LEAST_CV = 0.1
"""Coefficient of variation below which nobody knows how many contacts a period will still bring."""
PERIODS_KEPT = 24


def period_end(begin: float, zone: ZoneInfo, period: str) -> float:
    """When the contract period ends that began at an instant, epoch seconds.

    >>> period_end(0.0, ZoneInfo("UTC"), "month") / 86_400
    31.0
    """
    first = datetime.fromtimestamp(begin, zone)
    following = first.month - 1 + {"month": 1, "quarter": 3, "year": 12}[period]
    return first.replace(year=first.year + following // 12, month=following % 12 + 1).timestamp()


class Moment(msgspec.Struct, frozen=True):
    """Where in its contract period a vendor is.

    Attributes
    ----------
    local : datetime
        Now, on the vendor's clock.
    period, period_end : float
        When its contract period began and will end, epoch seconds.
    now : float
        Epoch seconds.
    open_so_far, open_left : float
        Seconds of the period in which it was open, and will be.
    """

    local: datetime
    period: float
    period_end: float
    now: float
    open_so_far: float
    open_left: float


class Pricing:
    """Prices and bills of every vendor of a center.

    A flat contract has one price. Any other is priced on what was settled in the period, with the contacts
    that are still there counted as expected ones, and on a forecast for the rest of the period: as many
    contacts an open hour as so far, or as the planner expects. So a tier is priced as it will be reached, and
    a commitment is paced: ahead of its plan, a contact costs nearly its full price, behind nearly nothing. A
    contact that is to come costs the expectation over its handle time.
    """

    def __init__(self, center: Center, ledger: Ledger) -> None:
        self._vendors = tuple(center.vendors.values())
        self._bills = ledger.bills
        self._moments: list[Moment | None] = [None for _ in self._vendors]
        self._there = [0.0 for _ in self._vendors]
        self._results: list[dict[str, float]] = [{} for _ in self._vendors]
        self._sent = [0 for _ in self._vendors]
        self._typical = [BilledContact() for _ in self._vendors]
        self._known: list[dict[BilledContact, float]] = [{} for _ in self._vendors]
        self._bills_failures = [_bills_failures(vendor.contract) for vendor in self._vendors]

    def enter(self, vendor: int, now: float) -> None:
        """Price a vendor's contacts by its clock at an instant, epoch seconds."""
        config = self._vendors[vendor]
        zone, period = config.zone, config.contract.period
        begin = windows(now, zone, period).period
        end = period_end(begin, zone, period)
        local = datetime.fromtimestamp(now, zone)
        so_far = left = 0.0
        if not config.contract.is_flat:
            hours, closed = config.spans, config.holidays
            so_far = open_seconds(hours, closed, datetime.fromtimestamp(begin, zone), local)
            left = open_seconds(hours, closed, local, datetime.fromtimestamp(end, zone))
        self._moments[vendor] = Moment(local, begin, end, now, so_far, left)

    def follow(
        self, vendor: int, sent: int, there: float, typical: BilledContact, results: dict[str, float]
    ) -> float:
        """Price by what a vendor has been sent, and by the service that is expected of it.

        Parameters
        ----------
        vendor, sent : int
            Its number, and contacts sent to it in the period.
        there, typical : float, BilledContact
            Contacts there now, and what one of them is expected to be billed as.
        results : dict
            Expected results of service-level measures, by name; those that the contract pays by count.

        Returns
        -------
        float
            Contacts of the period from which on the price may be another.
        """
        self._known[vendor].clear()
        self._results[vendor] = results
        self._sent[vendor], self._there[vendor], self._typical[vendor] = sent, there, typical
        contract = self._vendors[vendor].contract
        if contract.is_flat:
            return math.inf
        usage = self._usage(vendor)
        return sent + max(contract.price_holds_until(usage, self._forecast(vendor)) - usage.handled, 1.0)

    def price(self, vendor: int, contact: BilledContact) -> float:
        """Money for one more contact, in expectation where its handle time is a law."""
        contract = self._vendors[vendor].contract
        known = self._known[vendor].get(contact)
        if known is None:
            if contract.is_flat:
                known = contract.price(contact.handle)
            else:
                known = contract.marginal_price(self._usage(vendor), contact, self._forecast(vendor))
            self._known[vendor][contact] = known
        return known

    def bills_failures(self, vendor: int) -> bool:
        """Whether a vendor is paid for contacts that it fails to take."""
        return self._bills_failures[vendor]

    def local(self, vendor: int) -> datetime | None:
        """The vendor's clock, as `enter` found it; None before."""
        moment = self._moments[vendor]
        return moment.local if moment else None

    def settle(self, vendor: int, contact: BilledContact, at: float) -> float:
        """Bill a contact sent at an instant; money that it adds to the invoice of the period as it stands."""
        if self._moments[vendor] is None:
            self.enter(vendor, at)
        contract, usage = self._vendors[vendor].contract, self.bill(vendor)
        if contract.is_flat:
            answered = contact.answered and not contact.failed
            price = contract.price(contact.handle) if answered else 0.0
        else:
            price = contract.charge(usage, contact)
        self.put(vendor, usage.add(contact))
        return price

    def period_ends(self, now: float) -> bool:
        """Whether some vendor's contract period, as `enter` found it, has ended at an instant."""
        return any(moment is not None and now >= moment.period_end for moment in self._moments)

    def period(self, vendor: int) -> float:
        """When the vendor's current period began, epoch seconds; nan before `enter`."""
        moment = self._moments[vendor]
        return moment.period if moment else math.nan

    def put(self, vendor: int, usage: PeriodUsage) -> None:
        """Have this be what was settled in the vendor's current period."""
        bills, moment = self._bills[vendor], self._moments[vendor]
        assert moment is not None
        bills[moment.period] = usage
        while len(bills) > PERIODS_KEPT:
            del bills[min(bills)]

    def bill(self, vendor: int) -> PeriodUsage:
        """What was settled in the vendor's current period."""
        moment, empty = self._moments[vendor], self._vendors[vendor].contract.usage()
        if moment is None:
            return empty
        known = self._bills[vendor].get(moment.period)
        if known is not None:
            return known
        begin = datetime.fromtimestamp(moment.period, self._vendors[vendor].zone).date()
        return msgspec.structs.replace(empty, begin=begin)

    def _usage(self, vendor: int) -> PeriodUsage:
        """The bill, with the contacts that are still there as expected ones."""
        usage = self.bill(vendor)
        usage = msgspec.structs.replace(usage, sla=self._results[vendor] | usage.sla)
        there = self._there[vendor]
        return usage.add(self._typical[vendor], there) if there else usage

    def _forecast(self, vendor: int) -> RemainingForecast | None:
        """Contacts to come: as planned, else as many an open hour as so far; None at the very beginning."""
        moment, sent = self._moments[vendor], self._sent[vendor]
        if moment is None:
            return None
        planned = self._vendors[vendor].contract.expected_volume
        if planned is not None:
            open_time = moment.open_so_far + moment.open_left
            left = moment.open_left / open_time if open_time > 0.0 else 0.0
            return RemainingForecast(contacts=planned * left, cv=max(LEAST_CV, max(planned, 1.0) ** -0.5))
        if not moment.open_so_far > 0.0 or sent == 0:
            return None
        to_come = sent * moment.open_left / moment.open_so_far
        return RemainingForecast(contacts=to_come, cv=max(LEAST_CV, sent**-0.5))


def _bills_failures(contract: Contract) -> bool:
    return any(isinstance(each, Measure) and each.counts == "failed" for each in contract.usage().measures)
