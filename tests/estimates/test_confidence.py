"""Intervals beside SciPy, their coverage by simulation, what holds of all of them, and degenerate input."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

import bporoute
from bporoute.errors import InputError
from bporoute.estimates._confidence import (
    BatchEstimate,
    Estimate,
    enough,
    of_batches,
    of_ratio,
    of_replications,
    paired,
    paired_ratio,
)

numbers = st.floats(min_value=-1e6, max_value=1e6)
counts = st.integers(min_value=1, max_value=10_000)
levels = st.floats(min_value=0.01, max_value=0.999)


def is_close(estimate: Estimate, other: Estimate, scale: float = 1.0) -> bool:
    return all(
        math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-9 * scale)
        for one, two in (
            (estimate.value, other.value),
            (estimate.low, other.low),
            (estimate.high, other.high),
        )
    )


def naive_jackknife(ratio: Callable[[list[int]], float], count: int, level: float) -> Estimate:
    """The textbook's jackknife: everything again without each day in turn."""
    days = list(range(count))
    whole = ratio(days)
    changes = [ratio(days[:day] + days[day + 1 :]) - whole for day in days]
    error = math.sqrt((count - 1) / count * math.fsum(change**2 for change in changes))
    half = float(stats.t.ppf((1.0 + level) / 2.0, count - 1)) * error
    return Estimate(whole, whole - half, whole + half, level, count)


# --- beside SciPy and the textbook ---


@given(st.lists(numbers, min_size=2, max_size=30), levels)
def test_replications_are_students_interval(values: list[float], level: float) -> None:
    assume(np.std(values) > 1e-9)
    estimate = of_replications(values, level)
    low, high = stats.t.interval(level, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert is_close(estimate, Estimate(float(np.mean(values)), low, high, level, len(values)), scale=1e6)
    assert (estimate.level, estimate.count) == (level, len(values))


def test_a_published_example() -> None:
    """Law, Simulation Modeling and Analysis (2015), example 4.26: 1.34 and 0.24 at 90 %."""
    estimate = of_replications([1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09], 0.90)
    assert (round(estimate.value, 2), round(estimate.half_width, 2)) == (1.34, 0.24)
    assert str(estimate) == "1.34 ± 0.24"


@given(st.lists(st.tuples(counts, counts), min_size=2, max_size=12), levels)
def test_a_ratio_is_the_textbooks_jackknife(days: list[tuple[int, int]], level: float) -> None:
    parts, wholes = zip(*days, strict=True)
    naive = naive_jackknife(
        lambda kept: sum(parts[day] for day in kept) / sum(wholes[day] for day in kept), len(days), level
    )
    assert is_close(of_ratio(parts, wholes, level), naive, scale=1.0 + naive.half_width)


@given(st.lists(st.tuples(counts, counts, counts, counts), min_size=2, max_size=12), levels)
def test_a_difference_of_ratios_is_the_textbooks_jackknife(
    days: list[tuple[int, int, int, int]], level: float
) -> None:
    ours, our_wholes, theirs, their_wholes = zip(*days, strict=True)

    def difference(kept: list[int]) -> float:
        own = sum(ours[day] for day in kept) / sum(our_wholes[day] for day in kept)
        return float(own - sum(theirs[day] for day in kept) / sum(their_wholes[day] for day in kept))

    naive = naive_jackknife(difference, len(days), level)
    found = paired_ratio(ours, our_wholes, theirs, their_wholes, level)
    scale = 1.0 + max(
        one / other for one, other in zip(ours + theirs, our_wholes + their_wholes, strict=True)
    )
    assert is_close(found, naive, scale=scale * (1.0 + naive.half_width))


def test_batches_are_replications_of_their_means() -> None:
    values = np.random.default_rng(3).normal(size=1007)
    estimate = of_batches(values, batches=10)
    means = [values[7 + 100 * batch : 107 + 100 * batch].mean() for batch in range(10)]
    assert is_close(estimate, of_replications(means))
    assert (estimate.length, estimate.count) == (100, 10)
    away = means - np.mean(means)
    assert estimate.autocorrelation == pytest.approx(sum(away[1:] * away[:-1]) / sum(away**2))


def test_a_ratio_counts_contacts_and_not_days() -> None:
    assert of_ratio([100, 0], [1000, 1]).value == 100 / 1001


# --- coverage: how often the interval holds the true value, within 3 standard errors of the simulation ---


def coverage(estimates: list[Estimate], true: float) -> float:
    return sum(estimate.holds(true) for estimate in estimates) / len(estimates)


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("count", [2, 5, 30])
def test_replications_hold_the_mean_as_often_as_they_say(level: float, count: int) -> None:
    samples = np.random.default_rng(count).normal(7.0, 3.0, size=(2000, count))
    found = coverage([of_replications(sample, level) for sample in samples], 7.0)
    assert abs(found - level) < 3.0 * math.sqrt(level * (1.0 - level) / 2000)


def days(
    numbers: np.random.Generator, count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Contacts of days of unequal volume, those served in time, and those under a better policy."""
    contacts = numbers.poisson(numbers.gamma(25.0, 8.0, size=count))
    level = np.clip(0.8 - 0.001 * (contacts - 200) + numbers.normal(scale=0.05, size=count), 0.0, 1.0)
    served = numbers.binomial(contacts, level)
    return contacts, served, served + numbers.binomial(contacts - served, 0.1)


TRUE_LEVEL = 0.791
"""Of `days`: ``0.8 - 0.001 (E(w**2) / E(w) - 200)`` with E(w) = 200 and a variance of w of 200 + 1600."""


@pytest.mark.parametrize("count", [5, 10, 40])
def test_ratios_hold_the_level_nearly_as_often_as_they_say(count: int) -> None:
    numbers = np.random.default_rng(count)
    ratios, differences = [], []
    for _ in range(1500):
        contacts, served, better = days(numbers, count)
        ratios.append(of_ratio(served, contacts))
        differences.append(paired_ratio(better, contacts, served, contacts))
    assert 0.92 < coverage(ratios, TRUE_LEVEL) < 0.965
    assert 0.92 < coverage(differences, 0.1 * (1.0 - TRUE_LEVEL)) < 0.965
    assert np.mean([estimate.half_width for estimate in differences]) < 0.5 * np.mean(
        [estimate.half_width for estimate in ratios]
    )


@pytest.mark.thorough
def test_the_true_level_of_the_days_above() -> None:
    contacts, served, _ = days(np.random.default_rng(0), 1_000_000)
    assert of_ratio(served, contacts).value == pytest.approx(TRUE_LEVEL, abs=2e-4)


def autoregressive(numbers: np.random.Generator, count: int, correlation: float) -> npt.NDArray[np.float64]:
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, -correlation], numbers.normal(size=count + 200))[200:])


def test_long_batches_hold_the_mean_and_short_ones_are_told() -> None:
    numbers = np.random.default_rng(4)
    long = [of_batches(autoregressive(numbers, 4000, 0.8)) for _ in range(500)]
    short = [of_batches(autoregressive(numbers, 100, 0.95)) for _ in range(500)]
    assert 0.92 < coverage(long, 0.0) < 0.975
    assert coverage(short, 0.0) < 0.75
    assert np.mean([estimate.too_short for estimate in long]) < 0.12
    assert np.mean([estimate.too_short for estimate in short]) > 0.8


def test_paired_differences_are_narrower_than_unpaired() -> None:
    numbers = np.random.default_rng(6)
    common = numbers.normal(scale=10.0, size=40)
    ours, theirs = common + numbers.normal(size=40) + 1.0, common + numbers.normal(size=40)
    assert paired(ours, theirs).holds(1.0)
    assert paired(ours, theirs).half_width < 0.2 * of_replications(ours).half_width


def test_stopping_when_it_looks_narrow_costs_the_coverage_that_is_documented() -> None:
    numbers = np.random.default_rng(8)
    held = 0
    for _ in range(1000):
        values = list(numbers.normal(size=5))
        while not enough(estimate := of_replications(values), half_width=0.5):
            values.append(numbers.normal())
        held += estimate.holds(0.0)
    assert held / 1000 == pytest.approx(0.922, abs=0.026)


# --- what holds of all of them ---


@given(st.lists(numbers, min_size=2, max_size=20), st.integers(-20, 20), numbers)
def test_intervals_scale_and_move_with_the_values(values: list[float], power: int, shift: float) -> None:
    scale = 2.0**power
    estimate = of_replications(values)
    scaled = of_replications([scale * value for value in values])
    assert (scaled.value, scaled.half_width) == pytest.approx(
        (scale * estimate.value, scale * estimate.half_width), rel=1e-9, abs=1e-9 * scale
    )
    moved = of_replications([value + shift for value in values])
    assert moved.half_width == pytest.approx(estimate.half_width, rel=1e-6, abs=1e-6)
    assert moved.value == pytest.approx(estimate.value + shift, rel=1e-9, abs=1e-6)


@given(st.lists(numbers, min_size=2, max_size=20), levels, levels)
def test_a_higher_level_is_a_wider_interval(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    narrow, wide = of_replications(values, low), of_replications(values, high)
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_a_difference_turns_its_sign_with_the_sides(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = zip(*pairs, strict=True)
    one, other = paired(ours, theirs), paired(theirs, ours)
    assert (one.value, one.low, one.high) == (-other.value, -other.high, -other.low)
    assert paired(ours, ours).value == 0.0


@given(st.lists(st.tuples(counts, counts), min_size=2, max_size=12), st.randoms())
def test_the_order_of_days_does_not_matter(days: list[tuple[int, int]], order: Any) -> None:
    shuffled = list(days)
    order.shuffle(shuffled)
    one, other = (of_ratio(*zip(*some, strict=True)) for some in (days, shuffled))
    assert is_close(one, other, scale=1.0 + abs(one.value) + one.half_width)


@given(st.lists(numbers, min_size=4, max_size=60), st.integers(2, 4))
def test_the_autocorrelation_is_one(values: list[float], batches: int) -> None:
    correlation = of_batches(values, batches).autocorrelation
    assert math.isnan(correlation) or -1.0 <= correlation <= 1.0


@given(numbers, st.floats(min_value=1e-9, max_value=1e9))
def test_the_text_is_the_value_within_a_twentieth_of_the_half_width(value: float, half: float) -> None:
    shown_value, shown_half = str(Estimate(value, value - half, value + half, 0.95, 5)).split(" ± ")
    found = (float(shown_value.replace(",", "")), float(shown_half.replace(",", "")))
    exact = Estimate(value, value - half, value + half, 0.95, 5).half_width
    assert found[1] == pytest.approx(exact, rel=0.15)
    assert abs(found[0] - value) <= 0.15 * exact


# --- degenerate input ---


def test_one_replication_says_nothing_of_its_error() -> None:
    for estimate in (of_replications([3.0]), of_ratio([30], [10]), paired([4.0], [1.0])):
        assert (estimate.value, estimate.low, estimate.high) == (3.0, -math.inf, math.inf)
        assert (estimate.half_width, estimate.relative, estimate.count) == (math.inf, math.inf, 1)
        assert str(estimate) == "3 ± inf"
        assert not enough(estimate, half_width=1e300, fewest=2)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e100, 1e-300])
def test_values_that_are_all_the_same_have_no_interval(value: float) -> None:
    for estimate in (of_replications([value] * 7), of_batches([value] * 14, batches=7)):
        assert (estimate.value, estimate.low, estimate.high, estimate.relative) == (value, value, value, 0.0)
        assert enough(estimate, half_width=1e-300, relative=1e-12)
    assert math.isnan(of_batches([value] * 14, batches=7).autocorrelation)
    assert not of_batches([value] * 14, batches=7).too_short


def test_a_ratio_without_contacts_is_not_known() -> None:
    for estimate in (of_ratio([0, 0], [0, 0]), paired_ratio([0, 0], [0, 0], [1, 2], [3, 4])):
        assert math.isnan(estimate.value)
        assert (estimate.low, estimate.high) == (-math.inf, math.inf)
        assert str(estimate) == "nan ± inf"
        assert not enough(estimate, relative=0.5, fewest=2)
    busy_once = of_ratio([0, 8, 0], [0, 10, 0])
    assert (busy_once.value, busy_once.half_width) == (0.8, math.inf)
    assert of_ratio([0, 0], [10, 20]).relative == 0.0
    assert of_ratio([5, 0, 8], [10, 0, 10]).half_width < math.inf


def test_sizes_at_the_edge_of_floating_point() -> None:
    assert of_replications([1e100, -1e100]).half_width == pytest.approx(1.27062e101, rel=1e-5)
    assert of_replications([1e-300, 3e-300]).half_width == pytest.approx(1.27062e-299, rel=1e-5)
    assert of_ratio([1e100, 5e99], [1e100, 5e99]).value == 1.0
    assert of_ratio([1e-300, 2e-300], [2e-300, 4e-300]).value == 0.5
    assert of_ratio([1e100, 1e100], [5e-324, 5e-324]).half_width == math.inf


def test_a_relative_width_of_nothing_is_infinite() -> None:
    assert of_replications([-1.0, 1.0]).relative == math.inf
    assert of_replications([-2.0, -4.0]).relative == pytest.approx(12.7062 / 3.0, rel=1e-4)


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [
        (0.8123, 0.0042, "0.812 ± 0.004"),
        (0.8123, 0.0142, "0.812 ± 0.014"),
        (12345.6, 437.0, "12,346 ± 437"),
        (3.0, 0.0, "3 ± 0"),
        (-0.5, 0.0997, "-0.50 ± 0.10"),
    ],
)
def test_texts(value: float, half: float, text: str) -> None:
    assert str(Estimate(value, value - half, value + half, 0.95, 9)) == text


@pytest.mark.parametrize("call", [of_replications, lambda values: of_batches(values, 2)])
@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ([1.0, math.nan], "values[1]: found nan"),
        ([math.inf, 1.0], "values[0]: found inf"),
        ([1.0, 2e100], "values[1]: found 2e+100"),
        ([], "values: found an array of shape (0,)"),
        ([[1.0, 2.0]], "values: found an array of shape (1, 2)"),
        (["many", 2], "values: found ['many', 2]; expected a list of numbers"),
        (3.0, "values: found an array of shape ()"),
    ],
)
def test_values_are_checked(call: Callable[[Any], Estimate], values: Any, complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        call(values)
    assert str(raised.value).startswith(complaint)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: of_replications([1.0], level=1.0), "level: found 1.0"),
        (lambda: of_replications([1.0], level=True), "level: found True"),
        (lambda: of_ratio([1.0], [1.0], level=math.nan), "level: found nan"),
        (lambda: of_ratio([1.0, 2.0], [1.0]), "wholes: found 1 numbers; expected 2, as many as parts"),
        (lambda: of_ratio([1.0], [-1.0]), "wholes: found -1.0"),
        (lambda: of_ratio([math.nan], [1.0]), "parts[0]: found nan"),
        (lambda: paired([1.0], [1.0, 2.0]), "theirs: found 2 numbers; expected 1, as many as ours"),
        (lambda: paired_ratio([1], [1], [1], [math.inf]), "their_wholes[0]: found inf"),
        (
            lambda: of_batches([1.0, 2.0, 3.0], batches=4),
            "batches: found 4; expected a whole number from 2 to 3",
        ),
        (lambda: of_batches([1.0, 2.0], batches=1), "batches: found 1"),
        (lambda: enough(of_replications([1.0, 2.0])), "half_width: found None"),
        (lambda: enough(of_replications([1.0, 2.0]), relative=0.0), "relative: found 0.0"),
        (lambda: enough(of_replications([1.0, 2.0]), half_width=math.nan), "half_width: found nan"),
        (lambda: enough(of_replications([1.0, 2.0]), half_width=1.0, fewest=1), "fewest: found 1"),
    ],
)
def test_arguments_are_checked(call: Callable[[], object], complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        call()
    assert str(raised.value).startswith(complaint)


def test_enough_asks_for_every_width_and_for_the_fewest() -> None:
    estimate = Estimate(10.0, 9.0, 11.0, 0.95, 5)
    assert enough(estimate, half_width=1.0)
    assert enough(estimate, relative=0.1)
    assert not enough(estimate, half_width=1.0, relative=0.09)
    assert not enough(estimate, half_width=0.9, relative=0.1)
    assert not enough(estimate, half_width=1.0, fewest=6)


def test_an_estimate_is_public_and_a_batch_estimate_is_one() -> None:
    assert bporoute.Estimate is Estimate
    assert issubclass(BatchEstimate, Estimate)
