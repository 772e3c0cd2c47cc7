"""The six arrays that the decision kernel works on, where they are, and their rows filled from the center.

Whoever writes them holds the ledger's lock. Compiled decisions do not take it: they look at the flags
``TABLES_READY`` and ``QUEUE_READY``, which are down while somebody writes, and leave the contact to a
decision that does.
"""

from __future__ import annotations

import math
import mmap
from collections import Counter
from contextlib import suppress

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import codes, columns
from bporoute._kernels.routing.records import Tables
from bporoute.center._center import Center
from bporoute.center._queue import Queue
from bporoute.center._vendor import Vendor
from bporoute.routing.ledger._memory import Ledger

LEAST_ROOM, MOST_ROOM = 16, 1 << 23
"""Profiles, and ways of all of them, that there is room for to begin with: memory that nobody has written to
costs nothing, and to move a large table later takes long."""
SMALL = 1 << 22
"""Bytes from which on NumPy asks for huge pages."""


class RoutingArrays:
    """Arrays for one center, counting in one ledger.

    Attributes
    ----------
    ways : array, (profiles, ways, columns)
        As `bporoute._kernels.routing.columns` says, like the others.
    vendors : array, (vendors + 1, columns)
        The last row is the center.
    queues : array, (queues + 1, columns)
        The last row is spare, for a snapshot that is only asked about.
    curves : array, (queues + 1, curves, states)
    shares : array, (queues + 1, vendors + 1, columns)
    places : array of int, (vendors,)
        Where the ledger counts each vendor.
    tables_at : int
        Where the compiled call finds all of them.
    hashed : bool
        Whether some rule draws its shares from the contacts' ids.
    whole : bool
        False while somebody writes, and for good if that was interrupted.
    """

    def __init__(self, center: Center, ledger: Ledger) -> None:
        queues, vendors = len(center.queues), len(center.vendors)
        self._ledger = ledger
        self.ways: Floats = room_for((*_likely_ways(center), columns.WAY_COLUMNS))
        self.places = np.array(ledger.open_for(tuple(center.vendors)), dtype=np.int64)
        self.vendors: Floats = np.zeros((vendors + 1, columns.VENDOR_COLUMNS))
        self.queues: Floats = np.zeros((queues + 1, columns.QUEUE_COLUMNS))
        self.curves: Floats = np.zeros((queues + 1, columns.CURVES, 1))
        self.shares: Floats = np.zeros((queues + 1, vendors + 1, columns.SHARE_COLUMNS))
        self.hashed = False
        self.whole = True
        self._held_until = -math.inf
        self._packed = Packed(Tables)
        self.tables_at = self._packed.address
        self.queues[:] = blank_queue_row()
        for row, queue in zip(self.queues, center.queues.values(), strict=False):
            fill_queue_row(row, queue)
        for row, vendor in zip(self.vendors, center.vendors.values(), strict=False):
            _fill_vendor_row(row, vendor)
        self.vendors[:-1, columns.USAGE_SHIFT] = self.places - np.arange(vendors)
        self.vendors[-1, : columns.CONCENTRATION_FROM + 1] = (
            1.0 - center.min_in_house_share,
            center.max_concentration,
            center.concentration_from,
        )
        self.vendors[-1, columns.FALLS_BACK_IN] = float(center.fallback == "keep")
        self.hold_calendar(math.inf, -math.inf)
        ledger.follow_room(self.hold)

    @property
    def usage(self) -> Floats:
        """What vendors were sent, (places + 1, columns), as the ledger counts it."""
        return self._ledger.counters

    @property
    def sent(self) -> Floats:
        """A copy of what the vendors were sent, (vendors, columns)."""
        found: Floats = self._ledger.counters[self.places]
        return found

    @property
    def since(self) -> float:
        """From when on the calendar of the tables holds, epoch seconds."""
        return float(self.vendors[-1, columns.SINCE])

    @property
    def until(self) -> float:
        """Until when the calendar of the tables holds, epoch seconds."""
        return float(self.vendors[-1, columns.UNTIL])

    def hold_calendar(self, since: float, until: float) -> None:
        """Have the calendar hold from one instant to another, epoch seconds."""
        self.vendors[-1, columns.SINCE : columns.UNTIL + 1] = since, until
        self._held_until = until

    def expire(self) -> None:
        """Have the calendar be looked at before the next decision."""
        self.vendors[-1, columns.UNTIL] = self._held_until = -math.inf

    def go_on(self) -> None:
        """Have the calendar hold as before, where a decision has let it expire for what is no news."""
        self.vendors[-1, columns.UNTIL] = self._held_until

    @property
    def tables(self) -> Tables:
        """All of them, as the kernels take them."""
        return Tables(self.ways, self.vendors, self.usage, self.queues, self.curves, self.shares)

    def pack(self) -> int:
        """Have `tables_at` up to date; the same address."""
        return self._packed.keep(self.tables)

    def draw_by_hash(self) -> None:
        """From now on some share is drawn from the contacts' ids."""
        self.hashed = True

    def publish(self) -> None:
        """Tell the compiled call where everything is, and that it may go on."""
        self.pack()
        self.whole, self.vendors[-1, columns.TABLES_READY] = True, 1.0

    def begin(self) -> None:
        """From now until `publish` what is written may be there by half."""
        self.whole, self.vendors[-1, columns.TABLES_READY] = False, 0.0

    def hold(self) -> None:
        """Keep compiled decisions off the tables until `publish`."""
        self.vendors[-1, columns.TABLES_READY] = 0.0

    def widen_ways(self, ways: int) -> None:
        """Have room for profiles of so many ways."""
        if ways > self.ways.shape[1]:
            wider = room_for((len(self.ways), ways, columns.WAY_COLUMNS))
            wider[:, : self.ways.shape[1]] = self.ways
            self.ways = wider

    def lengthen_ways(self, profiles: int) -> None:
        """Have room for so many profiles."""
        while profiles > len(self.ways):
            longer = room_for((2 * len(self.ways), *self.ways.shape[1:]))
            longer[: len(self.ways)] = self.ways
            self.ways = longer

    def widen_curves(self, states: int) -> None:
        """Have room for rules of so many states."""
        self.curves = with_states(self.curves, states)


def room_for(shape: tuple[int, ...]) -> Floats:
    """Zeros, in memory that is taken up bit by bit where it is written to.

    NumPy asks for huge pages, of which each makes whoever writes to it first wait for milliseconds.
    """
    size = math.prod(shape) * np.dtype(float).itemsize
    if size < SMALL:
        return np.zeros(shape)
    own = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    memory = mmap.mmap(-1, size, **own)  # a child that is forked has a copy
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with suppress(OSError):  # a kernel that knows none
            memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory).reshape(shape)


def _likely_ways(center: Center) -> tuple[int, int]:
    """How many profiles there may be of the types and languages of a center, and ways of one of them."""
    taken = Counter(name for vendor in center.vendors.values() for name in set(vendor.contact_types))
    ways = max(taken.values(), default=0) + 1
    kinds = (len(center.contact_types) + 1) * (len(center.languages) + 2) * (len(center.value_classes) + 1)
    return min(max(kinds, LEAST_ROOM), max(MOST_ROOM // ways, LEAST_ROOM)), ways


def blank_queue_row() -> Floats:
    """The row of a queue without settings or rule, which is not trusted."""
    row: Floats = np.zeros(columns.QUEUE_COLUMNS)
    row[columns.DISTRUST] = 1.0
    row[columns.TOLD : columns.KEPT_SINCE + 1] = math.nan
    row[columns.MOVED_AT] = -math.inf
    row[columns.SCHEDULED] = math.nan
    return row


def fill_queue_row(row: Floats, queue: Queue) -> None:
    """Write into a row what is configured of a queue."""
    row[columns.COST_RATE] = queue.cost_rate
    row[columns.ABANDONMENT_RATE] = queue.abandonment_rate
    row[columns.FAILED_COST] = queue.failed_cost
    row[columns.NEEDS_AGENTS] = not queue.accepts_when_closed
    row[columns.STALE_AFTER], row[columns.LOST_AFTER] = queue.stale_after, queue.lost_after


def with_states(curves: Floats, states: int) -> Floats:
    """The curves themselves, or a copy with room for so many states."""
    if states <= curves.shape[2]:
        return curves
    grown: Floats = np.zeros((*curves.shape[:2], states))
    grown[:, :, : curves.shape[2]] = curves
    return grown


def limit(configured: int | None) -> float:
    """A limit as a number that nothing exceeds where there is none."""
    return math.inf if configured is None else configured


def _fill_vendor_row(row: Floats, vendor: Vendor) -> None:
    terms = vendor.contract
    row[columns.UP] = row[columns.ADMITTED] = 1.0
    row[columns.MOST_AT_ONCE] = limit(vendor.capacity)
    row[columns.VENDOR_WAIT] = vendor.expected_wait
    row[columns.MOST_SHARE] = vendor.max_share
    row[columns.LEFT_TO_SPEND], row[columns.SPENDING_LIMIT] = math.inf, codes.EXPOSURE
    row[columns.TRIAL_SHARE] = 1.0
    row[columns.TEAM] = vendor.agents or 0.0
    caps = (terms.cap_per_hour, terms.cap_per_day, terms.cap_per_period)
    row[columns.FIRST_CAP : columns.PRICE_UNTIL] = [limit(cap) for cap in caps]
