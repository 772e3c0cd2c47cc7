"""Estimates of shares: hand-computed steps, coverage, invariants, bad input."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bporoute.errors import InputError
from bporoute.estimates._share import ShareEstimate, SharePrior
from helpers.estimating import seen, within_binomial_error

INF, NAN = math.inf, math.nan

probabilities = st.floats(0.5, 0.999)
scores = st.floats(0.0, 1.0)


# --- shares -----------------------------------------------------------------------------------------------


def test_the_share_by_hand():
    estimate = seen(ShareEstimate(SharePrior(share=0.7, weight=10, memory=INF)), 1.0, 0.0, 0.5)
    assert estimate.mean == pytest.approx((7 + 1.5) / 13)
    expected = stats.beta.ppf([0.05, 0.95], 8.5 + 0.5, 4.5 + 0.5)
    assert estimate.interval(0.9) == pytest.approx(expected.tolist())


def test_the_share_with_forgetting_by_hand():
    estimate = seen(ShareEstimate(SharePrior(share=0.5, weight=10, memory=2)), 1.0, 1.0, 0.0)
    assert estimate.mean == pytest.approx((5 + 0.25 + 0.5) / (10 + 0.25 + 0.5 + 1))


@pytest.mark.parametrize("value", [NAN, INF, -0.01, 1.01, -INF])
def test_values_that_are_no_shares_are_ignored(value):
    estimate = ShareEstimate(SharePrior(share=0.5))
    assert estimate.step(value) is estimate


def test_coverage_of_the_share():
    draw = random.Random(6)
    prior, trials, covered = SharePrior(share=0.8, weight=20, memory=INF), 2000, 0
    for _ in range(trials):
        true = draw.betavariate(16.5, 4.5)
        low, high = seen(ShareEstimate(prior), *[float(draw.random() < true) for _ in range(40)]).interval(
            0.8
        )
        covered += low <= true <= high
    assert within_binomial_error(covered, trials, 0.8)


@given(scores, st.lists(scores, max_size=30), probabilities, st.sampled_from([1.0, 50.0, INF]))
def test_the_share_lies_between_prior_and_data_and_inside_its_interval(share, values, probability, memory):
    estimate = seen(ShareEstimate(SharePrior(share=share, weight=5, memory=memory)), *values)
    assert min([share, *values]) - 1e-12 <= estimate.mean <= max([share, *values]) + 1e-12
    low, high = estimate.interval(probability)
    assert 0.0 <= low <= estimate.mean <= high <= 1.0 + 1e-12


@given(st.data(), st.lists(scores, min_size=2, max_size=20))
def test_without_forgetting_the_order_of_shares_does_not_matter(data, values):
    estimate = ShareEstimate(SharePrior(share=0.3, memory=INF))
    assert seen(estimate, *values).mean == pytest.approx(
        seen(estimate, *data.draw(st.permutations(values))).mean
    )


@given(st.floats(0.0, 1.0))
def test_intervals_of_the_share_shrink_with_data(share):
    estimate, widths = ShareEstimate(SharePrior(share=share, weight=10, memory=INF)), []
    for _ in range(5):
        low, high = estimate.interval()
        widths.append(high - low)
        more = estimate.count + 100  # as if as many had come, with the expected share
        estimate = ShareEstimate(estimate.prior, more, share * more)
    assert all(later < sooner for sooner, later in pairwise(widths))


# --- configuration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: SharePrior(share=1.1), "SharePrior.share"),
        (lambda: SharePrior(share=0.5, weight=INF), "SharePrior.weight"),
        (lambda: SharePrior(share=0.5, memory=NAN), "SharePrior.memory"),
        (lambda: ShareEstimate(SharePrior(share=0.5)).interval(1.0), "probability"),
    ],
)
def test_what_is_out_of_range_is_refused(build, field):
    with pytest.raises(InputError) as refused:
        build()
    assert refused.value.where == field
