"""The command ``bporoute simulate``: a center under several policies, over many drawn days."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bporoute._base.files import ENDINGS, check_target_file, encoded_rows, write_whole
from bporoute._base.remark import Remark
from bporoute.center._center import Center
from bporoute.cli._command import INTERRUPTED
from bporoute.cli._frontier import Frontier, parse_frontier
from bporoute.cli._inputs import (
    arrivals_of_volumes,
    case_of_arrivals,
    case_of_log,
    handle_time_notes,
    of_days,
    read_planner_file,
    replay_of_log,
)
from bporoute.cli._options import (
    AgentsFile,
    AsJson,
    Columns,
    HandleTime,
    Policies,
    Read,
    Report,
    SkipBad,
    check_report,
    format_of,
    parse_share,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say
from bporoute.cli.reports._paths import path_rows
from bporoute.cli.reports._simulation import (
    ROOM_FOR_ALL,
    as_document,
    comparison_table,
    footnotes,
    missed_precision,
)
from bporoute.errors import InputError
from bporoute.policies._rule import Policy
from bporoute.policies._text import parse_policy, policy_label
from bporoute.policies._usual import usual_policies
from bporoute.simulation import _simulate as simulation
from bporoute.simulation._results import Simulation
from bporoute.simulation._scenario import Scenario
from bporoute.workload._remarks import volume_remarks

REPLICATIONS = 10
MOST_FOR_PRECISION = 1000
LEAST_PRECISE = 0.5
"""Precision from which on nobody can have meant the share of a cost."""


def simulate(
    center: Annotated[Path, typer.Argument(help="Center file (TOML).")],
    days: Annotated[
        int | None, typer.Option(help="Days of a replication, or of a file from --first-day. Default: 1.")
    ] = None,
    first_day: Annotated[
        str | None, typer.Option(help="First day, as 2026-11-23. Default: today, or all days of a file.")
    ] = None,
    policies: Policies = None,
    frontier: Annotated[
        str | None,
        typer.Option(
            help="A policy with a range or list for one number, as 'QueueLength({0..20})': "
            "cost against service level over it."
        ),
    ] = None,
    replications: Annotated[
        int | None,
        typer.Option(
            help=f"How often everything is drawn anew. Default: {REPLICATIONS}; "
            f"with --precision at most {MOST_FOR_PRECISION}."
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="Go on until every cost per contact is known to this share, such as 0.01 or '1 %'."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 1,
    volumes: Annotated[
        Path | None,
        typer.Option(help="Planner file (date, interval, queue, volume, aht): what is forecast."),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exactly the volumes of the file, not scattered around them.")
    ] = False,
    gaps_closed: Annotated[
        bool, typer.Option("--gaps-closed", help="Nothing arrives where a day of --volumes has no row.")
    ] = False,
    log: Annotated[
        Path | None, typer.Option(help="Call log (one row per call): the calls themselves.")
    ] = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    aht: HandleTime = None,
    agents: AgentsFile = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            help="Handle times, patience, redials, outages, feeds (TOML; its keys: bporoute schema scenario)."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes on this machine. Default: one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A dask cluster that runs the replications, as tcp://host:8786.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw cost and service there, or the --frontier (.png, .svg, .pdf)."),
    ] = None,
    intervals: Annotated[
        Path | None, typer.Option(help="Write the totals by interval and queue there (.csv, .jsonl).")
    ] = None,
    paths: Annotated[
        Path | None, typer.Option(help="Write what became of each contact there (.csv, .jsonl).")
    ] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Run drawn days, a forecast or a log through a center under several policies, with intervals.

    Example: `bporoute simulate center.toml --days 5 --precision 0.01 --policy 'QueueLength(5)'
    --policy MarginalCost --plot costs.png`
    """
    _check_files(plot, intervals, paths)
    check_report(report)
    config = Center.load(center)
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    family = None if frontier is None else parse_frontier(frontier)
    chosen = _chosen(config, policies or [], family)
    assumed = Scenario() if scenario is None else Scenario.load(scenario, config)
    teller.tell(assumed.remarks(), scenario or "")
    start = _day(first_day)
    as_told = format_of(columns, read, skip_bad, aht, "arrival=start_time")
    if log is not None:
        _alone("--log", log, {"--volumes": volumes, "--exact": exact, "--gaps-closed": gaps_closed})
        fitted = replay_of_log(config, log, as_told, agents, _span(days, start), seed, teller)
        case = case_of_log(fitted, assumed)
    else:
        if volumes is not None:
            span = _span(days, start)
            planned = read_planner_file(config, volumes, as_told, teller)
            planned = planned if span is None else of_days(planned, *span, volumes)
            teller.warn(handle_time_notes(config, planned, assumed))
            arrivals = arrivals_of_volumes(config, volumes, planned, exact, gaps_closed)
        else:
            _needs("--volumes", {"--exact": exact, "--gaps-closed": gaps_closed})
            arrivals = simulation.usual_arrivals(config, start, 1 if days is None else days)
        case = case_of_arrivals(config, arrivals, agents, assumed, as_told, teller)
        if volumes is not None:
            teller.tell(volume_remarks(config, planned, case.schedule), volumes)
    share = None if precision is None else parse_share("--precision", precision)
    if share is not None and share >= LEAST_PRECISE:
        odd = f"that is {100 * share:g} % of a cost"
        likely = f"{share:g} % would be {share / 100:g}"
        teller.tell([Remark("--precision", f"{share:g}", odd, likely)])
    teller.refuse()
    if replications is None:
        replications = REPLICATIONS if share is None else MOST_FOR_PRECISION

    try:
        with _bar(case.arrivals.expected * len(chosen) * replications, len(chosen)) as told:
            found = simulation.simulate(
                config,
                case.arrivals,
                chosen,
                replications=replications,
                precision=share,
                seed=seed,
                schedule=case.schedule,
                scenario=case.scenario,
                paths=paths is not None,
                workers=workers,
                scheduler=scheduler,
                progress=told,
            )
    except KeyboardInterrupt:
        print("bporoute: interrupted before every policy had finished a replication", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    # Files first: who reads what is printed may stop before its end.
    _write(found, family, plot, intervals, paths)
    if report is not None:
        from bporoute.cli.pages._page import write_page
        from bporoute.cli.pages._simulation import simulation_page

        write_page(simulation_page(found, teller.said), report)
    _print(found, teller)
    if share is not None and not found.interrupted:
        for line in missed_precision(found, share):
            say(f"note: {line}", json)
    for what, path in (("picture", plot), ("intervals", intervals), ("paths", paths), ("report", report)):
        if path is not None:
            say(f"{what}: {path}", json)
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


def _check_files(plot: Path | None, intervals: Path | None, paths: Path | None) -> None:
    """Refuse, before any work, what could not be written."""
    if plot is not None:
        from bporoute.cli.plots._panels import check_plot

        check_plot(plot)
    for option, path in (("--intervals", intervals), ("--paths", paths)):
        if path is not None:
            check_target_file(path, option, ENDINGS)
    if intervals is not None and paths is not None and intervals.resolve() == paths.resolve():
        raise InputError(f"--paths {paths}", "the file of --intervals", "another file")


def _chosen(center: Center, texts: Sequence[str], family: Frontier | None) -> tuple[Policy, ...]:
    """The policies asked for and those of the family, each once."""
    given = tuple(map(parse_policy, texts)) or usual_policies(center)
    chosen: list[Policy] = []
    for policy in (*given, *(family.policies if family else ())):
        if policy not in chosen:
            chosen.append(policy)
    return tuple(chosen)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError("--first-day", repr(text), "a day like 2026-11-23") from None
    if not 1900 <= day.year < 2200:
        raise InputError("--first-day", text, "a day from 1900 to 2199")
    return day


def _span(days: int | None, first: date | None) -> tuple[date, date] | None:
    """The days of a file that are meant; None: all."""
    if first is None:
        _needs("--first-day", {"--days": days})
        return None
    count = 1 if days is None else days
    if not 1 <= count <= simulation.MOST_DAYS:
        raise InputError("--days", str(days), f"a whole number of days from 1 to {simulation.MOST_DAYS}")
    return first, first + timedelta(days=count - 1)


def _alone(option: str, path: Path, others: Mapping[str, object]) -> None:
    for other, value in others.items():
        if value:
            raise InputError(other, f"it beside {option} {path}", "one of the two")


def _needs(option: str, given: Mapping[str, object]) -> None:
    for other, value in given.items():
        if value:
            raise InputError(other, f"it without {option}", f"{option} too")


@contextmanager
def _bar(contacts: float, policies: int) -> Iterator[Callable[[float], None]]:
    """A bar that counts contacts; gives what is told the share that is done."""
    total, done = round(contacts), 0

    with progress(total) as (describe, advance):
        describe(f"{policies} {'policy' if policies == 1 else 'policies'} (compiled on first use)")

        def told(share: float) -> None:
            nonlocal done
            now = round(share * total)
            advance(now - done)
            done = now

        yield told


def _write(
    found: Simulation, family: Frontier | None, plot: Path | None, intervals: Path | None, paths: Path | None
) -> None:
    if intervals is not None:
        rows = (
            {"policy": policy_label(each.policy), "replication": number, **row}
            for each in found.policies
            for number in range(len(each.runs))
            for row in each.interval_rows(number)
        )
        write_whole(intervals, encoded_rows(rows, intervals.suffix.lower()), "--intervals")
    if paths is not None:
        write_whole(paths, encoded_rows(path_rows(found), paths.suffix.lower()), "--paths", private=True)
    if plot is not None:
        from bporoute.cli.plots._simulation import plot_frontier, plot_simulation

        if family is None:
            plot_simulation(found, plot)
        else:
            plot_frontier(found, family, plot)


def _print(found: Simulation, teller: Teller) -> None:
    if teller.json:
        print_json({**as_document(found), "remarks": teller.rows})
        return
    screen = console()
    screen.print(comparison_table(found, screen.width))
    if screen.width < ROOM_FOR_ALL:
        screen.print(
            f"A terminal of {ROOM_FOR_ALL} columns also shows speed of answer, occupancy and targets met.",
            soft_wrap=True,
        )
    for line in footnotes(found):
        screen.print(line, soft_wrap=True, highlight=False, markup=False)
