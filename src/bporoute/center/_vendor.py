"""An outsourcing partner: where it is, what it takes, when it is open."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, field

from bporoute._base.checked import Checked
from bporoute._base.clock import OpenSpan, opening_hours, time_zone
from bporoute._base.fields import Count, Country, Money, Name, People, Probability, Seconds, did_you_mean
from bporoute.center._language import Level
from bporoute.center._location import ToldLocation
from bporoute.center._quality_prior import QualityPrior
from bporoute.contracts._contract import Contract
from bporoute.durations._laws import Distribution
from bporoute.errors import InputError

TransferBasis = Annotated[str, Meta(pattern="^(scc|bcr)$")]


class Vendor(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor and its contract.

    Attributes
    ----------
    country : str
        ISO 3166 alpha-2 code, capital letters; data rules and location schemes judge by it.
    timezone : str
        IANA name; hours, term and caps follow this zone's clock.
    contact_types : tuple of str
        Contact types that it takes.
    contract : Contract
        Prices, caps and term.
    location : {"", "onshore", "nearshore", "offshore"}
        Its class as somebody told it; empty: untold. If the center's location scheme judges by itself,
        a class told here must be the one that the scheme finds.
    languages : tuple of str
        Languages that it speaks; empty: every language.
    language_levels : dict
        Language -> CEFR level, ``"A1"`` to ``"C2"``. A language without one is good enough only for
        contact types that ask for no level.
    skills : tuple of str
        Skills that its agents have; empty: none.
    hours : tuple of str
        Opening hours, local, such as ``"mon-fri 08:00-20:00"``; empty: always open.
    holidays : tuple of date
        Local days on which it is closed from midnight to midnight, whatever its hours say.
    capacity : int or None
        Most contacts that it handles at once.
    agents : int or None
        Size of its team, where it is known; None: unknown.
    expected_wait : float
        Mean wait there, seconds, while the live state does not tell.
    handle_times : Distribution or None
        How its handle times are spread around their mean; None: as those of the contact's queue.
    turnaround : float
        Seconds that it takes to do a batch of back-office contacts.
    certificates : dict
        Certificate -> last day on which it is valid.
    max_share : float
        Largest share, in [0, 1], of the center's contacts of a day that it may get.
    max_exposure : float or None
        Most money that its contacts may run up beyond what is prepaid, those that are still there counted
        at their price; None: no limit.
    prepaid : float
        Money that it has been paid ahead, since the ledger began.
    processing_agreement : bool
        Whether a data processing agreement (GDPR article 28) is in force.
    transfer : tuple of str
        What transfers of personal data to it rest on: ``"scc"`` (standard contractual clauses), ``"bcr"``
        (binding corporate rules).
    transfer_assessed : date or None
        The day of the transfer impact assessment; None: none was made.
    remote_access_countries : tuple of str
        Countries (ISO 3166 alpha-2) from which its people can see data too.
    payment_masked : bool
        Whether the payment leg of its contacts is masked, so that it never hears or sees card data.
    associate_agreement : bool
        Whether a business associate agreement (US health data) is in force.
    quality : QualityPrior or None
        Its resolution, satisfaction and handle time as known before any contact was measured; None:
        unknown.

    Examples
    --------
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(price_per_contact=4.5),
    ...               certificates={"ISO 18295-1": date(2027, 6, 30)})
    >>> nord.certificate_gap("ISO 18295-1", date(2027, 6, 30)), nord.certificate_gap("PCI DSS", date.min)
    ('', 'not held')
    """

    country: Country
    timezone: Name
    contact_types: tuple[Name, ...]
    contract: Contract
    location: ToldLocation = ""
    languages: tuple[Name, ...] = ()
    language_levels: dict[Name, Level] = field(default_factory=dict)
    skills: tuple[Name, ...] = ()
    hours: tuple[Name, ...] = ()
    holidays: tuple[date, ...] = ()
    capacity: Count | None = None
    agents: People | None = None
    expected_wait: Seconds = 0.0
    handle_times: Distribution | None = None
    turnaround: Seconds = 0.0
    certificates: dict[str, date] = field(default_factory=dict)
    max_share: Probability = 1.0
    max_exposure: Money | None = None
    prepaid: Money = 0.0
    processing_agreement: bool = False
    transfer: tuple[TransferBasis, ...] = ()
    transfer_assessed: date | None = None
    remote_access_countries: tuple[Country, ...] = ()
    payment_masked: bool = False
    associate_agreement: bool = False
    quality: QualityPrior | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        time_zone(self.timezone)
        opening_hours(tuple(self.hours))
        if not self.contact_types:
            raise InputError("contact_types", "none", "at least one contact type that the vendor takes")
        for language in self.language_levels:
            if self.languages and language not in self.languages:
                raise InputError(
                    "language_levels", repr(language), did_you_mean(str(language), list(self.languages))
                )

    @property
    def zone(self) -> ZoneInfo:
        """The vendor's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def spans(self) -> tuple[OpenSpan, ...]:
        """The opening hours, parsed."""
        return opening_hours(tuple(self.hours))

    def certificate_gap(self, certificate: str, today: date) -> str:
        """What is wrong with `certificate` on the day `today`: not held, expired; empty if it is valid."""
        expiry = self.certificates.get(certificate)
        if expiry is None:
            return "not held"
        return f"expired on {expiry}" if today > expiry else ""
