"""An ASGI app asked without a server, and one served by uvicorn in a thread."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from helpers.running import wait_until

HERE = ("127.0.0.1", 40_000)


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    app: Any,
    address: str,
    told: object = None,
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    client: tuple[str, int] | None = HERE,
    server: tuple[str, int | None] | None = None,
) -> Reply:
    """One request: `told` is a body as bytes, or anything that becomes JSON."""
    parts = urlsplit(address)
    body = told if isinstance(told, bytes) else b"" if told is None else json.dumps(told).encode()
    named = {"host": "127.0.0.1:8080", **(headers or {})}
    if told is not None and not isinstance(told, bytes):
        named = {"content-type": "application/json", **named}
    scope = {
        "type": "http",
        "method": method,
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": client,
        "server": server,
    }
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], found, b"".join(each["body"] for each in sent[1:]))


@contextmanager
def served(app: Any) -> Iterator[int]:
    """The app behind uvicorn as ``bporoute serve`` runs it; the port at which it listens."""
    from bporoute.telephony.http._serving import listening, serve

    listener = listening("127.0.0.1", 0)
    port = int(listener.getsockname()[1])
    ends = threading.Event()
    thread = threading.Thread(target=serve, args=(app, listener, lambda: not ends.is_set()))
    thread.start()
    try:
        assert wait_until(lambda: _answers(port))
        yield port
    finally:
        ends.set()
        thread.join()
        listener.close()


def _answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
        return connection.recv(12).startswith(b"HTTP/1.1 200")


def talk(port: int, told: bytes) -> bytes:
    """Everything that comes back on a connection until the other side closes it."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # it has answered before all was said
            connection.sendall(told)
        found = b""
        with suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                found += piece
        return found
