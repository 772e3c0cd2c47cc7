"""How many more agents would serve the contacts of a vendor that has failed: found by simulating them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._results import SimulatedPolicy
from bporoute.workload._schedule import Schedule

MOST_TIMES = 16.0
"""Agents for each erlang that lost its vendor, beyond which no number is taken to help."""
HALVINGS = 4
HOUR = 3600.0


class AgentsNeeded(NamedTuple):
    """The agents that a queue needs beside its own.

    Attributes
    ----------
    goal : float
        The service level to be held: that of the queue's target, or what it has while all vendors work, if
        that is lower.
    reached : float
        The service level with them; nan: no number of agents was found that holds the goal.
    most : int
        How many more at once, in the interval with the most.
    hours : float
        Agent-hours of a period.
    by_interval : array of int, (I,)
        How many more in each interval of the arrivals.
    """

    goal: float
    reached: float
    most: int
    hours: float
    by_interval: Integers


def agents_needed(
    before: SimulatedPolicy,
    after: SimulatedPolicy,
    schedule: Schedule,
    run: Callable[[Schedule], SimulatedPolicy],
) -> dict[str, AgentsNeeded]:
    """Of each queue whose service falls below its goal: the agents with which it is held.

    They are there where contacts stay that went out before: of each interval so many erlangs times a factor,
    rounded up. The least factor that holds the goal is found by simulation on the same contacts, to a 16th of
    a power of two; where the rest of the vendors can take more, fewer agents are needed than that.

    Parameters
    ----------
    before, after : SimulatedPolicy
        With all vendors, and without those that have failed.
    schedule : Schedule
        Agents that there are.
    run : callable
        Simulates without the failed vendors, with the agents of another schedule.
    """
    goals = _goals(before)
    missed = {queue for queue, goal in goals.items() if after.service_level(queue).value < goal}
    if not missed:
        return {}
    edges = before.runs[0].edges
    erlangs = {queue: _stays(before, after, queue) for queue in missed}
    low = dict.fromkeys(missed, 0.0)
    high = dict.fromkeys(missed, 1.0)
    best: dict[str, tuple[float, Integers]] = {}
    found: dict[str, float] = {}

    def tried(factors: Mapping[str, float]) -> set[str]:
        """The queues that hold their goal with so many times their erlangs."""
        more = {queue: _whole(factor * erlangs[queue]) for queue, factor in factors.items()}
        level = run(with_more(schedule, more, edges))
        held = set()
        for queue, factor in factors.items():
            reached = level.service_level(queue).value
            if reached >= goals[queue] and factor <= found.get(queue, math.inf):
                found[queue], best[queue] = factor, (reached, more[queue])
            if reached >= goals[queue]:
                held.add(queue)
        return held

    open_still = {queue for queue in missed if erlangs[queue].any()}
    while open_still:
        held = tried(high)
        for queue in open_still - held:
            low[queue], high[queue] = high[queue], 2.0 * high[queue]
        open_still = {queue for queue in open_still - held if high[queue] <= MOST_TIMES}
    for _ in range(HALVINGS if found else 0):
        middle = {queue: (low[queue] + high[queue]) / 2.0 for queue in found}
        held = tried({**high, **middle})
        for queue in found:
            (high if queue in held else low)[queue] = middle[queue]
    widths = np.diff(edges)
    nobody = np.zeros(len(widths), dtype=np.int64)
    needed = {}
    for queue in before.center.queues:
        if queue in missed:
            reached, more = best.get(queue, (math.nan, nobody))
            hours = float(more @ widths) / HOUR
            needed[queue] = AgentsNeeded(goals[queue], reached, int(more.max()), hours, more)
    return needed


def with_more(schedule: Schedule, more: Mapping[str, Integers], edges: Floats) -> Schedule:
    """A schedule with so many agents more in each interval.

    >>> schedule = Schedule({"desk": ((0.0, 2), (5400.0, 0))})
    >>> with_more(schedule, {"desk": np.array([0, 3])}, np.array([0.0, 3600.0, 7200.0])).steps("desk")
    ((0.0, 2), (3600.0, 5), (5400.0, 3), (7200.0, 0))
    """
    steps = dict(schedule.steps_by_queue)
    for queue, extra in more.items():
        starts = sorted({*edges.tolist(), *(at for at, _ in schedule.steps(queue))})
        places = np.searchsorted(edges, starts, side="right") - 1
        steps[queue] = tuple(
            (at, schedule.agents_at(queue, at) + (int(extra[place]) if 0 <= place < len(extra) else 0))
            for at, place in zip(starts, places.tolist(), strict=True)
        )
    return Schedule(steps, schedule.taken, schedule.bad)


def _goals(before: SimulatedPolicy) -> dict[str, float]:
    """The service level that each queue with contacts should not fall below."""
    levels = {queue: before.service_level(queue).value for queue in before.center.queues}
    return {
        queue: min(aim.probability, levels[queue])
        for queue, aim in before.center.aims.items()
        if not math.isnan(levels[queue])
    }


def _stays(before: SimulatedPolicy, after: SimulatedPolicy, queue: str) -> Floats:
    """Erlangs of each interval that went to vendors before and do not any more."""
    number = list(before.center.queues).index(queue)
    sent, still = (
        np.mean([count_of(run.tally[:, number], "overflow_out") for run in found.runs], axis=0)
        for found in (before, after)
    )
    answered, handled = (
        sum(float(count_of(run.tally[:, number], name).sum()) for run in before.runs)
        for name in ("answered_out", "handle_out_s")
    )
    aht = handled / answered if answered else before.center.queues[queue].aht
    return np.asarray(np.maximum(sent - still, 0.0) * aht / np.diff(before.runs[0].edges))


def _whole(agents: Floats) -> Integers:
    return np.ceil(agents - 1e-9).astype(np.int64)
