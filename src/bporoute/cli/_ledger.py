"""The commands ``bporoute ledger``: what stands in a ledger that processes share, and whether all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from bporoute.center._center import Center
from bporoute.cli._command import Command
from bporoute.cli._ended_calls import read_ended_calls
from bporoute.cli._options import AsJson, Columns, Read, SkipBad, format_of
from bporoute.cli._remarks import Teller
from bporoute.cli._store_url import StoreFile, StoreUrl, store_url
from bporoute.cli._terminal import console, print_json
from bporoute.errors import InputError
from bporoute.policies._thresholds import QueueLength
from bporoute.routing._reconcile import VERDICTS, Sorted, count_in, sort_out
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import SharedLedger
from bporoute.routing.ledger._view import LedgerView, look

ledger = typer.Typer(
    no_args_is_help=True, help="Look at a ledger that processes share: `SharedLedger(PATH)`.", name="ledger"
)
Folder = Annotated[Path, typer.Argument(help="The folder of the ledger.")]


@ledger.command(cls=Command)
def show(path: Folder, json: AsJson = False) -> None:
    """Show what was sent by vendor and window, who is there, who counts, and what processes hold.

    Example: `bporoute ledger show /var/lib/bporoute`
    """
    view = look(path)
    if json:
        print_json(msgspec.to_builtins(view))
        return
    screen = console()
    for table in _tables(view):
        screen.print(table)
    alive = sum(slot.alive for slot in view.slots)
    keeper = "one of them keeps the accounts" if view.keeper else "nobody keeps the accounts"
    screen.print(f"{alive} of {len(view.slots)} slots are held; {keeper}.", highlight=False)
    for problem in view.problems:
        screen.print(f"note: {problem}", soft_wrap=True, highlight=False, markup=False)


@ledger.command(cls=Command)
def verify(path: Folder, json: AsJson = False) -> None:
    """Look whether all is as it should be; exit code 1 if it is not.

    Example: `bporoute ledger verify /var/lib/bporoute`
    """
    problems = look(path).problems
    if json:
        print_json({"problems": list(problems)})
    for problem in () if json else problems:
        print(f"{path}: {problem}")
    if problems:
        raise typer.Exit(1)
    if not json:
        print(f"{path}: as it should be.")


@ledger.command(cls=Command)
def reconcile(
    path: Folder,
    records: Annotated[
        Path, typer.Argument(help="Call records: token, outcome, and wait and handle if known.")
    ],
    center: Annotated[
        Path | None, typer.Option("--center", help="Center file (TOML); needed to count what is lost.")
    ] = None,
    store: StoreUrl = None,
    store_file: StoreFile = None,
    write: Annotated[bool, typer.Option("--write", help="Count what is open or lost, each once.")] = False,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    json: AsJson = False,
) -> None:
    """Find outcomes that call records have and the ledger has not, as after a power cut; and count them.

    Without --write nothing changes, and the exit code is 1 if any is lost; with it, if any could not be
    counted.

    Example: `bporoute ledger reconcile /var/lib/bporoute cdr.csv --center center.toml --write`
    """
    if write and center is None:
        raise InputError("--write", "no --center", "the center by whose terms lost outcomes are billed")
    told = read_ended_calls(
        records, format_of(columns, read, skip_bad, example="token=x_token"), Teller(strict=False, json=json)
    )
    found = sort_out(path, told)
    owed = 0.0
    if write and center is not None:
        owed = _counted_in(path, found, Center.load(center), store_url(store, store_file))
    left = sum(each.verdict in ("open", "lost") for each in sort_out(path, told)) if write else 0
    counts = {verdict: sum(each.verdict == verdict for each in found) for verdict in VERDICTS}
    if json:
        lines = {
            verdict: [each.record.line for each in found if each.verdict == verdict] for verdict in VERDICTS
        }
        print_json({"records": len(found), "lines": lines, "written": write, "owed": owed, "left": left})
    else:
        for verdict, count in counts.items():
            if count:
                print(f"{count:8,} {verdict}: {VERDICTS[verdict]}")
        if write:
            print(f"counted what was open or lost: {owed:,.2f} owed for it.")
        if left:
            print(f"{left:8,} not counted: nobody knows whom they name, or they are just being ended.")
    if left or (counts["lost"] and not write):
        raise typer.Exit(1)


def _counted_in(path: Path, found: list[Sorted], center: Center, store: str | None) -> float:
    shared = SharedLedger(path, store)
    router = Router(center, QueueLength(0), ledger=shared, compile=False)
    try:
        return count_in(router, path, found)
    finally:
        shared.close()


def _tables(view: LedgerView) -> list[Table]:
    sent = Table("vendor", "window", "begun (UTC)", "sent", "held")
    for window in view.windows:
        sent.add_row(
            window.vendor, window.window, window.start[:16], f"{window.sent:.0f}", f"{window.held:.0f}"
        )
    there = Table("vendor", "there", "places held", "of ended processes", "owed")
    for each in view.places:
        there.add_row(
            each.vendor, f"{each.there:.0f}", f"{each.held:.0f}", f"{each.adopted:.0f}", f"{each.spent:.2f}"
        )
    return [sent, there]
