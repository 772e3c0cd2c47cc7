"""A period that was begun under one contract, as another one counts it that takes its place."""

from __future__ import annotations

import msgspec

from bporoute.contracts._increment import Counter
from bporoute.contracts._measure import Measure
from bporoute.contracts._usage import PeriodUsage


def counted_for(usage: PeriodUsage, empty: PeriodUsage) -> PeriodUsage:
    """A usage as one that counts what a contract needs, whose ``usage()`` is `empty`.

    What both contracts count stays as it is, to the last unit. What only this one counts begins at what the
    plain counts tell: all contacts and minutes, not rounded; 0 where it counts some types or channels, or
    failed contacts. Tiers are filled by the contacts and minutes so far.

    >>> from bporoute import BilledContact, Contract, PerMinute
    >>> before = Contract(price_per_contact=2.0).usage().add(BilledContact(handle=90))
    >>> by_minute = Contract(terms=(PerMinute(price=1.0, step=60),))
    >>> counted = counted_for(before, by_minute.usage()).add
    >>> by_minute.invoice(counted(BilledContact(handle=90))).total
    3.5
    """
    if usage.measures is empty.measures:
        return usage
    known = dict(zip(usage.measures, usage.units, strict=True))
    tiers = usage.tier_edges, usage.tiers_by
    found = msgspec.structs.replace(
        usage,
        measures=empty.measures,
        units=tuple(known[each] if each in known else _plainly(each, usage) for each in empty.measures),
        multipliers=empty.multipliers,
        tier_edges=empty.tier_edges,
        tiers_by=empty.tiers_by,
    )
    if tiers == (empty.tier_edges, empty.tiers_by):
        return found
    average = found.average()
    numbered = empty if average is None else empty.plus(average, found.offered)
    return msgspec.structs.replace(
        found, tier_contacts=numbered.tier_contacts, tier_minutes=numbered.tier_minutes
    )


def _plainly(measure: Counter, usage: PeriodUsage) -> float:
    """Units of a measure as far as the plain counts tell."""
    if not isinstance(measure, Measure) or measure.contact_types or measure.channels:
        return 0.0
    counts = {
        "offered": usage.offered,
        "answered": usage.answered,
        "handled": usage.handled,
        "resolved": usage.resolved,
        "handle_minutes": usage.handle_seconds / 60.0,
        "talk_minutes": usage.talk_seconds / 60.0,
    }
    return counts.get(measure.counts, 0.0)
