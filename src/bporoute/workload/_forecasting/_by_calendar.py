"""The calendar method: totals of days times shapes of days, every setting trusted as rolling origins say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._forecasting._calendar import WEEKDAYS
from bporoute.workload._forecasting._day_means import FitSetting, day_means
from bporoute.workload._forecasting._days import HALF_LIVES, RIDGES, recency
from bporoute.workload._forecasting._origins import Origin, trust
from bporoute.workload._forecasting._panel import Panel, weekdays_of
from bporoute.workload._forecasting._shapes import HALF_LIVES as SHAPE_HALF_LIVES
from bporoute.workload._forecasting._shapes import SHRINKAGES, shapes

TRIED = tuple(FitSetting(half, ridge, 1e-6) for half, ridge in product(HALF_LIVES, RIDGES))
SHAPE_SETTINGS = tuple(product(SHAPE_HALF_LIVES, SHRINKAGES))


class Parameters(msgspec.Struct, frozen=True):
    """What the calendar method relies on most; the other settings count by how well they did before.

    Attributes
    ----------
    day_half_life, shape_half_life : float
        Days after which a day counts half, for the totals of days and for their shapes; inf: all alike.
    ridge : float
        Days' worth of doubt about every effect of the calendar.
    smoothing : float
        Share of a day's surprise that the level takes over.
    shrinkage : float
        Days' worth of the common shape in that of a day of the week.
    """

    day_half_life: float
    ridge: float
    smoothing: float
    shape_half_life: float
    shrinkage: float


class ByCalendar(NamedTuple):
    """The method run on a history and on its rolling origins.

    Attributes
    ----------
    settings : Parameters
        Those that are trusted most.
    forecast : array
        (day, interval) of the days asked for.
    tested : list of array
        The same of each origin's days, by settings trusted as they did on the others.
    effects : dict
        Factor of each effect of the calendar that the history has, 1: none.
    """

    settings: Parameters
    forecast: Floats
    tested: list[Floats]
    effects: dict[str, float]


def by_calendar(panel: Panel, origins: Sequence[Origin], days: Sequence[date]) -> ByCalendar:
    """Forecast days after the history, and those of its origins."""
    totals = day_means(panel, origins, days, panel.totals, np.ones(panel.days.size), TRIED)
    of_end, of_origins, settings = _shapes_of(panel, origins)
    tested = [
        told[:, None] * shape[weekdays_of(panel.days[origin.places])]
        for told, shape, origin in zip(totals.tested, of_origins, origins, strict=True)
    ]
    weekday = np.array([day.weekday() for day in days], dtype=np.int64)
    seen = (panel.features[:, WEEKDAYS:].sum(axis=0) > 0).tolist()
    effects = zip(panel.calendar.effects, totals.effects[WEEKDAYS:].tolist(), seen, strict=True)
    return ByCalendar(
        settings=Parameters(*totals.settings, *settings),
        forecast=totals.forecast[:, None] * of_end[weekday],
        tested=tested,
        effects={name: factor for name, factor, there in effects if there},
    )


def _shapes_of(panel: Panel, origins: Sequence[Origin]) -> tuple[Floats, list[Floats], tuple[float, float]]:
    """Shapes of (day of the week, interval) at the end and at each origin; which settings count most."""
    known = [origin.known for origin in origins] + [int(panel.days[-1])]
    weights = np.array([recency(panel.days, day, half) for day in known for half, _ in SHAPE_SETTINGS])
    shrinkage = np.array([shrunk for _ in known for _, shrunk in SHAPE_SETTINGS])
    found = shapes(panel.counts, panel.weekdays, panel.opened, weights, shrinkage)
    found = found.reshape(len(known), len(SHAPE_SETTINGS), WEEKDAYS, -1)
    errors = np.empty((len(origins), len(SHAPE_SETTINGS)))
    for number, origin in enumerate(origins):
        mine = found[number][:, weekdays_of(panel.days[origin.places])]
        came = panel.counts[origin.places]
        errors[number] = np.abs(mine * came.sum(axis=1)[:, None] - came).sum(axis=(1, 2))
    of_all, of_others = trust(errors)
    tested = [np.tensordot(shares, each, 1) for shares, each in zip(of_others, found[:-1], strict=True)]
    return np.tensordot(of_all, found[-1], 1), tested, SHAPE_SETTINGS[int(of_all.argmax())]
