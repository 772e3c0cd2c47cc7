"""What follows from an event of a simulated floor, and goes onto the agenda.

The last of it takes the place of the event itself, if that stood there: so the agenda is put in order once.
"""

from __future__ import annotations

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import columns
from bporoute._kernels.simulation.agenda import push, replace_first
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import ENDLESS


@kernel("void(f8,i8,Engine)", inline=True)
def follow(at: float, event: int, engine: Engine) -> None:
    """Have something happen later."""
    clock, marks = engine.clock, engine.marks
    if clock[columns.FOLLOWS_AT] < ENDLESS:
        before, event_before = clock[columns.FOLLOWS_AT], marks[columns.FOLLOWS]
        size = push(engine.times, engine.events, marks[columns.EVENTS], before, event_before)
        marks[columns.EVENTS] = size
    marks[columns.FOLLOWS] = event
    clock[columns.FOLLOWS_AT] = at


@kernel("void(b1,Engine)", inline=True)
def write_agenda(from_agenda: bool, engine: Engine) -> None:
    """End an event: what follows last is written, and the event is gone if it stood first on the agenda."""
    times, events, clock, marks = engine.times, engine.events, engine.clock, engine.marks
    size = marks[columns.EVENTS]
    at, event = clock[columns.FOLLOWS_AT], marks[columns.FOLLOWS]
    if from_agenda:
        if not at < ENDLESS:
            size -= 1
            at, event = times[size], events[size]
        if size > 0:
            replace_first(times, events, size, at, event)
    elif at < ENDLESS:
        size = push(times, events, size, at, event)
    clock[columns.FOLLOWS_AT] = ENDLESS
    marks[columns.EVENTS] = size
