"""Call logs: one row per call, from the file that a company has."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.clock import epoch_second, time_zone
from bporoute._base.collector import collector_resting
from bporoute._base.fields import did_you_mean
from bporoute._base.words import counted
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError, shown
from bporoute.workload._reading._calls import Ends, arrivals_of, ends_of
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._moments import to_epoch
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sheet import text_of
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import Table, check_names, taken

NEXT_LEG = 60.0
"""Seconds after the end of a leg of a call within which another row of its id goes on with it."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """One call of a log.

    Attributes
    ----------
    id : str
        Name of the call; ``line 17`` where the log has none.
    type : str
        Contact type.
    arrival : float
        Seconds since 1970 UTC.
    language : str
        Language of the caller; empty if unknown.
    wait : float
        Seconds until the call was answered or abandoned; NaN if unknown.
    abandoned : bool
        Whether the caller hung up while waiting.
    handle : float
        Seconds that an agent was busy with the call; NaN if unknown or abandoned.
    ended : bool
        Whether it is known how the call ended; if not, it counts as answered.
    """

    id: str
    type: str
    arrival: float
    language: str = ""
    wait: float = math.nan
    abandoned: bool = False
    handle: float = math.nan
    ended: bool = True


class CallLog(msgspec.Struct, frozen=True):
    """The calls of a file.

    Attributes
    ----------
    calls : tuple of Call
        Sorted by arrival.
    dropped : int
        Number of rows left out because they matched `LogFormat.drop`.
    answered_as, abandoned_as : tuple of str
        Outcomes, as the file has them, that were taken for answered and for abandoned.
    legs : int
        Number of rows that were put together with another one of the same id.
    taken : tuple of str
        What was taken for what in the file, in a few words each.
    bad : tuple of BadRow
        Rows that could not be used and were left out, as `FileFormat.skip_bad` allows.
    """

    calls: tuple[Call, ...]
    dropped: int = 0
    answered_as: tuple[str, ...] = ()
    abandoned_as: tuple[str, ...] = ()
    legs: int = 0
    taken: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()


def read_calls(
    source: Source,
    log_format: LogFormat,
    timezone: str,
    days: tuple[date, date] | None = None,
    types: Collection[str] | None = None,
    format: FileFormat | None = None,
) -> CallLog:
    r"""Read a call log: a row for each call, for each leg of one, or for each event of a queue.

    Rows of one id that follow each other closely are legs of one call. Times without an offset are those
    of the clocks in `timezone`; in the hour that autumn repeats they are taken for the first pass, until the
    clocks of a log in order go back.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A text, a workbook, a frame (pandas, polars, Arrow) or a mapping of names to arrays.
    log_format : LogFormat
        Which column is what. A row that `LogFormat.drop` matches is not looked at any further.
    timezone : str
        IANA name of the center's time zone.
    days : pair of date, optional
        First and last local day to keep. Rows of other days are checked, and then left out.
    types : collection of str, optional
        The contact types that there are; a call of another one is an error. Default: any.
    format : FileFormat, optional
        What the file does not tell by itself; its columns count before those of `log_format`.

    Raises
    ------
    InputError
        The file, rows of it or `log_format` cannot be used; types that are not known are all told at once.

    Examples
    --------
    >>> frame = {"Anrufbeginn": ["01.01.1970 01:30"], "type": ["sales"], "wait": ["0:04"], "handle": [250]}
    >>> log = read_calls(frame, LogFormat(), "Europe/Berlin")
    >>> call = log.calls[0]
    >>> call.id, call.type, call.arrival, call.wait, call.handle, call.ended
    ('row 1', 'sales', 1800.0, 4.0, 250.0, False)
    """
    zone = time_zone(timezone)
    first, last = days or (date.min, date.max)
    if last < first:
        raise InputError("days", f"{first} to {last}", "a first day that is not after the last")
    table = open_table(source, "calls", _told(log_format, format, timezone), "[log] columns")
    dropped = _drop(table, log_format.drop)
    if not table.has("type") and not log_format.default_type:
        raise table.missing("type")
    moments = arrivals_of(table)
    arrival, again = to_epoch(moments, zone)
    if again:
        table.remarks.append(f"{counted(again, 'call')} in the second pass of the hour that autumn repeats")
    kinds = table.texts("type") if table.has("type") else [log_format.default_type] * len(table)
    if not all(set(kinds)):
        table.blame([row for row, kind in enumerate(kinds) if not kind], "type", "a contact type")
    ended = ends_of(table, moments, log_format.abandoned)
    waits = np.where(ended.wait < 0, np.nan, ended.wait)
    good, bad = table.settle()
    good &= _on_days(arrival, first, last, zone)
    rows = np.flatnonzero(good)
    if rows.size > 1 and (np.diff(arrival[rows]) < 0).any():
        out = int((np.diff(arrival[rows]) < 0).sum())
        table.remarks.append(f"{counted(out, 'row was', 'rows were')} out of order: sorted by arrival")
    rows = rows[np.argsort(arrival[rows], kind="stable")]
    if types is not None:
        remedy = "; or types = { its name in the file = the center's } under [log]"
        ours = {kind: log_format.types.get(kind, kind) for kind in set(kinds)}
        check_names(table, "type", [(ours[kinds[row]], row) for row in np.sort(rows).tolist()], types, remedy)
    with collector_resting():
        calls = _calls(table, rows, kinds, arrival, waits, ended, log_format)
    joined = table.has("id") and len(set(table.texts("id"))) < len(table)
    whole, legs = joined_legs(calls) if joined else (calls, 0)
    return CallLog(tuple(whole), dropped, ended.answered_as, ended.abandoned_as, legs, taken(table), bad)


def _told(log_format: LogFormat, format: FileFormat | None, timezone: str) -> FileFormat:
    """What the center file and the user say of a log, the user first."""
    said = FileFormat() if format is None else format
    return msgspec.structs.replace(
        said,
        columns={**log_format.columns, **said.columns},
        time_format=said.time_format or log_format.time_format,
        delimiter=said.delimiter or log_format.delimiter,
        timezone=timezone,
    )


def _drop(table: Table, conditions: tuple[dict[str, str], ...]) -> int:
    """Leave out the rows that match a condition; how many they are."""
    header = [name for name in table.grid.header if name]
    gone: set[int] = set()
    for condition in conditions:
        if not condition:
            raise InputError("[log] drop", "an empty table", "at least one column = value in each")
        matching = range(len(table))
        for column, value in condition.items():
            if column not in header:
                raise InputError("[log] drop", shown(column), did_you_mean(column, header))
            cells = table.grid.columns[table.grid.header.index(column)]
            matching = [row for row in matching if text_of(cells[row]) == value]  # type: ignore[assignment]
        gone.update(matching)
    if gone:
        table.leave_out(gone)
    return len(gone)


def _on_days(arrival: Floats, first: date, last: date, zone: ZoneInfo) -> Flags:
    """Which calls are on the chosen local days."""
    if (first, last) == (date.min, date.max):
        return ~np.isnan(arrival)
    begin = epoch_second(datetime.combine(first, time()), zone)
    end = epoch_second(datetime.combine(last, time()) + timedelta(days=1), zone)
    return (arrival >= begin) & (arrival < end)


def _calls(
    table: Table,
    rows: Integers,
    kinds: Sequence[str],
    arrival: Floats,
    waits: Floats,
    ended: Ends,
    log_format: LogFormat,
) -> list[Call]:
    """The calls of the rows, in their order."""
    places, word = table.grid.places, table.grid.word
    ids = table.texts("id") if table.has("id") else None
    languages = table.texts("language") if table.has("language") else None
    names = {kind: log_format.types.get(kind, kind) for kind in set(kinds)}
    lost, handles = ended.abandoned.tolist(), np.where(ended.abandoned, np.nan, ended.handle)
    handles = np.where(handles == 0, np.nan, handles).tolist()
    told_waits, begins, known = waits.tolist(), arrival.tolist(), ended.known
    return [
        Call(
            (ids[row] if ids is not None else "") or f"{word} {places[row]}",
            names[kinds[row]],
            begins[row],
            languages[row] if languages is not None else "",
            told_waits[row],
            lost[row],
            handles[row],
            known,
        )
        for row in rows.tolist()
    ]


def joined_legs(calls: Iterable[Call]) -> tuple[list[Call], int]:
    """Calls with their legs put together, sorted by arrival, and how many rows went into others.

    A call begins with its first leg. It waits until the first leg that is answered is answered, and is
    handled as long as all its answered legs together; it is abandoned if none is.

    Examples
    --------
    Five phones ring for one caller, and the third is picked up.

    >>> legs = [Call("7", "sales", 100.0, wait=20.0, abandoned=True)] * 4
    >>> calls, joined = joined_legs([*legs, Call("7", "sales", 100.0, wait=8.0, handle=180.0)])
    >>> [(call.wait, call.handle, call.abandoned) for call in calls], joined
    ([(8.0, 180.0, False)], 4)
    """
    by_id: dict[str, list[list[Call]]] = {}
    rows = 0
    for call in sorted(calls, key=lambda call: call.arrival):
        rows += 1
        groups = by_id.setdefault(call.id, [])
        if groups and call.arrival <= max(map(_end, groups[-1])) + NEXT_LEG:
            groups[-1].append(call)
        else:
            groups.append([call])
    found = [_one_call(legs) for groups in by_id.values() for legs in groups]
    found.sort(key=lambda call: call.arrival)
    return found, rows - len(found)


def _end(call: Call) -> float:
    return call.arrival + sum(seconds for seconds in (call.wait, call.handle) if seconds == seconds)


def _one_call(legs: Sequence[Call]) -> Call:
    if len(legs) == 1:
        return legs[0]
    first = legs[0]
    answered = [leg for leg in legs if not leg.abandoned]
    if not answered:
        waits = [_end(leg) - first.arrival for leg in legs if leg.wait == leg.wait]
        return msgspec.structs.replace(first, wait=max(waits, default=math.nan))
    picked_up = min(answered, key=lambda leg: leg.arrival + (leg.wait if leg.wait == leg.wait else 0.0))
    handles = [leg.handle for leg in answered if leg.handle == leg.handle]
    return msgspec.structs.replace(
        picked_up,
        arrival=first.arrival,
        wait=picked_up.arrival + picked_up.wait - first.arrival,
        handle=sum(handles) if handles else math.nan,
    )
