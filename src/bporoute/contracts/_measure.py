"""What a contact counts as when it is billed: a contact, or minutes in full steps."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

import msgspec

from bporoute._base.fields import PositiveSeconds, Seconds
from bporoute.errors import InputError

Counted = Literal["offered", "answered", "handled", "resolved", "handle_minutes", "talk_minutes"]

# A billionth of a step over a full step is a rounding error of the clock, not a further step.
_STEP_TOLERANCE = 1e-9


class BilledContact(msgspec.Struct, frozen=True, kw_only=True):
    """One contact as a vendor bills it.

    Attributes
    ----------
    handle : float
        Handle time (talk, hold and wrap-up), seconds.
    talk : float or None
        Talk time, seconds; None: all of the handle time.
    wait : float
        Wait at the vendor, seconds; it decides whether an unanswered contact was a short one.
    answered, handled : bool
        An agent took it; the agent finished it (one that is not answered is not handled either).
    resolved : float
        1: no repeat followed within the days of the contract, 0: one did; before that is known, its
        probability. Counts only if handled.
    local : datetime or None
        When it began, on the vendor's clock; None: outside every window of a multiplier.
    language : str
        Its language (BCP 47); empty: none that a multiplier names.
    """

    handle: float = 0.0
    talk: float | None = None
    wait: float = 0.0
    answered: bool = True
    handled: bool = True
    resolved: float = 1.0
    local: datetime | None = None
    language: str = ""


class Measure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a term counts: contacts, or minutes rounded contact by contact.

    Attributes
    ----------
    counts : str
        ``offered``, ``answered``, ``handled`` or ``resolved`` contacts; ``handle_minutes`` or
        ``talk_minutes`` of answered contacts.
    step : float or None
        Each contact is billed in full steps of this many seconds (1, 6, 30, 60); None: not rounded.
    minimum : float
        Each answered contact is billed as at least this many seconds.
    free_up_to : float
        Short contacts, up to this many seconds, count nothing: handle time of an answered contact, wait
        of another. 0: none is free.

    Examples
    --------
    >>> Measure(counts="handle_minutes", step=60, minimum=30).units(BilledContact(handle=61))
    2.0
    >>> Measure(counts="offered", free_up_to=5).units(BilledContact(answered=False, wait=4))
    0.0
    """

    counts: Counted = "handled"
    step: PositiveSeconds | None = None
    minimum: Seconds = 0.0
    free_up_to: Seconds = 0.0

    def __post_init__(self) -> None:
        if not self.in_minutes and (self.step is not None or self.minimum):
            raise InputError(
                "minimum" if self.step is None else "step",
                f"one for {self.counts} contacts",
                "none: a step and a minimum belong to minutes",
            )

    @property
    def needs_contacts(self) -> bool:
        """Whether totals do not tell it: it depends on how long each single contact is."""
        return self.step is not None or self.minimum > 0.0 or self.free_up_to > 0.0

    @property
    def in_minutes(self) -> bool:
        """Whether it counts minutes, not contacts."""
        return self.counts in ("handle_minutes", "talk_minutes")

    def units(self, contact: BilledContact) -> float:
        """Contacts or minutes that one contact counts as, multipliers apart."""
        if self.free_up_to and is_short(contact, self.free_up_to):
            return 0.0
        if self.counts == "offered":
            return 1.0
        if not contact.answered:
            return 0.0
        if self.in_minutes:
            return self._billed(contact) / 60.0
        if self.counts == "answered":
            return 1.0
        return 0.0 if not contact.handled else 1.0 if self.counts == "handled" else float(contact.resolved)

    def _billed(self, contact: BilledContact) -> float:
        """Seconds billed: at least the minimum, in full steps."""
        talked = contact.handle if contact.talk is None else contact.talk
        seconds = max(talked if self.counts == "talk_minutes" else contact.handle, self.minimum)
        if self.step is None:
            return seconds
        return math.ceil(seconds / self.step - _STEP_TOLERANCE) * self.step


HANDLED = Measure(counts="handled")
HANDLE_MINUTES = Measure(counts="handle_minutes")


def is_short(contact: BilledContact, seconds: float) -> bool:
    """Whether it was over within some seconds: handled in them, or given up."""
    return (contact.handle if contact.answered else contact.wait) <= seconds
