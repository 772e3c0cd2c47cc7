"""How contacts leave a simulated floor: they lose patience, or a vendor is done with them."""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.agents import take_up
from bporoute._kernels.simulation.chance import duration, uniform
from bporoute._kernels.simulation.counting import bill, count_abandoned, write_path
from bporoute._kernels.simulation.deadlines import leave
from bporoute._kernels.simulation.following import follow
from bporoute._kernels.simulation.lines import unlink
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import ENDLESS, drawn_by, give_back


@kernel("void(i8,f8,Tables,Engine)", inline=True)
def give_up(slot: int, now: float, tables: Tables, engine: Engine) -> None:
    """Have a contact give up that waits in a line."""
    marks, caller, in_house = engine.marks, engine.contacts[slot], engine.aims.shape[0]
    team = int(caller[columns.C_TEAM])
    unlink(engine.teams, team, slot, engine.lines, engine.links)
    marks[columns.DEADLINES] = leave(
        engine.dues, engine.waiting, engine.links, marks[columns.DEADLINES], slot
    )
    wait = now - caller[columns.C_AT]
    if team >= in_house:
        leave_vendor(team - in_house, caller, True, wait, now, tables, engine)
    queue = int(engine.streams[int(caller[columns.C_STREAM]), columns.QUEUE])
    by_end = marks[columns.BY_END] != 0
    interval = marks[columns.INTERVAL] if by_end else int(caller[columns.C_INTERVAL])
    count_abandoned(engine.tally[interval, queue], engine.aims[queue], wait)
    engine.tally[interval, queue, columns.DELAYED] += 1.0
    if marks[columns.WRITES_PATHS] != 0:
        sent_to = 0.0 if team < in_house else team - in_house + 1.0
        write_path(engine.paths, marks, caller, sent_to, wait, codes.WAS_ABANDONED, 0.0, now)
    go(slot, True, now, engine)


@kernel("i8(i8,f8,Tables,Engine)", inline=True)
def end_at_vendor(slot: int, now: float, tables: Tables, engine: Engine) -> int:
    """Have a contact end at a vendor; the vendor's team if that has a line, which may go on, or NOBODY."""
    teams, gone = engine.teams, engine.contacts[slot]
    team = int(gone[columns.C_TEAM])
    vendor = team - engine.aims.shape[0]
    gave_up = gone[columns.C_ABANDONS] != 0.0
    wait = gone[columns.C_WAIT]
    leave_vendor(vendor, gone, gave_up, wait, now, tables, engine)
    if engine.marks[columns.WRITES_PATHS] != 0:
        ended_as = codes.WAS_ABANDONED if gave_up else codes.WAS_ANSWERED
        handled = 0.0 if gave_up else gone[columns.C_HANDLE]
        write_path(engine.paths, engine.marks, gone, vendor + 1.0, wait, ended_as, handled, now)
    has_line = teams[team, columns.FINITE] != 0.0
    if has_line:
        take_up(teams, team, now, -1.0)
    go(slot, gave_up, now, engine)
    return team if has_line else codes.NOBODY


@kernel("void(i8,Row,b1,f8,f8,Tables,Engine)", inline=True)
def leave_vendor(
    vendor: int, contact: Row, gave_up: bool, wait: float, now: float, tables: Tables, engine: Engine
) -> None:
    """Count that a contact is not at a vendor any more, which somebody has to see of one on probation."""
    usage, team = tables.usage, engine.teams[engine.aims.shape[0] + vendor]
    usage[vendor, routing_columns.IN_FLIGHT] = max(usage[vendor, routing_columns.IN_FLIGHT] - 1.0, 0.0)
    handled = 0.0 if gave_up else contact[columns.C_HANDLE]
    stream = int(contact[columns.C_STREAM])
    profile = int(engine.streams[stream, columns.PROFILE])
    windows, fits = engine.windows[vendor, profile], engine.fits[vendor, stream]
    factor, sent = contact[columns.C_FACTOR], now - wait - handled
    bill(
        engine.outcomes[vendor], engine.measures[vendor], fits, windows, team, gave_up, wait, handled,
        factor, sent,
    )  # fmt: skip
    health = tables.vendors[vendor]
    health[routing_columns.LEFT_TO_SPEND] -= 1.0  # what it took is counted at the next look
    if engine.marks[columns.WATCHES_HEALTH] != 0 and (
        health[routing_columns.ADMITTED] < 1.0 or health[routing_columns.PROBE] != 0.0
    ):
        engine.marks[columns.NEWS] = 1
        engine.marks[columns.OUTCOME_VENDOR] = vendor
        engine.clock[columns.OUTCOME_SENT] = contact[columns.C_AT]


@kernel("void(i8,b1,f8,Engine)", inline=True)
def go(slot: int, gave_up: bool, now: float, engine: Engine) -> None:
    """Have a contact leave its slot, unless it gave up and is going to call again."""
    gone = engine.contacts[slot]
    stream = int(gone[columns.C_STREAM])
    redials = engine.streams[stream, columns.REDIAL] if gave_up else 0.0
    if redials > 0.0:
        by = drawn_by(gone)
        if uniform(engine.keys[stream, columns.REDIALS], by) < redials:
            law = int(engine.streams[stream, columns.REDIAL_LAW])
            key = engine.keys[stream, columns.REDIAL_AFTER]
            pause = duration(engine.laws, engine.points, law, key, by)
            if pause < ENDLESS:
                follow(now + pause, slot << codes.KIND_BITS | codes.CALL_AGAIN, engine)
                return
    give_back(slot, engine.free, engine.marks)
