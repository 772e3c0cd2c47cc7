"""Why a line of an invoice is not what is owed."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple, get_args

Reason = Literal[
    "duplicate",
    "not_in_records",
    "outside_period",
    "not_answered",
    "not_resolved",
    "short_call",
    "step",
    "minutes",
    "contacts",
    "tier",
    "multiplier",
    "price",
    "arithmetic",
    "not_agreed",
    "tax",
    "credit_missing",
    "other",
    "not_billed",
    "rounding",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
MEANINGS: dict[Reason, str] = {
    "duplicate": "billed more than once",
    "not_in_records": "not in our records",
    "outside_period": "outside the period",
    "not_answered": "not answered",
    "not_resolved": "not resolved",
    "short_call": "short calls that are free",
    "step": "billed in other steps than agreed",
    "minutes": "other minutes than recorded",
    "contacts": "other numbers than recorded",
    "tier": "at the price of another tier",
    "multiplier": "at another multiplier",
    "price": "at another price than agreed",
    "arithmetic": "quantity times price is not the amount",
    "not_agreed": "no term of the contract",
    "tax": "tax, where net amounts are compared",
    "credit_missing": "credits missing",
    "other": "explained by no single term",
    "not_billed": "owed and not billed",
    "rounding": "fractions of a cent",
}


class Because(NamedTuple):
    """A part of a difference: why, how much, and in words what was done instead of what."""

    reason: Reason
    amount: Decimal
    text: str
