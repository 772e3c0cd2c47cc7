"""Data rules: which vendors may see contacts of a data class, on which day. Editable, not legal advice.

A rule is a row of legs; each leg is a plain function that returns None where it has no objection, else what
it observed and who may see the data. The first leg that fails is the reason that is told. What is not known
is denied: a class without a rule, a rule outside its dates, a country nobody stated.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal, NamedTuple

from bporoute._base.checked import Checked
from bporoute._base.fields import Country, Name
from bporoute.center._adequacy import EEA, AdequacyDecision, decisions_on
from bporoute.center._vendor import Vendor
from bporoute.errors import InputError, shown

DataKind = Literal["places", "gdpr", "pci", "health", "domestic_only"]
PCI_CERTIFICATE = "PCI DSS"
UNITED_STATES = "US"


class DataRule(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may see contacts of one data class.

    Attributes
    ----------
    kind : str
        ``"places"``: whoever is in one of the `countries`.
        ``"gdpr"``: a processing agreement, and for the vendor's country and each it gives remote access
        from: in the EEA, or under an adequacy decision on that day, or standard contractual clauses or
        binding corporate rules with a transfer assessment.
        ``"pci"``: a valid attestation (the `certificate`), or the payment leg masked.
        ``"health"``: one of the `vendors`, with a business associate agreement where the center, the
        customer or the vendor is in the United States.
        ``"domestic_only"``: in the customer's country, where it is known, else in the center's; remote
        access from abroad is abroad.
    countries : tuple of str or None
        Countries (ISO 3166 alpha-2) that the vendor and all its remote access must be in; empty: none
        may; None: not asked (only for kinds other than ``"places"``).
    certificate : str
        A certificate that the vendor must hold as well, unexpired; empty: none, but ``"PCI DSS"`` for
        kind ``"pci"``.
    vendors : tuple of str or None
        Names of the vendors that may; for kind ``"health"``, and only for it.
    valid_from, valid_until : date or None
        First and last day on which the rule is valid (the vendor's local day); None: no bound. On other
        days nobody outside may see such data.

    Examples
    --------
    >>> DataRule(kind="pci").attestation, DataRule(countries=("SE", "EE")).kind
    ('PCI DSS', 'places')
    """

    kind: DataKind = "places"
    countries: tuple[Country, ...] | None = None
    certificate: str = ""
    vendors: tuple[Name, ...] | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind == "places" and self.countries is None:
            raise InputError("countries", "none", "the countries that may, or another kind of rule")
        if self.kind == "health" and self.vendors is None:
            raise InputError("vendors", "none", "the vendors that may see health data")
        if self.kind != "health" and self.vendors is not None:
            raise InputError("vendors", shown(self.vendors), "nothing, as only kind 'health' uses it")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise InputError(
                "valid_until", str(self.valid_until), f"a day on or after the first, {self.valid_from}"
            )

    @property
    def attestation(self) -> str:
        """The certificate that the rule asks for; empty: none."""
        return self.certificate or (PCI_CERTIFICATE if self.kind == "pci" else "")


class Handling(NamedTuple):
    """One vendor that would see data of one class, on one day; what the legs look at.

    Countries are ISO 3166 alpha-2; the customer's is empty if it is unknown. `listed`: the vendor stands
    on the rule's list. `adequacy`: the center's own adequacy decisions.
    """

    data_class: str
    rule: DataRule
    vendor: Vendor
    today: date
    client_country: str = ""
    customer_country: str = ""
    listed: bool = False
    adequacy: tuple[AdequacyDecision, ...] = ()

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Every country from which the vendor's people see the data, and how that is said."""
        home = self.vendor.country
        remote = ((abroad, f"remote access from {abroad}") for abroad in self.vendor.remote_access_countries)
        return (home, f"in {home}"), *remote


Objection = tuple[object, object] | None
"""What was observed and what would be allowed."""
Leg = Callable[[Handling], Objection]


def in_force(handling: Handling) -> Objection:
    """The rule is valid on that day."""
    rule = handling.rule
    if (rule.valid_from or date.min) <= handling.today <= (rule.valid_until or date.max):
        return None
    span = f"{rule.valid_from or '...'} to {rule.valid_until or '...'}"
    return handling.data_class, f"nobody on {handling.today}, as its rule is valid {span}"


def countries(handling: Handling) -> Objection:
    """Everybody who sees the data is in a listed country."""
    allowed = handling.rule.countries
    if allowed is None:
        return None
    return _first_place_outside(handling, allowed, allowed)


def attestation(handling: Handling) -> Objection:
    """The vendor holds the rule's certificate."""
    wanted = handling.rule.attestation
    gap = handling.vendor.certificate_gap(wanted, handling.today) if wanted else ""
    return (f"{handling.data_class} without {wanted} ({gap})", f"holders of {wanted}") if gap else None


def payment(handling: Handling) -> Objection:
    """Card data stays masked, or the vendor's attestation is valid."""
    gap = None if handling.vendor.payment_masked else attestation(handling)
    return (gap[0], f"{gap[1]}, or vendors with the payment leg masked") if gap else None


def processing_agreement(handling: Handling) -> Objection:
    """A processing agreement exists."""
    if handling.vendor.processing_agreement:
        return None
    return f"{handling.data_class} without processing agreement", "vendors with a processing agreement"


def transfer(handling: Handling) -> Objection:
    """The data stays in the EEA, or every country it reaches is adequate or covered by clauses."""
    vendor = handling.vendor
    assessed = vendor.transfer_assessed is not None and vendor.transfer_assessed <= handling.today
    if vendor.transfer and assessed:
        return None
    for country, said in handling.places:
        if country not in EEA and not _adequate(handling, country):
            basis = "/".join(vendor.transfer).upper()
            lacking = f"{basis} not assessed" if basis else "no SCC or BCR"
            return (
                f"{handling.data_class} {said} ({lacking})",
                "the EEA, countries found adequate, or under SCC or BCR with a transfer assessment",
            )
    return None


def _adequate(handling: Handling, country: str) -> bool:
    decisions = decisions_on(country, handling.today, handling.adequacy)
    return any(
        not decision.certificate or not handling.vendor.certificate_gap(decision.certificate, handling.today)
        for decision in decisions
    )


def allow_list(handling: Handling) -> Objection:
    """The vendor stands on the rule's list."""
    if handling.listed:
        return None
    return f"{handling.data_class}, not on its list", handling.rule.vendors or ()


def associate_agreement(handling: Handling) -> Objection:
    """A business associate agreement exists where the United States are concerned."""
    concerned = {handling.client_country, handling.customer_country, handling.vendor.country}
    if UNITED_STATES not in concerned or handling.vendor.associate_agreement:
        return None
    return (
        f"{handling.data_class} without business associate agreement",
        "vendors with a business associate agreement",
    )


def domestic(handling: Handling) -> Objection:
    """The data stays in the customer's country."""
    home = handling.customer_country or handling.client_country
    return _first_place_outside(handling, (home,), f"vendors in {home or 'a country that is not known'}")


def _first_place_outside(handling: Handling, allowed: tuple[str, ...], limit: object) -> Objection:
    outside = (said for country, said in handling.places if country not in allowed)
    return next(((f"{handling.data_class} {said}", limit) for said in outside), None)


LEGS: dict[DataKind, tuple[Leg, ...]] = {
    "places": (in_force, countries, attestation),
    "gdpr": (in_force, countries, processing_agreement, transfer, attestation),
    "pci": (in_force, countries, payment),
    "health": (in_force, allow_list, countries, associate_agreement, attestation),
    "domestic_only": (in_force, countries, domestic, attestation),
}
"""Kind -> legs, in the order in which they are told."""


def data_gap(handling: Handling) -> Objection:
    """The first leg of the rule that does not let the vendor see the data; None: it may.

    Examples
    --------
    >>> from bporoute import Contract
    >>> cebu = Vendor(country="PH", timezone="Asia/Manila", contact_types=("service",), contract=Contract(),
    ...               processing_agreement=True, transfer=("scc",))
    >>> data_gap(Handling("personal", DataRule(kind="gdpr"), cebu, date(2026, 11, 22)))[0]
    'personal in PH (SCC not assessed)'
    """
    return next((gap for leg in LEGS[handling.rule.kind] if (gap := leg(handling))), None)
