"""The instants at which somebody opens or closes, a day begins, or contacts are handed over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bporoute._base.clock import OpenSpan
from bporoute.center._center import Center

DAY = 86_400.0
_QUARTER = 900.0
"""Seconds; on a day on which clocks are changed, they are at such an instant."""


def turning_points(center: Center, at: float, reach: float) -> list[float]:
    """Instants within `reach` seconds of `at` at which the calendar of a center may turn, epoch seconds.

    Between two of them nothing does: no vendor or queue opens or closes, no contract, certificate or data
    rule begins or ends, no hand-over window opens. In order.

    Examples
    --------
    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(price_per_contact=4.5), hours=("mon-fri 08:30-20:00",))
    >>> center = Center(queues={"service": Queue(aht=240)}, vendors={"nord": nord},
    ...                 contact_types={"service": ContactType(queue="service")})
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("UTC")).timestamp()
    >>> [(point - noon) / 3600 for point in turning_points(center, noon, 9 * 3600)]
    [-5.5, 6.0]
    """
    clocks: dict[ZoneInfo, set[tuple[int, int]]] = {}
    for zone, spans, schedule in _keepers(center):
        edges = clocks.setdefault(zone, {(day, 0) for day in range(7)})
        edges |= {(span.day, minute) for span in spans for minute in (span.start, span.end)}
        edges |= {(day, minute) for day in range(7) for minute in schedule}
    found = {
        point for zone, edges in clocks.items() for point in _instants(zone, edges, at - reach, at + reach)
    }
    return sorted(point for point in found if at - reach <= point <= at + reach)


def _keepers(center: Center) -> Iterator[tuple[ZoneInfo, tuple[OpenSpan, ...], tuple[int, ...]]]:
    """Who keeps hours: by which clock, when, and at which minutes of a day a schedule changes."""
    for vendor in center.vendors.values():
        yield vendor.zone, vendor.spans, ()
    for kind in center.contact_types.values():
        yield center.zone, kind.hand_over_spans, ()
    for queue in center.queues.values():
        clock = (told.split()[-1].split(":") for told in queue.schedule)
        yield center.zone, queue.spans, tuple(int(hour) * 60 + int(minute) for hour, minute in clock)


def _instants(zone: ZoneInfo, edges: set[tuple[int, int]], first: float, last: float) -> Iterator[float]:
    """The instants of minutes of weekdays between two instants, by a clock."""
    day, end = (datetime.fromtimestamp(instant, zone).date() for instant in (first, last))
    while day <= end:
        midnight = datetime.combine(day, time(), zone)
        following = datetime.combine(day + timedelta(days=1), time(), zone)
        for weekday, minute in edges:
            if weekday == day.weekday():
                local = midnight + timedelta(minutes=minute)  # by the clock's hands
                yield from {local.timestamp(), local.replace(fold=1).timestamp()}
        if midnight.utcoffset() != following.utcoffset():
            begins, length = midnight.timestamp(), following.timestamp() - midnight.timestamp()
            yield from (begins + quarter * _QUARTER for quarter in range(int(length // _QUARTER)))
        day += timedelta(days=1)
