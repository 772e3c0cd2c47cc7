"""The lines of a simulated floor: who waits for which team, level by level.

A line is linked both ways through ``links``, so that whoever gives up leaves it at once. See
`bporoute._kernels.simulation.columns` for the arrays; nothing is validated.
"""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Table, WholeBook, WholeTable
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import columns


@kernel("void(Table,i8,i8,WholeBook,Table,WholeTable)", inline=True)
def enqueue(teams: Table, team: int, slot: int, lines: WholeBook, contacts: Table, links: WholeTable) -> None:
    """Put a contact into its level of a team's line: at the end, back office before what is due later."""
    level = links[slot, columns.IN_LEVEL]
    before = lines[team, level, columns.LAST]
    if level == columns.BACK_OFFICE:
        while before >= 0 and contacts[before, columns.C_DUE] > contacts[slot, columns.C_DUE]:
            before = links[before, columns.BEFORE]
    if level >= columns.CALLBACKS:
        teams[team, columns.BACKLOG] += 1.0
    else:
        teams[team, columns.WAITING] += 1.0
    behind = lines[team, level, columns.FIRST] if before < 0 else links[before, columns.BEHIND]
    links[slot, columns.BEFORE] = before
    links[slot, columns.BEHIND] = behind
    links[slot, columns.WAITS] = 1
    if before < 0:
        lines[team, level, columns.FIRST] = slot
    else:
        links[before, columns.BEHIND] = slot
    if behind < 0:
        lines[team, level, columns.LAST] = slot
    else:
        links[behind, columns.BEFORE] = slot


@kernel("void(Table,i8,i8,WholeBook,WholeTable)", inline=True)
def unlink(teams: Table, team: int, slot: int, lines: WholeBook, links: WholeTable) -> None:
    """Take a contact out of a team's line."""
    level = links[slot, columns.IN_LEVEL]
    before, behind = links[slot, columns.BEFORE], links[slot, columns.BEHIND]
    if before < 0:
        lines[team, level, columns.FIRST] = behind
    else:
        links[before, columns.BEHIND] = behind
    if behind < 0:
        lines[team, level, columns.LAST] = before
    else:
        links[behind, columns.BEFORE] = before
    links[slot, columns.WAITS] = 0
    if level >= columns.CALLBACKS:
        teams[team, columns.BACKLOG] -= 1.0
    else:
        teams[team, columns.WAITING] -= 1.0


@kernel("i8(Table,i8,WholeBook)", inline=True)
def next_in_line(teams: Table, team: int, lines: WholeBook) -> int:
    """Who is served next; -1 if nobody is waiting."""
    if teams[team, columns.WAITING] > 0.0:
        for level in range(columns.CALLBACKS):
            if lines[team, level, columns.FIRST] >= 0:
                return int(lines[team, level, columns.FIRST])
    if lines[team, columns.CALLBACKS, columns.FIRST] >= 0:
        return int(lines[team, columns.CALLBACKS, columns.FIRST])
    return int(lines[team, columns.BACK_OFFICE, columns.FIRST])
