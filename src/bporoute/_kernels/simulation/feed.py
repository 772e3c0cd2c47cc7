"""What the routing tables are shown of a simulated floor: who is busy and who waits, and when that was."""

from __future__ import annotations

import math

import numpy as np

from bporoute._kernels.compiling.arrays import Row, Table
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.chance import uniform
from bporoute._kernels.simulation.following import follow
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import give_back

NOISE_OF_ONE = math.sqrt(6.0)
"""Stretches the difference of two uniform numbers to a standard deviation of 1."""


@kernel("f8(Row,f8,f8)", inline=True)
def present_of(team: Row, busy: float, waiting: float) -> float:
    """Contacts present, as `bporoute.QueueState.present` counts them."""
    room = math.ceil(team[columns.AGENTS] * team[columns.SLOTS])
    return float(room + waiting if waiting > 0.0 else min(busy, room))


@kernel("void(Table,i8,f8,f8,f8,f8,Table)", inline=True)
def show_state(
    teams: Table, queue: int, busy: float, waiting: float, at: float, kept: float, queues: Table
) -> None:
    """Tell a queue's row who was busy and waiting at an instant, as a `bporoute.QueueState` does.

    `kept` are the contacts kept since.
    """
    queues[queue, routing_columns.PRESENT] = present_of(teams[queue], busy, waiting) + kept
    queues[queue, routing_columns.TOLD + routing_columns.STATE_BUSY] = busy
    queues[queue, routing_columns.TOLD + routing_columns.STATE_WAITING] = waiting
    queues[queue, routing_columns.TOLD_AT] = at
    queues[queue, routing_columns.KEPT_SINCE] = kept


@kernel("f8(Row,i8,Table)", inline=True)
def kept_so_far(team: Row, queue: int, queues: Table) -> float:
    """Contacts kept by a queue since it all began."""
    return float(team[columns.KEPT_BEFORE] + queues[queue, routing_columns.KEPT_SINCE])


@kernel("void(i8,f8,Tables,Engine)", inline=True)
def take_feed(queue: int, now: float, tables: Tables, engine: Engine) -> None:
    """Have a feed look at a queue; what it saw lies in a slot until it is told."""
    clock, marks, team = engine.clock, engine.marks, engine.teams[queue]
    key = engine.keys[engine.streams.shape[0], columns.FEED]
    seen = blurred(team[columns.WAITING], clock[columns.FEED_NOISE], key, marks[columns.FEEDS])
    marks[columns.FEEDS] += 1
    marks[columns.FREE] -= 1
    slot = engine.free[marks[columns.FREE]]
    letter = engine.contacts[slot]
    letter[columns.C_TEAM] = queue
    letter[columns.C_AT] = now
    letter[columns.C_WAIT] = seen
    letter[columns.C_HANDLE] = team[columns.BUSY]
    letter[columns.C_DUE] = kept_so_far(team, queue, tables.queues)
    follow(now + clock[columns.FEED_DELAY], slot << codes.KIND_BITS | codes.TELL_FEED, engine)
    follow(now + clock[columns.FEED_EVERY], queue << codes.KIND_BITS | codes.TAKE_FEED, engine)


@kernel("void(i8,Tables,Engine)", inline=True)
def tell_feed(slot: int, tables: Tables, engine: Engine) -> None:
    """Tell the routing tables what lies in a slot; whom they have kept since it was seen is added."""
    letter = engine.contacts[slot]
    queue, before = int(letter[columns.C_TEAM]), letter[columns.C_DUE]
    team = engine.teams[queue]
    kept = kept_so_far(team, queue, tables.queues) - before
    team[columns.KEPT_BEFORE] = before
    show_state(
        engine.teams, queue, letter[columns.C_HANDLE], letter[columns.C_WAIT], letter[columns.C_AT], kept,
        tables.queues,
    )  # fmt: skip
    give_back(slot, engine.free, engine.marks)


@kernel("f8(f8,f8,u8,i8)")
def blurred(waiting: float, noise: float, key: np.uint64, number: int) -> float:
    """How many a look sees waiting; `noise` is the relative standard deviation, `number` that of the look."""
    if noise <= 0.0:
        return waiting
    bend = uniform(key, 2 * number) - uniform(key, 2 * number + 1)
    return float(max(np.rint(waiting * (1.0 + noise * bend * NOISE_OF_ONE)), 0.0))
