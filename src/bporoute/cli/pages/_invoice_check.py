"""The page of a check of invoices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bporoute.cli.pages._bars import Bar, lying
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._invoice_check import answer_of, notes_of
from bporoute.governance._invoices._letter import money
from bporoute.governance._invoices._matching import LENGTH_APART, START_APART
from bporoute.governance._invoices._statement import Finding, InvoiceCheck, VendorInvoice

MOST_ROWS = 250
"""Lines of a vendor that are listed: those of most money."""


def invoice_page(found: InvoiceCheck, decided: Sequence[str] = ()) -> Page:
    """The answer, a bar for each reason, sums and the lines of most money; `decided`: how files were read."""
    wrong = [each for each in found.vendors if each.reasons]
    return Page(
        title=f"Invoices of {found.period}, billed again",
        answer=tuple(answer_of(found)),
        pictures=tuple(map(_reasons, wrong)),
        tables=tuple(_tables(found, wrong)),
        assumptions=(
            "Owed is what the contract says of one's own records; contacts are billed in the period in which "
            "they began, by the vendor's clock, in order of time.",
            "A line is for the contact with its token or id, else for that which began within "
            f"{START_APART:g} s and took as long within {LENGTH_APART:g} s.",
            "Amounts are billed minus owed: those below zero are in the vendor's favour. They sum exactly.",
        ),
        decided=(*notes_of(found), *decided),
    )


def _reasons(each: VendorInvoice) -> Picture:
    bars = [
        Bar(
            total.meaning,
            abs(float(total.amount)),
            0.0,
            f"{total.amount:,.2f}",
            "few" if total.amount > 0 else "first",
        )
        for total in sorted(each.reasons, key=lambda total: -abs(total.amount))
    ]
    largest = bars[0]
    described = f"The largest: {largest.name}, {largest.label} {each.currency}."
    return lying(f"{each.vendor}: billed minus owed by reason, {each.currency}", described, bars)


def _tables(found: InvoiceCheck, wrong: Sequence[VendorInvoice]) -> Iterator[Table]:
    checked = [each for each in found.vendors if not each.problem]
    if checked:
        rows = [
            (
                each.vendor,
                each.currency,
                f"{each.billed:,.2f}",
                f"{each.owed:,.2f}",
                f"{each.difference:,.2f}",
                f"{each.lines:,}",
                f"{each.contacts:,}",
            )
            for each in checked
        ]
        headings = ("vendor", "currency", "billed", "owed", "difference", "lines", "contacts")
        yield Table("Billed and owed", headings, rows, texts=2)
    for each in wrong:
        reasons = [
            (total.meaning, f"{total.lines:,}" if total.lines else "", f"{total.amount:,.2f}")
            for total in each.reasons
        ]
        reasons.append(("billed minus owed", "", f"{each.difference:,.2f}"))
        yield Table(
            f"{each.vendor}: differences by reason, {each.currency}",
            ("reason", "lines", "amount"),
            reasons,
            marked=frozenset([len(reasons) - 1]),
        )
        if each.findings:
            yield _lines(each)


def _lines(each: VendorInvoice) -> Table:
    kept = sorted(each.findings, key=lambda finding: -abs(finding.amount))[:MOST_ROWS]
    caption = f"{each.vendor}: lines that are not right, {each.currency}"
    if len(kept) < len(each.findings):
        caption += f": the {len(kept):,} of most money out of {len(each.findings):,}"
    headings = ("reason", "line", "contact or term", "why", "billed", "owed", "difference")
    return Table(caption, headings, [_row(finding) for finding in kept], texts=4)


def _row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.reason.replace("_", " "),
        finding.place,
        finding.id or finding.term,
        finding.text,
        money(finding.billed, ""),
        money(finding.owed, ""),
        money(finding.amount, ""),
    )
