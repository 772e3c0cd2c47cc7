"""What was found of an invoice: billed, owed, and every difference by its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from bporoute.governance._invoices._reasons import MEANINGS, REASONS, Reason

CENT = Decimal("0.01")


class Finding(NamedTuple):
    """A line that is not as it should be, or what is owed and on no line; one for each reason.

    Attributes
    ----------
    reason : str
        One of `REASONS`.
    place, number, id : str
        Where the line stands, on which invoice, for which contact; empty: not told.
    term : str
        What the line is for, in its own words or as the contract calls it.
    quantity_billed, quantity_owed, price_billed, price_owed : float
        Units and money for one; NaN: not told, or more than one price.
    billed, owed : Decimal
        Money of the line, and what should stand there.
    amount : Decimal
        Money of the difference that has this reason; negative: billed too little.
    text : str
        What was done instead of what.
    """

    reason: Reason
    place: str
    number: str
    id: str
    term: str
    quantity_billed: float
    quantity_owed: float
    price_billed: float
    price_owed: float
    billed: Decimal
    owed: Decimal
    amount: Decimal
    text: str


class ReasonTotal(NamedTuple):
    """What a `reason` comes to: the `amount`, money to the cent, on how many `lines`."""

    reason: Reason
    lines: int
    amount: Decimal

    @property
    def meaning(self) -> str:
        """The reason in words."""
        return MEANINGS[self.reason]


class VendorInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """What one vendor has billed for a period beside what it is owed.

    Attributes
    ----------
    vendor, currency : str
        Whose invoice, in which money.
    lines, contacts : int
        Lines of the invoice; contacts of the period in one's own records.
    billed, owed : Decimal
        Money to the cent.
    reasons : tuple of ReasonTotal
        Differences by reason, which sum to billed minus owed exactly.
    findings : tuple of Finding
        Every line behind them, by reason; those that round to nothing are not among them.
    matched : dict
        ``token``, ``id``, ``time`` or ``start`` -> how many lines found their contact by that.
    ambiguous : int
        Lines that fitted several contacts by time; each was given the nearest.
    remarks : tuple of str
        What else matters, as sentences.
    problem : str
        Why it could not be checked; empty: it was.
    """

    vendor: str
    currency: str
    lines: int
    contacts: int
    billed: Decimal = Decimal(0)
    owed: Decimal = Decimal(0)
    reasons: tuple[ReasonTotal, ...] = ()
    findings: tuple[Finding, ...] = ()
    matched: dict[str, int] = {}
    ambiguous: int = 0
    remarks: tuple[str, ...] = ()
    problem: str = ""

    @property
    def difference(self) -> Decimal:
        """Billed minus owed, to the cent."""
        return self.billed - self.owed


class InvoiceCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of the invoices of a period.

    Attributes
    ----------
    period : str
        Such as ``2026-11``.
    vendors : tuple of VendorInvoice
        In the order of the center.
    remarks : tuple of str
        What concerns no single one.
    """

    period: str
    vendors: tuple[VendorInvoice, ...]
    remarks: tuple[str, ...] = ()

    def of(self, vendor: str) -> VendorInvoice:
        """What was found of a `vendor`."""
        return next(each for each in self.vendors if each.vendor == vendor)

    @property
    def differences(self) -> dict[str, Decimal]:
        """Currency -> billed minus owed of all that were checked."""
        found: dict[str, Decimal] = {}
        for each in self.vendors:
            if not each.problem:
                found[each.currency] = found.get(each.currency, Decimal(0)) + each.difference
        return found


def totals_of(
    findings: list[Finding], billed: Decimal, owed: Decimal, unit: Decimal, lines: int
) -> tuple[tuple[ReasonTotal, ...], tuple[Finding, ...]]:
    """Reasons to the cent that sum to billed minus owed, and the findings behind them, in their order.

    Fractions of a cent that no line is blamed for, at most half a `unit` of the amounts on each of the
    `lines` that agree, are a reason of their own; more than that is said to have none.
    """
    sums: dict[Reason, tuple[int, Decimal]] = {}
    for each in findings:
        count, amount = sums.get(each.reason, (0, Decimal(0)))
        sums[each.reason] = count + 1, amount + each.amount
    _, told = sums.pop("rounding", (0, Decimal(0)))
    rest = billed.quantize(CENT) - owed.quantize(CENT)
    explained = sum((amount for _, amount in sums.values()), Decimal(0)) + told
    if abs(billed - owed - explained) > unit / 2 * lines + CENT:
        count, amount = sums.get("other", (0, Decimal(0)))
        sums["other"] = count, amount + billed - owed - explained
    totals = {reason: (count, amount.quantize(CENT)) for reason, (count, amount) in sums.items()}
    left = rest - sum((amount for _, amount in totals.values()), Decimal(0))
    if left:
        totals["rounding"] = 0, left
    order = {reason: place for place, reason in enumerate(REASONS)}
    kept = [each for each in findings if each.reason != "rounding"]
    return (
        tuple(ReasonTotal(reason, *totals[reason]) for reason in REASONS if reason in totals),
        tuple(sorted(kept, key=lambda each: order[each.reason])),
    )


def finding_row(vendor: VendorInvoice, finding: Finding) -> dict[str, Any]:
    """A finding as plain values, NaN as None."""
    row: dict[str, Any] = {"vendor": vendor.vendor, "currency": vendor.currency}
    for name, value in zip(Finding._fields, finding, strict=True):
        if isinstance(value, Decimal):
            row[name] = float(value)
        elif isinstance(value, float):
            row[name] = round(value, 6) if value == value else None
        else:
            row[name] = value
    return row
