"""Service metrics as the trade defines them; every function says what counts."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute.center._targets import Abandonment, Asa, Occupancy, Part, ServiceLevel, Target, weighed


def counted(wait: Floats, abandoned: Flags, aim: ServiceLevel) -> tuple[Flags, Flags]:
    """Which contacts count as served in time, and which count at all, in one of the five countings.

    Their totals make the service level; add up totals, never average percentages. What each counting counts
    stands in `bporoute.center._targets.COUNTINGS`.

    Parameters
    ----------
    wait : array
        Seconds until each contact was answered or abandoned.
    abandoned : array of bool
        Whether it was abandoned.
    aim : ServiceLevel
        Gives the threshold, the counting and what a short abandonment is.

    Examples
    --------
    >>> wait, abandoned = np.array([5.0, 90.0, 3.0, 60.0]), np.array([False, False, True, True])
    >>> for counting in ("offered", "ignored", "credited", "answered", "short_excluded"):
    ...     good, base = counted(wait, abandoned, ServiceLevel(probability=0.8, within=20, counting=counting))
    ...     print(counting, good.sum(), "/", base.sum())
    offered 1 / 4
    ignored 1 / 3
    credited 2 / 4
    answered 1 / 2
    short_excluded 1 / 3
    """
    in_time = wait <= aim.within
    parts: dict[Part, Flags] = {
        "offered": np.ones(len(wait), dtype=bool),
        "answered": ~abandoned,
        "answered_in_time": in_time & ~abandoned,
        "abandoned_in_time": in_time & abandoned,
        "abandoned_short": abandoned & (wait <= aim.short),
    }
    good, base = weighed(aim.counting, parts.__getitem__)
    return good.astype(bool), base.astype(bool)


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
