"""What the next contact costs at each vendor: its contract's marginal price now, and what is owed so far.

The router prices a profile of contacts, not a contact, and keeps the price until something changes it: the
volume, the hour, the vendor's handle times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.clock import windows
from bporoute.center._center import Center
from bporoute.center._open_time import open_seconds, open_share
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.contracts._measure import Measure
from bporoute.contracts._prorated import extrapolated
from bporoute.contracts._usage import PeriodUsage, RemainingForecast
from bporoute.routing.ledger._memory import Ledger

LEAST_CV = 0.1
"""Coefficient of variation below which nobody knows how many contacts a period will still bring."""
PERIODS_KEPT = 24
DIGITS = 11
"""Significant digits of a price."""


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
    begin, end : float
        From when to when in that period contacts are counted, epoch seconds; see `Pricing.cover`.
    share : float
        Share of the period that this is, in (0, 1].
    open_so_far, open_left : float
        Seconds of it in which the vendor was open, and will be.
    """

    local: datetime
    period: float
    period_end: float
    begin: float
    end: float
    share: float
    open_so_far: float
    open_left: float


class _Basis(NamedTuple):
    """What a vendor's prices rest on: its bill, and what that makes of the whole period."""

    bill: PeriodUsage
    usage: PeriodUsage
    forecast: RemainingForecast | None


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
        self._mix: list[Sequence[tuple[BilledContact, float]]] = [() for _ in self._vendors]
        self._known: list[dict[BilledContact, float]] = [{} for _ in self._vendors]
        self._bases: list[_Basis | None] = [None for _ in self._vendors]
        self._covered = -math.inf, math.inf
        self._bills_failures = [_bills_failures(vendor.contract) for vendor in self._vendors]

    def cover(self, begin: float, end: float) -> None:
        """Take contacts to be counted from `begin` to `end` only, epoch seconds, as a simulation does.

        That time stands for the whole of every period that it touches: prices go by what a period comes to
        that is like it, see `bporoute.contracts._prorated`.
        """
        self._covered = begin, end
        self._moments = [None for _ in self._vendors]
        self._bases = [None for _ in self._vendors]

    def enter(self, vendor: int, now: float) -> None:
        """Price a vendor's contacts by its clock at an instant, epoch seconds."""
        config, moment = self._vendors[vendor], self._moments[vendor]
        zone, kind = config.zone, config.contract.period
        starts = windows(now, zone, kind)
        period, local = starts.period, datetime.fromtimestamp(now, zone)
        if moment is not None and moment.period == period:
            until, begin, end, share = moment.period_end, moment.begin, moment.end, moment.share
        else:
            until = period_end(period, zone, kind)
            begin, end = max(period, self._covered[0]), min(until, self._covered[1])
            share = 1.0
            if (begin, end) != (period, until):  # where nothing is counted, any share will do
                share = open_share(config, period, until, begin, end) or 1.0
        so_far = left = 0.0
        if not config.contract.is_flat:
            midnight = max(starts.day, begin)
            so_far = open_seconds(config, begin, midnight) + open_seconds(config, midnight, now)
            left = max(open_seconds(config, begin, end) - so_far, 0.0)
        self._moments[vendor] = Moment(local, period, until, begin, end, share, so_far, left)
        self._bases[vendor] = None

    def follow(
        self,
        vendor: int,
        sent: int,
        there: float,
        mix: Sequence[tuple[BilledContact, float]],
        results: dict[str, float],
    ) -> None:
        """Price by what a vendor has been sent, and by the service that is expected of it.

        Parameters
        ----------
        vendor, sent : int
            Its number, and contacts sent to it in the period.
        there : float
            Contacts there now.
        mix : sequence of (BilledContact, float)
            What they may be, as they are expected to be billed, and how many of each came lately.
        results : dict
            Expected results of service-level measures, by name; those that the contract pays by count.
        """
        self._known[vendor].clear()
        self._results[vendor] = results
        self._sent[vendor], self._there[vendor], self._mix[vendor] = sent, there, mix
        self._bases[vendor] = None

    def holds_until(self, vendor: int) -> float:
        """Contacts sent in the period from which on the price may be another than `follow` found it."""
        contract = self._vendors[vendor].contract
        if contract.is_flat:
            return math.inf
        _, usage, forecast = self._basis(vendor)
        further = contract.price_holds_until(usage, forecast) - usage.offered
        return self._sent[vendor] + max(further * self._share(vendor), 1.0)

    def price(self, vendor: int, contact: BilledContact) -> float:
        """Money for one more contact, in expectation where its handle time is a law."""
        contract = self._vendors[vendor].contract
        known = self._known[vendor].get(contact)
        if known is None:
            if contract.is_flat:
                known = contract.price(contact.handle)
            else:
                _, usage, forecast = self._basis(vendor)
                exact = contract.marginal_price(usage, contact, forecast)
                # The difference of two large bills is not exact to the last digits, and no news in itself.
                known = float(f"{exact:.{DIGITS}g}")
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
        return self.begun(vendor, moment.period) if known is None else known

    def begun(self, vendor: int, period: float) -> PeriodUsage:
        """Nothing yet, in the contract period that begins at an instant, epoch seconds."""
        config = self._vendors[vendor]
        begin = datetime.fromtimestamp(period, config.zone).date()
        return msgspec.structs.replace(config.contract.usage(), begin=begin)

    def _basis(self, vendor: int) -> _Basis:
        """What the vendor's prices rest on now; others who share the ledger may have billed something."""
        known, bill = self._bases[vendor], self.bill(vendor)
        if known is None or known.bill is not bill:
            known = self._bases[vendor] = _Basis(bill, self._whole(vendor, bill), self._forecast(vendor))
        return known

    def _whole(self, vendor: int, usage: PeriodUsage) -> PeriodUsage:
        """A bill, with the contacts that are still there as expected ones, of the whole period."""
        usage = msgspec.structs.replace(usage, sla=self._results[vendor] | usage.sla)
        if there := self._there[vendor]:
            mix = self._mix[vendor]
            weights = math.fsum(weight for _, weight in mix)
            for contact, weight in mix:
                share = weight / weights if weights > 0.0 else 1.0 / len(mix)
                if share:
                    usage = usage.add(contact, share * there)
        return extrapolated(self._vendors[vendor].contract, usage, self._share(vendor))

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
        to_come = sent * moment.open_left / moment.open_so_far / moment.share
        return RemainingForecast(contacts=to_come, cv=max(LEAST_CV, sent**-0.5))

    def _share(self, vendor: int) -> float:
        moment = self._moments[vendor]
        return moment.share if moment else 1.0


def _bills_failures(contract: Contract) -> bool:
    return any(isinstance(each, Measure) and each.counts == "failed" for each in contract.usage().measures)
