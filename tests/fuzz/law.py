"""Who may take which contact when, read from the documents of `Center`, `Vendor`, `DataRule` and others."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

EU = ("SE", "EE")
IN_THE_EEA = ("SE", "EE", "DE", "NO")
GB_DECIDED = (date(2021, 6, 28), date(2031, 12, 27))
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = 24 * 60


@lru_cache(maxsize=10_000)
def open_minutes(lines: tuple[str, ...]) -> frozenset[int]:
    """Minutes of the week, from Monday on, that some line of hours covers."""
    found: set[int] = set()
    for line in lines:
        days, _, clock = line.partition(" ")
        begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in clock.split("-"))
        if days == "daily":
            first, last = 0, 6
        else:
            first, last = WEEK.index(days[:3]), WEEK.index(days[-3:])
        day = first
        while True:
            length = (end - begin) % MINUTES or MINUTES
            found.update((day * MINUTES + begin + step) % (7 * MINUTES) for step in range(length))
            if day == last:
                break
            day = (day + 1) % 7
    return frozenset(found)


def within(lines: tuple[str, ...], local: datetime) -> bool:
    """Whether a wall time falls into hours; no line: always."""
    return not lines or local.weekday() * MINUTES + local.hour * 60 + local.minute in open_minutes(lines)


def until_changed(lines: tuple[str, ...], local: datetime) -> int | None:
    """Full minutes until a vendor opens or closes, by the clock on the wall; None: never."""
    found = open_minutes(lines)
    here = local.weekday() * MINUTES + local.hour * 60 + local.minute
    now = not lines or here in found
    ahead = range(1, 7 * MINUTES) if lines else ()
    return next((step for step in ahead if ((here + step) % (7 * MINUTES) in found) != now), None)


def speaks(wanted: str, spoken: Any) -> bool:
    """Nobody asks, no list, the very tag, or that without its region; in any case."""
    if not wanted or not spoken:
        return True
    low = wanted.lower()
    return any(tag.lower() in (low, low.split("-")[0]) for tag in spoken)


def level_of(wanted: str, levels: Any) -> str:
    """The level that a vendor states, of the region before the language."""
    low = {tag.lower(): level for tag, level in levels.items()}
    return low.get(wanted.lower()) or low.get(wanted.lower().split("-")[0]) or ""


def holds(vendor: Any, certificate: str, today: date) -> bool:
    """A certificate up to and with its last day."""
    last = vendor.certificates.get(certificate)
    return last is not None and today <= last


def location(center: Any, vendor: Any) -> str:
    """Where a vendor is by the scheme of the center."""
    by = center.location_scheme.by
    if by == "as_told":
        return str(vendor.location)
    if vendor.country == center.country:
        return "onshore"
    if by == "country":
        return "offshore"
    if by == "eu":
        return "nearshore" if vendor.country in EU and center.country in EU else "offshore"
    return "nearshore" if _apart(center.timezone, vendor.timezone) <= 2.0 else "offshore"


@lru_cache(maxsize=1000)
def _apart(one: str, other: str) -> float:
    most = 0.0
    for month in (1, 7):
        ahead = [datetime(2026, month, 1, 12, tzinfo=ZoneInfo(zone)).utcoffset() for zone in (one, other)]
        assert ahead[0] is not None
        assert ahead[1] is not None
        hours = abs((ahead[0] - ahead[1]).total_seconds()) / 3600.0
        most = max(most, min(hours, 24.0 - hours))
    return most


def may_see(center: Any, name: str, vendor: Any, data: str, customer: str, today: date) -> bool:
    """Whether the center's rules let a vendor see data of a class, of a customer from a country."""
    rule = center.data_rules.get(data)
    if rule is None:
        return False
    if (rule.valid_from and today < rule.valid_from) or (rule.valid_until and today > rule.valid_until):
        return False
    places = (vendor.country, *vendor.remote_access_countries)
    if rule.countries is not None and not all(place in rule.countries for place in places):
        return False
    if rule.kind == "pci":
        return vendor.payment_masked or holds(vendor, rule.certificate or "PCI DSS", today)
    if rule.certificate and not holds(vendor, rule.certificate, today):
        return False
    if rule.kind == "gdpr":
        assessed = vendor.transfer_assessed is not None and vendor.transfer_assessed <= today
        covered = bool(vendor.transfer) and assessed
        return vendor.processing_agreement and (
            covered or all(_adequate(vendor, place, today) for place in places)
        )
    if rule.kind == "health":
        abroad = "US" in (center.country, customer, vendor.country)
        return name in rule.vendors and (vendor.associate_agreement or not abroad)
    if rule.kind == "domestic_only":
        return all(place == (customer or center.country) for place in places)
    return True


def _adequate(vendor: Any, place: str, today: date) -> bool:
    if place in IN_THE_EEA:
        return True
    if place == "GB":
        return GB_DECIDED[0] <= today <= GB_DECIDED[1]
    if place == "US":
        return holds(vendor, "EU-US DPF", today)
    return place == "JP"


def broken_for_good(center: Any, name: str, contact: Any, today: date) -> frozenset[str]:
    """Every rule about vendor and contact that bars them on a local day of the vendor's."""
    vendor, kind = center.vendors[name], center.contact_types.get(contact.type)
    found = set()
    if contact.type not in vendor.contact_types:
        found.add("contact_type")
    touched = {*contact.data, *(kind.data if kind else ())}
    customer = contact.country.upper()
    if not all(may_see(center, name, vendor, data, customer, today) for data in touched):
        found.add("data_rule")
    if not speaks(contact.language, vendor.languages):
        found.add("language")
    if not {*contact.skills, *(kind.skills if kind else ())} <= set(vendor.skills):
        found.add("skill")
    if kind is None:
        return frozenset(found)
    if kind.locations and location(center, vendor) not in kind.locations:
        found.add("location")
    if contact.language and kind.language_level:
        stated = level_of(contact.language, vendor.language_levels)
        if not stated or stated < kind.language_level:
            found.add("language")
    if not all(holds(vendor, wanted, today) for wanted in kind.certificates):
        found.add("certificate")
    return frozenset(found)


def broken_now(vendor: Any, local: datetime) -> frozenset[str]:
    """Every rule of the calendar that bars a vendor at its local time."""
    today, contract = local.date(), vendor.contract
    found = set()
    if (contract.start and today < contract.start) or (contract.end and today > contract.end):
        found.add("term")
    if today in vendor.holidays:
        found.add("holiday")
    if not within(vendor.hours, local):
        found.add("opening_hours")
    return frozenset(found)


def closed(queue: Any, local: datetime) -> frozenset[str]:
    """Why a queue is no place to keep a contact at a time of the center's clock."""
    if queue.accepts_when_closed:
        return frozenset()
    found = set()
    if local.date() in queue.holidays:
        found.add("holiday")
    if not within(queue.hours, local):
        found.add("opening_hours")
    return frozenset(found)


def room(vendor: Any, today: date) -> float:
    """Most contacts at once by the center: the capacity, and the agents that a ramp has brought to work."""
    most = float("inf") if vendor.capacity is None else float(vendor.capacity)
    for term in vendor.contract.terms:
        if type(term).__name__ == "Ramp":
            begins = [
                (term.start or vendor.contract.start)
                + timedelta(weeks=term.training_weeks + number * term.every_weeks)
                for number in range(term.classes)
            ]
            most = min(most, float(term.class_size * sum(day <= today for day in begins)))
    return most


def sourced(center: Any, contact: Any, local: datetime) -> str:
    """How a contact is sourced at a time of the center's clock: in_house, overflow, full or specialised."""
    kind = center.contact_types.get(contact.type)
    if kind is None:
        return "overflow"
    if kind.hand_over and within(kind.hand_over, local):
        return "full"
    if kind.sourcing == "underflow":
        return "in_house"
    return str(kind.sourcing)
