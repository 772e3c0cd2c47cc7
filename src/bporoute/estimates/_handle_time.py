"""What contacts show of their mean handle time: normal-gamma updates, frozen values.

A step gives the next value. An observation that cannot be one (nan, infinite, negative) changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import Memory, OpenProbability, Variation, Weight, converted
from bporoute._base.ranges import MOST
from bporoute._base.slim import needed

Mean = Annotated[float, Meta(ge=1e-6, le=MOST)]
LONGEST_HANDLE_TIME = 86_400.0
"""Seconds; a longer handle time is a contact that nobody closed, and is ignored."""


class HandleTimePrior(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of a handle time before any was seen.

    Attributes
    ----------
    aht : float
        Mean, seconds (or any other unit, such as multiples of another team's), above 0.
    weight : float
        Contacts that this belief weighs as much as, above 0.
    cv : float
        Coefficient of variation of single handle times, above 0; 1 as for exponential ones.
    memory : float
        Contacts after which one's influence has fallen to 1/e, >= 1; inf: it never does. With the default
        the mean of a steady stream of cv 1 keeps a standard error of 3 %.

    Raises
    ------
    InputError
        If a number is outside its range.
    """

    aht: Mean
    weight: Weight = 30.0
    cv: Variation = 1.0
    memory: Memory = 500.0


class HandleTimeEstimate(msgspec.Struct, frozen=True, gc=False):
    """The mean handle time of a stream of contacts, by normal-gamma updates.

    Attributes
    ----------
    prior : HandleTimePrior
    count : float
        Contacts that what was seen is still worth.
    total, squares : float
        Sums over them of the handle time, and of its square, in multiples of ``prior.aht``.

    Notes
    -----
    Gelman et al., Bayesian Data Analysis (2013), section 3.3. The interval takes the forgotten weight for
    lost, which is on the safe side as long as nothing changes.

    Examples
    --------
    >>> estimate = HandleTimeEstimate(prior=HandleTimePrior(aht=240))
    >>> for handle in [300.0, 310.0, 290.0, 305.0, float("nan")] * 20:
    ...     estimate = estimate.step(handle)
    >>> round(estimate.mean), [round(bound) for bound in estimate.interval()]
    (284, [262, 305])
    """

    prior: HandleTimePrior
    count: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """Mean handle time, in the unit of the prior."""
        weight = self.prior.weight
        return self.prior.aht * (weight + self.total) / (weight + self.count)

    @property
    def parts(self) -> tuple[float, float]:
        """What the mean consists of: the share of the prior's in it, and what observations add to that."""
        worth = self.prior.weight + self.count
        return self.prior.weight / worth, self.prior.aht * self.total / worth

    @property
    def relative_error(self) -> float:
        """Standard error of the mean over the mean, > 0."""
        prior, worth = self.prior, self.prior.weight + self.count
        mean = self.mean / prior.aht
        spread = prior.weight * (1.0 + prior.cv * prior.cv) + self.squares - worth * mean * mean
        return math.sqrt(max(spread, 0.0)) / (worth * mean)

    def interval(self, probability: float = 0.9) -> tuple[float, float]:
        """Bounds that leave half of ``1 - probability`` on each side (Student's t, not below 0).

        Raises
        ------
        InputError
            If the probability is not strictly between 0 and 1.
        """
        with needed("scipy"):
            from scipy.special import stdtrit

        converted(probability, OpenProbability, "probability")
        mean = self.mean
        reach = float(stdtrit(self.prior.weight + self.count, (1.0 + probability) / 2.0))
        reach *= mean * self.relative_error
        return max(mean - reach, 0.0), mean + reach

    def step(self, handle: float) -> HandleTimeEstimate:
        """The estimate after one more contact.

        Parameters
        ----------
        handle : float
            Its handle time. One that is not known, not above 0 or above a day (86,400) is ignored; so give
            nan for a contact that was abandoned, failed, or is still being handled.
        """
        if not 0.0 < handle <= LONGEST_HANDLE_TIME:
            return self
        prior = self.prior
        kept = 1.0 - 1.0 / prior.memory
        handle /= prior.aht
        return HandleTimeEstimate(
            prior,
            kept * self.count + 1.0,
            kept * self.total + handle,
            kept * self.squares + handle * handle,
        )

    def through(self, handles: Iterable[float]) -> HandleTimeEstimate:
        """The estimate after contacts more with these `handles`, as `step` for one after the other."""
        prior, count, total, squares = self.prior, self.count, self.total, self.squares
        kept, aht = 1.0 - 1.0 / prior.memory, prior.aht
        for handle in handles:
            if 0.0 < handle <= LONGEST_HANDLE_TIME:
                handle /= aht
                count, total = kept * count + 1.0, kept * total + handle
                squares = kept * squares + handle * handle
        return HandleTimeEstimate(prior, count, total, squares)


def handle_time_factor(
    vendor: HandleTimeEstimate, in_house: HandleTimeEstimate, probability: float = 0.9
) -> tuple[float, float, float]:
    """How much longer a vendor takes than the in-house team: ratio of the means, and its interval.

    The logarithm of the ratio is taken for normal, with the variance ``e_v^2 + e_i^2`` of the two relative
    errors (delta method).

    Parameters
    ----------
    vendor, in_house : HandleTimeEstimate
        Of the same contacts, in the same unit.
    probability : float
        Of the interval, inside (0, 1).

    Returns
    -------
    ratio, low, high : float
        1: as long as in-house.

    Raises
    ------
    InputError
        If the probability is not strictly between 0 and 1.

    Examples
    --------
    >>> vendor, own = (HandleTimeEstimate(prior=HandleTimePrior(aht=aht, weight=400)) for aht in (300, 240))
    >>> [round(value, 2) for value in handle_time_factor(vendor, own)]
    [1.25, 1.11, 1.4]
    """
    converted(probability, OpenProbability, "probability")
    ratio = vendor.mean / in_house.mean
    error = math.hypot(vendor.relative_error, in_house.relative_error)
    from statistics import NormalDist

    reach = math.exp(min(NormalDist().inv_cdf((1.0 + probability) / 2.0) * error, 700.0))
    return ratio, ratio / reach, ratio * reach
