"""A queue through a day: against matrix exponentials, steady states, flows, and what always holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bporoute._kernels.queueing import changing
from bporoute.center._targets import COUNTINGS
from bporoute.errors import InputError
from bporoute.queueing import ChatModel, QueueModel
from bporoute.queueing._changing_queue import changing_queue, level
from helpers import naive_changing

pytestmark = pytest.mark.kernels

DAYS = {
    "two hours with less than the load": ([4, 4, 4, 4, 4, 4, 4], [2.5, 5.5, 5.5, 6.0, 6.0, 2.0, 1.0]),
    "agents come and go": ([5, 5, 3, 3, 6], [3.0, 4.0, 4.0, 4.0, 2.0]),
    "nobody for half an hour": ([4, 0, 5], [3.0, 0.5, 2.0]),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_day_is_that_of_matrix_exponentials(name):
    """Of pairs (waiting, in service), so whose shift is over finishes what is in hand."""
    agents, loads = DAYS[name]
    rates = np.array(loads) / 240.0
    expected, waiting = naive_changing.day(agents, rates, 240.0, 1800.0, patience=400.0, within=20.0)
    found = changing_queue(agents, rates, 240.0, 1800.0, patience=400.0)
    assert found.offered == pytest.approx(rates * 1800.0)
    assert found.waited_by_all / found.offered == pytest.approx(expected[:, 0], rel=0.01, abs=0.05)
    assert found.answered / found.offered == pytest.approx(expected[:, 1], abs=0.003)
    assert found.answered_in_time / found.offered == pytest.approx(expected[:, 2], abs=0.006)
    assert found.waiting == pytest.approx(waiting, rel=0.02, abs=0.002)


def test_who_is_served_by_agents_whose_shift_is_over_does_not_wait():
    """With handle times of three pieces, most of whom is present at the end is still being served."""
    rates = np.array([3.0, 3.5, 0.0]) / 1800.0
    _, waiting = naive_changing.day([4, 4, 0], rates, 1800.0, 600.0, patience=6000.0, within=20.0)
    found = changing_queue([4, 4, 0], rates, 1800.0, 600.0, patience=6000.0)
    assert found.waiting == pytest.approx(waiting, abs=0.12)


STEADY = [
    (10, 9.0, 600.0, math.inf),
    (10, 9.0, math.inf, math.inf),
    (10, 14.0, 300.0, math.inf),
    (30, 28.0, 120.0, 4),
    (3, 2.0, math.inf, 5),
    (12, 11.0, 0.0, math.inf),
]


@pytest.mark.compiled
@pytest.mark.parametrize(("agents", "load", "patience", "room"), STEADY)
def test_after_long_it_is_in_steady_state(agents, load, patience, room):
    size = 40
    day = changing_queue([agents] * size, load / 240.0, 240.0, 3600.0, patience, room, short=8.0)
    queue = QueueModel(agents, load / 240.0, 240.0, patience, room)
    now = size // 2
    offered = day.offered[now]
    for counting in COUNTINGS:
        assert level(day, counting)[now] == pytest.approx(
            queue.service_level(20, counting, short=8.0), abs=2e-4
        )
    assert day.abandoned[now] / offered == pytest.approx(queue.abandonment, abs=1e-5)
    assert day.blocked[now] / offered == pytest.approx(queue.blocking, abs=1e-5)
    assert day.waited[now] / day.answered[now] == pytest.approx(queue.asa, rel=0.01, abs=1e-6)
    assert day.waited_by_all[now] / offered == pytest.approx(queue.mean_wait, rel=1e-4, abs=1e-6)
    assert day.busy[now] / (3600.0 * agents) == pytest.approx(queue.occupancy, abs=1e-5)
    assert day.waiting[now] == pytest.approx(queue.queue_length, rel=1e-3, abs=1e-6)


def test_agents_with_several_in_hand_after_long():
    at_once = (1.0, 1.3, 1.8)
    chats = ChatModel(6, 3, 0.045, [200.0 * factor for factor in at_once], patience=300.0)
    day = changing_queue([6] * 20, 0.045, 200.0, 3600.0, 300.0, at_once=at_once)
    assert level(day, "offered")[10] == pytest.approx(chats.service_level(20), abs=2e-4)
    assert day.abandoned[10] / day.offered[10] == pytest.approx(chats.abandonment, abs=1e-5)
    assert day.waited[10] / day.answered[10] == pytest.approx(chats.asa, rel=0.01)
    assert day.busy[10] / (3600.0 * 18) == pytest.approx(chats.occupancy, abs=1e-5)


@pytest.mark.compiled
def test_without_patience_a_backlog_is_that_of_a_flow():
    """Two hours with ten erlangs too many for a hundred agents, then ten too few."""
    day = changing_queue([100] * 5, np.array([90, 110, 110, 90, 60]) / 300.0, 300.0, 3600.0)
    grown = 10 / 300.0 * 7200.0
    assert day.waiting[2] == pytest.approx(grown, rel=0.1)
    assert day.waiting[3] == pytest.approx(grown / 2, rel=0.2)
    assert day.waited[2] / day.answered[2] == pytest.approx(0.75 * grown / (100 / 300.0), rel=0.12)
    assert day.answered.sum() == pytest.approx(day.offered.sum(), rel=1e-3)


def test_who_still_waits_at_the_end_is_neither_answered_nor_gone():
    day = changing_queue([2, 0], [0.05, 0.0], 200.0, 1800.0)
    assert day.answered[0] < day.offered[0] - day.waiting[1] * 0.9
    assert day.waiting[1] == pytest.approx(day.waiting[0], rel=1e-3)
    assert day.abandoned.tolist() == [0.0, 0.0]


pieces = st.lists(
    st.tuples(st.integers(0, 8), st.floats(0, 0.06), st.sampled_from([600.0, 900.0, 1800.0])),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(rows=pieces, patience=st.sampled_from([30.0, 300.0, math.inf]), room=st.sampled_from([0, 2, math.inf]))
@example(rows=[(1, 2e-311, 600.0)], patience=30.0, room=0)
def test_everybody_is_counted_once_and_more_agents_never_lose_more(rows, patience, room):
    agents, rates, seconds = map(np.array, zip(*rows, strict=True))
    day = changing_queue(agents, rates, 180.0, seconds, patience, room)
    counted = day.answered + day.abandoned + day.blocked
    assert (counted <= day.offered + 1e-6 + 1e-3 * day.offered).all()
    for column in (getattr(day, name) for name in day.__struct_fields__):
        assert (column >= -1e-9).all()
    assert (day.answered_in_time <= day.answered * (1 + 1e-9) + 1e-9).all()
    assert (day.abandoned_in_time <= day.abandoned * (1 + 1e-9) + 1e-9).all()
    more = changing_queue(agents + 1, rates, 180.0, seconds, patience, room)
    assert more.answered_in_time.sum() >= day.answered_in_time.sum() - 2e-3 * day.offered.sum() - 1e-9
    assert more.waited_by_all.sum() <= day.waited_by_all.sum() * 1.001 + 1e-6


def test_interpreted_it_is_the_same():
    rows = np.array([[2, 0.02, 120.0, 600.0], [1, 0.03, 120.0, 600.0], [3, 0.01, 120.0, 600.0]])
    rules, at_once = np.array([1 / 200.0, 4.0, 20.0, 5.0]), np.array([1.0, 1.4])
    out = np.zeros((3, changing.COLUMNS))
    changing.changing_queue(rows, rules, at_once, 1e4, out)
    day = changing_queue(*rows.T, 200.0, 4, at_once=(1.0, 1.4))
    for column, name in enumerate(day.__struct_fields__):
        assert getattr(day, name) == pytest.approx(out[:, column], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"agents": [-1.0]}, "agents"),
        ({"aht": 0.0}, "aht"),
        ({"seconds": [0.0]}, "seconds"),
        ({"patience": -1.0}, "patience"),
        ({"within": -1.0}, "within"),
        ({"agents": [1.0, 2.0], "arrival_rate": [1.0, 1.0, 1.0]}, "agents"),
        ({"agents": [0.0], "arrival_rate": [40.0]}, "contacts at once"),
    ],
)
def test_what_is_refused(change, where):
    given = {"agents": [3.0], "arrival_rate": 0.01, "aht": 200.0, "seconds": 3600.0, **change}
    with pytest.raises(InputError, match=where):
        changing_queue(**given)
