"""How far what comes scatters around what was expected, by weeks that were forecast afterwards."""

from __future__ import annotations

import math

import numpy as np

from bporoute._base.arrays import Floats

LEAST_DAYS = 10
"""Days that must have been forecast for their scatter to tell anything."""
DOUBT = 5.0
"""Days' worth of belief in what the two factors alone say of the rest of a day."""
NEIGHBOURS = 2
"""Intervals on either side that a weight is smoothed over."""


def scatter_of(expected: Floats, came: Floats, counted: Floats) -> tuple[float, float]:
    """Coefficients of variation of a factor of the day and of one of the interval, by the method of moments.

    Contacts are Poisson given both; what that explains is taken off.

    Parameters
    ----------
    expected, came : array
        (day, interval).
    counted : array
        How much each day counts.

    Returns
    -------
    float, float
        Of the day, of the interval.

    Examples
    --------
    >>> chance = np.random.default_rng(1)
    >>> expected = np.full((400, 30), 500.0)
    >>> rate = expected * chance.gamma(400, 1 / 400, (400, 1)) * chance.gamma(625, 1 / 625, (400, 30))
    >>> day_cv, interval_cv = scatter_of(expected, chance.poisson(rate), np.ones(400))
    >>> round(day_cv, 2), round(interval_cv, 2)
    (0.05, 0.04)
    """
    used = expected.sum(axis=1) > 0
    if not used.any():
        return 0.0, 0.0
    expected, came, each = expected[used], came[used], counted[used][:, None]
    totals, actual = expected.sum(axis=1), came.sum(axis=1)
    scaled = expected * (actual / totals)[:, None]
    shares = expected / totals[:, None]
    # The day's own total takes a part of the scatter of its intervals with it.
    left = 1.0 - 2.0 * shares + (shares**2).sum(axis=1, keepdims=True)
    squares = (each * scaled**2 * left).sum()
    excess = (each * ((came - scaled) ** 2 - scaled * (1.0 - shares))).sum()
    interval = max(excess / squares, 0.0) if squares > 0 else 0.0
    own = (actual - totals) ** 2 - totals - interval * (expected**2).sum(axis=1)
    day = max((each[:, 0] * own).sum() / (each[:, 0] * totals**2).sum(), 0.0)
    return math.sqrt(day), math.sqrt(interval)


def update_weights(
    expected: Floats, came: Floats, counted: Floats, day_cv: float, interval_cv: float
) -> Floats:
    """What share of how far a day is off by the end of an interval the rest of the day is off.

    The least squares of the days that were forecast, with `DOUBT` days' worth of what the two factors alone
    would say: that is too much where a day changes its mind, as real ones do.

    Parameters
    ----------
    expected, came : array
        (day, interval).
    counted : array
        How much each day counts, 1 in the mean.
    day_cv, interval_cv : float
        As of `scatter_of`.

    Returns
    -------
    array
        One per interval, from 0 to 1.
    """
    before, after = expected.cumsum(axis=1), expected[:, ::-1].cumsum(axis=1)[:, ::-1] - expected
    so_far, rest = came.cumsum(axis=1), came[:, ::-1].cumsum(axis=1)[:, ::-1] - came
    usable = (before > 0) & (after > 0)
    off = np.where(usable, so_far / np.where(before > 0, before, 1.0) - 1.0, 0.0)
    then = np.where(usable, rest / np.where(after > 0, after, 1.0) - 1.0, 0.0)
    mean = expected.mean(axis=0)
    total = np.maximum(mean.cumsum(), 1e-9)
    chance = interval_cv**2 * (mean**2).cumsum() / total**2 + 1.0 / total
    spread = day_cv**2 + chance
    above = _smooth(counted @ (off * then)) + DOUBT * day_cv**2
    below = _smooth(counted @ (off * off)) + DOUBT * spread
    weight: Floats = np.clip(above / below, 0.0, 1.0)
    return weight


def _smooth(values: Floats) -> Floats:
    """Means with the neighbours; fewer of them at the ends."""
    window = np.ones(min(2 * NEIGHBOURS + 1, values.size))
    return np.convolve(values, window, "same") / np.convolve(np.ones(values.size), window, "same")


def chance_of(mean: Floats, interval_cv: float) -> float:
    """Squared coefficient of variation of the sum of intervals, but for what the day does to all of them.

    >>> round(chance_of(np.array([100.0, 100.0]), 0.1), 6)
    0.01
    """
    total = float(mean.sum())
    return interval_cv**2 * float((mean**2).sum()) / total**2 + 1.0 / total


def day_cv_of_rest(day_cv: float, weight: float, chance: float) -> float:
    """How far the rest of a day still scatters once `weight` of its surprise so far is taken over.

    Least squares take ``weight ** 2`` of the variance of the surprise off; no more than there would be to
    take if one factor held for the whole day.

    >>> round(day_cv_of_rest(0.06, 0.6, 0.0004), 4), day_cv_of_rest(0.06, 0.0, 0.0004)
    (0.0465, 0.06)
    """
    if day_cv == 0.0:
        return 0.0
    surprise = day_cv**2 + chance
    return math.sqrt(max(day_cv**2 - weight**2 * surprise, day_cv**2 * chance / surprise))
