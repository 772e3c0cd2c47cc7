"""What a router was told in another unit is noticed when somebody asks, and decided by until then."""

from __future__ import annotations

import json

import pytest

from bporoute import Contact, Router, Snapshot
from bporoute.routing._state import QueueState
from bporoute.simulation._demo import demo_center

NOON = 1795428000.0


@pytest.fixture
def router() -> Router:
    return Router(demo_center(), clock=lambda: NOON, compile=False)


def places(router: Router) -> dict[str, str]:
    return {remark.where: remark.likely for remark in router.remarks()}


def test_an_ordinary_day_needs_no_remark(router):
    router.state["service"].update(agents=42, busy=40, waiting=0, arrival_rate=0.22, aht=200.0)
    router.vendors["baltic"].update(expected_wait=12.0)
    for _ in range(50):
        router.settle(router.route(Contact("service")), "answered", wait=3.0, handle=180.0)
    assert places(router) == {}


@pytest.mark.parametrize(
    ("told", "place", "likely"),
    [
        ({"arrival_rate": 15.0}, "state.service.arrival_rate", "15 a minute would be 0.25"),
        ({"aht": 3.2}, "state.service.aht", "in minutes it would be 192 s"),
        ({"aht": 188_700.0}, "state.service.aht", "in milliseconds it would be 188.7 s"),
    ],
)
def test_a_state_in_another_unit(router, told, place, likely):
    router.state["service"].update(agents=42, busy=40, **told)
    assert likely in places(router)[place]


def test_a_wait_in_minutes(router):
    router.vendors["baltic"].update(expected_wait=0.25)
    assert places(router) == {"vendors.baltic.expected_wait": "in minutes it would be 15 s"}


def test_handle_times_in_minutes(router):
    state = Snapshot(service=QueueState(agents=42, busy=3))
    for _ in range(600):
        router.settle(router.route(Contact("service"), state), "answered", wait=0.0, handle=3.2)
    found = places(router)
    assert list(found) == ["settle of service"]
    assert "in minutes" in found["settle of service"]


SENT = Snapshot(service=QueueState(agents=42, busy=42, waiting=30))
KEPT = Snapshot(service=QueueState(agents=42, busy=3))


def ways(router: Router) -> tuple:
    """Where a contact would go now, and at what cost."""
    return router.preview(Contact("service"), SENT).ways


@pytest.mark.parametrize("told", [3.1, 188_700.0, 80_000.0, 1e12, 0.05])
@pytest.mark.parametrize("state", [KEPT, SENT], ids=["kept", "sent"])
def test_handle_times_in_another_unit_turn_no_decision(router, told, state):
    """200 of them had a contact kept however many waited."""
    twin = Router(demo_center(), clock=lambda: NOON, compile=False)
    for each, handle in ((router, told), (twin, None)):
        for _ in range(200):
            each.settle(each.route(Contact("service"), state), "answered", wait=4.0, handle=handle)
    found, wanted = ways(router), ways(twin)
    assert [way.destination for way in found] == [way.destination for way in wanted]
    assert [way.cost for way in found] == pytest.approx([way.cost for way in wanted], rel=0.01)
    assert sum(odd.count for odd in router.odd_reports.values()) == 200


def test_one_contact_that_nobody_closed_turns_no_decision(router):
    before = ways(router)
    router.settle(router.route(Contact("service"), KEPT), "answered", wait=0.0, handle=86_000.0)
    assert ways(router) == before


@pytest.mark.parametrize("times", [0.4, 2.5])
def test_handle_times_that_truly_change_are_learned(router, times):
    for _ in range(200):
        router.settle(router.route(Contact("service"), KEPT), "answered", wait=0.0, handle=188.7 * times)
    assert router.odd_reports == {}
    learned = router.estimates().of("service")["handle time"]
    assert learned.value == pytest.approx(188.7 * (30 + times * 200) / 230, rel=0.05)


def test_what_was_learned_is_shown_with_intervals_and_what_was_refused(router):
    for place in range(60):
        router.settle(router.route(Contact("service"), SENT), "answered", wait=4.0, handle=170.0 + place)
        router.settle(router.route(Contact("sales"), KEPT), "answered", wait=4.0, handle=3.1)
    found = router.estimates(probability=0.8)
    assert found.of("sales")["handle time"].refused == 60
    assert "told in minutes?" in found.of("sales")["handle time"].note
    vendor = next(name for name in router.vendors if router.usage(name).answered)
    shown = found.of(vendor)
    assert list(shown) == [
        "handle time factor", "resolution", "satisfaction", "in time", "failure rate",
    ]  # fmt: skip
    factor = shown["handle time factor"]
    assert factor.low < factor.value < factor.high
    assert shown["failure rate"].note == "healthy"
    assert json.loads(json.dumps(found.to_dict()))["probability"] == 0.8
    assert len(str(found).splitlines()) == 1 + len(found.figures)


def test_a_handle_time_below_a_millisecond_is_not_decided_by(router):
    """With no agent it had the rule of the queue solved for ever."""
    router.state["service"].update(agents=0, busy=0, aht=200.0)
    router.route(Contact("service"))
    router.state["service"].update(agents=0, aht=5e-324)
    assert "aht is 5e-324" in router.route(Contact("service")).degraded


@pytest.mark.parametrize(
    "odd", [{"agents": "x"}, {"agents": float("inf")}, {"aht": "three"}, {"waiting": -1}], ids=str
)
def test_a_state_that_cannot_be_has_no_unit(router, odd):
    router.state["service"].update(**{"agents": 42, "busy": 40, "arrival_rate": 15.0, **odd})
    assert places(router) == {}
    assert next(iter(odd)) in router.preview(Contact("service")).degraded
