"""`MarginalCost` on queues with two handle times, against the optimum that knows who is served and who waits.

The exact chain knows how many of each type are in service and the types of those in line, in their order;
the rule knows how many contacts are present.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from scipy.sparse import csr_matrix, diags, hstack
from scipy.sparse.linalg import spsolve

from bporoute import MarginalCost, Situation

AHT, PATIENCE, COST_RATE = 200.0, 290.0, 0.01
ROOM = 6


class Exact:
    """First come, first served by n agents; both types exponential; cost rates by linear equations."""

    def __init__(self, case: Case) -> None:
        self.case, agents = case, case.agents
        states = [(short, some - short, ()) for some in range(agents) for short in range(some + 1)]
        for short, length in product(range(agents + 1), range(ROOM + 1)):
            states += [(short, agents - short, line) for line in product((0, 1), repeat=length)]
        self.number = {state: number for number, state in enumerate(states)}
        self.present = np.array([sum(state[:2]) + len(state[2]) for state in states])
        self.waiting_cost = COST_RATE * np.maximum(self.present - agents, 0)
        self.joined = np.full((2, len(states)), -1)
        moves: list[tuple[int, int, float]] = []
        for number, (*served, line) in enumerate(states):
            for kind, busy in enumerate(served):
                if busy:
                    moves.append((number, self._after(served, line, ended=kind), busy / case.ahts[kind]))
                self.joined[kind, number] = self._joined(served, line, kind)
            for place in range(len(line)):
                rest = self.number[*served, line[:place] + line[place + 1 :]]
                moves.append((number, rest, 1.0 / PATIENCE))
        rows, columns, rates = zip(*moves, strict=True)
        self.leaving = csr_matrix((rates, (rows, columns)), (len(states),) * 2)

    def _after(self, served: list[int], line: tuple[int, ...], ended: int) -> int:
        left = list(served)
        left[ended] -= 1
        if line:
            left[line[0]] += 1
        return self.number[*left, line[1:]]

    def _joined(self, served: list[int], line: tuple[int, ...], kind: int) -> int:
        if sum(served) < self.case.agents:
            more = list(served)
            more[kind] += 1
            return self.number[*more, line]
        return self.number[*served, (*line, kind)] if len(line) < ROOM else -1

    def values(self, kept: np.ndarray) -> tuple[float, np.ndarray]:
        """Long-run cost rate, and relative value of each state, of a rule: kept or not, by type and state."""
        kept = kept & (self.joined >= 0)
        flow, cost = self.leaving, self.waiting_cost.copy()
        for kind, rate in enumerate(self.case.rates):
            here = np.flatnonzero(kept[kind])
            flow = flow + csr_matrix((np.full(len(here), rate), (here, self.joined[kind, here])), flow.shape)
            cost += np.where(kept[kind], 0.0, rate * self.case.prices[kind])
        flow = flow - diags(np.asarray(flow.sum(axis=1)).ravel())
        equations = hstack([flow.tocsc()[:, 1:], csr_matrix(np.full((len(cost), 1), -1.0))])
        found = spsolve(equations.tocsc(), -cost)
        return float(found[-1]), np.append(0.0, found[:-1])

    def optimum(self) -> float:
        """By policy iteration."""
        kept = self.joined >= 0
        for _ in range(50):
            cost, values = self.values(kept)
            more = np.where(self.joined >= 0, values[self.joined] - values, np.inf)
            better = more <= np.array(self.case.prices)[:, None]
            if (better == kept).all():
                return cost
            kept = better
        raise AssertionError("policy iteration does not end")

    def cost(self, situation: Situation, works: np.ndarray) -> float:
        """Of `MarginalCost`, where the contacts of the two types take so many mean handle times."""
        rule = MarginalCost()(situation)
        keep = rule.keep_cost[:, None] + rule.work_cost[:, None] * (works - 1.0)
        kept = keep[self.present] <= np.array(self.case.prices)
        return self.values(kept.T)[0]


class Case(NamedTuple):
    """A queue of two types that differ in their handle times, two thirds of the load by the short ones."""

    agents: int
    ratio: float
    by_minute: bool
    dear: float
    """Price of a contact of mean handle time beside what waiting until one gives up costs."""
    load: float

    @property
    def ahts(self) -> np.ndarray:
        return self.rates_and_ahts[1]

    @property
    def rates(self) -> np.ndarray:
        return self.rates_and_ahts[0]

    @property
    def rates_and_ahts(self) -> tuple[np.ndarray, np.ndarray]:
        """Their mean handle time is `AHT`."""
        shares = np.array([2.0, 1.0 / self.ratio]) / (2.0 + 1.0 / self.ratio)
        ahts = np.array([1.0, self.ratio])
        ahts *= AHT / (shares @ ahts)
        return shares * self.load * self.agents / AHT, ahts

    @property
    def prices(self) -> np.ndarray:
        price = self.dear * COST_RATE * PATIENCE
        return price * self.ahts / AHT if self.by_minute else np.full(2, price)

    @property
    def situation(self) -> Situation:
        return Situation(
            queue="desk", agents=float(self.agents), aht=AHT, patience=PATIENCE, waiting_room=40,
            cost_rate=COST_RATE, abandonment_cost=0.0, arrival_rates=self.rates, prices=self.prices,
            works=self.ahts / AHT,
        )  # fmt: skip


def gaps(by_minute: bool) -> tuple[np.ndarray, np.ndarray]:
    """By how much the rule costs more than the optimum, over cases; and where it does not weigh work."""
    weighed, blind = [], []
    for agents, ratio, dear, load in product((2, 4), (1.5, 3.0), (0.3, 0.6), (0.8, 1.1)):
        case = Case(agents, ratio, by_minute, dear, load)
        exact, situation = Exact(case), case.situation
        least = exact.optimum()
        weighed.append(exact.cost(situation, situation.each_work) / least - 1.0)
        alike = msgspec.structs.replace(situation, works=None)
        blind.append(exact.cost(alike, np.ones(2)) / least - 1.0)
    return np.array(weighed), np.array(blind)


@pytest.mark.parametrize("by_minute", [False, True])
def test_it_comes_near_the_optimum(by_minute):
    """Weighing work pays where a contact has a price, and does no harm on average where a minute has."""
    weighed, blind = gaps(by_minute)
    assert weighed.min() > -1e-9
    assert blind.min() > -1e-9
    assert weighed.mean() < 0.01
    assert weighed.max() < 0.035
    assert weighed.mean() < (1.0 if by_minute else 0.2) * blind.mean()
