"""What is true right now, as somebody outside tells it: queues, vendors, and both together."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import msgspec

from bporoute._base.fields import did_you_mean, plain
from bporoute._base.ranges import LEAST_AHT, MOST, MOST_AGENTS, MOST_PLACES
from bporoute.errors import askable, shown

MOST_A_SECOND = 1e5
"""Contacts that arrive, far above what so many agents can take."""
_NUMBERS = frozenset((float, int))
_PLAIN = _NUMBERS | {type(None)}
MOST_SAID, LONGEST_NAME = 3, 100
"""Things that are said of one snapshot, and characters of a name there."""


class QueueState(msgspec.Struct, frozen=True, gc=False):
    """One in-house queue at this moment.

    Attributes
    ----------
    agents : float
        Agents logged in and working (busy or free).
    busy : float
        Agents handling a contact, or, in a queue with `Queue.concurrency`, contacts in hand; may exceed what
        they can have where a shift has just ended. May be left out where somebody waits.
    waiting : float
        Contacts waiting.
    arrival_rate : float or None
        Contacts of all the queue's types per second just now, wherever they go; None: the router's own
        rate. A change of it has the rule solved anew: tell it every few minutes, not with every contact.
    aht : float or None
        Average handle time just now, seconds (with concurrency, of a contact that has its agent for itself);
        None: the router's own estimate, likewise.
    """

    agents: float
    busy: float = 0.0
    waiting: float = 0.0
    arrival_rate: float | None = None
    aht: float | None = None

    @property
    def present(self) -> float:
        """Contacts present, as the rules count them where an agent has one at a time, see `present_of`.

        >>> states = ((40, 0), (46, 0), (0, 9))
        >>> [QueueState(agents=42, busy=busy, waiting=waiting).present for busy, waiting in states]
        [40, 42, 51]
        """
        return self.present_of(1)

    def present_of(self, concurrency: int) -> float:
        """Contacts present, as the rules count them: nobody waits while an agent has room for one.

        `concurrency` is how many an agent may have in hand. Whoever waits has all that they can have before
        them, told busy or not (after-call work, skills); what is in hand beyond a shift ends with it.

        >>> QueueState(agents=4, busy=11).present_of(3), QueueState(agents=4, waiting=2).present_of(3)
        (11, 14)
        """
        slots = math.ceil(self.agents * concurrency)
        return slots + self.waiting if self.waiting > 0 else min(self.busy, slots)

    def in_plain_numbers(self) -> QueueState:
        """The same with Python's own numbers where NumPy's stand; itself if none do."""
        if _PLAIN.issuperset(map(type, (self.agents, self.busy, self.waiting, self.arrival_rate, self.aht))):
            return self
        return QueueState(*(plain(getattr(self, name)) for name in self.__struct_fields__))

    def distrust(self, concurrency: int = 1) -> str:
        """Why this state cannot be decided on, in a queue of so much concurrency; empty if it can.

        >>> QueueState(agents=42, busy=42, waiting=-1).distrust()
        'waiting is -1, not a number from 0 to 100000'
        """
        if self._is_sound(concurrency):
            return ""
        told = (
            ("agents", self.agents, MOST_AGENTS // concurrency),
            ("busy", self.busy, MOST_AGENTS),
            ("waiting", self.waiting, MOST_PLACES),
            ("arrival_rate", 0.0 if self.arrival_rate is None else self.arrival_rate, MOST_A_SECOND),
        )
        for name, value, most in told:
            if not _between(0.0, value, most):
                return f"{name} is {shown(value)}, not a number from 0 to {most:g}"
        if self.aht is not None and not _between(LEAST_AHT, self.aht, MOST):
            return f"aht is {shown(self.aht)}, not a number from {LEAST_AHT:g} to {MOST:g}"
        return ""

    def _is_sound(self, concurrency: int) -> bool:
        """Whether all that is told can certainly be decided on: quick, as nearly everything can."""
        agents, busy, waiting, rate, aht = self.agents, self.busy, self.waiting, self.arrival_rate, self.aht
        return (
            _NUMBERS.issuperset((type(agents), type(busy), type(waiting)))
            and 0.0 <= agents <= MOST_AGENTS // concurrency
            and 0.0 <= busy <= MOST_AGENTS
            and 0.0 <= waiting <= MOST_PLACES
            and (rate is None or (type(rate) in _NUMBERS and 0.0 <= rate <= MOST_A_SECOND))
            and (aht is None or (type(aht) in _NUMBERS and LEAST_AHT <= aht <= MOST))
        )


def _between(least: float, value: object, most: float) -> bool:
    """Whether a value from outside is a number in a range; texts, None, arrays and nan are not."""
    value = askable(value)
    number: Any = value
    if type(value) is not float and (isinstance(value, bool) or not isinstance(plain(value), int | float)):
        return False
    return bool(least <= number <= most)


class VendorState(msgspec.Struct, frozen=True, gc=False):
    """One vendor at this moment; None: as the center says, or as the router has counted.

    Attributes
    ----------
    up : bool or None
        Whether it can be reached; None: as if nothing were told of it.
    in_flight : float or None
        Contacts there now.
    capacity : float or None
        Most contacts at once just now.
    expected_wait : float or None
        Mean wait there, seconds. Prices that go by it (by the minute from the answer on, or with a bill for
        those who give up) follow what `LiveVendor.update` tells; in a snapshot they stay.
    """

    up: bool | None = True
    in_flight: float | None = None
    capacity: float | None = None
    expected_wait: float | None = None

    def distrust(self) -> str:
        """Why this state cannot be decided on; empty if it can."""
        up = plain(askable(self.up))
        if up is not None and not (isinstance(up, int) and up in (0, 1)):
            return f"up is {shown(self.up)}, not True or False"
        for name in ("in_flight", "capacity", "expected_wait"):
            value = getattr(self, name)
            endless = name == "capacity" and type(value) is float and value == math.inf
            if value is not None and not endless and not _between(0.0, value, MOST):
                return f"{name} is {shown(value)}, not a number from 0 to {MOST:g}"
        return ""


class Snapshot:
    """Queue and vendor states by name; what it does not name is unknown (a queue) or as configured.

    A name that is neither a queue's nor a vendor's is said by every decision.

    >>> Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    Snapshot(service=QueueState(agents=42, busy=42, waiting=9, arrival_rate=None, aht=None))
    """

    __slots__ = ("states",)

    def __init__(self, /, **states: QueueState | VendorState) -> None:
        self.states = states

    def queue(self, name: str) -> QueueState | None:
        """The state of the queue of this `name`, None if it is not told."""
        state = askable(self.states.get(name))
        return state if isinstance(state, QueueState) else None

    def vendor(self, name: str) -> VendorState | None:
        """The state of the vendor of this `name`, None if it is not told."""
        state = askable(self.states.get(name))
        return state if isinstance(state, VendorState) else None

    def __repr__(self) -> str:
        return f"Snapshot({', '.join(f'{name}={state!r}' for name, state in self.states.items())})"


def snapshot_told(
    told: object, queues: Collection[str], vendors: Collection[str]
) -> tuple[Snapshot | None, str]:
    """A snapshot as it can be decided on, and what of it cannot be; None stays None.

    `queues` and `vendors` are the names of a center.

    >>> snapshot_told(Snapshot(servise=QueueState(agents=4)), ["service"], [])[1]
    "snapshot tells of 'servise', neither a queue nor a vendor: 'service' (known: service)"
    >>> snapshot_told({"service": 4}, ["service"], [])
    (Snapshot(), "snapshot is {'service': 4}, not a Snapshot")
    """
    if told is None:
        return None, ""
    told = askable(told)
    if not isinstance(told, Snapshot):
        return Snapshot(), f"snapshot is {shown(told)}, not a Snapshot"
    states: Any = told.states
    if not isinstance(states, dict):
        return Snapshot(), f"snapshot.states is {shown(states)}, not a mapping"
    odd = []
    for name, state in zip(states, map(askable, states.values()), strict=True):
        kinds = [kind for kind, names in ((QueueState, queues), (VendorState, vendors)) if name in names]
        if not kinds:
            odd.append(_unknown(str(name)[:LONGEST_NAME], (*queues, *vendors)))
        elif state is not None and not isinstance(state, tuple(kinds)):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            odd.append(f"snapshot's {shown(name)} is {shown(state)}, not a {wanted}")
        if len(odd) == MOST_SAID:
            break
    return told, "; ".join(odd)


@lru_cache(maxsize=64)  # it comes with every snapshot, and looking for what is near takes long
def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = did_you_mean(name, list(known))
    return f"snapshot tells of {shown(name)}, neither a queue nor a vendor: {near}"
