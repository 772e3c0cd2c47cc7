"""Asterisk's queues as its events tell them, and what that comes to in the queues of a center."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from bporoute.telephony.ami._lines import Message

FREE, RINGING = frozenset("01"), "6"
"""States of a device that Asterisk calls: not known, not in use; and the one that rings."""
AT_WORK = FREE | frozenset("23678")
"""The same, in use, busy, ringing, both, on hold; without invalid (4) and unavailable (5)."""
SNAPSHOT = ("QueueParams", "QueueMember", "QueueStatusComplete")
CALLERS = ("QueueCallerJoin", "QueueCallerLeave")
MEMBERS = ("QueueMemberStatus", "QueueMemberAdded", "QueueMemberPause", "QueueMemberRemoved")
EVENTS = (*SNAPSHOT, *CALLERS, *MEMBERS)


class Figures(NamedTuple):
    """What is true of a queue of the center; None: nobody can tell."""

    agents: float | None
    busy: float | None
    waiting: float | None


NOT_KNOWN = Figures(None, None, None)


class _Member(msgspec.Struct, frozen=True):
    """An agent in one of Asterisk's queues, as told at an instant."""

    status: str
    paused: bool
    at: float


class _Told(msgspec.Struct):
    """One of Asterisk's queues: how many callers, and when that was true; members by their interface."""

    callers: int
    at: float
    members: dict[str, _Member] = {}


class QueueBook:
    """Follows queues by a snapshot and the events after it.

    Parameters
    ----------
    queues : mapping of str to str
        Name of a queue in Asterisk -> queue of the center; several may be one there.

    Attributes
    ----------
    late : int
        Events that told what was older than what was known.
    incomplete : bool
        Whether an event was of a queue that no snapshot has told of: it is time for another one.

    Examples
    --------
    >>> book = QueueBook({"support": "service"})
    >>> for event in (
    ...     {"Event": "QueueParams", "Queue": "support", "Calls": "0"},
    ...     {"Event": "QueueMember", "Queue": "support", "Location": "SIP/ann", "Status": "1", "Paused": "0"},
    ...     {"Event": "QueueStatusComplete"},
    ... ):
    ...     changed = book.take(event, at=100.0)
    >>> book.take({"Event": "QueueCallerJoin", "Queue": "support", "Count": "1"}, at=101.0)
    ('service',)
    >>> book.figures("service")
    Figures(agents=1, busy=0, waiting=1)
    """

    def __init__(self, queues: Mapping[str, str]) -> None:
        self._names = dict(queues)
        self._by_center: dict[str, list[str]] = {}
        for name, queue in self._names.items():
            self._by_center.setdefault(queue, []).append(name)
        self._queues: dict[str, _Told] = {}
        self._listed: dict[str, _Told] = {}
        self.late = 0
        self.incomplete = False

    @property
    def missing(self) -> list[str]:
        """The queues that Asterisk does not have."""
        return [name for name in self._names if name not in self._queues]

    def begin(self) -> None:
        """A snapshot is asked for: what is listed from now on replaces what is known."""
        self._listed = {}

    def take(self, message: Message, at: float) -> tuple[str, ...]:
        """The queues of the center that are not as before, after a message about what was true `at`."""
        event = message.get("Event")
        if event == "QueueStatusComplete":
            self._queues, self._listed, self.incomplete = self._listed, {}, False
            return tuple(self._by_center)
        name = message.get("Queue", "")
        if name not in self._names:
            return ()
        if event == "QueueParams":
            self._listed[name] = _Told(_count(message.get("Calls")) or 0, at)
            return ()
        if event == "QueueMember":
            if (told := self._listed.get(name)) is not None:
                told.members[message.get("Location", "")] = _member(message, at)
            return ()
        # What is listed already has to follow, too, before the list takes the place of what is known.
        found = [
            told
            for told in (self._queues.get(name), self._listed.get(name))
            if told is not None and self._change(told, message, at)
        ]
        if name not in self._queues:
            self.incomplete = True
        return (self._names[name],) if found else ()

    def figures(self, queue: str) -> Figures:
        """Agents at work, contacts in hand and waiting in a queue of the center."""
        known = [self._queues[name] for name in self._by_center.get(queue, ()) if name in self._queues]
        if not known:
            return NOT_KNOWN
        at_work: dict[str, str] = {}
        for told in known:
            for interface, member in told.members.items():
                if not member.paused and member.status in AT_WORK:
                    at_work[interface] = member.status  # once, in however many queues
        callers = sum(told.callers for told in known)
        states = list(at_work.values())
        ringing = states.count(RINGING)
        in_use = len(states) - ringing - sum(map(states.count, FREE))
        offered = min(ringing, callers)  # who rings at an agent still counts as a caller, and is in hand
        return Figures(len(states), in_use + offered, callers - offered)

    def _change(self, told: _Told, message: Message, at: float) -> bool:
        if message["Event"] in CALLERS:
            count = _count(message.get("Count"))
            if count is None or at < told.at:
                self.late += count is not None
                return False
            told.callers, told.at = count, at
            return True
        interface = message.get("Interface", "")
        known = told.members.get(interface)
        if known is not None and at < known.at:
            self.late += 1
            return False
        if message["Event"] == "QueueMemberRemoved":
            return told.members.pop(interface, None) is not None
        told.members[interface] = _member(message, at)
        return True


def _member(message: Message, at: float) -> _Member:
    return _Member(message.get("Status", "0"), message.get("Paused", "0") == "1", at)


def _count(text: str | None) -> int | None:
    """A number of callers; None: it is none.

    >>> _count("3"), _count("-3"), _count("many"), _count(None)
    (3, None, None, None)
    """
    return int(text) if text is not None and len(text) < 6 and text.isascii() and text.isdigit() else None
