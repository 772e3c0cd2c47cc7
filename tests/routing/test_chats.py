"""Queues whose agents have several contacts at once, decided live."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Action,
    ChatModel,
    Contact,
    Contract,
    MarginalCost,
    OccupancyLimit,
    QueueLength,
    QueueState,
    Router,
    Shadow,
    Snapshot,
    audit,
)
from helpers.clock import Clock
from helpers.strategies import one_queue, vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

CHAT = Contact("service")
CHATS = {
    "aht": 200.0,
    "concurrency": 3,
    "slowdown": (1.25, 1.5),
    "patience": 300.0,
    "arrival_rate": 0.02,
    "waiting_room": 20,
    "wait_cost_per_minute": 0.5,
    "abandonment_cost": 4.0,
}


def routing(policy=None, **changes) -> Router:
    center = one_queue(
        {**CHATS, **changes}, vendors={"nord": vendor(contract=Contract(price_per_contact=2.0))}
    )
    return Router(center, QueueLength(0) if policy is None else policy, clock=Clock(), compile=False)


def told(agents: float, busy: float = 0, waiting: float = 0) -> Snapshot:
    return Snapshot(service=QueueState(agents, busy, waiting))


def test_an_agent_with_room_for_another_chat_is_free() -> None:
    live = routing()
    for busy, action in ((0, "keep"), (2, "keep"), (5, "keep"), (6, "overflow"), (9, "overflow")):
        assert live.preview(CHAT, told(2, busy)).action == action
    assert live.preview(CHAT, told(2, 3, waiting=1)).action == "overflow"  # busy may be left out
    live.state["service"].update(agents=2, busy=3)
    assert [live.route(CHAT).action for _ in range(5)] == [Action.KEEP] * 3 + [Action.OVERFLOW] * 2


def test_the_room_is_what_may_wait_beside_what_is_in_hand() -> None:
    live = routing(QueueLength(99), waiting_room=4)
    full = live.route(CHAT, told(2, 6, waiting=4))
    assert str(full.rejected[0].reason) == "10 contacts busy or waiting, room for 10"
    assert live.route(CHAT, told(2, 6, waiting=3)).destination == "service"


def test_it_is_explained_in_chats() -> None:
    def said(agents: float, busy: float, waiting: float = 0, policy=None, **changes) -> str:
        text = routing(policy, **changes).preview(CHAT, told(agents, busy, waiting)).explain()
        return text.replace("; policy MarginalCost()", "").replace("; policy QueueLength(0)", "")

    assert (
        said(2, 6, 1)
        == """\
service: send to nord
  service: 2 agents, 6 in hand, 1 waiting
  1. nord (onshore)      2.00 EUR   wait 0 s
  2. service (in-house)  2.78 EUR  wait 93 s  kept only while an agent has room for it
  service: waiting 1.62 + later contacts 1.16"""
    )
    assert "kept while fewer than 2 wait" in said(2, 6, policy=QueueLength(2))
    assert "kept while fewer than 3 are in hand" in said(2, 5, policy=OccupancyLimit(0.5))


def test_more_chats_than_numbers_hold_are_not_believed() -> None:
    live = routing()
    assert live.route(CHAT, told(33_333)).degraded == ""
    assert live.route(CHAT, told(33_334)).degraded == "agents is 33334, not a number from 0 to 33333"


def test_a_state_that_grew_old_is_expected_by_the_law_of_chats() -> None:
    """Half an hour in the model without a way out is what is expected of a queue that keeps all."""
    live = routing(QueueLength(99), stale_after=10.0, lost_after=1000.0, abandonment_cost=0.0)
    live.state["service"].update(agents=2, busy=1, arrival_rate=0.02)
    live.clock.now += 100.0
    law = tuple(CHATS["aht"] * slower for slower in (1.0, *CHATS["slowdown"]))
    model = ChatModel(2, 3, 0.02, law, CHATS["patience"], waiting_room=20)
    mean = model.occupancy * 6 + model.queue_length
    assert live.route(CHAT).present == math.floor(mean)


def test_no_chat_waits_while_another_number_would_be_cheaper() -> None:
    """What is decided live is what the rule of the whole chain says, for each number present."""
    live = routing(MarginalCost())
    decisions = [live.preview(CHAT, told(2, min(i, 6), max(i - 6, 0))) for i in range(26)]
    sends = [decision.action == Action.OVERFLOW for decision in decisions]
    assert sends == sorted(sends)
    assert {decision.sends_from for decision in decisions} == {sends.index(True)}


@given(st.integers(0, 5), st.floats(50, 400))
def test_handle_times_are_learned_as_of_chats_alone(others: int, alone: float) -> None:
    """A chat beside others takes longer; told so, the router knows how long it would have taken alone."""
    live, plain = routing(QueueLength(0)), routing(QueueLength(0), concurrency=1, slowdown=())
    # Of so many chats among two agents, with at most three each: how long one takes on average.
    slower = {1: 1.0, 2: 1.0, 3: 3 / (2 / 1.25 + 1), 4: 1.25, 5: 5 / (3 / 1.5 + 2 / 1.25), 6: 1.5}
    for _ in range(60):
        live.settle(live.route(CHAT, told(2, others)), "answered", handle=alone * slower[others + 1])
        plain.settle(plain.route(CHAT, told(2)), "answered", handle=alone)
    learned, expected = (each._tables.queues.watches[0].aht for each in (live, plain))
    assert learned == pytest.approx(expected, rel=1e-9)


def test_of_a_state_that_is_not_known_nothing_is_learned() -> None:
    live = routing(QueueLength(0))
    for _ in range(50):
        live.settle(live.route(CHAT), "answered", handle=1000.0)
    assert live._tables.queues.watches[0].aht == 200.0


def test_chats_can_be_audited_and_shadowed() -> None:
    live = routing(QueueLength(0))
    shadow = Shadow(live, MarginalCost())
    lines = []
    for present in range(20):
        decision = shadow.route(CHAT, told(2, min(present, 6), max(present - 6, 0)))
        lines.append(json.dumps(decision.to_dict()))
    report = audit(lines, live.center, chained=False)
    assert report.clean, report
    assert report.same == 20
    alone = [
        routing(MarginalCost()).route(CHAT, told(2, min(i, 6), max(i - 6, 0))).destination for i in range(20)
    ]
    found = shadow.report()
    assert found.failures == 0
    kept = sum(pair.contacts for pair in found.pairs if pair.shadow == "service")
    assert kept == alone.count("service")
