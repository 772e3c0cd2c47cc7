"""Estimates of handle times and their ratio: hand-computed steps, coverage, invariants, bad input."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bporoute.errors import InputError
from bporoute.estimates._handle_time import (
    LONGEST_HANDLE_TIME,
    HandleTimeEstimate,
    HandleTimePrior,
    handle_time_factor,
)
from helpers.estimating import seen, within_binomial_error

INF, NAN = math.inf, math.nan

probabilities = st.floats(0.5, 0.999)
handles = st.floats(1.0, 5000.0)


# --- handle times -----------------------------------------------------------------------------------------


def test_the_mean_by_hand():
    prior = HandleTimePrior(aht=200, weight=10, memory=INF)
    estimate = seen(HandleTimeEstimate(prior), 300.0, 500.0)
    assert estimate.mean == pytest.approx((10 * 200 + 300 + 500) / 12)


def test_the_mean_with_forgetting_by_hand():
    prior = HandleTimePrior(aht=200, weight=10, memory=4)
    estimate = seen(HandleTimeEstimate(prior), 300.0, 500.0)
    assert estimate.mean == pytest.approx((10 * 200 + 0.75 * 300 + 500) / 11.75)


def test_the_interval_by_hand():
    """Student's t with the spread of prior and data around their common mean."""
    prior = HandleTimePrior(aht=200, weight=10, cv=0.5, memory=INF)
    estimate = seen(HandleTimeEstimate(prior), 300.0, 500.0)
    mean = 2800 / 12
    spread = 10 * ((200 - mean) ** 2 + 100**2) + (300 - mean) ** 2 + (500 - mean) ** 2
    reach = stats.t.ppf(0.95, 12) * math.sqrt(spread / 12 / 12)
    assert estimate.interval(0.9) == pytest.approx((mean - reach, mean + reach))


@pytest.mark.parametrize("handle", [NAN, INF, -INF, 0.0, -5.0, LONGEST_HANDLE_TIME * 1.001])
def test_handle_times_that_cannot_be_are_ignored(handle):
    estimate = HandleTimeEstimate(HandleTimePrior(aht=200))
    assert estimate.step(handle) is estimate


def test_a_change_is_followed():
    estimate = seen(HandleTimeEstimate(HandleTimePrior(aht=200)), *[200.0] * 5000, *[300.0] * 1500)
    assert estimate.mean == pytest.approx(290, abs=10)


def test_coverage_of_the_mean_handle_time():
    draw = random.Random(3)
    prior, trials, covered = HandleTimePrior(aht=300, weight=20, cv=0.3, memory=INF), 1500, 0
    for _ in range(trials):  # the prior as the model means it, then normal data
        precision = draw.gammavariate(10, 1 / 10) / 90**2
        true = draw.gauss(300, (20 * precision) ** -0.5)
        sample = [draw.gauss(true, precision**-0.5) for _ in range(15)]
        low, high = seen(HandleTimeEstimate(prior), *sample).interval(0.8)
        covered += low <= true <= high
    assert within_binomial_error(covered, trials, 0.8)


def test_coverage_for_lognormal_handle_times():
    draw = random.Random(4)
    prior, trials, covered = HandleTimePrior(aht=300, weight=1, memory=INF), 500, 0
    for _ in range(trials):
        sample = [300 * math.exp(draw.gauss(-0.32, 0.8)) for _ in range(200)]  # cv .95
        low, high = seen(HandleTimeEstimate(prior), *sample).interval(0.9)
        covered += low <= 300 <= high
    assert 0.85 < covered / trials < 0.94  # the skew costs a little


@given(st.lists(handles, max_size=30), probabilities, st.sampled_from([5.0, 500.0, INF]))
def test_mean_handle_time_between_prior_and_data_and_inside_its_interval(times, probability, memory):
    estimate = seen(HandleTimeEstimate(HandleTimePrior(aht=240, memory=memory)), *times)
    assert min(240, *times, 240) * (1 - 1e-9) <= estimate.mean <= max(240, *times, 240) * (1 + 1e-9)
    low, high = estimate.interval(probability)
    assert 0.0 <= low <= estimate.mean <= high


@given(st.data(), st.lists(handles, min_size=2, max_size=20))
def test_without_forgetting_the_order_of_handle_times_does_not_matter(data, times):
    estimate = HandleTimeEstimate(HandleTimePrior(aht=240, memory=INF))
    one, other = seen(estimate, *times), seen(estimate, *data.draw(st.permutations(times)))
    assert one.mean == pytest.approx(other.mean)
    assert one.interval() == pytest.approx(other.interval())


@given(st.lists(handles, min_size=1, max_size=20), st.floats(0.01, 10))
def test_handle_times_in_another_unit(times, unit):
    one = seen(HandleTimeEstimate(HandleTimePrior(aht=240)), *times)
    other = seen(HandleTimeEstimate(HandleTimePrior(aht=240 * unit)), *[unit * time for time in times])
    assert other.mean == pytest.approx(unit * one.mean)
    assert other.interval() == pytest.approx([unit * bound for bound in one.interval()])


def test_intervals_of_the_handle_time_shrink_with_data():
    estimate, widths = HandleTimeEstimate(HandleTimePrior(aht=240, memory=INF)), []
    for _ in range(5):
        low, high = estimate.interval()
        widths.append(high - low)
        estimate = seen(estimate, *[120.0, 240.0, 360.0] * 10)
    assert all(later < sooner for sooner, later in pairwise(widths))


# --- ratio of handle times --------------------------------------------------------------------------------


def test_the_ratio_is_turned_over_with_its_teams():
    one = seen(HandleTimeEstimate(HandleTimePrior(aht=300)), *[280.0, 350.0] * 50)
    other = HandleTimeEstimate(HandleTimePrior(aht=240))
    ratio, low, high = handle_time_factor(one, other)
    assert ratio == one.mean / other.mean
    assert handle_time_factor(other, one) == pytest.approx((1 / ratio, 1 / high, 1 / low))
    assert low < ratio < high


def test_coverage_of_the_ratio():
    draw = random.Random(5)
    trials, covered = 400, 0
    for _ in range(trials):
        teams = [
            seen(
                HandleTimeEstimate(HandleTimePrior(aht=aht, weight=0.1, memory=INF)),
                *[draw.expovariate(1 / aht) for _ in range(size)],
            )
            for aht, size in ((300, 100), (240, 200))
        ]
        _, low, high = handle_time_factor(*teams, 0.9)
        covered += low <= 1.25 <= high
    assert within_binomial_error(covered, trials, 0.9)


def test_a_ratio_of_which_nothing_is_known_is_still_a_number():
    vague = HandleTimeEstimate(HandleTimePrior(aht=1, weight=1e-6, cv=10))
    ratio, low, high = handle_time_factor(vague, vague)
    assert 0.0 <= low <= ratio == 1.0 <= high < INF


# --- configuration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: HandleTimePrior(aht=0.0), "HandleTimePrior.aht"),
        (lambda: HandleTimePrior(aht=INF), "HandleTimePrior.aht"),
        (lambda: HandleTimePrior(aht=240, weight=0.0), "HandleTimePrior.weight"),
        (lambda: HandleTimePrior(aht=240, cv=-1.0), "HandleTimePrior.cv"),
        (lambda: HandleTimePrior(aht=240, memory=0.5), "HandleTimePrior.memory"),
        (lambda: HandleTimeEstimate(HandleTimePrior(aht=9)).interval(NAN), "probability"),
        (lambda: handle_time_factor(*[HandleTimeEstimate(HandleTimePrior(aht=9))] * 2, 2.0), "probability"),
    ],
)
def test_what_is_out_of_range_is_refused(build, field):
    with pytest.raises(InputError) as refused:
        build()
    assert refused.value.where == field
