"""How far the saving of a week may be off, as its contacts may be off their forecast."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute.planning._requirement import scatter
from bporoute.planning._staffing_plan import Plan
from bporoute.planning._week import Week
from bporoute.queueing._required_agents import gamma_factor

WITHIN = 0.8
"""Share of the weeks that lie in an interval."""
MOST_CV = 2.0


def saving_interval(staffing: Plan, prices: Floats, out: Flags, week: Week) -> tuple[float, float]:
    """By how much the saving of a week may be less and more than expected.

    Wages are as planned; the vendor's bill B of a day scatters by a factor that the day has, one that each
    interval has, and as a Poisson number of contacts does:
    ``var B = c^2 B^2 + (1 + c^2) sum b_i^2 e_i^2 + sum b_i^2 / n_i``. Days are independent, and a week's bill
    is taken to be gamma distributed.
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
    total = float(money.sum())
    scatters = math.sqrt(float(variance.sum()) + math.fsum(each**2 for each in days.values()))
    if not total > 0.0:
        return 0.0, 0.0
    cv = np.array([min(scatters / total, MOST_CV)])
    most, least = (
        float(gamma_factor(cv, share)[0]) for share in ((1.0 + WITHIN) / 2.0, (1.0 - WITHIN) / 2.0)
    )
    return total * (1.0 - most), total * (1.0 - least)
