"""What a contract period is still to bring: the forecast that a marginal price looks ahead with."""

from __future__ import annotations

import msgspec

from bporoute.errors import InputError, shown


class RemainingForecast(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Contacts that the vendor will still get in the period, after the one in question.

    Their number is normal; the part of the normal distribution below zero counts as no contact at all.
    They are taken to be like the average contact of the period so far.

    Attributes
    ----------
    contacts : float
        Mean number, at least 0.
    cv : float
        Standard deviation over mean, at least 0; 0: the number is certain.
    """

    contacts: float
    cv: float = 0.0

    def __post_init__(self) -> None:
        for name in ("contacts", "cv"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1e12:
                raise InputError(name, shown(value), "a number of at least 0")
