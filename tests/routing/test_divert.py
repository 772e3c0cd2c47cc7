"""The second choice: whoever is left out stays out, and what is diverted is counted where it goes, once."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    Decision,
    HashShare,
    HealthConfig,
    InputError,
    MarginalCost,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Share,
    Snapshot,
    Vendor,
    VendorState,
)
from bporoute._kernels.routing import columns
from bporoute.governance import Shadow, audit
from bporoute.governance._log_lines import LogLines
from helpers.interrupts import Interrupted, interrupted

NOON = 1795428000.0
SERVICE = Contact("service", "sv", id="call-1")
NAMES = ("nord", "syd", "vest", "öst")
COUNTRIES = ("LV", "EE")
CARD = DataRule(kind="places", countries=("LV",))
"""Nord and vest may see it, syd and öst may not."""
POLICIES = [
    QueueLength(0),
    MarginalCost(),
    Share({"nord": 0.5, "syd": 0.2, "vest": 0.2}),
    HashShare({"nord": 0.5, "syd": 0.3, "vest": 0.1}),
]


def center(**changes: Any) -> Center:
    each = {"timezone": "Europe/Tallinn", "contact_types": ("service",), "capacity": 4}
    vendors = {
        name: Vendor(
            country=COUNTRIES[place % 2],
            contract=Contract(price_per_contact=2.0 + place, cap_per_hour=6),
            **each,
        )
        for place, name in enumerate(NAMES)
    }
    settings = {
        "queues": {"service": Queue(aht=240, patience=300, waiting_room=20, stale_after=1e6, lost_after=2e6)},
        "contact_types": {"service": ContactType(queue="service")},
        "vendors": vendors,
    }
    return Center(**{**settings, **changes})


class World:
    """A router in a queue that is full, or is not."""

    def __init__(self, policy: Any = "QueueLength(0)", waiting: float = 15.0, **changes: Any) -> None:
        self.now = NOON
        self.router = Router(
            center(**changes), policy, clock=lambda: self.now, chance=lambda: 0.5, lease=3600.0, compile=False
        )
        self.router.state["service"].update(agents=4, busy=4, waiting=waiting)

    def send(self, contact: Contact = SERVICE, **told: Any) -> Decision:
        self.now += 1.0
        return self.router.route(contact, **told)

    def counts(self) -> list[Any]:
        arrays = self.router._tables.arrays
        return [
            arrays.usage.tolist(),
            np.nan_to_num(arrays.queues[:-1], nan=-9.0).tolist(),
            arrays.shares.tolist(),
        ]

    def vendors_table(self) -> list[Any]:
        return np.nan_to_num(self.router._tables.arrays.vendors, nan=-9.0).tolist()

    @property
    def came(self) -> tuple[float, float]:
        """Contacts that came to the center today, and to the queue."""
        arrays = self.router._tables.arrays
        return float(arrays.usage[-1, columns.ALL_ROUTED]), float(arrays.queues[0, columns.ROUTED])


def accounted(decision: Decision) -> dict[str, str]:
    """Every destination once: may take it, or the rule that says it may not."""
    ranked, out = decision.ranked, {each.destination: each.reason.rule for each in decision.rejected}
    assert len(ranked) == len(set(ranked))
    assert not set(ranked) & set(out)
    return dict.fromkeys(ranked, "") | out


OUT = st.sets(st.sampled_from([*NAMES, "service"]))


# --- exclude ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_kernels")
@pytest.mark.parametrize("policy", POLICIES, ids=str)
@given(out=OUT, waiting=st.integers(0, 25), before=st.lists(OUT, max_size=8))
def test_whoever_is_excluded_is_out_and_nobody_else(
    policy: Any, out: set[str], waiting: int, before: list[set[str]]
) -> None:
    world = World(policy, waiting)
    for names in before:
        world.send(exclude=tuple(names))
    usual = accounted(world.router.preview(SERVICE))
    asked = world.router.preview(SERVICE, exclude=out)
    decision = world.router.route(SERVICE, exclude=tuple(out))
    found = accounted(decision)
    assert set(found) == {*NAMES, "service"}
    assert {name for name, rule in found.items() if rule == "exclude"} == out
    assert {name: rule for name, rule in found.items() if name not in out} == {
        name: rule for name, rule in usual.items() if name not in out
    }
    assert decision.left_out == dict.fromkeys(out, "as asked")
    assert decision.destination not in out or (out >= set(decision.ranked) and not decision.ranked)
    assert (asked.action, asked.destination, asked.ranked) == (
        decision.action,
        decision.destination,
        decision.ranked,
    )
    assert all("left out for this contact: as asked" in decision.explain() for _ in out)


@pytest.mark.usefixtures("either_kernels")
@pytest.mark.parametrize("policy", POLICIES, ids=str)
@given(out=OUT, waiting=st.integers(0, 25))
def test_it_is_as_if_they_were_closed(policy: Any, out: set[str], waiting: int) -> None:
    """A vendor that is down is out alike, as long as nothing solves the rule anew for that."""
    excluding, closed = World(policy, waiting), World(policy, waiting)
    vendors = sorted(out - {"service"})
    for world in (excluding, closed):
        world.send()
    arrays = closed.router._tables.arrays
    arrays.vendors[[NAMES.index(name) for name in vendors], columns.UP] = 0.0
    excluded, without = excluding.send(exclude=vendors), closed.send()
    assert excluded.ranked == without.ranked
    assert excluded.destination == without.destination
    assert [way.cost for way in excluded.ways] == pytest.approx(
        [way.cost for way in without.ways], nan_ok=True
    )
    assert excluding.counts() == closed.counts()


@given(out=OUT)
def test_the_next_contact_knows_nothing_of_it(out: set[str]) -> None:
    world, never = World(), World()
    world.router.preview(SERVICE), never.router.preview(SERVICE)
    before = world.vendors_table()
    for snapshot in (
        None,
        Snapshot(service=QueueState(agents=2, busy=2, waiting=9), nord=VendorState(up=True)),
    ):
        world.router.preview(SERVICE, snapshot, exclude=tuple(out))
        assert world.vendors_table() == before
    assert world.counts() == never.counts()
    assert world.send().explain() == never.send().explain()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("nord", ""),
        (["nord"], ""),
        ({"nord": 1}, ""),
        (np.array(["nord"]), ""),
        (("nrod",), "exclude has 'nrod', not 'nord'"),
        ((None, 7), "exclude has None"),
        (
            range(8_000),
            "exclude has 7990 more that nobody knows",
        ),
        (7, "exclude is 7, not names"),
        (None, "exclude is None, not names"),
        ([], ""),
    ],
    ids=repr,
)
def test_whatever_is_told_is_decided(told: Any, says: str) -> None:
    decision = World().send(exclude=told)
    assert says in decision.degraded
    assert bool(says) == bool(decision.degraded)
    if not says and len(told):
        assert decision.destination == "syd"


def test_a_rule_that_bars_somebody_for_good_is_the_reason_that_is_told() -> None:
    world = World(data_rules={"card": DataRule(kind="domestic_only")}, country="SE")
    decision = world.send(Contact("service", data=("card",)), exclude=("nord",))
    assert accounted(decision)["nord"] == "data_rule"
    assert decision.destination == "service"


# --- divert -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_kernels")
@pytest.mark.parametrize("by", ["decision", "token"])
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_contact_is_tried_everywhere_once(policy: Any, by: str) -> None:
    world = World(policy)
    decision: Decision | None = world.send()
    tried, came = [], world.came
    while decision is not None:
        tried.append(decision.destination)
        assert decision.arrived == NOON + 1.0
        assert list(decision.left_out) == tried[:-1]
        assert decision.at == world.now
        world.now += 2.0
        told = decision if by == "decision" else decision.token
        decision = world.router.divert(told, failed=f"50{len(tried)}")
    assert sorted(tried) == sorted([*NAMES, "service"])
    assert world.came == came
    for name in NAMES:
        usage = world.router.usage(name)
        assert (usage.failed, usage.in_flight, usage.this_hour, usage.today) == (1, 0, 0, 0)
    assert world.router.status().refused_tokens == {}
    assert {each.failure for each in world.router.status().vendors} <= {f"50{n}" for n in range(1, 6)}


CONTACTS = [
    SERVICE,
    Contact("service", "", id="2"),
    Contact("service", "sv", id="3", country="SE", value_class="gold"),
    Contact("service", "sv", id="4", data=("card",)),
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["route", "divert", "divert", "settle"]),
        st.integers(0, 30),
        st.sampled_from(CONTACTS),
        st.sampled_from([(), ("nord",), ("syd", "vest")]),
    ),
    max_size=40,
)


@pytest.mark.usefixtures("either_kernels")
@pytest.mark.parametrize("policy", POLICIES, ids=str)
@given(steps=STEPS, rules=st.booleans())
def test_whatever_is_diverted_is_counted_once_and_within_the_limits(
    policy: Any, steps: list[Any], rules: bool
) -> None:
    limits = {"min_in_house_share": 0.3} if rules else {}
    world = World(policy, data_rules={"card": CARD}, country="SE", **limits)
    there: list[Decision] = []
    failed = dict.fromkeys(NAMES, 0)
    routed = ended = 0
    for what, which, contact, out in steps:
        if what == "route":
            there.append(world.send(contact, exclude=out))
            routed += 1
        elif there:
            world.now += 0.5
            decision = there.pop(which % len(there))
            if what == "settle":
                world.router.settle(decision, "answered", handle=100.0)
                ended += 1
                continue
            if decision.destination in failed:
                failed[decision.destination] += 1
            second = world.router.divert(decision.token if which % 2 else decision, failed="busy")
            if second is None:
                ended += 1
            else:
                assert second.destination not in (decision.destination, *decision.left_out)
                assert set(second.left_out) == {decision.destination, *decision.left_out}
                assert second.arrived == decision.arrived
                assert "data_rule" not in second.left_out.values()
                there.append(second)
        arrays = world.router._tables.arrays
        for name in NAMES:
            mine = sum(decision.destination == name for decision in there)
            usage = world.router.usage(name)
            assert usage.in_flight == mine <= 4
            assert usage.this_hour <= 6
            assert usage.failed == failed[name]
            assert usage.this_hour == usage.today == usage.in_flight + usage.answered
        assert world.came == (routed, routed)
        sent = arrays.usage[-1, columns.ALL_SENT]
        assert sent == sum(world.router.usage(name).today for name in NAMES)
        if rules:
            assert sent <= 0.7 * routed + 1e-9


@pytest.mark.usefixtures("either_kernels")
@pytest.mark.parametrize("policy", POLICIES, ids=str)
@given(waiting=st.integers(0, 20), contact=st.sampled_from(CONTACTS[:3]))
def test_a_token_diverts_as_its_decision(policy: Any, waiting: int, contact: Contact) -> None:
    by_decision, by_token = World(policy, waiting), World(policy, waiting)
    one, other = by_decision.send(contact), by_token.send(contact)
    while True:
        by_decision.now += 1.0
        by_token.now += 1.0
        second = by_decision.router.divert(one, "busy")
        token, other = other.token, None
        diverted = by_token.router.divert(token, "busy")
        assert (second is None) == (diverted is None)
        assert by_decision.counts() == by_token.counts()
        if second is None or diverted is None:
            break
        assert (second.action, second.destination, second.ranked) == (
            diverted.action,
            diverted.destination,
            diverted.ranked,
        )
        assert list(second.left_out) == list(diverted.left_out)
        assert second.arrived == diverted.arrived
        one, other = second, diverted


def test_a_token_has_its_contact_but_for_the_id() -> None:
    world = World(value_classes={}, data_rules={"card": CARD})
    contact = Contact("service", "sv", id="call-7", data=("card",), country="SE", value_class="gold")
    first, again = world.send(contact), world.send(contact)
    second = world.router.divert(first.token)
    assert second is not None
    assert (second.contact.data, second.contact.country, second.contact.id) == (("card",), "SE", "")
    assert second.destination == "vest"  # syd may not see it
    told = world.router.divert(again.token, contact=contact)
    assert told is not None
    assert told.contact == contact


def test_what_nobody_knows_any_more_goes_nowhere() -> None:
    world = World(data_rules={"card": CARD})
    first = world.send(Contact("service", data=("card",)))
    token = first.token
    world.router.ledger.marks = type(world.router.ledger.marks)()
    for name in (*NAMES, "service", "", "sv", ("service", "service")):
        world.router.ledger.marks.of[name]
    assert world.router.divert(token) is None
    usage = world.router.usage("nord")
    assert (usage.failed, usage.in_flight) == (1, 0)


@pytest.mark.parametrize("by", ["decision", "token"])
def test_who_retries_diverts_once(by: str) -> None:
    world = World()
    first = world.send()
    told = first if by == "decision" else first.token
    assert world.router.divert(told) is not None
    before = world.counts()
    assert world.router.divert(told) is None
    assert world.router.divert(told) is None
    assert world.counts() == before
    assert world.router.status().refused_tokens == {"settled": 2}
    other = World()
    assert other.router.divert(told) is None
    assert sum(other.router.status().refused_tokens.values()) == 1
    assert other.router.divert("") is None
    with pytest.raises(InputError, match="decision"):
        world.router.divert(None)


@pytest.mark.parametrize("fallback", ["keep", "reject", "callback"])
def test_nobody_left_reserves_nothing(fallback: str) -> None:
    world = World(fallback=fallback)
    first = world.send(exclude=("syd", "vest", "öst", "service"))
    assert first.destination == "nord"
    queue_before = world.counts()[1]
    assert world.router.divert(first) is None
    assert world.counts()[1] == queue_before
    assert world.router.status().open_contacts == 0
    assert world.came == (1.0, 1.0)


@pytest.mark.usefixtures("either_kernels")
@given(waiting=st.integers(0, 20), out=st.sets(st.sampled_from(NAMES), max_size=3))
def test_what_would_be_diverted_is(waiting: int, out: set[str]) -> None:
    world = World(waiting=waiting)
    first = world.send(exclude=tuple(out))
    world.router.preview(SERVICE)
    before, table = world.counts(), world.vendors_table()
    asked = world.router.divert(first, commit=False)
    assert (world.counts(), world.vendors_table()) == (before, table)
    assert world.router.status().vendors[0].failure == ""
    second = world.router.divert(first, failed="503")
    assert (asked is None) == (second is None)
    if asked is not None and second is not None:
        assert (asked.id, asked.destination, asked.ranked) == (0, second.destination, second.ranked)


def test_caps_seats_and_health_hold_for_what_is_diverted() -> None:
    """Nord fails all the time: it is ejected, and what it fails to take goes where there is room."""
    world = World(health=HealthConfig(minimum_volume=5, back_off=60.0))
    taken = dict.fromkeys([*NAMES, "service", None], 0)
    for _ in range(40):
        decision: Decision | None = world.send()
        while decision is not None and decision.destination == "nord":
            decision = world.router.divert(decision, failed="503")
        taken[decision.destination if decision else None] += 1
    assert world.router.usage("nord").failed < 20
    assert (taken["syd"], taken["vest"], taken["öst"]) == (4, 4, 4)
    assert taken["nord"] == 0
    vendor = world.router.status().vendors[0]
    assert (vendor.health, vendor.failure) == ("ejected", "503")
    assert "last failure: 503" in str(world.router.status())


def test_the_price_is_that_of_the_vendor_that_took_it() -> None:
    world = World()
    second = world.router.divert(world.send(), failed="busy")
    assert second is not None
    assert world.router.settle(second.token, "answered", handle=60.0) == 3.0
    assert world.router.usage("nord").spent == 0.0
    assert world.router.invoice("syd").total == 3.0


def test_a_contact_of_yesterday_counts_today_too() -> None:
    """Its first decision counts on the day before, so that today's shares have a contact to be shares of."""
    world = World(min_in_house_share=0.0)
    first = world.send()
    world.now += 86_400.0
    world.router.state["service"].update(agents=4, busy=4, waiting=15)
    second = world.router.divert(first)
    assert second is not None
    assert world.came == (1.0, 1.0)


# --- said, and audited --------------------------------------------------------------------------------------


def test_it_is_said_why() -> None:
    world = World()
    first = world.send(exclude=("syd",))
    world.now += 12.0
    second = world.router.divert(first, failed=503)
    assert second is not None
    text = second.explain()
    assert "nord: left out for this contact: it failed to take it: 503" in text
    assert "syd: left out for this contact: as asked" in text
    assert "came 12 s before" in text
    told = second.to_dict()
    assert told["left_out"] == {"syd": "as asked", "nord": "it failed to take it: 503"}
    assert told["arrived"] == first.to_dict()["at"]
    assert "left_out" not in first.to_dict() or first.left_out
    third = world.router.divert(second.token, failed="x\ny" * 200)
    assert third is not None
    assert third.left_out["nord"] == "as it was before"
    assert len(third.left_out["vest"]) < 130
    assert third.left_out["vest"].isprintable()


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_audits_make_the_same_decisions_again(policy: Any) -> None:
    world, lines = World(policy), []
    log = LogLines()
    for place in range(12):
        decision: Decision | None = world.send(exclude=("vest",) if place % 3 == 0 else ())
        while decision is not None:
            lines.append(log.decision(decision).decode())
            decision = world.router.divert(decision, "busy") if place % 2 else None
    assert any('"left_out"' in line for line in lines)
    assert any('"arrived"' in line for line in lines)
    report = audit(lines, world.router.center, chained=False)
    assert (report.same, report.different) == (len(lines), 0), report.first
    broken = json.loads(next(line for line in lines if '"left_out"' in line))
    broken["left_out"] = {}
    assert audit([json.dumps(broken)], world.router.center, chained=False).different == 1


@given(out=st.lists(OUT, min_size=1, max_size=8), waiting=st.integers(0, 20))
def test_a_shadow_of_the_same_policy_leaves_out_the_same(out: list[set[str]], waiting: int) -> None:
    world = World(waiting=waiting)
    shadow = Shadow(world.router, "QueueLength(0)")
    for names in out:
        world.now += 1.0
        decision = shadow.route(SERVICE, exclude=tuple(names))
        assert decision.left_out == dict.fromkeys(names, "as asked")
    report = shadow.report()
    assert (report.different, report.failures, report.contacts) == (0, 0, len(out))


# --- interrupts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["QueueLength(0)", "HashShare({'nord': 0.5, 'syd': 0.5})"])
def test_a_decision_without_somebody_is_made_whole_or_not_at_all(policy: str) -> None:
    def prepared() -> World:
        world = World(policy)
        world.send()
        return world

    never, whole = prepared(), prepared()
    with interrupted(-1) as lines:
        whole.send(exclude=("nord", "service"))
    undone = 0
    for at in range(1, lines[0] + 1, 2):
        world = prepared()
        try:
            with interrupted(at):
                world.send(exclude=("nord", "service"))
        except Interrupted:
            pass
        world.router.preview(SERVICE)
        done = world.counts()[0] != never.counts()[0]
        undone += not done
        if not done:
            assert world.counts()[0] == never.counts()[0], at
            assert world.came == never.came, at
        assert (
            world.router.preview(SERVICE).ranked == (whole if done else never).router.preview(SERVICE).ranked
        ), at
    assert undone > 20


def test_a_divert_that_is_interrupted_counts_the_contact_once() -> None:
    def prepared() -> tuple[World, Decision]:
        world = World()
        world.send()
        return world, world.send()

    whole, first = prepared()
    with interrupted(-1) as lines:
        whole.router.divert(first, failed="503")
    seen = set()
    for at in range(1, lines[0] + 1, 3):
        world, first = prepared()
        try:
            with interrupted(at):
                world.router.divert(first, failed="503")
        except Interrupted:
            pass
        world.router.preview(SERVICE)
        usage = [world.router.usage(name) for name in ("nord", "syd")]
        told = tuple((each.failed, each.in_flight, each.this_hour) for each in usage)
        seen.add(told)
        assert told in {
            ((0, 2, 2), (0, 0, 0)),  # not made
            ((1, 1, 1), (0, 0, 0)),  # settled, and nothing reserved
            ((1, 1, 1), (0, 1, 1)),
        }, at
        assert world.came == (2.0, 2.0), at
        assert not math.isnan(world.router.preview(SERVICE).cost)
    assert len(seen) >= 2
