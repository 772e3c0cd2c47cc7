"""The contacts that a full queue sends out, as a renewal stream, and the vendor pool that it meets.

A queue with n agents holds i = 0 .. N = n + K contacts and loses them at the rate ``d_i = min(i, n) mu +
max(i - n, 0) theta``; a contact that arrives in state N overflows. The times between overflows are
independent and alike, with the Laplace-Stieltjes transform ``phi(s) = g_N``, ``g_0 = lam / (lam + s)``,
``g_i = lam / (lam + s + d_i (1 - g_(i-1)))``: a passage from i to i + 1 ends with an arrival, unless it goes
back one state first. Everything here carries ``u_i = s + d_i (1 - g_(i-1))`` instead,

    u_0 = s,    u_i = s + d_i u_(i-1) / (lam + u_(i-1)),    phi = lam / (lam + u_N),

because then no step subtracts: phi, 1 - phi and ``(1 - phi) / phi = u_N / lam`` are all exact to the last
digits, however rare the overflow.

Sources: Palm, Ericsson Technics 44 (1943); Riordan, Stochastic Service Systems (1962), ch. 3; Takacs,
Introduction to the Theory of Queues (1962), ch. 2 and 4.

The kernels validate nothing and never raise. Numbers must be finite and >= 0 except where a docstring says
more; agents, waiting rooms and pools are whole numbers except where it says otherwise. Any one unit of time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.erlang import free_weight
from bporoute._kernels.registry import kernel

if TYPE_CHECKING:
    from bporoute._kernels.registry import Floats

INFINITE = float("inf")
NAN = float("nan")
HUGE = 1e308
MOST_STATES = 1e8
MOST_STEPS = 200


@kernel("f8(f8,f8,f8,f8,f8,f8)")
def overflow_odds(
    agents: float, waiting_room: float, arrivals: float, services: float, give_ups: float, s: float
) -> float:
    """``(1 - phi(s)) / phi(s)`` of the overflow, the odds that an exponential time of rate s ends first.

    `arrivals`, `services`, `give_ups` are the rates lam, mu, theta; s > 0. inf if nothing arrives.
    """
    u = s
    for i in range(1, int(agents) + 1):
        u = s + i * services * u / (arrivals + u)
    for k in range(1, int(waiting_room) + 1):
        u = s + (agents * services + k * give_ups) * u / (arrivals + u)
    return u / arrivals if arrivals > 0.0 else INFINITE


@kernel("UniTuple(f8,2)(f8,f8)")
def loss_overflow(agents: float, load: float) -> tuple[float, float]:
    """Blocking B and peakedness less one, z - 1, of a loss queue's overflow; any real agents > 0.

    The offered load a is above 0; a contact takes the vendor as long as the queue.
    Kosten: ``z = 1 - m + a / (1 + J)`` with m = a B and J = n - a + m, the mean number of free agents.
    Far in overload both differences cancel. There Legendre's continued fraction gives J itself,

        J = n / T,    T = gap + 2 + R,    R = 2 (n-1) / (gap + 4 + S),    S = 3 (n-2) / (gap + 6 + ...),

    and with it, the large terms cancelled by hand,

        z - 1 = J (gap (1 + R/2) + 1 + R + R (R - S/2)) / (a + 2 + R).

    Sources: Kosten, 1937 (as in Wilkinson, Bell System Technical Journal 35, 1956, eq. 6);
    DLMF 8.9.2 (the continued fraction).
    """
    gap = load - agents
    deviations = (gap - 2.0) / math.sqrt(agents)
    if deviations <= 1.0:
        blocking = 1.0 / (1.0 + free_weight(agents, load, gap))
        mean = load * blocking
        return blocking, load / (1.0 - gap + mean) - mean
    tail = 0.0
    for k in range(20 + int(300.0 / (deviations * deviations)), 2, -1):
        tail = k * (agents - k + 1.0) / (gap + 2.0 * k + tail)
    rest = 2.0 * (agents - 1.0) / (gap + 4.0 + tail)
    free = agents / (gap + 2.0 + rest)
    excess = gap * (1.0 + 0.5 * rest) + 1.0 + rest + rest * (rest - 0.5 * tail)
    return (gap + free) / load, free * (excess / (load + 2.0 + rest))


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def overflow_moments(
    agents: Floats,
    arrival_rate: Floats,
    aht: Floats,
    patience_rate: Floats,
    waiting_room: Floats,
    vendor_aht: Floats,
    out: Floats,
) -> None:
    """Fill rows of (mean, variance, peakedness): contacts in service at a vendor with an agent for each.

    Mean and variance are in erlangs, peakedness z is variance / mean. patience_rate is theta, 0 without
    impatience; waiting_room may be inf. With lam_o the overflow rate, m = lam_o vendor_aht and s = 1 /
    vendor_aht, ``z = 1 / (1 - phi(s)) - m = 1 + lam / u_N - m``; the difference, which cancels, is instead

        z - 1 = (lam / u_N) e_N,   e_i = q_i (e_(i-1) + b_(i-1) u_(i-1)^2 / (s (lam + u_(i-1)))),
        b_i = lam b_(i-1) / (d_i + lam b_(i-1)),    q_i = d_i / (d_i + lam b_(i-1)),    e_0 = 0,  b_0 = 1,

    where b_N = lam_o / lam is the blocking and e_i = 1 - u_i b_i / s. All terms are positive.

    Where the queue's and the vendor's handle times are equal, the n states without waiting are one closed
    formula (`loss_overflow`), n may be any real number and the time is that of the waiting room alone.
    Else agents must be whole: variance and peakedness are nan where they are not, and above 1e8 of them.
    All is nan for a finite waiting room above 1e8.

    What never overflows (an endless waiting room; one place or more where nobody waits, theta = inf) has
    mean 0, variance 0 and peakedness nan. Nothing offered (no arrivals, or no handle time): mean and
    variance 0 and peakedness 1, the limit.
    """
    for row in range(out.shape[0]):
        n, lam, own, other = agents[row], arrival_rate[row], aht[row], vendor_aht[row]
        room, theta = waiting_room[row], patience_rate[row]
        if room == INFINITE or (theta == INFINITE and room > 0.0):
            mean, peak = 0.0, NAN
        elif lam == 0.0 or other == 0.0 or (own == 0.0 and n > 0.0):
            mean, peak = 0.0, 1.0
        elif room > MOST_STATES:
            mean, peak = NAN, NAN
        else:
            # The vendor's handle time is the unit of time: s = 1.
            arrivals = lam * other
            services = other / own if n > 0.0 else 0.0
            b, e, u = 1.0, 0.0, 1.0
            if n > 0.0:
                load = lam * own
                b, excess = loss_overflow(n, load)
                if own == other:
                    u = 1.0 + (n - load) + load * b if load <= n else load / (excess + load * b)
                    e = excess * u / load
                elif n != math.floor(n) or n > MOST_STATES:
                    e, u = NAN, NAN
                else:
                    below = 1.0
                    for i in range(1, int(n) + 1):
                        leave = i * services
                        stay = arrivals * below
                        e = (e + below * u * (u / (arrivals + u))) * (leave / (leave + stay))
                        below = stay / (leave + stay)
                        u = 1.0 + leave * u / (arrivals + u)
            for k in range(1, int(room) + 1):
                leave = n * services + k * theta * other
                stay = arrivals * b
                if leave > 0.0:
                    e = (e + b * u * (u / (arrivals + u))) * (leave / (leave + stay))
                    b = stay / (leave + stay)
                    u = 1.0 + leave * u / (arrivals + u)
            mean, peak = arrivals * b, 1.0 + arrivals * e / u
        out[row, 0] = mean
        out[row, 1] = mean * peak if mean > 0.0 else mean
        out[row, 2] = peak


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def pool_blocking(
    agents: Floats,
    arrival_rate: Floats,
    aht: Floats,
    patience_rate: Floats,
    waiting_room: Floats,
    pool_agents: Floats,
    vendor_aht: Floats,
    out: Floats,
) -> None:
    """Fill the share of overflowing contacts that find every one of the pool's m agents busy: GI/M/m/m.

    ``1 / B = sum over j = 0 .. m of C(m, j) prod_(i <= j) (1 - phi(i s)) / phi(i s)``, s = 1 / vendor_aht,
    from the innermost product outwards. Handle times must be above 0; takes time O(m (n + K)).

    Source: Takacs, Introduction to the Theory of Queues (1962), ch. 4, sec. 1.
    """
    for row in range(out.shape[0]):
        pool = int(pool_agents[row])
        total = 1.0
        for j in range(pool, 0, -1):
            odds = overflow_odds(
                agents[row], waiting_room[row], arrival_rate[row] * vendor_aht[row],
                vendor_aht[row] / aht[row], patience_rate[row] * vendor_aht[row], float(j),
            )  # fmt: skip
            total = 1.0 + total * odds * ((pool - j + 1.0) / j)
        out[row] = 1.0 / total


@kernel("f8(f8,f8,f8,f8,f8,f8)")
def growing_pool(
    agents: float, waiting_room: float, arrivals: float, services: float, give_ups: float, most: float
) -> float:
    """``1 - sigma``, where sigma = phi(most (1 - sigma)) lies in (0, 1) `most` the pool's service rate.

    ``psi(x) = 1 - phi(most x) - x`` is concave and 0 at 0 and at the root: Newton's steps from x = 1 fall
    onto it. The overflow's rate must be below `most`.
    """
    x = 1.0
    last_step = 1.0
    for _ in range(MOST_STEPS):
        s = most * x
        u = s
        slope = 1.0
        for i in range(1, int(agents) + 1):
            slope = 1.0 + i * services * (arrivals / (arrivals + u)) * (slope / (arrivals + u))
            u = s + i * services * u / (arrivals + u)
        for k in range(1, int(waiting_room) + 1):
            leave = agents * services + k * give_ups
            slope = 1.0 + leave * (arrivals / (arrivals + u)) * (slope / (arrivals + u))
            u = s + leave * u / (arrivals + u)
        falling = 1.0 - most * (arrivals / (arrivals + u)) * (slope / (arrivals + u))
        step = (x - u / (arrivals + u)) / falling if falling > 0.0 else 0.0
        if not 0.0 < step < last_step:  # steps shrink until they are rounding errors
            break
        x -= step
        last_step = step
    return x


@kernel("UniTuple(f8,2)(f8,f8,f8,f8,f8,f8,f8)")
def odds_and_bend(
    agents: float,
    waiting_room: float,
    arrivals: float,
    services: float,
    give_ups: float,
    root: float,
    s: float,
) -> tuple[float, float]:
    """``(1 - phi(s)) / phi(s)`` and minus the second divided difference ``w[root, s]`` with w(s) = u(s) / s.

    Both points above 0; they may coincide. No step subtracts: with ``q = (1 - phi) / s = w / (lam + s w)``,
    ``-q[root, s] = (-lam w[root, s] + w(root) w(s)) / ((lam + u(root)) (lam + u(s)))``.
    """
    near, far, bend = root, s, 0.0
    last = int(agents)
    for i in range(1, last + int(waiting_room) + 1):
        leave = i * services if i <= last else agents * services + (i - last) * give_ups
        scale = (arrivals + near) * (arrivals + far)
        bend = leave * (arrivals * bend + (near / root) * (far / s)) / scale
        near = root + leave * near / (arrivals + near)
        far = s + leave * far / (arrivals + far)
    return far / arrivals, bend


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def pool_wait(
    agents: Floats,
    arrival_rate: Floats,
    aht: Floats,
    patience_rate: Floats,
    waiting_room: Floats,
    pool_agents: Floats,
    vendor_aht: Floats,
    out: Floats,
) -> None:
    """Fill rows of (P(W > 0), r) for a pool of m agents where overflow waits its turn: GI/M/m.

    The wait is exponential with rate r if it is not 0: ``P(W > t) = P(W > 0) e^(-r t)``, r = m s x, where
    s = 1 / vendor_aht and x = 1 - sigma, sigma = phi(m s (1 - sigma)). With r_j = 1 - phi(j s),

        1 / P(W > 0) = 1 + x sum_(j=1..m) C(m,j) prod_(i<=j) (r_i / (1 - r_i)) (m r_j - j) / (r_j (m x - j)),

    whose last quotient is 0 / 0 where j = m x and is taken from a divided difference instead. Where the
    pool cannot keep up: P(W > 0) = 1 and r = 0. Without overflow: 0, and r = m s. Handle times must be
    above 0; takes time O(m (n + K)).

    Source: Takacs, Introduction to the Theory of Queues (1962), ch. 2, sec. 3, theorem 1.
    """
    for row in range(out.shape[0]):
        n, room, pool = agents[row], waiting_room[row], pool_agents[row]
        arrivals = arrival_rate[row] * vendor_aht[row]
        services = vendor_aht[row] / aht[row]
        give_ups = patience_rate[row] * vendor_aht[row]
        rate = blocked_share(n, room, arrivals, services, give_ups) * arrivals
        chance, x = 1.0, 0.0
        if rate == 0.0 and pool > 0.0:
            chance, x = 0.0, 1.0
        elif rate < pool:
            x = growing_pool(n, room, arrivals, services, give_ups, pool)
            odds, bend = odds_and_bend(n, room, arrivals, services, give_ups, pool * x, pool * x)
            u = odds * arrivals
            total = 0.0
            for j in range(int(pool), 0, -1):
                odds, bend = odds_and_bend(n, room, arrivals, services, give_ups, pool * x, float(j))
                quotient = pool * (bend * (j / odds) + u / (pool * x)) / (arrivals + u)
                total = odds * ((pool - j + 1.0) / j) * (total + quotient)
            chance = 1.0 / (1.0 + x * total)
        out[row, 0] = chance
        out[row, 1] = pool * x / vendor_aht[row]


@kernel("f8(f8,f8,f8,f8,f8)")
def blocked_share(
    agents: float, waiting_room: float, arrivals: float, services: float, give_ups: float
) -> float:
    """The share of arrivals that overflows: b of `overflow_moments`, by rates as in `overflow_odds`."""
    if arrivals == 0.0:
        return 0.0 if agents + waiting_room > 0.0 else 1.0
    blocked = 1.0
    for i in range(1, int(agents) + 1):
        blocked = arrivals * blocked / (i * services + arrivals * blocked)
    for k in range(1, int(waiting_room) + 1):
        stay = arrivals * blocked
        leave = agents * services + k * give_ups
        blocked = stay / (leave + stay) if leave > 0.0 else blocked
    return blocked


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
    overflow's: it has the same rate, phi(s) and phi(2 s), s = 1 / vendor_aht. With w(s) = u_N / s such a
    stream has ``w(s) / lam = (1 + on_to_off / (off_to_on + s)) / rate_on``, so that

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


@kernel("UniTuple(f8,2)(f8,f8)")
def wilkinson(mean: float, variance: float) -> tuple[float, float]:
    """The loss queue whose overflow has this mean and variance: (load a, gap a - n), both nan if z < 1.

    Kosten's variance (see `loss_overflow`) gives ``n - a = a / (m + z - 1) - m - 1``, z = v / m, which leaves
    ``a B(n, a) = m`` to be solved for a: between n = 0, where the left side is too large, and twice Rapp's
    ``v + 3 z (z - 1)`` or more, by the secant in logarithms that keeps the root between its ends.

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

    Source: Wilkinson, as above; Fredericks, Bell System Technical Journal 59 (1980), 807-827 (Hayward).
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
