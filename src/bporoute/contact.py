"""One customer contact, and what a center says about contacts of its type."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bporoute.errors import InputError
from bporoute.fields import Country, Name


class Sourcing(StrEnum):
    """Who is meant to take the contacts of a type."""

    IN_HOUSE = "in_house"
    """The in-house queue takes all."""
    OVERFLOW = "overflow"
    """The policy sends the surplus out."""
    FULL = "full"
    """Vendors take all; the in-house queue is the fallback."""
    SPECIALISED = "specialised"
    """The type belongs to vendors; the in-house queue cannot take it."""
    UNDERFLOW = "underflow"
    """The quiet periods go out whole, by a calendar that the planner computes. Not available yet."""


class ContactType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of contact: whose it is, how it is sourced, what binds it.

    Attributes
    ----------
    queue : str
        Name of the in-house queue that serves it.
    sourcing : Sourcing
        Who is meant to take it.
    data : tuple of str
        Classes of personal data that every contact of this type touches; each needs a data rule that
        allows the vendor.
    certificates : tuple of str
        Certificates that a vendor must hold, unexpired, to take it, such as ``"ISO 18295-1"``.
    """

    queue: Name
    sourcing: Sourcing = Sourcing.OVERFLOW
    data: tuple[Name, ...] = ()
    certificates: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        if self.sourcing == Sourcing.UNDERFLOW:
            raise InputError(
                "sourcing",
                "'underflow', which needs the planner's calendar (not computed by this version yet)",
                "in_house, overflow, full or specialised",
            )


class DataRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where contacts of one data class may be handled.

    Attributes
    ----------
    countries : tuple of str
        Vendor countries (ISO 3166 alpha-2) that may; empty: none.
    certificate : str
        A certificate that the vendor must hold as well, unexpired; empty: none.
    """

    countries: tuple[Country, ...]
    certificate: str = ""


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One call, chat or mail that somebody has to take.

    Attributes
    ----------
    type : str
        Contact type, as the center names it. An unknown one is decided by the center's fallback.
    language : str
        Language needed (BCP 47, such as ``"sv"``); empty: any.
    id : str
        The caller's own reference; only reported back.
    data : tuple of str
        Classes of personal data beside those of the type.

    Examples
    --------
    >>> Contact("service", language="sv")
    Contact(type='service', language='sv', id='', data=())
    """

    type: str
    language: str = ""
    id: str = ""
    data: tuple[str, ...] = ()
