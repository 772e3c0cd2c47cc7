"""The command ``bporoute register``: what ends when, and what breaks then."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bporoute.center._center import Center
from bporoute.cli._options import (
    AsJson,
    Report,
    check_out,
    check_report,
)
from bporoute.cli._terminal import console, print_json, say
from bporoute.errors import InputError

RUN_OUT = 1
"""Exit code where something has run out."""


def register(
    center: Annotated[Path, typer.Argument(help="Center file (TOML).")],
    at: Annotated[
        str | None, typer.Option(help="The day, such as 2026-12-01. Default: today, by the center's clock.")
    ] = None,
    dates: Annotated[
        Path | None,
        typer.Option(help="Dates that the center does not know (TOML): notice, locks, reviews, others."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write it there (.csv, .json, .xlsx), or a calendar (.ics).")
    ] = None,
    report: Report = None,
    json: AsJson = False,
) -> None:
    """List what ends (certificates, contracts, adequacy decisions, trials, notice) and what breaks then.

    It warns from 90, 60 and 30 days on. If something has run out, it ends with exit code 1, so that cron can
    watch it.

    Example: `bporoute register center.toml --at 2026-12-01 --dates dates.toml --out register.ics`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli.reports._register import ENDINGS, document_of, encoded, lines_of, register_table
    from bporoute.governance._register._dates import read_register_dates
    from bporoute.governance._register._register import register as register_of

    check_out(out, center, dates, endings=ENDINGS)
    check_report(report)
    config = Center.load(center)
    told = None if dates is None else read_register_dates(dates)
    today = datetime.now(config.zone).date() if at is None else _day(at)
    try:
        found = register_of(config, today, told)
    except InputError as failure:
        raise failure.under(f"{dates}: ") from None
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(found, out.suffix.lower()), "--out")
    if report is not None:
        from bporoute.cli.pages._page import write_page
        from bporoute.cli.pages._register import register_page

        write_page(register_page(found), report)
    if json:
        print_json(document_of(found))
    else:
        screen = console()
        first, *more = lines_of(found)
        screen.print(first, soft_wrap=True, highlight=False, markup=False)
        if found.entries:
            screen.print(register_table(found, screen.width))
        for line in more:
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"register: {out}", json)
    if report is not None:
        say(f"report: {report}", json)
    if found.run_out:
        raise typer.Exit(RUN_OUT)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("--at", repr(text), "a day such as 2026-12-01") from None
