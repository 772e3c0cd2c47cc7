"""What a policy does, in words that somebody who never saw its code name understands."""

from __future__ import annotations

from collections.abc import Mapping

from bporoute._base.words import counted
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

MOST_NAMED = 4
"""Vendors up to which each is named with its share."""
OWN = "decides by a rule of your own"


def policy_words(policy: Policy) -> str:
    """What a policy does, as the rest of a sentence that begins with its name.

    >>> from bporoute.policies import parse_policy
    >>> for text in ("QueueLength(10)", "ExpectedWait(60)", "Share({'nord': 0.3})"):
    ...     print(policy_words(parse_policy(text)))
    sends out from 10 waiting on
    sends out whoever would wait more than 60 s on average
    gives vendors fixed shares of the contacts (nord 30 %)
    """
    return _alone(policy) or _composed(policy) or OWN


def _alone(policy: Policy) -> str:
    match policy:
        case NeverOverflow():
            return "keeps every contact that there is room for"
        case QueueLength(n=0):
            return "sends out whoever would have to wait"
        case QueueLength(n=n):
            return f"sends out from {n:g} waiting on"
        case QueuePerAgent(n=n):
            return f"sends out from {n:g} waiting for each agent on"
        case OccupancyLimit(most=most):
            return f"sends out while {100 * most:g} % of the agents or more are busy"
        case ExpectedWait(seconds=seconds):
            return f"sends out whoever would wait more than {seconds:g} s on average"
        case ServedInTime(probability=chance, within=within):
            return f"sends out whoever has a chance below {100 * chance:g} % to be served within {within:g} s"
        case OwnCost(factor=factor):
            return f"sends out where that costs less than {factor:g} times the contact's own wait"
        case MarginalCost():
            return "sends out where that costs less than keeping, the wait of those behind included"
        case MeetTarget(probability=None):
            return "sends out as few as let the queue meet its service level"
        case MeetTarget(probability=chance, within=within):
            return f"sends out as few as let {100 * (chance or 0.0):g} % be answered within {within:g} s"
        case Share(shares=shares):
            return f"gives vendors fixed shares of the contacts ({_listed(shares)})"
        case HashShare(shares=shares):
            return f"gives vendors fixed shares of the contacts, drawn by their ids ({_listed(shares)})"
        case _:
            return ""


def _composed(policy: Policy) -> str:
    match policy:
        case Either(a=a, b=b):
            return f"sends out where one of two rules would: one {policy_words(a)}; one {policy_words(b)}"
        case Both(a=a, b=b):
            return f"sends out where both of two rules would: one {policy_words(a)}; one {policy_words(b)}"
        case Hysteresis(open=begins, close=ceases):
            return (
                f"begins to send out by a rule that {policy_words(begins)}, and goes on by one that "
                f"{policy_words(ceases)}"
            )
        case Released(policy=begins, seconds=seconds):
            return f"{policy_words(begins)}, and once it does goes on for {seconds:g} s"
        case Warm(policy=decides, shares=shares):
            return f"{policy_words(decides)}, but keeps vendors in practice ({_listed(shares)} at least)"
        case _:
            return ""


def _listed(shares: Mapping[str, float]) -> str:
    if len(shares) <= MOST_NAMED:
        return ", ".join(f"{name} {100 * share:.3g} %" for name, share in shares.items())
    return f"{100 * sum(shares.values()):.3g} % in all to {counted(len(shares), 'vendor')}"
