"""What keeping costs, with what others pay of it, and the room that rests on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bporoute._kernels.queueing.by_contacts_present import marginal_cost
from bporoute._kernels.queueing.keep_costs import FAR, keep_costs, own_cost, room_in_sight
from helpers import naive

pytestmark = pytest.mark.kernels

INF = math.inf
agents_there = st.integers(0, 12).map(float)
giving_up = st.one_of(st.just(0.0), st.floats(1e-4, 0.05))


def solve(kernel, agents, room, mu, theta, cost_rate, blocked, rates, prices, works):
    states = math.ceil(agents) + room + 1
    curve, others = np.full(states, np.nan), np.full(states, np.nan)
    with np.errstate(all="ignore"):
        cost = kernel(
            float(agents), 1.0 / float(mu), float(theta), float(cost_rate), float(blocked),
            *(np.array(each, dtype=float) for each in (rates, prices, works)), curve, others,
        )  # fmt: skip
    return cost, curve, others


@given(agents_there, st.integers(1, 8), giving_up, st.floats(0.001, 0.2), st.booleans(), st.floats(0.2, 4))
def test_others_pay_all_but_its_own_wait(ready, agents, room, theta, cost_rate, stuck, work):
    """And the cost of a full room is only raised, where some may not be sent out."""
    rates, prices, works = [0.01, 0.006], [4.0, INF if stuck else 9.0], [1.0, work]
    mu, blocked = 1 / 200, cost_rate / theta if theta else 3.0
    _, curve, others = solve(
        ready(keep_costs), agents, room, mu, theta, cost_rate, blocked, rates, prices, works
    )
    for present in range(len(curve) - 1):
        own = cost_rate * naive.own_wait(present, agents, mu, theta)
        rest = max(curve[present] - own, 0.0) if own < INF else 0.0
        assert others[present] == pytest.approx(rest, rel=1e-9, abs=1e-9)
    assert others[-1] == 0.0  # nothing fits there
    thresholds, unraised = np.empty(2), np.empty(len(curve))
    with np.errstate(all="ignore"):
        marginal_cost(
            agents, mu, theta, cost_rate, blocked, np.array(rates), np.array(prices), np.array(works),
            thresholds, unraised,
        )  # fmt: skip
    if stuck:
        assert (curve[:-1] >= unraised[:-1] * (1.0 - 1e-9)).all()
    else:
        assert curve == pytest.approx(unraised, rel=1e-12)


@pytest.mark.parametrize("works", [(1.0, 1.0), (0.5, 3.0)], ids=str)
def test_a_room_that_costs_more_and_more_to_fill(ready, works):
    """By value iteration with the price of a full room that comes out of it."""
    mix = np.array([0.004, 0.002]), np.array([4.0, INF]), np.array(works)
    _, curve, others = solve(ready(keep_costs), 2.0, 5, 1 / 240, 0.0, 0.01, 1.0, *mix)
    blocked = curve[-2] + (works[1] - 1.0) * others[-2]
    assert blocked > 1.0
    _, differences = naive.value_iteration(7, 2, 1 / 240, 0.0, 0.01, blocked, *mix)
    assert curve[:-1] == pytest.approx(differences, rel=1e-5)


@pytest.mark.parametrize("works", [(1.0, 1.0), (0.5, 3.0)])
def test_a_queue_that_nobody_leaves_costs_others_nothing(ready, works):
    cost, curve, others = solve(
        ready(keep_costs), 0.0, 4, 1 / 200, 0.0, 0.01, 7.0, (0.2, 0.1), (5.0, INF), works
    )
    assert (curve == INF).all()
    assert not others.any()
    assert cost == pytest.approx(0.01 * 4 + 0.2 * 5.0 + 0.1 * 7.0)


@example(present=4, agents=0.0, theta=0.0, cost_rate=0.01)
@example(present=4, agents=0.0, theta=0.0, cost_rate=0.0)
@given(st.integers(0, 30), agents_there, giving_up, st.floats(0, 1))
def test_a_contacts_own_wait(ready, present, agents, theta, cost_rate):
    found = ready(own_cost)(present, agents, 200.0, theta, cost_rate)
    expected = cost_rate and cost_rate * naive.own_wait(present, agents, 1 / 200, theta)
    assert found == pytest.approx(expected, rel=1e-12)


@given(
    agents=st.floats(0, 50),
    load=st.floats(0, 3),
    patience=st.one_of(st.just(INF), st.floats(1, 1e5)),
    reach=st.integers(1, 5000),
)
def test_what_lies_beyond_weighs_nothing(ready, agents, load, patience, reach):
    rate = load * max(agents, 1.0) / 200.0
    room = ready(room_in_sight)(100_000.0, agents, 200.0, 1 / patience, rate, float(reach))
    assert min(reach, 100_000) < room <= 100_000
    if room < 100_000:
        between = np.arange(reach, room)
        with np.errstate(divide="ignore"):
            weights = np.log(rate / (agents / 200.0 + between / patience))
        assert weights[weights < 0.0].sum() <= math.log(FAR) + 1e-9


def test_a_short_room_is_looked_at_whole(ready):
    room = ready(room_in_sight)
    assert room(80.0, 10.0, 200.0, 0.0, 0.01, 1000.0) == 80
    assert room(3000.0, 10.0, 200.0, 0.0, 0.01, INF) == 3000
    assert room(3000.0, 10.0, 200.0, 0.0, 0.051, 20.0) == 3000  # more comes than may leave
    assert room(3000.0, 10.0, 200.0, 1e-300, 0.051, 20.0) == 3000
