from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Contact,
    Contract,
    InputError,
    MarginalCost,
    NeverOverflow,
    QueueLength,
    QueueState,
    Router,
    Rule,
    Shadow,
    Share,
    Snapshot,
    VendorState,
    _kernels,
)
from bporoute.policies._composed import Hysteresis, Warm
from bporoute.policies._shares import HashShare
from helpers.clock import NOON, Clock
from helpers.strategies import (
    BUSY,
    FREE,
    centers,
    one_queue,
    vendor,
    wild_contacts,
    wild_instants,
    wild_snapshots,
)

SERVICE = Contact("service")
TWO = one_queue(
    {"wait_cost_per_minute": 0.6, "patience": 120.0, "arrival_rate": 0.02},
    vendors={
        "nord": vendor(contract=Contract(price_per_contact=4.5), expected_wait=20),
        "syd": vendor(contract=Contract(price_per_contact=3.0), capacity=6),
    },
)
POLICIES = (
    MarginalCost(),
    QueueLength(2),
    Share({"nord": 0.3, "syd": 0.4}),
    HashShare({"nord": 0.5, "syd": 0.2}),
    Hysteresis(QueueLength(4), QueueLength(1), dwell=20.0, release=60.0),
    Warm(MarginalCost(), {"nord": 0.25}),
)


def day(decider, router: Router, clock: Clock, contacts: int = 40) -> list[tuple]:
    """Contacts of a day and what became of each; the state is told now and then, some are settled."""
    seen, open_ = [], []
    for number in range(contacts):
        clock.now += 9.0 if number % 11 else 100.0
        if number % 4 == 1:
            router.state["service"].update(agents=4, busy=4, waiting=(number * 5) % 8, arrival_rate=0.02)
        snapshot = Snapshot(service=BUSY, nord=VendorState(in_flight=1)) if number % 7 == 6 else None
        decision = decider.route(Contact("service", id=f"call {number}"), snapshot)
        seen.append((decision.action, decision.destination, repr(decision.ways), decision.degraded))
        open_.append(decision)
        if number % 3 == 2:
            router.settle(open_.pop(0), "answered", 3.0, 200.0)
    return seen


def pair(live, shadow, center=TWO) -> tuple[Shadow, Router, Clock]:
    clock = Clock()
    router = Router(center, live, clock=clock, compile=False)
    return Shadow(router, shadow), router, clock


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_the_live_policy_in_its_own_shadow_agrees_always(kernels, monkeypatch, policy) -> None:
    monkeypatch.setattr(_kernels, "current", lambda: kernels)
    shadow, router, clock = pair(policy, policy)
    day(shadow, router, clock)
    report = shadow.report()
    assert (report.contacts, report.different, report.failures, report.failure) == (40, 0, 0, "")
    assert report.first == ()
    assert report.cost_difference == 0.0


@pytest.mark.parametrize("policy", POLICIES, ids=str)
@pytest.mark.parametrize("live", POLICIES[:3], ids=str)
def test_a_shadow_changes_nothing(live, policy) -> None:
    alone_clock = Clock()
    alone = Router(TWO, live, clock=alone_clock, compile=False)
    shadow, router, clock = pair(live, policy)
    assert day(shadow, router, clock) == day(alone, alone, alone_clock)
    for name in TWO.vendors:
        assert router.usage(name) == alone.usage(name)
    report = shadow.report()
    assert (
        report.contacts == report.same + report.different == sum(pair.contacts for pair in report.pairs) == 40
    )


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    centers(),
    st.lists(st.tuples(wild_contacts, wild_snapshots, wild_instants), min_size=1, max_size=3),
    st.sampled_from((MarginalCost(), QueueLength(2), NeverOverflow())),
)
def test_a_shadow_decides_whatever_is_asked(center, asked, policy) -> None:
    clock = Clock()
    shadow = Shadow(Router(center, policy, clock=clock, compile=False), policy)
    for contact, snapshot, now in asked:
        clock.now = now
        shadow.route(contact, snapshot)
    report = shadow.report()
    assert (report.same, report.different, report.failure) == (len(asked), 0, "")
    json.dumps(report.to_dict(), allow_nan=False)


def test_costs_are_those_of_the_live_decision() -> None:
    shadow, _, _ = pair(QueueLength(8), QueueLength(20))
    decisions = [shadow.route(SERVICE, Snapshot(service=state)) for state in (BUSY, FREE, BUSY)]
    costs = {way.destination: way.cost for way in decisions[0].ways}
    report = shadow.report()
    assert (report.live, report.shadow) == ("QueueLength(8)", "QueueLength(20)")
    assert (report.contacts, report.same, report.different, report.costed) == (3, 1, 2, 3)
    assert report.cost_difference == pytest.approx(2 * (costs["service"] - costs["syd"]))
    assert report.mean_cost_difference == pytest.approx(report.cost_difference / 3)
    assert [(each.live, each.shadow, each.contacts) for each in report.pairs] == [
        ("syd", "service", 2),
        ("service", "service", 1),
    ]
    assert report.pairs[0].cost_difference == report.cost_difference
    example = report.first[0]
    assert (example.decision, example.contact, example.at) == (decisions[0].id, SERVICE, NOON)
    assert (example.live_cost, example.shadow_cost) == (costs["syd"], costs["service"])
    plain = report.to_dict()
    assert json.loads(json.dumps(plain))["first"][0]["shadow"] == "service"
    assert plain["mean_cost_difference"] == report.mean_cost_difference


def test_an_unknown_cost_is_left_out() -> None:
    full = one_queue({}, {"sourcing": "full"})
    shadow, _, _ = pair(QueueLength(8), QueueLength(8), full)
    shadow.route(SERVICE, Snapshot(service=QueueState(math.nan), nord=VendorState(up=False)))
    report = shadow.report()
    assert (report.contacts, report.costed, report.cost_difference) == (1, 0, 0.0)
    assert math.isnan(report.mean_cost_difference)
    assert report.to_dict()["mean_cost_difference"] is None


def test_a_fallback_goes_by_its_action() -> None:
    shadow, _, _ = pair(QueueLength(8), MarginalCost(), one_queue(fallback="callback"))
    shadow.route(Contact("fax"), Snapshot(service=BUSY))
    assert [(each.live, each.shadow) for each in shadow.report().pairs] == [("callback", "callback")]


def test_what_breaks_in_the_shadow_stays_there() -> None:
    def broken(situation):
        raise ZeroDivisionError("no agents")

    shadow, router, clock = pair(QueueLength(2), broken)
    alone_clock = Clock()
    alone = Router(TWO, QueueLength(2), clock=alone_clock, compile=False)
    assert day(shadow, router, clock, 10) == day(alone, alone, alone_clock, 10)
    report = shadow.report()
    assert report.failures == 9  # the first contact met no state, and was kept by both
    assert report.contacts == 1
    assert "ZeroDivisionError: no agents" in report.failure


def test_an_exception_anywhere_is_a_failure(monkeypatch) -> None:
    shadow, _, _ = pair(QueueLength(2), MarginalCost())

    def gone(*_, **__):
        raise MemoryError("no room")

    monkeypatch.setattr(shadow._bench, "decide", gone)
    assert shadow.route(SERVICE, Snapshot(service=BUSY)).destination == "syd"
    assert (shadow.report().failures, shadow.report().failure) == (1, "MemoryError: no room")


def test_counted_shares_go_on_as_if_they_were_carried_out() -> None:
    shadow, router, clock = pair(NeverOverflow(), Share({"syd": 0.25}))
    for _ in range(20):
        router.state["service"].update(agents=4, busy=1)
        shadow.route(SERVICE)
        clock.now += 1.0
    assert [(each.live, each.shadow, each.contacts) for each in shadow.report().pairs] == [
        ("service", "service", 15),
        ("service", "syd", 5),
    ]
    assert router.usage("syd").today == 0


def test_only_the_first_differences_are_shown() -> None:
    shadow, _, _ = pair(NeverOverflow(), QueueLength(0))
    for number in range(15):
        shadow.route(Contact("service", id=str(number)), Snapshot(service=BUSY))
    report = shadow.report()
    assert report.different == 15
    assert [example.contact.id for example in report.first] == [str(number) for number in range(10)]


def test_rules_are_solved_once_for_each_situation() -> None:
    solved = []

    def counting(situation):
        solved.append(situation.agents)
        return Rule.keep_while(situation.waiting < 3)

    shadow, router, clock = pair(QueueLength(2), counting)
    router.state["service"].update(agents=4, busy=4, waiting=1, arrival_rate=0.02)
    shadow.route(SERVICE)
    before = len(solved)
    for waiting in range(5):
        clock.now += 0.1
        router.state["service"].update(waiting=waiting)
        shadow.route(SERVICE)
    assert (before, len(solved)) == (1, 1)  # the kinds that are known by now change nothing


def test_a_policy_that_cannot_be_is_refused() -> None:
    router = Router(TWO, compile=False)
    with pytest.raises(InputError, match="'vest'"):
        Shadow(router, Share({"vest": 0.5}))
    with pytest.raises(InputError, match="'Best'"):
        Shadow(router, "Best()")
