"""Policies that go by one number, or by none: the rules in use today, and the cheapest one."""

from __future__ import annotations

import msgspec
import numpy as np

from bporoute.policies._rule import Rule, check_number
from bporoute.policies._situation import Situation


class NeverOverflow(msgspec.Struct, frozen=True):
    """Keep everything that the waiting room holds."""

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(np.ones(len(situation.present), dtype=bool))


class QueueLength(msgspec.Struct, frozen=True):
    """Send out from `n` contacts waiting on; with 0, every contact that would have to wait."""

    n: float

    def __post_init__(self) -> None:
        check_number("QueueLength", "n", self.n, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(situation.waiting < self.n)


class QueuePerAgent(msgspec.Struct, frozen=True):
    """Send out from `n` contacts waiting for each agent at work on."""

    n: float

    def __post_init__(self) -> None:
        check_number("QueuePerAgent", "n", self.n, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        if situation.agents <= 0.0:
            return Rule.keep_while(situation.present < 0.0)
        # Divided rather than multiplied: 3 waiting for 30 agents are exactly the 0.1 that somebody writes.
        return Rule.keep_while(situation.waiting / situation.agents < self.n)


class OccupancyLimit(msgspec.Struct, frozen=True):
    """Send out from the moment on that `most` of the agents, a share in [0, 1], are busy.

    Where an agent may have several contacts in hand, that share of all that they can have.

    With 1, every contact that would have to wait; less keeps agents free for what cannot be sent out.
    """

    most: float

    def __post_init__(self) -> None:
        check_number("OccupancyLimit", "most", self.most, 0.0, 1.0)

    def __call__(self, situation: Situation) -> Rule:
        if situation.agents <= 0.0:
            return Rule.keep_while(situation.present < 0.0)
        return Rule.keep_while(np.minimum(situation.present / situation.slots, 1.0) < self.most)


class ExpectedWait(msgspec.Struct, frozen=True):
    """Send out when a contact that stays would wait for more than `seconds` on average."""

    seconds: float

    def __post_init__(self) -> None:
        check_number("ExpectedWait", "seconds", self.seconds, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(situation.expected_wait <= self.seconds)


class ServedInTime(msgspec.Struct, frozen=True):
    """Keep while a contact will be served `within` seconds with at least this `probability`."""

    probability: float
    within: float

    def __post_init__(self) -> None:
        check_number("ServedInTime", "probability", self.probability, 0.0, 1.0)
        check_number("ServedInTime", "within", self.within, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(situation.served_in_time(self.within) >= self.probability)


class OwnCost(msgspec.Struct, frozen=True):
    """Send out where that is cheaper than `factor` times what the contact's own expected wait costs.

    With 1 it overlooks those who come after; a factor tuned by hand makes up for that.
    """

    factor: float

    def __post_init__(self) -> None:
        check_number("OwnCost", "factor", self.factor, 0.0, 1e6)

    def __call__(self, situation: Situation) -> Rule:
        second = self.factor * situation.cost_rate
        if second == 0.0:  # where waiting costs nothing, neither does an endless wait
            return Rule(keep_cost=np.zeros(len(situation.present)))
        with np.errstate(divide="ignore"):  # no wait at all, or no end of it
            until_served_or_gone = 1.0 / (1.0 / situation.expected_wait + 1.0 / situation.patience)
        return Rule(keep_cost=second * until_served_or_gone)


class MarginalCost(msgspec.Struct, frozen=True):
    """Send out where that is cheaper than what one more contact costs this queue.

    For one queue whose contacts are alike in their handle time, and vendors that have room, it is the exact
    optimum: no rule that looks at the contacts present is cheaper in the long run. Where types differ in it,
    each contact is weighed by the time that it takes an agent, see `Situation.congestion`, which comes near:
    over 600 queues of 1 to 12 agents with two exponential handle times, one up to six times the other, it
    cost 1 % more on average than the optimum, which knows who is served and who waits, and 11 % at worst (not
    weighed: 7 and 67 %). Where contacts are priced by the minute it was .8 % (not weighed: 1.2 %). Most of
    that is a threshold that is one contact off: the curve takes those in service for the mean of those that
    come, also where mostly the longer ones are kept.
    """

    def __call__(self, situation: Situation) -> Rule:
        return Rule(keep_cost=situation.marginal_cost, work_cost=situation.congestion)
