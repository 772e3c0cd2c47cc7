"""Back-office work beside a router: deferred into a backlog, done in troughs, shipped in batches."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated

from msgspec import Meta

from bporoute._base.fields import PositiveSeconds, converted, did_you_mean
from bporoute.center._center import Center
from bporoute.center._contact import Contact, Sourcing
from bporoute.center._contact_told import as_told
from bporoute.errors import InputError
from bporoute.routing._decision import Decision
from bporoute.routing._hard_rules import barred_in_house, handed_over, requested
from bporoute.routing._outcome import Action
from bporoute.routing._parts import time_told
from bporoute.routing._router import Router
from bporoute.routing.back_office._backlog import Agents, Backlog, Case, Trough, is_instant
from bporoute.routing.back_office._deferral import Deferral, deferred, due_time
from bporoute.routing.back_office._shipment import Held, Offer, offered

Batch = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class BackOffice:
    """The back-office contacts of a router's center: those of the types with a due time.

    Every case that was taken is in exactly one place: in a backlog, handed out once by `fill`, or sent out
    once by `ship`. Time is the router's clock. Safe to use from several threads.

    Parameters
    ----------
    router : Router
        Routes what is not deferred and what is shipped.
    batch : int
        Cases that are shipped together at least, of one queue; fewer only if one of them can wait no longer.
    every : float
        Seconds after which `ship` is called again; what could not wait until then goes now.
    backlogs : dict of str to Backlog or None
        Queue -> the backlog that it begins with, such as one stored before a restart.

    Raises
    ------
    InputError
        If a number is out of range, a queue unknown, or a backlog out of order.

    Notes
    -----
    A case takes the configured handle time of its queue, wherever it is done. The router counts what is
    shipped, not what is handed out: shares of a day rest on the contacts that it routed.

    Examples
    --------
    >>> from bporoute import Center, Contact, ContactType, Contract, Queue, Router, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=600)},
    ...     contact_types={"claim": ContactType(queue="service", due_within=4 * 3600)},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("claim",),
    ...                             contract=Contract(price_per_contact=4.5), turnaround=7200)},
    ... )
    >>> back_office = BackOffice(Router(center, clock=lambda: 1795428000.0, compile=False), batch=2)
    >>> print(back_office.take(Contact("claim")).explain())
    claim: defer to the backlog of service
      due Mon 23 Nov 14:00 UTC (in 4.0 h), no other case before it; done when agents are free, sent out \
if that is too late
    >>> back_office.ship()  # one case is no batch, and it can wait
    []
    >>> deferral = back_office.take(Contact("claim"))
    >>> [decision.destination for decision in back_office.ship()]
    ['nord', 'nord']
    """

    def __init__(
        self,
        router: Router,
        *,
        batch: int,
        every: float = 300.0,
        backlogs: Mapping[str, Backlog] | None = None,
    ) -> None:
        self.router = router
        self.batch = converted(batch, Batch, "batch")
        self.every = converted(every, PositiveSeconds, "every")
        self._lock = threading.Lock()
        self._center = router.center
        self._backlogs = dict.fromkeys(router.center.queues, Backlog())
        self._troughs: dict[str, tuple[Trough, ...]] = dict.fromkeys(router.center.queues, ())
        self._held: dict[str, tuple[Held, ...]] = dict.fromkeys(router.center.queues, ())
        for queue, backlog in (backlogs or {}).items():
            self._check_queue(queue)
            backlog.check()
            self._backlogs[queue] = backlog

    def backlog(self, queue: str) -> Backlog:
        """The backlog of a queue as it is now."""
        self._check_queue(queue)
        return self._backlogs[queue]

    def plan(self, queue: str, troughs: Iterable[Trough]) -> None:
        """Tell the free time forecast for a queue, its `troughs`, in place of those told before.

        Raises
        ------
        InputError
            If the queue is unknown or intervals overlap.
        """
        self._check_queue(queue)
        told = tuple(troughs)
        Backlog().beyond(told, self.router.center.queues[queue].aht, now=0.0)  # complains of overlaps
        self._troughs[queue] = told

    def take(self, contact: Contact) -> Deferral | Decision:
        """Defer a contact whose type has a due time; let the router decide any other.

        It is due when it says so itself, else as its type says. Where the clock does not tell when that is,
        the router decides too.
        """
        now, _ = time_told(self.router.clock)
        center, read = self._follow(), as_told(contact)
        contact_type = center.contact_types.get(read.type)
        due = None if contact_type is None else due_time(read, contact_type, now)
        if contact_type is None or due is None:
            return self.router.route(contact)
        with self._lock:
            backlog = self._backlogs[contact_type.queue]
            self._backlogs[contact_type.queue] = backlog.add(read, due=due, arrival=now)
        return deferred(read, center, now, due, before=sum(case.due <= due for case in backlog.cases))

    def fill(self, queue: str, idle_agents: float) -> list[Contact]:
        """Hand out work in a trough: one case for each idle agent, earliest due first.

        Nothing is handed out while somebody waits in the queue, nor while its live state is missing,
        impossible or stale; and never more than the agents who are free by that state.

        Parameters
        ----------
        queue : str
            The queue whose agents are idle.
        idle_agents : float
            How many are; a part of an agent does nothing.

        Returns
        -------
        list of Contact
            With their due times; whoever cannot do one may `take` it again. Types that the queue may not
            do are left out, and so are those that vendors take whole, unless no vendor could when `ship`
            last asked.

        Raises
        ------
        InputError
            If the queue is unknown or the number negative or none.
        """
        self._check_queue(queue)
        idle = converted(idle_agents, Agents, "idle_agents")
        with self._lock:
            backlog = self._backlogs[queue]
            fallen_back = {held.case.number for held in self._held[queue]}
            able = (
                case
                for case in backlog.cases
                if self._in_house(case) and (case.number in fallen_back or not self._vendors_first(case))
            )
            handed_out = list(islice(able, math.floor(idle)))
            if handed_out:
                free = self._free(handed_out[0].contact)
                handed_out = handed_out[: math.floor(free)]
            self._backlogs[queue] = backlog.without(handed_out)
        return [case.contact for case in handed_out]

    def ship(self) -> list[Decision]:
        """Send out what in-house capacity cannot do in time, once it is a batch or can wait no longer.

        The router decides each case, earliest due first, by all its rules, caps and prices, as if the
        queue's waiting room were full: that is how the queue's state reads in the decision. A vendor too
        slow for a case (wait, turnaround and handle time) is told as without room for it, unless all are:
        what is late everywhere goes out at once, so that it makes no other case late. Settle the decisions
        like any other.

        Returns
        -------
        list of Decision
            One for each case sent out. Whoever nobody may take stays in the backlog, see `held`.
        """
        now, _ = time_told(self.router.clock)
        if not is_instant(now):
            return []
        self._follow()
        with self._lock:
            return [decision for queue in self._backlogs for decision in self._ship(queue, now)]

    @property
    def held(self) -> tuple[Held, ...]:
        """What could not be sent out when `ship` was last called, with the reasons, and waits still."""
        self._follow()
        with self._lock:
            return tuple(
                held
                for queue, group in self._held.items()
                if (waiting := {case.number for case in self._backlogs[queue].cases})
                for held in group
                if held.case.number in waiting
            )

    def late(self) -> tuple[Case, ...]:
        """The cases of all backlogs that would be done after their due time even if begun in-house now."""
        now, _ = time_told(self.router.clock)
        if not is_instant(now):
            return ()
        queues = self._follow().queues
        return tuple(
            case
            for queue, backlog in self._backlogs.items()
            for case in backlog.late(max(len(backlog.cases), 1), queues[queue].aht, now)
        )

    # -- shipping -------------------------------------------------------------------------------

    def _ship(self, queue: str, now: float) -> list[Decision]:
        """`ship` for one queue."""
        backlog = self._backlogs[queue]
        offers: dict[int, Offer] = {}

        def offer(case: Case) -> Offer:
            if case.number not in offers:
                offers[case.number] = offered(self.router, queue, case, now, self.every)
            return offers[case.number]

        away = handed_over(self.router.center, now).types
        outright = [
            case
            for case in backlog.cases
            if not self._in_house(case)
            or ((self._vendors_first(case) or case.contact.type in away) and offer(case).taken)
        ]
        surplus = backlog.without(outright).beyond(
            self._troughs[queue],
            self.router.center.queues[queue].aht,
            now,
            movable=lambda case: offer(case).in_time,
        )
        leaving = sorted((*outright, *surplus), key=lambda case: case.rank)
        able = [offer(case) for case in leaving if offer(case).taken]
        goes = len(able) >= self.batch or any(not each.can_wait for each in able)
        sent: list[Case] = []
        decisions: list[Decision] = []
        held: list[Held] = []
        for case in leaving:
            decision = offer(case).decision
            if offer(case).taken:
                if not goes:
                    continue
                decision = self.router.route(case.contact, offer(case).snapshot)
            if decision.action == Action.OVERFLOW:
                sent.append(case)
                decisions.append(decision)
            else:
                held.append(Held(case, decision))
        self._held[queue] = tuple(held)
        self._backlogs[queue] = backlog.without(sent)
        return decisions

    # -- who does what --------------------------------------------------------------------------

    def _check_queue(self, queue: str) -> None:
        known = self._follow().queues
        if queue not in known:
            raise InputError("queue", repr(queue), did_you_mean(str(queue), list(known)))

    def _follow(self) -> Center:
        """The router's center now; where it was replaced, cases wait with the queue that their type has.

        Those of a type that is gone wait with the first queue, as the router decides them by that.
        """
        center = self.router.center
        with self._lock:
            if center is self._center:
                return center
            first, types = next(iter(center.queues)), center.contact_types
            backlogs = {name: self._backlogs.get(name, Backlog()) for name in center.queues}
            for name, backlog in self._backlogs.items():
                for case in backlog.cases:
                    kind = types.get(case.contact.type)
                    queue = first if kind is None else kind.queue
                    if queue != name:
                        backlogs[queue] = backlogs[queue].add(
                            case.contact, due=case.due, arrival=case.arrival
                        )
                        if name in backlogs:
                            backlogs[name] = backlogs[name].without([case])
            self._troughs = {name: self._troughs.get(name, ()) for name in center.queues}
            self._held = {name: self._held.get(name, ()) for name in center.queues}
            self._backlogs, self._center = backlogs, center
            return center

    def _in_house(self, case: Case) -> bool:
        """Whether the queue may do a case."""
        request = requested(case.contact, self.router.center)
        contact_type = request.contact_type
        specialised = contact_type is not None and contact_type.sourcing == Sourcing.SPECIALISED
        return not specialised and not barred_in_house(request, self.router.center)

    def _vendors_first(self, case: Case) -> bool:
        contact_type = self.router.center.contact_types.get(case.contact.type)
        return contact_type is not None and contact_type.sourcing == Sourcing.FULL

    def _free(self, contact: Contact) -> float:
        """Contacts that a contact's queue has agents free for by its live state; 0 if that does not tell."""
        decision = self.router.preview(contact)
        state = decision.state
        if state is None or decision.evidence.belief != "believed":
            return 0.0
        concurrency = self.router.center.queues[decision.queue].concurrency
        return max(state.agents * concurrency - decision.present, 0.0)
