"""The one decision: which destinations may take a contact, in which order, and what each would cost.

The live router, batches and the simulation run `choose`. It reads the routing tables (arrays, laid out as
`bporoute._kernels.routing.columns` says) and writes its evidence on a line of a page; it knows nothing of
names, time zones or contracts, and validates nothing: `bporoute.routing._tables` builds the arrays.
"""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Book
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.codes import (
    BELIEVED,
    BY_COST,
    BY_HASH,
    BY_SHARE,
    CONCENTRATION,
    DISTRUSTED,
    EXPECTED,
    FULL,
    LAST_RESORT,
    LOST,
    OUTSIDE,
    OVERFLOW,
    REGULAR,
    RESERVE,
    TRIAL,
    VENDOR_SHARE,
    WARMED,
)
from bporoute._kernels.routing.columns import (
    ABANDONMENT_RATE,
    AT,
    BELIEF,
    CHOSEN,
    COST,
    COST_RATE,
    CREDIT,
    DISTRUST,
    DWELL,
    EARNING,
    EXPECTED_PRESENT,
    EXPECTED_WAIT,
    EXTRA,
    FAILED_COST,
    FAILURE,
    GATE,
    GATED,
    IN_FLIGHT,
    KEEP_COST,
    KEEP_COST_OPEN,
    KEEP_WORK,
    KEEP_WORK_OPEN,
    KEY,
    LAST,
    LIMIT,
    LOST_AFTER,
    MARGINAL_COST,
    MARGINAL_WORK,
    MODE,
    MOST_CONCENTRATION,
    MOST_OUT,
    MOST_SHARE,
    MOVED_AT,
    OBSERVED,
    PRESENT,
    PRICE,
    PROTECTION,
    QUEUE,
    REASON,
    RELEASE,
    RULE,
    RULE_AHT,
    SEED,
    SHARE,
    STALE_AFTER,
    STATE_AGENTS,
    STATE_GATE,
    STATE_KEPT_SINCE,
    STATE_MODE,
    STATE_PRESENT,
    STATE_WORK,
    THIS_PERIOD,
    TIER,
    TOLD,
    TOLD_AT,
    TRIAL_SHARE,
    UNSETTLED,
    USAGE_SHIFT,
    VENDOR,
    VENDORS,
    WAIT,
    WARM,
    WAY_EXTRA,
    WAY_PRICE,
    WEIGHED_AT,
)
from bporoute._kernels.routing.eligibility import (
    ONE_CONTACT,
    crowding,
    refusal,
    refusal_in_house,
    stands_alone,
    wait_there,
)
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.routing.shares import make_up, rank_by_hash, shared_out
from bporoute._kernels.routing.work import work_of

INFINITE = float("inf")
UNKNOWN = float("nan")
MOST_THERE = 2.0**22
"""More contacts than are at a vendor at once."""
NOTHING_LEFT = 1e-12
"""Up to here what shares leave over is rounding."""


@kernel("i8(i8,i8,i8,f8,f8,Tables,Book,i8)", inline=True)
def choose(
    again: int, profile: int, row: int, now: float, luck: float, tables: Tables, page: Book, line: int
) -> int:
    """Cost every way that a contact may take, or note why it is out; return the best, -1 if there is none.

    Filled: line `line` of `page`, one row for each way and one for the state; nothing else is changed. The
    best way is first by tier, then by key, then by the order of the center; the whole ranking can be read
    from the page. `now` is in epoch seconds, `luck` in [0, 1) stands for the contact's id.

    A vendor costs ``(price + extra + f F + c w) / (1 + theta w)``: it is paid for the contacts that stay
    through an exponential wait of mean w (rate of giving up theta), every second waited costs c = wait cost
    + theta * abandonment cost, and it fails to take a contact with probability f, at a cost of F. Keeping
    costs the marginal cost of one more contact, see
    `bporoute._kernels.queueing.by_contacts_present.marginal_cost`; the *rule* compares its own curve,
    KEEP_COST. Both are for a contact of the queue's mean handle time, and with what each has for one that
    takes more of it, or less, see `work`.

    Counted shares are smooth weighted round robin: every destination that may take the contact earns its
    share, the one with most credit takes it and pays for all. Among m destinations that stay open, a count
    is at most 1 - 1/m contacts ahead of its share and 1/2 + 1/3 + .. + 1/m behind; whoever opens and closes
    at will is off by (m - 1) / 2 at most, so a vendor that was closed claims no backlog. What goes out in all
    is kept up meanwhile, by `make_up`. A warm share adds up to one contact, whatever it costs, then begins
    anew.

    `again` is 0 for a decision by itself. It is 1 for whoever has many contacts of one profile decided, each
    profile on a line of its own, while nothing but `reserve` writes the tables, and what ends at a vendor is
    taken from its contacts there: then what the line says of a vendor stays where it would come out the same.
    Before the first, every WEIGHED_AT of the line must be nan: there each vendor's counts are noted for which
    its line holds, or nan if more goes into it than they. `crowding` is looked at anew.
    """
    # Row by row, so that interpreted it works on lists too, which are several times faster there.
    ways, vendors, usage = tables.ways, tables.vendors, tables.usage
    queues, curves, shares = tables.queues, tables.curves, tables.shares
    in_house = ways[profile][0]
    here = queues[row]
    curve = curves[row]
    evidence = page[line]
    rivals = len(vendors) - 1
    center = vendors[rivals]
    all_used = usage[len(usage) - 1]
    queue = int(in_house[QUEUE])
    mode = int(in_house[MODE])
    count = int(in_house[VENDORS])
    last = int(here[LAST])
    cost_rate = here[COST_RATE]
    abandonment_rate = here[ABANDONMENT_RATE]
    failed_cost = here[FAILED_COST]

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
    best_tier = 0.0
    best_key = 0.0
    shared = 0.0
    out = 0.0
    drawn_out = False
    if rule == BY_HASH:
        drawn_out = mode != OVERFLOW or luck < shared_out(count, ways[profile], shares[row])
    crowded = center[MOST_OUT] < 1.0 or center[MOST_CONCENTRATION] < 1.0
    by_cost = here[RULE] == BY_COST
    earning = not by_cost
    for way in range(1, count + 1):
        offer = ways[profile][way]
        vendor = int(offer[VENDOR])
        terms = vendors[vendor]
        used = usage[vendor + int(terms[USAGE_SHIFT])]
        note = evidence[way]
        counts = used[THIS_PERIOD] * MOST_THERE + used[IN_FLIGHT]
        if again == 0 or note[WEIGHED_AT] != counts:
            share_of = shares[row][vendor + 1]
            share = share_of[SHARE]
            warm = share_of[WARM]
            reason, observed, limit = refusal(mode, terms, used, center, all_used, rivals)
            if reason == 0.0 and luck >= terms[TRIAL_SHARE]:
                reason, observed, limit = float(TRIAL), luck, terms[TRIAL_SHARE]
            wait = wait_there(terms, used)
            money = offer[PRICE] + offer[EXTRA] + terms[FAILURE] * failed_cost
            cost = (money + cost_rate * wait) / (1.0 + abandonment_rate * wait)
            tier = REGULAR
            key = cost
            if rule == BY_SHARE:
                if share > 0.0:
                    key = -(shares[queue][vendor + 1][CREDIT] + share)
                    out += share
                else:
                    tier = OUTSIDE
            elif rule == BY_HASH:
                if share > 0.0:
                    key = rank_by_hash(luck, share_of[SEED], share)
                    tier = REGULAR if drawn_out else RESERVE
                else:
                    tier = OUTSIDE
            elif not blind and warm > 0.0 and shares[queue][vendor + 1][CREDIT] + warm >= ONE_CONTACT:
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
            alone = by_cost and warm == 0.0 and stands_alone(terms)
            earning = earning or not alone
            if again != 0:
                note[WEIGHED_AT] = counts if alone else UNKNOWN
        elif (crowded or terms[MOST_SHARE] < 1.0) and (
            note[REASON] == 0.0 or VENDOR_SHARE <= note[REASON] <= CONCENTRATION
        ):
            note[REASON], _, _ = crowding(mode, terms, used, center, all_used, rivals)
        if note[REASON] == 0.0:
            tier = note[TIER]
            key = note[KEY]
            if rule == BY_SHARE and tier == REGULAR:
                shared += shares[row][vendor + 1][SHARE]
            if best < 0 or (tier, key) < (best_tier, best_key):
                best, best_tier, best_key = way, tier, key
    if 0.0 < shared < out:
        best = make_up(count, out / shared, ways[profile], shares[row], shares[queue], evidence)
        best_key = evidence[best][KEY]

    note = evidence[0]
    reason = refusal_in_house(mode, in_house, here, belief, present, last)
    gate = here[GATE] != 0.0
    tier = REGULAR if mode != FULL else RESERVE if rule == BY_COST else LAST_RESORT
    work = work_of(in_house, here[RULE_AHT])
    if blind:
        key = -INFINITE
    elif rule == BY_SHARE:
        left = 1.0 - out if shared > 0.0 else 1.0
        key = 0.0
        if left > NOTHING_LEFT:
            key = -(shares[queue][0][CREDIT] + left) if mode != FULL else 0.0
        elif mode != FULL:
            tier = RESERVE
    elif rule == BY_HASH:
        key = 0.0
        if mode == OVERFLOW and drawn_out:
            tier = RESERVE
    else:
        key = curve[KEEP_COST][at]
        if work != 1.0:
            key += (work - 1.0) * curve[KEEP_WORK][at]
        if here[GATED] != 0.0:
            since = now - here[MOVED_AT]
            if gate and since >= here[RELEASE]:
                gate = False
            if gate:
                key = curve[KEEP_COST_OPEN][at]
                if work != 1.0:
                    key += (work - 1.0) * curve[KEEP_WORK_OPEN][at]
            if 0.0 <= since < here[DWELL]:
                key = INFINITE if gate else -INFINITE
        key -= in_house[PROTECTION]
    cost = UNKNOWN
    if not blind:
        cost = curve[MARGINAL_COST][at]
        if work != 1.0:
            cost += (work - 1.0) * curve[MARGINAL_WORK][at]
    note[REASON] = reason
    note[COST] = cost
    note[WAIT] = UNKNOWN if blind else curve[EXPECTED_WAIT][at]
    note[TIER] = tier
    note[KEY] = key
    chose = mode == OVERFLOW and reason == 0.0 and best > 0 and best_tier != WARMED
    if reason == 0.0 and (best < 0 or (tier, key) <= (best_tier, best_key)):
        best = 0

    # A gate moves only where there was a choice, and not for a vendor that is only kept warm.
    if here[GATED] != 0.0 and not blind and chose:
        gate = best > 0
    state = evidence[len(evidence) - 1]
    if again == 0:  # what only explains
        note[OBSERVED] = present
        note[LIMIT] = last
        note[WAY_PRICE] = 0.0
        note[WAY_EXTRA] = 0.0
        for column in range(STATE_AGENTS, STATE_KEPT_SINCE + 1):
            state[column] = here[TOLD + column]
        state[STATE_PRESENT] = present
    state[AT] = now
    state[BELIEF] = belief
    state[CHOSEN] = best
    state[STATE_WORK] = work
    state[STATE_MODE] = mode
    state[UNSETTLED] = 0.0
    state[STATE_GATE] = 1.0 if gate else 0.0
    state[EARNING] = 1.0 if earning else 0.0
    return best
