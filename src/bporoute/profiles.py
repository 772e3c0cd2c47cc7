"""Kinds of contact: what a type, a language and data classes come to, for every destination.

A contact is looked up once by its texts; from then on it is a row number. Rows hold what changes seldom:
which rule bars which destination (daily, with certificates and data rules) and what a contact costs there.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from bporoute._kernels import decision as codes
from bporoute.center import Center
from bporoute.contact import Contact, Sourcing
from bporoute.rules import Request, barred, barred_in_house, requested, spoken_forms

MODES = {
    Sourcing.IN_HOUSE: codes.IN_HOUSE,
    Sourcing.OVERFLOW: codes.OVERFLOW,
    Sourcing.FULL: codes.FULL,
    Sourcing.SPECIALISED: codes.SPECIALISED,
}
MOST_RAW_PROFILES = 65_536
OTHER = "\0"
"""Stands for all types, languages and data classes that the center does not know; no name can be this."""
ROOM = 16
MIX_STEP = 256
MIX_MEMORY = 0.75
"""What is left of a contact's weight in the mix after `MIX_STEP` more."""


class Profiles:
    """Every kind of contact met so far, as rows of arrays; grows by itself.

    Attributes
    ----------
    kinds : array of int, (rows, 2)
        Queue and sourcing mode.
    ways : array, (rows, destinations, 2)
        Code of the rule that bars a destination (0: none) and the price of a contact there (money).
    requests : list of Request
        What each row stands for.
    seen : list of float
        Contacts routed lately, by row; halved now and then, so that old ones fade.
    """

    def __init__(self, center: Center) -> None:
        self._center = center
        self._queues = tuple(center.queues)
        self._vendors = tuple(center.vendors.values())
        self._languages = center.languages
        self._rows: dict[object, int] = {}
        self._days: list[date] = [date.min] * len(self._vendors)
        self._sent = [0] * len(self._vendors)
        self.requests: list[Request] = []
        self.seen: list[float] = []
        self._counted = [0] * len(self._queues)
        self.kinds = np.zeros((ROOM, 2), dtype=np.int64)
        self.ways = np.zeros((ROOM, len(self._vendors) + 1, 2))

    def row(self, contact: Contact) -> int:
        """The row of a contact's profile, made if it is the first of its kind."""
        raw = (contact.type, contact.language, tuple(contact.data))
        known = self._rows.get(raw)
        return self._find(raw, contact) if known is None else known

    def count(self, row: int) -> bool:
        """Count a routed contact; whether the mix of its queue should be looked at anew.

        That is after 1, 2, 4, .. 256 contacts, and after every 256 from then on.
        """
        self.seen[row] += 1.0
        queue = int(self.kinds[row, codes.PROFILE_QUEUE])
        counted = self._counted[queue] = self._counted[queue] + 1
        if counted % MIX_STEP == 0:
            for other in range(len(self.seen)):
                if self.kinds[other, codes.PROFILE_QUEUE] == queue:
                    self.seen[other] *= MIX_MEMORY
            return True
        return counted < MIX_STEP and counted & (counted - 1) == 0

    def begin_day(self, vendor: int, today: date) -> None:
        """Judge every profile anew for a vendor on its local day."""
        if today != self._days[vendor]:
            self._days[vendor] = today
            for row in range(len(self.requests)):
                self._judge(row, vendor)

    def reprice(self, vendor: int, sent: int) -> None:
        """Price every profile anew for a vendor that was sent so many contacts in its period."""
        self._sent[vendor] = sent
        for row in range(len(self.requests)):
            self._price(row, vendor)

    def _find(self, raw: tuple[str, str, tuple[str, ...]], contact: Contact) -> int:
        asked = requested(contact, self._center)
        request = Request(
            asked.type if asked.kind else OTHER,
            asked.kind,
            self._language(asked.language),
            tuple(sorted({name if name in self._center.data_rules else OTHER for name in asked.data})),
        )
        row = self._rows.get(request)
        if row is None:
            row = self._rows[request] = self._add(request)
        if len(self._rows) < MOST_RAW_PROFILES:  # callers' texts must not fill the memory
            self._rows[raw] = row
        return row

    def _language(self, asked: str) -> str:
        known = (form for form in spoken_forms(asked) if form in self._languages)
        return next(known, OTHER) if asked else ""

    def _add(self, request: Request) -> int:
        row = len(self.requests)
        if row == len(self.kinds):
            self.kinds = np.concatenate([self.kinds, np.zeros_like(self.kinds)])
            self.ways = np.concatenate([self.ways, np.zeros_like(self.ways)])
        self.requests.append(request)
        self.seen.append(0.0)
        kind = request.kind
        queue = self._queues.index(kind.queue) if kind else 0
        self.kinds[row] = queue, MODES[kind.sourcing] if kind else codes.OVERFLOW
        self.ways[row, 0, codes.BARRED] = barred_in_house(request, self._center)
        for vendor in range(len(self._vendors)):
            self._judge(row, vendor)
            self._price(row, vendor)
        return row

    def _judge(self, row: int, vendor: int) -> None:
        code = barred(self.requests[row], self._vendors[vendor], self._center, self._days[vendor])
        self.ways[row, vendor + 1, codes.BARRED] = code

    def _price(self, row: int, vendor: int) -> None:
        queue = self._center.queues[self._queues[self.kinds[row, codes.PROFILE_QUEUE]]]
        price = self._vendors[vendor].contract.price(queue.aht, self._sent[vendor])
        self.ways[row, vendor + 1, codes.PRICE] = price
