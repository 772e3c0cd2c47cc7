"""Intervals that bear days and months which scatter, beside generated vendors and figures by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bporoute.governance._scorecards._clustered import of_clusters, of_others, of_share, wilson
from bporoute.governance._scorecards._course import (
    TOO_ALIKE,
    alike_beside,
    changes_of,
    neighbours_alike,
    overdispersion,
    trend_of,
)
from helpers.vendor_records import alike, levels

WEEK = [1.2, 1.1, 1.0, 1.0, 0.9, 0.5, 0.3]
"""Volume by day of the week."""
QUADRATURE = np.linspace(-4.0, 4.0, 401)


def covered(seed, times, *, months=1, mean=0.8, within=0.03, day=0.3, month=0.3, weight=0.2, volume=150):
    """Share of intervals, and of binomial ones, that hold the level: of the month itself, or the long run."""
    rng = np.random.default_rng(seed)
    density = stats.norm.pdf(QUADRATURE)
    honest = naive = 0
    size = 30 * months
    pattern = np.tile(WEEK, size // 7 + 1)[:size]
    for _ in range(times):
        of_month = np.repeat(alike(rng, months, month), 30)
        chances = levels(
            math.sqrt(weight) * of_month + math.sqrt(1 - weight) * alike(rng, size, day), mean, within
        )
        came = rng.poisson(volume * pattern) + 1
        good = rng.binomial(came, chances)
        true = mean
        if months == 1:
            inner = math.sqrt(weight) * of_month[0] + math.sqrt(1 - weight) * QUADRATURE
            true = float(np.average(levels(inner, mean, within), weights=density))
        found = of_share(good.astype(float), came.astype(float), 1.0)
        low, high = stats.binomtest(int(good.sum()), int(came.sum())).proportion_ci(method="wilson")
        honest += found.low <= true <= found.high
        naive += low <= true <= high
    return honest / times, naive / times


@pytest.mark.parametrize("months", [1, 6])
def test_nineteen_of_twenty_intervals_hold_the_level(months):
    honest, naive = covered(11, 400, months=months)
    assert 0.92 <= honest <= 0.985  # 400 of them: a standard error of 1.1 points
    assert naive < 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        {"day": 0.0, "weight": 0.0},
        {"day": 0.3},
        {"day": 0.5},
        {"day": 0.5, "within": 0.005, "mean": 0.9},
        {"months": 3, "month": 0.0},
        {"months": 6, "month": 0.3},
        {"months": 12, "day": 0.5, "month": 0.3},
        {"months": 12, "day": 0.5, "month": 0.5, "weight": 0.4},
    ],
    ids=str,
)
def test_coverage_is_between_92_and_97_percent(case):
    honest, naive = covered(7, 4000, **case)
    assert 0.92 <= honest <= 0.97
    assert naive < 0.85


@pytest.mark.slow
@pytest.mark.parametrize("months", [2, 3, 6])
def test_intervals_hold_less_often_where_few_months_are_much_alike(months):
    honest, naive = covered(7, 2000, months=months, month=0.66, weight=0.4)
    assert 0.76 <= honest <= 0.92  # as the page of the scorecard says
    assert naive < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.66])
def test_less_than_one_of_twenty_reports_a_change_where_none_is(correlation):
    rng = np.random.default_rng(8)
    told = 0
    for _ in range(1000):
        values = alike(rng, 24, correlation)
        found = changes_of(values)
        told += bool(found) and alike_beside(values, found) <= TOO_ALIKE
    assert told <= 65  # 50 of them and two standard errors


def test_cost_for_each_resolved_contact_is_held_as_often_as_said():
    rng = np.random.default_rng(12)
    held = 0
    for _ in range(500):
        answered = rng.poisson(120 * np.exp(0.2 * alike(rng, 30, 0.3))) + 1
        resolved = rng.binomial(answered, levels(alike(rng, 30, 0.3), 0.75, 0.02))
        money = answered * (3.0 + 0.2 * alike(rng, 30, 0.3))
        found = of_clusters(money, resolved.astype(float), 1.0)
        held += found.low <= 4.0 <= found.high  # 3 of money for each contact, 3 of 4 resolved
    assert 0.92 <= held / 500 <= 0.98


def test_an_interval_by_hand():
    parts, wholes = np.array([9.0, 7, 8, 6, 9, 8]), np.full(6, 10.0)
    found = of_clusters(parts, wholes, 30.4)
    ratio = 47 / 60
    errors = [part - ratio * 10 for part in parts]
    waves = [
        math.sqrt(2 / 6)
        * sum(error * math.cos(math.pi * j * (t + 0.5) / 6) for t, error in enumerate(errors))
        for j in (1, 2)
    ]
    error = math.sqrt(6 * (waves[0] ** 2 + waves[1] ** 2) / 2) / 60
    assert found.value == pytest.approx(ratio)
    assert found.half_width == pytest.approx(stats.t.ppf(0.975, 2) * error)


def test_chance_alone_is_the_least():
    good, base = np.full(30, 8.0), np.full(30, 10.0)
    found = of_share(good, base, 1.0)
    assert (found.low, found.high) == pytest.approx(wilson(240.0, 300.0))


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=6, max_size=40),
    st.sampled_from([1.0, 30.4]),
)
def test_a_share_stays_a_share_and_order_within_a_day_does_not_matter(days, days_each):
    good = np.array([float(min(pair)) for pair in days])
    base = np.array([float(max(pair)) for pair in days])
    found = of_share(good, base, days_each)
    if not base.sum():
        assert math.isnan(found.value)
        return
    assert found.value == pytest.approx(good.sum() / base.sum())
    if math.isfinite(found.low):
        assert 0.0 <= found.low <= found.value <= found.high <= 1.0
        back = of_share(good[::-1], base[::-1], days_each)
        assert (back.low, back.high) == pytest.approx((found.low, found.high))
        tenfold = of_clusters(10 * good, 10 * base, days_each)
        plain = of_clusters(good, base, days_each)
        assert tenfold.half_width == pytest.approx(plain.half_width, abs=1e-12)


def test_too_few_days_have_no_interval():
    assert of_share(np.full(5, 8.0), np.full(5, 10.0), 1.0).low == -math.inf
    assert math.isnan(of_share(np.zeros(9), np.zeros(9), 1.0).value)
    assert of_others(0.8, np.array([0.8, 0.9])).low == -math.inf


def test_a_single_month_by_the_others():
    others = np.array([0.95, 0.91, 0.96, 0.93, 0.95])
    found = of_others(0.9, others)
    squares = [(0.04) ** 2, 0.05**2, 0.03**2, 0.02**2]
    spread = math.sqrt(sum(squares) / 4 / 2)
    assert 0.9 - found.low == pytest.approx(stats.t.ppf(0.975, 4) * spread)


def test_scatter_beyond_chance_is_chi_square():
    good, base = np.array([80.0, 95, 85, 70]), np.array([100.0, 110, 100, 90])
    table = np.array([good, base - good])
    assert overdispersion(good, base) == pytest.approx(stats.chi2_contingency(table)[0] / 3)
    assert math.isnan(overdispersion(np.full(3, 10.0), np.full(3, 10.0)))
    assert neighbours_alike(np.array([1.0, 2, 3, 5])) == pytest.approx(
        stats.pearsonr([2, 3, 5], [1, 2, 3])[0]
    )


@pytest.mark.parametrize(("size", "days_each"), [(12, 30.4), (90, 1.0)])
def test_a_trend_is_least_squares_and_found_as_often_as_said(size, days_each):
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(600):
        values = 0.002 * np.arange(size) + 0.03 * alike(rng, size, 0.3)
        found = trend_of(values, days_each)
        held += found.low <= 0.002 <= found.high
    assert found.value == pytest.approx(np.polyfit(np.arange(size), values, 1)[0])
    assert 0.92 <= held / 600 <= 0.98


def test_a_change_is_found_and_rarely_where_none_is():
    rng = np.random.default_rng(4)
    steady = [alike(rng, 40, 0.3) for _ in range(200)]
    assert sum(bool(changes_of(values)) for values in steady) <= 20
    step = np.concatenate([np.zeros(25), np.full(15, 5.0)])
    found = [changes_of(step + alike(rng, 40, 0.3)) for _ in range(40)]
    assert sum(any(abs(place - 25) <= 3 for place in places) for places in found) >= 36
    back = np.concatenate([np.full(20, 9.0), np.full(20, 5.0), np.full(20, 9.0)]) + 0.3 * alike(rng, 60, 0.2)
    assert changes_of(back) == [20, 40]
    down = np.concatenate([np.full(30, 9.0), np.full(15, 4.0), np.full(15, 0.0)])
    assert changes_of(down) == [30, 45]
    assert changes_of(np.full(30, 0.8)) == []
    assert changes_of(np.arange(11.0)) == []


def test_being_alike_is_told_beside_the_changes():
    rng = np.random.default_rng(6)
    for correlation in (0.0, 0.3, 0.66):
        found = []
        for _ in range(400):
            values = alike(rng, 24, correlation) + 5.0 * (np.arange(24) >= 12)
            assert neighbours_alike(values) > 0.3
            found.append(alike_beside(values, [12]))
        assert np.mean(found) == pytest.approx(correlation, abs=0.06)
    assert alike_beside(np.repeat([1.0, 2.0], 8), [8]) == 0.0
