"""The wait for a vendor team that lets contacts queue."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bporoute._base.broadcast import NOT_NEGATIVE, together


class PoolWait(NamedTuple):
    """The wait for an agent of a vendor team that lets contacts queue, in their order of arrival.

    Attributes
    ----------
    probability : float or array
        That a contact waits at all; 1 if the team cannot keep up.
    rate : float or array
        Per unit of time: a contact that waits does so for an exponential time of mean 1 / rate. 0 if the
        team cannot keep up.
    """

    probability: Any
    rate: Any

    @property
    def mean(self) -> Any:
        """Mean wait of all contacts; inf if the team cannot keep up."""
        with np.errstate(divide="ignore"):
            mean = np.divide(self.probability, self.rate)
        return mean if mean.ndim else float(mean)

    def exceeds(self, t: object) -> Any:
        """The probability of a wait longer than t >= 0: ``probability * exp(-rate * t)``."""
        given = together(t=(t, NOT_NEGATIVE), probability=(self.probability, NOT_NEGATIVE),
                         rate=(self.rate, NOT_NEGATIVE))  # fmt: skip
        times, probability, rate = given.flat
        return given.shaped(probability * np.exp(-rate * times))
