"""The page of a register."""

from __future__ import annotations

from bporoute.cli.pages._page import Page, Table
from bporoute.cli.reports._register import answer_of, lines_of, shown
from bporoute.governance._register._register import Register


def register_page(found: Register) -> Page:
    """What ends when, and what breaks then; what has run out is set off."""
    marked = frozenset(place for place, entry in enumerate(found.entries) if entry.state == "run_out")
    _, *told = lines_of(found)
    table = Table(
        "What ends, the first day first",
        ("last day", "state", "what", "then", "days left"),
        [shown(entry) for entry in found.entries],
        texts=4,
        marked=marked,
    )
    return Page(
        title=f"Register of {found.name}, {found.at:%d %B %Y}",
        answer=(answer_of(found), *(line for line in told if not line.startswith("note: "))),
        tables=(table,) if found.entries else (),
        assumptions=(
            *(f"{note[0].upper()}{note[1:]}." for note in found.notes),
            "What breaks is judged by the rules by which the router decides, on the day after the last.",
        ),
    )
