"""The forecast of a queue: the method that did best before, its scatter, its handle times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.workload._arrivals import DAY_CV, INTERVAL_CV
from bporoute.workload._forecasting._bands import law_shares
from bporoute.workload._forecasting._by_calendar import by_calendar
from bporoute.workload._forecasting._day_rows import rows_of
from bporoute.workload._forecasting._handle_times import handle_times
from bporoute.workload._forecasting._odd import odd_notes
from bporoute.workload._forecasting._origins import Origin, origins_of
from bporoute.workload._forecasting._own_method import Method, asked
from bporoute.workload._forecasting._panel import Panel
from bporoute.workload._forecasting._results import Accuracy, QueueForecast
from bporoute.workload._forecasting._rules import last_week, median_of_six
from bporoute.workload._forecasting._scatter import LEAST_DAYS, scatter_of, update_weights
from bporoute.workload._volumes import LARGEST_CV, Volumes

OWN, CALENDAR, LAST_WEEK, MEDIAN = "own", "calendar", "last week", "median of six"
LEAST_TO_CHOOSE = 4
"""Weeks that must have been forecast for a plain rule to be used: on fewer, one is ahead by chance."""


def forecast_queue(
    panel: Panel, days: Sequence[date], gap: int, zone: ZoneInfo | None, method: Method | None
) -> tuple[Volumes, QueueForecast, list[str]]:
    """The forecast of a queue; what it rests on; what is to be noted."""
    origins = origins_of(panel.days, gap)
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    run = by_calendar(panel, origins, days)
    last = int(panel.days[-1])
    tested = {
        CALENDAR: run.tested,
        MEDIAN: [median_of_six(panel, each.known, panel.days[each.places]) for each in origins],
        LAST_WEEK: [last_week(panel, each.known, panel.days[each.places]) for each in origins],
    }
    if method is not None:
        tested[OWN] = [asked(method, panel, each.known, panel.days[each.places]) for each in origins]
    came = [panel.counts[each.places] for each in origins]
    backtest = {name: _accuracy(each, came) for name, each in tested.items()} if origins else {}
    notes = odd_notes(panel, days)
    enough = len(origins) >= LEAST_TO_CHOOSE
    chosen = min(backtest, key=lambda name: backtest[name].interval) if enough else CALENDAR
    if method is not None:
        if enough and chosen != OWN:
            notes.append(f"{panel.queue}: the own method was worse on the last weeks than {chosen}")
        chosen = OWN
    elif chosen != CALENDAR:
        notes.append(f"{panel.queue}: {chosen} was better on the last weeks than the calendar; it is used")
    if chosen == OWN and method is not None:
        cells = asked(method, panel, last, ordinals)
    elif chosen == CALENDAR:
        cells = run.forecast
    else:
        cells = (median_of_six if chosen == MEDIAN else last_week)(panel, last, ordinals)
    weights = np.zeros(panel.slots.size)
    day_cv, interval_cv = DAY_CV, INTERVAL_CV
    held: tuple[float, ...] = ()
    if sum(map(len, came)) >= LEAST_DAYS:
        expected, actual = np.concatenate(tested[chosen]), np.concatenate(came)
        counted = _by_history(panel, origins)
        day_cv, interval_cv = (min(cv, LARGEST_CV) for cv in scatter_of(expected, actual, counted))
        weights = update_weights(expected, actual, counted, day_cv, interval_cv)
        held = law_shares(expected, actual, counted, day_cv, interval_cv)
    else:
        usual = f"day_cv {DAY_CV:g} and interval_cv {INTERVAL_CV:g}, as measured elsewhere, are assumed"
        notes.append(f"{panel.queue}: too short a history to forecast weeks of it at this lead; {usual}")
    times = handle_times(panel, origins, days, cells)
    volumes = rows_of(panel, days, zone, cells, times.forecast, (day_cv, interval_cv), weights)
    one = QueueForecast(
        method=chosen,
        backtest=backtest,
        weeks=len(origins),
        day_cv=day_cv,
        interval_cv=interval_cv,
        law_shares=held,
        parameters=run.settings,
        effects=run.effects,
        aht_method=times.method,
        aht_errors=times.errors,
    )
    return volumes, one, notes


def _by_history(panel: Panel, origins: Sequence[Origin]) -> Floats:
    """How much each tested day tells of errors to come, 1 in the mean: as much as was known of before."""
    first = int(panel.days[0])
    days = [np.full(origin.places.size, origin.known - first + 1.0) for origin in origins]
    counted: Floats = np.concatenate(days)
    counted /= counted.mean()
    return counted


def _accuracy(tested: Sequence[Floats], came: Sequence[Floats]) -> Accuracy:
    expected, actual = np.concatenate(tested), np.concatenate(came)
    whole = max(float(actual.sum()), 1e-9)
    off = expected - actual
    by_day = np.abs(off.sum(axis=1)).sum()
    return Accuracy(
        float(100.0 * np.abs(off).sum() / whole),
        float(100.0 * by_day / whole),
        float(100.0 * off.sum() / whole),
    )
