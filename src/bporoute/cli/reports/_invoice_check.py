"""A check of invoices: the answer in sentences, tables for people, files for programs, letters to vendors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._staffing import made_table
from bporoute.governance._invoices._letter import letter, money
from bporoute.governance._invoices._statement import InvoiceCheck, VendorInvoice, finding_row

if TYPE_CHECKING:
    from rich.table import Table


def answer_of(found: InvoiceCheck) -> Iterator[str]:
    """How much is too much, in all and by vendor."""
    checked = [each for each in found.vendors if not each.problem]
    wrong = [each for each in checked if each.difference]
    if not wrong and checked:
        told = " and ".join(each.vendor for each in checked)
        faults = " in all, though its lines are not" if any(each.findings for each in checked) else ""
        yield f"{found.period}: what {told} billed is what is owed{faults}."
    elif wrong:
        yield f"{found.period}: {'; '.join(map(_judged, wrong))}."
    for each in checked:
        yield (
            f"{each.vendor}: billed {money(each.billed, each.currency)} on {counted(each.lines, 'line')}; "
            f"owed {money(each.owed, each.currency)} for {counted(each.contacts, 'contact')}{_first(each)}."
        )
    for each in found.vendors:
        if each.problem:
            yield f"{each.vendor}: not checked, as {each.problem}."


def _judged(each: VendorInvoice) -> str:
    share = f" ({100 * each.difference / each.owed:+.1f} %)" if each.owed > 0 else ""
    much = "too much" if each.difference > 0 else "too little"
    return f"{each.vendor} billed {money(abs(each.difference), each.currency)} {much}{share}"


def _first(each: VendorInvoice) -> str:
    """The largest reason."""
    if not each.reasons:
        return ""
    largest = max(each.reasons, key=lambda total: abs(total.amount))
    return f"; most of the difference: {largest.meaning}, {money(largest.amount, each.currency)}"


def reason_rows(found: InvoiceCheck) -> list[dict[str, Any]]:
    """A row for each reason of each vendor."""
    return [
        {
            "vendor": each.vendor,
            "reason": total.reason,
            "meaning": total.meaning,
            "lines": total.lines,
            "amount": float(total.amount),
            "currency": each.currency,
        }
        for each in found.vendors
        for total in each.reasons
    ]


def finding_rows(found: InvoiceCheck) -> list[dict[str, Any]]:
    """A row for each line that is not right, one for each of its reasons."""
    return [finding_row(each, finding) for each in found.vendors for finding in each.findings]


def vendor_rows(found: InvoiceCheck) -> list[dict[str, Any]]:
    """A row for each vendor."""
    return [
        {
            "vendor": each.vendor,
            "currency": each.currency,
            "billed": float(each.billed),
            "owed": float(each.owed),
            "difference": float(each.difference),
            "lines": each.lines,
            "contacts": each.contacts,
            "ambiguous": each.ambiguous,
            "not_checked": each.problem,
        }
        for each in found.vendors
    ]


def document_of(found: InvoiceCheck) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "period": found.period,
        "differences": {name: float(amount) for name, amount in found.differences.items()},
        "vendors": [
            {
                **row,
                "matched_by": each.matched,
                "reasons": [
                    {"reason": total.reason, "lines": total.lines, "amount": float(total.amount)}
                    for total in each.reasons
                ],
                "notes": list(each.remarks),
            }
            for row, each in zip(vendor_rows(found), found.vendors, strict=True)
        ],
        "notes": list(found.remarks),
        "findings": finding_rows(found),
    }


def encoded(found: InvoiceCheck, document: dict[str, Any], ending: str) -> bytes:
    """Every line that is not right as a file; with the sums in JSON and in a workbook."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".xlsx":
        notes = [{"about": "period", "note": found.period}]
        notes += [{"about": "files", "note": line} for line in found.remarks]
        notes += [{"about": each.vendor, "note": line} for each in found.vendors for line in each.remarks]
        sheets = {
            "Vendors": vendor_rows(found),
            "Reasons": reason_rows(found),
            "Lines": finding_rows(found),
            "Notes": notes,
        }
        return workbook_of(sheets, "--out")
    return encoded_rows(finding_rows(found), ".csv")


def letters_of(found: InvoiceCheck) -> str:
    """What each vendor is to be told that was checked."""
    checked = [each for each in found.vendors if not each.problem]
    return "\n\n\n".join(f"To {each.vendor}\n\n{letter(each, found.period)}" for each in checked) + "\n"


def notes_of(found: InvoiceCheck) -> list[str]:
    """What else matters."""
    return [*found.remarks, *(f"{each.vendor}: {line}" for each in found.vendors for line in each.remarks)]


def reasons_table(found: InvoiceCheck, width: int) -> Table:
    """Differences by vendor and reason, and their sums."""
    rows = []
    for each in found.vendors:
        rows += [
            (
                each.vendor,
                total.meaning,
                f"{total.lines:,}" if total.lines else "",
                f"{total.amount:,.2f}",
                each,
            )
            for total in each.reasons
        ]
        if each.reasons:
            rows.append((each.vendor, "billed minus owed", "", f"{each.difference:,.2f}", each))
    columns = {
        "queue": lambda row: row[0],
        "day": lambda row: row[1],
        "lines": lambda row: row[2],
        "amount": lambda row: row[3],
        "currency": lambda row: row[4].currency,
    }
    table = made_table(f"Differences of {found.period} by reason", columns, rows, width)
    table.columns[0].header, table.columns[1].header = "vendor", "reason"
    return table
