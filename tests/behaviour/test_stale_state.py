"""A live state between two updates, and when none comes any more."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Action,
    Contact,
    NeverOverflow,
    QueueLength,
    QueueState,
    Router,
    Snapshot,
    VendorState,
)
from helpers.clock import Clock
from helpers.strategies import BUSY, one_queue

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
AT_ONCE = QueueLength(0)
"""Sends out whatever would have to wait."""


def routing(clock: Clock, policy=AT_ONCE, kind=None, **queue) -> Router:
    return Router(one_queue(queue, kind), policy, clock=clock, compile=False)


def mean_present(load: float, most: int) -> float:
    """Contacts present on average with one agent, who would be busy for `load`, and room for `most`."""
    weights = [load**present for present in range(most + 1)]
    return sum(present * weight for present, weight in enumerate(weights)) / sum(weights)


# -- between two updates --------------------------------------------------------------------------


def test_contacts_kept_fill_the_queue_until_the_next_update(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    seen = [(decision.present, decision.destination) for decision in (live.route(SERVICE) for _ in range(5))]
    # Who is sent out is nowhere in the queue, so the fifth finds it as the fourth did.
    assert seen == [(1, "service"), (2, "service"), (3, "service"), (4, "nord"), (4, "nord")]
    live.state["service"].update(busy=2)
    assert live.route(SERVICE).present == 2
    assert live.route(SERVICE).state == QueueState(agents=4, busy=2)


def test_a_preview_fills_nothing(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    assert [live.preview(SERVICE).present for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("outcome", ["answered", "abandoned", "failed"])
def test_a_kept_contact_that_is_settled_has_left(clock: Clock, outcome: str) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    first, second = live.route(SERVICE), live.route(SERVICE)
    assert live.preview(SERVICE).present == 3
    live.settle(first, outcome)
    assert live.preview(SERVICE).present == 2
    live.settle(first, outcome)  # once is enough
    assert live.preview(SERVICE).present == 2
    live.settle(second, outcome)
    assert live.preview(SERVICE).present == 1


def test_an_update_already_counts_whoever_was_kept_before(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    earlier = live.route(SERVICE)
    clock.now += 5
    live.state["service"].update(busy=2)
    live.route(SERVICE)
    live.settle(earlier, "answered")
    assert live.preview(SERVICE).present == 3


def test_a_sent_contact_that_is_settled_leaves_the_queue_alone(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=2, busy=1)
    live.route(SERVICE)
    sent = live.route(SERVICE)
    assert sent.action == Action.OVERFLOW
    live.settle(sent, "answered")
    assert live.preview(SERVICE).present == 2


events = st.lists(
    st.just(("route", 0)) | st.tuples(st.sampled_from(("settle", "update")), st.integers(0, 8)), max_size=40
)


@given(events)
def test_present_is_what_was_told_and_those_kept_since_who_are_still_there(events) -> None:
    clock = Clock()
    live = routing(clock, stale_after=math.inf, lost_after=math.inf)
    live.state["service"].update(agents=6, busy=2)
    told, kept, since = 2, [], set()
    for event, number in events:
        clock.now += 1
        if event == "update":
            told = min(number, 6)
            since.clear()
            live.state["service"].update(busy=told)
        elif event == "route":
            decision = live.route(SERVICE)
            assert decision.present == told + len(since)
            assert decision.degraded == ""
            if decision.action == Action.KEEP:
                since.add(decision.id)
                kept.append(decision)
        elif kept:
            decision = kept[number % len(kept)]
            since.discard(decision.id)
            live.settle(decision, "answered", handle=200.0)
    assert live.preview(SERVICE).present == told + len(since) >= told


# -- too old --------------------------------------------------------------------------------------


def test_an_old_state_gives_way_to_the_expected_one_and_the_decision_says_so(clock: Clock) -> None:
    live = routing(clock, NeverOverflow(), aht=100.0, arrival_rate=0.008)
    live.state["service"].update(agents=1, busy=1, waiting=10)
    clock.now += 30
    fresh = live.route(SERVICE)
    assert (fresh.present, fresh.degraded) == (11, "")
    clock.now += 1
    stale = live.route(SERVICE)
    assert stale.degraded == "state of 'service' is 31 s old: decided on the expected one"
    assert stale.present == math.floor(mean_present(0.8, 21)) == 3
    assert stale.state == QueueState(agents=1, busy=1, waiting=10)
    assert stale.age == 31
    assert live.route(SERVICE).present == 3


def test_the_expected_state_decides(clock: Clock) -> None:
    live = routing(clock, QueueLength(5), aht=100.0, arrival_rate=0.008)
    live.state["service"].update(agents=1, busy=1, waiting=10)
    assert live.route(SERVICE).destination == "nord"
    clock.now += 31
    assert live.route(SERVICE).destination == "service"


def test_a_lost_state_keeps_and_the_decision_says_so(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=4, waiting=20)
    assert live.route(SERVICE).destination == "nord"
    clock.now += 300
    assert "expected" in live.route(SERVICE).degraded
    clock.now += 1
    lost = live.route(SERVICE)
    assert (lost.action, lost.destination, lost.ranked) == (Action.KEEP, "service", ("service", "nord"))
    assert lost.degraded == "state of 'service' is 301 s old: kept where that is possible"
    assert math.isnan(lost.cost)
    assert math.isnan(lost.expected_wait)
    live.state["service"].update(waiting=20)
    assert (live.route(SERVICE).destination, live.route(SERVICE).degraded) == ("nord", "")


@pytest.mark.parametrize(("sourcing", "ranked"), [("full", ("nord", "service")), ("specialised", ("nord",))])
def test_what_is_sourced_out_whole_needs_no_state(clock: Clock, sourcing: str, ranked) -> None:
    live = routing(clock, kind={"sourcing": sourcing})
    live.state["service"].update(agents=4, busy=1)
    clock.now += 1000
    decision = live.route(SERVICE)
    assert (decision.ranked, decision.degraded[:19]) == (ranked, "state of 'service' ")


def test_ages_are_the_queues_own(clock: Clock) -> None:
    live = routing(clock, stale_after=5.0, lost_after=7.0)
    live.state["service"].update(agents=4, busy=1)
    said = []
    for _ in range(9):
        said.append(live.route(SERVICE).degraded.partition(": ")[2])
        clock.now += 1
    assert said == [""] * 6 + ["decided on the expected one"] * 2 + ["kept where that is possible"]
    never = routing(clock, stale_after=math.inf, lost_after=math.inf)
    never.state["service"].update(agents=4, busy=1)
    clock.now += 1e6
    assert never.route(SERVICE).degraded == ""


def test_a_state_is_as_old_as_it_was_true(clock: Clock) -> None:
    live = routing(clock)
    queue = live.state["service"]
    said = []
    for age in (0, 30, 40, 300, 400):
        queue.update(agents=4, busy=4, waiting=2, at=clock.now - age)
        decision = live.route(SERVICE)
        assert decision.age == age
        said.append((decision.destination, decision.degraded.partition(": ")[2]))
    expected, lost = "decided on the expected one", "kept where that is possible"
    assert said == [
        ("nord", ""),
        ("nord", ""),
        ("service", expected),
        ("service", expected),
        ("service", lost),
    ]


def test_a_contact_kept_since_counts_on_the_expected_state_too_once_it_is_told_anew(clock: Clock) -> None:
    live = routing(clock, NeverOverflow())
    live.state["service"].update(agents=4, busy=1)
    clock.now += 40
    blind = live.route(SERVICE)
    clock.now += 1
    live.state["service"].update(busy=2)
    live.settle(blind, "answered")
    assert live.route(SERVICE).present == 2


def test_a_snapshot_never_ages(clock: Clock) -> None:
    live = routing(clock, stale_after=1.0, lost_after=1.0)
    told = Snapshot(service=BUSY)
    for _ in range(3):
        decision = live.route(SERVICE, told)
        assert (decision.destination, decision.degraded) == ("nord", "")
        clock.now += 1000


def test_the_degraded_state_is_told_beside_a_vendors(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=4)
    live.vendors["nord"].update(in_flight=-1)
    clock.now += 31
    old, _, vendor = live.route(SERVICE).degraded.partition("; ")
    assert old == "state of 'service' is 31 s old: decided on the expected one"
    assert vendor.startswith("nord: ")
    assert live.vendors["nord"].state == VendorState()


# -- a clock that goes backwards -------------------------------------------------------------------


def test_a_clock_that_goes_backwards_loses_no_contact(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    kept = live.route(SERVICE)
    clock.now -= 3600
    assert live.route(SERVICE).present == 2
    live.settle(kept, "answered", handle=100.0)
    assert live.preview(SERVICE).present == 2
    live.state["service"].update(busy=3)
    assert [live.route(SERVICE).destination for _ in range(2)] == ["service", "nord"]


def test_a_state_from_the_future_is_not_believed_for_long(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    clock.now -= 3600
    live.preview(SERVICE)
    clock.now += 600  # nothing was told for ten minutes, whatever the clock says
    assert live.preview(SERVICE).degraded


@pytest.mark.parametrize("at", [math.nan, math.inf])
def test_a_state_of_an_impossible_time_is_said(clock: Clock, at: float) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1, at=at)
    clock.now += 1e6
    assert live.route(SERVICE).degraded


def test_who_was_kept_while_the_news_was_on_its_way_takes_nobody_with_it(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    clock.now += 10
    earlier = live.route(SERVICE)
    clock.now += 1
    live.state["service"].update(busy=1, at=clock.now - 5)
    found = live.route(SERVICE).present  # with or without the first; this one is there after it
    live.settle(earlier, "answered")
    assert live.preview(SERVICE).present >= max(found, 2)


def test_a_contact_kept_by_a_snapshot_leaves_the_live_queue_alone(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=4, busy=1)
    by_snapshot = live.route(SERVICE, Snapshot(service=QueueState(agents=4, busy=1)))
    live.route(SERVICE)
    assert live.preview(SERVICE).present == 2
    live.settle(by_snapshot, "answered")
    assert live.preview(SERVICE).present == 2
