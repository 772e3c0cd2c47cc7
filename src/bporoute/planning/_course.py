"""The pieces of time through which a queue is followed, by its volumes and by who is there."""

from __future__ import annotations

import math
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.errors import InputError
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._staffing_plan import Plan
from bporoute.queueing._changing_queue import ChangingQueue, changing_queue
from bporoute.workload._schedule import Schedule

PARTS = ChangingQueue.__struct_fields__
"""What is known of the contacts of an interval."""
AFTER = 86_400.0
"""Seconds after the last interval in which who still waits may be answered."""
NOWHERE = -1
"""The interval of a piece between intervals."""


class Course(msgspec.Struct, frozen=True, eq=False):
    """A queue's pieces of time: whose interval each is, and what happens in it.

    Attributes
    ----------
    places : array of int
        The interval of each piece among the volumes; -1: none, nobody comes.
    agents, rate, aht, seconds : array
        Who is there, contacts a second as forecast, mean handle time, and how long.
    assumed : Assumptions
        What is assumed of the queue.
    """

    places: Integers
    agents: Floats
    rate: Floats
    aht: Floats
    seconds: Floats
    assumed: Assumptions

    def add(self, factors: Floats, parts: Floats) -> None:
        """Add what becomes of the contacts to rows of `PARTS`, the rate of each interval times its factor."""
        aim, inside = self.assumed.service_level, self.places != NOWHERE
        found = changing_queue(
            self.agents,
            np.where(inside, self.rate * factors[self.places], 0.0),
            self.aht,
            self.seconds,
            self.assumed.patience,
            self.assumed.waiting_room,
            at_once=self.assumed.at_once,
            within=aim.within,
            short=aim.short if aim.counting in ("short_excluded", "short_credited") else 0.0,
        )
        mine = self.places[inside]
        for column, name in enumerate(PARTS):
            values = getattr(found, name)[inside]
            if name == "waiting":
                parts[mine, column] = values  # of the last piece of each interval
            else:
                np.add.at(parts[:, column], mine, values)

    def add_agents(self, there: Floats) -> None:
        """Add the agent-seconds of each interval."""
        inside = self.places != NOWHERE
        np.add.at(there, self.places[inside], (self.agents * self.seconds)[inside])


def courses(plan: Plan, schedule: Schedule, zone: ZoneInfo) -> list[Course]:
    """The pieces of each queue: its intervals, the time between them, cut where agents come and go."""
    volumes = plan.volumes
    begin = np.array([start.replace(tzinfo=zone).timestamp() for start in volumes.starts])
    rate = np.where(plan.load > 0.0, volumes.volume / volumes.seconds, 0.0)
    found = []
    for queue in dict.fromkeys(volumes.queues):
        if queue not in schedule.steps_by_queue:
            raise InputError("schedule", f"nothing of the queue {queue!r}", "agents of each queue, or 0")
        mine = np.flatnonzero(plan.of_queue(queue))
        mine = mine[np.argsort(begin[mine], kind="stable")]
        spans = _spans(mine, begin, volumes.seconds)
        aht = _known(volumes.aht[mine])
        time_of = dict(zip(mine.tolist(), aht.tolist(), strict=True))
        rows, last = [], float(aht[0])
        for place, start, end in spans:
            last = time_of.get(place, last)
            steps = [at for at, _ in schedule.steps(queue) if start < at < end]
            for first, until in pairwise([start, *steps, end]):
                there = schedule.agents_at(queue, first)
                rows.append((place, there, rate[place] if place != NOWHERE else 0.0, last, until - first))
        columns = np.array(rows).T
        own = plan.assumptions.of(queue)
        agents, rates, times, seconds = np.ascontiguousarray(columns[1:])
        found.append(Course(columns[0].astype(np.int64), agents, rates, times, seconds, own))
    return found


def _spans(mine: Integers, begin: Floats, seconds: Floats) -> list[tuple[int, float, float]]:
    """The intervals of a queue in order and the time between and after them: place, start, end."""
    spans: list[tuple[int, float, float]] = []
    end = math.inf
    for place in mine.tolist():
        start = float(begin[place])
        if start > end:
            spans.append((NOWHERE, end, start))
        end = start + float(seconds[place])
        spans.append((place, start, end))
    return [*spans, (NOWHERE, end, end + AFTER)]


def _known(aht: Floats) -> Floats:
    """Handle times; where none is told, as nobody comes, the mean of the others."""
    told = ~np.isnan(aht)
    return np.where(told, aht, aht[told].mean() if told.any() else 1.0)
