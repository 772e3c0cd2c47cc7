"""What is expected to come, with the band in which it stays on four of five days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from bporoute._base.arrays import Floats
from bporoute.cli.pages._curves import Axis, Curve, curves
from bporoute.cli.pages._page import Picture
from bporoute.cli.reports._daily import Daily, daily, labelled_days
from bporoute.cli.reports._spans import on_day
from bporoute.workload._volumes import Volumes

FEWEST_DAYS = 3
"""Days from which on a curve of them tells something."""
MOST_LABELS = 12
EMPTY: Mapping[date, Any] = MappingProxyType({})


def expected_pictures(
    volumes: Volumes, queues: Sequence[str], day_cv: Floats, interval_cv: Floats
) -> Iterator[Picture]:
    """A curve of the days of each queue with its band, where there are days enough and it is uncertain."""
    if not (day_cv.any() or interval_cv.any()):
        return
    for queue in queues:
        expected = daily(volumes, queue, day_cv, interval_cv)
        if len(expected.days) >= FEWEST_DAYS:
            yield expected_picture(queue, expected)


def expected_picture(
    queue: str,
    expected: Daily,
    came: Mapping[date, float] = EMPTY,
    special: Mapping[date, str] = EMPTY,
) -> Picture:
    """What came and what is expected by day, over the days that are open; special days are marked."""
    lines = []
    if came:
        lines.append(Curve("ink", "what came", _places(came), list(came.values())))
    lines.append(
        Curve(
            "first",
            "forecast",
            _places(expected.days),
            expected.volume.tolist(),
            expected.low.tolist(),
            expected.high.tolist(),
        )
    )
    days = [*came, *expected.days]
    most = int(expected.volume.argmax())
    description = (
        f"{expected.volume.sum():,.0f} contacts on {len(expected.days)} days; the most on "
        f"{on_day(expected.days[most])}: {expected.volume[most]:,.0f}, on 4 of 5 such days "
        f"{expected.low[most]:,.0f} to {expected.high[most]:,.0f}."
    )
    shown = {day: name for day, name in sorted(special.items()) if min(days) <= day <= max(days)}
    if named := [f"{on_day(day)} ({name})" for day, name in shown.items()]:
        description += f" Special days: {', '.join(named)}."
    marks = [(float(day.toordinal()), name) for day, name in shown.items()]
    return curves(f"{queue}: contacts by day", description, lines, _axis(days), marks=marks)


def _places(days: Iterable[date]) -> list[float]:
    return [float(day.toordinal()) for day in days]


def _axis(days: Sequence[date]) -> Axis:
    first, last = min(days), max(days)
    places, names = labelled_days(first, last, MOST_LABELS)
    labels = zip(map(float, places), names, strict=True)
    return Axis(float(first.toordinal()), float(last.toordinal()), tuple(labels))
