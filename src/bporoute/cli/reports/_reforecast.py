"""The rest of a day as a table for people and as a document for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute.workload._forecasting._reforecast import Reforecast
from bporoute.workload._forecasting._results import forecast_rows

if TYPE_CHECKING:
    from rich.table import Table


def document_of(found: Reforecast) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "until": f"{found.until:%Y-%m-%dT%H:%M:%S}",
        "queues": {name: msgspec.to_builtins(one) for name, one in found.queues.items()},
        "notes": list(found.notes),
        "intervals": list(forecast_rows(found.volumes, found.low, found.high)),
    }


def table_of(found: Reforecast) -> Table:
    """What has come and what is left, by queue."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{found.until:%a %d %b %Y}, by {found.until:%H:%M}", title_justify="left")
    for heading in ("queue", "came", "expected", "surprise %", "taken over %", "rest, before", "rest, now"):
        table.add_column(heading, justify="left" if heading == "queue" else "right")
    table.add_column("80 % between", justify="right")
    for queue, one in found.queues.items():
        surprise = f"{100 * (one.came / one.expected - 1):+.1f}" if one.expected > 0 else "-"
        numbers = (
            f"{one.came:,.0f}",
            f"{one.expected:,.0f}",
            surprise,
            f"{100 * one.weight:.0f}",
            f"{one.before:,.0f}",
            f"{one.rest:,.0f}",
            f"{one.low:,.0f} and {one.high:,.0f}",
        )
        table.add_row(Text(queue), *map(Text, numbers))
    return table


def lines_of(found: Reforecast) -> Iterator[str]:
    """How sure the rest is, in sentences."""
    for queue, one in found.queues.items():
        yield f"{queue}: the rest of the day scatters by {100 * one.day_cv:.1f} % around that."
