"""Times of day as people write them, alone or as the span of an interval."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import NamedTuple

import numpy as np

from bporoute.workload._reading._sheet import Cell, text_of

HOURS, HALF_HOURS = "hours", "half-hours"
_ONE = r"(\d{1,2})(?:[:h.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?)?\s*(?:h|uhr)?\s*([ap]\.?\s?m\.?)?"
_TIME = re.compile(_ONE + r"\s*(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?", re.ASCII | re.I)
_SPAN = re.compile(_ONE + r"\s*(?:-|\u2013|\u2014|to|bis|until|a)\s*" + _ONE, re.ASCII | re.I)
_COMPACT = re.compile(r"([01]\d|2[0-4])([0-5]\d)([0-5]\d)?", re.ASCII)
_USUAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)", re.ASCII)
_DAY = 86_400.0


class TimeOfDay(NamedTuple):
    """A time that was read.

    Attributes
    ----------
    seconds : float
        Since midnight; 24:00 is 86,400.
    offset : float
        Seconds ahead of UTC; NaN: the local clocks.
    length : float
        Seconds until the end of the interval; NaN: not told.
    """

    seconds: float
    offset: float = np.nan
    length: float = np.nan


def read_time(cell: Cell, *, numbers: str = "", spans: bool = True) -> TimeOfDay | None:
    """The time in a cell; None: none.

    Parameters
    ----------
    cell : cell
        A text or a typed time.
    numbers : str
        What plain numbers count: ``hours``, ``half-hours``; empty: they are no times.
    spans : bool
        Whether ``08:00-09:00`` is an hour, and not a time nine hours behind UTC.

    Examples
    --------
    >>> read_time("8:30 PM").seconds / 3600, read_time("24:00").seconds, read_time("08:00 - 08:30").length
    (20.5, 86400.0, 1800.0)
    >>> read_time("19", numbers="half-hours").seconds / 3600, read_time("19") is None
    (9.5, True)
    """
    if isinstance(cell, datetime):
        cell = cell.timetz()
    if isinstance(cell, time):
        offset = cell.utcoffset()
        seconds = 3600.0 * cell.hour + 60.0 * cell.minute + cell.second + cell.microsecond / 1e6
        return TimeOfDay(seconds, np.nan if offset is None else offset.total_seconds())
    if isinstance(cell, timedelta):
        return TimeOfDay(cell.total_seconds()) if 0 <= cell.total_seconds() <= _DAY else None
    text = text_of(cell)
    if found := _USUAL.fullmatch(text):
        return TimeOfDay(3600.0 * int(found[1]) + 60.0 * int(found[2]) + int(found[3]))
    if isinstance(cell, float) and 0.0 <= cell < 1.0 and not cell.is_integer():
        return TimeOfDay(float(round(cell * _DAY)))
    if text.isdigit() and text.isascii():
        return _of_number(text, numbers)
    if spans and (found := _SPAN.fullmatch(text)):
        first, last = found.groups()[:5], found.groups()[5:]
        if first[4] is None and last[4] is not None and first[0] is not None:
            first = (*first[:4], last[4])
        start, end = _seconds(first), _seconds(last)
        if start is None or end is None:
            return None
        if end < start and found[5] is None and found[10] is not None:
            start = _seconds((*found.groups()[:4], "am")) or 0.0
        length = end - start if end > start else end + _DAY - start
        # 08:00-08:29 and 08:00-08:29:59 end where the next one starts
        if length % 300 == 240:
            length += 60.0
        elif length % 60 == 59:
            length += 1.0
        return TimeOfDay(start, length=length)
    found = _TIME.fullmatch(text)
    if found is None or (found[2] is None and found[5] is None):
        return None
    seconds_read = _seconds(found.groups()[:5])
    return None if seconds_read is None else TimeOfDay(seconds_read, _offset(found[6]))


def _of_number(text: str, numbers: str) -> TimeOfDay | None:
    if found := _COMPACT.fullmatch(text) if len(text) >= 4 else None:
        seconds = 3600.0 * int(found[1]) + 60.0 * int(found[2]) + int(found[3] or 0)
        return TimeOfDay(seconds) if seconds <= _DAY else None
    if len(text) == 3 and int(text[1:]) < 60:
        return TimeOfDay(3600.0 * int(text[0]) + 60.0 * int(text[1:]))
    count = int(text)
    if numbers == HOURS and count <= 24 and len(text) < 3:
        return TimeOfDay(3600.0 * count)
    if numbers == HALF_HOURS and count < 48 and len(text) < 3:
        return TimeOfDay(1800.0 * count)
    return None


def _seconds(parts: Iterable[str | None]) -> float | None:
    hour_text, minute, second, fraction, half = parts
    hour, minutes, seconds = int(hour_text or 0), int(minute or 0), int(second or 0)
    if minutes > 59 or seconds > 59:
        return None
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    whole = 3600.0 * hour + 60.0 * minutes + seconds + (float(f"0.{fraction}") if fraction else 0.0)
    return whole if whole < _DAY or (whole == _DAY and not fraction) else None


def _offset(text: str | None) -> float:
    if text is None:
        return np.nan
    if text[0] in "zZuUgG":
        return 0.0
    digits = text[1:].replace(":", "")
    seconds = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:] or 0)
    return -seconds if text[0] == "-" else seconds
