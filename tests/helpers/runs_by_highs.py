"""Two states around a cycle with least lengths, as a mixed-integer program."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


def by_highs(first, second, least, contacts=None, committed=0.0, price=0.0):
    """Minimum up and down times around a cycle: state x, starts u and ends d of runs.

    With `contacts` of each slot, those missing to what is `committed` in the second state are paid, too.
    """
    slots = len(first)
    one, none = np.eye(slots), np.zeros((slots, slots))
    before = np.roll(one, -1, axis=1)
    starts = sum(np.roll(one, -step, axis=1) for step in range(least[1]))  # within the last slots
    ends = sum(np.roll(one, -step, axis=1) for step in range(least[0]))
    nothing = np.zeros((slots, 1))
    counted = np.zeros(slots) if contacts is None else contacts
    owed = np.concatenate([counted, np.zeros(2 * slots), [1.0]])
    possible = np.isfinite(second)
    more = np.where(possible, second, 0.0) - np.where(possible, first, 0.0)
    found = milp(
        np.concatenate([more, np.zeros(2 * slots), [price]]),
        integrality=np.concatenate([np.ones(3 * slots), [0.0]]),
        bounds=Bounds(0.0, np.concatenate([possible, np.ones(2 * slots), [np.inf]])),
        constraints=[
            LinearConstraint(np.hstack([one - before, -one, one, nothing]), 0.0, 0.0),
            LinearConstraint(np.hstack([one, -starts, none, nothing]), 0.0),
            LinearConstraint(np.hstack([-one, none, -ends, nothing]), -1.0),
            LinearConstraint(owed, committed),
        ],
        options={"mip_rel_gap": 0.0},
    )
    assert found.success
    return float(first.sum() + found.fun)
