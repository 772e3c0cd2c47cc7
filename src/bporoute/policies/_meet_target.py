"""Overflow no more than the service level needs, corrected for how the period has gone so far."""

from __future__ import annotations

from typing import get_args

import msgspec
import numpy as np

from bporoute._base.arrays import for_kernel
from bporoute._base.fields import did_you_mean
from bporoute.center._targets import Counting, ServiceLevel
from bporoute.errors import InputError, shown
from bporoute.policies._rule import Rule, check_number
from bporoute.policies._situation import Situation


class MeetTarget(msgspec.Struct, frozen=True):
    """Keep as many contacts as possible while those kept get their service level; send out the rest.

    It overflows the least of all thresholds that meet the target. Prices do not count, but the cheapest
    vendor that may take a contact gets it. Where `Situation.served_so_far` is told, the rest of the period
    aims at what the whole period still needs, see `PeriodScore.needed`. All contact types share the
    threshold; of their handle times only the load that they make counts. If no threshold meets the target,
    every contact that would have to wait is sent out.

    Attributes
    ----------
    probability : float or None
        Share of the contacts kept to be answered in time, in [0, 1]; None, with `within`: the queue's own
        target, ``targets.service_level``.
    within : float or None
        Seconds, at least 0; inf: answered at all.
    counting : str
        How contacts that give up count, see `ServiceLevel`; for the numbers above only.

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
        check_number("MeetTarget", "within", self.within, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        target = self._target(situation)
        probability = target.probability
        if situation.served_so_far is not None:
            probability = situation.served_so_far.needed(probability)
        rates = situation.arrival_rates * situation.each_work
        from bporoute.queueing._least_overflow import threshold_meeting

        threshold = threshold_meeting(
            situation.slots,
            situation.full_aht,
            situation.patience,
            for_kernel(situation.departures[1:-1]),
            rates.sum(),
            float(rates[situation.prices == np.inf].sum()),
            target,
            probability,
            lambda within: situation.served_in_time(within)[:-1],
        )
        return Rule.keep_while(situation.present < threshold)

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
