"""Hand-over windows beside HiGHS, which proves the optimum: how much dearer they are, and how long it takes.

    python benchmarks/handover.py

Weeks whose volume follows the day, with chance in every interval; first with a price per contact that holds
for any volume, where the windows are exact, then with a commitment, where they are the best of many.
"""

from __future__ import annotations

import math
import platform
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.contracts import PerContact, TakeOrPay
from bporoute.planning import HandoverPlan, Premium, Wages, handover
from bporoute.planning._cheapest_runs import cheapest_runs
from bporoute.workload import Volumes
from helpers.runs_by_highs import by_highs

WAGES = Wages(30.0, "EUR", (Premium(0.25, hours=("daily 22:00-06:00",)),))
WEEKS = 365.25 / 12 / 7
PRICE = 9.0


def main() -> None:
    """Print what was measured."""
    print(f"{platform.machine()}, Python {platform.python_version()}")
    print(
        "The choice alone, by intervals of a week (crews of 8 hours, windows of 2): seconds, HiGHS' beside:"
    )
    for minutes in (60, 30, 15):
        ours, theirs, dearer = choice(minutes, seed=minutes)
        print(f"  {7 * 1440 // minutes:4d}: {ours:.3f} {theirs:.3f}, dearer by {dearer:.2e} %")
    print("A week of hours with a commitment (contacts a month): seconds of all, dearer than the optimum by:")
    for seed in range(24):
        committed = (1500, 2500, 3500, 4500, 6000, 7500)[seed % 6]
        seconds, dearer = with_commitment(committed, seed)
        print(f"  {committed}: {seconds:.2f} {dearer:.3f} %")


def choice(minutes: int, seed: int) -> tuple[float, float, float]:
    """Seconds of ours and of HiGHS, and by how many percent ours is dearer."""
    chance = np.random.default_rng(seed)
    slots = 7 * 1440 // minutes
    hour = np.arange(slots) * minutes / 60 % 24
    shape = np.exp(-(((hour - 13.0) / 4.0) ** 2))
    first = 60.0 + 200.0 * shape + chance.normal(0.0, 12.0, slots)
    second = 30.0 + 260.0 * shape + chance.normal(0.0, 12.0, slots)
    least = 480 // minutes, 120 // minutes
    begin = time.perf_counter()
    cost = cheapest_runs(first, second, least).cost
    middle = time.perf_counter()
    best = by_highs(first, second, least)
    return middle - begin, time.perf_counter() - middle, 100.0 * (cost / best - 1.0)


def with_commitment(committed: int, seed: int) -> tuple[float, float]:
    """Seconds of a plan, and by how many percent it is dearer than the optimum."""
    volumes = week(np.random.default_rng(seed))
    begin = time.perf_counter()
    plan = plan_of(volumes, committed)
    seconds = time.perf_counter() - begin
    money = PRICE * volumes.volume
    best = by_highs(plan.wages, money, (4, 2), volumes.volume, committed / WEEKS, PRICE)
    return seconds, 100.0 * ((plan.cost + plan.owed_anyway) / best - 1.0)


def plan_of(volumes: Volumes, committed: int) -> HandoverPlan:
    contract = Contract(terms=(PerContact(price=PRICE), TakeOrPay(volume=committed, price=PRICE)))
    night = Vendor(country="BG", timezone="UTC", contact_types=("desk",), contract=contract)
    center = Center(
        queues={"desk": Queue(aht=240, patience=180, shrinkage=0.3)},
        contact_types={"desk": ContactType(queue="desk", sourcing="in_house")},
        vendors={"night": night},
    )
    return handover(center, volumes, "night", WAGES)


def week(chance: np.random.Generator) -> Volumes:
    starts = [datetime(2026, 11, 30) + timedelta(hours=hour) for hour in range(168)]
    size = len(starts)
    mean = [
        1.5 + 45.0 * math.exp(-(((start.hour - 13.0) / 4.0) ** 2)) * (1.0 if start.weekday() < 5 else 0.3)
        for start in starts
    ]
    volume = np.array(mean) * np.exp(0.1 * chance.normal(size=size))
    return Volumes(tuple(starts), ("desk",) * size, volume, np.full(size, 240.0), np.full(size, 3600.0))


if __name__ == "__main__":
    main()
