"""How long the slowest decision of days takes in a large center, and how long the usual ones take.

    python benchmarks/worst_decision.py [--hours 48] [--runs 5] [--vendors 200] [--types 300] ...

A center of 200 vendors, 300 contact types in 10 languages and 50 queues is asked for a contact each 50 ms of
a clock that runs by itself. Each vendor takes every type and speaks every language; every second one has a
flat price by the minute, the others have tiers, a take-or-pay or dear evenings. Queues are told of every ten
seconds, and every contact that is sent out is settled a minute later. Printed of every run: the slowest and
the usual `route`, `update` and `settle`, and beside them as many calls that do nothing, which is what the
machine takes away, and what Python's garbage collector took in the middle of them. Wall time, microseconds;
compiled.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
from array import array
from collections import deque
from statistics import median

import numpy as np

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Multiplier,
    PerContact,
    PerMinute,
    Queue,
    Router,
    TakeOrPay,
    Tier,
    Vendor,
    warmup,
)

MONDAY = 1795392000.0
ZONES = ("Europe/Berlin", "Europe/Lisbon", "Asia/Manila", "Asia/Kolkata", "America/New_York", "Europe/Kyiv")
HOURS = ((), ("mon-fri 08:00-20:00",), ("daily 06:00-22:00",), ("mon-sat 07:30-19:30",))
LANGUAGES = ("de", "en", "fr", "es", "it", "pl", "sv", "fi", "et", "lv")


def contract(number: int) -> Contract:
    """Flat for every second vendor; tiers, a commitment or dear evenings for the others."""
    price = 0.6 + 0.01 * (number % 40)
    if number % 2 == 0:
        return Contract(price_per_minute=price)
    if number % 4 == 1:
        return Contract(
            tiers=(
                Tier(above=0, up_to=20_000, price_per_minute=price),
                Tier(above=20_000, price_per_minute=0.9 * price),
            )
        )
    if number % 8 == 3:
        return Contract(
            terms=(PerContact(price=4 * price), TakeOrPay(volume=5000, share=0.9, price=4 * price))
        )
    return Contract(
        terms=(PerMinute(price=price, step=60), Multiplier(factor=1.3, hours=("daily 20:00-06:00",)))
    )


def large_center(vendors: int, types: int, queues: int) -> Center:
    """As the head of this file says."""
    names = [f"type {number}" for number in range(types)]
    return Center(
        queues={
            f"queue {number}": Queue(
                aht=200.0 + number,
                patience=300.0,
                arrival_rate=0.4,
                wait_cost_per_minute=0.2,
                abandonment_cost=6.0,
            )
            for number in range(queues)
        },
        contact_types={
            name: ContactType(queue=f"queue {number % queues}") for number, name in enumerate(names)
        },
        vendors={
            f"vendor {number}": Vendor(
                country="DE",
                timezone=ZONES[number % len(ZONES)],
                hours=HOURS[number // 2 % len(HOURS)],
                contact_types=tuple(names),
                languages=LANGUAGES,
                capacity=5 + number % 20,
                contract=contract(number),
            )
            for number in range(vendors)
        },
    )


class Timed:
    """Times of calls, seconds."""

    def __init__(self) -> None:
        self.seconds = array("d")

    def line(self) -> str:
        """The slowest, and percentiles, microseconds."""
        taken = np.frombuffer(self.seconds) * 1e6
        p50, p99, p999 = np.percentile(taken, [50, 99, 99.9])
        return f"{taken.max():10.0f}{p999:10.1f}{p99:10.1f}{p50:10.2f}"

    @property
    def worst(self) -> float:
        """The slowest, microseconds."""
        return max(self.seconds) * 1e6


def nothing(contact: Contact) -> None:
    """What an empty call takes."""


def run(asked: argparse.Namespace, seed: int) -> dict[str, Timed]:
    """One run over so many hours of clock."""
    center, chance, now = (
        large_center(asked.vendors, asked.types, asked.queues),
        random.Random(seed),
        [MONDAY],
    )
    router = Router(center, clock=lambda: now[0])
    kinds = [Contact(name, language) for name in center.contact_types for language in LANGUAGES]
    chance.shuffle(kinds)
    states = list(router.state.values())
    timed = {name: Timed() for name in ("route", "new kind", "update", "settle", "nothing")}
    timed["collector"] = Timed()
    clock, out, met = time.thread_time if asked.cpu else time.perf_counter, deque(), set()
    began = [0.0]

    def collecting(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            began[0] = clock()
        else:
            timed["collector"].seconds.append(clock() - began[0])

    gc.collect()
    gc.freeze()
    for state in states:
        state.update(agents=60, busy=58, waiting=0)
    if asked.prepared:
        router.prepare()
    gc.callbacks.append(collecting)
    contacts = round(asked.hours * 3600.0 / asked.gap)
    for number in range(contacts):
        now[0] = MONDAY + number * asked.gap
        kind = number if number < len(kinds) else chance.randrange(len(kinds))
        contact = kinds[kind]
        begin = clock()
        decision = router.route(contact)
        end = clock()
        timed["route" if kind in met else "new kind"].seconds.append(end - begin)
        met.add(kind)
        begin = clock()
        nothing(contact)
        timed["nothing"].seconds.append(clock() - begin)
        if decision.action == "overflow":
            out.append((now[0] + 60.0, decision))
        while out and out[0][0] <= now[0]:
            ended = out.popleft()[1]
            begin = clock()
            router.settle(ended, "answered", wait=5.0, handle=chance.expovariate(1 / 220.0))
            timed["settle"].seconds.append(clock() - begin)
        if number % max(round(10.0 / asked.gap / len(states)), 1) == 0:
            state = states[chance.randrange(len(states))]
            busy = chance.randrange(50, 75)
            begin = clock()
            state.update(agents=60, busy=min(busy, 60), waiting=max(busy - 60, 0))
            timed["update"].seconds.append(clock() - begin)
    gc.callbacks.remove(collecting)
    return timed


def main() -> None:
    """Run and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("vendors", 200), ("types", 300), ("queues", 50), ("runs", 5)):
        ask.add_argument(f"--{name}", type=int, default=usual)
    ask.add_argument("--hours", type=float, default=48.0)
    ask.add_argument("--gap", type=float, default=0.05, help="seconds of clock between two contacts")
    ask.add_argument("--prepared", action="store_true", help="by `Router.prepare`: it has met all kinds")
    ask.add_argument("--cpu", action="store_true", help="time of the processor, where others use it, too")
    asked = ask.parse_args()
    warmup()
    print(f"{asked.vendors} vendors, {asked.types} types x {len(LANGUAGES)} languages, {asked.queues} queues")
    worst: dict[str, list[float]] = {}
    for number in range(asked.runs):
        timed = run(asked, number)
        print(f"\nrun {number + 1:<16}{'calls':>10}{'slowest':>10}{'p99.9':>10}{'p99':>10}{'p50':>10}   us")
        for name, times in timed.items():
            if times.seconds:
                print(f"{name:20}{len(times.seconds):10}{times.line()}")
                worst.setdefault(name, []).append(times.worst)
    print("\nmedian of the runs' slowest, us:", {name: round(median(each)) for name, each in worst.items()})


if __name__ == "__main__":
    main()
