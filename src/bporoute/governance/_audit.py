"""An audit: every logged decision made again from its own line, and every difference told.

The same kernel decides, on what the line says it decided on then: the queue's state, the contacts' rates and
prices, what each vendor had been sent, and so on. What follows from the center (who may take what, opening
hours, costs of waiting) is worked out anew from the center that the audit is given. Beside that the lines
themselves are checked, see `bporoute.governance._chain_check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bporoute.center._center import Center
from bporoute.errors import InputError, shown
from bporoute.governance._audit_report import AuditReport, BadLine, Difference, PolicyAudit
from bporoute.governance._chain import checked_key, parse_anchor
from bporoute.governance._chain_check import ChainCheck, Problems, maker
from bporoute.governance._chain_report import ChainReport, LogSeen
from bporoute.governance._differences import NOTHING, differences, group
from bporoute.governance._log_sources import Source, sources
from bporoute.governance._plain_lines import PlainLines
from bporoute.governance._redecision import Logged, Redecision
from bporoute.governance._unproven import notes, unproven
from bporoute.policies._rule import Policy
from bporoute.policies._text import parse_policy, policy_label, policy_text

FIRST = 10
"""Differences and unreadable lines that a report keeps in full."""
MOST_OF_A_LINE = 3
_UNJUDGED = ("rejected", "vendors")
"""What cannot be worked out again where nobody knows when it was."""
_OF_THE_CHAIN = ("line", "prev", "hash")


def audit(
    lines: Iterable[str | bytes],
    center: Center,
    *,
    policies: Sequence[Policy] = (),
    only: Collection[str] = (),
    key: bytes | None = None,
    after: str | None = None,
    last: str | None = None,
    chained: bool = True,
) -> AuditReport:
    """Make every decision of a log again and report what differs, and what is wrong with its lines.

    Parameters
    ----------
    lines : iterable of str or bytes
        The lines of a log, as `DecisionLog`, `LiveDecisionLog` or ``bporoute replay --decisions`` write
        them. Read one by one; none is kept.
    center : Center
        What to decide with; that of the log has the version that its lines name.
    policies : sequence of Policy
        Policies of one's own that the log may name; those of this package are read from the line.
    only : collection of str
        Labels of the policies that the log may be of, or the texts that make them; empty: any.
    key : bytes or None
        With which the lines were chained; None: without one.
    after, last : str or None
        ``NUMBER:HASH`` of the line before the first (of files audited before and put away), and of a line
        that has to be there, such as the last one that an earlier audit named.
    chained : bool
        Whether the lines have to be chained. False: they may be plain `Decision.to_dict`, one in JSON on
        each; then their ids and times must follow one another, and little is proven.

    Returns
    -------
    AuditReport
        For any lines; what is not a decision is counted and named by its number.

    Raises
    ------
    InputError
        If `key`, `after` or `last` is not what it should be.

    Notes
    -----
    Whatever a line says of the outcome (action, destination, ranking, costs, waits, reasons) is compared
    with what its own inputs come to; numbers up to a relative 1e-9. An input that was changed is found by
    the chain of the lines; without one, only where it changes the outcome. Without a time that the calendar
    knows, who was barred and why cannot be told and is not compared.

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
    >>> audit([line], center, chained=False).clean
    True
    >>> audit([line], center).chain.first[0].kind
    'unchained'
    >>> audit([line.replace(b'"cost":4.5', b'"cost":3.5')], center).first
    (Difference(line=1, id=1, field='ranked[0].cost', logged=3.5, found=4.5, file=''),)
    """
    auditor = _Auditor(center, policies, only, key, chained)
    auditor.log([Source("", lines)], after, last)
    return auditor.report(center)


def audit_files(
    paths: Sequence[Path],
    center: Center,
    *,
    policies: Sequence[Policy] = (),
    only: Collection[str] = (),
    key: bytes | None = None,
    after: str | None = None,
    last: str | None = None,
    chained: bool = True,
    progress: Callable[[int], object] | None = None,
) -> AuditReport:
    """Audit files and folders of logs, the files of each log as one chain; see `audit`.

    Parameters
    ----------
    paths : sequence of Path
        Files, in any order, and folders, of which all ``.jsonl`` files are read.
    center, policies, only, key, chained
        As for `audit`.
    after, last : str or None
        As for `audit`; only if the files are of one log.
    progress : callable or None
        Told how many bytes a line just read has.

    Returns
    -------
    AuditReport
        Over all of them.

    Raises
    ------
    InputError
        If a file cannot be read, a folder has none, or `key`, `after` or `last` is not what it should be.
    """
    auditor = _Auditor(center, policies, only, key, chained)
    logs = sources(paths, progress)
    for name, value in (("--after", after), ("--last", last)):
        if value is not None and len(logs) > 1:
            raise InputError(name, f"{len(logs)} logs", "the files of one log, since it is of one")
    for files in logs:
        auditor.log(files, after, last)
    return auditor.report(center)


class _Auditor:
    """Makes decisions again, one after another, and counts."""

    def __init__(
        self,
        center: Center,
        policies: Sequence[Policy],
        only: Collection[str],
        key: bytes | None,
        chained: bool,
    ) -> None:
        self._center = center
        self._own = {policy_label(policy): policy for policy in policies}
        self._only = {name for text in only for name in _names(text)}
        self._key = checked_key(key, "key")
        self._chained = chained
        self._again = Redecision(center)
        self._parsed: dict[str, Policy] = {}
        self._policies: dict[tuple[str, str | None], Counter[str]] = {}
        self._others: Counter[str] = Counter()
        self._fields: Counter[str] = Counter()
        self._first: list[Difference] = []
        self._bad: list[BadLine] = []
        self._lines = self._unreadable = 0
        self._problems = Problems()
        self._logs: list[LogSeen] = []
        self._anchored = False

    def log(self, files: Sequence[Source], after: str | None, last: str | None) -> None:
        """Audit one log."""
        begins, ends = (
            None if text is None else parse_anchor(text, where)
            for text, where in ((after, "--after"), (last, "--last"))
        )
        check, plain = ChainCheck(self._problems, self._key, begins, ends), PlainLines(self._problems)
        self._anchored = ends is not None
        for source in files:
            read = 0
            for number, line in enumerate(source.lines, start=1):
                read = number
                self._look(source.file, number, line, check, plain)
            if not read:
                self._problems.note("empty", source.file, 0, "no lines: nothing is shown by that")
        seen = check.end()
        if not check.lines and plain.lines and self._chained:
            text = "lines that are not chained: any of them may be missing, moved or changed"
            self._problems.note("unchained", files[0].file, 0, text)
        plain.end()
        self._logs.append(seen)

    def _look(self, file: str, number: int, line: str | bytes, check: ChainCheck, plain: PlainLines) -> None:
        """Look at a line; if it is of a decision, make it again."""
        if not isinstance(line, str | bytes):
            raise InputError(f"line {number}", shown(line), "text or bytes: a line of a log")
        try:
            said = check.read(file, number, line.encode() if isinstance(line, str) else line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as failure:
            self._is_none(file, number, failure)
            return
        if said is None or (said.chained and isinstance(said.values, dict) and "kind" in said.values):
            return
        try:
            logged = msgspec.convert(said.values, Logged)
            policy = self._policy(logged)
        except (msgspec.MsgspecError, RecursionError, InputError) as failure:
            self._is_none(file, number, failure)
            return
        self._lines += 1
        by = maker(said.values)
        if said.chained:
            check.made(by, file, number)
        else:
            plain.see(logged.id, logged.at, by, file, number)
        if self._only and not {logged.policy, logged.policy_version} & self._only:
            self._problems.note(
                "strange", file, number, f"decided by {logged.policy}, which was not asked for"
            )
        self._decide(logged, policy, said.values, file, number, check.plain_ids)

    def _is_none(self, file: str, number: int, failure: Exception) -> None:
        """A line is no decision."""
        self._lines += 1
        self._unreadable += 1
        if len(self._bad) < FIRST:
            self._bad.append(BadLine(number, str(failure), file))

    def _decide(
        self,
        logged: Logged,
        policy: Policy | None,
        plain: dict[str, Any],
        file: str,
        number: int,
        plain_ids: bool,
    ) -> None:
        """Make a decision again, and compare."""
        counts = self._policies.setdefault((logged.policy, logged.policy_version), Counter())
        if logged.center_version != self._center.version:
            self._others[logged.center_version] += 1
        if policy is None:
            counts["unknown"] += 1
            return
        # As the log has it: lists for tuples, texts for dates.
        again = self._again.decide(logged, policy, plain_ids=plain_ids)
        found = msgspec.json.decode(msgspec.json.encode(again.to_dict()))
        skipped = ("center_version", *_OF_THE_CHAIN, *(_UNJUDGED if logged.at is None else ()))
        found_otherwise = [
            Difference(number, logged.id, field, then, now, file)
            for name in {**plain, **found}
            if name not in skipped
            for field, then, now in differences(name, plain.get(name, NOTHING), found.get(name, NOTHING))
        ]
        counts["different" if found_otherwise else "same"] += 1
        self._fields.update({group(difference.field) for difference in found_otherwise})
        self._first += found_otherwise[: min(MOST_OF_A_LINE, FIRST - len(self._first))]

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
            ChainReport(
                tuple(self._logs),
                dict(self._problems.counts),
                tuple(self._problems.first),
                notes(self._logs),
                unproven(self._logs, self._anchored),
            ),
        )

    def _policy(self, logged: Logged) -> Policy | None:
        if logged.policy_version is None:
            return self._own.get(logged.policy)
        if logged.policy_version not in self._parsed:
            self._parsed[logged.policy_version] = parse_policy(logged.policy_version)
        return self._parsed[logged.policy_version]


def _names(text: str) -> tuple[str, ...]:
    """What a log calls a policy that somebody names: its label, and the text that makes it again."""
    try:
        policy = parse_policy(text)
    except InputError:  # one of the user's own
        return (text,)
    return tuple(filter(None, (policy_label(policy), policy_text(policy))))
