"""What the routing tables are shown of a simulated floor: who is busy and who waits, and when that was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import TABLE, kernel
from bporoute._kernels.routing import columns as codes
from bporoute._kernels.simulation import columns as floor
from bporoute._kernels.simulation.chance import uniform

if TYPE_CHECKING:
    from bporoute._kernels.compiling.registry import Floats

NOISE_OF_ONE = math.sqrt(6.0)
"""Stretches the difference of two uniform numbers to a standard deviation of 1."""


@kernel(f"void({TABLE},i8,f8,f8,f8,{TABLE})", inline=True)
def show_state(teams: Floats, queue: int, busy: float, waiting: float, at: float, queues: Floats) -> None:
    """Tell a queue's row who was busy and waiting at an instant, as a `bporoute.QueueState` does."""
    room = math.ceil(teams[queue, floor.AGENTS] * teams[queue, floor.SLOTS])
    queues[queue, codes.PRESENT] = room + waiting if waiting > 0.0 else min(busy, room)
    queues[queue, codes.TOLD + codes.STATE_BUSY] = busy
    queues[queue, codes.TOLD + codes.STATE_WAITING] = waiting
    queues[queue, codes.TOLD_AT] = at
    queues[queue, codes.KEPT_SINCE] = 0.0


@kernel("f8(f8,f8,u8,i8)")
def blurred(waiting: float, noise: float, key: np.uint64, number: int) -> float:
    """How many a look sees waiting; `noise` is the relative standard deviation, `number` that of the look."""
    if noise <= 0.0:
        return waiting
    bend = uniform(key, 2 * number) - uniform(key, 2 * number + 1)
    return float(max(np.rint(waiting * (1.0 + noise * bend * NOISE_OF_ONE)), 0.0))
