"""What else matters beside the windows of a hand-over: what binds, what is kept, what the router does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from bporoute._base.arrays import Flags
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.planning._handover_case import Case
from bporoute.planning._handover_plan import HandoverPlan
from bporoute.planning._opening import closed_notes

MANY_WINDOWS = 4
MOST_DAYS = 5
"""Days that are listed one by one."""
OTHER_CAPS = tuple(
    f"cap_{what}_per_{window}" for what in ("minutes", "money") for window in ("hour", "day", "period")
)


def notes_of(center: Center, plan: HandoverPlan, case: Case) -> Iterator[str]:
    """Sentences on a `plan` for a `case`."""
    volumes, week, there = plan.staffing.volumes, plan.week, case.there
    vendor = center.vendors[plan.vendor]
    yield from closed_notes(volumes, week.open)
    comes = week.open & (volumes.volume > 0.0)
    shut = comes & ~there.open & ~there.holiday
    if shut.any():
        slots = counted(int(week.slots_of(shut).sum()), "interval")
        yield f"{plan.vendor} is closed in {slots} of a week: they stay in-house"
    small = comes & np.isnan(plan.prices) & ~there.holiday & ~week.by_interval(week.slots_of(shut))
    if small.any():
        slots = counted(int(week.slots_of(small).sum()), "interval")
        most = case.needed[small].max()
        yield f"{plan.vendor} is too small in {slots} of a week: the targets need up to {most:,.0f} agents"
    yield from _holiday_notes(plan, there.holiday & comes)
    yield from _limit_notes(center, plan, case)
    dear = sorted({start.date() for start in volumes.starts} & case.paid_more)
    for day in dear[:MOST_DAYS]:
        often = week.days[day.weekday()]
        yield f"{day} is paid as a holiday, and counts as one of {counted(int(often), 'such weekday')} in all"
    aim = plan.staffing.assumptions.of(plan.queue).service_level
    if plan.answer != "nothing" and vendor.expected_wait > aim.within:
        yield (
            f"contacts wait {vendor.expected_wait:g} s at {plan.vendor} on average, as the center says; "
            f"the target is within {aim.within:g} s"
        )
    if plan.answer == "everything":
        yield "everything goes out: that is full outsourcing, sourcing = 'full', with nobody in-house"
    if plan.owed_anyway:
        yield (
            f"{plan.vendor} is owed {plan.owed_anyway:,.2f} a week without any contact, too: "
            "that is on neither side of the saving"
        )
    if not plan.exact:
        yield (
            f"what {plan.vendor} costs moves with its volume: these windows are the best of many, "
            "by its bill of a period like this week; by day and interval it is what one more contact costs"
        )
    by_overflow = [
        name for name in plan.contact_types if center.contact_types[name].sourcing == Sourcing.OVERFLOW
    ]
    if by_overflow and plan.answer == "windows":
        yield f"{', '.join(by_overflow)}: between the windows the surplus still goes out, as overflow"
    if len(plan.windows) > MANY_WINDOWS:
        yield f"{len(plan.windows)} windows: with the same on all days there are fewer"


def _holiday_notes(plan: HandoverPlan, on_holiday: Flags) -> Iterator[str]:
    """Days on which the vendor has a holiday, so that what would go out stays."""
    stays = on_holiday & plan.week.by_interval(plan.week.slots_of(plan.out))
    if not stays.any():
        return
    volumes = plan.staffing.volumes
    days = sorted({volumes.starts[place].date() for place in np.flatnonzero(stays).tolist()})
    listed = ", ".join(map(str, days[:MOST_DAYS])) + (", ..." if len(days) > MOST_DAYS else "")
    contacts = f"{volumes.volume[stays].sum():,.0f} contacts"
    yield f"{plan.vendor} has a holiday on {listed}: {contacts} in the windows need agents in-house then"


def _limit_notes(center: Center, plan: HandoverPlan, case: Case) -> Iterator[str]:
    """Limits that the router keeps whatever the windows say, and that these would reach."""
    if plan.answer == "nothing":
        return
    vendor = center.vendors[plan.vendor]
    contract, volumes = vendor.contract, plan.staffing.volumes
    out: dict[date, float] = {}
    for place in np.flatnonzero(plan.out).tolist():
        day = volumes.starts[place].date()
        out[day] = out.get(day, 0.0) + float(volumes.volume[place])
    day, most = max(out.items(), key=lambda item: item[1])
    if contract.cap_per_day is not None and most > contract.cap_per_day:
        yield (
            f"{most:,.0f} contacts go out on {day}, and {plan.vendor} takes {contract.cap_per_day:,} a day: "
            "the rest stays"
        )
    in_period = plan.contacts_out / case.bill.share
    if contract.cap_per_period is not None and in_period > contract.cap_per_period:
        yield (
            f"{in_period:,.0f} contacts go out a {contract.period}, and {plan.vendor} takes "
            f"{contract.cap_per_period:,}: the rest stays"
        )
    others = [name for name in OTHER_CAPS if getattr(contract, name) is not None]
    if others:
        yield f"not looked at: {', '.join(others)} of {plan.vendor}"
    if any(contract.trial_share(each) < 1.0 for each in out):
        yield f"{plan.vendor} is on trial on some days, and gets a share of the contacts: the rest stays"
    share = plan.contacts_out / plan.contacts
    if share > vendor.max_share:
        yield (
            f"{100 * share:.0f} % of the contacts of {plan.queue} go to {plan.vendor}, which may get "
            f"{100 * vendor.max_share:.0f} % of all of a day: the router keeps what is above"
        )
    if 1.0 - share < center.min_in_house_share:
        yield (
            f"{100 * (1.0 - share):.0f} % of the contacts of {plan.queue} stay, and of all of a day "
            f"{100 * center.min_in_house_share:.0f} % have to: the router keeps what is missing"
        )
