"""Handle times to come: the calendar method on seconds by contact, days weighted by their contacts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._forecasting._calendar import WEEKDAYS
from bporoute.workload._forecasting._day_means import FitSetting, day_means
from bporoute.workload._forecasting._days import HALF_LIVES, recency
from bporoute.workload._forecasting._origins import WEEK, Origin, trust
from bporoute.workload._forecasting._panel import Panel, weekdays_of

LEAST_CONTACTS = 30.0
"""Contacts below which neither a day nor an interval has a handle time of its own."""
LAST_WEEKS = 6
"""Of which the plain rule takes the mean."""
TRIED = tuple(map(FitSetting._make, product(HALF_LIVES, (1.0, 100.0), (1.0, 100.0))))
"""Also without effects of the calendar and with days of the week alike: handle times often know neither."""
SHAPE_SETTINGS = tuple(product((28.0, 112.0), (30.0, 300.0, 3000.0)))
"""Half-life in days; contacts' worth of the common shape in that of a day of the week."""


class HandleTimes(NamedTuple):
    """Handle times of the days asked for, and how well such are foretold.

    Attributes
    ----------
    forecast : array
        Seconds of (day, interval); nan: the history has none.
    method : str
        ``calendar``, or ``mean of six weeks`` where that was better; empty: unknown.
    errors : dict
        Mean error by method in percent, intervals weighted by their contacts.
    """

    forecast: Floats
    method: str
    errors: dict[str, float]


def handle_times(
    panel: Panel, origins: Sequence[Origin], days: Sequence[date], volumes: Floats
) -> HandleTimes:
    """Forecast handle times; `volumes` (day, interval) say how the day's mean is made up."""
    shape = (len(days), panel.slots.size)
    work, handled = panel.work.sum(axis=1), panel.handled.sum(axis=1)
    if not handled.any():
        return HandleTimes(np.full(shape, math.nan), "", {})
    plain = _mean_of_last(panel, int(panel.days[-1]))
    if handled.mean() < LEAST_CONTACTS or not origins:
        return HandleTimes(np.full(shape, plain), "mean of six weeks", {})
    times = work / np.where(handled > 0, handled, np.nan)
    if any(handled[panel.days <= origin.known].sum() <= 0 for origin in origins):
        return HandleTimes(np.full(shape, plain), "mean of six weeks", {})  # told of later only
    means = day_means(panel, origins, days, times, handled / handled.mean(), TRIED)
    of_end, of_origins = _ratios_of(panel, origins, times)
    by_method = _by_method(panel, origins, means.tested, of_origins)
    if by_method["calendar"] > by_method["mean of six weeks"]:
        return HandleTimes(np.full(shape, plain), "mean of six weeks", by_method)
    ratio = of_end[np.array([day.weekday() for day in days], dtype=np.int64)]
    # A day's mean is that of its contacts, however they spread.
    made_up = (ratio * volumes).sum(axis=1) / np.where(volumes.sum(axis=1) > 0, volumes.sum(axis=1), 1.0)
    made_up = np.where(made_up > 0, made_up, 1.0)
    return HandleTimes(means.forecast[:, None] * ratio / made_up[:, None], "calendar", by_method)


def _mean_of_last(panel: Panel, known: int) -> float:
    """Mean handle time of the last weeks, or of all where those have none."""
    for since in (known - WEEK * LAST_WEEKS, 0):
        mine = (panel.days > since) & (panel.days <= known)
        handled = panel.handled[mine].sum()
        if handled > 0:
            return float(panel.work[mine].sum() / handled)
    return float(panel.work.sum() / panel.handled.sum())


def _ratios_of(panel: Panel, origins: Sequence[Origin], times: Floats) -> tuple[Floats, list[Floats]]:
    """Handle time of (day of the week, interval) by that of the day, at the end and at each origin."""
    known = [origin.known for origin in origins] + [int(panel.days[-1])]
    weights = np.array([recency(panel.days, day, half) for day in known for half, _ in SHAPE_SETTINGS])
    doubt = np.array([contacts for _ in known for _, contacts in SHAPE_SETTINGS])[:, None]
    relative = np.nan_to_num(panel.work / times[:, None])
    contacts = weights @ panel.handled
    enough = contacts >= LEAST_CONTACTS
    common = np.where(enough, (weights @ relative) / np.where(enough, contacts, 1.0), 1.0)
    found = np.empty((len(weights), WEEKDAYS, panel.slots.size))
    for weekday in range(WEEKDAYS):
        mine = panel.weekdays == weekday
        above = weights[:, mine] @ relative[mine] + doubt * common
        found[:, weekday] = above / (weights[:, mine] @ panel.handled[mine] + doubt)
    ratios = found.reshape(len(known), len(SHAPE_SETTINGS), WEEKDAYS, -1)
    errors = np.empty((len(origins), len(SHAPE_SETTINGS)))
    for number, origin in enumerate(origins):
        ratio = ratios[number][:, weekdays_of(panel.days[origin.places])]
        seconds = ratio * times[origin.places][:, None] * panel.handled[origin.places]
        errors[number] = np.nansum(np.abs(seconds - panel.work[origin.places]), axis=(1, 2))
    of_all, of_others = trust(errors)
    tested = [np.tensordot(shares, each, 1) for shares, each in zip(of_others, ratios[:-1], strict=True)]
    return np.tensordot(of_all, ratios[-1], 1), tested


def _by_method(
    panel: Panel, origins: Sequence[Origin], tested: Sequence[Floats], ratios: Sequence[Floats]
) -> dict[str, float]:
    """Mean errors in percent."""
    off = {"calendar": 0.0, "mean of six weeks": 0.0}
    whole = 0.0
    for origin, means, shape in zip(origins, tested, ratios, strict=True):
        handled, work = panel.handled[origin.places], panel.work[origin.places]
        times = means[:, None] * shape[weekdays_of(panel.days[origin.places])]
        off["calendar"] += float(np.abs(times * handled - work).sum())
        off["mean of six weeks"] += float(np.abs(_mean_of_last(panel, origin.known) * handled - work).sum())
        whole += float(work.sum())
    return {name: 100.0 * error / max(whole, 1e-9) for name, error in off.items()}
