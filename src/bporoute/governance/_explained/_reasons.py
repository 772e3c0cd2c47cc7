"""A month of reasons: whom each rule turned away, what that cost, and why contacts stayed or went."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.errors import InputError, shown
from bporoute.governance._audit_report import BadLine
from bporoute.governance._explained._explained import policy_of_line
from bporoute.governance._explained._lifted import lifting
from bporoute.governance._explained._logged_lines import Line, decisions, local_time
from bporoute.governance._redecision import Logged, Redecision
from bporoute.policies._rule import Policy

By = Literal["day", "week", "month"]
FIRST = 10
"""Lines that are no decisions which a report keeps in full."""
MOST_DAYS = 3_660
"""In which spans without a decision are looked for."""
NO_TIME = "no time"
"""The span of decisions whose time no calendar knows."""
NOBODY = "nobody may take it"
UNKNOWN_STATE = "the state of the queue was not known"


class TurnedAway(msgspec.Struct, frozen=True):
    """What one rule did to one destination in a span of time.

    Attributes
    ----------
    span : str
        The month (``"2026-11"``), the day, or the Monday of the week, by the center's clock.
    destination, rule : str
        Who was barred, and by which rule.
    contacts : int
        How many; a contact that two rules bar somebody from counts for the first.
    priced : int
        How many of them were decided again without the rule; 0 for a lasting rule (contact type, data,
        location, language, skill, certificate) and for a queue: the log has no price of whom it bars. And 0
        for a limit of minutes or money (``max_exposure``, ``cap_money_per_day``, ...) of a vendor that has
        more than one: the log has what the tightest of them leaves, and not what the others do.
    would_go : int
        How many of those would then have gone there.
    cost : float
        Expected cost of what was decided less that of what would have been, over those: what the rule cost,
        in the center's currency. Below 0 where the policy would have sent somebody there for more.
    """

    span: str
    destination: str
    rule: str
    contacts: int
    priced: int
    would_go: int
    cost: float


class WhereTo(msgspec.Struct, frozen=True):
    """Contacts of a span of time that went one way for one reason.

    Attributes
    ----------
    span : str
        As for `TurnedAway`.
    action : str
        Keep, overflow, callback or reject.
    destination : str
        Who took them; empty if nobody did.
    why : str
        Why, in words.
    contacts : int
        How many.
    cost : float
        Expected cost of those of which it is known.
    """

    span: str
    action: str
    destination: str
    why: str
    contacts: int
    cost: float


class ReasonsReport(msgspec.Struct, frozen=True):
    """Reasons, summed up.

    Attributes
    ----------
    by : {"day", "week", "month"}
        How long a span is.
    center_version, currency : str
        What was decided again with, and of which money.
    decisions : int
        How many there are, previews left out.
    first, last : str or None
        When the first and the last of them were made, in the center's zone.
    turned_away : tuple of TurnedAway
        By span, the dearest first.
    where_to : tuple of WhereTo
        By span, the most first.
    different : int
        Decisions that, made again, go elsewhere than the log says; they count as logged, and what a rule cost
        them does not count.
    other_centers : dict of str to int
        Version of the center -> decisions by it, where that is not `center_version`.
    unknown : int
        Decisions by policies that nobody knows: counted, not decided again.
    unreadable : int
        Lines that are no decisions.
    bad_lines : tuple of BadLine
        The first of them.
    gaps : tuple of str
        Spans between the first and the last without any decision, of ten years from the first at most.
    """

    by: By
    center_version: str
    currency: str
    decisions: int
    first: str | None
    last: str | None
    turned_away: tuple[TurnedAway, ...]
    where_to: tuple[WhereTo, ...]
    different: int
    other_centers: dict[str, int]
    unknown: int
    unreadable: int
    bad_lines: tuple[BadLine, ...]
    gaps: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def reasons(
    paths: Sequence[Path],
    center: Center,
    *,
    by: By = "month",
    policies: Sequence[Policy] = (),
    progress: Callable[[int], object] | None = None,
) -> ReasonsReport:
    """Sum up, over logs, whom each rule turned away and what that cost, and why contacts stayed or went.

    Lines are read one by one, and no more is kept than the sums.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders of logs, as for `audit_files`.
    center : Center
        The one that decided.
    by : {"day", "week", "month"}
        Spans, by the center's clock.
    policies : sequence of Policy
        Policies of one's own that the log may name.
    progress : callable or None
        Told how many bytes a line just read has.

    Returns
    -------
    ReasonsReport
        The sums.

    Raises
    ------
    InputError
        If a file cannot be read, a folder has none, or `by` is none of those spans.

    Notes
    -----
    What a rule cost is found by deciding each contact that it barred somebody from again without it, for that
    one vendor, all else as it was: if the contact goes there then, the difference of the two expected costs
    (`bporoute.routing.Way.cost`) counts. It is the cost of single decisions: what the room that it takes
    would have cost later contacts is not in it. Costs of two rules do not add up: a contact that both bar
    somebody from is barred still when one is lifted.

    Examples
    --------
    >>> import tempfile
    >>> from bporoute import ContactType, Contract, Queue, QueueState, Router, Snapshot, Vendor, Contact
    >>> from bporoute.governance import DecisionLog
    >>> terms = {"country": "EE", "timezone": "UTC", "contact_types": ("service",)}
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(**terms, contract=Contract(price_per_contact=4.5, cap_per_day=1)),
    ...              "syd": Vendor(**terms, contract=Contract(price_per_contact=6.0))},
    ... )
    >>> router = Router(center, "QueueLength(8)", clock=lambda: 1795428000.0, compile=False)
    >>> file = Path(tempfile.mkdtemp()) / "decisions.jsonl"
    >>> with DecisionLog(file) as log:
    ...     for _ in range(3):
    ...         log.write(router.route(Contact("service"), Snapshot(service=QueueState(42, 42, 9))))
    >>> turned = reasons([file], center).turned_away[0]
    >>> turned.destination, turned.rule, turned.contacts, turned.would_go, turned.cost
    ('nord', 'cap_per_day', 2, 2, 3.0)
    """
    if by not in get_args(By):
        raise InputError("by", shown(by), "one of 'day', 'week', 'month'")
    sums = _Sums(center, by, policies)
    bad: list[BadLine] = []
    unreadable = 0

    def note(line: BadLine) -> None:
        nonlocal unreadable
        unreadable += 1
        if len(bad) < FIRST:
            bad.append(line)

    for line in decisions(paths, progress, bad=note):
        if line.logged.id != 0:
            sums.add(line)
    return sums.report(unreadable, tuple(bad))


class _Sums:
    """Adds up decisions, one by one."""

    def __init__(self, center: Center, by: By, policies: Sequence[Policy]) -> None:
        self._center, self._by, self._own = center, by, policies
        self._again = Redecision(center)
        self._policies: dict[tuple[str, str | None], Policy | None] = {}
        self._turned: dict[tuple[str, str, str], list[float]] = {}
        self._where: dict[tuple[str, str, str, str], list[float]] = {}
        self._others: Counter[str] = Counter()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._decisions = self._different = self._unknown = 0

    def add(self, line: Line) -> None:
        """Add a decision."""
        logged = line.logged
        self._decisions += 1
        if logged.center_version != self._center.version:
            self._others[logged.center_version] += 1
        span = self._span(logged)
        cost = _cost(logged)
        key = span, logged.action, logged.destination or "", self._why(logged)
        there = self._where.setdefault(key, [0, 0.0])
        there[0] += 1
        there[1] += 0.0 if cost is None else cost
        rules = [(str(out["destination"]), str(out["rule"])) for out in logged.rejected]
        for pair in rules:
            self._turned.setdefault((span, *pair), [0, 0, 0, 0.0])[0] += 1
        policy = self._policy(logged)
        if policy is None:
            self._unknown += 1
            return
        decision = self._again.decide(logged, policy, plain_ids=line.plain_ids)
        if (str(decision.action), decision.destination) != (logged.action, logged.destination):
            self._different += 1
            return
        if cost is None:
            return
        for pair in rules:
            self._price(logged, policy, line.plain_ids, cost, self._turned[span, *pair], *pair)

    def _price(
        self,
        logged: Logged,
        policy: Policy,
        plain_ids: bool,
        cost: float,
        sums: list[float],
        destination: str,
        rule: str,
    ) -> None:
        """Decide again without one rule for one vendor."""
        if (
            destination not in logged.vendors
            or (change := lifting(self._center, logged, destination, rule)) is None
        ):
            return
        free = self._again.decide(logged, policy, plain_ids=plain_ids, change=change)
        sums[1] += 1
        if free.destination == destination and math.isfinite(free.cost):
            sums[2] += 1
            sums[3] += cost - free.cost

    def report(self, unreadable: int, bad: tuple[BadLine, ...]) -> ReasonsReport:
        """What was added up."""
        turned = [
            TurnedAway(*key, int(contacts), int(priced), int(went), float(cost))
            for key, (contacts, priced, went, cost) in self._turned.items()
        ]
        where = [WhereTo(*key, int(contacts), float(cost)) for key, (contacts, cost) in self._where.items()]
        spans = {each.span for each in where}
        return ReasonsReport(
            self._by,
            self._center.version,
            self._center.currency,
            self._decisions,
            None if self._first is None else self._first.isoformat(),
            None if self._last is None else self._last.isoformat(),
            tuple(
                sorted(
                    turned,
                    key=lambda each: (each.span, -each.cost, -each.contacts, each.destination, each.rule),
                )
            ),
            tuple(sorted(where, key=lambda each: (each.span, -each.contacts, each.destination, each.why))),
            self._different,
            dict(self._others),
            self._unknown,
            unreadable,
            bad,
            tuple(span for span in self._spans() if span not in spans),
        )

    def _span(self, logged: Logged) -> str:
        local = local_time(logged, self._center.zone)
        if local is None:
            return NO_TIME
        if self._first is None or local < self._first:
            self._first = local
        if self._last is None or local > self._last:
            self._last = local
        return _name(local.date(), self._by)

    def _spans(self) -> list[str]:
        """The spans from the first to the last, of ten years at most."""
        if self._first is None or self._last is None:
            return []
        days = min((self._last.date() - self._first.date()).days, MOST_DAYS)
        told = (_name(self._first.date() + timedelta(days=day), self._by) for day in range(days + 1))
        return list(dict.fromkeys(told))

    def _policy(self, logged: Logged) -> Policy | None:
        key = logged.policy, logged.policy_version
        if key not in self._policies:
            try:
                self._policies[key] = policy_of_line(logged, self._own)
            except InputError:
                self._policies[key] = None
        return self._policies[key]

    def _why(self, logged: Logged) -> str:
        """Why a contact stayed or went, as far as its line says."""
        costs = {str(way["destination"]): way["cost"] for way in logged.ranked}
        chosen, queue = logged.destination, logged.queue
        if chosen is None or chosen not in costs:
            return NOBODY
        vendors = [name for name in costs if name != queue]
        if chosen == queue and not vendors:
            return "no vendor may take it"
        if chosen != queue and queue not in costs:
            barred = {str(out["destination"]): str(out["rule"]) for out in logged.rejected}
            return f"{queue} may not take it: {barred.get(queue, 'barred')}"
        kind = self._center.contact_types.get(logged.contact.type)
        if chosen != queue and kind is not None and kind.sourcing == Sourcing.FULL:
            return "contacts of its type are sourced in full"
        if logged.belief in ("lost", "distrusted"):
            return UNKNOWN_STATE
        mine = costs[chosen]
        rivals = [costs[name] for name in (vendors if chosen == queue else [queue])]
        known = [cost for cost in rivals if cost is not None]
        if mine is None or not known:
            return "by the policy"
        best = min(known)
        where = "in-house" if chosen == queue else "there"
        return f"cheaper {where}" if mine <= best else f"by the policy, though dearer {where}"


def _cost(logged: Logged) -> float | None:
    """What was expected of the way that was taken; None: not known."""
    for way in logged.ranked:
        if way["destination"] == logged.destination:
            cost = way["cost"]
            return cost if isinstance(cost, float | int) else None
    return None


def _name(day: date, by: By) -> str:
    """The name of a day's span.

    >>> day = date(2026, 11, 25)
    >>> [_name(day, by) for by in ("day", "week", "month")]
    ['2026-11-25', '2026-11-23', '2026-11']
    """
    if by == "week":
        day -= timedelta(days=day.weekday())
    return f"{day:%Y-%m}" if by == "month" else day.isoformat()
