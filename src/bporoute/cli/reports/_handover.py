"""Hours that are handed over, as tables for people and as files for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import DAYS
from bporoute._base.files import encoded_rows
from bporoute._base.workbook import workbook_of
from bporoute.center._center import Center
from bporoute.cli.reports._cells import known, percent, rounded
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._wages import money_of
from bporoute.cli.reports._workbooks import ASSUMPTIONS, typed_row
from bporoute.planning._handover_plan import HandoverPlan
from bporoute.planning._week import WEEK
from bporoute.planning._windows import windows_of

if TYPE_CHECKING:
    from rich.table import Table

ENDINGS = (".csv", ".json", ".xlsx", ".toml")
DECIMALS = 6
MOST_WEEKS = 6
"""Weeks whose contacts are told one by one."""
SHARES = ("day_cv", "interval_cv")


def encoded(plan: HandoverPlan, center: Center, document: dict[str, Any], ending: str) -> bytes:
    """The plan as a file: every interval, all of it, or the center with its windows."""
    if ending == ".toml":
        return plan.applied_to(center).to_toml().encode()
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if ending == ".xlsx":
        return _workbook(plan, document)
    return encoded_rows(interval_rows(plan), ".csv")


def document_of(plan: HandoverPlan, currency: str, full_time: float) -> dict[str, Any]:
    """All of the plan as plain values; money, hours and contacts are those of an average week."""
    return {
        "queue": plan.queue,
        "vendor": plan.vendor,
        "contact_types": list(plan.contact_types),
        "answer": plan.answer,
        "hand_over": list(plan.windows),
        "currency": currency,
        "saving": round(plan.saving, 2),
        "saving_low": round(plan.saving_low, 2),
        "saving_high": round(plan.saving_high, 2),
        "cost": round(plan.cost, 2),
        "cost_all_in_house": round(plan.in_house, 2),
        "cost_everything_out": None if plan.everything is None else round(plan.everything, 2),
        "vendor_cost": round(plan.vendor_cost, 2),
        "vendor_owed_anyway": round(plan.owed_anyway, 2),
        "paid_hours": round(plan.hours, DECIMALS),
        "released_hours": round(plan.released_hours, DECIMALS),
        "released_jobs": round(plan.released_hours / full_time, DECIMALS),
        "contacts": round(plan.contacts, DECIMALS),
        "contacts_out": round(plan.contacts_out, DECIMALS),
        "service_level": None if known(plan.service_level) is None else round(plan.service_level, DECIMALS),
        "exact": plan.exact,
        "weeks": [
            {
                "monday": str(week.monday),
                "contacts": round(week.contacts, DECIMALS),
                "contacts_out": round(week.contacts_out, DECIMALS),
            }
            for week in plan.weeks
        ],
        "days": day_rows(plan),
        "notes": list(plan.notes),
        "intervals": interval_rows(plan),
    }


def interval_rows(plan: HandoverPlan) -> list[dict[str, Any]]:
    """A row for each interval: who works in-house under the plan, what either way costs, where it goes."""
    volumes, stays = plan.staffing.volumes, ~plan.out
    there = np.where(stays, plan.needed, 0.0)
    columns: dict[str, list[Any]] = {
        "date": [start.date().isoformat() for start in volumes.starts],
        "interval": [f"{start:%H:%M}" for start in volumes.starts],
        "queue": list(volumes.queues),
        "volume": volumes.volume.tolist(),
        "aht": [known(value) for value in volumes.aht.tolist()],
        "agents": np.ceil(there).astype(int).tolist(),
        "scheduled": np.where(stays, plan.agents, 0).tolist(),
        "in_house_cost": np.round(plan.wages, DECIMALS).tolist(),
        "vendor_cost": [known(value) for value in np.round(plan.prices, DECIMALS).tolist()],
        "handed_over": plan.out.tolist(),
        "minutes": (volumes.seconds / 60.0).tolist(),
    }
    scatter = {"day_cv": volumes.day_cv, "interval_cv": volumes.interval_cv}
    columns |= {name: values.tolist() for name, values in scatter.items() if values is not None}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def day_rows(plan: HandoverPlan) -> list[dict[str, Any]]:
    """A row for each weekday of an average week."""
    hours = plan.agents * plan.staffing.volumes.seconds / 3600.0
    comes = np.where(plan.week.open, plan.staffing.volumes.volume, 0.0)
    sums = {
        "contacts in all": comes,
        "contacts out": comes * plan.out,
        "hours in all": hours,
        "hours released": hours * plan.out,
        "wages released": plan.wages * plan.out,
        "vendor costs": np.where(plan.out, plan.prices, 0.0),
    }
    by_day = {name: _by_day(plan, values) for name, values in sums.items()}
    slots = plan.week.slots_of(plan.out)
    rows = []
    for day, name in enumerate(DAYS):
        alone = slots.copy()
        alone[: day * plan.week.per_day] = alone[(day + 1) * plan.week.per_day :] = False
        out = ", ".join(window.partition(" ")[2] for window in windows_of(alone))
        rows.append({"name": name, "out": out, **{part: values[day] for part, values in by_day.items()}})
    return rows


def _by_day(plan: HandoverPlan, values: Floats) -> list[float]:
    found: list[float] = plan.week.mean(values).reshape(WEEK, -1).sum(axis=1).round(DECIMALS).tolist()
    return found


def days_table(plan: HandoverPlan, currency: str, width: int) -> Table:
    """An average week by its days."""
    columns = {
        "day": lambda row: row["name"],
        "goes out": lambda row: row["out"] or "-",
        "contacts": lambda row: rounded(row["contacts in all"], 0),
        "of them\nout": lambda row: rounded(row["contacts out"], 0),
        "paid\nhours": lambda row: rounded(row["hours in all"], 1),
        "re-\nleased": lambda row: rounded(row["hours released"], 1),
        f"wages less\n{currency}".rstrip(): lambda row: rounded(row["wages released"], 0),
        f"vendor\n{currency}".rstrip(): lambda row: rounded(row["vendor costs"], 0),
    }
    title = f"{plan.queue}: an average week, handed over to {plan.vendor}"
    return made_table(title, columns, day_rows(plan), width)


def lines_of(plan: HandoverPlan, currency: str, full_time: float) -> Iterator[str]:
    """The answer, the money, the jobs, the service, in sentences; then what else matters."""
    yield _answer(plan)
    if plan.answer != "nothing":
        low, high = (money_of(value, currency) for value in (plan.saving_low, plan.saving_high))
        yield f"Saving: {money_of(plan.saving, currency)} a week; four of five lie between {low} and {high}."
    everything = "cannot go out" if plan.everything is None else money_of(plan.everything, currency)
    yield (
        f"A week costs {money_of(plan.cost, currency)}, of which {money_of(plan.vendor_cost, currency)} for "
        f"{plan.vendor}; all in-house {money_of(plan.in_house, currency)}; everything out: {everything}."
    )
    yield (
        f"Released in-house: {plan.released_hours:,.1f} of {plan.hours:,.1f} paid hours a week, "
        f"{plan.released_hours / full_time:,.1f} jobs of {full_time:g} hours."
    )
    by_week = ""
    if 1 < len(plan.weeks) <= MOST_WEEKS:
        each = ", ".join(f"{week.contacts_out:,.0f} from {week.monday}" for week in plan.weeks)
        by_week = f": {each}"
    yield f"Out: {plan.contacts_out:,.0f} of {plan.contacts:,.0f} contacts a week{by_week}."
    aim = plan.staffing.assumptions.of(plan.queue).service_level
    if plan.answer != "everything":
        yield (
            f"Service level of those that stay: {percent(plan.service_level)} % within {aim.within:g} s, "
            f"if they come as forecast; at {plan.vendor} it is up to the contract."
        )
    for note in plan.notes:
        yield f"note: {note}."


def _answer(plan: HandoverPlan) -> str:
    if plan.answer == "nothing":
        return f"Hand over nothing: no window to {plan.vendor} is cheaper than the agents in-house."
    quoted = ", ".join(f'"{window}"' for window in plan.windows)
    whole = "everything" if plan.answer == "everything" else "these hours"
    return f"Hand over {whole}, of {', '.join(plan.contact_types)}: hand_over = [{quoted}]"


def _workbook(plan: HandoverPlan, document: dict[str, Any]) -> bytes:
    told = [
        {"about": name.replace("_", " "), "value": "not told" if value is None else value}
        for name, value in document.items()
        if not isinstance(value, list)
    ]
    listed = [
        {"about": name, "value": "; ".join(map(str, document[name]))}
        for name in ("contact_types", "hand_over")
    ]
    notes = [{"about": "note", "value": line} for line in plan.notes]
    sheets: dict[str, list[Any]] = {
        ASSUMPTIONS: [*told, *listed, *notes],
        "Days": document["days"],
        "Weeks": [
            {"from": week.monday, "contacts in all": week.contacts, "contacts out": week.contacts_out}
            for week in plan.weeks
        ],
        "Intervals": [typed_row(row) for row in document["intervals"]],
    }
    return workbook_of(sheets, "--out", SHARES)
