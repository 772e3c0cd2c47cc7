"""A plan and a forecast as workbooks: what they rest on first, then a sheet for each question.

The other commands read the sheet with a row for each interval as it stands, so no other has such columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from typing import Any

from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known
from bporoute.planning._staffing_plan import Plan, Total, as_document, interval_rows, totals

ASSUMPTIONS = "Assumptions"
MADE_FOR = "made for: "
"""Before what a plan assumes, so that no line of it is taken for the header of a table."""
SHARES = (
    "service_level",
    "occupancy",
    "abandonment",
    "blocking",
    "service_level_share",
    "occupancy_share",
    "day_cv",
    "interval_cv",
    "update_weight",
    "shrinkage",
    "given_service_level",
    "given_low",
    "given_high",
    "given_occupancy",
    "given_abandonment",
    "service_level of it",
    "abandonment of it",
    "occupancy of it",
    "low of it",
    "high of it",
    "met of it",
)
"""Columns that are shown in percent."""

LONG = ("backtest", "law_shares")
"""What a queue's forecast has a sheet for, or nobody reads."""

Row = Mapping[str, Any]


def plan_workbook(plan: Plan, notes: Iterable[str]) -> bytes:
    """A staffing plan: assumptions with `notes`, totals by queue and by day, every interval."""
    sheets: dict[str, list[Any]] = {
        ASSUMPTIONS: _made_for(plan, notes),
        "By queue": [_total_row(total) for total in totals(plan, by_day=False)],
        "By day": [_total_row(total) for total in totals(plan, by_day=True)],
        "Intervals": [typed_row(row) for row in interval_rows(plan)],
    }
    return workbook_of(sheets, "--out", SHARES)


def given_workbook(plan: Plan, rows: Iterable[Row], days: Iterable[Row], notes: Iterable[str]) -> bytes:
    """What given agents yield: assumptions with `notes`, queues and days, every interval."""
    sheets: dict[str, list[Any]] = {
        ASSUMPTIONS: _made_for(plan, notes),
        "Days": [_day_row(row) for row in days],
        "Intervals": [typed_row(row) for row in rows],
    }
    return workbook_of(sheets, "--out", SHARES)


def forecast_workbook(document: Mapping[str, Any]) -> bytes:
    """A forecast, or one made anew, of its `document`: what it rests on, how methods did, every interval."""
    told = {name: value for name, value in document.items() if isinstance(value, str)}
    for queue, one in document["queues"].items():
        told |= {queue: {name: value for name, value in one.items() if name not in LONG}}
    sheets = {
        ASSUMPTIONS: [*({"about": "note", "value": line} for line in document["notes"]), *_assumed(told)],
        "Errors": [
            {"name": queue, "method": method, **{f"{part} %": value for part, value in errors.items()}}
            for queue, one in document["queues"].items()
            for method, errors in one.get("backtest", {}).items()
        ],
        "volumes": [typed_row(row) for row in document["intervals"]],
    }
    return workbook_of({name: rows for name, rows in sheets.items() if rows}, "--out", SHARES)


def typed_row(row: Row) -> dict[str, Any]:
    """A row of an interval with its day and time as such.

    >>> typed_row({"date": "2026-11-23", "interval": "09:30", "volume": 80.0})
    {'date': datetime.date(2026, 11, 23), 'interval': datetime.time(9, 30), 'volume': 80.0}
    """
    day, clock = date.fromisoformat(row["date"]), time.fromisoformat(row["interval"])
    return {**row, "date": day, "interval": clock}


def _made_for(plan: Plan, notes: Iterable[str]) -> list[Row]:
    told = {name: value for name, value in as_document(plan).items() if name not in ("totals", "intervals")}
    return [*_assumed(told, MADE_FOR), *({"about": "note", "value": line} for line in notes)]


def _day_row(row: Row) -> dict[str, Any]:
    """A day of given agents, or all of them, under names that no command takes for volumes or agents."""
    named = {f"{name} of it": value for name, value in row.items() if name not in ("date", "queue")}
    on = "all" if row["date"] is None else date.fromisoformat(row["date"])
    return {"name": row["queue"], "on": on, **named}


def _assumed(values: Mapping[str, Any], within: str = "") -> Iterator[dict[str, Any]]:
    """Values one below the other, those of tables under their names."""
    for name, value in values.items():
        about = f"{within}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _assumed(value, f"{about}: ")
        elif isinstance(value, list | tuple):
            yield {"about": about, "value": "; ".join(map(str, value))}
        else:
            yield {"about": about, "value": "not told" if value is None else value}


def _total_row(total: Total) -> dict[str, Any]:
    day = {} if total.day is None else {"on": total.day}
    return {
        "name": total.queue,
        **day,
        "contacts in all": total.volume,
        "hours required": total.required_hours,
        "hours scheduled": total.scheduled_hours,
        "service_level_share": known(total.service_level),
        "occupancy_share": known(total.occupancy),
        "busiest from": total.peak,
        "required then": total.peak_required,
        "scheduled then": total.peak_scheduled,
    }
