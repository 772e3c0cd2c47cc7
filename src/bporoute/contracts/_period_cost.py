"""What a period costs as a function of what is counted in it, for a plan that chooses the volumes.

Every charge is linear between its edges, so its money at two points between each two of them tells it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import msgspec

from bporoute.contracts._charge import Charge
from bporoute.contracts._commitments import MinimumCommitment, TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._tiers import NumberedTiers
from bporoute.contracts._unit_prices import PerFte, PerHour
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError

HANDLED_CONTACTS = -1
"""In place of the number of a measure: contacts handled, each as one."""
SAME_LENGTH = 1e-9
"""Relative difference of handle times that is none."""


class Piece(NamedTuple):
    """Units above which, and up to which, money is ``base + price * units``."""

    above: float
    up_to: float
    base: float
    price: float

    def money(self, units: float) -> float:
        """What some units within it cost."""
        return self.base + self.price * units


class PeriodCost(msgspec.Struct, frozen=True):
    """Money of a period (or of a share of it) by what is counted in it, in the center's currency.

    ``factor * max(charges, least)``, where the charges are `fixed` and the money of every count.

    Attributes
    ----------
    fixed : float
        Money that no count changes, such as a fee.
    by_units : dict
        Number of a measure in `PeriodUsage.units`, or `HANDLED_CONTACTS` -> the pieces of its money, in order
        from 0 units to inf.
    least : float
        The minimum commitment, of which the charges pay a part.
    factor : float
        Indexation and exchange rate.
    """

    fixed: float
    by_units: Mapping[int, tuple[Piece, ...]]
    least: float
    factor: float

    def money(self, units: Mapping[int, float]) -> float:
        """What so many units of each measure cost.

        >>> from bporoute.contracts import PerContact, TakeOrPay
        >>> contract = Contract(terms=(PerContact(price=2.0), TakeOrPay(volume=100, share=0.9, price=2.0)))
        >>> cost = period_cost(contract)
        >>> [cost.money({0: units}) for units in (0.0, 90.0, 100.0)]
        [180.0, 180.0, 200.0]
        """
        charges = self.fixed
        for place, pieces in self.by_units.items():
            count = units.get(place, 0.0)
            charges += next(piece for piece in pieces if count <= piece.up_to).money(count)
        return self.factor * max(charges, self.least)


def period_cost(
    contract: Contract,
    *,
    begin: date | None = None,
    share: float = 1.0,
    minutes_per_contact: float | None = None,
) -> PeriodCost:
    """The cost of a contract's period by what is counted in it.

    Parameters
    ----------
    contract : Contract
        What is agreed.
    begin : date, optional
        First day of the period, by which prices are indexed.
    share : float
        Share of the period that is meant, in (0, 1]; fees, commitments and edges count for it, as in a
        simulation of a part of a period.
    minutes_per_contact : float, optional
        Handled minutes of every contact, where all are alike; tiers by contacts that have a price per minute
        need it.

    Returns
    -------
    PeriodCost
        Results of service levels are nobody's yet: no credit and no bonus is in it.

    Raises
    ------
    InputError
        Naming a term whose money no volume tells: hours, FTE, a share of savings, a commitment to a forecast
        that is not locked yet, money carried forward, tiers by minutes with a price per contact.

    Examples
    --------
    >>> from bporoute.contracts import FixedFee
    >>> cost = period_cost(Contract(terms=(FixedFee(fee=500, included=100, overage_price=3),)))
    >>> [(piece.up_to, piece.base, piece.price) for piece in cost.by_units[0]]
    [(100.0, 500.0, 0.0), (inf, 200.0, 3.0)]
    """
    _refuse(contract, minutes_per_contact)
    plan, empty = contract._plan, contract.usage()
    usage = msgspec.structs.replace(empty, begin=begin)
    factor = plan.price_index(usage) * plan.exchange_rate(usage)
    fixed, by_units = 0.0, {}
    terms: dict[int, list[Charge | TakeOrPay]] = {}
    for charge in plan.charges:
        if isinstance(charge, NumberedTiers):
            by_units.update(_numbered(charge, empty, minutes_per_contact))
        elif charge.measures:
            terms.setdefault(empty.measures.index(charge.measures[0]), []).append(charge)
        else:
            fixed += charge.money(usage, plan.months)
    if isinstance(plan.commitment, TakeOrPay):
        terms.setdefault(empty.measures.index(plan.commitment.measure), []).append(plan.commitment)
    least = plan.commitment.amount if isinstance(plan.commitment, MinimumCommitment) else 0.0
    for place, alike in terms.items():
        by_units[place] = _pieces(alike, empty, place, plan.months)
    return PeriodCost(
        fixed=share * fixed,
        by_units={place: tuple(_part(each, share) for each in pieces) for place, pieces in by_units.items()},
        least=share * least,
        factor=factor,
    )


def _refuse(contract: Contract, minutes_per_contact: float | None) -> None:
    for place, term in enumerate(contract.terms):
        where, kind = f"terms[{place}]", str(type(term).__struct_config__.tag)
        if isinstance(term, PerHour | PerFte):
            raise InputError(
                where, kind, "prices by what is counted: no plan of volumes tells hours or people"
            )
        if kind == "gain_share":
            raise InputError(where, kind, "no share of savings: a plan cannot model it exactly")
        if isinstance(term, TakeOrPay) and term.volume is None:
            raise InputError(where, "a commitment to the locked forecast", "a volume, as none is locked yet")
        if getattr(term, "carry_forward", 0.0):
            raise InputError(
                where, "money carried forward", "carry_forward = 0: a plan cannot model it exactly"
            )
    tiers = contract.tiers
    if contract.tiers_by == "minutes" and any(tier.price_per_contact for tier in tiers):
        raise InputError("tiers", "by minutes, with prices per contact", "prices per minute alone")
    if tiers and contract.multipliers:
        raise InputError("tiers", "beside a multiplier", "volume_tiers, which count what it multiplies")
    by_minute = {tier.price_per_minute for tier in tiers}
    if contract.tiers_by == "contacts" and len(by_minute) > 1 and minutes_per_contact is None:
        found = "prices per minute that change by contacts, and contacts of different handle times"
        raise InputError("tiers", found, "one price per minute, tiers by minutes, or one handle time")


def _numbered(
    charge: NumberedTiers, empty: PeriodUsage, minutes_per_contact: float | None
) -> dict[int, tuple[Piece, ...]]:
    """The tiers of a contract by what they count, and where minutes have one price, those by it."""
    minutes = next(place for place, each in enumerate(empty.measures) if each == charge.measures[1])
    if charge.minutes:
        return {minutes: _tiers([(tier.above, tier.price_per_minute) for tier in charge.tiers])}
    one_price = len({tier.price_per_minute for tier in charge.tiers}) == 1
    each = 0.0 if one_price or minutes_per_contact is None else minutes_per_contact
    prices = [(tier.above, tier.price_per_contact + each * tier.price_per_minute) for tier in charge.tiers]
    found = {HANDLED_CONTACTS: _tiers(prices)}
    if one_price:
        found[minutes] = (Piece(0.0, math.inf, 0.0, charge.tiers[0].price_per_minute),)
    return found


def _tiers(prices: Sequence[tuple[int, float]]) -> tuple[Piece, ...]:
    """Pieces of which each unit pays the price of its own tier; `prices` with where each begins."""
    pieces: list[Piece] = []
    for place, (above, price) in enumerate(prices):
        up_to = float(prices[place + 1][0]) if place + 1 < len(prices) else math.inf
        owed = pieces[-1].money(above) if pieces else 0.0
        pieces.append(Piece(float(above), up_to, owed - price * above, price))
    return tuple(pieces)


def _pieces(
    terms: Sequence[Charge | TakeOrPay], empty: PeriodUsage, place: int, months: int
) -> tuple[Piece, ...]:
    """The money of terms that count by one measure, between their edges."""

    def money(units: float) -> float:
        counts = (*empty.units[:place], units, *empty.units[place + 1 :])
        usage = msgspec.structs.replace(empty, units=counts)
        return math.fsum(
            term.money(usage, 0.0) if isinstance(term, TakeOrPay) else term.money(usage, months)
            for term in terms
        )

    edges = [
        edge
        for term in terms
        for edge in (term.edges(empty) if isinstance(term, TakeOrPay) else term.edges())
    ]
    jumps = {edge.units for edge in edges if edge.jump}
    ends = sorted({0.0, *(edge.units for edge in edges)})
    pieces = [
        # Above a jump there is a whole contact more.
        _line(money, low + (1.0 if low in jumps else 0.0), low, high)
        for low, high in pairwise([*ends, math.inf])
    ]
    return tuple(pieces)


def _line(money: Callable[[float], float], first: float, low: float, high: float) -> Piece:
    """The line of `money` between two edges; `first` is where it begins to hold."""
    span = high - low if high < math.inf else max(low, 1.0)
    one, two = low + 0.25 * span, low + 0.75 * span
    price = (money(two) - money(one)) / (two - one)
    price = round(price, 12)
    return Piece(first, high, money(one) - price * one, price)


def _part(piece: Piece, share: float) -> Piece:
    return Piece(share * piece.above, share * piece.up_to, share * piece.base, piece.price)
