"""A forecast as tables for people and as a document for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.words import counted
from bporoute.workload._forecasting._results import Forecast, QueueForecast, forecast_rows

if TYPE_CHECKING:
    from rich.table import Table

WORTH_SAYING = 0.02
"""Effect of the calendar from which on it is told."""


def document_of(found: Forecast) -> dict[str, Any]:
    """The whole forecast as plain values."""
    return {
        "queues": {name: _plain(one) for name, one in found.queues.items()},
        "closed": [str(day) for day in found.closed],
        "notes": list(found.notes),
        "intervals": list(forecast_rows(found.volumes, found.low, found.high)),
    }


def _plain(one: QueueForecast) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    for name, value in plain["parameters"].items():
        plain["parameters"][name] = None if value == math.inf else value
    return plain


def tables_of(found: Forecast) -> Iterator[Table]:
    """What is expected by week, and how each method did on weeks of the history."""
    from rich.table import Table
    from rich.text import Text

    weeks = Table(title="Contacts by week", title_justify="left")
    for heading in ("queue", "from", "contacts", "busiest interval", "AHT s"):
        weeks.add_column(heading, justify="left" if heading in ("queue", "from") else "right")
    for row in week_rows(found):
        weeks.add_row(*map(Text, row))
    yield weeks
    tested = Table(title="Error on weeks of the history, forecast afterwards", title_justify="left")
    for heading in ("queue", "method", "interval %", "day %", "bias %"):
        tested.add_column(heading, justify="left" if heading in ("queue", "method") else "right")
    for queue, one in found.queues.items():
        for name, accuracy in one.backtest.items():
            numbers = (f"{accuracy.interval:.1f}", f"{accuracy.day:.1f}", f"{accuracy.bias:+.1f}")
            used = f"{name} (used)" if name == one.method else name
            tested.add_row(Text(queue), Text(used), *numbers)
    if tested.row_count:
        yield tested


def week_rows(found: Forecast) -> Iterator[tuple[str, ...]]:
    """Of each queue and week: contacts, those of the busiest interval, and the handle time."""
    told = found.volumes
    first = min(told.starts).date()
    sums: dict[tuple[str, int], list[float]] = {}
    for start, queue, volume, aht in zip(
        told.starts, told.queues, told.volume.tolist(), told.aht.tolist(), strict=True
    ):
        week = (start.date() - first).days // 7
        own = sums.setdefault((queue, week), [0.0, 0.0, 0.0])
        own[0] += volume
        own[1] = max(own[1], volume)
        own[2] += volume * aht
    for (queue, week), (volume, most, work) in sums.items():
        aht = f"{work / volume:,.0f}" if volume and work == work else "-"
        day = type(first).fromordinal(first.toordinal() + 7 * week)
        yield queue, f"{day:%a %d %b %Y}", f"{volume:,.0f}", f"{most:,.1f}", aht


def lines_of(found: Forecast) -> Iterator[str]:
    """What the forecast rests on, in sentences."""
    for queue, one in found.queues.items():
        tested = f"tested on {counted(one.weeks, 'week')}" if one.weeks else "not tested"
        yield (
            f"{queue}: {one.method}, {tested}; around it a day scatters by {100 * one.day_cv:.1f} %, an "
            f"interval by {100 * one.interval_cv:.1f} % (coefficients of variation) beside chance."
        )
        effects = [
            f"{name} {100 * (factor - 1):+.0f} %"
            for name, factor in one.effects.items()
            if abs(factor - 1) >= WORTH_SAYING
        ]
        if effects and one.method == "calendar":
            yield f"{queue}: {'; '.join(effects)}."
    if found.closed:
        yield f"Closed: {', '.join(f'{day:%a %Y-%m-%d}' for day in found.closed)}."
