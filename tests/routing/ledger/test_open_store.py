"""Which store a URL names, which are refused, and what is said."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bporoute.errors import InputError
from bporoute.routing.ledger import _open_store
from bporoute.routing.ledger._line import PATIENCE
from bporoute.routing.ledger._open_store import FILE, open_store
from bporoute.routing.ledger._store import Ask, Mark, Outcome, StoreAwayError, Window
from helpers.a_host import DAY, AHost
from helpers.running import run, wait_until
from helpers.servers import PostgresServer, RedisServer, opened, place_of

NOBODY = "127.0.0.1:1"
"""Where no server listens."""


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mysql://host/db", "'mysql://...'"),
        ("host=h password=secret", "no scheme://"),
        ("", "no scheme://"),
    ],
)
def test_what_names_no_store_is_refused(url: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected postgresql://") as refused:
        open_store(url, tmp_path)
    assert (refused.value.where, refused.value.found) == ("store", found)


@pytest.mark.parametrize(
    ("url", "extra"),
    [("postgresql://host/db", "postgres"), ("valkey://host", "redis"), ("redis://h", "redis")],
)
def test_what_is_not_installed_is_said(
    url: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_open_store, "find_spec", lambda name: None)
    with pytest.raises(InputError) as refused:
        open_store(url, tmp_path)
    assert refused.value.expected == f"pip install 'bporoute[{extra}]'"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:sec%zzret@h/db",
        "redis://:secret@h:port/0",
        "redis://:sec/ret@h/0",
        "redis://[::bad/0",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        open_store(url, tmp_path)
    assert not re.search("secret|sec.*ret", str(refused.value))
    assert "cannot be read" in refused.value.found


@pytest.mark.parametrize("url", [f"postgresql://me:secret@{NOBODY}/db", f"redis://me:secret@{NOBODY}/3"])
def test_a_server_that_is_away_is_no_error_yet_and_no_password_is_told(url: str, tmp_path: Path) -> None:
    store = open_store(url, tmp_path)
    with pytest.raises(StoreAwayError) as away:
        store.key()
    assert "secret" not in away.value.reason + store.where
    assert "127.0.0.1" in store.where
    assert away.value.reason.startswith(store.where)


def test_nothing_is_loaded_that_is_not_asked_for() -> None:
    code = (
        "import json, pathlib, sys, tempfile, bporoute\n"
        "from bporoute.routing.ledger._open_store import open_store\n"
        "clients = lambda: sorted({'sqlite3', 'psycopg', 'redis'} & set(sys.modules))\n"
        "before = clients()\n"
        "open_store(None, pathlib.Path(tempfile.mkdtemp())).close()\n"
        "print(json.dumps([before, clients()]))\n"
    )
    # What measures coverage loads a database, too.
    unmeasured = {name: what for name, what in os.environ.items() if not name.startswith("COVERAGE_")}
    done = run([sys.executable, "-c", code], env=unmeasured)
    assert json.loads(done.stdout) == [[], ["sqlite3"]], done.stderr


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    AHost(store).take(1)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys([FILE, f"{FILE}-wal", f"{FILE}-shm"], 0o600)
    store.close()


def test_a_file_has_every_change_on_the_disk_before_it_answers(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    with store._line.use() as database:  # type: ignore[attr-defined]
        assert database.run("PRAGMA synchronous") == [(2,)]
        assert database.run("PRAGMA journal_mode") == [("wal",)]
    store.close()


def test_a_power_cut_anywhere_leaves_what_was_answered_before(tmp_path: Path) -> None:
    """The log of SQLite, cut at any byte: some first part of the changes, each of them whole."""
    live, cut = tmp_path / "live", tmp_path / "cut"
    live.mkdir(), cut.mkdir()
    store = open_store(None, live)
    host = AHost(store)
    log = live / f"{FILE}-wal"
    ends = []
    for number in range(6):
        host.take(1)
        store.settle("a", [Outcome(f"t{number}", 1.0, "{}")], 0)
        ends.append(log.stat().st_size)
    whole, base = log.read_bytes(), (live / FILE).read_bytes()
    for size in range(0, len(whole) + 1, 1999):
        for file in cut.iterdir():
            file.unlink()
        (cut / FILE).write_bytes(base)
        (cut / f"{FILE}-wal").write_bytes(whole[:size])
        left = open_store(None, cut)
        units = sum(one.units for one in left.listing().windows)
        outcomes = len(left.known([f"t{number}" for number in range(6)]))
        answered = sum(end <= size for end in ends)
        assert answered <= outcomes <= units <= outcomes + 1
        assert left.listing().trouble() == []
        left.close()
    store.close()


def test_a_file_that_is_none_of_ours_is_away_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but some text that is long enough" * 50)
    store = open_store(None, tmp_path)
    with pytest.raises(StoreAwayError, match="not a database"):
        store.accounts()
    assert (tmp_path / FILE).read_bytes().startswith(b"no database")


def test_a_folder_that_is_not_there_is_away(tmp_path: Path) -> None:
    store = open_store(None, tmp_path / "none")
    with pytest.raises(StoreAwayError, match=r"none"):
        store.accounts()
    (tmp_path / "none").mkdir()
    assert store.accounts() == ()
    store.close()


def test_a_disk_that_is_full_is_away_until_it_is_not(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    host = AHost(store)
    host.take(1)
    with store._line.use() as database:  # type: ignore[attr-defined]
        database.run("PRAGMA max_page_count = 1")  # SQLite's own word for a full disk
    with pytest.raises(StoreAwayError, match="full"):
        store.settle("a", [Outcome(f"t{number}", 1.0, "x" * 4000) for number in range(50)], 0)
    assert store.known(["t0"]) == frozenset()  # by a new connection, which knows of no limit
    assert len(store.settle("a", [Outcome("t0", 1.0, "{}")], 0)) == 1
    assert host.take(1) == 1
    store.close()


def test_a_file_that_another_holds_is_given_up_in_time(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    host = AHost(store)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begin = time.monotonic()
    with pytest.raises(StoreAwayError, match="locked"):
        host.take(1)
    assert PATIENCE * 0.9 < time.monotonic() - begin < PATIENCE + 10.0
    assert store.listing().windows == ()  # reading waits for nobody
    other.execute("COMMIT")
    other.close()
    assert host.take(1) == 1
    store.close()


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def another_layout(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with place_of(request.param, tmp_path) as place:
        opened(place).close()
        if isinstance(place, RedisServer):
            _redis(place, "HSET", "{bporoute}:meta", "layout", "9")
        elif isinstance(place, PostgresServer):
            _postgres(place, "UPDATE bporoute_meta SET layout = 9")
        else:
            other = sqlite3.connect(tmp_path / FILE)
            other.execute("UPDATE bporoute_meta SET layout = 9")
            other.commit()
            other.close()
        yield place


@pytest.mark.thorough
def test_a_store_of_another_version_is_refused(another_layout: Any) -> None:
    with pytest.raises(InputError, match="layout 9; expected layout 1"):
        opened(another_layout)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (("--appendonly", "no"), "appendonly no"),
        (("--appendonly", "yes", "--appendfsync", "no"), "appendfsync no"),
        (
            ("--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"),
            "maxmemory-policy allkeys-lru",
        ),
    ],
)
def test_a_redis_that_would_lose_grants_is_refused(
    settings: tuple[str, ...], found: str, tmp_path: Path
) -> None:
    with place_of("redis", tmp_path, *settings) as place, pytest.raises(InputError) as refused:
        opened(place)
    assert refused.value.found == found


@pytest.mark.thorough
def test_a_redis_that_no_longer_keeps_grants_gives_none(tmp_path: Path) -> None:
    """Everysec will do; and whoever turns the file off, or forbids to look, while the store is in use."""
    with place_of("redis", tmp_path, "--appendonly", "yes", "--appendfsync", "everysec") as place:
        store = opened(place)
        host = AHost(store)
        assert host.take(1) == 1
        _redis(place, "CONFIG", "SET", "appendonly", "no")
        with pytest.raises(StoreAwayError, match="AOF is off"):
            host.take(1)
        with pytest.raises(StoreAwayError, match="appendonly no"):
            store.accounts()
        _redis(place, "CONFIG", "SET", "appendonly", "yes")
        assert host.take(1) == 1
        _redis(place, "ACL", "SETUSER", "default", "-config")
        store.close()
        with pytest.raises(StoreAwayError, match="CONFIG GET"):
            host.take(1)


@pytest.mark.thorough
def test_a_redis_whose_scripts_are_forgotten_gets_them_again(tmp_path: Path) -> None:
    with place_of("redis", tmp_path) as place:
        store = opened(place)
        host = AHost(store)
        assert host.take(1) == 1
        _redis(place, "SCRIPT", "FLUSH")
        assert host.take(1) == 1
        _redis(place, "FLUSHALL")
        with pytest.raises(StoreAwayError, match="gone"):
            host.take(1)
        assert host.ask(Ask(DAY, 1, 100)).standing == "declare"


@pytest.mark.thorough
def test_a_redis_that_follows_another_is_no_store(tmp_path: Path) -> None:
    with place_of("redis", tmp_path) as place:
        store = opened(place)
        _redis(place, "REPLICAOF", "127.0.0.1", "1")
        store.close()
        with pytest.raises(StoreAwayError, match="replica"):
            store.key()


@pytest.mark.thorough
def test_a_postgres_without_fsync_is_refused(tmp_path: Path) -> None:
    with place_of("postgresql", tmp_path) as place:
        assert isinstance(place, PostgresServer)
        _postgres(place, "ALTER SYSTEM SET fsync = off")
        _postgres(place, "SELECT pg_reload_conf()")
        assert wait_until(lambda: "fsync = off; expected on" in _refused(place))


@pytest.mark.thorough
def test_a_host_that_vanishes_in_the_middle_of_a_grant_holds_nobody_up_for_long(tmp_path: Path) -> None:
    with place_of("postgresql", tmp_path) as place:
        assert isinstance(place, PostgresServer)
        vanished, store = opened(place), opened(place)
        host = AHost(store)
        with vanished._line.use() as database:  # type: ignore[attr-defined]
            database.begin(change=True)
            database.run(database.meta)  # and then nothing more is heard
            begin = time.monotonic()
            granted = 0
            while not granted:
                try:
                    granted = host.take(1)
                except StoreAwayError:
                    assert time.monotonic() - begin < 4 * PATIENCE + 20.0
        assert time.monotonic() - begin > PATIENCE * 0.5
        assert [one.units for one in store.listing().windows] == [1]
        vanished.close()
        store.close()


@pytest.mark.thorough
def test_a_replica_of_postgres_that_took_over_opens_an_epoch(tmp_path: Path) -> None:
    with place_of("postgresql", tmp_path) as place:
        assert isinstance(place, PostgresServer)
        store = opened(place)
        host = AHost(store)
        host.take(40)
        place.kill()
        place.promote()
        store.close()
        assert host.ask(Ask(DAY, 1, 100), at=10.0).standing == "declare"
        epoch = host.mark.epoch
        host.declare(10.0)
        assert host.mark == Mark(host.mark.store, epoch + 1)
        assert host.take(100, at=100.0) == 60
        store.close()


def _refused(place: Any) -> str:
    try:
        opened(place).close()
    except InputError as refused:
        return str(refused)
    return ""


def _redis(place: Any, *words: str) -> None:
    from redis import Redis

    client: Any = Redis.from_url(place.url)
    client.execute_command(*words)
    client.close()


def _postgres(place: Any, statement: str) -> None:
    import psycopg

    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Window("nord\n", "day", 0.0), "vendor"),
        (lambda: Window("nord", "day\x00", 0.0), "cap"),
        (lambda: Window("nord", "day", float("nan")), "start"),
        (lambda: Window("nord", "day", float("-inf")), "start"),
        (lambda: Ask(DAY, 2**53 + 1, 1), "units"),
        (lambda: Ask(DAY, -(2**53) - 1, 1), "units"),
        (lambda: Ask(DAY, 1, -1), "limit"),
        (lambda: Outcome("a b", 1.0, "{}"), "token"),
        (lambda: Outcome("", 1.0, "{}"), "token"),
        (lambda: Outcome("x" * 201, 1.0, "{}"), "token"),
    ],
)
def test_what_a_store_could_not_keep_is_refused(make: Any, where: str) -> None:
    with pytest.raises(InputError) as refused:
        make()
    assert refused.value.where == where


def test_a_window_is_the_same_however_its_start_is_written() -> None:
    assert {Window("nord", "day", start) for start in (0, 0.0, -0.0)} == {Window("nord", "day", 0.0)}
