"""A store in Redis or Valkey, for several hosts; needs the extra ``redis``.

It must write every change to its append-only file: ``appendonly yes``, and ``appendfsync always`` or
``everysec``. With ``everysec`` a server that dies may take back the last second or two of
what it has answered, and a replica that takes over any last part of it. So a server with another run id than
before opens a new epoch: nobody is granted anything for a lease, in which the hosts declare what they hold,
and what was taken back is known again. Lost are only the outcomes of that second, and what a host was granted
in it that dies in the same moment: a cap may be exceeded by as much. ``always`` loses nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from bporoute.errors import InputError, shown
from bporoute.routing.ledger import _redis_scripts as scripts
from bporoute.routing.ledger._line import PATIENCE, Line
from bporoute.routing.ledger._store import (
    MOST_ROWS,
    UNREADABLE,
    Account,
    Answer,
    Ask,
    Counted,
    Declaration,
    Host,
    Journaled,
    Listing,
    Mark,
    Moved,
    Outcome,
    Request,
    Store,
    Window,
    is_token,
)

LAYOUT = "1"
"""Version of the keys."""
_CONNECT = 1.0
"""Seconds to connect."""


def redis_store(url: str, lease: float) -> RedisStore:
    """A store in the numbered database at `url`; all its keys begin with ``{bporoute}:``.

    Raises
    ------
    InputError
        If the client cannot read the URL.
    """
    try:
        parse_url(url)  # type: ignore[no-untyped-call]
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # which may quote from the password
        raise InputError("store", UNREADABLE, "redis://user:password@host:6379/0") from None
    where = f"store {parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    return RedisStore(where, url, lease)


class RedisStore(Store):
    """A `Store` in Redis; a new epoch grants nothing for `lease` seconds."""

    def __init__(self, where: str, url: str, lease: float) -> None:
        faults = (redis.RedisError, OSError)
        self._line: Line[_Server] = Line(where, lambda: _Server(where, url), faults)
        self._lease = lease

    @property
    def where(self) -> str:
        """What it is, for messages: without a password."""
        return self._line.where

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""
        self._line.close()

    def key(self) -> bytes:
        """See `Store.key`."""
        with self._line.use() as server:
            return bytes.fromhex(server.key)

    def exchange(self, request: Request) -> Answer:
        """See `Store.exchange`."""
        return self._answer(scripts.EXCHANGE, request, request.asks)

    def declare(self, declaration: Declaration) -> Answer:
        """See `Store.declare`."""
        return self._answer(scripts.DECLARE, declaration, declaration.holds)

    def settle(self, host: str, outcomes: Sequence[Outcome], after: int) -> tuple[Journaled, ...]:
        """See `Store.settle`."""
        told = [part for outcome in outcomes for part in (outcome.token, repr(outcome.told), outcome.body)]
        with self._line.use() as server:
            rows = server.run(scripts.SETTLE, host, after, MOST_ROWS, *told)
        return tuple(_journaled(row) for row in rows)

    def journal(self, host: str, after: int) -> tuple[Journaled, ...]:
        """See `Store.journal`."""
        return self.settle(host, (), after)

    def known(self, tokens: Collection[str]) -> frozenset[str]:
        """See `Store.known`."""
        asked = [token for token in tokens if is_token(token)]
        found: set[str] = set()
        with self._line.use() as server:
            for first in range(0, len(asked), MOST_ROWS):
                some = asked[first : first + MOST_ROWS]
                found.update(server.run(scripts.KNOWN, *some))
        return frozenset(found)

    def save(self, accounts: Sequence[Account]) -> None:
        """See `Store.save`."""
        told = [
            part
            for account in accounts
            for part in (_text([account.host, account.vendor, account.period]), account.upto, account.body)
        ]
        with self._line.use() as server:
            server.run(scripts.SAVE, *told)

    def accounts(self) -> tuple[Account, ...]:
        """See `Store.accounts`."""
        with self._line.use() as server:
            rows = _pairs(server.run(scripts.ACCOUNTS))
        found = []
        for key, account in rows:
            upto, body = account.split(" ", 1)
            host, vendor, period = msgspec.json.decode(key, type=tuple[str, str, float])
            found.append(Account(host, vendor, period, int(upto), body))
        return tuple(sorted(found, key=lambda account: (account.host, account.vendor, account.period)))

    def listing(self) -> Listing:
        """See `Store.listing`."""
        with self._line.use() as server:
            (store, epoch, until), windows, limits, hosts, holds = server.run(scripts.LISTING)
        most = {window: int(limit) for window, limit in _pairs(limits)}
        held = [
            Counted(_window(window), host[0], int(units), most[window])
            for host, windows_of_host in zip(hosts, holds, strict=True)
            for window, units in _pairs(windows_of_host)
        ]
        return Listing(
            mark=Mark(store, int(epoch)),
            until=float(until),
            windows=tuple(
                sorted(
                    (
                        Counted(_window(window), "", int(units), most[window])
                        for window, units in _pairs(windows)
                    ),
                    key=lambda counted: counted.window,
                )
            ),
            holds=tuple(sorted(held, key=lambda counted: (counted.host, counted.window))),
            hosts=tuple(
                Host(name, int(number), float(seen), int(position))
                for name, number, seen, position in sorted(hosts)
            ),
        )

    def free(self, cap: str, seen_before: float) -> int:
        """See `Store.free`."""
        with self._line.use() as server:
            return int(server.run(scripts.FREE, cap, repr(seen_before)))

    def forget(self, *, windows_before: float, outcomes_before: float) -> None:
        """See `Store.forget`."""
        forgotten = MOST_ROWS
        while forgotten == MOST_ROWS:
            with self._line.use() as server:
                forgotten = int(
                    server.run(scripts.FORGET, repr(windows_before), repr(outcomes_before), MOST_ROWS)
                )

    def _answer(self, script: str, told: Request | Declaration, rows: Iterable[Ask]) -> Answer:
        parts = [part for row in rows for part in (_text(row.window), row.units, row.limit)]
        until = repr(told.at + self._lease)
        with self._line.use() as server:
            standing, store, epoch, until, number, moved = server.run(
                script, told.host, told.number, told.mark.store, told.mark.epoch, repr(told.at), until, *parts
            )
        return Answer(
            standing=standing,
            mark=Mark(store, int(epoch)),
            number=int(number),
            moved=msgspec.json.decode(moved, type=tuple[Moved, ...]),
            until=float(until),
        )


class _Server:
    """A connection to a server that keeps what it has acknowledged."""

    def __init__(self, where: str, url: str) -> None:
        self._where = where
        self._client: Any = redis.Redis.from_url(
            url,
            decode_responses=True,
            protocol=2,
            socket_connect_timeout=_CONNECT,
            socket_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=self._greet,
        )
        self._scripts: dict[str, Any] = {}
        try:
            layout, self.key = self._client.eval(
                scripts.MAKE, 1, f"{scripts.PREFIX}meta", LAYOUT, secrets.token_hex(8), secrets.token_hex(32)
            )
            if layout != LAYOUT:
                raise InputError(where, f"a store of layout {layout}", f"layout {LAYOUT}, or another place")
        except BaseException:
            self.close()
            raise

    def run(self, script: str, *values: object) -> Any:
        """What a script answers."""
        if script not in self._scripts:
            self._scripts[script] = self._client.register_script(script)
        return self._scripts[script](args=values)

    def close(self) -> None:
        """Let go of it."""
        self._client.connection_pool.disconnect()

    def _greet(self, connection: Any) -> None:
        """Begin a connection, also one that the client makes by itself where the last was lost.

        Raises
        ------
        InputError
            If the server would lose what it has acknowledged.
        """
        connection.on_connect()

        def ask(*words: str) -> Any:
            connection.send_command(*words)
            return connection.read_response()

        try:
            settings = dict(_pairs(ask("CONFIG", "GET", "append*") + ask("CONFIG", "GET", "maxmemory*")))
        except redis.ResponseError as refused:
            raise InputError(
                self._where, shown(str(refused)), "a user who may ask CONFIG GET, to know what would be lost"
            ) from None
        if settings["appendonly"] != "yes":
            raise InputError(
                self._where, "appendonly no", "appendonly yes: a restart would take acknowledged grants back"
            )
        if settings["appendfsync"] == "no":
            raise InputError(
                self._where,
                "appendfsync no",
                "always, or everysec: a power cut would take back half a minute",
            )
        policy = settings["maxmemory-policy"]
        if settings["maxmemory"] != "0" and policy.startswith("allkeys"):
            raise InputError(
                self._where, f"maxmemory-policy {policy}", "noeviction: counters would be thrown away"
            )
        if "role:master" not in ask("INFO", "replication"):
            raise redis.ReadOnlyError("a replica; what is written goes to its master")


def _pairs(flat: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _window(text: str) -> Window:
    return msgspec.json.decode(text, type=Window)


def _journaled(row: str) -> Journaled:
    position, token, told, body = row.split(" ", 3)
    return Journaled(int(position), token, float(told), body)
