from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    LocationScheme,
    Queue,
    Router,
    Vendor,
)
from bporoute._base.clock import holds_until
from bporoute._kernels.routing import codes
from bporoute.routing._hard_rules import (
    CALENDAR_RULES,
    HARD_RULE_CODES,
    HARD_RULES,
    PROFILE_RULES,
    barred,
    barred_in_house,
    calendar_status,
    handed_over,
    requested,
)
from bporoute.routing._reasons import RULE_NAMES, reason_of
from helpers.clock import NOON
from helpers.strategies import LANGUAGES, few, one_queue, vendor

TODAY = date(2026, 11, 22)


def rule_of(contact: Contact, center: Center, name: str = "nord", today: date = TODAY) -> str:
    """The name of the rule that bars a vendor; empty if none does."""
    code = barred(requested(contact, center), center.vendors[name], center, today)
    return RULE_NAMES[code] if code else ""


def text_of(contact: Contact, center: Center, name: str = "nord", at: float = NOON) -> str:
    house = center.vendors[name]
    request, local = requested(contact, center), datetime.fromtimestamp(at, house.zone)
    code = barred(request, house, center, local.date()) or calendar_status(house, local)
    return str(reason_of(code, (0.0, 0.0), name, request, center, at)) if code else ""


def test_a_request_joins_what_contact_and_type_ask_for() -> None:
    center = one_queue(
        kind={"data": ("card",), "skills": ("billing",)}, data_rules={"card": DataRule(countries=())}
    )
    request = requested(
        Contact("service", "sv", data=("notes", "card"), country="se", skills=("fibre", "billing")), center
    )
    assert request.data == ("card", "notes")
    assert request.skills == ("billing", "fibre")
    assert request.country == "SE"
    assert requested(Contact("unheard of", skills=("b", "a")), center).skills == ("a", "b")


# -- skills, levels, certificates -------------------------------------------------------------------


def test_skills() -> None:
    center = one_queue(
        kind={"skills": ("billing",)},
        vendors={"nord": vendor(skills=("billing", "fibre")), "syd": vendor()},
    )
    assert rule_of(Contact("service", skills=("fibre",)), center) == ""
    assert rule_of(Contact("service", skills=("tv",)), center) == "skill"
    assert text_of(Contact("service", skills=("tv", "radio")), center) == (
        "lacks radio, tv; its skills: billing, fibre"
    )
    assert text_of(Contact("service"), center, "syd") == "lacks billing; its skills: nothing"
    assert barred_in_house(requested(Contact("service", skills=("tv",)), center), center) == 0


def test_language_levels() -> None:
    center = one_queue(
        kind={"language_level": "B2"},
        vendors={
            "nord": vendor(languages=("sv", "en", "et"), language_levels={"sv": "B2", "en": "B1"}),
            "any": vendor(language_levels={"SV": "C2"}),
        },
    )
    assert rule_of(Contact("service", "sv-FI"), center) == ""
    assert text_of(Contact("service", "en"), center) == "speaks en at B1, not en at B2"
    assert text_of(Contact("service", "et"), center) == "speaks et at a level nobody told, not et at B2"
    assert text_of(Contact("service", "fi"), center) == "speaks sv, en, et, not fi"
    assert rule_of(Contact("service"), center) == ""
    assert rule_of(Contact("service", "sv"), center, "any") == ""
    assert rule_of(Contact("service", "fi"), center, "any") == "language"


@pytest.mark.parametrize("name", ["ISO 18295-1", "ISO 27001", "SOC 2", "COPC"])
def test_a_certificate_is_any_name_with_an_expiry(name: str) -> None:
    center = one_queue(kind={"certificates": (name,)}, vendors={"nord": vendor(certificates={name: TODAY})})
    assert rule_of(Contact("service"), center) == ""
    assert rule_of(Contact("service"), center, today=TODAY + timedelta(days=1)) == "certificate"


# -- location ---------------------------------------------------------------------------------------


def places(scheme: LocationScheme, **changes: Any) -> Center:
    return one_queue(
        kind={"locations": ("onshore", "nearshore")},
        vendors={
            "nord": vendor(location="", country="EE", timezone="Europe/Tallinn"),
            "ost": vendor(location="", country="PH", timezone="Asia/Manila"),
        },
        timezone="Europe/Stockholm",
        country="SE",
        location_scheme=scheme,
        **changes,
    )


def test_the_reason_names_the_scheme_that_judged() -> None:
    center = places(LocationScheme(by="distance", nearshore_within_km=2000))
    assert rule_of(Contact("service"), center) == ""
    assert text_of(Contact("service"), center, "ost") == (
        "is offshore by scheme distance (nearshore within 2000 km); "
        "contacts of this type may go onshore, nearshore"
    )
    assert rule_of(Contact("service"), places(LocationScheme(by="country"))) == "location"


def test_where_nobody_told_the_location_a_type_that_asks_stays_away() -> None:
    center = one_queue(
        kind={"locations": ("onshore", "nearshore", "offshore")},
        vendors={"nord": vendor(location=""), "syd": vendor(location="offshore")},
    )
    assert text_of(Contact("service"), center) == (
        "is of a location nobody told by scheme as_told; "
        "contacts of this type may go onshore, nearshore, offshore"
    )
    assert rule_of(Contact("service"), center, "syd") == ""


# -- data -------------------------------------------------------------------------------------------


def test_a_data_class_without_a_rule_denies() -> None:
    center = one_queue()
    assert text_of(Contact("service", data=("genome",)), center) == (
        "may not see this data: genome; may be seen by nobody, as the center has no rule for it"
    )


def test_the_failing_leg_is_named() -> None:
    center = one_queue(
        kind={"data": ("personal", "vote")},
        data_rules={"personal": DataRule(kind="gdpr"), "vote": DataRule(kind="domestic_only")},
        vendors={
            "nord": vendor(country="IN", processing_agreement=True, transfer=("scc",)),
            "syd": vendor(country="SE", processing_agreement=True),
        },
        country="SE",
    )
    assert text_of(Contact("service"), center) == (
        "may not see this data: personal in IN (SCC not assessed); may be seen by "
        "the EEA, countries found adequate, or under SCC or BCR with a transfer assessment"
    )
    assert rule_of(Contact("service", country="SE"), center, "syd") == ""
    assert text_of(Contact("service", country="FI"), center, "syd") == (
        "may not see this data: vote in SE; may be seen by vendors in FI"
    )


def test_a_list_names_vendors_not_likenesses() -> None:
    twin = {"certificates": {"iso": TODAY}}
    center = one_queue(
        kind={"data": ("patient",)},
        data_rules={"patient": DataRule(kind="health", vendors=("nord",))},
        vendors={"nord": vendor(**twin), "syd": vendor(**twin)},
        country="SE",
    )
    assert center.vendors["nord"] == center.vendors["syd"]
    assert rule_of(Contact("service"), center) == ""
    assert text_of(Contact("service"), center, "syd") == (
        "may not see this data: patient, not on its list; may be seen by nord"
    )


def test_the_law_is_told_before_what_the_vendor_lacks() -> None:
    center = one_queue(
        kind={"skills": ("billing",), "certificates": ("iso",), "locations": ("onshore",)},
        vendors={"nord": vendor(languages=("et",), location="offshore")},
    )
    assert rule_of(Contact("service", "sv", data=("genome",)), center) == "data_rule"
    assert rule_of(Contact("service", "sv"), center) == "location"


# -- calendar ---------------------------------------------------------------------------------------


def test_a_holiday_closes_the_local_day_whatever_the_hours_say() -> None:
    center = one_queue(
        vendors={
            "nord": vendor(
                timezone="Pacific/Auckland", hours=("daily 00:00-24:00",), holidays=(date(2026, 11, 23),)
            )
        }
    )
    house = center.vendors["nord"]
    midnight = datetime(2026, 11, 23, tzinfo=house.zone).timestamp()
    away = HARD_RULE_CODES["holiday"]
    for second, status in ((-1, 0), (0, away), (86_399, away), (86_400, 0)):
        assert calendar_status(house, datetime.fromtimestamp(midnight + second, house.zone)) == status
    assert text_of(Contact("service"), center, at=midnight) == (
        "has a holiday on 2026-11-23; open all other days"
    )


@given(st.integers(0, 30 * 24 * 4), st.sampled_from(("Europe/Tallinn", "America/New_York", "UTC")))
def test_what_bars_a_vendor_holds_until_it_is_said_to(quarter: int, timezone: str) -> None:
    house = vendor(
        timezone=timezone,
        hours=("mon-fri 08:15-20:00", "sat 22:00-02:30"),
        holidays=(date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 3)),
        contract=Contract(end=date(2026, 11, 10)),
    )
    now = datetime(2026, 10, 15, tzinfo=UTC).timestamp() + 900.0 * quarter + 30.0
    until = holds_until(house.spans, now, house.zone)
    answers = {
        calendar_status(house, datetime.fromtimestamp(now + (until - 1e-3 - now) * step / 20, house.zone))
        for step in range(21)
    }
    assert len(answers) == 1


NIGHTS = ContactType(queue="service", sourcing="underflow", hand_over=("daily 22:00-06:00",))
SUNDAYS = ContactType(queue="service", sourcing="underflow", hand_over=("sun 00:00-24:00",))


def handing_over() -> Center:
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": NIGHTS, "sales": SUNDAYS, "card": ContactType(queue="service")},
        vendors={"nord": vendor(contact_types=("service", "sales"), timezone="Asia/Manila")},
        timezone="Europe/Stockholm",
    )


def test_hand_over_follows_the_clock_of_the_center() -> None:
    center = handing_over()
    opening = datetime(2026, 11, 21, 22, tzinfo=center.zone).timestamp()
    assert handed_over(center, opening - 0.001) == (frozenset(), opening)
    assert handed_over(center, opening) == ({"service"}, opening + 3600)
    assert handed_over(center, opening + 7200).types == {"service", "sales"}
    assert handed_over(center, opening + 8 * 3600).types == {"sales"}
    assert handed_over(one_queue(), NOON) == (frozenset(), math.inf)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_hand_over_on_days_on_which_the_clock_changes(day: str) -> None:
    center = handing_over()
    now = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=center.zone).timestamp() - 10_800
    end = now + 36 * 3600
    while now < end:
        types, until = handed_over(center, now)
        assert now < until <= now + 3600
        for at in (now, (now + until) / 2, until - 1):
            local = datetime.fromtimestamp(at, center.zone)
            assert ("service" in types) == (local.hour >= 22 or local.hour < 6)
            assert ("sales" in types) == (local.weekday() == 6)
        now = until


def test_the_reason_of_underflow_tells_the_windows() -> None:
    center = handing_over()
    request = requested(Contact("service"), center)
    assert str(reason_of(codes.SOURCING, (0.0, 0.0), "nord", request, center, NOON)) == (
        "contacts of this type are sourced underflow: handed over daily 22:00-06:00"
    )


# -- every reason has words -------------------------------------------------------------------------


def test_every_code_has_a_name_of_its_own() -> None:
    assert set(RULE_NAMES) == set(range(1, codes.FIRST_HARD_RULE + len(HARD_RULES)))
    assert len(set(RULE_NAMES.values())) == len(RULE_NAMES)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (codes.VENDOR_SHARE, "would get 0.31 of today's contacts, at most 0.3"),
        (codes.IN_HOUSE_SHARE, "would leave 0.31 of today's contacts in-house, at least 0.3"),
        (codes.CONCENTRATION, "would bring today's concentration to 0.31, at most 0.3"),
        (codes.EXPOSURE, "what is prepaid and may be owed buys 0.31 contacts, needed: 0.3"),
        (codes.TRIAL, "contact drawn at 0.31, the trial takes those below 0.3"),
        (codes.RAMP, "comes back from failures: a share of 0.3 of its contacts is admitted, this one is not"),
        (codes.HEALTH, "held back: it failed too often lately"),
    ],
)
def test_what_the_kernel_counts_is_told_in_numbers(code: int, text: str) -> None:
    center = one_queue()
    reason = reason_of(code, (0.31, 0.3), "nord", requested(Contact("service"), center), center, NOON)
    assert (reason.observed, reason.limit, reason.text) == (0.31, 0.3, text)


# -- properties -------------------------------------------------------------------------------------

SKILLS = ("billing", "fibre")
LEVELS = ("A2", "B2", "C2")
levels = st.dictionaries(st.sampled_from(LANGUAGES), st.sampled_from(LEVELS))
dates = st.dates(date(2026, 11, 1), date(2026, 12, 10))
RULES = {
    "personal": DataRule(kind="gdpr"),
    "card": DataRule(kind="pci"),
    "patient": DataRule(kind="health", vendors=("nord",)),
    "vote": DataRule(kind="domestic_only"),
    "notes": DataRule(countries=("EE", "SE"), valid_until=date(2026, 11, 30)),
}


@st.composite
def houses(draw: st.DrawFn) -> Vendor:
    spoken = draw(few(LANGUAGES))
    stated = draw(levels)
    return vendor(
        country=draw(st.sampled_from(("SE", "EE", "US", "IN"))),
        contact_types=draw(st.sampled_from((("service",), ("sales",), ("service", "sales")))),
        languages=spoken,
        language_levels={tag: level for tag, level in stated.items() if not spoken or tag in spoken},
        skills=draw(few(SKILLS, most=2)),
        location="",
        certificates=draw(st.dictionaries(st.sampled_from(("iso", "PCI DSS")), dates)),
        processing_agreement=draw(st.booleans()),
        payment_masked=draw(st.booleans()),
        holidays=draw(st.lists(dates, max_size=2).map(tuple)),
        hours=draw(st.sampled_from(((), ("mon-fri 08:00-20:00",)))),
        contract=Contract(end=draw(st.none() | dates)),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Center, Contact, float]:
    kind = ContactType(
        queue="service",
        data=draw(few(tuple(RULES), most=1)),
        skills=draw(few(SKILLS, most=1)),
        certificates=draw(st.sampled_from(((), ("iso",)))),
        language_level=draw(st.sampled_from(("", *LEVELS))),
        locations=draw(few(("onshore", "nearshore"), most=2)),
    )
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": kind, "sales": ContactType(queue="service")},
        vendors={"nord": draw(houses())},
        data_rules=RULES,
        country="SE",
        location_scheme=LocationScheme(by="eu"),
    )
    contact = Contact(
        draw(st.sampled_from(("service", "sales", "unheard of"))),
        draw(st.sampled_from(("", *LANGUAGES, "sv-FI"))),
        data=draw(few((*RULES, "genome"), most=1)),
        country=draw(st.sampled_from(("", "SE", "EE"))),
        skills=draw(few((*SKILLS, "tv"), most=1)),
    )
    return center, contact, NOON + 3600.0 * draw(st.integers(-400, 400))


def verdict(center: Center, contact: Contact, at: float) -> int:
    house = center.vendors["nord"]
    local = datetime.fromtimestamp(at, house.zone)
    return barred(requested(contact, center), house, center, local.date()) or calendar_status(house, local)


@given(situations())
def test_every_stated_reason_is_true_when_looked_at_again(situation) -> None:
    center, contact, at = situation
    house, request, code = center.vendors["nord"], requested(contact, center), verdict(*situation)
    local = datetime.fromtimestamp(at, house.zone)
    objections = {
        **{rule.name: rule.judge(request, house, center, local.date()) for rule in PROFILE_RULES},
        **{rule.name: rule.judge(house, local) for rule in CALENDAR_RULES},
    }
    assert RULE_NAMES.get(code) == next((name for name, objection in objections.items() if objection), None)
    if code:
        reason = reason_of(code, (0.0, 0.0), "nord", request, center, at)
        assert (reason.observed, reason.limit) == objections[reason.rule]
        assert reason.rule == RULE_NAMES[code]
        assert "None" not in reason.text


@given(situations())
def test_an_unknown_data_class_denies(situation) -> None:
    center, contact, at = situation
    sensitive = msgspec.structs.replace(contact, data=(*contact.data, "genome"))
    request = requested(sensitive, center)
    objection = HARD_RULES[HARD_RULE_CODES["data_rule"]].judge(request, center.vendors["nord"], center, TODAY)
    assert objection is not None
    assert verdict(center, sensitive, at) != 0


def improvements(house: Vendor) -> dict[str, dict[str, Any]]:
    return {
        "skill": {"skills": (*house.skills, *SKILLS, "tv")},
        "language": {"languages": (*house.languages, "fi") if house.languages else ()},
        "level": {"language_levels": {**house.language_levels, **dict.fromkeys(house.languages, "C2")}},
        "certificate": {"certificates": {**house.certificates, "iso": date.max, "PCI DSS": date.max}},
        "contact type": {"contact_types": ("service", "sales")},
        "no holidays": {"holidays": ()},
        "always open": {"hours": ()},
        "agreement": {"processing_agreement": True},
        "masked": {"payment_masked": True},
        "nearer": {"country": "SE"} if house.country != "EE" else {},
    }


@given(situations(), st.sampled_from(list(improvements(vendor()))))
def test_improving_a_vendor_never_bars_it(situation, better: str) -> None:
    center, contact, at = situation
    house = center.vendors["nord"]
    improved = msgspec.structs.replace(house, **improvements(house)[better])
    if verdict(center, contact, at) == 0 and not (better == "nearer" and contact.country == house.country):
        assert verdict(msgspec.structs.replace(center, vendors={"nord": improved}), contact, at) == 0


@given(situations())
def test_asking_for_less_never_bars(situation) -> None:
    center, contact, at = situation
    less = msgspec.structs.replace(contact, data=(), skills=(), language="")
    if verdict(center, contact, at) == 0:
        assert verdict(center, less, at) == 0


def test_a_level_counts_where_no_language_is_listed() -> None:
    """A vendor that speaks every language may state levels of some that nobody else names."""
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"claim": ContactType(queue="service", sourcing="full", language_level="B1")},
        vendors={
            "nord": vendor(contact_types=("claim",), language_levels={"sv-FI": "C2", "no": "B1", "fi": "A1"})
        },
    )
    live = Router(center, clock=lambda: NOON, compile=False)
    asked = ("SV-fi", "no", "fi", "sv", "de")
    found = [live.preview(Contact("claim", language)).destination for language in asked]
    assert found == ["nord", "nord", "service", "service", "service"]


def test_a_customer_in_the_united_states_counts_where_nobody_else_is_there() -> None:
    """Health data of such a customer needs an associate agreement, wherever center and vendors are."""
    center = Center(
        country="SE",
        queues={"service": Queue(aht=240)},
        contact_types={"claim": ContactType(queue="service", sourcing="full", data=("health",))},
        data_rules={"health": DataRule(kind="health", vendors=("bare", "bound"))},
        vendors={
            "bare": vendor(country="JP", contact_types=("claim",)),
            "bound": vendor(country="JP", contact_types=("claim",), associate_agreement=True),
        },
    )
    live = Router(center, clock=lambda: NOON, compile=False)
    found = {
        country: live.preview(Contact("claim", country=country)).ranked for country in ("US", "us", "DE", "")
    }
    assert found["US"] == found["us"] == ("bound", "service")
    assert found["DE"] == found[""] == ("bare", "bound", "service")
