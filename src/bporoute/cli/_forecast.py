"""The command ``bporoute forecast``: volumes and handle times of coming weeks from what came."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bporoute.cli._options import (
    AsJson,
    Columns,
    HandleTime,
    Read,
    Report,
    SkipBad,
    check_out,
    check_report,
    format_of,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, say
from bporoute.errors import InputError

_LEAD = re.compile(r"\s*(\d{1,4})\s*(d|day|days|w|week|weeks|)\s*", re.IGNORECASE)
OUT = (".csv", ".jsonl", ".json", ".xlsx")
MOST_CLOSED = 366
"""Days of one range that are closed."""


def forecast(
    history: Annotated[
        Path, typer.Argument(help="What came: volumes by interval (at least three weeks), or a call log.")
    ],
    weeks: Annotated[int, typer.Option(min=1, max=104, help="How many weeks to forecast.")] = 4,
    lead: Annotated[
        str, typer.Option(help="Time between the end of the history and the first day, as 3w or 10d.")
    ] = "0",
    minutes: Annotated[
        int | None,
        typer.Option(
            "--interval", min=1, max=1440, help="Minutes of every interval. Default: those of the history."
        ),
    ] = None,
    holidays: Annotated[
        str | None, typer.Option(help="Country whose public holidays count, as US or DE-BE.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="Days that are special (date, event), past and to come: campaigns, invoices."),
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(help="Day without contacts, past or to come, as 2026-12-25 or first..last; repeat."),
    ] = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a planner file there (.csv, .jsonl, .json, .xlsx).")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw what came and what is expected there, by day (.png, .svg, .pdf)."),
    ] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Forecast volumes and handle times of coming weeks, and say how sure they are.

    Every setting is tried on weeks of the history, each forecast from what was known so long before; beside
    it stand last week and the median of six same days of the week. With --read timezone=Europe/Berlin, nights
    in which clocks are changed come out right. The commands staff and simulate read the file of --out as it
    stands.

    Example: `bporoute forecast history.csv --weeks 6 --holidays US --out volumes.csv`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import say_taken
    from bporoute.cli.reports._forecast import document_of, lines_of, tables_of
    from bporoute.workload._forecasting._events import read_events
    from bporoute.workload._forecasting._forecast import forecast as forecast_of
    from bporoute.workload._forecasting._history import read_history

    check_out(out, history, endings=OUT)
    if plot is not None:
        from bporoute.cli.plots._panels import check_plot

        check_plot(plot)
    check_report(report)
    days_ahead, shut = parse_lead(lead), parse_closed(closed or [])
    format = format_of(columns, read, skip_bad, aht)
    teller = Teller(strict=strict, json=json)
    came = read_history(history, format, minutes)
    say_taken(history, came.taken, came.bad, teller)
    teller.warn(came.notes)
    teller.tell(came.remarks, history)
    found = forecast_of(
        came,
        weeks=weeks,
        lead=days_ahead,
        minutes=minutes,
        holidays=holidays or "",
        events=read_events(events, msgspec.structs.replace(format, columns={})) if events else None,
        closed=shut,
        timezone=format.timezone,
    )
    teller.warn(found.notes)
    document = {**document_of(found), "remarks": teller.rows}
    teller.refuse(document)
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(document, out.suffix.lower()), "--out")
    if plot is not None:
        from bporoute.cli.plots._forecast import plot_forecast

        plot_forecast(found, plot)
    if report is not None:
        from bporoute.cli.pages._forecast import forecast_page
        from bporoute.cli.pages._page import write_page

        write_page(forecast_page(found, history.name, teller.said), report)
    if json:
        print_json(document)
    else:
        screen = console()
        for table in tables_of(found):
            screen.print(table)
        for line in lines_of(found):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"volumes: {out}", json)
    if plot is not None:
        say(f"picture: {plot}", json)
    if report is not None:
        say(f"report: {report}", json)


def parse_lead(text: str) -> int:
    """Days between the end of the history and the first that is forecast, as somebody typed them.

    >>> parse_lead("3w"), parse_lead("10 days"), parse_lead("0")
    (21, 10, 0)
    """
    match = _LEAD.fullmatch(text)
    if match is None:
        raise InputError("--lead", repr(text), "days or weeks such as 10d or 3w")
    return int(match[1]) * (7 if match[2].lower().startswith("w") else 1)


def parse_closed(texts: Iterable[str]) -> set[date]:
    """Days and ranges of days, several with commas.

    >>> sorted(parse_closed(["2026-12-25,2026-12-31..2027-01-01"]))[1:]
    [datetime.date(2026, 12, 31), datetime.date(2027, 1, 1)]
    """
    days: set[date] = set()
    for part in (part.strip() for text in texts for part in text.split(",")):
        first, dots, last = part.partition("..")
        try:
            start, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
        except ValueError:
            raise InputError("--closed", repr(part), "a day like 2026-12-25, or first..last") from None
        if not 0 <= (end - start).days < MOST_CLOSED:
            raise InputError("--closed", repr(part), f"a range of up to {MOST_CLOSED} days, first..last")
        days |= {start + timedelta(days=step) for step in range((end - start).days + 1)}
    return days


def encoded(document: dict[str, object], ending: str) -> bytes:
    """The intervals of a document as a planner file, or as JSON all of it."""
    from bporoute._base.files import encoded_rows
    from bporoute.cli.reports._workbooks import forecast_workbook

    rows = document["intervals"]
    assert isinstance(rows, list)
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".xlsx":
        return forecast_workbook(document)
    return encoded_rows(rows, ending)
