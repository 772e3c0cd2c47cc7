"""Overflow traffic against dense Markov chains, 60-digit arithmetic and published numbers; its invariants."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import InputError
from bporoute._kernels.queueing import equivalent_random as equivalent
from bporoute._kernels.queueing import overflow_stream as renewal
from bporoute.queueing._interrupted import interrupted_poisson
from bporoute.queueing._overflow_stream import OverflowStream
from bporoute.queueing._queue_model import QueueModel
from helpers import naive_traffic as naive
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf


def rows(kernel, columns, *arguments):
    """A kernel's results for arguments that broadcast."""
    spread = [np.ascontiguousarray(a, dtype=float).ravel() for a in np.broadcast_arrays(*arguments)]
    out = np.full((len(spread[0]), columns) if columns else len(spread[0]), np.nan)
    with np.errstate(all="ignore"):
        kernel(*spread, out)
    return out


def relative(found, expected):
    return max(float(abs(f / e - 1)) for f, e in zip(found, expected, strict=True))


# --- the definitions in 60 digits -----------------------------------------------------------------------


def exact_transform(s, agents, lam, mu, theta, room):
    g = lam / (lam + s)
    for i in range(1, agents + room + 1):
        g = lam / (lam + s + (min(i, agents) * mu + max(i - agents, 0) * theta) * (1 - g))
    return g


def exact_moments(agents, lam, mu, theta, room, mu_v):
    """Mean from the stationary weights, peakedness from the transform, as the textbook has them."""
    with mpmath.workdps(60 + 2 * (agents + room)):
        lam, mu, theta, mu_v = (mpmath.mpf(x) for x in (lam, mu, theta, mu_v))
        weight = total = mpmath.mpf(1)
        for i in range(1, agents + room + 1):
            weight *= lam / (min(i, agents) * mu + max(i - agents, 0) * theta)
            total += weight
        mean = lam / mu_v * weight / total
        peak = 1 / (1 - exact_transform(mu_v, agents, lam, mu, theta, room)) - mean
        return +mean, mean * peak, +peak


def exact_loss_moments(agents, load):
    """Kosten's formulas with Erlang B as an incomplete gamma function, for real numbers of agents."""
    with mpmath.workdps(80):
        n, a = mpmath.mpf(agents), mpmath.mpf(load)
        m = a / (mpmath.exp(a) * a**-n * mpmath.gammainc(n + 1, a))
        peak = 1 - m + a / (n + 1 - a + m)
        return +m, m * peak, +peak


# --- moments --------------------------------------------------------------------------------------------

# n, a, mean, variance, peakedness: the project's table of exact values, computed with 60 digits before and
# apart from this code.
KOSTEN = [
    (1, 0.5, 0.16666666666666666, 0.18888888888888888, 1.1333333333333333),
    (1, 0.1, 0.009090909090909092, 0.009484454939000395, 1.0432900432900434),
    (3, 2.0, 0.42105263157894735, 0.5915933999759123, 1.4050343249427917),
    (8, 5.0, 0.35023926104783515, 0.6301234429747968, 1.799122808475591),
    (24, 20.0, 1.3219343400837664, 3.756480472567796, 2.841654353520887),
    (30, 20.0, 0.16914996680389408, 0.44342606222780323, 2.6214965962239543),
    (55, 50.0, 2.687440606287911, 10.932493404620933, 4.067994425269062),
    (130, 100.0, 0.05762362270707728, 0.2398409121736072, 4.162197739507103),
    (1000, 990.0, 18.776118666506466, 290.5041541336022, 15.472002456600055),
    (5100, 5000.0, 11.217896477802624, 385.20323033638186, 34.33827644056098),
    (100000, 99000.0, 0.814351784251918, 80.62599996884245, 99.00635269425646),
    (1001000, 1000000.0, 287.4628277167762, 140757.8404940485, 489.6557986715788),
    (1, 0.9999, 0.4999250012500625, 0.5832444458565702, 1.166663888379592),
    (100, 99.99, 7.563558834339145, 38.56690909316635, 5.099042651465814),
    (10000, 9999.0, 78.7289013836475, 3631.771012994555, 46.130086272852495),
    (10, 9.999999990000001, 2.1458234243230923, 4.362447267517077, 2.032994522321065),
    (2, 1e-06, 4.9999950000025e-19, 4.999996666668055e-19, 1.0000003333334444),
    (5, 1e-06, 8.333325000004165e-39, 8.333326388891896e-39, 1.0000001666666944),
    (1, 0.001, 9.99000999000999e-07, 9.994997511229407e-07, 1.0004992508740636),
    (50, 1.0, 1.209568993990976e-65, 1.2337603738707955e-65, 1.02),
    (1, 1.5, 0.9, 1.0542857142857143, 1.1714285714285715),
    (24, 30.0, 8.126856783563078, 20.05255234329192, 2.4674425644917335),
    (1000, 1100.0, 108.48768665828403, 916.9445794332182, 8.45206131384682),
    (1000000, 1100000.0, 100009.99780116508, 1099670.3032422308, 10.9956037138261),
    (1.5, 0.5, 0.08379365900466722, 0.0968783173207147, 1.1561533231926138),
    (1000.25, 950.0, 3.419102770005296, 51.14352605206663, 14.958171629332865),
    (100.5, 100.0, 7.26840295316384, 37.33184341508944, 5.136182412511867),
]


@pytest.mark.parametrize(("agents", "load", "mean", "variance", "peakedness"), KOSTEN)
def test_published_moments(ready, agents, load, mean, variance, peakedness):
    found = rows(ready(renewal.overflow_moments), 3, agents, load, 1, 0, 0, 1)[0]
    assert relative(found, (mean, variance, peakedness)) < 1e-13


REAL = [0.001, 0.3, 1, 2.5, 7, 15.9, 40, 64.5, 300.25, 4000]
RATIO = [0.3, 0.7, 0.95, 1, 1.01, 1.05, 1.2, 1.5, 3, 10, 1e3, 1e6]


def test_loss_moments_of_real_agents_exactly(ready):
    """Also far in overload, where Kosten's two differences cancel."""
    kernel = ready(renewal.overflow_moments)
    for n in REAL:
        for load in [n * ratio for ratio in RATIO] + [n + x * math.sqrt(n) + 2 for x in (0.99, 1.01, 2, 8)]:
            expected = exact_loss_moments(n, load)
            if expected[0] > 1e-100:
                found = rows(kernel, 3, n, load, 1, 0, 0, 1)[0]
                assert relative(found, expected) < 1e-13, (n, load, found, expected)


@pytest.mark.parametrize("agents", [1e8, 1e12])
def test_loss_moments_of_many_agents(ready, agents):
    """The normal limit, sqrt(n) (1 / (h - 1) - h) with h = npdf(1) / ncdf(-1), on both sides of the seam."""
    root = math.sqrt(agents)
    found = rows(ready(renewal.overflow_moments), 3, agents, agents + root + np.array([1, 3]), 1, 0, 0, 1)
    hazard = float(mpmath.npdf(1) / mpmath.ncdf(-1))
    np.testing.assert_allclose(found[:, 0], root * hazard, rtol=5 / root)
    np.testing.assert_allclose(found[:, 2], root * (1 / (hazard - 1) - hazard), rtol=50 / root)
    assert found[0, 2] > found[1, 2]


QUEUES = [  # agents, arrival rate, mu, theta, waiting room
    (0, 3.0, 1.0, 0.0, 0),
    (1, 0.5, 1.0, 0.0, 0),
    (10, 10.0, 1.0, 0.0, 0),
    (10, 11.0, 1.0, 0.5, 5),
    (20, 24.0, 1.0, 1.0, 10),
    (3, 2.0, 0.7, 0.2, 4),
    (5, 2.0, 1.0, 0.0, 7),
]


@pytest.mark.parametrize("queue", QUEUES[1:])
@pytest.mark.parametrize("mu_v", [0.8, 1.0, 2.0])
def test_moments_of_the_dense_chain(ready, queue, mu_v):
    n, lam, mu, theta, room = queue
    first, second, _ = naive.factorial_moments(*queue, mu_v, 36)
    found = rows(ready(renewal.overflow_moments), 3, n, lam, 1 / mu, theta, room, 1 / mu_v)[0]
    assert found[0] == pytest.approx(first, rel=1e-7)
    assert found[1] == pytest.approx(second + first - first**2, rel=1e-6)
    assert found[2] == found[1] / found[0] or found[2] == pytest.approx(found[1] / found[0], rel=1e-15)


@pytest.mark.parametrize(
    "queue",
    [
        *QUEUES,
        (30, 3.0, 1.0, 0.5, 60),  # overflow of 1e-60
        (40, 4.0, 1.0, 2.0, 60),  # 1e-110
        (10, 1e4, 1.0, 0.5, 20),  # nearly everything overflows
        (200, 220.0, 1.0, 0.3, 100),
        (100, 1e-3, 1.0, 0.0, 0),
    ],
)
@pytest.mark.parametrize("mu_v", [1e-3, 0.5, 1.0, 30.0])
def test_moments_exactly(ready, queue, mu_v):
    n, lam, mu, theta, room = queue
    found = rows(ready(renewal.overflow_moments), 3, n, lam, 1 / mu, theta, room, 1 / mu_v)[0]
    expected = exact_moments(*queue, mu_v)
    assert relative(found[2:], expected[2:]) < 1e-13
    if expected[0] > 1e-300:
        assert relative(found, expected) < 1e-13


def test_a_long_waiting_room():
    """A million places: rho^K by hand, and the general recursion against the closed formula."""
    n, lam, room = 5, 5.0 * (1 - 1e-5), 1_000_000
    kernel = compiled(renewal.overflow_moments)
    mean = rows(kernel, 3, n, lam, 1, 0, room, 1)[0, 0]
    with mpmath.workdps(40):
        rho = mpmath.mpf(lam) / n
        blocked = mpmath.mpf(lam) ** n / mpmath.factorial(n)
        blocked /= sum(mpmath.mpf(lam) ** k / mpmath.factorial(k) for k in range(n + 1))
        full = rho**room
        exact = lam * blocked * full / (1 + blocked * rho * (1 - full) / (1 - rho))
    assert mean == pytest.approx(float(exact), rel=1e-11)


def test_the_recursion_meets_the_closed_formula():
    """A vendor's handle time one unit in the last place away goes another way to the same answer."""
    kernel = compiled(renewal.overflow_moments)
    agents, load = np.array([1, 10, 99, 1000, 20000]), np.array([0.5, 12, 80, 1100, 20100])
    same = rows(kernel, 3, agents, load, 1, 0, 0, 1.0)
    near = rows(kernel, 3, agents, load, 1, 0, 0, np.nextafter(1.0, 2))
    np.testing.assert_allclose(near, same, rtol=3e-14)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((5, 4, 1, 0, INF, 1), (0, 0, math.nan)),  # an endless waiting room
        ((5, 4, 1, INF, 3, 1), (0, 0, math.nan)),  # nobody waits
        ((5, 0, 1, 0, 0, 1), (0, 0, 1)),  # nobody comes
        ((5, 4, 0, 0, 0, 1), (0, 0, 1)),  # nothing to do
        ((5, 4, 1, 0, 0, 0), (0, 0, 1)),  # nothing to do at the vendor
        ((0, 4, 1, 0, 0, 2), (8, 8, 1)),  # no agents: everything overflows, at random
        ((0, 4, 0, 0, 3, 2), (8, 8, 1)),  # a room that fills once and for ever
        ((1e9, 4, 1, 0, 0, 2), (0, 0, math.nan)),  # too many states for unequal handle times
        ((5, 4, 1, 0, 1e9, 1), (math.nan, math.nan, math.nan)),
    ],
)
def test_edges_of_moments(ready, arguments, expected):
    found = rows(ready(renewal.overflow_moments), 3, *arguments)[0]
    np.testing.assert_array_equal(found, expected)


def test_a_part_of_an_agent(ready):
    """Real agents need equal handle times; the mean does not."""
    kernel = ready(renewal.overflow_moments)
    equal, other = rows(kernel, 3, 2.5, 2, 1, 0.5, 3, [1, 3])
    assert other[0] == pytest.approx(3 * equal[0], rel=1e-15)
    assert np.isnan(other[1:]).all()
    below, above = rows(kernel, 3, [2.499999, 2.500001], 2, 1, 0.5, 3, 1)
    assert np.all((np.minimum(below, above) < equal) & (equal < np.maximum(below, above)))


# --- the transform --------------------------------------------------------------------------------------


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize("s", [1e-9, 0.1, 1.0, 50.0])
def test_odds_of_the_transform(ready, queue, s):
    n, lam, mu, theta, room = queue
    odds = ready(renewal.overflow_odds)(float(n), float(room), lam, mu, theta, s)
    assert 1 / (1 + odds) == pytest.approx(naive.transform(s, *queue), rel=1e-6 if s < 1e-6 else 1e-12)
    with mpmath.workdps(60):
        phi = exact_transform(mpmath.mpf(s), n, *(mpmath.mpf(x) for x in (lam, mu, theta)), room)
        assert odds == pytest.approx(float((1 - phi) / phi), rel=1e-14)


# --- one queue, one team --------------------------------------------------------------------------------

TEAMS = [  # the project's research table: queue, team, mu_v, blocking
    ((10, 10.0, 1.0, 0.0, 0), 5, 1.0, 0.170083637562),
    ((10, 11.0, 1.0, 0.5, 5), 4, 0.8, 0.247136837982),
    ((20, 24.0, 1.0, 1.0, 10), 6, 1.2, 0.103485384614),
]


@pytest.mark.parametrize(("queue", "team", "mu_v", "expected"), TEAMS)
def test_published_blocking(ready, queue, team, mu_v, expected):
    n, lam, mu, theta, room = queue
    found = rows(ready(renewal.pool_blocking), 0, n, lam, 1 / mu, theta, room, team, 1 / mu_v)
    assert found[0] == pytest.approx(expected, abs=6e-13)


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize("team", [0, 1, 5, 12])
def test_blocking_of_the_dense_chain(ready, queue, team):
    n, lam, mu, theta, room = queue
    found = rows(ready(renewal.pool_blocking), 0, n, lam, 1 / mu, theta, room, team, 1 / 0.8)[0]
    assert found == pytest.approx(naive.blocking(*queue, team, 0.8), rel=1e-8)


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize("team", [3, 6])
@pytest.mark.thorough
def test_waits_of_the_dense_chain(ready, queue, team):
    n, lam, mu, theta, room = queue
    mu_v = 5 * rows(compiled(renewal.overflow_moments), 3, n, lam, 1 / mu, theta, room, 1)[0, 0] / team
    chance, rate = rows(ready(renewal.pool_wait), 2, n, lam, 1 / mu, theta, room, team, 1 / mu_v)[0]
    waits, mean = naive.wait(*queue, team, mu_v, 36)
    assert chance == pytest.approx(waits, rel=1e-4)
    assert chance / rate == pytest.approx(mean, rel=1e-3)


@pytest.mark.parametrize(("load", "team"), [(4.0, 5), (0.01, 2), (49.9, 50), (200.0, 220)])
def test_random_traffic_waits_as_erlang_c(ready, load, team):
    with mpmath.workdps(40):
        a = mpmath.mpf(load)
        top = a**team / mpmath.factorial(team)
        b = top / sum(a**k / mpmath.factorial(k) for k in range(team + 1))
        c = float(b / (1 - a / team * (1 - b)))
    chance, rate = rows(ready(renewal.pool_wait), 2, 0, load / 3, 1, 0, 0, team, 3)[0]
    assert chance == pytest.approx(c, rel=1e-12)
    assert rate == pytest.approx((team - load) / 3, rel=1e-12)


def test_a_team_whose_root_meets_a_state(ready):
    """Where m x = j a quotient of the formula is 0 / 0."""
    kernel = ready(renewal.pool_wait)
    for mu_v in np.linspace(0.5, 3, 11):
        _, rate = rows(kernel, 2, 1, 1, 1, 0, 0, 2, 1 / mu_v)[0]
        sigma = 1 - rate / (2 * mu_v)
        assert naive.transform(rate, 1, 1, 1, 0, 0) == pytest.approx(sigma, rel=1e-12)
    # phi(s) = (s+1) / (s^2 + 3 s + 1): rate = mu_v, so that j = m x for j = 1, where 2 (1 - phi) = 1
    mu_v = (math.sqrt(5) - 1) / 2
    around = rows(kernel, 2, 1, 1, 1, 0, 0, 2, [1 / mu_v * (1 - 1e-9), 1 / mu_v, 1 / mu_v * (1 + 1e-9)])
    assert around[1, 1] == pytest.approx(mu_v, rel=1e-14)
    assert around[1, 0] == pytest.approx((around[0, 0] + around[2, 0]) / 2, rel=1e-14)


def test_edges_of_teams(ready):
    wait, blocking = ready(renewal.pool_wait), ready(renewal.pool_blocking)
    assert rows(wait, 2, 10, 10, 1, 0, 0, 2, 1)[0].tolist() == [1.0, 0.0]  # cannot keep up
    assert rows(wait, 2, 10, 10, 1, 0, 0, 0, 1)[0].tolist() == [1.0, 0.0]
    assert rows(wait, 2, 10, 0, 1, 0, 0, 2, 4)[0].tolist() == [0.0, 0.5]  # nobody comes
    assert rows(blocking, 0, 10, 0, 1, 0, 0, [0, 1], 1).tolist() == [1.0, 0.0]
    assert rows(blocking, 0, 50, 50, 1, 0, 0, 900, 1)[0] == 0.0  # below 1e-308
    assert 0 < rows(blocking, 0, 50, 50, 1, 0, 0, 120, 1)[0] < 1e-30
    rare = rows(wait, 2, 60, 6, 1, 0, 0, 2, 1)[0]
    assert 0 < rare[0] < 0.1
    assert rare[1] == pytest.approx(2, rel=0.1)


# --- the friendly layer ---------------------------------------------------------------------------------


def test_a_threshold_is_a_smaller_queue():
    few = OverflowStream(10, 11, 1, patience=2, waiting_room=5, threshold=[7, 12, 15, 99, INF])
    same = [OverflowStream(7, 11, 1), *(OverflowStream(10, 11, 1, 2, room) for room in (2, 5, 5, 5))]
    for name in ("mean", "variance", "peakedness"):
        expected = [getattr(stream.moments(1.3), name) for stream in same]
        np.testing.assert_allclose(getattr(few.moments(1.3), name), expected, rtol=1e-14)
    np.testing.assert_allclose(few.rate, [stream.rate for stream in same], rtol=1e-14)
    np.testing.assert_allclose(few.pool_blocking(4, 1), [s.pool_blocking(4, 1) for s in same], rtol=1e-14)


def test_hardly_any_patience():
    """Nobody waits, so a place in the waiting room is hardly ever taken for long enough to fill it."""
    stream = OverflowStream(5, 3, 1, patience=[1e-90, 1e-300], waiting_room=1)
    assert np.all(stream.pool_blocking(2, 1) < 1e-80)
    assert np.all(stream.moments(1).mean < 1e-80)


def test_the_required_pool_is_the_smallest():
    stream = OverflowStream([[10], [20]], [[10], [24]], 1, patience=2, waiting_room=3)
    limits = np.array([1.0, 0.3, 0.02, 1e-4])
    team = stream.required_pool(0.9, limits)
    assert team.shape == (2, 4)
    assert np.all(stream.pool_blocking(team, 0.9) <= limits)
    assert np.all((team == 0) | (stream.pool_blocking(np.maximum(team - 1, 0), 0.9) > limits))
    team = stream.required_pool_with_wait(0.9, limits)
    assert np.all(stream.pool_wait(team, 0.9).mean <= limits)
    assert np.all(stream.pool_wait(team - 1, 0.9).mean > limits)
    idle = OverflowStream(5, 0, 1)
    assert idle.required_pool(1) == idle.required_pool_with_wait(1, 1) == 0


def test_waits_of_a_pool():
    wait = OverflowStream(10, 10, 60).pool_wait([1, 5, 400], 60)
    np.testing.assert_allclose(wait.exceeds(0), wait.probability)
    assert wait.mean[0] == INF
    assert wait.exceeds(1e9)[0] == 1
    lone = OverflowStream(10, 10 / 60, 60).pool_wait(5, 60)
    assert isinstance(lone.mean, float)
    assert isinstance(lone.exceeds(30), float)
    seconds = np.linspace(0, 2000, 20001)
    assert lone.mean == pytest.approx(np.trapezoid(lone.exceeds(seconds), seconds), rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: OverflowStream(2.5, 1, 1),
            "agents: found 2.5; expected a whole number of at least 0 and",
        ),
        (lambda: OverflowStream([2, -1], 1, 1), r"agents\[1\]: found -1.0"),
        (lambda: OverflowStream(2, -1, 1), "arrival_rate: found -1.0"),
        (lambda: OverflowStream(2, 1, 0), "aht: found 0.0; expected a finite number above 0"),
        (lambda: OverflowStream(2, 1, 1, patience=-1), "patience: found -1.0"),
        (lambda: OverflowStream(2, 1, 1, waiting_room=INF), "waiting_room: found inf"),
        (lambda: OverflowStream(2, 1, 1, threshold=math.nan), "threshold: found nan"),
        (lambda: OverflowStream(2, 1, 1).pool_blocking(1.5, 1), "pool_agents: found 1.5"),
        (lambda: OverflowStream(2, 1, 1).moments(0), "vendor_aht: found 0.0"),
        (lambda: OverflowStream(2, 1, 1).required_pool(1, 0), "blocking: found 0.0"),
        (lambda: OverflowStream([2, 3], 1, 1).moments([1, 2, 3]), "shapes: found "),
        (lambda: interrupted_poisson(0, 1, 1), "first: found 0.0"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(InputError, match=message):
        call()


# --- invariants -----------------------------------------------------------------------------------------

queues = st.tuples(
    st.integers(0, 40), st.floats(0.01, 60), st.floats(0.2, 5), st.floats(0.1, 50), st.integers(0, 30)
)


@given(queues, st.floats(0.1, 10), st.integers(0, 12))
def test_more_of_anything_helps(queue, vendor_aht, team):
    agents, rate, aht, patience, room = queue
    stream = OverflowStream(agents, rate, aht, patience, [room, room + 1])
    assert stream.moments(vendor_aht).peakedness.min() >= 1
    less, more = stream.rate
    assert more <= less * (1 + 1e-14)
    one, two = OverflowStream([agents, agents + 1], rate, aht, patience, room).rate
    assert two <= one * (1 + 1e-14)
    blocking = stream.pool_blocking([[team], [team + 1]], vendor_aht)
    assert np.all(blocking[1] <= blocking[0])
    erlang = OverflowStream(0, stream.rate, 1).pool_blocking(team, vendor_aht)
    assert np.all(blocking[0] >= erlang * (1 - 1e-12))  # bunches are blocked more than random contacts
    wait = stream.pool_wait([[team], [team + 1]], vendor_aht)
    assert np.all(wait.probability >= blocking * (1 - 1e-12))
    assert np.all(wait.mean[1] <= wait.mean[0])


@given(queues, st.floats(0.1, 10), st.floats(1e-3, 1e3))
def test_units_of_time_do_not_matter(queue, vendor_aht, unit):
    agents, rate, aht, patience, room = queue
    here = OverflowStream(agents, rate, aht, patience, room)
    there = OverflowStream(agents, rate / unit, aht * unit, patience * unit, room)
    np.testing.assert_allclose(there.moments(vendor_aht * unit), here.moments(vendor_aht), rtol=1e-11)
    a, b = here.interrupted_poisson(vendor_aht), there.interrupted_poisson(vendor_aht * unit)
    np.testing.assert_allclose(np.array(b) * unit, a, rtol=1e-7)


# --- the interrupted Poisson stream ---------------------------------------------------------------------


def factorial_moments_of_switched(rate_on, on_to_off, off_to_on, mu_v):
    """Products of ``rate_on (w + k s) / (w + g + k s) / s`` for k = 0, 1, 2, in many digits."""
    rate, to_off, to_on, s = (mpmath.mpf(x) for x in (rate_on, on_to_off, off_to_on, mu_v))
    product, out = mpmath.mpf(1), []
    for k in range(3):
        product *= rate / s * (to_on + k * s) / (to_on + to_off + k * s)
        out.append(product)
    return out


def exact_factorial_moments(agents, lam, mu, theta, room, mu_v):
    mean = exact_moments(agents, lam, mu, theta, room, mu_v)[0]
    with mpmath.workdps(60):
        lam, mu, theta, s = (mpmath.mpf(x) for x in (lam, mu, theta, mu_v))
        g1, g2 = (exact_transform(k * s, agents, lam, mu, theta, room) for k in (1, 2))
        return mean, mean * g1 / (1 - g1), 2 * mean * g1 / (1 - g1) * g2 / (1 - g2)


@pytest.mark.parametrize(
    "queue", [*QUEUES[1:], (50, 1.0, 1.0, 0.0, 0), (200, 220.0, 1.0, 0.3, 50), (300, 250.0, 1.0, 0.0, 0)]
)
@pytest.mark.parametrize("mu_v", [0.2, 1.0, 5.0])
def test_the_switched_stream_has_the_three_moments(ready, queue, mu_v):
    n, lam, mu, theta, room = queue
    found = rows(ready(equivalent.interrupted_poisson), 3, n, lam, 1 / mu, theta, room, 1 / mu_v)[0]
    assert np.all((found > 0) & (found < INF))
    expected = exact_factorial_moments(*queue, mu_v)
    assert relative(factorial_moments_of_switched(*found, mu_v), expected) < 1e-11
    if n <= 20:
        dense = naive.factorial_moments(*queue, mu_v, 36)
        if expected[0] < 3:
            np.testing.assert_allclose([float(e) for e in expected], dense, rtol=1e-5)


@pytest.mark.parametrize("team", [1, 5, 9])
def test_the_switched_stream_is_blocked_alike(team):
    """Exact behind one agent; behind ten within a few percent."""
    one = OverflowStream(1, 3, 1)
    exact = naive.switched_blocking(*one.interrupted_poisson(2), team, 0.5)
    assert one.pool_blocking(team, 2) == pytest.approx(exact, rel=1e-12)
    ten = OverflowStream(10, 10, 1)
    fitted = naive.switched_blocking(*ten.interrupted_poisson(1), team, 1.0)
    assert -0.05 < fitted / ten.pool_blocking(team, 1) - 1 < 1e-12


def test_switched_stream_from_moments():
    on, to_off, to_on = np.array([4.0, 30]), np.array([1.0, 0.3]), np.array([1.0, 0.01])
    moments = [factorial_moments_of_switched(*rates, 0.5) for rates in zip(on, to_off, to_on, strict=True)]
    found = interrupted_poisson(*np.array(moments, dtype=float).T, aht=2)
    np.testing.assert_allclose(found, [on, to_off, to_on], rtol=1e-9)
    assert np.isnan(interrupted_poisson(2, 4, 8)).all()  # random
    assert np.isnan(interrupted_poisson(2, 3, 4)).all()  # smooth
    assert OverflowStream(0, 3, 1).interrupted_poisson(2) == (3.0, 0.0, INF)


# --- corners --------------------------------------------------------------------------------------------


def test_who_has_no_patience_leaves_before_the_room_is_full():
    """Nothing overflows a room in which nobody stays; without one, Erlang B's blocked do."""
    hurried = OverflowStream(3, 2, 1, patience=0, waiting_room=[0, 4])
    blocked = 2**3 / 6 / (1 + 2 + 2**2 / 2 + 2**3 / 6)
    assert hurried.rate.tolist() == pytest.approx([2 * blocked, 0.0])
    assert hurried.required_pool(1).tolist() == [OverflowStream(3, 2, 1).required_pool(1), 0]
    assert hurried.pool_blocking(1, 1)[1] == hurried.pool_wait(1, 1).probability[1] == 0.0
    assert QueueModel(3, 2, 1, 0, 4).overflow.mean == 0.0
    at_once = OverflowStream(3, 2, 1, patience=0, waiting_room=4, threshold=2)
    assert at_once.rate == pytest.approx(OverflowStream(2, 2, 1).rate, rel=1e-13)
