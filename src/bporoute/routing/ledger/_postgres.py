"""A store in PostgreSQL, for several hosts; needs the extra ``postgres``.

Every change is on the server's disk before it is answered, whatever the server's own setting of
``synchronous_commit``. A server that was restored, or a replica that took over, is known by its timeline.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bporoute.errors import InputError
from bporoute.routing.ledger import _sql_tables as tables
from bporoute.routing.ledger._line import PATIENCE, Line
from bporoute.routing.ledger._sql_store import SqlStore
from bporoute.routing.ledger._sql_tables import Database, Row
from bporoute.routing.ledger._store import UNREADABLE

T = TypeVar("T")

_CONNECT = 2
"""Seconds to connect; the least that PostgreSQL's library takes."""
_MILLISECONDS = int(PATIENCE * 1000)
_BEGIN = (
    "SET LOCAL synchronous_commit = on; "
    f"SET LOCAL statement_timeout = {_MILLISECONDS}; SET LOCAL lock_timeout = {_MILLISECONDS}; "
    # So that a host which vanishes in the middle holds nobody up for long.
    f"SET LOCAL idle_in_transaction_session_timeout = {_MILLISECONDS}"
)
_ONE_AT_A_TIME = 6_512_840_397
"""Number of the lock under which the tables are made."""


def postgres_store(url: str, lease: float) -> SqlStore:
    """A store in the database at `url`, in the schema that the user finds first; its tables are made there.

    Raises
    ------
    InputError
        If PostgreSQL's library cannot read the URL.
    """
    try:
        known = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # which may quote from the password
        raise InputError("store", UNREADABLE, "postgresql://user:password@host/database") from None
    where = "store postgresql://" + "/".join(
        str(known[part]) for part in ("host", "port", "dbname") if known.get(part)
    )
    known.setdefault("connect_timeout", _CONNECT)
    known.setdefault("target_session_attrs", "read-write")
    target = make_conninfo("", **known)
    line: Line[Database] = Line(where, lambda: _PostgresDatabase(where, target), (psycopg.Error, OSError))
    return SqlStore(line, lease)


class _PostgresDatabase:
    """A connection to PostgreSQL."""

    meta = (
        "SELECT store, epoch, until, server, (SELECT system_identifier FROM pg_control_system())::text "
        "|| ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM bporoute_meta FOR UPDATE"
    )

    def __init__(self, where: str, target: str) -> None:
        self._connection = _HurriedConnection.connect(target, prepare_threshold=None)
        try:
            self._make_ready(where)
        except BaseException:
            self._connection.close()
            raise

    def _make_ready(self, where: str) -> None:
        self.begin(change=True)
        ((fsync,),) = self.run("SELECT current_setting('fsync')")
        if fsync != "on":
            raise InputError(where, f"fsync = {fsync}", "on: a power cut would take acknowledged grants back")
        self.run("SELECT pg_advisory_xact_lock(?)", (_ONE_AT_A_TIME,))
        ((there,),) = self.run("SELECT to_regclass('bporoute_meta') IS NOT NULL")
        if not there:
            tables.make(self)
        tables.check(where, self)
        self.commit()

    def begin(self, *, change: bool) -> None:
        """Begin a transaction."""
        self._connection.hurry()
        how = "" if change else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
        self._connection.execute(how + _BEGIN)

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement; its rows."""
        cursor = self._connection.execute(statement.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description is not None else []

    def commit(self) -> None:
        """Have what was changed on the server's disk."""
        self._connection.commit()

    def close(self) -> None:
        """Undo what is not committed, and let go."""
        self._connection.close()


class _HurriedConnection(psycopg.Connection[Any]):
    """A connection on which nothing waits for long, even for a server that is there and says nothing."""

    _deadline = float("inf")

    def hurry(self) -> None:
        """Allow for `PATIENCE` from now."""
        self._deadline = time.monotonic() + PATIENCE

    def wait(self, gen: Generator[Any, Any, T], *given: Any, **named: Any) -> T:
        """Wait for an answer, as PostgreSQL's client does, which looks up ten times a second."""
        return super().wait(self._until_then(gen), *given, **named)

    def _until_then(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > self._deadline:
                    raise psycopg.OperationalError(f"no answer within {PATIENCE:g} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer
