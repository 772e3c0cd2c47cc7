"""Speed of the random numbers and durations, beside NumPy's generator; run with `make bench`.

"bporoute" is the compiled loop over numbers of one stream, the law looked up for every draw as in an event
loop; "numpy" fills an array with its own generator (PCG64) and, where it has no such law, with what it has to
offer. NumPy draws in order; ours come by their number. A table at the end shows nanoseconds per draw.
"""

from __future__ import annotations

import numpy as np
import pytest

from bporoute._kernels.compiling.compiler import compile_kernel
from bporoute._kernels.simulation import chance as chance
from bporoute.durations._laws import (
    Empirical,
    EmpiricalPatience,
    ErlangPatience,
    Exponential,
    HyperexponentialPatience,
    Lognormal,
    Weibull,
)
from bporoute.queueing._sampling import laid_out
from bporoute.workload._random import stream_key

DRAWS = 100_000
KEY = stream_key(1, "speed")
SAMPLE = np.sort(np.random.default_rng(5).lognormal(5.0, 0.8, 1000))
CURVE = EmpiricalPatience(times=tuple(range(0, 1000, 10)), shares=tuple(0.99**t for t in range(100)))
MIX = HyperexponentialPatience(means=(60.0, 600.0), shares=(0.3, 0.7))


def mix(generator, size):
    return np.where(generator.random(size) < 0.3, 60.0, 600.0) * generator.standard_exponential(size)


LAWS = {
    "exponential": (Exponential(240.0), lambda generator, size: generator.exponential(240.0, size)),
    "lognormal": (Lognormal(5.0, 0.8), lambda generator, size: generator.lognormal(5.0, 0.8, size)),
    "weibull": (Weibull(0.9, 300.0), lambda generator, size: 300.0 * generator.weibull(0.9, size)),
    "erlang, 4 stages": (ErlangPatience(mean=240.0, phases=4), lambda g, size: g.gamma(4, 60.0, size)),
    "erlang, 100 stages": (ErlangPatience(mean=240.0, phases=100), lambda g, size: g.gamma(100, 2.4, size)),
    "hyperexponential, 2 branches": (MIX, mix),
    "empirical, 1000 values": (Empirical(tuple(SAMPLE.tolist())), lambda g, size: g.choice(SAMPLE, size)),
    "survival, 100 points": (CURVE, None),
}

medians: dict[str, dict[str, float]] = {}


@pytest.fixture(scope="module", autouse=True)
def side_by_side(request):
    yield
    lines = ["", "", f"{'Median per draw, ns':32}{'bporoute':>12}{'numpy':>12}"]
    for what, row in medians.items():
        cells = (f"{row[who]:>12.1f}" if who in row else f"{'-':>12}" for who in ("bporoute", "numpy"))
        lines.append(f"{what:32}" + "".join(cells))
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(lines))


@pytest.fixture(scope="module")
def fill():
    return compile_kernel(chance.durations)


def note(what, who, benchmark):
    if benchmark.stats:
        medians.setdefault(what, {})[who] = benchmark.stats.stats.median / DRAWS * 1e9


@pytest.mark.parametrize("what", LAWS)
def test_ours(benchmark, fill, what):
    laws, points = laid_out([LAWS[what][0]])
    out = np.empty(DRAWS)
    benchmark(fill, laws, points, 0, KEY, 0, out)
    note(what, "bporoute", benchmark)


@pytest.mark.parametrize("what", [what for what, (_, theirs) in LAWS.items() if theirs])
def test_numpy(benchmark, what):
    benchmark(LAWS[what][1], np.random.default_rng(1), DRAWS)
    note(what, "numpy", benchmark)
