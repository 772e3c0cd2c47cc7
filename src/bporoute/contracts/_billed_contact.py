"""One contact as a vendor bills it, its handle time known or by chance."""

from __future__ import annotations

from datetime import datetime

import msgspec

from bporoute.durations._laws import Distribution


class BilledContact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One contact as a vendor bills it.

    Attributes
    ----------
    handle : float or Distribution
        Handle time (talk, hold and wrap-up), seconds. A law of `bporoute.durations` stands for a contact
        that is still to come: all that it counts as is then an expectation over the law, exact.
    talk : float or None
        Talk time, seconds; None: all of the handle time.
    wait : float
        Wait at the vendor, seconds; it decides whether an unanswered contact was a short one, and when the
        minutes of an answered one began (of one to come: the mean wait of those who stay).
    answered, handled : bool
        An agent took it; the agent finished it (one that is not answered is not handled either).
    failed : bool
        The vendor failed to take it: it counts where failures are billed, and nowhere else.
    resolved : float
        1: no repeat followed within the days of the contract, 0: one did; before that is known, its
        probability. Counts only if handled.
    local : datetime or None
        When it began, on the vendor's clock; None: outside every window of a multiplier.
    language : str
        Its language (BCP 47); empty: none that a multiplier names.
    contact_type, channel : str
        By which terms may count it or not; empty: none that a term names.
    """

    handle: float | Distribution = 0.0
    talk: float | None = None
    wait: float = 0.0
    answered: bool = True
    handled: bool = True
    failed: bool = False
    resolved: float = 1.0
    local: datetime | None = None
    language: str = ""
    contact_type: str = ""
    channel: str = ""


def is_short(contact: BilledContact, seconds: float) -> bool:
    """Whether it was over within some seconds: handled in them, or given up; its time is known."""
    return (contact.handle if contact.answered else contact.wait) <= seconds  # type: ignore[operator]  # its time is known
