"""What is expected of coming days, averaged over the settings of the fit, each trusted as it did before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._forecasting._days import HALF_LIVES, RIDGES, SMOOTHINGS, fit_days, recency
from bporoute.workload._forecasting._origins import Origin, trust
from bporoute.workload._forecasting._panel import Panel

FITS = tuple(product(HALF_LIVES, RIDGES))


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
    panel: Panel, origins: Sequence[Origin], days: Sequence[date], values: Floats, counted: Floats
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
    """
    known = [origin.known for origin in origins] + [int(panel.days[-1])]
    features = panel.features
    ages = np.array([recency(panel.days, day, half) for day in known for half, _ in FITS])
    ridges = np.array([ridge for _ in known for _, ridge in FITS])
    fits = fit_days(values, features, counted * ages, ridges, np.array(SMOOTHINGS))
    each = (len(known), len(FITS), -1)
    means, levels, effects = (told.reshape(each) for told in fits)
    errors = np.empty((len(origins), len(FITS) * len(SMOOTHINGS)))
    for number, origin in enumerate(origins):
        expected = means[number][:, None, origin.places] * levels[number][:, :, None]
        off = np.abs(expected - values[origin.places]) * counted[origin.places]
        errors[number] = np.nansum(off, axis=2).ravel()
    of_all, of_others = (shares.reshape(-1, len(FITS), len(SMOOTHINGS)) for shares in trust(errors))
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
        settings=(*FITS[fit], SMOOTHINGS[smoothing]),
    )
