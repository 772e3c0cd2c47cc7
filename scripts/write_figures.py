"""Write the figures of README.md and docs/validation.md that come from replays and simulations.

    python scripts/write_figures.py [PART ..] [--log FOLDER]

Parts, all of them if none is named: `demo` and `simulate` (the tables of the README), `examples` (what the
README's Python prints), `reproduction` and `log` (sections of docs/validation.md). FOLDER holds the public
call log that benchmarks/real_log.py replays; without it, that section says so. Some minutes in all.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

import real_log  # noqa: E402 - it lives with the benchmarks
from marked_blocks import paragraphs, rewrite  # noqa: E402 - likewise

from bporoute import NeverOverflow, QueueModel  # noqa: E402 - what is there twice is taken from here
from bporoute.simulation import prepare_replay  # noqa: E402
from bporoute.workload import Schedule  # noqa: E402
from helpers import queue_logs  # noqa: E402 - it lives with the tests

README, VALIDATION = ROOT / "README.md", ROOT / "docs" / "validation.md"
LOG = ROOT.parent / "shared" / "data"
EXAMPLE = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<output>.*?)```", re.DOTALL)
SIMULATE = ("simulate", "center.toml", "--first-day", "2026-11-23")
CALLS, SEEDS = 100_000, (1, 2, 3, 4, 5)


def printed(*words: str) -> str:
    """What the command line prints for the packaged example: its table, and the notes that belong to it."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (("new", "center.toml"), words):
            done = subprocess.run(
                [sys.executable, "-m", "bporoute", *command],
                cwd=folder, env={**os.environ, "COLUMNS": "110"}, capture_output=True, text=True, check=True,
            )  # fmt: skip
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    heading = next(number for number, line in enumerate(lines) if line.lstrip().startswith("service"))
    last = max(number for number, line in enumerate(lines) if line.startswith("±:") or " sent out" in line)
    kept = [line for line in lines[heading : last + 1] if line and not line.startswith("Decisions per")]
    return "\n".join(["```text", *kept, "```"])


def examples() -> None:
    """What the README's Python prints, each block below its own."""

    def run(example: re.Match[str]) -> str:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(example["code"], "README", "exec"), {})
        return f"```python\n{example['code']}```\n\n```text\n{output.getvalue()}```"

    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "bporoute", "new", "center.toml"], cwd=folder, check=True)
        with contextlib.chdir(folder):
            text = EXAMPLE.sub(run, text)
    README.write_text(text, encoding="utf-8")


def reproduction() -> Iterator[str | list[str]]:
    """A log that is known exactly, and what its replay makes of it."""
    calls = queue_logs.queue_log(CALLS, seed=1)
    center, schedule = queue_logs.queue_center(), Schedule({"desk": ((0.0, queue_logs.AGENTS),)})
    exact = QueueModel(
        agents=queue_logs.AGENTS,
        arrival_rate=1 / queue_logs.GAP,
        aht=queue_logs.AHT,
        patience=queue_logs.PATIENCE,
    )
    replays = [prepare_replay(center, calls, schedule, seed) for seed in SEEDS]
    found = [replay.run(NeverOverflow()) for replay in replays]
    logged = replays[0].logged
    assert logged is not None
    rows = {
        "answered within 20 s, %": (
            100.0 * exact.service_level(20),
            100.0 * logged.service_level().value,
            [100.0 * each.service_level().value for each in found],
        ),
        "abandoned, %": (
            100.0 * exact.abandonment,
            100.0 * logged.abandonment().value,
            [100.0 * each.abandonment().value for each in found],
        ),
        "handle time of the answered, s": (
            queue_logs.AHT,
            logged.handle_time().value,
            [each.handle_time().value for each in found],
        ),
    }
    yield "## A replay first reproduces its log"
    yield f"""{CALLS:,} calls of M/M/{queue_logs.AGENTS}+M, handle times of {queue_logs.AHT:g} s, patience
    {queue_logs.PATIENCE:g} s, a call every {queue_logs.GAP:g} s, served by a plain loop; its log tells the
    wait of every call and the handle time of those that were answered. The replay of that log under
    `NeverOverflow`, with the same agents, has to find what those who gave up would have needed, and how long
    everybody would have waited: over {len(SEEDS)} seeds"""
    table = ["|  | exact | as logged | replayed, lowest to highest |", "| --- | --- | --- | --- |"]
    for name, (model, log, replayed) in rows.items():
        spread = f"{min(replayed):.1f} to {max(replayed):.1f}"
        table.append(f"| {name} | {model:.1f} | {log:.1f} | {spread} |")
    yield table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--log", type=Path, default=LOG)
    given = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "demo": lambda: rewrite(README, "demo", printed("demo")),
        "simulate": lambda: rewrite(README, "simulate", printed(*SIMULATE)),
        "examples": examples,
        "reproduction": lambda: rewrite(VALIDATION, "reproduction", paragraphs(reproduction())),
        "log": lambda: rewrite(VALIDATION, "log", paragraphs(real_log.section(given.log))),
    }
    if unknown := set(given.parts) - set(parts):
        parser.error(f"{', '.join(sorted(unknown))}: no such part; known are {', '.join(parts)}")
    for name in given.parts or parts:
        started = time.perf_counter()
        parts[name]()
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
