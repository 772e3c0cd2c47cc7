"""What a simulated floor's vendors have done: counted for contracts, ledger, health and attainment.

The kernel counts; now and then the counts are carried over to where the live router keeps them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import windows
from bporoute._kernels.simulation import columns
from bporoute.center._open_time import open_share
from bporoute.center._quality_prior import QualityPrior
from bporoute.center._targets import Part, weighed
from bporoute.center._vendor import Vendor
from bporoute.contracts._bill import Invoice
from bporoute.contracts._commitments import Commitment, TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._increment import Increment
from bporoute.contracts._multiplier import combined_factor, moving_factors
from bporoute.contracts._prorated import Carried, carried, prorated
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._unit_prices import PerHour
from bporoute.contracts._usage import PeriodUsage
from bporoute.routing._outcome import Settled
from bporoute.routing._pricing import period_end
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing._tables._vendor_watch import SERVICE_LEVEL


class Bill(NamedTuple):
    """What a vendor is owed for the part of a contract period that lies in a run.

    Attributes
    ----------
    start : float
        When the period began, epoch seconds.
    share : float
        Share of the period that lies in the run, in (0, 1], by the vendor's open time.
    usage : PeriodUsage
        What was counted in it, with the results that were measured and what earlier periods left.
    invoice : Invoice
        What is owed for it, see `bporoute.contracts._prorated`.
    for_nothing : float
        Money that would be owed had nothing been sent: fees and commitments.
    """

    start: float
    share: float
    usage: PeriodUsage
    invoice: Invoice
    for_nothing: float


class VendorAccounts:
    """Carries what the kernel has counted of the vendors over to the routing tables.

    Parameters
    ----------
    tables : RoutingTables
        Where the live router keeps all that.
    outcomes : array, (vendors, columns)
        What the kernel counts, by the columns of `_kernels.simulation.columns`.
    begin, end : float
        From when to when the run counts, epoch seconds.
    watches_health : bool
        Whether outcomes tell of the vendors' health.

    Attributes
    ----------
    totals : array, (vendors, columns)
        Outcomes so far, likewise.
    """

    def __init__(
        self, tables: RoutingTables, outcomes: Floats, *, begin: float, end: float, watches_health: bool
    ) -> None:
        self._tables = tables
        self._outcomes = outcomes
        self._begin, self._end = begin, end
        self._watches_health = watches_health
        self._vendors = tuple(tables.center.vendors.values())
        self._contracts = [vendor.contract for vendor in self._vendors]
        self._resolution = [(vendor.quality or QualityPrior()).resolution for vendor in self._vendors]
        self._unbilled: Floats = np.zeros_like(outcomes)
        self.totals: Floats = np.zeros_like(outcomes)
        self._usages: list[dict[float, PeriodUsage]] = [{} for _ in self._contracts]
        self._in_time: list[dict[float, tuple[float, float]]] = [{} for _ in self._contracts]
        self._carrying = [number for number, each in enumerate(self._contracts) if _carries(each)]
        tables.offers.pricing.cover(begin, end)

    def collect(self, now: float, probed: int, probed_at: float) -> None:
        """Take over what the kernel has counted since, and let the health of vendors follow.

        `probed` is the vendor on probation whose contact, sent at `probed_at`, has just ended (-1: none).
        """
        new = self._outcomes
        if not new.any():
            return
        self._unbilled += new
        self.totals += new
        if self._watches_health:
            self._tell_health(now, probed, probed_at)
        new[:] = 0.0

    def bill(self) -> None:
        """Count what is not counted yet in the contract periods that the tables are in."""
        ledger, pricing = self._tables.ledger, self._tables.offers.pricing
        for vendor in self._carrying:
            self._open(vendor)
        rows: list[list[float]] = self._unbilled.tolist()  # plain numbers are added up much faster
        for vendor, row in enumerate(rows):
            if not any(row):
                continue
            contract, period = self._contracts[vendor], pricing.period(vendor)
            self._attain(vendor, period, row)
            before = self._usages[vendor].get(period) or pricing.begun(vendor, period)
            after = before.plus(increment_of(row, before, self._resolution[vendor]))
            self._keep(vendor, after)
            owed = 0.0
            if self._tables.vendors.budgets.bind(vendor):
                share = self._share(vendor, period) or 1.0
                owed = invoice_of(contract, after, share).total - invoice_of(contract, before, share).total
                ended = row[columns.O_ANSWERED] + row[columns.O_ABANDONED]
                ledger.give(vendor, ledger.starts(vendor), row[columns.O_HANDLED], owed, ended)
            ledger.settle(
                vendor, "answered", row[columns.O_WAITED], row[columns.O_HANDLED], owed,
                contacts=row[columns.O_ANSWERED],
            )  # fmt: skip
            for outcome, column in (("abandoned", columns.O_ABANDONED), ("failed", columns.O_FAILED)):
                if row[column]:
                    ledger.settle(vendor, outcome, 0.0, 0.0, 0.0, contacts=row[column])
            self._unbilled[vendor] = 0.0

    def bills(self) -> dict[str, tuple[Bill, ...]]:
        """What each vendor is owed, by contract period, in order, once all is counted.

        That is every period of the contract's term which the run touches while the vendor is open, as some
        money is owed for nothing. What ends later, or in a part in which it is closed, belongs to the period
        before.
        """
        return {name: tuple(self._bills(vendor)) for vendor, name in enumerate(self._tables.center.vendors)}

    def _bills(self, vendor: int) -> Iterator[Bill]:
        contract, left = self._contracts[vendor], Carried()
        for start, share, usage, in_time in self._parts(vendor):
            told = self._told(vendor, in_time, left)
            usage = msgspec.structs.replace(usage, **told)
            begun = self._tables.offers.pricing.begun(vendor, start)
            nothing = msgspec.structs.replace(begun, **told)
            invoice = invoice_of(contract, usage, share)
            left = carried(contract, usage, invoice)
            yield Bill(start, share, usage, invoice, invoice_of(contract, nothing, share).total)

    def _parts(self, vendor: int) -> list[tuple[float, float, PeriodUsage, tuple[float, float]]]:
        """Start, share, usage, and contacts in time of those that count, of each period to be billed."""
        usages = self._usages[vendor]
        in_run = set(_periods(self._vendors[vendor], self._begin, self._end))
        parts: list[tuple[float, float, PeriodUsage, tuple[float, float]]] = []
        for start in sorted(in_run | usages.keys()):
            share = self._share(vendor, start) if start in in_run else 0.0
            usage = usages.get(start) or self._tables.offers.pricing.begun(vendor, start)
            in_time = self._in_time[vendor].get(start, (0.0, 0.0))
            if share:
                parts.append((start, share, usage, in_time))
            elif usage.offered and parts:
                begun, share, before, (good, base) = parts[-1]
                joined = before.plus(Increment(*(getattr(usage, name) for name in Increment._fields)))
                parts[-1] = begun, share, joined, (good + in_time[0], base + in_time[1])
            elif usage.offered:  # sent all the same to a vendor that was closed: by the clock
                parts.append((start, self._clock_share(vendor, start), usage, in_time))
        return parts

    def _told(self, vendor: int, in_time: tuple[float, float], left: Carried) -> dict[str, Any]:
        """Fields of a usage that contacts do not count: results, and what earlier periods left."""
        results = self._tables.offers.watch.results(vendor)
        good, base = in_time
        results.pop(SERVICE_LEVEL, None)
        if base > 0.0:
            results[SERVICE_LEVEL] = good / base
        return {"sla": results, "balance": left.balance, "earlier_credits": left.earlier_credits}

    def _open(self, vendor: int) -> None:
        """Have a period that begins count what the ones before it have left."""
        start, usages = self._tables.offers.pricing.period(vendor), self._usages[vendor]
        if math.isnan(start) or start in usages:
            return
        contract, left = self._contracts[vendor], Carried()
        for bill in takewhile(lambda bill: bill.start < start, self._bills(vendor)):
            left = carried(contract, bill.usage, bill.invoice)
        usage = self._tables.offers.pricing.begun(vendor, start)
        self._keep(
            vendor,
            msgspec.structs.replace(usage, balance=left.balance, earlier_credits=left.earlier_credits),
        )

    def _keep(self, vendor: int, usage: PeriodUsage) -> None:
        """Have this be what was counted in the vendor's current period; the ledger keeps two years only."""
        pricing = self._tables.offers.pricing
        pricing.put(vendor, usage)
        self._usages[vendor][pricing.period(vendor)] = usage

    def _share(self, vendor: int, start: float) -> float:
        """Share of a vendor's open time in a contract period that lies in the run."""
        config = self._vendors[vendor]
        end = period_end(start, config.zone, config.contract.period)
        return open_share(config, start, end, self._begin, self._end)

    def _clock_share(self, vendor: int, start: float) -> float:
        config = self._vendors[vendor]
        end = period_end(start, config.zone, config.contract.period)
        covered = min(end, self._end) - max(start, self._begin)
        return covered / (end - start) if covered > 0.0 else 1.0

    def _attain(self, vendor: int, period: float, row: Sequence[float]) -> None:
        """Have the counted contacts of a vendor speak of its service level."""
        watch = self._tables.offers.watch
        parts: dict[Part, float] = {
            "offered": row[columns.O_ANSWERED] + row[columns.O_ABANDONED] + row[columns.O_FAILED],
            "answered": row[columns.O_ANSWERED],
            "answered_in_time": row[columns.O_WITHIN],
            "abandoned_in_time": row[columns.O_ABANDONED_WITHIN],
            "abandoned_short": row[columns.O_ABANDONED_SHORT],
        }
        good, base = (float(count) for count in weighed(watch.aim.counting, parts.__getitem__))
        watch.attain(vendor, good, base)
        good_before, base_before = self._in_time[vendor].get(period, (0.0, 0.0))
        self._in_time[vendor][period] = good_before + good, base_before + base

    def _tell_health(self, now: float, probed: int, probed_at: float) -> None:
        """Let every vendor's health take its successes, then what has just happened."""
        tables = self._tables
        for vendor, row in enumerate(self._outcomes):
            successes = int(row[columns.O_ANSWERED] + row[columns.O_ABANDONED]) - (vendor == probed)
            tables.offers.watch.took(vendor, successes, now)
            for _ in range(int(row[columns.O_FAILED])):
                tables.learn(vendor, 0, "", Settled("failed", np.nan, np.nan, now), now, 0.5)
            if vendor == probed:
                tables.learn(vendor, 0, "", Settled("answered", np.nan, np.nan, probed_at), now, 0.5)


def increment_of(row: Sequence[float], usage: PeriodUsage, resolution: float = 1.0) -> Increment:
    """What the counted contacts of a `row` add to a usage.

    Whoever is answered is handled, and resolved with the probability `resolution`.
    """
    answered = row[columns.O_ANSWERED]
    return Increment(
        offered=answered + row[columns.O_ABANDONED],
        answered=answered,
        handled=answered,
        resolved=resolution * answered,
        short=row[columns.O_SHORT],
        handle_seconds=row[columns.O_HANDLED],
        talk_seconds=row[columns.O_HANDLED],
        units=tuple(row[columns.UNITS : columns.UNITS + len(usage.measures)]),
    )


def invoice_of(contract: Contract, usage: PeriodUsage, share: float) -> Invoice:
    """What is owed for a `share` of a period, see `prorated`; what only the vendor can tell counts nothing.

    That is hours, and a forecast that was locked.
    """
    hours = {term.hours: 0.0 for term in contract.terms if isinstance(term, PerHour)}
    open_ended = any(isinstance(term, TakeOrPay) and term.volume is None for term in contract.terms)
    if hours or open_ended:
        locked = usage.locked_volume
        if open_ended and locked is None:
            locked = 0.0
        usage = msgspec.structs.replace(usage, hours=hours | usage.hours, locked_volume=locked)
    return prorated(contract, usage, share)


def _carries(contract: Contract) -> bool:
    """Whether a period of a contract may leave money to the next one."""
    return any(
        (isinstance(term, Commitment) and term.carry_forward > 0.0)
        or (isinstance(term, ServiceCredits) and term.earn_back > 0.0)
        for term in contract.terms
    )


def _periods(vendor: Vendor, begin: float, end: float) -> Iterator[float]:
    """Starts of the periods of a vendor's contract that a time touches, within its term."""
    contract, zone = vendor.contract, vendor.zone
    start = windows(begin, zone, contract.period).period
    while start < end:
        following = period_end(start, zone, contract.period)
        first, after = (datetime.fromtimestamp(at, zone).date() for at in (start, following))
        if (contract.start is None or contract.start < after) and (
            contract.end is None or first <= contract.end
        ):
            yield start
        start = following


def refresh_factors(tables: RoutingTables, factors: Floats, windows: Floats, at: float) -> None:
    """Write by what factors the contract of each vendor bills each profile, around an instant."""
    for vendor, config in enumerate(tables.center.vendors.values()):
        multipliers = config.contract.multipliers
        local = tables.offers.local(vendor, at)
        if not multipliers or local is None:
            continue
        for profile in tables.profiles.listed:
            contact = tables.offers.billed(vendor, profile.request, local)
            factors[vendor, profile.number] = combined_factor(multipliers, contact)
            row = windows[vendor, profile.number]
            row[:] = np.inf
            moving = moving_factors(multipliers, contact, hours=24)
            for place, (start, factor) in enumerate(moving[: len(row) // 2 - 1] if len(moving) > 1 else ()):
                row[2 * place : 2 * place + 2] = at + start, factor
