"""A clock, or `chance`, that gives no number now and then: nothing is lost by it, and nothing stays."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    InputError,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Snapshot,
    Vendor,
)

NOON = 1795428000.0
SERVICE = Contact("service", id="1")
BUSY = Snapshot(service=QueueState(agents=4, busy=4, waiting=9))


def fails() -> None:
    raise OSError("no clock")


BAD: dict[str, Callable[[], Any]] = {
    "text": lambda: "12:00",
    "None": lambda: None,
    "date": lambda: datetime.datetime(2026, 11, 23),
    "bytes": lambda: b"1",
    "complex": lambda: 1j,
    "huge": lambda: 10**400,
    "array": lambda: np.array([NOON, NOON]),
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "fails": fails,
}


class Settable:
    """A router with a clock that says what it is told to say."""

    def __init__(self) -> None:
        self.says: Callable[[], Any] = lambda: NOON
        self.chance: Callable[[], Any] = lambda: 0.5
        vendor = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
        center = Center(
            queues={"service": Queue(aht=240)},
            contact_types={"service": ContactType(queue="service")},
            vendors={"nord": Vendor(contract=Contract(price_per_contact=2.0, cap_per_hour=5), **vendor)},
        )
        self.router = Router(
            center, QueueLength(1), clock=lambda: self.says(), chance=lambda: self.chance(), compile=False
        )

    def sent(self, at: float, contacts: int) -> list[Decision]:
        self.says = lambda: at
        decisions = [self.router.route(SERVICE, BUSY) for _ in range(contacts)]
        return [each for each in decisions if each.destination == "nord"]


CALLS: dict[str, Callable[[Router, Decision], object]] = {
    "answered": lambda router, sent: router.settle(sent, "answered", wait=3.0, handle=180.0),
    "failed": lambda router, sent: router.settle(sent, "failed"),
    "judge": lambda router, sent: router.judge(sent, resolved=True),
    "route": lambda router, _: router.route(SERVICE, BUSY),
    "preview": lambda router, _: router.preview(SERVICE),
    "many": lambda router, _: router.route_many([SERVICE]),
    "usage": lambda router, _: router.usage("nord"),
    "bill": lambda router, _: router.bill("nord"),
    "invoice": lambda router, _: router.invoice("nord"),
    "estimates": lambda router, _: router.estimates(),
    "status": lambda router, _: router.status(),
    "remarks": lambda router, _: router.remarks(),
    "update": lambda router, _: router.state["service"].update(agents=4, busy=4, waiting=9),
    "vendor": lambda router, _: router.vendors["nord"].update(in_flight=1),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_bad_time_stops_no_call_and_is_over_with_it(
    call: Callable[[Router, Decision], object], bad: Callable[[], Any]
) -> None:
    told = Settable()
    router = told.router
    (sent,) = told.sent(NOON, 1)
    told.says = bad
    call(router, sent)
    for hour in (1, 2):  # the cap of five an hour, as ever
        decisions = told.sent(NOON + 3600.0 * hour, 8)
        assert len(decisions) == 5
        assert not decisions[-1].degraded
        for each in decisions:
            assert router.settle(each, "answered", wait=3.0, handle=180.0) == 2.0
    router.settle(sent, "answered")
    assert router.status().trouble == ""
    assert router.usage("nord").this_hour == 5


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_what_is_settled_while_the_clock_fails_is_owed(bad: Callable[[], Any]) -> None:
    told = Settable()
    (sent,) = told.sent(NOON, 1)
    told.says = bad
    assert told.router.settle(sent, "answered", wait=3.0, handle=180.0) == 2.0
    usage = told.router.usage("nord")
    assert (usage.answered, usage.spent, usage.in_flight) == (1, 2.0, 0)
    assert told.router.status().trouble


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_state_told_while_the_clock_fails_grows_old(bad: Callable[[], Any]) -> None:
    told = Settable()
    told.says = bad
    told.router.state["service"].update(agents=4, busy=4, waiting=9)
    told.says = lambda: NOON
    assert told.router.route(SERVICE).destination == "nord"
    told.says = lambda: NOON + 7200.0
    assert "7200 s old" in told.router.route(SERVICE).degraded


@pytest.mark.parametrize("bad", ["12:00", datetime.datetime(2026, 11, 23), b"1", 1j, True, 10**400, [NOON]])
def test_an_instant_of_another_kind_is_said(bad: Any) -> None:
    router = Settable().router
    for live in (router.state["service"], router.vendors["nord"]):
        with pytest.raises(InputError, match=r"^at: found .* expected epoch seconds"):
            live.update(at=bad)
        assert live.late == 0
    router.state["service"].update(agents=4, at=np.float64(NOON - 5.0))
    assert router.state["service"].state == QueueState(agents=4)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_chance_that_is_none_is_the_middle(bad: Callable[[], Any]) -> None:
    told, well = Settable(), Settable()
    told.chance = bad
    for each in (told, well):
        for sent in each.sent(NOON, 5):
            each.router.settle(sent, "failed")
        each.says = lambda: NOON + 3600.0
    assert told.router.estimates() == well.router.estimates()
    assert [len(each.sent(NOON + 3600.0, 8)) for each in (told, well)] == [5, 5]
