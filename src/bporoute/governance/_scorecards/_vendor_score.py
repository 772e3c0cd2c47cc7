"""A vendor's rows: each period measured and judged, the whole, its trend and where it changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import counted
from bporoute.center._targets import COUNTINGS
from bporoute.estimates._confidence import Estimate
from bporoute.governance._scorecards._bills import Bills
from bporoute.governance._scorecards._clustered import (
    DAYS_PER_MONTH,
    LONG_RUN,
    of_clusters,
    of_others,
    of_share,
    unknown,
    wilson,
)
from bporoute.governance._scorecards._course import (
    TOO_ALIKE,
    alike_beside,
    changes_of,
    neighbours_alike,
    overdispersion,
    trend_of,
)
from bporoute.governance._scorecards._measured import ratio
from bporoute.governance._scorecards._money import PeriodBill, day_money
from bporoute.governance._scorecards._periods import By, begin_of, name_of, next_begin
from bporoute.governance._scorecards._relief import LockedForecast, Relief, not_judged, relief_of
from bporoute.governance._scorecards._results import LevelChange, RestsOn, VendorPeriod, VendorScore, Verdict
from bporoute.governance._scorecards._units import NOT_LOST_EARLY, Records, Units, parts_of, totals_by
from bporoute.governance._vendor_contacts import FEWEST_JUDGED

FEW = 190
"""Days up to which nothing shows how alike months are."""
_FEW_MONTHS = "where they are as alike as 0.66, some 86 of 100 intervals over so few months hold, not 95"
WEEKS = 12
"""Weeks from which on changes are looked for week by week, not day by day."""


class Agreed(NamedTuple):
    """How a vendor's service level is counted, within how many seconds (nan: several), and its target."""

    counting: str
    within: float
    target: float


def vendor_score(
    *,
    records: Records,
    units: Units,
    agreed: Agreed,
    by: By,
    offered: Mapping[date, float],
    bills: Bills,
    locked: LockedForecast | None,
    name: str,
) -> VendorScore:
    """Everything that is said of a vendor.

    Parameters
    ----------
    records, units : Records, Units
        What is told of it, and that by day or month.
    agreed : Agreed
        What it is judged by.
    by : str
        The periods.
    offered : mapping
        First day of a period -> contacts of all.
    bills : Bills
        What it is owed.
    locked : LockedForecast or None
        What was forecast.
    name : str
        What else it is called.
    """
    good, base = parts_of(units.sums, agreed.counting)
    places = units.by(by)
    levels = np.array([_level(good[each], base[each]) for each in places.values()])
    reliefs = _reliefs(records, bills, locked, agreed.counting, by)
    periods = []
    for number, (begin, own) in enumerate(places.items()):
        others = np.delete(levels, number)
        periods.append(
            _period(
                units.of(own), agreed, name_of(begin, by), offered[begin], others[~np.isnan(others)],
                bills, begin, by, reliefs.get(begin),
            )
        )  # fmt: skip
    everything = sum(offered.values())
    whole_relief = _reliefs(records, bills, locked, agreed.counting, "all").get(date.min)
    whole = _period(units, agreed, "all", everything, np.empty(0), bills, date.min, "all", whole_relief)
    there = (base > 0.0) & ~np.isnan(good)
    each = good[there] / base[there]
    days = [day for day, is_there in zip(units.days, there.tolist(), strict=True) if is_there]
    trend = trend_of(each, units.days_each)
    monthly = DAYS_PER_MONTH / units.days_each
    changes, unjudged = _changes(good[there], base[there], days, units)
    if locked is not None and bills.lock is not None and (why := not_judged(bills.lock, records, locked)):
        unjudged = (*unjudged, why)
    if units.step == "day" and LONG_RUN < len(units.days) <= FEW and whole.verdict in ("met", "missed"):
        unjudged = (*unjudged, f"{whole.verdict} in the long run, if months are little alike: {_FEW_MONTHS}")
    return VendorScore(
        vendor=units.vendor,
        name=name,
        periods=tuple(periods),
        whole=whole,
        overdispersion=overdispersion(good[there], base[there]),
        spread=float(each.std(ddof=1)) if each.size > 1 else math.nan,
        alike=neighbours_alike(each),
        trend=Estimate(
            trend.value * monthly, trend.low * monthly, trend.high * monthly, trend.level, trend.count
        ),
        changes=changes,
        notes=(*_gaps(list(places), by), *_not_told(units, agreed.counting), *bills.notes, *unjudged),
    )


def _reliefs(
    records: Records, bills: Bills, locked: LockedForecast | None, counting: str, by: By
) -> Mapping[date, Relief]:
    if locked is None or bills.lock is None:
        return {}
    return relief_of(bills.lock, records, locked, counting, by)


def _level(good: Floats, base: Floats) -> float:
    there = ~np.isnan(good) & ~np.isnan(base)
    return ratio(float(good[there].sum()), float(base[there].sum()))


def _period(
    units: Units,
    agreed: Agreed,
    name: str,
    offered: float,
    others: Floats,
    bills: Bills,
    begin: date,
    by: By,
    relief: Relief | None,
) -> VendorPeriod:
    """A row: what a vendor did in a period."""
    good, base = parts_of(units.sums, agreed.counting)
    told = ~np.isnan(base) & ~np.isnan(good)
    good, base = good[told], base[told]
    level, rests_on = _interval(good, base, others, units)
    chance = wilson(float(good.sum()), float(base.sum()))
    own = units.total("offered")
    answered, abandoned = units.total("answered"), units.total("abandoned")
    cost, bill = _cost(bills, begin, by)
    per_contact, per_resolved = _unit_costs(units, bills, cost)
    return VendorPeriod(
        vendor=units.vendor,
        period=name,
        first=units.days[0],
        last=units.days[-1],
        units=len(units.days),
        offered=own,
        answered=answered,
        abandoned=abandoned,
        neither=own - answered - abandoned,
        share=ratio(own, offered),
        level=level,
        rests_on=rests_on,
        binomial=chance,
        target=agreed.target,
        verdict=_verdict(level, agreed.target, float(base.sum())),
        countings={
            counting: _level(*parts_of(units.sums, counting)) for counting in (*COUNTINGS, NOT_LOST_EARLY)
        },
        abandonment=ratio(abandoned, own),
        asa=ratio(units.total("waited"), units.total("wait_known")),
        aht=ratio(units.total("handle"), units.total("handled")),
        aht_factor=of_clusters(*_pair(units, "handle", "expected"), units.days_each),
        resolution=of_share(*_pair(units, "resolved", "judged"), units.days_each),
        repeats=of_share(*_pair(units, "repeated", "followed"), units.days_each),
        cost=cost,
        per_contact=per_contact,
        per_resolved=per_resolved,
        bill=bill,
        relief=relief,
        flags=tuple(_flags(units, own, answered, abandoned)),
    )


def _interval(good: Floats, base: Floats, others: Floats, units: Units) -> tuple[Estimate, RestsOn]:
    """The level with its interval, and what that rests on: its own days or months, else the other periods."""
    own = of_share(good, base, units.days_each)
    if own.low > -math.inf:
        return own, "days" if units.step == "day" else "months"
    value = ratio(float(good.sum()), float(base.sum()))
    by_others = of_others(value, others)
    if by_others.low > -math.inf:
        low, high = wilson(float(good.sum()), float(base.sum()))
        low, high = min(low, by_others.low), max(high, by_others.high)
        return Estimate(value, low, high, by_others.level, by_others.count), "other periods"
    return unknown(value), "nothing"


def _verdict(level: Estimate, target: float, counted_contacts: float) -> Verdict:
    if math.isnan(target):
        return "no target"
    if counted_contacts < FEWEST_JUDGED or level.low == -math.inf:
        return "not judged"
    if level.low >= target:
        return "met"
    return "missed" if level.high < target else "not proven"


def _pair(units: Units, part: str, whole: str) -> tuple[Floats, Floats]:
    """Two sums of the units of which both are told."""
    parts, wholes = units.sums[part], units.sums[whole]
    there = ~np.isnan(parts) & ~np.isnan(wholes)
    return parts[there], wholes[there]


def _cost(bills: Bills, begin: date, by: By) -> tuple[float, PeriodBill | None]:
    """What is owed for the contract periods in a period, and the bill if it is one."""
    if bills.period is None or not bills.of_period:
        return math.nan, None
    if by == bills.period:
        bill = bills.of_period.get(begin)
        return (math.nan if bill is None else bill.total), bill
    if _LENGTH[by] < _LENGTH[bills.period]:
        return math.nan, None
    return math.fsum(bill.total for day, bill in bills.of_period.items() if begin_of(day, by) == begin), None


_LENGTH = {"week": 0, "month": 1, "quarter": 2, "year": 3, "all": 4}


def _unit_costs(units: Units, bills: Bills, cost: float) -> tuple[Estimate, Estimate]:
    """Money for each answered and for each resolved contact."""
    answered = units.sums["answered"]
    total = float(answered.sum())
    if math.isnan(cost) or not total > 0.0:
        return unknown(), unknown()
    resolved, judged = _pair(units, "resolved", "judged")
    known = float(judged.sum())
    share = of_share(resolved, judged, units.days_each)
    if not bills.by_day:  # totals: money is not told by day
        each = cost / total
        if not share.value > 0.0:
            return unknown(each), unknown()
        return unknown(each), Estimate(
            each / share.value,
            each / share.high if share.high > -math.inf else -math.inf,
            each / share.low if share.low > 0.0 else math.inf,
            share.level,
            share.count,
        )
    money = np.array(day_money(units, bills.by_day, cost))
    per_contact = of_clusters(money, answered, units.days_each)
    if not (known > 0.0 and float(resolved.sum()) > 0.0):
        return per_contact, unknown()
    scaled = np.nan_to_num(units.sums["resolved"]) * (total / known)
    return per_contact, of_clusters(money, scaled, units.days_each)


def _changes(
    good: Floats, base: Floats, days: Sequence[date], units: Units
) -> tuple[tuple[LevelChange, ...], tuple[str, ...]]:
    """When the level became another one: month by month, week by week, or of less than so many day by day.

    None where neighbours are alike beside the changes, and then a note says that.
    """
    if not days:
        return (), ()
    step: str = units.step
    if units.step == "day" and (days[-1] - days[0]).days >= 7 * WEEKS:
        weeks = [begin_of(day, "week") for day in days]
        firsts = list(dict.fromkeys(weeks))
        place_of = {week: place for place, week in enumerate(firsts)}
        places = np.array([place_of[week] for week in weeks])
        good, base = (totals_by(places, values, len(firsts)) for values in (good, base))
        days, step = firsts, "week"
    found = changes_of(good / base)
    alike = alike_beside(good / base, found) if found else 0.0
    if alike > TOO_ALIKE:
        note = (
            f"whether the level changed is not said: neighbouring {step}s are alike (correlation "
            f"{alike:.2f}), and a slow drift of such looks like a change"
        )
        return (), (note,)
    edges = [0, *found, base.size]
    levels = [float(good[begin:end].sum() / base[begin:end].sum()) for begin, end in pairwise(edges)]
    changes = tuple(
        LevelChange(days[place], before, after)
        for place, (before, after) in zip(found, pairwise(levels), strict=True)
    )
    return changes, ()


def _flags(units: Units, offered: float, answered: float, abandoned: float) -> list[str]:
    """What does not add up."""
    flags = []
    neither = offered - answered - abandoned
    if abs(neither) >= 0.5:
        share = f" ({100 * neither / offered:.1f} %)" if offered > 0.0 else ""
        flags.append(
            f"{neither:,.0f} of the offered{share} are neither answered nor abandoned"
            if neither > 0.0
            else f"{-neither:,.0f} more answered or abandoned than offered"
        )
    if units.total("answered_in_time") > answered - units.total("untimed_answered"):
        flags.append("more answered in time than answered")
    if answered == 0.0:
        flags.append("nothing answered")
    if untimed := units.total("untimed"):
        flags.append(f"{untimed:,.0f} of unknown wait, left out of the service level")
    return flags


def _gaps(begins: Sequence[date], by: By) -> list[str]:
    """Periods of which nothing is told, between the first and the last."""
    if by == "all" or not begins:
        return []
    there, missing, begin = set(begins), [], min(begins)
    while begin < max(begins):
        if begin not in there:
            missing.append(name_of(begin, by))
        begin = next_begin(begin, by)
    return [f"nothing is told of {', '.join(missing)}"] if missing else []


def _not_told(units: Units, counting: str) -> list[str]:
    """What the records do not tell of a vendor at all."""
    names = {
        "asa": "wait_known",
        "abandonment": "abandoned",
        "resolution": "judged",
        "repeat contacts": "followed",
    }
    lacking = [
        name for name, column in names.items() if not np.nansum(units.sums[column]) > 0.0
        and (column != "abandoned" or np.isnan(units.sums[column]).all())
    ]  # fmt: skip
    if not np.nansum(units.sums["handle"]) > 0.0:
        lacking.append("handle time")
    notes = [f"not told: {', '.join(lacking)}"] if lacking else []
    good, _ = parts_of(units.sums, counting)
    if missing := int(np.isnan(good).sum()):
        notes.append(f"no service level in {counted(missing, units.step)}: a part of it is not told")
    return notes
