"""Which contacts a queue meets, as the policies see them: classes of one price and one handle time."""

from __future__ import annotations

import numpy as np

from bporoute._kernels.compiling.arrays import Book, Row, Table, WholeRow
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.codes import CAPACITY, FULL, IN_HOUSE, OVERFLOW, RAMP, SPECIALISED
from bporoute._kernels.routing.columns import (
    ABANDONMENT_RATE,
    BARRED,
    COST_RATE,
    EXTRA,
    FAILED_COST,
    FAILURE,
    FALLS_BACK_IN,
    MODE,
    PRICE,
    PROTECTION,
    SEEN,
    TRIAL_SHARE,
    USAGE_SHIFT,
    VENDOR,
    VENDOR_WAIT,
    VENDORS,
)
from bporoute._kernels.routing.eligibility import refusal
from bporoute._kernels.routing.work import work_of

INFINITE = float("inf")
MOST_KINDS = 256
"""Profiles of a queue that its rule is solved for at most: those that were seen most."""
ALIKE = 0.02
"""Relative difference of works up to which contacts of one price are alike: estimates differ by as much."""


@kernel("i8(i8,i8,WholeRow,f8,f8,Book,Table,Table,Table,Row,Row,Row)")
def price_classes(
    asked: int,
    row: int,
    kinds: WholeRow,
    arrival_rate: float,
    aht: float,
    ways: Book,
    vendors: Table,
    usage: Table,
    queues: Table,
    rates: Row,
    prices: Row,
    works: Row,
) -> int:
    """The contacts that a queue meets, by the price of their cheapest way out and by their work.

    Returned: how many classes. Filled, from the front: `rates` (contacts per second), `prices` (money, inf:
    no way out), `works` (mean handle time in multiples of `aht`, which is the queue's, seconds). The queue's
    arrival rate counts all contacts of its types; it is split over `kinds`, profiles of the queue, by what
    was routed lately (before anything was: by the profile asked for). A profile that the queue may not take,
    or that vendors take whole, keeps its share of the rate away, unless nobody else may take it and it falls
    back to the queue. The work of a class is the mean of those
    that are alike. Vendors that are full at the moment count as open: that passes within minutes, the rule is
    meant to stay.
    """
    routed = False
    for profile in kinds:
        routed = routed or ways[profile, 0, SEEN] > 0.0
    rivals = vendors.shape[0] - 1
    all_used = usage[usage.shape[0] - 1]
    failing = np.empty((2, rivals))  # what a contact costs at each vendor beside its price
    waiting = np.empty(rivals)
    staying = np.empty(rivals)
    for vendor in range(rivals):
        terms = vendors[vendor]
        used = usage[vendor + int(terms[USAGE_SHIFT])]
        for sold, mode in enumerate((OVERFLOW, SPECIALISED)):
            reason, _, _ = refusal(mode, terms, used, vendors[rivals], all_used, rivals)
            on_trial = terms[TRIAL_SHARE] < 1.0  # most contacts cannot go there
            closed = on_trial or (reason != 0.0 and reason != CAPACITY and reason != RAMP)
            failing[sold, vendor] = INFINITE if closed else terms[FAILURE] * queues[row, FAILED_COST]
        waiting[vendor] = queues[row, COST_RATE] * terms[VENDOR_WAIT]
        staying[vendor] = 1.0 + queues[row, ABANDONMENT_RATE] * terms[VENDOR_WAIT]
    total = 0.0
    classes = 0
    for profile in kinds:
        seen = ways[profile, 0, SEEN] if routed else 1.0 if profile == asked else 0.0
        if seen <= 0.0:
            continue
        total += seen
        mode = int(ways[profile, 0, MODE])
        sold = 1 if mode == SPECIALISED else 0
        cheapest = INFINITE
        if mode != IN_HOUSE:
            for way in range(1, int(ways[profile, 0, VENDORS]) + 1):
                vendor = int(ways[profile, way, VENDOR])
                money = ways[profile, way, PRICE] + ways[profile, way, EXTRA] + failing[sold, vendor]
                cheapest = min(cheapest, (money + waiting[vendor]) / staying[vendor])
        if mode == SPECIALISED or ways[profile, 0, BARRED] != 0.0:
            if cheapest < INFINITE or vendors[rivals, FALLS_BACK_IN] == 0.0:
                continue
        elif mode == FULL and cheapest < INFINITE:
            continue
        cheapest += ways[profile, 0, PROTECTION]
        work = work_of(ways[profile, 0], aht)
        place = 0
        while place < classes and (
            prices[place] != cheapest or abs(works[place] - work) > ALIKE * works[place]
        ):
            place += 1
        if place == classes:
            prices[place], works[place] = cheapest, work
            rates[place] = 0.0
            classes += 1
        rates[place] += seen
        works[place] += (work - works[place]) * seen / rates[place]
    if classes == 0:
        prices[0] = INFINITE
        rates[0] = 0.0
        works[0] = 1.0
        return 1
    for place in range(classes):
        rates[place] *= arrival_rate / total
    return classes
