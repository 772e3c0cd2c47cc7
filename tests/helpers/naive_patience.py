"""The M/M/n+G queue by mpmath's quadrature of its definition, and by simulation; nothing of the kernel's."""

from __future__ import annotations

import heapq
from functools import cache
from itertools import pairwise

import mpmath as mp
import numpy as np

# Each distribution as (survival, integral of the survival from 0), in closed form.


def lognormal(mean, cv):
    spread = mp.sqrt(mp.log(1 + mp.mpf(cv) ** 2))
    middle = mp.log(mean) - spread**2 / 2

    def survival(t):
        return mp.erfc((mp.log(t) - middle) / spread / mp.sqrt(2)) / 2 if t > 0 else mp.mpf(1)

    def integral(t):
        ended = mp.erfc((middle + spread**2 - mp.log(t)) / spread / mp.sqrt(2)) / 2 if t > 0 else 0
        return t * survival(t) + mean * ended

    return survival, integral


def weibull(mean, shape):
    shape = mp.mpf(shape)
    scale = mean / mp.gamma(1 + 1 / shape)
    return (
        lambda t: mp.exp(-((t / scale) ** shape)),
        lambda t: mean * mp.gammainc(1 / shape, 0, (t / scale) ** shape, regularized=True),
    )


def erlang(mean, phases):
    rate = phases / mp.mpf(mean)

    def survival(t, phases=phases):
        return mp.exp(-rate * t) * mp.fsum((rate * t) ** j / mp.factorial(j) for j in range(phases))

    return survival, lambda t: t * survival(t) + mean * (1 - survival(t, phases + 1))


def hyperexponential(means, shares):
    groups = [(mp.mpf(m), mp.mpf(p)) for m, p in zip(means, shares, strict=True)]
    return (
        lambda t: mp.fsum(p * mp.exp(-t / m) for m, p in groups),
        lambda t: mp.fsum(-p * m * mp.expm1(-t / m) for m, p in groups),
    )


def empirical(times, shares):
    points = [(mp.mpf(t), mp.mpf(s)) for t, s in zip(times, shares, strict=True)]

    def survival(t):
        for (t0, s0), (t1, s1) in pairwise(points):
            if t <= t1:
                return s0 + (s1 - s0) * (t - t0) / (t1 - t0)
        return points[-1][1]

    def integral(t):
        ends = [time for time, _ in points if time < t] + [t]
        return mp.fsum((b - a) * (survival(a) + survival(b)) / 2 for a, b in pairwise(ends))

    return survival, integral


def general_patience(patience, agents, arrival_rate, aht, within, knots=()):
    """The kernel's columns for whole `agents`; `patience` is a pair from above, `knots` its kinks."""
    survival, integral = patience
    lam, serving, t = mp.mpf(arrival_rate), mp.mpf(agents) / mp.mpf(aht), mp.mpf(within)
    load = lam * mp.mpf(aht)
    free = mp.nsum(lambda j: mp.ff(agents - 1, j) / load**j, [0, agents - 1])  # 1 / B(agents - 1)

    def exponent(x):
        return lam * integral(x) - serving * x

    peak = mp.mpf(0)
    if lam > serving:
        high = 1 / serving
        while lam * survival(high) > serving:
            high *= 2
        peak = mp.findroot(
            lambda x: lam * survival(x) - serving, (0, high), solver="bisect", tol=1e-15, verify=False
        )
    top = exponent(peak)

    @cache
    def at(x):
        there = survival(x)
        density = mp.exp(exponent(x) - top)
        return density, (1 - there) * density, there * density, integral(x) * density, x * there * density

    # Pieces that widen away from the peak, from 0 and from every kink, up to where nothing is left.
    end = 1 / serving
    while exponent(peak + end) - top > -70:
        end *= 2
    grid = {mp.mpf(0), t, peak, *map(mp.mpf, knots)}
    grid |= {c + s * end / 4**k for c in (0, peak, t) for k in range(8) for s in (1, -1)}
    grid = sorted(x for x in grid if 0 <= x <= max(peak, t) + end)

    def over(low, high):
        return [
            mp.fsum(
                mp.quad(lambda x, k=k: at(x)[k], [a, b], maxdegree=5)
                for a, b in pairwise(grid)
                if low <= a and b <= high
            )
            for k in range(5)
        ]

    before, after = over(0, t), over(t, mp.inf)
    free *= mp.exp(-top)
    every, gone, there, waited, answered = (x + y for x, y in zip(before, after, strict=True))
    share = lam / (free + lam * every)
    exceeds = share * after[0]
    served = free / (free + lam * every) + share * there
    return [
        share * every, share * gone, share * waited, share * answered / served, exceeds,
        exceeds * survival(t), served - share * after[2], share * after[2],
        exceeds * (1 - survival(t)) + share * before[1],
    ]  # fmt: skip


def simulated(sample_patience, agents, arrival_rate, aht, within, contacts, seed):
    """Shares that waited, gave up and were served in time, and the mean wait, of a simulated queue."""
    random = np.random.default_rng(seed)
    arrivals = np.cumsum(random.exponential(1 / arrival_rate, contacts))
    services = random.exponential(aht, contacts)
    patience = sample_patience(random, contacts)
    free_from = [0.0] * agents
    waits = np.empty(contacts)
    for i in range(contacts):
        offered = max(0.0, free_from[0] - arrivals[i])
        waits[i] = min(offered, patience[i])
        if offered <= patience[i]:
            heapq.heapreplace(free_from, arrivals[i] + offered + services[i])
    lost = waits >= patience
    return (waits > 0).mean(), lost.mean(), (~lost & (waits <= within)).mean(), waits.mean()
