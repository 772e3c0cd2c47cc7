"""Distributions of handle times and of patience, fitted to a call log."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bporoute._base.ranges import MOST
from bporoute._base.slim import needed
from bporoute._base.words import counted
from bporoute.durations._laws import EmpiricalPatience, Lognormal, Weibull
from bporoute.errors import InputError
from bporoute.workload._call_log import Call

FEWEST = 20
"""Observations below which nothing is fitted."""

ENOUGH = 100
"""Calls given up from which on a survival curve is told without a law."""

SHAPES = (0.01, 100.0)
"""Where the shape of a Weibull distribution is looked for."""

MOST_POINTS = 1000
"""Of a survival curve."""

RESOLUTION = 1.0
"""Seconds before a wait over which those are spread who gave up after it; of whole seconds these are all."""

TAIL_TIMES = np.exp(-0.25 * np.arange(1, 30))
TAIL_SHARES = np.append(TAIL_TIMES[:-1], 0.0)
"""The exponential tail of a survival curve: told where it has fallen to these shares of what its end leaves,
and by these shares; the last thousandth ends."""


def fit_handle_times(calls: Iterable[Call], shortest: float = 10.0) -> Lognormal:
    """Fit the handle times of `calls` of at least `shortest` seconds; shorter ones are misdials, lost lines.

    Raises
    ------
    InputError
        Fewer than 20 calls have such a handle time.

    Examples
    --------
    >>> calls = [Call(str(n), "sales", arrival=60.0 * n, handle=100.0 + n) for n in range(50)]
    >>> handle = fit_handle_times(calls)
    >>> round(handle.log_mean, 3), round(handle.log_sd, 3)
    (4.818, 0.117)
    """
    logs = np.log([call.handle for call in calls if call.handle >= shortest])
    if logs.size < FEWEST:
        raise InputError(
            "call log",
            f"{counted(logs.size, 'call')} with a handle time of at least {shortest:g} seconds",
            f"at least {FEWEST}, or the handle time in the center file",
        )
    return Lognormal(log_mean=float(logs.mean()), log_sd=float(logs.std()))


def fit_patience(calls: Iterable[Call]) -> Weibull:
    """Fit how long the callers of these `calls` wait before they hang up.

    An abandoned call shows its caller's patience; an answered one shows that the patience was longer
    than the wait (it is censored on the right). Calls with no wait, or an unknown one, show nothing.

    Raises
    ------
    InputError
        Fewer than 20 calls were abandoned after a wait, or all of them after practically the same wait.

    Examples
    --------
    >>> calls = [Call(str(n), "sales", 60.0 * n, wait=n, abandoned=n % 20 == 0) for n in range(10, 810, 10)]
    >>> patience = fit_patience(calls)
    >>> round(patience.shape, 2), round(patience.scale)
    (1.75, 674)
    """
    with needed("scipy"):
        from scipy.optimize import brentq  # imported here because it takes long, and only a fit needs it

    waited = [call for call in calls if call.wait > 0]
    abandoned = np.array([call.abandoned for call in waited], dtype=bool)
    remedy = "or the patience in the center file"
    if abandoned.sum() < FEWEST:
        found = f"{counted(int(abandoned.sum()), 'call')} abandoned after a known wait"
        raise InputError("call log", found, f"at least {FEWEST}, {remedy}")

    # Logarithms relative to the longest wait: their exponentials can neither overflow nor all vanish.
    logs = np.log([call.wait for call in waited])
    longest = logs.max()
    relative = logs - longest
    mean_abandoned = relative[abandoned].mean()

    def slope(shape: float) -> float:
        """Minus the derivative of the log-likelihood per abandoned call, at the best scale for `shape`."""
        powers = np.exp(shape * relative)
        return float(powers @ relative / powers.sum() - 1 / shape - mean_abandoned)

    if not slope(SHAPES[0]) < 0 < slope(SHAPES[1]):
        shortest_wait, longest_wait = np.exp(logs[abandoned].min()), np.exp(logs[abandoned].max())
        found = f"abandoned calls that all waited {shortest_wait:g} to {longest_wait:g} seconds"
        raise InputError("call log", found, f"waits that a Weibull distribution can describe, {remedy}")
    shape = float(brentq(slope, *SHAPES))
    mean_power = np.exp(shape * relative).sum() / abandoned.sum()
    return Weibull(shape=shape, scale=float(np.exp(longest) * mean_power ** (1 / shape)))


def fit_patience_curve(calls: Iterable[Call]) -> EmpiricalPatience:
    """How long the callers of these `calls` wait before they hang up, with no law assumed.

    The Kaplan-Meier curve: an abandoned call shows its caller's patience, an answered one that the patience
    was longer than the wait. Calls answered at once, or with an unknown wait, show nothing. The curve falls
    over the second before a wait after which somebody gave up. It goes as far as 20 callers have waited; from
    there on it is exponential, at the mean rate until there.

    Raises
    ------
    InputError
        Fewer than 100 calls were abandoned after a known wait.

    Notes
    -----
    E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, JASA 53, 1958. The tail
    is that of B. W. Brown, M. Hollander and R. M. Korwar, Nonparametric tests of independence for censored
    data, in Reliability and Biometry, SIAM 1974.

    Examples
    --------
    >>> calls = [Call(str(n), "sales", 60.0 * n, wait=n, abandoned=n % 2 == 0) for n in range(1, 401)]
    >>> curve = fit_patience_curve(calls)
    >>> round(curve.survival(100), 3), round(curve.mean)
    (0.866, 320)
    """
    told = [call for call in calls if call.wait > 0 or (call.abandoned and call.wait == 0)]
    abandoned = np.array([call.abandoned for call in told], dtype=bool)
    if (count := int(abandoned.sum())) < ENOUGH:
        raise InputError(
            "call log",
            f"{counted(count, 'call')} abandoned after a known wait",
            f"at least {ENOUGH}, or a law with few parameters, as `fit_patience` finds",
        )
    waits = np.array([call.wait for call in told])
    soonest = waits[abandoned & (waits > 0)].min(initial=RESOLUTION)
    times, place = np.unique(np.where(waits > 0, waits, soonest), return_inverse=True)
    gone = np.bincount(place)
    gave_up = np.bincount(place, weights=abandoned)
    waiting = gone.sum() - np.cumsum(gone) + gone
    shares = np.cumprod(1.0 - gave_up / waiting)
    last = int(np.flatnonzero(waiting >= FEWEST)[-1])
    falls = np.flatnonzero(gave_up[: last + 1] > 0)
    before, above = (np.append(first, each[falls[:-1]]) for first, each in ((0.0, times), (1.0, shares)))
    rests = times[falls] - RESOLUTION > before  # nobody gave up for longer: there the curve is level
    corners = {
        0.0: 1.0,
        **dict(zip((times[falls] - RESOLUTION)[rests].tolist(), above[rests].tolist(), strict=True)),
        **dict(zip(times[falls].tolist(), shares[falls].tolist(), strict=True)),
        float(times[last]): float(shares[last]),
    }
    points = sorted(corners.items())
    kept = np.unique(np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(np.int64)).tolist()
    end, left = points[-1]
    tail = end + end * np.log(TAIL_TIMES) / np.log(left) if left else np.empty(0)
    tail = tail[tail <= MOST]  # whoever waits still longer never gives up
    return EmpiricalPatience(
        times=(*(points[number][0] for number in kept), *tail.tolist()),
        shares=(*(points[number][1] for number in kept), *(left * TAIL_SHARES[: len(tail)]).tolist()),
    )
