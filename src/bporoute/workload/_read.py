"""Any file of the trade, read as what it is: its rows in our words, totals, and what was taken for what."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from bporoute._base.clock import time_zone
from bporoute._base.remark import Remark
from bporoute._base.words import did_you_mean
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.workload._call_log import read_calls
from bporoute.workload._reading._events import is_event_log
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow, Grid, grid_of
from bporoute.workload._reading._intervals import read_intervals, told_apart
from bporoute.workload._reading._names import WORDS, find_meanings
from bporoute.workload._reading._open import NEEDED, open_table
from bporoute.workload._reading._sheet import Sheet
from bporoute.workload._reading._sources import Source, open_source
from bporoute.workload._reading._table import Table, taken
from bporoute.workload._reading._wide import as_long
from bporoute.workload._volumes import ONLY_QUEUE, read_volumes

FILE_KINDS = ("calls", "volumes", "agents", "invoices", "vendors")
"""What `read` knows: call logs, planner files, agents, invoices, lists of vendors."""
_SURE = {
    "calls": ("id", "wait", "outcome", "answered_at", "ended_at", "type", "handle"),
    "volumes": ("aht", "talk", "handle_total", "service_level", "abandonment", "interval"),
    "agents": ("interval", "queue", "date"),
    "invoices": ("period", "contacts", "minutes", "currency", "number"),
    "vendors": ("unit", "currency", "capacity", "languages"),
}
"""Columns that make a kind more likely."""
_TEXTS = ("vendor", "period", "currency", "number", "unit", "languages")


class Reading(msgspec.Struct, frozen=True, eq=False):
    """What was understood of a file.

    Attributes
    ----------
    name : str
        The file, and the sheet of a workbook.
    kind : str
        ``calls``, ``volumes``, ``agents``, ``invoices`` or ``vendors``.
    rows : list of dict
        One for each call, interval, invoice or vendor: our names with plain values; None: unknown.
    totals : dict
        Sums and counts by which to see at a glance whether it was read right.
    taken : tuple of str
        What was taken for what, in a few words each.
    notes : tuple of str
        What was assumed, as sentences.
    remarks : tuple of Remark
        What is legal but probably not meant.
    bad : tuple of BadRow
        Rows that could not be used and were left out, as `FileFormat.skip_bad` allows.
    """

    name: str
    kind: str
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    taken: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    bad: tuple[BadRow, ...] = ()


def read(source: Source, kind: str = "", format: FileFormat | None = None) -> Reading:
    """Read a file of whatever kind, in whatever shape.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A text, a workbook, a frame (pandas, polars, Arrow) or a mapping of names to arrays.
    kind : str
        One of `FILE_KINDS`. Default: what it looks like.
    format : FileFormat, optional
        What the file does not tell by itself.

    Raises
    ------
    InputError
        It cannot be read, or may be of several kinds.

    Examples
    --------
    >>> reading = read({"Date": ["11/23/2026"] * 2, "Time": ["8:00 AM", "8:30 AM"],
    ...                 "Calls Offered": ["980", "1,073"], "AHT (min)": [4.2, 4.0]})
    >>> reading.kind, reading.rows[1]["volume"], reading.rows[1]["minutes"]
    ('volumes', 1073.0, 30.0)
    """
    said = FileFormat() if format is None else format
    if kind and kind not in FILE_KINDS:
        raise InputError("kind", repr(kind), did_you_mean(kind, list(FILE_KINDS)))
    sheet = open_source(source, said, lambda each: bool(_kinds_of(each, said)))
    chosen = kind or _only_kind(sheet, said)
    if chosen == "volumes":
        return _volumes(sheet, said)
    if chosen == "calls":
        return _calls(sheet, said)
    if chosen == "agents":
        return _agents(sheet, said)
    return _list(sheet, chosen, said)


def kind_of(source: Source, format: FileFormat) -> str:
    """What kind of file it is, one of `FILE_KINDS`.

    Raises
    ------
    InputError
        It cannot be read, or may be of several kinds.
    """
    return _only_kind(open_source(source, format, lambda each: bool(_kinds_of(each, format))), format)


def _kinds_of(sheet: Sheet, format: FileFormat) -> list[str]:
    """The kinds of file that a sheet may be, the likeliest first; several only if they are alike."""
    points: dict[str, int] = {}
    for kind in FILE_KINDS:
        try:
            grid = grid_of(sheet, kind, _known(format.columns, kind))
        except InputError:
            continue
        if kind == "calls" and is_event_log(grid):
            return ["calls"]
        meanings = set(find_meanings(grid.header, kind, _known(format.columns, kind)))
        if kind == "volumes" and "volume" not in meanings and _is_wide(grid):
            points[kind] = 1
        elif set(NEEDED[kind]) <= meanings or (
            kind == "calls" and {"date", "time"} <= meanings and "id" in meanings
        ):
            points[kind] = 1 + len(meanings & set(_SURE[kind]))
    if "volumes" in points and "calls" in points:
        grid = grid_of(sheet, "calls", _known(format.columns, "calls"))
        of_calls = find_meanings(grid.header, "calls", _known(format.columns, "calls"))
        del points["volumes" if set(of_calls) & {"id", "answered_at", "outcome"} else "calls"]
    if "volumes" in points and "agents" in points:
        del points["agents"]  # a plan: volumes with the agents they need
    best = max(points.values(), default=0)
    return [kind for kind, reached in points.items() if reached == best]


def _known(mapping: Mapping[str, str], kind: str) -> dict[str, str]:
    return {ours: theirs for ours, theirs in mapping.items() if ours in WORDS[kind]}


def _is_wide(grid: Grid) -> bool:
    try:
        return "volume" in as_long(grid, "volumes", "volume").header
    except InputError:
        return False


def _only_kind(sheet: Sheet, format: FileFormat) -> str:
    kinds = _kinds_of(sheet, format)
    if len(kinds) == 1:
        return kinds[0]
    options = kinds or list(FILE_KINDS)
    filled = [row for row in sheet.rows if row]
    if len(filled) == 1:
        raise InputError(sheet.name, "only a header", "at least one record below the header")
    header = next(iter(filled), [])
    names = ", ".join(str(cell) for cell in header[:8])
    found = f"what may be {' or '.join(kinds)}" if kinds else f"no columns that are known ({names})"
    raise InputError(sheet.name, found, f"--as KIND, where KIND is {did_you_mean('', options)}; or --columns")


def _volumes(sheet: Any, format: FileFormat) -> Reading:
    read = read_volumes(sheet, format=format)
    aht, seconds = read.aht.tolist(), read.seconds.tolist()
    rows = [
        {
            "date": f"{start:%Y-%m-%d}",
            "interval": _clock(start),
            "queue": queue,
            "volume": volume,
            "aht": _known_number(handle),
            "minutes": length / 60,
        }
        for start, queue, volume, handle, length in zip(
            read.starts, read.queues, read.volume.tolist(), aht, seconds, strict=True
        )
    ]
    for ours in ("day_cv", "interval_cv", "update_weight"):
        if (told := getattr(read, ours)) is not None:
            for row, value in zip(rows, told.tolist(), strict=True):
                row[ours] = value
    work = float(np.nansum(read.volume * read.aht))
    volume = float(read.volume.sum())
    totals = {
        "rows": len(rows),
        "first": f"{min(read.starts):%Y-%m-%d %H:%M}",
        "last": f"{max(read.starts):%Y-%m-%d %H:%M}",
        "queues": dict(Counter(read.queues)),
        "volume": volume,
        "mean_aht": work / volume if volume else None,
    }
    return Reading(sheet.name, "volumes", rows, totals, read.taken, read.notes, read.remarks, read.bad)


def _calls(sheet: Any, format: FileFormat) -> Reading:
    zone_name = format.timezone or "UTC"
    zone = time_zone(zone_name)
    log = read_calls(sheet, LogFormat(default_type=ONLY_QUEUE), zone_name, format=format)
    rows = []
    for call in log.calls:
        moment = datetime.fromtimestamp(call.arrival, zone)
        rows.append(
            {
                "id": call.id,
                "type": call.type,
                "arrival": (moment if format.timezone else moment.replace(tzinfo=None)).isoformat(),
                "language": call.language,
                "wait": _known_number(call.wait),
                "outcome": ("abandoned" if call.abandoned else "answered") if call.ended else "",
                "handle": _known_number(call.handle),
            }
        )
    if not rows:
        raise InputError(sheet.name, "no calls", "at least one")
    handled = [call.handle for call in log.calls if call.handle == call.handle]
    waited = [call.wait for call in log.calls if call.wait == call.wait]
    totals = {
        "rows": len(rows),
        "first": rows[0]["arrival"],
        "last": rows[-1]["arrival"],
        "types": dict(Counter(call.type for call in log.calls)),
        "abandoned": sum(call.abandoned for call in log.calls),
        "mean_wait": _mean(waited),
        "mean_handle": _mean(handled),
        "legs": log.legs,
    }
    return Reading(sheet.name, "calls", rows, totals, log.taken, _of_outcomes(log), (), log.bad)


def _of_outcomes(log: Any) -> tuple[str, ...]:
    told = [
        f"{', '.join(filter(None, words)) or 'nothing'} as {meaning}"
        for words, meaning in ((log.answered_as, "answered"), (log.abandoned_as, "abandoned"))
        if words
    ]
    return (f"outcomes: {'; '.join(told)}",) if told else ()


def _agents(sheet: Sheet, format: FileFormat) -> Reading:
    table = open_table(sheet, "agents", format)
    intervals = read_intervals(table)
    queues = table.texts("queue") if table.has("queue") else [ONLY_QUEUE] * len(table)
    intervals = told_apart(table, intervals, queues)
    counts = table.numbers("agents", "a number of agents", needed=not format.empty)
    good, bad = table.settle()
    rows = [
        {
            "date": f"{intervals.start(row):%Y-%m-%d}",
            "interval": _clock(intervals.start(row)),
            "queue": queues[row],
            "agents": float(counts[row]),
        }
        for row in np.flatnonzero(good & ~np.isnan(counts)).tolist()
    ]
    totals = {
        "rows": len(rows),
        "queues": dict(Counter(str(row["queue"]) for row in rows)),
        "most_agents": float(np.nanmax(counts)),
    }
    return Reading(table.grid.name, "agents", rows, totals, taken(table), bad=bad)


def _list(sheet: Sheet, kind: str, format: FileFormat) -> Reading:
    """Invoices or vendors: texts and numbers by their meaning."""
    table = open_table(sheet, kind, format)
    for ours in NEEDED[kind]:
        table.named(ours)
    columns: dict[str, Sequence[Any]] = {}
    for ours in _meanings(table):
        if ours in _TEXTS:
            columns[ours] = table.texts(ours)
        else:
            needed = ours in NEEDED[kind]
            numbers = table.numbers(ours, "a number of at least 0", needed=needed)
            columns[ours] = [_known_number(value) for value in numbers.tolist()]
    good, bad = table.settle()
    kept = np.flatnonzero(good).tolist()
    rows = [{ours: column[row] for ours, column in columns.items()} for row in kept]
    totals: dict[str, Any] = {"rows": len(rows), "vendors": len({row["vendor"] for row in rows})}
    for ours in ("amount", "contacts", "minutes"):
        if ours in columns:
            totals[ours] = math.fsum(row[ours] or 0.0 for row in rows)
    return Reading(table.grid.name, kind, rows, totals, taken(table), bad=bad)


def _meanings(table: Table) -> list[str]:
    return [ours for ours in WORDS[table.kind] if table.has(ours)]


def _clock(start: datetime) -> str:
    return f"{start:%H:%M:%S}" if start.second else f"{start:%H:%M}"


def _known_number(value: float) -> float | None:
    return value if value == value else None


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
