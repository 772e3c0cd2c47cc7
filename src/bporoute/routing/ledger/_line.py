"""A connection to a store that is made when it is needed, and made anew after a fault or a fork."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeVar

from bporoute.errors import InputError
from bporoute.routing.ledger._store import StoreAwayError


class Connection(Protocol):
    """Whatever can be closed."""

    def close(self) -> None:
        """Let go of it."""


C = TypeVar("C", bound=Connection)

PATIENCE = 3.0
"""Seconds for which one call waits for a server or a lock."""
FORK_WAIT = 4 * PATIENCE
"""Seconds for which a fork waits for a call: more than any takes."""


class Line(Generic[C]):
    """The one connection of a store, for one caller at a time.

    Parameters
    ----------
    where : str
        What the store is called in messages.
    connect : callable
        Makes a connection, or raises `InputError` where the store cannot be trusted, or one of the `faults`.
    faults : tuple of exception types
        What a connection raises.
    """

    def __init__(self, where: str, connect: Callable[[], C], faults: tuple[type[Exception], ...]) -> None:
        self.where = where
        self._connect = connect
        self._faults: tuple[type[Exception], ...] = (InputError, *faults)
        self._connection: C | None = None
        self._lock = threading.Lock()
        self._gate = threading.Lock()  # so that who calls again and again lets others in between
        self._lost = False
        _LINES.add(self)

    @contextmanager
    def use(self) -> Iterator[C]:
        """The connection. Whatever goes wrong with it, or interrupts it, closes it.

        Raises
        ------
        StoreAwayError
            If the connection or what is done with it fails.
        """
        if self._lost:
            raise StoreAwayError(f"{self.where}: this process was forked from one that waited for it")
        if not self._enter(PATIENCE):
            raise StoreAwayError(f"{self.where}: another thread waits for it")
        self._gate.release()
        try:
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection
        except self._faults as fault:
            self._drop()
            raise StoreAwayError(f"{self.where}: {_in_a_line(fault)}") from fault
        except BaseException:
            self._drop()
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection; the next use makes another."""
        with self._lock:
            self._drop()

    def _enter(self, patience: float) -> bool:
        """Take the gate and the lock, or neither."""
        end = time.monotonic() + patience
        if not self._gate.acquire(timeout=patience):
            return False
        if self._lock.acquire(timeout=max(end - time.monotonic(), 0.0)):
            return True
        self._gate.release()
        return False

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*self._faults):
                connection.close()

    def hold(self) -> bool:
        """Close the connection and keep everybody from making another, before a fork; whether that is so."""
        if not self._enter(FORK_WAIT):
            return False
        self._drop()
        return True

    def release(self) -> None:
        """Let others make a connection again."""
        self._lock.release()
        self._gate.release()

    def lose(self) -> None:
        """Never use, in a child, the connection that a thread of the parent uses, nor another beside it.

        SQLite would take its locks for locks of this process.
        """
        self._lost = True


_LINES: weakref.WeakSet[Line[Any]] = weakref.WeakSet()
_held: list[Line[Any]] = []


def _hold_all() -> None:
    """No child inherits a connection: two processes on one would break it, and SQLite's locks with it."""
    _held.extend(line for line in list(_LINES) if line.hold())


def _release_all() -> None:
    while _held:
        _held.pop().release()


def _release_all_in_child() -> None:
    held = {id(line) for line in _held}
    _release_all()
    for line in list(_LINES):
        if id(line) not in held:
            line.lose()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(before=_hold_all, after_in_parent=_release_all, after_in_child=_release_all_in_child)


def _in_a_line(fault: Exception) -> str:
    if isinstance(fault, InputError):
        return f"found {fault.found}; expected {fault.expected}"
    return " ".join(str(fault).split()) or type(fault).__name__
