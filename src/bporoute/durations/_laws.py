"""How long something lasts by chance: a handle time, a delay, the time until a waiting contact gives up.

Where a duration or a patience is asked for, a plain number means exponential of that mean; the values here
say more. In a TOML file a table names its kind: ``{distribution = "lognormal", mean = 240, cv = 1.1}``.

Those named after patience have a survival curve and serve as patience in the models of a queue, in any
consistent unit of time; as a duration all of them serve, in seconds. Some laws have two forms: by what a
person says (mean and variation) and by what a fit gives (its parameters, or the times seen).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from bporoute._base.fields import EndlessSeconds, PositiveSeconds, Probability, Seconds
from bporoute._base.ranges import MOST, OR_INFINITE, Range
from bporoute.durations._tails import (
    erlang_excess,
    erlang_survival,
    lognormal_excess,
    lognormal_survival,
    weibull_excess,
    weibull_survival,
)
from bporoute.errors import InputError, shown


class _Duration(msgspec.Struct, frozen=True, tag_field="distribution", forbid_unknown_fields=True):
    """What all have in common: each tells its ``mean``, too, and ``t`` is in the law's own unit."""

    def survival(self, t: float) -> float:
        """P(X > t), the share of times that are longer than `t`, a number of at least 0."""
        OR_INFINITE.check("t", t)
        return self._longer_than(t)

    def excess(self, t: float) -> float:
        """E[max(X - t, 0)], the mean beyond `t`, a number of at least 0."""
        OR_INFINITE.check("t", t)
        return self._mean_beyond(t)

    def _longer_than(self, t: float) -> float:
        raise NotImplementedError  # every law says its own; this one is no law

    def _mean_beyond(self, t: float) -> float:
        raise NotImplementedError


class Constant(_Duration, frozen=True, tag="constant"):
    """Always the same.

    Attributes
    ----------
    seconds : float
        At least 0; inf: endless.

    Raises
    ------
    InputError
        If a number is outside its range; so with all distributions here.

    Examples
    --------
    >>> Constant(90).mean
    90
    """

    seconds: Annotated[float, Meta(ge=0)]

    def __post_init__(self) -> None:
        check_parameter("seconds", self.seconds, 0.0, MOST, endless=True)

    @property
    def mean(self) -> float:
        """The same."""
        return self.seconds

    def _longer_than(self, t: float) -> float:
        return float(self.seconds > t)

    def _mean_beyond(self, t: float) -> float:
        return max(self.seconds - t, 0.0)


class Exponential(_Duration, frozen=True, tag="exponential"):
    """Without memory: what has lasted long ends no sooner. What a plain number means.

    Attributes
    ----------
    mean : float
        Seconds, above 0; inf: endless.

    Examples
    --------
    >>> Exponential(240).mean
    240
    """

    mean: EndlessSeconds

    def __post_init__(self) -> None:
        check_parameter("mean", self.mean, 0.0, MOST, above=True, endless=True)

    def _longer_than(self, t: float) -> float:
        return math.exp(-t / self.mean)

    def _mean_beyond(self, t: float) -> float:
        return self.mean * math.exp(-t / self.mean)


class Lognormal(_Duration, frozen=True, tag="fitted_lognormal"):
    """Times whose logarithm is normal, by the parameters that a fit gives.

    `LognormalPatience` is the same by mean and coefficient of variation.

    Attributes
    ----------
    log_mean, log_sd : float
        Mean, -50 to 50, and standard deviation, 0 to 10, of the logarithm of the time in seconds.

    Examples
    --------
    >>> round(Lognormal(log_mean=5.0, log_sd=0.8).mean, 1)
    204.4
    """

    log_mean: float
    log_sd: float

    def __post_init__(self) -> None:
        check_parameter("log_mean", self.log_mean, -50.0, 50.0)
        check_parameter("log_sd", self.log_sd, 0.0, 10.0)

    @property
    def mean(self) -> float:
        """Mean, in seconds."""
        return math.exp(self.log_mean + self.log_sd**2 / 2)

    def _longer_than(self, t: float) -> float:
        return lognormal_survival(self.log_mean, self.log_sd, t)

    def _mean_beyond(self, t: float) -> float:
        return lognormal_excess(self.log_mean, self.log_sd, t)


class Weibull(_Duration, frozen=True, tag="fitted_weibull"):
    """Times whose hazard rises (shape above 1) or falls (below 1) as a power of the time.

    `WeibullPatience` is the same by its mean.

    Attributes
    ----------
    shape : float
        From 0.01 to 100.
    scale : float
        Seconds that a share 1/e outlasts, above 0 and at most 1e100.

    Examples
    --------
    >>> Weibull(shape=1.0, scale=300.0).mean
    300.0
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        check_parameter("shape", self.shape, 0.01, 100.0)
        check_parameter("scale", self.scale, 0.0, 1e100, above=True)

    @property
    def mean(self) -> float:
        """Mean, in seconds."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    def _longer_than(self, t: float) -> float:
        return weibull_survival(self.scale, self.shape, t)

    def _mean_beyond(self, t: float) -> float:
        return weibull_excess(self.scale, self.shape, t)


class Empirical(_Duration, frozen=True, tag="sample"):
    """One of the times that were seen, each as likely.

    Attributes
    ----------
    times : tuple of float
        Seconds, at least one of them, in any order.

    Examples
    --------
    >>> Empirical((30, 60, 300)).mean
    130.0
    """

    times: tuple[Seconds, ...]

    def __post_init__(self) -> None:
        if not hasattr(self.times, "__len__") or not len(self.times):
            raise InputError("times", shown(self.times), "at least one time in seconds")
        if all(type(time) is float and 0.0 <= time <= MOST for time in self.times):
            return  # as a router makes them, again and again
        for place, time in enumerate(self.times):
            check_parameter(f"times[{place}]", time, 0.0, MOST)

    @property
    def mean(self) -> float:
        """Mean of the times, in seconds."""
        return math.fsum(self.times) / len(self.times)

    def _longer_than(self, t: float) -> float:
        return sum(time > t for time in self.times) / len(self.times)

    def _mean_beyond(self, t: float) -> float:
        return math.fsum(max(time - t, 0.0) for time in self.times) / len(self.times)


class LognormalPatience(_Duration, frozen=True, kw_only=True, tag="lognormal"):
    """Patience whose logarithm is normal.

    Attributes
    ----------
    mean : float
        Mean patience, above 0.
    cv : float
        Its standard deviation over its mean, from 0.02 to 100.

    Examples
    --------
    >>> round(LognormalPatience(mean=120, cv=1.5).survival(60), 4)
    0.5381
    """

    mean: PositiveSeconds
    cv: float

    def __post_init__(self) -> None:
        check_parameter("mean", self.mean, 0.0, MOST, above=True)
        check_parameter("cv", self.cv, 0.02, 100.0)

    def _longer_than(self, t: float) -> float:
        return lognormal_survival(*logarithm(self.mean, self.cv), t)

    def _mean_beyond(self, t: float) -> float:
        return lognormal_excess(*logarithm(self.mean, self.cv), t)


class WeibullPatience(_Duration, frozen=True, kw_only=True, tag="weibull"):
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
        check_parameter("mean", self.mean, 0.0, MOST, above=True)
        check_parameter("shape", self.shape, 0.05, 50.0)

    def _longer_than(self, t: float) -> float:
        return weibull_survival(weibull_scale(self.mean, self.shape), self.shape, t)

    def _mean_beyond(self, t: float) -> float:
        return weibull_excess(weibull_scale(self.mean, self.shape), self.shape, t)


class ErlangPatience(_Duration, frozen=True, kw_only=True, tag="erlang"):
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
        check_parameter("mean", self.mean, 0.0, MOST, above=True)
        check_parameter("phases", self.phases, 1, 1000)
        if not isinstance(self.phases, int):
            raise InputError("phases", shown(self.phases), "a whole number")

    def _longer_than(self, t: float) -> float:
        return erlang_survival(self.mean, self.phases, t)

    def _mean_beyond(self, t: float) -> float:
        return erlang_excess(self.mean, self.phases, t)


class HyperexponentialPatience(_Duration, frozen=True, kw_only=True, tag="hyperexponential"):
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
            check_parameter(f"means[{place}]", mean, 0.0, MOST, above=True)
        for place, share in enumerate(self.shares):
            check_parameter(f"shares[{place}]", share, 0.0, 1.0)
        total = math.fsum(self.shares)
        if abs(total - 1.0) > 1e-9:
            raise InputError("shares", f"a sum of {total:.12g}", "shares that add up to 1")

    @property
    def mean(self) -> float:
        """Mean patience of all contacts."""
        return math.fsum(mean * share for mean, share in zip(self.means, self.shares, strict=True))

    def _longer_than(self, t: float) -> float:
        parts = zip(self.means, self.shares, strict=True)
        return math.fsum(share * math.exp(-t / mean) for mean, share in parts)

    def _mean_beyond(self, t: float) -> float:
        parts = zip(self.means, self.shares, strict=True)
        return math.fsum(share * mean * math.exp(-t / mean) for mean, share in parts)


class EmpiricalPatience(_Duration, frozen=True, kw_only=True, tag="empirical"):
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
        check_parameter("times[0]", self.times[0], 0.0, 0.0)
        check_parameter("shares[0]", self.shares[0], 1.0, 1.0)
        for place in range(1, len(self.times)):
            check_parameter(f"times[{place}]", self.times[place], self.times[place - 1], MOST, above=True)
            check_parameter(f"shares[{place}]", self.shares[place], 0.0, self.shares[place - 1])

    @property
    def mean(self) -> float:
        """Mean patience; inf if some never give up."""
        return self._mean_beyond(0.0)

    def _longer_than(self, t: float) -> float:
        place = bisect_right(self.times, t)
        if place == len(self.times):
            return self.shares[-1]
        start, end = self.times[place - 1], self.times[place]
        before, after = self.shares[place - 1], self.shares[place]
        return before + (after - before) * (t - start) / (end - start)

    def _mean_beyond(self, t: float) -> float:
        if self.shares[-1] > 0.0:
            return math.inf
        points = [(t, self._longer_than(t))]
        points += [point for point in zip(self.times, self.shares, strict=True) if point[0] > t]
        return math.fsum(
            (end - start) * (before + after) / 2.0 for (start, before), (end, after) in pairwise(points)
        )


Erlang = ErlangPatience
"""A sum of exponential phases (`mean`, ``phases``); it is the same for handle times as for patience."""

Hyperexponential = HyperexponentialPatience
"""A mix of groups, each with its own exponential mean (``means``, ``shares``); likewise."""

Patience = LognormalPatience | WeibullPatience | ErlangPatience | HyperexponentialPatience | EmpiricalPatience
Distribution = Constant | Exponential | Lognormal | Weibull | Empirical | Patience
Duration = EndlessSeconds | Distribution
"""A plain number: exponential of that mean; inf: endless."""


def mean_of(duration: Duration) -> float:
    """Mean of a duration, in seconds; a plain number is its own mean.

    >>> mean_of(240.0), mean_of(Empirical((30, 90)))
    (240.0, 60.0)
    """
    return duration.mean if isinstance(duration, Distribution) else duration


def scaled(law: Distribution, factor: float) -> Distribution:
    """The law of what lasts `factor` times as long; `factor` is above 0.

    >>> scaled(LognormalPatience(mean=200, cv=1.1), 1.5)
    LognormalPatience(mean=300.0, cv=1.1)
    """
    if factor == 1.0:
        return law
    match law:
        case Constant(seconds=seconds):
            return Constant(seconds * factor)
        case Exponential(mean=mean):
            return Exponential(mean * factor)
        case Lognormal(log_mean=log_mean, log_sd=log_sd):
            return Lognormal(log_mean + math.log(factor), log_sd)
        case Weibull(shape=shape, scale=scale):
            return Weibull(shape, scale * factor)
        case Empirical(times=times):
            return Empirical(tuple(time * factor for time in times))
        case HyperexponentialPatience(means=means):
            return msgspec.structs.replace(law, means=tuple(mean * factor for mean in means))
        case EmpiricalPatience(times=times):
            return msgspec.structs.replace(law, times=tuple(time * factor for time in times))
        case _:
            return msgspec.structs.replace(law, mean=law.mean * factor)


def logarithm(mean: float, cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of lognormal times of this mean and variation."""
    variance = math.log1p(cv * cv)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)


def weibull_scale(mean: float, shape: float) -> float:
    """The time that a share 1/e of Weibull times of this mean outlasts."""
    return mean / math.gamma(1.0 + 1.0 / shape)


def _check_pairs(
    first: str, some: tuple[float, ...], second: str, others: tuple[float, ...], fewest: int
) -> None:
    for name, values in ((first, some), (second, others)):
        if not hasattr(values, "__len__"):
            raise InputError(name, shown(values), "several numbers")
    if len(some) != len(others) or len(some) < fewest:
        found = f"{len(some)} {first} and {len(others)} {second}"
        raise InputError(second, found, f"as many {second} as {first}, at least {fewest}")


def check_parameter(
    name: str, value: object, low: float, high: float, *, above: bool = False, endless: bool = False
) -> None:
    """Refuse what is no number from `low` to `high`; `above`: without `low` itself, `endless`: or inf.

    Raises
    ------
    InputError
        Saying so.
    """
    Range(low, high, above=above, below=False, endless=endless).check(name, value)
