"""When a contact counts for more than one: the multipliers of a contract."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from bporoute._base.clock import is_open, opening_hours
from bporoute._base.fields import Name
from bporoute.contracts._term import Term
from bporoute.errors import InputError


class Multiplier(Term, frozen=True, kw_only=True, tag="multiplier"):
    """A contact at certain hours, or in certain languages, counts as `factor` contacts (or minutes).

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

    Examples
    --------
    >>> night = Multiplier(factor=1.25, hours=("daily 22:00-06:00",))
    >>> [night.fits(datetime(2026, 11, 22, hour), "sv") for hour in (5, 6, 22)]
    [True, False, True]
    """

    factor: Annotated[float, Meta(gt=0, le=1000)]
    hours: tuple[Name, ...] = ()
    languages: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        opening_hours(tuple(self.hours))
        if not self.hours and not self.languages:
            raise InputError("hours", "neither hours nor languages", "hours, languages or both")

    def fits(self, local: datetime | None, language: str) -> bool:
        """Whether it counts for a contact that begins at a local time, in a language."""
        if self.languages:
            asked = f"{language.lower()}-"
            if not any(asked.startswith(f"{known.lower()}-") for known in self.languages):
                return False
        return not self.hours or (local is not None and is_open(opening_hours(tuple(self.hours)), local))


def combined_factor(multipliers: tuple[Multiplier, ...], local: datetime | None, language: str) -> float:
    """Product of the factors of all multipliers that fit."""
    return math.prod(each.factor for each in multipliers if each.fits(local, language))
