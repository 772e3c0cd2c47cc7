"""The FastAGI server: one short conversation for each question of a channel."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType

from bporoute.errors import InputError, shown
from bporoute.routing._router import Router
from bporoute.telephony._answer import Answer
from bporoute.telephony._counts import Counts
from bporoute.telephony._destinations import Destinations
from bporoute.telephony._endings import Endings
from bporoute.telephony.agi._commands import HUNG_UP, asked, asking, check_readable, is_done, remark, setting
from bporoute.telephony.agi._environment import Environment, environment_of
from bporoute.telephony.agi._questions import ASKS, DECIDED_AT, ENDED, NOW, TOKEN, Questions

PORT = 4573
"""Where FastAGI servers listen, as Asterisk takes it if a URL names no port."""
LONGEST = 65_536
"""Bytes of a block or a line; a longer one ends the conversation."""
MOST_STRAY = 100
"""Lines that are no answer to what was asked, until the conversation is given up."""
LOOPBACK = ("127.0.0.0/8", "::1/128")
"""Networks of those who may ask where nothing else is said: this host."""
EVERY = frozenset(ASKS)


class _GoneError(Exception):
    """Nobody hears the answer."""


class FastAgi:
    r"""Answers the channels of an Asterisk: where to, where else after a failure, and how it ended.

    A dialplan asks by ``AGI(agi://HOST/route?type=service)``, ``AGI(agi://HOST/divert)`` and
    ``AGI(agi://HOST/settle)``. The first two set ``BPOROUTE_ACTION`` (``keep``, ``overflow``, ``callback``,
    ``reject``, or ``none``: nobody is left), ``BPOROUTE_DESTINATION``, ``BPOROUTE_ADDRESS``,
    ``BPOROUTE_TOKEN``, ``BPOROUTE_AT`` and ``BPOROUTE_DEGRADED``. Whatever cannot be decided is kept
    in-house; what nobody has heard is taken back. Nothing that a channel sends raises.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : Destinations or None
        Where the queues and vendors are in Asterisk (kind ``"dial"`` or ``"queue"``); None: by their names.
    endings : Endings or None
        What ``DIALSTATUS`` means; None: as `Endings` has it.
    ask : mapping of str to str
        Key of `Contact.of` -> variable or function of the dialplan that is asked for it, such as
        ``{"language": "CHANNEL(language)"}``. What the URL says comes first; the id is ``UNIQUEID``.
    peers : iterable of str
        Networks of those who may ask, such as ``"10.0.0.0/24"``. FastAGI knows no password.
    timeout : float
        Seconds after which a conversation is given up.
    most : int
        Conversations at a time; whoever comes beyond is turned away.
    mark : callable
        Gives a text that no caller can guess, by which answers are known.

    Raises
    ------
    InputError
        At a variable that cannot be asked for, and at a network that is none.

    Examples
    --------
    >>> import asyncio
    >>> from bporoute import Center, ContactType, Queue, Router
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> agi = FastAgi(Router(center, compile=False))
    >>> async def one_call() -> list[str]:
    ...     server = await agi.listen("127.0.0.1", 0)
    ...     reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    ...     writer.write(b"agi_request: agi://localhost/route?type=service\nagi_uniqueid: 1.1\n\n")
    ...     mark = (await reader.readline()).split()[-1].split(b"|")[0]
    ...     writer.write(b"200 result=1 (" + mark + b"|1700000000)\n")
    ...     told = (await reader.readline()).decode().split('"')[3].split(",")
    ...     writer.write(b"200 result=1\n")
    ...     await reader.read()
    ...     writer.close()
    ...     server.close()
    ...     return told[:2]
    >>> asyncio.run(one_call()), agi.counts["route"]
    (['keep', 'service'], 1)
    """

    def __init__(
        self,
        router: Router,
        destinations: Destinations | None = None,
        endings: Endings | None = None,
        *,
        ask: Mapping[str, str] = MappingProxyType({}),
        peers: Iterable[str] = LOOPBACK,
        timeout: float = 5.0,
        most: int = 1_000,
        mark: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        check_readable(ask)
        self._questions = Questions(router, destinations, Endings() if endings is None else endings)
        self._ask = dict(ask)
        self._peers = [_network(each) for each in peers]
        self._timeout, self._most, self._mark = timeout, most, mark
        self._open, self._idle = 0, asyncio.Event()
        self._idle.set()
        self._count = Counts("agi")

    @property
    def counts(self) -> Mapping[str, int]:
        """Conversations so far, by question; and those that went wrong, by how."""
        return self._count.all

    async def listen(self, host: str = "127.0.0.1", port: int = PORT) -> asyncio.Server:
        """Answer at an address of this `host` and a `port` until the server that is returned is closed.

        Raises
        ------
        OSError
            If nobody can listen there.
        """
        return await asyncio.start_server(self.answer, host, port, limit=LONGEST, backlog=self._most)

    async def finish(self, patience: float) -> None:
        """Wait until no conversation is open, at most so many seconds of `patience`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead the conversation of one connection, read from `reader` and written to `writer`, to its end."""
        self._open += 1
        self._idle.clear()
        try:
            if self._may_ask(writer) and self._has_room():
                await self._conversation(reader, writer)
        except Exception as failure:  # nothing of a conversation may end the server
            self._count.fault("faults", f"a conversation failed: {type(failure).__name__}: {shown(failure)}")
        finally:
            await _close(writer, self._timeout)
            self._open -= 1
            if not self._open:
                self._idle.set()

    def _may_ask(self, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("peername") or ("",)
        try:
            address = ipaddress.ip_address(peer[0].partition("%")[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in network for network in self._peers):
            return True
        self._count.fault("not allowed", f"{address} asks and is none of those who may")
        return False

    def _has_room(self) -> bool:
        if self._open <= self._most:
            return True
        self._count.fault("turned away", f"more than {self._most} conversations at a time")
        return False

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer: Answer | None = None
        try:
            async with asyncio.timeout(self._timeout):
                question = environment_of(await reader.readuntil(b"\n\n"))
                told = await self._told(question, reader, writer)
                answer = self._decided(question.what, told)
                if answer is not None:
                    line = self._line_of(answer, told)
                    if line is None:
                        self._questions.take_back(answer.token)
                        answer = self._questions.in_house(told)
                        line = setting(_variables(answer, told.get(NOW, "")))
                    writer.write(f"{line}\n".encode())
                    while not is_done(line := await _line(reader)):
                        if line.startswith("5"):
                            raise _GoneError("hung up")
        except (TimeoutError, _GoneError, OSError, EOFError, asyncio.LimitOverrunError) as end:
            if answer is not None and answer.token:
                self._questions.take_back(answer.token)
            if isinstance(end, _GoneError) and answer is not None:
                self._count("hung up")
            else:
                text = "too slow" if isinstance(end, TimeoutError) else str(end) or "cut off"
                self._count.fault("broken", f"a conversation broke off: {shown(text)}")

    def _line_of(self, answer: Answer, told: Mapping[str, str]) -> str | None:
        """The command that sets an answer; None: it is too long for a channel to hear it."""
        why = ""
        for degraded in (remark(answer.degraded), ""):
            try:
                return setting({**_variables(answer, told.get(NOW, "")), "BPOROUTE_DEGRADED": degraded})
            except InputError as complaint:
                why = str(complaint)
        self._count.fault("too long", f"an answer is not told, the call is kept: {why}")
        return None

    async def _told(
        self, question: Environment, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> dict[str, str]:
        """All that is known of a question: what the channel's variables say, and first, the URL."""
        names = (*ASKS.get(question.what, (NOW,)), *self._ask.values())
        mark = self._mark()
        writer.write(f"{asking(mark, names)}\n".encode())
        found = None
        for _ in range(MOST_STRAY):
            if (found := asked(await _line(reader), mark, names)) is not None:
                break
        else:
            raise _GoneError("nothing answers what was asked")
        if NOW not in found:
            self._count.fault("unread", "Asterisk tells no variables: is func_uri loaded?")
        by_field = {field: found[name] for field, name in self._ask.items() if name in found}
        variables = {name: found[name] for name in names if name in found}
        return {"id": question.uniqueid, **by_field, **question.told, **variables}

    def _decided(self, what: str, told: Mapping[str, str]) -> Answer | None:
        """What is answered, whatever fails; None: nothing is asked for."""
        try:
            if what not in EVERY:
                self._count.fault("unknown", f"no such question: {shown(what)}; there are {', '.join(ASKS)}")
                return self._questions.in_house(told)
            self._count(what)
            return self._questions.answers[what](told)
        except Exception as failure:
            self._count.fault("faults", f"{what} failed: {type(failure).__name__}: {shown(str(failure))}")
            return None if what == "settle" else self._questions.in_house(told)


def _variables(answer: Answer, now: str) -> dict[str, str]:
    """The variables of a channel that say an answer; what is told of the way before is gone."""
    return {
        "BPOROUTE_ACTION": answer.action,
        "BPOROUTE_DESTINATION": answer.destination,
        "BPOROUTE_ADDRESS": answer.address,
        TOKEN: answer.token,
        DECIDED_AT: now,
        "BPOROUTE_DEGRADED": answer.degraded,
        **dict.fromkeys(ENDED, ""),
    }


async def _close(writer: asyncio.StreamWriter, patience: float) -> None:
    """Close, in order if whoever is there reads what was written."""
    writer.close()
    try:
        async with asyncio.timeout(patience):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


async def _line(reader: asyncio.StreamReader) -> str:
    """The next line that is not Asterisk's news that the caller has gone."""
    while (line := (await reader.readuntil()).decode("utf-8", "replace").rstrip("\r\n")) == HUNG_UP:
        pass
    return line


def _network(told: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(told, strict=False)
    except ValueError:
        raise InputError("peers", shown(told), "a network such as 10.0.0.0/24, or an address") from None
