"""When the in-house queues are open, and how many agents are scheduled, by the center's clock."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

from bporoute._base.clock import MINUTES_PER_DAY, OpenSpan, holds_until
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.center._queue import Queue
from bporoute.center._schedule import steps_on
from bporoute.routing._hard_rules import queue_status
from bporoute.routing._tables._arrays import RoutingArrays


class Calendar(NamedTuple):
    """What the calendar says of a queue at a moment: reason code (0: open), agents (nan: unsaid)."""

    status: int
    scheduled: float


def calendar_of(queue: Queue, local: datetime) -> Calendar:
    """What the calendar says of a queue at a local moment of the center.

    >>> mail = Queue(aht=300, schedule={"mon-fri 08:00": 4, "mon-fri 18:00": 0})
    >>> calendar_of(mail, datetime(2026, 11, 23, 17, 59)), calendar_of(mail, datetime(2026, 11, 22, 12, 0))
    (Calendar(status=0, scheduled=4.0), Calendar(status=0, scheduled=0.0))
    """
    scheduled = math.nan
    if queue.schedule:
        steps = steps_on(queue.schedule, local.date(), queue.holidays)
        minute = local.hour * 60 + local.minute
        scheduled = float([agents for begins, agents in steps if begins <= minute][-1])
    return Calendar(queue_status(queue, local), scheduled)


class QueueHours:
    """Keeps the rows of the queues up with their hours, holidays and schedules.

    Attributes
    ----------
    until : float
        Until when what they say holds, epoch seconds.
    """

    def __init__(self, center: Center, arrays: RoutingArrays) -> None:
        self._arrays, self._zone = arrays, center.zone
        self._kept = [
            (number, queue)
            for number, queue in enumerate(center.queues.values())
            if queue.hours or queue.holidays or queue.schedule
        ]
        self.until = -math.inf

    def follow(self, now: float) -> None:
        """Open or close the queues at an instant, epoch seconds that a calendar reaches."""
        local, until = datetime.fromtimestamp(now, self._zone), math.inf
        for number, queue in self._kept:
            row = self._arrays.queues[number]
            row[[columns.QUEUE_STATUS, columns.SCHEDULED]] = calendar_of(queue, local)
            edges = [OpenSpan(local.weekday(), minute, MINUTES_PER_DAY) for minute in _minutes(queue, local)]
            spans = (*queue.spans, *edges)
            until = min(until, holds_until(spans, now, self._zone, hourly=False))
        self.until = until

    def forget(self) -> None:
        """Nobody can tell the time: no queue is closed for it, whoever is there keeps the contacts."""
        self.until = -math.inf
        for number, _ in self._kept:
            self._arrays.queues[number, [columns.QUEUE_STATUS, columns.SCHEDULED]] = 0.0, math.nan


def _minutes(queue: Queue, local: datetime) -> list[int]:
    """When agents come and go on a local day."""
    return [minute for minute, _ in steps_on(queue.schedule, local.date(), queue.holidays)]
