"""What the store has granted to a host, in the memory that its processes share.

It is written twice by turns, and one number says which of the two holds: whoever is killed while he writes
has changed nothing. Whoever reads or writes it holds the host's lock.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._store import LEASE, Mark

SEATS = layout.LIMITED
"""Place of a vendor's capacity among its caps."""
HOLDS = LEASE - 5.0
"""Seconds for which a grant holds without the store having been seen: less than the lease, as processes look
at what they hold each second only."""
VOID = "the store has not been seen for a lease: vendors with caps are closed until it is"


def since_boot() -> float:
    """Seconds since the machine started, the same for all of its processes, those asleep among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Granted:
    """What a host may send in all, and until when.

    Parameters
    ----------
    segment : Segment
        Where it stands.
    """

    def __init__(self, segment: Segment) -> None:
        self._host = segment.host

    @property
    def book(self) -> Any:
        """What holds now."""
        return self._host["book"][0, int(self._host["turn"][0]) % 2]

    @property
    def void(self) -> bool:
        """Whether nothing may be sent: the store has not been seen for too long."""
        return not since_boot() - float(self._host["seen"][0]) < HOLDS

    @property
    def asked(self) -> Floats:
        """Limits that processes go by, (vendors, caps and capacity); nan: none."""
        found: Floats = self._host["asked"][0]
        return found

    @property
    def asked_start(self) -> Floats:
        """When the windows of these limits began, epoch seconds."""
        found: Floats = self._host["asked_start"][0]
        return found

    def mark(self) -> Mark:
        """What the store remembered when it answered last."""
        book = self.book
        return Mark(bytes(book["store"]).decode(), int(book["epoch"]))

    def units(self, vendor: int, cap: int, start: float) -> float:
        """Units of a window, spent ones among them; 0 where nothing was granted or it is void."""
        if self.void:
            return 0.0
        return float(self.all_units(self.book)[vendor, cap][self.book["start"][vendor, cap] == start].sum())

    @staticmethod
    def all_units(book: Any) -> Floats:
        """Units of all windows, less those that are on their way back."""
        found: Floats = book["granted"] - book["returning"]
        return found

    def ask_for(self, vendor: int, limits: tuple[float, ...], starts: Any) -> None:
        """Note by which limits a vendor is sent contacts, in windows with these starts: the keeper asks."""
        self.asked[vendor] = limits
        self.asked_start[vendor, :SEATS] = starts
        self.asked_start[vendor, SEATS] = 0.0

    def turn_over(self, book: Any) -> None:
        """Have another book hold from now on, a copy of the one before with what is new."""
        turn = int(self._host["turn"][0]) + 1
        self._host["book"][0, turn % 2] = book
        self._host["turn"][0] = turn

    def was_seen(self, at: float) -> None:
        """The store answered what it was asked at an instant, see `since_boot`."""
        self._host["seen"][0] = at

    def tell(self) -> None:
        """Have every process look at its next contact at what there is."""
        self._host["tells"][0] += 1.0
        self._host["word"][0] = -self._host["tells"][0]  # what no process ever writes


def place_of(book: Any, vendor: int, cap: int, start: float) -> int:
    """Where a window stands in a book, in place of the oldest one if it is new there."""
    starts = book["start"][vendor, cap]
    found = np.flatnonzero(starts == start)
    if found.size:
        return int(found[0])
    place = int(np.argmin(np.where(np.isnan(starts), -np.inf, starts)))
    starts[place] = start
    book["granted"][vendor, cap, place] = book["returning"][vendor, cap, place] = 0.0
    return place
