"""Whatever is legal gives figures that can be: shares in [0, 1], waits from 0 on, corners included."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bporoute import (
    ChatModel,
    OverflowStream,
    QueueModel,
    ServiceLevel,
    erlang_b,
    erlang_c,
    largest_threshold,
    optimal_overflow,
    required_agents,
)
from bporoute.durations._laws import LognormalPatience
from bporoute.queueing._pooling import combined_blocking
from bporoute.queueing._queue_model import ModelCounting

INF = math.inf
COUNTINGS = get_args(ModelCounting)
ROUNDING = 1e-11
"""Of a figure before it is cut to what can be, relative or, near 0 and 1, absolute."""


def sizes(least: float, most: float, *corners: float) -> st.SearchStrategy[float]:
    """Any order of magnitude, and the corners."""
    powers = st.floats(math.log10(least), math.log10(most)).map(lambda power: 10.0**power)
    return st.one_of(st.sampled_from((*corners, least, most)), powers)


ahts = sizes(1e-9, 1e9, 1.0, 240.0)
loads = sizes(1e-12, 1e6, 0.0, 1.0, 24.0)
agents_of_any_size = st.one_of(sizes(1e-6, 1e6, 0.0, 1.0, 25.0), st.integers(0, 60).map(float))
times = sizes(1e-12, 1e12, 0.0, INF)
rooms = st.sampled_from((0, 1, 5, 300, INF))


def is_share(value, *, nan=False):
    return 0.0 <= value <= 1.0 or (nan and math.isnan(value))


@given(agents=agents_of_any_size, load=loads, aht=ahts, patience=times, room=rooms, within=times, short=times)
@example(agents=0, load=0, aht=1, patience=0, room=0, within=0, short=0)
@example(agents=0, load=1, aht=1, patience=INF, room=INF, within=INF, short=INF)
@example(agents=24, load=24, aht=1, patience=INF, room=INF, within=INF, short=INF)
def test_any_queue(agents, load, aht, patience, room, within, short):
    queue = QueueModel(agents, load / aht, aht, patience * aht, room)
    shares = (queue.wait_probability, queue.abandonment, queue.blocking, queue.wait_exceeds(within * aht))
    assert all(map(is_share, (*shares, queue.wait_exceeds(within * aht, virtual=True))))
    assert is_share(queue.occupancy, nan=agents == 0)
    assert queue.abandonment + queue.blocking <= 1.0 + ROUNDING
    assert queue.mean_wait >= 0.0
    assert queue.queue_length >= 0.0
    assert not queue.asa < 0.0
    for counting in COUNTINGS:
        level = queue.service_level(within * aht, counting, short=short * aht)
        missed = queue.service_level(within * aht, counting, short=short * aht, complement=True)
        assert is_share(level, nan=True)
        assert is_share(missed, nan=True)
        if math.isnan(level):  # nobody is left that counts
            assert counting in ("ignored", "answered", "short_excluded")
            assert load == 0.0 or min(queue.service_level(0.0), 1.0 - queue.abandonment) <= ROUNDING
        elif counting in ("offered", "answered", "virtual"):  # longer is not worse
            assert queue.service_level(INF, counting) >= level - ROUNDING
    if load > 0.0 and room < INF:
        # What is served keeps agents busy.
        busy = queue.occupancy * agents if agents else 0.0
        served = 1.0 - queue.blocking - queue.abandonment
        assert busy <= load * (served + ROUNDING) * (1.0 + 1e-9)


@given(
    agents=st.integers(0, 40), load=sizes(1e-6, 100, 0.0), mean=sizes(0.01, 100), within=sizes(0.01, 100, 0.0)
)
def test_any_queue_of_another_patience(agents, load, mean, within):
    queue = QueueModel(agents, load, 1.0, LognormalPatience(mean=mean, cv=1.2))
    assert all(map(is_share, (queue.wait_probability, queue.abandonment, queue.wait_exceeds(within))))
    assert is_share(queue.occupancy, nan=agents == 0)
    for counting in COUNTINGS:
        assert is_share(queue.service_level(within, counting, short=1.0), nan=True)


@given(
    agents=st.integers(0, 60), slots=st.integers(1, 4), load=loads, patience=times, room=rooms, within=times
)
def test_any_chat(agents, slots, load, patience, room, within):
    aht = tuple(1.0 + 0.3 * beside for beside in range(slots))
    model = ChatModel(agents, slots, min(load, 1e4), aht, patience, room)
    assert all(map(is_share, (model.wait_probability, model.abandonment, model.blocking)))
    assert all(is_share(value, nan=agents == 0) for value in (model.occupancy, model.busy_share))
    assert is_share(model.service_level(min(within, 1e9)))
    assert model.abandonment + model.blocking <= 1.0 + ROUNDING
    assert model.queue_length >= 0.0


@given(
    agents=st.integers(0, 60), load=sizes(1e-6, 300, 0.0, 24.0), patience=sizes(1e-6, 1e6, 0.0, INF),
    room=st.sampled_from((0, 1, 30)), team=st.integers(0, 20), aht=sizes(0.01, 100),
)  # fmt: skip
def test_any_overflow(agents, load, patience, room, team, aht):
    stream = OverflowStream(agents, load, 1.0, patience, room)
    assert 0.0 <= stream.rate <= load * (1.0 + ROUNDING)
    assert is_share(stream.pool_blocking(team, aht))
    assert is_share(stream.pool_wait(team, aht).probability)


@given(n=sizes(1e-6, 1e6, 0.0, 24.0), load=sizes(1e-12, 1e9, 0.0, 24.0), variance=sizes(1e-6, 1e6))
def test_erlang_s_formulas(n, load, variance):
    assert is_share(erlang_b(n, load))
    assert is_share(erlang_c(n, load))
    if 1e-3 < load < 1e4 and n < 1e4:
        assert is_share(combined_blocking(n, [(load, load * (1.0 + min(variance, 20.0)))]))


@given(
    agents=st.integers(1, 40), load=sizes(1e-3, 100), patience=sizes(1e-9, 1e6, 0.0, INF),
    room=st.sampled_from((0, 1, 30)), within=sizes(1e-6, 1e6, 0.0, INF), price=sizes(1e-3, 1e3, 0.0),
    probability=st.sampled_from((0.0, 0.5, 0.8, 1.0)), counting=st.sampled_from(COUNTINGS[:-1]),
)  # fmt: skip
def test_any_threshold(agents, load, patience, room, within, price, probability, counting):
    target = ServiceLevel(probability=probability, within=within, counting=counting, short=within)
    threshold = largest_threshold(agents, load, 1.0, patience, room, target)
    assert threshold >= 1.0
    if probability == 0.0:
        assert threshold == INF
    best = optimal_overflow(agents, load, 1.0, patience, room, 0.1, 5.0, price, within=min(within, 1e9))
    assert all(map(is_share, (best.overflow_share, best.abandonment, best.service_level)))
    assert is_share(best.kept_service_level, nan=True)
    assert best.queue_length >= 0.0


@given(
    load=sizes(1e-6, 1e4, 0.0, 24.0), patience=sizes(1e-6, 1e6, 0.0, INF), room=rooms,
    within=sizes(1e-6, 1e6, 0.0, INF), probability=st.sampled_from((0.0, 0.3, 0.8, 0.999)),
    counting=st.sampled_from(COUNTINGS[:-1]),
)  # fmt: skip
def test_the_agents_that_a_legal_target_needs_meet_it(load, patience, room, within, probability, counting):
    target = ServiceLevel(probability=probability, within=within, counting=counting)
    agents = required_agents(load, 1.0, target, patience, room)
    queue = QueueModel(agents, load, 1.0, patience, room)
    level = queue.service_level(within, counting, short=target.short)
    assert probability == 0.0 or load == 0.0 or level >= probability - ROUNDING
    fewer = QueueModel(max(agents - 1, 0), load, 1.0, patience, room)
    worse = fewer.service_level(within, counting, short=target.short)
    stable = load < agents - 1 or patience < INF or room < INF
    assert agents == 0 or not stable or not worse >= probability + ROUNDING


@pytest.mark.parametrize("load", [0.5, 7.0, 24.0, 97.0])
@pytest.mark.parametrize("agents", [1, 10, 30, 120])
def test_erlang_b_where_nobody_may_wait(agents, load):
    """Without patience, or without room, in every figure and to all digits."""
    blocking = 1.0
    for k in range(1, agents + 1):
        blocking = load * blocking / (k + load * blocking)
    hurried, full = QueueModel(agents, load, 1, patience=0), QueueModel(agents, load, 1, waiting_room=0)
    assert [hurried.abandonment, full.blocking] == pytest.approx([blocking] * 2, rel=1e-13)
    assert hurried.occupancy == full.occupancy == pytest.approx(load * (1 - blocking) / agents, rel=1e-13)
    for within in (0, 20, INF):
        assert hurried.service_level(within) == pytest.approx(1 - blocking, rel=1e-13)
        assert full.service_level(within) == hurried.service_level(within)
    assert np.array_equal(hurried.asa, 0.0)
