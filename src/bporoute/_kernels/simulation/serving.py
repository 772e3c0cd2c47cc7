"""Waiting and service on a simulated floor: who joins a line, who is served, and how chats get on.

Agents take the lowest level of their line that is not empty, first come first served, back office by due
time; whoever leaves a shift finishes what is in hand.
"""

from __future__ import annotations

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.agenda import drop_first, push
from bporoute._kernels.simulation.agents import chat_speed, pass_own_time, take_up
from bporoute._kernels.simulation.counting import count_answered, write_path
from bporoute._kernels.simulation.deadlines import enter, leave
from bporoute._kernels.simulation.following import follow
from bporoute._kernels.simulation.lines import enqueue, next_in_line, unlink
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import (
    ENDLESS,
    UNKNOWN,
    drawn_by,
    give_back,
    handle_of,
    patience_of,
    take,
)

MOST_PUSHED = 6
"""Entries that one event adds to the agenda at most, a line served at once left aside."""
MOST_TAKEN = 4
"""Slots that one event takes, and paths that it writes, at most."""


@kernel("i8(Engine)", inline=True)
def what_is_full(engine: Engine) -> int:
    """What has no room for one more event, the agenda or the paths: why to stop, or GOES_ON."""
    marks = engine.marks
    if marks[columns.EVENTS] + MOST_PUSHED > engine.times.shape[0]:
        return codes.NO_ROOM
    if marks[columns.WRITES_PATHS] != 0 and marks[columns.PATHS] + MOST_TAKEN > engine.paths.shape[0]:
        return codes.PATHS_FULL
    return codes.GOES_ON


@kernel("b1(i8,i8,i8,i8,f8,Engine)", inline=True)
def joins(team: int, slot: int, stream: int, by: int, now: float, engine: Engine) -> bool:
    """Whether the contact at hand is served at once by a team that it goes to; else it waits there."""
    marks, links, mine = engine.marks, engine.links, engine.teams[team]
    contact, level = engine.contacts[slot], links[slot, columns.IN_LEVEL]
    if (
        mine[columns.BUSY] < mine[columns.AGENTS] * mine[columns.SLOTS]
        and mine[columns.WAITING] == 0.0
        and (level < columns.CALLBACKS or mine[columns.BACKLOG] == 0.0)
    ):
        return True
    deadline = ENDLESS
    if level < columns.BACK_OFFICE:
        deadline = now + patience_of(contact, stream, by, engine)
    elif team < engine.aims.shape[0]:
        deadline = contact[columns.C_DUE] - engine.streams[stream, columns.SHIP_BEFORE]
    contact[columns.C_TEAM] = team
    take(marks)
    enqueue(engine.teams, team, slot, engine.lines, engine.contacts, links)
    links[slot, columns.HEAP_PLACE] = -1
    if deadline < ENDLESS:
        size = enter(engine.dues, engine.waiting, links, marks[columns.DEADLINES], deadline, slot)
        marks[columns.DEADLINES] = size
    return False


@kernel("void(i8,b1,i8,i8,i8,f8,Engine)", inline=True)
def serve(team: int, begins: bool, slot: int, stream: int, by: int, now: float, engine: Engine) -> None:
    """Have a team begin with the contact at hand, or with those in its line while agents are free."""
    mine, marks, links = engine.teams[team], engine.marks, engine.links
    goes_on = True
    while goes_on:
        if not begins:
            if not mine[columns.BUSY] < mine[columns.AGENTS] * mine[columns.SLOTS]:
                break
            slot = next_in_line(engine.teams, team, engine.lines)
            if slot < 0:
                break
            if what_is_full(engine) != codes.GOES_ON:
                # The rest of the line as soon as there is room again, at the same instant.
                event = team << codes.KIND_BITS | codes.WAKE
                marks[columns.EVENTS] = push(engine.times, engine.events, marks[columns.EVENTS], now, event)
                break
            unlink(engine.teams, team, slot, engine.lines, links)
            if links[slot, columns.HEAP_PLACE] >= 0:
                marks[columns.DEADLINES] = leave(
                    engine.dues, engine.waiting, links, marks[columns.DEADLINES], slot
                )
            give_back(slot, engine.free, marks)
            stream, by = int(engine.contacts[slot, columns.C_STREAM]), drawn_by(engine.contacts[slot])
        begin(team, slot, stream, by, now, engine)
        goes_on = not begins


@kernel("void(i8,i8,i8,i8,f8,Engine)", inline=True)
def begin(team: int, slot: int, stream: int, by: int, now: float, engine: Engine) -> None:
    """Have a team begin with the contact at hand."""
    teams, marks = engine.teams, engine.marks
    contact = engine.contacts[slot]
    queue = int(engine.streams[stream, columns.QUEUE])
    level = engine.links[slot, columns.IN_LEVEL]
    handle = handle_of(contact, stream, by, engine)
    chats_share = teams[team, columns.SLOTS] > 1.0
    if chats_share:
        pass_own_time(teams, team, now)
    take_up(teams, team, now, 1.0)
    wait = now - contact[columns.C_AT]
    ends = now + handle
    by_end = marks[columns.BY_END] != 0
    counted = engine.tally[marks[columns.INTERVAL] if by_end else int(contact[columns.C_INTERVAL]), queue]
    out = team >= engine.aims.shape[0]
    if level < columns.CALLBACKS:
        count_answered(counted, engine.aims[queue], out, wait)
        if wait > 0.0:
            counted[columns.DELAYED] += 1.0
    elif level == columns.BACK_OFFICE and not out:
        counted[columns.WORKED_OFF] += 1.0
        counted[columns.WORKED_LATE] += 1.0 if ends > contact[columns.C_DUE] else 0.0
    if out:
        counted[columns.HANDLED_OUT] += handle
        contact[columns.C_TEAM] = team
        contact[columns.C_HANDLE] = handle
        contact[columns.C_WAIT] = wait
        contact[columns.C_ABANDONS] = 0.0
        take(marks)
        engine.links[slot, columns.WAITS] = 0
        event = slot << codes.KIND_BITS | codes.LEAVE_VENDOR
    else:
        counted[columns.HANDLED] += handle
        event = team << codes.KIND_BITS | codes.FINISH
        if marks[columns.WRITES_PATHS] != 0:
            ended = UNKNOWN if chats_share else ends
            write_path(engine.paths, marks, contact, 0.0, wait, codes.WAS_ANSWERED, handle, ended)
    if chats_share:
        ends_at = teams[team, columns.OWN_TIME] + handle
        chats = int(teams[team, columns.CHATS])
        teams[team, columns.CHATS] = push(engine.chat_times[team], engine.chat_events, chats, ends_at, 0)
    else:
        follow(ends, event, engine)


@kernel("b1(i8,f8,Engine)", inline=True)
def end_chat(team: int, now: float, engine: Engine) -> bool:
    """Have the next chat of a team end, unless that is put off since."""
    teams = engine.teams
    if teams[team, columns.CHAT_ENDS] != now:
        return False
    pass_own_time(teams, team, now)
    take_up(teams, team, now, -1.0)
    chats = int(teams[team, columns.CHATS])
    teams[team, columns.CHATS] = drop_first(engine.chat_times[team], engine.chat_events, chats)
    return True


@kernel("void(i8,f8,Engine)", inline=True)
def pace_chats(team: int, now: float, engine: Engine) -> None:
    """Have the chats of a team get on as fast as its agents allow from now on."""
    mine = engine.teams[team]
    chats = int(mine[columns.BUSY])
    mine[columns.CHAT_ENDS] = ENDLESS
    mine[columns.SPEED] = 0.0
    if chats > 0:
        slots = int(mine[columns.SLOTS])
        speed = chat_speed(mine[columns.AGENTS], engine.chat_aht[team, :slots], chats)
        left = max(engine.chat_times[team, 0] - mine[columns.OWN_TIME], 0.0)
        ends = now + left / speed
        mine[columns.SPEED] = speed
        mine[columns.CHAT_ENDS] = ends
        follow(ends, team << codes.KIND_BITS | codes.CHAT_END, engine)
