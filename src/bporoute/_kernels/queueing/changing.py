"""A queue while rates and agents change: who is present from moment to moment, and what becomes of arrivals.

The number present is a birth and death chain whose rates are constant within a piece of time. Its law p moves
by dp/dt = A p, and is stepped by TR-BDF2 (Bank et al., IEEE Trans. CAD 4, 1985), of second order and stable
for steps of any length, with the same tridiagonal matrix in both stages. Who comes at a moment and finds k
others waits until fewer than the slots of the agents are ahead: a chain of deaths alone, stepped likewise
from the law at that moment on, across all changes. That counts who is served, within which time, and who
gives up.

Agents whose shift is over finish what they have in hand and take nothing new: of those who serve, the agents
beyond the shift become fewer as their contacts end.

The kernels validate nothing and never raise. Pieces are rows of numbers, see the columns.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

# pieces[i, .]
AGENTS, RATE, AHT, SECONDS = range(4)
# rules[.]
THETA, ROOM, WITHIN, SHORT = range(4)
# out[i, .]
(
    OFFERED,
    BLOCKED,
    ANSWERED,
    ANSWERED_IN_TIME,
    ABANDONED,
    ABANDONED_IN_TIME,
    ABANDONED_SHORT,
    WAIT_OF_ANSWERED,
    WAIT,
    BUSY,
    WAITING_AT_END,
) = range(11)
COLUMNS = 11

GAMMA = 2.0 - math.sqrt(2.0)
HALF = 0.5 * GAMMA
EVEN = math.sqrt(0.5) / 2.0
"""Weight of the first two points of a step in what is summed over it; the last has HALF."""
AHEAD = 1.0 / (GAMMA * (2.0 - GAMMA))
BACK = (1.0 - GAMMA) * (1.0 - GAMMA) * AHEAD
INFINITE = float("inf")
TAIL = 7.0
"""Standard deviations of the number present beyond which nobody is looked for."""
SELDOM = 1e-12
"""Share of the capacity below which so few come that no queue of theirs is looked for."""
DEEP = 16.0
"""Minus the logarithm of the probability of a queue that is not looked at."""
SLIGHT = 1e-7
"""Share of the arrivals that is not followed further."""
NOTHING = 1e-13
"""Probability of a number that is not looked at."""
FIRST_STEP, LONGEST_STEP = 0.04, 0.2
"""Steps in units of a handle time: after a change, and later."""
GROWTH = 1.35
FEWEST_STEPS = 10.0
"""Of a piece in which somebody comes."""
APART = 0.3
"""Handle times between two moments whose arrivals are followed."""
SMOOTH = 0.5
"""Standard deviations by which the number present may move in a step."""
FINE = 0.15
"""Steps of those who wait, in units of the time in which their law changes."""


@kernel("f8(f8,f8,f8,f8[::1])")
def ending(present: float, agents: float, aht: float, at_once: Floats) -> float:
    """Rate at which contacts end, so many present, spread evenly over the slots of real-valued agents."""
    slots = at_once.shape[0]
    if agents <= 0.0 or present <= 0.0:
        return 0.0
    if present >= agents * slots:
        return float(agents * slots / (aht * at_once[slots - 1]))
    each = math.floor(present / agents)
    with_more = present - each * agents
    rate = with_more * (each + 1.0) / (aht * at_once[int(each)])
    if each > 0.0:
        rate += (agents - with_more) * each / (aht * at_once[int(each) - 1])
    return float(rate)


@kernel("f8(f8[:,::1],f8[::1],f8[::1])")
def states_needed(pieces: Floats, rules: Floats, at_once: Floats) -> float:
    """How many numbers present are looked at: mean and variance as of a flow, in small steps."""
    theta, room = float(rules[THETA]), float(rules[ROOM])
    slots = float(at_once.shape[0])
    mean = 0.0
    variance = 0.0
    most = 0.0
    elapsed = 0.0
    for i in range(pieces.shape[0]):
        agents, rate, aht, seconds = pieces[i, AGENTS], pieces[i, RATE], pieces[i, AHT], pieces[i, SECONDS]
        steps = min(max(math.ceil(8.0 * seconds / aht), 8.0), 2000.0)
        step = seconds / steps
        full = agents * slots
        for _ in range(int(steps)):
            waiting = max(mean - full, 0.0)
            served = min(ending(mean, agents, aht, at_once), mean / step)
            gone = waiting * -math.expm1(-theta * step) / step
            leaves = -math.expm1(-(theta if waiting > 0.0 else 1.0 / aht) * step)
            mean = max(mean + (rate - served - gone) * step, 0.0)
            variance = variance * (1.0 - leaves) ** 2 + (rate + served + gone) * step * 0.5 * (
                1.0 + (1.0 - leaves) ** 2
            )
            if mean > full + room:
                mean = full + room
            most = max(most, mean + TAIL * math.sqrt(max(variance, mean, 1.0)))
        # Once all are busy, a queue is longer by one with the probability of the load of an agent, or as
        # far as chance has brought it in the time, or before as many give up.
        elapsed += seconds
        capacity = ending(full, agents, aht, at_once)
        longer = TAIL * math.sqrt(2.0 * rate * elapsed)
        if SELDOM * capacity < rate < capacity:  # of rarer contacts the time has brought fewer
            longer = min(longer, DEEP / math.log(capacity / rate))
        if theta > 0.0:
            longer = min(longer, TAIL * math.sqrt(rate / theta))
        if most > full and rate > 0.0:
            most = max(most, min(max(mean, full) + longer, full + room))
    return float(math.ceil(most)) + 8.0


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8)")
def implicit(births: Floats, deaths: Floats, right: Floats, pivots: Floats, out: Floats, part: float) -> None:
    """Solve (1 - part A) out = right for the generator of births and deaths, by elimination from below."""
    size = right.shape[0]
    pivots[0] = 1.0 + part * (births[0] + deaths[0])
    out[0] = right[0]
    for k in range(1, size):
        factor = part * births[k - 1] / pivots[k - 1]
        pivots[k] = 1.0 + part * (births[k] + deaths[k]) - factor * part * deaths[k]
        out[k] = right[k] + factor * out[k - 1]
    out[size - 1] /= pivots[size - 1]
    for k in range(size - 2, -1, -1):
        out[k] = (out[k] + part * deaths[k + 1] * out[k + 1]) / pivots[k]


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8)")
def step_law(
    law: Floats, births: Floats, deaths: Floats, between: Floats, right: Floats, pivots: Floats, step: float
) -> None:
    """Move the law of the number present by a step; `between` is what it is GAMMA of a step on."""
    size = law.shape[0]
    part = HALF * step
    for k in range(size):
        value = law[k] * (1.0 - part * (births[k] + deaths[k]))
        if k > 0:
            value += part * births[k - 1] * law[k - 1]
        if k + 1 < size:
            value += part * deaths[k + 1] * law[k + 1]
        right[k] = value
    implicit(births, deaths, right, pivots, between, part)
    for k in range(size):
        right[k] = AHEAD * between[k] - BACK * law[k]
    implicit(births, deaths, right, pivots, law, part)


@kernel("void(f8[::1],i8,f8,i8,f8[:,::1],f8[::1],f8[::1],f8,f8[:,::1])")
def follow(
    law: Floats,
    first: int,
    passed: float,
    size: int,
    pieces: Floats,
    rules: Floats,
    at_once: Floats,
    weight: float,
    out: Floats,
) -> None:
    """Add up what becomes of `weight` arrivals that come `passed` into a piece and find this law of others.

    `size` is how many numbers present are looked at; whoever finds no place is not among them.
    """
    theta = float(rules[THETA])
    slots = float(at_once.shape[0])
    piece = first
    full = math.ceil(pieces[piece, AGENTS] * slots)
    most = float(full) + float(rules[ROOM])
    entered = 0.0
    waiting = 0.0
    top = full
    low = size - 1
    ahead = np.zeros(size)
    for k in range(size):
        if k < most:
            entered += law[k]
            if k >= full:
                ahead[k] = law[k]
                waiting += law[k]
                if abs(law[k]) > NOTHING:
                    top = k
                    low = min(low, k)
    answered = entered - waiting
    in_time = answered
    gone = 0.0
    gone_in_time = 0.0
    gone_short = 0.0
    waited = 0.0
    waited_gone = 0.0
    within, short = float(rules[WITHIN]), float(rules[SHORT])
    now = 0.0
    left = pieces[piece, SECONDS] - passed
    serving = float(pieces[piece, AGENTS])
    between = np.zeros(size)
    after = np.zeros(size)
    deaths = np.zeros(size)
    known = -1.0  # of how many serving agents `deaths` is
    unseen = within > 0.0  # whether what happens within the times is not noted yet
    unseen_short = short > 0.0
    while waiting > SLIGHT * entered and waiting > 0.0:
        if left <= 0.0:
            piece += 1
            if piece >= pieces.shape[0]:
                break
            left = float(pieces[piece, SECONDS])
            full = math.ceil(pieces[piece, AGENTS] * slots)
            serving = max(serving, float(pieces[piece, AGENTS]))
            known = -1.0
            for k in range(low, min(full, size)):
                if ahead[k] > 0.0:
                    answered += ahead[k]
                    waiting -= ahead[k]
                    ahead[k] = 0.0
            continue
        aht = float(pieces[piece, AHT])
        agents = float(pieces[piece, AGENTS])
        # The number ahead is spread by about the root of the load, and passes one agent's work by another's.
        turn = aht / (serving * slots + 1.0)
        fine = FINE if unseen or unseen_short else 2.0 * FINE
        much = min(fine * (math.sqrt(aht * turn) + math.sqrt(now * turn)), left)
        if theta > 0.0:
            much = min(much, 0.25 / theta + 0.25 * now)
        if unseen and now < within:
            much = min(much, within - now, max(within / 6.0, 1e-3))
        if unseen_short and now < short:
            much = min(much, short - now, max(short / 3.0, 1e-3))
        lower = max(agents, serving * math.exp(-much / aht))
        middle = 0.5 * (serving + lower)
        top = min(top, size - 1)
        low = max(low, full)
        if middle != known:
            known = middle
            for k in range(full, top + 1):
                in_service = min(float(k), middle * slots)
                deaths[k] = ending(float(k), middle, aht, at_once) + theta * (k - in_service)
        part = HALF * much
        start = waiting
        served_at_start = deaths[full] * ahead[full] if low == full <= top else 0.0
        halfway = 0.0
        reached = top + 1  # the fewest ahead with whom anybody is left
        while reached > full and (reached > low or abs(between[reached]) > NOTHING):
            reached -= 1
            rate = deaths[reached] + theta
            value = ahead[reached] * (1.0 - part * rate)
            if reached < top:
                value += part * deaths[reached + 1] * (ahead[reached + 1] + between[reached + 1])
            between[reached] = value / (1.0 + part * rate)
            halfway += between[reached]
        served_halfway = deaths[full] * between[full] if reached == full <= top else 0.0
        waiting = 0.0
        for k in range(top, reached - 1, -1):
            rate = deaths[k] + theta
            value = AHEAD * between[k] - BACK * ahead[k]
            if k < top:
                value += part * deaths[k + 1] * after[k + 1]
            after[k] = value / (1.0 + part * rate)
            waiting += after[k]
        for k in range(reached, top + 1):
            ahead[k] = after[k]
        low = reached
        served_after = deaths[full] * ahead[full] if low == full <= top else 0.0
        area = much * (EVEN * (start + halfway) + HALF * waiting)
        waited += area
        answered += much * (EVEN * (served_at_start + served_halfway) + HALF * served_after)
        # Those who give up leave at the rate theta at any moment.
        waited_gone += (
            theta
            * much
            * (EVEN * (now * start + (now + GAMMA * much) * halfway) + HALF * (now + much) * waiting)
        )
        gone += theta * area
        now += much
        left -= much
        serving = lower
        while top > full and abs(ahead[top]) < NOTHING:
            ahead[top] = 0.0
            top -= 1
        if unseen and now >= within * (1.0 - 1e-12):
            unseen = False
            in_time, gone_in_time = answered, gone
        if unseen_short and now >= short * (1.0 - 1e-12):
            unseen_short = False
            gone_short = gone
    if unseen:
        in_time, gone_in_time = answered, gone
    if unseen_short:
        gone_short = gone
    out[first, ANSWERED] += weight * answered
    out[first, ANSWERED_IN_TIME] += weight * in_time
    out[first, ABANDONED] += weight * gone
    out[first, ABANDONED_IN_TIME] += weight * gone_in_time
    out[first, ABANDONED_SHORT] += weight * gone_short
    out[first, WAIT_OF_ANSWERED] += weight * max(waited - waited_gone - now * waiting, 0.0)
    out[first, WAIT] += weight * waited
    out[first, BLOCKED] += weight * (1.0 - entered)


@kernel("f8(f8[:,::1],f8[::1],f8[::1],f8,f8[:,::1])")
def changing_queue(pieces: Floats, rules: Floats, at_once: Floats, most_states: float, out: Floats) -> float:
    """Run an empty queue through its pieces, and add up in `out` what becomes of those who come in each.

    Gives back how many numbers present that takes; if they are more than `most_states`, nothing is done.
    """
    theta, room = float(rules[THETA]), float(rules[ROOM])
    slots = float(at_once.shape[0])
    needed = states_needed(pieces, rules, at_once)
    if needed > most_states:
        return needed
    size = int(needed)
    law = np.zeros(size)
    law[0] = 1.0
    births = np.zeros(size)
    deaths = np.zeros(size)
    between = np.zeros(size)
    right = np.zeros(size)
    pivots = np.zeros(size)
    seen = np.zeros(size)
    serving = 0.0
    for i in range(pieces.shape[0]):
        agents, rate = float(pieces[i, AGENTS]), float(pieces[i, RATE])
        aht, seconds = float(pieces[i, AHT]), float(pieces[i, SECONDS])
        if rate == 0.0 and law[0] > 1.0 - 1e-9:
            serving = agents
            continue
        busy = 0.0
        for k in range(size):
            busy += min(float(k), serving * slots) * law[k]
        serving = max(agents, min(serving, busy / slots))
        full = math.ceil(agents * slots)
        longest = seconds if rate == 0.0 and agents == 0.0 else LONGEST_STEP * aht
        longest = min(longest, seconds / FEWEST_STEPS)
        if rate > 0.0 and theta > 0.0:
            longest = min(longest, max(0.5 / theta, 0.02 * aht))
        step = min(FIRST_STEP * aht, longest)
        passed = 0.0
        known = -1.0  # of how many serving agents `deaths` is
        late = max(seconds - float(rules[WITHIN]), 0.0)  # from then on the next piece may still be in time
        if late < 0.5 * seconds:
            late = 0.0
        if rate > 0.0:
            out[i, OFFERED] += rate * seconds
        weight = 0.0  # of the last moment that is followed, by the trapezoidal rule
        seen[:] = law
        seen_at = 0.0
        while passed < seconds:
            present = 0.0
            for k in range(size):
                present += float(k) * law[k]
            drift = rate - ending(present, agents, aht, at_once) - theta * max(present - full, 0.0)
            smooth = SMOOTH * math.sqrt(present + 1.0) / max(abs(drift), 1e-12)
            until = late if passed < late else seconds
            much = min(step, until - passed, max(smooth, 1e-3 * aht))
            if until - passed - much < 0.3 * much:
                much = until - passed
            lower = max(agents, serving * math.exp(-much / aht))
            middle = 0.5 * (serving + lower)
            if middle != known:
                known = middle
                for k in range(size):
                    in_service = min(float(k), middle * slots)
                    deaths[k] = ending(float(k), middle, aht, at_once) + theta * (k - in_service)
                    births[k] = rate if k + 1 < size and k < full + room else 0.0
            working = 0.0
            for k in range(size):
                working += EVEN * law[k] * min(float(k), agents * slots)
            step_law(law, births, deaths, between, right, pivots, much)
            for k in range(size):
                working += (EVEN * between[k] + HALF * law[k]) * min(float(k), agents * slots)
            out[i, BUSY] += much * working
            passed = until if much == until - passed else passed + much
            serving = lower
            step = min(step * GROWTH, longest)
            if rate > 0.0 and (passed - seen_at >= min(APART * aht, 0.1 * seconds) or passed == until):
                between_them = passed - seen_at
                weight += 0.5 * between_them
                follow(seen, i, seen_at, size, pieces, rules, at_once, rate * weight, out)
                weight = 0.5 * between_them
                seen[:] = law
                seen_at = passed
        if rate > 0.0:
            follow(seen, i, seconds, size, pieces, rules, at_once, rate * weight, out)
        waiting = (agents - serving) * slots  # served by agents whose shift is over
        for k in range(full, size):
            waiting += law[k] * (k - full)
        out[i, WAITING_AT_END] = max(waiting, 0.0)
    return needed
