"""The lines of vendors' invoices, read from any file that has an amount on each."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import time_zone
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.contracts._rounding import decimal
from bporoute.errors import InputError, shown
from bporoute.governance._vendor_contacts import named_vendor, unknown_vendors
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._moments import to_epoch
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sheet import text_of
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import Table, taken
from bporoute.workload._reading._times import HOURS

_CODE = re.compile(r"\b[A-Z]{3}\b(?=\W*$)")
"""A currency at the end of the name of a column."""
_COUNTS = ("quantity", "contacts", "minutes")
_NO_SHARE = "a number of contacts, minutes or hours, no percentage"


class InvoiceLine(NamedTuple):
    """One line of an invoice.

    Attributes
    ----------
    place : str
        Where it stands, such as ``line 17``.
    vendor : str
        As the center calls it.
    id, token : str
        Of the contact that it is for; empty: not told.
    start : float
        When the contact began, seconds since 1970 UTC; NaN: not told.
    seconds : float
        Duration billed; NaN: not told.
    contacts, minutes, quantity : float
        How much is billed, by the name of the column; NaN: not told.
    price : float
        Money for one of it; NaN: not told.
    amount : Decimal
        Money; negative: a credit.
    currency : str
        Code, in capital letters; empty: not told.
    item : str
        What the line says it is for.
    number : str
        Of the invoice; empty: not told.
    """

    place: str
    vendor: str
    id: str
    token: str
    start: float
    seconds: float
    contacts: float
    minutes: float
    quantity: float
    price: float
    amount: Decimal
    currency: str
    item: str
    number: str

    @property
    def of_contact(self) -> bool:
        """Whether it is for a single contact, and no total."""
        return bool(self.id or self.token) or self.start == self.start


class InvoiceLines(msgspec.Struct, frozen=True, eq=False):
    """What was read of a file of invoices.

    Attributes
    ----------
    name : str
        The file, and the sheet of a workbook.
    lines : tuple of InvoiceLine
        In the order of the file.
    unknown : dict
        A vendor that the center does not know -> how many lines name it; they are left out.
    taken, remarks : tuple of str
        What was taken for what; what was left out and why.
    bad : tuple of BadRow
        Rows that could not be used and were left out, as `FileFormat.skip_bad` allows.
    """

    name: str
    lines: tuple[InvoiceLine, ...]
    unknown: dict[str, int] = {}
    taken: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()


def read_invoice_lines(
    source: Source,
    center: Center,
    *,
    format: FileFormat | None = None,
    vendor: str = "",
    aliases: dict[str, str] | None = None,
) -> InvoiceLines:
    """Read the lines of invoices: one for each contact, or one for each term.

    Parameters
    ----------
    source : path, open file, frame or mapping
        As for `read_vendor_contacts`.
    center : Center
        The vendors that there are. Times are of the clocks of its zone unless they say otherwise.
    format : FileFormat, optional
        What the file does not tell by itself.
    vendor : str
        Whose invoice it is, if the file has no column for it; a center with one vendor needs none.
    aliases : dict, optional
        What the file calls a vendor -> its name in the center.

    Raises
    ------
    InputError
        The file cannot be read, or names no vendor that is known.

    Examples
    --------
    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(price_per_minute=0.6))
    >>> center = Center(queues={"service": Queue(aht=240)}, vendors={"nord": nord},
    ...                 contact_types={"service": ContactType(queue="service")})
    >>> rows = {"Call ID": ["a1", ""], "Description": ["call", "monthly fee"],
    ...         "Minutes": [4.5, None], "Net": ["2,70", "500,00"]}
    >>> [(line.id, line.minutes, line.amount) for line in read_invoice_lines(rows, center).lines]
    [('a1', 4.5, Decimal('2.7')), ('', nan, Decimal('500.0'))]
    """
    said = FileFormat() if format is None else format
    said = msgspec.structs.replace(said, timezone=said.timezone or center.timezone)
    table = open_table(source, "invoice_lines", said)
    if not vendor and len(center.vendors) == 1:
        vendor = next(iter(center.vendors))
    if not table.has("vendor") and not vendor:
        raise table.missing("vendor")
    told = table.texts("vendor") if table.has("vendor") else [vendor] * len(table)
    names = {each: named_vendor(each.strip() or vendor, center, aliases or {}) for each in set(told)}
    known = {each: name if name in center.vendors else None for each, name in names.items()}
    unknown = dict(sorted(Counter(each.strip() for each in told if known[each] is None).items()))
    amounts = table.numbers("amount", "money, such as 12.50 or -12.50", lowest=-np.inf)
    counts = {ours: _counts(table, ours) for ours in _COUNTS}
    prices = _numbers(table, "price", "money for one", lowest=-np.inf)
    starts = _starts(table, said)
    seconds = (
        table.durations("seconds", "a duration, or nothing") if table.has("seconds") else _nothing(table)
    )
    texts = {ours: table.stripped(ours) for ours in ("id", "token", "currency", "item", "number")}
    if not table.has("currency") and (code := _CODE.search(table.named("amount").theirs)):
        texts["currency"] = [code[0]] * len(table)
    good, bad = table.settle()
    good &= np.array([known[each] is not None for each in told], dtype=bool)
    if not good.any():
        listed = ", ".join(map(shown, unknown))
        expected = did_you_mean(next(iter(unknown), ""), list(center.vendors))
        raise InputError(table.grid.name, f"no vendor that is known ({listed})", expected)
    word, places = table.grid.word, table.grid.places
    lines = tuple(
        InvoiceLine(
            place=f"{word} {places[row]}",
            vendor=known[told[row]] or "",
            id=texts["id"][row],
            token=texts["token"][row],
            start=float(starts[row]),
            seconds=float(seconds[row]),
            contacts=float(counts["contacts"][row]),
            minutes=float(counts["minutes"][row]),
            quantity=float(counts["quantity"][row]),
            price=float(prices[row]),
            amount=decimal(float(amounts[row])),
            currency=texts["currency"][row].upper(),
            item=texts["item"][row],
            number=texts["number"][row],
        )
        for row in np.flatnonzero(good).tolist()
    )
    remarks = unknown_vendors(unknown, list(center.vendors), "line")
    return InvoiceLines(table.grid.name, lines, unknown, taken(table), tuple(remarks), bad)


def _nothing(table: Table) -> Floats:
    return np.full(len(table), np.nan)


def _numbers(table: Table, ours: str, expected: str, lowest: float = 0.0) -> Floats:
    if not table.has(ours):
        return _nothing(table)
    return table.numbers(ours, expected, lowest=lowest, needed=False)


def _counts(table: Table, ours: str) -> Floats:
    values = _numbers(table, ours, _NO_SHARE, lowest=-np.inf)
    if table.has(ours):
        cells = table.cells(ours)
        shares = [row for row, cell in enumerate(cells) if text_of(cell).rstrip().endswith("%")]
        table.blame(shares, ours, _NO_SHARE)
    return values


def _starts(table: Table, said: FileFormat) -> Floats:
    """Epoch seconds of what has a date and a time; NaN where either is missing."""
    expected = "a date and time, such as 2026-11-03T09:15:00, or nothing"
    if table.has("arrival"):
        moments = table.moments("arrival", expected, needed=False)
    elif table.has("date"):
        moments = table.moments("date", expected, needed=False)
    else:
        return _nothing(table)
    if table.has("time") and not moments.timed.any():
        moments = table.with_times(moments, "time", needed=False, plain=HOURS)
    starts, _ = to_epoch(moments, time_zone(said.timezone))
    return np.where(moments.timed, starts, np.nan)
