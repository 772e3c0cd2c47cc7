"""Who waits, for how long, and who gives up: one queue with n agents, patience and a waiting room.

M/M/n/n+K with exponential patience: arrivals at rate lambda, mean handle time aht, mean patience 1/theta
(inf: nobody gives up; 0: whoever cannot be answered at once leaves), K places to wait (inf allowed).
All results are shares of the *offered* contacts, blocked ones included. Notation: a = lambda aht,
x = n patience / aht, y = lambda patience, F = free_weight, A = busy_weight.

    P(wait) = A / (A + F)                            P(abandon | wait) = T / y,  T = y - x + x / A
    P(V > t) = P(wait) P(x, y e^(-theta t)) / P(x, y)     V: wait of a caller who never gives up
    P(W > t) = e^(-theta t) P(V > t)                      W: wait of a caller, until answered or gone
    P(abandon | W > t) = T(x, z) / z,  z = y e^(-theta t)

Sources: C. Palm, Research on telephone traffic carried by full availability groups (1957); Garnett,
Mandelbaum & Reiman, M&SOM 4 (2002) 208; Zeltyn & Mandelbaum, Queueing Systems 51 (2005) 361.

The kernels validate nothing and never raise. Domain: agents, rates, times >= 0; a waiting room of whole
places up to some millions, or inf. Any one unit of time works.
"""

from __future__ import annotations

import math

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import FEW, busy, deviance, exponential, free_weight, poisson
from bporoute._kernels.queueing.floating import SCALE, SCALE_BINARY, decay, power_of_two, product
from bporoute._kernels.queueing.gamma_expansion import gamma_star
from bporoute._kernels.queueing.legendre import NODES, WEIGHTS

Queue = tuple[float, float, float, float, float]
Outcomes = tuple[float, float, float, float, float, float, float, float, float]

INFINITE = float("inf")
NEGLIGIBLE = 1e-20
LONGEST = 1e15
"""Handle times that are as good as for ever."""

FAR = 6.0
"""Standard deviations of overload from which on the tail is a ratio of probabilities, not of weights."""

# How a service level counts; all but the last are in `bporoute.center._targets.COUNTINGS`.
OFFERED, IGNORED, CREDITED, ANSWERED, SHORT_EXCLUDED, SHORT_CREDITED, VIRTUAL = range(7)


@kernel("UniTuple(f8,2)(f8,f8,f8)")
def offered(agents: float, arrival_rate: float, aht: float) -> tuple[float, float]:
    """(load, load - agents); what the rounding of arrival_rate * aht took is added back to the latter."""
    load, rest = product(arrival_rate, aht)
    return load, (load - agents) + rest


@kernel("f8(f8,f8,f8)")
def delay_probability(agents: float, gap: float, free: float) -> float:
    """Erlang C: the probability of waiting for n agents and patient callers; 1 from a = n on."""
    return 1.0 / (1.0 - gap / agents * free) if gap < 0.0 else 1.0


@kernel("f8(f8)")
def curvature(u: float) -> float:
    """``u + e^-u - 1``, to full precision also near 0."""
    if abs(u) > 0.25:
        return u + math.expm1(-u)
    series = 1.0 / 3628800.0 + u * (-1.0 / 39916800.0 + u * (1.0 / 479001600.0 - u / 6227020800.0))
    series = 1.0 / 40320.0 + u * (-1.0 / 362880.0 + u * series)
    series = 1.0 / 720.0 + u * (-1.0 / 5040.0 + u * series)
    return u * u * (0.5 + u * (-1.0 / 6.0 + u * (1.0 / 24.0 + u * (-1.0 / 120.0 + u * series))))


@kernel("f8(f8,f8,f8,f8)")
def lower_gamma(x: float, y: float, gap: float, weight: float) -> float:
    """P(x, y), the regularised lower incomplete gamma function; weight = A(x, y), gap = y - x."""
    middle = poisson(x, y, gap)
    if gap <= 0.0:
        return middle * weight
    return 1.0 - middle * free_weight(x, y, gap) if middle > 1e-300 else 1.0


@kernel("f8(f8,f8,f8,f8)")
def weight_beyond(agents: float, load: float, patience: float, places: float) -> float:
    """``prod over m = 1 .. places of a / (n + m / patience)``, time in units of the mean handle time.

    With x = n patience and y = a patience it is pois(x + places; y) / pois(x; y).
    """
    if patience == INFINITE:
        return math.pow(load / agents, places)
    x = agents * patience
    y = load * patience
    gap = (load - agents) * patience
    weight = 1.0 if y > 0.0 else 0.0
    while x < FEW and places > 0.0:
        x += 1.0
        gap -= 1.0
        places -= 1.0
        weight *= y / x
    if places == 0.0 or weight == 0.0:
        return weight
    # The difference of the two deviances from y, which would cancel.
    growth = math.log1p(gap / x) if abs(gap) < 0.5 * x else math.log(y / x)
    end = x + places
    exponent = places * growth - deviance(end, x, -places)
    scale = math.sqrt(x / end) * gamma_star(1.0 / x) / gamma_star(1.0 / end)
    return weight * exponential(exponent) * scale


@kernel("UniTuple(f8,7)(f8,f8,f8,f8,f8,f8,f8)")
def room_sums(
    agents: float, load: float, free: float, patience: float, room: float, within: float, rest: float
) -> tuple[float, float, float, float, float, float, float]:
    """A queue with 1 .. room places, its states summed one by one; unit of time: the mean handle time.

    The time is within + rest, the latter a rounding.

    j contacts wait with weight ``w_j = prod over m <= j of a / (n + m theta)`` relative to "all busy, nobody
    waits". Returned, as shares of the offered contacts: who waits; who is blocked; who would wait longer
    than `within` if he never gave up; who is answered later than `within`. Then the mean number waiting, and
    how many of those will be answered, ``sum over k of n / (n + k theta) P(k or more wait)``; last, the share
    of the offered that is answered.

    With j ahead, P(V > t) is that at most j leave in t: the sum over m <= j of q^beta (1-q)^m (beta)_m / m!,
    beta = n / theta, q = e^(-theta t); a Poisson law for theta = 0. Being answered has the probability
    n / (n + (j+1) theta), and then the law of beta + 1 (DLMF 8.17.21). All terms are positive; weights are
    scaled down when they grow, probabilities start scaled up by 2^binary so that nothing underflows.
    """
    theta = 1.0 / patience
    fraction = -math.expm1(-theta * within)
    growth = agents * within if theta == 0.0 else agents * patience * fraction
    exponent, lost = product(agents, within)
    virtual_term, binary = decay(exponent, lost + agents * rest)
    served_term = virtual_term * math.exp(-theta * within)
    virtual = virtual_term
    served = served_term

    weight = 1.0
    waits = 0.0
    virtual_late = 0.0
    served_late = 0.0
    waiting = 0.0
    staying = 0.0
    to_be_answered = 0.0
    answered = 0.0
    places = 0.0
    while places < room:
        waits += weight
        virtual_late += weight * virtual
        places += 1.0
        leaving = agents + places * theta
        stays = agents / leaving if leaving > 0.0 else 0.0
        served_late += weight * served * stays
        answered += weight * stays
        virtual_term *= (growth + fraction * (places - 1.0)) / places
        served_term *= (growth + fraction * places) / places
        virtual += virtual_term
        served += served_term
        ratio = load / leaving if leaving > 0.0 else INFINITE
        weight *= ratio
        staying += stays
        waiting += places * weight
        to_be_answered += staying * weight
        if virtual > SCALE:
            virtual /= SCALE
            virtual_term /= SCALE
            served /= SCALE
            served_term /= SCALE
            virtual_late /= SCALE
            served_late /= SCALE
            binary -= SCALE_BINARY
        if weight > SCALE:
            weight /= SCALE
            free /= SCALE
            waits /= SCALE
            virtual_late /= SCALE
            served_late /= SCALE
            waiting /= SCALE
            to_be_answered /= SCALE
            answered /= SCALE
        falling = 1.0 - ratio
        if (
            falling > 0.0
            and weight * (places + 1.0 / falling) < NEGLIGIBLE * falling * waits
            and weight * virtual < NEGLIGIBLE * falling * virtual_late
        ):
            weight *= weight_beyond(agents + places * theta, load, patience, room - places)
            break
    blocked = weight
    everything = free + waits + blocked
    scale = power_of_two(binary) / everything
    return (
        waits / everything,
        blocked / everything,
        virtual_late * scale,
        served_late * scale,
        waiting / everything,
        to_be_answered / everything,
        (free + answered) / everything if free < INFINITE else 1.0,
    )


@kernel("f8(f8,f8,f8)")
def mean_of_waits(x: float, y: float, gap: float) -> float:
    """Mean of u under the density proportional to ``exp(-x u + y (1 - e^-u))``, u >= 0, for x >= 1.

    Of those who wait, V being the wait if they never gave up, theta V has that law; of those among them that
    are answered it has the law with x + 1. By Gauss-Legendre rules on both sides of the mode, down to e^-45
    of its height.
    """
    mode = math.log1p(gap / x) if gap > 0.0 else 0.0
    middle = min(x, y)
    slope = max(-gap, 0.0)
    right = min(
        45.0 / slope if slope > 0.0 else INFINITE,
        math.sqrt(90.0 / middle) + 45.0 / middle if middle > 0.0 else INFINITE,
    )
    for _ in range(3):  # Newton's steps towards the end of a convex function stay beyond it
        excess = slope * right + middle * curvature(right) - 45.0
        right -= excess / (slope - middle * math.expm1(-right))
    left = min(mode, math.sqrt(90.0 / middle), math.log(2.0 + 100.0 / middle)) if mode > 0.0 else 0.0
    mass = 0.0
    first = 0.0
    for panel in range(4):
        end = right if panel < 2 else -left
        near = 0.0 if panel % 2 == 0 else end / 6.0
        half = 0.5 * ((end / 6.0 if panel % 2 == 0 else end) - near)
        for k in range(NODES.shape[0]):
            u = near + half * (1.0 + NODES[k])
            density = WEIGHTS[k] * abs(half) * math.exp(-(slope * u + middle * curvature(u)))
            mass += density
            first += density * (mode + u)
    return first / mass


@kernel("UniTuple(f8,9)(UniTuple(f8,5),f8)")
def outcomes(queue: Queue, within: float) -> Outcomes:
    """What becomes of the offered contacts of a queue: (agents, arrival rate, aht, patience, room).

    Returned are the shares of those who wait; who give up; who are blocked; who would wait longer than
    `within` if they never gave up; who are answered later; who give up later. Then the mean wait of all; with
    a limited room the summed wait of the answered per offered contact (else nan); the share answered.

    Without patience's help a >= n saturates an unlimited queue: all wait, endlessly.
    """
    agents, arrival_rate, aht, patience, room = queue
    load, gap = offered(agents, arrival_rate, aht)
    free = free_weight(agents, load, gap)
    within = min(within, LONGEST * aht)
    if room == 0.0 or (agents == 0.0 and patience == INFINITE and room < INFINITE):
        blocked = 1.0 / (1.0 + free)
        return 0.0, 0.0, blocked, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0 - blocked
    if patience == 0.0:
        gone = 1.0 / (1.0 + free)
        virtual = gone * math.exp(-agents * within / aht)
        return gone, gone, 0.0, virtual, 0.0, 0.0, 0.0, 0.0, 1.0 - gone
    scale = patience / aht
    if room < INFINITE:
        relative = within / aht
        back, lost = product(relative, aht)
        waits, blocked, virtual, served_late, waiting, to_be_answered, answered = room_sums(
            agents, load, free, scale, room, relative, ((within - back) - lost) / aht
        )
        gone_late = max(virtual * math.exp(-within / patience) - served_late, 0.0)
        per_contact = 1.0 / arrival_rate if arrival_rate > 0.0 else 0.0
        wait = waiting * per_contact
        summed = to_be_answered * per_contact
        return waits, wait / patience, blocked, virtual, served_late, gone_late, wait, summed, answered
    if patience == INFINITE:
        waits = delay_probability(agents, gap, free)
        late = waits * math.exp(gap * within / aht) if gap < 0.0 else 1.0
        wait = waits * aht / -gap if gap < 0.0 else INFINITE
        return waits, 0.0, 0.0, late, late, 0.0, wait, math.nan, 1.0
    x = agents * scale
    y = load * scale
    gap *= scale
    weight, gives_up, stays = busy(x, y, gap)
    waits = 1.0 / (1.0 + free / weight)
    gone = waits * gives_up
    answered = free / (free + weight) + waits * stays if free < INFINITE else 1.0
    virtual = waits
    late = waits
    if within > 0.0:
        passed = within / patience
        resolved = min(passed, 600.0)  # from there on, P(x, y e^-u) falls as e^(-x u)
        y_left = y * math.exp(-resolved)
        left = gap + y * math.expm1(-resolved)
        weight_left, gives_up, stays = busy(x, y_left, left)
        if gap > FAR * math.sqrt(x):
            virtual *= lower_gamma(x, y_left, left, weight_left) / lower_gamma(x, y, gap, weight)
            virtual *= math.exp(-x * (passed - resolved))
        else:
            virtual *= weight_left / weight * math.exp(gap * passed - y * curvature(passed))
        late = virtual * math.exp(-passed)
    wait = gone * patience
    return waits, gone, 0.0, virtual, late * stays, late * gives_up, wait, math.nan, answered


@kernel("f8(UniTuple(f8,5),UniTuple(f8,9))")
def answered_mean_wait(queue: Queue, found: Outcomes) -> float:
    """ASA: the mean wait of the answered; nan if nobody is. `found` are the outcomes within 0."""
    agents, arrival_rate, aht, patience, room = queue
    _, _, _, _, served_late, _, wait, summed, answered = found
    if answered <= 0.0 or agents == 0.0:
        return math.nan
    if patience == INFINITE or wait == 0.0:
        return wait / answered
    if room == INFINITE:
        load, gap = offered(agents, arrival_rate, aht)
        scale = patience / aht
        mean = mean_of_waits(agents * scale + 1.0, load * scale, gap * scale - 1.0)
        summed = served_late * patience * mean
    return summed / answered


@kernel("UniTuple(f8,2)(UniTuple(f8,9),i8,f8)")
def failures(found: Outcomes, counting: int, gone_late: float) -> tuple[float, float]:
    """Who is not served in time, as the code `counting` says, and who counts at all, per offered contact.

    A sum of what went wrong, so that it is exact also where the service level is next to 1. `gone_late` are
    those who give up later than abandonments are left out or count for.
    """
    _, gone, blocked, virtual, served_late, _, _, _, answered = found
    if counting == OFFERED:
        return blocked + gone + served_late, 1.0
    if counting == VIRTUAL:
        return blocked + virtual, 1.0
    wrong = served_late if counting == ANSWERED else blocked + served_late + gone_late
    base = 1.0
    if counting == ANSWERED:
        base = answered
    elif counting in (IGNORED, SHORT_EXCLUDED):
        base = answered + blocked + gone_late
    return wrong, base


@kernel("f8(UniTuple(f8,9),i8,f8)")
def missed(found: Outcomes, counting: int, gone_late: float) -> float:
    """1 - service level, from its `failures`; nan if nothing counts."""
    wrong, base = failures(found, counting, gone_late)
    return wrong / base if base > 0.0 else math.nan
