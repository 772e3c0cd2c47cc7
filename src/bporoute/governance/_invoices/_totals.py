"""Lines of totals: which term of the contract each is for, and why it differs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bporoute.contracts._rounding import Rounding, decimal
from bporoute.contracts._term import Line
from bporoute.governance._invoices._lines import InvoiceLine
from bporoute.governance._invoices._reasons import Because, Reason

_WORDS = {
    "per_contact": "contact|call|chat|case|anruf|handled|kontakt|llamada|appel",
    "per_minute": "minute|minuten|minuto|talk|handle time",
    "per_resolution": "resol|solved|gelöst",
    "per_hour": "hour|stunde|hora|heure",
    "per_fte": "fte|full.time",
    "fixed_fee": "fee|flat|base|retainer|pauschal|grundgeb|monthly|cuota|forfait",
    "volume_tiers": "tier|band|staffel|contact|call|minute",
    "tiers": "tier|band|staffel|contact|call|minute",
    "resource_charge": "additional|reduced|resource|arc|rrc",
    "capacity_option": "capacity|reserv|option|kapaz",
    "take_or_pay": "take.or.pay|commit|minimum|shortfall|mindest",
    "minimum_commitment": "commit|minimum|shortfall|mindest",
    "minimum_charge": "minimum charge|least",
    "service_credits": "credit|bonus|malus|penalt|sla|service.level|gutschrift|earn",
    "gain_share": "gain|saving|saved",
    "indexation": "index",
}
"""Kind of a term -> words by which an invoice may call it."""
TAX = re.compile(
    r"\b(vat|tax|gst|mwst|mehrwertsteuer|ust|umsatzsteuer|iva|tva|btw|moms|alv|pvm|dph|käibemaks|km)\b"
)
"""What an invoice may call a tax on its amounts."""
TOLERANCE = 1e-6
EXACT = 0.006
"""How far a quantity may be off that is told with two decimals."""
LIKELY = 2.0
"""Points from which on a line is taken to be for a term."""


class Group(NamedTuple):
    """Lines that are owed for one term and one measure.

    Attributes
    ----------
    term : str
        Kind of the term.
    text : str
        What is counted.
    lines : tuple of Line
        What is owed, one for each price.
    amount : Decimal
        Money that is owed, each line rounded as agreed.
    """

    term: str
    text: str
    lines: tuple[Line, ...]
    amount: Decimal

    @property
    def quantity(self) -> float:
        """How much of it."""
        return math.fsum(line.quantity for line in self.lines)

    @property
    def price(self) -> float:
        """The price of one more."""
        return self.lines[-1].unit_price


class Compared(msgspec.Struct, frozen=True):
    """A term's lines on the invoice beside what is owed for it.

    Attributes
    ----------
    billed : tuple of InvoiceLine
        What the invoice has; empty: nothing.
    owed : Group or None
        What the contract says; None: no such term.
    because : tuple of Because
        Parts of billed minus owed, which sum to it.
    """

    billed: tuple[InvoiceLine, ...]
    owed: Group | None
    because: tuple[Because, ...]


class Counts(NamedTuple):
    """What a term would count if it were read otherwise: quantity, why, and in what words."""

    quantity: float
    reason: Reason
    text: str


def compare(
    lines: Sequence[InvoiceLine],
    owed: Sequence[Line],
    otherwise: Callable[[Group], list[Counts]],
    prices: Callable[[Group], list[float]],
    unit: float,
    rounding: Rounding | None = None,
    *,
    everything: bool = True,
) -> list[Compared]:
    """Compare lines of totals with lines that are owed.

    If no line looks like any term, and they are for everything, they are one amount for all terms.

    Parameters
    ----------
    lines : sequence of InvoiceLine
        Of one vendor.
    owed : sequence of Line
        Of the contract, at the prices of the period.
    otherwise : callable
        What a term's quantity would be by other readings.
    prices : callable
        Prices of the other tiers of a term.
    unit : float
        The least money in which the vendor's amounts are told.
    rounding : Rounding, optional
        How lines that are owed are rounded.
    everything : bool
        Whether these lines are for all that is owed.
    """
    groups = groups_of(owed, rounding)
    of_group: list[list[InvoiceLine]] = [[] for _ in groups]
    found: list[Compared] = []
    seen: set[tuple[object, ...]] = set()
    unlike: list[InvoiceLine] = []
    for line in lines:
        key = (line.item.casefold(), line.amount, repr(line.price), repr(_quantity(line)), line.number)
        if key in seen and line.amount:
            found.append(Compared((line,), None, (Because("duplicate", line.amount, "the same line again"),)))
            continue
        seen.add(key)
        if is_tax(line):
            found.append(Compared((line,), None, (Because("tax", line.amount, line.item),)))
            continue
        points = [_points(line, group) for group in groups]
        best = max(range(len(groups)), key=points.__getitem__, default=-1)
        if best >= 0 and points[best] >= LIKELY:
            of_group[best].append(line)
        elif line.amount:
            unlike.append(line)
    if everything and unlike and groups and not any(of_group):
        if len(groups) > 1:
            return [*found, _lump(unlike, groups, unit)]
        of_group[0], unlike = unlike, []
    for line in unlike:
        told = line.item or "a line without a description"
        found.append(Compared((line,), None, (Because("not_agreed", line.amount, told),)))
    for group, billed in zip(groups, of_group, strict=True):
        found.append(
            Compared(tuple(billed), group, tuple(_why(group, billed, otherwise(group), prices(group), unit)))
        )
    return found


def is_tax(line: InvoiceLine) -> bool:
    """Whether a line is for a tax, which no contract owes: its prices are net."""
    return bool(TAX.search(line.item.casefold()))


def _lump(lines: Sequence[InvoiceLine], groups: Sequence[Group], unit: float) -> Compared:
    """One amount for all terms, of which nobody says what it consists of."""
    owed = sum((group.amount for group in groups), Decimal(0))
    whole = Group("", "all terms", tuple(line for group in groups for line in group.lines), owed)
    left = sum((line.amount for line in lines), Decimal(0)) - owed
    near = abs(float(left)) <= unit / 2.0
    text = f"one amount for {', '.join(group.text for group in groups)}"
    because = Because("rounding" if near else "other", left, text)
    return Compared(tuple(lines), whole, (because,) if left else ())


def groups_of(owed: Sequence[Line], rounding: Rounding | None) -> list[Group]:
    """Lines that are owed and come to anything, by term and measure."""
    by_measure: dict[tuple[str, str], list[Line]] = {}
    for line in owed:
        if not line.amount:
            continue
        text = re.sub(r",? (numbered )?above [\d.]+( minutes)?$", "", line.text)
        by_measure.setdefault((line.term, text), []).append(line)
    exact = decimal if rounding is None else rounding.exact
    return [
        Group(term, text, tuple(some), sum((exact(line.amount) for line in some), Decimal(0)))
        for (term, text), some in by_measure.items()
    ]


def looks_like(line: InvoiceLine, groups: Sequence[Group]) -> bool:
    """Whether a line bills contacts of a term at its price, or just what is owed for it."""
    return any(
        _points(line, group) >= LIKELY
        and (line.amount == group.amount or any(_close(line.price, each.unit_price) for each in group.lines))
        for group in groups
    )


def _points(line: InvoiceLine, group: Group) -> float:
    """How much a line looks like what is owed for a term."""
    item, points = line.item.casefold().replace("_", " "), 0.0
    if item:
        if item == group.term.replace("_", " ") or item == group.text.casefold():
            points += 4.0
        elif re.search(_WORDS.get(group.term, "$^"), item):
            points += 2.0
            in_minutes = "minute" in group.text
            points += 1.0 if in_minutes == ("minut" in item) else -1.0
    in_minutes = "minutes" in group.text
    if line.minutes == line.minutes:
        points += 1.5 if in_minutes else -1.0
    if line.contacts == line.contacts:
        points += 1.5 if not in_minutes and "contacts" in group.text else -1.0
    if any(_close(line.price, each.unit_price) for each in group.lines):
        points += 1.5
    if abs(float(line.amount - group.amount)) <= 0.01:
        points += 2.0
    if _close(_quantity(line), group.quantity):
        points += 1.0
    if line.amount and (line.amount < 0) != (group.amount < 0):
        points -= 1.5
    return points


def _quantity(line: InvoiceLine) -> float:
    """How much a line bills, under whatever name."""
    for told in (line.minutes, line.contacts, line.quantity):
        if told == told:
            return told
    if line.price == line.price and line.price:
        return float(line.amount) / line.price
    return math.nan


def _close(told: float, wanted: float) -> bool:
    return abs(told - wanted) <= TOLERANCE * max(abs(wanted), 1.0)


def _why(
    group: Group, billed: Sequence[InvoiceLine], otherwise: list[Counts], prices: list[float], unit: float
) -> list[Because]:
    amount = sum((line.amount for line in billed), Decimal(0))
    left = amount - group.amount
    if not billed:
        reason: Reason = "credit_missing" if group.amount < 0 else "not_billed"
        return [Because(reason, left, "")]
    if abs(float(left)) <= unit / 2.0 + 1e-9 * abs(float(amount)):
        return [Because("rounding", left, "")] if left else []
    if group.amount < 0:
        return [Because("credit_missing", left, f"{amount:,.2f} instead of {group.amount:,.2f}")]
    found: list[Because] = []
    quantity = math.fsum(map(_quantity, billed))
    if quantity != quantity and len(group.lines) == 1 and group.price:
        implied = float(amount) / group.price
        near = [each for each in otherwise if abs(each.quantity - implied) * abs(group.price) <= 0.5 * unit]
        if near:
            text = f"{near[0].text}: {implied:,.2f} instead of {group.quantity:,.2f}"
            return [Because(near[0].reason, left, text)]
    if quantity == quantity and abs(quantity - group.quantity) > EXACT:
        part = decimal((quantity - group.quantity) * group.price)
        if abs(float(left - part)) <= unit / 2.0 + TOLERANCE * abs(float(amount)):
            part = left
        near = [each for each in otherwise if abs(each.quantity - quantity) <= _told_to(quantity)]
        in_minutes = "minutes" in group.text
        text = f"{quantity:,.2f} instead of {group.quantity:,.2f}"
        if near:
            found.append(Because(near[0].reason, part, f"{near[0].text}: {text}"))
        else:
            found.append(Because("minutes" if in_minutes else "contacts", part, text))
        left -= part
    if not left:
        return found
    told = [line.price for line in billed if line.price == line.price]
    if quantity == quantity and quantity and not told:
        told = [float(amount) / quantity]
    wrong = [price for price in told if not any(_close(price, line.unit_price) for line in group.lines)]
    if len(group.lines) > 1 or any(_close(price, other) for price in wrong for other in prices):
        agreed = " and ".join(f"{line.quantity:,.2f} x {line.unit_price:g}" for line in group.lines)
        found.append(Because("tier", left, f"agreed: {agreed}"))
    elif wrong:
        found.append(Because("price", left, f"{wrong[0]:g} instead of {group.price:g}"))
    elif told:
        found.append(Because("arithmetic", left, f"{quantity:,.2f} x {told[0]:g}"))
    else:
        found.append(Because("other", left, ""))
    return found


def _told_to(quantity: float) -> float:
    """How far a quantity may be off that is told in whole units or with two decimals."""
    return 0.5 if quantity == round(quantity) else EXACT
