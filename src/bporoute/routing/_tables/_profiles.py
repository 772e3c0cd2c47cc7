"""Profiles: what a type, a language and data classes of a contact come to, for every destination.

A contact is looked up once by its texts; from then on its profile is a row of the table of ways. The row
holds what changes seldom: which vendors no lasting rule bars (daily, with certificates and data rules) and
what a contact costs there.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import codes, columns
from bporoute._kernels.routing.records import Ticket
from bporoute.center._center import Center
from bporoute.center._contact import Contact, Sourcing
from bporoute.center._language import spoken_forms
from bporoute.routing._hard_rules import HARD_RULE_CODES, Request, barred, barred_in_house, requested
from bporoute.routing._outcome import Action
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._queue_watch import QueueWatch

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
MIX_MEMORY = 0.75
"""What is left of a contact's weight in the mix when the mix has been looked at."""

Key = tuple[str, str, tuple[str, ...], str, str, tuple[str, ...]]
Prices = Callable[[int, Request], tuple[float, float]]
"""Money for one more contact by the contract, and other money that it costs at this vendor."""


class Profile(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Contacts that are alike to every rule, and what they come to until a rule bars another vendor.

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
    ticket : Packed
        What the compiled call reads, at the address `ticket_at`.
    """

    number: int
    queue: int
    request: Request
    outcomes: tuple[tuple[Action, str | None], ...]
    barred: Mapping[str, int]
    ticket: Packed
    ticket_at: int

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names of the ways: the queue, then vendors."""
        return tuple(name for _, name in self.outcomes[1:] if name is not None)


class Profiles:
    """Every profile met so far, each a row of the table of ways.

    Attributes
    ----------
    listed : list of Profile
        What each row stands for.
    known : dict
        Texts of a contact -> its profile.
    """

    def __init__(
        self, center: Center, arrays: RoutingArrays, prices: Prices, watches: Sequence[QueueWatch]
    ) -> None:
        self._center = center
        self._arrays = arrays
        self._prices = prices
        self._watches = watches
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
        self.known: dict[Key, Profile] = {}
        self.listed: list[Profile] = []

    def find(self, contact: Contact) -> Profile:
        """The profile of a contact, made if it is the first."""
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
            type=asked.type if asked.contact_type else OTHER,
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
            self.known[raw] = self.listed[row]
            self._raw[row].append(raw)
        return self.listed[row]

    def begin_day(self, vendor: int, today: date) -> bool:
        """Judge every profile anew for a vendor on its local day; whether that changed anything."""
        if today == self._days[vendor]:
            return False
        self._days[vendor] = today
        name = self._names[vendor]
        changed = False
        for row, profile in enumerate(self.listed):
            code = self._judged(profile.request, vendor)
            if code != profile.barred.get(name, 0):
                self._lay_out(row, profile.request, dict(profile.barred) | {name: code})
                changed = True
        return changed

    def hand_over(self, types: frozenset[str]) -> set[int]:
        """Let these contact types go out whole from now on; numbers of the queues that this concerns."""
        self._handed_over = types
        changed = set()
        for row, profile in enumerate(self.listed):
            mode = self._mode(profile.request)
            here = self._arrays.ways[row, 0]
            if mode != here[columns.MODE]:
                here[columns.MODE] = mode
                changed.add(profile.queue)
        return changed

    def reprice(self, vendor: int) -> set[int]:
        """Price every profile anew for a vendor; numbers of the queues for whose contacts that changed."""
        changed = set()
        name = self._names[vendor]
        for row, profile in enumerate(self.listed):
            if name in profile.barred:
                continue
            ways = self._arrays.ways[row, 1 : self._count(row) + 1]
            way = next(way for way in ways if way[columns.VENDOR] == vendor)
            price, extra = self._prices(vendor, profile.request)
            if (price, extra) != (way[columns.PRICE], way[columns.EXTRA]):
                way[columns.PRICE : columns.EXTRA + 1] = price, extra
                changed.add(profile.queue)
        return changed

    def of(self, vendor: int) -> Iterator[Profile]:
        """The profiles whose contacts a vendor may take."""
        name = self._names[vendor]
        return (profile for profile in self.listed if name not in profile.barred)

    def seen(self, profile: Profile) -> float:
        """Contacts of a profile routed lately."""
        return float(self._arrays.ways[profile.number, 0, columns.SEEN])

    def queues_of(self, vendor: int) -> set[int]:
        """Numbers of the queues some of whose contacts a vendor may take."""
        name = self._names[vendor]
        return {profile.queue for profile in self.listed if name not in profile.barred}

    def weigh(self, queue: int) -> None:
        """Take over the handle times of the types of a queue."""
        for row, profile in enumerate(self.listed):
            if profile.queue == queue:
                self._weigh(row, queue, profile.request.type)

    def _weigh(self, row: int, queue: int, contact_type: str) -> None:
        handle = self._watches[queue].handle_of(contact_type)
        self._arrays.ways[row, 0, [columns.AHT_MULTIPLE, columns.AHT_SECONDS]] = handle

    def fade(self, queue: int) -> None:
        """Let the contacts of a queue routed so far count for less than those to come."""
        rows = self._arrays.ways[: len(self.listed), 0]
        rows[rows[:, columns.QUEUE] == queue, columns.SEEN] *= MIX_MEMORY

    def _language(self, asked: str) -> str:
        known = (form for form in spoken_forms(asked) if form in self._languages)
        return next(known, OTHER) if asked else ""

    def _count(self, row: int) -> int:
        return int(self._arrays.ways[row, 0, columns.VENDORS])

    def _judged(self, request: Request, vendor: int) -> int:
        return barred(request, self._vendors[vendor], self._center, self._days[vendor])

    def _mode(self, request: Request) -> int:
        if request.contact_type is None:
            return codes.OVERFLOW
        return codes.FULL if request.type in self._handed_over else MODES[request.contact_type.sourcing]

    def _add(self, request: Request, value_class: str) -> int:
        row = len(self.listed)
        self._arrays.lengthen_ways(row + 1)
        self._rows[request, value_class] = row
        self._raw[row] = []
        contact_type = request.contact_type
        queue = self._queues.index(contact_type.queue) if contact_type else 0
        valued = self._center.value_classes.get(value_class)
        here = self._arrays.ways[row, 0]
        self._arrays.ways[row] = 0.0
        here[columns.BARRED] = barred_in_house(request, self._center)
        here[columns.MODE] = self._mode(request)
        here[columns.PROTECTION] = valued.keep_up_to if valued else 0.0
        here[columns.QUEUE] = queue
        self._weigh(row, queue, request.type)
        takers = self._takers.get(request.type, ())
        verdicts = dict.fromkeys(self._names, HARD_RULE_CODES["contact_type"])
        verdicts |= {self._names[vendor]: self._judged(request, vendor) for vendor in takers}
        self._lay_out(row, request, verdicts)
        return row

    def _lay_out(self, row: int, request: Request, verdicts: Mapping[str, int]) -> None:
        """Write a row's vendors and make its profile."""
        open_to = [number for number, name in enumerate(self._names) if not verdicts.get(name, 0)]
        self._arrays.widen_ways(len(open_to) + 1)
        ways = self._arrays.ways[row]
        ways[0, columns.VENDORS] = len(open_to)
        for way, vendor in zip(ways[1:], open_to, strict=False):
            way[: columns.EXTRA + 1] = vendor, *self._prices(vendor, request)
        queue = int(ways[0, columns.QUEUE])
        fallback = FALLBACKS[self._center.fallback]
        name = self._queues[queue]
        ticket = Packed(Ticket)
        made = Profile(
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
            ticket.keep(Ticket(self._arrays.tables_at, row, queue, 1)),
        )
        if row == len(self.listed):
            self.listed.append(made)
            return
        old = self.listed[row]
        self.listed[row] = made
        for raw in self._raw[row]:
            self.known[raw] = made
        old.ticket.keep(old.ticket.kept._replace(valid=0))


def _known(names: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    return tuple(sorted({name if name in known else OTHER for name in names}))
