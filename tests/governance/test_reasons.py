"""A month of reasons against sums by hand and against centers and lines without the rule."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from bporoute import Contact, Contract, QueueState, Router, Snapshot, VendorState
from bporoute.errors import InputError
from bporoute.governance import DecisionLog, explain_decision, reasons
from bporoute.governance._redecision import Logged, Redecision
from bporoute.policies import parse_policy
from helpers.clock import NOON
from helpers.strategies import one_queue, vendor

BUSY = Snapshot(service=QueueState(agents=4, busy=4, waiting=9))
CENTER = one_queue(
    {"wait_cost_per_minute": 1.0},
    vendors={
        "nord": vendor(contract=Contract(price_per_contact=2.0, cap_per_day=5), hours=("daily 09:00-13:00",)),
        "syd": vendor(contract=Contract(price_per_contact=3.0), capacity=2),
        "ost": vendor(contract=Contract(price_per_contact=1.0), languages=("et",)),
        "west": vendor(contract=Contract(price_per_contact=9.0), max_share=0.2),
    },
    timezone="Europe/Tallinn",
)


def log_of(path, center, policy, contacts, seed=3, step=3_000.0):
    draw, now = np.random.default_rng(seed), [NOON]
    router = Router(center, policy, clock=lambda: now[0], compile=False)
    with DecisionLog(path) as log:
        for number in range(contacts):
            now[0] += draw.exponential(step)
            waiting = int(draw.integers(0, 12))
            states = {"service": QueueState(4, 4, waiting, arrival_rate=0.02)}
            if draw.random() < 0.2:
                states["syd"] = VendorState(up=False)
            asked = Contact("service", str(draw.choice(["sv", "et"])), f"call {number}")
            decision = router.route(asked, Snapshot(**states))
            log.write(decision)
            if draw.random() < 0.5:
                router.settle(decision, "answered", 3.0, 200.0)
    return [json.loads(line) for line in path.read_text().splitlines() if '"kind"' not in line]


def without_the_rule(values, center, name, rule):
    """The line, and the center, as if the rule were not there for the vendor, each by its own way."""
    values, vendors = msgspec.json.decode(msgspec.json.encode(values)), dict(center.vendors)
    seen = values["vendors"][name]
    if rule == "opening_hours":
        vendors[name] = msgspec.structs.replace(vendors[name], hours=())
    elif rule == "max_share":
        vendors[name] = msgspec.structs.replace(vendors[name], max_share=1.0)
    elif rule == "cap_per_day":
        seen["today"] = 0.0
    elif rule == "capacity":
        seen["most_at_once"] = 1e6
    else:
        assert rule == "up"
        seen["up"] = True
    return values, msgspec.structs.replace(center, vendors=vendors)


@pytest.mark.parametrize("policy", ["MarginalCost()", "QueueLength(3)", "Share({'nord': 0.4, 'west': 0.3})"])
def test_the_sums_are_those_of_lines_and_centers_without_the_rule(tmp_path, policy):
    path = tmp_path / "decisions.jsonl"
    lines = log_of(path, CENTER, policy, 60)
    turned, went, cost = Counter(), Counter(), Counter()
    rule = parse_policy(policy)
    for values in lines:
        spent = {way["destination"]: way["cost"] for way in values["ranked"]}[values["destination"]]
        for out in values["rejected"]:
            key = out["destination"], out["rule"]
            turned[key] += 1
            if out["destination"] not in values["vendors"]:
                continue
            free, center = without_the_rule(values, CENTER, *key)
            made = Redecision(center).decide(msgspec.convert(free, Logged), rule)
            if made.destination == key[0]:
                went[key] += 1
                cost[key] += spent - made.cost
    found = reasons([path], CENTER)
    assert found.different == found.unreadable == found.unknown == 0
    told = Counter()
    for each in found.turned_away:
        key = each.destination, each.rule
        told[key] += each.contacts
        assert (each.priced > 0) == (each.rule != "language")
        assert each.priced in (0, each.contacts)
    assert told == turned
    assert {each.rule for each in found.turned_away} >= {"opening_hours", "language", "up"}
    for key in turned:
        mine = [each for each in found.turned_away if (each.destination, each.rule) == key]
        assert sum(each.would_go for each in mine) == went[key]
        assert math.isclose(sum(each.cost for each in mine), cost[key], rel_tol=1e-9, abs_tol=1e-9)
    assert sum(went.values()) > 5


@pytest.mark.parametrize(
    ("exposure", "cap", "turned_away"),
    [
        (4.5, None, ("max_exposure", 3, 3, 3, 4.5)),
        (None, 4.5, ("cap_money_per_day", 3, 3, 3, 4.5)),
        # the other bars all three without it, and a line has what the tighter one leaves alone
        (4.5, 4.5, ("max_exposure", 3, 0, 0, 0.0)),
        (4.5, 1e6, ("max_exposure", 3, 0, 0, 0.0)),
    ],
)
def test_of_several_limits_of_money_nobody_knows_what_one_cost(tmp_path, exposure, cap, turned_away):
    limited = Contract(price_per_contact=4.5, cap_money_per_day=cap)
    center = one_queue(
        vendors={
            "nord": vendor(contract=limited, max_exposure=exposure),
            "syd": vendor(contract=Contract(price_per_contact=6.0)),
        }
    )
    path = tmp_path / "decisions.jsonl"
    router = Router(center, "QueueLength(3)", clock=lambda: NOON, compile=False)
    with DecisionLog(path) as log:
        for _ in range(4):
            log.write(router.route(Contact("service"), BUSY))
    (each,) = reasons([path], center).turned_away
    assert (each.rule, each.contacts, each.priced, each.would_go, each.cost) == turned_away
    found = explain_decision([path], center, number=4, days=0.1)
    flips = [flip.destination for flip in found.flips if flip.name.startswith("rules.")]
    assert flips == ["nord"] * (turned_away[2] > 0)
    told = "nord has several limits of minutes and money" in " ".join(found.notes)
    assert told == (turned_away[2] == 0)


@pytest.mark.parametrize("open_hours", [(), ("daily 22:00-23:00",)])
def test_a_vendor_left_out_that_is_closed_too_is_barred_still(tmp_path, open_hours):
    center = one_queue(
        vendors={
            "nord": vendor(contract=Contract(price_per_contact=4.5), hours=open_hours),
            "syd": vendor(contract=Contract(price_per_contact=6.0)),
        }
    )
    path = tmp_path / "decisions.jsonl"
    router = Router(center, "QueueLength(3)", clock=lambda: NOON, compile=False)
    with DecisionLog(path) as log:
        log.write(router.route(Contact("service"), BUSY, exclude={"nord": "it failed"}))
    (each,) = reasons([path], center).turned_away
    would_go = int(not open_hours)
    told = (each.rule, each.contacts, each.priced, each.would_go, each.cost)
    assert told == ("exclude", 1, 1, would_go, 1.5 * would_go)


def test_kept_and_sent_add_up_to_what_the_log_says(tmp_path):
    path = tmp_path / "decisions.jsonl"
    lines = log_of(path, CENTER, "MarginalCost()", 60, step=200_000.0)
    found = reasons([path], CENTER, by="month")
    by_hand = Counter(
        (
            f"{datetime.fromisoformat(values['at']).astimezone(CENTER.zone):%Y-%m}",
            values["action"],
            values["destination"],
        )
        for values in lines
    )
    told = Counter()
    for each in found.where_to:
        told[each.span, each.action, each.destination] += each.contacts
    assert told == by_hand
    assert found.decisions == 60
    assert len({each.span for each in found.where_to}) > 3
    costs = [way["cost"] for values in lines for way in values["ranked"][:1]]
    assert math.isclose(sum(each.cost for each in found.where_to), sum(costs))


@pytest.mark.parametrize(
    ("by", "span"), [("day", "2026-11-25"), ("week", "2026-11-23"), ("month", "2026-11")]
)
def test_spans_are_those_of_the_centers_clock(tmp_path, by, span):
    at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC).timestamp()  # half past one in Tallinn
    router = Router(CENTER, "QueueLength(3)", clock=lambda: at, compile=False)
    with DecisionLog(tmp_path / "one.jsonl") as log:
        log.write(router.route(Contact("service"), BUSY))
    assert {each.span for each in reasons([tmp_path / "one.jsonl"], CENTER, by=by).where_to} == {span}


def test_why_contacts_stay_or_go(tmp_path):
    def why(center, contact, snapshot, policy="MarginalCost()"):
        router = Router(center, policy, clock=lambda: NOON, compile=False)
        with DecisionLog(tmp_path / "one.jsonl") as log:
            log.write(router.route(contact, snapshot))
        (one,) = reasons([tmp_path / "one.jsonl"], center).where_to
        return one.action, one.why

    asked, free = Contact("service"), Snapshot(service=QueueState(agents=4, busy=1))
    costly = one_queue({"wait_cost_per_minute": 5.0})
    assert why(costly, asked, free) == ("keep", "cheaper in-house")
    assert why(costly, asked, BUSY) == ("overflow", "cheaper there")
    assert why(costly, asked, free, "QueueLength(0)") == ("keep", "cheaper in-house")
    assert why(one_queue(), asked, BUSY, "QueueLength(3)") == (
        "overflow",
        "by the policy, though dearer there",
    )
    assert why(costly, asked, BUSY, "NeverOverflow()") == ("keep", "by the policy, though dearer in-house")
    assert why(costly, asked, Snapshot()) == ("keep", "the state of the queue was not known")
    estonian = one_queue(vendors={"nord": vendor(languages=("et",))})
    assert why(estonian, Contact("service", "sv"), BUSY) == ("keep", "no vendor may take it")
    full = one_queue({"waiting_room": 3})
    assert why(full, asked, BUSY) == ("overflow", "service may not take it: waiting_room")
    given = one_queue(kind={"sourcing": "full"})
    assert why(given, asked, free) == ("overflow", "contacts of its type are sourced in full")
    nobody = one_queue({"waiting_room": 3}, vendors={"nord": vendor(languages=("et",))}, fallback="reject")
    assert why(nobody, Contact("service", "sv"), BUSY) == ("reject", "nobody may take it")


def test_what_cannot_be_counted_is_said_and_the_rest_is_done(tmp_path):
    path = tmp_path / "decisions.jsonl"
    log_of(path, CENTER, "MarginalCost()", 4)
    lines = path.read_text().splitlines()
    first, last = (json.loads(lines[place]) for place in (2, 3))
    plain = {name: value for name, value in first.items() if name not in ("line", "prev", "hash")}
    elsewhere = {**plain, "destination": "ost", "center_version": "another"}
    mine = {**plain, "policy": "mine", "policy_version": None, "at": "2027-02-01T12:00:00+00:00"}
    preview = {**plain, "id": 0}
    other = tmp_path / "other.jsonl"
    texts = ["no JSON", '{"id": 7}', '["kind"]', *map(json.dumps, (elsewhere, mine, preview, last))]
    other.write_text("\n".join(texts) + "\n")
    found = reasons([path, other], CENTER)
    assert found.decisions == 4 + 3
    assert (found.unreadable, [bad.line for bad in found.bad_lines]) == (3, [1, 2, 3])
    assert (found.unknown, found.different, found.other_centers) == (1, 1, {"another": 1})
    assert found.gaps == ("2026-12", "2027-01")
    assert found.last.startswith("2027-02-01T14:00")


def test_nothing_is_no_error_and_another_span_is(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    found = reasons([tmp_path / "empty.jsonl"], CENTER)
    assert (found.decisions, found.first, found.turned_away, found.gaps) == (0, None, (), ())
    with pytest.raises(InputError, match="by: found 'year'; expected one of 'day', 'week', 'month'"):
        reasons([tmp_path / "empty.jsonl"], CENTER, by="year")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"no \.jsonl file"):
        reasons([tmp_path / "folder"], CENTER)
