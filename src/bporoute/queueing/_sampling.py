"""Durations drawn by chance: laid out for the kernel that draws them, and drawn for who wants to see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bporoute._base.ranges import MOST
from bporoute.durations._laws import (
    Constant,
    Duration,
    Empirical,
    EmpiricalPatience,
    ErlangPatience,
    Exponential,
    HyperexponentialPatience,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
    check_parameter,
    logarithm,
    weibull_scale,
)
from bporoute.errors import InputError, shown

if TYPE_CHECKING:
    import numpy as np

    from bporoute._base.arrays import Floats


def laid_out(durations: Sequence[Duration]) -> tuple[Floats, Floats]:
    """(laws, points) as the kernels of `bporoute._kernels.simulation.chance` take them, one law per duration.

    Raises
    ------
    InputError
        If one is no duration; ``where`` is its place, such as ``durations[2]``.

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
    from bporoute._kernels.simulation import chance

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
    from bporoute._kernels.queueing import patience as laws

    match duration:
        case Constant(seconds=seconds):
            return laws.CONSTANT, seconds, 0.0, 0, []
        case Exponential(mean=mean):
            return laws.EXPONENTIAL, mean, 0.0, 0, []
        case Lognormal(log_mean=log_mean, log_sd=log_sd):
            return laws.LOGNORMAL, log_mean, log_sd, 0, []
        case Weibull(shape=shape, scale=scale):
            return laws.WEIBULL, scale, 1.0 / shape, 0, []
        case Empirical(times=times):
            return laws.SAMPLE, 0.0, 0.0, len(times), sorted(times)
        case LognormalPatience(mean=mean, cv=cv):
            return laws.LOGNORMAL, *logarithm(mean, cv), 0, []
        case WeibullPatience(mean=mean, shape=shape):
            return laws.WEIBULL, weibull_scale(mean, shape), 1.0 / shape, 0, []
        case ErlangPatience(mean=mean, phases=phases):
            return laws.ERLANG, float(phases), mean / phases, 0, []
        case HyperexponentialPatience(means=means, shares=shares):
            branches = [(1.0 / mean, share) for mean, share in zip(means, shares, strict=True) if share > 0]
            rates = [rate for rate, _ in branches]
            logs = [math.log(share) for _, share in branches]
            mean_rate = math.fsum(rate * share for rate, share in branches)
            return laws.HYPEREXPONENTIAL, mean_rate, 0.0, len(branches), rates + logs
        case EmpiricalPatience(times=times, shares=shares):
            return laws.EMPIRICAL, 0.0, 0.0, len(times), [*times, *shares]
        case _:
            check_parameter("duration", duration, 0.0, MOST, above=True, endless=True)
            return laws.EXPONENTIAL, duration, 0.0, 0, []
