"""Contacts that call again after they were lost, or after they were served.

The kernels validate nothing and never raise. Any one unit of time works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import busy_weight, free_weight

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

INFINITE = float("inf")
MOST_HALVINGS = 2_000


@kernel("f8(f8,f8,f8,f8)")
def served_rate(agents: float, arrival_rate: float, aht: float, patience: float) -> float:
    """Contacts served per time in Erlang A, M/M/n+M; Erlang B for no patience, all of them for infinite.

    With x = n mu / theta, y = lambda / theta and Palm's A(x, y): ``lambda (1 - P(W > 0))`` at once and
    ``P(W > 0) n mu (1 - 1 / A)`` after a wait. `agents`, `arrival_rate`, `patience` >= 0, `aht` > 0.
    """
    if patience == INFINITE or arrival_rate <= 0.0:
        return arrival_rate
    load = arrival_rate * aht
    gap = load - agents
    free = free_weight(agents, load, gap)
    busy = busy_weight(agents * (patience / aht), load * (patience / aht), gap * (patience / aht))
    waits = 1.0 / (1.0 + free / busy)
    at_once = 1.0 / (1.0 + busy / free) if free > 0.0 else 0.0
    return arrival_rate * at_once + waits * agents / aht * (1.0 - 1.0 / busy)


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def total_rates(
    agents: Floats,
    first_rate: Floats,
    aht: Floats,
    patience: Floats,
    after_lost: Floats,
    after_service: Floats,
    out: Floats,
) -> None:
    """Fill the rate of all contacts, first and repeated ones, by halving.

    The contacts that do not come again leave as fast as new ones come: with S served and lambda - S lost,
    ``(1 - after_service) S + (1 - after_lost) (lambda - S) = first_rate``. The left side rises with lambda,
    at least as fast as lambda times the smaller factor. `after_service` < 1 and `after_lost` <= 1, both
    >= 0; where they make it impossible the result is inf.
    """
    for i in range(agents.shape[0]):
        n = float(agents[i])  # no NumPy number, which would warn of overflow
        handling = float(aht[i])
        low = float(first_rate[i])
        high = low / (1.0 - float(after_service[i]))
        for _ in range(MOST_HALVINGS):
            served = served_rate(n, high, handling, float(patience[i]))
            leaving = (1.0 - after_service[i]) * served + (1.0 - after_lost[i]) * (high - served)
            if leaving >= first_rate[i] or high == INFINITE:
                break
            low = high
            high *= 2.0
        for _ in range(MOST_HALVINGS):
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            served = served_rate(n, middle, handling, float(patience[i]))
            leaving = (1.0 - after_service[i]) * served + (1.0 - after_lost[i]) * (middle - served)
            if leaving >= first_rate[i]:
                high = middle
            else:
                low = middle
        out[i] = high
