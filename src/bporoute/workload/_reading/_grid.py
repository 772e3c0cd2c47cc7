"""Where a table begins and ends in a sheet: titles above it, its header, what stands below and between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

import msgspec

from bporoute._base.words import counted
from bporoute.errors import InputError, shown
from bporoute.workload._reading._dates import DAY_FIRST, read_date
from bporoute.workload._reading._headless import header_of
from bporoute.workload._reading._names import find_meanings, recognised
from bporoute.workload._reading._sheet import Cell, Sheet, text_of
from bporoute.workload._reading._times import read_time

SEARCHED_ROWS = 40
"""Rows of a sheet among which the header is looked for."""
TITLE_CELLS = 3
"""Width from which on a row with a single cell is a title, a footer or the end of a page."""
_TOTALS = re.compile(
    r"(grand |sub|sub-)?totals?\b.*|.*\b(sub)?totals?:?|(gesamt|summe|insgesamt|gesamtsumme|sum|totaal|"
    r"totale|totalt|suma|somme|totaux|totales|razem|average|avg|mean|mittelwert|durchschnitt|promedio|moyenne|media)"
    r"\.?:?",
    re.I,
)
_PLAIN = re.compile(r"\d+(\.\d+)?")
_PAGE = re.compile(r"(page|seite|p[aá]gina|pagina|sida|side)\b.*\d.*", re.I)


class BadRow(NamedTuple):
    """A row that cannot be used.

    Attributes
    ----------
    line : int
        Its line in the file, or its row.
    column : str
        The column that is at fault, as the file calls it; empty: the whole row.
    found, expected : str
        What stands there, and what would be right.
    """

    line: int
    column: str
    found: str
    expected: str


class Grid(msgspec.Struct, frozen=True, eq=False):
    """A table with a header.

    Attributes
    ----------
    name : str
        The file.
    header : tuple of str
        Names of the columns.
    columns : list of list
        The cells below the header, a list for each column; texts without white space around them.
    places : list of int
        The line, or row, of each.
    word : str
        What a place is called.
    header_place : int
        Where the header stands.
    remarks : tuple of str
        What was decided to get so far.
    delimiter : str
        What separates the fields; empty in a workbook.
    bad : tuple of BadRow
        Rows that do not fit the header.
    """

    name: str
    header: tuple[str, ...]
    columns: list[list[Cell]]
    places: Sequence[int]
    word: str = "line"
    header_place: int = 1
    remarks: tuple[str, ...] = ()
    delimiter: str = ""
    bad: tuple[BadRow, ...] = ()

    def at(self, place: int) -> str:
        """Name a place, as an `InputError` does."""
        return f"{self.name} {self.word} {place}"


def is_total(cell: Cell) -> bool:
    """Whether a cell says that its row sums up others.

    >>> [is_total(text) for text in ("Total", "Monday Total", "Summe:", "Totally", "sales")]
    [True, True, True, False, False]
    """
    return isinstance(cell, str) and bool(_TOTALS.fullmatch(cell.strip()))


def grid_of(sheet: Sheet, kind: str, mapping: Mapping[str, str]) -> Grid:
    """Find the header of a sheet and the rows that belong to it.

    Parameters
    ----------
    sheet : Sheet
        All that stands there.
    kind : str
        What kind of file is looked for.
    mapping : mapping
        Our name -> the file's name, as far as somebody has said.

    Raises
    ------
    InputError
        There is no table, a name stands twice in its header, or no row is below it.
    """
    rows = [list(row) if row and any(map(_filled, row)) else None for row in sheet.rows[:SEARCHED_ROWS]]
    if not any(rows):
        raise InputError(sheet.name, "an empty file", "a header line and one line per record")
    remarks = list(sheet.remarks)
    if known := header_of([row for row in rows if row], kind):
        header, told = known
        remarks.append(told)
        sheet, top = _padded(sheet, len(header)), -1
    else:
        top = 0 if sheet.headed else _header_row(rows, kind, set(mapping.values()))
        header = tuple(map(_title, rows[top] or []))
    above = sum(row is not None for row in rows[: max(top, 0)])
    if above:
        remarks.append(f"{counted(above, 'title row')} skipped")
    place = sheet.places[top] if top >= 0 else 0
    _check_names(sheet, header, place, kind, mapping)
    return _below(sheet, header, top, kind, remarks)


def _padded(sheet: Sheet, width: int) -> Sheet:
    """A sheet whose rows end where they have no more to say, with rows of one width."""
    rows = [row + [""] * (width - len(row)) if row else row for row in sheet.rows]
    return msgspec.structs.replace(sheet, rows=rows)


def _filled(cell: Cell) -> bool:
    return cell is not None and cell != ""


def _title(cell: Cell) -> str:
    """A cell of a header as a text."""
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return " ".join(text_of(cell).split())


def is_time_title(text: str) -> bool:
    """Whether the name of a column is a time of day.

    >>> [is_time_title(text) for text in ("08:00", "8:00 AM", "08:00-08:30", "80", "Monday")]
    [True, True, True, False, False]
    """
    return not text.isdigit() and read_time(text) is not None


def is_date_title(text: str) -> bool:
    """Whether the name of a column is a day.

    >>> [is_date_title(text) for text in ("2026-11-23", "Mon 23.11.2026", "11/23/2026", "1", "Monday")]
    [True, True, True, False, False]
    """
    orders = (DAY_FIRST, "month-first")
    return not _PLAIN.fullmatch(text) and any(read_date(text, order) is not None for order in orders)


def _header_row(rows: Sequence[list[Cell] | None], kind: str, names: Collection[str]) -> int:
    """The row that has most names; without any the first one that is as wide as most."""
    scores = []
    widths = Counter(sum(map(_filled, row)) for row in rows if row)
    usual = max(widths, key=lambda width: (widths[width], width))
    for number, row in enumerate(rows):
        titles = [] if row is None else list(map(_title, row))
        known = sum(bool(title) and (title in names or recognised(title, kind)) for title in titles)
        across = sum(is_time_title(title) or is_date_title(title) for title in titles if title)
        lonely = usual > 1 and sum(map(bool, titles)) == 1
        scores.append((0 if lonely else known + (across if across > 2 else 0), -number))
    best, number = max(scores)
    if best:
        return -number
    return next((n for n, row in enumerate(rows) if row and sum(map(_filled, row)) >= usual), 0)


def _check_names(
    sheet: Sheet, header: Sequence[str], place: int, kind: str, mapping: Mapping[str, str]
) -> None:
    """Refuse a name that stands twice, if it means something here."""
    repeated = [name for name, count in Counter(filter(None, header)).items() if count > 1]
    for name in repeated:
        if name in mapping.values() or recognised(name, kind):
            where = f"{sheet.name} {sheet.word} {place}"
            raise InputError(where, f"{shown(name)} twice", "a different name for every column")


def _below(sheet: Sheet, header: tuple[str, ...], top: int, kind: str, remarks: list[str]) -> Grid:
    """The rows below the header, as columns."""
    width = len(header)
    body, places = sheet.rows[top + 1 :], sheet.places[top + 1 :]
    last = len(body)
    while last and not any(map(_filled, body[last - 1])):
        last -= 1
    end = last
    while end and width >= TITLE_CELLS and _is_footer(body[end - 1], width):
        end -= 1
    if end < last:
        gone = sum(any(map(_filled, row)) for row in body[end:last])
        remarks.append(f"{counted(gone, sheet.word)} below the table left out")
    body, places = body[:end], places[:end]
    first = header[0]
    kept: list[int] = []
    bad: list[BadRow] = []
    again = pages = 0
    odd = set(map(len, body)) != {width} or not {"", None, first}.isdisjoint(row[0] for row in body)
    for number, row in enumerate(body) if odd else ():
        if len(row) == width and row[0] and row[0] != first:
            kept.append(number)
            continue
        if not any(map(_filled, row)):
            continue
        while len(row) > width and not _filled(row[-1]):
            row.pop()
        if tuple(map(_title, row)) == header:
            again += 1
        elif _is_page(row, width):
            pages += 1
        elif len(row) < width and is_total(row[0]):
            row += [None] * (width - len(row))
            kept.append(number)
        elif len(row) != width and sheet.delimiter:
            expected = f"{counted(width, 'field')}, as in the header"
            bad.append(BadRow(places[number], "", counted(len(row), "field"), expected))
        else:
            row += [None] * (width - len(row))
            kept.append(number)
    if odd:
        body, places = [body[number][:width] for number in kept], [places[number] for number in kept]
    if again:
        remarks.append(f"{counted(again, 'repeated header')} skipped")
    if pages:
        remarks.append(f"{counted(pages, 'page line')} skipped")
    if not body and not bad:
        raise InputError(sheet.name, "only a header", "at least one record below the header")
    columns: list[list[Cell]] = [_stripped(column) for column in zip(*body, strict=True)] or [
        [] for _ in header
    ]
    return Grid(
        sheet.name,
        header,
        columns,
        places,
        sheet.word,
        sheet.places[top] if top >= 0 else 0,
        tuple(remarks),
        sheet.delimiter,
        tuple(bad),
    )


def _stripped(column: Sequence[Cell]) -> list[Cell]:
    try:
        return list(map(str.strip, column))  # type: ignore[arg-type]
    except TypeError:
        return [cell.strip() if isinstance(cell, str) else cell for cell in column]


def _is_footer(row: Sequence[Cell], width: int) -> bool:
    """Whether a row at the end has a remark and no record: a single cell that is no total."""
    filled = [cell for cell in row if _filled(cell)]
    return not filled or (
        len(filled) == 1
        and isinstance(filled[0], str)
        and not is_total(filled[0])
        and len(row) != 0
        and _wordy(filled[0])
    )


def _wordy(text: str) -> bool:
    return " " in text.strip() and text.strip()[:1].isalpha()


def _is_page(row: Sequence[Cell], width: int) -> bool:
    filled = [cell for cell in row if _filled(cell)]
    return width >= TITLE_CELLS and len(filled) == 1 and bool(_PAGE.fullmatch(text_of(filled[0])))


def looks_like(sheet: Sheet, kind: str, mapping: Mapping[str, str], needed: Collection[str]) -> bool:
    """Whether a sheet has a table in which every needed meaning is found; a sheet with times across, too."""
    try:
        grid = grid_of(sheet, kind, mapping)
    except InputError:
        return False
    meanings = find_meanings(grid.header, kind, mapping)
    across = sum(is_time_title(title) or is_date_title(title) for title in grid.header)
    return across > 2 or all(ours in meanings for ours in needed)
