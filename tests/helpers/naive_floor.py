"""A simulated floor, naively: Python lists and a heap around the real live router, told as telephony would.

It shares no code with the kernel. Before every contact the router is told who is busy and who waits; it
routes the contact, and is told the end of every one that a vendor had. Handle times are not told, so that the
router goes by the center's figures, as the simulation does.
"""

from __future__ import annotations

import heapq
import itertools
import math

import numpy as np

from bporoute import Contact, Router
from bporoute.queueing._sampling import sampled
from bporoute.routing._decision import Action
from bporoute.simulation._engine._laws import tell_handle_times
from bporoute.simulation._scenario import outage_second
from bporoute.workload._random import stream_key
from helpers import naive_chance

FURTHER = 2**40
BEFORE, EVENT, ARRIVAL = range(3)
"""What comes first of what happens at one instant."""
CALLBACK, BACK_OFFICE = 6, 7


def exponential(key, number):
    return -math.log1p(-naive_chance.uniform(key, number))


def poisson_arrivals(key, edges, volumes):
    """Arrivals at rate 1, carried over to the clock on which the expected number has come."""
    passed, number, found = 0.0, 0, []
    reached = np.concatenate([[0.0], np.cumsum(volumes)])
    while True:
        passed += exponential(key, number)
        if passed >= reached[-1]:
            return found
        place = int(np.searchsorted(reached, passed, side="right")) - 1
        share = (passed - reached[place]) / (reached[place + 1] - reached[place])
        found.append(float(edges[place] + share * (edges[place + 1] - edges[place])))
        number += 1


def exact_arrivals(key, edges, volumes):
    """Of r contacts still to come, uniform up to the end, the earliest."""
    found = []
    for place, volume in enumerate(volumes):
        at = edges[place]
        for left in range(round(volume), 0, -1):
            share = naive_chance.uniform(key, len(found)) ** (1.0 / left)
            at = edges[place + 1] - (edges[place + 1] - at) * share
            found.append(float(at))
    return found


def told_of(decision):
    """What the router had been told of the queue."""
    state = decision.state
    return state and (state.agents, state.busy, state.waiting, state.arrival_rate)


class One:
    """A contact."""

    def __init__(self, stream, number, attempt, first, at, contact, handle=math.nan, patience=math.nan):
        self.stream, self.number, self.attempt, self.first, self.at = stream, number, attempt, first, at
        self.contact, self.handle, self.patience = contact, handle, patience
        self.level, self.due, self.decision, self.vendor, self.waits = 0, math.inf, None, "", False

    @property
    def draw(self):
        return self.number + self.attempt * FURTHER


class Team:
    """Agents, those who wait for them, level by level, and what is left of each chat that they share.

    `law` is how long a chat takes an agent who has 1, 2, .. of them; one: an agent has one at a time.
    """

    def __init__(self, agents=0, law=(1.0,)):
        self.agents, self.busy, self.law = agents, 0, law
        self.lines = [[] for _ in range(BACK_OFFICE + 1)]
        self.left, self.since, self.plan = [], 0.0, 0

    @property
    def room(self):
        return self.agents * len(self.law)

    @property
    def speed(self):
        """How fast each chat gets on, beside one alone; agents have as nearly the same number as can be."""
        agents = max(self.agents, -(-self.busy // len(self.law)))
        each, more = divmod(self.busy, agents)
        loads = [each + 1] * more + [each] * (agents - more)
        return sum(load * self.law[0] / self.law[load - 1] for load in loads if load) / self.busy

    def work_until(self, now):
        if self.left:
            done = (now - self.since) * self.speed
            self.left = [left - done for left in self.left]
        self.since = now

    @property
    def waiting(self):
        return sum(len(line) for line in self.lines[:CALLBACK])

    def next(self):
        return next((line[0] for line in self.lines if line), None)


class NaiveFloor:
    """One run. After it, `decisions` and `paths` tell what happened."""

    def __init__(self, center, policy, arrivals, schedule, scenario, seed=1, ids=(), prepare=None):
        self.now = 0.0
        self.center, self.scenario, self.seed = center, scenario, seed
        self.router = Router(
            center, policy, clock=lambda: self.now, lease=math.inf, chance=lambda: 0.5, compile=False
        )
        if prepare is not None:
            prepare(self.router)
        self.streams, self.edges = arrivals.streams, arrivals.edges.tolist()
        # A run stands for the contract periods of which it is a part.
        offers = self.router._tables.offers
        offers.pricing.cover(self.edges[0], self.edges[-1])
        tell_handle_times(self.router._tables, arrivals, scenario)  # a run knows them from the start
        self.schedule = schedule
        self.teams = {name: Team(law=scenario.chat_of(name, center)) for name in center.queues}
        for name, vendor in center.vendors.items():
            if vendor.agents is not None:
                self.teams[name] = Team(vendor.agents)
        self.failing = dict.fromkeys(center.vendors, 0.0)
        self.routed = dict.fromkeys(center.queues, 0)
        self.counts = {name: [] for name in center.queues}
        self.told = dict.fromkeys(center.queues)
        self.rates = dict.fromkeys(center.queues)
        self.heap, self.order = [], itertools.count()
        self.decisions, self.paths, self.most_there = [], {}, 0
        self._drawn = {}
        for at in self._moments(arrivals):
            self._at(at, BEFORE, self._boundary)
        volumes = arrivals.realised(seed, 0)
        spread = exact_arrivals if arrivals.exact else poisson_arrivals
        for number, stream in enumerate(self.streams):
            key = int(stream_key(seed, 0, "arrival", stream.name))
            for place, at in enumerate(spread(key, self.edges, volumes[number].tolist())):
                self._arrives(One(number, place, 0, at, at, stream.contact))
        listed = arrivals.listed
        for place, at in enumerate(listed.time.tolist()):
            number = int(listed.stream[place])
            said = self.streams[number].contact
            contact = said if not len(ids) else Contact(said.type, said.language, ids[place])
            handle, patience = float(listed.handle[place]), float(listed.patience[place])
            self._arrives(One(number, place, 0, at, at, contact, handle, patience))
        if scenario.feed.every:
            for name in center.queues:
                self._at(self.edges[0], EVENT, lambda name=name: self._look(name))
        self._volumes = volumes

    def run(self):
        last = self.edges[-1] + 86_400.0
        # The profiles are known in the order of their streams, as the simulation knows them.
        profiles = [self.router._tables.profile(stream.contact) for stream in self.streams]
        for row in self.router._tables.queues.rows:
            row.profile = next((profile for profile in profiles if profile.queue == row.number), None)
        while self.heap and self.heap[0][0] < last:
            self.now, _, _, happen = heapq.heappop(self.heap)
            happen()
        return self

    # -- time ----------------------------------------------------------------------------------

    def _at(self, when, rank, happen):
        if when < math.inf:
            heapq.heappush(self.heap, (when, rank, next(self.order), happen))

    def _arrives(self, one):
        self._at(one.at, ARRIVAL, lambda: self._arrive(one))

    def _moments(self, arrivals):
        scenario, found = self.scenario, {*self.edges}
        if scenario.rate == "measured":
            step, at = scenario.rate_step, self.edges[0]
            while at <= self.edges[-1]:
                found.add(at)
                at += step
        for name in self.center.queues:
            found |= {at for at, _ in self.schedule.steps(name)}
        for outage in scenario.outages:
            for moment in (outage.start, outage.end):
                second = outage_second(moment, self.center)
                found |= {second, second + (outage.told_after or 0.0)}
        return sorted(at for at in found if self.edges[0] <= at <= self.edges[-1])

    def _boundary(self):
        now, scenario = self.now, self.scenario
        for name in self.center.queues:
            agents = self.schedule.agents_at(name, now)
            if agents != self.teams[name].agents:
                self.teams[name].work_until(now)
                self.teams[name].agents = agents
                self._plan_chats(name)
                self._at(now, EVENT, lambda name=name: self._serve_line(name))
        early = now - self.edges[0] < scenario.rate_window
        self.router._tables.clock.look_every(scenario.rate_step if early else scenario.rate_window)
        self._follow()
        for outage in scenario.outages:
            start, end = (outage_second(at, self.center) for at in (outage.start, outage.end))
            if now in (start, end):
                self.failing[outage.vendor] = outage.failing if now == start else 0.0
            if outage.told_after is not None and now - outage.told_after in (start, end):
                self.router.vendors[outage.vendor].update(up=now - outage.told_after == end)
        if scenario.rate == "forecast":
            place = min(int(np.searchsorted(self.edges, now, side="right")) - 1, len(self.edges) - 2)
            width = self.edges[place + 1] - self.edges[place]
            self.rates = dict.fromkeys(self.center.queues, 0.0)
            for stream in self.streams:
                queue = self.center.contact_types[stream.contact.type].queue
                self.rates[queue] += float(stream.volumes[place]) / width
        elif (now - self.edges[0]) % scenario.rate_step == 0:
            steps = round(scenario.rate_window / scenario.rate_step)
            for name, counts in self.counts.items():
                counts.append(self.routed[name])
                del counts[: -steps - 1]
                came = counts[-1] - counts[0]
                self.rates[name] = came / ((len(counts) - 1) * scenario.rate_step) if came else None
        for name in self.center.queues:
            self._tell(name)

    def _follow(self):
        """Have the router look at its clock, as whoever asks it anything does."""
        for vendor in self.center.vendors:
            self.router.usage(vendor)

    def _tell(self, name):
        team, news = self.teams[name], (self.teams[name].agents, self.rates[name])
        if news != self.told[name]:
            there = {"busy": team.busy, "waiting": team.waiting}
            if self.told[name] is not None and self.scenario.feed.every:  # the feed tells of them
                there = {}
            self.told[name] = news
            agents = team.room / self.center.queues[name].concurrency
            self.router.state[name].update(agents=agents, arrival_rate=self.rates[name], **there)

    def _look(self, name):
        team, feed, at = self.teams[name], self.scenario.feed, self.now
        busy, waiting = team.busy, team.waiting
        self._at(
            at + feed.delay, EVENT, lambda: self.router.state[name].update(busy=busy, waiting=waiting, at=at)
        )
        if at < self.edges[-1] + 86_400.0:
            self._at(at + feed.every, EVENT, lambda: self._look(name))

    # -- contacts --------------------------------------------------------------------------------

    def _arrive(self, one):
        config = self.center.contact_types[one.contact.type]
        one.level = self.scenario.priority.get(one.contact.type, 0)
        if config.due_within is not None and one.attempt == 0:
            one.level, one.due, one.patience = BACK_OFFICE, self.now + config.due_within, math.inf
            self._join(one, config.queue)
            return
        self._decide(one, shipped=False)

    def _decide(self, one, shipped):
        queue = self.center.contact_types[one.contact.type].queue
        team = self.teams[queue]
        if not self.scenario.feed.every:
            self._follow()
            self.router.state[queue].update(busy=team.busy, waiting=team.waiting)
        decision = one.decision = self.router.route(one.contact)
        self.routed[queue] += 1
        rejected = {out.destination: out.reason.rule for out in decision.rejected}
        self.decisions.append(
            (
                self.now,
                (one.contact.type, one.contact.id, told_of(decision)),
                str(decision.action),
                decision.destination,
                decision.ranked,
                rejected,
            )
        )
        destination = decision.destination if decision.action == Action.OVERFLOW else ""
        if destination and self._fails(one, destination):
            self.router.settle(decision, "failed")
            others = decision.ranked[1:]
            assert others[:1] in ((), (queue,))  # else the router would not know who has it
            destination = ""
        if destination:
            if shipped:
                self._leave_line(one, queue)
                one.at = self.now  # the vendor has it from now on
            self._send(one, destination)
        elif not shipped:
            if decision.ranked or self.center.fallback == "keep":
                self._join(one, queue)
            elif self.center.fallback == "callback":
                one.level, one.patience = CALLBACK, math.inf
                self._join(one, queue)
            else:
                self._over(one, -1, 0.0, "rejected", 0.0)

    def _fails(self, one, vendor):
        share = self.failing[vendor]
        way = one.decision.evidence.profile.destinations.index(vendor)
        return share > 0 and naive_chance.uniform(self._key("failure", one), one.draw * 65536 + way) < share

    def _send(self, one, name):
        vendor = self.center.vendors[name]
        one.vendor = name
        if vendor.agents is not None:
            self._join(one, name)
            return
        wait = exponential(self._key("vendor wait", one), one.draw) * vendor.expected_wait
        patience, handle = self._patience(one), self._handle(one)
        if patience < wait:
            self._at(self.now + patience, EVENT, lambda: self._left(one, patience, gave_up=True))
        else:
            self._at(self.now + wait + handle, EVENT, lambda: self._left(one, wait, gave_up=False))

    def _left(self, one, wait, gave_up):
        """A contact is done at a vendor."""
        self.router.settle(one.decision, "abandoned" if gave_up else "answered", wait=wait)
        place = list(self.center.vendors).index(one.vendor) + 1
        outcome = "abandoned" if gave_up else "answered"
        self._over(one, place, wait, outcome, 0.0 if gave_up else self._handle(one))
        if gave_up:
            self._perhaps_again(one)
        elif self.center.vendors[one.vendor].agents is not None:
            self.teams[one.vendor].busy -= 1
            self._serve_line(one.vendor)

    def _join(self, one, name):
        team = self.teams[name]
        nobody_before = not any(team.lines[: BACK_OFFICE + (one.level == BACK_OFFICE)])
        if team.busy < team.room and nobody_before:
            self._begin(one, name)
            return
        line = team.lines[one.level]
        line.append(one)
        line.sort(key=lambda other: other.due)
        one.waits = True
        there = sum(other.waiting + other.busy for other in self.teams.values())
        self.most_there = max(self.most_there, there)
        if one.level == BACK_OFFICE:
            if name in self.center.queues:
                takers = [v for v in self.center.vendors.values() if one.contact.type in v.contact_types]
                config = self.center.contact_types[one.contact.type]
                before = max((v.turnaround for v in takers), default=0.0)
                before += self.center.queues[name].aht if config.aht is None else config.aht
                latest = one.due - min(before, config.due_within)
                self._at(latest, EVENT, lambda: one.waits and self._decide(one, shipped=True))
        else:
            self._at(self.now + self._patience(one), EVENT, lambda: one.waits and self._give_up(one, name))

    def _leave_line(self, one, name):
        self.teams[name].lines[one.level].remove(one)
        one.waits = False

    def _give_up(self, one, name):
        self._leave_line(one, name)
        wait = self.now - one.at
        if name in self.center.vendors:
            self._left(one, wait, gave_up=True)
            return
        self._settle_kept(one, "abandoned", wait)
        self._over(one, 0, wait, "abandoned", 0.0)
        self._perhaps_again(one)

    def _perhaps_again(self, one):
        redial = self.scenario.redial.get(one.contact.type)
        if redial is None or not naive_chance.uniform(self._key("redial", one), one.draw) < redial.share:
            return
        pause = self._duration("redial after", redial.after, one)
        again = One(one.stream, one.number, one.attempt + 1, one.first, self.now + pause, one.contact)
        self._at(again.at, EVENT, lambda: self._arrive(again))

    def _settle_kept(self, one, outcome, wait):
        """Not where a feed tells of the state: it would count who leaves a second time."""
        if one.decision is not None and not self.scenario.feed.every:
            self.router.settle(one.decision, outcome, wait=wait)

    def _serve_line(self, name):
        team = self.teams[name]
        while team.busy < team.room and (one := team.next()) is not None:
            self._leave_line(one, name)
            self._begin(one, name)

    def _begin(self, one, name):
        team, wait, handle = self.teams[name], self.now - one.at, self._handle(one)
        chats = len(team.law) > 1
        if chats:
            team.work_until(self.now)
            team.left.append(handle)
        team.busy += 1
        if name in self.center.vendors:
            self._at(self.now + handle, EVENT, lambda: self._left(one, wait, gave_up=False))
            return
        self._settle_kept(one, "answered", wait)
        self._over(one, 0, wait, "answered", handle, math.nan if chats else self.now + handle)
        if chats:
            self._plan_chats(name)
            return

        def finish():
            team.busy -= 1
            self._serve_line(name)

        self._at(self.now + handle, EVENT, finish)

    def _plan_chats(self, name):
        """The next chat of a team ends when the least is left of it, unless something happens before."""
        team = self.teams[name]
        team.plan += 1
        plan = team.plan

        def finish():
            if plan != team.plan:
                return
            team.work_until(self.now)
            team.left.remove(min(team.left))
            team.busy -= 1
            self._serve_line(name)
            self._plan_chats(name)

        if team.left:
            self._at(self.now + max(min(team.left), 0.0) / team.speed, EVENT, finish)

    def _over(self, one, destination, wait, outcome, handle, ended=None):
        self.paths[one.stream, one.number, one.attempt] = (
            one.first,
            one.at,
            destination,
            wait,
            outcome,
            handle,
            self.now if ended is None else ended,
        )

    # -- chance ----------------------------------------------------------------------------------

    def _key(self, purpose, one):
        return int(stream_key(self.seed, 0, purpose, self.streams[one.stream].name))

    def _duration(self, purpose, duration, one):
        asked = purpose, one.stream, one.draw
        if asked not in self._drawn:
            key = stream_key(self.seed, 0, purpose, self.streams[one.stream].name)
            self._drawn[asked] = float(sampled(duration, key, 1, first=one.draw)[0])
        return self._drawn[asked]

    def _handle(self, one):
        if one.handle == one.handle:
            return one.handle
        return self._duration("handle", self.scenario.handle_of(one.contact.type, self.center), one)

    def _patience(self, one):
        if one.patience == one.patience:
            return one.patience
        return self._duration("patience", self.scenario.patience_of(one.contact.type, self.center), one)
