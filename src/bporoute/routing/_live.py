"""The live state that a router keeps, fed by the telephony system's events."""

from __future__ import annotations

import math
from collections.abc import Callable

from bporoute.routing._state import QueueState, VendorState
from bporoute.routing._tables._queues import Row
from bporoute.routing._tables._tables import RoutingTables


class LiveQueue:
    """The state of one queue, kept in the router and fed by events; ``Router.state`` has one for each queue.

    Parameters
    ----------
    tables : RoutingTables
        What is told.
    row : Row
        The queue's own.
    clock : callable
        Now, epoch seconds.
    """

    __slots__ = ("_clock", "_row", "_tables")

    def __init__(self, tables: RoutingTables, row: Row, clock: Callable[[], float]) -> None:
        self._tables = tables
        self._row = row
        self._clock = clock

    @property
    def state(self) -> QueueState | None:
        """What was told last; None if nothing was."""
        return self._row.state

    def update(
        self,
        *,
        agents: float | None = None,
        busy: float | None = None,
        waiting: float | None = None,
        arrival_rate: float | None = None,
        aht: float | None = None,
        at: float | None = None,
    ) -> None:
        """Tell what has changed, see `QueueState`; what is not told stays as it was.

        Parameters
        ----------
        agents, busy, waiting : float or None
            Agents at work, contacts in hand and in line.
        arrival_rate : float or None
            Contacts per second.
        aht : float or None
            Mean handle time, seconds.
        at : float or None
            When that was true, epoch seconds; None: now. The state grows stale from then on, and the
            contacts that the router keeps are added to it until the next update.
        """
        now = self._clock()
        tables, row = self._tables, self._row
        with tables.ledger.lock:
            old = row.state or QueueState(agents=math.nan)
            tables.queues.tell(
                row,
                QueueState(
                    old.agents if agents is None else agents,
                    old.busy if busy is None else busy,
                    old.waiting if waiting is None else waiting,
                    old.arrival_rate if arrival_rate is None else arrival_rate,
                    old.aht if aht is None else aht,
                ),
                min(at, now) if at is not None and math.isfinite(at) else now,
                now,
            )


class LiveVendor:
    """The state of one vendor, kept in the router and fed by events; ``Router.vendors`` has one for each.

    Parameters
    ----------
    tables : RoutingTables
        What is told.
    number : int
        The vendor's place in the center.
    """

    __slots__ = ("_number", "_tables", "state")

    def __init__(self, tables: RoutingTables, number: int) -> None:
        self._tables = tables
        self._number = number
        self.state = VendorState()

    def update(
        self,
        *,
        up: bool | None = None,
        in_flight: float | None = None,
        capacity: float | None = None,
        expected_wait: float | None = None,
    ) -> None:
        """Tell what has changed, see `VendorState`; what is not told stays as it was.

        Parameters
        ----------
        up : bool or None
            Whether it can be reached.
        in_flight : float or None
            Contacts there now; None: as the router counts them.
        capacity : float or None
            Most contacts there at once.
        expected_wait : float or None
            Mean wait there while an agent is free, seconds.
        """
        tables = self._tables
        with tables.ledger.lock:
            old = self.state
            told = VendorState(
                old.up if up is None else up,
                in_flight,
                old.capacity if capacity is None else capacity,
                old.expected_wait if expected_wait is None else expected_wait,
            )
            tables.arrays.hold()
            if tables.vendors.tell_live(self._number, told):
                self.state = told
            tables.arrays.publish()
