"""When the in-house queues are open, and how many agents are scheduled, by the center's clock."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import NamedTuple

from bporoute._base.clock import MINUTES_PER_DAY, OpenSpan, holds_until
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.center._queue import Queue
from bporoute.center._schedule import DayStep, steps_on
from bporoute.routing._hard_rules import queue_status
from bporoute.routing._tables._arrays import RoutingArrays


class QueueDay(NamedTuple):
    """A queue's local day: when how many agents come (nothing: nobody says), and where the day has edges."""

    day: date
    steps: tuple[DayStep, ...]
    spans: tuple[OpenSpan, ...]

    @classmethod
    def of(cls, queue: Queue, day: date) -> QueueDay:
        """What the schedule and the hours of a queue say of a day.

        >>> mail = Queue(aht=300, schedule={"mon-fri 08:00": 4, "mon-fri 18:00": 0})
        >>> monday = QueueDay.of(mail, date(2026, 11, 23))
        >>> monday.scheduled(datetime(2026, 11, 23, 17, 59)), monday.scheduled(datetime(2026, 11, 23, 7, 0))
        (4.0, 0.0)
        """
        every = steps_on(queue.schedule, day, queue.holidays)
        edges = (OpenSpan(day.weekday(), minute, MINUTES_PER_DAY) for minute, _ in every)
        return cls(day, every if queue.schedule else (), (*queue.spans, *edges))

    def scheduled(self, local: datetime) -> float:
        """Agents at a moment of the day; nan: nobody says."""
        minute = local.hour * 60 + local.minute
        return float([agents for at, agents in self.steps if at <= minute][-1]) if self.steps else math.nan


NO_DAY = QueueDay(date.min, (), ())


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
        self._days = [NO_DAY] * len(self._kept)
        """Of each of those: the day that was asked for last."""
        self.until = -math.inf

    def follow(self, now: float) -> None:
        """Open or close the queues at an instant, epoch seconds that a calendar reaches."""
        local, until = datetime.fromtimestamp(now, self._zone), math.inf
        today = local.date()
        for place, (number, queue) in enumerate(self._kept):
            day = self._days[place]
            if day.day != today:
                day = self._days[place] = QueueDay.of(queue, today)
            row = self._arrays.queues[number]
            row[columns.QUEUE_STATUS] = queue_status(queue, local)
            row[columns.SCHEDULED] = day.scheduled(local)
            until = min(until, holds_until(day.spans, now, self._zone, hourly=False))
        self.until = until

    def forget(self) -> None:
        """Nobody can tell the time: no queue is closed for it, whoever is there keeps the contacts."""
        self.until = -math.inf
        for number, _ in self._kept:
            self._arrays.queues[number, [columns.QUEUE_STATUS, columns.SCHEDULED]] = 0.0, math.nan
