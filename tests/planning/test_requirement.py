"""Plans for uncertain volumes: in the mean, on a share of the days, and what either costs."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest

from bporoute.center._targets import Abandonment, Asa, ServiceLevel
from bporoute.cli.reports._staffing import footnotes
from bporoute.errors import InputError
from bporoute.planning import Assumptions, staffing_plan
from bporoute.planning._requirement import both, scatter
from bporoute.planning._staffing_plan import as_document
from bporoute.queueing._queue_model import QueueModel
from bporoute.workload._volumes import Volumes

USUAL = ServiceLevel(probability=0.8, within=20)
START = datetime(2026, 11, 23, 8)


def volumes_of(counts, **more):
    size = len(counts)
    return Volumes(
        # Half hours of hours: what came before them is not known, so each has its own load.
        starts=tuple(START + timedelta(hours=place) for place in range(size)),
        queues=("sales",) * size,
        volume=np.array(counts, dtype=float),
        aht=np.full(size, 240.0),
        seconds=np.full(size, 1800.0),
        **more,
    )


DAY = volumes_of([300, 900, 2300, 2300, 1500, 0, 400])
SCATTERED = msgspec.structs.replace(DAY, day_cv=np.full(7, 0.055), interval_cv=np.full(7, 0.05))


def plan_of(volumes=SCATTERED, **more):
    return staffing_plan(volumes, Assumptions((USUAL,), patience=180.0, **more))


def level_of_days(required, factors):
    """Service level of whole days, one for each row of factors, each interval in steady state."""
    busy = DAY.volume > 0
    rates = DAY.volume[busy] / 1800.0 * factors
    levels = QueueModel(required[busy], rates, 240.0, 180.0).service_level(20)
    return (rates * levels).sum(axis=1) / rates.sum(axis=1), (rates * levels).sum() / rates.sum()


def test_days_drawn_from_the_scatter_meet_the_target_as_promised():
    """In the mean over all contacts, and on the share of days; as if certain neither."""
    chance = np.random.default_rng(5)
    factors = chance.gamma(1 / 0.055**2, 0.055**2, (4000, 1)) * chance.gamma(1 / 0.05**2, 0.05**2, (4000, 6))
    certain, mean, confident = plan_of(DAY), plan_of(), plan_of(confidence=0.9)
    assert level_of_days(certain.required, factors)[1] < 0.785
    assert 0.797 <= level_of_days(mean.required, factors)[1] <= 0.815
    days = level_of_days(confident.required, factors)[0]
    assert 0.88 <= (days >= 0.8).mean() <= 0.96
    assert (level_of_days(mean.required, factors)[0] >= 0.8).mean() < 0.8


def test_the_prices_are_the_hours_of_the_three_plans():
    plans = plan_of(DAY), plan_of(), plan_of(confidence=0.9)
    hours = [float(plan.required.sum() / 2) for plan in plans]
    assert plans[0].prices is None
    for plan in plans[1:]:
        found = plan.prices
        assert [found.as_forecast, found.in_the_mean, found.confident, found.confidence] == [*hours, 0.9]
    assert hours[0] < hours[1] < hours[2]
    assert plan_of(confidence=0.8).prices.confidence == 0.8
    document = as_document(plans[2])
    assert document["required_hours"]["confident"] == hours[2]
    assert document["confidence"] == 0.9
    assert any(f"{100 * (hours[1] / hours[0] - 1):+.1f} % hours" in line for line in footnotes(plans[1], 7))


def test_what_is_said_goes_before_what_the_file_says():
    day, alone = scatter(SCATTERED, Assumptions((USUAL,)))
    assert (day[0], alone[0]) == (0.055, 0.05)
    assert both(day, alone)[0] == pytest.approx(math.sqrt((1 + 0.055**2) * (1 + 0.05**2) - 1))
    assert plan_of(day_cv=0.0, interval_cv=0.0).required.tolist() == plan_of(DAY).required.tolist()
    told = plan_of(DAY, day_cv=0.055, interval_cv=0.05)
    assert told.required.tolist() == plan_of().required.tolist()


def test_a_mean_that_does_not_exist_is_refused_and_a_confidence_helps():
    asked = Assumptions((Asa(seconds=20),))
    with pytest.raises(InputError, match=r"--target ASA of at most 20 s: .*--patience SECONDS"):
        staffing_plan(SCATTERED, asked)
    plan = staffing_plan(SCATTERED, msgspec.structs.replace(asked, confidence=0.9))
    assert math.isnan(plan.prices.in_the_mean)
    assert as_document(plan)["required_hours"]["in_the_mean"] is None
    assert "on average" not in " ".join(footnotes(plan, 7))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"day_cv": -0.1}, "--day-cv"),
        ({"interval_cv": 2.1}, "--interval-cv"),
        ({"confidence": 1}, "--confid"),
    ],
)
def test_what_is_refused(change, where):
    with pytest.raises(InputError, match=where):
        Assumptions((USUAL,), **change)


def test_a_day_without_contacts_costs_nothing():
    nothing = volumes_of([0, 0], day_cv=np.full(2, 0.1), interval_cv=np.zeros(2))
    plan = staffing_plan(nothing, Assumptions((Abandonment(probability=0.05),), patience=60.0))
    assert plan.prices is None
    assert plan.required.tolist() == [0, 0]
