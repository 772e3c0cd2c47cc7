"""How probably a vendor answers in time, as its service level counts it."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import msgspec

from bporoute._base.slim import needed
from bporoute.center._targets import Counting, Part, ServiceLevel, weighed
from bporoute.errors import InputError, shown
from bporoute.estimates._share import ShareEstimate, SharePrior


class Attainment(msgspec.Struct, frozen=True):
    """How probably a vendor answers a contact in time, as its service level counts it.

    Attributes
    ----------
    target : ServiceLevel
        What was agreed.
    share : ShareEstimate
        Probability that a contact that counts is answered in time: its ``mean`` and ``interval``.

    Examples
    --------
    >>> nord = Attainment.of(ServiceLevel(probability=0.8, within=20))
    >>> for wait in [5.0, 12.0, 40.0] * 100:
    ...     nord = nord.step("answered", wait)
    >>> round(nord.share.mean, 3), round(nord.meets(), 4)
    (0.687, 0.0)
    """

    target: ServiceLevel
    share: ShareEstimate

    @classmethod
    def of(
        cls, target: ServiceLevel, prior: float | None = None, weight: float = 50.0, memory: float = 2000.0
    ) -> Attainment:
        """What is believed before anything was measured; by default that the target is just met.

        Parameters
        ----------
        target : ServiceLevel
            What was agreed.
        prior : float or None
            Share expected to be in time, in [0, 1]; None: that of the target.
        weight, memory : float
            As for `SharePrior`.

        Raises
        ------
        InputError
            If a number is outside its range, see `SharePrior`.
        """
        expected = target.probability if prior is None else prior
        return cls(target, ShareEstimate(SharePrior(share=expected, weight=weight, memory=memory)))

    def meets(self) -> float:
        """Probability, in [0, 1], that the vendor's long-run service level is at least the target."""
        with needed("scipy"):
            from scipy.special import betaincc

        return float(betaincc(*self.share.parameters, self.target.probability))

    def step(self, outcome: Literal["answered", "abandoned", "failed"], wait: float) -> Attainment:
        """The estimate after one more contact.

        Parameters
        ----------
        outcome : {"answered", "abandoned", "failed"}
            A failed contact was offered and not answered.
        wait : float
            Seconds until it was answered or gave up. Where the counting needs it and it is not known (nan,
            negative), the contact is ignored.

        Raises
        ------
        InputError
            If the outcome is not one of the three.
        """
        value = self.counted(outcome, wait)
        if value is None:
            return self
        return Attainment(self.target, self.share.step(value))

    def steps(self, good: float, base: float) -> Attainment:
        """The estimate after contacts of which `base` count and `good` were in time, in any order."""
        if not base > 0.0:
            return self
        return Attainment(self.target, self.share.steps(good / base, base))

    def counted(self, outcome: str, wait: float) -> float | None:
        """1 in time, 0 not, None where a contact does not count or it cannot be told.

        `outcome` and `wait` are as for `step`.
        """
        if outcome == "answered" and wait >= 0.0:  # as nearly always
            target = self.target
            return _if_answered(target.counting)[wait <= target.within]
        if outcome not in ("answered", "abandoned", "failed"):
            raise InputError("outcome", shown(outcome), "one of: answered, abandoned, failed")
        target, known = self.target, wait >= 0.0
        in_time = wait <= target.within if known else math.nan
        short = wait <= target.short if known else math.nan
        return _counted(target.counting, outcome, in_time, short)


@cache
def _if_answered(counting: Counting) -> tuple[float | None, float | None]:
    """What an answered contact counts as that waited longer than the limit, and not longer."""
    late, in_time = (_counted(counting, "answered", within, math.nan) for within in (0.0, 1.0))
    return late, in_time


@cache
def _counted(counting: Counting, outcome: str, in_time: float, short: float) -> float | None:
    """The same by what decides it; nan: that cannot be told."""
    answered, abandoned = outcome == "answered", outcome == "abandoned"
    parts: dict[Part, float] = {
        "offered": 1.0,
        "answered": answered,
        "answered_in_time": answered and in_time,
        "abandoned_in_time": abandoned and in_time,
        "abandoned_short": abandoned and short,
    }
    good, base = weighed(counting, parts.__getitem__)
    return float(good) if good >= 0.0 and base > 0.0 else None
