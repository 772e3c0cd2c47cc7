"""The one decision: which destinations may take a contact, in which order, and what each would cost.

Both the live router and a replay run `decide`. It reads the routing tables (arrays, laid out by the
column numbers below) and writes its evidence; it knows nothing of names, time zones or contracts, and
validates nothing: `bporoute.tables` builds the arrays.

Destination 0 is the contact's in-house queue, destination v + 1 is vendor v.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bporoute._kernels.registry import kernel

if TYPE_CHECKING:
    from bporoute._kernels.registry import Floats, Integers

# Why a destination is out; `bporoute.reasons` gives each code its name.
CONTACT_TYPE, LANGUAGE, DATA, CERTIFICATE, SOURCING, TERM, CLOSED, DOWN, CAPACITY = range(1, 10)
CAP_HOUR, CAP_DAY, CAP_PERIOD, QUEUE_FULL, BAD_CLOCK = range(10, 15)

# Sourcing modes of a contact type.
IN_HOUSE, OVERFLOW, FULL, SPECIALISED = range(4)

# profiles[profile, .]: whole numbers.
PROFILE_QUEUE, PROFILE_MODE = range(2)
# ways[profile, destination, .]: the reason that bars it (0: none), the price of one contact there.
BARRED, PRICE = range(2)
# vendors[vendor, .]: reason code of its calendar (0: open), 1 if up, most contacts at once, wait there
# (seconds), then the caps of the three counted windows (contacts).
STATUS, UP, MOST_AT_ONCE, VENDOR_WAIT, FIRST_CAP = range(5)
VENDOR_COLUMNS = 7
# usage[vendor, .]: contacts sent in the current hour, day and period, then contacts there now.
WINDOWS = 3
IN_FLIGHT = 3
USAGE_COLUMNS = 4
# queues[row, .]: 0 if the state can be trusted, kind of rule, contacts present (busy + waiting), last
# state of the curves, cost of a waiting second (abandonment included), abandonment rate (1/s).
DISTRUST, RULE, PRESENT, LAST, COST_RATE, ABANDONMENT_RATE = range(6)
QUEUE_COLUMNS = 6
BY_COST, BY_SHARE = range(2)
# curves[row, ., contacts present].
KEEP_COST, MARGINAL_COST, EXPECTED_WAIT = range(3)
CURVES = 3
# shares[row, destination, SHARE] as the rule says; shares[queue, destination, CREDIT] as counted.
SHARE, CREDIT = range(2)
# evidence[destination, .].
REASON, OBSERVED, LIMIT, COST, WAIT, TIER, KEY = range(7)
EVIDENCE_COLUMNS = 7

INFINITE = float("inf")
UNKNOWN = float("nan")


@kernel(
    "i8(i8,i8,i8[:,::1],f8[:,:,::1],f8[:,::1],f8[:,::1],f8[:,::1],f8[:,:,::1],f8[:,:,::1],f8[:,::1],i8[::1],b1)"
)
def decide(
    profile: int,
    row: int,
    profiles: Integers,
    ways: Floats,
    vendors: Floats,
    usage: Floats,
    queues: Floats,
    curves: Floats,
    shares: Floats,
    evidence: Floats,
    order: Integers,
    commit: bool,
) -> int:
    """Rank every destination of a contact or note why it is out; reserve the first one if `commit`.

    Filled: `evidence` (one row per destination: reason code, observed and limiting number, cost in
    money, expected wait in seconds, tier, key) and the first entries of `order` (destinations, best
    first: by tier, then key, then configuration order). Changed only if `commit`: `usage` of the chosen
    vendor, and the credits in `shares`. Returned: how many destinations are ranked.

    A vendor costs ``price / (1 + theta w) + c w / (1 + theta w)``: it is paid for the contacts that
    stay through an exponential wait of mean w (rate of giving up theta), and every second waited costs
    c = wait cost + theta * abandonment cost. Keeping costs the marginal cost of one more contact, see
    `bporoute._kernels.queueing.marginal_cost`; the *rule* compares its own curve, KEEP_COST.

    Shares are smooth weighted round robin: every destination that may take the contact earns its share,
    the one with most credit takes it and pays for all. Among m destinations that stay open, a count is at
    most 1 - 1/m contacts ahead of its share and 1/2 + 1/3 + .. + 1/m behind; whoever opens and closes at
    will is off by (m - 1) / 2 at most, so a vendor that was closed claims no backlog.
    """
    queue = profiles[profile, PROFILE_QUEUE]
    mode = profiles[profile, PROFILE_MODE]
    distrusted = queues[row, DISTRUST] != 0.0
    by_share = queues[row, RULE] == BY_SHARE and not distrusted
    last = int(queues[row, LAST])
    present = min(max(int(queues[row, PRESENT]), 0), last)
    cost_rate = queues[row, COST_RATE]
    abandonment_rate = queues[row, ABANDONMENT_RATE]
    shared = 0.0

    for vendor in range(vendors.shape[0]):
        destination = vendor + 1
        reason = int(ways[profile, destination, BARRED])
        observed = 0.0
        limit = 0.0
        if reason == 0 and mode == IN_HOUSE:
            reason = SOURCING
        if reason == 0:
            reason = int(vendors[vendor, STATUS])
        if reason == 0 and vendors[vendor, UP] == 0.0:
            reason = DOWN
        if reason == 0 and usage[vendor, IN_FLIGHT] >= vendors[vendor, MOST_AT_ONCE]:
            reason = CAPACITY
            observed = usage[vendor, IN_FLIGHT]
            limit = vendors[vendor, MOST_AT_ONCE]
        if reason == 0:
            for window in range(WINDOWS):
                if usage[vendor, window] >= vendors[vendor, FIRST_CAP + window]:
                    reason = CAP_HOUR + window
                    observed = usage[vendor, window]
                    limit = vendors[vendor, FIRST_CAP + window]
                    break
        wait = vendors[vendor, VENDOR_WAIT]
        cost = (ways[profile, destination, PRICE] + cost_rate * wait) / (1.0 + abandonment_rate * wait)
        tier = 0.0
        key = cost
        if by_share:
            share = shares[row, destination, SHARE]
            if share > 0.0:
                key = -(shares[queue, destination, CREDIT] + share)
                if reason == 0:
                    shared += share
            else:
                tier = 2.0
        evidence[destination, REASON] = reason
        evidence[destination, OBSERVED] = observed
        evidence[destination, LIMIT] = limit
        evidence[destination, COST] = cost
        evidence[destination, WAIT] = wait
        evidence[destination, TIER] = tier
        evidence[destination, KEY] = key

    reason = SOURCING if mode == SPECIALISED else int(ways[profile, 0, BARRED])
    if reason == 0 and not distrusted and queues[row, PRESENT] >= last:
        reason = QUEUE_FULL
    tier = 0.0
    if by_share:
        left = 1.0 - shared
        if mode == FULL or left <= 1e-12:
            tier = 3.0 if mode == FULL else 1.0
            key = 0.0
        else:
            key = -(shares[queue, 0, CREDIT] + left)
            if reason == 0:
                shared = 1.0
    else:
        if mode == FULL:
            tier = 1.0
        key = -INFINITE if distrusted else curves[row, KEEP_COST, present]
    evidence[0, REASON] = reason
    evidence[0, OBSERVED] = queues[row, PRESENT]
    evidence[0, LIMIT] = last
    evidence[0, COST] = UNKNOWN if distrusted else curves[row, MARGINAL_COST, present]
    evidence[0, WAIT] = UNKNOWN if distrusted else curves[row, EXPECTED_WAIT, present]
    evidence[0, TIER] = tier
    evidence[0, KEY] = key

    ranked = 0
    for destination in range(evidence.shape[0]):
        if evidence[destination, REASON] != 0.0:
            continue
        tier = evidence[destination, TIER]
        key = evidence[destination, KEY]
        place = ranked
        while place > 0:
            other = order[place - 1]
            if evidence[other, TIER] < tier or (
                evidence[other, TIER] == tier and evidence[other, KEY] <= key
            ):
                break
            order[place] = other
            place -= 1
        order[place] = destination
        ranked += 1

    if commit and ranked > 0:
        chosen = order[0]
        if chosen > 0:
            for column in range(USAGE_COLUMNS):
                usage[chosen - 1, column] += 1.0
        if by_share and evidence[chosen, TIER] == 0.0:
            for place in range(ranked):
                destination = order[place]
                if evidence[destination, TIER] == 0.0:
                    shares[queue, destination, CREDIT] = -evidence[destination, KEY]
            shares[queue, chosen, CREDIT] -= shared
    return ranked
