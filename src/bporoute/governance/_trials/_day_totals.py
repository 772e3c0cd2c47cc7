"""Sums by day of a vendor and of the others, how far apart they are, and how sure that is by the days."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.estimates._confidence import left_out

FEWEST_TOGETHER = 20
"""Days without which nothing is said about how they hang together."""


class DayTotals(NamedTuple):
    """What a measure comes to, each array of shape (days,).

    Attributes
    ----------
    days : array of int
        Days since the trial began, rising.
    vendor, others : array of float
        Sums of what the contacts count.
    of_vendor, of_others : array of float
        Contacts that count.
    """

    days: Integers
    vendor: Floats
    of_vendor: Floats
    others: Floats
    of_others: Floats

    def upto(self, day: int) -> DayTotals:
        """Those of the days before a day."""
        return self.part(0, int(np.searchsorted(self.days, day)))

    def part(self, first: int, end: int) -> DayTotals:
        """Those of some places."""
        sums = (column[first:end] for column in (self.vendor, self.of_vendor, self.others, self.of_others))
        return DayTotals(self.days[first:end], *sums)


class Effect(NamedTuple):
    """How far the vendor's figure is from the others'.

    Attributes
    ----------
    value : float
        Difference, or the logarithm of the ratio.
    error : float
        Standard error, from days as clusters; nan: too few, or all alike.
    freedom : int
        Degrees of freedom of the error.
    """

    value: float
    error: float
    freedom: int


def day_totals(values: Floats, vendor: Flags, days: Integers) -> DayTotals:
    """Sum what contacts count by day; NaN counts nothing."""
    counts = ~np.isnan(values)
    there, number = np.unique(days[counts], return_inverse=True)
    size = len(there)
    ours = vendor[counts]
    told = values[counts]

    def total(of: Flags, weights: Floats) -> Floats:
        return np.bincount(number[of], weights[of], minlength=size).astype(np.float64)

    one = np.ones(len(told))
    return DayTotals(there, total(ours, told), total(ours, one), total(~ours, told), total(~ours, one))


def hang_together(totals: DayTotals) -> float:
    """Correlation of what successive days add to the difference, if it is no chance; nan: none, or few days.

    ``r + 1/n > 1.645 / sqrt(n)``, as of `bporoute.estimates._confidence.BatchEstimate.too_short`.
    """
    _, changes = left_out(totals.vendor, totals.of_vendor)
    _, other_changes = left_out(totals.others, totals.of_others)
    away, count = changes - other_changes, len(totals.days)
    if count < FEWEST_TOGETHER or not np.isfinite(away).all() or not away.any():
        return math.nan
    away = away - away.mean()
    found = float(away[1:] @ away[:-1] / (away @ away))
    return found if found + 1.0 / count > 1.645 / math.sqrt(count) else math.nan


def effect(totals: DayTotals, factor: bool, scales: tuple[float, float] = (1.0, 1.0)) -> Effect:
    """Ratio of totals of the vendor against that of the others, with the error from leaving out each day.

    What a day does to both drops out. The jackknife of `bporoute.estimates._confidence.of_ratio`, of a
    difference of ratios or, with `factor`, of the difference of their logarithms. `scales` multiply the
    errors of vendor and others, for figures that are assumed in place of those that were seen.

    >>> import numpy as np
    >>> days = np.arange(4)
    >>> ours, others = np.array([8.0, 7, 9, 8]), np.array([80.0, 82, 81, 77])
    >>> found = effect(DayTotals(days, ours, np.full(4, 10.0), others, np.full(4, 100.0)), factor=False)
    >>> round(found.value, 3), round(found.error, 3), found.freedom
    (0.0, 0.044, 3)
    """
    ours, changes = left_out(totals.vendor, totals.of_vendor)
    theirs, other_changes = left_out(totals.others, totals.of_others)
    count = len(totals.days)
    if not (count > 1 and np.isfinite(changes).all() and np.isfinite(other_changes).all()):
        return Effect(ours - theirs, math.nan, max(count - 1, 0))
    changes, other_changes = scales[0] * changes, scales[1] * other_changes
    if factor:
        if not (ours > 0.0 and theirs > 0.0):
            return Effect(math.nan, math.nan, count - 1)
        value = math.log(ours / theirs)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.log1p(changes / ours) - np.log1p(other_changes / theirs)
    else:
        value, apart = ours - theirs, changes - other_changes
    error = math.sqrt((count - 1) / count * float((apart**2).sum()))
    return Effect(value, error if math.isfinite(error) and error > 0.0 else math.nan, count - 1)


def scatter_of_days(means: Floats, weights: Floats, variance: float) -> float:
    """Standard deviation of the days' true means about their common one, without the chance of contacts.

    The moments of a random effect: ``(sum(w (y - m)**2) / (n - 1) - variance) / w0``, at least 0, with m the
    weighted mean and ``w0 = (W - sum(w**2) / W) / (n - 1)`` (R. DerSimonian & N. Laird, 1986, for weights of
    contacts).

    Parameters
    ----------
    means : array of float, shape (days,)
        Mean of each day, or a difference of two.
    weights : array of float, shape (days,)
        Contacts that a day's mean rests on, above 0; the variance of a day is `variance` over that.
    variance : float
        Of one contact.
    """
    count, whole = len(means), float(weights.sum())
    if count < 2:
        return math.nan
    middle = float(weights @ means) / whole
    between = float(weights @ (means - middle) ** 2) / (count - 1)
    typical = (whole - float(weights @ weights) / whole) / (count - 1)
    return math.sqrt(max(0.0, (between - variance) / typical))
