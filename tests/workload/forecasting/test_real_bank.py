"""Weeks of a real bank, forecast one by one from what was known before."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pytest

from bporoute.workload._forecasting._forecast import forecast
from bporoute.workload._forecasting._reforecast import reforecast
from bporoute.workload._volumes import Volumes
from helpers.places import REAL

BANK = REAL / "us_bank_5min_2003_mar_aug.csv"
FREE = (date(2003, 4, 4), date(2003, 4, 7))
"""Without rows, and no holidays."""
FIRST, LAST = date(2003, 3, 3), date(2003, 8, 22)
WEEKS = 25

pytestmark = pytest.mark.skipif(not BANK.exists(), reason=f"no {BANK}")


class Told(NamedTuple):
    """Errors in percent of the contacts, bias likewise, shares inside the bands of 80 and of 95 %."""

    interval: float
    day: float
    bias: float
    in_80: float
    in_95: float


def counts() -> Volumes:
    sums: dict[datetime, float] = {}
    with BANK.open() as lines:
        for row in csv.DictReader(lines):
            start = datetime.fromisoformat(row["ts"])
            if start.hour < 21:
                half = start.replace(minute=start.minute // 30 * 30)
                sums[half] = sums.get(half, 0.0) + float(row["calls"])
    size = len(sums)
    return Volumes(
        tuple(sums),
        ("all",) * size,
        np.array(list(sums.values())),
        np.full(size, np.nan),
        np.full(size, 1800.0),
    )


def up_to(all_of_it: Volumes, last: date) -> Volumes:
    known = sum(start.date() <= last for start in all_of_it.starts)
    return Volumes(
        all_of_it.starts[:known],
        all_of_it.queues[:known],
        all_of_it.volume[:known],
        all_of_it.aht[:known],
        all_of_it.seconds[:known],
    )


def told(weeks: range, lead: int) -> Told:
    whole = counts()
    by_start = dict(zip(whole.starts, whole.volume.tolist(), strict=True))
    expected, came, inside = [], [], []
    for week in weeks:
        known = FIRST + timedelta(days=7 * week - 1 - lead)
        found = forecast(up_to(whole, known), weeks=1, lead=lead, holidays="US", closed=FREE)
        expected.append(found.volumes.volume)
        came.append(np.array([by_start[start] for start in found.volumes.starts]))
        bands = ((found.low, found.high), found.band(0.95))
        inside.append(np.array([(came[-1] >= low) & (came[-1] <= high) for low, high in bands]))
    mean, actual = np.concatenate(expected), np.concatenate(came)
    off, total = mean - actual, actual.sum() / 100
    held = 100 * np.concatenate(inside, axis=1).mean(axis=1)
    days = np.abs(off.reshape(-1, 28).sum(axis=1)).sum()
    return Told(np.abs(off).sum() / total, days / total, off.sum() / total, held[0], held[1])


@pytest.mark.parametrize(("lead", "interval", "day"), [(0, 5.4, 4.0), (21, 6.0, 4.5)])
def test_nine_weeks_held_out(lead: int, interval: float, day: float) -> None:
    pytest.importorskip("holidays")
    found = told(range(WEEKS - 9, WEEKS), lead)
    assert found.interval <= interval
    assert found.day <= day
    assert 76 <= found.in_80 <= 88
    assert 93 <= found.in_95 <= 98.5


def test_over_all_weeks_as_much_too_low_as_too_high() -> None:
    """The level fell in April and rose in July, so a part of the weeks is all on one side."""
    pytest.importorskip("holidays")
    assert abs(told(range(6, WEEKS), 0).bias) < 1.0
    assert told(range(6, 12), 0).bias > 1.0
    assert told(range(WEEKS - 9, WEEKS), 0).bias < -1.0


def first_intervals(whole: Volumes, day: date, count: int) -> Volumes:
    first = next(place for place, start in enumerate(whole.starts) if start.date() == day)
    mine = slice(first, first + count)
    return Volumes(
        whole.starts[mine], whole.queues[mine], whole.volume[mine], whole.aht[mine], whole.seconds[mine]
    )


def test_the_rest_of_a_day() -> None:
    """Fifteen weeks, at 9, 11 and 13 o'clock: what is learned beats no news at all, and all of the news."""
    pytest.importorskip("holidays")
    whole = counts()
    by_start = dict(zip(whole.starts, whole.volume.tolist(), strict=True))
    off = {(hour, how): 0.0 for hour in (9, 11, 13) for how in ("forecast", "learned", "ratio")}
    inside: dict[int, list[bool]] = {hour: [] for hour in (9, 11, 13)}
    for week in range(10, WEEKS):
        known = up_to(whole, FIRST + timedelta(days=7 * week - 1))
        ahead = forecast(known, weeks=1, holidays="US", closed=FREE)
        for day in sorted({start.date() for start in ahead.volumes.starts}):
            for hour in (9, 11, 13):
                found = reforecast(ahead, first_intervals(whole, day, 2 * (hour - 7)))
                one = found.queues["all"]
                came = sum(by_start[start] for start in found.volumes.starts)
                off[hour, "learned"] += abs(one.rest - came)
                off[hour, "forecast"] += abs(one.before - came)
                off[hour, "ratio"] += abs(one.before * one.came / one.expected - came)
                inside[hour].append(one.low <= came <= one.high)
    gain = {hour: 1 - off[hour, "learned"] / off[hour, "forecast"] for hour in (9, 11, 13)}
    assert gain[9] > 0.03
    assert gain[11] > 0.12
    assert gain[13] > 0.2
    # As if the day went on as it began, the rest is further off than with no news at all.
    assert off[9, "ratio"] > 1.3 * off[9, "forecast"]
    assert all(off[hour, "learned"] < 1.01 * off[hour, "ratio"] for hour in (9, 11, 13))
    for hour in (9, 11, 13):
        assert 0.76 <= np.mean(inside[hour]) <= 0.92
