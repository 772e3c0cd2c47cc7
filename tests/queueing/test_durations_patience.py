"""General patience against a naive twin, Erlang A by mpmath, SciPy, simulation, and its invariants."""

from __future__ import annotations

import math

import mpmath as mp
import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from bporoute._kernels.queueing import general_patience as kernels
from bporoute.durations._laws import (
    EmpiricalPatience,
    ErlangPatience,
    HyperexponentialPatience,
    LognormalPatience,
    Patience,
    WeibullPatience,
)
from bporoute.errors import InputError
from bporoute.queueing._patience import encoded
from helpers import naive_patience as naive
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf


@pytest.fixture(scope="session")
def fill(ready):
    return ready(kernels.general_patience)


def row(fill, patience, agents, arrival_rate, aht, within):
    out = np.full(kernels.COLUMNS, np.nan)
    kind, parameters = encoded(patience)
    fill(kind, parameters, float(agents), float(arrival_rate), float(aht), float(within), out)
    return out


# --- naive twin -----------------------------------------------------------------------------------------

CURVE = ((0.0, 0.125, 1.0, 3.0), (1.0, 0.75, 0.5, 0.25))
TWINS = [
    (LognormalPatience(mean=1.0, cv=1.5), naive.lognormal(1, 1.5), (10, 8, 1, 0.125)),
    (LognormalPatience(mean=1.0, cv=0.125), naive.lognormal(1, 0.125), (100, 130, 1, 0.25)),
    (WeibullPatience(mean=1.0, shape=0.5), naive.weibull(1, 0.5), (100, 98, 1, 0.0625)),
    (WeibullPatience(mean=2.0, shape=2.5), naive.weibull(2, 2.5), (10, 15, 1, 0.125)),
    (ErlangPatience(mean=1.0, phases=2), naive.erlang(1, 2), (2000, 2050, 1, 0.125)),
    (ErlangPatience(mean=1.0, phases=9), naive.erlang(1, 9), (10, 10, 1, 0.5)),
    (
        HyperexponentialPatience(means=(0.0625, 2.0), shares=(0.25, 0.75)),
        naive.hyperexponential((0.0625, 2.0), (0.25, 0.75)),
        (10, 10, 1, 0.5),
    ),
    (EmpiricalPatience(times=CURVE[0], shares=CURVE[1]), naive.empirical(*CURVE), (10, 15, 1, 0.125)),
]


@pytest.mark.parametrize(("patience", "twin", "queue"), TWINS)
@pytest.mark.thorough
def test_naive_quadrature(patience, twin, queue):
    knots = patience.times if isinstance(patience, EmpiricalPatience) else ()
    with mp.workdps(20):
        expected = [float(value) for value in naive.general_patience(twin, *queue, knots)]
    for fill in (kernels.general_patience, compiled(kernels.general_patience)):
        assert row(fill, patience, *queue) == pytest.approx(expected, rel=2e-13, abs=1e-20)


def test_simulation():
    """400,000 contacts; the bounds are five standard errors of independent ones, twice over."""
    patience = LognormalPatience(mean=1.0, cv=1.5)
    spread = math.sqrt(math.log1p(1.5**2))

    def sample(random, size):
        return random.lognormal(-(spread**2) / 2, spread, size)

    simulated = naive.simulated(sample, 10, 11, 1, 0.1, 400_000, seed=5)
    exact = row(kernels.general_patience, patience, 10, 11, 1, 0.1)
    columns = [kernels.WAIT, kernels.ABANDONED, kernels.SERVED_WITHIN, kernels.MEAN_WAIT]
    assert simulated == pytest.approx(exact[columns], abs=10 * 0.5 / math.sqrt(400_000))


# --- Erlang A -------------------------------------------------------------------------------------------


def erlang_a(agents, arrival_rate, aht, patience, within):
    """WAIT, ABANDONED, OFFERED_EXCEEDS, SERVED_WITHIN by incomplete gamma functions (kernels of Palm)."""
    with mp.workdps(60):
        n, lam, t, theta = mp.mpf(agents), mp.mpf(arrival_rate), mp.mpf(within), 1 / mp.mpf(patience)
        a, x, y = lam * mp.mpf(aht), n / mp.mpf(aht) / theta, lam / theta
        free = mp.exp(a) * a**-n * mp.gammainc(n + 1, a) - 1

        def palm(y):
            return x * mp.exp(y) * y**-x * mp.gammainc(x, 0, y)

        def lost(y):  # share of those who wait
            return 1 - x / y + x / y / palm(y)

        wait = 1 / (1 + free / palm(y))
        left = y * mp.exp(-theta * t)
        beyond = wait * mp.gammainc(x, 0, left) / mp.gammainc(x, 0, y)
        served_later = beyond * mp.exp(-theta * t) * (1 - lost(left))
        abandoned = wait * lost(y)
        return [float(v) for v in (wait, abandoned, beyond, 1 - abandoned - served_later)]


ERLANG_A_COLUMNS = [
    kernels.WAIT, kernels.ABANDONED, kernels.OFFERED_EXCEEDS, kernels.SERVED_WITHIN
]  # fmt: skip
ERLANG_A_QUEUES = [
    (28, 0.1, 240, 300, 20), (52, 11.0, 5, 2, 0.5), (10, 20, 1, 4, 1), (10, 5, 1, 4, 1),
    (2.5, 3, 1, 0.5, 0.5), (0.0625, 0.1875, 1, 0.01, 0.005),
    (0.3, 3, 1, 0.5, 0.5), (1000, 1000, 1, 1, 0.01), (1000, 1500, 1, 2, 0.5), (1000, 800, 1, 1, 0.01),
]  # fmt: skip


@pytest.mark.parametrize("queue", ERLANG_A_QUEUES)
@pytest.mark.parametrize(
    "like_exponential",
    [
        lambda mean: float(mean),
        lambda mean: WeibullPatience(mean=mean, shape=1.0),
        lambda mean: ErlangPatience(mean=mean, phases=1),
        lambda mean: HyperexponentialPatience(means=(mean, mean), shares=(0.25, 0.75)),
    ],
)
def test_exponential_patience_is_erlang_a(fill, like_exponential, queue):
    agents, arrival_rate, aht, mean, within = queue
    found = row(fill, like_exponential(mean), agents, arrival_rate, aht, within)
    assert found[ERLANG_A_COLUMNS] == pytest.approx(erlang_a(*queue), rel=5e-13)
    assert found[kernels.MEAN_WAIT] == pytest.approx(found[kernels.ABANDONED] * mean, rel=5e-13)


def test_published_numbers(fill):
    """The project's research table (kernels.md, section 1), computed apart from this code."""
    found = row(fill, 300.0, 28, 0.1, 240, 20)
    assert 1 - found[kernels.WAIT_EXCEEDS] == pytest.approx(0.87205, abs=5e-6)
    assert 1 - found[kernels.OFFERED_EXCEEDS] == pytest.approx(0.86323, abs=5e-6)
    assert found[kernels.SERVED_WITHIN] == pytest.approx(0.86002, abs=5e-6)
    redialled = row(fill, 2.0, 52, 11.0514666802012, 5, 1)
    assert redialled[kernels.WAIT] == pytest.approx(0.549540592072, abs=1e-12)
    assert redialled[kernels.ABANDONED] == pytest.approx(0.100317171694, abs=1e-12)


def test_a_hundred_thousand_agents(fill):
    """Erlang A's fluid limit in overload; balanced, the wait of the Halfin-Whitt scale."""
    over = row(fill, ErlangPatience(mean=1.0, phases=1), 1e5, 1.5e5, 1, 0.1)
    assert over[kernels.WAIT] == 1
    assert over[kernels.ABANDONED] == pytest.approx(1 / 3, abs=1e-12)
    balanced = row(fill, 1.0, 1e5, 1e5, 1, 0.001)
    assert balanced[kernels.WAIT] == pytest.approx(0.5, abs=2e-3)  # theta = mu: Poisson states


def test_patience_without_end_is_erlang_c(fill):
    found = row(fill, INF, 10, 8, 1, 0.5)
    delay = float(1 / (1 + (1 - mp.mpf(8) / 10) * mp.nsum(lambda k: mp.ff(10, k) / mp.mpf(8) ** k, [1, 10])))
    assert found[kernels.WAIT] == pytest.approx(delay, rel=1e-13)
    assert found[kernels.ABANDONED] == 0
    assert found[kernels.MEAN_WAIT] == pytest.approx(delay / 2, rel=1e-13)
    assert found[kernels.ANSWERED_WAIT] == pytest.approx(delay / 2, rel=1e-13)
    assert found[kernels.SERVED_LATER] == pytest.approx(delay * math.exp(-1), rel=1e-13)


# --- invariants -----------------------------------------------------------------------------------------

means = st.floats(0.01, 100)


@st.composite
def curves(draw):
    steps = draw(st.lists(st.floats(1e-3, 10), min_size=1, max_size=6))
    falls = draw(st.lists(st.floats(0, 1), min_size=len(steps), max_size=len(steps)))
    shares = 1 - np.cumsum([0.0, *falls]) / max(math.fsum(falls), 1.0)
    times = np.cumsum([0.0, *steps])
    return EmpiricalPatience(times=tuple(times.tolist()), shares=tuple(np.maximum(shares, 0).tolist()))


patiences = st.one_of(
    means,
    st.builds(LognormalPatience, mean=means, cv=st.floats(0.05, 10)),
    st.builds(WeibullPatience, mean=means, shape=st.floats(0.2, 20)),
    st.builds(ErlangPatience, mean=means, phases=st.integers(1, 200)),
    st.builds(
        lambda first, second, share: HyperexponentialPatience(
            means=(first, second), shares=(share, 1 - share)
        ),
        means, means, st.floats(0, 1),
    ),
    curves(),
)  # fmt: skip
real_agents = st.one_of(st.integers(1, 200).map(float), st.floats(0.05, 2000))
loads = st.floats(0.01, 3)  # per agent
times = st.floats(0, 20)


@settings(max_examples=150)
@given(patience=patiences, agents=real_agents, load=loads, within=times, more=st.floats(0, 5))
@example(LognormalPatience(mean=1.0, cv=0.05), 2000.0, 1.5, 0.5, 0.1)
@example(ErlangPatience(mean=0.01, phases=54), 0.0625, 3.0, 0.0, 1.0)
@example(LognormalPatience(mean=9.0, cv=0.0546875), 15.0, 1.09765625, 0.0, 0.0)
def test_results_fit_together(patience, agents, load, within, more):
    fill = compiled(kernels.general_patience)
    rate = agents * load
    found = row(fill, patience, agents, rate, 1.0, within)
    assert not np.isnan(found).any()
    shares = np.delete(found, [kernels.MEAN_WAIT, kernels.ANSWERED_WAIT])
    assert (shares >= 0).all()
    assert (shares <= 1 + 1e-12).all()
    parts = [kernels.SERVED_WITHIN, kernels.SERVED_LATER, kernels.ABANDONED]
    assert found[parts].sum() == pytest.approx(1, abs=1e-12)
    assert found[kernels.ABANDONED_WITHIN] <= found[kernels.ABANDONED] + 1e-12
    assert found[kernels.WAIT_EXCEEDS] <= found[kernels.OFFERED_EXCEEDS] <= found[kernels.WAIT] + 1e-12
    still_here = found[kernels.SERVED_WITHIN] + found[kernels.ABANDONED_WITHIN] + found[kernels.WAIT_EXCEEDS]
    assert still_here == pytest.approx(1, abs=1e-12)
    assert (1 - found[kernels.ABANDONED]) * rate <= agents + 1e-9 * rate or found[kernels.WAIT] == 1
    later = row(fill, patience, agents, rate, 1.0, within + more)
    assert later[: kernels.OFFERED_EXCEEDS] == pytest.approx(found[: kernels.OFFERED_EXCEEDS], rel=1e-12)
    assert later[kernels.SERVED_WITHIN] >= found[kernels.SERVED_WITHIN] - 1e-12
    assert later[kernels.OFFERED_EXCEEDS] <= found[kernels.OFFERED_EXCEEDS] + 1e-12
    helped = row(fill, patience, agents * 1.1, rate, 1.0, within)
    assert helped[kernels.WAIT] <= found[kernels.WAIT] + 1e-12
    assert helped[kernels.ABANDONED] <= found[kernels.ABANDONED] + 1e-12
    assert helped[kernels.MEAN_WAIT] <= found[kernels.MEAN_WAIT] * (1 + 1e-12)


@settings(max_examples=15)
@given(patience=patiences, agents=real_agents, load=loads, within=times)
def test_compiled_is_interpreted(patience, agents, load, within):
    first = row(compiled(kernels.general_patience), patience, agents, agents * load, 1.0, within)
    second = row(kernels.general_patience, patience, agents, agents * load, 1.0, within)
    assert first == pytest.approx(second, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("factor", [1e-6, 60.0, 86_400.0])
def test_any_unit_of_time(fill, factor):
    found = row(fill, WeibullPatience(mean=1.0, shape=0.7), 10, 11, 1, 0.25)
    same = row(fill, WeibullPatience(mean=factor, shape=0.7), 10, 11 / factor, factor, 0.25 * factor)
    same[[kernels.MEAN_WAIT, kernels.ANSWERED_WAIT]] /= factor
    assert same == pytest.approx(found, rel=1e-12)


def test_a_fine_curve_comes_near_its_distribution(fill):
    times = tuple(np.linspace(0, 12, 2001).tolist())
    curve = EmpiricalPatience(times=times, shares=tuple(math.exp(-t) for t in times))
    expected = row(fill, 1.0, 10, 11, 1, 0.25)
    assert row(fill, curve, 10, 11, 1, 0.25) == pytest.approx(expected, rel=2e-5)


def test_exponential_patience_overstates_abandonment(fill):
    alike = row(fill, ErlangPatience(mean=1.0, phases=2), 100, 100, 1, 0.1)
    assert row(fill, 1.0, 100, 100, 1, 0.1)[kernels.ABANDONED] > 1.19 * alike[kernels.ABANDONED]


# --- edges ----------------------------------------------------------------------------------------------


def test_an_endless_queue(fill):
    """A quarter never gives up; the agents cannot serve even these."""
    curve = EmpiricalPatience(times=CURVE[0], shares=CURVE[1])
    for agents in (0, 2.5):
        found = row(fill, curve, agents, 10, 1, 1.0)
        assert found == pytest.approx([1, 0.75, INF, INF, 1, 0.5, 0, 0.25, 0.5])
    assert row(fill, curve, 2.6, 10, 1, 1.0)[kernels.MEAN_WAIT] < INF


def test_no_agents(fill):
    found = row(fill, ErlangPatience(mean=2.0, phases=3), 0, 10, 1, INF)
    assert found == pytest.approx([1, 1, 2, INF, 1, 0, 0, 0, 1])


def test_no_contacts(fill):
    assert row(fill, 2.0, 3, 0, 1, 1.0) == pytest.approx([0, 0, 0, 0, 0, 0, 1, 0, 0])


def test_at_once_and_for_ever(fill):
    at_once = row(fill, LognormalPatience(mean=1.0, cv=2.0), 10, 10, 1, 0)
    assert at_once[kernels.OFFERED_EXCEEDS] == pytest.approx(at_once[kernels.WAIT], rel=1e-13)
    assert at_once[kernels.SERVED_WITHIN] == pytest.approx(1 - at_once[kernels.WAIT], rel=1e-12)
    for_ever = row(fill, LognormalPatience(mean=1.0, cv=2.0), 10, 10, 1, INF)
    assert for_ever[kernels.SERVED_WITHIN] == pytest.approx(1 - for_ever[kernels.ABANDONED], rel=1e-13)


@pytest.mark.parametrize("agents", [1e4, 1e6, 1e8])
@pytest.mark.parametrize("load", [1e-3, 0.9, 1.0, 1.001, 100.0])
@pytest.mark.parametrize(
    "patience", [1e-3, LognormalPatience(mean=1.0, cv=3.0), ErlangPatience(mean=9.0, phases=99)]
)
def test_any_size_in_bounded_time(patience, agents, load):
    found = row(compiled(kernels.general_patience), patience, agents, agents * load, 1.0, 0.01)
    assert not np.isnan(found).any()
    if load > 1.01:
        assert found[kernels.ABANDONED] == pytest.approx(1 - 1 / load, abs=1e-9)
    if load < 0.5:
        assert found[kernels.WAIT] < 1e-100


def test_each_of_many_queues():
    kind, parameters = encoded(2.0)
    agents = np.array([8.0, 10.0, 12.5])
    out = np.empty((3, kernels.COLUMNS))
    kernels.general_patience_each(kind, parameters, agents, np.full(3, 9.0), np.ones(3), np.full(3, 0.5), out)
    for i in range(3):
        assert list(out[i]) == list(row(kernels.general_patience, 2.0, agents[i], 9, 1, 0.5))


# --- the values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [0.0, 0.01, 1.0, 3.0, 30.0])
def test_survival_is_scipys(t):
    spread = math.sqrt(math.log1p(0.49))
    lognormal = stats.lognorm(spread, scale=3 * math.exp(-(spread**2) / 2))
    assert LognormalPatience(mean=3.0, cv=0.7).survival(t) == pytest.approx(lognormal.sf(t), rel=1e-12)
    weibull = stats.weibull_min(1.7, scale=3 / math.gamma(1 + 1 / 1.7))
    assert WeibullPatience(mean=3.0, shape=1.7).survival(t) == pytest.approx(weibull.sf(t), rel=1e-12)
    erlang = stats.gamma(7, scale=3 / 7)
    assert ErlangPatience(mean=3.0, phases=7).survival(t) == pytest.approx(erlang.sf(t), rel=1e-12)
    mix = HyperexponentialPatience(means=(1.0, 5.0), shares=(0.5, 0.5))
    assert mix.survival(t) == pytest.approx((stats.expon.sf(t) + stats.expon.sf(t / 5)) / 2, rel=1e-12)
    curve = EmpiricalPatience(times=CURVE[0], shares=CURVE[1])
    assert curve.survival(t) == pytest.approx(np.interp(t, *CURVE), rel=1e-15)


@given(patience=patiences.filter(lambda patience: not isinstance(patience, float)))
def test_survival_falls_from_one_and_its_area_is_the_mean(patience):
    t = np.concatenate([[0.0], np.geomspace(1e-9, 1e6, 1501)])
    shares = np.array([patience.survival(float(time)) for time in t])
    assert shares[0] == 1
    assert (np.diff(shares) <= 1e-15).all()
    if patience.mean == INF:
        assert shares[-1] > 0
    elif not isinstance(patience, LognormalPatience | WeibullPatience):  # some of these end beyond 1e6
        assert np.trapezoid(shares, t) == pytest.approx(patience.mean, rel=2e-2)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: LognormalPatience(mean=0, cv=1.0), "mean: found 0; expected a number above 0"),
        (lambda: LognormalPatience(mean=1, cv=math.nan), "cv: found nan"),
        (lambda: WeibullPatience(mean=1, shape=0.01), "shape: found 0.01; expected a number of at"),
        (lambda: WeibullPatience(mean=INF, shape=1), "mean: found inf"),
        (lambda: ErlangPatience(mean=1, phases=0), "phases: found 0; expected a number of at least 1"),
        (lambda: ErlangPatience(mean=1, phases=1.5), "phases: found 1.5; expected a whole number"),
        (lambda: ErlangPatience(mean="1", phases=1), "mean: found '1'"),
        (lambda: HyperexponentialPatience(means=(1,), shares=(0.5, 0.5)), "shares: found 1 means and"),
        (lambda: HyperexponentialPatience(means=(), shares=()), "at least 1"),
        (lambda: HyperexponentialPatience(means=(1, 0), shares=(0.5, 0.5)), "means[1]: found 0"),
        (lambda: HyperexponentialPatience(means=(1, 2), shares=(0.5, 0.4)), "shares: found a sum of 0.9"),
        (lambda: HyperexponentialPatience(means=(1, 2), shares=(1.5, -0.5)), "shares[0]: found 1.5"),
        (lambda: EmpiricalPatience(times=(0,), shares=(1,)), "at least 2"),
        (lambda: EmpiricalPatience(times=(1, 2), shares=(1, 0)), "times[0]: found 1; expected 0"),
        (lambda: EmpiricalPatience(times=(0, 2), shares=(0.9, 0)), "shares[0]: found 0.9; expected 1"),
        (lambda: EmpiricalPatience(times=(0, 2, 2), shares=(1, 0.5, 0)), "times[2]: found 2; expected"),
        (lambda: EmpiricalPatience(times=(0, 1, 2), shares=(1, 0.5, 0.6)), "shares[2]: found 0.6"),
        (lambda: encoded(-1.0), "patience: found -1.0"),
        (lambda: encoded("long"), "patience: found 'long'"),
        (lambda: encoded(True), "patience: found True"),
        (lambda: LognormalPatience(mean=1, cv=1).survival(-1.0), "t: found -1.0"),
    ],
)  # fmt: skip
def test_what_cannot_be(build, complaint):
    with pytest.raises(InputError) as caught:
        build()
    assert complaint in str(caught.value)


@given(patience=patiences.filter(lambda patience: not isinstance(patience, float)))
def test_values_survive_json(patience):
    assert msgspec.json.decode(msgspec.json.encode(patience), type=Patience) == patience
