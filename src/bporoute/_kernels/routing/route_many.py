"""Many contacts, one after another: each is decided and reserved as if it had come alone."""

from __future__ import annotations

from bporoute._kernels.compiling.records import unpacked
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.choose import choose
from bporoute._kernels.routing.codes import KEPT
from bporoute._kernels.routing.columns import (
    BELIEF,
    COST,
    FALLS_BACK_IN,
    HEADER_LINES,
    HEADER_USED,
    JUDGED,
    PAGE_SHIFT,
    QUEUE,
    QUEUE_READY,
    REASON,
    SINCE,
    UNTIL,
    USAGE_SHIFT,
    VENDOR,
    VENDORS,
    WAIT,
    WEIGHED_AT,
)
from bporoute._kernels.routing.records import Batch, Tables
from bporoute._kernels.routing.reserve import reserve

UNKNOWN = float("nan")


@kernel("i8(i8,i8,Tables,Batch)", inline=True)  # else its arrays would be counted in and out at every slice
def route_many(start: int, end: int, tables: Tables, batch: Batch) -> int:
    """Decide the contacts from `start` on; return the first that the tables are not ready for, or `end`.

    For `start` itself they must be ready. The page has a free line: every contact takes one, but the evidence
    goes to the line of its profile in `Batch.scratch`. No lines (0): nothing is reserved.
    """
    ways, vendors, queues = tables.ways, tables.vendors, tables.queues
    scratch, header = batch.scratch, batch.header
    center = vendors.shape[0] - 1
    lines = header[HEADER_LINES]
    state = scratch.shape[1] - 1
    for profile in batch.profiles:
        if profile >= 0:
            scratch[profile, :, WEIGHED_AT] = UNKNOWN
    again = 1 if batch.luck.shape[0] == 1 else 0
    for place in range(start, end):
        one = batch.like[place]
        profile = batch.profiles[one]
        if profile < 0:
            return place
        row = int(ways[profile, 0, QUEUE])
        now = batch.at[place] if batch.at.shape[0] > 1 else batch.at[0]
        if place > start and (
            queues[row, QUEUE_READY] == 0.0
            or ways[profile, 0, JUDGED] == 0.0
            or not vendors[center, SINCE] <= now < vendors[center, UNTIL]
            or (lines > 0 and header[HEADER_USED] >= lines)
        ):
            return place
        luck = batch.luck[place] if batch.luck.shape[0] > 1 else batch.luck[0]
        chosen = choose(again, profile, row, now, luck, tables, scratch, profile)

        taker = chosen
        if chosen > 0:
            taker = int(ways[profile, chosen, VENDOR]) + 1
        batch.met[one] += 1
        for way in range(int(ways[profile, 0, VENDORS]) + 1):
            reason = scratch[profile, way, REASON]
            if reason != 0.0:
                out = 0 if way == 0 else int(ways[profile, way, VENDOR]) + 1
                batch.refused[out, int(reason)] += 1
        batch.destination[place] = taker
        batch.cost[place] = scratch[profile, chosen, COST] if chosen >= 0 else UNKNOWN
        batch.expected_wait[place] = scratch[profile, chosen, WAIT] if chosen >= 0 else UNKNOWN
        batch.belief[place] = int(scratch[profile, state, BELIEF])
        if lines > 0:
            line = header[HEADER_USED]
            header[HEADER_USED] = line + 1
            reserve(profile, row, tables, scratch, profile)
            opened = 0.0
            if taker > 0:
                opened = taker + vendors[taker - 1, USAGE_SHIFT]
            elif taker == 0 or vendors[center, FALLS_BACK_IN] != 0.0:
                opened = KEPT - row - queues[row, PAGE_SHIFT]
            batch.opened[line] = opened
    return end


@kernel("i8(i8,i8,i8,i8)")
def route_many_at(start: int, end: int, tables_at: int, batch_at: int) -> int:
    """`route_many` by addresses: an array that owns its memory is counted in and out at every slice."""
    return route_many(start, end, unpacked(Tables, tables_at), unpacked(Batch, batch_at))
