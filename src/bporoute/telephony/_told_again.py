"""Requests that come again: who retries gets the answer of before, and nothing is done twice."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Answered = TypeVar("Answered")
MOST_KEPT = 16_384
"""Answers that are kept."""


class ToldAgain(Generic[Answered]):
    """The answers of the last minutes, by what was asked; several threads may ask.

    Parameters
    ----------
    within : float
        Seconds for which an answer is given again; 0: every request is one of its own.
    clock : callable
        Seconds that never go back.

    Examples
    --------
    >>> asked = ToldAgain(60.0)
    >>> asked.once("call-1", lambda: "baltic"), asked.once("call-1", lambda: "manila")
    ('baltic', 'baltic')
    """

    def __init__(self, within: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._within, self._clock = within, clock
        self._kept: OrderedDict[Hashable, tuple[float, Answered]] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, key: Hashable, answer: Callable[[], Answered]) -> Answered:
        """The answer of before, or `answer` called now; who asks meanwhile waits for it."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            if key in self._kept:
                return self._kept[key][1]
            made = answer()
            if self._within > 0.0:
                self._kept[key] = now, made
            return made

    def known(self, key: Hashable) -> Answered | None:
        """The answer of before; None: there is none."""
        with self._lock:
            self._forget(self._clock())
            return self._kept[key][1] if key in self._kept else None

    def _forget(self, now: float) -> None:
        while self._kept:
            oldest, (at, _) = next(iter(self._kept.items()))
            if len(self._kept) < MOST_KEPT and now - at < self._within:
                return
            del self._kept[oldest]
