"""How long a vendor is open: by its hours, without its holidays, within the term of its contract."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bporoute._base.clock import MINUTES_PER_DAY, OpenSpan
from bporoute.center._vendor import Vendor


def open_seconds(vendor: Vendor, begin: float, end: float) -> float:
    """Seconds from `begin` to `end` (epoch seconds) in which a vendor is open.

    It is so in its opening hours (at any time if it has none), not on its holidays, and on the days of its
    contract's term, all by its own clock, changes of daylight-saving time included.

    Examples
    --------
    >>> from bporoute.contracts import Contract
    >>> nord = Vendor(country="EE", timezone="UTC", contact_types=("call",), contract=Contract(),
    ...               hours=("mon-fri 08:00-20:00",), holidays=(date(1970, 1, 2),))
    >>> open_seconds(nord, 0.0, 7 * 86_400.0) / 3600  # from a Thursday on
    48.0
    """
    contract = vendor.contract
    return _open_seconds(
        vendor.spans, vendor.holidays, vendor.timezone, contract.start, contract.end, begin, end
    )


def open_share(vendor: Vendor, begin: float, end: float, first: float, last: float) -> float:
    """Share of a vendor's open time from `begin` to `end` that lies between `first` and `last`, in [0, 1].

    All are epoch seconds. Of a vendor that is never open in that time it is the share of the clock's time.

    Examples
    --------
    >>> from bporoute.contracts import Contract
    >>> nord = Vendor(country="EE", timezone="UTC", contact_types=("call",), contract=Contract(),
    ...               hours=("mon-fri 08:00-20:00",))
    >>> open_share(nord, 0.0, 7 * 86_400.0, 0.0, 86_400.0)
    0.2
    """
    first, last = max(begin, first), min(end, last)
    if whole := open_seconds(vendor, begin, end):
        return open_seconds(vendor, first, last) / whole
    return max(last - first, 0.0) / (end - begin)


@lru_cache(maxsize=4096)
def _open_seconds(
    spans: tuple[OpenSpan, ...],
    holidays: tuple[date, ...],
    timezone: str,
    start: date | None,
    last: date | None,
    begin: float,
    end: float,
) -> float:
    if not begin < end:
        return 0.0
    zone, closed, open_for = ZoneInfo(timezone), frozenset(holidays), 0.0
    week = [_merged(spans, weekday) for weekday in range(7)]
    day, final = (datetime.fromtimestamp(at, zone).date() for at in (begin, end))
    day, final = max(day, start or day), min(final, last or final)
    while day <= final:
        if day not in closed:
            for first, until in week[day.weekday()]:
                opens, closes = _instant(day, first, zone), _instant(day, until, zone)
                open_for += max(0.0, min(closes, end) - max(opens, begin))
        day += timedelta(days=1)
    return open_for


def _instant(day: date, minute: int, zone: ZoneInfo) -> float:
    """Epoch seconds of a minute of a local day; of its last one: of the midnight that ends it."""
    days, minute = divmod(minute, MINUTES_PER_DAY)
    return datetime.combine(day + timedelta(days=days), time(*divmod(minute, 60)), zone).timestamp()


def _merged(spans: tuple[OpenSpan, ...], weekday: int) -> list[tuple[int, int]]:
    """Minutes from and to which a weekday is open, without overlap; without spans all of it."""
    if not spans:
        return [(0, MINUTES_PER_DAY)]
    merged: list[tuple[int, int]] = []
    for _, first, until in sorted(span for span in spans if span.day == weekday):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], until)
        else:
            merged.append((first, until))
    return merged
