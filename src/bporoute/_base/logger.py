"""The logger ``bporoute``: one line where something changes, silent until somebody listens."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from bporoute._base.fork_locks import is_owned

LOGGER = logging.getLogger("bporoute")
LOGGER.addHandler(logging.NullHandler())
INFO, WARNING = logging.INFO, logging.WARNING


def say(lines: Iterable[tuple[int, str]]) -> None:
    """Log lines, each with its level. Handlers are foreign code: call it with no lock held.

    >>> say([(INFO, "vendor nord: back")])
    """
    for level, text in lines:
        # No decision is lost because a handler fails.
        with contextlib.suppress(Exception), _locks_let_go():
            LOGGER.log(level, "%s", text)


@contextlib.contextmanager
def _locks_let_go() -> Iterator[None]:
    """Whatever interrupts a line leaves no lock of `logging` held: the next thread would wait for ever.

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
    locks: list[Any] = [getattr(logging, "_lock", None)]
    logger: logging.Logger | None = LOGGER
    while logger is not None:
        locks += [handler.lock for handler in logger.handlers]
        logger = logger.parent if logger.propagate else None
    return [lock for lock in locks if hasattr(lock, "_is_owned")]
