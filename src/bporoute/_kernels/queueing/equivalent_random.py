"""Simpler traffic in place of a stream's overflow: an equivalent loss queue, an interrupted Poisson stream.

Wilkinson's equivalent random theory puts a loss queue with the same mean and variance in the place of any
peaked traffic, of several streams too, as their means and variances add. Kuczura's interrupted Poisson
stream has the first three factorial moments of one queue's overflow (see
`bporoute._kernels.queueing.overflow_stream`).

The kernels validate nothing and never raise. Numbers must be finite and >= 0. Any one unit of time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import free_weight

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

INFINITE = float("inf")
NAN = float("nan")
HUGE = 1e308
MOST_STEPS = 200


@kernel("UniTuple(f8,2)(f8,f8)")
def wilkinson(mean: float, variance: float) -> tuple[float, float]:
    """The loss queue whose overflow has this mean and variance: (load a, gap a - n), both nan if z < 1.

    Kosten's variance (`overflow_stream.loss_overflow`) gives ``n - a = a / (m + z - 1) - m - 1``, z = v / m,
    which leaves ``a B(n, a) = m`` to be solved for a: between n = 0, where the left side is too large, and
    twice Rapp's ``v + 3 z (z - 1)`` or more, by the secant in logarithms that keeps the root between its
    ends.

    Source: Wilkinson, Bell System Technical Journal 35 (1956), 421-514; Rapp, Ericsson Technics 20 (1964).
    """
    if mean == 0.0 or variance < mean:
        return (0.0, 0.0) if mean == 0.0 else (NAN, NAN)
    peak = variance / mean
    excess = (variance - mean) / mean
    steepness = mean + excess
    low = mean + excess / (mean + peak)
    above = math.log(low / mean)
    high = max(variance + 3.0 * peak * excess, low)
    below = above
    for _ in range(MOST_STEPS):
        gap = mean + 1.0 - high / steepness
        below = math.log(high / mean) - math.log1p(min(free_weight(max(high - gap, 0.0), high, gap), HUGE))
        if below <= 0.0:
            break
        low, above = high, below
        high *= 2.0
    load = low
    weight_low, weight_high = above, below
    side = 0
    for _ in range(MOST_STEPS):
        before = load
        if weight_low == weight_high:
            break
        load = high - weight_high * ((high - low) / (weight_high - weight_low))
        if not low < load < high or abs(load - before) < 2e-16 * load:
            break
        gap = mean + 1.0 - load / steepness
        found = math.log(load / mean) - math.log1p(free_weight(max(load - gap, 0.0), load, gap))
        if found > 0.0:
            low, weight_low = load, found
            if side > 0:
                weight_high *= 0.5
            side = 1
        else:
            high, weight_high = load, found
            if side < 0:
                weight_low *= 0.5
            side = -1
    return load, mean + 1.0 - load / steepness


@kernel("void(f8[::1],f8[::1],f8[:,::1])")
def equivalent_random(mean: Floats, variance: Floats, out: Floats) -> None:
    """Fill rows of (agents, load) of the loss queue whose overflow has these moments; see `wilkinson`."""
    for row in range(out.shape[0]):
        load, gap = wilkinson(mean[row], variance[row])
        out[row, 0] = max(load - gap, 0.0)
        out[row, 1] = load


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1])")
def combined_blocking(pool_agents: Floats, mean: Floats, variance: Floats, out: Floats) -> None:
    """Fill the share of the traffic that a pool of c agents (any real number) blocks.

    Peaked traffic, z >= 1: ``a B(n + c, a) / m`` with the equivalent n and a (Wilkinson). Smooth traffic,
    z < 1: ``B(c / z, m / z)`` (Hayward), and its limit ``1 - c / m`` at z = 0. Nothing offered: 0.

    Sources: as for `wilkinson`; Fredericks, Bell System Technical Journal 59 (1980), 807-827 (Hayward).
    """
    for row in range(out.shape[0]):
        c, m, v = pool_agents[row], mean[row], variance[row]
        if m == 0.0:
            out[row] = 0.0
        elif v >= m:
            load, gap = wilkinson(m, v)
            n = max(load - gap, 0.0)
            out[row] = load / m / (1.0 + free_weight(n + c, load, gap - c))
        elif v > 0.0:
            out[row] = 1.0 / (1.0 + free_weight(c * m / v, m * m / v, (m - c) * m / v))
        else:
            out[row] = max(1.0 - c / m, 0.0)


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def interrupted_poisson(
    agents: Floats,
    arrival_rate: Floats,
    aht: Floats,
    patience_rate: Floats,
    waiting_room: Floats,
    vendor_aht: Floats,
    out: Floats,
) -> None:
    """Fill rows of (rate_on, on_to_off, off_to_on): the switched Poisson stream nearest to the overflow.

    Its first three factorial moments at a vendor of that handle time, an agent for each contact, are the
    overflow's: it has the same rate, phi(s) and phi(2 s), s = 1 / vendor_aht. With w(s) = u_N / s, u_N as in
    `overflow_stream`, such a stream has ``w(s) / lam = (1 + on_to_off / (off_to_on + s)) / rate_on``: so

        off_to_on = -w[s, 2s] / w[0, s, 2s],    p = -w[s, 2s] (off_to_on + s),
        rate_on = lam / (w(2s) - p),            on_to_off = p (off_to_on + 2s) / (w(2s) - p),

    where the divided differences w[...] are carried from state to state without a subtraction. Where the
    overflow is Poisson (no agents): (lam, 0, inf). Handle times must be above 0.

    Source: Kuczura, Bell System Technical Journal 52 (1973), 437-448 (the three moments).
    """
    for row in range(out.shape[0]):
        lam = arrival_rate[row] * vendor_aht[row]
        last = int(agents[row])
        # With the vendor's handle time as the unit, at s = 0, 1, 2: w, then -w[., .], then w[0, 1, 2].
        w0, w1, w2, p01, p02, p12, curve = 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0
        for i in range(1, last + int(waiting_room[row]) + 1):
            leave = (
                min(i, last) / aht[row] + max(i - last, 0) * patience_rate[row]
            ) * vendor_aht[row]  # fmt: skip
            v1, v2 = lam + w1, lam + 2.0 * w2
            g01, g02, g12 = lam * p01 + w0 * w1, lam * p02 + w0 * w2, lam * p12 + w1 * w2
            curve = leave * (lam * (lam * curve + w1 * p02) + g01 * w2) / (lam * v1 * v2)
            p01, p02, p12 = leave * g01 / (lam * v1), leave * g02 / (lam * v2), leave * g12 / (v1 * v2)
            w0, w1, w2 = 1.0 + leave * w0 / lam, 1.0 + leave * w1 / v1, 1.0 + leave * w2 / v2
        if curve > 0.0:
            to_on = p12 / curve
            falling = p12 * (to_on + 1.0)
            out[row, 0] = lam / (w2 - falling) / vendor_aht[row]
            out[row, 1] = falling * (to_on + 2.0) / (w2 - falling) / vendor_aht[row]
            out[row, 2] = to_on / vendor_aht[row]
        else:
            out[row, 0], out[row, 1], out[row, 2] = arrival_rate[row], 0.0, INFINITE
