"""Feeds a router from Asterisk's manager interface, for as long as it runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from hashlib import md5
from types import MappingProxyType

from bporoute._base.logger import INFO, WARNING, say
from bporoute._base.words import did_you_mean
from bporoute.errors import InputError, shown
from bporoute.routing._router import Router
from bporoute.telephony.ami import _queues, _trunks
from bporoute.telephony.ami._lines import Message, Messages, action
from bporoute.telephony.ami._queues import QueueBook
from bporoute.telephony.ami._trunks import Trunks

PORT = 5038
"""Where Asterisk's manager interface listens."""
EVERY = 10.0
"""Seconds between two looks at whether Asterisk is there; then all is told anew, lest it grows stale."""
ANEW_EVERY = 6
"""Of those looks, one that asks for a whole snapshot."""
LEAST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds until a lost connection is tried again; each time twice as long."""
PIECE = 65_536
QUEUE_EVENTS, TRUNK_EVENTS = frozenset(_queues.EVENTS), frozenset(_trunks.EVENTS)
LISTED = frozenset(("QueueParams", "QueueMember"))
"""Lines of a snapshot: what happened after it was asked for is later than they are."""
TRUNK_LIST = "DeviceStateList"
"""What tells of all trunks at once."""


class _LostError(Exception):
    """The connection is of no use any more, and why."""


class Feed:
    """Tells a router what Asterisk's manager interface (AMI) tells of queues and trunks.

    First a snapshot (``QueueStatus``), then every event after it; a lost connection is made anew, with a new
    snapshot. Whatever arrives, nothing raises. While Asterisk is away the state of the queues grows stale by
    the router's own rule, and vendors count as the center says.

    Parameters
    ----------
    router : Router
        Who is told, by its ``state`` and ``vendors``.
    host, port : str, int
        Where the manager interface is.
    user, secret : str
        An account of ``manager.conf`` that reads ``agent`` (with trunks: ``system,call``) and writes
        ``reporting``. The secret itself is not sent, but the answer to a challenge (MD5: AMI knows no other).
    queues : mapping of str to str, or None
        Name of a queue in Asterisk -> queue of the center; None: they have the same names.
    trunks : mapping of str to str
        Device in Asterisk, such as ``"PJSIP/baltic"`` -> vendor.
    every : float
        Seconds between two looks at whether Asterisk is still there.
    chance : callable
        Gives a random number in [0, 1): it spreads the times at which many try again.

    Raises
    ------
    InputError
        At a queue or a vendor that the center does not have, and a user or secret of several lines.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Queue, Router
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> feed = Feed(Router(center, compile=False), "10.0.0.5", 5038, "bporoute", "s3cret")
    >>> feed.connected, feed.counts["events"]
    (False, 0)
    >>> Feed(Router(center, compile=False), "", 5038, "a", "b", queues={"support": "servce"})
    Traceback (most recent call last):
    bporoute.errors.InputError: queues.support: found 'servce'; expected 'service' (known: service)
    """

    def __init__(
        self,
        router: Router,
        host: str,
        port: int,
        user: str,
        secret: str,
        *,
        queues: Mapping[str, str] | None = None,
        trunks: Mapping[str, str] = MappingProxyType({}),
        every: float = EVERY,
        chance: Callable[[], float] = random.random,
    ) -> None:
        center = router.center
        names = {name: name for name in center.queues} if queues is None else dict(queues)
        _check_names("queues", names, center.queues)
        _check_names("trunks", trunks, center.vendors)
        action("Login", {"user": user, "secret": secret})
        self._router = router
        self._place, self._login = (host, port), (user, secret)
        self._book, self._trunks = QueueBook(names), Trunks(trunks)
        self._every, self._chance = every, chance
        self._vendors = frozenset(trunks.values())
        self._wanted = QUEUE_EVENTS | (TRUNK_EVENTS if trunks else frozenset())
        self._messages = Messages(self._wanted)
        self._told_at: dict[str, float] = {}
        self._ahead = self._pinged = self._asked = self._unsure = 0.0
        self._said: set[str] = set()
        self._events = self._connections = 0
        self.connected = False
        self.heard_at = float("-inf")

    @property
    def counts(self) -> Mapping[str, int]:
        """Events taken, those that came late, messages too long to read, and connections so far."""
        return {
            "events": self._events,
            "late": self._book.late,
            "overlong": self._messages.overlong,
            "connections": self._connections,
        }

    async def run(self) -> None:
        """Go on until it is cancelled."""
        pause = LEAST_PAUSE
        while True:
            why = "it was closed"
            try:
                await self._follow()
            except (_LostError, OSError, TimeoutError, EOFError) as end:
                why = str(end) or type(end).__name__
            except Exception as failure:  # nothing that Asterisk sends may end the feed
                why = f"{type(failure).__name__}: {failure}"
            if self.connected:
                pause = LEAST_PAUSE
                self._lose()
                say([(WARNING, f"ami: connection lost: {shown(why)}")])
            else:
                self._say_once(f"ami: no connection: {shown(why)}")
            await asyncio.sleep(pause * (0.5 + self._chance()))
            pause = min(2.0 * pause, LONGEST_PAUSE)

    def _lose(self) -> None:
        self.connected = False
        self._trunks.forget()
        for vendor in self._vendors:
            self._tell_vendor(vendor, None)

    async def _follow(self) -> None:
        """One connection, to its end."""
        self._messages = Messages(self._wanted)
        async with asyncio.timeout(self._every):
            reader, writer = await asyncio.open_connection(*self._place)
        try:
            async with asyncio.timeout(self._every):
                await self._log_in(reader, writer)
            self._connections += 1
            await self._read(reader, writer)
        finally:
            writer.close()

    async def _log_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user, secret = self._login
        _send(writer, "Challenge", AuthType="MD5", ActionID="challenge")
        challenge = (await self._answer(reader, "challenge")).get("Challenge", "")
        key = md5(f"{challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
        _send(writer, "Login", AuthType="MD5", Username=user, Key=key, Events="off", ActionID="login")
        await self._answer(reader, "login")
        _send(writer, "Ping", ActionID="ping")
        self._pinged = self._router.clock()
        self._take_pong(await self._answer(reader, "ping"))
        mask = "agent,system,call" if self._vendors else "agent"
        _send(writer, "Events", EventMask=mask, ActionID="mask")
        await self._answer(reader, "mask")
        for name in sorted(self._wanted):  # without the right to, ``eventfilter`` in manager.conf does it
            _send(writer, "Filter", Operation="Add", Filter=f"Event: {name}", ActionID="filter")

    async def _answer(self, reader: asyncio.StreamReader, named: str) -> Message:
        """What an action was answered."""
        while piece := await reader.read(PIECE):
            for message in self._messages.read(piece):
                if message.get("ActionID") == named:
                    if message.get("Response") != "Success":
                        raise _LostError(f"{named}: {message.get('Message', 'refused')}")
                    return message
        raise _LostError(f"closed before it answered to {named}")

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what comes, and look now and then whether anybody is still there."""
        looks, silent = 0, 0
        self._ask_all(writer)
        loop = asyncio.get_running_loop()
        next_look = loop.time() + self._every
        while True:
            try:
                async with asyncio.timeout_at(next_look):
                    piece = await reader.read(PIECE)
            except TimeoutError:
                silent += 1
                if silent > 2:
                    raise _LostError(f"nothing heard for {silent * self._every:g} s") from None
                piece = None
            if piece is not None:
                if not piece:
                    raise _LostError("Asterisk closed it")
                silent = 0
                self._take(self._messages.read(piece))
            if loop.time() >= next_look:
                next_look = loop.time() + self._every
                looks += 1
                if looks % ANEW_EVERY == 0 or self._book.incomplete:
                    self._ask_all(writer)
                self._pinged = self._router.clock()
                _send(writer, "Ping", ActionID="ping")

    def _ask_all(self, writer: asyncio.StreamWriter) -> None:
        self._book.begin()
        self._asked = self._router.clock() - self._unsure
        _send(writer, "QueueStatus", ActionID="queues")
        if self._vendors:
            _send(writer, TRUNK_LIST, ActionID=TRUNK_LIST)

    def _take(self, messages: list[Message]) -> None:
        """Tell the router what some messages come to: each queue once."""
        now = self.heard_at = self._router.clock()
        changed: dict[str, float] = {}
        vendors: set[str] = set()
        for message in messages:
            event = message.get("Event")
            if event in QUEUE_EVENTS:
                self._events += 1
                at = self._asked if event in LISTED else self._at(message, now)
                for queue in self._book.take(message, at):
                    changed[queue] = max(at, changed.get(queue, at))
                if event == "QueueStatusComplete":
                    self._begin()
            elif event in TRUNK_EVENTS:
                self._events += 1
                vendors.update(self._trunks.take(message))
            elif message.get("Response") == "Error" and message.get("ActionID") != "filter":
                self._say_once(f"ami: {message.get('ActionID', '')}: {shown(message.get('Message', ''))}")
            elif message.get("ActionID") == "ping":
                self._take_pong(message)
                if self.connected:
                    changed |= dict.fromkeys(self._told_at, now)
        for queue, at in changed.items():
            self._tell(queue, at)
        for vendor in vendors:
            self._tell_vendor(vendor, self._trunks.up(vendor))

    def _begin(self) -> None:
        """The first snapshot is whole, or another one."""
        if not self.connected:
            self.connected = True
            self._said.clear()
            say([(INFO, "ami: connected")])
        if missing := self._book.missing:
            self._say_once(f"ami: Asterisk has no queue {', '.join(map(shown, missing))}")

    def _tell(self, queue: str, at: float) -> None:
        """Never with an earlier instant than before: what is late is left out by the book already."""
        at = self._told_at[queue] = max(at, self._told_at.get(queue, at))
        agents, busy, waiting = self._book.figures(queue)
        if (live := self._router.state.get(queue)) is not None:  # else the center has none any more
            live.update(agents=agents, busy=busy, waiting=waiting, at=at)

    def _tell_vendor(self, vendor: str, up: bool | None) -> None:
        if (live := self._router.vendors.get(vendor)) is not None:  # else the center has none any more
            live.update(up=up)

    def _at(self, message: Message, now: float) -> float:
        """When that was true which a message tells, by our clock; now where Asterisk does not say when."""
        told = _instant(message)
        return now if told is None else min(now, told + self._ahead)

    def _take_pong(self, message: Message) -> None:
        """Our clock and that of Asterisk's host are so far apart."""
        told = _instant(message)
        if told is not None:
            now = self._router.clock()
            self._ahead, self._unsure = 0.5 * (self._pinged + now) - told, now - self._pinged

    def _say_once(self, line: str) -> None:
        """Warn, unless it was said since the last time that all was well."""
        if line not in self._said and len(self._said) < 100:
            self._said.add(line)
            say([(WARNING, line)])


def _send(writer: asyncio.StreamWriter, name: str, **fields: str) -> None:
    writer.write(action(name, fields))


def _instant(message: Message) -> float | None:
    try:
        return float(message["Timestamp"])
    except (KeyError, ValueError):
        return None


def _check_names(where: str, named: Mapping[str, str], known: Mapping[str, object]) -> None:
    for name, ours in named.items():
        if ours not in known:
            raise InputError(f"{where}.{name}", shown(ours), did_you_mean(ours, list(known)))
