"""A second policy that rides along with a live router: same contacts, same state, nothing routed by it."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from typing import Any

import msgspec

from bporoute._base.fields import did_you_mean
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.center._contact_told import as_told
from bporoute.errors import InputError
from bporoute.policies._composed import named_vendors
from bporoute.policies._rule import Policy
from bporoute.policies._solved import Classes, Solved, SolvedByKernel
from bporoute.policies._text import policy_label, policy_of
from bporoute.routing._decision import Decision
from bporoute.routing._router import Router, drawn
from bporoute.routing._state import Snapshot
from bporoute.routing._tables._bench import Bench, LaidOut, lay_out

FIRST = 10
"""Contacts decided differently that a report shows."""


class ShadowPair(msgspec.Struct, frozen=True):
    """Contacts with the same two destinations; a fallback without one goes by its action.

    Attributes
    ----------
    live, shadow : str
        Where the contacts went, and where the shadow would have sent them.
    contacts : int
        How many.
    cost_difference : float
        Sum of their expected cost by the shadow less that of the live decisions, as far as both are known.
    """

    live: str
    shadow: str
    contacts: int
    cost_difference: float


class ShadowExample(msgspec.Struct, frozen=True):
    """One contact that the shadow would have sent elsewhere; costs are None where they are unknown.

    Attributes
    ----------
    decision : int
        Number of the live decision.
    contact : Contact
        Whose it is.
    at : float
        When, epoch seconds.
    live, shadow : str
        As in `ShadowPair`.
    live_cost, shadow_cost : float or None
        Expected cost of the two.
    """

    decision: int
    contact: Contact
    at: float
    live: str
    shadow: str
    live_cost: float | None
    shadow_cost: float | None


class ShadowReport(msgspec.Struct, frozen=True):
    """What a second policy would have done.

    Attributes
    ----------
    live, shadow : str
        The two policies.
    contacts, same, different : int
        Contacts that both decided; with the same destination; with another one.
    failures : int
        Contacts that the shadow could not decide, which count in none of the three.
    failure : str
        What went wrong the first time; empty if nothing did.
    costed : int
        Contacts for which the cost of both destinations is known.
    cost_difference : float
        Sum over them of the expected cost of the shadow's destination less that of the live one, in the
        center's currency; below 0, the shadow is cheaper. A cost is `bporoute.routing.Way.cost` in the live
        decision: price, waiting and what else a contact costs there, as the live tables had it at that
        moment.
    pairs : tuple of ShadowPair
        All contacts by their two destinations, most first.
    first : tuple of ShadowExample
        The first contacts decided differently.
    """

    live: str
    shadow: str
    contacts: int
    same: int
    different: int
    failures: int
    failure: str
    costed: int
    cost_difference: float
    pairs: tuple[ShadowPair, ...]
    first: tuple[ShadowExample, ...]

    @property
    def mean_cost_difference(self) -> float:
        """`cost_difference` for one contact; nan before there is one."""
        return self.cost_difference / self.costed if self.costed else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; no mean before there is one."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {**plain, "mean_cost_difference": self.mean_cost_difference if self.costed else None}


class Shadow:
    """Has a second policy decide every contact of a live router beside it.

    Route through it instead of the router. It decides each contact a second time on what the live decision
    saw (state of the queue, contacts sent, vendors, prices), by the same kernel. It reserves nothing: the
    next contact meets what the live policy left, not what the shadow would have. Only what a policy
    remembers of its own decisions goes on as if they were carried out: the credits of counted and warm
    shares and the gate of a hysteresis, which start at naught. So the difference in cost is that of single
    decisions, not of a day under another policy; for that, replay the day.

    Parameters
    ----------
    router : Router
        Routes. Settle its decisions there, as always.
    policy : Policy or str
        The second policy.

    Raises
    ------
    InputError
        If the policy's text cannot be read, or it names a vendor that the center does not have.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Contract, Queue, QueueState, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> shadow = Shadow(Router(center, "QueueLength(8)", compile=False), "QueueLength(20)")
    >>> busy = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    >>> shadow.route(Contact("service"), busy).destination
    'nord'
    >>> report = shadow.report()
    >>> report.different, report.first[0].shadow
    (1, 'service')
    """

    def __init__(self, router: Router, policy: Policy | str) -> None:
        self.router = router
        self.policy: Policy = policy_of(policy)
        vendors = list(router.center.vendors)
        for name in named_vendors(self.policy):
            if name not in vendors:
                raise InputError(policy_label(self.policy), repr(name), did_you_mean(name, vendors))
        self._begin(router.center)
        self._pairs: dict[tuple[str, str], list[float]] = {}
        self._first: list[ShadowExample] = []
        self._costed = self._failures = 0
        self._failure = ""
        self._lock = threading.Lock()

    def route(
        self, contact: Contact, snapshot: Snapshot | None = None, exclude: Iterable[str] = ()
    ) -> Decision:
        """What `Router.route` returns for them; whatever happens in the shadow of `contact` is only noted.

        `snapshot` is what is true now; None: the live state of the router. Whoever is to `exclude` is out
        for both policies.
        """
        decision = self.router.route(contact, snapshot, exclude)
        with self._lock:
            try:
                self._decide_beside(decision)
            except Exception as failure:  # the contact is routed, and that must be told
                self._fail(f"{type(failure).__name__}: {failure}")
        return decision

    def report(self) -> ShadowReport:
        """What the second policy would have done with the contacts so far."""
        with self._lock:
            pairs = [
                ShadowPair(live, shadow, int(contacts), money)
                for (live, shadow), (contacts, money) in self._pairs.items()
            ]
            same = sum(pair.contacts for pair in pairs if pair.live == pair.shadow)
            contacts = sum(pair.contacts for pair in pairs)
            return ShadowReport(
                policy_label(self.router.policy),
                policy_label(self.policy),
                contacts,
                same,
                contacts - same,
                self._failures,
                self._failure,
                self._costed,
                math.fsum(pair.cost_difference for pair in pairs),
                tuple(sorted(pairs, key=lambda pair: (-pair.contacts, pair.live, pair.shadow))),
                tuple(self._first),
            )

    def _begin(self, center: Center) -> None:
        """Decide by this center from now on; shares begin anew."""
        self._center, self._queues, self._bench = center, tuple(center.queues), Bench(center)
        self._rules: list[tuple[Solved | SolvedByKernel | None, LaidOut | str]] = [(None, "")] * len(
            self._queues
        )

    def _fail(self, problem: str) -> None:
        self._failures += 1
        self._failure = self._failure or problem

    def _decide_beside(self, decision: Decision) -> None:
        seen, tables = decision.evidence, self.router._tables
        if tables.center is not seen.basis.center:
            self._fail("the center was replaced just then")
            return
        if tables.center is not self._center:
            self._begin(tables.center)
        rule = self._rule(seen.profile.queue, seen.basis.solved)
        if isinstance(rule, str):
            self._fail(rule)
            return
        self._bench.see(seen, tables, trusted=rule is not None)
        hashed = rule is not None and rule.solved.rule.by_hash
        luck = drawn(decision.contact.id) if hashed else seen.luck
        way = self._bench.decide(seen.profile.queue, seen.at, luck, commit=True)
        action, destination = seen.profile.outcomes[way + 1]
        live, shadow = decision.destination or str(decision.action), destination or str(action)
        costs = [seen.cost(seen.chosen), seen.cost(way)]
        difference = costs[1] - costs[0] if live != shadow else 0.0
        pair = self._pairs.setdefault((live, shadow), [0, 0.0])
        pair[0] += 1
        if math.isfinite(costs[0]) and math.isfinite(costs[1]):
            self._costed += 1
            pair[1] += difference
        if live != shadow and len(self._first) < FIRST:
            known = [cost if math.isfinite(cost) else None for cost in costs]
            self._first.append(
                ShadowExample(decision.id, as_told(decision.contact), decision.at, live, shadow, *known)
            )

    def _rule(self, queue: int, live: Solved | SolvedByKernel | None) -> LaidOut | str | None:
        """The second policy's rule for the situation that the live one was solved for; None without one."""
        if live is None:
            return None
        known, rule = self._rules[queue]
        if live is not known:
            seen = live.situation
            rule = lay_out(
                self.policy,
                self._center,
                self._queues[queue],
                seen.agents,
                seen.aht,
                Classes(seen.arrival_rates, seen.prices, seen.each_work),
                seen.served_so_far,
            )
            self._rules[queue] = live, rule
            if not isinstance(rule, str):
                self._bench.load(queue, rule)
        return rule
