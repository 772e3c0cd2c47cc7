"""What was forecast and locked for a vendor, and whether what came stayed inside the agreed window."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Literal

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.words import counted, did_you_mean
from bporoute.center._center import Center
from bporoute.contracts._service_credits import ForecastLock
from bporoute.errors import InputError, shown
from bporoute.governance._scorecards._periods import By, begin_of, next_begin
from bporoute.governance._scorecards._totals import Step, periods_of
from bporoute.governance._scorecards._units import DAY, Records, parts_of, totals_by
from bporoute.governance._vendor_contacts import named_vendor
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import taken

_EPOCH = date(1970, 1, 1)
MISSED = 3.0
"""Contacts from which on one of a period misses them: where so many come, none comes once in twenty times."""
_FINER = ("month", "day", "interval")


class LockedForecast(msgspec.Struct, frozen=True, eq=False):
    """Contacts that were forecast and locked, by interval, day or month.

    Attributes
    ----------
    step : {"interval", "day", "month"}
        What a row is about.
    vendors : tuple of str
        Whose it is.
    wall : array of float
        When it begins, seconds since 1970 on the center's clock.
    volumes : array of float
        Contacts offered that were forecast.
    remarks, taken : tuple of str
        What was left out and why; what was taken for what.
    """

    step: Step
    vendors: tuple[str, ...]
    wall: Floats
    volumes: Floats
    remarks: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    def by_period(self, vendor: str, by: By) -> dict[date, float]:
        """Contacts locked for a vendor in each period, by its first day."""
        found: dict[date, float] = {}
        for name, second, volume in zip(self.vendors, self.wall.tolist(), self.volumes.tolist(), strict=True):
            if name == vendor:
                begin = begin_of(_EPOCH + timedelta(seconds=second), by)
                found[begin] = found.get(begin, 0.0) + volume
        return found


class Relief(msgspec.Struct, frozen=True):
    """What the forecast window does to the service level of a period.

    Attributes
    ----------
    granularity : {"interval", "day", "month"}
        What is judged.
    judged, inside : int
        How many of them were forecast, and how many stayed inside.
    locked, came : float
        Contacts forecast for them, and those that came.
    binds : bool
        Whether service-level money flows.
    level : float
        Service level of the contacts inside; nan: there are none.
    """

    granularity: Literal["interval", "day", "month"]
    judged: int
    inside: int
    locked: float
    came: float
    binds: bool
    level: float

    @property
    def share_inside(self) -> float:
        """Share of those judged that stayed inside."""
        return self.inside / self.judged


def read_locked_forecast(
    source: Source,
    known: list[str],
    *,
    format: FileFormat | None = None,
    vendor: str = "",
    center: Center | None = None,
    aliases: dict[str, str] | None = None,
) -> LockedForecast:
    """Read a forecast that was locked: vendor, volume, and a month, a day or the start of an interval.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A text, a workbook, a frame or a mapping of names to arrays.
    known : list of str
        The vendors that there are.
    format : FileFormat, optional
        What the file does not tell by itself.
    vendor : str
        Whose it is, if the file does not say; may be left out where there is one vendor.
    center : Center, optional
        By whose vendors names are understood, whatever their case and signs.
    aliases : dict, optional
        What the file calls a vendor -> its name, such as after it was renamed.

    Raises
    ------
    InputError
        It cannot be read, or is of no vendor that is known.

    Examples
    --------
    >>> locked = read_locked_forecast({"vendor": ["nord"], "month": ["2026-11"], "locked": [1200]}, ["nord"])
    >>> locked.step, locked.volumes.tolist()
    ('month', [1200.0])
    """
    table = open_table(source, "locked", FileFormat() if format is None else format)
    step, _, wall = periods_of(table)
    volumes = table.numbers("volume", "contacts, at least 0")
    column = "vendor" if table.has("vendor") else "vendor_name"
    alone = vendor or (known[0] if len(known) == 1 else "")
    if not table.has(column) and not alone:
        raise table.missing("vendor")
    told = [_vendor(name, center, aliases or {}) for name in table.stripped(column, alone)]
    good, _ = table.settle()
    unknown: dict[str, int] = {}
    for name in told:
        if name not in known:
            unknown[name] = unknown.get(name, 0) + 1
    good &= np.array([name in known for name in told], dtype=bool)
    if not good.any():
        first = next(iter(unknown), "")
        raise InputError(
            table.grid.name, f"no vendor that is known ({shown(first)})", did_you_mean(first, known)
        )
    remarks = tuple(
        f"locked forecast of {shown(name)}, who is not there: {counted(count, 'row')} left out; "
        f"{did_you_mean(name, known)}"
        for name, count in unknown.items()
    )
    rows = np.flatnonzero(good).tolist()
    return LockedForecast(
        step, tuple(told[row] for row in rows), wall[rows], volumes[rows], remarks, taken(table)
    )


def _vendor(told: str, center: Center | None, aliases: dict[str, str]) -> str:
    """What a vendor is called elsewhere; what the file says if nobody knows it."""
    if center is None:
        return aliases.get(told, told)
    return named_vendor(told, center, aliases) or told


def cannot_judge(lock: ForecastLock, records: Records, locked: LockedForecast) -> str:
    """Why relief cannot be judged as agreed; empty: it can be."""
    if records.vendor not in locked.vendors:
        return f"no locked forecast of {records.vendor}"
    for name, step in (("the locked forecast is", locked.step), ("its contacts are told", records.step)):
        if step != "contact" and _FINER.index(step) < _FINER.index(lock.granularity):
            return f"{name} by {step}, and the contract judges by {lock.granularity}"
    if np.isnan(records.sums["offered"]).all():
        return "nobody tells how many contacts were offered to it"
    return ""


def not_judged(lock: ForecastLock, records: Records, locked: LockedForecast) -> str:
    """What was forecast and began while something was told, but is not told wholly; empty: nothing.

    `cannot_judge` has nothing against the records.
    """
    starts, _ = _forecast(lock, records, locked)
    begin, end = _span(records)
    ends = _ends(starts, lock.granularity)
    untold = _begins(records.wall[np.isnan(records.sums["offered"])], lock.granularity)
    lacking = ~_wholly_told(starts, ends, records, lock) | np.isin(starts, untold)
    partly = int((lacking & (starts < end) & (ends > begin)).sum())
    if not partly:
        return ""
    return (
        f"the forecast window is not judged in {counted(partly, lock.granularity)} of which not all contacts "
        "are told; where nothing else is judged, money flows as if it bound"
    )


def relief_of(
    lock: ForecastLock,
    records: Records,
    locked: LockedForecast,
    counting: str,
    by: By,
) -> dict[date, Relief]:
    """Relief in each period in which something was forecast of which all is told, by its first day.

    Parameters
    ----------
    lock : ForecastLock
        What was agreed.
    records : Records
        What came; `cannot_judge` has nothing against it.
    locked : LockedForecast
        What was forecast.
    counting : str
        How the service level is counted.
    by : str
        The periods.
    """
    starts, forecast = _forecast(lock, records, locked)
    ends = _ends(starts, lock.granularity)
    came_in = _begins(records.wall, lock.granularity)
    if lock.granularity == "interval":
        places = np.searchsorted(starts, records.wall, side="right") - 1
        there = (places >= 0) & (records.wall < ends[np.maximum(places, 0)])
    else:
        places = np.minimum(np.searchsorted(starts, came_in), starts.size - 1)
        there = starts[places] == came_in
    good, base = parts_of(records.sums, counting)
    offered, good, base = (
        totals_by(places[there], values[there], starts.size)
        for values in (records.sums["offered"], good, base)
    )
    inside = (lock.low * forecast <= offered) & (offered <= lock.high * forecast)
    seen = _wholly_told(starts, ends, records, lock) & ~np.isnan(offered)
    found = {}
    days = [_EPOCH + timedelta(seconds=second) for second in starts.tolist()]
    begins = [begin_of(day, by) for day in days]
    for begin in dict.fromkeys(begins):
        mine = np.array([each == begin for each in begins], dtype=bool) & seen
        if not mine.any():
            continue
        stayed = mine & inside
        whole = float(base[stayed].sum())
        share = int(stayed.sum()) / int(mine.sum())
        found[begin] = Relief(
            granularity=lock.granularity,
            judged=int(mine.sum()),
            inside=int(stayed.sum()),
            locked=float(forecast[mine].sum()),
            came=float(offered[mine].sum()),
            binds=share >= lock.share_inside,
            level=float(good[stayed].sum()) / whole if whole > 0.0 else float("nan"),
        )
    return found


def _begins(wall: Floats, granularity: str) -> Floats:
    """When the day or month of each moment begins; an interval begins when it does."""
    if granularity == "interval":
        return wall
    days = np.floor(wall / DAY)
    if granularity == "day" or not wall.size:
        return days * DAY
    unique, back = np.unique(days, return_inverse=True)
    firsts = [begin_of(_EPOCH + timedelta(days=day), "month") for day in unique.tolist()]
    return np.array([(first - _EPOCH).days * DAY for first in firsts])[back]


def _forecast(lock: ForecastLock, records: Records, locked: LockedForecast) -> tuple[Floats, Floats]:
    """When what is judged begins, in order, and what was forecast for it."""
    own = np.array([name == records.vendor for name in locked.vendors], dtype=bool)
    starts, back = np.unique(_begins(locked.wall[own], lock.granularity), return_inverse=True)
    return starts, totals_by(back, locked.volumes[own], starts.size)


def _ends(starts: Floats, granularity: str) -> Floats:
    """When each ends; an interval where the next begins, or after the usual time."""
    ends: Floats
    if granularity == "interval":
        steps = np.diff(starts)
        usual = float(np.median(steps)) if steps.size else DAY
        ends = starts + np.minimum(np.append(steps, usual), usual)
    elif granularity == "day":
        ends = starts + DAY
    else:
        ends = _month_ends(starts)
    return ends


def _month_ends(starts: Floats) -> Floats:
    nexts = [next_begin(_EPOCH + timedelta(seconds=second), "month") for second in starts.tolist()]
    return np.array([(each - _EPOCH).days * DAY for each in nexts])


def _span(records: Records) -> tuple[float, float]:
    """From when to when something is told."""
    first, last = float(records.wall.min()), float(records.wall.max())
    if records.step == "month":
        last = float(_month_ends(np.array([last]))[0])
    elif records.step == "day":
        last += DAY
    elif records.step == "interval":
        steps = np.diff(np.unique(records.wall))
        last += float(np.median(steps)) if steps.size else 0.0
    return first, last


def _wholly_told(starts: Floats, ends: Floats, records: Records, lock: ForecastLock) -> Flags:
    """Those of which all is told: of what is not told nobody knows whether it was inside.

    A period that the records cut is told wholly if in other weeks less than `MISSED` contacts came in the
    part that is cut off; of totals, a day without a row is not told if so many come on such a weekday.
    """
    if records.step == "month":
        months: Flags = np.isin(starts, records.wall)
        return months
    first, last = _span(records)
    told = [
        begin < last
        and end > first
        and (end <= last or _elsewhere(records, last, end, first, last) < MISSED)
        and (begin >= first or _elsewhere(records, begin, first, first, last) < MISSED)
        for begin, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    flags: Flags = np.array(told, dtype=bool)
    if records.step == "contact":
        return flags
    lacking, there = _days_without(records)
    days = np.floor(starts / DAY)
    if lock.granularity == "month":
        gone = np.searchsorted(lacking * DAY, ends) > np.searchsorted(lacking * DAY, starts)
        return flags & ~gone
    return flags & np.isin(days, there)


def _elsewhere(records: Records, begin: float, end: float, first: float, last: float) -> float:
    """Mean contacts in a stretch before or after the records, by the same one in the weeks that are told.

    Of records of less than a week by the days; of at most a week, or a day, of the stretch; infinite if there
    is not even a day to tell.
    """
    step = 7 * DAY if last - first >= 7 * DAY else DAY
    if last - first < step:
        return math.inf
    after = begin >= last
    begin, end = (begin, min(end, begin + step)) if after else (max(begin, end - step), end)
    counts = []
    shift = -step if after else step
    moved = shift
    while begin + moved >= first and end + moved <= last:
        inside = (records.wall >= begin + moved) & (records.wall < end + moved)
        counts.append(float(np.nansum(records.sums["offered"][inside])))
        moved += shift
    return sum(counts) / len(counts)


def _days_without(records: Records) -> tuple[Floats, Floats]:
    """Days between those that are told, of which contacts are missed; and the days that are told."""
    days, back = np.unique(np.floor(records.wall / DAY), return_inverse=True)
    came = totals_by(back, np.nan_to_num(records.sums["offered"]), days.size)
    usual = np.zeros(7)
    for weekday in range(7):
        mine = days % 7 == weekday
        usual[weekday] = came[mine].mean() if mine.any() else 0.0
    between = np.setdiff1d(np.arange(days[0], days[-1]), days)
    lacking: Floats = between[usual[(between % 7).astype(np.int64)] >= MISSED]
    return lacking, days
