"""The policies that are compared where nobody names one, and fixed rules to be tuned in hindsight."""

from __future__ import annotations

from bporoute.center._center import Center
from bporoute.policies._rule import Policy
from bporoute.policies._shares import Share
from bporoute.policies._thresholds import (
    ExpectedWait,
    MarginalCost,
    NeverOverflow,
    OwnCost,
    QueueLength,
    ServedInTime,
)

TUNED_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 12, 20)
TUNED_WAITS = (5, 10, 20, 30, 45, 60, 90, 120)
TUNED_FACTORS = (1, 1.5, 2, 3, 4, 6, 8, 12)


def usual_policies(center: Center) -> tuple[Policy, ...]:
    """The rules in use today, for a `center`, each with a customary number, and the exact one.

    >>> from bporoute import Center, ContactType, Queue
    >>> from bporoute.policies import policy_label
    >>> center = Center(queues={"desk": Queue(aht=240)}, contact_types={"call": ContactType(queue="desk")})
    >>> print(*map(policy_label, usual_policies(center)[4:]))
    ServedInTime(0.8, 20) MarginalCost()
    """
    vendors = tuple(center.vendors)
    aim = next(iter(center.aims.values()))
    return (
        NeverOverflow(),
        QueueLength(10),
        ExpectedWait(60),
        Share({vendor: 0.2 / len(vendors) for vendor in vendors}),
        ServedInTime(aim.probability, aim.within),
        MarginalCost(),
    )


def tuned_families() -> tuple[tuple[Policy, ...], ...]:
    """Fixed rules over a range of numbers, to be tuned in hindsight."""
    return (
        tuple(QueueLength(n) for n in TUNED_LENGTHS),
        tuple(ExpectedWait(seconds) for seconds in TUNED_WAITS),
        tuple(OwnCost(factor) for factor in TUNED_FACTORS),
    )
