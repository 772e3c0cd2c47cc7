"""The page of a staffing plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from bporoute.cli.pages._bars import Part, columns
from bporoute.cli.pages._day_cells import day_cells
from bporoute.cli.pages._heat_map import heat_map
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.pages._volumes import expected_pictures
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._spans import SPAN_DAY, in_days, on_day, span_of
from bporoute.cli.reports._staffing import footnotes, shown_intervals
from bporoute.cli.reports._wages import money_of, wages_by_queue, wages_line
from bporoute.planning._requirement import scatter
from bporoute.planning._staffing_plan import Plan, Total, totals
from bporoute.planning._wages import Wages

MOST_QUEUES = 4
"""Queues that have pictures of their own: the largest."""
MOST_ROWS = 400
"""Rows of a table of days."""


def staffing_page(plan: Plan, source: str, decided: Sequence[str] = (), wages: Wages | None = None) -> Page:
    """What a plan comes to: hours and busiest times first, then agents by day and time.

    Parameters
    ----------
    plan : Plan
        With at least one interval.
    source : str
        Where the volumes come from.
    decided : sequence of str
        What was said when they were read.
    wages : Wages, optional
        What an hour costs.
    """
    days = in_days(plan.volumes.starts)
    by_queue = totals(plan, by_day=False)
    largest = sorted(by_queue, key=lambda total: -total.required_hours)[:MOST_QUEUES]
    names = [total.queue for total in largest]
    pictures = [
        *(_agents(plan, queue) for queue in names),
        *([_hours(plan, days)] if len(days) > 1 else []),
        *expected_pictures(plan.volumes, names, *scatter(plan.volumes, plan.assumptions)),
    ]
    return Page(
        title=f"Agents for {span_of(days)}",
        answer=tuple(_answer(plan, by_queue, days, wages)),
        pictures=tuple(pictures),
        tables=tuple(_tables(plan, by_queue, wages)),
        assumptions=(
            *footnotes(plan, len(plan.required)),
            *([] if wages is None else [wages_line(plan, wages)]),
        ),
        decided=(f"Volumes: {source}.", *decided),
    )


def _answer(
    plan: Plan, by_queue: Sequence[Total], days: Sequence[date], wages: Wages | None
) -> Iterator[str]:
    required = sum(total.required_hours for total in by_queue)
    scheduled = sum(total.scheduled_hours for total in by_queue)
    volume = sum(total.volume for total in by_queue)
    more = f", {scheduled:,.0f} scheduled" if scheduled > required else ""
    money = ""
    if wages is not None:
        total_paid = sum(wages_by_queue(plan, wages).values())
        money = f"staffing costs {money_of(total_paid, wages.currency)}; "
    yield (
        f"{span_of(days)}: {money}{volume:,.0f} contacts need {required:,.0f} agent-hours{more}, to meet "
        f"{_targets(plan)}."
    )
    for total in sorted(by_queue, key=lambda total: -total.required_hours)[:MOST_QUEUES]:
        if total.peak_required:
            paid = (
                f" ({total.peak_scheduled:,} scheduled)" if total.peak_scheduled > total.peak_required else ""
            )
            yield (
                f"{total.queue} needs most agents on {on_day(total.peak.date())} at {total.peak:%H:%M}: "
                f"{total.peak_required:,}{paid}."
            )
    if plan.prices is not None:
        share = plan.prices.confidence
        mean, sure = (
            100 * plan.prices.more(hours) for hours in (plan.prices.in_the_mean, plan.prices.confident)
        )
        average = f"{mean:+.1f} % hours to meet the targets on average, " if mean == mean else ""
        yield f"The forecast is uncertain: {average}{sure:+.1f} % to meet them on {100 * share:g} % of days."


def _targets(plan: Plan) -> str:
    """What is aimed at, queue by queue if that is not the same."""
    asked = {
        queue: " and ".join(map(str, plan.assumptions.of(queue).targets))
        for queue in dict.fromkeys(plan.volumes.queues)
    }
    alike = set(asked.values())
    return alike.pop() if len(alike) == 1 else ", ".join(f"{text} ({name})" for name, text in asked.items())


def _agents(plan: Plan, queue: str) -> Picture:
    """Required agents by day and time; of many days, the mean of each day of the week."""
    told = day_cells(plan.volumes, queue, plan.required.tolist())
    top = max(told.cells, key=lambda cell: cell.value)
    week = " of the week" if told.by_weekday else ""
    description = (
        f"{len(told.rows)} rows, one a day{week}; the most, {top.value:,} agents, on {told.at(top)}. "
        "The numbers by day stand in a table below."
    )
    title = f"{queue}: agents required by day and time of day{told.mean}"
    return heat_map(title, description, told.rows, told.cells, "agents")


def _hours(plan: Plan, days: Sequence[date]) -> Picture:
    """Agent-hours of each day, all queues together."""
    row_of = {day: row for row, day in enumerate(days)}
    places = [row_of[start.date()] for start in plan.volumes.starts]
    hours = plan.volumes.seconds / 3600
    required = np.bincount(places, plan.required * hours, len(days))
    away = np.bincount(places, (plan.scheduled - plan.required) * hours, len(days))
    parts = [Part("first", "required", required.tolist())]
    if away.any():
        parts.append(Part("rest", "scheduled beyond that (breaks, leave, training)", away.tolist()))
    most = int((required + away).argmax())
    description = f"The most on {on_day(days[most])}: {required[most] + away[most]:,.0f} hours."
    names = [f"{day:%a %d}" for day in days]
    return columns("Agent-hours by day, all queues", description, names, parts)


def _tables(plan: Plan, by_queue: Sequence[Total], wages: Wages | None) -> Iterator[Table]:
    headings = (
        "contacts",
        "hours required",
        "hours scheduled",
        "service level %",
        "occupancy %",
        "busiest at",
        "agents then",
    )
    money = {} if wages is None else wages_by_queue(plan, wages)
    told = () if wages is None else (f"wages {wages.currency}".rstrip(),)
    rows = [
        (total.queue, *_row(total), *([f"{money[total.queue]:,.0f}"] if money else [])) for total in by_queue
    ]
    yield Table("Totals by queue", ("queue", *headings, *told), rows)
    by_day = totals(plan, by_day=True)
    if len(by_queue) < len(by_day) <= MOST_ROWS:
        daily = [(total.queue, _day(total), *_row(total)) for total in by_day]
        yield Table("Totals by day", ("queue", "day", *headings), daily, texts=2)
    places = shown_intervals(plan, everything=False)
    every = len(places) == len(plan.required)
    yield Table(
        "Every interval" if every else "The intervals with the most agents",
        ("queue", "day", "start", "contacts", "AHT s", "required", "scheduled", "service level %", "ASA s"),
        [_interval(plan, place) for place in places],
        texts=3,
    )


def _day(total: Total) -> str:
    return "" if total.day is None else f"{total.day:{SPAN_DAY}}"


def _row(total: Total) -> tuple[str, ...]:
    return (
        f"{total.volume:,.0f}",
        f"{total.required_hours:,.1f}",
        f"{total.scheduled_hours:,.1f}",
        percent(total.service_level),
        percent(total.occupancy),
        f"{total.peak:%H:%M}" if total.day else f"{total.peak:{SPAN_DAY} %H:%M}",
        f"{total.peak_required:,}",
    )


def _interval(plan: Plan, place: int) -> tuple[str, ...]:
    volumes = plan.volumes
    start = volumes.starts[place]
    return (
        volumes.queues[place],
        f"{start:{SPAN_DAY}}",
        f"{start:%H:%M}",
        f"{volumes.volume[place]:,.6g}",
        rounded(volumes.aht[place], 0),
        f"{plan.required[place]:,}",
        f"{plan.scheduled[place]:,}",
        percent(plan.service_level[place]),
        rounded(plan.asa[place], 1),
    )
