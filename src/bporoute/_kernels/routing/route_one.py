"""The compiled way into the decision: everything by address, so that a call costs three numbers.

Handing ten arrays to compiled code takes several times as long as the decision itself, and so does a lock.
So whoever routes hands over addresses of packed records, which the tables, their profiles and their pages
keep, and the call itself looks whether the tables are in order: it runs to its end before any other Python
thread does.
"""

from __future__ import annotations

from bporoute._kernels.compiling.records import unpacked
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.choose import choose
from bporoute._kernels.routing.codes import HELD, KEPT, NEWS, REFUSED, WAY_BITS
from bporoute._kernels.routing.columns import (
    FALLS_BACK_IN,
    HEADER_COMMIT,
    HEADER_LINES,
    HEADER_USED,
    JUDGED,
    PAGE_SHIFT,
    QUEUE_READY,
    SINCE,
    TABLES_READY,
    UNTIL,
    USAGE_SHIFT,
    VENDOR,
)
from bporoute._kernels.routing.evidence import note_inputs
from bporoute._kernels.routing.records import Lines, Tables, Ticket
from bporoute._kernels.routing.reserve import reserve


@kernel("i8(i8,f8,f8,i8)")
def call(ticket_at: int, now: float, luck: float, lines_at: int) -> int:
    """Decide a contact and note it on the next line of a page; `REFUSED` if something is not ready for it.

    `ticket_at` and `lines_at` are where a `Ticket` and the `Lines` of the page are packed. Reserves if the
    page says so. Returned: ``line << WAY_BITS | way + 1``, and `NEWS` more if a price or a cap was reached,
    which everybody who shares the ledger should know.
    """
    ticket = unpacked(Ticket, ticket_at)
    page = unpacked(Lines, lines_at)
    tables = unpacked(Tables, ticket.tables_at)
    center = tables.vendors[tables.vendors.shape[0] - 1]
    line = page.header[HEADER_USED]
    not_ready = (
        center[TABLES_READY] == 0.0
        or tables.queues[ticket.row, QUEUE_READY] == 0.0
        or not now < center[UNTIL]
    )
    if (
        ticket.valid == 0
        or (not_ready and ticket.valid != HELD)
        or tables.ways[ticket.profile, 0, JUDGED] == 0.0
        or not center[SINCE] <= now
        or line >= page.header[HEADER_LINES]
        or page.evidence.shape[1] != tables.ways.shape[1] + 1
    ):
        return REFUSED
    page.header[HEADER_USED] = line + 1
    chosen = choose(0, ticket.profile, ticket.row, now, luck, tables, page.evidence, line)
    note_inputs(ticket.profile, ticket.row, luck, tables, page.evidence, line)
    if page.header[HEADER_COMMIT] != 0:
        reserve(ticket.profile, ticket.row, tables, page.evidence, line)
        page.at[line] = now
        opened = 0.0
        if chosen > 0:
            vendor = int(tables.ways[ticket.profile, chosen, VENDOR])
            opened = vendor + tables.vendors[vendor, USAGE_SHIFT] + 1.0
        elif chosen == 0 or center[FALLS_BACK_IN] != 0.0:
            opened = KEPT - ticket.row - tables.queues[ticket.row, PAGE_SHIFT]
        page.opened[line] = opened
    found = (line << WAY_BITS) + chosen + 1
    return int(found if center[UNTIL] > now else found + NEWS)
