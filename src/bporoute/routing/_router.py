"""The router: asks, spends, settles. It ties center, policy, ledger and clock together."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from bporoute import _kernels
from bporoute._base.digest import blake2b
from bporoute._base.fields import did_you_mean
from bporoute._base.remark import Remark
from bporoute._kernels.routing.codes import NEWS, REFUSED, WAY_BITS, WAY_MASK
from bporoute._kernels.routing.columns import HEADER_USED, TABLES_READY
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.center._contact_told import with_kind_read
from bporoute.center._told_texts import id_told
from bporoute.contracts._bill import Invoice
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError, shown
from bporoute.estimates._belief import Belief
from bporoute.estimates._handle_time import LONGEST_HANDLE_TIME
from bporoute.policies._rule import Policy
from bporoute.policies._thresholds import MarginalCost
from bporoute.routing._decision import Decision, check_decision
from bporoute.routing._excluded import excluded
from bporoute.routing._live import LiveQueue, LiveVendor
from bporoute.routing._news import News
from bporoute.routing._outcome import NOT_TAKEN, OUTCOMES, Action, NotTaken, Outcome, Settled
from bporoute.routing._outcomes_told import OddReports, OutcomesTold, reason_told
from bporoute.routing._parts import (
    ByName,
    chance_told,
    check_build,
    check_center,
    check_parts,
    policy_for,
    time_told,
)
from bporoute.routing._ready import make_ready, usual_contacts
from bporoute.routing._repeats import Repeats
from bporoute.routing._state import Snapshot, snapshot_told
from bporoute.routing._tables._evidence import Basis, Evidence
from bporoute.routing._tables._left_out import COMES_NOW, LeftOut
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing._token import Refused
from bporoute.routing._tokens_told import TokensTold
from bporoute.routing._works import Desk, Works, passed_on
from bporoute.routing.ledger._memory import Ledger, Usage

if TYPE_CHECKING:  # loaded by what needs them: a start should be quick
    from bporoute.routing._bounds import VendorBounds
    from bporoute.routing._estimates import Estimates
    from bporoute.routing._routed import Routed
    from bporoute.routing._status import Status
    from bporoute.routing.ledger._shared import SharedLedger

AT_ONCE = 3e-4
"""Seconds that one decision waits for prices, about: enough for all of one vendor, see `RoutingTables`."""
OVERFLOW = Action.OVERFLOW
NOBODY_OUT: tuple[str, ...] = ()


def drawn(contact: object) -> float:
    """A number in [0, 1) that a contact's id stands for, the same everywhere and at any time.

    >>> round(drawn("call-1"), 4), round(drawn("call-2"), 4), drawn(7) == drawn("7")
    (0.0343, 0.0914, True)
    """
    text = contact if type(contact) is str else id_told(contact, [])
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53


class Router:
    """Decides contacts for one center by one policy.

    Safe to use from several threads; a forked process goes on with its own copy of everything. Settle
    every routed contact: until then it counts as being there. A call that something interrupts (Ctrl-C, an
    alarm, a time limit) was not made, but that what is settled or told may count, whole. A policy, a clock,
    `chance`, a finaliser or a signal handler that asks the router while it works in the same thread gets a
    `RuntimeError`.

    Parameters
    ----------
    center : Center
        What is configured.
    policy : Policy or str
        When to keep and when to send out, or its text such as ``"QueueLength(10)"``; default the exact
        optimum, `MarginalCost`.
    clock : callable
        Gives the time in epoch seconds (UTC). Where it gives no number, all goes on: decisions and `status`
        say so, and vendors are closed until it is well again.
    ledger : Ledger or None
        Counts what was sent; None: a new one in memory.
    chance : callable
        Gives a random number in [0, 1): it spreads the times at which failing vendors are tried again. What
        is none counts as 0.5.
    lease : float
        Seconds after which a contact sent out that nobody has settled counts as ended and spent.
    same_id_within : float
        Seconds within which a contact that was decided gets the same decision when it is asked about again,
        by `route`, `preview` or `route_many`, and counts once: for callers who retry. It is the same by its
        `Contact.id`, if it has one, and all else that rules look at. The last 65,536 decisions are kept for
        it; each takes some tens of microseconds more. 0: every request is a contact of its own.
    compile : bool
        Compile the kernels in the background; the first decisions run interpreted, with the same
        answers. False leaves that to `bporoute.warmup`.

    Attributes
    ----------
    state : dict of str to LiveQueue
        The live state of the queues, by name; update it by events. An unknown name is an
        `InputError` that is a `KeyError`, too.
    vendors : dict of str to LiveVendor
        The live state of the vendors, by name, likewise; untold, a vendor is as the center says.

    Raises
    ------
    InputError
        If an argument is not what it should be, the policy's text cannot be read, or a `Share` names a vendor
        that the center does not have; and in a free-threaded Python.

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
        same_id_within: float = 0.0,
        compile: bool = True,
    ) -> None:
        check_build()
        check_center(center)
        check_parts(clock, ledger, chance, lease)
        self.center = center
        self.policy: Policy = policy_for(center, MarginalCost() if policy is None else policy)
        self.clock = clock
        self.chance = chance
        self.ledger = Ledger() if ledger is None else ledger
        tables = RoutingTables(center, self.policy, self.ledger, lease, at_once=AT_ONCE)
        self._desk = desk = Desk(Works(tables))
        self._call: Callable[[int, float, float, int], int] | None = None
        self._others = self._served()
        self._told = OutcomesTold()
        self._tokens = TokensTold()
        self._repeats = None if same_id_within == 0.0 else Repeats(same_id_within)
        self.ledger.open_contacts.lease = max(self.ledger.open_contacts.lease, lease)
        self.state = ByName("state", ((name, LiveQueue(desk, name, clock)) for name in center.queues))
        self.vendors = ByName("vendors", ((name, LiveVendor(desk, name, clock)) for name in center.vendors))
        if compile:
            _kernels.compile_in_background()

    def _served(self) -> SharedLedger | None:
        """The ledger, begun for this process, if processes share it."""
        if not self.ledger.shared:
            return None
        from bporoute.routing.ledger._shared import SharedLedger

        if not isinstance(self.ledger, SharedLedger):
            return None
        self.ledger.serve()
        return self.ledger

    @property
    def _tables(self) -> RoutingTables:
        return self._desk.works.tables

    @property
    def _news(self) -> News:
        return self._desk.works.news

    def replace(self, center: Center, policy: Policy | str | None = None) -> None:
        """Decide by another center from now on, while contacts go on coming.

        Everything is kept by name: counts and windows, bills, contacts in flight and their leases, open
        decisions, the state of queues and vendors, health, estimates, odd reports. Queues, vendors and types
        may be added, removed, reordered and changed. A decision made before can be explained by its own
        center, and settled and judged; what its vendor is owed goes by the contract that the vendor has now,
        also for the rest of a period that has begun. A vendor that is gone is sent nothing; it is settled and
        billed by the contract it had last.

        Each decision is by one center as a whole. Most of the work is done beside decisions; only what is
        handed over last keeps them waiting, in a usual center for less than a millisecond. A `LiveQueue` or
        `LiveVendor` of a name that both centers have stays the same object. Of processes that share a ledger
        each is to do it, one after another.

        Parameters
        ----------
        center : Center
            What is configured from now on.
        policy : Policy, str or None
            When to keep and when to send out from now on; None: as before.

        Raises
        ------
        InputError
            If it is no center, or the policy cannot be read or names a vendor that the center does not have;
            or if it has other vendors or queues than a `SharedLedger` counts for. Then, and if it is
            interrupted, the old center decides on.

        Examples
        --------
        >>> from bporoute import Center, Contact, ContactType, Contract, Queue, QueueLength, QueueState
        >>> from bporoute import Router, Vendor
        >>> def center(*vendors: str) -> Center:
        ...     return Center(
        ...         queues={"service": Queue(aht=240)},
        ...         contact_types={"service": ContactType(queue="service")},
        ...         vendors={name: Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
        ...                               contract=Contract(price_per_contact=4.5)) for name in vendors},
        ...     )
        >>> router = Router(center("nord"), policy=QueueLength(8), compile=False)
        >>> router.state["service"].update(agents=42, busy=42, waiting=9)
        >>> before = router.route(Contact("service"))
        >>> router.replace(center("ost"))
        >>> before.destination, router.route(Contact("service")).destination
        ('nord', 'ost')
        >>> router.settle(before, "answered", handle=180.0), router.invoice("nord").total
        (4.5, 4.5)
        """
        from bporoute.routing._replace import Succession

        check_center(center)
        while True:
            works = self._desk.works
            chosen = policy_for(center, works.tables.policy if policy is None else policy)
            now = time_told(self.clock)[0]
            succession = Succession(works, center, chosen, now, AT_ONCE)
            now = time_told(self.clock)[0]
            with self.ledger.lock:
                if self._desk.works is works:  # else somebody else has replaced it meanwhile
                    self._take(succession.hand_over(now), now)
                    return

    def _take(self, made: Works, now: float) -> None:
        """Decide by other works from now on; the lock is held."""
        tables, desk = made.tables, self._desk
        old, center, policy = desk.works, tables.center, tables.policy
        pages, clock = tables.pages, tables.clock
        queues, vendors = self.state, self.vendors
        state = ByName(
            "state",
            ((name, queues.get(name) or LiveQueue(desk, name, self.clock)) for name in center.queues),
        )
        told = ByName(
            "vendors",
            ((name, vendors.get(name) or LiveVendor(desk, name, self.clock)) for name in center.vendors),
        )
        # On one line: whoever looks, and whatever is interrupted, sees one center or the other.
        desk.works, self.center, self.policy, self.state, self.vendors, pages.arrays, clock.counts = (
            made, center, policy, state, told, tables.arrays, True,
        )  # fmt: skip
        if self._others is not None:
            self._others.keep_by(tables.keep)
        tables.follow(now)
        for gone in (old.tables, *([] if old.former is None else [old.former])):
            self.ledger.leave(gone.arrays, gone.vendors)

    def preview(
        self, contact: Contact, snapshot: Snapshot | None = None, exclude: Iterable[str] = NOBODY_OUT
    ) -> Decision:
        """What `route` would decide now on `contact`, `snapshot` and `exclude`; nothing is counted."""
        if exclude is not NOBODY_OUT:
            return self._decide(contact, snapshot, self._excluded(exclude), commit=False)
        decision = self._decide_at_once(contact, snapshot, commit=False)
        return decision or self._decide(contact, snapshot, commit=False)

    def route(
        self, contact: Contact, snapshot: Snapshot | None = None, exclude: Iterable[str] = NOBODY_OUT
    ) -> Decision:
        """Decide a contact and reserve what it takes.

        Parameters
        ----------
        contact : Contact
            Any; an unknown type or language is decided by the center's fallback, with the reasons.
        snapshot : Snapshot or None
            What is true now. None: the live state in `state`.
        exclude : iterable of str
            Vendors, and the queue, that are out for this contact, as `Decision.left_out` and
            `Decision.rejected` then say. `Decision.degraded` says of a name that nobody has.

        Returns
        -------
        Decision
            For every contact and state, whatever was handed over as one; where the state is missing or
            impossible, `Decision.degraded` says so, and the contact stays in-house unless its type is sourced
            out whole (full, specialised) or its queue is closed. It says, too, what could not be used of the
            contact and the snapshot, and that a clock failed: then nobody can tell which vendor is open.
        """
        if exclude is not NOBODY_OUT:
            return self._decide(contact, snapshot, self._excluded(exclude))
        # On one line: from a decision that is counted to whoever asked, nothing comes between.
        return self._decide_at_once(contact, snapshot) or self._decide(contact, snapshot)

    def route_many(
        self,
        contacts: Any,
        at: Any = None,
        *,
        like: Sequence[Contact] | None = None,
        commit: bool = True,
        progress: Callable[[int, int], object] | None = None,
    ) -> Routed:
        """Decide many contacts as `route` would one after another, the live state as it is but for them.

        All of them are decided by the center that the batch begins with.

        Parameters
        ----------
        contacts : sequence of Contact, columns, or array of int
            Columns are a mapping, a data frame or a structured array with a column ``type`` and, optionally,
            ``language``, ``country``, ``value_class``, ``id``, and ``data`` and ``skills`` (cells hold
            tuples); other columns are not looked at. Whole numbers, the quickest, stand for `like`.
        at : array or None
            When each is decided, epoch seconds, in order; None: all now, as it has to be for a router with
            ``same_id_within``.
        like : sequence of Contact or None
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
        from bporoute.routing._contact_columns import coded
        from bporoute.routing._one_by_one import one_by_one
        from bporoute.routing._routed import Routed
        from bporoute.routing._tables._batch import Batch

        tables, desk = self._tables, self._desk
        basis = Basis(tables.center, tables.policy, self.ledger)
        if self._repeats is not None:
            decide = self.route if commit else self.preview
            filled = one_by_one(coded(contacts, like), at, tables, decide, progress)
            return Routed(filled, basis, self.settle)
        if self._others is not None:
            with self.ledger.lock:
                self._hear_board()
        batch = Batch(tables, coded(contacts, like), at, commit, drawn)
        batch.run(lambda: time_told(self.clock)[0], progress, lambda: passed_on(tables, desk))
        if at is None:
            self._news.tell(time_told(self.clock)[0])
        return Routed(batch.filled, basis, self.settle)

    def _decide_at_once(
        self, contact: Contact, snapshot: Snapshot | None, commit: bool = True
    ) -> Decision | None:
        """The compiled decision; None if the tables are not ready for it.

        It takes no lock, but where others have news of queues and vendors: to hear that.

        Whatever is raised once it is counted takes it back.
        """
        call = self._call
        if call is None or snapshot is not None:
            return None
        others = self._others
        if others is not None:
            if others.word[0] != others.heard:
                return None
            if others.board_word[0] != others.board_heard:
                with self.ledger.lock:
                    self._hear_board()
        works = self._desk.works  # once: all of it is decided by one center
        page, now = works.pages.routed if commit else works.pages.asked, None
        try:
            profile = works.known[
                contact.type,
                contact.language,
                contact.data,
                contact.country,
                contact.value_class,
                contact.skills,
            ]
            luck = drawn(contact.id) if works.arrays.hashed else 0.0
            now, used = self.clock(), page.head[HEADER_USED]
            basis = works.rows[profile.queue].basis
            found = call(profile.ticket_at, now, luck, page.address)
            if found < 0:
                if found == REFUSED:
                    return None
                found -= NEWS
                with self.ledger.lock:
                    reached = works.tables.vendors.spread_news()
                if reached:
                    works.news.tell(now, at_once=True)
            action, destination = profile.outcomes[found & WAY_MASK]
            return Decision(contact, action, destination, Evidence(page, found >> WAY_BITS, profile, basis))
        except BaseException as stop:
            if now is not None and page.head[HEADER_USED] > used:  # counted, and nobody was told
                # The first call that is made here notes it: no signal is heard before that.
                works.arrays.vendors[-1, TABLES_READY] = 0.0
                row, end = works.rows[profile.queue], page.head[HEADER_USED]
                works.tables.undecided.append(
                    (profile, row, page, used, end, now, luck, COMES_NOW, None, None)
                )
                with self.ledger.own_lock, passed_on(works.tables, self._desk):
                    taken_back = works.tables.take_back()
                if taken_back:
                    raise
            if isinstance(stop, Exception):
                # Not met yet, or no Contact, a list where a tuple should be, a clock that fails.
                return None
            raise

    def settle(
        self,
        decision: Decision | str,
        outcome: Outcome,
        wait: float | None = None,
        handle: float | None = None,
    ) -> float:
        """Report how a routed contact ended: what vendors are paid and what is known of all rests on it.

        Parameters
        ----------
        decision : Decision or str
            As `route` returned it, or its `Decision.token`. Settling one a second time changes nothing.
        outcome : {"answered", "abandoned", "failed", "undelivered"}
            An answered contact is paid for, another where its contract bills it. A failed one, which the
            vendor did not take, gives its place below the caps back, and speaks against the vendor's health;
            `divert` says so, and sends it on. One that was undelivered never got there by no fault of
            theirs (a wrong number, one's own line): like a failed one, but it is never billed and says
            nothing of the vendor.
        wait, handle : float or None
            Seconds waited and handled, None or nan if unknown. An answered contact whose handle time nobody
            tells is billed as an average one of its queue, and counted in `Usage.unknown`; minutes that go by
            the clock begin after the expected wait if nobody tells the true one. What cannot be
            (negative, longer than a day, no number) is billed as 0 s and changes no estimate; a wait that
            cannot be, which is also one of fifteen times the queue's mean patience, counts as unknown;
            `odd_reports` says so.

        Returns
        -------
        float
            Money that the vendor is owed for it.

        Raises
        ------
        InputError
            If the outcome is not one of the four, or the decision is none.
        """
        if outcome not in OUTCOMES:
            raise InputError("outcome", shown(outcome), did_you_mean(outcome, list(OUTCOMES)))
        check_decision(decision)
        with self.ledger.lock:
            looks = self._do_ahead()
            routed = self._to_settle(decision) if isinstance(decision, str) else decision
            owed = None if routed is None else self._settle(routed, outcome, wait, handle)
            if isinstance(owed, str) and (isinstance(decision, str) or owed == "busy"):
                self._tokens.refuse(owed)
            if self._others is not None:
                self._tables.solve_ahead()
        if looks or outcome == "failed":
            self._news.tell(time_told(self.clock)[0], at_once=outcome == "failed")
        return 0.0 if owed is None or isinstance(owed, str) else owed

    def _do_ahead(self) -> bool:
        """Do what the next contact would wait for; whether there was anything. The lock is held."""
        others, tables = self._others, self._tables
        if others is None or not others.open_contacts.sees_all:
            return False
        told = bool(others.board_word[0] != others.board_heard)
        if told:
            self._hear_board()
        now = time_told(self.clock)[0]
        if not tables.is_behind(now):
            return told
        tables.do_ahead(now)
        return True

    def _to_settle(self, token: str) -> Decision | None:
        """What a token stands for, with the lock held; None: it changes nothing."""
        told = self._tokens.read(token, self._tables) if token else None
        return None if told is None else self._tokens.decision(told, self._tables, time_told(self.clock)[0])

    def _settle(
        self, decision: Decision, outcome: Outcome, wait: float | None, handle: float | None
    ) -> float | Refused:
        """The same, with the lock held: the contact has ended whole, or it has not, and why."""
        evidence, works, told = decision.evidence, self._desk.works, self._told
        page, line = evidence.page, evidence.line
        if evidence.basis.ledger is not self.ledger or not page.unsettled(line):
            return "settled"
        odd_before = told.odd
        try:
            action, goes_to = evidence.outcome(decision.action, decision.destination)
            at, destination = evidence.at, goes_to or ""
            longest = works.longest_wait(evidence)
            # As nearly always both are plain; the rest takes its time.
            waited = (
                wait
                if type(wait) is float and 0.0 <= wait <= longest
                else told.waited(destination, wait, longest)
            )
            handled = (
                handle
                if type(handle) is float and 0.0 <= handle <= LONGEST_HANDLE_TIME
                else told.handled(destination, handle)
            )
            odd = handled != handled and told.is_odd(handle)
            ended = Settled(outcome, waited, 0.0 if odd else handled, at, odd)
            if action != OVERFLOW:
                return works.tables.settle_kept(evidence, ended, time_told(self.clock)[0]) or 0.0
            home = works.home_of(destination)
            if home is None:  # of another router's center
                return 0.0
            tables, vendor = home
            now = time_told(self.clock)[0]
            if tables is works.former:
                tables.follow(now)
            return tables.settle_sent(vendor, evidence, ended, now, chance_told(self.chance))
        except BaseException:
            if page.unsettled(line):
                told.odd = odd_before  # as if nothing had been told
            raise

    def divert(
        self,
        decision: Decision | str,
        failed: str = "",
        snapshot: Snapshot | None = None,
        *,
        outcome: NotTaken = "failed",
        contact: Contact | None = None,
        commit: bool = True,
    ) -> Decision | None:
        """Send a contact on which failed where it was sent: settle the first decision, make the second.

        The first is settled as failed, or as `outcome` says. The second is decided and reserved like any
        other, by what is true now, and has a `Decision.token` of its own; `Decision.arrived` is when the
        contact came, and it counts as one contact that came. Who has failed to take it is out for it, and so
        is who was out before, however often it is diverted: `Decision.left_out` says who and why.

        Parameters
        ----------
        decision : Decision or str
            As `route` or `divert` returned it, or its token.
        failed : str
            Why, such as ``"503"``: said in `Decision.left_out`, and by `status` of the vendor.
        snapshot : Snapshot or None
            What is true now. None: the live state in `state`.
        outcome : {"failed", "undelivered"}
            ``undelivered``: it was not their fault, see `settle`.
        contact : Contact or None
            The contact, if it is at hand where only the token came back: its id is not in there. None: as the
            decision or the token says.
        commit : bool
            False: what it would decide now, as by `preview`. Nothing is settled, counted or reserved, and
            what the failure says of the vendor's health and prices is not known yet.

        Returns
        -------
        Decision or None
            None: nobody else may take it, and nothing is reserved; do with it what the center's fallback
            says. None, too, if there is nothing to divert: a decision or token that is settled, expired or
            foreign, or one that is diverted already, so that who retries diverts once; `status` counts it.

        Raises
        ------
        InputError
            If the decision is none, or the outcome another.

        Examples
        --------
        >>> from bporoute import Center, ContactType, Contract, Queue, QueueLength, Vendor
        >>> each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
        >>> center = Center(
        ...     queues={"service": Queue(aht=240)},
        ...     contact_types={"service": ContactType(queue="service")},
        ...     vendors={"nord": Vendor(contract=Contract(price_per_contact=4.5), **each),
        ...              "syd": Vendor(contract=Contract(price_per_contact=5.0), **each)},
        ... )
        >>> router = Router(center, policy=QueueLength(0), compile=False)
        >>> router.state["service"].update(agents=2, busy=2)
        >>> first = router.route(Contact("service"))
        >>> second = router.divert(first.token, failed="503")
        >>> first.destination, second.destination, second.left_out
        ('nord', 'syd', {'nord': 'it failed to take it: 503'})
        >>> router.divert(first) is None, router.usage("nord").failed, router.usage("syd").in_flight
        (True, 1, 1)
        """
        if outcome not in NOT_TAKEN:
            raise InputError("outcome", shown(outcome), did_you_mean(outcome, list(NOT_TAKEN)))
        check_decision(decision)
        if not decision:
            return None
        now, reason = time_told(self.clock)[0], reason_told(failed)
        with self.ledger.lock:
            diverted = self._tokens.open_decision(decision, contact, self._tables, now)
            if diverted is None:
                return None
            if commit and isinstance(owed := self._settle(diverted.first, outcome, None, None), str):
                self._tokens.refuse(owed)
                return None
            if commit and outcome == "failed":
                self._told.failures[str(diverted.first.destination)] = reason
        if commit:
            self._news.tell(now, at_once=True)
        if diverted.contact is None:  # by what is left of it nobody can tell who may see its data
            return None
        left_out = diverted.left_out(outcome, reason, settled=commit)
        second = self._decide(diverted.contact, snapshot, left_out, commit)
        taken = second if second.evidence.chosen >= 0 else None
        if self._repeats is not None and commit:
            with self.ledger.lock:
                self._repeats.go_on(diverted.first.id, taken)
        return taken

    def judge(
        self, decision: Decision | str, *, resolved: bool | None = None, satisfaction: float | None = None
    ) -> None:
        """Report how well a vendor served a contact, whenever that is known.

        Parameters
        ----------
        decision : Decision or str
            As `route` returned it, or its `Decision.token`, however old; of a kept contact nothing is noted.
        resolved : bool or None
            Whether the customer's matter was resolved; None: not known.
        satisfaction : float or None
            The customer's score, in [0, 1]; None or nan: not known. What cannot be is ignored, and said in
            `odd_reports`.

        Raises
        ------
        InputError
            If the decision is none.
        """
        check_decision(decision)
        if not isinstance(decision, Decision):
            with self.ledger.lock:
                told = self._tokens.read(decision, self._tables) if decision else None
                if told is not None and told.token.sent:
                    self._judge(told.destination, resolved, satisfaction)
            return
        action, destination = decision.evidence.outcome(decision.action, decision.destination)
        if action == OVERFLOW:
            with self.ledger.lock:
                self._judge(str(destination), resolved, satisfaction)

    def _judge(self, destination: str, resolved: bool | None, satisfaction: float | None) -> None:
        """The same for a vendor, with the lock held: noted whole, or not at all."""
        home, told = self._desk.works.home_of(destination), self._told
        if home is None:  # of another router's center
            return
        tables, vendor = home
        tables.catch_up()
        odd_before = told.odd
        try:
            found = told.resolved(destination, resolved), told.satisfaction(destination, satisfaction)
            tables.judge(vendor, *found)
        except BaseException:
            told.odd = odd_before  # as if nothing had been told
            raise

    @property
    def odd_reports(self) -> dict[str, OddReports]:
        """What `settle` and `judge` were told and cannot be, or is not believed, by queue, type or vendor.

        Empty if nothing was. Handle times that are far off from what such contacts take are not believed once
        they come in a row: they are told in another unit. They are billed as told, and change no estimate.
        """
        from bporoute.routing._estimates import refused_in_words

        with self.ledger.lock:
            beliefs = self._beliefs()
        found = dict(self._told.odd)
        for name, belief in beliefs.items():
            if belief.refused:
                told = found.get(name)
                count, last = (0, refused_in_words(belief)) if told is None else (told.count, told.last)
                found[name] = OddReports(count + belief.refused, last)
        return found

    def _beliefs(self) -> dict[str, Belief]:
        """Which handle times are believed, by contact type and vendor."""
        tables = self._tables
        found: dict[str, Belief] = {}
        for watch in tables.queues.watches:
            found |= watch.beliefs
        return found | dict(zip(tables.vendor_names, tables.offers.watch.beliefs, strict=True))

    def estimates(self, probability: float = 0.9) -> Estimates:
        """What was learned from the contacts so far: rates, handle times, quality, health, with intervals.

        Parameters
        ----------
        probability : float
            Of the intervals, inside (0, 1).

        Returns
        -------
        Estimates
            With what was refused, see `odd_reports`; printed, a table.

        Raises
        ------
        InputError
            If the probability is not strictly between 0 and 1.
        """
        from bporoute.routing._estimates import Estimates, queue_estimates, vendor_estimates

        with self.ledger.lock:
            tables = self._tables
            center, watch = tables.center, tables.offers.watch
            now = time_told(self.clock)[0]
            tables.follow(now)
            queues = dict(zip(tables.queue_names, tables.queues.watches, strict=True))
            types = {name: kind.queue for name, kind in center.contact_types.items()}
            vendors = dict(zip(tables.vendor_names, watch.every(), strict=True))
            figures = (
                *queue_estimates(queues, types, probability),
                *vendor_estimates(vendors, center.health, now, probability),
            )
        return Estimates(figures, probability)

    def prepare(self) -> None:
        """Meet and price the contacts that the center knows, and load rules: see `bporoute.prepare`.

        Nothing is decided or counted by it. Other threads may decide meanwhile.
        """
        make_ready(self._tables, time_told(self.clock)[0])
        for contact in islice(usual_contacts(self.center), 1):
            self.preview(contact)  # whatever a first decision sets up

    def keep(self) -> None:
        """Keep a `SharedLedger` for all its processes from now on, in a thread, unless another one does.

        A process begins with it by itself when the first contact has ended that it sent. One that sends none
        keeps if it is told to: ``bporoute keeper`` does nothing else. A ledger in memory needs nobody.
        """
        if self._others is not None:
            with self.ledger.lock:
                self._others.keep(self._tables.keep)

    def status(self) -> Status:
        """How the router is now: compiled or not and why, feeds, vendors, what is reached and what waits."""
        from bporoute.routing._status import status_of

        with self.ledger.lock:
            self._hear_board()
            tables = self._tables
            now, failure = time_told(self.clock)
            tables.follow(now)
            return status_of(
                tables, self.state, self.vendors, now, failure, self._tokens.refused, self._told.failures
            )

    @property
    def refused_tokens(self) -> dict[str, int]:
        """Tokens told that changed nothing so far, by reason, see `Status.refused_tokens`; quickly read."""
        with self.ledger.lock:
            return {str(reason): count for reason, count in self._tokens.refused.items()}

    def remarks(self) -> tuple[Remark, ...]:
        """What looks odd in the center, and in what `settle` and ``update`` told so far.

        Nothing of it is looked at before somebody asks: ask after the first minutes, and once a day.
        """
        from bporoute.routing._odd_live import late_states, odd_queues, odd_times, odd_vendors

        with self.ledger.lock:
            tables = self._tables
            states = {name: queue.state for name, queue in self.state.items()}
            watches = zip(self.state, tables.queues.watches, strict=True)
            seen = {name: watch.aht for name, watch in watches}
            vendors = {name: vendor.state for name, vendor in self.vendors.items()}
            late = {f"state.{name}": queue.late for name, queue in self.state.items()}
            late |= {f"vendors.{name}": vendor.late for name, vendor in self.vendors.items()}
            beliefs = self._beliefs()
        live = (
            *odd_queues(self.center.queues, states, seen),
            *odd_vendors(vendors),
            *odd_times(beliefs),
            *late_states(late),
        )
        reports = [
            Remark(name, f"{odd.count} odd reports", f"the last: {odd.last}", "")
            for name, odd in self._told.odd.items()
        ]
        return (*self.center.remarks(), *live, *reports)

    def usage(self, vendor: str) -> Usage:
        """What a vendor has been sent and is owed, as the ledger counts it."""
        with self.ledger.lock:
            self._followed("usage", vendor)
            return self.ledger.usage(vendor)

    def bounds(self, vendor: str) -> VendorBounds:
        """How far a vendor has come in its caps and its commitment, and what the next contact costs there.

        It takes some tens of microseconds; decisions go on between two vendors.

        Raises
        ------
        InputError
            If there is no such vendor.

        Examples
        --------
        >>> from bporoute import Center, ContactType, Contract, PerContact, Queue, Router, TakeOrPay, Vendor
        >>> terms = (PerContact(price=2.0), TakeOrPay(volume=900, price=2.0))
        >>> center = Center(
        ...     queues={"service": Queue(aht=240)},
        ...     contact_types={"service": ContactType(queue="service")},
        ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
        ...                             contract=Contract(terms=terms, cap_per_day=80))},
        ... )
        >>> for bound in Router(center, compile=False).bounds("nord").bounds:
        ...     print(bound.name, bound.used, "of", bound.limit, bound.unit)
        cap_per_day 0 of 80 contacts
        take_or_pay 0.0 of 900.0 contacts
        """
        from bporoute.routing._bounds import bounds_of

        with self.ledger.lock:
            tables, number = self._followed("bounds", vendor)
            return bounds_of(tables, number, self.ledger.usage(vendor))

    def invoice(self, vendor: str) -> Invoice:
        """What a vendor is owed for its current contract period, by what was settled in it.

        Service-level results, hours and locked forecasts are not known here: put them into the `PeriodUsage`
        of `bill` and ask the contract.

        Raises
        ------
        InputError
            If there is no such vendor, or its contract needs what only the vendor can tell.
        """
        with self.ledger.lock:
            tables, number = self._followed("bill", vendor)
            return tables.center.vendors[vendor].contract.invoice(tables.bill(number))

    def bill(self, vendor: str) -> PeriodUsage:
        """What a vendor has done in its current contract period, as its contract counts it."""
        with self.ledger.lock:
            tables, number = self._followed("bill", vendor)
            return tables.bill(number)

    def _followed(self, where: str, vendor: str) -> tuple[RoutingTables, int]:
        """The tables that know a vendor, brought up to now, and its number there; the lock is held."""
        works = self._desk.works
        home = works.home_of(vendor)
        if home is None:
            former = () if works.former is None else works.former.vendor_names
            raise InputError(where, repr(vendor), did_you_mean(vendor, [*self.center.vendors, *former]))
        home[0].follow(time_told(self.clock)[0])
        return home

    def _excluded(self, exclude: Iterable[str]) -> LeftOut:
        """Who is out, as a caller tells it."""
        return excluded(exclude, (*self.center.vendors, *self.center.queues))

    def _decide(
        self,
        contact: Contact,
        snapshot: Snapshot | None,
        left_out: LeftOut | None = None,
        commit: bool = True,
    ) -> Decision:
        """The decision that brings the tables up to date first, of whatever was told."""
        read = with_kind_read(contact)
        if read is not contact and left_out is None:
            at_once = self._decide_at_once(read, snapshot, commit)
            return at_once or self._decide_slowly(read, snapshot, None, commit)
        return self._decide_slowly(read, snapshot, left_out, commit)

    def _decide_slowly(
        self, read: Contact, snapshot: Snapshot | None, left_out: LeftOut | None, commit: bool
    ) -> Decision:
        told, trouble = snapshot_told(snapshot, self.state, self.vendors)
        decision = None
        try:
            with self.ledger.lock:
                self._hear_board()
                works = self._desk.works
                if known := self._decided_before(read, left_out):
                    return known
                decision = self._decide_alone(works.tables, read, told, trouble, left_out, commit)
                if self._repeats is not None and decision.id:
                    self._repeats.keep(read, decision)
            works.news.tell(decision.evidence.at)
            return decision
        except BaseException:
            if decision is not None:  # counted, and nobody was told; noted as in `_decide_at_once`
                evidence, tables, repeats = decision.evidence, works.tables, self._repeats
                line, forget = evidence.line, None if repeats is None else repeats.forget
                row = works.rows[evidence.profile.queue] if told is None else tables.queues.spare
                came = COMES_NOW if left_out is None else left_out.came
                tables.undecided.append(
                    (evidence.profile, row, evidence.page, line, line + 1, None, 0.0, came, forget, read)
                )
                with self.ledger.own_lock, passed_on(tables, self._desk):
                    tables.take_back()
            raise

    def _hear_board(self) -> None:
        """Take over what other processes were told of queues and vendors; the lock is held."""
        if self._others is None or (board := self._others.read_board()) is None:
            return
        now = time_told(self.clock)[0]
        for name, queue in self.state.items():
            queue.hear(board["queues"][name], now)
        for name, vendor in self.vendors.items():
            vendor.hear(board["vendors"][name], now)

    def _decided_before(self, read: Contact, left_out: LeftOut | None) -> Decision | None:
        """What was decided on a contact that is asked about again, unless it is to go elsewhere."""
        if self._repeats is None or (left_out is not None and left_out.came_before):
            return None
        return self._repeats.known(read, time_told(self.clock)[0], left_out.names if left_out else {})

    def _decide_alone(
        self,
        tables: RoutingTables,
        read: Contact,
        told: Snapshot | None,
        trouble: str,
        left_out: LeftOut | None,
        commit: bool,
    ) -> Decision:
        """The same with the lock held."""
        line = -1
        try:
            tables.take_up()
            now, failure = time_told(self.clock)
            tables.clock.follow(now)
            profile, queues = tables.profile(read), tables.queues
            if told is None:
                row, vendors = queues.rows[profile.queue], None
                if not queues.ready(row):
                    queues.load(row, profile)
            else:
                row = queues.borrow(profile, told.queue(tables.queue_names[profile.queue]), now)
                vendors = tables.vendors.as_told([told.vendor(name) for name in tables.vendor_names])
                queues.load(row, profile, vendors)
            luck = 0.0
            if tables.arrays.hashed:
                luck = drawn(read.id) if left_out is None or left_out.luck != left_out.luck else left_out.luck
            if left_out is None:
                page, line, way = tables.decide(profile, row, now, luck, vendors, commit)
            else:
                page, line, way = tables.decide_without(left_out, profile, row, now, luck, vendors, commit)
            tables.vendors.spread_news()
            tables.arrays.publish()
            self._call = _kernels.current().call if self._repeats is None else None
            action, destination = profile.outcomes[way + 1]
            evidence = Evidence(page, line, profile, row.basis)
            if left_out is not None:
                evidence = evidence.without(left_out.names, left_out.arrived).with_trouble(left_out.trouble)
            if failure or trouble:
                evidence = evidence.with_trouble("; ".join(filter(None, (failure, trouble))))
            return Decision(read, action, destination, evidence)
        except BaseException:
            if line >= 0:  # counted, and nobody was told
                came = COMES_NOW if left_out is None else left_out.came
                tables.undecided.append((profile, row, page, line, line + 1, None, 0.0, came, None, None))
                tables.take_back()
            raise
