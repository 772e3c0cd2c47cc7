"""How large and how long a trial has to be, given how far days scatter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.fields import converted
from bporoute._base.ranges import INSIDE
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.center._targets import ServiceLevel
from bporoute.errors import InputError, shown
from bporoute.estimates._alpha_spending import Looks, crossings, spending_bounds
from bporoute.estimates._non_inferiority import ErrorRate, likeliest_share
from bporoute.governance._trials._comparable import Compared, compared
from bporoute.governance._trials._day_totals import day_totals, scatter_of_days
from bporoute.governance._trials._measures import MEASURES, Metric, checked_margins, counted
from bporoute.governance._trials._schedule import (
    MOST_WEEKS,
    WEEK,
    Cluster,
    Schedule,
    cluster_days,
    learning_of,
    share_of,
)
from bporoute.governance._trials._sequence import FEWEST_CLUSTERS, as_student, grown
from bporoute.governance._vendor_contacts import FEWEST_JUDGED, VendorContacts

SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares that are tried where none is told."""
HALF_A_YEAR = 26
"""Weeks that a trial lasts at most by the custom of the trade, three to six months."""
MANY = 10**8
"""Contacts as of which a share is as good as exact."""
FEWEST_DAYS = 14
"""Days of a file without which nothing is said about how far days scatter."""


class PlannedMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan rests on for one measure.

    Attributes
    ----------
    metric : str
        The measure.
    margin : float
        Loss that is acceptable: a share, a share of the handle time, or points.
    level : float
        Mean of the contacts of the file.
    spread : float
        Standard deviation of one contact; as a share of the level for handle times, as is `scatter`.
    scatter : float
        Standard deviation of the true difference between vendor and others, from day to day or week to week.
    paired : bool
        The scatter is that of the difference in the file; else that of the others, counted twice, as the
        vendor's days may scatter as far, and nobody knows what they have in common.
    contacts_a_day : float
        That count, of both sides, in the mean over the days that have any.
    clusters : int
        Days or weeks that it was measured on.
    """

    metric: Metric
    margin: float
    level: float
    spread: float
    scatter: float
    paired: bool
    contacts_a_day: float
    clusters: int


class TrialSize(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial with one share takes.

    Attributes
    ----------
    share : float
        Of the contacts, for the vendor.
    weeks : int or None
        In all, learning included; None: more than two years.
    vendor_contacts, contacts : float
        Expected contacts of the vendor, and of both sides, in all weeks; nan without weeks.
    power : float
        Least probability of "continue" if the vendor equals the others; nan without weeks.
    expected_weeks : float
        Mean weeks until a verdict then; nan without weeks.
    """

    share: float
    weeks: int | None
    vendor_contacts: float
    contacts: float
    power: float
    expected_weeks: float


class TrialPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a trial would have to be.

    Attributes
    ----------
    vendor : str
        Who would be tried.
    power, error : float
        What was asked: probability of "continue" if the vendor equals the others, and of a false "continue".
    learning_weeks : float
        Left out at the start.
    look_every : int
        Days from one look to the next.
    chosen : TrialSize or None
        The trial for the share or weeks that were asked for; None: no share does it within those weeks.
    sizes : tuple of TrialSize
        The same for several shares.
    cluster : {"day", "week"}
        What the scatter is measured by.
    measures : tuple of PlannedMeasure
        What it rests on.
    contacts_a_day : float
        That might go to either side, in the mean over all days.
    notes : tuple of str
        What was not compared, and what else matters.
    """

    vendor: str
    power: float
    error: float
    learning_weeks: float
    look_every: int
    cluster: Cluster
    chosen: TrialSize | None
    sizes: tuple[TrialSize, ...]
    measures: tuple[PlannedMeasure, ...]
    contacts_a_day: float
    notes: tuple[str, ...]


class Basis(NamedTuple):
    """What the power of one measure depends on; `uneven` is 1 + the square of the CV of a cluster's contacts.

    There are `clusters_a_day` of them, each with `contacts` on average, of both sides. `good` is the share of
    good contacts where the measure is a share, else nan.
    """

    distance: float
    spread: float
    scatter: float
    contacts: float
    uneven: float
    clusters_a_day: float
    good: float = math.nan


def plan_trial(
    contacts: VendorContacts,
    center: Center,
    vendor: str,
    margins: Mapping[str, float],
    *,
    power: float = 0.9,
    error: float = 0.05,
    share: float | None = None,
    weeks: int | None = None,
    learning_weeks: float | None = None,
    look_every: int = WEEK,
    cluster: Cluster = "day",
    target: ServiceLevel | None = None,
) -> TrialPlan:
    """How long and how large a trial has to be to show that a vendor is not worse by more than a margin.

    Parameters
    ----------
    contacts : VendorContacts
        Of some weeks, from which days and contacts are known to scatter: in-house ones do, those of the
        vendor beside them are better.
    center : Center
        What is configured; days are those of its clock.
    vendor : str
        Who would be tried; only contacts that it may have count.
    margins : mapping of str to float
        As for `check_trial`.
    power : float
        Probability, in (0, 1), of "continue" if the vendor equals the others, in all measures.
    error : float
        Probability, in (0, 0.5), of "continue" if it is worse by a margin, all looks together.
    share : float, optional
        Share of the contacts for the vendor; default: of the `Trial` in its contract, else the smallest of
        some that is enough within `weeks`, or within half a year.
    weeks : int, optional
        Within which the trial has to end, learning included.
    learning_weeks : float, optional
        As for `check_trial`.
    look_every : int
        Days from one look to the next.
    cluster : {"day", "week"}
        As for `check_trial`.
    target : ServiceLevel, optional
        How the service level is counted; default: as each queue is measured.

    Raises
    ------
    InputError
        An unknown vendor or measure, a number outside its range, fewer than 14 days or 30 contacts.

    Notes
    -----
    For m days of n contacts in the mean, with a coefficient of variation c, and a share f for the vendor the
    variance of the difference is ``(d**2 (1 + c**2) + s**2 / n (1 / f + 1 / (1 - f))) / m``; s is the spread
    of a contact, d the scatter of days. The power is that of a normal walk with the bounds of `check_trial`,
    as those of Student's t of m - 1. Of several measures each is planned for a part of what may be missed.

    Examples
    --------
    >>> import numpy as np
    >>> from bporoute import Center, ContactType, Contract, Queue, Vendor
    >>> from bporoute.governance import read_vendor_contacts
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> rng = np.random.default_rng(1)
    >>> seconds = np.sort(rng.integers(0, 4 * 7 * 86_400, 2800))
    >>> rows = {"start": np.datetime64("2026-09-07") + seconds.astype("timedelta64[s]"),
    ...         "vendor": ["in-house"] * 2800, "type": ["service"] * 2800, "wait": [5] * 2800,
    ...         "handle": [200] * 2800, "resolved": np.where(rng.random(2800) < 0.8, 1, 0)}
    >>> contacts = read_vendor_contacts(rows, center)
    >>> plan = plan_trial(contacts, center, "nord", {"resolved": 0.05}, share=0.2)
    >>> plan.chosen.weeks, round(plan.chosen.vendor_contacts), round(plan.chosen.power, 2)
    (7, 980, 0.92)
    """
    margin_of = checked_margins(margins)
    INSIDE.check("power", power)
    converted(error, ErrorRate, "error")
    size = cluster_days(cluster, look_every)
    if vendor not in center.vendors:
        raise InputError("vendor", shown(vendor), did_you_mean(vendor, list(center.vendors)))
    if weeks is not None and (
        isinstance(weeks, bool) or not isinstance(weeks, int) or not 1 <= weeks <= MOST_WEEKS
    ):
        raise InputError("weeks", shown(weeks), f"whole weeks from 1 to {MOST_WEEKS}")
    agreed = share_of(center, vendor, share)
    sorted_out = compared(contacts, center, vendor)
    fair = sorted_out.fair
    some = Compared(fair[fair], sorted_out.vendor[fair], sorted_out.days[fair], sorted_out.hours[fair], ())
    span = int(some.days.max() - some.days.min()) + 1 if len(some.days) else 0
    there = len(np.unique(some.days))
    if there < FEWEST_DAYS:
        found = f"contacts that {vendor} might have on {there} days"
        raise InputError(
            "contacts", found, f"at least {FEWEST_DAYS} days, from which their scatter is measured"
        )
    values = {metric: counted(contacts, metric, center, target)[fair] for metric in margin_of}
    told, bases = zip(
        *(measured(metric, margin, values[metric], some, size) for metric, margin in margin_of.items()),
        strict=True,
    )
    a_day = len(some.days) / span
    contract = center.vendors[vendor].contract
    learning = learning_of(contract, contract.start or date.fromordinal(int(some.days.max())), learning_weeks)
    asked = Asked(power, error, learning, look_every, a_day)
    tried = [agreed] if agreed is not None else []
    sizes = {each: size_of(bases, each, asked) for each in sorted({*SHARES, *tried})}
    most = weeks or HALF_A_YEAR
    enough = [size for size in sizes.values() if size.weeks is not None and size.weeks <= most]
    chosen = sizes[agreed] if agreed is not None else enough[0] if enough else None
    if agreed is not None and weeks is not None and (sizes[agreed].weeks or math.inf) > weeks:
        chosen = None
    notes = list(sorted_out.notes)
    if len(told) > 1:
        notes.append(
            f"each of the {len(told)} measures is planned for a power of "
            f"{100 * (1 - (1 - power) / len(told)):.3g} %, for {100 * power:g} % of all of them"
        )
    return TrialPlan(
        vendor=vendor,
        power=power,
        error=error,
        learning_weeks=learning / WEEK,
        look_every=look_every,
        chosen=chosen,
        sizes=tuple(sizes.values()),
        cluster=cluster,
        measures=told,
        contacts_a_day=a_day,
        notes=tuple(notes),
    )


class Asked(NamedTuple):
    """What is asked of a trial, and how many contacts there are on a day of the calendar."""

    power: float
    error: float
    learning: int
    every: int
    contacts_a_day: float


def size_of(bases: Sequence[Basis], share: float, asked: Asked) -> TrialSize:
    """The shortest trial with a share that shows all measures; whole weeks."""
    wanted = 1.0 - (1.0 - asked.power) / len(bases)
    learning = math.ceil(asked.learning / WEEK)
    weeks: int | None = learning + 1
    for basis in bases:
        weeks = _weeks(basis, share, asked, wanted, weeks) if weeks is not None else None
    if weeks is None:
        unknown = math.nan
        return TrialSize(
            share=share, weeks=None, vendor_contacts=unknown, contacts=unknown, power=unknown,
            expected_weeks=unknown,
        )  # fmt: skip
    schedule = Schedule(asked.learning, WEEK * weeks, asked.every)
    stops = [stops_of(basis, share, asked.error, schedule) for basis in bases]
    power = max(0.0, 1.0 - sum(1.0 - sum(each) for each in stops))
    # All measures are shown by a look at least if the slowest is, and they fail together at the most.
    shown_by = [min(sum(each[: number + 1]) for each in stops) for number in range(len(schedule.looks))]
    before = [0.0, *shown_by[:-1]]
    days = sum(
        day * (now - then) for day, now, then in zip(schedule.looks, shown_by, before, strict=True)
    ) + schedule.length * (1.0 - shown_by[-1])
    whole = WEEK * weeks * asked.contacts_a_day
    return TrialSize(
        share=share, weeks=weeks, vendor_contacts=share * whole, contacts=whole, power=power,
        expected_weeks=days / WEEK,
    )  # fmt: skip


def _weeks(basis: Basis, share: float, asked: Asked, wanted: float, least: int) -> int | None:
    """The fewest weeks from `least` on with the wanted power, by bisection; None: none up to the most."""

    def enough(weeks: int) -> bool:
        schedule = Schedule(asked.learning, WEEK * weeks, asked.every)
        return sum(stops_of(basis, share, asked.error, schedule)) >= wanted

    if enough(least):
        return least
    low, high = least, least + 1
    while high < MOST_WEEKS and not enough(high):
        low, high = high, min(2 * high, MOST_WEEKS)
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def stops_of(basis: Basis, share: float, error: float, schedule: Schedule) -> tuple[float, ...]:
    """Probability of being shown to be good at each look first, if the vendor equals the others."""
    clusters = [(day - schedule.learning) * basis.clusters_a_day for day in schedule.looks]
    sides = 1.0 / share + 1.0 / (1.0 - share)
    of_one = basis.scatter**2 * basis.uneven + basis.spread**2 * sides / basis.contacts
    drift = basis.distance / math.sqrt(of_one / clusters[-1])
    dearer = 1.0
    if not math.isnan(basis.good):
        # The error is that of a vendor that is worse by the margin; what days add is of both sides alike.
        ours, theirs = _scales(basis.good, share, basis.distance)
        assumed = basis.scatter**2 * basis.uneven * (ours + theirs) / 2.0
        assumed += basis.spread**2 * (ours / share + theirs / (1.0 - share)) / basis.contacts
        dearer = math.sqrt(assumed / of_one)
    planned = spending_bounds(schedule.fractions, error)
    bounds = [
        math.inf if round(count) < FEWEST_CLUSTERS else dearer * as_student(bound, round(count) - 1)
        for bound, count in zip(planned.bounds, clusters, strict=True)
    ]
    return crossings(Looks(planned.fractions, tuple(bounds)), drift)


def _scales(good: float, share: float, margin: float) -> tuple[float, float]:
    """How much greater the variances of vendor and others are taken than they are, if both are equal."""
    ours, others = round(share * MANY), round((1.0 - share) * MANY)
    own = likeliest_share(round(good * ours), ours, round(good * others), others, margin)
    return grown(good, max(own - margin, 0.0)) ** 2, grown(good, own) ** 2


def measured(
    metric: Metric, margin: float, values: Floats, some: Compared, size: int
) -> tuple[PlannedMeasure, Basis]:
    """What the file tells of one measure, in days or weeks (`size` days) as clusters."""
    known = ~np.isnan(values)
    told, days = values[known], some.days[known]
    if len(told) < FEWEST_JUDGED:
        found = f"{len(told)} contacts of which {MEASURES[metric].words} is known"
        raise InputError("contacts", found, f"at least {FEWEST_JUDGED}")
    level = float(told.mean())
    of = MEASURES[metric].of
    unit = level if of == "factor" else 1.0
    first = int(some.days.min())
    totals = day_totals(values, some.vendor, (some.days - first) // size)
    both = (totals.of_vendor > 0) & (totals.of_others > 0)
    paired = int(both.sum()) >= FEWEST_DAYS and float(totals.of_vendor.sum()) >= FEWEST_JUDGED
    alone = totals.of_others.any() or paired
    sums, counts = (totals.others, totals.of_others) if alone else (totals.vendor, totals.of_vendor)
    variance = _within(told, days)
    if not variance > 0.0:
        found = f"{MEASURES[metric].words} that is the same for all contacts of a day"
        raise InputError("contacts", found, "contacts that differ, as nothing else tells of chance")
    if paired:
        ours, theirs = totals.of_vendor[both], totals.of_others[both]
        apart = totals.vendor[both] / ours - totals.others[both] / theirs
        scatter = scatter_of_days(apart, ours * theirs / (ours + theirs), variance)
    else:
        there = counts > 0
        scatter = math.sqrt(2.0) * scatter_of_days(sums[there] / counts[there], counts[there], variance)
    if math.isnan(scatter):
        raise InputError("contacts", f"{MEASURES[metric].words} of one {_called(size)}", "two or more")
    clusters = len(totals.days)
    whole = totals.of_vendor + totals.of_others
    measure = PlannedMeasure(
        metric=metric,
        margin=margin,
        level=level,
        spread=math.sqrt(variance) / unit,
        scatter=scatter / unit,
        paired=paired,
        contacts_a_day=len(told) / len(np.unique(days)),
        clusters=int(both.sum()) if paired else clusters,
    )
    span = math.ceil((int(some.days.max()) - first + 1) / size)
    basis = Basis(
        distance=MEASURES[metric].distance(margin),
        spread=measure.spread,
        scatter=measure.scatter,
        contacts=float(whole.mean()),
        uneven=float((whole**2).mean() / whole.mean() ** 2),
        clusters_a_day=clusters / span / size,
        good=math.nan if of != "share" else 1.0 - level if MEASURES[metric].less else level,
    )
    return measure, basis


def _called(size: int) -> str:
    return "week" if size == WEEK else "day"


def _within(told: Floats, days: Integers) -> float:
    """Variance of contacts about the mean of their day."""
    there, number = np.unique(days, return_inverse=True)
    means = np.bincount(number, told) / np.bincount(number)
    return float(((told - means[number]) ** 2).sum()) / max(len(told) - len(there), 1)
