"""Several queues on one vendor team against dense Markov chains; equivalent queues, and their invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import InputError, QueueModel
from bporoute._kernels.queueing import equivalent_random as equivalent
from bporoute.queueing._overflow_stream import OverflowStream
from bporoute.queueing._pooling import combined_blocking, equivalent_random
from helpers import naive_traffic as naive
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels


def overflow_of(agents, load):
    """Moments of a loss queue's overflow, also for a part of an agent."""
    return QueueModel(agents, load, 1, waiting_room=0).overflow


PAIRS = [
    ((10, 10.0, 1.0), (5, 4.0, 1.0)),
    ((8, 9.0, 1.0), (3, 2.0, 1.0)),
    ((10, 10.0, 1.0), (4, 1.0, 1.0)),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize(("team", "low", "high"), [(4, 0.0, 0.02), (8, -0.04, 0.0), (12, -0.18, -0.01)])
def test_two_queues_on_one_team(first, second, team, low, high):
    """The error of `combined_blocking`, as its docstring states it; random traffic is far worse."""
    exact = naive.two_queues_blocking(first, second, team, 1.0)
    streams = [OverflowStream(n, lam, 1 / mu).moments(1.0) for n, lam, mu in (first, second)]
    assert low < combined_blocking(team, streams) / exact - 1 < high
    mean = sum(stream.mean for stream in streams)
    assert combined_blocking(team, [(mean, mean)]) < 0.7 * exact


@pytest.mark.parametrize("agents", [0.5, 1, 7, 30.25, 400])
@pytest.mark.parametrize("ratio", [0.3, 0.8, 1.0, 1.3, 5.0])
def test_the_equivalent_queue_has_the_moments(agents, ratio):
    load = agents * ratio
    mean, variance, _ = overflow_of(agents, load)
    found = equivalent_random(mean, variance)
    assert overflow_of(*found)[:2] == pytest.approx((mean, variance), rel=1e-9)
    if 1e-6 < mean < 1e3:
        assert found.agents == pytest.approx(agents, rel=1e-6)
        assert found.load == pytest.approx(load, rel=1e-6)


@given(st.floats(1e-3, 1e3), st.floats(1, 50))
def test_every_peaked_traffic_has_an_equivalent(mean, peakedness):
    agents, load = equivalent_random(mean, mean * peakedness)
    found = overflow_of(agents, load)
    assert found.mean == pytest.approx(mean, rel=1e-8)
    assert found.peakedness == pytest.approx(peakedness, rel=1e-7)


def test_limits_of_combined_traffic():
    stream = OverflowStream(10, 10, 1).moments(1)
    alone = OverflowStream(10, 10, 1).pool_blocking([0, 1, 5, 20], 1)
    np.testing.assert_allclose(combined_blocking([0, 1, 5, 20], [stream]), alone, rtol=1e-12)
    erlang = OverflowStream(0, 8, 1).pool_blocking(6, 1)
    assert combined_blocking(6, [(3, 3), (5, 5)]) == pytest.approx(erlang, rel=1e-14)
    assert combined_blocking(6, [(8, 8 * (1 - 1e-9))]) == pytest.approx(erlang, rel=1e-7)  # Hayward's side
    assert combined_blocking([5, 9], [(8, 0)]).tolist() == [0.375, 0.0]
    assert combined_blocking(3, [(0, 0)]) == 0.0
    assert equivalent_random(0, 0) == (0.0, 0.0)
    assert equivalent_random(3, 3) == (0.0, 3.0)
    assert combined_blocking(4, []) == 0.0


def test_machine_code_answers_alike():
    pool, mean, peakedness = (
        np.ascontiguousarray(values.ravel())
        for values in np.meshgrid([0, 3.5, 60], [0, 1e-3, 2, 40, 1e3], [0, 0.6, 1, 1 + 1e-9, 3, 50])
    )
    variance = mean * peakedness
    peaked = variance >= mean
    answers = []
    for chosen in (lambda kernel: kernel, compiled):
        blocking, queues = np.empty(len(mean)), np.empty((peaked.sum(), 2))
        chosen(equivalent.combined_blocking)(pool, mean, variance, blocking)
        chosen(equivalent.equivalent_random)(mean[peaked], variance[peaked], queues)
        answers.append((blocking, queues))
    assert np.isfinite(answers[0][0]).all()
    np.testing.assert_allclose(answers[1][0], answers[0][0], rtol=1e-12)
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: equivalent_random([2, 3], [2, 2.9]),
            r"variance\[1\]: found 2.9; expected at least",
        ),
        (lambda: equivalent_random(2, 1), "variance: found 1.0; expected at least the mean"),
        (lambda: combined_blocking(-1, [(1, 1)]), "pool_agents: found -1.0"),
        (lambda: combined_blocking(1, [(1, 1), (1, -1)]), r"streams\[1\]\[1\]: found -1.0"),
        (lambda: combined_blocking(1, (2.0, 4.0, 2.0)), "streams: found .* the mean and the variance"),
        (lambda: combined_blocking(1, [(2.0,)]), "streams: found "),
        (lambda: combined_blocking([1, 2], [([1, 2, 3], 4)]), r"shapes: found pool_agents \(2,\), streams"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(InputError, match=message):
        call()
