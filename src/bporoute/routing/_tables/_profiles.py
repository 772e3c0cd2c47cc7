"""Profiles: what a type, a language and data classes of a contact come to, for every destination.

A contact is looked up once by its texts; from then on its profile is a row of the table of ways. The row
holds what changes seldom: which vendors no lasting rule bars (daily, with certificates and data rules) and
what a contact costs there.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._kernels.routing import codes, columns
from bporoute._kernels.routing.price_classes import MOST_KINDS
from bporoute._kernels.routing.records import Ticket
from bporoute.center._center import Center
from bporoute.center._contact import Contact, Sourcing
from bporoute.center._contact_told import kind_of, with_kind_read
from bporoute.center._data_rules import UNITED_STATES
from bporoute.center._language import spoken_forms
from bporoute.routing._hard_rules import Request, barred_in_house, requested
from bporoute.routing._outcome import Action
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._kinds import Kinds
from bporoute.routing._tables._price_list import EXTRA, MINUTES, MONEY, PriceList
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing._tables._verdicts import Verdicts

MODES = {
    Sourcing.IN_HOUSE: codes.IN_HOUSE,
    Sourcing.OVERFLOW: codes.OVERFLOW,
    Sourcing.FULL: codes.FULL,
    Sourcing.SPECIALISED: codes.SPECIALISED,
    Sourcing.UNDERFLOW: codes.IN_HOUSE,
}
FALLBACKS = {"keep": Action.KEEP, "reject": Action.REJECT, "callback": Action.CALLBACK}
VALID = Ticket._fields.index("valid")
"""All fields of a ticket are words, so this is also its place in one that is packed."""
_NO_TICKET: Integers = np.zeros(0, dtype=np.int64)
"""Of a profile by which nothing is decided."""
_HANDLE_TIME = slice(columns.AHT_MULTIPLE, columns.AHT_SECONDS + 1)
OTHER = "\0"
"""Stands for all types, languages and data classes that the center does not know; no name can be this."""
USUAL_COUNTRY, USUAL_LANGUAGE = len("SE"), len("sv-SE")


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
    ticket : array
        The words of a packed `Ticket`, which the compiled call reads at the address `ticket_at`.
    """

    number: int
    queue: int
    request: Request
    outcomes: tuple[tuple[Action, str | None], ...]
    barred: Mapping[str, int]
    ticket: Integers
    ticket_at: int

    @classmethod
    def to_settle(cls, number: int, queue: str, request: Request) -> Profile:
        """What settling looks at, by the number of a queue (-1: it is gone); no decision is made by it."""
        return cls(0, number, request, ((Action.KEEP, queue),) * 2, {}, _NO_TICKET, 0)

    def outdate(self) -> None:
        """From now on the profile has another ticket, if it has any."""
        self.ticket[VALID] = 0

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names of the ways: the queue, then vendors."""
        return tuple(name for _, name in self.outcomes[1:] if name is not None)


class _Layout(NamedTuple):
    """Which vendors follow the queue in the ways of a profile: the same for many profiles.

    `ways` holds the way of each vendor, 0 where a rule bars it.
    """

    outcomes: tuple[tuple[Action, str | None], ...]
    barred: Mapping[str, int]
    open_to: Integers
    ways: Integers


class Profiles:
    """Every profile met so far, each a row of the table of ways.

    Attributes
    ----------
    listed : list of Profile
        What each row stands for.
    known : dict
        Texts of a contact -> its profile, as far as they are at hand; see `bporoute.routing._tables._kinds`.
    prices : PriceList
        By which their contacts are priced.
    moved : set of int
        Queues some of whose contacts may go to others than before: their rules are to be solved anew.
    whole : bool
        False while a row is written, and for good if that was interrupted, see `mend`.
    """

    def __init__(
        self, center: Center, arrays: RoutingArrays, prices: PriceList, watches: Sequence[QueueWatch]
    ) -> None:
        self._center = center
        self._arrays = arrays
        self.prices = prices
        self._watches = watches
        self._queues = tuple(center.queues)
        self._queue_numbers = {name: number for number, name in enumerate(center.queues)}
        self._names = tuple(center.vendors)
        self._overflows = tuple((Action.OVERFLOW, name) for name in self._names)
        multipliers = (each for vendor in center.vendors.values() for each in vendor.contract.multipliers)
        named = {language.lower() for each in multipliers for language in each.languages}
        self._languages = center.languages | named
        self._countries = {vendor.country for vendor in center.vendors.values()}
        self._countries |= {center.country or "", UNITED_STATES}  # which data rules ask for by name
        self._skills = {skill for vendor in center.vendors.values() for skill in vendor.skills}
        self._handed_over: frozenset[str] = frozenset()
        self._verdicts = Verdicts(center)
        self._rows: dict[tuple[Request, str], int] = {}
        self._layouts: dict[tuple[int, bytes], _Layout] = {}
        self._laid_out: list[_Layout] = []
        room = len(arrays.ways)
        self._queue_of = np.zeros(room, dtype=np.int64)
        self._way_of = np.zeros((len(self._names), room), dtype=np.int64)
        """Way of each vendor in each row, 0 where a rule bars it."""
        self._class_of = np.zeros((prices.groups, room), dtype=np.int64)
        """By group of vendors the class of the contacts of each row."""
        self._by_queue: list[list[int]] = [[] for _ in self._queues]
        self._by_type: dict[str, list[int]] = {}
        self._unjudged: dict[int, None] = {}
        self._serves = np.zeros((len(self._names), len(self._queues)), dtype=np.int64)
        self._kinds: Kinds[Profile] = Kinds()
        self.known = self._kinds.at_hand
        self.listed: list[Profile] = []
        self.moved: set[int] = set()
        self.whole = True

    def find(self, contact: Contact) -> Profile:
        """The profile of a contact, whatever its fields hold, made if it is the first, judged as of today."""
        try:
            profile = self.known[kind_of(contact)]
            if profile is self.listed[profile.number] and profile.number not in self._unjudged:
                return profile
        except Exception:  # not met yet, or something that is no text
            contact = with_kind_read(contact)
        kind = kind_of(contact)
        row = self._kinds.row(kind)
        if row is None:
            row = self._row(contact)
        self.judge(row)
        profile = self.listed[row]
        if self.known.get(kind) is not profile:
            self._kinds.keep(kind, profile, usual=self._is_usual(contact, profile.request))
        return profile

    def meet(self, contact: Contact) -> int:
        """The row of a contact's profile, made if it is the first, judged as of today."""
        row = self._row(contact)
        self.judge(row)
        return row

    @property
    def met(self) -> Collection[tuple[Request, str]]:
        """What each row stands for, with the value class of its contacts."""
        return self._rows

    def _row(self, contact: Contact) -> int:
        asked = requested(contact, self._center)
        request = msgspec.structs.replace(
            asked,
            type=asked.type if asked.contact_type else OTHER,
            language=self._language(asked.language),
            data=_known(asked.data, self._center.data_rules),
            country=asked.country if asked.country in self._countries else OTHER if asked.country else "",
            skills=_known(asked.skills, self._skills),
        )
        value_class = contact.value_class if contact.value_class in self._center.value_classes else ""
        row = self._rows.get((request, value_class))
        return self._add(request, value_class) if row is None else row

    def _is_usual(self, contact: Contact, request: Request) -> bool:
        """Whether the rules know all that a contact says, and it says it in no more words than it needs."""
        return (
            OTHER not in (request.type, request.language, *request.data, *request.skills)
            and (not contact.value_class or contact.value_class in self._center.value_classes)
            and len(contact.country) <= USUAL_COUNTRY
            and len(contact.language) <= max(len(request.language), USUAL_LANGUAGE)
            and len(contact.data) <= len(request.data)
            and len(contact.skills) <= len(request.skills)
        )

    def begin_day(self, vendor: int, today: date) -> bool:
        """Have every profile judged anew for a vendor on its local day; whether that may change anything."""
        if not self._verdicts.begin_day(vendor, today):
            return False
        self._arrays.ways[: len(self.listed), 0, columns.JUDGED] = 0.0
        self._unjudged.update(dict.fromkeys(range(len(self.listed))))
        return True

    @property
    def waiting(self) -> Collection[int]:
        """Rows that are still to be judged anew."""
        return self._unjudged

    def judge_on(self, most: int) -> bool:
        """Judge `most` of the profiles that are still to be judged anew; whether others are left."""
        for row in list(islice(self._unjudged, most)):
            self.judge(row)
        return bool(self._unjudged)

    def judge(self, row: int) -> None:
        """Judge a profile anew if that is still to be done: at the latest when it is asked for."""
        if row not in self._unjudged:
            return
        profile = self.listed[row]
        if self._layout(profile) is not self._laid_out[row]:
            self.moved.add(profile.queue)
            self._lay_out(row, profile.request, profile.queue)
        self._arrays.ways[row, 0, columns.JUDGED] = 1.0
        del self._unjudged[row]

    def hand_over(self, types: frozenset[str]) -> set[int]:
        """Let these contact types go out whole from now on; numbers of the queues that this concerns."""
        moved, self._handed_over = types ^ self._handed_over, types
        changed = set()
        for contact_type in moved:
            for row in self._by_type.get(contact_type, ()):
                profile = self.listed[row]
                self._arrays.ways[row, 0, columns.MODE] = self._mode(profile.request)
                changed.add(profile.queue)
        return changed

    def write_price(self, vendor: int, number: int) -> set[int]:
        """Write what a class of contacts costs at a vendor into its rows; the numbers of their queues."""
        count = len(self.listed)
        ways, classes = self._way_of[vendor, :count], self._class_of[self.prices.group_of[vendor], :count]
        rows = np.flatnonzero((classes == number) & (ways > 0))
        self._arrays.ways[rows, ways[rows], columns.PRICE] = self.prices.prices[vendor, number, MONEY]
        self._arrays.ways[rows, ways[rows], columns.EXTRA] = self.prices.prices[vendor, number, EXTRA]
        return set(self._queue_of[rows].tolist())

    def write_prices(self, vendor: int, among: slice, changed: Flags, matters: Flags) -> list[int]:
        """Write what those classes cost at a vendor that `changed` into some of the rows.

        Numbers of the queues of those whose change `matters`. Later classes than these are as they were.
        """
        rows, ways, classes = self._open_rows(vendor, among, len(changed))
        other = changed[classes]
        rows, ways, classes = rows[other], ways[other], classes[other]
        prices = self.prices.prices[vendor, classes]
        self._arrays.ways[rows, ways, columns.PRICE] = prices[:, MONEY]
        self._arrays.ways[rows, ways, columns.EXTRA] = prices[:, EXTRA]
        queues = np.zeros(len(self._queues), dtype=np.bool_)
        queues[self._queue_of[rows[matters[classes]]]] = True
        return [int(queue) for queue in np.flatnonzero(queues)]

    def mix(self, vendor: int, among: slice, classes: int) -> Floats:
        """Of the first so many `classes`, contacts of some of the rows that a vendor may take.

        First how many were routed lately, then how many rows there are.
        """
        rows, _, numbers = self._open_rows(vendor, among, classes)
        seen = self._arrays.ways[rows, 0, columns.SEEN]
        return np.array([np.bincount(numbers, weights, classes) for weights in (seen, None)], dtype=float)

    def _open_rows(self, vendor: int, among: slice, classes: int) -> tuple[Integers, Integers, Integers]:
        """Rows of contacts that a vendor may take, its ways in them, and their classes, the first so many."""
        among = slice(among.start, min(among.stop, len(self.listed)))
        ways, numbers = self._way_of[vendor, among], self._class_of[self.prices.group_of[vendor], among]
        rows = np.flatnonzero((ways > 0) & (numbers < classes))
        return rows + among.start, ways[rows], numbers[rows]

    def costs(self, vendors: Integers, row: int) -> Floats:
        """Minutes and money of a row's contacts at some vendors; -inf where a rule bars them."""
        classes = self._class_of[self.prices.group_of[vendors], row]
        found = self.prices.prices[vendors, classes][:, [MINUTES, MONEY]].T
        return np.where(self._way_of[vendors, row] > 0, found, -np.inf)

    def dearest(self, vendor: int) -> tuple[float, float]:
        """The most minutes and the most money that a contact takes which a vendor may get; -inf: none may."""
        count = len(self.listed)
        classes = self._class_of[self.prices.group_of[vendor], :count][self._way_of[vendor, :count] > 0]
        prices = self.prices.prices[vendor, classes]
        minutes, money = prices[:, [MINUTES, MONEY]].max(axis=0, initial=-np.inf).tolist()
        return minutes, money

    def write_all_prices(self) -> None:
        """Write what everything costs into all rows."""
        found = self.prices.prices
        for vendor in range(len(self._names)):
            rows, ways, classes = self._open_rows(vendor, slice(0, len(self.listed)), found.shape[1])
            self._arrays.ways[rows, ways, columns.PRICE] = found[vendor, classes, MONEY]
            self._arrays.ways[rows, ways, columns.EXTRA] = found[vendor, classes, EXTRA]

    def see(self, rows: Integers, before: Profiles, theirs: Integers) -> None:
        """Have been routed lately what was by other profiles, by their rows there, one for each row here."""
        self._arrays.ways[: len(self.listed), 0, columns.SEEN] = 0.0
        np.add.at(self._arrays.ways[:, 0, columns.SEEN], rows, before._arrays.ways[theirs, 0, columns.SEEN])

    def queues_of(self, vendors: Sequence[int]) -> list[int]:
        """Numbers of the queues some of whose contacts one of these vendors may take."""
        found: list[int] = np.flatnonzero(self._serves[list(vendors)].any(axis=0)).tolist()
        return found

    def kinds(self, asked: Profile) -> Integers:
        """Rows of the profiles of the queue of the one `asked`; of very many it and those seen most."""
        rows = np.array(self._by_queue[asked.queue], dtype=np.int64)
        if len(rows) > MOST_KINDS:
            seen = self._arrays.ways[rows, 0, columns.SEEN]
            seen[rows == asked.number] = np.inf
            rows = np.sort(rows[np.argpartition(-seen, MOST_KINDS)[:MOST_KINDS]])
        return rows

    def weigh(self, queue: int) -> None:
        """Take over the handle times of the types of a queue."""
        for rows in self._by_type.values():
            if self.listed[rows[0]].queue == queue:
                self._weigh(rows, self.listed[rows[0]])

    def weigh_all(self) -> None:
        """Take over the handle times of all types."""
        handles = np.zeros((len(self.listed), 2))
        for contact_type, rows in self._by_type.items():
            handles[rows] = self._watches[self.listed[rows[0]].queue].handle_of(contact_type)
        self._arrays.ways[: len(self.listed), 0, _HANDLE_TIME] = handles

    def _weigh(self, rows: list[int], profile: Profile) -> None:
        handle = self._watches[profile.queue].handle_of(profile.request.type)
        self._arrays.ways[rows, 0, _HANDLE_TIME] = handle

    def rows(self, queue: int) -> list[int]:
        """Rows of the profiles of a queue."""
        return self._by_queue[queue]

    def _language(self, asked: str) -> str:
        known = (form for form in spoken_forms(asked) if form in self._languages)
        return next(known, OTHER) if asked else ""

    def _mode(self, request: Request) -> int:
        if request.contact_type is None:
            return codes.OVERFLOW
        return codes.FULL if request.type in self._handed_over else MODES[request.contact_type.sourcing]

    def _add(self, request: Request, value_class: str) -> int:
        row = len(self.listed)
        self.whole = False
        self._arrays.lengthen_ways(row + 1)
        self._arrays.ways[row] = 0.0
        self._write(row, request, value_class)
        self._rows[request, value_class] = row  # last: from now on there is such a row
        return row

    def mend(self) -> None:
        """Make every row anew but for what was seen, after somebody who wrote was interrupted.

        Which rows there are is true at any time; a half-made one is none.
        """
        for profile in self.listed:
            profile.outdate()
        self._kinds.forget()
        self._verdicts.forget()
        self.moved.update(self.listed[row].queue for row in self._unjudged)
        self._unjudged.clear()
        self._by_type.clear()
        self._by_queue = [[] for _ in self._queues]
        self._serves[:] = 0
        del self.listed[:], self._laid_out[:]
        for row, (request, value_class) in enumerate(self._rows):
            self._write(row, request, value_class)

    def _write(self, row: int, request: Request, value_class: str) -> None:
        """Write a row, the next of those listed, but for what was seen of it."""
        contact_type = request.contact_type
        queue = self._queue_numbers[contact_type.queue] if contact_type else 0
        valued = self._center.value_classes.get(value_class)
        here = self._arrays.ways[row, 0]
        here[columns.BARRED] = barred_in_house(request, self._center)
        here[columns.MODE] = self._mode(request)
        here[columns.PROTECTION] = valued.keep_up_to if valued else 0.0
        here[columns.QUEUE] = queue
        here[columns.JUDGED] = 1.0
        self._lay_out(row, request, queue)
        self._by_queue[queue].append(row)
        self._by_type.setdefault(request.type, []).append(row)
        here[[columns.AHT_MULTIPLE, columns.AHT_SECONDS]] = self._watches[queue].handle_of(request.type)

    def _layout(self, profile: Profile) -> _Layout:
        return self._layout_of(profile.queue, profile.request)

    def _layout_of(self, queue: int, request: Request) -> _Layout:
        verdicts = self._verdicts.of(request)
        key = queue, verdicts.tobytes()
        known = self._layouts.get(key)
        if known is None:
            open_to = np.flatnonzero(verdicts == 0)
            ways = np.zeros(len(verdicts), dtype=np.int64)
            ways[open_to] = range(1, len(open_to) + 1)
            fallback, name = FALLBACKS[self._center.fallback], self._queues[queue]
            outcomes = (
                (fallback, name if fallback == Action.KEEP else None),
                (Action.KEEP, name),
                *(self._overflows[vendor] for vendor in open_to.tolist()),
            )
            barred = {name: code for name, code in zip(self._names, verdicts.tolist(), strict=True) if code}
            known = self._layouts[key] = _Layout(outcomes, barred, open_to, ways)
        return known

    def _lay_out(self, row: int, request: Request, queue: int) -> None:
        """Write a row's vendors and make its profile."""
        self.whole = False
        layout, classes = self._layout_of(queue, request), self.prices.classes(queue, request)
        count = len(layout.open_to)
        if row >= len(self._queue_of):
            queues, ways, numbers = (
                np.concatenate([array, np.zeros_like(array)], axis=-1)
                for array in (self._queue_of, self._way_of, self._class_of)
            )
            self._queue_of, self._way_of, self._class_of = queues, ways, numbers  # on one line: of one length
        self._arrays.widen_ways(count + 1)
        ways = self._arrays.ways[row]
        ways[0, columns.VENDORS] = count
        ways[1 : count + 1, columns.VENDOR] = layout.open_to
        numbers = classes[self.prices.group_of[layout.open_to]]
        prices = self.prices.prices[layout.open_to, numbers]
        ways[1 : count + 1, columns.PRICE : columns.EXTRA + 1] = prices[:, MONEY : EXTRA + 1]
        ticket = np.array(Ticket(self._arrays.tables_at, row, queue, 1))
        made = Profile(
            row,
            queue,
            request,
            layout.outcomes,
            layout.barred,
            ticket,
            int(ticket.ctypes.data),
        )
        self._way_of[:, row], self._class_of[:, row], self._queue_of[row] = layout.ways, classes, queue
        if row == len(self.listed):
            self._serves[layout.open_to, queue] += 1
            self._laid_out.append(layout)
            self.listed.append(made)
            return
        self._serves[self._laid_out[row].open_to, queue] -= 1
        self._serves[layout.open_to, queue] += 1
        self._laid_out[row] = layout
        old = self.listed[row]
        old.outdate()  # before nobody knows it any more
        self.listed[row] = made


def _known(names: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    return tuple(sorted({name if name in known else OTHER for name in names}))
