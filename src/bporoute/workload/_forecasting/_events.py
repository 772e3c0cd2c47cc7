"""Named events from a file: which days have which."""

from __future__ import annotations

from datetime import date

from bporoute.errors import InputError
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import grid_of
from bporoute.workload._reading._intervals import DATE_EXPECTED
from bporoute.workload._reading._moments import wall_time
from bporoute.workload._reading._sources import Source, open_source
from bporoute.workload._reading._table import Table


def read_events(source: Source, format: FileFormat | None = None) -> dict[str, frozenset[date]]:
    """Read a file with a row for each day of each event: ``date``, ``event``.

    Parameters
    ----------
    source : path, open file, frame or mapping
        Where the rows are.
    format : FileFormat, optional
        What the file does not tell by itself.

    Raises
    ------
    InputError
        It cannot be read, or a row has no date or no name.

    Examples
    --------
    >>> read_events({"date": ["2026-11-27", "2026-12-24"], "event": ["sale", "short day"]})["sale"]
    frozenset({datetime.date(2026, 11, 27)})
    """
    said = FileFormat() if format is None else format
    sheet = open_source(source, said, lambda each: True)
    table = Table(grid_of(sheet, "special_days", {}), "special_days", said)
    moments = table.moments("date", DATE_EXPECTED)
    names = table.texts("event")
    table.blame([row for row, name in enumerate(names) if not name], "event", "the name of an event")
    table.settle()
    events: dict[str, set[date]] = {}
    for name, wall in zip(names, moments.wall.tolist(), strict=True):
        events.setdefault(name, set()).add(wall_time(wall).date())
    if not events:
        raise InputError(table.grid.name, "no events", "a row for each day of each: date, event")
    return {name: frozenset(days) for name, days in events.items()}
