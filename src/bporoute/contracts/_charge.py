"""What every charge of a contract tells: what it counts by, where its price changes, what it charges.

"Units" are contacts or minutes, as its measure counts them, multipliers included.
"""

from __future__ import annotations

from typing import NamedTuple

from bporoute.contracts._increment import Counter
from bporoute.contracts._measure import Measure
from bporoute.contracts._term import Line, Term
from bporoute.contracts._usage import PeriodUsage


class Edge(NamedTuple):
    """A number of units of a measure at which the price of the next unit changes.

    `jump`: the charge itself jumps beyond that number.
    """

    measure: Measure
    units: float
    jump: bool = False


class Charge(Term, frozen=True, kw_only=True):
    """A term that charges for what was counted or delivered."""

    @property
    def measures(self) -> tuple[Counter, ...]:
        """What has to be counted for it."""
        return ()

    def edges(self) -> tuple[Edge, ...]:
        """Where its price changes; empty: every unit costs the same."""
        return ()

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """What it charges for a period of so many calendar months."""
        raise NotImplementedError  # every kind says its own; this one is no kind

    def money(self, usage: PeriodUsage, months: int) -> float:
        """What its lines come to, not rounded, for a period of so many `months` with such a `usage`."""
        return sum(line.amount for line in self.lines(usage, months))


def measure_name(measure: Measure) -> str:
    """What a measure counts, as a line of an invoice says it."""
    name = measure.counts.replace("_", " ") if measure.in_minutes else f"contacts {measure.counts}"
    only = ", ".join((*measure.contact_types, *measure.channels))
    return f"{name}, {only}" if only else name
