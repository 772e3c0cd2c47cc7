"""Rolling origins: weeks of the history that are forecast from what was known at the lead asked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats, Integers

WEEK = 7
MOST_ORIGINS = 12
LEAST_WEEKS = 3
"""Weeks of history that a forecast needs: a day of the week seen three times."""


class Origin(NamedTuple):
    """A week that is forecast, and from what.

    Attributes
    ----------
    known : int
        The last day that is known, as an ordinal.
    places : array of int
        The days of the week that is forecast, as places in the history.
    """

    known: int
    places: Integers


def origins_of(days: Integers, lead: int) -> list[Origin]:
    """The last weeks of a history that can be forecast `lead` days ahead, the latest first.

    Parameters
    ----------
    days : array of int
        Ordinals of the days with contacts, rising.
    lead : int
        Days between the last that is known and the first that is forecast.
    """
    found = []
    last, first = int(days[-1]), int(days[0])
    for week in range(MOST_ORIGINS):
        end = last - WEEK * week
        known = end - WEEK - lead
        if known - first + 1 < WEEK * LEAST_WEEKS:
            break
        places = np.flatnonzero((days > end - WEEK) & (days <= end))
        if places.size:
            found.append(Origin(known, places))
    return found


def best(errors: Floats) -> tuple[int, Integers]:
    """The setting with the least error over all origins, and for each origin that over the others.

    So what is reported of an origin was not chosen by it.

    Parameters
    ----------
    errors : array
        (origin, setting).

    Examples
    --------
    >>> best(np.array([[0.0, 3.0], [4.0, 2.0], [5.0, 3.0]]))
    (1, array([1, 0, 0]))
    """
    total = errors.sum(axis=0)
    others = total - errors if len(errors) > 1 else errors
    return int(total.argmin()), others.argmin(axis=1)
