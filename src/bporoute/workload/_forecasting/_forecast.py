"""Volumes and handle times of coming weeks, how sure they are, and how such forecasts did before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import time_zone
from bporoute.errors import InputError, shown
from bporoute.workload._forecasting._future import special_days, with_future
from bporoute.workload._forecasting._holidays import holidays_of
from bporoute.workload._forecasting._of_queue import forecast_queue
from bporoute.workload._forecasting._origins import WEEK
from bporoute.workload._forecasting._own_method import Method
from bporoute.workload._forecasting._panel import panel_of
from bporoute.workload._forecasting._results import Forecast, band_of_rows
from bporoute.workload._volumes import Volumes

MOST_WEEKS, MOST_LEAD = 104, 365
USUAL_BAND = 0.8


def forecast(
    history: Volumes,
    *,
    weeks: int = 4,
    lead: int = 0,
    minutes: float | None = None,
    holidays: str = "",
    events: Mapping[str, Collection[date]] | None = None,
    closed: Collection[date] = (),
    timezone: str = "",
    method: Method | None = None,
) -> Forecast:
    """Forecast each queue of a history, interval by interval.

    The calendar method makes a day's total of its day of the week, its place in the month, closed days
    beside it, events and a level, and spreads it by the shape of its day of the week. It averages over its
    settings, each trusted as it did on the last twelve weeks or fewer, each forecast from what was known at
    the lead. Where last week or the median of six same days of the week was better there, that is used.

    Parameters
    ----------
    history : Volumes
        At least three weeks of what came, by queue. Days without rows must be closed ones.
    weeks : int
        How many to forecast, from 1 to 104. Settings are tested for the middle one.
    lead : int
        Days between the last of the history and the first that is forecast, from 0 to 365.
    minutes : float, optional
        Length of the intervals of the forecast, a multiple of those of the history. Default: the same.
    holidays : str
        Country whose public holidays count, such as ``US`` or ``DE-BE``, by the package ``holidays``. They
        are closed or open as the history shows.
    events : mapping, optional
        Name -> days that have it, past and to come; what it does is learned from the past ones.
    closed : collection of date
        Days without contacts, past and to come.
    timezone : str
        IANA name of the zone of the clocks: in the night when they are changed, hours are missing or come
        twice. Default: no such nights.
    method : function, optional
        Used instead: ``method(history, starts)`` gives the contacts expected at these starts of one queue,
        from its volumes up to a day. It is asked once for each week it is tested on, too.

    Raises
    ------
    InputError
        A history is too short or has unexplained holes, or an argument is outside its range.

    Examples
    --------
    >>> from datetime import datetime
    >>> starts = [datetime(2026, 1, 5, 9) + timedelta(days=day, minutes=30 * part)
    ...           for day in range(56) for part in range(4)]
    >>> counts = np.array([40.0 + 10.0 * (start.weekday() == 0) + start.hour for start in starts])
    >>> size = len(starts)
    >>> history = Volumes(tuple(starts), ("desk",) * size, counts, np.full(size, 240.0),
    ...                   np.full(size, 1800.0))
    >>> found = forecast(history, weeks=1)
    >>> found.volumes.starts[0], np.round(found.volumes.volume[:4]), found.queues["desk"].weeks
    (datetime.datetime(2026, 3, 2, 9, 0), array([59., 59., 60., 60.]), 5)
    """
    _check(weeks, lead)
    zone = time_zone(timezone) if timezone else None
    last = max(history.starts).date()
    first = last + timedelta(days=lead + 1)
    coming = [first + timedelta(days=step) for step in range(WEEK * weeks)]
    years = range(min(history.starts).year, coming[-1].year + 1)
    free = holidays_of(holidays, years) if holidays else {}
    parts, found, notes, shut = [], {}, [], set()
    for queue in dict.fromkeys(history.queues):
        panel = panel_of(history, queue, closed, free, minutes)
        if panel.days[-1] < last.toordinal() - WEEK:
            ended = date.fromordinal(int(panel.days[-1]))
            notes.append(
                f"{queue}: its last contacts are of {ended}, others go on until {last}; has it ended?"
            )
        panel = with_future(panel, events or {}, closed, free, coming)
        days = [day for day in coming if panel.calendar.is_open(day)]
        shut |= {day for day in coming if day.weekday() in panel.calendar.open} - set(days)
        if not days:
            raise InputError(queue, "no open day among those to forecast", "more weeks, or fewer closed days")
        gap = int(first.toordinal() - 1 - panel.days[-1]) + WEEK * ((weeks - 1) // 2)
        part, one, told = forecast_queue(panel, days, gap, zone, method)
        parts.append(part)
        found[queue] = one
        notes += [*panel.notes, *told]
    volumes = Volumes(
        starts=tuple(chain.from_iterable(part.starts for part in parts)),
        queues=tuple(chain.from_iterable(part.queues for part in parts)),
        volume=_joined(parts, "volume"),
        aht=_joined(parts, "aht"),
        seconds=_joined(parts, "seconds"),
        day_cv=_joined(parts, "day_cv"),
        interval_cv=_joined(parts, "interval_cv"),
        update_weight=_joined(parts, "update_weight"),
    )
    low, high = band_of_rows(volumes, found, USUAL_BAND)
    return Forecast(
        volumes=volumes,
        low=low,
        high=high,
        queues=found,
        history=history,
        special=special_days(min(history.starts).date(), coming[-1], events or {}, closed, free),
        closed=tuple(sorted(shut)),
        notes=tuple(notes),
    )


def _joined(parts: Sequence[Volumes], name: str) -> Floats:
    column: Floats = np.concatenate([getattr(part, name) for part in parts])
    return column


def _check(weeks: int, lead: int) -> None:
    for name, value, least, most in (("weeks", weeks, 1, MOST_WEEKS), ("lead", lead, 0, MOST_LEAD)):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InputError(name, shown(value), f"a whole number from {least} to {most}")
