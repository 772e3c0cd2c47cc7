"""What a staffing plan is made for."""

from __future__ import annotations

import math

import msgspec

from bporoute._base.arrays import numbers
from bporoute._base.ranges import INSIDE, OR_INFINITE, SHARE_BELOW_ONE
from bporoute.center._targets import Abandonment, Blocking, QueueTarget, ServiceLevel
from bporoute.errors import InputError
from bporoute.planning._rounding import Rounding
from bporoute.queueing._required_agents import RATE_CV

USUAL = ServiceLevel(probability=0.8, within=20)


class Assumptions(msgspec.Struct, frozen=True):
    """What a plan is made for.

    Attributes
    ----------
    targets : tuple of QueueTarget
        What every interval meets, all at once.
    patience : float
        Mean patience of the callers in seconds (exponential); inf: nobody gives up (Erlang C), 0: nobody
        waits (Erlang B).
    waiting_room : float
        Contacts that can wait; inf: any number.
    shrinkage : float
        Share of the paid time in which an agent is not there to serve, in [0, 1), where the volumes do not
        tell it of each interval.
    day_cv, interval_cv : float or None
        Coefficients of variation, from 0 to 2, of what the volume of a whole day, and of an interval by
        itself, turns out to be around the forecast. None: as the volumes say, else 0.
    confidence : float or None
        Between 0 and 1: the targets are met on that share of days, by how large the day turns out to be.
        None: in the mean over all that the volume may be.
    at_once : tuple of float
        How many times its handle time a contact takes an agent who has 1, 2, .. of them in hand, see
        `Queue.slowdown`; one number: agents serve one contact at a time.
    rounding : {"whole", "pooled", "fractional"}
        Whole agents in every interval; whole ones of whom a day has as many hours as it takes; hundredths.
        Agents who serve several contacts at once are always whole.
    queues : dict of str to Assumptions
        What holds for some queues instead.

    Raises
    ------
    InputError
        A value is out of range, or a target cannot depend on the agents.

    Examples
    --------
    >>> Assumptions((USUAL,), shrinkage=1.0)
    Traceback (most recent call last):
    bporoute.errors.InputError: --shrinkage: found 1.0; expected a number of at least 0 and below 1
    """

    targets: tuple[QueueTarget, ...]
    patience: float = math.inf
    waiting_room: float = math.inf
    shrinkage: float = 0.0
    day_cv: float | None = None
    interval_cv: float | None = None
    confidence: float | None = None
    at_once: tuple[float, ...] = (1.0,)
    rounding: Rounding = "whole"
    queues: dict[str, Assumptions] = {}

    def __post_init__(self) -> None:
        numbers("--patience", self.patience, OR_INFINITE)
        numbers("--waiting-room", self.waiting_room, OR_INFINITE)
        numbers("--shrinkage", self.shrinkage, SHARE_BELOW_ONE)
        for where, cv in (("--day-cv", self.day_cv), ("--interval-cv", self.interval_cv)):
            if cv is not None:
                numbers(where, cv, RATE_CV)
        if self.confidence is not None:
            numbers("--confidence", self.confidence, INSIDE)
        for target in self.targets:
            if isinstance(target, ServiceLevel) and target.counting != "offered" and len(self.at_once) > 1:
                raise InputError(
                    f"--target {target}",
                    "agents who serve several at once",
                    "a level that counts the offered",
                )
            if isinstance(target, Abandonment) and self.patience == self.waiting_room == math.inf:
                raise InputError(f"--target {target}", "callers who never give up", "--patience SECONDS")
            if isinstance(target, Blocking) and self.waiting_room == math.inf:
                raise InputError(f"--target {target}", "room for everyone to wait", "--waiting-room PLACES")

    @property
    def service_level(self) -> ServiceLevel:
        """The service level that is reported: the first that is aimed at, or 80/20."""
        return next((target for target in self.targets if isinstance(target, ServiceLevel)), USUAL)

    def with_confidence(self, confidence: float | None) -> Assumptions:
        """The same for all queues, met with another `confidence`, a share of days, or in the mean (None).

        >>> Assumptions((USUAL,)).with_confidence(0.8).confidence
        0.8
        """
        queues = {name: own.with_confidence(confidence) for name, own in self.queues.items()}
        return msgspec.structs.replace(self, confidence=confidence, queues=queues)

    def of(self, queue: str) -> Assumptions:
        """What holds for a queue.

        >>> Assumptions((USUAL,), queues={"mail": Assumptions((USUAL,), shrinkage=0.2)}).of("mail").shrinkage
        0.2
        """
        return self.queues.get(queue, self)
