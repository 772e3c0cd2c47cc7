"""When the next contact of a stream arrives: Poisson, or exactly so many in each interval.

Every arrival is drawn by its own number, so it is the same whatever happens on the floor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bporoute._kernels.compiling.arrays import Row, Table, WholeRow
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation.chance import standard_exponential, uniform
from bporoute._kernels.simulation.codes import LISTED, NOBODY
from bporoute._kernels.simulation.columns import (
    CONTACTS,
    L_AT,
    LEFT,
    LISTED_AT,
    NEXT,
    NEXT_AT,
    NEXT_STREAM,
    PLACE,
)

if TYPE_CHECKING:
    import numpy as np


NEVER = float("inf")


@kernel("f8(i8,f8,u8,Table,Row,Table,i8)", inline=True)
def next_arrival(
    stream: int,
    after: float,
    key: np.uint64,
    streams: Table,
    edges: Row,
    volumes: Table,
    exact: int,
) -> float:
    """The first arrival of a stream after an instant; inf if there is none.

    ``volumes[stream, interval]`` are contacts expected between two `edges`, or, where counts are `exact`,
    whole numbers of contacts. A Poisson stream arrives when its rate has added up to a standard exponential
    number; of r contacts still to come until the end, evenly spread, the first is ``1 - u^(1/r)`` of the way
    ahead.
    """
    row = streams[stream]
    number = int(row[CONTACTS])
    place = int(row[PLACE])
    last = volumes.shape[1]
    at = after
    if exact != 0:
        while row[LEFT] < 1.0:
            place += 1
            if place >= last:
                row[PLACE] = last
                return NEVER
            row[PLACE] = place
            row[LEFT] = volumes[stream, place]
            at = edges[place]
        at += (edges[place + 1] - at) * (1.0 - uniform(key, number) ** (1.0 / row[LEFT]))
        row[LEFT] -= 1.0
        return float(at)
    work = standard_exponential(key, number)
    while place < last:
        seconds = edges[place + 1] - edges[place]
        left = volumes[stream, place] * (edges[place + 1] - at) / seconds
        if work < left:
            row[PLACE] = place
            return float(at + work * seconds / volumes[stream, place])
        work -= left
        place += 1
        at = edges[place]
    row[PLACE] = last
    return NEVER


@kernel("void(Table,Table,Row,WholeRow)", inline=True)
def choose_next(streams: Table, listed: Table, clock: Row, marks: WholeRow) -> None:
    """Note whose contact arrives first: a stream's, or the next of the list."""
    first = NEVER
    which = NOBODY
    for stream in range(streams.shape[0]):
        if streams[stream, NEXT] < first:
            first = streams[stream, NEXT]
            which = stream
    place = marks[LISTED_AT]
    if place < listed.shape[0] and listed[place, L_AT] <= first:
        first = listed[place, L_AT]
        which = LISTED
    clock[NEXT_AT] = first
    marks[NEXT_STREAM] = which
