"""The one decision: which destinations may take a contact, in which order, and what each would cost.

Both the live router and a replay run `decide`. It reads the routing tables (arrays, laid out as
`bporoute._kernels.layout` says) and writes its evidence on a line of a page; it knows nothing of names, time
zones or contracts, and validates nothing: `bporoute.tables` builds the arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bporoute._kernels.layout import (
    ABANDONMENT_RATE,
    ADMISSION,
    ADMITTED,
    ALL_ROUTED,
    ALL_SENT,
    ALL_SQUARES,
    AT,
    BARRED,
    BELIEF,
    BELIEVED,
    BY_COST,
    BY_HASH,
    BY_SHARE,
    CAP_HOUR,
    CAPACITY,
    CENTER_DAY,
    CHOSEN,
    CONCENTRATION,
    CONCENTRATION_FROM,
    COST,
    COST_RATE,
    CREDIT,
    DISTRUST,
    DISTRUSTED,
    DOWN,
    DWELL,
    EXPECTED,
    EXPECTED_PRESENT,
    EXPECTED_WAIT,
    EXPOSURE,
    EXTRA,
    FAILED_COST,
    FAILURE,
    FIRST_CAP,
    FULL,
    GATE,
    GATED,
    HEALTH,
    IN_FLIGHT,
    IN_HOUSE,
    IN_HOUSE_SHARE,
    KEEP_COST,
    KEEP_COST_OPEN,
    KEY,
    LAST,
    LEFT_TO_SPEND,
    LIMIT,
    LOST,
    LOST_AFTER,
    MARGINAL_COST,
    MODE,
    MOST_AT_ONCE,
    MOST_CONCENTRATION,
    MOST_OUT,
    MOST_SHARE,
    MOVED_AT,
    NOTED_AGE,
    NOTED_CENTER,
    NOTED_CREDIT,
    NOTED_EXTRA,
    NOTED_GATE,
    NOTED_GATE_AGE,
    NOTED_LEFT_TO_SPEND,
    NOTED_LIVE,
    NOTED_LUCK,
    NOTED_USAGE,
    OBSERVED,
    OVERFLOW,
    PRESENT,
    PRICE,
    PRICE_UNTIL,
    PROBE,
    PROTECTION,
    QUEUE,
    QUEUE_FULL,
    RAMP,
    REACHED,
    REASON,
    RELEASE,
    ROUTED,
    RULE,
    SEEN,
    SENT_BEFORE,
    SHARE,
    SLICE,
    SOURCING,
    SPECIALISED,
    STALE_AFTER,
    STATE_AGENTS,
    STATE_GATE,
    STATE_KEPT_SINCE,
    STATE_PRESENT,
    STATUS,
    TEAM,
    TEAM_AHT,
    TIER,
    TOLD,
    TOLD_AT,
    TRIAL,
    TRIAL_SHARE,
    UNSETTLED,
    UNTIL,
    UP,
    USAGE_COLUMNS,
    VENDOR,
    VENDOR_SHARE,
    VENDOR_WAIT,
    VENDORS,
    WAIT,
    WARM,
    WAY_EXTRA,
    WAY_PRICE,
    WINDOWS,
)
from bporoute._kernels.registry import kernel

if TYPE_CHECKING:
    from bporoute._kernels.registry import Floats

TABLE, BOOK = "f8[:,::1]", "f8[:,:,::1]"
"""Numba's types of arrays of two and of three dimensions."""
INFINITE = float("inf")
UNKNOWN = float("nan")
NOTHING_LEFT = 1e-12
"""Up to here what shares leave over is rounding."""
ROUNDING = 1e-9
"""Contacts by which a share of them may be off for rounding."""
ONE_CONTACT = 1.0 - ROUNDING
WARMED, REGULAR, RESERVE, OUTSIDE, LAST_RESORT = -1.0, 0.0, 1.0, 2.0, 3.0
"""Tiers, best first."""


@kernel("UniTuple(f8,3)(i8,f8[::1],f8[::1],f8[::1],f8[::1],i8)", inline=True)
def refusal(
    mode: int, vendor: Floats, used: Floats, center: Floats, all_used: Floats, rivals: int
) -> tuple[float, float, float]:
    """Why a vendor may not take one more contact now: reason code (0: it may), observed and limit.

    `vendor` and `used` are its rows of `vendors` and `usage`, `center` and `all_used` the last ones; `rivals`
    is the number of vendors.
    """
    if mode == IN_HOUSE:
        return float(SOURCING), 0.0, 0.0
    if vendor[STATUS] != 0.0:
        return vendor[STATUS], 0.0, 0.0
    if vendor[UP] == 0.0:
        return float(DOWN), 0.0, 0.0
    admitted = vendor[ADMITTED]
    if admitted < 1.0:
        if admitted <= 0.0:
            return float(HEALTH), 0.0, 0.0
        if vendor[ADMISSION] + admitted < ONE_CONTACT:
            return float(RAMP), vendor[ADMISSION], admitted
    there = used[IN_FLIGHT]
    if there >= vendor[MOST_AT_ONCE]:
        return float(CAPACITY), there, vendor[MOST_AT_ONCE]
    for window in range(WINDOWS - 1):
        if used[window] >= vendor[FIRST_CAP + window]:
            return float(CAP_HOUR + window), used[window], vendor[FIRST_CAP + window]
    if vendor[LEFT_TO_SPEND] < 1.0:
        return float(EXPOSURE), vendor[LEFT_TO_SPEND], 1.0

    routed = all_used[ALL_ROUTED] + 1.0
    sent = all_used[ALL_SENT] + 1.0
    if mode != SPECIALISED and sent > center[MOST_OUT] * routed + ROUNDING:
        return float(IN_HOUSE_SHARE), 1.0 - sent / routed, 1.0 - center[MOST_OUT]
    mine = used[CENTER_DAY] + 1.0
    if mine > vendor[MOST_SHARE] * routed + ROUNDING:
        return float(VENDOR_SHARE), mine / routed, vendor[MOST_SHARE]
    most = center[MOST_CONCENTRATION]
    if most < 1.0 and sent >= center[CONCENTRATION_FROM]:
        squares = all_used[ALL_SQUARES] + 2.0 * mine - 1.0
        # Whoever has an equal share or less does not add to the concentration.
        if squares > most * sent * sent and mine * rivals > sent:
            return float(CONCENTRATION), squares / (sent * sent), most
    return 0.0, 0.0, 0.0


@kernel("f8(f8[::1],f8[::1])", inline=True)
def wait_there(vendor: Floats, used: Floats) -> float:
    """Mean wait at a vendor, seconds: with a team of known size, by those who are there already."""
    wait = vendor[VENDOR_WAIT]
    team = vendor[TEAM]
    if team > 0.0 and used[IN_FLIGHT] >= team:
        wait += (used[IN_FLIGHT] - team + 1.0) * vendor[TEAM_AHT] / team
    return float(wait)


@kernel(f"i8(i8,i8,f8,f8,{BOOK},{TABLE},{TABLE},{TABLE},{BOOK},{BOOK},{BOOK},i8)", inline=True)
def decide(
    profile: int,
    row: int,
    now: float,
    luck: float,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    curves: Floats,
    shares: Floats,
    page: Floats,
    line: int,
) -> int:
    """Cost every way that a contact may take, or note why it is out; return the best, -1 if there is none.

    Filled: line `line` of `page`, one row for each way and one for the state; nothing else is changed. The
    best way is first by tier, then by key, then by the order of the center; the whole ranking can be read
    from the page. `now` is in epoch seconds, `luck` in [0, 1) stands for the contact's id.

    A vendor costs ``(price + extra + f F + c w) / (1 + theta w)``: it is paid for the contacts that stay
    through an exponential wait of mean w (rate of giving up theta), every second waited costs c = wait cost
    + theta * abandonment cost, and it fails to take a contact with probability f, at a cost of F. Keeping
    costs the marginal cost of one more contact, see `bporoute._kernels.queueing.marginal_cost`; the *rule*
    compares its own curve, KEEP_COST.

    Counted shares are smooth weighted round robin: every destination that may take the contact earns its
    share, the one with most credit takes it and pays for all. Among m destinations that stay open, a count
    is at most 1 - 1/m contacts ahead of its share and 1/2 + 1/3 + .. + 1/m behind; whoever opens and closes
    at will is off by (m - 1) / 2 at most, so a vendor that was closed claims no backlog. A warm share adds
    up to one contact, whatever it costs, then begins anew.
    """
    # Row by row, so that interpreted it works on lists too, which are several times faster there.
    kind = ways[profile][0]
    here = queues[row]
    curve = curves[row]
    evidence = page[line]
    rivals = len(vendors) - 1
    center = vendors[rivals]
    all_used = usage[rivals]
    queue = int(kind[QUEUE])
    mode = int(kind[MODE])
    count = int(kind[VENDORS])
    last = int(here[LAST])
    cost_rate = here[COST_RATE]
    abandonment_rate = here[ABANDONMENT_RATE]

    age = now - here[TOLD_AT]
    belief = BELIEVED
    present = here[PRESENT]
    if here[DISTRUST] != 0.0:
        belief = DISTRUSTED
    elif age > here[LOST_AFTER]:
        belief = LOST
    elif age > here[STALE_AFTER]:
        belief = EXPECTED
        present = here[EXPECTED_PRESENT]
    blind = belief >= LOST
    at = min(max(int(present), 0), last)
    rule = BY_COST if blind else int(here[RULE])

    best = -1
    shared = 0.0
    vendor_open = False
    for way in range(1, count + 1):
        offer = ways[profile][way]
        vendor = int(offer[VENDOR])
        terms = vendors[vendor]
        used = usage[vendor]
        share_of = shares[row][vendor + 1]
        note = evidence[way]
        reason, observed, limit = refusal(mode, terms, used, center, all_used, rivals)
        if reason == 0.0 and luck >= terms[TRIAL_SHARE]:
            reason, observed, limit = float(TRIAL), luck, terms[TRIAL_SHARE]
        wait = wait_there(terms, used)
        money = offer[PRICE] + offer[EXTRA] + terms[FAILURE] * here[FAILED_COST]
        cost = (money + cost_rate * wait) / (1.0 + abandonment_rate * wait)
        tier = REGULAR
        key = cost
        share = share_of[SHARE]
        if rule == BY_SHARE:
            if share > 0.0:
                key = -(shares[queue][vendor + 1][CREDIT] + share)
                if reason == 0.0:
                    shared += share
            else:
                tier = OUTSIDE
        elif rule == BY_HASH:
            begins = share_of[SLICE]
            tier = REGULAR if begins <= luck < begins + share else OUTSIDE
        elif not blind:
            warm = share_of[WARM]
            if warm > 0.0 and shares[queue][vendor + 1][CREDIT] + warm >= ONE_CONTACT:
                tier = WARMED
        note[REASON] = reason
        note[OBSERVED] = observed
        note[LIMIT] = limit
        note[WAY_PRICE] = offer[PRICE]
        note[WAY_EXTRA] = money - offer[PRICE]
        note[COST] = cost
        note[WAIT] = wait
        note[TIER] = tier
        note[KEY] = key
        if reason == 0.0:
            vendor_open = True
            if best < 0 or (tier, key) < (evidence[best][TIER], evidence[best][KEY]):
                best = way

    note = evidence[0]
    reason = float(SOURCING) if mode == SPECIALISED else kind[BARRED]
    if reason == 0.0 and not blind and present >= last:
        reason = float(QUEUE_FULL)
    gate = here[GATE] != 0.0
    tier = REGULAR if mode != FULL else RESERVE if rule == BY_COST else LAST_RESORT
    if blind:
        key = -INFINITE
    elif rule == BY_SHARE:
        left = 1.0 - shared
        key = 0.0
        if left > NOTHING_LEFT:
            key = -(shares[queue][0][CREDIT] + left) if mode != FULL else 0.0
        elif mode != FULL:
            tier = RESERVE
    elif rule == BY_HASH:
        key = 0.0
        if mode != FULL and luck < shares[row][0][SLICE]:
            tier = RESERVE
    else:
        key = curve[KEEP_COST][at]
        if here[GATED] != 0.0:
            since = now - here[MOVED_AT]
            if gate and since >= here[RELEASE]:
                gate = False
            if gate:
                key = curve[KEEP_COST_OPEN][at]
            if 0.0 <= since < here[DWELL]:
                key = INFINITE if gate else -INFINITE
        key -= kind[PROTECTION]
    note[REASON] = reason
    note[OBSERVED] = present
    note[LIMIT] = last
    note[WAY_PRICE] = 0.0
    note[WAY_EXTRA] = 0.0
    note[COST] = UNKNOWN if blind else curve[MARGINAL_COST][at]
    note[WAIT] = UNKNOWN if blind else curve[EXPECTED_WAIT][at]
    note[TIER] = tier
    note[KEY] = key
    if reason == 0.0 and (best < 0 or (tier, key) <= (evidence[best][TIER], evidence[best][KEY])):
        best = 0

    # A gate moves only where there was a choice, and not for a vendor that is only kept warm.
    chose = mode == OVERFLOW and reason == 0.0 and vendor_open and evidence[best][TIER] != WARMED
    if here[GATED] != 0.0 and not blind and chose:
        gate = best > 0
    state = evidence[len(evidence) - 1]
    for column in range(STATE_AGENTS, STATE_KEPT_SINCE + 1):
        state[column] = here[TOLD + column]
    state[STATE_PRESENT] = present
    state[AT] = now
    state[BELIEF] = belief
    state[CHOSEN] = best
    state[SENT_BEFORE] = 0.0
    state[UNSETTLED] = 0.0
    state[STATE_GATE] = 1.0 if gate else 0.0
    return best


@kernel(f"void(i8,i8,f8,{BOOK},{TABLE},{TABLE},{TABLE},{BOOK},{BOOK},i8)", inline=True)
def note_inputs(
    profile: int,
    row: int,
    luck: float,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    shares: Floats,
    page: Floats,
    line: int,
) -> None:
    """Note beside a decision, before it is reserved, what it was made from: an auditor decides by it."""
    kind = ways[profile][0]
    here = queues[row]
    evidence = page[line]
    state = evidence[len(evidence) - 1]
    queue = int(kind[QUEUE])
    evidence[0][NOTED_CREDIT] = shares[queue][0][CREDIT]
    for way in range(1, int(kind[VENDORS]) + 1):
        offer = ways[profile][way]
        vendor = int(offer[VENDOR])
        terms = vendors[vendor]
        used = usage[vendor]
        note = evidence[way]
        for column in range(UP, ADMISSION + 1):
            note[NOTED_LIVE + column - UP] = terms[column]
        note[NOTED_LEFT_TO_SPEND] = terms[LEFT_TO_SPEND]
        for column in range(USAGE_COLUMNS):
            note[NOTED_USAGE + column] = used[column]
        note[NOTED_CREDIT] = shares[queue][vendor + 1][CREDIT]
        note[NOTED_EXTRA] = offer[EXTRA]
    state[NOTED_LUCK] = luck
    all_used = usage[len(usage) - 1]
    for column in range(ALL_SQUARES + 1):
        state[NOTED_CENTER + column] = all_used[column]
    state[NOTED_GATE] = here[GATE]
    state[NOTED_AGE] = state[AT] - here[TOLD_AT]
    state[NOTED_GATE_AGE] = state[AT] - here[MOVED_AT]


@kernel(f"void(i8,i8,{BOOK},{TABLE},{TABLE},{TABLE},{BOOK},{BOOK},i8)", inline=True)
def reserve(
    profile: int,
    row: int,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    shares: Floats,
    page: Floats,
    line: int,
) -> None:
    """Make what `decide` has put on a line come true: count the contact where it goes.

    Changed: `usage`, the admissions in `vendors`, the credits in `shares`, the gate and the contacts present
    of the queue, and the note that the contact is not settled yet.
    """
    state = page.shape[1] - 1
    chosen = int(page[line, state, CHOSEN])
    queue = int(ways[profile, 0, QUEUE])
    count = int(ways[profile, 0, VENDORS])
    now = page[line, state, AT]
    belief = page[line, state, BELIEF]
    center = vendors.shape[0] - 1
    rule = int(queues[row, RULE])
    ways[profile, 0, SEEN] += 1.0
    queues[queue, ROUTED] += 1.0
    usage[center, ALL_ROUTED] += 1.0
    if chosen < 0:
        return
    page[line, state, UNSETTLED] = 1.0

    if belief < LOST:
        released = queues[row, GATE] != 0.0 and now - queues[row, MOVED_AT] >= queues[row, RELEASE]
        moved = released or page[line, state, STATE_GATE] != queues[row, GATE]
        if queues[row, GATED] != 0.0 and moved:
            queues[row, GATE] = page[line, state, STATE_GATE]
            queues[row, MOVED_AT] = now
        counted = rule == BY_SHARE and page[line, chosen, TIER] == REGULAR
        pool = 0.0
        for way in range(count + 1):
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

    for way in range(1, count + 1):
        reason = page[line, way, REASON]
        vendor = int(ways[profile, way, VENDOR])
        if (reason == 0.0 or reason == RAMP) and vendors[vendor, ADMITTED] < 1.0:
            added_up = vendors[vendor, ADMISSION] + vendors[vendor, ADMITTED]
            # What somebody else takes is no claim on two contacts later.
            vendors[vendor, ADMISSION] = max(added_up - 1.0, 0.0) if way == chosen else min(added_up, 1.0)

    if chosen == 0:
        queues[row, PRESENT] += 1.0
        queues[row, TOLD + STATE_KEPT_SINCE] += 1.0
        return
    vendor = int(ways[profile, chosen, VENDOR])
    page[line, state, SENT_BEFORE] = usage[vendor, WINDOWS - 2]
    usage[center, ALL_SQUARES] += 2.0 * usage[vendor, CENTER_DAY] + 1.0
    for column in range(WINDOWS + 1):
        usage[vendor, column] += 1.0
    usage[center, ALL_SENT] += 1.0
    reached = usage[vendor, WINDOWS - 2] >= vendors[vendor, PRICE_UNTIL]
    for window in range(WINDOWS - 1):
        reached = reached or usage[vendor, window] >= vendors[vendor, FIRST_CAP + window]
    if reached:  # prices and rules follow before the next contact
        vendors[vendor, REACHED] = 1.0
        vendors[center, UNTIL] = -INFINITE
    vendors[vendor, LEFT_TO_SPEND] -= 1.0
    if vendors[vendor, PROBE] != 0.0:
        vendors[vendor, PROBE] = 0.0
        vendors[vendor, ADMITTED] = 0.0


@kernel(f"i8(i8,i8,i8,f8,{BOOK},{TABLE},{TABLE},{TABLE},f8[::1],f8[::1])")
def price_classes(
    asked: int,
    row: int,
    profiles: int,
    arrival_rate: float,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    rates: Floats,
    prices: Floats,
) -> int:
    """The contacts that a queue meets, by the price of their cheapest way out; return how many classes.

    Filled: `rates` (contacts per second) and `prices` (money, inf: no way out), from the front. The queue's
    arrival rate counts all contacts of its types; it is split by what was routed lately (before anything was:
    by the profile asked for). A kind that the queue may not take, or that vendors take whole, keeps its share
    of the rate away. Vendors that are full at the moment count as open: that passes within minutes, the rule
    is meant to stay.
    """
    queue = int(ways[asked, 0, QUEUE])
    routed = False
    for profile in range(profiles):
        if ways[profile, 0, SEEN] > 0.0 and int(ways[profile, 0, QUEUE]) == queue:
            routed = True
    rivals = vendors.shape[0] - 1
    total = 0.0
    classes = 0
    for profile in range(profiles):
        seen = ways[profile, 0, SEEN] if routed else 1.0 if profile == asked else 0.0
        if seen <= 0.0 or int(ways[profile, 0, QUEUE]) != queue:
            continue
        total += seen
        mode = int(ways[profile, 0, MODE])
        cheapest = INFINITE
        for way in range(1, int(ways[profile, 0, VENDORS]) + 1):
            vendor = int(ways[profile, way, VENDOR])
            terms = vendors[vendor]
            reason, _, _ = refusal(mode, terms, usage[vendor], vendors[rivals], usage[rivals], rivals)
            on_trial = terms[TRIAL_SHARE] < 1.0  # most contacts cannot go there
            if on_trial or (reason != 0.0 and reason != CAPACITY and reason != RAMP):
                continue
            wait = vendors[vendor, VENDOR_WAIT]
            money = (
                ways[profile, way, PRICE]
                + ways[profile, way, EXTRA]
                + vendors[vendor, FAILURE] * queues[row, FAILED_COST]
            )
            cost = (money + queues[row, COST_RATE] * wait) / (1.0 + queues[row, ABANDONMENT_RATE] * wait)
            cheapest = min(cheapest, cost)
        if mode == SPECIALISED or (mode == FULL and cheapest < INFINITE) or ways[profile, 0, BARRED] != 0.0:
            continue
        cheapest += ways[profile, 0, PROTECTION]
        place = 0
        while place < classes and prices[place] != cheapest:
            place += 1
        if place == classes:
            prices[place] = cheapest
            rates[place] = 0.0
            classes += 1
        rates[place] += seen
    if classes == 0:
        prices[0] = INFINITE
        rates[0] = 0.0
        return 1
    for place in range(classes):
        rates[place] *= arrival_rate / total
    return classes
