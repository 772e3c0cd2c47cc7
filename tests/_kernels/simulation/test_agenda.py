"""The agenda of the simulation against heapq."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines

pytestmark = pytest.mark.kernels


STEPS = st.lists(st.tuples(st.sampled_from(["push", "drop", "replace"]), st.integers(0, 9)), max_size=60)


@given(steps=STEPS)
def test_the_agenda_gives_times_in_the_order_of_heapq(ready, steps):
    push, drop, replace = (ready(each) for each in (agenda.push, agenda.drop_first, agenda.replace_first))
    times, events, size = np.full(64, np.nan), np.full(64, -1), 0
    twin: list[float] = []
    expected: dict[float, list[int]] = {}

    def first():
        """What lies on top must be one of the entries of the earliest time, and is gone from now on."""
        assert times[0] == twin[0]
        at = heapq.heappop(twin)
        expected[at].remove(events[0])

    for number, (step, at) in enumerate(steps):
        replaced = size > 0 and step == "replace"
        if step == "drop":
            if size:
                first()
                size = drop(times, events, size)
                assert size == len(twin)
            continue
        if replaced:
            first()
            replace(times, events, size, float(at), number)
        else:
            size = push(times, events, size, float(at), number)
        heapq.heappush(twin, float(at))
        expected.setdefault(float(at), []).append(number)
        assert size == len(twin)
    while size:
        first()
        size = drop(times, events, size)
    assert not any(expected.values())
    assert np.isnan(times[64 - 4 :]).all()  # never touched beyond what was pushed


def test_a_long_agenda_sorts(ready):
    push, drop = ready(agenda.push), ready(agenda.drop_first)
    given_times = np.random.default_rng(5).exponential(size=500)
    times, events, size = np.empty(500), np.empty(500, dtype=np.int64), 0
    for number, at in enumerate(given_times):
        size = push(times, events, size, at, number)
    out = []
    while size:
        out.append((times[0], events[0]))
        size = drop(times, events, size)
    assert [at for at, _ in out] == sorted(given_times)
    assert [number for _, number in out] == np.argsort(given_times).tolist()
