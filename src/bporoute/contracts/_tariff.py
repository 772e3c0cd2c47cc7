"""What each single contact adds to a bill, and what it would add by another reading of the contract."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._charge import Charge
from bporoute.contracts._contract import Contract
from bporoute.contracts._increment import Counter, Increment, increment
from bporoute.contracts._measure import HANDLE_MINUTES, HANDLED, Factors, Measure
from bporoute.contracts._minimum_charge import LeastCharge
from bporoute.contracts._multiplier import Multiplier, combined_factor, factors_of
from bporoute.contracts._shortfall import Shortfall
from bporoute.contracts._term import Line
from bporoute.contracts._tiers import NumberedTiers, VolumeTiers
from bporoute.contracts._unit_prices import PerContact, PerMinute, PerResolution
from bporoute.contracts._usage import PeriodUsage

SINGLE = (PerContact, PerMinute, PerResolution, NumberedTiers, VolumeTiers, LeastCharge)
"""Charges that a contact has of its own; all others are of the period."""
Placed = Literal["by_units", "by_contact", "by_begin", "all_units"]


class Band(NamedTuple):
    """A price of the units above some number."""

    above: float
    price: float


class Part(NamedTuple):
    """A price that a contact pays.

    Attributes
    ----------
    term : str
        Kind of the term that it comes from.
    measure : Measure or Shortfall
        What it pays for.
    bands : tuple of Band
        Prices by volume, the first from 0 on.
    placed : {"by_units", "by_contact", "by_begin", "all_units"}
        In which band a unit falls: that of its own number; that of the number of its contact; that in which
        the contact's first minute falls; that which all units together reach.
    """

    term: str
    measure: Counter
    bands: tuple[Band, ...]
    placed: Placed = "by_units"


class Otherwise(NamedTuple):
    """A contract as somebody else may have read it.

    Attributes
    ----------
    step : float or None
        Seconds of a step of all minutes, without minimum and first block; 0: not rounded; None: as agreed.
    band : int or None
        Number of the band by which all is paid; None: as agreed.
    factor : float or None
        The factor by which the contact counts; None: as agreed.
    """

    step: float | None = None
    band: int | None = None
    factor: float | None = None


class Contribution(NamedTuple):
    """What one contact adds.

    Attributes
    ----------
    amount : float
        Money, in the contract's currency.
    bands : tuple of int
        The band of each part in which it begins.
    """

    amount: float
    bands: tuple[int, ...]


class Charged(NamedTuple):
    """The contacts of a period, one by one and together.

    Attributes
    ----------
    each : list of Contribution
        In the order in which they were given.
    usage : PeriodUsage
        All of them.
    """

    each: list[Contribution]
    usage: PeriodUsage


class Tariff(msgspec.Struct, frozen=True):
    """The prices of a contract that a contact pays by itself.

    Attributes
    ----------
    contract : Contract
        Where they stand.
    parts : tuple of Part
        Each price.
    index : float
        Factor on all of them in the period.

    Examples
    --------
    >>> contract = Contract(terms=(PerMinute(price=0.6, step=30),))
    >>> tariff = tariff_of(contract)
    >>> contact = BilledContact(handle=61)
    >>> added = tariff.charged([contact]).each[0]
    >>> round(added.amount, 9), round(tariff.amount(contact, added.bands, Otherwise(step=60)), 9)
    (0.9, 1.2)
    """

    contract: Contract
    parts: tuple[Part, ...]
    index: float

    def charged(self, contacts: Sequence[BilledContact]) -> Charged:
        """What each of the `contacts` of a period adds, in this order, and their usage."""
        empty = self.contract.usage()
        measures, multipliers = empty.measures, empty.multipliers
        added = _increments(contacts, measures, multipliers)
        totals = {
            name: math.fsum(getattr(each, name) for each in added)
            for name in Increment._fields
            if name != "units"
        }
        units = tuple(math.fsum(each.units[place] for each in added) for place in range(len(measures)))
        places = [measures.index(part.measure) for part in self.parts]
        courses = [_Course(part, units[place]) for part, place in zip(self.parts, places, strict=True)]
        handled = begun = 0.0
        minutes = measures.index(HANDLE_MINUTES) if HANDLE_MINUTES in measures else -1
        found = []
        for each in added:
            money, bands = 0.0, []
            for course, place in zip(courses, places, strict=True):
                owed, band = course.take(each.units[place], handled, begun)
                money += owed
                bands.append(band)
            handled += each.handled
            begun += each.units[minutes] if minutes >= 0 else 0.0
            found.append(Contribution(self.index * money, tuple(bands)))
        usage = msgspec.structs.replace(empty, units=units, **totals, **_tiers(empty, self.parts, courses))
        return Charged(found, usage)

    def units(self, contact: BilledContact, otherwise: Otherwise) -> tuple[float, ...]:
        """What a contact would count as for each part, `otherwise`."""
        if otherwise.factor is not None:
            factors: Factors = ((0.0, otherwise.factor),)
        else:
            factors = factors_of(self.contract.multipliers, contact)
        step = otherwise.step
        measures = (part.measure if step is None else in_steps(part.measure, step) for part in self.parts)
        return tuple(measure.units(contact, factors) for measure in measures)

    def price(self, part: int, band: int, otherwise: Otherwise) -> float:
        """Money for a unit of a part in a band, `otherwise`."""
        bands = self.parts[part].bands
        wanted = band if otherwise.band is None else min(otherwise.band, len(bands) - 1)
        return self.index * bands[wanted].price

    def amount(self, contact: BilledContact, bands: Sequence[int], otherwise: Otherwise) -> float:
        """What a contact would add `otherwise`, if it began in these `bands`; it stays in its band."""
        units = self.units(contact, otherwise)
        return sum(
            [
                self.price(place, band, otherwise) * count
                for place, (band, count) in enumerate(zip(bands, units, strict=True))
            ]
        )

    def lines(self, usage: PeriodUsage) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """Lines of the invoice for a `usage`: those of single contacts, and all others.

        They are at the prices of the period, so that no line is of an index.

        Raises
        ------
        InputError
            As `Contract.invoice` does.
        """
        plan = self.contract._plan
        lines = self.contract.invoice(usage).lines
        charges = [(term, term.lines(usage, plan.months)) for term in plan.charges]
        later = lines[sum(len(told) for _, told in charges) :]
        single = [line for term, told in charges if isinstance(term, SINGLE) for line in told]
        others = [line for term, told in charges if not isinstance(term, SINGLE) for line in told]
        others += [line for line in later if line.term != "indexation"]
        return self._indexed(single), self._indexed(others)

    def _indexed(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        return tuple(msgspec.structs.replace(line, unit_price=self.index * line.unit_price) for line in lines)

    def factor(self, contact: BilledContact) -> float:
        """By what factor a contact counts when it begins."""
        return combined_factor(self.contract.multipliers, contact)

    @property
    def factors(self) -> tuple[float, ...]:
        """Every product of factors that a contact may count by, 1 included."""
        found = {1.0}
        for each in self.contract.multipliers:
            found |= {factor * each.factor for factor in found}
        return tuple(sorted(found))


def tariff_of(contract: Contract, begin: date | None = None) -> Tariff:
    """The tariff of a contract in the period that has its `begin` on some day."""
    plan = contract._plan
    parts = tuple(part for charge in plan.charges for part in _parts(charge))
    return Tariff(contract, parts, plan.price_index(PeriodUsage(begin=begin)))


@lru_cache(maxsize=256)
def in_steps(measure: Counter, step: float) -> Counter:
    """A measure that counts minutes in other steps; 0: not rounded. What counts no minutes stays."""
    if isinstance(measure, Shortfall):
        parts = tuple((price, _stepped(each, step)) for price, each in measure.parts)
        return msgspec.structs.replace(measure, parts=parts)
    return _stepped(measure, step)


def _stepped(measure: Measure, step: float) -> Measure:
    if not measure.in_minutes:
        return measure
    return msgspec.structs.replace(measure, step=step or None, first=0.0, minimum=0.0)


def _parts(charge: Charge) -> tuple[Part, ...]:
    """What a contact pays of a charge."""
    match charge:
        case PerContact() | PerMinute() | PerResolution():
            term = str(type(charge).__struct_config__.tag)
            return (Part(term, charge.measures[0], (Band(0.0, charge.price),)),)
        case LeastCharge():
            return (Part("minimum_charge", charge.measures[0], (Band(0.0, 1.0),)),)
        case VolumeTiers():
            bands = tuple(Band(float(tier.above), tier.price) for tier in charge.tiers)
            placed: Placed = "by_units" if charge.mode == "incremental" else "all_units"
            return (Part("volume_tiers", charge.measure, bands, placed),)
        case NumberedTiers():
            contacts = tuple(Band(float(tier.above), tier.price_per_contact) for tier in charge.tiers)
            minutes = tuple(Band(float(tier.above), tier.price_per_minute) for tier in charge.tiers)
            return (
                Part("tiers", HANDLED, contacts, "by_begin" if charge.minutes else "by_contact"),
                Part("tiers", HANDLE_MINUTES, minutes, "by_units" if charge.minutes else "by_contact"),
            )
    return ()


class _Course:
    """A part on its way through the contacts of a period."""

    def __init__(self, part: Part, total: float) -> None:
        self._bands = part.bands
        self._placed = part.placed
        self._done = 0.0
        self.filled = [0.0] * len(part.bands)
        reached = [place for place, band in enumerate(part.bands) if band.above < total]
        self._last = reached[-1] if reached else 0

    def take(self, units: float, handled: float, begun: float) -> tuple[float, int]:
        """Money and band of the units of the next contact, before which so much was handled and begun."""
        if self._placed == "by_units":
            return self._own(units)
        if self._placed == "all_units":
            band = self._last
        else:
            band = self._at(handled if self._placed == "by_contact" else begun)
        self.filled[band] += units
        return self._bands[band].price * units, band

    def _own(self, units: float) -> tuple[float, int]:
        start, end = self._done, self._done + units
        self._done = end
        first = self._at(start)
        if first + 1 == len(self._bands) or end <= self._bands[first + 1].above:
            self.filled[first] += units
            return self._bands[first].price * units, first
        money = 0.0
        for band in range(first, len(self._bands)):
            until = self._bands[band + 1].above if band + 1 < len(self._bands) else math.inf
            share = max(min(end, until) - max(start, self._bands[band].above), 0.0)
            self.filled[band] += share
            money += share * self._bands[band].price
        return money, first

    def _at(self, position: float) -> int:
        band = len(self._bands) - 1
        while self._bands[band].above > position:
            band -= 1
        return band


def _increments(
    contacts: Sequence[BilledContact], measures: tuple[Counter, ...], multipliers: tuple[Multiplier, ...]
) -> list[Increment]:
    """What each contact adds; of those that are alike it is found once."""
    by_clock = any(each.decided == "by_minute" for each in multipliers)
    known: dict[tuple[object, ...], Increment] = {}
    found = []
    for contact in contacts:
        factor = combined_factor(multipliers, contact) if multipliers else 1.0
        key = (
            contact.handle,
            contact.talk,
            contact.wait if by_clock or not contact.answered else 0.0,
            contact.answered,
            contact.handled,
            contact.failed,
            contact.resolved,
            contact.contact_type,
            contact.channel,
            factor,
            (contact.language, contact.local) if by_clock else None,
        )
        added = known.get(key)
        if added is None:
            added = known[key] = increment(contact, measures, multipliers)
        found.append(added)
    return found


def _tiers(
    empty: PeriodUsage, parts: Sequence[Part], courses: Sequence[_Course]
) -> dict[str, tuple[float, ...]]:
    """Contacts and minutes by tier, where the contract numbers them."""
    if not empty.tier_edges:
        return {}
    contacts, minutes = (
        tuple(course.filled)
        for part, course in zip(parts, courses, strict=True)
        if part.term == "tiers" and part.measure in (HANDLED, HANDLE_MINUTES)
    )
    return {"tier_contacts": contacts, "tier_minutes": minutes}
