"""Underflow: which quiet hours of a week to hand over whole to a vendor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.fields import did_you_mean
from bporoute._base.ranges import PEOPLE, Range
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.planning._asked import Asked, assumptions_of
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._handover_case import Case
from bporoute.planning._handover_notes import notes_of
from bporoute.planning._handover_plan import Answer, HandoverPlan, WeekOut
from bporoute.planning._may_take import Hours, check_may_take, hours_of, local_days, types_of
from bporoute.planning._saving_interval import saving_interval
from bporoute.planning._staffing_plan import staffing_plan
from bporoute.planning._vendor_bill import vendor_bill
from bporoute.planning._wages import Wages, wages_paid
from bporoute.planning._week import WEEK, Week, week_of
from bporoute.planning._windows import ALWAYS, windows_of
from bporoute.queueing._required_agents import scheduled_agents
from bporoute.workload._volumes import ONLY_QUEUE, Volumes

USUAL_WINDOW, USUAL_CREW = 2 * 3600.0, 4 * 3600.0
"""Seconds that a window, and a crew between two windows, lasts at least."""
LENGTH = Range(60.0, 7 * 86_400.0, below=False)
MOST_STEPS = 400
"""Slots of a window and a crew together, as far as they are counted."""


def handover(
    center: Center,
    volumes: Volumes,
    vendor: str,
    wages: Wages,
    *,
    queue: str | None = None,
    assumptions: Assumptions | None = None,
    least_window: float = USUAL_WINDOW,
    least_crew: float = USUAL_CREW,
    least_agents: float = 1,
    same_all_days: bool = False,
) -> HandoverPlan:
    """Find the windows of the week in which a queue is cheapest handed over whole to a vendor.

    An interval that stays costs the wages of the agents that its targets need, one that goes out the expected
    price of its contacts under the vendor's contract at that hour. Agents grow less than the volume, so that
    quiet hours, nights and holidays are dear at home. The cheapest windows of an average week are found
    exactly, for a week that begins anew when it is over.

    Parameters
    ----------
    center : Center
        With the queue, its hours and targets, and the vendor.
    volumes : Volumes
        A forecast of one week or more, in intervals of one length.
    vendor : str
        Who would take it.
    wages : Wages
        What an hour of an agent costs, with premiums.
    queue : str, optional
        Whose hours are handed over. Default: the only one of the forecast.
    assumptions : Assumptions, optional
        What agents are needed for. Default: as the center says.
    least_window, least_crew : float
        Seconds that a window lasts at least, and that a crew works at least between two windows; shorter only
        where the queue closes on both sides of it. From a minute to a week.
    least_agents : float
        Agents who are there at least while the queue is open and not handed over.
    same_all_days : bool
        Whether the windows are the same on all days.

    Returns
    -------
    HandoverPlan
        Also "nothing" and "everything" are answers.

    Raises
    ------
    InputError
        A name that is not known; a forecast without the queue, with gaps or for less than a week; a vendor
        that may not take the contacts, is never open, or whose contract is not in force on all days.

    Examples
    --------
    >>> from datetime import datetime
    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> night = Vendor(country="EE", timezone="UTC", contact_types=("desk",),
    ...                contract=Contract(price_per_contact=8.0))
    >>> center = Center(queues={"desk": Queue(aht=240, patience=180)}, vendors={"night": night},
    ...                 contact_types={"desk": ContactType(queue="desk")})
    >>> starts = [datetime(2026, 11, 23 + day, hour) for day in range(7) for hour in range(24)]
    >>> volume = np.array([2.0 if start.hour < 7 else 60.0 for start in starts])
    >>> week = Volumes(tuple(starts), ("desk",) * 168, volume, np.full(168, 240.0), np.full(168, 3600.0))
    >>> found = handover(center, week, "night", Wages(30.0, "EUR"))
    >>> found.windows, round(found.saving, 2), found.released_hours
    (('daily 00:00-07:00',), 866.0, 55.0)
    """
    for where, seconds in (("least_window", least_window), ("least_crew", least_crew)):
        LENGTH.check(where, seconds, "seconds")
    PEOPLE.check("least_agents", least_agents)
    if vendor not in center.vendors:
        raise InputError("vendor", repr(vendor), did_you_mean(vendor, list(center.vendors)))
    mine = _of_queue(volumes, center, queue)
    name = mine.queues[0]
    types = types_of(center, name)
    week = week_of(mine, center)
    check_may_take(center, vendor, types, local_days(center.vendors[vendor], center, mine))
    there = hours_of(center.vendors[vendor], vendor, center, mine)
    assumed = assumptions_of(Asked(), {}, center) if assumptions is None else assumptions
    staffing = staffing_plan(mine, assumed, week.open)
    needed = np.where(week.open, np.maximum(staffing.required, least_agents), 0.0)
    agents = scheduled_agents(needed, staffing.shrinkage)
    case = Case(
        week=week,
        staffing=staffing,
        needed=needed,
        agents=agents,
        wages=wages_paid(mine, agents, wages),
        bill=vendor_bill(center, vendor, types, mine, week.open),
        there=there,
        possible=_possible(center, vendor, mine, week, there, needed),
        least=_least(week, least_crew, least_window),
        same_all_days=same_all_days,
        paid_more=frozenset(day for premium in wages.premiums for day in premium.days),
    )
    return _told(center, vendor, types, case)


def _of_queue(volumes: Volumes, center: Center, queue: str | None) -> Volumes:
    """The intervals of one queue."""
    known = list(dict.fromkeys(volumes.queues))
    if queue is None and known == [ONLY_QUEUE] and len(center.queues) == 1:
        queue = next(iter(center.queues))
    if queue is None and len(known) > 1:
        raise InputError("queue", "none", f"one of the queues of the forecast: {', '.join(known)}")
    name = known[0] if queue is None else queue
    if name not in center.queues:
        where, found = ("volumes", f"the queue {name!r}") if queue is None else ("queue", repr(name))
        raise InputError(where, found, did_you_mean(name, list(center.queues)))
    if known == [ONLY_QUEUE] and name not in known:
        return msgspec.structs.replace(volumes, queues=(name,) * len(volumes.queues))
    places = [place for place, whose in enumerate(volumes.queues) if whose == name]
    if not places:
        raise InputError("volumes", f"no rows of the queue {name!r}", f"rows of it beside {', '.join(known)}")
    arrays = ("volume", "aht", "seconds", "day_cv", "interval_cv", "update_weight", "shrinkage")
    told = {field: getattr(volumes, field) for field in arrays}
    return msgspec.structs.replace(
        volumes,
        starts=tuple(volumes.starts[place] for place in places),
        queues=(name,) * len(places),
        **{field: None if values is None else values[places] for field, values in told.items()},
    )


def _possible(
    center: Center, vendor: str, volumes: Volumes, week: Week, there: Hours, needed: Floats
) -> Flags:
    """Slots that can be handed over: the vendor is open, and large enough for the same targets."""
    whom, name = center.vendors[vendor], volumes.queues[0]
    contract, comes = whom.contract, week.open & (volumes.volume > 0.0)
    if not comes.any():
        raise InputError(f"volumes of {name}", "no contacts while it is open", "some contacts")
    largest = np.array([_room(whom.capacity, contract.capacity_on(start.date())) for start in volumes.starts])
    hourly = math.inf if contract.cap_per_hour is None else contract.cap_per_hour
    at_once = needed * center.queues[name].concurrency
    large_enough = (at_once <= largest) & (3600.0 * volumes.volume / volumes.seconds <= hourly)
    fits = ~week.open | there.holiday | (there.open & ((volumes.volume == 0.0) | large_enough))
    found = np.ones(len(week.taken), dtype=bool)
    found[week.slot[~fits]] = False
    if not (there.open & comes).any():
        told = ", ".join(whom.hours) or "holidays"
        expected = f"hours in which contacts of {name} come"
        raise InputError(f"vendors.{vendor}.hours", f"{told}, never open then", expected)
    return found


def _room(*limits: int | None) -> float:
    return min((limit for limit in limits if limit is not None), default=math.inf)


def _least(week: Week, crew: float, window: float) -> tuple[int, int]:
    slots = tuple(math.ceil(seconds / (60.0 * week.minutes) - 1e-9) for seconds in (crew, window))
    if sum(slots) > MOST_STEPS:
        expected = f"lengths of {MOST_STEPS} intervals together at most, or longer intervals"
        raise InputError("least_crew", f"{sum(slots)} intervals of a crew and a window", expected)
    return slots[0], slots[1]


def _told(center: Center, vendor: str, types: tuple[str, ...], case: Case) -> HandoverPlan:
    """The cheapest windows, and what they are worth."""
    chosen, prices = case.solved()
    staffing = case.staffing
    week, bill, volumes = case.week, case.bill, staffing.volumes
    none = np.zeros(len(chosen), dtype=bool)
    owed_anyway, in_house = bill.owed(case.times(none)), float(week.mean(case.wages).sum())
    cost = case.cost(chosen) - owed_anyway
    out = week.by_interval(chosen) & case.goes
    all_of_it = (case.possible | ~week.taken).all()
    everything = case.cost(week.taken) - owed_anyway if all_of_it else None
    answer: Answer = "nothing" if not chosen.any() else "windows"
    if (chosen | ~week.taken).all() and chosen.any():
        answer = "everything"
    vendor_cost = bill.owed(case.times(chosen)) - owed_anyway
    below, above = saving_interval(staffing, prices, out, week)
    paid = case.agents * volumes.seconds / 3600.0
    comes = np.where(week.open, volumes.volume, 0.0)
    kept = comes * ~out
    level = staffing.service_level
    stays = (kept > 0.0) & ~np.isnan(level)
    saving = in_house - cost
    found = HandoverPlan(
        queue=volumes.queues[0],
        vendor=vendor,
        contact_types=types,
        answer=answer,
        windows=_windows(answer, chosen, case),
        staffing=staffing,
        week=week,
        needed=case.needed,
        agents=case.agents,
        wages=case.wages,
        prices=np.where(week.by_interval(case.possible) & case.goes, prices, np.nan),
        out=out,
        in_house=in_house,
        everything=everything,
        cost=cost,
        vendor_cost=vendor_cost,
        owed_anyway=owed_anyway,
        saving_low=saving + below,
        saving_high=saving + above,
        contacts=float(week.mean(comes).sum()),
        contacts_out=float(week.mean(comes * out).sum()),
        hours=float(week.mean(paid).sum()),
        released_hours=float(week.mean(paid * out).sum()),
        service_level=float(level[stays] @ kept[stays] / kept[stays].sum()) if stays.any() else math.nan,
        weeks=tuple(_weeks(volumes, comes, out)),
        exact=not bill.moves_with_volume,
    )
    return msgspec.structs.replace(found, notes=tuple(notes_of(center, found, case)))


def _windows(answer: Answer, chosen: Flags, case: Case) -> tuple[str, ...]:
    if answer == "everything":
        return (ALWAYS,)
    if case.same_all_days:
        return windows_of(np.tile(chosen.reshape(WEEK, case.week.per_day).any(axis=0), WEEK))
    return windows_of(chosen)


def _weeks(volumes: Volumes, comes: Floats, out: Flags) -> Iterator[WeekOut]:
    found: dict[date, tuple[float, float]] = {}
    for start, contacts, goes in zip(volumes.starts, comes.tolist(), out.tolist(), strict=True):
        monday = start.date() - timedelta(days=start.weekday())
        came, went = found.get(monday, (0.0, 0.0))
        found[monday] = came + contacts, went + contacts * goes
    for monday, (came, went) in sorted(found.items()):
        yield WeekOut(monday, came, went)
