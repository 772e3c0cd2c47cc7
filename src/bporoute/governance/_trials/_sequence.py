"""What the looks of a trial show of one measure, each with the certainty that all of them together need."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal, NamedTuple

from bporoute._base.slim import needed
from bporoute.estimates._alpha_spending import Looks, crossings, spending_bounds
from bporoute.estimates._non_inferiority import likeliest_share, non_inferiority
from bporoute.governance._trials._day_totals import DayTotals, effect
from bporoute.governance._trials._measures import Measure
from bporoute.governance._trials._schedule import Schedule
from bporoute.governance._vendor_contacts import FEWEST_JUDGED

FEWEST_CLUSTERS = 5
"""Days or weeks without which nothing is judged."""
RARE = 10
"""Contacts of a kind (abandoned, resolved or not) below which contacts count one by one, too."""
LEAST_P = 1e-16
Proof = Literal["good", "worse", ""]


class Seen(NamedTuple):
    """One look at one measure.

    Attributes
    ----------
    day : int
        Days since the start.
    fraction : float
        Days that count, as a share of the planned ones.
    vendor, others : float
        Figures of both; nan: no contacts.
    of_vendor, of_others : int
        Contacts that count.
    value, low, high : float
        Difference or factor with an interval that holds the true one at all looks together; nan: not judged.
    statistic : float
        Of "worse by exactly the margin", standard normal then; nan: not judged.
    bound, exit_bound : float
        From where on up the vendor is shown to be good, and its negative down, to be worse.
    error : float
        Standard error on the scale of the comparison.
    proof : {"good", "worse", ""}
        What this look shows by itself.
    """

    day: int
    fraction: float
    vendor: float
    others: float
    of_vendor: int
    of_others: int
    value: float
    low: float
    high: float
    statistic: float
    bound: float
    exit_bound: float
    error: float
    proof: Proof


def seen(
    totals: DayTotals,
    schedule: Schedule,
    measure: Measure,
    margin: float,
    errors: tuple[float, float],
    through: int,
) -> tuple[Seen, ...]:
    """All looks up to a day.

    The difference over its error, which rests on the days, is taken to the normal value that is as
    improbable as it is for Student's t (S. J. Pocock, Biometrika 64, 1977: the significance level approach),
    and compared with bounds that depend on the schedule alone. Where contacts of a kind are rare, the test of
    `non_inferiority` must agree.

    Parameters
    ----------
    totals : DayTotals
        Of the days after the learning time.
    errors : (float, float)
        Probability of "good" where the vendor is worse by the margin; of "worse" where it is so.
    through : int
        Days since the start that are over.
    """
    good = spending_bounds(schedule.fractions, errors[0])
    worse = spending_bounds(schedule.fractions, errors[1])
    return tuple(
        _look(totals.upto(day), day, fraction, measure, margin, (bound, exit_bound))
        for day, fraction, bound, exit_bound in zip(
            schedule.looks, schedule.fractions, good.bounds, worse.bounds, strict=True
        )
        if day <= through
    )


def _look(
    totals: DayTotals, day: int, fraction: float, measure: Measure, margin: float, bounds: tuple[float, float]
) -> Seen:
    of_vendor, of_others = totals.of_vendor.sum(), totals.of_others.sum()
    vendor = float(totals.vendor.sum() / of_vendor) if of_vendor else math.nan
    others = float(totals.others.sum() / of_others) if of_others else math.nan
    nothing = Seen(
        day, fraction, vendor, others, int(of_vendor), int(of_others),
        math.nan, math.nan, math.nan, math.nan, *bounds, math.nan, "",
    )  # fmt: skip
    if min(of_vendor, of_others) < FEWEST_JUDGED or len(totals.days) < FEWEST_CLUSTERS:
        return nothing
    found = effect(totals, measure.of == "factor", _scales(totals, measure, margin))
    distance = measure.distance(margin)
    error, beyond = found.error, measure.sign * found.value + distance
    statistic = as_normal(beyond / error, found.freedom) if error > 0.0 else math.nan
    if measure.of == "share" and _is_rare(totals):
        score = _score(totals, measure, margin)
        if not abs(score) >= abs(statistic):  # days that are all alike tell of no chance at all
            statistic = score
            error = beyond / as_student(score, found.freedom) if beyond * score > 0.0 else math.nan
    if math.isnan(statistic):
        return nothing
    half = as_student(bounds[0], found.freedom) * error
    told = (found.value, found.value - half, found.value + half)
    if measure.of == "factor":
        told = tuple(math.exp(value) if value < 700.0 else math.inf for value in told)  # type: ignore[assignment]
    proof: Proof = "good" if statistic >= bounds[0] else "worse" if statistic <= -bounds[1] else ""
    value, low, high = told
    return nothing._replace(value=value, low=low, high=high, statistic=statistic, error=error, proof=proof)


def _scales(totals: DayTotals, measure: Measure, margin: float) -> tuple[float, float]:
    """How much greater the errors are if the vendor is worse by exactly the margin than with what was seen.

    Of shares, whose variance depends on them: as in the score test of `non_inferiority`, a vendor that was
    lucky must not seem surer for it. What days add counts as if it grew likewise.
    """
    if measure.of != "share":
        return 1.0, 1.0
    vendor, of_vendor, others, of_others = _good(totals, measure)
    own = likeliest_share(vendor, of_vendor, others, of_others, margin)
    return grown(vendor / of_vendor, own - margin), grown(others / of_others, own)


def grown(share: float, assumed: float) -> float:
    """How much greater the standard deviation of one contact is by an assumed share; 1 where there is none.

    >>> round(grown(0.01, 0.03), 3), grown(0.0, 0.03)
    (1.714, 1.0)
    """
    return math.sqrt(assumed * (1.0 - assumed) / (share * (1.0 - share))) if 0.0 < share < 1.0 else 1.0


def _good(totals: DayTotals, measure: Measure) -> tuple[int, int, int, int]:
    """Good contacts and all of both sides."""
    vendor, of_vendor, others, of_others = (round(float(column.sum())) for column in totals[1:])
    if measure.less:
        vendor, others = of_vendor - vendor, of_others - others
    return vendor, of_vendor, others, of_others


def _is_rare(totals: DayTotals) -> bool:
    """Whether a side has so few contacts of a kind that their days tell little of chance."""
    sides = (totals.vendor, totals.of_vendor), (totals.others, totals.of_others)
    return any(min(good.sum(), (of - good).sum()) < RARE for good, of in sides)


def _score(totals: DayTotals, measure: Measure, margin: float) -> float:
    """The statistic of `non_inferiority`, for contacts that are independent."""
    found = non_inferiority(*_good(totals, measure), margin=margin).p_value
    return -NormalDist().inv_cdf(min(max(found, LEAST_P), 1.0 - LEAST_P))


def as_normal(student: float, freedom: int) -> float:
    """The standard normal value that is as improbable as one of Student's t.

    >>> round(as_normal(2.015, 5), 3), round(as_normal(-2.015, 5), 3)
    (1.645, -1.645)
    """
    with needed("scipy"):
        from scipy.special import ndtri, stdtr

    tail = float(stdtr(freedom, -abs(student)))
    return math.copysign(float(-ndtri(tail)) if tail > 0.0 else 38.0, student)


def as_student(normal: float, freedom: int) -> float:
    """The value of Student's t that is as improbable as a standard normal one; inf for inf.

    >>> round(as_student(1.645, 5), 3), round(as_student(-1.645, 5), 3)
    (2.015, -2.015)
    """
    with needed("scipy"):
        from scipy.special import ndtr, stdtrit

    tail = float(ndtr(-abs(normal)))
    return math.copysign(float(-stdtrit(freedom, tail)) if tail > 0.0 else math.inf, normal)


def chance_if_equal(found: Seen, schedule: Schedule, measure: Measure, margin: float, error: float) -> float:
    """Probability that the looks to come show the vendor to be good, if it equals the others from now on.

    By the normal walk of `bporoute.estimates._alpha_spending.crossings`, from where the statistic is now;
    nan if this look was not judged, or its error is not known. `error` is that of "good".
    """
    if math.isnan(found.statistic) or not found.error > 0.0:
        return math.nan
    bounds = spending_bounds(schedule.fractions, error).bounds
    rest = [
        (fraction, bound)
        for fraction, bound in zip(schedule.fractions, bounds, strict=True)
        if fraction > found.fraction + 1e-12
    ]
    if not rest:
        return 0.0
    root = math.sqrt(found.fraction)
    drift = measure.distance(margin) / (found.error * root)
    start = found.fraction, found.statistic * root
    fractions, limits = zip(*rest, strict=True)
    return min(1.0, sum(crossings(Looks(fractions, limits), drift, start)))
