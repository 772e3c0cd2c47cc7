"""What was forecast and locked for a vendor, and whether what came stayed inside the agreed window."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.words import counted, did_you_mean
from bporoute.contracts._service_credits import ForecastLock
from bporoute.errors import InputError, shown
from bporoute.governance._scorecards._periods import By, begin_of
from bporoute.governance._scorecards._totals import Step, periods_of
from bporoute.governance._scorecards._units import DAY, Records, parts_of, totals_by
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import taken

_EPOCH = date(1970, 1, 1)
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
    source: Source, known: list[str], *, format: FileFormat | None = None, vendor: str = ""
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
    told = table.stripped(column, alone)
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


def cannot_judge(lock: ForecastLock, records: Records, locked: LockedForecast) -> str:
    """Why relief cannot be judged as agreed; empty: it can be."""
    if records.vendor not in locked.vendors:
        return f"no locked forecast of {records.vendor}"
    for name, step in (("the locked forecast is", locked.step), ("its contacts are told", records.step)):
        if step != "contact" and _FINER.index(step) < _FINER.index(lock.granularity):
            return f"{name} by {step}, and the contract judges by {lock.granularity}"
    return ""


def relief_of(
    lock: ForecastLock,
    records: Records,
    locked: LockedForecast,
    counting: str,
    by: By,
) -> dict[date, Relief]:
    """Relief in each period of which something was forecast, by its first day.

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
    own = np.array([name == records.vendor for name in locked.vendors], dtype=bool)
    starts, back = np.unique(_begins(locked.wall[own], lock.granularity), return_inverse=True)
    forecast = totals_by(back, locked.volumes[own], starts.size)
    came_in = _begins(records.wall, lock.granularity)
    if lock.granularity == "interval":
        places = np.searchsorted(starts, records.wall, side="right") - 1
        there = (places >= 0) & (records.wall < _ends(starts)[np.maximum(places, 0)])
    else:
        places = np.minimum(np.searchsorted(starts, came_in), starts.size - 1)
        there = starts[places] == came_in
    good, base = parts_of(records.sums, counting)
    offered, good, base = (
        totals_by(places[there], values[there], starts.size)
        for values in (records.sums["offered"], good, base)
    )
    inside = (lock.low * forecast <= offered) & (offered <= lock.high * forecast)
    seen = _seen(starts, records, lock.granularity)
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
    if granularity == "day":
        return days * DAY
    unique, back = np.unique(days, return_inverse=True)
    firsts = [begin_of(_EPOCH + timedelta(days=day), "month") for day in unique.tolist()]
    return np.array([(first - _EPOCH).days * DAY for first in firsts])[back]


def _ends(starts: Floats) -> Floats:
    """When each interval ends: where the next begins, or after the usual time."""
    steps = np.diff(starts)
    usual = float(np.median(steps)) if steps.size else DAY
    ends: Floats = starts + np.minimum(np.append(steps, usual), usual)
    return ends


def _seen(starts: Floats, records: Records, granularity: str) -> Flags:
    """Those that lie within what is told of the vendor: of what is not yet told nothing can be inside."""
    seen: Flags = (starts >= _begins(records.wall, granularity).min() - DAY * (granularity == "interval")) & (
        starts <= records.wall.max()
    )
    return seen
