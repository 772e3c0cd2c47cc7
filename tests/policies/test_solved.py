"""Rules that are solved for no more room than anybody comes near."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import MarginalCost, MeetTarget, Queue, ServedInTime
from bporoute.policies._solved import Classes, Solved, solved

ROOM = 3000


def rule(policy, config, agents, aht, rates, prices, reach):
    found = solved(
        policy,
        "desk",
        config,
        agents,
        aht,
        Classes(np.array(rates), np.array(prices), np.ones(len(rates))),
        (),
        None,
        False,
        reach,
    )
    assert isinstance(found, Solved)
    return found.rule.keep_cost


@given(
    agents=st.one_of(st.integers(1, 60).map(float), st.floats(0.5, 60)),
    load=st.floats(0.05, 3.0),
    patience=st.one_of(st.just(math.inf), st.floats(20, 5000)),
    prices=st.lists(st.one_of(st.just(math.inf), st.floats(0.1, 30)), min_size=1, max_size=3),
    cost=st.floats(0.01, 5),
    reach=st.integers(1, 60),
)
def test_it_is_the_rule_of_the_whole_room_as_far_as_it_reaches(agents, load, patience, prices, cost, reach):
    config = Queue(aht=200.0, patience=patience, waiting_room=ROOM, wait_cost_per_minute=cost)
    rates = [load * agents / 200.0 / len(prices)] * len(prices)
    whole = rule(MarginalCost(), config, agents, 200.0, rates, prices, math.inf)
    short = rule(MarginalCost(), config, agents, 200.0, rates, prices, float(reach))
    states = math.ceil(agents) + reach + 1
    assert len(short) <= len(whole) == math.ceil(agents) + ROOM + 1
    assert short[:states] == pytest.approx(whole[:states], rel=1e-12, abs=1e-12 * abs(whole[0]))


@pytest.mark.parametrize("policy", [MeetTarget(0.8, 20), ServedInTime(0.8, 20)], ids=str)
def test_thresholds_are_those_of_the_whole_room(policy):
    config = Queue(aht=200.0, patience=150.0, waiting_room=ROOM)
    for agents, rate in ((10.0, 0.04), (10.0, 0.06), (40.0, 0.25), (0.0, 0.01)):
        whole = rule(policy, config, agents, 200.0, [rate], [2.0], math.inf)
        short = rule(policy, config, agents, 200.0, [rate], [2.0], 50.0)
        assert len(short) < 300
        assert np.array_equal(short[: int(agents) + 51], whole[: int(agents) + 51])
