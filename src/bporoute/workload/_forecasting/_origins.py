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


def trust(errors: Floats) -> tuple[Floats, Floats]:
    """How much each setting counts, by all origins, and for each origin by the others.

    One setting was best on a few weeks by chance, so all are averaged: each counts as the likelihood of a
    Laplace law of its errors in which a week is one observation, ``errors ** -weeks``. What is reported of an
    origin rests on no error of its own.

    Parameters
    ----------
    errors : array
        (origin, setting), sums of absolute errors.

    Returns
    -------
    array, array
        (setting) and (origin, setting); each sums to 1 over the settings.

    Examples
    --------
    >>> of_all, of_others = trust(np.array([[1.0, 1.0], [1.0, 3.0]]))
    >>> of_all, of_others[:, 0]
    (array([0.8, 0.2]), array([0.75, 0.5 ]))
    """
    total = errors.sum(axis=0)
    weeks = len(errors)
    return _likelihood(total, weeks), _likelihood(np.maximum(total - errors, 0.0), weeks - 1)


def _likelihood(errors: Floats, weeks: int) -> Floats:
    least = errors.min(axis=-1, keepdims=True)
    by_least = np.where(errors > least, least / np.where(errors > 0, errors, 1.0), 1.0) ** weeks
    shares: Floats = by_least / by_least.sum(axis=-1, keepdims=True)
    return shares
