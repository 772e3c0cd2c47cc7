"""What a vendor is owed for its contacts, and the money that hangs on its service level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

import msgspec
import numpy as np

from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.contracts._prorated import Carried, carried
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError
from bporoute.governance._billed_contacts import billed_contacts
from bporoute.governance._scorecards._measured import results_for
from bporoute.governance._scorecards._periods import begin_of
from bporoute.governance._scorecards._relief import Relief
from bporoute.governance._scorecards._units import Units
from bporoute.governance._vendor_contacts import VendorContacts


class PeriodBill(msgspec.Struct, frozen=True):
    """What is owed for a contract period, in the center's currency.

    Attributes
    ----------
    total : float
        All of it, service-level money included.
    fee : float
        The same without that money.
    score : float
        Weighted score of the results, -1 to 1; nan: no such money is agreed.
    at_risk : float
        Money withheld at the worst.
    credit : float
        Money paid on top (above 0) or withheld (below 0), as the forecast lock has it.
    credit_without_lock : float
        The same if there were no lock.
    unmeasured : tuple of str
        Measures of the contract that the records do not tell; they count as on target.
    """

    total: float
    fee: float
    score: float
    at_risk: float
    credit: float
    credit_without_lock: float
    unmeasured: tuple[str, ...] = ()


def bill_of(
    contract: Contract, usage: PeriodUsage, figures: Mapping[str, float], relief: Relief | None
) -> tuple[PeriodBill, Carried]:
    """The bill of a period, and what it leaves to the next one.

    Parameters
    ----------
    contract : Contract
        What was agreed.
    usage : PeriodUsage
        What it counts of the period, with what earlier ones have left.
    figures : mapping
        Name of a measure, such as ``service_level`` -> its result.
    relief : Relief or None
        How near the volume stayed to the locked forecast; None: nobody knows, so money flows.

    Raises
    ------
    InputError
        If a term is about something that the usage does not tell.
    """
    credits = next((term for term in contract.terms if isinstance(term, ServiceCredits)), None)
    if relief is not None:
        usage = msgspec.structs.replace(usage, share_inside=relief.share_inside)
    if credits is None:
        invoice = contract.invoice(usage)
        bill = PeriodBill(invoice.total, invoice.total, math.nan, 0.0, 0.0, 0.0)
        return bill, carried(contract, usage, invoice)
    results = results_for(credits, figures)
    scored = msgspec.structs.replace(usage, sla=results)
    unlocked = msgspec.structs.replace(
        contract, terms=tuple(term for term in contract.terms if not isinstance(term, ForecastLock))
    )
    plain = msgspec.structs.replace(
        unlocked, terms=tuple(term for term in unlocked.terms if not isinstance(term, ServiceCredits))
    )
    flows = relief is None or relief.binds
    invoice = (unlocked if flows else contract).invoice(scored)
    fee, total, free = plain.invoice(scored).total, invoice.total, unlocked.invoice(scored).total
    bill = PeriodBill(
        total=total,
        fee=fee,
        score=credits.score(scored),
        at_risk=max(0.0, fee) * (credits.at_risk if credits.cap is None else credits.cap),
        credit=total - fee,
        credit_without_lock=free - fee,
        unmeasured=tuple(each.name for each in credits.measures if each.name not in results),
    )
    return bill, carried(contract, scored, invoice)


def usages_of_contacts(
    contacts: VendorContacts, vendor: str, center: Center
) -> tuple[dict[date, PeriodUsage], dict[date, float], dict[date, list[int]]]:
    """Usage of each contract period by its first day; what each day's contacts add; its rows.

    Periods and days are those of the vendor's clock. What never reached the vendor is no part of them.

    Raises
    ------
    InputError
        If a contact cannot be billed.
    """
    config = center.vendors[vendor]
    contract, zone = config.contract, config.zone
    lengths = np.nan_to_num(contacts.handles)
    mine = [place for place, name in enumerate(contacts.vendors) if name == vendor]
    mine.sort(key=lambda place: contacts.starts[place])
    locals_ = {place: datetime.fromtimestamp(float(contacts.starts[place]), zone) for place in mine}
    usages: dict[date, PeriodUsage] = {}
    by_day: dict[date, float] = {}
    rows: dict[date, list[int]] = {}
    for day, places in groupby(mine, lambda place: locals_[place].date()):
        begin = begin_of(day, contract.period)
        usage = usages.get(begin) or msgspec.structs.replace(contract.usage(), begin=begin)
        before = contract.till.owed(usage)
        reached = [place for place in places if contacts.outcomes[place] != "undelivered"]
        for contact in billed_contacts(contacts, reached, lengths, center, vendor):
            usage = usage.add(contact)
        rows.setdefault(begin, []).extend(reached)
        usages[begin] = usage
        by_day[day] = contract.till.owed(usage) - before
    return usages, by_day, rows


def usages_of_units(units: Units, contract: Contract) -> dict[date, PeriodUsage]:
    """Usage of each contract period from totals: contacts and seconds alone.

    Raises
    ------
    InputError
        If the contract asks for more than the totals tell.
    """
    found = {}
    for begin, places in units.by(contract.period).items():
        own = units.of(places)
        offered, answered, handle, resolved = (
            own.total(name) for name in ("offered", "answered", "handle", "resolved")
        )
        if math.isnan(handle) and ("handle_time" in contract.looks_at or not _by_contacts(contract)):
            raise InputError("handle time", "none in the totals", "a column of it, as minutes are billed")
        found[begin] = PeriodUsage(
            offered=answered if math.isnan(offered) else max(offered, answered),
            answered=answered,
            handled=answered,
            handle_seconds=0.0 if math.isnan(handle) else handle,
            talk_seconds=0.0 if math.isnan(handle) else handle,
            resolved=answered if math.isnan(resolved) else resolved,
            begin=begin,
        )
    return found


def _by_contacts(contract: Contract) -> bool:
    """Whether nothing is billed by the minute."""
    empty = contract.usage()
    return not any(getattr(measure, "in_minutes", False) for measure in empty.measures)


def day_money(units: Units, by_day: Mapping[date, float], whole: float) -> Sequence[float]:
    """Money of each unit: what its contacts added, what is owed beside that spread evenly."""
    own = np.array([by_day.get(day, 0.0) for day in units.days])
    return ((whole - own.sum()) / own.size + own).tolist()  # type: ignore[no-any-return]
