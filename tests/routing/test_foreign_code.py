"""Foreign code that asks the router from within one of its calls is told so; nothing waits for ever."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

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
    _kernels,
)
from bporoute._base import fork_locks
from bporoute.policies import QueueLength
from helpers.interrupts import Interrupted

SERVICE = Contact("service", id="1")
WITHIN = "a router was asked from within its own work"


def center() -> Center:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors={"nord": Vendor(contract=Contract(price_per_contact=4.5), **each)},
    )


class Foreign:
    """A policy that does something else first."""

    def __init__(self) -> None:
        self.does: Callable[[], object] = lambda: None

    def __call__(self, situation: Any) -> Any:
        self.does()
        return QueueLength(1)(situation)


def routed(does: Callable[[Router], object]) -> Decision:
    """A decision whose policy does something with the router; a hang is a failure."""
    policy, found = Foreign(), []
    router = Router(center(), policy, clock=lambda: 1795428000.0, compile=False)
    router.state["service"].update(agents=2, busy=2, waiting=5)
    policy.does = lambda: does(router)
    thread = threading.Thread(target=lambda: found.append(router.route(SERVICE)), daemon=True)
    thread.start()
    thread.join(30.0)
    assert not thread.is_alive(), "the router waits for itself"
    policy.does = lambda: None
    router.settle(found[0], "answered")
    assert router.usage("nord").in_flight == 0
    router.state["service"].update(agents=2, busy=2, waiting=6)
    assert not router.route(SERVICE).degraded
    return found[0]


CALLS: dict[str, Callable[[Router], object]] = {
    "usage": lambda router: router.usage("nord"),
    "route": lambda router: router.route(SERVICE),
    "preview": lambda router: router.preview(SERVICE),
    "update": lambda router: router.state["service"].update(agents=3),
    "vendor": lambda router: router.vendors["nord"].update(up=True),
    "many": lambda router: router.route_many([SERVICE]),
    "estimates": lambda router: router.estimates(),
    "remarks": lambda router: router.remarks(),
    "reports": lambda router: router.odd_reports,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_policy_that_asks_its_router_fails_and_says_so(call: Callable[[Router], object]) -> None:
    decision = routed(call)
    assert decision.degraded
    assert WITHIN in decision.explain()


def test_a_clock_that_asks_its_router_fails_and_says_so() -> None:
    calls: list[Router] = []

    def clock() -> float:
        if calls:
            calls[0].usage("nord")
        return 1795428000.0

    router = Router(center(), QueueLength(1), clock=clock, compile=False)
    router.state["service"].update(agents=2, busy=2, waiting=5)
    calls.append(router)
    degraded = router.route(SERVICE).degraded
    assert "the clock failed" in degraded
    assert "RuntimeError" in degraded
    assert router.usage("nord").in_flight == 0
    assert "RuntimeError" in router.status().trouble
    calls.clear()
    assert router.usage("nord").in_flight == 0
    assert not router.status().trouble


def test_a_finaliser_within_a_decision_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Call:
        def __init__(self, router: Router) -> None:
            self.router = router

        def __del__(self) -> None:
            self.router.usage("nord")

    routed(Call)
    assert [type(each.exc_value) for each in told] == [RuntimeError]
    assert WITHIN in str(told[0].exc_value)


def test_a_signal_handler_within_a_decision_is_told() -> None:
    policy = Foreign()
    router = Router(center(), policy, clock=lambda: 1795428000.0, compile=False)
    router.state["service"].update(agents=2, busy=2, waiting=5)
    policy.does = lambda: signal.raise_signal(signal.SIGINT)
    before = signal.signal(signal.SIGINT, lambda *_: router.usage("nord"))
    try:
        assert WITHIN in router.route(SERVICE).explain()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_within_a_policy_stops_neither_parent_nor_child() -> None:
    ended: list[int] = []

    def fork(router: Router) -> None:
        child = os.fork()
        if child:
            ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            return
        code = 3
        try:
            router.usage("nord")
        except RuntimeError:
            code = 0
        finally:
            os._exit(code)

    assert not routed(fork).degraded
    assert ended == [0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_wait_for_a_thread_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fork comes while another thread's policy takes its time."""
    monkeypatch.setattr("bporoute.routing.ledger._memory.FORK_WAIT", 0.05)
    policy, begun, go_on = Foreign(), threading.Event(), threading.Event()
    router = Router(center(), policy, clock=lambda: 1795428000.0, compile=False)
    router.state["service"].update(agents=2, busy=2, waiting=5)
    policy.does = lambda: (begun.set(), go_on.wait(30.0))
    thread = threading.Thread(target=lambda: router.route(SERVICE))
    thread.start()
    assert begun.wait(30.0)
    child = os.fork()
    if not child:
        code = 3
        try:
            policy.does = lambda: None
            code = 0 if router.route(SERVICE).destination == "nord" else 4
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    go_on.set()
    thread.join(30.0)
    assert router.usage("nord").in_flight == 1


def test_a_build_without_the_global_lock_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    with pytest.raises(InputError, match="global interpreter lock"):
        Router(center(), compile=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_an_interrupt_at_any_line_of_a_fork_leaves_no_lock_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    routers = [Router(center(), QueueLength(1), clock=lambda: 1795428000.0, compile=False) for _ in range(3)]
    ended, lines = 0, 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal lines
        if not re.search(r"/bporoute/(routing/ledger|_base|_kernels)/", frame.f_code.co_filename):
            return None
        if event in ("call", "line"):
            lines += 1
            if lines == ended + 1:
                raise Interrupted
        return trace

    while lines > ended - 1:
        lines, before = 0, sys.gettrace()
        sys.settrace(trace)
        child = os.fork()
        sys.settrace(before)
        if not child:
            code = 3
            try:
                code = 0 if all(router.route(SERVICE).destination for router in routers) else 4
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, f"line {ended}"
        for router in routers:
            thread = threading.Thread(target=router.route, args=(SERVICE,), daemon=True)
            thread.start()
            thread.join(30.0)
            assert not thread.is_alive(), f"line {ended}: held for ever"
        for lock in (
            _kernels._compiler._turnstile,
            _kernels._compiler._working,
            _kernels._on_demand._working,
        ):
            assert not fork_locks.is_owned(lock), f"line {ended}: held for ever"
        ended += 1
    assert ended > 10
