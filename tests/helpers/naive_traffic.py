"""Naive, slow twins of the overflow kernels: dense Markov chains of the queue and the vendor together."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np


def stationary(states, moves):
    """Probabilities of the states; `moves(state)` yields (next state, rate)."""
    place = {state: number for number, state in enumerate(states)}
    rate = np.zeros((len(states), len(states)))
    for state in states:
        for target, speed in moves(state):
            rate[place[state], place[target]] += speed
            rate[place[state], place[state]] -= speed
    system = rate.T.copy()
    system[-1] = 1.0
    weights = np.linalg.solve(system, np.eye(len(states))[-1])
    return dict(zip(states, weights, strict=True))


def leaving_rate(present, agents, mu, theta):
    return min(present, agents) * mu + max(present - agents, 0) * theta


def transform(s, agents, lam, mu, theta, room):
    """Mean of e^(-s T), T from one overflow to the next: first-step equations of all states at once."""
    last = agents + room
    system, overflow = np.zeros((last + 1, last + 1)), np.zeros(last + 1)
    for i in range(last + 1):
        leave = leaving_rate(i, agents, mu, theta)
        system[i, i] = lam + leave + s
        if i > 0:
            system[i, i - 1] = -leave
        if i < last:
            system[i, i + 1] = -lam
        else:
            overflow[i] = lam
    return float(np.linalg.solve(system, overflow)[last])


@cache
def one_queue(agents, lam, mu, theta, room, pool, mu_v, places):
    """Probabilities of (contacts in the queue, contacts at the pool); `places` may wait at the pool."""
    last, most = agents + room, pool + places

    def moves(state):
        i, k = state
        if i < last:
            yield (i + 1, k), lam
        elif k < most:
            yield (i, k + 1), lam
        if i > 0:
            yield (i - 1, k), leaving_rate(i, agents, mu, theta)
        if k > 0:
            yield (i, k - 1), min(k, pool) * mu_v

    return stationary(list(itertools.product(range(last + 1), range(most + 1))), moves)


def found_by_overflow(agents, lam, mu, theta, room, pool, mu_v, places):
    """Distribution of the contacts at the pool, 0 .. pool + places, that an overflowing contact finds."""
    chances = one_queue(agents, lam, mu, theta, room, pool, mu_v, places)
    full = np.array([chances[agents + room, k] for k in range(pool + places + 1)])
    return full / full.sum()


def blocking(agents, lam, mu, theta, room, pool, mu_v):
    return found_by_overflow(agents, lam, mu, theta, room, pool, mu_v, 0)[-1]


def wait(agents, lam, mu, theta, room, pool, mu_v, places):
    """(probability of a wait, mean wait) with so many places that hardly anybody is turned away."""
    found = found_by_overflow(agents, lam, mu, theta, room, pool, mu_v, places)
    ahead = found[pool:]
    return ahead.sum(), sum(p * (k + 1) / (pool * mu_v) for k, p in enumerate(ahead))


def factorial_moments(agents, lam, mu, theta, room, mu_v, most):
    """E[L], E[L (L-1)], E[L (L-1) (L-2)] of the contacts L at a vendor of `most` agents, too many to fill."""
    chances = one_queue(agents, lam, mu, theta, room, most, mu_v, 0)
    count = np.array([k for _, k in chances], dtype=float)
    weight = np.array(list(chances.values()))
    return weight @ count, weight @ (count * (count - 1)), weight @ (count * (count - 1) * (count - 2))


def two_queues_blocking(first, second, pool, mu_v):
    """Blocked share of the overflow of two loss queues (agents, lam, mu) on one pool."""
    (n1, lam1, mu1), (n2, lam2, mu2) = first, second

    def moves(state):
        i, j, k = state
        for present, agents, lam, step in ((i, n1, lam1, (1, 0, 0)), (j, n2, lam2, (0, 1, 0))):
            if present < agents:
                yield (i + step[0], j + step[1], k), lam
            elif k < pool:
                yield (i, j, k + 1), lam
        if i > 0:
            yield (i - 1, j, k), i * mu1
        if j > 0:
            yield (i, j - 1, k), j * mu2
        if k > 0:
            yield (i, j, k - 1), k * mu_v

    states = list(itertools.product(range(n1 + 1), range(n2 + 1), range(pool + 1)))
    offered = blocked = 0.0
    for (i, j, k), chance in stationary(states, moves).items():
        rate = chance * (lam1 * (i == n1) + lam2 * (j == n2))
        offered += rate
        blocked += rate * (k == pool)
    return blocked / offered


def switched_blocking(rate_on, on_to_off, off_to_on, pool, mu_v):
    """Blocked share of an interrupted Poisson stream."""

    def moves(state):
        on, k = state
        yield (1 - on, k), on_to_off if on else off_to_on
        if on and k < pool:
            yield (on, k + 1), rate_on
        if k > 0:
            yield (on, k - 1), k * mu_v

    chances = stationary(list(itertools.product((0, 1), range(pool + 1))), moves)
    return chances[1, pool] / sum(chances[1, k] for k in range(pool + 1))
