"""The command ``bporoute staff``: agents for the volumes of a planner file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bporoute.center._center import Center
from bporoute.center._log_format import LogFormat
from bporoute.cli._options import (
    AsJson,
    Columns,
    Confidence,
    DayCv,
    HandleTime,
    IntervalCv,
    IntervalMinutes,
    Read,
    Report,
    SkipBad,
    check_out,
    check_report,
    format_of,
    parse_cv,
    parse_share,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say
from bporoute.cli._wages import Premiums, Wage, parse_wages
from bporoute.errors import InputError

if TYPE_CHECKING:
    from bporoute.planning._given_agents import GivenAgents
    from bporoute.planning._staffing_plan import Plan
    from bporoute.planning._wages import Wages
    from bporoute.workload._schedule import Schedule


def staff(
    volumes: Annotated[
        Path, typer.Argument(help="Planner file (date, interval, queue, volume, aht), as you have it.")
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="'80/20' (80 % within 20 s), '80/20 answered', 'asa 30', 'abandonment 5%', "
            "'occupancy 85%', 'blocking 1%'; 'service=80/20' for one queue; repeat to meet several. "
            "Default: the center's, else 80/20."
        ),
    ] = None,
    center: Annotated[
        Path | None,
        typer.Option(
            help="Center file: targets, patience, waiting room, shrinkage, hours, concurrency by queue."
        ),
    ] = None,
    patience: Annotated[
        list[str] | None,
        typer.Option(
            help="Mean patience of the callers, in seconds or as '3 min', or 'service=3 min' for one queue. "
            "Default: the center's, else endless."
        ),
    ] = None,
    waiting_room: Annotated[
        int | None,
        typer.Option(
            min=0, max=1_000_000, help="Contacts that can wait. Default: the center's, else any number."
        ),
    ] = None,
    shrinkage: Annotated[
        list[str] | None,
        typer.Option(
            help="Share of the paid time in which an agent is away, such as 0.3 or '30 %', or 'service=0.3' "
            "for one queue. Default: the center's, else 0."
        ),
    ] = None,
    day_cv: DayCv = None,
    interval_cv: IntervalCv = None,
    confidence: Confidence = None,
    interval: IntervalMinutes = None,
    fractional: Annotated[
        bool, typer.Option("--fractional", help="Agents in hundredths, not whole ones in every interval.")
    ] = False,
    pooled: Annotated[
        bool,
        typer.Option(
            "--pooled", help="Whole agents who make up the hours of each day together, not of every interval."
        ),
    ] = False,
    wage: Wage = None,
    premium: Premiums = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    agents: Annotated[
        Path | None,
        typer.Option(
            help="Agents by interval (date, interval, agents, queue) that there are: what they yield, and "
            "where they are too few or too many."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Print every interval and day.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the plan there (.csv, .json, .xlsx).")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the agents by day and time there (.png, .svg, .pdf).")
    ] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say how many agents every interval needs, how many to schedule, and what those that there are yield.

    Example: `bporoute staff volumes.csv --target 80/20 --patience 180 --shrinkage 0.3 --out plan.csv`, or as
    the center says: `bporoute staff volumes.csv --center center.toml --target sales=90/10`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._asked import asked_of, check_queues, without_told_shrinkage
    from bporoute.cli._inputs import planner_volumes, say_taken
    from bporoute.cli.reports._staffing import encoded, footnotes, shown_intervals, tables
    from bporoute.cli.reports._wages import wages_line, wages_row
    from bporoute.planning._asked import assumptions_of
    from bporoute.planning._opening import closed_notes, handed_over_notes, open_intervals
    from bporoute.planning._remarks import remarks
    from bporoute.planning._staffing_plan import as_document, staffing_plan
    from bporoute.workload._schedule import read_schedule

    if fractional and pooled:
        raise InputError("--pooled", "--fractional beside it", "one of the two")
    asked, by_queue = asked_of(target, patience, shrinkage, waiting_room)
    config = None if center is None else Center.load(center)
    assumptions = assumptions_of(
        asked,
        by_queue,
        config,
        day_cv=parse_cv("--day-cv", day_cv),
        interval_cv=parse_cv("--interval-cv", interval_cv),
        confidence=None if confidence is None else parse_share("--confidence", confidence),
        rounding="fractional" if fractional else "pooled" if pooled else "whole",
    )
    _check_files(volumes, out, plot)
    check_report(report)
    wages = parse_wages(wage, premium, "" if config is None else config.currency)
    read_as = format_of(columns, read, skip_bad, aht)
    planned = planner_volumes(volumes, interval, read_as, config)
    known = list(dict.fromkeys(planned.queues if config is None else config.queues))
    check_queues(known, {"--target": target, "--patience": patience, "--shrinkage": shrinkage})
    planned = without_told_shrinkage(planned, asked, by_queue)
    teller = Teller(strict=strict, json=json)
    if config is not None:
        teller.tell(config.remarks(), center or "")
    say_taken(volumes, planned.taken, planned.bad, teller)
    teller.warn(planned.notes)
    of_file = (odd if odd.where.startswith("--") else odd.under(f"{volumes}: ") for odd in planned.remarks)
    teller.tell((*remarks(assumptions), *of_file))
    zone = (config.timezone if config is not None else "") or read_as.timezone or "UTC"
    there = None
    if agents is not None:
        log = LogFormat() if config is None else config.log
        there = read_schedule(agents, log, zone, tuple(known), read_as)
        say_taken(agents, there.taken, there.bad, teller)
    taken = None if config is None else open_intervals(config, planned)
    if config is not None and taken is not None:
        teller.warn((*closed_notes(planned, taken), *handed_over_notes(planned, config)))
    teller.refuse()
    with progress(1) as (describe, _):
        describe("staffing (compiled on first use)")
        plan = staffing_plan(planned, assumptions, taken)
    if there is not None:
        found = _given(plan, there, ZoneInfo(zone))
        if report is not None:
            from bporoute.cli.pages._given import given_page
            from bporoute.cli.pages._page import write_page

            write_page(given_page(found, volumes.name, teller.said, wages), report)
        _tell_given(found, wages, out, plot, everything, teller)
        if report is not None:
            say(f"report: {report}", json)
        return
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(plan, out.suffix.lower()), "--out")
    if plot is not None:
        from bporoute.cli.plots._heat_map import plot_heat_map

        plot_heat_map(plan, plot)
    if report is not None:
        from bporoute.cli.pages._page import write_page
        from bporoute.cli.pages._staffing import staffing_page

        write_page(staffing_page(plan, volumes.name, teller.said, wages), report)
    if json:
        money = {} if wages is None else {"wages": wages_row(plan, wages)}
        print_json({**as_document(plan), **money, "remarks": teller.rows})
    else:
        screen = console()
        for table in tables(plan, screen.width, everything=everything):
            screen.print(table)
        paid = [] if wages is None else [wages_line(plan, wages)]
        for line in (*footnotes(plan, len(shown_intervals(plan, everything=everything))), *paid):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"plan: {out}", json)
    if plot is not None:
        say(f"picture: {plot}", json)
    if report is not None:
        say(f"report: {report}", json)


def _given(plan: Plan, there: Schedule, zone: ZoneInfo) -> GivenAgents:
    from bporoute.planning._given_agents import DRAWS, given_agents

    courses = DRAWS * len(set(plan.volumes.queues))
    with progress(courses) as (describe, advance):
        describe("what the agents yield (compiled on first use)")
        return given_agents(plan, there, zone, progress=advance)


def _tell_given(
    found: GivenAgents,
    wages: Wages | None,
    out: Path | None,
    plot: Path | None,
    everything: bool,
    teller: Teller,
) -> None:
    from bporoute._base.files import write_whole
    from bporoute.cli.reports._given import encoded, given_document, given_notes, given_tables
    from bporoute.cli.reports._wages import paid_agents, wages_line, wages_row

    paid = paid_agents(found.plan, found.agents)
    if out is not None:
        write_whole(out, encoded(found, out.suffix.lower()), "--out")
    if plot is not None:
        from bporoute.cli.plots._heat_map import plot_heat_map

        plot_heat_map(found.plan, plot)
    if teller.json:
        money = {} if wages is None else {"wages": wages_row(found.plan, wages, paid)}
        print_json({**given_document(found), **money, "remarks": teller.rows})
    else:
        screen = console()
        for table in given_tables(found, screen.width, everything=everything):
            screen.print(table)
        cost = [] if wages is None else [wages_line(found.plan, wages, paid)]
        for line in (*given_notes(found), *cost):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"plan: {out}", teller.json)
    if plot is not None:
        say(f"picture: {plot}", teller.json)


def _check_files(volumes: Path, out: Path | None, plot: Path | None) -> None:
    """Refuse, before any work, what could not be written."""
    check_out(out, volumes)
    if plot is not None:
        from bporoute.cli.plots._panels import check_plot

        check_plot(plot)
