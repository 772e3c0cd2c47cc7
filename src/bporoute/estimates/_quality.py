"""How well a vendor serves: resolution, satisfaction, handle time, and what that is worth in money."""

from __future__ import annotations

import math

import msgspec

from bporoute._base.fields import Money, converted
from bporoute.center._quality_prior import QualityPrior
from bporoute.estimates._handle_time import LONGEST_HANDLE_TIME, HandleTimeEstimate, HandleTimePrior
from bporoute.estimates._share import ShareEstimate, SharePrior


class Quality(msgspec.Struct, frozen=True):
    """A team's quality as measured so far. Each part has a ``mean`` and an ``interval(probability)``.

    Attributes
    ----------
    resolution : ShareEstimate
        Share of its contacts that are resolved.
    satisfaction : ShareEstimate
        Mean satisfaction, in [0, 1].
    handle_time_factor : HandleTimeEstimate
        Handle time as a multiple of the in-house team's.

    Examples
    --------
    >>> nord = Quality.of(QualityPrior(resolution=0.75, satisfaction=0.8, weight=100))
    >>> for contact in range(300):
    ...     nord = nord.step(resolved=contact % 5 > 0, handle=270.0, in_house_aht=240.0)
    >>> round(nord.resolution.mean, 3), nord.satisfaction.mean, round(nord.handle_time_factor.mean, 3)
    (0.787, 0.8, 1.092)
    """

    resolution: ShareEstimate
    satisfaction: ShareEstimate
    handle_time_factor: HandleTimeEstimate

    @classmethod
    def of(cls, prior: QualityPrior) -> Quality:
        """What is believed before anything was measured: the `prior`, in each of the three."""
        weight, memory = prior.weight, prior.memory
        return cls(
            ShareEstimate(SharePrior(share=prior.resolution, weight=weight, memory=memory)),
            ShareEstimate(SharePrior(share=prior.satisfaction, weight=weight, memory=memory)),
            HandleTimeEstimate(HandleTimePrior(aht=prior.handle_time_factor, weight=weight, memory=memory)),
        )

    def step(
        self,
        *,
        resolved: bool | None = None,
        satisfaction: float = math.nan,
        handle: float = math.nan,
        in_house_aht: float = math.nan,
    ) -> Quality:
        """The quality after something more is known of a contact; each part may come on its own, and late.

        Parameters
        ----------
        resolved : bool or None
            Whether it was resolved; None: not known.
        satisfaction : float
            Its customer's score, in [0, 1]; anything else is ignored.
        handle, in_house_aht : float
            Its handle time, and the mean that the in-house team takes for such a contact, seconds; ignored
            unless both are above 0 and the first is at most a day.
        """
        found, score, factor = self.resolution, self.satisfaction, self.handle_time_factor
        if resolved is not None:
            found = found.step(1.0 if resolved else 0.0)
        if 0.0 <= satisfaction <= 1.0:
            score = score.step(satisfaction)
        if 0.0 < handle <= LONGEST_HANDLE_TIME and 0.0 < in_house_aht < math.inf:
            factor = factor.step(handle / in_house_aht)
        return Quality(found, score, factor)


def quality_cost(
    vendor: Quality,
    in_house: Quality,
    unresolved_cost: float,
    dissatisfied_cost: float,
    *,
    probability: float | None = None,
) -> float:
    """What a contact costs more because the vendor, not the in-house team, serves it.

    ``(r_in - r_v) unresolved_cost + (s_in - s_v) dissatisfied_cost`` with resolutions r and satisfactions s.

    Parameters
    ----------
    vendor, in_house : Quality
        Measured, or at least believed, on the same scale.
    unresolved_cost, dissatisfied_cost : float
        Money per contact that is not resolved, and per customer who is not satisfied, 0 to 1e9.
    probability : float or None
        None: by the means. Else, to be careful with a vendor that is little known: the upper bound of the
        difference's interval of this probability, from the bounds of the single intervals (their distances
        from the means add up in squares, as if the four were independent: Zou & Donner, Statist. Med. 27,
        2008).

    Returns
    -------
    float
        Money per contact; negative where the vendor is better.

    Raises
    ------
    InputError
        If a number is outside its range.

    Examples
    --------
    >>> own = Quality.of(QualityPrior(resolution=0.8, satisfaction=0.9, weight=1000))
    >>> nord = Quality.of(QualityPrior(resolution=0.7, satisfaction=0.9, weight=100))
    >>> round(quality_cost(nord, own, 6.0, 2.0), 3)
    0.6
    >>> round(quality_cost(nord, own, 6.0, 2.0, probability=0.9), 3)
    1.103
    """
    converted(unresolved_cost, Money, "unresolved_cost")
    converted(dissatisfied_cost, Money, "dissatisfied_cost")
    parts = (
        (vendor.resolution, in_house.resolution, unresolved_cost),
        (vendor.satisfaction, in_house.satisfaction, dissatisfied_cost),
    )
    cost = sum((own.mean - theirs.mean) * worth for theirs, own, worth in parts)
    if probability is None:
        return cost
    distances = [
        worth * distance
        for theirs, own, worth in parts
        for distance in (
            theirs.mean - theirs.interval(probability)[0],
            own.interval(probability)[1] - own.mean,
        )
    ]
    return cost + math.hypot(*distances)
