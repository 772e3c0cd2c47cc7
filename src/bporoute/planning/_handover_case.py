"""The choice of the hours of a week that go out: exact for prices, which may move with the volume."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.planning._cheapest_runs import cheapest_runs
from bporoute.planning._may_take import Hours
from bporoute.planning._runs_by_units import UNITS, runs_by_units, state_at_end
from bporoute.planning._staffing_plan import Plan
from bporoute.planning._vendor_bill import VendorBill
from bporoute.planning._week import WEEK, Week

TRIED = 20
"""Parts of all contacts at which a price that moves with the volume is tried."""
BETWEEN = 6
"""Steps between two such prices: at the edge of a commitment, whatever lies between both may decide."""
BILLED = 100
"""Parts of all contacts at which their bill is told, to find the volumes that look cheapest."""
LOOKED_AT = 32
"""Volumes that are billed, of those that look cheapest."""
ALIKE = 1e-6


class Case(msgspec.Struct, frozen=True, eq=False):
    """What is to be chosen, and from what.

    Attributes
    ----------
    week : Week
        Where the intervals lie in it.
    staffing : Plan
        The queue as if nothing went out.
    needed, agents : array
        Agents who have to be there in each interval, and who are paid for that.
    wages : array
        Money of each interval for them.
    bill : VendorBill
        What the vendor is paid for intervals that go out.
    there : Hours
        When the vendor is.
    possible : array of bool
        Slots of the week that may go out.
    least : (int, int)
        Slots of a crew and of a window, at least.
    same_all_days : bool
        Whether the days are alike.
    paid_more : frozenset of date
        Days with a premium of their own.
    """

    week: Week
    staffing: Plan
    needed: Floats
    agents: Integers
    wages: Floats
    bill: VendorBill
    there: Hours
    possible: Flags
    least: tuple[int, int]
    same_all_days: bool
    paid_more: frozenset[date]

    @property
    def goes(self) -> Flags:
        """Whether each interval goes out if its slot does: not where the queue or the vendor is closed."""
        return self.week.open & ~self.there.holiday

    def times(self, slots: Flags) -> Floats:
        """How often in an average week each interval goes out."""
        return np.where(self.week.by_interval(slots) & self.goes, 1.0 / self.week.days_of_interval, 0.0)

    def cost(self, slots: Flags) -> float:
        """What a week costs, with what is owed anyway."""
        times = self.times(slots)
        kept = float(self.week.mean(np.where(times > 0.0, 0.0, self.wages)).sum())
        return kept + self.bill.owed(times)

    def solved(self) -> tuple[Flags, Floats]:
        """The slots that go out, and the price of each interval."""
        none = np.zeros(len(self.possible), dtype=bool)
        if not self.bill.moves_with_volume:
            prices = self._prices(none)
            return self._best(prices), prices
        most = self.possible & self.week.taken
        tried = {slots.tobytes(): slots for slots in (none, self._allowed(most))}
        for prices in self._tried_prices(most):
            slots = self._best(prices)
            tried.setdefault(slots.tobytes(), slots)
        for slots in list(self._tried_volumes(most, tried.values())):
            tried.setdefault(slots.tobytes(), slots)
        best = min(tried.values(), key=self.cost)
        return best, self._prices(best)

    def _tried_volumes(self, most: Flags, known: Iterable[Flags]) -> Iterator[Flags]:
        """The slots with the least wages at the volumes that look cheapest, for ends as of `known` ones."""
        parts = np.linspace(0.0, 1.0, TRIED + 1)
        dearest = np.max([self._prices(most, part) for part in parts.tolist()], axis=0)
        goes_out = self._by_day(self.week.mean(np.where(self.goes, dearest, 0.0)))
        holidays = self.week.mean(np.where(self.goes, 0.0, self.wages))
        weights = np.where(self._by_day(np.where(self.possible, 0.0, 1.0)) > 0.0, np.nan, goes_out)
        wages = self._by_day(self.week.mean(self.wages) - holidays)
        taken = self._by_day(self.week.taken.astype(float)) > 0.0
        size = len(taken)
        if not np.nansum(np.where(taken, weights, 0.0)) > 0.0:
            return
        billed = np.linspace(0.0, 1.0, BILLED + 1)
        owed = [self.bill.owed(part * self.times(most)) for part in billed.tolist()]
        bill = np.interp(np.linspace(0.0, 1.0, UNITS + 1), billed, owed)
        for like in {state_at_end(slots[:size], self.least): slots[:size] for slots in known}.values():
            found = runs_by_units(wages, weights, self.least, taken, like)
            total = found.cost + bill
            for number in np.argsort(total, kind="stable")[:LOOKED_AT].tolist():
                if total[number] < np.inf:
                    yield np.tile(found.way(number), len(self.possible) // size) & self.week.taken

    def _by_day(self, slots: Floats) -> Floats:
        """Sums over the days, where these are alike; else as it is."""
        found: Floats = slots.reshape(WEEK, -1).sum(axis=0) if self.same_all_days else slots
        return found

    def _tried_prices(self, most: Flags) -> Iterator[Floats]:
        """Prices at parts of all contacts, and those between, as they are at an edge of the contract."""
        before: Floats | None = None
        for part in range(TRIED + 1):
            prices = self._prices(most, part / TRIED)
            if before is not None and not np.allclose(before, prices, rtol=ALIKE):
                for step in range(1, BETWEEN):
                    yield before + (prices - before) * step / BETWEEN
            yield prices
            before = prices

    def _prices(self, slots: Flags, part: float = 1.0) -> Floats:
        """Money of the contacts of each interval at the volume of a part of some slots."""
        prices: Floats = self.bill.added(part * self.times(slots)) * self.bill.volume
        return prices

    def _allowed(self, slots: Flags) -> Flags:
        """All of some slots if the lengths of runs allow that, else none."""
        stays, goes = np.where(slots, 1.0, 0.0), np.where(slots, 0.0, np.inf)
        return self._runs(stays, goes)

    def _best(self, prices: Floats) -> Flags:
        wages = self.week.mean(self.wages)
        goes_out = self.week.mean(np.where(self.goes, prices, self.wages))
        return self._runs(wages, np.where(self.possible, goes_out, np.inf))

    def _runs(self, stays: Floats, goes_out: Floats) -> Flags:
        taken = self._by_day(self.week.taken.astype(float)) > 0.0
        found = cheapest_runs(self._by_day(stays), self._by_day(goes_out), self.least, taken)
        return np.tile(found.second, len(stays) // len(taken)) & self.week.taken
