"""How contacts were served, and whether that meets a target."""

from __future__ import annotations

import math

import msgspec

from bporoute.center._targets import Abandonment, Asa, Occupancy, ServiceLevel, Target


class Service(msgspec.Struct, frozen=True):
    """How a stream of contacts was served.

    Attributes
    ----------
    service_level : float
        In the counting and within the seconds that were asked for; nan if nothing counts.
    asa : float
        Mean wait of the answered contacts, seconds; nan if none was answered.
    abandonment : float
        Abandoned / offered; nan if nothing was offered.
    occupancy : float
        Busy time / staffed time of the in-house agents; nan if nobody was there.
    """

    service_level: float
    asa: float
    abandonment: float
    occupancy: float

    def meets(self, target: Target) -> bool:
        """Whether a target is met; the service level must have been counted as the target says."""
        match target:
            case ServiceLevel():
                return self.service_level >= target.probability
            case Asa():
                return self.asa <= target.seconds
            case Abandonment():
                return self.abandonment <= target.probability
            case Occupancy():
                return self.occupancy <= target.probability


def ratio(part: float, whole: float) -> float:
    """``part / whole``; nan where there is nothing to divide by."""
    return float(part / whole) if whole else math.nan
