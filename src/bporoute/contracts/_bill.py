"""What a period costs under a contract: charges, gain share, commitment, service-level money, in steps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bporoute.contracts._charge import Charge
from bporoute.contracts._commitments import Commitment, TakeOrPay
from bporoute.contracts._increment import Counter
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._rounding import Rounding, decimal
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._term import Line
from bporoute.contracts._tiers import Tier
from bporoute.contracts._usage import PeriodUsage
from bporoute.contracts._whole_bill import Currency, GainShare, Indexation


class Plan(NamedTuple):
    """The terms of a contract by the step of the bill in which they count."""

    charges: tuple[Charge, ...]
    gain_share: GainShare | None
    commitment: Commitment | None
    credits: ServiceCredits | None
    lock: ForecastLock | None
    indexation: Indexation | None
    currency: Currency | None
    rounding: Rounding | None
    multipliers: tuple[Multiplier, ...]
    tiers: tuple[Tier, ...]
    tiers_by_minutes: bool
    measures: tuple[Counter, ...]
    months: int

    def price_index(self, usage: PeriodUsage) -> float:
        """Factor on all prices in the period of a usage."""
        return 1.0 if self.indexation is None else self.indexation.factor(usage.begin)

    def exchange_rate(self, usage: PeriodUsage) -> float:
        """Money of the center for one of the contract's, in the period of a usage."""
        return 1.0 if self.currency is None else self.currency.paid_at(usage.exchange_rate)


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor is owed for a period.

    Attributes
    ----------
    lines : tuple of Line
        What it is made of, in the order of the contract's terms, in the contract's currency, not rounded.
    total : float
        What is owed, in the center's currency: `exact_total` as the nearest float.
    balance : float
        Money paid ahead that is carried forward: the next period's `PeriodUsage.balance`.
    withheld : float
        Service-level money withheld in this period, which may be earned back.
    rounding : Rounding or None
        How each line is rounded, and the total; None: not at all.
    currency : str
        ISO 4217 code of the contract's own currency; empty: the center's.
    exchange_rate : float
        Money of the center for one of it; 1 in the center's own.
    """

    lines: tuple[Line, ...]
    total: float
    balance: float
    withheld: float
    rounding: Rounding | None = None
    currency: str = ""
    exchange_rate: float = 1.0

    @property
    def amounts(self) -> tuple[Decimal, ...]:
        """Money of each line as decimal numbers, rounded as agreed."""
        return _amounts(self.lines, self.rounding)

    @property
    def exact_total(self) -> Decimal:
        """Sum of the `amounts`, exactly, in the center's currency."""
        return _exact_total(self.lines, self.rounding, self.exchange_rate)

    def __str__(self) -> str:
        rows = [
            f"{line.quantity:>14,.2f} x {line.unit_price:>11,.4f} = {amount:>14,.2f}  {line.text}"
            for line, amount in zip(self.lines, self.amounts, strict=True)
        ]
        if self.currency:
            rows.append(f"{'sum, ' + self.currency:<30}{sum(self.amounts):>14,.2f}")
            rows.append(f"{'at a rate of':<30}{self.exchange_rate:>14,.4f}")
        return "\n".join([*rows, f"{'total':<30}{self.exact_total:>14,.2f}"])


def _amounts(lines: Sequence[Line], rounding: Rounding | None) -> tuple[Decimal, ...]:
    return tuple(decimal(line.amount) if rounding is None else rounding.exact(line.amount) for line in lines)


def _exact_total(lines: Sequence[Line], rounding: Rounding | None, exchange_rate: float) -> Decimal:
    total = sum(_amounts(lines, rounding), Decimal(0))
    if exchange_rate == 1.0:
        return total
    paid = total * Decimal(repr(exchange_rate))
    return paid if rounding is None else rounding.exact(float(paid))


def total_of(lines: Sequence[Line], rounding: Rounding | None, exchange_rate: float) -> float:
    """What lines come to in the center's currency; where they are rounded, exactly."""
    if rounding is None:
        return sum(line.amount for line in lines) * exchange_rate
    return float(_exact_total(lines, rounding, exchange_rate))


class Sums(NamedTuple):
    """Money after each step of the bill, in the contract's currency at its agreed prices.

    `saving` is what the charges stay below the baseline of a gain share; `cost` is what a decision goes by:
    all that is owed in the center's currency, less what is paid ahead by it for later periods.
    """

    charges: float
    fee: float
    total: float
    saving: float
    cost: float


class Committed(NamedTuple):
    """How far a period has come in what is paid in any case.

    Attributes
    ----------
    term : str
        Kind of the commitment as a center file names it.
    reached, of : float
        How far the period has come, of how much.
    unit : str
        ``contacts``, ``minutes``, the ISO 4217 code of the contract's own currency or, empty, money of the
        center's currency.
    """

    term: str
    reached: float
    of: float
    unit: str


class _Steps(NamedTuple):
    """Lines of the bill beside its charges."""

    gain_share: tuple[Line, ...]
    commitment: tuple[Line, ...]
    credits: tuple[Line, ...]


def invoice(plan: Plan, usage: PeriodUsage) -> Invoice:
    """The bill of a period."""
    lines = [line for term in plan.charges for line in term.lines(usage, plan.months)]
    steps = _steps(plan, usage, sum(line.amount for line in lines))
    lines += [line for step in steps for line in step]
    index, rate = plan.price_index(usage), plan.exchange_rate(usage)
    if index != 1.0:
        lines.append(Line("indexation", sum(line.amount for line in lines), index - 1.0, f"index {index:g}"))
    return Invoice(
        lines=tuple(lines),
        total=total_of(lines, plan.rounding, rate),
        balance=usage.balance + _paid_ahead(plan, steps),
        withheld=-sum(min(0.0, line.amount) for line in steps.credits),
        rounding=plan.rounding,
        currency="" if plan.currency is None else plan.currency.code,
        exchange_rate=rate,
    )


def sums(plan: Plan, usage: PeriodUsage) -> Sums:
    """Money after each step of the bill of a period."""
    charges = sum([term.money(usage, plan.months) for term in plan.charges])
    if plan.gain_share is None and plan.commitment is None and plan.credits is None:
        paid = charges * plan.price_index(usage) * plan.exchange_rate(usage)
        return Sums(charges, charges, charges, 0.0, paid)
    steps = _steps(plan, usage, charges)
    gain, commitment, credits = (sum([line.amount for line in step]) for step in steps)
    saving = 0.0 if plan.gain_share is None else plan.gain_share.saving(usage, charges)
    total = charges + gain + commitment + credits
    paid = (total - _paid_ahead(plan, steps)) * plan.price_index(usage) * plan.exchange_rate(usage)
    return Sums(charges + gain, charges + gain + commitment, total, saving, paid)


def committed(plan: Plan, usage: PeriodUsage) -> Committed | None:
    """How far a usage has come in the commitment; None without one, or without the forecast it is about."""
    term = plan.commitment
    if isinstance(term, TakeOrPay):
        of, unit = term.committed(usage), "minutes" if term.measure.in_minutes else "contacts"
        return Committed("take_or_pay", usage.of(term.measure), of, unit) if of else None
    if term is None:
        return None
    currency = "" if plan.currency is None else plan.currency.code
    return Committed("minimum_commitment", sums(plan, usage).charges, term.amount, currency)


def owed(plan: Plan, usage: PeriodUsage) -> float:
    """What a period comes to in the center's currency, lines not rounded: `Sums.total` as it is paid.

    Every settled contact asks for it, so no line and no text is made that it can do without.
    """
    charges = sum([term.money(usage, plan.months) for term in plan.charges])
    if plan.gain_share is not None:
        charges += sum([line.amount for line in plan.gain_share.lines(usage, charges)])
    total = charges
    if plan.commitment is not None:
        total += plan.commitment.money(usage, charges)
    if plan.credits is not None and (plan.lock is None or plan.lock.binds(usage, plan.months)):
        total += sum([line.amount for line in plan.credits.lines(usage, total)])
    if plan.indexation is None and plan.currency is None:
        return total
    return total * plan.price_index(usage) * plan.exchange_rate(usage)


def _paid_ahead(plan: Plan, steps: _Steps) -> float:
    """What the period adds to the balance that pays in later ones (negative: takes from it)."""
    if plan.commitment is None:
        return 0.0
    missing, *used = steps.commitment
    return plan.commitment.carry_forward * missing.amount + sum(line.amount for line in used)


def _steps(plan: Plan, usage: PeriodUsage, charges: float) -> _Steps:
    """What is owed beside `charges`, money."""
    gain = () if plan.gain_share is None else plan.gain_share.lines(usage, charges)
    owed = charges + sum([line.amount for line in gain])
    commitment = plan.commitment.lines(usage, owed) if plan.commitment is not None else ()
    if plan.credits is None or not (plan.lock is None or plan.lock.binds(usage, plan.months)):
        return _Steps(gain, commitment, ())
    fee = owed + sum([line.amount for line in commitment])
    return _Steps(gain, commitment, plan.credits.lines(usage, fee))
