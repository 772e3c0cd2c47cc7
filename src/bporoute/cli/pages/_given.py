"""The page of what given agents yield."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np

from bporoute.cli.pages._bars import Part, columns
from bporoute.cli.pages._day_cells import day_cells
from bporoute.cli.pages._heat_map import net_map
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.pages._volumes import expected_pictures
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._given import given_notes
from bporoute.cli.reports._spans import SPAN_DAY, in_days, on_day, span_of
from bporoute.cli.reports._staffing import footnotes
from bporoute.cli.reports._wages import money_of, paid_agents, wages_by_queue
from bporoute.planning._given_agents import GivenAgents, GivenDay
from bporoute.planning._requirement import scatter
from bporoute.planning._wages import Wages

MOST_QUEUES = 4
"""Queues that have pictures of their own: the largest."""
MOST_ROWS = 400
"""Rows of a table of days."""
MOST_SHORTAGES = 20
"""Stretches that are listed: the worst."""
LEAST = 0.05
"""Agents from which on there are too few."""


class Shortage(msgspec.Struct, frozen=True):
    """A stretch with too few agents: whose, when, by how many at most, and agent-hours in all."""

    queue: str
    start: datetime
    end: datetime
    most: float
    hours: float

    def __str__(self) -> str:
        when = f"{on_day(self.start.date())}, {self.start:%H:%M} to {self.end:%H:%M}"
        return (
            f"{self.queue} is short on {when} by up to {self.most:.3g} agents ({self.hours:,.1f} agent-hours)"
        )


def shortages(found: GivenAgents) -> list[Shortage]:
    """Stretches with too few agents, the worst first.

    Intervals belong together that follow each other without a gap.
    """
    volumes, net = found.plan.volumes, found.net
    stretches: list[Shortage] = []
    for queue in dict.fromkeys(volumes.queues):
        mine = [place for place, name in enumerate(volumes.queues) if name == queue]
        last: Shortage | None = None
        for place in sorted(mine, key=volumes.starts.__getitem__):
            short = -float(net[place])
            if short < LEAST:
                last = None
                continue
            start, seconds = volumes.starts[place], float(volumes.seconds[place])
            end, hours = start + timedelta(seconds=seconds), short * seconds / 3600.0
            if last is not None and last.end == start:
                last = Shortage(queue, last.start, end, max(last.most, short), last.hours + hours)
                stretches[-1] = last
            else:
                last = Shortage(queue, start, end, short, hours)
                stretches.append(last)
    return sorted(stretches, key=lambda each: -each.hours)


def given_page(
    found: GivenAgents, source: str, decided: Sequence[str] = (), wages: Wages | None = None
) -> Page:
    """What agents yield who are given: service and money first, then where they are too few or too many.

    Parameters
    ----------
    found : GivenAgents
        With at least one interval.
    source : str
        Where the volumes come from.
    decided : sequence of str
        What was said when files were read.
    wages : Wages, optional
        What an hour costs.
    """
    plan, volumes = found.plan, found.plan.volumes
    largest = sorted(found.wholes, key=lambda whole: -whole.required_hours)[:MOST_QUEUES]
    names = [whole.queue for whole in largest]
    worst = shortages(found)
    days = in_days(volumes.starts)
    return Page(
        title=f"What the agents of {span_of(days)} yield",
        answer=tuple(_answer(found, worst, wages)),
        pictures=(
            *(_net(found, queue) for queue in names),
            *(_course(found, queue, worst) for queue in names),
            *expected_pictures(volumes, names, *scatter(volumes, plan.assumptions)),
        ),
        tables=tuple(_tables(found, worst)),
        assumptions=(*given_notes(found)[1:], *footnotes(plan, len(plan.required))),
        decided=(f"Volumes: {source}.", *decided),
    )


def _answer(found: GivenAgents, worst: Sequence[Shortage], wages: Wages | None) -> Iterator[str]:
    volumes, shown = found.plan.volumes, found.wholes[:MOST_QUEUES]
    hours = sum(whole.hours for whole in found.wholes)
    money = ""
    if wages is not None:
        total = sum(wages_by_queue(found.plan, wages, paid_agents(found.plan, found.agents)).values())
        money = f" and cost {money_of(total, wages.currency)}, shrinkage included"
    levels = [f"{whole.queue} {percent(whole.service.service_level)} %" for whole in shown]
    yield (
        f"{span_of(in_days(volumes.starts))}: the agents are there for {hours:,.0f} hours{money}; answered "
        f"in time: {', '.join(levels)}."
    )
    for whole in shown:
        if not math.isnan(whole.low):
            yield (
                f"{whole.queue}: {percent(whole.low)} to {percent(whole.high)} % on 4 of 5 such days, as far "
                f"as the forecast may be off; all targets are met on {100 * whole.met:.0f} % of days."
            )
    if worst:
        yield from (f"{each}." for each in worst[:MOST_QUEUES])
    else:
        yield "Nowhere are there too few agents."
    over = sum(whole.over_hours for whole in found.wholes)
    yield f"Elsewhere there are {over:,.0f} agent-hours more than required."


def _net(found: GivenAgents, queue: str) -> Picture:
    """Agents beyond those required, by day and time."""
    told = day_cells(found.plan.volumes, queue, found.net.tolist())
    least, top = (choose(told.cells, key=lambda cell: cell.value) for choose in (min, max))
    description = (
        f"The fewest beside the required, {least.value:+,}, on {told.at(least)}; "
        f"the most, {top.value:+,}, on {told.at(top)}."
    )
    title = f"{queue}: agents too few (below 0) and too many by day and time of day{told.mean}"
    return net_map(title, description, told.rows, told.cells, "agents")


def _course(found: GivenAgents, queue: str, worst: Sequence[Shortage]) -> Picture:
    """Given beside required on the day that is shortest of agents, else on the busiest."""
    volumes, required = found.plan.volumes, found.plan.required
    mine = [place for place, name in enumerate(volumes.queues) if name == queue]
    own = [each for each in worst if each.queue == queue]
    busiest = volumes.starts[max(mine, key=lambda place: required[place])]
    day = (own[0].start if own else busiest).date()
    places = sorted(
        (place for place in mine if volumes.starts[place].date() == day), key=volumes.starts.__getitem__
    )
    given, needed = found.agents[places], required[places].astype(np.float64)
    parts = [
        Part("first", "there and required", np.minimum(given, needed).tolist()),
        Part("few", "missing", np.maximum(needed - given, 0.0).tolist()),
        Part("rest", "more than required", np.maximum(given - needed, 0.0).tolist()),
    ]
    why = "the day of its worst shortage" if own else "its busiest day"
    title = f"{queue}: agents on {on_day(day)}, {why}"
    description = (
        f"{given.max():,.3g} agents at most, {needed.max():,.3g} required at most, "
        f"{np.maximum(needed - given, 0.0).max():,.3g} missing at most."
    )
    return columns(title, description, [f"{volumes.starts[place]:%H:%M}" for place in places], parts)


def _tables(found: GivenAgents, worst: Sequence[Shortage]) -> Iterator[Table]:
    if worst:
        rows = [
            (
                each.queue,
                f"{each.start:{SPAN_DAY}}",
                f"{each.start:%H:%M} to {each.end:%H:%M}",
                f"{each.most:,.3g}",
                f"{each.hours:,.1f}",
            )
            for each in worst[:MOST_SHORTAGES]
        ]
        caption = "Too few agents" if len(rows) == len(worst) else f"Too few agents: the {len(rows)} worst"
        yield Table(caption, ("queue", "day", "time", "by up to", "agent-hours"), rows, texts=3)
    headings = (
        "contacts",
        "agent-hours",
        "required",
        "too few",
        "too many",
        "service level %",
        "on 4 of 5 days from",
        "to",
        "met %",
        "ASA s",
        "lost %",
    )
    yield Table("Queues", ("queue", *headings), [(whole.queue, *_row(whole)) for whole in found.wholes])
    if len(found.wholes) < len(found.days) <= MOST_ROWS:
        days = [(each.queue, f"{each.day:{SPAN_DAY}}", *_row(each)) for each in found.days]
        yield Table("Days", ("queue", "day", *headings), days, texts=2)


def _row(each: GivenDay) -> tuple[str, ...]:
    return (
        f"{each.volume:,.0f}",
        f"{each.hours:,.1f}",
        f"{each.required_hours:,.1f}",
        f"{each.short_hours:,.1f}",
        f"{each.over_hours:,.1f}",
        percent(each.service.service_level),
        percent(each.low),
        percent(each.high),
        f"{100 * each.met:.0f}",
        rounded(each.service.asa, 1),
        percent(each.service.abandonment),
    )
