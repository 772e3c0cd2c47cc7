"""How long contacts are patient: shares that gave up by a time, and that did not, of six distributions.

The kernels validate nothing and never raise. Any one unit of time works.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import busy_weight, free_weight, poisson

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

# Kinds of law, numbered so in all kernels; what stands here in `parameters` after the mean, which is first.
CONSTANT = 0  # never a patience
EXPONENTIAL = 1
LOGNORMAL = 2  # mean and standard deviation of the logarithm
WEIBULL = 3  # scale, shape
ERLANG = 4  # phases, rate of each
HYPEREXPONENTIAL = 5  # means, then their shares
SAMPLE = 6  # never a patience
EMPIRICAL = 7  # times from 0 on, then the survival at each

SQRT_2 = math.sqrt(2.0)
LONGEST = 1e300


@kernel("UniTuple(f8, 2)(i8,f8[::1],f8)")
def given_up(kind: int, parameters: Floats, time: float) -> tuple[float, float]:
    """Shares of the contacts whose patience ends by `time` >= 0, and does not; each to its last digits."""
    if time <= 0.0:
        return 0.0, 1.0
    gone = 0.0
    there = 0.0
    if kind == LOGNORMAL:
        deviation = (math.log(time) - parameters[1]) / (parameters[2] * SQRT_2)
        gone = 0.5 * math.erfc(abs(deviation))
        there = 1.0 - gone
        if deviation > 0.0:
            gone, there = there, gone
    elif kind == ERLANG:
        phases = float(parameters[1])
        done = min(time * float(parameters[2]), LONGEST)
        if done < phases:
            gone = poisson(phases, done, done - phases) * busy_weight(phases, done, done - phases)
            there = 1.0 - gone
        else:
            there = poisson(phases, done, done - phases) * free_weight(phases, done, done - phases)
            gone = 1.0 - there
    elif kind == HYPEREXPONENTIAL:
        groups = (parameters.shape[0] - 1) // 2
        for i in range(1, groups + 1):
            gone -= parameters[groups + i] * math.expm1(-time / float(parameters[i]))
            there += parameters[groups + i] * math.exp(-time / float(parameters[i]))
    elif kind == EMPIRICAL:
        knots = (parameters.shape[0] - 1) // 2
        knot = last_knot(parameters, time)
        there = parameters[knots + knot]
        if knot < knots:
            part = (time - parameters[knot]) / (parameters[knot + 1] - parameters[knot])
            there += part * (parameters[knots + knot + 1] - there)
        gone = 1.0 - there
    else:
        power = time / float(parameters[0])
        if kind == WEIBULL:
            power = math.exp(min(parameters[2] * (math.log(time) - math.log(parameters[1])), 700.0))
        gone = -math.expm1(-power)
        there = math.exp(-power)
    return gone, there


@kernel("i8(f8[::1],f8)")
def last_knot(parameters: Floats, time: float) -> int:
    """Where in `parameters` the last of the empirical times at or before `time` >= 0 stands."""
    low = 1
    high = (parameters.shape[0] - 1) // 2 + 1
    while high - low > 1:
        middle = (low + high) // 2
        if parameters[middle] <= time:
            low = middle
        else:
            high = middle
    return low
