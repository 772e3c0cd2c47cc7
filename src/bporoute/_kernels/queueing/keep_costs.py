"""What keeping one more contact costs a queue, what of that others pay, and how much room that rests on.

The queue is that of `bporoute._kernels.queueing.by_contacts_present`; the kernels validate nothing and never
raise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.by_contacts_present import marginal_cost_by_rates, one_each

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

INFINITE = float("inf")
MOST_RAISES = 30
ENOUGH = 1.0 + 1e-9
"""Times what a full room was taken to cost a contact: who costs no more is not worth another pass."""
FAR = 1e-18
"""What weighs no more than that is beyond what numbers hold."""


@kernel("f8(f8,f8,f8,f8,f8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def keep_costs(
    agents: float,
    aht: float,
    abandonment_rate: float,
    cost_rate: float,
    blocked_cost: float,
    arrival_rates: Floats,
    prices: Floats,
    works: Floats,
    curve: Floats,
    others: Floats,
) -> float:
    """Fill for 0 .. N present what one more contact costs, in `others` all of that but its own wait.

    `bporoute._kernels.queueing.by_contacts_present.marginal_cost` says what the arguments are and what is
    returned; `aht` is 1 / mu. `blocked_cost` is raised until a contact that may not be sent out costs no more
    in the last place of the room than it does where the room is full. What others pay is at least 0; 0 where
    the cost has no end.
    """
    departures = np.empty(curve.shape[0])
    one_each(agents, 1.0 / aht, abandonment_rate, departures)
    return keep_costs_by_rates(
        departures, agents, aht, abandonment_rate, cost_rate, blocked_cost, arrival_rates, prices, works,
        curve, others,
    )  # fmt: skip


@kernel("f8(f8[::1],f8,f8,f8,f8,f8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def keep_costs_by_rates(
    departures: Floats,
    slots: float,
    aht: float,
    abandonment_rate: float,
    cost_rate: float,
    blocked_cost: float,
    arrival_rates: Floats,
    prices: Floats,
    works: Floats,
    curve: Floats,
    others: Floats,
) -> float:
    """`keep_costs` where i contacts leave at the rate ``departures[i]``, see `marginal_cost_by_rates`.

    `aht` is the mean handle time while all `slots` are taken.
    """
    last = curve.shape[0] - 1
    stuck = False
    for k in range(prices.shape[0]):
        stuck = stuck or prices[k] == INFINITE
    thresholds = np.empty(prices.shape[0])
    cost = 0.0
    for _ in range(MOST_RAISES):
        cost = marginal_cost_by_rates(
            departures, slots, slots * (1.0 / aht), abandonment_rate, cost_rate, blocked_cost, arrival_rates,
            prices, works, thresholds, curve,
        )  # fmt: skip
        if last == 0 or not stuck or curve[last - 1] == INFINITE:
            break
        own = own_cost(last - 1, slots, aht, abandonment_rate, cost_rate)
        dearest = 0.0
        for k in range(prices.shape[0]):
            if prices[k] == INFINITE:
                dearest = max(dearest, curve[last - 1] + (works[k] - 1.0) * (curve[last - 1] - own))
        if dearest <= blocked_cost * ENOUGH:
            break
        blocked_cost = dearest
    endless = curve[0] == INFINITE  # nobody ever leaves
    for i in range(last + 1):
        others[i] = 0.0
        if not endless and curve[i] != INFINITE:
            own = own_cost(i, slots, aht, abandonment_rate, cost_rate)
            others[i] = max(curve[i] - own, 0.0)
    return cost


@kernel("f8(i8,f8,f8,f8,f8)", inline=True)
def own_cost(present: int, agents: float, aht: float, abandonment_rate: float, cost_rate: float) -> float:
    """Money that a contact's own wait costs that finds so many present.

    With m in line, itself included, it is served before it gives up with probability
    ``n mu / (n mu + m theta)``, so that it waits ``m / (n mu + m theta)`` on average until one of both. Where
    nobody waits or waiting is free, 0; where nobody serves nor gives up, infinite.
    """
    line = present + (1.0 - agents)
    if line <= 0.0 or cost_rate <= 0.0:
        return 0.0
    rate = line * abandonment_rate + agents / aht
    return line * cost_rate / rate if rate > 0.0 else INFINITE


@kernel("i8(f8,f8,f8,f8,f8,f8)")
def room_in_sight(
    waiting_room: float,
    agents: float,
    aht: float,
    abandonment_rate: float,
    work_rate: float,
    reach: float,
) -> int:
    """Room by which the rule is what it is by the whole room, up to `reach` waiting.

    `work_rate` is lambda, contacts of mean handle time per unit of time. What lies at the far end weighs on a
    state before it by the product of lambda / d_i over the states between, with d_i > lambda the rate at
    which i contacts leave: each term of the downward recursion of `marginal_cost_by_rates` is at most that
    much of the next, and so are the weights of the states. (Where more come than leave, it runs upwards and
    does not look there.) Here the product is at most `FAR`.
    """
    if reach >= waiting_room:
        return int(waiting_room)
    enough = INFINITE
    serving = agents / aht
    leaving = serving + reach * abandonment_rate
    if work_rate < leaving:  # the ratio falls from there on
        ratio = work_rate / leaving
        enough = reach + (np.ceil(math.log(FAR) / math.log(ratio)) if ratio > FAR else 1.0)
    if abandonment_rate > 0.0:  # or from where it is a half on
        half = np.ceil(max((2.0 * work_rate - serving) / abandonment_rate, reach))
        enough = min(enough, half + np.ceil(-math.log2(FAR)))
    return int(min(enough, waiting_room))
