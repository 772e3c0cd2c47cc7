"""What one queue's state means: the marginal cost of one more contact, its wait, its chance of service.

A queue with n agents (any real number >= 0), contacts served at rate mu each and giving up at rate theta
each while they wait, holds i = 0 .. N contacts; it loses them at the total rate
``d_i = min(i, n) mu + max(i - n, 0) theta``. Rates are per second, but any one unit of time works.

The kernels validate nothing and never raise. Rates and costs must be finite and >= 0, the service rate
above 0, prices >= 0 or inf.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.exponential_patience import LONGEST
from bporoute._kernels.queueing.floating import SCALE, SCALE_BINARY, decay, power_of_two, product

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

INFINITE = float("inf")
HUGE = 1e200
NEVER = 1e-90
"""Rate of leaving up to which nobody does: the weights of the states would leave the range of numbers."""
MOST_IMPROVEMENTS = 100


@kernel("void(f8,f8,f8,f8[::1])")
def one_each(agents: float, service_rate: float, abandonment_rate: float, departures: Floats) -> None:
    """Fill the rates d_i at which i = 0, 1, .. contacts leave where an agent has one at a time."""
    for i in range(departures.shape[0]):
        departures[i] = min(i, agents) * service_rate + max(i - agents, 0.0) * abandonment_rate


@kernel("f8(f8,f8,f8,f8,f8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def marginal_cost(
    agents: float,
    service_rate: float,
    abandonment_rate: float,
    cost_rate: float,
    blocked_cost: float,
    arrival_rates: Floats,
    prices: Floats,
    works: Floats,
    thresholds: Floats,
    curve: Floats,
) -> float:
    """Solve "keep or send out" for a queue exactly; fill the marginal cost of one more contact.

    Class k arrives at ``arrival_rates[k]`` and may be sent out for ``prices[k]`` (inf: it never may). A
    waiting contact costs `cost_rate` per unit of time: its waiting cost h plus theta times the cost of
    an abandonment. In state N = len(curve) - 1 nothing fits: everything is sent out, and what may not
    be sent costs `blocked_cost`. The optimum is exact if that is at least D_(N-1): else a full room would
    be worth having. ``cost_rate / theta`` always is enough: no contact costs more than waiting until it
    gives up.

    Policy iteration: the long-run cost rate g and the value differences D_i (what one more contact in
    state i costs, now and later) of the present thresholds solve, for i = 0 .. N,

        lambda_i D_i = g - c_i - f_i + d_i D_(i-1),

    with lambda_i the rate kept and f_i the money per time for the contacts sent out in state i. Where
    lambda_i > d_i the recursion runs upwards, elsewhere downwards, each in its stable direction. Then
    class k is sent out from the first state with D_i > p_k on, until nothing changes.

    Contacts of class k take ``works[k]`` times the mean handle time, and states are counted in contacts of
    that mean: one of class k counts as u = works[k] of them to whoever comes behind it, but waits by itself
    only once. With m = i + 1 - n in line, itself included, its own wait until it is served or gives up costs
    ``O_i = c m / (n mu + m theta)``. Keeping it costs ``u D_i + (1-u) O_i``, in place of D_i above; lambda_i
    counts u for each, and f_i has ``(1-u) O_i`` for each that is kept. That is exact where works are alike,
    and near where they are not: who is in service is taken for the mean.

    Filled: `curve` with D_0 .. D_N (inf at N, and everywhere if nobody can ever leave), `thresholds`
    with the first state that sends class k out (N: never). Returned: g, money per unit of time.

    Sources: Puterman, Markov Decision Processes, ch. 8 (policy iteration, average cost); Gans & Zhou,
    M&SOM 9 (2007); Kocaga & Ward, Queueing Systems 65 (2010) (thresholds are optimal).
    """
    departures = np.empty(curve.shape[0])
    one_each(agents, service_rate, abandonment_rate, departures)
    return marginal_cost_by_rates(
        departures,
        agents,
        agents * service_rate,
        abandonment_rate,
        cost_rate,
        blocked_cost,
        arrival_rates,
        prices,
        works,
        thresholds,
        curve,
    )


@kernel("f8(f8[::1],f8,f8,f8,f8,f8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def marginal_cost_by_rates(
    departures: Floats,
    slots: float,
    serving: float,
    abandonment_rate: float,
    cost_rate: float,
    blocked_cost: float,
    arrival_rates: Floats,
    prices: Floats,
    works: Floats,
    thresholds: Floats,
    curve: Floats,
) -> float:
    """`marginal_cost` where i contacts leave at the rate ``departures[i]``, whatever that comes from.

    Up to `slots` of them (any real number) are in service at once, at the rate `serving` if all are taken.
    """
    last = curve.shape[0] - 1
    classes = prices.shape[0]
    uneven = False
    for k in range(classes):
        uneven = uneven or works[k] != 1.0
    own = np.zeros(last + 1)
    kept = np.empty(last + 1)
    spent = np.empty(last + 1)
    for i in range(last + 1):
        curve[i] = INFINITE
    # From "nobody waits" it takes two or three improvements, from "everybody waits" some twenty.
    for k in range(classes):
        thresholds[k] = min(math.ceil(slots), last) if prices[k] < INFINITE else last
    if last == 0 or departures[1] <= NEVER:
        spent[last] = cost_rate * max(last - slots, 0.0)
        for k in range(classes):
            thresholds[k] = last
            spent[last] += arrival_rates[k] * (prices[k] if prices[k] < INFINITE else blocked_cost)
        return float(spent[last])
    if uneven:
        for i in range(last + 1):
            line = i + 1.0 - slots
            if line > 0.0:
                own[i] = cost_rate * line / (serving + line * abandonment_rate)

    cost = 0.0
    for _ in range(MOST_IMPROVEMENTS):
        for i in range(last + 1):
            kept[i] = 0.0
            spent[i] = cost_rate * max(i - slots, 0.0)
            for k in range(classes):
                if i < thresholds[k]:
                    kept[i] += arrival_rates[k] * works[k]
                    if uneven:
                        spent[i] += arrival_rates[k] * (1.0 - works[k]) * own[i]
                elif prices[k] < INFINITE:
                    spent[i] += arrival_rates[k] * prices[k]
                else:
                    spent[i] += arrival_rates[k] * blocked_cost

        # The cost rate, from the stationary weights w_i = w_(i-1) lambda_(i-1) / d_i.
        weight = 1.0
        weights = 1.0
        cost = spent[0]
        i = 0
        while i < last:
            # Scaled outside the loop over states: within, its divisions would hold up every state.
            while i < last and weight <= HUGE:
                i += 1
                weight *= kept[i - 1] / departures[i]
                weights += weight
                cost += weight * spent[i]
            if not weight <= HUGE:  # nan too, or the loop would not end
                weights /= weight
                cost /= weight
                weight = 1.0
        cost /= weights

        turn = 0
        difference = 0.0
        while kept[turn] > departures[turn]:
            difference = (cost - spent[turn] + departures[turn] * difference) / kept[turn]
            curve[turn] = difference
            turn += 1
        difference = 0.0
        for i in range(last, turn, -1):
            difference = (spent[i] - cost + kept[i] * difference) / departures[i]
            curve[i - 1] = difference

        changed = False
        for k in range(classes):
            first = 0
            more = works[k] - 1.0
            while first < last and curve[first] + more * (curve[first] - own[first]) <= prices[k]:
                first += 1
            if first != thresholds[k]:
                thresholds[k] = first
                changed = True
        if not changed:
            break
    return cost


@kernel("void(f8,f8,f8,f8[::1])")
def expected_wait(agents: float, service_rate: float, abandonment_rate: float, curve: Floats) -> None:
    """Fill the mean wait of a contact that finds i others present and stays until it is served.

    ``E[V | k waiting] = sum over j = 0 .. k of 1 / (n mu + j theta)``: those ahead are served or give
    up. 0 where an agent is free, inf where nobody serves. Without patience it is the trade's
    (k + 1) aht / n.
    """
    serving = agents * service_rate
    wait = 0.0
    k = 0
    for i in range(curve.shape[0]):
        if i >= agents:
            wait = wait + 1.0 / (serving + k * abandonment_rate) if serving > 0.0 else INFINITE
            k += 1
        curve[i] = wait


@kernel("f8(f8,f8,f8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def expected_present(
    agents: float,
    service_rate: float,
    abandonment_rate: float,
    arrival_rates: Floats,
    prices: Floats,
    works: Floats,
    keep_cost: Floats,
    work_cost: Floats,
) -> float:
    """Mean number of contacts present in the long run, by a rule of what keeping one more costs.

    Class k, whose contacts take ``works[k]`` times the mean handle time, is kept where
    ``keep_cost[i] + (works[k] - 1) work_cost[i] <= prices[k]``.
    From the stationary weights ``w_i = w_(i-1) lambda_(i-1) / d_i``; where nobody ever leaves, all that are
    kept.
    """
    departures = np.empty(keep_cost.shape[0])
    one_each(agents, service_rate, abandonment_rate, departures)
    return expected_present_by_rates(departures, arrival_rates, prices, works, keep_cost, work_cost)


@kernel("f8(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def expected_present_by_rates(
    departures: Floats,
    arrival_rates: Floats,
    prices: Floats,
    works: Floats,
    keep_cost: Floats,
    work_cost: Floats,
) -> float:
    """`expected_present` where i contacts leave at the rate ``departures[i]``, whatever that comes from."""
    last = keep_cost.shape[0] - 1
    weight = 1.0
    weights = 1.0
    total = 0.0
    for i in range(1, last + 1):
        leaving = departures[i]
        kept = 0.0
        for k in range(prices.shape[0]):
            if keep_cost[i - 1] + (works[k] - 1.0) * work_cost[i - 1] <= prices[k]:
                kept += arrival_rates[k] * works[k]
        if kept <= 0.0:
            break
        if leaving <= NEVER:
            weights = 1.0
            total = float(i)
            continue
        weight *= kept / leaving
        weights += weight
        total += i * weight
        if weight > HUGE:
            weights /= weight
            total /= weight
            weight = 1.0
    return total / weights


@kernel("void(f8,f8,f8,f8,f8[::1])")
def served_in_time(
    agents: float, service_rate: float, abandonment_rate: float, within: float, curve: Floats
) -> None:
    """Fill the probability that a contact that finds i others present is served within `within`.

    With k waiting, ``beta = n mu / theta`` and ``x = 1 - e^(-theta t)``: the offered wait is minus the
    logarithm of a Beta(beta, k + 1) variable over theta, and tilting it by the contact's own patience
    gives ``beta / (beta + k + 1) I_x(k + 1, beta + 1)``, I the regularised incomplete beta function.
    Its complement is the sum over m <= k of (1-x)^b x^m (b)_m / m!, b = beta + 1 (DLMF 8.17.21), a Poisson
    law for theta = 0: positive terms, scaled up by 2^binary from the first, which may underflow. 1 where an
    agent is free, 0 where nobody serves. Absolute error below 1e-14 for up to 10,000 agents.
    """
    if service_rate > 0.0:
        within = min(within, LONGEST / service_rate)
    serving, serving_rest = product(agents, service_rate)
    exponent, lost = product(serving, within)
    term, binary = decay(exponent, lost + serving_rest * within)
    term *= math.exp(-abandonment_rate * within)
    late = term
    scale = power_of_two(binary)
    fraction = -math.expm1(-abandonment_rate * within)
    # fraction * (beta + 1), which stays finite as theta -> 0
    mean = fraction * (serving / abandonment_rate + 1.0) if abandonment_rate > 0.0 else serving * within
    k = 0
    for i in range(curve.shape[0]):
        if i < agents:
            curve[i] = 1.0
        elif serving <= 0.0:
            curve[i] = 0.0
        else:
            stays = serving / (serving + (k + 1) * abandonment_rate)
            curve[i] = stays * max(1.0 - late * scale, 0.0)
            term *= (mean + fraction * k) / (k + 1)
            late += term
            if late > SCALE:
                late /= SCALE
                term /= SCALE
                binary -= SCALE_BINARY
                scale = power_of_two(binary)
            k += 1
