"""The live state that a router keeps, fed by the telephony system's events."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from types import EllipsisType

import msgspec

from bporoute._base.fields import plain
from bporoute.errors import askable
from bporoute.routing._parts import instant_told, time_told
from bporoute.routing._state import QueueState, VendorState
from bporoute.routing._tables._queues import Row
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing._works import Desk

Told = float | None | EllipsisType
"""A number, None where it is not known any more, or ... where nothing is told of it."""
_QUEUE_FIELDS = QueueState.__struct_fields__
_VENDOR_FIELDS = VendorState.__struct_fields__
_PRESENT = {"busy", "waiting"}
_PRESENT_FIELDS = [place for place, name in enumerate(_QUEUE_FIELDS) if name in _PRESENT]
_ESTIMATED = {"arrival_rate", "aht"}


class LiveQueue:
    """The state of one queue, kept in the router and fed by events; ``Router.state`` has one for each queue.

    Parameters
    ----------
    desk : Desk
        Where what the router decides by is found, which is told.
    name : str
        The queue's.
    clock : callable
        Now, epoch seconds.
    """

    __slots__ = ("_clock", "_desk", "_late", "_name", "_turns")

    def __init__(self, desk: Desk, name: str, clock: Callable[[], float]) -> None:
        self._desk, self._name, self._clock = desk, name, clock
        self._late = 0
        self._turns = [0.0] * len(_QUEUE_FIELDS)

    @property
    def state(self) -> QueueState | None:
        """What was told last; None if nothing was, or the center has no such queue any more."""
        row = self._row(self._desk.works.tables)
        return None if row is None else row.state

    @property
    def late(self) -> int:
        """Updates that came too late: of something in them, news of a later instant was known already."""
        return self._late

    def update(
        self,
        *,
        agents: Told = ...,
        busy: Told = ...,
        waiting: Told = ...,
        arrival_rate: Told = ...,
        aht: Told = ...,
        at: float | None = None,
    ) -> None:
        """Tell what was true at an instant, see `QueueState`; what is not told stays as it was.

        An update may come late, and after one of a later instant. Contacts that the router kept after the
        instant of `busy` and `waiting`, and that are not settled, are added to it (looked for among the last
        16,384 decisions); those kept before are in it. What is older than what is known of the same is
        dropped, and counted in `late`. Of a queue that the center does not have any more nothing is noted.

        Parameters
        ----------
        agents, busy, waiting : float or None
            Agents at work, contacts in hand and in line. None: not known any more, so that nothing is
            decided by it until it is told anew.
        arrival_rate : float or None
            Contacts per second. None: the router's own estimate again.
        aht : float or None
            Mean handle time, seconds. None: the router's own estimate again.
        at : float or None
            When that was true, epoch seconds; None, or an instant to come: now. The state grows stale from
            when `busy` or `waiting` were told last, or if they never were, `agents`; told while the clock
            fails, from when that is well again.

        Raises
        ------
        InputError
            If `at` is no number.
        """
        now = time_told(self._clock)[0]
        told = {"agents": agents, "busy": busy, "waiting": waiting, "arrival_rate": arrival_rate, "aht": aht}
        with self._desk.works.tables.ledger.lock:
            works = self._desk.works
            row = self._row(works.tables)
            if row is not None:
                fresh = self._update(works.tables, row, told, _instant(at, now), now)
                if works.tables.ledger.shared and fresh:
                    told_at = _told_at(_QUEUE_FIELDS, fresh, row.told_at)
                    works.tables.ledger.tell_board("queues", self._name, told_at, now)
        works.news.tell(now)

    def hear(self, record: Sequence[Sequence[float]], now: float) -> None:
        """Take over `now` what another process was told, of a `record` of the board; the lock is held."""
        from bporoute.routing.ledger._board import newer

        tables = self._desk.works.tables
        row = self._row(tables)
        if row is not None:
            for instant, told in newer(record, self._turns, row.told_at, now):
                self._update(tables, row, _by_name(_QUEUE_FIELDS, told), instant, now)

    def _row(self, tables: RoutingTables) -> Row | None:
        number = tables.queue_numbers.get(self._name)
        return None if number is None else tables.queues.rows[number]

    def _update(
        self, tables: RoutingTables, row: Row, told: Mapping[str, Told], instant: float, now: float
    ) -> dict[str, float | None]:
        """The same with the lock held: all of it or, if it is interrupted, nothing. What was news."""
        known = row.told_at.copy()
        fresh, late = _in_order(told, _QUEUE_FIELDS, known, instant, now)
        if not fresh:
            self._late += late
            return {}
        untold = all(row.told_at[place] == -math.inf for place in _PRESENT_FIELDS)
        changed = {
            name: math.nan if value is None and name not in _ESTIMATED else value
            for name, value in fresh.items()
        }
        state = msgspec.structs.replace(row.state or QueueState(agents=math.nan), **changed)
        # Of `busy` and `waiting`, the one told later says when both were true; untold, nobody is there.
        later = not instant < min(row.present_at, now)  # else the clock was set back
        present = untold or (later and not _PRESENT.isdisjoint(fresh))
        tables.take_up()
        untell, before = tables.queues.untold(row), (row.told_at, self._late)
        try:
            tables.tell_queue(row, state, instant if present else None, now)
            row.told_at, self._late = known, self._late + late
            tables.arrays.publish()
        except BaseException:
            tables.arrays.begin()
            row.told_at, self._late = before
            untell()
            raise
        return fresh


class LiveVendor:
    """The state of one vendor, kept in the router and fed by events; ``Router.vendors`` has one for each.

    Parameters
    ----------
    desk : Desk
        Where what the router decides by is found, which is told.
    name : str
        The vendor's.
    clock : callable
        Now, epoch seconds.

    Attributes
    ----------
    state : VendorState
        What was told last.
    """

    __slots__ = ("_clock", "_desk", "_late", "_name", "_told_at", "_turns", "state")

    def __init__(self, desk: Desk, name: str, clock: Callable[[], float]) -> None:
        self._desk, self._name, self._clock = desk, name, clock
        self._late = 0
        self._told_at, self._turns = [-math.inf] * len(_VENDOR_FIELDS), [0.0] * len(_VENDOR_FIELDS)
        self.state = VendorState()

    @property
    def late(self) -> int:
        """Updates that came too late, as `LiveQueue.late`."""
        return self._late

    @property
    def told_at(self) -> float:
        """When anything was true that was told of it last, epoch seconds; -inf: nothing was."""
        return max(self._told_at)

    def update(
        self,
        *,
        up: bool | EllipsisType | None = ...,
        in_flight: Told = ...,
        capacity: Told = ...,
        expected_wait: Told = ...,
        at: float | None = None,
    ) -> None:
        """Tell what was true at an instant, see `VendorState`; what is not told stays as it was.

        What is older than what is known of the same is dropped, and counted in `late`. Of a vendor that the
        center does not have any more nothing is noted.

        Parameters
        ----------
        up : bool or None
            Whether it can be reached. None: it can, as far as anybody knows.
        in_flight : float or None
            Contacts there; the router goes on counting from it, with those that it sent after the instant
            and without those that it sent before and that left after it. None: as the router counts them.
        capacity : float or None
            Most contacts there at once. None: as the center says.
        expected_wait : float or None
            Mean wait there while an agent is free, seconds. None: as the center says.
        at : float or None
            When that was true, epoch seconds; None, or an instant to come: now.

        Raises
        ------
        InputError
            If `at` is no number.
        """
        now = time_told(self._clock)[0]
        told = {"up": up, "in_flight": in_flight, "capacity": capacity, "expected_wait": expected_wait}
        with self._desk.works.tables.ledger.lock:
            works = self._desk.works
            ledger, number = works.tables.ledger, works.tables.vendor_numbers.get(self._name)
            if number is not None:
                fresh = self._update(works.tables, number, told, _instant(at, now), now)
                fresh.pop("in_flight", None)  # counted for all
                if ledger.shared and fresh:
                    told_at = _told_at(_VENDOR_FIELDS, fresh, self._told_at)
                    ledger.tell_board("vendors", self._name, told_at, now)
        works.news.tell(now, at_once=True)

    def hear(self, record: Sequence[Sequence[float]], now: float) -> None:
        """Take over `now` what another process was told, of a `record` of the board; the lock is held."""
        from bporoute.routing.ledger._board import newer

        tables = self._desk.works.tables
        number = tables.vendor_numbers.get(self._name)
        for instant, told in newer(record, self._turns, self._told_at, now):
            named = _by_name(_VENDOR_FIELDS, told)
            if isinstance(up := named["up"], float):
                named["up"] = bool(up)
            if number is not None:
                self._update(tables, number, named, instant, now)

    def _update(
        self, tables: RoutingTables, number: int, told: Mapping[str, Told], instant: float, now: float
    ) -> dict[str, float | None]:
        """The same with the lock held: all of it or, if it is interrupted, nothing. What was news."""
        known = self._told_at.copy()
        fresh, late = _in_order(told, _VENDOR_FIELDS, known, instant, now)
        if not fresh:
            self._late += late
            return {}
        if "up" in fresh and fresh["up"] is None:
            fresh["up"] = True
        state = msgspec.structs.replace(self.state, **fresh)
        tables.take_up()
        if "in_flight" in fresh:
            tables.hear()  # what is told is of all processes, so what the others have sent is to be known
        untell, before = tables.vendors.untold(number), (self.state, self._told_at, self._late)
        try:
            if kept := tables.vendors.tell_live(number, state):
                if "in_flight" in fresh:
                    # Just now: after everything, also what was sent before the clock was set back.
                    told_of = instant if instant < now else math.inf
                    tables.vendors.tell_there(number, state.in_flight, told_of)
                self.state, self._told_at = state, known
            self._late += late
            tables.arrays.publish()
        except BaseException:
            tables.arrays.begin()
            self.state, self._told_at, self._late = before
            untell()
            raise
        return fresh if kept else {}


def _told_at(
    fields: Sequence[str], fresh: Mapping[str, float | None], at: Sequence[float]
) -> dict[int, tuple[float, float]]:
    """What was told, and when that was true, by the places of the fields."""
    return {
        place: (math.nan if fresh[name] is None else float(fresh[name] or 0.0), at[place])
        for place, name in enumerate(fields)
        if name in fresh
    }


def _by_name(fields: Sequence[str], told: Mapping[int, float]) -> dict[str, Told]:
    """What was told by the names of all fields."""
    found: dict[str, Told] = dict.fromkeys(fields, ...)
    for place, value in told.items():
        found[fields[place]] = None if math.isnan(value) else value
    return found


def _instant(at: float | None, now: float) -> float:
    """The instant that an update describes: never one to come."""
    told = instant_told(at)
    return now if told is None else min(told, now)


def _in_order(
    told: Mapping[str, Told], fields: tuple[str, ...], known: MutableSequence[float], at: float, now: float
) -> tuple[dict[str, float | None], bool]:
    """What of an update is news, and whether any of it is not; `known` is when each field was told last."""
    fresh: dict[str, float | None] = {}
    late = False
    for place, name in enumerate(fields):
        value = plain(askable(told[name]))
        if isinstance(value, EllipsisType):
            continue
        if at < min(known[place], now):  # what was told by a clock that was set back is no later news
            late = True
            continue
        known[place] = at
        fresh[name] = value
    return fresh, late
