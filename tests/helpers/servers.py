"""Places where a ledger's store is: a file, and real servers of PostgreSQL and Redis that tests may kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import pytest

from bporoute.routing.ledger._open_store import FILE, open_store
from bporoute.routing.ledger._store import LEASE, Store
from helpers.running import Process, alive, note, wait_until

UP_WITHIN = 60.0
"""Seconds after which a server that was started is up, on the busiest machine."""


class Place(Protocol):
    """Where a store is."""

    url: str | None
    folder: Path

    def clear(self) -> None:
        """Nothing is stored, and the server is up."""

    def kill(self) -> None:
        """The server is gone, as by a power cut of nothing but itself."""

    def start(self) -> None:
        """It is back."""

    def freeze(self) -> None:
        """The server is there and does nothing."""

    def thaw(self) -> None:
        """It goes on."""

    def back_up(self) -> None:
        """Put aside what is stored now."""

    def restore(self) -> None:
        """Have what was put aside back, as after the loss of a disk."""


def opened(place: Place, lease: float = LEASE) -> Store:
    return open_store(place.url, place.folder, lease=lease)


class File:
    """A file of SQLite, which has no server."""

    url = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._aside = folder / "aside"

    def clear(self) -> None:
        for file in self._files(self.folder):
            file.unlink()

    def kill(self) -> None:
        pass

    def start(self) -> None:
        pass

    def freeze(self) -> None:
        pytest.skip("SQLite has no server that could hang")

    def thaw(self) -> None:
        pass

    def back_up(self) -> None:
        _copied(self._files(self.folder), self._aside)

    def restore(self) -> None:
        self.clear()
        for file in self._files(self._aside):
            shutil.copy(file, self.folder)

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        return list(folder.glob(f"{FILE}*"))


class Server:
    """A process with its data in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._process: Process | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def popen_options(self) -> dict[str, Any]:
        return {}

    def start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        log = (self.folder / "log").open("a")
        with log:
            self._process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
                **self.popen_options(),
            )
        note(self._process)
        _wait_for(self.answers, self.folder / "log")

    def kill(self) -> None:
        if self._process is not None:
            family = self._signal(signal.SIGKILL)
            self._process.wait()
            note(self._process)
            self._process = None
            assert wait_until(lambda: not any(map(alive, family)))

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> list[int]:
        """Send a signal to the process and to all that it has started, in whatever session they are."""
        assert self._process is not None
        family = [self._process.pid]
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGSTOP)  # so that it starts no others
        for member in family:
            family += _children(member)
        for member in reversed(family):
            with suppress(ProcessLookupError):
                os.kill(member, number)
        return family

    def back_up(self) -> None:
        """What is on the disk while nothing runs."""
        self.kill()
        shutil.rmtree(self.folder / "aside", ignore_errors=True)
        _copy_owned(self.data, self.folder / "aside")
        self.start()

    def restore(self) -> None:
        self.kill()
        shutil.rmtree(self.data)
        _copy_owned(self.folder / "aside", self.data)
        self.start()


class RedisServer(Server):
    """Redis (or Valkey) on a socket of its own."""

    def __init__(self, folder: Path, binary: str, *settings: str) -> None:
        super().__init__(folder)
        self.data.mkdir()
        self._binary = binary
        self.settings = settings or ("--appendonly", "yes", "--appendfsync", "always")
        self.url = f"unix://{folder}/socket"

    def command(self) -> list[str]:
        return [
            self._binary, "--port", "0", "--unixsocket", f"{self.folder}/socket", "--dir", str(self.data),
            "--save", "", *self.settings,
        ]  # fmt: skip

    def answers(self) -> bool:
        with _client(self.url) as client:
            return bool(client.ping())

    def clear(self) -> None:
        self.start()
        with _client(self.url) as client:
            client.flushall()


class PostgresServer(Server):
    """PostgreSQL on a socket of its own; it does not run as root."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        super().__init__(folder)
        self._binaries = binaries
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        subprocess.run(
            [binaries / "initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-N"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **self.popen_options(),
        )  # fmt: skip

    def popen_options(self) -> dict[str, Any]:
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}

    def command(self) -> list[str]:
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # of one that was killed
        return [
            str(self._binaries / "postgres"), "-D", str(self.data), "-k", str(self.folder),
            "-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "synchronous_commit=off",
        ]  # fmt: skip

    def promote(self) -> None:
        """Start again, as a replica that was told at once to take over."""
        for name, words in (("standby.signal", ""), ("postgresql.auto.conf", "restore_command = 'false'\n")):
            (self.data / name).write_text(words)
            shutil.copystat(self.data / "PG_VERSION", self.data / name)
            owner = (self.data / "PG_VERSION").stat()
            os.chown(self.data / name, owner.st_uid, owner.st_gid)
        self.start()
        promoted = [self._binaries / "pg_ctl", "promote", "-D", self.data]
        subprocess.run(
            promoted, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.popen_options()
        )

    def answers(self) -> bool:
        import psycopg

        psycopg.connect(self.url, connect_timeout=2).close()
        return True

    def clear(self) -> None:
        import psycopg

        self.start()
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@contextmanager
def place_of(kind: str, folder: Path, *settings: str) -> Iterator[Place]:
    """A file, or a server that runs until the end; skipped where it is not installed."""
    if kind == "sqlite":
        yield File(folder)
        return
    with tempfile.TemporaryDirectory(prefix="bporoute-") as short:  # names of sockets are short
        server: RedisServer | PostgresServer
        if kind == "redis":
            pytest.importorskip("redis")
            server = RedisServer(Path(short), _found("redis-server", "valkey-server"), *settings)
        else:
            pytest.importorskip("psycopg")
            server = PostgresServer(Path(short), Path(_found("postgres")).parent)
        try:
            server.start()
            yield server
        finally:
            server.kill()


def _found(*names: str) -> str:
    folders = [
        *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
        *os.get_exec_path(),
    ]
    for name in names:
        if found := shutil.which(name, path=os.pathsep.join(folders)):
            return found
    pytest.skip(f"no {names[0]} here")


@contextmanager
def _client(url: str) -> Iterator[Any]:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client: Any = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0))
    try:
        yield client
    finally:
        client.close()


def _wait_for(answers: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + UP_WITHIN
    while time.monotonic() < end:
        with suppress(Exception):
            if answers():
                return
        time.sleep(0.02)
    raise AssertionError(log.read_text())


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if stat.read_text().rsplit(")", 1)[1].split()[1] == str(parent):
                found.append(int(stat.parent.name))
    return found


def _copied(files: list[Path], to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    for file in files:
        shutil.copy(file, to)


def _copy_owned(source: Path, to: Path) -> None:
    subprocess.run(["cp", "-a", source, to], check=True)
