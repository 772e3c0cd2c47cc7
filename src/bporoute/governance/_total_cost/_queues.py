"""The queues of a forecast on the clock of a week, and what they need of their own people for what stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.fields import did_you_mean
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.errors import InputError
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._may_take import check_may_take, hours_of
from bporoute.planning._staffing_plan import Plan, staffing_plan
from bporoute.planning._wages import Wages, wages_paid
from bporoute.planning._week import Week, week_of
from bporoute.workload._volumes import ONLY_QUEUE, Volumes

_BY_INTERVAL = ("volume", "aht", "seconds", "day_cv", "interval_cv", "update_weight", "shrinkage")


class QueueForecast(NamedTuple):
    """The forecast of one queue.

    Attributes
    ----------
    name : str
        The queue.
    types : tuple of str
        Its contact types.
    volumes : Volumes
        Its intervals.
    week : Week
        Where they lie.
    """

    name: str
    types: tuple[str, ...]
    volumes: Volumes
    week: Week

    @property
    def contacts(self) -> float:
        """Contacts of an average week, while it is open."""
        return float(self.week.mean(np.where(self.week.open, self.volumes.volume, 0.0)).sum())


class OwnWork(NamedTuple):
    """What an average week takes in-house: money at today's wage, and hours that are paid."""

    wages: float
    hours: float


def queues_of(center: Center, volumes: Volumes) -> tuple[QueueForecast, ...]:
    """The queues of a forecast.

    Raises
    ------
    InputError
        The center does not know one, it has no contact type, or the forecast is no whole week.
    """
    names = list(dict.fromkeys(volumes.queues))
    if names == [ONLY_QUEUE] and len(center.queues) == 1:
        (only,) = center.queues
        volumes, names = msgspec.structs.replace(volumes, queues=(only,) * len(volumes.queues)), [only]
    found = []
    for name in names:
        if name not in center.queues:
            raise InputError("volumes", f"the queue {name!r}", did_you_mean(name, list(center.queues)))
        types = tuple(kind for kind, each in center.contact_types.items() if each.queue == name)
        if not types:
            raise InputError(f"queues.{name}", "no contact type of it", "a contact type with this queue")
        mine = _only(volumes, name)
        found.append(QueueForecast(name, types, mine, week_of(mine, center)))
    if not sum(queue.contacts for queue in found) > 0.0:
        raise InputError("volumes", "no contacts while the queues are open", "some contacts")
    return tuple(found)


def average_week(queue: QueueForecast, goes: Flags) -> Volumes:
    """The slots of an average week of what `goes` out of a queue, each with its mean handle time."""
    week, volumes = queue.week, queue.volumes
    contacts = np.where(goes, volumes.volume, 0.0)
    volume = week.mean(contacts)
    work = week.mean(contacts * np.nan_to_num(volumes.aht))
    first = min(volumes.starts).date()
    monday = datetime.combine(first - timedelta(days=first.weekday()), time())
    length = timedelta(minutes=week.minutes)
    return Volumes(
        starts=tuple(monday + slot * length for slot in range(len(volume))),
        queues=(queue.name,) * len(volume),
        volume=volume,
        aht=np.divide(work, volume, out=np.full(len(volume), np.nan), where=volume > 0.0),
        seconds=np.full(len(volume), length.total_seconds()),
    )


def goes_to(center: Center, name: str, queue: QueueForecast) -> Flags:
    """In which intervals of a queue a vendor is there to take contacts, its term aside."""
    vendor = center.vendors[name]
    always = msgspec.structs.replace(vendor.contract, start=None, end=None, terms=(), tiers=())
    there = hours_of(msgspec.structs.replace(vendor, contract=always), name, center, queue.volumes)
    found: Flags = there.open & queue.week.open
    return found


def may_take(center: Center, name: str, types: Sequence[str], day: date) -> str:
    """Why a vendor may not take contacts of some types on a day, in the router's words; empty: it may."""
    try:
        check_may_take(center, name, tuple(types), (day,))
    except InputError as barred:
        return barred.found
    return ""


def takes(vendor: Vendor, queue: QueueForecast) -> bool:
    """Whether a vendor takes all contact types of a queue: volumes do not tell them apart."""
    return set(queue.types) <= set(vendor.contact_types)


class OwnTeam:
    """Says what stays takes in-house, as `staffing_plan` does; the same is asked often and found once."""

    def __init__(self, queues: tuple[QueueForecast, ...], assumptions: Assumptions, wages: Wages) -> None:
        self._queues, self._assumptions = queues, assumptions
        self._rates = [
            wages_paid(queue.volumes, np.ones(len(queue.volumes.starts)), wages) for queue in queues
        ]
        self._known: dict[tuple[int, bytes], OwnWork] = {}

    def week(self, kept: Sequence[Floats]) -> OwnWork:
        """An average week in which of each queue's intervals this many times the forecast is `kept`."""
        found = [self._of_queue(place, factors) for place, factors in enumerate(kept)]
        return OwnWork(sum(each.wages for each in found), sum(each.hours for each in found))

    def plan(self, place: int, kept: Floats) -> Plan:
        """The staffing of a queue for what of it is kept."""
        queue = self._queues[place]
        volumes = msgspec.structs.replace(queue.volumes, volume=queue.volumes.volume * kept)
        return staffing_plan(volumes, self._assumptions, queue.week.open)

    def _of_queue(self, place: int, kept: Floats) -> OwnWork:
        key = place, kept.round(9).tobytes()
        if key not in self._known:
            queue, plan = self._queues[place], self.plan(place, kept)
            money = plan.scheduled * self._rates[place]
            hours = plan.scheduled * plan.volumes.seconds / 3600.0
            self._known[key] = OwnWork(
                float(queue.week.mean(money).sum()), float(queue.week.mean(hours).sum())
            )
        return self._known[key]


def _only(volumes: Volumes, queue: str) -> Volumes:
    places = [place for place, whose in enumerate(volumes.queues) if whose == queue]
    told = {field: getattr(volumes, field) for field in _BY_INTERVAL}
    return msgspec.structs.replace(
        volumes,
        starts=tuple(volumes.starts[place] for place in places),
        queues=(queue,) * len(places),
        **{field: None if values is None else values[places] for field, values in told.items()},
    )
