"""How a figure goes on in time: how much more it scatters than chance, its trend, where it changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.estimates._confidence import LEVEL, Estimate
from bporoute.governance._scorecards._clustered import FEWEST, student, terms_of, unknown

CHANGED = 140.0
"""What the statistic of a change exceeds twice in a hundred times where nothing changes, nine times where
neighbours are correlated by .3, one in four where by .66: simulated, 24 values. See `TOO_ALIKE`."""
TOO_ALIKE = 0.3
"""Correlation of neighbours beside the changes above which a slow drift looks like a change too often."""
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


def alike_beside(values: Floats, changes: Sequence[int]) -> float:
    """Correlation of neighbours beside the changes, so that a change does not count as being alike.

    Of the values less the mean of their stretch, corrected for what these k means take of it: of T values
    ``r`` is too low by some ``(1 + 3 r) k / T`` (M. G. Kendall, Biometrika 41, 1954,
    pp. 403-404).

    >>> jumps = np.array([90.0, 91, 89, 90, 92, 91, 90, 80, 81, 79, 80, 82, 81, 80])
    >>> round(neighbours_alike(jumps), 2), round(alike_beside(jumps, [7]), 2)
    (0.83, 0.13)
    """
    edges = [0, *changes, values.size]
    parts = [values[begin:end] - values[begin:end].mean() for begin, end in pairwise(edges)]
    rest = np.concatenate(parts)
    whole = float(rest @ rest)
    if not whole > 0.0:
        return 0.0
    taken = len(parts) / values.size
    return (float(rest[1:] @ rest[:-1]) / whole + taken) / max(0.1, 1.0 - 3.0 * taken)


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
