"""Where the price of a contract changes: in units that are counted, in money that is charged."""

from __future__ import annotations

import math
from typing import NamedTuple

from bporoute.contracts._agreed_volume import ResourceCharge
from bporoute.contracts._bill import Plan, Sums
from bporoute.contracts._charge import Edge
from bporoute.contracts._increment import Increment
from bporoute.contracts._measure import HANDLE_MINUTES, Measure
from bporoute.contracts._usage import PeriodUsage

CHARGES, FEE, SAVING = (Sums._fields.index(name) for name in ("charges", "fee", "saving"))


class Approach(NamedTuple):
    """A count on its way to an edge: so far, per typical contact, at most per contact; where it jumps.

    `measure` is what is counted; None: contacts, each of which counts as one.
    """

    value: float
    slope: float
    most: float
    edge: float
    jump: bool
    measure: Measure | None = None

    @property
    def distance(self) -> float:
        return self.edge - self.value

    @property
    def lies_ahead(self) -> bool:
        """At a kink the next contact is beyond it; at a jump it is the one that jumps."""
        return self.distance > 0.0 or (self.jump and self.distance == 0.0)


def unit_edges(plan: Plan, usage: PeriodUsage, typical: Increment) -> list[Approach]:
    """Counts of a usage on their way to where the price of the next unit changes."""
    edges = [edge for term in plan.charges for edge in term.edges()]
    edges += plan.commitment.edges(usage) if plan.commitment is not None else ()
    factor = math.prod(max(1.0, each.factor) for each in plan.multipliers)
    if plan.tiers_by_minutes:
        edges += [Edge(HANDLE_MINUTES, float(tier.above)) for tier in plan.tiers[1:]]
    found = []
    for measure, units, jump in edges:
        place = usage.measures.index(measure)
        most = math.inf if measure.in_minutes else factor
        found.append(Approach(usage.units[place], typical.units[place], most, units, jump, measure))
    if not plan.tiers_by_minutes:
        found += [
            Approach(usage.handled, typical.handled, 1.0, float(tier.above), False) for tier in plan.tiers[1:]
        ]
    if plan.credits is not None and plan.lock is not None and plan.lock.by_totals(usage, plan.months):
        locked = usage.locked_volume or 0.0
        bounds = (plan.lock.low * locked, plan.lock.high * locked)
        found += [Approach(usage.offered, 1.0, 1.0, bound, True) for bound in bounds]
    return found


def money_edges(plan: Plan, usage: PeriodUsage) -> list[tuple[int, float]]:
    """Place in `Sums`, and the money there at which there is an edge."""
    levels = plan.commitment.levels(usage) if plan.commitment is not None else ()
    edges = [(CHARGES, level) for level in levels]
    # Reduced charges and what was paid ahead may bring the fee below 0, where no share of it is due.
    reduced = usage.balance > 0.0 or any(isinstance(term, ResourceCharge) for term in plan.charges)
    if plan.credits is not None and reduced:
        edges.append((FEE, 0.0))
    if plan.gain_share is not None:
        edges.append((SAVING, 0.0))
    return edges
