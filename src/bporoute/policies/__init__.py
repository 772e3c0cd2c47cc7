"""When a contact is kept and when it is sent out.

A policy is a function from a `Situation` (what is true of a queue) to a `Rule` (what keeping costs for each
number of contacts present, or shares of the vendors). It gets a value and returns a value; the kernel ranks
by it, so one's own runs live, in batches and in a simulation alike.

Not here: who may take a contact at all, which no policy can change (`bporoute.routing`).
"""

from bporoute.policies._composed import Both, Either, Hysteresis, Released, Warm
from bporoute.policies._meet_target import MeetTarget
from bporoute.policies._rule import Policy, Rule
from bporoute.policies._shares import HashShare, Share
from bporoute.policies._situation import PeriodScore, Situation
from bporoute.policies._text import parse_policy, policy_label, policy_text
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
from bporoute.policies._usual import tuned_families, usual_policies

__all__ = [
    "Both",
    "Either",
    "ExpectedWait",
    "HashShare",
    "Hysteresis",
    "MarginalCost",
    "MeetTarget",
    "NeverOverflow",
    "OccupancyLimit",
    "OwnCost",
    "PeriodScore",
    "Policy",
    "QueueLength",
    "QueuePerAgent",
    "Released",
    "Rule",
    "ServedInTime",
    "Share",
    "Situation",
    "Warm",
    "parse_policy",
    "policy_label",
    "policy_text",
    "tuned_families",
    "usual_policies",
]
