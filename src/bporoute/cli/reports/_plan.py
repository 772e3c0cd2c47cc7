"""A split plan as tables for people and as files for programs: money first, then people, then volumes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known, percent, rounded
from bporoute.cli.reports._workbooks import typed_row
from bporoute.planning._split_results import SplitPlan

if TYPE_CHECKING:
    from rich.table import Table

Others = Mapping[str, float | None]
MOST_ROWS = 40
"""Intervals up to which a table shows them without being asked for."""
BINDING = {
    "in_house_share": "in-house share",
    "min_in_house_share": "in-house share of a day",
    "most_share": "share of all contacts",
    "max_share": "share of a day's contacts",
    "most_agents": "most agents at a time",
    "capacity": "contacts at once",
    "cap_per_hour": "contacts an hour",
    "cap_per_day": "contacts a day",
    "cap_per_period": "contacts a period",
    "cap_minutes_per_hour": "minutes an hour",
    "cap_minutes_per_day": "minutes a day",
    "cap_minutes_per_period": "minutes a period",
}


def interval_rows(plan: SplitPlan) -> list[dict[str, Any]]:
    """One row per interval as plain values; None where there is nothing to say.

    Its agents are whole people: the nearest number to the mean of those who are there.
    """
    comes = plan.forecast
    columns: dict[str, list[Any]] = {
        "date": [start.date().isoformat() for start in comes.starts],
        "interval": [f"{start:%H:%M}" for start in comes.starts],
        "queue": list(comes.queues),
        "volume": comes.volume.tolist(),
        "aht": [known(each) for each in comes.aht.tolist()],
        "agents": [round(each) for each in plan.agents.tolist()],
        "agents_mean": plan.agents.round(4).tolist(),
        "sent": plan.sent.round(6).tolist(),
        "lost": plan.lost.round(6).tolist(),
        "price": [known(each) for each in plan.price.round(6).tolist()],
        "minutes": (comes.seconds / 60.0).tolist(),
    }
    columns |= {f"to {name}": each.round(6).tolist() for name, each in plan.volumes.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def document_of(plan: SplitPlan, others: Others) -> dict[str, Any]:
    """The whole plan as plain values."""
    return {
        "currency": plan.center.currency,
        "cost": plan.cost,
        "bound": plan.bound,
        "gap": plan.gap,
        "interrupted": plan.interrupted,
        "others": dict(others),
        "in_house_share": plan.in_house_share,
        "cost_lines": [line._asdict() for line in plan.cost_lines],
        "vendors": vendor_rows(plan),
        "shifts": shift_rows(plan),
        "binding": [each._asdict() for each in plan.binding],
        "notes": list(plan.notes),
        "intervals": interval_rows(plan),
    }


def vendor_rows(plan: SplitPlan) -> list[dict[str, Any]]:
    """What each vendor gets and is owed in each contract period."""
    total = float(plan.forecast.volume.sum())
    return [
        {
            "vendor": bill.vendor,
            "period": bill.begin.isoformat(),
            "share_of_period": bill.share,
            "contacts": bill.contacts,
            "share_of_contacts": bill.contacts / total if total else 0.0,
            "minutes": bill.minutes,
            "owed": bill.invoice.total,
            "owed_a_contact": known(bill.invoice.total / bill.contacts) if bill.contacts > 0.0 else None,
        }
        for bill in plan.contracts
    ]


def shift_rows(plan: SplitPlan) -> list[dict[str, Any]]:
    """Who works when."""
    return [
        {
            "queue": shift.queue,
            "shift": shift.name,
            "date": shift.begin.date().isoformat(),
            "begins": f"{shift.begin:%H:%M}",
            "people": shift.people,
            "paid_hours": shift.paid_hours,
            "money": shift.money,
        }
        for shift in plan.shifts
    ]


def money_of_parts(plan: SplitPlan) -> dict[tuple[str, str], float]:
    """Queue or vendor and what for -> money, over all periods."""
    parts: dict[tuple[str, str], float] = {}
    for line in plan.cost_lines:
        parts[line.whose, line.what] = parts.get((line.whose, line.what), 0.0) + line.money
    return parts


def encoded(plan: SplitPlan, others: Others, ending: str) -> bytes:
    """The plan as a file: CSV with a row for each interval, JSON, or a workbook."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document_of(plan, others)), indent=2) + b"\n"
    if ending == ".xlsx":
        sheets = {
            "Money": [{"what": what, "money": known(money)} for what, money in _compared(plan, others)],
            "Cost": [line._asdict() for line in plan.cost_lines],
            "Vendors": vendor_rows(plan),
            "Shifts": shift_rows(plan),
            "What binds": [each._asdict() for each in plan.binding],
            "Intervals": [typed_row(row) for row in interval_rows(plan)],
        }
        filled = {title: rows for title, rows in sheets.items() if rows}
        return workbook_of(filled, "--out", ("share_of_period", "share_of_contacts"))
    return encoded_rows(interval_rows(plan), ".csv")


def _compared(plan: SplitPlan, others: Others) -> list[tuple[str, float]]:
    found = [("this plan", plan.cost), ("no plan below", plan.bound)]
    return [*found, *((name, math.nan if cost is None else cost) for name, cost in others.items())]


def tables_of(plan: SplitPlan, others: Others, *, everything: bool) -> Iterator[Table]:
    """Money, vendors, agents, what binds, and the intervals if they are few or wanted."""
    currency = plan.center.currency
    yield _table(
        f"Money, {currency}",
        ("", "cost", "more than the plan"),
        [
            (name, rounded(cost, 2), "-" if cost == plan.cost else rounded(cost - plan.cost, 2))
            for name, cost in _compared(plan, others)
        ],
    )
    yield _table(
        f"What it costs, {currency}",
        ("queue or vendor", "what", "money"),
        [(whose, what, rounded(money, 2)) for (whose, what), money in money_of_parts(plan).items() if money],
    )
    yield _table(
        "Vendors",
        ("vendor", "period from", "contacts", "% of all", "owed", "a contact"),
        [
            (
                row["vendor"],
                row["period"],
                rounded(row["contacts"], 1),
                percent(row["share_of_contacts"]),
                rounded(row["owed"], 2),
                "-" if row["owed_a_contact"] is None else rounded(row["owed_a_contact"], 3),
            )
            for row in vendor_rows(plan)
        ],
    )
    shifts = shift_rows(plan)
    if shifts and (everything or len(shifts) <= MOST_ROWS):
        yield _table(
            "Shifts",
            ("queue", "shift", "begins", "people", "paid hours"),
            [
                (
                    row["queue"],
                    row["shift"],
                    f"{row['date']} {row['begins']}",
                    str(row["people"]),
                    rounded(row["paid_hours"], 1),
                )
                for row in shifts
            ],
        )
    if plan.binding:
        yield _table(
            "What binds",
            ("limit", "whose", "times", f"one more, {currency}"),
            [
                (BINDING[each.what], each.whose, str(each.times), rounded(each.worth, 2))
                for each in plan.binding
            ],
        )
    rows = interval_rows(plan)
    if everything or len(rows) <= MOST_ROWS:
        vendors = list(plan.volumes)
        yield _table(
            "Every interval",
            ("queue", "start", "contacts", "agents", "out", "lost", *vendors),
            [
                (
                    row["queue"],
                    f"{row['date']} {row['interval']}",
                    rounded(row["volume"], 1),
                    f"{row['agents_mean']:g}",
                    rounded(row["sent"], 1),
                    rounded(row["lost"], 1),
                    *(rounded(row[f"to {name}"], 1) for name in vendors),
                )
                for row in rows
            ],
        )


def _table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    words = {"", "queue", "vendor", "what", "whose", "limit", "shift", "queue or vendor", "start", "begins"}
    for heading in headings:
        table.add_column(heading, justify="left" if heading in words else "right")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def lines_of(plan: SplitPlan, others: Others, gap: float) -> Iterator[str]:
    """How good the plan is, what it rests on, and where the rest is."""
    comes = plan.forecast
    yield (
        f"No plan within these limits costs less than {plan.bound:,.2f} {plan.center.currency}: this one is "
        f"at most {100 * plan.gap:.2f} % dearer."
    )
    if plan.interrupted:
        yield "The search was interrupted: this is the best plan that it had found."
    elif plan.gap > gap:
        yield (
            f"That is more than the {100 * gap:g} % asked for: whole shifts and tiers stand above the bound, "
            "or the time was over; --seconds gives more."
        )
    for name, cost in others.items():
        if cost is None:
            yield f"{name}: cannot be done, contacts would have nowhere to go."
    yield f"Own agents answer {percent(plan.in_house_share)} % of {comes.volume.sum():,.0f} contacts."
    yield (
        "Each interval is a queue in equilibrium, in the mean over what its rate may be; contracts are "
        "billed for the expected volumes, of a period that is planned in part its share."
    )
    first, last = min(comes.starts).date(), max(comes.starts).date()
    span = f"{counted(len(comes.starts), 'interval')}, {first}" + (f" to {last}" if last > first else "")
    yield f"Planned: {span}; all of them with --all or --out plan.csv."
