"""The contact at hand on a simulated floor, and the slots that contacts lie in.

The contact at hand lies in the free slot that is taken next. So it takes that slot, when it begins to wait or
goes to a vendor, without being moved; and who is called from a line is at hand once its slot is free. Nobody
keeps a slot while an agent serves it in house.
"""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row, WholeRow
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import columns
from bporoute._kernels.simulation.chance import duration
from bporoute._kernels.simulation.records import Engine

ENDLESS = float("inf")
UNKNOWN = float("nan")


@kernel("i8(WholeRow,WholeRow)", inline=True)
def at_hand(free: WholeRow, marks: WholeRow) -> int:
    """The slot of the contact at hand."""
    return int(free[marks[columns.FREE] - 1])


@kernel("void(WholeRow)", inline=True)
def take(marks: WholeRow) -> None:
    """Have the contact at hand take its slot."""
    marks[columns.FREE] -= 1


@kernel("void(i8,WholeRow,WholeRow)", inline=True)
def give_back(slot: int, free: WholeRow, marks: WholeRow) -> None:
    """Have a slot free, and who lies in it at hand."""
    free[marks[columns.FREE]] = slot
    marks[columns.FREE] += 1


@kernel("void(i8,i8,f8,Engine)", inline=True)
def welcome(slot: int, stream: int, now: float, engine: Engine) -> None:
    """Have a contact of a stream at hand, but for its number and what is written when it is decided."""
    contact = engine.contacts[slot]
    contact[columns.C_FIRST] = now
    contact[columns.C_AT] = now
    contact[columns.C_INTERVAL] = engine.marks[columns.INTERVAL]
    contact[columns.C_STREAM] = stream
    contact[columns.C_ATTEMPT] = 0.0
    contact[columns.C_HANDLE] = UNKNOWN
    contact[columns.C_FAILED] = 0.0
    contact[columns.C_PATIENCE] = UNKNOWN
    contact[columns.C_VENDOR_WAIT] = UNKNOWN
    engine.links[slot, columns.IN_LEVEL] = int(engine.streams[stream, columns.LEVEL])


@kernel("i8(Row)", inline=True)
def drawn_by(contact: Row) -> int:
    """The number that everything is drawn by for this attempt of a contact."""
    return int(contact[columns.C_NUMBER]) + int(contact[columns.C_ATTEMPT]) * columns.ATTEMPT


@kernel("f8(Row,i8,i8,Engine)", inline=True)
def handle_of(contact: Row, stream: int, by: int, engine: Engine) -> float:
    """How long a contact is handled, seconds; drawn if that is not known."""
    handle = contact[columns.C_HANDLE]
    if handle != handle:
        law, key = int(engine.streams[stream, columns.HANDLE_LAW]), engine.keys[stream, columns.HANDLE]
        return duration(engine.laws, engine.points, law, key, by)
    return float(handle)


@kernel("f8(Row,i8,i8,Engine)", inline=True)
def patience_of(contact: Row, stream: int, by: int, engine: Engine) -> float:
    """How long a contact is patient, seconds; drawn if that is not known."""
    patience = contact[columns.C_PATIENCE]
    if patience != patience:
        law, key = int(engine.streams[stream, columns.PATIENCE_LAW]), engine.keys[stream, columns.PATIENCE]
        return duration(engine.laws, engine.points, law, key, by)
    return float(patience)
