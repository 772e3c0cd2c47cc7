"""The command ``bporoute handover``: which quiet hours go out whole to a vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bporoute.center._center import Center
from bporoute.cli._options import (
    AsJson,
    CenterFile,
    Columns,
    Confidence,
    DayCv,
    HandleTime,
    IntervalCv,
    IntervalMinutes,
    Read,
    SkipBad,
    check_out,
    format_of,
    parse_cv,
    parse_seconds,
    parse_share,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say
from bporoute.cli._wages import Premiums, Wage, parse_wages
from bporoute.errors import InputError

FULL_TIME = 40.0
"""Hours of a job in a week."""


def handover(
    volumes: Annotated[
        Path, typer.Argument(help="Planner file (date, interval, queue, volume, aht) of a week or more.")
    ],
    center: CenterFile,
    vendor: Annotated[str, typer.Option(help="Who would take the hours, as the center names it.")],
    wage: Wage = None,
    premium: Premiums = None,
    queue: Annotated[
        str | None, typer.Option(help="Whose hours. Default: the only queue of the file.")
    ] = None,
    least_window: Annotated[
        str, typer.Option(help="How long a window is at least, in seconds or as '2 h'.")
    ] = "2 h",
    least_crew: Annotated[
        str, typer.Option(help="How long a crew works at least between two windows, likewise.")
    ] = "4 h",
    least_agents: Annotated[
        int, typer.Option(min=0, max=100_000, help="Agents who are there at least while the queue is open.")
    ] = 1,
    same_all_days: Annotated[
        bool, typer.Option("--same-all-days", help="The same windows on all days of the week.")
    ] = False,
    full_time: Annotated[
        float, typer.Option(min=1.0, max=168.0, help="Hours of a full-time job in a week.")
    ] = FULL_TIME,
    day_cv: DayCv = None,
    interval_cv: IntervalCv = None,
    confidence: Confidence = None,
    interval: IntervalMinutes = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write every interval there (.csv, .json, .xlsx), or the center with its windows (.toml)."
        ),
    ] = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say which hours of the week are cheapest handed over whole to a vendor, and what that is worth.

    An hour that stays costs the agents that the targets need, one that goes out the price of its contacts by
    the vendor's contract. Nothing and everything are answers, too.

    Example: `bporoute handover volumes.csv --center center.toml --vendor night --wage "28 EUR"
    --premium "daily 22:00-06:00=25%" --out center_night.toml`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import say_taken
    from bporoute.cli.reports._handover import ENDINGS, days_table, document_of, encoded, lines_of
    from bporoute.planning._asked import Asked, assumptions_of
    from bporoute.planning._handover import handover as handover_of
    from bporoute.workload._volumes import read_volumes

    check_out(out, volumes, center, endings=ENDINGS)
    config = Center.load(center)
    wages = parse_wages(wage, premium, config.currency)
    if wages is None:
        raise InputError("--wage", "none", "what an hour of an agent costs, such as --wage '28 EUR'")
    if wages.currency != config.currency:
        expected = f"the currency of the center, {config.currency}, in which vendors are paid"
        raise InputError("--wage", wages.currency or "no currency", expected)
    assumptions = assumptions_of(
        Asked(),
        {},
        config,
        day_cv=parse_cv("--day-cv", day_cv),
        interval_cv=parse_cv("--interval-cv", interval_cv),
        confidence=None if confidence is None else parse_share("--confidence", confidence),
    )
    least = parse_seconds("--least-window", least_window), parse_seconds("--least-crew", least_crew)
    read_as = format_of(columns, read, skip_bad, aht)
    read_as = msgspec.structs.replace(read_as, timezone=read_as.timezone or config.timezone)
    planned = read_volumes(volumes, minutes=interval, format=read_as)
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    say_taken(volumes, planned.taken, planned.bad, teller)
    teller.warn(planned.notes)
    teller.tell(planned.remarks, volumes)
    teller.refuse()
    with progress(1) as (describe, _):
        describe("handing over (compiled on first use)")
        plan = handover_of(
            config,
            planned,
            vendor,
            wages,
            queue=queue,
            assumptions=assumptions,
            least_window=least[0],
            least_crew=least[1],
            least_agents=least_agents,
            same_all_days=same_all_days,
        )
    document = {**document_of(plan, wages.currency, full_time), "remarks": teller.rows}
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(plan, config, document, out.suffix.lower()), "--out")
    if json:
        print_json(document)
    else:
        screen = console()
        if plan.answer != "nothing":
            screen.print(days_table(plan, wages.currency, screen.width))
        for line in lines_of(plan, wages.currency, full_time):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"{'center' if out.suffix.lower() == '.toml' else 'plan'}: {out}", json)
