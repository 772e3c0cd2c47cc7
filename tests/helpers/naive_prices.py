"""The expected price of a contact by brute force: its price for every handle time, integrated to 30 digits.

Shares no code with what it checks: it knows of a contract only what two invoices say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import mpmath as mp

from bporoute import (
    Constant,
    Empirical,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
)

mp.mp.dps = 30
HARDLY = mp.mpf(10) ** -13
NARROW = 1e-10


def tails(law) -> tuple[Callable, Callable]:
    """P(X > t) and E[X; X > t] of a continuous law, by mpmath."""
    match law:
        case Exponential(mean=mean):
            return lambda t: mp.exp(-t / mean), lambda t: (t + mean) * mp.exp(-t / mean)
        case Hyperexponential(means=means, shares=shares):
            pairs = list(zip(means, shares, strict=True))
            return (
                lambda t: sum(p * mp.exp(-t / mp.mpf(m)) for m, p in pairs),
                lambda t: sum(p * (t + m) * mp.exp(-t / mp.mpf(m)) for m, p in pairs),
            )
        case Lognormal(log_mean=mu, log_sd=sd):
            return lognormal(mp.mpf(mu), mp.mpf(sd))
        case LognormalPatience(mean=mean, cv=cv):
            variance = mp.log(1 + mp.mpf(cv) ** 2)
            return lognormal(mp.log(mean) - variance / 2, mp.sqrt(variance))
        case Weibull(shape=shape, scale=scale):
            return weibull(mp.mpf(shape), mp.mpf(scale))
        case WeibullPatience(mean=mean, shape=shape):
            return weibull(mp.mpf(shape), mp.mpf(mean) / mp.gamma(1 + 1 / mp.mpf(shape)))
        case Erlang(mean=mean, phases=k):
            rate = mp.mpf(k) / mean
            return (
                lambda t: mp.gammainc(k, rate * t, regularized=True),
                lambda t: mean * mp.gammainc(k + 1, rate * t, regularized=True),
            )
    raise AssertionError(law)


def lognormal(mu, sd):
    def above(moved, t):
        return mp.mpf(1) if t == 0 else mp.erfc((mp.log(t) - moved) / (sd * mp.sqrt(2))) / 2

    return lambda t: above(mu, t), lambda t: mp.exp(mu + sd**2 / 2) * above(mu + sd**2, t)


def weibull(shape, scale):
    mean = scale * mp.gamma(1 + 1 / shape)
    return (
        lambda t: mp.exp(-((t / scale) ** shape)),
        lambda t: mean * mp.gammainc(1 + 1 / shape, (t / scale) ** shape, regularized=True),
    )


def expected(price: Callable[[float], float], law, knots: Callable[[float], list[float]]) -> float:
    """E[price(X)]; between two `knots`, up to a limit that it is asked for, the price has few edges."""
    if isinstance(law, Constant):
        return price(law.seconds)
    if isinstance(law, Empirical):
        return math.fsum(price(time) for time in law.times) / len(law.times)
    survival, partial = tails(law)
    limit = max(law.mean, 1.0)
    while survival(mp.mpf(limit)) > HARDLY:
        limit *= 1.5
    found = [*knots(limit), *(law.mean * part / 16 for part in range(1, 160))]
    marks = sorted({0.0, limit, *(knot for knot in found if 0 < knot < limit)})
    total = mp.mpf(0)
    tail = survival(mp.mpf(0)), partial(mp.mpf(0))
    for left, right in pairwise(marks):
        following = survival(mp.mpf(right)), partial(mp.mpf(right))
        total += piece(price, left, right, tail, following, survival, partial)
        tail = following
    last = price(limit), price(limit * 1.0001)
    slope = (last[1] - last[0]) / (limit * 0.0001)
    return float(total + tail[0] * last[0] + slope * (tail[1] - limit * tail[0]))


def piece(price, left, right, at_left, at_right, survival, partial):
    """The part of one stretch, halved until the price is straight in it."""
    share = at_left[0] - at_right[0]
    width = right - left
    if share < HARDLY / 100:  # a jump in it is none, but of such pieces there may be many
        return share * price((left + right) / 2)
    inside = [left + width * part for part in (1e-5, 0.61, 1 - 1e-5)]
    values = [price(seconds) for seconds in inside]
    slope = (values[-1] - values[0]) / (inside[-1] - inside[0])
    straight = all(
        abs(value - values[0] - slope * (seconds - inside[0])) <= 1e-11 * (1 + abs(value))
        for seconds, value in zip(inside, values, strict=True)
    )
    if straight or width < NARROW * max(right, 1.0):
        return share * (values[0] - slope * inside[0]) + slope * (at_left[1] - at_right[1])
    middle = (left + right) / 2
    between = survival(mp.mpf(middle)), partial(mp.mpf(middle))
    return piece(price, left, middle, at_left, between, survival, partial) + piece(
        price, middle, right, between, at_right, survival, partial
    )
