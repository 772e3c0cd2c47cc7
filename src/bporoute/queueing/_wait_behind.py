"""What awaits a contact that finds a known number of others in the queue."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bporoute._base.broadcast import Range, Together
from bporoute._kernels import for_work
from bporoute._kernels.queueing import elementwise as batches
from bporoute.queueing._outcomes import MOST_PLACES

PRESENT = Range(high=10.0 * MOST_PLACES, whole=True)
LEAST_PATIENCE = 1e-300


class WaitBehind(NamedTuple):
    """What awaits a contact that finds a known number of others.

    Attributes
    ----------
    answered : float or array
        Probability of being answered in the end.
    answered_within : float or array
        Probability of being answered within the time asked for.
    mean_wait : float or array
        Mean wait, until it is answered or gives up.
    asa : float or array
        Mean wait if it is answered; nan without agents.
    virtual_wait : float or array
        Mean wait if it never gives up; inf without agents.
    """

    answered: Any
    answered_within: Any
    mean_wait: Any
    asa: Any
    virtual_wait: Any


def wait_behind(given: Together) -> WaitBehind:
    """What awaits, from agents, arrival rates, handle times, patience, rooms, those present and the time."""
    agents, _, aht, patience, _, others, time = given.flat
    arguments = Together((agents, aht, np.maximum(patience, LEAST_PATIENCE), others, time), given.shape)
    kernel = for_work(batches.waits_behind, len(others) + int(others.sum()) // 50)
    stays, virtual, gone, answered, in_time = arguments.run(kernel, columns=batches.BEHIND).T
    return WaitBehind(*map(given.shaped, (stays, in_time, gone, answered, virtual)))
