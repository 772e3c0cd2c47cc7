"""A contact that nobody may take and that stays all the same is in its queue like any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Queue,
    QueueState,
    Router,
    Snapshot,
    Vendor,
    warmup,
)
from helpers.clock import NOON

ODD = (Contact("unheard of"), Contact("service", "xx"), Contact("away"))


def router(fallback: str, *, compiled: bool, clock: Callable[[], float] = lambda: NOON) -> Router:
    if compiled:
        warmup()
    center = Center(
        queues={"service": Queue(aht=240, languages=("sv",))},
        contact_types={
            "service": ContactType(queue="service"),
            "away": ContactType(queue="service", sourcing="specialised"),
        },
        vendors={
            "later": Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("away",),
                contract=Contract(price_per_contact=4.0, start=date(2099, 1, 1)),
            )
        },
        fallback=fallback,
    )
    made = Router(center, "QueueLength(3)", clock=clock, compile=compiled)
    made.state["service"].update(agents=4, busy=1)
    return made


@pytest.mark.parametrize("compiled", [False, True])
def test_it_counts_as_present_until_it_is_settled(compiled: bool) -> None:
    live = router("keep", compiled=compiled)
    decisions = [live.route(contact) for _ in range(3) for contact in ODD]
    assert [decision.present for decision in decisions] == list(range(1, 10))
    assert live.preview(Contact("service", "sv")).present == 10.0
    for decision in decisions:
        assert (decision.action, decision.destination) == ("keep", "service")
        live.settle(decision, "answered", wait=3.0, handle=100.0)
        live.settle(decision, "answered")  # a second time, which changes nothing
    assert live.preview(Contact("service", "sv")).present == 1.0


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("fallback", ["reject", "callback"])
def test_who_is_turned_away_is_not_there(fallback: str, compiled: bool) -> None:
    live = router(fallback, compiled=compiled)
    for _ in range(3):
        for contact in ODD:
            decision = live.route(contact)
            assert (decision.action, decision.destination, decision.present) == (fallback, None, 1.0)
            assert live.settle(decision, "answered") == 0.0
    assert live.preview(Contact("service", "sv")).present == 1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_by_a_snapshot_it_is_unseen_by_the_live_state(compiled: bool) -> None:
    live = router("keep", compiled=compiled)
    told = Snapshot(service=QueueState(agents=4, busy=2))
    kept = live.route(Contact("service", "sv"))
    decision = live.route(Contact("unheard of"), told)
    live.settle(decision, "answered")
    assert (decision.present, live.preview(Contact("service", "sv")).present) == (2.0, 2.0)
    live.settle(kept, "answered")
    assert live.preview(Contact("service", "sv")).present == 1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_a_batch_counts_and_settles_it_alike(compiled: bool) -> None:
    live = router("keep", compiled=compiled)
    routed = live.route_many([*ODD, Contact("service", "sv")] * 2)
    assert routed.destination.tolist() == [-1, -1, -1, 0] * 2
    assert live.preview(Contact("service", "sv")).present == 9.0
    routed.settle("answered", which=[0, 1, 3])
    assert live.preview(Contact("service", "sv")).present == 6.0
    routed.settle("answered")
    assert live.preview(Contact("service", "sv")).present == 1.0


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_late_state_does_not_know_of_it(compiled: bool, many: bool) -> None:
    """It was kept after the instant that the state describes, so it is added to it."""
    now = [NOON]
    live = router("keep", compiled=compiled, clock=lambda: now[0])
    now[0] += 10.0
    if many:
        live.route_many([Contact("unheard of"), Contact("away")] * 2)
    else:
        for _ in range(4):
            live.route(Contact("away"))
    now[0] += 10.0
    live.state["service"].update(agents=4, busy=2, waiting=0, at=NOON + 5.0)
    assert live.preview(Contact("service", "sv")).present == 2.0 + 4.0
    live.state["service"].update(agents=4, busy=2, waiting=0, at=NOON + 15.0)
    assert live.preview(Contact("service", "sv")).present == 2.0
