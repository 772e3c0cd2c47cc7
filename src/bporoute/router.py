"""The router: asks, spends, settles. It ties center, policy, ledger and clock together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal, get_args

from bporoute import _kernels
from bporoute._kernels import decision as codes
from bporoute.arrays import Floats
from bporoute.center import Center
from bporoute.contact import Contact
from bporoute.decision import Action, Decision, Evidence
from bporoute.errors import InputError
from bporoute.fields import did_you_mean
from bporoute.ledger import Ledger, Usage
from bporoute.live import LiveQueue, LiveVendor
from bporoute.policy import MarginalCost, Policy, Share, parse_policy
from bporoute.snapshot import Snapshot
from bporoute.tables import Tables

Outcome = Literal["answered", "abandoned", "failed"]
_FALLBACKS = {"keep": Action.KEEP, "reject": Action.REJECT, "callback": Action.CALLBACK}


class Router:
    """Decides contacts for one center by one policy.

    Safe to use from several threads; a forked process goes on with its own copy of everything. Settle
    every routed contact: until then it counts as being there.

    Parameters
    ----------
    center : Center
        What is configured.
    policy : Policy or str
        When to keep and when to send out, or its text such as ``"QueueLength(10)"``; default the exact
        optimum, `MarginalCost`.
    clock : callable
        Gives the time in epoch seconds (UTC).
    ledger : Ledger or None
        Counts what was sent; None: a new one in memory.
    compile : bool
        Compile the kernels in the background; the first decisions run interpreted, with the same
        answers. False leaves that to `bporoute.warmup`.

    Attributes
    ----------
    state : dict of str to LiveQueue
        The live state of the queues, by name; update it by events.
    vendors : dict of str to LiveVendor
        The live state of the vendors, by name; untold, a vendor is as the center says.

    Raises
    ------
    InputError
        If the policy's text cannot be read, or a `Share` names a vendor that the center does not have.

    Examples
    --------
    >>> from bporoute import Center, Contact, ContactType, Contract, Queue, QueueLength, QueueState
    >>> from bporoute import Router, Snapshot, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> router = Router(center, policy=QueueLength(8), compile=False)
    >>> state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    >>> decision = router.route(Contact("service"), state)
    >>> decision.action, decision.ranked
    (<Action.OVERFLOW: 'overflow'>, ('nord', 'service'))
    >>> router.settle(decision, "answered", wait=3.2, handle=180.0)
    4.5
    """

    def __init__(
        self,
        center: Center,
        policy: Policy | str | None = None,
        *,
        clock: Callable[[], float] = time.time,
        ledger: Ledger | None = None,
        compile: bool = True,
    ) -> None:
        self.center = center
        chosen = parse_policy(policy) if isinstance(policy, str) else policy
        self.policy: Policy = MarginalCost() if chosen is None else chosen
        for name in self.policy.shares if isinstance(self.policy, Share) else ():
            if name not in center.vendors:
                raise InputError("Share", repr(name), did_you_mean(name, list(center.vendors)))
        self.clock = clock
        self.ledger = Ledger() if ledger is None else ledger
        self._tables = Tables(center, self.policy, self.ledger)
        self._queues = [LiveQueue(self.ledger.lock) for _ in center.queues]
        self._vendors = [LiveVendor(self._tables, number) for number in range(len(center.vendors))]
        self.state = dict(zip(center.queues, self._queues, strict=True))
        self.vendors = dict(zip(center.vendors, self._vendors, strict=True))
        if compile:
            _kernels.compile_in_background()

    def preview(self, contact: Contact, snapshot: Snapshot | None = None) -> Decision:
        """What `route` would decide now; nothing is counted or reserved."""
        return self._decide(contact, snapshot, commit=False)

    def route(self, contact: Contact, snapshot: Snapshot | None = None) -> Decision:
        """Decide a contact and reserve what it takes.

        Parameters
        ----------
        contact : Contact
            Any; an unknown type or language is decided by the center's fallback, with the reasons.
        snapshot : Snapshot or None
            What is true now. None: the live state in `state`.

        Returns
        -------
        Decision
            For every contact and state; where the state is missing or impossible, `Decision.degraded`
            says so, and the contact stays in-house unless its type is sourced out whole (full,
            specialised).
        """
        return self._decide(contact, snapshot, commit=True)

    def settle(
        self, decision: Decision, outcome: Outcome, wait: float = math.nan, handle: float = math.nan
    ) -> float:
        """Report how a routed contact ended.

        Parameters
        ----------
        decision : Decision
            As `route` returned it. Settling a kept contact, or one a second time, changes nothing.
        outcome : {"answered", "abandoned", "failed"}
            Only an answered contact is paid for.
        wait, handle : float
            Seconds waited and handled, nan if unknown; an unknown handle time is priced as the queue's
            average.

        Returns
        -------
        float
            Money that the vendor is owed for it.

        Raises
        ------
        InputError
            If the outcome is not one of the three.
        """
        if outcome not in get_args(Outcome):
            raise InputError("outcome", repr(outcome), did_you_mean(str(outcome), list(get_args(Outcome))))
        waited = wait if 0.0 <= wait < math.inf else 0.0
        handled = handle if 0.0 <= handle < math.inf else 0.0
        with self.ledger.lock:
            sent = self.ledger.close(decision.id) if decision.evidence.ledger is self.ledger else None
            if sent is None:
                return 0.0
            if outcome != "answered":
                self.ledger.settle(sent.vendor, outcome, 0.0, 0.0, 0.0)
                return 0.0
            vendor = self.center.vendors[self._tables.vendor_names[sent.vendor]]
            priced = handled or self.center.queues[decision.evidence.queue].aht
            price = vendor.contract.price(priced, sent.before)
            self.ledger.settle(sent.vendor, outcome, waited, handled, price)
            return price

    def usage(self, vendor: str) -> Usage:
        """What a vendor has been sent and is owed, as the ledger counts it."""
        if vendor not in self.center.vendors:
            raise InputError("usage", repr(vendor), did_you_mean(vendor, list(self.center.vendors)))
        with self.ledger.lock:
            self._tables.follow(self.clock())
            return self.ledger.usage(vendor)

    def _decide(self, contact: Contact, snapshot: Snapshot | None, commit: bool) -> Decision:
        tables = self._tables
        with self.ledger.lock:
            now = self.clock()
            tables.follow(now)
            profile = tables.profile(contact)
            queue = int(tables.profiles.kinds[profile, codes.PROFILE_QUEUE])
            vendors, usage = tables.vendors, self.ledger.counters
            if snapshot is None:
                row = tables.rows[queue]
                state = self._queues[queue].state
                distrusts = [live.distrust for live in self._vendors]
            else:
                row = tables.spare
                state = snapshot.queue(tables.queue_names[queue])
                vendors, usage, distrusts = self._told_by(snapshot)
            told_vendors = vendors is not tables.vendors
            if state is not row.state or row.loaded != (queue, tables.version) or told_vendors:
                tables.load(row, profile, state, vendors)
            ranked = tables.decide(profile, row.number, vendors, usage, commit)
            order = tuple(tables.order[:ranked].tolist())
            number = 0
            if commit:
                number = self.ledger.number()
                tables.count_routed(profile)
                if order and order[0] > 0:
                    if told_vendors:  # the kernel counted in a copy
                        self.ledger.counters[order[0] - 1] += 1.0
                    self.ledger.open(number, order[0] - 1)
                    tables.count_sent(order[0] - 1)
            evidence = Evidence(
                self.center,
                self.policy,
                self.ledger,
                tables.destination_names[queue],
                state,
                row.solved if not row.distrust else None,
                tables.evidence.copy(),
                order,
            )
        degraded = "; ".join(filter(None, (row.distrust, tables.bad_clock, *distrusts)))
        if order:
            action = Action.KEEP if order[0] == 0 else Action.OVERFLOW
            return Decision(number, now, contact, action, evidence.names[order[0]], degraded, evidence)
        action = _FALLBACKS[self.center.fallback]
        destination = evidence.queue if action == Action.KEEP else None
        return Decision(number, now, contact, action, destination, degraded, evidence)

    def _told_by(self, snapshot: Snapshot) -> tuple[Floats, Floats, list[str]]:
        """Vendors and usage as a snapshot tells them: the live arrays where it tells nothing of vendors."""
        tables = self._tables
        vendors, usage = tables.vendors, self.ledger.counters
        distrusts = []
        for number, name in enumerate(tables.vendor_names):
            state = snapshot.vendor(name)
            if state is None:
                distrusts.append(self._vendors[number].distrust)
                continue
            if vendors is tables.vendors:
                vendors, usage = vendors.copy(), usage.copy()
            distrusts.append(tables.tell_vendor(number, state, vendors, usage))
        return vendors, usage, distrusts
