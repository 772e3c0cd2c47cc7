"""A decision as plain values, enough to make it again: written by `record`, read back as `Noted`."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bporoute._base.fields import PositiveSeconds, Rate, plain
from bporoute.center._contact import Contact
from bporoute.errors import askable
from bporoute.policies._situation import PeriodScore
from bporoute.policies._text import policy_label, policy_text
from bporoute.routing._handle_laws import assumed
from bporoute.routing._outcome import Action
from bporoute.routing._reasons import rejections
from bporoute.routing._tables._evidence import Belief, Evidence


class NotedState(msgspec.Struct, frozen=True):
    """What was told of the queue; None: nothing, or nothing that a number can say."""

    agents: float | None
    busy: float | None
    waiting: float | None
    arrival_rate: float | None
    aht: float | None


class NotedClass(msgspec.Struct, frozen=True):
    """Contacts of a queue that are alike to its rule.

    Attributes
    ----------
    arrival_rate : float
        Per second.
    price : float or None
        Money that their cheapest way out costs; None: they have none.
    work : float
        Their mean handle time, in multiples of the queue's.
    """

    arrival_rate: Rate
    price: float | None
    work: PositiveSeconds = 1.0


class NotedVendor(msgspec.Struct, frozen=True):
    """What the decision saw of one vendor.

    Attributes
    ----------
    up : bool
        Whether it could be reached.
    most_at_once, left_to_spend : float or None
        Contacts that it had room for, and that its money and minutes still bought; None: no limit.
    spending_limit : float or None
        Code of the limit of those that binds.
    wait : float
        Mean wait there while an agent is free, seconds.
    team, team_aht : float
        Agents of its team (0: unknown) and their mean handle time, seconds.
    failure : float
        Probability that it fails to take a contact.
    admitted, admission : float
        Share of its contacts that its health admitted, and what that share had added up to.
    this_hour, today, this_period, center_day, in_flight : float
        Contacts sent in the current windows of its clock and in the center's day, and there now.
    price, extra : float
        Money for one more contact by its contract, and what such a contact costs there beside.
    credit : float
        What its share of the contacts had added up to.
    """

    up: bool
    most_at_once: float | None
    wait: float | None
    team: float | None
    team_aht: float | None
    failure: float | None
    admitted: float | None
    admission: float | None
    left_to_spend: float | None
    spending_limit: float | None
    this_hour: float | None
    today: float | None
    this_period: float | None
    center_day: float | None
    in_flight: float | None
    price: float | None
    extra: float | None
    credit: float | None


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision rested on, read back.

    Attributes
    ----------
    state, age, kept_since, present, belief, distrust
        What was told of the queue; seconds since; contacts kept since; contacts present as counted; how far
        that was believed, and why not.
    gate_open, gate_age
        Whether a rule that opens higher than it closes was open, and seconds since that last changed.
    luck, credit
        What stands for the contact's id, in [0, 1); what the in-house share had added up to.
    aht, classes, served_so_far
        What the policy saw: mean handle time in the queue, its contacts by price and work, how its period
        has gone.
    work
        Mean handle time of such a contact, in multiples of that.
    routed, sent, squares
        The center's day: contacts routed, sent out, sum of the squares of the vendors' counts.
    vendors
        Every vendor that no lasting rule bars.
    trouble
        What was wrong with the clock, the contact, or what a snapshot or a vendor's state told.
    handle_times
        Vendor -> by what handle times its price was an expectation, in words.
    left_out
        Destination that was out for this one contact -> why.
    arrived
        When it came, if that was before the decision.
    """

    state: NotedState | None
    age: float | None
    kept_since: float | None
    present: float | None
    belief: Belief
    distrust: str
    gate_open: bool
    gate_age: float | None
    luck: float
    credit: float | None
    aht: PositiveSeconds | None
    classes: list[NotedClass]
    served_so_far: PeriodScore | None
    routed: float
    sent: float
    squares: float
    vendors: dict[str, NotedVendor]
    trouble: str
    work: PositiveSeconds = 1.0
    handle_times: dict[str, str] = {}
    left_out: dict[str, str] = {}
    arrived: Annotated[datetime, Meta(tz=True)] | None = None


def record(contact: Contact, action: Action, destination: str | None, evidence: Evidence) -> dict[str, Any]:
    """A decision as plain values: what was decided, and in the names of `Noted` what it rested on."""
    basis, state = evidence.basis, evidence.state
    asked = None if state is None else msgspec.structs.asdict(state)
    situation = None if basis.solved is None else basis.solved.situation
    routed, sent, squares = evidence.center_day
    return {
        "id": evidence.number,
        "at": _utc(evidence.at),
        "center_version": basis.center.version,
        "policy": policy_label(basis.policy),
        "policy_version": policy_text(basis.policy),
        "contact": {name: told for name, told in msgspec.to_builtins(contact).items() if name != "unread"},
        "action": str(action),
        "destination": destination,
        "ranked": [
            {"destination": way.destination, "cost": finite(way.cost), "wait": finite(way.expected_wait)}
            for way in evidence.ways
        ],
        "rejected": [
            {"destination": out.destination, **msgspec.to_builtins(out.reason, enc_hook=str)}
            for out in rejections(contact, evidence)
        ],
        "queue": evidence.queue,
        "sends_from": finite(evidence.sends_from(contact.value_class)),
        "degraded": evidence.degraded,
        "state": None if asked is None else {name: finite(value) for name, value in asked.items()},
        "age": finite(evidence.age),
        "kept_since": finite(evidence.kept_since),
        "present": None if evidence.belief == "distrusted" else finite(evidence.present),
        "belief": evidence.belief,
        "distrust": basis.distrust,
        "gate_open": evidence.gate_open,
        "gate_age": finite(evidence.gate_age),
        "luck": evidence.luck,
        "credit": finite(evidence.credit),
        "aht": None if situation is None else finite(situation.aht),
        "classes": [] if situation is None else situation.classes(),
        "work": evidence.work,
        "served_so_far": None if situation is None else msgspec.to_builtins(situation.served_so_far),
        "routed": routed,
        "sent": sent,
        "squares": squares,
        "vendors": {
            name: {"up": seen.pop("up") != 0.0} | {field: finite(value) for field, value in seen.items()}
            for name, seen in evidence.seen().items()
        },
        "trouble": basis.trouble,
        "handle_times": {
            way.destination: words
            for way in evidence.ways
            if way.destination in basis.center.vendors
            and (words := assumed(basis.center, basis.handle_times, way.destination, contact.type))
        },
        **({"left_out": dict(basis.left_out)} if basis.left_out else {}),
        **({} if math.isnan(basis.arrived) else {"arrived": _utc(basis.arrived)}),
    }


def finite(value: object) -> float | None:
    """A number as it is, one of NumPy's as Python's own, None for everything else."""
    number = plain(askable(value))
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    try:
        return number if math.isfinite(number) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def _utc(at: float) -> str | None:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
