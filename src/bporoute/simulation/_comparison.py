"""How two policies differ on the same contacts, and what the ± of a difference rests on.

Both met the same arrivals, handle times and patience, so what chance does to both falls out. What is left is
judged by units that have chance of their own: the replications from 10 on, else the days of all of them. One
run of a log that has contacts on less than 5 days holds too few days; it is judged by its half hours.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from bporoute._base.words import counted
from bporoute.errors import InputError
from bporoute.estimates._confidence import LEVEL, Estimate, of_ratio, paired, paired_ratio
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import SimulatedPolicy
from bporoute.simulation._service import ratio

NORMAL = NormalDist().inv_cdf((1.0 + LEVEL) / 2.0)
"""Standard errors that a ± takes where it rests on half hours."""


def dearer(ours: SimulatedPolicy, theirs: SimulatedPolicy) -> Estimate:
    """How much more `ours` costs than `theirs`, as a share of the latter's cost: on the same contacts.

    The interval is of the paired differences: what chance does to both falls out. It is infinite where a
    whole unit of `theirs` brought money in, as under a contract that pays for contacts that did not come.

    Raises
    ------
    InputError
        If the two have not equally many replications of equally many days; so with the others below.
    """
    _check_paired(ours, theirs)
    our_money, their_money = ours.cost_units[0], theirs.cost_units[0]
    if (their_money < 0.0).any():
        share = ratio(our_money.sum(), their_money.sum()) - 1.0
        return Estimate(share, -math.inf, math.inf, LEVEL, len(their_money))
    total = of_ratio(our_money, their_money)
    return Estimate(total.value - 1.0, total.low - 1.0, total.high - 1.0, total.level, total.count)


def dearer_replayed(ours: ReplayedPolicy, theirs: ReplayedPolicy) -> Estimate:
    """By how much `ours` is dearer than `theirs`, both of one replay; by its days if 5 or more had calls.

    Within fewer days the noise is judged by how much neighbouring half hours differ (J. von Neumann's
    successive differences, Annals of Mathematical Statistics 12, 1941), so that the course of the day is not
    taken for chance. It then speaks of the chance within such days, not of what other days would bring, and
    never of the choice of the cheapest among many.
    """
    _check_paired(ours, theirs)
    if ours.rests_on_days != theirs.rests_on_days:
        days = f"{ours.days_with_calls} and {counted(theirs.days_with_calls, 'day')} with calls"
        raise InputError("replays", days, "two replays of the same calls")
    if theirs.rests_on_days:
        return dearer(ours, theirs)
    more, base = ours.half_hour_costs - theirs.half_hour_costs, float(theirs.half_hour_costs.sum())
    had_calls = count_of(theirs.runs[0].tally, "offered").any(axis=1)
    steps, count, half = np.diff(more[had_calls]), int(had_calls.sum()), math.inf
    if len(steps) and base:
        spread = math.sqrt(float((steps**2).mean()) / 2.0)
        half = NORMAL * spread * math.sqrt(count) / abs(base)
    share = ratio(more.sum(), base)
    return Estimate(share, share - half, share + half, LEVEL, count)


def service_difference(ours: SimulatedPolicy, theirs: SimulatedPolicy, queue: str | None = None) -> Estimate:
    """Service level of `ours` minus that of `theirs`, of a `queue` or of all, paired; in [-1, 1]."""
    _check_paired(ours, theirs)
    difference = paired_ratio(*ours.served_units(queue), *theirs.served_units(queue))
    return difference.within(-1.0, 1.0)


def cost_difference(ours: SimulatedPolicy, theirs: SimulatedPolicy) -> Estimate:
    """Money per replication (or day, see `SimulatedPolicy`) that `ours` costs more than `theirs`, paired."""
    _check_paired(ours, theirs)
    return paired(ours.cost_units[0], theirs.cost_units[0])


def _check_paired(ours: SimulatedPolicy, theirs: SimulatedPolicy) -> None:
    found, wanted = ((len(each.runs), each.days) for each in (theirs, ours))
    if found != wanted:
        texts = [
            f"{counted(runs, 'replication')} of {counted(days, 'day')}" for runs, days in (found, wanted)
        ]
        raise InputError("theirs", texts[0], f"{texts[1]}: the same contacts")
