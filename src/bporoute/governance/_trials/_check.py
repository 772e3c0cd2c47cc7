"""The verdict on a trial at any time: continue, extend or exit, or none where chance did not decide who."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.fields import converted
from bporoute._base.words import counted as so_many
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.center._targets import ServiceLevel
from bporoute.errors import InputError, shown
from bporoute.estimates._non_inferiority import ErrorRate
from bporoute.governance._trials._comparable import Compared, compared
from bporoute.governance._trials._day_totals import DayTotals, day_totals, effect, hang_together
from bporoute.governance._trials._measures import MEASURES, Metric, checked_margins, counted
from bporoute.governance._trials._ratio import RatioCheck, limits_of, ratio_check
from bporoute.governance._trials._schedule import (
    WEEK,
    Cluster,
    Schedule,
    cluster_days,
    learning_of,
    length_of,
    share_of,
    trial_of,
)
from bporoute.governance._trials._sequence import Proof, Seen, chance_if_equal, seen
from bporoute.governance._vendor_contacts import FEWEST_JUDGED, VendorContacts

UNLIKE = 0.05
"""Difference of the shares whose outcome is known, of the two sides, that is noted."""
DRIFTED = 3.0
"""Standard errors between both halves of a trial that are noted."""


class TrialLook(msgspec.Struct, frozen=True, kw_only=True):
    """What one look has shown of one measure.

    Attributes
    ----------
    metric : str
        The measure.
    day : date
        The last day that it looks at.
    information : float
        Days that count as a share of the planned ones, in (0, 1].
    vendor, others : float
        Figures of both sides; nan: no contacts.
    vendor_contacts, other_contacts : int
        Contacts that count.
    effect, low, high : float
        Vendor less others, or over them for handle times, with an interval that is right at all looks
        together; nan: not judged.
    statistic, bound, exit_bound : float
        Standard normal if the vendor is worse by exactly the margin; from where on up it is shown to be good,
        and from minus where on down to be worse.
    proof : {"good", "worse", ""}
        What it shows by itself.
    """

    metric: Metric
    day: date
    information: float
    vendor: float
    others: float
    vendor_contacts: int
    other_contacts: int
    effect: float
    low: float
    high: float
    statistic: float
    bound: float
    exit_bound: float
    proof: Proof


class TrialMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial has shown of one measure.

    Attributes
    ----------
    metric : str
        The measure.
    margin : float
        Loss that is acceptable: a share, a share of the handle time, or points.
    verdict : {"good", "worse", "open", "not judged"}
        Shown to be worse by less than the margin; by more; neither yet; fewer than 30 contacts or 5 days.
    decided : date or None
        Last day of the look that showed it first.
    last : TrialLook or None
        The look that the verdict of the trial rests on; None: there was none yet.
    chance : float
        Probability that it is shown to be good by the planned end if both are equal from now on; nan: not
        known.
    """

    metric: Metric
    margin: float
    verdict: Literal["good", "worse", "open", "not judged"]
    decided: date | None
    last: TrialLook | None
    chance: float


class TrialReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial has shown so far.

    Attributes
    ----------
    vendor : str
        Who is tried.
    verdict : {"continue", "extend", "exit", "refused"}
        Good in all measures; it cannot be told yet; worse by more than the margin in one of them; the counts
        show, at a look before any of these was decided, that chance did not decide who got the contacts, so
        that nothing can be said.
    start, counts_from, end : date
        First day, first day after the learning time, last planned day.
    look_every : int
        Days from one look to the next.
    error : float
        Probability of a false "continue", and of a false "exit".
    looked : date or None
        Last day of the look that the verdict rests on.
    information : float
        Days that counted then, as a share of the planned ones.
    next_look : date or None
        Last day of the next look, which is due after it; None: the trial is decided or over.
    ratio : RatioCheck
        Whether the counts are as the share makes them, on the days that count up to `looked` (until there is
        a look, on all that are over).
    measures : tuple of TrialMeasure
        In the order they were asked for.
    looks : tuple of TrialLook
        Every look at every measure.
    notes : tuple of str
        What was not compared, and what else matters.
    """

    vendor: str
    verdict: Literal["continue", "extend", "exit", "refused"]
    start: date
    counts_from: date
    end: date
    look_every: int
    error: float
    looked: date | None
    information: float
    next_look: date | None
    ratio: RatioCheck
    measures: tuple[TrialMeasure, ...]
    looks: tuple[TrialLook, ...]
    notes: tuple[str, ...]


def check_trial(
    contacts: VendorContacts,
    center: Center,
    vendor: str,
    margins: Mapping[str, float],
    *,
    share: float | None = None,
    start: date | None = None,
    until: date | None = None,
    weeks: float | None = None,
    learning_weeks: float | None = None,
    look_every: int = WEEK,
    error: float = 0.05,
    cluster: Cluster = "day",
    target: ServiceLevel | None = None,
) -> TrialReport:
    """Judge a vendor by a trial, at any time: the verdict is that of the last look which was due.

    Contacts of all others are the control. What the file has decides nothing about when there is a look, what
    is left out and when the trial ends; so it does not matter how often somebody asks, and a verdict that was
    reached stays.

    Parameters
    ----------
    contacts : VendorContacts
        Of the vendor and of the others, since the trial began.
    center : Center
        What is configured; days are those of its clock.
    vendor : str
        Who is tried.
    margins : mapping of str to float
        Measure -> the loss that is acceptable: a share for ``resolved``, ``service_level`` and
        ``abandonment``, a share of the handle time for ``handle_time``, points for ``satisfaction``.
    share : float, optional
        Share of the contacts that the vendor is drawn for; default: of the `Trial` in its contract.
    start : date, optional
        First day; default: that of the contract, else of the vendor's first contact.
    until : date, optional
        Last day of which all contacts are there, at most a week after the last contact; what came later
        is left out. Default: the day before that of the last contact, as that day may not be over.
    weeks : float, optional
        How long the trial is planned, learning included; default: the months of the contract's trial.
    learning_weeks : float, optional
        Weeks at the start that are left out; default: until the handle time of the contract's `Ramp` is
        within 5 % of that of trained agents, without a ramp none.
    look_every : int
        Days from one look to the next.
    error : float
        Probability, in (0, 0.5), of "continue" although the vendor is worse by a margin, all looks and
        measures together; and of "exit" although it is worse by no margin.
    cluster : {"day", "week"}
        What chance is measured by: days, or weeks where days hang together; fixed before, as all above.
    target : ServiceLevel, optional
        How the service level is counted; default: as each queue is measured.

    Raises
    ------
    InputError
        An unknown vendor or measure, a number outside its range, no share or length told, nothing to compare.

    Notes
    -----
    For each measure a group sequential test of the difference of ratios of totals, with days as clusters and
    bounds that spend the error as O'Brien & Fleming would, by the share of the planned days (K. K. G. Lan &
    D. L. DeMets, Biometrika 70, 1983). "Continue" needs every measure, so that each may spend the whole error
    (an intersection-union test, R. L. Berger, Technometrics 24, 1982); "exit" needs one: they share it. The
    share is judged at each look before the measures, and refuses one trial in 1,000 that is right.

    Examples
    --------
    A fifth of the contacts goes to a vendor that resolves as many as the others.

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
    >>> seconds = np.sort(rng.integers(0, 10 * 7 * 86_400, 7000))
    >>> rows = {"start": np.datetime64("2026-09-07") + seconds.astype("timedelta64[s]"),
    ...         "vendor": np.where(rng.random(7000) < 0.2, "nord", "in-house"), "type": ["service"] * 7000,
    ...         "wait": [5] * 7000, "handle": [200] * 7000,
    ...         "resolved": np.where(rng.random(7000) < 0.8, 1, 0)}
    >>> contacts = read_vendor_contacts(rows, center)
    >>> report = check_trial(contacts, center, "nord", {"resolved": 0.05}, share=0.2, weeks=10)
    >>> report.verdict, str(report.looked), round(report.information, 2)
    ('continue', '2026-10-18', 0.6)
    """
    margin_of = checked_margins(margins)
    converted(error, ErrorRate, "error")
    size = cluster_days(cluster, look_every)
    if vendor not in center.vendors:
        raise InputError("vendor", shown(vendor), did_you_mean(vendor, list(center.vendors)))
    agreed = share_of(center, vendor, share)
    if agreed is None:
        raise InputError(
            "share", "none", f"the share that is drawn by hash: share, or a trial in the contract of {vendor}"
        )
    sorted_out = compared(contacts, center, vendor)
    contract = center.vendors[vendor].contract
    if not sorted_out.vendor.any():
        raise InputError("vendor", f"no contact of {vendor}", "contacts of the vendor and of the others")
    if start is None and trial_of(center, vendor) is not None:
        start = contract.start
    began = start or date.fromordinal(int(sorted_out.days[sorted_out.vendor].min()))
    learning = learning_of(contract, began, learning_weeks)
    schedule = Schedule(learning, length_of(center, vendor, began, weeks, learning), look_every)
    since = sorted_out.days - began.toordinal()
    through = _over(sorted_out.days, began, until)
    used = sorted_out.fair & (since >= learning) & (since < min(through, schedule.length))
    values = {metric: counted(contacts, metric, center, target)[used] for metric in margin_of}
    some = Compared(sorted_out.fair[used], sorted_out.vendor[used], since[used], sorted_out.hours[used], ())
    ids = [contacts.ids[place] for place in np.flatnonzero(used).tolist()]
    errors = error, error / len(margin_of)
    clusters = learning + (some.days - learning) // size * size
    totals = {metric: day_totals(values[metric], some.vendor, clusters) for metric in margin_of}
    found = {
        metric: seen(totals[metric], schedule, MEASURES[metric], margin, errors, through)
        for metric, margin in margin_of.items()
    }
    done = [day for day in schedule.looks if day <= through]
    limits = limits_of(schedule.fractions)
    right = [
        ratio_check(agreed, some.before(day), limit).right for day, limit in zip(done, limits, strict=False)
    ]
    last, verdict = _verdict(found, right)
    ratio = (
        ratio_check(agreed, some, 0.0, ids)
        if last < 0
        else ratio_check(
            agreed,
            some.before(done[last]),
            limits[last],
            [each for each, day in zip(ids, some.days.tolist(), strict=True) if day < done[last]],
        )
    )
    coming = [day for day in schedule.looks if day > through]
    over = verdict != "extend" or not coming
    notes = [
        *sorted_out.notes,
        *_left_out(since, schedule, through),
        *_gaps(some, learning, min(through, schedule.length)),
        *_unlike(values, some),
        *_drifts(totals, margin_of),
        *_together(totals, cluster),
    ]
    if not learning:
        notes.append("no learning time is left out: none is told, and the contract has no ramp")
    return TrialReport(
        vendor=vendor,
        verdict=verdict,
        start=began,
        counts_from=began + timedelta(days=learning),
        end=began + timedelta(days=schedule.length - 1),
        look_every=look_every,
        error=error,
        looked=None if last < 0 else began + timedelta(days=done[last] - 1),
        information=schedule.fractions[last] if last >= 0 else 0.0,
        next_look=None if over else began + timedelta(days=coming[0] - 1),
        ratio=ratio,
        measures=tuple(
            _measured(metric, margin, found[metric][: last + 1], began, schedule, error)
            for metric, margin in margin_of.items()
        ),
        looks=tuple(_told(metric, each, began) for metric in margin_of for each in found[metric]),
        notes=tuple(notes),
    )


def _verdict(
    found: Mapping[Metric, tuple[Seen, ...]], right: Sequence[bool]
) -> tuple[int, Literal["continue", "extend", "exit", "refused"]]:
    """Number of the look that decides, and how; the last so far where none does, -1 if there was none.

    `right` is whether the share is right at each look: where it is not, nothing else is told by that look.
    """
    good: set[Metric] = set()
    for number, drawn_right in enumerate(right):
        if not drawn_right:
            return number, "refused"
        for metric, seen_ in found.items():
            if seen_[number].proof == "worse" and metric not in good:
                return number, "exit"
            if seen_[number].proof == "good":
                good.add(metric)
        if len(good) == len(found):
            return number, "continue"
    return len(right) - 1, "extend"


def _measured(
    metric: Metric, margin: float, looks: tuple[Seen, ...], began: date, schedule: Schedule, error: float
) -> TrialMeasure:
    proven = next((each for each in looks if each.proof), None)
    last = looks[-1] if looks else None
    verdict: Literal["good", "worse", "open", "not judged"] = "open"
    if proven is not None and proven.proof:
        verdict = proven.proof
    elif last is None or math.isnan(last.statistic):
        verdict = "not judged"
    chance = math.nan
    if verdict == "open" and last is not None:
        chance = chance_if_equal(last, schedule, MEASURES[metric], margin, error)
    return TrialMeasure(
        metric=metric,
        margin=margin,
        verdict=verdict,
        decided=None if proven is None else began + timedelta(days=proven.day - 1),
        last=None if last is None else _told(metric, last, began),
        chance=chance,
    )


def _told(metric: Metric, found: Seen, began: date) -> TrialLook:
    return TrialLook(
        metric=metric,
        day=began + timedelta(days=found.day - 1),
        information=found.fraction,
        vendor=found.vendor,
        others=found.others,
        vendor_contacts=found.of_vendor,
        other_contacts=found.of_others,
        effect=found.value,
        low=found.low,
        high=found.high,
        statistic=found.statistic,
        bound=found.bound,
        exit_bound=found.exit_bound,
        proof=found.proof,
    )


def _over(days: Integers, began: date, until: date | None) -> int:
    """Days of the trial of which all contacts are there: those up to `until`, else before the last contact's.

    Raises
    ------
    InputError
        The contacts end more than a week before `until`.
    """
    last = date.fromordinal(int(days.max()))
    if until is None:
        return (last - began).days
    if (until - last).days > WEEK:
        raise InputError("until", str(until), f"at most a week after the last contact, which is of {last}")
    return (until - began).days + 1


def _left_out(since: Integers, schedule: Schedule, through: int) -> list[str]:
    learning, length = schedule.learning, schedule.length
    late = (since >= max(through, learning)) & (since < length)
    parts = [
        (int((since < 0).sum()), "before the trial"),
        (int(((since >= 0) & (since < learning)).sum()), "of the learning time"),
        (int(late.sum()), "of days that may not be over"),
        (int((since >= length).sum()), "after the planned end"),
    ]
    told = [f"{so_many(count, 'contact')} {where}" for count, where in parts if count]
    return [f"left out: {', '.join(told)}"] if told else []


def _gaps(contacts: Compared, learning: int, until: int) -> list[str]:
    there = set(contacts.days.tolist())
    ours = set(contacts.days[contacts.vendor].tolist())
    days = range(learning, until)
    none, alone = sum(day not in there for day in days), sum(day in there - ours for day in days)
    notes = [f"no contacts on {so_many(none, 'day')}"] if none else []
    return [*notes, *([f"none of the vendor on {so_many(alone, 'more day')}"] if alone else [])]


def _unlike(values: Mapping[Metric, Floats], contacts: Compared) -> list[str]:
    """Where what is known of the contacts is not known as often on both sides."""
    notes = []
    for metric in ("resolved", "satisfaction"):
        if metric in values and 0 < contacts.vendor.sum() < len(contacts.vendor):
            known = ~np.isnan(values[metric])
            ours, theirs = float(known[contacts.vendor].mean()), float(known[~contacts.vendor].mean())
            if abs(ours - theirs) > UNLIKE:
                notes.append(
                    f"{metric} is known of {100 * ours:.0f} % of the vendor's contacts and "
                    f"{100 * theirs:.0f} % of the others': what is not known may differ, and no test can tell"
                )
    return notes


def _together(totals: Mapping[Metric, DayTotals], cluster: Cluster) -> list[str]:
    return [
        f"{metric}: {cluster}s hang together (correlation {found:.2f} from one to the next): the error is "
        f"greater than told{', and weeks would be the better clusters' if cluster == 'day' else ''}"
        for metric, told in totals.items()
        if not math.isnan(found := hang_together(told))
    ]


def _drifts(totals: Mapping[Metric, DayTotals], margins: Mapping[Metric, float]) -> list[str]:
    """Where both halves of the days that count differ: the learning time may have been longer."""
    notes = []
    for metric in margins:
        told, factor = totals[metric], MEASURES[metric].of == "factor"
        days = len(told.days)
        halves = told.part(0, days // 2), told.part(days // 2, days)
        if min(float(min(half.of_vendor.sum(), half.of_others.sum())) for half in halves) < FEWEST_JUDGED:
            continue
        first, second = (effect(half, factor) for half in halves)
        apart = second.value - first.value
        if abs(apart) > DRIFTED * math.hypot(first.error, second.error):
            better = "better" if apart * MEASURES[metric].sign > 0.0 else "worse"
            notes.append(
                f"{metric}: the vendor was {better} in the second half of the days that count than in the "
                "first, by more than chance: the verdict is about their mean"
            )
    return notes
