"""The hard rules: who may take which contact, and when. Never traded for money.

Vendors and the in-house queues keep hours and holidays by the same rules, each by its own clock.

A rule is a function that returns None where it has no objection, else what it observed and what it
allows. To add one: write it here, and give it a line with its words in the table below. What changes with
every contact (capacity, caps) is counted in the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date, datetime, timedelta
from math import inf
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from bporoute._base.clock import OpenSpan, holds_until, is_open
from bporoute._kernels.routing.codes import FIRST_HARD_RULE
from bporoute.center._adequacy import DECISIONS
from bporoute.center._center import Center
from bporoute.center._contact import Contact, ContactType
from bporoute.center._data_rules import Handling, Objection, data_gap
from bporoute.center._language import level_of, reaches, speaks
from bporoute.center._queue import Queue
from bporoute.center._vendor import Vendor

Judge = TypeVar("Judge")


class Request(msgspec.Struct, frozen=True, gc=False):
    """What the rules look at in a contact.

    `country` is the customer's; only data rules of the kinds health and domestic_only look at it.
    """

    type: str
    contact_type: ContactType | None
    language: str
    data: tuple[str, ...]
    country: str = ""
    skills: tuple[str, ...] = ()


class KeepsHours(Protocol):
    """A vendor or a queue, as far as it opens and closes."""

    @property
    def hours(self) -> tuple[str, ...]:
        """Opening hours, as they are written."""
        ...

    @property
    def spans(self) -> tuple[OpenSpan, ...]:
        """The same, parsed."""
        ...

    @property
    def holidays(self) -> tuple[date, ...]:
        """Days on which it is closed."""
        ...


def requested(contact: Contact, center: Center) -> Request:
    """What a contact asks for, the data classes and skills of its type included."""
    contact_type = center.contact_types.get(contact.type)
    touched = set(contact.data).union(contact_type.data if contact_type else ())
    needed = set(contact.skills).union(contact_type.skills if contact_type else ())
    return Request(
        contact.type,
        contact_type,
        contact.language,
        tuple(sorted(touched)),
        contact.country.upper(),
        tuple(sorted(needed)),
    )


def takes_type(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor takes contacts of this type."""
    return None if request.type in vendor.contact_types else (request.type, vendor.contact_types)


def data(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """Every data class has a rule, and every leg of it lets the vendor see the data."""
    for data_class in request.data:
        rule = center.data_rules.get(data_class)
        if rule is None:
            return data_class, "nobody, as the center has no rule for it"
        handling = Handling(
            data_class,
            rule,
            vendor,
            today,
            center.country or "",
            request.country,
            any(center.vendors.get(name) is vendor for name in rule.vendors or ()),
            center.adequacy_decisions,
        )
        if gap := data_gap(handling):
            return gap
    return None


def certificate(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor holds every certificate that the contact type asks for, unexpired."""
    for wanted in request.contact_type.certificates if request.contact_type else ():
        if gap := vendor.certificate_gap(wanted, today):
            return gap, wanted
    return None


def location(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor's class of location is one that the contact type may go to."""
    allowed = request.contact_type.locations if request.contact_type else ()
    judged = center.location_of(vendor)
    if not allowed or judged in allowed:
        return None
    return f"{judged or 'of a location nobody told'} by scheme {center.location_scheme}", allowed


def language(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor speaks the contact's language, as well as its type asks for."""
    wanted, level = request.language, request.contact_type.language_level if request.contact_type else ""
    if gap := language_gap(wanted, vendor.languages):
        return gap
    stated = level_of(wanted, vendor.language_levels)
    if not wanted or reaches(stated, level):
        return None
    return f"{wanted} at {level}", f"{wanted} at {stated or 'a level nobody told'}"


def skill(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor has every skill that the contact needs."""
    lacking = tuple(name for name in request.skills if name not in vendor.skills)
    return (lacking, vendor.skills) if lacking else None


def term(vendor: Vendor, local: datetime) -> Objection:
    """The contract is in force."""
    contract, today = vendor.contract, local.date()
    if (contract.start and today < contract.start) or (contract.end and today > contract.end):
        return today, f"{contract.start or '...'} to {contract.end or '...'}"
    return None


def holiday(keeper: KeepsHours, local: datetime) -> Objection:
    """The vendor or queue has no holiday."""
    today = local.date()
    return (today, "all other days") if today in keeper.holidays else None


def opening_hours(keeper: KeepsHours, local: datetime) -> Objection:
    """The vendor or queue is open; `local` has its time zone."""
    return None if is_open(keeper.spans, local) else (f"{local:%a %H:%M} {local.tzinfo}", keeper.hours)


def language_gap(wanted: str, spoken: tuple[str, ...]) -> Objection:
    """Somebody who speaks `spoken` (nothing listed: all languages) can talk to the contact."""
    return None if not spoken or speaks(wanted, spoken) else (wanted, spoken)


NOTHING: Callable[[Request], Hashable] = lambda request: None  # noqa: E731
ProfileRule = Callable[[Request, Vendor, Center, date], Objection]
CalendarRule = Callable[[Any, datetime], Objection]


class HardRule(NamedTuple, Generic[Judge]):
    """A rule by its name in reports, its sentence with {observed} and {limit}, and who judges.

    `looks_at` is all of a request that the judge looks at: where that is the same, so is the verdict.
    """

    name: str
    sentence: str
    judge: Judge
    looks_at: Callable[[Request], Hashable] = NOTHING


# The first objection is the reason that is told: what the law forbids, then what the vendor lacks.
PROFILE_RULES: tuple[HardRule[ProfileRule], ...] = (
    HardRule("contact_type", "takes {limit}, not {observed}", takes_type, lambda asked: asked.type),
    HardRule(
        "data_rule",
        "may not see this data: {observed}; may be seen by {limit}",
        data,
        lambda asked: (asked.data, asked.country),
    ),
    HardRule(
        "location",
        "is {observed}; contacts of this type may go {limit}",
        location,
        lambda asked: asked.contact_type and tuple(asked.contact_type.locations),
    ),
    HardRule(
        "language",
        "speaks {limit}, not {observed}",
        language,
        lambda asked: (asked.language, asked.contact_type and asked.contact_type.language_level),
    ),
    HardRule("skill", "lacks {observed}; its skills: {limit}", skill, lambda asked: asked.skills),
    HardRule(
        "certificate",
        "needs certificate {limit}: {observed}",
        certificate,
        lambda asked: asked.contact_type and tuple(asked.contact_type.certificates),
    ),
)
CALENDAR_RULES: tuple[HardRule[CalendarRule], ...] = (
    HardRule("term", "contract runs {limit}, today is {observed}", term),
    HardRule("holiday", "has a holiday on {observed}; open {limit}", holiday),
    HardRule("opening_hours", "closed at {observed}; open {limit}", opening_hours),
)
HARD_RULES: dict[int, HardRule[Any]] = dict(
    enumerate((*PROFILE_RULES, *CALENDAR_RULES), start=FIRST_HARD_RULE)
)
"""Code, as kernels and tables write it -> rule."""
HARD_RULE_CODES = {rule.name: code for code, rule in HARD_RULES.items()}


def barred(request: Request, vendor: Vendor, center: Center, today: date) -> int:
    """Code of the first rule that bars a vendor from such contacts on a day (its local one); 0: none."""
    objecting = (rule for rule in PROFILE_RULES if rule.judge(request, vendor, center, today))
    return next((HARD_RULE_CODES[rule.name] for rule in objecting), 0)


def turning_days(vendor: Vendor, center: Center) -> tuple[date, ...]:
    """Days from which on some `PROFILE_RULES` may judge a vendor otherwise than the day before, in order."""
    rules, decisions = center.data_rules.values(), (*center.adequacy_decisions, *DECISIONS)
    begins = [vendor.transfer_assessed, *(rule.valid_from for rule in rules)]
    begins += [decision.valid_from for decision in decisions]
    ends = [*vendor.certificates.values(), *(rule.valid_until for rule in rules)]
    ends += [decision.valid_until for decision in decisions]
    after = [day + timedelta(days=1) for day in ends if day is not None and day < date.max]
    return tuple(sorted({day for day in (*begins, *after) if day is not None}))


def barred_in_house(request: Request, center: Center) -> int:
    """Code of the rule that bars the in-house queue; 0: none."""
    if request.contact_type is None:
        return HARD_RULE_CODES["contact_type"]
    spoken = center.queues[request.contact_type.queue].languages
    return HARD_RULE_CODES["language"] if language_gap(request.language, spoken) else 0


def closed(keeper: KeepsHours, local: datetime) -> int:
    """Code of the first rule that closes a vendor or queue at a moment of its clock; 0: it is open."""
    judges = (("holiday", holiday), ("opening_hours", opening_hours))
    return next((HARD_RULE_CODES[name] for name, judge in judges if judge(keeper, local)), 0)


def queue_status(queue: Queue, local: datetime) -> int:
    """Code of the first rule that closes an in-house queue at a local moment of the center; 0: none.

    A queue that accepts contacts when it is closed never counts as closed.
    """
    return 0 if queue.accepts_when_closed else closed(queue, local)


def calendar_status(vendor: Vendor, local: datetime) -> int:
    """Code of the first rule that bars a vendor at a local moment; 0: none."""
    return next((HARD_RULE_CODES[rule.name] for rule in CALENDAR_RULES if rule.judge(vendor, local)), 0)


class HandOver(NamedTuple):
    """The contact types with windows that go out whole at an instant, and until when that holds."""

    types: frozenset[str]
    until: float


def handed_over(center: Center, now: float) -> HandOver:
    """Which types are in a hand-over window, by the center's clock; the others are sourced as they say.

    `now` and `HandOver.until` are epoch seconds. The latter is inf for a center without such types, else at
    most an hour ahead: it is when to ask again.
    """
    local = datetime.fromtimestamp(now, center.zone)
    handed = {
        name: contact_type.hand_over_spans
        for name, contact_type in center.contact_types.items()
        if contact_type.hand_over
    }
    return HandOver(
        frozenset(name for name, spans in handed.items() if is_open(spans, local)),
        min((holds_until(spans, now, center.zone) for spans in handed.values()), default=inf),
    )
