"""Service metrics as the trade defines them; every function says what counts."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from bporoute.target import Abandonment, Asa, Occupancy, ServiceLevel, Target

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Counts(msgspec.Struct, frozen=True):
    """Contacts of an interval: A answered, B abandoned, of these within T seconds, and short abandons."""

    answered: int
    abandoned: int
    answered_within: int
    abandoned_within: int
    abandoned_short: int


def service_level(counts: Counts, counting: str) -> float:
    """The service level in one of the five countings; nan if nothing counts.

    offered: A_T / (A + B), abandons count against. ignored: A_T / (A + B - B_T), abandons within T are
    left out. credited: (A_T + B_T) / (A + B), abandons within T count for. answered: A_T / A.
    short_excluded: A_T / (A + B - B_s), short abandons are left out.

    Examples
    --------
    >>> counts = Counts(answered=1000, abandoned=60, answered_within=860, abandoned_within=20, abandoned_short=10)
    >>> [round(100 * service_level(counts, name), 2)
    ...  for name in ("offered", "ignored", "credited", "answered", "short_excluded")]
    [81.13, 82.69, 83.02, 86.0, 81.9]
    """
    offered = counts.answered + counts.abandoned
    good, base = {
        "offered": (counts.answered_within, offered),
        "ignored": (counts.answered_within, offered - counts.abandoned_within),
        "credited": (counts.answered_within + counts.abandoned_within, offered),
        "answered": (counts.answered_within, counts.answered),
        "short_excluded": (counts.answered_within, offered - counts.abandoned_short),
    }[counting]
    return good / base if base else math.nan


def count(wait: Floats, abandoned: Flags, within: float, short: float) -> Counts:
    """Count contacts by how long they waited (seconds) and whether they were abandoned."""
    in_time = wait <= within
    return Counts(
        answered=int((~abandoned).sum()),
        abandoned=int(abandoned.sum()),
        answered_within=int((in_time & ~abandoned).sum()),
        abandoned_within=int((in_time & abandoned).sum()),
        abandoned_short=int((abandoned & (wait <= short)).sum()),
    )


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


def served(wait: Floats, abandoned: Flags, aim: ServiceLevel, occupancy: float) -> Service:
    """How contacts with these waits (seconds) were served, the service level as `aim` counts it."""
    return Service(
        service_level=service_level(count(wait, abandoned, aim.within, aim.short), aim.counting),
        asa=float(wait[~abandoned].mean()) if not abandoned.all() else math.nan,
        abandonment=float(abandoned.mean()) if len(wait) else math.nan,
        occupancy=occupancy,
    )
