"""Simulate systems whose long-run figures are known exactly, and write what came of it: docs/validation.md.

    python scripts/validate_simulation.py [--contacts 1e8] [--seed 1] [--out PAGE]

The systems are those of tests/helpers/exact_cases.py; each gets so many contacts. PAGE has a block `exact`
for it; the other blocks of docs/validation.md are those of scripts/write_figures.py.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from marked_blocks import paragraphs, rewrite  # noqa: E402 - it lives with the benchmarks

from helpers import exact_cases as exact  # noqa: E402 - it lives with the tests

LEVEL = 0.99
BATCHES = 1000
LONGER = 1.003
LONGER_ONES = 2
INPUTS = 2
NOTES = {exact.MEMORYLESS: " ¹", exact.TABLE: " ²", "": ""}


class Row(NamedTuple):
    """A figure as the page shows it."""

    figure: str
    known: float
    published: str
    found: str
    holds: bool
    bias: float
    verdict: str
    contacts: float


class Part(NamedTuple):
    """A system as the page shows it: its figures, then its inputs."""

    model: str
    system: str
    rows: list[Row]
    seconds: float


def contacts_of_a_batch(contacts: float) -> float:
    return max(contacts / BATCHES, 20_000.0)


def part(place: int, contacts: float, seed: int, longer: bool = False) -> Part:
    """Simulate the system at a place among the cases; what a process does."""
    case = exact.cases()[place]
    if longer:
        case = exact.longer(case, LONGER)
    batch = contacts_of_a_batch(contacts) * (5.0 if case.whole else 1.0)
    started = time.perf_counter()
    judged = exact.judged(case, contacts, batch, seed=seed + 2 * place, level=LEVEL, controls=not longer)
    rows = [
        Row(
            each.figure.name,
            each.figure.exact,
            each.figure.published,
            str(each.found),
            each.found.holds(each.figure.exact),
            each.bias,
            each.test.verdict,
            each.contacts,
        )
        for each in judged
    ]
    return Part(case.model, case.system, rows, time.perf_counter() - started)


def parts(contacts: float, seed: int, processes: int) -> Iterator[Part]:
    """Every system, then two with handle times that are longer than the exact figures have it."""
    cases = exact.cases()
    told = [(place, contacts, seed, False) for place in range(len(cases))]
    models = [case.model for case in cases]
    told += [
        (models.index(model), contacts, seed, True) for model in ("Erlang B, M/M/n/n", "Erlang A, M/M/n+M")
    ]
    exact.warmup()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(part, *zip(*told, strict=True))


# --- the page -------------------------------------------------------------------------------------------


def count(contacts: float) -> str:
    """Contacts to two digits.

    >>> count(12_345_678.0), count(900_000.0)
    ('12 million', '0.9 million')
    """
    return f"{contacts / 1e6:.2g} million" if contacts < 1e8 else f"{contacts / 1e6:.3g} million"


def table(found: list[Part], exactly: str, first: int | None, last: int | None) -> Iterator[str]:
    """Markdown: of each system the rows from `first` to `last`."""
    yield f"| system | figure | {exactly} | simulated, 99 % | within | bias tested for | verdict | contacts |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for each in found:
        label = f"**{each.model}**: {each.system}"
        for row in each.rows[first:last]:
            known = f"{row.known:.9g}{NOTES[row.published]}"
            agrees = "yes" if row.holds else "no"
            size = f"{100.0 * row.bias:g} %"
            yield (
                f"| {label} | {row.figure} | {known} | {row.found} | {agrees} | {size} | {row.verdict} | "
                f"{count(row.contacts)} |"
            )
            label = ""


def page(found: list[Part], contacts: float, seed: int, load: tuple[float, float]) -> str:
    right, wrong = found[:-LONGER_ONES], found[-LONGER_ONES:]
    rows = [row for each in right for row in each.rows]
    outside = sum(not row.holds for row in rows)
    verdicts = Counter(row.verdict for row in rows)
    minutes = sum(each.seconds for each in found) / 60.0
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scipy"))
    blocks = [
        "# Validation of the simulation",
        f"""The simulated floor (`bporoute.simulate`) against figures that are known exactly. Written by
        `python scripts/validate_simulation.py --contacts {contacts:g} --seed {seed}`; the systems are those
        of [tests/helpers/exact_cases.py](../tests/helpers/exact_cases.py). `make test` checks them with a
        million contacts each, `make test-slow` some of them with 100 million.""",
        f"""{machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}; other
        programs ran beside (load average {load[0]:.1f} at the beginning, {load[1]:.1f} at the end).
        {len(found)} runs of {count(contacts)} contacts, and a twentieth more for the pilots: {minutes:.0f}
        minutes in one process, the compiler included.""",
        "## How to read it",
        """The unit of time is a second, and a handle time is one where nothing else is said; loads are in
        erlangs, patience is exponential where nothing else is said. Shares are of all contacts offered. The
        exact values are those of `QueueModel`, `OverflowStream`, `ChatModel`, `total_arrival_rate` and
        `optimal_overflow`; ¹: computed apart from this code too, with 60 digits (mpmath); ²: in the table
        of the project's research too, which is older than this code. They agree in all digits shown.""",
        f"""Queues start empty; the first 300 seconds or more are left out, and as many at the end.
        Everything else is cut into batches of {contacts_of_a_batch(contacts):,.0f} contacts (the overflow's
        moments: into runs of five times as many). *Simulated* is their mean with its 99 % interval;
        *within*: that holds the exact value. The *verdict* is that of `SequentialTest`, which takes one
        batch after the other until it is sure that there is no bias of the size it was asked for, or that
        there is one (each kind of error: 1 %); the last column says how many contacts that took. The size
        is the smallest of .1 %, .2 %, .5 %, 1 %, .. of the exact value that can be told with these
        contacts, as a pilot run promises: rare events need more of them.""",
        """Most of the chance in a figure comes from how many contacts happened to come and how long they
        happened to take. Both are known, so what they did is taken out (control variates, with weights from
        the pilot): that saves up to nine tenths of the contacts, and brings in no bias if the inputs have
        none. They are tested by themselves below.""",
        f"""Of {len(rows)} figures and inputs, {len(rows) - outside} lie within their interval, {outside}
        outside (by chance one expects {(1.0 - LEVEL) * len(rows):.1f}); {verdicts["unbiased"]} are called
        unbiased, {verdicts["undecided"]} undecided, {verdicts["biased"]} biased.""",
        "## Figures",
        list(table(right, "exact", None, -INPUTS)),
        """Redials come at random only if they come late: here 200 handle times later on average. The exact
        rule is told the arrival rate and learns the shares of the two prices from what has come.""",
        "## Inputs",
        list(table(right, "given", -INPUTS, None)),
        "## The test finds a bias",
        f"""The same systems with handle times {100.0 * (LONGER - 1.0):.1f} % longer than the exact values
        have it. Here the chance of the inputs stays in the figures: with it, their bias would go too.""",
        list(table(wrong, "exact", None, None)),
    ]
    return paragraphs(blocks)


def machine() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--contacts", type=float, default=4e6)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--processes", type=int, default=1)
    words.add_argument("--out", type=Path, default=ROOT / "docs" / "validation.md")
    given = words.parse_args()
    before = os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan
    found = []
    for each in parts(given.contacts, given.seed, given.processes):
        found.append(each)
        print(f"{each.seconds:6.0f} s  {each.model}: {each.system}", flush=True)
        for row in each.rows:
            print(f"      {row.figure:28} {row.known:.9g} {row.found} {row.verdict}, {row.bias:g}")
    after = os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan
    rewrite(given.out, "exact", page(found, given.contacts, given.seed, (before, after)))


if __name__ == "__main__":
    main()
