"""What is found of the lines of one vendor, contact by contact and term by term."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.center._center import Center
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._measure import PLAIN, Measure
from bporoute.contracts._rounding import decimal
from bporoute.contracts._tariff import Otherwise, Tariff, in_steps
from bporoute.governance._billed_contacts import billed_contacts
from bporoute.governance._invoices._explaining import STEPS, Case, Explainer
from bporoute.governance._invoices._lines import InvoiceLine
from bporoute.governance._invoices._matching import Asked, Known, Matching, match
from bporoute.governance._invoices._own import Books, OwnRecords
from bporoute.governance._invoices._reasons import Because, Reason
from bporoute.governance._invoices._statement import Finding
from bporoute.governance._invoices._totals import Compared, Counts, Group, looks_like
from bporoute.governance._vendor_contacts import IN_HOUSE

MOST_DECIMALS = 6
_BY_LEDGER = {
    "kept": "by its token it was kept in-house",
    "forged": "its token was made by nobody with the ledger's key",
    "unreadable": "its token is none",
    "settled": "the ledger has counted its token; our records lack it",
    "open": "the ledger knows its token, and no end of it; our records lack it",
    "lost": "the ledger has made its token, and knows no end of it; our records lack it",
}
"""What a ledger's verdict on a token says of a line that no record is known for."""
NAN = math.nan


def least_unit(lines: Sequence[InvoiceLine]) -> float:
    """The least money in which a vendor tells amounts: cents, or less where one of them has more decimals."""
    told = [-int(line.amount.normalize().as_tuple().exponent) for line in lines]
    return float(10.0 ** -min(max([2, *told]), MOST_DECIMALS))


def match_lines(
    lines: Sequence[InvoiceLine],
    books: Books,
    vendor: str,
    tariff: Tariff,
    span: tuple[float, float],
    zone: ZoneInfo,
) -> Matching:
    """Match lines of an invoice of a `span` of time, told by the clock of a zone, to all rows of a vendor."""
    records, rows = books.records, books.rows.get(vendor, [])
    handles, talks = records.handles[rows], records.talks[rows]
    told = np.array([line.seconds if line.seconds == line.seconds else 60.0 * line.minutes for line in lines])
    asked = Asked(
        [line.token for line in lines],
        [line.id for line in lines],
        np.array([line.start for line in lines], dtype=float),
        told,
        np.array([_other_reading(line.start, zone) for line in lines], dtype=float),
    )
    known = Known(
        [records.tokens[row] for row in rows],
        [records.ids[row] for row in rows],
        records.starts[rows],
        np.array([handles, talks, _in_blocks(handles, tariff)]),
    )
    return match(asked, known, span)


def _other_reading(start: float, zone: ZoneInfo) -> float:
    """The other moment at which clocks of a zone show the same; NaN: there is none."""
    if start != start:
        return NAN
    local = datetime.fromtimestamp(start, zone)
    other = local.replace(fold=1 - local.fold).timestamp()
    return other if other != start else NAN


def _in_blocks(handles: Floats, tariff: Tariff) -> Floats:
    """Seconds in the blocks of the first price by the minute, types and multipliers left out."""
    measure = next((part.measure for part in tariff.parts if part.measure.in_minutes), None)
    if not isinstance(measure, Measure):
        return handles
    plain = Measure(counts="handle_minutes", step=measure.step, first=measure.first, minimum=measure.minimum)
    times, place = np.unique(np.nan_to_num(handles), return_inverse=True)
    blocks = [60.0 * plain.units(BilledContact(handle=time)) for time in times.tolist()]
    return np.where(np.isnan(handles), np.nan, np.array(blocks)[place])


def own_records(
    books: Books,
    vendor: str,
    center: Center,
    tariff: Tariff,
    span: tuple[float, float],
    lines: Sequence[InvoiceLine],
    matching: Matching,
) -> OwnRecords:
    """A vendor's contacts of a period; lengths that the records do not tell are those of their lines."""
    records, rows = books.records, books.rows.get(vendor, [])
    inside = books.inside(vendor, span)
    kept = [rows[place] for place in inside]
    handles = records.handles.copy()
    unknown = {row for row in kept if records.outcomes[row] == "answered" and math.isnan(handles[row])}
    if unknown:
        for line, place in zip(lines, matching.contacts.tolist(), strict=True):
            if place >= 0 and (row := rows[place]) in unknown and math.isnan(handles[row]):
                handles[row] = line.seconds if line.seconds == line.seconds else 60.0 * line.minutes
    contacts = billed_contacts(records, kept, np.nan_to_num(handles), center, vendor)
    place_of = {place: number for number, place in enumerate(inside)}
    return OwnRecords(tariff, span, kept, contacts, tariff.charged(contacts), place_of)


class Singles(NamedTuple):
    """What is found of lines that are for a contact each.

    Attributes
    ----------
    findings : list of Finding
        Of these, and of contacts without a line.
    agreed : int
        Lines that are as they should be, but for fractions of the least unit.
    sums : list of InvoiceLine
        Lines for contacts that owe nothing singly, item by item, where they look like another term.
    """

    findings: list[Finding]
    agreed: int
    sums: list[InvoiceLine]


def single_findings(
    own: OwnRecords,
    books: Books,
    lines: Sequence[InvoiceLine],
    matching: Matching,
    unit: float,
    others: Sequence[Group] = (),
) -> Singles:
    """What is found of lines that are for a contact each; `others`: what is owed for no single one."""
    found: list[Finding] = []
    agreed = 0
    without_term: dict[str, list[InvoiceLine]] = {}
    blamed: dict[str, list[Finding]] = {}
    by_contact: dict[int, list[int]] = {}
    for number, (place, again) in enumerate(
        zip(matching.contacts.tolist(), matching.again.tolist(), strict=True)
    ):
        line = lines[number]
        if place < 0:
            found.append(_whole(line, *_stranger(line, own, books, matching.shift)))
        elif again:
            found.append(_whole(line, "duplicate", "begin and length of a contact that is billed already"))
        else:
            by_contact.setdefault(place, []).append(number)
    explainer = Explainer(own.tariff, unit)
    cases: list[Case] = []
    places: list[tuple[int, list[InvoiceLine]]] = []
    for place, numbers in by_contact.items():
        number = own.place_of.get(place, -1)
        told = [lines[each] for each in numbers]
        kept = told if len(told) == 1 else _once(told, own, number, found)
        if number < 0:
            begun = books.records.starts[books.rows[kept[0].vendor][place]]
            reason: Reason = "outside_period"
            text = "it began before the period" if begun < own.span[0] else "it began after the period"
            if own.span[0] <= begun < own.span[1]:
                reason, text = "not_answered", "it did not reach the vendor"
            found += [_whole(line, reason, text) for line in kept]
            continue
        case = _case(kept, own, number)
        if explainer.agrees(case):
            agreed += len(kept)
        else:
            cases.append(case)
            places.append((number, kept))
    for case, (number, kept), because in zip(cases, places, explainer.explain(cases), strict=True):
        told_of = [_part(case, own, number, kept, each) for each in because if each.amount]
        if [each.reason for each in because] == ["not_agreed"] and len(kept) == 1:
            item = kept[0].item.casefold()
            without_term.setdefault(item, []).append(kept[0])
            blamed.setdefault(item, []).extend(told_of)
        else:
            found += told_of
    sums = {item: _summed(alike) for item, alike in without_term.items()}
    sums = {item: line for item, line in sums.items() if looks_like(line, others)}
    found += [each for item, some in blamed.items() if item not in sums for each in some]
    billed = {own.place_of[place] for place in by_contact if place in own.place_of}
    for number, contribution in enumerate(own.charged.each):
        if number not in billed and (owed := decimal(contribution.amount)):
            found.append(_missing(own, books, number, owed))
    return Singles(found, agreed, list(sums.values()))


def _summed(lines: Sequence[InvoiceLine]) -> InvoiceLine:
    """Lines for contacts of one item as one for all of them, at their price if it is one."""
    prices = {line.price if line.price == line.price else float(line.amount) for line in lines}
    numbers = dict.fromkeys(line.number for line in lines if line.number)
    return lines[0]._replace(
        place=", ".join(line.place for line in lines),
        id="",
        token="",
        start=NAN,
        seconds=NAN,
        minutes=NAN,
        quantity=NAN,
        contacts=float(len(lines)),
        price=prices.pop() if len(prices) == 1 else NAN,
        amount=sum((line.amount for line in lines), Decimal(0)),
        number=", ".join(numbers),
    )


def _stranger(line: InvoiceLine, own: OwnRecords, books: Books, shift: float) -> tuple[Reason, str]:
    """Why a line has no contact."""
    begun = line.start - shift
    if begun < own.span[0] or begun >= own.span[1]:
        return "outside_period", "by its own date"
    taken_by = books.taken_by.get(line.id, "") if line.id else ""
    if taken_by == IN_HOUSE:
        return "not_in_records", "in our records it was kept in-house"
    if taken_by and taken_by != line.vendor:
        return "not_in_records", f"in our records {taken_by} took it"
    return "not_in_records", _BY_LEDGER.get(books.verdicts.get(line.token, ""), "")


def _once(
    told: Sequence[InvoiceLine], own: OwnRecords, number: int, found: list[Finding]
) -> list[InvoiceLine]:
    """One line for each item that is billed for a contact; the others are duplicates."""
    known = own.contacts[number].handle if number >= 0 else NAN
    handle = float(known) if isinstance(known, float | int) else NAN

    def apart(line: InvoiceLine) -> float:
        gap = abs(line.seconds - handle)
        return gap if gap == gap else 0.0

    by_item: dict[str, list[InvoiceLine]] = {}
    for line in told:
        by_item.setdefault(line.item.casefold(), []).append(line)
    kept = []
    for alike in by_item.values():
        first = min(alike, key=apart)
        kept.append(first)
        for line in alike:
            if line is not first:
                text = f"as {first.place}"
                if line.seconds == line.seconds and line.seconds != first.seconds:
                    text += f", there with {first.seconds:.0f} s, here with {line.seconds:.0f} s"
                found.append(_whole(line, "duplicate", text))
    return kept


def _case(kept: Sequence[InvoiceLine], own: OwnRecords, number: int) -> Case:
    """A contact beside what is billed for it."""
    billed = sum((line.amount for line in kept), Decimal(0))
    contribution = own.charged.each[number]
    seconds = quantity = price = NAN
    if len(kept) == 1:
        line, parts = kept[0], own.tariff.parts
        in_minutes = len(parts) == 1 and parts[0].measure.in_minutes
        named = line.minutes if in_minutes else line.contacts
        quantity = named if named == named else line.quantity
        price, seconds = line.price, line.seconds
        if in_minutes and quantity == 1.0 and abs(price - float(line.amount)) < 0.005:
            quantity = price = NAN  # one contact, at whatever it came to
        if seconds != seconds and in_minutes:
            seconds = 60.0 * line.minutes
    return Case(
        own.contacts[number],
        contribution.bands,
        decimal(contribution.amount),
        billed,
        seconds,
        quantity,
        price,
    )


def _owed_units(case: Case, own: OwnRecords) -> tuple[float, float]:
    """Units and price that are owed for a contact with one price; NaN otherwise."""
    if len(own.tariff.parts) != 1:
        return NAN, NAN
    return own.tariff.units(case.contact, Otherwise())[0], own.tariff.price(0, case.bands[0], Otherwise())


def _part(case: Case, own: OwnRecords, number: int, kept: Sequence[InvoiceLine], because: Because) -> Finding:
    units, price = _owed_units(case, own)
    return Finding(
        because.reason,
        kept[0].place,
        kept[0].number,
        kept[0].id,
        kept[0].item,
        case.quantity,
        units,
        case.price,
        price,
        case.billed,
        case.owed,
        because.amount,
        because.text,
    )


def _whole(line: InvoiceLine, reason: Reason, text: str) -> Finding:
    """A line for which nothing is owed."""
    quantity = next((told for told in (line.minutes, line.contacts, line.quantity) if told == told), NAN)
    nothing = Decimal(0)
    return Finding(
        reason,
        line.place,
        line.number,
        line.id,
        line.item,
        quantity,
        0.0,
        line.price,
        NAN,
        line.amount,
        nothing,
        line.amount,
        text,
    )


def _missing(own: OwnRecords, books: Books, number: int, owed: Decimal) -> Finding:
    records, row = books.records, own.rows[number]
    text = f"in our records at {records.places[row]}"
    told = records.ids[row]
    return Finding("not_billed", "", "", told, "", NAN, NAN, NAN, NAN, Decimal(0), owed, -owed, text)


def total_findings(compared: Compared) -> list[Finding]:
    """What is found of one term."""
    billed, owed = compared.billed, compared.owed
    amount = sum((line.amount for line in billed), Decimal(0))
    quantities = [
        next((told for told in (line.minutes, line.contacts, line.quantity) if told == told), NAN)
        for line in billed
    ]
    prices = {line.price for line in billed}
    return [
        Finding(
            because.reason,
            ", ".join(line.place for line in billed),
            ", ".join(sorted({line.number for line in billed if line.number})),
            "",
            owed.text if owed is not None else billed[0].item,
            math.fsum(quantities) if quantities else NAN,
            owed.quantity if owed is not None else NAN,
            prices.pop() if len(prices) == 1 else NAN,
            owed.price if owed is not None and len(owed.lines) == 1 else NAN,
            amount,
            owed.amount if owed is not None else Decimal(0),
            because.amount,
            because.text,
        )
        for because in compared.because
    ]


def other_counts(group: Group, tariff: Tariff, contacts: Sequence[BilledContact]) -> list[Counts]:
    """What the quantity of a term of single contacts would be by other readings."""
    found: list[Counts] = []
    for part in tariff.parts:
        measure = part.measure
        if part.term != group.term or not isinstance(measure, Measure):
            continue
        if ("minutes" in group.text) != measure.in_minutes:
            continue
        if measure.free_up_to:
            all_of_them = _counted(tariff, contacts, _without_free(measure))
            found.append(Counts(all_of_them, "short_call", f"short calls up to {measure.free_up_to:g} s"))
        if measure.counts in ("handled", "answered"):
            offered = Measure(
                counts="offered", contact_types=measure.contact_types, channels=measure.channels
            )
            found.append(Counts(_counted(tariff, contacts, offered), "not_answered", "all that were offered"))
        if measure.in_minutes:
            agreed = f"{measure.step:g} s" if measure.step else "no steps"
            for step in (0.0, *STEPS):
                if step != (measure.step or 0.0):
                    stepped = in_steps(measure, step)
                    assert isinstance(stepped, Measure)
                    told = f"steps of {step:g} s" if step else "not in steps"
                    found.append(
                        Counts(_counted(tariff, contacts, stepped), "step", f"{told} instead of {agreed}")
                    )
    return found


def _without_free(measure: Measure) -> Measure:
    return msgspec.structs.replace(measure, free_up_to=0.0)


def _counted(tariff: Tariff, contacts: Sequence[BilledContact], measure: Measure) -> float:
    return math.fsum(
        measure.units(contact, ((0.0, tariff.factor(contact)),) if tariff.contract.multipliers else PLAIN)
        for contact in contacts
    )


def other_prices(group: Group, tariff: Tariff) -> list[float]:
    """All prices of the tiers of a term."""
    return [
        tariff.index * band.price for part in tariff.parts if part.term == group.term for band in part.bands
    ]
