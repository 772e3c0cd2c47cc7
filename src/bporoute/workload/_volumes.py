"""What a planner expects of every interval: contacts and handle time."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.ranges import MOST
from bporoute._base.remark import Remark
from bporoute._base.words import counted
from bporoute.center._usual import HANDLE_TIMES, odd_number
from bporoute.errors import InputError, shown
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._intervals import Intervals, read_intervals, skipped_rows, told_apart
from bporoute.workload._reading._lengths import MINUTE, lengths_by_time, usual_length
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sheet import is_missing
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import Table, check_names, taken

ONLY_QUEUE = "all"
"""Name of the queue of a file without queues."""

FAR_ROW = 15.0
"""Times that the handle time of a row may be off the middle one of its queue."""
SMALL_LOAD, LARGE_LOAD = 0.02, 5000.0
"""Erlangs of the busiest interval of a queue."""
LARGEST_SHRINKAGE = 0.999
LARGEST_CV = 2.0
"""Of a rate; above it a forecast says nothing."""


class Volumes(msgspec.Struct, frozen=True, eq=False):
    """Expected contacts, one value for each interval of each queue, in the order of the file.

    Attributes
    ----------
    starts : tuple of datetime
        When each interval starts, on the local clocks.
    queues : tuple of str
        Whose it is.
    volume : array
        Contacts expected in it.
    aht : array
        Their mean handle time in seconds; nan where the file has none because there are no contacts.
    seconds : array
        How long it is.
    day_cv, interval_cv : array or None
        Coefficients of variation, 0 to 2, of two factors with mean 1 by which the rate scatters around the
        volume: one that all intervals of a day and queue share, one of each interval. None: the file, which
        is no forecast of ours, does not tell.
    update_weight : array or None
        What share of how far a day is off by the end of the interval its rest is off, from 0 to 1.
    shrinkage : array or None
        Share of the paid time in which an agent is not there to serve, from 0 to below 1; nan where the
        file does not tell it.
    notes : tuple of str
        What was assumed of the file, as sentences.
    remarks : tuple of Remark
        What is legal in the file but probably not meant.
    taken : tuple of str
        What was taken for what in the file, in a few words each.
    bad : tuple of BadRow
        Rows that could not be used and were left out, as `FileFormat.skip_bad` allows.
    """

    starts: tuple[datetime, ...]
    queues: tuple[str, ...]
    volume: Floats
    aht: Floats
    seconds: Floats
    day_cv: Floats | None = None
    interval_cv: Floats | None = None
    update_weight: Floats | None = None
    shrinkage: Floats | None = None
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    taken: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()


def read_volumes(
    source: Source,
    columns: Mapping[str, str] | None = None,
    *,
    minutes: float | None = None,
    names: Collection[str] | None = None,
    format: FileFormat | None = None,
    handled: bool = True,
) -> Volumes:
    r"""Read a planner file.

    It tells of every interval when it starts, ``volume`` (contacts in it, also fractions), ``aht`` (may be
    missing where the volume is 0) and ``queue``, which may be missing if there is just one. All of that may
    be written in the ways of the trade: see the page "Your file" of the documentation. Times are those of
    the local clocks; of an hour that autumn repeats, the second pass has ``fold`` 1.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A text, a workbook, a frame (pandas, polars, Arrow) or a mapping of names to arrays; one row per
        interval and queue, in any order, or times or days across.
    columns : dict, optional
        What the file calls a column: our name -> its name. Default: the usual names.
    minutes : float, optional
        Length of every interval. Default: as the file says, or for each queue the usual distance between
        two starts of a day.
    names : collection of str, optional
        The queues that there are; a row of another one is an error. Default: any.
    format : FileFormat, optional
        What the file does not tell by itself.
    handled : bool
        Whether handle times are needed; if not, those that the file lacks are nan.

    Raises
    ------
    InputError
        The file or rows of it cannot be used: also if an interval is there twice, starts before the one
        before it is over, or if nothing says how long the intervals are. Queues that are not known are all
        told at once.

    Examples
    --------
    >>> read = read_volumes({"Datum": ["23.11.2026"] * 2, "Zeit": ["9:00", "9:15"], "Anrufe": ["80", "95,5"],
    ...                      "AHT": ["4:00", "4:00"]})
    >>> read.volume, read.seconds, read.queues, read.aht
    (array([80. , 95.5]), array([900., 900.]), ('all', 'all'), array([240., 240.]))
    >>> read.taken[:3]
    ('dates day first', 'decimal comma as in 95,5', 'AHT as m:ss')
    """
    said = FileFormat() if format is None else format
    said = msgspec.structs.replace(said, columns={**said.columns, **(columns or {})})
    table = open_table(source, "volumes", said)
    intervals = read_intervals(table)
    told = _queues(table)
    intervals = told_apart(table, intervals, told)
    counts, times = _volume(table), _aht(table, handled)
    if handled:
        _check(table, counts, times)
    shrinkage = _shrinkage(table)
    scatter = {ours: _told(table, ours, most) for ours, most in _SCATTER.items() if table.has(ours)}
    for row in skipped_rows(table, intervals):
        if counts[row] > 0:
            start = f"{counts[row]:g} contacts at {intervals.start(row):%Y-%m-%d %H:%M}"
            table.blame_row(row, intervals.ours, start, "none while the clocks skip this time")
    good, bad = table.settle()
    unreal = skipped_rows(table, intervals)
    good[unreal] = False
    if unreal:
        table.remarks.append(f"{counted(len(unreal), 'empty row')} in the hour that spring skips left out")
    if said.empty == "skip":
        good &= ~np.isnan(counts)
    rows = np.flatnonzero(good).tolist()
    if not rows:
        raise InputError(table.grid.name, "no row with a volume", "at least one")
    queues = tuple(told[row] for row in rows)
    starts = tuple(intervals.start(row) for row in rows)
    if names is not None and not (len(names) == 1 and set(queues) == {ONLY_QUEUE}):
        check_names(table, "queue", [(told[row], row) for row in rows], names)
    lengths, notes, odd = _lengths(table, rows, queues, starts, intervals, minutes)
    volume, aht = counts[rows], times[rows]
    aht[aht == 0] = math.nan
    seconds = np.array(lengths)
    return Volumes(
        starts=starts,
        queues=queues,
        volume=volume,
        aht=aht,
        seconds=seconds,
        day_cv=scatter["day_cv"][rows] if "day_cv" in scatter else None,
        interval_cv=scatter["interval_cv"][rows] if "interval_cv" in scatter else None,
        update_weight=scatter["update_weight"][rows] if "update_weight" in scatter else None,
        shrinkage=None if shrinkage is None else shrinkage[rows],
        notes=tuple(notes),
        remarks=(*odd, *_odd_rows(queues, volume, aht, seconds)),
        taken=taken(table),
        bad=bad,
    )


def _queues(table: Table) -> list[str]:
    """Whose each row is."""
    if not table.has("queue"):
        return [ONLY_QUEUE] * len(table)
    queues = table.texts("queue")
    for name in set(queues):
        if not name or not name.isprintable():
            for row in (row for row, queue in enumerate(queues) if queue == name):
                if name:
                    expected = "a name without control characters"
                    table.blame_row(row, "queue", shown(name), expected)
                else:
                    table.blame_row(row, "queue", "nothing", "the name of a queue")
    return queues


def _volume(table: Table) -> Floats:
    expected = f"a number of contacts from 0 to {MOST:.0f}"
    empty = table.format.empty
    if not empty and any(map(is_missing, table.cells("volume"))):
        expected += "; where nothing stands, --read empty=zero or --read empty=skip"
    counts = table.numbers("volume", expected, highest=MOST, needed=not empty)
    return np.nan_to_num(counts) if empty == "zero" else counts


_SCATTER = {"day_cv": LARGEST_CV, "interval_cv": LARGEST_CV, "update_weight": 1.0}


def _told(table: Table, ours: str, most: float) -> Floats:
    """A column of a forecast that goes beyond what is expected."""
    return table.numbers(ours, f"a number from 0 to {most:g}", highest=most)


def _shrinkage(table: Table) -> Floats | None:
    """The share of paid time in which nobody is there, by interval; a column of percentages is one."""
    if not table.has("shrinkage"):
        return None
    expected = "a share from 0 to below 1, such as 0.3 or 30 %"
    return table.numbers("shrinkage", expected, highest=LARGEST_SHRINKAGE, needed=False)


def _aht(table: Table, needed: bool) -> Floats:
    """The mean handle time of each row; of those that tell none, what the reader was told of the file."""
    told, usual = _told_aht(table), table.format.aht
    if told is None and usual is None and needed:
        complaint = table.missing("aht")
        expected = f"{complaint.expected}; or --aht SECONDS for all rows"
        raise InputError(complaint.where, complaint.found, expected)
    times = np.full(len(table), math.nan) if told is None else told
    if usual is not None:
        table.remarks += [f"aht of rows that tell none is {usual:g} s"] if told is not None else []
        times = np.where(np.isnan(times), usual, times)
    return times


def _told_aht(table: Table) -> Floats | None:
    """The mean handle time of each row: told, summed from its parts, or by the handle time of all.

    None if no column tells of it.
    """
    expected = f"seconds, above 0 and up to {MOST:.0f}"
    if table.has("aht"):
        return table.durations("aht", expected, highest=MOST)
    if table.has("talk"):
        times = table.durations("talk", expected, highest=MOST)
        if table.has("wrap"):
            times = times + np.nan_to_num(table.durations("wrap", expected, highest=MOST))
            table.remarks.append("aht is talk and after-call work")
        return times
    if table.has("handle_total"):
        whole = table.durations("handle_total", expected, total=True)
        counts = table.numbers("volume", "a number of contacts", needed=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = whole / counts
        table.remarks.append("aht is the handle time of all by the volume")
        return np.where(np.isfinite(mean), mean, np.nan)
    return None


def _check(table: Table, counts: Floats, times: Floats) -> None:
    """Handle times that are needed, as somebody comes."""
    column = next((ours for ours in ("aht", "talk", "handle_total") if table.has(ours)), "")
    lost = np.flatnonzero((counts > 0) & ~(times > 0)).tolist()
    if column:
        table.blame(lost, column, "seconds, above 0 where contacts come; or --aht SECONDS where it is empty")


def _lengths(
    table: Table,
    rows: Sequence[int],
    queues: Sequence[str],
    starts: Sequence[datetime],
    intervals: Intervals,
    minutes: float | None,
) -> tuple[list[float], list[str], list[Remark]]:
    """Seconds of every interval; what was assumed for that; what looks odd."""
    seconds = [math.nan] * len(rows)
    notes: list[str] = []
    odd: list[Remark] = []
    listed: dict[str, list[int]] = {}
    for place, queue in enumerate(queues):
        listed.setdefault(queue, []).append(place)
    known = dict(zip(range(len(rows)), intervals.length[list(rows)].tolist(), strict=True))
    for queue, mine in listed.items():
        mine.sort(key=lambda place: (starts[place], starts[place].fold))
        in_order = {starts[place]: place for place in mine if not starts[place].fold}
        where = {place: table.place(rows[place], intervals.ours) for place in (mine[0],)}
        usual = usual_length(in_order)
        if minutes is None and all(known[place] == known[place] for place in mine):
            for place in mine:
                seconds[place] = known[place]
            _check_overlaps(table, rows, mine, starts, seconds, intervals.ours)
            continue
        by_time = lengths_by_time(list(in_order)) if minutes is None and len(in_order) == len(mine) else None
        if by_time is not None:
            for place, length in zip(in_order.values(), by_time, strict=True):
                seconds[place] = length.total_seconds()
            spoken = " and ".join(dict.fromkeys(counted(length / MINUTE, "minute") for length in by_time))
            notes.append(f"{queue}: intervals of {spoken}, as their starts follow each other; or --interval")
            continue
        if minutes is None and usual is None:
            found = f"no day with two intervals of {queue}, so nothing says how long they are"
            raise InputError(where[mine[0]], found, "--interval MINUTES")
        length = timedelta(minutes=minutes) if minutes is not None else (usual or MINUTE)
        if minutes is not None and not odd and usual and usual > length:
            told = counted(length / MINUTE, "minute")
            distance = f"{queue}: the usual distance of two starts is {counted(usual / MINUTE, 'minute')}"
            odd.append(Remark("--interval", told, distance, f"--interval {usual / MINUTE:g}, or none?"))
        for place in mine:
            seconds[place] = length.total_seconds()
        gaps = _check_overlaps(table, rows, mine, starts, seconds, intervals.ours)
        spoken = counted(length / MINUTE, "minute")
        if minutes is None and (3600 % length.total_seconds() and length.total_seconds() % 3600):
            notes.append(
                f"{queue}: every interval is taken for {spoken}, the usual distance of two starts; say "
                "--interval if it is another"
            )
        if gaps and minutes is None:
            notes.append(
                f"{queue}: every interval is taken for {spoken}, though "
                f"{counted(gaps, 'is', 'are')} followed by a gap before the day is over"
            )
    first = min(starts).date()
    for queue, mine in listed.items():
        begins = starts[mine[0]]
        if begins.date() > first:
            notes.append(f"{queue}: its first interval is on {begins:%Y-%m-%d}, others start on {first}")
    return seconds, notes, odd


def _check_overlaps(
    table: Table,
    rows: Sequence[int],
    mine: Sequence[int],
    starts: Sequence[datetime],
    seconds: Sequence[float],
    ours: str,
) -> int:
    """How many intervals of a day do not end where the next one starts; none may end later."""
    gaps = 0
    for place, after in pairwise(mine):
        distance = (starts[after] - starts[place]).total_seconds()
        if starts[place].fold or starts[after].fold:
            continue
        if distance < seconds[place]:
            found = f"{starts[after]:%H:%M}, {counted(distance / 60, 'minute')} after the interval before it"
            raise InputError(
                table.place(rows[after], ours),
                found,
                f"intervals of {counted(seconds[place] / 60, 'minute')} throughout the queue, "
                "or another length with --interval MINUTES",
            )
        gaps += distance > seconds[place] and starts[place].date() == starts[after].date()
    return gaps


def _odd_rows(queues: Sequence[str], volume: Floats, aht: Floats, seconds: Floats) -> Iterator[Remark]:
    """Handle times and volumes of a queue that cannot be in seconds and contacts of an interval."""
    names = np.array(queues)
    for queue in dict.fromkeys(queues):
        mine = (names == queue) & ~np.isnan(aht)
        if not mine.any():
            continue
        middle = float(np.median(aht[mine]))
        if remark := odd_number(f"{queue}: aht", middle, HANDLE_TIMES):
            yield remark
            continue
        far = mine & ((aht > FAR_ROW * middle) | (aht < middle / FAR_ROW))
        if far.any():
            odd = f"most rows of the queue have some {middle:.4g} s"
            yield Remark(f"{queue}: aht", f"{float(aht[far][0]):.4g} s", odd, f"rows: {int(far.sum()):,}")
        load = float((volume[mine] * aht[mine] / seconds[mine]).max())
        if 0.0 < load < SMALL_LOAD or load > LARGE_LOAD:
            found = f"at most {float(volume[mine].max()):,.4g} in an interval"
            yield Remark(
                f"{queue}: volume", found, f"that is {load:,.3g} erlangs", "contacts of an interval?"
            )
