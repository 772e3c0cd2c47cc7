"""The price list: what one more contact costs at each vendor, once for all contacts that cost the same there.

A contract looks at little of a contact: perhaps at its type, for the handle time, and at its language, for
a surcharge. Vendors that look at the same are a group, and contacts that differ in nothing that a group looks
at are a class of it: they have one price at each of its vendors. Most prices are on a line over the mean
handle time; then a vendor's are all worked out in one go, and so are those of a new class at all vendors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.durations._laws import mean_of
from bporoute.routing._hard_rules import Request
from bporoute.routing._pricing import on_lines
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._queue_watch import QueueWatch

WORTH_SOLVING = 0.002
"""Relative change of a price from which on rules are solved anew."""
ROOM, MOST_ROOM = 64, 8192
"""Classes that there is room for to begin with, as many as a center may need: usually, and at most."""
MONEY, EXTRA, MINUTES, SOLVED = range(4)
"""Columns: money that the contract asks for one more contact, other money that it costs there, how many
minutes it is expected to take, and all its money when rules were last solved."""


class ContactClass(msgspec.Struct, frozen=True, gc=False):
    """Contacts that have one price at every vendor of a group; `queue` and `request` are one of them."""

    queue: int
    request: Request


class _LooksAt(NamedTuple):
    """What of a contact a vendor's price depends on."""

    queue: bool
    type: bool
    language: bool
    channel: bool

    def key(self, queue: int, request: Request) -> tuple[object, ...]:
        """The same for contacts of one price."""
        kind = request.contact_type
        return (
            queue if self.queue else -1,
            request.type if self.type else "",
            request.language if self.language else "",
            kind.channel if self.channel and kind else "",
        )

    def room(self, center: Center) -> int:
        """How many classes there may be of the types and languages of a center."""
        types = len(center.contact_types) + 1 if self.queue or self.type else 1
        languages = len(center.languages) + 2 if self.language else 1
        channels = len({kind.channel for kind in center.contact_types.values()}) + 1 if self.channel else 1
        return types * languages * (1 if self.type else channels)


class _Group:
    """The classes of the vendors that look at the same, and what their queues know of them."""

    def __init__(self, looks: _LooksAt, queues: int) -> None:
        self.looks = looks
        self.vendors: list[int] = []
        self.classes: list[ContactClass] = []
        self.known: dict[object, int] = {}
        self.last_of_type: dict[str, int] = {}
        self.of_type: dict[str, list[int]] = {}
        self.of_queue: list[list[int]] = [[] for _ in range(queues)]
        self._heard: list[object] = [None] * queues
        self._seconds: Floats = np.zeros(ROOM)

    def add(self, made: ContactClass) -> int:
        """A class more; its number. It is asked for once it is `known`."""
        number = len(self.classes)
        self.classes.append(made)
        self.of_type.setdefault(made.request.type, []).append(number)
        self.of_queue[made.queue].append(number)
        self._heard[made.queue] = None
        return number

    def in_house(self, watches: Sequence[QueueWatch]) -> Floats:
        """Mean seconds that a contact of each class takes in-house, as the queues know it now."""
        while len(self.classes) > len(self._seconds):
            self._seconds = np.concatenate([self._seconds, np.zeros_like(self._seconds)])
        for queue, watch in enumerate(watches):
            learned = watch.by_type
            if self._heard[queue] is not learned:
                for number in self.of_queue[queue]:
                    self._seconds[number] = watch.aht_of(self.classes[number].request.type)
                self._heard[queue] = learned
        return self._seconds[: len(self.classes)]


class PriceList:
    """What contacts of every class cost at every vendor of a center, for the profiles met so far.

    Attributes
    ----------
    prices : array, (vendors, classes, columns)
        By vendor and number of the class in the vendor's group: `MONEY`, `EXTRA`, `MINUTES`, `SOLVED`.
    group_of : array, (vendors,)
        Number of each vendor's group.
    groups : int
        How many groups there are.
    unpriced : list of (int, int)
        Vendors and new classes that wait for their price; until it is their turn, they have the price of
        another class, of contacts of the same type if there is one.
    unheard_of : list of (int, int)
        The first of each vendor: there is no other price that they could have, so they cannot wait.
    """

    def __init__(self, center: Center, offers: Offers, watches: Sequence[QueueWatch]) -> None:
        self._offers, self._watches = offers, watches
        self._queues = tuple(center.queues)
        valued = any(each.unresolved_cost or each.dissatisfied_cost for each in center.queues.values())
        looks = [_looks_at(each.contract, valued) for each in center.vendors.values()]
        number_of = {each: number for number, each in enumerate(dict.fromkeys(looks))}
        self._groups = [_Group(each, len(self._queues)) for each in number_of]
        self.group_of: Integers = np.array([number_of[each] for each in looks], dtype=np.int64)
        for vendor, group in enumerate(self.group_of.tolist()):
            self._groups[group].vendors.append(vendor)
        self._any = _LooksAt(*(any(each[part] for each in looks) for part in range(4)))
        self._alike: dict[object, Integers] = {}
        room = min(max((each.room(center) for each in number_of), default=ROOM), MOST_ROOM)
        self.prices: Floats = np.zeros((len(looks), room, 4))
        self._lines: Floats = np.full((len(looks), 4), np.nan)
        """By vendor, as far as its prices are on a line: see `bporoute.routing._pricing.Line`."""
        self._rounds: Flags = np.array(
            [offers.rounds(vendor) for vendor in range(len(looks))], dtype=np.bool_
        )
        self.unpriced: list[tuple[int, int]] = []
        self.unheard_of: list[tuple[int, int]] = []
        self._in_house: tuple[object, ...] = ()
        """Handle times in-house as `rests_on` found them last."""

    @property
    def groups(self) -> int:
        """How many groups of vendors there are."""
        return len(self._groups)

    def classes(self, queue: int, request: Request) -> Integers:
        """By group the number of a queue's contacts' class; where it is new, it has some price."""
        key = self._any.key(queue, request)
        known = self._alike.get(key)
        if known is None:
            found = [
                self._made(group, own, queue, request) if (number := group.known.get(own)) is None else number
                for group in self._groups
                for own in (group.looks.key(queue, request),)
            ]
            known = self._alike[key] = np.array(found, dtype=np.int64)
        return known

    def take_over(
        self, before: PriceList, vendors: Sequence[tuple[int, int]], queues: Mapping[int, int]
    ) -> None:
        """Have vendors of the same terms ask what they asked for contacts of the same queues.

        By pairs of the vendors' numbers there and here, and by the queues' numbers there.
        """
        known: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
        done: set[tuple[int, int]] = set()
        any_waits, waiting = self.unpriced or self.unheard_of, {*before.unpriced, *before.unheard_of}
        for theirs, mine in vendors:
            pair = int(before.group_of[theirs]), int(self.group_of[mine])
            if pair not in known:
                known[pair] = self._same(before._groups[pair[0]], self._groups[pair[1]], queues)
            there, here = known[pair]
            self.prices[mine, here] = before.prices[theirs, there]
            self._lines[mine] = before._lines[theirs]
            if any_waits:
                done |= {
                    (mine, each)
                    for each, old in zip(here, there, strict=True)
                    if (theirs, old) not in waiting
                }
        self.unpriced = [each for each in self.unpriced if each not in done]
        self.unheard_of = [each for each in self.unheard_of if each not in done]

    def _same(self, before: _Group, group: _Group, queues: Mapping[int, int]) -> tuple[list[int], list[int]]:
        """Numbers there and here of classes that are the same."""
        found: tuple[list[int], list[int]] = [], []
        for number in before.known.values() if before.looks == group.looks else ():
            made = before.classes[number]
            queue = queues.get(made.queue)
            mine = None if queue is None else group.known.get(group.looks.key(queue, made.request))
            if mine is not None:
                found[0].append(number)
                found[1].append(mine)
        return found

    def of(self, vendor: int) -> list[ContactClass]:
        """The classes of a vendor's group, by their numbers."""
        return self._group(vendor).classes

    def priced(self, vendor: int, number: int) -> tuple[float, float, float]:
        """What contacts of a class cost at a vendor now: `MONEY`, `EXTRA`, `MINUTES`."""
        made = self.of(vendor)[number]
        contact = self._offers.expected(vendor, self._queues[made.queue], made.request)
        money, extra = self._offers.prices(vendor, self._queues[made.queue], contact)
        return money, extra, mean_of(contact.handle) / 60.0

    def means(self, vendor: int) -> Floats:
        """Mean seconds that a vendor is expected to take for the contacts of each class."""
        group = self._group(vendor)
        return self._offers.means(vendor, group.in_house(self._watches), group.of_type)

    def all_priced(self, vendor: int) -> Floats:
        """As `priced`, for every class of a vendor whose prices are on a line; new ones follow it, too."""
        group, means, line = self._group(vendor), self.means(vendor), self._offers.line(vendor)
        if line is not None:
            self._lines[vendor] = line
        found = np.zeros((len(means), 3))
        found[:, MONEY] = on_lines(self._lines[vendor], means, self._rounds[vendor])
        found[:, MINUTES] = means / 60.0
        if self._offers.has_quality(vendor):
            for queue, numbers in enumerate(group.of_queue):
                if numbers:
                    found[numbers, EXTRA] = self._offers.quality_money(vendor, self._queues[queue])
        return found

    def rests_on(self, vendor: int) -> tuple[object, ...] | None:
        """All that the prices of a flat contract rest on: equal as long as they stand; None: on more.

        Handle times are replaced, not changed, wherever one to decide by is.
        """
        offers = self._offers
        if offers.rounds(vendor) or offers.has_quality(vendor) or not offers.on_a_line(vendor):
            return None
        known = tuple((watch.aht, watch.by_type) for watch in self._watches)
        if known != self._in_house:  # one for all vendors: so many tuples would keep the collector busy
            self._in_house = known
        return len(self.of(vendor)), offers.slower(vendor), offers.laws.means_seen(vendor), self._in_house

    def matters(self, vendor: int, classes: slice, found: Floats) -> Flags:
        """Which of some classes cost another price than the one by which rules were last solved."""
        solved = self.prices[vendor, classes, SOLVED]
        other: Flags = np.abs(found[:, MONEY] + found[:, EXTRA] - solved) > WORTH_SOLVING * np.abs(solved)
        return other

    def _group(self, vendor: int) -> _Group:
        return self._groups[int(self.group_of[vendor])]

    def _made(self, group: _Group, key: object, queue: int, request: Request) -> int:
        """A new class of a group, priced at once where its vendors' prices are on lines that are known."""
        made = ContactClass(queue, request)
        while len(group.classes) >= self.prices.shape[1]:  # first: no class is ever without a place
            self.prices = np.concatenate([self.prices, np.zeros_like(self.prices)], axis=1)
        first, number = not group.known, group.add(made)
        vendors = np.array(group.vendors)
        if not first:
            alike = group.last_of_type.get(request.type, next(reversed(group.known.values())))
            self.prices[vendors, number] = self.prices[vendors, alike]
            self.prices[vendors, number, SOLVED] = 0.0
        self._find_lines(group)
        on_line = ~np.isnan(self._lines[vendors, 0])
        if on_line.any():
            self._price_at(vendors[on_line], number, made)
        waiting = self.unheard_of if first else self.unpriced
        waiting += [(vendor, number) for vendor in vendors[~on_line].tolist()]
        group.last_of_type[request.type] = number
        group.known[key] = number  # last: from now on there is such a class
        return number

    def _find_lines(self, group: _Group) -> None:
        """Have the lines of a group's vendors be known; later `all_priced` finds them anew."""
        for vendor in group.vendors if not group.known else ():
            line = self._offers.line(vendor)
            if line is not None:
                self._lines[vendor] = line

    def _price_at(self, vendors: Integers, number: int, made: ContactClass) -> None:
        """Price a class at all vendors whose prices are on lines that are known."""
        queue, offers = self._queues[made.queue], self._offers
        means = offers.means_at(vendors, queue, made.request.type)
        extra = offers.quality_money_at(vendors, queue)
        money = on_lines(self._lines[vendors].T, means, self._rounds[vendors])
        self.prices[vendors, number] = np.stack([money, extra, means / 60.0, money + extra], axis=1)


def _looks_at(contract: Contract, valued: bool) -> _LooksAt:
    """What of a contact its price or its minutes depend on.

    `valued`: on what its queue gives for quality, too.
    """
    looks_at = contract.looks_at
    return _LooksAt(
        queue=valued or contract.bills_abandoned or contract.moves_by_minute,
        type=bool(looks_at & {"handle_time", "type"}) or _is_capped_in_minutes(contract),
        language="language" in looks_at,
        channel="channel" in looks_at,
    )


def _is_capped_in_minutes(contract: Contract) -> bool:
    caps = (contract.cap_minutes_per_hour, contract.cap_minutes_per_day, contract.cap_minutes_per_period)
    return any(cap is not None for cap in caps)
