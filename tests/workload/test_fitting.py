from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from bporoute.center._log_format import LogFormat
from bporoute.durations._laws import Lognormal, Weibull
from bporoute.errors import InputError
from bporoute.workload._call_log import Call, read_calls
from bporoute.workload._fitting import fit_handle_times, fit_patience, fit_patience_curve
from helpers.places import BANK_CALLS


def censored_calls(patience: np.ndarray, offered_wait: np.ndarray) -> list[Call]:
    return [
        Call(f"{number}", "sales", float(number), wait=min(patient, offered), abandoned=patient < offered)
        for number, (patient, offered) in enumerate(
            zip(patience.tolist(), offered_wait.tolist(), strict=True)
        )
    ]


def generated_calls(truth: Weibull, count: int, seed: int) -> list[Call]:
    random = np.random.default_rng(seed)
    return censored_calls(
        truth.scale * random.weibull(truth.shape, count), random.exponential(truth.scale, count)
    )


@pytest.mark.parametrize("truth", [Weibull(0.9, 395.0), Weibull(1.0, 60.0), Weibull(2.5, 120.0)])
def test_patience_agrees_with_scipy(truth):
    calls = generated_calls(truth, count=800, seed=1)
    fitted = fit_patience(calls)
    sample = stats.CensoredData(
        uncensored=[call.wait for call in calls if call.abandoned],
        right=[call.wait for call in calls if not call.abandoned],
    )
    shape, _, scale = stats.weibull_min.fit(sample, 1.0, scale=truth.scale, floc=0)
    assert (fitted.shape, fitted.scale) == pytest.approx((shape, scale), rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(shape=st.floats(0.4, 4.0), scale=st.floats(1.0, 1e4), seed=st.integers(0, 2**32))
@pytest.mark.thorough
def test_patience_recovers_the_truth(shape, scale, seed):
    fitted = fit_patience(generated_calls(Weibull(shape, scale), count=20_000, seed=seed))
    # About 10,000 abandoned calls: the relative error of the shape is near .8 %, six of which are 5 %.
    assert fitted.shape == pytest.approx(shape, rel=0.05)
    assert np.log(fitted.scale / scale) * shape == pytest.approx(0, abs=0.1)


@given(factor=st.floats(1e-6, 1e6))
def test_patience_scales_with_the_unit_of_time(factor):
    calls = generated_calls(Weibull(0.9, 395.0), count=200, seed=2)
    fitted = fit_patience(calls)
    in_other_units = fit_patience([Call(c.id, c.type, 0.0, "", c.wait * factor, c.abandoned) for c in calls])
    assert in_other_units.shape == pytest.approx(fitted.shape)
    assert in_other_units.scale == pytest.approx(fitted.scale * factor)


def test_calls_without_a_known_wait_do_not_count():
    calls = generated_calls(Weibull(0.9, 395.0), count=200, seed=3)
    unknown = [
        Call("a", "sales", 0.0, abandoned=True),
        Call("b", "sales", 0.0, wait=0.0),
        Call("c", "sales", 0.0),
    ]
    assert fit_patience(calls + unknown) == fit_patience(calls)


def test_handle_times_recover_the_truth():
    truth = Lognormal(log_mean=4.784, log_sd=0.953)
    handles = np.random.default_rng(4).lognormal(truth.log_mean, truth.log_sd, 40_000)
    fitted = fit_handle_times(
        [Call("", "sales", 0.0, handle=handle) for handle in handles.tolist()], shortest=0.0
    )
    assert fitted.log_mean == pytest.approx(truth.log_mean, abs=0.03)
    assert fitted.log_sd == pytest.approx(truth.log_sd, abs=0.02)
    assert fitted.mean == pytest.approx(handles.mean(), rel=0.05)


def test_short_and_unknown_handle_times_do_not_count():
    calls = [Call("", "sales", 0.0, handle=handle) for handle in range(10, 110)]
    ignored = [Call("", "sales", 0.0, handle=9.9), Call("", "sales", 0.0)]
    fitted = fit_handle_times(calls + ignored)
    assert fitted == fit_handle_times(calls)
    shape, _, scale = stats.lognorm.fit(range(10, 110), floc=0)
    assert (fitted.log_sd, fitted.log_mean) == pytest.approx((shape, np.log(scale)))


def test_too_few_calls():
    calls = [Call("", "sales", 0.0, wait=1.0 + n, handle=60.0 + n, abandoned=True) for n in range(19)]
    with pytest.raises(InputError, match=r"found 19 calls with a handle time .* in the center file"):
        fit_handle_times(calls)
    with pytest.raises(InputError, match=r"found 19 calls abandoned .* in the center file"):
        fit_patience(calls)
    with pytest.raises(InputError, match="found 0 calls abandoned"):
        fit_patience([])


def test_waits_that_are_all_the_same_have_no_shape():
    calls = [Call("", "sales", 0.0, wait=30.0, abandoned=True) for _ in range(30)]
    with pytest.raises(InputError, match="all waited 30 to 30 seconds"):
        fit_patience(calls)


def test_weibull_mean_is_the_area_under_survival():
    weibull = Weibull(0.9, 395.0)
    assert weibull.mean == pytest.approx(integrate.quad(weibull.survival, 0, np.inf)[0])


@pytest.mark.skipif(not BANK_CALLS.exists(), reason=f"no real call log at {BANK_CALLS}")
def test_the_log_of_a_real_bank():
    format = LogFormat(
        columns={"arrival": "arrival_ts", "wait": "queue_sec", "handle": "service_sec"},
        abandoned=("HANG",),
        drop=({"outcome": "PHANTOM"}, {"outcome": "HANG", "queued": "0"}),
    )
    days = (date(1999, 2, 1), date(1999, 2, 19))
    calls = read_calls(BANK_CALLS, format, "Asia/Jerusalem", days).calls
    handle = fit_handle_times(calls)
    assert (handle.log_mean, handle.log_sd) == pytest.approx((4.784, 0.953), abs=0.05)  # of the whole month
    patience = fit_patience(calls)
    assert patience.shape == pytest.approx(0.89, abs=0.03)
    assert patience.scale == pytest.approx(395, rel=0.05)


def test_the_survival_curve_agrees_with_scipy():
    calls = generated_calls(Weibull(0.9, 395.0), count=3000, seed=6)
    curve = fit_patience_curve(calls)
    waits = np.array([call.wait for call in calls])
    gave_up = np.array([call.abandoned for call in calls])
    oracle = stats.ecdf(stats.CensoredData(uncensored=waits[gave_up], right=waits[~gave_up])).sf
    end = np.sort(waits)[-20]  # as far as 20 are left
    within = [place for place, time in enumerate(curve.times) if 0 < time <= end]
    assert len(within) >= 990
    found = [curve.shares[place] for place in within]
    assert found == pytest.approx(oracle.evaluate([curve.times[place] for place in within]), abs=1e-12)


def test_the_survival_curve_recovers_a_patience_of_two_kinds():
    """Half of the callers give up within a minute, the others hardly ever: no Weibull law has that."""
    random = np.random.default_rng(7)
    patience = np.where(random.random(40_000) < 0.5, random.uniform(0, 60, 40_000), 3000.0)
    calls = censored_calls(patience, random.exponential(200.0, 40_000))
    curve, law = fit_patience_curve(calls), fit_patience(calls)
    for time, left in ((15.0, 0.875), (30.0, 0.75), (60.0, 0.5), (300.0, 0.5)):
        assert curve.survival(time) == pytest.approx(left, abs=0.01)
    assert abs(law.survival(15.0) - 0.875) > 0.03


def test_the_tail_of_the_curve_is_exponential_at_the_mean_rate_until_its_end():
    """100 of 200 callers give up after 30 s each, nobody is seen waiting longer than 40 s."""
    calls = [Call("", "sales", 0.0, wait=30.0 + n / 1000, abandoned=n % 2 == 0) for n in range(200)]
    calls += [Call("", "sales", 0.0, wait=40.0) for _ in range(100)]
    curve = fit_patience_curve(calls)
    left = curve.survival(40.0)
    assert curve.survival(30.0 + 198 / 1000) == left < 0.65
    for times in (2, 3, 5):
        assert curve.survival(times * 40.0) == pytest.approx(left**times, rel=0.01)
    assert curve.shares[-1] == 0.0
    assert curve.mean < 200


def test_who_gives_up_at_once_has_less_than_a_second():
    waiting = [Call("", "sales", 0.0, wait=n / 2, abandoned=n % 2 == 0) for n in range(4, 304)]
    at_once = [Call("", "sales", 0.0, wait=0.0, abandoned=True)] * 100
    answered_at_once = [Call("", "sales", 0.0, wait=0.0)] * 1000  # they show nothing
    curve = fit_patience_curve(waiting + at_once + answered_at_once)
    assert curve.survival(1.0) == pytest.approx(1 - 100 / 400)
    assert curve.survival(0.5) == pytest.approx(1 - 50 / 400)


def test_when_all_have_given_up_nobody_is_left():
    curve = fit_patience_curve([Call("", "sales", 0.0, wait=30.0, abandoned=True)] * 150)
    assert (curve.times, curve.shares) == ((0.0, 29.0, 30.0), (1.0, 1.0, 0.0))


def test_too_few_for_a_curve():
    calls = [Call("", "sales", 0.0, wait=1.0 + n, abandoned=True) for n in range(99)]
    with pytest.raises(InputError, match=r"found 99 calls abandoned .* expected at least 100"):
        fit_patience_curve(calls)


def kaplan_meier(waits: list[int], gave_up: list[bool], time: int) -> float:
    """Share still waiting after `time`, call by call; who gives up leaves before who is answered."""
    left, waiting = 1.0, len(waits)
    for wait, gone in sorted(zip(waits, gave_up, strict=True), key=lambda pair: (pair[0], not pair[1])):
        if gone and wait <= time:
            left *= (waiting - 1) / waiting
        waiting -= 1
    return left


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), longest=st.integers(2, 60), odds=st.floats(0.3, 0.9))
def test_the_curve_of_whole_seconds_is_that_of_a_plain_loop(seed, longest, odds):
    random = np.random.default_rng(seed)
    waits = random.integers(1, longest, 500).tolist()
    gave_up = (random.random(500) < odds).tolist()
    curve = fit_patience_curve(
        Call("", "sales", 0.0, wait=wait, abandoned=gone) for wait, gone in zip(waits, gave_up, strict=True)
    )
    end = sorted(waits)[-20]
    for time in range(1, end + 1):
        if any(gone and wait == time for wait, gone in zip(waits, gave_up, strict=True)):
            assert curve.survival(time) == pytest.approx(kaplan_meier(waits, gave_up, time), abs=1e-12)
    assert all(later <= sooner for sooner, later in pairwise(curve.shares))
    assert all(later > sooner for sooner, later in pairwise(curve.times))
    assert curve.mean < np.inf
