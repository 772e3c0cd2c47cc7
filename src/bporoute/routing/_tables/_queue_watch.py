"""What its own stream says of each in-house queue: arrival rate, handle time, service level so far.

Mutable, like the ledger: the router tells it what happens and asks for the figures to decide by.
"""

from __future__ import annotations

import math

from bporoute.center._queue import Queue
from bporoute.estimates._attainment import Attainment
from bporoute.estimates._handle_time import HandleTimeEstimate, HandleTimePrior
from bporoute.estimates._rate import RateEstimate

STEP = 60.0
"""Seconds between two looks at the arrivals."""
WORTH_SOLVING = 0.02
"""Relative change of a rate or a handle time from which on the rule is solved anew."""


class QueueWatch:
    """Estimates of one queue, with its configuration as the prior.

    Attributes
    ----------
    arrival_rate : float
        Contacts per second to decide by: the configured rate until a minute was observed, then the safe
        quantile of the estimate.
    aht : float
        Seconds to decide by: the configured one until contacts were handled, then the estimated mean.
    good, base : float
        Contacts of the period that met the service level, and that count for it.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        aim = queue.targets.service_level
        self._aim = None if aim is None else Attainment.of(aim)
        self.rate = RateEstimate().at(queue.arrival_rate)
        self.handle = HandleTimeEstimate(HandleTimePrior(aht=queue.aht))
        self.arrival_rate = queue.arrival_rate
        self.aht = queue.aht
        self.good = self.base = 0.0
        self._routed = 0.0
        self._since = math.nan

    def look(self, now: float, routed: float) -> bool:
        """Take notice of how many contacts were routed so far; whether the rule should be solved anew."""
        seconds = now - self._since
        if not seconds >= 0.0:  # the first look, or a clock set back
            self._since, self._routed = now, routed
            return False
        if seconds < STEP:
            return False
        self.rate = self.rate.step(routed - self._routed, seconds, self._queue.arrival_rate)
        self._since, self._routed = now, routed
        if not _moved(self.arrival_rate, self.rate.safe):
            return False
        self.arrival_rate = self.rate.safe
        return True

    def answered(self, handle: float) -> bool:
        """Take notice of a handle time (seconds, nan unknown); whether the rule should be solved anew."""
        self.handle = self.handle.step(handle)
        if not _moved(self.aht, self.handle.mean):
            return False
        self.aht = self.handle.mean
        return True

    def settled(self, outcome: str, wait: float) -> None:
        """Count a contact for the service level of the period, wherever it was served."""
        counted = None if self._aim is None else self._aim.counted(outcome, wait)
        if counted is not None:
            self.good += counted
            self.base += 1.0

    def score(self, good: float, base: float) -> None:
        """Tell how many contacts of the period met the service level, of how many that count for it."""
        self.good, self.base = good, base

    def begin_period(self) -> None:
        """Count the service level anew."""
        self.good = self.base = 0.0


def _moved(old: float, new: float) -> bool:
    return new == new and abs(new - old) > WORTH_SOLVING * old
