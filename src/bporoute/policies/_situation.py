"""What a policy decides on: one queue, the contacts it meets and what they cost."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, for_kernel, read_only
from bporoute._base.lasting import lasting
from bporoute.center._targets import ServiceLevel
from bporoute.errors import InputError


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

    A policy cannot write into the arrays: they are what decisions are recorded and explained by.

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
    at_once : tuple of float
        How many times `aht` a contact takes an agent who has 1, 2, .. of them in hand; as many as listed.

    Examples
    --------
    Two agents with up to three chats each: six are in hand before one waits.

    >>> chats = Situation(
    ...     queue="chat", agents=2, aht=200, patience=300, waiting_room=2, cost_rate=0.01,
    ...     abandonment_cost=0, arrival_rates=np.array([0.02]), prices=np.array([5.0]),
    ...     at_once=(1.0, 1.25, 1.5),
    ... )
    >>> chats.slots, chats.waiting.tolist()
    (6, [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.0, 1.0, 2.0])
    >>> (200 * chats.departures[1:7]).round(2).tolist()
    [1.0, 2.0, 2.6, 3.2, 3.6, 4.0]
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
    at_once: tuple[float, ...] = (1.0,)

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
        return read_only(np.ones(len(self.prices)) if self.works is None else self.works)

    @lasting
    def slots(self) -> float:
        """Contacts that the agents can have in hand at once."""
        return self.agents * len(self.at_once)

    @lasting
    def full_aht(self) -> float:
        """Mean handle time while all agents have as many contacts in hand as they can."""
        return self.aht * self.at_once[-1]

    @lasting
    def present(self) -> Floats:
        """0, 1, .. N: the contacts (being served or waiting) that a new one may find."""
        return read_only(np.arange(math.ceil(self.slots) + self.waiting_room + 1.0))

    @lasting
    def waiting(self) -> Floats:
        """How many of those contacts wait; -1 where an agent has room, so that the new one need not wait."""
        return read_only(np.where(self.present < self.slots, -1.0, np.floor(self.present - self.slots)))

    @lasting
    def departures(self) -> Floats:
        """Rate at which contacts are done or give up, 1/s, for each number present.

        Of i in hand, with ``k = ceil(i / n)`` and ``f = i - n (k - 1)``, f agents have k and the others
        k - 1, as in `bporoute.ChatModel`: they end at ``(f k / s_k + (n - f) (k - 1) / s_(k-1)) / aht``, s
        being `at_once`.
        """
        present, agents = self.present, self.agents
        leaving: Floats = np.maximum(present - self.slots, 0.0) / self.patience
        if len(self.at_once) == 1 or agents <= 0.0:
            leaving += np.minimum(present, agents) / self.aht
            return read_only(leaving)
        most = np.clip(np.ceil(present / agents), 1.0, len(self.at_once))
        with_most = np.minimum(present - agents * (most - 1.0), agents)
        slower = np.array((1.0, *self.at_once))  # of nobody nothing ends
        at = most.astype(np.int64)
        leaving += (
            with_most * most / slower[at] + (agents - with_most) * (most - 1.0) / slower[at - 1]
        ) / self.aht
        return read_only(leaving)

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
        kernels, giving_up = _kernels.current(), 1.0 / self.patience
        blocked = blocked_cost(self.patience, self.cost_rate, self.abandonment_cost)
        costs = float(self.cost_rate), blocked
        classes = [for_kernel(each) for each in (self.arrival_rates, self.prices, self.each_work)]
        if len(self.at_once) == 1:
            kernels.keep_costs(
                float(self.agents), float(self.aht), giving_up, *costs, *classes, curve, others
            )
        else:
            slots, aht = float(self.slots), float(self.full_aht)
            kernels.keep_costs_by_rates(
                for_kernel(self.departures), slots, aht, giving_up, *costs, *classes, curve, others
            )
        return read_only(curve), read_only(others)

    @lasting
    def expected_wait(self) -> Floats:
        """Mean wait, seconds, of a contact that stays, for each number present; those ahead may give up."""
        curve = np.empty(len(self.present))
        _kernels.current().expected_wait(float(self.slots), 1.0 / self.full_aht, 1.0 / self.patience, curve)
        return read_only(curve)

    def served_in_time(self, within: float) -> Floats:
        """Probability to be served within `within` seconds, for each number present."""
        curve = np.empty(len(self.present))
        _kernels.current().served_in_time(
            float(self.slots), 1.0 / self.full_aht, 1.0 / self.patience, float(within), curve
        )
        return curve

    def abandoned_in_time(self, within: float) -> Floats:
        """Probability to give up within `within` seconds, still waiting, for each number present."""
        served = self.served_in_time(within)
        from bporoute.queueing._least_overflow import abandoned_curve

        return abandoned_curve(self.slots, self.full_aht, self.patience, within, served)


def blocked_cost(patience: float, cost_rate: float, abandonment_cost: float) -> float:
    """Money that a contact costs, at least, which finds the room full and may not be sent out.

    As much as one that waits until it gives up; without patience it has to be raised to what the last place
    in the room costs.
    """
    return float(cost_rate * patience if patience < np.inf else abandonment_cost)
