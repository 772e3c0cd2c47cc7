"""A logged decision, made again from its own line by the kernel that made it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.policies._rule import Policy
from bporoute.policies._solved import Classes
from bporoute.policies._thresholds import MarginalCost
from bporoute.routing._decision import Decision
from bporoute.routing._record import Noted, NotedState
from bporoute.routing._router import drawn
from bporoute.routing._state import QueueState
from bporoute.routing._tables._bench import Bench, LaidOut, lay_out
from bporoute.routing._tables._evidence import Basis
from bporoute.routing._tables._profiles import Profile
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing.ledger._memory import Ledger

MOST_RULES = 512
Change = Callable[[Bench, Profile], None]
"""Changes what is laid out for a decision before it is made."""


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
        # For the calendar and the profiles of contacts; nothing is decided by them.
        self._tables = RoutingTables(center, MarginalCost(), Ledger(), math.inf)
        self._bench = Bench(center)
        self._queues = tuple(center.queues)
        self._rules: dict[object, LaidOut | str] = {}

    def decide(
        self, logged: Logged, policy: Policy, *, plain_ids: bool = True, change: Change | None = None
    ) -> Decision:
        """The decision of a line by its policy; good until the next one is made.

        Without `plain_ids` the line has hashes for ids, or none, and what stood for an id is as it says.
        What the line does not say, the center's rules and terms, a `change` may make otherwise.
        """
        at = math.nan if logged.at is None else logged.at.timestamp()
        tables, bench = self._tables, self._bench
        tables.clock.follow(at)
        profile = tables.profile(logged.contact)
        state = None if logged.state is None else state_of(logged.state)
        rule, distrust = self._rule(logged, policy, profile.queue, state)
        bench.recall_queue(logged, profile.queue, state, rule, logged.at is not None)
        bench.recall_vendors(logged, profile, tables)
        if change is not None:
            change(bench, profile)
        luck = (drawn(logged.contact.id) if plain_ids else logged.luck) if logged.luck else 0.0
        way = bench.decide(profile.queue, 0.0, luck, commit=False)
        basis = Basis(
            self._center,
            policy,
            tables.ledger,
            state if distrust else None,
            distrust,
            None if rule is None else rule.solved,
            logged.trouble,
            {(name, logged.contact.type): words for name, words in logged.handle_times.items()},
            logged.left_out,
            math.nan if logged.arrived is None else logged.arrived.timestamp(),
        )
        action, destination = profile.outcomes[way + 1]
        return Decision(logged.contact, action, destination, bench.stamped(logged.id, at, profile, basis))

    def _rule(
        self, logged: Logged, policy: Policy, queue: int, state: QueueState | None
    ) -> tuple[LaidOut | None, str]:
        """The rule of a line's queue, or None and why its state cannot be decided on."""
        name = self._queues[queue]
        if state is None:
            return None, f"no state of queue {name!r} is known"
        if logged.belief == "distrusted":  # for a number that JSON cannot say, or since the policy failed
            return None, logged.distrust
        if problem := state.distrust(self._center.queues[name].concurrency):
            return None, problem
        classes = tuple((each.arrival_rate, each.price, each.work) for each in logged.classes)
        classes = classes or ((0.0, None, 1.0),)
        aht = _or(state.aht, _or(logged.aht, self._center.queues[name].aht))
        score = logged.served_so_far
        key = (logged.policy, logged.policy_version, queue, state.agents, aht, classes, score)
        if key not in self._rules:
            if len(self._rules) == MOST_RULES:
                self._rules.clear()
            rates, prices, works = zip(*classes, strict=True)
            limited = [math.inf if price is None else price for price in prices]
            priced = Classes(np.array(rates), np.array(limited), np.array(works))
            self._rules[key] = lay_out(policy, self._center, name, state.agents, aht, priced, score)
        rule = self._rules[key]
        return (None, rule) if isinstance(rule, str) else (rule, "")


def state_of(told: NotedState) -> QueueState:
    """A queue as a line tells it."""
    return QueueState(
        _or(told.agents, math.nan),
        _or(told.busy, math.nan),
        _or(told.waiting, math.nan),
        told.arrival_rate,
        told.aht,
    )


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
