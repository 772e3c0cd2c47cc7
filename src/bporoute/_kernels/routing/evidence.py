"""What a decision was made from, noted for an auditor."""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Book
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.columns import (
    ADMISSION,
    ALL_SQUARES,
    AT,
    CREDIT,
    EXTRA,
    GATE,
    LEFT_TO_SPEND,
    MOVED_AT,
    NOTED_AGE,
    NOTED_CENTER,
    NOTED_CREDIT,
    NOTED_EXTRA,
    NOTED_GATE,
    NOTED_GATE_AGE,
    NOTED_LEFT_TO_SPEND,
    NOTED_LIVE,
    NOTED_LUCK,
    NOTED_SPENDING_LIMIT,
    NOTED_USAGE,
    QUEUE,
    SPENDING_LIMIT,
    TOLD_AT,
    UP,
    USAGE_COLUMNS,
    VENDOR,
    VENDORS,
)
from bporoute._kernels.routing.records import Tables


@kernel("void(i8,i8,f8,Tables,Book,i8)", inline=True)
def note_inputs(profile: int, row: int, luck: float, tables: Tables, page: Book, line: int) -> None:
    """Note beside a decision, before it is reserved, what it was made from: an auditor decides by it."""
    ways, vendors, usage = tables.ways, tables.vendors, tables.usage
    queues, shares = tables.queues, tables.shares
    in_house = ways[profile][0]
    here = queues[row]
    evidence = page[line]
    state = evidence[len(evidence) - 1]
    queue = int(in_house[QUEUE])
    evidence[0][NOTED_CREDIT] = shares[queue][0][CREDIT]
    for way in range(1, int(in_house[VENDORS]) + 1):
        offer = ways[profile][way]
        vendor = int(offer[VENDOR])
        terms = vendors[vendor]
        used = usage[vendor]
        note = evidence[way]
        for column in range(UP, ADMISSION + 1):
            note[NOTED_LIVE + column - UP] = terms[column]
        note[NOTED_LEFT_TO_SPEND] = terms[LEFT_TO_SPEND]
        note[NOTED_SPENDING_LIMIT] = terms[SPENDING_LIMIT]
        for column in range(USAGE_COLUMNS):
            note[NOTED_USAGE + column] = used[column]
        note[NOTED_CREDIT] = shares[queue][vendor + 1][CREDIT]
        note[NOTED_EXTRA] = offer[EXTRA]
    state[NOTED_LUCK] = luck
    all_used = usage[len(usage) - 1]
    for column in range(ALL_SQUARES + 1):
        state[NOTED_CENTER + column] = all_used[column]
    state[NOTED_GATE] = here[GATE]
    state[NOTED_AGE] = state[AT] - here[TOLD_AT]
    state[NOTED_GATE_AGE] = state[AT] - here[MOVED_AT]
