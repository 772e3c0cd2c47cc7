from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import AdequacyDecision, DataRule
from bporoute.center._data_rules import LEGS, Handling, data_gap
from bporoute.center._vendor import Vendor
from helpers.strategies import vendor

TODAY = date(2026, 11, 22)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
VALID = {"PCI DSS": TODAY}


def gap(rule: DataRule, house: Vendor, **known) -> str:
    """What the rule objects to; empty if it does not."""
    objection = data_gap(Handling("x", rule, house, **{"today": TODAY, "client_country": "SE", **known}))
    return "" if objection is None else str(objection[0])


def signed(country: str, **more) -> Vendor:
    return vendor(country=country, processing_agreement=True, **more)


GDPR = DataRule(kind="gdpr")
SCC = {"transfer": ("scc",), "transfer_assessed": TODAY}
CASES = {
    "in the EEA": (GDPR, signed("EE"), ""),
    "Norway": (GDPR, signed("NO"), ""),
    "no agreement": (GDPR, vendor(country="EE"), "x without processing agreement"),
    "adequate": (GDPR, signed("CH"), ""),
    "adequate if certified, and it is": (GDPR, signed("US", certificates={"EU-US DPF": TODAY}), ""),
    "adequate if certified, and it was": (
        GDPR,
        signed("US", certificates={"EU-US DPF": YESTERDAY}),
        "x in US (no SCC or BCR)",
    ),
    "neither": (GDPR, signed("IN"), "x in IN (no SCC or BCR)"),
    "clauses": (GDPR, signed("IN", **SCC), ""),
    "corporate rules": (GDPR, signed("IN", transfer=("bcr",), transfer_assessed=YESTERDAY), ""),
    "clauses, not assessed": (GDPR, signed("IN", transfer=("scc",)), "x in IN (SCC not assessed)"),
    "clauses, assessed tomorrow": (
        GDPR,
        signed("IN", transfer=("scc", "bcr"), transfer_assessed=TOMORROW),
        "x in IN (SCC/BCR not assessed)",
    ),
    "assessed without clauses": (
        GDPR,
        signed("IN", transfer_assessed=YESTERDAY),
        "x in IN (no SCC or BCR)",
    ),
    "remote access": (
        GDPR,
        signed("EE", remote_access_countries=("LV", "IN")),
        "x remote access from IN (no SCC or BCR)",
    ),
    "remote access under clauses": (GDPR, signed("EE", remote_access_countries=("IN",), **SCC), ""),
    "gdpr narrowed": (DataRule(kind="gdpr", countries=("SE",)), signed("EE"), "x in EE"),
    "gdpr and a certificate": (
        DataRule(kind="gdpr", certificate="ISO 27001"),
        signed("EE"),
        "x without ISO 27001 (not held)",
    ),
    "attested": (DataRule(kind="pci"), vendor(country="PH", certificates=VALID), ""),
    "never attested": (DataRule(kind="pci"), vendor(country="PH"), "x without PCI DSS (not held)"),
    "no longer attested": (
        DataRule(kind="pci"),
        vendor(certificates={"PCI DSS": YESTERDAY}),
        f"x without PCI DSS (expired on {YESTERDAY})",
    ),
    "masked": (DataRule(kind="pci"), vendor(payment_masked=True), ""),
    "another attestation": (
        DataRule(kind="pci", certificate="PCI DSS 4"),
        vendor(certificates=VALID),
        "x without PCI DSS 4 (not held)",
    ),
    "pci narrowed": (DataRule(kind="pci", countries=()), vendor(payment_masked=True), "x in EE"),
    "plain": (DataRule(countries=("EE",)), vendor(), ""),
    "plain, elsewhere": (DataRule(countries=("SE",)), vendor(), "x in EE"),
    "plain, nowhere": (DataRule(countries=()), vendor(), "x in EE"),
    "plain, seen from elsewhere": (
        DataRule(countries=("EE",)),
        vendor(remote_access_countries=("IN",)),
        "x remote access from IN",
    ),
    "plain and certified": (
        DataRule(countries=("EE",), certificate="PCI DSS"),
        vendor(certificates=VALID),
        "",
    ),
    "plain and not certified": (
        DataRule(countries=("EE",), certificate="PCI DSS"),
        vendor(payment_masked=True),
        "x without PCI DSS (not held)",
    ),
    "before the rule": (
        DataRule(kind="pci", valid_from=TOMORROW),
        vendor(certificates=VALID),
        "x",
    ),
    "on its first day": (DataRule(kind="pci", valid_from=TODAY), vendor(certificates=VALID), ""),
    "on its last day": (DataRule(kind="pci", valid_until=TODAY), vendor(certificates=VALID), ""),
    "after the rule": (DataRule(kind="pci", valid_until=YESTERDAY), vendor(certificates=VALID), "x"),
}


@pytest.mark.parametrize(("rule", "house", "found"), CASES.values(), ids=CASES)
def test_legs(rule: DataRule, house: Vendor, found: str) -> None:
    assert gap(rule, house) == found


HEALTH = DataRule(kind="health", vendors=("nord",))
# vendor's country, customer's, center's; business associate agreement; listed -> what is found
HEALTH_CASES = [
    ("EE", "", "SE", False, True, ""),
    ("EE", "", "SE", True, False, "x, not on its list"),
    ("EE", "US", "SE", False, True, "x without business associate agreement"),
    ("US", "", "SE", False, True, "x without business associate agreement"),
    ("EE", "", "US", False, True, "x without business associate agreement"),
    ("US", "US", "US", True, True, ""),
]


@pytest.mark.parametrize(("country", "customer", "client", "agreed", "listed", "found"), HEALTH_CASES)
def test_health(country: str, customer: str, client: str, agreed: bool, listed: bool, found: str) -> None:
    house = vendor(country=country, associate_agreement=agreed)
    known = {"customer_country": customer, "client_country": client, "listed": listed}
    assert gap(HEALTH, house, **known) == found


DOMESTIC = DataRule(kind="domestic_only")
# vendor's country, seen from, customer's, center's -> what is found
DOMESTIC_CASES = [
    ("SE", (), "SE", "SE", ""),
    ("SE", (), "", "SE", ""),
    ("DE", (), "DE", "SE", ""),
    ("SE", (), "DE", "SE", "x in SE"),
    ("EE", (), "", "SE", "x in EE"),
    ("SE", ("IN",), "SE", "SE", "x remote access from IN"),
    ("SE", (), "", "", "x in SE"),
]


@pytest.mark.parametrize(("country", "remote", "customer", "client", "found"), DOMESTIC_CASES)
def test_domestic(country: str, remote: tuple[str, ...], customer: str, client: str, found: str) -> None:
    house = vendor(country=country, remote_access_countries=remote)
    assert gap(DOMESTIC, house, customer_country=customer, client_country=client) == found


def test_the_objection_says_who_may() -> None:
    limits = {
        gap(rule, house): data_gap(Handling("x", rule, house, TODAY))[1]
        for rule, house, found in CASES.values()
        if found
    }
    assert limits["x in US (no SCC or BCR)"] == (
        "the EEA, countries found adequate, or under SCC or BCR with a transfer assessment"
    )
    assert limits["x without PCI DSS 4 (not held)"] == (
        "holders of PCI DSS 4, or vendors with the payment leg masked"
    )
    assert limits["x"] == f"nobody on {TODAY}, as its rule is valid ... to {YESTERDAY}"


def test_a_decision_withdrawn_in_the_center_bars() -> None:
    over = AdequacyDecision(country="CH", valid_from=date(2000, 7, 26), valid_until=YESTERDAY)
    assert gap(GDPR, signed("CH"), adequacy=(over,)) == "x in CH (no SCC or BCR)"
    assert gap(GDPR, signed("GB"), adequacy=(over,)) == ""


# -- properties -------------------------------------------------------------------------------------

days = st.dates(date(2026, 11, 1), date(2026, 12, 10))
countries = st.sampled_from(("SE", "EE", "CH", "US", "IN"))
few_countries = st.lists(countries, max_size=2, unique=True).map(tuple)
rules = st.builds(
    lambda kind, span, allowed, certificate: DataRule(
        kind=kind,
        valid_from=min(span, key=lambda day: day or date.min),
        valid_until=max(span, key=lambda day: day or date.max),
        countries=() if kind == "places" and allowed is None else allowed,
        certificate=certificate,
        vendors=("nord",) if kind == "health" else None,
    ),
    kind=st.sampled_from(list(LEGS)),
    span=st.tuples(st.none() | days, st.none() | days),
    allowed=st.none() | few_countries,
    certificate=st.sampled_from(("", "iso")),
)
houses = st.builds(
    vendor,
    country=countries,
    remote_access_countries=few_countries,
    processing_agreement=st.booleans(),
    payment_masked=st.booleans(),
    associate_agreement=st.booleans(),
    transfer=st.sampled_from(((), ("scc",), ("bcr", "scc"))),
    transfer_assessed=st.none() | days,
    certificates=st.dictionaries(st.sampled_from(("iso", "PCI DSS", "EU-US DPF")), days),
)
handlings = st.builds(
    Handling,
    data_class=st.just("x"),
    rule=rules,
    vendor=houses,
    today=days,
    client_country=countries,
    customer_country=st.just("") | countries,
    listed=st.booleans(),
    adequacy=st.just(()),
)


@given(handlings)
def test_some_leg_objects_exactly_if_the_rule_does(handling: Handling) -> None:
    told = data_gap(handling)
    objections = [objection for leg in LEGS[handling.rule.kind] if (objection := leg(handling))]
    assert told == (objections[0] if objections else None)
    assert told is None or str(told[0]).startswith("x")


IMPROVEMENTS = {
    "agreement": {"processing_agreement": True},
    "associate agreement": {"associate_agreement": True},
    "masked": {"payment_masked": True},
    "no remote access": {"remote_access_countries": ()},
    "clauses": {"transfer": ("scc", "bcr"), "transfer_assessed": date(2020, 1, 1)},
    "certificates": {"certificates": dict.fromkeys(("iso", "PCI DSS", "EU-US DPF"), date(2030, 1, 1))},
}


@given(handlings, st.sampled_from(list(IMPROVEMENTS)))
def test_improving_a_vendor_never_bars_it(handling: Handling, better: str) -> None:
    improved = msgspec.structs.replace(handling.vendor, **IMPROVEMENTS[better])
    if data_gap(handling) is None:
        assert data_gap(handling._replace(vendor=improved)) is None


@given(handlings)
def test_a_vendor_with_everything_is_barred_only_by_place_list_or_date(handling: Handling) -> None:
    everything = {key: value for more in IMPROVEMENTS.values() for key, value in more.items()}
    improved = msgspec.structs.replace(handling.vendor, **everything)
    objection = data_gap(handling._replace(vendor=improved))
    told = "" if objection is None else objection[0]
    assert told in ("", "x", "x, not on its list", f"x in {improved.country}")
    if handling.rule.kind in ("gdpr", "pci") and handling.rule.countries is None:
        assert told in ("", "x")
