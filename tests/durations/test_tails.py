"""Survival, excess and sums at steps of every law, by mpmath and SciPy to many digits."""

from __future__ import annotations

import math

import mpmath as mp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from bporoute.durations._laws import (
    Constant,
    Empirical,
    EmpiricalPatience,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
    scaled,
)
from bporoute.durations._steps import step_sum
from bporoute.durations._tails import upper_gamma

mp.mp.dps = 30

CONTINUOUS = {
    Exponential(45.0): lambda t: mp.exp(-t / mp.mpf(45)),
    Lognormal(5.0, 0.8): lambda t: mp.erfc((mp.log(t) - 5) / (mp.mpf("0.8") * mp.sqrt(2))) / 2,
    Weibull(0.9, 395.0): lambda t: mp.exp(-((t / mp.mpf(395)) ** mp.mpf(0.9))),
    Weibull(2.5, 120.0): lambda t: mp.exp(-((t / mp.mpf(120)) ** mp.mpf("2.5"))),
    Erlang(mean=240.0, phases=3): lambda t: mp.gammainc(3, 3 * t / mp.mpf(240), regularized=True),
    Erlang(mean=240.0, phases=80): lambda t: mp.gammainc(80, 80 * t / mp.mpf(240), regularized=True),
    Hyperexponential(means=(20.0, 400.0), shares=(0.25, 0.75)): lambda t: (
        mp.exp(-t / mp.mpf(20)) / 4 + 3 * mp.exp(-t / mp.mpf(400)) / 4
    ),
}
TWINS = [
    (
        LognormalPatience(mean=200.0, cv=0.5),
        Lognormal(math.log(200) - math.log(1.25) / 2, math.log(1.25) ** 0.5),
    ),
    (WeibullPatience(mean=240.0, shape=2.0), Weibull(2.0, 240.0 / math.gamma(1.5))),
]
STARTS = [0.0, 7.0, 60.0, 333.0]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("law", CONTINUOUS, ids=repr)
def test_survival_and_excess_by_quadrature(law, start):
    survival = CONTINUOUS[law]
    exact = float(survival(mp.mpf(start))) if start else 1.0
    assert law.survival(start) == pytest.approx(exact, rel=1e-13, abs=1e-15)
    knots = [start, start + 30, start + 100, start + 300, start + 1000, start + 4000, 60_000]
    area = mp.quad(survival, knots)
    assert law.excess(start) == pytest.approx(float(area), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("step", [1.0, 6.0, 60.0, 1800.0])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("law", CONTINUOUS, ids=repr)
def test_sums_at_steps_term_by_term(law, start, step):
    survival, total, place = CONTINUOUS[law], mp.mpf(0), 0
    if step < 6.0 and start != 7.0:
        return
    while True:
        at = start + place * step
        term = survival(mp.mpf(at)) if at else mp.mpf(1)
        total += term
        place += 1
        if term < mp.mpf(10) ** -20:
            break
    assert step_sum(law, start, step) == pytest.approx(float(total), rel=1e-12, abs=1e-15)


NARROW = [
    Lognormal(4.6, 0.001),
    LognormalPatience(mean=100.0, cv=0.02),
    LognormalPatience(mean=100.0, cv=0.05),
    Weibull(20.0, 100.0),
    Weibull(50.0, 100.0),
    WeibullPatience(mean=90.0, shape=50.0),
    Weibull(100.0, 100.0),
    Erlang(mean=100.0, phases=300),
    Erlang(mean=100.0, phases=1000),
]


@pytest.mark.parametrize("start", [0.0, 55.0, 98.0])
@pytest.mark.parametrize("law", NARROW, ids=repr)
def test_sums_at_steps_of_a_law_that_hardly_varies(law, start):
    """It falls beyond the first steps, all of which are begun for certain."""
    for step in (0.5, 0.8, 1.0, 1.25, 2.0, 3.0, 6.0, 8.0, 9.0, 10.0, 30.0):
        terms = (law.survival(start + place * step) for place in range(int(400 / step)))
        assert step_sum(law, start, step) == pytest.approx(math.fsum(terms), rel=1e-12)


@given(
    law=st.builds(Lognormal, st.floats(2, 6), st.floats(0, 0.3))
    | st.builds(WeibullPatience, mean=st.floats(10, 400), shape=st.floats(1, 50))
    | st.builds(Erlang, mean=st.floats(10, 400), phases=st.integers(1, 1000)),
    start=st.floats(0, 400),
    step=st.floats(0.5, 60),
)
def test_sums_at_steps_interlace(law, start, step):
    """The steps are those of twice the length from the same start, and from one step on."""
    every_other = step_sum(law, start, 2 * step) + step_sum(law, start + step, 2 * step)
    assert step_sum(law, start, step) == pytest.approx(every_other, rel=1e-11, abs=1e-13)
    assert abs(step * step_sum(law, start, step) - law.excess(start)) <= step * (1 + 1e-9)


def test_times_that_do_not_vary_fill_their_steps():
    assert step_sum(Lognormal(math.log(120.0), 0.0), 0.0, 60.0) == 2
    assert step_sum(Lognormal(math.log(120.1), 0.0), 0.0, 60.0) == 3


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_two_forms_of_a_law_are_one(one, other):
    for t in (1.0, 60.0, 400.0):
        assert one.survival(t) == pytest.approx(other.survival(t), rel=1e-13)
        assert one.excess(t) == pytest.approx(other.excess(t), rel=1e-12)
    assert step_sum(one, 0.0, 60.0) == pytest.approx(step_sum(other, 0.0, 60.0), rel=1e-12)


def test_times_that_fill_their_steps_begin_no_further_one():
    assert step_sum(Constant(120.0), 0.0, 60.0) == 2
    assert step_sum(Constant(120.1), 0.0, 60.0) == 3
    assert step_sum(Constant(0.1 + 0.2), 0.0, 0.1) == 3
    assert step_sum(Empirical((30.0, 61.0, 0.0)), 0.0, 60.0) == 1
    assert step_sum(Constant(30.0), 45.0, 60.0) == 0


def test_a_straight_survival():
    law = EmpiricalPatience(times=(0.0, 60.0, 180.0), shares=(1.0, 0.5, 0.0))
    assert law.survival(120.0) == 0.25
    assert law.excess(60.0) == 30.0
    by_hand = sum(law.survival(7.0 + 10.0 * k) for k in range(18))
    assert step_sum(law, 7.0, 10.0) == pytest.approx(by_hand, rel=1e-14)


@given(a=st.floats(0.05, 1001.0), ratio=st.floats(0.0, 4.0))
def test_upper_gamma_is_scipys(a, ratio):
    assert upper_gamma(a, a * ratio) == pytest.approx(special.gammaincc(a, a * ratio), rel=1e-11, abs=1e-14)


@pytest.mark.parametrize(
    "law",
    [*CONTINUOUS, *(one for one, _ in TWINS), Constant(90.0), Empirical((30.0, 61.0)),
     EmpiricalPatience(times=(0.0, 60.0), shares=(1.0, 0.0))],
    ids=repr,
)  # fmt: skip
def test_scaled(law):
    twice = scaled(law, 2.0)
    assert twice.mean == pytest.approx(2.0 * law.mean, rel=1e-13)
    assert twice.survival(150.0) == pytest.approx(law.survival(75.0), rel=1e-12)
    assert twice.excess(150.0) == pytest.approx(2.0 * law.excess(75.0), rel=1e-11)
