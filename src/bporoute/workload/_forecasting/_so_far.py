"""What has come of a day so far, laid out by the intervals of its forecast."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import passed_seconds
from bporoute._base.words import counted, did_you_mean
from bporoute.errors import InputError, shown
from bporoute.workload._forecasting._history import read_history
from bporoute.workload._forecasting._panel import SURELY
from bporoute.workload._read import kind_of
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._sources import Source
from bporoute.workload._volumes import ONLY_QUEUE, Volumes, read_volumes

WHERE = "so far"
_ROUNDING = 0.5
"""Seconds."""


class SoFar(NamedTuple):
    """A queue's day, of which a part is over.

    Attributes
    ----------
    past, rest : list of int
        Rows of the forecast that are over and known, and those that are not over, in order of time.
    came : array
        Contacts of those that are over.
    notes : list of str
        What was left out, or taken for no contacts.
    """

    past: list[int]
    rest: list[int]
    came: Floats
    notes: list[str]


def read_so_far(
    source: Source,
    expected: Volumes,
    format: FileFormat | None = None,
    minutes: float | None = None,
    *,
    whole: bool = False,
) -> Volumes:
    """Read what has come of a day: volumes by interval, or calls, which are counted.

    A call log ends when it was written, mostly within an interval: that in which the last call came is left
    out, unless the log is said to be `whole`.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A planner file, or a call log.
    expected : Volumes
        The forecast; calls are counted by its shortest interval.
    format : FileFormat, optional
        What the file does not tell by itself.
    minutes : float, optional
        Length of every interval of a planner file. Default: as its starts say.
    whole : bool
        Whether a call log has all calls of the interval of its last one; `reforecast` is told until when.

    Raises
    ------
    InputError
        It cannot be read, or is another kind of file, or has calls of one interval alone.

    Examples
    --------
    >>> from bporoute.workload import read_volumes
    >>> expected = read_volumes({"start": ["2026-11-23 09:00", "2026-11-23 09:30"], "volume": [40, 50]},
    ...                         handled=False)
    >>> arrivals = ["2026-11-23 09:05", "2026-11-23 09:10", "2026-11-23 09:31"]
    >>> calls = {"arrival": arrivals, "id": ["a", "b", "c"], "handle": [200, 300, 100]}
    >>> read_so_far(calls, expected).volume, read_so_far(calls, expected, whole=True).volume
    (array([2.]), array([2., 1.]))
    """
    said = FileFormat() if format is None else format
    if kind_of(source, said) == "volumes":
        return read_volumes(source, minutes=minutes, format=said, handled=False)
    counted = read_history(source, said, float(expected.seconds.min()) / 60)
    return counted if whole else _without_the_last(counted)


def _without_the_last(calls: Volumes) -> Volumes:
    """Calls by interval but for those of the last one, in which the log may have been written."""
    passed = passed_seconds(calls.starts)
    kept = [place for place, seconds in enumerate(passed) if seconds < max(passed)]
    last = calls.starts[passed.index(max(passed))]
    if not kept:
        found = f"calls of one interval alone, from {last:%H:%M} on, which may not be over"
        raise InputError(WHERE, found, "calls of several, or until when these are all")
    note = f"calls from {last:%H:%M} on left out, as that interval may not be over; or --until TIME"
    return msgspec.structs.replace(
        calls,
        starts=tuple(calls.starts[place] for place in kept),
        queues=tuple(calls.queues[place] for place in kept),
        volume=calls.volume[kept],
        aht=calls.aht[kept],
        seconds=calls.seconds[kept],
        notes=(*calls.notes, note),
    )


def day_of(so_far: Volumes) -> date:
    """The day it is."""
    days = sorted({start.date() for start in so_far.starts})
    if len(days) > 1:
        raise InputError(WHERE, f"rows of {len(days)} days, {days[0]} to {days[-1]}", "those of one day")
    return days[0]


def end_of(so_far: Volumes) -> datetime:
    """When its last interval is over, by the clocks."""
    ends = zip(so_far.starts, so_far.seconds.tolist(), strict=True)
    return max(start.replace(fold=0) + timedelta(seconds=length) for start, length in ends)


def known_queues(expected: Volumes, so_far: Volumes) -> tuple[dict[str, str], list[str]]:
    """What each queue of the forecast is called in what came; which of these are not forecast."""
    forecast = list(dict.fromkeys(expected.queues))
    told = list(dict.fromkeys(so_far.queues))
    if told == [ONLY_QUEUE] and len(forecast) == 1:
        return {forecast[0]: ONLY_QUEUE}, []
    both = [queue for queue in forecast if queue in told]
    if not both:
        raise InputError(f"{WHERE}: queue", shown(told[0]), did_you_mean(told[0], forecast))
    return {queue: queue for queue in both}, [queue for queue in told if queue not in forecast]


def so_far_of(
    expected: Volumes, queue: str, so_far: Volumes, called: str | None, day: date, until: datetime
) -> SoFar:
    """What came of a queue in each interval of its forecast that is over; `called` None: nobody knows."""
    places = [
        place
        for place, start in enumerate(expected.starts)
        if start.date() == day and expected.queues[place] == queue
    ]
    places.sort(key=passed_seconds(expected.starts).__getitem__)
    ends = [_end(expected, place) for place in places]
    over = max((number + 1 for number, end in enumerate(ends) if end <= until), default=0)
    if called is None:
        note = f"{queue}: nothing of today, so its rest is as forecast"
        return SoFar([], places[over:], np.empty(0), [note] if places else [])
    came, covered = np.zeros(len(places)), np.zeros(len(places))
    outside = 0.0
    for row in (row for row, name in enumerate(so_far.queues) if name == called):
        number = _interval_of(expected, places, so_far.starts[row])
        if number is None:
            outside += float(so_far.volume[row])
            continue
        if _end(so_far, row) > ends[number]:
            where = f"{WHERE}: {queue} at {so_far.starts[row]:%H:%M}"
            found = f"an interval of {so_far.seconds[row] / 60:g} minutes, beyond {ends[number]:%H:%M}"
            raise InputError(where, found, "none that reaches over two of the forecast")
        came[number] += so_far.volume[row]
        covered[number] += so_far.seconds[row]
    notes = []
    if outside > 0:
        notes.append(f"{queue}: {outside:g} contacts at times without a forecast left out")
    past = places[:over]
    notes += _checked(expected, past, came[:over], covered[:over])
    return SoFar(past, places[over:], came[:over], notes)


def _checked(expected: Volumes, past: Sequence[int], came: Floats, covered: Floats) -> Iterator[str]:
    """Refuse intervals that are over and not known; note what looks odd."""
    lacking = covered < expected.seconds[past] - _ROUNDING
    usual = expected.volume[past] >= SURELY
    for number in np.flatnonzero(lacking & ((covered > 0) | usual)).tolist():
        place = past[number]
        told = "only a part of the interval" if covered[number] > 0 else "no row"
        found = f"{told}, where {expected.volume[place]:.0f} contacts are expected"
        where = f"{WHERE}: {expected.queues[place]} at {expected.starts[place]:%H:%M}"
        raise InputError(where, found, "all that is over by now")
    if lacking.any():
        empty = counted(int(lacking.sum()), "interval")
        yield f"{expected.queues[past[0]]}: {empty} without a row taken for no contacts"
    if silent := int((usual & (came == 0)).sum()):
        told = counted(silent, "interval")
        yield f"{expected.queues[past[0]]}: no contacts at all in {told}; was the line down?"


def _end(volumes: Volumes, row: int) -> datetime:
    return volumes.starts[row].replace(fold=0) + timedelta(seconds=float(volumes.seconds[row]))


def _interval_of(expected: Volumes, places: Sequence[int], start: datetime) -> int | None:
    """Which interval of a day something starts in."""
    mine = [number for number, place in enumerate(places) if expected.starts[place].fold == start.fold]
    walls = [expected.starts[places[number]].replace(fold=0) for number in mine]
    found = bisect_right(walls, start.replace(fold=0)) - 1
    if found < 0 or _end(expected, places[mine[found]]) <= start.replace(fold=0):
        return None
    return mine[found]
