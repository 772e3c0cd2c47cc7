"""The table of ``bporoute read``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from bporoute.errors import escaped
from bporoute.workload._read import Reading

MOST_NAMES = 12
"""Queues, types or vendors that are listed by name."""


def table_of(reading: Reading, most: int) -> Table:
    """The first rows."""
    shown = reading.rows[:most]
    table = Table(
        title=f"{escaped(reading.name)}: {reading.kind}, the first {len(shown)} of {len(reading.rows):,}"
    )
    names = list(reading.rows[0]) if reading.rows else []
    for name in names:
        number = any(isinstance(row[name], float) for row in reading.rows[:100])
        table.add_column(name, justify="right" if number else "left")
    for row in shown:
        table.add_row(*(_cell(row[name]) for name in names))
    return table


def total_lines(reading: Reading) -> Iterator[str]:
    """The totals, a line for each."""
    for name, value in reading.totals.items():
        if isinstance(value, dict):
            listed = [f"{escaped(key)} {count:,}" for key, count in list(value.items())[:MOST_NAMES]]
            more = len(value) - MOST_NAMES
            yield f"{name}: {', '.join(listed)}" + (f" and {more} more" if more > 0 else "")
        elif value is not None:
            yield f"{name.replace('_', ' ')}: {_cell(value)}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return escaped(f"{value:,}" if isinstance(value, int) else str(value))
