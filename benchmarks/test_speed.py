"""Speed of a decision, a replay, an import and a first decision; run with `make bench`.

Nothing here fails for being slow: the medians go into the README, with the machine's name.
"""

import itertools
import subprocess
import sys

import pytest

from bporoute import (
    Contact,
    MarginalCost,
    NeverOverflow,
    QueueLength,
    QueueState,
    Router,
    Snapshot,
    _kernels,
    warmup,
)
from bporoute.demo import demo_center, demo_replay

MONDAY_11_00 = 1795428000.0
POLICIES = {"NeverOverflow": NeverOverflow(), "QueueLength": QueueLength(10), "MarginalCost": MarginalCost()}


@pytest.fixture(params=["interpreted", "compiled"])
def kernels(request, monkeypatch):
    if request.param == "interpreted":
        monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    else:
        warmup()
    return request.param


def _router(policy):
    return Router(demo_center(), policy, clock=lambda: MONDAY_11_00, compile=False)


@pytest.mark.parametrize("waiting", [0, 9], ids=["kept", "sent"])
def test_route_with_live_state(benchmark, kernels, waiting):
    router = _router(MarginalCost())
    router.state["service"].update(agents=42, busy=42 if waiting else 40, waiting=waiting)
    contact = Contact("service", language="sv")
    benchmark(router.preview, contact)


def test_route_and_settle(benchmark, kernels):
    router = _router(MarginalCost())
    router.state["service"].update(agents=42, busy=42, waiting=9)
    contact = Contact("service", language="sv")
    benchmark(lambda: router.settle(router.route(contact), "answered", wait=3.0, handle=180.0))


def test_route_with_a_snapshot(benchmark, kernels):
    router = _router(MarginalCost())
    contact = Contact("service", language="sv")
    lengths = itertools.cycle(range(20))
    benchmark(
        lambda: router.preview(
            contact, Snapshot(service=QueueState(agents=42, busy=42, waiting=next(lengths)))
        )
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_solve_after_a_new_arrival_rate(benchmark, kernels, policy):
    router = _router(POLICIES[policy])
    contact = Contact("service", language="sv")
    rates = itertools.cycle((0.20, 0.21, 0.22))

    def change_and_ask():
        router.state["service"].update(agents=42, busy=42, waiting=5, arrival_rate=next(rates))
        return router.preview(contact)

    benchmark(change_and_ask)


def test_marginal_cost_kernel(benchmark, kernels):
    """S1 split into two price classes: 50 agents, 100 places."""
    import numpy as np

    solve = _kernels.current().marginal_cost
    rates, prices = np.array([6.4, 4.0]), np.array([9.0, 4.5])
    thresholds, curve = np.empty(2), np.empty(151)
    benchmark(solve, 50.0, 0.2, 0.3, 0.15 + 0.3 * 8.0, 8.0, rates, prices, thresholds, curve)


def test_explain(benchmark):
    router = _router(MarginalCost())
    state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    decision = router.preview(Contact("service", language="sv"), state)
    benchmark(decision.explain)


@pytest.mark.parametrize("policy", POLICIES)
def test_replay_of_13_000_calls(benchmark, policy):
    replay = demo_replay()
    warmup()
    benchmark.pedantic(replay.run, (POLICIES[policy],), rounds=3)


FIRST_DECISION = """
from bporoute import Contact, QueueState, Router, Snapshot
from bporoute.demo import demo_center
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
