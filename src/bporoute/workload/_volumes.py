"""What a planner expects of every interval: contacts and handle time."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.csv_table import day, find_columns, interval_start, number, read_table
from bporoute._base.named_rows import NamedRows
from bporoute._base.ranges import MOST
from bporoute._base.remark import Remark
from bporoute._base.words import counted
from bporoute.center._usual import HANDLE_TIMES, odd_number
from bporoute.errors import InputError, shown

ONLY_QUEUE = "all"
"""Name of the queue of a file without queues."""

_MINUTE = timedelta(minutes=1)
FAR_ROW = 15.0
"""Times that the handle time of a row may be off the middle one of its queue."""
SMALL_LOAD, LARGE_LOAD = 0.02, 5000.0
"""Erlangs of the busiest interval of a queue."""


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
    repairs : tuple of str
        What was mended in the file, as sentences.
    notes : tuple of str
        What was assumed of the file, as sentences.
    remarks : tuple of Remark
        What is legal in the file but probably not meant.
    """

    starts: tuple[datetime, ...]
    queues: tuple[str, ...]
    volume: Floats
    aht: Floats
    seconds: Floats
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def read_volumes(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    minutes: float | None = None,
    repair: bool = False,
    delimiter: str = ",",
    names: Collection[str] | None = None,
) -> Volumes:
    r"""Read a planner file.

    The columns are ``date`` (ISO), ``interval`` (its start, ``HH:MM`` or ``HH:MM:SS``, or the number of
    the half hour, 0 to 47), ``volume`` (contacts in the interval, also fractions), ``aht`` (seconds; may be
    empty or 0 where the volume is 0) and ``queue``, which may be missing if there is just one. Times are
    those of the local clocks.

    Parameters
    ----------
    path : path
        CSV file, one row per interval and queue, in any order.
    columns : dict, optional
        What the file calls a column: our name -> its name.
    minutes : float, optional
        Length of every interval. Default: for each queue the usual distance between two starts of a day.
    repair : bool
        Mend CR line ends.
    delimiter : str
        What separates the fields.
    names : collection of str, optional
        The queues that there are; a row of another one is an error. Default: any.

    Raises
    ------
    InputError
        The file or a row of it cannot be used: also if an interval is there twice, starts before the one
        before it is over, or if nothing says how long the intervals are. Queues that are not known are all
        told at once.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "volumes.csv")
    ...     text = "date,interval,volume,aht\n2026-11-23,09:00,80,240\n2026-11-23,09:15,95.5,240\n"
    ...     _ = path.write_text(text)
    ...     volumes = read_volumes(path)
    >>> volumes.volume, volumes.seconds, volumes.queues
    (array([80. , 95.5]), array([900., 900.]), ('all', 'all'))
    """
    table = read_table(path, repair=repair, delimiter=delimiter, option="--delimiter")
    found = find_columns(
        table,
        columns or {},
        required=("date", "interval", "volume", "aht"),
        optional=("queue",),
        option="--columns",
    )
    queues, starts, numbers = [], [], []
    places: dict[str, dict[datetime, str]] = {}
    named = NamedRows(table, found.get("queue", "queue"))
    for row in table.rows():
        cells = {ours: row.cells[theirs] for ours, theirs in found.items()}
        line = table.line(row.line)
        try:
            queue, start = _interval(cells, found)
            listed = places.setdefault(queue, {})
            if start in listed:
                again = f"a second row for {start:%Y-%m-%d %H:%M:%S} of {queue}"
                raise InputError(f"column {found['interval']}", again, "one row per interval and queue")
            numbers.append(_volume_and_aht(cells, found))
        except InputError as error:
            raise error.under(f"{line}, ") from None
        listed[start] = f"{line}, column {found['interval']}"
        named.see(queue, row.line)
        queues.append(queue)
        starts.append(start)

    if names is not None and not (len(names) == 1 and set(queues) == {ONLY_QUEUE}):
        named.check(names)
    lengths, notes = {}, []
    odd: list[Remark] = []
    for queue, listed in places.items():
        in_order = dict(sorted(listed.items()))
        length = _usual_length(queue, in_order) if minutes is None else timedelta(minutes=minutes)
        lengths[queue] = length.total_seconds()
        if minutes is not None and not odd and (usual := _told_length(in_order)) and usual > length:
            told = counted(length / _MINUTE, "minute")
            distance = f"{queue}: the usual distance of two starts is {counted(usual / _MINUTE, 'minute')}"
            odd.append(Remark("--interval", told, distance, f"--interval {usual / _MINUTE:g}, or none?"))
        if minutes is None and (3600 % lengths[queue] and lengths[queue] % 3600):
            notes.append(
                f"{queue}: every interval is taken for {counted(lengths[queue] / 60, 'minute')}, the usual "
                "distance of two starts; say --interval if it is another"
            )
        gaps = _gaps(in_order, length)
        if gaps and minutes is None:
            notes.append(
                f"{queue}: every interval is taken for {counted(lengths[queue] / 60, 'minute')}, though "
                f"{counted(gaps, 'is', 'are')} followed by a gap before the day is over"
            )
    volume, aht = np.array(numbers).T.copy()
    return Volumes(
        starts=tuple(starts),
        queues=tuple(queues),
        volume=volume,
        aht=aht,
        seconds=np.array([lengths[queue] for queue in queues]),
        repairs=table.repairs,
        notes=tuple(notes),
        remarks=(*odd, *_odd_rows(queues, volume, aht, np.array([lengths[queue] for queue in queues]))),
    )


def _interval(cells: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, datetime]:
    queue = cells.get("queue", ONLY_QUEUE)
    if not queue:
        raise InputError(f"column {found['queue']}", "nothing", "the name of a queue")
    if not queue.isprintable():
        raise InputError(f"column {found['queue']}", shown(queue), "a name without control characters")
    start = interval_start(cells["interval"], found["interval"])
    return queue, datetime.combine(day(cells["date"], found["date"]), start)


def _volume_and_aht(cells: Mapping[str, str], found: Mapping[str, str]) -> tuple[float, float]:
    volume = number(cells["volume"], found["volume"], f"a number of contacts from 0 to {MOST:.0f}", MOST)
    if volume == 0 and not cells["aht"]:
        return 0.0, math.nan
    aht = number(cells["aht"], found["aht"], f"seconds, above 0 and up to {MOST:.0f}", MOST)
    if volume and not aht:
        raise InputError(f"column {found['aht']}", repr(cells["aht"]), "seconds, above 0 where contacts come")
    return volume, aht or math.nan


def _usual_length(queue: str, places: Mapping[datetime, str]) -> timedelta:
    """The distance between two starts of a day that the file tells."""
    length = _told_length(places)
    if length is None:
        found = f"no day with two intervals of {queue}, so nothing says how long they are"
        raise InputError(next(iter(places.values())), found, "--interval MINUTES")
    return length


def _told_length(places: Iterable[datetime]) -> timedelta | None:
    """The most frequent distance between two starts of a day; the shortest of them if there are several."""
    distances = Counter(after - start for start, after in pairwise(places) if start.date() == after.date())
    return max(distances, key=lambda distance: (distances[distance], -distance), default=None)


def _gaps(places: Mapping[datetime, str], length: timedelta) -> int:
    """How many intervals of a day do not end where the next one starts; none may end later."""
    gaps = 0
    for start, after in pairwise(places):
        if after - start < length:
            minutes = (after - start) / timedelta(minutes=1)
            found = f"{after:%H:%M}, {counted(minutes, 'minute')} after the interval before it"
            raise InputError(
                places[after],
                found,
                f"intervals of {counted(length / timedelta(minutes=1), 'minute')} throughout the queue, "
                "or another length with --interval MINUTES",
            )
        gaps += after - start > length and start.date() == after.date()
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
