"""Quality of a vendor, its worth in money, attainment and trial: hand-computed cases, oracles, bad input."""

from __future__ import annotations

import math
import random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from bporoute.errors import InputError
from bporoute.quality import (
    Attainment,
    Quality,
    QualityPrior,
    likeliest_share,
    non_inferiority,
    quality_cost,
)
from bporoute.share_estimate import ShareEstimate, SharePrior
from bporoute.target import ServiceLevel

INF, NAN = math.inf, math.nan
EIGHTY_IN_TWENTY = ServiceLevel(probability=0.8, within=20)

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


# --- attainment -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counting", "good", "base"),
    # Golden case of the metrics: 1000 answered, 860 of them in time; 60 abandoned, 20 of them within
    # the target, 10 of those within 5 s.
    [
        ("offered", 860, 1060),
        ("ignored", 860, 1040),
        ("credited", 880, 1060),
        ("answered", 860, 1000),
        ("short_excluded", 860, 1050),
    ],
)
def test_attainment_counts_as_the_metrics_do(counting, good, base):
    target = ServiceLevel(probability=0.8, within=20, counting=counting)
    attainment = Attainment.of(target, weight=1e-6, memory=INF)
    stream = [("answered", 10.0)] * 860 + [("answered", 30.0)] * 140
    stream += [("abandoned", 3.0)] * 10 + [("abandoned", 15.0)] * 10 + [("abandoned", 40.0)] * 40
    for outcome, wait in stream:
        attainment = attainment.step(outcome, wait)
    assert attainment.share.count == base
    assert attainment.share.mean == pytest.approx(good / base, rel=1e-6)


def test_a_failed_contact_is_not_answered_in_time():
    start = Attainment.of(EIGHTY_IN_TWENTY)
    assert start.step("failed", NAN).share.total == 0.0
    assert start.step("failed", NAN).share.count == 1.0
    answered = Attainment.of(ServiceLevel(probability=0.8, within=20, counting="answered"))
    assert answered.step("failed", 3.0) is answered


@pytest.mark.parametrize("wait", [NAN, -3.0])
def test_unknown_waits(wait):
    start = Attainment.of(EIGHTY_IN_TWENTY)
    assert start.step("answered", wait) is start
    assert start.step("abandoned", wait).share.count == 1.0  # offered: not answered, whenever it was
    ignored = Attainment.of(ServiceLevel(probability=0.8, within=20, counting="ignored"))
    assert ignored.step("abandoned", wait) is ignored


def test_the_limit_itself_is_in_time():
    start = Attainment.of(EIGHTY_IN_TWENTY)
    assert start.step("answered", 20.0).share.total == 1.0
    assert start.step("answered", math.nextafter(20.0, 30.0)).share.total == 0.0


def test_meeting_the_target():
    start = Attainment.of(EIGHTY_IN_TWENTY, weight=50)
    assert start.meets() == pytest.approx(stats.beta.sf(0.8, 40.5, 10.5))
    assert start.meets() == pytest.approx(0.5, abs=0.1)  # believed to be just met
    good, bad = start, start
    for _ in range(100):
        good, bad = good.step("answered", 5.0), bad.step("answered", 50.0)
    assert good.meets() > 0.99
    assert bad.meets() < 0.01
    assert Attainment.of(EIGHTY_IN_TWENTY, prior=0.95).meets() > 0.99


def test_unknown_outcomes_and_priors_are_refused():
    with pytest.raises(InputError, match="outcome"):
        Attainment.of(EIGHTY_IN_TWENTY).step("lost", 3.0)
    with pytest.raises(InputError, match="share"):
        Attainment.of(EIGHTY_IN_TWENTY, prior=1.5)


# --- trials -----------------------------------------------------------------------------------------------


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
