"""What one process holds of what a host may send: taken where it has none, given back where it is wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._granted import SEATS, Granted
from bporoute.routing.ledger._pools import MOST_GRANTED, Pools, guided
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._slot import Slot

FEW = 0.25
"""Of the places that a process could be granted, those that are few."""


class Limits(NamedTuple):
    """Of one vendor and all processes: caps by window, contacts at once, contacts by what is to spend."""

    caps: tuple[float, ...]
    at_once: float
    to_spend: float


class Seen(NamedTuple):
    """What was counted when this process began to listen; `purses`: what slots may send by minutes and money.

    `sent` are contacts by row and window, `there` those with each vendor.
    """

    purses: list[float]
    sent: Floats
    there: Floats


class Hands:
    """Units that a slot holds; what changes them needs the host's lock, unless they only become fewer.

    Parameters
    ----------
    segment, slot, pools : Segment, Slot, Pools
        Where they are held, and what there is.
    granted : Granted or None
        What a store has granted to this host; None: there is no store.
    """

    def __init__(self, segment: Segment, slot: Slot, pools: Pools, granted: Granted | None = None) -> None:
        self._slot, self._pools, self._granted = slot, pools, granted
        self._asked: dict[int, tuple[Limits, list[float]]] = {}
        self._wanted: Any = memoryview(segment.host["wanted"][0])

    def ask_for(self, vendor: int, limits: Limits) -> None:
        """Let whoever speaks with the store know by which limits a vendor is sent contacts now."""
        if self._granted is not None:
            asked = limits, self._slot.start[vendor, : layout.LIMITED].tolist()
            if self._asked.get(vendor) != asked:
                self._granted.ask_for(vendor, (*limits.caps, limits.at_once), asked[1])
                self._asked[vendor] = asked

    def left(self, vendor: int, limits: Limits) -> list[float]:
        """Units that are left here: of each cap, of the capacity, of minutes and money (in contacts)."""
        slot, held = self._slot, self._slot.units
        found = [
            math.inf if cap == math.inf else held[vendor, window] - slot.count(vendor, window)
            for window, cap in enumerate(limits.caps)
        ]
        seats = purse = math.inf
        if limits.at_once < math.inf:
            seats = slot.places_held[vendor] - slot.count(vendor, columns.IN_FLIGHT)
        if limits.to_spend < math.inf:
            purse = float(slot.purse[vendor]) - slot.ever(vendor)
        if self._granted is not None and self._granted.void:
            return [min(each, 0.0) if each < math.inf else each for each in (*found, seats, purse)]
        return [*found, seats, purse]

    def is_short(self, vendor: int, limits: Limits, left: Sequence[float]) -> bool:
        """Whether it had better take more of a vendor, of which so many units are `left` here.

        Where there is none of something, or few places by what it could be granted, unless somebody has to do
        without: as places come free, a process could go on for ever with one, and look at each decision.
        """
        if min(left) < 1.0:
            return True
        return limits.at_once < math.inf and left[SEATS] < self._few(vendor)

    def _few(self, vendor: int) -> float:
        """So many places are few."""
        if self.wanted(vendor):
            return 1.0
        there = self._slot.count(vendor, columns.IN_FLIGHT)
        return max(FEW * min(MOST_GRANTED, there), 1.0)

    def grant(self, vendor: int, limits: Limits, seen: Seen | None) -> None:
        """Take units of what there are none of here; of minutes and money by what was `seen`."""
        lacking = self._grant(vendor, limits, seen)
        if lacking:
            self._pools.reap()
            lacking = self._grant(vendor, limits, seen)
        if lacking:
            self._wanted[vendor] = 1.0

    def _grant(self, vendor: int, limits: Limits, seen: Seen | None) -> bool:
        """The same once; whether something is lacking. Nobody gets more than it has sent, but a first one."""
        slot, pools, lacking = self._slot, self._pools, False
        held, seats, workers = slot.units, slot.places_held, pools.workers
        for window, cap in enumerate(limits.caps):
            if cap < math.inf and held[vendor, window] - (mine := slot.count(vendor, window)) < 1.0:
                units = min(guided(pools.left(vendor, window, cap), workers), max(1.0, mine))
                lacking = lacking or units < 1.0
                held[vendor, window] = max(held[vendor, window], mine) + units
        if limits.at_once < math.inf:
            there = slot.count(vendor, columns.IN_FLIGHT)
            left = seats[vendor] - there
            if left < self._few(vendor):
                units = min(guided(pools.seats_left(vendor, limits.at_once), workers), max(1.0, there))
                lacking = lacking or (units < 1.0 and left < 1.0)
                seats[vendor] = max(seats[vendor], there) + units
        if limits.to_spend < math.inf and seen is not None:
            ever = slot.ever(vendor)
            if slot.purse[vendor] - ever < 1.0:
                units = guided(limits.to_spend - seen.there[vendor] - seen.purses[vendor], workers)
                units = min(units, max(1.0, slot.count(vendor, columns.THIS_PERIOD)))
                lacking = lacking or units < 1.0
                slot.purse[vendor] = max(slot.purse[vendor], ever) + units
                seen.purses[vendor] += units
        return lacking

    def shrink(self, vendor: int, limits: Limits, seen: Seen) -> None:
        """Hold less of what there is less of than before, or what somebody else has to do without."""
        slot, wanted = self._slot, self.wanted(vendor)
        mine, ever = slot.mine(vendor), slot.ever(vendor)
        there = mine[columns.IN_FLIGHT]
        if wanted:
            slot.held[vendor] = np.minimum(slot.held[vendor], mine[: layout.WINDOWS] + 1.0)
            slot.seats[vendor] = min(slot.seats[vendor], there + 1.0)
        if limits.at_once < math.inf:
            over = self._pools.seats_left(vendor, limits.at_once)
            if over < 0.0:
                slot.seats[vendor] = max(slot.seats[vendor] + over, there)
        over = limits.to_spend - seen.there[vendor] - seen.purses[vendor]
        before = max(float(slot.purse[vendor]) - ever, 0.0)
        after = max(before + min(over, 0.0), 0.0)
        if wanted:
            after = min(after, 1.0)
        if after < before:
            slot.purse[vendor] = ever + after
            seen.purses[vendor] += after - before

    def wanted(self, vendor: int) -> bool:
        """Whether some process had to do without units of a vendor."""
        wanted: float = self._wanted[vendor]
        return wanted != 0.0

    def give_back(self, vendor: int) -> None:
        """Hold nothing of a vendor any more; whoever asks first has it."""
        slot, mine = self._slot, self._slot.mine(vendor)
        self._wanted[vendor] = 0.0
        slot.held[vendor] = np.minimum(slot.held[vendor], mine[: layout.WINDOWS])
        slot.seats[vendor] = min(slot.seats[vendor], mine[columns.IN_FLIGHT])
        slot.purse[vendor] = min(slot.purse[vendor], slot.ever(vendor))

    def give_all_back(self) -> bool:
        """Hold nothing of any vendor any more; whether some process had to do without."""
        wanted = any(self._wanted)
        for vendor in range(len(self._wanted)):
            self.give_back(vendor)
        return wanted
