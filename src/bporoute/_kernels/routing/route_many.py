"""Many contacts, one after another: each is decided and reserved as if it had come alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.choose import choose, reserve
from bporoute._kernels.routing.columns import (
    BELIEF,
    COST,
    CURVES,
    HEADER_LINES,
    HEADER_USED,
    HEADER_WORDS,
    PAGE_COLUMNS,
    QUEUE,
    QUEUE_COLUMNS,
    QUEUE_READY,
    REASON,
    SENT_BEFORE,
    SHARE_COLUMNS,
    SINCE,
    UNTIL,
    USAGE_COLUMNS,
    VENDOR,
    VENDOR_COLUMNS,
    VENDORS,
    WAIT,
    WAY_COLUMNS,
    WEIGHED_AT,
)

if TYPE_CHECKING:
    from bporoute._kernels.compiling.registry import Floats, Integers

    pointer: Any = None  # given by the compiler
    carray: Any = None

# The record of a batch: the addresses of what `route_many` takes from `kinds` on, in that order, then how
# many contacts, times, lucks, kinds, profiles, ways, vendors, queues and states there are.
ARRAYS = 20
RECORD_WORDS = 29
REASONS = 32
"""More than there are codes of reasons."""
UNKNOWN = float("nan")


@kernel(
    "i8(i8,i8,i4[::1],f8[::1],f8[::1],i8[::1],f8[:,:,::1],f8[:,::1],f8[:,::1],f8[:,::1],f8[:,:,::1],f8[:,:,::1],"
    "f8[:,:,::1],i8[::1],f8[::1],i4[::1],f8[::1],f8[::1],i1[::1],i4[::1],i8[::1],i8[:,::1])",
    inline=True,  # else its arrays would be counted in and out at every slice
)
def route_many(
    start: int,
    end: int,
    kinds: Any,
    at: Floats,
    luck: Floats,
    profiles: Integers,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    curves: Floats,
    shares: Floats,
    scratch: Floats,
    header: Integers,
    opened: Floats,
    destination: Any,
    cost: Floats,
    expected_wait: Floats,
    belief: Any,
    sent_before: Any,
    met: Integers,
    refused: Integers,
) -> int:
    """Decide the contacts from `start` on; return the first that the tables are not ready for, or `end`.

    For `start` itself they must be ready. `kinds` numbers each contact's kind, `profiles` says which profile
    that is (-1: not known yet); `at` (epoch seconds) and `luck` hold a number for each contact, or one for
    all. `header` and `opened` are those of a page with a free line: every contact takes one, but the evidence
    goes to the line of its profile in `scratch`. No lines (0): nothing is reserved.

    Filled for each contact: destination (-1 nobody, 0 in-house, vendor + 1), what that costs, the mean wait
    there, how far the state was believed, what the vendor had been sent in its period before. Raised: `met`,
    contacts by kind, and ``refused[destination, reason]``.
    """
    center = vendors.shape[0] - 1
    lines = header[HEADER_LINES]
    state = scratch.shape[1] - 1
    for profile in profiles:
        if profile >= 0:
            scratch[profile, :, WEIGHED_AT] = UNKNOWN
    again = 1 if luck.shape[0] == 1 else 0
    for place in range(start, end):
        profile = profiles[kinds[place]]
        if profile < 0:
            return place
        row = int(ways[profile, 0, QUEUE])
        now = at[place] if at.shape[0] > 1 else at[0]
        if place > start and (
            queues[row, QUEUE_READY] == 0.0
            or not vendors[center, SINCE] <= now < vendors[center, UNTIL]
            or (lines > 0 and header[HEADER_USED] >= lines)
        ):
            return place
        lucky = luck[place] if luck.shape[0] > 1 else luck[0]
        chosen = choose(
            again, profile, row, now, lucky, ways, vendors, usage, queues, curves, shares, scratch, profile
        )

        taker = chosen
        if chosen > 0:
            taker = int(ways[profile, chosen, VENDOR]) + 1
        met[kinds[place]] += 1
        for way in range(int(ways[profile, 0, VENDORS]) + 1):
            reason = scratch[profile, way, REASON]
            if reason != 0.0:
                out = 0 if way == 0 else int(ways[profile, way, VENDOR]) + 1
                refused[out, int(reason)] += 1
        destination[place] = taker
        cost[place] = scratch[profile, chosen, COST] if chosen >= 0 else UNKNOWN
        expected_wait[place] = scratch[profile, chosen, WAIT] if chosen >= 0 else UNKNOWN
        belief[place] = int(scratch[profile, state, BELIEF])
        if lines > 0:
            line = header[HEADER_USED]
            header[HEADER_USED] = line + 1
            reserve(profile, row, ways, vendors, usage, queues, shares, scratch, profile)
            opened[line] = float(taker) if taker > 0 else 0.0
            sent_before[place] = int(scratch[profile, state, SENT_BEFORE])
    return end


@kernel("i8(i8,i8,i8)")
def route_many_at(start: int, end: int, record_at: int) -> int:  # pragma: no cover - only ever compiled
    """`route_many` by addresses: an array that owns its memory is counted in and out at every slice."""
    record = carray(pointer(record_at), (RECORD_WORDS,), np.int64)
    contacts, times, lucks, kinds = record[20], record[21], record[22], record[23]
    profiles, ways, vendors, queues, states = record[24], record[25], record[26], record[27], record[28]
    header = carray(pointer(record[11]), (HEADER_WORDS,), np.int64)
    return route_many(
        start,
        end,
        carray(pointer(record[0]), (contacts,), np.int32),
        carray(pointer(record[1]), (times,), np.float64),
        carray(pointer(record[2]), (lucks,), np.float64),
        carray(pointer(record[3]), (kinds,), np.int64),
        carray(pointer(record[4]), (profiles, ways, WAY_COLUMNS), np.float64),
        carray(pointer(record[5]), (vendors, VENDOR_COLUMNS), np.float64),
        carray(pointer(record[6]), (vendors, USAGE_COLUMNS), np.float64),
        carray(pointer(record[7]), (queues, QUEUE_COLUMNS), np.float64),
        carray(pointer(record[8]), (queues, CURVES, states), np.float64),
        carray(pointer(record[9]), (queues, vendors, SHARE_COLUMNS), np.float64),
        carray(pointer(record[10]), (profiles, ways + 1, PAGE_COLUMNS), np.float64),
        header,
        carray(pointer(record[12]), (header[HEADER_LINES],), np.float64),
        carray(pointer(record[13]), (contacts,), np.int32),
        carray(pointer(record[14]), (contacts,), np.float64),
        carray(pointer(record[15]), (contacts,), np.float64),
        carray(pointer(record[16]), (contacts,), np.int8),
        carray(pointer(record[17]), (contacts,), np.int32),
        carray(pointer(record[18]), (kinds,), np.int64),
        carray(pointer(record[19]), (vendors, REASONS), np.int64),
    )
