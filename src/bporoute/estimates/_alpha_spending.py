"""How sure a result must be at each of several looks at growing data, so that all together err seldom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.slim import needed
from bporoute.errors import InputError, shown

LEAST_SPENT = 1e-9
"""A look at which less of the error than that may be spent cannot decide: its bound is infinite."""
TAIL = 7.0
"""Standard deviations below the mean from which on nothing is integrated."""
NODES = 200
"""Of the Gauss-Legendre rule for up to so many looks."""
_NORMAL = NormalDist()


class Looks(NamedTuple):
    """When somebody looks, and what the statistic must exceed then.

    Attributes
    ----------
    fractions : tuple of float
        Information at each look as a share of the planned one, rising, in (0, 1].
    bounds : tuple of float
        Standard normal value that stops the test at that look; inf: none does.
    """

    fractions: tuple[float, ...]
    bounds: tuple[float, ...]


def spent(fraction: float, error: float) -> float:
    """Error that may be spent up to a share of the planned information, of O'Brien & Fleming's type.

    ``2 - 2 Phi(z / sqrt(t))`` with z the upper ``error / 2`` point: next to nothing early, all at t = 1.
    K. K. G. Lan & D. L. DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70, 1983.

    >>> [round(spent(fraction, 0.05), 5) for fraction in (0.25, 0.5, 0.75, 1.0)]
    [9e-05, 0.00557, 0.02363, 0.05]
    """
    if fraction <= 0.0:
        return 0.0
    return 2.0 * _NORMAL.cdf(_NORMAL.inv_cdf(error / 2.0) / math.sqrt(min(fraction, 1.0)))


def spending_bounds(fractions: Sequence[float], error: float) -> Looks:
    """Bounds of a one-sided test that is looked at several times and errs with probability `error` in all.

    Parameters
    ----------
    fractions : sequence of float
        Information at each look as a share of the planned one, rising, in (0, 1].
    error : float
        Probability in (0, 0.5) that a statistic without drift is ever above its bound, if the last look
        is at 1; else what may be spent up to there.

    Raises
    ------
    InputError
        If the error is outside, or the fractions do not rise within (0, 1].

    Notes
    -----
    The statistics at the looks are normal with correlation ``sqrt(t_j / t_k)``; each bound is the root
    of what may be spent since the look before, by the recursive integration of P. Armitage, C. K. McPherson &
    B. C. Rowe (J. R. Statist. Soc. A 132, 1969). Looks may be at any times that do not depend on the results.

    Examples
    --------
    Published for five equal looks and 2.5 %: 4.877, 3.357, 2.680, 2.290, 2.031.

    >>> [round(bound, 3) for bound in spending_bounds((0.2, 0.4, 0.6, 0.8, 1.0), 0.025).bounds]
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    if not 0.0 < error < 0.5:
        raise InputError("error", shown(error), "a probability above 0 and below 0.5")
    told = tuple(map(float, fractions))
    rising = all(before < after for before, after in zip((0.0, *told), told, strict=False))
    if not told or not rising or told[-1] > 1.0 + 1e-9:
        raise InputError("fractions", shown(told), "shares that rise, above 0 and at most 1")
    return _bounds(told, float(error))


@lru_cache(maxsize=256)
def _bounds(fractions: tuple[float, ...], error: float) -> Looks:
    bounds: list[float] = []
    walk = _Walk(len(fractions), 0.0, 0.0, 0.0)
    before = 0.0
    for fraction in fractions:
        may = spent(fraction, error) - before
        bound = math.inf
        if may >= LEAST_SPENT:
            bound = walk.bound_for(fraction, may)
            before += may
        walk.step(fraction, bound)
        bounds.append(bound)
    return Looks(fractions, tuple(bounds))


def crossings(looks: Looks, drift: float, start: tuple[float, float] = (0.0, 0.0)) -> tuple[float, ...]:
    """Probability of being above the bound for the first time at each look.

    Parameters
    ----------
    looks : Looks
        Times and bounds.
    drift : float
        Mean of the standard normal statistic at full information.
    start : (float, float)
        Information of a look before, and ``statistic * sqrt(information)`` then: what is known already.

    Examples
    --------
    >>> looks = spending_bounds((0.5, 1.0), 0.05)
    >>> round(sum(crossings(looks, 0.0)), 6)
    0.05
    >>> round(sum(crossings(looks, 2.926)), 2)
    0.9
    """
    walk = _Walk(len(looks.fractions), drift, *start)
    return tuple(walk.step(*look) for look in zip(*looks, strict=True))


@lru_cache(maxsize=4)
def _rule(nodes: int) -> tuple[Floats, Floats]:
    """Places and weights of Gauss & Legendre on (-1, 1)."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return places, weights


class _Walk:
    """The statistic times the root of the information: a walk of independent normal steps, until stopped."""

    def __init__(self, looks: int, drift: float, at: float, place: float) -> None:
        self.drift, self.at, self.start = drift, at, (at, place)
        self.rule = _rule(NODES * math.ceil(looks / NODES))
        self.places: Floats = np.array([place])
        self.weights: Floats = np.array([1.0])
        """Probability of each place, as far as the walk has not been stopped."""

    def above(self, fraction: float, level: float) -> float:
        """Probability that it was not stopped before and exceeds a level at a look."""
        with needed("scipy"):
            from scipy.special import ndtr

        step = fraction - self.at
        away = (self.places + self.drift * step - level) / math.sqrt(step)
        return float(self.weights @ ndtr(away))

    def bound_for(self, fraction: float, may: float) -> float:
        """The bound that it exceeds with probability `may`."""
        low, high = -TAIL, 2.0 * TAIL
        root = math.sqrt(fraction)
        while high - low > 1e-10:
            middle = (low + high) / 2.0
            if self.above(fraction, middle * root) > may:
                low = middle
            else:
                high = middle
        return (low + high) / 2.0

    def step(self, fraction: float, bound: float) -> float:
        """Go on to a look; the probability of being stopped there."""
        step, root = fraction - self.at, math.sqrt(fraction)
        crossed = self.above(fraction, bound * root) if bound < math.inf else 0.0
        began, place = self.start
        mean = place + self.drift * (fraction - began)
        spread = TAIL * math.sqrt(fraction - began)
        low, high = mean - spread, min(mean + spread, bound * root)
        if high <= low:
            self.places, self.weights = np.array([low]), np.array([0.0])
        else:
            nodes, parts = self.rule
            places = low + (high - low) * (nodes + 1.0) / 2.0
            away = (places[:, None] - self.places - self.drift * step) / math.sqrt(step)
            density = np.exp(-0.5 * away * away) @ self.weights / math.sqrt(2.0 * math.pi * step)
            self.places, self.weights = places, density * parts * (high - low) / 2.0
        self.at = fraction
        return crossed
