"""The page of one decision, for an auditor."""

from __future__ import annotations

from bporoute.cli.pages._page import Page, Table
from bporoute.cli.reports._explained import (
    NOTHING_ELSE,
    PRICE_ALONE,
    facts,
    flip_cells,
    shown_terms,
    unmoved_cells,
)
from bporoute.governance._explained._results import ExplainedDecision
from bporoute.governance._explained._words import value_in_words


def explained_page(found: ExplainedDecision) -> Page:
    """What was decided, against whom, at what price by term, and what would have changed it."""
    tables = [Table("The decision", ("", ""), facts(found), texts=2)]
    verdicts = [
        (
            each.destination,
            "barred" if each.place is None else str(each.place),
            each.reason or "may take it",
            "-" if each.cost is None else f"{each.cost:.2f}",
            "-" if each.wait is None else f"{each.wait:.0f}",
        )
        for each in found.verdicts
    ]
    money = f"cost {found.currency}".rstrip()
    tables.append(Table("Verdicts", ("destination", "place", "rule", money, "wait s"), verdicts, texts=3))
    terms = [
        (each.destination, name, f"{amount:,.4f}")
        for each in found.verdicts
        for name, amount in shown_terms(each)
    ]
    if terms:
        caption = f"Prices by term, {found.currency or 'money'}"
        tables.append(Table(caption, ("destination", "term", "money"), terms, texts=2))
    clauses = [(each.destination, sentence) for each in found.verdicts for sentence in each.contract]
    given = [
        (each.label, value_in_words(each.value, each.unit, found.currency), each.name)
        for each in found.inputs
    ]
    for caption, headings, rows in (
        ("What the contracts say", ("vendor", "term"), clauses),
        ("What would have changed it", ("what", "was", "flips at", "then"), flip_cells(found)),
        ("What alone changes nothing", ("what", "was", "looked at"), unmoved_cells(found)),
        ("What it was decided on", ("what", "value", "in the log"), given),
    ):
        if rows:
            tables.append(Table(caption, headings, rows, texts=len(headings)))
    notes = (*(each.note for each in found.verdicts if each.note),)
    return Page(
        title=f"Decision {found.id}: {found.contact.get('type') or 'a contact'}",
        answer=(found.answer,),
        tables=tuple(tables),
        assumptions=(NOTHING_ELSE, PRICE_ALONE, *notes, *found.notes),
    )
