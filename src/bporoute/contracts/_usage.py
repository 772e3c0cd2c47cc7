"""What a contract counts of a period: the usage, in counts and sums, and what a contact adds to it."""

from __future__ import annotations

import math
from datetime import date
from typing import Literal

import msgspec

from bporoute.contracts._asked import check_kind, check_number
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._increment import Counter, Increment, increment
from bporoute.contracts._measure import HANDLE_MINUTES, HANDLED, Measure
from bporoute.contracts._multiplier import Multiplier
from bporoute.errors import InputError, shown

HoursKind = Literal["logged", "production", "scheduled", "paid"]

_NUMBERS = (
    "offered",
    "answered",
    "handled",
    "resolved",
    "short",
    "handle_seconds",
    "talk_seconds",
    "fte",
    "locked_volume",
    "share_inside",
    "balance",
    "earlier_credits",
    "exchange_rate",
)
_MAY_BE_NONE = ("locked_volume", "share_inside", "exchange_rate")


class PeriodUsage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one vendor did in one contract period: counts and sums, never single contacts.

    ``contract.usage()`` is an empty one that counts what the terms of that contract need (billed minutes,
    rounded contact by contact; free short contacts; multipliers); `add` and `add_all` fill it. One built from
    counts alone serves contracts without these (contacts handled are answered, those answered offered).
    All numbers are at least 0 and may have fractions, as forecasts have.

    Attributes
    ----------
    offered, answered, handled, resolved, short : float
        Contacts. Short ones are those that the longest `Measure.free_up_to` of the contract leaves free.
    handle_seconds, talk_seconds : float
        Sums over answered contacts.
    hours : dict
        Hours delivered: ``logged``, ``production``, ``scheduled``, ``paid``.
    fte : float
        Average full-time equivalents of the period.
    sla : dict
        Result of each service-level measure of the contract in the period, by its name.
    locked_volume : float or None
        Forecast of offered contacts that was locked for the period.
    share_inside : float or None
        Share of the intervals or days whose volume stayed inside the relief window.
    balance : float
        Money paid ahead: carried forward from commitments that earlier periods fell short of.
    earlier_credits : float
        Money withheld for service levels of earlier periods, which may be earned back.
    begin : date or None
        First day of the period, by which prices are indexed; None: prices as agreed.
    exchange_rate : float or None
        Money of the center for one of the contract's currency, on average; None: the agreed rate.
    measures, units : tuple
        What is counted for the contract, and how much of each; multipliers included.
    multipliers : tuple of Multiplier
        The contract's.
    tier_edges, tier_contacts, tier_minutes : tuple
        After which handled contact (or minute) each of `Contract.tiers` begins; contacts and minutes in each.
    tiers_by : {"contacts", "minutes"}
        What the tiers are counted by.

    Examples
    --------
    >>> from bporoute import Contract
    >>> usage = Contract(price_per_contact=2.0).usage().add(BilledContact(handle=100))
    >>> usage.handled, usage.handle_seconds
    (1.0, 100.0)
    """

    offered: float = 0.0
    answered: float = 0.0
    handled: float = 0.0
    resolved: float = 0.0
    short: float = 0.0
    handle_seconds: float = 0.0
    talk_seconds: float = 0.0
    hours: dict[HoursKind, float] = {}
    fte: float = 0.0
    sla: dict[str, float] = {}
    locked_volume: float | None = None
    share_inside: float | None = None
    balance: float = 0.0
    earlier_credits: float = 0.0
    begin: date | None = None
    exchange_rate: float | None = None
    measures: tuple[Counter, ...] = ()
    units: tuple[float, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    tier_edges: tuple[int, ...] = ()
    tier_contacts: tuple[float, ...] = ()
    tier_minutes: tuple[float, ...] = ()
    tiers_by: Literal["contacts", "minutes"] = "contacts"

    def add(self, contact: BilledContact, times: float = 1.0) -> PeriodUsage:
        """The usage after a contact (or several that are alike).

        Raises
        ------
        InputError
            If a time, the resolution or `times` is negative or not finite.
        """
        check_number("times", times)
        return self.plus(self.increment(contact), None if times == 1.0 else times)

    def add_all(self, contacts: list[BilledContact] | tuple[BilledContact, ...]) -> PeriodUsage:
        """The usage after several contacts, in this order."""
        check_kind("contacts", contacts, (list, tuple), "a list or tuple of contacts")
        usage = self
        for contact in contacts:
            usage = usage.add(contact)
        return usage

    def counted_as(self, empty: PeriodUsage) -> PeriodUsage:
        """A usage built from counts alone as one that counts what a contract needs.

        `empty` is the contract's ``usage()``.

        Raises
        ------
        InputError
            If the counts do not tell: billed steps, minimums and multipliers need every single contact.
        """
        if self.measures:
            raise InputError("usage", "one of another contract", "one that contract.usage() began")
        needs = ["multipliers"] if empty.multipliers else []
        needs += ["what depends on each contact's length" for each in empty.measures if each.needs_contacts]
        if needs:
            raise InputError(
                "usage", "counts alone", f"one that contract.usage() began: {needs[0]} are agreed"
            )
        totals = {"handle_minutes": self.handle_seconds / 60.0, "talk_minutes": self.talk_seconds / 60.0}
        answered = max(self.answered, self.handled)
        whole = msgspec.structs.replace(self, offered=max(self.offered, answered), answered=answered)
        counted = msgspec.structs.replace(
            whole,
            measures=empty.measures,
            units=tuple(
                totals[each.counts] if each.in_minutes else float(getattr(whole, each.counts))
                for each in empty.measures
                if isinstance(each, Measure)
            ),
        )
        average = counted.average()
        numbered = empty.plus(average, counted.offered) if average is not None else empty
        return msgspec.structs.replace(
            counted,
            tier_edges=empty.tier_edges,
            tiers_by=empty.tiers_by,
            tier_contacts=numbered.tier_contacts,
            tier_minutes=numbered.tier_minutes,
        )

    def check(self) -> None:
        """Raise InputError at the first number that is negative or not finite."""
        for name in _NUMBERS:
            value = getattr(self, name)
            if value.__class__ is float and 0.0 <= value < math.inf:
                continue
            if value is not None or name not in _MAY_BE_NONE:
                check_number(f"usage.{name}", value)
        for name in ("hours", "sla"):
            check_kind(f"usage.{name}", getattr(self, name), dict, "a dict of numbers by name")
        for kind, hours in self.hours.items():
            check_number(f"usage.hours.{kind}", hours)
        for name, value in self.sla.items():
            if not (isinstance(value, (int, float)) and math.isfinite(value)):
                raise InputError(f"usage.sla.{name}", shown(value), "a finite number")

    def of(self, measure: Counter) -> float:
        """Units counted of `measure`, one of `measures`."""
        return self.units[self.measures.index(measure)]

    def increment(self, contact: BilledContact) -> Increment:
        """What a contact adds, in expectation if its handle time is a law (see `add` for errors)."""
        return increment(contact, self.measures, self.multipliers)

    def average(self) -> Increment | None:
        """What an average contact of the usage added; None before the first."""
        if self.offered <= 0.0:
            return None
        return Increment(
            offered=1.0,
            answered=self.answered / self.offered,
            handled=self.handled / self.offered,
            resolved=self.resolved / self.offered,
            short=self.short / self.offered,
            handle_seconds=self.handle_seconds / self.offered,
            talk_seconds=self.talk_seconds / self.offered,
            units=tuple(units / self.offered for units in self.units),
        )

    def plus(self, added: Increment, times: float | None = None) -> PeriodUsage:
        """The usage after a contact that adds what `added` says; after `times` such, with a fraction too."""
        changes = self._tiers_plus(added, times) if self.tier_edges else {}
        times = 1.0 if times is None else times
        return msgspec.structs.replace(
            self,
            offered=self.offered + times * added.offered,
            answered=self.answered + times * added.answered,
            handled=self.handled + times * added.handled,
            resolved=self.resolved + times * added.resolved,
            short=self.short + times * added.short,
            handle_seconds=self.handle_seconds + times * added.handle_seconds,
            talk_seconds=self.talk_seconds + times * added.talk_seconds,
            units=tuple(have + times * more for have, more in zip(self.units, added.units, strict=True)),
            **changes,
        )

    def _tiers_plus(self, added: Increment, times: float | None) -> dict[str, tuple[float, ...]]:
        """Contacts and minutes by tier, the added ones numbered on from those so far.

        By minutes, a single contact belongs where it begins, its minutes where each of them falls.
        """
        contacts = added.units[self.measures.index(HANDLED)]
        minutes = added.units[self.measures.index(HANDLE_MINUTES)]
        by_minutes, single = self.tiers_by == "minutes", times is None
        times = 1.0 if times is None else times
        first = self.of(HANDLE_MINUTES) if by_minutes else self.handled
        last = first + times * (minutes if by_minutes else added.handled)
        if last > first:
            width = last - first
            ends = (*self.tier_edges[1:], math.inf)
            overlaps = [
                (min(last, end) - max(first, start)) / width if start < last and first < end else 0.0
                for start, end in zip(self.tier_edges, ends, strict=True)
            ]
        else:  # nothing handled: what minutes there are belong where the next contact would be numbered
            overlaps = self._tier_at(first)
        begins = self._tier_at(first) if by_minutes and single else overlaps
        contacts, minutes = times * contacts, times * minutes
        return {
            "tier_contacts": _shared(self.tier_contacts, contacts, begins),
            "tier_minutes": _shared(self.tier_minutes, minutes, overlaps),
        }

    def _tier_at(self, position: float) -> list[float]:
        """1 for the tier that the next contact or minute falls into, 0 for the others."""
        ends = (*self.tier_edges[1:], math.inf)
        return [float(start <= position < end) for start, end in zip(self.tier_edges, ends, strict=True)]


def _shared(have: tuple[float, ...], units: float, shares: list[float]) -> tuple[float, ...]:
    """What there is in each tier, and its share of some units more."""
    return tuple([known + units * share for known, share in zip(have, shares, strict=True)])


class RemainingForecast(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Contacts that the vendor will still get in the period, after the one in question.

    Their number is normal; the part of the normal distribution below zero counts as no contact at all.
    They are taken to be like the average contact of the period so far.

    Attributes
    ----------
    contacts : float
        Mean number, at least 0.
    cv : float
        Standard deviation over mean, at least 0; 0: the number is certain.
    """

    contacts: float
    cv: float = 0.0

    def __post_init__(self) -> None:
        for name in ("contacts", "cv"):
            value = getattr(self, name)
            check_number(name, value)
            if value > 1e12:
                raise InputError(name, shown(value), "a number of at most 1e12")
