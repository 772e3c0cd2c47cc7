"""What a split plan is made of: intervals with their loads, who may take them, and what contracts count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.clock import windows
from bporoute.center._center import Center
from bporoute.center._open_time import open_share
from bporoute.center._vendor import Vendor
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._period_cost import HANDLED_CONTACTS, PeriodCost, period_cost
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._usage import PeriodUsage
from bporoute.durations._laws import Exponential, scaled
from bporoute.errors import InputError
from bporoute.planning._opening import LOOK
from bporoute.planning._requirement import both
from bporoute.planning._ways_out import WaysOut, instants, local_day, types_of, ways_out
from bporoute.routing._pricing import period_end
from bporoute.workload._volumes import Volumes

WHOLE = 1e-9


class VendorPeriod(NamedTuple):
    """A contract period of a vendor, as far as the plan knows it.

    Attributes
    ----------
    vendor : str
        Whose it is.
    begin : date
        Its first day, on the vendor's clock.
    share : float
        Share of it that the plan covers, in (0, 1], by the vendor's open time.
    cost : PeriodCost
        What it costs.
    """

    vendor: str
    begin: date
    share: float
    cost: PeriodCost


class SplitCase(msgspec.Struct, frozen=True, eq=False):
    """The intervals in which somebody comes and is served, and all that bears on who serves them.

    Attributes
    ----------
    center : Center
        The center.
    volumes : Volumes
        The forecast, all of it.
    rows : array of int
        Its intervals that are planned.
    begins, seconds, volume, aht, cv : array
        Of each of them: epoch seconds, length, contacts, handle time, and the coefficient of variation of its
        rate around the forecast.
    queues : tuple of str
        Whose it is.
    ways : WaysOut
        Of all intervals of the forecast.
    open_to : array of shape (rows, vendors)
        Who may take its contacts.
    periods : tuple of VendorPeriod
        Contract periods.
    period_of : array of shape (rows, vendors)
        Which of them an interval falls into; -1: none that matters.
    usages : dict
        Row and vendor -> what one contact adds to the usage of an empty period.
    notes : tuple of str
        What somebody should know of it.
    """

    center: Center
    volumes: Volumes
    rows: Integers
    begins: Floats
    seconds: Floats
    volume: Floats
    aht: Floats
    cv: Floats
    queues: tuple[str, ...]
    ways: WaysOut
    open_to: Flags
    periods: tuple[VendorPeriod, ...]
    period_of: Integers
    usages: Mapping[tuple[int, int], PeriodUsage]
    notes: tuple[str, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The day of the center's clock of each row."""
        return tuple(local_day(at, self.center) for at in self.begins.tolist())

    def units(self, row: int, vendor: int) -> dict[int, float]:
        """What a contact of a row counts as at a vendor, by measure."""
        usage = self.usages[row, vendor]
        return {**dict(enumerate(usage.units)), HANDLED_CONTACTS: usage.handled}


def split_case(center: Center, volumes: Volumes) -> SplitCase:
    """What a plan for the `volumes` of a center rests on.

    Raises
    ------
    InputError
        Naming what a plan cannot model: a queue that the center does not know, one whose types differ, agents
        who serve several at once, a limit to concentration, money caps, terms that no volume tells.
    """
    _check(center, volumes)
    ways = ways_out(center, volumes)
    taken = (volumes.volume > 0.0) & np.array([way != "nobody" for way in ways.ways])
    rows = np.flatnonzero(taken)
    if not len(rows):
        raise InputError("forecast", "no contact that anybody may take", "contacts in open hours")
    begins = instants(center, volumes.starts)[rows]
    size = len(volumes.volume)
    day, alone = (
        np.zeros(size) if each is None else np.nan_to_num(each)
        for each in (volumes.day_cv, volumes.interval_cv)
    )
    open_to = ways.vendors[rows].copy()
    open_to[[ways.ways[row] == "kept" for row in rows.tolist()]] = False
    queues = tuple(volumes.queues[row] for row in rows.tolist())
    usages = _usages(center, queues, begins, volumes.seconds[rows], volumes.aht[rows], open_to)
    periods, period_of = _periods(center, begins, volumes.seconds[rows], open_to, usages)
    unmeasured = [
        f"{name}: service levels are nobody's yet: no credit and no bonus is in the plan"
        for name, vendor in center.vendors.items()
        if any(isinstance(term, ServiceCredits) for term in vendor.contract.terms)
    ]
    return SplitCase(
        center=center,
        volumes=volumes,
        rows=rows,
        begins=begins,
        seconds=volumes.seconds[rows],
        volume=volumes.volume[rows],
        aht=volumes.aht[rows],
        cv=both(day, alone)[rows],
        queues=queues,
        ways=ways,
        open_to=open_to,
        periods=periods,
        period_of=period_of,
        usages=usages,
        notes=(*ways.notes, *unmeasured),
    )


def _check(center: Center, volumes: Volumes) -> None:
    for queue in dict.fromkeys(volumes.queues):
        if queue not in center.queues:
            raise InputError(
                "forecast", f"queue {queue!r}", f"one of the center's: {', '.join(center.queues)}"
            )
        if len(center.queues[queue].at_once) > 1:
            found = "agents who serve several contacts at once"
            raise InputError(f"queues.{queue}", found, "one at a time: a plan has no rule for chats yet")
        types_of(center, queue)
    for queue in center.queues:
        if queue not in volumes.queues:
            raise InputError(
                "forecast", f"nothing of the queue {queue!r}", "volumes of every queue, or zeros"
            )
    if center.max_concentration < 1.0:
        raise InputError(
            "max_concentration", f"{center.max_concentration:g}", "1, and limits to shares of vendors instead"
        )
    for name, vendor in center.vendors.items():
        contract = vendor.contract
        for cap in ("cap_money_per_hour", "cap_money_per_day", "cap_money_per_period"):
            if getattr(contract, cap) is not None:
                raise InputError(
                    f"vendors.{name}.contract.{cap}", "a cap in money", "a cap in contacts or minutes"
                )
        if vendor.max_exposure is not None:
            raise InputError(
                f"vendors.{name}.max_exposure", f"{vendor.max_exposure:g}", "none: a plan has no rule for it"
            )


def _usages(
    center: Center,
    queues: tuple[str, ...],
    begins: Floats,
    seconds: Floats,
    aht: Floats,
    open_to: Flags,
) -> dict[tuple[int, int], PeriodUsage]:
    """What a contact adds to an empty usage; where a factor goes by the hour, the mean over its interval."""
    known: dict[tuple[int, str, float], PeriodUsage] = {}
    found = {}
    vendors = list(center.vendors.values())
    for row, place in np.argwhere(open_to).tolist():
        vendor, queue, mean = vendors[place], queues[row], float(aht[row])
        if vendor.contract.multipliers:
            found[row, place] = _moving(center, vendor, queue, mean, float(begins[row]), float(seconds[row]))
            continue
        if (place, queue, mean) not in known:
            usage = vendor.contract.usage()
            known[place, queue, mean] = usage.add(contact_at(center, vendor, queue, mean, begins[row]))
        found[row, place] = known[place, queue, mean]
    return found


def _moving(
    center: Center, vendor: Vendor, queue: str, aht: float, begin: float, seconds: float
) -> PeriodUsage:
    looks = [begin + passed for passed in np.arange(0.0, seconds, LOOK).tolist()]
    usage = vendor.contract.usage()
    for at in looks:
        usage = usage.add(contact_at(center, vendor, queue, aht, at), 1.0 / len(looks))
    return usage


def contact_at(center: Center, vendor: Vendor, queue: str, aht: float, at: float) -> BilledContact:
    """A contact of a queue as a vendor bills it, begun `at` an instant, of so many seconds in-house."""
    name = types_of(center, queue)[0]
    local = datetime.fromtimestamp(at, vendor.zone)
    quality = vendor.quality
    slower = vendor.contract.handle_time_factor(local.date())
    mean = aht * slower * (1.0 if quality is None else quality.handle_time_factor)
    law = vendor.handle_times or center.queues[queue].handle_times or Exponential(mean)
    return BilledContact(
        handle=scaled(law, mean / law.mean) if vendor.contract.depends_on_spread else mean,
        local=local if vendor.contract.multipliers else None,
        contact_type=name,
        channel=center.contact_types[name].channel,
        resolved=1.0 if quality is None else quality.resolution,
    )


def _periods(
    center: Center,
    begins: Floats,
    seconds: Floats,
    open_to: Flags,
    usages: Mapping[tuple[int, int], PeriodUsage],
) -> tuple[tuple[VendorPeriod, ...], Integers]:
    """The contract periods that the plan lies in, of contracts in force in it, even if nothing may go out."""
    first = windows(float(begins.min()), center.zone, "month").day
    # An hour into the day after: no change of the clock takes its midnight away.
    last = windows(float((begins + seconds).max()) - 1.0, center.zone, "month").day + 90_000.0 + 3600.0
    last = windows(last, center.zone, "month").day
    periods: list[VendorPeriod] = []
    period_of = np.full(open_to.shape, -1, dtype=np.int64)
    for place, (name, vendor) in enumerate(center.vendors.items()):
        mine = [row for row in range(len(begins)) if open_to[row, place]]
        lengths = {usages[row, place].handle_seconds / 60.0 / usages[row, place].handled for row in mine}
        alike = len(lengths) > 0 and max(lengths) - min(lengths) <= WHOLE * max(lengths)
        at = first
        while at < last:
            begin = windows(at, vendor.zone, vendor.contract.period).period
            end = period_end(begin, vendor.zone, vendor.contract.period)
            at = end
            share = open_share(vendor, begin, end, first, last)
            if share <= 0.0:
                continue
            starts = datetime.fromtimestamp(begin, vendor.zone).date()
            try:
                cost = period_cost(
                    vendor.contract,
                    begin=starts,
                    share=1.0 if math.isclose(share, 1.0, rel_tol=1e-9) else share,
                    minutes_per_contact=next(iter(lengths)) if alike else None,
                )
            except InputError as complaint:
                raise complaint.under(f"vendors.{name}.contract.") from None
            for row in mine:
                if begin <= begins[row] < end:
                    period_of[row, place] = len(periods)
            periods.append(VendorPeriod(name, starts, share, cost))
    return tuple(periods), period_of
