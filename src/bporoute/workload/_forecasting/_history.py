"""What a forecast starts from: a planner file as it is, or a call log counted by intervals."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

import numpy as np

from bporoute._base.clock import time_zone
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.workload._call_log import CallLog, read_calls
from bporoute.workload._read import kind_of
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._sources import Source
from bporoute.workload._volumes import ONLY_QUEUE, Volumes, read_volumes

USUAL_MINUTES = 30.0
_DAY = 86_400


def read_history(source: Source, format: FileFormat | None = None, minutes: float | None = None) -> Volumes:
    """Read what came: volumes by interval, or calls, which are counted.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A planner file, with handle times or without, or a call log.
    format : FileFormat, optional
        What the file does not tell by itself.
    minutes : float, optional
        Length of the intervals in which calls are counted. Default: 30.

    Raises
    ------
    InputError
        It cannot be read, or is another kind of file.

    Examples
    --------
    >>> log = {"arrival": ["2026-11-23 09:05", "2026-11-23 09:50"], "id": ["a", "b"], "handle": [200, 300]}
    >>> read_history(log).volume, read_history(log).aht
    (array([1., 1.]), array([200., 300.]))
    """
    said = FileFormat() if format is None else format
    kind = kind_of(source, said)
    if kind == "volumes":
        return read_volumes(source, format=said, handled=False)
    if kind != "calls":
        raise InputError("history", f"a file of {kind}", "volumes by interval or a call log")
    zone_name = said.timezone or "UTC"
    log = read_calls(source, LogFormat(default_type=ONLY_QUEUE), zone_name, format=said)
    return _counted(log, zone_name, USUAL_MINUTES if minutes is None else minutes)


def _counted(log: CallLog, zone_name: str, minutes: float) -> Volumes:
    """The calls of a log by type and interval; an interval without calls between others has none."""
    length = round(60 * minutes)
    if length < 60 or _DAY % length:
        raise InputError("minutes", f"{minutes:g}", "whole minutes that divide the day")
    zone = time_zone(zone_name)
    calls: dict[tuple[str, date], dict[tuple[int, int], list[float]]] = defaultdict(lambda: defaultdict(list))
    for call in log.calls:
        local = datetime.fromtimestamp(call.arrival, zone)
        slot = (local.hour * 3600 + local.minute * 60 + local.second) // length
        calls[call.type, local.date()][slot, local.fold].append(call.handle)
    if not calls:
        raise InputError("history", "no calls", "at least three weeks of them")
    hours: dict[tuple[str, int], set[int]] = defaultdict(set)
    for (queue, day), cells in calls.items():
        hours[queue, day.weekday()] |= {slot for slot, _ in cells}
    starts, queues, volume, aht = [], [], [], []
    for (queue, day), cells in sorted(calls.items()):
        known = hours[queue, day.weekday()]
        keys = {(slot, 0) for slot in range(min(known), max(known) + 1)} | set(cells)
        for slot, fold in sorted(keys):
            handles = cells.get((slot, fold), [])
            told = [handle for handle in handles if handle == handle]
            midnight = datetime.combine(day, time())
            starts.append((midnight + timedelta(seconds=slot * length)).replace(fold=fold))
            queues.append(queue)
            volume.append(float(len(handles)))
            aht.append(sum(told) / len(told) if told else np.nan)
    return Volumes(
        starts=tuple(starts),
        queues=tuple(queues),
        volume=np.array(volume),
        aht=np.array(aht),
        seconds=np.full(len(starts), float(length)),
        taken=log.taken,
        bad=log.bad,
    )
