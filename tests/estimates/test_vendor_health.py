"""One vendor's health: how soon it is found failing, how it comes back, and clocks that lie."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from statistics import mean, median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import HealthConfig
from bporoute.estimates._admission import admission
from bporoute.estimates._vendor_health import Stage, VendorHealth, failure_rate, probe_sent, step, tick
from helpers import naive_health
from helpers.clock import NOON

CONFIG = HealthConfig()
LONGEST = CONFIG.back_off_ceiling * (1.0 + CONFIG.jitter)
BY_TIME = {(Stage.EJECTED, Stage.PROBING), (Stage.RAMPING, Stage.HEALTHY)}
BY_OUTCOME = {
    (Stage.HEALTHY, Stage.EJECTED),
    (Stage.RAMPING, Stage.EJECTED),
    (Stage.PROBING, Stage.EJECTED),
    (Stage.PROBING, Stage.RAMPING),
}
DAY = 86_400.0

fractions = st.floats(0.0, 1.0, exclude_max=True)
outcomes = st.sampled_from(["answered", "abandoned", "failed", "failed"])
gaps = st.one_of(st.floats(0.0, 200.0), st.sampled_from([0.0, 30.0, 120.0, 3600.0]))
events = st.tuples(
    st.sampled_from(["settle", "settle", "settle", "probe", "wait"]), outcomes, gaps, fractions
)
histories = st.lists(events, max_size=60)
anytime = st.floats() | st.floats(-2 * DAY, 2 * DAY).map(lambda shift: NOON + shift)


def after(word: str, health: VendorHealth = VendorHealth(), config: HealthConfig = CONFIG) -> VendorHealth:  # noqa: B008 - frozen
    """Health after outcomes a second apart: F failed, a abandoned, anything else answered."""
    now = max(health.seen, NOON)
    for letter in word:
        now += 1.0
        outcome = {"F": "failed", "a": "abandoned"}.get(letter, "answered")
        health = step(config, health, outcome, now, luck=0.5)
    return health


def later(health: VendorHealth, seconds: float, config: HealthConfig = CONFIG) -> VendorHealth:
    return tick(config, health, health.seen + seconds)


def run_length(rate: float, luck: random.Random, most: int = 10**6) -> int:
    health, calls = VendorHealth(), 0
    while health.stage is Stage.HEALTHY and calls < most:
        calls += 1
        outcome = "failed" if luck.random() < rate else "answered"
        health = step(CONFIG, health, outcome, NOON + calls, luck=0.0)
    return calls


# The detector.


def test_seven_failures_in_a_row_eject_and_six_do_not() -> None:
    assert after("FFFFFF").stage is Stage.HEALTHY
    assert after("FFFFFFF").stage is Stage.EJECTED
    assert run_length(1.0, random.Random(1)) == 7


@pytest.mark.parametrize(("rate", "table"), [(0.3, 57), (0.5, 19), (1.0, 7)])
def test_the_mean_number_of_calls_until_ejection(rate: float, table: int) -> None:
    exact = naive_health.mean_run_length(rate, CONFIG.acceptable, CONFIG.failing, CONFIG.threshold)
    assert round(exact) == table
    luck = random.Random(20261122)
    lengths = [run_length(rate, luck) for _ in range(400)]
    assert mean(lengths) == pytest.approx(exact, abs=4.0 * stdev(lengths) / 20.0 + 1e-9)


def test_false_alarms_are_as_rare_as_the_theory_says() -> None:
    # 85,000 in the table was simulated; the exact value is 73,743.
    assert naive_health.mean_run_length(0.1, 0.1, 0.4, 9.0) == pytest.approx(73_743, rel=1e-4)
    assert naive_health.mean_run_length(0.05, 0.1, 0.4, 9.0) > 5e6


def test_a_twentieth_failing_does_not_eject_in_100_000_calls() -> None:
    assert run_length(0.05, random.Random(5), most=100_000) == 100_000


@given(st.lists(st.booleans(), max_size=40), st.floats(0.01, 0.4), st.floats(0.41, 0.99))
def test_the_evidence_is_the_largest_sum_of_the_last_outcomes(told, low, high) -> None:
    config = HealthConfig(acceptable=low, failing=high, threshold=1e6)
    health = after("".join("F" if failed else "." for failed in told), config=config)
    assert health.evidence == pytest.approx(naive_health.evidence(told, low, high), abs=1e-9)


def test_customers_who_give_up_are_no_failures_of_the_line() -> None:
    assert after("aaaa") == after("....")


def test_evidence_of_too_few_outcomes_does_not_eject() -> None:
    config = HealthConfig(threshold=2.0, minimum_volume=6)
    assert after("FFFFF", config=config).stage is Stage.HEALTHY
    assert after("FFFFFF", config=config).stage is Stage.EJECTED
    # Outcomes before the sum was last 0 are no part of the evidence.
    assert after("......FFFFF", config=config).stage is Stage.HEALTHY


# Back-off, probes, ramp.


def test_each_ejection_is_twice_as_long_up_to_the_ceiling() -> None:
    health, spans = after("FFFFFFF"), []
    for _ in range(5):
        spans.append(health.until - health.since)
        health = later(health, spans[-1] + 1.0)
        assert health.stage is Stage.PROBING
        health = after("F", health)
    assert spans == pytest.approx([33.0, 66.0, 132.0, 132.0, 132.0])


@pytest.mark.parametrize("luck", [0.0, -1.0, 1.0, math.nan, math.inf])
def test_luck_that_is_none_stretches_nothing(luck: float) -> None:
    health = step(CONFIG, after("FFFFFF"), "failed", NOON + 7.0, luck)
    assert health.until - health.since == pytest.approx(30.0)


def test_ten_thousand_ejections_do_not_overflow() -> None:
    health = VendorHealth(stage=Stage.PROBING, since=NOON, until=NOON, seen=NOON, ejections=10_000)
    assert after("F", health).until - NOON - 1.0 == pytest.approx(132.0)


def test_the_whole_way_back() -> None:
    health = later(after("FFFFFFF"), 40.0)
    assert (health.stage, health.since, health.readmitted) == (Stage.PROBING, NOON + 40.0, NOON + 40.0)
    health = after("....", health)
    assert (health.stage, health.passed) == (Stage.PROBING, 4)
    health = after(".", health)
    assert (health.stage, health.until - health.since) == (Stage.RAMPING, 60.0)
    assert later(health, 59.9).stage is Stage.RAMPING
    health = later(health, 65.0)
    assert (health.stage, health.since) == (Stage.HEALTHY, health.seen - 5.0)
    assert (later(health, 594.0).ejections, later(health, 595.0).ejections) == (1, 0)
    assert later(after("FFFFFFF", health), 67.0).stage is Stage.PROBING  # 60 s and a tenth, the second time
    assert later(after("FFFFFFF", health), 65.0).stage is Stage.EJECTED


def test_a_failing_vendor_is_ejected_from_the_ramp_too() -> None:
    ramping = after(".....", later(after("FFFFFFF"), 40.0))
    health = after("FFFFFFF", ramping)
    assert (health.stage, health.ejections, health.detections) == (Stage.EJECTED, 2, 2)


def test_a_failed_probe_is_no_detection() -> None:
    health = after("F", later(after("FFFFFFF"), 40.0))
    assert (health.stage, health.ejections, health.detections) == (Stage.EJECTED, 2, 1)


def test_probes_passed_before_a_failed_one_do_not_count_again() -> None:
    health = after("....F", later(after("FFFFFFF"), 40.0))
    health = after("....", later(health, 100.0))
    assert (health.stage, health.passed) == (Stage.PROBING, 4)


def test_no_ramp_means_everything_at_once() -> None:
    config = HealthConfig(ramp=0.0)
    health = after(".....", later(after("FFFFFFF"), 40.0), config)
    assert tick(config, health, health.seen).stage is Stage.HEALTHY


def test_outcomes_of_contacts_given_before_the_readmission_do_not_count() -> None:
    probing = later(after("FFFFFFF"), 40.0)
    old, new = probing.readmitted - 1.0, probing.readmitted
    late = step(CONFIG, probing, "answered", probing.seen + 1.0, 0.0, sent=old)
    assert (late.passed, late.outcomes > probing.outcomes) == (0, True)
    assert step(CONFIG, probing, "failed", probing.seen + 1.0, 0.0, sent=old).stage is Stage.PROBING
    assert step(CONFIG, probing, "answered", probing.seen + 1.0, 0.0, sent=new).passed == 1
    assert step(CONFIG, probing, "failed", probing.seen + 1.0, 0.0, sent=new).stage is Stage.EJECTED
    ramping = after(".....", probing)
    assert step(CONFIG, ramping, "failed", ramping.seen, 0.0, sent=old).evidence == 0.0
    assert step(CONFIG, ramping, "failed", ramping.seen, 0.0, sent=new).evidence > 1.0


def test_outcomes_during_an_ejection_change_nothing_but_the_estimate() -> None:
    ejected = after("FFFFFFF")
    health = after("F.F.", ejected)
    assert (health.stage, health.until, health.ejections) == (Stage.EJECTED, ejected.until, 1)
    assert health.outcomes > ejected.outcomes


def test_a_probe_that_is_out_holds_back_the_next_until_it_is_told_or_late() -> None:
    probing = later(after("FFFFFFF"), 40.0)
    out = probe_sent(CONFIG, probing, probing.seen)
    assert out.until == probing.seen + CONFIG.probe_timeout
    assert after(".", out).until == out.seen + 1.0
    healthy = after("..")
    assert probe_sent(CONFIG, healthy, healthy.seen) == healthy


# The estimate.


def test_a_vendor_of_which_nothing_is_known_fails_as_expected() -> None:
    assert failure_rate(CONFIG, VendorHealth(), NOON) == pytest.approx(0.02)


def test_partial_failure_raises_the_estimate_without_an_ejection() -> None:
    health = after("F....." * 40)
    assert health.stage is Stage.HEALTHY
    assert failure_rate(CONFIG, health, health.seen) == pytest.approx(1 / 6, abs=0.03)
    assert failure_rate(CONFIG, health, health.seen + DAY) == pytest.approx(0.02)


def test_passing_the_probes_clears_the_estimate() -> None:
    probing = later(after("FFFFFFF"), 40.0)
    assert failure_rate(CONFIG, probing, probing.seen) > 0.2
    health = after(".....", probing)
    assert failure_rate(CONFIG, health, health.seen) == pytest.approx(0.02)


@given(st.lists(st.tuples(gaps, st.booleans()), max_size=30), gaps)
def test_the_estimate_weighs_each_outcome_by_its_age(told, wait) -> None:
    config = HealthConfig(threshold=1e6)  # never ejected
    health, now, history = VendorHealth(), NOON, []
    for gap, failed in told:
        now += gap
        history.append((now, failed))
        health = step(config, health, "failed" if failed else "answered", now, 0.0)
    expected = naive_health.failure_rate(history, now + wait, 0.02, 20.0, 200.0, 1800.0)
    assert failure_rate(config, health, now + wait) == pytest.approx(expected, rel=1e-9)


@given(histories, anytime)
def test_the_estimate_is_a_probability(history, now) -> None:
    assert 0.0 <= failure_rate(CONFIG, lived(history)[-1], now) <= 1.0


# Any history.


def lived(history, config: HealthConfig = CONFIG) -> list[VendorHealth]:
    """The healths that a history of events leaves behind."""
    healths, now = [VendorHealth()], NOON
    for event, outcome, gap, luck in history:
        now += gap
        health = tick(config, healths[-1], now)
        healths.append(health)
        if event == "settle":
            healths.append(step(config, health, outcome, now, luck))
        elif event == "probe":
            healths.append(probe_sent(config, health, now))
    return healths


@given(histories)
def test_stages_follow_the_arrows(history) -> None:
    for before, behind in pairwise(lived(history)):
        by_time = behind.seen > before.seen
        if before.stage is not behind.stage:
            assert (before.stage, behind.stage) in (BY_TIME if by_time else BY_TIME | BY_OUTCOME)
        elif behind.stage is Stage.EJECTED:
            assert behind.until == before.until


@given(histories, outcomes, anytime, fractions, anytime)
def test_the_same_question_has_the_same_answer(history, outcome, now, luck, sent) -> None:
    health = lived(history)[-1]
    once = step(CONFIG, health, outcome, now, luck, sent)
    assert step(CONFIG, health, outcome, now, luck, sent) == once
    assert health == lived(history)[-1]


@given(histories, gaps, gaps)
def test_the_stage_does_not_depend_on_how_often_it_is_asked(history, one, two) -> None:
    health = lived(history)[-1]
    now = max(health.seen, NOON)
    thrice = tick(CONFIG, tick(CONFIG, tick(CONFIG, health, now + one), now + one), now + one + two)
    once = tick(CONFIG, health, now + one + two)
    assert (thrice.stage, thrice.since, thrice.until) == (once.stage, once.since, once.until)
    assert thrice.ejections == once.ejections
    for asked in (thrice, once):
        assert failure_rate(CONFIG, asked, now + one + two) == pytest.approx(
            failure_rate(CONFIG, health, now + one + two)
        )


@given(histories)
def test_an_ejection_ends_within_the_ceiling_and_its_jitter(history) -> None:
    for health in lived(history):
        if health.stage is Stage.EJECTED:
            assert CONFIG.back_off <= health.until - health.since <= LONGEST + 1e-6
        assert later(health, LONGEST + 1e-6).stage is not Stage.EJECTED


# Clocks that lie.


@given(st.lists(st.tuples(outcomes, anytime, st.floats(), anytime)))
def test_no_clock_ejects_for_ever(told) -> None:
    health = VendorHealth()
    for outcome, now, luck, sent in told:
        health = step(CONFIG, probe_sent(CONFIG, health, now), outcome, now, luck, sent)
        assert not any(map(math.isnan, (health.since, health.until, health.readmitted, health.failures)))
        assert math.isfinite(health.seen)
        assert health.evidence >= 0.0
    health = tick(CONFIG, health, NOON)
    assert tick(CONFIG, health, NOON + LONGEST + 1e-6).stage is not Stage.EJECTED
    # Nor does it make the detector deaf.
    if health.stage in (Stage.HEALTHY, Stage.RAMPING):
        for second in range(7):
            health = step(CONFIG, health, "failed", NOON + second, 0.0, sent=NOON + second)
        assert health.stage is Stage.EJECTED


@given(histories, st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_time_that_is_none_stands_still(history, now) -> None:
    health = lived(history)[-1]
    assert tick(CONFIG, health, now) == health
    assert step(CONFIG, health, "failed", now, 0.5) == step(CONFIG, health, "failed", health.seen, 0.5)


@pytest.mark.parametrize("back", [1.0, 20.0, 40.0, 3600.0, DAY, 1e300])
def test_a_clock_set_back_counts_as_time_passed(back: float) -> None:
    ejected = after("FFFFFFF")  # for 33 s
    health = tick(CONFIG, ejected, ejected.seen - back)
    assert health.stage is (Stage.EJECTED if back < 33.0 else Stage.PROBING)
    if back < 33.0:
        assert health.until - health.seen == pytest.approx(33.0 - back)
    # The same without keeping what `tick` returned: never longer than twice the ejection.
    assert tick(CONFIG, ejected, ejected.seen - max(back, 34.0)).stage is Stage.PROBING


def test_a_probe_after_the_clock_was_set_back_counts() -> None:
    health = tick(CONFIG, after("FFFFFFF"), NOON - DAY)
    assert step(CONFIG, health, "answered", NOON - DAY, 0.0, sent=NOON - DAY).passed == 1


def test_a_clock_set_back_long_after_an_ejection_does_not_make_the_detector_deaf() -> None:
    back = later(after(".....", later(after("FFFFFFF"), 40.0)), DAY)
    assert (back.stage, back.ejections) == (Stage.HEALTHY, 0)
    now = back.seen - 2 * DAY
    for _ in range(7):
        back = step(CONFIG, back, "failed", now, 0.0, sent=now)
    assert back.stage is Stage.EJECTED


# Simulated lines: a vendor beside a healthy one, a customer every four seconds on average.


def simulated(fails, seconds: float, seed: int) -> list[VendorHealth]:
    """The vendor's health at each customer; `fails` is its failure rate at a time."""
    luck = random.Random(seed)
    health, now, told = VendorHealth(), NOON, []
    while now < NOON + seconds:
        now += luck.expovariate(0.25)
        health = tick(CONFIG, health, now)
        allowed = admission(CONFIG, (health, VendorHealth()), now)[0]
        if allowed.probe:
            health = probe_sent(CONFIG, health, now)
        if allowed.probe or luck.random() < allowed.share:
            outcome = "failed" if luck.random() < fails(now - NOON) else "answered"
            health = step(CONFIG, health, outcome, now, luck.random(), sent=now)
        told.append(health)
    return told


def test_recovery_after_an_outage_of_ten_minutes() -> None:
    recovered = []
    for seed in range(200):
        told = simulated(lambda time: 1.0 if 60.0 < time < 660.0 else 0.0, 1300.0, seed)
        ended = [health for health in told if health.seen > NOON + 660.0]
        back = next(health for health in ended if health.stage is Stage.HEALTHY)
        recovered.append(back.since - NOON - 660.0)
    assert median(recovered) == pytest.approx(148.0, abs=15.0)
    assert max(recovered) < LONGEST + 60.0 + 120.0  # five customers rarely take two minutes


def test_a_vendor_failing_half_the_time_hardly_flaps() -> None:
    hours = 100.0
    stages = [health.stage for health in simulated(lambda time: 0.5, hours * 3600.0, seed=1)]
    flaps = sum(pair == (Stage.PROBING, Stage.RAMPING) for pair in pairwise(stages))
    assert 0.3 < flaps / hours < 1.5
