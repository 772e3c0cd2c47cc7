"""What a forecast tells: volumes, how sure they are, what it rests on; the same as rows of a planner file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.errors import InputError, shown
from bporoute.workload._forecasting._bands import band_of, share_of_law
from bporoute.workload._forecasting._by_calendar import Parameters
from bporoute.workload._volumes import Volumes


class Accuracy(msgspec.Struct, frozen=True):
    """How a method did on weeks of the history that it had not seen.

    Attributes
    ----------
    interval, day : float
        Sum of the absolute errors in percent of the contacts that came, by intervals and by days.
    bias : float
        How much more was expected than came, in percent of that.
    """

    interval: float
    day: float
    bias: float


class QueueForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a forecast of a queue rests on.

    Attributes
    ----------
    method : str
        ``calendar``, ``median of six`` (same days of the week), ``last week``, or ``own``: the function that
        was given.
    backtest : dict
        `Accuracy` by method, on the weeks of the history that were forecast at the lead asked for; empty: the
        history is too short for any.
    weeks : int
        How many these are.
    day_cv, interval_cv : float
        Coefficients of variation of the factors of a day and of an interval around the forecast.
    law_shares : tuple of float
        How much of the law of that scatter, around its middle, held 5, 10, ... 95 % of the intervals of these
        weeks: bands are as wide as that. Empty: they are as wide as the law.
    parameters : Parameters
        What the calendar method relies on most.
    effects : dict
        Factor of each effect of the calendar that it has learned, whichever method is used.
    aht_method : str
        ``calendar`` or ``mean of six weeks``; empty: no handle times are known.
    aht_errors : dict
        Mean error of the handle times by method in percent.
    """

    method: str
    backtest: dict[str, Accuracy]
    weeks: int
    day_cv: float
    interval_cv: float
    law_shares: tuple[float, ...]
    parameters: Parameters
    effects: dict[str, float]
    aht_method: str = ""
    aht_errors: dict[str, float] = {}


class Forecast(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Volumes of coming weeks, and how sure they are.

    Attributes
    ----------
    volumes : Volumes
        What is expected of each interval, with its handle time and scatter.
    low, high : array
        Contacts between which each interval stays with probability .8.
    queues : dict
        What it rests on, by queue.
    history : Volumes
        What came, as it was given.
    special : dict
        Names of the days that are special, from the first of the history to the last that is forecast:
        public holidays, the planner's events, ``closed``.
    closed : tuple of date
        Coming days without contacts although their day of the week is open.
    notes : tuple of str
        What was assumed, filled in, left out, or looks odd.
    """

    volumes: Volumes
    low: Floats
    high: Floats
    queues: dict[str, QueueForecast]
    history: Volumes
    special: dict[date, tuple[str, ...]] = {}
    closed: tuple[date, ...] = ()
    notes: tuple[str, ...] = ()

    def band(self, share: float) -> tuple[Floats, Floats]:
        """Contacts between which each interval stays with probability `share`, in (0, 1)."""
        if not 0.0 < share < 1.0:
            raise InputError("share", shown(share), "a number above 0 and below 1")
        return band_of_rows(self.volumes, self.queues, share)


def band_of_rows(
    volumes: Volumes, queues: Mapping[str, QueueForecast], share: float
) -> tuple[Floats, Floats]:
    """Contacts between which each interval stays with probability `share`."""
    assert volumes.day_cv is not None
    assert volumes.interval_cv is not None
    by_queue = {name: share_of_law(share, one.law_shares) for name, one in queues.items()}
    shares = np.array([by_queue[name] for name in volumes.queues])
    return band_of(volumes.volume, volumes.day_cv, volumes.interval_cv, shares)


def forecast_rows(told: Volumes, low: Floats, high: Floats) -> Iterator[dict[str, Any]]:
    """A row for each interval as plain values, as planner files have them."""
    assert told.day_cv is not None
    assert told.interval_cv is not None
    weights = told.update_weight
    columns = [told.volume, told.aht, told.seconds, low, high, told.day_cv, told.interval_cv]
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    for place, (volume, aht, seconds, least, most, day, interval) in enumerate(numbers):
        start = told.starts[place]
        yield {
            "date": f"{start:%Y-%m-%d}",
            "interval": f"{start:%H:%M:%S}" if start.second else f"{start:%H:%M}",
            "queue": told.queues[place],
            "volume": round(volume, 4),
            "aht": round(aht, 2) if aht == aht else None,
            "minutes": seconds / 60,
            "low": least,
            "high": most,
            "day_cv": round(day, 5),
            "interval_cv": round(interval, 5),
            **({} if weights is None else {"update_weight": round(float(weights[place]), 4)}),
        }
