"""What a vendor bills of contacts whose wait in its line is not known yet: it is exponential."""

from __future__ import annotations

import math
from itertools import pairwise

import msgspec

from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._increment import Counter
from bporoute.contracts._multiplier import Multiplier, moving_factors

APPROACH = 30
"""Minutes before an edge of a window in which a price by the minute moves: few contacts last longer."""
NODES = ((0.5 - 0.15**0.5, 5 / 18), (0.5, 8 / 18), (0.5 + 0.15**0.5, 5 / 18))
"""Places in a unit interval and their weights: Gauss and Legendre's rule of three points."""
FAR = 10.0
"""Mean waits that an edge may be away and not matter to how waits are spread."""
HARDLY = 1e-9
"""Share of the contacts that is none."""


def answered(
    contact: BilledContact, multipliers: tuple[Multiplier, ...], mean_wait: float
) -> list[tuple[float, BilledContact]]:
    """A contact that is answered after a wait by chance: its kinds to multipliers, how probable each is.

    The wait is exponential, with a mean of `mean_wait` seconds. Near an edge of a window by which minutes
    count, some waits stand for all: three, by Gauss and Legendre's rule over their probability, of each piece
    between 0, twice the mean and the edges, which is right to .3 %. Elsewhere all waits are alike.

    >>> from datetime import datetime
    >>> night = Multiplier(factor=2, hours=("daily 22:00-06:00",), decided="by_minute")
    >>> begun = BilledContact(local=datetime(2026, 11, 22, 21, 59))
    >>> [(round(share, 3), round(kind.wait)) for share, kind in answered(begun, (night,), 60.0)]
    [(0.176, 4), (0.281, 23), (0.176, 49), (0.368, 120)]
    """
    near = min(60.0 * APPROACH, FAR * mean_wait)
    edges = [start for start, _ in moving_factors(multipliers, contact)[1:] if start < near]
    if not edges:
        return [(1.0, msgspec.structs.replace(contact, wait=mean_wait))]
    long = [2.0 * mean_wait] if 2.0 * mean_wait < edges[-1] else []
    sooner = [-math.expm1(-wait / mean_wait) for wait in sorted({0.0, *long, *edges})]
    kinds = [
        (weight * (high - low), -mean_wait * math.log1p(-low - place * (high - low)))
        for low, high in pairwise(sooner)
        if high - low > HARDLY
        for place, weight in NODES
    ]
    kinds.append((math.exp(-edges[-1] / mean_wait), edges[-1] + mean_wait))
    return [(share, msgspec.structs.replace(contact, wait=wait)) for share, wait in kinds if share > HARDLY]


def given_up(
    contact: BilledContact, measures: tuple[Counter, ...], mean_wait: float
) -> list[tuple[float, BilledContact]]:
    """A contact that gives up after a wait by chance: its kinds to some measures, and how probable each is.

    The wait is exponential, with a mean of `mean_wait` seconds, above 0. Short ones may be free: contacts
    whose waits lie between the same limits of ``free_up_to`` are alike.

    >>> from bporoute import Measure
    >>> free = Measure(counts="offered", free_up_to=5.0)
    >>> [(round(share, 4), kind.wait) for share, kind in given_up(BilledContact(), (free,), 20.0)]
    [(0.2212, 5.0), (0.7788, 25.0)]
    """
    limits = sorted({0.0, *(measure.free_up_to for measure in measures)})
    longer = [math.exp(-limit / mean_wait) for limit in limits] + [0.0]
    waits = [*limits[1:], limits[-1] + mean_wait]
    gone = msgspec.structs.replace(contact, answered=False, handle=0.0)
    return [
        (share - rest, msgspec.structs.replace(gone, wait=wait))
        for (share, rest), wait in zip(pairwise(longer), waits, strict=True)
    ]
