"""The logger ``bporoute``: one line where something changes, silent until somebody listens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from bporoute._base.fork_locks import is_owned

if TYPE_CHECKING:
    import logging

INFO, WARNING = 20, 30
"""Levels, as ``logging`` has them."""


@cache
def logger() -> logging.Logger:
    """The logger; ``logging`` is loaded with the first line, which most processes that only ask never say."""
    import logging

    found = logging.getLogger("bporoute")
    found.addHandler(logging.NullHandler())
    return found


def say(lines: Iterable[tuple[int, str]]) -> None:
    """Log lines, each with its level. Handlers are foreign code: call it with no lock held.

    >>> say([(INFO, "vendor nord: back")])
    """
    for level, text in lines:
        # No decision is lost because a handler fails.
        with contextlib.suppress(Exception), _locks_let_go():
            logger().log(level, "%s", text)


@contextlib.contextmanager
def _locks_let_go() -> Iterator[None]:
    """Whatever interrupts a line leaves no lock of ``logging`` held: the next thread would wait for ever.

    There locks are taken by one statement, and let go by a ``finally`` that begins with the next.
    """
    held = [lock for lock in _locks() if is_owned(lock)]  # by a handler that is asking the router
    try:
        yield
    except BaseException:
        for lock in _locks():
            while lock not in held and is_owned(lock):
                lock.release()
        raise


def _locks() -> list[Any]:
    """The locks that a line needs, as far as they know who holds them."""
    import logging

    locks: list[Any] = [getattr(logging, "_lock", None)]
    asked: logging.Logger | None = logger()
    while asked is not None:
        locks += [handler.lock for handler in asked.handlers]
        asked = asked.parent if asked.propagate else None
    return [lock for lock in locks if hasattr(lock, "_is_owned")]
