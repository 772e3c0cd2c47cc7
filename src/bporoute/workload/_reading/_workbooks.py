"""Workbooks of spreadsheets: .xlsx, .xlsm, .xls, .xlsb and .ods."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime

from bporoute._base.words import did_you_mean
from bporoute.errors import InputError
from bporoute.workload._reading._sheet import Cell, Sheet, is_missing

MOST_UNPACKED = 600_000_000
"""Bytes that a workbook may have unpacked."""
MOST_TIMES_PACKED = 200
"""Times that it may grow; the sheets of real ones grow 5 to 30 times."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_workbook(raw: bytes) -> bool:
    """Whether a file begins as a workbook does."""
    return raw.startswith((_ZIP, _OLE))


def sheet_of_workbook(name: str, raw: bytes, wanted: str, looks_right: Callable[[Sheet], bool]) -> Sheet:
    """The sheet of a workbook that is meant: the one `wanted`, else the only one that looks right.

    Parameters
    ----------
    name : str
        The file.
    raw : bytes
        Its content.
    wanted : str
        The name of a sheet; empty: not told.
    looks_right : callable
        Whether a sheet has what is looked for.

    Raises
    ------
    InputError
        It cannot be opened, has no such sheet, or several might be meant.
    """
    _check(name, raw)
    try:
        import python_calamine
    except ModuleNotFoundError:
        expected = "the extra 'excel' (pip install 'bporoute[excel]'), or the sheet saved as CSV"
        raise InputError(name, "a workbook", expected) from None
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        titles = list(book.sheet_names)
        if wanted and wanted not in titles:
            raise InputError("--read sheet=", repr(wanted), did_you_mean(wanted, titles))
        sheets = [_sheet(name, title, book) for title in ([wanted] if wanted else titles)]
    except (python_calamine.CalamineError, OSError, ValueError) as failure:
        if isinstance(failure, InputError):
            raise
        raise InputError(name, f"a damaged workbook ({failure})", "one that a spreadsheet opens") from None
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise InputError(name, "an empty workbook", "a sheet with a header and one row per record")
    fitting = filled if len(filled) == 1 else [sheet for sheet in filled if looks_right(sheet)]
    if len(fitting) != 1:
        options = [sheet.name.rpartition(" sheet ")[2] for sheet in fitting or filled]
        found = (
            f"{len(fitting or filled)} sheets that may be meant"
            if fitting
            else "no sheet that is surely meant"
        )
        raise InputError(name, found, f"--read sheet=NAME, where NAME is {did_you_mean('', options)}")
    return fitting[0]


def _check(name: str, raw: bytes) -> None:
    if raw.startswith(_OLE):
        if _ENCRYPTED in raw:
            raise InputError(name, "a workbook with a password", "one saved without a password")
        return
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise InputError(name, "a damaged workbook or archive", "a whole one; copy it again") from None
    unpacked = sum(sizes)
    if unpacked > MOST_UNPACKED or unpacked > max(MOST_TIMES_PACKED * len(raw), 10_000_000):
        found = f"{len(raw):,} bytes that unpack to {unpacked:,}"
        raise InputError(name, found, f"a workbook of at most {MOST_UNPACKED:,} bytes, or its sheet as CSV")
    if not {"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & set(names):
        raise InputError(name, "a zip archive", "the file inside it")


def _sheet(name: str, title: str, book: object) -> Sheet:
    from python_calamine import CalamineWorkbook

    assert isinstance(book, CalamineWorkbook)
    sheet = book.get_sheet_by_name(title)
    top = sheet.start[0] if sheet.start else 0
    rows: list[list[Cell]] = [list(map(_cell, row)) for row in sheet.to_python(skip_empty_area=True)]
    while rows and all(map(is_missing, rows[-1])):
        rows.pop()
    rows = _unmerged(rows, sheet.merged_cell_ranges or [], sheet.start or (0, 0))
    named = f"{name} sheet {title}"
    remarks = (f"sheet {title!r}",) if len(book.sheet_names) > 1 else ()
    return Sheet(named, rows, range(top + 1, top + 1 + len(rows)), word="row", remarks=remarks)


def _unmerged(
    rows: list[list[Cell]], merged: list[tuple[tuple[int, int], tuple[int, int]]], start: tuple[int, int]
) -> list[list[Cell]]:
    """What stands in merged cells of a column, in each of them; a title over several columns stays one."""
    for (top, left), (bottom, right) in merged:
        for row in range(top - start[0] + 1, bottom - start[0] + 1):
            column = left - start[1]
            if left == right and 0 < row < len(rows) and 0 <= column < len(rows[row]):
                rows[row][column] = rows[top - start[0]][column]
    return rows


def _cell(cell: Cell) -> Cell:
    """A cell without what only says that it has a type: a date at midnight is a date."""
    if isinstance(cell, datetime) and cell.date() == date(1899, 12, 31):
        return cell.time()
    if isinstance(cell, bool):
        return str(cell)
    return None if cell == "" else cell
