"""The months of a term, and what of a vendor's share is there in each: term, trial, ramp, learning."""

from __future__ import annotations

import calendar
import math
from datetime import date, timedelta
from typing import NamedTuple

from bporoute.center._vendor import Vendor
from bporoute.contracts._contract import Contract
from bporoute.contracts._start_up import Ramp

WEEKS_OF_A_YEAR = 365.25 / 7.0


class TermMonth(NamedTuple):
    """A calendar month of a term.

    Attributes
    ----------
    number : int
        From 1 on.
    first : date
        Its first day.
    days : int
        How many it has.
    """

    number: int
    first: date
    days: int

    @property
    def weeks(self) -> float:
        """How many weeks it has."""
        return self.days / 7.0

    @property
    def each_day(self) -> tuple[date, ...]:
        """Its days."""
        return tuple(self.first + timedelta(days=step) for step in range(self.days))


def months_of(start: date, count: int) -> tuple[TermMonth, ...]:
    """The months of a term that begins on the first of one.

    >>> [(month.first.isoformat(), month.days) for month in months_of(date(2026, 12, 1), 3)]
    [('2026-12-01', 31), ('2027-01-01', 31), ('2027-02-01', 28)]
    """
    found = []
    for step in range(count):
        year, month = divmod(start.year * 12 + start.month - 1 + step, 12)
        found.append(TermMonth(step + 1, date(year, month + 1, 1), calendar.monthrange(year, month + 1)[1]))
    return tuple(found)


class Taken(NamedTuple):
    """What a vendor takes in a month.

    Attributes
    ----------
    share : float
        Of the contacts, in the mean over the days.
    slower : float
        Handle time over that of trained people.
    in_force : float
        Share of the days on which its contract is.
    """

    share: float
    slower: float
    in_force: float


def taken_in(vendor: Vendor, share: float, attrition: float | None, month: TermMonth) -> Taken:
    """What a vendor takes that is to have a `share` of the contacts, when its people leave by `attrition`.

    Its team grows and learns as the ramp of the contract says: the share is that of its full team, and
    below it in proportion. In a trial the share is at most the agreed one. Of people who leave at a rate a
    (per week) and whose successors are slower by ``g exp(-k / tau)`` after k weeks, handle times stay longer
    by ``g a tau / (1 + a tau)``.

    Examples
    --------
    >>> ramp = Ramp(class_size=10, classes=2, every_weeks=31 / 7, training_weeks=0, extra_handle_time=0.2)
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(start=date(2027, 1, 1), terms=(ramp,)))
    >>> [round(taken_in(nord, 0.5, 0.0, month).share, 3) for month in months_of(date(2026, 12, 1), 4)]
    [0.0, 0.25, 0.5, 0.5]
    """
    contract = vendor.contract
    ramp = next((term for term in contract.terms if isinstance(term, Ramp)), None)
    shares, slower, in_force = [], [], 0
    for day in month.each_day:
        if not runs_on(contract, day):
            continue
        in_force += 1
        there = (contract.capacity_on(day) or 0) / (ramp.class_size * ramp.classes) if ramp else 1.0
        shares.append(min(share * there, contract.trial_share(day)))
        slower.append(contract.handle_time_factor(day))
    whole = math.fsum(shares)
    longer = math.fsum(part * factor for part, factor in zip(shares, slower, strict=True))
    kept_at = 1.0
    if ramp is not None and attrition:
        leaving = attrition / WEEKS_OF_A_YEAR * ramp.learning_weeks
        kept_at += ramp.extra_handle_time * leaving / (1.0 + leaving)
    return Taken(whole / month.days, max(longer / whole if whole else 1.0, kept_at), in_force / month.days)


def runs_on(contract: Contract, day: date) -> bool:
    """Whether a contract is in force on a day."""
    return (contract.start or date.min) <= day <= (contract.end or date.max)
