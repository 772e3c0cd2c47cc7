"""What the page for people costs a server that decides contacts: the whole page, and its longest piece.

    python benchmarks/page.py [--vendors 200] [--queues 50] [--rounds 20]

A center of 200 vendors, each with a cap, a capacity and a commitment, 50 queues and 200 kept decisions. A
server makes the page piece by piece and decides contacts between two of them, so what a contact waits for is
a piece, and for the router's lock even less. Wall time, of the whole page the processor's, too; beside it a
loop of Python that does nothing else, which shows what the machine takes away. Compiled.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable
from statistics import median, quantiles

import bporoute as bp
from bporoute.telephony.http._page import page, page_parts

MONDAY = 1795428000.0
KEPT = 200


def large_center(vendors: int, queues: int) -> bp.Center:
    """As the head of this file says."""
    commitments = (bp.MinimumCommitment(amount=5000.0), bp.TakeOrPay(volume=2000, price=2.0))
    return bp.Center(
        queues={
            f"queue {number}": bp.Queue(
                aht=200, patience=300, arrival_rate=0.2, wait_cost_per_minute=0.3, abandonment_cost=5.0
            )
            for number in range(queues)
        },
        contact_types={f"type {number}": bp.ContactType(queue=f"queue {number}") for number in range(queues)},
        vendors={
            f"vendor {number}": bp.Vendor(
                country="EE",
                timezone="Europe/Tallinn",
                contact_types=tuple(f"type {(number + more) % queues}" for more in range(3)),
                hours=("mon-fri 08:00-20:00",),
                capacity=50,
                contract=bp.Contract(
                    terms=(bp.PerContact(price=2.0 + number / 100), commitments[number % 2]),
                    cap_per_day=2000,
                ),
            )
            for number in range(vendors)
        },
    )


def seconds(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Time of a call: wall time by the usual clock."""
    begin = clock()
    call()
    return clock() - begin


def pieces(parts: Iterable[str]) -> list[float]:
    """Wall time of each piece."""
    found, begin = [], time.perf_counter()
    for _ in parts:
        end = time.perf_counter()
        found.append(end - begin)
        begin = end
    return found


def said(name: str, times: list[float]) -> None:
    """Print median, 99th percentile and longest of some times, milliseconds."""
    high = quantiles(times, n=100)[-1] if len(times) > 1 else times[0]
    print(f"{name:<32} {1e3 * median(times):9.3f} {1e3 * high:9.3f} {1e3 * max(times):9.3f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--vendors", type=int, default=200)
    options.add_argument("--queues", type=int, default=50)
    options.add_argument("--rounds", type=int, default=20)
    asked = options.parse_args()
    router = bp.Router(large_center(asked.vendors, asked.queues), clock=lambda: MONDAY)
    bp.prepare(router)
    for queue in router.state.values():
        queue.update(agents=20, busy=20, waiting=3)
    chance, recent = random.Random(1), []
    for number in range(2_000):
        decision = router.route(bp.Contact(f"type {chance.randrange(asked.queues)}", id=f"call {number}"))
        recent.append(decision)
        router.settle(decision, "answered", wait=3.0, handle=180.0)
    recent = recent[-KEPT:]
    contact = bp.Contact("type 0")
    busy: list[float] = []
    whole, parts, status, bounds, explained, route, nothing = [], [], [], [], [], [], []
    for _ in range(asked.rounds):
        whole.append(seconds(lambda: page(router, recent, MONDAY)))
        busy.append(seconds(lambda: page(router, recent, MONDAY), time.process_time))
        parts += pieces(page_parts(router, recent, MONDAY))
        status.append(seconds(router.status))
        bounds += [seconds(lambda name=name: router.bounds(name)) for name in router.vendors]
        explained += [seconds(decision.explain) for decision in recent[:20]]
        route += [seconds(lambda: router.preview(contact)) for _ in range(200)]
        nothing += [seconds(lambda: sum(range(20_000))) for _ in range(100)]
    size = len(page(router, recent, MONDAY)) / 1e3
    print(f"{asked.vendors} vendors, {asked.queues} queues, {len(recent)} decisions kept: {size:.0f} kB")
    print(f"{'milliseconds':<32} {'median':>9} {'p99':>9} {'longest':>9}")
    for name, times in (
        ("the whole page", whole),
        ("the same, of the processor", busy),
        (f"a piece, of {len(parts) // asked.rounds}", parts),
        ("status, with the lock", status),
        ("bounds of a vendor, with the lock", bounds),
        ("an explanation", explained),
        ("a preview beside it", route),
        ("a loop that does nothing", nothing),
    ):
        said(name, times)


if __name__ == "__main__":
    main()
