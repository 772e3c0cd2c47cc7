"""A logged decision, made again from its own line by the kernel that made it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.governance._bench import Bench, LaidOut, blank_queue, lay_out
from bporoute.policies._thresholds import MarginalCost, Policy
from bporoute.routing._decision import Decision
from bporoute.routing._record import BELIEFS, Noted, NotedState
from bporoute.routing._router import drawn
from bporoute.routing._state import QueueState
from bporoute.routing._tables._profiles import Kind
from bporoute.routing._tables._queue_rules import Classes
from bporoute.routing._tables._tables import Tables, View
from bporoute.routing.ledger._memory import Ledger

MOST_RULES = 512
DISTRUSTED, LOST = BELIEFS[codes.DISTRUSTED], BELIEFS[codes.LOST]


class Logged(Noted, frozen=True):
    """A line of a log of decisions, as far as the decision is made again from it."""

    id: int
    at: Annotated[datetime, Meta(tz=True)] | None
    center_version: str
    policy: str
    policy_version: str | None
    contact: Contact
    action: str
    destination: str | None
    ranked: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    queue: str
    sends_from: float | None
    degraded: str


class Redecision:
    """Makes decisions again, one at a time, with one center.

    What follows from the center is worked out anew: who may take what, opening hours, costs of waiting. The
    rest is as the line says.
    """

    def __init__(self, center: Center) -> None:
        self._center = center
        # For the calendar and the kinds of contact; nothing is decided by them.
        self._tables = Tables(center, MarginalCost(), Ledger(), math.inf)
        self._bench = Bench(center)
        self._queues = tuple(center.queues)
        self._rules: dict[object, LaidOut | str] = {}

    def decide(self, logged: Logged, policy: Policy) -> Decision:
        """The decision of a line by its policy; good until the next one is made."""
        at = math.nan if logged.at is None else logged.at.timestamp()
        self._tables.follow(at)
        kind = self._tables.kind(logged.contact)
        state = None if logged.state is None else _state(logged.state)
        rule, distrust = self._rule(logged, policy, kind.queue, state)
        self._lay_out_queue(logged, kind.queue, state, rule)
        self._lay_out_vendors(logged, kind)
        bench = self._bench
        # The line tells ages, not instants: for the kernel, the decision is made at the instant 0.
        luck = drawn(logged.contact.id) if logged.luck else 0.0
        way = bench.decide(kind.queue, 0.0, luck, commit=False)
        bench.page.numbers[0, -1, codes.AT] = at
        bench.page.first = logged.id
        action, destination = kind.outcomes[way + 1]
        view = View(
            self._center,
            policy,
            self._tables.ledger,
            state if distrust else None,
            distrust,
            None if rule is None else rule.solved,
            logged.trouble,
        )
        return Decision(logged.contact, action, destination, bench.page, 0, kind, view)

    def _rule(
        self, logged: Logged, policy: Policy, queue: int, state: QueueState | None
    ) -> tuple[LaidOut | None, str]:
        """The rule of a line's queue, or None and why its state cannot be decided on."""
        name = self._queues[queue]
        if state is None:
            return None, f"no state of queue {name!r} is known"
        if logged.belief == DISTRUSTED:  # for a number that JSON cannot say, or since the policy failed
            return None, logged.distrust
        if problem := state.distrust():
            return None, problem
        classes = tuple((each.arrival_rate, each.price) for each in logged.classes) or ((0.0, None),)
        aht = _or(state.aht, _or(logged.aht, self._center.queues[name].aht))
        score = logged.served_so_far
        key = (logged.policy, logged.policy_version, queue, state.agents, aht, classes, score)
        if key not in self._rules:
            if len(self._rules) == MOST_RULES:
                self._rules.clear()
            rates, prices = zip(*classes, strict=True)
            limited = [math.inf if price is None else price for price in prices]
            priced = Classes(np.array(rates), np.array(limited))
            self._rules[key] = lay_out(policy, self._center, name, state.agents, aht, priced, score)
        rule = self._rules[key]
        return (None, rule) if isinstance(rule, str) else (rule, "")

    def _lay_out_queue(
        self, logged: Logged, queue: int, state: QueueState | None, rule: LaidOut | None
    ) -> None:
        bench = self._bench
        row = bench.queues[queue]
        if rule is None:
            row[:] = blank_queue(self._center, self._queues[queue])
        else:
            bench.load(queue, rule)
        kept_since = _or(logged.kept_since, math.nan)
        row[codes.TOLD : codes.TOLD_AT] = math.nan
        if state is not None and not state.distrust():
            row[codes.TOLD : codes.TOLD_AT] = (
                state.agents,
                state.busy,
                state.waiting,
                _or(state.arrival_rate, math.nan),
                _or(state.aht, math.nan),
            )
            row[codes.PRESENT] = state.present + _or(logged.kept_since, 0.0)
        row[codes.TOLD_AT] = -_or(logged.age, math.inf if logged.belief == LOST else math.nan)
        row[codes.KEPT_SINCE] = kept_since
        row[codes.GATE] = logged.gate_open
        row[codes.MOVED_AT] = -_or(logged.gate_age, math.nan if logged.at is None else math.inf)
        bench.shares[queue, :, codes.CREDIT] = 0.0
        bench.shares[queue, 0, codes.CREDIT] = _or(logged.credit, math.nan)

    def _lay_out_vendors(self, logged: Logged, kind: Kind) -> None:
        """Terms and calendar as the center says; the rest, of vendors that come into question, as logged."""
        bench, names = self._bench, kind.destinations
        bench.ways[0] = 0.0
        bench.ways[0, : len(names)] = self._tables.profiles.ways[kind.number, : len(names)]
        bench.vendors[:] = self._tables.vendors
        bench.usage[:] = 0.0
        bench.usage[-1, : codes.ALL_SQUARES + 1] = logged.routed, logged.sent, logged.squares
        for way, name in enumerate(names[1:], start=1):
            seen = logged.vendors.get(name)
            if seen is None:
                continue
            vendor = int(bench.ways[0, way, codes.VENDOR])
            bench.ways[0, way, codes.PRICE] = _or(seen.price, math.nan)
            bench.ways[0, way, codes.EXTRA] = _or(seen.extra, math.nan)
            bench.shares[kind.queue, vendor + 1, codes.CREDIT] = _or(seen.credit, math.nan)
            terms = bench.vendors[vendor]
            terms[codes.UP] = seen.up
            terms[codes.MOST_AT_ONCE] = _or(seen.most_at_once, math.inf)
            terms[codes.LEFT_TO_SPEND] = _or(seen.left_to_spend, math.inf)
            terms[codes.VENDOR_WAIT : codes.ADMISSION + 1] = [
                _or(value, math.nan)
                for value in (
                    seen.wait, seen.team, seen.team_aht, seen.failure, seen.admitted, seen.admission,
                )
            ]  # fmt: skip
            bench.usage[vendor] = [
                _or(value, math.nan)
                for value in (
                    seen.this_hour, seen.today, seen.this_period, seen.center_day, seen.in_flight,
                )
            ]  # fmt: skip


def _state(told: NotedState) -> QueueState:
    return QueueState(
        _or(told.agents, math.nan),
        _or(told.busy, math.nan),
        _or(told.waiting, math.nan),
        told.arrival_rate,
        told.aht,
    )


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
