"""What is counted of a simulated floor by interval, beside what its kernel tallies."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.simulation import columns
from bporoute.simulation._engine._arrays import FloorArrays
from bporoute.simulation._engine._vendor_accounts import VendorAccounts


class FloorCounts:
    """Busy and staffed time and vendors' outcomes by interval; times until the last interval ends.

    Attributes
    ----------
    busy_seconds, staffed_seconds : array, (intervals, queues)
        Whoever is still at work when the shift ends is staffed until the contact is done, so that the first
        is never above the second.
    outcomes : array, (intervals, vendors, columns)
        By the columns of `_kernels.simulation.columns`.
    """

    def __init__(self, arrays: FloorArrays, accounts: VendorAccounts) -> None:
        self._arrays, self._accounts = arrays, accounts
        intervals, queues = len(arrays.edges) - 1, len(arrays.aims)
        self.busy_seconds: Floats = np.zeros((intervals, queues))
        self.staffed_seconds: Floats = np.zeros((intervals, queues))
        self.outcomes: Floats = np.zeros((intervals, *accounts.totals.shape))
        self._areas: Floats = np.zeros(queues)
        self._totals: Floats = np.zeros_like(accounts.totals)
        self._until = float(arrays.edges[0])

    def pass_time(self, now: float) -> None:
        """Count the time since the last call, which lies in one interval."""
        edges, teams = self._arrays.edges, self._arrays.teams[: len(self._areas)]
        place = int(np.searchsorted(edges, self._until, side="right")) - 1
        place = min(max(place, 0), len(edges) - 2)
        busy, since = teams[:, columns.BUSY], teams[:, columns.SINCE]
        areas = teams[:, columns.BUSY_AREA] + busy * (now - since)
        room = teams[:, columns.AGENTS] * teams[:, columns.SLOTS]
        overtime = np.maximum(busy - room, 0.0) * (now - np.maximum(since, self._until))
        overtime += teams[:, columns.OVERTIME]
        teams[:, columns.OVERTIME], teams[:, columns.SHIFT_SINCE] = 0.0, now
        worked = areas - self._areas
        self.busy_seconds[place] += worked
        self.staffed_seconds[place] += np.maximum(room * (now - self._until) + overtime, worked)  # rounding
        self._areas = areas
        self._until = now
        self.take_outcomes(place)

    def take_outcomes(self, place: int = -1) -> None:
        """Count what vendors have done since the last call, in an interval (-1: the last one)."""
        self.outcomes[place] += self._accounts.totals - self._totals
        self._totals = self._accounts.totals.copy()
