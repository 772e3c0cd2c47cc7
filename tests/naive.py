"""Naive, slow twins of the kernels: written from the definitions, sharing no code with them."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
from scipy.linalg import expm

# --- a queue that may send contacts out -----------------------------------------------------------------


def leaving_rate(present, agents, mu, theta):
    if present <= agents:
        return present * mu
    return agents * mu + (present - agents) * theta


def generator_and_costs(thresholds, last, agents, mu, theta, cost_rate, blocked_cost, rates, prices):
    """Transition and cost rates of the chain 0 .. last if class k is sent out from thresholds[k] on."""
    rate = np.zeros((last + 1, last + 1))
    cost = np.zeros(last + 1)
    for i in range(last + 1):
        if i > agents:
            cost[i] += cost_rate * (i - agents)
        if i > 0:
            rate[i, i - 1] += leaving_rate(i, agents, mu, theta)
        for arrivals, price, threshold in zip(rates, prices, thresholds, strict=True):
            if i < last and i < threshold:
                rate[i, i + 1] += arrivals
            else:
                cost[i] += arrivals * (blocked_cost if math.isinf(price) else price)
        rate[i, i] -= rate[i].sum()
    return rate, cost


def cost_of_thresholds(thresholds, last, *queue):
    """The long-run cost rate, from the stationary distribution as the solution of a dense linear system."""
    rate, cost = generator_and_costs(thresholds, last, *queue)
    system = np.vstack([rate.T, np.ones(last + 1)])
    scale = np.abs(rate).max() or 1.0
    system[:-1] /= scale
    weights = np.linalg.lstsq(system, np.array([0.0] * (last + 1) + [1.0]), rcond=None)[0]
    return float(weights @ cost)


def best_thresholds(last, *queue):
    """The least cost rate over every vector of thresholds, and one vector that has it."""
    classes = len(queue[-1])
    choices = [range(last + 1) if not math.isinf(price) else (last,) for price in queue[-1][:classes]]
    return min((cost_of_thresholds(vector, last, *queue), vector) for vector in itertools.product(*choices))


def differences_of_thresholds(thresholds, last, *queue):
    """D_i = v(i + 1) - v(i) from Poisson's equation g = c + Q v, v(0) = 0, as a dense linear system."""
    rate, cost = generator_and_costs(thresholds, last, *queue)
    system = np.hstack([np.ones((last + 1, 1)), -rate[:, 1:]])
    solution = np.linalg.solve(system, cost)
    return float(solution[0]), np.diff(np.concatenate([[0.0], solution[1:]]))


def value_iteration(last, agents, mu, theta, cost_rate, blocked_cost, rates, prices, precision=1e-12):
    """Cost rate and D_i by relative value iteration of the uniformised chain; every choice is free in every
    state, so nothing about thresholds is assumed.
    """
    leaving = np.array([leaving_rate(i, agents, mu, theta) for i in range(last + 1)])
    cost = np.array([cost_rate * max(i - agents, 0) for i in range(last + 1)])
    clock = 1.05 * (sum(rates) + leaving.max())
    value = np.zeros(last + 1)
    for _ in range(2_000_000):
        after_departure = np.concatenate([value[:1], value[:-1]])
        rest = clock - leaving
        new = cost + leaving * after_departure
        for arrivals, price in zip(rates, prices, strict=True):
            keep = np.append(value[1:], np.inf)
            send = value + price
            if math.isinf(price):
                send[-1] = value[-1] + blocked_cost
            new = new + arrivals * np.minimum(keep, send)
            rest = rest - arrivals
        new = (new + rest * value) / clock
        change = new - value
        value = new - new[0]
        if np.ptp(change) < precision * max(abs(change[0]), 1e-3):
            return clock * change.mean(), np.diff(value)
    raise AssertionError("value iteration did not converge")


# --- waits ----------------------------------------------------------------------------------------------


def expected_wait(present, agents, mu, theta):
    """First-step equations of a contact that stays: W_j = 1 / rate_j + W_(j-1), all busy, j ahead."""
    if present < agents:
        return 0.0
    if agents * mu == 0:
        return math.inf
    system = np.eye(present + 1)
    steps = np.zeros(present + 1)
    for ahead in range(present + 1):
        if ahead >= agents:
            waiting = ahead - math.ceil(agents)  # whole contacts, whatever part of an agent there is
            steps[ahead] = 1.0 / (agents * mu + waiting * theta)
            if ahead > 0:
                system[ahead, ahead - 1] = -1.0
    return float(np.linalg.solve(system, steps)[present])


def served_in_time(waiting, agents, mu, theta, within):
    """The absorbing chain of a contact with `waiting` ahead of it: one step up per phase, or it gives up."""
    phases = waiting + 1  # the last one ends with service
    served, gone = phases, phases + 1
    rate = np.zeros((phases + 2, phases + 2))
    for phase in range(phases):
        ahead = waiting - phase
        rate[phase, phase + 1] = agents * mu + ahead * theta
        rate[phase, gone] = theta
        rate[phase, phase] = -(agents * mu + ahead * theta) - theta
    return float(expm(rate * within)[0, served])


# --- the decision ---------------------------------------------------------------------------------------

REASONS = (
    "", "contact type", "language", "data", "certificate", "sourcing", "term", "closed", "down", "capacity",
    "cap hour", "cap day", "cap period", "queue full",
)  # fmt: skip
NOTHING_LEFT = Fraction(1, 10**12)


def refusal_of_vendor(vendor, mode):
    """(reason, observed, limit), the first that holds."""
    if vendor["barred"]:
        return vendor["barred"], 0, 0
    if mode == "in_house":
        return "sourcing", 0, 0
    if vendor["status"]:
        return vendor["status"], 0, 0
    if not vendor["up"]:
        return "down", 0, 0
    if vendor["there"] >= vendor["most"]:
        return "capacity", vendor["there"], vendor["most"]
    for window, sent, cap in zip(("hour", "day", "period"), vendor["sent"], vendor["caps"], strict=True):
        if sent >= cap:
            return f"cap {window}", sent, cap
    return "", 0, 0


def refusal_of_house(house, mode):
    if mode == "specialised":
        return "sourcing"
    if house["barred"]:
        return house["barred"]
    if house["trusted"] and house["present"] >= house["last"]:
        return "queue full"
    return ""


def decide(scene, commit):
    """Rank; `scene` is nested dictionaries of exact numbers. Changes its credits and counts if `commit`.

    Returns the ranked destinations and one dictionary for each destination.
    """
    house, vendors, mode = scene["house"], scene["vendors"], scene["mode"]
    by_share = house["by_share"] and house["trusted"]
    notes = {}
    for name, vendor in enumerate(vendors, start=1):
        reason, observed, limit = refusal_of_vendor(vendor, mode)
        stays = 1 / (1 + Fraction(house["theta"]) * Fraction(vendor["wait"]))
        cost = stays * Fraction(vendor["price"]) + stays * Fraction(vendor["wait"]) * Fraction(
            house["cost_rate"]
        )
        notes[name] = {"reason": reason} | {
            "observed": observed,
            "limit": limit,
            "cost": cost,
            "wait": vendor["wait"],
        }
        notes[name] |= {"tier": 0, "key": cost, "earns": 0}
        if by_share and vendor["share"] > 0:
            notes[name] |= {"key": -(vendor["credit"] + vendor["share"]), "earns": vendor["share"]}
        elif by_share:
            notes[name] |= {"tier": 2}

    at = min(house["present"], house["last"])
    known = house["trusted"]
    notes[0] = {
        "reason": refusal_of_house(house, mode),
        "observed": house["present"],
        "limit": house["last"],
        "cost": house["marginal"][at] if known else math.nan,
        "wait": house["waits"][at] if known else math.nan,
        "tier": 1 if mode == "full" else 0,
        "key": house["keep"][at] if known else -math.inf,
        "earns": 0,
    }
    if by_share:
        rest = 1 - sum(note["earns"] for name, note in notes.items() if name > 0 and not note["reason"])
        if mode == "full" or rest <= NOTHING_LEFT:
            notes[0] |= {"tier": 3 if mode == "full" else 1, "key": 0}
        else:
            notes[0] |= {"key": -(house["credit"] + rest), "earns": rest}

    able = [name for name in sorted(notes) if not notes[name]["reason"]]
    ranking = sorted(able, key=lambda name: (notes[name]["tier"], notes[name]["key"], name))

    if commit and ranking:
        first = ranking[0]
        if first > 0:
            vendors[first - 1]["there"] += 1
            vendors[first - 1]["sent"] = [sent + 1 for sent in vendors[first - 1]["sent"]]
        if by_share and notes[first]["earns"]:
            for name in able:
                (house if name == 0 else vendors[name - 1])["credit"] += notes[name]["earns"]
            (house if first == 0 else vendors[first - 1])["credit"] -= sum(
                notes[name]["earns"] for name in able
            )
    return ranking, [notes[name] for name in sorted(notes)]
