"""The rule of the marginal cost, solved and laid out in the routing tables at one go.

What it writes is what `bporoute.routing._tables._queue_rules` would: that is for any policy, this for the one
that most queues go by, in a fraction of the time.
"""

from __future__ import annotations

import math

import numpy as np

from bporoute._kernels.compiling.arrays import Table, WholeRow
from bporoute._kernels.compiling.records import unpacked
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.by_contacts_present import expected_present, expected_wait
from bporoute._kernels.queueing.keep_costs import keep_costs, room_in_sight
from bporoute._kernels.routing import codes, columns
from bporoute._kernels.routing.price_classes import price_classes
from bporoute._kernels.routing.records import Tables

INFINITE = float("inf")
UNSOLVED = 0
AS_BEFORE = 1 << 30


@kernel("i8(i8,i8,i8,WholeRow,f8,f8,f8,f8,f8,f8,i8,Table,Table)")
def solve_marginal_rule_at(
    tables_at: int,
    asked: int,
    row: int,
    kinds: WholeRow,
    agents: float,
    arrival_rate: float,
    aht: float,
    waiting_room: float,
    blocked_cost: float,
    reach: float,
    explained: int,
    before: Table,
    classes: Table,
) -> int:
    """`solve_marginal_rule` in the tables that are packed at an address."""
    return solve_marginal_rule(
        unpacked(Tables, tables_at), asked, row, kinds, agents, arrival_rate, aht, waiting_room, blocked_cost,
        reach, explained, before, classes,
    )  # fmt: skip


@kernel("i8(Tables,i8,i8,WholeRow,f8,f8,f8,f8,f8,f8,i8,Table,Table)")
def solve_marginal_rule(
    tables: Tables,
    asked: int,
    row: int,
    kinds: WholeRow,
    agents: float,
    arrival_rate: float,
    aht: float,
    waiting_room: float,
    blocked_cost: float,
    reach: float,
    explained: int,
    before: Table,
    classes: Table,
) -> int:
    """Solve the rule of a row of the queues; how many classes of contacts it rests on.

    `price_classes` says what `asked`, `kinds`, `arrival_rate` and `aht` are; `classes` is filled with its
    rates, prices and works, a row for each. `reach` is as in `room_in_sight`, and with `explained` 1 what
    decisions are explained by is laid out, too. Where the classes are those `before`, which is for the same
    agents, handle time and reach, nothing is done: `AS_BEFORE`. Nor is it where the rule is nonsense:
    `UNSOLVED`; or where the curves have no room for its states: minus their number.
    """
    rates, prices, works = classes[0], classes[1], classes[2]
    count = price_classes(
        asked, row, kinds, arrival_rate, aht, tables.ways, tables.vendors, tables.usage, tables.queues, rates,
        prices, works,
    )  # fmt: skip
    same = before.shape[1] == count
    work_rate = 0.0
    for place in range(count):
        work_rate += rates[place] * works[place]
        for line in range(3):
            same = same and before[line, place] == classes[line, place]
    if same:
        return AS_BEFORE
    here = tables.queues[row]
    leaving = here[columns.ABANDONMENT_RATE]
    room = room_in_sight(waiting_room, agents, aht, leaving, work_rate, reach)
    states = math.ceil(agents) + room + 1
    curves = tables.curves[row]
    if states > curves.shape[1]:
        return -states
    keep, work, wait = np.empty(states), np.empty(states), np.empty(states)
    rates, prices, works = rates[:count], prices[:count], works[:count]
    keep_costs(
        agents, aht, leaving, here[columns.COST_RATE], blocked_cost, rates, prices, works, keep, work
    )  # fmt: skip
    for state in range(states):
        if not (keep[state] == keep[state] and abs(work[state]) < INFINITE):
            return UNSOLVED
    for state in range(states):
        curves[columns.KEEP_COST, state] = curves[columns.KEEP_COST_OPEN, state] = keep[state]
        curves[columns.KEEP_WORK, state] = curves[columns.KEEP_WORK_OPEN, state] = work[state]
    if explained != 0:
        expected_wait(agents, 1.0 / aht, leaving, wait)
        for state in range(states):
            curves[columns.MARGINAL_COST, state] = keep[state]
            curves[columns.MARGINAL_WORK, state] = work[state]
            curves[columns.EXPECTED_WAIT, state] = wait[state]
        here[columns.EXPECTED_PRESENT] = math.floor(
            expected_present(agents, 1.0 / aht, leaving, rates, prices, works, keep, work)
        )
    here[columns.GATE] = here[columns.GATED] = here[columns.DWELL] = 0.0
    here[columns.RELEASE] = INFINITE
    here[columns.LAST] = states - 1.0
    here[columns.RULE_AHT] = aht
    here[columns.RULE] = codes.BY_COST
    shares = tables.shares[row]
    for destination in range(shares.shape[0]):
        for column in range(columns.CREDIT):
            shares[destination, column] = 0.0
    return count
