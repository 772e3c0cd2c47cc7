"""A queue the slow way: fractions, sums over states, linear systems, matrix exponentials, simulation.

Shares no code with the package. For few agents and small waiting rooms; an endless room is a large one.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from fractions import Fraction
from functools import cache

import numpy as np
from scipy.linalg import expm

INF = math.inf


def erlang_b(agents, load):
    """The recursion over the agents, in fractions."""
    blocking = Fraction(1)
    for k in range(1, agents + 1):
        lost = Fraction(load) * blocking
        blocking = lost / (k + lost)
    return blocking


def erlang_c(agents, load):
    """States of M/M/n summed up in fractions, the queue as a geometric series."""
    n, a = agents, Fraction(load)
    weight = free = Fraction(1)
    for k in range(1, n):
        weight *= a / k
        free += weight
    queue = weight * a / n / (1 - a / n)
    return queue / ((free if n else 0) + queue)


def free_weight(agents, load):
    """n/a + n(n-1)/a^2 + .. for a whole n, in fractions."""
    term, total = Fraction(1), Fraction(0)
    for k in range(agents, 0, -1):
        term *= Fraction(k) / Fraction(load)
        total += term
    return total


def busy_weight(x, y):
    """1 + y/(x+1) + y^2/((x+1)(x+2)) + .., in fractions that are cut to 40 digits."""
    x, y, digits = Fraction(x), Fraction(y), 10**40
    term, total, k = Fraction(1), Fraction(1), 0
    while term > total / 10**25 or k + x < y:
        k += 1
        term = Fraction(math.floor(term * y / (x + k) * digits) + 1, digits)
        total += term
    return total


class Queue:
    """M/M/n/n+K with exponential patience: n whole; patience 0 and a room of 0 are told apart by `patience`.

    The generator of the number present is solved for its stationary law; a contact that finds j waiting is a
    Markov chain on the places before it, ended by its answer or its patience.
    """

    def __init__(self, agents, rate, aht, patience=INF, room=INF, endless=75):
        self.n, self.rate, self.aht = agents, rate, aht
        self.theta = 1.0 / patience
        self.room = endless if room == INF else int(room)
        states = agents + self.room + 1
        generator = np.zeros((states, states))
        for state in range(states - 1):
            generator[state, state + 1] = rate
            leaves = min(state + 1, agents) / aht + max(state + 1 - agents, 0) * self.theta
            generator[state + 1, state] = leaves
        generator -= np.diag(generator.sum(axis=1))
        balance = np.vstack([generator.T[:-1], np.ones(states)])
        self.law = np.linalg.solve(balance, np.append(np.zeros(states - 1), 1.0))
        self.found = self.law[agents : agents + self.room]  # places before those who have to wait

    @property
    def blocked(self):
        return 0.0 if self.room == 0 and self.theta == INF else self.law[-1]

    @property
    def waits(self):
        return self.found.sum()

    @property
    def queue_length(self):
        return np.arange(self.room + 1) @ self.law[self.n :]

    @property
    def mean_wait(self):
        return self.queue_length / self.rate

    @property
    def gone(self):
        return self.theta * self.mean_wait

    @property
    def occupancy(self):
        return np.minimum(np.arange(len(self.law)), self.n) @ self.law / self.n

    def _tagged(self, theta):
        """Generator over (0 .. K-1 places ahead; answered; gone) of a contact of its own impatience."""
        size = self.room
        generator = np.zeros((size + 2, size + 2))
        for ahead in range(size):
            answered = self.n / self.aht
            generator[ahead, size + 1] = theta
            if ahead:
                generator[ahead, ahead - 1] = answered + ahead * self.theta
            else:
                generator[ahead, size] = answered
        return generator - np.diag(generator.sum(axis=1))

    @cache  # noqa: B019 - a queue of a test does not live long
    def _at(self, t, theta):
        """Who of those who wait is where after t: (still waiting, answered, gone), of the offered."""
        if self.room == 0:
            return 0.0, 0.0, 0.0
        after = np.append(self.found, [0.0, 0.0]) @ expm(self._tagged(theta) * t)
        return after[: self.room].sum(), after[self.room], after[self.room + 1]

    def virtual_exceeds(self, t):
        return self._at(t, 0.0)[0]

    def exceeds(self, t):
        return self._at(t, self.theta)[0]

    def served_within(self, t):
        return self.law[: self.n].sum() + self._at(t, self.theta)[1]

    def gone_within(self, t):
        return self._at(t, self.theta)[2]

    @property
    def served(self):
        return 1.0 - self.blocked - self.gone

    @property
    def asa(self):
        """The integral of t times the density of the answer, as linear systems."""
        moving = self._tagged(self.theta)[: self.room, : self.room]
        into = self._tagged(self.theta)[: self.room, self.room]
        # integral of t e^(tG) dt = G^-2
        return self.found @ np.linalg.solve(moving, np.linalg.solve(moving, into)) / self.served

    def service_level(self, t, counting, short=None):
        served, gone = self.served_within(t), self.gone_within(t)
        return {
            "offered": lambda: served,
            "ignored": lambda: served / (1.0 - gone),
            "credited": lambda: served + gone,
            "answered": lambda: served / self.served,
            "short_excluded": lambda: served / (1.0 - self.gone_within(t if short is None else short)),
            "short_credited": lambda: served + self.gone_within(t if short is None else short),
            "virtual": lambda: 1.0 - self.blocked - self.virtual_exceeds(t),
        }[counting]()


def simulate(agents, rate, aht, patience, room, within, contacts, seed):
    """Events one by one. Shares of the offered: waits, gone, blocked, answered in time; mean wait of all."""
    chance = random.Random(seed)
    ends: list[float] = []  # when the busy agents get free
    queue: deque[tuple[float, float]] = deque()  # (arrived, gives up at)
    now = 0.0
    waits = gone = blocked = in_time = 0
    waited = 0.0
    for _ in range(contacts):
        now += chance.expovariate(rate)
        while ends and ends[0] <= now:
            free_at = heapq.heappop(ends)
            while queue:
                arrived, gives_up = queue.popleft()
                waited += min(gives_up, free_at) - arrived
                if gives_up > free_at:
                    in_time += free_at - arrived <= within
                    heapq.heappush(ends, free_at + chance.expovariate(1.0 / aht))
                    break
                gone += 1
        waiting = sum(gives_up > now for _, gives_up in queue)
        if len(ends) < agents:
            in_time += 1
            heapq.heappush(ends, now + chance.expovariate(1.0 / aht))
        elif waiting < room:
            waits += 1
            queue.append((now, now + chance.expovariate(1.0 / patience) if patience < INF else INF))
        else:
            blocked += 1
    return {
        "waits": waits / contacts, "gone": gone / contacts, "blocked": blocked / contacts,
        "in_time": in_time / contacts, "mean_wait": waited / contacts,
    }  # fmt: skip
