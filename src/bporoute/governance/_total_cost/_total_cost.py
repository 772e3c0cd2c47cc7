"""Total cost of ownership: in-house work, today's mix and offers over the same term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags
from bporoute._base.fields import converted, did_you_mean
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._start_up import Ramp
from bporoute.contracts._whole_bill import Currency, Indexation
from bporoute.errors import InputError
from bporoute.governance._total_cost._costs import (
    IN_HOUSE,
    TODAY,
    USUAL_IN_HOUSE,
    USUAL_OFFER,
    USUAL_TODAY,
    Cost,
    Costs,
    Month,
    vendor_of,
    yearly,
)
from bporoute.governance._total_cost._invoices import Billed, Supply, invoiced
from bporoute.governance._total_cost._queues import (
    OwnTeam,
    OwnWork,
    QueueForecast,
    goes_to,
    may_take,
    queues_of,
    takes,
)
from bporoute.governance._total_cost._term import Taken, TermMonth, months_of, taken_in
from bporoute.governance._total_cost._ways import Kind, SourcingWay, TotalCost, WayLine
from bporoute.planning._asked import Asked, assumptions_of
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._wages import Wages
from bporoute.queueing._required_agents import gamma_factor
from bporoute.workload._volumes import Volumes

EXIT = "exit"
ONE_OF_TEN = 0.1


class _Part(NamedTuple):
    """A vendor in a way."""

    name: str
    vendor: Vendor
    share: float
    attrition: float | None = None
    resolution: float | None = None
    rate_change: float | None = None


class _Plan(NamedTuple):
    """A way before it is reckoned."""

    name: str
    parts: tuple[_Part, ...]
    costs: Mapping[str, Cost]
    not_told: tuple[str, ...]


class _Supplied(NamedTuple):
    """A vendor in a way, and what it gets."""

    part: _Part
    goes: tuple[Flags, ...]
    taken: tuple[Taken, ...]
    barred: tuple[str, ...]
    billed: Billed


class _Drivers(NamedTuple):
    """What lines are paid by, of each month; None: not told."""

    contacts: tuple[float, ...]
    unresolved: tuple[float, ...] | None
    jobs: tuple[float, ...]
    hires: tuple[float, ...]
    releases: tuple[float, ...]


def total_cost(
    center: Center,
    volumes: Volumes,
    costs: Costs,
    *,
    months: int = 36,
    assumptions: Assumptions | None = None,
) -> TotalCost:
    """What in-house work, today's mix and each offer cost, month by month.

    A month is so many average weeks of the forecast as it has days. What stays is staffed as
    `bporoute.planning.staffing_plan` does and paid by the wages; what goes out is billed by the contract,
    period by period, with the ramp, the trial, and balances that it carries. All else is a line of the costs;
    a usual line that nobody tells is named in `SourcingWay.not_told` and is in no sum.

    Parameters
    ----------
    center : Center
        With the vendors that offers and today's mix name.
    volumes : Volumes
        A forecast of a week or more.
    costs : Costs
        What neither knows.
    months : int
        Length of the term, 1 to 240.
    assumptions : Assumptions, optional
        What the staffing is made for; None: what the center says.

    Raises
    ------
    InputError
        Another currency, a queue that is not known, a forecast with holes, or a number out of range. An
        offer that cannot be told is in `TotalCost.left_out`.

    Examples
    --------
    A desk of ten contacts an hour, day and night, and a vendor that would take half of them:

    >>> from datetime import date, datetime
    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> from bporoute.governance import Cost, Costs, InHouseCosts, Offer
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("desk",),
    ...               contract=Contract(price_per_contact=3.0))
    >>> center = Center(queues={"desk": Queue(aht=300)}, contact_types={"desk": ContactType(queue="desk")},
    ...                 vendors={"nord": nord})
    >>> starts = tuple(datetime(2026, 11, 30 - 7 + day, hour) for day in range(7) for hour in range(24))
    >>> week = Volumes(starts, ("desk",) * 168, np.full(168, 10.0), np.full(168, 300.0), np.full(168, 3600.0))
    >>> offer = Offer(vendor="nord", share=0.5, costs={"transition": Cost(once=10_000)})
    >>> costs = Costs(currency="EUR", in_house=InHouseCosts(wage=20.0), offers={"nord": offer},
    ...               start=date(2027, 1, 1))
    >>> found = total_cost(center, week, costs, months=12)
    >>> [(way.name, round(way.total)) for way in found.ways]
    [('in_house', 525600), ('nord', 491800)]
    >>> found.break_even(found.way("nord")).month, found.way("nord").not_told[0]
    (3, 'training')
    """
    months = converted(months, Month, "months")
    if costs.currency != center.currency:
        expected = f"the currency of the center, {center.currency}, in which vendors are paid"
        raise InputError("currency", costs.currency, expected)
    start = costs.start or min(volumes.starts).date().replace(day=1)
    term = months_of(start, months)
    found = _reckoned(center, volumes, costs, term, assumptions, 1.0)
    if not costs.volume_cv:
        return found
    off = np.array([costs.volume_cv])
    factors = [float(gamma_factor(off, share)[0]) for share in (ONE_OF_TEN, 1.0 - ONE_OF_TEN)]
    others = tuple(
        (factor, _reckoned(center, volumes, costs, term, assumptions, factor)) for factor in factors
    )
    return msgspec.structs.replace(found, at_volumes=others)


def _reckoned(
    center: Center,
    volumes: Volumes,
    costs: Costs,
    months: tuple[TermMonth, ...],
    assumptions: Assumptions | None,
    level: float,
) -> TotalCost:
    """All ways if the volume is at a level of the forecast."""
    reckoning = _Reckoning(center, volumes, costs, months, assumptions, level)
    plans, left_out = _plans(center, costs)
    ways: list[SourcingWay] = []
    for plan in sorted(plans, key=lambda plan: plan.name != TODAY):  # jobs change from those of today
        try:
            ways.append(reckoning.way(plan))
        except InputError as failure:
            left_out[plan.name] = str(failure)
    ways.sort(key=lambda way: way.name != IN_HOUSE)
    return TotalCost(
        currency=costs.currency,
        months=months,
        ways=tuple(ways),
        left_out=left_out,
        full_time=costs.full_time,
        notes=tuple(_notes(center, costs, reckoning)),
    )


def _plans(center: Center, costs: Costs) -> tuple[list[_Plan], dict[str, str]]:
    """The ways in the order in which they are told, and those whose vendors nobody knows."""
    plans, left_out = [_Plan(IN_HOUSE, (), {}, ())], {}
    if costs.today is not None:
        told = costs.today
        for name in told.shares:
            if name not in center.vendors:
                left_out[TODAY] = (
                    f"today.shares: found {name!r}; expected {did_you_mean(name, [*center.vendors])}"
                )
        if sum(told.shares.values()) > 1.0 + 1e-9:
            left_out[TODAY] = (
                f"today.shares: found {sum(told.shares.values()):g} together; expected at most 1"
            )
        if TODAY not in left_out:
            parts = tuple(_Part(name, center.vendors[name], share) for name, share in told.shares.items())
            plans.append(_Plan(TODAY, parts, told.costs, costs.not_told(told.costs, USUAL_TODAY)))
    for name, offer in costs.offers.items():
        try:
            vendor = vendor_of(offer, center.vendors, name)
        except InputError as failure:
            left_out[name] = str(failure)
            continue
        part = _Part(
            offer.vendor or name,
            vendor,
            offer.share,
            offer.attrition,
            offer.resolution,
            offer.exchange_rate_change,
        )
        terms = vendor.contract.terms
        not_told = list(costs.not_told(offer.costs, USUAL_OFFER))
        if not any(isinstance(term, Ramp) for term in terms):
            not_told.append("ramp and learning (a term 'ramp' of the contract)")
        elif offer.attrition is None:
            not_told.append("attrition of its people")
        if offer.exchange_rate_change is None and any(isinstance(term, Currency) for term in terms):
            not_told.append("exchange_rate_change")
        plans.append(_Plan(name, (part,), offer.costs, tuple(not_told)))
    return plans, left_out


class _Reckoning:
    """All ways rest on the same months, forecast and team."""

    def __init__(
        self,
        center: Center,
        volumes: Volumes,
        costs: Costs,
        months: tuple[TermMonth, ...],
        assumptions: Assumptions | None,
        level: float,
    ) -> None:
        own = costs.in_house
        self.center, self.costs, self.months = center, costs, months
        self.queues: tuple[QueueForecast, ...] = queues_of(center, volumes)
        assumed = assumptions_of(Asked(), {}, center) if assumptions is None else assumptions
        self._team = OwnTeam(self.queues, assumed, Wages(own.wage, costs.currency, own.premiums))
        self._growth = tuple(level * yearly(costs.volume_growth, month.number) for month in months)
        self._before: float | None = None

    def way(self, plan: _Plan) -> SourcingWay:
        """A way; jobs change from those that the first one asked for begins with."""
        supplied = [self._supplied(plan, part) for part in plan.parts]
        works = self._own_work(supplied)
        weeks = [month.weeks for month in self.months]
        jobs = tuple(work.hours / self.costs.full_time for work in works)
        if self._before is None:
            self._before = jobs[0]
        a_week = sum(queue.contacts for queue in self.queues)
        contacts = tuple(a_week * factor * week for factor, week in zip(self._growth, weeks, strict=True))
        out = tuple(sum(each.billed.contacts[at] for each in supplied) for at in range(len(weeks)))
        kept = tuple(whole - gone for whole, gone in zip(contacts, out, strict=True))
        own_resolved = _times(kept, self._own_resolution())
        vendor_resolved = [_times(each.billed.contacts, _resolution(each.part)) for each in supplied]
        hires, releases = self._staff_changes(jobs)
        not_told = list(plan.not_told)
        own_costs, wage = self.costs.in_house.costs, self.costs.in_house.wage_growth
        money = [
            work.wages * week * yearly(wage, month.number)
            for work, week, month in zip(works, weeks, self.months, strict=True)
        ]
        lines = [WayLine("wages", "wages", tuple(money))]
        lines += [
            WayLine(f"invoices of {each.part.name}", "invoices", each.billed.money) for each in supplied
        ]
        drivers = _Drivers(kept, _rest(kept, own_resolved), jobs, hires, releases)
        lines += self._lines("in-house: ", own_costs, drivers, not_told)
        gone = _sum(vendor_resolved, out)
        lines += self._lines(
            "", plan.costs, drivers._replace(contacts=out, unresolved=_rest(out, gone)), not_told
        )
        not_told += [f"in-house: {name}" for name in self.costs.not_told(own_costs, USUAL_IN_HOUSE)]
        if self.costs.in_house.attrition is None:
            not_told.append("in-house: attrition")
        resolved = _sum([own_resolved, *vendor_resolved], contacts)
        if resolved is None:
            not_told.append("resolution: cost per resolved contact")
        return SourcingWay(
            name=plan.name,
            vendors=tuple(part.name for part in plan.parts),
            lines=tuple(lines),
            not_told=tuple(not_told),
            contacts=contacts,
            contacts_out=out,
            resolved=resolved,
            hours=tuple(work.hours * week for work, week in zip(works, weeks, strict=True)),
            jobs=jobs,
            variance=tuple(
                sum(each.billed.variance[at] for each in supplied) for at in range(len(self.months))
            ),
            notes=tuple(note for each in supplied for note in self._part_notes(each)),
        )

    def _supplied(self, plan: _Plan, part: _Part) -> _Supplied:
        vendor = part.vendor
        where = f"{'offers.' * (plan.name != TODAY)}{plan.name}"
        try:
            center = msgspec.structs.replace(self.center, vendors={**self.center.vendors, part.name: vendor})
        except InputError as failure:
            raise failure.under(f"{where}: ") from None
        goes: list[Flags] = []
        types: list[str] = []
        for queue in self.queues:
            if takes(vendor, queue):
                types += queue.types
                goes.append(goes_to(center, part.name, queue))
            else:
                goes.append(np.zeros(len(queue.volumes.starts), dtype=bool))
        if not types:
            found = f"contacts of {', '.join(vendor.contact_types)}"
            expected = (
                f"all contact types of a queue of the forecast ({', '.join(q.name for q in self.queues)})"
            )
            raise InputError(f"{where}.contact_types", found, expected)
        barred = [may_take(center, part.name, types, month.first) for month in self.months]
        if all(barred):
            raise InputError(where, barred[0], "a vendor that may take the contacts")
        taken = [
            taken_in(vendor, 0.0 if why else part.share, part.attrition, month)
            for why, month in zip(barred, self.months, strict=True)
        ]
        supply = Supply(
            center, part.name, self.queues, tuple(goes), tuple(taken), self._growth, part.rate_change
        )
        try:
            billed = invoiced(supply, self.months, self._team)
        except InputError as failure:
            raise failure.under(f"{where}: ") from None
        return _Supplied(part, tuple(goes), tuple(taken), tuple(barred), billed)

    def _own_work(self, supplied: list[_Supplied]) -> list[OwnWork]:
        found = []
        for at, factor in enumerate(self._growth):
            kept = [
                factor
                * np.maximum(
                    1.0 - sum((each.taken[at].share * each.goes[place] for each in supplied), np.zeros(1)),
                    0.0,
                )
                * np.ones(len(queue.volumes.starts))
                for place, queue in enumerate(self.queues)
            ]
            found.append(self._team.week(kept))
        return found

    def _own_resolution(self) -> float | None:
        """The share that one's own people resolve: as told, else that of the queues, if they tell one."""
        if self.costs.in_house.resolution is not None:
            return self.costs.in_house.resolution
        told = [self.center.queues[queue.name].resolution for queue in self.queues]
        if any(share == 1.0 for share in told):  # that is what a queue says of which nobody told
            return None
        weights = [queue.contacts for queue in self.queues]
        return sum(share * weight for share, weight in zip(told, weights, strict=True)) / sum(weights)

    def _staff_changes(self, jobs: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Jobs filled anew and given up in each month; where fewer are needed, who leaves is not replaced."""
        leaving = (self.costs.in_house.attrition or 0.0) / 12.0
        hires, releases = [], []
        before = jobs[0] if self._before is None else self._before
        for now in jobs:
            left = max(before * (1.0 - leaving), 0.0)
            hires.append(max(now - left, 0.0))
            releases.append(max(left - now, 0.0))
            before = now
        return tuple(hires), tuple(releases)

    def _lines(
        self, prefix: str, costs: Mapping[str, Cost], drivers: _Drivers, not_told: list[str]
    ) -> Iterator[WayLine]:
        """What is paid once, and what is paid on and on, of each line."""
        for name, cost in costs.items():
            one_off = [0.0] * len(self.months)
            if cost.once is not None:
                last = len(self.months)
                month = cost.month or (last if name == EXIT else 1)
                if month > last:
                    not_told.append(f"{prefix}{name}: due in month {month}, after the term")
                else:
                    one_off[month - 1] += cost.once
            running, unresolved = [0.0] * len(self.months), drivers.unresolved
            if cost.per_unresolved and unresolved is None:
                not_told.append(f"{prefix}{name}: by unresolved contacts, of which nobody told the share")
            by = (
                (cost.monthly, (1.0,) * len(self.months)),
                (cost.per_contact, drivers.contacts),
                (cost.per_unresolved, unresolved or (0.0,) * len(self.months)),
                (cost.per_job, drivers.jobs),
                (cost.per_hire, drivers.hires),
                (cost.per_release, drivers.releases),
            )
            for price, amounts in by:
                if price:
                    running = [sum_ + price * amount for sum_, amount in zip(running, amounts, strict=True)]
            recurs = any(price is not None for price, _ in by)
            kinds: tuple[tuple[Kind, list[float], bool], ...] = (
                ("one_off", one_off, cost.once is not None),
                ("running", running, recurs),
            )
            for kind, money, is_told in kinds:
                if is_told:
                    yield WayLine(f"{prefix}{name}", kind, tuple(money))

    def _part_notes(self, supplied: _Supplied) -> Iterator[str]:
        part, contract = supplied.part, supplied.part.vendor.contract
        for queue, goes in zip(self.queues, supplied.goes, strict=True):
            if not takes(part.vendor, queue):
                lacking = sorted(set(queue.types) - set(part.vendor.contact_types))
                yield f"{part.name} does not take {', '.join(lacking)}: all of {queue.name} stays in-house"
                continue
            closed = queue.week.open & ~goes
            shut = float(queue.week.mean(np.where(closed, queue.volumes.volume, 0.0)).sum())
            if shut > 0.0:
                yield (
                    f"{part.name} is closed for {100 * shut / queue.contacts:.1f} % of the contacts of "
                    f"{queue.name}: they stay in-house"
                )
        for month, why in zip(self.months, supplied.barred, strict=True):
            if why:
                yield f"{part.name} takes nothing from {month.first:%B %Y} on, or for a while: {why}"
                break
        waits = [
            month
            for month, each, why in zip(self.months, supplied.taken, supplied.barred, strict=True)
            if not each.share and not why
        ]
        if waits and part.share:
            names = ", ".join(f"{month.first:%b %Y}" for month in waits[:3])
            more = f" and {len(waits) - 3} more months" if len(waits) > 3 else ""
            yield f"{part.name} takes nothing in {names}{more}: not in force, or its people are in training"
        last = self.months[-1]
        if contract.end is not None and contract.end < last.each_day[-1]:
            yield f"the contract of {part.name} ends on {contract.end}: from then on all stays in-house"
        if any(isinstance(term, ServiceCredits) for term in contract.terms):
            yield f"{part.name}: service levels as agreed: no credit and no bonus"
        if not any(isinstance(term, Indexation) for term in contract.terms):
            yield f"{part.name}: prices as agreed today for the whole term, as the contract has no indexation"


def _resolution(part: _Part) -> float | None:
    quality = part.vendor.quality
    told = None if quality is None else quality.resolution
    return told if part.resolution is None else part.resolution


def _times(amounts: tuple[float, ...], share: float | None) -> tuple[float, ...] | None:
    """A share of each amount; of nothing nothing, whatever the share."""
    if share is None:
        return None if any(amounts) else amounts
    return tuple(share * amount for amount in amounts)


def _sum(parts: list[tuple[float, ...] | None], like: tuple[float, ...]) -> tuple[float, ...] | None:
    """The sums by month, of as many months as `like` has; None where one of the parts is not told."""
    whole = [0.0] * len(like)
    for part in parts:
        if part is None:
            return None
        whole = [before + more for before, more in zip(whole, part, strict=True)]
    return tuple(whole)


def _rest(whole: tuple[float, ...], part: tuple[float, ...] | None) -> tuple[float, ...] | None:
    if part is None:
        return None
    return tuple(everything - some for everything, some in zip(whole, part, strict=True))


def _notes(center: Center, costs: Costs, reckoning: _Reckoning) -> Iterator[str]:
    for name in center.queues:
        if all(name != queue.name for queue in reckoning.queues):
            yield f"nothing of the queue {name} is in the forecast, nor in the money"
    if costs.today is None:
        yield "today's mix: not told ([today] in the costs file)"
    if costs.volume_growth is None:
        yield "volume_growth: not told, so volumes stay as in the forecast"
    if costs.in_house.wage_growth is None:
        yield "wage_growth: not told, so wages stay as they are"
    if costs.volume_cv is None:
        yield "volume_cv: not told, so nothing says what a volume does that is off for the whole term"
    yield (
        "band: vendors' bills on four of five courses, by day_cv and interval_cv of the forecast and chance, "
        "which level out over months; wages are as planned"
    )
