"""Processes that share a ledger, for the tests: what each of them does, and what truly came of it."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from bporoute import Center, Contact, ContactType, Contract, HealthConfig, Queue, Router, SharedLedger, Vendor

BEGIN = 1_795_428_000.0  # noon in Berlin, in the middle of everything
CALL = Contact("call")
LENGTH = 120.0


def center(*, vendors: tuple[str, ...] = ("nord",), capacity: int | None = None, **terms: object) -> Center:
    """One type that goes out whole, to vendors of these terms."""
    terms = {"price_per_minute": 1.0, **terms}
    return Center(
        queues={"desk": Queue(aht=LENGTH)},
        contact_types={"call": ContactType(queue="desk", sourcing="full")},
        vendors={
            name: Vendor(
                country="DE",
                timezone="Europe/Berlin",
                contact_types=("call",),
                capacity=capacity,
                contract=Contract(**terms),
            )
            for name in vendors
        },
        health=HealthConfig(),
    )


def clock() -> float:
    """One clock for all processes of a host, and far from the end of any hour."""
    return BEGIN + time.monotonic() % 1000.0


def router(path: Path, compile: bool = False, at=clock, **terms: object) -> Router:
    ledger = SharedLedger(path)
    return Router(center(**terms), "QueueLength(0)", ledger=ledger, clock=at, compile=compile)


def route_many_times(path, terms, contacts, settled, compiled, done) -> None:
    """Route so many contacts, settle those that go out if so wanted, and tell how many that were."""
    own = router(path, compiled, **terms)
    if compiled:
        own.prepare()
        from bporoute import warmup

        warmup()
    sent = 0
    for _ in range(contacts):
        decision = own.route(CALL)
        if decision.destination == "nord":
            sent += 1
            if settled:
                own.settle(decision, settled, wait=0.0, handle=LENGTH)
    own.ledger.close()
    done.put(sent)


def settled_in(truth: Path) -> Path:
    """Where a byte is written for each contact that was settled."""
    return truth.with_name(f"{truth.name} settled")


def send_until_killed(path, terms, truth, pause) -> None:
    """Write a byte for each contact that goes out, once it has been decided, and one for each settled."""
    own = router(path, **terms)
    file, ended = (
        os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT) for name in (truth, settled_in(truth))
    )
    for turn in itertools.count():
        decision = own.route(CALL)
        if decision.destination == "nord":
            os.write(file, b"x")
            if turn % 3 == 0:
                own.settle(decision, "answered", wait=0.0, handle=LENGTH)
                os.write(ended, b"x")
        if pause:
            time.sleep(pause)
