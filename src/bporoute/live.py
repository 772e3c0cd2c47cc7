"""The live state that a router keeps, fed by the telephony system's events."""

from __future__ import annotations

import math
import threading

from bporoute.snapshot import QueueState, VendorState
from bporoute.tables import Tables


class LiveQueue:
    """The state of one queue, kept in the router and fed by events."""

    __slots__ = ("_lock", "state")

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self.state: QueueState | None = None

    def update(
        self,
        *,
        agents: float | None = None,
        busy: float | None = None,
        waiting: float | None = None,
        arrival_rate: float | None = None,
        aht: float | None = None,
    ) -> None:
        """Tell what has changed, see `QueueState`; what is not told stays as it was."""
        with self._lock:
            old = self.state or QueueState(agents=math.nan)
            self.state = QueueState(
                old.agents if agents is None else agents,
                old.busy if busy is None else busy,
                old.waiting if waiting is None else waiting,
                old.arrival_rate if arrival_rate is None else arrival_rate,
                old.aht if aht is None else aht,
            )


class LiveVendor:
    """The state of one vendor, kept in the router and fed by events."""

    __slots__ = ("_number", "_tables", "distrust", "state")

    def __init__(self, tables: Tables, number: int) -> None:
        self._tables = tables
        self._number = number
        self.state = VendorState()
        self.distrust = ""

    def update(
        self,
        *,
        up: bool | None = None,
        in_flight: float | None = None,
        capacity: float | None = None,
        expected_wait: float | None = None,
    ) -> None:
        """Tell what has changed, see `VendorState`; what is not told stays as it was."""
        tables = self._tables
        with tables.ledger.lock:
            old = self.state
            told = VendorState(
                old.up if up is None else up,
                in_flight,
                old.capacity if capacity is None else capacity,
                old.expected_wait if expected_wait is None else expected_wait,
            )
            self.distrust = tables.tell_vendor(self._number, told, tables.vendors, tables.ledger.counters)
            if not self.distrust:
                self.state = told
                if (up, capacity, expected_wait) != (None, None, None):
                    tables.version += 1
