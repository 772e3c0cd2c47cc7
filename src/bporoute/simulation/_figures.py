"""Figures from the totals of a simulated floor, in every counting of the service level."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.simulation import columns
from bporoute.center._center import Center
from bporoute.center._targets import Counting, Part, weighed
from bporoute.queueing._moments import Moments
from bporoute.simulation._engine._run import FloorRun

DAY = 86_400.0

COLUMNS = {
    "offered": columns.OFFERED,
    "redialled": columns.REDIALLED,
    "answered": columns.ANSWERED,
    "answered_out": columns.ANSWERED_OUT,
    "answered_within": columns.WITHIN,
    "abandoned": columns.ABANDONED,
    "abandoned_within": columns.ABANDONED_WITHIN,
    "abandoned_short": columns.ABANDONED_SHORT,
    "rejected": columns.REJECTED,
    "called_back": columns.CALLED_BACK,
    "overflow_out": columns.SENT,
    "forced_out": columns.FORCED,
    "failed": columns.FAILED,
    "delayed": columns.DELAYED,
    "degraded": columns.DEGRADED,
    "handle_s": columns.HANDLED,
    "handle_out_s": columns.HANDLED_OUT,
    "wait_answered_s": columns.WAIT_ANSWERED,
    "wait_abandoned_s": columns.WAIT_ABANDONED,
    "back_office_done": columns.WORKED_OFF,
    "back_office_late": columns.WORKED_LATE,
    "back_office_shipped": columns.SHIPPED,
}
"""What an interval counts of each queue, by the name that reports give it.

Answered (in-house), answered_out (by vendors) and answered_within (in time, wherever) are contacts of the
queue; overflow_out went to vendors, forced_out of them because the waiting room was full; delayed stood
in a line, in-house or of a vendor's team; degraded were decided without a state to trust. Seconds end in
``_s``.
"""


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
    """Contacts served in time, and that count, of any totals; who is turned away has given up at once."""
    lost = tally[..., columns.REJECTED]
    answered = tally[..., columns.ANSWERED] + tally[..., columns.ANSWERED_OUT]
    parts: dict[Part, Floats] = {
        "offered": answered + tally[..., columns.ABANDONED] + lost,
        "answered": answered,
        "answered_in_time": tally[..., columns.WITHIN],
        "abandoned_in_time": tally[..., columns.ABANDONED_WITHIN] + lost,
        "abandoned_short": tally[..., columns.ABANDONED_SHORT] + lost,
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
    return np.asarray(tally[..., columns.ABANDONED] + tally[..., columns.REJECTED])


def costs(run: FloorRun, center: Center) -> Floats:
    """Money of each interval: waiting, abandonment, failures, and what vendors are owed.

    What a contract asks for nothing (fixed fees, commitments) is spread evenly over the intervals.
    """
    queues = center.queues.values()
    waiting = run.tally[:, :, columns.WAIT_ANSWERED] + run.tally[:, :, columns.WAIT_ABANDONED]
    money = waiting @ np.array([queue.wait_cost_per_minute / 60.0 for queue in queues])
    money += lost_contacts(run.tally) @ np.array([queue.abandonment_cost for queue in queues])
    money += run.tally[:, :, columns.FAILED] @ np.array([queue.failed_cost for queue in queues])
    owed = sum(invoice.total for invoices in run.invoices.values() for invoice in invoices.values())
    variable = run.money.sum(axis=1)
    return np.asarray(money + variable + (owed - variable.sum()) / len(money))


def overflow_moments(run: FloorRun, queue: int) -> Moments:
    """Mean and variance of the contacts that a queue has sent out, were each served at once at its aht.

    With M the sum of ``e^(-mu t)`` over the ages t of all contacts sent out and M2 that of ``e^(-2 mu t)``,
    an infinite group that they all went to holds M on average, given when they came, with the variance
    ``M - M2``; so its mean is E[M] and its variance ``E[M] - E[M2] + Var M``. Averaged over the run.
    """
    flow = run.overflow[queue]
    rate = flow[columns.RATE]
    left = np.exp(-rate * max(run.seconds + run.edges[0] - flow[columns.DECAYED_AT], 0.0))
    area = flow[columns.AREA] + flow[columns.DECAYED] * (1.0 - left) / rate
    twice = flow[columns.AREA_TWICE] + flow[columns.DECAYED_TWICE] * (1.0 - left * left) / (2.0 * rate)
    square = flow[columns.AREA_SQUARE] + flow[columns.DECAYED] ** 2 * (1.0 - left * left) / (2.0 * rate)
    seconds = run.seconds
    mean = area / seconds
    variance = float(mean - twice / seconds + square / seconds - mean * mean)
    return Moments(float(mean), variance, variance / float(mean) if mean else math.nan)
