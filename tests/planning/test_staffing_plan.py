"""Plans: the fewest agents that meet the targets, what they give, and totals that add up."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bporoute.center._log_format import LogFormat
from bporoute.center._targets import Abandonment, Asa, Blocking, Occupancy, ServiceLevel
from bporoute.cli.reports._staffing import encoded
from bporoute.errors import InputError
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._staffing_plan import (
    as_document,
    interval_rows,
    staffing_plan,
    totals,
)
from bporoute.queueing._required_agents import required_agents
from bporoute.workload._schedule import read_schedule
from bporoute.workload._volumes import ONLY_QUEUE, Volumes, read_volumes

USUAL = ServiceLevel(probability=0.8, within=20)
MONDAY = datetime(2026, 11, 23)


def volumes_of(rows, minutes=30.0):
    """Volumes from (hours after Monday's midnight, queue, volume, aht)."""
    hours, queues, volume, aht = zip(*rows, strict=True)
    return Volumes(
        starts=tuple(MONDAY + timedelta(hours=hour) for hour in hours),
        queues=queues,
        volume=np.array(volume, dtype=float),
        aht=np.array(aht, dtype=float),
        seconds=np.full(len(rows), minutes * 60.0),
    )


WEEK = volumes_of(
    [
        (9, "sales", 100, 180),
        (9.5, "sales", 120, 180),
        (9, "service", 300, 240),
        (9.5, "service", 0, math.nan),
        (33, "sales", 50, 200.5),
        (33.5, "sales", 50, 200.5),
    ]
)


def naive_erlang_c(agents, load):
    """Share that waits, from the sums of the textbook in exact fractions."""
    load = Fraction(load)
    terms = [load**n / math.factorial(n) for n in range(agents + 1)]
    waiting = terms[-1] * agents / (agents - load)
    return waiting / (sum(terms[:-1]) + waiting)


def naive_service(agents, rate, aht, within):
    """Service level, occupancy and mean wait of a queue without abandonment."""
    load = rate * aht
    waits = float(naive_erlang_c(agents, load))
    spare = (agents - load) / aht
    return 1 - waits * math.exp(-spare * within), load / agents, waits / spare


def test_every_interval_against_the_textbook():
    plan = staffing_plan(WEEK, Assumptions((USUAL,)))
    for place, (volume, aht) in enumerate(zip(WEEK.volume, WEEK.aht, strict=True)):
        if volume == 0:
            continue
        agents = int(plan.required[place])
        rate = plan.load[place] / aht  # with what the interval before has left
        assert rate == pytest.approx(volume / 1800, rel=0.02)
        level, occupancy, wait = naive_service(agents, rate, aht, 20)
        assert plan.service_level[place] == pytest.approx(level, rel=1e-9)
        assert plan.occupancy[place] == pytest.approx(occupancy, rel=1e-9)
        assert plan.asa[place] == pytest.approx(wait, rel=1e-9)
        assert level >= 0.8
        fewer = agents - 1
        assert fewer <= plan.load[place] or naive_service(fewer, 1.02 * rate, aht, 20)[0] < 0.8
    assert plan.abandonment[WEEK.volume > 0].tolist() == [0.0] * 5


def test_an_interval_without_contacts_needs_nobody_and_has_no_service():
    plan = staffing_plan(WEEK, Assumptions((USUAL,), patience=180, shrinkage=0.3))
    assert plan.required[3] == plan.scheduled[3] == 0
    assert plan.load[3] == 0.0
    assert all(
        math.isnan(values[3])
        for values in (plan.service_level, plan.occupancy, plan.asa, plan.abandonment, plan.blocking)
    )
    row = interval_rows(plan)[3]
    assert row["aht"] is row["service_level"] is row["occupancy"] is row["asa"] is row["abandonment"] is None


def test_nobody_comes_at_all():
    plan = staffing_plan(volumes_of([(9, "sales", 0, math.nan)]), Assumptions((USUAL,)))
    assert plan.required.tolist() == [0]
    (total,) = totals(plan, by_day=True)
    assert math.isnan(total.service_level)
    assert math.isnan(total.occupancy)
    assert as_document(plan)["totals"][0]["service_level"] is None


@pytest.mark.parametrize("shrinkage", [0.0, 0.1, 0.25, 0.3, 0.35, 0.999])
def test_scheduled_is_required_over_what_is_left_rounded_up(shrinkage):
    plan = staffing_plan(WEEK, Assumptions((USUAL,), shrinkage=shrinkage))
    left = 1 - Fraction(str(shrinkage))
    assert plan.scheduled.tolist() == [math.ceil(required / left) for required in plan.required.tolist()]
    busy = WEEK.volume > 0
    rate = WEEK.volume[busy] / WEEK.seconds[busy]
    told = required_agents(rate, WEEK.aht[busy], USUAL, shrinkage=shrinkage)
    assert plan.scheduled[busy].tolist() == told.tolist()


def test_impatience_and_a_small_waiting_room_are_handed_on():
    endless = staffing_plan(WEEK, Assumptions((USUAL,)))
    impatient = staffing_plan(WEEK, Assumptions((USUAL,), patience=60))
    busy = WEEK.volume > 0
    assert (impatient.required[busy] < endless.required[busy]).any()
    assert (impatient.abandonment[busy] > 0).all()
    room = staffing_plan(WEEK, Assumptions((Blocking(probability=0.01),), waiting_room=2))
    assert (room.blocking[busy] > 0).all()
    assert (room.blocking[busy] <= 0.01).all()


def test_who_is_turned_away_counts_as_lost():
    """Callers who never give up are lost where the room is full; without patience at once."""
    aim = Abandonment(probability=0.01)
    busy = WEEK.volume > 0
    patient = staffing_plan(WEEK, Assumptions((aim,), waiting_room=0))
    assert (patient.required == staffing_plan(WEEK, Assumptions((aim,), patience=0)).required).all()
    some = staffing_plan(WEEK, Assumptions((aim,), patience=60, waiting_room=2))
    assert (some.blocking[busy] > 0).all()
    assert (some.blocking[busy] + some.abandonment[busy] <= 0.01).all()


def test_all_targets_hold_at_once():
    aims = (USUAL, Asa(seconds=5), Occupancy(probability=0.85), Abandonment(probability=0.02))
    together = staffing_plan(WEEK, Assumptions(aims, patience=180))
    alone = [staffing_plan(WEEK, Assumptions((aim,), patience=180)).required for aim in aims]
    assert together.required.tolist() == np.max(alone, axis=0).tolist()


def test_the_service_level_that_is_reported():
    strict = ServiceLevel(probability=0.9, within=10, counting="answered")
    assert Assumptions((Asa(seconds=30), strict)).service_level is strict
    assert Assumptions((Asa(seconds=30),)).service_level == USUAL


def test_totals_by_day_add_up():
    plan = staffing_plan(WEEK, Assumptions((USUAL,), shrinkage=0.3))
    monday, service, tuesday = totals(plan, by_day=True)
    assert [(total.queue, total.day) for total in (monday, service, tuesday)] == [
        ("sales", date(2026, 11, 23)),
        ("service", date(2026, 11, 23)),
        ("sales", date(2026, 11, 24)),
    ]
    assert monday.volume == 220
    assert monday.required_hours == (plan.required[0] + plan.required[1]) / 2
    assert monday.scheduled_hours == (plan.scheduled[0] + plan.scheduled[1]) / 2
    level = (100 * plan.service_level[0] + 120 * plan.service_level[1]) / 220
    assert monday.service_level == pytest.approx(level)
    assert monday.occupancy == pytest.approx((plan.load[0] + plan.load[1]) / 2 / monday.required_hours)
    assert monday.peak == MONDAY + timedelta(hours=9.5)
    assert (monday.peak_required, monday.peak_scheduled) == (plan.required[1], plan.scheduled[1])
    assert service.service_level == plan.service_level[2]
    assert tuesday.peak == MONDAY + timedelta(hours=33)  # the first of equals


def test_totals_over_all_days_are_those_of_the_days():
    plan = staffing_plan(WEEK, Assumptions((USUAL,), shrinkage=0.3))
    sales, service = totals(plan, by_day=False)
    by_day = [total for total in totals(plan, by_day=True) if total.queue == "sales"]
    assert sales.day is None
    assert sales.volume == sum(total.volume for total in by_day)
    assert sales.required_hours == sum(total.required_hours for total in by_day)
    assert service.queue == "service"


def test_rows_have_the_columns_of_the_file_first():
    rows = interval_rows(staffing_plan(WEEK, Assumptions((USUAL,), patience=180, shrinkage=0.3)))
    assert list(rows[0]) == [
        "date", "interval", "queue", "volume", "aht", "load", "required", "scheduled",
        "service_level", "occupancy", "asa", "abandonment", "blocking", "minutes",
    ]  # fmt: skip
    assert list(rows[0].values())[:6] == ["2026-11-23", "09:00", "sales", 100.0, 180.0, 10.0]


@pytest.mark.parametrize(
    ("arguments", "where", "expected"),
    [
        ({"patience": -1.0}, "--patience", "of at least 0"),
        ({"patience": math.nan}, "--patience", "of at least 0"),
        ({"shrinkage": 1.0}, "--shrinkage", "below 1"),
        ({"shrinkage": -0.1}, "--shrinkage", "of at least 0"),
        ({"waiting_room": -1}, "--waiting-room", "of at least 0"),
        (
            {"targets": (Abandonment(probability=0.05),)},
            "--target at most 5 % abandoned",
            "--patience SECONDS",
        ),
        ({"targets": (Blocking(probability=0.01),)}, "--target", "--waiting-room PLACES"),
    ],
)
def test_assumptions_out_of_range_are_refused(arguments, where, expected):
    with pytest.raises(InputError) as caught:
        Assumptions(**{"targets": (USUAL,), **arguments})
    assert caught.value.where.startswith(where)
    assert expected in caught.value.expected


@given(
    volume=st.lists(st.floats(0, 500), min_size=1, max_size=5),
    aht=st.floats(30, 600),
    shrinkage=st.floats(0, 0.9),
)
@example(volume=[5e-324], aht=30.0, shrinkage=0.0)
def test_more_contacts_never_need_fewer_agents(volume, aht, shrinkage):
    rows = [(place, "sales", contacts, aht) for place, contacts in enumerate(sorted(volume))]
    plan = staffing_plan(volumes_of(rows), Assumptions((USUAL,), shrinkage=shrinkage))
    assert (np.diff(plan.required) >= 0).all()
    assert (plan.scheduled >= plan.required).all()
    assert (plan.required >= plan.load).all()


@pytest.mark.parametrize("queue", ["sales", ONLY_QUEUE])
def test_a_plan_is_a_schedule_of_those_that_it_requires(tmp_path, queue):
    """Who is paid and away for a third of the time serves nobody then."""
    volumes = volumes_of([(9 + half / 2, queue, 20.0 + 10 * half, 180.0) for half in range(8)])
    plan = staffing_plan(volumes, Assumptions((USUAL,), patience=180.0, shrinkage=1 / 3))
    path = tmp_path / "plan.csv"
    path.write_bytes(encoded(plan, ".csv"))
    schedule = read_schedule(path, LogFormat(), "Europe/Berlin", ("sales",))
    zone = ZoneInfo("Europe/Berlin")
    starts = [start.replace(tzinfo=zone).timestamp() for start in volumes.starts]
    assert [schedule.agents_at("sales", start) for start in starts] == plan.required.tolist()
    assert schedule.agents_at("sales", starts[-1] + 1800.0) == schedule.agents_at("sales", starts[0] - 1) == 0
    paid = LogFormat(agents_columns={"agents": "scheduled"})
    schedule = read_schedule(path, paid, "Europe/Berlin", ("sales",))
    assert [schedule.agents_at("sales", start) for start in starts] == plan.scheduled.tolist()


def test_a_plan_tells_how_long_its_intervals_are(tmp_path):
    """Half hours in the morning and hours from noon on stay that, as volumes and as agents."""
    morning = volumes_of([(9, "sales", 30.0, 180.0), (9.5, "sales", 40.0, 180.0), (10, "sales", 90.0, 180.0)])
    volumes = msgspec.structs.replace(morning, seconds=np.array([1800.0, 1800.0, 3600.0]))
    plan = staffing_plan(volumes, Assumptions((USUAL,), patience=180.0))
    path = tmp_path / "plan.csv"
    path.write_bytes(encoded(plan, ".csv"))
    assert read_volumes(path).seconds.tolist() == [1800.0, 1800.0, 3600.0]
    schedule = read_schedule(path, LogFormat(), "UTC", ("sales",))
    begin = volumes.starts[2].replace(tzinfo=ZoneInfo("UTC")).timestamp()
    agents = [schedule.agents_at("sales", begin + passed) for passed in (0.0, 3599.0, 3600.0)]
    assert agents == [plan.required[2], plan.required[2], 0]
