"""Agents that handle several chats at once: a birth-death process, and the waits when every slot is taken.

n agents have c slots each. Chats go to an agent with the fewest, and stay evenly spread: of i chats in
service, with ``k = ceil(i / n)`` and ``f = i - n (k - 1)``, f agents have k and the others k - 1. A chat of
an agent with k has the service rate mu_k, so that chats end at the rate

    d_i = (n - f) (k - 1) mu_(k-1) + f k mu_k.

Once all n c slots are taken the rate is constant, and waiting is that of any queue with that rate.

The kernels validate nothing and never raise. Any one unit of time works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing import general_patience as offered_wait
from bporoute._kernels.queueing.by_contacts_present import served_in_time
from bporoute._kernels.queueing.general_patience import waits

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

# Columns of the results: shares of the offered chats, but waits of the accepted.
WAIT = offered_wait.WAIT
ABANDONED = offered_wait.ABANDONED
MEAN_WAIT = offered_wait.MEAN_WAIT
ANSWERED_WAIT = offered_wait.ANSWERED_WAIT
BLOCKED = 4
SLOTS_BUSY = 5  # mean number
SERVED_WITHIN = offered_wait.SERVED_WITHIN
AGENTS_BUSY = 7  # mean number with at least one chat
COLUMNS = 8
WAIT_COLUMNS = offered_wait.COLUMNS

INFINITE = float("inf")


@kernel("f8(f8,f8[::1],i8)")
def ending_rate(agents: float, aht: Floats, chats: int) -> float:
    """The rate d_i at which `chats` > 0 in service end; ``aht[k - 1]``: with k - 1 others."""
    most = int((chats - 1) // agents) + 1
    with_most = chats - agents * (most - 1)
    rate = with_most * most / aht[most - 1]
    if most > 1:
        rate += (agents - with_most) * (most - 1) / aht[most - 2]
    return float(rate)


@kernel("void(f8,f8[::1],i8,f8[::1],f8,f8,f8,f8[::1])")
def chat(
    agents: float,
    aht: Floats,
    kind: int,
    parameters: Floats,
    arrival_rate: float,
    waiting_room: float,
    within: float,
    out: Floats,
) -> None:
    """Fill one queue's row of results; the columns are named above.

    `agents` a whole number >= 1, one `aht` > 0 for each slot, patience as in `queueing.patience`, but
    exponential where `waiting_room` (whole) is finite. Time grows with the slots, and with a finite room.

    One pass upwards: given at most i chats, state i has the probability
    ``q_i = lambda q_(i-1) / (lambda q_(i-1) + d_i)``, and the mean of any f is
    ``f_i = (1 - q_i) f_(i-1) + q_i f(i)``: positive terms that never overflow. With j waiting a new chat is
    served with probability ``s / (s + (j + 1) theta)``, s the rate of all slots, and waits
    ``(j + 1) / (s + (j + 1) theta)`` on average; if it is served,
    ``1 / (s + theta) + .. + 1 / (s + (j + 1) theta)``.
    """
    slots = int(agents) * aht.shape[0]
    serving = agents * aht.shape[0] / aht[aht.shape[0] - 1]
    last = 1.0  # q_i
    slots_busy = 0.0
    agents_busy = 0.0
    for i in range(1, slots):
        ends = ending_rate(agents, aht, i)
        others = ends / (arrival_rate * last + ends)
        last = arrival_rate * last / (arrival_rate * last + ends)
        slots_busy = others * slots_busy + last * i
        agents_busy = others * agents_busy + last * min(float(i), agents)
    out[:] = 0.0

    if waiting_room == INFINITE:
        row = np.empty(WAIT_COLUMNS)
        waits(kind, parameters, 1.0 / last if last > 0.0 else INFINITE, arrival_rate, serving, within, row)
        for column in (WAIT, ABANDONED, MEAN_WAIT, ANSWERED_WAIT, SERVED_WITHIN):
            out[column] = row[column]
        out[SLOTS_BUSY] = (1.0 - row[WAIT]) * slots_busy + row[WAIT] * slots
        out[AGENTS_BUSY] = (1.0 - row[WAIT]) * agents_busy + row[WAIT] * agents
        return

    giving_up = 1.0 / parameters[0]
    room = int(waiting_room)
    in_time = np.empty(room + 1)
    served_in_time(1.0, serving, giving_up, within, in_time)
    # Means over the chats that are accepted: they find at most slots + room - 1 others.
    waiting = 0.0
    wait = 0.0
    answered = 1.0
    answered_wait = 0.0
    served = 1.0
    wait_if_answered = 0.0
    for j in range(room + 1):
        ends = serving + j * giving_up
        others = ends / (arrival_rate * last + ends)
        last = arrival_rate * last / (arrival_rate * last + ends)
        slots_busy = others * slots_busy + last * slots
        agents_busy = others * agents_busy + last * agents
        if j < room:
            leaving = serving + (j + 1) * giving_up
            wait_if_answered += 1.0 / leaving
            waiting = others * waiting + last
            wait = others * wait + last * (j + 1) / leaving
            answered = others * answered + last * serving / leaving
            answered_wait = others * answered_wait + last * serving / leaving * wait_if_answered
            served = others * served + last * in_time[j + 1]
    accepted = 1.0 - last
    out[WAIT] = accepted * waiting
    out[ABANDONED] = accepted * giving_up * wait
    out[MEAN_WAIT] = wait
    out[ANSWERED_WAIT] = answered_wait / answered
    out[BLOCKED] = last
    out[SERVED_WITHIN] = accepted * served
    out[SLOTS_BUSY] = slots_busy
    out[AGENTS_BUSY] = agents_busy


@kernel("void(f8[::1],i8,f8[::1],f8,f8[::1],f8[::1],f8[::1],f8[:,::1])")
def chat_each(
    aht: Floats,
    kind: int,
    parameters: Floats,
    waiting_room: float,
    agents: Floats,
    arrival_rate: Floats,
    within: Floats,
    out: Floats,
) -> None:
    """`chat` of each queue, all with the same handle times, patience and room; `out` has a row for each."""
    for i in range(agents.shape[0]):
        rate = float(arrival_rate[i])  # no NumPy number, which would warn of overflow
        chat(float(agents[i]), aht, kind, parameters, rate, waiting_room, within[i], out[i])
