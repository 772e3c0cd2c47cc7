"""Simulate a center under one or several policies: replications, on one machine or many, with intervals.

What decides is the live router's kernel on the live router's tables; every policy meets the same contacts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from bporoute import _kernels
from bporoute._base.fields import did_you_mean
from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.errors import InputError, shown
from bporoute.estimates._confidence import enough
from bporoute.policies._composed import named_vendors
from bporoute.policies._looks import TEAM, looks_at
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label, policy_of
from bporoute.policies._thresholds import MarginalCost
from bporoute.routing._parts import check_center
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._engine._run import FloorRun
from bporoute.simulation._jobs._executor import available_cores, run_jobs
from bporoute.simulation._results import SimulatedPolicy, Simulation
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import DAY_CV, INTERVAL_CV, Arrivals
from bporoute.workload._day_shape import MEASURED_DAY
from bporoute.workload._schedule import Schedule, daily_schedule

if TYPE_CHECKING:
    from datetime import date

    from distributed import Client

MOST_DAYS = 3660
MOST_REPLICATIONS = 100_000
FEWEST_FOR_PRECISION = 5


class _Job(msgspec.Struct, frozen=True):
    """One replication of one policy."""

    center: Center
    policy: Policy
    arrivals: Arrivals
    schedule: Schedule
    scenario: Scenario
    seed: int
    replication: int
    paths: bool


def simulate(
    center: Center,
    arrivals: Arrivals | None = None,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    *,
    replications: int = 1,
    precision: float | None = None,
    seed: int = 1,
    schedule: Schedule | None = None,
    scenario: Scenario | None = None,
    paths: bool = False,
    workers: int | None = 1,
    scheduler: Client | str | None = None,
    progress: Callable[[float], object] | None = None,
) -> Simulation:
    """Run contacts through a center, as the live router would decide them.

    Parameters
    ----------
    center : Center
        What is configured; every vendor that tells its `Vendor.agents` is a team with a line, every other one
        answers after an exponential wait, `Vendor.expected_wait` on average.
    arrivals : Arrivals or None
        What arrives when. None: `usual_arrivals` of the center, today.
    policy : Policy, str, or a sequence of them
        What decides; default `MarginalCost`. Every policy meets the same contacts.
    replications : int
        How often everything is drawn anew.
    precision : float or None
        Relative half width of the 95 % interval of the cost per contact, for every policy: replications are
        added until it is reached, `replications` at most (then at least 5 are run). None: all are run.
    seed : int
        Of everything drawn. The same seed gives the same bits on one machine and version.
    schedule : Schedule or None
        Agents over time; None: the `Queue.schedule` of every queue in the center.
    scenario : Scenario or None
        What is assumed beside the center: handle times, patience, redials, outages, feeds.
    paths : bool
        Whether what becomes of each contact is kept; then memory grows with the contacts.
    workers : int or None
        Processes that run replications; None: one for each core. The results are the same.
    scheduler : distributed.Client, str or None
        A dask cluster that runs them instead, as a connected client or by its address; it needs bporoute
        too, and here ``pip install 'bporoute[dask]'``.
    progress : callable or None
        Told the share of the work that is done, in [0, 1], now and then; of all `replications`, which a
        `precision` may spare.

    Returns
    -------
    Simulation
        Ctrl-C ends it early: with the replications that every policy has finished, if there are any.

    Raises
    ------
    InputError
        If something given cannot be, or a queue has contacts and nobody who may ever serve them.
    KeyboardInterrupt
        If it was interrupted before every policy had finished a replication.

    Examples
    --------
    >>> from bporoute.simulation import demo_center
    >>> found = simulate(demo_center(), policy=["QueueLength(10)", "MarginalCost()"], replications=2)
    >>> [str(each.service_level()) for each in found.policies]  # doctest: +SKIP
    ['0.56 ± 0.32', '0.89 ± 0.09']
    >>> found.cheapest.policy
    MarginalCost()
    """
    check_center(center)
    policies = _policies(policy, center)
    scenario = Scenario() if scenario is None else scenario
    scenario.check(center)
    if not isinstance(replications, int) or not 1 <= replications <= MOST_REPLICATIONS:
        raise InputError(
            "replications", shown(replications), f"a whole number from 1 to {MOST_REPLICATIONS:,}"
        )
    if precision is not None and not 0.0 < precision < math.inf:
        raise InputError("precision", shown(precision), "a share above 0, such as 0.01")
    if arrivals is None:
        arrivals = usual_arrivals(center)
    if schedule is None:
        schedule = configured_schedule(center, float(arrivals.edges[0]), float(arrivals.edges[-1]) - 1.0)
    check_served(center, arrivals, schedule)

    # Of a replication what takes longest is begun first, so that nobody waits for it in the end.
    order = sorted(range(len(policies)), key=lambda place: looks_at(policies[place]) <= TEAM)

    def job(index: int) -> _Job:
        replication, turn = divmod(index, len(policies))
        return _Job(center, policies[order[turn]], arrivals, schedule, scenario, seed, replication, paths)

    runs: list[dict[int, FloorRun]] = [{} for _ in policies]
    found = Simulation(center, arrivals, scenario, seed, ())
    try:
        for begin, end in _rounds(replications, precision):
            jobs = [job(index) for index in range(begin * len(policies), end * len(policies))]
            share = replications * len(policies), progress
            for index, run in _run(jobs, begin * len(policies), workers, scheduler, share):
                replication, turn = divmod(index, len(policies))
                runs[order[turn]][replication] = run
            found = _found(found, policies, runs)
            if precision is not None and all(
                enough(each.cost_per_contact(), relative=precision, fewest=FEWEST_FOR_PRECISION)
                for each in found.policies
            ):
                break
    except KeyboardInterrupt:
        found = msgspec.structs.replace(_found(found, policies, runs), interrupted=True)
        if not found.policies or not found.policies[0].runs:
            raise
    return found


def usual_arrivals(center: Center, first_day: date | None = None, days: int = 1) -> Arrivals:
    """Arrivals over the measured shape of a day, as scattered as measured.

    Parameters
    ----------
    center : Center
        The `Queue.arrival_rate` of each queue is what its busiest half hour brings.
    first_day : date or None
        On the center's clocks; None: today.
    days : int
        How many, from 1 to 3,660.

    Raises
    ------
    InputError
        If no queue has a rate, or the days are no such number.

    Examples
    --------
    >>> from datetime import date
    >>> from bporoute.simulation import demo_center
    >>> [stream.name for stream in usual_arrivals(demo_center(), date(2026, 11, 23)).streams]
    ['service', 'sales']
    """
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise InputError("days", shown(days), f"a whole number of days from 1 to {MOST_DAYS}")
    if not any(queue.arrival_rate for queue in center.queues.values()):
        raise InputError("queues", "no arrival_rate", "an arrival_rate for a queue, or arrivals")
    start = datetime.now(center.zone).date() if first_day is None else first_day
    busiest = max(MEASURED_DAY.relative)
    return Arrivals.generated(
        center, start, days, scale=1.0 / busiest, day_cv=DAY_CV, interval_cv=INTERVAL_CV
    )


def configured_schedule(center: Center, first: float, last: float) -> Schedule:
    """The schedule of every queue in the center, on the local days from one epoch second to another."""
    without = [name for name, queue in center.queues.items() if not queue.schedule]
    if without:
        expected = "agents by time of day, or a schedule (--agents FILE)"
        raise InputError(f"queues.{without[0]}.schedule", "nothing", expected)
    return daily_schedule(
        {name: queue.schedule for name, queue in center.queues.items()},
        center.timezone,
        datetime.fromtimestamp(first, center.zone).date(),
        datetime.fromtimestamp(last, center.zone).date(),
        {name: queue.holidays for name, queue in center.queues.items()},
    )


def check_served(center: Center, arrivals: Arrivals, schedule: Schedule) -> None:
    """Complain of a queue whose contacts nobody may ever serve.

    Raises
    ------
    InputError
        Neither an agent in the schedule nor a vendor that takes the type.
    """
    for name in center.queues:
        if any(agents for _, agents in schedule.steps(name)):
            continue
        for stream in arrivals.streams:
            contact_type = center.contact_types.get(stream.contact.type)
            if contact_type is None or contact_type.queue != name:
                continue
            takers = (vendor.contact_types for vendor in center.vendors.values())
            if contact_type.sourcing == Sourcing.IN_HOUSE or not any(
                stream.contact.type in types for types in takers
            ):
                raise InputError(
                    f"queues.{name}",
                    f"contacts of type {stream.contact.type!r}, no agent at any time and no vendor for them",
                    "agents in the schedule, or a vendor that takes the type",
                )


def _policies(given: Policy | str | Sequence[Policy | str] | None, center: Center) -> tuple[Policy, ...]:
    if given is None:
        given = MarginalCost()
    several: Iterable[Policy | str]
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    policies = tuple(map(policy_of, several))
    if not policies:
        raise InputError("policy", "none", "at least one policy")
    for policy in policies:
        for name in named_vendors(policy):
            if name not in center.vendors:
                raise InputError(policy_label(policy), repr(name), did_you_mean(name, list(center.vendors)))
    return policies


def _rounds(replications: int, precision: float | None) -> Generator[tuple[int, int]]:
    """Ranges of replications between which somebody asks whether they are enough."""
    if precision is None:
        yield 0, replications
        return
    begin, end = 0, min(FEWEST_FOR_PRECISION, replications)
    while begin < replications:
        yield begin, end
        begin, end = end, min(end + max(end // 2, 1), replications)


def _run(
    jobs: Sequence[_Job],
    first: int,
    workers: int | None,
    scheduler: Client | str | None,
    share: tuple[int, Callable[[float], object] | None],
) -> Generator[tuple[int, FloorRun]]:
    """The results of the jobs, as they are finished, by their number from `first` on."""
    most, progress = share
    cores = available_cores() if workers is None else workers
    if scheduler is None and (cores == 1 or len(jobs) == 1):
        for place, job in enumerate(jobs):
            yield first + place, _here(job, first + place, most, progress)
        return
    if scheduler is None:
        _kernels.compile_floor()  # once, not in every process
    done = first
    processes = workers if scheduler is None else None  # a cluster has its own
    for place, run in run_jobs(replication, jobs, workers=processes, scheduler=scheduler):
        done += 1
        if progress is not None:
            progress(done / most)
        yield first + place, run


def replication(job: _Job) -> FloorRun:
    """One replication of one policy; what other processes run."""
    floor = _floor(job)
    for _ in floor.run():
        pass
    return floor.result()


def _here(job: _Job, number: int, most: int, progress: Callable[[float], object] | None) -> FloorRun:
    floor, decided, expected = _floor(job), 0, max(job.arrivals.expected, 1.0)
    for contacts in floor.run():
        decided += contacts
        if progress is not None:
            progress((number + min(decided / expected, 1.0)) / most)
    return floor.result()


def _floor(job: _Job) -> Floor:
    _kernels.warmup()
    return Floor(
        job.center,
        job.policy,
        job.arrivals,
        job.schedule,
        job.scenario,
        seed=job.seed,
        replication=job.replication,
        paths=job.paths,
    )


def _found(before: Simulation, policies: Sequence[Policy], runs: Sequence[dict[int, FloorRun]]) -> Simulation:
    """What every policy has finished, so that they are compared on the same replications."""
    finished = sorted(set.intersection(*(set(each) for each in runs)))
    return msgspec.structs.replace(
        before,
        policies=tuple(
            SimulatedPolicy(before.center, policy, tuple(each[number] for number in finished))
            for policy, each in zip(policies, runs, strict=True)
        ),
    )
