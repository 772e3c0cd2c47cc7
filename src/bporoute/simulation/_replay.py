"""Replay the calls of a log under several policies and compare what each does to service and cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from bporoute import _kernels
from bporoute.center._center import Center
from bporoute.durations._laws import Duration
from bporoute.errors import InputError
from bporoute.policies._rule import Policy
from bporoute.routing._decision import Decision
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._logged import LoggedCalls, logged_calls
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._tuning import tuned_by_day
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._call_log import Call
from bporoute.workload._fitting import fit_patience, fit_patience_curve
from bporoute.workload._resampling import seen_times
from bporoute.workload._schedule import Schedule


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
        How long patience is, and handle times that nothing is known of.
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
        """A family of rules, each day under the one of `candidates` that cost least on the other days.

        See `TunedPolicy`. With calls on one day only: the one that would have cost least on these very
        calls, a bound set by hindsight. `progress` is as for `run`.
        """
        return tuned_by_day([self.run(policy, progress=progress, tuned=True) for policy in candidates])

    @property
    def logged(self) -> LoggedCalls | None:
        """What became of the calls by the log itself; None if it tells neither waits nor who gave up."""
        return logged_calls(self.center, self.calls, self.schedule, self.arrivals.edges)


def prepare_replay(
    center: Center,
    calls: tuple[Call, ...],
    schedule: Schedule,
    seed: int = 1,
    scenario: Scenario | None = None,
) -> Replay:
    """Find what a log does not tell in what it tells: unknown handle times, and every caller's patience.

    A handle time is one of those seen of the same type in the same hour, else (fewer than 20) of the type,
    of the queue; with none of these it is exponential with the queue's aht. Patience is that of the type's
    Kaplan-Meier curve, else (fewer than 100 calls given up) of the queue's; else a Weibull law fitted to the
    log, or (fewer than 20) as the queue says. Policies go by the center's figures in any case.

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
    scenario : Scenario or None
        What is assumed whatever the log says.

    Raises
    ------
    InputError
        If there are no calls, or one has a contact type that the center does not know.
    """
    if not calls:
        raise InputError("call log", "no calls on the chosen days", "at least one call")
    scenario = Scenario() if scenario is None else scenario
    arrivals = Arrivals.of_log(calls, center)
    seen = seen_times(calls, center, set(center.contact_types) - set(scenario.handle))
    arrivals = msgspec.structs.replace(arrivals, listed=msgspec.structs.replace(arrivals.listed, seen=seen))
    patience = {**_patience(calls, center), **scenario.patience}
    return Replay(
        center, calls, arrivals, schedule, msgspec.structs.replace(scenario, patience=patience), seed
    )


def _patience(calls: Sequence[Call], center: Center) -> dict[str, Duration]:
    """Contact type -> patience, of those of whom the log tells enough."""
    types = center.contact_types
    patience: dict[str, Duration] = {}
    for own in ({name: name for name in types}, {name: kind.queue for name, kind in types.items()}):
        missing = [name for name in types if name not in patience]
        for group in {own[name] for name in missing}:
            with suppress(InputError):
                curve = fit_patience_curve(call for call in calls if own[call.type] == group)
                patience |= {name: curve for name in missing if own[name] == group}
    if len(patience) < len(types):
        with suppress(InputError):
            patience = dict.fromkeys(types, fit_patience(calls)) | patience
    return patience
