"""A simulated floor: contacts arrive, are decided by the live router's kernel, wait, are served or give up.

`advance` runs the floor from event to event until a given time, or until somebody in Python has to look: the
routing tables are those of `bporoute.routing._tables._tables`, and so are prices, calendars, rules and
health. It knows no names and validates nothing; `bporoute.simulation._engine._arrays` builds the arrays,
whose columns `_kernels.simulation.columns` names.

Agents take the lowest level of their line that is not empty, first come first served, back office by due
time; whoever leaves a shift finishes what is in hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import columns as codes
from bporoute._kernels.routing.choose import choose, note_inputs, reserve
from bporoute._kernels.routing.eligibility import refusal_in_house
from bporoute._kernels.routing.reserve import count_kept, count_routed
from bporoute._kernels.simulation import columns as floor
from bporoute._kernels.simulation.agenda import drop_first, push, replace_first
from bporoute._kernels.simulation.agents import chat_speed, pass_own_time, take_up
from bporoute._kernels.simulation.arrivals import choose_next, next_arrival
from bporoute._kernels.simulation.chance import duration, standard_exponential, uniform
from bporoute._kernels.simulation.counting import (
    bill,
    count_abandoned,
    count_sent,
    fill_slot,
    next_best,
    note_overflow,
    write_path,
)
from bporoute._kernels.simulation.deadlines import enter, leave
from bporoute._kernels.simulation.feed import blurred, show_state
from bporoute._kernels.simulation.lines import enqueue, next_in_line, unlink

if TYPE_CHECKING:
    from bporoute._kernels.compiling.registry import Floats, Integers

ENDLESS = float("inf")
UNKNOWN = float("nan")
MOST_PUSHED = 6
"""Entries that one event adds to the agenda at most, a line served at once left aside."""
MOST_TAKEN = 4
"""Slots that one event takes, and paths that it writes, at most."""
WAYS = 1 << 16
"""More than a contact has ways: each fails by a number of its own."""


@kernel(
    f"i8(f8,{','.join(floor.TYPES)})",
    inline=True,  # else its arrays would be counted in and out with every row that is looked at
)
def advance(
    until: float,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    curves: Floats,
    shares: Floats,
    page: Floats,
    header: Integers,
    laws: Floats,
    points: Floats,
    streams: Floats,
    keys: Any,
    edges: Floats,
    volumes: Floats,
    listed: Floats,
    aims: Floats,
    measures: Floats,
    factors: Floats,
    chat_aht: Floats,
    clock: Floats,
    marks: Integers,
    teams: Floats,
    lines: Integers,
    times: Floats,
    events: Integers,
    contacts: Floats,
    links: Integers,
    free: Integers,
    dues: Floats,
    waiting: Integers,
    chat_times: Floats,
    chat_events: Integers,
    noted: Integers,
    tally: Floats,
    outcomes: Floats,
    overflow: Floats,
    paths: Floats,
) -> int:
    """Run the floor until an instant; return why it stopped (``TIME_UP``, or what somebody has to look at).

    Every array is one of the floor's, see `bporoute._kernels.simulation.columns`; everything from `clock` on
    is changed, and of the tables what `reserve` changes. Called again, it goes on where it stopped.
    """
    center = vendors.shape[0] - 1
    in_house = aims.shape[0]
    state = page.shape[1] - 1
    desk = contacts[contacts.shape[0] - 1]
    size = marks[floor.EVENTS]
    notes = marks[floor.NOTES] != 0
    writes = marks[floor.WRITES_PATHS] != 0
    # Without notes every profile keeps a line of the page, where vendors are weighed anew when they changed.
    again = 1 if not notes and marks[floor.HASHES] == 0 else 0
    if again != 0:
        for stream in range(streams.shape[0]):
            page[int(streams[stream, floor.PROFILE]), :, codes.WEIGHED_AT] = UNKNOWN
    while True:
        at = clock[floor.NEXT_AT]
        from_agenda = size > 0 and times[0] <= at
        if from_agenda:
            at = times[0]
        too_late = marks[floor.DEADLINES] > 0 and dues[0] <= at and not (from_agenda and dues[0] == at)
        if too_late:
            at = dues[0]
            from_agenda = False
        status = -1
        if not at < until:
            status = floor.TIME_UP
        elif size + MOST_PUSHED > times.shape[0] or marks[floor.FREE] < MOST_TAKEN:
            status = floor.NO_ROOM
        elif writes and marks[floor.PATHS] + MOST_TAKEN > paths.shape[0]:
            status = floor.PATHS_FULL
        if status >= 0:
            marks[floor.EVENTS] = size
            return status

        # Who asks for a decision, and whether one can be made.
        kind = events[0] & floor.KIND_MASK if from_agenda else floor.ARRIVES
        subject = events[0] >> floor.KIND_BITS if from_agenda else 0
        if too_late:
            subject = waiting[0]
            kind = floor.SHIP if links[subject, floor.IN_LEVEL] == floor.BACK_OFFICE else floor.GIVE_UP
        stream = 0
        asked = False
        if kind == floor.ARRIVES:
            stream = marks[floor.NEXT_STREAM]
            if stream == floor.LISTED:
                stream = int(listed[marks[floor.LISTED_AT], floor.L_STREAM])
            asked = streams[stream, floor.DUE_WITHIN] == 0.0
        elif kind == floor.CALL_AGAIN or kind == floor.SHIP:
            stream = int(contacts[subject, floor.C_STREAM])
            asked = True
        row = int(streams[stream, floor.QUEUE])
        if asked:
            if (
                queues[row, codes.QUEUE_READY] == 0.0
                or not vendors[center, codes.SINCE] <= at < vendors[center, codes.UNTIL]
            ):
                status = floor.TABLES
            elif notes and header[codes.HEADER_USED] >= header[codes.HEADER_LINES]:
                status = floor.PAGE_FULL
            if status >= 0:
                clock[floor.NOW] = at
                marks[floor.EVENTS] = size
                return status

        now = at
        if kind != floor.TAKE_FEED and kind != floor.TELL_FEED:  # to look is not to happen
            clock[floor.NOW] = now
        while now >= edges[marks[floor.INTERVAL] + 1] and marks[floor.INTERVAL] + 2 < edges.shape[0]:
            marks[floor.INTERVAL] += 1
        then_at = ENDLESS  # what follows from it, and is put on the agenda last: in place of this very event
        then_event = 0
        fill = -1  # the team that may have an agent free
        freed = -1  # the slot of a contact that is gone
        gave_up = False
        chat_team = -1
        join = False
        stop = False
        probed = floor.NOBODY  # the vendor on probation that a contact has left, and when that was sent
        probed_at = now

        # The contact at hand.
        team = row
        first = now
        since = now
        interval = marks[floor.INTERVAL]
        number = 0
        attempt = 0
        level = int(streams[stream, floor.LEVEL])
        handle = UNKNOWN
        patience = UNKNOWN
        vendor_wait = UNKNOWN
        luck = 0.0
        cost = UNKNOWN
        sent_before = 0.0
        failed = 0.0
        factor = 1.0
        due = ENDLESS

        if kind == floor.ARRIVES:
            if marks[floor.NEXT_STREAM] == floor.LISTED:
                number = marks[floor.LISTED_AT]
                handle = listed[number, floor.L_HANDLE]
                patience = listed[number, floor.L_PATIENCE]
                vendor_wait = listed[number, floor.L_VENDOR_WAIT]
                luck = listed[number, floor.L_LUCK]
                marks[floor.LISTED_AT] = number + 1
            else:
                number = int(streams[stream, floor.CONTACTS])
                streams[stream, floor.CONTACTS] += 1.0
                streams[stream, floor.NEXT] = next_arrival(
                    stream, now, keys[stream, floor.ARRIVAL], streams, edges, volumes, marks[floor.EXACT]
                )
            choose_next(streams, listed, clock, marks)
            if not asked:
                due = now + streams[stream, floor.DUE_WITHIN]
                join = True
        elif kind == floor.FINISH:
            take_up(teams, subject, now, -1.0)
            fill = subject
        elif kind == floor.GIVE_UP:
            caller = contacts[subject]
            team = int(caller[floor.C_TEAM])
            unlink(teams, team, subject, lines, links)
            marks[floor.DEADLINES] = leave(dues, waiting, links, marks[floor.DEADLINES], subject)
            wait = now - caller[floor.C_AT]
            gave_up = True
            freed = subject
            if team >= in_house:
                vendor = team - in_house
                usage[vendor, codes.IN_FLIGHT] = max(usage[vendor, codes.IN_FLIGHT] - 1.0, 0.0)
                factor = caller[floor.C_FACTOR]
                bill(outcomes[vendor], measures[vendor], teams[team], True, wait, 0.0, factor)
                if marks[floor.WATCHES_HEALTH] != 0 and (
                    vendors[vendor, codes.ADMITTED] < 1.0 or vendors[vendor, codes.PROBE] != 0.0
                ):
                    probed = vendor
                    probed_at = caller[floor.C_AT]
            of_queue = int(streams[int(caller[floor.C_STREAM]), floor.QUEUE])
            counts_in = interval if marks[floor.BY_END] != 0 else int(caller[floor.C_INTERVAL])
            count_abandoned(tally[counts_in, of_queue], aims[of_queue], wait)
            tally[counts_in, of_queue, floor.DELAYED] += 1.0
            if writes:
                sent_to = 0.0 if team < in_house else team - in_house + 1.0
                write_path(paths, marks, caller, sent_to, wait, floor.WAS_ABANDONED, 0.0, now)
        elif kind == floor.LEAVE_VENDOR:
            gone = contacts[subject]
            team = int(gone[floor.C_TEAM])
            vendor = team - in_house
            usage[vendor, codes.IN_FLIGHT] = max(usage[vendor, codes.IN_FLIGHT] - 1.0, 0.0)
            gave_up = gone[floor.C_ABANDONS] != 0.0
            freed = subject
            wait = gone[floor.C_WAIT]
            handled = 0.0 if gave_up else gone[floor.C_HANDLE]
            factor = gone[floor.C_FACTOR]
            bill(outcomes[vendor], measures[vendor], teams[team], gave_up, wait, handled, factor)
            if marks[floor.WATCHES_HEALTH] != 0 and (
                vendors[vendor, codes.ADMITTED] < 1.0 or vendors[vendor, codes.PROBE] != 0.0
            ):
                probed = vendor
                probed_at = gone[floor.C_AT]
            if writes:
                ended_as = floor.WAS_ABANDONED if gave_up else floor.WAS_ANSWERED
                write_path(paths, marks, gone, vendor + 1.0, wait, ended_as, handled, now)
            if teams[team, floor.FINITE] != 0.0:
                take_up(teams, team, now, -1.0)
                fill = team
        elif kind == floor.CALL_AGAIN:
            first = contacts[subject, floor.C_FIRST]
            number = int(contacts[subject, floor.C_NUMBER])
            attempt = int(contacts[subject, floor.C_ATTEMPT]) + 1
            freed = subject
        elif kind == floor.CHAT_END:
            if teams[subject, floor.CHAT_ENDS] == now:
                pass_own_time(teams, subject, now)
                take_up(teams, subject, now, -1.0)
                chats = int(teams[subject, floor.CHATS])
                teams[subject, floor.CHATS] = drop_first(chat_times[subject], chat_events, chats)
                fill = subject
                chat_team = subject
        elif kind == floor.WAKE:
            fill = subject
            if teams[subject, floor.SLOTS] > 1.0:
                pass_own_time(teams, subject, now)
                take_up(teams, subject, now, 0.0)
                chat_team = subject
        elif kind == floor.TAKE_FEED:
            key = keys[streams.shape[0], floor.FEED]
            seen = blurred(teams[subject, floor.WAITING], clock[floor.FEED_NOISE], key, marks[floor.FEEDS])
            marks[floor.FEEDS] += 1
            marks[floor.FREE] -= 1
            letter = free[marks[floor.FREE]]
            contacts[letter, floor.C_TEAM] = subject
            contacts[letter, floor.C_AT] = now
            contacts[letter, floor.C_WAIT] = seen
            contacts[letter, floor.C_HANDLE] = teams[subject, floor.BUSY]
            event = letter << floor.KIND_BITS | floor.TELL_FEED
            size = push(times, events, size, now + clock[floor.FEED_DELAY], event)
            then_at = now + clock[floor.FEED_EVERY]
            then_event = subject << floor.KIND_BITS | floor.TAKE_FEED
        elif kind == floor.TELL_FEED:
            told = contacts[subject]
            of_queue = int(told[floor.C_TEAM])
            show_state(teams, of_queue, told[floor.C_HANDLE], told[floor.C_WAIT], told[floor.C_AT], queues)
            freed = subject
        elif asked:  # to be shipped
            marks[floor.DEADLINES] = leave(dues, waiting, links, marks[floor.DEADLINES], subject)
            case = contacts[subject]
            first = case[floor.C_FIRST]
            interval = int(case[floor.C_INTERVAL])
            number = int(case[floor.C_NUMBER])
            handle = case[floor.C_HANDLE]
            due = case[floor.C_DUE]
            patience = ENDLESS
        drawn_by = number + attempt * floor.ATTEMPT

        if freed >= 0:
            gone = contacts[freed]
            redials = streams[int(gone[floor.C_STREAM]), floor.REDIAL] if gave_up else 0.0
            if redials > 0.0:
                of_stream = int(gone[floor.C_STREAM])
                by = int(gone[floor.C_NUMBER]) + int(gone[floor.C_ATTEMPT]) * floor.ATTEMPT
                if uniform(keys[of_stream, floor.REDIALS], by) < redials:
                    law = int(streams[of_stream, floor.REDIAL_LAW])
                    pause = duration(laws, points, law, keys[of_stream, floor.REDIAL_AFTER], by)
                    if pause < ENDLESS:
                        event = freed << floor.KIND_BITS | floor.CALL_AGAIN
                        then_at = now + pause
                        then_event = event
                        freed = -1
            if freed >= 0:
                free[marks[floor.FREE]] = freed
                marks[floor.FREE] += 1

        if asked:
            profile = int(streams[stream, floor.PROFILE])
            counted = tally[interval, row]
            marks[floor.DECIDED] += 1
            if clock[floor.FEED_EVERY] == 0.0:
                show_state(teams, row, teams[row, floor.BUSY], teams[row, floor.WAITING], now, queues)
            if number < listed.shape[0] and luck == 0.0:  # the same whenever it is decided
                luck = listed[number, floor.L_LUCK]
            if marks[floor.HASHES] != 0 and luck == 0.0:
                luck = uniform(keys[stream, floor.LUCK], drawn_by)
            line = profile
            if notes:
                line = header[codes.HEADER_USED]
                header[codes.HEADER_USED] = line + 1
                noted[line] = number << floor.STREAM_BITS | stream
            degraded = False
            if (
                again != 0
                and ways[profile, 0, codes.VENDORS] == 0.0
                and clock[floor.FEED_EVERY] == 0.0
                and queues[row, codes.DISTRUST] == 0.0
                and queues[row, codes.RULE] == codes.BY_COST
                and queues[row, codes.GATED] == 0.0
            ):
                # Nobody to send it to, and a state to trust: the decision is whether it may stay.
                present = queues[row, codes.PRESENT]
                last = int(queues[row, codes.LAST])
                mode = int(ways[profile, 0, codes.MODE])
                way = 0 if refusal_in_house(mode, ways[profile, 0], False, present, last) == 0.0 else -1
                count_routed(profile, ways, usage, queues)
                if way == 0:
                    count_kept(row, queues)
                    cost = curves[row, codes.MARGINAL_COST, min(max(int(present), 0), last)]
            else:
                way = choose(
                    again, profile, row, now, luck, ways, vendors, usage, queues, curves, shares, page, line
                )
                if notes:
                    note_inputs(profile, row, luck, ways, vendors, usage, queues, shares, page, line)
                reserve(profile, row, ways, vendors, usage, queues, shares, page, line)
                sent_before = page[line, state, codes.SENT_BEFORE]
                degraded = page[line, state, codes.BELIEF] != 0.0
                if way >= 0:
                    cost = page[line, way, codes.COST]
            if kind != floor.SHIP:
                counted[floor.OFFERED] += 1.0
                if attempt > 0:
                    counted[floor.REDIALLED] += 1.0
                if degraded:
                    counted[floor.DEGRADED] += 1.0

            # Whoever fails to take it hands it on to the next in the ranking.
            while way > 0:
                vendor = int(ways[profile, way, codes.VENDOR])
                fails = teams[in_house + vendor, floor.FAILING]
                if fails <= 0.0 or uniform(keys[stream, floor.FAILS], drawn_by * WAYS + way) >= fails:
                    break
                count_sent(vendor, usage, -1.0)
                outcomes[vendor, floor.O_FAILED] += 1.0
                counted[floor.FAILED] += 1.0
                failed = vendor + 1.0
                stop = marks[floor.WATCHES_HEALTH] != 0
                way = next_best(way, int(ways[profile, 0, codes.VENDORS]), page, line)
                if way > 0:
                    vendor = int(ways[profile, way, codes.VENDOR])
                    sent_before = usage[vendor, codes.WINDOWS - 2]
                    count_sent(vendor, usage, 1.0)
                cost = page[line, way, codes.COST] if way >= 0 else UNKNOWN
            if way > 0:
                vendor = int(ways[profile, way, codes.VENDOR])
                team = in_house + vendor
                counted[floor.FORCED] += 1.0 if page[line, 0, codes.REASON] == codes.QUEUE_FULL else 0.0
                outcomes[vendor, floor.O_OFFERED] += 1.0
                factor = factors[vendor, profile]
                note_overflow(overflow[row], now)
                if kind == floor.SHIP:
                    counted[floor.SHIPPED] += 1.0
                    unlink(teams, row, subject, lines, links)
                    free[marks[floor.FREE]] = subject
                    marks[floor.FREE] += 1
                else:
                    counted[floor.SENT] += 1.0
                if handle != handle:
                    law = int(streams[stream, floor.HANDLE_LAW])
                    handle = duration(laws, points, law, keys[stream, floor.HANDLE], drawn_by)
                handle *= teams[team, floor.SLOWER]
                if teams[team, floor.FINITE] != 0.0:
                    join = True
                else:
                    if patience != patience:
                        law = int(streams[stream, floor.PATIENCE_LAW])
                        patience = duration(laws, points, law, keys[stream, floor.PATIENCE], drawn_by)
                    if vendor_wait != vendor_wait:
                        vendor_wait = standard_exponential(keys[stream, floor.VENDOR_WAIT], drawn_by)
                    wait = vendor_wait * vendors[vendor, codes.VENDOR_WAIT]
                    abandons = patience < wait
                    if abandons:
                        wait = patience
                    marks[floor.FREE] -= 1
                    slot = free[marks[floor.FREE]]
                    fill_slot(
                        contacts[slot], stream, number, attempt, first, since, handle, cost, team,
                        sent_before, factor, failed,
                    )  # fmt: skip
                    contacts[slot, floor.C_WAIT] = wait
                    contacts[slot, floor.C_ABANDONS] = 1.0 if abandons else 0.0
                    links[slot, floor.WAITS] = 0
                    ends = now + wait if abandons else now + wait + handle
                    event = slot << floor.KIND_BITS | floor.LEAVE_VENDOR
                    then_at = ends
                    then_event = event
                    if kind != floor.SHIP and abandons:
                        count_abandoned(counted, aims[row], wait)
                    elif kind != floor.SHIP:
                        counted[floor.ANSWERED_OUT] += 1.0
                        counted[floor.WAIT_ANSWERED] += wait
                        counted[floor.WITHIN] += 1.0 if wait <= aims[row, floor.AIM_WITHIN] else 0.0
                        counted[floor.HANDLED_OUT] += handle
            elif kind != floor.SHIP:
                fallback = floor.KEEP if way == 0 else int(streams[stream, floor.FALLBACK])
                join = fallback != floor.REJECT
                if fallback == floor.KEEP:
                    counted[floor.KEPT] += 1.0
                elif fallback == floor.CALL_BACK:
                    counted[floor.CALLED_BACK] += 1.0
                    level = floor.CALLBACKS
                    patience = ENDLESS
                else:
                    counted[floor.REJECTED] += 1.0
                    if writes:
                        fill_slot(
                            desk, stream, number, attempt, first, now, 0.0, cost, -1.0, 0.0, 1.0, failed
                        )
                        write_path(paths, marks, desk, -1.0, 0.0, floor.WAS_REJECTED, 0.0, now)

        begin = False
        if join:
            begin = (
                teams[team, floor.BUSY] < teams[team, floor.AGENTS] * teams[team, floor.SLOTS]
                and teams[team, floor.WAITING] == 0.0
                and (level < floor.CALLBACKS or teams[team, floor.BACKLOG] == 0.0)
            )
            if not begin:
                deadline = ENDLESS
                if level < floor.BACK_OFFICE:
                    if patience != patience:
                        law = int(streams[stream, floor.PATIENCE_LAW])
                        patience = duration(laws, points, law, keys[stream, floor.PATIENCE], drawn_by)
                    deadline = now + patience
                elif team < in_house:
                    deadline = due - streams[stream, floor.SHIP_BEFORE]
                marks[floor.FREE] -= 1
                slot = free[marks[floor.FREE]]
                fill_slot(
                    contacts[slot], stream, number, attempt, first, since, handle, cost, team, sent_before,
                    factor, failed,
                )  # fmt: skip
                contacts[slot, floor.C_INTERVAL] = interval
                contacts[slot, floor.C_DUE] = due
                links[slot, floor.IN_LEVEL] = level
                enqueue(teams, team, slot, lines, contacts, links)
                links[slot, floor.HEAP_PLACE] = -1
                if deadline < ENDLESS:
                    marks[floor.DEADLINES] = enter(
                        dues, waiting, links, marks[floor.DEADLINES], deadline, slot
                    )

        while begin or fill >= 0:
            if not begin:
                if not teams[fill, floor.BUSY] < teams[fill, floor.AGENTS] * teams[fill, floor.SLOTS]:
                    break
                slot = next_in_line(teams, fill, lines)
                if slot < 0:
                    break
                if size + MOST_PUSHED > times.shape[0] or (
                    writes and marks[floor.PATHS] + MOST_TAKEN > paths.shape[0]
                ):
                    # The rest of the line as soon as there is room again, at the same instant.
                    size = push(times, events, size, now, fill << floor.KIND_BITS | floor.WAKE)
                    break
                team = fill
                unlink(teams, team, slot, lines, links)
                if links[slot, floor.HEAP_PLACE] >= 0:
                    marks[floor.DEADLINES] = leave(dues, waiting, links, marks[floor.DEADLINES], slot)
                caller = contacts[slot]
                first = caller[floor.C_FIRST]
                since = caller[floor.C_AT]
                interval = int(caller[floor.C_INTERVAL])
                stream = int(caller[floor.C_STREAM])
                row = int(streams[stream, floor.QUEUE])
                number = int(caller[floor.C_NUMBER])
                attempt = int(caller[floor.C_ATTEMPT])
                handle = caller[floor.C_HANDLE]
                cost = caller[floor.C_COST]
                sent_before = caller[floor.C_SENT_BEFORE]
                factor = caller[floor.C_FACTOR]
                failed = caller[floor.C_FAILED]
                due = caller[floor.C_DUE]
                level = links[slot, floor.IN_LEVEL]
                drawn_by = number + attempt * floor.ATTEMPT
                free[marks[floor.FREE]] = slot
                marks[floor.FREE] += 1
            begin = False
            if handle != handle:
                law = int(streams[stream, floor.HANDLE_LAW])
                handle = duration(laws, points, law, keys[stream, floor.HANDLE], drawn_by)
            chats_share = teams[team, floor.SLOTS] > 1.0
            if chats_share:
                pass_own_time(teams, team, now)
            take_up(teams, team, now, 1.0)
            wait = now - since
            ends = now + handle
            counted = tally[marks[floor.INTERVAL] if marks[floor.BY_END] != 0 else interval, row]
            if level < floor.CALLBACKS:
                counted[floor.ANSWERED if team < in_house else floor.ANSWERED_OUT] += 1.0
                counted[floor.WAIT_ANSWERED] += wait
                counted[floor.WITHIN] += 1.0 if wait <= aims[row, floor.AIM_WITHIN] else 0.0
                counted[floor.DELAYED] += 1.0 if now > since else 0.0
            elif level == floor.BACK_OFFICE and team < in_house:
                counted[floor.WORKED_OFF] += 1.0
                counted[floor.WORKED_LATE] += 1.0 if ends > due else 0.0
            if team < in_house:
                counted[floor.HANDLED] += handle
                event = team << floor.KIND_BITS | floor.FINISH
                if writes:
                    fill_slot(
                        desk, stream, number, attempt, first, since, handle, cost, team, 0.0, 1.0, failed
                    )
                    ended = UNKNOWN if chats_share else ends
                    write_path(paths, marks, desk, 0.0, wait, floor.WAS_ANSWERED, handle, ended)
            else:
                counted[floor.HANDLED_OUT] += handle
                marks[floor.FREE] -= 1
                slot = free[marks[floor.FREE]]
                fill_slot(
                    contacts[slot], stream, number, attempt, first, since, handle, cost, team, sent_before,
                    factor, failed,
                )  # fmt: skip
                contacts[slot, floor.C_WAIT] = wait
                contacts[slot, floor.C_ABANDONS] = 0.0
                links[slot, floor.WAITS] = 0
                event = slot << floor.KIND_BITS | floor.LEAVE_VENDOR
            if chats_share:
                teams[team, floor.CHATS] = push(
                    chat_times[team],
                    chat_events,
                    int(teams[team, floor.CHATS]),
                    teams[team, floor.OWN_TIME] + handle,
                    0,
                )
                chat_team = team
            else:
                if then_at < ENDLESS:
                    size = push(times, events, size, then_at, then_event)
                then_at = ends
                then_event = event
            if fill < 0:
                break

        if chat_team >= 0:
            chats = int(teams[chat_team, floor.BUSY])
            teams[chat_team, floor.CHAT_ENDS] = ENDLESS
            teams[chat_team, floor.SPEED] = 0.0
            if chats > 0:
                slots = int(teams[chat_team, floor.SLOTS])
                speed = chat_speed(teams[chat_team, floor.AGENTS], chat_aht[chat_team, :slots], chats)
                left = max(chat_times[chat_team, 0] - teams[chat_team, floor.OWN_TIME], 0.0)
                ends = now + left / speed
                teams[chat_team, floor.SPEED] = speed
                teams[chat_team, floor.CHAT_ENDS] = ends
                event = chat_team << floor.KIND_BITS | floor.CHAT_END
                if then_at < ENDLESS:
                    size = push(times, events, size, then_at, then_event)
                then_at = ends
                then_event = event
        if from_agenda:
            if not then_at < ENDLESS:
                size -= 1
                then_at = times[size]
                then_event = events[size]
            if size > 0:
                replace_first(times, events, size, then_at, then_event)
        elif then_at < ENDLESS:
            size = push(times, events, size, then_at, then_event)
        if stop or probed >= 0:
            marks[floor.OUTCOME_VENDOR] = probed
            clock[floor.OUTCOME_SENT] = probed_at
            marks[floor.EVENTS] = size
            return floor.OUTCOME
