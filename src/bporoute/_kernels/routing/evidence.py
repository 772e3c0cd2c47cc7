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
    KEY,
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
    NOTED_ORDER,
    NOTED_SPENDING_LIMIT,
    NOTED_USAGE,
    QUEUE,
    REASON,
    SPENDING_LIMIT,
    TIER,
    TOLD_AT,
    UP,
    USAGE_COLUMNS,
    USAGE_SHIFT,
    VENDOR,
    VENDORS,
)
from bporoute._kernels.routing.records import Tables

MOST_RANKED = 7
"""Ways whose order is noted; of more it is found when somebody asks."""


@kernel("f8(i8,Book,i8)", inline=True)
def order_of(ways: int, page: Book, line: int) -> float:
    """The ways that may take a contact, best first, as NOTED_ORDER; those that are equal as they come."""
    evidence = page[line]
    order = 0.0
    if ways <= MOST_RANKED:
        for way in range(ways):
            note = evidence[way]
            if note[REASON] != 0.0:
                continue
            digit = 1.0
            for other in range(ways):
                rival = evidence[other]
                if other == way or rival[REASON] != 0.0:
                    continue
                if (rival[TIER], rival[KEY]) < (note[TIER], note[KEY]) or (
                    other < way and rival[TIER] == note[TIER] and rival[KEY] == note[KEY]
                ):
                    digit *= 8.0
            order += (way + 1.0) * digit
    return order


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
        used = usage[vendor + int(terms[USAGE_SHIFT])]
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
    state[NOTED_ORDER] = order_of(int(in_house[VENDORS]) + 1, page, line)
    all_used = usage[len(usage) - 1]
    for column in range(ALL_SQUARES + 1):
        state[NOTED_CENTER + column] = all_used[column]
    state[NOTED_GATE] = here[GATE]
    state[NOTED_AGE] = state[AT] - here[TOLD_AT]
    state[NOTED_GATE_AGE] = state[AT] - here[MOVED_AT]
