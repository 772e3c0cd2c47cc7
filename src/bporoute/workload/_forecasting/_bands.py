"""Between which contacts an interval stays: a gamma-Poisson law, as wide as it had to be before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.slim import needed

SHARES = np.linspace(0.05, 0.95, 19)
"""Of intervals inside, for which it is known how much of the law that took."""
DOUBT = 5.0
"""Days' worth of belief in the law as it is."""


def band_of(
    volume: Floats, day_cv: Floats, interval_cv: Floats, share: float | Floats
) -> tuple[Floats, Floats]:
    """Between which contacts an interval stays with probability `share`: gamma-Poisson.

    The two factors together are taken for one gamma factor with their variance.

    Returns
    -------
    array, array
        The lowest and the highest, whole numbers.

    Examples
    --------
    >>> band_of(np.array([100.0, 0.0]), np.full(2, 0.05), np.full(2, 0.05), 0.8)
    (array([85.,  0.]), array([116.,   0.]))
    """
    with needed("scipy"):
        from scipy.stats import nbinom, poisson

    variance = (1.0 + day_cv**2) * (1.0 + interval_cv**2) - 1.0
    tail = 0.5 * (1.0 - np.asarray(share))
    ends: list[Any] = []
    for level in (tail, 1.0 - tail):
        size = 1.0 / np.where(variance > 0, variance, 1.0)
        mixed = nbinom.ppf(level, size, size / (size + volume))
        ends.append(np.where(volume > 0, np.where(variance > 0, mixed, poisson.ppf(level, volume)), 0.0))
    return ends[0], ends[1]


def law_shares(
    expected: Floats, came: Floats, counted: Floats, day_cv: float, interval_cv: float
) -> tuple[float, ...]:
    """How much of the law, around its middle, held each of `SHARES` of the intervals.

    What comes has longer tails than the law, so that its middle 80 % hold more than that; with `DOUBT` days'
    worth of the law as it is.

    Parameters
    ----------
    expected, came : array
        (day, interval).
    counted : array
        How much each day counts.
    day_cv, interval_cv : float
        Of the law.

    Examples
    --------
    A forecast that is always right needs nothing of the law, but for the belief in it.

    >>> same = np.full((95, 10), 400.0)
    >>> law_shares(same, same, np.ones(95), 0.0, 0.0)[-1] < 0.06
    True
    """
    with needed("scipy"):
        from scipy.stats import nbinom

    variance = max((1.0 + day_cv**2) * (1.0 + interval_cv**2) - 1.0, 1e-12)
    there = expected > 0
    if not there.any():
        return tuple(SHARES.tolist())
    size = 1.0 / variance
    chance = size / (size + expected[there])
    # An interval is inside as long as neither tail, (1 - share) / 2, holds what came.
    below, upto = (nbinom.cdf(came[there] - step, size, chance) for step in (1.0, 0.0))
    wanted = np.maximum(np.maximum(1.0 - 2.0 * upto, 2.0 * below - 1.0), 0.0)
    weights = np.broadcast_to(counted[:, None], expected.shape)[there]
    order = wanted.argsort()
    ranks = (weights[order].cumsum() - 0.5 * weights[order]) / weights.sum()
    held = np.interp(SHARES, ranks, wanted[order])
    days = len(expected)
    return tuple(((days * held + DOUBT * SHARES) / (days + DOUBT)).tolist())


def share_of_law(share: float, held: Sequence[float]) -> float:
    """How much of the law holds `share` of the intervals; as much, where nothing is known.

    >>> share_of_law(0.8, (0.5 * SHARES).tolist()), share_of_law(0.8, ())
    (0.4, 0.8)
    """
    if not held:
        return share
    return float(np.interp(share, [0.0, *SHARES, 1.0], [0.0, *held, 1.0]))
