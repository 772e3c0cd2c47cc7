"""How a figure goes on in time: how much more it scatters than chance, its trend, where it changed."""

from __future__ import annotations

import math

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.estimates._confidence import LEVEL, Estimate
from bporoute.governance._scorecards._clustered import FEWEST, student, terms_of, unknown

CHANGED = 140.0
"""What the statistic of a change exceeds once in a hundred times where nothing changes, once in twenty where
neighbours are correlated by .3: simulated, 24 to 60 values."""
WINDOW = 0.15
"""Share of the values that the shortest window has on either side of a change; at least four."""
FEWEST_FOR_TREND = 10
"""Values from which on more than one wave tells how a trend scatters."""
FEWEST_FOR_CHANGE = 12
"""Periods from which on changes are looked for."""


def overdispersion(good: Floats, base: Floats) -> float:
    """Chi-square of the shares against their common one, for each degree of freedom; 1: chance alone.

    >>> round(overdispersion(np.array([80.0, 95, 85]), np.full(3, 100.0)), 2)
    5.05
    """
    there = base > 0.0
    good, base = good[there], base[there]
    share = float(good.sum()) / float(base.sum()) if base.size else math.nan
    if base.size < 2 or not 0.0 < share < 1.0:
        return math.nan
    return float(np.sum((good - base * share) ** 2 / (base * share * (1.0 - share)))) / (base.size - 1)


def neighbours_alike(values: Floats) -> float:
    """Correlation of each value with the next; nan of less than four, or where they are all the same."""
    if values.size < 4 or np.ptp(values[1:]) == 0.0 or np.ptp(values[:-1]) == 0.0:
        return math.nan
    return float(np.corrcoef(values[1:], values[:-1])[0, 1])


def trend_of(values: Floats, days_each: float, level: float = LEVEL) -> Estimate:
    """By how much a figure rises from one value to the next, with an interval that bears neighbours alike.

    Least squares on the number of the value. The scatter of the slope is that of the slowest polynomials
    beside it, orthogonal to level and slope: as many as `terms_of` says (one of less than ten values),
    Student's t by as many degrees of freedom; the estimate of an interval of clusters with other waves.

    >>> print(trend_of(np.array([0.90, 0.89, 0.87, 0.88, 0.85, 0.84, 0.84, 0.82, 0.80, 0.81]), 30.4))
    -0.0110 ± 0.0023
    """
    size = values.size
    if size < FEWEST:
        return unknown()
    terms = terms_of(size, days_each) if size >= FEWEST_FOR_TREND else 1
    steps = np.linspace(-1.0, 1.0, size)
    basis, _ = np.linalg.qr(np.vander(steps, terms + 2, increasing=True))
    found = basis.T @ values
    scale = float(basis[-1, 1] - basis[0, 1]) / (size - 1)  # of the slope's own wave, from one to the next
    half = student(terms, level) * math.sqrt(float(np.mean(found[2:] ** 2))) * abs(scale)
    slope = float(found[1]) * scale
    return Estimate(slope, slope - half, slope + half, level, size)


def changes_of(values: Floats) -> list[int]:
    """Places from which on the level is another one, in order.

    A jump is measured against its own course before and after it, so that no bandwidth is chosen (X. Shao and
    X. Zhang, Journal of the American Statistical Association 105, 2010, pp. 1228-1240), in the window in
    which it is clearest, so that other changes do not hide it (Z. Zhao, F. Jiang and X. Shao, Segmenting
    time series via self-normalisation, Journal of the Royal Statistical Society B 84, 2022, pp. 1699-1725).

    >>> changes_of(np.array([90.0, 91, 89, 90, 92, 91, 90, 80, 81, 79, 80, 82, 81, 80]))
    [7]
    """
    if values.size < FEWEST_FOR_CHANGE or np.ptp(values) == 0.0:
        return []
    place, statistic = _clearest(values)
    if statistic <= CHANGED:
        return []
    before, after = changes_of(values[:place]), changes_of(values[place:])
    return [*before, place, *(place + each for each in after)]


def _clearest(values: Floats) -> tuple[int, float]:
    """Where the level changes most clearly, and how clearly."""
    size = values.size
    step = max(4, int(WINDOW * size))
    best, at = 0.0, 0
    for place in range(step, size - step + 1):
        for begin in range(place - step, -1, -step):
            for end in range(place + step, size + 1, step):
                statistic = _jump(values[begin:end], place - begin)
                if statistic > best:
                    best, at = statistic, place
    return at, best


def _jump(values: Floats, place: int) -> float:
    """How large a jump at a place is beside how the values go on before and after it."""
    size = values.size
    values = values - values.mean()
    sums = np.cumsum(values)
    jump = float(sums[place - 1])
    before = sums[:place] - np.arange(1, place + 1) / place * jump
    left = -np.concatenate([sums[place - 1 : place], sums[place:-1]])
    after = left - np.arange(size - place, 0, -1) / (size - place) * -jump
    own = float(before @ before + after @ after) / size
    if own <= 1e-18 * jump * jump:
        return math.inf if jump else 0.0
    return jump * jump / own
