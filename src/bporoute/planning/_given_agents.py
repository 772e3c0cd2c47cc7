"""What agents who are given yield: service by interval and day, and where they are too few or too many."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.center._targets import COUNTINGS, Blocking
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._course import PARTS, courses
from bporoute.planning._requirement import scatter
from bporoute.planning._staffing_plan import Plan
from bporoute.queueing._required_agents import gamma_factor
from bporoute.simulation._service import Service, ratio
from bporoute.workload._schedule import Schedule

DRAWS = 12
"""Courses that volumes may take, equally probable in their days and intervals."""
LOW, HIGH = 0.1, 0.9
"""Shares of the courses below and up to which a level lies."""


class GivenDay(msgspec.Struct, frozen=True):
    """A queue over a day, or over all days, with the agents that it has.

    Attributes
    ----------
    queue : str
        Whose it is.
    day : date or None
        None: all days.
    volume : float
        Contacts.
    hours, required_hours : float
        Agent-hours that are given, and that the plan requires.
    short_hours, over_hours : float
        Of the intervals with too few agents how many are missing, of the others how many more there are.
    service : Service
        If the volumes come as forecast.
    low, high : float
        Between which the service level lies on four of five such days; nan: the volumes are certain, or
        nobody comes.
    met : float
        Share of such days on which all targets are met.

    Of all days together, `low`, `high` and `met` are still about single days: those on which somebody comes.
    """

    queue: str
    day: date | None
    volume: float
    hours: float
    required_hours: float
    short_hours: float
    over_hours: float
    service: Service
    low: float
    high: float
    met: float


class GivenAgents(msgspec.Struct, frozen=True, eq=False):
    """What given agents yield; the arrays are in the order of the plan's volumes.

    Attributes
    ----------
    plan : Plan
        What would be required.
    agents : array
        Agents who are there, in the mean over the interval.
    service_level, asa, occupancy, abandonment : array
        If the volumes come as forecast; who waits when an interval ends is carried into the next.
    waiting : array
        How many wait at the end of the interval.
    low, high : array
        Between which the service level lies on four of five days; nan: the volumes are certain.
    days : tuple of GivenDay
        Each queue and day.
    wholes : tuple of GivenDay
        Each queue over all days.
    """

    plan: Plan
    agents: Floats
    service_level: Floats
    asa: Floats
    occupancy: Floats
    abandonment: Floats
    waiting: Floats
    low: Floats
    high: Floats
    days: tuple[GivenDay, ...]
    wholes: tuple[GivenDay, ...]

    @property
    def net(self) -> Floats:
        """Agents beyond those required; below 0: too few."""
        return self.agents - self.plan.required


def given_agents(
    plan: Plan,
    schedule: Schedule,
    zone: ZoneInfo,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> GivenAgents:
    """What the agents of a schedule yield for the volumes of a plan.

    Each queue is followed through its intervals as a chain of contacts present, by its rates and agents, with
    what is left waiting carried over. Volumes that are uncertain are drawn 12 times, spread evenly over what
    may come of each day and each interval.

    Parameters
    ----------
    plan : Plan
        The volumes, what is assumed and required.
    schedule : Schedule
        Who is there, and when.
    zone : ZoneInfo
        By whose clock the volumes are told.
    seed : int
        Of what is drawn.
    progress : function, optional
        Is told how many of the courses are done.

    Raises
    ------
    InputError
        The schedule says nothing of a queue of the volumes.

    Examples
    --------
    >>> from datetime import datetime
    >>> from bporoute.planning import Assumptions, staffing_plan
    >>> from bporoute.planning._assumptions import USUAL
    >>> from bporoute.workload import Volumes, daily_schedule
    >>> nine = datetime(2026, 11, 23, 9)
    >>> volumes = Volumes((nine,), ("sales",), np.array([100.0]), np.array([180.0]), np.array([1800.0]))
    >>> plan = staffing_plan(volumes, Assumptions((USUAL,), patience=120.0))
    >>> there = daily_schedule({"sales": {"09:00": 9}}, "UTC", nine.date(), nine.date())
    >>> found = given_agents(plan, there, ZoneInfo("UTC"))
    >>> found.net, found.service_level.round(2)
    (array([-3.]), array([0.6]))
    """
    volumes, size = plan.volumes, len(plan.volumes.volume)
    uncertain = bool((np.hypot(*scatter(volumes, plan.assumptions))[plan.load > 0.0] > 0.0).any())
    factors = _factors(plan, seed) if uncertain else np.ones((1, size))
    lines = courses(plan, schedule, zone)
    expected = np.zeros((size, len(PARTS)))
    drawn = np.zeros((len(factors), size, len(PARTS)))
    for line in lines:
        line.add(np.ones(size), expected)
        for number, row in enumerate(factors) if uncertain else ():
            line.add(row, drawn[number])
            if progress is not None:
                progress(1)
    there = np.zeros(size)
    for line in lines:
        line.add_agents(there)
    levels = np.stack([_levels(plan, each) for each in (drawn if uncertain else expected[None])])
    agents = np.divide(there, volumes.seconds)
    days, wholes = (
        _days(plan, agents, expected, drawn, uncertain, by_day=by_day) for by_day in (True, False)
    )
    part = dict(zip(PARTS, expected.T, strict=True))
    low, high = _band(levels, uncertain)
    slots = np.array([len(plan.assumptions.of(queue).at_once) for queue in volumes.queues])
    return GivenAgents(
        plan=plan,
        agents=agents,
        service_level=_levels(plan, expected),
        asa=_ratios(part["waited"], part["answered"]),
        occupancy=_ratios(part["busy"], there * slots),
        abandonment=_ratios(part["abandoned"], part["offered"]),
        waiting=part["waiting"],
        low=low,
        high=high,
        days=days,
        wholes=wholes,
    )


def _factors(plan: Plan, seed: int) -> Floats:
    """By which the volumes may be off: a row for each course, its days and intervals spread evenly."""
    chance = np.random.default_rng(seed)
    volumes = plan.volumes
    day, alone = scatter(volumes, plan.assumptions)
    share = (np.arange(DRAWS) + 0.5) / DRAWS
    places: dict[tuple[str, date], int] = {}
    numbers = [
        places.setdefault((queue, start.date()), len(places))
        for queue, start in zip(volumes.queues, volumes.starts, strict=True)
    ]
    of_day = chance.permuted(np.tile(share[:, None], len(places)), axis=0)[:, numbers]
    of_interval = chance.permuted(np.tile(share[:, None], len(numbers)), axis=0)
    drawn = gamma_factor(np.tile(day, (DRAWS, 1)), of_day) * gamma_factor(
        np.tile(alone, (DRAWS, 1)), of_interval
    )
    even: Floats = drawn
    return even


def _ratios(part: Floats, whole: Floats) -> Floats:
    shares: Floats = np.divide(part, whole, out=np.full(len(part), math.nan), where=whole > 1e-12)
    return shares


def _levels(plan: Plan, parts: Floats) -> Floats:
    """The service level of each interval, as its queue counts."""
    part = dict(zip(PARTS, parts.T, strict=True))
    level = np.full(len(parts), math.nan)
    for queue in dict.fromkeys(plan.volumes.queues):
        mine = plan.of_queue(queue)
        good, base = (
            sum((weight * part[name][mine] for name, weight in weights.items()), np.zeros(int(mine.sum())))
            for weights in COUNTINGS[plan.assumptions.of(queue).service_level.counting]
        )
        level[mine] = _ratios(good, base)
    return level


def _band(levels: Floats, uncertain: bool) -> tuple[Floats, Floats]:
    nothing = np.full(levels.shape[1], math.nan)
    if not uncertain:
        return nothing, nothing
    some = ~np.isnan(levels).any(axis=0)
    low, high = nothing, nothing.copy()
    low[some], high[some] = np.quantile(levels[:, some], (LOW, HIGH), axis=0)
    return low, high


def _days(
    plan: Plan, agents: Floats, expected: Floats, drawn: Floats, uncertain: bool, *, by_day: bool
) -> tuple[GivenDay, ...]:
    volumes = plan.volumes
    spans: dict[tuple[str, date], list[int]] = {}
    for place, (queue, start) in enumerate(zip(volumes.queues, volumes.starts, strict=True)):
        spans.setdefault((queue, start.date()), []).append(place)
    told: dict[tuple[str, date | None], list[list[int]]] = {}
    for (queue, day), span in spans.items():
        told.setdefault((queue, day if by_day else None), []).append(span)
    courses = drawn if uncertain else expected[None]
    return tuple(
        _given_day(plan, agents, expected, courses, uncertain, queue, day, mine)
        for (queue, day), mine in told.items()
    )


def _given_day(
    plan: Plan,
    agents: Floats,
    expected: Floats,
    drawn: Floats,
    uncertain: bool,
    queue: str,
    day: date | None,
    spans: Sequence[Sequence[int]],
) -> GivenDay:
    """A queue over a day, or over all: `spans` are the places of each."""
    own, volume = plan.assumptions.of(queue), plan.volumes.volume
    mine = [place for span in spans for place in span]
    hours = plan.volumes.seconds / 3600.0
    net = ((agents - plan.required) * hours)[mine]

    def served(parts: Floats, span: Sequence[int]) -> tuple[Service, bool]:
        return _service(parts[span].sum(axis=0), own, float((agents * hours)[span].sum()))

    busy = [span for span in spans if volume[span].sum() > 0.0] or spans
    services = [served(parts, span) for span in busy for parts in drawn]
    levels = [each.service_level for each, _ in services if not math.isnan(each.service_level)]
    low, high = np.quantile(levels, (LOW, HIGH)) if uncertain and levels else (math.nan, math.nan)
    return GivenDay(
        queue=queue,
        day=day,
        volume=float(volume[mine].sum()),
        hours=float((agents * hours)[mine].sum()),
        required_hours=float((plan.required * hours)[mine].sum()),
        short_hours=float(np.maximum(-net, 0.0).sum()),
        over_hours=float(np.maximum(net, 0.0).sum()),
        service=served(expected, mine)[0],
        low=float(low),
        high=float(high),
        met=float(np.mean([met for _, met in services])),
    )


def _service(sums: Floats, own: Assumptions, hours: float) -> tuple[Service, bool]:
    """How contacts of which these are the sums were served, and whether that meets all targets."""
    part = dict(zip(PARTS, sums.tolist(), strict=True))
    good, base = (
        sum(weight * part[name] for name, weight in weights.items())
        for weights in COUNTINGS[own.service_level.counting]
    )
    lost = part["abandoned"] + part["blocked"]
    service = Service(
        service_level=ratio(good, base),
        asa=ratio(part["waited"], part["answered"]),
        abandonment=ratio(lost, part["offered"]),
        occupancy=ratio(part["busy"], hours * 3600.0 * len(own.at_once)),
    )
    met = part["offered"] == 0.0 or all(
        part["blocked"] <= target.probability * part["offered"]
        if isinstance(target, Blocking)
        else service.meets(target)
        for target in own.targets
    )
    return service, met
