"""How often what happened, for whoever watches, and a line in the log now and then."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

from bporoute._base.logger import WARNING, say

SAID_EVERY = 60.0
"""Seconds between two lines about the same."""


class Counts:
    """Counters by name.

    Parameters
    ----------
    engine : str
        Of whom the lines in the log are.
    elapsed : callable
        Seconds on a clock that nobody sets.
    """

    def __init__(self, engine: str, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._elapsed = engine, elapsed
        self._counted: Counter[str] = Counter()
        self._said: dict[str, tuple[float, int]] = {}

    def __call__(self, name: str) -> None:
        """Count one."""
        self._counted[name] += 1

    def fault(self, name: str, text: str) -> None:
        """Count one that should not have been, and say so unless that was said within the last minute."""
        self._counted[name] += 1
        now, count = self._elapsed(), self._counted[name]
        at, before = self._said.get(name, (-SAID_EVERY, count - 1))
        if now - at >= SAID_EVERY:
            self._said[name] = now, count
            times = f" ({count - before} times)" if count - before > 1 else ""
            say([(WARNING, f"{self._engine}: {text}{times}")])

    @property
    def all(self) -> Mapping[str, int]:
        """All that was counted so far."""
        return dict(self._counted)
