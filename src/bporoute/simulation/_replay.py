"""Replay a day of calls under several policies and compare what each does to service and cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import HALF_HOUR
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.policies._rule import Policy
from bporoute.policies._shares import Share
from bporoute.policies._thresholds import (
    ExpectedWait,
    MarginalCost,
    NeverOverflow,
    OwnCost,
    QueueLength,
    ServedInTime,
)
from bporoute.queueing._durations import Duration
from bporoute.routing._decision import Decision
from bporoute.simulation._engine._engine import Floor, aims
from bporoute.simulation._engine._run import FloorRun
from bporoute.simulation._replay_bills import path_bills
from bporoute.simulation._replay_results import HalfHour, PolicyResult, VendorUse
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._service import counted, ratio, served
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._call_log import Call
from bporoute.workload._fitting import fit_handle_times, fit_patience
from bporoute.workload._schedule import Schedule

FEWEST_CALLS = 20
"""Calls that a half hour must have to count as the worst."""
TUNED_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 12, 20)
TUNED_WAITS = (5, 10, 20, 30, 45, 60, 90, 120)
TUNED_FACTORS = (1, 1.5, 2, 3, 4, 6, 8, 12)


class Replay(msgspec.Struct, frozen=True, eq=False):
    """Calls, agents and chance, ready to be run under any policy.

    Attributes
    ----------
    center : Center
        What is configured.
    calls : tuple of Call
        In order of arrival.
    arrivals : Arrivals
        The same calls, listed.
    schedule : Schedule
        Agents over time.
    scenario : Scenario
        How long unknown handle times and patience are.
    seed : int
        Of what is drawn, the same for every policy.

    Examples
    --------
    >>> from bporoute.simulation import demo_replay
    >>> replay = demo_replay(calls=400)
    >>> replay.run(QueueLength(4)).calls
    400
    """

    center: Center
    calls: tuple[Call, ...]
    arrivals: Arrivals
    schedule: Schedule
    scenario: Scenario
    seed: int

    def run(
        self,
        policy: Policy,
        *,
        watch: Callable[[Decision], None] | None = None,
        progress: Callable[[int], None] | None = None,
        tuned: bool = False,
    ) -> PolicyResult:
        """Run all calls under one policy.

        Parameters
        ----------
        policy : Policy
            Which rule decides.
        watch : callable or None
            Is shown every decision.
        progress : callable or None
            Is told how many more calls are decided, now and then.
        tuned : bool
            Only noted in the result.
        """
        _kernels.warmup()
        floor = Floor(
            self.center,
            policy,
            self.arrivals,
            self.schedule,
            self.scenario,
            seed=self.seed,
            paths=True,
            watch=watch,
            ids=[call.id for call in self.calls],
        )
        started = time.perf_counter()
        for decided in floor.run():
            if progress is not None:
                progress(decided)
        seconds = time.perf_counter() - started
        return _result(self, policy, tuned, floor.result(), len(self.calls) / seconds)

    def tune(
        self, candidates: Sequence[Policy], progress: Callable[[int], None] | None = None
    ) -> PolicyResult:
        """The one of `candidates` that would have cost least on these very calls: a bound set by hindsight.

        `progress` is as for `run`.
        """
        results = [self.run(policy, progress=progress, tuned=True) for policy in candidates]
        return min(results, key=lambda result: result.cost_per_contact)


def prepare(center: Center, calls: tuple[Call, ...], schedule: Schedule, seed: int = 1) -> Replay:
    """Fit what a log does not tell: unknown handle times, and every caller's patience.

    Distributions are fitted to the whole log where it holds enough; else times are exponential with the
    aht and the patience of each call's queue. Policies go by the center's figures in any case.

    Parameters
    ----------
    center : Center
        What is configured.
    calls : tuple of Call
        In order of arrival.
    schedule : Schedule
        Agents over time.
    seed : int
        Of what is drawn.

    Raises
    ------
    InputError
        If there are no calls, or one has a contact type that the center does not know.
    """
    if not calls:
        raise InputError("call log", "no calls on the chosen days", "at least one call")
    handle: dict[str, Duration] = {}
    patience: dict[str, Duration] = {}
    with suppress(InputError):  # too little to fit: as the queues say
        handle = dict.fromkeys(center.contact_types, fit_handle_times(calls))
    with suppress(InputError):
        patience = dict.fromkeys(center.contact_types, fit_patience(calls))
    scenario = Scenario(handle=handle, patience=patience)
    return Replay(center, calls, Arrivals.of_log(calls, center), schedule, scenario, seed)


def usual_policies(center: Center) -> tuple[Policy, ...]:
    """The rules in use today, for a `center`, each with a customary number, and the exact one."""
    vendors = tuple(center.vendors)
    aim = next(iter(aims(center).values()))
    return (
        NeverOverflow(),
        QueueLength(10),
        ExpectedWait(60),
        Share({vendor: 0.2 / len(vendors) for vendor in vendors}),
        ServedInTime(aim.probability, aim.within),
        MarginalCost(),
    )


def tuned_families() -> tuple[tuple[Policy, ...], ...]:
    """Fixed rules over a range of numbers, to be tuned in hindsight."""
    return (
        tuple(QueueLength(n) for n in TUNED_LENGTHS),
        tuple(ExpectedWait(seconds) for seconds in TUNED_WAITS),
        tuple(OwnCost(factor) for factor in TUNED_FACTORS),
    )


def _result(replay: Replay, policy: Policy, tuned: bool, run: FloorRun, speed: float) -> PolicyResult:
    center, paths = replay.center, run.paths
    assert paths is not None
    order = np.argsort(paths.number)
    streams = replay.arrivals.streams
    queues = np.array([center.contact_types[stream.contact.type].queue for stream in streams])
    queue_of = queues[paths.stream[order]]
    destination, waits = paths.destination[order], paths.wait[order]
    gave_up, price = ~paths.answered[order], path_bills(center, streams, paths)[order]
    sent = destination > 0
    cost = price.copy()
    good = np.zeros(len(order), dtype=bool)
    base = np.zeros(len(order), dtype=bool)
    missed: list[str] = []
    busy, staffed = run.busy_seconds.sum(axis=0), run.staffed_seconds.sum(axis=0)
    for number, (name, aim) in enumerate(aims(center).items()):
        queue = center.queues[name]
        here = queue_of == name
        wait, abandoned = waits[here], gave_up[here]
        cost[here] += queue.wait_cost_per_minute / 60.0 * wait + queue.abandonment_cost * abandoned
        good[here], base[here] = counted(wait, abandoned, aim)
        service = served(wait, abandoned, good[here], base[here], ratio(busy[number], staffed[number]))
        if here.any():
            missed += [f"{name}: {target}" for target in queue.targets.given() if not service.meets(target)]

    half_hours = _half_hours(paths.arrival[order], sent, good, base, cost)
    busy_enough = [half for half in half_hours if half.calls >= FEWEST_CALLS]
    return PolicyResult(
        policy=policy,
        tuned=tuned,
        calls=len(order),
        service=served(waits, gave_up, good, base, ratio(busy.sum(), staffed.sum())),
        sent_share=float(sent.mean()),
        cost_per_contact=float(cost.mean()),
        worst=min(busy_enough, key=lambda half: half.service_level, default=None),
        half_hours=half_hours,
        missed=tuple(missed),
        vendors={
            name: VendorUse(int((destination == n).sum()), float(price[destination == n].sum()))
            for n, name in enumerate(center.vendors, start=1)
        },
        decisions_per_second=speed,
    )


def _half_hours(arrivals: Floats, *per_call: Floats | Flags) -> tuple[HalfHour, ...]:
    """Add up sent, good, base and cost of the calls of each half hour."""
    starts, place = np.unique(arrivals // HALF_HOUR * HALF_HOUR, return_inverse=True)
    calls = np.bincount(place)
    sent, good, base, cost = (np.bincount(place, weights=values) for values in per_call)
    return tuple(
        HalfHour(float(start), int(calls[n]), int(sent[n]), int(good[n]), int(base[n]), float(cost[n]))
        for n, start in enumerate(starts)
    )
