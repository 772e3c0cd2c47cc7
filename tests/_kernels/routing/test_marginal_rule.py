"""The kernel lays out what the policy, asked in Python, has installed: bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Center, Contact, ContactType, Contract, MarginalCost, Queue, Router, Vendor, _kernels
from bporoute._kernels.routing import columns
from bporoute._kernels.routing.marginal_rule import AS_BEFORE, UNSOLVED, solve_marginal_rule_at
from bporoute.policies._situation import blocked_cost
from bporoute.policies._solved import SolvedByKernel
from bporoute.routing._tables._queues import QueueRows

pytestmark = pytest.mark.kernels

KINDS = [Contact("service"), Contact("sales"), Contact("service", data=("card",))]
NO_CLASSES = np.empty((3, 0))
WRITTEN = [
    columns.GATED,
    columns.DWELL,
    columns.RELEASE,
    columns.LAST,
    columns.RULE_AHT,
    columns.RULE,
    columns.GATE,
    columns.EXPECTED_PRESENT,
]


def center(prices=(4.0, 5.5), room=30, patience=120.0, **changes):
    return Center(
        queues={
            "service": Queue(
                aht=240, patience=patience, waiting_room=room, wait_cost_per_minute=0.2, abandonment_cost=6.0
            )
        },
        contact_types={
            "service": ContactType(queue="service"),
            "sales": ContactType(queue="service", aht=500),
        },
        vendors={
            f"vendor {number}": Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("service", "sales")[: 1 + number % 2],
                contract=Contract(price_per_contact=price),
            )
            for number, price in enumerate(prices)
        },
        **changes,
    )


def told(of, policy=None, **state):
    router = Router(of, policy, clock=lambda: 1795428000.0, compile=False)
    router.state["service"].update(agents=1, busy=1, aht=240.0, arrival_rate=0.01)
    for contact in KINDS * 2:
        router.route(contact)
    router.state["service"].update(**state)
    router.preview(KINDS[0])
    return router


def solve(ready, router, agents, rate, aht, *, before=NO_CLASSES, explained=1):
    """Have the kernel solve the rule of the only queue; what it returns, and the classes."""
    tables, queue = router._tables, router.center.queues["service"]
    profile = tables.profiles.find(KINDS[0])
    kinds = tables.profiles.kinds(profile)
    classes = np.empty((3, len(kinds)))
    blocked = blocked_cost(queue.patience, queue.cost_rate, queue.abandonment_cost)
    with np.errstate(all="ignore"):
        count = ready(solve_marginal_rule_at)(
            tables.arrays.pack(), profile.number, 0, kinds, float(agents), float(rate), float(aht),
            float(queue.waiting_room), blocked, math.inf, explained, before, classes,
        )  # fmt: skip
    return count, classes


STATES = {
    "agents": st.integers(0, 12) | st.floats(0, 12),
    "arrival_rate": st.floats(0, 0.2),
    "aht": st.floats(1, 2000),
}


@settings(max_examples=15, deadline=None)
@given(
    st.fixed_dictionaries(STATES),
    st.lists(st.floats(0, 20), max_size=3),
    st.integers(0, 40),
    st.sampled_from([30.0, 600.0, math.inf]),
)
def test_as_the_policy_has_it_installed(ready, state, prices, room, patience):
    router = told(center(prices, room, patience), **state)
    arrays = router._tables.arrays
    row, last = arrays.queues[0].copy(), int(arrays.queues[0, columns.LAST])
    curves, shares = arrays.curves[0, :, : last + 1].copy(), arrays.shares[0].copy()
    distrusted = row[columns.DISTRUST] != 0.0
    arrays.queues[0, WRITTEN] = arrays.curves[0] = math.nan
    count, _ = solve(ready, router, state["agents"], state["arrival_rate"], state["aht"])
    assert (count == UNSOLVED) == distrusted
    if not distrusted:
        assert count == len(router.preview(KINDS[0]).evidence.basis.solved.situation.prices)
        assert np.array_equal(arrays.queues[0, WRITTEN], row[WRITTEN])
        assert np.array_equal(arrays.curves[0, :, : last + 1], curves)
        assert np.array_equal(arrays.shares[0], shares)


def test_without_explanations_the_rule_is_all(ready):
    router = told(center(), agents=3)
    arrays = router._tables.arrays
    arrays.curves[0] = arrays.queues[0, columns.EXPECTED_PRESENT] = math.nan
    assert solve(ready, router, 3, 0.02, 240, explained=0)[0] > 0
    written = ~np.isnan(arrays.curves[0, :, 0])
    assert sorted(np.flatnonzero(written).tolist()) == sorted(
        [columns.KEEP_COST, columns.KEEP_COST_OPEN, columns.KEEP_WORK, columns.KEEP_WORK_OPEN]
    )
    assert math.isnan(arrays.queues[0, columns.EXPECTED_PRESENT])


def test_the_same_classes_are_not_solved_again(ready):
    router = told(center(), agents=3)
    curves = router._tables.arrays.curves
    count, classes = solve(ready, router, 3, 0.02, 240)
    before = np.ascontiguousarray(classes[:, :count])
    curves[0] = 7.0
    assert solve(ready, router, 3, 0.02, 240, before=before)[0] == AS_BEFORE
    assert (curves[0] == 7.0).all()
    assert solve(ready, router, 3, 0.021, 240, before=before)[0] == count
    assert not (curves[0] == 7.0).any()


def test_more_states_than_there_is_room_for(ready):
    router = told(center(), agents=3)
    row = router._tables.arrays.queues[0].copy()
    states = router._tables.arrays.curves.shape[2]
    assert solve(ready, router, states, 0.02, 240)[0] == -(states + 31)
    assert np.array_equal(router._tables.arrays.queues[0], row, equal_nan=True)


# --- live -----------------------------------------------------------------------------------------------


def in_python(rows, *_):
    """In place of `QueueRows._solve_at_once`: the policy is asked."""


@settings(max_examples=8, deadline=None)
@given(st.lists(st.fixed_dictionaries(STATES), min_size=1, max_size=6))
def test_a_router_decides_as_by_the_policy_itself(compiled_kernels, states):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_kernels, "current", lambda: compiled_kernels)
        at_once = told(center(), agents=5)
        patched.setattr(QueueRows, "_solve_at_once", in_python)
        asked = told(center(), agents=5)
        for state in states:
            asked.state["service"].update(**state, busy=5, waiting=3)
            patched.undo()
            patched.setattr(_kernels, "current", lambda: compiled_kernels)
            at_once.state["service"].update(**state, busy=5, waiting=3)
            for contact in KINDS:
                one = at_once.preview(contact)
                patched.setattr(QueueRows, "_solve_at_once", in_python)
                two = asked.preview(contact)
                assert one.explain() == two.explain()
                found, wanted = one.evidence.basis.solved, two.evidence.basis.solved
                assert (found is None) == (wanted is None)
                if found is not None and compiled_kernels.solve_marginal_rule_at is not None:
                    assert isinstance(found, SolvedByKernel)
                    assert not isinstance(wanted, SolvedByKernel)
                    assert found.situation.classes() == wanted.situation.classes()
                    assert found.situation.waiting_room == wanted.situation.waiting_room
                    assert np.array_equal(found.rule.keep_cost, wanted.rule.keep_cost)
                    assert np.array_equal(found.rule.work_cost, wanted.rule.work_cost)


class Counting:
    """A policy that counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, situation):
        self.asked += 1
        return MarginalCost()(situation)


@pytest.mark.usefixtures("either_kernels")
def test_never_solved_twice_for_the_same_inputs():
    policy = Counting()
    router = told(center(), policy, agents=3)
    queues, live, asked = router._tables.queues, router.state["service"], policy.asked
    solved = router.preview(KINDS[0]).evidence.basis.solved
    queues.touch_all()
    live.update(busy=2)
    assert router.preview(KINDS[0]).evidence.basis.solved is solved
    live.update(agents=4)
    live.update(agents=3)
    assert policy.asked == asked + 2
    live.update(agents=math.nan)
    assert router.preview(KINDS[0]).degraded
    live.update(agents=3)
    assert policy.asked == asked + 2
    assert router.preview(KINDS[0]).evidence.basis.solved.situation.agents == 3


@pytest.mark.usefixtures("either_kernels")
def test_the_rule_itself_is_not_solved_twice_either():
    router = told(center(), agents=3)
    solved = router.preview(KINDS[0]).evidence.basis.solved
    curves = router._tables.arrays.curves
    before = curves.copy()
    router._tables.queues.touch_all()
    curves[0, columns.EXPECTED_WAIT, 0] = 7.0
    assert router.preview(KINDS[0]).evidence.basis.solved is solved
    assert curves[0, columns.EXPECTED_WAIT, 0] == 7.0
    router.state["service"].update(arrival_rate=0.012)
    assert router.preview(KINDS[0]).evidence.basis.solved is not solved
    assert curves[0, columns.EXPECTED_WAIT, 0] == before[0, columns.EXPECTED_WAIT, 0]
