"""Overflow no more than the service level needs, corrected for how the period has gone so far."""

from __future__ import annotations

import math
from typing import get_args

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.fields import did_you_mean
from bporoute.center._target import Counting, ServiceLevel
from bporoute.errors import InputError, shown
from bporoute.policies._rule import Rule, check_number
from bporoute.policies._situation import Situation


class MeetTarget(msgspec.Struct, frozen=True):
    """Keep as many contacts as possible while those kept get their service level; send out the rest.

    It overflows the least of all thresholds that meet the target. Prices do not count, but the cheapest
    vendor that may take a contact gets it. Where `Situation.served_so_far` is told, the rest of the period
    aims at what the whole period still needs, see `PeriodScore.needed`. If no threshold meets the target,
    every contact that would have to wait is sent out.

    Attributes
    ----------
    probability : float or None
        Share of the contacts kept to be answered in time, in [0, 1]; None, with `within`: the queue's own
        target, ``targets.service_level``.
    within : float or None
        Seconds.
    counting : str
        How contacts that give up count, see `bporoute.simulation._service.service_level`; for the numbers
        above only.

    Raises
    ------
    InputError
        For numbers out of range, or one without the other; when called without numbers for a queue that has
        no target.

    Examples
    --------
    50 agents, 10.4 contacts a minute: with 7 waiting the next contact is one too many.

    >>> import numpy as np
    >>> situation = Situation(
    ...     queue="service", agents=50, aht=300, patience=200, waiting_room=100, cost_rate=0,
    ...     abandonment_cost=0, arrival_rates=np.array([10.4 / 60]), prices=np.array([6.0]),
    ... )
    >>> rule = MeetTarget(0.8, 20)(situation)
    >>> int(rule.keep_cost.argmax()) - 50
    6
    """

    probability: float | None = None
    within: float | None = None
    counting: Counting = "offered"

    def __post_init__(self) -> None:
        if self.counting not in get_args(Counting):
            known = list(get_args(Counting))
            raise InputError("MeetTarget", shown(self.counting), did_you_mean(str(self.counting), known))
        if self.probability is None and self.within is None:
            if self.counting != "offered":
                raise InputError("MeetTarget", f"{self.counting!r} only", "probability and within too")
            return
        check_number("MeetTarget", "probability", self.probability, 0.0, 1.0)
        check_number("MeetTarget", "within", self.within, 0.0, 1e9)

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        target = self._target(situation)
        probability = target.probability
        if situation.served_so_far is not None:
            probability = situation.served_so_far.needed(probability)
        return Rule.keep_while(situation.present < _threshold(situation, target, probability))

    def _target(self, situation: Situation) -> ServiceLevel:
        if self.probability is not None and self.within is not None:
            return ServiceLevel(probability=self.probability, within=self.within, counting=self.counting)
        if situation.target is None:
            raise InputError(
                f"MeetTarget: queue {situation.queue!r}",
                "no target",
                "targets.service_level, or MeetTarget(probability, within)",
            )
        return situation.target


def _threshold(situation: Situation, target: ServiceLevel, probability: float) -> float:
    """The largest number present from which on sending out meets the target; inf: no need to.

    All contacts are kept below a threshold L, at rate lambda, and from L on only those that nobody may
    take, at rate r. The stationary weights are ``w_i = w_(i-1) lambda / d_i`` below L and go on from w_L as
    those of rate r, v_i, do: ``w_L v_i / v_L = (lambda / r)^L v_i``. So the service level of every L takes
    one sum of w from below and one of v from above; in logarithms, as weights leave the range of numbers.
    """
    agents, rates = situation.agents, situation.arrival_rates
    if agents <= 0.0:
        return 0.0
    i = situation.present[1:-1]
    leaving = np.minimum(i, agents) / situation.aht + np.maximum(i - agents, 0.0) / situation.patience
    stuck = float(rates[situation.prices == np.inf].sum())
    with np.errstate(divide="ignore"):  # who never arrives and what never happens has weight 0
        steps = np.log(leaving)
        total = np.log(rates.sum())
        good, base = (np.log(curve[:-1]) for curve in _counted(situation, target))
        weights = np.cumsum(np.concatenate(([0.0], total - steps)))
        in_time, counted = np.logaddexp.accumulate(weights + good), np.logaddexp.accumulate(weights + base)
        if stuck > 0.0:
            above = np.cumsum(np.concatenate(([0.0], math.log(stuck) - steps)))
            ratio = total - math.log(stuck)
            # those that find L present or more, for L = 1 .. N - 1, of whom only the stuck ones are kept
            share = ratio * np.arange(len(above))
            for kept, curve in ((in_time, good), (counted, base)):
                rest = np.logaddexp.accumulate((above + curve)[::-1])[::-1]
                kept[:-1] = np.logaddexp(kept[:-1], (share - ratio + rest)[1:])
        met = np.flatnonzero(in_time >= counted + np.log(probability))
    most = max(met[-1] + 1.0 if len(met) else 0.0, math.ceil(agents))
    return math.inf if most >= len(weights) else most


def _counted(situation: Situation, target: ServiceLevel) -> tuple[Floats, Floats]:
    """For each number present: how likely a contact counts as served in time, and counts at all."""
    good = situation.served_in_time(target.within)
    everything = np.ones(len(good))
    match target.counting:
        case "offered":
            return good, everything
        case "ignored":
            return good, everything - situation.abandoned_in_time(target.within)
        case "credited":
            return good + situation.abandoned_in_time(target.within), everything
        case "answered":
            serving = situation.agents / situation.aht
            return good, serving / (serving + (situation.waiting + 1.0) / situation.patience)
        case "short_excluded":
            return good, everything - situation.abandoned_in_time(target.short)
