"""The same worlds interpreted and compiled: a sample, as interpreted they take some ten times as long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from math import isclose
from pathlib import Path

from fuzz.events import STEPS, Game

SLOWEST = 60.0
"""Seconds that the interpreted process may take beyond what it was given."""


def digests(seed: int, seconds: float, worlds: int = 1_000_000) -> list[str]:
    """What was decided in the first worlds of a seed, as many as there is time for, at least one."""
    found, until = [], time.monotonic() + seconds
    for world in range(worlds):
        game = Game(f"{seed}/{world}")
        game.play(range(STEPS))
        found.append(game.digest)
        if time.monotonic() > until:
            break
    return found


def differing(seed: int, seconds: float) -> tuple[int, int | None]:
    """How many worlds were played both ways, and the first that came out otherwise interpreted."""
    words = [sys.executable, "-m", "fuzz", "--digests", str(seconds), "--seed", str(seed)]
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=seconds + SLOWEST, check=False
    )
    if done.returncode:
        raise RuntimeError(f"interpreted: {done.stderr[-2000:]}")
    interpreted = done.stdout.split("\n")[:-1]
    compiled = digests(seed, 1e9, len(interpreted))
    for world, (one, other) in enumerate(zip(interpreted, compiled, strict=True)):
        if not _same(one, other):
            return len(compiled), world
    return len(compiled), None


def _same(one: str, other: str) -> bool:
    """Decisions to the last one, costs in all but for rounding."""
    (decided, cost), (again, money) = one.split(), other.split()
    return decided == again and isclose(float(cost), float(money), rel_tol=1e-9, abs_tol=1e-9)
