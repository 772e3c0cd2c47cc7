"""What the next contact costs at each vendor: its contract's marginal price now, and what is owed so far.

The router prices a profile of contacts, not a contact, and keeps the price until something changes it: the
volume, the hour, the vendor's handle time.
"""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.clock import windows
from bporoute.center._center import Center
from bporoute.contracts._measure import BilledContact
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


class Priced(msgspec.Struct, frozen=True):
    """A vendor's moment: where in its period it is, and what it has been given.

    Attributes
    ----------
    local : datetime
        Now, on the vendor's clock.
    period, period_end : float
        When its contract period began and will end, epoch seconds.
    now : float
        Epoch seconds.
    """

    local: datetime
    period: float
    period_end: float
    now: float


class Pricing:
    """Prices and bills of every vendor of a center.

    A contract that consists of prices and tiers alone is priced by the number of contacts sent. One with
    terms is priced on what was settled in the period, with the contacts that are still there counted as
    average ones, and on a forecast for the rest of the period: as many contacts an hour as so far. So a
    commitment is paced: ahead of its plan, a contact costs nearly its full price, behind nearly nothing.
    """

    def __init__(self, center: Center, ledger: Ledger) -> None:
        self._vendors = tuple(center.vendors.values())
        self._bills = ledger.bills
        self._moments: list[Priced | None] = [None for _ in self._vendors]
        self._there = [0.0 for _ in self._vendors]
        self._results: list[dict[str, float]] = [{} for _ in self._vendors]
        self._sent = [0 for _ in self._vendors]
        self._known: list[dict[tuple[float, str], float]] = [{} for _ in self._vendors]

    def enter(self, vendor: int, now: float) -> None:
        """Price a vendor's contacts by its clock at an instant, epoch seconds."""
        config = self._vendors[vendor]
        period = config.contract.period
        begin = windows(now, config.zone, period).period
        local = datetime.fromtimestamp(now, config.zone)
        self._moments[vendor] = Priced(local, begin, period_end(begin, config.zone, period), now)

    def follow(self, vendor: int, sent: int, there: float, handle: float, results: dict[str, float]) -> float:
        """Price by what a vendor has been sent, and by the service that is expected of it.

        Parameters
        ----------
        vendor, sent : int
            Its number, and contacts sent to it in the period.
        there, handle : float
            Contacts there now, and their mean handle time, seconds.
        results : dict
            Expected results of service-level measures, by name; those that the contract pays by count.

        Returns
        -------
        float
            Contacts of the period from which on the price may be another.
        """
        self._known[vendor].clear()
        self._results[vendor] = results
        self._sent[vendor], self._there[vendor] = sent, there
        contract = self._vendors[vendor].contract
        if not contract.terms:
            return contract.price_holds_until(sent)
        forecast = self._forecast(vendor)
        usage = self._usage(vendor, handle)
        return sent + max(contract.price_holds_until(usage, forecast) - usage.handled, 1.0)

    def price(self, vendor: int, handle: float, language: str) -> float:
        """Money for one more contact that takes `handle` seconds."""
        contract = self._vendors[vendor].contract
        if not contract.terms:
            return contract.price(handle, self._sent[vendor])
        key = handle, language
        known = self._known[vendor].get(key)
        if known is None:
            moment = self._moments[vendor]
            contact = BilledContact(handle=handle, language=language, local=moment.local if moment else None)
            known = self._known[vendor][key] = contract.marginal_price(
                self._usage(vendor, handle), contact, self._forecast(vendor)
            )
        return known

    def settle(self, vendor: int, contact: BilledContact, sent_before: int, at: float) -> float:
        """Bill a contact sent at an instant; money that it adds to the invoice of the period as it stands."""
        if self._moments[vendor] is None:
            self.enter(vendor, at)
        contract, moment = self._vendors[vendor].contract, self._moments[vendor]
        assert moment is not None
        bills = self._bills[vendor]
        usage = bills.get(moment.period) or contract.usage()
        if not contract.terms:
            price = contract.price(contact.handle, sent_before) if contact.answered else 0.0
        else:
            price = contract.marginal_price(usage, contact)
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
        moment = self._moments[vendor]
        empty = self._vendors[vendor].contract.usage()
        return self._bills[vendor].get(moment.period, empty) if moment else empty

    def _usage(self, vendor: int, handle: float) -> PeriodUsage:
        """The bill, with the contacts that are still there as average ones."""
        usage = self.bill(vendor)
        usage = msgspec.structs.replace(usage, sla=self._results[vendor] | usage.sla)
        there = self._there[vendor]
        if not there:
            return usage
        return usage.add(BilledContact(handle=handle), there)

    def _forecast(self, vendor: int) -> RemainingForecast | None:
        """As many contacts an hour as in the period so far; None at its very beginning."""
        moment, sent = self._moments[vendor], self._sent[vendor]
        if moment is None or not moment.now > moment.period or sent == 0:
            return None
        left = max(moment.period_end - moment.now, 0.0) / (moment.now - moment.period)
        return RemainingForecast(contacts=sent * left, cv=max(LEAST_CV, sent**-0.5))
