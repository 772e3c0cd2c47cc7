"""Two handle times in one queue, simulated: what weighing their work saves, and how near it comes."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

import bporoute as bp
from bporoute.workload._arrivals import Arrivals

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="a million interpreted contacts take too long"
)

START = 1795392000.0
AGENTS = 32
SHORT, RATIO = 189.0, 566.0 / 189.0
ERLANGS = 22.6, 11.0
PER_CONTACT, PER_MINUTE = (4.05, 5.0), (1.0, 1.0)
FAR = 1e9


class Pair(NamedTuple):
    """Keep each of two types while fewer than so many contacts are present."""

    short: int
    long: int

    def __call__(self, situation: bp.Situation) -> bp.Rule:
        works = sorted(set(situation.each_work))
        kept = [np.where(situation.present < threshold, -FAR, FAR) for threshold in self]
        if len(works) < 2:
            return bp.Rule(kept[0])
        more = (kept[1] - kept[0]) / (works[1] - works[0])
        return bp.Rule(kept[0] - (works[0] - 1.0) * more, work_cost=more)


def unweighed(situation: bp.Situation) -> bp.Rule:
    """`MarginalCost` as if all contacts took the mean handle time."""
    return bp.Rule(msgspec.structs.replace(situation, works=None).marginal_cost)


class Case(NamedTuple):
    """A queue of two types, each with a vendor of its own, priced by the contact or by the minute."""

    ratio: float
    prices: tuple[float, float]
    told: bool = True
    """Whether the center states the types' own handle times."""

    @property
    def ahts(self) -> tuple[float, float]:
        return SHORT, SHORT * self.ratio

    @property
    def rates(self) -> tuple[float, float]:
        return ERLANGS[0] / self.ahts[0], ERLANGS[1] / self.ahts[1]

    @property
    def center(self) -> bp.Center:
        priced = "price_per_minute" if self.prices == PER_MINUTE else "price_per_contact"
        place = {"country": "EE", "timezone": "UTC"}
        return bp.Center(
            queues={
                "desk": bp.Queue(
                    aht=sum(ERLANGS) / sum(self.rates),
                    patience=345.0,
                    arrival_rate=sum(self.rates),
                    wait_cost_per_minute=0.2279,
                    abandonment_cost=8.117,
                )
            },
            contact_types={
                name: bp.ContactType(queue="desk", aht=aht if self.told else None)
                for name, aht in zip(("short", "long"), self.ahts, strict=True)
            },
            vendors={
                f"to_{name}": bp.Vendor(
                    **place, contact_types=(name,), contract=bp.Contract(**{priced: price})
                )
                for name, price in zip(("short", "long"), self.prices, strict=True)
            },
        )

    def simulated(self, policies: list[Any], days: int, seed: int = 3) -> list[bp.SimulatedPolicy]:
        """The same contacts for every policy."""
        hours = 24 * days
        streams = tuple(
            bp.Stream(name, bp.Contact(name), np.full(hours, 3600.0 * rate))
            for name, rate in zip(("short", "long"), self.rates, strict=True)
        )
        found = bp.simulate(
            self.center,
            Arrivals(edges=START + 3600.0 * np.arange(hours + 1), streams=streams),
            policies,
            schedule=bp.Schedule({"desk": ((START, AGENTS),)}),
            scenario=bp.Scenario(
                handle=dict(zip(("short", "long"), self.ahts, strict=True)), rate="forecast"
            ),
            seed=seed,
        )
        return list(found.policies)

    def costs(self, policies: list[Any], days: int, seed: int = 3) -> list[float]:
        return [each.cost_per_contact().value for each in self.simulated(policies, days, seed)]


def test_two_handle_times_in_one_queue() -> None:
    """Where work is not weighed, .643 a contact: only short ones go out, which are dear by the minute."""
    [found] = Case(RATIO, PER_CONTACT).simulated([bp.MarginalCost()], days=100)
    blind = Case(RATIO, PER_CONTACT, told=False).costs([bp.MarginalCost()], days=20)[0]
    assert found.cost_per_contact().value <= 0.467
    assert found.cost_per_contact().half_width < 0.008
    assert blind > 1.3 * found.cost_per_contact().value
    sent = found.vendor_use()
    assert sent["to_long"]["sent"] > 5 * sent["to_short"]["sent"]


BEST_PAIRS = {
    (1.25, PER_CONTACT): Pair(35, 52),
    (1.5, PER_CONTACT): Pair(37, 34),
    (2.0, PER_CONTACT): Pair(39, 32),
    (RATIO, PER_CONTACT): Pair(39, 30),
    (1.25, PER_MINUTE): Pair(34, 36),
    (1.5, PER_MINUTE): Pair(34, 39),
    (2.0, PER_MINUTE): Pair(34, 52),
    (RATIO, PER_MINUTE): Pair(34, 40),
}
"""The cheapest pairs of thresholds over 60 days, by a search with steps of 8, 4, 2 and 1 contacts."""


@pytest.mark.parametrize(
    ("ratio", "prices"),
    [pytest.param(*case, marks=() if case[0] == 2.0 else pytest.mark.slow) for case in BEST_PAIRS],
)
def test_it_costs_what_the_best_pair_of_thresholds_costs(ratio, prices) -> None:
    pair = BEST_PAIRS[ratio, prices]
    found, best, blind = Case(ratio, prices).costs([bp.MarginalCost(), pair, unweighed], days=30)
    assert found <= 1.02 * best
    # By the minute at a ratio of 3 it is some .8 % dearer: short ones are kept while 34 are there, one too
    # many, as the curve is .2 % below their price there; tests/policies/test_two_handle_times.py has others.
    assert found <= (1.012 if (ratio, prices) == (RATIO, PER_MINUTE) else 1.002) * blind
    if ratio > 1.9 and prices == PER_CONTACT:  # by the minute, price and work go together
        assert found < 0.97 * blind


@pytest.mark.slow
@pytest.mark.parametrize("prices", [PER_CONTACT, PER_MINUTE])
def test_no_pair_of_thresholds_that_a_search_finds_is_much_cheaper(prices) -> None:
    case = Case(RATIO, prices)
    tried: dict[Pair, float] = {}

    def cost(pair: Pair) -> float:
        if pair not in tried:
            tried[pair] = case.costs([pair], days=40)[0]
        return tried[pair]

    best = Pair(AGENTS + 4, AGENTS + 4)
    for step in (8, 4, 2, 1):
        while True:
            moves = [(step, 0), (-step, 0), (0, step), (0, -step), (step, -step), (-step, step)]
            nearby = [Pair(best.short + short, best.long + long) for short, long in moves]
            next_best = min(nearby, key=cost)
            if cost(next_best) >= cost(best):
                break
            best = next_best
    found = case.costs([bp.MarginalCost()], days=40)[0]
    assert found <= 1.02 * cost(best)
    # On days that the search has not seen.
    again, there = case.costs([bp.MarginalCost(), best], days=120, seed=11)
    assert again <= 1.012 * there
