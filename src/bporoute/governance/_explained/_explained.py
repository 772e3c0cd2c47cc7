"""One logged decision on one page: verdicts, prices by term, and what would have flipped it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bporoute.center._center import Center
from bporoute.contracts._start_up import Trial
from bporoute.contracts._words import in_words
from bporoute.errors import InputError, shown
from bporoute.governance._differences import NOTHING, differences
from bporoute.governance._explained._flips import Found, Outcome, flips, range_of
from bporoute.governance._explained._inputs import Asked, Input, inputs_of
from bporoute.governance._explained._lifted import one_of_several_limits
from bporoute.governance._explained._logged_lines import Line, find, local_time, seal_of_line
from bporoute.governance._explained._results import (
    ExplainedDecision,
    Flip,
    Given,
    Unmoved,
    Value,
    Verdict,
)
from bporoute.governance._explained._words import change_in_words, said
from bporoute.governance._redecision import Logged, Redecision
from bporoute.policies._rule import Policy
from bporoute.policies._text import parse_policy, policy_label
from bporoute.routing._decision import Decision
from bporoute.routing._reasons import rejections
from bporoute.routing._router import drawn
from bporoute.routing._tables._evidence import Evidence

DAYS = 7.0
"""How far the clock is moved either way, days."""
MOST_DIFFERENCES = 10
ROUNDING = 1e-9
_NOT_COMPARED = ("center_version", "line", "prev", "hash")
_UNJUDGED = ("rejected", "vendors")
"""What cannot be worked out again where nobody knows when it was."""


def explain_decision(
    paths: Sequence[Path],
    center: Center,
    *,
    token: str | None = None,
    contact: str | None = None,
    number: int | None = None,
    line: int | None = None,
    policies: Sequence[Policy] = (),
    key: bytes | None = None,
    token_key: bytes | None = None,
    id_key: bytes | None = None,
    days: float = DAYS,
    progress: Callable[[int], object] | None = None,
) -> ExplainedDecision:
    """Find one decision in logs and explain it, with the smallest changes that would have flipped it.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders of logs, as for `audit_files`.
    center : Center
        The one that decided; another one is said.
    token, contact, number, line
        Which decision: its `Decision.token`, the id of its contact (the last of several), its number, or the
        line of the only file that it stands on, from 1. One of them.
    policies : sequence of Policy
        Policies of one's own that the log may name.
    key, token_key, id_key : bytes or None
        With which the lines were chained, the `Ledger.key` that proves a token, and what hashed the ids.
    days : float
        How far the clock is moved either way.
    progress : callable or None
        Told how many bytes a line just read has.

    Returns
    -------
    ExplainedDecision
        What was decided, on what, and what would have changed it.

    Raises
    ------
    InputError
        If there is no such decision, it was made by a policy that nobody knows, or a file cannot be read.

    Notes
    -----
    One input is changed at a time, and all else stays as the line has it: counters, prices, the classes of
    contacts by which the rule was solved. With other agents, as many contacts are present as before. A price
    is changed for this contact alone. Whoever becomes able to take the contact though the log says nothing of
    it has the price with which its contract begins. Every flip was decided by the kernel that decides live,
    on both sides.

    Examples
    --------
    >>> import tempfile
    >>> from bporoute import ContactType, Contract, Queue, QueueState, Router, Snapshot, Vendor, Contact
    >>> from bporoute.governance import DecisionLog
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> router = Router(center, "QueueLength(8)", compile=False)
    >>> file = Path(tempfile.mkdtemp()) / "decisions.jsonl"
    >>> with DecisionLog(file) as log:
    ...     decision = router.route(Contact("service"), Snapshot(service=QueueState(42, 42, 9)))
    ...     log.write(decision)
    >>> found = explain_decision([file], center, token=decision.token)
    >>> found.answer.split(" The ")[0]
    'Sent to nord, at 4.50 EUR; next service, at 0.00 EUR.'
    >>> [(flip.label, flip.was, flip.becomes, flip.destination) for flip in found.flips[:2]]
    [('contacts present in service', 51.0, 49.0, 'service'), ('agents in service', 42.0, 44.0, 'service')]
    """
    found, notes = find(
        paths,
        token=token,
        contact=contact,
        number=number,
        line=line,
        token_key=token_key,
        id_key=id_key,
        progress=progress,
    )
    return explained(found, center, policies, key=key, days=days, notes=notes)


def explained(
    line: Line,
    center: Center,
    policies: Sequence[Policy] = (),
    *,
    key: bytes | None = None,
    days: float = DAYS,
    notes: Sequence[str] = (),
) -> ExplainedDecision:
    """A line of a log that is a decision, explained; see `explain_decision`."""
    logged = line.logged
    policy = policy_of_line(logged, policies)
    again = Redecision(center)
    if line.plain_ids and logged.luck:
        logged = msgspec.structs.replace(logged, luck=drawn(logged.contact.id))
    decision = again.decide(logged, policy, plain_ids=False)
    found = msgspec.json.decode(msgspec.json.encode(decision.to_dict()))
    skipped = (*_NOT_COMPARED, *(_UNJUDGED if logged.at is None else ()))
    otherwise = [
        each
        for name in {**line.values, **found}
        if name not in skipped
        for each in differences(name, line.values.get(name, NOTHING), found.get(name, NOTHING))
    ]
    outcome: Outcome = str(decision.action), decision.destination
    verdicts, words = _verdicts(decision, logged, center), decision.explain()
    inputs = list(inputs_of(logged, center, decision.evidence, days))

    def decide(asked: Asked) -> Outcome:
        made = again.decide(asked.logged, policy, plain_ids=False, change=asked.change)
        return str(made.action), made.destination

    flipping: list[tuple[float, Flip]] = []
    unmoved = []
    for each in inputs:
        told = flips(each, decide, outcome)
        flipping += [(_size(each, one), _flip(each, one, center)) for one in told]
        if not told:
            unmoved.append(_unmoved(each, center))
    ordered = tuple(flip for _, flip in sorted(flipping, key=lambda pair: pair[0]))
    decision = again.decide(logged, policy, plain_ids=False)  # that of before is gone
    lasting = _notes(logged, center, decision.evidence, ordered)
    return ExplainedDecision(
        file=line.file,
        line=line.number,
        seal=seal_of_line(line, key),
        id=logged.id,
        at=local_time(logged, center.zone),
        policy=logged.policy,
        center_version=logged.center_version,
        contact=msgspec.to_builtins(line.values["contact"]),
        action=outcome[0],
        destination=outcome[1],
        currency=center.currency,
        same=not otherwise,
        differences=tuple(otherwise[:MOST_DIFFERENCES]),
        answer=_answer(outcome, verdicts, ordered, center.currency),
        words=words,
        inputs=tuple(
            Given(each.name, each.label, each.unit, _value(each.value, each, center)) for each in inputs
        ),
        verdicts=verdicts,
        flips=ordered,
        unmoved=tuple(unmoved),
        notes=(*notes, *lasting),
    )


def policy_of_line(logged: Logged, policies: Sequence[Policy]) -> Policy:
    """The policy that a line names.

    Raises
    ------
    InputError
        If it is one of somebody's own that is not among `policies`, or its text cannot be read.
    """
    if logged.policy_version is not None:
        return parse_policy(logged.policy_version)
    for policy in policies:
        if policy_label(policy) == logged.policy:
            return policy
    raise InputError(
        f"decision {logged.id}",
        f"the policy {shown(logged.policy)}, which is not of this package",
        "that policy, as Python's explain_decision(policies=[..]) takes it",
    )


def _answer(outcome: Outcome, verdicts: Sequence[Verdict], found: Sequence[Flip], currency: str) -> str:
    """What was decided, against what, and what would have changed it first."""
    able = [each for each in verdicts if each.place is not None]
    what = said(*outcome)
    what = what[0].upper() + what[1:]
    money = [None if each.cost is None else f"{each.cost:.2f} {currency}".rstrip() for each in able]
    if not able:
        what += ", as nobody may take it"
    elif len(able) == 1:
        what += ", as nobody else may take it"
    elif money[0] is not None and money[1] is not None:
        what += f", at {money[0]}; next {able[1].destination}, at {money[1]}"
    if not found:
        return f"{what}. No change of one input alone would have changed it, as far as was looked."
    return f"{what}. The smallest change that flips it: {change_in_words(found[0], currency)}."


def _value(value: Any, each: Input, center: Center) -> Value:
    if each.kind != "moment":
        told: Value = value
        return told
    local = datetime.fromtimestamp(value, UTC) + timedelta(microseconds=500)
    return local.astimezone(center.zone).isoformat(timespec="milliseconds")


def _flip(each: Input, found: Found, center: Center) -> Flip:
    was, becomes, holds = (_value(value, each, center) for value in (each.value, found.value, found.holds))
    whole = each.kind in ("count", "choice", "moment") or each.steady or each.name in ("age", "gate_age")
    action, destination = found.outcome
    return Flip(each.name, each.label, each.unit, was, becomes, holds, action, destination, whole)


def _unmoved(each: Input, center: Center) -> Unmoved:
    low, high = (
        (None, None) if each.kind == "choice" else (_value(value, each, center) for value in range_of(each))
    )
    return Unmoved(each.name, each.label, each.unit, _value(each.value, each, center), low, high)


def _size(each: Input, found: Found) -> float:
    """How large a change is: as a share of what was; a day of the clock counts as the whole of it."""
    if each.kind == "choice":
        return math.inf
    change: float = abs(found.value - each.value)
    if each.kind == "moment":
        return change / 86_400.0
    least = 0.01 if each.unit in ("money", "share", "1/s") else 1.0
    was: float = abs(each.value)
    return change / max(was, least)


def _verdicts(decision: Decision, logged: Logged, center: Center) -> tuple[Verdict, ...]:
    """Of every destination what it came to, the best first."""
    evidence = decision.evidence
    told = []
    for place, way in enumerate(decision.ways, start=1):
        terms: tuple[tuple[str, float], ...]
        contract: tuple[str, ...] = ()
        note = ""
        if way.destination == evidence.queue:
            own, later = evidence.in_house_parts
            terms = (("its own wait", own), ("later contacts, who wait longer", later))
        else:
            config = center.vendors[way.destination].contract
            priced, note = _price_terms(way.price, way.destination, center)
            rest = way.cost - way.price - way.extra
            terms = (*priced, ("quality and risk", way.extra), ("waiting, less who gives up", rest))
            contract = in_words(config, center.currency)
        finite_terms = tuple((name, money) for name, money in terms if math.isfinite(money))
        cost, wait = (value if math.isfinite(value) else None for value in (way.cost, way.expected_wait))
        told.append(Verdict(way.destination, place, "", "", cost, wait, finite_terms, contract, note))
    for out in decision.rejected:
        seen = logged.vendors.get(out.destination)
        price = None if seen is None else seen.price
        terms = () if price is None else (("what the contract asks", price),)
        contract = (
            in_words(center.vendors[out.destination].contract, center.currency)
            if out.destination in center.vendors
            else ()
        )
        told.append(
            Verdict(out.destination, None, out.reason.rule, out.reason.text, None, None, terms, contract)
        )
    return tuple(told)


def _price_terms(price: float, vendor: str, center: Center) -> tuple[tuple[tuple[str, float], ...], str]:
    """What a vendor's contract asks for the contact, by term where the line says enough for that."""
    contract = center.vendors[vendor].contract
    fixed = contract.price_per_contact
    if contract.is_flat and price >= fixed - ROUNDING:
        if contract.price_per_minute == 0.0:
            return (("per contact", price),), ""
        minutes = (price - fixed) / contract.price_per_minute
        text = f"{minutes:.2f} minutes at {contract.price_per_minute:g}"
        terms = (("per contact", fixed), (text, price - fixed))
        return tuple(term for term in terms if term[1] != 0.0), ""
    return (("what the contract asks", price),), (
        f"{vendor}: its price follows from the whole bill of the period, which the log does not have"
    )


def _notes(logged: Logged, center: Center, evidence: Evidence, found: Sequence[Flip]) -> list[str]:
    notes = []
    if logged.center_version != center.version:
        notes.append(
            f"Decided with the center {logged.center_version}; this one is {center.version}: its rules are "
            "looked at, not those of then."
        )
    if logged.degraded:
        notes.append(f"The decision was degraded: {logged.degraded}.")
    strangers = sorted(
        {
            flip.destination
            for flip in found
            if flip.destination in center.vendors and flip.destination not in logged.vendors
        }
    )
    if strangers:
        notes.append(
            f"The log has no price of {', '.join(strangers)} for this contact, as a lasting rule barred it; "
            "it is taken at the price with which its contract begins, up and with nothing sent."
        )
    several = dict.fromkeys(
        out.destination
        for out in rejections(logged.contact, evidence)
        if one_of_several_limits(center, out.destination, out.reason.rule)
    )
    if several:
        notes.append(
            f"{', '.join(several)} has several limits of minutes and money, and the log has what the "
            "tightest leaves: what lifting that one alone would do is not known."
        )
    solved = evidence.basis.solved
    by_hash = solved is not None and solved.rule.by_hash
    terms = (term for vendor in center.vendors.values() for term in vendor.contract.terms)
    if logged.luck and (by_hash or any(isinstance(term, Trial) for term in terms)):
        notes.append(
            f"Contacts were drawn by their ids, and this one drew {logged.luck:.4f}: with another id it may "
            "have gone elsewhere."
        )
    if any(not flip.certain for flip in found):
        notes.append(
            "Arrivals and handle times were looked at in steps of 2 % and narrowed down; a flip between two "
            "of them that goes back at once may be nearer."
        )
    return notes
