"""The agenda of a simulation: what happens next, as a heap with four children a node.

It lies in two arrays of the caller: `times` (seconds) and `events` (whole numbers, any meaning) have room for
what is pushed; the first `size` entries are the heap. Nothing is validated.
"""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row, WholeRow
from bporoute._kernels.compiling.registry import index, kernel


@kernel("i8(Row,WholeRow,i8,f8,i8)", inline=True)
def push(times: Row, events: WholeRow, size: int, at: float, event: int) -> int:
    """Add an entry; the new size."""
    place = size
    while place > 0:
        parent = (place - 1) >> 2
        if times[index(parent)] <= at:
            break
        times[index(place)] = times[index(parent)]
        events[index(place)] = events[index(parent)]
        place = parent
    times[index(place)] = at
    events[index(place)] = event
    return size + 1


@kernel("void(Row,WholeRow,i8,f8,i8)", inline=True)
def replace_first(times: Row, events: WholeRow, size: int, at: float, event: int) -> None:
    """Take the first of at least one entry away and add another."""
    gap = 0
    child = 1
    while child + 3 < size:
        # Added, not branched on: which child is the earliest no processor foresees. And the times are kept,
        # so that it need not wait for what it has read already.
        one, two = times[index(child)], times[index(child + 1)]
        three, four = times[index(child + 2)], times[index(child + 3)]
        left = child + int(two < one)
        right = child + 2 + int(four < three)
        earlier, later = min(one, two), min(three, four)
        first = left + (right - left) * int(later < earlier)
        earliest = min(earlier, later)
        if earliest >= at:
            break
        times[index(gap)] = earliest
        events[index(gap)] = events[index(first)]
        gap = first
        child = 4 * gap + 1
    else:
        if child < size:
            first = child
            for other in range(child + 1, size):
                if times[index(other)] < times[index(first)]:
                    first = other
            if times[index(first)] < at:
                times[index(gap)] = times[index(first)]
                events[index(gap)] = events[index(first)]
                gap = first
    times[index(gap)] = at
    events[index(gap)] = event


@kernel("i8(Row,WholeRow,i8)", inline=True)
def drop_first(times: Row, events: WholeRow, size: int) -> int:
    """Take the first of at least one entry away; the new size."""
    last = size - 1
    if last > 0:
        replace_first(times, events, last, times[index(last)], events[index(last)])
    return last
