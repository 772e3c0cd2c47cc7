"""Speed of the queue models and of staffing, beside plain recursions and peers; run with `make bench`.

Everything is warm (compiled, caches filled), except for the two first calls in a fresh process. "recursion"
is the loop over the states in `recursion.py`, compiled by Numba; it and the peers take whole numbers of
agents only. pyworkforce and call-center-tools are left out where they are not installed. Who needs long gets
fewer values, never fewer agents. Nothing here fails for being slow: a table at the end shows the medians per
value side by side, also where we lose.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pytest
import recursion
from numba import njit

import bporoute
from bporoute import _kernels
from bporoute._kernels.queueing import by_contacts_present as queueing
from bporoute._kernels.queueing import thresholds as thresholds

VALUES = 100_000
INTERVALS = 10_000
AGENTS = [10, 24.5, 100, 200, 10_000, 1_000_000]
OURS, RECURSION = "bporoute", "recursion"
EVERYBODY = [OURS, RECURSION, "call-center-tools", "pyworkforce"]
STEPS = {RECURSION: 2e8, "call-center-tools": 2e6, "pyworkforce": 2e6}
"""States that a contender with a loop over the states goes through in one round."""

medians: dict[str, dict[str, float]] = defaultdict(dict)
"""Seconds per value, by what is computed and by whom."""


@pytest.fixture(scope="module", autouse=True)
def side_by_side(request):
    recursion.warm()
    yield
    lines = ["", "", "Median per value, warm; in brackets how many times as long as bporoute"]
    lines.append(f"{'':36}" + "".join(f"{who:>22}" for who in EVERYBODY))
    for what, row in medians.items():
        cells = (f"{cell(row[who], row.get(OURS)) if who in row else '-':>22}" for who in EVERYBODY)
        lines.append(f"{what:36}" + "".join(cells))
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(lines))


def cell(seconds, ours):
    units = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0}
    unit, factor = next(pair for pair in units.items() if seconds * pair[1] < 999.5 or pair[0] == "s")
    if not ours:
        return f"{seconds * factor:.3g} {unit}"
    ratio = seconds / ours
    return f"{seconds * factor:.3g} {unit} ({ratio:,.{2 * (ratio < 10)}f}x)"


def measure(benchmark, what, who, values, function, *arguments, rounds=9):
    """The median over rounds after one that is thrown away; per value in `extra_info`."""
    benchmark.pedantic(function, arguments, rounds=rounds, warmup_rounds=1)
    if benchmark.enabled:
        medians[what][who] = benchmark.stats.stats.median / values
        benchmark.extra_info.update(values=values, ns_per_value=medians[what][who] * 1e9, state="warm")


def loads(agents, low, high, values=VALUES):
    """Offered loads within `low` to `high` standard deviations around the agents."""
    return agents + np.random.default_rng(1).uniform(low, high, values) * math.sqrt(agents)


def few_enough(who, agents):
    if agents != round(agents) and who != OURS:
        pytest.skip("whole numbers of agents only")
    return int(min(VALUES, max(STEPS.get(who, math.inf) / agents, 2)))


# --- probabilities --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [OURS, RECURSION, "call-center-tools"])
@pytest.mark.parametrize("agents", AGENTS)
def test_erlang_b(benchmark, agents, who):
    load = loads(agents, -3, 3, few_enough(who, agents))
    if who == OURS:
        call = (bporoute.erlang_b, agents, load)
    elif who == RECURSION:
        call = (recursion.each_b, np.empty(len(load)), float(agents), load)
    else:
        tools = pytest.importorskip("call_center_tools")
        call = (lambda: [tools.erlang_b(a, agents) for a in load.tolist()],)
    measure(benchmark, f"Erlang B, {agents:,} agents", who, len(load), *call, rounds=5)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("agents", AGENTS)
def test_erlang_c(benchmark, agents, who):
    load = loads(agents, -3, -0.05, few_enough(who, agents))
    if who == OURS:
        call = (bporoute.erlang_c, agents, load)
    elif who == RECURSION:
        call = (recursion.each_c, np.empty(len(load)), float(agents), load)
    elif who == "pyworkforce":
        peer = pytest.importorskip("pyworkforce").ErlangC
        call = (lambda: [peer(a, 1, 1, 1).waiting_probability(agents) for a in load.tolist()],)
    else:
        tools = pytest.importorskip("call_center_tools")
        call = (lambda: [tools.erlang_c(a, agents) for a in load.tolist()],)
    measure(benchmark, f"Erlang C, {agents:,} agents", who, len(load), *call, rounds=5)


@pytest.mark.parametrize("who", [OURS, RECURSION])
@pytest.mark.parametrize("agents", [10, 200, 10_000, 1_000_000])
def test_erlang_a_service_level(benchmark, agents, who):
    """Mean patience of one handle time, t a quarter of the mean spacing of sqrt(n) departures."""
    patience, within = 1.0, 0.25 / math.sqrt(agents)
    load = loads(agents, -3, 3, few_enough(who, agents))
    if who == OURS:
        call = (lambda: bporoute.QueueModel(agents, load, 1.0, patience).service_level(within),)
    else:
        call = (recursion.each_a, np.empty(len(load)), float(agents), load, patience, within)
    measure(benchmark, f"Erlang A level, {agents:,} agents", who, len(load), *call, rounds=5)


# --- staffing -------------------------------------------------------------------------------------------

AHT, WITHIN, LEVEL = 240.0, 20.0, 0.8


@pytest.fixture(scope="module")
def day():
    """Loads of 10,000 intervals, 2 to some 400 erlangs, half of them below 40."""
    return np.random.default_rng(1).lognormal(math.log(40), 0.8, INTERVALS)


@pytest.mark.parametrize("who", EVERYBODY)
def test_required_agents_erlang_c(benchmark, day, who):
    if who == OURS:
        target = bporoute.ServiceLevel(probability=LEVEL, within=WITHIN)
        call = (bporoute.required_agents, day / AHT, AHT, target)
    elif who == RECURSION:
        call = (recursion.staff_c, np.empty(INTERVALS), day, WITHIN / AHT, LEVEL)
    elif who == "pyworkforce":
        peer = pytest.importorskip("pyworkforce").ErlangC
        call = (lambda: [peer(a / AHT, AHT, WITHIN, 1).required_positions(LEVEL) for a in day.tolist()],)
    else:
        tools = pytest.importorskip("call_center_tools")
        aims = {"max_occupancy": 1.0, "target_answer_time": WITHIN, "target_service_level": LEVEL}
        call = (lambda: [tools.calc_staffing(a / AHT * 3600, AHT, **aims) for a in day.tolist()],)
    measure(benchmark, "required agents, Erlang C", who, INTERVALS, *call, rounds=3)


@pytest.mark.parametrize("who", [OURS, RECURSION])
def test_required_agents_erlang_a(benchmark, day, who):
    if who == OURS:
        target = bporoute.ServiceLevel(probability=LEVEL, within=WITHIN)
        call = (lambda: bporoute.required_agents(day / AHT, AHT, target, patience=AHT),)
    else:
        call = (recursion.staff_a, np.empty(INTERVALS), day, 1.0, WITHIN / AHT, LEVEL)
    measure(benchmark, "required agents, Erlang A", who, INTERVALS, *call, rounds=3)


@pytest.mark.parametrize("patience", [math.inf, AHT])
def test_required_agents_of_a_forecast(benchmark, day, patience):
    """The mean over an uncertain rate: at most 20 times the batch without it."""
    target = bporoute.ServiceLevel(probability=LEVEL, within=WITHIN)
    call = (lambda: bporoute.required_agents(day / AHT, AHT, target, patience=patience, rate_cv=0.072),)
    name = "Erlang A" if patience < math.inf else "Erlang C"
    measure(benchmark, f"required agents, {name}, rate cv .072", OURS, INTERVALS, *call, rounds=3)


# --- keep or overflow -----------------------------------------------------------------------------------

REPEATS = 1000
S1 = (50.0, 0.2, 0.3, 10.4, 0.15 + 0.3 * 8.0, 6.0)
"""agents, service rate, abandonment rate, arrival rate, cost of a waiting contact, price."""


@pytest.mark.parametrize("who", [OURS, RECURSION])
def test_optimal_overflow(benchmark, who):
    """All thresholds of 50 agents and 100 places, inside the kernel: a thousand times in a compiled loop."""
    curve, joining = np.empty(151), np.zeros(151)
    best = _kernels.for_work(thresholds.threshold_costs, 10**9)
    plain = recursion.thresholds

    @njit
    def ours(curve, joining):
        total = 0
        for _ in range(REPEATS):
            total += best(*S1, joining, curve)
        return total

    @njit
    def theirs(curve, joining):
        total = 0
        for _ in range(REPEATS):
            total += plain(*S1, curve)
        return total

    call = ours if who == OURS else theirs
    assert call(curve, joining) == 55 * REPEATS
    measure(benchmark, "optimal overflow, 50 agents", who, REPEATS, call, curve, joining)


def test_two_price_classes(benchmark):
    """The nested thresholds of 50 agents and 100 places, inside the kernel."""
    solve = _kernels.for_work(queueing.marginal_cost, 10**9)
    rates, prices = np.array([6.4, 4.0]), np.array([9.0, 4.5])

    @njit
    def often(rates, prices, found, curve):
        cost = 0.0
        for _ in range(REPEATS):
            cost = solve(50.0, 0.2, 0.3, 0.15 + 0.3 * 8.0, 8.0, rates, prices, found, curve)
        return cost

    arrays = (rates, prices, np.empty(2), np.empty(151))
    assert often(*arrays) == pytest.approx(5.62184359747559, rel=1e-12)
    measure(benchmark, "two price classes, 50 agents", OURS, REPEATS, often, *arrays)


# --- cold -----------------------------------------------------------------------------------------------

FIRST_CALL = "import numpy, bporoute; bporoute.erlang_c(200, numpy.linspace(100, 199, 100_000))"


@pytest.mark.parametrize("cache", ["empty", "filled"])
def test_first_batch_in_a_fresh_process(benchmark, cache, tmp_path):
    """Start of Python, import, compiler or its cache, and 10^5 values of Erlang C."""
    command = [sys.executable, "-c", FIRST_CALL]

    def run(directory):
        subprocess.run(command, check=True, env={**os.environ, "NUMBA_CACHE_DIR": str(directory)})

    rounds = 3
    folders = iter([tmp_path / ("same" if cache == "filled" else str(i)) for i in range(rounds + 1)])
    if cache == "filled":
        run(tmp_path / "same")
    benchmark.pedantic(run, setup=lambda: ((next(folders),), {}), rounds=rounds)
    benchmark.extra_info["state"] = f"cold process, {cache} cache"
