"""What the router of a simulated floor is told: agents, arrival rates, who waits, which vendors are down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import windows
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.looking import counted_rate, is_news
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.routing._pricing import period_end
from bporoute.routing._state import QueueState, VendorState
from bporoute.routing._tables._tables import RoutingTables
from bporoute.simulation._engine._arrays import FloorArrays
from bporoute.simulation._figures import served_totals
from bporoute.simulation._scenario import Outage, Scenario, outage_second
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._schedule import Schedule

CONTACTS_BETWEEN_LOOKS = 200_000.0
"""Contacts expected between two looks of Python at the kernel, which cannot be interrupted."""


class FloorFeed:
    """Tells the routing tables and the floor what changes at an instant.

    Where rules stand whatever arrives, nobody is told of rates, and nothing is looked at in between unless
    it `always` has to be. Where the kernel can do what a look calls for, it is left `alone` with that.

    Attributes
    ----------
    shifts : frozenset of float
        When agents come and go, epoch seconds, and when it all begins.
    """

    def __init__(
        self,
        center: Center,
        tables: RoutingTables,
        arrays: FloorArrays,
        arrivals: Arrivals,
        schedule: Schedule,
        scenario: Scenario,
        *,
        always: bool,
        alone: bool,
    ) -> None:
        self._tables, self._arrays, self._arrivals, self._scenario = tables, arrays, arrivals, scenario
        self._queues, self._vendors = list(center.queues), tuple(center.vendors.values())
        self._schedule = schedule
        self._outages = [
            (list(center.vendors).index(outage.vendor), outage, *_seconds(outage, center))
            for outage in scenario.outages
        ]
        self._expected = _expected_rates(tables, arrivals)
        self._targets = [queue.targets.service_level for queue in center.queues.values()]
        self._down = {vendor: False for vendor, *_ in self._outages}
        self._day_until, self._day_from = -math.inf, 0
        self._measures = scenario.rate == "measured" and not tables.queues.by_team
        self._alone = alone
        self._looks_often = scenario.rate == "measured" and (
            self._measures or always or bool(scenario.outages)
        )
        steps = (at for name in self._queues for at, _ in schedule.steps(name))
        self.shifts = frozenset([float(arrivals.edges[0]), *map(float, steps)])

    def moments(self) -> list[float]:
        """Every instant at which somebody has to stop the kernel, in order; it is told when else to look."""
        edges, scenario = self._arrivals.edges, self._scenario
        listed = np.searchsorted(edges, self._arrivals.listed.time, side="right") - 1
        volumes = self._arrays.volumes.sum(axis=0)
        volumes = volumes + np.bincount(listed, minlength=len(volumes))[: len(volumes)]
        moments, looks = [edges], [np.zeros(0)]
        for begin, end, expected in zip(edges[:-1], edges[1:], volumes, strict=True):
            if expected > CONTACTS_BETWEEN_LOOKS:
                moments.append(np.linspace(begin, end, math.ceil(expected / CONTACTS_BETWEEN_LOOKS) + 1))
            if expected > 0.0 and self._looks_often:  # and while what has come counts
                passed = math.ceil((begin - edges[0]) / scenario.rate_step) * scenario.rate_step
                last = end + scenario.rate_window
                looks.append(np.arange(edges[0] + passed, last, scenario.rate_step))
        moments.append(np.array(list(self.shifts)))
        moments.append(np.array(list(_period_ends(self._vendors, *edges[[0, -1]].tolist()))))
        for _, outage, start, end in self._outages:
            told = outage.told_after or 0.0
            moments.append(np.array([start, end, start + told, end + told]))
        often = np.unique(np.concatenate(looks))
        if self._alone:
            # Until the calendar is looked at seldom, and where nothing is counted, somebody is needed.
            first = np.count_nonzero(often - edges[0] < scenario.rate_window) + 1
            counts = (often - edges[0]) % scenario.rate_step == 0.0
            counts[:first] = False
            alone = np.setdiff1d(often[counts], np.concatenate(moments))
            self._arrays.look_at = alone[alone < edges[-1]]
            often = often[~counts]
        every = np.unique(np.concatenate([*moments, often]))
        return [float(at) for at in every[(every >= edges[0]) & (every <= edges[-1])]]

    def change_shifts(self, now: float) -> None:
        """Let agents come and go; who comes takes up the line."""
        for queue, name in enumerate(self._queues):
            agents = float(self._schedule.agents_at(name, now))
            if agents != self._arrays.teams[queue, columns.AGENTS]:
                self._arrays.teams[queue, columns.AGENTS] = agents
                self._arrays.schedule(now, queue, codes.WAKE)

    def break_down(self, now: float) -> None:
        """Let outages begin and end, and be told; of several at once the worst counts."""
        for vendor, was_down in self._down.items():
            failing, down = 0.0, False
            for number, outage, start, end in self._outages:
                if number != vendor:
                    continue
                if start <= now < end:
                    failing = max(failing, outage.failing)
                told = outage.told_after
                down = down or (told is not None and start + told <= now < end + told)
            self._arrays.teams[len(self._queues) + vendor, columns.FAILING] = failing
            if down != was_down:
                self._down[vendor] = down
                self._tables.vendors.tell_live(vendor, VendorState(up=not down))

    def tell(self, now: float) -> None:
        """Tell the tables of every queue whose agents or arrival rate are others than before, or leave it."""
        self._arrays.clock[columns.LOOKED_AT] = now
        self._measure(now)
        day_until = self._tables.queues.day_until
        if day_until != self._day_until:
            self._day_until, self._day_from = day_until, self._interval(now)
        if not self._alone:
            self.tell_queues()

    def tell_queues(self) -> None:
        """Tell the tables of every queue what is news of it since the look at hand."""
        for queue in range(len(self._queues)):
            self._tell(queue, float(self._arrays.clock[columns.LOOKED_AT]))

    def hear(self) -> None:
        """Have the tables know what the kernel has told and solved; it has written their rows already."""
        marks, queues = self._arrays.marks, self._tables.queues
        if not marks[columns.TOLD_NEWS]:
            return
        marks[columns.TOLD_NEWS] = 0
        for row, seen, numbers in zip(
            queues.rows, self._arrays.looks.tolist(), self._tables.arrays.queues, strict=False
        ):
            if row.state is not None:
                told = numbers[routing_columns.TOLD :]
                busy, waiting = told[routing_columns.STATE_BUSY], told[routing_columns.STATE_WAITING]
                rate = seen[columns.TOLD_RATE]
                row.state = QueueState(
                    seen[columns.TOLD_ROOM], float(busy), float(waiting), None if math.isnan(rate) else rate
                )
                row.key = ()

    def _measure(self, now: float) -> None:
        scenario, edges = self._scenario, self._arrivals.edges
        looks, marks = self._arrays.looks, self._arrays.marks
        if scenario.rate == "forecast":
            looks[:, columns.RATE_NOW] = self._expected[:, self._interval(now)]
            return
        if not self._measures or (now - float(edges[0])) % scenario.rate_step:
            return
        number = int(marks[columns.COUNTED])
        marks[columns.COUNTED] = number + 1
        for queue, counts in enumerate(self._arrays.routed):
            routed = self._tables.queues.routed(queue)
            looks[queue, columns.RATE_NOW] = counted_rate(counts, number, routed, scenario.rate_step)

    def _interval(self, now: float) -> int:
        edges = self._arrivals.edges
        return min(int(np.searchsorted(edges, now, side="right")) - 1, len(edges) - 2)

    def _score(self, queue: int, now: float) -> None:
        """Tell how the center's day has gone so far for a queue, where that has a service level to reach."""
        target, watch = self._targets[queue], self._tables.queues.watches[queue]
        if target is not None and self._tables.queues.by_score:
            totals = self._arrays.tally[self._day_from : self._interval(now) + 1, queue].sum(axis=0)
            good, base = served_totals(totals, target.counting)
            watch.score(float(good), float(base))

    def _tell(self, queue: int, now: float) -> None:
        queues, team, seen = self._tables.queues, self._arrays.teams[queue], self._arrays.looks[queue]
        row = queues.rows[queue]
        room = float(team[columns.AGENTS] * team[columns.SLOTS])
        if not is_news(seen, room):
            return
        self._score(queue, now)
        rate = float(seen[columns.RATE_NOW])
        seen[columns.TOLD_ROOM], seen[columns.TOLD_RATE] = room, rate
        told = None if math.isnan(rate) else rate
        # A scenario may have more or fewer chats at once than the center knows of.
        agents = room / row.concurrency
        if row.state is not None and self._scenario.feed.every:  # agents and rates are news, who waits is not
            queues.tell_staff(row, agents, told)
        else:  # and solved with all others that wait for it
            state = QueueState(agents, float(team[columns.BUSY]), float(team[columns.WAITING]), told)
            queues.note(row, state, now)


def _period_ends(vendors: Iterable[Vendor], begin: float, end: float) -> Iterator[float]:
    """When contract periods end within a time, so that each is billed what was done in it."""
    for vendor in vendors:
        zone, period = vendor.zone, vendor.contract.period
        at = period_end(windows(begin, zone, period).period, zone, period)
        while at < end:
            yield at
            at = period_end(at, zone, period)


def _seconds(outage: Outage, center: Center) -> tuple[float, float]:
    return outage_second(outage.start, center), outage_second(outage.end, center)


def _expected_rates(tables: RoutingTables, arrivals: Arrivals) -> Floats:
    """Contacts per second by queue and interval, as expected before chance has its say."""
    rates = np.zeros((len(tables.queue_names), len(arrivals.edges) - 1))
    for stream in arrivals.streams:
        rates[tables.profile(stream.contact).queue] += stream.volumes / np.diff(arrivals.edges)
    return rates


def hours_turn_within(vendors: Iterable[Vendor], arrivals: Arrivals) -> bool:
    """Whether an hour of some vendor's clock begins within an interval in which contacts arrive."""
    begin, end = arrivals.edges[:-1], arrivals.edges[1:]
    busy = sum((stream.volumes for stream in arrivals.streams), np.zeros(len(begin))) > 0.0
    busy |= np.histogram(arrivals.listed.time, arrivals.edges)[0] > 0
    for vendor in vendors:
        for at in (float(begin[0]), float(end[-1])):
            ahead = datetime.fromtimestamp(at, vendor.zone).utcoffset()
            seconds = ahead.total_seconds() if ahead else 0.0
            following = (np.floor((begin + seconds) / 3600.0) + 1.0) * 3600.0 - seconds
            if ((following < end) & busy).any():
                return True
    return False
