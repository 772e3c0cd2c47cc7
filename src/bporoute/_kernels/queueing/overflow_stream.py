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

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import free_weight

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

INFINITE = float("inf")
NAN = float("nan")
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


@kernel("UniTuple(f8,2)(f8,f8)")
def loss_overflow(agents: float, load: float) -> tuple[float, float]:
    """Blocking B and peakedness less one, z - 1, of a loss queue's overflow; any real agents > 0.

    The offered load a is above 0; a contact takes the vendor as long as the queue.
    Kosten: ``z = 1 - m + a / (1 + J)`` with m = a B and J = n - a + m, the mean number of free agents.
    Far in overload both differences cancel. There Legendre's continued fraction gives J itself,

        J = n / T,    T = gap + 2 + R,    R = 2 (n-1) / (gap + 4 + S),    S = 3 (n-2) / (gap + 6 + ...),

    and with it, the large terms cancelled by hand,

        z - 1 = J (gap (1 + R/2) + 1 + R + R (R - S/2)) / (a + 2 + R).

    Sources: Kosten, 1937 (as in Wilkinson, Bell System Technical Journal 35, 1956, eq. 6); DLMF 8.9.2.
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
    from the innermost product outwards (Takacs, ch. 4, sec. 1). Handle times must be above 0; takes time
    O(m (n + K)).
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
def decay_share(
    agents: float, waiting_room: float, arrivals: float, services: float, give_ups: float, most: float
) -> float:
    """``1 - sigma``, where sigma = phi(most (1 - sigma)) lies in (0, 1): times `most` the rate of the wait.

    ``psi(x) = 1 - phi(most x) - x`` is concave and 0 at 0 and at the root: Newton's steps from x = 1 fall
    onto it. `most`, the service rate of the whole pool, must be above the overflow's rate.
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
    above 0; takes time O(m (n + K)). Takacs, ch. 2, sec. 3, theorem 1.
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
            x = decay_share(n, room, arrivals, services, give_ups, pool)
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
