"""The page of a forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bporoute._base.words import counted
from bporoute.cli.pages._day_cells import day_cells
from bporoute.cli.pages._heat_map import heat_map
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.pages._volumes import expected_picture
from bporoute.cli.reports._daily import Daily, counts_by_day, daily, named_days
from bporoute.cli.reports._forecast import lines_of, week_rows
from bporoute.cli.reports._spans import SPAN_DAY, in_days, on_day, span_of
from bporoute.workload._volumes import Volumes

if TYPE_CHECKING:
    from bporoute.workload import Forecast

MOST_QUEUES = 4
"""Queues that have pictures of their own: the largest."""
MOST_ROWS = 400
SHOWN_BEFORE = 56
"""Days of the history that are drawn, or as many as twice the forecast."""


def forecast_page(found: Forecast, source: str, decided: Sequence[str] = ()) -> Page:
    """What is expected, how sure that is, and what it rests on.

    Parameters
    ----------
    found : Forecast
        Of one queue or more.
    source : str
        Where the history comes from.
    decided : sequence of str
        What was said when it was read.
    """
    told = found.volumes
    assert told.day_cv is not None
    assert told.interval_cv is not None
    days, special = in_days(told.starts), named_days(found)
    expected = {queue: daily(told, queue, told.day_cv, told.interval_cv) for queue in found.queues}
    largest = sorted(expected, key=lambda queue: -expected[queue].volume.sum())[:MOST_QUEUES]
    before = days[0] - timedelta(days=max(SHOWN_BEFORE, 2 * len(days)))
    pictures = []
    for queue in largest:
        came = {day: count for day, count in counts_by_day(found.history, queue).items() if day >= before}
        pictures.append(expected_picture(queue, expected[queue], came, special))
    pictures += [_by_time(told, queue) for queue in largest]
    return Page(
        title=f"Contacts expected, {span_of(days)}",
        answer=tuple(_answer(found, expected, days, special)),
        pictures=tuple(pictures),
        tables=tuple(_tables(found, expected)),
        assumptions=(
            *lines_of(found),
            "Band: four of five days lie in it, by chance and by how far days and intervals were off before.",
            "Error: sum of the absolute errors in percent of the contacts that came, on weeks of the history "
            "that the method had not seen; bias: how much more was expected than came.",
        ),
        decided=(f"History: {source}.", *decided),
    )


def _answer(
    found: Forecast, expected: Mapping[str, Daily], days: Sequence[date], special: Mapping[date, str]
) -> Iterator[str]:
    whole = sum(float(each.volume.sum()) for each in expected.values())
    high = sum(float(each.high.sum()) for each in expected.values())
    margin = f", most days within {100 * (high / whole - 1):.0f} % of that" if whole else ""
    yield f"{span_of(days)}: {whole:,.0f} contacts are expected{margin}."
    for queue, each in sorted(expected.items(), key=lambda pair: -pair[1].volume.sum())[:MOST_QUEUES]:
        most = int(each.volume.argmax())
        yield (
            f"{queue}: {each.volume.sum():,.0f}; the most on {on_day(each.days[most])}, "
            f"{each.volume[most]:,.0f} (on 4 of 5 such days {each.low[most]:,.0f} to {each.high[most]:,.0f})."
        )
        rests_on = found.queues[queue]
        if rests_on.method in rests_on.backtest:
            error = rests_on.backtest[rests_on.method]
            yield (
                f"{queue}: on {counted(rests_on.weeks, 'week')} of the history, forecast afterwards, a day "
                f"was off by {error.day:.1f} %, an interval by {error.interval:.1f} %."
            )
    if coming := [
        f"{on_day(day)} ({name})" for day, name in sorted(special.items()) if days[0] <= day <= days[-1]
    ]:
        yield f"Special days: {', '.join(coming)}."


def _by_time(told: Volumes, queue: str) -> Picture:
    """Expected contacts by day and time."""
    shown = day_cells(told, queue, told.volume.tolist())
    top = max(shown.cells, key=lambda cell: cell.value)
    description = f"The most in an interval, {top.value:,} contacts, on {shown.at(top)}."
    title = f"{queue}: contacts by day and time of day{shown.mean}"
    return heat_map(title, description, shown.rows, shown.cells, "contacts")


def _tables(found: Forecast, expected: Mapping[str, Daily]) -> Iterator[Table]:
    headings = ("queue", "week from", "contacts", "busiest interval", "AHT s")
    yield Table("Contacts by week", headings, list(week_rows(found)), texts=2)
    rows = [
        (queue, f"{day:{SPAN_DAY}}", f"{volume:,.0f}", f"{low:,.0f}", f"{high:,.0f}")
        for queue, each in expected.items()
        for day, volume, low, high in zip(each.days, each.volume, each.low, each.high, strict=True)
    ]
    if len(rows) <= MOST_ROWS:
        named = ("queue", "day", "contacts", "4 of 5 days from", "to")
        yield Table("Contacts by day", named, rows, texts=2)
    tested = [
        (queue, method, f"{error.interval:.1f}", f"{error.day:.1f}", f"{error.bias:+.1f}")
        for queue, one in found.queues.items()
        for method, error in one.backtest.items()
    ]
    if tested:
        used = frozenset(place for place, row in enumerate(tested) if found.queues[row[0]].method == row[1])
        yield Table(
            "Error of each method on weeks of the history (the one that is used is set off)",
            ("queue", "method", "interval %", "day %", "bias %"),
            tested,
            texts=2,
            marked=used,
        )
