"""What the ways to source contacts cost by month, and from when on one is worth it."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Literal

import msgspec

from bporoute.governance._total_cost._costs import IN_HOUSE
from bporoute.governance._total_cost._term import TermMonth

Kind = Literal["one_off", "wages", "invoices", "running"]
FOUR_OF_FIVE = 1.2815515655446004
"""Standard deviations of a normal law around its mean within which 80 % lie."""
CLOSE = 1e-6


class WayLine(msgspec.Struct, frozen=True):
    """One line of a way.

    Attributes
    ----------
    name : str
        What it is for.
    kind : {"one_off", "wages", "invoices", "running"}
        Paid once, or how it comes about.
    money : tuple of float
        Of each month.
    """

    name: str
    kind: Kind
    money: tuple[float, ...]

    @property
    def total(self) -> float:
        """Of the whole term."""
        return math.fsum(self.money)


class SourcingWay(msgspec.Struct, frozen=True):
    """A way to source the contacts of a forecast over a term, by month.

    Attributes
    ----------
    name : str
        ``in_house``, ``today``, or that of the offer.
    vendors : tuple of str
        Who takes a part.
    lines : tuple of WayLine
        What it costs.
    not_told : tuple of str
        What nobody told, and is in no line.
    contacts, contacts_out : tuple of float
        All of each month; those that go out.
    resolved : tuple of float or None
        Those that are resolved; None: nobody told the share, of one's own people or a vendor's.
    hours, jobs : tuple of float
        Hours of one's own people that are paid, and full-time jobs.
    variance : tuple of float
        Of each month's money, as contacts are off their forecast; the months are independent.
    notes : tuple of str
        What else matters.
    """

    name: str
    vendors: tuple[str, ...]
    lines: tuple[WayLine, ...]
    not_told: tuple[str, ...]
    contacts: tuple[float, ...]
    contacts_out: tuple[float, ...]
    resolved: tuple[float, ...] | None
    hours: tuple[float, ...]
    jobs: tuple[float, ...]
    variance: tuple[float, ...]
    notes: tuple[str, ...] = ()

    @property
    def money(self) -> tuple[float, ...]:
        """Of each month, all lines together."""
        return tuple(
            math.fsum(of_month) for of_month in zip(*(line.money for line in self.lines), strict=True)
        )

    @property
    def cumulated(self) -> tuple[float, ...]:
        """Money from the first month to each."""
        return tuple(accumulate(self.money))

    @property
    def margins(self) -> tuple[float, ...]:
        """By how much four of five courses are within the cumulated money of each month."""
        return tuple(FOUR_OF_FIVE * math.sqrt(variance) for variance in accumulate(self.variance))

    @property
    def total(self) -> float:
        """Money of the whole term."""
        return math.fsum(self.money)

    @property
    def per_contact(self) -> float:
        """Money for each contact."""
        return self.total / math.fsum(self.contacts)

    @property
    def per_resolved(self) -> float:
        """Money for each contact that is resolved; nan: nobody told how many are, or none is."""
        whole = 0.0 if self.resolved is None else math.fsum(self.resolved)
        return self.total / whole if whole > 0.0 else math.nan

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, each with whose it is."""
        return tuple(note if self.name in self.vendors else f"{self.name}: {note}" for note in self.notes)

    def of_kind(self, kind: Kind) -> float:
        """Money of the lines of a kind over the term."""
        return math.fsum(line.total for line in self.lines if line.kind == kind)


class BreakEven(msgspec.Struct, frozen=True):
    """From when on a way costs no more than in-house work, all money since the beginning added up.

    Attributes
    ----------
    month : int or None
        The first such month, from 1 on; None: never within the term.
    earliest, latest : int or None
        The same if contacts are as far off their forecast as on four of five courses.
    holds : bool
        Whether it still does at the end of the term.
    """

    month: int | None
    earliest: int | None
    latest: int | None
    holds: bool


class TotalCost(msgspec.Struct, frozen=True):
    """Ways to source the contacts of a forecast, over the same months.

    Attributes
    ----------
    currency : str
        Of all money.
    months : tuple of TermMonth
        The term.
    ways : tuple of SourcingWay
        In-house work first, then today's mix, then the offers.
    left_out : dict of str to str
        A way that cannot be told -> why.
    full_time : float
        Hours of a job in a week.
    notes : tuple of str
        What holds for all of them.
    at_volumes : tuple of (float, TotalCost)
        The same if the volume of the whole term is so many times the forecast: what one course of ten stays
        below, and what one of ten exceeds. Empty: nobody told how far it may be off.
    """

    currency: str
    months: tuple[TermMonth, ...]
    ways: tuple[SourcingWay, ...]
    left_out: dict[str, str]
    full_time: float
    notes: tuple[str, ...] = ()
    at_volumes: tuple[tuple[float, TotalCost], ...] = ()

    @property
    def in_house(self) -> SourcingWay:
        """What all else is held against."""
        return self.way(IN_HOUSE)

    def way(self, name: str) -> SourcingWay:
        """The way of a `name`, one of `ways`."""
        return next(way for way in self.ways if way.name == name)

    @property
    def cheapest(self) -> SourcingWay:
        """The way of the least money over the term; the first of equal ones."""
        return min(self.ways, key=lambda way: way.total)

    def break_even(self, way: SourcingWay) -> BreakEven:
        """From when on a `way` is worth it: min m with cum(way) <= cum(in-house), and by its margins."""
        ours = self.in_house.cumulated
        behind = [theirs - own for theirs, own in zip(way.cumulated, ours, strict=True)]
        nearly = CLOSE * max(1.0, *map(abs, ours))

        def first(sign: float) -> int | None:
            pairs = enumerate(zip(behind, way.margins, strict=True), start=1)
            return next((month for month, (gap, by) in pairs if gap + sign * by <= nearly), None)

        return BreakEven(first(0.0), first(-1.0), first(1.0), behind[-1] <= nearly)

    def moved_hours(self, way: SourcingWay) -> tuple[float, ...]:
        """Hours of one's own people in each month that a `way` needs less of than in-house work."""
        return tuple(own - theirs for own, theirs in zip(self.in_house.hours, way.hours, strict=True))

    def moved_jobs(self, way: SourcingWay) -> float:
        """The same as full-time jobs that a `way` moves, in the last month."""
        return self.in_house.jobs[-1] - way.jobs[-1]
