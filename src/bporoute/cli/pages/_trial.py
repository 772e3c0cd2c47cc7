"""The pages of a trial: how it has to be, and what it has shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from bporoute.cli.pages._curves import Axis, Curve, curves
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports import _trial_check, _trial_plan
from bporoute.cli.reports._trial_figures import day_told
from bporoute.governance._trials._check import TrialLook, TrialReport
from bporoute.governance._trials._measures import MEASURES, Metric
from bporoute.governance._trials._plan import TrialPlan

HIGHEST = 6.0
"""Of the statistic and its bounds that are drawn; beyond, nothing is in doubt."""
MOST_NAMED = 9


def check_page(report: TrialReport, source: str, decided: Sequence[str] = ()) -> Page:
    """What a trial has shown, with a picture of each measure and its bounds."""
    pictures = []
    tables = []
    if report.verdict != "refused":
        for measure in report.measures:
            looks = [look for look in report.looks if look.metric == measure.metric]
            if any(not math.isnan(look.statistic) for look in looks):
                pictures.append(_course(measure.metric, looks, report.end))
        tables.append(
            Table(
                "What it has shown",
                _trial_check.MEASURE_HEADINGS,
                [_trial_check.measure_cells(each) for each in report.measures],
            )
        )
        if report.looks:
            cells = [_trial_check.look_cells(look) for look in report.looks]
            rows = [(row[0], row[2], row[1], *row[3:]) for row in cells]
            rests_on = frozenset(
                place for place, look in enumerate(report.looks) if look.day == report.looked
            )
            first, second, third, *others = _trial_check.LOOK_HEADINGS
            tables.append(
                Table("Every look", (first, third, second, *others), rows, texts=2, marked=rests_on)
            )
    return Page(
        title=f"The trial of {report.vendor}",
        answer=(_trial_check.answer_of(report),),
        pictures=tuple(pictures),
        tables=tuple(tables),
        assumptions=tuple(_trial_check.lines_of(report)),
        decided=(f"Contacts: {source}.", *decided),
    )


def _course(metric: Metric, looks: Sequence[TrialLook], end: date) -> Picture:
    places = [float(look.day.toordinal()) for look in looks]
    drawn = {
        "best": ("what the looks have shown", [look.statistic for look in looks]),
        "second": ("continue from here on up", [look.bound for look in looks]),
        "third": ("exit from here on down", [-look.exit_bound for look in looks]),
    }
    lines = [
        Curve(kind, name, places, [_drawn(value, kind == "best") for value in values])
        for kind, (name, values) in drawn.items()
    ]
    every = math.ceil(len(looks) / MOST_NAMED)
    labels = tuple((float(look.day.toordinal()), day_told(look.day)[:-5]) for look in looks[::every])
    last = looks[-1]
    title = f"{MEASURES[metric].words}: each look, and what it takes (0: worse by exactly the margin)"
    told = "not judged" if math.isnan(last.statistic) else f"{last.statistic:.2f}"
    description = (
        f"At the last look, up to {day_told(last.day)}, {told}, where {last.bound:.2f} is enough to continue "
        f"and {-last.exit_bound:.2f} to exit; 0 is worse by exactly the margin."
    )
    first = places[0] - 1.0
    return curves(
        title,
        description,
        lines,
        Axis(first, float(max(end.toordinal(), places[-1])), labels),
        ticks=[-HIGHEST, -4.0, -2.0, 0.0, 2.0, 4.0, HIGHEST],
        targets=[0.0],
    )


def _drawn(value: float, cut: bool) -> float:
    """A value that has room; a bound that has none is not drawn, what was shown is drawn at the edge."""
    if math.isnan(value) or abs(value) <= HIGHEST:
        return value
    return math.copysign(HIGHEST, value) if cut else math.nan


def plan_page(plan: TrialPlan, source: str, decided: Sequence[str] = ()) -> Page:
    """How long and how large a trial has to be, by share."""
    chosen = plan.chosen
    marked = frozenset(
        place for place, size in enumerate(plan.sizes) if chosen is not None and size.share == chosen.share
    )
    measures = [_trial_plan.measure_cells(each, plan.cluster) for each in plan.measures]
    return Page(
        title=f"A trial of {plan.vendor}",
        answer=(_trial_plan.answer_of(plan),),
        tables=(
            Table(
                "By share of the contacts",
                _trial_plan.SIZE_HEADINGS,
                [_trial_plan.size_cells(size) for size in plan.sizes],
                marked=marked,
            ),
            Table("What it rests on", _trial_plan.MEASURE_HEADINGS, measures),
        ),
        assumptions=tuple(_trial_plan.lines_of(plan)),
        decided=(f"History: {source}.", *decided),
    )
