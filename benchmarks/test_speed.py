"""Speed of a replay, an import and a first decision; run with `make bench`.

Nothing here fails for being slow: the medians go into the README, with the machine's name.
"""

import subprocess
import sys

import pytest

from bporoute import MarginalCost, NeverOverflow, QueueLength, warmup
from bporoute.simulation._demo import demo_replay

POLICIES = {"NeverOverflow": NeverOverflow(), "QueueLength": QueueLength(10), "MarginalCost": MarginalCost()}


@pytest.mark.parametrize("policy", POLICIES)
def test_replay_of_13_000_calls(benchmark, policy):
    replay = demo_replay()
    warmup()
    benchmark.pedantic(replay.run, (POLICIES[policy],), rounds=3)


FIRST_DECISION = """
from bporoute import Contact, QueueState, Router, Snapshot
from bporoute.simulation._demo import demo_center
router = Router(demo_center())
router.route(Contact("service"), Snapshot(service=QueueState(agents=42, busy=42, waiting=9)))
"""
PROCESSES = {
    "nothing": "pass",
    "import numpy": "import numpy",
    "import bporoute": "import bporoute",
    "first decision": FIRST_DECISION + "import os; os._exit(0)",
    "first decision, then exit": FIRST_DECISION,
    "warmup with a warm cache": "import bporoute; bporoute.warmup()",
}


@pytest.mark.parametrize("name", PROCESSES)
def test_fresh_process(benchmark, name):
    command = [sys.executable, "-c", PROCESSES[name]]
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=7, warmup_rounds=1)
