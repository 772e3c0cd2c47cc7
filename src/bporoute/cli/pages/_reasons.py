"""The page of a month of reasons."""

from __future__ import annotations

import math

from bporoute.cli.pages._bars import Bar, lying
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._reasons import TURNED, WHERE, answer, notes, turned_cells, where_cells
from bporoute.governance._explained._reasons import ReasonsReport

MOST_BARS = 12
MOST_ROWS = 400


def reasons_page(found: ReasonsReport) -> Page:
    """The answer, the rules by what they cost and by whom they turned away, and where contacts went."""
    tables = [
        Table(caption, headings, rows[:MOST_ROWS], texts=3)
        for caption, headings, rows in (
            ("Turned away", TURNED, [turned_cells(each) for each in found.turned_away]),
            ("Where contacts went", WHERE, [where_cells(each) for each in found.where_to]),
        )
        if rows
    ]
    spans = [each for each in (found.first, found.last) if each is not None]
    span = " to ".join(dict.fromkeys(each[:10] for each in spans))
    return Page(
        title=f"Reasons, {span}" if span else "Reasons",
        answer=(answer(found),),
        pictures=tuple(_pictures(found)),
        tables=tuple(tables),
        assumptions=tuple(notes(found)),
    )


def _pictures(found: ReasonsReport) -> list[Picture]:
    """Contacts turned away and what that cost, by rule and destination."""
    contacts: dict[str, float] = {}
    costs: dict[str, float] = {}
    for each in found.turned_away:
        name = f"{each.rule}: {each.destination}"
        contacts[name] = contacts.get(name, 0.0) + each.contacts
        if each.priced:
            costs[name] = costs.get(name, 0.0) + each.cost
    pictures = []
    for title, kind, sums, form in (
        ("Contacts turned away, by rule and destination", "first", contacts, "{:,.0f}"),
        (f"What rules cost, {found.currency or 'money'}", "second", costs, "{:,.2f}"),
    ):
        most = sorted(
            ((name, value) for name, value in sums.items() if value > 0.0), key=lambda pair: -pair[1]
        )
        if most:
            drawn = [Bar(name, value, math.nan, form.format(value), kind) for name, value in most[:MOST_BARS]]
            pictures.append(lying(title, f"The largest is {most[0][0]}, {form.format(most[0][1])}.", drawn))
    return pictures
