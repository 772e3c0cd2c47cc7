"""What somebody asks of each queue, what the center says of it, and which of the two holds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from bporoute.center._center import Center
from bporoute.center._targets import QueueTarget
from bporoute.planning._assumptions import USUAL, Assumptions
from bporoute.planning._rounding import Rounding


class Asked(msgspec.Struct, frozen=True):
    """What is asked of a queue, or of all; None where nothing is.

    Attributes
    ----------
    targets : tuple of QueueTarget or None
        All of them are met.
    patience : float or None
        Mean patience in seconds.
    waiting_room : float or None
        Contacts that can wait.
    shrinkage : float or None
        Share of the paid time in which an agent is not there.
    """

    targets: tuple[QueueTarget, ...] | None = None
    patience: float | None = None
    waiting_room: float | None = None
    shrinkage: float | None = None

    def over(self, other: Asked) -> Asked:
        """Itself where it says something, else the other.

        >>> Asked(patience=60.0).over(Asked(patience=180.0, shrinkage=0.3))
        Asked(targets=None, patience=60.0, waiting_room=None, shrinkage=0.3)
        """
        own = {name: getattr(self, name) for name in self.__struct_fields__}
        return msgspec.structs.replace(
            other, **{name: value for name, value in own.items() if value is not None}
        )


def assumptions_of(
    asked: Asked,
    by_queue: Mapping[str, Asked],
    center: Center | None = None,
    *,
    day_cv: float | None = None,
    interval_cv: float | None = None,
    confidence: float | None = None,
    rounding: Rounding = "whole",
) -> Assumptions:
    """The assumptions for all queues: what is asked of one goes before what is asked of all, then the center.

    A queue of the center has the targets, patience, waiting room, shrinkage and concurrency by which the
    router and the simulation serve it; 80/20 is aimed at where neither says anything. A center knows every
    queue; what is not said by queue is then that of its first.

    Examples
    --------
    >>> from bporoute import ContactType, Queue
    >>> center = Center(queues={"mail": Queue(aht=300, patience=3600.0, shrinkage=0.2)},
    ...                 contact_types={"mail": ContactType(queue="mail")})
    >>> mail = assumptions_of(Asked(shrinkage=0.3), {}, center).of("mail")
    >>> mail.patience, mail.waiting_room, mail.shrinkage, [str(target) for target in mail.targets]
    (3600.0, 200, 0.3, ['80 % within 20 s (offered)'])
    """

    def made(found: Asked, at_once: tuple[float, ...] = (1.0,)) -> Assumptions:
        return Assumptions(
            targets=found.targets or (USUAL,),
            patience=math.inf if found.patience is None else found.patience,
            waiting_room=math.inf if found.waiting_room is None else found.waiting_room,
            shrinkage=found.shrinkage or 0.0,
            day_cv=day_cv,
            interval_cv=interval_cv,
            confidence=confidence,
            at_once=at_once,
            rounding=rounding,
        )

    queues = {name: made(own.over(asked)) for name, own in by_queue.items()}
    for name, queue in ({} if center is None else center.queues).items():
        told = Asked(queue.targets.given() or None, queue.patience, queue.waiting_room, queue.shrinkage)
        queues[name] = made(by_queue.get(name, Asked()).over(asked).over(told), queue.at_once)
    every = made(asked) if center is None else queues[next(iter(center.queues))]
    return msgspec.structs.replace(every, queues=queues)
