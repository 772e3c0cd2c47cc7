"""Whose contacts would be better elsewhere, and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime

from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.center._vendor import Vendor
from bporoute.estimates._confidence import Estimate
from bporoute.governance._scorecards._results import VendorScore, VolumeShift
from bporoute.planning._asked_for import requests_of
from bporoute.routing._hard_rules import HARD_RULES, barred, term

STEP = 0.1
"""Share of a vendor's contacts that is moved at once: what is known is of the past, so in small steps."""
_ROUNDING = 1e-9
_NOON = 12
_NAMED = 4
"""Vendors of which it is said why they may not take contacts."""


def shifts_of(
    scores: Sequence[VendorScore], center: Center, day: date
) -> tuple[tuple[VolumeShift, ...], str]:
    """What to move from whom to whom; and that, or why nothing is to be moved, in a sentence.

    A vendor gives a tenth of its contacts away if its target is proven missed in the long run, or if its
    cost per resolved contact (per answered one, unless of both it is known what was resolved) is above
    another's, interval above interval; those that miss come first. It goes to the cheapest vendor that may
    take some of its contacts on the `day` by the rules of the live router, is not proven to miss its own
    target, and has a place below its largest share beside what it was given already.
    """
    known = [each for each in scores if each.vendor in center.vendors]
    if len(known) < 2:
        return (), "Allocation: there is one vendor, so nothing to move."
    filled = {each.vendor: each.whole.share for each in known}
    shifts, stuck = [], []
    for giver in sorted(known, key=lambda each: each.whole.verdict != "missed"):
        share = STEP * giver.whole.share
        hindered = {each.vendor: _hindered(giver, each, center, day) for each in known if each is not giver}
        able = [each for each in known if hindered.get(each.vendor) == ""]
        missed = giver.whole.verdict == "missed"
        cheaper = [each for each in able if _dearer(giver, each)]
        if not missed and not cheaper:
            continue
        fitting = [each for each in able if _has_room(filled[each.vendor] + share, each, center)]
        hindered.update({each.vendor: _NO_ROOM for each in able if each not in fitting})
        pool = [each for each in cheaper if each in fitting] or (fitting if missed else [])
        if not pool:
            why = "; ".join(_why(giver, missed, cheaper[:1], center))
            rivals = [each.vendor for each in (known if missed else cheaper) if each is not giver]
            others = ", ".join(f"{name} {hindered[name]}" for name in rivals[:_NAMED])
            more = f", and {len(rivals) - _NAMED} more" if len(rivals) > _NAMED else ""
            stuck.append(f"{why}, and of the others nobody may take its contacts: {others}{more}")
            continue
        resolved = all(_known(each.whole.per_resolved) for each in pool)
        taker = min(pool, key=lambda each: _price(each, resolved))
        why = "; ".join(_why(giver, missed, [taker] if taker in cheaper else [], center))
        filled[taker.vendor] += share
        shifts.append(VolumeShift(giver.vendor, taker.vendor, share, why))
    left = "; ".join(stuck)
    if not shifts:
        nothing = (
            "no vendor is proven to miss its target, or to cost more than another that takes the same "
            f"contacts ({', '.join(f'{each.vendor}: {each.whole.verdict}' for each in known)})"
        )
        return (), f"Allocation: leave the shares as they are; {left or nothing}."
    told = "; ".join(
        f"move {100 * each.share:.1f} % of all contacts from {each.giver} to {each.taker}, since {each.why}"
        for each in shifts
    )
    return tuple(shifts), f"Allocation: {told}{'; ' if left else ''}{left}."


_NO_ROOM = "has no room below its largest share"


def _hindered(giver: VendorScore, taker: VendorScore, center: Center, day: date) -> str:
    """Why a vendor may take none of another's contacts; empty: it may take some."""
    if taker.whole.verdict == "missed":
        return "misses its own target"
    vendor = center.vendors[taker.vendor]
    if math.isnan(giver.whole.share + taker.whole.share):
        return "cannot be judged, as not all shares are told"
    if term(vendor, datetime(day.year, day.month, day.day, _NOON, tzinfo=vendor.zone)):
        return f"has no contract in force on {day}"
    codes = _codes(center.vendors[giver.vendor], vendor, center, day)
    if not codes:
        return "gets none, as none of them may go out"
    return "" if 0 in codes else f"is barred by {' and '.join(HARD_RULES[code].name for code in codes)}"


def _codes(giver: Vendor, taker: Vendor, center: Center, day: date) -> list[int]:
    """The rules that bar a vendor from the types that another takes, each once; 0: not barred from some."""
    kinds = {name: center.contact_types[name] for name in giver.contact_types if name in center.contact_types}
    asked = [
        request
        for name, kind in kinds.items()
        if kind.sourcing != Sourcing.IN_HOUSE or kind.hand_over
        for request in requests_of(center, name)
    ]
    return list(dict.fromkeys(barred(request, taker, center, day) for request in asked))


def _has_room(share: float, score: VendorScore, center: Center) -> bool:
    return share <= center.vendors[score.vendor].max_share + _ROUNDING


def _known(cost: Estimate) -> bool:
    return cost.low > -math.inf


def _costs(giver: VendorScore, taker: VendorScore) -> tuple[Estimate, Estimate, str]:
    """What a contact costs at either: a resolved one if that is known of both, else an answered one."""
    ours, theirs = giver.whole, taker.whole
    if _known(ours.per_resolved) and _known(theirs.per_resolved):
        return ours.per_resolved, theirs.per_resolved, "a resolved contact"
    return ours.per_contact, theirs.per_contact, "an answered contact"


def _dearer(giver: VendorScore, taker: VendorScore) -> bool:
    ours, theirs, _ = _costs(giver, taker)
    return _known(ours) and _known(theirs) and ours.low > theirs.high


def _price(score: VendorScore, resolved: bool) -> float:
    found = score.whole.per_resolved if resolved else score.whole.per_contact
    return math.inf if math.isnan(found.value) else found.value


def _why(giver: VendorScore, missed: bool, cheaper: Sequence[VendorScore], center: Center) -> list[str]:
    """What is proven of a vendor."""
    reasons = []
    if missed:
        level = giver.whole.level
        reasons.append(
            f"{giver.vendor} is proven to miss {100 * giver.whole.target:g} % "
            f"({100 * level.low:.1f} to {100 * level.high:.1f} %)"
        )
    for each in cheaper:
        ours, theirs, unit = _costs(giver, each)
        reasons.append(
            f"{'it' if missed else giver.vendor} costs {ours.low:.2f} to {ours.high:.2f} {center.currency} "
            f"{unit}, {each.vendor} {theirs.low:.2f} to {theirs.high:.2f}"
        )
    return reasons
