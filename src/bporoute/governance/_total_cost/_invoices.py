"""What a vendor's contract bills over the months of a term, period by period."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.contracts._contract import MONTHS, Contract
from bporoute.contracts._prorated import carried, prorated
from bporoute.contracts._start_up import Ramp
from bporoute.contracts._unit_prices import PerHour
from bporoute.contracts._usage import PeriodUsage
from bporoute.contracts._whole_bill import Currency
from bporoute.governance._total_cost._queues import OwnTeam, QueueForecast, average_week
from bporoute.governance._total_cost._term import Taken, TermMonth
from bporoute.planning._saving_interval import bill_scatter
from bporoute.planning._vendor_bill import VendorBill, vendor_bill


class Billed(NamedTuple):
    """What a vendor gets and is owed.

    Attributes
    ----------
    contacts, money : tuple of float
        Of each month.
    variance : tuple of float
        Of each month's money, as the contacts are off their forecast.
    """

    contacts: tuple[float, ...]
    money: tuple[float, ...]
    variance: tuple[float, ...]


class Supply(NamedTuple):
    """What goes to one vendor.

    Attributes
    ----------
    center : Center
        One that has it.
    name : str
        Its name there.
    queues : tuple of QueueForecast
        All that there are.
    goes : tuple of array of bool
        Of each queue: in which intervals it takes contacts.
    taken : tuple of Taken
        Of each month.
    growth : tuple of float
        Volume of each month over the forecast.
    rate_change : float or None
        Per year, of the exchange rate.
    """

    center: Center
    name: str
    queues: tuple[QueueForecast, ...]
    goes: tuple[Flags, ...]
    taken: tuple[Taken, ...]
    growth: tuple[float, ...]
    rate_change: float | None

    @property
    def vendor(self) -> Vendor:
        """The vendor."""
        return self.center.vendors[self.name]


def invoiced(supply: Supply, months: Sequence[TermMonth], team: OwnTeam) -> Billed:
    """Bill every month by the contract: its periods whole, a part of one for its share of the days.

    A period of several months is charged to them by their contacts. Balances and withheld money are carried
    from one period to the next.

    Raises
    ------
    InputError
        The contract pays hours or people.
    """
    contract = supply.vendor.contract
    bills = {taken.slower: _bill(supply, taken.slower) for taken in dict.fromkeys(supply.taken)}
    usages = [
        _usage(bills[taken.slower], taken.share * factor * month.weeks)
        for taken, factor, month in zip(supply.taken, supply.growth, months, strict=True)
    ]
    money = [0.0] * len(months)
    balance = earlier = 0.0
    for begin, group in groupby(months, key=lambda month: period_begin(contract, month.first)):
        mine = [month.number - 1 for month in group]
        share = sum(supply.taken[at].in_force * months[at].days for at in mine) / _period_days(
            contract, begin
        )
        if not share > 0.0:
            continue
        usage = _together(contract, [usages[at] for at in mine])
        usage = msgspec.structs.replace(
            usage,
            begin=begin,
            hours={term.hours: 0.0 for term in contract.terms if isinstance(term, PerHour)},
            locked_volume=usage.offered / share,
            balance=balance,
            earlier_credits=earlier,
            exchange_rate=_rate(contract, supply.rate_change, mine[0]),
        )
        bill = prorated(contract, usage, min(share, 1.0))
        left = carried(contract, usage, bill)
        balance, earlier = left.balance, left.earlier_credits
        weights = [usages[at].offered for at in mine]
        if not sum(weights) > 0.0:
            weights = [supply.taken[at].in_force * months[at].days for at in mine]
        for at, weight in zip(mine, weights, strict=True):
            money[at] = bill.total * weight / sum(weights)
    return Billed(
        tuple(usage.offered for usage in usages),
        tuple(money),
        _variances(supply, months, team, usages, bills),
    )


def period_begin(contract: Contract, day: date) -> date:
    """First day of the contract period that a day lies in.

    >>> period_begin(Contract(period="quarter"), date(2026, 12, 1)).isoformat()
    '2026-10-01'
    """
    length = MONTHS[contract.period]
    return date(day.year, (day.month - 1) // length * length + 1, 1)


def _period_days(contract: Contract, begin: date) -> int:
    of_it = range(begin.month, begin.month + MONTHS[contract.period])
    return sum(calendar.monthrange(begin.year, month)[1] for month in of_it)


def _usage(bill: VendorBill, weeks: float) -> PeriodUsage:
    """What counts of so many average weeks."""
    return bill.usage(np.full(len(bill.volume), weeks))


def _together(contract: Contract, usages: Sequence[PeriodUsage]) -> PeriodUsage:
    whole = contract.usage()
    for usage in usages:
        if (average := usage.average()) is not None:
            whole = whole.plus(average, usage.offered)
    return whole


def _rate(contract: Contract, change: float | None, passed: int) -> float | None:
    """The exchange rate after so many months; None: as agreed."""
    currency = next((term for term in contract.terms if isinstance(term, Currency)), None)
    if currency is None or change is None:
        return None
    return float(currency.rate * (1.0 + change) ** (passed / 12.0))


def _bill(supply: Supply, slower: float) -> VendorBill:
    """All that goes to the vendor as it bills it, its people so many times as slow as trained ones."""
    trained = tuple(term for term in supply.vendor.contract.terms if not isinstance(term, Ramp))
    contract = msgspec.structs.replace(supply.vendor.contract, terms=trained)
    vendor = msgspec.structs.replace(supply.vendor, contract=contract)
    center = msgspec.structs.replace(supply.center, vendors={**supply.center.vendors, supply.name: vendor})
    bills = []
    for queue, goes in zip(supply.queues, supply.goes, strict=True):
        volumes = average_week(queue, goes)
        slow = msgspec.structs.replace(volumes, aht=volumes.aht * slower)
        bills.append(vendor_bill(center, supply.name, queue.types, slow, volumes.volume > 0.0))
    return VendorBill(
        contract,
        tuple(part for bill in bills for part in bill.parts),
        np.concatenate([bill.volume for bill in bills]),
        min(bill.begin for bill in bills),
    )


def _variances(
    supply: Supply,
    months: Sequence[TermMonth],
    team: OwnTeam,
    usages: Sequence[PeriodUsage],
    bills: Mapping[float, VendorBill],
) -> tuple[float, ...]:
    """Of each month's money: that of a week at the largest share, as many times as weeks and contacts say."""
    most = max(range(len(months)), key=lambda at: usages[at].offered / months[at].weeks)
    taken, growth = supply.taken[most], supply.growth[most]
    if not taken.share > 0.0:
        return (0.0,) * len(months)
    bill, part = bills[taken.slower], taken.share * growth
    sizes = np.cumsum([len(queue.week.taken) for queue in supply.queues])[:-1]
    prices: list[Floats] = np.split(bill.added(np.full(len(bill.volume), part)), sizes)
    weekly = 0.0
    for place, (queue, goes) in enumerate(zip(supply.queues, supply.goes, strict=True)):
        if goes.any():
            money = prices[place][queue.week.slot] * queue.volumes.volume * part
            plan = team.plan(place, np.full(len(goes), part))
            weekly += bill_scatter(plan, money, goes, queue.week).variance
    of_week = [usage.offered / month.weeks for usage, month in zip(usages, months, strict=True)]
    return tuple(
        weekly * month.weeks * (contacts / of_week[most]) ** 2
        for month, contacts in zip(months, of_week, strict=True)
    )
