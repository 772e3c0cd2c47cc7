"""Overflow no more than the service level needs, against the chain written out and the queue models."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from bporoute import (
    InputError,
    MeetTarget,
    PeriodScore,
    QueueModel,
    ServiceLevel,
    Situation,
    largest_threshold,
)

COUNTINGS = ("offered", "ignored", "credited", "answered", "short_excluded", "short_credited")
NOBODY = math.inf


def situation(
    agents, rates, aht, patience, room, prices=(5.0,), target=None, served_so_far=None
) -> Situation:
    return Situation(
        queue="service",
        agents=agents,
        aht=aht,
        patience=patience,
        waiting_room=room,
        cost_rate=0.01,
        abandonment_cost=1.0,
        arrival_rates=np.array(rates),
        prices=np.array(prices),
        target=target,
        served_so_far=served_so_far,
    )


def threshold(policy: MeetTarget, seen: Situation) -> float:
    """The contacts present from which on all are sent out; inf: they never are."""
    keep_cost = policy(seen).keep_cost
    assert set(keep_cost) <= {-math.inf, math.inf}
    sends = keep_cost > 0
    if not sends.any():
        return math.inf
    assert sends[sends.argmax() :].all()
    return float(sends.argmax())


# -- the chain written out ------------------------------------------------------------------------


def fates(seen: Situation, waiting: int, within: float) -> tuple[float, float]:
    """Probabilities of being served and of having given up in time, for a contact behind `waiting` others.

    Its own chain: those ahead leave one by one, then it is served, and at any moment it may give up.
    """
    serving, giving_up = seen.agents / seen.aht, 1.0 / seen.patience
    served, gone = waiting + 1, waiting + 2
    rates = np.zeros((waiting + 3, waiting + 3))
    for ahead in range(waiting + 1):
        rates[ahead, ahead - 1 if ahead else served] += serving + ahead * giving_up
        rates[ahead, gone] += giving_up
        rates[ahead, ahead] -= rates[ahead].sum()
    after = expm(rates * within)[waiting]
    return after[served], after[gone]


def counted(seen: Situation, target: ServiceLevel, present: int) -> tuple[float, float]:
    """How likely a contact that finds so many present counts as served in time, and counts at all."""
    if present < seen.agents:
        return 1.0, 1.0
    waiting = present - math.ceil(seen.agents)
    good, gone = fates(seen, waiting, target.within)
    match target.counting:
        case "offered":
            return good, 1.0
        case "ignored":
            return good, 1.0 - gone
        case "credited":
            return good + gone, 1.0
        case "answered":
            return good, fates(seen, waiting, 1e7)[0]
        case "short_excluded":
            return good, 1.0 - fates(seen, waiting, target.short)[1]
        case "short_credited":
            return good + fates(seen, waiting, target.short)[1], 1.0


def kept_service_levels(seen: Situation, target: ServiceLevel) -> list[float]:
    """Service level of the contacts kept, if from 1, 2, .. present on only those that cannot be sent are."""
    last = len(seen.present) - 1
    curve = [counted(seen, target, i) for i in range(last)]
    rate, stuck = seen.arrival_rates.sum(), seen.arrival_rates[seen.prices == NOBODY].sum()
    levels = []
    for threshold in range(1, last + 1):
        weight, weights_good, weights_base = 1.0, 0.0, 0.0
        for i, (good, base) in enumerate(curve):
            kept = rate if i < threshold else stuck
            weights_good += weight * kept * good
            weights_base += weight * kept * base
            leaving = min(i + 1, seen.agents) / seen.aht + max(i + 1 - seen.agents, 0) / seen.patience
            weight *= kept / leaving
        levels.append(weights_good / weights_base)
    return levels


queues = st.tuples(
    st.integers(1, 8) | st.floats(0.5, 8),
    st.floats(0.1, 1.6),
    st.floats(60, 600),
    st.floats(20, 900),
    st.integers(1, 10),
)


@given(queues, st.floats(0, 0.9), st.floats(0.05, 0.99), st.floats(0, 200), st.sampled_from(COUNTINGS))
@pytest.mark.thorough
def test_one_more_kept_would_miss_the_target(queue, stuck, probability, within, counting) -> None:
    agents, load, aht, patience, room = queue
    rate = load * agents / aht
    seen = situation(agents, [rate * (1 - stuck), rate * stuck], aht, patience, room, (5.0, NOBODY))
    target = ServiceLevel(probability=probability, within=within, counting=counting)
    found = threshold(MeetTarget(probability, within, counting), seen)
    levels = kept_service_levels(seen, target)
    least, most = math.ceil(agents), int(min(found, len(levels)))
    assert most >= least
    if most > least:
        assert levels[most - 1] >= probability - 1e-9
    assert all(level < probability + 1e-9 for level in levels[most:])


@given(queues, st.floats(0.05, 0.99), st.floats(0, 200), st.sampled_from(COUNTINGS))
def test_with_a_vendor_for_everybody_it_is_the_largest_threshold(
    queue, probability, within, counting
) -> None:
    agents, load, aht, patience, room = queue
    rate = load * agents / aht
    target = ServiceLevel(probability=probability, within=within, counting=counting)
    expected = largest_threshold(agents, rate, aht, patience, room, target)
    assert threshold(MeetTarget(), situation(agents, [rate], aht, patience, room, target=target)) == expected


@pytest.mark.parametrize("patience", [200.0, math.inf])
@pytest.mark.parametrize("counting", ["offered", "answered"])
def test_the_queue_model_agrees(patience: float, counting: str) -> None:
    rate, target = 10.4 / 60, 0.8
    found = threshold(MeetTarget(target, 20, counting), situation(50, [rate], 300.0, patience, 100))

    def level(limit: float) -> float:
        model = QueueModel(50, rate, 300, patience, waiting_room=int(limit) - 50)
        kept = 1.0 - model.blocking if counting == "offered" else 1.0
        return model.service_level(20, counting) / kept

    assert 50 < found < 150
    assert level(found) >= target > level(found + 1)


@pytest.mark.parametrize("load", [0.5, 0.99, 1.5, 3.0])
@pytest.mark.parametrize("stuck", [0.0, 0.3])
def test_weights_beyond_the_range_of_numbers(load: float, stuck: float) -> None:
    rate = load * 2000 / 300
    terms = ([rate * (1 - stuck), rate * stuck], 300.0, math.inf, 20_000, (5.0, NOBODY))
    found = threshold(MeetTarget(0.8, 20), situation(2000, *terms))
    assert found == NOBODY if load < 0.9 else found >= 2000


def test_a_queue_that_cannot_be_helped_sends_whoever_would_wait() -> None:
    crowded = situation(4, [0.001, 1.0], 300.0, 600.0, 50, (5.0, NOBODY))
    assert threshold(MeetTarget(0.99, 5), crowded) == 4
    assert threshold(MeetTarget(0.5, 5), situation(0, [0.1], 300.0, 600.0, 50)) == 0


def test_no_arrivals_no_overflow() -> None:
    assert threshold(MeetTarget(0.99, 5), situation(4, [0.0], 300.0, 600.0, 50)) == NOBODY


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_keeps_no_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    seen = situation(10, [0.03], 300.0, 300.0, 40)
    assert threshold(MeetTarget(high, 20), seen) <= threshold(MeetTarget(low, 20), seen)


# -- the period so far ----------------------------------------------------------------------------


def test_a_good_morning_lets_the_afternoon_wait_longer() -> None:
    def after(score: PeriodScore | None) -> float:
        return threshold(
            MeetTarget(0.8, 20), situation(50, [10.4 / 60], 300.0, 200.0, 100, served_so_far=score)
        )

    assert after(None) == after(PeriodScore(800, 1000, 1000)) == 56
    assert after(PeriodScore(850, 1000, 1000)) == threshold(
        MeetTarget(0.75, 20), situation(50, [10.4 / 60], 300.0, 200.0, 100)
    )
    assert after(PeriodScore(500, 1000, 500)) == 50  # lost: whoever would wait goes out
    assert after(PeriodScore(1000, 1000, 200)) == NOBODY  # won: everybody may wait


# -- the queue's own target -----------------------------------------------------------------------


def test_the_target_of_the_queue_is_the_default() -> None:
    own = ServiceLevel(probability=0.9, within=30, counting="short_excluded", short=8)
    seen = situation(50, [10.4 / 60], 300.0, 200.0, 100, target=own)
    assert threshold(MeetTarget(), seen) == largest_threshold(50, 10.4 / 60, 300, 200, 100, own)
    assert threshold(MeetTarget(0.8, 20), seen) == 56


def test_a_queue_without_a_target_is_told() -> None:
    with pytest.raises(
        InputError, match=r"MeetTarget: queue 'service': found no target; expected targets\.s"
    ):
        MeetTarget()(situation(4, [0.01], 300.0, 200.0, 10))


BAD = {
    "no time": ({"probability": 0.8}, "within = None"),
    "no probability": ({"within": 20}, "probability = None"),
    "per cent": ({"probability": 80, "within": 20}, "probability = 80"),
    "negative time": ({"probability": 0.8, "within": -1}, "within = -1"),
    "nan": ({"probability": math.nan, "within": 20}, "probability = nan"),
    "unknown counting": ({"probability": 0.8, "within": 20, "counting": "all"}, "'all'"),
    "counting alone": ({"counting": "answered"}, "'answered' only"),
}


@pytest.mark.parametrize(("arguments", "found"), BAD.values(), ids=BAD)
def test_numbers_that_make_no_target(arguments: dict, found: str) -> None:
    with pytest.raises(InputError, match=f"^MeetTarget: found {found}"):
        MeetTarget(**arguments)
