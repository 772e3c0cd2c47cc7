"""Quality of a vendor and its worth in money: hand-computed cases, oracles, bad input."""

from __future__ import annotations

import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bporoute import Quality, QualityPrior, quality_cost
from bporoute.errors import InputError
from bporoute.estimates._share import ShareEstimate, SharePrior

INF, NAN = math.inf, math.nan

scores = st.floats(0.0, 1.0)
money = st.floats(0.0, 1000.0)
qualities = st.builds(
    lambda resolution, satisfaction, weight: Quality.of(
        QualityPrior(resolution=resolution, satisfaction=satisfaction, weight=weight)
    ),
    scores,
    scores,
    st.floats(1.0, 1e4),
)


def of(resolution, satisfaction=1.0, weight=100.0):
    return Quality.of(QualityPrior(resolution=resolution, satisfaction=satisfaction, weight=weight))


# --- quality ----------------------------------------------------------------------------------------------


def test_quality_starts_as_believed():
    prior = QualityPrior(resolution=0.7, satisfaction=0.6, handle_time_factor=1.2)
    quality = Quality.of(prior)
    assert quality.resolution.mean == pytest.approx(0.7)
    assert quality.satisfaction.mean == pytest.approx(0.6)
    assert quality.handle_time_factor.mean == pytest.approx(1.2)
    low, high = quality.handle_time_factor.interval()
    assert low < 1.2 < high


def test_each_part_moves_on_its_own():
    prior = QualityPrior(resolution=0.7, satisfaction=0.6, handle_time_factor=1.2, weight=10, memory=INF)
    start = Quality.of(prior)
    resolved = start.step(resolved=False)
    assert resolved.resolution.mean == pytest.approx(7 / 11)
    assert (resolved.satisfaction, resolved.handle_time_factor) == (
        start.satisfaction,
        start.handle_time_factor,
    )
    scored = start.step(satisfaction=0.9)
    assert scored.satisfaction.mean == pytest.approx(6.9 / 11)
    assert scored.resolution == start.resolution
    handled = start.step(handle=480.0, in_house_aht=240.0)
    assert handled.handle_time_factor.mean == pytest.approx((12 + 2) / 11)
    assert handled.resolution == start.resolution


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"satisfaction": 1.5},
        {"satisfaction": -INF},
        {"handle": 200.0},
        {"handle": 200.0, "in_house_aht": 0.0},
        {"handle": 200.0, "in_house_aht": INF},
        {"handle": NAN, "in_house_aht": 240.0},
        {"handle": 0.0, "in_house_aht": 240.0},
        {"handle": 90_000.0, "in_house_aht": 240.0},
    ],
)
def test_what_is_not_known_changes_nothing(known):
    start = of(0.7)
    assert start.step(**known) == start


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resolution", 1.1),
        ("satisfaction", NAN),
        ("handle_time_factor", 0.0),
        ("weight", 0.0),
        ("weight", "100"),
        ("memory", 0.9),
    ],
)
def test_priors_out_of_range_are_refused(field, value):
    with pytest.raises(InputError, match=field):
        QualityPrior(**{field: value})
    with pytest.raises((msgspec.ValidationError, InputError)):
        msgspec.convert({field: value}, QualityPrior)


def test_a_prior_loads_from_toml():
    text = "resolution = 0.72\nsatisfaction = 0.8\nhandle_time_factor = 1.15\nweight = 50\nmemory = inf\n"
    assert msgspec.toml.decode(text, type=QualityPrior) == QualityPrior(
        resolution=0.72, satisfaction=0.8, handle_time_factor=1.15, weight=50.0, memory=INF
    )


# --- its worth in money -----------------------------------------------------------------------------------


def test_quality_cost_by_hand():
    # 10 points of resolution at 6 each, 5 points of satisfaction the other way at 2 each
    assert quality_cost(of(0.7, 0.85), of(0.8, 0.8), 6.0, 2.0) == pytest.approx(0.1 * 6 - 0.05 * 2)


def test_careful_quality_cost_by_hand():
    vendor, own = of(0.7, weight=50), of(0.8, weight=500)
    down = 0.7 - stats.beta.ppf(0.05, 35.5, 15.5)
    up = stats.beta.ppf(0.95, 400.5, 100.5) - 0.8
    expected = 0.6 + 6 * math.hypot(down, up)
    assert quality_cost(vendor, own, 6.0, 0.0, probability=0.9) == pytest.approx(expected)


def test_coverage_of_the_careful_quality_cost():
    draw, trials, covered = random.Random(7), 1000, 0
    for _ in range(trials):
        teams, shares = [], []
        for yes, no in ((35.5, 15.5), (160.5, 40.5)):
            shares.append(draw.betavariate(yes, no))
            good = sum(draw.random() < shares[-1] for _ in range(100))
            prior = SharePrior(share=(yes - 0.5) / (yes + no - 1), weight=yes + no - 1, memory=INF)
            found = ShareEstimate(prior, 100.0, float(good))
            teams.append(Quality(found, found, of(0.5).handle_time_factor))
        covered += 6 * (shares[1] - shares[0]) <= quality_cost(*teams, 6.0, 0.0, probability=0.9)
    assert abs(covered - 0.95 * trials) < 3.5 * math.sqrt(trials * 0.95 * 0.05)


@given(qualities, qualities, money, money)
def test_careful_is_never_below_the_mean_and_grows_with_the_probability(
    vendor, own, unresolved, dissatisfied
):
    costs = [
        quality_cost(vendor, own, unresolved, dissatisfied, probability=probability)
        for probability in (None, 0.5, 0.9, 0.99)
    ]
    assert costs == sorted(costs)
    assert costs[0] == pytest.approx(-quality_cost(own, vendor, unresolved, dissatisfied), abs=1e-9)


@given(qualities, qualities, money, money, scores)
def test_a_better_vendor_never_costs_more(vendor, own, unresolved, dissatisfied, score):
    better = vendor.step(resolved=True, satisfaction=1.0)
    worse = vendor.step(resolved=False, satisfaction=0.0)
    costs = [quality_cost(team, own, unresolved, dissatisfied) for team in (better, vendor, worse)]
    assert costs[0] <= costs[1] + 1e-9
    assert costs[1] <= costs[2] + 1e-9


@pytest.mark.parametrize(
    ("costs", "probability", "field"),
    [
        ((-1.0, 0.0), None, "unresolved_cost"),
        ((0.0, NAN), None, "dissatisfied_cost"),
        ((INF, 0.0), None, "unresolved_cost"),
        (("6", 0.0), None, "unresolved_cost"),
        ((6.0, 2.0), 1.0, "probability"),
    ],
)
def test_costs_out_of_range_are_refused(costs, probability, field):
    with pytest.raises(InputError, match=field):
        quality_cost(of(0.7), of(0.8), *costs, probability=probability)
