"""What a decision changes once its contact goes where it says."""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Book, Table
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.codes import BY_COST, BY_SHARE, LOST, RAMP, REGULAR
from bporoute._kernels.routing.columns import (
    ADMISSION,
    ADMITTED,
    ALL_ROUTED,
    ALL_SENT,
    ALL_SQUARES,
    AT,
    BELIEF,
    CENTER_DAY,
    CHOSEN,
    CREDIT,
    EARNING,
    FALLS_BACK_IN,
    FIRST_CAP,
    GATE,
    GATED,
    KEY,
    MOVED_AT,
    PRESENT,
    PRICE_UNTIL,
    PROBE,
    QUEUE,
    REACHED,
    REASON,
    RELEASE,
    ROUTED,
    RULE,
    SEEN,
    STATE_GATE,
    STATE_KEPT_SINCE,
    THIS_PERIOD,
    TIER,
    TOLD,
    UNSETTLED,
    UNTIL,
    USAGE_SHIFT,
    VENDOR,
    VENDORS,
    WARM,
    WINDOWS,
)
from bporoute._kernels.routing.records import Tables

INFINITE = float("inf")


@kernel("void(i8,Tables)", inline=True)
def count_routed(profile: int, tables: Tables) -> None:
    """Count a contact of a profile, wherever it goes."""
    in_house = tables.ways[profile, 0]
    in_house[SEEN] += 1.0
    tables.queues[int(in_house[QUEUE]), ROUTED] += 1.0
    tables.usage[tables.usage.shape[0] - 1, ALL_ROUTED] += 1.0


@kernel("void(i8,Table)", inline=True)
def count_kept(row: int, queues: Table) -> None:
    """Count a contact that stays: until the next state is told, it is known of only here."""
    queues[row, PRESENT] += 1.0
    queues[row, TOLD + STATE_KEPT_SINCE] += 1.0


@kernel("void(i8,i8,Tables,Book,i8)", inline=True)
def reserve(profile: int, row: int, tables: Tables, page: Book, line: int) -> None:
    """Make what `choose` has put on a line come true: count the contact where it goes.

    Changed: `Tables.usage`, the admissions in `Tables.vendors`, the credits in `Tables.shares`, the gate and
    the contacts present of the queue, and the note that the contact is not settled yet.
    """
    ways, vendors, usage = tables.ways, tables.vendors, tables.usage
    queues, shares = tables.queues, tables.shares
    state = page.shape[1] - 1
    chosen = int(page[line, state, CHOSEN])
    queue = int(ways[profile, 0, QUEUE])
    earners = int(ways[profile, 0, VENDORS]) if page[line, state, EARNING] != 0.0 else 0
    now = page[line, state, AT]
    belief = page[line, state, BELIEF]
    center = vendors.shape[0] - 1
    rule = int(queues[row, RULE])
    count_routed(profile, tables)
    if chosen < 0 and vendors[center, FALLS_BACK_IN] == 0.0:
        return
    page[line, state, UNSETTLED] = 1.0
    if chosen < 0:
        count_kept(row, queues)
        return
    if chosen == 0 and earners == 0 and rule == BY_COST and queues[row, GATED] == 0.0:
        count_kept(row, queues)
        return  # nothing else moves

    if belief < LOST:
        released = queues[row, GATE] != 0.0 and now - queues[row, MOVED_AT] >= queues[row, RELEASE]
        moved = released or page[line, state, STATE_GATE] != queues[row, GATE]
        if queues[row, GATED] != 0.0 and moved:
            queues[row, GATE] = page[line, state, STATE_GATE]
            queues[row, MOVED_AT] = now
        counted = rule == BY_SHARE and page[line, chosen, TIER] == REGULAR
        pool = 0.0
        for way in range(earners + 1):
            if page[line, way, REASON] != 0.0:
                continue
            destination = 0 if way == 0 else int(ways[profile, way, VENDOR]) + 1
            if counted and page[line, way, TIER] == REGULAR:
                pool += -page[line, way, KEY] - shares[queue, destination, CREDIT]
                shares[queue, destination, CREDIT] = -page[line, way, KEY]
            elif rule == BY_COST and way > 0:
                warm = shares[row, destination, WARM]
                if warm > 0.0:
                    shares[queue, destination, CREDIT] = min(shares[queue, destination, CREDIT] + warm, 1.0)
        taker = 0 if chosen == 0 else int(ways[profile, chosen, VENDOR]) + 1
        if counted:
            shares[queue, taker, CREDIT] -= pool
        elif rule == BY_COST and chosen > 0:
            shares[queue, taker, CREDIT] = max(shares[queue, taker, CREDIT] - 1.0, 0.0)

    for way in range(1, earners + 1):
        reason = page[line, way, REASON]
        vendor = int(ways[profile, way, VENDOR])
        if (reason == 0.0 or reason == RAMP) and vendors[vendor, ADMITTED] < 1.0:
            added_up = vendors[vendor, ADMISSION] + vendors[vendor, ADMITTED]
            # What somebody else takes is no claim on two contacts later.
            vendors[vendor, ADMISSION] = max(added_up - 1.0, 0.0) if way == chosen else min(added_up, 1.0)

    if chosen == 0:
        count_kept(row, queues)
        return
    vendor = int(ways[profile, chosen, VENDOR])
    place, everybody = vendor + int(vendors[vendor, USAGE_SHIFT]), usage.shape[0] - 1
    usage[everybody, ALL_SQUARES] += 2.0 * usage[place, CENTER_DAY] + 1.0
    for column in range(WINDOWS + 1):
        usage[place, column] += 1.0
    usage[everybody, ALL_SENT] += 1.0
    reached = usage[place, THIS_PERIOD] >= vendors[vendor, PRICE_UNTIL]
    for window in range(WINDOWS - 1):
        reached = reached or usage[place, window] >= vendors[vendor, FIRST_CAP + window]
    if reached:  # prices and rules follow before the next contact
        vendors[vendor, REACHED] = 1.0
        vendors[center, UNTIL] = -INFINITE
    if vendors[vendor, PROBE] != 0.0:
        vendors[vendor, PROBE] = 0.0
        vendors[vendor, ADMITTED] = 0.0
