"""A store in a database that speaks SQL. Grants follow one another: each holds the one row of meta."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from bporoute.routing.ledger import _sql_tables as tables
from bporoute.routing.ledger._line import Line
from bporoute.routing.ledger._sql_tables import Database
from bporoute.routing.ledger._store import (
    MOST_ROWS,
    Account,
    Answer,
    Counted,
    Declaration,
    Host,
    Journaled,
    Listing,
    Mark,
    Moved,
    Outcome,
    Request,
    Standing,
    Store,
    Window,
    is_token,
)

_MUST_DECLARE = -1
"""Number of a host from which seats were taken back."""
_NOTHING_SAID = '["done",[]]'
_Said = tuple[Standing, tuple[Moved, ...]]


class _Meta(NamedTuple):
    mark: Mark
    until: float


class SqlStore(Store):
    """A `Store` in the database at the end of a `line`; a new epoch grants nothing for `lease` seconds."""

    def __init__(self, line: Line[Database], lease: float) -> None:
        self._line = line
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
        with self._transaction(change=False) as database:
            ((key,),) = database.run("SELECT token_key FROM bporoute_meta")
        return bytes.fromhex(key)

    def exchange(self, request: Request) -> Answer:
        """See `Store.exchange`."""
        with self._transaction(change=True) as database:
            meta = self._meta(database, request.at)
            number, said = _host(database, request.host)
            standing: Standing = "declare"
            moved: tuple[Moved, ...] = ()
            if number is None or number == _MUST_DECLARE or request.mark != meta.mark:
                pass
            elif request.number < number:
                standing = "outdated"
            elif request.number <= number + 1:
                if request.number > number:
                    number, said = request.number, _move(database, request, request.at < meta.until)
                _note(database, request.host, number, request.at, said)
                standing, moved = msgspec.json.decode(said, type=_Said)
        return _answer(meta, number, standing, moved)

    def declare(self, declaration: Declaration) -> Answer:
        """See `Store.declare`."""
        host = declaration.host
        with self._transaction(change=True) as database:
            meta = self._meta(database, declaration.at)
            number, said = _host(database, host)
            if _has_forgotten(meta, number, declaration):
                meta = self._turn(database, meta.mark, declaration)
            told = {ask.window: ask for ask in declaration.holds}
            granted = tables.units_of(database, "bporoute_windows", told)
            held = tables.units_of(database, "bporoute_holds", told, host)
            for window, ask in told.items():
                unknown = max(ask.units - held[window], 0)
                granted[window] += unknown
                held[window] += unknown
            _write(database, host, granted, held, {window: ask.limit for window, ask in told.items()})
            if number is None or number < declaration.number:
                number, said = declaration.number, _NOTHING_SAID
            _note(database, host, number, declaration.at, said)
        return _answer(meta, number, "done", ())

    def settle(self, host: str, outcomes: Sequence[Outcome], after: int) -> tuple[Journaled, ...]:
        """See `Store.settle`."""
        with self._transaction(change=bool(outcomes)) as database:
            if outcomes:
                database.run(
                    "INSERT INTO bporoute_journals VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET position = "
                    "CASE WHEN bporoute_journals.position > excluded.position "
                    "THEN bporoute_journals.position ELSE excluded.position END",
                    (host, after),  # what a store has forgotten gets no position a second time
                )
                ((position,),) = database.run(
                    "SELECT position FROM bporoute_journals WHERE host = ?", (host,)
                )
                rows = [
                    (outcome.token, host, place, outcome.told, outcome.body)
                    for place, outcome in enumerate(outcomes, position + 1)
                ]
                tables.put(database, "bporoute_outcomes", "token", rows, "NOTHING")
                database.run(
                    "UPDATE bporoute_journals SET position = ? WHERE host = ?", (position + len(rows), host)
                )
            return _journal(database, host, after)

    def journal(self, host: str, after: int) -> tuple[Journaled, ...]:
        """See `Store.journal`."""
        with self._transaction(change=False) as database:
            return _journal(database, host, after)

    def known(self, tokens: Collection[str]) -> frozenset[str]:
        """See `Store.known`."""
        asked = [(token,) for token in tokens if is_token(token)]
        found: set[str] = set()
        with self._transaction(change=False) as database:
            for some in tables.in_groups(asked):
                places = ", ".join("?" * len(some))
                rows = database.run(
                    f"SELECT token FROM bporoute_outcomes WHERE token IN ({places})",
                    [token for (token,) in some],
                )
                found.update(token for (token,) in rows)
        return frozenset(found)

    def save(self, accounts: Sequence[Account]) -> None:
        """See `Store.save`."""
        rows = {(account.host, account.vendor, account.period): account for account in accounts}
        with self._transaction(change=True) as database:
            tables.put(
                database,
                "bporoute_accounts",
                "host, vendor, period",
                [(*key, account.upto, account.body) for key, account in rows.items()],
                "UPDATE SET upto = excluded.upto, body = excluded.body "
                "WHERE excluded.upto >= bporoute_accounts.upto",
            )

    def accounts(self) -> tuple[Account, ...]:
        """See `Store.accounts`."""
        with self._transaction(change=False) as database:
            rows = database.run("SELECT host, vendor, period, upto, body FROM bporoute_accounts")
        return tuple(Account(*row) for row in sorted(rows))

    def listing(self) -> Listing:
        """See `Store.listing`."""
        with self._transaction(change=False) as database:
            ((store, epoch, until),) = database.run("SELECT store, epoch, until FROM bporoute_meta")
            windows = database.run("SELECT vendor, cap, start, units, most FROM bporoute_windows")
            holds = database.run("SELECT host, vendor, cap, start, units, most FROM bporoute_holds")
            hosts = database.run(
                "SELECT known.host, number, seen, COALESCE(position, 0) FROM bporoute_hosts AS known "
                "LEFT JOIN bporoute_journals AS journal ON journal.host = known.host"
            )
        return Listing(
            mark=Mark(store, epoch),
            until=until,
            windows=tuple(Counted(Window(*row[:3]), "", *row[3:]) for row in sorted(windows)),
            holds=tuple(Counted(Window(*row[1:4]), row[0], *row[4:]) for row in sorted(holds)),
            hosts=tuple(Host(*row) for row in sorted(hosts)),
        )

    def free(self, cap: str, seen_before: float) -> int:
        """See `Store.free`."""
        with self._transaction(change=True) as database:
            database.run(database.meta)  # so that nobody grants meanwhile
            lost = database.run(
                "SELECT hold.host, vendor, start, units FROM bporoute_holds AS hold "
                "JOIN bporoute_hosts AS known ON known.host = hold.host "
                "WHERE cap = ? AND seen < ? AND units > 0",
                (cap, seen_before),
            )
            for host, vendor, start, units in lost:
                database.run(
                    "UPDATE bporoute_windows SET units = units - ? "
                    "WHERE vendor = ? AND cap = ? AND start = ?",
                    (units, vendor, cap, start),
                )
                database.run("DELETE FROM bporoute_holds WHERE host = ? AND cap = ?", (host, cap))
                database.run("UPDATE bporoute_hosts SET number = ? WHERE host = ?", (_MUST_DECLARE, host))
        return sum(units for *_, units in lost)

    def forget(self, *, windows_before: float, outcomes_before: float) -> None:
        """See `Store.forget`."""
        with self._transaction(change=True) as database:
            for table in ("bporoute_windows", "bporoute_holds"):
                database.run(f"DELETE FROM {table} WHERE start <> 0 AND start < ?", (windows_before,))
        there = True
        while there:
            with self._transaction(change=True) as database:
                database.run(
                    "DELETE FROM bporoute_outcomes WHERE token IN "
                    "(SELECT token FROM bporoute_outcomes WHERE told < ? LIMIT ?)",
                    (outcomes_before, MOST_ROWS),
                )
                there = bool(
                    database.run("SELECT 1 FROM bporoute_outcomes WHERE told < ? LIMIT 1", (outcomes_before,))
                )

    @contextmanager
    def _transaction(self, *, change: bool) -> Iterator[Database]:
        with self._line.use() as database:
            database.begin(change=change)
            yield database
            database.commit()

    def _meta(self, database: Database, at: float) -> _Meta:
        """What is remembered, locked until the transaction ends; another server opens an epoch."""
        ((store, epoch, until, known, server),) = database.run(database.meta)
        if known == server:
            return _Meta(Mark(store, epoch), until)
        database.run("UPDATE bporoute_meta SET server = ?", (server,))
        if known == "":
            return _Meta(Mark(store, epoch), until)
        return self._open(database, Mark(store, epoch + 1), at)

    def _turn(self, database: Database, mark: Mark, declaration: Declaration) -> _Meta:
        """Open an epoch that is later than any that the host has seen of this store."""
        seen = declaration.mark.epoch if declaration.mark.store == mark.store else 0
        return self._open(database, Mark(mark.store, max(mark.epoch, seen) + 1), declaration.at)

    def _open(self, database: Database, mark: Mark, at: float) -> _Meta:
        until = at + self._lease
        database.run("UPDATE bporoute_meta SET epoch = ?, until = ?", (mark.epoch, until))
        return _Meta(mark, until)


def _has_forgotten(meta: _Meta, number: int | None, declaration: Declaration) -> bool:
    """Whether a host remembers of a store what the store itself does not."""
    told = declaration.mark
    if told.store != meta.mark.store:  # it was emptied; once is enough for all hosts
        return told.store != "" and declaration.at >= meta.until
    if told.epoch != meta.mark.epoch:
        return told.epoch > meta.mark.epoch
    return number is None or (number != _MUST_DECLARE and number < declaration.number)


def _host(database: Database, host: str) -> tuple[int | None, str]:
    """Number and answer of a host's last request; None: it is not known."""
    known = database.run("SELECT number, answer FROM bporoute_hosts WHERE host = ?", (host,))
    return (known[0][0], known[0][1]) if known else (None, _NOTHING_SAID)


def _note(database: Database, host: str, number: int, at: float, said: str) -> None:
    tables.put(
        database,
        "bporoute_hosts",
        "host",
        [(host, number, at, said)],
        "UPDATE SET number = excluded.number, seen = excluded.seen, answer = excluded.answer",
    )


def _move(database: Database, request: Request, learning: bool) -> str:
    """Do what is asked; what to say to it, now and whenever it is asked again."""
    windows = [ask.window for ask in request.asks]
    granted = tables.units_of(database, "bporoute_windows", windows)
    held = tables.units_of(database, "bporoute_holds", windows, request.host)
    moved = []
    for ask in request.asks:
        if ask.units < 0:
            units = -min(-ask.units, held[ask.window])
        else:
            units = 0 if learning else min(ask.units, max(ask.limit - granted[ask.window], 0))
        granted[ask.window] += units
        held[ask.window] += units
        moved.append(Moved(ask.window, units))
    _write(database, request.host, granted, held, {ask.window: ask.limit for ask in request.asks})
    said: _Said = ("learning" if learning else "done", tuple(moved))
    return msgspec.json.encode(said).decode()


def _write(
    database: Database,
    host: str,
    granted: dict[Window, int],
    held: dict[Window, int],
    limits: dict[Window, int],
) -> None:
    tables.put(
        database,
        "bporoute_windows",
        "vendor, cap, start",
        [(*msgspec.structs.astuple(window), units, limits[window]) for window, units in granted.items()],
        "UPDATE SET units = excluded.units, most = excluded.most",
    )
    tables.put(
        database,
        "bporoute_holds",
        "host, vendor, cap, start",
        [(host, *msgspec.structs.astuple(window), units, limits[window]) for window, units in held.items()],
        "UPDATE SET units = excluded.units, most = excluded.most",
    )


def _journal(database: Database, host: str, after: int) -> tuple[Journaled, ...]:
    rows = database.run(
        "SELECT position, token, told, body FROM bporoute_outcomes WHERE host = ? AND position > ? "
        "ORDER BY position LIMIT ?",
        (host, after, MOST_ROWS),
    )
    return tuple(Journaled(*row) for row in rows)


def _answer(meta: _Meta, number: int | None, standing: Standing, moved: tuple[Moved, ...]) -> Answer:
    return Answer(
        standing=standing, mark=meta.mark, number=max(number or 0, 0), moved=moved, until=meta.until
    )
