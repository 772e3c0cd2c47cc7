"""Why a destination stands where it stands: said where costs do not say it, never against the facts."""

from __future__ import annotations

import itertools
import math
import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Contact,
    Contract,
    Decision,
    HashShare,
    Hysteresis,
    MarginalCost,
    NeverOverflow,
    QueueLength,
    QueueState,
    Released,
    Router,
    Rule,
    Share,
    Snapshot,
    ValueClass,
    VendorState,
    Warm,
)
from bporoute._kernels.routing import codes
from bporoute.routing._standing import standing
from helpers.clock import Clock
from helpers.strategies import one_queue, vendor

VENDORS = {
    "nord": vendor(expected_wait=20, capacity=3),
    "syd": vendor(expected_wait=60, contract=Contract(price_per_contact=5.0)),
    "ost": vendor(),
}


def every_other(situation):
    """A rule of one's own that keeps, sends, keeps again."""
    return Rule.keep_while(situation.present % 2 == 0)


POLICIES = (
    MarginalCost(),
    NeverOverflow(),
    QueueLength(0),
    QueueLength(2),
    Share({"nord": 0.3, "syd": 0.1}),
    Share({"syd": 0.0}),
    HashShare({"nord": 0.3, "syd": 0.2}),
    Hysteresis(QueueLength(2), QueueLength(0), dwell=20, release=60),
    Released(QueueLength(1), 30),
    Warm(MarginalCost(), {"syd": 0.5}),
    Warm(Hysteresis(QueueLength(1), QueueLength(0)), {"nord": 0.25}),
    every_other,
)
states = st.builds(
    QueueState,
    agents=st.sampled_from((0, 1, 4, 3.5)),
    busy=st.integers(0, 5),
    waiting=st.sampled_from((0, 0, 1, 2, 5)),
)
vendor_states = st.builds(
    VendorState, up=st.booleans(), in_flight=st.sampled_from((None, 0, 3)), expected_wait=st.none()
)
steps = st.tuples(
    states,
    st.dictionaries(st.sampled_from(sorted(VENDORS)), vendor_states, max_size=2),
    st.sampled_from((0.0, 1.0, 10.0, 40.0)),
    st.sampled_from(("", "gold")),
    st.integers(0, 9),
)


def before_the_usual_vendors(decision: Decision) -> bool:
    evidence = decision.evidence
    usual = [name for name, (tier, _) in evidence.places.items() if tier != codes.WARMED]
    return bool(usual) and usual[0] == decision.queue


def holds(said: str, decision: Decision) -> bool | None:
    """Whether what is said to have a contact kept is so; None: nothing of the kind is said."""
    present, agents = decision.present, decision.state.agents
    waiting = math.floor(present - agents) if present >= agents else -1
    if found := re.search(r"kept while fewer than (\S+) agents are busy", said):
        return present < float(found[1])
    if found := re.search(r"kept while fewer than (\d+) wait", said):
        return waiting < int(found[1])
    if "kept while nobody waits" in said:
        return waiting < 1
    if found := re.search(r"kept while an agent is free: (\d+) (is|are)", said):
        assert int(found[1]) == math.ceil(agents) - present >= 1
        return True
    if "kept only while an agent is free" in said:
        return present < agents
    if "never kept" in said:
        return False
    if "kept however many wait" in said:
        return True
    if "keeping goes on" in said:
        return True
    if "sending out goes on" in said:
        return False
    if found := re.search(r"(kept|sent out) with (\S+) present, by the policy", said):
        assert float(found[2]) == present
        return found[1] == "kept"
    return None


def check(decision: Decision) -> None:
    why, ways = standing(decision.contact, decision.evidence), decision.ways
    text = "".join(decision.explain().split())
    assert all("".join(said.split()) in text for said in why.values())
    assert set(why) <= set(decision.ranked)
    for one, two in itertools.pairwise(ways):
        if one.cost > two.cost + 0.005:
            assert why.get(one.destination) or why.get(two.destination), (one, two)
    if (kept := holds(why.get(decision.queue, ""), decision)) is not None:
        assert kept == before_the_usual_vendors(decision), (why, ways)
    for name, said in why.items():
        if "used up" in said:
            assert (decision.ranked[0] == name) == (name == decision.queue)
        if "kept warm" in said:
            assert decision.evidence.places[name][0] == codes.WARMED
        if found := re.search(r"its id draws (\S+), (only )?below (\S+) contacts go out", said):
            assert (float(found[1]) < float(found[3])) == (found[2] is None)
            assert (decision.ranked[0] == decision.queue) == (found[2] is not None)
        if "more than the cheapest vendor" in said:
            assert decision.contact.value_class == "gold"
            assert before_the_usual_vendors(decision)
        if "nobody who has a share may take it" in said:
            shares = decision.evidence.basis.solved.rule.shares
            assert not any(shares.get(other, 0) > 0 for other in decision.ranked)
    if found := re.search(r"waiting (\S+) \+ later contacts (\d+\.\d\d)", decision.explain()):
        cost = next(way.cost for way in ways if way.destination == decision.queue)
        assert float(found[1]) + float(found[2]) == pytest.approx(cost, abs=0.011)
    out = {each.destination: each.reason.rule for each in decision.rejected}
    lines = re.sub(r"\s+", " ", decision.explain())
    if found := re.search(r"; ([\w ]+) will have room for them again", lines):
        assert {out[name] for name in found[1].split(" and ")} <= {"capacity", "ramp"}
    if found := re.search(r"none of them may go to ([\w ]+?)(?: - | \d\. |$)", lines):
        assert {out[name] for name in found[1].split(" or ")} <= {"up", "health", "opening_hours"}
    believed = not decision.degraded or decision.degraded.startswith("nobody may take it")
    assert ("kept since" in lines) == (decision.evidence.kept_since > 0 and believed)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    policy=st.sampled_from(POLICIES),
    sourcing=st.sampled_from(("overflow", "overflow", "overflow", "full")),
    happens=st.lists(steps, min_size=1, max_size=8),
    live=st.booleans(),
)
def test_nothing_is_said_against_the_facts(policy, sourcing, happens, live) -> None:
    clock = Clock()
    center = one_queue(
        {"wait_cost_per_minute": 0.9, "abandonment_cost": 6.0, "arrival_rate": 0.02, "waiting_room": 4},
        {"sourcing": sourcing},
        vendors=VENDORS,
        value_classes={"gold": ValueClass(keep_up_to=1.5)},
    )
    router = Router(center, policy, clock=clock, compile=False)
    for state, others, pause, value_class, number in happens:
        clock.now += pause
        contact = Contact("service", id=f"call {number}", value_class=value_class)
        if live:
            router.state["service"].update(agents=state.agents, busy=state.busy, waiting=state.waiting)
            for name, each in others.items():
                router.vendors[name].update(up=each.up, in_flight=each.in_flight)
            check(router.route(contact))
            check(router.route(contact))
        else:
            check(router.route(contact, Snapshot(service=state, **others)))


def said_of(contact: Contact, center, state=None, **vendors: VendorState) -> str:
    state = state or QueueState(agents=4, busy=2)
    router = Router(center, MarginalCost(), clock=Clock(), compile=False)
    return router.route(contact, Snapshot(service=state, **vendors)).explain()


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("nb", "nobody in the center speaks nb: did you mean 'no'?"),
        ("norwegian", "nobody in the center speaks norwegian: did you mean 'no'?"),
        ("swedich", "nobody in the center speaks swedich: did you mean 'sv'?"),
        ("ja", "nobody in the center speaks ja"),
        ("no", ""),
        ("sv", ""),
    ],
)
def test_a_language_that_nobody_speaks(language: str, line: str) -> None:
    center = one_queue(
        {"languages": ("no", "sv")},
        vendors={"nord": vendor(languages=("no",)), "syd": vendor(languages=("sv-SE", "sv"))},
    )
    lines = [each.strip() for each in said_of(Contact("service", language), center).splitlines()]
    found = [each for each in lines if each.startswith("nobody in the center")]
    assert found == ([line] if line else [])


def test_what_else_nobody_has() -> None:
    center = one_queue(
        kind={"certificates": ("ISO 27001",)},
        vendors={"nord": vendor(certificates={"iso-27001": date(2030, 1, 1)}), "syd": vendor()},
    )
    assert "no vendor holds ISO 27001: did you mean 'iso-27001'?" in said_of(Contact("service"), center)
    center = one_queue(kind={"skills": ("billing",)}, vendors={"nord": vendor(skills=("biling",))})
    assert "no vendor has billing: did you mean 'biling'?" in said_of(Contact("service"), center)
    assert "no such contact type: did you mean 'service'?" in said_of(Contact("servis"), one_queue())
    said = said_of(Contact("service", data=("card",)), one_queue())
    assert "no rule is named 'card'" in said


def test_why_the_in_house_cost_is_what_it_is() -> None:
    center = one_queue(
        {"wait_cost_per_minute": 0.6, "abandonment_cost": 8.0, "arrival_rate": 0.02, "waiting_room": 30},
        vendors={"nord": vendor(capacity=3)},
    )
    state = QueueState(agents=4, busy=4, waiting=1)
    full = said_of(Contact("service"), center, state, nord=VendorState(in_flight=3))
    down = said_of(Contact("service"), center, state, nord=VendorState(up=False))
    assert "; nord will have room for them again" in full
    assert "; none of them may go to nord" in down

    def later(text: str) -> float:
        return float(re.search(r"later contacts (\d+\.\d\d)", text)[1])

    assert later(down) > later(full) > 0
    idle = said_of(Contact("service"), center, QueueState(agents=4, busy=3))
    assert "its cost is all for later contacts" in idle
