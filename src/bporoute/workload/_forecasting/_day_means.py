"""What is expected of coming days, averaged over the settings of the fit, each trusted as it did before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._forecasting._days import SMOOTHINGS, fit_days, recency
from bporoute.workload._forecasting._origins import Origin, trust
from bporoute.workload._forecasting._panel import Panel


class FitSetting(NamedTuple):
    """How days are fitted, but for the smoothing of the level.

    Attributes
    ----------
    half_life : float
        Days after which a day counts half; inf: all count alike.
    ridge, weekday_ridge : float
        Days' worth of doubt about every effect, and about every day of the week.
    """

    half_life: float
    ridge: float
    weekday_ridge: float


class DayMeans(NamedTuple):
    """Means of days.

    Attributes
    ----------
    forecast : array
        Of each day asked for.
    tested : list of array
        Of each day of each origin, by settings trusted as they did on the other origins.
    effects : array
        Factor of each effect of the calendar.
    settings : tuple of float
        Half-life, ridge and smoothing that are trusted most.
    """

    forecast: Floats
    tested: list[Floats]
    effects: Floats
    settings: tuple[float, float, float]


def day_means(
    panel: Panel,
    origins: Sequence[Origin],
    days: Sequence[date],
    values: Floats,
    counted: Floats,
    tried: Sequence[FitSetting],
) -> DayMeans:
    """Forecast a value of each day: its contacts, or its handle time.

    Parameters
    ----------
    panel : Panel
        The history.
    origins : sequence of Origin
        On which the settings are tried.
    days : sequence of date
        Those that are asked for.
    values : array
        One per day of the history; nan where it does not count.
    counted : array
        How much each day counts, for the fit and for the errors.
    tried : sequence of FitSetting
        Each with every smoothing.
    """
    known = [origin.known for origin in origins] + [int(panel.days[-1])]
    features = panel.features
    ages = np.array([recency(panel.days, day, half) for day in known for half, _, _ in tried])
    ridges = np.array([each[1:] for _ in known for each in tried])
    fits = fit_days(values, features, counted * ages, ridges, np.array(SMOOTHINGS))
    each = (len(known), len(tried), -1)
    means, levels, effects = (told.reshape(each) for told in fits)
    errors = np.empty((len(origins), len(tried) * len(SMOOTHINGS)))
    for number, origin in enumerate(origins):
        expected = means[number][:, None, origin.places] * levels[number][:, :, None]
        off = np.abs(expected - values[origin.places]) * counted[origin.places]
        errors[number] = np.nansum(off, axis=2).ravel()
    of_all, of_others = (shares.reshape(-1, len(tried), len(SMOOTHINGS)) for shares in trust(errors))
    tested = [
        (of_others[number] * levels[number]).sum(axis=1) @ means[number][:, origin.places]
        for number, origin in enumerate(origins)
    ]
    base = means[-1][:, 0] / np.exp(effects[-1] @ features[0])
    factors = np.exp(effects[-1] @ panel.calendar.features(days).T)
    fit, smoothing = divmod(int(of_all.argmax()), len(SMOOTHINGS))
    return DayMeans(
        forecast=((of_all[0] * levels[-1]).sum(axis=1) * base) @ factors,
        tested=tested,
        effects=np.exp(of_all[0].sum(axis=1) @ effects[-1]),
        settings=(*tried[fit][:2], SMOOTHINGS[smoothing]),
    )
