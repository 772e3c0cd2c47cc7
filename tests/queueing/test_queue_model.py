"""The friendly layer of one queue: `erlang_b`, `erlang_c`, `erlang_b_load` and `QueueModel`."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bporoute import InputError, QueueModel, erlang_b, erlang_b_load, erlang_c
from bporoute.durations._laws import ErlangPatience, WeibullPatience
from helpers import naive_queue as naive
from helpers import oracle

INF = math.inf
COUNTINGS = ("offered", "ignored", "credited", "answered", "short_excluded", "short_credited", "virtual")
MEASURES = (
    "load", "occupancy", "wait_probability", "mean_wait", "asa", "abandonment", "blocking", "queue_length",
)  # fmt: skip


def complaint(call, *arguments, **more):
    with pytest.raises(InputError) as caught:
        call(*arguments, **more)
    return caught.value


def plain(queue, within=20.0):
    """Every result as one list."""
    shares = [queue.service_level(within, counting) for counting in COUNTINGS]
    return [getattr(queue, name) for name in MEASURES] + shares + [queue.wait_exceeds(within)]


# --- witnesses ------------------------------------------------------------------------------------------

TWINS = [
    (28, 0.1, 240.0, 300.0, INF), (5, 0.02, 200.0, INF, 7), (3, 0.05, 60.0, 30.0, 4),
    (6, 0.01, 400.0, INF, INF),
]  # fmt: skip


@pytest.mark.parametrize(("n", "rate", "aht", "patience", "room"), TWINS)
def test_naive_twin(n, rate, aht, patience, room):
    twin, ours = naive.Queue(n, rate, aht, patience, room), QueueModel(n, rate, aht, patience, room)
    pairs = {
        "wait_probability": twin.waits, "mean_wait": twin.mean_wait, "asa": twin.asa,
        "abandonment": twin.gone,
        "occupancy": twin.occupancy, "queue_length": twin.queue_length,
    }  # fmt: skip
    for name, expected in pairs.items():
        assert getattr(ours, name) == pytest.approx(expected, rel=1e-9), name
    if room < INF:
        assert ours.blocking == pytest.approx(twin.blocked, rel=1e-10)
    for counting in COUNTINGS:
        expected = twin.service_level(20.0, counting, 7.0)
        assert ours.service_level(20, counting, short=7) == pytest.approx(expected, abs=1e-12)
        missed = ours.service_level(20, counting, short=7, complement=True)
        assert missed == pytest.approx(1.0 - expected, abs=1e-12)
    assert ours.wait_exceeds(20) == pytest.approx(twin.exceeds(20.0), rel=1e-9)
    assert ours.wait_exceeds(20, virtual=True) == pytest.approx(twin.virtual_exceeds(20.0), rel=1e-9)


@pytest.mark.parametrize("queue", [(28.5, 24.0, 1.25, INF), (10.0, 8.0, INF, INF), (7.5, 9.0, 0.5, 12)])
def test_50_digits(queue):
    exact = oracle.Queue(*queue)
    n, load, patience, room = queue
    ours = QueueModel(n, load, 1, patience, room)
    assert ours.occupancy == pytest.approx(float(exact.occupancy), rel=1e-13)
    assert ours.queue_length == pytest.approx(float(exact.mean_queue), rel=1e-13)
    assert ours.asa == pytest.approx(float(exact.asa), rel=1e-12)
    for counting in COUNTINGS:
        short = 0.125
        missed = float(exact.shortfall(0.25, counting, short))
        found = ours.service_level(0.25, counting, short=short, complement=True)
        assert found == pytest.approx(missed, rel=1e-12)


def test_the_four_service_levels_of_the_literature():
    """The project's research table (kernels.md, section 1), computed before and apart from this code."""
    queue = QueueModel(28, 0.1, 240, 300)
    for counting, level in (
        ("credited", 0.87205),
        ("virtual", 0.86323),
        ("offered", 0.86002),
        ("answered", 0.88006),
    ):
        assert queue.service_level(20, counting) == pytest.approx(level, abs=5e-6)


def test_published_overflow():
    """Kosten's moments for n = a = 10, and n = 5, a = 4 (kernels.md, section 4)."""
    moments = QueueModel([10, 5], [10, 4], 1, waiting_room=0).overflow
    np.testing.assert_allclose(moments.mean, [2.14582343107, 0.79626749611], rtol=1e-11)
    np.testing.assert_allclose(moments.variance, [4.36244728062, 1.30126895228], rtol=1e-11)
    assert moments.peakedness[0] == pytest.approx(2.03299452203, rel=1e-11)


# --- invariants -----------------------------------------------------------------------------------------

queues = {
    "n": st.floats(0.1, 200.0), "ratio": st.floats(0.2, 2.5),
    "patience": st.one_of(st.just(INF), st.floats(1.0, 1e4)), "room": st.one_of(st.just(INF),
    st.integers(0, 60)),
}  # fmt: skip


def model(n, ratio, patience, room, unit=1.0):
    assume(patience < INF or room < INF or ratio < 0.95)
    return QueueModel(n, n * ratio / 240.0 / unit, 240.0 * unit, patience * unit, room)


@given(**queues, unit=st.sampled_from([1 / 60, 1 / 3600, 1000.0, 2.0**-20]))
def test_any_unit_of_time(n, ratio, patience, room, unit):
    one, other = model(n, ratio, patience, room), model(n, ratio, patience, room, unit)
    for name in MEASURES:
        time = unit if name in ("mean_wait", "asa") else 1.0
        np.testing.assert_allclose(getattr(other, name), getattr(one, name) * time, rtol=1e-11, atol=1e-200)
    for counting in COUNTINGS:
        level = one.service_level(20, counting)
        assert other.service_level(20 * unit, counting) == pytest.approx(level, abs=1e-12)


@given(**queues, share=st.floats(0.0, 1.0, exclude_max=True), virtual=st.booleans())
@example(n=28.0, ratio=0.9, patience=300.0, room=INF, share=0.0, virtual=False)
@example(n=28.0, ratio=2.4, patience=300.0, room=INF, share=1.0 - 1e-9, virtual=True)
def test_quantile_inverts_the_tail(n, ratio, patience, room, share, virtual):
    queue = model(n, ratio, patience, room)
    time = queue.wait_quantile(share, virtual=virtual)
    beyond = queue.wait_exceeds(time, virtual=virtual)
    if time == 0.0:
        assert beyond <= 1.0 - share + 1e-15
    else:
        assert beyond == pytest.approx(1.0 - share, rel=1e-10)


@given(**queues)
def test_little_and_the_flow_of_contacts(n, ratio, patience, room):
    queue = model(n, ratio, patience, room)
    served = 1.0 - queue.abandonment - queue.blocking
    assert queue.load == pytest.approx(n * ratio, rel=1e-14)
    assert queue.occupancy == pytest.approx(ratio * served, rel=1e-11)
    assert queue.queue_length == pytest.approx(n * ratio / 240.0 * queue.mean_wait, rel=1e-13)
    assert queue.service_level(0) == pytest.approx(1.0 - queue.wait_probability - queue.blocking, abs=1e-13)
    assert queue.service_level(1e9, "answered") == pytest.approx(1.0, abs=1e-12)
    if patience < INF:
        assert queue.mean_wait == pytest.approx(queue.abandonment * patience, rel=1e-12)


@given(n=st.floats(0.1, 200.0), ratio=st.floats(0.2, 0.95))
def test_the_corners_are_erlang_b_and_c(n, ratio):
    load = n * ratio
    assert QueueModel(n, load, 1, waiting_room=0).blocking == pytest.approx(erlang_b(n, load), rel=1e-13)
    assert QueueModel(n, load, 1).wait_probability == pytest.approx(erlang_c(n, load), rel=1e-13)
    assert QueueModel(n, load, 1, patience=0).abandonment == pytest.approx(erlang_b(n, load), rel=1e-13)
    assert erlang_b_load(n, erlang_b(n, load)) == pytest.approx(load, rel=1e-9)


@pytest.mark.parametrize(
    "patience", [WeibullPatience(mean=180.0, shape=1.0), ErlangPatience(mean=180.0, phases=1)]
)
@pytest.mark.thorough
def test_general_patience_that_is_exponential(patience):
    agents = [20.0, 24.5, 30.0]
    general, plainly = QueueModel(agents, 0.1, 240, patience), QueueModel(agents, 0.1, 240, 180)
    for found, expected in zip(plain(general), plain(plainly), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)
    for virtual in (False, True):
        np.testing.assert_allclose(
            general.wait_quantile([0.5, 0.9, 0.99], virtual=virtual),
            plainly.wait_quantile([0.5, 0.9, 0.99], virtual=virtual), rtol=1e-9, atol=1e-9,
        )  # fmt: skip
    np.testing.assert_allclose(
        general.service_level(20, "short_excluded", short=5),
        plainly.service_level(20, "short_excluded", short=5), rtol=1e-10,
    )  # fmt: skip


# --- arrays ---------------------------------------------------------------------------------------------


def test_arrays_are_the_scalars_side_by_side():
    agents, rate = np.array([[20], [24.5]]), np.array([0.05, 0.08, 0.12])
    grid = QueueModel(agents, rate, 240, 300)
    for i in range(2):
        for j in range(3):
            single = plain(QueueModel(agents[i, 0], rate[j], 240, 300))
            assert [float(values[i, j]) for values in plain(grid)] == pytest.approx(single, rel=1e-14)
    levels = grid.service_level([[[10]], [[20]]])
    assert levels.shape == (2, 2, 3)
    np.testing.assert_array_equal(levels[1], grid.service_level(20))
    assert grid.wait_quantile(0.9).shape == (2, 3)


def test_scalars_give_floats_and_empty_arrays_empty_ones():
    for value in (28, np.float32(28), np.array(28.0)):
        assert all(type(result) is float for result in plain(QueueModel(value, 0.1, 240, 300)))
        assert type(erlang_b(value, 8)) is float
    assert all(result.shape == (0,) for result in plain(QueueModel([], 0.1, 240)))
    assert erlang_b([], 3).shape == erlang_c([], 3).shape == erlang_b_load([], 0.5).shape == (0,)


def test_large_batches_are_compiled_and_the_same():
    agents = np.linspace(0.5, 500, 3000)
    queue = QueueModel(agents, 1.0, 240, 180)
    some = slice(None, None, 600)
    few = QueueModel(agents[some], 1.0, 240, 180)
    np.testing.assert_allclose(queue.service_level(20)[some], few.service_level(20), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(erlang_b(agents, 240)[some], erlang_b(agents[some], 240), rtol=1e-13)


def test_results_are_no_one_elses():
    queue = QueueModel([28, 30], 0.1, 240, 300)
    queue.wait_probability[:] = 7.0
    assert (queue.wait_probability < 1.0).all()


def test_repr():
    text = repr(QueueModel(28, 0.1, 240, 300, 5))
    assert eval(text, {"QueueModel": QueueModel}).abandonment == QueueModel(28, 0.1, 240, 300, 5).abandonment


# --- edges ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [0, 1, 100, INF])
@pytest.mark.parametrize("patience", [0, 60, INF])
def test_no_contacts(patience, room):
    queue = QueueModel(5, 0, 240, patience, room)
    measures = [getattr(queue, name) for name in MEASURES]
    assert measures == [0.0] * len(MEASURES)
    assert [queue.service_level(20, counting) for counting in COUNTINGS] == [1.0] * len(COUNTINGS)
    assert queue.wait_exceeds(0) == 0.0
    assert queue.wait_quantile(0.99) == 0.0


def test_no_agents():
    queue = QueueModel(0, 0.1, 240, 60)
    assert (queue.wait_probability, queue.abandonment, queue.mean_wait) == (1.0, 1.0, 60.0)
    assert math.isnan(queue.asa)
    assert math.isnan(queue.occupancy)
    assert queue.service_level(20) == 0.0
    assert queue.queue_length == pytest.approx(6.0)
    assert QueueModel(0, 0.1, 240, waiting_room=0).blocking == 1.0
    assert QueueModel(0, 0.1, 240, waiting_room=7).blocking == 1.0
    assert QueueModel(0, 0.1, 240).wait_probability == 1.0


@pytest.mark.parametrize("agents", [24, 20, 0.5])
def test_saturation(agents):
    queue = QueueModel(agents, 0.1, 240)
    assert (queue.wait_probability, queue.mean_wait, queue.asa, queue.occupancy) == (1.0, INF, INF, 1.0)
    assert queue.queue_length == INF
    assert queue.service_level(1e6) == queue.service_level(1e6, "answered") == 0.0
    assert queue.wait_exceeds(1e6) == 1.0
    assert queue.wait_quantile([0.01, 0.5, 1]).tolist() == [INF] * 3


def test_quantiles_at_the_ends():
    for queue in (QueueModel(28, 0.1, 240), QueueModel(28, 0.1, 240, 300), QueueModel(28, 0.1, 240, 300, 9)):
        assert queue.wait_quantile(0) == 0.0
        assert queue.wait_quantile(1) == INF
        assert queue.wait_quantile(1.0 - queue.wait_probability - 1e-9) == 0.0
        assert queue.wait_quantile(1.0 - queue.wait_probability + 1e-6) > 0.0
    assert QueueModel(28, 0.1, 240, patience=0).wait_quantile(0.999) == 0.0
    assert QueueModel(28, 0.1, 240, waiting_room=0).wait_quantile(0.999) == 0.0


def test_without_patience_or_room_nobody_waits():
    for queue in (QueueModel(24, 0.1, 240, patience=0), QueueModel(24, 0.1, 240, waiting_room=0)):
        assert (queue.asa, queue.mean_wait, queue.queue_length) == (0.0, 0.0, 0.0)
        assert queue.wait_exceeds(0) == 0.0
        assert (
            queue.service_level(0)
            == queue.service_level(1e9)
            == pytest.approx(1.0 - erlang_b(24, 24), rel=1e-14)
        )


def test_numbers_far_out():
    huge = QueueModel(1e12, 1e12, 1, 1)
    assert huge.wait_probability == pytest.approx(0.5, rel=1e-5)
    assert huge.service_level(INF, "offered") == pytest.approx(1.0 - huge.abandonment, abs=1e-14)
    assert erlang_b(1e12, 1e12) == pytest.approx(math.sqrt(2 / math.pi / 1e12), rel=1e-5)
    roomy = QueueModel(100, 1, 99, waiting_room=1e6)
    assert roomy.mean_wait == pytest.approx(QueueModel(100, 1, 99).mean_wait, rel=1e-11)
    assert QueueModel(10, 1e9, 1, 1).abandonment == pytest.approx(1.0 - 1e-8, abs=1e-14)


# --- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [erlang_b, erlang_c])
@pytest.mark.parametrize("value", [-1, math.nan, INF, "8", None, 3j, True, [1, [2]], [None]])
def test_erlang_refuses(function, value):
    assert complaint(function, value, 8).where.startswith("agents")
    found = complaint(function, 8, value)
    assert found.where.startswith("load")
    assert "finite number of at least 0" in found.expected


@pytest.mark.parametrize(("agents", "blocking", "where"), [
    (0, 0.5, "agents"), (-1, 0.5, "agents"), (5, 1, "blocking"), (5, -0.1, "blocking"),
    (5, [0.1, 1.5], "blocking[1]"),
])  # fmt: skip
def test_erlang_b_load_refuses(agents, blocking, where):
    assert complaint(erlang_b_load, agents, blocking).where == where


@pytest.mark.parametrize(
    ("name", "value", "place", "found"),
    [
        ("agents", -1, "agents", "-1.0"), ("agents", [1, math.nan], "agents[1]", "nan"),
        ("agents", INF, "agents", "inf"),
        ("arrival_rate", INF, "arrival_rate", "inf"),
        ("arrival_rate", [[1, -2]], "arrival_rate[0, 1]", "-2.0"),
        ("aht", 0, "aht", "0.0"), ("aht", INF, "aht", "inf"), ("patience", -1, "patience", "-1.0"),
        ("patience", math.nan, "patience", "nan"), ("patience", "60", "patience", "'60'"),
        ("waiting_room", -1, "waiting_room", "-1.0"), ("waiting_room", 2.5, "waiting_room", "2.5"),
        ("waiting_room", 1_000_001, "waiting_room", "1000001.0"),
        ("waiting_room", None, "waiting_room", "None"),
    ],
)  # fmt: skip
def test_queue_model_refuses(name, value, place, found):
    arguments = {
        "agents": 28,
        "arrival_rate": 0.1,
        "aht": 240,
        "patience": 300,
        "waiting_room": 5,
        name: value,
    }
    complained = complaint(QueueModel, **arguments)
    assert complained.where == place
    assert complained.found == found
    assert complained.expected


def test_the_index_of_a_wrong_waiting_room():
    assert complaint(QueueModel, 28, 0.1, 240, waiting_room=[1, 2.5]).where == "waiting_room[1]"


def test_shapes_that_do_not_broadcast():
    assert complaint(QueueModel, [1, 2], [1, 2, 3], 1).where == "shapes"
    assert complaint(QueueModel([1, 2], 1, 1, 1).service_level, [1, 2, 3]).where == "shapes"
    assert complaint(erlang_b, [1, 2], [1, 2, 3]).where == "shapes"


def test_measures_refuse():
    queue = QueueModel(28, 0.1, 240, 300)
    assert complaint(queue.service_level, -1).where == "within"
    assert complaint(queue.service_level, [1, math.nan]).where == "within[1]"
    assert complaint(queue.service_level, 20, "short_excluded", short=-5).where == "short"
    assert complaint(queue.wait_exceeds, -1).where == "within"
    assert complaint(queue.wait_quantile, [0.5, 1.1]).where == "probability[1]"
    found = complaint(queue.service_level, 20, "offerd")
    assert found.where == "counting"
    assert "'offered'" in found.expected


def test_a_distribution_has_no_limited_room():
    found = complaint(QueueModel, 28, 0.1, 240, WeibullPatience(mean=300, shape=1.0), 5)
    assert (found.where, found.found) == ("waiting_room", "5.0")
