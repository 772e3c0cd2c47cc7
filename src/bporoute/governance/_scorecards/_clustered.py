"""Intervals of ratios over days or months that are alike within and follow each other."""

from __future__ import annotations

import math

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.estimates._confidence import LEVEL, Estimate

FEWEST = 6
"""Days, or months, from which on an interval is made of them."""
LONG_RUN = 45
"""Days up to which it is about the level of these days; a longer span is about that of many months."""
DAYS_PER_MONTH = 30.4


def unknown(value: float = math.nan) -> Estimate:
    """A figure of which nobody can say how sure it is."""
    return Estimate(value, -math.inf, math.inf, LEVEL, 0)


def terms_of(clusters: int, days_each: float) -> int:
    """How many slow waves the scatter of a mean is told from: as many degrees of freedom it has.

    ``.4 T^(2/3)`` of T clusters: Lazarus, Lewis, Stock and Watson, HAR inference: recommendations for
    practice, Journal of Business & Economic Statistics 36 (2018), pp. 541-559. Beyond `LONG_RUN` days, T
    counts months, as a wave must be longer than a month to bring in how months differ.

    >>> terms_of(30, 1.0), terms_of(365, 1.0), terms_of(24, 30.4)
    (3, 2, 3)
    """
    counted: float = clusters if clusters * days_each <= LONG_RUN else clusters * days_each / DAYS_PER_MONTH
    return max(2, math.floor(0.4 * math.pow(counted, 2.0 / 3.0)))


def passed_by(terms: int, clusters: int, days_each: float) -> float:
    """Share of the scatter of whole months that waves over their days let through; of a short span, all.

    A month is a block, as long as 1 / M of the span; the wave j, of half a period in 1 / j of it, lets
    ``sinc^2(j / (2 M))`` of such blocks through.

    >>> round(passed_by(2, 91, 1.0), 2), passed_by(3, 30, 1.0), passed_by(2, 12, 30.4)
    (0.8, 1.0, 1.0)
    """
    if days_each > 1.0 or clusters <= LONG_RUN:
        return 1.0
    months = clusters / DAYS_PER_MONTH
    return float(np.mean(np.sinc(np.arange(1, terms + 1) / (2.0 * months)) ** 2))


def student(degrees: float, level: float) -> float:
    """How many standard errors an interval of Student's t reaches to either side.

    >>> round(student(3, 0.95), 3)
    3.182
    """
    from scipy.special import stdtrit

    return -float(stdtrit(degrees, (1.0 - level) / 2.0))


def of_clusters(parts: Floats, wholes: Floats, days_each: float, level: float = LEVEL) -> Estimate:
    """The ratio of two totals, with an interval that bears clusters that scatter and resemble neighbours.

    With ``e_t = y_t - R x_t`` and the waves ``q_jt = sqrt(2 / T) cos(pi j (t - 1/2) / T)``, j up to B,
    the variance of ``R = sum y / sum x`` is ``T mean_j (sum_t q_jt e_t)^2 / (sum x)^2``, Student's t has
    B degrees of freedom: what is alike in neighbours is in the slow waves. See `terms_of`, `passed_by`.

    Parameters
    ----------
    parts, wholes : array of float, shape (clusters,)
        y and x of each day (or month), in the order of time.
    days_each : float
        How many days a cluster stands for, see `terms_of`.
    level : float
        In (0, 1).

    Returns
    -------
    Estimate
        Unbounded with less than `FEWEST` clusters in which something counts.

    Examples
    --------
    >>> answered = np.array([95.0, 88, 97, 70, 75, 92, 96, 99, 93, 80])
    >>> print(of_clusters(answered, np.full(10, 100.0), 1.0))
    0.89 ± 0.07
    """
    there = wholes > 0.0
    parts, wholes = parts[there], wholes[there]
    size, whole = parts.size, float(wholes.sum())
    if not whole > 0.0:
        return unknown()
    ratio = float(parts.sum()) / whole
    if size < FEWEST or not math.isfinite(ratio):
        return unknown(ratio)
    terms = terms_of(size, days_each)
    places = np.pi * (np.arange(size) + 0.5) / size
    waves = np.sqrt(2.0 / size) * np.cos(np.arange(1, terms + 1)[:, None] * places)
    scatter = float(np.mean((waves @ (parts - ratio * wholes)) ** 2)) / passed_by(terms, size, days_each)
    error = math.sqrt(size * scatter) / whole
    half = student(terms, level) * error
    return Estimate(ratio, ratio - half, ratio + half, level, size)


def of_share(good: Floats, base: Floats, days_each: float, level: float = LEVEL) -> Estimate:
    """A share of contacts: as `of_clusters`, within [0, 1], and never narrower than chance alone makes it."""
    found = of_clusters(good, base, days_each, level)
    if not math.isfinite(found.low):
        return found
    low, high = wilson(float(good.sum()), float(base.sum()), level)
    return Estimate(
        found.value, max(0.0, min(found.low, low)), min(1.0, max(found.high, high)), level, found.count
    )


def wilson(good: float, base: float, level: float = LEVEL) -> tuple[float, float]:
    """The interval of a share if each contact were a draw of its own (E. B. Wilson, 1927).

    >>> [round(bound, 4) for bound in wilson(860, 1000)]
    [0.8371, 0.8801]
    """
    if not base > 0.0:
        return math.nan, math.nan
    z = student(1e9, level)
    share, more = good / base, z * z / base
    center = (share + more / 2.0) / (1.0 + more)
    half = z * math.sqrt(share * (1.0 - share) / base + more / (4.0 * base)) / (1.0 + more)
    return center - half, center + half


def of_others(value: float, others: Floats, level: float = LEVEL) -> Estimate:
    """What a single period says, by how the other periods scatter from one to the next.

    ``value ± t sqrt(mean of squared differences / 2)`` over the n others in order, t with n - 1 degrees of
    freedom: the control limits of single values (J. von Neumann, Annals of Mathematical Statistics 12, 1941,
    pp. 367-395). Differences of neighbours bear a level that drifts.

    >>> print(of_others(0.9, np.array([0.95, 0.91, 0.96, 0.93, 0.95])))
    0.90 ± 0.07
    """
    if others.size < FEWEST - 1 or math.isnan(value):
        return unknown(value)
    spread = math.sqrt(float(np.mean(np.diff(others) ** 2)) / 2.0)
    half = student(others.size - 1, level) * spread
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), level, others.size)
