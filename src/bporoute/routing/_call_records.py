"""Call records by which a shared ledger is reconciled: a token on each line, and how the contact ended."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bporoute._base.fields import did_you_mean
from bporoute.errors import InputError, shown
from bporoute.routing._outcome import OUTCOMES, Outcome

NEEDED, OPTIONAL = ("token", "outcome"), ("wait", "handle")


class CallRecord(NamedTuple):
    """A line of the file.

    Attributes
    ----------
    line : int
        Its number, from 1 on.
    token : str
        `Decision.token`.
    outcome : {"answered", "abandoned", "failed", "undelivered"}
        How the contact ended.
    wait, handle : float or None
        Seconds; None: not told.
    """

    line: int
    token: str
    outcome: Outcome
    wait: float | None
    handle: float | None


def read_call_records(path: Path) -> list[CallRecord]:
    """All lines of a CSV file that have a token; by commas or semicolons, with a header.

    Raises
    ------
    InputError
        If it cannot be read, a column is missing, or a cell is not what it should be.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        raise InputError(str(path), str(failure), "a CSV file in UTF-8 that this user may read") from None
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    for name in NEEDED:
        if name not in names:
            raise InputError(str(path), f"the columns {shown(tuple(names))}", f"one that is named {name!r}")
    cells = (
        (
            rows.line_num,
            {name: (row[names[name]] or "").strip() for name in NEEDED + OPTIONAL if name in names},
        )
        for row in rows
    )
    return [_record(path, line, each) for line, each in cells if each["token"]]


def _record(path: Path, line: int, cells: Mapping[str, str]) -> CallRecord:
    told = cells["outcome"].lower()
    for outcome in OUTCOMES:
        if told == outcome:
            where = f"{path}, line {line}"
            wait, handle = (_seconds(f"{where}, {name}", cells.get(name, "")) for name in OPTIONAL)
            return CallRecord(line, cells["token"], outcome, wait, handle)
    raise InputError(f"{path}, line {line}, outcome", shown(told), did_you_mean(told, list(OUTCOMES)))


def _seconds(where: str, told: str) -> float | None:
    if not told:
        return None
    try:
        number = float(told)
    except ValueError:
        number = math.nan
    if not number >= 0.0 or number == math.inf:
        raise InputError(where, shown(told), "seconds, such as 93.5, or an empty cell")
    return number
