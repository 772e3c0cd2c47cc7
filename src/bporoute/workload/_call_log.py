"""Call logs: one row per call, read strictly from the CSV file a company has."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.clock import YEARS, time_zone
from bporoute._base.csv_table import Row, Table, find_columns, number, read_table
from bporoute._base.fields import did_you_mean
from bporoute._base.named_rows import NamedRows
from bporoute._base.words import counted
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError, shown
from bporoute.workload._outcomes import ABANDONED, ANSWERED, taken_for

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
    repairs : tuple of str
        What was mended in the file, as sentences.
    dropped : int
        Number of rows left out because they matched `LogFormat.drop`.
    answered_as, abandoned_as : tuple of str
        Outcomes, as the file has them, that were taken for answered and for abandoned.
    legs : int
        Number of rows that were put together with another one of the same id.
    """

    calls: tuple[Call, ...]
    repairs: tuple[str, ...]
    dropped: int
    answered_as: tuple[str, ...] = ()
    abandoned_as: tuple[str, ...] = ()
    legs: int = 0


def read_calls(
    path: str | os.PathLike[str],
    format: LogFormat,
    timezone: str,
    days: tuple[date, date] | None = None,
    types: Collection[str] | None = None,
) -> CallLog:
    r"""Read a call log.

    Rows of one id that follow each other closely are legs of one call. Times without an offset are those
    of the clocks in `timezone`; in the hour that autumn repeats they
    are taken for the first pass, so a log that goes through that hour should have offsets.

    Parameters
    ----------
    path : path
        CSV file, one row per call.
    format : LogFormat
        Which column is what. A row that `LogFormat.drop` matches is not looked at any further.
    timezone : str
        IANA name of the center's time zone.
    days : pair of date, optional
        First and last local day to keep. Rows of other days are checked, and then left out.
    types : collection of str, optional
        The contact types that there are; a call of another one is an error. Default: any.

    Raises
    ------
    InputError
        The file, a row of it or `format` cannot be used; types that are not known are all told at once.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "calls.csv")
    ...     _ = path.write_text("start,type,wait,handle\n1970-01-01 01:30,sales,4,250\n")
    ...     log = read_calls(path, LogFormat(columns={"arrival": "start"}), "Europe/Berlin")
    >>> call = log.calls[0]
    >>> call.id, call.type, call.arrival, call.wait, call.handle, call.ended
    ('line 2', 'sales', 1800.0, 4.0, 250.0, False)
    """
    zone = time_zone(timezone)
    first, last = days or (date.min, date.max)
    if last < first:
        raise InputError("days", f"{first} to {last}", "a first day that is not after the last")
    table = read_table(path, repair=format.repair, delimiter=format.delimiter)
    _check_conditions(table, format.drop)
    columns = _columns(table, format)
    arrival_column = columns["arrival"]
    typed = NamedRows(table, columns.get("type", "type"))

    calls: list[Call] = []
    outcomes: set[str] = set()
    dropped = 0
    disordered = 0
    previous = -math.inf
    for row in table.rows():
        if any(condition.items() <= row.cells.items() for condition in format.drop):
            dropped += 1
            continue
        try:
            text = row.cells[arrival_column]
            moment = _moment(text, arrival_column, format.time_format, zone)
            call = _call(row, columns, format, moment.timestamp())
            if call.arrival < previous:
                if not format.repair:
                    expected = "a time not before the row above, or pass --repair to sort the rows by arrival"
                    raise InputError(f"column {arrival_column}", shown(text), expected)
                disordered += 1
        except InputError as error:
            raise error.under(f"{table.line(row.line)}, ") from None
        previous = call.arrival
        if "outcome" in columns:
            outcomes.add(row.cells[columns["outcome"]])
        if first <= moment.date() <= last:
            calls.append(call)
            typed.see(call.type, row.line)

    if types is not None:
        typed.check(types, "; or types = { its name in the file = the center's } under [log]")
    repairs = table.repairs
    if disordered:
        repairs += (f"{counted(disordered, 'row was', 'rows were')} out of order: sorted by arrival",)
    if not any(outcomes):  # a log without outcomes, or with nothing in their column
        calls = [msgspec.structs.replace(call, ended=False) for call in calls]
    taken = {outcome: taken_for(outcome, format.abandoned) for outcome in sorted(outcomes)}
    whole, legs = joined_legs(calls) if "id" in columns else (sorted(calls, key=attrgetter("arrival")), 0)
    return CallLog(
        tuple(whole),
        repairs,
        dropped,
        tuple(outcome for outcome, meaning in taken.items() if meaning == ANSWERED),
        tuple(outcome for outcome, meaning in taken.items() if meaning == ABANDONED),
        legs,
    )


def _check_conditions(table: Table, drop: tuple[dict[str, str], ...]) -> None:
    for condition in drop:
        if not condition:
            raise InputError("[log] drop", "an empty table", "at least one column = value in each")
        for column in condition:
            if column not in table.header:
                raise InputError("[log] drop", shown(column), did_you_mean(column, list(table.header)))


def _columns(table: Table, format: LogFormat) -> dict[str, str]:
    always = ("id", "language", "wait", "outcome", "handle")
    return find_columns(
        table,
        format.columns,
        required=("arrival",) if format.default_type else ("arrival", "type"),
        optional=("type", *always) if format.default_type else always,
        setting="[log] columns",
        option="--columns",
    )


def _call(row: Row, columns: Mapping[str, str], format: LogFormat, arrival: float) -> Call:
    cells = {ours: row.cells[theirs] for ours, theirs in columns.items()}
    kind = cells.get("type", format.default_type)
    if not kind:
        raise InputError(f"column {columns['type']}", "nothing", "a contact type")
    wait = _seconds(cells.get("wait", ""), columns.get("wait", ""))
    handle = _seconds(cells.get("handle", ""), columns.get("handle", ""))
    abandoned = "outcome" in cells and taken_for(cells["outcome"], format.abandoned) == ABANDONED
    return Call(
        id=cells.get("id") or f"line {row.line}",
        type=format.types.get(kind, kind),
        arrival=arrival,
        language=cells.get("language", ""),
        wait=wait,
        abandoned=abandoned,
        handle=math.nan if abandoned or handle == 0 else handle,
    )


def _moment(text: str, column: str, time_format: str, zone: ZoneInfo) -> datetime:
    """The time in a cell, on the clocks of the center."""
    try:
        if time_format:
            moment = datetime.strptime(text, time_format)
        else:
            moment = datetime.fromisoformat(text)
            if len(text) <= len("1999-12-31"):
                raise ValueError("a bare date would put the calls of a day at its midnight")
        if moment.year not in YEARS:
            raise ValueError("not a year of real calls")
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, re.error):  # re.error: a directive that stands twice in time_format
        pattern = f"as in time_format {time_format!r}" if time_format else "such as 2024-06-03T09:15:00"
        others = "for other patterns set time_format under [log] in the center file"
        expected = f"a date and time {pattern}, from {YEARS[0]} to {YEARS[-1]}; {others}"
        raise InputError(f"column {column}", shown(text), expected) from None


def _seconds(text: str, column: str) -> float:
    if not text:
        return math.nan
    return number(text, column, "seconds, at least 0, or nothing where they are unknown")


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
