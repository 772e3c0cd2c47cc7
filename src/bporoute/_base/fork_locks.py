"""Locks that no other thread may hold while the process forks, whatever interrupts that."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Any

Lock: Any = type(threading.RLock())


class _Held(threading.local):
    """The locks that a thread holds because it forks, and those that it is about to take."""

    def __init__(self) -> None:
        self.locks: list[Any] = []


_held = _Held()


def hold(lock: Any, timeout: float = -1.0) -> None:
    """Take a reentrant lock until the fork is over; one that the thread has anyhow stays as it is."""
    if not is_owned(lock):
        _held.locks.append(lock)  # first: whatever is interrupted, what is held is known
        lock.acquire(timeout=timeout)


def let_go() -> None:
    """Give back whatever this thread has taken by `hold`, all at once.

    >>> lock = threading.RLock()
    >>> hold(lock), is_owned(lock), left_by_a_fork(lock), let_go(), is_owned(lock)
    (None, True, True, None, False)
    """
    locks = _held.locks
    held = map(Lock.release, filter(Lock._is_owned, locks))
    deque(chain(held, map(list.clear, [locks])), maxlen=0)  # as `write_at_once`: nothing comes between


def is_owned(lock: Any) -> bool:
    """Whether this thread has a reentrant lock."""
    owned: bool = lock._is_owned()
    return owned


def left_by_a_fork(lock: Any) -> bool:
    """Whether this thread has a lock by `hold`: once a fork is over, because that was interrupted twice."""
    return lock in _held.locks


def in_child(lock: Any) -> Any:
    """The lock that takes a lock's place in a forked process: whoever else holds it lives in the parent."""
    return lock if is_owned(lock) else threading.RLock()


def at_fork(before: Callable[[], None], child: Callable[[], None]) -> None:
    """Have `before` take locks by `hold` before each fork; `child` is called in the child, maybe twice."""
    if not hasattr(os, "register_at_fork"):  # Windows does not fork
        return

    def in_the_child() -> None:
        child()
        let_go()

    os.register_at_fork(before=before, after_in_parent=let_go, after_in_child=in_the_child)
    # Once more: a signal may end the first before it has begun.
    os.register_at_fork(after_in_parent=let_go, after_in_child=in_the_child)
