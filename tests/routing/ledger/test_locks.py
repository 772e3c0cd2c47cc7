"""Real signals at any instant leave no lock locked, as no tracer can show: between statements, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import random, signal, sys
from pathlib import Path
from bporoute.routing.ledger._locks import HOST, Locks

path, chance = Path(sys.argv[1]), random.Random(7)

def stop(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, stop)

def interrupt(call, longest):
    try:
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(longest / 10, longest))
        while True:
            call()
    except KeyboardInterrupt:
        pass
    signal.setitimer(signal.ITIMER_REAL, 0)
"""
HELD = """
mine, other = Locks(path / "locks"), Locks(path / "locks")

def hold():
    with mine.holding(1e-4) as held:
        pass

for number in range(8000):
    interrupt(hold, 4e-5)
    hold()  # the process goes on, and takes the lock as it always does
    assert other.take(HOST), f"locked after {number} interrupts"
    other.leave(HOST)
"""
ROUTED = """
from helpers.sharing import BEGIN, CALL, router

own = router(path / "ledger", at=lambda: BEGIN, cap_per_hour=1_000_000)
other = Locks(path / "ledger" / "locks")
for number in range(1000):
    interrupt(lambda: own.route(CALL), 2e-3)
    own.ledger.usage("nord")
    assert other.take(HOST), f"locked after {number} interrupts"
    other.leave(HOST)
"""


@pytest.mark.parametrize("what", [HELD, ROUTED], ids=["held", "routed"])
def test_a_process_that_was_interrupted_leaves_the_lock_of_the_host_to_the_others(tmp_path, what):
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN + what, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
