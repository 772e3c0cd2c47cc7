"""Minutes and money of the contacts that vendors were given, by the counted window of their sending."""

from __future__ import annotations

import math
from typing import NamedTuple

WINDOWS_KEPT = 48
"""Ended windows of one kind that a ledger remembers."""


class Given(NamedTuple):
    """What contacts sent in a window have come to: contacts that have ended, their minutes, their money."""

    ended: float = 0.0
    minutes: float = 0.0
    money: float = 0.0


class GivenByWindow:
    """What one vendor was given, for each of its windows by their starts (epoch seconds)."""

    def __init__(self, windows: int) -> None:
        self._windows: list[dict[float, Given]] = [{} for _ in range(windows)]

    def add(self, starts: list[float], at: float, seconds: float, money: float, contacts: float) -> None:
        """Count contacts sent `at` an instant, of so many seconds and so much money in all, that have ended.

        `starts` are those of the current windows; what was sent earlier counts in the window of then.
        """
        for by_start, current in zip(self._windows, starts, strict=True):
            start = (
                current if at >= current else max((one for one in by_start if one <= at), default=math.nan)
            )
            if start != start:  # sent before anything that is still remembered
                continue
            known = by_start.get(start, Given())
            by_start[start] = Given(
                known.ended + contacts, known.minutes + seconds / 60.0, known.money + money
            )
            while len(by_start) > WINDOWS_KEPT:
                del by_start[min(by_start)]

    def of(self, window: int, start: float) -> Given:
        """What was given in the window that began at an instant."""
        return self._windows[window].get(start, Given())
