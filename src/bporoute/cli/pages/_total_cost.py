"""The page of the total cost of ways to source contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bporoute._base.words import counted
from bporoute.cli.pages._curves import Axis, Curve, curves
from bporoute.cli.pages._drawing import round_numbers
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._cells import rounded
from bporoute.cli.reports._total_cost import (
    NOT_TOLD,
    PAID,
    answer_of,
    even_cell,
    line_cell,
    line_rows,
    month_rows,
    not_told_lines,
    volume_lines,
    way_rows,
)
from bporoute.governance._total_cost._ways import TotalCost

KINDS = ("ink", "first", "second", "third")
"""Of the curves: in-house work, then the cheapest others."""
MOST_LABELS = 12


def total_cost_page(found: TotalCost, source: str, decided: Sequence[str] = ()) -> Page:
    """What the ways cost in all; `source` is the forecast, `decided` says how it was read."""
    months = found.months
    return Page(
        title=f"Total cost, {months[0].first:%B %Y} to {months[-1].first:%B %Y}",
        answer=(answer_of(found), *volume_lines(found), *not_told_lines(found)),
        pictures=tuple(_pictures(found)),
        tables=tuple(_tables(found)),
        assumptions=(
            *(f"{note}." for way in found.ways for note in way.remarks),
            *(f"{note[0].upper()}{note[1:]}." for note in found.notes),
        ),
        decided=(f"Forecast: {source}.", *decided),
    )


def _pictures(found: TotalCost) -> Iterator[Picture]:
    """What is saved against in-house work, added up, and all the money."""
    if len(found.months) == 1:
        return
    others = sorted((way for way in found.ways if way is not found.in_house), key=lambda way: way.total)
    shown = others[: len(KINDS) - 1]
    places = [float(month.number) for month in found.months]
    step = max(1, -(-len(places) // MOST_LABELS))
    labels = tuple((float(month.number), f"{month.first:%b %y}") for month in found.months[::step])
    axis = Axis(places[0], places[-1], labels)
    over = counted(len(places), "month")
    if shown:
        saved = {
            way.name: [
                own - theirs for own, theirs in zip(found.in_house.cumulated, way.cumulated, strict=True)
            ]
            for way in shown
        }
        ends = [value for values in saved.values() for value in values]
        told = ", ".join(f"{name} {values[-1]:+,.0f}" for name, values in saved.items())
        yield curves(
            f"Saved against in-house work since the first month, {found.currency}",
            f"After {over}: {told} {found.currency}; above the line a way has paid.",
            [
                Curve(kind, name, places, values)
                for kind, (name, values) in zip(KINDS[1:], saved.items(), strict=False)
            ],
            axis,
            ticks=round_numbers(max(0.0, *ends), min(0.0, *ends)),
            targets=(0.0,),
        )
    every = [found.in_house, *shown]
    told = ", ".join(f"{way.name} {way.total:,.0f}" for way in every)
    yield curves(
        f"Money since the first month, {found.currency}",
        f"After {over}: {told} {found.currency}.",
        [Curve(kind, way.name, places, way.cumulated) for kind, way in zip(KINDS, every, strict=False)],
        axis,
    )


def _tables(found: TotalCost) -> Iterator[Table]:
    headings = (
        "way", "one-off", "wages", "invoices", "running", f"total {found.currency}", "4 of 5 within ±",
        "per contact", "per resolved", "jobs moved", "breaks even in month",
    )  # fmt: skip
    rows = [
        (
            row["name"],
            *(
                rounded(row[kind], 0)
                for kind in ("one_off", "wages", "invoices", "running", "total", "margin")
            ),
            rounded(row["per_contact"], 2),
            NOT_TOLD if row["per_resolved"] is None else rounded(row["per_resolved"], 2),
            rounded(row["jobs_moved"], 1),
            even_cell(row),
        )
        for row in way_rows(found)
    ]
    cheapest = [way.name for way in found.ways].index(found.cheapest.name)
    yield Table("The ways", headings, rows, marked=frozenset({cheapest}))
    names = [way.name for way in found.ways]
    yield Table(
        "Line by line",
        ("line", "paid", *names),
        [
            (row["line"], PAID.get(row["kind"], row["kind"]), *(line_cell(row, name) for name in names))
            for row in line_rows(found)
        ],
        texts=2,
    )
    yield Table(
        "Money from the first month on, and between what it lies on four of five courses",
        ("month", *names),
        list(_by_month(found)),
    )


def _by_month(found: TotalCost) -> Iterator[tuple[str, ...]]:
    rows = {(row["way"], row["month"]): row for row in month_rows(found)}
    for month in found.months:
        cells = []
        for way in found.ways:
            row = rows[way.name, month.number]
            between = f" ({row['low']:,.0f} to {row['high']:,.0f})" if row["high"] > row["low"] else ""
            cells.append(f"{row['cumulated']:,.0f}{between}")
        yield f"{month.number}: {month.first:%b %Y}", *cells
