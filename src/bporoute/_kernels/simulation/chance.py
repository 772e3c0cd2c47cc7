"""Random numbers by their number, and durations from them.

A draw is a pure function of the key of its stream and of its number in it, in whatever order draws are asked
for: the contact with number 17 is as long under one policy as under another (common random numbers). The
generator is that of `bporoute._kernels.routing.splitmix`.

A duration is the quantile of its law at one uniform number, so that it rises with the uniform number; only
ERLANG takes one per stage. The kernels validate nothing and never raise; numbers are at least 0. Interpreted,
NumPy warns that 64-bit integers wrap around, as they must: call within ``np.errstate(over="ignore")``.
"""

from __future__ import annotations

import math

import numpy as np

from bporoute._kernels.compiling.arrays import Row, Table
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.patience import (
    CONSTANT,
    EMPIRICAL,
    ERLANG,
    EXPONENTIAL,
    HYPEREXPONENTIAL,
    LOGNORMAL,
    SAMPLE,
    WEIBULL,
)
from bporoute._kernels.routing.splitmix import mixed, unit

# Columns of `laws`: one row per law. OFFSET and LENGTH are a law's place in `points`.
KIND = 0
FIRST = 1
SECOND = 2
OFFSET = 3
LENGTH = 4
COLUMNS = 5

# FIRST and SECOND of each kind of law, and what stands in `points`, LENGTH rows of it:
# CONSTANT: seconds (inf: endless)
# EXPONENTIAL: mean (inf: endless)
# LOGNORMAL: mean and standard deviation of the logarithm
# WEIBULL: scale, 1 / shape
# ERLANG: stages, mean of each
# HYPEREXPONENTIAL: mean rate; LENGTH rates, then the logarithms of their shares
# SAMPLE: LENGTH values, sorted
# EMPIRICAL: LENGTH times from 0 on, then the survival at each, from 1 on; what is left at the end is endless

STAGES_PER_LOGARITHM = 16
"""Uniform numbers, each at least 2^-53, whose product is far from underflow."""
MOST_STEPS = 200
CLOSE = 1e-8
"""Step of Newton's method, as a share of the time, after which the next would be lost in rounding."""
ENDLESS = float("inf")


@kernel("f8(u8,i8)", inline=True)
def uniform(key: np.uint64, number: int) -> float:
    """A number in the open interval (0, 1)."""
    return unit(mixed(key, number))


@kernel("f8(u8,i8)", inline=True)
def standard_exponential(key: np.uint64, number: int) -> float:
    """An exponential time of mean 1, above 0 and at most 36.8."""
    return -math.log(1.0 - unit(mixed(key, number)))


@kernel("f8(f8)", inline=True)
def normal_quantile(share: float) -> float:
    """The value that a share in (0, 1) of the standard normal numbers stays below, to 1e-15 of it.

    Wichura, Algorithm AS241 (PPND16), Applied Statistics 37 (1988).
    """
    middle = share - 0.5
    if abs(middle) <= 0.425:
        r = 0.180625 - middle * middle
        above = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
        above = (above * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4
        above = (above * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3
        above = (above * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
        below = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
        below = (below * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4
        below = (below * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2
        below = (below * r + 4.2313330701600911252e1) * r + 1.0
        return middle * above / below
    r = math.sqrt(-math.log(share if middle < 0.0 else 1.0 - share))
    if r <= 5.0:
        r -= 1.6
        above = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        above = (above * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0
        above = (above * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0
        above = (above * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
        below = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        below = (below * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1
        below = (below * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0
        below = (below * r + 2.05319162663775882187e0) * r + 1.0
    else:
        r -= 5.0
        above = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        above = (above * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2
        above = (above * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0
        above = (above * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
        below = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
        below = (below * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4
        below = (below * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1
        below = (below * r + 5.99832206555887937690e-1) * r + 1.0
    return -above / below if middle < 0.0 else above / below


@kernel("f8(u8,i8)")
def stages_in_a_row(bits: np.uint64, stages: int) -> float:
    """Sum of so many exponential times of mean 1: the first from `bits`, the others from its mixtures."""
    total = 0.0
    product = 1.0 - unit(bits)
    for stage in range(1, stages):
        product *= 1.0 - uniform(bits, stage)
        if stage % STAGES_PER_LOGARITHM == 0:
            total -= math.log(product)
            product = 1.0
    return total - math.log(product)


@kernel("f8(Row,i8,i8,f8,f8)")
def mixture_quantile(points: Row, offset: int, branches: int, mean_rate: float, left: float) -> float:
    """Time that a share `left` in (0, 1) of a mixture of exponential times outlasts.

    ``-ln S`` is concave, as the hazard of a mixture falls from its mean rate on. So Newton's method climbs to
    ``-ln S = -ln left`` from below and never passes it. It starts from the later of two bounds: as if the
    hazard did not fall, and as if one branch were alone.
    """
    aim = -math.log(left)
    time = aim / mean_rate
    for branch in range(offset, offset + branches):
        time = max(time, (aim + points[branch + branches]) / points[branch])
    for _ in range(MOST_STEPS):
        survival = 0.0
        density = 0.0
        for branch in range(offset, offset + branches):
            part = math.exp(points[branch + branches] - time * points[branch])
            survival += part
            density += part * points[branch]
        step = (aim + math.log(survival)) * survival / density
        if not step > 0.0:
            break
        time += step
        if step < CLOSE * time:
            break
    return time


@kernel("f8(Row,i8,i8,f8)")
def curve_quantile(points: Row, offset: int, length: int, left: float) -> float:
    """Time at which a survival curve, straight between its points, falls to `left` in (0, 1)."""
    if left < points[offset + 2 * length - 1]:
        return ENDLESS
    # The survival at `above` is above `left`, that at `at_most` is not.
    above = 0
    at_most = length - 1
    while at_most - above > 1:
        middle = (above + at_most) // 2
        if points[offset + length + middle] > left:
            above = middle
        else:
            at_most = middle
    start: float = points[offset + above]
    high: float = points[offset + length + above]
    low: float = points[offset + length + at_most]
    part = (high - left) / (high - low)
    end: float = points[offset + at_most]
    return start + part * (end - start)


@kernel("f8(Table,Row,i8,u8,i8)")
def other_duration(laws: Table, points: Row, law: int, key: np.uint64, number: int) -> float:
    """`duration` of a law that is neither constant nor exponential."""
    kind = laws[law, KIND]
    first: float = laws[law, FIRST]
    second: float = laws[law, SECOND]
    bits = mixed(key, number)
    share = unit(bits)
    if kind == LOGNORMAL:
        return math.exp(first + second * normal_quantile(share))
    if kind == WEIBULL:
        return first * math.pow(-math.log(1.0 - share), second)
    if kind == ERLANG:
        return stages_in_a_row(bits, int(first)) * second
    offset = int(laws[law, OFFSET])
    length = int(laws[law, LENGTH])
    if kind == HYPEREXPONENTIAL:
        return mixture_quantile(points, offset, length, first, 1.0 - share)
    if kind == SAMPLE:
        seen: float = points[offset + min(int(share * length), length - 1)]
        return seen
    if kind == EMPIRICAL:
        return curve_quantile(points, offset, length, 1.0 - share)
    return math.nan


@kernel("f8(Table,Row,i8,u8,i8)", inline=True)
def duration(laws: Table, points: Row, law: int, key: np.uint64, number: int) -> float:
    """One duration of a law, in seconds: at least 0, inf where it is endless; nan for an unknown kind."""
    kind = laws[law, KIND]
    first: float = laws[law, FIRST]
    if kind == EXPONENTIAL:
        return standard_exponential(key, number) * first
    if kind == CONSTANT:
        return first
    return other_duration(laws, points, law, key, number)


@kernel("void(Table,Row,i8,u8,i8,Row)")
def durations(laws: Table, points: Row, law: int, key: np.uint64, first: int, out: Row) -> None:
    """Fill `out` with the durations of a law, numbered from `first` on."""
    for place in range(out.size):
        out[place] = duration(laws, points, law, key, first + place)
