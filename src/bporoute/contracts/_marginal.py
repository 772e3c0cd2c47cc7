"""What one contact more adds to the invoice of a period."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from bporoute.contracts._bill import Plan, sums
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._edges import SAVING, Approach, money_edges, unit_edges
from bporoute.contracts._expectation import added_by
from bporoute.contracts._increment import Increment
from bporoute.contracts._usage import PeriodUsage, RemainingForecast

# Standard deviations above the mean that a normal number exceeds with a probability of 1e-23.
_FAR = 10.0


def marginal(
    plan: Plan, usage: PeriodUsage, contact: BilledContact, forecast: RemainingForecast | None
) -> float:
    """Expected cost at the end of the period with a contact, minus without it.

    The invoice is linear in the number of contacts still to come, but for a few edges. Between two of them
    the expectation over a normal number is known in closed form, so the sum over the pieces is exact. Beside
    an uncertain number of others, a contact of unknown handle time counts as what it adds on average, as they
    do; beside a known number, what it adds is the expectation over its handle time.
    """
    added = usage.increment(contact)
    if forecast is None or not forecast.contacts:
        return added_by(plan, usage, contact, added, added, 0.0)
    typical = usage.average() or added
    mean, deviation = forecast.contacts, forecast.contacts * forecast.cv
    if deviation <= 1e-9 * max(1.0, mean):
        return added_by(plan, usage, contact, added, typical, mean)
    after = usage.plus(added)

    def difference(further: float) -> float:
        """What the contact adds if so many contacts follow it."""
        with_it, without = (start.plus(typical, further) if further else start for start in (after, usage))
        return sums(plan, with_it).cost - sums(plan, without).cost

    starts, limit = (usage, after), mean + _FAR * deviation
    edges = [unit_edges(plan, start, typical) for start in starts]
    every = [edge for some in edges for edge in some]
    breaks, jumps = _breaks(plan, starts, every, typical, limit), any(edge.jump for edge in every)
    if len(breaks) == 2 and not jumps and _between_the_same(*edges) and not money_edges(plan, usage):
        return difference(0.0)
    return _expected(difference, breaks, mean, deviation, jumps=jumps)


def _between_the_same(these: list[Approach], those: list[Approach]) -> bool:
    """Whether two starts lie between the same edges: as long as they meet none, they differ by as much."""
    return all(
        (one.distance > 0.0) == (other.distance > 0.0) for one, other in zip(these, those, strict=True)
    )


def _breaks(
    plan: Plan, starts: tuple[PeriodUsage, ...], edges: list[Approach], typical: Increment, limit: float
) -> list[float]:
    """Numbers of further contacts, 0 to a limit, at which the invoice from one of the starts has an edge.

    `edges` are those of the starts by units; those by money are searched for.
    """
    breaks = [0.0, limit]
    breaks += [edge.distance / edge.slope for edge in edges if 0.0 < edge.distance < limit * edge.slope]
    for start in starts:
        for place, level in money_edges(plan, start):
            breaks += _crossings(plan, start, typical, sorted(breaks), place, level)
    return sorted(breaks)


def _crossings(
    plan: Plan, start: PeriodUsage, typical: Increment, breaks: list[float], place: int, level: float
) -> list[float]:
    """Where a sum of the bill crosses a level, searched piece by piece: it is linear in each."""
    found = []
    for left, right in pairwise(breaks):
        if not right - left > 1e-12 * max(1.0, left):
            continue
        first, second = left + (right - left) / 3.0, left + 2.0 * (right - left) / 3.0
        here = sums(plan, start.plus(typical, first))[place] - level
        there = sums(plan, start.plus(typical, second))[place] - level
        if here != there:
            crossing = first - here * (second - first) / (there - here)
            if left < crossing < right:
                found.append(crossing)
    return found


def _expected(
    value: Callable[[float], float], breaks: list[float], mean: float, deviation: float, *, jumps: bool
) -> float:
    """Mean of a piecewise linear function of max(0, X), X normal, between the first and last break.

    Where the function `jumps` it is looked at within each piece, else at the breaks, which pieces share.
    """
    ends = {0.0: value(0.0)}

    def at(further: float) -> float:
        if further not in ends:
            ends[further] = value(further)
        return ends[further]

    expected = _below(0.0, mean, deviation)[0] * at(0.0)
    for left, right in pairwise(breaks):
        if not right - left > 1e-12 * max(1.0, left):
            continue
        below_left, moment_left = _below(left, mean, deviation)
        below_right, moment_right = _below(right, mean, deviation)
        weight = below_right - below_left
        if weight <= 1e-15:
            continue
        first, second = left, right
        if jumps:
            first, second = left + (right - left) / 3.0, left + 2.0 * (right - left) / 3.0
        level = at(first)
        slope = (at(second) - level) / (second - first)
        expected += weight * level + slope * (moment_right - moment_left - first * weight)
    return expected


def _below(limit: float, mean: float, deviation: float) -> tuple[float, float]:
    """P(X <= limit) and E(X; X <= limit) of a normal X."""
    score = (limit - mean) / deviation
    share = 0.5 * math.erfc(-score / math.sqrt(2.0))
    density = math.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
    return share, mean * share - deviation * density


def holds_until(plan: Plan, usage: PeriodUsage, forecast: RemainingForecast | None, averages: bool) -> float:
    """Contacts offered from which on the marginal price may differ from that after `usage`; inf: never.

    Never too late towards an edge in contacts. Towards one in minutes or money, which a contact may bring
    nearer by any amount, it looks again half of the way there by the averages of the usage; where these are
    not to be trusted, after each hundredth for ever. With a forecast, the price moves with every contact as
    long as an edge lies ahead: it looks again after a hundredth of the period's contacts.
    """
    typical = usage.average() or usage.increment(BilledContact())
    ahead = [
        edge
        for edge in unit_edges(plan, usage, typical)
        if edge.lies_ahead or (edge.most == math.inf and not averages)
    ]
    now, then = sums(plan, usage), sums(plan, usage.plus(typical))
    levels = [
        (level - now[place], then[place] - now[place])
        for place, level in money_edges(plan, usage)
        if now[place] < level or (now[place] == level == 0.0) or place == SAVING or not averages
    ]
    if not ahead and not levels:
        return math.inf
    if forecast is not None and forecast.contacts:
        return usage.offered + max(1.0, math.floor((usage.offered + forecast.contacts) / 100.0))
    hundredth = math.floor(usage.offered / 100.0)
    # A charge may jump upon reaching an edge or beyond it: the contact before is looked at as well.
    steps = [edge.distance / edge.most - edge.jump for edge in ahead if edge.most < math.inf]
    unbounded = [(edge.distance, edge.slope) for edge in ahead if edge.most == math.inf] + levels
    for distance, slope in unbounded:
        steps.append(distance / (2.0 * slope) if averages and slope > 0.0 else hundredth)
    nearest = min(steps)
    return usage.offered + max(1.0, math.floor(nearest)) if nearest < math.inf else math.inf
