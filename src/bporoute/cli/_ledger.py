"""The commands ``bporoute ledger``: what stands in a ledger that processes share, and whether all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from bporoute.cli._command import Command
from bporoute.cli._options import AsJson
from bporoute.cli._terminal import console, print_json
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
