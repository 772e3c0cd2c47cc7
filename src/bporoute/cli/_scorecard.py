"""The command ``bporoute scorecard``: what vendors did, how sure that is, and what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bporoute.center._center import Center
from bporoute.center._targets import ServiceLevel, parse_target
from bporoute.cli._options import (
    Aliases,
    AsJson,
    Columns,
    Read,
    Report,
    SkipBad,
    check_out,
    check_report,
    format_of,
    parse_aliases,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, say
from bporoute.errors import InputError


def scorecard(
    records: Annotated[
        Path,
        typer.Argument(
            help="Contacts (vendor, start, wait, outcome, handle, ...), or totals of vendors by interval, "
            "day or "
            "month (offered, abandoned, answered, answered within 20 s)."
        ),
    ],
    center: Annotated[
        Path | None,
        typer.Option(help="Center file: vendors, contracts, targets. Needed for contacts; no money without."),
    ] = None,
    by: Annotated[str, typer.Option(help="The periods: week, month, quarter, year or all.")] = "month",
    target: Annotated[
        str | None,
        typer.Option(
            help="Service level that is judged, such as '80/20 answered'. Default: the target of the queue "
            "of each "
            "contact type."
        ),
    ] = None,
    locked: Annotated[
        Path | None,
        typer.Option(
            help="Forecast that was locked (vendor, volume, and month, day or start), by which targets bind "
            "or not."
        ),
    ] = None,
    kind: Annotated[
        str, typer.Option("--as", help="What the file is: contacts or intervals. Default: as it looks.")
    ] = "",
    vendor: Annotated[str, typer.Option(help="Whose the records are, if the file does not say.")] = "",
    alias: Aliases = None,
    repeat_days: Annotated[
        float,
        typer.Option(min=0.01, max=366.0, help="Days within which a customer's next contact is a repeat."),
    ] = 7.0,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    everything: Annotated[bool, typer.Option("--all", help="Print every vendor and period.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write every vendor and period there (.csv, .json, .xlsx).")
    ] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say who met the service level, and how sure that is; what vendors cost, and how they change.

    Intervals bear that days and months differ and resemble their neighbours; each counting, what does not add
    up, repeat contacts, money by the contract and relief by the forecast lock stand beside.

    Example: `bporoute scorecard contacts.csv --center center.toml --by month --locked forecast.csv
    --report scorecard.html`, or of totals alone: `bporoute scorecard nhs111.csv --target '95/60 answered'`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import say_taken
    from bporoute.cli.reports._scorecard import answer_of, document_of, encoded, lines_of, tables
    from bporoute.governance._scorecards._scorecard import scorecard as scorecard_of

    check_out(out, records)
    check_report(report)
    config = None if center is None else Center.load(center)
    aim = None if target is None else _aim(target)
    aliases = parse_aliases(alias or [], config)
    read_as = format_of(columns, read, skip_bad, None, "answered_in_time=sl60")
    teller = Teller(strict=strict, json=json)
    if config is not None:
        teller.tell(config.remarks(), center or "")
    card = scorecard_of(
        records,
        config,
        by=by,  # type: ignore[arg-type]  # checked there
        target=aim,
        locked=locked,
        kind=kind,  # type: ignore[arg-type]  # checked there
        vendor=vendor,
        aliases=aliases,
        repeat_days=repeat_days,
        format=read_as,
        locked_format=msgspec.structs.replace(read_as, columns={}),
    )
    if strict or json:
        teller.warn(card.remarks)
    teller.refuse()
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(card, out.suffix.lower()), "--out")
    if report is not None:
        from bporoute.cli.pages._page import write_page
        from bporoute.cli.pages._scorecard import scorecard_page

        write_page(scorecard_page(card), report)
    if json:
        print_json({**document_of(card), "remarks": teller.rows})
    else:
        screen = console()
        screen.print(answer_of(card), soft_wrap=True, highlight=False, markup=False)
        for table in tables(card, screen.width, everything=everything):
            screen.print(table)
        for line in lines_of(card):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    say_taken(records, card.taken, card.bad, teller)
    if out is not None:
        say(f"scorecard: {out}", json)
    if report is not None:
        say(f"report: {report}", json)


def _aim(text: str) -> ServiceLevel:
    """The service level that somebody typed."""
    aim = parse_target(text)
    if not isinstance(aim, ServiceLevel):
        raise InputError("--target", repr(text), "a service level such as '80/20' or '95/60 answered'")
    return aim
