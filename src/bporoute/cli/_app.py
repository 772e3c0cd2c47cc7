"""The command line: its small commands, and where the others come from."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from bporoute import __version__
from bporoute.center._center import Center
from bporoute.cli._agi import agi_server
from bporoute.cli._audit import audit
from bporoute.cli._command import Command
from bporoute.cli._explain import explain
from bporoute.cli._forecast import forecast
from bporoute.cli._handover import handover
from bporoute.cli._invoice_check import invoice_check
from bporoute.cli._keeper import keeper
from bporoute.cli._ledger import ledger
from bporoute.cli._new import new, schema
from bporoute.cli._options import AsJson
from bporoute.cli._plan import plan
from bporoute.cli._read import read
from bporoute.cli._reasons import reasons
from bporoute.cli._reforecast import reforecast
from bporoute.cli._register import register
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._replay import demo, replay
from bporoute.cli._scorecard import scorecard
from bporoute.cli._serve import serve
from bporoute.cli._simulate import simulate
from bporoute.cli._staff import staff
from bporoute.cli._tco import tco
from bporoute.cli._terminal import console, print_json
from bporoute.cli._trial import trial
from bporoute.cli._warmup import warmup
from bporoute.cli._what_if_fails import what_if_fails
from bporoute.errors import InputError

app = typer.Typer(
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


for work in (
    demo,
    new,
    schema,
    read,
    forecast,
    reforecast,
    replay,
    simulate,
    staff,
    handover,
    plan,
    tco,
    register,
    audit,
    reasons,
    scorecard,
    warmup,
    keeper,
    serve,
):
    app.command(cls=Command)(work)
app.command("what-if-fails", cls=Command)(what_if_fails)
app.command("agi", cls=Command)(agi_server)
app.command("invoice-check", cls=Command)(invoice_check)
app.add_typer(ledger)
app.add_typer(trial)


def run() -> int:
    """Run the command line; a mistake in the input is a line on standard error, and exit code 2."""
    signal.signal(signal.SIGTERM, _end_orderly)
    try:
        app(standalone_mode=True)
    except InputError as mistake:
        for complaint in mistake.complaints:
            print(f"bporoute: {complaint}", file=sys.stderr)
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


@app.command(cls=Command)
def check(
    center: Annotated[Path, typer.Argument(help="Center file (TOML).")],
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Validate a center file, show what it says, and say what looks odd in it.

    With --strict, whatever is odd or noted ends it with exit code 1.

    Example: `bporoute check center.toml`
    """
    from bporoute.cli._contracts import contract_lines, contract_rows
    from bporoute.cli._summary import summary_rows, summary_tables, warnings

    config = Center.load(center)
    teller = Teller(strict=strict, json=json)
    told = warnings(config)
    if json or strict:
        teller.tell(config.remarks(), center)
        teller.warned += [f"{center}: {line}" for line in told]
        document = {
            **summary_rows(config),
            "contracts": contract_rows(config),
            "warnings": told,
            "remarks": teller.rows,
        }
        teller.refuse(document)
        if json:
            print_json(document)
            return
    screen = console()
    for table in summary_tables(config):
        screen.print(table)
    for line in contract_lines(config):
        screen.print(line, soft_wrap=True, highlight=False, markup=False)
    for line in told:
        screen.print(f"note: {line}", soft_wrap=True, highlight=False, markup=False)
    if not strict:
        teller.tell(config.remarks(), center)
    screen.print(f"{center}: valid.", highlight=False)


app.command(cls=Command)(explain)
