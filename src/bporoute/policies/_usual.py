"""The policies that are compared where nobody names one, and families of fixed rules to be tuned."""

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
TUNED_PROBABILITIES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
TUNED_SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
TUNED_FACTORS = (1, 1.5, 2, 3, 4, 6, 8, 12)


def usual_policies(center: Center) -> tuple[Policy, ...]:
    """The rules in use today, for a `center`, each with a customary number, and `MarginalCost`.

    >>> from bporoute import Center, ContactType, Queue
    >>> from bporoute.policies import policy_label
    >>> center = Center(queues={"desk": Queue(aht=240)}, contact_types={"call": ContactType(queue="desk")})
    >>> print(*map(policy_label, usual_policies(center)[4:]))
    ServedInTime(0.8, 20) MarginalCost()
    """
    aim = next(iter(center.aims.values()))
    return (
        NeverOverflow(),
        QueueLength(10),
        ExpectedWait(60),
        _evenly(center, 0.2),
        ServedInTime(aim.probability, aim.within),
        MarginalCost(),
    )


def tuned_families(center: Center) -> tuple[tuple[Policy, ...], ...]:
    """Every kind of rule with a number, for a `center`, over a range of that number: to be tuned alike."""
    within = next(iter(center.aims.values())).within
    return (
        tuple(QueueLength(n) for n in TUNED_LENGTHS),
        tuple(ExpectedWait(seconds) for seconds in TUNED_WAITS),
        tuple(_evenly(center, share) for share in TUNED_SHARES),
        tuple(ServedInTime(probability, within) for probability in TUNED_PROBABILITIES),
        tuple(OwnCost(factor) for factor in TUNED_FACTORS),
    )


def _evenly(center: Center, share: float) -> Share:
    return Share({vendor: share / len(center.vendors) for vendor in center.vendors})
