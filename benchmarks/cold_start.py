"""What a fresh process takes until its first decision, beside one that only imports NumPy; print the table.

    python benchmarks/cold_start.py [--python build/slim-check/bin/python] [--rounds 41]

Every round starts each process once, in an order of its own; of wall-clock time medians and quartiles are
printed, of processor time medians and least values, which other work on the machine disturbs less. Decisions
are interpreted (`compile=False`), as in a slim install. Have the byte code of all modules written before, as
`pip install` does: without it each start takes several times as long. --python names the environment, such as
the one that `make slim-check` leaves.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUTE = """
from bporoute import Center, Contact, QueueState, Router, Snapshot
router = Router(Center.load({center!r}), clock=lambda: 1_795_428_000.0, compile=False)  # a Monday's noon
state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
decision = router.route(Contact("service", language="sv"), state)
"""
PROCESSES = {
    "nothing": "",
    "`import numpy`": "import numpy",
    "`import numpy, msgspec`": "import numpy, msgspec",
    "`import bporoute`": "import bporoute",
    "the first decision": ROUTE,
    "the first decision, its token, settled by it": ROUTE
    + "assert router.settle(decision.token, 'answered', handle=180.0) > 0.0\n",
}
BASE, MEASURED = "`import numpy`", "the first decision"


def took(command: Sequence[str]) -> tuple[float, float]:
    """Wall-clock and processor time of a process, milliseconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * wall, 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def at(
    statistic: Callable[[list[float]], float], times: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """A statistic of wall-clock and of processor times."""
    return statistic([wall for wall, _ in times]), statistic([spent for _, spent in times])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--python", default=sys.executable)
    asked.add_argument("--rounds", type=int, default=41)
    given = asked.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in PROCESSES}
    with tempfile.TemporaryDirectory() as folder:
        center = Path(folder) / "center.toml"
        text = (Path(__file__).parents[1] / "src" / "bporoute" / "demo_center.toml").read_text("utf-8")
        center.write_text(text, "utf-8")
        # Scripts without the end of the interpreter: whoever decides goes on.
        commands = {
            name: [given.python, "-c", code.format(center=str(center)) + "\nimport os; os._exit(0)"]
            for name, code in PROCESSES.items()
        }
        for each in range(given.rounds + 1):
            for name in random.sample(list(commands), len(commands)):
                times = took(commands[name])
                if each:  # the first fills the caches of the disk
                    found[name].append(times)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{given.rounds} rounds on {machine}; Python {platform.python_version()}\n")
    print("| a fresh process | wall ms (quartiles) | processor ms (least) | over `import numpy` (least) |")
    print("|---|---|---|---|")
    base, least_base = (at(statistics.median, found[BASE]), at(min, found[BASE]))
    for name, times in found.items():
        (wall, spent), (_, least) = at(statistics.median, times), at(min, times)
        low, _, high = statistics.quantiles([each for each, _ in times], n=4)
        over = f"{wall - base[0]:+.0f} wall, {spent - base[1]:+.0f} processor ({least - least_base[1]:+.0f})"
        print(f"| {name} | {wall:.0f} ({low:.0f} to {high:.0f}) | {spent:.0f} ({least:.0f}) | {over} |")


if __name__ == "__main__":
    main()
