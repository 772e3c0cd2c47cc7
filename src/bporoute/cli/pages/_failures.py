"""The page of vendors that fail: who takes what, service and cost before and after, what is stranded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from bporoute._base.words import counted
from bporoute.cli.pages._bars import Bar, lying
from bporoute.cli.pages._matrix import matrix
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._failures import basis_lines, lines_of, signed
from bporoute.cli.reports._spans import span_of
from bporoute.governance._failures._fates import LOST
from bporoute.governance._failures._results import Failure, VendorFailures
from bporoute.governance._vendor_contacts import IN_HOUSE
from bporoute.simulation._figures import lost_contacts

ALL = "all vendors work"


def failures_page(found: VendorFailures, decided: Sequence[str] = ()) -> Page:
    """What the failure of each vendor does; `decided` says how files were read."""
    basis = list(basis_lines(found))
    answer = [line for line in lines_of(found) if line not in basis]
    return Page(
        title=f"{found.center.name}, {span_of(found.days)}: if a vendor fails",
        answer=tuple(line.removeprefix("note: ") for line in answer),
        pictures=(_who_takes(found), _served(found), _lost(found), _costs(found)),
        tables=tuple(_tables(found)),
        assumptions=tuple(basis),
        decided=tuple(decided),
    )


def _who_takes(found: VendorFailures) -> Picture:
    destinations = [IN_HOUSE, *found.center.vendors, LOST]
    values = [
        [math.nan if name in failure.vendors else failure.where_to(name) for name in destinations]
        for failure in found.failures
    ]
    rows = [f"{failure.name} ({failure.took:,.0f})" for failure in found.failures]
    most = max(found.failures, key=lambda each: each.where_to(LOST))
    described = f"The most are lost without {most.name}: {most.where_to(LOST):,.0f} of {most.took:,.0f}."
    title = "Who takes the contacts of those who fail (left: how many they get)"
    return matrix(title, described, rows, destinations, values)


def _served(found: VendorFailures) -> Picture:
    before = found.intact.service_level()
    levels = [(ALL, before.value, before.half_width, "best")]
    levels += [
        (failure.name, failure.service_level.value, failure.service_level.half_width, "rest")
        for failure in found.failures
    ]
    bars = [
        Bar(name, 100 * level, 100 * margin, f"{100 * level:.1f} ± {100 * margin:.1f}", kind)
        for name, level, margin, kind in levels
    ]
    lowest = min(found.failures, key=lambda each: each.service_level.value)
    described = f"The lowest is without {lowest.name}: {percent(lowest.service_level.value)} %."
    return lying("Answered in time, %, with all vendors and without one or two", described, bars)


def _lost(found: VendorFailures) -> Picture:
    before = float(np.mean([lost_contacts(run.tally).sum() for run in found.intact.runs]))
    days = counted(len(found.days), "day")
    most = max(found.failures, key=lambda each: each.lost.value)
    described = f"The most are lost without {most.name}: {before + most.lost.value:,.0f}."
    title = f"Contacts lost in {days} (they give up or are turned away)"
    return lying(title, described, _changed(found, before, [each.lost.value for each in found.failures]))


def _costs(found: VendorFailures) -> Picture:
    before = float(np.sum(found.intact.cost_units[0])) / found.replications
    most = max(found.failures, key=lambda each: each.cost.value)
    currency, days = found.center.currency, counted(len(found.days), "day")
    described = f"The most without {most.name}: {before + most.cost.value:,.0f} {currency}."
    title = f"What {days} cost, {currency}, wages left out"
    return lying(title, described, _changed(found, before, [each.cost.value for each in found.failures]))


def _changed(found: VendorFailures, before: float, changes: Sequence[float]) -> list[Bar]:
    bars = [Bar(ALL, before, math.nan, f"{before:,.0f}", "best")]
    for failure, change in zip(found.failures, changes, strict=True):
        after = before + change
        bars.append(Bar(failure.name, after, math.nan, f"{after:,.0f} ({change:+,.0f})", "rest"))
    return bars


def _tables(found: VendorFailures) -> Iterator[Table]:
    currency = found.center.currency
    yield Table(
        "Without one vendor or two",
        ("without", "they get", "in time %", "change, points", "lost more", f"{currency} more", "agents more",
         "agent-hours more", "index by vendor", "index by country"),
        [
            (
                failure.name,
                rounded(failure.took, 0),
                percent(failure.service_level.value),
                _points(failure),
                signed(failure.lost),
                signed(failure.cost),
                "none helps" if failure.unheld else f"{failure.agents}",
                rounded(failure.agent_hours, 0),
                rounded(failure.concentration.by_vendor, 3),
                rounded(failure.concentration.by_country, 3),
            )
            for failure in found.failures
        ],
    )  # fmt: skip
    yield Table(
        "Queues: what is answered in time, and who would hold it",
        ("without", "queue", "before %", "after %", "abandoned before %", "after %", "ASA before s",
         "after s", "to hold %", "agents more", "agent-hours more"),
        [
            (
                failure.name,
                each.queue,
                percent(each.before.value),
                percent(each.after.value),
                percent(each.abandonment_before),
                percent(each.abandonment),
                rounded(each.asa_before, 1),
                rounded(each.asa, 1),
                *_held(failure, each.queue),
            )
            for failure in found.failures
            for each in failure.queues
        ],
        texts=2,
    )  # fmt: skip
    stranded = [
        (
            failure.name,
            each.contact_type,
            each.language or "any",
            "; ".join(f"{bar.vendor} {bar.text} ({bar.rule})" for bar in each.bars) or "no other vendor",
            f"{'' if each.told else 'up to '}{each.contacts:,.0f}",
            rounded(each.nobody, 0),
        )
        for failure in found.failures
        for each in failure.stranded
    ]
    if stranded:
        yield Table(
            "What only they may take, and the rule that bars each other vendor",
            ("without", "contact type", "language", "because", "contacts", "nobody in-house either"),
            stranded,
            texts=4,
        )
    yield Table(
        "Who may take what, by rules and opening hours (% of the forecast)",
        ("contact type", "language", *found.center.vendors),
        [(kind, language or "any", *shares) for (kind, language), shares in _shares(found).items()],
        texts=2,
    )
    bounds = [
        (failure.name, each.vendor, each.bound, f"{each.limit:,g}", f"{each.used:,.4g}", "yes" * each.binds)
        for failure in found.failures
        for each in failure.bounds
    ]
    if bounds:
        yield Table(
            "Caps, capacity and shares of the others: use of the fullest hour, day or period",
            ("without", "vendor", "bound", "limit", "used", "binds"),
            bounds,
            texts=3,
        )
    yield Table(
        "How much depends on one: the Herfindahl index of what goes out while all work",
        ("contact type", "most to", "its share %", "contacts", "by vendor", "by country"),
        [
            (
                each.contact_type or "all",
                each.largest or "-",
                percent(each.share),
                rounded(each.contacts, 0),
                rounded(each.by_vendor, 3),
                rounded(each.by_country, 3),
            )
            for each in found.concentration
        ],
        texts=2,
    )
    if found.prepayments:
        yield Table(
            f"Prepaid, {currency}",
            ("vendor", "prepaid", "delivered before", "open at the start", "open at the end"),
            [
                (
                    each.vendor,
                    rounded(each.prepaid, 0),
                    rounded(each.delivered, 0),
                    rounded(each.at_start, 0),
                    rounded(each.at_end, 0),
                )
                for each in found.prepayments
            ],
        )


def _points(failure: Failure) -> str:
    change = failure.service_change
    return f"{100 * change.value:+.1f} ± {100 * change.half_width:.1f}"


def _held(failure: Failure, queue: str) -> tuple[str, str, str]:
    needed = next(each.agents for each in failure.queues if each.queue == queue)
    if needed is None:
        return "-", "0", "0"
    if queue in failure.unheld:
        return percent(needed.goal), "none helps", "-"
    return percent(needed.goal), f"{needed.most}", rounded(needed.hours, 0)


def _shares(found: VendorFailures) -> dict[tuple[str, str], list[str]]:
    rows: dict[tuple[str, str], list[str]] = {}
    for each in found.may_take:
        share = each.contacts / each.offered if each.offered else math.nan
        rows.setdefault((each.contact_type, each.language), []).append(percent(share))
    return rows
