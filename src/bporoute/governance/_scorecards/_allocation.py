"""Whose contacts would be better elsewhere, and why."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute.center._center import Center
from bporoute.governance._scorecards._results import VendorScore, VolumeShift

STEP = 0.1
"""Share of a vendor's contacts that is moved at once: what is known is of the past, so in small steps."""


def shifts_of(scores: Sequence[VendorScore], center: Center) -> tuple[tuple[VolumeShift, ...], str]:
    """What to move from whom to whom; and that, or why nothing is to be moved, in a sentence.

    A vendor gives a tenth of its contacts away if its target is proven missed in the long run, or if its
    cost per resolved contact (per answered one, where nobody knows what was resolved) is above another's,
    interval above interval. It goes to the cheapest vendor that takes one of its contact types, has a place
    below its largest share, and is not proven to miss its own target.
    """
    known = [each for each in scores if each.vendor in center.vendors]
    shifts = []
    for giver in known:
        takers = [each for each in known if _may_take(giver, each, center)]
        if not takers:
            continue
        taker = min(takers, key=_price)
        cost, other = _cost(giver), _cost(taker)
        missed = giver.whole.verdict == "missed"
        dearer = cost is not None and other is not None and cost[0] > other[1]
        reasons = []
        if missed:
            level = giver.whole.level
            reasons.append(
                f"{giver.vendor} is proven to miss {100 * giver.whole.target:g} % "
                f"({100 * level.low:.1f} to {100 * level.high:.1f} %)"
            )
        if dearer and cost is not None and other is not None:
            reasons.append(
                f"it costs {cost[0]:.2f} to {cost[1]:.2f} {center.currency} {_unit(giver)}, "
                f"{taker.vendor} {other[0]:.2f} to {other[1]:.2f}"
            )
        if reasons:
            share = STEP * giver.whole.share
            shifts.append(VolumeShift(giver.vendor, taker.vendor, share, "; ".join(reasons)))
    if len(known) < 2:
        return (), "Allocation: there is one vendor, so nothing to move."
    if not shifts:
        return (), (
            "Allocation: leave the shares as they are; no vendor is proven to miss its target, or to cost "
            f"more than another that takes the same contacts ({_seen(known)})."
        )
    told = "; ".join(
        f"move {100 * each.share:.1f} % of all contacts from {each.giver} to {each.taker}, since {each.why}"
        for each in shifts
    )
    return tuple(shifts), f"Allocation: {told}."


def _may_take(giver: VendorScore, taker: VendorScore, center: Center) -> bool:
    if taker.vendor == giver.vendor or taker.whole.verdict == "missed":
        return False
    ours, theirs = center.vendors[giver.vendor], center.vendors[taker.vendor]
    room = taker.whole.share + STEP * giver.whole.share <= theirs.max_share
    return room and not set(ours.contact_types).isdisjoint(theirs.contact_types)


def _cost(score: VendorScore) -> tuple[float, float] | None:
    for found in (score.whole.per_resolved, score.whole.per_contact):
        if found.low > -float("inf"):
            return found.low, found.high
    return None


def _price(score: VendorScore) -> float:
    for found in (score.whole.per_resolved, score.whole.per_contact):
        if found.value == found.value:
            return found.value
    return float("inf")


def _unit(score: VendorScore) -> str:
    known = score.whole.per_resolved.low > -float("inf")
    return "a resolved contact" if known else "an answered contact"


def _seen(scores: Sequence[VendorScore]) -> str:
    return ", ".join(f"{each.vendor}: {each.whole.verdict}" for each in scores)
