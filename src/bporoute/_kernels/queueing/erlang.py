"""The two functions that carry Erlang B, C and A, for any real number of agents, each in bounded time.

A queue with offered load a (erlangs) on n agents spends its time in states with a free agent, in
the state "all busy, nobody waits", and in states with a queue. Relative to the weight of the middle one,
a^n e^-a / n!, the states with a free agent weigh `free_weight` and, with impatient callers, those with all
agents busy weigh `busy_weight`. In the notation of the incomplete gamma functions:

    free_weight(n, a, a - n) = Q(n, a) / pois(n; a) = 1 / B - 1 = n/a + n(n-1)/a^2 + ..,   B = Erlang B
    busy_weight(x, y, y - x) = P(x, y) / pois(x; y) = 1 + y/(x+1) + y^2/((x+1)(x+2)) + ..   (Palm's A)
    pois(n; a) = e^-a a^n / Gamma(n + 1)

The gap a - n is an argument of its own because the answer hangs on it: where a is near n, it may be known
far more precisely than n and a are; where a is small, the load is.

Regions, with z = gap / sqrt(n): recursion for few agents, Legendre's continued fractions far from n = a,
Temme's uniform expansion between (polynomials in `gamma_expansion`). Nothing is computed as a difference of
nearly equal numbers. Relative error below 2e-14 for n up to 1e8 where 1 / B or A is below 1e12, and
3e-16 |ln B| beyond.

Sources: C. Palm (1957); Jagerman, Bell Syst. Tech. J. 53 (1974) 525; Temme, SIAM J. Math. Anal. 10 (1979)
757; DLMF 8.9.2, 8.9.1, 8.12; van Leeuwaarden & Temme, SIAM J. Appl. Math. 70 (2009) 1.

Domain: finite n, x, a, y >= 0. The kernels validate nothing and never raise.
"""

from __future__ import annotations

import math

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.gamma_expansion import (
    artanh_rest,
    gamma_star,
    near_16,
    near_64,
    near_512,
    near_8192,
    reciprocal_gamma_slope,
    scaled_erfc,
)

INFINITE = float("inf")
LARGEST_EXPONENT = 709.0
TWO_PI = 2.0 * math.pi
ROOT_HALF_PI = math.sqrt(0.5 * math.pi)
TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)

FEW = 16.0
"""Below, free_weight comes from its recursion and busy_weight from 16 agents more."""
FEW_WHOLE = 64.0
"""Below, whole numbers of agents go by the recursion: it is the fastest there."""
FAR = 6.0
"""|z| from which on the continued fractions converge within 22 terms."""
FEW_FAR_BELOW = -0.46
MANY_FAR_BELOW = -0.3
"""v = (a - n) / (a + n) from which downwards they do for n from 16, and from 64."""


@kernel("f8(f8)")
def exponential(exponent: float) -> float:
    """e^exponent; inf where that is too large."""
    return math.exp(exponent) if exponent < LARGEST_EXPONENT else INFINITE


@kernel("f8(f8,f8,f8)")
def deviance(agents: float, load: float, gap: float) -> float:
    """``n ln(n/a) + a - n`` for a > 0, to a few units in the last place also where a is near n."""
    v = gap / (agents + load)
    square = v * v
    if square < 0.27:
        return gap * v - 2.0 * agents * v * square * artanh_rest(square)
    return agents * math.log(agents / load) + gap


@kernel("f8(f8,f8,f8)")
def inverse_poisson(agents: float, load: float, gap: float) -> float:
    """``1 / pois(n; a)`` for n >= 16; inf where that is too large."""
    if load <= 0.0:
        return INFINITE
    return exponential(deviance(agents, load, gap)) * math.sqrt(TWO_PI * agents) * gamma_star(1.0 / agents)


@kernel("f8(f8,f8,f8)")
def poisson(agents: float, load: float, gap: float) -> float:
    """``e^-a a^n / Gamma(n + 1)``."""
    if load <= 0.0:
        return 1.0 if agents == 0.0 else 0.0
    if agents >= FEW:
        return 1.0 / inverse_poisson(agents, load, gap)
    whole = math.floor(agents)
    fraction = agents - whole
    weight = math.exp(fraction * math.log(load) - load) * (1.0 + fraction * reciprocal_gamma_slope(fraction))
    for k in range(1, int(whole) + 1):
        weight *= load / (fraction + k)
    return weight


@kernel("i8(f8)")
def terms_for(distance: float) -> int:
    """How many terms a continued fraction needs at ``distance = |z| >= 6``."""
    if distance > 15.0:
        return 4 if distance > 100.0 else 7 if distance > 30.0 else 10
    return 13 if distance > 10.0 else 16 if distance > 8.0 else 22


@kernel("f8(f8,f8,i8)")
def far_free_weight(agents: float, gap: float, terms: int) -> float:
    """Q / pois by Legendre's fraction n / (gap + 1 + (n-1) / (gap + 3 + 2 (n-2) / (gap + 5 + ..)))."""
    scale = 1.0 / (gap + 1.0)
    square = scale * scale
    before_top = 0.0
    before = 1.0
    top = 1.0
    bottom = 1.0
    for k in range(1, terms + 1):
        part = k * (agents - k) * square
        step = 1.0 + 2.0 * k * scale
        next_top = step * top + part * before_top
        next_bottom = step * bottom + part * before
        before_top = top
        before = bottom
        top = next_top
        bottom = next_bottom
    return agents * scale * top / bottom


@kernel("f8(f8,f8,i8)")
def far_surplus(y: float, gap: float, terms: int) -> float:
    """``T = gap + x / A``, x = y - gap, for gap < 0: y / (1 - gap + 2y / (2 - gap + 3y / (3 - gap + ..)))."""
    scale = 1.0 / (1.0 - gap)
    part = y * scale * scale
    before_top = 0.0
    before = 1.0
    top = 1.0
    bottom = 1.0
    for k in range(2, terms + 2):
        step = 1.0 + (k - 1.0) * scale
        next_top = step * top + k * part * before_top
        next_bottom = step * bottom + k * part * before
        before_top = top
        before = bottom
        top = next_top
        bottom = next_bottom
    return y * scale * top / bottom


@kernel("b1(f8,f8,f8)")
def is_far_below(agents: float, load: float, gap: float) -> bool:
    """Whether the continued fraction for ``gap < 0`` converges fast for n >= 16."""
    least = FEW_FAR_BELOW if agents < 64.0 else MANY_FAR_BELOW
    return gap < least * (agents + load) or gap * gap > FAR * FAR * agents


@kernel("UniTuple(f8,2)(f8,f8,f8)")
def near(agents: float, load: float, gap: float) -> tuple[float, float]:
    """(y, S / sqrt(pi n / 2)) of Temme's expansion for n >= 16: y = sign(gap) sqrt(deviance)."""
    nu = 1.0 / agents
    v = gap / (agents + load)
    if agents < 512.0:
        slope, correction = near_16(v, nu) if agents < 64.0 else near_64(v, nu)
    else:
        slope, correction = near_512(v, nu) if agents < 8192.0 else near_8192(v, nu)
    root = math.sqrt(0.5 * agents)
    return v * slope * root, correction * root * nu * TWO_OVER_ROOT_PI


@kernel("f8(f8,f8)")
def first_inverse_blocking(fraction: float, load: float) -> float:
    """1 / B for less than one agent, to start a climb from."""
    if load > 3.0:
        terms = 36 if load < 4.0 else 28 if load < 6.0 else 20 if load < 12.0 else 12
        return 1.0 + far_free_weight(fraction, load - fraction, terms)
    term = 1.0
    series = 1.0
    k = fraction
    while term > 1e-17 * series:
        k += 1.0
        term *= load / k
        series += term
    gamma = 1.0 / (1.0 + fraction * reciprocal_gamma_slope(fraction))
    return 1.0 + exponential(load - fraction * math.log(load)) * gamma - series


@kernel("f8(f8,f8)")
def least_free_weight(agents: float, load: float) -> float:
    """free_weight for 0 < n < 1, ``n e^a a^-n Gamma(n, a)``, with all its digits also where it is tiny.

    ``Gamma(n, a) = (Gamma(1 + n) - 1) / n - (a^n - 1) / n - a^n sum of (-a)^k / (k! (n + k))`` (DLMF 8.7.3).
    """
    if load > 1.0:
        return far_free_weight(agents, load - agents, 12 + int(100.0 / load))
    slope = reciprocal_gamma_slope(agents)
    power = agents * math.log(load)
    term = 1.0
    series = 0.0
    for k in range(1, 20):
        term *= -load / k
        series += term / (agents + k)
    rest = -slope / (1.0 + agents * slope) - math.expm1(power) / agents - math.exp(power) * series
    return agents * exponential(load - power) * rest


@kernel("f8(f8,f8,f8,f8)")
def climb(agents: float, load: float, k: float, inverse_blocking: float) -> float:
    """free_weight from 1 / B for k agents, by ``U(k + 1) = 1 + (k + 1)/a U(k)``, four steps at a time."""
    inverse = 1.0 / load
    while k + 4.0 < agents:
        pair = (k + 3.0) * (k + 4.0) * (inverse * inverse)
        lower = (k + 1.0) * (k + 2.0) * (inverse * inverse)
        rest = 1.0 + (k + 4.0) * inverse + pair * (1.0 + (k + 2.0) * inverse)
        inverse_blocking = rest + pair * lower * inverse_blocking
        k += 4.0
    while k + 1.0 < agents:
        k += 1.0
        inverse_blocking = 1.0 + k * inverse * inverse_blocking
    return agents * inverse * inverse_blocking


@kernel("f8(f8,f8,f8)")
def part_free_weight(agents: float, load: float, gap: float) -> float:
    """free_weight for a real number of agents below 16."""
    if gap > 8.0 and gap > agents:
        return far_free_weight(agents, gap, 20)
    if agents < 1.0:
        return least_free_weight(agents, load)
    fraction = agents - math.floor(agents)
    return climb(agents, load, fraction, first_inverse_blocking(fraction, load))


@kernel("f8(f8,f8,f8)")
def free_weight(agents: float, load: float, gap: float) -> float:
    """States with a free agent, relative to "all busy, nobody waits": ``1 / ErlangB(n, a) - 1``.

    0 for no agents, inf without load and where Erlang B is below 1e-308.
    """
    if load <= 0.0:
        return INFINITE if agents > 0.0 else 0.0
    if agents < FEW_WHOLE and agents == math.floor(agents):
        return climb(agents, load, 0.0, 1.0)
    if agents < FEW:
        return part_free_weight(agents, load, gap)
    root = math.sqrt(agents)
    if gap > FAR * root:
        return far_free_weight(agents, gap, terms_for(gap / root))
    scale = gamma_star(1.0 / agents) * ROOT_HALF_PI * root
    if gap < 0.0 and is_far_below(agents, load, gap):
        exponent = deviance(agents, load, gap)
        inverse = 2.0 * scale * exponential(exponent)
        return inverse if exponent > 40.0 else inverse - agents / (far_surplus(load, gap, 22) - gap)
    y, correction = near(agents, load, gap)
    tail = scaled_erfc(abs(y))
    if y < 0.0:
        tail = 2.0 * math.exp(y * y) - tail
    return scale * (tail + correction)


@kernel("f8(f8,f8,f8)")
def many_busy_weight(x: float, y: float, gap: float) -> float:
    """Palm's A for x >= 16."""
    if y <= 0.0:
        return 1.0
    root = math.sqrt(x)
    if gap > FAR * root:
        return inverse_poisson(x, y, gap) - far_free_weight(x, gap, terms_for(gap / root))
    if gap < 0.0 and is_far_below(x, y, gap):
        terms = terms_for(-gap / root) if gap < -FAR * root else 22
        return x / (far_surplus(y, gap, terms) - gap)
    root_deviance, correction = near(x, y, gap)
    tail = scaled_erfc(abs(root_deviance))
    if root_deviance > 0.0:
        tail = 2.0 * math.exp(root_deviance * root_deviance) - tail
    return gamma_star(1.0 / x) * ROOT_HALF_PI * root * (tail - correction)


@kernel("f8(f8,f8,f8)")
def few_busy_weight(x: float, y: float, gap: float) -> float:
    """Palm's A for x < 16: 16 terms of its series over one denominator, the rest from A(x + 16, y)."""
    top = 1.0
    bottom = 1.0
    power = 1.0
    k = x
    for _ in range(16):
        k += 1.0
        power *= y
        top = top * k + power
        bottom *= k
    return (top + power * (many_busy_weight(x + 16.0, y, gap - 16.0) - 1.0)) / bottom


@kernel("f8(f8,f8,f8)")
def busy_weight(x: float, y: float, gap: float) -> float:
    """States with all agents busy, relative to "all busy, nobody waits": Palm's A(x, y), gap = y - x.

    x = n mu / theta and y = lambda / theta for n agents at rate mu and callers who give up at rate theta.
    inf where it is above 1e308.
    """
    return few_busy_weight(x, y, gap) if x < FEW else many_busy_weight(x, y, gap)


@kernel("UniTuple(f8,3)(f8,f8,f8)")
def busy(x: float, y: float, gap: float) -> tuple[float, float, float]:
    """(Palm's A(x, y), share of those who wait that give up, share that is answered).

    The former share is T / y with ``T(x) = y - x + x / A(x)``, taken one agent higher, where no digits
    cancel: ``A(x) = 1 + y / (x+1) A(x+1)``, ``T(x) = y (1 + T(x+1)) / (1 + x + T(x+1))``. Far below x + 1, T
    comes from its continued fraction.
    """
    higher = x + 1.0
    if higher >= FEW and gap - 1.0 < -FAR * math.sqrt(higher):
        surplus = far_surplus(y, gap - 1.0, terms_for((1.0 - gap) / math.sqrt(higher)))
        weight = higher / (surplus - gap + 1.0)
    else:
        weight = busy_weight(higher, y, gap - 1.0)
        surplus = gap - 1.0 + higher / weight
    total = higher + surplus
    return 1.0 + y / higher * weight, (1.0 + surplus) / total, x / total
