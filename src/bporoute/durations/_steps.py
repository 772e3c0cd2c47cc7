"""Sums of a law's survival at equal steps: what something costs that is paid by the step."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from itertools import pairwise

from bporoute._base.tolerance import TOLERANCE
from bporoute.durations._laws import (
    Constant,
    Distribution,
    Empirical,
    EmpiricalPatience,
    ErlangPatience,
    Exponential,
    HyperexponentialPatience,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
    logarithm,
)

ORDER = 10
"""Differences that the end correction of a long sum goes by."""
BLOCK = 24
"""Terms after which it is looked whether the correction is exact enough to end the sum."""
MOST_BLOCKS = 20_000
FINE = 5.0
"""Steps in the length on which a survival falls, from which on a sum is an integral but for its end."""


def atoms(law: Distribution) -> tuple[float, ...]:
    """The times that a law consists of, each as likely; empty for one that is continuous.

    >>> atoms(Empirical((30.0, 60.0))), atoms(Exponential(240.0))
    ((30.0, 60.0), ())
    """
    match law:
        case Constant(seconds=seconds):
            return (float(seconds),)
        case Empirical(times=times):
            return tuple(times)
        case Lognormal(log_mean=log_mean, log_sd=0.0):
            return (math.exp(log_mean),)
    return ()


@lru_cache(maxsize=65_536)
def step_sum(law: Distribution, start: float, step: float) -> float:
    """``sum P(X > start + k step)`` over k = 0, 1, ..: the steps begun beyond `start`, on average.

    Exact to some 1e-13: closed for exponential laws; else summed term by term until the steps are small
    beside the length on which the law falls and the rest, as an integral with the end correction of Gregory
    (Whittaker and Robinson, The Calculus of Observations, section 72), no longer changes with the order of
    the correction.

    Parameters
    ----------
    law : Distribution
        With a finite mean.
    start, step : float
        At least 0; above 0. In the law's unit.

    Examples
    --------
    A phone minute begun is a minute paid; contacts of 45 s on average pay for 1.358 of them:

    >>> round(step_sum(Exponential(45.0), 0.0, 60.0), 3)
    1.358
    """
    if times := atoms(law):
        begun = (math.ceil((time - start) / step - TOLERANCE) for time in times)
        return sum(max(count, 0) for count in begun) / len(times)
    match law:
        case Exponential(mean=mean):
            return _geometric(mean, start, step)
        case HyperexponentialPatience(means=means, shares=shares):
            return math.fsum(
                share * _geometric(mean, start, step) for mean, share in zip(means, shares, strict=True)
            )
        case EmpiricalPatience():
            return _straight(law, start, step)
    return _summed(law, start, step)


def _geometric(mean: float, start: float, step: float) -> float:
    return math.exp(-start / mean) / -math.expm1(-step / mean)


def _straight(law: EmpiricalPatience, start: float, step: float) -> float:
    """The survival is straight between its points: an arithmetic series in each piece."""
    parts, first = [], 0
    for end in law.times[1:]:
        last = math.floor((end - start) / step)
        count = last - first + 1
        if count <= 0:
            continue
        ends = law.survival(max(start + first * step, 0.0)), law.survival(max(start + last * step, 0.0))
        parts.append(count * (ends[0] + ends[1]) / 2.0)
        first = last + 1
    return math.fsum(parts)


@cache
def _gregory(order: int) -> tuple[float, ...]:
    """Coefficients of 1 / ln(1 + D) from D^0 on: 1/2, -1/12, 1/24, -19/720, .."""
    from fractions import Fraction

    series: list[Fraction] = [Fraction(1)]
    for place in range(1, order + 2):
        series.append(
            -sum(
                (series[place - back] * Fraction((-1) ** back, back + 1) for back in range(1, place + 1)),
                Fraction(0),
            )
        )
    return tuple(float(each) for each in series[1:])


def _summed(law: Distribution, start: float, step: float) -> float:
    level = law.survival(start)
    flat = _flat(law, start, step)
    total, start = flat * level, start + flat * step
    ahead: list[float] = []
    for block in range(MOST_BLOCKS):
        first = start + block * BLOCK * step
        ahead += [law.survival(first + place * step) for place in range(len(ahead), BLOCK + ORDER)]
        if ahead[0] < 1e-18 * total or ahead[0] == 0.0:
            return total
        if FINE * step <= _length(law, first):
            rest, doubt = _rest(law, first, step, ahead[: ORDER + 1])
            if doubt <= 1e-14 * (total + rest):
                return total + rest
        total += math.fsum(ahead[:BLOCK])
        ahead = ahead[BLOCK:]
    return total + law.excess(start + MOST_BLOCKS * BLOCK * step) / step


def _flat(law: Distribution, start: float, step: float) -> int:
    """How many terms are like the first before the law begins to fall, at least so many that it matters.

    There every difference is 0, which says nothing of how the law falls.
    """
    level = law.survival(start)
    if level == 0.0 or law.survival(start + BLOCK * step) != level:
        return 0
    same, less = BLOCK, 2 * BLOCK
    while law.survival(start + less * step) == level:
        same, less = less, 2 * less
    while less - same > BLOCK:
        middle = (same + less) // 2
        same, less = (middle, less) if law.survival(start + middle * step) == level else (same, middle)
    return same


def _length(law: Distribution, t: float) -> float:
    """Seconds on which the survival bends at `t`, and from there on: where it is steep, about a deviation."""
    match law:
        case Lognormal(log_sd=log_sd):
            return log_sd * t
        case LognormalPatience(mean=mean, cv=cv):
            return logarithm(mean, cv)[1] * t
        case Weibull(shape=shape) | WeibullPatience(shape=shape):
            return t / shape
        case ErlangPatience(mean=mean, phases=phases):
            return math.sqrt(t * mean / phases)
    return math.inf


def _rest(law: Distribution, start: float, step: float, values: list[float]) -> tuple[float, float]:
    """The sum from a term on by Gregory's formula, and what its last two corrections came to."""
    rest, corrections = law.excess(start) / step, []
    for coefficient in _gregory(ORDER)[: len(values)]:
        corrections.append(coefficient * values[0])
        values = [after - before for before, after in pairwise(values)]
    return rest + math.fsum(corrections), abs(corrections[-1]) + abs(corrections[-2])
