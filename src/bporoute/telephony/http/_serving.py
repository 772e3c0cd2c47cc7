"""The app behind uvicorn: one process, or several that are forked from it and share the socket."""

from __future__ import annotations

import gc
import os
import signal
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from bporoute._base.logger import WARNING, say
from bporoute.errors import InputError
from bporoute.telephony.http._app import App
from bporoute.telephony.http._connections import TimedProtocol

MOST_CONNECTIONS = 1_000
END_WITHIN = 10.0
"""Seconds that requests have which are being answered when the server is to end."""
LOOK_EVERY = 0.2
AGAIN_AFTER = 1.0
"""Seconds before a worker that has died is started again."""


def listening(host: str, port: int, path: Path | None = None) -> socket.socket:
    """A socket that listens at an address, port 0: at any; or at a path, for the user and its group.

    Raises
    ------
    InputError
        If that cannot be, as somebody else listens there.
    """
    if path is not None:
        return _listening_at(path)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
    except OSError as failure:
        expected = "an address of this host where nobody listens"
        raise InputError("host", f"{host}:{port}: {failure.strerror}", expected) from None
    return listener


def _listening_at(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _is_used(path):
            path.unlink()  # of a process that was killed
        before = os.umask(0o117)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(1024)
    except OSError as failure:
        listener.close()
        expected = "a path where nobody listens, in a folder that may be written to"
        raise InputError("uds", f"{path}: {failure.strerror or failure}", expected) from None
    return listener


def _is_used(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        return asked.connect_ex(str(path)) == 0


def place_of(path: Path) -> tuple[int, int] | None:
    """Which file lies at a path, whatever becomes of its name; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def settle_down() -> None:
    """Take what has been loaded as there to stay: to look through it for garbage keeps callers waiting.

    In processes that are forked it would be copied by that, too.
    """
    gc.collect()
    gc.freeze()


def serve(app: App, listener: socket.socket, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Serve until INT or TERM, or nothing `goes_on`; requests that have begun are answered."""

    async def look() -> None:
        if not goes_on():
            server.should_exit = True

    config = uvicorn.Config(
        app,
        http=TimedProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=int(END_WITHIN),
        callback_notify=look,
        timeout_notify=1,
    )
    server = uvicorn.Server(config)
    server.run([listener])


def serve_forked(app: App, listener: socket.socket, workers: int, ended: Callable[[], bool]) -> None:
    """Serve by so many processes until it has `ended`; one that dies is started again."""
    numbers = {_forked(app, listener, number, ended): number for number in range(workers)}
    while not ended():
        time.sleep(LOOK_EVERY)
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in numbers:
            number = numbers.pop(pid)
            say(
                [
                    (
                        WARNING,
                        f"http: worker {number} ended ({os.waitstatus_to_exitcode(status)}): started again",
                    )
                ]
            )
            time.sleep(AGAIN_AFTER)
            numbers[_forked(app, listener, number, ended)] = number
    for pid in numbers:
        os.kill(pid, signal.SIGTERM)
    due = time.monotonic() + END_WITHIN + 5.0
    while numbers and time.monotonic() < due:
        time.sleep(LOOK_EVERY / 4)
        for pid in list(numbers):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del numbers[pid]
    for pid in numbers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _forked(app: App, listener: socket.socket, number: int, ended: Callable[[], bool]) -> int:
    """The process id of a new worker; in it, this does not return."""
    parent = os.getpid()
    if pid := os.fork():
        return pid
    code = 1
    try:
        app.metrics.count_as(number)
        app.keep()
        serve(app, listener, lambda: os.getppid() == parent and not ended())
        app.close()
        code = 0
    finally:
        with suppress(Exception):
            os._exit(code)
    raise AssertionError("unreachable")
