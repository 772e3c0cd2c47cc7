"""What a router was told in another unit is noticed when somebody asks, and decided by until then."""

from __future__ import annotations

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
