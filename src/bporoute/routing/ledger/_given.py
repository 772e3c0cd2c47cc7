"""Minutes and money of the contacts that vendors were given, by the counted window of their sending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WINDOWS_KEPT = 48
"""Ended windows of one kind that a ledger remembers."""


class Given(NamedTuple):
    """What contacts sent in a window have come to: contacts that have ended, their minutes, their money."""

    ended: float = 0.0
    minutes: float = 0.0
    money: float = 0.0


class GivenByWindow:
    """What one vendor was given, for each of its windows by their starts (epoch seconds); never changed."""

    __slots__ = ("_windows",)

    def __init__(self, windows: Sequence[dict[float, Given]]) -> None:
        self._windows = windows

    def after(self, starts: Sequence[float], seconds: float, money: float, contacts: float) -> GivenByWindow:
        """The same with contacts more, of so many seconds and so much money in all, that have ended.

        `starts` are those of the windows in which they were sent.
        """
        return GivenByWindow(
            [
                _after(by_start, start, seconds, money, contacts)
                for by_start, start in zip(self._windows, starts, strict=True)
            ]
        )

    def windows(self) -> tuple[tuple[tuple[float, Given], ...], ...]:
        """For each kind of window the starts, and what was given."""
        return tuple(tuple(by_start.items()) for by_start in self._windows)

    def of(self, window: int, start: float) -> Given:
        """What was given in the window that began at an instant."""
        return self._windows[window].get(start, Given())


def _after(
    by_start: dict[float, Given], start: float, seconds: float, money: float, contacts: float
) -> dict[float, Given]:
    known = by_start.get(start, Given())
    found = {
        **by_start,
        start: Given(known.ended + contacts, known.minutes + seconds / 60.0, known.money + money),
    }
    while len(found) > WINDOWS_KEPT:
        del found[min(found)]
    return found
