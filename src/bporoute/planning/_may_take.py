"""Whether a vendor may take all that a queue gets, and when, by the rules that the router goes by."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags
from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.center._vendor import Vendor
from bporoute.errors import InputError
from bporoute.planning._asked_for import requests_of
from bporoute.planning._opening import closings
from bporoute.routing._hard_rules import HARD_RULE_CODES, barred
from bporoute.routing._reasons import reason_of
from bporoute.workload._volumes import Volumes

NOON = 12
HANDED_OVER = (Sourcing.IN_HOUSE, Sourcing.OVERFLOW, Sourcing.UNDERFLOW)
"""How contacts may be sourced that windows can hand over."""


class Hours(NamedTuple):
    """When a vendor is there.

    Attributes
    ----------
    open : array of bool
        Throughout each interval.
    holiday : array of bool
        Its holiday lies in the interval.
    """

    open: Flags
    holiday: Flags


def types_of(center: Center, queue: str) -> tuple[str, ...]:
    """The contact types of a queue, all of which a window hands over.

    Raises
    ------
    InputError
        There are none, or one goes out anyway.
    """
    found = tuple(name for name, kind in center.contact_types.items() if kind.queue == queue)
    if not found:
        raise InputError(f"queues.{queue}", "no contact type of it", "a contact type with this queue")
    for name in found:
        sourcing = center.contact_types[name].sourcing
        if sourcing not in HANDED_OVER:
            expected = "'in_house', 'overflow' or 'underflow', as windows are for what stays in-house else"
            raise InputError(f"contact_types.{name}.sourcing", repr(str(sourcing)), expected)
    return found


def check_may_take(center: Center, name: str, types: tuple[str, ...], days: tuple[date, ...]) -> None:
    """Refuse a vendor that a rule bars from some contacts of a queue on one of the days.

    Raises
    ------
    InputError
        In the words in which the router rejects it.
    """
    vendor = center.vendors[name]
    for kind in types:
        for request in requests_of(center, kind):
            for day in days:
                if code := barred(request, vendor, center, day):
                    noon = datetime(day.year, day.month, day.day, NOON, tzinfo=vendor.zone).timestamp()
                    reason = reason_of(code, (), name, request, center, noon)
                    raise InputError(
                        f"vendors.{name}",
                        f"for contacts of type {kind!r} on {day}: {reason.text}",
                        "a vendor that may take every contact of the queue",
                    )


def hours_of(vendor: Vendor, name: str, center: Center, volumes: Volumes) -> Hours:
    """When a vendor is there in the intervals of a forecast, whose times are those of the center's clock.

    Raises
    ------
    InputError
        Its contract is not in force on some day.
    """
    size = len(volumes.starts)
    found = Hours(np.ones(size, dtype=bool), np.zeros(size, dtype=bool))
    for place, (start, seconds) in enumerate(zip(volumes.starts, volumes.seconds.tolist(), strict=True)):
        begin = start.replace(tzinfo=center.zone).timestamp()
        for code, look in closings(vendor, begin, begin + seconds):
            if code == HARD_RULE_CODES["term"]:
                contract = vendor.contract
                term = f"{contract.start or '...'} to {contract.end or '...'}"
                raise InputError(
                    f"vendors.{name}.contract",
                    f"a term of {term}, and a forecast of {datetime.fromtimestamp(look, vendor.zone).date()}",
                    "a contract that is in force on all days of the forecast",
                )
            found.open[place] = False
            found.holiday[place] |= code == HARD_RULE_CODES["holiday"]
    return found


def local_days(vendor: Vendor, center: Center, volumes: Volumes) -> tuple[date, ...]:
    """The days on the vendor's clock on which a forecast has intervals, in order."""
    found = set[date]()
    for start, seconds in zip(volumes.starts, volumes.seconds.tolist(), strict=True):
        begin = datetime.fromtimestamp(start.replace(tzinfo=center.zone).timestamp(), vendor.zone)
        found |= {begin.date(), (begin + timedelta(seconds=seconds - 1.0)).date()}
    return tuple(sorted(found))
