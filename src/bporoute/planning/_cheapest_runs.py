"""The cheapest way to be in one of two states over time, each for a least time at a stretch: exact."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers


class Runs(NamedTuple):
    """Which slots are in the second state, and what all slots cost."""

    second: Flags
    cost: float


def cheapest_runs(first: Floats, second: Floats, least: tuple[int, int], taken: Flags | None = None) -> Runs:
    """Choose for each slot of a cycle the first or the second state, at the least cost.

    The last slot is followed by the first one. A run of slots in a state is at least as long as `least` says
    of that state, wherever in the cycle it begins; one that never ends is long enough. Slots that are not
    `taken` end every run: what lies between two of them is chosen for itself, and a run may be as short as
    that is.

    Dynamic programming over the state and the slots since the last switch, as far as the least length asks;
    of a whole cycle once for each of these that may lie before its first slot, so that its end fits its
    beginning.

    Parameters
    ----------
    first, second : array
        Cost of each slot in either state; inf where it cannot be in the second.
    least : (int, int)
        Least slots of a run in either state, at least 1.
    taken : array of bool, optional
        Slots that are there at all; the others cost nothing. Default: all.

    Returns
    -------
    Runs
        All in the first state where nothing is cheaper than that.

    Examples
    --------
    >>> first, second = np.full(6, 4.0), np.array([1.0, 9.0, 3.0, 9.0, 1.0, 1.0])
    >>> found = cheapest_runs(first, second, (1, 1))
    >>> found.second.astype(int), found.cost
    (array([1, 0, 1, 0, 1, 1]), 14.0)
    >>> cheapest_runs(first, second, (2, 2)).second.astype(int)  # from the last slots into the first
    array([1, 0, 0, 0, 1, 1])
    """
    there = np.ones(len(first), dtype=bool) if taken is None else taken
    costs = np.stack([first, second])
    chosen = np.zeros(len(first), dtype=bool)
    if there.all():
        chosen = _of_cycle(costs, least)
    else:
        for block in blocks_of(there):
            chosen[block] = _of_stretch(
                costs[:, block], (min(least[0], len(block)), min(least[1], len(block)))
            )
    none = np.zeros(len(first), dtype=bool)
    found, as_first = (Runs(way, math.fsum(np.where(way, second, first)[there])) for way in (chosen, none))
    return found if found.cost < as_first.cost else as_first


def blocks_of(there: Flags) -> list[list[int]]:
    """Places that follow each other in the cycle, between those that are not there."""
    gap = int(np.flatnonzero(~there)[0])
    blocks: list[list[int]] = [[]]
    for step in range(len(there)):
        place = (gap + step) % len(there)
        if there[place]:
            blocks[-1].append(place)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


class Steps(NamedTuple):
    """From where each number of slots since the switch comes: staying on, or by the other way.

    Those of the first state stand before those of the second; the last of each means at least so many.
    """

    stay: Integers
    move: Integers
    second: Flags

    def after(self, values: Floats, cost: Floats) -> Floats:
        """The least cost of each after a slot, by rows."""
        found: Floats = np.minimum(values[:, self.stay], values[:, self.move]) + cost[self.second.astype(int)]
        return found

    def followed(self, values: Floats, costs: Floats, ends: list[int]) -> Flags:
        """Whether the cheapest way from `values` to one of the `ends` is in the second state, slot by slot.

        Where it begins stands first.
        """
        moved = []
        for cost in costs.T:
            moved.append(values[self.move] < values[self.stay])
            values = self.after(values[None], cost)[0]
        at = ends[int(np.argmin(values[ends]))]
        way = []
        for by_move in reversed(moved):
            way.append(bool(self.second[at]))
            at = int((self.move if by_move[at] else self.stay)[at])
        return np.array([bool(self.second[at]), *reversed(way)])


def steps_of(least: tuple[int, int]) -> Steps:
    """The steps for runs of at least so many slots in either state."""
    stay, move = [], []
    lasts = least[0] - 1, sum(least) - 1
    for begin, last, other in ((0, lasts[0], lasts[1]), (least[0], lasts[1], lasts[0])):
        before = [other, *range(begin, last)]
        move += before
        stay += [*before[:-1], last]
    return Steps(np.array(stay), np.array(move), np.arange(sum(least)) >= least[0])


def _of_cycle(costs: Floats, least: tuple[int, int]) -> Flags:
    """The second state of each slot of a whole cycle."""
    steps = steps_of(least)
    began = np.full((sum(least), sum(least)), np.inf)
    np.fill_diagonal(began, 0.0)
    values = began
    for cost in costs.T:
        values = steps.after(values, cost)
    same = int(np.argmin(np.diagonal(values)))
    return steps.followed(began[same], costs, [same])[1:]


def _of_stretch(costs: Floats, least: tuple[int, int]) -> Flags:
    """The second state of each slot between a begin and an end."""
    steps = steps_of(least)
    values = np.full(sum(least), np.inf)
    values[[0, least[0]]] = costs[:, 0]  # the first slot begins a run
    return steps.followed(values, costs[:, 1:], [least[0] - 1, sum(least) - 1])
