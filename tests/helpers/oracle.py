"""Exact values of the queue models, to more than 30 digits, by quadrature and sums in 50-digit arithmetic.

It shares no formula's code with the package and no algorithm either: no recursion in the number of agents, no
continued fraction, no asymptotic expansion. With

    h(s) = y (1 - e^-s) - x s

everything about a queue with an endless waiting room is an integral of e^h over a part of the real line:
over s < 0 (x = agents, y = load) lie the states with a free agent, and over s > 0 (x = agents patience / aht,
y = load patience / aht) the wait that an endlessly patient contact is offered, s = wait / patience (Baccelli
and Hebuterne, Performance '81; Zeltyn and Mandelbaum, QUESTA 2005). e^h is an entire function with one peak,
so Gauss-Legendre panels scaled to its slope and curvature cost the same for 1 agent and for 10^12. A finite
waiting room is summed state by state.

Every argument is taken exactly: float, integer or mpf. Times are in units of the mean handle time.
"""

from __future__ import annotations

from functools import cache, cached_property

import mpmath

mp = mpmath.MPContext()
mp.dps = 52
mpf, inf = mp.mpf, mp.inf

ORDER = 64
"""Nodes of a panel."""
DEPTH = 115.0
"""How far below its peak, in powers of e, the integrand is followed."""
EXTRA = mp.prec + 80
"""Binary digits that leave enough after a difference of numbers that are equal in their first 80."""
ROUGH = mpmath.MPContext()
ROUGH.dps = 15


# --- integrals ------------------------------------------------------------------------------------------


@cache
def gauss_legendre():
    """Nodes and weights on [-1, 1]."""
    half = []
    for k in range(1, ORDER // 2 + 1):
        root = mp.cos(mp.pi * (k - mpf("0.25")) / (ORDER + mpf("0.5")))
        for _ in range(8):
            before, value = mpf(1), root
            for j in range(2, ORDER + 1):
                before, value = value, ((2 * j - 1) * root * value - (j - 1) * before) / j
            slope = ORDER * (root * value - before) / (root * root - 1)
            root -= value / slope
        half.append((root, 2 / ((1 - root * root) * slope * slope)))
    return half + [(-root, weight) for root, weight in half]


def exponent(x, y, s):
    return y * (1 - mp.exp(-s, prec=EXTRA)) - x * s


def width(x, y, s, direction):
    """The widest panel from s on that the nodes resolve."""
    x, y, s = float(x), float(y), ROUGH.mpf(s)
    decay = float(ROUGH.exp(-s)) if s > -700 else inf
    widest = 5.0 if decay * max(y, 1.0) > 1e-60 else inf
    curvature, slope = y * decay, abs(y * decay - x)
    if direction < 0 and curvature == 0.0:
        widest = 5.0
    step = min(widest, 14 / curvature**0.5 if curvature else inf, 60 / slope if slope else inf)
    if step == inf:
        step = 5.0
    while True:
        far = decay * float(ROUGH.exp(-direction * step))
        steepest = max(slope, abs(y * far - x))
        if step * step * y * max(decay, far) <= 144 and step * steepest <= 60:
            return step
        step *= 0.7


def panels(x, y, low, high):
    """The panels between low and high in which e^h matters, from its peak outwards."""
    peak = mp.log(mpf(y) / x) if x > 0 and y > 0 else (inf if x == 0 else -inf)
    peak = min(max(peak, low), high)
    summit = exponent(x, y, peak)
    for direction, end in ((1, high), (-1, low)):
        at = peak
        while (end - at) * direction > 0 and summit - exponent(x, y, at) < DEPTH:
            to = at + direction * mpf(width(x, y, at, direction))
            to = min(to, high) if direction > 0 else max(to, low)
            yield at, to
            at = to


def integrals(x, y, low, high, *weights):
    """For each weight function the integral of weight(s) e^h(s) from low to high."""
    totals = [mpf(0) for _ in weights]
    for start, stop in panels(x, y, low, high):
        middle, half = (start + stop) / 2, abs(stop - start) / 2
        for node, share in gauss_legendre():
            s = middle + half * node
            gone = 1 - mp.exp(-s, prec=EXTRA)  # what mpmath's expm1 gives, in a third of the time
            value = half * share * mp.exp(y * gone - x * s)
            for i, weight in enumerate(weights):
                totals[i] += value * weight(s, gone)
    return totals


def one(s, gone):
    return 1


# --- the two functions that carry everything ------------------------------------------------------------


def free_weight(agents, load):
    """U(n, a) - 1: the weight of the states with a free agent over that of "all busy, none waiting"."""
    n, a = mpf(agents), mpf(load)
    if n == 0:
        return mpf(0)
    return n * integrals(n, a, -inf, mpf(0), one)[0] if a > 0 else inf


def busy_weight(x, y):
    """Palm's A(x, y): the weight of the states with all busy over that of "all busy, none waiting"."""
    x, y = mpf(x), mpf(y)
    return 1 + y * integrals(x + 1, y, mpf(0), inf, one)[0] if y > 0 else mpf(1)


def log_poisson(n, a):
    """The logarithm of e^-a a^n / Gamma(n + 1)."""
    n, a = mpf(n), mpf(a)
    return n * mp.log(a) - a - mp.loggamma(n + 1)


def erlang_b(agents, load):
    if mpf(load) == 0:
        return mpf(1 if mpf(agents) == 0 else 0)
    return 1 / (1 + free_weight(agents, load))


def erlang_c(agents, load):
    """P(wait) of M/M/n; 1 if the queue is saturated."""
    return Queue(agents, load).p_wait


# --- queues ---------------------------------------------------------------------------------------------


class Saturated:
    """Everybody waits for ever."""

    free, blocked, waiting, abandoned = mpf(0), mpf(0), mpf(1), mpf(0)
    wait = wait_answered = virtual_wait = inf

    def virtual_exceeds(self, t):
        return mpf(1)

    exceeds = served_late = virtual_exceeds

    def served_in(self, t):
        return mpf(0)

    virtual_in = left_in = served_in


class Nobody(Saturated):
    """No agent: all who are patient for a while give up."""

    def __init__(self, patience):
        self.patience = patience
        self.abandoned = mpf(1)
        self.wait = patience
        self.wait_answered = mp.nan

    def exceeds(self, t):
        return mp.exp(-t / self.patience) if self.patience > 0 else mpf(0)

    def served_late(self, t):
        return mpf(0)

    def left_in(self, t):
        return -mp.expm1(-t / self.patience) if self.patience > 0 else mpf(1)


class Closed:
    """Everybody who would have to wait is turned away."""

    waiting = abandoned = wait = wait_answered = virtual_wait = mpf(0)
    blocked = mpf(1)

    def __init__(self, free):
        self.free = free

    def nothing(self, t):
        return mpf(0)

    virtual_exceeds = exceeds = virtual_in = served_in = served_late = left_in = nothing


class Impatient(Closed):
    """Everybody who would have to wait gives up at once."""

    blocked = mpf(0)
    waiting = abandoned = mpf(1)

    def __init__(self, free, n):
        self.free, self.n = free, n
        self.wait_answered = mpf(0)
        self.virtual_wait = 1 / n

    def virtual_exceeds(self, t):
        return mp.exp(-self.n * t)

    def virtual_in(self, t):
        return -mp.expm1(-self.n * t)

    def left_in(self, t):
        return mpf(1)


class Endless:
    """M/M/n: nobody gives up, everybody fits."""

    blocked = abandoned = mpf(0)

    def __init__(self, n, a):
        self.free, self.spare = free_weight(n, a), n - a
        self.waiting = n / self.spare
        self.wait = self.wait_answered = self.virtual_wait = self.waiting / self.spare

    def virtual_exceeds(self, t):
        return self.waiting * mp.exp(-self.spare * t)

    exceeds = served_late = virtual_exceeds

    def served_in(self, t):
        return -self.waiting * mp.expm1(-self.spare * t)

    virtual_in = served_in

    def left_in(self, t):
        return mpf(0)


class Patient:
    """M/M/n+M: the offered wait, in units of the mean patience, has the density x e^h(s)."""

    blocked = mpf(0)

    def __init__(self, n, a, patience):
        self.patience = patience
        self.x, self.y = n * patience, a * patience
        self.free = free_weight(n, a)
        self.waiting = busy_weight(self.x, self.y)
        self.swept = {}

    def sweep(self, low, high):
        """Integrals of 1, 1 - e^-s, e^-s, s and s e^-s."""
        if (low, high) not in self.swept:
            found = integrals(
                self.x, self.y, low, high, one, lambda s, gone: gone, lambda s, gone: 1 - gone,
                lambda s, gone: s, lambda s, gone: s * (1 - gone),
            )  # fmt: skip
            self.swept[low, high] = [self.x * value for value in found]
        return self.swept[low, high]

    def before(self, t):
        return self.sweep(mpf(0), t / self.patience)

    def after(self, t):
        return self.sweep(t / self.patience, inf)

    @property
    def abandoned(self):
        return self.after(mpf(0))[1]

    @property
    def wait(self):
        return self.abandoned * self.patience

    @property
    def virtual_wait(self):
        return self.after(mpf(0))[3] * self.patience

    @property
    def wait_answered(self):
        return self.after(mpf(0))[4] * self.patience

    def virtual_exceeds(self, t):
        return self.after(t)[0]

    def exceeds(self, t):
        return self.virtual_exceeds(t) * mp.exp(-t / self.patience)

    def virtual_in(self, t):
        return self.before(t)[0]

    def served_in(self, t):
        return self.before(t)[2]

    def served_late(self, t):
        return self.after(t)[2]

    def left_in(self, t):
        return self.before(t)[1] - mp.expm1(-t / self.patience) * self.virtual_exceeds(t)


class Room:
    """M/M/n/n+K (+M), K > 0: sums over the contacts j = 0 .. K - 1 found waiting."""

    def __init__(self, n, a, patience, places):
        self.n, self.patience = n, patience
        self.x = n * patience
        self.free = free_weight(n, a)
        weight, self.weights = mpf(1), []
        for j in range(1, places + 1):
            self.weights.append(weight)
            weight *= a / (n + j / patience)
        self.blocked = weight
        self.waiting = mp.fsum(self.weights)

    def sum(self, values):
        return mp.fsum(weight * value for weight, value in zip(self.weights, values, strict=True))

    @cached_property
    def stays(self):
        """The probability that the contact that finds j waiting is served."""
        return [self.n / (self.n + (j + 1) / self.patience) for j in range(len(self.weights))]

    @property
    def abandoned(self):
        return self.wait / self.patience

    @property
    def wait(self):
        return self.sum([(j + 1) / (self.n + (j + 1) / self.patience) for j in range(len(self.weights))])

    def mean_waits(self, ahead):
        """Mean of the sum over i = 0 .. j of exponential times with rates n + (i + ahead) / patience."""
        total, waits = mpf(0), []
        for i in range(len(self.weights)):
            total += 1 / (self.n + (i + ahead) / self.patience)
            waits.append(total)
        return waits

    @property
    def virtual_wait(self):
        return self.sum(self.mean_waits(0))

    @property
    def wait_answered(self):
        return self.sum([p * wait for p, wait in zip(self.stays, self.mean_waits(1), strict=True)])

    def passed(self, t, ahead):
        """For j found waiting: P(the offered wait is over by t) and its complement, with x + ahead for x.

        The numbers of departures from the queue in t are negative binomial, without patience Poisson.
        """
        share = -mp.expm1(-t / self.patience)
        term = mp.exp(-(self.n + ahead / self.patience) * t)
        mean = self.n * t if self.patience == inf else (self.x + ahead) * share
        over, total = [], mpf(0)
        for i in range(len(self.weights)):
            total += term
            over.append(total)
            term *= (mean + i * share) / (i + 1)
        rest = 1 - total
        if rest < mpf("1e-9"):  # too few digits left: the terms beyond, which then fall fast
            i, rest = len(self.weights), mpf(0)
            while term > rest * mpf("1e-55"):
                rest += term
                term *= (mean + i * share) / (i + 1)
                i += 1
        by = []
        for j in reversed(range(len(self.weights))):
            by.append(rest)
            rest += over[j] - (over[j - 1] if j else 0)
        return by[::-1], over

    def virtual_exceeds(self, t):
        return self.sum(self.passed(t, 0)[1])

    def exceeds(self, t):
        return self.virtual_exceeds(t) * mp.exp(-t / self.patience)

    def virtual_in(self, t):
        return self.sum(self.passed(t, 0)[0])

    def served_in(self, t):
        return self.sum([p * by for p, by in zip(self.stays, self.passed(t, 1)[0], strict=True)])

    def served_late(self, t):
        return self.sum([p * over for p, over in zip(self.stays, self.passed(t, 1)[1], strict=True)])

    def left_in(self, t):
        return self.waiting - self.exceeds(t) - self.served_in(t)


class Queue:
    """One queue in the steady state; times in units of the mean handle time.

    All are shares of the offered contacts, and `mean_wait` is over all of these too, counting 0 for the
    blocked and their wait for those who give up. `asa` is over those who are answered.
    """

    def __init__(self, agents, load, patience=inf, places=inf):
        n, a, patience = mpf(agents), mpf(load), mpf(patience)
        self.n, self.a = n, a
        if a == 0 and n > 0:
            parts = Closed(mpf(1))
            parts.blocked = mpf(0)
            parts.virtual_wait = mpf(0)
        elif places == 0:
            parts = Closed(free_weight(n, a))
        elif places != inf:
            if n == 0 and patience == inf:
                parts = Closed(mpf(0))
            elif patience == 0:
                parts = Impatient(free_weight(n, a), n) if n > 0 else Nobody(patience)
            else:
                parts = Room(n, a, patience, int(places))
        elif patience == inf:
            parts = Endless(n, a) if a < n else Saturated()
        elif n == 0:
            parts = Nobody(patience)
        elif patience == 0:
            parts = Impatient(free_weight(n, a), n)
        else:
            parts = Patient(n, a, patience)
        self.parts = parts
        self.whole = parts.free + parts.waiting + parts.blocked

    @property
    def p_block(self):
        return self.parts.blocked / self.whole

    @property
    def p_wait(self):
        return self.parts.waiting / self.whole

    @cached_property
    def p_abandon(self):
        return self.parts.abandoned / self.whole

    @cached_property
    def p_lost(self):
        """Blocked or abandoned."""
        return self.p_block + self.p_abandon

    @cached_property
    def p_served(self):
        """Also where hardly anybody is."""
        if isinstance(self.parts, Saturated):
            return mpf(0)
        late = self.parts.served_late(mpf(0)) if self.parts.waiting else mpf(0)
        return (self.parts.free + late) / self.whole

    @property
    def mean_wait(self):
        return self.parts.wait / self.whole

    @property
    def mean_wait_accepted(self):
        accepted = self.whole - self.parts.blocked
        return self.parts.wait / accepted if accepted else mp.nan

    @property
    def mean_queue(self):
        """Contacts waiting."""
        return self.a * self.parts.wait / self.whole

    @property
    def asa(self):
        """Mean wait of those answered."""
        answered = self.p_served * self.whole
        return self.parts.wait_answered / answered if answered else self.parts.wait_answered

    @property
    def mean_virtual_wait(self):
        """Of an endlessly patient contact that gets in."""
        return self.parts.virtual_wait / (self.whole - self.parts.blocked)

    @property
    def occupancy(self):
        return self.a * self.p_served / self.n if self.n else mp.nan

    def virtual_exceeds(self, t):
        """P(gets in, and would wait more than t if endlessly patient)."""
        return self.parts.virtual_exceeds(mpf(t)) / self.whole

    def exceeds(self, t):
        """P(gets in and waits more than t, whatever comes then)."""
        return self.parts.exceeds(mpf(t)) / self.whole

    def served_within(self, t):
        return (self.parts.free + self.parts.served_in(mpf(t))) / self.whole

    def served_late(self, t):
        """P(served, but after t)."""
        return self.parts.served_late(mpf(t)) / self.whole

    def abandoned_within(self, t):
        return self.parts.left_in(mpf(t)) / self.whole

    def service_level(self, t, counting="offered", short=0):
        """Served within t over what the counting says, see `shortfall` for its complement."""
        served, left = self.served_within(t), self.abandoned_within
        return {
            "offered": lambda: served,
            "ignored": lambda: served / (1 - left(t)),
            "credited": lambda: served + left(t),
            "answered": lambda: served / self.p_served,
            "short_excluded": lambda: served / (1 - left(short)),
            "short_credited": lambda: served + left(short),
            "virtual": lambda: (self.parts.free + self.parts.virtual_in(mpf(t))) / self.whole,
        }[counting]()

    def shortfall(self, t, counting="offered", short=0):
        """1 - service level, with all its digits where the service level is near 1."""
        late, left = self.served_late(t), self.abandoned_within
        missed = late + self.p_lost
        return {
            "offered": lambda: missed,
            "ignored": lambda: (missed - left(t)) / (1 - left(t)),
            "credited": lambda: missed - left(t),
            "answered": lambda: late / self.p_served,
            "short_excluded": lambda: (missed - left(short)) / (1 - left(short)),
            "short_credited": lambda: missed - left(short),
            "virtual": lambda: self.virtual_exceeds(t) + self.p_block,
        }[counting]()


# --- what is derived from them --------------------------------------------------------------------------


def overflow(agents, load):
    """Mean, variance and peakedness of what M/M/n/n turns away (Kosten; Riordan)."""
    n, a = mpf(agents), mpf(load)
    mean = a * erlang_b(n, a)
    variance = mean * (1 - mean + a / (n + 1 - a + mean))
    return mean, variance, variance / mean


def erlang_b_load(agents, blocking):
    """The load that M/M/n/n blocks with this probability: ln B is concave in ln a, Newton's rule safe."""
    n, goal = mpf(agents), mpf(blocking)
    a, step = goal, mpf(1)
    while abs(step) > mpf("1e-45"):
        b = erlang_b(n, a)
        step = mp.log(goal / b) / (n - a + a * b)
        a *= mp.exp(step)
    return a


def wait_quantile(agents, load, probability):
    """The smallest t with P(W > t) <= 1 - probability in M/M/n."""
    queue = Queue(agents, load)
    rest = 1 - mpf(probability)
    return max(mp.log(queue.p_wait / rest) / (queue.n - queue.a), mpf(0))


def extended_erlang_b(agents, load, recall):
    """Offered load and blocking if this share of the blocked call again: a' = a + recall a' B(n, a')."""
    n, a, share = mpf(agents), mpf(load), mpf(recall)
    offered = mp.findroot(
        lambda total: total * (1 - share * erlang_b(n, total)) - a,
        (a, a / (1 - share)),
        tol=1e-80,
        maxsteps=60,
    )
    return offered, erlang_b(n, offered)
