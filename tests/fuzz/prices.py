"""What a contract asks for a contact where only prices per contact and per minute are agreed."""

from __future__ import annotations

from typing import Any


def is_simple(contract: Any) -> bool:
    """Only prices per contact of a type or channel, and by the minute without steps."""
    plain = all(
        type(term).__name__ == "PerContact" and term.counts == "handled" and not term.free_up_to
        for term in contract.terms
    )
    return plain and not contract.tiers and contract.round_contacts is None


def by_contact(contract: Any, center: Any, kind: str) -> float:
    """Money for each handled contact of a type, minutes aside."""
    channel = center.contact_types[kind].channel
    return contract.price_per_contact + sum(
        term.price
        for term in contract.terms
        if (not term.contact_types or kind in term.contact_types)
        and (not term.channels or channel in term.channels)
    )
