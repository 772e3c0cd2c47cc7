"""How far the saving of a week may be off, as its contacts may be off their forecast."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute.planning._requirement import scatter
from bporoute.planning._staffing_plan import Plan
from bporoute.planning._week import Week
from bporoute.queueing._required_agents import gamma_factor

WITHIN = 0.8
"""Share of the weeks that lie in an interval."""
MOST_CV = 2.0


class Scatter(NamedTuple):
    """Money of an average week and its variance."""

    money: float
    variance: float


def bill_scatter(staffing: Plan, prices: Floats, out: Flags, week: Week) -> Scatter:
    """How far a vendor's bill B for the intervals that go `out` scatters: by day, by interval, by chance.

    ``var B = c^2 B^2 + (1 + c^2) sum b_i^2 e_i^2 + sum b_i^2 / n_i`` for a day with a factor that all of it
    has, one that each interval has, and a Poisson number of contacts. Days are independent.
    """
    volumes = staffing.volumes
    day_cv, interval_cv = scatter(volumes, staffing.assumptions)
    money = np.where(out, prices, 0.0) / week.days_of_interval
    # Of weeks that are averaged each day counts in full, as it is one week that scatters.
    per_week = week.days_of_interval
    counts = np.where(volumes.volume > 0.0, volumes.volume, 1.0)
    variance = (1.0 + day_cv**2) * interval_cv**2 * money**2 * per_week + money**2 * per_week / counts
    days: dict[date, float] = {}
    for place in np.flatnonzero(out).tolist():
        day = volumes.starts[place].date()
        days[day] = days.get(day, 0.0) + float(money[place] * day_cv[place]) * math.sqrt(per_week[place])
    return Scatter(float(money.sum()), float(variance.sum()) + math.fsum(each**2 for each in days.values()))


def saving_interval(staffing: Plan, prices: Floats, out: Flags, week: Week) -> tuple[float, float]:
    """By how much the saving of a week may be less and more than expected.

    Wages are as planned; the vendor's bill scatters as `bill_scatter` says, and a week's is taken to be gamma
    distributed.
    """
    total, variance = bill_scatter(staffing, prices, out, week)
    if not total > 0.0:
        return 0.0, 0.0
    cv = np.array([min(math.sqrt(variance) / total, MOST_CV)])
    most, least = (
        float(gamma_factor(cv, share)[0]) for share in ((1.0 + WITHIN) / 2.0, (1.0 - WITHIN) / 2.0)
    )
    return total * (1.0 - most), total * (1.0 - least)
