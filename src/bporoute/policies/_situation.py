"""What a policy decides on: one queue, the contacts it meets and what they cost."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats
from bporoute._base.lasting import lasting
from bporoute.center._targets import ServiceLevel
from bporoute.errors import InputError
from bporoute.queueing._least_overflow import abandoned_curve


class PeriodScore(msgspec.Struct, frozen=True):
    """A queue's service level in the current period, so far: of its contacts, wherever they were served.

    Attributes
    ----------
    good : float
        Contacts that met the target, at most `base`.
    base : float
        Contacts that count in the target.
    remaining : float
        Contacts that are expected to count in what is left of the period.

    Raises
    ------
    InputError
        For numbers that are negative or not finite, or more good contacts than count.

    Examples
    --------
    85 % of a thousand contacts were in time; for 80 % of two thousand, 75 % of the rest is enough.

    >>> PeriodScore(good=850, base=1000, remaining=1000).needed(0.8)
    0.75
    """

    good: float
    base: float
    remaining: float

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            count = getattr(self, field)
            if not 0.0 <= count < math.inf:
                raise InputError("PeriodScore", f"{field} = {count:g}", f"{field} of at least 0, and finite")
        if self.good > self.base:
            raise InputError("PeriodScore", f"good = {self.good:g}", f"at most base, {self.base:g}")

    def needed(self, probability: float) -> float:
        """Share of the remaining contacts that must be good for `probability` over the whole period.

        ``(p (base + remaining) - good) / remaining``, cut to [0, 1]; p itself where nothing has come nor is
        to come.
        """
        missing = probability * (self.base + self.remaining) - self.good
        if self.remaining > 0.0:
            return min(max(missing / self.remaining, 0.0), 1.0)
        return 1.0 if missing > 0.0 else 0.0 if missing < 0.0 else probability


class Situation(msgspec.Struct, frozen=True, dict=True, eq=False):
    """One queue as a policy sees it; time in seconds, money in the center's currency.

    Attributes
    ----------
    queue : str
        Its name.
    agents : float
        Agents at work.
    aht, patience : float
        Mean handle time and mean patience.
    waiting_room : int
        Most contacts that may wait.
    cost_rate : float
        Money per second of a waiting contact, abandonment included.
    abandonment_cost : float
        Money per abandoned contact.
    arrival_rates, prices : array
        Classes of contacts by the price of the cheapest vendor that may take them now: contacts per
        second, and money per contact (inf: nobody may).
    target : ServiceLevel or None
        The service level that the queue aims at.
    served_so_far : PeriodScore or None
        How the queue's current period has gone so far, counted as `target` counts.
    works : array or None
        Of each class the mean handle time of its contacts, in multiples of `aht`; None: 1.
    """

    queue: str
    agents: float
    aht: float
    patience: float
    waiting_room: int
    cost_rate: float
    abandonment_cost: float
    arrival_rates: Floats
    prices: Floats
    target: ServiceLevel | None = None
    served_so_far: PeriodScore | None = None
    works: Floats | None = None

    def classes(self) -> list[dict[str, float | None]]:
        """Arrival rates (1/s), prices and works; no price where nobody may take the contacts."""
        classes = zip(self.arrival_rates.tolist(), self.prices.tolist(), self.each_work.tolist(), strict=True)
        return [
            {"arrival_rate": rate, "price": price if price < np.inf else None, "work": work}
            for rate, price, work in classes
        ]

    @lasting
    def each_work(self) -> Floats:
        """`works`, with 1 for every class where nothing is told."""
        return np.ones(len(self.prices)) if self.works is None else self.works

    @lasting
    def present(self) -> Floats:
        """0, 1, .. N: the contacts (being served or waiting) that a new one may find."""
        return np.arange(math.ceil(self.agents) + self.waiting_room + 1.0)

    @lasting
    def waiting(self) -> Floats:
        """How many of those contacts wait; -1 where an agent is free, so that the new one need not wait."""
        return np.where(self.present < self.agents, -1.0, np.floor(self.present - self.agents))

    @lasting
    def marginal_cost(self) -> Floats:
        """Money that one more contact of mean handle time costs, now and later, for each number present.

        Exact for contacts of one handle time and vendors that have room; where `works` differ, each counts
        as that many.
        """
        return self._keep_costs[0]

    @lasting
    def congestion(self) -> Floats:
        """What of `marginal_cost` others pay: all but the contact's own wait.

        A contact that takes an agent u times the mean handle time costs
        ``marginal_cost + (u - 1) congestion``: it keeps those behind it waiting u times as long, and waits
        by itself only once. At least 0; 0 where the marginal cost has no end.
        """
        return self._keep_costs[1]

    @lasting
    def _keep_costs(self) -> tuple[Floats, Floats]:
        """`marginal_cost` and `congestion`."""
        curve, others = np.empty(len(self.present)), np.empty(len(self.present))
        _kernels.current().keep_costs(
            float(self.agents),
            float(self.aht),
            1.0 / self.patience,
            float(self.cost_rate),
            blocked_cost(self.patience, self.cost_rate, self.abandonment_cost),
            self.arrival_rates,
            self.prices,
            self.each_work,
            curve,
            others,
        )
        return curve, others

    @lasting
    def expected_wait(self) -> Floats:
        """Mean wait, seconds, of a contact that stays, for each number present; those ahead may give up."""
        curve = np.empty(len(self.present))
        _kernels.current().expected_wait(float(self.agents), 1.0 / self.aht, 1.0 / self.patience, curve)
        return curve

    def served_in_time(self, within: float) -> Floats:
        """Probability to be served within `within` seconds, for each number present."""
        curve = np.empty(len(self.present))
        _kernels.current().served_in_time(
            float(self.agents), 1.0 / self.aht, 1.0 / self.patience, float(within), curve
        )
        return curve

    def abandoned_in_time(self, within: float) -> Floats:
        """Probability to give up within `within` seconds, still waiting, for each number present."""
        served = self.served_in_time(within)
        return abandoned_curve(self.agents, self.aht, self.patience, within, served)


def blocked_cost(patience: float, cost_rate: float, abandonment_cost: float) -> float:
    """Money that a contact costs, at least, which finds the room full and may not be sent out.

    As much as one that waits until it gives up; without patience it has to be raised to what the last place
    in the room costs.
    """
    return float(cost_rate * patience if patience < np.inf else abandonment_cost)
