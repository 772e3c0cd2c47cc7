"""The lines of a simulated floor: who waits for which team, level by level.

A line is linked both ways through ``links``, so that whoever gives up leaves it at once. See
`bporoute._kernels.simulation.columns` for the arrays; nothing is validated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import columns as floor

if TYPE_CHECKING:
    from bporoute._kernels.compiling.registry import Floats, Integers


@kernel("void(f8[:,::1],i8,i8,i8[:,:,::1],f8[:,::1],i8[:,::1])", inline=True)
def enqueue(teams: Floats, team: int, slot: int, lines: Integers, contacts: Floats, links: Integers) -> None:
    """Put a contact into its level of a team's line: at the end, back office before what is due later."""
    level = links[slot, floor.IN_LEVEL]
    before = lines[team, level, floor.LAST]
    if level == floor.BACK_OFFICE:
        while before >= 0 and contacts[before, floor.C_DUE] > contacts[slot, floor.C_DUE]:
            before = links[before, floor.BEFORE]
    if level >= floor.CALLBACKS:
        teams[team, floor.BACKLOG] += 1.0
    else:
        teams[team, floor.WAITING] += 1.0
    behind = lines[team, level, floor.FIRST] if before < 0 else links[before, floor.BEHIND]
    links[slot, floor.BEFORE] = before
    links[slot, floor.BEHIND] = behind
    links[slot, floor.WAITS] = 1
    if before < 0:
        lines[team, level, floor.FIRST] = slot
    else:
        links[before, floor.BEHIND] = slot
    if behind < 0:
        lines[team, level, floor.LAST] = slot
    else:
        links[behind, floor.BEFORE] = slot


@kernel("void(f8[:,::1],i8,i8,i8[:,:,::1],i8[:,::1])", inline=True)
def unlink(teams: Floats, team: int, slot: int, lines: Integers, links: Integers) -> None:
    """Take a contact out of a team's line."""
    level = links[slot, floor.IN_LEVEL]
    before, behind = links[slot, floor.BEFORE], links[slot, floor.BEHIND]
    if before < 0:
        lines[team, level, floor.FIRST] = behind
    else:
        links[before, floor.BEHIND] = behind
    if behind < 0:
        lines[team, level, floor.LAST] = before
    else:
        links[behind, floor.BEFORE] = before
    links[slot, floor.WAITS] = 0
    if level >= floor.CALLBACKS:
        teams[team, floor.BACKLOG] -= 1.0
    else:
        teams[team, floor.WAITING] -= 1.0


@kernel("i8(f8[:,::1],i8,i8[:,:,::1])", inline=True)
def next_in_line(teams: Floats, team: int, lines: Integers) -> int:
    """Who is served next; -1 if nobody is waiting."""
    if teams[team, floor.WAITING] > 0.0:
        for level in range(floor.CALLBACKS):
            if lines[team, level, floor.FIRST] >= 0:
                return int(lines[team, level, floor.FIRST])
    if lines[team, floor.CALLBACKS, floor.FIRST] >= 0:
        return int(lines[team, floor.CALLBACKS, floor.FIRST])
    return int(lines[team, floor.BACK_OFFICE, floor.FIRST])
