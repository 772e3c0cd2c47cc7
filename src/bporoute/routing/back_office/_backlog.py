"""The backlog of one queue: back-office cases in the order of their due times, and what can be done in time.

Everything here is a value or a pure function of values. Work is done earliest due date first: if any order
has every case done in time, this one has.
"""

from __future__ import annotations

import math
from bisect import bisect, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from bporoute._base.fields import Count, PositiveSeconds, converted
from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown

Instant = Annotated[float, Meta(ge=0, le=3.25e10)]
"""Epoch seconds, up to the year 2999."""
Agents = Annotated[float, Meta(ge=0, le=1e6)]
Minutes = Annotated[float, Meta(ge=0, le=1e9)]

ROUNDING = 1e-9
"""Share of the work by which rounding may make a case late."""


def is_instant(value: object) -> bool:
    """Whether a value from outside is an instant to reckon with; texts, None and nan are not."""
    try:
        converted(value, Instant, "")
    except InputError:
        return False
    return True


class Case(msgspec.Struct, frozen=True):
    """A contact that waits in a backlog.

    Attributes
    ----------
    contact : Contact
        As it was taken, with its due time filled in.
    due, arrival : float
        When it must be done, and when it was taken, epoch seconds.
    number : int
        How many cases the backlog had been given before.
    """

    contact: Contact
    due: Instant
    arrival: Instant
    number: Count

    @property
    def rank(self) -> tuple[float, float, int]:
        """Earliest due first; ties by arrival, then in the order in which they were added."""
        return self.due, self.arrival, self.number

    def ship_by(self, turnaround: float, wait: float, handle: float) -> float:
        """The latest moment to send it to a vendor: due - turnaround - wait - handle, epoch seconds.

        Parameters
        ----------
        turnaround, wait, handle : float
            Seconds: the vendor's turnaround of a batch, the expected wait there, the handle time.

        >>> Case(Contact("claim"), due=10_000.0, arrival=0.0, number=0).ship_by(3600.0, 100.0, 300.0)
        6000.0
        """
        return self.due - turnaround - wait - handle


class Trough(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time that the agents of a queue are forecast to have left for back-office work in one interval.

    Attributes
    ----------
    start : float
        Beginning of the interval, epoch seconds.
    seconds : float
        Its length.
    minutes : float
        Agent minutes free of live contacts in it, spread evenly over the interval.

    Raises
    ------
    InputError
        If a number is out of range or none at all.
    """

    start: Instant
    seconds: PositiveSeconds
    minutes: Minutes

    def __post_init__(self) -> None:
        converted(self.start, Instant, "start")
        converted(self.seconds, PositiveSeconds, "seconds")
        converted(self.minutes, Minutes, "minutes")


class Backlog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cases of one queue, earliest due first. Adding and removing give a new backlog.

    Attributes
    ----------
    cases : tuple of Case
        In the order in which they are worked.
    added : int
        Cases ever added; the number of the next one.

    Examples
    --------
    Four cases of ten minutes each, which one agent who starts at second 0 cannot do in time, and two can:

    >>> backlog = Backlog()
    >>> for due in (1800.0, 600.0, 900.0, 1200.0):
    ...     backlog = backlog.add(Contact("claim"), due=due, arrival=0.0)
    >>> [case.due for case in backlog.cases]
    [600.0, 900.0, 1200.0, 1800.0]
    >>> [case.due for case in backlog.late(agents=1, aht=600.0, now=0.0)]
    [900.0, 1200.0, 1800.0]
    >>> backlog.late(agents=2, aht=600.0, now=0.0)
    ()

    Twenty free agent minutes, spread over the half-hour, do two of them in time:

    >>> trough = Trough(start=0.0, seconds=1800.0, minutes=20.0)
    >>> [case.due for case in backlog.beyond([trough], aht=600.0, now=0.0)]
    [600.0, 1200.0]
    """

    cases: tuple[Case, ...] = ()
    added: Count = 0

    def check(self) -> None:
        """Raise InputError unless the cases are in order, each once: for a backlog that was stored."""
        backlog = converted(msgspec.to_builtins(self), Backlog, "")
        ranks = [case.rank for case in backlog.cases]
        if ranks != sorted(ranks) or len({case.number for case in backlog.cases}) < len(ranks):
            raise InputError("cases", "cases out of order, or one twice", "each once, earliest due first")
        if any(case.number >= backlog.added for case in backlog.cases):
            raise InputError("added", shown(backlog.added), "more than the number of every case")

    def add(self, contact: Contact, *, due: float, arrival: float) -> Backlog:
        """The backlog with one more case: `contact`, its `arrival` and when it is `due` (epoch seconds).

        Raises
        ------
        InputError
            If an instant is no number from 0 to 3.25e10.
        """
        due, arrival = converted(due, Instant, "due"), converted(arrival, Instant, "arrival")
        case = Case(msgspec.structs.replace(contact, due=due), due, arrival, self.added)
        place = bisect(self.cases, case.rank, key=lambda other: other.rank)
        return Backlog(cases=(*self.cases[:place], case, *self.cases[place:]), added=self.added + 1)

    def without(self, gone: Collection[Case]) -> Backlog:
        """The backlog without the cases that are `gone`."""
        numbers = {case.number for case in gone}
        left = tuple(case for case in self.cases if case.number not in numbers)
        return Backlog(cases=left, added=self.added)

    def workable(self, idle_agents: float, aht: float, now: float, until: float) -> tuple[Case, ...]:
        """The first cases that idle agents can begin and finish between two instants.

        Parameters
        ----------
        idle_agents : float
            Agents free for it; a part of an agent does nothing.
        aht : float
            Handle time of a case, seconds.
        now, until : float
            Epoch seconds. Nothing fits if `until` is not after `now`.

        Raises
        ------
        InputError
            If a number is out of range or none at all.

        Examples
        --------
        >>> backlog = Backlog().add(Contact("claim"), due=9.0, arrival=0.0)
        >>> len(backlog.workable(1, aht=300.0, now=0.0, until=299.0))
        0
        """
        agents, aht, now = _worked(idle_agents, aht, now)
        rounds = max(converted(until, Instant, "until") - now, 0.0) * (1.0 + ROUNDING) // aht
        return self.cases[: math.floor(agents) * int(rounds)]

    def late(self, agents: float, aht: float, now: float) -> tuple[Case, ...]:
        """The cases that are done after their due time if agents work on nothing else from now on.

        With k agents, the case at place i (from 0) is done at ``now + (i // k + 1) aht``; without agents
        all are late.

        Parameters
        ----------
        agents, aht, now : float
            As in `workable`.

        Raises
        ------
        InputError
            If a number is out of range or none at all.
        """
        agents, aht, now = _worked(agents, aht, now)
        team = math.floor(agents)
        if team == 0:
            return self.cases
        return tuple(
            case
            for place, case in enumerate(self.cases)
            if (place // team + 1) * aht > (case.due - now) + aht * ROUNDING
        )

    def beyond(
        self,
        troughs: Iterable[Trough],
        aht: float,
        now: float,
        movable: Callable[[Case], bool] = lambda case: True,
    ) -> tuple[Case, ...]:
        """The fewest cases that must leave so that the troughs do all others in time.

        Parameters
        ----------
        troughs : iterable of Trough
            Capacity by interval; outside of them there is none.
        aht : float
            Handle time of a case, seconds.
        now : float
            Epoch seconds; capacity before it is gone.
        movable : callable
            Whether somebody else may do a case. Those leave first, the latest due of them before others;
            it is asked at most once for each case, and only if it matters.

        Returns
        -------
        tuple of Case
            Earliest due first. A case that nobody else may do is among them only if it is late in any case.

        Raises
        ------
        InputError
            If a number is out of range or none at all, or intervals overlap.

        Notes
        -----
        Cases are gone through by due time; n of them fit if ``n aht`` is at most the capacity up to the
        last one's due time. Where they do not, one leaves. As all take equally long, this leaves as many as
        can be done in time [Moore 1968], and among these the most that only the queue may do.
        """
        _, aht, now = _worked(0.0, aht, now)
        capacity_by = _capacity(sorted(troughs, key=lambda trough: trough.start), now)
        leaving: list[Case] = []
        asked_last: list[Case] = []
        kept = 0
        for case in self.cases:
            asked_last.append(case)
            if (kept + 1) * aht <= capacity_by(case.due) * (1.0 + ROUNDING):
                kept += 1
                continue
            while asked_last and not movable(asked_last[-1]):
                asked_last.pop()
            leaving.append(asked_last.pop() if asked_last else case)
        return tuple(sorted(leaving, key=lambda case: case.rank))


def _worked(agents: float, aht: float, now: float) -> tuple[float, float, float]:
    return (
        converted(agents, Agents, "agents"),
        converted(aht, PositiveSeconds, "aht"),
        converted(now, Instant, "now"),
    )


def _capacity(troughs: Sequence[Trough], now: float) -> Callable[[float], float]:
    """Seconds of work that troughs (in order) have between now and an instant, as a function of that."""
    for one, other in pairwise(troughs):
        if other.start < one.start + one.seconds:
            raise InputError("troughs", f"intervals that overlap at {other.start:.0f}", "each instant once")
    starts = [trough.start for trough in troughs]
    before = [0.0]
    for trough in troughs:
        before.append(before[-1] + 60.0 * trough.minutes)

    def since_ever(instant: float) -> float:
        place = bisect_right(starts, instant)
        if place == 0:
            return 0.0
        trough = troughs[place - 1]
        part = min((instant - trough.start) / trough.seconds, 1.0)
        return before[place - 1] + part * 60.0 * trough.minutes

    gone = since_ever(now)
    return lambda instant: max(since_ever(instant) - gone, 0.0)
