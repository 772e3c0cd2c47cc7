"""What a contact of unknown handle time adds to a bill: the expectation over its handle time, exact.

Between two edges the bill is linear in what a contact adds, so there its expectation is the bill of the
expectation. Where a long contact may cross an edge and a short one does not, the handle times are cut at
those that just reach it, and each part is taken for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import count, islice, pairwise

import msgspec

from bporoute._base.tolerance import TOLERANCE
from bporoute.contracts._bill import Plan, sums
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._edges import money_edges, unit_edges
from bporoute.contracts._increment import Counter, Increment, beyond
from bporoute.contracts._measure import ALL, Factors, Measure
from bporoute.contracts._multiplier import factors_of
from bporoute.contracts._shortfall import Shortfall
from bporoute.contracts._usage import PeriodUsage
from bporoute.durations._laws import Distribution

HARDLY = 1e-18
"""Share of the contacts that is none."""
HALVINGS = 200
JUST_BEYOND = 1e-7
"""Share of a stretch, from either end: beyond the tolerance of a step, within which none has begun."""
MOST_JUMPS = 20_000


def added_by(
    plan: Plan,
    usage: PeriodUsage,
    contact: BilledContact,
    added: Increment,
    typical: Increment,
    further: float,
) -> float:
    """What a contact adds to the cost of a usage if so many typical ones follow; `added`: on average."""

    def end(start: PeriodUsage) -> PeriodUsage:
        return start.plus(typical, further) if further else start

    without = end(usage)
    cuts = []
    law = contact.handle
    if isinstance(law, Distribution):
        cuts = _cuts(plan, usage, end, contact, added, law)
    parts = _parts(usage, contact, cuts) if cuts else [(1.0, added)]
    expected = math.fsum(share * sums(plan, end(usage.plus(part))).cost for share, part in parts)
    return expected - sums(plan, without).cost


def _parts(usage: PeriodUsage, contact: BilledContact, cuts: list[float]) -> list[tuple[float, Increment]]:
    """The contacts whose handle times lie between two cuts: their share, what one of them adds on average."""

    def tail(seconds: float) -> Increment:
        return beyond(contact, seconds, usage.measures, usage.multipliers)

    tails = [tail(ALL), *(tail(cut) for cut in cuts)]
    parts = [longer.minus(longest) for longer, longest in pairwise(tails)] + [tails[-1]]
    return [(part.offered, part.times(1.0 / part.offered)) for part in parts if part.offered > HARDLY]


def _cuts(
    plan: Plan,
    usage: PeriodUsage,
    end: Callable[[PeriodUsage], PeriodUsage],
    contact: BilledContact,
    added: Increment,
    law: Distribution,
) -> list[float]:
    """Handle times, seconds, up to which a contact stays on this side of an edge of the bill.

    It is numbered before those that follow it: it may reach the edge of a tier itself, or have them reach it.
    """
    after = end(usage)
    starts = (usage,) if after is usage else (usage, after)
    money = money_edges(plan, after)
    ahead = [
        edge
        for start in starts
        for edge in unit_edges(plan, start, added)
        if edge.measure is not None and edge.measure.varies and edge.lies_ahead
    ]
    if not ahead and not money:
        return []
    longest = _longest(law)
    factors = factors_of(usage.multipliers, contact)

    def with_handle(seconds: float) -> BilledContact:
        return msgspec.structs.replace(contact, handle=seconds)

    cuts = set()
    for edge in ahead:
        measure, distance = edge.measure, edge.distance
        assert measure is not None
        if measure.units(with_handle(longest), factors) > distance:

            def within(seconds: float, measure: Measure = measure, distance: float = distance) -> bool:
                return measure.units(with_handle(seconds), factors) <= distance

            cuts.add(_snapped(_last(within, longest), measure))
    if money:
        ends = cuts | {longest}
        if plan.gain_share is not None:  # a saving may rise and fall with the time, block by block
            ends |= {at for measure in usage.measures for at in _jumps(measure, law, longest, factors)}
        cuts |= _crossings(plan, lambda seconds: end(usage.add(with_handle(seconds))), money, sorted(ends))
    return sorted(cut for cut in cuts if law.survival(cut) > HARDLY)


def _crossings(
    plan: Plan,
    ended: Callable[[float], PeriodUsage],
    money: list[tuple[int, float]],
    ends: list[float],
) -> set[float]:
    """Handle times at which a sum of the bill crosses a level, looked for between those that cut already.

    `ended` is the usage in the end, by the handle time of the contact.
    """

    def above(seconds: float, place: int, level: float) -> bool:
        return sums(plan, ended(seconds))[place] > level

    found = set()
    for place, level in money:
        was_above = above(0.0, place, level)
        for low, high in pairwise([0.0, *ends]):
            # A charge may jump at either end, or just beyond it: both belong to the stretches beside this.
            begin, end = low + JUST_BEYOND * (high - low), high - JUST_BEYOND * (high - low)
            starts_above, ends_above = above(begin, place, level), above(end, place, level)
            if starts_above != was_above:  # it jumps there
                found.add(low)
            was_above = ends_above
            if ends_above != starts_above:

                def same(
                    seconds: float, place: int = place, level: float = level, side: bool = starts_above
                ) -> bool:
                    return above(seconds, place, level) == side

                found.add(_last(same, end, begin))
    return found


def _jumps(measure: Counter, law: Distribution, longest: float, factors: Factors) -> Iterator[float]:
    """Handle times below the `longest` at which a contact may begin to count as more."""
    if isinstance(measure, Shortfall):
        for _, part in measure.parts:
            yield from _jumps(part, law, longest, factors)
        return
    first = measure.included + measure.first
    yield from (measure.free_up_to, measure.included, measure.included + measure.minimum, first)
    # From an edge of a window on it counts faster or slower.
    yield from (begin for begin, _ in factors if 0.0 < begin < longest)
    jumps: Iterator[float] = iter(())
    if measure.step is not None:
        step = measure.step
        jumps = (first + place * step for place in count())
    elif measure.rounding is not None and measure.price:
        jumps = measure.jumps_of_the_charge(factors)
    for at in islice(jumps, MOST_JUMPS):
        if at >= longest or law.survival(at) < 1e-14:
            return
        yield at


def _longest(law: Distribution) -> float:
    """Seconds that hardly any contact outlasts."""
    seconds = max(law.mean, 1.0)
    while law.survival(seconds) > HARDLY and seconds < 1e15:
        seconds *= 2.0
    return seconds


def _last(holds: Callable[[float], bool], high: float, low: float = 0.0) -> float:
    """The last of the seconds from `low` to `high` at which something still holds that does at `low`."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _snapped(seconds: float, measure: Measure) -> float:
    """The end of a billed step where some seconds are one but for its tolerance."""
    if not measure.step:
        return seconds
    steps = (seconds - measure.included - measure.first) / measure.step
    if abs(steps - round(steps)) <= 2.0 * TOLERANCE:
        return measure.included + measure.first + round(steps) * measure.step
    return seconds
