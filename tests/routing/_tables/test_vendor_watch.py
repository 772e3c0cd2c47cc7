"""A vendor that fails: dearer, then out, tried again, let back in."""

from __future__ import annotations

import math

import pytest

from bporoute import Contact, Contract, Decision, HealthConfig, QueueLength, Router
from helpers.clock import Clock
from helpers.strategies import one_queue, vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
FAILURES_THAT_EJECT = math.ceil(9 / math.log(0.4 / 0.1))


def routing(clock: Clock, prices=(("nord", 4.0), ("syd", 5.0)), health=None, chance=lambda: 0.0, **queue):
    """A router whose house is busy all the time, so that everything goes to the cheapest vendor."""
    vendors = {name: vendor(contract=Contract(price_per_contact=price)) for name, price in prices}
    center = one_queue(
        {"stale_after": math.inf, "lost_after": math.inf, **queue},
        vendors=vendors,
        health=HealthConfig() if health is None else health,
    )
    live = Router(center, QueueLength(0), clock=clock, chance=chance, compile=False)
    live.state["service"].update(agents=4, busy=4, waiting=2)
    return live


def send(live: Router, *outcomes: str) -> list[str | None]:
    """Where contacts with these outcomes went, one settled before the next comes."""
    went = []
    for outcome in outcomes:
        decision = live.route(SERVICE)
        went.append(decision.destination)
        live.settle(decision, outcome)
    return went


def fail(live: Router, times: int = FAILURES_THAT_EJECT) -> None:
    """Let the first vendor fail, and nobody else."""
    for _ in range(times):
        decision = live.route(SERVICE)
        live.settle(decision, "failed" if decision.destination == "nord" else "answered")


def reasons(decision: Decision) -> dict[str, str]:
    return {out.destination: out.reason.rule for out in decision.rejected}


# -- out --------------------------------------------------------------------------------------------


def test_a_vendor_that_fails_again_and_again_is_out_and_the_second_takes_over(clock: Clock) -> None:
    live = routing(clock)
    for _ in range(FAILURES_THAT_EJECT):
        decision = live.route(SERVICE)
        assert decision.ranked == ("nord", "syd", "service")
        live.settle(decision, "failed")
    failing = live.route(SERVICE)
    assert (failing.destination, reasons(failing)) == ("syd", {"nord": "health"})
    assert failing.ranked == decision.ranked[1:]


def test_one_failure_less_is_not_enough(clock: Clock) -> None:
    live = routing(clock)
    fail(live, FAILURES_THAT_EJECT - 1)
    assert live.route(SERVICE).destination == "nord"


def test_customers_who_give_up_are_no_failures(clock: Clock) -> None:
    live = routing(clock)
    assert set(send(live, *["abandoned"] * 40)) == {"nord"}
    assert reasons(live.route(SERVICE)) == {}


def test_a_rare_failure_ejects_nobody(clock: Clock) -> None:
    live = routing(clock)
    outcomes = ["failed", *["answered"] * 9] * 20
    assert set(send(live, *outcomes)) == {"nord"}


def test_in_shadow_mode_nobody_is_out(clock: Clock) -> None:
    live = routing(clock, health=HealthConfig(shadow=True))
    assert set(send(live, *["failed"] * 30)) == {"nord"}
    assert reasons(live.route(SERVICE)) == {}


def test_a_center_that_says_nothing_of_health_watches_its_vendors_by_the_defaults(clock: Clock) -> None:
    center = one_queue(vendors={"nord": vendor(), "syd": vendor()})
    live = Router(center, QueueLength(0), clock=clock, compile=False)
    live.state["service"].update(agents=4, busy=4, waiting=2)
    went = send(live, *["failed"] * FAILURES_THAT_EJECT, "answered")
    assert went == ["nord"] * FAILURES_THAT_EJECT + ["syd"]


def test_a_sole_vendor_is_never_out(clock: Clock) -> None:
    live = routing(clock, prices=(("nord", 4.0),))
    assert set(send(live, *["failed"] * 30)) == {"nord"}


def test_only_one_of_two_can_be_out(clock: Clock) -> None:
    live = routing(clock, health=HealthConfig(panic_above=1.0))
    send(live, *["failed"] * FAILURES_THAT_EJECT)
    out = set()
    for _ in range(40):  # the worse of the two is out
        decision = live.route(SERVICE)
        assert len(reasons(decision)) == 1
        assert set(decision.ranked) | set(reasons(decision)) == {"nord", "syd", "service"}
        out |= reasons(decision).items()
        live.settle(decision, "failed")
    assert out == {("nord", "health"), ("syd", "health")}


def test_where_all_would_be_out_the_fault_is_ours_and_nobody_is(clock: Clock) -> None:
    live = routing(clock)
    send(live, *["failed"] * (2 * FAILURES_THAT_EJECT))
    decision = live.route(SERVICE)
    assert (decision.ranked, reasons(decision)) == (("nord", "syd", "service"), {})


def test_another_router_beside_it_keeps_its_own_watch(clock: Clock) -> None:
    live, other = routing(clock), routing(clock)
    fail(live)
    assert live.route(SERVICE).destination == "syd"
    assert other.route(SERVICE).destination == "nord"


# -- and back ---------------------------------------------------------------------------------------


def test_after_the_back_off_one_contact_at_a_time_is_a_probe(clock: Clock) -> None:
    live = routing(clock)
    fail(live)
    out_since = clock.now
    while clock.now < out_since + 29:
        clock.now += 1
        assert live.route(SERVICE).destination == "syd"
    clock.now = out_since + 31
    probe = live.route(SERVICE)
    assert probe.destination == "nord"
    clock.now += 2
    meanwhile = live.route(SERVICE)
    assert (meanwhile.destination, reasons(meanwhile)) == ("syd", {"nord": "health"})
    live.settle(probe, "answered")
    assert live.route(SERVICE).destination == "nord"
    assert live.route(SERVICE).destination == "syd"


def test_a_probe_that_nobody_settles_makes_room_for_the_next(clock: Clock) -> None:
    live = routing(clock)
    fail(live)
    clock.now += 31
    went = []
    for _ in range(62):
        went.append(live.route(SERVICE).destination)
        clock.now += 1
    probes = [second for second, destination in enumerate(went) if destination == "nord"]
    assert probes == pytest.approx([0, 30], abs=2)


def test_the_next_probe_follows_one_that_was_answered_before_anybody_else_came(clock: Clock) -> None:
    live = routing(clock)
    fail(live)
    clock.now += 31
    probe = live.route(SERVICE)
    clock.now += 20
    live.settle(probe, "answered")
    clock.now += 2
    assert live.route(SERVICE).destination == "nord"


def test_a_probe_that_fails_doubles_the_back_off_up_to_its_ceiling(clock: Clock) -> None:
    live = routing(clock)
    fail(live)
    for back_off in (30, 60, 120, 120):
        clock.now += back_off - 2
        assert live.route(SERVICE).destination == "syd"
        clock.now += 4
        assert send(live, "failed") == ["nord"]


def test_chance_stretches_the_back_off(clock: Clock) -> None:
    live = routing(clock, chance=lambda: 0.5)  # half of the jitter of a fifth: a tenth longer
    fail(live)
    clock.now += 32
    assert live.route(SERVICE).destination == "syd"
    clock.now += 2
    assert live.route(SERVICE).destination == "nord"


def back_for(clock: Clock, live: Router) -> None:
    """Through the ejection and all probes, to the beginning of the ramp."""
    fail(live)
    clock.now += 31
    for _ in range(5):
        probe = live.route(SERVICE)
        assert probe.destination == "nord"
        clock.now += 2
        assert live.preview(SERVICE).destination == "syd"
        live.settle(probe, "answered")


def test_a_vendor_that_takes_all_probes_gets_more_and_more(clock: Clock) -> None:
    live = routing(clock)
    back_for(clock, live)
    went = [live.route(SERVICE) for _ in range(100)]
    taken = [decision for decision in went if decision.destination == "nord"]
    assert len(taken) == 10
    assert reasons(went[-2]) | reasons(went[-3]) == {"nord": "ramp"}
    clock.now += 30
    taken = sum(live.route(SERVICE).destination == "nord" for _ in range(100))
    assert taken == pytest.approx(100 * (0.1 + 0.9 * 30 / 60), abs=1.01)
    clock.now += 31
    assert [live.route(SERVICE).destination for _ in range(20)] == ["nord"] * 20
    assert reasons(live.route(SERVICE)) == {}


def test_a_vendor_that_fails_while_it_ramps_up_is_out_again(clock: Clock) -> None:
    live = routing(clock)
    back_for(clock, live)
    clock.now += 30
    for _ in range(60):
        decision = live.route(SERVICE)
        live.settle(decision, "failed" if decision.destination == "nord" else "answered")
    assert reasons(live.route(SERVICE)) == {"nord": "health"}
    clock.now += 58  # twice as long as the first time
    assert live.route(SERVICE).destination == "syd"


def test_contacts_from_before_the_ejection_speak_neither_for_nor_against_it(clock: Clock) -> None:
    live = routing(clock)
    late = [live.route(SERVICE) for _ in range(10)]
    fail(live)
    clock.now += 31
    for decision in late:
        live.settle(decision, "answered")
    assert [live.route(SERVICE).destination for _ in range(2)] == ["nord", "syd"]  # still probed


# -- dearer before it is out -------------------------------------------------------------------------


def expected_rate(outcomes: list[str]) -> float:
    """Failures, each later outcome taking a two-hundredth of its weight, beside 20 outcomes of 2 %."""
    weights = [(1 - 1 / 200) ** later for later in reversed(range(len(outcomes)))]
    failures = sum(weight for weight, outcome in zip(weights, outcomes, strict=True) if outcome == "failed")
    return (20 * 0.02 + failures) / (20 + sum(weights))


def test_partial_failure_makes_a_vendor_dearer_before_it_is_out(clock: Clock) -> None:
    live = routing(clock, failed_cost=20.0)
    outcomes = ["failed", *["answered"] * 4, "answered", "answered", "answered"] * 4
    before = live.preview(SERVICE)
    assert [(way.destination, way.cost) for way in before.ways[:2]] == [("nord", 4.0), ("syd", 5.0)]
    assert set(send(live, *outcomes)) == {"nord"}
    after = live.route(SERVICE)
    rate = expected_rate(outcomes)
    ways = {way.destination: way for way in after.ways}
    assert reasons(after) == {}
    assert ways["nord"].price == 4.0
    assert ways["nord"].extra == pytest.approx(20 * rate)
    assert ways["nord"].cost == pytest.approx(4.0 + 20 * rate)
    assert after.ranked == ("syd", "nord", "service")


def test_a_failure_that_costs_nothing_changes_no_cost(clock: Clock) -> None:
    live = routing(clock)
    send(live, *["failed", *["answered"] * 7] * 4)
    assert [way.cost for way in live.route(SERVICE).ways[:2]] == [4.0, 5.0]


def test_a_vendor_that_has_recovered_is_cheap_again(clock: Clock) -> None:
    live = routing(clock, failed_cost=20.0)
    send(live, *["failed", *["answered"] * 7] * 4)
    assert live.route(SERVICE).destination == "syd"
    clock.now += 4 * 3600
    assert live.route(SERVICE).destination == "nord"


def test_a_failed_contact_goes_to_the_second_choice_for_the_same_cost(clock: Clock) -> None:
    live = routing(clock)
    decision = live.route(SERVICE)
    live.vendors["nord"].update(up=False)
    live.settle(decision, "failed")
    again = live.route(SERVICE)
    assert again.destination == decision.ranked[1] == "syd"
    assert again.ways[0] == decision.ways[1]
    assert live.usage("nord").in_flight == 0
