"""What the failure of vendors does, as sentences and tables for people and as files for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known, percent, rounded, with_margin
from bporoute.cli.reports._comparison import counted_as
from bporoute.cli.reports._money import money_notes
from bporoute.cli.reports._spans import span_of
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._wages import money_of
from bporoute.estimates._confidence import Estimate
from bporoute.governance._failures._fates import LOST
from bporoute.governance._failures._kinds import Stranded
from bporoute.governance._failures._results import Failure, VendorFailures, worst
from bporoute.governance._vendor_contacts import IN_HOUSE
from bporoute.policies._text import policy_label

if TYPE_CHECKING:
    from rich.table import Table

DECIMALS = 6
MOST_STRANDED = 8
"""Kinds of contacts that are told one by one."""
SHARES = (
    "service_level_before",
    "service_level",
    "service_level_low",
    "service_level_high",
    "change",
    "change_low",
    "change_high",
    "abandonment_before",
    "abandonment",
    "goal",
    "reached",
    "largest_share",
    "may_take_share",
)
Row = dict[str, Any]


def lines_of(found: VendorFailures) -> Iterator[str]:
    """The answer, then agents, pairs, what is stranded, what depends on one, prepayments, replacement."""
    currency = found.center.currency
    hardest = worst(found.alone)
    yield _answer(found, hardest)
    if hardest.took:
        yield _agents_line(hardest)
    if found.pairs and (pair := worst(found.pairs)).took:
        yield (
            f"Two at a time, {pair.name} are the worst: {_levels(found, pair)}, {_lost(pair)}, "
            f"{_dearer(pair, currency)}. {_agents_line(pair)}"
        )
    yield from stranded_lines(found)
    yield from concentration_lines(found)
    for row in found.prepayments:
        least = "at most " if math.isnan(row.delivered) else ""
        ends = (
            f"used up by {row.until:%d %b %Y %H:%M}"
            if row.until is not None
            else f"{money_of(row.at_end, currency)} as it ends"
        )
        yield (
            f"{row.vendor}: prepaid {money_of(row.prepaid, currency)}; not delivered yet, and lost with it: "
            f"{least}{money_of(row.at_start, currency)} as the period begins, {ends}."
        )
    for failure in found.alone:
        if failure.lead_days is not None and failure.judged:
            yield _until_replaced(failure, len(found.days), currency)
        if failure.owed_anyway > 0.0:
            yield (
                f"{failure.name}: {money_of(failure.owed_anyway, currency)} of the cost is owed to it by its "
                "contract all the same (fees, commitments)."
            )
    yield from (f"note: {note}." for note in found.notes)
    yield from basis_lines(found)


def _until_replaced(failure: Failure, days: int, currency: str) -> str:
    lost, cost, hours = (
        failure.until_replaced(amount, days) or 0.0
        for amount in (failure.lost.value, failure.cost.value, failure.agent_hours)
    )
    held = f" or {hours:,.0f} agent-hours to hold the service" if hours else ""
    return (
        f"{failure.name}: {counted(failure.lead_days or 0.0, 'day')} until a replacement; in days like these "
        f"{lost:+,.0f} contacts lost, {cost:+,.0f} {currency}{held}."
    )


def basis_lines(found: VendorFailures) -> Iterator[str]:
    """What the figures mean and rest on."""
    followed = (
        ""
        if found.followed == found.replications
        else f"; single contacts are followed in {found.followed} of them"
    )
    yield (
        f"Simulated: {span_of(found.days)}, {found.intact.contacts() / found.replications:,.0f} contacts, "
        f"{policy_label(found.intact.policy)}, {found.replications} replications, seed "
        f"{found.seed}{followed}; figures are of the whole period."
    )
    yield "±: 95 % confidence; changes are of the same contacts with and without the vendor."
    yield f"Answered in time: wherever, {counted_as(found.center)}."
    yield from money_notes(found.intact)


def stranded_lines(found: VendorFailures) -> Iterator[str]:
    """What only one vendor may take, and the rule that bars each other."""
    rows = [(failure.name, each) for failure in found.alone for each in failure.stranded]
    for name, each in sorted(rows, key=lambda row: -row[1].contacts)[:MOST_STRANDED]:
        bars = "; ".join(f"{bar.vendor} {bar.text} ({bar.rule})" for bar in each.bars)
        nobody = f"; {each.nobody:,.0f} of them nobody in-house either" if each.nobody else ""
        most = "" if each.told else "up to "
        yield (
            f"Only {name} may take {most}{each.contacts:,.0f} contacts of {_kind(each)}"
            f"{f': {bars}' if bars else ''}{nobody}."
        )
    if len(rows) > MOST_STRANDED:
        yield f"{len(rows) - MOST_STRANDED} more kinds of contacts that only one vendor may take: --json."


def concentration_lines(found: VendorFailures) -> Iterator[str]:
    """How much of what goes out depends on one vendor and one country."""
    every = found.concentration[0]
    if not every.contacts:
        yield "Nothing goes out while all vendors work."
        return
    yield (
        f"Of {every.contacts:,.0f} contacts that go out, {every.largest} gets {percent(every.share)} %; "
        f"Herfindahl index {every.by_vendor:.3f} by vendor, {every.by_country:.3f} by country "
        "(1: all to one)."
    )


def _answer(found: VendorFailures, hardest: Failure) -> str:
    currency, days = found.center.currency, counted(len(found.days), "day")
    if not hardest.took:
        if len(found.alone) > 1:
            return f"Nothing changes if one of the vendors fails: none gets a contact in {days}."
        return f"Nothing changes if {hardest.name} fails: it gets no contact in {days}."
    begin = (
        f"The worst single failure is that of {hardest.name}"
        if len(found.alone) > 1
        else f"If {hardest.name} fails"
    )
    return (
        f"{begin}: {_levels(found, hardest)}; in {days} {_lost(hardest)}, {_dearer(hardest, currency)}; "
        f"of the {hardest.took:,.0f} contacts that it gets, {_where(found, hardest)}."
    )


def _where(found: VendorFailures, failure: Failure) -> str:
    others = [name for name in found.center.vendors if failure.where_to(name) >= 0.5]
    to = ", ".join(f"{failure.where_to(name):,.0f} go to {name}" for name in others)
    return (
        f"{f'{to}, ' if to else 'none go to another vendor, '}"
        f"{failure.where_to(IN_HOUSE):,.0f} in-house, {failure.where_to(LOST):,.0f} are lost"
    )


def _levels(found: VendorFailures, failure: Failure) -> str:
    before = found.intact.service_level().value
    after = (
        with_margin(100 * failure.service_level.value, 100 * failure.service_level.half_width, 1, 0)
        .replace("±", "± ")
        .replace("  ", " ")
    )
    return f"{after} % answered in time instead of {percent(before)} %"


def _lost(failure: Failure) -> str:
    return f"{signed(failure.lost)} contacts lost"


def _dearer(failure: Failure, currency: str) -> str:
    return f"{signed(failure.cost)} {currency}"


def signed(estimate: Estimate) -> str:
    """A difference with its sign and margin.

    >>> signed(Estimate(1234.4, 1200.0, 1268.8, 0.95, 10))
    '+1,234 ± 34'
    """
    return f"{estimate.value:+,.0f} ± {estimate.half_width:,.0f}"


def _agents_line(failure: Failure) -> str:
    needed = [each for each in failure.queues if each.agents is not None]
    if not needed:
        return (
            f"Without {failure.name} every queue holds its target, or what it had, with the agents there are."
        )
    parts = [
        f"{each.queue} {counted(each.agents.most, 'agent')} at a time, {each.agents.hours:,.0f} hours "
        f"({percent(each.agents.reached)} % in time; to hold: {percent(each.agents.goal)} %)"
        if each.queue not in failure.unheld
        else f"{each.queue} cannot be held by more agents"
        for each in needed
        if each.agents is not None
    ]
    return f"To hold the service without {failure.name}, more people: {'; '.join(parts)}."


def _kind(each: Stranded) -> str:
    return f"{each.contact_type} in {each.language}" if each.language else each.contact_type


def tables_of(found: VendorFailures, width: int) -> Iterator[Table]:
    """A row for each failure; who takes the contacts; the queues without each vendor."""
    currency = found.center.currency
    before = found.intact.service_level().value
    columns: dict[str, Callable[[Failure], str]] = {
        "without": lambda each: each.name,
        "gets": lambda each: rounded(each.took, 0),
        "in time\n%": lambda each: percent(each.service_level.value),
        "change": lambda each: _points(each.service_change),
        "more lost": lambda each: signed(each.lost),
        f"more {currency}": lambda each: signed(each.cost),
        "agents\nmore": lambda each: _people(each),
        "hours": lambda each: rounded(each.agent_hours, 0),
    }
    title = f"Without a vendor ({percent(before)} % answered in time with all)"
    yield made_table(title, columns, found.failures, width)
    destinations = [IN_HOUSE, *found.center.vendors, LOST]
    where: dict[str, Callable[[Failure], str]] = {
        "without": lambda each: each.name,
        "gets": lambda each: rounded(each.took, 0),
        **{name: _goes_to(name) for name in destinations},
    }
    yield made_table("Where its contacts go", where, found.failures, width)


def _goes_to(name: str) -> Callable[[Failure], str]:
    return lambda each: "" if name in each.vendors else rounded(each.where_to(name), 0)


def _points(change: Estimate) -> str:
    return f"{100 * change.value:+.1f} ±{100 * change.half_width:4.1f}"


def _people(failure: Failure) -> str:
    return "no number" if failure.unheld else str(failure.agents)


def queue_rows(found: VendorFailures) -> list[Row]:
    """A row for each failure and queue."""
    return [
        {
            "fails": failure.name,
            "queue": each.queue,
            "service_level_before": _told(each.before.value),
            "service_level": _told(each.after.value),
            "service_level_low": _told(each.after.low),
            "service_level_high": _told(each.after.high),
            "change": _told(each.change.value),
            "change_low": _told(each.change.low),
            "change_high": _told(each.change.high),
            "abandonment_before": _told(each.abandonment_before),
            "abandonment": _told(each.abandonment),
            "asa_before": _told(each.asa_before),
            "asa": _told(each.asa),
            "goal": None if each.agents is None else _told(each.agents.goal),
            "agents_more": 0 if each.agents is None else _held(each.agents.reached, each.agents.most),
            "agent_hours_more": 0 if each.agents is None else _held(each.agents.reached, each.agents.hours),
            "reached": None if each.agents is None else _told(each.agents.reached),
        }
        for failure in found.failures
        for each in failure.queues
    ]


def _held(reached: float, value: float) -> float | None:
    return None if math.isnan(reached) else _told(value)


def failure_rows(found: VendorFailures) -> list[Row]:
    """A row for each failure."""
    days, places = len(found.days), (IN_HOUSE, *found.center.vendors, LOST)
    return [
        {
            "fails": failure.name,
            "judged": failure.judged,
            "contacts": _told(failure.took),
            **{f"to_{name}": _told(failure.where_to(name)) for name in places},
            "service_level_before": _told(found.intact.service_level().value),
            "service_level": _told(failure.service_level.value),
            "service_level_low": _told(failure.service_level.low),
            "service_level_high": _told(failure.service_level.high),
            "change": _told(failure.service_change.value),
            "change_low": _told(failure.service_change.low),
            "change_high": _told(failure.service_change.high),
            "lost_more": _told(failure.lost.value),
            "lost_more_low": _told(failure.lost.low),
            "lost_more_high": _told(failure.lost.high),
            "cost_more": _told(failure.cost.value),
            "cost_more_low": _told(failure.cost.low),
            "cost_more_high": _told(failure.cost.high),
            "owed_anyway": _told(failure.owed_anyway),
            "agents_more": None if failure.unheld else failure.agents,
            "agent_hours_more": None if failure.unheld else _told(failure.agent_hours),
            "queues_not_held": ", ".join(failure.unheld),
            "by_vendor": _told(failure.concentration.by_vendor),
            "by_country": _told(failure.concentration.by_country),
            "lead_days": failure.lead_days,
            "lost_until_replaced": _until(failure, failure.lost.value, days),
            "cost_until_replaced": _until(failure, failure.cost.value, days),
        }
        for failure in found.failures
    ]


def _until(failure: Failure, amount: float, days: int) -> float | None:
    value = failure.until_replaced(amount, days)
    return None if value is None else _told(value)


def moved_rows(found: VendorFailures) -> list[Row]:
    """Where the contacts of those who fail go, by type."""
    return [
        {
            "fails": failure.name,
            "contact_type": each.contact_type,
            "destination": each.destination,
            "contacts": _told(each.contacts),
        }
        for failure in found.failures
        for each in failure.moved
    ]


def stranded_rows(found: VendorFailures) -> list[Row]:
    """What no vendor may take any more, with the rule that bars each other."""
    return [
        {
            "fails": failure.name,
            "contact_type": each.contact_type,
            "language": each.language,
            "language_told": each.told,
            "contacts": _told(each.contacts),
            "nobody_in_house": _told(each.nobody),
            "rules": "; ".join(f"{bar.vendor}: {bar.rule}" for bar in each.bars),
            "reasons": "; ".join(f"{bar.vendor} {bar.text}" for bar in each.bars),
        }
        for failure in found.failures
        for each in failure.stranded
    ]


def bound_rows(found: VendorFailures) -> list[Row]:
    """How far the bounds of the others are used."""
    return [
        {
            "fails": failure.name,
            "vendor": each.vendor,
            "bound": each.bound,
            "limit": each.limit,
            "used": _told(each.used),
            "binds": each.binds,
        }
        for failure in found.failures
        for each in failure.bounds
    ]


def concentration_rows(found: VendorFailures) -> list[Row]:
    """The Herfindahl index of all that goes out, and of each type."""
    return [
        {
            "contact_type": each.contact_type or "all",
            "contacts": _told(each.contacts),
            "by_vendor": _told(each.by_vendor),
            "by_country": _told(each.by_country),
            "largest": each.largest,
            "largest_share": _told(each.share),
        }
        for each in found.concentration
    ]


def may_take_rows(found: VendorFailures) -> list[Row]:
    """Who may take what, by rules and hours."""
    return [
        {
            "contact_type": each.contact_type,
            "language": each.language,
            "vendor": each.vendor,
            "contacts": _told(each.contacts),
            "offered": _told(each.offered),
            "may_take_share": _told(each.contacts / each.offered) if each.offered else None,
        }
        for each in found.may_take
    ]


def prepayment_rows(found: VendorFailures) -> list[Row]:
    """What is open of prepayments."""
    return [
        {
            "vendor": each.vendor,
            "prepaid": each.prepaid,
            "delivered_before": _told(each.delivered),
            "open_at_start": _told(each.at_start),
            "open_at_end": _told(each.at_end),
            "used_up": "" if each.until is None else each.until.isoformat(timespec="minutes"),
        }
        for each in found.prepayments
    ]


def agent_rows(found: VendorFailures) -> list[Row]:
    """The agents that are needed beside those there are, by interval; none where none are."""
    edges, zone = found.intact.runs[0].edges.tolist(), found.center.zone
    starts = [_local(begin, zone) for begin in edges[:-1]]
    return [
        {"fails": failure.name, "queue": each.queue, "interval_start": start, "agents_more": more}
        for failure in found.failures
        for each in failure.queues
        if each.agents is not None
        for start, more in zip(starts, each.agents.by_interval.tolist(), strict=True)
        if more
    ]


def _local(second: float, zone: Any) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(second, zone).isoformat(timespec="minutes")


def _told(value: float) -> float | None:
    number = known(value)
    return None if number is None else round(number, DECIMALS)


def document_of(found: VendorFailures) -> Row:
    """All of it as plain values: shares in [0, 1], seconds, money; None where there is nothing to tell."""
    return {
        "answer": next(lines_of(found)),
        "center": found.center.name,
        "currency": found.center.currency,
        "days": [day.isoformat() for day in found.days],
        "replications": found.replications,
        "followed": found.followed,
        "seed": found.seed,
        "policy": policy_label(found.intact.policy),
        "failures": failure_rows(found),
        "queues": queue_rows(found),
        "moved": moved_rows(found),
        "stranded": stranded_rows(found),
        "bounds": bound_rows(found),
        "may_take": may_take_rows(found),
        "concentration": concentration_rows(found),
        "prepayments": prepayment_rows(found),
        "agents": agent_rows(found),
        "notes": list(found.notes),
    }


def encoded(found: VendorFailures, document: Row, ending: str) -> bytes:
    """The figures as a file: CSV with a row for each failure, JSON, or a workbook."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".csv":
        return encoded_rows(failure_rows(found), ".csv")
    sheets: dict[str, Sequence[Row]] = {
        "Answer": [{"answer": line} for line in lines_of(found)],
        "Failures": failure_rows(found),
        "Queues": queue_rows(found),
        "Where contacts go": moved_rows(found),
        "Stranded": stranded_rows(found),
        "Who may take what": may_take_rows(found),
        "Caps": bound_rows(found),
        "Concentration": concentration_rows(found),
        "Prepayments": prepayment_rows(found),
        "More agents": agent_rows(found),
    }
    return workbook_of({name: rows for name, rows in sheets.items() if rows}, "--out", SHARES)
