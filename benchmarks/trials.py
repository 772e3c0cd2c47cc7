"""Trials of a vendor that are drawn: false verdicts at the margin, power at equality, both beside the plan.

    python benchmarks/trials.py

Weekly looks; days that scatter, volumes that follow the week; also days that hang together, for which weeks
are the better clusters, and what other tests than the one we take would cost.
"""

from __future__ import annotations

import math
import platform
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bporoute.estimates._alpha_spending import Looks, crossings, spending_bounds
from bporoute.governance._trials._comparable import Compared
from bporoute.governance._trials._day_totals import DayTotals
from bporoute.governance._trials._measures import MEASURES
from bporoute.governance._trials._plan import Asked, Basis, measured, size_of
from bporoute.governance._trials._schedule import Schedule
from bporoute.governance._trials._sequence import seen
from helpers.trials import WEEKDAYS, Drawn, drawn_totals

TRIALS = 2000
MARGIN = 0.05
ERROR = 0.05


def main() -> None:
    """Print what was measured."""
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}")
    print(
        f"{TRIALS:,} trials each; margin {100 * MARGIN:g} points, error {100 * ERROR:g} %, power 90 % asked\n"
    )
    print("| contacts a day | share | scatter of days | weeks | false continue | power planned | found |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    start = time.perf_counter()
    for contacts, share in ((300, 0.1), (600, 0.1), (600, 0.3)):
        for apart in (0.0, 0.03, 0.06, 0.1):
            how = Drawn(contacts=contacts, share=share, apart=apart)
            size = size_of([basis_of(how)], share, Asked(0.9, ERROR, 0, 7, how.contacts))
            false, found = (rate(how, size.weeks, gap) for gap in (-MARGIN, 0.0))
            print(
                f"| {contacts} | {100 * share:g} % | {100 * apart:g} points | {size.weeks} "
                f"| {100 * false:.1f} % | {100 * size.power:.1f} % | {100 * found:.1f} % |"
            )
    print(f"\n{time.perf_counter() - start:.0f} s for all of them.\n")
    print(
        "Days that hang together, 12 weeks, scatter 5 points: false continue by days | by weeks as clusters"
    )
    for correlation in (0.0, 0.3, 0.5, 0.7):
        how = Drawn(contacts=600, share=0.1, apart=0.05)
        by_days, by_weeks = (rate(how, 12, -MARGIN, size, correlation) for size in (1, 7))
        print(f"correlation {correlation:g}: {100 * by_days:.1f} % | {100 * by_weeks:.1f} %")
    print("\nPlanned from the six weeks before: weeks on average, power found (90 % asked)")
    for words, common, share in (
        ("vendor and others in the file", 0.03, 0.1),
        ("others alone, counted twice, nothing in common", 0.0, 0.0),
        ("others alone, counted twice, days do 3 points to both", 0.03, 0.0),
    ):
        weeks, found = from_a_file(Drawn(contacts=600, share=0.1, common=common, apart=0.05), share)
        print(f"  {words}: {weeks:.1f}, {100 * found:.1f} %")
    fractions = [(number + 1) / 12 for number in range(12)]
    here, always = length(spending_bounds(fractions, ERROR)), length(mixture(fractions))
    print("\nLength of a trial with power 90 % and 12 looks, over that with one look at its end:")
    print(f"  as here {here:.2f}, always valid {always:.2f}")


def basis_of(how: Drawn) -> Basis:
    """What a plan rests on, as the trials are drawn."""
    uneven = 1.0 + float(WEEKDAYS.var() / WEEKDAYS.mean() ** 2)
    spread = math.sqrt(how.level * (1.0 - how.level))
    return Basis(MARGIN, spread, how.apart, how.contacts * float(WEEKDAYS.mean()), uneven, 1.0, how.level)


def rate(how: Drawn, weeks: int, difference: float, size: int = 1, correlation: float = 0.0) -> float:
    """Share of trials that end in "continue"."""
    rng, schedule, found = np.random.default_rng(17), Schedule(0, 7 * weeks, 7), 0
    for _ in range(TRIALS):
        totals = drawn_totals(how, 7 * weeks, difference, rng, correlation)
        looks = seen(grouped(totals, size), schedule, MEASURES["resolved"], MARGIN, (ERROR, ERROR), 7 * weeks)
        found += next((look.proof for look in looks if look.proof), "") == "good"
    return found / TRIALS


def from_a_file(how: Drawn, share: float) -> tuple[float, float]:
    """Mean weeks and share of "continue" of trials, each planned from a file of 42 days of its own."""
    rng, weeks, found, plans = np.random.default_rng(5), 0, 0, TRIALS // 10
    for _ in range(plans):
        told = drawn_totals(how._replace(share=share), 42, 0.0, rng)
        sides = [(told.vendor, told.of_vendor, True), (told.others, told.of_others, False)]
        values, ours, days = [], [], []
        for good, of, vendor in sides:
            for day, (ones, whole) in enumerate(zip(good.astype(int), of.astype(int), strict=True)):
                values += [1.0] * ones + [0.0] * (whole - ones)
                ours += [vendor] * whole
                days += [day] * whole
        flags = np.ones(len(days), dtype=bool)
        some = Compared(flags, np.array(ours), np.array(days), np.zeros(len(days), int), ())
        _, basis = measured("resolved", MARGIN, np.array(values), some, 1)
        size = size_of([basis], how.share, Asked(0.9, ERROR, 0, 7, how.contacts))
        weeks += size.weeks
        schedule = Schedule(0, 7 * size.weeks, 7)
        for _ in range(10):
            totals = drawn_totals(how, schedule.length, 0.0, rng)
            looks = seen(totals, schedule, MEASURES["resolved"], MARGIN, (ERROR, ERROR), schedule.length)
            found += next((look.proof for look in looks if look.proof), "") == "good"
    return weeks / plans, found / (10 * plans)


def grouped(totals: DayTotals, size: int) -> DayTotals:
    """Sums by so many days."""
    columns = (column.reshape(-1, size).sum(axis=1) for column in totals[1:])
    return DayTotals(totals.days[::size], *columns)


def mixture(fractions: list[float]) -> Looks:
    """An always-valid test: Robbins' normal mixture, tuned for the planned end."""
    best = min(
        (math.sqrt((1.0 + prior) * math.log((1.0 + prior) / (prior * 4 * ERROR**2))), prior)
        for prior in np.linspace(0.02, 1.0, 99).tolist()
    )[1]
    bounds = (math.sqrt((1.0 + best / t) * math.log((t + best) / (best * 4 * ERROR**2))) for t in fractions)
    return Looks(tuple(fractions), tuple(bounds))


def length(looks: Looks) -> float:
    """Information that a power of 90 % takes, over that of one look."""
    low, high = 1.0, 10.0
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        low, high = (low, middle) if sum(crossings(looks, middle)) > 0.9 else (middle, high)
    once = spending_bounds((1.0,), ERROR).bounds[0] + 1.2815515655446004
    return (high / once) ** 2


if __name__ == "__main__":
    main()
