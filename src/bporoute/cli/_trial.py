"""The commands ``bporoute trial``: how large a trial of a vendor has to be, and what it has shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from bporoute._base.files import write_whole
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.center._targets import ServiceLevel, parse_target
from bporoute.cli._command import Command
from bporoute.cli._options import (
    Aliases,
    AsJson,
    CenterFile,
    Columns,
    Read,
    Report,
    SkipBad,
    check_out,
    check_report,
    format_of,
    parse_aliases,
    parse_share,
)
from bporoute.cli._remarks import ODD, Strict, Teller
from bporoute.cli._terminal import console, print_json, say
from bporoute.errors import InputError

if TYPE_CHECKING:
    from bporoute.cli.pages._page import Page
    from bporoute.governance._vendor_contacts import VendorContacts

trial = typer.Typer(
    no_args_is_help=True,
    name="trial",
    help="Try a vendor on a share of the contacts: how large, how long, and what it has shown.",
)
Contacts = Annotated[
    Path, typer.Argument(help="Contacts with who took them: vendor, start, and what the measures need.")
]
Who = Annotated[str, typer.Option("--vendor", help="Who is tried, as the center names it.")]
Metrics = Annotated[
    list[str],
    typer.Option(
        "--metric",
        help="What to judge by, and the loss that is acceptable: 'resolved=5%', 'service_level=5%', "
        "'abandonment=2%', 'handle_time=10%' (longer), 'satisfaction=0.2' (points); repeat.",
    ),
]
Margin = Annotated[str | None, typer.Option("--margin", help="The loss of each --metric that tells none.")]
Share = Annotated[
    str | None,
    typer.Option("--share", help="Share of the contacts that is drawn. Default: of the contract's trial."),
]
Learning = Annotated[
    float | None,
    typer.Option(
        "--learning-weeks",
        help="Weeks at the start that are left out. Default: as the contract's ramp says, else none.",
    ),
]
Every = Annotated[int, typer.Option("--look-every", help="Days from one look to the next.")]
ErrorShare = Annotated[str, typer.Option("--error", help="Share of false verdicts, all looks together.")]
Clusters = Annotated[
    str, typer.Option("--cluster", help="What contacts hang together by: 'day', or 'week' where days do.")
]
Aim = Annotated[
    str | None,
    typer.Option(
        "--target", help="How a service level is counted, as '80/20 answered'. Default: the center's."
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="Write it there (.csv, .json, .xlsx).")]


class _Asked(NamedTuple):
    """What both commands are given."""

    center: Center
    contacts: VendorContacts
    margins: dict[str, float]
    target: ServiceLevel | None
    files: _Files


class _Files(NamedTuple):
    """What is read and what is written."""

    contacts: Path
    center: Path
    out: Path | None
    report: Path | None


@trial.command(cls=Command)
def plan(
    contacts: Contacts,
    center: CenterFile,
    vendor: Who,
    metric: Metrics,
    margin: Margin = None,
    power: Annotated[
        str, typer.Option(help="Probability of 'continue' if the vendor is as good as the others.")
    ] = "90%",
    error: ErrorShare = "5%",
    share: Share = None,
    weeks: Annotated[
        int | None, typer.Option(help="Within how many weeks, learning included. Default: half a year.")
    ] = None,
    learning_weeks: Learning = None,
    look_every: Every = 7,
    cluster: Clusters = "day",
    target: Aim = None,
    alias: Aliases = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    out: Out = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say how many weeks and contacts a trial needs, from how far days scatter in a file of some weeks.

    Example: `bporoute trial plan contacts.csv --center center.toml --vendor nord --metric resolved=5%
    --power 90%`
    """
    from bporoute.cli.pages._trial import plan_page
    from bporoute.cli.reports import _trial_plan
    from bporoute.governance._trials._plan import plan_trial

    asked = _asked(contacts, center, metric, margin, target, alias, (columns, read, skip_bad), out, report)
    found = plan_trial(
        asked.contacts,
        asked.center,
        vendor,
        asked.margins,
        power=parse_share("--power", power),
        error=parse_share("--error", error),
        share=None if share is None else parse_share("--share", share),
        weeks=weeks,
        learning_weeks=learning_weeks,
        look_every=look_every,
        cluster=cluster,  # type: ignore[arg-type]  # refused there if it is none
        target=asked.target,
    )
    _deliver(found, _trial_plan, plan_page, asked, strict, json)


@trial.command(cls=Command)
def check(
    contacts: Contacts,
    center: CenterFile,
    vendor: Who,
    metric: Metrics,
    margin: Margin = None,
    share: Share = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="First day, as 2026-11-02. Default: of the contract that has a trial, else of its first "
            "contact."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            help="Last day of which all contacts are in the file. Default: the day before that of the last "
            "contact."
        ),
    ] = None,
    weeks: Annotated[
        float | None,
        typer.Option(help="How long it is planned, learning included. Default: the contract's trial."),
    ] = None,
    learning_weeks: Learning = None,
    look_every: Every = 7,
    error: ErrorShare = "5%",
    cluster: Clusters = "day",
    target: Aim = None,
    alias: Aliases = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    out: Out = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say whether to continue with a vendor on trial, extend the trial or exit; ask whenever you like.

    All contacts of others are the control. Exit code 1: the counts are not those of the share, so there is
    no verdict.

    Example: `bporoute trial check contacts.csv --center center.toml --vendor nord --metric resolved
    --margin 5% --share 10% --weeks 12 --learning-weeks 2`
    """
    from bporoute.cli.pages._trial import check_page
    from bporoute.cli.reports import _trial_check
    from bporoute.governance._trials._check import check_trial

    began, ended = _day("--start", start), _day("--until", until)
    asked = _asked(contacts, center, metric, margin, target, alias, (columns, read, skip_bad), out, report)
    found = check_trial(
        asked.contacts,
        asked.center,
        vendor,
        asked.margins,
        share=None if share is None else parse_share("--share", share),
        start=began,
        until=ended,
        weeks=weeks,
        learning_weeks=learning_weeks,
        look_every=look_every,
        error=parse_share("--error", error),
        cluster=cluster,  # type: ignore[arg-type]  # refused there if it is none
        target=asked.target,
    )
    _deliver(found, _trial_check, check_page, asked, strict, json)
    if found.verdict == "refused":
        raise typer.Exit(ODD)


def parse_margins(metrics: Sequence[str], margin: str | None) -> dict[str, float]:
    """Measures and margins as they are typed.

    >>> parse_margins(["resolved", "handle-time=10%", "satisfaction=0.2"], "5%")
    {'resolved': 0.05, 'handle_time': 0.1, 'satisfaction': 0.2}
    """
    from bporoute.governance._trials._measures import MEASURES

    found: dict[str, float] = {}
    for text in metrics:
        told, equals, own = text.partition("=")
        name = told.strip().lower().replace("-", "_").replace(" ", "_")
        measure = next((each for known, each in MEASURES.items() if known == name), None)
        if measure is None:
            raise InputError("--metric", repr(told), did_you_mean(name, list(MEASURES)))
        amount = own.strip() if equals else margin
        if not amount:
            example = "0.2" if measure.of == "points" else "5%"
            raise InputError(
                f"--metric {name}", "no margin", f"the loss that is acceptable, such as '{name}={example}'"
            )
        where = f"--metric {name}" if equals else "--margin"
        if measure.of == "points":
            try:
                found[name] = float(amount)
            except ValueError:
                raise InputError(where, repr(amount), "points of the scale, such as 0.2") from None
        else:
            found[name] = parse_share(where, amount)
    return found


def _day(option: str, told: str | None) -> date | None:
    try:
        return None if told is None else date.fromisoformat(told)
    except ValueError:
        raise InputError(option, repr(told), "a day like 2026-11-02") from None


def _asked(
    contacts: Path,
    center: Path,
    metric: Sequence[str],
    margin: str | None,
    target: str | None,
    alias: Sequence[str] | None,
    format: tuple[list[str] | None, list[str] | None, str | None],
    out: Path | None,
    report: Path | None,
) -> _Asked:
    from bporoute.governance._vendor_contacts import read_vendor_contacts

    check_out(out, contacts, center)
    check_report(report)
    margins = parse_margins(metric, margin)
    aim = None if target is None else parse_target(target)
    if aim is not None and not isinstance(aim, ServiceLevel):
        raise InputError("--target", repr(target), "a service level, such as '80/20 answered'")
    config = Center.load(center)
    told = read_vendor_contacts(
        contacts,
        config,
        format=format_of(*format, example="vendor=partner"),
        aliases=parse_aliases(alias or [], config),
    )
    return _Asked(config, told, margins, aim, _Files(contacts, center, out, report))


def _deliver(
    found: Any,
    words: Any,
    page_of: Callable[[Any, str, Sequence[str]], Page],
    asked: _Asked,
    strict: bool,
    json: bool,
) -> None:
    """Say and write what was found, in the words of one of the reports on trials."""
    from bporoute.cli.pages._page import write_page

    answer, files = words.answer_of(found), asked.files
    teller = _tell(answer, asked, strict, json)
    document = {"answer": answer, **words.document_of(found), "remarks": teller.rows}
    if files.out is not None:
        write_whole(files.out, words.encoded(found, document, files.out.suffix.lower()), "--out")
    if files.report is not None:
        write_page(page_of(found, files.contacts.name, teller.said), files.report)
    if json:
        print_json(document)
    else:
        screen = console()
        for table in words.tables_of(found, screen.width):
            screen.print(table)
        for line in words.lines_of(found):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    for word, path in (("written", files.out), ("report", files.report)):
        if path is not None:
            say(f"{word}: {path}", json)


def _tell(answer: str, asked: _Asked, strict: bool, json: bool) -> Teller:
    """Say the answer first, then what was read and what is odd."""
    from bporoute.cli._inputs import say_taken

    teller = Teller(strict=strict, json=json)

    def odd() -> None:
        teller.tell(asked.center.remarks(), asked.files.center)
        teller.warn(f"{asked.files.contacts}: {line}" for line in asked.contacts.remarks)

    if strict:
        odd()
        teller.refuse()
    if not json:
        console().print(answer, soft_wrap=True, highlight=False, markup=False)
    say_taken(asked.files.contacts, asked.contacts.taken, asked.contacts.bad, teller)
    if not strict:
        odd()
    return teller
