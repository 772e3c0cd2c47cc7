"""Rules of queues whose agents have several contacts at once: the law of `ChatModel`, exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    ChatModel,
    ExpectedWait,
    MarginalCost,
    MeetTarget,
    OccupancyLimit,
    QueueLength,
    QueuePerAgent,
    Situation,
)
from bporoute._kernels.queueing.by_contacts_present import one_each
from helpers import naive, naive_chat

pytestmark = pytest.mark.usefixtures("either_kernels")

SLOWER = (1.0, 1.4, 2.0)


def chats(
    agents=2, rates=(0.03,), prices=(6.0,), at_once=SLOWER, patience=150.0, room=12, **said
) -> Situation:
    return Situation(
        queue="chat",
        agents=agents,
        aht=100.0,
        patience=patience,
        waiting_room=room,
        cost_rate=said.pop("cost_rate", 0.02),
        abandonment_cost=0.0,
        arrival_rates=np.array(rates),
        prices=np.array(prices),
        at_once=at_once,
        **said,
    )


def law(seen: Situation) -> tuple[float, ...]:
    return tuple(seen.aht * slower for slower in seen.at_once)


slowdowns = st.lists(st.floats(1.0, 4.0), min_size=1, max_size=4).map(lambda more: (1.0, *sorted(more)))


@given(st.integers(1, 7), slowdowns, st.floats(20, 500))
def test_chats_end_as_they_do_one_agent_at_a_time(agents, at_once, patience) -> None:
    seen = chats(agents, at_once=at_once, patience=patience)
    slots = agents * len(at_once)
    expected = [
        naive_chat.ending_rate(min(i, slots), agents, law(seen)) + max(i - slots, 0) / patience
        for i in range(slots + seen.waiting_room + 1)
    ]
    np.testing.assert_allclose(seen.departures, expected, rtol=1e-12)


@given(st.floats(0.2, 6.0), slowdowns)
def test_a_part_of_an_agent_serves_between_those_of_whole_ones(agents, at_once) -> None:
    ends = chats(agents, at_once=at_once, patience=math.inf).departures
    assert (np.diff(ends[: math.floor(agents * len(at_once)) + 1])[: math.floor(agents)] > 0).all()
    fewer, more = (
        chats(whole, at_once=at_once, patience=math.inf) for whole in (math.floor(agents), math.ceil(agents))
    )
    size = min(len(fewer.departures), len(ends))
    # At low numbers a further agent only helps.
    assert (fewer.departures[:size] <= ends[:size] * (1 + 1e-12)).all()
    size = min(len(more.departures), len(ends))
    assert (ends[:size] <= more.departures[:size] * (1 + 1e-12)).all()


@given(st.floats(0.0, 9.0), st.floats(1.0, 300.0))
def test_one_at_a_time_is_a_queue_like_any_other(agents, patience) -> None:
    seen = chats(agents, at_once=(1.0,), patience=patience)
    rates = np.empty(len(seen.present))
    one_each(agents, 1.0 / seen.aht, 1.0 / patience, rates)
    np.testing.assert_allclose(seen.departures, rates, rtol=1e-12)


def helping_less_and_less(more: list[float]) -> tuple[float, ...]:
    """A law by which an agent does more in all with each contact more, but gains less by each."""
    done = np.cumsum([1.0, *sorted(more, reverse=True)])
    return (1.0, *(np.arange(2, len(done) + 1) / done[1:]).tolist())


usual_laws = st.lists(st.floats(0.05, 1.0), min_size=1, max_size=2).map(helping_less_and_less)
queues = st.tuples(
    st.integers(1, 3),
    usual_laws,
    st.lists(
        st.tuples(st.floats(1e-3, 0.08), st.just(math.inf) | st.floats(0.1, 20)), min_size=1, max_size=2
    ),
    st.floats(30, 400),
    st.integers(1, 6),
)


@given(queues)
def test_one_more_costs_what_the_chain_of_its_rule_says(queue) -> None:
    """Poisson's equation of the rule that is found; where the room is full nobody stays that may go."""
    agents, at_once, classes, patience, room = queue
    rates, prices = zip(*classes, strict=True)
    seen = chats(agents, rates, prices, at_once, patience, room)
    curve, last = seen.marginal_cost, len(seen.present) - 1
    thresholds = [next((i for i in range(last) if curve[i] > price), last) for price in prices]
    blocked = max(seen.cost_rate * patience, curve[-2])
    chain = agents, law(seen), patience, room, rates, prices, thresholds, seen.cost_rate, blocked
    np.testing.assert_allclose(curve[:-1], naive_chat.one_more(*chain), rtol=1e-6, atol=1e-9)


@given(queues)
def test_no_other_threshold_is_cheaper(queue) -> None:
    agents, at_once, classes, patience, room = queue
    rate, price = classes[0][0], min(classes[0][1], 5.0)
    seen = chats(agents, (rate,), (price,), at_once, patience, room)
    rule = MarginalCost()(seen)
    sends = np.asarray(rule.keep_cost)[:-1] > price
    chosen = int(sends.argmax()) if sends.any() else len(sends)

    def cost(threshold: int) -> float:
        queue = agents, law(seen), patience, room, (rate,), (price,), (threshold,), seen.cost_rate, 0.0
        return naive_chat.overflow(*queue)[0]

    assert cost(chosen) <= min(map(cost, range(len(sends) + 1))) * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("agents", [1, 3])
def test_without_a_way_out_the_waits_are_those_of_the_chat_model(agents) -> None:
    """By the shares of time with so many present, which Poisson arrivals find."""
    rate, patience, room, within = 0.02 * agents, 150.0, 12, 30.0
    seen = chats(agents, (rate,), (math.inf,), patience=patience, room=room)
    model = ChatModel(agents, 3, rate, law(seen), patience, waiting_room=room)
    weights = np.cumprod(np.concatenate([[1.0], rate / seen.departures[1:]]))
    share = weights / weights.sum()
    assert model.blocking == pytest.approx(share[-1], rel=1e-9)
    assert model.service_level(within) == pytest.approx(
        share[:-1] @ seen.served_in_time(within)[:-1], rel=1e-9
    )
    gives_up = share[:-1] @ seen.abandoned_in_time(1e7)[:-1]
    assert model.abandonment == pytest.approx(gives_up, rel=1e-6)
    waiting = np.maximum(seen.waiting, 0.0)
    assert model.queue_length == pytest.approx(share @ waiting, rel=1e-9)


@given(st.integers(1, 3), slowdowns.filter(lambda at_once: len(at_once) <= 3), st.floats(0.01, 0.1))
def test_a_target_is_met_by_the_longest_line_that_meets_it(agents, at_once, rate) -> None:
    seen = chats(agents, (rate,), (5.0,), at_once, room=8)
    rule = MeetTarget(0.8, 20.0)(seen)
    keeps = np.asarray(rule.keep_cost)[:-1] < np.inf
    chosen = int(keeps.argmin()) if not keeps.all() else len(keeps)
    slots = agents * len(at_once)

    def level(threshold: int) -> float:
        chain = agents, law(seen), seen.patience, 8, (rate,), (5.0,), (threshold,), 0.0, 0.0
        share = naive_chat.overflow(*chain)[1][:threshold]
        return float(share @ seen.served_in_time(20.0)[:threshold] / share.sum())

    if chosen > slots:
        assert level(chosen) >= 0.8 - 1e-9
    if slots <= chosen < len(keeps):
        assert level(chosen + 1) <= 0.8 + 1e-9


def first_sent(policy, seen: Situation) -> int:
    return int(np.asarray(policy(seen).keep_cost).argmax())


def test_rules_of_thumb_count_what_agents_can_have() -> None:
    """Two agents with three each: the seventh waits."""
    seen = chats(2, room=30)
    assert first_sent(QueueLength(0), seen) == 6
    assert first_sent(QueueLength(2), seen) == 8
    assert first_sent(OccupancyLimit(0.5), seen) == 3
    assert first_sent(QueuePerAgent(1.5), seen) == 9
    serving = 6 / 200.0
    waits = np.cumsum([1 / (serving + k / 150.0) for k in range(31)])
    assert first_sent(ExpectedWait(60.0), seen) == 6 + int((waits <= 60.0).argmin())


def test_more_at_once_helps_only_as_far_as_it_speeds_up() -> None:
    """Three at once at three times the time each: no faster than one, but for those who would wait."""
    free = chats(2, at_once=(1.0, 1.0, 1.0))
    assert free.departures[6] == pytest.approx(6 / 100.0)
    held = chats(2, at_once=(1.0, 2.0, 3.0))
    np.testing.assert_allclose(held.departures[2:7], 2 / 100.0)
    assert naive.leaving_rate(2, 2, 1 / 100.0, 0.0) == pytest.approx(held.departures[2])
