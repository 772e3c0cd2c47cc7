"""The calendar method: totals of days times shapes of days, every setting chosen by rolling origins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.workload._forecasting import _days, _shapes
from bporoute.workload._forecasting._calendar import WEEKDAYS
from bporoute.workload._forecasting._days import DaySettings, fit_days, recency
from bporoute.workload._forecasting._origins import Origin, best
from bporoute.workload._forecasting._panel import Panel, weekdays_of
from bporoute.workload._forecasting._shapes import ShapeSettings, shapes

DAY_SETTINGS = tuple(product(_days.HALF_LIVES, _days.RIDGES))
SMOOTHINGS = np.array(_days.SMOOTHINGS)
SHAPE_SETTINGS = tuple(product(_shapes.HALF_LIVES, _shapes.SHRINKAGES))


class Parameters(msgspec.Struct, frozen=True):
    """What the calendar method was run with.

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
        Those with the least error over all origins.
    forecast : array
        (day, interval) of the days asked for.
    tested : list of array
        The same of each origin's days, each with the settings that were best on the others.
    effects : dict
        Factor of each effect of the calendar that the history has, 1: none.
    fitted : array
        What each day of the history would have been expected to be.
    """

    settings: Parameters
    forecast: Floats
    tested: list[Floats]
    effects: dict[str, float]
    fitted: Floats


def by_calendar(panel: Panel, origins: Sequence[Origin], days: Sequence[date]) -> ByCalendar:
    """Forecast days after the history, and those of its origins."""
    last = int(panel.days[-1])
    known = [origin.known for origin in origins] + [last]
    features = panel.features
    ridges = np.array([ridge for _ in known for _, ridge in DAY_SETTINGS])
    weights = np.array([recency(panel.days, day, half) for day in known for half, _ in DAY_SETTINGS])
    fits = fit_days(panel.totals, features, weights, ridges, SMOOTHINGS)
    count = len(DAY_SETTINGS)
    errors = np.empty((len(origins), count * SMOOTHINGS.size))
    tested_totals: list[Floats] = []
    for number, origin in enumerate(origins):
        mine = slice(number * count, (number + 1) * count)
        means = fits.means[mine][:, None, origin.places] * fits.levels[mine][:, :, None]
        tested_totals.append(means.reshape(-1, origin.places.size))
        errors[number] = np.abs(tested_totals[-1] - panel.totals[origin.places]).sum(axis=1)
    day_best, day_best_of_others = _best(errors, _place_of_days())
    shape_fits, shape_best, shape_best_of_others = _shapes_of(panel, known, origins)
    tested = [
        totals[day_best_of_others[number]][:, None]
        * shape_fits[number, shape_best_of_others[number]][weekdays_of(panel.days[origin.places])]
        for number, (origin, totals) in enumerate(zip(origins, tested_totals, strict=True))
    ]
    setting, smoothing = divmod(day_best, SMOOTHINGS.size)
    final = len(origins) * count + setting
    asked = panel.calendar.features(days)
    level = fits.levels[final, smoothing]
    mean = float(fits.means[final, 0] / np.exp(features[0] @ fits.effects[final]))
    totals = mean * level * np.exp(asked @ fits.effects[final])
    weekday = np.array([day.weekday() for day in days], dtype=np.int64)
    half_life, ridge = DAY_SETTINGS[setting]
    of_shape = ShapeSettings(*SHAPE_SETTINGS[shape_best])
    names = panel.calendar.effects
    seen = (features[:, WEEKDAYS:].sum(axis=0) > 0).tolist()
    factors = np.exp(fits.effects[final, WEEKDAYS:]).tolist()
    return ByCalendar(
        settings=Parameters(half_life, ridge, float(SMOOTHINGS[smoothing]), *of_shape),
        forecast=totals[:, None] * shape_fits[-1, shape_best][weekday],
        tested=tested,
        effects={name: factor for name, factor, there in zip(names, factors, seen, strict=True) if there},
        fitted=fits.means[final],
    )


def _shapes_of(panel: Panel, known: Sequence[int], origins: Sequence[Origin]) -> tuple[Floats, int, Integers]:
    """Shapes by (origin or the end, setting, day of the week, interval); which settings are best."""
    weights = np.array([recency(panel.days, day, half) for day in known for half, _ in SHAPE_SETTINGS])
    shrinkage = np.array([shrunk for _ in known for _, shrunk in SHAPE_SETTINGS])
    found = shapes(panel.counts, panel.weekdays, panel.opened, weights, shrinkage)
    found = found.reshape(len(known), len(SHAPE_SETTINGS), WEEKDAYS, -1)
    errors = np.empty((len(origins), len(SHAPE_SETTINGS)))
    for number, origin in enumerate(origins):
        mine = found[number][:, weekdays_of(panel.days[origin.places])]
        came = panel.counts[origin.places]
        errors[number] = np.abs(mine * came.sum(axis=1)[:, None] - came).sum(axis=(1, 2))
    whole, of_others = _best(errors, SHAPE_SETTINGS.index(tuple(_shapes.USUAL)))
    return found, whole, of_others


def _best(errors: Floats, usual: int) -> tuple[int, Integers]:
    """The best setting, over all origins and over all others; the usual one where there is no origin."""
    return best(errors) if len(errors) else (usual, np.empty(0, dtype=np.int64))


def _place_of_days() -> int:
    usual: DaySettings = _days.USUAL
    place = DAY_SETTINGS.index((usual.half_life, usual.ridge))
    return place * SMOOTHINGS.size + _days.SMOOTHINGS.index(usual.smoothing)
