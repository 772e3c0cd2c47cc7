"""The commands ``bporoute replay`` and ``bporoute demo``: the calls of a day under several policies."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer

from bporoute import _kernels
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.cli._inputs import replay_of_log
from bporoute.cli._options import (
    AgentsFile,
    AsJson,
    CenterFile,
    Columns,
    Policies,
    Read,
    Report,
    SkipBad,
    check_report,
    format_of,
    parse_days,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, progress, say
from bporoute.cli.reports._demo import shortage_line, words_lines
from bporoute.cli.reports._replay import as_rows, comparison_table, footnotes, room_for_all
from bporoute.errors import InputError
from bporoute.governance._chain import read_key
from bporoute.governance._decision_log import DecisionLog
from bporoute.policies._rule import Policy
from bporoute.policies._text import parse_policy, policy_label
from bporoute.policies._usual import tuned_families, usual_policies
from bporoute.simulation._replay import Replay
from bporoute.simulation._replayed import ReplayedPolicy

Tune = Annotated[
    bool,
    typer.Option(
        "--tune/--no-tune",
        help="Also tune every kind of fixed rule: on the other days; of one day, in hindsight.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of what is drawn: patience, unknown handle times.")]
DecisionsFile = Annotated[
    Path | None, typer.Option("--decisions", help="Write every decision there, as JSON lines.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="File with a key; the lines of --decisions are chained by it."),
]
PlotFile = Annotated[Path | None, typer.Option("--plot", help="Draw the day there (.png, .svg, .pdf).")]


def demo(
    calls: Annotated[int, typer.Option(min=100, max=200_000, help="Calls of the day.")] = 13_000,
    policies: Policies = None,
    tune: Tune = True,
    seed: Seed = 20261123,
    decisions: DecisionsFile = None,
    key_file: KeyFile = None,
    plot: PlotFile = None,
    report: Report = None,
    json: AsJson = False,
) -> None:
    """Replay a day that the project makes itself, in a packaged example center.

    Example: `bporoute demo --plot day.png`
    """
    from bporoute.simulation._demo import DAY, demo_replay

    case = demo_replay(calls, seed)
    lines = [
        f"The example center on {DAY:%A, %d %B %Y}: {counted(calls, 'call')}, seed {seed}.",
        shortage_line(case),
    ]
    for line in lines:
        say(line, json)
    files = _Files(decisions, key_file, plot, report)
    results = _compare(case, policies, tune, files, json, lines)
    if not json:
        for line in words_lines(results):
            console().print(line, soft_wrap=True, highlight=False, markup=False)


def replay(
    log: Annotated[Path, typer.Argument(help="Call log, queue event log or CDR.")],
    center: CenterFile,
    agents: AgentsFile = None,
    days: Annotated[
        str | None, typer.Option(help="2026-11-23, or first..last. Default: every day of the log.")
    ] = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    policies: Policies = None,
    tune: Tune = True,
    seed: Seed = 1,
    decisions: DecisionsFile = None,
    key_file: KeyFile = None,
    plot: PlotFile = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Run the calls of a log through the router under several policies and compare them.

    Example: `bporoute replay calls.csv --center center.toml --agents agents.csv --days 1999-02-01`
    """
    config = Center.load(center)
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    told = format_of(columns, read, skip_bad, example="arrival=start_time")
    case = replay_of_log(config, log, told, agents, parse_days(days), seed, teller)
    teller.refuse()
    _compare(case, policies, tune, _Files(decisions, key_file, plot, report), json, teller.said)


class _Files(NamedTuple):
    """What is to be written."""

    decisions: Path | None
    key_file: Path | None
    plot: Path | None
    report: Path | None


def _compare(
    case: Replay,
    policies: Sequence[str] | None,
    tune: bool,
    files: _Files,
    json: bool,
    said: Sequence[str],
) -> list[ReplayedPolicy]:
    """Run the policies, then print and draw what came out, and give it; `said` was said before."""
    decisions, key_file, plot, report = files
    chosen: tuple[Policy, ...] = (
        tuple(parse_policy(text) for text in policies) if policies else usual_policies(case.center)
    )
    if plot is not None:
        from bporoute.cli.plots._panels import check_plot

        check_plot(plot)
    check_report(report)
    if key_file is not None and decisions is None:
        raise InputError("--key-file", "it without --decisions", "--decisions too")
    key = None if key_file is None else read_key(key_file, "--key-file")
    with contextlib.ExitStack() as stack:
        log = None
        if decisions is not None:
            log = stack.enter_context(
                DecisionLog(decisions, option="--decisions", key=key, name=_name(case, chosen))
            )
        results = _run_all(case, chosen, tuned_families(case.center) if tune else (), log)
    logged = case.logged
    if json:
        print_json(as_rows(results, logged))
    else:
        screen = console()
        screen.print(comparison_table(results, screen.width, logged))
        if screen.width < (room := room_for_all(logged)):
            screen.print(
                f"A terminal of {room} columns also shows the worst half hour and the targets met.",
                soft_wrap=True,
            )
        for line in footnotes(results, logged):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if plot is not None:
        from bporoute.cli.plots._day import plot_day

        plot_day(results, plot)
        say(f"picture: {plot}", json)
    if report is not None:
        from bporoute.cli.pages._page import write_page
        from bporoute.cli.pages._replay import replay_page

        write_page(replay_page(results, logged, said), report)
        say(f"report: {report}", json)
    if decisions is not None:
        say(f"decisions: {decisions}", json)
    return results


def _name(case: Replay, policies: Sequence[Policy]) -> str:
    """What the log of a replay calls itself: the same where all that decides is the same."""
    said = hashlib.sha256(msgspec.json.encode(case.calls))
    for told in (
        case.center.version,
        case.schedule,
        case.scenario,
        case.seed,
        list(map(policy_label, policies)),
    ):
        said.update(repr(told).encode())
    return said.hexdigest()[:16]


def _run_all(
    case: Replay,
    policies: Sequence[Policy],
    families: Sequence[Sequence[Policy]],
    log: DecisionLog | None,
) -> list[ReplayedPolicy]:
    runs = len(policies) + sum(len(family) for family in families)
    results = []
    with progress(runs * len(case.calls)) as (describe, advance):
        describe("compiling")
        _kernels.warmup()
        for policy in policies:
            describe(policy_label(policy))
            results.append(case.run(policy, watch=log.write if log else None, progress=advance))
        for family in families:
            describe(f"tuning {type(family[0]).__name__}")
            results.append(case.tune(family, progress=advance))
    return results
