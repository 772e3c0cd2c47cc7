"""A clock that tests set."""

from __future__ import annotations

NOON = 1_795_348_800.0
"""Sunday 2026-11-22 12:00:00 UTC."""


class Clock:
    """Gives `now`, in seconds, until somebody sets it."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
