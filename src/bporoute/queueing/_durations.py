"""How long something lasts by chance: a handle time, a patience, a delay.

Where a duration is asked for, a plain number means exponential of that mean, as with patience; the values
here and the patience distributions of `bporoute.queueing._patience` say more. In a TOML file a table names
its kind: ``{distribution = "lognormal", mean = 240, cv = 1.1}``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from bporoute._base.fields import EndlessSeconds, Seconds
from bporoute.errors import InputError, shown
from bporoute.queueing._patience import (
    EmpiricalPatience,
    ErlangPatience,
    HyperexponentialPatience,
    LognormalPatience,
    WeibullPatience,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

    from bporoute._base.arrays import Floats

LONGEST = 1e9
"""Seconds; a finite parameter above it is a slip of units."""


class _Distribution(msgspec.Struct, frozen=True, tag_field="distribution", forbid_unknown_fields=True):
    """What all have in common; the tag field is that of `bporoute.queueing._patience`."""


class Constant(_Distribution, frozen=True, tag="constant"):
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
        _check("seconds", self.seconds, 0.0, LONGEST, endless=True)

    @property
    def mean(self) -> float:
        """The same."""
        return self.seconds


class Exponential(_Distribution, frozen=True, tag="exponential"):
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
        _check("mean", self.mean, 0.0, LONGEST, above=True, endless=True)


class Lognormal(_Distribution, frozen=True, tag="fitted_lognormal"):
    """Times whose logarithm is normal, by the parameters that a fit gives.

    `bporoute.queueing._patience.LognormalPatience` is the same by mean and coefficient of variation.

    Attributes
    ----------
    log_mean, log_sd : float
        Mean, -50 to 50, and standard deviation, 0 to 10, of the logarithm of the time in seconds.

    Examples
    --------
    >>> import numpy as np
    >>> handle = Lognormal(log_mean=5.0, log_sd=0.8)
    >>> round(handle.mean, 1)
    204.4
    >>> handle.sample(np.array([-1.0, 0.0, 1.0])).round(1).tolist()
    [66.7, 148.4, 330.3]
    """

    log_mean: float
    log_sd: float

    def __post_init__(self) -> None:
        _check("log_mean", self.log_mean, -50.0, 50.0)
        _check("log_sd", self.log_sd, 0.0, 10.0)

    @property
    def mean(self) -> float:
        """Mean, in seconds."""
        return math.exp(self.log_mean + self.log_sd**2 / 2)

    def sample(self, normal: Floats) -> Floats:
        """Turn standard normal numbers into times, in seconds."""
        import numpy as np

        return np.exp(self.log_mean + self.log_sd * normal)


class Weibull(_Distribution, frozen=True, tag="fitted_weibull"):
    """Times whose hazard rises (shape above 1) or falls (below 1) as a power of the time.

    `bporoute.queueing._patience.WeibullPatience` is the same by its mean.

    Attributes
    ----------
    shape : float
        From 0.01 to 100.
    scale : float
        Seconds that a share 1/e outlasts, above 0 and at most 1e100.

    Examples
    --------
    >>> import numpy as np
    >>> patience = Weibull(shape=1.0, scale=300.0)
    >>> patience.mean
    300.0
    >>> patience.survival([0.0, 60.0, 300.0]).round(3).tolist()
    [1.0, 0.819, 0.368]
    >>> patience.sample(np.array([0.0, 0.5])).round(1).tolist()
    [0.0, 207.9]
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        _check("shape", self.shape, 0.01, 100.0)
        _check("scale", self.scale, 0.0, 1e100, above=True)

    @property
    def mean(self) -> float:
        """Mean, in seconds."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    def survival(self, seconds: ArrayLike) -> Floats:
        """Share of times that are longer than `seconds` (at least 0)."""
        import numpy as np

        return np.exp(-((np.asarray(seconds, dtype=np.float64) / self.scale) ** self.shape))

    def sample(self, uniform: Floats) -> Floats:
        """Turn uniform numbers of [0, 1) into times, in seconds, by inversion."""
        import numpy as np

        return self.scale * (-np.log1p(-uniform)) ** (1 / self.shape)


class Empirical(_Distribution, frozen=True, tag="sample"):
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
        for place, time in enumerate(self.times):
            _check(f"times[{place}]", time, 0.0, LONGEST)

    @property
    def mean(self) -> float:
        """Mean of the times, in seconds."""
        return math.fsum(self.times) / len(self.times)


Erlang = ErlangPatience
"""A sum of exponential phases (`mean`, `phases`); it is the same for handle times as for patience."""

Hyperexponential = HyperexponentialPatience
"""A mix of groups, each with its own exponential mean (`means`, `shares`); likewise."""

Distribution = (
    Constant
    | Exponential
    | Lognormal
    | Weibull
    | Empirical
    | LognormalPatience
    | WeibullPatience
    | ErlangPatience
    | HyperexponentialPatience
    | EmpiricalPatience
)
Duration = EndlessSeconds | Distribution
"""A plain number: exponential of that mean; inf: endless."""


def mean_of(duration: Duration) -> float:
    """Mean of a duration, in seconds; a plain number is its own mean.

    >>> mean_of(240.0), mean_of(Empirical((30, 90)))
    (240.0, 60.0)
    """
    return duration.mean if isinstance(duration, Distribution) else duration


def laid_out(durations: Sequence[Duration]) -> tuple[Floats, Floats]:
    """Durations as the kernels of `_kernels.chance` take them: (laws, points), one law per duration.

    Raises
    ------
    InputError
        If one is no duration; `where` is its place, such as ``durations[2]``.

    Examples
    --------
    >>> laws, points = laid_out([240.0, Constant(90), Empirical((60, 30))])
    >>> laws
    array([[  1., 240.,   0.,   0.,   0.],
           [  0.,  90.,   0.,   0.,   0.],
           [  6.,   0.,   0.,   0.,   2.]])
    >>> points
    array([30., 60.])
    """
    import numpy as np

    from bporoute._kernels.simulation.chance import COLUMNS

    laws = np.zeros((len(durations), COLUMNS))
    points: list[float] = []
    for place, duration in enumerate(durations):
        try:
            kind, first, second, length, own = _law(duration)
        except InputError as complaint:
            raise InputError(f"durations[{place}]", complaint.found, complaint.expected) from None
        laws[place] = kind, first, second, len(points) if length else 0, length
        points += own
    return laws, np.array(points, dtype=np.float64)


def sampled(duration: Duration, key: np.uint64, count: int, first: int = 0) -> Floats:
    """Draw the durations numbered from `first` on, as a simulation with this key meets them.

    Parameters
    ----------
    duration : Duration
    key : uint64
        Of the stream, by `bporoute.workload._random.stream_key`.
    count, first : int
        How many, and the number of the first; at least 0.

    Returns
    -------
    array
        Seconds; inf where endless.

    Examples
    --------
    >>> from bporoute.workload._random import stream_key
    >>> key = stream_key(7, "handle", "sales")
    >>> times = sampled(Lognormal(log_mean=5.0, log_sd=0.8), key, 2000)
    >>> bool(times[17] == sampled(Lognormal(log_mean=5.0, log_sd=0.8), key, 1, first=17)[0])
    True
    """
    import numpy as np

    from bporoute import _kernels
    from bporoute._kernels.simulation import chance as chance

    for name, value in (("count", count), ("first", first)):
        if not isinstance(value, int) or value < 0:
            raise InputError(name, shown(value), "a whole number of at least 0")
    laws, points = laid_out([duration])
    out = np.empty(count)
    with np.errstate(over="ignore"):  # interpreted, the wrapping of the 64-bit numbers would be told
        _kernels.for_work(chance.durations, 1 + count // 4)(laws, points, 0, key, first, out)
    return out


def _law(duration: Duration) -> tuple[int, float, float, int, list[float]]:
    """Kind, two parameters, and how many points of which values."""
    from bporoute._kernels.simulation import chance as chance

    match duration:
        case Constant(seconds=seconds):
            return chance.CONSTANT, seconds, 0.0, 0, []
        case Exponential(mean=mean):
            return chance.EXPONENTIAL, mean, 0.0, 0, []
        case Lognormal(log_mean=log_mean, log_sd=log_sd):
            return chance.LOGNORMAL, log_mean, log_sd, 0, []
        case Weibull(shape=shape, scale=scale):
            return chance.WEIBULL, scale, 1.0 / shape, 0, []
        case Empirical(times=times):
            return chance.EMPIRICAL, 0.0, 0.0, len(times), sorted(times)
        case LognormalPatience(mean=mean, cv=cv):
            variance = math.log1p(cv * cv)
            return chance.LOGNORMAL, math.log(mean) - variance / 2.0, math.sqrt(variance), 0, []
        case WeibullPatience(mean=mean, shape=shape):
            return chance.WEIBULL, mean / math.gamma(1.0 + 1.0 / shape), 1.0 / shape, 0, []
        case ErlangPatience(mean=mean, phases=phases):
            return chance.ERLANG, float(phases), mean / phases, 0, []
        case HyperexponentialPatience(means=means, shares=shares):
            branches = [(1.0 / mean, share) for mean, share in zip(means, shares, strict=True) if share > 0]
            rates = [rate for rate, _ in branches]
            logs = [math.log(share) for _, share in branches]
            mean_rate = math.fsum(rate * share for rate, share in branches)
            return chance.HYPEREXPONENTIAL, mean_rate, 0.0, len(branches), rates + logs
        case EmpiricalPatience(times=times, shares=shares):
            return chance.SURVIVAL, 0.0, 0.0, len(times), [*times, *shares]
        case _:
            _check("duration", duration, 0.0, LONGEST, above=True, endless=True)
            return chance.EXPONENTIAL, duration, 0.0, 0, []


def _check(
    name: str, value: object, low: float, high: float, *, above: bool = False, endless: bool = False
) -> None:
    """A number from `low` to `high`, `above`: without `low` itself, `endless`: or inf."""
    if not isinstance(value, bool) and isinstance(value, Real):
        number = float(value)
        within = low <= number <= high and not (above and number == low)
        if within or (endless and number == math.inf):
            return
    bounds = f"a number {'above' if above else 'of at least'} {low:g} and of at most {high:g}"
    raise InputError(name, shown(value), bounds + (", or inf" if endless else ""))
