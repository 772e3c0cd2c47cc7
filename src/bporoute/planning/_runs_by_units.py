"""The cheapest runs of a cycle for each amount in the second state, where its price depends on that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.planning._cheapest_runs import Steps, blocks_of, steps_of

UNITS = 1000
"""Parts in which all that may be in the second state is counted."""


class ByUnits(NamedTuple):
    """The least cost of the first state for each number of units in the second, from 0 on; inf: none.

    `cost` has a value for each number; the other fields say how to follow one back.
    """

    cost: Floats
    parts: list[_Part]
    units: Integers

    def way(self, number: int) -> Flags:
        """The second state of each slot, with so many units in it."""
        second = np.zeros(len(self.units), dtype=bool)
        for part in reversed(self.parts):
            at = part.ends[int(np.argmin(part.values[part.ends, number]))]
            for place, by_move in zip(reversed(part.places), reversed(part.moved), strict=True):
                second[place] = part.steps.second[at]
                number -= int(self.units[place]) * second[place]
                if by_move is not None:
                    at = int((part.steps.move if by_move[at, number] else part.steps.stay)[at])
        return second


class _Part(NamedTuple):
    """Slots that follow each other, and from where each state came: by another way, or None, begun anew."""

    places: list[int]
    steps: Steps
    moved: list[Flags | None]
    values: Floats
    ends: list[int]


def runs_by_units(
    first: Floats, weights: Floats, least: tuple[int, int], taken: Flags, like: Flags
) -> ByUnits:
    """Choose the state of each slot at the least cost, for each number of units in the second state.

    Runs are as long as where there is one price, see `bporoute.planning._cheapest_runs.cheapest_runs`.
    Units are equal parts of the sum of the `weights`; the second state has no other cost. They are rounded so
    that the slots of a run have theirs together, to one unit.

    Parameters
    ----------
    first : array
        Cost of each slot in the first state.
    weights : array
        What each slot counts in the second state, at least 0; nan where it cannot be in it.
    least : (int, int)
        Least slots of a run in either state.
    taken : array of bool
        Slots that are there at all.
    like : array of bool
        Second state of a choice. Where the whole cycle is taken, all choices end as this one, see
        `state_at_end`.

    Examples
    --------
    >>> found = runs_by_units(
    ...     np.array([5.0, 1.0, 1.0, 4.0]),
    ...     np.ones(4),
    ...     (1, 1),
    ...     np.ones(4, dtype=bool),
    ...     np.array([True, False, False, True]),
    ... )
    >>> found.cost[[0, 250, 500]], found.way(500)
    (array([inf,  7.,  2.]), array([ True, False, False,  True]))
    """
    possible = ~np.isnan(weights)
    counted = np.where(taken & possible, weights, 0.0)
    edges = np.rint(np.concatenate([[0.0], np.cumsum(counted)]) / counted.sum() * UNITS).astype(np.int64)
    units = np.diff(edges)
    costs = np.stack([first, np.where(possible, 0.0, np.inf)])
    if taken.all():
        places = list(range(len(first)))
        steps = steps_of(least)
        begin = state_at_end(like, least)
        values = np.full((sum(least), UNITS + 1), np.inf)
        values[begin, 0] = 0.0
        part = _followed(places, steps, values, costs, units, [begin])
        return ByUnits(part.values[begin], [part], units)
    cost = np.full(UNITS + 1, np.inf)
    cost[0] = 0.0
    parts = []
    for block in blocks_of(taken):
        lengths = min(least[0], len(block)), min(least[1], len(block))
        steps = steps_of(lengths)
        values = np.full((sum(lengths), UNITS + 1), np.inf)
        values[[0, lengths[0]]] = cost + costs[:, block[0], None]
        values[lengths[0]] = _more(values[lengths[0]], int(units[block[0]]))
        ends = [lengths[0] - 1, sum(lengths) - 1]
        part = _followed(block[1:], steps, values, costs, units, ends)
        parts.append(part._replace(places=block, moved=[None, *part.moved]))
        cost = part.values[ends].min(axis=0)
    return ByUnits(cost, parts, units)


def _followed(
    places: list[int], steps: Steps, values: Floats, costs: Floats, units: Integers, ends: list[int]
) -> _Part:
    moved: list[Flags | None] = []
    second = steps.second
    for place in places:
        by_move = values[steps.move] < values[steps.stay]
        moved.append(by_move)
        values = np.where(by_move, values[steps.move], values[steps.stay])
        values += costs[second.astype(int), place, None]
        values[second] = _more(values[second], int(units[place]))
    return _Part(places, steps, moved, values, ends)


def _more(values: Floats, units: int) -> Floats:
    """Values by their numbers of units, each of which has so many more."""
    if not units:
        return values
    found = np.full_like(values, np.inf)
    found[..., units:] = values[..., :-units]
    return found


def state_at_end(like: Flags, least: tuple[int, int]) -> int:
    """The state of the last slot of a cycle, with the slots since the switch, as `Steps` number them."""
    state = int(like[-1])
    since = next((step for step in range(len(like)) if like[-1 - step] != like[-1]), len(like))
    return state * least[0] + min(since, least[state]) - 1
