"""How sure simulated figures are: intervals over replications, of ratios, of one run, of differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from bporoute._base.ranges import INSIDE
from bporoute._base.slim import needed
from bporoute.errors import InputError, shown

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

    Values = Sequence[float] | Floats

LEVEL = 0.95
"""Share of intervals that hold the true value, unless somebody asks for another."""
LARGEST = 1e100
"""Larger values are refused: their squares would leave the range of floating point."""


class Estimate(msgspec.Struct, frozen=True):
    """A figure and the interval that holds the true one with probability `level`.

    Attributes
    ----------
    value : float
        Point estimate; nan: there is nothing to tell it from.
    low, high : float
        Bounds of the interval; -inf and inf if one replication is all there is.
    level : float
        Share of such intervals that hold the true value, in (0, 1).
    count : int
        Independent values (replications, days, batches) it rests on.

    Examples
    --------
    >>> print(Estimate(0.8123, 0.8081, 0.8165, level=0.95, count=30))
    0.812 ± 0.004
    """

    value: float
    low: float
    high: float
    level: float
    count: int

    @property
    def half_width(self) -> float:
        """Half the interval's length."""
        return (self.high - self.low) / 2.0

    @property
    def relative(self) -> float:
        """Half width as a share of the value's size; inf where that is 0 and the interval is not."""
        if self.half_width == 0.0:
            return 0.0
        return self.half_width / abs(self.value) if self.value else math.inf

    def within(self, least: float, most: float) -> Estimate:
        """The same, its interval cut to where the true value can be, from `least` to `most`.

        A share lies in [0, 1]. As many such intervals hold it as before. One that is infinite stays: nothing
        is known of it.

        >>> Estimate(0.97, 0.89, 1.05, level=0.95, count=3).within(0.0, 1.0).high
        1.0
        """
        if not math.isfinite(self.half_width):
            return self
        low, high = (min(max(bound, least), most) for bound in (self.low, self.high))
        return msgspec.structs.replace(self, low=low, high=high)

    def holds(self, value: float) -> bool:
        """Whether the interval contains a value, such as 0 for a difference that may be none."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        """Rounded to two digits of a half width up to 35, else one, as the Particle Data Group does."""
        half = self.half_width
        if not math.isfinite(half) or half == 0.0 or not math.isfinite(self.value):
            return f"{self.value:.6g} ± {half:g}"
        first = math.floor(math.log10(half))
        digits = max(-first + (half < 3.55 * 10.0**first), 0)
        return f"{self.value:,.{digits}f} ± {half:,.{digits}f}"


class BatchEstimate(Estimate, frozen=True):
    """An estimate from one long run cut into batches.

    Attributes
    ----------
    length : int
        Values in a batch.
    autocorrelation : float
        Of successive batch means, in [-1, 1]; nan if they are all the same. About 0 if batches are long
        enough; if it is clearly above, the interval is too narrow.
    """

    length: int
    autocorrelation: float

    @property
    def too_short(self) -> bool:
        """Whether the batch means hang together more than 1 in 20 independent series do: use longer batches.

        ``r + 1/n > 1.645 / sqrt(n)``: under independence the lag-1 autocorrelation r of n means has a mean of
        about -1/n and a variance of about 1/n (G. S. Fishman, Management Science 24, 1978, pp. 510-521).
        """
        return self.autocorrelation + 1.0 / self.count > 1.645 / math.sqrt(self.count)


def of_replications(values: Values, level: float = LEVEL) -> Estimate:
    """Mean of independent replications: ``mean ± t s / sqrt(n)``, Student's t of n - 1 degrees of freedom.

    Parameters
    ----------
    values : array_like
        One figure for each replication; finite, at most 1e100 in size.
    level : float
        In (0, 1).

    Returns
    -------
    Estimate
        Of a single replication, with an infinite interval.

    Raises
    ------
    InputError
        If there are no values, or one of them or the level is outside its range.

    Notes
    -----
    Exact for normal values. A. M. Law, Simulation Modeling and Analysis, 5th ed. 2015, eq. (4.12).

    Examples
    --------
    >>> print(of_replications([1.2, 1.5, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.5, 1.09], level=0.9))
    1.34 ± 0.24
    """
    return _of_values(_checked("values", values), _checked_level(level))


def of_ratio(parts: Values, wholes: Values, level: float = LEVEL) -> Estimate:
    """Ratio of totals, ``sum(parts) / sum(wholes)``: the service level of all days, cost per contact.

    Not the mean of the days' percentages, which counts a contact on a quiet day for more.

    Parameters
    ----------
    parts, wholes : array_like
        For each replication or day, such as contacts served in time and contacts that count. Wholes are
        0 or more.
    level : float
        In (0, 1).

    Returns
    -------
    Estimate
        nan with an infinite interval if all wholes are 0; an infinite interval if just one of them is not.

    Raises
    ------
    InputError
        If the two do not match, are empty, or a number is outside its range.

    Notes
    -----
    The jackknife about the ratio R of totals: without day i it is ``R_i``, and ``R_i - R =
    -(p_i - R w_i) / (W - w_i)``. The variance is ``(n - 1) / n * sum((R_i - R)**2)`` with Student's t of
    n - 1. R. G. Miller, The jackknife - a review, Biometrika 61, 1974. For large n it is the delta method
    (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, ch. 6), for few or unequal days wider. By simulation,
    95 % were 94 % with 3 to 20 days of unequal volume, and 88 % with 5 to 10 days where the
    volume varied by half and the service level fell with it.

    Examples
    --------
    >>> print(of_ratio([80, 160, 350], [100, 200, 500]))
    0.74 ± 0.23
    """
    level = _checked_level(level)
    ratio, changes = left_out(*_matched(("parts", parts), ("wholes", wholes)))
    return _of_left_out(ratio, changes, level)


def of_batches(values: Values, batches: int = 20, level: float = LEVEL) -> BatchEstimate:
    """Mean of one long run in steady state, from the means of successive batches taken as independent.

    Parameters
    ----------
    values : array_like
        In the order of their times, without the warm-up; at least one for each batch. If they do not divide
        evenly, the first few are left out, as the nearest to the warm-up.
    batches : int
        From 2 on; 10 to 30 are enough (B. Schmeiser, Operations Research 30, 1982, pp. 556-568).
    level : float
        In (0, 1).

    Returns
    -------
    BatchEstimate
        Look at ``too_short`` before you believe it.

    Raises
    ------
    InputError
        If there are fewer values than batches, or a number is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> import numpy as np
    >>> estimate = of_batches(np.random.default_rng(7).exponential(size=10_000))
    >>> print(estimate, estimate.length, estimate.too_short)
    1.003 ± 0.023 500 False
    """
    import numpy as np

    checked = _checked("values", values)
    if isinstance(batches, bool) or not isinstance(batches, int) or not 2 <= batches <= len(checked):
        raise InputError(
            "batches", shown(batches), f"a whole number from 2 to {len(checked)}, as many as values"
        )
    length = len(checked) // batches
    means = checked[len(checked) - batches * length :].reshape(batches, length).mean(axis=1)
    whole = _of_values(means, _checked_level(level))
    largest = float(np.abs(means - means.mean()).max())
    correlation = math.nan
    if largest > 1e-14 * abs(whole.value):  # else what differs is rounding
        away = (means - means.mean()) / largest
        correlation = float(np.dot(away[1:], away[:-1]) / np.dot(away, away))
    return BatchEstimate(whole.value, whole.low, whole.high, whole.level, batches, length, correlation)


def paired(ours: Values, theirs: Values, level: float = LEVEL) -> Estimate:
    """Mean of ``ours - theirs`` over replications in which both met the same random numbers.

    What both have in common drops out, so the interval is narrower the more they have. Student's t on the
    differences; Law (2015), sec. 10.2.1.

    Parameters
    ----------
    ours, theirs : array_like
        One figure for each replication, in the same order.
    level : float
        In (0, 1).

    Raises
    ------
    InputError
        If the two do not match, are empty, or a number is outside its range.

    Examples
    --------
    >>> difference = paired([10.2, 11.9, 9.1], [10.0, 11.8, 9.0])
    >>> print(difference, difference.holds(0.0))
    0.13 ± 0.14 True
    """
    level = _checked_level(level)
    own, others = _matched(("ours", ours), ("theirs", theirs))
    return _of_values(own - others, level)


def paired_ratio(
    our_parts: Values, our_wholes: Values, their_parts: Values, their_wholes: Values, level: float = LEVEL
) -> Estimate:
    """Difference of two ratios of totals under the same random numbers: by how much a service level changes.

    The jackknife of `of_ratio`, on the difference. For totals of the same kind, such as costs, their ratio
    is ``of_ratio(ours, theirs)``, paired as it is.

    Parameters
    ----------
    our_parts, our_wholes, their_parts, their_wholes : array_like
        For each replication, in the same order. Wholes are 0 or more.
    level : float
        In (0, 1).

    Returns
    -------
    Estimate
        nan with an infinite interval if all wholes of a side are 0.

    Raises
    ------
    InputError
        If they do not match, are empty, or a number is outside its range.

    Examples
    --------
    >>> print(paired_ratio([82, 165, 360], [100, 200, 500], [80, 160, 350], [100, 200, 500]))
    0.021 ± 0.009
    """
    level = _checked_level(level)
    own_parts, own_wholes, parts, wholes = _matched(
        ("our_parts", our_parts),
        ("our_wholes", our_wholes),
        ("their_parts", their_parts),
        ("their_wholes", their_wholes),
    )
    own, own_changes = left_out(own_parts, own_wholes)
    other, other_changes = left_out(parts, wholes)
    return _of_left_out(own - other, own_changes - other_changes, level)


def enough(
    estimate: Estimate, *, half_width: float | None = None, relative: float | None = None, fewest: int = 5
) -> bool:
    """Whether an estimate is sure enough to stop making replications.

    Parameters
    ----------
    estimate : Estimate
        After the replications so far.
    half_width : float or None
        Half width to reach, above 0, in units of the estimate.
    relative : float or None
        Half width to reach as a share of the value, above 0. The value itself is uncertain: to be within a
        share g of the true one, ask for ``g / (1 + g)`` (Law 2015, sec. 9.4.1).
    fewest : int
        Replications before which the answer is no, at least 2.

    Raises
    ------
    InputError
        If no width is asked for, or a number is outside its range.

    Notes
    -----
    Stopping at the first interval that looks narrow prefers those that are narrow by chance, and they hold
    the true value less often than `Estimate.level` says. For normal values asked after every replication, 95
    % became 92.2 % with a `fewest` of 5, 93.5 % with 10 and 94.3 % with 20, at the worst width (by
    simulation, 20,000 times); the loss vanishes as the width goes to 0 (Y. S. Chow & H. Robbins, Annals of
    Mathematical Statistics 36, 1965, pp. 457-462). Where the level matters, make a fixed number of
    replications.

    Examples
    --------
    >>> enough(of_replications([10.1, 9.8, 10.3, 9.9, 10.0, 10.2]), relative=0.05)
    True
    """
    if half_width is None and relative is None:
        raise InputError("half_width", "None, as is relative", "at least one of the two")
    for name, width in (("half_width", half_width), ("relative", relative)):
        if width is not None and not 0.0 < width < math.inf:
            raise InputError(name, shown(width), "a number above 0")
    if isinstance(fewest, bool) or not isinstance(fewest, int) or fewest < 2:
        raise InputError("fewest", shown(fewest), "a whole number of at least 2")
    return (
        estimate.count >= fewest
        and (half_width is None or estimate.half_width <= half_width)
        and (relative is None or estimate.relative <= relative)
    )


def _of_values(values: Floats, level: float) -> Estimate:
    """Student's interval; values that are all the same have none, to the last bit."""
    import numpy as np

    count = len(values)
    mean = float(values.mean()) if values.min() < values.max() else float(values[0])
    away = values - mean
    largest = float(np.abs(away).max()) or 1.0  # squares of its multiples neither overflow nor vanish
    half = math.inf
    if count > 1:
        variance = float(((away / largest) ** 2).sum()) / (count - 1)
        half = largest * _student(level, count) * math.sqrt(variance / count)
    return Estimate(mean, mean - half, mean + half, level, count)


def left_out(parts: Floats, wholes: Floats) -> tuple[float, Floats]:
    """The ratio of totals, and what leaving out each day changes in it; nan where that cannot be told."""
    import numpy as np

    if (wholes < 0.0).any():
        raise InputError("wholes", shown(float(wholes.min())), "numbers of at least 0")
    total = float(wholes.sum())
    unknown = np.full(len(parts), math.nan)
    if total == 0.0:
        return math.nan, unknown
    ratio = float(parts.sum()) / total
    others = total - wholes
    if (wholes > 0.0).sum() < 2 or (others <= 0.0).any():
        return ratio, unknown
    with np.errstate(over="ignore", invalid="ignore"):  # wholes of nearly nothing: as good as unknown
        return ratio, (ratio * wholes - parts) / others


def _of_left_out(value: float, changes: Floats, level: float) -> Estimate:
    import numpy as np

    count = len(changes)
    half = math.inf
    if count > 1 and np.isfinite(changes).all():
        largest = float(np.abs(changes).max()) or 1.0
        squares = float(((changes / largest) ** 2).sum())
        half = _student(level, count) * largest * math.sqrt((count - 1) / count * squares)
    if math.isinf(half) or math.isnan(value):
        return Estimate(value, -math.inf, math.inf, level, count)
    return Estimate(value, value - half, value + half, level, count)


def _student(level: float, count: int) -> float:
    """Student's t that is exceeded with probability ``(1 - level) / 2``."""
    with needed("scipy"):
        from scipy.special import stdtrit

    return float(-stdtrit(count - 1, (1.0 - level) / 2.0))


def _checked(name: str, values: Values) -> Floats:
    import numpy as np

    try:
        checked = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(name, shown(values), "a list of numbers") from None
    if checked.ndim != 1 or not len(checked):
        raise InputError(name, f"an array of shape {checked.shape}", "a list of at least one number")
    wrong = ~(np.abs(checked) <= LARGEST)
    if wrong.any():
        first = int(wrong.argmax())
        raise InputError(f"{name}[{first}]", shown(float(checked[first])), "a number from -1e100 to 1e100")
    return checked


def _matched(*named: tuple[str, Values]) -> tuple[Floats, ...]:
    columns = tuple(_checked(name, values) for name, values in named)
    for (name, _), column in zip(named, columns, strict=True):
        if len(column) != len(columns[0]):
            raise InputError(name, f"{len(column)} numbers", f"{len(columns[0])}, as many as {named[0][0]}")
    return columns


def _checked_level(level: float) -> float:
    INSIDE.check("level", level)
    return float(level)
