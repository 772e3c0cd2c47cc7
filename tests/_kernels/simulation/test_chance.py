"""Random numbers and durations against a naive twin, published outputs, SciPy, and invariants."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config
from scipy import stats

from bporoute._kernels.simulation import chance as chance
from bporoute.durations._laws import (
    Constant,
    Empirical,
    EmpiricalPatience,
    ErlangPatience,
    Exponential,
    HyperexponentialPatience,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
)
from bporoute.queueing._sampling import laid_out, sampled
from bporoute.workload._random import generator, stream_key
from helpers import naive_chance as naive
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf
MANY = 20_000 if config.DISABLE_JIT else 1_000_000
KEYS = [0, 1, 2**64 - 1, int(stream_key(1, "handle", "sales"))]

CURVE = EmpiricalPatience(times=(0, 30, 60, 90, 300), shares=(1, 0.9, 0.9, 0.5, 0.125))
MIX = HyperexponentialPatience(means=(10, 300, 5000), shares=(0.2, 0.7, 0.1))


@pytest.fixture(scope="session")
def fill(ready):
    return ready(chance.durations)


def drawn(fill, duration, key, count, first=0):
    laws, points = laid_out([7.0, duration])  # never the first row, nor the only one
    out = np.full(count, np.nan)
    with np.errstate(over="ignore"):
        fill(laws, points, 1, np.uint64(key), first, out)
    return out


def uniforms(key, count, first=0):
    """By what an exponential time of mean 1 leaves: shares(t) = 1 - e^-t."""
    return -np.expm1(-sampled(Exponential(1.0), np.uint64(key), count, first))


# --- random numbers -------------------------------------------------------------------------------------


def test_published_outputs_of_splitmix64():
    """The first outputs for the seed 0, as the reference implementation by Vigna gives them."""
    with np.errstate(over="ignore"):
        outputs = [int(chance.mixed(np.uint64(0), number)) for number in (1, 2, 3)]
    assert outputs == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@pytest.mark.parametrize("key", KEYS)
def test_naive_random_numbers(key):
    for number in (0, 1, 2, 1000, 2**40, 2**63 - 1):
        with np.errstate(over="ignore"):
            assert int(chance.mixed(np.uint64(key), number)) == naive.bits(key, number)
            assert chance.uniform(np.uint64(key), number) == naive.uniform(key, number)
            exponential = chance.standard_exponential(np.uint64(key), number)
        assert exponential == pytest.approx(-math.log1p(-naive.uniform(key, number)), rel=1e-15)


def test_uniform_numbers_are_inside_the_open_interval():
    lowest, highest = chance.unit(np.uint64(0)), chance.unit(np.uint64(2**64 - 1))
    assert (lowest, highest) == (2.0**-53, 1 - 2.0**-53)
    assert 1 - highest == lowest


@pytest.mark.parametrize("key", KEYS)
def test_uniform_numbers_are_uniform(key):
    drawn = uniforms(key, MANY)
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    counts = np.bincount((drawn * 1000).astype(int), minlength=1000)
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.thorough
def test_streams_are_independent_of_each_other_and_of_their_past():
    keys = [stream_key(1, "a"), stream_key(1, "b"), stream_key(2, "a"), np.uint64(1), np.uint64(2)]
    streams = np.array([uniforms(key, MANY) for key in keys])
    lagged = [np.roll(streams[0], lag) for lag in (1, 2, 7, 1000)]
    correlations = np.corrcoef([*streams, *lagged])
    np.fill_diagonal(correlations, 0.0)
    assert np.abs(correlations).max() < 5 / math.sqrt(MANY)
    pairs = np.histogram2d(streams[3], streams[4], bins=16)[0].ravel()
    assert stats.chisquare(pairs).pvalue > 1e-3
    in_a_row = np.histogram2d(streams[0][:-1], streams[0][1:], bins=16)[0].ravel()
    assert stats.chisquare(in_a_row).pvalue > 1e-3


def test_neighbouring_keys_at_the_same_number():
    keys = [stream_key(1, "contact", number) for number in range(2000)]
    first = np.array([naive.uniform(int(key), 1) for key in keys])
    assert stats.kstest(first, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 5 / math.sqrt(2000)


def test_named_streams():
    names = [(7,), (8,), (7, "a"), (7, "b"), (7, 0), (7, "0"), (7, "a", "b"), (7, "ab"), (-7,), (2**200,)]
    assert len({int(stream_key(*listed)) for listed in names}) == len(names)
    assert (
        int(stream_key(7, "handle", "sales")) == 9459864883412196746
    )  # pinned: results are repeated years later
    assert stream_key(np.int64(7), "a") == stream_key(7, "a")
    assert generator(7, "a").random() != generator(7, "b").random()
    with pytest.raises(TypeError):
        stream_key(7.0, "a")


# --- the normal quantile --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "share", [2.0**-53, 1e-12, 1e-5, 0.0749, 0.0751, 0.3, 0.5, 0.6, 0.924, 0.926, 0.999, 1 - 2.0**-53]
)
def test_normal_quantile_by_mpmath(share):
    with mpmath.workdps(40):
        exact = float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(share) - 1))
    assert chance.normal_quantile(share) == pytest.approx(exact, rel=2e-15, abs=1e-16)


@given(share=st.floats(1e-15, 1 - 1e-15))
def test_normal_quantile_is_odd_and_agrees_with_scipy(share):
    assert chance.normal_quantile(share) == pytest.approx(stats.norm.ppf(share), rel=1e-14, abs=1e-16)
    mirrored = 1 - (1 - share)  # what one minus it can tell exactly
    assert chance.normal_quantile(1 - share) == -chance.normal_quantile(mirrored)


# --- laws -----------------------------------------------------------------------------------------------

NAIVE = [
    (Constant(90.0), lambda key, n, u: 90.0),
    (Constant(INF), lambda key, n, u: INF),
    (240.0, lambda key, n, u: -240.0 * math.log1p(-u)),
    (INF, lambda key, n, u: INF),
    (Lognormal(4.784, 0.953), lambda key, n, u: naive.lognormal(4.784, 0.953, u)),
    (Lognormal(3.0, 0.0), lambda key, n, u: naive.lognormal(3.0, 0.0, u)),
    (Weibull(0.89, 395.0), lambda key, n, u: 395.0 * math.exp(math.log(-math.log1p(-u)) / 0.89)),
    (ErlangPatience(mean=120, phases=1), lambda key, n, u: naive.erlang(120, 1, key, n)),
    (ErlangPatience(mean=120, phases=17), lambda key, n, u: naive.erlang(120, 17, key, n)),
    (ErlangPatience(mean=120, phases=1000), lambda key, n, u: naive.erlang(120, 1000, key, n)),
    (MIX, lambda key, n, u: naive.hyperexponential(MIX.means, MIX.shares, u)),
    (
        HyperexponentialPatience(means=(0.01, 1e6, 3.0), shares=(0.5, 0.5, 0.0)),
        lambda key, n, u: naive.hyperexponential((0.01, 1e6), (0.5, 0.5), u),
    ),
    (Empirical((30.0, 10.0, 20.0)), lambda key, n, u: (10.0, 20.0, 30.0)[math.floor(3 * u)]),
    (CURVE, lambda key, n, u: naive.survival_curve(CURVE.times, CURVE.shares, u)),
]


@pytest.mark.parametrize(("duration", "twin"), NAIVE)
def test_naive_durations(fill, duration, twin):
    for key in KEYS:
        times = drawn(fill, duration, key, 40, first=1)
        expected = [twin(key, number, naive.uniform(key, number)) for number in range(1, 41)]
        assert times == pytest.approx(expected, rel=2e-13)


HISTOGRAM = stats.rv_histogram(([1 / 120, 1 / 240], [0, 60, 180]), density=True)
SCIPY = [
    (240.0, stats.expon(scale=240)),
    (Lognormal(4.784, 0.953), stats.lognorm(0.953, scale=math.exp(4.784))),
    (
        LognormalPatience(mean=120, cv=1.5),
        stats.lognorm(math.log(3.25) ** 0.5, scale=120 / 3.25**0.5),
    ),
    (Weibull(0.89, 395.0), stats.weibull_min(0.89, scale=395)),
    (WeibullPatience(mean=200, shape=2), stats.weibull_min(2, scale=400 / math.sqrt(math.pi))),
    (Constant(3.0), None),
    (Empirical((10.0, 20.0, 40.0)), stats.rv_discrete(values=((10, 20, 40), (1 / 3, 1 / 3, 1 / 3)))),
    (EmpiricalPatience(times=(0, 60, 180), shares=(1, 0.5, 0)), HISTOGRAM),
]


@pytest.mark.parametrize(("duration", "oracle"), SCIPY)
def test_scipy_quantiles(fill, duration, oracle):
    times = drawn(fill, duration, KEYS[3], 200)
    shares = np.array([naive.uniform(KEYS[3], number) for number in range(200)])
    expected = np.full(200, 3.0) if oracle is None else oracle.ppf(shares)
    assert times == pytest.approx(expected, rel=1e-11)


CONTINUOUS = [
    *((duration, oracle.cdf) for duration, oracle in SCIPY[:5]),
    (ErlangPatience(mean=120, phases=5), stats.gamma(5, scale=24).cdf),
    (ErlangPatience(mean=120, phases=50), stats.gamma(50, scale=2.4).cdf),
    (MIX, lambda t: 1 - 0.2 * np.exp(-t / 10) - 0.7 * np.exp(-t / 300) - 0.1 * np.exp(-t / 5000)),
    (SCIPY[-1][0], SCIPY[-1][1].cdf),
]


@pytest.mark.parametrize(("duration", "cdf"), CONTINUOUS)
@pytest.mark.thorough
def test_a_million_durations(duration, cdf):
    times = sampled(duration, KEYS[3], MANY)
    assert stats.kstest(times, cdf).pvalue > 1e-3
    assert abs(times.mean() - (duration if isinstance(duration, float) else duration.mean)) < (
        5 * times.std() / math.sqrt(MANY)
    )


def test_what_a_curve_leaves_is_endless():
    times = sampled(CURVE, KEYS[3], MANY)
    endless = np.isinf(times).mean()
    assert endless == pytest.approx(0.125, abs=5 * math.sqrt(0.125 * 0.875 / MANY))
    assert not ((times > 30) & (times < 60)).any()  # the curve is flat there: nobody gives up


def test_every_time_of_a_sample_is_as_likely():
    counts = np.bincount(sampled(Empirical((3.0, 1.0, 2.0, 0.0)), KEYS[3], MANY).astype(int))
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_draw_does_not_depend_on_the_others(fill):
    for duration, _ in NAIVE:
        together = drawn(fill, duration, KEYS[3], 50, first=3)
        alone = [drawn(fill, duration, KEYS[3], 1, first=number)[0] for number in (10, 3, 52)]
        assert alone == [together[7], together[0], together[49]]


def test_interpreted_and_compiled_agree():
    for duration, _ in NAIVE:
        one, other = (
            drawn(fill, duration, KEYS[3], 200) for fill in (chance.durations, compiled(chance.durations))
        )
        assert one == pytest.approx(other, rel=1e-14)


def test_an_unknown_kind_is_not_a_number(fill):
    laws, out = np.full((1, chance.COLUMNS), 99.0), np.zeros(1)
    with np.errstate(over="ignore"):
        fill(laws, np.empty(0), 0, np.uint64(1), 0, out)
    assert np.isnan(out[0])


means = st.floats(1e-3, 1e9)
falling = st.lists(st.floats(0, 1), min_size=1, max_size=8).map(lambda shares: sorted(shares, reverse=True))
mixtures = st.lists(st.tuples(means, st.floats(0.01, 1)), min_size=1, max_size=6).map(
    lambda branches: HyperexponentialPatience(
        means=tuple(mean for mean, _ in branches),
        shares=tuple(share / math.fsum(s for _, s in branches) for _, share in branches),
    )
)
curves = st.builds(
    lambda shares, gap: EmpiricalPatience(
        times=tuple(gap * place for place in range(len(shares) + 1)), shares=(1.0, *shares)
    ),
    falling,
    st.floats(1e-3, 1e6),
)
rising = st.one_of(
    st.builds(Constant, st.floats(0, 1e9)),
    means,
    st.builds(Lognormal, st.floats(-50, 50), st.floats(0, 10)),
    st.builds(Weibull, st.floats(0.01, 100), st.floats(1e-9, 1e100)),
    st.lists(st.floats(0, 1e9), min_size=1, max_size=9).map(lambda times: Empirical(tuple(times))),
    st.builds(LognormalPatience, mean=means, cv=st.floats(0.02, 100)),
    st.builds(WeibullPatience, mean=means, shape=st.floats(0.05, 50)),
    mixtures,
    curves,
)
keys = st.integers(0, 2**64 - 1)


@given(duration=rising, key=keys)
def test_durations_rise_with_the_uniform_number(fill, duration, key):
    times = drawn(fill, duration, key, 30)
    shares = [naive.uniform(key, number) for number in range(30)]
    in_order = times[np.argsort(shares)]
    assert not np.isnan(times).any()
    assert (times >= 0).all()
    assert (in_order[1:] >= in_order[:-1] * (1 - 1e-12)).all()


@given(mean=means, phases=st.integers(1, 1000), key=keys)
def test_stages_neither_vanish_nor_overflow(fill, mean, phases, key):
    times = drawn(fill, ErlangPatience(mean=mean, phases=phases), key, 3)
    assert (times > 0).all()
    assert (times < 40 * mean).all()


@given(mixture=mixtures)
@pytest.mark.parametrize("left", [2.0**-53, 1e-9, 0.5, 1 - 2.0**-53])
def test_the_mixture_leaves_what_it_should(mixture, left):
    laws, points = laid_out([mixture])
    branches = int(laws[0, chance.LENGTH])
    time = chance.mixture_quantile(points, 0, branches, laws[0, chance.FIRST], left)
    survival = math.fsum(s * math.exp(-time / m) for m, s in zip(mixture.means, mixture.shares, strict=True))
    assert time > 0
    assert survival == pytest.approx(left, rel=1e-11, abs=1e-14)


@given(curve=curves)
@pytest.mark.parametrize("left", [2.0**-53, 0.25, 0.5, 1 - 2.0**-53])
def test_the_curve_leaves_what_it_should(curve, left):
    _, points = laid_out([curve])
    time = chance.curve_quantile(points, 0, len(curve.times), left)
    if time == INF:
        assert curve.shares[-1] > left
    else:
        assert np.interp(time, curve.times, curve.shares) == pytest.approx(left, abs=1e-9)
