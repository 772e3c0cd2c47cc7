"""The arrays that the decision kernel works on, and what the rows of its queue tables stand for.

Whoever writes them holds the ledger's lock. Compiled decisions do not take it: they look at the flags
`TABLES_READY` and `QUEUE_READY`, which are down while somebody writes, and leave the contact to a decision
that does.
"""

from __future__ import annotations

import math
import operator

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.policies._thresholds import Policy
from bporoute.routing._state import QueueState
from bporoute.routing._tables._profiles import Kind, Prices, Profiles
from bporoute.routing._tables._queue_rules import Solved
from bporoute.routing.ledger._memory import Ledger


class View(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a decision rests on beside its line of a page; made anew whenever it changes.

    Attributes
    ----------
    state : QueueState or None
        What was told of the queue, where it cannot be decided on.
    distrust : str
        Why it cannot; empty if it can.
    solved : Solved or None
        The queue's rule.
    trouble : str
        What is wrong with the clock or the vendors' states.
    """

    center: Center
    policy: Policy
    ledger: Ledger
    state: QueueState | None = None
    distrust: str = ""
    solved: Solved | None = None
    trouble: str = ""


class Row:
    """One row of the queue tables: what was loaded into it last.

    `key` is all that its rule was solved from, `state` what was told of the queue, `kind` the kind of contact
    that asked last, `heard_at` when that was told, `distrust` why that cannot be decided on.
    """

    __slots__ = ("distrust", "heard_at", "key", "kind", "looked_at", "number", "state", "version", "view")

    def __init__(self, number: int, view: View) -> None:
        self.number = number
        self.view = view
        self.key: tuple[object, ...] = ()
        self.state: QueueState | None = None
        self.distrust = ""
        self.kind: Kind | None = None
        self.heard_at = -math.inf
        self.version = 0
        self.looked_at = 0.0


class RoutingArrays:
    """Arrays for one center and policy, counting in one ledger; `prices` prices the kinds of contact."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger, prices: Prices) -> None:
        self.center = center
        self.policy = policy
        self.ledger = ledger
        self.queue_names = tuple(center.queues)
        self.vendor_names = tuple(center.vendors)
        ledger.open_for(self.vendor_names)
        self._vendors = tuple(center.vendors.values())
        self._frame = np.zeros(codes.FRAME_WORDS, dtype=np.int64)
        self._frame_at: int = self._frame.ctypes.data
        self._framed: tuple[Floats | None, ...] = (None,) * 6
        self.profiles = Profiles(center, self._frame_at, prices)
        self.vendors: Floats = np.zeros((len(self._vendors) + 1, codes.VENDOR_COLUMNS))
        self.queues: Floats = np.zeros((len(self.queue_names) + 1, codes.QUEUE_COLUMNS))
        self.curves: Floats = np.zeros((len(self.queues), codes.CURVES, 1))
        self.shares: Floats = np.zeros((len(self.queues), len(self._vendors) + 1, codes.SHARE_COLUMNS))

        nothing = View(center, policy, ledger)
        self.rows = [Row(number, nothing) for number in range(len(self.queue_names))]
        self.spare = Row(len(self.queue_names), nothing)
        """For a snapshot that is only asked about."""
        self.hashed = False
        """Whether some rule draws its shares from the contacts' ids."""
        self.bad_clock = ""
        self.distrusts = [""] * len(self._vendors)
        """What is wrong with each vendor's live state."""
        self._fill()

    def _fill(self) -> None:
        self.queues[:, codes.DISTRUST] = 1.0
        self.queues[:, codes.TOLD : codes.KEPT_SINCE + 1] = math.nan
        for row, config in zip(self.queues, self.center.queues.values(), strict=False):
            row[codes.COST_RATE] = config.cost_rate
            row[codes.ABANDONMENT_RATE] = config.abandonment_rate
            row[codes.FAILED_COST] = config.failed_cost
            row[codes.STALE_AFTER], row[codes.LOST_AFTER] = config.stale_after, config.lost_after
        self.queues[:, codes.MOVED_AT] = -math.inf
        for table, vendor in zip(self.vendors, self._vendors, strict=False):
            terms = vendor.contract
            caps = (terms.cap_per_hour, terms.cap_per_day, terms.cap_per_period)
            table[codes.UP] = table[codes.ADMITTED] = 1.0
            table[codes.MOST_AT_ONCE] = limit(vendor.capacity)
            table[codes.VENDOR_WAIT] = vendor.expected_wait
            table[codes.MOST_SHARE] = vendor.max_share
            table[codes.LEFT_TO_SPEND] = math.inf
            table[codes.TRIAL_SHARE] = 1.0
            table[codes.TEAM] = vendor.agents or 0.0
            table[codes.FIRST_CAP : codes.PRICE_UNTIL] = [limit(cap) for cap in caps]
        self.vendors[-1, : codes.CONCENTRATION_FROM + 1] = (
            1.0 - self.center.min_in_house_share,
            self.center.max_concentration,
            self.center.concentration_from,
        )
        self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = math.inf, -math.inf

    def publish(self) -> None:
        """Tell the compiled call where everything is, and that it may go on."""
        arrays = (
            self.profiles.ways,
            self.vendors,
            self.ledger.counters,
            self.queues,
            self.curves,
            self.shares,
        )
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

    def _touch(self, queues: set[int]) -> None:
        """Have the rules of these queues solved anew before they decide again."""
        for queue in queues:
            self.rows[queue].version += 1
            self.queues[queue, codes.QUEUE_READY] = 0.0


def limit(configured: int | None) -> float:
    """A limit as a number that nothing exceeds where there is none."""
    return math.inf if configured is None else configured
