"""What of a situation a policy looks at, so that a rule is not solved anew where that stays as it was."""

from __future__ import annotations

from bporoute.policies._composed import Both, Either, Hysteresis, Released, Warm
from bporoute.policies._meet_target import MeetTarget
from bporoute.policies._rule import Policy
from bporoute.policies._shares import HashShare, Share
from bporoute.policies._thresholds import (
    ExpectedWait,
    MarginalCost,
    NeverOverflow,
    OccupancyLimit,
    OwnCost,
    QueueLength,
    QueuePerAgent,
    ServedInTime,
)

TEAM = frozenset({"agents", "aht"})
"""Fields of a `Situation` that change with the team alone."""
STREAM = frozenset({"arrival_rates", "prices", "works"})
"""Those that change with what arrives and what it costs elsewhere."""
SCORE = frozenset({"served_so_far"})
ROOM = frozenset({"waiting_room"})
"""Those that say how far a rule reaches: whoever does not look at them has the same rule in a shorter room,
as far as that reaches and nobody comes near its end."""
EVERYTHING = TEAM | STREAM | SCORE | ROOM
"""All that changes while a center is open, or may be cut short; the others are as configured."""

_BY_TEAM = (
    NeverOverflow,
    QueueLength,
    QueuePerAgent,
    OccupancyLimit,
    ExpectedWait,
    ServedInTime,
    OwnCost,
    Share,
    HashShare,
)


def goes_by_marginal_cost(policy: Policy) -> bool:
    """Whether a policy's rule is what one more contact costs and nothing else, so that a kernel can solve it.

    >>> from bporoute import MarginalCost, QueueLength
    >>> goes_by_marginal_cost(MarginalCost()), goes_by_marginal_cost(QueueLength(10))
    (True, False)
    """
    return type(policy) is MarginalCost


def looks_at(policy: Policy) -> frozenset[str]:
    """Those fields of `EVERYTHING` that a policy's rule may rest on; of one's own policy, all.

    >>> from bporoute import QueueLength
    >>> sorted(looks_at(QueueLength(10)))
    ['agents', 'aht']
    """
    # By their very kind: what is made of one may look at more.
    if type(policy) in _BY_TEAM:
        return TEAM
    if type(policy) is MarginalCost:
        return TEAM | STREAM
    if type(policy) is MeetTarget:
        return TEAM | STREAM | SCORE
    if isinstance(policy, Either | Both):
        return looks_at(policy.a) | looks_at(policy.b)
    if isinstance(policy, Hysteresis):
        return looks_at(policy.open) | looks_at(policy.close)
    if isinstance(policy, Released | Warm):
        return looks_at(policy.policy)
    return EVERYTHING
