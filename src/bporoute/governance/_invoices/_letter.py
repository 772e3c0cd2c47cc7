"""What a vendor is written about its invoice."""

from __future__ import annotations

from collections.abc import Iterator

from bporoute._base.words import counted
from bporoute.governance._invoices._reasons import Reason
from bporoute.governance._invoices._statement import Finding, ReasonTotal, VendorInvoice

EXAMPLES = 3
"""Lines that are named for each reason."""


def money(amount: object, currency: str) -> str:
    """An amount to the cent.

    >>> from decimal import Decimal
    >>> money(Decimal("-1234.5"), "EUR")
    '-1,234.50 EUR'
    """
    return f"{amount:,.2f} {currency}".rstrip()


def letter(found: VendorInvoice, period: str) -> str:
    """The text: what is asked for, why, with examples, and what the sums rest on.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from bporoute.governance._invoices._statement import ReasonTotal
    >>> reasons = (ReasonTotal("duplicate", 2, Decimal("4.80")),)
    >>> found = VendorInvoice(vendor="nord", currency="EUR", lines=9, contacts=7, billed=Decimal("20.00"),
    ...                       owed=Decimal("15.20"), reasons=reasons)
    >>> print(letter(found, "2026-11").splitlines()[0])
    Your invoice for 2026-11: please credit us 4.80 EUR.
    """
    return "\n".join(_lines(found, period))


def _lines(found: VendorInvoice, period: str) -> Iterator[str]:
    currency, difference = found.currency, found.difference
    if difference > 0:
        yield f"Your invoice for {period}: please credit us {money(difference, currency)}."
    elif difference < 0:
        yield f"Your invoice for {period}: it is {money(-difference, currency)} below what we owe you."
    else:
        yield f"Your invoice for {period}: its total is what we owe you."
    yield ""
    yield (
        f"You billed {money(found.billed, currency)} on {counted(found.lines, 'line')}. By our contract and "
        f"our records of {counted(found.contacts, 'contact')} we owe you {money(found.owed, currency)}."
        f"{' The difference consists of:' if found.reasons else ''}"
    )
    if not found.reasons:
        return
    yield ""
    for each in found.reasons:
        on = f" ({counted(each.lines, 'line')})" if each.lines else ""
        yield f"- {each.meaning}{on}: {money(each.amount, currency)}{_such_as(found, each)}"
    yield ""
    yield "The list of all lines is enclosed. Amounts below zero are in your favour."


def _such_as(found: VendorInvoice, total: ReasonTotal) -> str:
    some = [each for each in found.findings if each.reason == total.reason][:EXAMPLES]
    told = [_told(each, found.currency) for each in some]
    return f". Such as {'; '.join(told)}" if told else ""


def _told(each: Finding, currency: str) -> str:
    name = each.id or each.place or each.term
    text = f" ({each.text})" if each.text not in ("", name) and each.reason not in _SAYS_ENOUGH else ""
    return f"{name}: {money(each.amount, currency)}{text}"


_SAYS_ENOUGH: tuple[Reason, ...] = ("not_billed",)
