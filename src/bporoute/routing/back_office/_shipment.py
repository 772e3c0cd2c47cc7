"""Whether a vendor takes a back-office case that does not fit in-house, and how long that may wait."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

import msgspec

from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.center._queue import Queue
from bporoute.routing._decision import Decision
from bporoute.routing._hard_rules import calendar_status, handed_over
from bporoute.routing._outcome import Action, Rejection
from bporoute.routing._router import Router
from bporoute.routing._state import QueueState, Snapshot, VendorState
from bporoute.routing.back_office._backlog import Case

QUARTER_HOUR = 900.0
LOOK_AHEAD = 14 * 86_400.0
"""Seconds ahead in which a vendor must be open again for a case to wait for that."""
NO_ROOM = VendorState(capacity=0.0)


class Held(msgspec.Struct, frozen=True, eq=False):
    """A case that in-house capacity does not do in time and that no vendor may take now.

    Attributes
    ----------
    case : Case
        It stays in the backlog.
    decision : Decision
        What the router answered.
    """

    case: Case
    decision: Decision

    @property
    def reasons(self) -> tuple[Rejection, ...]:
        """Why each vendor may not take it."""
        return tuple(out for out in self.decision.rejected if out.destination != self.decision.queue)


class Offer(NamedTuple):
    """What the router would do now with a case that does not fit in-house.

    Attributes
    ----------
    decision : Decision
        The preview.
    snapshot : Snapshot
        By which to route it: no room in-house, nor at vendors too slow for it unless all are.
    in_time : bool
        Whether a vendor takes it that can do it by its due time.
    can_wait : bool
        Whether it can still be sent at the next call.
    """

    decision: Decision
    snapshot: Snapshot
    in_time: bool = False
    can_wait: bool = False

    @property
    def taken(self) -> bool:
        """Whether a vendor takes it."""
        return self.decision.action == Action.OVERFLOW


def offered(router: Router, queue: str, case: Case, now: float, every: float) -> Offer:
    """What the router would do with a case of a queue; it is asked again after `every` seconds."""
    center = router.center
    config = center.queues[queue]
    full = _full(router.state[queue].state, config)
    decision = router.preview(case.contact, Snapshot(**{queue: full}))
    if decision.action != Action.OVERFLOW:
        return Offer(decision, Snapshot(**{queue: full}))
    contact_type = center.contact_types.get(case.contact.type)
    aht = config.aht if contact_type is None or contact_type.aht is None else contact_type.aht
    latest = {
        way.destination: case.ship_by(center.vendors[way.destination].turnaround, way.expected_wait, aht)
        for way in decision.ways
    }
    in_time = [name for name in latest if latest[name] >= now]
    if not in_time:
        return Offer(decision, Snapshot(**{queue: full}))
    slow = {name: NO_ROOM for name in latest if name not in in_time}
    best = in_time[0]
    return Offer(
        decision,
        Snapshot(**{queue: full}, **slow),
        in_time=True,
        can_wait=_open_between(
            center, best, case.contact.type, now + every, min(latest[best], now + LOOK_AHEAD)
        ),
    )


def _full(told: QueueState | None, queue: Queue) -> QueueState:
    """The state of a queue into which not one more contact fits; of one agent where nothing is told."""
    state = QueueState(agents=1.0) if told is None or told.distrust(queue.concurrency) else told
    busy = float(math.ceil(state.agents * queue.concurrency))
    return msgspec.structs.replace(state, busy=busy, waiting=float(queue.waiting_room))


def _open_between(center: Center, name: str, contact_type: str, start: float, end: float) -> bool:
    """Whether a vendor is open to a type at some quarter of an hour from an instant to another one."""
    vendor = center.vendors[name]
    underflow = center.contact_types[contact_type].sourcing == Sourcing.UNDERFLOW
    quarters = range(math.floor((end - start) / QUARTER_HOUR) + 1)
    moments = (start + QUARTER_HOUR * quarter for quarter in quarters)
    return any(
        not calendar_status(vendor, datetime.fromtimestamp(moment, vendor.zone))
        and (not underflow or contact_type in handed_over(center, moment).types)
        for moment in moments
    )
