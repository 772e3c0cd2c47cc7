"""The queueing kernels against naive twins, mpmath, SciPy and published numbers, and their invariants."""

from __future__ import annotations

import math
from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.special import betainc, gammainc

from bporoute import _kernels
from bporoute._kernels.queueing.by_contacts_present import marginal_cost
from helpers import naive
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf


def marginal(kernels):
    """The kernel as it is, or its machine code."""
    return marginal_cost if kernels is _kernels.INTERPRETED else compiled(marginal_cost)


def solve(kernels, agents, room, mu, theta, cost_rate, blocked, rates, prices, works=None):
    """Cost rate, thresholds and curve; N = ceil(agents) + room."""
    last = math.ceil(agents) + room
    curve = np.full(last + 1, np.nan)
    thresholds = np.full(len(prices), np.nan)
    with np.errstate(all="ignore"):  # as bporoute.policies._thresholds calls it
        cost = marginal(kernels)(
            float(agents), float(mu), float(theta), float(cost_rate), float(blocked),
            np.array(rates, dtype=float), np.array(prices, dtype=float),
            np.ones(len(prices)) if works is None else np.array(works, dtype=float), thresholds, curve,
        )  # fmt: skip
    return float(cost), thresholds, curve


def waits(kernels, agents, mu, theta, states):
    curve = np.full(states, np.nan)
    kernels.expected_wait(float(agents), float(mu), float(theta), curve)
    return curve


def in_time(kernels, agents, mu, theta, within, states):
    curve = np.full(states, np.nan)
    kernels.served_in_time(float(agents), float(mu), float(theta), float(within), curve)
    return curve


def present(kernels, agents, mu, theta, rates, prices, keep, works=None, more=None):
    """Mean number present; `keep` has one cost for each of 0 .. N."""
    return kernels.expected_present(
        float(agents), float(mu), float(theta), np.array(rates, dtype=float), np.array(prices, dtype=float),
        np.ones(len(prices)) if works is None else np.array(works, dtype=float), np.array(keep, dtype=float),
        np.zeros(len(keep)) if more is None else np.array(more, dtype=float),
    )  # fmt: skip


# --- keep or send out: known answers --------------------------------------------------------------------

# Rates per minute: n, K, lambda, mu, theta, h, c_a, p -> L* - n, g*. The project's research table
# (kernels.md, section 5), computed before and apart from this code.
TABLE = {
    "S1": ((50, 100, 10.4, 0.2, 0.3, 0.15, 8, 6), 5, 6.68393290120298819),
    "S2": ((10, 40, 1.6, 0.16, 0.5, 0.25, 12, 9), 1, 2.90169381184131),
    "S5": ((50, 100, 10.4, 0.2, 0.3, 0.25, 4, 6), 100, 4.12571744989095),
}
S1_COST_RATE = 0.15 + 0.3 * 8


@pytest.mark.parametrize("name", TABLE)
def test_published_scenarios(kernels, name):
    (n, room, lam, mu, theta, h, c_a, p), threshold, expected = TABLE[name]
    cost, thresholds, _ = solve(kernels, n, room, mu, theta, h + theta * c_a, 0, [lam], [p])
    assert cost == pytest.approx(expected, rel=1e-12)
    assert thresholds[0] == n + threshold


@pytest.mark.parametrize("name", TABLE)
def test_scenarios_by_scanning_all_thresholds_with_40_digits(kernels, name):
    (n, room, lam, mu, theta, h, c_a, p), _, published = TABLE[name]
    with mpmath.workdps(40):
        weight = total = mpmath.mpf(1)
        waiting_cost = mpmath.mpf(0)
        costs = [mpmath.mpf(lam) * p]
        for i in range(1, n + room + 1):
            weight *= mpmath.mpf(lam) / (min(i, n) * mpmath.mpf(mu) + max(i - n, 0) * mpmath.mpf(theta))
            total += weight
            waiting_cost += (mpmath.mpf(h) + mpmath.mpf(theta) * c_a) * max(i - n, 0) * weight
            costs.append((waiting_cost + mpmath.mpf(lam) * p * weight) / total)
        best = min(costs)
    cost, _, _ = solve(kernels, n, room, mu, theta, h + theta * c_a, 0, [lam], [p])
    assert cost == pytest.approx(float(best), rel=2e-14)
    assert float(best) == pytest.approx(published, rel=1e-13)


@pytest.mark.parametrize(
    ("load", "theta", "cost_rate", "price"),
    [
        (427.0, 0.0, 0.05, 3.34),  # from "everybody waits" on, a hundred improvements are not enough
        (385.0, 0.0, 0.0236, 10.2),
        (370.0, 0.02, 0.0236, 0.8),
    ],
)
def test_a_large_queue_by_scanning_all_thresholds(kernels, load, theta, cost_rate, price):
    agents, mu, room = 300, 1 / 60, 1000
    weight = total = mpmath.mpf(1)
    waiting_cost, costs = mpmath.mpf(0), [mpmath.mpf(load * mu) * price]
    for i in range(1, agents + room + 1):
        weight *= mpmath.mpf(load * mu) / (min(i, agents) * mpmath.mpf(mu) + max(i - agents, 0) * theta)
        total += weight
        waiting_cost += cost_rate * max(i - agents, 0) * weight
        costs.append((waiting_cost + mpmath.mpf(load * mu) * price * weight) / total)
    cost, thresholds, _ = solve(kernels, agents, room, mu, theta, cost_rate, 0, [load * mu], [price])
    assert cost == pytest.approx(float(min(costs)), rel=1e-12)
    assert thresholds[0] == costs.index(min(costs))


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (100, 7.25557206704959963),  # never overflow
        (0, 7.92913555850868201),  # never queue
        (10, 6.92858428832777759),  # from 10 waiting
        (20, 7.24210657736720076),  # from 20 waiting
    ],
)
def test_other_rules_for_s1(kernels, room, expected):
    """A fixed rule is the queue whose waiting room ends there and in which only the last state sends out."""
    cost, _, _ = solve(kernels, 50, room, 0.2, 0.3, S1_COST_RATE, 6, [10.4], [INF])
    assert cost == pytest.approx(expected, rel=1e-12)


def test_two_classes(kernels):
    cost, thresholds, _ = solve(kernels, 50, 100, 0.2, 0.3, S1_COST_RATE, 0, [6.4, 4], [9, 4.5])
    assert cost == pytest.approx(5.62184359747559, rel=1e-12)
    assert list(thresholds) == [150, 51]


def test_best_common_threshold_of_two_classes_is_the_average_price(kernels):
    average = (6.4 * 9 + 4 * 4.5) / 10.4
    cost, _, _ = solve(kernels, 50, 100, 0.2, 0.3, S1_COST_RATE, 0, [10.4], [average])
    assert cost == pytest.approx(7.21442280796, rel=1e-11)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (10, 4.461), (50, 52.0), (400, 370.0)])
def test_without_waiting_room_the_cost_is_erlang_b(kernels, agents, load):
    with mpmath.workdps(30):
        a = mpmath.mpf(load)
        blocking = (
            a**agents
            / mpmath.factorial(agents)
            / mpmath.nsum(lambda k: a**k / mpmath.factorial(k), [0, agents])
        )
    cost, thresholds, _ = solve(kernels, agents, 0, 0.25, 0.0, 0, 0, [0.25 * load], [1.0])
    assert thresholds[0] == agents
    assert cost == pytest.approx(0.25 * load * float(blocking), rel=1e-12)


def test_erlang_b_table(kernels):
    """4.461 erlangs on 10 trunks: 1 % are blocked (any printed Erlang B table)."""
    cost, _, _ = solve(kernels, 10, 0, 1.0, 0.0, 0, 0, [4.461], [1.0])
    assert cost / 4.461 == pytest.approx(0.01, abs=1e-5)


@pytest.mark.parametrize(("agents", "room", "load"), [(3, 5, 2.0), (20, 40, 24.0), (1, 30, 1.0)])
def test_without_patience_it_is_the_finite_erlang_queue(kernels, agents, room, load):
    """M/M/n/n+K: blocked contacts cost 1, waiting ones 1 per unit of time, so g = lambda P(block) + E[Q]."""
    with mpmath.workdps(30):
        weights = [mpmath.mpf(load) ** i / mpmath.factorial(i) for i in range(agents + 1)]
        weights += [weights[agents] * (mpmath.mpf(load) / agents) ** k for k in range(1, room + 1)]
        queue = sum(k * weights[agents + k] for k in range(room + 1)) / sum(weights)
        blocking = weights[-1] / sum(weights)
        expected = float(load * blocking + queue)
    cost, _, _ = solve(kernels, agents, room, 1.0, 0.0, 1.0, 1.0, [load], [INF])
    assert cost == pytest.approx(expected, rel=1e-12)


# --- keep or send out: naive twins ----------------------------------------------------------------------

small_rate = st.floats(0.05, 5)
money = st.one_of(st.just(0.0), st.floats(1e-3, 20))


@st.composite
def small_queues(draw, classes):
    agents = draw(st.one_of(st.integers(1, 4).map(float), st.floats(0.2, 4)))
    room = draw(st.integers(0, 5))
    rates = draw(st.lists(st.floats(0.01, 5), min_size=classes, max_size=classes))
    prices = draw(st.lists(st.one_of(money, st.just(INF)), min_size=classes, max_size=classes))
    mu, theta = draw(small_rate), draw(st.one_of(st.just(0.0), small_rate))
    return agents, room, mu, theta, draw(money), draw(money), rates, prices


def naive_order(queue):
    agents, room, *rest = queue
    return math.ceil(agents) + room, agents, *rest


@settings(max_examples=40)
@given(queue=small_queues(1))
def test_one_class_is_optimal_by_brute_force(kernels, queue):
    check_against_brute_force(kernels, queue)


@settings(max_examples=12)
@given(queue=small_queues(2))
def test_two_classes_are_optimal_by_brute_force(kernels, queue):
    check_against_brute_force(kernels, queue)


def check_against_brute_force(kernels, queue):
    cost, thresholds, curve = solve(kernels, *queue)
    last, *rest = naive_order(queue)
    best, best_vector = naive.best_thresholds(last, *rest)
    if INF in queue[-1]:  # who is blocked more cheaply than kept makes a full queue worth having
        assume(queue[5] >= naive.differences_of_thresholds(best_vector, last, *rest)[1][-1])
    assert cost == pytest.approx(best, rel=1e-8, abs=1e-9)
    chosen = tuple(int(threshold) for threshold in thresholds)
    assert naive.cost_of_thresholds(chosen, last, *rest) == pytest.approx(best, rel=1e-8, abs=1e-9)
    same_cost, differences = naive.differences_of_thresholds(chosen, last, *rest)
    assert same_cost == pytest.approx(cost, rel=1e-8, abs=1e-9)
    assert curve[:-1] == pytest.approx(differences, rel=1e-6, abs=1e-6)
    assert curve[-1] == INF


@pytest.mark.parametrize(
    "queue",
    [
        (3, 5, 0.4, 0.3, 1.0, 0.0, [1.1], [2.5]),
        (2, 6, 0.5, 0.0, 0.4, 3.0, [0.8, 0.5], [4.0, 1.5]),
        (2.5, 6, 0.4, 0.2, 0.7, 8.0, [0.7, 0.6], [INF, 2.0]),
        (0, 4, 0.4, 0.5, 1.0, 5.0, [0.7], [3.0]),
    ],
)
def test_value_iteration_finds_the_same_without_assuming_thresholds(kernels, queue):
    cost, thresholds, curve = solve(kernels, *queue)
    naive_cost, differences = naive.value_iteration(*naive_order(queue))
    assert cost == pytest.approx(naive_cost, rel=1e-9)
    assert curve[:-1] == pytest.approx(differences, rel=1e-8)
    for threshold, price in zip(thresholds, queue[-1], strict=True):
        sends = [i for i, difference in enumerate(differences) if difference > price]
        assert threshold == (sends[0] if sends else len(differences))


UNEVEN = [
    (3, 5, 0.4, 0.3, 1.0, 0.0, [0.6, 0.3], [2.5, 6.0], [0.5, 2.0]),
    (2, 8, 0.5, 0.2, 0.4, 6.0, [0.8, 0.2], [1.5, INF], [0.75, 3.0]),
    (4, 12, 0.3, 0.0, 0.7, 0.0, [0.5, 0.4, 0.1], [1.0, 4.0, 9.0], [0.6, 1.0, 4.0]),
    (0, 4, 0.4, 0.5, 1.0, 9.0, [0.7, 0.1], [3.0, 1.0], [1.5, 0.25]),
]


@pytest.mark.parametrize("queue", UNEVEN)
def test_handle_times_that_differ_by_value_iteration(kernels, queue):
    cost, thresholds, curve = solve(kernels, *queue)
    naive_cost, differences = naive.value_iteration(*naive_order(queue))
    assert cost == pytest.approx(naive_cost, rel=1e-9)
    assert curve[:-1] == pytest.approx(differences, rel=1e-8, abs=1e-10)
    agents, _, mu, theta, cost_rate, _, _, prices, works = queue
    for threshold, price, work in zip(thresholds, prices, works, strict=True):
        keeping = [
            work * difference + (1 - work) * cost_rate * naive.own_wait(i, agents, mu, theta)
            for i, difference in enumerate(differences)
        ]
        sends = [i for i, money in enumerate(keeping) if money > price]
        assert threshold == (sends[0] if sends else len(differences))


@given(queue=small_queues(2))
def test_a_class_that_never_comes_changes_nothing_whatever_its_work(kernels, queue):
    """What is solved for handle times that differ is what is solved for equal ones where they do not."""
    *others, rates, prices = queue
    assume(others[0] > 0)
    cost, thresholds, curve = solve(kernels, *queue)
    same_cost, two, same_curve = solve(kernels, *others, [*rates, 0.0], [*prices, 1.0], [1.0, 1.0, 3.0])
    assert same_cost == pytest.approx(cost, rel=1e-12, abs=1e-12)
    assert same_curve == pytest.approx(curve, rel=1e-9, abs=1e-9)
    assert list(two[:2]) == list(thresholds)


@given(queue=small_queues(1), work=st.floats(0.2, 5))
def test_contacts_of_any_work_cost_their_own_waits(kernels, queue, work):
    """Where all are kept, the money of 1/u times as many waits; with parts of an agent, too."""
    agents, room, mu, theta, cost_rate, _, rates, _ = queue
    paid, _, _ = solve(kernels, agents, room, mu, theta, cost_rate, 0.0, rates, [INF], [work])
    alike, _, _ = solve(kernels, agents, room, mu, theta, cost_rate, 0.0, [rates[0] * work], [INF])
    assert paid == pytest.approx(alike / work, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("work", [0.25, 2.0, 5.0])
def test_contacts_that_are_alike_are_alike_in_any_unit(kernels, work):
    """Where waiting costs nothing beside a full room, only work counts: u contacts for 1/u of the price."""
    cost, thresholds, curve = solve(kernels, 8, 12, 0.2, 0.1, 0.0, 7.0, [1.8], [INF], [work])
    same_cost, same, same_curve = solve(kernels, 8, 12, 0.2, 0.1, 0.0, 7.0 / work, [1.8 * work], [INF])
    assert cost == pytest.approx(same_cost, rel=1e-12)
    assert curve == pytest.approx(same_curve, rel=1e-12)
    assert list(thresholds) == list(same)


# --- keep or send out: invariants -----------------------------------------------------------------------

rate = st.floats(1e-4, 10)


@st.composite
def queues(draw, most_states=60):
    agents = draw(st.one_of(st.integers(1, 40).map(float), st.floats(0.1, 40)))
    room = draw(st.integers(0, most_states - math.ceil(agents)))
    classes = draw(st.integers(1, 3))
    rates = draw(st.lists(rate, min_size=classes, max_size=classes))
    prices = draw(st.lists(money, min_size=classes, max_size=classes))
    mu, theta = draw(rate), draw(st.one_of(st.just(0.0), rate))
    return agents, room, mu, theta, draw(money), draw(money), rates, prices


def near(value):
    return 1e-9 * (1.0 + abs(value))


@given(queue=queues())
def test_one_more_contact_never_saves_money(kernels, queue):
    cost, thresholds, curve = solve(kernels, *queue)
    assert cost >= 0
    assert (curve >= -near(cost)).all()
    assert ((thresholds >= 0) & (thresholds < len(curve))).all()


@given(queue=queues(), raised=st.integers(0, 2), by=money)
def test_a_higher_price_never_lowers_the_cost(kernels, queue, raised, by):
    *others, prices = queue
    dearer = [price + by * (k == raised % len(prices)) for k, price in enumerate(prices)]
    low, _, _ = solve(kernels, *others, prices)
    high, _, _ = solve(kernels, *others, dearer)
    assert high >= low - near(low)


@given(queue=queues())
def test_dearer_classes_are_kept_longer(kernels, queue):
    _, thresholds, _ = solve(kernels, *queue)
    by_price = [threshold for _, threshold in sorted(zip(queue[-1], thresholds, strict=True))]
    assert by_price == sorted(by_price)


@given(queue=queues())
def test_no_fixed_rule_is_cheaper(kernels, queue):
    """Neither never overflowing, nor sending out whoever would wait, nor sending everything out."""
    agents, room, mu, theta, cost_rate, _, rates, prices = queue
    cost, _, _ = solve(kernels, *queue)
    pooled = sum(rates)
    average = sum(a * p for a, p in zip(rates, prices, strict=True)) / pooled
    for fixed_room in {0, room}:
        fixed, _, _ = solve(kernels, agents, fixed_room, mu, theta, cost_rate, average, [pooled], [INF])
        assert cost <= fixed + near(fixed)
    assert cost <= pooled * average + near(pooled * average)


@given(queue=queues(), scale=st.sampled_from([60.0, 1 / 60, 3600.0]))
def test_units_of_time_do_not_matter(kernels, queue, scale):
    agents, room, mu, theta, cost_rate, blocked, rates, prices = queue
    cost, thresholds, curve = solve(kernels, *queue)
    scaled, scaled_thresholds, scaled_curve = solve(
        kernels, agents, room, mu * scale, theta * scale, cost_rate * scale, blocked,
        [arrivals * scale for arrivals in rates], prices,
    )  # fmt: skip
    assert scaled == pytest.approx(scale * cost, rel=1e-9, abs=near(scale * cost))
    apart = [abs(curve[:-1] - price).min(initial=INF) > near(price) for price in prices]
    assume(all(apart))  # at a tie both thresholds are optimal
    assert list(scaled_thresholds) == list(thresholds)
    assert scaled_curve == pytest.approx(curve, rel=1e-6, abs=1e-6)


@given(queue=queues(), scale=st.sampled_from([0.5, 4.0, 1024.0]))
def test_units_of_money_do_not_matter(kernels, queue, scale):
    """Powers of two, so that not one bit of a mantissa may differ."""
    agents, room, mu, theta, cost_rate, blocked, rates, prices = queue
    cost, thresholds, curve = solve(kernels, *queue)
    scaled, same_thresholds, scaled_curve = solve(
        kernels,
        agents,
        room,
        mu,
        theta,
        cost_rate * scale,
        blocked * scale,
        rates,
        [p * scale for p in prices],
    )
    assert scaled == pytest.approx(scale * cost, rel=0, abs=1e-300)  # only subnormals are rounded
    assert list(same_thresholds) == list(thresholds)
    assert scaled_curve == pytest.approx(scale * curve, rel=0, abs=1e-300)


# --- waits ----------------------------------------------------------------------------------------------

agent_counts = st.one_of(st.integers(0, 8).map(float), st.floats(0.01, 8))


@settings(max_examples=40)
@given(agents=agent_counts, mu=small_rate, theta=st.one_of(st.just(0.0), small_rate))
def test_expected_wait_is_the_naive_one(kernels, agents, mu, theta):
    expected = [naive.expected_wait(i, agents, mu, theta) for i in range(16)]
    assert waits(kernels, agents, mu, theta, 16) == pytest.approx(expected, rel=1e-12)


@given(agents=st.integers(1, 30), mu=rate, theta=rate, waiting=st.integers(0, 40))
def test_expected_wait_is_the_mean_of_the_beta_law(kernels, agents, mu, theta, waiting):
    """The offered wait is -log(Beta(beta, k + 1)) / theta, mean (psi(beta + k + 1) - psi(beta)) / theta."""
    beta = mpmath.mpf(agents) * mu / mpmath.mpf(theta)
    with mpmath.workdps(30):
        expected = float((mpmath.digamma(beta + waiting + 1) - mpmath.digamma(beta)) / theta)
    curve = waits(kernels, agents, mu, theta, agents + waiting + 1)
    assert curve[-1] == pytest.approx(expected, rel=1e-11)


def test_expected_wait_without_patience_is_the_trades_formula(kernels):
    curve = waits(kernels, 7, 1 / 240, 0.0, 20)
    assert curve == pytest.approx([0.0] * 7 + [(k + 1) * 240 / 7 for k in range(13)], rel=1e-14)


any_agents = st.one_of(st.just(0.0), st.integers(0, 300).map(float), st.floats(1e-6, 300))
any_rate = st.one_of(st.just(0.0), st.floats(1e-9, 1e6))


@given(eighths=st.integers(0, 2400), more=st.integers(0, 400), mu=any_rate, theta=any_rate)
def test_expected_wait_rises_with_the_queue_and_falls_with_the_agents(kernels, eighths, more, mu, theta):
    agents, more = eighths / 8, more / 8
    curve = waits(kernels, agents, mu, theta, 400)
    assert not np.isnan(curve).any()
    assert (curve >= 0).all()
    assert (curve[1:] >= curve[:-1]).all()
    assert (waits(kernels, agents + more, mu, theta, 400) <= curve * (1 + 1e-12)).all()


@settings(max_examples=20)
@given(
    agents=st.integers(1, 8),
    mu=small_rate,
    theta=st.one_of(st.just(0.0), small_rate),
    within=st.floats(0, 10),
)
def test_served_in_time_is_the_naive_one(kernels, agents, mu, theta, within):
    expected = [1.0] * agents + [naive.served_in_time(k, agents, mu, theta, within) for k in range(12)]
    assert in_time(kernels, agents, mu, theta, within, agents + 12) == pytest.approx(expected, abs=1e-12)


def test_served_in_time_with_part_of_an_agent_is_the_naive_one(kernels):
    """2.5 agents: the third contact finds one free in part; whoever finds three waits for 2.5 mu."""
    expected = [1.0] * 3 + [naive.served_in_time(k, 2.5, 0.4, 0.3, 1.7) for k in range(10)]
    assert in_time(kernels, 2.5, 0.4, 0.3, 1.7, 13) == pytest.approx(expected, abs=1e-12)


@given(
    agents=st.integers(1, 200),
    aht=st.floats(10, 1000),
    patience=st.floats(10, 5000),
    within=st.floats(0, 900),
)
def test_served_in_time_is_scipys_incomplete_beta(kernels, agents, aht, patience, within):
    curve = in_time(kernels, agents, 1 / aht, 1 / patience, within, agents + 150)
    k = np.arange(150)
    beta = agents * patience / aht
    expected = beta / (beta + k + 1) * betainc(k + 1, beta + 1, -math.expm1(-within / patience))
    assert (curve[:agents] == 1).all()
    assert curve[agents:] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("agents", "mu", "theta", "within", "waiting"),
    [
        (28, 1 / 240, 1 / 300, 20, 0),
        (28, 1 / 240, 1 / 300, 20, 9),
        (3.7, 0.01, 0.2, 30, 25),
        (400, 0.004, 1e-7, 60, 99),
    ],
)
def test_served_in_time_is_mpmaths_incomplete_beta(kernels, agents, mu, theta, within, waiting):
    with mpmath.workdps(40):
        rate_out = mpmath.mpf(theta)
        beta = mpmath.mpf(agents) * mpmath.mpf(mu) / rate_out
        x = -mpmath.expm1(-rate_out * within)
        inside = mpmath.betainc(waiting + 1, beta + 1, 0, x, regularized=True)
        expected = float(beta / (beta + waiting + 1) * inside)
    curve = in_time(kernels, agents, mu, theta, within, math.ceil(agents) + waiting + 1)
    assert curve[-1] == pytest.approx(expected, abs=1e-13)


@given(agents=st.integers(1, 100), aht=st.floats(10, 1000), within=st.floats(0, 900))
def test_served_in_time_without_patience_is_scipys_gamma(kernels, agents, aht, within):
    curve = in_time(kernels, agents, 1 / aht, 0.0, within, agents + 150)
    expected = gammainc(np.arange(1, 151), agents / aht * within)
    assert curve[agents:] == pytest.approx(expected, abs=1e-12)


@given(agents=any_agents, mu=any_rate, theta=any_rate, within=st.floats(0, 1e6), later=st.floats(0, 1e6))
@example(agents=0.0, mu=1.0, theta=1.0, within=1.0, later=1.0)
@example(agents=5.0, mu=1.0, theta=0.0, within=0.0, later=1e6)
@example(agents=300.0, mu=1e6, theta=0.0, within=1e6, later=1e6)
def test_served_in_time_falls_with_the_queue_and_rises_with_time(kernels, agents, mu, theta, within, later):
    curve = in_time(kernels, agents, mu, theta, within, 400)
    assert not np.isnan(curve).any()
    assert ((curve >= 0) & (curve <= 1)).all()
    assert (curve[1:] <= curve[:-1]).all()
    assert (in_time(kernels, agents, mu, theta, within + later, 400) >= curve - 1e-9).all()


# --- contacts present -----------------------------------------------------------------------------------

any_cost = st.one_of(money, st.sampled_from([-INF, INF]))


@given(queue=small_queues(2), costs=st.lists(any_cost, min_size=10, max_size=10))
def test_expected_present_is_the_naive_one(kernels, queue, costs):
    """Any curve will do, also one that falls: what a policy of one's own says need not be a threshold."""
    agents, room, mu, theta, _, _, rates, prices = queue
    keep = costs[: math.ceil(agents) + room + 1]
    expected = naive.mean_present(agents, mu, theta, rates, prices, keep)
    found = present(kernels, agents, mu, theta, rates, prices, keep)
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9)
    assert 0 <= found <= len(keep) - 1


@given(
    queue=small_queues(2), costs=st.lists(any_cost, min_size=10, max_size=10),
    works=st.lists(st.floats(0.1, 8), min_size=2, max_size=2), more=st.lists(money, min_size=10, max_size=10),
)  # fmt: skip
def test_more_present_are_expected_where_contacts_take_longer(kernels, queue, costs, works, more):
    agents, room, mu, theta, _, _, rates, prices = queue
    keep, more = (curve[: math.ceil(agents) + room + 1] for curve in (costs, more))
    expected = naive.mean_present(agents, mu, theta, rates, prices, keep, works, more)
    found = present(kernels, agents, mu, theta, rates, prices, keep, works, more)
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(queue=small_queues(1))
def test_expected_present_of_the_best_rule_is_the_naive_one(kernels, queue):
    agents, _, mu, theta, _, _, rates, prices = queue
    _, thresholds, curve = solve(kernels, *queue)
    assume(prices[0] < INF)
    kept = np.where(np.arange(len(curve)) < thresholds[0], -INF, INF)
    expected = naive.mean_present(agents, mu, theta, rates, [1.0], kept)
    assert present(kernels, agents, mu, theta, rates, prices, curve) == pytest.approx(
        expected, rel=1e-7, abs=1e-9
    )


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (10, 4.461), (50, 52.0)])
def test_without_waiting_room_the_load_that_is_carried_is_present(kernels, agents, load):
    """Erlang: a (1 - B(n, a)), with B by its recursion."""
    blocking = 1.0
    for n in range(1, agents + 1):
        blocking = load * blocking / (n + load * blocking)
    found = present(kernels, agents, 0.25, 0.0, [0.25 * load], [1.0], [0.0] * (agents + 1))
    assert found == pytest.approx(load * (1 - blocking), rel=1e-12)


@given(load=st.floats(0.01, 40), agents=st.integers(1, 30))
def test_where_waiting_ends_like_service_the_load_is_present(kernels, load, agents):
    """With theta = mu every contact leaves at the rate mu, waiting or not: a Poisson law."""
    found = present(kernels, agents, 0.5, 0.5, [0.5 * load], [0.0], [0.0] * 400)
    assert found == pytest.approx(load, rel=1e-9)


def test_whoever_is_sent_out_is_not_present(kernels):
    alone = present(kernels, 5, 1.0, 0.1, [3.0], [INF], [0.0] * 10)
    assert present(kernels, 5, 1.0, 0.1, [2.0, 3.0], [1.0, INF], [INF] + [2.0] * 9) == alone
    assert present(kernels, 5, 1.0, 0.1, [2.0], [1.0], [2.0] * 9) == 0
    assert present(kernels, 5, 1.0, 0.1, [0.0], [1.0], [0.0] * 9) == 0
    assert present(kernels, 5, 1.0, 0.1, [], [], [0.0] * 9) == 0
    assert present(kernels, 5, 1.0, 0.1, [2.0], [2.0], [2.0]) == 0


def test_where_nobody_leaves_the_room_is_full(kernels):
    assert present(kernels, 0, 1.0, 0.0, [0.1], [1.0], [0.0] * 9) == 8


def test_where_nobody_leaves_as_many_are_present_as_the_rule_keeps(kernels):
    assert present(kernels, 0, 1.0, 0.0, [0.1], [1.0], [0.0] * 3 + [5.0] * 6) == 3


@given(
    agents=any_agents, mu=any_rate, theta=any_rate,
    classes=st.lists(st.tuples(any_rate, any_cost), max_size=3),
    keep=st.lists(any_cost, min_size=1, max_size=400),
)  # fmt: skip
@example(agents=300.0, mu=1e-9, theta=0.0, classes=[(1e6, INF)], keep=[0.0] * 400)
@example(agents=0.0, mu=0.0, theta=0.0, classes=[(1.0, 1.0)], keep=[0.0] * 3)
def test_no_input_breaks_the_number_present(kernels, agents, mu, theta, classes, keep):
    with np.errstate(all="ignore"):
        found = present(kernels, agents, mu, theta, [a for a, _ in classes], [p for _, p in classes], keep)
    assert 0 <= found <= (len(keep) - 1) * (1 + 1e-12)


# --- every input ----------------------------------------------------------------------------------------

anything = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))


@given(
    agents=st.one_of(st.just(0.0), st.floats(0, 50), st.integers(0, 50).map(float)), room=st.integers(0, 50),
    mu=anything, theta=anything, cost_rate=anything, blocked=anything,
    classes=st.lists(st.tuples(anything, st.one_of(anything, st.just(INF))), max_size=4),
    works=st.just([1.0] * 4) | st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4),
)  # fmt: skip
@example(agents=0.0, room=0, mu=0.0, theta=0.0, cost_rate=0.0, blocked=0.0, classes=[], works=[])
@example(agents=0.0, room=9, mu=1.0, theta=0.0, cost_rate=1.0, blocked=1.0, classes=[(1.0, 1.0)], works=[1.0])
@example(agents=9.0, room=9, mu=0.0, theta=1.0, cost_rate=1.0, blocked=1.0, classes=[(1.0, INF)], works=[1.0])
@example(
    agents=2.5, room=9, mu=1e-6, theta=0.0, cost_rate=1e6, blocked=1e6, classes=[(1e6, INF)], works=[1.0]
)
def test_no_input_breaks_the_solver(kernels, agents, room, mu, theta, cost_rate, blocked, classes, works):
    rates, prices = [a for a, _ in classes], [p for _, p in classes]
    works = works[: len(classes)]
    cost, thresholds, curve = solve(
        kernels, agents, room, mu, theta, cost_rate, blocked, rates, prices, works
    )
    assert math.isfinite(cost)
    assert cost >= (0 if set(works) <= {1.0} else -1e-9 * cost_rate * len(curve))
    assert ((thresholds >= 0) & (thresholds < len(curve))).all()
    assert not np.isnan(curve).any()
    assert curve[-1] == INF


def test_a_queue_that_nobody_leaves_costs_what_the_full_room_costs(kernels):
    cost, _, curve = solve(kernels, 0, 4, 0.5, 0.0, 2.0, 7.0, [0.25, 0.5], [3.0, INF])
    assert cost == 4 * 2.0 + 0.25 * 3.0 + 0.5 * 7.0
    assert (curve == INF).all()


@pytest.mark.parametrize("load", [0.5, 0.99999, 1.0, 1.00001, 3.0])
@pytest.mark.parametrize("theta", [0.0, 1 / 300])
def test_a_hundred_thousand_states(compiled_kernels, load, theta):
    agents, mu = 1000, 1 / 240
    cost, thresholds, curve = solve(
        compiled_kernels, agents, 99_000, mu, theta, 0.01, 50.0, [agents * mu * load], [INF]
    )
    assert thresholds[0] == 100_000
    assert math.isfinite(cost)
    assert cost >= 0
    assert (curve[:-1] >= -1e-6).all()
    assert np.isfinite(curve[:-1]).all()
    wait = waits(compiled_kernels, agents, mu, theta, 100_001)
    assert (wait[1:] >= wait[:-1]).all()
    chance = in_time(compiled_kernels, agents, mu, theta, 3600.0, 100_001)
    assert ((chance >= 0) & (chance <= 1) & ~np.isnan(chance)).all()


# --- interpreted and compiled ---------------------------------------------------------------------------


@cache
def both():
    _kernels.warmup()
    return _kernels.INTERPRETED, _kernels.current()


def same(first, second):
    """To 1e-12; on x86-64 Linux to the last bit, but a platform may fuse or vectorise."""
    assert first == pytest.approx(second, rel=1e-12, abs=1e-12, nan_ok=False)


@given(queue=queues())
def test_the_compiled_solver_answers_like_the_interpreted_one(queue):
    interpreted, compiled = (solve(kernels, *queue) for kernels in both())
    same(interpreted[0], compiled[0])
    assert list(interpreted[1]) == list(compiled[1])
    same(interpreted[2], compiled[2])


@given(agents=any_agents, mu=any_rate, theta=any_rate, within=st.floats(0, 1e4))
def test_compiled_waits_are_the_interpreted_ones(agents, mu, theta, within):
    same(*(waits(kernels, agents, mu, theta, 350) for kernels in both()))
    same(*(in_time(kernels, agents, mu, theta, within, 350) for kernels in both()))


@given(queue=queues())
def test_the_compiled_number_present_is_the_interpreted_one(queue):
    agents, room, mu, theta, _, _, rates, prices = queue
    keep = np.linspace(0.0, 25.0, math.ceil(agents) + room + 1)
    same(*(present(kernels, agents, mu, theta, rates, prices, keep) for kernels in both()))


@pytest.mark.parametrize("service_rate", [math.inf, 1e300, math.nan])
@pytest.mark.parametrize("agents", [0.0, 4.0])
def test_rates_that_cannot_be_end_all_the_same(kernels, agents, service_rate):
    """Their rule means nothing, but it does not go on for ever."""
    for theta, rate in ((math.nan, 1.0), (0.01, 1e9)):
        _, thresholds, _ = solve(kernels, agents, 30, service_rate, theta, 1.0, 2.0, [rate], [1.0])
        assert 0 <= thresholds[0] <= agents + 30
