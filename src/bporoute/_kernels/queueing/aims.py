"""What a queue is asked for, and how much of it goes wrong: aims as rows of numbers.

The kernels validate nothing and never raise; time in any one unit. Aims are rows (kind, limit, within,
counting, short), see the column numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.exponential_patience import (
    SHORT_CREDITED,
    SHORT_EXCLUDED,
    answered_mean_wait,
    failures,
    outcomes,
)

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats
    from bporoute._kernels.queueing.exponential_patience import Queue

INFINITE = float("inf")

# aims[row, .]
KIND, LIMIT, WITHIN, COUNTING, SHORT = range(5)
AIM_COLUMNS = 5
SERVICE_LEVEL, ASA, ABANDONMENT, OCCUPANCY, BLOCKING, WAIT_TAIL, VIRTUAL_TAIL = range(7)


@kernel("UniTuple(f8,2)(UniTuple(f8,5),f8,f8[:,::1],i8)")
def tally(queue: Queue, wait: float, aims: Floats, row: int) -> tuple[float, float]:
    """What one aim is about, as a sum and what that is a share or a mean of, both per offered contact.

    Contacts not served in time, of those that count; waiting of the answered; contacts lost, blocked; of an
    occupancy the busy and all agents. The tail aims count who waits longer than `wait`, of those who wait.
    """
    agents, arrival_rate, aht, patience, room = queue
    kind = int(aims[row, KIND])
    counting = int(aims[row, COUNTING])
    within = float(aims[row, WITHIN]) if kind < WAIT_TAIL else wait
    by_short = kind == SERVICE_LEVEL and counting in (SHORT_EXCLUDED, SHORT_CREDITED)
    first = float(aims[row, SHORT]) if by_short else 0.0 if kind == ASA else within
    found = outcomes(queue, first)
    gone_late = found[5]
    if by_short:
        found = outcomes(queue, within)
    waits, gone, blocked, virtual, served_late, _, _, _, answered = found
    if kind == SERVICE_LEVEL:
        return failures(found, counting, gone_late)
    if kind == ASA:
        mean = answered_mean_wait(queue, found)
        return mean * answered, answered
    if kind == ABANDONMENT:
        return gone + blocked, 1.0
    if kind == OCCUPANCY:
        busy = arrival_rate * aht * answered
        if patience == INFINITE and room == INFINITE:
            busy = min(busy, agents)
        return busy, agents
    if kind == BLOCKING:
        return blocked, 1.0
    return virtual if kind == VIRTUAL_TAIL else served_late + gone_late, waits


@kernel("f8(f8,f8)")
def part(some: float, base: float) -> float:
    """A share or a mean from its two sums; nan: of nothing."""
    return some / base if base > 0.0 else math.nan
