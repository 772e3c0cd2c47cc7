"""The command ``bporoute plan``: how many people, and how much from whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bporoute.center._center import Center
from bporoute.cli._options import (
    AsJson,
    Columns,
    HandleTime,
    IntervalMinutes,
    Read,
    Report,
    SkipBad,
    check_out,
    check_report,
    format_of,
    parse_mapping,
    parse_share,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say, unheard
from bporoute.cli._wages import Premiums, Wage, parse_wages
from bporoute.errors import InputError

if TYPE_CHECKING:
    from bporoute.planning import Limits, ShiftPattern, SplitPlan, Wages
    from bporoute.workload._volumes import Volumes


def plan(
    center: Annotated[Path, typer.Argument(help="Center file (TOML): queues, vendors and their contracts.")],
    forecast: Annotated[
        Path,
        typer.Option(
            help="Planner file (date, interval, queue, volume, aht), such as `bporoute forecast` writes."
        ),
    ],
    shifts: Annotated[
        Path | None,
        typer.Option(
            help="Shifts that people can work (TOML, [[shifts]]). Default: agents interval by interval."
        ),
    ] = None,
    wage: Wage = None,
    premium: Premiums = None,
    in_house_share: Annotated[
        str | None, typer.Option(help="Least share of all contacts that own agents answer, such as '55 %'.")
    ] = None,
    most_share: Annotated[
        list[str] | None,
        typer.Option(help="Largest share of all contacts that a vendor gets, as 'nord=20 %'; repeat."),
    ] = None,
    most_agents: Annotated[
        list[str] | None,
        typer.Option(help="Most agents of a queue at a time, as 'service=40'; repeat."),
    ] = None,
    gap: Annotated[
        str, typer.Option(help="How far the plan may be from the best, as a share of its cost.")
    ] = "0.1 %",
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Seconds after which the search for whole shifts ends.")
    ] = 60.0,
    compare: Annotated[
        bool,
        typer.Option(help="Plan everything in-house and everything out, too, to hold the plan against them."),
    ] = True,
    interval: IntervalMinutes = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    everything: Annotated[bool, typer.Option("--all", help="Print every interval.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the plan there (.csv, .json, .xlsx).")] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say how many people are needed and how much to buy from whom, at the least cost.

    Ctrl-C ends the search: the best plan so far is told, with how far it may be from the best.

    Example: `bporoute plan center.toml --forecast volumes.csv --wage "28 EUR" --shifts shifts.toml --out
    plan.xlsx --report plan.html`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import planner_volumes, say_taken
    from bporoute.cli.pages._page import write_page
    from bporoute.cli.pages._split_plan import split_plan_page
    from bporoute.cli.reports._plan import document_of, encoded, lines_of, tables_of
    from bporoute.planning import Limits, read_shifts

    config = Center.load(center)
    wages = parse_wages(wage, premium, config.currency)
    limits = Limits(
        in_house_share=0.0 if in_house_share is None else parse_share("--in-house-share", in_house_share),
        most_share={
            name: parse_share("--most-share", text)
            for name, text in parse_mapping(most_share or [], "--most-share", "nord=20%").items()
        },
        most_agents={
            name: _people(text)
            for name, text in parse_mapping(most_agents or [], "--most-agents", "service=40").items()
        },
    )
    for name in limits.most_agents:
        if name not in config.queues:
            raise InputError(
                "--most-agents", repr(name), f"a queue of the center: {', '.join(config.queues)}"
            )
    near = parse_share("--gap", gap)
    check_report(report)
    check_out(out, center, forecast)
    patterns = () if shifts is None else read_shifts(shifts)
    read_as = format_of(columns, read, skip_bad, aht)
    comes = planner_volumes(forecast, interval, read_as, config)
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    say_taken(forecast, comes.taken, comes.bad, teller)
    teller.warn(comes.notes)
    teller.tell(odd if odd.where.startswith("--") else odd.under(f"{forecast}: ") for odd in comes.remarks)
    teller.refuse()
    with unheard():
        found, others = _planned(config, comes, wages, patterns, limits, near, seconds, compare)
    teller.warn(found.notes)
    teller.refuse()
    document = document_of(found, others)
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(found, others, out.suffix.lower()), "--out")
    if report is not None:
        page = split_plan_page(found, others, near, forecast.name, teller.said)
        write_page(page, report)
    if json:
        print_json({**document, "remarks": teller.rows})
    else:
        screen = console()
        for table in tables_of(found, others, everything=everything):
            screen.print(table)
        for line in lines_of(found, others, near):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"plan: {out}", json)
    if report is not None:
        say(f"report: {report}", json)


def _planned(
    center: Center,
    comes: Volumes,
    wages: Wages | None,
    patterns: tuple[ShiftPattern, ...],
    limits: Limits,
    gap: float,
    seconds: float,
    compare: bool,
) -> tuple[SplitPlan, dict[str, float | None]]:
    """The plan, and what it is held against; None: what cannot be done."""
    from bporoute.planning import plan as planned
    from bporoute.planning._alternatives import all_in_house, all_out

    with progress(1) as (describe, _):
        found = planned(
            center, comes, wages=wages, shifts=patterns, limits=limits, gap=gap, seconds=seconds,
            progress=describe,
        )  # fmt: skip
        others: dict[str, float | None] = {}
        compare = compare and not found.interrupted
        for name, other in (("all in-house", all_in_house), ("all out", all_out)) if compare else ():
            describe(name)
            try:
                others[name] = planned(
                    other(center), comes, wages=wages, shifts=patterns, gap=gap, seconds=seconds
                ).cost
            except InputError:
                others[name] = None
    return found, others


def _people(text: str) -> int:
    if not text.isdecimal():
        raise InputError("--most-agents", repr(text), "a number of people, such as service=40")
    return int(text)
