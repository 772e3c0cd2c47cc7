"""Pieces of code run in processes of their own, each with a cache of kernels."""

from __future__ import annotations

import os
import random
import shutil
import sys
import textwrap
from contextlib import ExitStack
from pathlib import Path

import bporoute
from bporoute import _kernels
from helpers.running import finished, started

SOURCE = Path(bporoute.__file__).parent.parent

# The published scenario S2 (10 agents, rates per minute) tells whether the kernels work.
CHECK = """
import math, numpy as np
from bporoute import _kernels
def check(kernels=None):
    kernels = kernels or _kernels.current()
    curve, others = np.empty(51), np.empty(51)
    cost = kernels.keep_costs(
        10.0, 6.25, 0.5, 6.25, 0.0, np.array([1.6]), np.array([9.0]), np.ones(1), curve, others)
    assert math.isclose(cost, 2.90169381184131, rel_tol=1e-12), cost
    assert curve[10] <= 9.0 < curve[11], curve
    kernels.served_in_time(10.0, 0.16, 0.5, 0.5, curve)
    assert curve[9] == 1.0 and 0.0 < curve[50] < curve[10] < 1.0, curve
    kernels.expected_wait(10.0, 0.16, 0.5, curve)
    assert curve[9] == 0.0 and math.isclose(curve[10], 1 / 1.6), curve
"""
WARM_UP = (
    CHECK
    + """
import bporoute
bporoute.warmup()
assert _kernels.current() is not _kernels.INTERPRETED
check()
"""
)

FILES = 2 * len(_kernels.WANTED)
"""An index and the code of each kernel."""


def start(code, cache, source=SOURCE, **environment):
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    changed = inherited | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(source)} | environment
    environment = {name: value for name, value in changed.items() if value is not None}
    return started([sys.executable, "-W", "error", "-c", textwrap.dedent(code)], env=environment)


def finish(process):
    """Right, quiet and at an end."""
    done = finished(process)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def run(code, cache, **options):
    with start(code, cache, **options) as process:
        return finish(process)


def run_all(cases):
    """Pieces of code at the same time, each with its cache."""
    with ExitStack() as stack:
        for process in [stack.enter_context(start(code, cache)) for code, cache in cases]:
            finish(process)


def cached_files(cache):
    return sorted(path for path in Path(cache).rglob("*.nb[ic]"))


def keep_nothing(source):
    """Have no kernel be kept beside its source: below a file even root makes no folder."""
    for folder in {path.parent for path in (source / "bporoute" / "_kernels").rglob("*.py")}:
        (folder / "__pycache__").touch()


def sources_that_keep_nothing(source):
    """A copy of the sources beside which no kernel can be kept."""
    shutil.copytree(SOURCE / "bporoute", source / "bporoute", ignore=shutil.ignore_patterns("__pycache__"))
    keep_nothing(source)
    return source


def garbage(data):
    return random.Random(7).randbytes(len(data))


def quiet_fork(code, cache):
    """Python warns of forking with threads; here it is the point."""
    run("import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n" + code, cache)
