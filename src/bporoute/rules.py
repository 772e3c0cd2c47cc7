"""The hard rules: who may take which contact, and when. Never traded for money.

A rule is a function that returns None where it has no objection, else what it observed and what it
allows. To add one: write it here, list it below with its code, and give the code its words in
`bporoute.reasons`. What changes with every contact (capacity, caps) is counted in the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from bporoute._kernels import decision as codes
from bporoute.calendar import is_open
from bporoute.center import Center
from bporoute.contact import Contact, ContactType
from bporoute.vendor import Vendor


class Request(NamedTuple):
    """What the rules look at in a contact."""

    type: str
    kind: ContactType | None
    language: str
    data: tuple[str, ...]


def requested(contact: Contact, center: Center) -> Request:
    """What a contact asks for, the data classes of its type included."""
    kind = center.contact_types.get(contact.type)
    touched = set(contact.data).union(kind.data if kind else ())
    return Request(contact.type, kind, contact.language, tuple(sorted(touched)))


Objection = tuple[object, object] | None
"""What was observed and what would be allowed."""


def contact_type(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor takes contacts of this type."""
    return None if request.type in vendor.contact_types else (request.type, vendor.contact_types)


def language(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor speaks the contact's language."""
    return language_gap(request.language, vendor.languages)


def data(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """Every data class has a rule, and it allows the vendor's country and certificate."""
    for data_class in request.data:
        rule = center.data_rules.get(data_class)
        if rule is None:
            return data_class, "nobody, as the center has no rule for it"
        if vendor.country not in rule.countries:
            return f"{data_class} in {vendor.country}", rule.countries
        if rule.certificate and not _valid(vendor, rule.certificate, today):
            return _held(vendor, rule.certificate), f"{rule.certificate} for {data_class}"
    return None


def certificate(request: Request, vendor: Vendor, center: Center, today: date) -> Objection:
    """The vendor holds every certificate that the contact type asks for, unexpired."""
    for wanted in request.kind.certificates if request.kind else ():
        if not _valid(vendor, wanted, today):
            return _held(vendor, wanted), wanted
    return None


def term(vendor: Vendor, local: datetime) -> Objection:
    """The contract is in force."""
    contract, today = vendor.contract, local.date()
    if (contract.start and today < contract.start) or (contract.end and today > contract.end):
        return today, f"{contract.start or '...'} to {contract.end or '...'}"
    return None


def opening_hours(vendor: Vendor, local: datetime) -> Objection:
    """The vendor is open."""
    return None if is_open(vendor.spans, local) else (f"{local:%a %H:%M} {vendor.timezone}", vendor.hours)


def language_gap(wanted: str, spoken: tuple[str, ...]) -> Objection:
    """Somebody who speaks `spoken` (nothing listed: all languages) can talk to the contact."""
    forms = spoken_forms(wanted)
    understood = any(language.lower() in forms for language in spoken)
    return None if not wanted or not spoken or understood else (wanted, spoken)


def spoken_forms(language: str) -> tuple[str, str]:
    """A language tag in lower case, and without its region: whoever speaks sv understands sv-SE.

    >>> spoken_forms("sv-SE")
    ('sv-se', 'sv')
    """
    tag = language.lower()
    return tag, tag.partition("-")[0]


def _valid(vendor: Vendor, name: str, today: date) -> bool:
    expiry = vendor.certificates.get(name)
    return expiry is not None and today <= expiry


def _held(vendor: Vendor, name: str) -> str:
    expiry = vendor.certificates.get(name)
    return f"expired on {expiry}" if expiry else "not held"


ProfileRule = Callable[[Request, Vendor, Center, date], Objection]
CalendarRule = Callable[[Vendor, datetime], Objection]

# The first objection is the reason that is told.
PROFILE_RULES: dict[int, ProfileRule] = {
    codes.CONTACT_TYPE: contact_type,
    codes.LANGUAGE: language,
    codes.DATA: data,
    codes.CERTIFICATE: certificate,
}
CALENDAR_RULES: dict[int, CalendarRule] = {
    codes.TERM: term,
    codes.CLOSED: opening_hours,
}


def barred(request: Request, vendor: Vendor, center: Center, today: date) -> int:
    """Code of the first rule that bars a vendor from such contacts on a day (its local one); 0: none."""
    return next((code for code, rule in PROFILE_RULES.items() if rule(request, vendor, center, today)), 0)


def barred_in_house(request: Request, center: Center) -> int:
    """Code of the rule that bars the in-house queue; 0: none."""
    if request.kind is None:
        return codes.CONTACT_TYPE
    return (
        codes.LANGUAGE if language_gap(request.language, center.queues[request.kind.queue].languages) else 0
    )


def calendar_status(vendor: Vendor, local: datetime) -> int:
    """Code of the first rule that bars a vendor at a local moment; 0: none."""
    return next((code for code, rule in CALENDAR_RULES.items() if rule(vendor, local)), 0)
