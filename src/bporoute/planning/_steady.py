"""The service that agents give in steady state."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._chats import chats
from bporoute.queueing._queue_model import QueueModel


class Service(NamedTuple):
    """What each interval gets, as the fields of a `Plan` of these names."""

    service_level: Floats
    occupancy: Floats
    asa: Floats
    abandonment: Floats
    blocking: Floats

    @classmethod
    def unknown(cls, size: int) -> Service:
        """Of so many intervals in which nobody comes."""
        return cls(*(np.full(size, math.nan) for _ in cls._fields))


def steady_service(agents: Integers | Floats, rate: Floats, aht: Floats, assumptions: Assumptions) -> Service:
    """What agents give to contacts that come at these rates, above 0, for long.

    Examples
    --------
    >>> from bporoute.planning._assumptions import USUAL
    >>> desk = Assumptions((USUAL,), patience=300.0)
    >>> steady_service(np.array([28.0]), np.array([0.1]), np.array([240.0]), desk).service_level.round(5)
    array([0.86002])
    """
    aim = assumptions.service_level
    if len(assumptions.at_once) == 1:
        patience, room = assumptions.patience, assumptions.waiting_room
        model = QueueModel(agents, rate, aht, patience=patience, waiting_room=room)
        level = model.service_level(aim.within, aim.counting, short=aim.short)
        return Service(level, model.occupancy, model.asa, model.abandonment, model.blocking)
    found = Service.unknown(len(rate))
    for time in np.unique(aht):
        mine = aht == time
        of_chats = chats(assumptions, agents[mine], rate[mine], time)
        found.service_level[mine] = of_chats.service_level(aim.within)
        for name in Service._fields[1:]:
            getattr(found, name)[mine] = getattr(of_chats, name)
    return found
