"""What given agents yield: against the simulation, pieces put together by hand, and sums that add up."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from bporoute import Center, ContactType, InputError, Queue
from bporoute.center._targets import Abandonment, Blocking, ServiceLevel
from bporoute.cli.reports._given import given_notes
from bporoute.planning import Assumptions, given_agents, staffing_plan
from bporoute.planning._given_agents import DRAWS
from bporoute.policies import NeverOverflow
from bporoute.queueing._changing_queue import changing_queue, level
from bporoute.simulation import simulate
from bporoute.workload import Arrivals, Schedule, Volumes, daily_schedule

USUAL = ServiceLevel(probability=0.8, within=20)
MONDAY = datetime(2026, 11, 23)
ZONE = ZoneInfo("Europe/Berlin")
ASSUMED = Assumptions((USUAL,), patience=300.0)


def volumes_of(counts, queue="sales", first=MONDAY + timedelta(hours=9), **more):
    size = len(counts)
    return Volumes(
        starts=tuple(first + timedelta(minutes=30 * place) for place in range(size)),
        queues=(queue,) * size,
        volume=np.array(counts, float),
        aht=np.full(size, 200.0),
        seconds=np.full(size, 1800.0),
        **more,
    )


def schedule_of(agents, queue="sales", first=MONDAY + timedelta(hours=9), minutes=30):
    start = first.replace(tzinfo=ZONE).timestamp()
    steps = [(start + 60.0 * minutes * place, number) for place, number in enumerate([*agents, 0])]
    return Schedule({queue: tuple(steps)})


COUNTS = [40, 60, 90, 95, 90, 60, 40, 30]
AGENTS = [6, 8, 8, 8, 9, 11, 7, 5]
"""In three intervals fewer than the load."""


def found_of(counts=COUNTS, agents=AGENTS, assumed=ASSUMED, **more):
    return given_agents(staffing_plan(volumes_of(counts, **more), assumed), schedule_of(agents), ZONE)


@pytest.mark.slow
def test_it_is_what_the_simulation_gives_in_the_mean():
    """Poisson arrivals, exponential times; agents come, and leave when they are done."""
    queue = Queue(aht=200.0, patience=300.0, waiting_room=1000)
    center = Center(
        queues={"sales": queue}, contact_types={"sales": ContactType(queue="sales")}, timezone="Europe/Berlin"
    )
    volumes = volumes_of(COUNTS)
    arrivals = Arrivals.of_forecast(volumes, center, gaps_closed=True, day_cv=0.0, interval_cv=0.0)
    runs = 400
    schedule = schedule_of(AGENTS)
    done = simulate(center, arrivals, [NeverOverflow()], replications=runs, seed=3, schedule=schedule)
    (policy,) = done.policies
    names = ("offered", "answered", "abandoned", "answered_within", "wait_answered_s")
    rows = np.array(
        [
            [[row[name] for name in names] for row in done_rows(policy.interval_rows(number))]
            for number in range(runs)
        ]
    )
    offered, answered, abandoned, in_time, waited = rows.sum(axis=0).T
    found = found_of()
    assert offered / runs == pytest.approx(COUNTS, rel=0.03)
    assert found.service_level == pytest.approx(in_time / offered, abs=0.02)
    assert found.abandonment == pytest.approx(abandoned / offered, abs=0.015)
    assert found.asa == pytest.approx(waited / answered, rel=0.06, abs=1.0)


def done_rows(rows):
    first = (MONDAY + timedelta(hours=9)).replace(tzinfo=ZONE)
    ours = [row for row in rows if datetime.fromisoformat(row["interval_start"]) >= first]
    return ours[: len(COUNTS)]


def test_it_is_its_pieces():
    """Agents that change within an interval, a night between, someone who stays on after the last one."""
    first = volumes_of([40, 60])
    second = volumes_of([30, 50], first=MONDAY + timedelta(days=1, hours=9))
    both = Volumes(
        first.starts + second.starts,
        ("sales",) * 4,
        np.concatenate([first.volume, second.volume]),
        np.full(4, 200.0),
        np.full(4, 1800.0),
    )
    nine = first.starts[0].replace(tzinfo=ZONE).timestamp()
    day = 86_400.0
    steps = (
        (nine, 4),
        (nine + 900, 8),
        (nine + 3600, 2),
        (nine + 4000, 0),
        (nine + day, 3),
        (nine + day + 3600, 1),
    )
    found = given_agents(staffing_plan(both, ASSUMED), Schedule({"sales": steps}), ZONE)
    assert found.agents.tolist() == [6.0, 8.0, 3.0, 3.0]
    rates = np.array([40, 40, 60, 0, 0, 30, 50, 0]) / 1800.0
    seconds = np.array([900, 900, 1800, 400, day - 4000, 1800, 1800, day])
    pieces = changing_queue([4, 8, 8, 2, 0, 3, 3, 1], rates, 200.0, seconds, 300.0)
    some = [slice(0, 2), slice(2, 3), slice(5, 6), slice(6, 7)]
    in_time = [pieces.answered_in_time[part].sum() / pieces.offered[part].sum() for part in some]
    assert found.service_level == pytest.approx(in_time, rel=1e-5)
    assert found.occupancy[0] == pytest.approx(pieces.busy[:2].sum() / (6 * 1800.0), rel=1e-5)
    assert found.waiting == pytest.approx(pieces.waiting[[1, 2, 5, 6]], rel=1e-5)
    assert np.isnan(found.low).all()
    assert level(pieces, "offered")[2] == pytest.approx(found.service_level[1])


def test_days_and_wholes_are_the_sums_of_their_intervals():
    found = found_of()
    (day,), (whole,) = found.days, found.wholes
    assert (day.day, whole.day) == (date(2026, 11, 23), None)
    net = np.array(AGENTS) - found.plan.required
    assert found.net.tolist() == net.tolist()
    assert day.short_hours == -net[net < 0].sum() / 2
    assert day.over_hours == net[net > 0].sum() / 2
    assert day.hours == sum(AGENTS) / 2
    assert day.required_hours == found.plan.required.sum() / 2
    expected = (found.service_level * COUNTS).sum() / sum(COUNTS)
    assert day.service.service_level == pytest.approx(expected)
    assert day.service.abandonment == pytest.approx((found.abandonment * COUNTS).sum() / sum(COUNTS))
    assert day.service.occupancy == pytest.approx((found.occupancy * AGENTS).sum() / sum(AGENTS))
    assert day.met == 0.0
    assert msgspec.structs.asdict(whole) | {"day": None} == pytest.approx(
        msgspec.structs.asdict(day) | {"day": None}, nan_ok=True
    )


@pytest.mark.compiled
def test_an_uncertain_forecast_gives_a_band_that_holds_four_of_five_days():
    scattered = {"day_cv": np.full(8, 0.12), "interval_cv": np.full(8, 0.06)}
    agents = [8, 10, 13, 13, 13, 10, 8, 6]
    found, certain = found_of(agents=agents, **scattered), found_of(agents=agents)
    assert found.service_level.tolist() == certain.service_level.tolist()
    assert (found.low < certain.service_level).all()
    assert (found.high > certain.service_level).all()
    (day,) = found.days
    assert day.low < day.service.service_level < day.high
    assert 0.0 < day.met < 1.0
    chance = np.random.default_rng(9)
    levels = []
    for _ in range(300):
        factors = chance.gamma(1 / 0.12**2, 0.12**2) * chance.gamma(1 / 0.06**2, 0.06**2, 8)
        run = changing_queue(agents, np.array(COUNTS) / 1800.0 * factors, 200.0, 1800.0, 300.0)
        levels.append(run.answered_in_time.sum() / run.offered.sum())
    inside = np.mean([day.low <= each <= day.high for each in levels])
    assert 0.7 <= inside <= 0.92
    assert np.mean(np.array(levels) >= 0.8) == pytest.approx(day.met, abs=0.15)
    told = []
    given_agents(found.plan, schedule_of(agents), ZONE, progress=told.append)
    assert len(told) == DRAWS


@pytest.mark.compiled
def test_all_days_together_tell_of_single_days():
    """Ten alike days: the level of one of them scatters as before, that of their sum would hardly."""
    first = {"day_cv": np.full(8, 0.12), "interval_cv": np.full(8, 0.06)}
    days = [volumes_of(COUNTS, first=MONDAY + timedelta(days=day, hours=9)) for day in range(10)]
    volumes = Volumes(
        starts=tuple(start for day in days for start in day.starts),
        queues=("sales",) * 80,
        volume=np.tile(np.array(COUNTS, float), 10),
        aht=np.full(80, 200.0),
        seconds=np.full(80, 1800.0),
        **{name: np.tile(values, 10) for name, values in first.items()},
    )
    agents = [8, 10, 13, 13, 13, 10, 8, 6]
    steps = tuple(step for day in days for step in schedule_of(agents, first=day.starts[0]).steps("sales"))
    found = given_agents(staffing_plan(volumes, ASSUMED), Schedule({"sales": steps}), ZONE)
    (whole,), mean = found.wholes, found_of(agents=agents, **first).days[0]
    assert whole.met == pytest.approx(np.mean([day.met for day in found.days]))
    assert 0.0 < whole.met < 1.0
    assert (whole.low, whole.high) == pytest.approx((mean.low, mean.high), abs=0.03)
    certain = given_agents(
        staffing_plan(msgspec.structs.replace(volumes, day_cv=None, interval_cv=None), ASSUMED),
        Schedule({"sales": steps[:-9]}),  # nobody is there on the last day
        ZONE,
    )
    assert certain.wholes[0].met == pytest.approx(0.9)


def test_a_queue_without_contacts_hides_no_band_of_the_others():
    one = volumes_of(COUNTS, day_cv=np.full(8, 0.12), interval_cv=np.full(8, 0.06))
    idle = volumes_of([0] * 8, queue="idle", day_cv=np.full(8, 0.12), interval_cv=np.full(8, 0.06))
    both = Volumes(
        **{
            name: idle_part + part if isinstance(part, tuple) else np.concatenate([idle_part, part])
            for name in ("starts", "queues", "volume", "aht", "seconds", "day_cv", "interval_cv")
            for idle_part, part in [(getattr(idle, name), getattr(one, name))]
        }
    )
    there = Schedule({"idle": ((0.0, 0),), "sales": schedule_of(AGENTS).steps("sales")})
    found = given_agents(staffing_plan(both, ASSUMED), there, ZONE)
    assert math.isnan(found.wholes[0].low)
    assert found.wholes[1].low < found.wholes[1].high
    assert any(note.startswith("From, to") for note in given_notes(found))


def test_a_schedule_without_a_queue_of_the_volumes_is_refused():
    with pytest.raises(InputError, match="schedule: found nothing of the queue 'sales'"):
        given_agents(staffing_plan(volumes_of(COUNTS), ASSUMED), Schedule({"mail": ((0.0, 1),)}), ZONE)


def test_agents_as_required_meet_the_target_over_the_day():
    plan = staffing_plan(volumes_of(COUNTS), ASSUMED)
    found = given_agents(plan, schedule_of(plan.required.tolist()), ZONE)
    assert (found.net == 0).all()
    assert found.days[0].service.service_level >= 0.8
    assert found.days[0].met == 1.0


def test_targets_of_each_queue_and_nobody_there():
    volumes = volumes_of([30, 30], queue="chat")
    own = Assumptions(
        (Abandonment(probability=0.1), Blocking(probability=0.05)),
        patience=60.0,
        waiting_room=1,
        at_once=(1.0, 1.4),
    )
    plan = staffing_plan(volumes, msgspec.structs.replace(ASSUMED, queues={"chat": own}))
    enough = given_agents(plan, schedule_of((plan.required + 1).tolist(), queue="chat"), ZONE)
    assert enough.days[0].met == 1.0
    nobody = given_agents(plan, schedule_of([0, 0], queue="chat"), ZONE)
    assert nobody.days[0].met == 0.0
    assert nobody.days[0].service.abandonment == pytest.approx(1.0, abs=0.01)
    assert math.isnan(nobody.days[0].service.asa)
    assert np.isnan(nobody.occupancy).all()
    empty = given_agents(
        staffing_plan(volumes_of([0, 0]), ASSUMED),
        daily_schedule({"sales": {"09:00": 2}}, "UTC", MONDAY.date(), MONDAY.date()),
        ZoneInfo("UTC"),
    )
    assert empty.days[0].met == 1.0
    assert np.isnan(empty.service_level).all()
