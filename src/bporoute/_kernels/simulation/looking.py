"""Looks at a simulated floor: rates are counted, queues are told of, and rules solved that this calls for.

What the policies of `bporoute` ask of a look is done in Python, by the routing tables themselves. Where the
rule is the marginal cost and nobody is shown what it rests on, the same is done here, so that the floor runs
from look to look without a stop; what it does not know how to do is left to Python as it stands.
"""

from __future__ import annotations

import numpy as np

from bporoute._kernels.compiling.arrays import Row
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.routing.marginal_rule import solve_marginal_rule
from bporoute._kernels.routing.price_classes import MOST_KINDS
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation.advance import advance
from bporoute._kernels.simulation.feed import show_state
from bporoute._kernels.simulation.records import Engine
from bporoute._kernels.simulation.slots import ENDLESS, UNKNOWN


@kernel("i8(f8,Tables,Engine)", inline=True)
def advance_and_look(until: float, tables: Tables, engine: Engine) -> int:
    """Run the floor until an instant, with the looks before it; return why it stopped, as `advance` does.

    It begins with telling the queues of the instant LOOKED_AT, if the mark TELLS says so.
    """
    clock, marks = engine.clock, engine.marks
    status = codes.GOES_ON
    if marks[columns.TELLS] != 0:
        marks[columns.TELLS] = 0
        status = tell_and_solve(tables, engine)
    while status == codes.GOES_ON:
        look_at = ENDLESS
        if marks[columns.LOOK] < engine.look_at.shape[0]:
            look_at = engine.look_at[marks[columns.LOOK]]
        status = advance(min(until, look_at), tables, engine)
        if status != codes.TIME_UP or not look_at < until:
            return status
        marks[columns.LOOK] += 1
        clock[columns.LOOKED_AT] = look_at
        status = look(tables, engine)
    return status


@kernel("i8(Tables,Engine)")
def look(tables: Tables, engine: Engine) -> int:
    """Look at the floor; GOES_ON, or who has to go on with it: LOOK, or RULES.

    LOOK: somebody has to see to the calendar first, or to a price, and nothing is done yet.
    """
    now, vendors = engine.clock[columns.LOOKED_AT], tables.vendors
    rivals = vendors.shape[0] - 1
    if not vendors[rivals, routing_columns.SINCE] <= now < vendors[rivals, routing_columns.UNTIL]:
        return codes.LOOK
    for vendor in range(rivals):
        if vendors[vendor, routing_columns.REACHED] != 0.0:
            return codes.LOOK
    number = engine.marks[columns.COUNTED]
    engine.marks[columns.COUNTED] = number + 1
    for queue in range(engine.looks.shape[0]):
        routed, step = tables.queues[queue, routing_columns.ROUTED], engine.clock[columns.LOOK_STEP]
        engine.looks[queue, columns.RATE_NOW] = counted_rate(engine.routed[queue], number, routed, step)
    return tell_and_solve(tables, engine)


@kernel("f8(Row,i8,f8,f8)")
def counted_rate(counts: Row, number: int, routed: float, step: float) -> float:
    """Contacts per second over the last looks, of which this is that `number`; nan where nobody came.

    `counts` is what had been routed at each of them, round and round, and is written; `routed` what has been
    routed by now, and `step` the seconds between two looks.
    """
    size = counts.shape[0]
    counts[number % size] = routed
    held = min(number, size - 1)
    came = routed - counts[(number - held) % size]
    # Nobody came: the queue was closed, or has only opened; the router's own estimate knows more.
    return came / (held * step) if came != 0.0 else UNKNOWN


@kernel("b1(Row,f8)", inline=True)
def is_news(seen: Row, room: float) -> bool:
    """Whether a queue's room or arrival rate is another than was told last."""
    rate, told = seen[columns.RATE_NOW], seen[columns.TOLD_RATE]
    return bool(room != seen[columns.TOLD_ROOM] or (rate != told and (rate == rate or told == told)))


@kernel("i8(Tables,Engine)")
def tell_and_solve(tables: Tables, engine: Engine) -> int:
    """Tell the tables what is news of the queues, and solve the rules that wait for it; GOES_ON, or RULES.

    RULES: somebody has to go on with telling and solving where it stopped.
    """
    teams, queues, looks = engine.teams, tables.queues, engine.looks
    status = codes.GOES_ON
    for queue in range(looks.shape[0]):
        team, seen, here = teams[queue], looks[queue], queues[queue]
        room = team[columns.AGENTS] * team[columns.SLOTS]
        news = is_news(seen, room)
        if here[routing_columns.DISTRUST] != 0.0:
            if news or here[routing_columns.QUEUE_READY] == 0.0:
                status = codes.RULES
            continue
        if news:
            seen[columns.TOLD_ROOM], seen[columns.TOLD_RATE] = room, seen[columns.RATE_NOW]
            here[routing_columns.TOLD + routing_columns.STATE_AGENTS] = room
            here[routing_columns.TOLD + routing_columns.STATE_RATE] = seen[columns.RATE_NOW]
            show_state(
                teams, queue, team[columns.BUSY], team[columns.WAITING], engine.clock[columns.LOOKED_AT],
                0.0, queues,
            )  # fmt: skip
            here[routing_columns.QUEUE_READY] = 0.0
            engine.marks[columns.TOLD_NEWS] = 1
        if team[columns.WAITING] >= team[columns.REACH]:
            status = codes.RULES
        elif here[routing_columns.QUEUE_READY] == 0.0 and seen[columns.ASKED] >= 0.0:
            engine.marks[columns.TOLD_NEWS] = 1
            if not solve(queue, tables, engine):
                status = codes.RULES
    return status


@kernel("b1(i8,Tables,Engine)")
def solve(queue: int, tables: Tables, engine: Engine) -> bool:
    """Solve a queue's rule and lay it out, as the routing tables do; False if that is not done.

    What is left alone: a rate that only the router knows, more room than the curves have, nonsense.
    """
    here, seen = tables.queues[queue], engine.looks[queue]
    rate, aht = seen[columns.TOLD_RATE], here[routing_columns.RULE_AHT]
    if rate != rate or aht <= 0.0:
        return False
    kinds, counted = np.empty(engine.marks[columns.PROFILES], dtype=np.int64), 0
    for profile in range(kinds.shape[0]):
        if int(tables.ways[profile, 0, routing_columns.QUEUE]) == queue:
            kinds[counted] = profile
            counted += 1
    if counted > MOST_KINDS:
        return False
    solved = solve_marginal_rule(
        tables, int(seen[columns.ASKED]), queue, kinds[:counted], seen[columns.TOLD_ROOM], rate, aht,
        seen[columns.ROOM], seen[columns.BLOCKED_COST], engine.teams[queue, columns.REACH], 0,
        np.empty((3, 0)), np.empty((3, counted)),
    )  # fmt: skip
    if solved <= 0:
        return False
    here[routing_columns.QUEUE_READY] = 1.0
    return True
