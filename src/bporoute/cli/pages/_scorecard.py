"""The page of a scorecard."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from bporoute.cli.pages._multiples import Panel, Point, funnel, multiples
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._scorecard import Columns, answer_of, columns_of, interval_of, lines_of
from bporoute.governance._scorecards._clustered import of_others
from bporoute.governance._scorecards._results import Scorecard, VendorPeriod, VendorScore

MOST_PANELS = 24
"""Vendors that have a small drawing: those with most contacts."""
MOST_ROWS = 400
"""Rows of a table of periods."""


def scorecard_page(card: Scorecard) -> Page:
    """Who met the target first, then each vendor over time, the funnel of all, and every row."""
    wholes = [each.whole for each in card.vendors]
    return Page(
        title=f"Scorecard of {_vendors(card)}, {_span(card)}",
        answer=(answer_of(card), card.allocation),
        pictures=tuple(_pictures(card)),
        tables=tuple(_tables(card, wholes)),
        assumptions=(*_meanings(card), *(line for line in lines_of(card) if line != card.allocation)),
        decided=(f"Records: {card.name}.", *card.taken),
    )


def _vendors(card: Scorecard) -> str:
    names = [each.vendor for each in card.vendors]
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} vendors"


def _span(card: Scorecard) -> str:
    first = min(each.whole.first for each in card.vendors)
    last = max(each.whole.last for each in card.vendors)
    if card.step == "month":
        return f"{first:%B %Y} to {last:%B %Y}"
    return f"{first:%d %B %Y} to {last:%d %B %Y}"


def _pictures(card: Scorecard) -> Iterator[Picture]:
    shown = sorted(card.vendors, key=lambda each: -each.whole.offered)[:MOST_PANELS]
    names = sorted({period.period for each in shown for period in each.periods})
    if len(names) > 1:
        title = f"Service level by {card.by}, %"
        if len(shown) < len(card.vendors):
            title += f": the {len(shown)} largest of {len(card.vendors)} vendors"
        description = "; ".join(
            f"{each.vendor} from {percent(min(_levels(each)))} to {percent(max(_levels(each)))} %"
            for each in shown[:8]
            if _levels(each)
        )
        yield multiples(
            title, description or "No levels.", [_panel(each, names) for each in shown], (names[0], names[-1])
        )
    points = [
        Point(each.vendor, each.whole.offered, 100 * each.whole.level.value, each.whole.verdict == "missed")
        for each in card.vendors
        if each.whole.offered > 0.0 and not math.isnan(each.whole.level.value)
    ]
    if points:
        targets = {each.whole.target for each in card.vendors if not math.isnan(each.whole.target)}
        level = targets.pop() if len(targets) == 1 else card.together.countings[card.counting]
        more = card.together.overdispersion[1]
        yield funnel(
            "Vendors by contacts: service level, %",
            f"{len(points)} vendors around {100 * level:.1f} %; lowest "
            f"{min(each.level for each in points):.1f} %.",
            points,
            100 * level,
            1.0 if math.isnan(more) else more,
        )


def _levels(vendor: VendorScore) -> list[float]:
    found = [period.level.value for period in vendor.periods]
    return [value for value in found if not math.isnan(value)]


def _panel(vendor: VendorScore, names: Sequence[str]) -> Panel:
    """A vendor's levels at the places of their periods, gaps where nothing is told."""
    periods = {period.period: period for period in vendor.periods}
    values = np.array([periods[name].level.value if name in periods else math.nan for name in names])
    known = values[~np.isnan(values)]
    band = of_others(float(known.mean()), known) if known.size else None
    return Panel(
        title=f"{vendor.vendor} {vendor.name}".strip(),
        values=(100 * values).tolist(),
        low=math.nan if band is None else 100 * band.low,
        high=math.nan if band is None else 100 * band.high,
        target=100 * vendor.whole.target,
        marked=frozenset(
            place for place, name in enumerate(names) if name in periods and periods[name].verdict == "missed"
        ),
    )


def _tables(card: Scorecard, wholes: Sequence[VendorPeriod]) -> Iterator[Table]:
    yield from _both("All of it", wholes, card)
    yield Table(
        "How they change",
        ("vendor", "chi-square / df", "sd, points", "with the next", "trend, points a month", "changed"),
        [
            (
                each.vendor,
                rounded(each.overdispersion, 1),
                percent(each.spread),
                rounded(each.alike, 2),
                interval_of(each.trend, 2),
                "; ".join(
                    f"{change.day:%Y-%m-%d}: {percent(change.before)} to {percent(change.after)} %"
                    for change in each.changes
                )
                or "-",
            )
            for each in card.vendors
        ],
    )
    periods = [period for each in card.vendors for period in each.periods]
    if card.by != "all" and len(periods) <= MOST_ROWS:
        yield from _both(f"By {card.by}", periods, card)


def _both(caption: str, rows: Sequence[VendorPeriod], card: Scorecard) -> Iterator[Table]:
    for about, columns in columns_of(rows, card).items():
        yield _table(f"{caption}: {about}", rows, columns)


def _table(caption: str, rows: Sequence[VendorPeriod], columns: Columns) -> Table:
    marked = frozenset(place for place, row in enumerate(rows) if row.verdict == "missed")
    headings = tuple(heading.replace("-\n", "").replace("\n", " ") for heading in columns)
    return Table(caption, headings, [[tell(row) for tell in columns.values()] for row in rows], 2, marked)


def _meanings(card: Scorecard) -> Iterator[str]:
    yield (
        "Intervals are 95 %: of a period with six days or months or more from how these scatter and resemble "
        "their neighbours; of a shorter one from how the other periods differ from one to the next."
    )
    yield (
        "Met or missed is said only where the whole interval is on one side of the target; what a contract "
        "pays goes by the measured level alone."
    )
