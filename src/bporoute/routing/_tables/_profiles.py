"""Kinds of contact: what a type, a language and data classes come to, for every destination.

A contact is looked up once by its texts; from then on its kind is a row of the table of ways. The row holds
what changes seldom: which vendors no lasting rule bars (daily, with certificates and data rules) and what a
contact costs there.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from datetime import date

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.center._contact import Contact, Sourcing
from bporoute.center._language import spoken_forms
from bporoute.routing._decision import Action
from bporoute.routing._hard_rules import Request, barred, barred_in_house, requested

MODES = {
    Sourcing.IN_HOUSE: codes.IN_HOUSE,
    Sourcing.OVERFLOW: codes.OVERFLOW,
    Sourcing.FULL: codes.FULL,
    Sourcing.SPECIALISED: codes.SPECIALISED,
    Sourcing.UNDERFLOW: codes.IN_HOUSE,
}
FALLBACKS = {"keep": Action.KEEP, "reject": Action.REJECT, "callback": Action.CALLBACK}
MOST_RAW_PROFILES = 65_536
OTHER = "\0"
"""Stands for all types, languages and data classes that the center does not know; no name can be this."""
ROOM = 16
MIX_MEMORY = 0.75
"""What is left of a contact's weight in the mix when the mix has been looked at."""

Outcome = tuple[Action, str | None]
Key = tuple[str, str, tuple[str, ...], str, str, tuple[str, ...]]
Prices = Callable[[int, Request], tuple[float, float]]
"""Money for one more contact by the contract, and other money that it costs at this vendor."""


class Kind(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a kind of contact comes to, until a rule bars another vendor.

    Attributes
    ----------
    number, queue : int
        Row in the table of ways, number of its queue.
    request : Request
        What it stands for.
    outcomes : tuple of (Action, str or None)
        What choosing way -1 (nobody: the fallback), 0 (in-house), 1, 2, .. means, in this order.
    barred : mapping of str to int
        Vendors that a lasting rule bars, and its code.
    ticket : array
        What the compiled call reads, at the address `ticket_at`.
    """

    number: int
    queue: int
    request: Request
    outcomes: tuple[Outcome, ...]
    barred: Mapping[str, int]
    ticket: Integers
    ticket_at: int

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names of the ways: the queue, then vendors."""
        return tuple(name for _, name in self.outcomes[1:] if name is not None)


class Profiles:
    """Every kind of contact met so far, as rows of an array; grows by itself.

    Attributes
    ----------
    ways : array, (rows, ways, columns)
        As `bporoute._kernels.routing.columns` says.
    kinds : list of Kind
        What each row stands for.
    known : dict
        Texts of a contact -> its kind.
    """

    def __init__(self, center: Center, frame_at: int, prices: Prices) -> None:
        self._center = center
        self._frame_at = frame_at
        self._prices = prices
        self._queues = tuple(center.queues)
        self._vendors = tuple(center.vendors.values())
        self._names = tuple(center.vendors)
        self._takers: dict[str, list[int]] = {}
        for number, vendor in enumerate(self._vendors):
            for contact_type in vendor.contact_types:
                self._takers.setdefault(contact_type, []).append(number)
        multipliers = (each for vendor in self._vendors for each in vendor.contract.multipliers)
        named = {language.lower() for each in multipliers for language in each.languages}
        self._languages = center.languages | named
        self._countries = {vendor.country for vendor in self._vendors} | {center.country or ""}
        self._skills = {skill for vendor in self._vendors for skill in vendor.skills}
        self._handed_over: frozenset[str] = frozenset()
        self._rows: dict[tuple[Request, str], int] = {}
        self._raw: dict[int, list[Key]] = {}
        self._days: list[date] = [date.min] * len(self._vendors)
        self.known: dict[Key, Kind] = {}
        self.kinds: list[Kind] = []
        self.ways: Floats = np.zeros((ROOM, 2, codes.WAY_COLUMNS))

    def find(self, contact: Contact) -> Kind:
        """The kind of a contact, made if it is the first."""
        raw = (
            contact.type,
            contact.language,
            tuple(contact.data),
            contact.country,
            contact.value_class,
            tuple(contact.skills),
        )
        known = self.known.get(raw)
        if known is not None:
            return known
        asked = requested(contact, self._center)
        request = asked._replace(
            type=asked.type if asked.kind else OTHER,
            language=self._language(asked.language),
            data=_known(asked.data, self._center.data_rules),
            country=asked.country if asked.country in self._countries else OTHER if asked.country else "",
            skills=_known(asked.skills, self._skills),
        )
        value_class = contact.value_class if contact.value_class in self._center.value_classes else ""
        row = self._rows.get((request, value_class))
        if row is None:
            row = self._add(request, value_class)
        if len(self.known) < MOST_RAW_PROFILES:  # callers' texts must not fill the memory
            self.known[raw] = self.kinds[row]
            self._raw[row].append(raw)
        return self.kinds[row]

    def begin_day(self, vendor: int, today: date) -> bool:
        """Judge every kind anew for a vendor on its local day; whether that changed anything."""
        if today == self._days[vendor]:
            return False
        self._days[vendor] = today
        name = self._names[vendor]
        changed = False
        for row, kind in enumerate(self.kinds):
            code = self._judged(kind.request, vendor)
            if code != kind.barred.get(name, 0):
                self._lay_out(row, kind.request, dict(kind.barred) | {name: code})
                changed = True
        return changed

    def hand_over(self, types: frozenset[str]) -> set[int]:
        """Let these contact types go out whole from now on; numbers of the queues that this concerns."""
        self._handed_over = types
        changed = set()
        for row, kind in enumerate(self.kinds):
            mode = self._mode(kind.request)
            if mode != self.ways[row, 0, codes.MODE]:
                self.ways[row, 0, codes.MODE] = mode
                changed.add(kind.queue)
        return changed

    def reprice(self, vendor: int) -> set[int]:
        """Price every kind anew for a vendor; numbers of the queues for whose contacts that changed."""
        changed = set()
        name = self._names[vendor]
        for row, kind in enumerate(self.kinds):
            if name in kind.barred:
                continue
            way = next(w for w in range(1, self._count(row) + 1) if self.ways[row, w, codes.VENDOR] == vendor)
            price, extra = self._prices(vendor, kind.request)
            old = self.ways[row, way, codes.PRICE], self.ways[row, way, codes.EXTRA]
            if (price, extra) != old:
                self.ways[row, way, codes.PRICE : codes.EXTRA + 1] = price, extra
                changed.add(kind.queue)
        return changed

    def queues_of(self, vendor: int) -> set[int]:
        """Numbers of the queues some of whose contacts a vendor may take."""
        name = self._names[vendor]
        return {kind.queue for kind in self.kinds if name not in kind.barred}

    def fade(self, queue: int) -> None:
        """Let the contacts of a queue routed so far count for less than those to come."""
        rows = self.ways[: len(self.kinds), 0]
        rows[rows[:, codes.QUEUE] == queue, codes.SEEN] *= MIX_MEMORY

    def _language(self, asked: str) -> str:
        known = (form for form in spoken_forms(asked) if form in self._languages)
        return next(known, OTHER) if asked else ""

    def _count(self, row: int) -> int:
        return int(self.ways[row, 0, codes.VENDORS])

    def _judged(self, request: Request, vendor: int) -> int:
        return barred(request, self._vendors[vendor], self._center, self._days[vendor])

    def _mode(self, request: Request) -> int:
        if request.kind is None:
            return codes.OVERFLOW
        return codes.FULL if request.type in self._handed_over else MODES[request.kind.sourcing]

    def _add(self, request: Request, value_class: str) -> int:
        row = len(self.kinds)
        if row == len(self.ways):
            self.ways = np.concatenate([self.ways, np.zeros_like(self.ways)])
        self._rows[request, value_class] = row
        self._raw[row] = []
        kind = request.kind
        queue = self._queues.index(kind.queue) if kind else 0
        valued = self._center.value_classes.get(value_class)
        self.ways[row] = 0.0
        self.ways[row, 0, codes.BARRED] = barred_in_house(request, self._center)
        self.ways[row, 0, codes.MODE] = self._mode(request)
        self.ways[row, 0, codes.PROTECTION] = valued.keep_up_to if valued else 0.0
        self.ways[row, 0, codes.QUEUE] = queue
        takers = self._takers.get(request.type, ())
        verdicts = dict.fromkeys(self._names, int(codes.CONTACT_TYPE))
        verdicts |= {self._names[vendor]: self._judged(request, vendor) for vendor in takers}
        self._lay_out(row, request, verdicts)
        return row

    def _lay_out(self, row: int, request: Request, verdicts: Mapping[str, int]) -> None:
        """Write a row's vendors and make its kind."""
        open_to = [number for number, name in enumerate(self._names) if not verdicts.get(name, 0)]
        if len(open_to) + 1 > self.ways.shape[1]:
            wider = np.zeros((len(self.ways), len(open_to) + 1, codes.WAY_COLUMNS))
            wider[:, : self.ways.shape[1]] = self.ways
            self.ways = wider
        self.ways[row, 0, codes.VENDORS] = len(open_to)
        for way, vendor in enumerate(open_to, start=1):
            price = self._prices(vendor, request)
            self.ways[row, way, : codes.EXTRA + 1] = vendor, *price
        queue = int(self.ways[row, 0, codes.QUEUE])
        fallback = FALLBACKS[self._center.fallback]
        name = self._queues[queue]
        ticket = np.array([self._frame_at, row, queue, 1], dtype=np.int64)
        made = Kind(
            row,
            queue,
            request,
            (
                (fallback, name if fallback == Action.KEEP else None),
                (Action.KEEP, name),
                *((Action.OVERFLOW, self._names[vendor]) for vendor in open_to),
            ),
            {name: code for name, code in verdicts.items() if code},
            ticket,
            ticket.ctypes.data,
        )
        if row == len(self.kinds):
            self.kinds.append(made)
            return
        old = self.kinds[row]
        self.kinds[row] = made
        for raw in self._raw[row]:
            self.known[raw] = made
        old.ticket[codes.VALID] = 0


def _known(names: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    return tuple(sorted({name if name in known else OTHER for name in names}))
