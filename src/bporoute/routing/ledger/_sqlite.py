"""A store in a file of SQLite: the default, for one host.

Every change is on the disk before it is answered (``synchronous=FULL``): a power cut takes back neither a
grant nor an outcome. A call takes a few milliseconds, as the disk does; a disk that hangs makes it hang.
Who waits for another process looks again now and then: where that one changes things without a break, it
waits in vain, up to `PATIENCE`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bporoute._base.files import PRIVATE
from bporoute.errors import InputError
from bporoute.routing.ledger import _sql_tables as tables
from bporoute.routing.ledger._line import PATIENCE, Line
from bporoute.routing.ledger._sql_store import SqlStore
from bporoute.routing.ledger._sql_tables import Database, Row


def sqlite_store(path: Path, lease: float) -> SqlStore:
    """A store in the file `path`, made where it is not there yet."""
    where = f"store {path}"
    line: Line[Database] = Line(where, lambda: _SqliteDatabase(where, path), (sqlite3.Error, OSError))
    return SqlStore(line, lease)


class _SqliteDatabase:
    """A connection to a file of SQLite, which any thread may use."""

    meta = "SELECT store, epoch, until, server, '' FROM bporoute_meta"

    def __init__(self, where: str, path: Path) -> None:
        with suppress(FileExistsError):
            # Before SQLite has it open: to close the file then would take its locks away.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
        self._connection = sqlite3.connect(
            path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            self._make_ready(where)
        except BaseException:
            self._connection.close()
            raise

    def _make_ready(self, where: str) -> None:
        ((mode,),) = self.run("PRAGMA journal_mode = WAL")
        if mode != "wal":
            raise InputError(where, f"journal mode {mode}", "a disk on which SQLite has a write-ahead log")
        self.run("PRAGMA synchronous = FULL")
        self.run("PRAGMA fullfsync = ON")  # macOS: to the disk itself, not to its cache
        if not self._made():  # to look, nobody has to be waited for
            self.begin(change=True)
            if not self._made():
                tables.make(self)
            self.commit()
        tables.check(where, self)

    def _made(self) -> bool:
        return bool(self.run("SELECT 1 FROM sqlite_master WHERE name = 'bporoute_meta'"))

    def begin(self, *, change: bool) -> None:
        """Begin a transaction; one that changes something waits for the one before."""
        self.run("BEGIN IMMEDIATE" if change else "BEGIN")

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement; its rows."""
        return self._connection.execute(statement, values).fetchall()

    def commit(self) -> None:
        """Have what was changed on the disk."""
        self.run("COMMIT")

    def close(self) -> None:
        """Undo what is not committed, and let go."""
        self._connection.close()
