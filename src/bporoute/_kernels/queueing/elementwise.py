"""The array loops of the queue kernels: one value or one row of results for each element.

All vectors are contiguous float64 of one length; `out` has that length, or a row for each element. Domains
are those of the scalar kernels; nothing is validated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.by_contacts_present import served_in_time
from bporoute._kernels.queueing.erlang import free_weight
from bporoute._kernels.queueing.exponential_patience import (
    answered_mean_wait,
    delay_probability,
    missed,
    outcomes,
)
from bporoute._kernels.queueing.inverse import agents_in_the_mean, load_for_blocking, solve

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats
    from bporoute._kernels.queueing.exponential_patience import Queue

# Columns of `outcomes_of`.
WAITS, ABANDONED, BLOCKED, VIRTUAL_LATE, SERVED_LATE, ABANDONED_LATE, MEAN_WAIT, ANSWERED = range(8)
OUTCOMES = 8
# Columns of `waits_behind`.
STAYS, WAIT_IF_STAYING, WAIT_UNTIL_GONE, WAIT_IF_ANSWERED, IN_TIME = range(5)
BEHIND = 5

INFINITE = float("inf")


@kernel("UniTuple(f8,5)(i8,f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def queue_at(i: int, agents: Floats, rate: Floats, aht: Floats, patience: Floats, room: Floats) -> Queue:
    """The queue of element i as plain numbers: interpreted, NumPy's are slower, and warn."""
    return float(agents[i]), float(rate[i]), float(aht[i]), float(patience[i]), float(room[i])


@kernel("void(f8[::1],f8[::1],f8[::1])")
def erlang_b(agents: Floats, load: Floats, out: Floats) -> None:
    """Erlang B of each pair."""
    for i in range(out.shape[0]):
        n = float(agents[i])
        a = float(load[i])
        out[i] = 1.0 / (1.0 + free_weight(n, a, a - n))


@kernel("void(f8[::1],f8[::1],f8[::1])")
def erlang_c(agents: Floats, load: Floats, out: Floats) -> None:
    """Erlang C of each pair; 1 from load = agents on."""
    for i in range(out.shape[0]):
        n = float(agents[i])
        a = float(load[i])
        out[i] = delay_probability(n, a - n, free_weight(n, a, a - n))


@kernel("void(f8[::1],f8[::1],f8[::1])")
def erlang_b_load(agents: Floats, blocking: Floats, out: Floats) -> None:
    """The load of each pair."""
    for i in range(out.shape[0]):
        out[i] = load_for_blocking(float(agents[i]), float(blocking[i]))


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def outcomes_of(
    agents: Floats, rate: Floats, aht: Floats, patience: Floats, room: Floats, within: Floats, out: Floats
) -> None:
    """The columns WAITS .. ANSWERED, see `exponential_patience.outcomes`."""
    for i in range(out.shape[0]):
        found = outcomes(queue_at(i, agents, rate, aht, patience, room), float(within[i]))
        for column in range(MEAN_WAIT + 1):
            out[i, column] = found[column]
        out[i, ANSWERED] = found[8]


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[::1])")
def asa(agents: Floats, rate: Floats, aht: Floats, patience: Floats, room: Floats, out: Floats) -> None:
    """The mean wait of the answered."""
    for i in range(out.shape[0]):
        queue = queue_at(i, agents, rate, aht, patience, room)
        out[i] = answered_mean_wait(queue, outcomes(queue, 0.0))


@kernel("void(f8[:,::1],f8[::1],i8,f8[::1])")
def missed_of(found: Floats, gone_late: Floats, counting: int, out: Floats) -> None:
    """1 - service level of each row of `outcomes_of`, see `exponential_patience.missed`."""
    for i in range(out.shape[0]):
        row = (
            float(found[i, WAITS]),
            float(found[i, ABANDONED]),
            float(found[i, BLOCKED]),
            float(found[i, VIRTUAL_LATE]),
            float(found[i, SERVED_LATE]),
            float(found[i, ABANDONED_LATE]),
            float(found[i, MEAN_WAIT]),
            0.0,
            float(found[i, ANSWERED]),
        )
        out[i] = missed(row, counting, float(gone_late[i]))


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],f8[:,::1])")
def waits_behind(
    agents: Floats, aht: Floats, patience: Floats, present: Floats, within: Floats, out: Floats
) -> None:
    """The columns STAYS .. IN_TIME for a contact that finds so many present, whole.

    With k waiting, the times until one more has left are exponential with the rates n mu + j theta,
    j = k .. 0; who is answered in the end has them with n mu + (j + 1) theta.
    """
    for i in range(out.shape[0]):
        n = float(agents[i])
        service_rate = 1.0 / float(aht[i])
        theta = 1.0 / float(patience[i])
        others = int(present[i])
        curve = np.empty(others + 1)
        served_in_time(n, service_rate, theta, float(within[i]), curve)
        leaving = n * service_rate
        virtual = 0.0
        answered = 0.0
        behind = 0.0
        while n + behind <= others:
            virtual += 1.0 / leaving if leaving > 0.0 else INFINITE
            behind += 1.0
            leaving = n * service_rate + behind * theta
            answered += 1.0 / leaving if leaving > 0.0 else INFINITE
        out[i, STAYS] = n * service_rate / leaving if leaving > 0.0 else 1.0
        out[i, WAIT_IF_STAYING] = virtual
        out[i, WAIT_UNTIL_GONE] = behind / leaving if leaving > 0.0 else virtual
        out[i, WAIT_IF_ANSWERED] = answered if n > 0.0 else math.nan
        out[i, IN_TIME] = curve[others]


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],i8,b1,f8[:,:,::1],f8[::1])")
def solutions(
    agents: Floats,
    rate: Floats,
    aht: Floats,
    patience: Floats,
    room: Floats,
    unknown: int,
    whole: bool,
    aims: Floats,
    out: Floats,
) -> None:
    """The number of agents, the rate or the wait that just meets the aims: aims[i], or aims[0] for all."""
    for i in range(out.shape[0]):
        queue = queue_at(i, agents, rate, aht, patience, room)
        out[i] = solve(unknown, whole, queue, aims[i % aims.shape[0]])


@kernel("void(f8[::1],f8[::1],f8[::1],f8[::1],f8[::1],b1,f8[:,:,::1],f8[::1])")
def agents_in_the_mean_of(
    rate: Floats,
    aht: Floats,
    patience: Floats,
    room: Floats,
    cv: Floats,
    whole: bool,
    aims: Floats,
    out: Floats,
) -> None:
    """The number of agents that meets the aims in the mean over each rate: aims[i], or aims[0] for all."""
    for i in range(out.shape[0]):
        queue = queue_at(i, rate, rate, aht, patience, room)
        out[i] = agents_in_the_mean(whole, queue, float(cv[i]), aims[i % aims.shape[0]])
