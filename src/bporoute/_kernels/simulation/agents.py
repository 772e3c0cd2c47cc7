"""What the teams of a simulated floor have in hand, and how fast chats get on that share their agents."""

from __future__ import annotations

import math

from bporoute._kernels.compiling.arrays import Row, Table
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import columns


@kernel("void(Table,i8,f8,f8)", inline=True)
def take_up(teams: Table, team: int, now: float, change: float) -> None:
    """Have a team so many more contacts in hand."""
    busy, since = teams[team, columns.BUSY], teams[team, columns.SINCE]
    teams[team, columns.BUSY_AREA] += busy * (now - since)
    beyond = busy - teams[team, columns.AGENTS] * teams[team, columns.SLOTS]
    if beyond > 0.0:  # agents whose shift has ended stay until they are done
        teams[team, columns.OVERTIME] += beyond * (now - max(since, teams[team, columns.SHIFT_SINCE]))
    teams[team, columns.SINCE] = now
    teams[team, columns.BUSY] += change


@kernel("void(Table,i8,f8)", inline=True)
def pass_own_time(teams: Table, team: int, now: float) -> None:
    """Let the clock that a team's chats share run on; its contacts in hand have not changed since."""
    teams[team, columns.OWN_TIME] += teams[team, columns.SPEED] * (now - teams[team, columns.SINCE])


@kernel("f8(f8,Row,i8)", inline=True)
def chat_speed(agents: float, aht: Row, chats: int) -> float:
    """How fast each of `chats` > 0 gets on, beside one with an agent for itself: ``d_i aht_1 / i``.

    See `bporoute._kernels.queueing.chat.ending_rate`; whoever has left the shift stays with the chats in
    hand.
    """
    slots = aht.shape[0]
    there = max(agents, math.ceil(chats / slots))
    most = int((chats - 1) // there) + 1
    with_most = chats - there * (most - 1)
    rate = with_most * most / aht[most - 1]
    if most > 1:
        rate += (there - with_most) * (most - 1) / aht[most - 2]
    return float(rate * aht[0] / chats)
