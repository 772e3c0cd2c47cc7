"""Requests that come again: who retries gets the answer of before, and nothing is done twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from bporoute._base.digest import blake2b

Answered = TypeVar("Answered")
MOST_KEPT = 65_536
"""Answers; each takes some hundred bytes."""


class Kept(NamedTuple, Generic[Answered]):
    """An answer of before: what was asked, what was answered, when by the clock."""

    asked: object
    answer: Answered
    at: float


class Again(Generic[Answered]):
    """The answers of the last minutes, by what was asked; several threads may ask.

    Parameters
    ----------
    within : float
        Seconds for which an answer is given again; 0: every request is one of its own.
    most : int
        How many are kept; the oldest go first.
    clock : callable
        Seconds that never go back.

    Examples
    --------
    >>> again = Again(60.0)
    >>> again.once("call-1", lambda: "baltic"), again.once("call-1", lambda: "manila")
    ('baltic', 'baltic')
    >>> again.keep("key", "nord", asked="service")
    >>> again.known("key").asked, again.known("call-2")
    ('service', None)
    """

    def __init__(
        self, within: float, most: int = MOST_KEPT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._within, self._most, self._clock = within, most, clock
        self._kept: dict[bytes, Kept[Answered]] = {}
        self._lock = threading.RLock()

    def once(self, key: str, answer: Callable[[], Answered]) -> Answered:
        """The answer of before, or `answer` called now; who asks meanwhile waits for it."""
        with self._lock:
            if (known := self.known(key)) is not None:
                return known.answer
            made = answer()
            self.keep(key, made)
            return made

    @contextmanager
    def alone(self, key: str, *, outer: bool = False) -> Iterator[None]:
        """No other thread answers meanwhile, by this key or another."""
        with self._lock:
            yield

    def is_same(self, kept: Kept[Answered], asked: object) -> bool:
        """Whether the same was asked."""
        return kept.asked == asked

    def known(self, key: str) -> Kept[Answered] | None:
        """What was answered by this key; None: nothing was."""
        kept = self._kept.get(_digest(key))
        return None if kept is None or self._clock() - kept.at >= self._within else kept

    def keep(self, key: str, answer: Answered, asked: object = None, at: float | None = None) -> None:
        """Keep what was answered now or, by the clock, at an instant."""
        now, mark = self._clock(), _digest(key)
        with self._lock:
            kept = self._kept
            kept.pop(mark, None)
            kept[mark] = Kept(asked, answer, now if at is None else at)
            while len(kept) > self._most or now - next(iter(kept.values())).at >= self._within:
                del kept[next(iter(kept))]
                if not kept:
                    return


def digested(asked: bytes) -> bytes:
    """What stands for what was asked, however long that is: so much is kept of each.

    >>> len(digested(b"service" * 1_000))
    16
    """
    return blake2b(asked, digest_size=16).digest()


def _digest(key: str) -> bytes:
    return digested(key.encode("utf-8", "replace"))
