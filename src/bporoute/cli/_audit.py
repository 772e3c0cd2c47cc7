"""The command ``bporoute audit``: logs of decisions, made again, and whether their lines are sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bporoute._base.words import counted
from bporoute.cli._log_progress import reading_logs
from bporoute.cli._options import AsJson
from bporoute.cli._terminal import console, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from bporoute.governance._audit_report import AuditReport
    from bporoute.governance._chain_report import ChainReport

MOST_NAMED = 5
"""Other versions of the center that are named."""


def audit(
    decisions: Annotated[
        list[Path], typer.Argument(help="Logs of decisions: files, and folders of which all .jsonl are read.")
    ],
    center: Annotated[Path, typer.Option("--center", help="Center file (TOML).")],
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key that the lines are chained with.")
    ] = None,
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", help="Policy that the log has to be of; repeat for more. Default: any."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(help="NUMBER:HASH of the line before the first, if earlier files are put away."),
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="NUMBER:HASH of a line that has to be there: shows a cut-off end.")
    ] = None,
    unchained: Annotated[
        bool, typer.Option("--unchained", help="The lines were never chained; little is proven then.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Make every decision of logs again and check that no line is missing or changed; exit code 1 if not so.

    The files of a log are one chain, in whatever order they are named.

    Example: `bporoute audit decisions.jsonl --center center.toml`
    """
    from bporoute import _kernels
    from bporoute.center._center import Center
    from bporoute.governance._audit import audit_files
    from bporoute.governance._chain import read_key

    config = Center.load(center)
    key = None if key_file is None else read_key(key_file, "--key-file")
    _kernels.compile_in_background()
    with reading_logs(decisions, "auditing") as told:
        report = audit_files(
            decisions,
            config,
            only=policies or (),
            key=key,
            after=after,
            last=last,
            chained=not unchained,
            progress=told,
        )
    if json:
        print_json(report.to_dict())
    else:
        screen = console()
        if report.policies:
            screen.print(table(report))
        for line in (*chain_remarks(report.chain), *remarks(report)):
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


def chain_remarks(chain: ChainReport) -> list[str]:
    """What the lines themselves show, and what nobody can tell from them."""
    lines = [f"{_place(problem.file, problem.line)}{problem.text}" for problem in chain.first]
    more = sum(chain.counts.values()) - len(chain.first)
    if chain.counts:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in chain.counts.items())
        lines.append(f"Wrong with the lines: {kinds}{'; the first are named' if more else ''}.")
    lines += chain.notes
    for log in chain.logs:
        if log.last is not None:
            how = "by a key" if log.keyed else "without a key"
            unchecked = "" if log.checked else ", hashes not checked"
            lines.append(f"Log {log.log or '(no name)'}, chained {how}{unchecked}; last line {log.last}")
    lines += [f"Not proven: {_small(text)}" for text in chain.unproven]
    return lines


def remarks(report: AuditReport) -> list[str]:
    """What the table does not say, and the verdict last."""
    lines = [f"{_place(bad.file, bad.line)}not a decision: {bad.problem}" for bad in report.bad_lines]
    lines += [
        f"{_place(each.file, each.line)[:-2]} (decision {each.id}): {each.field} logged as {each.logged}, "
        f"found {each.found}"
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
        listed = ", ".join(
            f"{version} ({counted(count, 'decision')})" for version, count in named[:MOST_NAMED]
        )
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        lines.append(f"Decided with other centers than this one, {report.center_version}: {listed}{more}.")
    elif report.lines > report.unreadable:
        lines.append(f"Decided with this center, {report.center_version}.")
    wrong = report.different + report.unknown + report.unreadable
    if wrong:
        lines.append(
            f"{counted(report.lines, 'decision')}: {report.same:,} the same, {report.different:,} different, "
            f"{report.unknown:,} not checked, {report.unreadable:,} unreadable."
        )
    elif not report.lines:
        lines.append("0 decisions: nothing is shown by that.")
    else:
        verdict = "every decision comes out as it was logged"
        if not report.chain.sound:
            verdict += ", but the lines are not sound"
        lines.append(f"{counted(report.lines, 'decision')}: {verdict}.")
    return lines


def _place(file: str, line: int) -> str:
    """Where something is wrong, as the beginning of a sentence."""
    parts = (file, f"line {line}" if line else "")
    return "".join(f"{part}: " for part in [", ".join(filter(None, parts))] if part)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
