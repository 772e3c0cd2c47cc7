"""Replay a day of calls under several policies and compare what each does to service and cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute.arrays import Flags, Floats
from bporoute.center import Center
from bporoute.decision import Decision
from bporoute.draws import Draws, draw
from bporoute.durations import Lognormal, Weibull
from bporoute.errors import InputError
from bporoute.fitting import fit_handle_times, fit_patience
from bporoute.floor import Clock, Fates, Floor
from bporoute.logs import Call
from bporoute.metrics import counted, ratio, served
from bporoute.policy import (
    ExpectedWait,
    MarginalCost,
    NeverOverflow,
    OwnCost,
    Policy,
    QueueLength,
    ServedInTime,
    Share,
)
from bporoute.results import HalfHour, PolicyResult, VendorUse
from bporoute.router import Router
from bporoute.schedule import Schedule
from bporoute.target import ServiceLevel

HALF_HOUR = 1800.0
FEWEST_CALLS = 20
"""Calls that a half hour must have to count as the worst."""
DEFAULT_AIM = ServiceLevel(probability=0.8, within=20)
TUNED_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 12, 20)
TUNED_WAITS = (5, 10, 20, 30, 45, 60, 90, 120)
TUNED_FACTORS = (1, 1.5, 2, 3, 4, 6, 8, 12)


class Replay(msgspec.Struct, frozen=True, eq=False):
    """Calls, agents and chance, ready to be run under any policy.

    Examples
    --------
    >>> from bporoute.demo import demo_replay
    >>> replay = demo_replay(calls=400)
    >>> replay.run(QueueLength(4)).calls
    400
    """

    center: Center
    calls: tuple[Call, ...]
    schedule: Schedule
    draws: Draws

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
        clock = Clock()
        router = Router(self.center, policy, clock=clock)
        floor = Floor(router, clock, self.schedule, self.calls, self.draws)
        started = time.perf_counter()
        for decided in floor.run(watch):
            if progress is not None:
                progress(decided)
        seconds = time.perf_counter() - started
        return _result(self, policy, tuned, floor.fates(), len(self.calls) / seconds)

    def tune(
        self, candidates: Sequence[Policy], progress: Callable[[int], None] | None = None
    ) -> PolicyResult:
        """The candidate that would have cost least on these very calls: a bound that hindsight sets."""
        results = [self.run(policy, progress=progress, tuned=True) for policy in candidates]
        return min(results, key=lambda result: result.cost_per_contact)


def prepare(center: Center, calls: tuple[Call, ...], schedule: Schedule, seed: int = 1) -> Replay:
    """Draw what a log does not tell: unknown handle times, and every caller's patience.

    Distributions are fitted to the whole log where it holds enough; else times are exponential with the
    aht and the patience of each call's queue. Policies go by the center's figures in any case.

    Raises
    ------
    InputError
        If there are no calls.
    """
    if not calls:
        raise InputError("call log", "no calls on the chosen days", "at least one call")
    queues = [center.queues[name] for name in _queues_of(center, calls)]
    try:
        handle: Lognormal | Floats = fit_handle_times(calls)
    except InputError:
        handle = np.array([queue.aht for queue in queues])
    try:
        patience: Weibull | Floats = fit_patience(calls)
    except InputError:
        patience = np.array([queue.patience for queue in queues])
    return Replay(center, calls, schedule, draw(calls, handle, patience, seed))


def _queues_of(center: Center, calls: Sequence[Call]) -> list[str]:
    """The queue of each call; an unknown type's is the first, as for the router."""
    first = next(iter(center.queues))
    queue_of = {name: kind.queue for name, kind in center.contact_types.items()}
    return [queue_of.get(call.type, first) for call in calls]


def usual_policies(center: Center) -> tuple[Policy, ...]:
    """The rules in use today, each with a customary number, and the exact one."""
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


def aims(center: Center) -> dict[str, ServiceLevel]:
    """The service level that each queue is measured by: its target, else 80 % within 20 s (offered)."""
    return {name: queue.targets.service_level or DEFAULT_AIM for name, queue in center.queues.items()}


def _result(replay: Replay, policy: Policy, tuned: bool, fates: Fates, speed: float) -> PolicyResult:
    center = replay.center
    queues = np.array(_queues_of(center, replay.calls))
    sent = fates.destination > 0
    cost = fates.price.copy()
    good = np.zeros(len(queues), dtype=bool)
    base = np.zeros(len(queues), dtype=bool)
    missed: list[str] = []
    for name, aim in aims(center).items():
        queue = center.queues[name]
        here = queues == name
        wait, abandoned = fates.wait[here], fates.abandoned[here]
        cost[here] += queue.wait_cost_per_minute / 60.0 * wait + queue.abandonment_cost * abandoned
        good[here], base[here] = counted(wait, abandoned, aim)
        occupancy = ratio(fates.busy_seconds[name], fates.staffed_seconds[name])
        service = served(wait, abandoned, good[here], base[here], occupancy)
        if here.any():
            missed += [f"{name}: {target}" for target in queue.targets.given() if not service.meets(target)]

    half_hours = _half_hours(np.array([call.arrival for call in replay.calls]), sent, good, base, cost)
    busy_enough = [half for half in half_hours if half.calls >= FEWEST_CALLS]
    return PolicyResult(
        policy=policy,
        tuned=tuned,
        calls=len(queues),
        service=served(
            fates.wait,
            fates.abandoned,
            good,
            base,
            ratio(sum(fates.busy_seconds.values()), sum(fates.staffed_seconds.values())),
        ),
        sent_share=float(sent.mean()),
        cost_per_contact=float(cost.mean()),
        worst=min(busy_enough, key=lambda half: half.service_level, default=None),
        half_hours=half_hours,
        missed=tuple(missed),
        vendors={
            name: VendorUse(
                int((fates.destination == n).sum()), float(fates.price[fates.destination == n].sum())
            )
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
