"""What given agents yield, as tables for people, and as rows and documents for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._staffing import MOST_ROWS, ROOM_FOR_ALL, footnotes, made_table
from bporoute.cli.reports._workbooks import given_workbook
from bporoute.planning._given_agents import GivenAgents, GivenDay
from bporoute.planning._staffing_plan import DECIMALS, as_document, interval_rows

if TYPE_CHECKING:
    from rich.table import Table

MOST_SHORT = 10
"""Intervals that are shown where not all are: those with the fewest agents beside the required."""
ROUNDING = 1e-9
"""So few agents too few are none: what sums in floating point leave."""


def encoded(found: GivenAgents, ending: str) -> bytes:
    """As a file with this ending: CSV with a row for each interval, JSON with the days too, a workbook."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(given_document(found)), indent=2) + b"\n"
    if ending == ".xlsx":
        days = [_day_row(day) for day in (*found.wholes, *found.days)]
        notes = [*given_notes(found), *footnotes(found.plan, len(found.agents))]
        return given_workbook(found.plan, given_rows(found), days, notes)
    return encoded_rows(given_rows(found), ".csv")


def given_rows(found: GivenAgents) -> list[dict[str, Any]]:
    """The rows of the plan, with the agents who are given and what they yield."""
    columns = {
        "agents": found.agents,
        "net": found.net,
        "given_service_level": found.service_level,
        "given_low": found.low,
        "given_high": found.high,
        "given_asa": found.asa,
        "given_occupancy": found.occupancy,
        "given_abandonment": found.abandonment,
        "given_waiting": found.waiting,
    }
    told = [dict(zip(columns, map(_known, row), strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{**row, **more} for row, more in zip(interval_rows(found.plan), told, strict=True)]


def given_document(found: GivenAgents) -> dict[str, Any]:
    """All of it as plain values; None where there is nothing to say."""
    return {
        **as_document(found.plan),
        "intervals": given_rows(found),
        "days": [_day_row(day) for day in (*found.days, *found.wholes)],
    }


def _day_row(day: GivenDay) -> dict[str, Any]:
    numbers = {
        "volume": day.volume,
        "hours": day.hours,
        "required_hours": day.required_hours,
        "short_hours": day.short_hours,
        "over_hours": day.over_hours,
        **{name: getattr(day.service, name) for name in day.service.__struct_fields__},
        "low": day.low,
        "high": day.high,
        "met": day.met,
    }
    names = {"date": None if day.day is None else str(day.day), "queue": day.queue}
    return {**names, **{name: _known(value) for name, value in numbers.items()}}


def _known(value: float) -> float | None:
    return round(float(value), DECIMALS) if math.isfinite(value) else None


def given_tables(found: GivenAgents, width: int, *, everything: bool) -> list[Table]:
    """The intervals, all or those that are the shortest of agents, and the days, or all in one."""
    places = _shown(found, everything)
    title = "The intervals that are short of the most"
    if len(places) == len(found.agents):
        title = "Every interval"
    elif not (found.net < -ROUNDING).any():
        title = "The intervals with the least to spare"
    days = found.days if everything or len(found.days) <= MOST_ROWS else found.wholes
    return [_intervals(found, places, title, width), _days(found, days, width)]


def _shown(found: GivenAgents, everything: bool) -> Sequence[int]:
    if everything or len(found.agents) <= MOST_ROWS:
        return range(len(found.agents))
    shortest: list[int] = np.sort(np.argsort(found.net, kind="stable")[:MOST_SHORT]).tolist()
    return shortest


def given_notes(found: GivenAgents) -> list[str]:
    """The answer in a sentence, and what the numbers mean."""
    short = found.net < -ROUNDING
    hours = sum(day.short_hours for day in found.wholes)
    over = sum(day.over_hours for day in found.wholes)
    answer = "Nowhere too few agents"
    if short.any():
        worst = int(np.argmin(found.net))
        start = found.plan.volumes.starts[worst]
        where = f"{found.plan.volumes.queues[worst]} {start:%a %d %b %H:%M}"
        many = counted(int(short.sum()), "interval")
        answer = (
            f"Too few agents in {many}, by {hours:,.1f} agent-hours; most at {where}, "
            f"by {-found.net[worst]:.3g}"
        )
    notes = [f"{answer}; {over:,.1f} agent-hours more than required elsewhere."]
    if _is_uncertain(found):
        notes.append(
            "From, to: the service level of four of five days, as far as the forecast may be off; met: the "
            "share of days on which all targets are."
        )
    notes.append(
        "Net: agents beyond the required. Who waits at the end of an interval is carried into the next."
    )
    return notes


def _is_uncertain(found: GivenAgents) -> bool:
    return not all(math.isnan(each.low) for each in found.wholes)


def _intervals(found: GivenAgents, places: Sequence[int], title: str, width: int) -> Table:
    volumes, uncertain = found.plan.volumes, _is_uncertain(found)
    columns: dict[str, Callable[[int], str]] = {
        "queue": lambda place: volumes.queues[place],
        "day": lambda place: f"{volumes.starts[place]:%a %d %b}",
        "start": lambda place: f"{volumes.starts[place]:%H:%M}",
        "volume": lambda place: f"{volumes.volume[place]:,.4g}",
        "agents": lambda place: f"{found.agents[place]:,.4g}",
        "re-\nquired": lambda place: f"{found.plan.required[place]:,.4g}",
        "net": lambda place: f"{found.net[place]:+,.4g}",
        "service\nlevel %": lambda place: percent(found.service_level[place]),
    }
    if uncertain:
        columns["from %"] = lambda place: percent(found.low[place])
        columns["to %"] = lambda place: percent(found.high[place])
    columns["ASA\ns"] = lambda place: rounded(found.asa[place], 1)
    columns["occu-\npancy %"] = lambda place: percent(found.occupancy[place])
    columns["aban-\ndoned %"] = lambda place: percent(found.abandonment[place])
    columns["waiting\nat end"] = lambda place: rounded(found.waiting[place], 1)
    if width < ROOM_FOR_ALL:
        del columns["occu-\npancy %"], columns["aban-\ndoned %"]
    return made_table(title, columns, places, width)


def _days(found: GivenAgents, days: Sequence[GivenDay], width: int) -> Table:
    uncertain = _is_uncertain(found)
    columns: dict[str, Callable[[GivenDay], str]] = {
        "queue": lambda day: day.queue,
        "day": lambda day: "all" if day.day is None else f"{day.day:%a %d %b}",
        "agent-\nhours": lambda day: f"{day.hours:,.1f}",
        "re-\nquired": lambda day: f"{day.required_hours:,.1f}",
        "too\nfew": lambda day: f"{day.short_hours:,.1f}",
        "too\nmany": lambda day: f"{day.over_hours:,.1f}",
        "service\nlevel %": lambda day: percent(day.service.service_level),
    }
    if uncertain:
        columns["from %"] = lambda day: percent(day.low)
        columns["to %"] = lambda day: percent(day.high)
        columns["met\n%"] = lambda day: f"{100 * day.met:.0f}"
    columns["ASA\ns"] = lambda day: rounded(day.service.asa, 1)
    columns["occu-\npancy %"] = lambda day: percent(day.service.occupancy)
    columns["lost\n%"] = lambda day: percent(day.service.abandonment)
    if width < ROOM_FOR_ALL:
        del columns["occu-\npancy %"]
    return made_table("Days", columns, days, width)
