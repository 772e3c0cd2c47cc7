"""The log itself in figures, counted like those of a replay: what a replay has to come near first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.simulation import columns
from bporoute.center._center import Center
from bporoute.center._targets import Counting
from bporoute.estimates._confidence import Estimate, of_ratio
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._figures import by_day, days_of, served_by_queue
from bporoute.workload._call_log import Call
from bporoute.workload._schedule import Schedule

FEWEST_CALLS = 20
"""Calls that a half hour must have to count as the worst."""


class HalfHour(NamedTuple):
    """When a half hour began, and the service level of the calls that arrived in it, in [0, 1]."""

    start: datetime
    service_level: float


def worst_of(edges: Floats, tally: Floats, center: Center) -> HalfHour | None:
    """The half hour with the lowest service level among those with at least 20 calls; None: there is none.

    `edges` are those between the intervals of a `tally` (intervals, queues, columns) of the `center`.
    """
    good, base = (side.sum(axis=1) for side in served_by_queue(tally, center))
    told = (count_of(tally, "offered").sum(axis=1) >= FEWEST_CALLS) & (base > 0)
    if not told.any():
        return None
    levels = np.divide(good, base, out=np.full(len(base), np.inf), where=told)
    worst = int(levels.argmin())
    return HalfHour(datetime.fromtimestamp(edges[worst], center.zone), float(levels[worst]))


class Unattended(NamedTuple):
    """Calls that came when the schedule had nobody for them, and how many of them the log has as answered."""

    calls: int
    answered: int


class LoggedCalls(msgspec.Struct, frozen=True, eq=False):
    """What became of the calls of a log by the log itself, as it tells it.

    Figures are those of `SimulatedPolicy`, with 95 % intervals that rest on the days.

    Attributes
    ----------
    center : Center
        Whose targets say how the service level is counted.
    edges : array, (I + 1,)
        Epoch seconds between the intervals, as in the replay.
    tally : array, (I, queues, columns)
        Totals by interval and queue, laid out as those of a simulated run: of all calls those offered, the
        rest of those whose wait is known.
    lost : array, (I, queues)
        Calls given up, their wait known or not.
    ended : array, (I, queues)
        Calls of which it is known how they ended.
    handle : array, (I, 2)
        Seconds of handling, and calls of which they are known.
    unattended : Unattended
        Calls that came when the schedule had no agents for them.
    """

    center: Center
    edges: Floats
    tally: Floats
    lost: Floats
    ended: Floats
    handle: Floats
    unattended: Unattended

    @property
    def days(self) -> int:
        """Local days of the replay."""
        return int(days_of(self.edges, self.center)[-1]) + 1

    def contacts(self) -> int:
        """Calls of the log."""
        return int(count_of(self.tally, "offered").sum())

    def service_level(self, counting: Counting | None = None) -> Estimate:
        """Share of the calls answered in time, of those whose wait is known.

        `counting` as in a simulation. A call of which nobody knows how it ended counts as answered.
        """
        return self._ratio(*served_by_queue(self.tally, self.center, counting)).within(0.0, 1.0)

    def abandonment(self) -> Estimate:
        """Share of the calls that were given up, of those whose end is known; nan: of none."""
        return self._ratio(self.lost, self.ended).within(0.0, 1.0)

    def asa(self) -> Estimate:
        """Mean wait of the answered, seconds."""
        waited = self._ratio(count_of(self.tally, "wait_answered_s"), count_of(self.tally, "answered"))
        return waited.within(0.0, math.inf)

    def handle_time(self) -> Estimate:
        """Mean handle time of the answered, seconds."""
        return self._ratio(self.handle[:, :1], self.handle[:, 1:]).within(0.0, math.inf)

    def worst_half_hour(self) -> HalfHour | None:
        """The one with the lowest service level among those with at least 20 calls; None: there is none."""
        return worst_of(self.edges, self.tally, self.center)

    def _ratio(self, parts: Floats, wholes: Floats) -> Estimate:
        days = days_of(self.edges, self.center)
        return of_ratio(by_day(parts.sum(axis=1), days), by_day(wholes.sum(axis=1), days))


def logged_calls(
    center: Center, calls: Sequence[Call], schedule: Schedule, edges: Floats
) -> LoggedCalls | None:
    """Count what a log tells of its calls; None if it tells neither waits nor who gave up.

    Parameters
    ----------
    center : Center
        What is configured.
    calls : sequence of Call
        All within `edges`.
    schedule : Schedule
        Agents over time.
    edges : array
        Epoch seconds between the intervals, rising.
    """
    wait = np.array([call.wait for call in calls])
    gave_up = np.array([call.abandoned for call in calls])
    if np.isnan(wait).all() and not gave_up.any():
        return None
    handle = np.array([call.handle for call in calls])
    at = np.array([call.arrival for call in calls])
    names = list(center.queues)
    queue = np.array([names.index(center.contact_types[call.type].queue) for call in calls])
    aims = list(center.aims.values())
    within, short = (np.array([getattr(aim, name) for aim in aims])[queue] for name in ("within", "short"))

    place = np.searchsorted(edges, at, side="right") - 1
    tally = np.zeros((len(edges) - 1, len(names), columns.TALLY_COLUMNS))
    lost, ended = np.zeros(tally.shape[:2]), np.zeros(tally.shape[:2])
    told = ~np.isnan(wait)
    for column, counted, amount in (
        (columns.OFFERED, np.full(len(calls), True), 1.0),
        (columns.ANSWERED, told & ~gave_up, 1.0),
        (columns.WITHIN, ~gave_up & (wait <= within), 1.0),
        (columns.WAIT_ANSWERED, told & ~gave_up, wait),
        (columns.ABANDONED, told & gave_up, 1.0),
        (columns.ABANDONED_WITHIN, gave_up & (wait <= within), 1.0),
        (columns.ABANDONED_SHORT, gave_up & (wait <= short), 1.0),
        (columns.WAIT_ABANDONED, told & gave_up, wait),
    ):
        amounts = np.broadcast_to(amount, len(calls))[counted]
        np.add.at(tally[:, :, column], (place[counted], queue[counted]), amounts)
    for counts, counted in ((lost, gave_up), (ended, np.array([call.ended for call in calls]))):
        np.add.at(counts, (place[counted], queue[counted]), 1.0)
    known = ~np.isnan(handle)
    handled = np.zeros((len(edges) - 1, 2))
    np.add.at(handled, place[known], np.stack([handle[known], np.ones(int(known.sum()))], axis=1))
    alone = _unattended(at, queue, [schedule.steps(name) for name in names])
    unattended = Unattended(int(alone.sum()), int((alone & ~gave_up).sum()))
    return LoggedCalls(center, edges, tally, lost, ended, handled, unattended)


def _unattended(at: Floats, queue: Integers, steps: Sequence[Sequence[tuple[float, int]]]) -> Integers:
    """Whether each call came when its queue had no agents."""
    alone = np.zeros(len(at), dtype=bool)
    for number, own in enumerate(steps):
        mine = queue == number
        agents = np.array([0, *(count for _, count in own)])
        alone[mine] = agents[np.searchsorted([start for start, _ in own], at[mine], side="right")] == 0
    return alone
