"""A live state between two updates, and when none comes any more."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Action,
    Contact,
    Contract,
    NeverOverflow,
    QueueLength,
    QueueState,
    Router,
    Snapshot,
    VendorState,
)
from bporoute.contracts._start_up import Ramp
from helpers.clock import Clock
from helpers.strategies import BUSY, one_queue, vendor

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


# -- late, and out of order -----------------------------------------------------------------------


def test_what_was_kept_after_the_instant_that_a_state_describes_is_added(clock: Clock) -> None:
    live = routing(clock, NeverOverflow())
    live.state["service"].update(agents=4, busy=1)
    kept = []
    for _ in range(4):
        clock.now += 1
        kept.append(live.route(SERVICE))
    live.state["service"].update(busy=3, at=clock.now - 2)  # it has seen the first two, but not the others
    found = live.preview(SERVICE)
    assert (found.present, found.state, found.age) == (5, QueueState(agents=4, busy=3), 2)
    live.settle(kept[0], "answered")  # in the state, for all that is known
    live.settle(kept[3], "answered")
    assert live.preview(SERVICE).present == 4
    live.state["service"].update(busy=3, at=clock.now - 1.5)
    assert live.preview(SERVICE).present == 4
    live.state["service"].update(busy=3)
    assert live.preview(SERVICE).present == 3


def test_a_snapshots_contacts_and_another_queues_are_not_added(clock: Clock) -> None:
    live = routing(clock, NeverOverflow())
    live.state["service"].update(agents=4, busy=1)
    clock.now += 1
    live.route(SERVICE, Snapshot(service=QueueState(agents=4, busy=1)))
    live.state["service"].update(busy=2, at=clock.now - 0.5)
    assert live.preview(SERVICE).present == 2


def test_what_is_older_than_what_is_known_is_dropped_and_counted(clock: Clock) -> None:
    live = routing(clock)
    queue = live.state["service"]
    queue.update(agents=4, busy=4, at=clock.now - 30)
    queue.update(waiting=9, at=clock.now)
    assert queue.late == 0
    queue.update(waiting=3, at=clock.now - 20)
    assert (queue.state.waiting, queue.late) == (9, 1)
    queue.update(agents=5, waiting=3, at=clock.now - 10)  # of the agents that is news
    assert (queue.state, queue.late) == (QueueState(agents=5, busy=4, waiting=9), 2)
    assert live.preview(SERVICE).age == 0
    assert "state.service: found 2 updates older than what was known" in "\n".join(map(str, live.remarks()))
    queue.update(waiting=2, at=clock.now)  # of the same instant: the last word
    assert (queue.state.waiting, queue.late) == (2, 2)


def test_a_clock_that_is_set_back_makes_no_news_late(clock: Clock) -> None:
    live = routing(clock)
    queue = live.state["service"]
    queue.update(agents=4, busy=4, waiting=9)
    clock.now -= 3600
    queue.update(waiting=3)
    assert (queue.state.waiting, queue.late) == (3, 0)
    clock.now += 10
    queue.update(waiting=4, at=clock.now - 5)
    assert (queue.state.waiting, queue.late) == (4, 0)


def test_agents_and_rates_say_nothing_of_who_is_there(clock: Clock) -> None:
    live = routing(clock, NeverOverflow())
    live.state["service"].update(agents=4, busy=1)
    clock.now += 5
    live.route(SERVICE)
    live.state["service"].update(agents=6, arrival_rate=0.01, aht=200.0)
    found = live.preview(SERVICE)
    assert (found.present, found.age) == (2, 5)
    assert found.state == QueueState(6, 1, 0, 0.01, 200.0)
    clock.now += 26
    live.state["service"].update(agents=6)
    assert "31 s old" in live.preview(SERVICE).degraded


def test_none_is_not_known_any_more(clock: Clock) -> None:
    live = routing(clock)
    queue = live.state["service"]
    queue.update(agents=4, busy=1, arrival_rate=0.01, aht=200.0)
    queue.update(arrival_rate=None, aht=None)
    assert queue.state == QueueState(agents=4, busy=1)
    clock.now += 1
    kept = live.route(SERVICE)
    queue.update(busy=None)
    lost = live.preview(SERVICE)
    assert (lost.destination, lost.degraded) == ("service", "busy is nan, not a number from 0 to 100000")
    queue.update(busy=3, at=clock.now)
    assert live.preview(SERVICE).present == 3
    queue.update(agents=None)
    clock.now += 1
    live.settle(kept, "answered")
    live.route(SERVICE)
    queue.update(agents=4)  # `busy` was told a second ago, and one contact was kept since
    assert live.preview(SERVICE).present == 4


class Model:
    """What happened when, and what of it a state of an instant has not seen."""

    def __init__(self) -> None:
        self.kept: dict[int, float] = {}
        self.told, self.told_at, self.unseen = 0, -math.inf, set()

    def tell(self, busy: int, at: float, now: float) -> bool:
        if at < self.told_at:
            return False
        if at == now:
            self.unseen = set()
        elif at > self.told_at:
            self.unseen = {number for number, when in self.kept.items() if when > at}
        self.told, self.told_at = busy, at
        return True


lately = st.sampled_from((0, 0, 1, 2, 5, 20))
happenings = st.lists(
    st.tuples(st.sampled_from(("route", "settle", "update")), st.integers(0, 8), lately, st.booleans()),
    max_size=60,
)


@given(happenings)
def test_present_is_what_an_instant_saw_and_those_kept_after_it(happenings) -> None:
    clock, model, late = Clock(), Model(), 0
    live = routing(clock, NeverOverflow(), stale_after=math.inf, lost_after=math.inf, waiting_room=200)
    live.state["service"].update(agents=100, busy=2)
    model.tell(2, clock.now, clock.now)
    decisions = {}
    for event, number, age, ticks in happenings:
        clock.now += ticks
        if event == "update":
            late += not model.tell(number, clock.now - age, clock.now)
            live.state["service"].update(busy=number, at=clock.now - age)
        elif event == "route":
            decision = live.route(SERVICE)
            assert decision.present == model.told + len(model.unseen)
            decisions[decision.id] = decision
            model.kept[decision.id] = clock.now
            model.unseen.add(decision.id)
        elif model.kept:
            gone = sorted(model.kept)[number % len(model.kept)]
            del model.kept[gone]
            model.unseen.discard(gone)
            live.settle(decisions[gone], "answered", handle=200.0)
        assert live.preview(SERVICE).present == model.told + len(model.unseen)
        assert live.state["service"].late == late


@pytest.mark.parametrize("many", [300, 20_000])
def test_whom_a_batch_kept_after_the_instant_is_added_as_far_as_it_is_looked_for(clock: Clock, many) -> None:
    live = routing(clock, NeverOverflow(), waiting_room=100_000)
    live.state["service"].update(agents=4, busy=1)
    begin = clock.now
    clock.now += 10
    live.route_many({"type": ["service"] * many}, at=np.linspace(begin + 1, begin + 9, many))
    live.state["service"].update(busy=1, at=begin + 5)
    known = live.preview(SERVICE).present - 1
    assert known == many // 2
    clock.now += 1
    for _ in range(3):
        live.route_many({"type": ["service"] * many})
    live.state["service"].update(busy=1, at=begin + 6)
    known = live.preview(SERVICE).present - 1
    if many < 1000:
        assert known == 3 * many + math.ceil(many * 3 / 8)
    else:
        assert 16_384 <= known <= 2 * 16_384  # no more are looked for


def test_a_vendor_keeps_what_is_not_told(clock: Clock) -> None:
    live = routing(clock)
    nord = live.vendors["nord"]
    nord.update(in_flight=5, capacity=9)
    nord.update(expected_wait=9)
    assert nord.state == VendorState(in_flight=5, capacity=9, expected_wait=9)
    assert live.usage("nord").in_flight == 5
    nord.update(capacity=None, expected_wait=None, up=None)
    assert nord.state == VendorState(in_flight=5)
    seen = live.preview(SERVICE).evidence.seen()["nord"]
    configured = live.center.vendors["nord"]
    assert (seen["wait"], seen["most_at_once"]) == (configured.expected_wait, math.inf)
    assert live.usage("nord").in_flight == 5


def test_a_capacity_that_was_told_stands_when_a_team_that_grows_has_a_new_day(clock: Clock) -> None:
    today = datetime.fromtimestamp(clock.now, UTC).date()
    ramp = Ramp(class_size=3, training_weeks=1.0, start=today - timedelta(days=30))
    grown = vendor(contract=Contract(price_per_contact=4.5, terms=(ramp,)), capacity=10)
    live = Router(one_queue({}, vendors={"nord": grown}), AT_ONCE, clock=clock, compile=False)

    def most() -> float:
        return live.preview(SERVICE).evidence.seen()["nord"]["most_at_once"]

    assert most() == 3
    live.vendors["nord"].update(capacity=7)
    assert most() == 7
    clock.now += 86_400
    assert most() == 7
    live.vendors["nord"].update(capacity=None)
    assert most() == 3


def test_a_vendor_has_what_was_sent_after_the_instant_that_its_state_describes(clock: Clock) -> None:
    live = routing(clock)
    live.state["service"].update(agents=1, busy=1, waiting=3)
    nord, sent = live.vendors["nord"], []
    for _ in range(4):
        clock.now += 1
        sent.append(live.route(SERVICE))
    live.settle(sent[0], "answered", handle=1.0)
    assert live.usage("nord").in_flight == 3
    nord.update(in_flight=12, at=clock.now - 1.5)  # two of them, the first not yet gone, and ten of others
    assert live.usage("nord").in_flight == 12 + 2 - 1
    nord.update(in_flight=2, at=clock.now - 2)
    assert (live.usage("nord").in_flight, nord.late) == (13, 1)
    live.settle(sent[3], "answered", handle=1.0)
    assert live.usage("nord").in_flight == 12
    nord.update(in_flight=None)
    assert live.usage("nord").in_flight == 2


def test_routers_that_share_a_ledger_know_of_each_others_contacts(clock: Clock) -> None:
    live = routing(clock)
    other = Router(live.center, AT_ONCE, clock=clock, ledger=live.ledger, compile=False)
    for router in (live, other, other):
        clock.now += 1
        router.state["service"].update(agents=1, busy=1, waiting=3)
        assert router.route(SERVICE).destination == "nord"
    live.vendors["nord"].update(in_flight=7, at=clock.now - 0.5)
    assert other.usage("nord").in_flight == 8
    live.vendors["nord"].update(in_flight=None)
    assert other.usage("nord").in_flight == 3


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
    said = []
    for age in (0, 30, 40, 300, 400):
        live = routing(clock)
        live.state["service"].update(agents=4, busy=4, waiting=2, at=clock.now - age)
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


# -- a clock that is set back ---------------------------------------------------------------------


def test_what_is_told_after_the_clock_was_set_back_describes_now(clock: Clock) -> None:
    """Who was kept or sent before it by a clock that was ahead is in it, although it seems to come later."""
    live = routing(clock, QueueLength(2))
    queue, nord = live.state["service"], live.vendors["nord"]
    queue.update(agents=1, busy=1, waiting=0)
    decisions = [live.route(SERVICE) for _ in range(4)]
    assert [decision.destination for decision in decisions] == ["service", "service", "nord", "nord"]
    clock.now -= 5.0
    queue.update(agents=1, busy=1, waiting=1)
    nord.update(in_flight=1)
    assert live.preview(SERVICE).present == 2.0
    assert live.usage("nord").in_flight == 1
