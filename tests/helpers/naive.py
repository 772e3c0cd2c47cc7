"""Naive, slow twins of the kernels: written from the definitions, sharing no code with them."""

from __future__ import annotations

import itertools
import math
import operator
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


def value_iteration(
    last, agents, mu, theta, cost_rate, blocked_cost, rates, prices, works=None, precision=1e-12
):
    """Cost rate and D_i by relative value iteration of the uniformised chain; every choice is free in every
    state, so nothing about thresholds is assumed.

    A contact that takes u mean handle times is u contacts of 1/u of its price and cost rate each.
    """
    own = np.array([cost_rate * own_wait(i, agents, mu, theta) for i in range(last + 1)])
    works = [1] * len(rates) if works is None else works
    leaving = np.array([leaving_rate(i, agents, mu, theta) for i in range(last + 1)])
    cost = np.array([cost_rate * max(i - agents, 0) for i in range(last + 1)])
    clock = 1.05 * (sum(a * u for a, u in zip(rates, works, strict=True)) + leaving.max())
    value = np.zeros(last + 1)
    for _ in range(2_000_000):
        after_departure = np.concatenate([value[:1], value[:-1]])
        rest = clock - leaving
        new = cost + leaving * after_departure
        for arrivals, price, work in zip(rates, prices, works, strict=True):
            keep = np.append(value[1:] + (1 / work - 1) * own[:-1], np.inf)
            send = value + price / work
            if math.isinf(price):
                send[-1] = value[-1] + blocked_cost / work
            new = new + arrivals * work * np.minimum(keep, send)
            rest = rest - arrivals * work
        new = (new + rest * value) / clock
        change = new - value
        value = new - new[0]
        if np.ptp(change) < precision * max(abs(change[0]), 1e-3):
            return clock * change.mean(), np.diff(value)
    raise AssertionError("value iteration did not converge")


def mean_present(agents, mu, theta, rates, prices, keep, works=None, more=None):
    """Mean of the stationary distribution if class k is kept where keep[i] <= prices[k]; a dense system.

    More work counts as more arrivals, and as the cost of keeping that it adds.
    """
    works = [1] * len(rates) if works is None else works
    more = [0] * len(keep) if more is None else more
    last = len(keep) - 1
    rate = np.zeros((last + 1, last + 1))
    for i in range(last + 1):
        if i > 0:
            rate[i, i - 1] = leaving_rate(i, agents, mu, theta)
        if i < last:
            rate[i, i + 1] = sum(
                arrivals * work
                for arrivals, price, work in zip(rates, prices, works, strict=True)
                if keep[i] + (work - 1) * more[i] <= price
            )
        rate[i, i] = -rate[i].sum()
    system = np.vstack([rate.T[1:], np.ones(last + 1)])  # one balance equation follows from the others
    weights = np.linalg.solve(system, np.array([0.0] * last + [1.0]))
    return float(weights @ np.arange(last + 1))


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


def own_wait(present, agents, mu, theta):
    """Mean wait of a contact that finds so many, until it is served or gives up, by first steps."""
    if present < agents:
        return 0.0
    wait = 0.0
    for ahead in range(present - math.ceil(agents) + 1):
        before = agents * mu + ahead * theta  # one of those before it is served or gives up
        if before + theta == 0:
            return math.inf
        wait = (1 + before * wait) / (before + theta)
    return wait


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

NOTHING_LEFT = Fraction(1, 10**12)
TIERS = ("warm", "regular", "reserve", "outside", "last resort")  # best first


def refusal_of_vendor(scene, vendor):
    """(reason, observed, limit), the first that holds, were the contact sent to this vendor."""
    mode, center, vendors = scene["mode"], scene["center"], scene["vendors"]
    counts = [other["today"] + (other is vendor) for other in vendors]
    sent, mine, routed = sum(counts), vendor["today"] + 1, center["routed"] + 1
    out, part = Fraction(sent, routed), Fraction(mine, routed)
    squares = sum(Fraction(count, sent) ** 2 for count in counts)
    most = center["most_concentration"]
    adds = (
        most < 1 and sent >= center["concentration_from"] and Fraction(mine, sent) > Fraction(1, len(vendors))
    )
    admitted, added_up = vendor["admitted"], vendor["admission"]
    windows = zip(("hour", "day", "period"), vendor["sent"], vendor["caps"], strict=True)
    too_few_kept = mode != "specialised" and out > center["most_out"]
    rules = [
        ("sourcing", mode == "in_house", 0, 0),
        (vendor["status"], vendor["status"], 0, 0),
        ("down", not vendor["up"], 0, 0),
        ("health", admitted == 0, 0, 0),
        ("ramp", admitted < 1 and added_up + admitted < 1, added_up, admitted),
        ("capacity", vendor["there"] >= vendor["most"], vendor["there"], vendor["most"]),
        *((f"cap {name}", count >= cap, count, cap) for name, count, cap in windows),
        ("exposure", vendor["left"] - vendor["there"] < 1, vendor["left"] - vendor["there"], 1),
        ("in-house share", too_few_kept, 1 - out, 1 - center["most_out"]),
        ("vendor share", part > vendor["most_share"], part, vendor["most_share"]),
        ("concentration", adds and squares > most, squares, most),
    ]
    return next(((reason, seen, limit) for reason, holds, seen, limit in rules if holds), ("", 0, 0))


def wait_at_vendor(vendor):
    """A team of known size that is all busy ends one contact every aht / team seconds."""
    if not vendor["team"]:
        return Fraction(vendor["wait"])
    ahead = max(vendor["there"] - vendor["team"] + 1, 0)
    return vendor["wait"] + Fraction(ahead * vendor["team_aht"]) / vendor["team"]


def cost_of_vendor(queue, way, vendor, wait):
    """Those who give up through an exponential wait are not paid for."""
    failing = Fraction(vendor["failure"]) * Fraction(queue["failed_cost"])
    money = Fraction(way["price"]) + Fraction(way["extra"]) + failing
    stays = 1 / (1 + Fraction(queue["theta"]) * wait)
    return stays * (money + wait * Fraction(queue["cost_rate"]))


def belief_in(queue, now):
    if not queue["trusted"]:
        return "distrusted"
    age = now - queue["told_at"]
    return "lost" if age > queue["lost_after"] else "expected" if age > queue["stale_after"] else "believed"


def work_of(scene):
    """How many mean handle times of its queue such a contact takes an agent."""
    multiple, seconds = scene["handle"]
    aht = scene["queue"]["rule_aht"]
    return Fraction(multiple) + Fraction(seconds) / aht if aht else 1


def refusal_of_house(scene, belief, present):
    queue = scene["queue"]
    told = queue["trusted"] and belief != "lost"
    agents = queue["told"][0] if told else queue["scheduled"]
    rules = [
        ("sourcing", scene["mode"] == "specialised"),
        (scene["barred"], scene["barred"]),
        (queue["status"], queue["status"]),
        ("unstaffed", queue["needs_agents"] and agents == 0),
        ("queue full", belief in ("believed", "expected") and present >= queue["last"]),
    ]
    return next((reason for reason, holds in rules if holds), "")


def share_that_goes_out(scene):
    """Of the vendors that no lasting rule bars, whoever may take the contact now."""
    return sum(scene["vendors"][offer["vendor"]]["share"] for offer in scene["offers"])


def hash_rank(luck, vendor):
    """An exponential time, by the name of the vendor and the contact's luck: SplitMix64 in whole numbers."""
    word = (int(luck * 2**53) * 2**11 + vendor["seed"] * 0x9E3779B97F4A7C15) % 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        word = (word ^ word >> shift) * factor % 2**64
    word ^= word >> 31
    return -math.log(float(Fraction(2 * (word >> 12) + 1, 2**53))) / float(vendor["share"])


def place_of_vendor(scene, number, rule, refused, luck, cost, more):
    """(tier, key, what it earns of a counted contact); `more`: times its share."""
    vendor = scene["vendors"][number]
    share, credit, warm = vendor["share"], vendor["credit"], vendor["warm"]
    if rule == "share":
        if share == 0:
            return "outside", cost, 0
        if refused:
            return "regular", -(credit + share), 0
        key = -rounded(credit + rounded(share * more))
        return "regular", key, -key - credit
    if rule == "hash":
        if share == 0:
            return "outside", cost, 0
        out = scene["mode"] != "overflow" or luck < share_that_goes_out(scene)
        return "regular" if out else "reserve", hash_rank(luck, vendor), 0
    return "warm" if rule == "cost" and warm > 0 and credit + warm >= 1 else "regular", cost, 0


def rounded(number):
    return Fraction(float(number))


def place_of_house(scene, rule, luck, now, at, rest):
    """(tier, key, what it earns of a counted contact, whether the gate is open to this one)."""
    queue, full = scene["queue"], scene["mode"] == "full"
    gate = queue["gate"]
    if rule == "share":
        if full:
            return "last resort", 0, 0, gate
        return (
            ("regular", -rounded(queue["credit"] + rest), rest, gate)
            if rest > NOTHING_LEFT
            else ("reserve", 0, 0, gate)
        )
    if rule == "hash":
        reserve = scene["mode"] == "overflow" and luck < share_that_goes_out(scene)
        return "last resort" if full else "reserve" if reserve else "regular", 0, 0, gate
    tier = "reserve" if full else "regular"
    if rule is None:
        return tier, -math.inf, 0, gate
    more = work_of(scene) - 1
    cost = queue["keep"][at] + more * queue["keep_work"][at]
    if queue["gated"]:
        since = now - queue["moved_at"]
        gate = gate and since < queue["release"]
        cost = queue["keep_open"][at] + more * queue["keep_work_open"][at] if gate else cost
        if 0 <= since < queue["dwell"]:
            cost = math.inf if gate else -math.inf
    return tier, cost - scene["protection"], 0, gate


def decide(scene, now, luck):
    """Rank; `scene` is nested dictionaries of exact numbers.

    Returns the ranking (numbers of ways, 0 the house), one dictionary for each way and one for the state.
    """
    queue, vendors, offers = scene["queue"], scene["vendors"], scene["offers"]
    belief = belief_in(queue, now)
    known = belief in ("believed", "expected")
    present = queue["expected"] if belief == "expected" else queue["present"]
    rule = queue["rule"] if known else None
    notes, refusals = {}, {}
    for way, offer in enumerate(offers, start=1):
        vendor = vendors[offer["vendor"]]
        refusals[way] = refusal_of_vendor(scene, vendor)
        if not refusals[way][0] and luck >= vendor["trial"]:
            refusals[way] = "trial", luck, vendor["trial"]
    able = [vendors[offers[way - 1]["vendor"]] for way in refusals if not refusals[way][0]]
    out, taken = share_that_goes_out(scene), sum(vendor["share"] for vendor in able)
    more = rounded(out / Fraction(taken)) if taken else 1
    for way, offer in enumerate(offers, start=1):
        vendor, (reason, observed, limit) = vendors[offer["vendor"]], refusals[way]
        wait = wait_at_vendor(vendor)
        cost = cost_of_vendor(queue, offer, vendor, wait)
        place = place_of_vendor(scene, offer["vendor"], rule, reason, luck, cost, more)
        extra = Fraction(offer["extra"]) + Fraction(vendor["failure"]) * Fraction(queue["failed_cost"])
        notes[way] = {"reason": reason, "observed": observed, "limit": limit, "price": offer["price"]}
        notes[way] |= {"extra": extra, "cost": cost, "wait": wait}
        notes[way] |= dict(zip(("tier", "key", "earns"), place, strict=True))

    at = min(present, queue["last"])
    tier, key, earns, gate = place_of_house(scene, rule, luck, now, at, 1 - out if taken else 1)
    notes[0] = {
        "reason": refusal_of_house(scene, belief, present),
        "observed": present,
        "limit": queue["last"],
        "price": 0,
        "extra": 0,
        "cost": queue["marginal"][at] + (work_of(scene) - 1) * queue["marginal_work"][at]
        if known
        else math.nan,
        "wait": queue["waits"][at] if known else math.nan,
        "tier": tier,
        "key": key,
        "earns": earns,
    }
    able = [way for way in sorted(notes) if not notes[way]["reason"]]
    ranking = sorted(able, key=lambda way: (TIERS.index(notes[way]["tier"]), notes[way]["key"], way))
    chosen = ranking[0] if ranking else -1
    choice = 0 in able and len(able) > 1 and scene["mode"] == "overflow" and notes[chosen]["tier"] != "warm"
    if queue["gated"] and known and choice:
        gate = chosen > 0
    state = {"told": list(queue["told"]), "present": present, "at": now, "belief": belief, "chosen": chosen}
    state |= {"unsettled": 0, "gate": gate, "work": work_of(scene), "mode": scene["mode"]}
    return ranking, [notes[way] for way in sorted(notes)], state


def reserve(scene, notes, state):
    """Count a decided contact where it goes; changes the scene, and the note on what is not settled."""
    queue, vendors, offers, now = scene["queue"], scene["vendors"], scene["offers"], state["at"]
    chosen = state["chosen"]
    scene["seen"] += 1
    queue["routed"] += 1
    scene["center"]["routed"] += 1
    if chosen < 0:
        if scene["center"]["falls_back_in"]:
            state["unsettled"] = 1
            queue["present"] += 1
            queue["told"][-1] += 1
        return
    state["unsettled"] = 1
    known = state["belief"] in ("believed", "expected")
    taker = queue if chosen == 0 else vendors[offers[chosen - 1]["vendor"]]
    released = queue["gate"] and now - queue["moved_at"] >= queue["release"]
    if known and queue["gated"] and (released or state["gate"] != queue["gate"]):
        queue["gate"], queue["moved_at"] = state["gate"], now
    if known and notes[chosen]["earns"]:
        pool = 0
        for way, note in enumerate(notes):
            if not note["reason"]:
                earner = queue if way == 0 else vendors[offers[way - 1]["vendor"]]
                pool = rounded(pool + rounded(-note["key"] - earner["credit"])) if note["earns"] else pool
                earner["credit"] = -note["key"] if note["earns"] else earner["credit"]
        taker["credit"] = rounded(taker["credit"] - pool)
    for way, offer in enumerate(offers, start=1):
        vendor, reason = vendors[offer["vendor"]], notes[way]["reason"]
        if known and queue["rule"] == "cost" and not reason and vendor["warm"]:
            vendor["credit"] = min(vendor["credit"] + vendor["warm"], 1)
        if reason in ("", "ramp") and vendor["admitted"] < 1:
            added_up = vendor["admission"] + vendor["admitted"]
            vendor["admission"] = max(added_up - 1, 0) if way == chosen else min(added_up, 1)
    if chosen == 0:
        queue["present"] += 1
        queue["told"][-1] += 1
        return
    if known and queue["rule"] == "cost":
        taker["credit"] = max(taker["credit"] - 1, 0)
    taker["sent"] = [sent + 1 for sent in taker["sent"]]
    taker["today"] += 1
    taker["there"] += 1
    if taker["sent"][2] >= taker["price_until"] or any(map(operator.ge, taker["sent"], taker["caps"])):
        taker["reached"] = scene["center"]["reached"] = True
    if taker["probe"]:
        taker["probe"], taker["admitted"] = False, 0


def price_classes(scenes, asked, arrival_rate):
    """(price, work) -> contacts per second of the kinds of contact of one queue, each a scene of its own.

    The scenes share vendors, center and queue. `asked` stands for all if none was routed yet.
    """
    weights = [scene["seen"] for scene in scenes]
    if not any(weights):
        weights = [scene is scenes[asked] for scene in scenes]
    classes = {}
    for scene, weight in zip(scenes, weights, strict=True):
        costs = []
        for offer in scene["offers"]:
            vendor = scene["vendors"][offer["vendor"]]
            if vendor["trial"] >= 1 and refusal_of_vendor(scene, vendor)[0] in ("", "capacity", "ramp"):
                costs.append(cost_of_vendor(scene["queue"], offer, vendor, Fraction(vendor["wait"])))
        not_ours = scene["mode"] == "specialised" or scene["barred"]
        away = (
            (costs or not scene["center"]["falls_back_in"]) if not_ours else scene["mode"] == "full" and costs
        )
        if weight and not away:
            price = float(min(costs) + scene["protection"]) if costs else math.inf
            kind = price, float(work_of(scene))
            classes[kind] = classes.get(kind, 0) + arrival_rate * Fraction(weight, sum(weights))
    return classes or {(math.inf, 1.0): 0}
