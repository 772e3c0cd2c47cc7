"""An interrupt at any statement leaves nothing locked, nothing lost and nothing counted twice, for nobody."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from bporoute import Router
from bporoute.routing.ledger import _layout
from helpers.interrupts import Interrupted, interrupted
from helpers.sharing import BEGIN, CALL, router

CAP = 20
LINES = int(os.environ.get("INTERRUPT_LINES", "12"))


class Pair:
    """Two routers that share a cap, and what came of their contacts."""

    def __init__(self, path) -> None:
        self.now = BEGIN
        self.one, self.other = (router(path, at=lambda: self.now, cap_per_day=CAP) for _ in range(2))
        self.open = [self.one.route(CALL) for _ in range(4)]
        self.token = self.open[1].token
        self.other.settle(self.other.route(CALL), "answered", wait=0.0, handle=60.0)
        self.sent, self.answered = 5, 1
        self.now += 1.5

    def route(self, own: Router) -> None:
        decision = own.route(CALL)
        self.sent += decision.destination == "nord"

    def settle(self, outcome: str) -> None:
        self.one.settle(self.open[0], outcome, wait=0.0, handle=60.0)

    def settle_by_token(self, own: Router) -> float:
        return own.settle(self.token, "answered", wait=0.0, handle=60.0)

    def close(self) -> None:
        self.one.ledger.close()
        self.other.ledger.close()


EVENTS: dict[str, Callable[[Pair], object]] = {
    "route": lambda pair: pair.route(pair.one),
    "answered": lambda pair: pair.settle("answered"),
    "failed": lambda pair: pair.settle("failed"),
    "by token": lambda pair: pair.settle_by_token(pair.one),
    "update": lambda pair: pair.one.vendors["nord"].update(expected_wait=5.0),
    "usage": lambda pair: pair.one.usage("nord"),
    "rest": lambda pair: pair.one.ledger.rest(),
}


@pytest.mark.parametrize("event", EVENTS)
def test_an_interrupted_call_leaves_the_others_in_peace(tmp_path, monkeypatch, event):
    monkeypatch.setattr(_layout, "SLOTS", 4)
    whole = Pair(tmp_path / "whole")
    with interrupted(0) as lines:
        EVENTS[event](whole)
    whole.close()
    chance = random.Random(event)
    for at in sorted(chance.sample(range(1, lines[0] + 1), min(LINES, lines[0]))):
        pair = Pair(tmp_path / str(at))
        with suppress(Interrupted), interrupted(at):
            EVENTS[event](pair)
        failed = 0
        if event in ("answered", "failed"):  # it may count whole, or be told again
            pair.settle(event)
            pair.answered += event == "answered"
            failed = event == "failed"
        if event == "by token":  # whoever else is told can end it at once, unless it has ended
            pair.settle_by_token(pair.other)
            assert set(pair.other.status().refused_tokens) <= {"settled"}, at
            pair.answered += 1
        pair.now += 1.5
        for _ in range(CAP):
            pair.route(pair.other)
            pair.route(pair.one)
        assert pair.sent - failed == CAP, at
        for each in (pair.one, pair.other):
            usage = each.usage("nord")
            assert (usage.today, usage.answered, usage.failed) == (CAP, pair.answered, failed), at
        pair.close()
