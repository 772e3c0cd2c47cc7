"""The command ``bporoute read``: what a file was understood to be."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bporoute._base.files import ENDINGS, check_target_file, encoded_rows, write_whole
from bporoute._base.workbook import workbook_of
from bporoute.cli._inputs import say_taken
from bporoute.cli._options import AsJson, Columns, HandleTime, Read, SkipBad, format_of
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, say
from bporoute.cli.reports._reading import table_of, total_lines
from bporoute.errors import InputError
from bporoute.workload._read import FILE_KINDS, Reading
from bporoute.workload._read import read as read_file


def read(
    file: Annotated[
        Path, typer.Argument(help="Call log, queue event log, CDR, volumes, agents, invoices or vendors.")
    ],
    kind: Annotated[
        str | None, typer.Option("--as", help=f"What it is: {', '.join(FILE_KINDS)}. Default: found out.")
    ] = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    rows: Annotated[int, typer.Option(min=0, help="How many rows to print.")] = 5,
    out: Annotated[
        Path | None, typer.Option(help="Write all rows there, in our words (.csv, .jsonl, .xlsx).")
    ] = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Show what a file was understood to be: its first rows, its totals, and what was taken for what.

    Example: `bporoute read export.xlsx --out clean.csv`
    """
    if out is not None:
        check_target_file(out, "--out", (*ENDINGS, ".xlsx"))
        if out.exists() and file.exists() and out.samefile(file):
            raise InputError(f"--out {out}", "the file that is read", "another name")
    reading = read_file(file, kind or "", format_of(columns, read, skip_bad, aht))
    teller = Teller(strict=strict, json=json)
    if not json:
        say_taken(file, reading.taken, reading.bad, teller)
    teller.warn(reading.notes)
    teller.tell(reading.remarks, file)
    document = _document(reading, rows, teller)
    teller.refuse(document)
    if out is not None:
        write_whole(out, _encoded(reading, out), "--out", private=reading.kind == "calls")
    if json:
        print_json(document)
    else:
        screen = console()
        screen.print(table_of(reading, rows))
        for line in total_lines(reading):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"rows: {out}", json)


def _document(reading: Reading, rows: int, teller: Teller) -> dict[str, Any]:
    return {
        "name": reading.name,
        "kind": reading.kind,
        "taken": list(reading.taken),
        "notes": list(reading.notes),
        "remarks": teller.rows,
        "bad": [row._asdict() for row in reading.bad],
        "totals": reading.totals,
        "rows": reading.rows[:rows],
    }


def _encoded(reading: Reading, out: Path) -> bytes:
    if out.suffix.lower() != ".xlsx":
        return encoded_rows(reading.rows, out.suffix.lower())
    return workbook_of({reading.kind: [_typed(row) for row in reading.rows]}, "--out")


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its dates as dates."""
    typed = dict(row)
    if "date" in row:
        typed["date"] = date.fromisoformat(row["date"])
    if "arrival" in row:
        typed["arrival"] = datetime.fromisoformat(row["arrival"]).replace(tzinfo=None)
    return typed
