"""Durations and shares as people write them: ``3:08``, ``188 s``, ``80 %``."""

from __future__ import annotations

import re

_NUMBER = r"(\d+(?:[.,]\d+)?)"
# Texts, which `re` compiles when they are needed: most centers are written in numbers.
_CLOCK = r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)"
_WITH_UNIT = rf"{_NUMBER} ?([a-z]+)"
_PERCENT = rf"{_NUMBER} ?%"
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
    if clock := re.fullmatch(_CLOCK, written, re.ASCII):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return None if clock[1] and minutes > 59 else 3600.0 * hours + 60.0 * minutes + seconds
    spoken = re.fullmatch(_WITH_UNIT, written, re.ASCII)
    if not spoken or spoken[2] not in _UNITS:
        return None
    return float(spoken[1].replace(",", ".")) * _UNITS[spoken[2]]


def share_of(text: str) -> float | None:
    """The share that a percentage stands for; None: it is none.

    >>> share_of("80 %"), share_of("0.8")
    (0.8, None)
    """
    percent = re.fullmatch(_PERCENT, " ".join(text.split()), re.ASCII)
    return float(percent[1].replace(",", ".")) / 100.0 if percent else None
