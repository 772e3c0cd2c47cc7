"""Where the contacts of each interval may go: by the same rules that the live router goes by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import epoch_second, is_open
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._contact import ContactType, Sourcing
from bporoute.errors import InputError
from bporoute.planning._asked_for import requests_of
from bporoute.planning._opening import LOOK
from bporoute.routing._hard_rules import barred, calendar_status, queue_status
from bporoute.workload._volumes import Volumes

Way = Literal["overflow", "kept", "out", "nobody"]


class WaysOut(NamedTuple):
    """How each interval is sourced, and which vendors may take its contacts.

    Attributes
    ----------
    ways : tuple of str
        ``overflow``: the surplus may go out; ``kept``: nothing; ``out``: all; ``nobody``: there is neither an
        open queue nor a vendor.
    vendors : array of shape (intervals, vendors)
        Whether a vendor may take contacts in all of the interval.
    notes : tuple of str
        What somebody should know of it.
    """

    ways: tuple[Way, ...]
    vendors: Flags
    notes: tuple[str, ...]


def types_of(center: Center, queue: str) -> list[str]:
    """The contact types that a queue serves; they have to be alike for a plan that knows the queue alone.

    Raises
    ------
    InputError
        Naming two that differ in how they are sourced, or in who may take them.
    """
    names = [name for name, kind in center.contact_types.items() if kind.queue == queue]
    if not names:
        raise InputError(f"queues.{queue}", "no contact type", "a contact type of the queue")
    first = names[0]
    for other in names[1:]:
        one, two = (_what_matters(center, name) for name in (first, other))
        differs = [key for key in one if one[key] != two[key]]
        if differs:
            found = f"contact types {first!r} and {other!r} of one queue that differ in {', '.join(differs)}"
            raise InputError(f"queues.{queue}", found, "a queue for each, with volumes of its own")
    return names


def _what_matters(center: Center, name: str) -> dict[str, object]:
    kind = center.contact_types[name]
    vendors = [vendor for vendor, each in center.vendors.items() if name in each.contact_types]
    by_type = any("type" in each.contract.looks_at for each in center.vendors.values())
    return {
        "sourcing": kind.sourcing,
        "hand_over": kind.hand_over,
        "data": kind.data,
        "certificates": kind.certificates,
        "skills": kind.skills,
        "locations": kind.locations,
        "vendors": vendors,
        "prices": name if by_type else "",
    }


def instants(center: Center, starts: Sequence[datetime]) -> Floats:
    """When intervals start, epoch seconds; of an hour that autumn repeats, the pass that ``fold`` says."""
    zone = center.zone
    return np.array(
        [
            start.replace(tzinfo=zone).timestamp() if start.fold else epoch_second(start, zone)
            for start in starts
        ]
    )


def ways_out(center: Center, volumes: Volumes) -> WaysOut:
    """How the contacts of each interval are sourced, and who may take them.

    A vendor counts where it may take contacts at each look, every five minutes of the interval; a queue where
    it is open at any.

    Examples
    --------
    >>> from bporoute import Contract, Queue, Vendor
    >>> center = Center(queues={"desk": Queue(aht=300)}, contact_types={"desk": ContactType(queue="desk")},
    ...                 vendors={"nord": Vendor(country="EE", timezone="UTC", contact_types=("desk",),
    ...                                         contract=Contract(), hours=("daily 08:00-20:00",))})
    >>> starts = datetime(2026, 11, 23, 7), datetime(2026, 11, 23, 8)
    >>> hour = np.full(2, 3600.0)
    >>> found = ways_out(center, Volumes(starts, ("desk",) * 2, np.ones(2), np.full(2, 300.0), hour))
    >>> found.ways, found.vendors[:, 0].tolist()
    (('kept', 'overflow'), [False, True])
    """
    vendors = list(center.vendors.values())
    open_to = np.zeros((len(volumes.queues), len(vendors)), dtype=bool)
    ways: list[Way] = []
    first_type = {queue: types_of(center, queue)[0] for queue in dict.fromkeys(volumes.queues)}
    profile: dict[tuple[str, int, date], bool] = {}
    hours: dict[tuple[int, float], bool] = {}
    begins = instants(center, volumes.starts)
    seconds = volumes.seconds.tolist()
    for row, (queue, begin, length) in enumerate(zip(volumes.queues, begins.tolist(), seconds, strict=True)):
        looks = [begin + passed for passed in np.arange(0.0, length, LOOK).tolist()]
        name = first_type[queue]
        kind = center.contact_types[name]
        for place, vendor in enumerate(vendors):
            if name not in vendor.contact_types:
                continue
            locals_ = [datetime.fromtimestamp(at, vendor.zone) for at in (looks[0], looks[-1])]
            for day in {at.date() for at in locals_}:
                if (queue, place, day) not in profile:
                    asked = requests_of(center, name)
                    profile[queue, place, day] = not any(barred(each, vendor, center, day) for each in asked)
            if not all(profile[queue, place, at.date()] for at in locals_):
                continue
            for at in looks:
                if (place, at) not in hours:
                    local = datetime.fromtimestamp(at, vendor.zone)
                    hours[place, at] = not calendar_status(vendor, local)
            open_to[row, place] = all(hours[place, at] for at in looks)
        ways.append(_way(center, queue, kind, looks, bool(open_to[row].any())))
    return WaysOut(tuple(ways), open_to, tuple(_notes(volumes, ways)))


def _way(center: Center, queue: str, kind: ContactType, looks: Sequence[float], anybody: bool) -> Way:
    there = [datetime.fromtimestamp(at, center.zone) for at in looks]
    takes = any(queue_status(center.queues[queue], at) == 0 for at in there)
    handed = bool(kind.hand_over) and all(is_open(kind.hand_over_spans, at) for at in there)
    if kind.sourcing == Sourcing.SPECIALISED or not takes:
        return "out" if anybody and kind.sourcing != Sourcing.IN_HOUSE else "nobody"
    if not anybody or kind.sourcing == Sourcing.IN_HOUSE:
        return "kept"
    if kind.sourcing == Sourcing.FULL or handed:
        return "out"
    return "kept" if kind.sourcing == Sourcing.UNDERFLOW else "overflow"


def _notes(volumes: Volumes, ways: Sequence[Way]) -> list[str]:
    notes = []
    for queue in dict.fromkeys(volumes.queues):
        mine = [place for place, way in enumerate(ways) if way == "nobody" and volumes.queues[place] == queue]
        contacts = float(volumes.volume[mine].sum())
        if contacts > 0.0:
            when = f"{counted(len(mine), 'interval')}"
            notes.append(
                f"{queue}: {contacts:,.0f} contacts in {when} have neither an open queue nor a vendor; "
                "they are not in the plan"
            )
    return notes


def local_day(at: float, center: Center) -> date:
    """The center's day at an instant."""
    return datetime.fromtimestamp(at, center.zone).date()
