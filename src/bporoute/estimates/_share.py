"""What contacts show of a share of them: Beta updates, frozen values.

A step gives the next value. An observation that cannot be one (nan, infinite, negative) changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from bporoute._base.checked import Checked
from bporoute._base.fields import Memory, OpenProbability, Probability, Weight, converted
from bporoute._base.slim import needed


class SharePrior(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of a share before any contact was seen.

    Attributes
    ----------
    share : float
        Expected share, in [0, 1].
    weight : float
        Contacts that this belief weighs as much as, above 0.
    memory : float
        Contacts after which one's influence has fallen to 1/e, >= 1; inf: it never does. With the default a
        steady share of 75 % keeps a standard error below 1 point.

    Raises
    ------
    InputError
        If a number is outside its range.
    """

    share: Probability
    weight: Weight = 100.0
    memory: Memory = 2000.0


class ShareEstimate(msgspec.Struct, frozen=True, gc=False):
    """A share of contacts, or a mean of scores in [0, 1], by Beta updates.

    Attributes
    ----------
    prior : SharePrior
    count : float
        Contacts that what was seen is still worth.
    total : float
        Sum over them of what was seen.

    Examples
    --------
    >>> estimate = ShareEstimate(SharePrior(share=0.7, weight=100))
    >>> for resolved in [1.0, 1.0, 1.0, 1.0, 0.0] * 100:
    ...     estimate = estimate.step(resolved)
    >>> round(estimate.mean, 3), [round(bound, 3) for bound in estimate.interval()]
    (0.781, [0.751, 0.809])
    """

    prior: SharePrior
    count: float = 0.0
    total: float = 0.0

    @property
    def mean(self) -> float:
        """The share, in [0, 1]."""
        weight = self.prior.weight
        return (weight * self.prior.share + self.total) / (weight + self.count)

    @property
    def parameters(self) -> tuple[float, float]:
        """Both parameters of the Beta distribution, each with Jeffreys' half on top.

        Without the half a share believed to be 0 or 1 would have no interval.
        """
        weight = self.prior.weight
        yes = weight * self.prior.share + self.total
        return yes + 0.5, max(weight + self.count - yes, 0.0) + 0.5

    def interval(self, probability: float = 0.9) -> tuple[float, float]:
        """Bounds that leave half of ``1 - probability`` on each side, widened to hold the mean.

        For scores other than 0 and 1 it is wider than need be: no score in [0, 1] varies more.

        Raises
        ------
        InputError
            If the probability is not strictly between 0 and 1.
        """
        with needed("scipy"):
            from scipy.special import betaincinv

        converted(probability, OpenProbability, "probability")
        yes, no = self.parameters
        below = (1.0 - probability) / 2.0
        low, high = (float(betaincinv(yes, no, p)) for p in (below, 1.0 - below))
        return min(low, self.mean), max(high, self.mean)

    def step(self, value: float) -> ShareEstimate:
        """The estimate after one more contact, whose `value` is 1 (yes), 0 (no) or between; else ignored."""
        if not 0.0 <= value <= 1.0:
            return self
        kept = 1.0 - 1.0 / self.prior.memory
        return ShareEstimate(self.prior, kept * self.count + 1.0, kept * self.total + value)

    def through(self, values: Iterable[float]) -> ShareEstimate:
        """The estimate after several contacts more with these `values`, as `step` for one after the other."""
        prior, count, total = self.prior, self.count, self.total
        kept = 1.0 - 1.0 / prior.memory
        for value in values:
            if 0.0 <= value <= 1.0:
                count, total = kept * count + 1.0, kept * total + value
        return ShareEstimate(prior, count, total)

    def steps(self, value: float, contacts: float) -> ShareEstimate:
        """The estimate after so many contacts more that come to `value` on average, in any order."""
        if not contacts > 0.0:
            return self
        kept = (1.0 - 1.0 / self.prior.memory) ** contacts
        worth = (1.0 - kept) * self.prior.memory if self.prior.memory < math.inf else contacts
        return ShareEstimate(self.prior, kept * self.count + worth, kept * self.total + worth * value)
