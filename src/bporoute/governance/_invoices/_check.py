"""Invoices checked against one's own records: every line billed again by the contract."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.arrays import Floats
from bporoute._base.collector import collector_resting
from bporoute._base.words import counted, did_you_mean
from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.contracts._prorated import counts_by_period
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._tariff import tariff_of
from bporoute.contracts._usage import PeriodUsage
from bporoute.contracts._whole_bill import Currency
from bporoute.errors import InputError, shown
from bporoute.governance._billed_contacts import unknown_remarks
from bporoute.governance._invoices._findings import (
    Singles,
    least_unit,
    match_lines,
    other_counts,
    other_prices,
    own_records,
    single_findings,
    total_findings,
)
from bporoute.governance._invoices._lines import InvoiceLine, InvoiceLines, read_invoice_lines
from bporoute.governance._invoices._matching import Matching
from bporoute.governance._invoices._own import Books, OwnRecords, days_without
from bporoute.governance._invoices._period import BillingPeriod, parse_period
from bporoute.governance._invoices._statement import (
    CENT,
    InvoiceCheck,
    ReasonTotal,
    VendorInvoice,
    totals_of,
)
from bporoute.governance._invoices._told import PeriodTold
from bporoute.governance._invoices._totals import compare, groups_of, is_tax
from bporoute.governance._scorecards._measured import figures_of, results_for, unmeasured_remarks
from bporoute.governance._scorecards._units import REPEAT_DAYS, aims_of, resolved_by_repeats, sums_of_contacts
from bporoute.governance._vendor_contacts import VendorContacts, read_vendor_contacts
from bporoute.routing._reconcile import CallRecord, Verdict, sort_out
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._sources import Source

_TOTAL = re.compile(
    r"total|\bsum\b|summe|gesamt|\bsuma\b|\bsumma\b|somme|totaal|razem|celkem|kokku|viso|yhteensä"
    r"|amount due|balance due|rechnungsbetrag|\b(net|netto|gross|brutto)\b"
)
"""What an invoice may call a line that sums up others."""
MOST_DAYS = 5
"""Days without records that are named."""


def check_invoice(
    center: Center,
    invoice: Source | InvoiceLines,
    contacts: Source | VendorContacts,
    period: str,
    *,
    told: Mapping[str, PeriodTold] | None = None,
    format: FileFormat | None = None,
    contacts_format: FileFormat | None = None,
    vendor: str = "",
    aliases: dict[str, str] | None = None,
    ledger: Path | None = None,
) -> InvoiceCheck:
    """Bill a period again from one's own records, and say by reason what an invoice has otherwise.

    A line is for the contact with its token or id, else for that which began within 5 s and took as long
    within 2 s. A contact is billed in the period in which it came, in order of time, by the terms of its
    vendor's contract; what `Contract.invoice` comes to is what is owed.

    Parameters
    ----------
    center : Center
        Vendors and their contracts.
    invoice : path, open file, frame, mapping or InvoiceLines
        A line for each contact, or for each term, or both; of one vendor or several.
    contacts : path, open file, frame, mapping or VendorContacts
        One's own records, also of the days around the period.
    period : str
        The contract period that is billed, such as ``"2026-11"``, ``"2026-Q4"`` or ``"2026"``.
    told : mapping, optional
        Vendor -> what no record of contacts tells: hours, results of service levels, what earlier periods
        left.
    format, contacts_format : FileFormat, optional
        What the invoice, and the records, do not tell by themselves.
    vendor : str
        Whose invoice it is, if no column tells.
    aliases : dict, optional
        What a file calls a vendor -> its name in the center.
    ledger : path, optional
        Folder of the `SharedLedger` that made the tokens: it says of a token that is in no record whether it
        is one of its own. It is read, and changed by nothing.

    Returns
    -------
    InvoiceCheck
        A vendor whose invoice cannot be checked says why; the others are done.

    Raises
    ------
    InputError
        A file cannot be read, or the period or a vendor is unknown.

    Examples
    --------
    >>> from bporoute import ContactType, Contract, PerMinute, Queue, Vendor
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(terms=(PerMinute(price=0.6, step=30),)))
    >>> center = Center(queues={"service": Queue(aht=240)}, vendors={"nord": nord},
    ...                 contact_types={"service": ContactType(queue="service")})
    >>> contacts = {"id": ["a", "b"], "vendor": ["nord", "nord"], "type": ["service", "service"],
    ...             "start": ["2026-11-02 09:00", "2026-11-02 09:05"], "handle": [61, 100]}
    >>> invoice = {"id": ["a", "b", "b"], "amount": [1.20, 1.20, 1.20]}
    >>> found = check_invoice(center, invoice, contacts, "2026-11").of("nord")
    >>> print(found.billed, found.owed, found.difference)
    3.60 2.10 1.50
    >>> [(each.reason, str(each.amount)) for each in found.reasons]
    [('duplicate', '1.20'), ('step', '0.30')]
    """
    months = parse_period(period)
    told = told or {}
    for name in told:
        if name not in center.vendors:
            raise InputError("told", shown(name), did_you_mean(name, list(center.vendors)))
    if vendor and vendor not in center.vendors:
        raise InputError("vendor", shown(vendor), did_you_mean(vendor, list(center.vendors)))
    with collector_resting():
        if not isinstance(invoice, InvoiceLines):
            invoice = read_invoice_lines(invoice, center, format=format, vendor=vendor, aliases=aliases)
        if not isinstance(contacts, VendorContacts):
            only = vendor or (next(iter(center.vendors)) if len(center.vendors) == 1 else "")
            contacts = read_vendor_contacts(
                contacts, center, format=contacts_format, vendor=only, aliases=aliases
            )
        contacts = resolved_by_repeats(contacts, REPEAT_DAYS)
        books = Books.of(contacts, {} if ledger is None else _verdicts(ledger, invoice.lines))
        return _of_books(center, invoice, books, months, told)


def _verdicts(ledger: Path, lines: Sequence[InvoiceLine]) -> dict[str, Verdict]:
    tokens = dict.fromkeys(line.token for line in lines if line.token)
    records = [CallRecord(number, token, "answered", None, None) for number, token in enumerate(tokens)]
    return {each.record.token: each.verdict for each in sort_out(ledger, records)}


def _of_books(
    center: Center,
    invoice: InvoiceLines,
    books: Books,
    period: BillingPeriod,
    told: Mapping[str, PeriodTold],
) -> InvoiceCheck:
    by_vendor: dict[str, list[InvoiceLine]] = {}
    for line in invoice.lines:
        by_vendor.setdefault(line.vendor, []).append(line)
    scored = any(_credits(center.vendors[name].contract) for name in by_vendor)
    records = books.records
    sums = sums_of_contacts(records, center, aims_of(records, center), REPEAT_DAYS) if scored else {}
    found = tuple(
        _checked(name, by_vendor[name], books, sums, center, period, told.get(name, PeriodTold()))
        for name in center.vendors
        if name in by_vendor
    )
    remarks = (*invoice.remarks, *records.remarks, *_unbilled(center, books, period, by_vendor))
    return InvoiceCheck(period=str(period), vendors=found, remarks=remarks)


def _unbilled(center: Center, books: Books, period: BillingPeriod, billed: Mapping[str, object]) -> list[str]:
    counts = {
        name: len(books.inside(name, period.seconds(vendor.zone)))
        for name, vendor in center.vendors.items()
        if name not in billed
    }
    return [
        f"{name}: {counted(count, 'contact')} of {period} in our records and no line in the invoice"
        for name, count in counts.items()
        if count
    ]


def _checked(
    vendor: str,
    lines: Sequence[InvoiceLine],
    books: Books,
    sums: Mapping[str, Floats],
    center: Center,
    period: BillingPeriod,
    told: PeriodTold,
) -> VendorInvoice:
    """One vendor's lines beside what it is owed."""
    contract = center.vendors[vendor].contract
    currency = next((term.code for term in contract.terms if isinstance(term, Currency)), center.currency)
    span = period.seconds(center.vendors[vendor].zone)
    seen = VendorInvoice(
        vendor=vendor, currency=currency, lines=len(lines), contacts=len(books.inside(vendor, span))
    )
    remarks: list[str] = []
    foreign = [line for line in lines if line.currency not in ("", currency)]
    if foreign:
        others = ", ".join(sorted({line.currency for line in foreign}))
        if len(foreign) == len(lines):
            return _unchecked(seen, f"the invoice is in {others}, the contract in {currency}")
        left_out = counted(len(foreign), "line")
        remarks.append(f"{left_out} in {others} left out: the contract is in {currency}")
        lines = [line for line in lines if line.currency in ("", currency)]
    if contract.period != period.kind and counts_by_period(contract):
        return _unchecked(
            seen, f"the contract counts by the {contract.period}, and {period} is a {period.kind}"
        )
    remarks += _of_term(contract, period)
    lines, subtotals = _without_subtotals(lines)
    remarks += subtotals
    tariff = tariff_of(contract, period.begin)
    of_contact = [line for line in lines if line.of_contact]
    matching = match_lines(of_contact, books, vendor, tariff, span, center.zone)
    own = own_records(books, vendor, center, tariff, span, of_contact, matching)
    usage = _usage(own, sums, contract, period, told)
    try:
        single, others_owed = tariff.lines(usage)
        owed = sum(contract.invoice(usage).amounts, Decimal(0))
    except InputError as mistake:
        return _unchecked(seen, f"nobody tells {mistake.expected} ({mistake.where})")
    unit = least_unit(lines)
    measured = [name for name in usage.sla if name not in told.sla]
    remarks += [f"{name}, measured in our records: {usage.sla[name]:.4g}" for name in measured]
    if credits := _credits(contract):
        names = (measure.name for measure in credits.measures)
        remarks += unmeasured_remarks(name for name in names if name not in usage.sla)
    singles = Singles([], 0, [])
    if of_contact:
        beside = groups_of(others_owed, contract.round_lines)
        singles = single_findings(own, books, of_contact, matching, unit, beside)
    findings = singles.findings
    if of_contact:
        owed_by_term = others_owed
    elif any("index" in line.item.casefold() for line in lines):
        owed_by_term = contract.invoice(usage).lines
    else:
        owed_by_term = (*single, *others_owed)
    for compared in compare(
        [*(line for line in lines if not line.of_contact), *singles.sums],
        owed_by_term,
        lambda group: other_counts(group, tariff, own.contacts),
        lambda group: other_prices(group, tariff),
        unit,
        contract.round_lines,
        everything=not of_contact,
    ):
        findings += total_findings(compared)
    billed = sum((line.amount for line in lines), Decimal(0))
    loose = singles.agreed + len(single) + len(owed_by_term)
    reasons, findings_told = totals_of(findings, billed, owed, Decimal(repr(unit)), loose)
    return msgspec.structs.replace(
        seen,
        billed=billed.quantize(CENT),
        owed=owed.quantize(CENT),
        reasons=reasons,
        findings=findings_told,
        matched=dict(Counter(how for how in matching.how if how)),
        ambiguous=matching.ambiguous,
        remarks=(
            *remarks,
            *_remarks(
                own, books, contract, center.vendors[vendor].zone, of_contact, matching, reasons, len(lines)
            ),
        ),
    )


def _unchecked(seen: VendorInvoice, problem: str) -> VendorInvoice:
    return msgspec.structs.replace(seen, problem=problem)


def _of_term(contract: Contract, period: BillingPeriod) -> list[str]:
    """That the contract holds for a part of the period only."""
    found = []
    if contract.start is not None and contract.start > period.begin:
        found.append(f"the contract begins on {contract.start}: all of {period} is billed by it all the same")
    if contract.end is not None and contract.end < period.end - timedelta(days=1):
        found.append(f"the contract ended on {contract.end}: all of {period} is billed by it all the same")
    return found


def _without_subtotals(lines: Sequence[InvoiceLine]) -> tuple[list[InvoiceLine], list[str]]:
    """The lines without those that sum up others, and what is said of these.

    One sums up all lines of contacts; or is called a total, and comes to what stands before it on the same
    invoice or in the file, or to all that is no tax.
    """
    whole = sum((line.amount for line in lines if line.of_contact), Decimal(0))
    several = sum(line.of_contact for line in lines) > 1
    kept: list[InvoiceLine] = []
    of_contacts, of_all = [], []
    terms = [line for line in lines if not _called_a_total(line)]
    for line in lines:
        if several and not line.of_contact and line.amount == whole and whole:
            of_contacts.append(line.place)
        elif _called_a_total(line) and any(
            some and abs(sum((each.amount for each in some), Decimal(0)) - line.amount) <= CENT / 2
            for before in (kept, terms)
            for of_number in (before, [each for each in before if each.number == line.number])
            for some in (of_number, [each for each in of_number if not is_tax(each)])
        ):
            of_all.append(line.place)
        else:
            kept.append(line)
    told = ((of_contacts, "the sum of the lines of contacts"), (of_all, "the sum of other lines"))
    return kept, [f"{', '.join(places)} left out: {text}" for places, text in told if places]


def _called_a_total(line: InvoiceLine) -> bool:
    return not line.of_contact and bool(_TOTAL.search(line.item.casefold()))


def _usage(
    own: OwnRecords,
    sums: Mapping[str, Floats],
    contract: Contract,
    period: BillingPeriod,
    told: PeriodTold,
) -> PeriodUsage:
    """All that the contract looks at in the period."""
    measured: dict[str, float] = {}
    if credits := _credits(contract):
        mine = {name: values[own.rows] for name, values in sums.items()}
        measured = results_for(credits, figures_of(mine, mine["good"], mine["base"]))
    return msgspec.structs.replace(
        own.charged.usage,
        hours=told.hours,
        fte=told.fte,
        sla={**measured, **told.sla},
        locked_volume=told.locked_volume,
        share_inside=told.share_inside,
        balance=told.balance,
        earlier_credits=told.earlier_credits,
        exchange_rate=told.exchange_rate,
        begin=period.begin,
    )


def _credits(contract: Contract) -> ServiceCredits | None:
    return next((term for term in contract.terms if isinstance(term, ServiceCredits)), None)


def _remarks(
    own: OwnRecords,
    books: Books,
    contract: Contract,
    zone: ZoneInfo,
    of_contact: Sequence[InvoiceLine],
    matching: Matching,
    reasons: Sequence[ReasonTotal],
    lines: int,
) -> list[str]:
    found = unknown_remarks(books.records, own.rows, contract, "the vendor tells it, else as 0 s")
    if matching.shift:
        ahead = "ahead of" if matching.shift > 0 else "behind"
        found.append(
            f"the invoice's clock is {abs(matching.shift):,.0f} s {ahead} ours: another time zone? "
            "Taken into account"
        )
    if matching.ambiguous:
        found.append(
            f"{counted(matching.ambiguous, 'line fits', 'lines fit')} several of our contacts by time: "
            "each was given the nearest"
        )
    strangers = [
        line.start - matching.shift
        for line, place in zip(of_contact, matching.contacts.tolist(), strict=True)
        if place < 0 and own.span[0] <= line.start - matching.shift < own.span[1]
    ]
    if gaps := days_without([float(books.records.starts[row]) for row in own.rows], strangers, zone):
        days = ", ".join(map(str, list(gaps)[:MOST_DAYS])) + (" ..." if len(gaps) > MOST_DAYS else "")
        found.append(
            f"our records have no contact on {counted(len(gaps), 'day')} ({days}) on which the invoice has "
            f"{counted(sum(gaps.values()), 'line')}: are they complete?"
        )
    repeated = set(books.records.repeated) & {line.id for line in of_contact}
    if repeated:
        found.append(
            f"{counted(len(repeated), 'id stands', 'ids stand')} in our records with different times: "
            "the first counts"
        )
    rounding = next((each.amount for each in reasons if each.reason == "rounding"), Decimal(0))
    if abs(rounding) > CENT * Decimal(math.isqrt(lines) + 1):
        found.append(f"fractions of a cent come to {rounding:,.2f}: amounts are rounded one way, or unagreed")
    return found
