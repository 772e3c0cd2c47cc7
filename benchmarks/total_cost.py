"""How long the total cost of a large center takes: six weeks of half hours, three offers, three years.

    python benchmarks/total_cost.py [--queues 3] [--months 36]

Handle times differ in every interval, teams grow and learn, volumes and wages grow by the year.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from datetime import date, datetime, timedelta

import numpy as np

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.contracts import Multiplier, PerMinute, Ramp, TakeOrPay
from bporoute.governance import Costs, InHouseCosts, Offer, total_cost
from bporoute.planning import Premium
from bporoute.workload import Volumes

HALF_HOURS = 48 * 42
START = date(2027, 1, 1)
RAMP = Ramp(
    class_size=10, classes=4, every_weeks=4, training_weeks=3, extra_handle_time=0.4, learning_weeks=12,
    start=START,
)  # fmt: skip


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queues", type=int, default=3)
    parser.add_argument("--months", type=int, default=36)
    asked = parser.parse_args()
    names = tuple(f"queue {number}" for number in range(asked.queues))
    print(f"{platform.machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    arguments = center(names), forecast(names), costs(names)
    total_cost(*arguments, months=1)  # compiles
    begin, worked = time.perf_counter(), time.process_time()
    found = total_cost(*arguments, months=asked.months)
    seconds, of_processor = time.perf_counter() - begin, time.process_time() - worked
    intervals = len(arguments[1].starts)
    print(f"{intervals:,} intervals, {len(found.ways)} ways, {asked.months} months: {seconds:.1f} s")
    print(f"of which the processor {of_processor:.1f} s")


def vendor(names: tuple[str, ...], *terms: object) -> Vendor:
    """A vendor that takes all contacts."""
    return Vendor(
        country="EE", timezone="Europe/Tallinn", contact_types=names, contract=Contract(terms=(*terms, RAMP))
    )


def center(names: tuple[str, ...]) -> Center:
    """A center with as many queues, and a vendor."""
    sundays = Multiplier(factor=1.2, hours=("sun 00:00-24:00",))
    return Center(
        queues={name: Queue(aht=240, patience=180, shrinkage=0.3) for name in names},
        contact_types={name: ContactType(queue=name, sourcing="overflow") for name in names},
        vendors={"nord": vendor(names, PerMinute(price=0.8, step=60), sundays)},
    )


def forecast(names: tuple[str, ...]) -> Volumes:
    """Days with a wave, and chance in every interval."""
    chance = np.random.default_rng(1)
    starts = tuple(datetime(2026, 11, 23) + timedelta(minutes=30 * place) for place in range(HALF_HOURS))
    wave = 20.0 + 15.0 * np.sin(2.0 * np.pi * np.arange(HALF_HOURS) / 48.0)
    size = HALF_HOURS * len(names)
    return Volumes(
        starts * len(names),
        tuple(name for name in names for _ in range(HALF_HOURS)),
        np.concatenate(
            [wave * 2**place * chance.uniform(0.9, 1.1, HALF_HOURS) for place in range(len(names))]
        ),
        240.0 + chance.uniform(-20.0, 20.0, size),
        np.full(size, 1800.0),
        day_cv=np.full(size, 0.06),
        interval_cv=np.full(size, 0.08),
    )


def costs(names: tuple[str, ...]) -> Costs:
    """Three offers, one of the center's vendor."""
    offers = {"nord": Offer(vendor="nord", share=0.3)}
    for place in range(2):
        terms = PerMinute(price=0.7 + 0.05 * place, step=30), TakeOrPay(volume=30_000, share=0.9, price=2.0)
        offers[f"offer {place}"] = Offer(new_vendor=vendor(names, *terms), share=0.5, attrition=0.4)
    night = Premium(0.25, hours=("daily 22:00-06:00",))
    return Costs(
        currency="EUR",
        in_house=InHouseCosts(wage=28.0, premiums=(night,), wage_growth=0.03),
        offers=offers,
        volume_growth=0.02,
        start=START,
    )


if __name__ == "__main__":
    main()
