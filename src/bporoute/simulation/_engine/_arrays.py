"""The arrays of a simulated floor, laid out from center, arrivals and scenario for its kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import codes as routing_codes
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.simulation import codes, columns, serving
from bporoute._kernels.simulation.advance_at import advance_at
from bporoute._kernels.simulation.arrivals import choose_next, next_arrival
from bporoute._kernels.simulation.counting import count_abandoned
from bporoute._kernels.simulation.looking import advance_and_look
from bporoute._kernels.simulation.records import Engine
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.center._quality_prior import QualityPrior
from bporoute.center._queue import LEAST_PATIENCE
from bporoute.center._targets import ServiceLevel
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._increment import Counter
from bporoute.contracts._measure import Counted, Measure
from bporoute.contracts._rounding import Mode
from bporoute.contracts._shortfall import Shortfall
from bporoute.durations._laws import Duration
from bporoute.policies._situation import blocked_cost
from bporoute.queueing._sampling import laid_out
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._profiles import Profile
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._random import stream_key

FIRST_ROOM = 1024
"""Slots and entries of the agenda to begin with."""
MOST_ROOM = 1 << 22
"""Contacts that may be on the floor at once; more have no end."""
PATHS_AT_ONCE = 4096
WINDOW_WORDS = 256
"""Instants and factors of the windows in which minutes count for more, within two days: a pair each."""
FALLBACKS = {"keep": codes.KEEP, "reject": codes.REJECT, "callback": codes.CALL_BACK}
COUNTS: dict[Counted, int] = {
    "offered": codes.COUNT_OFFERED,
    "answered": codes.COUNT_ANSWERED,
    "handled": codes.COUNT_ANSWERED,
    "resolved": codes.COUNT_ANSWERED,
    "handle_minutes": codes.COUNT_MINUTES,
    "talk_minutes": codes.COUNT_MINUTES,
    "failed": codes.COUNT_FAILED,
}
ROUNDINGS: dict[Mode, int] = {
    "half_even": codes.ROUNDED_HALF_EVEN,
    "half_up": codes.ROUNDED_HALF_UP,
    "up": codes.ROUNDED_UP,
}
PURPOSES = ("arrival", "handle", "patience", "vendor wait", "redial", "redial after", "luck", "failure")


class FloorArrays:
    """Everything that the kernel works on beside the routing tables.

    Every attribute is an array of `_kernels.simulation.records.Engine`. Those in which contacts wait grow
    when they are full.
    """

    def __init__(
        self,
        center: Center,
        profiles: Sequence[Profile],
        arrivals: Arrivals,
        scenario: Scenario,
        aims: Sequence[ServiceLevel],
        vendor_aim: ServiceLevel,
        *,
        seed: int,
        replication: int,
        most_agents: Sequence[int],
        writes_paths: bool,
    ) -> None:
        queues, vendors = len(center.queues), len(center.vendors)
        self.edges: Floats = np.ascontiguousarray(arrivals.edges, dtype=np.float64)
        self.volumes: Floats = np.ascontiguousarray(arrivals.realised(seed, replication))
        self.laws, self.points = self._streams(center, profiles, arrivals, scenario)
        self.listed: Floats = _listed(arrivals, seed, replication)
        self._keys(arrivals, seed, replication)
        self.aims: Floats = np.array([(aim.within, aim.short) for aim in aims])
        self.factors: Floats = np.ones((vendors, len(profiles)))
        self.windows: Floats = np.full((vendors, len(profiles), WINDOW_WORDS), np.inf)
        self._vendors(center, vendor_aim, arrivals)
        self._chats(center, scenario, most_agents)
        self._looks(center, profiles, scenario)

        self.clock: Floats = np.zeros(columns.CLOCK_WORDS)
        feed = scenario.feed
        self.clock[columns.FEED_EVERY : columns.FEED_NOISE + 1] = feed.every, feed.delay, feed.noise
        self.clock[columns.NOW] = self.edges[0]
        self.clock[columns.LOOK_STEP] = scenario.rate_step
        self.marks: Integers = np.zeros(columns.MARK_WORDS, dtype=np.int64)
        self.marks[columns.WRITES_PATHS] = writes_paths
        self.marks[columns.BY_END] = scenario.count_by == "end"
        self.marks[columns.EXACT] = arrivals.exact
        self.marks[columns.OUTCOME_VENDOR] = codes.NOBODY
        self.lines: Integers = np.full(
            (queues + vendors, columns.LEVELS, columns.LINE_WORDS), -1, dtype=np.int64
        )
        self.times: Floats = np.zeros(FIRST_ROOM)
        self.events: Integers = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.contacts: Floats = np.zeros((FIRST_ROOM, columns.CONTACT_COLUMNS))
        self.links: Integers = np.zeros((FIRST_ROOM, columns.LINK_WORDS), dtype=np.int64)
        self.free: Integers = np.arange(FIRST_ROOM, dtype=np.int64)[::-1].copy()
        self.marks[columns.FREE] = FIRST_ROOM
        self.dues: Floats = np.zeros(FIRST_ROOM)
        self.waiting: Integers = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.tally: Floats = np.zeros((len(self.edges) - 1, queues, columns.TALLY_COLUMNS))
        self.overflow: Floats = np.zeros((queues, columns.OVERFLOW_COLUMNS))
        self.overflow[:, columns.RATE] = [1.0 / queue.aht for queue in center.queues.values()]
        self.overflow[:, columns.DECAYED_AT] = self.edges[0]
        self.noted: Integers = np.zeros(routing_codes.MOST_LINES, dtype=np.int64)
        self.paths: Floats = np.zeros((PATHS_AT_ONCE if writes_paths else 0, columns.PATH_COLUMNS))
        self._first_arrivals()
        if feed.every:
            for queue in range(queues):
                self.schedule(float(self.edges[0]), queue, codes.TAKE_FEED)
        self._packed = Packed(Engine)
        self._engine: Engine | None = None  # until something grows
        kernel = _kernels.for_work(advance_at, 1 << 40)
        self._compiled = kernel if hasattr(kernel, "overloads") else None

    @property
    def now(self) -> float:
        """Epoch seconds that the floor has come to."""
        return float(self.clock[columns.NOW])

    def advance(self, until: float, tables: RoutingArrays, page: Page) -> int:
        """Run the kernel; why it stopped."""
        if self._engine is None or self._engine.page is not page.numbers:
            self._engine = self._laid_out(page)
        if self._compiled is None:
            with np.errstate(all="ignore"):  # 64-bit numbers that wrap, and waits at the end of numbers
                return advance_and_look(until, tables.tables, self._engine)
        return self._compiled(until, tables.pack(), self._packed.keep(self._engine))

    def _laid_out(self, page: Page) -> Engine:
        return Engine(
            page.numbers, page.header, self.laws, self.points, self.streams, self.keys, self.edges,
            self.volumes, self.listed, self.aims, self.measures, self.factors, self.windows, self.fits,
            self.chat_aht, self.look_at, self.clock, self.marks, self.teams, self.looks, self.routed,
            self.lines, self.times, self.events, self.contacts, self.links, self.free, self.dues,
            self.waiting, self.chat_times, self.chat_events, self.noted, self.tally, self.outcomes,
            self.overflow, self.paths,
        )  # fmt: skip

    def schedule(self, at: float, subject: int, kind: int) -> None:
        """Put an event on the agenda."""
        from bporoute._kernels.simulation.agenda import push

        size = int(self.marks[columns.EVENTS])
        if size == len(self.times):
            self._grow_agenda()
        event = subject << codes.KIND_BITS | kind
        self.marks[columns.EVENTS] = push(self.times, self.events, size, at, event)

    def grow(self) -> bool:
        """Make room for more contacts; False if there are too many already."""
        if len(self.free) >= MOST_ROOM:
            return False
        if self.marks[columns.EVENTS] + serving.MOST_PUSHED > len(self.times):
            self._grow_agenda()
        if self.marks[columns.FREE] < serving.MOST_TAKEN:
            slots = len(self.free)
            contacts = np.concatenate([self.contacts, np.zeros_like(self.contacts)])
            links = np.concatenate([self.links, np.zeros_like(self.links)])
            left = int(self.marks[columns.FREE])
            free = np.zeros(2 * slots, dtype=np.int64)
            free[:slots] = np.arange(2 * slots - 1, slots - 1, -1)
            free[slots : slots + left] = self.free[:left]
            self.contacts, self.links, self.free = contacts, links, free
            self.dues, self.waiting = np.resize(self.dues, 2 * slots), np.resize(self.waiting, 2 * slots)
            self.marks[columns.FREE] = slots + left
            self._engine = None
        return True

    def lose_the_rest(self) -> Floats:
        """Whoever still waits, endlessly patient where nobody works any more, is lost; their paths.

        Who was promised a call back has not given up, and back office stays where it is.
        """
        waiting = np.flatnonzero(self.links[:, columns.WAITS])
        lost = self.contacts[waiting[self.links[waiting, columns.IN_LEVEL] < columns.CALLBACKS]]
        for contact in lost:
            queue = int(self.streams[int(contact[columns.C_STREAM]), columns.QUEUE])
            by_end = self.marks[columns.BY_END] != 0
            interval = int(self.marks[columns.INTERVAL] if by_end else contact[columns.C_INTERVAL])
            wait = float(self.now - contact[columns.C_AT])
            count_abandoned(self.tally[interval, queue], self.aims[queue], wait)
            self.tally[interval, queue, columns.DELAYED] += 1.0
        paths = np.zeros((len(lost) if self.marks[columns.WRITES_PATHS] else 0, columns.PATH_COLUMNS))
        if len(paths):
            same = {
                columns.P_STREAM: columns.C_STREAM,
                columns.P_NUMBER: columns.C_NUMBER,
                columns.P_ATTEMPT: columns.C_ATTEMPT,
                columns.P_FIRST: columns.C_FIRST,
                columns.P_AT: columns.C_AT,
                columns.P_COST: columns.C_COST,
                columns.P_FAILED: columns.C_FAILED,
            }
            for column, of_contact in same.items():
                paths[:, column] = lost[:, of_contact]
            paths[:, columns.P_DESTINATION] = np.maximum(lost[:, columns.C_TEAM] - len(self.aims) + 1.0, 0.0)
            paths[:, columns.P_WAIT] = self.now - lost[:, columns.C_AT]
            paths[:, columns.P_ENDED], paths[:, columns.P_OUTCOME] = self.now, codes.WAS_ABANDONED
        return paths

    def _grow_agenda(self) -> None:
        self.times = np.concatenate([self.times, np.zeros_like(self.times)])
        self.events = np.concatenate([self.events, np.zeros_like(self.events)])
        self._engine = None

    def _streams(
        self, center: Center, profiles: Sequence[Profile], arrivals: Arrivals, scenario: Scenario
    ) -> tuple[Floats, Floats]:
        laws: list[Duration] = []

        def law(duration: Duration) -> int:
            laws.append(duration)
            return len(laws) - 1

        self.streams: Floats = np.zeros((len(profiles), columns.STREAM_COLUMNS))
        fallback = FALLBACKS[center.fallback]
        for row, profile, stream in zip(self.streams, profiles, arrivals.streams, strict=True):
            name = stream.contact.type
            config = center.contact_types[name]
            redial = scenario.redial.get(name)
            row[columns.PROFILE], row[columns.QUEUE] = profile.number, profile.queue
            row[columns.LEVEL] = scenario.priority.get(name, 0)
            row[columns.HANDLE_LAW] = law(scenario.handle_of(name, center))
            row[columns.PATIENCE_LAW] = law(scenario.patience_of(name, center))
            row[columns.FALLBACK] = fallback
            row[columns.PLACE] = -1 if arrivals.exact else 0
            if redial is not None:
                row[columns.REDIAL], row[columns.REDIAL_LAW] = redial.share, law(redial.after)
            if config.due_within is not None:
                row[columns.LEVEL] = columns.BACK_OFFICE
                row[columns.DUE_WITHIN] = config.due_within
                takers = [v for v in center.vendors.values() if name in v.contact_types]
                slowest = max((vendor.turnaround for vendor in takers), default=0.0)
                aht = config.aht or center.queues[config.queue].aht
                row[columns.SHIP_BEFORE] = min(slowest + aht, config.due_within)
        return laid_out(laws)

    def _keys(self, arrivals: Arrivals, seed: int, replication: int) -> None:
        self.keys: Any = np.zeros((len(arrivals.streams) + 1, columns.KEYS), dtype=np.uint64)
        for row, stream in zip(self.keys, arrivals.streams, strict=False):
            for place, purpose in enumerate(PURPOSES):
                row[place] = stream_key(seed, replication, purpose, stream.name)
        self.keys[-1, columns.FEED] = stream_key(seed, replication, "feed")

    def _vendors(self, center: Center, aim: ServiceLevel, arrivals: Arrivals) -> None:
        empties = [vendor.contract.usage() for vendor in center.vendors.values()]
        most = max((len(empty.measures) for empty in empties), default=0)
        self.outcomes: Floats = np.zeros((len(empties), columns.UNITS + most))
        self.measures: Floats = np.zeros((len(empties), max(most, 1), columns.MEASURE_COLUMNS))
        self.fits: Floats = np.zeros((len(empties), len(arrivals.streams), max(most, 1)))
        self.teams: Floats = np.zeros((len(center.queues) + len(empties), columns.TEAM_COLUMNS))
        self.teams[:, columns.SLOTS] = self.teams[:, columns.SLOWER] = 1.0
        self.teams[:, columns.SINCE] = self.edges[0]
        of_vendors = self.teams[len(center.queues) :]
        streams = [_billed(stream.contact, center) for stream in arrivals.streams]
        for row, rules, fits, empty, vendor in zip(
            of_vendors, self.measures, self.fits, empties, center.vendors.values(), strict=True
        ):
            row[columns.TEAM_WITHIN], row[columns.TEAM_SHORT] = aim.within, aim.short
            row[columns.LONGEST_FREE] = max((each.free_up_to for each in empty.measures), default=0.0)
            if vendor.agents is not None:
                row[columns.FINITE], row[columns.AGENTS] = 1.0, vendor.agents
            for number, measure in enumerate(empty.measures):
                if isinstance(measure, Shortfall):
                    fill_shortfall(rules, number, measure, empty.measures)
                else:
                    fill_measure(rules[number], measure)
                    quality = vendor.quality or QualityPrior()
                    part = quality.resolution if measure.counts == "resolved" else 1.0
                    fits[:, number] = [part * measure.fits(contact) for contact in streams]

    def _looks(self, center: Center, profiles: Sequence[Profile], scenario: Scenario) -> None:
        """What a look at each queue needs, with nothing counted nor told."""
        self.look_at: Floats = np.zeros(0)
        self.looks: Floats = np.full((len(center.queues), columns.LOOK_COLUMNS), np.nan)
        for number, (seen, queue) in enumerate(zip(self.looks, center.queues.values(), strict=True)):
            here = (profile.number for profile in profiles if profile.queue == number)
            seen[columns.ASKED] = next(here, -1)
            seen[columns.ROOM] = queue.waiting_room
            patience = max(queue.patience, LEAST_PATIENCE)
            seen[columns.BLOCKED_COST] = blocked_cost(patience, queue.cost_rate, queue.abandonment_cost)
        seconds = self.edges[-1] - self.edges[0] + scenario.rate_step  # no more looks are there
        steps = min(round(scenario.rate_window / scenario.rate_step), math.ceil(seconds / scenario.rate_step))
        self.routed: Floats = np.zeros((len(center.queues), steps + 1))

    def _chats(self, center: Center, scenario: Scenario, most_agents: Sequence[int]) -> None:
        law = [scenario.chat_of(name, center) for name in center.queues]
        slots = [len(ahts) for ahts in law]
        self.chat_aht: Floats = np.ones((len(slots), max(slots)))
        for row, ahts in zip(self.chat_aht, law, strict=True):
            row[: len(ahts)] = ahts
        self.teams[: len(slots), columns.SLOTS] = slots
        room = max(
            (each * most + 1 for each, most in zip(slots, most_agents, strict=True) if each > 1), default=1
        )
        self.chat_times: Floats = np.zeros((len(slots), room))
        self.chat_events: Integers = np.zeros(room, dtype=np.int64)

    def _first_arrivals(self) -> None:
        with np.errstate(all="ignore"):
            for number, row in enumerate(self.streams):
                key, exact = self.keys[number, columns.ARRIVAL], int(self.marks[columns.EXACT])
                row[columns.NEXT] = next_arrival(
                    number, float(self.edges[0]), key, self.streams, self.edges, self.volumes, exact
                )
        choose_next(self.streams, self.listed, self.clock, self.marks)


def _listed(arrivals: Arrivals, seed: int, replication: int) -> Floats:
    listed = arrivals.listed
    table = np.full((len(listed.time), columns.LISTED_COLUMNS), np.nan)
    table[:, columns.L_AT], table[:, columns.L_STREAM] = listed.time, listed.stream
    table[:, columns.L_HANDLE] = listed.handles(seed, replication)
    table[:, columns.L_PATIENCE] = listed.patience
    table[:, columns.L_LUCK] = 0.0
    return table


def _billed(contact: Contact, center: Center) -> BilledContact:
    """What contracts count a contact of a stream by."""
    return BilledContact(contact_type=contact.type, channel=center.contact_types[contact.type].channel)


def fill_measure(rule: Floats, measure: Measure) -> None:
    """Write a measure as the kernel counts it into a row."""
    rule[columns.COUNTS] = COUNTS[measure.counts]
    rule[columns.STEP], rule[columns.FIRST_BLOCK] = measure.step or 0.0, measure.first
    rule[columns.MINIMUM], rule[columns.INCLUDED] = measure.minimum, measure.included
    rule[columns.FREE_UP_TO], rule[columns.PRICE] = measure.free_up_to, measure.price
    if measure.rounding is not None:
        rule[columns.ROUNDED] = ROUNDINGS[measure.rounding.mode]
        rule[columns.PER_MONEY] = 10.0**measure.rounding.decimals


def fill_shortfall(rules: Floats, number: int, shortfall: Shortfall, measures: tuple[Counter, ...]) -> None:
    """Write what contacts are short of into a row, and the prices that it looks at into those before."""
    rules[number, columns.COUNTS] = codes.COUNT_SHORTFALL
    rules[number, columns.MINIMUM] = shortfall.least
    for price, measure in shortfall.parts:
        rules[measures.index(measure), columns.CHARGED_AT] += price


def page_of(lines: int, tables: RoutingArrays, first: int) -> Page:
    """A page for the kernel to note decisions on."""
    page = Page(lines, tables.ways.shape[1], first)
    page.numbers[:, :, routing_columns.REASON] = 0.0
    return page
