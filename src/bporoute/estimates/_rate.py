"""What arrivals show of their rate: gamma-Poisson updates of its ratio to the forecast, frozen values.

A step gives the next value. An observation that cannot be one (nan, infinite, negative) changes nothing.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import OpenProbability, Variation, converted
from bporoute._base.ranges import MOST
from bporoute._base.slim import needed

HalfLife = Annotated[float, Meta(ge=1e-3)]
SURPRISE = 6.0
"""Standard deviations up to which a burst counts."""
SILENCE = 20.0
"""Expected contacts from which on a long step with less than a tenth of them is a feed that was silent."""
LEAST_SHAPE = 0.5
"""Contacts that the vaguest estimate is worth (Jeffreys' prior)."""
LN2 = math.log(2.0)


class RatePrior(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of an arrival rate before its contacts arrive.

    Attributes
    ----------
    rate_cv : float
        Coefficient of variation of the rate around a perfect forecast, above 0. Half-hours of real queues
        keep about 7 % once Poisson noise is removed.
    forecast_cv : float
        The same for the forecast's own error, above 0. With both at 7 %, two thirds of the half-hours lie
        within 10 % of the forecast before Poisson noise.
    half_life : float
        Seconds in which what was seen loses half its influence; inf: never. The default is the half-hour
        that forecasts are made for: what this one has too much says half about the next.
    safety : float
        Quantile that `RateEstimate.safe` gives, in (0, 1), see there.

    Raises
    ------
    InputError
        If a number is outside its range.

    Examples
    --------
    >>> round(RatePrior().weight)
    102
    """

    rate_cv: Variation = 0.07
    forecast_cv: Variation = 0.07
    half_life: HalfLife = 1800.0
    safety: OpenProbability = 0.7

    @property
    def weight(self) -> float:
        """Contacts that the forecast weighs as much as: ``1 / (rate_cv^2 + forecast_cv^2)``."""
        return 1.0 / (self.rate_cv * self.rate_cv + self.forecast_cv * self.forecast_cv)


class RateEstimate(msgspec.Struct, frozen=True, gc=False):
    """The arrival rate of a stream, by gamma-Poisson updates of its ratio to the forecast.

    The ratio has mean 1 and the prior's variation. Between observations it forgets, as a first-order
    autoregression does: in every half-life its deviation from 1 halves, and its variance returns three
    quarters of the way to the prior's (in proportion to the ratio where that is above 1). So a busy queue is
    never believed to be known better than its rate can move, and after a long gap the forecast holds again.
    Without a forecast there is nothing to return to: the rate stays, and its weight halves.

    Attributes
    ----------
    prior : RatePrior
    shape : float
        Contacts that the estimate is worth, prior included: its coefficient of variation is
        ``shape ** -0.5``.
    seconds : float
        Seconds that it takes for as many to arrive; 0: nothing is known.
    forecast : float
        Forecast rate that holds now, contacts per second; 0: none.

    Notes
    -----
    West & Harrison, Bayesian Forecasting and Dynamic Models (1997), ch. 2 and 14; the predicted
    distribution is taken for the gamma distribution of the same mean and variance.

    Examples
    --------
    A forecast of 10 contacts a minute, and half an hour in which 12 a minute arrive:

    >>> estimate = RateEstimate().at(10 / 60)
    >>> for _ in range(180):
    ...     estimate = estimate.step(2, 10.0, 10 / 60)
    >>> round(60 * estimate.expected, 2), round(60 * estimate.safe, 2)
    (11.3, 11.69)
    >>> round(60 * estimate.at(20 / 60).expected, 2)  # the next half-hour's forecast moves it
    22.6
    """

    prior: RatePrior = RatePrior()
    shape: float = LEAST_SHAPE
    seconds: float = 0.0
    forecast: float = 0.0

    @property
    def expected(self) -> float:
        """Mean, contacts per second; nan while nothing is known."""
        return self.shape / self.seconds if self.seconds > 0.0 else math.nan

    @property
    def safe(self) -> float:
        """The quantile ``prior.safety`` of the rate, contacts per second; nan while nothing is known.

        A rate taken too low makes a queue keep too many contacts, and costs more than one taken as much too
        high. In the project's scenario S1 (see ``tests/test_rate_estimate.py``) the best threshold for a rate
        that is 5, 10, 20 % too low costs .8, 1.7, 6.8 % more than the optimum, for one that is too high by
        as much .5, .5, 2.1 %. The quantile that loses least in expectation was about .5 for a rate known to
        7 %, .7 to .8 from 10 % on; .7 is within .2 % of cost of the best quantile from 3 to 30 %, and at
        30 % saves 2 % of cost against the mean-like .5. A higher one, such as .95, loses more than it saves.

        Wilson & Hilferty's approximation (PNAS 17, 1931): off by .3 % at most for .7, and for others up to
        .95 by .2 % at most if the estimate is worth 5 contacts.
        """
        if not self.seconds > 0.0:
            return math.nan
        ninth = 1.0 / (9.0 * self.shape)
        root = 1.0 - ninth + _deviations(self.prior.safety) * math.sqrt(ninth)
        return self.expected * max(root, 0.0) ** 3

    def interval(self, probability: float = 0.9) -> tuple[float, float]:
        """Bounds that leave half of ``1 - probability`` on each side; nan while nothing is known.

        Raises
        ------
        InputError
            If the probability is not strictly between 0 and 1.

        Examples
        --------
        >>> low, high = RateEstimate().step(100, 600.0).interval()
        >>> round(60 * low, 1), round(60 * high, 1)
        (8.4, 11.9)
        """
        with needed("scipy"):
            from scipy.special import gammaincinv

        converted(probability, OpenProbability, "probability")
        if not self.seconds > 0.0:
            return math.nan, math.nan
        below = (1.0 - probability) / 2.0
        low, high = (float(gammaincinv(self.shape, p)) / self.seconds for p in (below, 1.0 - below))
        return min(low, self.expected), max(high, self.expected)

    def at(self, forecast_rate: float) -> RateEstimate:
        """The estimate under another forecast: the ratio to it stays, the rate moves with it.

        Parameters
        ----------
        forecast_rate : float
            Contacts per second; 0: there is none from here on. What cannot be a rate (nan, negative, above
            1e9) changes nothing.
        """
        if forecast_rate == self.forecast or not 0.0 <= forecast_rate <= MOST:
            return self
        if forecast_rate < 1.0 / MOST:
            return RateEstimate(self.prior, self.shape, self.seconds)
        if self.forecast > 0.0:
            shape, seconds = self.shape, self.seconds * (self.forecast / forecast_rate)
        else:  # what was seen without a forecast adds to the prior
            weight = self.prior.weight
            shape = weight + self.shape - LEAST_SHAPE
            seconds = weight / forecast_rate + self.seconds
        return RateEstimate(self.prior, shape, seconds, forecast_rate)

    def step(self, arrivals: float, seconds: float, forecast_rate: float = math.nan) -> RateEstimate:
        """The estimate after some more time.

        Parameters
        ----------
        arrivals : float
            Contacts that arrived in it, those that were turned away or sent out included.
        seconds : float
            Its length. A step may be as short as the time between two contacts.
        forecast_rate : float
            Forecast for it, as for `at`; nan: the one that holds.

        Returns
        -------
        RateEstimate
            Unchanged if a number cannot be one, or no time has passed (the clock was put back). Of a burst
            only six standard deviations above what was expected count (a feed that catches up). A step of
            more than half a half-life with less than a tenth of at least 20 expected contacts is a silent
            feed: then time passes, and nothing is counted. So do not step through a feed's outage in small
            steps.
        """
        return self.steps(1, arrivals, seconds, forecast_rate)

    def steps(
        self, steps: int, arrivals: float, seconds: float, forecast_rate: float = math.nan
    ) -> RateEstimate:
        """The estimate after so many steps that are alike.

        Parameters
        ----------
        steps : int
            How many; 0 or fewer change nothing.
        arrivals, seconds, forecast_rate : float
            Of each of them, as for `step`.

        Examples
        --------
        >>> once = RateEstimate().at(0.2).step(15, 60.0).step(15, 60.0)
        >>> once == RateEstimate().at(0.2).steps(2, 15, 60.0)
        True
        """
        if steps < 1 or not 0.0 < seconds < math.inf or not 0.0 <= arrivals < math.inf:
            return self
        now = self if forecast_rate == self.forecast else self.at(forecast_rate)
        prior, shape, exposure, forecast = now.prior, now.shape, now.seconds, now.forecast
        halves = seconds / prior.half_life
        kept = 2.0**-halves
        squared = kept * kept
        strayed = prior.rate_cv**2 + prior.forecast_cv**2
        # Of a long step only its end still counts in full.
        usual = (1.0 - kept) / (halves * LN2) if halves > 1e-6 else 1.0
        for _ in range(steps):
            if forecast > 0.0:
                ratio = shape / (exposure * forecast)
                variance = squared * ratio * ratio / shape
                ratio = 1.0 + kept * (ratio - 1.0)
                # So that a surge far above the forecast is believed soon.
                level = ratio if ratio > 1.0 else 1.0
                variance += (1.0 - squared) * level * level * strayed
                shape = ratio * ratio / variance
                exposure = ratio / (variance * forecast)
            elif exposure > 0.0:  # the mean stays; half a contact is the least that a gamma can be worth here
                exposure *= max(kept, LEAST_SHAPE / shape)
                shape = max(kept * shape, LEAST_SHAPE)
            share, counted = usual, arrivals
            if exposure > 0.0:
                due = shape / exposure * seconds
                if arrivals > due + SURPRISE:  # only then it may be too much, and the root is worth its time
                    counted = min(arrivals, due + SURPRISE * math.sqrt(due + due * due / shape + 1.0))
                elif halves > 0.5 and due >= SILENCE and arrivals < due / 10.0:
                    share = 0.0
            shape, exposure = shape + counted * share, exposure + seconds * share
        return RateEstimate(prior, shape, exposure, forecast)


@lru_cache(maxsize=64)
def _deviations(safety: float) -> float:
    """Standard deviations of a normal number that make a quantile."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(safety)
