"""Chats by brute force: the stationary vector of a dense generator, and an absorbing chain for the waits."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm


def ending_rate(chats, agents, aht):
    """Give the chats to the agents one by one, always to one with the fewest, and add up the rates."""
    each = [0] * agents
    for _ in range(min(chats, agents * len(aht))):
        each[each.index(min(each))] += 1
    return sum(k / aht[k - 1] for k in each if k)


def states(agents, aht, arrival_rate, patience, room):
    """Probability of each number of chats present, up to a full room."""
    slots = agents * len(aht)
    size = slots + room + 1
    rate = np.zeros((size, size))
    for i in range(size):
        if i + 1 < size:
            rate[i, i + 1] = arrival_rate
        if i:
            rate[i, i - 1] = ending_rate(i, agents, aht) + max(i - slots, 0) / patience
        rate[i, i] = -rate[i].sum()
    system = np.vstack([rate.T, np.ones(size)])
    return np.linalg.lstsq(system, np.array([0.0] * size + [1.0]), rcond=None)[0]


def model(agents, aht, arrival_rate, patience, room, within):
    """Every figure of `ChatModel` by name."""
    slots = agents * len(aht)
    share = states(agents, aht, arrival_rate, patience, room)
    present = np.arange(len(share))
    busy = [min(agents, i) for i in present]
    serving, theta = ending_rate(slots, agents, aht), 1 / patience
    served = np.zeros(len(share))
    in_time = np.zeros(len(share))
    waited_if_served = np.zeros(len(share))
    for i in present[:-1]:
        if i < slots:
            served[i] = in_time[i] = 1.0
            continue
        phases = i - slots + 1  # departures until its turn
        chain = np.zeros((phases + 2, phases + 2))
        for phase in range(phases):
            ahead = serving + (phases - 1 - phase) * theta
            chain[phase, phase + 1] = ahead
            chain[phase, -1] += theta
            chain[phase, phase] = -ahead - theta
        in_time[i] = expm(chain * within)[0, phases]
        # Laplace: the served share and its mean wait from the fundamental matrix of the phases.
        inside = np.linalg.inv(-chain[:phases, :phases])
        last_step = chain[:phases, phases]
        served[i] = (inside @ last_step)[0]
        waited_if_served[i] = (inside @ inside @ last_step)[0]
    arrivals = share.copy()
    arrivals[-1] = 0.0  # blocked
    queue = float(share @ np.maximum(present - slots, 0))
    return {
        "wait_probability": arrivals[slots:].sum(),
        "abandonment": queue * theta / arrival_rate,
        "blocking": share[-1],
        "mean_wait": queue / arrival_rate,
        "asa": arrivals @ waited_if_served / (arrivals @ served),
        "queue_length": queue,
        "occupancy": float(share @ np.minimum(present, slots)) / slots,
        "busy_share": float(share @ busy) / agents,
        "service_level": arrivals @ in_time,
    }


def overflow_chain(agents, aht, patience, room, rates, prices, thresholds, cost_rate, blocked_cost):
    """Transition rates and cost rates of a chat queue if class k is sent out from thresholds[k] on."""
    slots = agents * len(aht)
    last = slots + room
    rate, cost = np.zeros((last + 1, last + 1)), np.zeros(last + 1)
    for i in range(last + 1):
        cost[i] += cost_rate * max(i - slots, 0)
        if i:
            rate[i, i - 1] = ending_rate(i, agents, aht) + max(i - slots, 0) / patience
        for arrivals, price, threshold in zip(rates, prices, thresholds, strict=True):
            if i < last and i < threshold:
                rate[i, i + 1] += arrivals
            else:
                cost[i] += arrivals * (blocked_cost if price == np.inf else price)
        rate[i, i] = -rate[i].sum()
    return rate, cost


def overflow(*queue):
    """Long-run cost rate and share of each number present of `overflow_chain`, from a dense linear system."""
    rate, cost = overflow_chain(*queue)
    system = np.vstack([rate.T, np.ones(len(cost))])
    share = np.linalg.lstsq(system, np.array([0.0] * len(cost) + [1.0]), rcond=None)[0]
    return float(share @ cost), share


def one_more(*queue):
    """What one more contact costs in the long run, for each number present: Poisson's equation, dense."""
    rate, cost = overflow_chain(*queue)
    solution = np.linalg.solve(np.hstack([np.ones((len(cost), 1)), -rate[:, 1:]]), cost)
    return np.diff(np.concatenate([[0.0], solution[1:]]))
