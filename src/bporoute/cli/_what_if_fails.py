"""The command ``bporoute what-if-fails``: what the failure of each vendor does, and what it strands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bporoute._base.fields import did_you_mean
from bporoute.center._center import Center
from bporoute.cli._options import (
    AgentsFile,
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
    parse_seconds,
    parse_share,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say
from bporoute.errors import InputError

if TYPE_CHECKING:
    from bporoute.workload._streams import Split

DAY = 86_400.0
_MONEY = re.compile(r"(\d+(?:[.,]\d{1,4})?)\s*([^\d\s.,]*)")


def what_if_fails(
    center: Annotated[Path, typer.Argument(help="Center file (TOML): queues, vendors and their contracts.")],
    forecast: Annotated[
        Path,
        typer.Option(
            help="Planner file (date, interval, queue, volume, aht), such as `bporoute forecast` writes."
        ),
    ],
    agents: AgentsFile = None,
    vendor: Annotated[
        list[str] | None,
        typer.Option("--vendor", "--vendors", help="A vendor that may fail; repeat for more. Default: each."),
    ] = None,
    pairs: Annotated[bool, typer.Option(help="Let each two of them fail together, too.")] = True,
    languages: Annotated[
        list[str] | None,
        typer.Option(help="What a queue's contacts speak, as 'service=sv:80%,en:20%'; repeat for more."),
    ] = None,
    lead_time: Annotated[
        list[str] | None,
        typer.Option(
            help="Until a replacement takes contacts, as 'nord=90 d', or '90 d' for each; repeat for more. "
            "Default: not told, so not said."
        ),
    ] = None,
    delivered: Annotated[
        list[str] | None,
        typer.Option(
            help="Money of its prepayment that a vendor has worked off before, as 'nord=1200 EUR'; repeat."
        ),
    ] = None,
    policy: Annotated[str, typer.Option(help="Policy that decides.")] = "MarginalCost()",
    told_after: Annotated[
        str, typer.Option(help="When the router is told of a failure, as '5 min'; 'never': it finds out.")
    ] = "0 s",
    agents_needed: Annotated[
        bool, typer.Option(help="Look for the agents that would hold the service.")
    ] = True,
    scenario: Annotated[
        Path | None,
        typer.Option(
            help="Handle times, patience, redials, feeds (TOML; its keys: `bporoute schema scenario`)."
        ),
    ] = None,
    replications: Annotated[int, typer.Option(help="How often everything is drawn anew, 10 or more.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 1,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exactly the volumes of the file, not scattered around them.")
    ] = False,
    gaps_closed: Annotated[
        bool, typer.Option("--gaps-closed", help="Nothing arrives where a day of the forecast has no row.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Processes on this machine. Default: one for each core.")
    ] = None,
    interval: IntervalMinutes = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures there (.csv, .json, .xlsx).")] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Say what happens if a vendor fails, alone and with another: who takes its contacts, and at what cost.

    The forecast is simulated with all vendors and, on the same contacts, without each of them.

    Example: `bporoute what-if-fails center.toml --forecast volumes.csv --agents agents.csv
    --lead-time "90 d" --report failures.html`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import (
        arrivals_of_volumes,
        case_of_arrivals,
        handle_time_notes,
        planner_volumes,
        say_taken,
    )
    from bporoute.cli.reports._failures import document_of, encoded, lines_of, tables_of
    from bporoute.governance._failures._what_if_fails import what_if_fails as failures_of
    from bporoute.policies._text import parse_policy
    from bporoute.simulation._scenario import Scenario

    check_out(out, forecast)
    check_report(report)
    config = Center.load(center)
    rule = parse_policy(policy)
    lead = _lead_days(lead_time or [], config)
    worked_off = _amounts(delivered or [], config)
    told = None if told_after.strip().lower() == "never" else parse_seconds("--told-after", told_after)
    split = _split(languages or [], config)
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    assumed = Scenario() if scenario is None else Scenario.load(scenario, config)
    teller.tell(assumed.remarks(), scenario or "")
    as_told = format_of(columns, read, skip_bad, aht)
    planned = planner_volumes(forecast, interval, as_told, config)
    say_taken(forecast, planned.taken, planned.bad, teller)
    teller.warn(planned.notes)
    teller.tell(odd if odd.where.startswith("--") else odd.under(f"{forecast}: ") for odd in planned.remarks)
    teller.warn(handle_time_notes(config, planned, assumed))
    arrivals = arrivals_of_volumes(config, forecast, planned, exact, gaps_closed, split)
    case = case_of_arrivals(config, arrivals, agents, assumed, as_told, teller)
    teller.refuse()
    with progress(1000) as (describe, advance):
        done = 0

        def tell(share: float, text: str) -> None:
            nonlocal done
            describe(f"without {text}" if share else text)
            advance(round(1000 * share) - done)
            done = round(1000 * share)

        found = failures_of(
            config,
            case.arrivals,
            schedule=case.schedule,
            vendors=vendor or (),
            pairs=pairs,
            policy=rule,
            scenario=case.scenario,
            told_after=told,
            lead_days=lead,
            delivered=worked_off,
            agents=agents_needed,
            replications=replications,
            seed=seed,
            workers=workers,
            progress=tell,
        )
    document = {**document_of(found), "remarks": teller.rows}
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(found, document, out.suffix.lower()), "--out")
    if report is not None:
        from bporoute.cli.pages._failures import failures_page
        from bporoute.cli.pages._page import write_page

        write_page(failures_page(found, teller.said), report)
    if json:
        print_json(document)
    else:
        screen = console()
        first, *more = lines_of(found)
        screen.print(first, soft_wrap=True, highlight=False, markup=False)
        for table in tables_of(found, screen.width):
            screen.print(table)
        for line in more:
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    for what, path in (("figures", out), ("report", report)):
        if path is not None:
            say(f"{what}: {path}", json)


def _lead_days(texts: Sequence[str], center: Center) -> dict[str, float]:
    """Vendor -> days until its replacement."""
    from bporoute.governance._failures._what_if_fails import LEAD_DAYS

    found = {}
    for text in texts:
        name, equals, told = text.rpartition("=")
        if told.strip().replace(".", "", 1).isdigit():
            raise InputError("--lead-time", repr(text), "a time with its unit, such as '90 d'")
        days = parse_seconds("--lead-time", told.strip()) / DAY
        LEAD_DAYS.check("--lead-time", days, "days")
        for vendor in [name.strip()] if equals else center.vendors:
            if vendor not in center.vendors:
                raise InputError("--lead-time", repr(vendor), did_you_mean(vendor, list(center.vendors)))
            found[vendor] = days
    return found


def _amounts(texts: Sequence[str], center: Center) -> dict[str, float]:
    """Vendor -> money, in the center's currency."""
    from bporoute._base.vocabulary import odd_currency

    found = {}
    for name, told in parse_mapping(texts, "--delivered", "nord=1200").items():
        match = _MONEY.fullmatch(told)
        if match is None:
            raise InputError("--delivered", repr(f"{name}={told}"), "an amount, such as 'nord=1200 EUR'")
        amount, word = match.groups()
        currency = (odd_currency(word) or word) if word else center.currency
        if currency != center.currency:
            raise InputError("--delivered", currency, f"the currency of the center, {center.currency}")
        found[name] = float(amount.replace(",", "."))
    return found


def _split(texts: Sequence[str], center: Center) -> Split:
    """What the contacts of queues are: their types alike, each in the languages told."""
    from bporoute.center._contact import Contact

    found: dict[str, dict[str | Contact, float]] = {}
    for text in texts:
        queue, equals, told = (part.strip() for part in text.partition("="))
        if not equals:
            raise InputError("--languages", repr(text), "QUEUE=LANGUAGE:SHARE,.., as 'service=sv:80%,en:20%'")
        if queue not in center.queues:
            raise InputError("--languages", repr(queue), did_you_mean(queue, list(center.queues)))
        types = [name for name, kind in center.contact_types.items() if kind.queue == queue]
        spoken = {}
        for part in told.split(","):
            language, colon, share = (piece.strip() for piece in part.partition(":"))
            if not colon:
                raise InputError("--languages", repr(part), "LANGUAGE:SHARE, as 'sv:80%'")
            if language.lower() not in center.languages:
                known = sorted(center.languages)
                raise InputError("--languages", repr(language), did_you_mean(language, known))
            spoken[language] = parse_share("--languages", share)
        if abs(sum(spoken.values()) - 1.0) > 1e-9:
            total = f"shares of {queue} that add up to {100 * sum(spoken.values()):g} %"
            raise InputError("--languages", total, "shares that add up to 100 %")
        found[queue] = {
            Contact(name, language): share / len(types)
            for name in types
            for language, share in spoken.items()
        }
    return found
