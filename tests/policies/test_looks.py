"""What policies look at: the fields they read, and the same rule whatever else changes."""

from __future__ import annotations

from functools import cached_property
from types import FunctionType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Both,
    Either,
    ExpectedWait,
    HashShare,
    MarginalCost,
    MeetTarget,
    NeverOverflow,
    OccupancyLimit,
    OwnCost,
    PeriodScore,
    QueueLength,
    QueuePerAgent,
    Released,
    Rule,
    ServedInTime,
    ServiceLevel,
    Share,
    Situation,
    Warm,
)
from bporoute.policies._composed import Hysteresis
from bporoute.policies._looks import EVERYTHING, ROOM, SCORE, STREAM, TEAM, looks_at

BY_TEAM = (
    NeverOverflow(),
    QueueLength(3),
    QueuePerAgent(0.2),
    OccupancyLimit(0.9),
    ExpectedWait(30),
    ServedInTime(0.8, 20),
    OwnCost(2.0),
    Share({"nord": 0.1}),
    HashShare({"nord": 0.1}),
    Either(QueueLength(3), OwnCost(1.0)),
    Hysteresis(QueueLength(6), QueueLength(2), 30),
    Released(ExpectedWait(30), 60),
    Warm(QueueLength(5), {"nord": 0.05}),
)
BY_STREAM = (MarginalCost(), Both(QueueLength(5), MarginalCost()), Warm(MarginalCost(), {"nord": 0.05}))
BY_SCORE = (MeetTarget(), Either(MeetTarget(0.8, 20), QueueLength(4)))


def situation(**changes):
    said = {
        "queue": "desk", "agents": 12.0, "aht": 200.0, "patience": 150.0, "waiting_room": 30,
        "cost_rate": 0.02, "abandonment_cost": 3.0, "arrival_rates": np.array([0.03, 0.03]),
        "prices": np.array([2.0, 4.0]), "target": ServiceLevel(probability=0.8, within=20),
    }  # fmt: skip
    return Situation(**said | changes)


class Watched:
    """A situation that notes which of its fields are read, by whatever it computes from them too."""

    def __init__(self, behind):
        self._behind, self.read = behind, set()

    def __getattr__(self, name):
        if name in Situation.__struct_fields__:
            self.read.add(name)
            return getattr(self._behind, name)
        found = getattr(Situation, name)
        if isinstance(found, cached_property):
            return found.func(self)
        assert isinstance(found, FunctionType)
        return found.__get__(self)


@pytest.mark.parametrize("policy", [*BY_TEAM, *BY_STREAM, *BY_SCORE], ids=str)
def test_a_policy_reads_what_it_is_said_to_look_at(policy):
    watched = Watched(situation(served_so_far=PeriodScore(good=5, base=9, remaining=20)))
    policy(watched)
    assert (watched.read & EVERYTHING) - ROOM <= looks_at(policy)


@pytest.mark.parametrize(
    ("policies", "looks"),
    [(BY_TEAM, TEAM), (BY_STREAM, TEAM | STREAM), (BY_SCORE, EVERYTHING - ROOM)],
)
def test_what_is_looked_at(policies, looks):
    for policy in policies:
        assert looks_at(policy) == looks


def test_ones_own_policy_may_look_at_everything():
    class Own(QueueLength):
        pass

    def own(seen):
        return Rule.keep_while(seen.waiting < 2)

    for policy in (own, Own(3), Either(QueueLength(3), own)):
        assert looks_at(policy) == EVERYTHING
    assert not looks_at(MarginalCost()) >= SCORE


rates = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=3)


@given(policy=st.sampled_from(BY_TEAM), rates=rates, price=st.floats(0, 20), good=st.integers(0, 50))
def test_the_rule_stays_whatever_arrives(policy, rates, price, good):
    other = situation(
        arrival_rates=np.array(rates),
        prices=np.full(len(rates), price),
        served_so_far=PeriodScore(good=good, base=50, remaining=7),
    )
    before, after = policy(situation()), policy(other)
    for field in before.__struct_fields__:
        left, right = getattr(before, field), getattr(after, field)
        assert np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right


@pytest.mark.parametrize("policy", [*BY_TEAM, *BY_STREAM, *BY_SCORE], ids=str)
def test_the_rule_stays_far_from_the_end_of_the_room(policy):
    short, long = policy(situation(waiting_room=80)), policy(situation(waiting_room=90))
    for field in ("keep_cost", "keep_cost_open"):
        left, right = getattr(short, field), getattr(long, field)
        if left is not None:
            assert left[:30] == pytest.approx(right[:30], rel=1e-12)
            assert len(left) == len(right) - 10
