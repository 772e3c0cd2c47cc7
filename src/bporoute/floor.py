"""A simulated floor: in-house queues and vendors that serve the calls which a router decides.

Every call meets the live router's own `route` and `settle`, with the floor's state told beforehand as a
telephony system would. Calls are answered first come first served; an agent whose shift ends finishes the
call in hand; a caller leaves when the patience is used up.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import msgspec
import numpy as np

from bporoute.arrays import Flags, Floats, Integers
from bporoute.contact import Contact
from bporoute.decision import Action, Decision
from bporoute.draws import Draws
from bporoute.live import LiveQueue
from bporoute.logs import Call
from bporoute.router import Router
from bporoute.schedule import Schedule

RATE_WINDOW = 1800.0
"""Seconds over which the arrival rate that a router is told is counted."""
RATE_STEP = 300.0
"""Seconds between two updates of that rate."""
CALLS_A_STEP = 500
"""Calls between two reports of progress."""


class Fates(msgspec.Struct, frozen=True, eq=False):
    """What became of each call.

    Attributes
    ----------
    destination : array of int
        0 in-house, v + 1 vendor v, -1 nobody.
    wait : array
        Seconds until it was answered or given up.
    abandoned : array of bool
        Given up or turned away.
    price : array
        Money owed to a vendor.
    busy_seconds, staffed_seconds : dict of str to float
        Per in-house queue.
    """

    destination: Integers
    wait: Floats
    abandoned: Flags
    price: Floats
    busy_seconds: dict[str, float]
    staffed_seconds: dict[str, float]


class _Team:
    """One in-house queue on the floor."""

    def __init__(self, live: LiveQueue) -> None:
        self.live = live
        self.agents = 0
        self.busy = 0
        self.line: deque[int] = deque()
        self.waiting: set[int] = set()
        self.arrivals: deque[float] = deque()
        self.rate = 0.0
        self.rate_until = -math.inf
        self.busy_seconds = 0.0
        self.staffed_seconds = 0.0
        self.staffed_since = 0.0

    def tell(self, now: float) -> None:
        """Tell the router what is true now, before it decides."""
        if now >= self.rate_until:
            while self.arrivals and self.arrivals[0] < now - RATE_WINDOW:
                self.arrivals.popleft()
            self.rate = len(self.arrivals) / RATE_WINDOW
            self.rate_until = now + RATE_STEP
        self.arrivals.append(now)
        self.live.update(
            agents=self.agents, busy=self.busy, waiting=len(self.waiting), arrival_rate=self.rate
        )

    def staff(self, now: float, agents: int) -> None:
        """Change the number of agents."""
        self.staffed_seconds += self.agents * (now - self.staffed_since)
        self.staffed_since = now
        self.agents = agents

    def next_waiting(self) -> int | None:
        """Take the call that has waited longest, if an agent is free for it."""
        while self.busy < self.agents and self.line:
            call = self.line.popleft()
            if call in self.waiting:
                self.waiting.remove(call)
                return call
        return None


class Clock:
    """A clock that stands until it is set; what the router of a replay reads."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Epoch seconds."""
        return self.now


class Floor:
    """Runs calls through a router; made for one run.

    Parameters
    ----------
    router : Router
        Its clock must be `clock`.
    clock : Clock
        Set to each event's time.
    schedule : Schedule
        Agents of every queue.
    calls : sequence of Call
        In order of arrival.
    draws : Draws
        Chance, one entry per call.
    """

    def __init__(
        self, router: Router, clock: Clock, schedule: Schedule, calls: Sequence[Call], draws: Draws
    ) -> None:
        self._router = router
        self._clock = clock
        self._calls = calls
        self._handle = draws.handle.tolist()
        self._patience = draws.patience.tolist()
        self._luck = draws.vendor_luck.tolist()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._end = calls[-1].arrival if calls else 0.0
        self._vendor_numbers = {name: number for number, name in enumerate(router.center.vendors)}
        self._teams: dict[str, _Team] = {}
        for name in router.center.queues:
            live = router.state[name]
            assert isinstance(live, LiveQueue)
            self._teams[name] = _Team(live)
            for at, agents in schedule.steps(name):
                self._at(at, self._shift_change(name, agents))
        self._destination = np.full(len(calls), -1, dtype=np.int64)
        self._wait = np.zeros(len(calls))
        self._abandoned = np.zeros(len(calls), dtype=bool)
        self._price = np.zeros(len(calls))

    def run(self, watch: Callable[[Decision], None] | None = None) -> Iterator[int]:
        """Run all calls; yields how many more calls are decided, now and then."""
        for number, call in enumerate(self._calls):
            self._pass_time(call.arrival)
            self._arrive(number, call, watch)
            if number % CALLS_A_STEP == CALLS_A_STEP - 1:
                yield CALLS_A_STEP
        self._pass_time(math.inf)
        for team in self._teams.values():
            for number in team.waiting:  # endlessly patient, and nobody came back to work
                self._give_up(number, self._end)
        yield len(self._calls) % CALLS_A_STEP

    def fates(self) -> Fates:
        """What became of each call, once the run is over."""
        return Fates(
            self._destination,
            self._wait,
            self._abandoned,
            self._price,
            {name: team.busy_seconds for name, team in self._teams.items()},
            {name: team.staffed_seconds for name, team in self._teams.items()},
        )

    def _at(self, when: float, happen: Callable[[float], None]) -> None:
        if when < math.inf:
            heapq.heappush(self._events, (when, next(self._order), happen))

    def _pass_time(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            when, _, happen = heapq.heappop(self._events)
            self._end = when
            happen(when)

    def _arrive(self, number: int, call: Call, watch: Callable[[Decision], None] | None) -> None:
        self._clock.now = call.arrival
        kind = self._router.center.contact_types.get(call.type)
        queue = kind.queue if kind is not None else next(iter(self._teams))
        self._teams[queue].tell(call.arrival)
        decision = self._router.route(Contact(call.type, call.language, call.id))
        if watch is not None:
            watch(decision)
        if decision.action == Action.KEEP and decision.destination is not None:
            self._join(number, decision.destination, call.arrival)
        elif decision.action == Action.OVERFLOW:
            self._send(number, decision, call.arrival)
        else:
            self._abandoned[number] = True

    def _join(self, number: int, queue: str, now: float) -> None:
        team = self._teams[queue]
        self._destination[number] = 0
        if team.busy < team.agents and not team.waiting:
            self._serve(number, team, now)
            return
        team.line.append(number)
        team.waiting.add(number)

        def lose_patience(when: float) -> None:
            if number in team.waiting:
                team.waiting.remove(number)
                self._give_up(number, when)

        self._at(now + self._patience[number], lose_patience)

    def _serve(self, number: int, team: _Team, now: float) -> None:
        self._wait[number] = now - self._calls[number].arrival
        team.busy += 1
        team.busy_seconds += self._handle[number]

        def finish(when: float) -> None:
            team.busy -= 1
            self._take_next(team, when)

        self._at(now + self._handle[number], finish)

    def _take_next(self, team: _Team, now: float) -> None:
        while (number := team.next_waiting()) is not None:
            self._serve(number, team, now)

    def _shift_change(self, queue: str, agents: int) -> Callable[[float], None]:
        def change(when: float) -> None:
            team = self._teams[queue]
            team.staff(when, agents)
            self._take_next(team, when)

        return change

    def _send(self, number: int, decision: Decision, now: float) -> None:
        assert decision.destination is not None
        vendor = self._vendor_numbers[decision.destination]
        self._destination[number] = vendor + 1
        wait = self._luck[number] * self._router.center.vendors[decision.destination].expected_wait
        patience, handle = self._patience[number], self._handle[number]

        def lose_patience(when: float) -> None:
            self._router.settle(decision, "abandoned", wait=patience)
            self._give_up(number, when)

        def finish(when: float) -> None:
            self._price[number] = self._router.settle(decision, "answered", wait=wait, handle=handle)
            self._wait[number] = wait

        if patience < wait:
            self._at(now + patience, lose_patience)
        else:
            self._at(now + wait + handle, finish)

    def _give_up(self, number: int, now: float) -> None:
        self._abandoned[number] = True
        self._wait[number] = now - self._calls[number].arrival
