"""The page of a split plan: what it costs and saves, who gets what when, and what binds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.cli.pages._bars import Bar, Part, columns, lying
from bporoute.cli.pages._day_cells import day_cells
from bporoute.cli.pages._heat_map import heat_map
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._plan import BINDING, lines_of, money_of_parts, shift_rows, vendor_rows
from bporoute.cli.reports._spans import in_days, on_day, span_of
from bporoute.planning._split_results import SplitPlan

VENDORS = ("second", "third", "rest", "band")
"""Colours of the vendors that get most; the others share one."""
OTHERS = "ink"
MOST_QUEUES = 4
MOST_COLUMNS = 62
"""Days up to which each has a column, and intervals of one day."""
MOST_ROWS = 400


def split_plan_page(
    plan: SplitPlan,
    others: Mapping[str, float | None],
    gap: float,
    source: str,
    decided: Sequence[str] = (),
) -> Page:
    """What a plan comes to: money first, then people, volumes and limits.

    Parameters
    ----------
    plan : SplitPlan
        With at least one interval.
    others : mapping of str to float or None
        What it is held against -> what that costs; None: it cannot be done.
    gap : float
        How far from the best it was allowed to be, as a share.
    source : str
        Where the volumes come from.
    decided : sequence of str
        What was said when files were read.
    """
    days = in_days(plan.forecast.starts)
    queues = sorted(
        dict.fromkeys(plan.forecast.queues), key=lambda name: -float(plan.agents[_of(plan, name)].sum())
    )[:MOST_QUEUES]
    pictures = [_money(plan), *_volumes(plan), *(_agents(plan, name) for name in queues)]
    return Page(
        title=f"Who answers what: {span_of(days)}",
        answer=tuple(_answer(plan, others)),
        pictures=tuple(pictures),
        tables=tuple(_tables(plan)),
        assumptions=(*lines_of(plan, others, gap), *plan.notes),
        decided=(f"Volumes: {source}.", *decided),
    )


def _answer(plan: SplitPlan, others: Mapping[str, float | None]) -> Iterator[str]:
    currency, days = plan.center.currency, in_days(plan.forecast.starts)
    yield (
        f"{span_of(days)}: {plan.forecast.volume.sum():,.0f} contacts cost {plan.cost:,.0f} {currency}; own "
        f"agents answer {percent(plan.in_house_share)} % of them, and no plan within the limits is more than "
        f"{100 * plan.gap:.2f} % cheaper."
    )
    for name, cost in others.items():
        if cost is None:
            yield f"{name.capitalize()} cannot be done: contacts would have nowhere to go."
        else:
            share = f" ({percent((cost - plan.cost) / cost)} %)" if cost else ""
            saved = f"the plan saves {cost - plan.cost:,.0f}{share}"
            yield f"{name.capitalize()} costs {cost:,.0f} {currency}: {saved}."
    for row in vendor_rows(plan):
        if row["contacts"] >= 0.5 or row["owed"]:
            yield (
                f"{row['vendor']} gets {row['contacts']:,.0f} contacts from {row['period']} on "
                f"({percent(row['share_of_contacts'])} %) and is owed {row['owed']:,.0f} {currency}."
            )


def _money(plan: SplitPlan) -> Picture:
    parts = [(f"{whose}: {what}", money) for (whose, what), money in money_of_parts(plan).items() if money]
    parts.sort(key=lambda part: -part[1])
    largest = f"; the largest part is {parts[0][0]}, {parts[0][1]:,.0f}" if parts else ""
    bars = [Bar(name, max(money, 0.0), float("nan"), f"{money:,.0f}", "first") for name, money in parts]
    description = f"{len(parts)} parts, {plan.cost:,.0f} together{largest}. All stand in a table below."
    return lying(f"What it costs, {plan.center.currency}", description, bars)


def _volumes(plan: SplitPlan) -> Iterator[Picture]:
    """Contacts by day, or by time of a single day, and who answers them."""
    starts, days = plan.forecast.starts, in_days(plan.forecast.starts)
    if len(days) > 1:
        keys, what = [start.date() for start in starts], "day"
        names = [f"{day:%a %d}" for day in days]
        places: list[object] = list(days)
    else:
        times = sorted({start.time() for start in starts})
        keys, what = [start.time() for start in starts], "time of day"  # type: ignore[misc]  # of one kind
        names = [f"{time:%H:%M}" for time in times]
        places = list(times)
    if not 1 < len(places) <= MOST_COLUMNS:
        return
    number = {key: place for place, key in enumerate(places)}
    at = np.array([number[key] for key in keys])

    def by_place(values: Floats) -> list[float]:
        return np.bincount(at, values, len(places)).tolist()  # type: ignore[no-any-return]  # of floats

    ranked = sorted(plan.volumes, key=lambda name: -float(plan.volumes[name].sum()))
    named = [name for name in ranked if plan.volumes[name].sum() > 0.0]
    kept = plan.forecast.volume - plan.sent - plan.lost
    parts = [Part("first", "own agents", by_place(kept))]
    parts += [
        Part(kind, name, by_place(plan.volumes[name])) for kind, name in zip(VENDORS, named, strict=False)
    ]
    if rest := named[len(VENDORS) :]:
        together = np.sum([plan.volumes[name] for name in rest], axis=0)
        parts.append(Part(OTHERS, "other vendors", by_place(together)))
    out = np.array(by_place(plan.sent))
    most = int(out.argmax())
    where = on_day(days[most]) if len(days) > 1 else names[most]
    description = (
        f"Most goes out on {where}: {out[most]:,.0f} contacts." if out.any() else "Nothing goes out."
    )
    yield columns(f"Who answers, contacts by {what}", description, names, parts)


def _agents(plan: SplitPlan, queue: str) -> Picture:
    """Own agents by day and time; of many days, the mean of each day of the week."""
    told = day_cells(plan.forecast, queue, np.round(plan.agents).astype(np.int64).tolist())
    top = max(told.cells, key=lambda cell: cell.value)
    week = " of the week" if told.by_weekday else ""
    description = (
        f"{len(told.rows)} rows, one a day{week}; the most, {top.value:,} agents, on {told.at(top)}."
    )
    return heat_map(
        f"{queue}: own agents by day and time of day{told.mean}", description, told.rows, told.cells, "agents"
    )


def _of(plan: SplitPlan, queue: str) -> list[int]:
    return [row for row, name in enumerate(plan.forecast.queues) if name == queue]


def _tables(plan: SplitPlan) -> Iterator[Table]:
    currency = plan.center.currency
    yield Table(
        "What it costs",
        ("queue or vendor", "what", currency or "money"),
        [(whose, what, rounded(money, 2)) for (whose, what), money in money_of_parts(plan).items() if money],
        texts=2,
    )
    yield Table(
        "Vendors by contract period",
        ("vendor", "from", "contacts", "% of all", "owed", "a contact"),
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
        texts=2,
    )
    if plan.binding:
        yield Table(
            "What binds, and what one more unit of it is worth",
            ("limit", "whose", "times", currency or "money"),
            [
                (BINDING[each.what], each.whose, f"{each.times:,}", rounded(each.worth, 2))
                for each in plan.binding
            ],
            texts=2,
        )
    shifts = shift_rows(plan)
    if 0 < len(shifts) <= MOST_ROWS:
        yield Table(
            "Shifts",
            ("queue", "shift", "day", "begins", "people", "paid hours"),
            [
                (
                    row["queue"],
                    row["shift"],
                    row["date"],
                    row["begins"],
                    f"{row['people']:,}",
                    rounded(row["paid_hours"], 1),
                )
                for row in shifts
            ],
            texts=4,
        )
