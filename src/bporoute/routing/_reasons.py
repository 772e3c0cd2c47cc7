"""Why a destination was out: a typed reason with what was observed and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bporoute._kernels.routing import codes
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.routing import _hard_rules as rules
from bporoute.routing._outcome import Reason, Rejection
from bporoute.routing._tables._evidence import Evidence
from bporoute.routing._tables._left_out import ASKED, NOBODY

# code -> name of the rule, sentence with {observed} and {limit}; first those that the kernel judges by
_WORDS = {
    codes.SOURCING: ("sourcing", "contacts of this type are sourced {observed}"),
    codes.TRIAL: ("trial", "contact drawn at {observed}, the trial takes those below {limit}"),
    codes.DOWN: ("up", "cannot be reached"),
    codes.HEALTH: ("health", "held back: it failed too often lately"),
    codes.CAPACITY: ("capacity", "{observed} contacts there, room for {limit}"),
    codes.RAMP: (
        "ramp",
        "comes back from failures: a share of {limit} of its contacts is admitted, this one is not",
    ),
    codes.CAP_HOUR: ("cap_per_hour", "{observed} contacts sent this hour, at most {limit}"),
    codes.CAP_DAY: ("cap_per_day", "{observed} contacts sent today, at most {limit}"),
    codes.CAP_PERIOD: ("cap_per_period", "{observed} contacts sent this period, at most {limit}"),
    codes.VENDOR_SHARE: ("max_share", "would get {observed} of today's contacts, at most {limit}"),
    codes.IN_HOUSE_SHARE: (
        "min_in_house_share",
        "would leave {observed} of today's contacts in-house, at least {limit}",
    ),
    codes.CONCENTRATION: (
        "max_concentration",
        "would bring today's concentration to {observed}, at most {limit}",
    ),
    codes.EXPOSURE: (
        "max_exposure",
        "what is prepaid and may be owed buys {observed} contacts, needed: {limit}",
    ),
    **{
        codes.CAP_MINUTES_HOUR + window: (
            f"cap_minutes_per_{name}",
            f"the minutes left of this {name} should do for {{observed}} contacts, needed: {{limit}}",
        )
        for window, name in enumerate(("hour", "day", "period"))
    },
    **{
        codes.CAP_MONEY_HOUR + window: (
            f"cap_money_per_{name}",
            f"the money left of this {name} should buy {{observed}} contacts, needed: {{limit}}",
        )
        for window, name in enumerate(("hour", "day", "period"))
    },
    codes.BAD_CLOCK: ("clock", "nobody can tell whether it is open: the clock reads {observed}"),
    codes.LEFT_OUT: ("exclude", "left out for this contact: {observed}"),
    codes.UNSTAFFED: ("agents", "nobody works there: {observed} agents, needed: {limit}"),
    codes.QUEUE_FULL: ("waiting_room", "{observed} contacts busy or waiting, room for {limit}"),
    **{code: (rule.name, rule.sentence) for code, rule in rules.HARD_RULES.items()},
}
_ONE_CONTACT = re.compile(r"(?<![\d.])1 contacts\b")
RULE_NAMES = {code: name for code, (name, _) in _WORDS.items()}


def rejections(contact: Contact, evidence: Evidence) -> tuple[Rejection, ...]:
    """Every destination that may not take a contact, with the reason, in the order of the center."""
    center, refusals = evidence.basis.center, evidence.refusals
    left_out = evidence.basis.left_out
    request = rules.requested(contact, center)
    return tuple(
        Rejection(name, reason_of(code, numbers, name, request, center, evidence.at, left_out))
        for name in (evidence.queue, *center.vendors)
        if name in refusals
        for code, *numbers in (refusals[name],)
    )


def reason_of(
    code: int,
    numbers: Sequence[float],
    destination: str,
    request: rules.Request,
    center: Center,
    at: float,
    left_out: Mapping[str, str] = NOBODY,
) -> Reason:
    """The reason behind a code of the kernel, its values looked up again in the configuration.

    `numbers` are the observed and limiting number that the kernel noted; `at` is the moment of the
    decision (epoch seconds). `left_out` says why somebody is out for this one contact.
    """
    observed, limit = _values(code, numbers, destination, request, center, at)
    if code == codes.LEFT_OUT:
        observed = left_out.get(destination, ASKED)
    name, sentence = _WORDS[code]
    told = sentence.format(observed=_plain(observed), limit=_plain(limit))
    return Reason(name, observed, limit, _ONE_CONTACT.sub("1 contact", told))


def _values(
    code: int,
    numbers: Sequence[float],
    destination: str,
    request: rules.Request,
    center: Center,
    at: float,
) -> tuple[object, object]:
    if code == codes.SOURCING and (asked := request.contact_type) is not None:
        windows = f": handed over {_plain(asked.hand_over)}" if asked.hand_over else ""
        return f"{asked.sourcing}{windows}", None
    if code == codes.DOWN:
        return False, True
    if code == codes.BAD_CLOCK:
        return str(at), None
    if code == codes.UNSTAFFED:
        return 0, 1
    if code == codes.LEFT_OUT:
        return None, None
    rule = rules.HARD_RULES.get(code)
    if rule is None:
        observed, limit = numbers
        return observed, limit
    vendor = center.vendors.get(destination)
    keeper = center.queues[destination] if vendor is None else vendor
    try:
        local = datetime.fromtimestamp(at, center.zone if vendor is None else vendor.zone)
    except (OverflowError, ValueError, OSError):  # judged on the last day that the clock told
        local = datetime.max
    if rule in rules.CALENDAR_RULES:
        return rule.judge(keeper, local) or (None, None)
    if vendor is None:
        if request.contact_type is None:
            return request.type, tuple(center.contact_types)
        return request.language, center.queues[destination].languages
    return rule.judge(request, vendor, center, local.date()) or (None, None)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value) or "nothing"
