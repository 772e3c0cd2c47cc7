"""In which intervals the queues of a center take contacts, and when a vendor's calendar closes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from bporoute._base.arrays import Flags
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.routing._hard_rules import calendar_status, queue_status
from bporoute.workload._volumes import Volumes

LOOK = 300.0
"""Seconds between two looks at whether a queue or a vendor is open."""


def looks(begin: float, end: float) -> list[float]:
    """The instants of an interval at which somebody looks, epoch seconds as its `begin` and `end`.

    >>> looks(0.0, 900.0)
    [0.0, 300.0, 600.0]
    """
    return [begin + passed for passed in np.arange(0.0, end - begin, LOOK).tolist()]


def closings(vendor: Vendor, begin: float, end: float) -> Iterator[tuple[int, float]]:
    """Code of the calendar rule that bars a vendor, and when: of each of the `looks` at which one does."""
    for look in looks(begin, end):
        if code := calendar_status(vendor, datetime.fromtimestamp(look, vendor.zone)):
            yield code, look


def open_intervals(center: Center, volumes: Volumes) -> Flags:
    """Whether a queue takes contacts at any time of an interval, by the rules that the router goes by.

    Examples
    --------
    >>> from datetime import datetime
    >>> from bporoute import ContactType, Queue
    >>> center = Center(queues={"desk": Queue(aht=300, hours=("mon-fri 08:00-20:00",))},
    ...                 contact_types={"desk": ContactType(queue="desk")})
    >>> starts = datetime(2026, 11, 23, 7), datetime(2026, 11, 23, 7, 30)
    >>> hour = np.full(2, 3600.0)
    >>> open_intervals(center, Volumes(starts, ("desk",) * 2, np.ones(2), np.full(2, 300.0), hour))
    array([False,  True])
    """
    rows = zip(volumes.queues, volumes.starts, volumes.seconds.tolist(), strict=True)
    return np.array(
        [
            any(
                queue_status(center.queues[name], start + timedelta(seconds=passed)) == 0
                for passed in np.arange(0.0, seconds, LOOK).tolist()
            )
            for name, start, seconds in rows
        ],
        dtype=bool,
    )


def closed_notes(volumes: Volumes, taken: Flags) -> Iterator[str]:
    """What comes while a queue is closed, and is not staffed for."""
    names = np.array(volumes.queues)
    for name in dict.fromkeys(volumes.queues):
        mine = (names == name) & ~taken & (volumes.volume > 0)
        if mine.any():
            contacts = f"{volumes.volume[mine].sum():,.0f} contacts in {counted(int(mine.sum()), 'interval')}"
            yield f"{name}: {contacts} while it is closed, as the center says: nobody is staffed for them"


def handed_over_notes(volumes: Volumes, center: Center) -> Iterator[str]:
    """Queues whose contacts go out in windows, in which they are staffed for all the same."""
    kinds = center.contact_types.values()
    for name in dict.fromkeys(volumes.queues):
        if any(kind.queue == name and kind.hand_over for kind in kinds):
            yield f"{name}: windows of hand_over are not looked at: agents are those for all contacts"
