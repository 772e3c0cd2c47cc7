"""What a simulated floor's vendors have done: counted for contracts, ledger, health and attainment.

The kernel counts; now and then the counts are carried over to where the live router keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import windows
from bporoute._kernels.simulation import columns
from bporoute.center._targets import Part, weighed
from bporoute.center._vendor import Vendor
from bporoute.contracts._bill import Invoice
from bporoute.contracts._commitments import TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._increment import Increment
from bporoute.contracts._multiplier import combined_factor, moving_factors
from bporoute.contracts._unit_prices import PerHour
from bporoute.contracts._usage import PeriodUsage
from bporoute.routing._outcome import Settled
from bporoute.routing._pricing import period_end
from bporoute.routing._tables._tables import RoutingTables


class VendorAccounts:
    """Carries what the kernel has counted of the vendors over to the routing tables.

    Attributes
    ----------
    totals : array, (vendors, `_kernels.simulation.columns.UNITS`)
        Outcomes so far, by the columns of `_kernels.simulation.columns`.
    money : array, (vendors,)
        What the vendors are owed so far beyond what they would be owed for nothing.
    """

    def __init__(self, tables: RoutingTables, outcomes: Floats, *, watches_health: bool) -> None:
        self._tables = tables
        self._outcomes = outcomes
        self._watches_health = watches_health
        self._contracts = [vendor.contract for vendor in tables.center.vendors.values()]
        self._unbilled: Floats = np.zeros_like(outcomes)
        self.totals: Floats = np.zeros((len(outcomes), columns.UNITS))
        self.money: Floats = np.zeros(len(outcomes))
        self._usages: list[dict[float, PeriodUsage]] = [{} for _ in self._contracts]
        self.has_terms = not all(contract.is_flat for contract in self._contracts)

    def collect(self, now: float, probed: int, probed_at: float) -> None:
        """Take over what the kernel has counted since, and let the health of vendors follow.

        `probed` is the vendor on probation whose contact, sent at `probed_at`, has just ended (-1: none).
        """
        new = self._outcomes
        if not new.any():
            return
        self._unbilled += new
        self.totals += new[:, : columns.UNITS]
        if self._watches_health:
            self._tell_health(now, probed, probed_at)
        new[:] = 0.0

    def bill(self) -> Floats:
        """Bill what is not billed yet in the contract periods that the tables are in; money by vendor."""
        added = np.zeros(len(self._contracts))
        ledger, pricing = self._tables.ledger, self._tables.offers.pricing
        for vendor in np.flatnonzero(self._unbilled.any(axis=1)).tolist():
            row, contract = self._unbilled[vendor], self._contracts[vendor]
            self._attain(vendor, row)
            before = pricing.bill(vendor)
            after = before.plus(_increment(row, before))
            pricing.put(vendor, after)
            self._usages[vendor][pricing.period(vendor)] = after  # the ledger keeps the last two years only
            added[vendor] = _invoice(contract, after).total - _invoice(contract, before).total
            ledger.settle(
                vendor, "answered", row[columns.O_WAITED], row[columns.O_HANDLED], added[vendor],
                contacts=row[columns.O_ANSWERED],
            )  # fmt: skip
            ended = float(row[columns.O_ANSWERED] + row[columns.O_ABANDONED])
            ledger.give(vendor, self._tables.arrays.since, row[columns.O_HANDLED], added[vendor], ended)
            ledger.settle(vendor, "abandoned", 0.0, 0.0, 0.0, contacts=row[columns.O_ABANDONED])
            ledger.settle(vendor, "failed", 0.0, 0.0, 0.0, contacts=row[columns.O_FAILED])
            row[:] = 0.0
        self.money += added
        return added

    def invoices(self, begin: float, end: float) -> dict[str, dict[float, Invoice]]:
        """What each vendor is owed, by the start of the contract period (epoch seconds).

        That is every period of the contract's term which the time from `begin` to `end` touches, as some
        money is owed for nothing. What ends later belongs to the last of them.
        """
        found = {}
        vendors = self._tables.center.vendors.items()
        for usages, (name, vendor) in zip(self._usages, vendors, strict=True):
            contract, periods = vendor.contract, dict(usages)
            for start in _periods(vendor, begin, end):
                periods.setdefault(start, contract.usage())
            last = max((start for start in periods if start < end), default=end)
            for start in [start for start in periods if start >= end > last]:
                periods[last] = _joined(periods[last], periods.pop(start))
            found[name] = {start: _invoice(contract, usage) for start, usage in sorted(periods.items())}
        return found

    def _attain(self, vendor: int, row: Floats) -> None:
        """Have the counted contacts of a vendor speak of its service level."""
        watch = self._tables.offers.watch
        before = watch.attainment[vendor]
        parts: dict[Part, float] = {
            "offered": row[columns.O_ANSWERED] + row[columns.O_ABANDONED] + row[columns.O_FAILED],
            "answered": row[columns.O_ANSWERED],
            "answered_in_time": row[columns.O_WITHIN],
            "abandoned_in_time": row[columns.O_ABANDONED_WITHIN],
            "abandoned_short": row[columns.O_ABANDONED_SHORT],
        }
        good, base = weighed(before.target.counting, parts.__getitem__)
        watch.attain(vendor, float(good), float(base))

    def _tell_health(self, now: float, probed: int, probed_at: float) -> None:
        """Let every vendor's health take its successes, then what has just happened."""
        tables = self._tables
        for vendor, row in enumerate(self._outcomes):
            successes = int(row[columns.O_ANSWERED] + row[columns.O_ABANDONED]) - (vendor == probed)
            tables.offers.watch.took(vendor, successes, now)
            for _ in range(int(row[columns.O_FAILED])):
                tables.learn(vendor, 0, Settled("failed", np.nan, np.nan, now), now, 0.5)
            if vendor == probed:
                tables.learn(vendor, 0, Settled("answered", np.nan, np.nan, probed_at), now, 0.5)


def _increment(row: Floats, usage: PeriodUsage) -> Increment:
    """What the counted contacts add to a usage; those that are answered are handled and resolved."""
    answered = float(row[columns.O_ANSWERED])
    return Increment(
        offered=answered + float(row[columns.O_ABANDONED]),
        answered=answered,
        handled=answered,
        resolved=answered,
        short=float(row[columns.O_SHORT]),
        handle_seconds=float(row[columns.O_HANDLED]),
        talk_seconds=float(row[columns.O_HANDLED]),
        units=tuple(row[columns.UNITS : columns.UNITS + len(usage.measures)].tolist()),
    )


def _invoice(contract: Contract, usage: PeriodUsage) -> Invoice:
    """The invoice without what only the vendor can tell: no hours, and no forecast that was locked."""
    hours = {term.hours: 0.0 for term in contract.terms if isinstance(term, PerHour)}
    open_ended = any(isinstance(term, TakeOrPay) and term.volume is None for term in contract.terms)
    if hours or open_ended:
        locked = usage.locked_volume
        if open_ended and locked is None:
            locked = 0.0
        usage = msgspec.structs.replace(usage, hours=hours | usage.hours, locked_volume=locked)
    return contract.invoice(usage)


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


def _joined(usage: PeriodUsage, later: PeriodUsage) -> PeriodUsage:
    """A usage with what another one of the same contract counts."""
    return usage.plus(
        Increment(
            offered=later.offered,
            answered=later.answered,
            handled=later.handled,
            resolved=later.resolved,
            short=later.short,
            handle_seconds=later.handle_seconds,
            talk_seconds=later.talk_seconds,
            units=later.units,
        )
    )


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
