"""The queue that a threshold of overflow is sought for: checked, in the rates that the kernels want."""

from __future__ import annotations

from typing import Any

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, Together, refuse, together
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, Range
from bporoute._kernels.queueing import by_contacts_present
from bporoute.errors import InputError
from bporoute.queueing._limits import AGENTS, MOST_CONTACTS, PLACES

EXTREME = 1e50
"""Times, loads and money beyond it, or below its inverse, would leave the range of the numbers."""
STATES_A_VALUE = 10
"""Numbers of contacts that an interpreted kernel works through while others compute one result."""

HANDLE_TIME = Range(1.0 / EXTREME, EXTREME, below=False)
WITHIN_REACH = Range(high=EXTREME, below=False)


def served_curve(n: float, mu: float, theta: float, within: float, states: int) -> Floats:
    """Probability of being served in time for each number present."""
    curve: Floats = np.empty(states)
    served_in_time = _kernels.for_work(by_contacts_present.served_in_time, states // STATES_A_VALUE)
    with np.errstate(all="ignore"):
        served_in_time(n, mu, theta, within, curve)
    return curve


def checked_queues(
    agents: Any, arrival_rate: Any, aht: Any, patience: Any, waiting_room: Any, **more: tuple[object, Range]
) -> Together:
    """Checked: agents, service rates, abandonment rates, waiting rooms, arrival rates, and more."""
    given = together(
        agents=(agents, AGENTS),
        arrival_rate=(arrival_rate, NOT_NEGATIVE),
        aht=(aht, HANDLE_TIME),
        patience=(patience, OR_INFINITE),
        waiting_room=(waiting_room, PLACES),
        **more,
    )
    n, rate, time, patient, room, *rest = given.flat
    most = np.ceil(n) + room
    with np.errstate(all="ignore"):
        theta = np.minimum(1.0 / patient, EXTREME / time)  # who has no patience at all
        load = rate * time
    many = most > MOST_CONTACTS
    refuse("agents + waiting_room", most, many, given.shape, f"at most {MOST_CONTACTS:,} together")
    refuse("arrival_rate * aht", load, load > EXTREME, given.shape, f"at most {EXTREME:g}")
    return Together((n, 1.0 / time, theta, room, rate, *rest), given.shape)


def checked_queue(agents: Any, arrival_rate: Any, aht: Any, patience: Any, waiting_room: Any) -> Together:
    """One queue, with agents, checked as by `checked_queues`."""
    queue = checked_queues(agents, arrival_rate, aht, patience, waiting_room)
    if queue.shape:
        raise InputError("arguments", f"arrays of shape {queue.shape}", "single numbers")
    if queue.flat[0][0] == 0.0:
        raise InputError("agents", "0.0", "a number above 0")
    return queue


def work_on(queues: Together) -> int:
    """What the kernels have to do, as `_kernels.for_work` counts it."""
    n, _, _, room, *_ = queues.flat
    return int((np.ceil(n) + room).sum()) // STATES_A_VALUE + 1
