"""The least that a contact costs over all its prices."""

from __future__ import annotations

from functools import cached_property

from bporoute._base.fields import Money
from bporoute.contracts._charge import Charge
from bporoute.contracts._increment import Counter
from bporoute.contracts._measure import Measure
from bporoute.contracts._shortfall import Shortfall
from bporoute.contracts._term import Line, Term
from bporoute.contracts._usage import PeriodUsage


class MinimumCharge(Term, frozen=True, kw_only=True, tag="minimum_charge"):
    """Each answered contact costs at least `amount`, over all its prices per contact, minute and resolution.

    A contact that is free (a short one, or of a type without a price) stays free. Prices that depend on the
    volume are nobody's own, so a contract with tiers, overage, a baseline or a reservation cannot have one;
    commitments do not count.

    Attributes
    ----------
    amount : float
        Money per contact.
    """

    amount: Money


class LeastCharge(Charge, frozen=True, kw_only=True, tag="least_charge", dict=True):
    """`MinimumCharge` as a charge, once the prices that it is about are known."""

    least: float
    parts: tuple[tuple[float, Measure], ...]

    @cached_property
    def measures(self) -> tuple[Counter, ...]:
        """What contacts are short of."""
        return (Shortfall(least=self.least, parts=self.parts),)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what the contacts in `usage` were short of, however many `months` it has."""
        text = f"missing to {self.least:g} a contact"
        return (Line("minimum_charge", usage.of(self.measures[0]), 1.0, text),)
