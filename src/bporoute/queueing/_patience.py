"""How long contacts wait before they give up, where that is not exponential.

Where a patience is asked for, a plain number means exponential patience of that mean; the values here say
more. Any consistent unit of time works (seconds by default).
"""

from __future__ import annotations

import math
from itertools import pairwise
from numbers import Real
from typing import TYPE_CHECKING

import msgspec

from bporoute._base.fields import PositiveSeconds, Probability, Seconds
from bporoute.errors import InputError, shown

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

LONGEST = 1e9


class _Distribution(msgspec.Struct, frozen=True, tag_field="distribution"):
    """What every distribution can tell."""

    def survival(self, t: float) -> float:
        """Share of the contacts still waiting after `t` >= 0 if nobody answers."""
        from bporoute._kernels.queueing.patience import given_up

        _check("t", t, 0.0, math.inf)
        return float(given_up(*encoded(self), float(t))[1])  # type: ignore[arg-type]  # one of the five


class LognormalPatience(
    _Distribution, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="lognormal"
):
    """Patience whose logarithm is normal.

    Attributes
    ----------
    mean : float
        Mean patience, above 0.
    cv : float
        Its standard deviation over its mean, from 0.02 to 100.

    Raises
    ------
    InputError
        If a number is outside its range; so with all distributions here.

    Examples
    --------
    >>> round(LognormalPatience(mean=120, cv=1.5).survival(60), 4)
    0.5381
    """

    mean: PositiveSeconds
    cv: float

    def __post_init__(self) -> None:
        _check("mean", self.mean, 0.0, LONGEST, above=True)
        _check("cv", self.cv, 0.02, 100.0)


class WeibullPatience(_Distribution, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="weibull"):
    """Patience with the survival ``exp(-(t / scale)^shape)``.

    Attributes
    ----------
    mean : float
        Mean patience, above 0.
    shape : float
        From 0.05 to 50. Below 1 contacts give up less and less the longer they have waited; 1 is
        exponential.

    Examples
    --------
    >>> round(WeibullPatience(mean=120, shape=1).survival(120), 4)  # 1/e
    0.3679
    """

    mean: PositiveSeconds
    shape: float

    def __post_init__(self) -> None:
        _check("mean", self.mean, 0.0, LONGEST, above=True)
        _check("shape", self.shape, 0.05, 50.0)


class ErlangPatience(_Distribution, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="erlang"):
    """Patience that is a sum of exponential phases: the more of them, the less it varies.

    Attributes
    ----------
    mean : float
        Mean patience, above 0.
    phases : int
        From 1 (exponential) to 1,000.

    Examples
    --------
    >>> round(ErlangPatience(mean=120, phases=2).survival(60), 4)  # 2/e
    0.7358
    """

    mean: PositiveSeconds
    phases: int

    def __post_init__(self) -> None:
        _check("mean", self.mean, 0.0, LONGEST, above=True)
        _check("phases", self.phases, 1, 1000)
        if not isinstance(self.phases, int):
            raise InputError("phases", shown(self.phases), "a whole number")


class HyperexponentialPatience(
    _Distribution, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hyperexponential"
):
    """A mix of groups, each with exponential patience of its own mean.

    Attributes
    ----------
    means : tuple of float
        Mean patience of each group, above 0.
    shares : tuple of float
        Share of the contacts in each group; they add up to 1.

    Examples
    --------
    >>> HyperexponentialPatience(means=(10, 300), shares=(0.2, 0.8)).mean
    242.0
    """

    means: tuple[PositiveSeconds, ...]
    shares: tuple[Probability, ...]

    def __post_init__(self) -> None:
        _check_pairs("means", self.means, "shares", self.shares, 1)
        for place, mean in enumerate(self.means):
            _check(f"means[{place}]", mean, 0.0, LONGEST, above=True)
        for place, share in enumerate(self.shares):
            _check(f"shares[{place}]", share, 0.0, 1.0)
        total = math.fsum(self.shares)
        if abs(total - 1.0) > 1e-9:
            raise InputError("shares", f"a sum of {total:.12g}", "shares that add up to 1")

    @property
    def mean(self) -> float:
        """Mean patience of all contacts."""
        return math.fsum(mean * share for mean, share in zip(self.means, self.shares, strict=True))


class EmpiricalPatience(
    _Distribution, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="empirical"
):
    """Patience by a survival curve, such as a Kaplan-Meier estimate, straight between its points.

    Attributes
    ----------
    times : tuple of float
        Rising from 0 on, at least two.
    shares : tuple of float
        Share of the contacts still waiting at each of the times if nobody answers: from 1 on, never
        rising. Those that the last one counts never give up.

    Examples
    --------
    >>> patience = EmpiricalPatience(times=(0, 60, 180), shares=(1, 0.5, 0))
    >>> patience.mean, patience.survival(120)
    (75.0, 0.25)
    """

    times: tuple[Seconds, ...]
    shares: tuple[Probability, ...]

    def __post_init__(self) -> None:
        _check_pairs("times", self.times, "shares", self.shares, 2)
        _check("times[0]", self.times[0], 0.0, 0.0)
        _check("shares[0]", self.shares[0], 1.0, 1.0)
        for place in range(1, len(self.times)):
            _check(f"times[{place}]", self.times[place], self.times[place - 1], LONGEST, above=True)
            _check(f"shares[{place}]", self.shares[place], 0.0, self.shares[place - 1])

    @property
    def mean(self) -> float:
        """Mean patience; inf if some never give up."""
        if self.shares[-1] > 0.0:
            return math.inf
        points = list(zip(self.times, self.shares, strict=True))
        return math.fsum(
            (end - start) * (before + after) / 2.0 for (start, before), (end, after) in pairwise(points)
        )


Patience = LognormalPatience | WeibullPatience | ErlangPatience | HyperexponentialPatience | EmpiricalPatience


def encoded(patience: Patience | float) -> tuple[int, Floats]:
    """A patience as the kernels of `_kernels.queueing.patience` take it: its kind and its parameters.

    A number above 0 is exponential patience of that mean; inf: contacts never give up.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> encoded(HyperexponentialPatience(means=(10, 300), shares=(0.5, 0.5)))
    (4, array([155. ,  10. , 300. ,   0.5,   0.5]))
    """
    import numpy as np

    from bporoute._kernels.queueing import patience as kernels

    own: tuple[float, ...]
    match patience:
        case LognormalPatience(mean=mean, cv=cv):
            variance = math.log1p(cv * cv)
            kind, own = kernels.LOGNORMAL, (math.log(mean) - variance / 2.0, math.sqrt(variance))
        case WeibullPatience(mean=mean, shape=shape):
            kind, own = kernels.WEIBULL, (mean / math.gamma(1.0 + 1.0 / shape), shape)
        case ErlangPatience(mean=mean, phases=phases):
            kind, own = kernels.ERLANG, (float(phases), phases / mean)
        case HyperexponentialPatience(mean=mean, means=means, shares=shares):
            kind, own = kernels.HYPEREXPONENTIAL, (*means, *shares)
        case EmpiricalPatience(mean=mean, times=times, shares=shares):
            kind, own = kernels.EMPIRICAL, (*times, *shares)
        case _:
            _check("patience", patience, 0.0, math.inf, above=True)
            kind, mean, own = kernels.EXPONENTIAL, patience, ()
    return kind, np.array([mean, *own], dtype=np.float64)


def _check_pairs(
    first: str, some: tuple[float, ...], second: str, others: tuple[float, ...], fewest: int
) -> None:
    for name, values in ((first, some), (second, others)):
        if not hasattr(values, "__len__"):
            raise InputError(name, shown(values), "several numbers")
    if len(some) != len(others) or len(some) < fewest:
        found = f"{len(some)} {first} and {len(others)} {second}"
        raise InputError(second, found, f"as many {second} as {first}, at least {fewest}")


def _check(name: str, value: object, low: float, high: float, *, above: bool = False) -> None:
    """A number from `low` to `high`; `above`: without `low` itself."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if number and low <= value <= high and not (above and value == low):  # type: ignore[operator]  # a number
        return
    if low == high:
        raise InputError(name, shown(value), f"{low:g}")
    end = "" if high == math.inf else f" and of at most {high:g}"
    raise InputError(name, shown(value), f"a number {'above' if above else 'of at least'} {low:g}{end}")
