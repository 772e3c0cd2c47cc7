"""A queue whose rates and agents change over the day: what becomes of the contacts of each piece of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, number, numbers
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, POSITIVE
from bporoute._kernels import for_work
from bporoute._kernels.queueing import changing
from bporoute.center._targets import COUNTINGS, Counting
from bporoute.errors import InputError

MOST_STATES = 50_000
"""Contacts present at once that are followed."""
SHORTEST = 0.1
"""Seconds of a patience below which nobody waits."""


class ChangingQueue(msgspec.Struct, frozen=True, eq=False):
    """What becomes of the contacts that come in each piece of time, in the mean.

    Attributes
    ----------
    offered : array
        Contacts that come.
    blocked : array
        Those of them who find no place to wait.
    answered, answered_in_time : array
        Those who are answered, whenever that is; within the time that was asked for.
    abandoned, abandoned_in_time, abandoned_short : array
        Those who give up; within that time; within the short one. Who still waits at the end of all pieces
        has neither been answered nor given up.
    waited : array
        Seconds that the answered have waited, all together; divided by `answered` it is the speed of answer.
    waited_by_all : array
        Seconds that all who came have waited, until they were answered or gave up.
    busy : array
        Seconds of slots taken within the shift.
    waiting : array
        How many wait at the end of the piece, in the mean.
    """

    offered: Floats
    blocked: Floats
    answered: Floats
    answered_in_time: Floats
    abandoned: Floats
    abandoned_in_time: Floats
    abandoned_short: Floats
    waited: Floats
    waited_by_all: Floats
    busy: Floats
    waiting: Floats


def changing_queue(
    agents: object,
    arrival_rate: object,
    aht: object,
    seconds: object,
    patience: float = math.inf,
    waiting_room: float = math.inf,
    *,
    at_once: Sequence[float] = (1.0,),
    within: float = 20.0,
    short: float = 5.0,
) -> ChangingQueue:
    """Follow a queue that is empty at first through pieces of time, each with its own agents and rate.

    Exact but for the length of its steps (less than 1 % of the waits): who is still waiting when a piece ends
    is carried into the next. Arrivals are Poisson, handle times and patience exponential; agents whose shift
    ends finish what they have in hand.

    Parameters
    ----------
    agents : array
        Agents who are there in each piece, any real number of at least 0.
    arrival_rate : array
        Contacts a second.
    aht : array
        Mean handle time, seconds, of a contact that has its agent for itself.
    seconds : array
        How long each piece is.
    patience : float
        Mean patience, seconds; inf: nobody gives up.
    waiting_room : float
        Contacts that may wait; inf: any number.
    at_once : sequence of float
        How many times the handle time a contact takes an agent who has 1, 2, .. in hand.
    within, short : float
        Seconds within which an answer is in time, and an abandonment short.

    Raises
    ------
    InputError
        A number out of its range; more contacts at once than are followed (50,000).

    Examples
    --------
    Ten agents for eight erlangs, then for twelve, then for six:

    >>> day = changing_queue([10, 10, 10], [8 / 240, 12 / 240, 6 / 240], 240.0, 3600.0, patience=600.0)
    >>> (day.waited / day.answered).round(0), day.waiting.round(1)
    (array([ 16., 103.,  11.]), array([0.7, 5.7, 0.1]))
    """
    given = {
        "agents": numbers("agents", agents, NOT_NEGATIVE),
        "arrival_rate": numbers("arrival_rate", arrival_rate, NOT_NEGATIVE),
        "aht": numbers("aht", aht, POSITIVE),
        "seconds": numbers("seconds", seconds, POSITIVE),
    }
    try:
        pieces = np.stack(
            [column.astype(np.float64) for column in np.broadcast_arrays(*given.values())], axis=-1
        )
    except ValueError:
        sizes = ", ".join(f"{name} {column.shape}" for name, column in given.items())
        raise InputError("agents", sizes, "shapes that fit") from None
    pieces = np.ascontiguousarray(pieces.reshape(-1, 4))
    stays, room = number("patience", patience, OR_INFINITE), number("waiting_room", waiting_room, OR_INFINITE)
    nobody_waits = stays < SHORTEST and room > 0.0  # then whoever finds all busy is gone at once
    rules = np.array(
        [
            0.0 if nobody_waits else 1.0 / max(stays, SHORTEST),
            0.0 if nobody_waits else room,
            number("within", within, OR_INFINITE),
            number("short", short, OR_INFINITE),
        ]
    )
    factors = np.ascontiguousarray(numbers("at_once", at_once, POSITIVE))
    out = np.zeros((len(pieces), changing.COLUMNS))
    run = for_work(changing.changing_queue, 1 << 20)
    needed = run(pieces, rules, factors, float(MOST_STATES), out)
    if needed > MOST_STATES:
        raise InputError(
            "agents",
            f"some {needed:,.0f} contacts at once",
            f"at most {MOST_STATES:,}: more agents, a patience or a waiting room",
        )
    if nobody_waits:
        for column in (changing.ABANDONED, changing.ABANDONED_IN_TIME, changing.ABANDONED_SHORT):
            out[:, column] = out[:, changing.BLOCKED]
        out[:, changing.BLOCKED] = 0.0
    return ChangingQueue(*(np.ascontiguousarray(column) for column in out.T))


def level(found: ChangingQueue, counting: Counting) -> Floats:
    """The service level of each piece; nan where no contact counts.

    >>> level(changing_queue([0, 5], [0.01, 0.01], 100.0, 3600.0, 60.0), "offered").round(2)
    array([0., 1.])
    """
    good, base = COUNTINGS[counting]
    some, of_all = (
        sum((weight * getattr(found, part) for part, weight in weights.items()), np.zeros(len(found.offered)))
        for weights in (good, base)
    )
    shares: Floats = np.divide(some, of_all, out=np.full(len(some), math.nan), where=of_all > 0.0)
    return shares
