"""Durations and shares as people write them: ``3:08``, ``188 s``, ``80 %``."""

from __future__ import annotations

import re

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)", re.ASCII)
_WITH_UNIT = re.compile(rf"{_NUMBER} ?([a-z]+)", re.ASCII)
_PERCENT = re.compile(rf"{_NUMBER} ?%", re.ASCII)
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}


def seconds_of(text: str) -> float | None:
    """Seconds that a text stands for; None: for none.

    >>> seconds_of("00:03:08"), seconds_of("3:08"), seconds_of("188 s"), seconds_of("3.5 min")
    (188.0, 188.0, 188.0, 210.0)
    >>> seconds_of("soon") is None
    True
    """
    written = " ".join(text.lower().split())
    if clock := _CLOCK.fullmatch(written):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return None if clock[1] and minutes > 59 else 3600.0 * hours + 60.0 * minutes + seconds
    spoken = _WITH_UNIT.fullmatch(written)
    if not spoken or spoken[2] not in _UNITS:
        return None
    return float(spoken[1].replace(",", ".")) * _UNITS[spoken[2]]


def share_of(text: str) -> float | None:
    """The share that a percentage stands for; None: it is none.

    >>> share_of("80 %"), share_of("0.8")
    (0.8, None)
    """
    percent = _PERCENT.fullmatch(" ".join(text.split()))
    return float(percent[1].replace(",", ".")) / 100.0 if percent else None
