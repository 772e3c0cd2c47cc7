"""An arrival rate that is not known exactly: what a queue does in the mean over what the rate may be.

The rate is the expected one times a gamma-distributed factor e^u of mean 1 and coefficient of variation c.
What happens to a contact is a mean over contacts, and more of them come when the rate is high: their factor
has the gamma law of K = 1/c^2 + 1 instead of 1/c^2, whose density over u, with v = u - ln(1 + c^2), is

    proportional to e^(-K (e^v - 1 - v)).

It is integrated by Gauss-Legendre rules over panels, down to e^-DEPTH of its height, split where the agents
are just as many as the load: there a queue without abandonment stops to serve anybody in time.

The kernels validate nothing and never raise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.queueing.aims import KIND, OCCUPANCY, SERVICE_LEVEL, WITHIN, tally
from bporoute._kernels.queueing.exponential_patience import curvature

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats
    from bporoute._kernels.queueing.exponential_patience import Queue

Spread = tuple[float, float, float, float]
"""(c, K, least and largest u)."""

INFINITE = float("inf")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
DEPTH = 10.0
LEAST_CV = 1e-7
"""What scatters less is known: below it nothing is left of the mean's difference."""
FINE = 4.0
"""Length of a panel in units of 1 / sqrt(load): within it a queue passes from enough agents to too few."""
STEEP = 5.0
MOST_PANELS = 400.0


@kernel("UniTuple(f8,4)(f8)")
def spread_of(cv: float) -> Spread:
    """The factors of a rate with this coefficient of variation; (0, 0, 0, 0): it is known exactly."""
    if cv <= LEAST_CV:
        return 0.0, 0.0, 0.0, 0.0
    shape = 1.0 / (cv * cv) + 1.0
    deep = DEPTH / shape
    right = math.sqrt(2.0 * deep)
    left = -(deep + right)
    for _ in range(6):  # Newton's steps towards the ends of a convex function stay beyond them
        left -= (curvature(-left) - deep) / math.expm1(left)
        right -= (curvature(-right) - deep) / math.expm1(right)
    middle = math.log1p(cv * cv)
    return cv, shape, middle + left, middle + right


@kernel("UniTuple(f8,2)(UniTuple(f8,5),UniTuple(f8,4),f8[:,::1],i8)")
def mixed_tally(queue: Queue, spread: Spread, aims: Floats, row: int) -> tuple[float, float]:
    """What `tally` says of one aim, summed over all that the rate may be; `queue` has the expected rate."""
    agents, arrival_rate, aht, patience, room = queue
    cv, shape, low, high = spread
    load = arrival_rate * aht
    middle = math.log1p(cv * cv)
    kind = int(aims[row, KIND])
    just_enough = math.log(agents / load) if agents > 0.0 else low
    split = min(max(just_enough, low), high)
    fine = min(0.5 * (high - low), FINE / math.sqrt(load))
    all_late = patience == INFINITE and room == INFINITE and kind == SERVICE_LEVEL
    steep = split
    if all_late:  # the share in time falls to 0 as e^-((n - a) t / aht)
        within = float(aims[row, WITHIN])
        steep = max(split - STEEP * min(1.0 / math.sqrt(load), aht / (within * load + aht)), low)
    some = 0.0
    base = 0.0
    for part_of_law in range(3):
        start = low if part_of_law == 0 else steep if part_of_law == 1 else split
        end = steep if part_of_law == 0 else split if part_of_law == 1 else high
        length = end - start
        if length <= 0.0:
            continue
        panels = min(float(math.ceil(length / fine)), MOST_PANELS)
        half = 0.5 * length / panels
        for panel in range(int(panels)):
            centre = start + (2.0 * panel + 1.0) * half
            for k in range(NODES.shape[0]):
                u = centre + half * NODES[k]
                weight = half * WEIGHTS[k] * math.exp(-shape * curvature(middle - u))
                if part_of_law == 2 and all_late:
                    some += weight
                    base += weight
                    continue
                factor = math.exp(u)
                one = (agents, arrival_rate * factor, aht, patience, room)
                here, of_all = tally(one, 0.0, aims, row)
                if kind == OCCUPANCY:  # a share of time, not of contacts
                    weight /= factor
                some += weight * here
                base += weight * of_all
    return some, base
