"""One customer contact, and what a center says about contacts of its type."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bporoute._base.checked import Checked
from bporoute._base.clock import OpenSpan, opening_hours
from bporoute._base.fields import HandleTime, Money, Name, PositiveSeconds
from bporoute.center._header_map import fields_of
from bporoute.center._language import WantedLevel
from bporoute.center._location import AllowedLocation
from bporoute.errors import InputError


class Sourcing(StrEnum):
    """Who is meant to take the contacts of a type."""

    IN_HOUSE = "in_house"
    """The in-house queue takes all."""
    OVERFLOW = "overflow"
    """The policy sends the surplus out, and in hand-over windows all goes."""
    FULL = "full"
    """Vendors take all; the in-house queue is the fallback."""
    SPECIALISED = "specialised"
    """The type belongs to vendors; the in-house queue cannot take it."""
    UNDERFLOW = "underflow"
    """The type goes out whole in its hand-over windows (the quiet periods), else it stays in-house."""


class ContactType(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    skills : tuple of str
        Skills that a vendor must have. The in-house queue of the type has them.
    language_level : str
        Least level of the contact's language (CEFR, ``"A1"`` to ``"C2"``) that a vendor must state;
        empty: any. The in-house queue speaks its languages well enough.
    locations : tuple of str
        Classes of location that it may go to (``"onshore"``, ``"nearshore"``, ``"offshore"``), judged by
        the center's location scheme; empty: all.
    hand_over : tuple of str
        Windows, such as ``"daily 22:00-06:00"`` on the center's clock, in which contacts sourced by
        underflow or by overflow go out whole, as if sourced in full; else those stay in-house, and of these
        the surplus goes out. Underflow needs at least one, and other sourcings know none.
    channel : str
        How the customer comes, such as ``"voice"``, ``"chat"``, ``"mail"``; contracts may price by it.
    aht : float or None
        Average handle time of its contacts, seconds, where it differs from the queue's; None: the queue's.
        A contact that takes an agent twice as long costs those behind it twice the waiting, and is decided
        so; a simulation draws handle times of this mean.
    due_within : float or None
        Seconds from its arrival within which a back-office contact must be done, unless it says so
        itself. Set: the type may be deferred.

    Examples
    --------
    >>> night = ContactType(queue="service", sourcing=Sourcing.UNDERFLOW, hand_over=("daily 22:00-06:00",))
    >>> len(night.hand_over_spans)
    14
    """

    queue: Name
    sourcing: Sourcing = Sourcing.OVERFLOW
    data: tuple[Name, ...] = ()
    certificates: tuple[Name, ...] = ()
    skills: tuple[Name, ...] = ()
    language_level: WantedLevel = ""
    locations: tuple[AllowedLocation, ...] = ()
    hand_over: tuple[Name, ...] = ()
    aht: HandleTime | None = None
    due_within: PositiveSeconds | None = None
    channel: Name = "voice"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sourcing == Sourcing.UNDERFLOW and not self.hand_over:
            raise InputError("hand_over", "none", "the windows in which contacts sourced by underflow go out")
        if self.hand_over and self.sourcing not in (Sourcing.UNDERFLOW, Sourcing.OVERFLOW):
            raise InputError(
                "hand_over",
                f"windows beside sourcing {str(self.sourcing)!r}",
                "sourcing 'overflow' or 'underflow', or no windows",
            )
        try:
            opening_hours(tuple(self.hand_over))
        except InputError as complaint:
            raise InputError("hand_over", complaint.found, complaint.expected) from None

    @property
    def hand_over_spans(self) -> tuple[OpenSpan, ...]:
        """The hand-over windows, parsed; they follow the center's clock."""
        return opening_hours(tuple(self.hand_over))


class ValueClass(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Customers that a center would rather serve itself, and what that may cost.

    Attributes
    ----------
    keep_up_to : float
        Money: such a contact is kept while keeping it costs at most this much more than the cheapest
        vendor that may take it.
    """

    keep_up_to: Money


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One call, chat, mail or back-office case that somebody has to take.

    The router makes one of every contact it is asked about, so nothing is checked here: what the center
    does not know is decided by its rules (an unknown data class or skill bars every vendor). So is what is
    no text: None is unknown, anything else the text that it is shown as, and the decision says so. Of a
    text 200 characters are looked at, of data classes and skills 50 each.

    Attributes
    ----------
    type : str
        Contact type, as the center names it. An unknown one is decided by the center's fallback.
    language : str
        Language needed (BCP 47, such as ``"sv"``); empty: any.
    id : str
        The caller's own reference; only reported back.
    data : tuple of str
        Classes of personal data beside those of the type. A tuple, no list: it is part of a key, and any
        other collection makes a decision slower.
    country : str
        The customer's country (ISO 3166 alpha-2); empty: unknown.
    value_class : str
        Name of the customer's value class; empty or unknown to the center: none.
    due : float or None
        When it must be done, epoch seconds (back office); None: as its type says.
    skills : tuple of str
        Skills that it needs beside those of the type; a tuple, no list.
    unread : tuple of str
        What was told of it and could not be used, in words; `of` fills it, and decisions repeat it.

    Examples
    --------
    >>> Contact("service", language="sv", country="SE", skills=("billing",)).skills
    ('billing',)
    """

    type: str
    language: str = ""
    id: str = ""
    data: tuple[str, ...] = ()
    country: str = ""
    value_class: str = ""
    due: float | None = None
    skills: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: object) -> Contact:
        """A contact from texts of any quality: a record of a CRM, the headers of a call or a request.

        Keys are taken in any case, with hyphens, underscores or blanks, and with a leading ``X-``:

        ============== ================================================================================
        field          keys
        ============== ================================================================================
        `type`         type, contact type
        `language`     language, lang, contact language, content language, locale, accept language
        `id`           id, contact id, call id
        `data`         data, contact data, data classes, data class
        `country`      country, contact country, country code
        `value_class`  value class, contact value class
        `due`          due, contact due
        `skills`       skills, contact skills, skill
        ============== ================================================================================

        The first of them that tells something counts; other keys are not looked at. Bytes are read as
        UTF-8, else as the encoding that their first bytes or Western Europe use; blanks around a text are
        cut off; empty texts, None, nan, ``"null"``, ``"none"``, ``"undefined"`` and ``"n/a"`` are unknown.
        A language may be written ``sv_SE``, ``sv_SE.UTF-8``, ``swe``, ``Swedish``, or as an
        Accept-Language header, of which the most wanted counts; a country as its code, its name or the
        usual code of three letters. Data classes and skills may be a list, or a text with commas or
        semicolons between them. A due time is epoch seconds or an ISO 8601 text with its offset.

        Parameters
        ----------
        told : mapping, or pairs of key and value
            What was told; nothing in it raises.

        Returns
        -------
        Contact
            `unread` says what could not be used. A type, language, data class or skill that nobody can make
            sense of stays as it was told, so that the rules decide by it; anything else is unknown.

        Examples
        --------
        >>> headers = {"X-Contact-Type": b"service", "Accept-Language": "sv-SE,sv;q=0.9,en;q=0.8"}
        >>> contact = Contact.of({**headers, "X-Country": "Sweden", "skills": "billing, french"})
        >>> contact.type, contact.language, contact.country, contact.skills
        ('service', 'sv-SE', 'SE', ('billing', 'french'))
        >>> Contact.of({"type": "claim", "due": "tomorrow"}).unread
        ("contact.due is 'tomorrow', not epoch seconds nor a time with its offset",)
        """
        fields, unread = fields_of(told)
        return cls(**fields, unread=unread)
