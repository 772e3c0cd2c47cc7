"""A till: adds up contacts of one contract as they end, and what each adds to the bill.

The usage is that of `PeriodUsage.add` to the last digit, the money that of `Contract.charge` without what the
difference of two large bills loses. Settling a contact is all about known seconds, mostly without a
multiplier: what can be found out once for each type and channel is, so that one contact more costs no walk
through all terms.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import add

import msgspec

from bporoute.contracts._bill import Plan, owed
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._commitments import MinimumCommitment, TakeOrPay
from bporoute.contracts._increment import Counter, Increment, longest_free
from bporoute.contracts._measure import HANDLE_MINUTES, HANDLED, PLAIN, Measure
from bporoute.contracts._minimum_charge import LeastCharge
from bporoute.contracts._tiers import NumberedTiers
from bporoute.contracts._unit_prices import PerContact, PerFte, PerHour, PerMinute, PerResolution
from bporoute.contracts._usage import PeriodUsage

UnitsOf = Callable[[float, float], float]
"""Units of an answered contact by its seconds handled and its resolution."""
ANY = "", ""
"""Type and channel of all contacts where no measure asks for either."""


class Till:
    """Adds up the contacts of a contract with such a `plan`.

    Examples
    --------
    >>> from bporoute import Contract
    >>> contract = Contract(price_per_contact=1.0, price_per_minute=0.6)
    >>> till = contract.till
    >>> usage, added = till.with_answered(contract.usage(), 90.0)
    >>> usage.handled, round(added, 2), round(till.owed(usage), 2)
    (1.0, 1.9, 1.9)
    """

    __slots__ = (
        "_committed_at",
        "_counts",
        "_longest_free",
        "_plan",
        "_prices",
        "_tells_apart",
        "_tier_places",
        "exact",
    )

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._longest_free = longest_free(plan.measures)
        self._counts: dict[tuple[str, str], tuple[UnitsOf, ...]] = {}
        self._tells_apart = any(
            isinstance(each, Measure) and (each.contact_types or each.channels) for each in plan.measures
        )
        self._tier_places = (
            (plan.measures.index(HANDLED), plan.measures.index(HANDLE_MINUTES)) if plan.tiers else None
        )
        self._prices = _unit_prices(plan)
        self._committed_at = (
            plan.measures.index(plan.commitment.measure) if isinstance(plan.commitment, TakeOrPay) else None
        )
        self.exact = not plan.multipliers
        """Whether seconds, type and channel tell all that a contact counts as: there are no multipliers."""

    def owed(self, usage: PeriodUsage) -> float:
        """What a `usage` comes to, see `Contract.charge`."""
        return owed(self._plan, usage)

    def with_answered(
        self,
        usage: PeriodUsage,
        handle: float,
        contact_type: str = "",
        channel: str = "",
        resolved: float = 1.0,
    ) -> tuple[PeriodUsage, float]:
        """The usage after an answered contact more, and the money that it adds.

        Parameters
        ----------
        usage : PeriodUsage
            One that this contract's ``usage()`` began, without multipliers, see `exact`.
        handle : float
            Seconds handled, at least 0 and finite.
        contact_type, channel, resolved
            As for `BilledContact`.
        """
        units = [count(handle, resolved) for count in self._counts_of(contact_type, channel)]
        every = tuple(map(add, usage.units, units))
        short = 1.0 if 0.0 < self._longest_free >= handle else 0.0
        in_tiers, minutes_in, money = usage.tier_contacts, usage.tier_minutes, 0.0
        if self._tier_places is not None:
            contacts_at, minutes_at = self._tier_places
            by_minutes, edges = usage.tiers_by == "minutes", usage.tier_edges
            first = usage.units[minutes_at] if by_minutes else usage.handled
            last = first + (units[minutes_at] if by_minutes else 1.0)
            tier = bisect_right(edges, first) - 1
            if tier + 1 < len(edges) and last > edges[tier + 1]:  # it reaches into the next one
                added = Increment(1.0, 1.0, 1.0, resolved, short, handle, handle, tuple(units))
                after = usage.plus(added)
                return after, self.owed(after) - self.owed(usage)
            contacts, minutes = units[contacts_at], units[minutes_at]
            each, seconds = list(in_tiers), list(minutes_in)
            each[tier] += contacts
            seconds[tier] += minutes
            in_tiers, minutes_in = tuple(each), tuple(seconds)
            here = self._plan.tiers[tier]
            money = here.price_per_contact * contacts + here.price_per_minute * minutes
        after = msgspec.structs.replace(
            usage,
            offered=usage.offered + 1.0,
            answered=usage.answered + 1.0,
            handled=usage.handled + 1.0,
            resolved=usage.resolved + resolved,
            short=usage.short + short,
            handle_seconds=usage.handle_seconds + handle,
            talk_seconds=usage.talk_seconds + handle,
            units=every,
            tier_contacts=in_tiers,
            tier_minutes=minutes_in,
        )
        prices = self._prices
        if prices is None or (self._committed_at is not None and usage.balance):
            return after, self.owed(after) - self.owed(usage)
        for place, price in prices:
            money += price * units[place]
        if self._committed_at is not None:
            before = self._missing(usage)
            if before:
                money -= before - self._missing(after)
        return after, money

    def after_answered(
        self, usage: PeriodUsage, handles: Sequence[float], contact_type: str, channel: str, resolved: float
    ) -> PeriodUsage:
        """The usage after answered contacts more, as `with_answered` for one after the other, and quicker."""
        if self._tier_places is not None:
            for handle in handles:
                usage, _ = self.with_answered(usage, handle, contact_type, channel, resolved)
            return usage
        counts, contacts, free = self._counts_of(contact_type, channel), len(handles), self._longest_free
        return msgspec.structs.replace(
            usage,
            offered=usage.offered + contacts,
            answered=usage.answered + contacts,
            handled=usage.handled + contacts,
            resolved=_through(usage.resolved, [resolved] * contacts),
            short=_through(usage.short, [1.0 if 0.0 < free >= handle else 0.0 for handle in handles]),
            handle_seconds=_through(usage.handle_seconds, handles),
            talk_seconds=_through(usage.talk_seconds, handles),
            units=tuple(
                _through(units, [count(handle, resolved) for handle in handles])
                for units, count in zip(usage.units, counts, strict=True)
            ),
        )

    def _counts_of(self, contact_type: str, channel: str) -> tuple[UnitsOf, ...]:
        """What each measure counts of an answered contact of a type and channel."""
        kind = (contact_type, channel) if self._tells_apart else ANY
        counts = self._counts.get(kind)
        if counts is None:
            counts = self._counts[kind] = tuple(
                [_units_of(measure, contact_type, channel) for measure in self._plan.measures]
            )
        return counts

    def _missing(self, usage: PeriodUsage) -> float:
        """Money for the units that a `usage` is short of its commitment, in contacts or minutes."""
        commitment = self._plan.commitment
        assert isinstance(commitment, TakeOrPay)
        missing = commitment.committed(usage) - usage.units[self._committed_at or 0]
        return missing * commitment.price if missing > 0.0 else 0.0


def _unit_prices(plan: Plan) -> tuple[tuple[int, float], ...] | None:
    """Place and price of each measure of which every unit costs the same; None: the bill has to be looked at.

    Beside them there may be tiers of contacts or minutes, and a commitment in either.
    """
    linear = PerContact | PerMinute | PerResolution | LeastCharge
    whole = (plan.gain_share, plan.credits, plan.indexation, plan.currency)
    by_volume = [
        each for each in plan.charges if not isinstance(each, linear | NumberedTiers | PerHour | PerFte)
    ]
    if by_volume or any(whole) or isinstance(plan.commitment, MinimumCommitment):
        return None
    return tuple(
        (plan.measures.index(each.measures[0]), each.price if not isinstance(each, LeastCharge) else 1.0)
        for each in plan.charges
        if isinstance(each, linear)
    )


def _units_of(measure: Counter, contact_type: str, channel: str) -> UnitsOf:
    """What an answered contact of a type and channel counts as, the sooner told the simpler it is."""
    alike = BilledContact(contact_type=contact_type, channel=channel)
    if isinstance(measure, Measure):
        if measure.counts == "failed" or not measure.fits(alike):
            return _nothing
        if not measure.free_up_to and measure.in_minutes:
            if not (measure.needs_contacts and (_in_blocks(measure) or measure.rounding is not None)):
                return _minutes
            return lambda handle, resolved: measure.minutes(handle, PLAIN)
        if not measure.free_up_to and measure.rounding is None:
            return _resolution if measure.counts == "resolved" else _one
    return lambda handle, resolved: measure.units(
        msgspec.structs.replace(alike, handle=handle, resolved=resolved)
    )


def _through(total: float, more: Sequence[float]) -> float:
    """A sum as it is after one addition after the other, to the last digit: `sum` may be more exact."""
    for each in more:
        total += each
    return total


def _in_blocks(measure: Measure) -> bool:
    return bool(measure.step or measure.first or measure.minimum or measure.included)


def _nothing(handle: float, resolved: float) -> float:
    return 0.0


def _one(handle: float, resolved: float) -> float:
    return 1.0


def _resolution(handle: float, resolved: float) -> float:
    return resolved


def _minutes(handle: float, resolved: float) -> float:
    return handle / 60.0
