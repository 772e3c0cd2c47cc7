"""What a policy answers, so that one kernel executes every policy, live and in a replay.

A policy is a function of a `Situation` that returns a `Rule`. One of one's own takes a few lines:

>>> def half_empty(situation: Situation) -> Rule:
...     "Keep as long as fewer contacts wait than half the agents."
...     return Rule.keep_while(situation.waiting < situation.agents / 2)

The composed policies, such as ``Hysteresis``, wrap it as any other. A situation has neither a clock nor the
ages of the contacts in line, so there is no rule by the time of day or by the longest wait so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.ranges import Range
from bporoute.errors import InputError, shown
from bporoute.policies._situation import Situation


class Rule(msgspec.Struct, frozen=True, eq=False):
    """What a policy answers: a cost of keeping for each number present, or shares.

    Attributes
    ----------
    keep_cost : array or None
        For 0, 1, .. N contacts present: what keeping one more costs, in the same money as the vendors.
        The contact is kept where that is not more than the cheapest vendor that may take it.
    shares : mapping or None
        Vendor -> share of the contacts, in [0, 1], at most 1 in all; the rest is kept. The part of a vendor
        that may not take one now goes to the others that have a share.
    by_hash : bool
        Draw the shares from a stable hash of each contact's id instead of counting them, see `HashShare`.
    keep_cost_open : array or None
        As `keep_cost`, in force from a contact that was sent out until the next one that is kept.
    dwell : float
        Seconds for which the rule goes on sending, or keeping, once it has begun to.
    release : float
        Seconds after which sending ends by itself, until `keep_cost` begins it anew; inf: never.
    warm : mapping or None
        Vendor -> share of the contacts that it may take which it gets whatever they cost, in [0, 1], at
        most 1 in all: one contact whenever that share has added up to one.
    work_cost, work_cost_open : array or None
        For 0, 1, .. N contacts present: what a contact costs more for every mean handle time that it takes
        beyond one, beside `keep_cost` and beside `keep_cost_open`; finite. A contact that takes u mean
        handle times costs ``keep_cost + (u - 1) work_cost``. None: as much as any other.
    """

    keep_cost: Floats | None = None
    shares: Mapping[str, float] | None = None
    by_hash: bool = False
    keep_cost_open: Floats | None = None
    dwell: float = 0.0
    release: float = np.inf
    warm: Mapping[str, float] | None = None
    work_cost: Floats | None = None
    work_cost_open: Floats | None = None

    @staticmethod
    def keep_while(kept: Flags) -> Rule:
        """Keep where `kept` (one flag for each number present), send out elsewhere, whatever it costs."""
        return Rule(keep_cost=np.where(kept, -np.inf, np.inf))


Policy = Callable[[Situation], Rule]


def check_number(policy: str, field: str, value: Any, least: float, most: float) -> None:
    """Refuse a policy's number that is none, or is not from `least` to `most`."""
    span = f"{field} of at least {least:g}" if most == np.inf else f"{field} from {least:g} to {most:g}"
    number = isinstance(value, Real) and not isinstance(value, bool)
    legal = Range(least, most, below=False)
    if not number or not legal.holds(value):
        span += legal.as_share(value)
        raise InputError(policy, f"{field} = {shown(value).removesuffix('.0')}", span)
