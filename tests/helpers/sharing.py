"""Processes that share a ledger, for the tests: what each of them does, and what truly came of it."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    HealthConfig,
    Ledger,
    Queue,
    Router,
    SharedLedger,
    Vendor,
)

BEGIN = 1_795_428_000.0  # noon in Berlin, in the middle of everything
CALL = Contact("call")
LENGTH, LEASE = 120.0, 14_400.0


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


class Host:
    """Routers that share a ledger, with one clock; each stands for a process."""

    def __init__(self, path: Path, workers: int, **terms: object) -> None:
        self.path, self.terms, self.now = path, terms, BEGIN
        self.routers = [self.begun() for _ in range(workers)]

    def begun(self) -> Router:
        return router(self.path, at=lambda: self.now, **self.terms)

    def close(self) -> None:
        for each in self.routers:
            each.ledger.close()


def counted_alone(host: Host) -> Router:
    """One router that counts for itself in memory: what all together should come to."""
    return Router(
        center(**host.terms), "QueueLength(0)", ledger=Ledger(), clock=lambda: host.now, compile=False
    )


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


def route_and_replace(path, caps, when, contacts, begin, sent) -> None:
    """Route so many contacts, with a center of another cap once `when` of them were decided."""
    own = router(path, cap_per_day=caps[0])
    begin.wait()
    gone = 0
    for turn in range(contacts):
        if turn == when:
            own.replace(center(cap_per_day=caps[1]))
        decision = own.route(CALL)
        if decision.destination == "nord":
            gone += 1
            own.settle(decision, "answered", wait=0.0, handle=LENGTH)
        else:
            time.sleep(0.002)  # until the others have changed over
    own.ledger.close()
    sent.put(gone)


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


def hand_out_tokens(path, terms, contacts, told, go_on) -> None:
    """Tell the tokens of so many contacts; then end, or be killed, when `go_on` is set."""
    own = router(path, **terms)
    told.put([own.route(CALL).token for _ in range(contacts)])
    go_on.wait()
    own.ledger.close()


def settle_tokens(path, terms, tokens, outcome, owed) -> None:
    """Settle all of these tokens; tell what each came to, and what was refused."""
    own = router(path, **terms)
    money = [own.settle(token, outcome, wait=0.0, handle=LENGTH) for token in tokens]
    owed.put((money, own.status().refused_tokens))
    own.ledger.close()


def settle_until_killed(path, terms, tokens, truth) -> None:
    """Settle these tokens one after another, and write a byte for each that was."""
    own = router(path, **terms)
    file = os.open(truth, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for token in tokens:
        if own.settle(token, "answered", wait=0.0, handle=LENGTH):
            os.write(file, b"x")
    own.ledger.close()


def divert_all(path, terms, contacts, begin, tried) -> None:
    """Send so many contacts out; whatever goes to nord fails there and is diverted by its token."""
    own = router(path, **terms)
    begin.wait()
    there, ends = 0, []
    for _ in range(contacts):
        decision = own.route(CALL)
        if decision.destination == "nord":
            there += 1
            decision = own.divert(decision.token, failed="503")
        ends.append(decision.destination if decision else None)
        if decision:
            own.settle(decision.token, "answered", wait=0.0, handle=LENGTH)
    tried.put((there, ends))
    own.ledger.close()
