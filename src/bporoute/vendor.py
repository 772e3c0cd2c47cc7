"""An outsourcing partner: where it is, what it takes, when it is open."""

from __future__ import annotations

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from bporoute.calendar import OpenSpan, opening_hours
from bporoute.contract import Contract
from bporoute.errors import InputError
from bporoute.fields import Count, Country, Name, Seconds
from bporoute.local_time import time_zone


class Vendor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor and its contract.

    Attributes
    ----------
    country : str
        ISO 3166 alpha-2 code, capital letters; data rules judge by it.
    timezone : str
        IANA name; hours, term and caps follow this zone's clock.
    contact_types : tuple of str
        Contact types that it takes.
    contract : Contract
        Prices, caps and term.
    location : {"onshore", "nearshore", "offshore"}
        As the center classifies it; only reported.
    languages : tuple of str
        Languages that it speaks; empty: every language.
    hours : tuple of str
        Opening hours, local, such as ``"mon-fri 08:00-20:00"``; empty: always open.
    capacity : int or None
        Most contacts that it handles at once.
    expected_wait : float
        Mean wait there, seconds, while the live state does not tell.
    certificates : dict
        Certificate -> last day on which it is valid.
    """

    country: Country
    timezone: Name
    contact_types: tuple[Name, ...]
    contract: Contract
    location: Literal["onshore", "nearshore", "offshore"] = "onshore"
    languages: tuple[Name, ...] = ()
    hours: tuple[Name, ...] = ()
    capacity: Count | None = None
    expected_wait: Seconds = 0.0
    certificates: dict[str, date] = {}

    def __post_init__(self) -> None:
        time_zone(self.timezone)
        opening_hours(tuple(self.hours))
        if not self.contact_types:
            raise InputError("contact_types", "none", "at least one contact type that the vendor takes")

    @property
    def zone(self) -> ZoneInfo:
        """The vendor's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def spans(self) -> tuple[OpenSpan, ...]:
        """The opening hours, parsed."""
        return opening_hours(tuple(self.hours))
