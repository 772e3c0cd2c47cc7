"""The load that intervals carry over, against an integrator, and agents whole, pooled or in hundredths."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from bporoute.center._targets import ServiceLevel
from bporoute.planning import Assumptions, given_agents, staffing_plan
from bporoute.planning._carried_load import carried_load
from bporoute.planning._rounding import pooled
from bporoute.planning._staffing_plan import totals
from bporoute.queueing import QueueModel, required_agents
from bporoute.workload import Schedule
from bporoute.workload._volumes import Volumes

USUAL = ServiceLevel(probability=0.8, within=20)
NINE = datetime(2026, 11, 23, 9)
DAY = [20, 60, 110, 130, 90, 80, 40, 25]


def volumes_of(counts, aht=400.0, starts=None, **more):
    size = len(counts)
    return Volumes(
        starts=starts or tuple(NINE + timedelta(minutes=30 * place) for place in range(size)),
        queues=("desk",) * size,
        volume=np.array(counts, float),
        aht=np.full(size, aht) if np.isscalar(aht) else np.array(aht, float),
        seconds=np.full(size, 1800.0),
        **more,
    )


EVERY = np.ones(8, dtype=bool)


def test_it_is_the_mean_of_servers_without_end():
    """An integrator with the rates and handle times of the day."""
    aht = [300, 300, 500, 500, 400, 900, 900, 300]
    volumes = volumes_of(DAY, aht)

    def change(now, mean):
        place = min(int(now / 1800.0), 7)
        return DAY[place] / 1800.0 - mean / aht[place]

    scatters, most = [], []
    expected, mean = [], DAY[0] / 1800.0 * aht[0]
    for place in range(8):
        part = solve_ivp(
            change,
            (1800.0 * place, 1800.0 * (place + 1) - 1e-9),
            [mean],
            rtol=1e-10,
            atol=1e-12,
            dense_output=True,
        )
        nodes, weights = np.polynomial.legendre.leggauss(20)
        values = part.sol(1800.0 * place + 900.0 * (nodes + 1.0))[0]
        expected.append(float(weights @ values) / 2.0)
        scatters.append(
            math.sqrt(max(float(weights @ values**2) / 2.0 - expected[-1] ** 2, 0.0)) / expected[-1]
        )
        most.append(max(mean, float(part.y[0, -1])))
        mean = float(part.y[0, -1])
    found = carried_load(volumes, EVERY)
    assert found.mean == pytest.approx(expected, rel=1e-6)
    assert found.cv == pytest.approx(np.minimum(scatters, 0.3), rel=1e-5, abs=1e-6)
    assert found.most == pytest.approx(most, rel=1e-6)


def test_an_hour_that_autumn_repeats_is_carried_into_the_next_as_any_other():
    """From half past midnight to the next midnight: by the clocks of Berlin, and as plain hours."""
    counts = np.arange(1, 50) % 13 * 20.0
    plain = tuple(datetime(2026, 10, 20, 0, 30) + timedelta(minutes=30 * place) for place in range(49))
    begin = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    zoned = (
        (begin + timedelta(minutes=30 * place)).astimezone(ZoneInfo("Europe/Berlin")) for place in range(49)
    )
    autumn = tuple(start.replace(tzinfo=None) for start in zoned)
    assert sum(start.fold for start in autumn) == 2
    every = np.ones(49, dtype=bool)
    expected = carried_load(volumes_of(counts, 1800.0, plain), every).mean
    mixed = np.random.default_rng(3).permutation(49)
    shuffled = volumes_of(counts[mixed], 1800.0, tuple(autumn[place] for place in mixed))
    assert carried_load(shuffled, every).mean == pytest.approx(expected[mixed])


def test_what_came_before_is_known_only_where_the_file_says_it():
    alone = volumes_of([60, 60])
    assert carried_load(alone, EVERY[:2]).mean.tolist() == pytest.approx([60 * 400 / 1800] * 2)
    apart = volumes_of([60, 60], starts=(NINE, NINE + timedelta(hours=3)))
    assert carried_load(apart, EVERY[:2]).mean.tolist() == pytest.approx([60 * 400 / 1800] * 2)
    empty = volumes_of([0, 60, 0, 60])
    found = carried_load(empty, EVERY[:4]).mean
    assert found[0] == found[2] == 0.0
    assert found[1] < found[3] < 60 * 400 / 1800
    closed = carried_load(volumes_of([60, 60, 60]), np.array([False, True, True])).mean
    assert closed[0] == 0.0
    assert closed[1] == pytest.approx(found[1])


def test_the_hour_that_autumn_repeats_follows_the_one_before():
    half = timedelta(minutes=30)
    first = datetime(2026, 10, 25, 2)
    starts = (first, first + half, first.replace(fold=1), (first + half).replace(fold=1))
    repeated, plain = volumes_of([20, 40, 60, 30], starts=starts), volumes_of([20, 40, 60, 30])
    assert carried_load(repeated, EVERY[:4]).mean.tolist() == carried_load(plain, EVERY[:4]).mean.tolist()


def test_a_load_that_rises_needs_fewer_and_one_that_falls_more():
    rising = staffing_plan(volumes_of([20, 120], aht=900.0), Assumptions((USUAL,), patience=180.0))
    alone = staffing_plan(volumes_of([120], aht=900.0), Assumptions((USUAL,), patience=180.0))
    falling = staffing_plan(volumes_of([220, 120], aht=900.0), Assumptions((USUAL,), patience=180.0))
    assert rising.required[1] < alone.required[0] < falling.required[1]


def test_in_a_day_that_rises_and_falls_every_interval_meets_the_target():
    """As the exact queue is, from moment to moment; by the load of each interval alone they would not."""
    counts = [900, 1300, 1700, 2000, 2200, 2300, 2300, 2200, 2000, 1700, 1400, 1000]
    volumes = volumes_of(counts, aht=240.0)
    plan = staffing_plan(volumes, Assumptions((USUAL,), patience=180.0))
    begin = [start.replace(tzinfo=UTC).timestamp() for start in volumes.starts]
    steps = (*zip(begin, plan.required.tolist(), strict=True), (begin[-1] + 1800.0, 0))
    found = given_agents(plan, Schedule({"desk": steps}), ZoneInfo("UTC"))
    assert (found.service_level[1:] >= 0.795).all()
    assert (found.service_level[1:] <= 0.85).all()
    alone = required_agents(np.array(counts) / 1800.0, 240.0, USUAL, 180.0)
    steps = (*zip(begin, alone.tolist(), strict=True), (begin[-1] + 1800.0, 0))
    assert given_agents(plan, Schedule({"desk": steps}), ZoneInfo("UTC")).service_level[-1] < 0.7


def test_hundredths_are_the_least_that_meet_the_target():
    assumed = Assumptions((USUAL,), patience=200.0, shrinkage=0.3, rounding="fractional")
    apart = volumes_of(DAY, starts=tuple(NINE + timedelta(hours=place) for place in range(8)))
    plan = staffing_plan(apart, assumed)
    rate = plan.load / 400.0
    assert (QueueModel(plan.required, rate, 400.0, 200.0).service_level(20) >= 0.8 - 1e-9).all()
    assert (QueueModel(plan.required - 0.011, rate, 400.0, 200.0).service_level(20) < 0.8).all()
    assert plan.required * 100 == pytest.approx(np.round(plan.required * 100))
    assert plan.scheduled == pytest.approx(plan.required / 0.7, abs=0.0101)
    whole = staffing_plan(apart, msgspec.structs.replace(assumed, rounding="whole"))
    assert whole.required.tolist() == np.ceil(plan.required).tolist()


def test_pooled_agents_are_whole_and_have_the_hours_of_the_day():
    assumed = Assumptions((USUAL,), patience=200.0, shrinkage=0.3)
    parts, days, whole = (
        staffing_plan(volumes_of(DAY), msgspec.structs.replace(assumed, rounding=how))
        for how in ("fractional", "pooled", "whole")
    )
    assert days.required.dtype.kind == days.scheduled.dtype.kind == "i"
    assert parts.required.sum() - 0.1 <= days.required.sum() < parts.required.sum() + 1.0
    assert days.required.sum() < whole.required.sum()
    assert days.scheduled.sum() < whole.scheduled.sum()
    assert (np.abs(days.required - parts.required) < 1.0).all()
    (day,) = totals(days, by_day=True)
    assert day.service_level >= 0.79
    endless = staffing_plan(volumes_of(DAY), Assumptions((USUAL,), rounding="pooled"))
    assert (endless.required > endless.load).all()
    assert (endless.service_level > 0.0).all()


@given(
    agents=st.lists(st.floats(0, 40), min_size=1, max_size=8),
    least=st.floats(0, 3),
    long=st.sampled_from([900.0, 1800.0]),
)
def test_pooling_keeps_hours_and_minima(agents, least, long):
    day = volumes_of([1.0] * len(agents))
    day = msgspec.structs.replace(day, seconds=np.where(np.arange(len(agents)) % 2, long, 1800.0))
    wanted = np.array(agents)
    fewest = np.where(wanted > 0, least, 0.0)
    whole = pooled(wanted, fewest, day)
    assert (whole >= fewest).all()
    assert (whole[wanted == 0] == 0).all()
    assert whole @ day.seconds >= wanted @ day.seconds - 1e-3
    if least == 0:
        assert whole @ day.seconds <= wanted @ day.seconds + 1800.0 + long


def test_shrinkage_of_an_interval_goes_before_that_of_all():
    volumes = volumes_of(DAY, shrinkage=np.array([0.1, 0.5, np.nan, 0.0, 0.2, 0.2, 0.2, 0.2]))
    plan = staffing_plan(volumes, Assumptions((USUAL,), patience=200.0, shrinkage=0.25))
    assert plan.shrinkage[:4].tolist() == [0.1, 0.5, 0.25, 0.0]
    expected = [int(np.ceil(n / (1 - s) - 1e-9)) for n, s in zip(plan.required, plan.shrinkage, strict=True)]
    assert plan.scheduled.tolist() == expected
