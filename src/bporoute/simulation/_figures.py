"""Figures from the totals of a simulated floor, in every counting of the service level."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.center._center import Center
from bporoute.center._targets import Counting, Part, weighed
from bporoute.simulation._engine._run import FloorRun, count_of


def days_of(edges: Floats, center: Center) -> Integers:
    """For each interval, the number of the local day in which it starts, from 0 on."""
    days = [datetime.fromtimestamp(start, center.zone).toordinal() for start in edges[:-1].tolist()]
    return np.array(days, dtype=np.int64) - days[0]


def by_day(values: Floats, days: Integers) -> Floats:
    """Sums over the intervals of each day: (intervals, ..) becomes (days, ..)."""
    total = np.zeros((int(days[-1]) + 1, *values.shape[1:]))
    np.add.at(total, days, values)
    return total


def served_totals(tally: Floats, counting: Counting) -> tuple[Floats, Floats]:
    """Contacts served in time, and that count, of any totals; who is turned away has not given up in time."""
    answered = count_of(tally, "answered") + count_of(tally, "answered_out")
    parts: dict[Part, Floats] = {
        "offered": answered + lost_contacts(tally),
        "answered": answered,
        "answered_in_time": count_of(tally, "answered_within"),
        "abandoned_in_time": count_of(tally, "abandoned_within"),
        "abandoned_short": count_of(tally, "abandoned_short"),
    }
    return weighed(counting, parts.__getitem__)


def served_by_queue(tally: Floats, center: Center, counting: Counting | None = None) -> tuple[Floats, Floats]:
    """The same of each queue, from totals (.., queues, columns); None: counted as its aim says."""
    pairs = [
        served_totals(tally[..., number, :], counting or aim.counting)
        for number, aim in enumerate(center.aims.values())
    ]
    good, base = (np.stack(side, axis=-1) for side in zip(*pairs, strict=True))
    return good, base


def lost_contacts(tally: Floats) -> Floats:
    """Contacts that gave up or were turned away."""
    return np.asarray(count_of(tally, "abandoned") + count_of(tally, "rejected"))


def costs(run: FloorRun, center: Center) -> Floats:
    """Money of each interval: waiting, abandonment, failures, and what vendors are owed.

    Vendors are owed what `FloorRun.invoices` say. What a contract asks for nothing too (fixed fees,
    commitments) is spread evenly over the intervals.
    """
    queues = center.queues.values()
    waiting = count_of(run.tally, "wait_answered_s") + count_of(run.tally, "wait_abandoned_s")
    money = waiting @ np.array([queue.wait_cost_per_minute / 60.0 for queue in queues])
    money += lost_contacts(run.tally) @ np.array([queue.abandonment_cost for queue in queues])
    money += count_of(run.tally, "failed") @ np.array([queue.failed_cost for queue in queues])
    owed = sum(invoice.total for invoices in run.invoices.values() for invoice in invoices.values())
    variable = run.money.sum(axis=1)
    return np.asarray(money + variable + (owed - variable.sum()) / len(money))
