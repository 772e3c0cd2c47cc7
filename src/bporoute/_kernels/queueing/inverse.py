"""The inverse questions: how many agents, how much load, how long a wait meets what is asked for.

What is searched for is monotone, so a bracket always closes on the answer: the search gallops out from a
guess, then takes secant steps that give way to halving (the Illinois rule). A search for a whole number ends
between two neighbours, any other within a few units in the last place.

The kernels validate nothing and never raise; time in any one unit. Aims are rows, see `aims`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.aims import (
    ASA,
    KIND,
    LIMIT,
    SERVICE_LEVEL,
    VIRTUAL_TAIL,
    WAIT_TAIL,
    part,
    tally,
)
from bporoute._kernels.queueing.erlang import free_weight
from bporoute._kernels.queueing.uncertain_rate import LEAST_CV, mixed_tally, spread_of

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats
    from bporoute._kernels.queueing.exponential_patience import Queue
    from bporoute._kernels.queueing.uncertain_rate import Spread

INFINITE = float("inf")
MOST_STEPS = 400
"""More than doubling and halving take over the range of floating-point numbers."""
CLOSE = 4e-16
MOST = 1e15
"""Agents, and times the given rate or wait, beyond which nothing is searched."""

NOT_MET = -1.0
# What is searched for.
AGENTS, RATE, WAIT = range(3)


@kernel("f8(UniTuple(f8,5),f8,f8[:,::1],UniTuple(f8,4))")
def margin(queue: Queue, wait: float, aims: Floats, spread: Spread) -> float:
    """How far the least fulfilled aim is exceeded, each in its own measure; negative if one is missed.

    A queue that grows without bound (no patience, no limit to the room, a >= n) meets nothing; elsewhere an
    aim that nothing can miss is met by far. Who finds no place counts as one who gives up. The tail aims say
    that at most a share LIMIT waits longer than `wait`. Of a rate with a spread, which those do not know, the
    aims hold in the mean.
    """
    agents, arrival_rate, aht, patience, room = queue
    if patience == INFINITE and room == INFINITE and arrival_rate * aht >= agents:
        return NOT_MET
    least = INFINITE
    for row in range(aims.shape[0]):
        kind = int(aims[row, KIND])
        limit = float(aims[row, LIMIT])
        if spread[0] > 0.0:
            some, base = mixed_tally(queue, spread, aims, row)
        else:
            some, base = tally(queue, wait, aims, row)
        if kind == SERVICE_LEVEL:
            failed = part(some, base)
            excess = (1.0 - limit) - failed
            if limit <= 0.0 or (limit >= 1.0 and failed == 0.0):
                excess = -NOT_MET
        elif kind == ASA:
            asa = part(some, base)
            excess = 1.0 - asa / limit if limit > 0.0 else -NOT_MET if asa == 0.0 else NOT_MET
        elif kind < WAIT_TAIL:
            share = part(some, base)
            excess = limit - share if limit < 1.0 or math.isnan(share) else -NOT_MET
        elif limit <= 0.0:  # for ever, unless nobody waits at all
            excess = NOT_MET if base > 0.0 and (patience > 0.0 or kind == VIRTUAL_TAIL) else -NOT_MET
        else:
            excess = math.log(limit / some) if some > 1e-300 * base else -NOT_MET
        if math.isnan(excess):
            return NOT_MET
        least = min(least, excess)
    return least


@kernel("f8(i8,b1,f8,f8,UniTuple(f8,5),f8[:,::1],UniTuple(f8,4))")
def crossing(
    unknown: int, whole: bool, start: float, stride: float, queue: Queue, aims: Floats, spread: Spread
) -> float:
    """Where the aims begin to be met, over AGENTS or WAIT, or cease to be met, over the RATE.

    0 where they are met, or are not, from 0 on; inf where the search finds no end.
    """
    agents, arrival_rate, aht, patience, room = queue
    end = MOST * max(start, 1.0 if unknown == AGENTS else start)
    low = -1.0
    low_value = NOT_MET
    high = INFINITE
    high_value = -NOT_MET
    side = 0
    point = start
    for step in range(MOST_STEPS):
        if unknown == AGENTS:
            value = margin((point, arrival_rate, aht, patience, room), 0.0, aims, spread)
        elif unknown == RATE:
            value = -margin((agents, point, aht, patience, room), 0.0, aims, spread)
        else:
            value = margin(queue, point, aims, spread)
        if value < 0.0:
            low, low_value = point, value
            high_value *= 0.5 if side < 0 else 1.0
            side = -1
        else:
            high, high_value = point, value
            low_value *= 0.5 if side > 0 else 1.0
            side = 1
        if high == INFINITE or low < 0.0:
            side = 0
            if high == 0.0:
                return 0.0
            if low >= end:
                return INFINITE
            point = low + stride if low >= 0.0 else max(high - stride, 0.0)
            stride *= 2.0
            continue
        if high - low <= (1.0 if whole else CLOSE * high):
            break
        share = low_value / (low_value - high_value)
        if step % 4 == 3 or not 0.0 < share < 1.0:
            share = 0.5
        point = low + (high - low) * share
        if whole:
            point = min(max(math.floor(point + 0.5), low + 1.0), high - 1.0)
        elif not low < point < high:
            point = 0.5 * (low + high)
    return low if unknown == RATE else high


@kernel("f8(i8,b1,UniTuple(f8,5),f8[:,::1])")
def solve(unknown: int, whole: bool, queue: Queue, aims: Floats) -> float:
    """The least number of AGENTS (below the load too), the largest RATE, the least WAIT that meets every aim.

    What is unknown in `queue` is not read. 0 agents if nobody calls. inf where nothing meets the aims, or any
    rate does.
    """
    agents, arrival_rate, aht, patience, _ = queue
    if unknown == AGENTS:
        load = arrival_rate * aht
        if load <= 0.0:
            return 0.0
        start = float(math.ceil(load))
        stride = max(float(math.ceil(0.5 * math.sqrt(load))), 1.0)
    else:
        start = max(agents, 1.0) / aht if unknown == RATE else min(aht, max(patience, 1e-3 * aht))
        stride = start
    return crossing(unknown, whole, start, stride, queue, aims, (0.0, 0.0, 0.0, 0.0))


@kernel("f8(b1,UniTuple(f8,5),f8,f8[:,::1])")
def agents_in_the_mean(whole: bool, queue: Queue, cv: float, aims: Floats) -> float:
    """The least number of agents that meets every aim in the mean over a rate with this variation.

    `queue` has the expected rate; its agents are not read. inf where nothing meets the aims.
    """
    known = solve(AGENTS, True, queue, aims)
    if cv <= LEAST_CV or known == 0.0 or known == INFINITE:
        return known if whole else solve(AGENTS, False, queue, aims)
    load = queue[1] * queue[2]
    wide = cv * math.sqrt(load)
    more = 0.3 * cv * load * min(wide, 1.0)
    start = known + math.floor(more)
    stride = max(float(math.ceil(0.25 * more)), 1.0)
    return crossing(AGENTS, whole, start, stride, queue, aims, spread_of(cv))


@kernel("f8(f8,f8)")
def load_for_blocking(agents: float, blocking: float) -> float:
    """The offered load at which Erlang B is `blocking`, from 0 on and below 1; inf at 1. agents > 0.

    Newton's steps on ln(1 / B) over ln a, whose slope is -(n - a + a B) (Jagerman 1974), within a bracket:
    B >= 1 - n / a.
    """
    if blocking <= 0.0:
        return 0.0
    if blocking >= 1.0:
        return INFINITE
    wanted = -math.log(blocking)
    low = 0.0
    high = agents / (1.0 - blocking)
    load = min(agents, high)
    for step in range(MOST_STEPS):
        free = free_weight(agents, load, load - agents)
        excess = math.log1p(free) - wanted
        if excess > 0.0:
            low = load
        else:
            high = load
        slope = agents - load + load / (1.0 + free)
        new = load * math.exp(min(excess / slope, 50.0)) if slope > 0.0 and free < INFINITE else 0.0
        if step % 4 == 3 or not low < new < high:
            new = math.sqrt(low) * math.sqrt(high) if low > 0.0 else 0.1 * high
        if abs(new - load) <= CLOSE * load or high - low <= CLOSE * high:
            return new
        load = new
    return load
