"""A staffing plan as tables for people, and as files for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._workbooks import plan_workbook
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._staffing_plan import Plan, Total, as_document, interval_rows, totals

if TYPE_CHECKING:
    from rich.table import Table

ROOM_FOR_ALL = 96
"""Columns of a terminal below which handle time and load are left out."""
MOST_ROWS = 40
"""Rows of a table up to which it is shown without being asked for."""
ROUNDED = {
    "whole": "rounded up in every interval",
    "pooled": "rounded so that each day has the hours",
    "fractional": "in hundredths",
}
TEXTS = ("queue", "day", "way", "line", "paid", "state", "what", "then", "without")
"""Headings of what names a row."""
MOST_PEAKS = 3
"""Intervals of a queue that are shown where not all are."""


def encoded(plan: Plan, ending: str) -> bytes:
    """The plan as a file: CSV with a row for each interval, JSON with the totals too, or a workbook."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(as_document(plan)), indent=2) + b"\n"
    if ending == ".xlsx":
        return plan_workbook(plan, footnotes(plan, len(plan.required)))
    return encoded_rows(interval_rows(plan), ".csv")


def tables(plan: Plan, width: int, *, everything: bool) -> list[Table]:
    """All intervals if they are few or wanted, otherwise the peaks; and totals, by day if that is short.

    From 80 characters of `width` on the tables fit.
    """
    by_day = totals(plan, by_day=True)
    in_short = by_day if everything or len(by_day) <= MOST_ROWS else totals(plan, by_day=False)
    places = shown_intervals(plan, everything=everything)
    title = "Every interval" if len(places) == len(plan.required) else "The intervals with the most agents"
    return [_intervals_table(plan, places, title, width), _totals_table(in_short, width)]


def shown_intervals(plan: Plan, *, everything: bool) -> Sequence[int]:
    """Places of the intervals that `tables` shows: all, or of each queue those with the most agents."""
    places = range(len(plan.required))
    if everything or len(places) <= MOST_ROWS:
        return places
    by_queue: dict[str, list[int]] = {}
    required = plan.required.tolist()
    for place in sorted(places, key=lambda place: (-required[place], plan.volumes.starts[place])):
        by_queue.setdefault(plan.volumes.queues[place], []).append(place)
    return [place for queue in dict.fromkeys(plan.volumes.queues) for place in by_queue[queue][:MOST_PEAKS]][
        :MOST_ROWS
    ]


def footnotes(plan: Plan, shown: int) -> list[str]:
    """What the plan is made for, what the numbers mean, and where the others are."""
    made_for = plan.assumptions
    minutes = sorted({seconds / 60 for seconds in plan.volumes.seconds.tolist()})
    lengths = " or ".join(f"{length:g}" for length in minutes)
    everything = f"{counted(len(plan.required), 'interval')} of {lengths} minutes"
    how = ""
    if plan.prices is not None:
        share = made_for.confidence
        how = " in the mean over the forecast" if share is None else f" on {100 * share:g} % of days"
    notes = [
        *_required_lines(plan, how),
        *_price_line(plan),
        _scheduled_line(plan),
        f"Service level: within {_by_queue(plan, _within)}, with the required agents; "
        "totals are weighted by volume.",
    ]
    first, last = min(plan.volumes.starts).date(), max(plan.volumes.starts).date()
    span = f"{everything}, {first}" + (f" to {last}" if last > first else "")
    if shown < len(plan.required):
        span = f"{shown} of {span}; all of them with --all or --out plan.csv"
    return [*notes, f"Shown: {span}."]


def _by_queue(plan: Plan, told: Callable[[Assumptions], str]) -> str:
    """What is told of the assumptions of all queues, or of each if it is not the same."""
    each = {queue: told(plan.assumptions.of(queue)) for queue in dict.fromkeys(plan.volumes.queues)}
    alike = set(each.values())
    return alike.pop() if len(alike) == 1 else ", ".join(f"{text} ({name})" for name, text in each.items())


def _within(assumptions: Assumptions) -> str:
    aim = assumptions.service_level
    return f"{aim.within:g} s ({aim.counting})"


def _scheduled_line(plan: Plan) -> str:
    shrinkages, rounded = _shrinkages(plan), ROUNDED[plan.assumptions.rounding]
    if shrinkages == "0":
        return f"Scheduled: as required, {rounded}; paid time away is told by --shrinkage."
    return f"Scheduled: required / (1 - {shrinkages}), {rounded}."


def _shrinkages(plan: Plan) -> str:
    if plan.volumes.shrinkage is not None:
        return "the shrinkage of the interval"
    return _by_queue(plan, lambda assumptions: f"{assumptions.shrinkage:g}")


def _required_lines(plan: Plan, how: str) -> list[str]:
    """What the required agents meet, a line for queues of which the same is asked."""
    asked: dict[str, list[str]] = {}
    for queue in dict.fromkeys(plan.volumes.queues):
        asked.setdefault(_required_for(plan.assumptions.of(queue), how), []).append(queue)
    if len(asked) == 1:
        return [f"Required: the fewest agents with {text}." for text in asked]
    return [
        f"Required for {', '.join(names)}: the fewest agents with {text}." for text, names in asked.items()
    ]


def _required_for(assumptions: Assumptions, how: str) -> str:
    patience, room, most = assumptions.patience, assumptions.waiting_room, len(assumptions.at_once)
    waiting = f"a mean patience of {patience:g} s" if patience < math.inf else "endless patience"
    places = f", room for {room:g} to wait" if room < math.inf else ""
    chats = f", up to {most} contacts for an agent at once" if most > 1 else ""
    return f"{'; '.join(map(str, assumptions.targets))}{how}; {waiting}{places}{chats}"


def _price_line(plan: Plan) -> list[str]:
    """What the uncertainty of the forecast costs, in hours, one way and the other."""
    prices = plan.prices
    if prices is None:
        return []
    mean, confident = (100 * prices.more(hours) for hours in (prices.in_the_mean, prices.confident))
    on_average = "" if math.isnan(mean) else f"{mean:+.1f} % hours to meet that on average, "
    days = f"{confident:+.1f} % on {100 * prices.confidence:g} % of days"
    return [f"Price of the uncertain forecast: {on_average}{days}; service as if it came true."]


def _totals_table(rows: Sequence[Total], width: int) -> Table:
    columns: dict[str, Callable[[Total], str]] = {
        "queue": lambda row: row.queue,
        "day": lambda row: "all" if row.day is None else f"{row.day:%a %d %b}",
        "volume": lambda row: f"{row.volume:,.0f}",
        "re-\nquired\nhours": lambda row: f"{row.required_hours:,.1f}",
        "sche-\nduled\nhours": lambda row: f"{row.scheduled_hours:,.1f}",
        "service\nlevel %": lambda row: percent(row.service_level),
        "occu-\npancy %": lambda row: percent(row.occupancy),
        "peak": lambda row: f"{row.peak:%H:%M}" if row.day else f"{row.peak:%d %b %H:%M}",
        "agents\nthen": lambda row: f"{row.peak_required:,.9g}",
    }
    return made_table("Totals", columns, rows, width)


def _intervals_table(plan: Plan, places: Sequence[int], title: str, width: int) -> Table:
    volumes = plan.volumes
    columns: dict[str, Callable[[int], str]] = {
        "queue": lambda place: volumes.queues[place],
        "day": lambda place: f"{volumes.starts[place]:%a %d %b}",
        "start": lambda place: f"{volumes.starts[place]:%H:%M}",
        "volume": lambda place: f"{volumes.volume[place]:,.6g}",
        "AHT\ns": lambda place: rounded(volumes.aht[place], 0),
        "erlangs": lambda place: rounded(plan.load[place], 1),
        "re-\nquired": lambda place: f"{plan.required[place]:,.9g}",
        "sche-\nduled": lambda place: f"{plan.scheduled[place]:,.9g}",
        "service\nlevel %": lambda place: percent(plan.service_level[place]),
        "occu-\npancy %": lambda place: percent(plan.occupancy[place]),
        "ASA\ns": lambda place: rounded(plan.asa[place], 1),
    }
    assumed = [plan.assumptions.of(queue) for queue in dict.fromkeys(volumes.queues)]
    if any(each.patience < math.inf for each in assumed):
        columns["aban-\ndoned %"] = lambda place: percent(plan.abandonment[place])
    if any(each.waiting_room < math.inf for each in assumed):
        columns["blocked\n%"] = lambda place: percent(plan.blocking[place])
    if width < ROOM_FOR_ALL:
        del columns["AHT\ns"], columns["erlangs"]
    return made_table(title, columns, places, width)


def made_table(title: str, columns: dict[str, Callable[..., str]], rows: Iterable[Any], width: int) -> Table:
    """A table with a heading and what it tells of a row for each column."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1 if width >= ROOM_FOR_ALL else 0, 0, 0),
        title=title,
        title_justify="left",
        title_style="bold",
    )
    for heading in columns:
        table.add_column(
            heading,
            justify="left" if heading in TEXTS else "right",
            no_wrap=heading in ("day", "paid", "state") or heading not in TEXTS,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(cell(row)) for cell in columns.values()))  # a name is no markup
    return table
