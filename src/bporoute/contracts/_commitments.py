"""What is paid in any case: commitments in contacts, minutes or money, and what they carry forward."""

from __future__ import annotations

from bporoute._base.fields import Count, Money, Probability
from bporoute.contracts._charge import Edge, measure_name
from bporoute.contracts._measure import HANDLED, Measure
from bporoute.contracts._term import Line, Term
from bporoute.contracts._usage import PeriodUsage


class TakeOrPay(Term, frozen=True, kw_only=True, tag="take_or_pay"):
    """A commitment in contacts or minutes: ``price * max(0, share * volume - n)`` is paid for those missing.

    With a price per contact p beside it, and the same price here, the invoice is
    ``max(p n, share p volume)``: below the commitment a contact more costs nothing.

    Attributes
    ----------
    volume : int or None
        Units committed per contract period; None: the locked forecast of the period (if the usage
        names none, there is no commitment).
    share : float
        Share of the volume that is paid in any case, often .9.
    price : float
        Money for a missing unit.
    carry_forward : float
        Share of the money paid for missing units that is carried forward: it pays for units above the
        commitment in later periods (`PeriodUsage.balance`). 0: it is lost.
    measure : Measure
        What is counted; handled contacts by default.
    """

    price: Money
    volume: Count | None = None
    share: Probability = 1.0
    carry_forward: Probability = 0.0
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the commitment counts."""
        return (self.measure,)

    def committed(self, usage: PeriodUsage) -> float:
        """Units that are paid in any case; without a `volume`, by the locked forecast of `usage`."""
        volume = usage.locked_volume if self.volume is None else self.volume
        return self.share * (volume or 0.0)

    def edges(self, usage: PeriodUsage) -> tuple[Edge, ...]:
        """The commitment, and where the balance of `usage` is used up."""
        committed = self.committed(usage)
        used_up = usage.balance / self.price if self.carry_forward and self.price else 0.0
        return tuple(Edge(self.measure, committed + above) for above in sorted({0.0, used_up}))

    def levels(self, usage: PeriodUsage) -> tuple[float, ...]:
        """None, whatever the `usage`: it counts units, not money."""
        return ()

    def lines(self, usage: PeriodUsage, charges: float) -> tuple[Line, ...]:
        """What `usage` is short of, or what earlier payments cover; `charges` in money do not count."""
        units, committed = usage.of(self.measure), self.committed(usage)
        missing = Line(
            "take_or_pay",
            max(0.0, committed - units),
            self.price,
            f"{measure_name(self.measure)} missing to {committed:g}",
        )
        surplus = self.price * max(0.0, units - committed)
        return (missing, *_paid_ahead("take_or_pay", self.carry_forward, surplus, usage))

    def money(self, usage: PeriodUsage, charges: float) -> float:
        """What the lines come to, without their texts; `usage` and `charges` as for them."""
        units, committed = usage.of(self.measure), self.committed(usage)
        missing = max(0.0, committed - units) * self.price
        return missing - _covered(self.carry_forward, self.price * max(0.0, units - committed), usage)


class MinimumCommitment(Term, frozen=True, kw_only=True, tag="minimum_commitment"):
    """A commitment in money: ``max(0, amount - charges)`` is paid on top.

    The charges are all other lines of the period but the service-level money, fixed fees and hours included.

    Attributes
    ----------
    amount : float
        Money per contract period.
    carry_forward : float
        Share of the money paid on top that is carried forward and pays for charges above the commitment
        in later periods (`PeriodUsage.balance`). 0: it is lost.
    """

    amount: Money
    carry_forward: Probability = 0.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        """None: it counts money."""
        return ()

    def edges(self, usage: PeriodUsage) -> tuple[Edge, ...]:
        """None by units, whatever the `usage`."""
        return ()

    def levels(self, usage: PeriodUsage) -> tuple[float, ...]:
        """Charges at which what a contact adds changes: the commitment, then with the balance of `usage`."""
        used_up = usage.balance if self.carry_forward else 0.0
        return tuple(sorted({self.amount, self.amount + used_up}))

    def lines(self, usage: PeriodUsage, charges: float) -> tuple[Line, ...]:
        """What `charges`, money, are short of, or what earlier payments told in `usage` cover."""
        missing = max(0.0, self.amount - charges)
        surplus = max(0.0, charges - self.amount)
        return (
            Line("minimum_commitment", missing, 1.0, f"missing to the minimum of {self.amount:g}"),
            *_paid_ahead("minimum_commitment", self.carry_forward, surplus, usage),
        )

    def money(self, usage: PeriodUsage, charges: float) -> float:
        """What the lines come to, without their texts; `usage` and `charges` as for them."""
        missing = max(0.0, self.amount - charges)
        return missing - _covered(self.carry_forward, max(0.0, charges - self.amount), usage)


Commitment = TakeOrPay | MinimumCommitment


def _paid_ahead(kind: str, carry_forward: float, surplus: float, usage: PeriodUsage) -> tuple[Line, ...]:
    if not carry_forward or not usage.balance:
        return ()
    covered = _covered(carry_forward, surplus, usage)
    return (Line(kind, covered, -1.0, "paid ahead in earlier periods"),)


def _covered(carry_forward: float, surplus: float, usage: PeriodUsage) -> float:
    """Money of a `surplus` above the commitment that earlier payments cover."""
    return min(usage.balance, surplus) if carry_forward else 0.0
