"""The chat model against a dense Markov chain, Erlang's models, published numbers, and its invariants."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute._kernels.queueing import chat as kernels
from bporoute.durations._laws import ErlangPatience, WeibullPatience
from bporoute.errors import InputError
from bporoute.queueing._chat import ChatModel
from bporoute.queueing._patience import encoded
from bporoute.queueing._queue_model import QueueModel
from helpers import naive_chat
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf
FIGURES = (
    "wait_probability", "abandonment", "blocking", "mean_wait", "asa", "queue_length", "occupancy",
    "busy_share",
)  # fmt: skip


def figures(model, within):
    return {name: getattr(model, name) for name in FIGURES} | {"service_level": model.service_level(within)}


def raw(fill, agents, aht, patience, rate, room, within):
    out = np.full(kernels.COLUMNS, np.nan)
    fill(float(agents), np.array(aht, dtype=float), *encoded(patience), float(rate), float(room), within, out)
    return out


@pytest.fixture(scope="session")
def fill(ready):
    return ready(kernels.chat)


def test_published_case(fill):
    """The project's research table (kernels.md, section 1), computed apart from this code."""
    for room in (100, INF):
        found = raw(fill, 10, (8, 10, 13), 2.0, 2.1, room, 0.0)
        assert found[kernels.WAIT] == pytest.approx(0.117382804016, abs=1e-12)
        assert found[kernels.ABANDONED] == pytest.approx(0.036130690229, abs=1e-12)
        assert found[kernels.MEAN_WAIT] == pytest.approx(0.072261380457, abs=1e-12)


@settings(max_examples=40)
@given(
    agents=st.integers(1, 4), aht=st.lists(st.floats(0.2, 5), min_size=1, max_size=4),
    rate=st.floats(0.05, 20), patience=st.floats(0.1, 20), room=st.integers(0, 6), within=st.floats(0, 5),
)  # fmt: skip
def test_dense_chain(agents, aht, rate, patience, room, within):
    expected = naive_chat.model(agents, aht, rate, patience, room, within)
    found = figures(ChatModel(agents, len(aht), rate, aht, patience, room), within)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-11)


def test_a_large_room_is_like_an_unlimited_one():
    for patience in (0.5, 3.0, INF):
        bounded = figures(ChatModel(4, 2, 3.0, (1.5, 2.0), patience, 3000), 0.7)
        unlimited = figures(ChatModel(4, 2, 3.0, (1.5, 2.0), patience), 0.7)
        assert bounded == pytest.approx(unlimited, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("rate", [5.0, 9.0, 12.0])
def test_one_slot_is_erlang_a(fill, rate):
    with mp.workdps(30):
        x, y, n = mp.mpf(10) / 2, mp.mpf(rate) / 2, 10  # theta = 2
        free = mp.nsum(lambda k: mp.ff(n, k) / mp.mpf(rate) ** k, [1, n])
        palm = mp.hyp1f1(1, x + 1, y)
        wait = palm / (palm + free)
        abandoned = wait * (1 - x / y + x / y / palm)
    found = raw(fill, 10, (1,), 0.5, rate, INF, 0.0)
    assert found[kernels.WAIT] == pytest.approx(float(wait), rel=1e-13)
    assert found[kernels.ABANDONED] == pytest.approx(float(abandoned), rel=1e-13)
    assert found[kernels.SLOTS_BUSY] == pytest.approx(float(rate * (1 - abandoned)), rel=1e-13)


@pytest.mark.parametrize("agents", [1, 7, 60])
def test_without_room_it_is_erlang_b(fill, agents):
    """Chats that take as long whatever there is beside them: every slot is a server."""
    blocking = 1.0
    for k in range(1, 3 * agents + 1):
        blocking = 20 * blocking / (k + 20 * blocking)
    found = raw(fill, agents, (2, 2, 2), INF, 10, 0, 0.0)
    assert found[kernels.BLOCKED] == pytest.approx(blocking, rel=1e-12)
    assert found[kernels.SLOTS_BUSY] == pytest.approx(20 * (1 - blocking), rel=1e-12)
    assert found[[kernels.WAIT, kernels.MEAN_WAIT, kernels.ABANDONED]] == pytest.approx([0, 0, 0])


def test_patient_chats_wait_geometrically():
    """With nobody giving up and s = 6 / 2 slots per second: P(wait > t) = P(wait) e^-(s - lambda) t."""
    model = ChatModel(3, 2, 2.5, (1.6, 2.0))
    expected = 1 - model.wait_probability * np.exp(-(3 - 2.5) * np.array([0, 1, 4]))
    assert model.service_level([0, 1, 4]) == pytest.approx(expected, rel=1e-13)
    assert model.mean_wait == pytest.approx(model.wait_probability / 0.5, rel=1e-13)


def test_any_patience():
    """One Erlang phase, and a Weibull shape of 1, are exponential; with more phases fewer give up early."""
    expected = figures(ChatModel(4, 2, 5.0, (1.5, 2.0), 2.0), 0.3)
    for patience in (ErlangPatience(mean=2.0, phases=1), WeibullPatience(mean=2.0, shape=1)):
        assert figures(ChatModel(4, 2, 5.0, (1.5, 2.0), patience), 0.3) == pytest.approx(expected, rel=1e-12)
    later = ChatModel(4, 2, 3.5, (1.5, 2.0), ErlangPatience(mean=2.0, phases=4))
    assert later.abandonment < ChatModel(4, 2, 3.5, (1.5, 2.0), 2.0).abandonment


@pytest.mark.parametrize("agents", [0, 1, 3])
@pytest.mark.parametrize("rate", [0.0, 2.0])
@pytest.mark.parametrize("patience", [0, 1e-120, 1.5, INF])
@pytest.mark.parametrize("room", [0, 4, INF])
def test_one_slot_is_any_queue(agents, rate, patience, room):
    """Nobody who serves, and nobody who waits, included."""
    chats, queue = (
        ChatModel(agents, 1, rate, (1,), patience, room),
        QueueModel(agents, rate, 1, patience, room),
    )
    for name in FIGURES[:-1]:
        expected = pytest.approx(getattr(queue, name), rel=1e-11, abs=1e-14, nan_ok=True)
        assert getattr(chats, name) == expected
    for within in (0, 0.5):
        assert chats.service_level(within) == pytest.approx(queue.service_level(within), rel=1e-11)


def test_without_patience_it_is_erlang_b():
    blocking = 1.0
    for k in range(1, 13):
        blocking = 9 * blocking / (k + 9 * blocking)
    model = ChatModel([0, 4], 3, 4.5, (2, 2, 2), patience=0)
    assert model.abandonment == pytest.approx([1.0, blocking], rel=1e-12)
    assert model.service_level(0) == pytest.approx([0.0, 1 - blocking], rel=1e-12, abs=0)
    assert (model.mean_wait < 1e-90).all()
    assert model.occupancy[1] == pytest.approx(9 * (1 - blocking) / 12, rel=1e-12)
    assert math.isnan(model.occupancy[0])
    assert math.isnan(model.busy_share[0])


@given(
    agents=st.integers(1, 50), slots=st.integers(1, 5), load=st.floats(0, 3), patience=st.floats(0.01, 100),
    room=st.one_of(st.integers(0, 50), st.just(INF)), within=st.floats(0, 10),
)  # fmt: skip
def test_figures_fit_together(agents, slots, load, patience, room, within):
    aht = tuple(1 + k / 4 for k in range(slots))
    rate = load * agents * slots / aht[-1]
    model = ChatModel(agents, slots, rate, aht, patience, room)
    found = figures(model, within)
    assert all(math.isfinite(value) and value >= 0 for value in found.values())
    shares = ("wait_probability", "abandonment", "blocking", "occupancy", "busy_share", "service_level")
    assert all(found[name] <= 1 + 1e-12 for name in shares)
    assert found["abandonment"] == pytest.approx(found["mean_wait"] / patience, rel=1e-10, abs=1e-300)
    assert found["queue_length"] == pytest.approx(
        rate * found["abandonment"] * patience, rel=1e-10, abs=1e-300
    )
    assert model.service_level(within + 1) >= found["service_level"] - 1e-12
    answered = 1 - found["blocking"] - found["abandonment"]
    assert found["service_level"] <= answered + 1e-12
    assert model.service_level(0) == pytest.approx(
        1 - found["blocking"] - found["wait_probability"], abs=1e-12
    )
    more = ChatModel(agents + 1, slots, rate, aht, patience, room)
    assert more.blocking <= found["blocking"] + 1e-12
    if room == INF:
        assert more.wait_probability <= found["wait_probability"] + 1e-12


@settings(max_examples=20)
@given(rate=st.floats(0, 30), patience=st.floats(0.01, 100), room=st.one_of(st.integers(0, 50), st.just(INF)))
def test_compiled_is_interpreted(rate, patience, room):
    both = [
        raw(fill, 6, (1, 1.5, 2), patience, rate, room, 0.4)
        for fill in (kernels.chat, compiled(kernels.chat))
    ]
    assert both[0] == pytest.approx(both[1], rel=1e-11, abs=1e-300)


def test_arrays_and_their_shape():
    model = ChatModel([[4], [5]], 2, [3.0, 4.0, 50.0], (1.5, 2.0), patience=1)
    assert model.mean_wait.shape == (2, 3)
    assert model.occupancy[1, 2] == ChatModel(5, 2, 50.0, (1.5, 2.0), patience=1).occupancy
    assert model.service_level(0.5).shape == (2, 3)
    assert model.service_level(np.zeros((4, 1, 1))).shape == (4, 2, 3)
    assert isinstance(ChatModel(4, 2, 3.0, (1.5, 2.0)).asa, float)


def test_an_endless_queue_and_no_chats():
    endless = figures(ChatModel(3, 2, 3.0, (1.6, 2.0)), 100)
    assert (endless["wait_probability"], endless["service_level"], endless["occupancy"]) == (1, 0, 1)
    assert endless["mean_wait"] == endless["asa"] == endless["queue_length"] == INF
    for room in (0, 5, INF):
        idle = figures(ChatModel(3, 2, 0.0, (1.6, 2.0), waiting_room=room), 0)
        assert idle == dict.fromkeys(FIGURES, 0.0) | {"service_level": 1.0}


def test_many_agents():
    model = ChatModel([20_000], 3, [10_000.0], (1.0, 2.0, 6.0), patience=0.5)
    assert model.occupancy == pytest.approx(1 / 6, rel=1e-3)  # nobody ever needs a second chat
    assert model.abandonment[0] < 1e-6


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"agents": -1}, "agents: found -1.0"),
        ({"agents": [2, 2.5]}, "agents[1]: found 2.5; expected a whole number"),
        ({"slots": 0}, "slots: found 0.0"),
        ({"slots": 1.5}, "slots: found 1.5; expected a whole number"),
        ({"slots": [2, 3]}, "slots: found an array"),
        ({"slots": 3}, "aht: found (1, 2); expected 3 handle times"),
        ({"aht": (1, 0)}, "aht[1]: found 0.0"),
        ({"aht": 2.0}, "aht: found 2.0"),
        ({"arrival_rate": -1}, "arrival_rate: found -1.0"),
        ({"patience": -1}, "patience: found -1"),
        ({"waiting_room": -1}, "waiting_room: found -1.0"),
        ({"waiting_room": [5, 6]}, "waiting_room: found an array"),
        ({"waiting_room": 2.5}, "waiting_room: found 2.5; expected a whole number"),
        ({"waiting_room": 5, "patience": WeibullPatience(mean=1, shape=2)}, "waiting_room: found 5; exp"),
    ],
)  # fmt: skip
def test_what_cannot_be(arguments, complaint):
    legal = {"agents": 4, "slots": 2, "arrival_rate": 1.0, "aht": (1, 2)}
    with pytest.raises(InputError) as caught:
        ChatModel(**(legal | arguments))
    assert complaint in str(caught.value)


def test_within_is_checked():
    with pytest.raises(InputError, match=r"within: found -1\.0"):
        ChatModel(4, 2, 1.0, (1, 2)).service_level(-1)
