"""The command ``bporoute audit``: a log of decisions, made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bporoute._base.words import counted
from bporoute.cli._terminal import console, print_json, progress
from bporoute.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from bporoute.governance._audit_report import AuditReport

STEP = 1 << 20
"""Bytes between two reports of progress."""
MOST_NAMED = 5
"""Other versions of the center that are named."""


def audit(
    decisions: Annotated[
        Path, typer.Argument(help="Decisions (JSON lines, as replay --decisions writes them).")
    ],
    center: Annotated[Path, typer.Option("--center", help="Center file (TOML).")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Make every decision of a log again and report what differs; exit code 1 if anything does.

    Example: `bporoute audit decisions.jsonl --center center.toml`
    """
    from bporoute import _kernels
    from bporoute.center._center import Center
    from bporoute.governance._audit import audit as audited

    config = Center.load(center)
    _kernels.compile_in_background()
    report = audited(_lines(decisions), config)
    if json:
        print_json(report.to_dict())
    else:
        screen = console()
        if report.policies:
            screen.print(table(report))
        for line in remarks(report):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if not report.clean:
        raise typer.Exit(1)


def table(report: AuditReport) -> Table:
    """One row for every policy of the log."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("policy", overflow="fold", min_width=14)
    for heading in ("decisions", "same", "different", "not checked"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for policy in report.policies:
        counts = (policy.same, policy.different, policy.unknown)
        shown.add_row(policy.policy, f"{sum(counts):,}", *(f"{count:,}" for count in counts))
    return shown


def remarks(report: AuditReport) -> list[str]:
    """What the table does not say, and the verdict last."""
    lines = [f"line {bad.line}: not a decision: {bad.problem}" for bad in report.bad_lines]
    lines += [
        f"line {each.line} (decision {each.id}): {each.field} logged as {each.logged}, found {each.found}"
        for each in report.first
    ]
    if report.fields:
        fields = ", ".join(f"{field} {count:,}" for field, count in report.fields.items())
        lines.append(f"Lines that differ, by field: {fields}.")
    if report.unknown:
        lines.append(
            "Not checked: decisions by policies that are not of this package; bporoute.audit takes them."
        )
    if report.other_centers:
        named = sorted(report.other_centers.items(), key=lambda each: -each[1])
        listed = ", ".join(f"{version} ({counted(count, 'line')})" for version, count in named[:MOST_NAMED])
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        lines.append(f"Decided with other centers than this one, {report.center_version}: {listed}{more}.")
    elif report.lines > report.unreadable:
        lines.append(f"Decided with this center, {report.center_version}.")
    wrong = report.different + report.unknown + report.unreadable
    if wrong:
        lines.append(
            f"{counted(report.lines, 'line')}: {report.same:,} the same, {report.different:,} different, "
            f"{report.unknown:,} not checked, {report.unreadable:,} unreadable."
        )
    elif not report.lines:
        lines.append("0 lines: no decision to make again.")
    else:
        lines.append(f"{counted(report.lines, 'line')}: every decision comes out as it was logged.")
    return lines


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, one by one, with a bar that shows how far it is read."""
    where = f"decisions {path}"
    try:
        with path.open("rb") as file, progress(max(path.stat().st_size // STEP, 1)) as (describe, advance):
            describe("auditing (MB)")
            read = 0
            for line in file:
                yield line
                read += len(line)
                if read >= STEP:
                    advance(read // STEP)
                    read %= STEP
    except OSError as failure:
        raise InputError(where, failure.strerror or str(failure), "a file that can be read") from None
