"""Which contacts a trial compares: those that might have gone to the vendor as well as to others."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Integers
from bporoute._base.clock import is_open
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.governance._vendor_contacts import VendorContacts
from bporoute.routing._hard_rules import (
    HARD_RULES,
    barred,
    barred_in_house,
    closed,
    queue_status,
    requested,
)


class Compared(NamedTuple):
    """Contacts of a trial.

    Attributes
    ----------
    fair : array of bool, shape (n,)
        The vendor and the in-house queue might both have taken the contact.
    vendor : array of bool, shape (n,)
        The vendor has it.
    days, hours : array of int, shape (n,)
        Ordinal of the day and hour of the day of its arrival, by the center's clock.
    notes : tuple of str
        What is not compared, and why.
    """

    fair: Flags
    vendor: Flags
    days: Integers
    hours: Integers
    notes: tuple[str, ...]

    def before(self, day: int) -> Compared:
        """Those of the days before a day."""
        kept = self.days < day
        return Compared(self.fair[kept], self.vendor[kept], self.days[kept], self.hours[kept], self.notes)


def compared(contacts: VendorContacts, center: Center, name: str) -> Compared:
    """Sort out the contacts of which chance may have decided who takes them, by the router's hard rules.

    The term of the contract is not looked at, as a trial is planned before. Contacts whose type the file does
    not tell are taken for some that the vendor may have.
    """
    vendor = center.vendors[name]

    @cache
    def objection(kind: str, language: str, day: date) -> str:
        if not kind:
            return ""
        request = requested(Contact(kind, language=language), center)
        code = barred(request, vendor, center, day)
        if code:
            return HARD_RULES[code].name.replace("_", " ")
        return "not taken in-house" if barred_in_house(request, center) else ""

    def reason(kind: str, language: str, start: float, local: datetime) -> str:
        theirs = datetime.fromtimestamp(start, vendor.zone)
        found = objection(kind, language, theirs.date())
        if found:
            return found
        if closed(vendor, theirs):
            return f"{name} closed"
        if config := center.contact_types.get(kind):
            if queue_status(center.queues[config.queue], local):
                return "in-house closed"
            if is_open(config.hand_over_spans, local) if config.hand_over else False:
                return "handed over whole"
        return ""

    locals_ = [datetime.fromtimestamp(start, center.zone) for start in contacts.starts.tolist()]
    reasons = [
        reason(*row)
        for row in zip(
            contacts.contact_types, contacts.languages, contacts.starts.tolist(), locals_, strict=True
        )
    ]
    told = [f"{counted(count, 'contact')} ({why})" for why, count in Counter(reasons).most_common() if why]
    notes = [f"not compared, as not both might have them: {', '.join(told)}"] if told else []
    if contacts.contact_types and not any(contacts.contact_types):
        notes.append(f"the file tells no contact types: all are taken for some that {name} may have")
    return Compared(
        np.array([not why for why in reasons], dtype=bool),
        np.array([who == name for who in contacts.vendors], dtype=bool),
        np.array([local.toordinal() for local in locals_], dtype=np.int64),
        np.array([local.hour for local in locals_], dtype=np.int64),
        tuple(notes),
    )
