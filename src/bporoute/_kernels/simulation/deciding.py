"""Where the contact at hand goes on a simulated floor: decided by the live router's kernel, then done."""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import codes as routing_codes
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.routing.choose import choose
from bporoute._kernels.routing.eligibility import refusal_in_house
from bporoute._kernels.routing.evidence import note_inputs
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.routing.reserve import count_routed, reserve
from bporoute._kernels.routing.work import work_of
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.chance import standard_exponential, uniform
from bporoute._kernels.simulation.counting import (
    bill_failed,
    count_abandoned,
    count_answered,
    count_sent,
    next_best,
    note_overflow,
    write_path,
)
from bporoute._kernels.simulation.feed import present_of, show_state
from bporoute._kernels.simulation.following import follow
from bporoute._kernels.simulation.lines import unlink
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import (
    ENDLESS,
    UNKNOWN,
    give_back,
    handle_of,
    patience_of,
    take,
)

WAYS = 1 << 16
"""More than a contact has ways: each fails by a number of its own."""


@kernel("i8(i8,i8,i8,i8,i8,f8,Tables,Engine)", inline=True)
def decide(
    again: int, slot: int, stream: int, by: int, shipped: int, now: float, tables: Tables, engine: Engine
) -> int:
    """Decide the contact at hand and have it go there: the team whose line it joins, or NOBODY.

    `shipped` is the slot of back office that asks where it waits, else NOBODY; `again` as in `choose`.
    """
    marks = engine.marks
    contact = engine.contacts[slot]
    profile, queue = int(engine.streams[stream, columns.PROFILE]), int(engine.streams[stream, columns.QUEUE])
    counted = engine.tally[int(contact[columns.C_INTERVAL]), queue]
    marks[columns.DECIDED] += 1
    line = profile
    if again != 0 and _may_only_stay(profile, queue, tables, engine):
        way = _stay(contact, profile, queue, tables, engine)
        degraded = False
    else:
        if engine.clock[columns.FEED_EVERY] == 0.0:
            team = engine.teams[queue]
            show_state(
                engine.teams, queue, team[columns.BUSY], team[columns.WAITING], now, 0.0, tables.queues
            )
        luck = _luck(contact, stream, by, engine)
        if marks[columns.NOTES] != 0:
            line = engine.header[routing_columns.HEADER_USED]
            engine.header[routing_columns.HEADER_USED] = line + 1
            engine.noted[line] = int(contact[columns.C_NUMBER]) << codes.STREAM_BITS | stream
        way = _choose(contact, again, profile, queue, now, luck, line, tables, engine)
        degraded = engine.page[line, engine.page.shape[1] - 1, routing_columns.BELIEF] != 0.0
    if shipped < 0:
        counted[columns.OFFERED] += 1.0
        if contact[columns.C_ATTEMPT] > 0.0:
            counted[columns.REDIALLED] += 1.0
        if degraded:
            counted[columns.DEGRADED] += 1.0
    way = _hand_on(contact, counted, way, profile, stream, by, line, tables, engine)
    if way > 0:
        full = engine.page[line, 0, routing_columns.REASON] == routing_codes.QUEUE_FULL
        counted[columns.FORCED] += 1.0 if full else 0.0
        vendor = int(tables.ways[profile, way, routing_columns.VENDOR])
        return _send(counted, vendor, slot, stream, by, queue, shipped, now, tables, engine)
    return _keep(counted, way, slot, stream, queue, now, engine) if shipped < 0 else codes.NOBODY


@kernel("f8(Row,i8,i8,Engine)", inline=True)
def _luck(contact: Row, stream: int, by: int, engine: Engine) -> float:
    """The luck of a contact, the same whenever it is decided."""
    number, luck = int(contact[columns.C_NUMBER]), 0.0
    if number < engine.listed.shape[0]:
        luck = engine.listed[number, columns.L_LUCK]
    if engine.marks[columns.HASHES] != 0 and luck == 0.0:
        luck = uniform(engine.keys[stream, columns.LUCK], by)
    return float(luck)


@kernel("b1(i8,i8,Tables,Engine)", inline=True)
def _may_only_stay(profile: int, queue: int, tables: Tables, engine: Engine) -> bool:
    """Whether there is nobody to send it to, and a state to trust: the decision is whether it may stay."""
    here = tables.queues[queue]
    return bool(
        tables.ways[profile, 0, routing_columns.VENDORS] == 0.0
        and engine.clock[columns.FEED_EVERY] == 0.0
        and here[routing_columns.DISTRUST] == 0.0
        and here[routing_columns.RULE] == routing_codes.BY_COST
        and here[routing_columns.GATED] == 0.0
    )


@kernel("i8(Row,i8,i8,Tables,Engine)", inline=True)
def _stay(contact: Row, profile: int, queue: int, tables: Tables, engine: Engine) -> int:
    """Decide whether a contact may stay: way 0, or -1. Nobody is shown the state, as nobody weighs it."""
    kind, last = tables.ways[profile, 0], int(tables.queues[queue, routing_columns.LAST])
    team = engine.teams[queue]
    present = present_of(team, team[columns.BUSY], team[columns.WAITING])
    mode, here = int(kind[routing_columns.MODE]), tables.queues[queue]
    reason = refusal_in_house(mode, kind, here, routing_codes.BELIEVED, present, last)
    count_routed(profile, tables)
    if reason != 0.0:
        contact[columns.C_COST] = UNKNOWN
        return -1
    if engine.marks[columns.WRITES_PATHS] != 0:
        curve = tables.curves[queue]
        at = min(max(int(present), 0), last)
        cost = curve[routing_columns.MARGINAL_COST, at]
        work = work_of(kind, tables.queues[queue, routing_columns.RULE_AHT])
        if work != 1.0:
            cost += (work - 1.0) * curve[routing_columns.MARGINAL_WORK, at]
        contact[columns.C_COST] = cost
    return 0


@kernel("i8(Row,i8,i8,i8,f8,f8,i8,Tables,Engine)", inline=True)
def _choose(
    contact: Row,
    again: int,
    profile: int,
    queue: int,
    now: float,
    luck: float,
    line: int,
    tables: Tables,
    engine: Engine,
) -> int:
    """Decide and reserve on a line of the page; the way."""
    page = engine.page
    way = choose(again, profile, queue, now, luck, tables, page, line)
    if engine.marks[columns.NOTES] != 0:
        note_inputs(profile, queue, luck, tables, page, line)
    reserve(profile, queue, tables, page, line)
    contact[columns.C_COST] = page[line, way, routing_columns.COST] if way >= 0 else UNKNOWN
    return way


@kernel("i8(Row,Row,i8,i8,i8,i8,i8,Tables,Engine)", inline=True)
def _hand_on(
    contact: Row,
    counted: Row,
    way: int,
    profile: int,
    stream: int,
    by: int,
    line: int,
    tables: Tables,
    engine: Engine,
) -> int:
    """Have whoever fails to take a contact pass it on to the next in the ranking; its way."""
    page = engine.page
    while way > 0:
        vendor = int(tables.ways[profile, way, routing_columns.VENDOR])
        fails = engine.teams[engine.aims.shape[0] + vendor, columns.FAILING]
        key = engine.keys[stream, columns.FAILS]
        if fails <= 0.0 or uniform(key, by * WAYS + way) >= fails:
            break
        count_sent(vendor, tables.usage, -1.0)
        engine.outcomes[vendor, columns.O_FAILED] += 1.0
        factor, fits = engine.factors[vendor, profile], engine.fits[vendor, stream]
        bill_failed(engine.outcomes[vendor], engine.measures[vendor], fits, factor)
        counted[columns.FAILED] += 1.0
        contact[columns.C_FAILED] = vendor + 1.0
        if engine.marks[columns.WATCHES_HEALTH] != 0:
            engine.marks[columns.NEWS] = 1
        way = next_best(way, int(tables.ways[profile, 0, routing_columns.VENDORS]), page, line)
        if way > 0:
            vendor = int(tables.ways[profile, way, routing_columns.VENDOR])
            count_sent(vendor, tables.usage, 1.0)
        contact[columns.C_COST] = page[line, way, routing_columns.COST] if way >= 0 else UNKNOWN
    return way


@kernel("i8(Row,i8,i8,i8,i8,i8,i8,f8,Tables,Engine)", inline=True)
def _send(
    counted: Row,
    vendor: int,
    slot: int,
    stream: int,
    by: int,
    queue: int,
    shipped: int,
    now: float,
    tables: Tables,
    engine: Engine,
) -> int:
    """Have the contact at hand go to a vendor: the team that it joins there, or NOBODY."""
    teams, streams, free, marks = engine.teams, engine.streams, engine.free, engine.marks
    contact = engine.contacts[slot]
    team = engine.aims.shape[0] + vendor
    engine.outcomes[vendor, columns.O_OFFERED] += 1.0
    contact[columns.C_FACTOR] = engine.factors[vendor, int(streams[stream, columns.PROFILE])]
    note_overflow(engine.overflow[queue], now)
    if shipped >= 0:
        counted[columns.SHIPPED] += 1.0
        unlink(teams, queue, shipped, engine.lines, engine.links)
        moved = engine.contacts[shipped]
        for column in range(columns.CONTACT_COLUMNS):
            moved[column] = contact[column]
        contact, slot = moved, shipped
        give_back(slot, free, marks)
    else:
        counted[columns.SENT] += 1.0
    handle = handle_of(contact, stream, by, engine) * teams[team, columns.SLOWER]
    contact[columns.C_HANDLE] = handle
    if teams[team, columns.FINITE] != 0.0:
        return int(team)
    patience = patience_of(contact, stream, by, engine)
    wait = contact[columns.C_VENDOR_WAIT]
    if wait != wait:
        wait = standard_exponential(engine.keys[stream, columns.VENDOR_WAIT], by)
    wait *= tables.vendors[vendor, routing_columns.VENDOR_WAIT]
    abandons = patience < wait
    if abandons:
        wait = patience
    contact[columns.C_TEAM] = team
    contact[columns.C_WAIT] = wait
    contact[columns.C_ABANDONS] = 1.0 if abandons else 0.0
    take(marks)
    engine.links[slot, columns.WAITS] = 0
    ends = now + wait if abandons else now + wait + handle
    follow(ends, slot << codes.KIND_BITS | codes.LEAVE_VENDOR, engine)
    if shipped < 0 and abandons:
        count_abandoned(counted, engine.aims[queue], wait)
    elif shipped < 0:
        count_answered(counted, engine.aims[queue], True, wait)
        counted[columns.HANDLED_OUT] += handle
    return codes.NOBODY


@kernel("i8(Row,i8,i8,i8,i8,f8,Engine)", inline=True)
def _keep(counted: Row, way: int, slot: int, stream: int, queue: int, now: float, engine: Engine) -> int:
    """Keep the contact at hand, or do with it what is done where nobody may take it: the queue, or NOBODY."""
    marks = engine.marks
    contact = engine.contacts[slot]
    fallback = codes.KEEP if way == 0 else int(engine.streams[stream, columns.FALLBACK])
    if fallback == codes.KEEP:
        counted[columns.KEPT] += 1.0
    elif fallback == codes.CALL_BACK:
        counted[columns.CALLED_BACK] += 1.0
        engine.links[slot, columns.IN_LEVEL] = columns.CALLBACKS
        contact[columns.C_PATIENCE] = ENDLESS
    else:
        counted[columns.REJECTED] += 1.0
        if marks[columns.WRITES_PATHS] != 0:
            write_path(engine.paths, marks, contact, -1.0, 0.0, codes.WAS_REJECTED, 0.0, now)
        return codes.NOBODY
    return queue
