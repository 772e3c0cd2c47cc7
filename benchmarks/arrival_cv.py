"""How far contact volumes scatter around what weekday and time of day say, beyond Poisson noise.

    python benchmarks/arrival_cv.py us_bank_5min_2003_mar_aug.csv

The file has a local start (`ts`) and a count (`calls`) per interval; days that lack intervals are left out.
The model is that of `bporoute.workload._arrivals`: the count of interval i on day d is Poisson with the mean
``m(weekday, i) D(d) E(d, i)``, D and E independent with mean 1. With the residuals ``r = N - m``, m the mean
over the n days of the weekday, and sums over days and intervals,

    day_cv^2 = sum over i != j of r_i r_j / sum over i != j of m_i m_j,
    (1 + day_cv^2) (1 + interval_cv^2) - 1 = sum of (r^2 - m) / sum of m^2,

every product of r scaled by n / (n - 1) for the mean that was fitted (method of moments). It is given for
several lengths of the intervals; and against all days of the weekday as well as against the same weekdays up
to two weeks around, which leaves out the slow drift of the half year that a planner's forecast knows.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from datetime import datetime

import numpy as np

LENGTHS = (5, 15, 30, 60)
"""Minutes."""
WEEKS_AROUND = 2


def counts_by_day(path: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Counts (days, intervals), weekday of each day, and minutes of an interval."""
    days: dict[object, dict[datetime, float]] = defaultdict(dict)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            start = datetime.fromisoformat(row["ts"])
            days[start.date()][start] = float(row["calls"])
    usual = Counter(len(day) for day in days.values()).most_common(1)[0][0]
    whole = {date: day for date, day in sorted(days.items()) if len(day) == usual}
    first, second = sorted(next(iter(whole.values())))[:2]
    counts = np.array([[day[start] for start in sorted(day)] for day in whole.values()])
    weekdays = np.array([date.weekday() for date in whole])
    return counts, weekdays, round((second - first).total_seconds() / 60)


def residuals(counts: np.ndarray, weekdays: np.ndarray, drift: bool) -> tuple[np.ndarray, np.ndarray]:
    """(r sqrt(n / (n - 1)), m) for all days that have others to be compared with."""
    scaled, expected = [], []
    for weekday in range(7):
        own = counts[weekdays == weekday]
        for place in range(len(own)):
            near = own[max(0, place - WEEKS_AROUND) : place + WEEKS_AROUND + 1] if drift else own
            if len(near) > 1:
                mean = near.mean(axis=0)
                scaled.append((own[place] - mean) * np.sqrt(len(near) / (len(near) - 1)))
                expected.append(mean)
    return np.array(scaled), np.array(expected)


def components(r: np.ndarray, m: np.ndarray) -> tuple[float, float, float]:
    """(day_cv, interval_cv, variance over mean)."""
    pairs = (r.sum(axis=1) ** 2).sum() - (r**2).sum()
    day = pairs / ((m.sum(axis=1) ** 2).sum() - (m**2).sum())
    both = (r**2 - m).sum() / (m**2).sum()
    interval = (1.0 + both) / (1.0 + day) - 1.0
    return max(day, 0.0) ** 0.5, max(interval, 0.0) ** 0.5, (r**2).sum() / m.sum()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/arrival_cv.py COUNTS.csv")
    counts, weekdays, minutes = counts_by_day(sys.argv[1])
    print(
        f"{len(counts)} days of {counts.shape[1]} intervals, {counts.sum() / len(counts):.0f} contacts a day"
    )
    for drift, title in (
        (False, "against all days of the weekday"),
        (True, "against those two weeks around"),
    ):
        print(f"{title}:\n{'minutes':>10}{'contacts':>10}{'day CV':>10}{'interval CV':>14}{'var / mean':>12}")
        for length in LENGTHS:
            together = length // minutes
            kept = counts.shape[1] // together * together
            longer = counts[:, :kept].reshape(len(counts), -1, together).sum(axis=2)
            day, interval, ratio = components(*residuals(longer, weekdays, bool(drift)))
            print(f"{length:>10}{longer.mean():>10.0f}{day:>10.2%}{interval:>14.2%}{ratio:>12.2f}")
    r, m = residuals(counts, weekdays, False)
    print("day CV by weekday (Monday first), whole days less Poisson noise:")
    for weekday in np.unique(weekdays):
        own = counts[weekdays == weekday].sum(axis=1)
        excess = own.var(ddof=1) - own.mean()
        print(f"{weekday:>10}{len(own):>10}{max(excess, 0.0) ** 0.5 / own.mean():>10.2%}")
    print("day CV by time of day, each hour by its pairs of intervals:")
    for start in range(0, counts.shape[1] // 12 * 12, 24):
        day, _, _ = components(r[:, start : start + 12], m[:, start : start + 12])
        print(f"{start * minutes:>8} min{m[:, start : start + 12].mean():>8.0f}{day:>10.2%}")


if __name__ == "__main__":
    main()
