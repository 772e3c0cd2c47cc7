"""Totals of days: what day of the week, calendar and events make of them, and a level that drifts.

``log E[total] = level + day of the week + effects``, by the score of a Poisson law, which fits the mean and
no median, with days weighted by their age and the effects shrunken to nothing by a ridge. What is then still
left of late, without its outliers, moves the level (simple exponential smoothing).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.workload._forecasting._calendar import WEEKDAYS

OUTLIER = 3.0
"""Normal standard deviations, by the median absolute deviation, beyond which the level takes no notice."""
NORMAL = 1.4826
"""Standard deviation of a normal law by its median absolute deviation."""
ROUNDS = 6
LARGEST_STEP = 2.0
"""Of the logarithm of a day's factor in a round, so that the first ones do not run away."""
NEVER = np.inf
HALF_LIVES = (112.0, 224.0, NEVER)
"""Long ones: most effects are seen once a month. The level, which ages faster, has its smoothing."""
RIDGES = (0.5, 1.0, 2.0)
SMOOTHINGS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)


class DayFits(NamedTuple):
    """Fits to several parts of a history and with several settings at once.

    Attributes
    ----------
    means : array
        What each (fit, day) is expected to be, without the level of late.
    levels : array
        What (fit, smoothing) that is to be multiplied with.
    effects : array
        Logarithm of the factor of (fit, feature).
    """

    means: Floats
    levels: Floats
    effects: Floats


def fit_days(
    totals: Floats, features: Floats, weights: Floats, ridges: Floats, smoothings: Floats
) -> DayFits:
    """Fit the totals of days by each row of weights.

    Parameters
    ----------
    totals : array
        One per day, in order of time; nan is allowed where no fit has weight.
    features : array
        (day, feature), those of the days of the week first.
    weights : array
        (fit, day); 0: the day is not known to this fit.
    ridges : array
        (fit, 2): of the effects, and of the days of the week.
    smoothings : array
        Any number.
    """
    known = weights > 0
    level = (weights * np.where(known, totals, 0.0)).sum(axis=1) / weights.sum(axis=1)
    level = np.maximum(level, 1e-9)
    pairs = (features[:, :, None] * features[:, None, :]).reshape(len(features), -1)
    count = features.shape[1]
    penalty = np.zeros((len(weights), count, count))
    places = np.arange(count)
    penalty[:, places, places] = np.where(places < WEEKDAYS, ridges[:, 1:], ridges[:, :1])
    told = np.where(known, totals, 0.0)
    effects = np.zeros((len(weights), count))
    effects[:, :WEEKDAYS] = _weekday_means(told / level[:, None], features[:, :WEEKDAYS], weights)
    for _ in range(ROUNDS):
        linear = effects @ features.T
        relative = np.exp(linear)
        # Relative to the level, so that the ridge is worth the same number of days at every volume.
        pull = weights * relative
        rest = weights * (told / level[:, None] - relative)
        matrix = (pull @ pairs).reshape(-1, count, count) + penalty
        gradient = rest @ features - penalty[:, places, places] * effects
        effects = effects + np.clip(
            np.linalg.solve(matrix, gradient[:, :, None])[:, :, 0], -LARGEST_STEP, LARGEST_STEP
        )
    means = level[:, None] * np.exp(effects @ features.T)
    return DayFits(means, _levels(told, means, weights, known, smoothings), effects)


def _weekday_means(relative: Floats, weekdays: Floats, weights: Floats) -> Floats:
    """Where to begin: the logarithm of the mean of each day of the week."""
    days = weights @ weekdays
    mean = ((weights * relative) @ weekdays) / np.where(days > 0, days, 1.0)
    return np.log(np.where(mean > 1e-6, mean, 1.0))


def _levels(totals: Floats, means: Floats, weights: Floats, known: Flags, smoothings: Floats) -> Floats:
    """What the last days were above their means, as a factor."""
    surprise = totals / means - 1.0
    with_gaps = np.where(known, surprise, np.nan)
    most = OUTLIER * NORMAL * np.nanmedian(np.abs(with_gaps), axis=1, keepdims=True) + 1e-9
    surprise = np.clip(surprise, -most, most)
    # Without their mean, or what was clipped on one side would make every level too low.
    surprise -= (weights * surprise).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    level = np.zeros((len(means), len(smoothings)))
    for day in range(totals.shape[1]):
        step = np.where(known[:, day, None], smoothings, 0.0)
        level += step * (surprise[:, day, None] - level)
    return 1.0 + level


def recency(days: Integers, last: int, half_life: float) -> Floats:
    """How much each day counts on the last one; 0 after it."""
    age = last - days
    return np.where(age >= 0, 0.5 ** (np.maximum(age, 0) / half_life), 0.0)
