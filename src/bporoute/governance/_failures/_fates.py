"""Where simulated contacts went, and where those of a vendor go that has failed: the same contacts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.simulation._engine._run import Paths

LOST = "lost"
"""What a contact comes to that gives up or is turned away."""


class Fates(NamedTuple):
    """What became of every contact when it came first, in an order that is the same in every run.

    Attributes
    ----------
    kind : array of int
        Its contact type's place in the center.
    destination : array of int
        0 in-house, v + 1 vendor v, -1 nobody.
    lost : array of bool
        It gave up or was turned away, there or on its way.
    """

    kind: Integers
    destination: Integers
    lost: Flags


def fates_of(paths: Paths, kinds: Integers) -> Fates:
    """What became of the contacts of a run; `kinds` are the types of the streams.

    Who has called again counts as of the first call.
    """
    first = np.flatnonzero(paths.attempt == 0)
    order = first[np.lexsort((paths.number[first], paths.stream[first]))]
    return Fates(kinds[paths.stream[order]], paths.destination[order], ~paths.answered[order])


def sent_by_type(fates: Sequence[Fates], types: int, vendors: int) -> Floats:
    """Contacts of each type that each vendor got, a run on average: shape (types, vendors)."""
    found = np.zeros((types, vendors))
    for each in fates:
        out = each.destination > 0
        np.add.at(found, (each.kind[out], each.destination[out] - 1), 1.0)
    return np.asarray(found / len(fates))


def moved(
    before: Sequence[Fates], after: Sequence[Fates], failed: Collection[int], types: int, vendors: int
) -> Floats:
    """Where the contacts go that vendors had which failed, a run on average.

    Parameters
    ----------
    before, after : sequence of Fates
        Of the same runs, with and without them.
    failed : collection of int
        Their places in the center.
    types, vendors : int
        How many there are.

    Returns
    -------
    array, (types, vendors + 2)
        Of each contact type: in-house, to each vendor, lost.
    """
    found = np.zeros((types, vendors + 2))
    gone = np.array([number + 1 for number in failed])
    for one, other in zip(before, after, strict=True):
        taken = np.isin(one.destination, gone)
        lost = other.lost | (other.destination < 0)
        where = np.where(lost, vendors + 1, other.destination)[taken]
        np.add.at(found, (one.kind[taken], where), 1.0)
    return np.asarray(found / len(before))
