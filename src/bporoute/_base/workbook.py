"""Rows as a workbook that a spreadsheet opens, with typed cells."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from bporoute.errors import InputError

WIDEST = 40
"""Characters of the widest column."""
_FORMATS = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm", time: "hh:mm"}
_PERCENT = "0.0%"


def workbook_of(
    sheets: Mapping[str, Sequence[Mapping[str, Any]]], where: str, shares: Collection[str] = ()
) -> bytes:
    """A workbook with a sheet for each list of rows: frozen bold headers, and text that stays text.

    Parameters
    ----------
    sheets : mapping
        Title of a sheet -> its rows, all with the names of the first.
    where : str
        The option or file, for a complaint.
    shares : collection of str
        Names of columns whose numbers are shown in percent.

    Raises
    ------
    InputError
        XlsxWriter is not installed.

    Examples
    --------
    >>> workbook_of({"volumes": [{"queue": "=1+1", "volume": 80.5}]}, "--out")[:2]
    b'PK'
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise InputError(where, "a workbook", "the extra 'excel' (pip install 'bporoute[excel]')") from None
    content = io.BytesIO()
    # A cell that begins with = + - @ is what somebody wrote, and no formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        bold = book.add_format({"bold": True})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        percent = book.add_format({"num_format": _PERCENT})
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title[:31])
            sheet.freeze_panes(1, 0)
            names = list(rows[0]) if rows else []
            widths = [len(name) for name in names]
            sheet.write_row(0, 0, names, bold)
            for number, row in enumerate(rows, start=1):
                for column, name in enumerate(names):
                    value = row[name]
                    if value is not None:
                        shown = percent if name in shares else formats.get(type(value))
                        sheet.write(number, column, value, shown)
                        widths[column] = max(widths[column], min(len(str(value)), WIDEST))
            for column, width in enumerate(widths):
                sheet.set_column(column, column, width + 2)
    return content.getvalue()
