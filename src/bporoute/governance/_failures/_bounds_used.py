"""How far the caps, capacity and shares of vendors are used in a simulation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import windows
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.simulation._engine._run import OUTCOME_COLUMNS, FloorRun, count_of
from bporoute.simulation._results import SimulatedPolicy

REACHED = 0.95
"""Use of a bound, as a share of it, from which on it is taken to bind."""
WINDOWS = ("hour", "day", "period")


class BoundUsed(NamedTuple):
    """How far a vendor comes in one of its bounds.

    Attributes
    ----------
    vendor : str
        Whose it is.
    bound : str
        Its key in the center file, such as ``cap_per_day``.
    limit : float
        Contacts, minutes, money or a share, as the key says.
    used : float
        Of its fullest window (hour, day, contract period), on average over the replications. Contacts count
        when they end; of `Vendor.capacity` it is the mean number there in the fullest interval.
    """

    vendor: str
    bound: str
    limit: float
    used: float

    @property
    def binds(self) -> bool:
        """Whether the limit is used up, but for 5 %."""
        return self.used >= REACHED * self.limit


def bounds_used(found: SimulatedPolicy, failed: Collection[str] = ()) -> tuple[BoundUsed, ...]:
    """How far each vendor that has not failed comes in each of its bounds."""
    edges = found.runs[0].edges
    rows = []
    for number, (name, vendor) in enumerate(found.center.vendors.items()):
        limits = dict(_limits(vendor))
        if name in failed or not limits:
            continue
        places = _window_numbers(edges, vendor)
        own = _window_numbers(edges, found.center)["day"]
        for bound, limit in limits.items():
            used = [_most(run, number, vendor, bound, places, own) for run in found.runs]
            rows.append(BoundUsed(name, bound, limit, float(np.mean(used))))
    return tuple(rows)


def _limits(vendor: Vendor) -> Iterator[tuple[str, float]]:
    if vendor.capacity is not None:
        yield "capacity", float(vendor.capacity)
    if vendor.max_share < 1.0:
        yield "max_share", vendor.max_share
    for unit in ("", "minutes_", "money_"):
        for window in WINDOWS:
            limit = getattr(vendor.contract, f"cap_{unit}per_{window}")
            if limit is not None:
                yield f"cap_{unit}per_{window}", float(limit)


def _window_numbers(edges: Floats, clock: Vendor | Center) -> dict[str, Integers]:
    """For each interval the number of its hour, day and contract period, by somebody's clock."""
    period = clock.contract.period if isinstance(clock, Vendor) else "month"
    starts = [windows(begin, clock.zone, period) for begin in edges[:-1].tolist()]
    return {
        name: np.unique([getattr(each, name) for each in starts], return_inverse=True)[1] for name in WINDOWS
    }


def _most(
    run: FloorRun, number: int, vendor: Vendor, bound: str, places: dict[str, Integers], days: Integers
) -> float:
    """What the fullest window of a bound has in a run."""
    sent, handled = (run.outcomes[:, number, OUTCOME_COLUMNS[name]] for name in ("sent", "handle_s"))
    if bound == "capacity":
        return float((handled / np.diff(run.edges)).max())
    if bound == "max_share":
        offered = np.bincount(days, count_of(run.tally, "offered").sum(axis=1))
        own = np.bincount(days, sent)
        return float(np.divide(own, offered, out=np.zeros(len(own)), where=offered > 0.0).max())
    *_, unit, _, window = f"contacts_{bound.removeprefix('cap_')}".rsplit("_", 3)
    amounts = {
        "contacts": sent,
        "minutes": handled / 60.0,
        "money": run.money[:, number] / vendor.contract.exchange_rate,
    }
    return float(np.bincount(places[window], amounts[unit]).max())
