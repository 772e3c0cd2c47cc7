"""How a contact comes to a simulated floor: it arrives, calls again, or is to be shipped."""

from __future__ import annotations

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.arrivals import choose_next, next_arrival
from bporoute._kernels.simulation.deadlines import leave
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import ENDLESS, UNKNOWN, drawn_by, give_back, welcome


@kernel("i8(i8,i8,f8,Engine)", inline=True)
def arrive(slot: int, stream: int, now: float, engine: Engine) -> int:
    """Have the next contact arrive, and know who comes after it; what it is drawn by."""
    streams, listed, marks = engine.streams, engine.listed, engine.marks
    contact = engine.contacts[slot]
    welcome(slot, stream, now, engine)
    if marks[columns.NEXT_STREAM] == codes.LISTED:
        number = marks[columns.LISTED_AT]
        contact[columns.C_HANDLE] = listed[number, columns.L_HANDLE]
        contact[columns.C_PATIENCE] = listed[number, columns.L_PATIENCE]
        contact[columns.C_VENDOR_WAIT] = listed[number, columns.L_VENDOR_WAIT]
        marks[columns.LISTED_AT] = number + 1
    else:
        number = int(streams[stream, columns.CONTACTS])
        streams[stream, columns.CONTACTS] += 1.0
        key = engine.keys[stream, columns.ARRIVAL]
        streams[stream, columns.NEXT] = next_arrival(
            stream, now, key, streams, engine.edges, engine.volumes, marks[columns.EXACT]
        )
    contact[columns.C_NUMBER] = number
    choose_next(streams, listed, engine.clock, marks)
    if streams[stream, columns.DUE_WITHIN] > 0.0:  # it joins its line undecided
        contact[columns.C_DUE] = now + streams[stream, columns.DUE_WITHIN]
        contact[columns.C_COST] = UNKNOWN
    return int(number)


@kernel("i8(i8,i8,f8,Engine)", inline=True)
def call_again(slot: int, stream: int, now: float, engine: Engine) -> int:
    """Have the contact in a slot call once more; what it is drawn by."""
    contact = engine.contacts[slot]
    first, number = contact[columns.C_FIRST], contact[columns.C_NUMBER]
    attempt = contact[columns.C_ATTEMPT] + 1.0
    give_back(slot, engine.free, engine.marks)
    welcome(slot, stream, now, engine)
    contact[columns.C_FIRST] = first
    contact[columns.C_NUMBER] = number
    contact[columns.C_ATTEMPT] = attempt
    return drawn_by(contact)


@kernel("i8(i8,i8,i8,f8,Engine)", inline=True)
def ask_to_ship(shipped: int, slot: int, stream: int, now: float, engine: Engine) -> int:
    """Have back office at hand, in a slot of its own until somebody takes it; what it is drawn by."""
    marks = engine.marks
    marks[columns.DEADLINES] = leave(
        engine.dues, engine.waiting, engine.links, marks[columns.DEADLINES], shipped
    )
    welcome(slot, stream, now, engine)
    asks, waits = engine.contacts[slot], engine.contacts[shipped]
    asks[columns.C_FIRST] = waits[columns.C_FIRST]
    asks[columns.C_INTERVAL] = waits[columns.C_INTERVAL]
    asks[columns.C_NUMBER] = waits[columns.C_NUMBER]
    asks[columns.C_HANDLE] = waits[columns.C_HANDLE]
    asks[columns.C_DUE] = waits[columns.C_DUE]
    asks[columns.C_PATIENCE] = ENDLESS
    return drawn_by(asks)
