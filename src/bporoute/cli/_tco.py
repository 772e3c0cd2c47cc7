"""The command ``bporoute tco``: what in-house work, today's mix and offers cost over a term."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bporoute.center._center import Center
from bporoute.cli._options import (
    AsJson,
    Columns,
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
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say


def tco(
    center: Annotated[Path, typer.Argument(help="Center file (TOML).")],
    forecast: Annotated[
        Path, typer.Option(help="Planner file (date, interval, queue, volume, aht) of a week or more.")
    ],
    costs: Annotated[
        Path, typer.Option(help="Costs file (TOML): wages, other lines, today's mix, offers of vendors.")
    ],
    months: Annotated[int, typer.Option(min=1, max=240, help="Length of the term in months.")] = 36,
    day_cv: DayCv = None,
    interval_cv: IntervalCv = None,
    interval: IntervalMinutes = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write every month of every way there (.csv, .json), or a workbook (.xlsx)."),
    ] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say what in-house work, today's mix and each offer cost in all, and from which month on one pays.

    Nothing counts as 0 in silence: a usual line that the costs file does not tell is named, and in no sum.
    With --strict, that ends it with exit code 1.

    Example: `bporoute tco center.toml --forecast volumes.csv --costs costs.toml --months 36
    --report tco.html`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import planner_volumes, say_taken
    from bporoute.cli.reports._total_cost import (
        document_of,
        encoded,
        lines_of,
        lines_table,
        not_told_lines,
        ways_table,
    )
    from bporoute.governance._total_cost._costs import read_costs
    from bporoute.governance._total_cost._total_cost import total_cost
    from bporoute.planning._asked import Asked, assumptions_of

    check_out(out, center, forecast, costs)
    check_report(report)
    config = Center.load(center)
    told = read_costs(costs)
    assumptions = assumptions_of(
        Asked(),
        {},
        config,
        day_cv=parse_cv("--day-cv", day_cv),
        interval_cv=parse_cv("--interval-cv", interval_cv),
    )
    planned = planner_volumes(forecast, interval, format_of(columns, read, skip_bad, aht), config)
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    say_taken(forecast, planned.taken, planned.bad, teller)
    teller.warn(planned.notes)
    teller.tell(planned.remarks, forecast)
    with progress(1) as (describe, _):
        describe("reckoning (compiled on first use)")
        found = total_cost(config, planned, told, months=months, assumptions=assumptions)
    document = {**document_of(found), "remarks": teller.rows}
    if strict:
        teller.warned += not_told_lines(found)
        teller.refuse(document)
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(found, document, out.suffix.lower()), "--out")
    if report is not None:
        from bporoute.cli.pages._page import write_page
        from bporoute.cli.pages._total_cost import total_cost_page

        write_page(total_cost_page(found, forecast.name, teller.said), report)
    if json:
        print_json(document)
    else:
        screen = console()
        first, *more = lines_of(found)
        screen.print(first, soft_wrap=True, highlight=False, markup=False)
        screen.print(ways_table(found, screen.width))
        screen.print(lines_table(found, screen.width))
        for line in more:
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"months: {out}", json)
    if report is not None:
        say(f"report: {report}", json)
