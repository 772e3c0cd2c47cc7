"""How well a vendor serves: resolution, satisfaction, handle time, waits, and what that is worth in money."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bporoute.errors import InputError, shown
from bporoute.fields import Memory, Probability, Weight, check_range
from bporoute.handle_time_estimate import LONGEST, HandleTimeEstimate, HandleTimePrior
from bporoute.share_estimate import ShareEstimate, SharePrior
from bporoute.target import ServiceLevel

Factor = Annotated[float, Meta(ge=0.01, le=100)]
HIGHEST_COST = 1e9


class QualityPrior(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of a team's quality before it was measured.

    Attributes
    ----------
    resolution : float
        Share of its contacts that are resolved, in [0, 1].
    satisfaction : float
        Mean satisfaction of its customers, in [0, 1].
    handle_time_factor : float
        Its handle time as a multiple of the in-house team's, from 0.01 to 100.
    weight : float
        Contacts that this belief weighs as much as, above 0.
    memory : float
        Contacts after which one's influence has fallen to 1/e, >= 1; inf: it never does. With the default a
        resolution of 75 % keeps a standard error below 1 point.

    Raises
    ------
    InputError
        If a number is outside its range.

    Examples
    --------
    >>> QualityPrior(resolution=0.72, weight=50).satisfaction
    1.0
    """

    resolution: Probability = 1.0
    satisfaction: Probability = 1.0
    handle_time_factor: Factor = 1.0
    weight: Weight = 100.0
    memory: Memory = 2000.0

    def __post_init__(self) -> None:
        check_range("resolution", self.resolution, 0.0, 1.0)
        check_range("satisfaction", self.satisfaction, 0.0, 1.0)
        check_range("handle_time_factor", self.handle_time_factor, 0.01, 100.0)
        check_range("weight", self.weight, 1e-6, 1e9)
        check_range("memory", self.memory, 1.0, math.inf)


class Quality(msgspec.Struct, frozen=True):
    """A team's quality as measured so far. Each part has a ``mean`` and an ``interval(probability)``.

    Attributes
    ----------
    resolution : ShareEstimate
        Share of its contacts that are resolved.
    satisfaction : ShareEstimate
        Mean satisfaction, in [0, 1].
    handle_time_factor : HandleTimeEstimate
        Handle time as a multiple of the in-house team's.

    Examples
    --------
    >>> nord = Quality.of(QualityPrior(resolution=0.75, satisfaction=0.8, weight=100))
    >>> for contact in range(300):
    ...     nord = nord.step(resolved=contact % 5 > 0, handle=270.0, in_house_aht=240.0)
    >>> round(nord.resolution.mean, 3), nord.satisfaction.mean, round(nord.handle_time_factor.mean, 3)
    (0.787, 0.8, 1.092)
    """

    resolution: ShareEstimate
    satisfaction: ShareEstimate
    handle_time_factor: HandleTimeEstimate

    @classmethod
    def of(cls, prior: QualityPrior) -> Quality:
        """What is believed before anything was measured."""
        weight, memory = prior.weight, prior.memory
        return cls(
            ShareEstimate(SharePrior(share=prior.resolution, weight=weight, memory=memory)),
            ShareEstimate(SharePrior(share=prior.satisfaction, weight=weight, memory=memory)),
            HandleTimeEstimate(HandleTimePrior(aht=prior.handle_time_factor, weight=weight, memory=memory)),
        )

    def step(
        self,
        *,
        resolved: bool | None = None,
        satisfaction: float = math.nan,
        handle: float = math.nan,
        in_house_aht: float = math.nan,
    ) -> Quality:
        """The quality after something more is known of a contact; each part may come on its own, and late.

        Parameters
        ----------
        resolved : bool or None
            Whether it was resolved; None: not known.
        satisfaction : float
            Its customer's score, in [0, 1]; anything else is ignored.
        handle, in_house_aht : float
            Its handle time, and the mean that the in-house team takes for such a contact, seconds; ignored
            unless both are above 0 and the first is at most a day.
        """
        found, score, factor = self.resolution, self.satisfaction, self.handle_time_factor
        if resolved is not None:
            found = found.step(1.0 if resolved else 0.0)
        if 0.0 <= satisfaction <= 1.0:
            score = score.step(satisfaction)
        if 0.0 < handle <= LONGEST and 0.0 < in_house_aht < math.inf:
            factor = factor.step(handle / in_house_aht)
        return Quality(found, score, factor)


def quality_cost(
    vendor: Quality,
    in_house: Quality,
    unresolved_cost: float,
    dissatisfied_cost: float,
    *,
    probability: float | None = None,
) -> float:
    """What a contact costs more because the vendor, not the in-house team, serves it.

    ``(r_in - r_v) unresolved_cost + (s_in - s_v) dissatisfied_cost`` with resolutions r and satisfactions s.

    Parameters
    ----------
    vendor, in_house : Quality
        Measured, or at least believed, on the same scale.
    unresolved_cost, dissatisfied_cost : float
        Money per contact that is not resolved, and per customer who is not satisfied, 0 to 1e9.
    probability : float or None
        None: by the means. Else, to be careful with a vendor that is little known: the upper bound of the
        difference's interval of this probability, from the bounds of the single intervals (their distances
        from the means add up in squares, as if the four were independent: Zou & Donner, Statist. Med. 27,
        2008).

    Returns
    -------
    float
        Money per contact; negative where the vendor is better.

    Raises
    ------
    InputError
        If a number is outside its range.

    Examples
    --------
    >>> own = Quality.of(QualityPrior(resolution=0.8, satisfaction=0.9, weight=1000))
    >>> nord = Quality.of(QualityPrior(resolution=0.7, satisfaction=0.9, weight=100))
    >>> round(quality_cost(nord, own, 6.0, 2.0), 3)
    0.6
    >>> round(quality_cost(nord, own, 6.0, 2.0, probability=0.9), 3)
    1.103
    """
    check_range("unresolved_cost", unresolved_cost, 0.0, HIGHEST_COST)
    check_range("dissatisfied_cost", dissatisfied_cost, 0.0, HIGHEST_COST)
    parts = (
        (vendor.resolution, in_house.resolution, unresolved_cost),
        (vendor.satisfaction, in_house.satisfaction, dissatisfied_cost),
    )
    cost = sum((own.mean - theirs.mean) * worth for theirs, own, worth in parts)
    if probability is None:
        return cost
    distances = [
        worth * distance
        for theirs, own, worth in parts
        for distance in (
            theirs.mean - theirs.interval(probability)[0],
            own.interval(probability)[1] - own.mean,
        )
    ]
    return cost + math.hypot(*distances)


class Attainment(msgspec.Struct, frozen=True):
    """How probably a vendor answers a contact in time, as its service level counts it.

    Attributes
    ----------
    target : ServiceLevel
        What was agreed.
    share : ShareEstimate
        Probability that a contact that counts is answered in time: its ``mean`` and ``interval``.

    Examples
    --------
    >>> nord = Attainment.of(ServiceLevel(probability=0.8, within=20))
    >>> for wait in [5.0, 12.0, 40.0] * 100:
    ...     nord = nord.step("answered", wait)
    >>> round(nord.share.mean, 3), round(nord.meets(), 4)
    (0.687, 0.0)
    """

    target: ServiceLevel
    share: ShareEstimate

    @classmethod
    def of(
        cls, target: ServiceLevel, prior: float | None = None, weight: float = 50.0, memory: float = 2000.0
    ) -> Attainment:
        """What is believed before anything was measured; by default that the target is just met.

        Raises
        ------
        InputError
            If a number is outside its range, see `bporoute.SharePrior`.
        """
        expected = target.probability if prior is None else prior
        return cls(target, ShareEstimate(SharePrior(share=expected, weight=weight, memory=memory)))

    def meets(self) -> float:
        """Probability, in [0, 1], that the vendor's long-run service level is at least the target."""
        from scipy.special import betaincc

        return float(betaincc(*self.share.parameters, self.target.probability))

    def step(self, outcome: Literal["answered", "abandoned", "failed"], wait: float) -> Attainment:
        """The estimate after one more contact.

        Parameters
        ----------
        outcome : {"answered", "abandoned", "failed"}
            A failed contact was offered and not answered.
        wait : float
            Seconds until it was answered or gave up. Where the counting needs it and it is not known (nan,
            negative), the contact is ignored.

        Raises
        ------
        InputError
            If the outcome is not one of the three.
        """
        value = self.counted(outcome, wait)
        if value is None:
            return self
        return Attainment(self.target, self.share.step(value))

    def counted(self, outcome: str, wait: float) -> float | None:
        """1 in time, 0 not, None where a contact does not count or it cannot be told."""
        target, known = self.target, wait >= 0.0
        in_time = wait <= target.within
        if outcome == "answered":
            return float(in_time) if known else None
        if outcome == "failed":
            return None if target.counting == "answered" else 0.0
        if outcome != "abandoned":
            raise InputError("outcome", shown(outcome), "one of: answered, abandoned, failed")
        if target.counting in ("offered", "answered"):
            return 0.0 if target.counting == "offered" else None
        if not known:
            return None
        if target.counting == "credited":
            return float(in_time)
        forgiven = wait <= (target.short if target.counting == "short_excluded" else target.within)
        return None if forgiven else 0.0


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial has shown so far.

    Attributes
    ----------
    verdict : {"continue", "extend", "exit"}
        The vendor is good enough; it cannot be told yet; it is worse by more than the margin.
    difference : float
        Vendor's share minus the in-house share; nan if one of the two has no contacts.
    p_value : float
        Probability of a result at least as good for the vendor if it were worse by exactly the margin.
    """

    verdict: Literal["continue", "extend", "exit"]
    difference: float
    p_value: float


def non_inferiority(
    vendor_good: int,
    vendor_contacts: int,
    in_house_good: int,
    in_house_contacts: int,
    *,
    margin: float,
    error: float = 0.05,
) -> TrialResult:
    """Judge a trial: whether the vendor's share of good contacts is at most `margin` below the in-house one.

    The score test of Miettinen & Nurminen (Statist. Med. 4, 1985): the difference of the shares plus the
    margin, over its standard error under the most likely shares that differ by exactly the margin.

    Parameters
    ----------
    vendor_good, in_house_good : int
        Contacts that were resolved, or whatever else the trial judges by, of contacts drawn at random.
    vendor_contacts, in_house_contacts : int
        All contacts of the trial on each side.
    margin : float
        Loss in share that is acceptable, in (0, 1), such as 0.05.
    error : float
        Probability, in (0, 0.5), of "continue" although the vendor is worse by the margin, and likewise of
        "exit" although it is not worse by more. It holds in large samples and for one look at the data;
        for k looks give ``error / k``. By enumeration, from 30 to 200 contacts a side and margins of .03 to
        .15, an `error` of .05 was at most .07 for "continue" and .08 for "exit".

    Returns
    -------
    TrialResult
        "extend" as long as one side has no contacts.

    Raises
    ------
    InputError
        If a count is not whole, negative, or the good ones exceed all; if margin or error are outside.

    Examples
    --------
    >>> non_inferiority(745, 1000, 760, 1000, margin=0.05).verdict
    'continue'
    >>> non_inferiority(72, 100, 760, 1000, margin=0.05).verdict
    'extend'
    >>> non_inferiority(640, 1000, 760, 1000, margin=0.05).verdict
    'exit'
    """
    check_range("margin", margin, 0.0, 1.0, open_ends=True)
    check_range("error", error, 0.0, 0.5, open_ends=True)
    _check_counts("vendor", vendor_good, vendor_contacts)
    _check_counts("in_house", in_house_good, in_house_contacts)
    if not vendor_contacts or not in_house_contacts:
        return TrialResult(verdict="extend", difference=math.nan, p_value=0.5)
    difference = vendor_good / vendor_contacts - in_house_good / in_house_contacts
    own = likeliest_share(vendor_good, vendor_contacts, in_house_good, in_house_contacts, margin)
    theirs = own - margin
    variance = own * (1.0 - own) / in_house_contacts + theirs * (1.0 - theirs) / vendor_contacts
    contacts = vendor_contacts + in_house_contacts
    score = (difference + margin) / math.sqrt(variance * contacts / (contacts - 1))
    p_value = NormalDist().cdf(-score)
    verdict: Literal["continue", "extend", "exit"] = "extend"
    if p_value <= error:
        verdict = "continue"
    elif p_value >= 1.0 - error:
        verdict = "exit"
    return TrialResult(verdict=verdict, difference=difference, p_value=p_value)


def likeliest_share(
    vendor_good: int, vendor_contacts: int, in_house_good: int, in_house_contacts: int, margin: float
) -> float:
    """The most likely in-house share if the vendor's is lower by exactly `margin`; in [margin, 1].

    The root of a cubic, in closed form: Miettinen & Nurminen (1985), appendix 1.

    >>> round(likeliest_share(70, 100, 80, 100, margin=0.1), 12)  # as observed: nothing has to give
    0.8
    """
    everyone, good = vendor_contacts + in_house_contacts, vendor_good + in_house_good
    a = ((vendor_contacts + 2 * in_house_contacts) * -margin - everyone - good) / everyone
    b = (-margin * (-in_house_contacts * margin - everyone - 2 * in_house_good) + good) / everyone
    c = -in_house_good * margin * (1.0 + margin) / everyone
    third = a / 3.0
    q = third**3 - a * b / 6.0 + c / 2.0
    p = math.copysign(math.sqrt(max(third * third - b / 3.0, 0.0)), q)
    angle = (math.pi + math.acos(max(-1.0, min(1.0, q / p**3)))) / 3.0 if p else math.pi / 2.0
    return min(max(2.0 * p * math.cos(angle) - third, margin), 1.0)


def _check_counts(side: str, good: int, contacts: int) -> None:
    for name, count in ((f"{side}_good", good), (f"{side}_contacts", contacts)):
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 1_000_000_000:
            raise InputError(name, shown(count), "a whole number from 0 to 1,000,000,000")
    if good > contacts:
        raise InputError(f"{side}_good", shown(good), f"at most {side}_contacts, {contacts}")
