"""The rest of a day, from its forecast and from what has come so far."""

from __future__ import annotations

from datetime import datetime

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.errors import InputError, shown
from bporoute.workload._forecasting._bands import band_of
from bporoute.workload._forecasting._results import Forecast
from bporoute.workload._forecasting._scatter import chance_of, day_cv_of_rest
from bporoute.workload._forecasting._so_far import WHERE, SoFar, day_of, end_of, known_queues, so_far_of
from bporoute.workload._volumes import Volumes

BAND = 0.8


class RestOfDay(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue's day has come to, and what is left of it.

    Attributes
    ----------
    came, expected : float
        Contacts so far, and how many the forecast had for the same intervals.
    weight : float
        What share of that surprise the rest takes over, as the history has shown; 0: nothing is over.
    day_cv : float
        Coefficient of variation of the factor that the rest of the day shares, once that is done.
    before, rest : float
        Contacts of the rest of the day, as it was forecast and as it is now expected.
    low, high : float
        Contacts between which the whole rest stays with probability .8.
    """

    came: float
    expected: float
    weight: float
    day_cv: float
    before: float
    rest: float
    low: float
    high: float


class Reforecast(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The rest of a day.

    Attributes
    ----------
    volumes : Volumes
        What is expected of each interval that is not over, with its handle time and scatter.
    low, high : array
        Contacts between which each interval stays with probability .8.
    queues : dict
        What it rests on, by queue.
    until : datetime
        Up to when the contacts are known, by the clocks.
    notes : tuple of str
        What was left out, taken for no contacts, or looks odd.
    """

    volumes: Volumes
    low: Floats
    high: Floats
    queues: dict[str, RestOfDay]
    until: datetime
    notes: tuple[str, ...] = ()


def reforecast(forecast: Forecast | Volumes, so_far: Volumes, *, until: datetime | None = None) -> Reforecast:
    """Forecast the rest of a day anew.

    If the day has brought ``came / expected - 1`` more than expected so far, the rest of it is expected to be
    ``weight`` times that above its forecast. The weight, one for each time of day, is what the days of the
    history that were forecast have shown: a day changes its mind, so it is far below 1 in the morning.

    Parameters
    ----------
    forecast : Forecast or Volumes
        Of this day among others, or what `read_volumes` makes of its file.
    so_far : Volumes
        What has come today, in intervals of the forecast or in parts of them (see `read_so_far`).
    until : datetime, optional
        Up to when these are all contacts, by the clocks. Default: the end of the last interval. What has
        come in an interval of the forecast that is not over by then does not count.

    Raises
    ------
    InputError
        These are no volumes of `forecast`, or not of one day of it; nothing is over yet, or all is; intervals
        that are over are missing though contacts were expected in them.

    Examples
    --------
    >>> starts = tuple(datetime(2026, 3, 2, hour) for hour in (9, 10, 11))
    >>> told = Volumes(starts, ("desk",) * 3, np.array([500.0, 500, 400]), np.full(3, 240.0),
    ...                np.full(3, 3600.0), np.full(3, 0.06), np.full(3, 0.04), np.array([0.5, 0.6, 0.7]))
    >>> came = Volumes(starts[:1], ("desk",), np.array([600.0]), np.full(1, 240.0), np.full(1, 3600.0))
    >>> found = reforecast(told, came)
    >>> found.volumes.volume.round(), found.queues["desk"].rest, round(found.queues["desk"].day_cv, 3)
    (array([550., 440.]), 990.0, 0.042)
    """
    told = forecast.volumes if isinstance(forecast, Forecast) else forecast
    if told.update_weight is None or told.day_cv is None or told.interval_cv is None:
        found = "no columns day_cv, interval_cv, update_weight"
        raise InputError("forecast", found, "a file of bporoute forecast, with all its columns")
    day = day_of(so_far)
    days = [start.date() for start in told.starts]
    if day not in days:
        raise InputError(f"{WHERE}: day", f"{day}", f"a day of the forecast, {min(days)} to {max(days)}")
    called, strange = known_queues(told, so_far)
    end = end_of(so_far) if until is None else until
    if end.tzinfo is not None:
        raise InputError("until", end.isoformat(), "a time without an offset, by the clocks of the forecast")
    if end.date() < day:
        raise InputError("until", f"{end:%Y-%m-%d %H:%M}", f"a time of {day}")
    notes = [f"{shown(name)} is not in the forecast, left out" for name in strange]
    queues: dict[str, RestOfDay] = {}
    rows: list[int] = []
    factors: list[float] = []
    cvs: list[float] = []
    over = False
    for queue in dict.fromkeys(told.queues):
        known = so_far_of(told, queue, so_far, called.get(queue), day, end)
        notes += known.notes
        if not known.past and not known.rest:
            continue
        over = over or bool(known.past)
        queues[queue] = one = _rest_of(told, known)
        rows += known.rest
        factors += [one.rest / one.before if one.before > 0 else 1.0] * len(known.rest)
        cvs += [one.day_cv] * len(known.rest)
    if not over:
        found = f"no interval of the forecast of {day} is over by {end:%H:%M}"
        raise InputError(WHERE, found, "at least one")
    if not rows:
        raise InputError(WHERE, f"by {end:%H:%M} the day is over", "a part of the day that is not")
    volumes = Volumes(
        starts=tuple(told.starts[row] for row in rows),
        queues=tuple(told.queues[row] for row in rows),
        volume=told.volume[rows] * np.array(factors),
        aht=told.aht[rows],
        seconds=told.seconds[rows],
        day_cv=np.array(cvs),
        interval_cv=told.interval_cv[rows],
    )
    assert volumes.day_cv is not None
    assert volumes.interval_cv is not None
    low, high = band_of(volumes.volume, volumes.day_cv, volumes.interval_cv, BAND)
    return Reforecast(volumes=volumes, low=low, high=high, queues=queues, until=end, notes=tuple(notes))


def _rest_of(forecast: Volumes, known: SoFar) -> RestOfDay:
    """What is left of a queue's day."""
    assert forecast.update_weight is not None
    assert forecast.day_cv is not None
    assert forecast.interval_cv is not None
    past, rest = known.past, known.rest
    came, mean = float(known.came.sum()), forecast.volume[past]
    expected, before = float(mean.sum()), float(forecast.volume[rest].sum())
    first = (*past, *rest)[0]
    day_cv, interval_cv = float(forecast.day_cv[first]), float(forecast.interval_cv[first])
    weight, factor = 0.0, 1.0
    if expected > 0:
        weight = float(forecast.update_weight[past[-1]])
        factor = 1.0 + weight * (came / expected - 1.0)
        day_cv = day_cv_of_rest(day_cv, weight, chance_of(mean, interval_cv))
    after = factor * forecast.volume[rest]
    total = float(after.sum())
    # The intervals of the rest are off by themselves, too, which their sum evens out.
    own = interval_cv * float(np.sqrt((after**2).sum())) / total if total > 0 else 0.0
    low, high = band_of(np.array([total]), np.array([day_cv]), np.array([own]), BAND)
    return RestOfDay(
        came=came,
        expected=expected,
        weight=weight,
        day_cv=day_cv,
        before=before,
        rest=total,
        low=float(low[0]),
        high=float(high[0]),
    )
