"""Totals that vendors report: contacts offered, answered, in time, by interval, day or month."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.errors import InputError, shown
from bporoute.governance._scorecards._periods import months_in
from bporoute.governance._vendor_contacts import IN_HOUSE, named_vendor, unknown_vendors
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._intervals import read_intervals
from bporoute.workload._reading._moments import wall_time
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sheet import Sheet, text_of
from bporoute.workload._reading._sources import Source, open_source
from bporoute.workload._reading._table import Table, taken

COUNTS = (
    "offered",
    "answered",
    "abandoned",
    "answered_in_time",
    "abandoned_in_time",
    "abandoned_short",
    "resolved",
)
"""Columns of contacts."""
Step = Literal["interval", "day", "month"]
ONLY_VENDOR = "all"
"""Whose totals they are where nobody says."""
MONTH = 27 * 86_400.0
"""Seconds from which on a row is a month."""
_WITHIN = re.compile(
    r"(answered|abandoned|abandons|aband|lost).*?(?:within|in|under|<=?)\D*?(\d+)\s*(s|sec|min)?\b"
)
_AFTER = re.compile(r"(?:abandoned|abandons|aband|lost).*?(?:after|over|>)\D*?(\d+)\s*(s|sec|min)?\b")
_SEARCHED = 40
"""Rows among which the header is looked for."""
_FEW = 0.2
"""Of the answered: numbers up to 100 that sum to less beside numbers above `_MANY` are percentages."""
_MANY = 500.0


class VendorTotals(msgspec.Struct, frozen=True, eq=False):
    """What vendors did, a row for each interval, day or month, in the order of the file.

    Attributes
    ----------
    name : str
        The file, and the sheet of a workbook.
    step : {"interval", "day", "month"}
        What a row is about.
    vendors : list of str
        As the center calls them, or else the file.
    days : list of date
        The day, or the first one of the month.
    starts : array of float
        Seconds since 1970 on the local clocks.
    counts : dict
        Contacts ``offered``, ``answered``, ``abandoned``, ``answered_in_time``, ``abandoned_in_time``,
        ``abandoned_short``, ``resolved``; seconds ``wait_total``, ``handle_total``. NaN: not told.
    within : float
        Seconds that a column's name says are in time; NaN: it does not say.
    abandoned_after : float
        Seconds from which on those who give up are counted at all; 0: all.
    names : dict
        What else a vendor is called in the file -> the first and last day with that name.
    taken, remarks : tuple of str
        What was taken for what, in a few words each; what was left out and why, as sentences.
    bad : tuple of BadRow
        Rows that could not be used and were left out, as `FileFormat.skip_bad` allows.
    """

    name: str
    step: Step
    vendors: list[str]
    days: list[date]
    starts: Floats
    counts: dict[str, Floats]
    within: float
    abandoned_after: float
    names: dict[str, dict[str, tuple[date, date]]]
    taken: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()

    def __len__(self) -> int:
        return len(self.days)


def read_vendor_totals(
    source: Source,
    center: Center | None = None,
    *,
    format: FileFormat | None = None,
    vendor: str = "",
    aliases: dict[str, str] | None = None,
) -> VendorTotals:
    """Read totals of vendors by interval, day or month: any table with contacts answered and in time.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A text, a workbook, a frame (pandas, polars, Arrow) or a mapping of names to arrays.
    center : Center, optional
        The vendors that there are; none: those of the file.
    format : FileFormat, optional
        What the file does not tell by itself.
    vendor : str
        Whose totals they are, if the file has no column for it.
    aliases : dict, optional
        What the file calls a vendor -> its name in the center, such as after it was renamed.

    Raises
    ------
    InputError
        The file cannot be read, or has no vendor that is known.

    Examples
    --------
    >>> read = read_vendor_totals({"month": ["2026-10", "2026-11"], "provider": ["nord", "nord"],
    ...                            "offered": [1000, 1100], "answered": [950, 1010],
    ...                            "answered_within_20s": [800, 790]})
    >>> read.step, read.vendors, read.within, read.counts["answered_in_time"].tolist()
    ('month', ['nord', 'nord'], 20.0, [800.0, 790.0])
    """
    said = FileFormat() if format is None else format
    zone = said.timezone or ("" if center is None else center.timezone)
    sheet = open_source(source, said, _has_seconds)
    named = _named_seconds(sheet)
    columns = {
        ours: theirs
        for ours, (theirs, _) in named.items()
        if ours not in said.columns and theirs not in said.columns.values()
    }
    within = dict(named.values())
    table = open_table(
        sheet, "totals", msgspec.structs.replace(said, columns={**columns, **said.columns}, timezone=zone)
    )
    table.named("answered")
    told, called = _vendors(table, vendor)
    if nameless := [row for row, name in enumerate(told) if not name]:
        table.blame(nameless, "vendor" if table.has("vendor") else "vendor_name", "the name of a vendor")
    ours, unknown = _known(told, center, aliases or {})
    step, days, starts = periods_of(table)
    counts = _counts(table, len(table))
    remarks = _not_counts(table, counts)
    _blame_twice(table, told, starts)
    good, bad = table.settle()
    good &= np.array([bool(name) for name in ours], dtype=bool)
    rows = np.flatnonzero(good).tolist()
    if not rows:
        known = [] if center is None else list(center.vendors)
        found = f"no vendor that is known ({', '.join(map(shown, unknown))})" if unknown else "no row"
        raise InputError(table.grid.name, found, did_you_mean(next(iter(unknown), ""), known))
    known = [] if center is None else list(center.vendors)
    remarks += unknown_vendors(unknown, known)
    in_time = table.named("answered_in_time").theirs if table.has("answered_in_time") else ""
    lost = table.named("abandoned").theirs if table.has("abandoned") else ""
    recognised = tuple(f"{theirs} is {ours}" for ours, theirs in columns.items())
    names: dict[str, dict[str, tuple[date, date]]] = {}
    for row in rows:
        if called[row]:
            spans = names.setdefault(ours[row], {})
            first, last = spans.get(called[row], (days[row], days[row]))
            spans[called[row]] = min(first, days[row]), max(last, days[row])
    return VendorTotals(
        name=table.grid.name,
        step=step,
        vendors=[ours[row] for row in rows],
        days=[days[row] for row in rows],
        starts=starts[rows],
        counts={name: values[rows] for name, values in counts.items()},
        within=within.get(in_time, np.nan),
        abandoned_after=within.get(lost, 0.0),
        names=names,
        taken=(*recognised, *taken(table)),
        remarks=tuple(remarks),
        bad=bad,
    )


def is_totals(source: Source, format: FileFormat) -> bool:
    """Whether a file has totals of vendors and no single contacts: by its columns.

    Raises
    ------
    InputError
        It cannot be read.
    """
    sheet = open_source(source, format, _has_seconds)
    if _named_seconds(sheet):
        return True
    told = set(format.columns)
    if told & {"answered_in_time", "abandoned_in_time", "wait_total", "handle_total"}:
        return True
    if told & {"arrival", "outcome", "wait", "handle", "customer"}:
        return False
    table = open_table(sheet, "totals", msgspec.structs.replace(format, columns={}))
    return table.has("answered") and (table.has("offered") or table.has("answered_in_time"))


def periods_of(table: Table) -> tuple[Step, list[date], Floats]:
    """What the rows are about, the day of each, and when it starts on the local clocks.

    Raises
    ------
    InputError
        Nothing says it.
    """
    for ours in ("month", "date", "start"):
        if table.has(ours) and (months := months_in(table.cells(ours))) is not None:
            missing = [row for row, month in enumerate(months) if month is None]
            table.blame(missing, ours, "a month such as 2026-11")
            days = [date.min if month is None else month for month in months]
            return "month", days, np.array([_epoch_day(day) for day in days])
    intervals = read_intervals(table)
    there = np.where(np.isnan(intervals.wall), 0.0, intervals.wall)
    days = [wall_time(float(second)).date() for second in there.tolist()]
    lengths = intervals.length[~np.isnan(intervals.length)]
    if lengths.size == len(table) and (lengths >= MONTH).all():
        return "month", days, there
    whole = bool((there % 86_400.0 == 0.0).all())
    return ("day" if whole else "interval"), days, there


def _epoch_day(day: date) -> float:
    return (day - date(1970, 1, 1)).days * 86_400.0


def _spaced(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _seconds(number: str, unit: str | None) -> float:
    return float(number) * (60.0 if unit == "min" else 1.0)


def _named_seconds(sheet: Sheet) -> dict[str, tuple[str, float]]:
    """Columns whose name says within how many seconds: our name -> their name, and the seconds."""
    found: dict[str, tuple[str, float]] = {}
    for row in sheet.rows[:_SEARCHED]:
        for cell in row or ():
            name = " ".join(text_of(cell).split())
            if match := _WITHIN.search(_spaced(name)):
                kind = "answered_in_time" if match[1] == "answered" else "abandoned_in_time"
                found.setdefault(kind, (name, _seconds(match[2], match[3])))
            elif match := _AFTER.search(_spaced(name)):
                found.setdefault("abandoned", (name, _seconds(match[1], match[2])))
        if found:
            break
    return found


def _has_seconds(sheet: Sheet) -> bool:
    return bool(_named_seconds(sheet))


def _vendors(table: Table, vendor: str) -> tuple[list[str], list[str]]:
    """Whose each row is, and what it is called beside that."""
    names = table.texts("vendor_name") if table.has("vendor_name") else [""] * len(table)
    if table.has("vendor"):
        return [text.strip() for text in table.texts("vendor")], [name.strip() for name in names]
    if table.has("vendor_name"):
        return [name.strip() for name in names], [""] * len(table)
    return [vendor or ONLY_VENDOR] * len(table), [""] * len(table)


def _known(
    told: Sequence[str], center: Center | None, aliases: dict[str, str]
) -> tuple[list[str], dict[str, int]]:
    """The center's names, empty where it has none such; and how many rows name each of those."""
    if center is None:
        return [aliases.get(name, name) for name in told], {}
    found = {name: named_vendor(name, center, aliases) for name in set(told)}
    ours = [name if (name := found[each]) is not None and name != IN_HOUSE else "" for each in told]
    return ours, dict(Counter(each for each, name in zip(told, ours, strict=True) if not name))


def _counts(table: Table, rows: int) -> dict[str, Floats]:
    nothing = np.full(rows, np.nan)
    counts = {
        ours: table.numbers(ours, "a number of contacts, at least 0", needed=ours == "answered")
        if table.has(ours)
        else nothing
        for ours in COUNTS
    }
    answered = counts["answered"]
    for total, mean in (("wait_total", "asa"), ("handle_total", "aht")):
        if table.has(total):
            counts[total] = table.durations(total, "seconds, at least 0", total=True)
        elif table.has(mean):
            counts[total] = table.durations(mean, "seconds, at least 0") * answered
        else:
            counts[total] = nothing
    if np.isnan(counts["offered"]).all() and not np.isnan(counts["abandoned"]).all():
        counts["offered"] = answered + counts["abandoned"]
    return counts


def _not_counts(table: Table, counts: dict[str, Floats]) -> list[str]:
    """Columns with percentages where contacts belong are left out, and that is said."""
    remarks = []
    answered = counts["answered"]
    for ours in ("answered_in_time", "abandoned_in_time", "abandoned_short", "resolved", "abandoned"):
        values = counts[ours]
        if np.isnan(values).all() or ours == "answered":
            continue
        percent = any("%" in text_of(cell) for cell in table.cells(ours)[:200])
        if percent or (ours in ("answered_in_time", "resolved") and _are_percentages(values, answered)):
            theirs = table.named(ours).theirs
            remarks.append(f"column {theirs} has percentages where contacts belong, and is left out")
            counts[ours] = np.full(values.size, np.nan)
    return remarks


def _are_percentages(values: Floats, answered: Floats) -> bool:
    """Whether numbers are too small to be contacts of so many, or have fractions."""
    most = float(np.nanmax(values))
    if most > 100.0:
        return False
    broken = bool((np.nan_to_num(values) % 1.0 != 0.0).any())
    few = float(np.nansum(values)) < _FEW * float(np.nansum(answered)) and float(np.nanmax(answered)) > _MANY
    return broken or few


def _blame_twice(table: Table, vendors: Sequence[str], starts: Floats) -> None:
    """A vendor has a period once, unless its queues have rows of their own."""
    queues = table.texts("queue") if table.has("queue") else [""] * len(table)
    seen: set[tuple[str, float, str]] = set()
    for row, key in enumerate(zip(vendors, starts.tolist(), queues, strict=True)):
        if key in seen:
            found = f"a second row of {key[0]} for the same time"
            table.blame_row(row, "vendor", found, "one row for each vendor and time")
        seen.add(key)
