"""Options that several commands share, and what their texts mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bporoute._base.files import check_target_file
from bporoute._base.spoken import seconds_of, share_of
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.simulation._simulate import configured_schedule
from bporoute.workload._reading._format import FileFormat, parse_format
from bporoute.workload._schedule import Schedule, read_schedule

CenterFile = Annotated[Path, typer.Option("--center", help="Center file (TOML).")]
AgentsFile = Annotated[
    Path | None,
    typer.Option(
        "--agents", help="Agents by interval (date, interval, agents, queue). Default: the center's."
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
        help="What the file calls a column, as arrival=start; repeat. Default: the usual names, and [log] in "
        "the center file if there is one.",
    ),
]
Read = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        help="What the file does not tell by itself, as dates=day-first, decimal=comma, durations=h:mm, "
        "sheet=March, timezone=Europe/Berlin; repeat. A complaint names what is needed.",
    ),
]
SkipBad = Annotated[
    str | None,
    typer.Option(
        "--skip-bad",
        help="Share of the rows that may be left out, as they cannot be used, such as '1%'. Default: none.",
    ),
]
HandleTime = Annotated[
    str | None,
    typer.Option("--aht", help="Mean handle time of rows that have none, in seconds or as '4 min'."),
]
Report = Annotated[
    Path | None,
    typer.Option("--report", help="Write a page to send on there (.html): the answer, pictures, tables."),
]
Aliases = Annotated[
    list[str] | None,
    typer.Option("--alias", help="What a file calls a vendor, or once did, as 'Nord AG=nord'; repeat."),
]
DayCv = Annotated[
    str | None,
    typer.Option(
        help="How far a day's volume is off its forecast: 0.06 or '6 %'. Default: as the file says."
    ),
]
IntervalCv = Annotated[str | None, typer.Option(help="How far an interval is off by itself, likewise.")]
Confidence = Annotated[
    str | None,
    typer.Option(
        help="Meet the targets on this share of days, such as '90 %'. "
        "Default: in the mean over what the volumes may turn out to be."
    ),
]
IntervalMinutes = Annotated[
    int | None,
    typer.Option(min=1, max=1440, help="Minutes of every interval. Default: as the file's starts say."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


TABLE_FILES = (".csv", ".json", ".xlsx")
"""What commands write tables to."""


def check_out(
    path: Path | None, *read: Path | None, endings: tuple[str, ...] = TABLE_FILES, option: str = "--out"
) -> None:
    """Refuse, before any work, a file that could not be written, or that is `read`."""
    if path is None:
        return
    check_target_file(path, option, endings)
    for given in read:
        if given is not None and path.exists() and given.exists() and path.samefile(given):
            raise InputError(f"{option} {path}", f"{given}, which is read", "another name")


def check_report(path: Path | None) -> None:
    """Refuse, before any work, a page that could not be written."""
    if path is not None:
        check_target_file(path, "--report", (".html",))


def schedule_of(
    center: Center, agents: Path | None, first: float, last: float, format: FileFormat
) -> Schedule:
    """Agents from a file, else those that the center has on the days between two epoch seconds."""
    if agents is not None:
        return read_schedule(agents, center.log, center.timezone, tuple(center.queues), format)
    return configured_schedule(center, first, last)


def format_of(
    columns: Sequence[str] | None,
    read: Sequence[str] | None,
    skip_bad: str | None,
    aht: str | None = None,
    example: str = "volume=offered",
) -> FileFormat:
    """How a file is to be read, as far as options say."""
    mapping = parse_mapping(columns or [], "--columns", example)
    return parse_format(read or [], columns=mapping, aht=aht, skip_bad=skip_bad)


def parse_aliases(texts: Iterable[str], center: Center | None) -> dict[str, str]:
    """What files call vendors -> their names, as it is typed; those of the center if there is one.

    >>> parse_aliases(["Nord AG=nord"], None)
    {'Nord AG': 'nord'}
    """
    found = {}
    for text in texts:
        theirs, equals, ours = (part.strip() for part in text.partition("="))
        if not equals:
            raise InputError("--alias", repr(text), "NAME=VENDOR, such as 'Nord AG=nord'")
        if center is not None:
            check_vendor("--alias", ours, center)
        found[theirs] = ours
    return found


def check_vendor(option: str, name: str, center: Center) -> None:
    """Refuse what is no vendor of the center."""
    if name not in center.vendors:
        raise InputError(option, repr(name), did_you_mean(name, list(center.vendors)))


def parse_mapping(texts: Iterable[str], option: str, example: str) -> dict[str, str]:
    """A mapping of columns as it is typed: ``OURS=THEIRS``, several with commas.

    >>> parse_mapping(["date=day,volume=offered"], "--columns", "volume=offered")
    {'date': 'day', 'volume': 'offered'}
    """
    mapping = {}
    for part in (part for text in texts for part in text.split(",")):
        ours, equals, theirs = part.partition("=")
        if not equals:
            raise InputError(option, repr(part), f"OURS=THEIRS, such as {example}")
        mapping[ours.strip()] = theirs.strip()
    return mapping


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
    >>> parse_share("--confidence", "190 %")
    Traceback (most recent call last):
    bporoute.errors.InputError: --confidence: found '190 %'; expected a percentage below 100 %
    """
    share = share_of(text)
    if share is not None and share > 1.0:
        raise InputError(option, repr(text), "a percentage below 100 %")
    if share is None:
        with suppress(ValueError):
            share = float(text)
    if share is None:
        raise InputError(option, repr(text), "a share, such as 0.3, or a text such as '30 %'")
    if 1.0 < share <= 100.0:
        raise InputError(option, text, f"a share of at least 0 and below 1: {share / 100:g}?")
    return share


def parse_cv(option: str, text: str | None) -> float | None:
    """A coefficient of variation that somebody typed, or a percentage with its sign; None: nothing.

    >>> parse_cv("--day-cv", "6 %"), parse_cv("--day-cv", "0.06"), parse_cv("--day-cv", None)
    (0.06, 0.06, None)
    """
    if text is None or (share := share_of(text)) is not None:
        return None if text is None else share
    try:
        return float(text)
    except ValueError:
        expected = "a coefficient of variation, such as 0.06, or a text such as '6 %'"
        raise InputError(option, repr(text), expected) from None


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
