"""Replay a day of calls under several policies and compare what each does to service and cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats
from bporoute.center._center import Center
from bporoute.durations._laws import Duration
from bporoute.errors import InputError
from bporoute.policies._rule import Policy
from bporoute.routing._decision import Decision
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._figures import costs, served_by_queue
from bporoute.simulation._results import SimulatedPolicy, cheapest_of
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._call_log import Call
from bporoute.workload._fitting import fit_handle_times, fit_patience
from bporoute.workload._schedule import Schedule

FEWEST_CALLS = 20
"""Calls that a half hour must have to count as the worst."""

FEWEST_DAYS = 5
"""Days with calls below which half hours stand for days in a ±: Student's t of 4 days is already 3.2."""


class HalfHour(NamedTuple):
    """When a half hour began, and the service level of the calls that arrived in it, in [0, 1]."""

    start: datetime
    service_level: float


class ReplayedPolicy(SimulatedPolicy, frozen=True, eq=False, dict=True):
    """What one policy did to the calls of a log: a simulation of one replication, and how it was made.

    Attributes
    ----------
    center, policy, runs
        As of any simulated policy; one run.
    tuned : bool
        Whether its number was chosen in hindsight, as the cheapest on these very calls.
    decisions_per_second : float
        Calls over the time of the whole run, simulation included.
    """

    tuned: bool
    decisions_per_second: float

    @property
    def days_with_calls(self) -> int:
        """Local days on which calls arrived."""
        return int(np.count_nonzero(self.cost_units[1]))

    @property
    def rests_on_days(self) -> bool:
        """Whether that is enough for the ± of a difference to rest on them."""
        return self.days_with_calls >= FEWEST_DAYS

    @cached_property
    def half_hour_costs(self) -> Floats:
        """Money of each half hour, for the calls that arrived in it.

        What a vendor is owed for its calls falls where they arrived, as their waiting does, not where they
        ended: each call's part is in proportion to what the contract asks for one that long. What is owed for
        nothing is spread evenly. Not of many days, which keep no paths, see `rests_on_days`.
        """
        (run,) = self.runs
        paths, money = run.paths, costs(run, self.center)
        assert paths is not None
        places = np.searchsorted(run.edges, paths.arrival, side="right") - 1
        for number, vendor in enumerate(self.center.vendors.values()):
            here = paths.answered & (paths.destination == number + 1)
            parts = np.array([vendor.contract.price(handle) for handle in paths.handle[here].tolist()])
            if parts.sum() > 0.0:
                owed = run.money[:, number]
                money -= owed
                np.add.at(money, places[here], owed.sum() / parts.sum() * parts)
        return money

    def worst_half_hour(self) -> HalfHour | None:
        """The one with the lowest service level among those with at least 20 calls; None: there is none."""
        (run,) = self.runs
        good, base = (side.sum(axis=1) for side in served_by_queue(run.tally, self.center))
        told = (count_of(run.tally, "offered").sum(axis=1) >= FEWEST_CALLS) & (base > 0)
        if not told.any():
            return None
        levels = np.divide(good, base, out=np.full(len(base), np.inf), where=told)
        worst = int(levels.argmin())
        return HalfHour(datetime.fromtimestamp(run.edges[worst], self.center.zone), float(levels[worst]))

    def missed(self) -> tuple[str, ...]:
        """Targets that were missed, with their queues; a queue without calls misses none."""
        return tuple(
            f"{queue}: {target}"
            for queue in self.center.queues
            if self.contacts(queue)
            for target, met in self.verdicts(queue)
            if not met
        )


class Replay(msgspec.Struct, frozen=True, eq=False):
    """Calls, agents and chance, ready to be run under any policy.

    Attributes
    ----------
    center : Center
        What is configured.
    calls : tuple of Call
        In order of arrival.
    arrivals : Arrivals
        The same calls, listed; by half hours.
    schedule : Schedule
        Agents over time.
    scenario : Scenario
        How long unknown handle times and patience are.
    seed : int
        Of what is drawn, the same for every policy.

    Examples
    --------
    >>> from bporoute.policies import QueueLength
    >>> from bporoute.simulation import demo_replay
    >>> replay = demo_replay(calls=400)
    >>> replay.run(QueueLength(4)).contacts()
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
    ) -> ReplayedPolicy:
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
        calls = Floor(
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
        for decided in calls.run():
            if progress is not None:
                progress(decided)
        seconds = time.perf_counter() - started
        run = calls.result()
        found = ReplayedPolicy(self.center, policy, (run,), tuned, len(self.calls) / seconds)
        if found.rests_on_days:  # what became of each of very many calls is large, and not asked for
            found = msgspec.structs.replace(found, runs=(msgspec.structs.replace(run, paths=None),))
        return found

    def tune(
        self, candidates: Sequence[Policy], progress: Callable[[int], None] | None = None
    ) -> ReplayedPolicy:
        """The one of `candidates` that would have cost least on these very calls: a bound set by hindsight.

        `progress` is as for `run`.
        """
        return cheapest_of(self.run(policy, progress=progress, tuned=True) for policy in candidates)


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
