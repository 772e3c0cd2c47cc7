"""Caps in minutes and in money: kept live and in simulations, each refusal with its reason."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import pytest

import bporoute as bp
from bporoute.estimates._vendor_health import VendorHealth
from bporoute.workload._arrivals import Arrivals

START = 1795392000.0  # a full hour
BUSY = bp.Snapshot(desk=bp.QueueState(agents=5, busy=5, waiting=9))


def center(**contract) -> bp.Center:
    return bp.Center(
        queues={
            "desk": bp.Queue(
                aht=120, patience=300, arrival_rate=0.05, wait_cost_per_minute=1.0, abandonment_cost=9.0
            )
        },
        contact_types={"call": bp.ContactType(queue="desk", sourcing=bp.Sourcing.FULL)},
        vendors={
            "nord": bp.Vendor(
                country="EE", timezone="UTC", contact_types=("call",), contract=bp.Contract(**contract)
            )
        },
    )


def router(place: bp.Center) -> tuple[bp.Router, list[float]]:
    now = [START]
    return bp.Router(place, bp.QueueLength(0), clock=lambda: now[0], compile=False), now


def sent(live: bp.Router) -> bp.Decision | None:
    decision = live.route(bp.Contact("call"), BUSY)
    return decision if decision.destination == "nord" else None


CAPS = {
    "cap_minutes_per_hour": (10.0, 3600.0, "the minutes left of this hour"),
    "cap_minutes_per_day": (10.0, 86_400.0, "the minutes left of this day"),
    "cap_minutes_per_period": (10.0, 31 * 86_400.0, "the minutes left of this period"),
    "cap_money_per_hour": (5.0, 3600.0, "the money left of this hour"),
    "cap_money_per_day": (5.0, 86_400.0, "the money left of this day"),
    "cap_money_per_period": (5.0, 31 * 86_400.0, "the money left of this period"),
}


@pytest.mark.parametrize("cap", CAPS)
def test_contacts_that_are_there_count_as_expected(cap):
    """Ten minutes, or 5.00 at .50 a minute: five calls of two minutes."""
    most, window, words = CAPS[cap]
    live, now = router(center(price_per_minute=0.5, **{cap: most}))
    taken = [sent(live) for _ in range(8)]
    assert [decision is not None for decision in taken] == [True] * 5 + [False] * 3
    refused = live.route(bp.Contact("call"), BUSY)
    (reason,) = (out.reason for out in refused.rejected if out.destination == "nord")
    assert reason.rule == cap
    assert words in reason.text
    assert reason.observed < 1.0
    now[0] += window
    assert sent(live) is not None


def test_what_a_contact_took_counts_once_it_is_known():
    live, _ = router(center(price_per_minute=0.5, cap_minutes_per_hour=10.0))
    first = [sent(live) for _ in range(5)]
    assert sent(live) is None
    live.settle(first[0], "answered", handle=0.0)
    assert sent(live) is not None  # its two minutes are free again
    assert sent(live) is None
    live.settle(first[1], "answered", handle=600.0)
    for decision in first[2:]:
        live.settle(decision, "answered", handle=0.0)
    assert sent(live) is None  # ten minutes are used up


def test_failures_and_unknown_times():
    live, _ = router(center(price_per_minute=0.5, cap_money_per_hour=5.0))
    first = [sent(live) for _ in range(5)]
    live.settle(first[0], "failed")
    assert sent(live) is not None
    assert sent(live) is None
    live.settle(first[1], "answered")  # nobody knows how long: as expected
    assert sent(live) is None
    live.settle(first[2], "abandoned", wait=20.0)
    assert sent(live) is not None


def test_what_was_taken_and_what_is_expected_never_exceeds_the_cap():
    live, now = router(center(price_per_minute=0.5, cap_minutes_per_hour=30.0))
    chance, there, taken, admitted = random.Random(3), [], 0.0, 0
    for _ in range(400):
        now[0] += 8.0
        if (decision := sent(live)) is not None:
            handle = chance.expovariate(1 / 120)
            there.append((now[0] + handle, handle, decision))
            expected = live._tables.offers.typical(0).handle.mean / 60.0
            assert taken + len(there) * expected <= 30.0 + 1e-9
            admitted += 1
        for ending in [each for each in there if each[0] <= now[0]]:
            there.remove(ending)
            live.settle(ending[2], "answered", handle=ending[1])
            taken += ending[1] / 60.0
    assert now[0] < START + 3600.0
    assert admitted > 10
    assert not there
    assert sent(live) is None


TWO = {
    "cap_minutes_per_day": (100.0, 10),
    "cap_money_per_day": (100.0, 10),
}


def two_types(**contract) -> bp.Center:
    """The vendor takes short calls too, which nobody makes."""
    place = center(**contract)
    return bp.Center(
        queues=place.queues,
        contact_types={
            "short": bp.ContactType(queue="desk", sourcing=bp.Sourcing.FULL, aht=60.0),
            "call": bp.ContactType(queue="desk", sourcing=bp.Sourcing.FULL, aht=600.0),
        },
        vendors={
            "nord": bp.Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("short", "call"),
                contract=place.vendors["nord"].contract,
            )
        },
    )


@pytest.mark.parametrize("cap", TWO)
def test_contacts_count_as_their_own_type_is_expected(cap):
    most, allowed = TWO[cap]
    live, _ = router(two_types(price_per_minute=1.0, **{cap: most}))
    assert sum(sent(live) is not None for _ in range(30)) == allowed


def test_a_cap_in_the_contracts_currency():
    zloty = bp.Currency(code="PLN", rate=0.25)
    live, _ = router(center(price_per_contact=10.0, terms=(zloty,), cap_money_per_day=100.0))
    assert sum(sent(live) is not None for _ in range(30)) == 10


def test_failures_that_are_billed_count():
    terms = (bp.PerContact(price=10.0), bp.PerContact(price=10.0, counts="failed"))
    live, _ = router(center(terms=terms, cap_money_per_day=100.0))
    for _ in range(3):
        live.settle(sent(live), "failed")
    watch = live._tables.offers.watch
    watch.known[0] = msgspec.structs.replace(watch.known[0], health=VendorHealth())
    assert sum(sent(live) is not None for _ in range(30)) <= 7


def test_two_routers_that_share_a_ledger_share_them():
    now, ledger = [START], bp.Ledger()
    place = center(price_per_minute=0.5, cap_minutes_per_day=100.0)
    pair = [
        bp.Router(place, bp.QueueLength(0), ledger=ledger, clock=lambda: now[0], compile=False)
        for _ in range(2)
    ]
    taken = [sent(live) for _ in range(40) for live in pair]
    assert sum(decision is not None for decision in taken) == 50
    for number, decision in enumerate(taken[:10]):
        pair[number % 2].settle(decision, "answered", handle=0.0)
    assert sum(sent(live) is not None for _ in range(10) for live in pair) == 10


def test_a_clock_that_is_set_back_forgets_nothing():
    live, now = router(center(price_per_minute=0.5, cap_minutes_per_hour=10.0))
    first = [sent(live) for _ in range(5)]
    now[0] += 3600.0
    assert sent(live) is not None
    for decision in first:
        live.settle(decision, "answered", handle=120.0)
    now[0] -= 3600.0
    assert sent(live) is None


def test_a_batch_keeps_to_them():
    live, _ = router(center(price_per_minute=0.5, cap_minutes_per_hour=10.0))
    live.state["desk"].update(agents=5, busy=5, waiting=9)
    assert live.route_many([bp.Contact("call")] * 20).counts()["nord"] == 5


def test_a_simulation_keeps_to_them():
    hours = 24 * 3
    stream = bp.Stream("call", bp.Contact("call"), np.full(hours, 60.0))
    found = bp.simulate(
        center(price_per_minute=0.5, cap_minutes_per_day=200.0),
        Arrivals(edges=START + 3600.0 * np.arange(hours + 1), streams=(stream,)),
        [bp.QueueLength(0)],
        schedule=bp.Schedule({"desk": ((START, 1),)}),
        seed=2,
    )
    minutes = found.policies[0].vendor_use()["nord"]["handle_s"] / 60.0
    assert 3 * 150.0 < minutes < 4 * 200.0 + 120.0
