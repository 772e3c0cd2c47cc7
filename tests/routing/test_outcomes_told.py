"""What a router is told of how contacts ended: billed as told, unknown, or odd and said."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from bporoute import (
    BilledContact,
    Center,
    Contact,
    Contract,
    Exponential,
    PerContact,
    PerMinute,
    QueueLength,
    Router,
    Snapshot,
)
from helpers.clock import Clock
from helpers.strategies import BUSY, FREE, one_queue, vendor

SERVICE = Contact("service")


def router(center: Center | None = None) -> Router:
    """It sends out whatever would have to wait."""
    return Router(center or one_queue(), QueueLength(0), clock=Clock(), lease=math.inf, compile=False)


def told(queue=BUSY) -> Snapshot:
    return Snapshot(service=queue)


PER_MINUTE = Contract(terms=(PerMinute(price=0.8, step=30), PerContact(price=0.1)))


@pytest.mark.parametrize(
    "told_as", [{}, {"handle": None}, {"handle": math.nan}, {"handle": np.float32("nan")}]
)
def test_an_unknown_handle_time_is_billed_as_expected_and_counted_as_unknown(told_as: dict) -> None:
    live = router(one_queue(vendors={"nord": vendor(contract=PER_MINUTE)}))
    owed = live.settle(live.route(SERVICE, told()), "answered", wait=None, **told_as)
    assert owed == pytest.approx(PER_MINUTE.price(Exponential(240.0)))
    assert (live.usage("nord").unknown, live.usage("nord").handled) == (1, 0.0)
    assert live.odd_reports == {}


@pytest.mark.parametrize("handle", [0, 0.0, 0.5, 29, 30, 31, 3600, 86_400, np.float32(90), np.int64(90)])
def test_what_is_owed_is_what_the_contract_bills(handle: float) -> None:
    live = router(one_queue(vendors={"nord": vendor(contract=PER_MINUTE)}))
    owed = live.settle(live.route(SERVICE, told()), "answered", handle=handle)
    invoice = PER_MINUTE.invoice(PER_MINUTE.usage().add(BilledContact(handle=float(handle))))
    assert owed == pytest.approx(invoice.total)
    assert live.invoice("nord").total == pytest.approx(owed)
    assert (live.usage("nord").unknown, live.usage("nord").handled) == (0, float(handle))
    assert live.odd_reports == {}


@pytest.mark.parametrize(
    "handle", [-1, -1e-9, -math.inf, math.inf, 86_401, 1e12, 10**400, "180", True, b"", [180.0], object(), 3j]
)
def test_a_handle_time_that_cannot_be_is_said_and_not_billed(handle: Any) -> None:
    center = one_queue(vendors={"nord": vendor(contract=PER_MINUTE)})
    live, twin = router(center), router(center)
    assert live.settle(live.route(SERVICE, told()), "answered", handle=handle) == pytest.approx(0.1)
    assert (live.usage("nord").unknown, live.usage("nord").handled) == (0, 0.0)
    said = live.odd_reports["nord"]
    assert said.count == 1
    assert re.fullmatch(r"handle is .+, not seconds from 0 to 86,400", said.last)
    # No estimate has moved by it: what is told and kept goes on as after a contact of 0 s.
    twin.settle(twin.route(SERVICE, told()), "answered", handle=0.0)
    for each in (live, twin):
        for _ in range(64):
            each.settle(each.route(SERVICE, told(FREE)), "answered", handle=handle if each is live else 0.0)
    assert live.odd_reports["service"].count == 64
    assert live.preview(SERVICE, told()).ways == twin.preview(SERVICE, told()).ways


@pytest.mark.parametrize("wait", [-1, math.inf, 1e12, "20", True])
def test_a_wait_that_cannot_be_is_said_and_unknown(wait: Any) -> None:
    live = router(one_queue(vendors={"nord": vendor(contract=PER_MINUTE)}))
    assert live.settle(live.route(SERVICE, told()), "answered", wait=wait, handle=60) == pytest.approx(0.9)
    assert live.usage("nord").waited == 0.0
    assert live.odd_reports["nord"].last.startswith("wait is ")


@pytest.mark.parametrize("satisfaction", [80, -0.1, 1.01, math.inf, "4", True])
def test_a_satisfaction_that_cannot_be_is_said_and_ignored(satisfaction: Any) -> None:
    live = router()
    decision = live.route(SERVICE, told())
    live.judge(decision, satisfaction=satisfaction)
    assert live.odd_reports["nord"].last.startswith("satisfaction is ")
    assert live._tables.offers.watch.quality[0].satisfaction.count == 0


@pytest.mark.parametrize(
    ("resolved", "yes"), [(True, 1), (False, 0), (np.bool_(True), 1), (1, 1), (0.0, 0), (None, None)]
)
def test_resolved_is_yes_no_or_unknown(resolved: Any, yes: int | None) -> None:
    live = router()
    live.judge(live.route(SERVICE, told()), resolved=resolved, satisfaction=None)
    seen = live._tables.offers.watch.quality[0].resolution
    assert (seen.count, seen.total) == ((0, 0) if yes is None else (1, yes))
    assert live.odd_reports == {}


@pytest.mark.parametrize("resolved", ["no", "yes", 2, 0.5, [], object()])
def test_anything_else_is_no_answer_to_whether_it_was_resolved(resolved: Any) -> None:
    live = router()
    live.judge(live.route(SERVICE, told()), resolved=resolved)
    assert live._tables.offers.watch.quality[0].resolution.count == 0
    assert live.odd_reports["nord"].last.endswith(", not True, False or None")


def test_a_batch_is_settled_by_the_same_numbers() -> None:
    live = router(one_queue(vendors={"nord": vendor(contract=PER_MINUTE)}))
    live.state["service"].update(agents=1, busy=1, waiting=30)
    routed = live.route_many([SERVICE] * 4)
    assert routed.counts()["nord"] == 4
    owed = routed.settle("answered", wait=[1.0, None, -5.0, math.nan], handle=[60.0, None, -60.0, 0.0])
    expected = PER_MINUTE.price(Exponential(240.0))  # the call of 60 s has moved it a little
    assert owed == pytest.approx(0.9 + expected + 0.1 + 0.1, rel=0.01)
    assert live.usage("nord").unknown == 1
    assert live.odd_reports["nord"].count == 2


def learned_price(told_beside: list[float]) -> float:
    """Full minutes of .58, once 600 calls of 45 s on average, and others between them, were settled."""
    chance = np.random.default_rng(1)
    minutes = Contract(terms=(PerMinute(price=0.58, step=60),))
    live = router(one_queue(vendors={"nord": vendor(contract=minutes)}))
    for _ in range(600):
        live.settle(live.route(SERVICE, told()), "answered", handle=float(chance.exponential(45.0)))
        for handle in told_beside:
            live.settle(live.route(SERVICE, told()), "answered", handle=handle)
    return next(way.price for way in live.preview(SERVICE, told()).ways if way.destination == "nord")


def test_what_cannot_be_is_not_learned_and_calls_of_no_time_are_priced() -> None:
    alone = learned_price([])
    assert learned_price([-1.0]) == pytest.approx(alone, rel=0.02)
    assert learned_price([0.0]) == pytest.approx(alone / 2, rel=0.12)


def test_a_wait_that_nobody_has_the_patience_for_is_said_and_unknown() -> None:
    """Customers stay 300 s on average: 15,000 are milliseconds."""
    live = router(one_queue({"patience": 300.0}, vendors={"nord": vendor(contract=PER_MINUTE)}))
    for wait in (4_500.0, 15_000.0):
        live.settle(live.route(SERVICE, told()), "answered", wait=wait, handle=60.0)
    assert live.usage("nord").waited == 4_500.0
    assert live.odd_reports["nord"].last == "wait is 15000.0, not seconds from 0 to 4,500"
