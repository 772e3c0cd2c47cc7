"""The command ``bporoute reasons``: whom each rule turned away, and what that cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from bporoute.center._center import Center
from bporoute.cli._options import (
    AsJson,
    CenterFile,
    Report,
    check_out,
    check_report,
)
from bporoute.cli._terminal import console, print_json, say


def reasons(
    decisions: Annotated[
        list[Path], typer.Argument(help="Logs of decisions: files, and folders of which all .jsonl are read.")
    ],
    center: CenterFile,
    by: Annotated[str, typer.Option(help="day, week or month, by the center's clock.")] = "month",
    out: Annotated[Path | None, typer.Option(help="Write every sum there (.csv, .json, .xlsx).")] = None,
    report: Report = None,
    json: AsJson = False,
) -> None:
    """Sum up a month of decisions: how many contacts each rule turned away, what that cost, who went where.

    Each contact that a rule barred a vendor from is decided again without that rule.

    Example: `bporoute reasons decisions.jsonl --center center.toml --by month --report november.html`
    """
    from bporoute import _kernels
    from bporoute._base.files import write_whole
    from bporoute.cli._log_progress import reading_logs
    from bporoute.cli.pages._page import write_page
    from bporoute.cli.pages._reasons import reasons_page
    from bporoute.cli.reports._reasons import answer, encoded, notes, tables
    from bporoute.governance._explained._reasons import By
    from bporoute.governance._explained._reasons import reasons as reasons_of

    check_out(out)
    check_report(report)
    config = Center.load(center)
    _kernels.compile_in_background()
    with reading_logs(decisions, "adding up") as told:
        found = reasons_of(decisions, config, by=cast(By, by), progress=told)
    if out is not None:
        write_whole(out, encoded(found, out.suffix.lower()), "--out")
    if report is not None:
        write_page(reasons_page(found), report)
    if json:
        print_json(found.to_dict())
    else:
        screen = console()
        screen.print(answer(found), soft_wrap=True, highlight=False, markup=False)
        for table in tables(found):
            screen.print(table)
        for line in notes(found):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    for name, file in (("reasons", out), ("page", report)):
        if file is not None:
            say(f"{name}: {file}", json)
