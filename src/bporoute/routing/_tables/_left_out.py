"""One contact for which some destinations are out, and which may have been counted before.

The tables say so for as long as that contact is decided, under the lock, and whatever is raised meanwhile
brings them back: `LeftOut.enter` and `LeftOut.leave` each write all or nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bporoute._base.arrays import Floats
from bporoute._base.at_once import write_at_once
from bporoute._kernels.routing import codes, columns
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._profiles import Profile
from bporoute.routing._tables._queues import Vendors

ASKED, BEFORE = "as asked", "as it was before"
"""Why somebody is left out; or the words of `left_out_for`."""
NOBODY: Mapping[str, str] = MappingProxyType({})


def left_out_for(outcome: str, reason: str) -> str:
    """Why somebody who has not taken a contact is left out.

    >>> left_out_for("failed", "503"), left_out_for("failed", ""), left_out_for("undelivered", "404")
    ('it failed to take it: 503', 'it failed to take it', 'it was not reached: 404')
    """
    why = "it failed to take it" if outcome == "failed" else "it was not reached"
    return f"{why}: {reason}" if reason else why


class Came(NamedTuple):
    """What a decision adds to the contacts that came to its queue, and to the center today."""

    to_the_queue: float
    today: float


COMES_NOW = Came(1.0, 1.0)


class LeftOut:
    """Who is out for a contact, and whether it came before.

    Parameters
    ----------
    names : mapping of str to str
        Destinations, and why each is out.
    arrived : float
        When the contact came, epoch seconds; nan: now.
    counted_at : float
        When it was counted as one that comes, epoch seconds; nan: now.
    luck : float
        What stands for its id, in [0, 1); nan: its id says so.
    still_at : str
        Vendor that it is counted at still; for this decision it is not. Empty: none.
    trouble : str
        What could not be used of who was to be out; empty: nothing.

    Attributes
    ----------
    came : Came
        What its decision adds to the contacts that came, known once it is decided.
    """

    __slots__ = (
        "_lifted",
        "_status",
        "arrived",
        "came",
        "counted_at",
        "luck",
        "names",
        "still_at",
        "trouble",
    )

    def __init__(
        self,
        names: Mapping[str, str] = NOBODY,
        arrived: float = math.nan,
        counted_at: float = math.nan,
        luck: float = math.nan,
        still_at: str = "",
        trouble: str = "",
    ) -> None:
        self.names, self.arrived, self.counted_at, self.luck = names, arrived, counted_at, luck
        self.still_at, self.trouble = still_at, trouble
        self.came = COMES_NOW
        self._status: list[tuple[tuple[Floats, Any, float], ...]] = [()]
        self._lifted: list[tuple[tuple[Floats, Any, float], ...]] = [()]

    @property
    def came_before(self) -> bool:
        """Whether the contact was counted when it came."""
        return self.counted_at == self.counted_at

    def enter(
        self,
        arrays: RoutingArrays,
        numbers: Mapping[str, int],
        vendors: Vendors | None,
        profile: Profile,
        row: int,
        today: float,
    ) -> None:
        """Have the tables say so, until `leave`.

        Parameters
        ----------
        arrays : RoutingArrays
            The tables.
        numbers : mapping of str to int
            Those of the vendors.
        vendors : Vendors or None
            What a snapshot tells of them, if it is decided by one.
        profile : Profile
            The contact's.
        row : int
            Of the queues, by which it is decided.
        today : float
            When the center's day began, epoch seconds.
        """
        table = arrays.vendors if vendors is None else vendors.table
        out: list[tuple[Floats, Any]] = [
            (table, (numbers[name], columns.STATUS)) for name in self.names if name in numbers
        ]
        if profile.outcomes[1][1] in self.names:
            out.append((arrays.queues, (row, columns.QUEUE_STATUS)))
        counted: list[tuple[Floats, Any]] = []
        if self.came_before:
            counted.append((arrays.ways, (profile.number, 0, columns.SEEN)))
            counted.append((arrays.queues, (profile.queue, columns.ROUTED)))
        if self.counted_at >= today:
            counted.append((arrays.usage, (-1, columns.ALL_ROUTED)))
            if vendors is not None:
                counted.append((vendors.usage, (-1, columns.ALL_ROUTED)))
        self.came = Came(0.0 if counted else 1.0, 0.0 if self.counted_at >= today else 1.0)
        write_at_once(
            (self._status, 0, tuple((array, at, float(array[at])) for array, at in out)),
            *((array, at, float(codes.LEFT_OUT)) for array, at in out),
            (self._lifted, 0, tuple((array, at, 1.0) for array, at in counted)),
            *((array, at, array[at] - 1.0) for array, at in counted),
        )

    def leave(self, *, counted: bool) -> None:
        """Have the tables be as before; `counted`: the decision has counted the contact as one that came."""
        back = () if counted else tuple((array, at, array[at] + more) for array, at, more in self._lifted[0])
        write_at_once((self._lifted, 0, ()), *back, *self._status[0], (self._status, 0, ()))
