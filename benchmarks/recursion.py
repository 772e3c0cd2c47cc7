"""Plain recursions over the states, compiled by Numba: what a C programmer would write, to compare with.

Each is a loop over n, so its cost grows with the number of agents. Whole numbers of agents only. Times are in
units of the mean handle time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

FAST = {"error_model": "numpy"}


@njit(**FAST)
def erlang_b(agents, load):
    """1 / B(n) = 1 + n / a / B(n - 1)."""
    inverse = 1.0
    scale = 1.0 / load
    for k in range(1, int(agents) + 1):
        inverse = 1.0 + k * scale * inverse
    return 1.0 / inverse


@njit(**FAST)
def erlang_c(agents, load):
    if load >= agents:
        return 1.0
    b = erlang_b(agents, load)
    return agents * b / (agents - load * (1.0 - b))


@njit(**FAST)
def erlang_c_level(agents, load, within):
    """Service level, a share of the offered contacts."""
    if load >= agents:
        return 0.0
    return 1.0 - erlang_c(agents, load) * math.exp(-(agents - load) * within)


@njit(**FAST)
def erlang_a_level(agents, load, patience, within):
    """P(served within t) of M/M/n+M by the sum over the states, until nothing is added any more.

    A contact that finds j waiting is served in time with the probability that the queue before it and it
    itself have left, but it not by its own impatience: negative binomial sums, term by term.
    """
    theta = 1.0 / patience
    free = 1.0 / erlang_b(agents, load) - 1.0
    share = -math.expm1(-theta * within)
    rate = agents + theta
    term = math.exp(-rate * within)
    late = term
    weight = 1.0
    weights = 0.0
    served = 0.0
    j = 0
    while weight > 1e-17 * weights or load > agents + (j + 1) * theta:
        stays = agents / (agents + (j + 1) * theta)
        served += weight * stays * (1.0 - late)
        weights += weight
        term *= (rate / theta + j) * share / (j + 1)
        late = min(late + term, 1.0)
        j += 1
        weight *= load / (agents + j * theta)
    return (free + served) / (free + weights)


@njit(**FAST)
def required_erlang_c(load, within, level):
    """The smallest n, by adding an agent at a time; Erlang B is kept from one to the next."""
    n = 0
    inverse = 1.0
    while True:
        n += 1
        inverse = 1.0 + n / load * inverse
        if n > load:
            b = 1.0 / inverse
            waits = n * b / (n - load * (1.0 - b))
            if 1.0 - waits * math.exp(-(n - load) * within) >= level:
                return n


@njit(**FAST)
def required_erlang_a(load, patience, within, level):
    """The smallest n, one agent at a time up or down from the load."""
    n = math.ceil(load)
    while erlang_a_level(float(n), load, patience, within) < level:
        n += 1
    while n > 1 and erlang_a_level(n - 1.0, load, patience, within) >= level:
        n -= 1
    return n


@njit(**FAST)
def each_b(values, agents, load):
    """Erlang B of every load, for the time per value."""
    for i in range(load.shape[0]):
        values[i] = erlang_b(agents, load[i])


@njit(**FAST)
def each_c(values, agents, load):
    for i in range(load.shape[0]):
        values[i] = erlang_c(agents, load[i])


@njit(**FAST)
def each_a(values, agents, load, patience, within):
    for i in range(load.shape[0]):
        values[i] = erlang_a_level(agents, load[i], patience, within)


@njit(**FAST)
def staff_c(values, load, within, level):
    for i in range(load.shape[0]):
        values[i] = required_erlang_c(load[i], within, level)


@njit(**FAST)
def staff_a(values, load, patience, within, level):
    for i in range(load.shape[0]):
        values[i] = required_erlang_a(load[i], patience, within, level)


@njit(**FAST)
def thresholds(agents, service_rate, abandonment_rate, arrival_rate, cost_rate, price, costs):
    """The cost rate of every threshold in one pass over the states; returns the best."""
    weight = 1.0
    weights = 0.0
    cost = 0.0
    best = 0
    for i in range(costs.shape[0]):
        waiting = max(i - agents, 0.0)
        if i > 0:
            weight *= arrival_rate / (min(i, agents) * service_rate + waiting * abandonment_rate)
        weights += weight
        cost += weight * cost_rate * waiting
        costs[i] = (cost + arrival_rate * price * weight) / weights
        if costs[i] < costs[best]:
            best = i
        if weight > 1e200:
            weights /= weight
            cost /= weight
            weight = 1.0
    return best


def warm():
    """Compile all, so that nothing is compiled while the clock runs."""
    one, out = np.ones(1), np.empty(1)
    each_b(out, 2.0, one)
    each_c(out, 2.0, one)
    each_a(out, 2.0, one, 1.0, 0.1)
    staff_c(out, one, 0.1, 0.8)
    staff_a(out, one, 1.0, 0.1, 0.8)
    thresholds(2.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.empty(4))
