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
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import windows
from bporoute.center._center import Center
from bporoute.center._open_time import open_seconds, open_share
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.contracts._counted_for import counted_for
from bporoute.contracts._increment import Counter
from bporoute.contracts._measure import Measure
from bporoute.contracts._prorated import extrapolated
from bporoute.contracts._usage import PeriodUsage, RemainingForecast
from bporoute.durations._laws import mean_of
from bporoute.routing.ledger._memory import Ledger

LEAST_CV = 0.1
"""Coefficient of variation below which nobody knows how many contacts a period will still bring."""
PERIODS_KEPT = 24
SHORT, LONG = 60.0, 600.0
"""Seconds; by the prices at both go those in between and beyond, where they are on a line."""
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


class Line(NamedTuple):
    """``money + rise * (mean - begin) / over``: money over the mean handle time, seconds."""

    money: float
    rise: float
    begin: float
    over: float


def on_lines(lines: Floats, means: Floats, rounded: Flags | bool) -> Floats:
    """Prices on lines (their four numbers first, then as the means) at mean handle times, seconds.

    Those that are `rounded` as `Pricing.price` rounds.

    >>> on_lines(np.array([1.0, 0.5, 60.0, 540.0]), np.array([60.0, 120.0]), rounded=True)
    array([1.        , 1.05555556])
    """
    money, rise, begin, over = lines
    found: Floats = money + rise * (means - begin) / over
    with np.errstate(all="ignore"):
        places = DIGITS - 1 - np.floor(np.log10(np.abs(found)))
        powers = 10.0 ** np.abs(places)
        digits = np.where(places < 0.0, np.rint(found / powers) * powers, np.rint(found * powers) / powers)
    return np.where(np.isfinite(digits) & rounded, digits, found)


class _Counted(NamedTuple):
    """A contract period, and from when to when in it contacts are counted, epoch seconds.

    See `Pricing.cover`; `share` is the share of the period that this is, in (0, 1].
    """

    period: float
    period_end: float
    begin: float
    end: float
    share: float


class _OpenTime(NamedTuple):
    """Seconds of a counted time in which a vendor was open up to an instant, and will be from then on."""

    so_far: float
    left: float


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
        self._bills = [ledger.bills[place] for place in ledger.open_for(tuple(center.vendors))]
        self._entered = [math.nan for _ in self._vendors]
        self._counted: list[_Counted | None] = [None for _ in self._vendors]
        self._open_times: list[_OpenTime | None] = [None for _ in self._vendors]
        self._there = [0.0 for _ in self._vendors]
        self._results: list[dict[str, float]] = [{} for _ in self._vendors]
        self._sent = [0 for _ in self._vendors]
        self._mix: list[Sequence[tuple[BilledContact, float]]] = [() for _ in self._vendors]
        self._known: list[dict[BilledContact, float]] = [{} for _ in self._vendors]
        self._lines: list[dict[BilledContact, Line]] = [{} for _ in self._vendors]
        self._bases: list[_Basis | None] = [None for _ in self._vendors]
        self._covered = -math.inf, math.inf
        self._bills_failures = [bills_failures(vendor.contract) for vendor in self._vendors]
        self._begun = [(math.nan, vendor.contract.usage()) for vendor in self._vendors]
        """When the last period began of which a bill was begun, and that bill, with nothing in it."""
        self._tills = [vendor.contract.till for vendor in self._vendors]
        self._empty = [vendor.contract.usage() for vendor in self._vendors]
        self._recounted: list[tuple[PeriodUsage, PeriodUsage]] = [(empty, empty) for empty in self._empty]
        """A bill of each vendor that another contract began, and as its own counts it."""
        self.quickly: list[tuple[Counter, ...] | None] = [
            empty.measures if till.exact else None
            for empty, till in zip(self._empty, self._tills, strict=True)
        ]
        """Measures of the vendors whose contracts ask for no more of a contact than `with_answered` takes."""
        self._flat = [
            (contract.price_per_contact, contract.price_per_minute) if contract.is_flat else None
            for contract in (vendor.contract for vendor in self._vendors)
        ]

    def take_over(self, before: Pricing, numbers: Sequence[tuple[int, int]]) -> None:
        """Price vendors of the same terms as they were priced, by pairs of their numbers there and here."""
        for theirs, mine in numbers:
            self._entered[mine], self._counted[mine] = before._entered[theirs], before._counted[theirs]
            self._open_times[mine], self._results[mine] = before._open_times[theirs], before._results[theirs]
            self._sent[mine], self._there[mine] = before._sent[theirs], before._there[theirs]
            self._mix[mine], self._bases[mine] = before._mix[theirs], before._bases[theirs]
            self._known[mine], self._lines[mine] = before._known[theirs].copy(), before._lines[theirs].copy()

    def cover(self, begin: float, end: float) -> None:
        """Take contacts to be counted from `begin` to `end` only, epoch seconds, as a simulation does.

        That time stands for the whole of every period that it touches: prices go by what a period comes to
        that is like it, see `bporoute.contracts._prorated`.
        """
        self._covered = begin, end
        self._counted = [None for _ in self._vendors]
        self._bases = [None for _ in self._vendors]

    def enter(self, vendor: int, now: float, period: float) -> None:
        """Price a vendor's contacts by its clock at an instant of the contract period begun at `period`.

        Both are epoch seconds.
        """
        counted = self._counted[vendor]
        if counted is None or counted.period != period:
            self._counted[vendor] = self._counts_in(vendor, period)
        self._entered[vendor] = now
        self._bases[vendor] = self._open_times[vendor] = None

    def _counts_in(self, vendor: int, period: float) -> _Counted:
        config = self._vendors[vendor]
        until = period_end(period, config.zone, config.contract.period)
        begin, end = max(period, self._covered[0]), min(until, self._covered[1])
        share = 1.0
        if (begin, end) != (period, until):  # where nothing is counted, any share will do
            share = open_share(config, period, until, begin, end) or 1.0
        return _Counted(period, until, begin, end, share)

    def _open_time(self, vendor: int) -> _OpenTime:
        """Open time of the counted part of the period, as `enter` found it."""
        known, counted = self._open_times[vendor], self._counted[vendor]
        assert counted is not None
        if known is None:
            config, now = self._vendors[vendor], self._entered[vendor]
            midnight = max(windows(now, config.zone, config.contract.period).day, counted.begin)
            so_far = open_seconds(config, counted.begin, midnight) + open_seconds(config, midnight, now)
            left = max(open_seconds(config, counted.begin, counted.end) - so_far, 0.0)
            known = self._open_times[vendor] = _OpenTime(so_far, left)
        return known

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
        self._lines[vendor].clear()
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
        if contract.is_flat:
            return contract.price(contact.handle)
        contact = self._as_priced(vendor, contact)
        known = self._known[vendor].get(contact)
        if known is None:
            if contract.depends_on_spread or contact.failed or not contact.answered:
                exact = self._marginal(vendor, contact)
            else:  # then any contacts of one mean cost the same, so the price is on a line over the mean
                money, rise, begin, over = self.line(vendor, contact)
                exact = money + rise * (mean_of(contact.handle) - begin) / over
            # The difference of two large bills is not exact to the last digits, and no news in itself.
            known = self._known[vendor][contact] = float(f"{exact:.{DIGITS}g}")
        return known

    def flat_line(self, vendor: int) -> Line | None:
        """The line that the prices of a flat contract are on."""
        flat = self._flat[vendor]
        return None if flat is None else Line(*flat, 0.0, 60.0)

    def line(self, vendor: int, contact: BilledContact) -> Line:
        """The line over the mean handle time that the prices of contacts like this one are on, unrounded."""
        any_length = msgspec.structs.replace(self._as_priced(vendor, contact), handle=SHORT)
        known = self._lines[vendor].get(any_length)
        if known is None:
            short = long = self._marginal(vendor, any_length)
            if "handle_time" in self._vendors[vendor].contract.looks_at:
                long = self._marginal(vendor, msgspec.structs.replace(any_length, handle=LONG))
            known = Line(short, long - short, SHORT, LONG - SHORT)
            self._lines[vendor][any_length] = known
        return known

    def _as_priced(self, vendor: int, contact: BilledContact) -> BilledContact:
        """The same contact without what the price at a vendor does not depend on."""
        looks_at = self._vendors[vendor].contract.looks_at
        return msgspec.structs.replace(
            contact,
            contact_type=contact.contact_type if "type" in looks_at else "",
            language=contact.language if "language" in looks_at else "",
            channel=contact.channel if "channel" in looks_at else "",
        )

    def _marginal(self, vendor: int, contact: BilledContact) -> float:
        _, usage, forecast = self._basis(vendor)
        return self._vendors[vendor].contract.marginal_price(usage, contact, forecast)

    def bills_failures(self, vendor: int) -> bool:
        """Whether a vendor is paid for contacts that it fails to take."""
        return self._bills_failures[vendor]

    def local(self, vendor: int) -> datetime | None:
        """The vendor's clock, as `enter` found it; None before."""
        if self._counted[vendor] is None:
            return None
        return datetime.fromtimestamp(self._entered[vendor], self._vendors[vendor].zone)

    def open_bill(self, vendor: int, at: float, period: float | None = None) -> PeriodUsage:
        """What was settled in the vendor's current period, begun if need be at an instant, epoch seconds.

        Or in the one that began at the instant `period`.
        """
        if period is not None:
            found = self._known_bill(vendor, period)
            return self.begun(vendor, period) if found is None else found
        counted = self._counted[vendor]
        if counted is None:
            config = self._vendors[vendor]
            self.enter(vendor, at, windows(at, config.zone, config.contract.period).period)
            counted = self._counted[vendor]
            assert counted is not None
        known = self._known_bill(vendor, counted.period)
        if known is None:
            known = self.begun(vendor, counted.period)
            self.put(vendor, known)
        return known

    def _known_bill(self, vendor: int, period: float) -> PeriodUsage | None:
        """The bill of a period, as the contract counts it, though another one of the vendor's began it."""
        told, empty = self._bills[vendor].get(period), self._empty[vendor]
        if told is None or told.measures is empty.measures:
            return told
        before, counted = self._recounted[vendor]
        if before is not told:
            counted = counted_for(told, empty)
            self._recounted[vendor] = told, counted
        return counted

    def with_answered(
        self, vendor: int, usage: PeriodUsage, handle: float, contact_type: str, channel: str, resolved: float
    ) -> tuple[PeriodUsage, float]:
        """A bill with an answered contact more, and the money that it adds; as `with_contact`, and quicker.

        Only of a bill whose measures are those of `quickly`.
        """
        after, money = self._tills[vendor].with_answered(usage, handle, contact_type, channel, resolved)
        flat = self._flat[vendor]
        return after, money if flat is None else flat[0] + flat[1] * handle / 60.0

    def after_answered(
        self,
        vendor: int,
        usage: PeriodUsage,
        handles: Sequence[float],
        contact_type: str,
        channel: str,
        resolved: float,
    ) -> PeriodUsage:
        """A bill with answered contacts more, as by `with_answered` for one after the other."""
        return self._tills[vendor].after_answered(usage, handles, contact_type, channel, resolved)

    def with_contact(
        self, vendor: int, usage: PeriodUsage, contact: BilledContact
    ) -> tuple[PeriodUsage, float]:
        """A bill with a contact more, and the money that it adds to the period's invoice as it stands."""
        contract = self._vendors[vendor].contract
        after = usage.add(contact)
        if contract.is_flat:
            answered = contact.answered and not contact.failed
            return after, contract.price(contact.handle) if answered else 0.0
        return after, contract.charge(usage, contact)

    def period_ends(self, now: float) -> bool:
        """Whether some vendor's contract period, as `enter` found it, has ended at an instant."""
        return any(counted is not None and now >= counted.period_end for counted in self._counted)

    def period(self, vendor: int) -> float:
        """When the vendor's current period began, epoch seconds; nan before `enter`."""
        counted = self._counted[vendor]
        return counted.period if counted else math.nan

    def put(self, vendor: int, usage: PeriodUsage) -> None:
        """Have this be what was settled in the vendor's current period."""
        bills, counted = self._bills[vendor], self._counted[vendor]
        assert counted is not None
        bills[counted.period] = usage
        while len(bills) > PERIODS_KEPT:
            del bills[min(bills)]

    def bill(self, vendor: int) -> PeriodUsage:
        """What was settled in the vendor's current period."""
        counted = self._counted[vendor]
        if counted is None:
            return self._empty[vendor]
        known = self._known_bill(vendor, counted.period)
        return self.begun(vendor, counted.period) if known is None else known

    def begun(self, vendor: int, period: float) -> PeriodUsage:
        """Nothing yet, in the contract period that begins at an instant, epoch seconds; always the same."""
        known = self._begun[vendor]
        if known[0] != period:
            config = self._vendors[vendor]
            begin = datetime.fromtimestamp(period, config.zone).date()
            known = period, msgspec.structs.replace(config.contract.usage(), begin=begin)
            self._begun[vendor] = known
        return known[1]

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
        counted, sent = self._counted[vendor], self._sent[vendor]
        planned = self._vendors[vendor].contract.expected_volume
        if counted is None or (planned is None and sent == 0):
            return None
        so_far, to_come = self._open_time(vendor)
        if planned is not None:
            left = to_come / (so_far + to_come) if so_far + to_come > 0.0 else 0.0
            return RemainingForecast(contacts=planned * left, cv=max(LEAST_CV, max(planned, 1.0) ** -0.5))
        if not so_far > 0.0:
            return None
        contacts = sent * to_come / so_far / counted.share
        return RemainingForecast(contacts=contacts, cv=max(LEAST_CV, sent**-0.5))

    def _share(self, vendor: int) -> float:
        counted = self._counted[vendor]
        return counted.share if counted else 1.0


def bills_failures(contract: Contract) -> bool:
    """Whether a contract pays for contacts that the vendor fails to take."""
    return any(isinstance(each, Measure) and each.counts == "failed" for each in contract.usage().measures)
