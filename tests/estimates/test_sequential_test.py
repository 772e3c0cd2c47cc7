"""The sequential test's error rates by simulation, beside its formula, and at the edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bporoute
from bporoute.errors import InputError
from bporoute.estimates._sequential_test import SequentialTest, Verdict

RUNS = 1000
BY_CHANCE = 20
"""Wrong verdicts in 1000 runs that a rate of 1 in 100 exceeds once in 600 times (binomial)."""


def verdicts(seed: int, shift: float, spread: float, **options: Any) -> list[Verdict]:
    numbers = np.random.default_rng(seed)
    exact = -50.0
    return [
        SequentialTest(exact=exact, **options)
        .after((exact * (1.0 + shift + spread * numbers.normal(size=1500))).tolist())
        .verdict
        for _ in range(RUNS)
    ]


@pytest.mark.parametrize("spread", [0.0005, 0.003])
def test_false_alarms_are_no_more_frequent_than_stated(spread: float) -> None:
    found = verdicts(1, 0.0, spread)
    assert found.count("biased") <= BY_CHANCE
    assert found.count("unbiased") + found.count("biased") == RUNS


@pytest.mark.parametrize("shift", [0.001, -0.001, 0.002])
@pytest.mark.parametrize("spread", [0.0005, 0.003])
def test_a_bias_of_a_thousandth_is_caught(shift: float, spread: float) -> None:
    found = verdicts(2, shift, spread)
    assert found.count("unbiased") <= BY_CHANCE
    assert found.count("unbiased") + found.count("biased") == RUNS


def test_rates_that_are_looser_are_kept_too_and_take_fewer_batches() -> None:
    options = {"false_alarm": 0.2, "miss": 0.1, "pilot": 10}
    alarms, misses = verdicts(3, 0.0, 0.003, **options), verdicts(4, 0.001, 0.003, **options)
    assert 0.05 * RUNS < alarms.count("biased") <= 0.2 * RUNS + 38
    assert 0.02 * RUNS < misses.count("unbiased") <= 0.1 * RUNS + 29
    means = (20.0 + 0.06 * np.random.default_rng(5).normal(size=3000)).tolist()
    assert (
        SequentialTest(exact=20.0, false_alarm=0.2, miss=0.1, pilot=10).after(means).count
        < SequentialTest(exact=20.0).after(means).count
    )


def naive(means: list[float], exact: float, bias: float, alarm: float, miss: float, pilot: int) -> Any:
    """The rule as it is written, from all means at once."""
    freedom, difference = pilot - 1, bias * abs(exact)
    variance = np.var(np.array(means[:pilot]) - exact, ddof=1) if len(means) >= pilot else math.nan
    for count in range(pilot, len(means) + 1):
        away = abs(math.fsum(mean - exact for mean in means[:count]))
        upper, lower = (
            freedom / 2.0 * (rate ** (-2.0 / freedom) - 1.0) * variance / difference
            for rate in (alarm / 2.0, miss)
        )
        if away >= count * difference / 2.0 + upper:
            return "biased", count
        if away <= count * difference / 2.0 - lower:
            return "unbiased", count
    return "undecided", len(means)


@given(
    st.integers(0, 10_000),
    st.floats(-3.0, 3.0),
    st.floats(0.1, 3.0),
    st.floats(0.001, 0.4),
    st.floats(0.001, 0.4),
    st.integers(5, 20),
)
def test_step_by_step_is_the_rule_at_once(
    seed: int, shift: float, spread: float, alarm: float, miss: float, pilot: int
) -> None:
    means = (40.0 + shift + spread * np.random.default_rng(seed).normal(size=60)).tolist()
    state = SequentialTest(exact=40.0, bias=0.02, false_alarm=alarm, miss=miss, pilot=pilot).after(means)
    assert (state.verdict, state.count) == naive(means, 40.0, 0.02, alarm, miss, pilot)


@given(st.integers(0, 1000), st.floats(0.01, 100.0))
def test_the_unit_does_not_matter(seed: int, unit: float) -> None:
    means = 3.0 + 0.01 * np.random.default_rng(seed).normal(size=300)
    one = SequentialTest(exact=3.0).after(means.tolist())
    other = SequentialTest(exact=3.0 * unit).after((means * unit).tolist())
    assert one.verdict == other.verdict


def test_a_verdict_stays_and_states_are_values() -> None:
    before = SequentialTest(exact=10.0)
    after = before.after([10.0 + 0.001 * (-1) ** batch for batch in range(30)])
    assert (before.count, before.verdict) == (0, "undecided")
    assert (after.count, after.verdict) == (30, "unbiased")
    assert after.step(1e6) is after


def test_there_is_no_verdict_before_the_pilot_is_complete() -> None:
    state = SequentialTest(exact=10.0, pilot=8).after([20.0 + 0.001 * batch for batch in range(7)])
    assert (state.count, state.verdict) == (7, "undecided")
    assert state.step(20.0).verdict == "biased"


def test_batches_without_any_spread_are_judged_at_once() -> None:
    assert SequentialTest(exact=10.0).after([10.0] * 40).verdict == "unbiased"
    assert SequentialTest(exact=10.0).after([10.02] * 40).verdict == "biased"
    assert SequentialTest(exact=10.0).after([10.004] * 40).verdict == "unbiased"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"exact": 0.0}, "exact: found 0.0"),
        ({"exact": math.nan}, "exact: found nan"),
        ({"exact": math.inf}, "exact: found inf"),
        ({"exact": 1.0, "bias": 0.0}, "bias: found 0.0"),
        ({"exact": 1.0, "bias": math.nan}, "bias: found nan"),
        ({"exact": 1.0, "false_alarm": 0.5}, "false_alarm: found 0.5"),
        ({"exact": 1.0, "miss": 0.0}, "miss: found 0.0"),
        ({"exact": 1.0, "pilot": 4}, "pilot: found 4"),
        ({"exact": 1.0, "pilot": 30.0}, "pilot: found 30.0"),
    ],
)
def test_options_are_checked(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        SequentialTest(**options)
    assert str(raised.value).startswith(complaint)


@pytest.mark.parametrize("mean", [math.nan, math.inf, -2e100])
def test_a_mean_is_a_number(mean: float) -> None:
    with pytest.raises(InputError, match="mean: found"):
        SequentialTest(exact=1.0).step(mean)


def test_it_is_public() -> None:
    assert bporoute.SequentialTest is SequentialTest
