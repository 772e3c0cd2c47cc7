"""Hosts that share a store, for the tests: processes of each of them, and what truly came of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bporoute import Router, SharedLedger
from helpers.running import wait_until
from helpers.sharing import CALL, LENGTH, center, clock


def host(folder: Path, url: str | None, at=clock, compile: bool = False, **terms: object) -> Router:
    """A router of a process of the host whose folder this is."""
    return Router(
        center(**terms), "QueueLength(0)", ledger=SharedLedger(folder, url), clock=at, compile=compile
    )


def sends(router: Router, within: float = 30.0) -> bool:
    """Whether a contact goes out before long: the store has been asked by then."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if router.route(CALL).destination == "nord":
            return True
        time.sleep(0.01)
    return False


def send(router: Router, seconds: float, pause: float = 0.001, *, settled: bool = False) -> int:
    """Contacts that go out in so many seconds."""
    sent, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        decision = router.route(CALL)
        if decision.destination == "nord":
            sent += 1
            if settled:
                router.settle(decision, "answered", wait=0.0, handle=LENGTH)
        time.sleep(pause)
    return sent


def work(folder, url, terms, truth, times, pause, stop) -> None:
    """Decide until told to stop; write a byte for each contact that goes out, and how long each took."""
    own = host(folder, url, **terms)
    file = os.open(truth, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    took = []
    while not stop.is_set():
        begin = time.perf_counter()
        decision = own.route(CALL)
        took.append((begin, time.perf_counter() - begin))
        if decision.destination == "nord":
            os.write(file, b"x")
        time.sleep(pause)
    own.ledger.close()
    times.put(took)


def heard(done) -> bool:
    """Whether it came true, as it does when the other hosts are heard."""
    return wait_until(done)
