"""Handle times in another unit are found out and not learned; what truly changed is."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import HandleTimeEstimate, HandleTimePrior
from bporoute.estimates._belief import ENOUGH, FAR, MOST_TIMES, MOST_WAITING, Belief

AHT = 188.7
Draw = Callable[[random.Random], float]


def exponential(mean: float) -> Draw:
    return lambda chance: chance.expovariate(1.0 / mean)


def lognormal(mean: float, cv: float) -> Draw:
    spread = math.sqrt(math.log1p(cv * cv))
    return lambda chance: chance.lognormvariate(math.log(mean) - spread * spread / 2.0, spread)


def half(one: Draw, other: Draw) -> Draw:
    return lambda chance: one(chance) if chance.random() < 0.5 else other(chance)


def learned(draw: Draw, contacts: int, seed: int) -> tuple[list[float], Belief]:
    """Means after each contact, of an estimate that begins at `AHT`."""
    chance, estimate, belief, means = (
        random.Random(seed),
        HandleTimeEstimate(HandleTimePrior(aht=AHT)),
        Belief(),
        [],
    )
    for _ in range(contacts):
        belief, believed = belief.step(draw(chance), estimate.mean)
        estimate = estimate.through(believed)
        means.append(estimate.mean)
    return means, belief


OTHER_UNITS = {
    "minutes": exponential(AHT / 60.0),
    "always 3.1 minutes": lambda chance: 3.1,
    "minutes, lognormal": lognormal(AHT / 60.0, 0.6),
    "milliseconds": exponential(AHT * 1000.0),
    "hours": exponential(AHT / 3600.0),
}


@pytest.mark.parametrize("draw", OTHER_UNITS.values(), ids=OTHER_UNITS.keys())
def test_times_in_another_unit_move_no_estimate(draw: Draw) -> None:
    """But for one or two that look like seconds before the others are found out."""
    off = []
    for seed in range(60):
        means, belief = learned(draw, 400, seed)
        off.append(max(abs(mean / AHT - 1.0) for mean in means))
        assert belief.refused > 300
        assert belief.foreign
    assert max(off) < 0.5
    assert sum(off) / len(off) < 0.04


@pytest.mark.parametrize("other", [3.1, 80_000.0])
def test_two_units_in_one_stream_are_not_learned_from(other: float) -> None:
    refused, far = 0, 0
    for seed in range(40):
        means, belief = learned(half(exponential(AHT), lambda chance: other), 400, seed)
        refused += belief.refused
        far += not 0.7 < means[-1] / AHT < 1.3
    assert refused > 40 * 150
    assert far <= 4


@pytest.mark.parametrize("times", [1 / 3, 1 / 2, 1.0, 2.0, 3.0])
def test_what_truly_changed_is_learned_within_tens_of_contacts(times: float) -> None:
    """As soon as without any doubt: half of the way after some 40 contacts, as the prior is worth 30."""
    after = [learned(exponential(times * AHT), 60, seed)[0][-1] for seed in range(60)]
    found = sum(after) / len(after)
    assert found == pytest.approx(AHT * (30.0 + 60.0 * times) / 90.0, rel=0.12)


@pytest.mark.parametrize("draw", [exponential(AHT), lognormal(AHT, 0.6), lognormal(AHT, 1.1)])
def test_an_ordinary_stream_is_believed(draw: Draw) -> None:
    found = [learned(draw, 400, seed) for seed in range(60)]
    assert sum(belief.refused for _, belief in found) == 0
    assert sum(means[-1] for means, _ in found) / 60 == pytest.approx(AHT, rel=0.03)


def test_a_single_report_counts_as_eight_means_at_most_and_is_waited_for_if_it_is_far_off() -> None:
    belief, believed = Belief().step(MOST_TIMES * AHT * 1.5, AHT)
    assert believed == (MOST_TIMES * AHT,)
    belief, believed = belief.step(86_000.0, AHT)
    assert believed == ()
    for _ in range(4):
        belief, believed = belief.step(AHT, AHT)
    assert believed == (MOST_TIMES * AHT, AHT)
    assert (belief.refused, belief.long.evidence) == (0, 0.0)


def test_seconds_are_believed_again_once_they_are_told_for_a_while() -> None:
    belief = Belief()
    for _ in range(50):
        belief, _ = belief.step(3.1, AHT)
    assert belief.foreign
    told = 0
    while belief.foreign:
        belief, believed = belief.step(AHT, AHT)
        assert believed == ()
        told += 1
    assert told <= math.ceil(1.5 * ENOUGH / math.log(0.85 / 0.4))
    assert belief.step(AHT, AHT)[1] == (AHT,)


def test_no_time_at_all_is_none_in_any_unit() -> None:
    belief = Belief()
    for _ in range(50):
        belief, believed = belief.step(0.0, AHT)
        assert believed == (0.0,)
    assert belief == Belief()


@given(st.lists(st.floats(0.0, 86_400.0), max_size=300), st.floats(1e-3, 1e5))
def test_nothing_is_made_up_and_memory_is_bounded(told: list[float], usual: float) -> None:
    belief, counted = Belief(), 0
    for time in told:
        belief, believed = belief.step(time, usual)
        counted += len(believed)
        assert all(0.0 <= one <= MOST_TIMES * usual for one in believed)
        assert all(one in told or one == MOST_TIMES * usual for one in believed)
        assert len(belief.short.waiting) <= MOST_WAITING
        assert all(one * FAR < usual for one in belief.short.waiting)
    assert counted + belief.refused <= len(told)
