"""The exact M/M/n+G queue: patience of any distribution, by quadrature over the offered wait.

Contacts arrive at rate lambda to n agents (any real number) that serve at rate mu each; a waiting contact
gives up after a time with distribution function G. With ``phi'(x) = lambda (1 - G(x)) - n mu``, phi(0) = 0
and ``e = 1 / B(n - 1, a)`` the offered wait V, that of a contact which never gives up, has

    P(V = 0) = e / (e + lambda J),   density lambda exp(phi(x)) / (e + lambda J),   J = int_0^inf exp(phi),

and everything else is an integral over V. Source: Zeltyn & Mandelbaum, Queueing Systems 51 (2005).

The integrals go over panels from beside the peak of phi to both sides, so that no overload overflows; a
panel whose integrands a Legendre series does not resolve is halved. phi is integrated along from there: a
closed form would lose the digits of lambda x.

The kernels validate nothing and never raise. Any one unit of time works.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import free_weight
from bporoute._kernels.queueing.patience import EMPIRICAL, EXPONENTIAL, LONGEST, given_up, last_knot
from bporoute._kernels.queueing.quadrature import INTEGRALS, NODES, POINTS, SMOOTH, WEIGHTS, unresolved

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

# Columns of the results: shares of the offered contacts, and times.
WAIT = 0
ABANDONED = 1
MEAN_WAIT = 2
ANSWERED_WAIT = 3
OFFERED_EXCEEDS = 4
WAIT_EXCEEDS = 5
SERVED_WITHIN = 6
SERVED_LATER = 7
ABANDONED_WITHIN = 8
COLUMNS = 9

# Integrals of the density, in units of one value of it, over all contacts, those given up, those still there;
# of the time waited less that at the start, and of the offered wait of those still there.
ALL = 0
GONE = 1
THERE = 2
WAITED = 3
ANSWERED = 4
SUMS = 5

INFINITE = float("inf")
MOST_PANELS = 10_000
TINY = 1e-150
"""Density, as a share of its peak, below which a sum need not be exact."""
NEGLIGIBLE = -700.0
"""Exponent below the peak from which on the density is 0."""


@kernel("f8(i8,f8[::1],f8,f8,b1)")
def room(kind: int, parameters: Floats, x: float, direction: float, matters: bool) -> float:
    """How far a panel from `x` may go: to the next kink; else to 0, by steps while [0, x] `matters`."""
    if kind == EMPIRICAL:
        knot = last_knot(parameters, x)
        if direction > 0.0:
            return float(parameters[knot + 1] - x) if 2 * knot < parameters.shape[0] - 1 else INFINITE
        return float(x - parameters[knot - 1 if parameters[knot] == x else knot])
    if direction > 0.0:
        return 3.0 * x if matters else INFINITE
    return 0.75 * x if matters else x


@kernel("UniTuple(f8, 2)(i8,f8[::1],f8,f8)")
def scale(kind: int, parameters: Floats, arrival_rate: float, serving: float) -> tuple[float, float]:
    """Where the integrals start, beside the peak of phi where it has fallen by some 1; how far beside."""
    peak = 0.0
    if arrival_rate > serving:
        high = 1.0 / serving
        while high < LONGEST and arrival_rate * given_up(kind, parameters, high)[1] > serving:
            peak = high
            high *= 2.0
        for _ in range(60):
            middle = 0.5 * (peak + high)
            if arrival_rate * given_up(kind, parameters, middle)[1] > serving:
                peak = middle
            else:
                high = middle
    # phi falls by less than the step times its slope there, which may leap where patience ends at once.
    step = 1.0 / serving
    while (
        step < LONGEST and step * (serving - arrival_rate * given_up(kind, parameters, peak + step)[1]) < 1.0
    ):
        step *= 2.0
    short = 0.5 * step
    for _ in range(60):
        if step * (serving - arrival_rate * given_up(kind, parameters, peak + step)[1]) <= 4.0:
            break
        middle = 0.5 * (short + step)
        if middle * (serving - arrival_rate * given_up(kind, parameters, peak + middle)[1]) < 1.0:
            short = middle
        else:
            step = middle
    return peak + step, step


@kernel("f8(f8)")
def bounded_exp(exponent: float) -> float:
    """e^exponent; the density is nowhere more than a few times that at the start of the integrals."""
    return math.exp(min(exponent, 50.0))


@kernel("UniTuple(f8, 2)(i8,f8[::1],f8,f8,f8,f8,f8,f8[:,::1])")
def integrate(
    kind: int,
    parameters: Floats,
    arrival_rate: float,
    serving: float,
    start: float,
    first_step: float,
    within: float,
    sums: Floats,
) -> tuple[float, float]:
    """Add the integrals from `start` to 0 (first step < 0) or on: sums[0] up to `within`, sums[1] beyond.

    Returned: phi at the end less phi at the start, and the same of the mean time that is waited.
    """
    direction = math.copysign(1.0, first_step)
    step = abs(first_step)
    gone_at_start, there_at_start = given_up(kind, parameters, start)
    fall = serving - arrival_rate * there_at_start  # of phi at the start
    if gone_at_start < 0.5:
        fall = serving - arrival_rate + arrival_rate * gone_at_start
    gone = np.empty(POINTS)
    there = np.empty(POINTS)
    more_gone = np.empty(POINTS)  # than at the start
    integral = np.empty(POINTS)  # of that, from the start
    panel = np.empty(SUMS)
    x = start
    to_here = 0.0  # `integral` at x
    exponent = 0.0
    for _ in range(MOST_PANELS):
        place = 1 if x > within or (x == within and direction > 0.0) else 0
        rest = x * given_up(kind, parameters, x)[0]
        matters = arrival_rate * rest > 1e-11 or rest * bounded_exp(exponent) > 1e-13 * sums[place, GONE]
        width = min(step, room(kind, parameters, x, direction, matters))
        if (within - x) * direction > 0.0:
            width = min(width, abs(within - x))
        half = 0.5 * direction * width

        for j in range(POINTS):
            gone[j], there[j] = given_up(kind, parameters, x + half * (1.0 + NODES[j]))
            more_gone[j] = gone[j] - gone_at_start if gone[j] < 0.5 else there_at_start - there[j]
            integral[j] = to_here
        to_end = to_here
        for j in range(POINTS):
            to_end += half * WEIGHTS[j] * more_gone[j]
            for i in range(POINTS):
                integral[i] += half * INTEGRALS[j, i] * more_gone[j]
        exact = 1e-13 / arrival_rate + 1e-15 * width if exponent > NEGLIGIBLE else 1e-14 * start
        rough = width * unresolved(more_gone) / exact

        panel[:] = 0.0
        for j in range(POINTS):
            away = x + half * (1.0 + NODES[j]) - start
            density = bounded_exp(-fall * away - arrival_rate * integral[j])
            weight = 0.5 * width * WEIGHTS[j] * density
            panel[ALL] += weight
            panel[WAITED] += weight * (there_at_start * away - integral[j])
            panel[ANSWERED] += weight * there[j] * (start + away)
            gone[j] *= density
            there[j] *= density
            panel[GONE] += 0.5 * width * WEIGHTS[j] * gone[j]
            panel[THERE] += 0.5 * width * WEIGHTS[j] * there[j]
        rough = max(rough, unresolved(gone) / (SMOOTH * (sums[place, GONE] + panel[GONE]) / width + TINY))
        rough = max(rough, unresolved(there) / (SMOOTH * (sums[place, THERE] + panel[THERE]) / width + TINY))
        if rough > 1.0 and width > 1e-15 * start:
            step = 0.5 * width
            continue

        x = max(x + direction * width, 0.0)
        to_here = to_end
        exponent = -fall * (x - start) - arrival_rate * to_here
        for k in range(SUMS):
            sums[place, k] += panel[k]
        if rough < 1e-4:
            step = max(step, 2.0 * width)
        if direction < 0.0:
            if x == 0.0:
                break
        elif exponent < NEGLIGIBLE:
            break
        elif place == 1:
            # What is left is less than the last value over its rate of fall; 1e-20 as it may grow with x.
            left = 1e20 / (fall + arrival_rate * more_gone[POINTS - 1])
            if gone[POINTS - 1] * left <= sums[1, GONE] and there[POINTS - 1] * left <= sums[1, THERE]:
                break
    return exponent, there_at_start * (x - start) - to_here


@kernel("void(i8,f8[::1],f8,f8,f8,f8,f8[::1])")
def waits(
    kind: int,
    parameters: Floats,
    free: float,
    arrival_rate: float,
    serving: float,
    within: float,
    out: Floats,
) -> None:
    """Fill the row of a queue that serves at the rate `serving` while contacts wait, whatever it does before.

    `free` is the weight of all states that serve a new contact at once, relative to the last of them: the e
    above. `arrival_rate`, `serving`, `within` >= 0, which may be inf. Where the contacts that never give up
    are more than `serving`, the queue grows for ever: wait probability 1, waits of the answered inf, service
    level 0, and in the end all others give up. Without contacts nobody waits.
    """
    gone, there = given_up(kind, parameters, within)
    never = 0.0
    if kind == EMPIRICAL:
        never = parameters[parameters.shape[0] - 1]
    elif kind == EXPONENTIAL and parameters[0] == INFINITE:
        never = 1.0
    out[:] = 0.0
    if serving <= arrival_rate * never:
        out[WAIT] = 1.0
        out[ABANDONED] = 1.0 - never
        out[MEAN_WAIT] = parameters[0]
        out[ANSWERED_WAIT] = INFINITE
        out[OFFERED_EXCEEDS] = 1.0
        out[WAIT_EXCEEDS] = there
        out[SERVED_LATER] = never
        out[ABANDONED_WITHIN] = gone
        return
    if arrival_rate <= 0.0:
        out[SERVED_WITHIN] = 1.0
        return

    start, step = scale(kind, parameters, arrival_rate, serving)
    sums = np.zeros((2, SUMS))
    exponent, waited = integrate(kind, parameters, arrival_rate, serving, start, -step, within, sums)
    integrate(kind, parameters, arrival_rate, serving, start, step, within, sums)

    free *= bounded_exp(exponent)
    total = sums[0] + sums[1]
    waiting = arrival_rate * total[ALL]
    share = arrival_rate / (free + waiting)
    at_once = free / (free + waiting) if free < INFINITE else 1.0
    out[WAIT] = waiting / (free + waiting)
    out[ABANDONED] = share * total[GONE]
    out[MEAN_WAIT] = share * (total[WAITED] - waited * total[ALL])
    out[ANSWERED_WAIT] = share * total[ANSWERED] / (at_once + share * total[THERE])
    out[OFFERED_EXCEEDS] = share * sums[1, ALL]
    out[WAIT_EXCEEDS] = out[OFFERED_EXCEEDS] * there
    out[SERVED_WITHIN] = at_once + share * sums[0, THERE]
    out[SERVED_LATER] = share * sums[1, THERE]
    out[ABANDONED_WITHIN] = out[OFFERED_EXCEEDS] * gone + share * sums[0, GONE]


@kernel("void(i8,f8[::1],f8,f8,f8,f8,f8[::1])")
def general_patience(
    kind: int,
    parameters: Floats,
    agents: float,
    arrival_rate: float,
    aht: float,
    within: float,
    out: Floats,
) -> None:
    """Fill the row of a queue with `agents` >= 0 (real) and a mean handle time `aht` > 0, see `waits`."""
    load = arrival_rate * aht
    free = free_weight(agents, load, load - agents) * load / agents if agents > 0.0 and load > 0.0 else 0.0
    waits(kind, parameters, free, arrival_rate, agents / aht, within, out)


@kernel("void(i8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def general_patience_each(
    kind: int,
    parameters: Floats,
    agents: Floats,
    arrival_rate: Floats,
    aht: Floats,
    within: Floats,
    out: Floats,
) -> None:
    """`general_patience` of each queue, all with the same patience; `out` has a row for each."""
    for i in range(agents.shape[0]):
        queue = float(agents[i]), float(arrival_rate[i]), float(aht[i])
        general_patience(kind, parameters, queue[0], queue[1], queue[2], within[i], out[i])
