"""The verdict on a trial: hand-computed cases, a search, error levels by enumeration, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from bporoute.errors import InputError
from bporoute.estimates._non_inferiority import likeliest_share, non_inferiority

NAN = math.nan


def likelihood(own, counts, margin):
    vendor_good, vendor_contacts, in_house_good, in_house_contacts = counts
    return stats.binom.logpmf(in_house_good, in_house_contacts, own) + stats.binom.logpmf(
        vendor_good, vendor_contacts, own - margin
    )


groups = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(groups, groups, st.floats(0.01, 0.5))
def test_likeliest_shares_against_a_search(vendor, own, margin):
    counts = (*vendor, *own)
    found = likeliest_share(*counts, margin)
    assert margin <= found <= 1.0
    best = minimize_scalar(
        lambda share: min(-likelihood(share, counts, margin), 1e300),
        bounds=(margin, 1.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    inside = min(max(found, margin + 1e-13), 1.0 - 1e-13)
    assert likelihood(inside, counts, margin) >= -best.fun - 1e-6


def test_score_by_hand():
    """60 of 100 against 80 of 100 with margin .2: as observed, so the p-value is a half."""
    result = non_inferiority(60, 100, 80, 100, margin=0.2)
    assert result.p_value == pytest.approx(0.5)
    assert result.difference == pytest.approx(-0.2)
    assert result.verdict == "extend"


def test_score_of_equal_shares_by_hand():
    """Restricted shares of 80/100 against 80/100, margin .1, by a fine search; then the score formula."""
    grid = np.linspace(0.1001, 0.9999, 2_000_001)
    own = grid[np.argmax(80 * np.log(grid * (grid - 0.1)) + 20 * np.log((1 - grid) * (1.1 - grid)))]
    variance = (own * (1 - own) + (own - 0.1) * (1.1 - own)) / 100 * 200 / 199
    expected = stats.norm.sf(0.1 / math.sqrt(variance))
    assert non_inferiority(80, 100, 80, 100, margin=0.1).p_value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("contacts", [(30, 30), (30, 90), (100, 60)])
@pytest.mark.parametrize("margin", [0.05, 0.1])
def test_error_levels_by_enumeration(contacts, margin):
    """Exact probability of a wrong verdict, over all results, when the vendor is worse by just the margin."""
    theirs, ours = contacts
    p_values = np.array(
        [
            [non_inferiority(x, theirs, y, ours, margin=margin).p_value for y in range(ours + 1)]
            for x in range(theirs + 1)
        ]
    )
    for own in (0.5, 0.7, 0.8, 0.9):
        weight = np.outer(
            stats.binom.pmf(np.arange(theirs + 1), theirs, own - margin),
            stats.binom.pmf(np.arange(ours + 1), ours, own),
        )
        assert weight[p_values <= 0.05].sum() < 0.07
        assert weight[p_values >= 0.95].sum() < 0.07
        assert weight[p_values <= 0.05].sum() > 0.02


def test_a_long_trial_ends():
    assert non_inferiority(7500, 10_000, 7500, 10_000, margin=0.03).verdict == "continue"
    assert non_inferiority(7000, 10_000, 7500, 10_000, margin=0.03).verdict == "exit"
    assert non_inferiority(7200, 10_000, 7500, 10_000, margin=0.03).verdict == "extend"
    assert non_inferiority(10**9, 10**9, 10**9, 10**9, margin=0.001).verdict == "continue"


@pytest.mark.parametrize("counts", [(0, 0, 10, 20), (5, 10, 0, 0), (0, 0, 0, 0)])
def test_without_contacts_nothing_is_decided(counts):
    result = non_inferiority(*counts, margin=0.05)
    assert (result.verdict, result.p_value) == ("extend", 0.5)
    assert math.isnan(result.difference)


@given(groups, groups, st.floats(0.01, 0.5), st.floats(0.001, 0.4))
def test_verdicts_follow_the_evidence(vendor, own, margin, error):
    result = non_inferiority(*vendor, *own, margin=margin, error=error)
    assert 0.0 <= result.p_value <= 1.0
    good, contacts = vendor
    if good < contacts:
        better = non_inferiority(good + 1, contacts, *own, margin=margin, error=error)
        assert better.p_value <= result.p_value + 1e-9
    wider = non_inferiority(*vendor, *own, margin=min(margin + 0.1, 0.9), error=error)
    assert wider.p_value <= result.p_value + 1e-9
    stricter = non_inferiority(*vendor, *own, margin=margin, error=error / 10)
    assert stricter.verdict in (result.verdict, "extend")


@pytest.mark.parametrize(
    ("counts", "options", "field"),
    [
        ((11, 10, 5, 10), {}, "vendor_good"),
        ((5, 10, 11, 10), {}, "in_house_good"),
        ((-1, 10, 5, 10), {}, "vendor_good"),
        ((5.5, 10, 5, 10), {}, "vendor_good"),
        ((5, 10, 5, NAN), {}, "in_house_contacts"),
        ((True, 10, 5, 10), {}, "vendor_good"),
        ((5, 10, 5, 10), {"margin": 0.0}, "margin"),
        ((5, 10, 5, 10), {"margin": NAN}, "margin"),
        ((5, 10, 5, 10), {"error": 0.5}, "error"),
    ],
)
def test_trials_that_cannot_be_are_refused(counts, options, field):
    with pytest.raises(InputError, match=field):
        non_inferiority(*counts, **{"margin": 0.05, **options})
