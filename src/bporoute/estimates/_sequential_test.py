"""Whether a simulation is biased, tested batch after batch against an exact value, as long as it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import msgspec

from bporoute.errors import InputError, shown

Verdict = Literal["undecided", "unbiased", "biased"]


class SequentialTest(msgspec.Struct, frozen=True, kw_only=True):
    """A sequential test of "no bias" against "a bias of at least this share", either way.

    Attributes
    ----------
    exact : float
        The true value of what is estimated, not 0.
    bias : float
        Bias to be found, as a share of the exact value, above 0. Of a smaller one that is not 0 either
        verdict may come.
    false_alarm : float
        Largest probability of "biased" where there is no bias, in (0, 0.5).
    miss : float
        Largest probability of "unbiased" where the bias is `bias` or more, in (0, 0.5).
    pilot : int
        Batches that the variance is estimated from, at least 5; no verdict comes before.
    count : int
        Batches so far.
    total : float
        Sum of what they exceed the exact value by.
    spread : float
        Sum of squares of the pilot's batches about their mean.
    verdict : {"undecided", "unbiased", "biased"}
        It does not change once it is given.

    Raises
    ------
    InputError
        If a number is outside its range.

    Notes
    -----
    Wald's sequential probability ratio test (A. Wald, Sequential Analysis, 1947, ch. 3) once for a
    bias upwards and once downwards, with the variance from a pilot sample and bounds that allow for that
    (W. J. Hall, Some sequential analogs of Stein's two-stage test, Biometrika 49, 1962, pp. 367-378).

    With d = bias * abs(exact), S the sum of n batch means less n times the exact value, s2 the variance of a
    pilot of m batches with v = m - 1 degrees of freedom, ``k(e) = v/2 * (e**(-2/v) - 1)``, from n = m on::

        biased     if  abs(S) >= n d / 2 + k(false_alarm / 2) s2 / d
        unbiased   if  abs(S) <= n d / 2 - k(miss) s2 / d

    Both rates are bounds, not approximations, for independent normal batch means: S is independent of s2,
    so that by Wald's inequality the first is crossed, one way, with probability at most ``E exp(-k s2 /
    sigma2) = (1 + 2 k / v)**(-v/2)``, which is false_alarm / 2. Batches of a few hundred contacts or more
    are normal enough. Without a bias it takes some
    ``3 k(miss) sigma2 / d**2`` batches, at half the bias two to three times that.

    Examples
    --------
    >>> import numpy as np
    >>> waits = 20.0 + np.random.default_rng(5).normal(scale=0.05, size=2000)
    >>> test = SequentialTest(exact=20.0).after(waits)
    >>> test.verdict, test.count
    ('unbiased', 142)
    >>> SequentialTest(exact=20.0).after(waits * 1.001).verdict
    'biased'
    """

    exact: float
    bias: float = 0.001
    false_alarm: float = 0.01
    miss: float = 0.01
    pilot: int = 30
    count: int = 0
    total: float = 0.0
    spread: float = 0.0
    verdict: Verdict = "undecided"

    def __post_init__(self) -> None:
        if not 0.0 < abs(self.exact) <= 1e100:
            raise InputError("exact", shown(self.exact), "a number from -1e100 to 1e100, not 0")
        if not 0.0 < self.bias <= 1e6:
            raise InputError("bias", shown(self.bias), "a share above 0, at most 1e6")
        for name, rate in (("false_alarm", self.false_alarm), ("miss", self.miss)):
            if not 0.0 < rate < 0.5:
                raise InputError(name, shown(rate), "a probability above 0 and below 0.5")
        if (
            isinstance(self.pilot, bool)
            or not isinstance(self.pilot, int)
            or not 5 <= self.pilot <= 1_000_000
        ):
            raise InputError("pilot", shown(self.pilot), "a whole number from 5 to 1,000,000")

    def step(self, mean: float) -> SequentialTest:
        """The test after the mean of one more batch, independent of the others and of the same length.

        Raises
        ------
        InputError
            If the mean is not a number of at most 1e100 in size.
        """
        if not abs(mean) <= 1e100:
            raise InputError("mean", shown(mean), "a number from -1e100 to 1e100")
        if self.verdict != "undecided":
            return self
        excess = mean - self.exact
        count, total, spread = self.count + 1, self.total + excess, self.spread
        if self.count and count <= self.pilot:  # Welford (1962): no difference of large sums
            spread += (self.count * excess - self.total) ** 2 / (self.count * count)
        after = msgspec.structs.replace(self, count=count, total=total, spread=spread)
        verdict = after._judged()
        return after if verdict == "undecided" else msgspec.structs.replace(after, verdict=verdict)

    def after(self, means: Iterable[float]) -> SequentialTest:
        """The test after batches with these `means`, each as for `step`, up to its verdict."""
        state = self
        for mean in means:
            state = state.step(mean)
            if state.verdict != "undecided":
                break
        return state

    def _judged(self) -> Verdict:
        if self.count < self.pilot:
            return "undecided"
        difference = self.bias * abs(self.exact)
        freedom = self.pilot - 1
        unit = self.spread / freedom / difference
        middle = self.count * difference / 2.0
        if abs(self.total) >= middle + _bound(self.false_alarm / 2.0, freedom) * unit:
            return "biased"
        if abs(self.total) <= middle - _bound(self.miss, freedom) * unit:
            return "unbiased"
        return "undecided"


def _bound(rate: float, freedom: int) -> float:
    """Hall's bound on the log likelihood ratio; Wald's ``-log(rate)`` for a variance that is known.

    >>> round(_bound(0.005, 29), 3), round(_bound(0.005, 10**9), 3)
    (6.396, 5.298)
    """
    return freedom / 2.0 * math.expm1(-2.0 / freedom * math.log(rate))
