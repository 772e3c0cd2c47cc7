"""The router: asks, spends, settles. It ties center, policy, ledger and clock together."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Literal, get_args

from bporoute import _kernels
from bporoute._base.fields import did_you_mean
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.contracts._invoice import Invoice
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError
from bporoute.policies._thresholds import MarginalCost, Policy, named_vendors, parse_policy, policy_label
from bporoute.routing._batch import Batch
from bporoute.routing._contact_columns import coded
from bporoute.routing._decision import Action, Decision
from bporoute.routing._live import LiveQueue, LiveVendor
from bporoute.routing._routed import Routed
from bporoute.routing._state import Snapshot
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._tables import Tables, Vendors, View
from bporoute.routing.ledger._memory import Ledger, Usage

Outcome = Literal["answered", "abandoned", "failed"]
OUTCOMES = get_args(Outcome)


def drawn(contact: str) -> float:
    """A number in [0, 1) that a contact's id stands for, the same everywhere and at any time.

    >>> round(drawn("call-1"), 4), round(drawn("call-2"), 4)
    (0.0343, 0.0914)
    """
    digest = blake2b(contact.encode("utf-8", "replace"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53


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
    chance : callable
        Gives a random number in [0, 1): it spreads the times at which failing vendors are tried again.
    lease : float
        Seconds after which a contact sent out that nobody has settled counts as ended and spent.
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
        chance: Callable[[], float] = random.random,
        lease: float = 14_400.0,
        compile: bool = True,
    ) -> None:
        self.center = center
        chosen = parse_policy(policy) if isinstance(policy, str) else policy
        self.policy: Policy = MarginalCost() if chosen is None else chosen
        for name in named_vendors(self.policy):
            if name not in center.vendors:
                raise InputError(
                    policy_label(self.policy), repr(name), did_you_mean(name, list(center.vendors))
                )
        self.clock = clock
        self.chance = chance
        self.ledger = Ledger() if ledger is None else ledger
        self._tables = tables = Tables(center, self.policy, self.ledger, lease)
        self._known = tables.profiles.known
        self._rows = tables.rows
        self._call: Callable[[int, float, float, int], int] | None = None
        self._queues = [LiveQueue(tables, row, clock) for row in tables.rows]
        self._vendors = [LiveVendor(tables, number) for number in range(len(center.vendors))]
        self.state = dict(zip(center.queues, self._queues, strict=True))
        self.vendors = dict(zip(center.vendors, self._vendors, strict=True))
        if compile:
            _kernels.compile_in_background()

    def preview(self, contact: Contact, snapshot: Snapshot | None = None) -> Decision:
        """What `route` would decide now; nothing is counted or reserved."""
        if snapshot is None and (decision := self._decide_at_once(contact, self._tables.asked)):
            return decision
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
        if snapshot is None and (decision := self._decide_at_once(contact, self._tables.routed)):
            return decision
        return self._decide(contact, snapshot, commit=True)

    def route_many(
        self,
        contacts: Any,
        at: Any = None,
        *,
        kinds: Sequence[Contact] | None = None,
        commit: bool = True,
        progress: Callable[[int, int], object] | None = None,
    ) -> Routed:
        """Decide many contacts as `route` would one after another, the live state as it is but for them.

        Parameters
        ----------
        contacts : sequence of Contact, columns, or array of int
            Columns are a mapping, a data frame or a structured array with a column `type` and, optionally,
            `language`, `country`, `value_class`, `id`, and `data` and `skills` (cells hold tuples); other
            columns are not looked at. Whole numbers, the quickest, stand for `kinds`.
        at : array or None
            When each is decided, epoch seconds, in order; None: all now.
        kinds : sequence of Contact or None
            What the numbers stand for, if `contacts` are numbers.
        commit : bool
            Whether each reserves what it takes. False: each is decided as if alone, as by `preview`.
        progress : callable or None
            Told ``(done, all)`` every 100 000 contacts (every 1000 interpreted). Then, too, other threads
            get their turn, and Ctrl-C is heard. Whatever it raises ends the batch; what was routed until
            then stays counted until its lease ends.

        Returns
        -------
        Routed
            Where each goes, and what that costs. Settle the contacts by `Routed.settle`.

        Raises
        ------
        InputError
            If a cell is not what it should be, a column is missing, a number stands for nothing, or the
            times are not in order.

        Examples
        --------
        >>> from bporoute import Center, ContactType, Contract, Queue, QueueLength, Vendor
        >>> center = Center(
        ...     queues={"service": Queue(aht=240)},
        ...     contact_types={"service": ContactType(queue="service")},
        ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
        ...                             contract=Contract(price_per_contact=4.5))},
        ... )
        >>> router = Router(center, policy=QueueLength(1), compile=False)
        >>> router.state["service"].update(agents=2, busy=0)
        >>> routed = router.route_many({"type": ["service"] * 5})
        >>> routed.destination.tolist(), routed.counts()
        ([0, 0, 0, 1, 1], {'in-house': 3, 'nord': 2, 'nobody': 0})
        >>> routed.settle("answered", which=routed.destination > 0)
        9.0
        """
        batch = Batch(self._tables, coded(contacts, kinds), at, commit, drawn)
        batch.run(self.clock, progress)
        return Routed(batch.filled, View(self.center, self.policy, self.ledger), self.settle)

    def _decide_at_once(self, contact: Contact, page: Page) -> Decision | None:
        """The compiled decision, which takes no lock; None if the tables are not ready for it."""
        call = self._call
        if call is None:
            return None
        try:
            kind = self._known[
                contact.type,
                contact.language,
                contact.data,
                contact.country,
                contact.value_class,
                contact.skills,
            ]
        except (KeyError, TypeError):  # not met yet; a list where a tuple should be
            return None
        luck = drawn(contact.id) if self._tables.hashed else 0.0
        now = self.clock()
        view = self._rows[kind.queue].view
        found = call(kind.ticket_at, now, luck, page.address)
        if not 0 <= found < codes.NEWS:
            if found < 0:
                return None
            found -= codes.NEWS
            with self.ledger.lock:
                self._tables.spread_news()
        action, destination = kind.outcomes[found & codes.WAY_MASK]
        return Decision(contact, action, destination, page, found >> codes.WAY_BITS, kind, view)

    def settle(
        self, decision: Decision, outcome: Outcome, wait: float = math.nan, handle: float = math.nan
    ) -> float:
        """Report how a routed contact ended: what vendors are paid and what is known of all rests on it.

        Parameters
        ----------
        decision : Decision
            As `route` returned it. Settling one a second time changes nothing.
        outcome : {"answered", "abandoned", "failed"}
            Only an answered contact is paid for. A failed one, which the vendor did not take, gives its
            place below the caps back, and speaks against the vendor's health; then route to the second of
            `Decision.ranked`.
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
        if outcome not in OUTCOMES:
            raise InputError("outcome", repr(outcome), did_you_mean(str(outcome), list(OUTCOMES)))
        waited = wait if 0.0 <= wait < math.inf else math.nan
        handled = handle if 0.0 < handle < math.inf else math.nan
        page, line, tables = decision.page, decision.line, self._tables
        with self.ledger.lock:
            told = page.numbers[line, -1]
            if decision.view.ledger is not self.ledger or not page.first or told[codes.UNSETTLED] == 0.0:
                return 0.0
            told[codes.UNSETTLED] = 0.0
            queue, at = decision.kind.queue, float(told[codes.AT])
            tables.queue_watch[queue].settled(outcome, waited)
            if decision.action != Action.OVERFLOW:
                lived = at if page.opened[line] == 0.0 else math.nan
                tables.settle_kept(queue, lived, handled if outcome == "answered" else math.nan)
                return 0.0
            vendor = tables.vendor_names.index(str(decision.destination))
            if page.opened[line] != 0.0:  # else its lease has ended
                page.opened[line] = 0.0
                self.ledger.leave(vendor)
            answered = outcome == "answered"
            price = 0.0
            if outcome != "failed":
                price = tables.bill(vendor, decision, answered, waited, handled)
            self.ledger.settle(
                vendor,
                outcome,
                waited if answered and waited == waited else 0.0,
                handled if answered and handled == handled else 0.0,
                price,
            )
            if outcome == "failed":
                self.ledger.give_back(vendor, at)
            tables.settle_sent(vendor, queue, outcome, self.clock(), self.chance(), at, waited, handled)
            return price

    def judge(
        self, decision: Decision, *, resolved: bool | None = None, satisfaction: float = math.nan
    ) -> None:
        """Report how well a vendor served a contact, whenever that is known.

        Parameters
        ----------
        decision : Decision
            As `route` returned it; of a kept contact nothing is noted.
        resolved : bool or None
            Whether the customer's matter was resolved; None: not known.
        satisfaction : float
            The customer's score, in [0, 1]; nan: not known.
        """
        if decision.action == Action.OVERFLOW:
            vendor = self._tables.vendor_names.index(str(decision.destination))
            with self.ledger.lock:
                self._tables.watch.judge(vendor, resolved=resolved, satisfaction=satisfaction)

    def usage(self, vendor: str) -> Usage:
        """What a vendor has been sent and is owed, as the ledger counts it."""
        if vendor not in self.center.vendors:
            raise InputError("usage", repr(vendor), did_you_mean(vendor, list(self.center.vendors)))
        with self.ledger.lock:
            self._tables.hold()
            self._tables.follow(self.clock())
            self._tables.publish()
            return self.ledger.usage(vendor)

    def invoice(self, vendor: str) -> Invoice:
        """What a vendor is owed for its current contract period, by what was settled in it.

        Service-level results, hours and locked forecasts are not known here: put them into the `PeriodUsage`
        of `bill` and ask the contract.

        Raises
        ------
        InputError
            If there is no such vendor, or its contract needs what only the vendor can tell.
        """
        bill = self.bill(vendor)
        return self.center.vendors[vendor].contract.invoice(bill)

    def bill(self, vendor: str) -> PeriodUsage:
        """What a vendor has done in its current contract period, as its contract counts it."""
        if vendor not in self.center.vendors:
            raise InputError("bill", repr(vendor), did_you_mean(vendor, list(self.center.vendors)))
        tables = self._tables
        with self.ledger.lock:
            tables.hold()
            tables.follow(self.clock())
            tables.publish()
            return tables.pricing.bill(tables.vendor_names.index(vendor))

    def _decide(self, contact: Contact, snapshot: Snapshot | None, commit: bool) -> Decision:
        """The decision that brings the tables up to date first."""
        tables = self._tables
        with self.ledger.lock:
            tables.hold()
            now = self.clock()
            tables.follow(now)
            kind = tables.kind(contact)
            if snapshot is None:
                row, vendors = tables.rows[kind.queue], None
                if not tables.ready(row):
                    tables.load(row, kind, None)
            else:
                row = tables.borrow(kind, snapshot.queue(tables.queue_names[kind.queue]), now)
                vendors = self._told_by(snapshot)
                tables.load(row, kind, vendors)
            luck = drawn(contact.id) if tables.hashed else 0.0
            page, line, way = tables.decide(kind, row, now, luck, vendors, commit)
            if snapshot is not None and commit and way == 0:
                page.opened[line] = -1.0
            tables.spread_news()
            tables.publish()
            self._call = _kernels.current().call
        action, destination = kind.outcomes[way + 1]
        return Decision(contact, action, destination, page, line, kind, row.view)

    def _told_by(self, snapshot: Snapshot) -> Vendors | None:
        """Vendors and usage as a snapshot tells them; None if it tells nothing of vendors."""
        tables = self._tables
        told = {name: snapshot.vendor(name) for name in tables.vendor_names}
        if not any(told.values()):
            return None
        table, usage = tables.vendors.copy(), self.ledger.counters.copy()
        troubles = [tables.bad_clock]
        for number, state in enumerate(told.values()):
            if state is None:
                troubles.append(tables.distrusts[number])
            else:
                troubles.append(tables.tell_vendor(number, state, table, usage))
        return Vendors(table, usage, "; ".join(filter(None, troubles)))
