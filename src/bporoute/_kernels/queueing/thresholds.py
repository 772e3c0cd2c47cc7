"""Keep or overflow: the cost of every threshold in one pass, and what a rule does to the contacts.

The queue is that of `bporoute._kernels.queueing.by_contacts_present`: i = 0 .. N contacts present, lost at
the total rate ``d_i = min(i, n) mu + max(i - n, 0) theta``. A rule with threshold L keeps what finds fewer
than L contacts and sends out the rest. In state N everything is sent out.

The kernels validate nothing and never raise. Rates and costs must be finite and >= 0, the service rate
above 0. Any one unit of time works.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.by_contacts_present import served_in_time

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

HUGE = 1e100
LEVEL = 1.0 + 1e-15
"""Costs that differ by less than this factor, some four roundings, are the same."""
INFINITE = float("inf")


@kernel("i8(f8,f8,f8,f8,f8,f8,f8[::1],f8[::1])")
def threshold_costs(
    agents: float,
    service_rate: float,
    abandonment_rate: float,
    arrival_rate: float,
    cost_rate: float,
    price: float,
    joining_costs: Floats,
    curve: Floats,
) -> int:
    """Fill `curve` with the long-run cost rate g of the thresholds L = 0 .. N; return the best L.

    A waiting contact costs `cost_rate` per unit of time (its waiting cost h plus theta times the cost of an
    abandonment), one that is sent out `price`, one that joins i others ``joining_costs[i]`` at once. With
    the stationary weights ``w_i = lambda / d_i w_(i-1)``

        g(L) = (C_L + lambda price w_L) / W_L,    W_L = sum over i <= L of w_i,
        C_L = sum over i <= L of cost_rate (i - n)^+ w_i + sum over i < L of lambda joining_costs[i] w_i.

    Every stationary policy of the chain costs what the threshold at its first state that sends out costs, so
    the least g(L) is the optimum whatever the costs. The lowest L of several equals is returned, but N,
    "never", where that costs the same to within rounding.

    Sources: Puterman, Markov Decision Processes (1994), ch. 8 (average cost); Kocaga & Ward, Queueing Systems
    65 (2010) (thresholds).
    """
    last = curve.shape[0] - 1
    sending = arrival_rate * price
    curve[0] = least = sending
    best = 0
    if agents <= 0.0 and abandonment_rate <= 0.0:  # nobody ever leaves: the queue stays at L
        for i in range(1, last + 1):
            curve[i] = (cost_rate * i if arrival_rate > 0.0 else 0.0) + sending
        return last if curve[last] <= least * LEVEL else 0

    weight = weights = 1.0
    cost = 0.0
    i = 0
    while i < last:
        # Scaled outside the loop over states: within, its divisions would hold up every state.
        while i < last and weights <= HUGE:
            joining = arrival_rate * joining_costs[i] * weight
            i += 1
            waiting = max(i - agents, 0.0)
            weight *= arrival_rate / (min(i, agents) * service_rate + waiting * abandonment_rate)
            cost += joining + cost_rate * waiting * weight
            weights += weight
            curve[i] = (cost + sending * weight) / weights
            if curve[i] < least:
                least = curve[i]
                best = i
        weight /= weights
        cost /= weights
        weights = 1.0
    return last if curve[last] <= least * LEVEL else best


@kernel("void(f8,f8,f8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def rule_measures(
    agents: float,
    service_rate: float,
    abandonment_rate: float,
    arrival_rates: Floats,
    thresholds: Floats,
    in_time: Floats,
    sent: Floats,
    measures: Floats,
) -> None:
    """Fill what a rule does: class k, at ``arrival_rates[k]``, is sent out from ``thresholds[k]`` <= N on.

    ``in_time[i]``, i = 0 .. N, is a contact's probability of being served in time if it joins i others.
    `sent`: the share of each class that is sent out. `measures`: the mean number of contacts waiting, the
    shares of all contacts that abandon and that are kept and served in time, and the share served in time of
    those kept (nan if none is). Without arrivals, what a first contact would meet.

    Source: birth-death weights; arrivals see time averages (Wolff, Operations Research 30, 1982).
    """
    last = in_time.shape[0] - 1
    classes = arrival_rates.shape[0]
    total = 0.0
    for k in range(classes):
        total += arrival_rates[k]
        sent[k] = 0.0
    weight = 1.0
    weights = waiting_time = kept_in_time = kept_all = 0.0
    for i in range(last + 1):
        waiting = max(i - agents, 0.0)
        kept = 0.0
        share = 0.0
        for k in range(classes):
            if i < min(thresholds[k], last):
                kept += arrival_rates[k]
                share += arrival_rates[k] / total if total > 0.0 else 1.0 / classes
            else:
                sent[k] += weight
        weights += weight
        waiting_time += weight * waiting
        kept_all += weight * share
        kept_in_time += weight * share * in_time[i]
        if i == last:
            break

        leaving = min(i + 1.0, agents) * service_rate + max(i + 1.0 - agents, 0.0) * abandonment_rate
        if leaving > 0.0:
            weight *= kept / leaving
        elif kept > 0.0:  # nobody ever leaves: whoever was there has moved up
            weight = 1.0
            weights = waiting_time = kept_in_time = kept_all = 0.0
            for k in range(classes):
                sent[k] = 0.0
        else:
            weight = 0.0
        if weight > HUGE:
            weights /= weight
            waiting_time /= weight
            kept_all /= weight
            kept_in_time /= weight
            for k in range(classes):
                sent[k] /= weight
            weight = 1.0

    for k in range(classes):
        sent[k] /= weights
    measures[0] = waiting_time / weights
    measures[1] = abandonment_rate * measures[0] / total if total > 0.0 else 0.0
    measures[2] = kept_in_time / weights
    measures[3] = kept_in_time / kept_all if kept_all > 0.0 else math.nan


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def best_rules(
    agents: Floats,
    service_rates: Floats,
    abandonment_rates: Floats,
    waiting_rooms: Floats,
    arrival_rates: Floats,
    cost_rates: Floats,
    prices: Floats,
    withins: Floats,
    late_costs: Floats,
    out: Floats,
) -> None:
    """Solve queue after queue; N = ceil(n) + the waiting room.

    A contact that is kept and not served within `withins` costs `late_costs`, charged when it joins. A row of
    `out`: the best threshold (inf for N, "never"), its cost rate, the share sent out, and `rule_measures`'
    four measures.
    """
    threshold = np.empty(1)
    sent = np.empty(1)
    for row in range(agents.shape[0]):
        states = math.ceil(agents[row]) + int(waiting_rooms[row]) + 1
        in_time = np.empty(states)
        served_in_time(agents[row], service_rates[row], abandonment_rates[row], withins[row], in_time)
        curve = np.empty(states)
        best = threshold_costs(
            agents[row], service_rates[row], abandonment_rates[row], arrival_rates[row], cost_rates[row],
            prices[row], late_costs[row] * (1.0 - in_time), curve,
        )  # fmt: skip
        threshold[0] = best
        rule_measures(
            agents[row], service_rates[row], abandonment_rates[row], arrival_rates[row : row + 1], threshold,
            in_time, sent, out[row, 3:],
        )  # fmt: skip
        out[row, 0] = best if best < states - 1 else INFINITE
        out[row, 1] = curve[best]
        out[row, 2] = sent[0]
