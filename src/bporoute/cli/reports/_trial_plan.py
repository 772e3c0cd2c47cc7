"""How a trial has to be, as sentences and tables for people and as files for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._trial_figures import level_told, margin_told
from bporoute.cli.reports._workbooks import ASSUMPTIONS
from bporoute.governance._trials._measures import MEASURES
from bporoute.governance._trials._plan import PlannedMeasure, TrialPlan, TrialSize

if TYPE_CHECKING:
    from rich.table import Table


def answer_of(plan: TrialPlan) -> str:
    """How long and how large, in a sentence."""
    what = " and ".join(
        f"that {MEASURES[each.metric].words} is at most {margin_told(each.metric, each.margin)} worse"
        for each in plan.measures
    )
    size = plan.chosen
    if size is None or size.weeks is None:
        return f"No such trial of {plan.vendor} shows {what} in time with {100 * plan.power:g} %."
    return (
        f"Give {plan.vendor} {100 * size.share:g} % of the contacts for {counted(size.weeks, 'week')}, some "
        f"{size.vendor_contacts:,.0f}: that shows with {100 * size.power:.0f} %, if it is as good as others, "
        f"{what}."
    )


def document_of(plan: TrialPlan) -> dict[str, Any]:
    """All of the plan as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(plan)
    return found


def size_rows(plan: TrialPlan) -> list[dict[str, Any]]:
    """A row for each share."""
    names = TrialSize.__struct_fields__
    rows = [{name: getattr(size, name) for name in names} for size in plan.sizes]
    return [
        {name: known(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def encoded(plan: TrialPlan, document: dict[str, Any], ending: str) -> bytes:
    """The plan as a file: every share, or all of it."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".csv":
        return encoded_rows(size_rows(plan), ".csv")
    told = {
        "answer": document["answer"],
        **{
            name: getattr(plan, name)
            for name in TrialPlan.__struct_fields__
            if name not in ("chosen", "sizes", "measures", "notes")
        },
    }
    about = [{"about": name.replace("_", " "), "value": value} for name, value in told.items()]
    sheets: dict[str, list[Any]] = {
        ASSUMPTIONS: [*about, *({"about": "note", "value": line} for line in plan.notes)],
        "Shares": size_rows(plan),
        "Measures": [
            {name: getattr(each, name) for name in PlannedMeasure.__struct_fields__} for each in plan.measures
        ],
    }
    return workbook_of(sheets, "--out", ("share", "power"))


SIZE_HEADINGS = ("share", "weeks", "contacts of the vendor", "contacts in all", "power", "weeks if equal")


def size_cells(size: TrialSize) -> tuple[str, ...]:
    """A share as the cells of a table."""
    share = f"{100 * size.share:g} %"
    if size.weeks is None:
        return (share, "over two years", "-", "-", "-", "-")
    return (
        share,
        str(size.weeks),
        f"{size.vendor_contacts:,.0f}",
        f"{size.contacts:,.0f}",
        f"{100 * size.power:.0f} %",
        f"{size.expected_weeks:.1f}",
    )


MEASURE_HEADINGS = ("measure", "margin", "level", "one contact", "scatter", "contacts a day", "measured on")


def measure_cells(measure: PlannedMeasure, cluster: str) -> tuple[str, ...]:
    """A measure as the cells of a table."""
    of = MEASURES[measure.metric].of

    def spread(value: float) -> str:
        return f"{value:.2f}" if of == "points" else f"{100 * value:.1f} %"

    sides = "vendor and others" if measure.paired else "others, twice"
    return (
        MEASURES[measure.metric].words,
        margin_told(measure.metric, measure.margin),
        level_told(measure.metric, measure.level),
        spread(measure.spread),
        spread(measure.scatter),
        f"{measure.contacts_a_day:,.0f}",
        f"{counted(measure.clusters, cluster)}, {sides}",
    )


def tables_of(plan: TrialPlan, width: int) -> Iterator[Table]:
    """What each share takes, then what that rests on."""
    columns = {name: (lambda row, place=place: row[place]) for place, name in enumerate(SIZE_HEADINGS)}
    yield made_table(f"A trial of {plan.vendor} by share", columns, map(size_cells, plan.sizes), width)
    columns = {name: (lambda row, place=place: row[place]) for place, name in enumerate(MEASURE_HEADINGS)}
    rows = [measure_cells(each, plan.cluster) for each in plan.measures]
    yield made_table("What it rests on", columns, rows, width)


def lines_of(plan: TrialPlan) -> Iterator[str]:
    """What the figures mean, and what comes next."""
    learning = counted(round(plan.learning_weeks, 1), "week")
    left_out = f"the first {learning} of them learning" if plan.learning_weeks else "none of them learning"
    yield (
        f"Weeks in all, {left_out}; a look every {plan.look_every} days; "
        f"'continue' by mistake in {100 * plan.error:g} % of trials of a vendor that is worse by a margin."
    )
    yield (
        f"Scatter: of the true difference from {plan.cluster} to {plan.cluster}, beyond the chance of "
        "contacts; more contacts do not help against it, more days do."
    )
    size = plan.chosen
    if size is not None and size.weeks is not None:
        metrics = " ".join(f"--metric {each.metric}={_typed(each)}" for each in plan.measures)
        told = f" --learning-weeks {plan.learning_weeks:.4g}" if plan.learning_weeks else ""
        every = f" --look-every {plan.look_every}" if plan.look_every != 7 else ""
        by = f" --cluster {plan.cluster}" if plan.cluster != "day" else ""
        error = f" --error {100 * plan.error:g}%" if not math.isclose(plan.error, 0.05) else ""
        yield (
            f"Then: bporoute trial check CONTACTS --center CENTER --vendor {plan.vendor} {metrics} "
            f"--share {100 * size.share:g}% --weeks {size.weeks}{told}{every}{by}{error}"
        )
    for note in plan.notes:
        yield f"note: {note}."


def _typed(measure: PlannedMeasure) -> str:
    points = MEASURES[measure.metric].of == "points"
    return f"{measure.margin:g}" if points else f"{100 * measure.margin:g}%"
