"""What a period costs under a contract, and what one contact more adds to that."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import msgspec

from bporoute.contracts._agreed_volume import ResourceCharge
from bporoute.contracts._charge import Charge
from bporoute.contracts._commitments import Commitment
from bporoute.contracts._measure import BilledContact, Measure
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._term import Line
from bporoute.contracts._tiers import Tier
from bporoute.contracts._usage import Increment, PeriodUsage, RemainingForecast

# Standard deviations above the mean that a normal number exceeds with a probability of 1e-23.
_FAR = 10.0


class Plan(NamedTuple):
    """The terms of a contract by the step of the bill in which they count."""

    charges: tuple[Charge, ...]
    commitment: Commitment | None
    credits: ServiceCredits | None
    lock: ForecastLock | None
    multipliers: tuple[Multiplier, ...]
    tiers: tuple[Tier, ...]
    measures: tuple[Measure, ...]
    months: int


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor is owed for a period, in the center's currency, not rounded.

    Attributes
    ----------
    lines : tuple of Line
        What it is made of, in the order of the contract's terms.
    total : float
        Sum of their amounts.
    balance : float
        Money paid ahead that is carried forward: the next period's `PeriodUsage.balance`.
    withheld : float
        Service-level money withheld in this period, which may be earned back.
    """

    lines: tuple[Line, ...]
    total: float
    balance: float
    withheld: float

    def __str__(self) -> str:
        rows = [
            f"{line.quantity:>14,.2f} x {line.unit_price:>11,.4f} = {line.amount:>14,.2f}  {line.text}"
            for line in self.lines
        ]
        return "\n".join([*rows, f"{'total':<30}{self.total:>14,.2f}"])


class _Sums(NamedTuple):
    """Money after each step of the bill."""

    charges: float
    fee: float
    total: float


def invoice(plan: Plan, usage: PeriodUsage) -> Invoice:
    """The bill of a period: charges, then the commitment, then service-level money."""
    charges, commitment, credits = _lines(plan, usage)
    balance = usage.balance
    if plan.commitment is not None:
        missing, *used = commitment
        balance += sum(line.amount for line in used)
        balance += plan.commitment.carry_forward * missing.amount
    lines = (*charges, *commitment, *credits)
    return Invoice(
        lines=lines,
        total=sum(line.amount for line in lines),
        balance=balance,
        withheld=-sum(min(0.0, line.amount) for line in credits),
    )


def _lines(plan: Plan, usage: PeriodUsage) -> tuple[tuple[Line, ...], tuple[Line, ...], tuple[Line, ...]]:
    charges = tuple(line for term in plan.charges for line in term.lines(usage, plan.months))
    owed = sum(line.amount for line in charges)
    commitment = plan.commitment.lines(usage, owed) if plan.commitment is not None else ()
    if plan.credits is None or not (plan.lock is None or plan.lock.binds(usage, plan.months)):
        return charges, commitment, ()
    fee = owed + sum(line.amount for line in commitment)
    return charges, commitment, plan.credits.lines(usage, fee)


def _sums(plan: Plan, usage: PeriodUsage) -> _Sums:
    charges, commitment, credits = (sum(line.amount for line in part) for part in _lines(plan, usage))
    return _Sums(charges, charges + commitment, charges + commitment + credits)


def marginal(
    plan: Plan, usage: PeriodUsage, contact: BilledContact, forecast: RemainingForecast | None
) -> float:
    """Expected invoice at the end of the period with a contact, minus without it.

    The invoice is linear in the number of contacts still to come, but for a few edges. Between two of them
    the expectation over a normal number is known in closed form, so the sum over the pieces is exact.
    """
    added = usage.increment(contact)
    after = usage.plus(added)

    def difference(further: float) -> float:
        """What the contact adds if so many contacts follow it."""
        if not further:
            return _sums(plan, after).total - _sums(plan, usage).total
        return (
            _sums(plan, after.plus(typical, further)).total - _sums(plan, usage.plus(typical, further)).total
        )

    if forecast is None or not forecast.contacts:
        return difference(0.0)
    typical = usage.average() or added
    mean, deviation = forecast.contacts, forecast.contacts * forecast.cv
    if deviation <= 1e-9 * max(1.0, mean):
        return difference(mean)
    breaks = _breaks(plan, (usage, after), typical, mean + _FAR * deviation)
    return _expected(difference, breaks, mean, deviation)


def _breaks(plan: Plan, starts: tuple[PeriodUsage, ...], typical: Increment, limit: float) -> list[float]:
    """Numbers of further contacts, 0 to a limit, at which the invoice from one of the starts has an edge."""
    breaks = [0.0, limit]
    for start in starts:
        breaks += [
            edge.distance / edge.slope
            for edge in _unit_edges(plan, start, typical)
            if 0.0 < edge.distance < limit * edge.slope
        ]
    for start in starts:
        for place, level in _money_edges(plan, start):
            breaks += _crossings(plan, start, typical, sorted(breaks), place, level)
    return sorted(breaks)


class _Approach(NamedTuple):
    """A count on its way to an edge: so far, per typical contact, at most per contact; where it jumps."""

    value: float
    slope: float
    most: float
    edge: float
    jump: bool

    @property
    def distance(self) -> float:
        return self.edge - self.value

    @property
    def lies_ahead(self) -> bool:
        """At a kink the next contact is beyond it; at a jump it is the one that jumps."""
        return self.distance > 0.0 or (self.jump and self.distance == 0.0)


def _unit_edges(plan: Plan, usage: PeriodUsage, typical: Increment) -> list[_Approach]:
    edges = [edge for term in plan.charges for edge in term.edges()]
    edges += plan.commitment.edges(usage) if plan.commitment is not None else ()
    factor = math.prod(max(1.0, each.factor) for each in plan.multipliers)
    found = []
    for measure, units, jump in edges:
        place = usage.measures.index(measure)
        most = math.inf if measure.in_minutes else factor
        found.append(_Approach(usage.units[place], typical.units[place], most, units, jump))
    found += [
        _Approach(usage.handled, typical.handled, 1.0, float(tier.above), False) for tier in plan.tiers[1:]
    ]
    if plan.credits is not None and plan.lock is not None and plan.lock.by_totals(usage, plan.months):
        locked = usage.locked_volume or 0.0
        bounds = (plan.lock.low * locked, plan.lock.high * locked)
        found += [_Approach(usage.offered, 1.0, 1.0, bound, True) for bound in bounds]
    return found


def _money_edges(plan: Plan, usage: PeriodUsage) -> list[tuple[int, float]]:
    """Place in `_Sums`, and the money there at which there is an edge."""
    levels = plan.commitment.levels(usage) if plan.commitment is not None else ()
    edges = [(0, level) for level in levels]
    # Reduced charges and what was paid ahead may bring the fee below 0, where no share of it is due.
    reduced = usage.balance > 0.0 or any(isinstance(term, ResourceCharge) for term in plan.charges)
    if plan.credits is not None and reduced:
        edges.append((1, 0.0))
    return edges


def _crossings(
    plan: Plan, start: PeriodUsage, typical: Increment, breaks: list[float], place: int, level: float
) -> list[float]:
    """Where a sum of the bill crosses a level, searched piece by piece: it is linear in each."""
    found = []
    for left, right in pairwise(breaks):
        if not right - left > 1e-12 * max(1.0, left):
            continue
        first, second = left + (right - left) / 3.0, left + 2.0 * (right - left) / 3.0
        here = _sums(plan, start.plus(typical, first))[place] - level
        there = _sums(plan, start.plus(typical, second))[place] - level
        if here != there:
            crossing = first - here * (second - first) / (there - here)
            if left < crossing < right:
                found.append(crossing)
    return found


def _expected(value: Callable[[float], float], breaks: list[float], mean: float, deviation: float) -> float:
    """Mean of a piecewise linear function of max(0, X), X normal, between the first and last break."""
    expected = _below(0.0, mean, deviation)[0] * value(0.0)
    for left, right in pairwise(breaks):
        if not right - left > 1e-12 * max(1.0, left):
            continue
        below_left, moment_left = _below(left, mean, deviation)
        below_right, moment_right = _below(right, mean, deviation)
        weight = below_right - below_left
        if weight <= 1e-15:
            continue
        first, second = left + (right - left) / 3.0, left + 2.0 * (right - left) / 3.0
        level = value(first)
        slope = (value(second) - level) / (second - first)
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
        for edge in _unit_edges(plan, usage, typical)
        if edge.lies_ahead or (edge.most == math.inf and not averages)
    ]
    sums, next_sums = _sums(plan, usage), _sums(plan, usage.plus(typical))
    levels = [
        (level - sums[place], next_sums[place] - sums[place])
        for place, level in _money_edges(plan, usage)
        if sums[place] < level or (sums[place] == level == 0.0) or not averages
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
