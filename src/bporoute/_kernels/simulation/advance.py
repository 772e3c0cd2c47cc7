"""A simulated floor: contacts arrive, are decided by the live router's kernel, wait, are served or give up.

`advance` runs the floor from event to event until a given time, or until somebody in Python has to look: the
routing tables are those of `bporoute.routing._tables._tables`, and so are prices, calendars, rules and
health. It knows no names and validates nothing; `bporoute.simulation._engine._arrays` builds the arrays.
"""

from __future__ import annotations

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.agents import pass_own_time, take_up
from bporoute._kernels.simulation.arriving import arrive, ask_to_ship, call_again
from bporoute._kernels.simulation.deciding import decide
from bporoute._kernels.simulation.feed import take_feed, tell_feed
from bporoute._kernels.simulation.following import write_agenda
from bporoute._kernels.simulation.leaving import end_at_vendor, give_up
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.serving import MOST_TAKEN, end_chat, joins, pace_chats, serve, what_is_full
from bporoute._kernels.simulation.slots import ENDLESS, UNKNOWN, at_hand


@kernel("i8(f8,Tables,Engine)", inline=True)  # else arrays would be counted in and out with every row
def advance(until: float, tables: Tables, engine: Engine) -> int:
    """Run the floor until an instant; return why it stopped (``TIME_UP``, or what somebody has to look at).

    Called again, it goes on where it stopped.
    """
    streams, clock, marks = engine.streams, engine.clock, engine.marks
    # Without notes every profile keeps a line of the page, where vendors are weighed anew when they changed.
    again = 1 if marks[columns.NOTES] == 0 and marks[columns.HASHES] == 0 else 0
    if again != 0:
        for stream in range(streams.shape[0]):
            engine.page[int(streams[stream, columns.PROFILE]), :, routing_columns.WEIGHED_AT] = UNKNOWN
    clock[columns.FOLLOWS_AT] = ENDLESS
    marks[columns.NEWS] = 0
    while marks[columns.NEWS] == 0:
        kind, subject, now, from_agenda = foremost(engine)
        if not now < until:
            return codes.TIME_UP
        status = codes.NO_ROOM if marks[columns.FREE] < MOST_TAKEN else what_is_full(engine)
        if status != codes.GOES_ON:
            return status
        stream = who_asks(kind, subject, engine)
        arrives = kind == codes.ARRIVES
        asks = stream >= 0 and not (arrives and streams[stream, columns.DUE_WITHIN] != 0.0)
        if asks:
            status = unready(int(streams[stream, columns.QUEUE]), now, tables, engine)
            if status != codes.GOES_ON:
                clock[columns.NOW] = now
                return status
        pass_time(kind, now, engine)

        team = codes.NOBODY  # who may begin with a contact
        slot = subject if kind == codes.CALL_AGAIN else at_hand(engine.free, marks)
        by = 0  # what the contact at hand is drawn by
        if arrives:
            by = arrive(slot, stream, now, engine)
        elif kind == codes.FINISH:
            take_up(engine.teams, subject, now, -1.0)
            team = subject
        elif kind == codes.GIVE_UP:
            give_up(subject, now, tables, engine)
        elif kind == codes.LEAVE_VENDOR:
            team = end_at_vendor(subject, now, tables, engine)
        elif kind == codes.CALL_AGAIN:
            by = call_again(subject, stream, now, engine)
        elif kind == codes.CHAT_END:
            team = subject if end_chat(subject, now, engine) else codes.NOBODY
        elif kind == codes.WAKE:
            team = subject
            if engine.teams[team, columns.SLOTS] > 1.0:
                pass_own_time(engine.teams, team, now)
                take_up(engine.teams, team, now, 0.0)
        elif kind == codes.TAKE_FEED:
            take_feed(subject, now, tables, engine)
        elif kind == codes.TELL_FEED:
            tell_feed(subject, tables, engine)
        else:
            by = ask_to_ship(subject, slot, stream, now, engine)

        joined = codes.NOBODY
        if asks:
            shipped = subject if kind == codes.SHIP else codes.NOBODY
            joined = decide(again, slot, stream, by, shipped, now, tables, engine)
            if shipped >= 0:
                slot = shipped
        elif arrives:
            joined = int(streams[stream, columns.QUEUE])
        begins = joined >= 0 and joins(joined, slot, stream, by, now, engine)
        if begins:
            team = joined
        if team >= 0:
            serve(team, begins, slot, stream, by, now, engine)
            if engine.teams[team, columns.SLOTS] > 1.0:
                pace_chats(team, now, engine)
        write_agenda(from_agenda, engine)
    return codes.OUTCOME


@kernel("Tuple((i8,i8,f8,b1))(Engine)", inline=True)
def foremost(engine: Engine) -> tuple[int, int, float, bool]:
    """What happens next, to whom and when, and whether it stands on the agenda.

    At the same instant the agenda comes first, then the deadlines, then who arrives.
    """
    at = engine.clock[columns.NEXT_AT]
    on_agenda = engine.marks[columns.EVENTS] > 0 and engine.times[0] <= at
    if on_agenda:
        at = engine.times[0]
    if engine.marks[columns.DEADLINES] > 0:
        due = engine.dues[0]
        if due < at or (due == at and not on_agenda):
            slot = engine.waiting[0]
            ships = engine.links[slot, columns.IN_LEVEL] == columns.BACK_OFFICE
            return codes.SHIP if ships else codes.GIVE_UP, slot, due, False
    if on_agenda:
        event = engine.events[0]
        return event & codes.KIND_MASK, event >> codes.KIND_BITS, at, True
    return codes.ARRIVES, 0, at, False


@kernel("i8(i8,i8,Engine)", inline=True)
def who_asks(kind: int, subject: int, engine: Engine) -> int:
    """The stream of the contact that an event is about to have at hand, or NOBODY."""
    if kind == codes.ARRIVES:
        stream = engine.marks[columns.NEXT_STREAM]
        if stream == codes.LISTED:
            return int(engine.listed[engine.marks[columns.LISTED_AT], columns.L_STREAM])
        return int(stream)
    if kind == codes.CALL_AGAIN or kind == codes.SHIP:
        return int(engine.contacts[subject, columns.C_STREAM])
    return codes.NOBODY


@kernel("i8(i8,f8,Tables,Engine)", inline=True)
def unready(queue: int, now: float, tables: Tables, engine: Engine) -> int:
    """What somebody has to see to before a contact of a queue can be decided, or GOES_ON."""
    center = tables.vendors[tables.vendors.shape[0] - 1]
    if (
        tables.queues[queue, routing_columns.QUEUE_READY] == 0.0
        or engine.teams[queue, columns.WAITING] >= engine.teams[queue, columns.REACH]
        or not center[routing_columns.SINCE] <= now < center[routing_columns.UNTIL]
    ):
        return codes.TABLES
    header = engine.header
    if (
        engine.marks[columns.NOTES] != 0
        and header[routing_columns.HEADER_USED] >= header[routing_columns.HEADER_LINES]
    ):
        return codes.PAGE_FULL
    return codes.GOES_ON


@kernel("void(i8,f8,Engine)", inline=True)
def pass_time(kind: int, now: float, engine: Engine) -> None:
    """Have it be so late: what happens from now on happens in the interval then."""
    edges, marks = engine.edges, engine.marks
    if kind != codes.TAKE_FEED and kind != codes.TELL_FEED:  # to look is not to happen
        engine.clock[columns.NOW] = now
    while now >= edges[marks[columns.INTERVAL] + 1] and marks[columns.INTERVAL] + 2 < edges.shape[0]:
        marks[columns.INTERVAL] += 1
