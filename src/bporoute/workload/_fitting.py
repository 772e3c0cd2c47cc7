"""Distributions of handle times and of patience, fitted to a call log by maximum likelihood."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bporoute.durations._laws import Lognormal, Weibull
from bporoute.errors import InputError
from bporoute.workload._call_log import Call

FEWEST = 20
"""Observations below which nothing is fitted."""

SHAPES = (0.01, 100.0)
"""Where the shape of a Weibull distribution is looked for."""


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
            f"{logs.size} calls with a handle time of at least {shortest:g} seconds",
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
    from scipy.optimize import brentq  # imported here because it takes long, and only a fit needs it

    waited = [call for call in calls if call.wait > 0]
    abandoned = np.array([call.abandoned for call in waited], dtype=bool)
    remedy = "or the patience in the center file"
    if abandoned.sum() < FEWEST:
        found = f"{abandoned.sum()} calls abandoned after a known wait"
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
