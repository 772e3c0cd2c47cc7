"""The kernels of waiting and of the inverse questions: naive twin, 50 digits, exact values, invariants."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bporoute._kernels.queueing import elementwise as batches
from bporoute._kernels.queueing import exponential_patience as waiting
from bporoute.center._targets import Counting, weighed
from helpers import naive_queue as naive
from helpers import oracle
from helpers.exact_values import rows
from helpers.kernels import compiled
from helpers.oracle import mp, mpf

pytestmark = pytest.mark.kernels

INF = math.inf
COUNTINGS = ("offered", "ignored", "credited", "answered", "short_excluded", "short_credited", "virtual")
SHARES = ("waits", "abandoned", "blocked", "virtual_late", "served_late", "abandoned_late", "mean_wait")


class Found:
    """Everything the batch kernels tell of one queue; the mean handle time is 1."""

    def __init__(self, ready, agents, load, patience=INF, room=INF, within=0.0, short=None):
        self.ready = ready
        self.queue = [np.array([float(value)]) for value in (agents, load, 1.0, patience, room)]
        self.row = self.rows(within)
        self.short_row = self.row if short is None else self.rows(short)
        for column, name in enumerate(SHARES):
            setattr(self, name, float(self.row[0, column]))

    def rows(self, within):
        out = np.full((1, batches.OUTCOMES), np.nan)
        self.ready(batches.outcomes_of)(*self.queue, np.array([float(within)]), out)
        return out

    @property
    def asa(self):
        out = np.full(1, np.nan)
        self.ready(batches.asa)(*self.queue, out)
        return float(out[0])

    def missed(self, counting):
        out = np.full(1, np.nan)
        rows = self.short_row if counting.startswith("short") else self.row
        gone_late = np.ascontiguousarray(rows[:, batches.ABANDONED_LATE])
        kernel = self.ready(batches.missed_of)
        kernel(self.row, gone_late, COUNTINGS.index(counting), out)
        return float(out[0])


@pytest.fixture(scope="session")
def found(ready):
    return lambda *queue, **more: Found(ready, *queue, **more)


def interpreted(*queue, **more):
    return Found(lambda kernel: kernel, *queue, **more)


# --- naive twin: birth and death, and the way of one contact --------------------------------------------

TWINS = [
    (5, 4.0, INF, 7, 0.25), (1, 0.5, INF, 1, 0.5), (3, 6.0, INF, 4, 0.75), (5, 4.0, 0.5, 3, 0.125),
    (10, 15.0, 2.0, 20, 0.5), (4, 3.0, 1.5, INF, 0.25), (8, 12.0, 0.75, INF, 0.0), (6, 4.5, 1.0, INF, 1.0),
    (6, 4.0, INF, INF, 0.5), (2, 1.0, 10.0, INF, 2.0), (5, 4.0, INF, 0, 0.25), (3, 2.0, 0.125, 2, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("n", "a", "patience", "room", "within"), TWINS)
def test_naive_twin(found, n, a, patience, room, within):
    twin = naive.Queue(n, a, 1.0, patience, room)
    ours = found(n, a, patience, room, within=within, short=0.5 * within)
    close = {"rel": 1e-10, "abs": 1e-13}
    late = twin.exceeds(within)
    assert ours.waits == pytest.approx(twin.waits, **close)
    assert ours.abandoned == pytest.approx(twin.gone, **close)
    assert ours.mean_wait == pytest.approx(twin.mean_wait, **close)
    assert ours.virtual_late == pytest.approx(twin.virtual_exceeds(within), **close)
    assert ours.served_late + ours.abandoned_late == pytest.approx(late, **close)
    assert ours.served_late == pytest.approx(twin.served - twin.served_within(within), rel=1e-9, abs=1e-13)
    if room < INF:
        assert ours.blocked == pytest.approx(twin.blocked, **close)
    if room != 0:
        assert ours.asa == pytest.approx(twin.asa, **close)
    for counting in COUNTINGS:
        expected = twin.service_level(within, counting, 0.5 * within)
        assert 1.0 - ours.missed(counting) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "a", "patience", "room"), [(3, 3.5, 1.0, INF), (4, 3.0, INF, 5), (2, 3.0, 0.5, 2)]
)
def test_simulation(n, a, patience, room):
    """Ten runs; 4.8 standard errors of nine degrees of freedom fail once in a thousand times, or never."""
    runs = [naive.simulate(n, a, 1.0, patience, room, 0.25, 8_000, seed) for seed in range(10)]
    ours = interpreted(n, a, patience, room, within=0.25)
    expected = {
        "waits": ours.waits, "gone": ours.abandoned, "blocked": ours.blocked, "mean_wait": ours.mean_wait,
        "in_time": 1.0 - ours.missed("offered"),
    }  # fmt: skip
    for name, value in expected.items():
        sample = np.array([run[name] for run in runs])
        assert abs(sample.mean() - value) <= 4.8 * sample.std(ddof=1) / math.sqrt(10) + 1e-12, name


# --- 50 digits ------------------------------------------------------------------------------------------


def check(ours, queue, within, short, *, level=1e-14):
    """Probabilities to 1e-12, service levels to 1e-14, and both to the last digits that the oracle has."""
    expected = {
        "waits": queue.p_wait, "abandoned": queue.p_abandon, "blocked": queue.p_block,
        "virtual_late": queue.virtual_exceeds(within), "served_late": queue.served_late(within),
        "mean_wait": queue.mean_wait,
    }  # fmt: skip
    for name, value in expected.items():
        if value > mpf("1e-100"):
            error = abs(mpf(getattr(ours, name)) - value) / value
            assert error <= mpf("1e-12"), (name, float(error))
    assert abs(ours.abandoned_late - (queue.exceeds(within) - queue.served_late(within))) <= level
    for counting in COUNTINGS:
        error = abs(mpf(ours.missed(counting)) - queue.shortfall(within, counting, short))
        assert error <= level, (counting, float(error))
    if queue.p_served > mpf("1e-100") and queue.asa > mpf("1e-100"):
        assert abs(ours.asa - queue.asa) / queue.asa <= mpf("1e-12")


# n, a, patience, room, within, short
POINTS = [
    (28.0, 24.0, 1.25, INF, 1 / 12, 0.02), (24.5, 20.0, INF, INF, 0.0625, 0.0),
    (0.5, 0.1, 20.0, INF, 3.0, 1.0),
    (100.25, 80.0, 0.01, INF, 0.001, 0.0), (60.0, 79.0, 0.0016, INF, 0.05, 0.01),
    (16.0, 16.0, 1.0, INF, 0.2, 0.1),
    (64.0, 50.0, 0.25, INF, 0.1, 0.1), (512.0, 560.0, 2.0, INF, 0.3, 0.0),
    (8192.0, 8192.0, 0.5, INF, 0.01, 0.005),
    (11731.5, 12678.5, 0.2777, INF, 0.0017, 0.001), (1e5, 100_300.0, 0.3, INF, 0.001, 0.0),
    (1e8, 100_010_000.0, 1.0, INF, 1e-4, 0.0), (1e8, 99_990_000.0, INF, INF, 1e-5, 0.0),
    (1e12, 1e12 + 1e6, 1.0, INF, 1e-6, 0.0), (28.0, 24.0, 1.25, 5, 1 / 12, 0.02),
    (5.5, 9.0, INF, 20, 1.5, 0.5),
    (5.5, 2.0, INF, 20, 1.5, 0.5), (24.0, 20.0, 0.5, 1, 0.1, 0.0), (2718.0, 2.6, 0.75, 20, 0.1, 0.1),
    (17.4, 0.002, 7.0, 20, 0.19, 0.1), (111.9, 0.0017, 115.0, 5, 2e-6, 0.0),
    (300.0, 330.0, 3.0, 400, 0.05, 0.02),
    (0.066, 0.8, INF, 1, 6.0, 2.0), (1.0, 1923.0, 0.0019, INF, 2.13, 0.01),
    (0.1064, 2.87, 21.0, INF, 8.3, 1.0),
    (1.184, 1.666, 0.0003, INF, 0.0002, 0.0001), (0.05, 0.045, 0.0695, INF, 0.05, 0.02),
    (7.0, 5.0, 1e-6, INF, 1e-6, 1e-7), (7.0, 5.0, 1e6, INF, 1.0, 0.5), (480.5, 193.6, 26.0, INF, 0.5, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("n", "a", "patience", "room", "within", "short"), POINTS)
def test_50_digits(found, n, a, patience, room, within, short):
    queue = oracle.Queue(n, a, patience, room)
    level = 1e-14 if n <= 1e5 else 1e-13
    check(found(n, a, patience, room, within=within, short=short), queue, within, short, level=level)


@given(
    n=st.floats(-0.5, 4.5).map(lambda power: 10.0**power),
    z=st.floats(-6, 6),
    patience=st.one_of(st.just(INF), st.floats(-3, 2).map(lambda power: 10.0**power)),
    room=st.one_of(st.just(INF), st.integers(0, 30)),
    scaled=st.floats(0, 2),
)
@example(n=0.1064, z=8.5, patience=21.0, room=INF, scaled=2.7)
def test_any_queue_with_50_digits(n, z, patience, room, scaled):
    a = n + z * math.sqrt(n)
    assume(0.0 < a < (0.999 * n if patience == room == INF else 100.0 * n))
    within = min(scaled / math.sqrt(n), 30.0 * patience)  # beyond, the oracle has too few digits
    queue = oracle.Queue(n, a, patience, room)
    check(interpreted(n, a, patience, room, within=within), queue, within, within)


@pytest.mark.parametrize("within", [5.0, 40.0, 600.0])
def test_in_overload_far_beyond_the_patience(within):
    """x = 0.001: hardly anybody is answered, and P(V > t) falls by e^(-x t / patience) only."""
    n, a, patience = 0.1, 1e6, 0.01
    queue = oracle.Queue(n, a, patience)
    ours = interpreted(n, a, patience, within=within)
    assert ours.virtual_late == pytest.approx(float(queue.virtual_exceeds(within)), rel=1e-13)
    assert 0.0 <= ours.missed("virtual") <= 1.0


@pytest.mark.parametrize("ratio", [3.0, 100.0, 1e6])
def test_in_overload_the_few_who_are_answered(ratio):
    """The oracle has the share answered as a sum, so must the kernel: 1 - abandonment has no digits left."""
    for patience, room in ((2.0, INF), (0.25, 30), (INF, 10)):
        queue = oracle.Queue(5.0, 5.0 * ratio, patience, room)
        ours = interpreted(5.0, 5.0 * ratio, patience, room, within=0.125)
        for counting in ("answered", "offered", "credited"):
            expected = queue.shortfall(mpf(0.125), counting, mpf(0.125))
            assert abs(mpf(ours.missed(counting)) - expected) <= 1e-14
        assert abs(ours.asa - queue.asa) / queue.asa <= mpf("1e-12")


def test_large_rooms_are_unlimited_ones(found):
    for n, a, patience in ((50.0, 45.0, INF), (50.0, 60.0, 2.0), (8.5, 8.0, 0.5)):
        limited = found(n, a, patience, 1e6, within=0.25)
        endless = found(n, a, patience, within=0.25)
        np.testing.assert_allclose(limited.row, endless.row, rtol=1e-11, atol=1e-13)
        assert limited.asa == pytest.approx(endless.asa, rel=1e-11)


def test_a_huge_room_in_overload():
    """A million places and 10 % too many contacts: the room is full but for a geometric law."""
    ours = Found(compiled, 100.0, 110.0, INF, 1e6, within=1.0)
    assert ours.blocked == pytest.approx(1.0 - 100.0 / 110.0, rel=1e-13)
    assert ours.waits == pytest.approx(100.0 / 110.0, rel=1e-13)
    assert ours.mean_wait == pytest.approx((1e6 - 10.0) / 110.0, rel=1e-12)
    assert ours.missed("offered") == pytest.approx(1.0, abs=1e-13)


# --- exact values ---------------------------------------------------------------------------------------


def near(value, text, level=None):
    expected = mpf(text)
    if mp.isinf(expected):
        assert value == INF
    else:
        allowed = mpf(level) if level else mpf("1e-12") * expected + mpf("1e-100")
        assert abs(mpf(value) - expected) <= allowed


@pytest.mark.parametrize("row", rows("erlang_c"))
def test_exact_erlang_c(found, row):
    n, a = float(row["n"]), float(row["a"])
    near(found(n, a).asa, row["asa"])
    for text, at_t in row["t"].items():
        ours = found(n, a, within=float(text))
        near(1.0 - ours.missed("offered"), at_t["service_level"], 1e-14 if n <= 1e5 else 1e-13)
        if "p_wait_gt_t" in at_t:
            near(ours.served_late + ours.abandoned_late, at_t["p_wait_gt_t"])


@pytest.mark.parametrize("row", rows("erlang_a"))
def test_exact_erlang_a(found, row):
    queue = float(row["n"]), float(row["a"]), float(row["patience"])
    ours = found(*queue)
    near(ours.waits, row["p_wait"])
    near(ours.abandoned, row["p_abandon"])
    near(ours.mean_wait, row["mean_wait_all"])
    near(ours.asa, row["mean_wait_answered"])
    level = 1e-14 if queue[0] <= 1e5 else 1e-13
    names = {"sl_offered": "offered", "sl_answered": "answered", "sl_excl_short_abandons": "ignored",
             "sl_virtual": "virtual", "sl_served_or_abandoned_within_t": "credited"}  # fmt: skip
    for text, at_t in row["t"].items():
        then = found(*queue, within=float(text))
        near(then.virtual_late, at_t["p_virtual_wait_gt_t"])
        for name, counting in names.items():
            near(1.0 - then.missed(counting), at_t[name], level)


@pytest.mark.parametrize("row", rows("finite_capacity"))
def test_exact_finite_capacity(found, row):
    n, patience = float(row["n"]), float(row["patience"]) if row["patience"] else INF
    queue = n, float(row["a"]), patience, float(row["K"]) - n
    ours = found(*queue)
    near(ours.blocked, row["p_block"])
    near(ours.waits, mpf(row["p_wait_accepted"]) * (1 - mpf(row["p_block"])))
    for text, at_t in row["t"].items():
        near(1.0 - found(*queue, within=float(text)).missed("offered"), at_t["sl_offered"], 1e-14)


# --- invariants -----------------------------------------------------------------------------------------

agents = st.floats(0.1, 300.0)
ratios = st.floats(0.2, 3.0)
patiences = st.one_of(st.just(INF), st.floats(1e-3, 1e3))
rooms = st.one_of(st.just(INF), st.integers(0, 200))
times = st.floats(0.0, 5.0)


@given(n=agents, ratio=ratios, patience=patiences, room=rooms, t=times, more=st.floats(1e-3, 1.0))
def test_monotone(n, ratio, patience, room, t, more):
    """In agents, load, time, patience and places."""
    a = n * ratio
    assume(patience < INF or room < INF or ratio < 0.95)
    here = interpreted(n, a, patience, room, within=t)
    eps = 1e-13
    better = interpreted(n + more, a, patience, room, within=t)
    for name in ("waits", "abandoned", "blocked", "virtual_late"):
        if room == INF or name == "blocked":
            assert getattr(better, name) <= getattr(here, name) * (1.0 + 1e-11) + eps
    assert better.missed("offered") <= here.missed("offered") + eps
    calmer = interpreted(n, a / (1.0 + more), patience, room, within=t)
    assert calmer.missed("offered") <= here.missed("offered") + eps
    later = interpreted(n, a, patience, room, within=t + more)
    assert later.virtual_late <= here.virtual_late + eps
    assert later.missed("offered") <= here.missed("offered") + eps
    if patience < INF:
        stubborn = interpreted(n, a, patience * (1.0 + more), room, within=t)
        assert stubborn.waits >= here.waits - eps or room < INF
        assert stubborn.abandoned <= here.abandoned + eps
    if room < INF:
        roomy = interpreted(n, a, patience, room + 1, within=t)
        assert roomy.blocked <= here.blocked + eps
        assert roomy.waits >= here.waits - eps


@given(n=agents, ratio=ratios, patience=patiences, room=rooms, t=times, short=times)
def test_everybody_is_counted_as_the_table_says(n, ratio, patience, room, t, short):
    """The countings are shares of the same contacts."""
    assume(patience < INF or room < INF or ratio < 0.95)
    ours = interpreted(n, n * ratio, patience, room, within=t, short=short)
    answered = 1.0 - ours.abandoned - ours.blocked
    parts = {
        "offered": 1.0,
        "answered": answered,
        "answered_in_time": answered - ours.served_late,
        "abandoned_in_time": ours.abandoned - ours.abandoned_late,
        "abandoned_short": ours.abandoned - float(ours.short_row[0, batches.ABANDONED_LATE]),
    }
    for counting in get_args(Counting):
        good, base = weighed(counting, parts.__getitem__)
        assert 1.0 - ours.missed(counting) == pytest.approx(good / base, abs=1e-12), counting
    assert 1.0 - ours.missed("virtual") == pytest.approx(1.0 - ours.blocked - ours.virtual_late, abs=1e-13)
    if patience < INF:
        assert ours.abandoned * patience == pytest.approx(ours.mean_wait, rel=1e-12)


@given(n=st.integers(1, 60), ratio=st.floats(0.2, 3.0), rest=st.integers(0, 5))
def test_patience_of_one_handle_time_makes_the_number_present_poisson(n, ratio, rest):
    a = n * ratio
    below = math.fsum(math.exp(k * math.log(a) - a - math.lgamma(k + 1)) for k in range(n))
    assert interpreted(n, a, 1.0).waits == pytest.approx(1.0 - below, rel=1e-11, abs=1e-14)
    law = [math.exp(k * math.log(a) - a - math.lgamma(k + 1)) for k in range(n + rest + 1)]
    assert interpreted(n, a, 1.0, rest).blocked == pytest.approx(law[-1] / math.fsum(law), rel=1e-11)


@given(n=agents, ratio=st.floats(0.3, 0.95), t=times)
def test_limits_between_the_models(n, ratio, t):
    a = n * ratio
    delay = interpreted(n, a, within=t)
    patient = interpreted(n, a, 1e13, within=t)
    np.testing.assert_allclose(patient.row[0, [0, 3, 6]], delay.row[0, [0, 3, 6]], rtol=1e-7, atol=1e-13)
    loss = interpreted(n, a, room=0).blocked
    assert interpreted(n, a, 1e-13).abandoned == pytest.approx(loss, rel=1e-9)
    assert interpreted(n, a, 0.0).abandoned == pytest.approx(loss, rel=1e-15)
    assert interpreted(n, a, 0.0, room=3).abandoned == pytest.approx(loss, rel=1e-15)


def test_compiled_equals_interpreted():
    rng = np.random.default_rng(2)
    count = 250
    n = np.exp(rng.uniform(-1, 12, count))
    a = np.abs(n + rng.uniform(-6, 6, count) * np.sqrt(n)) + 1e-3
    patience = np.where(rng.random(count) < 0.3, INF, np.exp(rng.uniform(-5, 4, count)))
    room = np.where(rng.random(count) < 0.6, INF, rng.integers(0, 40, count))
    queue = n, a, np.exp(rng.uniform(-1, 1, count)), patience, room
    queue = n, a / queue[2], queue[2], patience, room
    within = rng.uniform(0, 0.1, count)
    rows = [np.full((count, batches.OUTCOMES), np.nan) for _ in range(2)]
    waits = [np.full(count, np.nan) for _ in range(2)]
    for place, ready in enumerate((lambda kernel: kernel, compiled)):
        ready(batches.outcomes_of)(*queue, within, rows[place])
        ready(batches.asa)(*queue, waits[place])
    late = rows[0][:, batches.ABANDONED_LATE]
    rows[0][:, batches.ABANDONED_LATE] = rows[1][:, batches.ABANDONED_LATE]  # with a room a difference
    np.testing.assert_allclose(late, rows[1][:, batches.ABANDONED_LATE], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(rows[1], rows[0], rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(waits[1], waits[0], rtol=1e-12, atol=1e-300)


# --- edges ----------------------------------------------------------------------------------------------


def test_edges(found):
    saturated = found(4, 4, within=9)
    assert (saturated.waits, saturated.mean_wait, saturated.asa) == (1.0, INF, INF)
    assert saturated.missed("offered") == 1.0
    nobody_calls = found(5, 0, 0.5, within=0)
    assert list(nobody_calls.row[0, :7]) == [0.0] * 7
    assert nobody_calls.missed("offered") == 0.0
    no_agents = found(0, 3, 0.5, within=0.25)
    assert (no_agents.waits, no_agents.abandoned) == (1.0, 1.0)
    assert no_agents.mean_wait == pytest.approx(0.5)
    assert math.isnan(no_agents.asa)
    assert no_agents.missed("credited") == pytest.approx(math.exp(-0.5))
    assert found(5, 4, 0.0).asa == 0.0
    assert found(0, 0, 0.5).row[0, batches.BLOCKED] == 0.0


@pytest.mark.parametrize("room", [0, 1, 20])
@pytest.mark.parametrize("patience", [0.0, 1e-3, 1.0, INF])
def test_no_load_and_no_agents_with_a_room(found, room, patience):
    assert (found(5, 0, patience, room, within=1.0).row[0, :6] == 0.0).all()
    ours = found(0, 2, patience, room, within=1.0)
    assert ours.missed("offered") == pytest.approx(1.0)
    assert ours.abandoned + ours.blocked == pytest.approx(1.0)


def test_huge_times_and_numbers(found):
    for within in (1e3, 1e9, 1e300, INF):
        for patience in (INF, 2.0):
            ours = found(10, 8, patience, within=within)
            assert ours.virtual_late == pytest.approx(0.0, abs=1e-300)
            assert ours.missed("offered") == pytest.approx(ours.abandoned, abs=1e-300)
        ours = found(10, 8, 2.0, 5, within=within)
        assert ours.served_late <= 1e-300
    huge = found(1e12, 1e12, 1.0, within=1e-6)
    assert huge.waits == pytest.approx(0.5, rel=1e-5)
    assert 0.0 < huge.virtual_late < huge.waits


@pytest.mark.parametrize(
    ("agents", "load", "patience", "room"),
    [
        (0.666, 0.00059, 1e15, 30), (10, 1, 1e12, 60), (10, 5, 1e14, 200), (10, 1, 1e9, 100),
        (10, 5, 1e9, 200), (50, 25, 1e5, 300), (1000, 779.561754796782, 77.84009509116613, 329),
    ],
)  # fmt: skip
def test_blocking_far_beyond_the_usual_queue(agents, load, patience, room):
    exact = oracle.Queue(agents, load, patience, room).p_block
    blocked = waiting.outcomes((float(agents), load, 1.0, patience, float(room)), 0.0)[2]
    assert abs(blocked / exact - 1) < 1e-13


def test_the_nodes_that_are_written_down_are_those_of_gauss_and_legendre():
    nodes, weights = np.polynomial.legendre.leggauss(32)
    np.testing.assert_allclose(waiting.NODES, nodes, rtol=0.0, atol=3e-16)
    np.testing.assert_allclose(waiting.WEIGHTS, weights, rtol=0.0, atol=3e-16)
