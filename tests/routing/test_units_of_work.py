"""Contact types whose handle times differ in one queue are decided by the work that they make."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    Either,
    ExpectedWait,
    HandleTimeEstimate,
    HandleTimePrior,
    Hysteresis,
    MarginalCost,
    Queue,
    QueueLength,
    QueueState,
    Released,
    Router,
    Shadow,
    Situation,
    Snapshot,
    audit,
)
from helpers import naive
from helpers.clock import NOON, Clock
from helpers.strategies import vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

SHORT, LONG = Contact("short"), Contact("long")
QUEUE = {
    "aht": 240.9,
    "patience": 345.0,
    "arrival_rate": 0.1392,
    "waiting_room": 60,
    "wait_cost_per_minute": 0.2279,
    "abandonment_cost": 8.117,
    "stale_after": math.inf,
    "lost_after": math.inf,
}
BUSY = QueueState(agents=32, busy=32, waiting=1)
AHTS = {"short": 189.0, "long": 566.0}


def center(ahts: dict[str, float | None], prices: tuple[float, float] = (4.05, 5.0), **queue: Any) -> Center:
    return Center(
        queues={"desk": Queue(**{**QUEUE, **queue})},
        contact_types={name: ContactType(queue="desk", aht=aht) for name, aht in ahts.items()},
        vendors={
            f"to_{name}": vendor(contact_types=(name,), contract=Contract(price_per_contact=price))
            for name, price in zip(ahts, prices, strict=False)
        },
    )


def router(ahts: dict[str, float | None], policy: Any = None, **more: Any) -> Router:
    live = Router(center(ahts, **more), policy or MarginalCost(), clock=Clock(), compile=False)
    live.state["desk"].update(agents=32, busy=32, waiting=1)
    return live


def situation(decision: Decision) -> Situation:
    return decision.evidence.basis.solved.situation


def keeping(decision: Decision) -> float:
    """What keeping the contact is told to cost."""
    return next(way.cost for way in decision.ways if way.destination == "desk")


def seen_both(live: Router, short: int = 6, long: int = 1) -> None:
    """Have the mix known, and its rule solved for it."""
    live.state["desk"].update(busy=0, waiting=0)
    for _ in range(short):
        live.route(SHORT)
    for _ in range(long):
        live.route(LONG)
    live.state["desk"].update(busy=32, waiting=1, arrival_rate=0.1392)


# -- the rule -----------------------------------------------------------------------------------------


def test_equal_handle_times_change_no_bit() -> None:
    same = [router({"short": aht, "long": aht}) for aht in (None, QUEUE["aht"])]
    told = []
    for live in same:
        seen_both(live)
        told.append([])
        for waiting in range(12):
            live.state["desk"].update(busy=32, waiting=waiting)
            for contact in (SHORT, LONG):
                decision = live.route(contact)
                record = decision.to_dict()
                assert record["work"] == 1.0
                assert "work" not in decision.explain()
                told[-1].append([(way.destination, way.cost) for way in decision.ways])
    assert told[0] == told[1]


def test_a_contact_costs_its_share_of_the_congestion_and_its_own_wait() -> None:
    """By value iteration in units of work, with the own wait by first steps."""
    live = router(AHTS, waiting_room=8)
    seen_both(live)
    queue = live.center.queues["desk"]
    mu, theta = 1 / 240.9, 1 / 345.0
    seen = situation(live.preview(LONG, Snapshot(desk=BUSY)))
    classes = sorted(zip(seen.prices, seen.works, seen.arrival_rates, strict=True))
    prices, works, rates = np.array(classes).T
    assert list(prices) == [4.05, 5.0]
    assert list(works) == [189.0 / 240.9, 566.0 / 240.9]
    assert rates == pytest.approx(np.array([6, 1]) * 0.1392 / 7)
    _, differences = naive.value_iteration(40, 32, mu, theta, queue.cost_rate, 0.0, rates, prices, works)
    for contact, work in zip((SHORT, LONG), works, strict=True):
        for waiting in (0, 1, 5):
            asked = live.preview(contact, Snapshot(desk=QueueState(32, 32, waiting)))
            own = queue.cost_rate * naive.own_wait(32 + waiting, 32, mu, theta)
            cost = work * (differences[32 + waiting] - own) + own
            assert keeping(asked) == pytest.approx(cost, rel=1e-7)
            assert asked.evidence.work == work


def test_the_long_ones_go_first_where_they_are_cheap_by_the_minute() -> None:
    live = router(AHTS)
    seen_both(live)
    destinations = {
        contact.type: live.preview(contact, Snapshot(desk=BUSY)).destination for contact in (SHORT, LONG)
    }
    assert destinations == {"short": "desk", "long": "to_long"}
    alike = router({"short": None, "long": None})
    seen_both(alike)
    assert alike.preview(LONG, Snapshot(desk=BUSY)).destination == "desk"


def test_a_told_handle_time_is_the_unit() -> None:
    live = router({"short": None, "long": 600.0})
    asked = live.preview(LONG, Snapshot(desk=QueueState(32, 32, 1, aht=300.0)))
    assert asked.evidence.work == 2.0
    assert live.preview(SHORT, Snapshot(desk=QueueState(32, 32, 1, aht=300.0))).evidence.work == 1.0
    assert live.preview(LONG).evidence.work == 600.0 / 240.9


def test_before_anything_was_told_work_is_no_matter() -> None:
    asked = Router(center(AHTS), MarginalCost(), clock=Clock(), compile=False).preview(LONG)
    assert asked.evidence.work == 1.0
    assert asked.degraded
    assert math.isnan(keeping(asked))


@pytest.mark.parametrize(
    "policy", [ExpectedWait(20), QueueLength(2), Either(QueueLength(9), ExpectedWait(25))], ids=repr
)
def test_rules_that_look_at_waiting_do_not_look_at_work(policy: Any) -> None:
    uneven, even = (router(ahts, policy) for ahts in (AHTS, {"short": None, "long": None}))
    for waiting in range(12):
        told = Snapshot(desk=QueueState(32, 32, waiting))
        for contact in (SHORT, LONG):
            asked = [live.preview(contact, told) for live in (uneven, even)]
            assert asked[0].ranked == asked[1].ranked
            assert asked[0].evidence.sends_from("") == asked[1].evidence.sends_from("")


def test_a_gate_and_a_timer_weigh_work_too() -> None:
    plain, gate, timer = (
        router(AHTS, policy)
        for policy in (
            MarginalCost(),
            Hysteresis(MarginalCost(), QueueLength(1)),
            Released(MarginalCost(), seconds=60.0),
        )
    )
    for live in (plain, gate, timer):
        seen_both(live)
    told = Snapshot(desk=BUSY)
    for live in (gate, timer):
        for contact in (SHORT, LONG):
            wanted = plain.preview(contact, told)
            asked = live.preview(contact, told)
            assert asked.destination == wanted.destination, (live, contact)
    gate.route(LONG, told)  # opens, and then whoever would wait goes
    assert gate.preview(SHORT, told).destination == "to_short"


# -- what is told of it -------------------------------------------------------------------------------


def test_it_is_said_and_can_be_checked() -> None:
    live = router(AHTS)
    seen_both(live)
    decision = live.route(LONG)
    assert decision.explain().splitlines()[2] == "  work: 566 s on average, 2.35 times the queue's 241 s"
    record = decision.to_dict()
    assert record["work"] == 566.0 / 240.9
    assert {each["work"] for each in record["classes"]} == {189.0 / 240.9, 566.0 / 240.9}
    # "kept while fewer than .. wait" is true of this contact.
    waiting = int(decision.evidence.sends_from("")) - 32
    for at, kept in ((waiting - 1, True), (waiting, False)):
        told = Snapshot(desk=QueueState(32, 32 + min(at, 0), max(at, 0)))
        assert (live.preview(LONG, told).destination == "desk") is kept
    report = audit(
        [json.dumps(live.route(contact).to_dict()) for contact in (SHORT, LONG)], live.center, chained=False
    )
    assert report.clean


def test_an_audit_finds_that_the_work_was_another() -> None:
    live = router(AHTS)
    seen_both(live)
    record = live.route(LONG).to_dict()
    assert audit([json.dumps(record)], live.center, chained=False).clean
    assert not audit([json.dumps(record | {"work": 1.0})], live.center, chained=False).clean
    classes = [each | {"work": 1.0} for each in record["classes"]]
    assert not audit([json.dumps(record | {"classes": classes})], live.center, chained=False).clean


def test_a_shadow_weighs_work_as_the_live_rule_does() -> None:
    shadow = Shadow(router(AHTS, QueueLength(0)), MarginalCost())
    alone = router(AHTS)
    told = Snapshot(desk=QueueState(32, 32, 1, arrival_rate=0.1392))
    contacts = [SHORT] * 6 + [LONG, SHORT, LONG, SHORT]
    wanted = [alone.route(contact, told).destination for contact in contacts]
    for contact in contacts:
        assert shadow.route(contact, told).destination != "desk"
    assert wanted.count("desk") == 8
    assert {(each.shadow, each.contacts) for each in shadow.report().pairs} == {("desk", 8), ("to_long", 2)}


def test_a_batch_weighs_work_as_single_contacts_are() -> None:
    one, many = router(AHTS), router(AHTS)
    contacts = [SHORT] * 6 + [LONG] + [SHORT, LONG] * 20
    alone = [one.route(contact) for contact in contacts]
    routed = many.route_many(contacts)
    assert [decision.destination for decision in alone] == list(routed.destinations)
    assert set(routed.destinations) == {"desk", "to_short", "to_long"}
    ranked = [decision.ways[0].cost for decision in alone]
    np.testing.assert_array_equal(routed.cost, ranked)


# -- what is learned ----------------------------------------------------------------------------------


def settled(live: Router, contact: Contact, handle: float, times: int) -> None:
    for _ in range(times):
        decision = live.route(contact, Snapshot(desk=QueueState(32, 0)))
        assert decision.destination == "desk"
        live.settle(decision, "answered", handle=handle)


def mean_of(prior: float, handles: list[float]) -> float:
    estimate = HandleTimeEstimate(HandleTimePrior(aht=prior))
    for handle in handles:
        estimate = estimate.step(handle)
    return estimate.mean


def test_the_handle_time_of_a_type_is_learned_from_what_it_states() -> None:
    live = router(AHTS)
    settled(live, SHORT, 200.0, 100)
    settled(live, LONG, 900.0, 100)
    watch = live._tables.queues.watches[0]
    assert watch.aht_of("short") == pytest.approx(mean_of(189.0, [200.0] * 100), rel=0.02)
    assert watch.aht_of("long") == pytest.approx(mean_of(566.0, [900.0] * 100), rel=0.02)
    decision = live.route(LONG)
    assert decision.evidence.work == pytest.approx(watch.aht_of("long") / watch.aht, rel=1e-12)
    assert situation(decision).aht == watch.aht


def test_types_that_state_nothing_are_told_apart_by_what_is_seen() -> None:
    live = router({"short": None, "long": None})
    settled(live, SHORT, 120.0, 200)
    settled(live, LONG, 480.0, 200)
    watch = live._tables.queues.watches[0]
    assert watch.aht_of("short") == pytest.approx(mean_of(watch.aht, [120.0] * 200), rel=0.02)
    assert watch.aht_of("long") == pytest.approx(mean_of(watch.aht, [480.0] * 200), rel=0.02)
    assert live.route(LONG).evidence.work / live.route(SHORT).evidence.work > 2.5


def test_a_type_of_which_nothing_was_seen_is_as_its_queue_is() -> None:
    live = router({"short": None, "long": None})
    settled(live, SHORT, 480.0, 400)
    watch = live._tables.queues.watches[0]
    assert watch.aht > 400.0
    assert watch.aht_of("long") == watch.aht
    assert live.route(LONG).evidence.work == 1.0


def test_the_only_type_of_a_queue_is_its_queue() -> None:
    live = router({"short": None})
    settled(live, SHORT, 500.0, 50)
    assert live.route(SHORT).evidence.work == 1.0
    watch = live._tables.queues.watches[0]
    assert watch.aht_of("short") == watch.aht > 300.0


def test_one_that_is_stated_as_the_queue_is_learns_with_it_to_the_bit() -> None:
    live = router({"short": 240.9})
    settled(live, SHORT, 500.0, 50)
    assert live._tables.queues.watches[0].aht > 300.0
    assert live.route(SHORT).evidence.work == 1.0


def test_what_nobody_knows_is_as_the_queue_is() -> None:
    live = router(AHTS)
    assert live.route(Contact("fax")).evidence.work == 1.0
    assert live._tables.queues.watches[0].aht_of("fax") == 240.9


def test_handle_times_that_cannot_be_are_not_learned() -> None:
    live = router(AHTS)
    settled(live, LONG, math.nan, 3)
    settled(live, LONG, -5.0, 3)
    assert live._tables.queues.watches[0].aht_of("long") == 566.0


# -- what it costs at vendors -------------------------------------------------------------------------


def test_by_the_minute_a_long_contact_is_dear_there_too() -> None:
    by_the_minute = msgspec.structs.replace(
        center(AHTS),
        vendors={"to_both": vendor(contact_types=("short", "long"), contract=Contract(price_per_minute=1.0))},
    )
    live = Router(by_the_minute, MarginalCost(), clock=lambda: NOON, compile=False)
    prices = {
        contact.type: next(
            way.price
            for way in live.preview(contact, Snapshot(desk=BUSY)).ways
            if way.destination == "to_both"
        )
        for contact in (SHORT, LONG)
    }
    assert prices == pytest.approx({"short": 189.0 / 60, "long": 566.0 / 60})


def test_a_vendor_that_gets_the_long_ones_is_not_taken_for_slow() -> None:
    """Its handle times are compared with those of the same type in-house."""
    live = router(AHTS, QueueLength(0))
    live.state["desk"].update(busy=32, waiting=5)
    for _ in range(100):
        decision = live.route(LONG)
        assert decision.destination == "to_long"
        live.settle(decision, "answered", handle=566.0)
    assert live._tables.offers.slower(1) == pytest.approx(1.0, abs=1e-12)


def test_a_handle_time_that_nobody_tells_is_billed_as_the_type_states() -> None:
    by_the_minute = msgspec.structs.replace(
        center(AHTS),
        vendors={"to_long": vendor(contact_types=("long",), contract=Contract(price_per_minute=1.0))},
    )
    live = Router(by_the_minute, QueueLength(0), clock=Clock(), compile=False)
    live.state["desk"].update(agents=32, busy=32, waiting=5)
    assert live.settle(live.route(LONG), "answered") == pytest.approx(566.0 / 60)
