"""A center in tables: who takes what, at which price, and what looks odd in it."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.center._odd_contracts import unequal_work
from bporoute.center._vendor import Vendor
from bporoute.cli._contracts import total_at, volumes_of
from bporoute.routing._hard_rules import barred, requested
from bporoute.routing._reasons import RULE_NAMES

if TYPE_CHECKING:
    from rich.table import Table


def summary_rows(center: Center, today: date | None = None) -> dict[str, Any]:
    """Queues, contact types and vendors as rows of plain values."""
    today = today or date.today()
    return {
        "center": center.name,
        "timezone": center.timezone,
        "fallback": center.fallback,
        "queues": [
            {
                "queue": name,
                "aht": queue.aht,
                "patience": queue.patience if queue.patience < math.inf else None,
                "arrival_rate": queue.arrival_rate,
                "wait_cost_per_minute": queue.wait_cost_per_minute,
                "abandonment_cost": queue.abandonment_cost,
                "languages": list(queue.languages or ("any",)),
                "hours": list(queue.hours or ("always",)),
                "targets": [str(target) for target in queue.targets.given()],
            }
            for name, queue in center.queues.items()
        ],
        "contact_types": [
            {
                "contact_type": name,
                "queue": kind.queue,
                "sourcing": str(kind.sourcing),
                "hand_over": list(kind.hand_over),
                "data": list(kind.data),
                "vendors": _takers(center, name, today),
            }
            for name, kind in center.contact_types.items()
        ],
        "vendors": [
            {
                "vendor": name,
                "location": vendor.location,
                "country": vendor.country,
                "languages": list(vendor.languages or ("any",)),
                "hours": list(vendor.hours or ("always",)),
                "capacity": vendor.capacity,
                "cost_per_contact": _cost_per_contact(center, vendor),
                "caps": _caps(vendor),
            }
            for name, vendor in center.vendors.items()
        ],
    }


def summary_tables(center: Center) -> list[Table]:
    """The same as tables for a terminal."""
    from rich import box
    from rich.table import Table

    tables = []
    for section in ("queues", "contact_types", "vendors"):
        rows = summary_rows(center)[section]
        title = f"{center.name} ({center.timezone}, {center.currency}): {section.replace('_', ' ')}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for column in rows[0] if rows else ():
            table.add_column(column.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        tables.append(table)
    return tables


def warnings(center: Center, today: date | None = None) -> list[str]:
    """What follows from what is left out, and what has run out by a day; see `Center.remarks` for slips."""
    today = today or date.today()
    lines = []
    for name, queue in center.queues.items():
        if not queue.cost_rate:
            lines.append(
                f"queues.{name}: waiting and abandonment cost nothing, so MarginalCost keeps every contact"
            )
        if not queue.arrival_rate:
            lines.append(
                f"queues.{name}: no arrival_rate, so MarginalCost takes the queue for idle until the live "
                "state tells one"
            )
        if center.fallback == "keep" and not queue.accepts_when_closed and _left_alone(center, name):
            lines.append(
                f"queues.{name}: it closes, no vendor is open for all its contacts then, and the fallback is "
                "'keep': they join a queue that nobody serves"
            )
        if queue.patience == math.inf:
            lines.append(f"queues.{name}: patience is endless; a finite mean is more realistic")
    for name, kind in center.contact_types.items():
        if kind.sourcing != "in_house" and not any(
            " (" not in vendor for vendor in _takers(center, name, today)
        ):
            lines.append(f"contact_types.{name}: sourced {kind.sourcing}, but no vendor may take it")
    lines += map(str, unequal_work(center))
    for name, vendor in center.vendors.items():
        if not vendor.expected_wait:
            lines.append(
                f"vendors.{name}: no expected_wait, so it counts as answering at once until the live state "
                "tells one"
            )
        for certificate, expiry in vendor.certificates.items():
            if expiry < today:
                lines.append(f"vendors.{name}: certificate {certificate} expired on {expiry}")
        if vendor.contract.end is not None and vendor.contract.end < today:
            lines.append(f"vendors.{name}: the contract ended on {vendor.contract.end}")
    return lines


def _left_alone(center: Center, name: str) -> bool:
    """Whether a queue closes at times, and some type of its contacts has no vendor that is always open."""
    queue = center.queues[name]
    always = [vendor for vendor in center.vendors.values() if not vendor.hours and not vendor.holidays]
    taken = {kind for vendor in always for kind in vendor.contact_types}
    mine = {kind for kind, config in center.contact_types.items() if config.queue == name}
    return bool(queue.hours or queue.holidays) and not mine <= taken


def _takers(center: Center, contact_type: str, today: date) -> list[str]:
    """The vendors that name a contact type, with the rule that bars them on a day, if one does."""
    request = requested(Contact(contact_type), center)
    takers = []
    for name, vendor in center.vendors.items():
        if contact_type in vendor.contact_types:
            code = barred(request, vendor, center, today)
            takers.append(f"{name} (barred: {RULE_NAMES[code]})" if code else name)
    return takers


def _cost_per_contact(center: Center, vendor: Vendor) -> dict[str, float]:
    """Contact type -> expected money per contact, in a period of a middle volume of that type alone."""
    volume = volumes_of(vendor.contract)[1]
    return {name: round(total_at(center, vendor, name, volume) / volume, 4) for name in vendor.contact_types}


def _caps(vendor: Vendor) -> str:
    terms, caps = vendor.contract, []
    for kind, unit in (("", ""), ("minutes_", " minutes"), ("money_", " money")):
        for window, name in (("hour", "hour"), ("day", "day"), ("period", terms.period)):
            cap = getattr(terms, f"cap_{kind}per_{window}")
            if cap is not None:
                caps.append(f"{cap:,}{unit} per {name}")
    return ", ".join(caps) or "none"


def _cell(value: Any) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, dict):
        amounts = {f"{amount:g}" for amount in value.values()}
        if len(amounts) == 1:
            return amounts.pop()
        return ", ".join(f"{name} {amount:g}" for name, amount in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
