"""From expected volumes to agents: how many every interval needs, and what service they then give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._carried_load import carried_load
from bporoute.planning._requirement import Prices, groups, prices, requirement, scatter
from bporoute.planning._rounding import Rounding, hundredths, pooled
from bporoute.planning._steady import Service, steady_service
from bporoute.queueing._required_agents import scheduled_agents
from bporoute.simulation._service import ratio
from bporoute.workload._volumes import Volumes

DECIMALS = 6
"""Of the numbers that a plan is written with."""


class Plan(msgspec.Struct, frozen=True, eq=False):
    """Agents of every interval and the service that they give; the arrays are in the order of the volumes.

    Attributes
    ----------
    volumes : Volumes
        What is expected.
    assumptions : Assumptions
        What the plan is made for.
    load : array
        Load in erlangs, with what the intervals before have left in hand; 0 where nobody comes, or is taken.
    required, scheduled : array of int, or of hundredths
        Agents who have to be there, and agents to pay for that: required / (1 - shrinkage), rounded as
        `Assumptions.rounding` says.
    shrinkage : array
        Of each interval.
    service_level : array
        With the required agents, counted and within the seconds as `Assumptions.service_level` says.
    occupancy : array
        Share of their time in which the required agents are busy.
    asa : array
        Mean wait of the answered contacts in seconds.
    abandonment : array
        Share of the contacts that give up.
    blocking : array
        Share of the contacts that find no room to wait.

    prices : Prices or None
        What the uncertainty of the volumes costs; None: they are certain.

    Service level to blocking are those of volumes that come as forecast, nan in an interval without contacts.
    """

    volumes: Volumes
    assumptions: Assumptions
    load: Floats
    required: Integers | Floats
    scheduled: Integers | Floats
    shrinkage: Floats
    service_level: Floats
    occupancy: Floats
    asa: Floats
    abandonment: Floats
    blocking: Floats
    prices: Prices | None = None

    def of_queue(self, queue: str) -> Flags:
        """Which intervals are those of a `queue`."""
        return np.array([name == queue for name in self.volumes.queues])


class Total(msgspec.Struct, frozen=True):
    """A queue over a day, or over all days.

    Attributes
    ----------
    queue : str
        Whose it is.
    day : date or None
        None: all days.
    volume : float
        Contacts.
    required_hours, scheduled_hours : float
        Agent-hours.
    service_level : float
        Mean of the intervals, weighted by their volume; nan without contacts.
    occupancy : float
        Busy hours of the required agents over their hours; nan without agents.
    peak : datetime
        Start of the (first) interval with the most agents.
    peak_required, peak_scheduled : int, or hundredths
        Agents in it.
    """

    queue: str
    day: date | None
    volume: float
    required_hours: float
    scheduled_hours: float
    service_level: float
    occupancy: float
    peak: datetime
    peak_required: float
    peak_scheduled: float


def staffing_plan(volumes: Volumes, assumptions: Assumptions, taken: Flags | None = None) -> Plan:
    """Staff every interval of `volumes` as a queue in steady state of its own, under these `assumptions`.

    A forecast is uncertain: the targets are met in the mean over what may come, or on a share of the days.
    Nobody is needed where contacts are not `taken`, as the queue is closed; None: they always are.

    Examples
    --------
    >>> from bporoute.planning._assumptions import USUAL
    >>> start = datetime(2026, 11, 23, 9)
    >>> volumes = Volumes((start,), ("sales",), np.array([100.0]), np.array([180.0]), np.array([1800.0]))
    >>> plan = staffing_plan(volumes, Assumptions((USUAL,), shrinkage=0.3))
    >>> plan.load, plan.required, plan.scheduled
    (array([10.]), array([14]), array([20]))
    """
    always = np.ones(len(volumes.volume), dtype=bool)
    load = carried_load(volumes, always if taken is None else taken)
    busy = load.mean > 0.0
    rate, aht = load.mean / volumes.aht, volumes.aht
    required = requirement(volumes, assumptions, load)
    found = Service.unknown(len(busy))
    for of_queue, mine in groups(volumes, assumptions, busy):
        for whole, part in zip(
            found, steady_service(required[mine], rate[mine], aht[mine], of_queue), strict=True
        ):
            whole[mine] = part
    shrinkage = np.array([assumptions.of(queue).shrinkage for queue in volumes.queues])
    if volumes.shrinkage is not None:
        shrinkage = np.where(np.isnan(volumes.shrinkage), shrinkage, volumes.shrinkage)
    return Plan(
        volumes=volumes,
        assumptions=assumptions,
        load=load.mean,
        required=required,
        scheduled=_scheduled(required, shrinkage, volumes, assumptions.rounding),
        shrinkage=shrinkage,
        **found._asdict(),
        prices=prices(volumes, assumptions, load),
    )


def _scheduled(
    required: Integers | Floats, shrinkage: Floats, volumes: Volumes, rounding: Rounding
) -> Integers | Floats:
    """Agents to pay so that those required are there."""
    if rounding == "whole":
        return scheduled_agents(required, shrinkage)
    paid = required / (1.0 - shrinkage)
    return hundredths(paid) if rounding == "fractional" else pooled(paid, required.astype(float), volumes)


def totals(plan: Plan, *, by_day: bool) -> list[Total]:
    """What each queue needs a day, or over all days, in the order of the file."""
    places: dict[tuple[str, date | None], list[int]] = {}
    for place, (queue, start) in enumerate(zip(plan.volumes.queues, plan.volumes.starts, strict=True)):
        places.setdefault((queue, start.date() if by_day else None), []).append(place)
    return [_total(plan, queue, day, np.array(mine)) for (queue, day), mine in places.items()]


def _total(plan: Plan, queue: str, day: date | None, mine: Integers) -> Total:
    volume, hours = plan.volumes.volume[mine], plan.volumes.seconds[mine] / 3600
    required_hours = plan.required[mine] * hours
    level = plan.service_level[mine]
    most = mine[plan.required[mine] == plan.required[mine].max()].tolist()
    peak = min(most, key=plan.volumes.starts.__getitem__)
    return Total(
        queue=queue,
        day=day,
        volume=float(volume.sum()),
        required_hours=float(required_hours.sum()),
        scheduled_hours=float((plan.scheduled[mine] * hours).sum()),
        service_level=ratio(np.nansum(volume * level), volume[~np.isnan(level)].sum()),
        occupancy=ratio(np.nansum(plan.occupancy[mine] * required_hours), required_hours.sum()),
        peak=plan.volumes.starts[peak],
        peak_required=plan.required[peak].item(),
        peak_scheduled=plan.scheduled[peak].item(),
    )


def interval_rows(plan: Plan) -> list[dict[str, Any]]:
    """One row per interval as plain values; None where there is nothing to say."""
    volumes = plan.volumes
    columns = {
        "date": [start.date().isoformat() for start in volumes.starts],
        "interval": [_clock(start) for start in volumes.starts],
        "queue": volumes.queues,
        "volume": volumes.volume.tolist(),
        "aht": _known(volumes.aht),
        "load": _known(plan.load),
        "required": plan.required.tolist(),
        "scheduled": plan.scheduled.tolist(),
        "service_level": _known(plan.service_level),
        "occupancy": _known(plan.occupancy),
        "asa": _known(plan.asa),
        "abandonment": _known(plan.abandonment),
        "blocking": _known(plan.blocking),
    }
    assumed = plan.assumptions
    day, alone = scatter(volumes, assumed)
    told = {
        "day_cv": volumes.day_cv if assumed.day_cv is None else day,
        "interval_cv": volumes.interval_cv if assumed.interval_cv is None else alone,
        "update_weight": volumes.update_weight,
        "shrinkage": volumes.shrinkage,
        "minutes": volumes.seconds / 60.0,
    }
    columns |= {name: _known(values) for name, values in told.items() if values is not None}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def as_document(plan: Plan) -> dict[str, Any]:
    """The whole plan as plain values; None where there is nothing to say."""
    assumptions = plan.assumptions
    own = [name for name in dict.fromkeys(plan.volumes.queues) if name in assumptions.queues]
    return {
        **_assumed(assumptions),
        "confidence": assumptions.confidence,
        **({"queues": {name: _assumed(assumptions.of(name)) for name in own}} if own else {}),
        "required_hours": _price_row(plan.prices),
        "totals": [_total_row(total) for total in totals(plan, by_day=True)],
        "intervals": interval_rows(plan),
    }


def _assumed(assumptions: Assumptions) -> dict[str, Any]:
    return {
        "targets": [str(target) for target in assumptions.targets],
        "service_level": str(assumptions.service_level),
        "patience": None if assumptions.patience == math.inf else assumptions.patience,
        "waiting_room": None if assumptions.waiting_room == math.inf else assumptions.waiting_room,
        "shrinkage": assumptions.shrinkage,
        **({"at_once": list(assumptions.at_once)} if len(assumptions.at_once) > 1 else {}),
    }


def _price_row(prices: Prices | None) -> dict[str, float | None] | None:
    if prices is None:
        return None
    row = {name: getattr(prices, name) for name in prices.__struct_fields__}
    return dict(zip(row, _known(np.array(list(row.values()))), strict=True))


def _total_row(total: Total) -> dict[str, Any]:
    shares = np.array([total.service_level, total.occupancy])
    service_level, occupancy = _known(shares)
    return {
        "date": str(total.day),
        "queue": total.queue,
        "volume": round(total.volume, DECIMALS),
        "required_hours": round(total.required_hours, DECIMALS),
        "scheduled_hours": round(total.scheduled_hours, DECIMALS),
        "service_level": service_level,
        "occupancy": occupancy,
        "peak": {
            "interval": _clock(total.peak),
            "required": total.peak_required,
            "scheduled": total.peak_scheduled,
        },
    }


def _known(values: Floats) -> Sequence[float | None]:
    return [value if math.isfinite(value) else None for value in np.round(values, DECIMALS).tolist()]


def _clock(start: datetime) -> str:
    return f"{start:%H:%M:%S}" if start.second else f"{start:%H:%M}"
