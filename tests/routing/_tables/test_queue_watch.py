"""What the router learns of its queues from the contacts that pass through: rates, handle times, service."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from bporoute import (
    Contact,
    ContactType,
    Decision,
    NeverOverflow,
    PeriodScore,
    QueueLength,
    QueueState,
    RateEstimate,
    Router,
    Rule,
    ServiceLevel,
    Situation,
    Snapshot,
    Targets,
)
from helpers.clock import Clock
from helpers.strategies import one_queue

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
KEEP = NeverOverflow()


NEVER = NeverOverflow()


def routing(clock: Clock, policy=KEEP, kind=None, **queue) -> Router:
    center = one_queue({"stale_after": math.inf, "lost_after": math.inf, "waiting_room": 30, **queue}, kind)
    live = Router(center, policy, clock=clock, compile=False)
    live.state["service"].update(agents=10, busy=5)
    return live


def rate(decision: Decision) -> float:
    """Contacts per second that the rule was solved for."""
    return float(decision.evidence.basis.solved.situation.arrival_rates.sum())


def aht(decision: Decision) -> float:
    return decision.evidence.basis.solved.situation.aht


def every(live: Router, clock: Clock, seconds: float, contacts: int) -> Iterator[Decision]:
    """Contacts at a steady pace, each gone before the next; the last one seconds after that before it."""
    for _ in range(contacts):
        decision = live.route(SERVICE)
        live.settle(decision, "abandoned")
        yield decision
        clock.now += seconds


# -- arrival rates ------------------------------------------------------------------------------------


def test_before_anything_was_seen_the_configured_rate_holds(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.04)
    assert rate(live.route(SERVICE)) == pytest.approx(0.04)
    assert [rate(decision) for decision in every(live, clock, 5.0, 12)] == pytest.approx([0.04] * 12)


def test_after_minutes_of_contacts_the_safe_estimate_holds(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.04)
    live._tables.clock.look_every(60.0)
    for _ in every(live, clock, 5.0, 120):
        pass
    estimate = RateEstimate().at(0.04)
    for _ in range(10):
        estimate = estimate.step(12, 60.0, 0.04)
    found = rate(live.route(SERVICE))
    assert found == pytest.approx(estimate.safe, rel=0.02)  # within 2 % nothing is solved anew
    assert 0.04 * 1.5 < found < 0.2 * 1.1


def test_where_few_contacts_come_the_rate_follows_within_ten_minutes(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.04)
    for _ in every(live, clock, 5.0, 121):
        pass
    watch = live._tables.queues.watches[0]
    assert rate(live.route(SERVICE)) == pytest.approx(watch.rate.safe, rel=0.02)
    assert watch.rate.safe > 0.04 * 1.4


def test_a_rate_that_nobody_configured_is_learned(clock: Clock) -> None:
    live = routing(clock)
    assert rate(live.route(SERVICE)) == 0.0
    for _ in every(live, clock, 5.0, 240):
        pass
    assert rate(live.route(SERVICE)) == pytest.approx(0.2, rel=0.15)


def test_contacts_sent_out_count_for_the_rate_too(clock: Clock) -> None:
    live = routing(clock, QueueLength(0))
    live.state["service"].update(busy=10)
    decisions = list(every(live, clock, 5.0, 240))
    assert {decision.destination for decision in decisions} == {"nord"}
    assert rate(decisions[-1]) == pytest.approx(0.2, rel=0.15)


def test_a_quiet_queue_is_not_expected_to_stay_busy(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.2)
    for _ in every(live, clock, 20.0, 90):
        pass
    assert 0.05 < rate(live.route(SERVICE)) < 0.2 * 0.95


def test_a_told_rate_wins(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.04)
    live.state["service"].update(arrival_rate=0.1)
    decisions = list(every(live, clock, 5.0, 130))
    assert [rate(decision) for decision in decisions] == pytest.approx([0.1] * 130)
    asked = live.preview(SERVICE, Snapshot(service=QueueState(10, 5, arrival_rate=0.07)))
    assert rate(asked) == pytest.approx(0.07)
    assert rate(live.preview(SERVICE, Snapshot(service=QueueState(10, 5)))) > 0.06


def test_previews_are_no_arrivals(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.01)
    for _ in range(120):
        live.preview(SERVICE)
        clock.now += 5
    assert rate(live.preview(SERVICE)) <= 0.01


def test_a_clock_set_back_is_no_burst_and_no_silence(clock: Clock) -> None:
    live = routing(clock, arrival_rate=0.2)
    for _ in every(live, clock, 5.0, 120):
        pass
    before = rate(live.route(SERVICE))
    clock.now -= 3600
    assert rate(live.route(SERVICE)) == before
    for _ in every(live, clock, 5.0, 60):
        pass
    assert rate(live.route(SERVICE)) == pytest.approx(0.2, rel=0.1)


# -- handle times -------------------------------------------------------------------------------------


def settled(live: Router, clock: Clock, handles: list[float], outcome: str = "answered") -> None:
    for handle in handles:
        live.settle(live.route(SERVICE), outcome, wait=0.0, handle=handle)
        clock.now += 1


def test_handle_times_of_kept_contacts_move_the_average(clock: Clock) -> None:
    live = routing(clock, aht=240.0)
    assert aht(live.route(SERVICE)) == 240.0
    settled(live, clock, [480.0] * 30)
    # The configured average weighs as much as 30 contacts; the newest ones hardly fade.
    assert aht(live.route(SERVICE)) == pytest.approx(360.0, rel=0.03)
    settled(live, clock, [480.0] * 600)
    assert aht(live.route(SERVICE)) == pytest.approx(480.0, rel=0.05)


@pytest.mark.parametrize("outcome", ["abandoned", "failed"])
def test_only_answered_contacts_have_a_handle_time(clock: Clock, outcome: str) -> None:
    live = routing(clock, aht=240.0)
    settled(live, clock, [480.0] * 60, outcome)
    assert aht(live.route(SERVICE)) == 240.0


@pytest.mark.parametrize("handle", [math.nan, math.inf, -5.0, 0.0, 1e6])
def test_an_impossible_handle_time_is_not_counted(clock: Clock, handle: float) -> None:
    live = routing(clock, aht=240.0)
    settled(live, clock, [handle] * 60)
    assert aht(live.route(SERVICE)) == 240.0


def test_a_vendors_handle_times_are_not_the_queues(clock: Clock) -> None:
    live = routing(clock, QueueLength(0), aht=240.0)
    live.state["service"].update(busy=10)
    settled(live, clock, [900.0] * 100)
    assert live.usage("nord").answered == 100
    assert aht(live.route(SERVICE)) == 240.0


def test_a_told_handle_time_wins(clock: Clock) -> None:
    live = routing(clock, aht=240.0)
    live.state["service"].update(aht=300.0)
    settled(live, clock, [480.0] * 60)
    assert aht(live.route(SERVICE)) == 300.0


def test_a_longer_handle_time_sends_more_out(clock: Clock) -> None:
    live = routing(
        clock, "MarginalCost", aht=240.0, patience=200.0, arrival_rate=0.045, wait_cost_per_minute=2.0
    )
    before = live.preview(SERVICE).sends_from
    settled(live, clock, [600.0] * 100)
    live.state["service"].update(busy=5)
    assert live.preview(SERVICE).sends_from < before


# -- service level --------------------------------------------------------------------------------------


def scored(clock: Clock, seen: list[PeriodScore | None]) -> Router:
    """A router whose policy notes how the day has gone so far."""

    def noting(situation: Situation) -> Rule:
        seen.append(situation.served_so_far)
        return Rule.keep_while(situation.waiting < 1)

    target = Targets(service_level=ServiceLevel(probability=0.8, within=20))
    return routing(clock, noting, targets=target, arrival_rate=0.01)


def test_the_policy_is_told_how_the_day_has_gone(clock: Clock) -> None:
    seen: list[PeriodScore | None] = []
    live = scored(clock, seen)
    live.route(SERVICE)
    assert seen[-1] is None
    for wait in (5.0, 20.0, 20.1):
        live.settle(live.route(SERVICE), "answered", wait=wait)
    live.settle(live.route(SERVICE), "abandoned", wait=90.0)
    live.state["service"].update(agents=11)
    live.route(SERVICE)
    score = seen[-1]
    assert (score.good, score.base) == (2.0, 4.0)
    assert score.remaining == pytest.approx(0.01 * 12 * 3600, rel=0.01)  # from noon until midnight


def test_contacts_served_by_vendors_count_for_the_day(clock: Clock) -> None:
    seen: list[PeriodScore | None] = []
    live = scored(clock, seen)
    live.state["service"].update(busy=10, waiting=1)
    sent = live.route(SERVICE)
    assert sent.destination == "nord"
    live.settle(sent, "answered", wait=60.0)
    live.state["service"].update(agents=11, busy=11)
    live.route(SERVICE)
    assert (seen[-1].good, seen[-1].base) == (0.0, 1.0)


def test_a_new_day_begins_with_nothing(clock: Clock) -> None:
    seen: list[PeriodScore | None] = []
    live = scored(clock, seen)
    live.settle(live.route(SERVICE), "answered", wait=5.0)
    clock.now += 12 * 3600
    live.route(SERVICE)
    live.state["service"].update(agents=11)
    live.route(SERVICE)
    assert seen[-1] is None


def test_types_of_one_queue_share_its_estimate(clock: Clock) -> None:
    kinds = {name: ContactType(queue="service") for name in ("service", "sales")}
    center = one_queue({"stale_after": math.inf, "lost_after": math.inf})
    center = type(center)(queues=center.queues, contact_types=kinds, vendors=center.vendors)
    live = Router(center, NeverOverflow(), clock=clock, compile=False)
    live.state["service"].update(agents=10, busy=5)
    for number in range(240):
        decision = live.route(Contact(("service", "sales")[number % 2]))
        live.settle(decision, "abandoned")
        clock.now += 5
    assert rate(live.route(SERVICE)) == pytest.approx(0.2, rel=0.15)
