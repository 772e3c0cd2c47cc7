"""The six arrays that the decision kernel works on, where they are, and their rows filled from the center.

Whoever writes them holds the ledger's lock. Compiled decisions do not take it: they look at the flags
``TABLES_READY`` and ``QUEUE_READY``, which are down while somebody writes, and leave the contact to a
decision that does.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.center._queue import Queue
from bporoute.center._vendor import Vendor
from bporoute.routing.ledger._memory import Ledger

ROOM = 16
"""Profiles that there is room for to begin with."""


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
    frame_at : int
        Address of the record that tells the compiled call where all of them are.
    hashed : bool
        Whether some rule draws its shares from the contacts' ids.
    """

    def __init__(self, center: Center, ledger: Ledger) -> None:
        queues, vendors = len(center.queues), len(center.vendors)
        self._ledger = ledger
        self.ways: Floats = np.zeros((ROOM, 2, codes.WAY_COLUMNS))
        self.vendors: Floats = np.zeros((vendors + 1, codes.VENDOR_COLUMNS))
        self.queues: Floats = np.zeros((queues + 1, codes.QUEUE_COLUMNS))
        self.curves: Floats = np.zeros((queues + 1, codes.CURVES, 1))
        self.shares: Floats = np.zeros((queues + 1, vendors + 1, codes.SHARE_COLUMNS))
        self.hashed = False
        self._frame = np.zeros(codes.FRAME_WORDS, dtype=np.int64)
        self.frame_at: int = self._frame.ctypes.data
        self._framed: tuple[Floats | None, ...] = (None,) * 6
        self.queues[:] = blank_queue_row()
        for row, queue in zip(self.queues, center.queues.values(), strict=False):
            fill_queue_row(row, queue)
        for row, vendor in zip(self.vendors, center.vendors.values(), strict=False):
            _fill_vendor_row(row, vendor)
        self.vendors[-1, : codes.CONCENTRATION_FROM + 1] = (
            1.0 - center.min_in_house_share,
            center.max_concentration,
            center.concentration_from,
        )
        self.hold_calendar(math.inf, -math.inf)

    @property
    def usage(self) -> Floats:
        """What vendors were sent, (vendors + 1, columns), as the ledger counts it."""
        return self._ledger.counters

    @property
    def since(self) -> float:
        """From when on the calendar of the tables holds, epoch seconds."""
        return float(self.vendors[-1, codes.SINCE])

    @property
    def until(self) -> float:
        """Until when the calendar of the tables holds, epoch seconds."""
        return float(self.vendors[-1, codes.UNTIL])

    def hold_calendar(self, since: float, until: float) -> None:
        """Have the calendar hold from one instant to another, epoch seconds."""
        self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = since, until

    def publish(self) -> None:
        """Tell the compiled call where everything is, and that it may go on."""
        arrays = (self.ways, self.vendors, self.usage, self.queues, self.curves, self.shares)
        if any(map(operator.is_not, arrays, self._framed)):  # addresses take long to ask for
            self._framed = arrays
            ways, vendors, usage, queues, curves, shares = arrays
            self._frame[:] = (
                ways.ctypes.data, ways.shape[0], ways.shape[1], vendors.ctypes.data, vendors.shape[0],
                usage.ctypes.data, queues.ctypes.data, queues.shape[0], curves.ctypes.data, curves.shape[2],
                shares.ctypes.data,
            )  # fmt: skip
        self.vendors[-1, codes.TABLES_READY] = 1.0

    def hold(self) -> None:
        """Keep compiled decisions off the tables until `publish`."""
        self.vendors[-1, codes.TABLES_READY] = 0.0

    def widen_ways(self, ways: int) -> None:
        """Have room for profiles of so many ways."""
        if ways > self.ways.shape[1]:
            wider = np.zeros((len(self.ways), ways, codes.WAY_COLUMNS))
            wider[:, : self.ways.shape[1]] = self.ways
            self.ways = wider

    def lengthen_ways(self, profiles: int) -> None:
        """Have room for so many profiles."""
        while profiles > len(self.ways):
            self.ways = np.concatenate([self.ways, np.zeros_like(self.ways)])

    def widen_curves(self, states: int) -> None:
        """Have room for rules of so many states."""
        self.curves = with_states(self.curves, states)


def blank_queue_row() -> Floats:
    """The row of a queue without settings or rule, which is not trusted."""
    row: Floats = np.zeros(codes.QUEUE_COLUMNS)
    row[codes.DISTRUST] = 1.0
    row[codes.TOLD : codes.KEPT_SINCE + 1] = math.nan
    row[codes.MOVED_AT] = -math.inf
    return row


def fill_queue_row(row: Floats, queue: Queue) -> None:
    """Write into a row what is configured of a queue."""
    row[codes.COST_RATE] = queue.cost_rate
    row[codes.ABANDONMENT_RATE] = queue.abandonment_rate
    row[codes.FAILED_COST] = queue.failed_cost
    row[codes.STALE_AFTER], row[codes.LOST_AFTER] = queue.stale_after, queue.lost_after


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
    row[codes.UP] = row[codes.ADMITTED] = 1.0
    row[codes.MOST_AT_ONCE] = limit(vendor.capacity)
    row[codes.VENDOR_WAIT] = vendor.expected_wait
    row[codes.MOST_SHARE] = vendor.max_share
    row[codes.LEFT_TO_SPEND] = math.inf
    row[codes.TRIAL_SHARE] = 1.0
    row[codes.TEAM] = vendor.agents or 0.0
    caps = (terms.cap_per_hour, terms.cap_per_day, terms.cap_per_period)
    row[codes.FIRST_CAP : codes.PRICE_UNTIL] = [limit(cap) for cap in caps]
