"""What its own stream says of each in-house queue: arrival rate, handle time, service level so far.

Mutable, like the ledger: the router tells it what happens and asks for the figures to decide by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from bporoute.center._queue import Queue
from bporoute.estimates._attainment import Attainment
from bporoute.estimates._belief import Belief
from bporoute.estimates._handle_time import LONGEST_HANDLE_TIME, HandleTimeEstimate, HandleTimePrior
from bporoute.estimates._rate import RateEstimate

STEP = 60.0
"""Seconds between two looks at the arrivals, while many come."""
MOST_STEPS = 10
"""Into which a longer time without a look is divided."""
WORTH_SOLVING = 0.02
"""Relative change of a rate or a handle time from which on the rule is solved anew."""
WORTH_WEIGHING = 0.1
"""Change of the part that the queue has in the handle time of a type from which on it is."""


class TypeHandle(NamedTuple):
    """Mean handle time of a contact type: so many times its queue's, and so many seconds more."""

    multiple: float
    seconds: float

    def beside(self, aht: float) -> float:
        """The mean, seconds, where that of the queue is `aht`."""
        return self.multiple * aht + self.seconds


AS_THE_QUEUE = TypeHandle(1.0, 0.0)
BELIEF = Belief()


class Learned(NamedTuple):
    """What is known of a queue, as far as a contact of a type may change it; `estimate` is the type's."""

    contact_type: str
    queue: HandleTimeEstimate
    estimate: HandleTimeEstimate | None
    belief: Belief
    aht: float
    by_type: Mapping[str, TypeHandle]


class QueueWatch:
    """Estimates of one queue, with its configuration as the prior.

    Parameters
    ----------
    queue : Queue
    ahts : mapping of str to float or None
        Contact types of the queue, and the handle time that each states. The estimate of one that states
        none begins at the queue's, and that of the only type of a queue is the queue's.

    Attributes
    ----------
    arrival_rate : float
        Contacts per second to decide by: the configured rate until a minute was observed, then the safe
        quantile of the estimate.
    aht : float
        Seconds to decide by: the configured one until contacts were handled, then the estimated mean.
    handle : HandleTimeEstimate
        Of the queue.
    handles : dict of str to HandleTimeEstimate
        Of the contact types that have one of their own.
    beliefs : dict of str to Belief
        Which handle times of each contact type are believed.
    scored : (float, float)
        Contacts of the period that met the service level, and that count for it.
    """

    def __init__(self, queue: Queue, ahts: Mapping[str, float | None]) -> None:
        self._queue = queue
        aim = queue.targets.service_level
        self._aim = None if aim is None else Attainment.of(aim)
        self._within = math.inf if aim is None else aim.within
        self._if_answered = (
            (None, None)
            if self._aim is None
            else (self._aim.counted("answered", math.inf), self._aim.counted("answered", 0.0))
        )
        self.rate = RateEstimate().at(queue.arrival_rate)
        self.handle = HandleTimeEstimate(HandleTimePrior(aht=queue.aht))
        self.arrival_rate = queue.arrival_rate
        self.aht = queue.aht
        self._ahts = dict(ahts)
        self._stated = {name for name, aht in ahts.items() if aht is not None}
        self.handles = {
            name: HandleTimeEstimate(HandleTimePrior(aht=aht or queue.aht))
            for name, aht in ahts.items()
            if aht is not None or len(ahts) > 1
        }
        self.beliefs = dict.fromkeys(ahts, BELIEF)
        self._by_type: Mapping[str, TypeHandle] = {
            name: self._seen(name, estimate) for name, estimate in self.handles.items()
        }
        self.scored = 0.0, 0.0
        self._routed = 0.0
        self._since = math.nan

    def take_over(self, before: QueueWatch) -> None:
        """Know what another watch knows of the queue; what nobody has learned yet is as the center says."""
        self._routed, self._since = before._routed, before._since
        if self._aim is None or before._aim is None or self._aim.target == before._aim.target:
            self.scored = before.scored
        beliefs = before.beliefs
        self.beliefs = {name: beliefs.get(name, belief) for name, belief in self.beliefs.items()}
        if self._queue == before._queue and self._ahts == before._ahts:
            self.rate, self.arrival_rate = before.rate, before.arrival_rate
            self.handle, self.aht = before.handle, before.aht
            self.handles, self._by_type, self._stated = (
                before.handles.copy(),
                before._by_type,
                before._stated.copy(),
            )
            return
        if before.rate.seconds > 0.0:
            self.rate, self.arrival_rate = before.rate, before.rate.safe
        if before.handle.count > 0.0:
            self.handle, self.aht = before.handle, before.handle.mean
        for name in self.handles:
            known = before.handles.get(name)
            alike = (name in self._stated) == (name in before._stated)
            if known is not None and known.count > 0.0 and alike:
                self.handles[name] = known
        self._by_type = {name: self._seen(name, known) for name, known in self.handles.items()}

    def look(self, now: float, routed: float, moved: Callable[[], None]) -> None:
        """Take notice of how many contacts were routed; `moved` is told if rules should be solved anew."""
        seconds = now - self._since
        if not seconds >= 0.0:  # the first look, or a clock set back
            self._since, self._routed = now, routed
            return
        if seconds < STEP:
            return
        steps = min(int(seconds / STEP), MOST_STEPS)  # as if somebody had looked every minute
        rate, decided_by = self.rate, self.arrival_rate
        rate = rate.steps(steps, (routed - self._routed) / steps, seconds / steps, self._queue.arrival_rate)
        if _moved(decided_by, safe := rate.safe):
            decided_by = safe
            moved()
        # On one line: whatever is interrupted, nobody counts twice.
        self.rate, self.arrival_rate, self._since, self._routed = rate, decided_by, now, routed

    def after_answered(self, handle: float, contact_type: str) -> Learned:
        """What will be known after a handle time more (seconds, nan unknown)."""
        before = self.learned(contact_type)
        if not 0.0 <= handle <= LONGEST_HANDLE_TIME:
            return before
        belief, believed = before.belief.step(
            handle, before.by_type.get(contact_type, AS_THE_QUEUE).beside(self.aht)
        )
        queue = before.queue.through(believed)
        moved = _moved(self.aht, queue.mean)
        aht = queue.mean if moved else self.aht
        estimate, by_type = before.estimate, before.by_type
        if estimate is not None:
            estimate = estimate.through(believed)
            old, new = by_type[contact_type], self._seen(contact_type, estimate)
            moved = (
                moved
                or _moved(old.beside(aht), new.beside(aht))
                or abs(new.multiple - old.multiple) > WORTH_WEIGHING
            )
        if moved:
            handles = self.handles if estimate is None else self.handles | {contact_type: estimate}
            by_type = {name: self._seen(name, known) for name, known in handles.items()}
        return Learned(contact_type, queue, estimate, belief, aht, by_type)

    def learned(self, contact_type: str) -> Learned:
        """What is known, as far as a contact of a type may change it."""
        return Learned(
            contact_type,
            self.handle,
            self.handles.get(contact_type),
            self.beliefs.get(contact_type, BELIEF),
            self.aht,
            self._by_type,
        )

    def learn(self, learned: Learned) -> None:
        """Have this be known; whether it is for the first time or once more."""
        self.handle, self.aht, self._by_type = learned.queue, learned.aht, learned.by_type
        self.beliefs[learned.contact_type] = learned.belief
        if learned.estimate is not None:
            self.handles[learned.contact_type] = learned.estimate

    def know(self, contact_type: str, aht: float) -> None:
        """Begin with another handle time of a contact type, seconds, as after many contacts of it."""
        if contact_type in self.handles:
            self._stated.add(contact_type)
            known = self.handles[contact_type] = HandleTimeEstimate(HandleTimePrior(aht=aht))
            self._by_type = {**self._by_type, contact_type: self._seen(contact_type, known)}

    def handle_of(self, contact_type: str) -> TypeHandle:
        """What to decide by of a contact type; one of another queue is as the queue's contacts are."""
        return self._by_type.get(contact_type, AS_THE_QUEUE)

    @property
    def by_type(self) -> Mapping[str, TypeHandle]:
        """What to decide by of each type: replaced, not changed, wherever a handle time to decide by is."""
        return self._by_type

    def aht_of(self, contact_type: str) -> float:
        """Mean handle time of a contact type, seconds: the configured one until contacts were handled."""
        known = self._by_type.get(contact_type)
        return self.aht if known is None else known.beside(self.aht)

    def _seen(self, contact_type: str, estimate: HandleTimeEstimate) -> TypeHandle:
        if contact_type in self._stated:
            return TypeHandle(0.0, estimate.mean)
        return TypeHandle(*estimate.parts)

    def scored_after(self, outcome: str, wait: float) -> tuple[float, float]:
        """What `scored` will be with a contact more, wherever it was served."""
        return self.scored_after_all(outcome, (wait,))

    def scored_after_all(self, outcome: str, waits: Iterable[float]) -> tuple[float, float]:
        """The same with a contact more for each of these waits."""
        good, base = self.scored
        for wait in waits:
            if outcome == "answered" and wait >= 0.0:  # as nearly always
                counted = self._if_answered[wait <= self._within]
            else:
                # Whoever never got to a vendor was not answered either.
                told = "failed" if outcome == "undelivered" else outcome
                counted = None if self._aim is None else self._aim.counted(told, wait)
            if counted is not None:
                good, base = good + counted, base + 1.0
        return good, base

    def score(self, good: float, base: float) -> None:
        """Tell how many contacts of the period met the service level, of how many that count for it."""
        self.scored = good, base

    def begin_period(self) -> None:
        """Count the service level anew."""
        self.scored = 0.0, 0.0


def _moved(old: float, new: float) -> bool:
    return new == new and abs(new - old) > WORTH_SOLVING * old
