"""Random numbers and durations, naively: Python's integers, no bound on anything, sums over all branches."""

from __future__ import annotations

import math
from statistics import NormalDist

WORD = 2**64


def bits(key: int, number: int) -> int:
    z = (key + number * 0x9E3779B97F4A7C15) % WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
    return z ^ (z >> 31)


def uniform(key: int, number: int) -> float:
    return (2 * (bits(key, number) // 4096) + 1) / 2**53


def lognormal(log_mean, log_sd, share):
    return math.exp(NormalDist(log_mean, log_sd).inv_cdf(share)) if log_sd else math.exp(log_mean)


def erlang(mean, phases, key, number):
    own = bits(key, number)
    shares = [uniform(key, number), *(uniform(own, stage) for stage in range(1, phases))]
    return math.fsum(-math.log1p(-share) for share in shares) * mean / phases


def falls_to(survival, left, longest):
    """The time at which a falling function reaches `left`, by halving an interval a thousand times."""
    low, high = 0.0, longest
    for _ in range(1000):
        middle = (low + high) / 2
        low, high = (middle, high) if survival(middle) > left else (low, middle)
    return high


def hyperexponential(means, shares, share):
    def survival(time):
        return math.fsum(s * math.exp(-time / mean) for mean, s in zip(means, shares, strict=True))

    return falls_to(survival, 1 - share, 40 * max(means))


def survival_curve(times, shares, share):
    for place in range(1, len(times)):
        if shares[place] <= 1 - share:
            falls = (shares[place - 1] - (1 - share)) / (shares[place - 1] - shares[place])
            return times[place - 1] * (1 - falls) + times[place] * falls
    return math.inf
