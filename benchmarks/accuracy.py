"""How exact the queue models are: measure them against `tests/helpers/oracle.py` and write docs/accuracy.md.

    python benchmarks/accuracy.py [--points 12] [--seed 1] [--out docs/accuracy.md]

The points are random within each region of agents n and distance z = (a - n) / sqrt(n) of the load a from
them, and half of them sit on the seams: just below, on and above the borders between two algorithms. The same
seed gives the same points. SciPy's special functions, pyworkforce and call-center-tools are measured on those
of the points that they accept; the two packages only where they are installed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import platform
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.special as special

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import bporoute  # noqa: E402
from bporoute import _kernels  # noqa: E402
from bporoute._kernels.queueing import erlang as erlang  # noqa: E402
from helpers import oracle  # noqa: E402 - it lives with the tests
from helpers.oracle import Queue, mp, mpf  # noqa: E402

AGENTS = {
    "whole, below 16": (1, 16), "fractional, below 16": (1e-3, 16), "16 to 64": (16, 64),
    "64 to 1,000": (64, 1e3), "1,000 to 100,000": (1e3, 1e5), "1e5 to 1e8": (1e5, 1e8),
}  # fmt: skip
DISTANCES = {
    "-40 to -8": (-40, -8), "-8 to -1": (-8, -1), "-1 to 1": (-1, 1), "1 to 8": (1, 8),
    "8 to 10,000": (8, 1e4),
}  # fmt: skip
SEAMS = (
    -36.0,
    -15.0,
    -10.0,
    -8.3,
    -8.0,
    -6.0,
    -0.8,
    -1e-3,
    -1e-9,
    0.0,
    1e-9,
    1e-3,
    6.0,
    8.0,
    10.0,
    15.0,
    30.0,
    100.0,
)
AGENT_SEAMS = (1, 2, 15, 16, 17, 63, 64, 65, 512, 1000, 8192, 10_000, 65_536, 100_000, 1e6, 1e7, 1e8)
LARGEST_LOAD, LEAST_LOAD = 1e9, 1e-6
COMMON, LEAST, TINY = 1e-12, 1e-100, 1e-300
RIGHT = 1e-12
"""The relative error that the tables beside other libraries count as right."""
CLOSE = 1e-14
"""The absolute error of a service level that they count as right."""
COUNTINGS = ("offered", "ignored", "credited", "answered", "short_excluded", "virtual")


class Point(NamedTuple):
    rows: str
    column: str
    agents: float
    load: float


class Worst:
    """The largest errors of one cell."""

    def __init__(self) -> None:
        self.relative = self.ulps = self.absolute = 0.0
        self.points = self.right = self.close = 0

    def add(self, found: float, exact: mp.mpf) -> None:
        error = abs(mpf(float(found)) - exact)
        if not mp.isfinite(error):  # infinite where it should not be, or nan
            error = mp.inf
        self.points += 1
        self.right += bool(error <= RIGHT * exact)
        self.close += bool(error <= CLOSE)
        self.absolute = max(self.absolute, float(error))
        if exact:
            self.relative = max(self.relative, float(error / exact))
            self.ulps = max(self.ulps, float(error) / math.ulp(float(exact)))

    def __str__(self) -> str:
        return f"{self.relative:.1e} / {self.ulps:.{self.ulps < 10:d}f}" if self.points else ""

    def beside_others(self, absolute: bool) -> str:
        """The largest error, and how many points are within `CLOSE`, or of the relative error `RIGHT`."""
        if not self.points:
            return ""
        error, good = (self.absolute, self.close) if absolute else (self.relative, self.right)
        return f"{f'{error:.1e}' if error < 1e9 else 'wrong'}, {good} of {self.points}"


Cells = dict[tuple[str, str], Worst]


# --- points ---------------------------------------------------------------------------------------------


def agents_in(rows: str, rng: np.random.Generator) -> float:
    """A random number of agents of a region, or one at the border between two algorithms."""
    low, high = AGENTS[rows]
    seams = [seam for seam in AGENT_SEAMS if low <= seam <= high]
    if seams and rng.random() < 0.3:
        n = float(rng.choice(seams)) + float(rng.choice([0.0, 0.0, -1e-9, 1e-9, 0.5]))
    else:
        n = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    if rows.startswith("whole"):
        n = float(min(round(n), 15))
    elif rows.startswith("fractional"):
        n = min(n + 0.123 if n == round(n) else n, 15.999)
    elif rng.random() < 0.5:
        n = float(round(n))
    return min(max(n, low), high)


def distance_in(column: str, rng: np.random.Generator) -> float:
    low, high = DISTANCES[column]
    seams = [seam for seam in SEAMS if low <= seam <= high]
    if rng.random() < 0.4:
        z = float(rng.choice(seams))
        return z + float(rng.choice([0.0, -1e-12, 1e-12]))
    return (
        float(np.exp(rng.uniform(np.log(low), np.log(high)))) if low == 8 else float(rng.uniform(low, high))
    )


def points(count: int, rng: np.random.Generator) -> Iterator[Point]:
    """`count` points in each region, as far as it has loads between 1e-6 and 1e9 and B above 1e-300."""
    for rows in AGENTS:
        for column, (low, high) in DISTANCES.items():
            done = tries = 0
            while done < count and tries < 30 * count:
                tries += 1
                n = agents_in(rows, rng)
                a = n + distance_in(column, rng) * math.sqrt(n)
                if column == "-8 to -1" and n < 64 and rng.random() < 0.4:  # far below few agents
                    a = float(np.exp(rng.uniform(np.log(LEAST_LOAD), np.log(n))))
                if not LEAST_LOAD <= a <= LARGEST_LOAD or not low <= (a - n) / math.sqrt(n) <= high:
                    continue
                if oracle.log_poisson(n, a) < math.log(TINY) and a < n:
                    continue
                done += 1
                yield Point(rows, column, n, a)


def each(name: str, chosen: list[Point]) -> Iterator[Point]:
    """The points, and a line on stderr for every tenth part of them."""
    start = time.monotonic()
    for i, point in enumerate(chosen):
        yield point
        if (i + 1) * 10 // len(chosen) > i * 10 // len(chosen):
            sys.stderr.write(f"{name}: {i + 1} of {len(chosen)} points, {time.monotonic() - start:.0f} s\n")


# --- the peers, on what they accept ---------------------------------------------------------------------


def scipy_b(n: float, a: float) -> float:
    """pois(n; a) / Q(n + 1, a), the textbook formula with SciPy's functions."""
    return float(np.exp(special.xlogy(n, a) - a - special.gammaln(n + 1)) / special.gammaincc(n + 1, a))


def scipy_c(n: float, a: float) -> float:
    b = scipy_b(n, a)
    return n * b / (n - a * (1 - b))


def scipy_a(n: float, a: float, patience: float) -> float:
    """P(wait) with impatient callers: Palm's A as the hypergeometric function."""
    busy = special.hyp1f1(1.0, n * patience + 1, a * patience)
    return float(busy / (busy + 1 / scipy_b(n, a) - 1))


def peers() -> dict[str, dict[str, Callable[..., float]]]:
    """What each offers, taking (agents, load); agents must be whole for the two packages."""
    found: dict[str, dict[str, Callable[..., float]]] = {
        f"SciPy {importlib.metadata.version('scipy')}": {"B": scipy_b, "C": scipy_c, "A": scipy_a}
    }
    try:
        import pyworkforce

        def waits(n: float, a: float) -> float:
            return pyworkforce.ErlangC(transactions=a, aht=1, asa=1, interval=1).waiting_probability(int(n))

        def level(n: float, a: float, t: float) -> float:
            return pyworkforce.ErlangC(transactions=a, aht=1, asa=t, interval=1).service_level(int(n))

        found[f"pyworkforce {importlib.metadata.version('pyworkforce')}"] = {"C": waits, "level": level}
    except ImportError:
        sys.stderr.write("pyworkforce is not installed: left out\n")
    try:
        import call_center_tools as tools

        found[f"call-center-tools {importlib.metadata.version('call-center-tools')}"] = {
            "B": lambda n, a: tools.erlang_b(a, int(n)),
            "C": lambda n, a: tools.erlang_c(a, int(n)),
            "level": lambda n, a, t: tools.calc_service_level(a, int(n), tools.erlang_c(a, int(n)), t, 1),
        }
    except ImportError:
        sys.stderr.write("call-center-tools is not installed: left out\n")
    return found


def asked(peer: Callable[..., float], *arguments: float) -> float:
    """A peer's answer; nan for an exception."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return float(peer(*arguments))
    except (ArithmeticError, ValueError):
        return math.nan


# --- measurements ---------------------------------------------------------------------------------------


class Tables:
    """Every quantity's cells, by title, in the order in which they were first met."""

    def __init__(self) -> None:
        self.cells: dict[str, Cells] = defaultdict(lambda: defaultdict(Worst))
        self.levels: dict[str, Cells] = defaultdict(lambda: defaultdict(Worst))
        self.peers: dict[str, dict[tuple[str, str], Worst]] = defaultdict(lambda: defaultdict(Worst))

    def add(self, title: str, point: Point, found: float, exact: mp.mpf, least: float = LEAST) -> None:
        if exact >= least:
            self.cells[title][point.rows, point.column].add(found, exact)

    def ask(self, title: str, point: Point, exact: mp.mpf, kind: str, *arguments: float) -> None:
        """Measure the peers that accept the point; the packages take whole numbers and need O(n)."""
        for name, offers in PEERS.items():
            whole = point.agents == round(point.agents) and point.agents <= 1e5
            if kind in offers and exact >= LEAST and (name.startswith("SciPy") or whole):
                found = asked(offers[kind], point.agents, point.load, *arguments)
                self.peers[title][point.rows, name].add(found, exact)


def the_two_functions(tables: Tables, chosen: list[Point]) -> None:
    free = _kernels.for_work(erlang.free_weight, 10**9)
    busy = _kernels.for_work(erlang.busy, 10**9)
    for point in each("kernels", chosen):
        n, a = point.agents, point.load
        found = free(n, a, a - n), *busy(n, a, a - n)[:2]
        exact = oracle.free_weight(n, a), oracle.busy_weight(n, a)
        exact = *exact, 1 - n / mpf(a) + n / (a * exact[1])
        titles = "`free_weight`, 1 / B - 1", "`busy`, Palm's A", "`busy`, abandoning share of those who wait"
        for what, ours, value in zip(titles, found, exact, strict=True):
            if value < 1 / COMMON:
                tables.add(f"Kernel {what}", point, ours, value)


def erlang_b_and_c(tables: Tables, chosen: list[Point]) -> None:
    agents = np.array([point.agents for point in chosen])
    load = np.array([point.load for point in chosen])
    blocking, waiting = bporoute.erlang_b(agents, load), bporoute.erlang_c(agents, load)
    for i, point in enumerate(each("Erlang B and C", chosen)):
        n, a = point.agents, point.load
        exact = oracle.erlang_b(n, a)
        band = (
            "above 1e-12" if exact >= COMMON else "1e-100 to 1e-12" if exact >= LEAST else "1e-300 to 1e-100"
        )
        tables.add(f"Erlang B, {band}", point, blocking[i], exact, TINY)
        tables.ask("Erlang B", point, exact, "B")
        if a < n:
            exact = n / (n + (mpf(n) - a) * (1 / exact - 1))
            tables.add("Erlang C", point, waiting[i], exact)
            tables.ask("Erlang C", point, exact, "C")


def services(
    tables: Tables, chosen: list[Point], patience: np.ndarray, room: np.ndarray, t: np.ndarray, name: str
):
    """Probabilities, waits and service levels of one kind of queue."""
    agents = np.array([point.agents for point in chosen])
    load = np.array([point.load for point in chosen])
    model = bporoute.QueueModel(agents, load, 1.0, patience, room)
    shares = {
        "P(wait)": (model.wait_probability, lambda queue, t: queue.p_wait),
        "P(abandon)": (model.abandonment, lambda queue, t: queue.p_abandon),
        "P(blocked)": (model.blocking, lambda queue, t: queue.p_block),
        "mean wait": (model.mean_wait, lambda queue, t: queue.mean_wait),
        "ASA": (model.asa, lambda queue, t: queue.asa),
        "P(W > t)": (model.wait_exceeds(t), lambda queue, t: queue.exceeds(t)),
        "P(V > t)": (model.wait_exceeds(t, virtual=True), lambda queue, t: queue.virtual_exceeds(t)),
    }
    levels = {counting: model.service_level(t, counting, short=t / 4) for counting in COUNTINGS}
    shortfalls = {
        counting: model.service_level(t, counting, short=t / 4, complement=True) for counting in COUNTINGS
    }
    for i, point in enumerate(each(name, chosen)):
        queue = Queue(point.agents, point.load, patience[i], room[i])
        for what, (found, exact) in shares.items():
            tables.add(f"{name}: {what}", point, found[i], exact(queue, t[i]))
        for counting in COUNTINGS:
            exact = queue.service_level(t[i], counting, t[i] / 4)
            missed = queue.shortfall(t[i], counting, t[i] / 4)
            tables.levels[name][counting, "level"].add(levels[counting][i], exact)
            tables.levels[name][counting, "missed"].add(shortfalls[counting][i], missed)
        if math.isinf(room[i]):
            kind = "C" if math.isinf(patience[i]) else "A"
            if kind == "A":
                tables.ask("Erlang A, P(wait)", point, queue.p_wait, "A", patience[i])
            elif point.load < point.agents:
                tables.ask(
                    "Erlang C, service level, absolute", point, queue.service_level(t[i]), "level", t[i]
                )


# --- the page -------------------------------------------------------------------------------------------


def grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def region_table(cells: Cells) -> str:
    rows = []
    for region in AGENTS:
        row = [cells[region, column] for column in DISTANCES]
        if any(cell.points for cell in row):
            rows.append([region, *map(str, row), str(sum(cell.points for cell in row))])
    return grid(["agents n \\ z", *DISTANCES, "points"], rows)


def all_of(cells: Cells) -> Worst:
    """The worst of all regions."""
    found = Worst()
    for cell in cells.values():
        found.points += cell.points
        for name in ("relative", "ulps", "absolute"):
            setattr(found, name, max(getattr(found, name), getattr(cell, name)))
    return found


def summary(tables: Tables) -> str:
    rows = []
    for title, cells in tables.cells.items():
        worst = all_of(cells)
        rows.append([title, f"{worst.relative:.1e}", f"{worst.ulps:.0f}", str(worst.points)])
    return grid(["what", "relative", "ulp", "points"], rows)


def level_table(tables: Tables) -> str:
    rows = []
    for name, cells in tables.levels.items():
        whole = [f"{cells[counting, 'level'].absolute:.1e}" for counting in COUNTINGS]
        missed = [f"{cells[counting, 'missed'].absolute:.1e}" for counting in COUNTINGS]
        shown = [f"{level} / {rest}" for level, rest in zip(whole, missed, strict=True)]
        rows.append([name, *shown, str(cells[COUNTINGS[0], "level"].points)])
    return grid(["queue", *COUNTINGS, "points"], rows)


def peer_table(tables: Tables) -> str:
    rows = []
    for title, cells in tables.peers.items():
        for region in AGENTS:
            row = [cells[region, name] for name in PEERS]
            if any(cell.points for cell in row):
                rows.append([title, region, *(cell.beside_others("absolute" in title) for cell in row)])
    return grid(["what", "agents", *PEERS], rows)


def machine() -> str:
    """Processor and versions."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        processor = names[0] if names else processor
    versions = (
        f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "scipy", "mpmath")
    )
    return f"{processor}, {platform.system()}, Python {platform.python_version()}, {', '.join(versions)}"


PAGE = """# Accuracy

Measured against [tests/helpers/oracle.py](../tests/helpers/oracle.py) (mpmath, more than 30 digits by
another method) by `{command}`; the same seed gives the same points.
{machine}.

Every number is a largest error. An argument is the float that it is, so that an error counts what the
kernels do, and not what the rounding of an input does. a is the load, n the agents, z = (a - n) / sqrt(n).
Loads run from 1e-6 to 1e9, mean patience and t from a millionth to a million handle times. Probabilities and
waits below 1e-100 are left out where nothing else is said, service levels never are.

## Summary

{summary}
## Service levels, absolute

The largest absolute error of the service level within t, of any size, and after the slash that of its
complement, 1 - service level, which is computed on its own. `short_excluded` leaves out who gave up within
t / 4.

{levels}
## By region

A cell holds the largest relative error / the same in units in the last place (ulp); an empty one has no
point.

{regions}
## Beside other libraries

The largest relative error, and on how many points it is below 1e-12, of those of the same points that each
accepts: whole numbers of agents up to 100,000 for the two packages. Service levels go by the absolute error
and 1e-14. "wrong" stands for no number, infinity or an error above 1e9. SciPy stands for the textbook
formulas with its special functions: Erlang B is `pois(n; a) / Q(n + 1, a)` by `gammaincc` and `gammaln`,
Palm's A is `hyp1f1`.

{peers}"""

PEERS: dict[str, dict[str, Callable[..., float]]] = {}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=12, help="in each of the 30 regions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "accuracy.md")
    options = parser.parse_args()
    PEERS.update(peers())
    rng = np.random.default_rng(options.seed)
    tables = Tables()
    chosen = list(points(options.points, rng))
    the_two_functions(tables, chosen)
    erlang_b_and_c(tables, chosen)

    size = len(chosen)
    scale = np.array([point.agents for point in chosen]) ** -0.5
    t = np.where(
        rng.random(size) < 0.6, scale * 10 ** rng.uniform(-4, 1, size), 10 ** rng.uniform(-6, 1, size)
    )
    t = np.where(rng.random(size) < 0.05, 0.0, t)
    patience = np.where(
        rng.random(size) < 0.85, 10 ** rng.uniform(-3, 3, size), rng.choice([1e-6, 1.0, 1e6], size)
    )  # fmt: skip
    endless = np.full(size, math.inf)
    services(tables, chosen, patience, endless, t, "Erlang A")
    stable = [i for i, point in enumerate(chosen) if point.load < point.agents]
    services(tables, [chosen[i] for i in stable], endless[stable], endless[stable], t[stable], "Erlang C")
    room = np.floor(10 ** rng.uniform(0, 2.7, size))
    some = np.flatnonzero(rng.random(size) < 0.3)
    kinds = {"M/M/n/n+K+M": patience[some], "M/M/n/n+K": endless[some]}
    for name, mean in kinds.items():
        services(tables, [chosen[i] for i in some], mean, room[some], t[some], name)

    command = f"python benchmarks/accuracy.py --points {options.points} --seed {options.seed}"
    detailed = [
        title for title in tables.cells if "service level" not in title and "K" not in title.split(":")[0]
    ]
    regions = "\n".join(f"### {title}\n\n{region_table(tables.cells[title])}" for title in detailed)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(PAGE.format(
        command=command, machine=machine(), summary=summary(tables),
        levels=level_table(tables), regions=regions, peers=peer_table(tables)
    ))  # fmt: skip
    sys.stderr.write(f"{options.out} written\n")


if __name__ == "__main__":
    main()
