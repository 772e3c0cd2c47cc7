"""Bounds of a test with several looks, against multivariate normal probabilities and walks that are drawn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from bporoute.errors import InputError
from bporoute.estimates._alpha_spending import Looks, crossings, spending_bounds, spent


def _correlated(fractions):
    t = np.array(fractions)
    return np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))


def _crossed_by(fractions, bounds, drift):
    """Probability of having been above a bound by each look, from the multivariate normal distribution."""
    found = []
    for count in range(1, len(fractions) + 1):
        some = np.array(fractions[:count])
        below = np.array(bounds[:count]) - drift * np.sqrt(some)
        cov = _correlated(some)
        found.append(1.0 - float(multivariate_normal.cdf(below, cov=cov, abseps=1e-7, releps=1e-7, rng=1)))
    return found


@pytest.mark.parametrize(
    ("looks", "error", "published"),
    [
        # Proschan, Lan & Wittes, Statistical Monitoring of Clinical Trials, 2006; and the package ldbounds.
        (2, 0.025, [2.963, 1.969]),
        (3, 0.025, [3.710, 2.511, 1.993]),
        (5, 0.025, [4.877, 3.357, 2.680, 2.290, 2.031]),
    ],
)
def test_bounds_are_those_that_are_published(looks, error, published):
    fractions = [(number + 1) / looks for number in range(looks)]
    assert spending_bounds(fractions, error).bounds == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize("fractions", [(1.0,), (0.3, 1.0), (0.25, 0.45, 0.8), (0.2, 0.5, 0.75, 1.0)])
@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_what_is_spent_up_to_each_look_is_what_may_be(fractions, error):
    looks = spending_bounds(fractions, error)
    allowed = [2 * norm.sf(norm.isf(error / 2) / math.sqrt(t)) for t in fractions]
    assert [spent(t, error) for t in fractions] == pytest.approx(allowed, rel=1e-9)
    assert _crossed_by(fractions, looks.bounds, 0.0) == pytest.approx(allowed, abs=2e-6)


@pytest.mark.parametrize("drift", [-1.0, 0.5, 2.8, 6.0])
def test_crossings_with_a_drift(drift):
    fractions = (0.2, 0.5, 0.75, 1.0)
    looks = spending_bounds(fractions, 0.05)
    found = np.cumsum(crossings(looks, drift))
    assert found == pytest.approx(_crossed_by(fractions, looks.bounds, drift), abs=2e-6)


def test_crossings_from_where_a_test_is():
    looks = Looks((0.6, 1.0), (2.4, 1.7))
    place, drift, rng = 0.7, 2.0, np.random.default_rng(1)
    first = place + drift * 0.3 + rng.normal(0.0, math.sqrt(0.3), 400_000)
    second = first + drift * 0.4 + rng.normal(0.0, math.sqrt(0.4), 400_000)
    early = first / math.sqrt(0.6) >= 2.4
    found = crossings(looks, drift, start=(0.3, place))
    assert found == pytest.approx([early.mean(), (~early & (second >= 1.7)).mean()], abs=0.004)


def test_many_looks_spend_the_error_to_the_end():
    fractions = [(number + 1) / 104 for number in range(104)]
    looks = spending_bounds(fractions, 0.05)
    assert sum(crossings(looks, 0.0)) == pytest.approx(0.05, abs=1e-7)
    assert looks.bounds[0] == math.inf  # a hundredth of the days decides nothing
    finite = [bound for bound in looks.bounds if bound < math.inf]
    assert finite == sorted(finite, reverse=True)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.02, 1.0), min_size=1, max_size=8, unique_by=lambda t: round(50 * t)),
    st.floats(0.001, 0.3),
)
def test_looks_at_any_times_spend_what_may_be_spent_up_to_the_last(times, error):
    fractions = sorted(times)
    looks = spending_bounds(fractions, error)
    assert sum(crossings(looks, 0.0)) == pytest.approx(spent(fractions[-1], error), abs=1e-7 + 1e-8)
    assert sum(crossings(looks, 1.0)) >= sum(crossings(looks, 0.0))


@pytest.mark.parametrize(
    ("fractions", "error", "told"),
    [
        ((), 0.05, "fractions"),
        ((0.5, 0.5), 0.05, "fractions"),
        ((0.0, 1.0), 0.05, "fractions"),
        ((0.5, 1.1), 0.05, "fractions"),
        ((0.5, 1.0), 0.5, "error"),
        ((0.5, 1.0), 0.0, "error"),
        ((0.5, 1.0), math.nan, "error"),
    ],
)
def test_what_is_none_is_refused(fractions, error, told):
    with pytest.raises(InputError, match=told):
        spending_bounds(fractions, error)
