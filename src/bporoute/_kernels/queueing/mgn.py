"""Waits with handle times that are not exponential, by Whitt's correction of Erlang C.

The kernel validates nothing and never raises. Any one unit of time works.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.erlang import free_weight

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

INFINITE = float("inf")


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def mgn_waits(agents: Floats, arrival_rate: Floats, aht: Floats, cv: Floats, out: Floats) -> None:
    """Fill the mean waits of M/G/n queues: inf where the load is not below `agents`.

    `agents`, `arrival_rate`, `cv` >= 0, `aht` > 0. Source: Whitt, Production and Operations Management 2
    (1993), eqs. 2.16 to 2.25 with Poisson arrivals.
    """
    for i in range(agents.shape[0]):
        n = float(agents[i])  # no NumPy number, which would warn of overflow
        load = float(arrival_rate[i]) * float(aht[i])
        spare = n - load
        out[i] = INFINITE
        if spare <= 0.0:
            continue
        out[i] = 0.0
        if load <= 0.0:
            continue
        square = cv[i] * cv[i]
        idle = spare / load  # (1 - rho) / rho
        gamma = min(0.24, idle * max(n - 1.0, 0.0) * (math.sqrt(4.0 + 5.0 * n) - 2.0) / (16.0 * n))
        phi_1 = 1.0 + gamma
        phi_3 = (1.0 - 4.0 * gamma) * math.exp(-2.0 / 3.0 * idle)
        if square <= 1.0:
            phi_4 = min(1.0, 0.5 * (phi_1 + phi_3))
            phi = (4.0 * (1.0 - square) * phi_1 + square * phi_4 ** (1.0 - square)) / (4.0 - 3.0 * square)
        else:
            phi = ((square - 1.0) * phi_3 + square + 3.0) / (2.0 + 2.0 * square)
        erlang_c = n / (n + spare * free_weight(n, load, -spare))
        out[i] = phi * 0.5 * (1.0 + square) * erlang_c * aht[i] / spare
