"""Charges around an agreed volume: a fee with an allowance, a baseline with a dead band, a reservation."""

from __future__ import annotations

from bporoute._base.fields import Count, Money, Probability
from bporoute.contracts._charge import Charge, Edge, measure_name
from bporoute.contracts._measure import HANDLED, Measure
from bporoute.contracts._term import Line
from bporoute.contracts._usage import PeriodUsage


class FixedFee(Charge, frozen=True, kw_only=True, tag="fixed_fee"):
    """``fee + overage_price * max(0, n - included)``.

    Attributes
    ----------
    fee : float
        Money per contract period.
    included : int
        Units that the fee covers.
    overage_price : float
        Money for each unit above them.
    measure : Measure
        What is counted; handled contacts by default.
    """

    fee: Money
    included: Count = 0
    overage_price: Money = 0.0
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the allowance counts, if more than it costs anything."""
        return (self.measure,) if self.overage_price else ()

    def edges(self) -> tuple[Edge, ...]:
        """The end of the allowance."""
        return tuple(Edge(measure, float(self.included)) for measure in self.measures)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """The fee, once a period however many `months` it has, and what of `usage` is above the allowance."""
        fee = Line("fixed_fee", 1.0, self.fee, "fixed fee")
        if not self.overage_price:
            return (fee,)
        above = max(0.0, usage.of(self.measure) - self.included)
        return (
            fee,
            Line("fixed_fee", above, self.overage_price, f"{measure_name(self.measure)} not included"),
        )

    def money(self, usage: PeriodUsage, months: int) -> float:
        """What the lines come to on a `usage`, however many `months` it has; without their texts."""
        if not self.overage_price:
            return self.fee
        return self.fee + max(0.0, usage.of(self.measure) - self.included) * self.overage_price


class ResourceCharge(Charge, frozen=True, kw_only=True, tag="resource_charge"):
    """Additional and reduced resource charges around a baseline, none inside a dead band.

    ``additional_price * max(0, n - (1 + dead_band) baseline)
    - reduced_price * max(0, (1 - dead_band) baseline - n)``: only what lies outside the band counts.

    Attributes
    ----------
    baseline : int
        Units that the fixed fee was agreed for.
    dead_band : float
        Share of the baseline on either side, such as .05 to .10.
    additional_price, reduced_price : float
        Money charged for a unit above the band; money credited for a unit below it.
    measure : Measure
        What is counted; handled contacts by default.
    """

    baseline: Count
    dead_band: Probability
    additional_price: Money
    reduced_price: Money
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the baseline counts."""
        return (self.measure,)

    def edges(self) -> tuple[Edge, ...]:
        """The ends of the dead band."""
        low, high = (1.0 - self.dead_band) * self.baseline, (1.0 + self.dead_band) * self.baseline
        return (Edge(self.measure, low), Edge(self.measure, high))

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """The additional or the reduced charge on `usage`, whatever its `months`; nothing inside the band."""
        units = usage.of(self.measure)
        low, high = (edge.units for edge in self.edges())
        name = measure_name(self.measure)
        if units > high:
            return (Line("resource_charge", units - high, self.additional_price, f"additional {name}"),)
        if units < low:
            return (Line("resource_charge", low - units, -self.reduced_price, f"{name} less than agreed"),)
        return ()


class CapacityOption(Charge, frozen=True, kw_only=True, tag="capacity_option"):
    """``reservation_price K + usage_price min(n, K) + over_price max(0, n - K)``.

    Attributes
    ----------
    reserved : int
        K: units kept ready in a period.
    reservation_price, usage_price, over_price : float
        Money for a unit reserved, used out of those, used beyond them.
    measure : Measure
        What is counted; handled contacts by default.
    """

    reserved: Count
    reservation_price: Money
    usage_price: Money
    over_price: Money
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is reserved."""
        return (self.measure,)

    def edges(self) -> tuple[Edge, ...]:
        """The reserved units."""
        return (Edge(self.measure, float(self.reserved)),)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """Reservation, once whatever the `months`; the `usage` out of it; the `usage` beyond it."""
        units, name = usage.of(self.measure), measure_name(self.measure)
        within = min(units, float(self.reserved))
        return (
            Line("capacity_option", float(self.reserved), self.reservation_price, f"{name} reserved"),
            Line("capacity_option", within, self.usage_price, f"{name} out of those reserved"),
            Line("capacity_option", units - within, self.over_price, f"{name} beyond those reserved"),
        )
