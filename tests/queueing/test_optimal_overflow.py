"""Keep or overflow against naive twins, mpmath, published numbers, and its invariants."""

from __future__ import annotations

import itertools
import math
from typing import get_args

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute._kernels.queueing import thresholds as kernels
from bporoute.center._targets import Counting, ServiceLevel
from bporoute.errors import InputError
from bporoute.queueing._least_overflow import largest_threshold
from bporoute.queueing._limits import MOST_CONTACTS
from bporoute.queueing._optimal_overflow import optimal_overflow, overflow_table
from bporoute.queueing._team_overflow import overflow_to_team
from helpers import naive_overflow as naive
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf
MANY = 10**9

# agents, arrival rate, aht, patience, waiting room, wait cost, abandonment cost, price; per minute. The
# project's research table (kernels.md, section 5), computed before and apart from this code.
S1 = (50, 10.4, 5, 1 / 0.3, 100, 0.15, 8, 6)
S2 = (10, 1.6, 1 / 0.16, 1 / 0.5, 40, 0.25, 12, 9)
S5 = (50, 10.4, 5, 1 / 0.3, 100, 0.25, 4, 6)


def costs(kernel, agents, room, mu, theta, arrivals, cost_rate, price, joining=None):
    states = math.ceil(agents) + room + 1
    curve = np.full(states, np.nan)
    joining = np.zeros(states) if joining is None else np.asarray(joining, dtype=float)
    with np.errstate(all="ignore"):  # as bporoute.queueing._optimal_overflow calls it
        best = kernel(
            float(agents), float(mu), float(theta), float(arrivals), float(cost_rate), float(price),
            joining, curve,
        )  # fmt: skip
    return best, curve


# --- known answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queue", "waiting", "cost"),
    [(S1, 5, 6.68393290120298819), (S2, 1, 2.90169381184131), (S5, INF, 4.12571744989095)],
)
def test_published_scenarios(queue, waiting, cost):
    best = optimal_overflow(*queue)
    assert best.threshold - queue[0] == waiting
    assert best.cost_rate == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (150, 7.25557206704959963),  # never overflow
        (50, 7.92913555850868201),  # never queue
        (60, 6.92858428832777759),  # from 10 waiting
        (70, 7.24210657736720076),  # from 20 waiting
    ],
)
def test_other_rules_for_s1(ready, threshold, expected):
    _, curve = costs(ready(kernels.threshold_costs), 50, 100, 0.2, 0.3, 10.4, 0.15 + 0.3 * 8, 6)
    assert curve[threshold] == pytest.approx(expected, rel=1e-13)


def test_two_classes():
    best = optimal_overflow(50, [6.4, 4], 5, 1 / 0.3, 100, 0.15, 8, [9, 4.5])
    assert best.cost_rate == pytest.approx(5.62184359747559, rel=1e-12)
    assert best.threshold == (INF, 51)


def test_best_common_threshold_of_two_classes_is_the_average_price():
    best = optimal_overflow(50, 10.4, 5, 1 / 0.3, 100, 0.15, 8, (6.4 * 9 + 4 * 4.5) / 10.4)
    assert best.cost_rate == pytest.approx(7.21442280796, rel=1e-11)


@pytest.mark.parametrize(
    ("agents", "room", "load", "theta"),
    [
        (10, 20, 9.0, 0.5),
        (2.5, 30, 4.0, 0.0),
        (400, 300, 420.0, 0.3),
        (30, 900, 300.0, 0.01),
        (300, 300, 90, 1),
    ],
)
def test_all_thresholds_with_40_digits(ready, agents, room, load, theta):
    """Each with the weights summed in mpmath; also where they would leave the range of a float."""
    cost_rate, price = 0.7, 3.0
    _, curve = costs(ready(kernels.threshold_costs), agents, room, 1.0, theta, load, cost_rate, price)
    with mpmath.workdps(40):
        weight = total = mpmath.mpf(1)
        waited = mpmath.mpf(0)
        expected = [mpmath.mpf(load) * price]
        for i in range(1, len(curve)):
            waiting = max(i - mpmath.mpf(agents), 0)
            weight *= mpmath.mpf(load) / (min(i, mpmath.mpf(agents)) + waiting * mpmath.mpf(theta))
            total += weight
            waited += mpmath.mpf(cost_rate) * waiting * weight
            expected.append((waited + mpmath.mpf(load) * price * weight) / total)
    assert curve == pytest.approx([float(cost) for cost in expected], rel=1e-13)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (10, 4.461), (50, 52.0), (400, 370.0)])
def test_without_waiting_room_what_is_sent_is_erlang_b(agents, load):
    with mpmath.workdps(30):
        terms = [mpmath.mpf(load) ** k / mpmath.factorial(k) for k in range(agents + 1)]
        blocking = float(terms[-1] / mpmath.fsum(terms))
    best = optimal_overflow(agents, load / 4, 4, 7, 0, 1, 1, 2)
    assert best.threshold == INF
    assert best.overflow_share == pytest.approx(blocking, rel=1e-12)
    assert best.cost_rate == pytest.approx(load / 4 * 2 * blocking, rel=1e-12)
    assert best.service_level == pytest.approx(1 - blocking, rel=1e-12)
    assert best.kept_service_level == 1
    assert best.queue_length == best.abandonment == 0


def test_a_roomy_queue_that_never_overflows_is_erlang_a():
    """n = 28, 0.1 calls/s, AHT 240 s, patience 300 s: .86002 are served within 20 s (kernels.md, 1)."""
    best = optimal_overflow(28, 0.1, 240, 300, 500, 0.1, 1, 1e6, within=20)
    assert best.threshold == INF
    assert best.service_level == pytest.approx(0.86002, abs=5e-6)
    assert best.service_level / (1 - best.abandonment) == pytest.approx(0.88006, abs=5e-6)
    assert best.kept_service_level == pytest.approx(best.service_level, rel=1e-12)


# --- naive twins ----------------------------------------------------------------------------------------

rate = st.floats(0.1, 3)
money = st.one_of(st.just(0.0), st.floats(0.1, 5))


few_agents = st.one_of(st.integers(1, 6), st.floats(0.1, 6))


@st.composite
def queues(draw, agents=few_agents):
    n = draw(agents)
    return {
        "agents": n,
        "room": draw(st.integers(0, 10)),
        "mu": draw(rate),
        "theta": draw(st.one_of(st.just(0.0), rate)),
        "arrivals": draw(rate) * n,
    }


@settings(max_examples=25)
@given(queue=queues(), cost_rate=money, price=money, late=money, seed=st.integers(0, 99))
@pytest.mark.parametrize("function", ["interpreted", "compiled"])
def test_thresholds_cost_what_the_naive_ones_do(function, queue, cost_rate, price, late, seed):
    kernel = kernels.threshold_costs
    if function == "compiled":
        kernel = compiled(kernel)
    n, room, mu, theta, arrivals = queue.values()
    last = math.ceil(n) + room
    joining = late * np.random.default_rng(seed).random(last + 1)  # any costs at arrival, in any order
    best, curve = costs(kernel, n, room, mu, theta, arrivals, cost_rate, price, joining)
    arguments = (last, n, mu, theta, arrivals, cost_rate, price, joining)
    expected = [naive.cost_of_threshold(level, *arguments) for level in range(last + 1)]
    assert curve == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert curve[best] <= curve.min() * (1 + 1e-14)
    # nor is any policy cheaper that is free to keep or send in every state
    assert curve[best] == pytest.approx(naive.best_free_policy(*arguments), rel=1e-8, abs=1e-10)


@settings(max_examples=25)
@given(queue=queues(), price=money, within=st.floats(0, 2), late=money)
def test_measures_are_the_naive_ones(queue, price, within, late):
    n, room, mu, theta, arrivals = queue.values()
    last = math.ceil(n) + room
    patience = 1 / theta if theta else INF
    best = optimal_overflow(n, arrivals, 1 / mu, patience, room, 1, 2, price, within=within, late_cost=late)
    threshold = min(best.threshold, last)
    share = naive.distribution([threshold], last, n, mu, theta, [arrivals])
    chance = [
        1.0 if i < n else naive.fates(i - math.ceil(n), n, mu, theta, within)[0] for i in range(last + 1)
    ]
    kept = share[: int(threshold)]
    queue_length = sum(p * max(i - n, 0) for i, p in enumerate(share))
    served = float(kept @ chance[: len(kept)])
    assert best.queue_length == pytest.approx(queue_length, abs=1e-10)
    assert best.overflow_share == pytest.approx(1 - kept.sum(), abs=1e-10)
    assert best.class_overflow_shares == (best.overflow_share,)
    assert best.abandonment == pytest.approx(theta * queue_length / arrivals, abs=1e-10)
    assert best.service_level == pytest.approx(served, abs=1e-10)
    if len(kept):
        assert best.kept_service_level == pytest.approx(served / kept.sum(), abs=1e-9)
    else:
        assert math.isnan(best.kept_service_level)
    spent = (1 + 2 * theta) * queue_length + arrivals * price * best.overflow_share
    spent += arrivals * late * (kept.sum() - served)
    assert best.cost_rate == pytest.approx(spent, rel=1e-8, abs=1e-9)


@settings(max_examples=15)
@given(queue=queues(st.integers(1, 4)), split=st.floats(0.1, 0.9), prices=st.tuples(money, money))
def test_classes_have_the_best_of_all_pairs_of_thresholds(queue, split, prices):
    n, room, mu, theta, arrivals = queue.values()
    room = room % 5
    last = n + room
    rates = [arrivals * split, arrivals * (1 - split)]
    patience = 1 / theta if theta else INF
    best = optimal_overflow(n, rates, 1 / mu, patience, room, 0.5, 2, prices)

    def measured(pair):
        share = naive.distribution(pair, last, n, mu, theta, rates)
        sent = [share[min(most, last) :].sum() for most in pair]
        queue_length = sum(p * max(i - n, 0) for i, p in enumerate(share))
        paid = sum(a * p * s for a, p, s in zip(rates, prices, sent, strict=True))
        return paid + (0.5 + 2 * theta) * queue_length, sent, queue_length

    least = min(measured(pair)[0] for pair in itertools.product(range(last + 1), repeat=2))
    cost, sent, queue_length = measured([int(min(most, last)) for most in best.threshold])
    assert best.cost_rate == pytest.approx(least, rel=1e-8, abs=1e-10)
    assert best.cost_rate == pytest.approx(cost, rel=1e-8, abs=1e-10)
    assert best.class_overflow_shares == pytest.approx(sent, abs=1e-9)
    assert best.overflow_share == pytest.approx(split * sent[0] + (1 - split) * sent[1], abs=1e-9)
    assert best.queue_length == pytest.approx(queue_length, abs=1e-9)
    assert best.abandonment == pytest.approx(theta * queue_length / arrivals, abs=1e-9)


def test_a_simulation_agrees_within_its_error():
    """S2 with a service level of half a minute; four standard errors from 50 batches."""
    best = optimal_overflow(*S2, within=0.5)
    n, arrivals, aht, patience = S2[:4]
    fates = naive.simulate(best.threshold, n, 1 / aht, 1 / patience, arrivals, 0.5, 200_000, seed=5)
    for fate, share in (
        (naive.SENT, best.overflow_share),
        (naive.IN_TIME, best.service_level),
        (naive.GONE, best.abandonment),
    ):
        batches = (fates == fate).reshape(50, -1).mean(axis=1)
        error = batches.std(ddof=1) / math.sqrt(50)
        assert abs(batches.mean() - share) < 4 * error
        assert error < 0.005


def test_one_class_is_the_queue_with_one_price():
    one, classes = optimal_overflow(*S2, within=0.5), optimal_overflow(
        S2[0], [S2[1]], *S2[2:7], [S2[7]], within=0.5
    )  # fmt: skip
    assert classes.threshold == (one.threshold,)
    for name in one.__struct_fields__[1:]:
        assert getattr(classes, name) == pytest.approx(getattr(one, name), rel=1e-12)


@settings(max_examples=25)
@given(
    queue=queues(st.one_of(st.integers(1, 5), st.sampled_from([0.5, 2.5]))),
    probability=st.floats(0.3, 0.99), within=st.floats(0.05, 2), short=st.floats(0.01, 0.5),
    counting=st.sampled_from(get_args(Counting)),
)  # fmt: skip
def test_the_largest_threshold_meets_the_target_and_the_next_does_not(
    queue, probability, within, short, counting
):
    n, room, mu, theta, arrivals = queue.values()
    last = math.ceil(n) + room
    target = ServiceLevel(probability=probability, within=within, counting=counting, short=short)
    patience = 1 / theta if theta else INF
    found = largest_threshold(n, arrivals, 1 / mu, patience, room, target)
    levels = [
        naive.kept_service_level(threshold, last, n, mu, theta, arrivals, target)
        for threshold in range(1, last + 1)
    ]
    assert np.all(np.diff(levels) <= 1e-9)  # the service level of those kept falls
    threshold = int(min(found, last))
    assert levels[threshold - 1] >= probability - 1e-8
    if threshold < last:
        assert levels[threshold] <= probability + 1e-8


@settings(max_examples=25)
@given(queue=queues(), thresholds=st.tuples(st.integers(0, 16), st.integers(0, 16)), seed=st.integers(0, 99))
def test_compiled_measures_are_the_interpreted_ones(queue, thresholds, seed):
    n, room, mu, theta, arrivals = queue.values()
    last = math.ceil(n) + room
    in_time = np.random.default_rng(seed).random(last + 1)
    answers = []
    for kernel in (kernels.rule_measures, compiled(kernels.rule_measures)):
        sent, measures = np.empty(2), np.empty(4)
        levels = np.minimum(np.array(thresholds, dtype=float), last)
        kernel(float(n), mu, theta, np.array([arrivals, 1.0]), levels, in_time, sent, measures)
        answers.append([*sent, *measures])
    assert answers[0] == pytest.approx(answers[1], rel=1e-12, abs=1e-14, nan_ok=True)


# --- a vendor's team ------------------------------------------------------------------------------------

TEAMS = [
    # agents, arrival rate, aht, patience, room, wait cost, abandonment cost, price, vendor agents, vendor aht
    (3, 3.2, 1, 0.5, 6, 0.5, 4, 2, 2, 1.2),
    (3, 3.2, 1, INF, 8, 1.0, 4, 2, 3, 0.7),
    (2.5, 4.0, 1, 2, 5, 0.2, 9, 3, 1, 2.0),
    (4, 2.0, 1, 1, 6, 3.0, 2, 1, 4, 1.5),
    (1, 1.5, 2, 3, 9, 0.3, 1, 5, 2, 1.0),
    (5, 7.0, 1, 0.3, 5, 0.1, 6, 4, 3, 0.9),
    (2, 2.0, 1, 1, 4, 1.0, 3, 2, 0, 1.0),
    (2, 9.0, 1, 4, 7, 1.0, 3, 2, 2, 1.0),
]


def naive_team(case, blocked=None):
    n, arrivals, aht, patience, room, h, abandoning, price, team, vendor_aht = case
    lost = abandoning if blocked is None else blocked
    return naive.Team(
        n, arrivals, 1 / aht, 1 / patience, room, h, abandoning, price, team, 1 / vendor_aht, lost
    )


@pytest.mark.parametrize("case", TEAMS)
@pytest.mark.parametrize("blocked", [None, 30.0])
def test_a_vendors_team_exactly_as_the_naive_chain(case, blocked):
    best, chain = overflow_to_team(*case, blocked_cost=blocked), naive_team(case, blocked)
    expected = [chain.cost_of_threshold(threshold) for threshold in range(chain.last + 1)]
    assert best.cost_rates == pytest.approx(expected, rel=1e-9)
    queue_length, sent, lost = chain.measures(min(best.threshold, chain.last))
    assert best.queue_length == pytest.approx(queue_length, abs=1e-9)
    assert best.overflow_share == pytest.approx(sent, abs=1e-10)
    assert best.blocking == pytest.approx(lost, abs=1e-10)
    assert best.abandonment == pytest.approx(queue_length / case[3] / case[1], abs=1e-9)


@pytest.mark.parametrize("case", TEAMS)
def test_no_policy_that_knows_both_numbers_is_cheaper(case):
    best, free = overflow_to_team(*case), naive_team(case).best_free_policy()
    assert best.cost_rate == pytest.approx(free, rel=1e-9)


def test_a_team_that_is_always_free_is_a_vendor_without_limit():
    team = overflow_to_team(*S2, 60, 0.1)
    alone = optimal_overflow(*S2)
    assert team.threshold == alone.threshold
    assert team.cost_rate == pytest.approx(alone.cost_rate, rel=1e-10)
    assert team.overflow_share == pytest.approx(alone.overflow_share, rel=1e-10)
    assert team.blocking == pytest.approx(0, abs=1e-12)


def test_one_clients_overflow_is_blocked_as_a_renewal_stream():
    """n = a = 10 without room, then 5 vendor agents: .170083637562 of it is lost (kernels.md, 4)."""
    team = overflow_to_team(10, 10, 1, 1, 0, 1, 1, 1, 5, 1)
    assert team.blocking / (team.blocking + team.overflow_share) == pytest.approx(0.170083637562, rel=1e-11)


def test_vendor_blocking_with_room_and_patience():
    """n = 10, 5 places, theta .5, a = 11, then 4 at rate .8: .247136837982 (kernels.md, section 4)."""
    free = overflow_to_team(10, 11, 1, 2, 5, 0, 0, 1, 4, 1.25)
    assert free.threshold == INF
    assert free.blocking / (free.blocking + free.overflow_share) == pytest.approx(0.247136837982, rel=1e-11)


@pytest.mark.parametrize("arrivals", [1e-3, 1.0, 1e3])
@pytest.mark.thorough
def test_a_large_team_stays_within_the_numbers(arrivals):
    """200 agents, hardly or far too much to do: times between rare states leave the range of a float."""
    best = overflow_to_team(170, arrivals, 1, 2, 30, 1, 2, 3, 9, 1)
    assert np.isfinite(best.cost_rates).all()
    assert 0 <= best.overflow_share + best.blocking + best.abandonment <= 1
    assert best.overflow_share * arrivals <= 9


@pytest.mark.parametrize("load", [0.1, 20.0, 58.0, 200.0])
@pytest.mark.thorough
def test_rules_that_hardly_ever_matter_keep_their_digits(load):
    """A team that is free at once again is a vendor without limit, whatever the threshold costs."""
    team = overflow_to_team(60, load, 1, 2, 40, 0, 0, 3, 5, 1e-12)
    _, curve = costs(kernels.threshold_costs, 60, 40, 1.0, 0.5, load, 0, 3)
    assert team.cost_rates == pytest.approx(curve, rel=1e-9, abs=0)


# --- invariants -----------------------------------------------------------------------------------------


def test_a_table_is_the_queues_one_by_one():
    agents, arrivals = np.array([[8.0], [10.0], [12.5]]), np.array([1.2, 1.6, 2.4])
    table = overflow_table(agents, arrivals, *S2[2:], within=0.5, late_cost=0.3)
    assert table.threshold.shape == (3, 3)
    for (i, j), threshold in np.ndenumerate(table.threshold):
        one = optimal_overflow(agents[i, 0], arrivals[j], *S2[2:], within=0.5, late_cost=0.3)
        assert one.threshold == threshold
        for name in one.__struct_fields__[1:]:
            cell = np.reshape(getattr(table, name), (3, 3))[i, j]
            assert np.ravel(getattr(one, name)) == pytest.approx(cell, rel=1e-13)


@given(unit=st.floats(1e-3, 1e3), coin=st.floats(1e-3, 1e3))
def test_units_of_time_and_money_do_not_matter(unit, coin):
    n, arrivals, aht, patience, room, h, abandoning, price = S2
    plain = optimal_overflow(*S2, within=0.4, late_cost=1)
    other = optimal_overflow(
        n, arrivals / unit, aht * unit, patience * unit, room,
        h * coin / unit, abandoning * coin, price * coin,
        within=0.4 * unit, late_cost=coin,
    )  # fmt: skip
    assert other.threshold == plain.threshold
    assert other.cost_rate == pytest.approx(plain.cost_rate * coin / unit, rel=1e-11)
    assert other.service_level == pytest.approx(plain.service_level, rel=1e-10)


@given(
    prices=st.tuples(st.floats(0, 30), st.floats(0, 30)), room=st.integers(0, 60), load=st.floats(1, 30),
    patience=st.floats(0.1, 10),
)  # fmt: skip
def test_dearer_overflow_is_used_later(prices, room, load, patience):
    cheap, dear = (optimal_overflow(10, load, 1, patience, room, 0.5, 3, price) for price in sorted(prices))
    assert cheap.threshold <= dear.threshold
    assert cheap.cost_rate <= dear.cost_rate * (1 + 1e-13)


@given(queue=queues(), price=money, late=money, within=st.floats(0, 2))
def test_shares_are_shares(queue, price, late, within):
    n, room, mu, theta, arrivals = queue.values()
    patience = 1 / theta if theta else INF
    best = optimal_overflow(n, arrivals, 1 / mu, patience, room, 1, 2, price, within=within, late_cost=late)
    assert 0 <= best.overflow_share <= 1
    assert best.service_level >= 0
    if within == 0 and n == int(n):  # who joins part of an agent counts as served, and may give up
        assert best.service_level <= 1 - best.overflow_share - best.abandonment + 1e-9
    assert best.service_level <= 1 - best.overflow_share + 1e-12
    assert 0 <= best.abandonment <= 1 - best.overflow_share + 1e-12


def test_a_late_cost_makes_the_queue_shorter():
    plain, late = optimal_overflow(*S1), optimal_overflow(*S1, within=1 / 3, late_cost=1)
    assert late.threshold < plain.threshold
    assert late.kept_service_level > optimal_overflow(*S1, within=1 / 3).kept_service_level


# --- edges ----------------------------------------------------------------------------------------------


def test_no_arrivals():
    best = optimal_overflow(5, 0, 300, 100, 10, 1, 1, 1, within=20)
    assert (best.threshold, best.cost_rate, best.overflow_share, best.abandonment) == (INF, 0, 0, 0)
    assert best.service_level == best.kept_service_level == 1
    classes = optimal_overflow(5, [0, 0], 300, 100, 10, 1, 1, [1, 2])
    assert (classes.cost_rate, classes.overflow_share, classes.service_level) == (0, 0, 1)


def test_no_agents():
    sends = optimal_overflow(0, 0.5, 300, 100, 10, 0.1, 2, 1)
    assert (sends.threshold, sends.cost_rate, sends.overflow_share) == (0, 0.5, 1)
    assert math.isnan(sends.kept_service_level)
    keeps = optimal_overflow(0, 0.5, 300, 100, 500, 0.1, 2, 100)
    assert keeps.threshold == INF
    assert keeps.cost_rate == pytest.approx(0.5 * (0.1 * 100 + 2), rel=1e-12)
    assert keeps.abandonment == pytest.approx(1, rel=1e-12)
    assert keeps.service_level == 0
    stays = optimal_overflow(0, 0.5, 300, INF, 10, 0.1, 2, 1)
    assert (stays.threshold, stays.cost_rate, stays.overflow_share) == (0, 0.5, 1)


@pytest.mark.parametrize("arrivals", [0.5, [0.3, 0.2]])
def test_nobody_ever_leaves(arrivals):
    """Waiting is free, so all rules cost the same: the queue fills up and stays full."""
    best = optimal_overflow(0, arrivals, 300, INF, 10, 0, 2, 1 if arrivals == 0.5 else [1, 1])
    assert (best.cost_rate, best.overflow_share, best.queue_length) == (0.5, 1, 10)
    assert np.all(np.array(best.threshold) == INF)


@pytest.mark.parametrize(("abandoning", "expected"), [(5, 10), (7, 10), (1, INF)])
def test_no_patience_at_all(abandoning, expected):
    """Whoever finds all busy is gone at once, and it costs what is less: the price, or an abandonment."""
    best = optimal_overflow(10, 2, 5, 0, 4, 1, abandoning, 3, within=2)
    alone = optimal_overflow(10, 2, 5, 1, 0, 1, abandoning, 3)
    assert best.threshold == expected
    assert best.cost_rate == pytest.approx(alone.cost_rate * min(abandoning, 3) / 3, rel=1e-12)
    assert best.overflow_share + best.abandonment == pytest.approx(alone.overflow_share, rel=1e-12)
    assert best.kept_service_level <= 1


def test_everything_free_is_kept():
    assert optimal_overflow(3, 1, 5, 5, 20, 0, 0, 0).threshold == INF
    assert optimal_overflow(3, 1, 5, 5, 20, 0, 0, 4).threshold == INF
    assert optimal_overflow(3, 1, 5, 5, 20, 1, 1, 0).threshold <= 3


@pytest.mark.parametrize(
    ("load", "most"),
    [(1e-6, 50_000), (990.0, 50_000), (1200.0, MOST_CONTACTS), (1e9, 50_000), (1e50, 50_000)],
)
def test_a_million_contacts(load, most):
    best = optimal_overflow(1000, load / 5, 5, 3, most - 1000, 0.1, 4, 3, within=1)
    small = optimal_overflow(1000, load / 5, 5, 3, 3000, 0.1, 4, 3, within=1)
    assert best.threshold == small.threshold
    assert best.cost_rate == pytest.approx(small.cost_rate, rel=1e-12)
    assert best.service_level == pytest.approx(small.service_level, rel=1e-9)


def test_a_million_contacts_to_a_service_level():
    target = ServiceLevel(probability=0.8, within=20)
    small, large = (largest_threshold(1000, 5, 240, 300, room, target) for room in (5000, 999_000))
    assert 1000 < small == large < INF
    assert largest_threshold(1000, 0, 240, 300, 50, target) == INF
    assert largest_threshold(1000, 1e9, 240, INF, 0, target) == INF


# --- bad input ------------------------------------------------------------------------------------------

GOOD = {
    "agents": 5, "arrival_rate": 1, "aht": 4, "patience": 3, "waiting_room": 6, "wait_cost": 1,
    "abandonment_cost": 2, "overflow_price": 3,
}  # fmt: skip
WRONG = [
    ("agents", -1), ("agents", math.nan), ("agents", 2e6), ("arrival_rate", -0.1), ("arrival_rate", INF),
    ("aht", 0), ("aht", -3), ("aht", INF), ("patience", -1), ("patience", math.nan), ("waiting_room", -1),
    ("waiting_room", 1.5), ("waiting_room", INF), ("wait_cost", -1), ("abandonment_cost", math.nan),
    ("overflow_price", -1), ("overflow_price", INF), ("within", -1), ("late_cost", math.nan), ("agents", "5"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_argument_is_named(name, value):
    with pytest.raises(InputError) as error:
        optimal_overflow(**(GOOD | {name: value}))
    assert error.value.where == name
    assert error.value.found in (repr(value), repr(float(value)))
    with pytest.raises(InputError) as error:
        overflow_table(**(GOOD | {name: [GOOD.get(name, 0), value]}))
    assert error.value.where == (name if isinstance(value, str) else f"{name}[1]")


def test_too_many_contacts_and_too_much_load():
    with pytest.raises(
        InputError, match=r"agents \+ waiting_room: found 1000006.0; expected at most 1,000,000"
    ):
        optimal_overflow(**(GOOD | {"agents": 5.5, "waiting_room": 1_000_000}))
    with pytest.raises(InputError, match=r"arrival_rate \* aht\[0, 1\]"):
        overflow_table(**(GOOD | {"arrival_rate": [[1, 1e60]]}))


@pytest.mark.parametrize(
    "change",
    [
        {"arrival_rate": [1, 2]},
        {"overflow_price": [1, 2]},
        {"arrival_rate": [1, 2], "overflow_price": [1, 2, 3]},
        {"arrival_rate": [], "overflow_price": []},
        {"arrival_rate": [[1, 2]], "overflow_price": [[1, 2]]},
        {"arrival_rate": [1, 2], "overflow_price": [1, 2], "agents": [3, 4]},
    ],
)
def test_price_classes_must_fit(change):
    with pytest.raises(InputError, match="price classes"):
        optimal_overflow(**(GOOD | change))


def test_a_wrong_class_is_named():
    with pytest.raises(InputError, match=r"overflow_price\[1\]: found -2.0"):
        optimal_overflow(**(GOOD | {"arrival_rate": [1, 2], "overflow_price": [1, -2]}))
    with pytest.raises(InputError, match=r"late_cost: found 1\.0"):
        optimal_overflow(**(GOOD | {"arrival_rate": [1, 2], "overflow_price": [1, 2], "late_cost": 1}))


def test_wrong_arguments_of_the_largest_threshold():
    target = ServiceLevel(probability=0.8, within=20)
    with pytest.raises(InputError, match=r"agents: found 0\.0"):
        largest_threshold(0, 1, 5, 5, 5, target)
    with pytest.raises(InputError, match="single numbers"):
        largest_threshold([1, 2], 1, 5, 5, 5, target)
    with pytest.raises(InputError, match=r"target: found 0\.8; expected a ServiceLevel"):
        largest_threshold(2, 1, 5, 5, 5, 0.8)


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("agents", {0: 0}),
        ("arrival_rate * aht", {1: 0}),
        ("wait_cost", {5: -1}),
        ("overflow_price", {7: [1, 2]}),
        ("agents + waiting_room", {4: 100_000}),
        ("vendor_agents", {8: 1.5}),
        ("vendor_agents", {8: 99_999}),
        ("vendor_aht", {9: 0}),
        ("arguments", {0: [1, 2]}),
    ],
)
def test_wrong_arguments_of_a_vendors_team(where, change):
    arguments = [change.get(place, value) for place, value in enumerate(TEAMS[0])]
    with pytest.raises(InputError) as error:
        overflow_to_team(*arguments)
    assert error.value.where == where
