"""Days and times in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

SPAN_DAY = "%a %d %b"
"""A day where its year stands elsewhere."""


def in_days(starts: Iterable[datetime]) -> list[date]:
    """The days of some instants, each once, in order."""
    return sorted({start.date() for start in starts})


def span_of(days: Sequence[date]) -> str:
    """From the first to the last of some days, in order.

    >>> span_of([date(2026, 11, 23)]), span_of([date(2026, 12, 1), date(2026, 12, 31)])
    ('Monday, 23 November 2026', '1 to 31 December 2026')
    >>> span_of([date(2026, 11, 23), date(2026, 12, 4)])
    '23 November to 4 December 2026'
    """
    first, last = days[0], days[-1]
    if first == last:
        return f"{first:%A}, {first.day} {first:%B %Y}"
    end = f"{last.day} {last:%B %Y}"
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {end}"
    return f"{first.day} to {end}" if first.month == last.month else f"{first.day} {first:%B} to {end}"


def on_day(day: date) -> str:
    """A day in a sentence.

    >>> on_day(date(2026, 11, 23))
    'Monday, 23 November'
    """
    return f"{day:%A}, {day.day} {day:%B}"


def clock_hour(start: datetime) -> float:
    """Hours since midnight on the clock."""
    return start.hour + start.minute / 60 + start.second / 3600


def clock_text(hour: float) -> str:
    """A time of day of so many hours.

    >>> clock_text(9.5), clock_text(24.0)
    ('09:30', '24:00')
    """
    minutes = round(60 * hour)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
