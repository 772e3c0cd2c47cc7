"""The compiled way into the decision: everything by address, so that a call costs three numbers.

Handing eight arrays to compiled code takes several times as long as the decision itself, and so does a lock.
So whoever routes hands over addresses of records (int64 arrays that `bporoute.routing._tables._tables` owns
and keeps), and the call itself looks whether the tables are in order: it runs to its end before any other
Python thread does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.choose import choose, note_inputs, reserve
from bporoute._kernels.routing.columns import (
    CURVES,
    FRAME,
    FRAME_WORDS,
    HEADER_AT,
    HEADER_COMMIT,
    HEADER_LINES,
    HEADER_NUMBERS,
    HEADER_OPEN,
    HEADER_ROWS,
    HEADER_USED,
    HEADER_WORDS,
    NEWS,
    PAGE_COLUMNS,
    PROFILE,
    QUEUE_COLUMNS,
    QUEUE_READY,
    ROW,
    SHARE_COLUMNS,
    SINCE,
    TABLES_READY,
    TICKET_WORDS,
    UNTIL,
    USAGE_COLUMNS,
    VALID,
    VENDOR,
    VENDOR_COLUMNS,
    WAY_BITS,
    WAY_COLUMNS,
)

if TYPE_CHECKING:
    pointer: Any = None
    carray: Any = None

REFUSED = -1


@kernel("i8(i8,f8,f8,i8)")
def call(
    ticket_at: int, now: float, luck: float, header_at: int
) -> int:  # pragma: no cover - only ever compiled
    """Decide a contact and note it on the next line of a page; -1 if tables, rule or page are not ready.

    `ticket_at` and `header_at` are the addresses of a ticket (its kind of contact) and of a page's header,
    see `bporoute._kernels.routing.columns`. Reserves if the page says so. Returned: ``line << WAY_BITS | way
    + 1``, and `NEWS` more if a price or a cap was reached, which everybody who shares the ledger should know.
    """
    ticket = carray(pointer(ticket_at), (TICKET_WORDS,), np.int64)
    frame = carray(pointer(ticket[FRAME]), (FRAME_WORDS,), np.int64)
    header = carray(pointer(header_at), (HEADER_WORDS,), np.int64)
    ways = carray(pointer(frame[0]), (frame[1], frame[2], WAY_COLUMNS), np.float64)
    vendors = carray(pointer(frame[3]), (frame[4], VENDOR_COLUMNS), np.float64)
    usage = carray(pointer(frame[5]), (frame[4], USAGE_COLUMNS), np.float64)
    queues = carray(pointer(frame[6]), (frame[7], QUEUE_COLUMNS), np.float64)
    curves = carray(pointer(frame[8]), (frame[7], CURVES, frame[9]), np.float64)
    shares = carray(pointer(frame[10]), (frame[7], frame[4], SHARE_COLUMNS), np.float64)
    lines = header[HEADER_LINES]
    page = carray(pointer(header[HEADER_NUMBERS]), (lines, header[HEADER_ROWS], PAGE_COLUMNS), np.float64)
    opened = carray(pointer(header[HEADER_OPEN]), (lines,), np.float64)
    at = carray(pointer(header[HEADER_AT]), (lines,), np.float64)

    center = vendors.shape[0] - 1
    profile = ticket[PROFILE]
    row = ticket[ROW]
    line = header[HEADER_USED]
    if (
        ticket[VALID] == 0
        or vendors[center, TABLES_READY] == 0.0
        or queues[row, QUEUE_READY] == 0.0
        or not vendors[center, SINCE] <= now < vendors[center, UNTIL]
        or line >= lines
        or page.shape[1] != ways.shape[1] + 1
    ):
        return REFUSED
    header[HEADER_USED] = line + 1
    chosen = choose(0, profile, row, now, luck, ways, vendors, usage, queues, curves, shares, page, line)
    note_inputs(profile, row, luck, ways, vendors, usage, queues, shares, page, line)
    if header[HEADER_COMMIT] != 0:
        reserve(profile, row, ways, vendors, usage, queues, shares, page, line)
        at[line] = now
        opened[line] = ways[profile, chosen, VENDOR] + 1.0 if chosen > 0 else 0.0
    found = (line << WAY_BITS) + chosen + 1
    return int(found if vendors[center, UNTIL] > now else found + NEWS)
