"""The verdict on a trial: whether the vendor's contacts end about as well as the in-house ones."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bporoute._base.fields import OpenProbability, converted
from bporoute.errors import InputError, shown

ErrorRate = Annotated[float, Meta(gt=0, lt=0.5)]


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
        "exit" although it is not worse by more. It holds in large samples of independent contacts and for
        one look at the data; for several looks, and days that differ by more than chance, there is
        `bporoute.governance.check_trial`. By enumeration, from 30 to 200 contacts a side and margins of .03
        to .15, an `error` of .05 was at most .07 for "continue" and .08 for "exit".

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
    converted(margin, OpenProbability, "margin")
    converted(error, ErrorRate, "error")
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
