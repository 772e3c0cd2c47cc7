"""Reasons of a month, as tables for people and as files for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.governance._explained._reasons import ReasonsReport, TurnedAway, WhereTo
from bporoute.governance._explained._words import said

if TYPE_CHECKING:
    from rich.table import Table

TURNED = ("when", "destination", "rule", "turned away", "decided again", "would have gone", "cost")
WHERE = ("when", "where to", "why", "contacts", "expected cost")
MOST_NAMED = 5


def answer(found: ReasonsReport) -> str:
    """Which rule cost most, and how many were kept and sent."""
    kept, sent = (
        sum(each.contacts for each in found.where_to if each.action == action)
        for action in ("keep", "overflow")
    )
    total = f"{kept:,} of {counted(found.decisions, 'contact')} kept, {sent:,} sent out"
    if found.decisions - kept - sent:
        total += f", {found.decisions - kept - sent:,} neither"
    if not found.decisions:
        return "0 decisions: nothing is shown by that."
    sums: dict[tuple[str, str], list[float]] = {}
    for each in found.turned_away:
        one = sums.setdefault((each.rule, each.destination), [0.0, 0, 0])
        one[0] += each.cost
        one[1] += each.contacts
        one[2] += each.would_go
    if not sums:
        return f"{total}; no rule turned anybody away."
    (rule, destination), (cost, contacts, went) = max(sums.items(), key=lambda pair: (pair[1][0], pair[1][1]))
    if cost <= 0.0:
        many = max(sums.items(), key=lambda pair: pair[1][1])
        (rule, destination), (_, contacts, _) = many
        barred = f"{rule} barred {destination} from most: {contacts:,.0f}"
        return f"{total}; no rule cost money by itself, and {barred}."
    money = f"{cost:,.2f} {found.currency}".rstrip()
    return (
        f"{total}; dearest rule: {rule} at {destination} turned {contacts:,.0f} away, of whom {went:,.0f} "
        f"would have gone there, and cost {money}."
    )


def turned_cells(each: TurnedAway) -> tuple[str, ...]:
    """A rule and a destination."""
    priced = each.priced > 0
    return (
        each.span,
        each.destination,
        each.rule,
        f"{each.contacts:,}",
        f"{each.priced:,}" if priced else "-",
        f"{each.would_go:,}" if priced else "-",
        f"{each.cost:,.2f}" if priced else "not known",
    )


def where_cells(each: WhereTo) -> tuple[str, ...]:
    """A way that contacts went."""
    return (
        each.span,
        said(each.action, each.destination or None),
        each.why,
        f"{each.contacts:,}",
        f"{each.cost:,.2f}",
    )


def tables(found: ReasonsReport) -> Iterator[Table]:
    """Whom rules turned away, and where contacts went."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    for title, headings, rows, texts in (
        ("Turned away", TURNED, [turned_cells(each) for each in found.turned_away], 3),
        ("Where contacts went", WHERE, [where_cells(each) for each in found.where_to], 3),
    ):
        if not rows:
            continue
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=title)
        table.title_justify, table.title_style = "left", "bold"
        for place, heading in enumerate(headings):
            name = f"{heading} {found.currency}".rstrip() if "cost" in heading else heading
            table.add_column(name, justify="left" if place < texts else "right", overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        yield table


def notes(found: ReasonsReport) -> list[str]:
    """What the figures mean, and what could not be counted."""
    lines = [
        "Cost of a rule: each contact that it barred a vendor from is decided again without it; where the "
        "contact goes there then, the expected cost of what was done less that counts. Costs of two rules "
        "do not add up.",
        "Not known: the log has no price of whom a lasting rule (type, data, location, language, skill, "
        "certificate) bars, nor of a queue that may not take a contact; of a vendor with several limits of "
        "minutes and money it has what the tightest leaves alone.",
        "Whether lines are missing or were altered is for bporoute audit.",
    ]
    if found.gaps:
        more = f" and {len(found.gaps) - MOST_NAMED} more" if len(found.gaps) > MOST_NAMED else ""
        lines.append(f"No decisions in {', '.join(found.gaps[:MOST_NAMED])}{more}.")
    if found.different:
        lines.append(
            f"{counted(found.different, 'decision')} made again come out otherwise: they count as logged, "
            "and what rules cost them does not count. bporoute audit says where."
        )
    for version, count in found.other_centers.items():
        lines.append(f"{counted(count, 'decision')} by another center than this one, {version}.")
    if found.unknown:
        lines.append(
            f"{counted(found.unknown, 'decision')} by policies of one's own: counted, not decided again."
        )
    if found.unreadable:
        lines.append(f"{counted(found.unreadable, 'line is', 'lines are')} no decisions; the first:")
        lines += [f"   {bad.file} line {bad.line}: {bad.problem}" for bad in found.bad_lines]
    return lines


def rows_of(found: ReasonsReport) -> list[dict[str, Any]]:
    """A row for each sum, of both kinds."""
    names = ("when", "what", "action", "destination", "rule", "why")
    sums = ("contacts", "decided_again", "would_go", "cost")
    rows: list[tuple[Any, ...]] = [
        (
            each.span,
            *("turned away", None, each.destination, each.rule, None),
            *(each.contacts, each.priced, each.would_go, round(each.cost, 6) if each.priced else None),
        )
        for each in found.turned_away
    ]
    rows += [
        (
            each.span,
            *("went", each.action, each.destination, None, each.why),
            *(each.contacts, None, None, round(each.cost, 6)),
        )
        for each in found.where_to
    ]
    return [dict(zip((*names, *sums), row, strict=True)) for row in rows]


def encoded(found: ReasonsReport, ending: str) -> bytes:
    """All sums as a file."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(found.to_dict()), indent=2) + b"\n"
    rows = rows_of(found)
    if ending == ".csv":
        return encoded_rows(rows, ".csv")
    told = [
        {"about": "answer", "value": answer(found)},
        *({"about": "note", "value": line} for line in notes(found)),
    ]
    sheets: dict[str, list[Any]] = {
        "Answer": told,
        "Turned away": [row for row in rows if row["what"] == "turned away"],
        "Went": [row for row in rows if row["what"] == "went"],
    }
    return workbook_of({name: listed for name, listed in sheets.items() if listed}, "--out")
