"""Caps in minutes and in money: kept live and in simulations, each refusal with its reason."""

from __future__ import annotations

import random

import numpy as np
import pytest

import bporoute as bp
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
