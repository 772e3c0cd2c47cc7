"""What a trial has shown, as sentences and tables for people and as files for programs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._trial_figures import (
    day_told,
    effect_told,
    interval_told,
    level_told,
    margin_told,
)
from bporoute.cli.reports._workbooks import ASSUMPTIONS
from bporoute.governance._trials._check import TrialLook, TrialMeasure, TrialReport
from bporoute.governance._trials._measures import MEASURES
from bporoute.governance._trials._ratio import RatioCheck

if TYPE_CHECKING:
    from rich.table import Table

VERDICTS = {"good": "good", "worse": "worse", "open": "not proven yet", "not judged": "not judged"}


def answer_of(report: TrialReport) -> str:
    """The verdict and what it rests on, in a sentence."""
    name = report.vendor
    if report.verdict == "refused":
        return f"No verdict on {name}: {_ratio_told(report.ratio)}, so chance did not decide who got what."
    if report.looked is None:
        due = f"; the first look is after {day_told(report.next_look)}" if report.next_look else ""
        return f"Extend the trial of {name}: nothing can be said yet{due}."
    if report.verdict == "continue":
        told = ", ".join(
            f"{MEASURES[each.metric].words} is at most {margin_told(each.metric, each.margin)} worse"
            for each in report.measures
        )
        return f"Continue with {name}: {told} ({_seen(report)})."
    if report.verdict == "exit":
        bad = next(each for each in report.measures if each.verdict == "worse")
        return (
            f"Exit from {name}: {MEASURES[bad.metric].words} is more than "
            f"{margin_told(bad.metric, bad.margin)} worse{_gap(bad)} ({_seen(report)})."
        )
    open_ = [each for each in report.measures if each.verdict != "good"]
    told = "; ".join(
        f"{MEASURES[each.metric].words} is not proven to be at most "
        f"{margin_told(each.metric, each.margin)} worse{_gap(each)}"
        for each in open_
    )
    if report.next_look is None:
        return f"Extend the trial of {name} by a new one: it is over, and {told} ({_seen(report)})."
    return (
        f"Extend the trial of {name}: {told} ({_seen(report)}); next look after {day_told(report.next_look)}."
    )


def _seen(report: TrialReport) -> str:
    assert report.looked is not None
    return f"up to {day_told(report.looked)}, {100 * report.information:.0f} % of the planned days"


def _gap(measure: TrialMeasure) -> str:
    if measure.last is None or math.isnan(measure.last.effect):
        return ""
    last = measure.last
    interval = interval_told(measure.metric, last.low, last.high)
    within = "" if interval == "-" else f", {interval}"
    return f" ({effect_told(measure.metric, last.effect)}{within})"


def _ratio_told(ratio: RatioCheck) -> str:
    expected = f"{ratio.contacts:,} of {ratio.of:,} contacts are its"
    agreed = f"{ratio.share * ratio.of:,.0f} by its share of {100 * ratio.share:g} %"
    low = min(ratio.p_value, ratio.day_p_value, ratio.hour_p_value)
    if ratio.right or ratio.p_value == low:
        return f"{expected}, {agreed} (p = {ratio.p_value:.2g})"
    which = "some days" if ratio.day_p_value == low else "some hours of the day"
    return f"{expected}, {agreed}, but on {which} too many or too few (p = {low:.2g})"


def _by_id(ratio: RatioCheck) -> str:
    if ratio.not_drawn is None or ratio.kept is None:
        return ""
    return (
        f"; by their ids {ratio.not_drawn:,} of its were not drawn, and others have {ratio.kept:,} that were"
    )


def document_of(report: TrialReport) -> dict[str, Any]:
    """All of the report as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(report)
    return found


def look_rows(report: TrialReport) -> list[dict[str, Any]]:
    """A row for each look at each measure."""
    names = TrialLook.__struct_fields__
    rows = []
    for look in report.looks:
        row = {name: getattr(look, name) for name in names}
        rows.append(
            {name: known(value) if isinstance(value, float) else value for name, value in row.items()}
        )
    return rows


def encoded(report: TrialReport, document: dict[str, Any], ending: str) -> bytes:
    """The report as a file: every look, or all of it."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".csv":
        return encoded_rows(look_rows(report), ".csv")
    told = {
        "answer": document["answer"],
        **{
            name: value
            for name, value in ((field, getattr(report, field)) for field in TrialReport.__struct_fields__)
            if not isinstance(value, tuple | RatioCheck)
        },
        **{f"ratio: {name}": getattr(report.ratio, name) for name in RatioCheck.__struct_fields__},
    }
    about = [
        {"about": name.replace("_", " "), "value": "none" if value is None else value}
        for name, value in told.items()
    ]
    sheets: dict[str, list[Any]] = {
        ASSUMPTIONS: [*about, *({"about": "note", "value": line} for line in report.notes)],
        "Measures": [
            dict(zip(MEASURE_HEADINGS, row, strict=True)) for row in map(measure_cells, report.measures)
        ],
        "Looks": look_rows(report),
    }
    return workbook_of({title: rows for title, rows in sheets.items() if rows}, "--out", ("information",))


MEASURE_HEADINGS = ("measure", "margin", "vendor", "others", "difference", "interval", "verdict", "chance")


def measure_cells(measure: TrialMeasure) -> tuple[str, ...]:
    """A measure as the cells of a table."""
    metric, last = measure.metric, measure.last
    vendor, others, effect, low, high = (
        (math.nan,) * 5 if last is None else (last.vendor, last.others, last.effect, last.low, last.high)
    )
    return (
        MEASURES[metric].words,
        margin_told(metric, measure.margin),
        level_told(metric, vendor),
        level_told(metric, others),
        effect_told(metric, effect),
        interval_told(metric, low, high),
        VERDICTS[measure.verdict],
        "-" if math.isnan(measure.chance) else f"{100 * measure.chance:.0f} %",
    )


LOOK_HEADINGS = (
    "look up to", "days so far", "measure", "contacts", "of others", "difference", "interval", "statistic",
    "continue from", "exit below",
)  # fmt: skip


def look_cells(look: TrialLook) -> tuple[str, ...]:
    """A look as the cells of a table."""
    return (
        day_told(look.day),
        f"{100 * look.information:.0f} %",
        MEASURES[look.metric].words,
        f"{look.vendor_contacts:,}",
        f"{look.other_contacts:,}",
        effect_told(look.metric, look.effect),
        interval_told(look.metric, look.low, look.high),
        "-" if math.isnan(look.statistic) else f"{look.statistic:.2f}",
        "-" if math.isinf(look.bound) else f"{look.bound:.2f}",
        "-" if math.isinf(look.exit_bound) else f"{-look.exit_bound:.2f}",
    )


def tables_of(report: TrialReport, width: int) -> Iterator[Table]:
    """The measures, then every look."""
    if report.verdict == "refused":
        return
    yield _table(f"{report.vendor} on trial", MEASURE_HEADINGS, map(measure_cells, report.measures), width)
    if report.looks:
        yield _table("Looks", LOOK_HEADINGS, map(look_cells, report.looks), width)


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> Table:
    columns = {
        name.replace(" ", "\n"): (lambda row, place=place: row[place]) for place, name in enumerate(headings)
    }
    return made_table(title, columns, rows, width)


def lines_of(report: TrialReport) -> Iterator[str]:
    """What the figures mean and rest on."""
    learning = (report.counts_from - report.start).days
    left_out = f", days count from {day_told(report.counts_from)}" if learning else ""
    yield (
        f"Trial from {day_told(report.start)} to {day_told(report.end)}{left_out}; "
        f"a look every {report.look_every} days."
    )
    yield f"Drawn by hash: {_ratio_told(report.ratio)}{_by_id(report.ratio)}."
    if report.verdict == "refused":
        yield "Find out why first: a vendor that was closed, chosen contacts, another share, another start."
    else:
        yield (
            f"Errors: 'continue' in {100 * report.error:g} % of trials of a vendor worse by a margin, "
            f"'exit' in as many of one that is not, all looks and measures together."
        )
        yield (
            "Interval: holds the true difference at all looks together in "
            f"{100 * (1 - 2 * report.error):g} % of trials; chance: of 'good' by the planned end if both are "
            "equal from now on."
        )
        if report.verdict == "extend" and report.next_look is None:
            yield (
                "The error is used up: what comes now decides only as a new trial, of new contacts alone, "
                "planned before (`bporoute trial plan`)."
            )
    for note in report.notes:
        yield f"note: {note}."
