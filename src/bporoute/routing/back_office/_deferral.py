"""The answer for a contact that can wait: it joins the backlog of its queue until its due time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from bporoute.center._center import Center
from bporoute.center._contact import Contact, ContactType, Sourcing
from bporoute.routing._outcome import Action
from bporoute.routing.back_office._backlog import is_instant


class Deferral(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with one back-office contact: let it wait.

    Attributes
    ----------
    contact : Contact
        As it was taken, with its due time filled in.
    destination : str
        The queue in whose backlog it waits.
    at, due : float
        When it was taken, and when it must be done, epoch seconds.
    reason : str
        Until when it may wait and what happens to it, in words.
    action : Action
        ``Action.DEFER``.
    """

    contact: Contact
    destination: str
    at: float
    due: float
    reason: str
    action: Action = Action.DEFER

    def explain(self) -> str:
        """The deferral in words."""
        language = f" ({self.contact.language})" if self.contact.language else ""
        lines = [f"{self.contact.type}{language}: defer to the backlog of {self.destination}", self.reason]
        if self.contact.unread:
            lines.append(f"degraded: {'; '.join(self.contact.unread)}")
        return "\n  ".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def due_time(contact: Contact, contact_type: ContactType, now: float) -> float | None:
    """When a contact must be done, epoch seconds: as it says itself, else as its type says.

    None if it cannot be deferred: its type has no due time, or the clock does not tell when that is.

    >>> claim = ContactType(queue="service", due_within=3600.0)
    >>> due_time(Contact("claim"), claim, now=0.0), due_time(Contact("claim", due=60.0), claim, now=0.0)
    (3600.0, 60.0)
    """
    if contact_type.due_within is None or not is_instant(now):
        return None
    due = (
        contact.due if contact.due is not None and is_instant(contact.due) else now + contact_type.due_within
    )
    return float(due) if is_instant(due) else None


def deferred(contact: Contact, center: Center, now: float, due: float, before: int) -> Deferral:
    """The answer for a contact of a known type, `before` cases of whose queue are due before it."""
    contact_type = center.contact_types[contact.type]
    ahead = {0: "no other case", 1: "1 other case"}.get(before, f"{before} other cases")
    return Deferral(
        contact=msgspec.structs.replace(contact, due=due),
        destination=contact_type.queue,
        at=now,
        due=due,
        reason=(
            f"due {datetime.fromtimestamp(due, center.zone):%a %d %b %H:%M} {center.timezone}"
            f" ({_span(due - now)}), {ahead} before it; {_prospect(contact_type)}"
        ),
    )


def _span(seconds: float) -> str:
    hours = abs(seconds) / 3600.0
    return f"in {hours:.1f} h" if seconds >= 0.0 else f"{hours:.1f} h ago"


def _prospect(contact_type: ContactType) -> str:
    """What happens to a deferred contact of a type, in words."""
    if contact_type.sourcing in (Sourcing.FULL, Sourcing.SPECIALISED):
        return "goes to a vendor with the next batch"
    if contact_type.sourcing == Sourcing.IN_HOUSE:
        return "done when agents are free"
    return "done when agents are free, sent out if that is too late"
