"""The routing tables: a center and a policy as the arrays that the decision kernel works on.

Whoever writes them holds the ledger's lock. Compiled decisions do not take it: they look at the flags
`TABLES_READY` and `QUEUE_READY`, which are down while somebody writes, and leave the contact to a decision
that does. Three things keep the tables true: `follow` keeps up with the calendar (opening hours, terms,
certificates, counted windows), `load` solves a queue's rule when its state changes, and
`bporoute.profiles` knows the kinds of contact.
"""

from __future__ import annotations

import math
import operator
from collections import deque
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._kernels import layout as codes
from bporoute._kernels.decision import decide, note_inputs, reserve
from bporoute.arrays import Floats
from bporoute.billing import BilledContact
from bporoute.calendar import holds_until, windows
from bporoute.center import Center
from bporoute.contact import Contact
from bporoute.decision import Decision
from bporoute.ledger import Ledger
from bporoute.page import Page
from bporoute.policy import Policy
from bporoute.pricing import Pricing
from bporoute.profiles import Kind, Profiles
from bporoute.queue_rules import Classes, Solved, install, solved
from bporoute.queue_watch import STEP, QueueWatch
from bporoute.rules import Request, calendar_status, handed_over
from bporoute.situation import PeriodScore
from bporoute.snapshot import QueueState, VendorState
from bporoute.target import ServiceLevel
from bporoute.vendor_watch import VendorWatch

DEFAULT_AIM = ServiceLevel(probability=0.8, within=20)
"""What a vendor is measured by where no queue has a service level."""
FIRST_LOOKS = 256
"""Contacts of a queue after which its mix is looked at for good; before, after 1, 2, 4, .. of them."""


class View(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a decision rests on beside its line of a page; made anew whenever it changes.

    Attributes
    ----------
    state : QueueState or None
        What was told of the queue, where it cannot be decided on.
    distrust : str
        Why it cannot; empty if it can.
    solved : Solved or None
        The queue's rule.
    trouble : str
        What is wrong with the clock or the vendors' states.
    """

    center: Center
    policy: Policy
    ledger: Ledger
    state: QueueState | None = None
    distrust: str = ""
    solved: Solved | None = None
    trouble: str = ""


class Row:
    """One row of the queue tables: what was loaded into it last.

    `key` is all that its rule was solved from, `state` what was told of the queue, `kind` the kind of contact
    that asked last, `heard_at` when that was told.
    """

    __slots__ = ("heard_at", "key", "kind", "looked_at", "number", "state", "version", "view")

    def __init__(self, number: int, view: View) -> None:
        self.number = number
        self.view = view
        self.key: tuple[object, ...] = ()
        self.state: QueueState | None = None
        self.kind: Kind | None = None
        self.heard_at = -math.inf
        self.version = 0
        self.looked_at = 0.0


class Vendors(NamedTuple):
    """The tables of vendors and what they were sent: the live ones, or copies with what a snapshot tells."""

    table: Floats
    usage: Floats
    trouble: str


class Tables:
    """Arrays for one center and policy, counting in one ledger."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger, lease: float) -> None:
        self.center = center
        self.policy = policy
        self.ledger = ledger
        self.queue_names = tuple(center.queues)
        self.vendor_names = tuple(center.vendors)
        ledger.open_for(self.vendor_names)
        ledger.follow(self._price_again)
        self._vendors = tuple(center.vendors.values())
        aims = (queue.targets.service_level for queue in center.queues.values())
        self.watch = VendorWatch(center, next(filter(None, aims), DEFAULT_AIM))
        self.queue_watch = [QueueWatch(queue) for queue in center.queues.values()]
        self.pricing = Pricing(center, ledger)
        self._frame = np.zeros(codes.FRAME_WORDS, dtype=np.int64)
        self._frame_at: int = self._frame.ctypes.data
        self._framed: tuple[Floats | None, ...] = (None,) * 6
        self._ticket = np.zeros(codes.TICKET_WORDS, dtype=np.int64)
        self._ticket_at: int = self._ticket.ctypes.data
        self._slower = [1.0] * len(self._vendors)
        """Handle time of each vendor's ramp over that of trained agents."""
        self.profiles = Profiles(center, self._frame_at, self._prices)
        self.vendors: Floats = np.zeros((len(self._vendors) + 1, codes.VENDOR_COLUMNS))
        self.queues: Floats = np.zeros((len(self.queue_names) + 1, codes.QUEUE_COLUMNS))
        self.curves: Floats = np.zeros((len(self.queues), codes.CURVES, 1))
        self.shares: Floats = np.zeros((len(self.queues), len(self._vendors) + 1, codes.SHARE_COLUMNS))

        nothing = View(center, policy, ledger)
        self.rows = [Row(number, nothing) for number in range(len(self.queue_names))]
        self.spare = Row(len(self.queue_names), nothing)
        """For a snapshot that is only asked about."""
        self.hashed = False
        """Whether some rule draws its shares from the contacts' ids."""
        self._lease = lease
        self._unsettled: deque[tuple[Floats, Floats]] = deque()
        self.routed = Page(1, 1, 0)
        self.asked = Page(1, 1, 0)
        self.day_until = math.inf
        """When the center's day ends, epoch seconds."""
        self.bad_clock = ""
        self.distrusts = [""] * len(self._vendors)
        """What is wrong with each vendor's live state."""
        self._vendor_until = [-math.inf] * len(self._vendors)
        self._center_until = -math.inf
        self._look_until = -math.inf
        self._fill()

    def _fill(self) -> None:
        self.queues[:, codes.DISTRUST] = 1.0
        self.queues[:, codes.TOLD : codes.KEPT_SINCE + 1] = math.nan
        for row, config in zip(self.queues, self.center.queues.values(), strict=False):
            row[codes.COST_RATE] = config.cost_rate
            row[codes.ABANDONMENT_RATE] = config.abandonment_rate
            row[codes.FAILED_COST] = config.failed_cost
            row[codes.STALE_AFTER], row[codes.LOST_AFTER] = config.stale_after, config.lost_after
        self.queues[:, codes.MOVED_AT] = -math.inf
        for table, vendor in zip(self.vendors, self._vendors, strict=False):
            terms = vendor.contract
            caps = (terms.cap_per_hour, terms.cap_per_day, terms.cap_per_period)
            table[codes.UP] = table[codes.ADMITTED] = 1.0
            table[codes.MOST_AT_ONCE] = _limit(vendor.capacity)
            table[codes.VENDOR_WAIT] = vendor.expected_wait
            table[codes.MOST_SHARE] = vendor.max_share
            table[codes.LEFT_TO_SPEND] = math.inf
            table[codes.TRIAL_SHARE] = 1.0
            table[codes.TEAM] = vendor.agents or 0.0
            table[codes.FIRST_CAP : codes.PRICE_UNTIL] = [_limit(cap) for cap in caps]
        self.vendors[-1, : codes.CONCENTRATION_FROM + 1] = (
            1.0 - self.center.min_in_house_share,
            self.center.max_concentration,
            self.center.concentration_from,
        )
        self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = math.inf, -math.inf

    # -- deciding -------------------------------------------------------------------------------

    def kind(self, contact: Contact) -> Kind:
        """The kind of a contact, made if it is the first."""
        known = len(self.profiles.kinds)
        kind = self.profiles.find(contact)
        if len(self.profiles.kinds) > known:
            self._touch({kind.queue})
        return kind

    def decide(
        self, kind: Kind, row: Row, now: float, luck: float, vendors: Vendors | None, commit: bool
    ) -> tuple[Page, int, int]:
        """Decide a contact of a kind by a row of the queues: the page and line of the evidence, and the way.

        Where the vendors are a snapshot's, nothing they tell is kept.
        """
        page = self.page(commit, now)
        found = -1
        if vendors is None:
            found = self._called(kind, row, now, luck, page)
        page, line, chosen = (
            self._interpreted(kind, row, now, luck, vendors, page)
            if found < 0
            else (page, found % codes.NEWS >> codes.WAY_BITS, (found & codes.WAY_MASK) - 1)
        )
        if page.first and row is self.spare:
            self._return(row, self.rows[kind.queue])
        return page, line, chosen

    def _called(self, kind: Kind, row: Row, now: float, luck: float, page: Page) -> int:
        """The compiled call for a row and a luck that are not the kind's own; -1 if it cannot be made."""
        call = _kernels.current().call
        if call is None:
            return -1
        self.publish()
        self._ticket[:] = self._frame_at, kind.number, row.number, 1
        ready = self.queues[row.number, codes.QUEUE_READY]
        self.queues[row.number, codes.QUEUE_READY] = 1.0
        found = call(self._ticket_at, now, luck, page.address)
        self.queues[row.number, codes.QUEUE_READY] = ready
        return found

    def _interpreted(
        self, kind: Kind, row: Row, now: float, luck: float, vendors: Vendors | None, page: Page
    ) -> tuple[Page, int, int]:
        line = page.take_line()
        table, usage = (self.vendors, self.ledger.counters) if vendors is None else vendors[:2]
        # Lists, which the kernel takes too: interpreted, their elements are several times faster to read.
        ways: Any = {kind.number: self.profiles.ways[kind.number].tolist()}
        told: Any = table.tolist()
        counts: Any = usage.tolist()
        queues: Any = {row.number: self.queues[row.number].tolist()}
        shares: Any = {number: self.shares[number].tolist() for number in {row.number, kind.queue}}
        lines: Any = {line: page.numbers[line].tolist()}
        with np.errstate(all="ignore"):  # a clock or a wait at the end of numbers would warn
            chosen: int = decide(
                kind.number,
                row.number,
                now,
                luck,
                ways,
                told,
                counts,
                queues,
                self.curves,
                shares,
                lines,
                line,
            )
            note_inputs(kind.number, row.number, luck, ways, told, counts, queues, shares, lines, line)
        page.numbers[line] = lines[line]
        if page.first:
            reserve(
                kind.number, row.number, self.profiles.ways, self.vendors, self.ledger.counters, self.queues,
                self.shares, page.numbers, line,
            )  # fmt: skip
            if chosen > 0:
                page.opened[line] = self.profiles.ways[kind.number, chosen, codes.VENDOR] + 1.0
        return page, line, chosen

    def page(self, commit: bool, now: float) -> Page:
        """The page that the next decision is noted on."""
        page = self.routed if commit else self.asked
        ways = self.profiles.ways.shape[1]
        if not page.full and page.numbers.shape[1] == ways + 1:
            return page
        lines = min(2 * len(page.numbers), codes.MOST_LINES)
        if not commit:
            self.asked = Page(lines, ways, 0)
            return self.asked
        self._look_at_the_mix(FIRST_LOOKS)
        self._unsettled.append((page.sent_at(now).copy(), page.opened))
        self._end_leases(now)
        self.routed = Page(lines, ways, self.ledger.numbers(lines))
        return self.routed

    def _end_leases(self, now: float) -> None:
        """Contacts sent out long ago, of which nobody told the end, are gone from the vendor, and spent."""
        if not math.isfinite(now):
            return
        for sent_at, opened in (*self._unsettled, (self.routed.sent_at(now), self.routed.opened)):
            for line in np.flatnonzero((opened > 0.0) & (now - sent_at > self._lease)):
                self.ledger.leave(int(opened[line]) - 1)
                opened[line] = 0.0
        while self._unsettled and not (self._unsettled[0][1] > 0.0).any():
            self._unsettled.popleft()

    def _look_at_the_mix(self, most: float) -> None:
        """Solve a queue's rule anew where its mix moved on: after 1, 2, 4 .. 256 contacts, then every minute.

        Queues that were looked at after more than `most` contacts are left alone.
        """
        for row in self.rows:
            routed = self.queues[row.number, codes.ROUTED]
            new = routed - row.looked_at
            if row.looked_at <= most and new >= min(max(row.looked_at, 1.0), FIRST_LOOKS):
                if routed >= FIRST_LOOKS:
                    self.profiles.fade(row.number)
                row.looked_at = routed
                self._touch({row.number})

    def publish(self) -> None:
        """Tell the compiled call where everything is, and that it may go on."""
        arrays = (
            self.profiles.ways,
            self.vendors,
            self.ledger.counters,
            self.queues,
            self.curves,
            self.shares,
        )
        if any(map(operator.is_not, arrays, self._framed)):  # addresses take long to ask for
            self._framed = arrays
            ways, vendors, usage, queues, curves, shares = arrays
            self._frame[:] = (
                ways.ctypes.data, ways.shape[0], ways.shape[1], vendors.ctypes.data, vendors.shape[0],
                usage.ctypes.data, queues.ctypes.data, queues.shape[0], curves.ctypes.data, curves.shape[2],
                shares.ctypes.data,
            )  # fmt: skip
        self.vendors[-1, codes.TABLES_READY] = 1.0

    def hold(self) -> None:
        """Keep compiled decisions off the tables until `publish`."""
        self.vendors[-1, codes.TABLES_READY] = 0.0

    def _touch(self, queues: set[int]) -> None:
        """Have the rules of these queues solved anew before they decide again."""
        for queue in queues:
            self.rows[queue].version += 1
            self.queues[queue, codes.QUEUE_READY] = 0.0

    # -- the calendar ---------------------------------------------------------------------------

    def follow(self, now: float) -> None:
        """Bring calendar, windows and prices up to an instant (epoch seconds); any float will do."""
        since, until = self.vendors[-1, codes.SINCE], self.vendors[-1, codes.UNTIL]
        if since <= now < until:
            return
        backwards = not now >= since
        if backwards and math.isfinite(now):
            # What was told before the clock was set back must not stay young for ever.
            self.queues[:, codes.TOLD_AT] = np.minimum(self.queues[:, codes.TOLD_AT], now)
        try:
            if backwards or not now < self._center_until:
                self._enter_center(now)
            for number in range(len(self._vendors)):
                if backwards or not now < self._vendor_until[number]:
                    self._enter(number, now)
        except (OverflowError, ValueError, OSError):
            self._tell_clock(f"the clock reads {now}")
            self.vendors[:-1, codes.STATUS] = codes.BAD_CLOCK
            self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = math.inf, -math.inf
        else:
            self._tell_clock("")
            if backwards or not now < self._look_until:
                self._look(now)
            until = min([self._center_until, self._look_until, *self._vendor_until])
            self.vendors[-1, codes.SINCE : codes.UNTIL + 1] = now, until

    def _look(self, now: float) -> None:
        """Take notice of arrivals and of vendors on their way back."""
        for number, watch in enumerate(self.queue_watch):
            if watch.look(now, float(self.queues[number, codes.ROUTED])):
                self._touch({number})
        self._look_at_the_mix(math.inf)
        self._end_leases(now)
        self.admit(now)

    def admit(self, now: float) -> None:
        """Have the vendors' health decide what they are given from now on."""
        for vendor in self.watch.admit(now, self.vendors):
            self._touch(self.profiles.queues_of(vendor))
        self._look_until = min(now + STEP, self.watch.until)
        self.vendors[-1, codes.UNTIL] = min(self.vendors[-1, codes.UNTIL], self._look_until)

    def _tell_clock(self, problem: str) -> None:
        if problem != self.bad_clock:
            self.bad_clock = problem
            self._touch(set(range(len(self.rows))))

    def _enter_center(self, now: float) -> None:
        zone = self.center.zone
        day = windows(now, zone, "month").day
        if self.ledger.enter(len(self._vendors), (day,) * codes.WINDOWS):
            for watch in self.queue_watch:
                watch.begin_period()
            for number in range(len(self._vendors)):
                self._enter(number, now)
        today = datetime.fromtimestamp(now, zone).date()
        self.day_until = datetime.combine(today + timedelta(days=1), time(), zone).timestamp()
        handing = handed_over(self.center, now)
        self._touch(self.profiles.hand_over(handing.types))
        self._center_until = min(holds_until((), now, zone), handing.until)

    def _enter(self, number: int, now: float) -> None:
        vendor = self._vendors[number]
        local = datetime.fromtimestamp(now, vendor.zone)
        status = calendar_status(vendor, local)
        if status != self.vendors[number, codes.STATUS]:
            self.vendors[number, codes.STATUS] = status
            self._touch(self.profiles.queues_of(number))
        self._vendor_until[number] = min(
            holds_until(vendor.spans, now, vendor.zone),
            holds_until(vendor.contract.multiplier_spans, now, vendor.zone),
        )
        self._follow_the_ramp(number, local.date())
        self.pricing.enter(number, now)
        starts = windows(now, vendor.zone, vendor.contract.period)
        center_day = windows(now, self.center.zone, "month").day
        if self.ledger.enter(number, (*starts, center_day)):
            self._touch(self.profiles.queues_of(number))
        if self.profiles.begin_day(number, local.date()):
            self._touch(self.profiles.queues_of(number))
        self._reprice(number)

    def _follow_the_ramp(self, number: int, today: date) -> None:
        """Capacity, handle time and trial share of a vendor on its local day."""
        vendor, table = self._vendors[number], self.vendors[number]
        ramped = vendor.contract.capacity_on(today)
        if ramped is not None:
            table[codes.MOST_AT_ONCE] = min(_limit(vendor.capacity), ramped)
        self._slower[number] = vendor.contract.handle_time_factor(today)
        table[codes.TRIAL_SHARE] = vendor.contract.trial_share(today)
        self.hashed = self.hashed or table[codes.TRIAL_SHARE] < 1.0

    # -- vendors --------------------------------------------------------------------------------

    def spread_news(self) -> None:
        """Tell everybody who shares the ledger whose price or cap was reached."""
        for vendor in np.flatnonzero(self.vendors[:-1, codes.REACHED]):
            self.ledger.changed(int(vendor))

    def _price_again(self, vendor: int) -> None:
        """See `Ledger.follow`."""
        self.vendors[vendor, codes.REACHED] = 0.0
        self._reprice(vendor)
        self._touch(self.profiles.queues_of(vendor))

    def _reprice(self, vendor: int) -> None:
        counts = self.ledger.counters[vendor]
        sent, there = int(counts[codes.WINDOWS - 2]), float(counts[codes.IN_FLIGHT])
        queue = self.center.contact_types[self._vendors[vendor].contact_types[0]].queue
        handle = self._handle_time(vendor, queue)
        self.vendors[vendor, codes.TEAM_AHT] = handle
        self.vendors[vendor, codes.PRICE_UNTIL] = self.pricing.follow(
            vendor, sent, there, handle, self.watch.results(vendor)
        )
        self._touch(self.profiles.reprice(vendor))
        self._count_money(vendor)

    def _count_money(self, vendor: int) -> None:
        """How many contacts the money that a vendor may run up still buys."""
        config = self._vendors[vendor]
        if config.max_exposure is None:
            return
        price = self.pricing.price(vendor, float(self.vendors[vendor, codes.TEAM_AHT]), "")
        left = config.prepaid + config.max_exposure - self.ledger.spent(vendor)
        contacts = left / price if price > 0.0 else math.inf
        self.vendors[vendor, codes.LEFT_TO_SPEND] = contacts - self.ledger.counters[vendor, codes.IN_FLIGHT]

    def _prices(self, vendor: int, request: Request) -> tuple[float, float]:
        name = request.kind.queue if request.kind else self.queue_names[0]
        price = self.pricing.price(vendor, self._handle_time(vendor, name), request.language)
        return price, self.watch.quality_money(vendor, self.center.queues[name])

    def _handle_time(self, vendor: int, queue: str) -> float:
        """Mean seconds that a vendor takes for a queue's contact just now."""
        aht = self.queue_watch[self.queue_names.index(queue)].aht
        return aht * self.watch.handle_time_factor(vendor) * self._slower[vendor]

    def tell_vendor(self, vendor: int, state: VendorState, table: Floats, usage: Floats) -> str:
        """Write a vendor's state into tables of vendors and usage, or say why it cannot be trusted."""
        if problem := state.distrust():
            return f"{self.vendor_names[vendor]}: {problem}"
        table[vendor, codes.UP] = float(state.up)
        for column, told in ((codes.MOST_AT_ONCE, state.capacity), (codes.VENDOR_WAIT, state.expected_wait)):
            if told is not None:
                table[vendor, column] = told
        if state.in_flight is not None:
            usage[vendor, codes.IN_FLIGHT] = state.in_flight
        return ""

    def tell_live_vendor(self, vendor: int, state: VendorState) -> bool:
        """Write a vendor's live state; whether it can be trusted."""
        before = self.vendors[vendor, [codes.UP, codes.VENDOR_WAIT]]
        distrust = self.tell_vendor(vendor, state, self.vendors, self.ledger.counters)
        if distrust != self.distrusts[vendor]:
            self.distrusts[vendor] = distrust
            self._touch(set(range(len(self.rows))))
        elif (before != self.vendors[vendor, [codes.UP, codes.VENDOR_WAIT]]).any():
            self._touch(self.profiles.queues_of(vendor))
        return not distrust

    # -- queues ---------------------------------------------------------------------------------

    def tell_queue(self, row: Row, state: QueueState, at: float, now: float) -> None:
        """Note what is true of a queue from now on, and solve its rule anew where that calls for it."""
        self.queues[row.number, codes.QUEUE_READY] = 0.0
        row.state = state
        row.heard_at = now
        self._write_state(row.number, state, at)
        if row.kind is not None:  # whoever tells it pays for the solving, not the next contact
            self.hold()
            self.load(row, row.kind, None)
            self.publish()

    def _write_state(self, row: int, state: QueueState | None, now: float) -> None:
        """Put what was told into a row, with nothing kept since."""
        told = self.queues[row, codes.TOLD : codes.KEPT_SINCE + 1]
        if state is None or state.distrust():
            told[:] = math.nan
            return
        self.queues[row, codes.PRESENT] = state.present
        rate = math.nan if state.arrival_rate is None else state.arrival_rate
        aht = math.nan if state.aht is None else state.aht
        told[:] = state.agents, state.busy, state.waiting, rate, aht, now, 0.0

    def load(self, row: Row, kind: Kind, vendors: Vendors | None) -> None:
        """Have a row decide by its state and, where inputs changed, by a rule solved anew."""
        state, numbers = row.state, self.queues[row.number]
        name = self.queue_names[kind.queue]
        live = row is not self.spare
        if live:
            row.kind = kind
        trouble = "; ".join(filter(None, (self.bad_clock, *self.distrusts)))
        if vendors is not None:
            trouble = vendors.trouble
        distrust = f"no state of queue {name!r} is known" if state is None else state.distrust()
        rule = row.view.solved
        if not distrust and state is not None:
            watch = self.queue_watch[kind.queue]
            rate = watch.arrival_rate if state.arrival_rate is None else state.arrival_rate
            aht = watch.aht if state.aht is None else state.aht
            told = b"" if vendors is None else vendors.table.tobytes()
            key = (kind.queue, state.agents, rate, aht, self.rows[kind.queue].version, told)
            if key != row.key:
                row.key = ()
                found = self._solve(row, kind, state.agents, rate, aht, vendors)
                if isinstance(found, str):
                    distrust = found
                else:
                    row.key, rule = key, found
        numbers[codes.DISTRUST] = 1.0 if distrust else 0.0
        row.view = View(
            self.center,
            self.policy,
            self.ledger,
            state if distrust else None,
            distrust,
            None if distrust else rule,
            trouble,
        )
        numbers[codes.QUEUE_READY] = 1.0 if live else 0.0

    def borrow(self, kind: Kind, state: QueueState | None, now: float) -> Row:
        """The spare row, with a snapshot's state of a kind's queue; gate and credits are the queue's own."""
        row, queue = self.spare, self.rows[kind.queue]
        numbers, own = self.queues[row.number], self.queues[queue.number]
        config = self.center.queues[self.queue_names[kind.queue]]
        numbers[[codes.COST_RATE, codes.ABANDONMENT_RATE]] = config.cost_rate, config.abandonment_rate
        numbers[codes.FAILED_COST] = config.failed_cost
        numbers[[codes.GATE, codes.MOVED_AT]] = own[[codes.GATE, codes.MOVED_AT]]
        numbers[[codes.STALE_AFTER, codes.LOST_AFTER]] = math.inf
        row.state = state
        self._write_state(row.number, state, now)
        return row

    def _score(self, queue: int, arrival_rate: float) -> PeriodScore | None:
        """How the center's day has gone for a queue, and what is expected of it until midnight."""
        watch = self.queue_watch[queue]
        until = self.day_until - float(self.vendors[-1, codes.SINCE])
        if not watch.base or not 0.0 < until < math.inf:
            return None
        return PeriodScore(good=watch.good, base=watch.base, remaining=arrival_rate * until)

    def _return(self, row: Row, queue: Row) -> None:
        """Note on a queue's own row what its rule did on the borrowed one."""
        numbers, own = self.queues[row.number], self.queues[queue.number]
        own[[codes.GATE, codes.MOVED_AT]] = numbers[[codes.GATE, codes.MOVED_AT]]

    def ready(self, row: Row) -> bool:
        """Whether a row's rule is solved and nobody has told anything new since."""
        return bool(self.queues[row.number, codes.QUEUE_READY] != 0.0)

    def settle_kept(self, queue: int, at: float, handle: float) -> None:
        """A contact that was kept at an instant (epoch seconds) has left its queue; nan: not handled."""
        if self.queue_watch[queue].answered(handle):
            self._touch({queue})
        row = self.queues[queue]
        if row[codes.KEPT_SINCE] > 0.0 and at >= self.rows[queue].heard_at:
            row[codes.KEPT_SINCE] -= 1.0
            row[codes.PRESENT] -= 1.0

    def bill(self, vendor: int, decision: Decision, answered: bool, wait: float, handle: float) -> float:
        """Bill a settled contact; money that it adds to what is owed. nan seconds handled: the average."""
        told = decision.page.numbers[decision.line, -1]
        known = handle if handle == handle else self.center.queues[decision.queue].aht
        contact = BilledContact(
            handle=known if answered else 0.0,
            wait=wait if wait == wait else 0.0,
            answered=answered,
            local=self._local(vendor, float(told[codes.AT])),
            language=decision.contact.language,
        )
        return self.pricing.settle(vendor, contact, int(told[codes.SENT_BEFORE]), float(told[codes.AT]))

    def _local(self, vendor: int, at: float) -> datetime | None:
        try:
            return datetime.fromtimestamp(at, self._vendors[vendor].zone)
        except (OverflowError, ValueError, OSError):
            return None

    def settle_sent(
        self,
        vendor: int,
        queue: int,
        outcome: Literal["answered", "abandoned", "failed"],
        now: float,
        luck: float,
        sent: float,
        wait: float,
        handle: float,
    ) -> None:
        """Take notice of how a contact ended at a vendor."""
        aht = self.queue_watch[queue].aht
        news = self.watch.told(vendor, outcome, now, luck, sent, wait, handle, aht, self.vendors)
        if news or self._vendors[vendor].max_exposure is not None:
            self.hold()
            self.admit(now)
            self._reprice(vendor)
            self.publish()

    def _solve(
        self, row: Row, kind: Kind, agents: float, arrival_rate: float, aht: float, vendors: Vendors | None
    ) -> Solved | str:
        """Ask the policy for a row's rule and install it; say what went wrong, if anything did."""
        profiles, counted = self.profiles, len(self.profiles.kinds)
        table, usage = (self.vendors, self.ledger.counters) if vendors is None else vendors[:2]
        rates, prices = np.empty(counted), np.empty(counted)
        classes = _kernels.current().price_classes(
            kind.number, row.number, counted, arrival_rate, profiles.ways, table, usage, self.queues, rates,
            prices,
        )  # fmt: skip
        name = self.queue_names[kind.queue]
        with np.errstate(all="ignore"):  # interpreted, a queue at the end of numbers would warn
            found = solved(
                self.policy,
                name,
                self.center.queues[name],
                agents,
                aht,
                Classes(rates[:classes], prices[:classes]),
                self.vendor_names,
                self._score(kind.queue, arrival_rate),
            )
        if isinstance(found, Solved):
            states = len(found.situation.present)
            if states > self.curves.shape[2]:
                grown = np.zeros((len(self.curves), codes.CURVES, states))
                grown[:, :, : self.curves.shape[2]] = self.curves
                self.curves = grown
            self.hashed = self.hashed or found.rule.by_hash
            install(
                found,
                self.vendor_names,
                self.queues[row.number],
                self.curves[row.number],
                self.shares[row.number],
            )
        return found


def _limit(configured: int | None) -> float:
    return math.inf if configured is None else configured
