"""A picture of a forecast, for a slide: what came, what is expected, and the band around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bporoute.cli.plots._panels import INK, KEPT, SENT, save_picture
from bporoute.cli.reports._daily import counts_by_day, daily, labelled_days, named_days

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bporoute.workload import Forecast

MOST_QUEUES = 4
SHOWN_BEFORE = 56
"""Days of the history that are drawn, or as many as twice the forecast."""
MOST_LABELS = 12
MOST_NAMED = 8
"""Special days up to which each has its name beside it."""


def plot_forecast(found: Forecast, path: Path) -> None:
    """Draw contacts by day: a panel for each of the largest queues, special days marked."""
    from matplotlib.figure import Figure

    told = found.volumes
    sizes = {queue: sum(counts_by_day(told, queue).values()) for queue in found.queues}
    largest = sorted(sizes, key=lambda queue: -sizes[queue])[:MOST_QUEUES]
    figure = Figure(figsize=(11, 0.8 + 3.4 * len(largest)), layout="constrained")
    first, last = min(told.starts).date(), max(told.starts).date()
    which = "" if len(largest) == len(sizes) else f" (the {len(largest)} largest of {len(sizes)} queues)"
    title = f"Contacts expected, {first:%d %b %Y} to {last:%d %b %Y}{which}"
    figure.suptitle(title, fontsize=14, fontweight="bold")
    before = first - timedelta(days=max(SHOWN_BEFORE, 2 * ((last - first).days + 1)))
    for queue, axes in zip(largest, figure.subplots(len(largest), 1, squeeze=False)[:, 0], strict=True):
        came = {day: count for day, count in counts_by_day(found.history, queue).items() if day >= before}
        _draw(axes, found, queue, came)
    save_picture(figure, path)


def _draw(axes: Axes, found: Forecast, queue: str, came: Mapping[date, float]) -> None:
    told = found.volumes
    assert told.day_cv is not None
    assert told.interval_cv is not None
    expected = daily(told, queue, told.day_cv, told.interval_cv)
    past, coming = _places(came), _places(expected.days)
    axes.plot(past, list(came.values()), color=INK, linewidth=1.2, label="what came")
    axes.fill_between(
        coming, expected.low, expected.high, color=KEPT, alpha=0.25, linewidth=0, label="4 of 5 days"
    )
    axes.plot(coming, expected.volume, color=KEPT, linewidth=2, label="forecast")
    axes.set_ylim(bottom=0)
    days = [*came, *expected.days]
    marked = {day: name for day, name in named_days(found).items() if days[0] <= day <= days[-1]}
    if marked:
        places = _places(marked)
        low = [0.0] * len(places)
        axes.plot(places, low, "o", color=SENT, clip_on=False, label="special day", zorder=4)
        for place, name in zip(places, marked.values(), strict=True):
            if len(marked) <= MOST_NAMED:
                axes.annotate(
                    name,
                    (place, 0.0),
                    xytext=(3, 6),
                    textcoords="offset points",
                    rotation=90,
                    fontsize=8,
                    color=SENT,
                    parse_math=False,
                )
    axes.set_title(f"{queue}: contacts by day", loc="left", fontsize=11, parse_math=False)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes.set_xticks(*labelled_days(days[0], days[-1], MOST_LABELS))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)


def _places(days: Iterable[date]) -> list[int]:
    return [day.toordinal() for day in days]
