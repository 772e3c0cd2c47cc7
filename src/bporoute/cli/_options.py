"""Options that several commands share, and what their texts mean."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bporoute._base.csv_table import parse_mapping
from bporoute._base.spoken import seconds_of, share_of
from bporoute.center._center import Center
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.simulation._simulate import configured_schedule
from bporoute.workload._schedule import Schedule, read_schedule

CenterFile = Annotated[Path, typer.Option("--center", help="Center file (TOML).")]
AgentsFile = Annotated[
    Path | None,
    typer.Option(
        "--agents", help="Agents by interval (CSV: date, interval, agents, queue). Default: the center's."
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        "--policies",
        help="Policy to run, such as 'QueueLength(10)'; repeat for more. Default: the six.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        help="What the file calls a column, as arrival=start; repeat. Default: [log] in the center file.",
    ),
]
Repair = Annotated[bool, typer.Option("--repair", help="Mend CR line ends and rows out of order.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def schedule_of(
    center: Center, log_format: LogFormat, agents: Path | None, first: float, last: float
) -> Schedule:
    """Agents from a file, else those that the center has on the days between two epoch seconds."""
    if agents is not None:
        return read_schedule(agents, log_format, center.timezone, tuple(center.queues))
    return configured_schedule(center, first, last)


def log_format_of(configured: LogFormat, columns: Sequence[str], repair: bool) -> LogFormat:
    """How a log is to be read: as the center file says, but for what the options say."""
    mapping = {**configured.columns, **parse_mapping(columns, "--columns", "arrival=start_time")}
    return msgspec.structs.replace(configured, columns=mapping, repair=repair or configured.repair)


def parse_seconds(option: str, text: str) -> float:
    """Seconds that somebody typed, with a unit or not.

    >>> parse_seconds("--patience", "3 min"), parse_seconds("--patience", "inf")
    (180.0, inf)
    """
    with suppress(ValueError):
        return float(text)
    if (seconds := seconds_of(text)) is None:
        raise InputError(option, repr(text), "seconds, such as 180, or a text such as '3 min'")
    return seconds


def parse_share(option: str, text: str) -> float:
    """A share that somebody typed, or a percentage with its sign.

    >>> parse_share("--shrinkage", "30 %")
    0.3
    """
    share = share_of(text)
    if share is None:
        with suppress(ValueError):
            share = float(text)
    if share is None:
        raise InputError(option, repr(text), "a share, such as 0.3, or a text such as '30 %'")
    if 1.0 < share <= 100.0:
        raise InputError(option, text, f"a share of at least 0 and below 1: {share / 100:g}?")
    return share


def parse_days(text: str | None) -> tuple[date, date] | None:
    """The first and the last of the chosen days; None: all.

    >>> parse_days("2026-11-23..2026-11-24")
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 24))
    """
    if text is None:
        return None
    first, dots, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError:
        raise InputError("--days", repr(text), "a day like 2026-11-23, or first..last") from None
