"""Survival P(X > t) and excess E[max(X - t, 0)] of the laws that need more than an exponential.

The excess is ``E[X; X > t] - t P(X > t)``; both parts are the law's own survival with a parameter moved on.
"""

from __future__ import annotations

import math

MOST_TERMS = 10_000
"""Of a series or a continued fraction: the largest argument here, 1,001, takes some 200."""


def lognormal_survival(log_mean: float, log_sd: float, t: float) -> float:
    """P(X > t) of a time whose logarithm is normal."""
    if t <= 0.0:
        return 1.0
    if log_sd == 0.0:
        return float(math.log(t) < log_mean)
    return 0.5 * math.erfc((math.log(t) - log_mean) / (log_sd * math.sqrt(2.0)))


def lognormal_excess(log_mean: float, log_sd: float, t: float) -> float:
    """Its mean beyond t: ``E[X; X > t]`` is the mean times the survival with `log_mean` + `log_sd`^2."""
    above = math.exp(log_mean + log_sd**2 / 2.0) * lognormal_survival(log_mean + log_sd**2, log_sd, t)
    return max(above - t * lognormal_survival(log_mean, log_sd, t), 0.0)


def weibull_survival(scale: float, shape: float, t: float) -> float:
    """P(X > t) = exp(-(t / scale)^shape)."""
    return math.exp(-((t / scale) ** shape))


def weibull_excess(scale: float, shape: float, t: float) -> float:
    """Its mean beyond t; ``E[X; X > t]`` is the mean times Q(1 + 1 / shape, (t / scale)^shape)."""
    above = scale * math.gamma(1.0 + 1.0 / shape) * upper_gamma(1.0 + 1.0 / shape, (t / scale) ** shape)
    return max(above - t * weibull_survival(scale, shape, t), 0.0)


def erlang_survival(mean: float, phases: int, t: float) -> float:
    """P(X > t) = Q(phases, phases t / mean)."""
    return upper_gamma(float(phases), phases * t / mean)


def erlang_excess(mean: float, phases: int, t: float) -> float:
    """Its mean beyond t; ``E[X; X > t]`` is the mean times Q(phases + 1, phases t / mean)."""
    x = phases * t / mean
    return max(mean * upper_gamma(phases + 1.0, x) - t * upper_gamma(float(phases), x), 0.0)


def upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x), a > 0, x >= 0, to some 1e-14.

    By the series of P(a, x) below ``a + 1`` and by the continued fraction beyond (DLMF 8.11.4 and 8.9.2, the
    latter by the algorithm of Lentz).

    >>> round(upper_gamma(1.0, 2.0), 12) == round(math.exp(-2.0), 12)
    True
    """
    if x <= 0.0:
        return 1.0
    if x == math.inf:
        return 0.0
    front = _poisson(a, x)
    if x < a + 1.0:
        term = total = 1.0
        for number in range(1, MOST_TERMS):
            term *= x / (a + number)
            total += term
            if term < 1e-17 * total:
                break
        return 1.0 - front * total
    tiny = 1e-300
    b = x + 1.0 - a
    c, d = 1.0 / tiny, 1.0 / b
    fraction = d
    for number in range(1, MOST_TERMS):
        weight = -number * (number - a)
        b += 2.0
        d = 1.0 / (weight * d + b or tiny)
        c = b + weight / c or tiny
        fraction *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return front * a * fraction


def _poisson(a: float, x: float) -> float:
    """``x^a e^-x / Gamma(a + 1)``; by Stirling's series where its logarithm would lose digits."""
    if a < 20.0 or x < a / 2.0:
        return math.exp(a * math.log(x) - x - math.lgamma(a + 1.0))
    away = (x - a) / a
    series = 1.0 / (12.0 * a) - 1.0 / (360.0 * a**3) + 1.0 / (1260.0 * a**5) - 1.0 / (1680.0 * a**7)
    return math.exp(a * (math.log1p(away) - away) - series) / math.sqrt(2.0 * math.pi * a)
