"""A table as it comes out of a file: rows of cells, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

Cell = object
"""A text, or what a workbook or frame has typed: a number, date, time, duration; None: nothing."""

MISSING = frozenset(
    [
        "-",
        "--",
        "\u2013",
        "\u2014",
        ".",
        "null",
        "(null)",
        "#n/a",
        "n/a",
        "na",
        "nan",
        "none",
        "nil",
        "\\n",
        "#div/0!",
        "#value!",
        "#ref!",
        "#name?",
        "n.a.",
        "(blank)",
        "nat",
    ]
) | {""}
"""What stands in a cell that has nothing to say, in lower case."""


class Sheet(msgspec.Struct, frozen=True, eq=False):
    """A table before anybody knows what its rows are.

    Attributes
    ----------
    name : str
        The file, and its sheet.
    rows : list
        Lists of cells; texts are as they stand.
    places : sequence of int
        The line of each row, or its number in a workbook or frame; the first is 1.
    word : str
        What a place is called: a line or a row.
    remarks : tuple of str
        What was decided to get so far.
    delimiter : str
        What separates the fields; empty in a workbook.
    headed : bool
        Whether the first row is surely the header.
    """

    name: str
    rows: list[list[Cell]]
    places: Sequence[int]
    word: str = "line"
    remarks: tuple[str, ...] = ()
    delimiter: str = ""
    headed: bool = False


def is_missing(cell: Cell) -> bool:
    """Whether a cell has nothing to say.

    >>> [is_missing(cell) for cell in (None, "", "n/a", "0", 0.0, float("nan"))]
    [True, True, True, False, False, True]
    """
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING
    return cell is None or cell != cell


def text_of(cell: Cell) -> str:
    """A cell as a text, as a person would write it.

    >>> text_of(" sales "), text_of(12.0), text_of(None)
    ('sales', '12', '')
    """
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
