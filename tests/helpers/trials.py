"""Trials that are drawn: days that scatter, a vendor that is as good as the others or worse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bporoute.governance._trials._day_totals import DayTotals

WEEKDAYS = np.array([1.2, 1.15, 1.1, 1.1, 1.05, 0.8, 0.6])
"""Contacts of a day of the week over those of an average one."""


class Drawn(NamedTuple):
    """How a trial is drawn: contacts a day of both sides, the vendor's share, the level and the scatter.

    `common` is the standard deviation of what a day does to both sides, `apart` that of the true difference.
    """

    contacts: float
    share: float
    level: float = 0.7
    common: float = 0.03
    apart: float = 0.03


def drawn_totals(
    how: Drawn, days: int, difference: float, rng: np.random.Generator, correlation: float = 0.0
) -> DayTotals:
    """Resolved contacts of both sides by day; true differences have a `correlation` from day to day."""
    volume = rng.poisson(how.contacts * WEEKDAYS[np.arange(days) % 7])
    of_vendor = rng.binomial(volume, how.share)
    both = how.level + rng.normal(0.0, how.common, days)
    aside = rng.normal(0.0, how.apart / np.sqrt(2.0), (2, days))
    if correlation:
        for day in range(1, days):
            aside[:, day] *= np.sqrt(1.0 - correlation**2)
            aside[:, day] += correlation * aside[:, day - 1]
    vendor = rng.binomial(of_vendor, np.clip(both + difference + aside[0], 0.0, 1.0))
    others = rng.binomial(volume - of_vendor, np.clip(both + aside[1], 0.0, 1.0))
    columns = (vendor, of_vendor, others, volume - of_vendor)
    return DayTotals(np.arange(days), *(column.astype(np.float64) for column in columns))
