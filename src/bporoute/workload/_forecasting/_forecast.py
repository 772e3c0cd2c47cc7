"""Volumes and handle times of coming weeks, how sure they are, and how such forecasts did before."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import time_zone
from bporoute.errors import InputError, shown
from bporoute.workload._arrivals import DAY_CV, INTERVAL_CV
from bporoute.workload._forecasting._by_calendar import ByCalendar, Parameters, by_calendar
from bporoute.workload._forecasting._calendar import Calendar
from bporoute.workload._forecasting._handle_times import handle_times
from bporoute.workload._forecasting._holidays import holidays_of
from bporoute.workload._forecasting._origins import WEEK, Origin, origins_of
from bporoute.workload._forecasting._panel import Panel, panel_of
from bporoute.workload._forecasting._rules import last_week, median_of_six
from bporoute.workload._forecasting._scatter import LEAST_DAYS, band_of, scatter_of, update_weights
from bporoute.workload._reading._moments import is_repeated, is_skipped
from bporoute.workload._volumes import LARGEST_CV, Volumes

Method = Callable[[Volumes, tuple[datetime, ...]], Any]
"""What is asked for the contacts expected at coming starts, given the history of one queue up to some day."""

MOST_WEEKS, MOST_LEAD = 104, 365
USUAL_BAND = 0.8
SHIFT, SHIFT_DAYS = 0.25, 14
"""Change of the level in the last days that is noted."""
OWN, CALENDAR, LAST_WEEK, MEDIAN = "own", "calendar", "last week", "median of six"


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
    parameters : Parameters
        What the calendar method has chosen.
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
    closed : tuple of date
        Coming days without contacts although their day of the week is open.
    notes : tuple of str
        What was assumed, filled in, left out, or looks odd.
    """

    volumes: Volumes
    low: Floats
    high: Floats
    queues: dict[str, QueueForecast]
    closed: tuple[date, ...] = ()
    notes: tuple[str, ...] = ()

    def band(self, share: float) -> tuple[Floats, Floats]:
        """Contacts between which each interval stays with probability `share`, in (0, 1)."""
        if not 0.0 < share < 1.0:
            raise InputError("share", shown(share), "a number above 0 and below 1")
        told = self.volumes
        assert told.day_cv is not None
        assert told.interval_cv is not None
        return band_of(told.volume, told.day_cv, told.interval_cv, share)


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
    beside it, events and a level, and spreads it by the shape of its day of the week. It chooses its settings
    on the last twelve weeks or fewer, each forecast from what was known at the lead, and is used if it was
    better there than last week and than the median of six same days of the week.

    Parameters
    ----------
    history : Volumes
        At least three weeks of what came, by queue. Days without rows must be closed ones.
    weeks : int
        How many to forecast, from 1 to 104. Settings are chosen for the middle one.
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
        panel = _with_future(panel, events or {}, closed, free, coming)
        days = [day for day in coming if panel.calendar.is_open(day)]
        shut |= {day for day in coming if day.weekday() in panel.calendar.open} - set(days)
        if not days:
            raise InputError(queue, "no open day among those to forecast", "more weeks, or fewer closed days")
        gap = int(first.toordinal() - 1 - panel.days[-1]) + WEEK * ((weeks - 1) // 2)
        part, one, told = _of_queue(panel, days, gap, zone, method)
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
    assert volumes.day_cv is not None
    assert volumes.interval_cv is not None
    low, high = band_of(volumes.volume, volumes.day_cv, volumes.interval_cv, USUAL_BAND)
    return Forecast(
        volumes=volumes, low=low, high=high, queues=found, closed=tuple(sorted(shut)), notes=tuple(notes)
    )


def forecast_rows(found: Forecast) -> Iterator[dict[str, Any]]:
    """A row for each interval as plain values, as planner files have them."""
    told = found.volumes
    assert told.day_cv is not None
    assert told.interval_cv is not None
    assert told.update_weight is not None
    columns = (told.volume, told.aht, told.seconds, found.low, found.high)
    scatter = (told.day_cv, told.interval_cv, told.update_weight)
    numbers = zip(*(column.tolist() for column in (*columns, *scatter)), strict=True)
    for start, queue, (volume, aht, seconds, low, high, day, interval, weight) in zip(
        told.starts, told.queues, numbers, strict=True
    ):
        yield {
            "date": f"{start:%Y-%m-%d}",
            "interval": f"{start:%H:%M:%S}" if start.second else f"{start:%H:%M}",
            "queue": queue,
            "volume": round(volume, 4),
            "aht": round(aht, 2) if aht == aht else None,
            "minutes": seconds / 60,
            "low": low,
            "high": high,
            "day_cv": round(day, 5),
            "interval_cv": round(interval, 5),
            "update_weight": round(weight, 4),
        }


def _joined(parts: Sequence[Volumes], name: str) -> Floats:
    column: Floats = np.concatenate([getattr(part, name) for part in parts])
    return column


def _check(weeks: int, lead: int) -> None:
    for name, value, least, most in (("weeks", weeks, 1, MOST_WEEKS), ("lead", lead, 0, MOST_LEAD)):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InputError(name, shown(value), f"a whole number from {least} to {most}")


def _with_future(
    panel: Panel,
    events: Mapping[str, Collection[date]],
    closed: Collection[date],
    holidays: Mapping[date, str],
    coming: Sequence[date],
) -> Panel:
    """The panel with what is known of days to come, and with the planner's events."""
    there = {date.fromordinal(day) for day in panel.days.tolist()}
    worked = {_plain(name) for day, name in holidays.items() if day in there}
    past = [day for day in holidays if day <= max(there) and day >= min(there)]
    past = [day for day in past if day.weekday() in panel.calendar.open]
    mostly_open = sum(day in there for day in past) > len(past) / 2
    idle = {_plain(holidays[day]) for day in past if day not in there}
    shut: set[date] = set(closed)
    open_ones: set[date] = set()
    for day, name in holidays.items():
        if day in coming and day not in closed:
            plain = _plain(name)
            opens = plain in worked or (plain not in idle and mostly_open)
            (open_ones if opens else shut).add(day)
    named = {name: frozenset(days) for name, days in panel.calendar.events.items()}
    if open_ones:
        own = "public holiday that is open"
        named[own] = named.get(own, frozenset()) | open_ones
    for name, days in events.items():
        named[name] = frozenset(days)
    calendar = Calendar(panel.calendar.open, panel.calendar.closed | (shut - there), named)
    return msgspec.structs.replace(panel, calendar=calendar)


def _plain(name: str) -> str:
    """A holiday without the remark that it is kept on another day."""
    return name.split(" (")[0]


def _of_queue(
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
        tested[OWN] = [_asked(method, panel, each.known, panel.days[each.places]) for each in origins]
    came = [panel.counts[each.places] for each in origins]
    backtest = {name: _accuracy(each, came) for name, each in tested.items()} if origins else {}
    notes = _notes(panel, run, days, gap, origins)
    chosen = min(backtest, key=lambda name: backtest[name].interval, default=CALENDAR)
    if method is not None:
        if origins and chosen != OWN:
            notes.append(f"{panel.queue}: the own method was worse on the last weeks than {chosen}")
        chosen = OWN
    elif chosen != CALENDAR:
        notes.append(f"{panel.queue}: {chosen} was better on the last weeks than the calendar; it is used")
    if chosen == OWN and method is not None:
        cells = _asked(method, panel, last, ordinals)
    elif chosen == CALENDAR:
        cells = run.forecast
    else:
        cells = (median_of_six if chosen == MEDIAN else last_week)(panel, last, ordinals)
    weights = np.zeros(panel.slots.size)
    day_cv, interval_cv = DAY_CV, INTERVAL_CV
    if sum(map(len, came)) >= LEAST_DAYS:
        expected, actual = np.concatenate(tested[chosen]), np.concatenate(came)
        day_cv, interval_cv = (min(cv, LARGEST_CV) for cv in scatter_of(expected, actual))
        weights = update_weights(expected, actual, day_cv, interval_cv)
    else:
        usual = f"day_cv {DAY_CV:g} and interval_cv {INTERVAL_CV:g}, as measured elsewhere, are assumed"
        notes.append(f"{panel.queue}: too short a history to forecast weeks of it at this lead; {usual}")
    times = handle_times(panel, origins, days, cells)
    volumes = _volumes(panel, days, zone, cells, times.forecast, (day_cv, interval_cv), weights)
    one = QueueForecast(
        method=chosen,
        backtest=backtest,
        weeks=len(origins),
        day_cv=day_cv,
        interval_cv=interval_cv,
        parameters=run.settings,
        effects=run.effects,
        aht_method=times.method,
        aht_errors=times.errors,
    )
    return volumes, one, notes


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


def _asked(method: Method, panel: Panel, known: int, days: Integers) -> Floats:
    """What a function of the user expects, as (day, interval)."""
    told = panel.days <= known
    past = [date.fromordinal(day) for day in panel.days[told].tolist()]
    counts = panel.counts[told]
    work, handled = panel.work[told], panel.handled[told]
    with np.errstate(invalid="ignore", divide="ignore"):
        aht = np.where(handled > 0, work / handled, np.nan)
    history = _volumes(panel, past, None, counts, aht, None, None)
    coming = [date.fromordinal(day) for day in days.tolist()]
    places = [
        (row, slot) for row, day in enumerate(coming) for slot in np.flatnonzero(panel.opened[day.weekday()])
    ]
    starts = tuple(_start(coming[row], int(panel.slots[slot])) for row, slot in places)
    answer = np.asarray(method(history, starts), dtype=np.float64)
    if answer.shape != (len(starts),) or not np.isfinite(answer).all() or (answer < 0).any():
        found = (
            f"an answer of shape {answer.shape}"
            if answer.shape != (len(starts),)
            else "a number that is none"
        )
        raise InputError("method", found, f"{len(starts)} numbers of at least 0, one for each start")
    cells = np.zeros((len(coming), panel.slots.size))
    for (row, slot), value in zip(places, answer.tolist(), strict=True):
        cells[row, slot] = value
    return cells


def _start(day: date, slot: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(seconds=slot)


def _volumes(
    panel: Panel,
    days: Sequence[date],
    zone: ZoneInfo | None,
    cells: Floats,
    aht: Floats,
    scatter: tuple[float, float] | None,
    weights: Floats | None,
) -> Volumes:
    """Rows of the open intervals of days, by the clocks of a zone."""
    starts: list[datetime] = []
    rows: list[int] = []
    slots: list[int] = []
    for row, day in enumerate(days):
        mine = np.flatnonzero(panel.opened[day.weekday()]).tolist()
        walls = [(_start(day, int(panel.slots[slot])), slot) for slot in mine]
        if zone is not None and _changes(day, zone):
            again = [(wall.replace(fold=1), slot) for wall, slot in walls if is_repeated(wall, zone)]
            there = [(wall, slot) for wall, slot in walls if not is_skipped(wall, zone)]
            walls = sorted(there + again, key=lambda each: each[0].replace(tzinfo=zone).timestamp())
        starts += [wall for wall, _ in walls]
        slots += [slot for _, slot in walls]
        rows += [row] * len(walls)
    size = len(starts)
    return Volumes(
        starts=tuple(starts),
        queues=(panel.queue,) * size,
        volume=cells[rows, slots],
        aht=aht[rows, slots],
        seconds=panel.seconds[slots],
        day_cv=None if scatter is None else np.full(size, scatter[0]),
        interval_cv=None if scatter is None else np.full(size, scatter[1]),
        update_weight=None if weights is None else weights[slots],
    )


def _changes(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks are changed on a day."""
    midnight = datetime.combine(day, time())
    offsets = [(midnight + timedelta(days=step)).replace(tzinfo=zone).utcoffset() for step in (0, 1)]
    return offsets[0] != offsets[1]


def _notes(
    panel: Panel, run: ByCalendar, days: Sequence[date], gap: int, origins: Sequence[Origin]
) -> list[str]:
    """What a planner should look at before the forecast is used."""
    notes = []
    late = panel.days > panel.days[-1] - SHIFT_DAYS
    before = ~late & (panel.days > panel.days[-1] - 4 * SHIFT_DAYS)
    if late.any() and before.any():
        weekday = panel.weekdays
        usual = {
            day: np.median(panel.totals[before & (weekday == day)]) for day in set(weekday[before].tolist())
        }
        comparable = [place for place in np.flatnonzero(late).tolist() if int(weekday[place]) in usual]
        expected = math.fsum(float(usual[int(weekday[place])]) for place in comparable)
        change = float(panel.totals[comparable].sum()) / expected - 1.0 if expected > 0 else 0.0
        if abs(change) > SHIFT:
            notes.append(
                f"{panel.queue}: the last {SHIFT_DAYS} days have {100 * change:+.0f} % of the contacts of "
                "the six weeks before; if the level has changed for good, forecast from the days since then"
            )
    seen = set(panel.days.tolist())
    for name, those in panel.calendar.events.items():
        if those & set(days) and not any(day.toordinal() in seen for day in those):
            notes.append(f"{panel.queue}: {name} is not in the history, so nobody knows what it does")
    return notes
