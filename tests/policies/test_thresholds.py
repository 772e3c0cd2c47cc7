"""The rules of the trade on hand-made queues, and policies as text."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bporoute import (
    Both,
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
    Released,
    Rule,
    ServedInTime,
    Share,
    Situation,
    Warm,
)
from bporoute.policies._text import parse_policy, policy_label


def situation(agents: float = 4, waiting_room: int = 6, **changes) -> Situation:
    terms = {
        "queue": "service",
        "agents": agents,
        "aht": 240.0,
        "patience": 120.0,
        "waiting_room": waiting_room,
        "cost_rate": 0.05,
        "abandonment_cost": 4.0,
        "arrival_rates": np.array([0.02]),
        "prices": np.array([4.5]),
    }
    return Situation(**{**terms, **changes})


def sends_from(rule: Rule) -> int:
    """The contacts present from which on a rule sends out, whatever it costs; -1: never."""
    assert set(rule.keep_cost) <= {-math.inf, math.inf}
    sends = rule.keep_cost > 0
    first = int(sends.argmax()) if sends.any() else -1
    assert first < 0 or sends[first:].all()
    return first


# -- rules on hand-made queues --------------------------------------------------------------------

CASES = {
    "no limit": (NeverOverflow(), 4, -1),
    "three waiting": (QueueLength(3), 4, 7),
    "whoever would wait": (QueueLength(0), 4, 4),
    "half an agent more": (QueueLength(3), 3.5, 7),
    "half a contact for each agent": (QueuePerAgent(0.5), 4, 6),
    "none for each agent": (QueuePerAgent(0), 4, 4),
    "a fraction that rounds": (QueuePerAgent(0.1), 30, 33),  # 0.1 * 30 > 3
    "nobody at work": (QueuePerAgent(5), 0, 0),
    "three of four busy": (OccupancyLimit(0.75), 4, 3),
    "seventeen of twenty busy": (OccupancyLimit(0.85), 20, 17),
    "all busy": (OccupancyLimit(1), 4, 4),
    "at any occupancy": (OccupancyLimit(0), 4, 0),
    "occupied with nobody at work": (OccupancyLimit(1), 0, 0),
    "one place is a minute, less who gives up": (ExpectedWait(61), 4, 5),
}


@pytest.mark.parametrize(("policy", "agents", "threshold"), CASES.values(), ids=CASES)
def test_where_a_rule_begins_to_send(policy, agents: float, threshold: int) -> None:
    assert sends_from(policy(situation(agents))) == threshold


BAD_NUMBERS = {
    "negative": (lambda: QueueLength(-1), "QueueLength: found n = -1; expected n of at least 0"),
    "not a number": (lambda: QueueLength(math.nan), "QueueLength: found n = nan; expected n of at least 0"),
    "text": (lambda: QueuePerAgent("2"), "QueuePerAgent: found n = '2'; expected n of at least 0"),
    "a flag": (lambda: ExpectedWait(True), "ExpectedWait: found seconds = True; expected seconds of at"),
    "nothing": (lambda: OccupancyLimit(None), "OccupancyLimit: found most = None; expected most from 0 to 1"),
    "in percent": (lambda: OccupancyLimit(85), "OccupancyLimit: found most = 85; expected most from 0 to 1"),
    "probability": (lambda: ServedInTime(1.5, 20), "ServedInTime: found probability = 1.5; expected prob"),
    "infinite": (lambda: OwnCost(math.inf), "OwnCost: found factor = inf; expected factor from 0 to 1e+06"),
}


@pytest.mark.parametrize(("make", "complaint"), BAD_NUMBERS.values(), ids=BAD_NUMBERS)
def test_a_number_that_cannot_be(make, complaint: str) -> None:
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(complaint)


def test_numbers_of_numpy_are_numbers() -> None:
    assert QueueLength(np.int64(3)) == QueueLength(np.float64(3)) == QueueLength(3)


# -- policies as text -----------------------------------------------------------------------------

numbers = st.floats(0, 1e6, allow_subnormal=False)
portions = st.floats(0, 1)
given_shares = st.dictionaries(st.text(max_size=4), st.floats(0, 0.2), max_size=4)
simple = st.one_of(
    st.sampled_from((NeverOverflow(), MarginalCost(), MeetTarget())),
    st.builds(QueueLength, numbers | st.just(math.inf)),
    st.builds(QueuePerAgent, numbers),
    st.builds(OccupancyLimit, portions),
    st.builds(ExpectedWait, numbers),
    st.builds(ServedInTime, portions, numbers),
    st.builds(OwnCost, numbers),
    st.builds(MeetTarget, portions, numbers, st.sampled_from(("offered", "answered", "short_excluded"))),
)
plain = st.recursive(
    simple, lambda some: st.builds(Either, some, some) | st.builds(Both, some, some), max_leaves=4
)


@st.composite
def hysteresis(draw: st.DrawFn) -> Hysteresis:
    dwell = draw(st.floats(0, 600))
    release = draw(st.floats(600, 6000) | st.just(math.inf))
    try:
        return Hysteresis(draw(plain), draw(plain), dwell, release)
    except InputError:  # the two the other way round
        assume(False)
        raise


gated = plain | hysteresis() | st.builds(Released, plain, st.floats(1, 600))
policies = st.one_of(
    gated,
    st.builds(Warm, gated, given_shares),
    st.builds(Share, given_shares),
    st.builds(HashShare, given_shares),
)


@given(policies)
def test_what_a_policy_prints_as_is_read_back(policy) -> None:
    assert parse_policy(repr(policy)) == policy


@given(plain | hysteresis())
def test_a_label_without_shares_is_text_that_is_read(policy) -> None:
    again = parse_policy(policy_label(policy))
    assert type(again) is type(policy)
    assert policy_label(again) == policy_label(policy)


READ = {
    " QueueLength( 10 ) ": QueueLength(10),
    "QueueLength(n=10)": QueueLength(10),
    "ServedInTime(within=20, probability=.8)": ServedInTime(0.8, 20),
    "MeetTarget": MeetTarget(),
    "MeetTarget(0.8, 20)": MeetTarget(0.8, 20),
    "MeetTarget(.8, 20, counting='answered')": MeetTarget(0.8, 20, "answered"),
    "Either(QueueLength(10), MarginalCost)": Either(QueueLength(10), MarginalCost()),
    "Both(Either(QueueLength(9), ExpectedWait(60)), b=MarginalCost())": Both(
        Either(QueueLength(9), ExpectedWait(60)), MarginalCost()
    ),
    "Hysteresis(QueueLength(10), QueueLength(3), dwell=60)": Hysteresis(QueueLength(10), QueueLength(3), 60),
    "Hysteresis(QueueLength(10), QueueLength(3), release=inf)": Hysteresis(QueueLength(10), QueueLength(3)),
    "Released(QueueLength(10), 120)": Released(QueueLength(10), 120),
    "HashShare({'nord': 1})": HashShare({"nord": 1.0}),
    "Warm(Released(QueueLength(10), 120), {'nord': .02, 'syd': .01})": Warm(
        Released(QueueLength(10), 120), {"nord": 0.02, "syd": 0.01}
    ),
}


@pytest.mark.parametrize(("text", "policy"), READ.items(), ids=str)
def test_policies_are_read(text: str, policy) -> None:
    assert parse_policy(text) == policy


UNREADABLE = {
    "": "'' expected one of: Both, Either, ExpectedWait",
    "QueueLenght(3)": "'QueueLenght' expected 'QueueLength' (known: Both",
    "QueueLenght 3": "'QueueLenght' expected 'QueueLength' (known: Both",
    "Occupancy(0.9)": "'Occupancy' expected 'OccupancyLimit' (known: Both",
    "QueueLength": "no n expected QueueLength(n)",
    "QueueLength(3": "no closing bracket expected QueueLength(n)",
    "QueueLength 3": "'QueueLength 3' expected QueueLength(n)",
    "QueueLength(3, 4)": "QueueLength(3, 4) expected QueueLength(n)",
    "QueueLength(n=3, n=4)": "n twice expected QueueLength(n)",
    "QueueLength(3, n=4)": "n twice expected QueueLength(n)",
    "QueueLength(m=3)": "m expected one of: n",
    "QueueLength(**{'n': 3})": "None expected one of: n",
    "QueueLength('3')": "QueueLength: n = '3' expected n of at least 0",
    "QueueLength(True)": "QueueLength: n = True expected n of at least 0",
    "QueueLength(nan)": "'nan' expected plain numbers as in QueueLength(n)",
    "QueueLength(10**9)": "'10 ** 9' expected plain numbers as in QueueLength(n)",
    "QueueLength(__import__('os'))": "\"__import__('os')\" expected plain numbers as in QueueLength(n)",
    "QueueLength(1" + "0" * 400 + ")": "expected QueueLength(n)",
    "(QueueLength)(3)(4)": "'QueueLength(3)(4)' expected a policy, such as QueueLength(10)",
    "3": "'3' expected a policy, such as QueueLength(10)",
    "\0": "'' expected one of: Both",
    "Either(QueueLength(3), QueueLenght(3))": "b: 'QueueLenght' expected 'QueueLength' (known: Both",
    "Either(QueueLength(3), 3)": "b: '3' expected a policy, such as QueueLength(10)",
    "Either(QueueLength(3))": "no b expected Either(a, b)",
    "Either(QueueLength(3), Both(MarginalCost, QueueLength(-1)))": "b: b: QueueLength: n = -1 expected n of",
    "Either(QueueLength(3), Share({'nord': 0.3}))": "Either: Share(shares={'nord': 0.3}) expected a policy w",
    "Hysteresis(QueueLength(3))": "no close expected Hysteresis(open, close, dwell=0, release=inf)",
    "Hysteresis(QueueLength(9), QueueLength(3), dwel=5)": "dwel expected 'dwell' (known: open, close, dwell",
    "Share({'nord': 0.6, 'syd': 0.6})": "Share: 1.2 in all expected at most 1 in all",
    "Share({'nord': '1'})": "Share of nord: '1' expected a share in [0, 1]",
    "Share({3: 0.5})": "Share: 3 expected the name of a vendor, in quotes",
    "Share({[]: 0.5})": "'{[]: 0.5}' expected plain numbers as in Share(shares)",
    "Share(0.3)": "Share: 0.3 expected shares like {'nord': 0.3}",
    "MeetTarget(0.8)": "MeetTarget: within = None expected within of at least 0",
    "MeetTarget(0.8, 20, 'answerd')": "MeetTarget: 'answerd' expected 'answered' (known: offered",
}


@pytest.mark.parametrize(("text", "complaint"), UNREADABLE.items(), ids=[text[:40] for text in UNREADABLE])
def test_what_cannot_be_read_is_told_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_policy(text)
    told = str(refused.value)
    assert told.startswith(f"policy {text!r}: ")
    flat = told.removeprefix(f"policy {text!r}: ").replace("found ", "").replace("; expected", " expected")
    assert flat.startswith(complaint) or (complaint.startswith("expected") and complaint in flat)


@given(st.text(max_size=30) | st.sampled_from(("(" * 5000, "Either(" * 3000, "-" * 9000 + "1")))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        policy = parse_policy(text)
    except InputError:
        return
    assert callable(policy)


def half_empty(situation: Situation) -> Rule:
    return Rule.keep_while(situation.waiting < situation.agents / 2)


LABELS = {
    "MeetTarget()": MeetTarget(),
    "MeetTarget(0.8, 20)": MeetTarget(0.8, 20.0),
    "MeetTarget(0.8, 20, counting='answered')": MeetTarget(0.8, 20, "answered"),
    "Hysteresis(QueueLength(10), QueueLength(3))": Hysteresis(QueueLength(10), QueueLength(3.0)),
    "Hysteresis(QueueLength(10), QueueLength(3), dwell=60, release=600)": Hysteresis(
        QueueLength(10), QueueLength(3), 60.0, 600
    ),
    "Warm(Released(half_empty, 60), 3 %, 2 vendors)": Warm(Released(half_empty, 60), {"a": 0.01, "b": 0.02}),
    "HashShare(10 %, 1 vendor)": HashShare({"a": 0.1}),
    "half_empty": half_empty,
}


@pytest.mark.parametrize(("label", "policy"), LABELS.items(), ids=list(LABELS))
def test_labels_are_short(label: str, policy) -> None:
    assert policy_label(policy) == label
