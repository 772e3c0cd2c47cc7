"""The command line: replay, demo, check, explain and audit."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bporoute import __version__, _kernels
from bporoute.audit_command import audit
from bporoute.center import Center
from bporoute.csv_table import parse_mapping
from bporoute.decision_log import DecisionLog
from bporoute.errors import InputError
from bporoute.fields import did_you_mean
from bporoute.log_format import LogFormat
from bporoute.logs import read_calls
from bporoute.policy import Policy, parse_policy, policy_label
from bporoute.remarks import remarks
from bporoute.replay import Replay, prepare, tuned_families, usual_policies
from bporoute.report import ROOM_FOR_ALL, as_rows, comparison_table, footnotes
from bporoute.results import PolicyResult
from bporoute.router import Router
from bporoute.schedule import Schedule, daily_schedule, read_schedule
from bporoute.staff_command import staff
from bporoute.terminal import console, print_json, progress, say
from bporoute.what_if import parse_contact, parse_moment, parse_states

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Keep a contact in-house or send it to an outsourcing vendor: which, to whom, and why.\n\n"
    "Start with `bporoute demo`.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"bporoute {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


CenterFile = Annotated[Path, typer.Option("--center", help="Center file (TOML).")]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy", help="Policy to run, such as 'QueueLength(10)'; repeat for more. Default: the six."
    ),
]
Tune = Annotated[bool, typer.Option("--tune/--no-tune", help="Also tune two fixed rules in hindsight.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of what is drawn: patience, unknown handle times.")]
DecisionsFile = Annotated[
    Path | None, typer.Option("--decisions", help="Write every decision there, as JSON lines.")
]
PlotFile = Annotated[Path | None, typer.Option("--plot", help="Draw the day there (.png, .svg, .pdf).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

app.command()(staff)
app.command()(audit)


def run() -> int:
    """Run the command line; a mistake in the input is one line on standard error and exit code 2."""
    signal.signal(signal.SIGTERM, _end_orderly)
    try:
        app(standalone_mode=True)
    except InputError as mistake:
        print(f"bporoute: {mistake}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        return 1
    except OSError as failure:
        print(f"bporoute: standard output: {failure.strerror or failure}", file=sys.stderr)
        return 2
    return 0


def _end_orderly(signal_number: int, frame: object) -> None:
    """Leave by an exception, so that nothing half-written stays behind."""
    sys.exit(128 + signal_number)


@app.command()
def demo(
    calls: Annotated[int, typer.Option(min=100, max=200_000, help="Calls of the day.")] = 13_000,
    policies: Policies = None,
    tune: Tune = True,
    seed: Seed = 20261123,
    decisions: DecisionsFile = None,
    plot: PlotFile = None,
    json: AsJson = False,
) -> None:
    """Replay a day that the project makes itself, in a packaged example center.

    Example: `bporoute demo --plot day.png`
    """
    from bporoute.demo import DAY, demo_replay

    say(f"The example center on {DAY:%A, %d %B %Y}: {calls:,} calls, seed {seed}.", json)
    _compare(demo_replay(calls, seed), policies, tune, decisions, plot, json)


@app.command()
def replay(
    log: Annotated[Path, typer.Argument(help="Call log (CSV, one row per call).")],
    center: CenterFile,
    agents: Annotated[
        Path | None,
        typer.Option(help="Agents by interval (CSV: date, interval, agents, queue). Default: the center's."),
    ] = None,
    days: Annotated[
        str | None, typer.Option(help="2026-11-23, or first..last. Default: every day of the log.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            help="What the log calls a column, as arrival=start; repeat. Default: [log] in the center file."
        ),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend a byte-order mark, CR line ends and rows out of order.")
    ] = False,
    policies: Policies = None,
    tune: Tune = True,
    seed: Seed = 1,
    decisions: DecisionsFile = None,
    plot: PlotFile = None,
    json: AsJson = False,
) -> None:
    """Run the calls of a log through the router under several policies and compare them.

    Example: `bporoute replay calls.csv --center center.toml --agents agents.csv --days 1999-02-01`
    """
    config = Center.load(center)
    log_format = _log_format(config.log, columns or [], repair)
    call_log = read_calls(log, log_format, config.timezone, _days(days))
    if not call_log.calls:
        raise InputError(
            str(log), f"no calls on the chosen days ({days or 'all'})", "days that the log covers"
        )
    schedule = _schedule(config, log_format, agents, call_log.calls[0].arrival, call_log.calls[-1].arrival)
    for line in (*call_log.repairs, *schedule.repairs):
        say(f"repaired: {line}", json)
    for line in remarks(config, call_log, schedule):
        say(f"note: {line}", json)
    _compare(prepare(config, call_log.calls, schedule, seed), policies, tune, decisions, plot, json)


@app.command()
def new(
    center: Annotated[Path, typer.Argument(help="Where the center file goes; must not exist yet.")],
) -> None:
    """Write the example center to a file, to start one's own from.

    Example: `bporoute new center.toml`
    """
    from bporoute.demo import demo_center_text

    try:
        with center.open("x", encoding="utf-8") as file:
            file.write(demo_center_text())
    except OSError as failure:
        found = failure.strerror or str(failure)
        raise InputError(str(center), found, "the name of a file that does not exist yet") from None
    print(f"{center}: written. Next: bporoute check {center}")


@app.command()
def check(center: Annotated[Path, typer.Argument(help="Center file (TOML).")], json: AsJson = False) -> None:
    """Validate a center file and show what it says.

    Example: `bporoute check center.toml`
    """
    from bporoute.summary import summary_rows, summary_tables, warnings

    config = Center.load(center)
    if json:
        print_json({**summary_rows(config), "warnings": warnings(config)})
        return
    screen = console()
    for table in summary_tables(config):
        screen.print(table)
    for line in warnings(config):
        screen.print(f"note: {line}", soft_wrap=True, highlight=False)
    screen.print(f"{center}: valid.", highlight=False)


@app.command()
def explain(
    center: Annotated[Path, typer.Argument(help="Center file (TOML).")],
    contact: Annotated[
        str, typer.Option(help="TYPE[,language=..][,id=..][,data=class+class]", show_default=False)
    ],
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="QUEUE:agents=..,busy=..,waiting=..,arrival_rate=.. or VENDOR:up=..,in_flight=..; repeat."
        ),
    ] = None,
    policy: Annotated[str, typer.Option(help="Policy that decides.")] = "MarginalCost()",
    at: Annotated[
        str | None, typer.Option(help="When, such as 2026-11-23T10:15 (center's zone). Default: now.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Answer one what-if: where would this contact go, and why.

    Example: `bporoute explain center.toml --contact service,language=sv
    --state service:agents=42,busy=42,waiting=9`
    """
    config = Center.load(center)
    rule = parse_policy(policy)
    snapshot = parse_states(state or [], config)
    moment = datetime.now().timestamp() if at is None else parse_moment(at, config.zone)
    router = Router(config, rule, clock=lambda: moment, compile=False)
    asked = parse_contact(contact)
    if asked.type not in config.contact_types:
        known = list(config.contact_types)
        raise InputError(f"--contact {contact!r}", repr(asked.type), did_you_mean(asked.type, known))
    decision = router.preview(asked, snapshot)
    if json:
        print_json(decision.to_dict())
    else:
        print(f"{datetime.fromtimestamp(moment, config.zone):%A, %d %B %Y %H:%M} {config.timezone}")
        print(decision.explain())


def _compare(
    case: Replay,
    policies: Sequence[str] | None,
    tune: bool,
    decisions: Path | None,
    plot: Path | None,
    json: bool,
) -> None:
    """Run the policies, then print and draw what came out."""
    chosen: tuple[Policy, ...] = (
        tuple(parse_policy(text) for text in policies) if policies else usual_policies(case.center)
    )
    if plot is not None:
        from bporoute.plots import check_plot

        check_plot(plot)
    with contextlib.ExitStack() as stack:
        log = None if decisions is None else stack.enter_context(DecisionLog(decisions))
        results = _run_all(case, chosen, tuned_families() if tune else (), log)
    if json:
        print_json(as_rows(results, case.center))
    else:
        screen = console()
        screen.print(comparison_table(results, case.center, screen.width))
        if screen.width < ROOM_FOR_ALL:
            screen.print(
                f"A terminal of {ROOM_FOR_ALL} columns also shows the worst half hour and the targets met.",
                soft_wrap=True,
            )
        for line in footnotes(results, case.center):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if plot is not None:
        from bporoute.plots import plot_day

        plot_day(results, case.center, plot)
        say(f"picture: {plot}", json)
    if decisions is not None:
        say(f"decisions: {decisions}", json)


def _run_all(
    case: Replay,
    policies: Sequence[Policy],
    families: Sequence[Sequence[Policy]],
    log: DecisionLog | None,
) -> list[PolicyResult]:
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


def _schedule(
    center: Center, log_format: LogFormat, agents: Path | None, first: float, last: float
) -> Schedule:
    if agents is not None:
        return read_schedule(agents, log_format, center.timezone, tuple(center.queues))
    without = [name for name, queue in center.queues.items() if not queue.schedule]
    if without:
        raise InputError(
            f"queues.{without[0]}.schedule", "nothing", "agents by time of day, or --agents FILE"
        )
    return daily_schedule(
        {name: queue.schedule for name, queue in center.queues.items()},
        center.timezone,
        datetime.fromtimestamp(first, center.zone).date(),
        datetime.fromtimestamp(last, center.zone).date(),
    )


def _log_format(configured: LogFormat, columns: Sequence[str], repair: bool) -> LogFormat:
    mapping = {**configured.columns, **parse_mapping(columns, "--columns", "arrival=start_time")}
    return msgspec.structs.replace(configured, columns=mapping, repair=repair or configured.repair)


def _days(text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    first, dots, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError:
        raise InputError("--days", repr(text), "a day like 2026-11-23, or first..last") from None
