"""Columns of dates and times, together or apart, as seconds of the local clocks and of the epoch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import YEARS
from bporoute.workload._reading._dates import date_order, read_date
from bporoute.workload._reading._sheet import Cell, is_missing
from bporoute.workload._reading._times import read_time

_DAY = 86_400.0
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SPLIT = re.compile(
    r"(.*?[\d.])(?:[Tt_]|,?\s+(?:-\s+)?(?:at\s+|um\s+)?|(?<=\d{4}):)(\d{1,2}(?:[:h.]\d|\s*[ap]\.?m).*)", re.I
)
_NUMBER = re.compile(r"-?\d+(\.\d*)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}\.\d+", re.ASCII)
_COMPACT = re.compile(r"((?:19|20|21)\d{6})[T ]?(\d{4}(?:\d\d)?)(?:Z)?", re.ASCII)
_ZONE_NAME = re.compile(r"\s*\[[A-Za-z]+/[A-Za-z_/]+\]$|\s+(?:CET|CEST|EST|EDT|PST|PDT|CST|CDT|MST|MDT|BST)$")
MOST_OFFSETS = 4
"""Different ends of times from which on they are the ends of intervals."""
SECONDS = (3e8, 4.2e9)
"""Numbers between which seconds since 1970 are; milliseconds and microseconds accordingly."""


class Moments(NamedTuple):
    """A column of moments.

    Attributes
    ----------
    wall : array
        Seconds since 1970 on the clocks by which they are told; NaN where nothing can be read.
    offset : array
        Seconds that those clocks are ahead of UTC; NaN: they are the local ones.
    length : array
        Seconds until the end of the interval; NaN: not told.
    timed : array of bool
        Whether a time of day stands there, not a date alone.
    bad : list of int
        Places of what is no moment.
    missing : list of int
        Places where nothing stands.
    why : tuple of str
        Remarks.
    example : str
        One of those told by UTC or as epoch seconds; empty: there are none.
    """

    wall: Floats
    offset: Floats
    length: Floats
    timed: Flags
    bad: list[int]
    missing: list[int]
    why: tuple[str, ...] = ()
    example: str = ""


class _Read(NamedTuple):
    """One moment: its day, seconds of the day, offset, length; and whether it has a time."""

    day: date
    seconds: float
    offset: float = np.nan
    length: float = np.nan
    timed: bool = True


def read_moments(
    cells: Sequence[Cell],
    *,
    said: str = "",
    time_format: str = "",
    weekdays: Mapping[str, int] | None = None,
    spans: bool = False,
    where: str = "",
) -> Moments:
    """Read a column of dates with or without times, of epoch seconds or of serial numbers of a spreadsheet.

    Parameters
    ----------
    cells : sequence
        The column.
    said : str
        The order of day and month, if somebody has said it.
    time_format : str
        ``strptime`` pattern; empty: found out.
    weekdays : mapping, optional
        Days of the week by the text of a date, as far as another column tells them.
    spans : bool
        Whether they are intervals, so that ``08:00-09:00`` is an hour and no offset.
    where : str
        The column, for a complaint.

    Raises
    ------
    InputError
        The order of day and month may be either.

    Examples
    --------
    >>> read = read_moments(["23.11.2026 08:15", "23.11.2026 24:00"])
    >>> read.wall.astype("datetime64[s]").tolist()
    [datetime.datetime(2026, 11, 23, 8, 15), datetime.datetime(2026, 11, 24, 0, 0)]
    """
    heads, tails, whole = _split(cells)
    texts = dict.fromkeys(head for head in heads if isinstance(head, str))
    why: list[str] = []
    days: dict[Cell, date | None] = {}
    if not time_format:
        order = date_order(
            (text for text in texts if not is_missing(text) and not _NUMBER.fullmatch(text)),
            said,
            _by_head(weekdays or {}, heads, cells),
            where,
        )
        why += [order.why] if order.why else []
        days = {head: None if is_missing(head) else read_date(head, order.order) for head in set(heads)}
    usual = None if whole or time_format else _usual_seconds(tails)
    lone: set[Cell] = {None} if usual is not None else set(tails)
    spanned = spans or _are_spans(lone)
    times = {tail: read_time(tail, spans=spanned) for tail in lone if tail is not None}
    memo: dict[tuple[Cell, Cell], _Read | None] = {}
    size = len(cells)
    wall, offset, length = np.full(size, np.nan), np.full(size, np.nan), np.full(size, np.nan)
    timed = np.zeros(size, dtype=bool)
    bad, missing, example = [], [], ""
    if whole or time_format or any(day is None for day in days.values()) or None in times.values():
        for place, (head, tail) in enumerate(zip(heads, tails, strict=True)):
            cell = cells[place]
            if is_missing(cell):
                missing.append(place)
                continue
            key = (head, tail)
            if key not in memo:
                memo[key] = (
                    _by_format(cell, time_format) if time_format else _one(cell, head, tail, days, times)
                )
            found = memo[key]
            if found is None:
                bad.append(place)
                continue
            wall[place] = (found.day.toordinal() - _EPOCH_DAY) * _DAY + found.seconds
            offset[place], length[place], timed[place] = found.offset, found.length, found.timed
    else:
        day_of = {
            head: (day.toordinal() - _EPOCH_DAY) * _DAY for head, day in days.items() if day is not None
        }
        wall = np.fromiter(map(day_of.__getitem__, heads), dtype=float, count=size)
        if usual is not None:
            wall = wall + usual
            timed = np.ones(size, dtype=bool)
        elif lone != {None}:
            read = {tail: time for tail, time in times.items() if time is not None}
            wall = wall + _of_each(tails, {tail: time.seconds for tail, time in read.items()}, 0.0)
            if any(time.offset == time.offset for time in read.values()):
                offset = _of_each(tails, {tail: time.offset for tail, time in read.items()}, np.nan)
            if any(time.length == time.length for time in read.values()):
                length = _of_each(tails, {tail: time.length for tail, time in read.items()}, np.nan)
            timed = np.array([tail is not None for tail in tails], dtype=bool)
    instants = np.flatnonzero(offset == 0.0)
    if instants.size:
        example = str(cells[int(instants[0])])
    return Moments(wall, offset, length, timed, bad, missing, tuple(why), example)


def _usual_seconds(tails: Sequence[Cell]) -> Floats | None:
    """Seconds of the day of times that are all as 08:15:00; None: some are not."""
    if not tails or set(map(type, tails)) != {str} or set(map(len, tails)) != {8}:  # type: ignore[arg-type]
        return None
    try:
        signs = np.array(tails, dtype="S8").view(np.uint8).reshape(-1, 8).astype(np.int64) - ord("0")
    except UnicodeEncodeError:
        return None
    digits = signs[:, [0, 1, 3, 4, 6, 7]]
    if (signs[:, [2, 5]] != ord(":") - ord("0")).any() or (digits < 0).any() or (digits > 9).any():
        return None
    hours, minutes, seconds = (10 * digits[:, place] + digits[:, place + 1] for place in (0, 2, 4))
    if hours.max() > 23 or minutes.max() > 59 or seconds.max() > 59:
        return None
    of_day: Floats = 3600.0 * hours + 60.0 * minutes + seconds
    return of_day


def _of_each(tails: Sequence[Cell], known: Mapping[Cell, float], otherwise: float) -> Floats:
    """What is known of the time of each row; of one without a time something else."""
    whole = {**known, None: otherwise}
    return np.fromiter(map(whole.__getitem__, tails), dtype=float, count=len(tails))


def _split(cells: Sequence[Cell]) -> tuple[list[Cell], list[Cell], bool]:
    """The dates and the times of a column, and whether some are not a text of the two."""
    if set(map(type, cells)) == {str}:
        texts: list[str] = cells  # type: ignore[assignment]
        signs = {len(text) for text in texts}
        if signs == {19} and {text[10] for text in texts} <= {" ", "T"}:
            return [text[:10] for text in texts], [text[11:] for text in texts], False
    heads: list[Cell] = []
    tails: list[Cell] = []
    memo: dict[Cell, tuple[Cell, Cell]] = {}
    whole = False
    for cell in cells:
        if cell not in memo:
            memo[cell] = _parts(cell)
        head, tail = memo[cell]
        whole = whole or (tail is None and cell is not None)
        heads.append(head)
        tails.append(tail)
    return heads, tails, whole


def _parts(cell: Cell) -> tuple[Cell, Cell]:
    if isinstance(cell, str):
        text = _ZONE_NAME.sub("", cell.strip())
        if found := _SPLIT.fullmatch(text):
            return found[1].rstrip(","), found[2]
        if found := _COMPACT.fullmatch(text):
            return found[1], found[2]
        return text, None
    return cell, None


def _by_head(weekdays: Mapping[str, int], heads: Sequence[Cell], cells: Sequence[Cell]) -> dict[str, int]:
    if not weekdays:
        return {}
    return {
        head: weekdays[cell]
        for head, cell in zip(heads, cells, strict=True)
        if isinstance(head, str) and isinstance(cell, str) and cell in weekdays
    }


def _are_spans(tails: set[Cell]) -> bool:
    """Whether ``08:00-09:00`` is an hour: many different ends stand there, as no place has many offsets."""
    ends = {tail[-6:] for tail in tails if isinstance(tail, str) and tail.count(":") > 1 and "-" in tail}
    return len(ends) > MOST_OFFSETS


def _one(
    cell: Cell, head: Cell, tail: Cell, days: Mapping[Cell, date | None], times: Mapping[Cell, object]
) -> _Read | None:
    if isinstance(cell, datetime):
        offset = cell.utcoffset()
        seconds = (cell.replace(tzinfo=None) - datetime(cell.year, cell.month, cell.day)).total_seconds()
        ahead = np.nan if offset is None else offset.total_seconds()
        return _Read(cell.date(), seconds, ahead) if cell.year in YEARS else None
    if tail is None:
        if (number := _number(cell)) is not None:
            return _of_number(number, cell)
        day = days[head]
        return None if day is None else _Read(day, 0.0, timed=False)
    day, time = days[head], times[tail]
    if day is None or time is None:
        return None
    return _Read(day, time.seconds, time.offset, time.length)  # type: ignore[attr-defined]


def _number(cell: Cell) -> float | None:
    if isinstance(cell, int | float):
        return float(cell)
    return float(cell) if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()) else None


def _of_number(number: float, cell: Cell) -> _Read | None:
    """Epoch seconds, milli- or microseconds, a serial number of a spreadsheet, or a day as 20261123."""
    for factor in (1.0, 1e3, 1e6):
        if SECONDS[0] * factor <= number < SECONDS[1] * factor:
            seconds = number / factor
            return _Read(date.fromordinal(_EPOCH_DAY + int(seconds // _DAY)), seconds % _DAY, 0.0)
    day = read_date(number, "")
    if day is None:
        return None
    return _Read(day, float(round((number % 1.0) * _DAY)), timed=bool(number % 1.0))


def _by_format(cell: Cell, time_format: str) -> _Read | None:
    try:
        moment = cell if isinstance(cell, datetime) else datetime.strptime(str(cell).strip(), time_format)
    except (ValueError, re.error):  # re.error: a directive that stands twice
        return None
    return _one(moment, None, None, {}, {})


def joined(days: Moments, cells: Sequence[Cell], *, numbers: str, spans: bool) -> Moments:
    """Dates of one column with the times of another.

    >>> days = read_moments(["23.11.2026", "23.11.2026"])
    >>> both = joined(days, ["8:00 AM", "24:00"], numbers="", spans=True)
    >>> ((both.wall - days.wall) / 3600).tolist(), both.bad
    ([8.0, 24.0], [])
    """
    times = {
        cell: None if is_missing(cell) else read_time(cell, numbers=numbers, spans=spans)
        for cell in set(cells)
    }
    nothing = (np.nan, np.nan, np.nan)
    parts = {
        cell: nothing if time is None else (time.seconds, time.offset, time.length)
        for cell, time in times.items()
    }
    seconds, offset, length = np.array([parts[cell] for cell in cells]).reshape(-1, 3).T
    gone = [place for place, cell in enumerate(cells) if is_missing(cell)]
    bad = [place for place, cell in enumerate(cells) if times[cell] is None and not is_missing(cell)]
    midnight = np.floor(days.wall / _DAY) * _DAY
    return Moments(midnight + seconds, offset, length, ~np.isnan(seconds), bad, gone, days.why)


def to_epoch(moments: Moments, zone: ZoneInfo) -> tuple[Floats, int]:
    """Epoch seconds, and how many are in the second pass of an hour that autumn repeats.

    A local time of such an hour is one of its first pass, until the clocks of rows in order go back.

    Examples
    --------
    >>> read = read_moments(["2026-10-25 02:59", "2026-10-25 02:01", "2026-10-25 03:00"])
    >>> (to_epoch(read, ZoneInfo("Europe/Berlin"))[0] - 1792886400).tolist()
    [3540.0, 3660.0, 7200.0]
    """
    epoch = moments.wall - moments.offset
    local = np.flatnonzero(np.isnan(moments.offset) & ~np.isnan(moments.wall))
    again = 0
    if local.size:
        walls = moments.wall[local]
        days = np.floor(walls / _DAY)
        found = np.empty(local.size)
        for day in np.unique(days).tolist():
            mine = days == day
            midnight = datetime.fromordinal(int(day) + _EPOCH_DAY)
            offset, after = (
                (midnight + timedelta(days=step)).replace(tzinfo=zone).utcoffset() for step in (0, 1)
            )
            assert offset is not None
            assert after is not None
            if offset == after:
                found[mine] = walls[mine] - offset.total_seconds()
            else:
                passes = second_passes(walls[mine], zone)
                again += int(passes.sum())
                found[mine] = [
                    wall_time(wall).replace(tzinfo=zone, fold=int(fold)).timestamp()
                    for wall, fold in zip(walls[mine].tolist(), passes.tolist(), strict=True)
                ]
        epoch[local] = found
    return epoch, again


def second_passes(walls: Floats, zone: ZoneInfo) -> Flags:
    """Which of the wall times of a day, in the order of the file, are in the second pass of an hour.

    Only if the file is otherwise in order: then there is one step back, by half an hour or more.
    """
    repeated = np.array([is_repeated(wall_time(wall), zone) for wall in walls.tolist()], dtype=bool)
    back = [place for place, (before, after) in enumerate(pairwise(walls.tolist()), 1) if after < before]
    passes = np.zeros(walls.size, dtype=bool)
    if len(back) == 1 and repeated[back[0]] and walls[back[0] - 1] - walls[back[0]] >= 1200.0:
        passes[back[0] :] = repeated[back[0] :]
    return passes


def is_repeated(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone show a time twice.

    >>> is_repeated(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Berlin"))
    True
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None
    assert second is not None
    return first > second


def is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone never show a time.

    >>> is_skipped(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Berlin"))
    True
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None
    assert second is not None
    return first < second


def wall_time(wall: float) -> datetime:
    """The local time of a number of wall seconds."""
    return datetime(1970, 1, 1) + timedelta(seconds=wall)


def to_local(moments: Moments, zone: ZoneInfo | None) -> tuple[Floats, Flags]:
    """Wall seconds on the clocks of a zone, and which of them are in the second pass of a repeated hour.

    Without a zone, what was told by an offset keeps its clocks; the smaller offset of a wall time that
    comes twice is the second pass.
    """
    told = ~np.isnan(moments.offset) & ~np.isnan(moments.wall)
    walls, second = moments.wall.copy(), np.zeros(moments.wall.size, dtype=bool)
    if zone is None:
        highest: dict[float, float] = {}
        for wall, ahead in zip(walls[told].tolist(), moments.offset[told].tolist(), strict=True):
            highest[wall] = max(ahead, highest.get(wall, ahead))
        second[told] = [
            ahead < highest[wall]
            for wall, ahead in zip(walls[told].tolist(), moments.offset[told].tolist(), strict=True)
        ]
        return walls, second
    for place in np.flatnonzero(told).tolist():
        local = datetime.fromtimestamp(float(moments.wall[place] - moments.offset[place]), zone)
        walls[place] = (local.replace(tzinfo=None, fold=0) - datetime(1970, 1, 1)).total_seconds()
        second[place] = local.fold
    return walls, second
