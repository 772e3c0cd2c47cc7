"""An explained decision as text for a terminal, and what would have changed it as files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.workbook import workbook_of
from bporoute.governance._explained._results import ExplainedDecision, Verdict
from bporoute.governance._explained._words import flips_at, said, value_in_words

if TYPE_CHECKING:
    from rich.table import Table

LEAST_SHOWN = 5e-5
SEALS = {
    "as written": "the line has the hash that is its own",
    "altered": "the line does NOT have the hash that is its own: it was altered, or the key is another",
    "not checked": "its hash was not checked: that takes the log's key (--key-file)",
    "not chained": "the line is not chained: nothing shows that it is as it was written",
}
NOTHING_ELSE = "One thing is changed at a time, all else stays as the log has it; each was decided again."
PRICE_ALONE = (
    "A price is changed for this contact alone, and agents with as many contacts present as there were."
)


def encoded(found: ExplainedDecision, ending: str) -> bytes:
    """What would have changed it as a file; a workbook and JSON have the rest, too."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(found.to_dict()), indent=2) + b"\n"
    if ending == ".csv":
        return encoded_rows(change_rows(found), ".csv")
    sheets: dict[str, list[Any]] = {
        "Decision": [{"about": name, "value": value} for name, value in facts(found)],
        "Destinations": [
            {
                "destination": each.destination,
                "place": each.place,
                "rule": each.rule,
                "reason": each.reason,
                "cost": each.cost,
                "wait": each.wait,
                "consists of": _terms(each),
                "contract": "; ".join(each.contract),
            }
            for each in found.verdicts
        ],
        "Inputs": [
            {"input": each.name, "what": each.label, "unit": each.unit, "value": each.value}
            for each in found.inputs
        ],
        "Changes": change_rows(found),
    }
    return workbook_of(sheets, "--out")


def change_rows(found: ExplainedDecision) -> list[dict[str, Any]]:
    """A row for every input: the changes that flip it, the smallest first, then those that flip nothing."""
    flips = [
        {
            "input": each.name,
            "what": each.label,
            "unit": each.unit,
            "was": each.was,
            "becomes": each.becomes,
            "holds": each.holds,
            "action": each.action,
            "destination": each.destination,
            "certain": each.certain,
            "low": None,
            "high": None,
        }
        for each in found.flips
    ]
    none = [
        {
            "input": each.name,
            "what": each.label,
            "unit": each.unit,
            "was": each.was,
            "becomes": None,
            "holds": None,
            "action": found.action,
            "destination": found.destination,
            "certain": None,
            "low": each.low,
            "high": each.high,
        }
        for each in found.unmoved
    ]
    return flips + none


def facts(found: ExplainedDecision) -> list[tuple[str, str]]:
    """What decision it is, and on what the page rests."""
    contact = ", ".join(
        f"{name} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in found.contact.items()
        if value
    )
    when = "unknown" if found.at is None else f"{found.at:%A, %d %B %Y %H:%M:%S %Z}"
    made = "it comes out as it was logged" if found.same else "it does NOT come out as it was logged"
    rows = [
        ("contact", contact),
        ("decided", when),
        ("decision", f"{found.id}, line {found.line}" + (f" of {found.file}" if found.file else "")),
        ("evidence", SEALS[found.seal]),
        ("made again", made),
        ("policy", found.policy),
        ("center", found.center_version),
    ]
    rows += [
        (f"differs: {field}", f"logged as {then}, found {now}") for field, then, now in found.differences
    ]
    return rows


def lines_of(found: ExplainedDecision, width: int) -> Iterator[str | Table]:
    """The answer, the facts, the decision in words, prices by term, and what would have changed it."""
    yield found.answer
    yield ""
    for name, value in facts(found):
        yield f"{name}: {value}"
    yield ""
    yield found.words
    priced = [each for each in found.verdicts if each.terms or each.contract]
    if priced:
        yield ""
        for each in priced:
            yield f"{each.destination}: {_terms(each) or 'no price in the log'}" + (
                f"; {each.note.partition(': ')[2]}" if each.note else ""
            )
            yield from (f"   {sentence}" for sentence in each.contract)
    yield ""
    if found.flips:
        yield _table(found, width)
    if found.unmoved:
        told = (f"{what} ({was}, {looked})" for what, was, looked in unmoved_cells(found))
        yield f"Nothing flips it within: {'; '.join(told)}."
    yield NOTHING_ELSE
    yield PRICE_ALONE
    yield from found.notes


def flip_cells(found: ExplainedDecision) -> list[tuple[str, str, str, str]]:
    """Of every change that flips it: what, as it was, from where on it flips, and what is decided then."""
    return [
        (
            each.label,
            value_in_words(each.was, each.unit, found.currency),
            flips_at(each, found.currency) + ("" if each.certain else " (about)"),
            said(each.action, each.destination),
        )
        for each in found.flips
    ]


def unmoved_cells(found: ExplainedDecision) -> list[tuple[str, str, str]]:
    """Inputs that flip nothing: what, as it was, and the range that was looked at."""
    cells = []
    for each in found.unmoved:
        low, high = (value_in_words(value, each.unit, found.currency) for value in (each.low, each.high))
        looked = "any other" if each.low is None else f"{low} to {high}"
        cells.append((each.label, value_in_words(each.was, each.unit, found.currency), looked))
    return cells


def shown_terms(each: Verdict) -> list[tuple[str, float]]:
    """What a cost consists of, as far as it is any money."""
    return [(name, money) for name, money in each.terms if abs(money) >= LEAST_SHOWN]


def _terms(each: Verdict) -> str:
    """What a cost consists of."""
    told = [f"{name} {money:.4f}" for name, money in shown_terms(each)]
    return " + ".join(told).replace("+ -", "- ") or ("0" if each.terms else "")


def _table(found: ExplainedDecision, width: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), width=width)
    table.title, table.title_justify, table.title_style = "What would have changed it", "left", "bold"
    for heading in ("what", "was", "flips at", "then"):
        table.add_column(heading, overflow="fold", justify="left" if heading in ("what", "then") else "right")
    for cells in flip_cells(found):
        table.add_row(*map(Text, cells))
    return table
