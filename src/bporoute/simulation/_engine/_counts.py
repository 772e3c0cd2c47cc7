"""What is counted of a simulated floor by interval, beside what its kernel tallies."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.simulation import columns
from bporoute.simulation._engine._arrays import FloorArrays
from bporoute.simulation._engine._vendor_accounts import VendorAccounts


class FloorCounts:
    """Busy and staffed time, vendors' outcomes and money, by interval; times until the last interval ends.

    Attributes
    ----------
    busy_seconds, staffed_seconds : array, (intervals, queues)
    outcomes : array, (intervals, vendors, `_kernels.simulation.columns.UNITS`)
    money : array, (intervals, vendors)
    """

    def __init__(self, arrays: FloorArrays, accounts: VendorAccounts) -> None:
        self._arrays, self._accounts = arrays, accounts
        intervals, queues = len(arrays.edges) - 1, len(arrays.aims)
        vendors = len(accounts.money)
        self.busy_seconds: Floats = np.zeros((intervals, queues))
        self.staffed_seconds: Floats = np.zeros((intervals, queues))
        self.outcomes: Floats = np.zeros((intervals, vendors, columns.UNITS))
        self.money: Floats = np.zeros((intervals, vendors))
        self._areas: Floats = np.zeros(queues)
        self._totals: Floats = np.zeros((vendors, columns.UNITS))
        self._until = float(arrays.edges[0])

    def pass_time(self, now: float) -> None:
        """Count the time since the last call, which lies in one interval."""
        edges, teams = self._arrays.edges, self._arrays.teams[: len(self._areas)]
        place = int(np.searchsorted(edges, self._until, side="right")) - 1
        place = min(max(place, 0), len(edges) - 2)
        areas = teams[:, columns.BUSY_AREA] + teams[:, columns.BUSY] * (now - teams[:, columns.SINCE])
        self.busy_seconds[place] += areas - self._areas
        self.staffed_seconds[place] += (
            teams[:, columns.AGENTS] * teams[:, columns.SLOTS] * (now - self._until)
        )
        self._areas = areas
        self._until = now
        self.take_outcomes(place)

    def take_outcomes(self, place: int = -1) -> None:
        """Count what vendors have done since the last call, in an interval (-1: the last one)."""
        self.outcomes[place] += self._accounts.totals - self._totals
        self._totals = self._accounts.totals.copy()

    def bill(self) -> None:
        """Bill what vendors have done."""
        place = min(int(self._arrays.marks[columns.INTERVAL]), len(self.money) - 1)
        self.money[place] += self._accounts.bill()
