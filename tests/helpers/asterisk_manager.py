"""A manager interface as Asterisk 16 has it, with queues that tests change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import md5
from typing import Any

from bporoute import Router
from bporoute.telephony.ami import Feed

SECRET = "s3cret"
CHALLENGE = "841415273"


def text(**fields: Any) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"


class Manager:
    """Speaks the protocol at an address; `queues` is queue -> (callers, interface -> (status, paused))."""

    def __init__(self) -> None:
        self.queues: dict[str, tuple[int, dict[str, tuple[int, int]]]] = {}
        self.extra: list[bytes] = []
        self.clock: Callable[[], float] | None = None
        self.asked: list[dict[str, str]] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.server: asyncio.Server | None = None
        self.address = ("127.0.0.1", 0)

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, *self.address)
        self.address = self.server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Away, with every connection."""
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.close()
        self.writers.clear()

    async def send(self, *events: bytes, pieces: int = 0) -> None:
        """Tell whoever is logged in: whole events, between which answers go, or pieces of so many bytes."""
        stream = b"".join(events)
        for writer in self.writers:
            start = 0
            while start < len(stream):
                whole = stream.find(b"\r\n\r\n", start + 50_000) + 4
                end = start + pieces if pieces else whole if whole > 3 else len(stream)
                writer.write(stream[start:end])
                await writer.drain()
                start = end

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/5.0.5\r\n")
        try:
            while block := await reader.readuntil(b"\r\n\r\n"):
                asked = dict(line.split(": ", 1) for line in block.decode().strip().split("\r\n"))
                self.asked.append(asked)
                writer.write(self._answer(asked))
                if asked["Action"] == "Events":
                    self.writers.append(writer)
        except (
            asyncio.IncompleteReadError,
            ConnectionError,
            asyncio.CancelledError,
        ):  # at the end of the loop
            pass
        finally:
            writer.close()

    def _answer(self, asked: dict[str, str]) -> bytes:
        name, done = asked["Action"], {"Response": "Success", "ActionID": asked["ActionID"]}
        if name == "Challenge":
            return text(**done, Challenge=CHALLENGE)
        if name == "Login":
            right = md5(f"{CHALLENGE}{SECRET}".encode()).hexdigest() == asked["Key"]
            return (
                text(**done)
                if right
                else text(**done | {"Response": "Error"}, Message="Authentication failed")
            )
        if name == "Ping":
            return text(**done, Ping="Pong", **({"Timestamp": self.clock()} if self.clock else {}))
        if name == "Filter":
            return text(**done | {"Response": "Error"}, Message="Permission denied")
        if name == "QueueStatus":
            return text(**done, EventList="start") + b"".join(self.listed(asked["ActionID"]))
        return text(**done) + b"".join(self.extra)

    def listed(self, action_id: str = "queues") -> list[bytes]:
        """The lines of a snapshot."""
        lines = []
        for queue, (callers, members) in self.queues.items():
            lines.append(text(Event="QueueParams", Queue=queue, Calls=callers, ActionID=action_id))
            lines += [
                text(Event="QueueMember", Queue=queue, Location=each, Status=status, Paused=paused)
                for each, (status, paused) in members.items()
            ]
        return [*lines, text(Event="QueueStatusComplete", ActionID=action_id)]


def joined(queue: str, count: int, **more: Any) -> bytes:
    return text(
        Event="QueueCallerJoin", Privilege="agent,all", Queue=queue, Position=count, Count=count, **more
    )


def left(queue: str, count: int, **more: Any) -> bytes:
    return text(Event="QueueCallerLeave", Privilege="agent,all", Queue=queue, Position=1, Count=count, **more)


def member(
    queue: str, interface: str, status: int, paused: int = 0, event: str = "Status", **more: Any
) -> bytes:
    named = {"Event": f"QueueMember{event}", "Queue": queue, "Interface": interface}
    return text(**named, Status=status, Paused=paused, **more)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something has become true; a test that hangs is ended by pytest."""
    while not true():
        await asyncio.sleep(0.002)


def fed(router: Router, manager: Manager, talk: Callable[[Feed], Any], **options: Any) -> Any:
    """What comes of a talk while a feed of a manager runs."""

    async def all_of_it() -> Any:
        await manager.start()
        secret = options.pop("secret", SECRET)
        feed = Feed(router, *manager.address, "bporoute", secret, chance=lambda: -0.49, **options)
        running = asyncio.create_task(feed.run())
        try:
            return await talk(feed)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await manager.stop()

    return asyncio.run(all_of_it())
