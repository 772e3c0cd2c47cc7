"""Opening hours and counted periods in a time zone, right across daylight-saving changes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bporoute._base.vocabulary import likely_zone
from bporoute.errors import InputError, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
HALF_HOUR = 1800.0
"""Seconds; the interval in which the trade counts contacts."""
HOUR_MINUTE = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
"""A time of day as text, such as 08:30."""
_HOURS = re.compile(r"(daily|[a-z]{3}(?:-[a-z]{3})?) (\d\d):(\d\d)-(\d\d):(\d\d)")
HOURS_EXAMPLE = "hours like 'mon-fri 08:00-20:00', 'sat 10:00-16:00' or 'daily 00:00-24:00'"


def passed_seconds(starts: Sequence[datetime]) -> list[float]:
    """Seconds that pass before each time by the clocks, none of a zone; only their differences mean anything.

    An hour that autumn repeats (``fold``) comes after itself, and all that is later after both. One that
    spring skips passes, too.

    >>> two = datetime(2026, 10, 25, 2)
    >>> passed = passed_seconds([two, two.replace(fold=1), datetime(2026, 10, 25, 3)])
    >>> [seconds - passed[0] for seconds in passed]
    [0.0, 3600.0, 7200.0]
    """
    ends = sorted({start.date(): start for start in sorted(starts) if start.fold}.values())
    return [
        (start - datetime.min).total_seconds() + 2.0 * HALF_HOUR * (start.fold + bisect_left(ends, start))
        for start in starts
    ]


class OpenSpan(NamedTuple):
    """Open on weekday `day` (0: Monday) from minute `start` to minute `end` of the day, end excluded."""

    day: int
    start: int
    end: int


@cache
def opening_hours(lines: tuple[str, ...]) -> tuple[OpenSpan, ...]:
    """The spans that lines of opening hours describe; a span past midnight goes on on the next day.

    Raises
    ------
    InputError
        Quoting the line and saying what one looks like.

    Examples
    --------
    >>> opening_hours(("fri 22:00-02:00",))
    (OpenSpan(day=4, start=1320, end=1440), OpenSpan(day=5, start=0, end=120))
    """
    spans = []
    for line in lines:
        match = _HOURS.fullmatch(line.strip().lower())
        days = weekdays(match[1]) if match else ()
        start, end = _minutes(match, 2), _minutes(match, 4)
        if not days or not 0 <= start < MINUTES_PER_DAY or not 0 <= end <= MINUTES_PER_DAY or start == end:
            raise InputError("hours", repr(line), HOURS_EXAMPLE)
        for day in days:
            if start < end:
                spans.append(OpenSpan(day, start, end))
            else:
                spans.append(OpenSpan(day, start, MINUTES_PER_DAY))
                if end > 0:
                    spans.append(OpenSpan((day + 1) % 7, 0, end))
    return tuple(sorted(spans))


def weekdays(text: str) -> tuple[int, ...]:
    """The days of the week, 0: Monday, that a text such as ``"mon-fri"`` or ``"daily"`` names; none: no text.

    >>> weekdays("sat-mon"), weekdays("monday")
    ((5, 6, 0), ())
    """
    if text == "daily":
        return tuple(range(7))
    names = text.split("-")
    if any(name not in DAYS for name in names):
        return ()
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))


def _minutes(match: re.Match[str] | None, group: int) -> int:
    if match is None or int(match[group + 1]) > 59:
        return -1
    return int(match[group]) * 60 + int(match[group + 1])


def is_open(hours: tuple[OpenSpan, ...], local: datetime) -> bool:
    """Whether a local wall-clock time falls into the hours; no hours at all means always open.

    >>> is_open(opening_hours(("mon-fri 08:00-20:00",)), datetime(2026, 11, 22, 12, 0))  # a Sunday
    False
    """
    minute = local.hour * 60 + local.minute
    return not hours or any(span.day == local.weekday() and span.start <= minute < span.end for span in hours)


def holds_until(hours: tuple[OpenSpan, ...], now: float, zone: ZoneInfo, *, hourly: bool = True) -> float:
    """An instant (epoch seconds) up to which `is_open` keeps its answer and no hour or day begins.

    Never later than the next full hour of the zone's clock (not `hourly`: the next midnight), so that
    windows counted by hour or day, and whatever goes by the date (holidays, terms), are looked at in time.
    On a day on which the clock is changed, the next minute: a wall time may then be skipped or come twice.
    """
    local = datetime.fromtimestamp(now, zone)
    midnight, offset = _midnight(local.date(), zone)
    if offset != _midnight(local.date() + timedelta(days=1), zone)[1]:
        return (now // 60 + 1) * 60
    minute = local.hour * 60 + local.minute
    begins = (local.hour + 1) * 60 if hourly else MINUTES_PER_DAY
    edges = [edge for span in hours if span.day == local.weekday() for edge in (span.start, span.end)]
    change = min([edge for edge in edges if edge > minute] + [begins])
    return midnight + 60.0 * change


@lru_cache(maxsize=1024)
def _midnight(day: date, zone: ZoneInfo) -> tuple[float, timedelta | None]:
    """When a day begins in a zone, epoch seconds, and how far its clock is ahead then; asked many times."""
    begins = datetime.combine(day, time(), zone)
    return begins.timestamp(), begins.utcoffset()


class Windows(NamedTuple):
    """When the clock hour, the day and the calendar period that hold an instant began (epoch seconds)."""

    hour: float
    day: float
    period: float


def windows(now: float, zone: ZoneInfo, period: str) -> Windows:
    """The counted windows that hold an instant, in a zone; `period` is month, quarter or year.

    >>> from datetime import timezone
    >>> at = datetime(2026, 11, 22, 10, 30, tzinfo=timezone.utc).timestamp()
    >>> [datetime.fromtimestamp(start, ZoneInfo("UTC")).strftime("%d.%m. %H:%M")
    ...  for start in windows(at, ZoneInfo("UTC"), "quarter")]
    ['22.11. 10:00', '22.11. 00:00', '01.10. 00:00']
    """
    local = datetime.fromtimestamp(now, zone)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    first_month = (local.month - 1) // months * months + 1
    hour_start = now - (local.minute * 60 + local.second + local.microsecond / 1e6)
    return Windows(
        hour=round(hour_start),
        day=_midnight(local.date(), zone)[0],
        period=_midnight(date(local.year, first_month, 1), zone)[0],
    )


YEARS = range(1970, 3000)
"""Years outside of it are placeholders, such as 1900-01-01 and 9999-12-31, or typing mistakes."""


def time_zone(name: str) -> ZoneInfo:
    """Look up the IANA time zone `name`.

    Raises
    ------
    InputError
        There is no such zone.

    Examples
    --------
    >>> time_zone("Europe/Berlin")
    zoneinfo.ZoneInfo(key='Europe/Berlin')
    """
    try:
        return ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
        TypeError,
    ):  # OSError: a folder of zones, such as "Europe"
        likely = likely_zone(name) if isinstance(name, str) else ""
        example = likely or "Europe/Berlin"
        raise InputError("timezone", shown(name), f"an IANA time zone such as {example!r}") from None


def epoch_second(wall: datetime, zone: ZoneInfo) -> float:
    """The first epoch second at which the clocks in `zone` have reached the local time `wall`.

    A time that spring skips is reached when the clocks are changed; one that autumn repeats, the first time.

    Examples
    --------
    >>> zone = time_zone("Europe/Berlin")
    >>> skipped, changed = datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 3, 0)
    >>> epoch_second(skipped, zone) == epoch_second(changed, zone) == changed.replace(tzinfo=zone).timestamp()
    True
    """
    by_old_offset, by_new_offset = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    earliest = min(by_old_offset, by_new_offset)
    # This range is empty unless spring skips `wall`: then the clocks are changed somewhere within it.
    candidates = range(int(earliest), int(by_old_offset))
    return earliest + bisect_left(
        candidates, wall, key=lambda second: datetime.fromtimestamp(second, zone).replace(tzinfo=None)
    )
