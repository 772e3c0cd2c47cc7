"""Policies made of policies: what they send, that a gate keeps its times, and what may not be wrapped."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Action,
    Both,
    Contact,
    Either,
    ExpectedWait,
    HashShare,
    Hysteresis,
    InputError,
    MarginalCost,
    MeetTarget,
    NeverOverflow,
    OccupancyLimit,
    OwnCost,
    QueueLength,
    QueuePerAgent,
    QueueState,
    Released,
    Router,
    Rule,
    ServedInTime,
    Share,
    Situation,
    Snapshot,
    Warm,
)
from bporoute.policies._composed import named_vendors
from helpers.clock import NOON
from helpers.strategies import one_queue

SERVICE = Contact("service")


def half_empty(situation: Situation) -> Rule:
    return Rule.keep_while(situation.waiting < situation.agents / 2)


plain = st.one_of(
    st.sampled_from((NeverOverflow(), MarginalCost(), half_empty)),
    st.builds(QueueLength, st.integers(0, 12)),
    st.builds(QueuePerAgent, st.floats(0, 3)),
    st.builds(OccupancyLimit, st.floats(0, 1)),
    st.builds(ExpectedWait, st.floats(0, 600)),
    st.builds(ServedInTime, st.floats(0, 1), st.floats(0, 120)),
    st.builds(MeetTarget, st.floats(0, 1), st.floats(0, 120)),
    st.builds(OwnCost, st.floats(0, 5)),
)
situations = st.builds(
    Situation,
    queue=st.just("service"),
    agents=st.integers(0, 9) | st.floats(0.5, 9),
    aht=st.floats(60, 600),
    patience=st.floats(20, 900) | st.just(math.inf),
    waiting_room=st.integers(0, 12),
    cost_rate=st.floats(0, 0.2),
    abandonment_cost=st.floats(0, 9),
    arrival_rates=st.floats(0, 0.1).map(lambda rate: np.array([rate])),
    prices=st.floats(0, 9).map(lambda price: np.array([price])),
)
prices = st.floats(0, 50)


def sends(policy, situation: Situation, price: float) -> np.ndarray:
    """For each number present: whether a contact that a vendor takes for a price is sent out."""
    return policy(situation).keep_cost > price


@given(plain, plain, situations, prices)
def test_either_sends_where_one_does_and_both_where_both_do(a, b, situation, price) -> None:
    one, other = sends(a, situation, price), sends(b, situation, price)
    assert (sends(Either(a, b), situation, price) == (one | other)).all()
    assert (sends(Both(a, b), situation, price) == (one & other)).all()


@given(plain, plain, plain, situations, prices)
def test_they_nest_as_logic_does(a, b, c, situation, price) -> None:
    spread = Either(Both(a, b), Both(a, c))
    assert (sends(Both(a, Either(b, c)), situation, price) == sends(spread, situation, price)).all()


@given(plain, plain, situations, st.floats(0, 100), st.floats(100, 1000))
def test_while_open_hysteresis_never_keeps_what_it_would_send(a, b, situation, dwell, release) -> None:
    try:
        policy = Hysteresis(a, b, dwell, release)
    except InputError:
        assert type(a) is type(b)
        policy = Hysteresis(b, a, dwell, release)
        a, b = b, a
    rule = policy(situation)
    assert (rule.keep_cost == a(situation).keep_cost).all()
    assert (rule.keep_cost_open == Either(a, b)(situation).keep_cost).all()
    assert (rule.dwell, rule.release) == (dwell, release)


def test_released_sends_everything_while_it_lasts() -> None:
    rule = Released(QueueLength(3), 60)(situation_of_four())
    assert (rule.keep_cost == QueueLength(3)(situation_of_four()).keep_cost).all()
    assert np.isposinf(rule.keep_cost_open).all()
    assert (rule.dwell, rule.release) == (0.0, 60)


def situation_of_four() -> Situation:
    return Situation(
        queue="service",
        agents=4,
        aht=240.0,
        patience=120.0,
        waiting_room=6,
        cost_rate=0.05,
        abandonment_cost=4.0,
        arrival_rates=np.array([0.02]),
        prices=np.array([4.5]),
    )


def test_warm_leaves_the_policy_as_it_is() -> None:
    inner = Hysteresis(QueueLength(5), QueueLength(1), 30, 300)
    situation = situation_of_four()
    rule, bare = Warm(inner, {"nord": 0.1})(situation), inner(situation)
    assert rule.warm == {"nord": 0.1}
    assert (rule.keep_cost == bare.keep_cost).all()
    assert (rule.keep_cost_open == bare.keep_cost_open).all()
    assert (rule.shares, rule.dwell, rule.release) == (None, 30, 300)


# -- run by a router ------------------------------------------------------------------------------


def walk(policy, steps) -> list[tuple[float, bool]]:
    """When a contact was routed, and whether it was sent out; a step is seconds later and how many wait."""
    now = NOON
    live = Router(one_queue(queue={"waiting_room": 50}), policy, clock=lambda: now, compile=False)
    found = []
    for later, waiting in steps:
        now += later
        state = QueueState(agents=4, busy=4, waiting=waiting, arrival_rate=0.01)
        decision = live.route(SERVICE, Snapshot(service=state))
        assert not decision.degraded
        found.append((now - NOON, decision.action == Action.OVERFLOW))
        live.settle(decision, "answered")
    return found


def sent(policy, *steps: tuple[float, int]) -> str:
    return "".join("s" if out else "." for _, out in walk(policy, steps))


def test_opens_high_and_closes_low() -> None:
    policy = Hysteresis(QueueLength(10), QueueLength(3))
    assert sent(policy, *((1, waiting) for waiting in (0, 9, 10, 9, 3, 2, 3, 9, 10))) == "..sss...s"


def test_dwells() -> None:
    policy = Hysteresis(QueueLength(10), QueueLength(3), dwell=60)
    assert sent(policy, (0, 10), (59, 0), (1, 0), (59, 20), (1, 20)) == "ss..s"


def test_a_timer_ends_sending() -> None:
    policy = Hysteresis(QueueLength(10), QueueLength(3), release=120)
    assert sent(policy, (0, 10), (119, 5), (1, 5), (0, 9), (0, 10), (1, 5)) == "ss..ss"
    assert (
        sent(Released(QueueLength(10), 120), (0, 9), (0, 10), (119, 0), (1, 0), (1, 10), (1, 0)) == ".ss.ss"
    )


@given(
    st.integers(0, 15),
    st.integers(0, 15),
    st.sampled_from((0, 5, 30, 100)),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40),
)
def test_hysteresis_never_flaps_more_often_than_it_dwells(one, other, dwell, steps) -> None:
    policy = Hysteresis(QueueLength(max(one, other)), QueueLength(min(one, other)), dwell)
    outcomes = walk(policy, steps)
    moves = [now for (_, before), (now, after) in itertools.pairwise(outcomes) if before != after]
    assert all(later - sooner >= dwell for sooner, later in itertools.pairwise(moves))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40))
def test_without_dwell_hysteresis_is_two_thresholds(steps) -> None:
    is_open, expected = False, []
    for _, waiting in steps:
        is_open = waiting >= (3 if is_open else 10)
        expected.append(is_open)
    assert [out for _, out in walk(Hysteresis(QueueLength(10), QueueLength(3)), steps)] == expected


def test_warm_sends_its_share_and_no_more() -> None:
    outcomes = sent(Warm(NeverOverflow(), {"nord": 0.125}), *((1, 0) for _ in range(80)))
    assert outcomes == ".......s" * 10


# -- what may not be wrapped ----------------------------------------------------------------------

WITH_MORE = (
    Share({"nord": 0.3}),
    HashShare({"nord": 0.3}),
    Hysteresis(QueueLength(5), QueueLength(1)),
    Released(QueueLength(5), 60),
    Warm(QueueLength(5), {"nord": 0.1}),
)
AROUND = {
    "Either": lambda policy: Either(policy, QueueLength(3)),
    "Both": lambda policy: Both(QueueLength(3), policy),
    "Hysteresis": lambda policy: Hysteresis(QueueLength(3), policy),
    "Released": lambda policy: Released(policy, 60),
}


@pytest.mark.parametrize("policy", WITH_MORE, ids=lambda policy: type(policy).__name__)
@pytest.mark.parametrize("around", AROUND)
def test_shares_gates_and_timers_stay_outside(policy, around: str) -> None:
    with pytest.raises(
        InputError, match=f"^{around}: found .*; expected a policy without shares, gate or timer"
    ):
        AROUND[around](policy)


@pytest.mark.parametrize(
    "answer",
    [
        Rule(shares={"nord": 0.3}),
        Rule(),
        Rule(keep_cost=np.zeros(11), dwell=5.0),
        Rule(keep_cost=np.zeros(11), release=5.0),
        Rule(keep_cost=np.zeros(11), keep_cost_open=np.zeros(11)),
        Rule(keep_cost=np.zeros(11), warm={"nord": 0.3}),
    ],
)
def test_a_policy_of_ones_own_with_a_gate_is_told_when_asked(answer: Rule) -> None:
    with pytest.raises(InputError, match=r"^Either: "):
        Either(QueueLength(3), lambda situation: answer)(situation_of_four())


@pytest.mark.parametrize("policy", [Share({"nord": 0.3}), HashShare({}), Warm(QueueLength(3), {})])
def test_a_warm_share_goes_with_no_other(policy) -> None:
    with pytest.raises(InputError, match=r"^Warm: found .*; expected a policy without shares of its own"):
        Warm(policy, {"nord": 0.1})


def test_a_policy_of_ones_own_that_shares_cannot_be_kept_warm() -> None:
    with pytest.raises(InputError, match=r"^Warm: "):
        Warm(lambda situation: Rule(shares={}), {"nord": 0.1})(situation_of_four())


@pytest.mark.parametrize("wrong", [None, 3, "QueueLength(3)", QueueLength])
@pytest.mark.parametrize("around", [*AROUND.values(), lambda policy: Warm(policy, {})])
def test_what_is_no_policy(wrong, around) -> None:
    with pytest.raises(InputError, match=r"expected a policy, such as QueueLength\(10\)"):
        around(wrong)


REVERSED = {
    "lengths": (QueueLength(3), QueueLength(10)),
    "waits": (ExpectedWait(20), ExpectedWait(30)),
    "occupancies": (OccupancyLimit(0.8), OccupancyLimit(0.9)),
    "factors": (OwnCost(2), OwnCost(1)),
    "probabilities": (ServedInTime(0.9, 20), ServedInTime(0.8, 20)),
    "both numbers": (ServedInTime(0.9, 20), ServedInTime(0.8, 30)),
    "targets": (MeetTarget(0.9, 20), MeetTarget(0.8, 20)),
}


@pytest.mark.parametrize(("open", "close"), REVERSED.values(), ids=REVERSED)
def test_open_and_close_the_other_way_round(open, close) -> None:
    with pytest.raises(InputError, match="expected a close that sends sooner than open"):
        Hysteresis(open, close)
    Hysteresis(close, open)
    Hysteresis(open, open)


NUMBERS = {
    "dwell": (lambda: Hysteresis(QueueLength(9), QueueLength(3), dwell=-1), "dwell = -1"),
    "nan": (lambda: Hysteresis(QueueLength(9), QueueLength(3), dwell=math.nan), "dwell = nan"),
    "endless": (lambda: Hysteresis(QueueLength(9), QueueLength(3), dwell=math.inf), "dwell = inf"),
    "release": (lambda: Hysteresis(QueueLength(9), QueueLength(3), release=0), "release = 0"),
    "before its dwell": (lambda: Hysteresis(QueueLength(9), QueueLength(3), 60, 30), "release = 30"),
    "seconds": (lambda: Released(QueueLength(9), 0), "seconds = 0"),
    "no seconds": (lambda: Released(QueueLength(9), "60"), "seconds = '60'"),
    "shares": (lambda: Warm(QueueLength(9), {"nord": 2}), "2"),
}


@pytest.mark.parametrize(("make", "found"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_that_cannot_be(make, found: str) -> None:
    with pytest.raises(InputError) as refused:
        make()
    assert refused.value.found == found


def test_the_vendors_that_a_policy_names() -> None:
    assert named_vendors(Share({"nord": 0.3, "syd": 0.1})) == ("nord", "syd")
    assert named_vendors(HashShare({"nord": 0.3})) == ("nord",)
    assert named_vendors(Warm(Hysteresis(QueueLength(3), QueueLength(1)), {"ost": 0.3})) == ("ost",)
    assert named_vendors(MarginalCost()) == named_vendors(half_empty) == ()
