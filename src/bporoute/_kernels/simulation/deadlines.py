"""Until when the contacts of a simulated floor wait: a heap that each of them can leave at any moment.

Two arrays of the caller, `dues` (seconds) and `waiting` (slots), have room for all contacts; the first `size`
entries are the heap. Where a contact stands in it is kept in ``links[slot, HEAP_PLACE]``, which is -1 for one
that has no deadline. Nothing is validated.
"""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row, WholeRow, WholeTable
from bporoute._kernels.compiling.registry import index, kernel
from bporoute._kernels.simulation.columns import HEAP_PLACE


@kernel("void(Row,WholeRow,WholeTable,i8,f8,i8)", inline=True)
def _climb(dues: Row, waiting: WholeRow, links: WholeTable, place: int, due: float, slot: int) -> None:
    """Put a contact into the gap at `place` or above it."""
    while place > 0:
        parent = (place - 1) >> 1
        if dues[index(parent)] <= due:
            break
        dues[index(place)] = dues[index(parent)]
        waiting[index(place)] = waiting[index(parent)]
        links[index(waiting[index(place)]), HEAP_PLACE] = place
        place = parent
    dues[index(place)] = due
    waiting[index(place)] = slot
    links[index(slot), HEAP_PLACE] = place


@kernel("i8(Row,WholeRow,WholeTable,i8,f8,i8)", inline=True)
def enter(dues: Row, waiting: WholeRow, links: WholeTable, size: int, due: float, slot: int) -> int:
    """Have a contact wait until `due`; the new size."""
    _climb(dues, waiting, links, size, due, slot)
    return size + 1


@kernel("i8(Row,WholeRow,WholeTable,i8,i8)", inline=True)
def leave(dues: Row, waiting: WholeRow, links: WholeTable, size: int, slot: int) -> int:
    """Take away a contact that has a deadline; the new size."""
    last = size - 1
    gap = links[index(slot), HEAP_PLACE]
    links[index(slot), HEAP_PLACE] = -1
    if gap == last:
        return last
    due, moved = dues[index(last)], waiting[index(last)]
    while 2 * gap + 1 < last:
        child = 2 * gap + 1
        earliest = dues[index(child)]
        if child + 1 < last:
            other = dues[index(child + 1)]
            child += int(other < earliest)
            earliest = min(earliest, other)
        if earliest >= due:
            break
        dues[index(gap)] = earliest
        waiting[index(gap)] = waiting[index(child)]
        links[index(waiting[index(gap)]), HEAP_PLACE] = gap
        gap = child
    _climb(dues, waiting, links, gap, due, moved)
    return last
