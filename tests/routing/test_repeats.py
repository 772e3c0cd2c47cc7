"""Whoever retries gets the decision of before, and it counts once."""

from __future__ import annotations

import threading
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
    Decision,
    InputError,
    Queue,
    Router,
    Vendor,
)
from bporoute._kernels.routing import columns
from bporoute.routing import _repeats
from bporoute.routing._repeats import Repeats
from helpers.interrupts import Interrupted, interrupted

NOON = 1795428000.0
WITHIN = 600.0


def center() -> Center:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service", "sales")}
    return Center(
        queues={"service": Queue(aht=240, patience=300, stale_after=1e6, lost_after=2e6)},
        contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="service")},
        vendors={
            name: Vendor(contract=Contract(price_per_contact=price, cap_per_hour=20), **each)
            for name, price in (("nord", 2.0), ("syd", 3.0))
        },
    )


class World:
    def __init__(self, within: float = WITHIN) -> None:
        self.now = NOON
        self.router = Router(
            center(), "QueueLength(0)", clock=lambda: self.now, same_id_within=within, compile=False
        )
        self.router.state["service"].update(agents=2, busy=2, waiting=5)

    def sent(self) -> tuple[int, int]:
        return self.router.usage("nord").this_hour, self.router.usage("syd").this_hour


def contact(id: Any, **told: Any) -> Contact:
    return Contact("service", "sv", id=id, **told)


ASKED = st.lists(st.tuples(st.integers(0, 8), st.floats(0.0, 300.0)), min_size=1, max_size=40)


@pytest.mark.usefixtures("either_kernels")
@given(asked=ASKED)
def test_the_same_id_gets_the_same_decision_for_some_time(asked: list[tuple[int, float]]) -> None:
    world, known, counted = World(), {}, 0
    for number, later in asked:
        world.now += later
        decision = world.router.route(contact(f"call-{number}"))
        before = known.get(number)
        if before is not None and world.now - before.at <= WITHIN:
            assert decision is before
        else:
            counted += 1
            assert decision is not before
            assert decision.id > 0
        known[number] = decision
    assert len({decision.id for decision in known.values()}) == len(known)
    assert world.router._tables.arrays.usage[-1, columns.ALL_ROUTED] == counted


def test_it_is_off_unless_it_is_asked_for() -> None:
    world = World(within=0.0)
    assert world.router.route(contact("1")) is not world.router.route(contact("1"))
    assert world.sent() == (2, 0)
    assert world.router._repeats is None


@pytest.mark.parametrize("id", ["", None])
def test_contacts_without_an_id_are_contacts_of_their_own(id: Any) -> None:
    world = World()
    assert world.router.route(contact(id)) is not world.router.route(contact(id))
    assert world.sent() == (2, 0)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (contact("7"), contact(7), True),
        (contact("7"), contact("7", data=("card",)), False),
        (contact("7"), Contact("sales", "sv", id="7"), False),
        (contact("x" * 2000 + "1"), contact("x" * 2000 + "2"), False),
        (contact("x" * 2000 + "1"), contact("x" * 2000 + "1"), True),
        (contact("7"), contact("7", due=3.0), True),
    ],
)
def test_what_is_the_same(first: Contact, second: Contact, same: bool) -> None:
    world = World()
    assert (world.router.route(first) is world.router.route(second)) == same


def test_a_preview_says_what_route_would() -> None:
    world = World()
    asked = world.router.preview(contact("1"))
    assert asked.id == 0
    decision = world.router.route(contact("1"))
    assert world.router.preview(contact("1")) is decision
    assert world.sent() == (1, 0)


def test_who_is_excluded_since_is_not_gone_to() -> None:
    world = World()
    first = world.router.route(contact("1"))
    assert world.router.route(contact("1"), exclude=("syd",)) is first
    second = world.router.route(contact("1"), exclude=("nord",))
    assert (first.destination, second.destination) == ("nord", "syd")
    assert world.router.route(contact("1")) is second


@pytest.mark.parametrize("by", ["decision", "token"])
def test_what_was_diverted_is_where_it_is_now(by: str) -> None:
    world = World()
    first = world.router.route(contact("1"))
    second = world.router.divert(first if by == "decision" else first.token, failed="503")
    assert second is not None
    assert world.router.route(contact("1")) is second
    third = world.router.divert(second)
    assert third is not None
    assert third.destination == "service"
    assert world.router.divert(third) is None
    assert world.router.route(contact("1")) not in (first, second, third)


def test_a_settled_contact_that_is_asked_about_again_is_not_sent_again() -> None:
    world = World()
    first = world.router.route(contact("1"))
    assert world.router.settle(first, "answered", handle=60.0) == 2.0
    again = world.router.route(contact("1"))
    assert world.router.settle(again, "answered", handle=60.0) == 0.0
    assert world.sent() == (1, 0)


def test_many_threads_that_ask_at_once_are_one_contact() -> None:
    world = World()
    found: list[Decision] = []
    threads = [
        threading.Thread(target=lambda: found.append(world.router.route(contact("1")))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    assert world.sent() == (1, 0)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_repeats, "MOST_KEPT", 50)
    world = World()
    world.router._repeats = Repeats(WITHIN, _repeats.MOST_KEPT)
    for number in range(300):
        world.now += 1.0
        world.router.route(contact(str(number)))
    assert len(world.router._repeats) == len(world.router._repeats._keys) == 50
    assert world.router.route(contact("299")).at == world.now
    world.now += WITHIN + 1.0
    world.router.route(contact("later"))
    assert len(world.router._repeats) == len(world.router._repeats._keys) == 1


@pytest.mark.parametrize("within", [-1.0, float("nan"), "600", None])
def test_seconds_that_are_none_are_refused(within: Any) -> None:
    with pytest.raises(InputError, match="same_id_within"):
        World(within)


# --- batches ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_kernels")
@given(
    ids=st.lists(st.sampled_from(["", "1", "2", "3", "4"]), max_size=30), before=st.sampled_from(["1", "9"])
)
def test_a_batch_decides_as_a_loop(ids: list[str], before: str) -> None:
    loop, batch = World(), World()
    first = [world.router.route(contact(before)) for world in (loop, batch)]
    decisions = [loop.router.route(contact(id)) for id in ids]
    routed = batch.router.route_many(
        {"type": ["service"] * len(ids), "language": ["sv"] * len(ids), "id": ids}
    )
    assert [routed.names[taker] for taker in routed.destination] == [
        "in-house" if decision.destination == "service" else decision.destination for decision in decisions
    ]
    assert routed.cost.tolist() == pytest.approx([decision.cost for decision in decisions], nan_ok=True)
    assert loop.sent() == batch.sent()
    assert routed.settle("answered", handle=60.0) == sum(
        loop.router.settle(decision, "answered", handle=60.0) for decision in decisions
    )
    assert [loop.router.usage(name) for name in ("nord", "syd")] == [
        batch.router.usage(name) for name in ("nord", "syd")
    ]
    # Settled through the batch, it is settled for whoever asked before.
    assert loop.router.settle(first[0], "answered") == batch.router.settle(first[1], "answered")


def test_a_batch_is_told_as_ever() -> None:
    world, off, done = World(), World(within=0.0), []
    cells = {"type": ["service"] * 2500, "id": [str(number) for number in range(2500)]}
    routed = world.router.route_many(cells, progress=lambda *told: done.append(told))
    usual = off.router.route_many(cells)
    assert done == [(1000, 2500), (2000, 2500), (2500, 2500)]
    assert np.array_equal(routed.destination, usual.destination)
    assert np.array_equal(routed.belief, usual.belief)
    assert routed.reasons() == usual.reasons()
    asked = world.router.route_many({"type": ["service"], "id": ["new"]}, commit=False)
    assert asked.settle("answered") == 0.0
    assert len(world.router.route_many({"type": []})) == 0
    with pytest.raises(InputError, match="at"):
        world.router.route_many({"type": ["service"]}, at=[NOON])


def test_a_decision_that_nobody_was_told_is_not_remembered() -> None:
    whole = World()
    whole.router.route(contact("0"))
    with interrupted(-1) as lines:
        whole.router.route(contact("1"))
    for at in range(1, lines[0] + 1, 3):
        world = World()
        world.router.route(contact("0"))
        try:
            with interrupted(at):
                world.router.route(contact("1"))
        except Interrupted:
            pass
        world.router.route(contact("1"))
        assert world.sent() == (2, 0), at
