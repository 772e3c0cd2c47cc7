"""The bills of a vendor's contract periods, with the results that they hang on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

import msgspec

from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.contracts._prorated import Carried
from bporoute.contracts._service_credits import ForecastLock
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError
from bporoute.governance._billed_contacts import unknown_remarks
from bporoute.governance._scorecards._measured import figures_of, unmeasured_remarks
from bporoute.governance._scorecards._money import PeriodBill, bill_of, usages_of_contacts, usages_of_units
from bporoute.governance._scorecards._periods import By, name_of, next_begin
from bporoute.governance._scorecards._relief import LockedForecast, Relief, cannot_judge, relief_of
from bporoute.governance._scorecards._units import Records, Units, parts_of
from bporoute.governance._vendor_contacts import VendorContacts

CLOSED = 4
"""Days at either end of a period on which a vendor may have been closed."""


class Bills(NamedTuple):
    """What a vendor is owed.

    Attributes
    ----------
    of_period : dict
        First day of a contract period -> its bill.
    by_day : dict
        Day -> what its contacts add; empty: not told by the records.
    period : str or None
        What a contract period is.
    lock : ForecastLock or None
        The forecast window by which relief is judged; None: none is, or it cannot be.
    notes : tuple of str
        What cannot be said, and why.
    """

    of_period: dict[date, PeriodBill]
    by_day: Mapping[date, float]
    period: By | None
    lock: ForecastLock | None
    notes: tuple[str, ...]


def bills_of(
    center: Center,
    records: Records,
    units: Units,
    counting: str,
    contacts: VendorContacts | None,
    locked: LockedForecast | None,
) -> Bills:
    """PeriodBill each contract period of which something is told; what cannot be billed is said in a note."""
    vendor = records.vendor
    contract = center.vendors[vendor].contract
    notes: list[str] = []
    by_day: Mapping[date, float] = {}
    places_in: dict[date, list[int]] = {}
    try:
        usages: dict[date, PeriodUsage]
        if contacts is not None:
            usages, by_day, rows = usages_of_contacts(contacts, vendor, center)
            notes += unknown_remarks(contacts, sorted(chain(*rows.values())), contract, "0 s")
            mine = [row for row, name in enumerate(contacts.vendors) if name == vendor]
            place_of = {row: place for place, row in enumerate(mine)}
            places_in = {begin: [place_of[row] for row in some] for begin, some in rows.items()}
        else:
            usages = usages_of_units(units, contract)
    except InputError as lacking:
        return Bills({}, {}, None, None, (f"no money: {lacking}",))
    relief: dict[date, Relief] = {}
    judged = None
    lock = next((term for term in contract.terms if isinstance(term, ForecastLock)), None)
    if lock is not None:
        if locked is None:
            notes.append("a forecast lock is agreed; without the locked forecast, money flows as if it bound")
        elif why := cannot_judge(lock, records, locked):
            notes.append(f"relief is not judged: {why}")
        else:
            judged = lock
            relief = relief_of(lock, records, locked, counting, contract.period)
    elif locked is not None and vendor in locked.vendors:
        notes.append("no forecast lock is agreed, so its locked forecast relieves it of nothing")
    volumes = {} if locked is None else locked.by_period(vendor, contract.period)
    bills: dict[date, PeriodBill] = {}
    left = Carried()
    places = units.by(contract.period)
    for begin, usage in sorted(usages.items()):
        if begin not in places:  # it is past midnight at the vendor, and not yet here
            late, period = counted(usage.offered, "contact"), name_of(begin, contract.period)
            notes.append(
                f"{late} of {period} by the vendor's clock, of which nothing else is told: not billed"
            )
            continue
        own = units.of(places[begin])
        notes += _partly(own, begin, contract.period)
        usage = msgspec.structs.replace(
            usage,
            balance=left.balance,
            earlier_credits=left.earlier_credits,
            locked_volume=volumes.get(begin),
        )
        try:
            if contacts is None:
                figures = figures_of(own.sums, *parts_of(own.sums, counting))
            else:  # the period is that of the vendor's clock, as its bill is
                sums = {name: values[places_in[begin]] for name, values in records.sums.items()}
                figures = figures_of(sums, sums["good"], sums["base"])
            bills[begin], left = bill_of(contract, usage, figures, relief.get(begin))
        except InputError as lacking:
            return Bills({}, {}, None, None, (*notes, f"no money: {lacking}"))
    unmeasured = dict.fromkeys(name for bill in bills.values() for name in bill.unmeasured)
    notes += unmeasured_remarks(unmeasured)
    return Bills(bills, by_day, contract.period, judged, tuple(notes))


def _partly(units: Units, begin: date, by: By) -> list[str]:
    """That the records cover a part of a contract period only."""
    if units.step == "month":
        return []
    last = next_begin(begin, by) - timedelta(days=1)
    first_told, last_told = units.days[0], units.days[-1]
    if (first_told - begin).days <= CLOSED and (last - last_told).days <= CLOSED:
        return []
    told = f"of {name_of(begin, by)} only {first_told:%d %B} to {last_told:%d %B} is told"
    return [f"{told}; fees, commitments and tiers count as for a whole period"]
