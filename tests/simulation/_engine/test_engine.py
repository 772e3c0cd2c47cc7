"""What a simulated floor can do: hand-computed schedules, exact figures of queueing theory, invariants."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import bporoute.simulation._engine._arrays
from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    HealthConfig,
    NeverOverflow,
    Queue,
    QueueLength,
    QueueModel,
    ServiceLevel,
    Targets,
    Tier,
    total_arrival_rate,
)
from bporoute._kernels.simulation import codes, columns
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._commitments import MinimumCommitment, TakeOrPay
from bporoute.contracts._measure import Measure
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._term_kinds import PerContact, PerHour, PerMinute
from bporoute.contracts._tiers import VolumeBand, VolumeTiers
from bporoute.policies._thresholds import ExpectedWait, MarginalCost
from bporoute.queueing._chat import ChatModel
from bporoute.simulation._engine._arrays import FloorArrays
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._scenario import Outage, Redial, Scenario, StateFeed
from bporoute.workload._arrivals import Arrivals, Listed
from bporoute.workload._schedule import Schedule
from bporoute.workload._streams import Stream
from helpers import strategies

pytestmark = pytest.mark.kernels

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
START = MONDAY.timestamp()
HOUR = 3600.0
INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
REPLICATIONS, HOURS = (8, 5) if INTERPRETED else (25, 15)
"""Of a statistical run: the interpreted floor is slow."""
SURE = 0.999


def desk(kinds=("call",), vendors=None, fallback="keep", types=None, health=None, **queue):
    """A center with one queue."""
    return Center(
        queues={"desk": Queue(**{"aht": 60.0, **queue})},
        contact_types=types or {name: ContactType(queue="desk") for name in kinds},
        vendors=vendors or {},
        fallback=fallback,
        health=health or HealthConfig(),
    )


vendor = partial(
    strategies.vendor, country="SE", contact_types=("call",), contract=Contract(price_per_contact=2.0)
)


def one_by_one(center, contacts, hours=2):
    """Contacts as (seconds from the start, type, handle, patience), in order."""
    kinds = list(center.contact_types)
    time, kind, handle, patience = zip(*contacts, strict=True)
    listed = Listed(
        time=START + np.array(time, dtype=float),
        stream=np.array([kinds.index(each) for each in kind]),
        handle=np.array(handle, dtype=float),
        patience=np.array(patience, dtype=float),
    )
    edges = START + np.arange(hours + 1) * HOUR
    streams = tuple(Stream(name, Contact(name), np.zeros(hours)) for name in kinds)
    return Arrivals(edges=edges, streams=streams, exact=True, listed=listed)


def steadily(center, rate, hours, kinds=None, exact=False):
    """So many contacts a second of every type."""
    edges = START + np.arange(hours + 1) * HOUR
    each = np.full(hours, rate * HOUR)
    names = kinds or list(center.contact_types)
    return Arrivals(edges=edges, streams=tuple(Stream(n, Contact(n), each) for n in names), exact=exact)


def run(center, come, agents=((0.0, 1),), policy=None, scenario=None, seed=1, replication=0, watch=None):
    steps = agents if isinstance(agents, dict) else {"desk": agents}
    schedule = Schedule(
        {name: tuple((START + at, count) for at, count in own) for name, own in steps.items()}
    )
    made = Floor(
        center,
        policy or NeverOverflow(),
        come,
        schedule,
        scenario or Scenario(),
        seed=seed,
        replication=replication,
        paths=True,
        watch=watch,
    )
    for _ in made.run():
        pass
    return made.result()


def by_number(result):
    """number -> (destination, wait, what became of it, seconds after the start at which it was over)."""
    paths, found = result.paths, {}
    for place in np.argsort(paths.attempt, kind="stable").tolist():
        outcome = "answered" if paths.answered[place] else "rejected" if paths.rejected[place] else "gone"
        found[int(paths.number[place])] = (
            int(paths.destination[place]),
            round(float(paths.wait[place]), 6),
            outcome,
            round(float(paths.ended[place]) - START, 6),
        )
    return found


def totals(result, *columns):
    return [float(result.tally[:, :, column].sum()) for column in columns]


def within(values, expected, confidence=SURE):
    """Whether independent figures have this mean: Student's t, at a fixed seed."""
    values = np.asarray(values, dtype=float)
    half = stats.t.ppf(0.5 + confidence / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - expected) <= half, (values.mean(), half, expected)
    assert half < (0.8 if INTERPRETED else 0.2) * expected  # else it would say nothing


# -- who is served when ------------------------------------------------------------------------------


def test_higher_priorities_are_served_first_and_equal_ones_as_they_came():
    center = desk(("low", "high"))
    come = one_by_one(
        center,
        [(0, "low", 100, 1e6), (1, "low", 10, 1e6), (2, "high", 10, 1e6), (3, "low", 10, 1e6),
         (4, "high", 10, 1e6), (105, "high", 10, 1e6)],
    )  # fmt: skip
    found = by_number(run(center, come, scenario=Scenario(priority={"low": 2, "high": 0})))
    # In hand until 100; then 2, 4 and the late 5, then 1 and 3.
    assert {number: wait for number, (_, wait, _, _) in found.items()} == {
        0: 0, 2: 98, 4: 106, 5: 15, 1: 129, 3: 137,
    }  # fmt: skip
    equal = by_number(run(center, come))
    assert [equal[number][1] for number in range(6)] == [0, 99, 108, 117, 126, 35]


def test_whoever_loses_patience_leaves_and_the_next_moves_up():
    center = desk()
    come = one_by_one(center, [(0, "call", 100, 1), (1, "call", 50, 20), (2, "call", 30, 1000)])
    result = run(center, come)
    assert by_number(result) == {
        0: (0, 0, "answered", 100), 1: (0, 20, "gone", 21), 2: (0, 98, "answered", 130)
    }  # fmt: skip
    assert totals(result, columns.ABANDONED, columns.WAIT_ABANDONED, columns.ABANDONED_WITHIN) == [1, 20, 1]
    assert totals(result, columns.ANSWERED, columns.WAIT_ANSWERED, columns.WITHIN) == [2, 98, 1]
    assert totals(result, columns.DELAYED, columns.HANDLED) == [2, 130]


def test_shifts_end_after_the_contact_in_hand_and_begin_with_the_line():
    center = desk()
    come = one_by_one(center, [(0, "call", 100, 1e6)] + [(at, "call", 10, 1e6) for at in (1, 2, 3)])
    agents = ((0.0, 1), (60.0, 0), (200.0, 3), (300.0, 0))
    result = run(center, come, agents)
    found = by_number(result)
    assert found[0] == (0, 0, "answered", 100)
    assert [found[number][1] for number in (1, 2, 3)] == [199, 198, 197]
    # The first agent is logged in until 100, when the contact in hand is done.
    assert result.staffed_seconds.sum() == 60 + 40 + 300
    assert result.busy_seconds.sum() == pytest.approx(130)


@settings(max_examples=25)
@given(
    shifts=st.lists(st.tuples(st.integers(1, 7000), st.integers(0, 4)), min_size=1, max_size=8),
    contacts=st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 3000)), min_size=1, max_size=12),
)
def test_whoever_works_beyond_the_shift_is_staffed_until_done(shifts, contacts):
    """Second by second: as many as the schedule says, or as have a contact in hand, if that is more."""
    center = desk()
    steps = ((0.0, 2), *sorted({float(at): count for at, count in shifts}.items()))
    come = one_by_one(center, [(at, "call", handle, 1e6) for at, handle in sorted(contacts)])
    result = run(center, come, steps)
    paths, second = result.paths, np.arange(2 * int(HOUR))
    begun, ended = paths.arrival + paths.wait - START, paths.ended - START
    busy = sum(
        ((second >= first) & (second < last)).astype(int)
        for first, last, answered in zip(begun, ended, paths.answered, strict=True)
        if answered
    )
    there = np.array([count for _, count in steps])[
        np.searchsorted([at for at, _ in steps], second, side="right") - 1
    ]
    staffed = np.maximum(there, busy).reshape(2, -1).sum(axis=1)
    np.testing.assert_allclose(result.staffed_seconds[:, 0], staffed, rtol=1e-9)
    np.testing.assert_allclose(
        result.busy_seconds[:, 0], np.broadcast_to(busy, second.shape).reshape(2, -1).sum(axis=1), atol=1e-6
    )
    assert (result.busy_seconds <= result.staffed_seconds).all()


def test_back_office_fills_idle_time_by_due_time():
    kinds = {
        "call": ContactType(queue="desk"),
        "slow": ContactType(queue="desk", due_within=7000.0),
        "fast": ContactType(queue="desk", due_within=6000.0),
    }
    center = desk(types=kinds)
    come = one_by_one(
        center,
        [(0, "call", 100, 1e6), (10, "slow", 200, 1), (20, "fast", 300, 1), (50, "call", 10, 1e6),
         (120, "call", 10, 1e6)],
    )  # fmt: skip
    result = run(center, come)
    found = by_number(result)
    assert [found[number][3] for number in (0, 3)] == [100, 110]
    assert found[2][3] == 410  # the earlier due one, right after the waiting call
    assert found[4] == (0, 290, "answered", 420)  # nobody is taken from work in hand
    assert found[1][3] == 620
    assert totals(result, columns.OFFERED, columns.ANSWERED, columns.WORKED_OFF, columns.WORKED_LATE) == [
        3,
        3,
        2,
        0,
    ]


def test_a_vendor_has_shipped_back_office_from_then_on():
    types = {"case": ContactType(queue="desk", sourcing="full", due_within=5000.0)}
    takes = vendor(contact_types=("case",), agents=1, turnaround=940.0)
    center = desk(types=types, vendors={"nord": takes})
    result = run(center, one_by_one(center, [(0, "case", 10, 1e6)]), ((0.0, 0),))
    assert result.paths.destination.tolist() == [1]
    assert (result.paths.first - START).tolist() == [0.0]
    assert (result.paths.arrival - START).tolist() == [4000.0]
    assert result.paths.wait.tolist() == [0.0]
    assert result.outcomes[:, 0, [columns.O_WITHIN, columns.O_WAITED]].sum(axis=0).tolist() == [1.0, 0.0]


def test_back_office_is_shipped_at_the_latest_moment():
    kinds = {"call": ContactType(queue="desk"), "mail": ContactType(queue="desk", due_within=3600.0)}
    center = desk(types=kinds, vendors={"nord": vendor(contact_types=("mail",), turnaround=600.0)})
    come = one_by_one(center, [(0, "mail", 50, 1), (30, "mail", 70, 1)])
    result = run(center, come, agents=((0.0, 0), (2960.0, 1)), policy=QueueLength(0))
    found = by_number(result)
    # The first must leave at 3600 - 600 - 60 = 2940; the second is still there when somebody comes at 2960.
    assert found == {0: (1, 0, "answered", 2990), 1: (0, 2930, "answered", 3030)}
    assert totals(result, columns.SHIPPED, columns.WORKED_OFF, columns.OFFERED, columns.SENT) == [1, 1, 0, 0]
    late = run(desk(types=kinds), come, agents=((0.0, 0), (5000.0, 1)))
    assert totals(late, columns.WORKED_OFF, columns.WORKED_LATE) == [2, 2]


def test_callbacks_wait_for_ever_and_come_after_live_contacts():
    center = desk(waiting_room=1, fallback="callback")
    come = one_by_one(
        center, [(0, "call", 100, 1), (1, "call", 10, 1e6), (2, "call", 10, 1), (105, "call", 10, 1e6)]
    )
    result = run(center, come)
    found = by_number(result)
    # The third is called back: it would have lost patience at once. The fourth, live, goes before it, and
    # finds room: who was promised a call does not stand in line.
    assert [found[number][1] for number in range(4)] == [0, 99, 118, 5]
    assert totals(result, columns.CALLED_BACK, columns.ANSWERED, columns.KEPT, columns.OFFERED) == [
        1,
        3,
        3,
        4,
    ]


@pytest.mark.parametrize("count_by", ["arrival", "end"])
def test_who_still_waits_at_the_end_is_lost_but_not_who_was_promised_a_call(count_by):
    center = desk(waiting_room=2, fallback="callback", patience=math.inf, accepts_when_closed=True)
    come = one_by_one(center, [(at, "call", 10, math.inf) for at in (0, 3500, 4000)])
    agents = ((0.0, 0), (4010.0, 0))
    # The last thing that happens is the arrival at 4000; nobody comes any more.
    result = run(center, come, agents, scenario=Scenario(count_by=count_by))
    assert totals(result, columns.OFFERED, columns.KEPT, columns.CALLED_BACK, columns.ABANDONED) == [
        3,
        2,
        1,
        2,
    ]
    assert result.tally[:, 0, columns.ABANDONED].tolist() == ([2, 0] if count_by == "arrival" else [0, 2])
    assert by_number(result) == {0: (0, 4000, "gone", 4000), 1: (0, 500, "gone", 4000)}
    at_once = run(center, one_by_one(center, [(0, "call", 10, math.inf)]), ((0.0, 0),))
    assert totals(at_once, columns.ABANDONED, columns.ABANDONED_WITHIN, columns.WAIT_ABANDONED) == [1, 1, 0]


def test_a_full_waiting_room_rejects_or_forces_contacts_out():
    come_of = [(at, "call", 100, 1e6) for at in (0, 1, 2, 3)]
    center = desk(waiting_room=1, fallback="reject")
    result = run(center, one_by_one(center, come_of))
    assert [found[2] for _, found in sorted(by_number(result).items())] == [
        "answered", "answered", "rejected", "rejected",
    ]  # fmt: skip
    assert totals(result, columns.REJECTED, columns.KEPT) == [2, 2]
    center = desk(waiting_room=1, vendors={"nord": vendor()})
    result = run(center, one_by_one(center, come_of))
    assert [found[0] for _, found in sorted(by_number(result).items())] == [0, 0, 1, 1]
    assert totals(result, columns.FORCED, columns.SENT, columns.REJECTED) == [2, 2, 0]


def test_a_contact_counts_where_it_arrives_or_where_it_ends():
    center = desk()
    come = one_by_one(center, [(3500, "call", 200, 1e6), (3590, "call", 10, 1e6), (3595, "call", 10, 50)])
    by_arrival = run(center, come).tally[:, 0]
    by_end = run(center, come, scenario=Scenario(count_by="end")).tally[:, 0]
    assert by_arrival[:, columns.OFFERED].tolist() == by_end[:, columns.OFFERED].tolist() == [3, 0]
    assert by_arrival[:, columns.ANSWERED].tolist() == [2, 0]
    assert by_end[:, columns.ANSWERED].tolist() == [1, 1]
    assert by_arrival[:, columns.ABANDONED].tolist() == [1, 0]
    assert by_end[:, columns.ABANDONED].tolist() == [0, 1]


def test_chats_share_their_agent():
    """One agent, two chats at once: beside another a chat gets on at 2/90 * 60/2 = 2/3 of its speed."""
    center = desk()
    come = one_by_one(
        center,
        [(0, "call", 60, 1e6), (30, "call", 60, 1e6), (31, "call", 60, 1e6), (76, "call", 60, 1e6)],
    )
    result = run(center, come, scenario=Scenario(chat={"desk": (60.0, 90.0)}))
    found = by_number(result)
    # 0: alone to 30, then 30 s at 2/3: 75. 1: 30 s done by 75, then beside 2 until 120. 2: alone from 165.
    assert [found[number][1] for number in range(4)] == [0, 0, 44, 44]
    assert math.isnan(result.paths.ended[0])
    # 2 has 30 s left at 120, beside 3 until 165; 3 has 30 s left then, alone until 195.
    assert result.busy_seconds.sum() == pytest.approx(75 + (120 - 30) + (165 - 75) + (195 - 120))


# -- exact figures -------------------------------------------------------------------------------------


def replications(center, rate, agents, scenario=None, policy=None, skip=0):
    """Totals by replication, the first hours left out."""
    found = []
    come = steadily(center, rate, HOURS + skip)
    for replication in range(REPLICATIONS):
        result = run(center, come, ((0.0, agents),), policy, scenario, seed=2, replication=replication)
        found.append((result, result.tally[skip:].sum(axis=(0, 1))))
    return found


def test_blocking_is_erlang_b():
    center = desk(waiting_room=0, fallback="reject", patience=math.inf)
    each = [tally for _, tally in replications(center, 5 / 60, 6)]
    blocking = QueueModel(6, 5 / 60, 60, waiting_room=0).blocking
    within([tally[columns.REJECTED] / tally[columns.OFFERED] for tally in each], blocking)


def test_waits_are_erlang_c():
    center = desk(patience=math.inf)
    model = QueueModel(6, 4.5 / 60, 60)
    each = [tally for _, tally in replications(center, 4.5 / 60, 6)]
    within([tally[columns.DELAYED] / tally[columns.OFFERED] for tally in each], model.wait_probability)
    within([tally[columns.WAIT_ANSWERED] / tally[columns.ANSWERED] for tally in each], model.asa)
    within([tally[columns.WITHIN] / tally[columns.OFFERED] for tally in each], model.service_level(20))


def test_abandonment_is_erlang_a():
    center = desk(patience=90.0)
    model = QueueModel(6, 6 / 60, 60, patience=90)
    found = replications(center, 6 / 60, 6)
    each = [tally for _, tally in found]
    within([tally[columns.ABANDONED] / tally[columns.OFFERED] for tally in each], model.abandonment)
    within([tally[columns.DELAYED] / tally[columns.OFFERED] for tally in each], model.wait_probability)
    within([tally[columns.WAIT_ANSWERED] / tally[columns.ANSWERED] for tally in each], model.asa)
    waits = [
        (tally[columns.WAIT_ANSWERED] + tally[columns.WAIT_ABANDONED]) / tally[columns.OFFERED]
        for tally in each
    ]
    within(waits, model.mean_wait)
    # Of all hours but the last, in whose end the last contacts are worked off.
    busy = [result.busy_seconds[:-1].sum() / result.staffed_seconds[:-1].sum() for result, _ in found]
    within(busy, model.occupancy)


def test_a_finite_vendor_team_is_erlang_a_too():
    kinds = {"call": ContactType(queue="desk", sourcing="full")}
    center = desk(types=kinds, vendors={"nord": vendor(agents=4)}, patience=60.0)
    model = QueueModel(4, 4 / 60, 60, patience=60)
    each = [tally for _, tally in replications(center, 4 / 60, 0)]
    assert all(tally[columns.SENT] == tally[columns.OFFERED] for tally in each)
    within([tally[columns.ABANDONED] / tally[columns.OFFERED] for tally in each], model.abandonment)
    within([tally[columns.WAIT_ANSWERED] / tally[columns.ANSWERED_OUT] for tally in each], model.asa)


def test_redials_add_up_to_the_fixed_point():
    center = desk(patience=60.0)
    scenario = Scenario(redial={"call": Redial(share=0.6, after=900.0)})
    found = replications(center, 6 / 60, 5, scenario=scenario, skip=3)
    total = total_arrival_rate(5, 6 / 60, 60, 60, 0.6)
    within([tally[columns.OFFERED] / (HOURS * HOUR) for _, tally in found], total)
    paths = found[0][0].paths
    assert (paths.attempt > 0).sum() == found[0][0].tally[:, :, columns.REDIALLED].sum()
    again = paths.attempt > 0
    assert (paths.arrival[again] > paths.first[again]).all()
    assert (paths.arrival[~again] == paths.first[~again]).all()


@pytest.mark.parametrize("says", ["scenario", "center"])
def test_chats_are_the_chat_model(says):
    ahts = (40.0, 60.0, 90.0)
    model = ChatModel(3, 3, 0.09, ahts, patience=80.0)
    if says == "scenario":
        center, scenario = desk(patience=80.0), Scenario(chat={"desk": ahts})
    else:
        center = desk(patience=80.0, aht=40.0, concurrency=3, slowdown=(1.5, 2.25))
        scenario = Scenario()
    each = [tally for _, tally in replications(center, 0.09, 3, scenario=scenario)]
    within([tally[columns.DELAYED] / tally[columns.OFFERED] for tally in each], model.wait_probability)
    within([tally[columns.ABANDONED] / tally[columns.OFFERED] for tally in each], model.abandonment)
    within([tally[columns.WAIT_ANSWERED] / tally[columns.ANSWERED] for tally in each], model.asa)


def test_the_overflow_has_the_moments_of_kosten():
    n, load = 5, 4.0
    center = desk(vendors={"nord": vendor()}, patience=math.inf)
    each = [
        result.overflow_moments(0) for result, _ in replications(center, load / 60, n, policy=QueueLength(0))
    ]
    blocking = float(QueueModel(n, load / 60, 60, waiting_room=0).blocking)
    mean = load * blocking
    variance = mean * (1 - mean + load / (n + 1 + mean - load))
    within([moments.mean for moments in each], mean)
    within([moments.variance for moments in each], variance)


# -- vendors --------------------------------------------------------------------------------------------


def outage(begin, end, name="nord", **said):
    return Outage(
        vendor=name,
        start=MONDAY + timedelta(seconds=begin),
        end=MONDAY + timedelta(seconds=end),
        **said,
    )


def test_what_a_vendor_fails_to_take_the_next_one_takes():
    both = {"nord": vendor(), "syd": vendor(contract=Contract(price_per_contact=3.0))}
    center = desk(vendors=both)
    come = one_by_one(center, [(0, "call", 1000, 1)] + [(at, "call", 10, 1e6) for at in (10, 110, 130)])
    scenario = Scenario(outages=(outage(100, 120),))
    result = run(center, come, policy=QueueLength(0), scenario=scenario)
    found = by_number(result)
    assert [found[number][0] for number in range(4)] == [0, 1, 2, 1]
    order = np.argsort(result.paths.number)
    assert result.paths.failed[order].tolist() == [0, 0, 1, 0]
    assert result.outcomes[:, :, columns.O_FAILED].sum(axis=0).tolist() == [1, 0]
    assert result.outcomes[:, :, columns.O_OFFERED].sum(axis=0).tolist() == [2, 1]
    assert totals(result, columns.FAILED, columns.SENT) == [1, 3]
    assert result.paths.expected_cost[order][1:].tolist() == [2.0, 3.0, 2.0]  # of where it went
    alone = desk(vendors={"nord": vendor()})
    kept = run(alone, come, policy=QueueLength(0), scenario=scenario)
    assert by_number(kept)[2][0] == 0
    assert totals(kept, columns.FAILED, columns.SENT, columns.KEPT) == [1, 2, 2]


@pytest.mark.parametrize(
    "outages",
    [
        (outage(100, 200), outage(200, 300)),
        (outage(200, 300), outage(100, 200)),
        (outage(100, 300), outage(150, 200, failing=0.0)),
        (outage(150, 200), outage(100, 300)),
    ],
)
def test_outages_of_a_vendor_may_touch_and_overlap(outages):
    center = desk(vendors={"nord": vendor()}, waiting_room=1000)
    come = one_by_one(center, [(at, "call", 1, 1e6) for at in range(50, 400, 100)])
    result = run(center, come, ((0.0, 0), (3000.0, 9)), QueueLength(0), Scenario(outages=outages))
    assert (result.paths.failed[np.argsort(result.paths.number)] > 0).tolist() == [False, True, True, False]


@pytest.mark.parametrize(("told", "failed"), [(None, 1), (50.0, 0)])
def test_an_outage_may_have_begun_before_the_run(told, failed):
    center = desk(vendors={"nord": vendor()}, waiting_room=1000)
    come = one_by_one(center, [(at, "call", 1, 1e6) for at in (50, 150)])
    scenario = Scenario(outages=(outage(-100, 100, told_after=told),))
    result = run(center, come, ((0.0, 0), (3000.0, 9)), QueueLength(0), scenario)
    assert [found[0] for _, found in sorted(by_number(result).items())] == [0, 1]
    assert totals(result, columns.FAILED) == [failed]


def test_an_outage_is_found_out_and_its_end_too():
    config = HealthConfig(most_ejected=1.0, panic_above=1.0)
    center = desk(vendors={"nord": vendor()}, health=config, waiting_room=1000)
    contacts = [(at, "call", 5, 1e6) for at in range(0, 7000, 10)]
    agents = ((0.0, 0), (7100.0, 400))
    scenario = Scenario(outages=(outage(1000, 3000),))
    result = run(center, one_by_one(center, contacts), agents, QueueLength(0), scenario)
    order = np.argsort(result.paths.number)
    arrival, failed = result.paths.arrival[order] - START, result.paths.failed[order] > 0
    sent = result.paths.destination[order] == 1
    # At least as many in a row as the threshold asks for; then only probes fail.
    enough = math.ceil(config.threshold / math.log(config.failing / config.acceptable))
    first = np.flatnonzero(failed)[:enough]
    assert (arrival[first] == 1000 + 10 * np.arange(enough)).all()
    assert enough <= failed.sum() < enough + 40
    assert not failed[arrival >= 3000].any()
    assert sent[arrival < 1000].all()
    assert sent[arrival > 5000].all()
    told = Scenario(outages=(outage(1000, 3000, told_after=35.0),))
    result = run(center, one_by_one(center, contacts), agents, QueueLength(0), told)
    order = np.argsort(result.paths.number)
    arrival, failed = result.paths.arrival[order] - START, result.paths.failed[order] > 0
    sent = result.paths.destination[order] == 1
    assert arrival[failed].tolist() == [1000, 1010, 1020, 1030]
    assert (sent == ((arrival < 1000) | (arrival >= 3035))).all()


def test_caps_bind_in_the_windows_of_the_vendors_own_clock():
    """Of Kolkata, whose hours begin at half past and whose days at 18:30 UTC."""
    caps = Contract(price_per_contact=1.0, cap_per_hour=7, cap_per_day=60, cap_per_period=100)
    center = desk(vendors={"nord": vendor(timezone="Asia/Kolkata", contract=caps)}, waiting_room=5)
    come = steadily(center, 1 / 120, 48)
    result = run(center, come, ((0.0, 0),), QueueLength(0))
    sent = result.paths.arrival[result.paths.destination == 1]
    hours = np.unique((sent + 1800) // HOUR, return_counts=True)[1]
    days = np.unique((sent + 5.5 * HOUR) // 86_400, return_counts=True)[1]
    assert hours.max() == 7
    assert (hours[:5] == 7).all()
    assert days.max() == 60
    assert len(sent) == 100
    assert totals(result, columns.SENT) == [100]


def test_what_is_owed_for_nothing_is_owed_for_every_period_of_the_run_and_of_the_term():
    terms = (PerContact(price=1.0), MinimumCommitment(amount=100.0))
    vendors = {
        "nord": vendor(contract=Contract(terms=terms)),
        "late": vendor(contract=Contract(terms=terms, start=datetime(2026, 12, 1).date())),
        "gone": vendor(contract=Contract(terms=terms, end=datetime(2026, 11, 22).date())),
        "going": vendor(contract=Contract(terms=terms, end=datetime(2026, 11, 24).date())),
        "shut": vendor(contract=Contract(terms=terms), hours=("mon-fri 08:00-18:00",)),
    }
    center = desk(vendors=vendors)
    november, december = (datetime(2026, month, 1, tzinfo=UTC).timestamp() for month in (11, 12))
    edges = np.array([START, december])
    nobody = Arrivals(edges=edges, streams=(Stream("call", Contact("call"), np.zeros(1)),))
    result = run(center, nobody)
    owed = {name: {at: bill.total for at, bill in bills.items()} for name, bills in result.invoices.items()}
    # The run is the last 8 of 30 days, the last 2 of 24 that a contract runs, the last 6 of 21 weekdays.
    assert owed == {
        "nord": {november: pytest.approx(100 * 8 / 30)},
        "late": {},
        "gone": {},
        "going": {november: pytest.approx(100 * 2 / 24)},
        "shut": {november: pytest.approx(100 * 6 / 21)},
    }
    assert result.shares["shut"] == {november: pytest.approx(6 / 21)}
    longer = Arrivals(
        edges=np.array([*edges, december + HOUR]), streams=(Stream("call", Contact("call"), np.zeros(2)),)
    )
    found = run(center, longer)
    assert found.invoices["late"].keys() == {december}
    assert found.invoices["late"][december].total == pytest.approx(100 / (31 * 24))
    assert found.invoices["shut"].keys() == {november}  # closed on that hour of December


def test_what_ends_after_the_run_belongs_to_its_last_period():
    contract = Contract(terms=(PerContact(price=1.0), MinimumCommitment(amount=100.0)))
    center = desk(vendors={"nord": vendor(contract=contract)})
    december = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    come = Arrivals(
        edges=np.array([START, december]),
        streams=(Stream("call", Contact("call"), np.zeros(1)),),
        exact=True,
        listed=Listed(
            time=december - np.array([900.0, 5.0]),
            stream=np.zeros(2, dtype=np.int64),
            handle=np.array([100.0, 100.0]),
            patience=np.array([1e6, 1e6]),
        ),
    )
    result = run(center, come, ((0.0, 0),), QueueLength(0))
    (invoice,) = result.invoices["nord"].values()
    assert [line.quantity for line in invoice.lines][:1] == [2.0]


@pytest.mark.thorough
def test_no_bill_of_a_long_run_is_forgotten():
    center = desk(vendors={"nord": vendor()})
    days = 30 * 366 // 12 + 1
    edges = START + np.arange(days + 1) * 86_400.0
    come = Arrivals(edges=edges, streams=(Stream("call", Contact("call"), np.ones(days)),), exact=True)
    result = run(center, come, ((0.0, 0),), QueueLength(0))
    bills = result.invoices["nord"]
    assert len(bills) > 24
    assert sum(bill.total for bill in bills.values()) == 2.0 * days == result.money.sum()


def test_a_vendor_is_not_sent_more_than_it_may_run_up_where_its_price_is_looked_at_on_the_way():
    tiers = tuple(
        Tier(above=20 * place, up_to=20 * place + 20 if place < 49 else None, price_per_contact=2.0)
        for place in range(50)
    )
    center = desk(vendors={"nord": vendor(contract=Contract(tiers=tiers), max_exposure=1000.0)})
    come = one_by_one(center, [(at, "call", 3, 1e6) for at in range(0, 7000, 5)])
    result = run(center, come, ((0.0, 0),), QueueLength(0))
    (invoice,) = result.invoices["nord"].values()
    assert invoice.total == 1000.0


def test_hours_that_nobody_tells_count_nothing():
    terms = (PerContact(price=1.0), PerHour(price=30.0, hours="paid"), TakeOrPay(price=1.0))
    center = desk(vendors={"nord": vendor(contract=Contract(terms=terms))})
    result = run(center, one_by_one(center, [(0, "call", 10, 1e6)]), ((0.0, 0),), QueueLength(0))
    (invoice,) = result.invoices["nord"].values()
    assert invoice.total == 1.0


def test_vendors_are_owed_what_their_contracts_say_of_what_they_did():
    """Over the end of a month: minutes in steps, free short contacts, a night factor, tiers, commitments."""
    start = datetime(2026, 11, 29, 18, tzinfo=UTC)
    hours = 40
    terms = Contract(
        terms=(
            PerMinute(price=0.5, step=30, minimum=45),
            VolumeTiers(
                mode="incremental",
                tiers=(
                    VolumeBand(above=0, up_to=5000, price=2.0),
                    VolumeBand(above=5000, price=1.0),
                ),
                measure=Measure(counts="handled", free_up_to=20.0),
            ),
            Multiplier(factor=1.25, hours=("daily 22:00-06:00",)),
        )
    )
    tiers = Contract(
        tiers=(
            Tier(above=0, up_to=5000, price_per_contact=2.0),
            Tier(above=5000, price_per_contact=1.0, price_per_minute=0.2),
        )
    )
    vendors = {
        "nord": vendor(timezone="Europe/Stockholm", contract=terms, expected_wait=20.0),
        "syd": vendor(timezone="America/New_York", contract=tiers, agents=3, contact_types=("mail",)),
    }
    types = {name: ContactType(queue="desk", sourcing="full") for name in ("call", "mail")}
    center = desk(types=types, vendors=vendors, patience=60.0)
    edges = start.timestamp() + np.arange(2 * hours + 1) * HOUR / 2
    streams = tuple(Stream(name, Contact(name), np.full(2 * hours, 8.0)) for name in types)
    come = Arrivals(edges=edges, streams=streams)
    result = run(center, come)
    paths = result.paths
    until = start.timestamp() + hours * HOUR
    for number, (name, config) in enumerate(vendors.items(), start=1):
        contacts = {}
        here = np.flatnonzero(paths.destination == number)
        for place in here[np.argsort(paths.ended[here])]:
            answered = bool(paths.answered[place])
            contact = BilledContact(
                handle=float(paths.handle[place]) if answered else 0.0,
                wait=float(paths.wait[place]),
                answered=answered,
                local=datetime.fromtimestamp(float(paths.arrival[place]), config.zone),
            )
            month = datetime.fromtimestamp(float(paths.ended[place]), config.zone).month
            contacts.setdefault(datetime(2026, month, 1, tzinfo=config.zone), []).append(contact)
        found = result.invoices[name]
        assert len(contacts) == 2
        assert found.keys() == {month.timestamp() for month in contacts}
        for month, done in contacts.items():
            begin = month.timestamp()
            end = (month + timedelta(days=31)).replace(day=1).timestamp()
            share = (min(end, until) - max(begin, start.timestamp())) / (end - begin)
            assert result.shares[name][begin] == pytest.approx(share)
            if config.contract.tiers:
                handled = [contact for contact in done if contact.answered]
                count, minutes = len(handled), sum(contact.handle for contact in handled) / 60
                cheap = max(count - 5000 * share, 0.0)
                amounts = [2.0 * (count - cheap), cheap, 0.2 * minutes * cheap / count]
            else:  # each of them as often as a whole month like this would bring it
                whole = config.contract.usage()
                for contact in done:
                    whole = whole.add(contact, 1.0 / share)
                amounts = [share * line.amount for line in config.contract.invoice(whole).lines]
            assert [line.amount for line in found[begin].lines if line.quantity] == pytest.approx(
                [amount for amount in amounts if amount], rel=1e-9
            )
            assert found[begin].total == pytest.approx(sum(amounts), rel=1e-9)
    owed = sum(bill.total for bills in result.invoices.values() for bill in bills.values())
    assert result.money.sum() == pytest.approx(owed, rel=1e-9)  # nothing is owed for nothing


# -- what the router is told -----------------------------------------------------------------------------


def test_a_run_is_over_when_nothing_happens_but_looks():
    center = desk()
    come = one_by_one(center, [(0, "call", 100, 1e6), (1, "call", 10, math.inf)])
    result = run(
        center, come, ((0.0, 1), (50.0, 0)), scenario=Scenario(feed=StateFeed(every=10.0, delay=2.0))
    )
    assert result.seconds == 100.0
    assert by_number(result)[1] == (0, 99, "gone", 100)


def test_a_noisy_feed_is_right_on_average_and_as_noisy_as_told():
    center = desk(patience=math.inf, waiting_room=10_000, stale_after=1e6, lost_after=1e6)
    come = one_by_one(
        center, [(1.0, "call", 60, 1e9)] * 400 + [(float(at), "call", 60, 1e9) for at in range(7, 7000, 10)]
    )
    scenario = Scenario(feed=StateFeed(every=10.0, delay=2.0, noise=0.2))
    seen = []

    def note(decision):
        if decision.at >= START + 17:
            told_at = decision.at - decision.age
            seen.append((decision.at - START, decision.state.waiting, told_at - START))

    run(center, come, ((0.0, 0),), scenario=scenario, watch=note)
    at, waiting, told_at = np.array(seen).T
    assert (told_at == at - 7).all()  # of 10 n + 7 the look at 10 n, told at 10 n + 2
    true = 400 + np.ceil((told_at - 7) / 10)
    ratio = waiting / true
    assert (waiting == np.rint(waiting)).all()
    assert stats.ttest_1samp(ratio, 1.0).pvalue > 0.001
    spread = ((ratio - 1) ** 2).sum() / 0.2**2
    # The difference of two uniform numbers has lighter tails than a normal one: on the safe side.
    assert stats.chi2.ppf(0.0005, len(ratio)) < spread < stats.chi2.ppf(0.9995, len(ratio))


# -- invariants --------------------------------------------------------------------------------------------


def same(first, second):
    """Bit by bit."""
    for name in ("tally", "busy_seconds", "staffed_seconds", "outcomes", "money", "overflow"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)
    for name in first.paths.__struct_fields__:
        np.testing.assert_array_equal(getattr(first.paths, name), getattr(second.paths, name), err_msg=name)
    assert first.invoices == second.invoices
    assert first.decided == second.decided


def busy_center():
    vendors = {
        "nord": vendor(
            capacity=4, expected_wait=10.0, contact_types=("call", "chat", "mail"), turnaround=60.0
        ),
        "syd": vendor(agents=2, contract=Contract(terms=(PerMinute(price=0.7, step=6),))),
    }
    return Center(
        queues={
            "desk": Queue(aht=120, patience=100, wait_cost_per_minute=1, abandonment_cost=4, waiting_room=30),
            "chats": Queue(aht=90, patience=60, wait_cost_per_minute=1, abandonment_cost=2),
        },
        contact_types={
            "call": ContactType(queue="desk"),
            "mail": ContactType(queue="desk", due_within=1800.0),
            "chat": ContactType(queue="chats"),
        },
        vendors=vendors,
    )


BUSY = Scenario(
    redial={"call": Redial(share=0.5, after=200.0)},
    chat={"chats": (60.0, 80.0, 110.0)},
    outages=(outage(1800, 3000, failing=0.5),),
    rate_window=600.0,
    rate_step=300.0,
)
BUSY_AGENTS = {"desk": ((0.0, 6), (3600.0, 4), (5000.0, 8)), "chats": ((0.0, 2), (4000.0, 1))}


def busy_run(policy=None, watch=None, scenario=BUSY, seed=3):
    center = busy_center()
    return run(
        center, steadily(center, 0.04, 3), BUSY_AGENTS, policy or MarginalCost(), scenario, seed, 0, watch
    )


def test_slices_and_watching_change_no_bit(monkeypatch):
    whole = busy_run()
    same(whole, busy_run(watch=lambda decision: None))
    advance = FloorArrays.advance

    def in_slices(self, until, tables, page):
        for at in np.arange(self.now, min(until, START + 3 * HOUR), 13.7).tolist():
            status = advance(self, at, tables, page)
            if status != codes.TIME_UP:
                return status
        return advance(self, until, tables, page)

    monkeypatch.setattr(FloorArrays, "advance", in_slices)
    same(whole, busy_run())


@pytest.mark.parametrize("room", [16, 4096])
def test_room_to_begin_with_changes_no_bit(monkeypatch, room):
    """More than a thousand contacts at once: slots, agenda and paths grow."""
    center = desk(("call", "mail"), patience=3000.0, waiting_room=10_000)
    scenario = Scenario(redial={"call": Redial(share=0.5, after=100.0)})
    agents = ((0.0, 0), (3000.0, 40), (9000.0, 100))
    come = steadily(center, 0.4, 2)
    first = run(center, come, agents, scenario=scenario)
    waiting = np.sort(first.paths.arrival[first.paths.arrival < START + 3000])
    assert len(waiting) > 1024
    monkeypatch.setattr(bporoute.simulation._engine._arrays, "FIRST_ROOM", room)
    monkeypatch.setattr(bporoute.simulation._engine._arrays, "PATHS_AT_ONCE", room)
    same(first, run(center, come, agents, scenario=scenario))


def test_every_policy_meets_the_same_contacts():
    come = {}
    for policy in (NeverOverflow(), QueueLength(0), ExpectedWait(20)):
        paths = busy_run(policy).paths
        first = paths.attempt == 0
        order = np.lexsort((paths.number[first], paths.stream[first]))
        come[policy] = [
            getattr(paths, name)[first][order].tolist() for name in ("stream", "number", "arrival", "first")
        ]
        assert come[policy] == come[NeverOverflow()]
    other = busy_run(seed=4).paths
    assert not set(other.arrival.tolist()) & set(come[NeverOverflow()][2])


@st.composite
def scenarios(draw):
    finite = draw(st.sampled_from([None, 1, 3]))
    contract = Contract(price_per_contact=1.0, cap_per_hour=draw(st.sampled_from([None, 0, 4])))
    nord = vendor(
        agents=finite,
        capacity=draw(st.sampled_from([None, 1, 5])),
        contract=contract,
        expected_wait=draw(st.sampled_from([0.0, 30.0])),
        contact_types=draw(st.sampled_from([("call",), ("call", "mail")])),
        hours=draw(st.sampled_from([(), ("daily 00:00-00:30",)])),
    )
    types = {"call": ContactType(queue="desk"), "mail": ContactType(queue="desk", due_within=600.0)}
    center = desk(
        types=types,
        vendors={"nord": nord},
        fallback=draw(st.sampled_from(["keep", "reject", "callback"])),
        waiting_room=draw(st.sampled_from([0, 2, 100])),
        patience=draw(st.sampled_from([30.0, math.inf])),
    )
    scenario = Scenario(
        redial={"call": Redial(share=draw(st.sampled_from([0.0, 0.7])), after=60.0)},
        chat=draw(st.sampled_from([{}, {"desk": (50.0, 70.0)}])),
        outages=draw(st.sampled_from([(), (outage(600, 1500, failing=0.6),)])),
        feed=draw(st.sampled_from([StateFeed(), StateFeed(every=30.0, delay=5.0, noise=0.3)])),
        rate=draw(st.sampled_from(["measured", "forecast"])),
        count_by=draw(st.sampled_from(["arrival", "end"])),
    )
    agents = draw(
        st.lists(
            st.tuples(st.sampled_from([0.0, 500.0, 2000.0]), st.integers(0, 4)), unique_by=lambda x: x[0]
        )
    )
    policy = draw(
        st.sampled_from([NeverOverflow(), QueueLength(0), QueueLength(2), MarginalCost(), ExpectedWait(10)])
    )
    return center, scenario, tuple(sorted(agents)), policy, draw(st.integers(1, 10**6))


@settings(max_examples=60)
@given(given_case=scenarios())
def test_nothing_is_lost(given_case):
    center, scenario, agents, policy, seed = given_case
    come = steadily(center, 0.03, 1)
    result = run(center, come, agents, policy, scenario, seed)
    (
        offered, kept, sent, rejected, called_back, answered, out, abandoned, off, shipped, again, failed
    ) = totals(
        result, columns.OFFERED, columns.KEPT, columns.SENT, columns.REJECTED, columns.CALLED_BACK,
        columns.ANSWERED, columns.ANSWERED_OUT, columns.ABANDONED, columns.WORKED_OFF, columns.SHIPPED,
        columns.REDIALLED, columns.FAILED,
    )  # fmt: skip
    assert offered == kept + sent + rejected + called_back
    paths = result.paths
    mails = paths.stream == 1
    calls = ~mails
    gone = ~paths.answered & ~paths.rejected
    assert paths.rejected.sum() == rejected
    assert (gone & calls).sum() == abandoned
    # Who is called back is served whenever somebody comes: not always here.
    in_the_end = calls.sum() - (offered - called_back)
    assert 0 <= in_the_end <= called_back
    assert answered + out + abandoned + rejected == offered - called_back
    assert (paths.answered & calls).sum() == answered + out + in_the_end
    assert (paths.destination[calls] > 0).sum() == sent
    assert (paths.attempt > 0).sum() == again
    done = result.outcomes.sum(axis=(0, 1))
    assert done[columns.O_OFFERED] == sent + shipped == done[columns.O_ANSWERED] + done[columns.O_ABANDONED]
    assert done[columns.O_FAILED] == failed
    assert (paths.destination[mails] > 0).sum() == shipped
    assert mails.sum() == off + shipped
    assert result.busy_seconds.min() >= 0
    assert (paths.wait >= 0).all()
    assert (result.tally >= 0).all()
    if agents and agents[-1][1]:
        assert in_the_end == called_back


def test_a_policy_is_told_how_the_day_has_gone():
    told = []

    def noting(situation):
        told.append(situation.served_so_far)
        return NeverOverflow()(situation)

    aim = ServiceLevel(probability=0.8, within=20)
    center = desk(targets=Targets(service_level=aim))
    # On the first day one of three is late, on the second the only one is in time.
    midnight = 24 * HOUR
    calls = [(0, "call", 60, 900), (10, "call", 60, 900), (4000, "call", 60, 900)]
    come = one_by_one(center, [*calls, (midnight + 10, "call", 60, 900)], hours=26)
    run(center, come, policy=noting, scenario=Scenario(rate_window=1800.0))
    scores = {(score.good, score.base) for score in told if score is not None}
    assert scores == {(1.0, 2.0), (2.0, 3.0), (1.0, 1.0)}
