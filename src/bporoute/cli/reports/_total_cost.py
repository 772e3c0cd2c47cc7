"""The total cost of ways to source contacts, as sentences and tables for people and as files for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known, rounded
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._wages import money_of
from bporoute.cli.reports._workbooks import ASSUMPTIONS
from bporoute.governance._total_cost._ways import Kind, SourcingWay, TotalCost

if TYPE_CHECKING:
    from rich.table import Table

CENTS = 2
DECIMALS = 6
KINDS: tuple[Kind, ...] = ("one_off", "wages", "invoices", "running")
PAID = {"one_off": "once", "hours": "", "jobs": "", "not told": ""}
"""Kind of a line -> how that is said; another as it is."""
NOT_TOLD = "not told"
MOST_LINES = 60
"""Rows of the table of lines."""


def lines_of(found: TotalCost) -> Iterator[str]:
    """The answer in a sentence; what is not told; what else matters."""
    yield answer_of(found)
    yield from volume_lines(found)
    yield from not_told_lines(found)
    for way in found.ways:
        for note in way.remarks:
            yield f"note: {note}."
    for note in found.notes:
        yield f"note: {note}."


def answer_of(found: TotalCost) -> str:
    """Which way is cheapest, by how much, and from when on."""
    months = found.months
    term = f"{counted(len(months), 'month')} ({months[0].first:%b %Y} to {months[-1].first:%b %Y})"
    others = [way for way in found.ways if way is not found.in_house]
    best, own = found.cheapest, found.in_house
    if not others:
        return (
            f"In-house costs {money_of(own.total, found.currency)} over {term}; nothing to hold it against."
        )
    missing = f", without {counted(len(best.not_told), 'line')} that nobody told" if best.not_told else ""
    if best is own:
        near = min(others, key=lambda way: way.total)
        more = money_of(near.total - own.total, found.currency)
        return (
            f"Stay in-house: over {term} it costs {money_of(own.total, found.currency)}{missing}; "
            f"{near.name}, the cheapest else, costs {more} more and {break_even_words(found, near)}."
        )
    return (
        f"Cheapest over {term}: {best.name}, {money_of(best.total, found.currency)}, "
        f"{money_of(own.total - best.total, found.currency)} less than in-house{missing}; it "
        f"{break_even_words(found, best)}."
    )


def volume_lines(found: TotalCost) -> list[str]:
    """What becomes of each way if the volume is off for the whole term."""
    lines = []
    for factor, other in found.at_volumes:
        told = [
            f"{way.name} {money_of(other.in_house.total - way.total, found.currency)} "
            f"({break_even_words(other, way)})"
            for way in other.ways
            if way is not other.in_house
        ]
        beyond = "less" if factor < 1.0 else "more"
        lines.append(
            f"At {100 * factor:.1f} % of the volume for the whole term (one course of ten has {beyond}), "
            f"saved against in-house: {', '.join(told)}."
        )
    return lines


def break_even_words(found: TotalCost, way: SourcingWay) -> str:
    """From when on a way is worth it, in words."""
    even = found.break_even(way)
    if even.month is None:
        almost = "" if even.earliest is None else f" (on good courses from month {even.earliest} on)"
        return f"never breaks even within the term{almost}"
    month = f"breaks even in month {even.month} ({found.months[even.month - 1].first:%B %Y}"
    if even.earliest != even.month or even.latest != even.month:
        last = "never" if even.latest is None else f"{even.latest}"
        month += f"; four of five courses: month {even.earliest} to {last}"
    return f"{month})" + ("" if even.holds else ", and is behind again at the end of the term")


def not_told_lines(found: TotalCost) -> list[str]:
    """What is in no sum: lines that nobody told, and ways that cannot be told."""
    lines = [
        f"Not told, and in no sum of {way.name}: {', '.join(way.not_told)}."
        for way in found.ways
        if way.not_told
    ]
    return [*lines, *(f"Left out: {name}: {why}." for name, why in found.left_out.items())]


def way_rows(found: TotalCost) -> list[dict[str, Any]]:
    """A row for each way, over the term."""
    rows = []
    for way in found.ways:
        even = found.break_even(way)
        rows.append(
            {
                "name": way.name,
                "vendors": ", ".join(way.vendors),
                **_by_kind({kind: way.of_kind(kind) for kind in KINDS}),
                "total": round(way.total, CENTS),
                "margin": round(way.margins[-1], CENTS),
                "saving": round(found.in_house.total - way.total, CENTS),
                "contacts": round(sum(way.contacts), DECIMALS),
                "contacts_out": round(sum(way.contacts_out), DECIMALS),
                "per_contact": round(way.per_contact, DECIMALS),
                "per_resolved": _rounded(way.per_resolved),
                "hours_moved": round(sum(found.moved_hours(way)), DECIMALS),
                "jobs_moved": round(found.moved_jobs(way), DECIMALS),
                "break_even_month": even.month,
                "break_even_earliest": even.earliest,
                "break_even_latest": even.latest,
                "holds": even.holds,
                **_at_volumes(found, way.name),
            }
        )
    return rows


def _at_volumes(found: TotalCost, name: str) -> dict[str, Any]:
    """Savings and break-even of a way where the volume is off for the whole term."""
    rows: dict[str, Any] = {}
    for word, (factor, other) in zip(("low", "high"), found.at_volumes, strict=False):
        way = next((way for way in other.ways if way.name == name), None)
        rows[f"{word}_volume"] = round(factor, DECIMALS)
        rows[f"{word}_volume_saving"] = (
            None if way is None else round(other.in_house.total - way.total, CENTS)
        )
        rows[f"{word}_volume_break_even"] = None if way is None else other.break_even(way).month
    return rows


def line_rows(found: TotalCost) -> list[dict[str, Any]]:
    """A row for each line, with its money in each way; "not told" where somebody should have."""
    rows = []
    for kind in KINDS:
        names = dict.fromkeys(line.name for way in found.ways for line in way.lines if line.kind == kind)
        for name in names:
            money = {
                way.name: next(
                    (
                        round(line.total, CENTS)
                        for line in way.lines
                        if line.name == name and line.kind == kind
                    ),
                    NOT_TOLD if name in way.not_told else None,
                )
                for way in found.ways
            }
            rows.append({"line": name, "kind": kind, **money})
    told = {row["line"] for row in rows}
    missing = dict.fromkeys(name for way in found.ways for name in way.not_told if name not in told)
    moved = {way.name: round(sum(found.moved_hours(way)), CENTS) for way in found.ways}
    jobs = {way.name: round(found.moved_jobs(way), CENTS) for way in found.ways}
    return [
        *rows,
        *(
            {
                "line": name,
                "kind": NOT_TOLD,
                **{way.name: NOT_TOLD if name in way.not_told else None for way in found.ways},
            }
            for name in missing
        ),
        {"line": "hours of work moved", "kind": "hours", **moved},
        {"line": f"jobs moved ({found.full_time:g} hours a week, last month)", "kind": "jobs", **jobs},
    ]


def month_rows(found: TotalCost) -> list[dict[str, Any]]:
    """A row for each month of each way."""
    rows = []
    for way in found.ways:
        moved = found.moved_hours(way)
        for at, month in enumerate(found.months):
            cumulated, margin = way.cumulated[at], way.margins[at]
            rows.append(
                {
                    "way": way.name,
                    "month": month.number,
                    "from": month.first.isoformat(),
                    **_by_kind(
                        {
                            kind: math.fsum(line.money[at] for line in way.lines if line.kind == kind)
                            for kind in KINDS
                        }
                    ),
                    "money": round(way.money[at], CENTS),
                    "cumulated": round(cumulated, CENTS),
                    "low": round(cumulated - margin, CENTS),
                    "high": round(cumulated + margin, CENTS),
                    "contacts": round(way.contacts[at], DECIMALS),
                    "contacts_out": round(way.contacts_out[at], DECIMALS),
                    "resolved": None if way.resolved is None else round(way.resolved[at], DECIMALS),
                    "hours": round(way.hours[at], DECIMALS),
                    "hours_moved": round(moved[at], DECIMALS),
                    "jobs": round(way.jobs[at], DECIMALS),
                }
            )
    return rows


def document_of(found: TotalCost) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "answer": answer_of(found),
        "currency": found.currency,
        "start": found.months[0].first.isoformat(),
        "months": len(found.months),
        "cheapest": found.cheapest.name,
        "full_time": found.full_time,
        "ways": way_rows(found),
        "lines": line_rows(found),
        "not_told": {way.name: list(way.not_told) for way in found.ways},
        "left_out": found.left_out,
        "notes": [*(note for way in found.ways for note in way.remarks), *found.notes],
        "by_month": month_rows(found),
    }


def encoded(found: TotalCost, document: dict[str, Any], ending: str) -> bytes:
    """The months as CSV, all of it as JSON, or a workbook with a sheet for each question."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".xlsx":
        told = [
            {"about": name, "value": document[name]}
            for name in ("answer", "currency", "start", "months", "cheapest", "full_time")
        ]
        missing = [{"about": "not told", "value": line} for line in not_told_lines(found)]
        notes = [{"about": "note", "value": line} for line in document["notes"]]
        sheets = {
            ASSUMPTIONS: [*told, *missing, *notes],
            "Ways": [{**row, "holds": "yes" if row["holds"] else "no"} for row in document["ways"]],
            "Lines": document["lines"],
            "Months": [
                {**row, "from": month.first}
                for row, month in zip(document["by_month"], [*found.months] * len(found.ways), strict=True)
            ],
        }
        return workbook_of(sheets, "--out")
    return encoded_rows(month_rows(found), ".csv")


def ways_table(found: TotalCost, width: int) -> Table:
    """A row for each way."""
    columns = {
        "way": lambda row: row["name"],
        "one-off": lambda row: rounded(row["one_off"], 0),
        "wages": lambda row: rounded(row["wages"], 0),
        "invoices": lambda row: rounded(row["invoices"], 0),
        "running": lambda row: rounded(row["running"], 0),
        f"total\n{found.currency}": lambda row: rounded(row["total"], 0),
        "4 of 5\nwithin ±": lambda row: rounded(row["margin"], 0),
        "per\ncontact": lambda row: rounded(row["per_contact"], 2),
        "per\nresolved": lambda row: (
            NOT_TOLD if row["per_resolved"] is None else rounded(row["per_resolved"], 2)
        ),
        "jobs\nmoved": lambda row: rounded(row["jobs_moved"], 1),
        "breaks even\nin month": lambda row: even_cell(row),
    }
    rows = way_rows(found)
    return made_table(f"Over {counted(len(found.months), 'month')}", columns, rows, width)


def even_cell(row: dict[str, Any]) -> str:
    """The month of the break-even in short.

    >>> even_cell({"name": "nord", "break_even_month": 9, "holds": False})
    '9, not at the end'
    """
    if row["name"] == "in_house":
        return "-"
    if row["break_even_month"] is None:
        return "never"
    return f"{row['break_even_month']}" + ("" if row["holds"] else ", not at the end")


def lines_table(found: TotalCost, width: int) -> Table:
    """A row for each line, a column for each way."""
    columns: dict[str, Callable[..., str]] = {
        "line": lambda row: str(row["line"]),
        "paid": lambda row: PAID.get(row["kind"], row["kind"]),
    }
    for way in found.ways:
        columns[way.name] = partial(line_cell, name=way.name)
    return made_table(f"Line by line, {found.currency}", columns, line_rows(found)[:MOST_LINES], width)


def line_cell(row: dict[str, Any], name: str) -> str:
    """Money of a line in the way of a `name`, hours or jobs; "not told", or a dash if it has no such line.

    >>> [line_cell({"kind": "jobs", "a": 23.84, "b": "not told", "c": None}, name) for name in "abc"]
    ['23.8', 'not told', '-']
    """
    value = row[name]
    if value is None:
        return "-"
    return value if isinstance(value, str) else rounded(value, 1 if row["kind"] == "jobs" else 0)


def _rounded(value: float) -> float | None:
    return None if known(value) is None else round(value, DECIMALS)


def _by_kind(money: dict[Kind, float]) -> dict[str, float]:
    return {str(kind): round(amount, CENTS) for kind, amount in money.items()}
