"""Vendors' contacts priced anew, piece by piece: no decision waits for all of it.

A round of a vendor looks at what came lately, has the contract priced by what is true now, prices every class
of contacts, then writes the prices into the rows of the profiles. Each piece may be interrupted, and is then
begun once more; what a round has found stays with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.contracts._billed_contact import BilledContact
from bporoute.durations._laws import Exponential
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._price_list import EXTRA, MINUTES, MONEY, SOLVED
from bporoute.routing._tables._profiles import Profiles
from bporoute.routing._tables._queues import QueueRows

A_PRICE, A_PRICE_IN_BLOCKS = 15e-6, 40e-6
"""Seconds, some: what one price takes, and one of a contract that bills in blocks.

Not measured when it happens: what is done when must not depend on the machine.
"""
A_ROUND, A_LINE, A_FLAT_ROUND, A_PIECE, A_ROW = 120e-6, 100e-6, 20e-6, 10e-6, 0.12e-6
"""To begin with a vendor, to find its line of prices, either with a flat one; to look at or write a piece of
rows, and each of them."""
ROWS_AT_ONCE = 512
"""Profiles that are looked at or written to in one piece."""
MOST_MIXED = 16
"""Classes whose contacts stand for all that are at a vendor."""


class _Round:
    """How far a vendor is priced anew.

    Attributes
    ----------
    mixed : int
        Rows of profiles whose contacts are counted in `mix`.
    follows_a_line : bool
        Whether only the line is to be found that the prices of all classes are on.
    found : array or None
        Prices of all classes, as far as they are known: the first `priced`.
    changed, matters : array
        Which classes have another price by that (None: not known); which so much that rules are to be solved.
    written : int
        Rows that have the new prices.
    rests_on : tuple or None
        What the prices rest on, see `rests_on` of the price list.
    done : bool
        Whether all have.
    """

    __slots__ = (
        "changed",
        "done",
        "follows_a_line",
        "found",
        "matters",
        "mix",
        "mixed",
        "priced",
        "rests_on",
        "written",
    )

    def __init__(self, classes: int) -> None:
        self.mix: Floats = np.zeros((2, classes))
        self.mixed = self.priced = self.written = 0
        self.follows_a_line = False
        self.found: Floats | None = None
        self.changed: Flags | None = None
        self.matters: Flags = np.zeros(classes, dtype=np.bool_)
        self.rests_on: tuple[object, ...] | None = None
        self.done = False


class Told(Protocol):
    """Whoever is told what comes of it."""

    def priced(self, vendor: int) -> None:
        """A vendor's prices have followed."""

    def price_until(self, vendor: int, contacts: float) -> None:
        """A vendor's price holds until so many contacts were sent in its period."""


class Repricing:
    """Has the vendors' contacts priced anew; what takes some `at_once` seconds in one go.

    Where more waits, it follows piece by piece; what comes of it is `told`.
    """

    def __init__(
        self,
        center: Center,
        arrays: RoutingArrays,
        profiles: Profiles,
        offers: Offers,
        queues: QueueRows,
        at_once: float,
        told: Told,
    ) -> None:
        self._vendors, self._queue_names = tuple(center.vendors.values()), tuple(center.queues)
        self._type_queues = {name: kind.queue for name, kind in center.contact_types.items()}
        self._arrays, self._profiles, self._offers, self._queues = arrays, profiles, offers, queues
        self._prices, self._at_once, self._told = profiles.prices, at_once, told
        self._held: set[int] = set()
        self._due: dict[int, _Round | None] = {}
        """Vendors whose contacts are to be priced anew -> how far they are; None: not begun."""
        self._again: set[int] = set()
        """Those of them that are to be priced once more after that."""
        self._rested_on: dict[int, tuple[object, ...]] = {}
        """What the prices rest on of vendors whose contracts have one price, as they were priced last."""

    def reprice(self, vendor: int) -> None:
        """Have a vendor's contacts priced anew, by what it has been sent and what was settled, see `tend`."""
        if vendor in self._due:
            self._again.add(vendor)
        else:
            self._due[vendor] = None

    def take_over(
        self, before: Repricing, same: Sequence[tuple[int, int]], alike: Sequence[tuple[int, int]]
    ) -> None:
        """Have those vendors be priced anew that others were to price anew, by pairs of numbers.

        Of those that are `alike` the prices are at hand.
        """
        for theirs, mine in alike:
            if theirs not in before._due:
                self._due.pop(mine, None)
                self._again.discard(mine)
        for theirs, mine in same:
            if theirs in before._due:
                self._due[mine] = None

    def hold(self, vendor: int) -> None:
        """Have a vendor's price stand until it is priced anew, however many contacts it is sent, for good."""
        self._held.add(vendor)
        self._told.price_until(vendor, math.inf)

    def forget(self) -> None:
        """Have no vendor be left as it was priced, whatever that rests on."""
        self._rested_on.clear()

    @property
    def pending(self) -> int:
        """Prices that wait, and vendors all of whose prices do."""
        return len(self._prices.unpriced) + len(self._due)

    def tend(self, spent: float = 0.0) -> bool:
        """Price what waits for it, as much as may be done at once; whether anything still waits.

        `spent` is how many of the seconds were needed for something else.
        """
        left, unpriced, unheard_of = self._at_once - spent, self._prices.unpriced, self._prices.unheard_of
        while unheard_of:
            left -= self._price(*unheard_of[-1])
            unheard_of.pop()
        while unpriced and left > 0.0:
            left -= self._price(*unpriced[-1])
            unpriced.pop()
        while self._due and left > 0.0:
            vendor, begun = next(iter(self._due.items()))
            if begun is None:
                self._again.discard(vendor)
                begun = self._due[vendor] = _Round(len(self._prices.of(vendor)))
                begun.rests_on = self._prices.rests_on(vendor)
                begun.done = begun.rests_on is not None and begun.rests_on == self._rested_on.get(vendor)
            left -= A_FLAT_ROUND if begun.done else self._go_on(vendor, begun)
            if begun.done:
                if begun.rests_on is not None:
                    self._rested_on[vendor] = begun.rests_on
                self._told.priced(vendor)
                del self._due[vendor]
                if vendor in self._again:
                    self._due[vendor] = None
        return bool(self._due or unpriced)

    def _price(self, vendor: int, number: int) -> float:
        """Price one class of contacts, and have rules solved anew if that matters; seconds that it takes."""
        found = np.array([self._prices.priced(vendor, number)])
        only = slice(number, number + 1)
        here = self._prices.prices[vendor, only]
        if not np.array_equal(found, here[:, :SOLVED]):
            matters = self._prices.matters(vendor, only, found)
            here[:, :MINUTES] = found[:, :MINUTES]
            queues = self._profiles.write_price(vendor, number)
            if matters.any():
                self._queues.touch(queues)
                here[:, SOLVED] = found[:, MONEY] + found[:, EXTRA]
            here[:, MINUTES] = found[:, MINUTES]  # last: an interrupted one is priced once more
            self._told.priced(vendor)
        return self._a_price(vendor)

    def _a_price(self, vendor: int) -> float:
        return A_PRICE_IN_BLOCKS if self._vendors[vendor].contract.depends_on_spread else A_PRICE

    def _go_on(self, vendor: int, begun: _Round) -> float:
        """Do a piece of a round; seconds that it takes."""
        if begun.follows_a_line and begun.found is None:
            if begun.rests_on != self._prices.rests_on(vendor):  # it has moved since the round began
                begun.rests_on = None
            found = self._prices.all_priced(vendor)
            begun.priced, begun.found = len(found), found
            return A_FLAT_ROUND if self._vendors[vendor].contract.is_flat else A_LINE
        if begun.found is None:
            return self._begin(vendor, begun)
        if begun.priced < len(begun.found):
            begun.found[begun.priced] = self._prices.priced(vendor, begun.priced)
            begun.priced += 1
            return self._a_price(vendor)
        return self._write(vendor, begun)

    def _begin(self, vendor: int, begun: _Round) -> float:
        """Have a vendor's prices go by what is true of it now."""
        counts, row = self._arrays.usage[self._arrays.places[vendor]], self._arrays.vendors[vendor]
        flat = self._vendors[vendor].contract.is_flat
        sent, there = int(counts[columns.THIS_PERIOD]), float(counts[columns.IN_FLIGHT])
        if there and not flat and begun.mixed < len(self._profiles.listed):
            rows = slice(begun.mixed, begun.mixed + ROWS_AT_ONCE)
            some = self._profiles.mix(vendor, rows, begun.mix.shape[1])
            begun.mix, begun.mixed = begun.mix + some, rows.stop  # on one line: nothing counts twice
            return A_PIECE + min(ROWS_AT_ONCE, len(self._profiles.listed)) * A_ROW
        on_a_line = self._offers.on_a_line(vendor)
        mix: Sequence[tuple[BilledContact, float]] = ()
        if there and not flat:
            mix = self._mean(vendor, begun.mix) if on_a_line else self._mix(vendor, begun.mix)
        first = self._vendors[vendor].contact_types[0]
        row[columns.TEAM_AHT] = self._offers.handle_time(vendor, self._type_queues[first], first)
        pricing = self._offers.pricing
        pricing.follow(vendor, sent, there, mix, self._offers.watch.results(vendor))
        self._told.price_until(vendor, math.inf if vendor in self._held else pricing.holds_until(vendor))
        if on_a_line:
            begun.follows_a_line = True
        else:  # of all classes that there are now: later ones are priced alone, as `follow` has found it
            begun.found = np.zeros((len(self._prices.of(vendor)), SOLVED))
        return A_FLAT_ROUND if flat else A_ROUND + len(mix) * A_PRICE

    def _mix(self, vendor: int, mix: Floats) -> list[tuple[BilledContact, float]]:
        """The contacts that a vendor gets as it is expected to bill them, and how many came lately.

        Of very many kinds those that came most.
        """
        seen, met = mix[0].tolist(), np.flatnonzero(mix[1]).tolist()
        if len(met) > MOST_MIXED:
            met = sorted(met, key=lambda number: -seen[number])[:MOST_MIXED]
        classes, offers, names = self._prices.of(vendor), self._offers, self._queue_names
        kinds = [(classes[number], seen[number]) for number in met]
        found = [
            (each, came * share)
            for kind, came in kinds
            for contact in (offers.expected(vendor, names[kind.queue], kind.request),)
            for share, each in offers.there(vendor, names[kind.queue], contact)
        ]
        return found or self._as_usual(vendor, offers.typical(vendor))

    def _mean(self, vendor: int, mix: Floats) -> list[tuple[BilledContact, float]]:
        """The same where all contacts of one mean are alike: one that is as long as they are on average."""
        contact, (seen, met) = self._offers.typical(vendor), mix
        weights = seen if seen.any() else met
        if not met.any():
            return self._as_usual(vendor, contact)
        means = self._prices.means(vendor)[: len(weights)]
        mean = float(np.average(means, weights=weights))
        return self._as_usual(vendor, msgspec.structs.replace(contact, handle=Exponential(mean)))

    def _as_usual(self, vendor: int, contact: BilledContact) -> list[tuple[BilledContact, float]]:
        """How contacts that are like this one may end, as the queue of the vendor's first type gives up."""
        queue = self._type_queues[self._vendors[vendor].contact_types[0]]
        return [(each, share) for share, each in self._offers.there(vendor, queue, contact)]

    def _write(self, vendor: int, begun: _Round) -> float:
        """Have the classes cost what was found, and write that into some of the rows."""
        found = begun.found
        assert found is not None
        every = slice(0, len(found))
        here = self._prices.prices[vendor, every]
        if begun.changed is None:
            matters = self._prices.matters(vendor, every, found)
            begun.changed, begun.matters = (found[:, :MINUTES] != here[:, :MINUTES]).any(axis=1), matters
        here[:, :SOLVED] = found
        rows = len(self._profiles.listed) if begun.changed.any() else 0
        if begun.written < rows:
            piece = slice(begun.written, begun.written + ROWS_AT_ONCE)
            self._queues.touch(self._profiles.write_prices(vendor, piece, begun.changed, begun.matters))
            begun.written = piece.stop
        if begun.written >= rows:
            here[begun.matters, SOLVED] = (found[:, MONEY] + found[:, EXTRA])[begun.matters]
            begun.done = True
        return A_PIECE + min(ROWS_AT_ONCE, rows) * A_ROW
