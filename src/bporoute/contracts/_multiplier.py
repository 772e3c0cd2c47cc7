"""When a contact counts for more than one: the multipliers of a contract."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

from bporoute._base.clock import is_open, opening_hours
from bporoute._base.fields import Name
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._measure import PLAIN, Factors
from bporoute.contracts._term import Term
from bporoute.errors import InputError

DAY = 86_400.0


class Multiplier(Term, frozen=True, kw_only=True, tag="multiplier"):
    """A contact at certain hours, in certain languages or by certain channels counts as `factor` contacts.

    So it does in every term that counts contacts or minutes: in prices, and also towards tiers,
    allowances and commitments. Of several multipliers that fit a contact, the product counts.

    Attributes
    ----------
    factor : float
        Above 0; 1.25: a quarter more.
    hours : tuple of str
        Windows on the vendor's clock, such as ``"daily 22:00-06:00"``; empty: at any time.
    languages : tuple of str
        ``"en"`` fits ``"en-GB"`` too; empty: any language.
    contact_types, channels : tuple of str
        Of these types, by these channels; empty: any.
    decided : {"at_begin", "by_minute"}
        Whether the window in which a contact begins decides for all of it, or each of its minutes (each
        billed block) counts by the window in which it begins, the first when the contact is answered.
        Counted contacts go by their begin.

    Examples
    --------
    >>> night = Multiplier(factor=1.25, hours=("daily 22:00-06:00",))
    >>> [night.fits(BilledContact(local=datetime(2026, 11, 22, hour))) for hour in (5, 6, 22)]
    [True, False, True]
    """

    factor: Annotated[float, Meta(gt=0, le=1000)]
    hours: tuple[Name, ...] = ()
    languages: tuple[Name, ...] = ()
    contact_types: tuple[Name, ...] = ()
    channels: tuple[Name, ...] = ()
    decided: Literal["at_begin", "by_minute"] = "at_begin"

    def __post_init__(self) -> None:
        super().__post_init__()
        opening_hours(tuple(self.hours))
        if not (self.hours or self.languages or self.contact_types or self.channels):
            found = "neither hours nor languages, contact types or channels"
            raise InputError("hours", found, "hours, or another of them")
        if self.decided == "by_minute" and not self.hours:
            raise InputError("decided", "'by_minute' without hours", "hours, or 'at_begin'")

    def fits(self, contact: BilledContact) -> bool:
        """Whether it counts for a contact at its begin."""
        return self.concerns(contact) and self.holds(contact.local)

    def concerns(self, contact: BilledContact) -> bool:
        """Whether a contact is of its languages, types and channels."""
        if self.languages:
            asked = f"{contact.language.lower()}-"
            if not any(asked.startswith(f"{known.lower()}-") for known in self.languages):
                return False
        return (not self.contact_types or contact.contact_type in self.contact_types) and (
            not self.channels or contact.channel in self.channels
        )

    def holds(self, local: datetime | None) -> bool:
        """Whether a time on the vendor's clock, `local`, is in its windows."""
        return not self.hours or (local is not None and is_open(opening_hours(tuple(self.hours)), local))


def combined_factor(multipliers: tuple[Multiplier, ...], contact: BilledContact) -> float:
    """Product of the factors of all multipliers that fit a contact at its begin."""
    return math.prod(each.factor for each in multipliers if each.fits(contact))


def factors_of(multipliers: tuple[Multiplier, ...], contact: BilledContact) -> Factors:
    """By what factors a contact counts from its begin on, and its minutes from its answer on, for 24 hours.

    As seconds after the answer (the begin and `BilledContact.wait`) from which on a factor holds.

    >>> night = Multiplier(factor=1.25, hours=("daily 22:00-06:00",), decided="by_minute")
    >>> factors_of((night,), BilledContact(local=datetime(2026, 11, 22, 21, 58)))
    ((0.0, 1.0), (120.0, 1.25), (28920.0, 1.0))
    >>> factors_of((night,), BilledContact(local=datetime(2026, 11, 22, 21, 58), wait=180))
    ((-180.0, 1.0), (-60.0, 1.25), (28740.0, 1.0))
    """
    if not multipliers:
        return PLAIN
    moving = moving_factors(multipliers, contact)
    at_begin = combined_factor(multipliers, contact)
    fixed = at_begin / moving[0][1]
    waited = contact.wait if len(moving) > 1 else 0.0
    return tuple((start - waited, fixed * factor) for start, factor in moving)


def moving_factors(
    multipliers: tuple[Multiplier, ...], contact: BilledContact, hours: float = 0.0
) -> Factors:
    """Product of the factors that each minute follows, from so many hours before its begin to 24 after it.

    As seconds after the begin from which on a factor holds; a single pair if none of them changes.
    """
    moving = tuple(each for each in multipliers if each.decided == "by_minute" and each.concerns(contact))
    if contact.local is None or not moving:
        return PLAIN
    return _moving(moving, contact.local, hours)


@lru_cache(maxsize=1024)
def _moving(multipliers: tuple[Multiplier, ...], begin: datetime, hours: float) -> Factors:
    """See `moving_factors`; kept, as the prices of all kinds of contacts ask for the same instant."""
    first = begin - timedelta(hours=hours)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (begin - midnight).total_seconds()
    edges = {
        60.0 * edge + DAY * later - since
        for each in multipliers
        for span in opening_hours(tuple(each.hours))
        for edge in (span.start, span.end)
        for later in (0, 1, 2)
    }
    earliest = 0.0 - 3600.0 * hours
    found: list[tuple[float, float]] = []
    for start in sorted({earliest, *(edge for edge in edges if earliest < edge < DAY)}):
        local = begin + timedelta(seconds=start)
        factor = math.prod(each.factor for each in multipliers if each.holds(local))
        if not found or found[-1][1] != factor:
            found.append((start, factor))
    return tuple(found)
