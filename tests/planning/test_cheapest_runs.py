"""The cheapest runs of a cycle against all masks there are, and against HiGHS."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.planning._cheapest_runs import cheapest_runs
from bporoute.planning._runs_by_units import UNITS, runs_by_units, state_at_end
from helpers.runs_by_highs import by_highs

SLOTS = 24


def masks_with_runs(slots, least):
    """Every way around a cycle whose runs of zeros and of ones are long enough, as rows."""
    ways = [[]]
    for _ in range(slots):  # grown slot by slot; a run inside of a way has to be long enough when it ends
        ways = [[*way, state] for way in ways for state in (0, 1) if _may_follow(way, state, least)]
    return np.array([way for way in ways if _closes(way, least)], dtype=bool)


def _may_follow(way, state, least):
    if not way or way[-1] == state:
        return True
    begin = next((at + 1 for at in range(len(way) - 1, -1, -1) if way[at] != way[-1]), None)
    return begin is None or len(way) - begin >= least[way[-1]]  # the first run may go on from the end


def _closes(way, least):
    if len(set(way)) == 1:
        return True
    begin = next(at for at in range(len(way)) if way[at] != way[at - 1])
    turned = way[begin:] + way[:begin]
    lengths, state = [], None
    for each in turned:
        if each != state:
            lengths.append([each, 0])
            state = each
        lengths[-1][1] += 1
    return all(length >= least[state] for state, length in lengths)


@pytest.fixture(scope="module")
def every_mask():
    return {least: masks_with_runs(SLOTS, least) for least in ((8, 4), (4, 2), (3, 5))}


def test_twenty_days_of_24_slots_against_all_masks(every_mask):
    chance = np.random.default_rng(16)
    for case in range(20):
        least = list(every_mask)[case % len(every_mask)]
        masks = every_mask[least]
        first, second = chance.gamma(2.0, 10.0, (2, SLOTS)).round(2)
        if case % 2:
            second[chance.random(SLOTS) < 0.2] = np.inf
        costs = np.where(masks, second, first).sum(axis=1)
        found = cheapest_runs(first, second, least)
        assert found.cost == pytest.approx(costs.min(), abs=1e-9)
        assert any((masks == found.second).all(axis=1))


def test_weeks_against_highs():
    chance = np.random.default_rng(61)
    for case in range(6):
        slots = 168
        hour = np.arange(slots) % 24
        first = 40.0 + 200.0 * np.exp(-(((hour - 13.0) / 4.0) ** 2)) + chance.normal(0.0, 12.0, slots)
        second = 30.0 + 260.0 * np.exp(-(((hour - 13.0) / 4.0) ** 2)) + chance.normal(0.0, 12.0, slots)
        if case % 2:
            second[chance.random(slots) < 0.1] = np.inf
        least = [(8, 4), (4, 2), (10, 6)][case % 3]
        found = cheapest_runs(first, second, least)
        assert found.cost == pytest.approx(by_highs(first, second, least), rel=1e-9)
        assert 0 < found.second.sum() < slots


COSTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=10)
LEAST = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(COSTS, LEAST, st.integers(0, 9))
def test_where_the_cycle_is_cut_does_not_matter(costs, least, by):
    first, second = np.array(costs, dtype=float).T
    turned = cheapest_runs(np.roll(first, by), np.roll(second, by), least)
    assert turned.cost == cheapest_runs(first, second, least).cost


@given(COSTS, LEAST, st.data())
def test_stretches_against_all_masks(costs, least, data):
    first, second = np.array(costs, dtype=float).T
    taken = np.array(data.draw(st.lists(st.booleans(), min_size=len(costs), max_size=len(costs))))
    taken[data.draw(st.integers(0, len(costs) - 1))] = False
    found = cheapest_runs(first, second, least, taken)
    best = min(
        np.where(mask, second, first)[taken].sum()
        for mask in map(np.array, product([False, True], repeat=len(costs)))
        if _stretches_are_long_enough(mask, taken, least)
    )
    assert found.cost == best
    assert not found.second[~taken].any()
    assert _stretches_are_long_enough(found.second, taken, least)


def _stretches_are_long_enough(mask, taken, least):
    size, gap = len(mask), int(np.flatnonzero(~taken)[0])
    told = "".join(
        str(int(mask[(gap + step) % size])) if taken[(gap + step) % size] else " " for step in range(size)
    )
    for stretch in told.split():
        for state in (0, 1):
            runs = [run for run in stretch.split(str(1 - state)) if run]
            if any(len(run) < min(least[state], len(stretch)) for run in runs):
                return False
    return True


@given(COSTS, LEAST)
def test_shorter_runs_are_never_dearer(costs, least):
    first, second = np.array(costs, dtype=float).T
    free = cheapest_runs(first, second, (1, 1)).cost
    assert free == np.minimum(first, second).sum()
    assert free <= cheapest_runs(first, second, least).cost <= min(first.sum(), second.sum())


@pytest.mark.parametrize("gap", [None, 0, 4])
def test_the_least_cost_of_each_amount_against_all_masks(gap):
    slots, least = 10, (3, 2)
    chance = np.random.default_rng(7)
    first = chance.integers(1, 9, slots).astype(float)
    taken, like = np.ones(slots, dtype=bool), np.zeros(slots, dtype=bool)
    if gap is None:
        ways = [mask for mask in masks_with_runs(slots, least) if _ends_alike(mask, like, least)]
    else:
        taken[gap] = False
        every = (np.array(mask) & taken for mask in product([False, True], repeat=slots))
        ways = [mask for mask in every if _stretches_are_long_enough(mask, taken, least)]
    found = runs_by_units(first, np.ones(slots), least, taken, like)
    for amount in range(taken.sum() + 1):
        costs = [first[taken & ~mask].sum() for mask in ways if mask.sum() == amount]
        number = round(amount * UNITS / taken.sum()) if gap is None else _number(found, amount)
        if number is None:
            assert not costs
            continue
        assert found.cost[number] == min(costs, default=np.inf)
        if costs:
            way = found.way(number)
            assert way.sum() == amount
            assert any((way == mask).all() for mask in ways)
            assert first[taken & ~way].sum() == min(costs)


def _ends_alike(mask, like, least):
    return state_at_end(mask, least) == state_at_end(like, least)


def _number(found, amount):
    """The number of units with the least cost of those that so many slots have, to a unit or two."""
    near = [n for n in np.flatnonzero(np.isfinite(found.cost)) if found.way(int(n)).sum() == amount]
    return min(near, key=lambda n: found.cost[n], default=None)
