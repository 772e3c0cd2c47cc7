"""A register as sentences and a table for people, and as files for programs and calendars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._workbooks import ASSUMPTIONS
from bporoute.governance._register._calendar import description_of, register_calendar, summary_of
from bporoute.governance._register._register import Register, RegisterEntry

if TYPE_CHECKING:
    from rich.table import Table

ENDINGS = (".csv", ".json", ".xlsx", ".ics")
STATES = {
    "run_out": "RUN OUT",
    "passed": "passed",
    "within_30": "within 30 days",
    "within_60": "within 60 days",
    "within_90": "within 90 days",
    "later": "later",
    "no_end": "no end",
    "not_told": "not told",
    "not_held": "not held",
}


def lines_of(found: Register) -> Iterator[str]:
    """The answer in a sentence; what has run out, and what strands; what it rests on."""
    yield answer_of(found)
    for entry in found.entries:
        if entry.state == "run_out":
            breaks = description_of(entry)
            yield f"Run out: {what_of(entry)}, on {entry.day}" + (f": {breaks}." if breaks else ".")
        elif entry.state == "not_held" and entry.lost:
            yield f"Not held: {what_of(entry)}: {description_of(entry)}."
    for note in found.notes:
        yield f"note: {note}."


def answer_of(found: Register) -> str:
    """How much has run out, how much is near, and what is next."""
    near = [entry for entry in found.entries if entry.state in ("within_30", "within_60", "within_90")]
    out = len(found.run_out)
    begun = f"{counted(out, 'entry has', 'entries have')} run out" if out else "Nothing has run out"
    soon = (
        f"{counted(len(near), 'day comes', 'days come')} within 90 days" if near else "nothing ends within 90"
    )
    told = f"{begun} on {found.at}, {soon}"
    ahead = found.next
    if ahead is None or ahead.days_left is None:
        return f"{told}."
    told += f"; next: {what_of(ahead)}, {ahead.day} ({counted(ahead.days_left, 'day')} left)"
    worst = next((entry for entry in near if entry.stranded), None)
    if worst is None:
        return f"{told}."
    types = ", ".join(worst.stranded)
    if worst is ahead:
        return f"{told}, and then no vendor is left for {types}."
    return f"{told}; from the end of {what_of(worst)}, {worst.day}, on no vendor is left for {types}."


def what_of(entry: RegisterEntry) -> str:
    """What an entry is and whose.

    >>> what_of(RegisterEntry(kind="certificate", name="ISO 18295-1", vendor="nord", state="later"))
    'certificate ISO 18295-1 of nord'
    """
    kind = entry.kind.replace("_", " ")
    named = kind if entry.name == kind else f"{kind} {entry.name}"
    if entry.kind in ("date", "assessment"):
        named = entry.name
    return f"{named} of {entry.vendor}" if entry.vendor else named


def entry_rows(found: Register) -> list[dict[str, Any]]:
    """A row for each entry as plain values."""
    return [
        {
            "kind": entry.kind,
            "name": entry.name,
            "vendor": entry.vendor,
            "last_day": None if entry.day is None else entry.day.isoformat(),
            "days_left": entry.days_left,
            "state": entry.state,
            "lost": "; ".join(f"{vendor}: {what}" for vendor, what in entry.lost),
            "stranded": "; ".join(entry.stranded),
            "note": entry.note,
        }
        for entry in found.entries
    ]


def document_of(found: Register) -> dict[str, Any]:
    """All of it as plain values."""
    rows = [
        {
            **row,
            "lost": [{"vendor": vendor, "contact_type": what} for vendor, what in entry.lost],
            "stranded": list(entry.stranded),
        }
        for row, entry in zip(entry_rows(found), found.entries, strict=True)
    ]
    return {
        "answer": answer_of(found),
        "center": found.name,
        "at": found.at.isoformat(),
        "run_out": len(found.run_out),
        "entries": rows,
        "notes": list(found.notes),
    }


def encoded(found: Register, ending: str) -> bytes:
    """A row for each entry as CSV, all of it as JSON, a workbook, or a calendar."""
    if ending == ".ics":
        return register_calendar(found)
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document_of(found)), indent=2) + b"\n"
    if ending == ".xlsx":
        about: list[dict[str, Any]] = [
            {"about": "answer", "value": answer_of(found)},
            {"about": "day", "value": found.at},
            *({"about": "note", "value": note} for note in found.notes),
        ]
        rows = [
            {**row, "last_day": entry.day}
            for row, entry in zip(entry_rows(found), found.entries, strict=True)
        ]
        return workbook_of({ASSUMPTIONS: about, "Register": rows}, "--out")
    return encoded_rows(entry_rows(found), ".csv")


def register_table(found: Register, width: int) -> Table:
    """A row for each entry, the first day first."""
    columns: dict[str, Callable[..., str]] = {
        "day": lambda entry: "-" if entry.day is None else entry.day.isoformat(),
        "left": lambda entry: "-" if entry.days_left is None else f"{entry.days_left:,}",
        "state": lambda entry: STATES[entry.state],
        "what": what_of,
        "then": description_of,
    }
    return made_table(f"{found.name}, {found.at}", columns, found.entries, width)


def shown(entry: RegisterEntry) -> tuple[str, ...]:
    """The cells of an entry on a page."""
    return (
        "-" if entry.day is None else f"{entry.day:%d %b %Y}",
        STATES[entry.state],
        summary_of(entry) if entry.day is not None else what_of(entry),
        description_of(entry),
        "-" if entry.days_left is None else f"{entry.days_left:,}",
    )
