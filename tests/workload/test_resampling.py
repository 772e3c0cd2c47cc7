"""Handle times that a log does not tell are drawn from those of alike calls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bporoute import Arrivals, Center, ContactType, NeverOverflow, Queue, Scenario, simulate
from bporoute.simulation._replay import prepare_replay
from bporoute.workload._call_log import Call
from bporoute.workload._resampling import seen_times
from bporoute.workload._schedule import Schedule

HOUR = 3600.0
CENTER = Center(
    queues={"desk": Queue(aht=500), "other": Queue(aht=500)},
    contact_types={
        "short": ContactType(queue="desk"),
        "long": ContactType(queue="desk"),
        "fax": ContactType(queue="other"),
    },
    timezone="Europe/Stockholm",
)


def calls_of(kind: str, hour: float, handles, gave_up: int = 0):
    known = [Call("", kind, hour * HOUR + n, handle=float(each)) for n, each in enumerate(handles)]
    return known + [Call("", kind, hour * HOUR + 900 + n, wait=5, abandoned=True) for n in range(gave_up)]


def drawn(calls, types=tuple(CENTER.contact_types), seed=1, replication=0):
    """(type, hour) of the calls that were given up -> the times drawn for them."""
    in_order = sorted(calls, key=lambda call: call.arrival)
    times = seen_times(in_order, CENTER, types).drawn(seed, replication)
    found: dict = {}
    for call, time in zip(in_order, times.tolist(), strict=True):
        if call.abandoned:
            found.setdefault((call.type, int(call.arrival // HOUR)), []).append(time)
    return found


def test_times_come_from_the_same_type_in_the_same_hour():
    calls = calls_of("short", 9, range(100, 130), 50) + calls_of("short", 10, range(200, 230), 50)
    calls += calls_of("long", 9, range(900, 930), 50)
    found = drawn(calls)
    assert set(found["short", 9]) <= set(range(100, 130))
    assert set(found["short", 10]) <= set(range(200, 230))
    assert set(found["long", 9]) <= set(range(900, 930))
    assert len(set(found["short", 9])) > 15


def test_the_hour_is_that_of_the_day_on_the_center_s_clocks():
    """The same hour of another day counts as the same; 23:30 UTC is half past midnight in Stockholm."""
    calls = calls_of("short", 9, range(100, 115), 20) + calls_of("short", 33, range(115, 130))
    calls += calls_of("short", 12, range(500, 560))
    assert set(drawn(calls)["short", 9]) <= set(range(100, 130))
    night = calls_of("short", 23.5, range(100, 130)) + calls_of("short", 24.9 + 24, range(300, 330))
    night += calls_of("short", 24.2 - 0.5, [], 20)
    assert set(drawn(night)["short", 23]) <= set(range(100, 130))


def test_few_of_the_hour_fall_back_to_the_type_and_these_to_the_queue():
    calls = calls_of("short", 9, range(100, 119), 30) + calls_of("short", 15, range(200, 219))
    assert max(drawn(calls)["short", 9]) >= 200
    calls = calls_of("short", 9, range(100, 119)) + calls_of("long", 9, range(900, 919), 30)
    assert {time < 200 for time in drawn(calls)["long", 9]} == {True, False}
    assert all(math.isnan(time) for time in drawn(calls + calls_of("fax", 9, [50.0], 5))["fax", 9])


def test_types_that_are_assumed_and_times_that_are_known_are_not_drawn():
    calls = sorted(calls_of("short", 9, range(100, 130), 10), key=lambda call: call.arrival)
    assert np.isnan(seen_times(calls, CENTER, ["long"]).drawn(1, 0)).all()
    seen = seen_times(calls, CENTER, ["short"]).drawn(1, 0)
    assert [math.isnan(time) for time in seen.tolist()] == [not math.isnan(call.handle) for call in calls]


def test_every_time_seen_is_as_likely_and_chance_is_that_of_seed_and_replication():
    calls = calls_of("short", 9, range(20), 20_000)
    times = drawn(calls)["short", 9]
    counts = np.bincount(np.array(times, dtype=int), minlength=20)
    assert stats.chisquare(counts).pvalue > 1e-3
    assert times == drawn(calls)["short", 9]
    assert times != drawn(calls, seed=2)["short", 9]
    assert times != drawn(calls, replication=1)["short", 9]


def test_a_simulation_of_a_log_meets_them():
    """Known times as they are, unknown ones drawn anew in every replication; assumed ones by their law."""
    known = calls_of("short", 9, [40.0, 60.0] * 15, 30)
    schedule = Schedule({"desk": ((0.0, 100),), "other": ((0.0, 0),)})
    replay = prepare_replay(CENTER, tuple(known), schedule)
    assert replay.run(NeverOverflow()).asa().value == 0.0
    both = simulate(
        CENTER,
        replay.arrivals,
        NeverOverflow(),
        schedule=schedule,
        scenario=replay.scenario,
        replications=2,
        paths=True,
    )
    first, second = (run.paths.handle[np.argsort(run.paths.number)].tolist() for run in both.policies[0].runs)
    assert set(first) == set(second) == {40.0, 60.0}
    assert first[:30] == second[:30] == [40.0, 60.0] * 15
    assert first[30:] != second[30:]
    assumed = prepare_replay(CENTER, tuple(known), schedule, scenario=Scenario(handle={"short": 7.0}))
    assert assumed.scenario.handle == {"short": 7.0}
    handle = assumed.arrivals.listed.handles(1, 0)
    assert handle[:30].tolist() == [40.0, 60.0] * 15
    assert np.isnan(handle[30:]).all()


@pytest.mark.parametrize("gave_up", [0, 3])
def test_a_log_that_tells_nothing_leaves_all_to_the_queue(gave_up):
    calls = (Call("", "fax", 5.0), *calls_of("fax", 9, [], gave_up))
    replay = prepare_replay(CENTER, calls, Schedule({"desk": (), "other": ()}))
    for arrivals in (Arrivals.of_log(calls, CENTER), replay.arrivals):
        assert np.isnan(arrivals.listed.handles(1, 0)).all()
