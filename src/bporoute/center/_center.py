"""A company's center: queues, vendors, contact types and rules, checked once and frozen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from bporoute._base.clock import time_zone
from bporoute._base.digest import blake2b
from bporoute._base.fields import Count, Country, Name, Probability, check_ranges, converted
from bporoute._base.remark import Remark
from bporoute._base.schema import json_schema
from bporoute._base.slim import needed
from bporoute._base.toml import read_tables
from bporoute.center._adequacy import AdequacyDecision
from bporoute.center._contact import ContactType, ValueClass
from bporoute.center._data_rules import DataRule
from bporoute.center._dialect import CENTER_DIALECT
from bporoute.center._health import HealthConfig
from bporoute.center._location import AS_TOLD, LocationScheme, Place, ToldLocation
from bporoute.center._log_format import LogFormat
from bporoute.center._queue import Queue
from bporoute.center._references import bad_references
from bporoute.center._targets import DEFAULT_AIM, ServiceLevel
from bporoute.center._vendor import Vendor
from bporoute.errors import InputError, gathered

Index = Annotated[float, Meta(gt=0, le=1)]
_PLAIN_FIELDS = (
    "name",
    "currency",
    "fallback",
    "country",
    "min_in_house_share",
    "max_concentration",
    "concentration_from",
)


class Center(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Everything about one company that a routing decision rests on.

    Attributes
    ----------
    queues : dict of str to Queue
        In-house queues by name.
    contact_types : dict of str to ContactType
        Kinds of contact by name.
    vendors : dict of str to Vendor
        Vendors by name; their order breaks ties.
    data_rules : dict of str to DataRule
        Data class -> who may see it. A class without a rule never leaves the house.
    adequacy_decisions : tuple of AdequacyDecision
        Decisions that take the place of the built-in ones on the same country (data rules of kind gdpr).
    value_classes : dict of str to ValueClass
        Customers that the center would rather serve itself, by the name that `Contact.value_class` gives.
    fallback : {"keep", "reject", "callback"}
        What happens to a contact that nobody may take: it joins its queue all the same (the first one
        if its type is unknown), is turned away, or is promised a call back.
    country : str or None
        The center's own country (ISO 3166 alpha-2); location schemes and some data rules need it.
    location_scheme : LocationScheme
        How a vendor is classed as onshore, nearshore or offshore; as told, unless another is named.
    min_in_house_share : float
        Smallest share, in [0, 1], of a day's contacts that is kept in-house.
    max_concentration : float
        Largest Herfindahl index of what goes out, in (0, 1]: the sum over the vendors of the square of
        their shares of the contacts sent out on the day. 1: all may go to one vendor; n vendors that get
        the same have 1 / n. Counted in contacts from the midnight of the center's clock on, the contact
        in question included.
    concentration_from : int
        Contacts sent out on the day from which on `max_concentration` binds; the shares of the first few
        say nothing.
    health : HealthConfig
        How a vendor's failures are told from chance, and what follows; with ``shadow = true``, nothing.
    name, currency, timezone : str
        For people; the zone (IANA) is the center's own clock, used for schedules, hand-over windows,
        shares of a day and call logs.
    log : LogFormat
        How the center's call logs are written.

    Examples
    --------
    >>> from bporoute import Center, Contract, ContactType, Queue, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> center.vendors["nord"].contract.price(handle=240)
    4.5
    """

    queues: dict[Name, Queue]
    contact_types: dict[Name, ContactType]
    vendors: dict[Name, Vendor] = {}
    data_rules: dict[Name, DataRule] = {}
    adequacy_decisions: tuple[AdequacyDecision, ...] = ()
    value_classes: dict[Name, ValueClass] = {}
    fallback: Literal["keep", "reject", "callback"] = "keep"
    name: str = "center"
    currency: str = "EUR"
    timezone: Name = "UTC"
    country: Country | None = None
    location_scheme: LocationScheme = LocationScheme()
    min_in_house_share: Probability = 0.0
    max_concentration: Index = 1.0
    concentration_from: Count = 100
    health: HealthConfig = HealthConfig()
    log: LogFormat = LogFormat()

    def __post_init__(self) -> None:
        time_zone(self.timezone)
        _check(self)

    @cached_property
    def version(self) -> str:
        """Which center this is: a hash of all that it says, in 16 hexadecimal digits.

        Centers that are equal, with queues, contact types and vendors in the same order, have the same
        version, wherever they were read or built. It is BLAKE2b over the fields in their order, encoded
        as MessagePack.

        >>> kind = ContactType(queue="service")
        >>> first, same, other = (
        ...     Center(queues={"service": Queue(aht=aht)}, contact_types={"service": kind}).version
        ...     for aht in (240, 240.0, 241)
        ... )
        >>> len(first), same == first, other == first
        (16, True, False)
        """
        plain = msgspec.convert(msgspec.to_builtins(self), Center)  # 240 becomes 240.0
        return blake2b(msgspec.msgpack.encode(plain), digest_size=8).hexdigest()

    @property
    def zone(self) -> ZoneInfo:
        """The center's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def languages(self) -> frozenset[str]:
        """Every language that some queue or vendor names, in lower case."""
        spoken = [queue.languages for queue in self.queues.values()]
        for vendor in self.vendors.values():
            spoken += [vendor.languages, tuple(vendor.language_levels)]
        return frozenset(language.lower() for languages in spoken for language in languages)

    @property
    def aims(self) -> dict[str, ServiceLevel]:
        """The service level that each queue is measured by: its target, else 80 % within 20 s (offered)."""
        return {name: queue.targets.service_level or DEFAULT_AIM for name, queue in self.queues.items()}

    def location_of(self, vendor: Vendor) -> ToldLocation:
        """Onshore, nearshore or offshore, as the center's scheme judges `vendor`; empty where nobody told.

        >>> from bporoute import Contract
        >>> center = Center(queues={"service": Queue(aht=240)},
        ...                 contact_types={"service": ContactType(queue="service")},
        ...                 country="SE", location_scheme=LocationScheme(by="country"))
        >>> center.location_of(Vendor(country="PH", timezone="Asia/Manila", contact_types=("service",),
        ...                           contract=Contract()))
        'offshore'
        """
        home = Place(self.country or "", self.timezone)
        return self.location_scheme.judge(home, Place(vendor.country, vendor.timezone), vendor.location)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Center:
        """Read and check the center file at `path` (TOML, at most 1 MiB).

        Durations, shares and targets may be texts, as on the command line: ``aht = "3:08"``,
        ``resolution = "80 %"``, ``targets = "80/20"``.

        Raises
        ------
        InputError
            Naming the file and the line or key path, what stands there and what would be right; all that
            is wrong at once, each in `InputError.complaints`.
        """
        try:
            return converted(read_tables(path, "a center file"), Center, "", CENTER_DIALECT)
        except InputError as complaint:
            raise complaint.under(f"{path}: ") from None

    def remarks(self) -> tuple[Remark, ...]:
        """What is legal but probably not meant: slips of units, prices far from others, unmatched names.

        Load beside agents, durations, thresholds, shares and prices are held against what they usually
        are. A remark is no error, and may be wrong: ``bporoute check --strict`` takes it for one.

        >>> center = Center(queues={"service": Queue(aht=240, patience=5)},
        ...                 contact_types={"service": ContactType(queue="service")})
        >>> [remark.likely for remark in center.remarks()]
        ['in minutes it would be 300 s']
        """
        from bporoute.center._remarks import remarks

        return remarks(self)

    def to_toml(self, *, every_key: bool = False) -> str:
        """The center as a center file that `load` reads as an equal one; what is as by default is left out.

        With `every_key`, the first table of each kind has all keys that it leaves out, as comments with
        their meanings and examples, and so have the kinds of tables that the center has none of.

        >>> print(Center(queues={"service": Queue(aht=240)},
        ...              contact_types={"service": ContactType(queue="service")}).to_toml())
        [queues.service]
        aht = 240
        <BLANKLINE>
        [contact_types.service]
        queue = "service"
        <BLANKLINE>
        """
        with needed("tomlkit"):  # it takes time, and only who writes needs it
            from bporoute._base.toml_written import toml_of

        return toml_of(self, CENTER_DIALECT, every_key=every_key)

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON schema (draft 2020-12) of center files, for editors that complete and explain keys.

        >>> schema = Center.json_schema()
        >>> schema["$defs"]["Queue"]["properties"]["patience"]["description"]
        'Mean patience, seconds; inf: callers never give up, 0: nobody waits.'
        """
        return json_schema(Center, CENTER_DIALECT, "A center file of bporoute")

    def to_dict(self) -> dict[str, Any]:
        """The center as plain tables; None where nothing is set."""
        tables: dict[str, Any] = msgspec.to_builtins(self)
        return tables


def _check(center: Center) -> None:
    """Raise InputError for what no field shows alone: ranges, names, references; for all of it at once."""
    complaints = [*_out_of_range(center)]
    if not complaints:
        complaints = [*_missing(center), *bad_references(center), *_misplaced(center)]
    if complaints:
        raise gathered(complaints)


def _out_of_range(center: Center) -> Iterator[InputError]:
    """Fields and names of a center that was built in Python."""
    kinds = get_type_hints(Center, include_extras=True)
    for section in ("queues", "contact_types", "vendors", "data_rules", "value_classes"):
        for name, item in getattr(center, section).items():
            yield from _complaints_of(converted, name, Name, f"{section} {name!r}")
            yield from _complaints_of(check_ranges, item, get_args(kinds[section])[1], f"{section}.{name}")
    for field in _PLAIN_FIELDS:
        yield from _complaints_of(converted, getattr(center, field), kinds[field], field)
    for field in ("log", "location_scheme", "health"):
        yield from _complaints_of(check_ranges, getattr(center, field), kinds[field], field)
    for place, decision in enumerate(center.adequacy_decisions):
        yield from _complaints_of(check_ranges, decision, AdequacyDecision, f"adequacy_decisions[{place}]")


def _complaints_of(check: Callable[..., object], *arguments: object) -> tuple[InputError, ...]:
    try:
        check(*arguments)
    except InputError as found:
        return found.complaints
    return ()


def _missing(center: Center) -> Iterator[InputError]:
    if not center.queues:
        yield InputError("queues", "none", "at least one table [queues.NAME]")
    if not center.contact_types:
        yield InputError("contact_types", "none", "at least one table [contact_types.NAME]")
    if center.vendors and center.max_concentration * len(center.vendors) < 1.0 - 1e-9:
        least = f"at least 1/{len(center.vendors)}, the index of {len(center.vendors)} equal shares"
        yield InputError("max_concentration", f"{center.max_concentration:g}", least)


def _misplaced(center: Center) -> Iterator[InputError]:
    """A scheme can judge every vendor, and finds nothing else than what is told."""
    scheme = center.location_scheme
    if scheme.by == AS_TOLD:
        return
    if center.country is None:
        yield InputError(
            "country", "none", f"the center's country, which location scheme {scheme.by!r} needs"
        )
        return
    for name, vendor in center.vendors.items():
        try:
            judged = center.location_of(vendor)
        except InputError as complaint:
            yield complaint
            continue
        if vendor.location not in ("", judged):
            yield InputError(
                f"vendors.{name}.location",
                repr(vendor.location),
                f"{judged!r}, as location scheme {scheme} judges, or nothing",
            )
