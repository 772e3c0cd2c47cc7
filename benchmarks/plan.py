"""Split plans: quarter hours of three queues and eight vendors, in whole shifts; by default one day.

`python benchmarks/plan.py 7` plans a week. Prints seconds, cost, the bound below it and the gap.
"""

import sys
import time
from datetime import datetime, timedelta

import numpy as np

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.contracts import MinimumCommitment, PerContact, TakeOrPay, VolumeBand, VolumeTiers
from bporoute.planning import ShiftPattern, Wages, plan
from bporoute.workload import Volumes

PER_DAY = 96


def center_of() -> Center:
    def queue(aht: float, patience: float) -> Queue:
        return Queue(
            aht=aht, patience=patience, waiting_room=100, wait_cost_per_minute=0.15, abandonment_cost=8.0,
            shrinkage=0.3,
        )  # fmt: skip

    def vendor(contract: Contract, *types: str, hours: tuple[str, ...] = (), capacity: int = 60) -> Vendor:
        return Vendor(
            country="EE", timezone="UTC", contact_types=types or ("a", "b", "c"), contract=contract,
            hours=hours, capacity=capacity, max_share=0.2,
        )  # fmt: skip

    incremental = VolumeTiers(
        mode="incremental",
        tiers=(
            VolumeBand(above=0, up_to=5000, price=5.0),
            VolumeBand(above=5000, up_to=12000, price=4.2),
            VolumeBand(above=12000, price=3.5),
        ),
    )
    all_units = VolumeTiers(
        mode="all_units",
        tiers=(VolumeBand(above=0, up_to=8000, price=4.8), VolumeBand(above=8000, price=4.3)),
    )
    vendors = {
        "take_or_pay": vendor(
            Contract(terms=(PerContact(price=4.2), TakeOrPay(volume=20_000, share=0.9, price=4.2)))
        ),
        "two_queues": vendor(Contract(price_per_contact=3.6), "a", "b", capacity=25),
        "incremental": vendor(Contract(terms=(incremental,)), hours=("daily 07:00-22:00",), capacity=80),
        "all_units": vendor(Contract(terms=(all_units,)), hours=("daily 08:00-20:00",), capacity=80),
        "night": vendor(Contract(price_per_contact=3.0), hours=("daily 22:00-06:00",), capacity=40),
        "money": vendor(Contract(terms=(PerContact(price=4.0), MinimumCommitment(amount=30_000.0)))),
        "flat": vendor(Contract(price_per_contact=3.9), "a", "c", capacity=40),
        "one_queue": vendor(Contract(price_per_contact=2.2), "a", capacity=50),
    }
    return Center(
        queues={"a": queue(240.0, 180.0), "b": queue(400.0, 240.0), "c": queue(300.0, 300.0)},
        contact_types={name: ContactType(queue=name) for name in "abc"},
        vendors=vendors,
        min_in_house_share=0.55,
    )


def volumes_of(days: int) -> Volumes:
    chance = np.random.default_rng(7)
    at = np.arange(PER_DAY)
    shape = np.maximum(0.02, np.exp(-(((at - 42) / 14.0) ** 2)) + 0.75 * np.exp(-(((at - 60) / 12.0) ** 2)))
    weekday = np.array([1.15, 1.03, 1.0, 0.98, 1.02, 0.45, 0.3])
    factor = weekday[np.arange(days) % 7] * chance.gamma(1 / 0.05**2, 0.05**2, size=days)
    starts, queues, volume, aht = [], [], [], []
    for name, peak, mean in (("a", 0.25, 240.0), ("b", 0.12, 400.0), ("c", 0.05, 300.0)):
        for day in range(days):
            for place in range(PER_DAY):
                starts.append(datetime(2027, 3, 1) + timedelta(days=day, minutes=15 * place))
                queues.append(name)
                volume.append(factor[day] * shape[place] * peak * 900.0)
                aht.append(mean)
    size = len(queues)
    return Volumes(
        tuple(starts), tuple(queues), np.array(volume), np.array(aht), np.full(size, 900.0),
        day_cv=np.full(size, 0.05), interval_cv=np.full(size, 0.05),
    )  # fmt: skip


def patterns() -> list[ShiftPattern]:
    starts = tuple(f"{hour:02d}:00" for hour in range(6, 17))
    made = [
        ShiftPattern(name=f"{hours} h", starts=starts[: 19 - hours], length=hours * 3600.0)
        for hours in (4, 6, 8)
    ]
    return [*made, ShiftPattern(name="night", starts=("00:00", "16:00"), length=8 * 3600.0)]


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    center, volumes = center_of(), volumes_of(days)
    plan(center, volumes_of(1), wages=Wages(25.0), shifts=patterns(), seconds=5.0)  # kernels compiled
    begin = last = time.perf_counter()

    def told(what: str) -> None:
        nonlocal last
        now = time.perf_counter()
        print(f"{now - last:8.1f} s  before: {what}")
        last = now

    found = plan(center, volumes, wages=Wages(25.0), shifts=patterns(), seconds=30.0, progress=told)
    seconds = time.perf_counter() - begin
    print(f"{days} days, {len(volumes.queues)} intervals: {seconds:.1f} s")
    print(f"cost {found.cost:,.0f}, bound {found.bound:,.0f}, gap {100 * found.gap:.3f} %")
    print({name: round(float(each.sum())) for name, each in found.volumes.items()})


if __name__ == "__main__":
    main()
