"""The Erlang kernels against a naive twin, 50 digits, SciPy and exact values, and their invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special

from bporoute._kernels.queueing import elementwise as batches
from bporoute._kernels.queueing import erlang as erlang
from bporoute._kernels.queueing import gamma_expansion as expansion
from helpers import naive_queue as naive
from helpers import oracle
from helpers.exact_values import rows
from helpers.kernels import compiled
from helpers.oracle import mp, mpf

pytestmark = pytest.mark.kernels

INF = math.inf


def error(found, expected):
    return float(abs(mpf(float(found)) - expected) / expected)


def gap_of(n, a):
    """a - n, rounded once, as callers give it."""
    return float(mpf(a) - mpf(n))


def free_weight(n, a):
    return erlang.free_weight(float(n), float(a), gap_of(n, a))


def busy_weight(x, y):
    return erlang.busy_weight(float(x), float(y), gap_of(x, y))


def batch(kernel, *vectors):
    columns = np.broadcast_arrays(*[np.asarray(values, dtype=float) for values in vectors])
    columns = [np.ascontiguousarray(values).ravel() for values in columns]
    out = np.full(len(columns[0]), np.nan)
    kernel(*columns, out)
    return out


@pytest.fixture(scope="session")
def blocking(ready):
    return ready(batches.erlang_b)


@pytest.fixture(scope="session")
def delay(ready):
    return ready(batches.erlang_c)


@pytest.fixture(scope="session")
def load_for(ready):
    return ready(batches.erlang_b_load)


# --- where the regions meet, and far out ----------------------------------------------------------------


def around(value):
    return [math.nextafter(value, 0.0), value, math.nextafter(value, INF)]


def load_at(n, v):
    """The load whose (a - n) / (a + n) is v."""
    return n * (1.0 + v) / (1.0 - v)


BORDERS = [
    *[(n, a) for border in (1.0, 16.0, 64.0, 512.0, 8192.0) for n in around(border)
      for a in (border - math.sqrt(border), border, border + 3.0 * math.sqrt(border))],
    *[(n, a) for n in (16.0, 63.5, 100.25, 8192.0, 1e6, 1e8) for z in (-6.0, 6.0)
      for a in around(n + z * math.sqrt(n)) if a > 0.0],
    *[(n, a) for n, v in ((16.5, -0.46), (63.0, -0.46), (64.0, -0.3), (511.5, -0.3), (20.0, 0.43),
    (70.0, 0.28))
      for a in around(load_at(n, v))],
    *[(0.75, load) for border in (3.0, 4.0, 6.0, 12.0) for load in around(border)],
    *[(5.5, load) for load in (*around(13.5), 5.4, 5.6)],
]  # fmt: skip
FAR_OUT = [
    (1e-6, 1e-6), (1e-6, 1e9), (1e-300, 2.0), (0.5, 1e-6), (3.0, 1e9), (12.25, 1e-6), (15.5, 1e9),
    (16.0, 0.01),
    (24.5, 80.0), (200.0, 150.0), (435.4585, 43.4586), (1000.5, 1100.0), (1e4, 9.9e3), (1e6, 1.2e6),
    (1e8, 1e8), (1e8, 99_990_000.0), (1e8, 100_080_000.0), (1e8, 1e9), (1e12, 1e12), (1e12, 1e12 + 3e6),
]  # fmt: skip


def tolerance(weight):
    """1e-13 down to a blocking of 1e-12, where asked for 1e-12."""
    return 1e-13 if weight < 1e12 else 1e-12


@pytest.mark.parametrize(("n", "a"), BORDERS[::2] + FAR_OUT)
def test_free_weight_with_50_digits(n, a):
    expected = oracle.free_weight(n, a)
    if expected > mpf("1e300"):
        pytest.skip("Erlang B below 1e-300")
    assert error(1.0 / (1.0 + free_weight(n, a)), 1 / (1 + expected)) <= tolerance(expected)


@pytest.mark.parametrize(("x", "y"), BORDERS[1::2] + FAR_OUT)
def test_busy_weight_with_50_digits(x, y):
    expected = oracle.busy_weight(x, y)
    if expected > mpf("1e300"):
        assert busy_weight(x, y) > 1e299
    else:
        assert error(busy_weight(x, y), expected) <= tolerance(expected)


@given(n=st.floats(-2, 8).map(lambda power: 10.0**power), z=st.floats(-12, 12))
@example(n=435.4585, z=-18.8)
@example(n=8191.0, z=5.9999)
def test_both_weights_with_50_digits(n, z):
    a = n + z * math.sqrt(n)
    if a <= 0.0:
        a = n * math.exp(z)
    for found, expected in (
        (1.0 / (1.0 + free_weight(n, a)), 1 / (1 + oracle.free_weight(n, a))),
        (1.0 / busy_weight(n, a), 1 / oracle.busy_weight(n, a)),
    ):
        if expected > mpf("1e-300"):
            assert error(found, expected) <= tolerance(1 / expected)


@pytest.mark.parametrize(("n", "a"), [(1e8, 1e8), (1e6, 1.001e6), (100.0, 90.0)])
def test_the_gap_may_be_known_more_precisely_than_the_load(n, a):
    """Half a unit in the last place of the load moves far_free_weight at n = 1e8 by 1e-12 and more."""
    more = 0.3 * math.ulp(a)
    expected = oracle.free_weight(n, mpf(a) + mpf(more))
    assert error(erlang.free_weight(n, a, (a - n) + more), expected) <= 1e-14


@pytest.mark.parametrize("border", [16.0, 64.0, 512.0, 8192.0])
@pytest.mark.parametrize("z", [-7.0, -2.0, 0.0, 2.5, 7.0])
def test_no_step_between_regions_of_n(border, z):
    a = border + z * math.sqrt(border)
    if a <= 0.0:
        a = 0.1
    for weight in (free_weight, busy_weight):
        below, at = weight(math.nextafter(border, 0.0), a), weight(border, a)
        slope = math.ulp(border) * abs(math.log(border / a))  # the function's own way over that distance
        assert below == pytest.approx(at, rel=2e-14 + slope)


@pytest.mark.parametrize("n", [16.5, 63.5, 64.5, 600.25, 9000.0, 1e6, 1e8])
@pytest.mark.parametrize("z", [-6.0, 6.0])
def test_no_step_between_regions_of_z(n, z):
    """Two neighbours of the border differ by less than the function's own slope and rounding."""
    border = n + z * math.sqrt(n)
    if border <= 0.0:
        border = load_at(n, -0.46)
    loads = [border * (1.0 + k * 2e-16) for k in range(-4, 5)]
    for weight in (free_weight, busy_weight):
        values = [weight(n, load) for load in loads]
        slope = 1e-15 * abs(n - border) * 2.0  # d ln U / d ln a is between 0 and a - n
        assert max(values) <= min(values) * (1.0 + 4e-14 + slope)


# --- naive twin -----------------------------------------------------------------------------------------

WHOLE = [(0, 2.5), (1, 0.25), (3, 1e-3), (10, 8.0), (15, 40.0), (16, 16.0), (63, 60.5), (64, 64.0),
    (65, 64.0),
         (300, 270.0), (511, 530.5), (512, 512.0)]  # fmt: skip


@pytest.mark.parametrize(("n", "a"), WHOLE)
def test_free_weight_is_the_sum_over_states(n, a):
    assert free_weight(n, a) == pytest.approx(float(naive.free_weight(n, a)), rel=3e-14)


@pytest.mark.parametrize(
    ("x", "y"),
    [(0.0, 0.0), (0.0, 3.0), (0.125, 0.01), (2.5, 2.5), (7.75, 30.0), (15.9, 16.1), (16.0, 3.0), (60.5, 64.0),
     (100.0, 130.0), (512.5, 500.0)],
)  # fmt: skip
def test_busy_weight_is_its_series(x, y):
    assert busy_weight(x, y) == pytest.approx(float(naive.busy_weight(x, y)), rel=3e-14)


@pytest.mark.parametrize(("n", "a"), WHOLE)
def test_blocking_by_the_recursion(blocking, n, a):
    assert batch(blocking, n, a)[0] == pytest.approx(float(naive.erlang_b(n, a)), rel=3e-14)


@pytest.mark.parametrize(("n", "a"), [(n, a) for n, a in WHOLE if 0 < a < n])
def test_delay_by_the_sum_over_states(delay, n, a):
    assert batch(delay, n, a)[0] == pytest.approx(float(naive.erlang_c(n, a)), rel=3e-14)


def test_compiled_equals_interpreted():
    rng = np.random.default_rng(1)
    n = np.exp(rng.uniform(math.log(0.01), math.log(1e8), 700))
    n[::2] = np.round(n[::2])
    a = np.abs(n + rng.uniform(-11, 11, 700) * np.sqrt(n)) + 1e-9
    shares = rng.uniform(0, 1, 60)
    for kernel, second in ((batches.erlang_b, a), (batches.erlang_c, a), (batches.erlang_b_load, shares)):
        count = len(second)
        vectors = np.maximum(n[:count], 0.01), second
        both = [batch(chosen, *vectors) for chosen in (kernel, compiled(kernel))]
        np.testing.assert_allclose(both[1], both[0], rtol=1e-13)


# --- exact values and SciPy -----------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("erlang_b"))
def test_exact_blocking(blocking, row):
    expected = mpf(row["blocking"])
    found = batch(blocking, float(row["n"]), float(row["a"]))[0]
    if expected < mpf("1e-300"):
        assert found <= 1e-299
    else:
        assert error(found, expected) <= tolerance(1 / expected)


@pytest.mark.parametrize("row", rows("erlang_c"))
def test_exact_delay(delay, row):
    expected = mpf(row["p_wait"])
    found = batch(delay, float(row["n"]), float(row["a"]))[0]
    if expected < mpf("1e-300"):
        assert found <= 1e-299
    else:
        assert error(found, expected) <= tolerance(1 / expected)


@pytest.mark.parametrize("row", rows("erlang_b_inverse_load"))
def test_exact_load(load_for, row):
    found = batch(load_for, float(row["n"]), float(row["blocking"]))[0]
    assert error(found, mpf(row["offered_load"])) <= 1e-13


@given(n=st.floats(0.01, 170), a=st.floats(0.01, 170))
def test_weights_are_incomplete_gamma_functions(n, a):
    """SciPy's gammaincc and gammainc are good to some 1e-13 here."""
    poisson = math.exp(n * math.log(a) - a - math.lgamma(n + 1.0))
    upper, lower = special.gammaincc(n, a), special.gammainc(n, a)
    if upper > 1e-200 and poisson > 1e-280:
        assert free_weight(n, a) * poisson == pytest.approx(upper, rel=1e-11)
    if lower > 1e-200 and poisson > 1e-280:
        assert busy_weight(n, a) * poisson == pytest.approx(lower, rel=1e-11)


@pytest.mark.parametrize("y", np.linspace(0.0, 5.0, 41))
def test_scaled_erfc(y):
    assert expansion.scaled_erfc(float(y)) == pytest.approx(special.erfcx(y), rel=2e-15)


@pytest.mark.parametrize("fraction", np.linspace(0.0, 1.0, 21))
def test_reciprocal_gamma(fraction):
    f = mpf(fraction) if fraction else mpf("1e-30")
    expected = (mp.rgamma(1 + f) - 1) / f
    assert abs(expansion.reciprocal_gamma_slope(float(fraction)) - expected) <= mpf("2e-16")


@pytest.mark.parametrize("square", [0.0, 1e-9, 0.01, 0.1, 0.2, 0.27])
def test_artanh_rest(square):
    v = mp.sqrt(mpf(square))
    expected = (mp.atanh(v) - v) / v**3 if square else mpf(1) / 3
    assert error(expansion.artanh_rest(square), expected) <= 1e-15


@pytest.mark.parametrize("n", [16.0, 17.5, 50.0, 1e3, 1e8])
def test_gamma_star(n):
    expected = mp.exp(mp.loggamma(mpf(n)) - n * mp.log(n) + n) * mp.sqrt(n / (2 * mp.pi))
    assert error(expansion.gamma_star(1.0 / n), expected) <= 1e-15


@given(n=st.floats(0.01, 1e8), ratio=st.floats(1e-3, 1e3))
@example(n=1e8, ratio=1.0 + 1e-7)
@example(n=1e8, ratio=1.0)
def test_deviance(n, ratio):
    a = n * ratio
    expected = n * mp.log(mpf(n) / mpf(a)) + mpf(a) - n
    found = mpf(erlang.deviance(n, a, gap_of(n, a)))
    assert abs(found - expected) <= expected * mpf("2e-15") + mpf("1e-300")


@given(n=st.floats(0, 1e6), ratio=st.floats(0.2, 5))
def test_poisson(n, ratio):
    a = (n + 0.1) * ratio
    expected = mp.exp(oracle.log_poisson(n, a))
    if expected > mpf("1e-300"):
        assert error(erlang.poisson(n, a, gap_of(n, a)), expected) <= 1e-12


# --- invariants -----------------------------------------------------------------------------------------

agents = st.floats(-2, 8).map(lambda power: 10.0**power)
distances = st.floats(-20, 20)


def load_near(n, z):
    a = n + z * math.sqrt(n)
    return a if a > 0.0 else n * math.exp(z)


@given(n=agents, z=distances)
@example(n=16.0, z=0.0)
@example(n=1e8, z=6.0)
def test_both_weights_make_the_whole_gamma_function(n, z):
    """U + A - 1 = 1 / poisson(n; a), DLMF 8.2.3."""
    a = load_near(n, z)
    whole = erlang.poisson(n, a, gap_of(n, a))
    both = free_weight(n, a) + busy_weight(n, a)
    if whole > 0.0 and both < INF:
        assert both * whole == pytest.approx(1.0, rel=1e-12)


@given(n=agents, z=distances, step=st.floats(1e-6, 2))
def test_more_agents_block_less_and_more_load_blocks_more(n, z, step):
    a = load_near(n, z)
    here = free_weight(n, a)
    if here < 1e290:
        assert free_weight(n + step, a) >= here * (1.0 - 1e-13)
        assert free_weight(n, a * (1.0 + step)) <= here * (1.0 + 1e-13)
    if busy_weight(n, a) < 1e290:
        assert busy_weight(n + step, a) <= busy_weight(n, a) * (1.0 + 1e-13)
        assert busy_weight(n, a * (1.0 + step)) >= busy_weight(n, a) * (1.0 - 1e-13)


@given(n=agents, z=st.floats(-8, 8))
def test_recursion_in_the_agents(n, z):
    """U(n + 1) = 1 + (n + 1) / a U(n) and A(x) = 1 + y / (x + 1) A(x + 1)."""
    a = load_near(n, z)
    higher = float(mpf(n) + 1)
    free, busy = free_weight(higher, a), busy_weight(higher, a)
    if free < 1e290:
        assert free == pytest.approx(higher / a * (1.0 + free_weight(n, a)), rel=1e-12 + 3e-16 * n)
    if busy < 1e290:
        assert busy_weight(n, a) == pytest.approx(1.0 + a / higher * busy, rel=1e-12 + 3e-16 * n)


@given(n=st.floats(-2, 6).map(lambda power: 10.0**power), z=st.floats(-8, 8))
def test_the_share_that_gives_up(n, z):
    """T / y with T = y - x + x / A, with 50 digits; and the rest of them, who stay."""
    y = load_near(n, z)
    expected = mpf(y) - mpf(n) + n / oracle.busy_weight(n, y)
    weight, gives_up, *stays = erlang.busy(n, y, gap_of(n, y))
    assert weight == pytest.approx(busy_weight(n, y), rel=1e-13)
    assert error(gives_up, expected / y) <= 1e-13
    for share in stays:
        assert error(share, 1 - expected / y) <= 1e-13


@given(n=st.floats(-1, 8).map(lambda power: 10.0**power), share=st.floats(1e-9, 0.999))
@example(n=1e8, share=1e-9)
@example(n=24.0, share=1 / 128)
@example(n=0.01, share=1 / 64)
def test_load_for_blocking_inverts_blocking(n, share):
    load = float(batch(batches.erlang_b_load, n, share)[0])
    found = 1.0 / (1.0 + free_weight(n, load))
    slope = abs(n - load * (1.0 - found))  # d ln B / d ln a: what a rounding of the load makes of B
    assert found == pytest.approx(share, rel=1e-13 + 1e-15 * slope)


# --- edges ----------------------------------------------------------------------------------------------


def test_edges_of_blocking(blocking):
    n = [0, 0, 5, 5, 1e12, 1e12, 1e12, 1e9, 1.0, 0.5]
    a = [0, 7, 0, 1e300, 1e12, 1.0, 2e12, 1e-6, 1e-300, 1e-300]
    found = batch(blocking, n, a)
    assert list(found[:4]) == [1.0, 1.0, 0.0, 1.0]
    expected = [oracle.erlang_b(1e12, 1e12), mpf(0), oracle.erlang_b(1e12, 2e12), mpf(0)]
    for value, right in zip(found[4:8], expected, strict=True):
        assert abs(value - right) <= 1e-12 * right
    assert found[8] == pytest.approx(1e-300, rel=1e-13)
    assert found[9] == pytest.approx(1e-150 / math.gamma(1.5), rel=1e-13)


def test_edges_of_delay(delay):
    n = [0, 5, 5, 5, 1e12, 1e12, 0]
    a = [3, 0, 5, 5.5, 1e12, 1e12 - 1e6, 0]
    found = batch(delay, n, a)
    assert list(found[:5]) == [1.0, 0.0, 1.0, 1.0, 1.0]
    assert error(found[5], oracle.erlang_c(1e12, 1e12 - 1e6)) <= 1e-12
    assert 0.0 <= found[6] <= 1.0


@pytest.mark.parametrize("below", [1e-9, 1e-3, 1.0])
def test_delay_next_to_saturation(delay, below):
    load = 200.0 - below
    assert error(batch(delay, 200.0, load)[0], oracle.erlang_c(200.0, load)) <= 1e-13


def test_edges_of_load(load_for):
    found = batch(load_for, [3, 3, 1e12, 0.001, 1], [0, 1 - 2.0**-53, 0.5, 0.5, 1e-300])
    assert found[0] == 0.0
    assert found[1] == pytest.approx(3 * 2.0**53, rel=1e-12)
    assert found[2] == pytest.approx(2e12, rel=1e-11)
    assert error(oracle.erlang_b(0.001, found[3]), mpf(1) / 2) <= 1e-13
    assert found[4] == pytest.approx(1e-300, rel=1e-12)


def test_nothing_raises_interpreted_or_compiled(blocking, delay, load_for):
    values = np.array([0.0, 1e-307, 1e-300, 0.5, 1.0, 15.99, 16.0, 64.0, 1e5, 1e8, 1e15])
    n, a = (grid.ravel() for grid in np.meshgrid(values, values))
    for kernel in (blocking, delay):
        found = batch(kernel, n, a)
        assert ((found >= 0.0) & (found <= 1.0)).all()
    shares = np.minimum(a, 1.0 - 2.0**-53)[n > 0]
    assert not np.isnan(batch(load_for, n[n > 0], shares)).any()


@pytest.mark.parametrize("load", [5e-324, 1e-320, 1e-310, 1e-300])
@pytest.mark.parametrize("agents", [0.25, 0.96875, 1.0, 3.5, 15.96875, 16.5, 64.0, 1e6])
def test_next_to_no_load(agents, load):
    exponent = mp.loggamma(agents + 1) - agents * mp.log(load)
    if exponent > 709.5:
        assert free_weight(agents, load) > 1e307
    else:
        assert error(free_weight(agents, load), mp.exp(exponent) - 1) <= 1e-12
