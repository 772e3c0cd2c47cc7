"""What the teams of a simulated floor have in hand, and how fast chats get on that share their agents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import columns as floor

if TYPE_CHECKING:
    from bporoute._kernels.compiling.registry import Floats


@kernel("void(f8[:,::1],i8,f8,f8)", inline=True)
def take_up(teams: Floats, team: int, now: float, change: float) -> None:
    """Have a team so many more contacts in hand."""
    teams[team, floor.BUSY_AREA] += teams[team, floor.BUSY] * (now - teams[team, floor.SINCE])
    teams[team, floor.SINCE] = now
    teams[team, floor.BUSY] += change


@kernel("void(f8[:,::1],i8,f8)", inline=True)
def pass_own_time(teams: Floats, team: int, now: float) -> None:
    """Let the clock that a team's chats share run on; its contacts in hand have not changed since."""
    teams[team, floor.OWN_TIME] += teams[team, floor.SPEED] * (now - teams[team, floor.SINCE])


@kernel("f8(f8,f8[::1],i8)", inline=True)
def chat_speed(agents: float, aht: Floats, chats: int) -> float:
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
