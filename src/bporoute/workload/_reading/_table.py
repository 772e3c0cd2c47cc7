"""The columns of a grid by what they mean, typed; rows that cannot be used are collected, then refused."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import time_zone
from bporoute._base.words import counted, did_you_mean
from bporoute.errors import InputError, gathered, shown
from bporoute.workload._reading._dates import weekday_of
from bporoute.workload._reading._durations import read_durations
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow, Grid, is_total
from bporoute.workload._reading._moments import Moments, joined, read_moments
from bporoute.workload._reading._names import WORDS, Named, find_meanings
from bporoute.workload._reading._names import plain as plain_name
from bporoute.workload._reading._numbers import Evidence, decimal_mark, evidence, read_numbers
from bporoute.workload._reading._sheet import Cell, text_of
from bporoute.workload._reading._times import HALF_HOURS, HOURS

MOST_TOLD = 10
FEW = 0.5
"""Share of bad rows up to which leaving them out is offered."""
_NUMERIC = ("volume", "agents", "aht", "talk", "wrap", "handle_total", "wait", "handle", "length", "amount")
_NAMED = ("type", "queue", "vendor")
_HOUR_NAMES = ("hour", "hourofday", "stunde", "hora", "heure", "ora", "uur")
TIME_EXAMPLE = "the start of the interval, such as 09:30, or the number of its half hour, 0 to 47"


class Table:
    """A grid whose columns have been recognised.

    Parameters
    ----------
    grid : Grid
        Rows and names.
    kind : str
        What kind of file it is.
    format : FileFormat
        What somebody has said of it.
    setting : str
        Part of the center file that maps its columns, as far as there is one.

    Raises
    ------
    InputError
        A mapped column is missing, or a mapping has a name that means nothing.
    """

    def __init__(self, grid: Grid, kind: str, format: FileFormat, setting: str = "") -> None:
        self.grid = grid
        self.kind = kind
        self.format = format
        self.remarks = list(grid.remarks)
        self._setting = setting
        self._bad: dict[int, BadRow] = {}
        self._read: list[str] = []
        known = list(WORDS[kind])
        for ours in format.columns:
            if ours not in known:
                raise InputError(setting or "--columns", shown(ours), did_you_mean(ours, known))
        self._found = find_meanings(grid.header, kind, format.columns)
        for ours in format.columns:
            if ours not in self._found:
                raise self.missing(ours)
        self._marks: dict[str, Evidence] = {}
        self._leave_out_totals()

    def __len__(self) -> int:
        return len(self.grid.places)

    def missing(self, ours: str) -> InputError:
        """The complaint that a column is not there."""
        theirs = self.format.columns.get(ours, ours)
        on_command_line = f"--columns {ours}=NAME" if self.kind != "agents" or not self._setting else ""
        in_file = f"{ours} = NAME under {self._setting} in the center file" if self._setting else ""
        ways = " or ".join(filter(None, (on_command_line, in_file)))
        names = did_you_mean(theirs, [name for name in self.grid.header if name])
        expected = f"such a column, or {ways}, where NAME is {names}"
        return InputError(self.grid.at(self.grid.header_place or 1), f"no column {theirs!r}", expected)

    def has(self, *ours: str) -> bool:
        """Whether there is a column for each of these meanings."""
        return all(each in self._found for each in ours)

    def named(self, ours: str) -> Named:
        """The column of a meaning; `InputError` if there is none, or two that are called alike."""
        listed = self._found.get(ours)
        if not listed:
            raise self.missing(ours)
        return listed[0]

    def cells(self, ours: str) -> list[Cell]:
        """What stands in a column."""
        return self.grid.columns[self.named(ours).place]

    def place(self, row: int, ours: str) -> str:
        """Name a cell, as an `InputError` does."""
        return f"{self.grid.at(self.grid.places[row])}, column {self.named(ours).theirs}"

    def renamed(self) -> dict[str, str]:
        """Our name -> the file's, of the columns that were asked for and are called otherwise."""
        used = dict.fromkeys(self._read)
        return {ours: self.named(ours).theirs for ours in used if self.named(ours).theirs != ours}

    def texts(self, ours: str) -> list[str]:
        """A column of texts."""
        self._read.append(ours)
        cells = self.cells(ours)
        if set(map(type, cells)) == {str}:
            return cells  # type: ignore[return-value]
        return list(map(text_of, cells))

    def stripped(self, ours: str, alone: str = "") -> list[str]:
        """A column of texts without blanks around them; without one, `alone` in each row."""
        return [text.strip() for text in self.texts(ours)] if self.has(ours) else [alone] * len(self)

    def numbers(
        self,
        ours: str,
        expected: str,
        *,
        lowest: float = 0.0,
        highest: float = math.inf,
        needed: bool = True,
    ) -> Floats:
        """A column of numbers from `lowest` to `highest`, NaN where nothing stands; bad if it is `needed`."""
        self._read.append(ours)
        cells = self.cells(ours)
        mark = self._mark(ours)
        values, bad = read_numbers(cells, mark)
        self._blame(ours, bad, expected)
        self._blame(ours, np.flatnonzero((values < lowest) | (values > highest)).tolist(), expected)
        if needed:
            self._blame(ours, np.flatnonzero(np.isnan(values)).tolist(), expected)
        return values

    def durations(
        self, ours: str, expected: str, *, highest: float = math.inf, total: bool = False
    ) -> Floats:
        """A column of durations in seconds, NaN where nothing stands."""
        self._read.append(ours)
        named, cells = self.named(ours), self.cells(ours)
        where = f"{self.grid.name}: column {named.theirs}"
        said = self.format.durations
        mark = self._mark(ours)
        values, bad, taken = read_durations(
            cells, unit=named.unit, said=said, mark=mark, total=total, where=where
        )
        if taken:
            self.remarks.append(f"{named.theirs} {taken if taken.startswith('in ') else f'as {taken}'}")
        self._blame(ours, bad, expected)
        self._blame(ours, np.flatnonzero((values < 0) | (values > highest)).tolist(), expected)
        return values

    def moments(self, ours: str, expected: str, *, spans: bool = False, needed: bool = True) -> Moments:
        """A column of dates, with their times if they stand there."""
        self._read.append(ours)
        named = self.named(ours)
        read = read_moments(
            self.cells(ours),
            said=self.format.dates,
            time_format=self.format.time_format,
            weekdays=self._weekdays(ours),
            spans=spans,
            where=f"{self.grid.name}: column {named.theirs}",
        )
        self.remarks += [line for line in read.why if line not in self.remarks]
        self._blame(ours, read.bad, expected)
        if needed:
            self._blame(ours, read.missing, expected)
        return read

    def with_times(
        self, days: Moments, ours: str, *, needed: bool = True, plain: str = HALF_HOURS
    ) -> Moments:
        """Days with the times of another column; `plain` is what numbers in it count if nobody says."""
        self._read.append(ours)
        named = self.named(ours)
        word = plain_name(named.theirs)
        counts = self.format.times or (HOURS if word[0] in _HOUR_NAMES or word[1] == "hours" else plain)
        read = joined(days, self.cells(ours), numbers=counts, spans=True)
        self._blame(ours, read.bad, TIME_EXAMPLE)
        if needed:
            self._blame(ours, read.missing, TIME_EXAMPLE)
        return read

    def blame(self, rows: Collection[int], ours: str, expected: str) -> None:
        """Say that these rows cannot be used for what stands in a column."""
        self._blame(ours, rows, expected)

    def blame_row(self, row: int, ours: str, found: str, expected: str) -> None:
        """Say that a row cannot be used, in words of its own."""
        if row not in self._bad:
            name = self.named(ours).theirs if ours in self._found else ours
            self._bad[row] = BadRow(self.grid.places[row], name, found, expected)

    def _blame(self, ours: str, rows: Collection[int], expected: str) -> None:
        if len(rows):
            cells, name = self.cells(ours), self.named(ours).theirs
            for row in rows:
                if row not in self._bad:
                    found = (
                        "nothing" if cells[row] in (None, "") and ours in _NAMED else shown(cells[row] or "")
                    )
                    self._bad[row] = BadRow(self.grid.places[row], name, found, expected)

    def leave_out(self, rows: Collection[int]) -> None:
        """Forget these rows, before anything has been read."""
        gone = set(rows)
        kept = [row for row in range(len(self)) if row not in gone]
        self.grid = msgspec.structs.replace(
            self.grid,
            columns=[[column[row] for row in kept] for column in self.grid.columns],
            places=[self.grid.places[row] for row in kept],
        )

    def settle(self) -> tuple[Flags, tuple[BadRow, ...]]:
        """Which rows are to be used, and which were left out because somebody allows that.

        Raises
        ------
        InputError
            Rows that cannot be used, each with its place and reason: more than may be left out.
        """
        bad = sorted([*self._bad.values(), *self.grid.bad], key=lambda row: row.line)
        good = np.ones(len(self), dtype=bool)
        good[list(self._bad)] = False
        rows = len(self) + len(self.grid.bad)
        if bad and (len(bad) > self.format.skip_bad * rows or not good.any()):
            raise self._complaint(bad, rows)
        if bad:
            self.remarks.append(f"{counted(len(bad), 'bad row')} of {rows:,} left out")
        return good, tuple(bad)

    def _complaint(self, bad: Sequence[BadRow], rows: int) -> InputError:
        complaints = []
        for number, row in enumerate(bad[:MOST_TOLD]):
            where = self.grid.at(row.line) + (f", column {row.column}" if row.column else "")
            remedy = ""
            if number == 0 and len(bad) <= FEW * rows:
                share = math.ceil(1000 * len(bad) / rows) / 10
                remedy = f"; or --skip-bad {share:g}% to go on without such rows"
            complaints.append(InputError(where, row.found, row.expected + remedy))
        if len(bad) > MOST_TOLD:
            found = counted(len(bad) - MOST_TOLD, "more bad row")
            complaints.append(InputError(self.grid.at(bad[MOST_TOLD].line), found, "rows like the others"))
        return gathered(complaints)

    def _mark(self, ours: str) -> str:
        """The mark before the decimals of a column."""
        for each in _NUMERIC:
            if each in self._found and each not in self._marks:
                self._marks[each] = evidence(self.cells(each))
        own = self._marks.setdefault(ours, evidence(self.cells(ours)))
        others = [seen for each, seen in self._marks.items() if each != ours]
        where = f"{self.grid.name}: column {self.named(ours).theirs}"
        mark, why = decimal_mark(own, others, self.grid.delimiter, self.format.decimal, where)
        once, _, _ = why.partition(" as in ")  # of several columns with it the first is enough
        if why and not any(told.startswith(once) for told in self.remarks):
            self.remarks.append(why)
        return mark

    def _weekdays(self, ours: str) -> Mapping[str, int]:
        """The day of the week by the text of a date, where a column of them stands beside it."""
        if not self.has("weekday"):
            columns = [self.grid.columns[named.place] for named in self._beside(ours)]
        else:
            columns = [self.cells("weekday")]
        for column in columns:
            pairs = dict.fromkeys(zip(self.cells(ours), column, strict=True))
            told = {date: weekday_of(text_of(word)) for date, word in pairs if isinstance(date, str)}
            if told and None not in told.values():
                return {date: day for date, day in told.items() if day is not None}
        return {}

    def _beside(self, ours: str) -> list[Named]:
        """Columns that might have been taken for the same, such as ``Day`` beside ``Date``."""
        return [
            Named(place, name)
            for place, name in enumerate(self.grid.header)
            if name
            and place != self.named(ours).place
            and name.casefold() in ("day", "weekday", "tag", "wochentag", "dow", "jour", "dia", "giorno")
        ]

    def _leave_out_totals(self) -> None:
        """Drop the rows that sum up others, by what stands in the columns of names, dates and times."""
        keys = (
            "start",
            "date",
            "interval",
            "queue",
            "arrival",
            "time",
            "type",
            "vendor",
            "period",
            "weekday",
        )
        places = {named.place for ours in keys for named in self._found.get(ours, ())[:1]}
        gone: set[int] = set()
        for place in places:
            column = self.grid.columns[place]
            begins = {cell[:1] for cell in column if isinstance(cell, str)}
            if not any(map(str.isalpha, begins)):
                continue
            values = set(column)
            sums = {value for value in values if is_total(value)}
            if sums and len(sums) < len(values):
                gone |= {row for row, cell in enumerate(column) if cell in sums}
        if gone and len(gone) < len(self):
            self.leave_out(gone)
            self.remarks.append(f"{counted(len(gone), 'row')} of totals left out")


def zone_of(format: FileFormat) -> ZoneInfo | None:
    """The zone of the clocks, as far as somebody has said."""
    return time_zone(format.timezone) if format.timezone else None


def taken(table: Table) -> tuple[str, ...]:
    """What was taken for what in a table, in a few words each; empty: it is as we would write it."""
    renamed = table.renamed()
    told = [
        f"{theirs} is {ours}" if not place else f"{theirs} {ours}"
        for place, (ours, theirs) in enumerate(renamed.items())
        if theirs != table.format.columns.get(ours)
    ]
    return (*table.remarks, *([", ".join(told)] if told else []))


def check_names(
    table: Table, ours: str, told: Iterable[tuple[str, int]], known: Collection[str], remedy: str = ""
) -> None:
    """Complain of every name that is not `known`, with the place of the first row and how many there are.

    Parameters
    ----------
    table : Table
        The file.
    ours : str
        Our name of the column.
    told : iterable
        Names with their rows.
    known : collection of str
        The names that there are.
    remedy : str
        What else would help.

    Raises
    ------
    InputError
        With a complaint for each name; of very many, for the first.
    """
    first: dict[str, int] = {}
    rows: dict[str, int] = {}
    for name, row in told:
        if name not in known:
            first.setdefault(name, row)
            rows[name] = rows.get(name, 0) + 1
    if not first:
        return
    unknown = list(first)
    complaints = [
        InputError(
            table.place(first[name], ours),
            f"{shown(name)} ({counted(rows[name], 'row')})",
            did_you_mean(name, list(known)) + remedy,
        )
        for name in unknown[:MOST_TOLD]
    ]
    if more := unknown[MOST_TOLD:]:
        found = f"{counted(len(more), 'more such name')} ({counted(sum(rows[name] for name in more), 'row')})"
        complaints.append(InputError(table.place(first[more[0]], ours), found, "such as are known"))
    raise gathered(complaints)
