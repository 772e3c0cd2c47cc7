"""The tables of a store that speaks SQL: SQLite and PostgreSQL understand the same statements."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

from bporoute.errors import InputError
from bporoute.routing.ledger._store import Window

LAYOUT = 1
"""Version of the tables."""
MOST_ROWS_OF_A_STATEMENT = 150
"""Of at most six values each; SQLite before 3.32 takes 999 values."""
_CREATE = (
    "CREATE TABLE bporoute_meta (one INTEGER PRIMARY KEY, layout INTEGER NOT NULL, store TEXT NOT NULL, "
    "token_key TEXT NOT NULL, epoch BIGINT NOT NULL, until DOUBLE PRECISION NOT NULL, server TEXT NOT NULL)",
    "CREATE TABLE bporoute_windows (vendor TEXT NOT NULL, cap TEXT NOT NULL, "
    "start DOUBLE PRECISION NOT NULL, units BIGINT NOT NULL, most BIGINT NOT NULL, "
    "PRIMARY KEY (vendor, cap, start))",
    "CREATE TABLE bporoute_holds (host TEXT NOT NULL, vendor TEXT NOT NULL, cap TEXT NOT NULL, "
    "start DOUBLE PRECISION NOT NULL, units BIGINT NOT NULL, most BIGINT NOT NULL, "
    "PRIMARY KEY (host, vendor, cap, start))",
    "CREATE TABLE bporoute_hosts (host TEXT PRIMARY KEY, number BIGINT NOT NULL, "
    "seen DOUBLE PRECISION NOT NULL, answer TEXT NOT NULL)",
    "CREATE TABLE bporoute_journals (host TEXT PRIMARY KEY, position BIGINT NOT NULL)",
    "CREATE TABLE bporoute_outcomes (token TEXT PRIMARY KEY, host TEXT NOT NULL, position BIGINT NOT NULL, "
    "told DOUBLE PRECISION NOT NULL, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX bporoute_outcomes_position ON bporoute_outcomes (host, position)",
    "CREATE INDEX bporoute_outcomes_told ON bporoute_outcomes (told)",
    "CREATE TABLE bporoute_accounts (host TEXT NOT NULL, vendor TEXT NOT NULL, "
    "period DOUBLE PRECISION NOT NULL, upto BIGINT NOT NULL, body TEXT NOT NULL, "
    "PRIMARY KEY (host, vendor, period))",
)

Row = tuple[Any, ...]


class Database(Protocol):
    """A connection to a database; closing it undoes what is not committed."""

    meta: str
    """Reads and locks the one row of ``bporoute_meta``, and says which server answers."""

    def begin(self, *, change: bool) -> None:
        """Begin a transaction, of which all that is read was true at one instant."""

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement with a ``?`` for each value; the rows that it answers with."""

    def commit(self) -> None:
        """Have what was changed on the disk."""

    def close(self) -> None:
        """Let go of it."""


def make(database: Database) -> None:
    """Make the tables of a new store, in a transaction that has begun."""
    for statement in _CREATE:
        database.run(statement)
    database.run(
        "INSERT INTO bporoute_meta VALUES (1, ?, ?, ?, 1, 0.0, '')",
        (LAYOUT, secrets.token_hex(8), secrets.token_hex(32)),
    )


def check(where: str, database: Database) -> None:
    """Refuse the tables of another version.

    Raises
    ------
    InputError
        If it is another.
    """
    for (layout,) in database.run("SELECT layout FROM bporoute_meta"):
        if layout != LAYOUT:
            raise InputError(where, f"a store of layout {layout}", f"layout {LAYOUT}, or another place")


def put(database: Database, table: str, keys: str, rows: Iterable[Row], otherwise: str) -> None:
    """Insert rows; what happens to those whose keys are there says `otherwise`."""
    for some in in_groups(sorted(rows)):
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in some)
        database.run(
            f"INSERT INTO {table} VALUES {places} ON CONFLICT ({keys}) DO {otherwise}", [*chain(*some)]
        )


def units_of(
    database: Database, table: str, windows: Iterable[Window], host: str | None = None
) -> dict[Window, int]:
    """Units of each window in a table, those of one host if it is told; 0 where it is not there."""
    found = dict.fromkeys(windows, 0)
    whose = "" if host is None else "host = ? AND "
    for some in in_groups([(window.vendor, window.cap, window.start) for window in found]):
        which = " OR ".join(["(vendor = ? AND cap = ? AND start = ?)"] * len(some))
        for vendor, cap, start, units in database.run(
            f"SELECT vendor, cap, start, units FROM {table} WHERE {whose}({which})",
            [*([] if host is None else [host]), *chain(*some)],
        ):
            found[Window(vendor, cap, start)] = units
    return found


def in_groups(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows, as many at once as a statement takes."""
    for first in range(0, len(rows), MOST_ROWS_OF_A_STATEMENT):
        yield rows[first : first + MOST_ROWS_OF_A_STATEMENT]
