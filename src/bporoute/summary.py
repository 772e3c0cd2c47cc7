"""A center in tables: who takes what, at which price, and what looks odd in it."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from bporoute.center import Center
from bporoute.vendor import Vendor

if TYPE_CHECKING:
    from rich.table import Table


def summary_rows(center: Center) -> dict[str, Any]:
    """Queues, contact types and vendors as rows of plain values."""
    return {
        "center": center.name,
        "timezone": center.timezone,
        "fallback": center.fallback,
        "queues": [
            {
                "queue": name,
                "aht": queue.aht,
                "patience": queue.patience if queue.patience < math.inf else None,
                "wait_cost_per_minute": queue.wait_cost_per_minute,
                "abandonment_cost": queue.abandonment_cost,
                "languages": list(queue.languages or ("any",)),
                "targets": [str(target) for target in queue.targets.given()],
            }
            for name, queue in center.queues.items()
        ],
        "contact_types": [
            {
                "contact_type": name,
                "queue": kind.queue,
                "sourcing": str(kind.sourcing),
                "data": list(kind.data),
                "vendors": [key for key, vendor in center.vendors.items() if name in vendor.contact_types],
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
                "price_per_contact_of_aht": _typical_price(center, vendor),
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
    """What is valid but probably not meant."""
    today = today or date.today()
    lines = []
    for name, queue in center.queues.items():
        if not queue.cost_rate:
            lines.append(
                f"queues.{name}: waiting and abandonment cost nothing, so MarginalCost keeps every contact"
            )
        if queue.patience == math.inf:
            lines.append(f"queues.{name}: patience is endless; a finite mean is more realistic")
    for name, kind in center.contact_types.items():
        if kind.sourcing != "in_house" and not any(name in v.contact_types for v in center.vendors.values()):
            lines.append(f"contact_types.{name}: sourced {kind.sourcing}, but no vendor takes it")
    for name, vendor in center.vendors.items():
        for certificate, expiry in vendor.certificates.items():
            if expiry < today:
                lines.append(f"vendors.{name}: certificate {certificate} expired on {expiry}")
        if vendor.contract.end is not None and vendor.contract.end < today:
            lines.append(f"vendors.{name}: the contract ended on {vendor.contract.end}")
        if vendor.contract.price(handle=60.0) == 0.0:
            lines.append(f"vendors.{name}: a contact costs nothing")
    return lines


def _typical_price(center: Center, vendor: Vendor) -> float:
    """Price of a contact of the vendor's first type, with its queue's average handle time."""
    queue = center.queues[center.contact_types[vendor.contact_types[0]].queue]
    return round(vendor.contract.price(queue.aht), 4)


def _caps(vendor: Vendor) -> str:
    terms = vendor.contract
    caps = {"hour": terms.cap_per_hour, "day": terms.cap_per_day, terms.period: terms.cap_per_period}
    return ", ".join(f"{cap:,} per {window}" for window, cap in caps.items() if cap is not None) or "none"


def _cell(value: Any) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
