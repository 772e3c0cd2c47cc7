"""The inverse questions: which agents, rate and wait reach a level."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bporoute._kernels.queueing import aims as asked
from bporoute._kernels.queueing import elementwise as batches
from bporoute._kernels.queueing import exponential_patience as waiting
from bporoute._kernels.queueing import inverse as solving
from helpers.exact_values import rows
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels


INF = math.inf


def solution(ready, unknown, whole, queue, *aims):
    rows = np.zeros((1, len(aims), asked.AIM_COLUMNS))
    for row, aim in zip(rows[0], aims, strict=True):
        row[: len(aim)] = aim
    out = np.full(1, np.nan)
    vectors = [np.array([float(value)]) for value in queue]
    ready(batches.solutions)(*vectors, unknown, whole, rows, out)
    return float(out[0])


LEVEL = (asked.SERVICE_LEVEL, 0.8, 1 / 12, waiting.OFFERED)


def test_the_three_unknowns_belong_together(ready):
    """The real agents for a rate, the rate for those agents, and the wait that 80 % do not exceed."""
    n = solution(ready, solving.AGENTS, False, (0, 24, 1, INF, INF), LEVEL)
    rate = solution(ready, solving.RATE, False, (n, 0, 1, INF, INF), LEVEL)
    wait = solution(ready, solving.WAIT, False, (n, 24, 1, INF, INF), (asked.WAIT_TAIL, 1.0 - 0.8))
    assert rate == pytest.approx(24.0, rel=1e-13)
    assert wait == pytest.approx(1 / 12, rel=1e-12)
    assert solution(ready, solving.AGENTS, True, (0, 24, 1, INF, INF), LEVEL) == math.ceil(n) == 29


@pytest.mark.parametrize("row", rows("staffing_erlang_c_sl"))
def test_exact_staffing_erlang_c(row):
    aim = (asked.SERVICE_LEVEL, float(row["target"]), float(row["t"]))
    assert solution(compiled, solving.AGENTS, True, (0, float(row["a"]), 1, INF, INF), aim) == row["n_min"]


@pytest.mark.parametrize("row", rows("staffing_erlang_a_sl_offered"))
def test_exact_staffing_erlang_a(row):
    aim = (asked.SERVICE_LEVEL, float(row["target"]), float(row["t"]))
    queue = 0, float(row["a"]), 1, float(row["patience"]), INF
    assert solution(compiled, solving.AGENTS, True, queue, aim) == row["n_min"]


@pytest.mark.parametrize("row", rows("staffing_erlang_b"))
def test_exact_staffing_erlang_b(row):
    aim = (asked.BLOCKING, float(row["max_blocking"]))
    assert solution(compiled, solving.AGENTS, True, (0, float(row["a"]), 1, INF, 0), aim) == row["n_min"]
