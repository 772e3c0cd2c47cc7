"""What a shared ledger costs beside one in memory, for 1, 2 and 4 processes; print the tables in Markdown.

    python benchmarks/shared_ledger.py [--contacts 20000] [--rounds 3] [--write]

Every process routes and settles contacts of one type that goes out whole, to a vendor with a cap and a
capacity that are far away, by the compiled decision, with 50 contacts there at a time; all begin at once. In
memory each counts for itself. Decisions after which the process holds more units of the cap than before are
timed apart. Rounds take turns, and medians of them are printed. --write writes the page
docs/shared_ledger_speed.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections import deque
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import bporoute
from bporoute import Center, Contact, ContactType, Contract, Ledger, Queue, Router, SharedLedger, Vendor

CALL = Contact("call")
LENGTH = 120.0
WARM, THERE = 2_000, 50
PAGE = Path(__file__).parents[1] / "docs" / "shared_ledger_speed.md"
WORKERS = (1, 2, 4)
KINDS = ("in memory", "shared")
MOMENTS = {
    "route": "`route`",
    "grant": "`route`, where more units are granted",
    "settle": "`settle`",
    "token": "`token` minted",
    "by token": "`settle` by a token of another process",
}


class Took(NamedTuple):
    """What one process took: seconds for all contacts, and microseconds of single calls by their kind."""

    seconds: float
    calls: dict[str, list[float]]


def center() -> Center:
    """One vendor whose cap and capacity nobody reaches."""
    contract = Contract(price_per_minute=0.5, cap_per_day=100_000_000)
    return Center(
        queues={"desk": Queue(aht=LENGTH)},
        contact_types={"call": ContactType(queue="desk", sourcing="full")},
        vendors={
            "nord": Vendor(
                country="DE",
                timezone="Europe/Berlin",
                contact_types=("call",),
                capacity=1_000_000,
                contract=contract,
            )
        },
    )


def work(folder: str | None, contacts: int, begin: Any, swap: Any, done: Any) -> None:
    """Route and settle; `folder` of the ledger, None: in memory. `swap` has tokens of somebody's contacts."""
    shared = None if folder is None else SharedLedger(folder)
    router = Router(center(), "QueueLength(0)", ledger=shared or Ledger())
    bporoute.prepare(router)
    bporoute.warmup()
    for _ in range(WARM):
        router.settle(router.route(CALL), "answered", wait=0.0, handle=LENGTH)
    there = deque(router.route(CALL) for _ in range(THERE))
    begin.wait()
    start = time.perf_counter()
    for _ in range(contacts):
        there.append(router.route(CALL))
        router.settle(there.popleft(), "answered", wait=0.0, handle=LENGTH)
    seconds = time.perf_counter() - start
    begin.wait()
    calls = single_calls(router, shared, min(contacts, 4_000))
    if shared is not None:
        tokens = [router.route(CALL).token for _ in range(500)]
        swap.put(tokens)
        begin.wait()
        calls["by token"] = [settled_by(router, token) for token in swap.get()]
        begin.wait()
        shared.close()
    done.put(Took(seconds, calls))


def single_calls(router: Router, shared: SharedLedger | None, contacts: int) -> dict[str, list[float]]:
    """Microseconds of single calls."""
    calls: dict[str, list[float]] = {"route": [], "grant": [], "settle": [], "token": []}
    held = np.zeros(1) if shared is None else shared._slot.held[0, 1:2]  # type: ignore[union-attr]
    for turn in range(contacts):
        before = held.sum()
        start = time.perf_counter()
        decision = router.route(CALL)
        routed = time.perf_counter()
        calls["route" if held.sum() == before else "grant"].append(1e6 * (routed - start))
        if turn % 8 == 0:
            start = time.perf_counter()
            decision.token  # noqa: B018
            calls["token"].append(1e6 * (time.perf_counter() - start))
        start = time.perf_counter()
        router.settle(decision, "answered", wait=0.0, handle=LENGTH)
        calls["settle"].append(1e6 * (time.perf_counter() - start))
    return calls


def settled_by(router: Router, token: str) -> float:
    """Microseconds of a contact settled by its token."""
    start = time.perf_counter()
    router.settle(token, "answered", wait=0.0, handle=LENGTH)
    return 1e6 * (time.perf_counter() - start)


def measured(kind: str, workers: int, contacts: int) -> list[Took]:
    """One round."""
    context = multiprocessing.get_context("spawn")
    begin, swap, done = context.Barrier(workers), context.Queue(), context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        path = folder if kind == "shared" else None
        processes = [
            context.Process(target=work, args=(path, contacts, begin, swap, done)) for _ in range(workers)
        ]
        for process in processes:
            process.start()
        found = [done.get(timeout=600.0) for _ in processes]
        for process in processes:
            process.join()
    return found


def page(rounds: int, contacts: int) -> str:
    """The tables."""
    rates: dict[tuple[str, int], list[float]] = {}
    calls: dict[tuple[str, int, str], list[float]] = {}
    for _ in range(rounds):
        for workers in WORKERS:
            for kind in KINDS:
                took = measured(kind, workers, contacts)
                rate = workers * contacts / max(each.seconds for each in took)
                rates.setdefault((kind, workers), []).append(rate)
                for each in took:
                    for name, microseconds in each.calls.items():
                        calls.setdefault((kind, workers, name), []).extend(microseconds)
    lines = [
        f"Contacts routed and settled a second, by all processes together, medians of {rounds} rounds:",
        "",
        "| processes | in memory, each for itself | shared | ratio |",
        "|---|---|---|---|",
    ]
    for workers in WORKERS:
        alone, shared = (statistics.median(rates[kind, workers]) for kind in KINDS)
        lines.append(f"| {workers} | {alone:,.0f} | {shared:,.0f} | {shared / alone:.2f} |")
    titles = [f"{kind}, {workers}" for kind in KINDS for workers in WORKERS]
    lines += [
        "",
        "Microseconds of single calls, p50 / p99, with so many processes at work:",
        "",
        f"| | {' | '.join(titles)} |",
        "|---" * (len(titles) + 1) + "|",
    ]
    for name, title in MOMENTS.items():
        cells = [_quantiles(calls.get((kind, workers, name), [])) for kind in KINDS for workers in WORKERS]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _quantiles(microseconds: list[float]) -> str:
    if not microseconds:
        return "-"
    middle, late = np.quantile(microseconds, (0.5, 0.99))
    return f"{middle:.1f} / {late:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    tables = page(options.rounds, options.contacts)
    machine = (
        f"{date.today():%d %B %Y}, Python {platform.python_version()}, {os.cpu_count()} processors "
        f"({platform.machine()}), whose load was {load:.1f} when it began."
    )
    text = f"{tables}\n{machine}\n"
    print(text)
    if options.write:
        head = PAGE.read_text().partition("<!-- tables -->")[0]
        PAGE.write_text(f"{head}<!-- tables -->\n\n{text}")


if __name__ == "__main__":
    main()
