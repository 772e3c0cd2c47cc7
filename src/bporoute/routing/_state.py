"""What is true right now, as somebody outside tells it: queues, vendors, and both together."""

from __future__ import annotations

import math

import msgspec

from bporoute._base.ranges import LEAST_AHT, MOST, MOST_AGENTS, MOST_PLACES
from bporoute.errors import shown

MOST_A_SECOND = 1e5
"""Contacts that arrive, far above what so many agents can take."""


class QueueState(msgspec.Struct, frozen=True, gc=False):
    """One in-house queue at this moment.

    Attributes
    ----------
    agents : float
        Agents logged in and working (busy or free).
    busy : float
        Agents handling a contact; may exceed `agents` where a shift has just ended. May be left out where
        somebody waits.
    waiting : float
        Contacts waiting.
    arrival_rate : float or None
        Contacts of all the queue's types per second just now, wherever they go; None: the router's own
        rate. A change of it has the rule solved anew: tell it every few minutes, not with every contact.
    aht : float or None
        Average handle time just now, seconds; None: the router's own estimate, likewise.
    """

    agents: float
    busy: float = 0.0
    waiting: float = 0.0
    arrival_rate: float | None = None
    aht: float | None = None

    @property
    def present(self) -> float:
        """Contacts present, as the rules count them: nobody waits while an agent is free.

        Whoever waits has all agents before them, told busy or not (after-call work, skills); agents who
        are busy beyond their shift leave when they are done.

        >>> states = ((40, 0), (46, 0), (0, 9))
        >>> [QueueState(agents=42, busy=busy, waiting=waiting).present for busy, waiting in states]
        [40, 42, 51]
        """
        agents = math.ceil(self.agents)
        return agents + self.waiting if self.waiting > 0 else min(self.busy, agents)

    def distrust(self) -> str:
        """Why this state cannot be decided on; empty if it can.

        >>> QueueState(agents=42, busy=42, waiting=-1).distrust()
        'waiting is -1, not a number from 0 to 100000'
        """
        told = (
            ("agents", self.agents, MOST_AGENTS),
            ("busy", self.busy, MOST_AGENTS),
            ("waiting", self.waiting, MOST_PLACES),
            ("arrival_rate", self.arrival_rate or 0.0, MOST_A_SECOND),
        )
        for name, value, most in told:
            if not _between(0.0, value, most):
                return f"{name} is {shown(value)}, not a number from 0 to {most:g}"
        if self.aht is not None and not _between(LEAST_AHT, self.aht, MOST):
            return f"aht is {shown(self.aht)}, not a number from {LEAST_AHT:g} to {MOST:g}"
        return ""


def _between(least: float, value: object, most: float) -> bool:
    """Whether a value from outside is a number in a range; texts, None and nan are not."""
    try:
        return bool(least <= value <= most)  # type: ignore[operator]  # it may be of any type
    except TypeError:
        return False


class VendorState(msgspec.Struct, frozen=True, gc=False):
    """One vendor at this moment; None: as the center says, or as the router has counted.

    Attributes
    ----------
    up : bool
        Whether it can be reached.
    in_flight : float or None
        Contacts there now.
    capacity : float or None
        Most contacts at once just now.
    expected_wait : float or None
        Mean wait there, seconds. Prices that go by it (by the minute from the answer on, or with a bill for
        those who give up) follow what `LiveVendor.update` tells; in a snapshot they stay.
    """

    up: bool = True
    in_flight: float | None = None
    capacity: float | None = None
    expected_wait: float | None = None

    def distrust(self) -> str:
        """Why this state cannot be decided on; empty if it can."""
        for name in ("in_flight", "capacity", "expected_wait"):
            value = getattr(self, name)
            if (
                value is not None
                and not _between(0.0, value, MOST)
                and not (name == "capacity" and value == math.inf)
            ):
                return f"{name} is {shown(value)}, not a number from 0 to {MOST:g}"
        return ""


class Snapshot:
    """Queue and vendor states by name; what it does not name is unknown (a queue) or as configured.

    >>> Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    Snapshot(service=QueueState(agents=42, busy=42, waiting=9, arrival_rate=None, aht=None))
    """

    __slots__ = ("states",)

    def __init__(self, /, **states: QueueState | VendorState) -> None:
        self.states = states

    def queue(self, name: str) -> QueueState | None:
        """The state of the queue of this `name`, None if it is not told."""
        state = self.states.get(name)
        return state if isinstance(state, QueueState) else None

    def vendor(self, name: str) -> VendorState | None:
        """The state of the vendor of this `name`, None if it is not told."""
        state = self.states.get(name)
        return state if isinstance(state, VendorState) else None

    def __repr__(self) -> str:
        return f"Snapshot({', '.join(f'{name}={state!r}' for name, state in self.states.items())})"
