"""A floor that explains nothing keeps what is unchanged, and comes to the same as one that explains all."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from bporoute import (
    Either,
    ExpectedWait,
    HashShare,
    MarginalCost,
    MeetTarget,
    NeverOverflow,
    OccupancyLimit,
    OwnCost,
    QueueLength,
    ServedInTime,
    Share,
)
from bporoute._kernels.simulation import columns
from bporoute.contracts._commitments import MinimumCommitment
from bporoute.policies._composed import Hysteresis, Warm
from bporoute.routing._tables import _queues as queue_rows
from bporoute.routing._tables._queues import QueueRows
from bporoute.simulation import demo_center
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._engine._feed import hours_turn_within
from bporoute.simulation._scenario import Outage, Scenario
from bporoute.simulation._simulate import configured_schedule, usual_arrivals

pytestmark = pytest.mark.kernels

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
POLICIES = (
    NeverOverflow(),
    QueueLength(3),
    ExpectedWait(30),
    ServedInTime(0.8, 20),
    OccupancyLimit(0.95),
    OwnCost(2.0),
    Share({"baltic": 0.2}),
    HashShare({"baltic": 0.2}),
    Hysteresis(QueueLength(6), QueueLength(2), 30),
    Warm(MarginalCost(), {"norrland": 0.05}),
    MarginalCost(),
    MeetTarget(0.8, 20),
)
ITSELF = Either(MarginalCost(), MarginalCost())


def small(center):
    """A tenth of the demo's contacts, agents and places."""
    queues = {
        name: msgspec.structs.replace(
            queue,
            arrival_rate=queue.arrival_rate / 10,
            schedule={clock: round(agents / 10) for clock, agents in queue.schedule.items()},
        )
        for name, queue in center.queues.items()
    }
    return msgspec.structs.replace(center, queues=queues)


def with_vendor(center, name, **changes):
    changed = msgspec.structs.replace(center.vendors[name], **changes)
    return msgspec.structs.replace(center, vendors=center.vendors | {name: changed})


def run(center, policy, scenario, *, paths):
    arrivals = usual_arrivals(center, MONDAY.date(), 1 if INTERPRETED else 3)
    schedule = configured_schedule(center, *arrivals.edges[[0, -1]].tolist())
    floor = Floor(center, policy, arrivals, schedule, scenario, seed=7, paths=paths)
    for _ in floor.run():
        pass
    return floor.result()


def check_the_same(center, policy, scenario):
    explained, kept = (run(center, policy, scenario, paths=paths) for paths in (True, False))
    assert kept.decided == explained.decided > 500
    assert np.array_equal(kept.tally, explained.tally)
    assert np.array_equal(kept.overflow, explained.overflow)
    assert np.array_equal(kept.busy_seconds, explained.busy_seconds)
    assert np.array_equal(kept.staffed_seconds, explained.staffed_seconds)
    assert np.array_equal(kept.outcomes, explained.outcomes)
    assert np.array_equal(kept.money, explained.money)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_it_comes_to_the_same(policy):
    check_the_same(small(demo_center()), policy, Scenario())


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(),
        Scenario(rate="forecast"),
        Scenario(rate_step=60.0, rate_window=900.0),
        Scenario(rate_step=7.5, rate_window=750.0),
    ],
    ids=["measured", "forecast", "each minute", "at odd seconds"],
)
@pytest.mark.parametrize("factor", [1.0, 0.1])
def test_the_kernel_looks_as_the_tables_do(factor, scenario, monkeypatch):
    """Bit for bit; what is the same policy by another name is asked by the tables, at every look."""
    solves = []
    load = QueueRows.load

    def counted(rows, *given):
        solves.append(given)
        return load(rows, *given)

    monkeypatch.setattr(QueueRows, "load", counted)
    center = demo_center() if factor == 1.0 else small(demo_center())
    asked = run(center, ITSELF, scenario, paths=False)
    in_tables = len(solves)
    solves.clear()
    alone = run(center, MarginalCost(), scenario, paths=False)
    assert alone.decided > 500
    assert 0 < len(solves) < in_tables / 3
    for field in ("tally", "overflow", "busy_seconds", "staffed_seconds", "outcomes", "money"):
        assert np.array_equal(getattr(alone, field), getattr(asked, field)), field
    assert alone.invoices == asked.invoices
    assert alone.decided == asked.decided


def test_the_kernel_leaves_to_the_tables_what_it_cannot_solve(monkeypatch):
    """A longer line than the rule was solved for, more states than there is room for, nobody at work."""
    monkeypatch.setattr(queue_rows, "FIRST_REACH", 2.0)
    center = small(demo_center())
    plan = {"08:00": 1, "10:00": 0, "11:00": 9, "15:00": 2}
    queues = {
        name: msgspec.structs.replace(queue, waiting_room=3000, schedule=plan)
        for name, queue in center.queues.items()
    }
    center = msgspec.structs.replace(center, queues=queues)
    asked, alone = (run(center, policy, Scenario(), paths=False) for policy in (ITSELF, MarginalCost()))
    assert asked.tally[:, :, columns.WAIT_ANSWERED].any()
    assert np.array_equal(alone.tally, asked.tally)
    assert np.array_equal(alone.money, asked.money)


@pytest.mark.parametrize("policy", POLICIES[1:12:5], ids=str)
@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(rate="forecast"),
        Scenario(
            outages=(
                Outage(
                    vendor="baltic",
                    start=MONDAY.replace(hour=9),
                    end=MONDAY.replace(hour=12),
                    failing=0.6,
                ),
            )
        ),
    ],
    ids=["forecast", "outage"],
)
def test_in_other_scenarios(policy, scenario):
    check_the_same(small(demo_center()), policy, scenario)


@pytest.mark.parametrize("policy", POLICIES[1:12:9], ids=str)
def test_where_money_is_limited_or_committed(policy):
    center = small(demo_center())
    contract = msgspec.structs.replace(
        center.vendors["baltic"].contract, terms=(MinimumCommitment(amount=900.0),)
    )
    check_the_same(with_vendor(center, "baltic", max_exposure=150.0), policy, Scenario())
    check_the_same(with_vendor(center, "baltic", contract=contract), policy, Scenario())


@pytest.mark.parametrize("policy", [POLICIES[0], POLICIES[3], *POLICIES[8:12]], ids=str)
def test_rules_reach_as_far_as_anybody_waits(policy, monkeypatch):
    """From two waiting on, rules are solved further and further, and decide as those of the whole room."""
    monkeypatch.setattr(queue_rows, "FIRST_REACH", 2.0)
    center = small(demo_center())
    desks = {
        name: msgspec.structs.replace(queue, waiting_room=3000, schedule={"00:00": 4})
        for name, queue in center.queues.items()
    }
    center = msgspec.structs.replace(center, queues=desks)
    check_the_same(center, policy, Scenario())


@pytest.mark.parametrize(
    ("zone", "turns"), [("Europe/Stockholm", False), ("Asia/Kolkata", False), ("Asia/Kathmandu", True)]
)
def test_whether_an_hour_turns_within_a_half_hour(zone, turns):
    center = with_vendor(demo_center(), "norrland", timezone=zone)
    arrivals = usual_arrivals(center, MONDAY.date(), 1)
    assert hours_turn_within([center.vendors["norrland"]], arrivals) is turns


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu"])
def test_where_a_vendor_with_tiers_has_a_clock_of_its_own(zone):
    check_the_same(with_vendor(small(demo_center()), "norrland", timezone=zone), POLICIES[1], Scenario())
