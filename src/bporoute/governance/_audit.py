"""An audit: every logged decision made again from its own line, and every difference told.

The same kernel decides, on what the line says it decided on then: the queue's state, the contacts' rates and
prices, what each vendor had been sent, and so on. What follows from the center (who may take what, opening
hours, costs of waiting) is worked out anew from the center that the audit is given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bporoute.center._center import Center
from bporoute.errors import InputError, shown
from bporoute.governance._audit_report import AuditReport, BadLine, Difference, PolicyAudit
from bporoute.governance._redecision import Logged, Redecision
from bporoute.policies._rule import Policy
from bporoute.policies._text import parse_policy, policy_label

ROUNDING = 1e-9
"""Numbers this near to each other, relative and absolute, are the same."""
FIRST = 10
"""Differences and unreadable lines that a report keeps in full."""
MOST_OF_A_LINE = 3
NOTHING = "nothing"
_UNJUDGED = ("rejected", "vendors")
"""What cannot be worked out again where nobody knows when it was."""


def audit(lines: Iterable[str | bytes], center: Center, *, policies: Sequence[Policy] = ()) -> AuditReport:
    """Make every decision of a log again and report what differs.

    Parameters
    ----------
    lines : iterable of str or bytes
        `Decision.to_dict` as JSON, one decision on each, such as an open file that
        ``bporoute replay --decisions`` wrote. Read one by one; none is kept.
    center : Center
        What to decide with; that of the log has the version that its lines name.
    policies : sequence of Policy
        Policies of one's own that the log may name; those of this package are read from the line.

    Returns
    -------
    AuditReport
        For any lines; what is not a decision is counted and named by its number.

    Notes
    -----
    Whatever a line says of the outcome (action, destination, ranking, costs, waits, reasons) is compared
    with what its own inputs come to; numbers up to a relative 1e-9. An input that was changed is found where
    it changes the outcome: a count far from every limit does not. Without a time that the calendar knows,
    who was barred and why cannot be told and is not compared.

    Examples
    --------
    >>> import msgspec
    >>> from bporoute import Center, Contact, ContactType, Contract, Queue, QueueState
    >>> from bporoute import Router, Snapshot, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> router = Router(center, "QueueLength(8)", compile=False)
    >>> state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    >>> line = msgspec.json.encode(router.route(Contact("service"), state).to_dict())
    >>> audit([line], center).clean
    True
    >>> audit([line.replace(b'"cost":4.5', b'"cost":3.5')], center).first
    (Difference(line=1, id=1, field='ranked[0].cost', logged=3.5, found=4.5),)
    """
    auditor = _Auditor(center, policies)
    for number, line in enumerate(lines, start=1):
        auditor.look(number, line)
    return auditor.report(center)


class _Auditor:
    """Makes decisions again, one after another, and counts."""

    def __init__(self, center: Center, policies: Sequence[Policy]) -> None:
        self._center = center
        self._own = {policy_label(policy): policy for policy in policies}
        self._again = Redecision(center)
        self._parsed: dict[str, Policy] = {}
        self._policies: dict[tuple[str, str | None], Counter[str]] = {}
        self._others: Counter[str] = Counter()
        self._fields: Counter[str] = Counter()
        self._first: list[Difference] = []
        self._bad: list[BadLine] = []
        self._lines = self._unreadable = 0

    def look(self, number: int, line: str | bytes) -> None:
        """Make the decision of a line again."""
        self._lines += 1
        try:
            plain = msgspec.json.decode(line)
            logged = msgspec.convert(plain, Logged)
            policy = self._policy(logged)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, InputError) as failure:
            self._unreadable += 1
            if len(self._bad) < FIRST:
                self._bad.append(BadLine(number, str(failure)))
            return
        counts = self._policies.setdefault((logged.policy, logged.policy_version), Counter())
        if logged.center_version != self._center.version:
            self._others[logged.center_version] += 1
        if policy is None:
            counts["unknown"] += 1
            return
        # As the log has it: lists for tuples, texts for dates.
        found = msgspec.json.decode(msgspec.json.encode(self._again.decide(logged, policy).to_dict()))
        skipped = ("center_version", *(_UNJUDGED if logged.at is None else ()))
        differences = [
            Difference(number, logged.id, field, then, now)
            for name in {**plain, **found}
            if name not in skipped
            for field, then, now in _differences(name, plain.get(name, NOTHING), found.get(name, NOTHING))
        ]
        counts["different" if differences else "same"] += 1
        self._fields.update({_group(difference.field) for difference in differences})
        self._first += differences[: min(MOST_OF_A_LINE, FIRST - len(self._first))]

    def report(self, center: Center) -> AuditReport:
        """What was found in all lines."""
        policies = tuple(
            PolicyAudit(label, text, counts["same"], counts["different"], counts["unknown"])
            for (label, text), counts in self._policies.items()
        )
        return AuditReport(
            center.version,
            self._lines,
            sum(policy.same for policy in policies),
            sum(policy.different for policy in policies),
            sum(policy.unknown for policy in policies),
            self._unreadable,
            dict(self._others),
            policies,
            dict(self._fields.most_common()),
            tuple(self._first),
            tuple(self._bad),
        )

    def _policy(self, logged: Logged) -> Policy | None:
        if logged.policy_version is None:
            return self._own.get(logged.policy)
        if logged.policy_version not in self._parsed:
            self._parsed[logged.policy_version] = parse_policy(logged.policy_version)
        return self._parsed[logged.policy_version]


def _differences(field: str, then: object, now: object) -> Iterator[tuple[str, object, object]]:
    """Field, logged and found value of everything that differs at or below a field."""
    if then == now:
        return
    if isinstance(then, dict) and isinstance(now, dict):
        for name in {**then, **now}:
            yield from _differences(f"{field}.{name}", then.get(name, NOTHING), now.get(name, NOTHING))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (was, is_) in enumerate(zip(then, now, strict=True)):
            yield from _differences(f"{field}[{place}]", was, is_)
    elif not _same(then, now):
        yield field, _brief(then), _brief(now)


def _same(then: object, now: object) -> bool:
    """Whether two values that are not equal differ by rounding only."""
    if not (isinstance(then, int | float) and isinstance(now, int | float)):
        return False
    return math.isclose(then, now, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _brief(value: object) -> object:
    """A value as it is if it is short, else its beginning."""
    return shown(value) if isinstance(value, dict | list | str) and len(str(value)) > 60 else value


def _group(field: str) -> str:
    """What a field is counted under: ``ranked.cost`` for ``ranked[1].cost``, ``vendors`` for all of them."""
    name, _, below = field.partition(".")
    listed, bracket, _ = name.partition("[")
    return f"{listed}.{below}" if bracket and below else listed
