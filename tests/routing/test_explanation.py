from __future__ import annotations

import itertools
import json
import math
from datetime import date

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    Decision,
    MarginalCost,
    QualityPrior,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Rule,
    Share,
    Snapshot,
    ValueClass,
    VendorState,
)
from bporoute.policies._text import policy_label
from helpers.clock import NOON
from helpers.strategies import (
    BUSY,
    FREE,
    centers,
    fitting,
    one_queue,
    vendor,
    wild_contacts,
    wild_instants,
    wild_snapshots,
)


def decide(
    contact: Contact, state: QueueState | None, policy=None, center=None, now=NOON, **vendors
) -> Decision:
    policy = QueueLength(0) if policy is None else policy
    live = Router(one_queue() if center is None else center, policy, clock=lambda: now, compile=False)
    return live.route(contact, Snapshot(**vendors) if state is None else Snapshot(service=state, **vendors))


def told(decision: Decision) -> str:
    """The explanation, without the name of its policy."""
    return decision.explain().replace(policy_label(decision.evidence.basis.policy), "POLICY")


def note(decision: Decision) -> str:
    """What is said behind the in-house line."""
    lines = decision.explain().splitlines()
    place = next(place for place, line in enumerate(lines) if "(in-house)" in line)
    rest = itertools.takewhile(lambda line: line.startswith("     "), lines[place + 1 :])
    return " ".join([lines[place], *map(str.strip, rest)]).partition(" s  ")[2]


def test_overflow() -> None:
    center = one_queue(
        {"wait_cost_per_minute": 0.6},
        vendors={
            "nord": vendor(location="nearshore", expected_wait=20),
            "far east": vendor(contract=Contract(price_per_contact=12)),
        },
    )
    assert (
        told(decide(Contact("service", "sv"), BUSY, QueueLength(8), center))
        == """\
service (sv): send to nord
  service: 4 agents, 4 busy, 9 waiting; policy POLICY
  1. nord (nearshore)     4.70 EUR   wait 20 s  price 4.50 + waiting 0.20
  2. far east (onshore)  12.00 EUR    wait 0 s
  3. service (in-house)   6.00 EUR  wait 600 s  kept while fewer than 8 wait"""
    )


def test_keep() -> None:
    assert (
        told(decide(Contact("service"), FREE))
        == """\
service: keep in service
  service: 4 agents, 1 busy, 0 waiting; policy POLICY
  1. service (in-house)  0.00 EUR  wait 0 s  kept while an agent is free: 3 are
  2. nord (onshore)      4.50 EUR  wait 0 s"""
    )


ISO = {"iso": date(2027, 1, 31)}


def test_rejected_for_every_reason() -> None:
    vendors = {
        "type": vendor(contact_types=("sales",)),
        "tongue": vendor(languages=("sv", "et")),
        "data": vendor(country="IN"),
        "lapsed": vendor(certificates={"iso": date(2026, 11, 21)}),
        "bare": vendor(),
        "ended": vendor(certificates=ISO, contract=Contract(end=date(2026, 10, 31))),
        "night": vendor(certificates=ISO, timezone="Asia/Kolkata", hours=("daily 20:00-06:00",)),
        "down": vendor(certificates=ISO),
        "full": vendor(certificates=ISO, capacity=3),
        "hour": vendor(certificates=ISO, contract=Contract(cap_per_hour=0)),
        "day": vendor(certificates=ISO, contract=Contract(cap_per_day=0)),
        "period": vendor(certificates=ISO, contract=Contract(cap_per_period=0)),
    }
    center = Center(
        queues={"service": Queue(aht=240, waiting_room=20)},
        contact_types={
            "service": ContactType(queue="service", certificates=("iso",), data=("card",)),
            "sales": ContactType(queue="service"),
        },
        vendors=vendors,
        data_rules={"card": DataRule(countries=("EE", "LV"))},
        fallback="reject",
    )
    states = {"down": VendorState(up=False), "full": VendorState(in_flight=3)}
    decision = decide(Contact("service", "en"), QueueState(4, 4, 20), center=center, **states)
    assert (
        told(decision)
        == """\
service (en): turn away
  service: 4 agents, 4 busy, 20 waiting; policy POLICY
  degraded: nobody may take it, so the center's fallback holds: reject
  -  service: 24 contacts busy or waiting, room for 24
  -  type: takes sales, not service
  -  tongue: speaks sv, et, not en
  -  data: may not see this data: card in IN; may be seen by EE, LV
  -  lapsed: needs certificate iso: expired on 2026-11-21
  -  bare: needs certificate iso: not held
  -  ended: contract runs ... to 2026-10-31, today is 2026-11-22
  -  night: closed at Sun 17:30 Asia/Kolkata; open daily 20:00-06:00
  -  down: cannot be reached
  -  full: 3 contacts there, room for 3
  -  hour: 0 contacts sent this hour, at most 0
  -  day: 0 contacts sent today, at most 0
  -  period: 0 contacts sent this period, at most 0"""
    )


def test_share_policy() -> None:
    policy = Share({"nord": 0.25})
    assert (
        told(decide(Contact("service"), BUSY, policy))
        == """\
service: keep in service
  service: 4 agents, 4 busy, 9 waiting; policy POLICY
  1. service (in-house)  0.00 EUR  wait 600 s  the vendors' shares are used up for now
  2. nord (onshore)      4.50 EUR    wait 0 s  its share is 25 %, used up for now"""
    )


def test_degraded() -> None:
    assert (
        told(decide(Contact("service"), QueueState(agents=4, busy=4, waiting=-1)))
        == """\
service: keep in service
  service: 4 agents, 4 busy, -1 waiting; policy POLICY
  degraded: waiting is -1, not a number from 0 to 100000
  1. service (in-house)  cost unknown  wait unknown
  2. nord (onshore)          4.50 EUR      wait 0 s"""
    )
    assert told(decide(Contact("service"), None)).splitlines()[1:3] == [
        "  service: state unknown; policy POLICY",
        "  degraded: no state of queue 'service' is known",
    ]


def test_nobody_left() -> None:
    decision = decide(Contact("fax"), BUSY, center=one_queue(fallback="callback"))
    assert (
        told(decision)
        == """\
fax: promise a call back
  service: 4 agents, 4 busy, 9 waiting; policy POLICY
  degraded: nobody may take it, so the center's fallback holds: callback
  the center has no such contact type
  -  service: takes service, not fax
  -  nord: takes service, not fax"""
    )
    assert (
        decide(Contact("fax"), BUSY, center=one_queue(fallback="reject"))
        .explain()
        .startswith("fax: turn away\n")
    )
    assert decide(Contact("fax"), BUSY).explain().startswith("fax: keep in service\n")


def line_of(decision: Decision, destination: str) -> str:
    """What is said of one destination, behind its rank."""
    lines = (line.strip() for line in decision.explain().splitlines())
    return next(line[3:] for line in lines if line[3:].startswith(f"{destination} ("))


def test_the_parts_of_a_cost_add_up_to_it() -> None:
    center = one_queue(
        {"wait_cost_per_minute": 0.6, "unresolved_cost": 20.0, "resolution": 0.9},
        vendors={
            "worse": vendor(expected_wait=20, quality=QualityPrior(resolution=0.8)),
            "better": vendor(expected_wait=20, quality=QualityPrior(resolution=1.0)),
            "alike": vendor(quality=QualityPrior(resolution=0.9)),
            "free": vendor(contract=Contract(), expected_wait=20),
        },
    )
    decision = decide(Contact("service"), BUSY, QueueLength(0), center)
    assert line_of(decision, "worse").endswith("  price 4.50 + quality and risk 2.00 + waiting 0.20")
    assert line_of(decision, "better").endswith("  price 4.50 - quality and risk 2.00 + waiting 0.20")
    assert line_of(decision, "alike").endswith("  4.50 EUR    wait 0 s")
    assert line_of(decision, "free").endswith("  0.20 EUR   wait 20 s")


def test_contacts_that_give_up_at_the_vendor_are_not_paid() -> None:
    # (4.5 + 0) / (1 + 60/60): half of them give up.
    center = one_queue({"patience": 60.0}, vendors={"nord": vendor(expected_wait=60)})
    decision = decide(Contact("service"), BUSY, center=center)
    assert line_of(decision, "nord").endswith("  2.25 EUR   wait 60 s  price 4.50 - given up 2.25")


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(centers(), wild_contacts, wild_snapshots, wild_instants)
@pytest.mark.thorough
def test_every_destination_has_its_line(center, contact, snapshot, now) -> None:
    decision = Router(center, clock=lambda: now, compile=False).route(contact, snapshot)
    text = dense(decision.explain())
    for place, way in enumerate(decision.ways, start=1):
        assert dense(f"{place}. {way.destination} ") in text
        assert not math.isfinite(way.cost) or dense(f"{way.cost:.2f} {center.currency}") in text
    assert text.endswith("".join(dense(f"-{out.destination}: {out.reason}") for out in decision.rejected))


def dense(text: str) -> str:
    """Without what wrapping and columns add."""
    return "".join(text.split())


def test_long_sentences_are_wrapped() -> None:
    center = one_queue(
        kind={"data": ("personal",)},
        vendors={"manila": vendor(country="PH", processing_agreement=True, transfer=("scc",))},
        data_rules={"personal": DataRule(kind="gdpr")},
    )
    lines = decide(Contact("service"), BUSY, center=center).explain().splitlines()
    assert max(map(len, lines)) < 100
    assert lines[-2].startswith("  -  manila: may not see this data: personal in PH (SCC not assessed);")
    assert lines[-1].startswith("     ")
    assert lines[-1].endswith(" with a transfer assessment")


def live(queue: dict, *, busy: float, after: float, **changes) -> Decision:
    """The second of two decisions that the router makes by its own state, `after` seconds from the first."""
    now = NOON
    router = Router(one_queue(queue, **changes), QueueLength(5), clock=lambda: now, compile=False)
    router.state["service"].update(agents=4, busy=busy, waiting=0)
    router.route(Contact("service"))
    now += after
    return router.route(Contact("service"))


def test_what_was_kept_since_is_told() -> None:
    assert "service: 4 agents, 2 busy, 0 waiting, 1 kept since; " in live({}, busy=2, after=5.0).explain()


def test_a_stale_state_is_told_with_its_age() -> None:
    stale = live({"arrival_rate": 0.01}, busy=2, after=40.0)
    state, degraded = stale.explain().splitlines()[1:3]
    assert state.startswith(
        f"  service: 4 agents, 2 busy, 0 waiting 40 s ago, {stale.present:.3g} present expected; "
    )
    assert degraded == "  degraded: state of 'service' is 40 s old: decided on the expected one"
    lost = live({}, busy=2, after=400.0)
    assert "service: 4 agents, 2 busy, 0 waiting 400 s ago; " in lost.explain()


def test_a_state_of_words_is_told_in_words() -> None:
    decision = decide(Contact("service"), QueueState(agents="many", busy=None))  # type: ignore[arg-type]
    assert "  service: 'many' agents, None busy, 0 waiting; " in decision.explain()


def test_sourcing_in_full_makes_the_queue_the_fallback() -> None:
    decision = decide(Contact("service"), FREE, center=one_queue(kind={"sourcing": "full"}))
    assert note(decision) == "the fallback: contacts of this type are sourced full"
    alone = decide(
        Contact("service"), FREE, center=one_queue(kind={"sourcing": "full"}), nord=VendorState(up=False)
    )
    assert note(alone) == ""


def test_a_valued_customer_is_kept_longer_and_it_says_for_whom() -> None:
    center = one_queue(
        {"wait_cost_per_minute": 2.5, "arrival_rate": 0.01, "patience": 120.0},
        value_classes={"gold": ValueClass(keep_up_to=0.2)},
    )
    plain = decide(Contact("service"), BUSY, MarginalCost(), center)
    gold = decide(Contact("service", value_class="gold"), BUSY, MarginalCost(), center)
    assert gold.sends_from > plain.sends_from
    kept = f"gold: kept while fewer than {gold.sends_from - 4:g} wait"
    assert note(gold) == f"{kept}, up to 0.20 EUR more than the cheapest vendor"


PHRASES = {
    "always kept": (Rule.keep_while, lambda s: s.present >= 0, "kept however many wait"),
    "never kept": (Rule.keep_while, lambda s: s.present < 0, "never kept"),
    "spare agents": (Rule.keep_while, lambda s: s.present < 3, "kept while fewer than 3 agents are busy"),
    "agent free": (Rule.keep_while, lambda s: s.waiting < 0, "kept only while an agent is free"),
    "nobody waits": (Rule.keep_while, lambda s: s.waiting < 1, "kept while nobody waits"),
    "few wait": (Rule.keep_while, lambda s: s.waiting < 2, "kept while fewer than 2 wait"),
}


@pytest.mark.parametrize(("rule", "kept", "phrase"), PHRASES.values(), ids=PHRASES)
@pytest.mark.parametrize("agents", [4, 3.5])
def test_threshold_in_words(rule, kept, phrase: str, agents: float) -> None:
    def policy(situation):
        return rule(kept(situation))

    assert note(decide(Contact("service"), QueueState(agents=agents, busy=4, waiting=1), policy)) == phrase


def test_no_threshold_where_there_is_nowhere_to_send_it() -> None:
    assert note(decide(Contact("service"), BUSY, nord=VendorState(up=False))) == ""


def test_the_optimum_is_told_as_a_threshold() -> None:
    center = one_queue({"wait_cost_per_minute": 2.5, "arrival_rate": 0.01, "patience": 120.0})
    decision = decide(Contact("service"), BUSY, MarginalCost(), center)
    waiting = decision.sends_from - 4
    assert waiting > 1
    assert note(decision) == f"kept while fewer than {waiting:g} wait"


# -- as plain values --------------------------------------------------------------------------


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    centers(),
    wild_contacts,
    wild_snapshots,
    wild_instants,
    st.sampled_from((MarginalCost(), QueueLength(2), Share({"syd": 0.5}))),
)
def test_every_decision_is_plain_json(center, contact, snapshot, now, policy) -> None:
    decision = Router(center, fitting(policy, center), clock=lambda: now, compile=False).route(
        contact, snapshot
    )
    plain = decision.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == json.loads(msgspec.json.encode(plain))
    assert [way["destination"] for way in plain["ranked"]] == list(decision.ranked)
    assert [out["text"] for out in plain["rejected"]] == [str(out.reason) for out in decision.rejected]
    assert (plain["action"], plain["destination"], plain["degraded"]) == (
        str(decision.action),
        decision.destination,
        decision.degraded,
    )


def test_plain_values_of_one_decision() -> None:
    decision = decide(
        Contact("service", id="call 7"), QueueState(agents=math.nan), nord=VendorState(up=False)
    )
    expected = {
        "id": 1,
        "at": "2026-11-22T12:00:00+00:00",
        "center_version": one_queue().version,
        "policy": policy_label(QueueLength(0)),
        "policy_version": "QueueLength(0.0)",
        "contact": {
            "type": "service",
            "language": "",
            "id": "call 7",
            "data": (),
            "country": "",
            "value_class": "",
            "due": None,
            "skills": (),
        },
        "action": "keep",
        "destination": "service",
        "ranked": [{"destination": "service", "cost": None, "wait": None}],
        "rejected": [
            {
                "destination": "nord",
                "rule": "up",
                "observed": False,
                "limit": True,
                "text": "cannot be reached",
            },
        ],
        "queue": "service",
        "state": {"agents": None, "busy": 0.0, "waiting": 0.0, "arrival_rate": None, "aht": None},
        "age": None,
        "kept_since": None,
        "present": None,
        "belief": "distrusted",
        "distrust": "agents is nan, not a number from 0 to 100000",
        "gate_open": False,
        "gate_age": None,
        "luck": 0.0,
        "credit": 0.0,
        "aht": None,
        "classes": [],
        "served_so_far": None,
        "routed": 0.0,
        "sent": 0.0,
        "squares": 0.0,
        "vendors": {
            "nord": {
                "up": False,
                "most_at_once": None,
                "wait": 0.0,
                "team": 0.0,
                "team_aht": 240.0,
                "failure": 0.0,
                "admitted": 1.0,
                "admission": 0.0,
                "left_to_spend": None,
                "spending_limit": 15.0,
                "this_hour": 0.0,
                "today": 0.0,
                "this_period": 0.0,
                "center_day": 0.0,
                "in_flight": 0.0,
                "price": 4.5,
                "extra": 0.0,
                "credit": 0.0,
            }
        },
        "trouble": "",
        "sends_from": None,
        "degraded": "agents is nan, not a number from 0 to 100000",
    }
    plain = decision.to_dict()  # with the evidence that an audit needs, see tests/test_audit.py
    assert {name: plain[name] for name in expected} == expected


def test_a_clock_long_before_christ_is_plain_too() -> None:
    assert decide(Contact("service"), BUSY, now=-1e11).to_dict()["at"] is None


def test_one_contact_is_one():
    states = {"nord": VendorState(in_flight=1), "west": VendorState(in_flight=11)}
    vendors = {"nord": vendor(capacity=1), "west": vendor(capacity=11)}
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors=vendors,
    )
    text = told(decide(Contact("service", "en"), QueueState(4, 4, 3), center=center, **states))
    assert "nord: 1 contact there, room for 1" in text
    assert "west: 11 contacts there, room for 11" in text
