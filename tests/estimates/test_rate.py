"""Estimates of arrival rates: hand-computed steps, coverage, cost of errors, invariants, bad input."""

from __future__ import annotations

import math
import random
import sys
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bporoute.errors import InputError
from bporoute.estimates._rate import RateEstimate, RatePrior
from bporoute.queueing._optimal_overflow import optimal_overflow
from helpers.estimating import seen, within_binomial_error
from helpers.running import run

INF, NAN = math.inf, math.nan
KEEPING = RatePrior(half_life=INF)

# agents, arrival rate, aht, patience, waiting room, wait cost, abandonment cost, price; per minute: scenarios
# S1 and S2 of the project's research table.
S1 = (50, 10.4, 5, 1 / 0.3, 100, 0.15, 8, 6)
S2 = (10, 1.6, 1 / 0.16, 1 / 0.5, 40, 0.25, 12, 9)

probabilities = st.floats(0.5, 0.999)
rates = st.floats(1e-4, 10.0)
counts = st.integers(0, 50)
spells = st.floats(0.1, 600.0)


def rate(shape, cv=None):
    return RateEstimate(RatePrior(), shape if cv is None else cv**-2, shape if cv is None else cv**-2)


# --- one step at a time -----------------------------------------------------------------------------------


def test_without_forgetting_a_step_adds_arrivals_and_exposure():
    prior = RatePrior(rate_cv=0.06, forecast_cv=0.08, half_life=INF)  # .0036 + .0064: worth 100 contacts
    estimate = RateEstimate(prior).step(30, 100.0, 0.2)
    # ratio: (100 + 30) / (100 + 20); rate: .2 times that
    assert estimate.expected == pytest.approx(0.2 * 130 / 120, rel=1e-12)
    assert estimate.shape == pytest.approx(130, rel=1e-12)


def test_a_step_of_one_half_life_by_hand():
    prior = RatePrior(rate_cv=0.06, forecast_cv=0.08, half_life=100.0)
    before = RateEstimate(prior, shape=50.0, seconds=200.0, forecast=0.2)  # ratio 1.25, variance 1.25^2 / 50
    variance = 0.25 * 1.25**2 / 50 + 0.75 * 0.01 * 1.125**2
    shape = 1.125**2 / variance
    share = 0.5 / math.log(2)  # of 100 seconds, mean of 2^(-t / 100)
    estimate = before.step(25, 100.0, 0.2)
    assert estimate.shape == pytest.approx(shape + 25 * share, rel=1e-12)
    assert estimate.expected == pytest.approx(
        (shape + 25 * share) / (1.125 / variance + 20 * share) * 0.2, rel=1e-12
    )


def test_a_forecast_is_the_estimate_until_something_arrives():
    prior = RatePrior()
    estimate = RateEstimate(prior).at(0.25)
    assert estimate.expected == pytest.approx(0.25)
    low, high = estimate.interval(0.9)
    cv = math.hypot(prior.rate_cv, prior.forecast_cv)
    assert (low, high) == pytest.approx((0.25 * (1 - 1.645 * cv), 0.25 * (1 + 1.645 * cv)), rel=0.01)


def test_a_new_forecast_moves_the_estimate_with_it():
    estimate = seen(RateEstimate(), *[(20, 60.0, 0.25)] * 10)
    moved = estimate.at(0.5)
    assert moved.expected == pytest.approx(2 * estimate.expected)
    assert moved.shape == estimate.shape
    assert moved.at(0.25).expected == pytest.approx(estimate.expected)


def test_an_untold_forecast_stays():
    estimate = RateEstimate().at(0.25)
    for untold in (NAN, -1.0, INF, 1e300):
        assert estimate.at(untold) is estimate
        assert estimate.step(3, 10.0, untold) == estimate.step(3, 10.0)
        assert estimate.step(3, 10.0, untold).forecast == 0.25


def test_without_a_forecast_the_data_speak():
    assert math.isnan(RateEstimate().expected)
    assert math.isnan(RateEstimate().safe)
    assert all(math.isnan(bound) for bound in RateEstimate().interval())
    estimate = seen(RateEstimate(KEEPING), (10, 60.0, 0.0), (14, 60.0, 0.0))
    assert estimate.expected == pytest.approx(24.5 / 120)
    estimate = seen(RateEstimate(), *[(5, 10.0, 0.0)] * 2000)  # .5 contacts a second for more than 5 hours
    assert estimate.expected == pytest.approx(0.5, rel=1e-3)
    assert estimate.shape == pytest.approx(0.5 * 1800 / math.log(2), rel=0.01)  # a half-life's worth


def test_a_forecast_that_comes_late_adds_its_weight():
    estimate = RateEstimate(KEEPING).step(60, 600.0, 0.0).at(0.2)
    weight = KEEPING.weight
    assert estimate.expected == pytest.approx(0.2 * (weight + 60) / (weight + 120))
    gone = estimate.at(0.0)
    assert (gone.expected, gone.forecast) == (estimate.expected, 0.0)
    assert RateEstimate().at(1e-300).forecast == 0.0


# --- forgetting, gaps, bursts -----------------------------------------------------------------------------


def test_after_a_long_gap_the_forecast_holds_again():
    busy = seen(RateEstimate(), *[(40, 60.0, 0.4)] * 60)
    assert busy.expected > 0.55
    for gap in ((0, 36_000.0), (1, 36_000.0)):  # a feed that was silent for ten hours, not a quiet night
        after = busy.step(*gap)
        assert after.expected == pytest.approx(0.4, rel=1e-3)
        assert after.shape == pytest.approx(RatePrior().weight, rel=1e-3)


def test_after_a_long_gap_without_a_forecast_new_contacts_count_most():
    evening = seen(RateEstimate(), *[(60, 60.0, 0.0)] * 60)
    morning = evening.step(0, 36_000.0, 0.0)
    assert morning.expected == pytest.approx(evening.expected)
    assert morning.shape == 0.5
    later = seen(morning, *[(6, 60.0, 0.0)] * 10)
    assert later.expected == pytest.approx(0.1, rel=0.05)


def test_a_quiet_spell_counts():
    estimate = RateEstimate().at(0.1)
    assert estimate.step(0, 150.0).expected < 0.1  # 15 expected
    assert estimate.step(25, 1000.0).expected < 0.1  # 100 expected


def test_a_burst_is_cut_and_a_surge_is_followed():
    estimate = RateEstimate().at(0.2)
    burst = estimate.step(1000, 1.0)
    assert burst.expected < 1.1 * estimate.expected
    assert burst == estimate.step(10_000, 1.0)
    surge = seen(estimate, *[(12, 10.0)] * 180)  # six times the forecast, for half an hour
    assert 0.85 * 1.2 < surge.expected < 1.2


def test_how_finely_time_is_cut_hardly_matters():
    once = RateEstimate().step(12, 60.0, 0.17)
    often = seen(RateEstimate(), *[(1, 5.0, 0.17)] * 12)
    assert often.expected == pytest.approx(once.expected, rel=2e-3)
    assert often.shape == pytest.approx(once.shape, rel=2e-3)


@given(
    st.integers(-1, 12),
    st.one_of(st.floats(0.0, 500.0), st.just(math.nan)),
    st.one_of(st.floats(1e-3, 4000.0), st.sampled_from([0.0, math.inf])),
    st.sampled_from([math.nan, 0.0, 1e-12, 0.2, 3.0]),
    st.booleans(),
)
def test_steps_that_are_alike_come_to_the_last_digit_to_what_each_alone_does(
    steps, arrivals, seconds, forecast, known
):
    first = RateEstimate().at(0.5).step(30, 60.0) if known else RateEstimate()
    one_by_one = first
    for _ in range(steps):
        one_by_one = one_by_one.step(arrivals, seconds, forecast)
    assert first.steps(steps, arrivals, seconds, forecast) == one_by_one


def test_a_busy_queue_is_never_known_better_than_it_moves():
    estimate = seen(RateEstimate(), *[(1000, 10.0, 100.0)] * 1000)
    assert 0.005 < estimate.shape**-0.5 < 0.03


@pytest.mark.parametrize(
    ("arrivals", "seconds"),
    [(3, 0.0), (3, -3600.0), (3, NAN), (3, INF), (-1, 10.0), (NAN, 10.0), (INF, 10.0)],
)
def test_steps_that_cannot_be_are_ignored(arrivals, seconds):
    estimate = RateEstimate().at(0.2)
    assert estimate.step(arrivals, seconds, 0.3) is estimate


@given(st.lists(st.tuples(st.floats(), st.floats(), st.floats()), max_size=30))
def test_whatever_comes_the_estimate_stays_a_rate(steps):
    estimate = seen(RateEstimate(), *steps)
    assert estimate.shape >= 0.5 * (1 - 1e-9)
    assert estimate.seconds >= 0.0
    assert not estimate.expected < 0.0
    assert not estimate.safe < 0.0


# --- intervals and the safe side --------------------------------------------------------------------------


def test_coverage_of_the_rate():
    draw = random.Random(1)
    prior, trials = RatePrior(rate_cv=0.2, forecast_cv=0.2, half_life=INF), 2000
    covered = below = 0
    for _ in range(trials):
        true = 0.1 * draw.gammavariate(prior.weight, 1 / prior.weight)
        estimate = RateEstimate(prior).step(poisson(draw, 300 * true), 300.0, 0.1)
        low, high = estimate.interval(0.8)
        covered += low <= true <= high
        below += true <= estimate.safe
    assert within_binomial_error(covered, trials, 0.8)
    assert within_binomial_error(below, trials, prior.safety)


def test_coverage_while_the_rate_moves():
    """The ratio wanders as the model says: minutes, lognormal with an autoregression behind."""
    draw = random.Random(2)
    prior = RatePrior()
    kept, cv = 2 ** -(60 / prior.half_life), prior.weight**-0.5
    covered = trials = 0
    for _ in range(150):
        deviation, estimate = draw.gauss(0, cv), RateEstimate()
        for minute in range(150):
            deviation = kept * deviation + math.sqrt(1 - kept * kept) * draw.gauss(0, cv)
            true = 0.5 * math.exp(deviation - cv * cv / 2)
            estimate = estimate.step(poisson(draw, 60 * true), 60.0, 0.5)
            if minute % 50 == 49:  # nearly independent
                low, high = estimate.interval(0.9)
                covered += low <= true <= high
                trials += 1
    assert within_binomial_error(covered, trials, 0.9)


@given(shape=st.floats(0.5, 1e6), probability=probabilities)
def test_the_interval_holds_the_mean(shape, probability):
    low, high = rate(shape).interval(probability)
    assert 0.0 <= low <= 1.0 <= high


@given(shape=st.floats(5, 1e6), safety=st.floats(0.05, 0.95))
def test_the_safe_rate_is_the_quantile(shape, safety):
    estimate = RateEstimate(RatePrior(safety=safety), shape, shape)
    assert estimate.safe == pytest.approx(stats.gamma.ppf(safety, shape, scale=1 / shape), rel=0.01)


@given(st.floats(0.5, 1e6))
def test_the_default_safe_rate_is_nearly_exact(shape):
    assert rate(shape).safe == pytest.approx(stats.gamma.ppf(0.7, shape, scale=1 / shape), rel=0.003)


def test_safe_is_above_expected_and_comes_closer_with_data():
    estimates = [RateEstimate(KEEPING).at(0.2)]
    for _ in range(8):
        estimates.append(estimates[-1].step(20, 100.0))
    extra = [estimate.safe / estimate.expected for estimate in estimates]
    assert all(later < sooner for sooner, later in pairwise(extra))
    assert extra[-1] > 1.0


def cost_curve(agents, arrival_rate, aht, patience, room, wait_cost, abandonment_cost, price):
    """Cost of every threshold: (C_L + lambda p w_L) / W_L, see kernels.md, section 5."""
    weight, weights, costs, curve = 1.0, 0.0, 0.0, []
    for present in range(agents + room + 1):
        waiting = max(present - agents, 0)
        if present:
            weight *= arrival_rate / (min(present, agents) / aht + waiting / patience)
        weights += weight
        costs += weight * waiting * (wait_cost + abandonment_cost / patience)
        curve.append((costs + arrival_rate * price * weight) / weights)
    return curve


def threshold_for(scenario, arrival_rate):
    agents, _, *rest = scenario
    return int(min(optimal_overflow(agents, arrival_rate, *rest).threshold, agents + rest[2]))


def loss(scenario, error):
    """What the best threshold for a wrong rate costs more than the optimum, as a share."""
    curve = cost_curve(*scenario)
    return curve[threshold_for(scenario, scenario[1] * (1 + error))] / min(curve) - 1


def test_cost_curve_is_the_one_that_is_optimised():
    for scenario in (S1, S2):
        assert min(cost_curve(*scenario)) == pytest.approx(optimal_overflow(*scenario).cost_rate, rel=1e-12)


def test_too_low_a_rate_costs_more_than_too_high_a_rate():
    for error in (0.05, 0.1, 0.2):
        assert loss(S1, -error) > loss(S1, error) > 0
        assert loss(S2, -error) >= loss(S2, error)
    assert loss(S1, -0.2) > loss(S1, -0.1) > loss(S1, -0.05)
    assert loss(S2, -0.2) > 0
    figures = [round(100 * loss(S1, error), 1) for error in (-0.05, -0.1, -0.2, 0.05, 0.1, 0.2)]
    assert figures == [0.8, 1.7, 6.8, 0.5, 0.5, 2.1]  # as the docstring of `safe` states


@pytest.mark.parametrize("cv", [0.1, 0.2, 0.3])
def test_the_default_quantile_loses_least(cv):
    """Expected loss under the posterior, when the threshold is the best one for a quantile of it."""
    quantiles = (0.2, 0.5, RatePrior().safety, 0.95)
    losses = dict.fromkeys(quantiles, 0.0)
    least = 0.0
    posterior = stats.gamma(cv**-2, scale=cv**2)
    for scenario in (S1, S2):
        for load in (0.9, 1.0, 1.1):
            agents, arrival_rate, *rest = scenario
            assumed = (agents, load * arrival_rate, *rest)
            curves = [
                cost_curve(agents, float(assumed[1] * posterior.ppf((k + 0.5) / 15)), *rest)
                for k in range(15)
            ]
            least += sum(min(curve) for curve in curves)
            for quantile in quantiles:
                estimate = RateEstimate(RatePrior(safety=quantile), cv**-2, cv**-2)
                threshold = threshold_for(assumed, assumed[1] * estimate.safe)
                losses[quantile] += sum(curve[threshold] for curve in curves)
    low, middle, chosen, high = (losses[quantile] / least - 1 for quantile in quantiles)
    assert chosen < high
    assert chosen < low
    assert middle < low
    assert chosen < middle + 0.0005  # at 10 % the two are level, beyond it the default is better
    if cv > 0.1:
        assert chosen < 0.8 * middle


# --- invariants -------------------------------------------------------------------------------------------


@given(
    rates, st.lists(st.tuples(counts, spells), min_size=1, max_size=20), st.sampled_from([60.0, 1800.0, INF])
)
def test_the_ratio_stays_between_prior_and_data(forecast, steps, half_life):
    estimate = seen(RateEstimate(RatePrior(half_life=half_life)), *[(*step, forecast) for step in steps])
    ratios = [1.0, *(count / (seconds * forecast) for count, seconds in steps)]
    slack = 1e-9 * max(ratios)
    assert min(ratios) - slack <= estimate.expected / forecast <= max(ratios) + slack


@given(st.data(), rates, st.lists(st.floats(-1, 1), min_size=2, max_size=10))
def test_without_forgetting_the_order_does_not_matter(data, forecast, deviations):
    due = 100.0 * forecast
    steps = [(due + deviation * min(due, due**0.5), 100.0, forecast) for deviation in deviations]
    shuffled = data.draw(st.permutations(steps))
    one, other = seen(RateEstimate(KEEPING), *steps), seen(RateEstimate(KEEPING), *shuffled)
    assert one.expected == pytest.approx(other.expected, rel=1e-9)
    assert one.shape == pytest.approx(other.shape, rel=1e-9)
    together = RateEstimate(KEEPING).step(sum(step[0] for step in steps), 100.0 * len(steps), forecast)
    assert one.expected == pytest.approx(together.expected, rel=1e-9)


@given(
    st.lists(st.tuples(counts, spells), min_size=1, max_size=10),
    st.sampled_from([0.0, 0.3]),
    st.floats(0.01, 100),
)
def test_another_unit_of_time_is_another_unit_of_the_rate(steps, forecast, unit):
    one = seen(RateEstimate(), *[(count, seconds, forecast) for count, seconds in steps])
    prior = RatePrior(half_life=1800.0 * unit)
    other = seen(RateEstimate(prior), *[(count, seconds * unit, forecast / unit) for count, seconds in steps])
    assert other.expected * unit == pytest.approx(one.expected, rel=1e-9)
    assert other.safe * unit == pytest.approx(one.safe, rel=1e-9)


@given(rates, probabilities)
def test_intervals_of_the_rate_shrink_with_data(forecast, probability):
    estimate, widths = RateEstimate(KEEPING).at(forecast), []
    for _ in range(5):
        low, high = estimate.interval(probability)
        widths.append((high - low) / estimate.expected)
        estimate = estimate.step(100.0, 100.0 / forecast)
    assert all(later < sooner for sooner, later in pairwise(widths))


# --- configuration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: RatePrior(rate_cv=0.0), "RatePrior.rate_cv"),
        (lambda: RatePrior(forecast_cv=NAN), "RatePrior.forecast_cv"),
        (lambda: RatePrior(half_life=-1.0), "RatePrior.half_life"),
        (lambda: RatePrior(half_life="1800"), "RatePrior.half_life"),
        (lambda: RatePrior(safety=1.0), "RatePrior.safety"),
        (lambda: rate(10).interval(0.0), "probability"),
    ],
)
def test_what_is_out_of_range_is_refused(build, field):
    with pytest.raises(InputError) as refused:
        build()
    assert refused.value.where == field


def test_priors_load_from_plain_tables():
    assert msgspec.convert({"half_life": 900}, RatePrior) == RatePrior(half_life=900.0)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"halflife": 900}, RatePrior)


def test_steps_load_no_scipy():
    program = """
import sys
from bporoute import HandleTimeEstimate, HandleTimePrior, Quality, QualityPrior, RateEstimate
Quality.of(QualityPrior()).step(resolved=True, handle=3.0, in_house_aht=2.0)
RateEstimate().step(2, 10.0, 0.1).safe
HandleTimeEstimate(HandleTimePrior(aht=9)).step(3.0).mean
print(sorted({"scipy", "numpy", "numba"} & set(sys.modules)))
"""
    done = run([sys.executable, "-c", program])
    assert (done.stdout, done.stderr) == ("[]\n", "")


# --- help -------------------------------------------------------------------------------------------------


def poisson(draw, mean):
    """Count the unit-rate exponential times that fit into `mean`."""
    count, left = 0, mean - draw.expovariate(1.0)
    while left > 0:
        count, left = count + 1, left - draw.expovariate(1.0)
    return count
