"""What a router says of itself: `Router.status`, its log at each change, and `bporoute.prepare`."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bporoute
from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    HealthConfig,
    InputError,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Rule,
    Situation,
    Snapshot,
    Vendor,
    _kernels,
)
from bporoute.routing import Status
from bporoute.routing._news import SAY_EVERY, Said
from bporoute.routing._ready import usual_contacts
from helpers.clock import Clock

WELL = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
SERVICE = Contact("service", id="+46 70 123 45 67")


def center(caps: dict[str, int] | None = None, **queue: Any) -> Center:
    return Center(
        queues={"desk": Queue(aht=240, languages=("sv", "en"), **queue)},
        contact_types={"service": ContactType(queue="desk")},
        vendors={
            "nord": Vendor(contract=Contract(price_per_contact=4.5, **(caps or {})), **WELL),
            "baltic": Vendor(contract=Contract(price_per_contact=5.0), **WELL),
        },
        health=HealthConfig(minimum_volume=1),
    )


def router_of(clock: Clock, policy: Any = None, **configured: Any) -> Router:
    router = Router(
        center(**configured), policy or QueueLength(0), clock=clock, chance=lambda: 0.5, compile=False
    )
    full(router)
    return router


def full(router: Router) -> None:
    router.state["desk"].update(agents=2, busy=2, waiting=5)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, "bporoute")

    def lines() -> list[str]:
        found = [f"{record.levelname} {record.getMessage()}" for record in caplog.records]
        caplog.clear()
        return found

    return lines


def test_a_vendor_that_cannot_be_reached_and_comes_back(clock, said):
    router = router_of(clock)
    assert said() == []
    router.vendors["nord"].update(up=False)
    assert said() == ["WARNING vendor nord: out: cannot be reached"]
    assert router.status().vendors[0].out == "up"
    clock.now += SAY_EVERY
    full(router)
    router.vendors["nord"].update(up=True)
    assert said() == ["INFO vendor nord: back"]
    assert router.status().vendors[0].out == ""


def test_a_vendor_that_fails_and_is_let_back(clock, said):
    router = router_of(clock)
    for _ in range(12):
        full(router)
        decision = router.route(SERVICE)
        if decision.destination == "nord":
            router.settle(decision, "failed")
        clock.now += 0.2
    assert said() == ["WARNING vendor nord: out: failed too often lately"]
    (nord, baltic) = router.status().vendors
    assert (nord.out, nord.health, nord.admitted) == ("health", "ejected", 0.0)
    assert (baltic.out, baltic.health, baltic.admitted) == ("", "healthy", 1.0)
    lines: list[str] = []
    for _ in range(3000):
        full(router)
        decision = router.route(SERVICE)
        router.settle(decision, "answered", wait=1.0, handle=100.0)
        clock.now += 1.0
        lines += said()
    assert lines == ["INFO vendor nord: back"]
    assert router.status().vendors[0].health == "healthy"


def test_a_cap_is_reached_and_free_again(either_kernels, clock, said):
    router = router_of(clock, caps={"cap_per_hour": 3})
    for _ in range(5):
        full(router)
        router.route(SERVICE)
        clock.now += 0.3
    assert said() == ["WARNING vendor nord: cap_per_hour reached"]
    assert router.status().vendors[0].reached == "cap_per_hour"
    clock.now += 3600.0
    full(router)
    router.route(SERVICE)
    assert said() == ["INFO vendor nord: cap_per_hour free again"]
    assert router.status().vendors[0].reached == ""


def test_a_state_grows_stale_is_lost_and_comes_back(clock, said):
    router = router_of(clock)
    for age, line in (
        (29.0, None),
        (31.0, "WARNING queue desk: state stale, 31 s old"),
        (299.0, None),
        (301.0, "WARNING queue desk: state lost, 301 s old"),
    ):
        clock.now = router._desk.works.rows[0].present_at + age
        router.preview(SERVICE, Snapshot())
        assert said() == ([line] if line else [])
    assert router.status().queues[0].feed == "lost"
    assert router.status().queues[0].age == 301.0
    clock.now += SAY_EVERY
    full(router)
    assert said() == ["INFO queue desk: state is fresh again"]
    assert router.status().queues[0].feed == "fresh"


def test_a_policy_that_fails_is_said_once_and_when_it_answers_again(clock, said):
    broken = [True]

    def policy(situation: Situation) -> Rule:
        if broken[0]:
            raise ZeroDivisionError("of its own\nmaking")
        return QueueLength(3)(situation)

    router = router_of(clock, policy)
    for _ in range(5):
        router.route(SERVICE)
        clock.now += 1.0
    (line,) = said()
    assert line.startswith("WARNING queue desk: policy ")
    assert line.endswith("failed: ZeroDivisionError: of its own making")
    assert "ZeroDivisionError" in router.status().queues[0].trouble
    broken[0] = False
    clock.now += SAY_EVERY
    router.state["desk"].update(agents=3, busy=3, waiting=0)
    router.route(SERVICE)
    assert said() == ["INFO queue desk: the policy answers again"]


def test_what_flaps_is_counted_and_not_said_each_time(clock, said):
    router = router_of(clock)
    lines: list[str] = []
    for number in range(300):
        clock.now += 1.0
        full(router)
        router.vendors["nord"].update(up=number % 2 == 1)
        lines += said()
    assert 300.0 / SAY_EVERY <= len(lines) <= 300.0 / SAY_EVERY + 1
    assert lines[1].endswith("changes not said since the last line)")


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0.0, 40.0)), max_size=60))
def test_every_state_that_lasts_is_said_and_nothing_twice(steps: list[tuple[int, float]]) -> None:
    """By a plain record: at most a line in `SAY_EVERY`, each of another code, and the last one is said."""
    said, now, record = Said(1), 1000.0, [(0, -1e9)]
    for code, seconds in steps:
        now += seconds
        for _, before, after, unsaid in said.changes(np.array([code]), now):
            assert before == record[-1][0] != after == code
            assert now - record[-1][1] >= SAY_EVERY
            assert unsaid >= 0
            record.append((after, now))
    if steps:
        now += SAY_EVERY
        last = steps[-1][0]
        due = list(said.changes(np.array([last]), now))
        assert bool(due) == (record[-1][0] != last)


def test_handlers_are_foreign_code_and_hear_no_id(clock, caplog):
    """A handler may ask the router, and may fail; no decision notices, and none has the lock."""
    caplog.set_level(logging.INFO, "bporoute")
    router = router_of(clock, caps={"cap_per_hour": 1})
    seen: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())
            assert not router.ledger.lock.locked()
            router.preview(SERVICE)
            raise RuntimeError("a handler of somebody else")

    handler = Handler()
    logging.getLogger("bporoute").addHandler(handler)
    try:
        for _ in range(4):
            full(router)
            assert router.route(SERVICE).destination
            clock.now += 1.0
    finally:
        logging.getLogger("bporoute").removeHandler(handler)
    assert seen == ["vendor nord: cap_per_hour reached"]
    assert SERVICE.id not in caplog.text


def test_a_state_that_nobody_ever_told_does_not_grow_old(clock, said):
    router = Router(center(), QueueLength(0), clock=clock, compile=False)
    for age in (0.0, 31.0, 301.0, -3600.0, 301.0):
        clock.now += age
        router.route(SERVICE)
        router.preview(SERVICE)
    assert said() == []
    assert router.status().queues[0].feed == "never told"


def test_a_log_that_nobody_listens_to_is_silent(clock, capsys):
    router = router_of(clock)
    router.vendors["nord"].update(up=False)
    assert capsys.readouterr() == ("", "")
    assert any(isinstance(each, logging.NullHandler) for each in logging.getLogger("bporoute").handlers)


def test_threads_say_a_change_once(clock, said):
    router = router_of(clock)
    router.vendors["nord"].update(up=False)
    said()
    clock.now += 100.0
    threads = [threading.Thread(target=router.route, args=(SERVICE, Snapshot())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said() == ["WARNING queue desk: state stale, 100 s old"]


# --- status ---------------------------------------------------------------------------------------------


def test_status_is_plain_values_and_a_table(clock):
    router = router_of(clock)
    untold = Router(center(), clock=clock, compile=False).status()
    assert (untold.queues[0].feed, untold.open_contacts, untold.kinds) == ("never told", 0, 0)
    router.vendors["nord"].update(in_flight=3)
    clock.now += 7.0
    sent, kept = router.route(SERVICE), router.route(SERVICE, Snapshot(desk=QueueState(agents=9, busy=1)))
    assert (sent.action, kept.action) == ("overflow", "keep")
    status = router.status()
    assert isinstance(status, Status)
    assert status.at == clock.now
    assert status.vendors[0].age == 7.0
    assert [vendor.in_flight for vendor in status.vendors] == [4.0, 0.0]
    assert status.queues[0].age == 7.0
    assert status.open_contacts == sum(vendor.in_flight for vendor in status.vendors) + status.queues[0].kept
    assert status.kinds == 1
    assert json.loads(json.dumps(status.to_dict()))["vendors"][1]["age"] is None
    text = str(status)
    assert text.startswith("kernels: interpreted" if not status.compiled else "kernels: compiled")
    assert "nord" in text
    assert "desk" in text
    router.settle(sent, "answered", wait=1.0, handle=10.0)
    assert router.status().vendors[0].in_flight == 3.0


def test_status_says_what_cannot_be(clock):
    router = router_of(clock)
    router.state["desk"].update(agents=2, busy=-1)
    status = router.status()
    assert (status.queues[0].feed, bool(status.queues[0].trouble)) == ("not believed", True)
    broken = Router(center(), clock=lambda: None, compile=False)  # type: ignore[arg-type, return-value]
    assert "clock" in broken.status().trouble
    assert broken.status().to_dict()["at"] is None


# --- prepare --------------------------------------------------------------------------------------------


def test_prepare_meets_prices_and_loads_what_there_is(clock):
    config = center()
    router = Router(config, clock=clock, chance=lambda: 0.5, compile=False)
    full(router)
    assert not router._tables.queues.ready(router._desk.works.rows[0])
    bporoute.prepare(router)
    asked = list(usual_contacts(config))
    assert {contact.language for contact in asked} == {"", "sv", "en"}
    assert len(router._desk.works.known) == len(asked)
    status = router.status()
    assert status.compiled == (_kernels.current().call is not None)
    assert (status.pending, status.kinds) == (0, len(asked))
    assert router._tables.queues.ready(router._desk.works.rows[0])
    assert router._call is _kernels.current().call
    assert router.usage("nord").in_flight == 0


def test_a_prepared_router_decides_as_one_that_is_not(clock):
    config = center(caps={"cap_per_hour": 4})
    ready, fresh = (Router(config, clock=clock, chance=lambda: 0.5, compile=False) for _ in range(2))
    bporoute.prepare(ready)
    for number in range(40):
        for router in (ready, fresh):
            router.state["desk"].update(agents=5, busy=5, waiting=number % 7)
        contact = Contact("service", language=("sv", "en", "fi", "")[number % 4], id=str(number))
        one, other = ready.route(contact), fresh.route(contact)
        assert (one.action, one.destination) == (other.action, other.destination)
        assert one.ranked == other.ranked
        clock.now += 1.0


def test_prepare_takes_a_router_or_nothing():
    with pytest.raises(InputError, match=r"router: found 'center\.toml'; expected a Router, or None"):
        bporoute.prepare("center.toml")  # type: ignore[arg-type]
    bporoute.prepare()
