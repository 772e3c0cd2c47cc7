"""From a source to the table of a certain kind of file."""

from __future__ import annotations

from typing import Any

from bporoute._base.collector import collector_resting
from bporoute.workload._reading._events import folded, is_event_log
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import grid_of, looks_like
from bporoute.workload._reading._sources import open_source
from bporoute.workload._reading._table import Table
from bporoute.workload._reading._wide import as_long

NEEDED = {
    "calls": ("arrival",),
    "contacts": ("arrival",),
    "volumes": ("volume",),
    "agents": ("agents",),
    "invoices": ("vendor", "amount"),
    "invoice_lines": ("amount",),
    "vendors": ("vendor", "price"),
    "totals": ("answered",),
    "locked": ("volume",),
    "ended": ("token", "outcome"),
}
"""What surely stands in a file of each kind: by it the sheet of a workbook is chosen."""
_VALUES = {"volumes": "volume", "agents": "agents"}


def open_table(source: Any, kind: str, format: FileFormat, setting: str = "") -> Table:
    """Read a file, a frame or a mapping as one of a kind: a row for each call or interval.

    Parameters
    ----------
    source : path, open file, frame or mapping
        See `Source`.
    kind : str
        One of `NEEDED`.
    format : FileFormat
        What somebody has said of it.
    setting : str
        Part of the center file that maps its columns, as far as there is one.

    Raises
    ------
    InputError
        It cannot be read, or is no table.
    """
    with collector_resting():  # until the rows have become columns and are gone
        grid = grid_of(
            open_source(source, format, lambda each: looks_like(each, kind, format.columns, NEEDED[kind])),
            kind,
            format.columns,
        )
    if kind == "calls" and is_event_log(grid):
        grid = folded(grid)
    if kind in _VALUES:
        grid = as_long(grid, kind, _VALUES[kind])
    return Table(grid, kind, format, setting)
