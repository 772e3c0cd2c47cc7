"""The routing tables: a center and a policy as the arrays that the decision kernel works on.

Three things keep them true: the clock (`_clock`) keeps up with the calendar, the queues (`_queues`) have
their rules solved when their state changes, and the profiles (`_profiles`) know the contacts met so far.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats
from bporoute._base.at_once import write_at_once
from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import codes, columns
from bporoute._kernels.routing.choose import choose
from bporoute._kernels.routing.evidence import note_inputs
from bporoute._kernels.routing.records import Tables, Ticket
from bporoute._kernels.routing.reserve import reserve
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.center._targets import DEFAULT_AIM
from bporoute.contracts._usage import PeriodUsage
from bporoute.policies._rule import Policy
from bporoute.routing._handle_laws import HandleLaws
from bporoute.routing._hard_rules import Request
from bporoute.routing._outcome import Action, Settled
from bporoute.routing._state import QueueState
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._clock import Clock
from bporoute.routing._tables._evidence import Basis, Evidence
from bporoute.routing._tables._left_out import COMES_NOW, LeftOut
from bporoute.routing._tables._offers import Offers
from bporoute.routing._tables._page import UNSEEN, Page, Undecided
from bporoute.routing._tables._pages import Pages
from bporoute.routing._tables._price_list import PriceList
from bporoute.routing._tables._profiles import Profile, Profiles
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing._tables._queues import QueueRows, Row, Vendors
from bporoute.routing._tables._vendor_watch import Heard, VendorWatch
from bporoute.routing._tables._vendors import VendorRows
from bporoute.routing._token import Refused
from bporoute.routing.ledger._given import GivenByWindow
from bporoute.routing.ledger._layout import NO_SLOT, slot_of
from bporoute.routing.ledger._marks import mark_number
from bporoute.routing.ledger._memory import Ledger
from bporoute.routing.ledger._open import Claim
from bporoute.routing.ledger._outcome_log import Answered, Booked, Judged
from bporoute.routing.ledger._take_back import TakeBack
from bporoute.routing.ledger._totals import Totals

if TYPE_CHECKING:
    from bporoute.routing.ledger._accounts import Accounts

NOTHING_BACK = TakeBack()
CANNOT_BE_BOOKED = (ArithmeticError, LookupError, ValueError, OSError)
"""What a line raises that says what no terms can bill, or an instant that no calendar has."""
SOLVED_AT_ONCE = 2
"""Rules that are solved anew beside a contact that has ended."""
MOST_TRIES = 3
"""Times that what follows from a settled contact is tried, where something interrupts it."""


class _Due(NamedTuple):
    """What follows for prices and rules from a contact that was settled, of a vendor or queue; -1: none."""

    vendor: int = -1
    queue: int = -1
    now: float = math.nan
    prices: bool = False
    spending: bool = False
    looks: bool = False
    tries: int = 0


class _Books(NamedTuple):
    """What a contact that has ended at a vendor comes to: what there was, and what there is after it."""

    scored_before: tuple[float, float]
    scored: tuple[float, float]
    period: float
    before: PeriodUsage
    after: PeriodUsage
    price: float
    seconds: float
    totals_before: Totals
    totals: Totals
    given_before: GivenByWindow
    given: GivenByWindow
    heard: Heard
    looks: bool


class RoutingTables:
    """Everything by which contacts are decided, for one center and policy, counting in one ledger.

    `explained` as in `QueueRows`, `at_once` as in `VendorRows`. Those that come `after` others note decisions
    on their pages, once the pages are told so.

    Attributes
    ----------
    arrays : RoutingArrays
        What the kernel works on.
    profiles : Profiles
        The contacts met so far, by what matters to the rules.
    offers : Offers
        What a contact costs at each vendor.
    queues : QueueRows
        What is known of the queues, and their rules.
    vendors : VendorRows
        What is known of the vendors.
    pages : Pages
        Where decisions are noted.
    clock : Clock
        What time brings.
    on_pages : dict of str to int
        What stands on pages for each queue, those of former centers included.
    undecided : list of tuple
        What was counted, perhaps, and nobody was told, since the call was interrupted: profile, row, page,
        the lines from one to another among which its line is, the time and luck that it has there (the time
        None: it is the last of them), what it has added, and what is to forget which contact (or None). A
        call that is interrupted appends it by the first statement that a signal can follow, and then has
        `take_back` go through it; if that is interrupted, too, whoever takes the tables up does.
    """

    def __init__(
        self,
        center: Center,
        policy: Policy,
        ledger: Ledger,
        lease: float,
        *,
        explained: bool = True,
        at_once: float = math.inf,
        after: RoutingTables | None = None,
    ) -> None:
        self.center = center
        self.policy = policy
        self.ledger = ledger
        self.queue_names = tuple(center.queues)
        self.vendor_names = tuple(center.vendors)
        self.vendor_numbers = {name: number for number, name in enumerate(self.vendor_names)}
        self.places = ledger.open_for(self.vendor_names, self.queue_names)
        aims = (queue.targets.service_level for queue in center.queues.values())
        watches = [
            QueueWatch(
                queue, {kind: each.aht for kind, each in center.contact_types.items() if each.queue == name}
            )
            for name, queue in center.queues.items()
        ]
        self.arrays, laws = RoutingArrays(center, ledger), HandleLaws(center)
        watch = VendorWatch(center, next(filter(None, aims), DEFAULT_AIM), laws, self.arrays.vendors)
        self.offers = Offers(center, ledger, watch, watches, laws)
        if after is not None:
            self.offers.remember(after.offers)
        self.profiles = Profiles(center, self.arrays, PriceList(center, self.offers, watches), watches)
        self.queues = QueueRows(
            center, policy, ledger, self.arrays, self.profiles, watches, self.offers.laws, explained
        )
        self.vendors = VendorRows(
            center, ledger, self.arrays, self.profiles, self.offers, self.queues, at_once
        )
        self.pages: Pages = Pages(self.arrays, ledger, lease) if after is None else after.pages
        self.queue_numbers = {name: number for number, name in enumerate(self.queue_names)}
        self.on_pages: dict[str, int] = {} if after is None else dict(after.on_pages)
        for number, name in enumerate(self.queue_names):
            there = self.on_pages.setdefault(name, len(self.on_pages))
            self.arrays.queues[number, columns.PAGE_SHIFT] = there - number
        self.clock = Clock(
            center,
            ledger,
            self.arrays,
            self.profiles,
            self.offers,
            self.queues,
            self.vendors,
            self.pages,
            at_once,
            self.hear,
        )
        self.lease = lease
        ledger.follow_moves(self.arrays.hold)
        self._ticket = Packed(Ticket)
        self._due: tuple[_Due, ...] = ()
        self._touched = False
        """Whether rules may have to be solved anew for what was settled."""
        self.undecided: list[Undecided] = []
        self._vendor_contracts = [vendor.contract for vendor in center.vendors.values()]
        named = (*center.contact_types, *center.languages, *self.on_pages)
        self._marks = {name: mark_number(name) for name in named}
        self._types_marked = {self._marks[name]: name for name in center.contact_types}
        self._languages_marked = {self._marks[name]: name for name in center.languages}
        self._queues_marked = {self._marks[name]: name for name in self.on_pages}
        self._vendor_at = {place: vendor for vendor, place in enumerate(self.places)}
        self._binds = [self.vendors.budgets.bind(vendor) for vendor in range(len(self.vendor_names))]
        if after is None:
            self.restore()

    @property
    def current(self) -> bool:
        """Whether contacts are decided by these tables now: not before they take over, nor after."""
        return self.pages.arrays is self.arrays

    def profile(self, contact: Contact) -> Profile:
        """The profile of a contact, made if it is the first."""
        known = len(self.profiles.listed)
        profile = self.profiles.find(contact)
        self.queues.touch_moved()
        if len(self.profiles.listed) > known:
            if self.queues.routed(profile.queue) == 0.0:  # then a rule is for the contact that is asked about
                self.queues.touch({profile.queue})
            self.vendors.meet(profile)
        self.profiles.whole = True
        if self.ledger.asks:
            self.hear()
        return profile

    def meet(self, contact: Contact) -> int:
        """The row of a contact's profile, made if it is the first; nobody asks for that contact itself."""
        row = self.profiles.meet(contact)
        self.queues.touch_moved()
        self.profiles.whole = True
        return row

    def follow(self, now: float) -> None:
        """Bring everything up to an instant (epoch seconds), with compiled decisions kept off meanwhile."""
        self.take_up()
        if self.ledger.shared:  # whoever asks is told what all processes have counted by now
            self.arrays.expire()
        self.clock.follow(now)
        self.arrays.publish()

    def take_up(self) -> None:
        """Begin to write; compiled decisions are kept off until `RoutingArrays.publish`.

        What was settled and what an interrupted writer has left is put in order first.
        """
        arrays = self.arrays
        if self.undecided:
            self.take_back()
        if not arrays.whole:
            self._mend()
        arrays.begin()
        if self.ledger.shared:
            self.ledger.attend()
            if self.ledger.fresh and self.current:
                self._book_all()
                self.ledger.fresh = False
            if self.ledger.has_news() or self.ledger.trouble or not self.current:
                arrays.expire()
            if self.queues.troubles.of_ledger(self.ledger.trouble):
                self.queues.touch_all()
        self._follow_all()

    def _follow_all(self) -> None:
        """Do what is due."""
        while self._due:
            due = self._due[0]
            try:
                self._follow_up(due)
                self._due = self._due[1:]
            except BaseException:
                # What fails again and again holds up nobody for ever.
                tried = due._replace(tries=due.tries + 1)
                self._due = (*((tried,) if tried.tries < MOST_TRIES else ()), *self._due[1:])
                raise

    def hear(self) -> None:
        """Take notice of what other processes have counted and told."""
        if not self.ledger.shared:
            return
        if not self.current:  # whoever is books what is told, and gives back what is held
            self.vendors.hear()
            return
        self._book_all()  # nearly all of it: nobody else waits meanwhile
        with self.ledger.listen():
            self._book_all()  # after what was sent was looked at: nothing ends unpaid between
            self.vendors.hear()  # whether or not anybody was heard: what is held may be less than before
        self._follow_all()

    def _book_all(self) -> None:
        """Book what other processes tell; what cannot be is passed over and counted."""
        ledger = self.ledger
        if ledger.fall_back():
            self.restore()
        for slot, known, booked in ledger.outcomes():
            if not isinstance(booked, Answered):
                self._book_one(slot, known, booked)
            elif not self._book_answered(slot, known, booked):
                for place, each in enumerate(booked.each(), start=int(known) - len(booked.lines) + 1):
                    self._book_one(slot, float(place), each)

    def _book_one(self, slot: int, known: float, booked: Booked | Judged | None) -> None:
        """Book what another process tells; what cannot be is passed over and counted."""
        ledger = self.ledger
        try:
            if booked is not None:
                self._book_theirs(slot, known, booked)
                return
        except CANNOT_BE_BOOKED:
            pass
        ledger.read[slot] = known
        ledger.missed += 1

    def keep(self) -> Accounts | None:
        """What all processes' contacts have come to, for whoever begins later; None: nobody asks these."""
        with self.ledger.lock:
            if not self.current:
                return None
            self.take_up()
            self.hear()
            self.arrays.publish()
            return self.ledger.accounts_now()

    def _mend(self) -> None:
        """Put in order what somebody left who was interrupted, whatever statement was the last.

        Most can be begun once more: what is due stays so until it is done. Profiles, and what a calendar
        brings, are made anew from what they follow from.
        """
        self.arrays.begin()
        self.pages.mend()
        entering = self.clock.entering
        if entering:
            self.clock.mend()
            self.queues.touch_all()
        if entering or not self.profiles.whole:
            self.profiles.mend()
            queues = range(len(self.queues.rows))
            self.queues.touch(queue for queue in queues if self.queues.routed(queue) == 0.0)  # see `profile`
            self.vendors.look_at_the_dearest()
            self.profiles.whole = True
        self.vendors.mend(all_prices=entering)

    def page(self, commit: bool, now: float) -> Page:
        """The page that the next decision is noted on."""
        if not self.pages.has_room(commit):
            if commit:
                self.queues.look_at_young_mixes()
                self.clock.page_turned(now)
            self.pages.turn(commit, now)
        return self.pages.routed if commit else self.pages.asked

    def lengthen(self, queues: Iterable[int], at: Floats, contacts: int) -> Page:
        """Let the page be as long as so many contacts of these queues need, see `Pages.lengthen`."""
        return self.pages.lengthen(at, contacts, self.queues.before_a_look(queues), self.clock.look_due)

    def decide(
        self, profile: Profile, row: Row, now: float, luck: float, vendors: Vendors | None, commit: bool
    ) -> tuple[Page, int, int]:
        """Decide a contact by a row of the queues: the page and line of the evidence, and the way chosen.

        Where the vendors are a snapshot's, nothing they tell is kept.
        """
        page = self.page(commit, now)
        used = page.used
        try:
            found = codes.REFUSED
            if vendors is None:
                found = self._called(profile, row, now, luck, page)
            page, line, chosen = (
                self._interpreted(profile, row, now, luck, vendors, page)
                if found == codes.REFUSED
                else (page, found % -codes.NEWS >> codes.WAY_BITS, (found & codes.WAY_MASK) - 1)
            )
            if row is self.queues.spare and commit:
                self.queues.give_back(profile.queue)
                if profile.outcomes[chosen + 1][0] == Action.KEEP:
                    page.keep_unseen(line)
            return page, line, chosen
        except BaseException:
            if page.head[columns.HEADER_USED] > used:
                self.undecided.append((profile, row, page, used, used + 1, None, luck, COMES_NOW, None, None))
                self.take_back()
            raise

    def decide_without(
        self,
        left_out: LeftOut,
        profile: Profile,
        row: Row,
        now: float,
        luck: float,
        vendors: Vendors | None,
        commit: bool,
    ) -> tuple[Page, int, int]:
        """The same for a contact for which some destinations are out, and which may have come before.

        One that came before, and that nobody may take, is not counted once more.
        """
        page, line = self.page(commit, now), -1  # what turning a page looks at is as it is for everybody
        today, back = self.ledger.starts(-1)[columns.ALL_ROUTED], NOTHING_BACK
        if left_out.still_at in self.vendor_numbers:
            vendor = self.vendor_numbers[left_out.still_at]
            back = self.ledger.take_back(self.places[vendor], self.clock.starts(vendor, left_out.counted_at))
        try:
            back.apply()
            left_out.enter(self.arrays, self.vendor_numbers, vendors, profile, row.number, today)
            if commit and left_out.came_before:
                asked = self.decide(profile, row, now, luck, vendors, commit=False)
                if asked[2] < 0:
                    left_out.leave(counted=False)
                    return asked
            page, line, way = self.decide(profile, row, now, luck, vendors, commit)
            left_out.leave(counted=commit)
            back.undo()
            return page, line, way
        except BaseException:
            if line >= 0:
                self.undecided.append(
                    (profile, row, page, line, line + 1, None, luck, left_out.came, None, None)
                )
            back.undo()
            self.take_back()
            left_out.leave(counted=commit and line >= 0)
            raise

    def _called(self, profile: Profile, row: Row, now: float, luck: float, page: Page) -> int:
        """The compiled call for a row and a luck that are not the profile's own; `codes.REFUSED` if none."""
        call = _kernels.current().call
        if call is None:
            return codes.REFUSED
        ticket = Ticket(self.arrays.pack(), profile.number, row.number, codes.HELD)
        return call(self._ticket.keep(ticket), now, luck, page.address)

    def _interpreted(
        self, profile: Profile, row: Row, now: float, luck: float, vendors: Vendors | None, page: Page
    ) -> tuple[Page, int, int]:
        line, arrays = page.used, self.arrays
        table, usage = (arrays.vendors, arrays.usage) if vendors is None else vendors[:2]
        # Lists, which the kernel takes too: interpreted, their elements are several times faster to read.
        taken = arrays.ways[profile.number].tolist()
        ways: Any = {profile.number: taken}
        told: Any = [None] * len(table)
        counts: Any = [None] * len(usage)
        told[-1], counts[-1] = table[-1].tolist(), usage[-1].tolist()
        for vendor in (int(way[columns.VENDOR]) for way in taken[1 : len(profile.outcomes) - 1]):
            place = self.places[vendor]
            told[vendor], counts[place] = table[vendor].tolist(), usage[place].tolist()
        queues: Any = {row.number: arrays.queues[row.number].tolist()}
        shares: Any = {number: arrays.shares[number].tolist() for number in {row.number, profile.queue}}
        lines: Any = {line: [[0.0] * columns.PAGE_COLUMNS for _ in range(page.numbers.shape[1])]}
        with np.errstate(all="ignore"):  # a clock or a wait at the end of numbers would warn
            tables = Tables(ways, told, counts, queues, arrays.curves, shares)
            chosen: int = choose(0, profile.number, row.number, now, luck, tables, lines, line)
            note_inputs(profile.number, row.number, luck, tables, lines, line)
        if page.first:
            keeps = profile.outcomes[chosen + 1][0] == Action.KEEP  # by its fallback, too
            opened = codes.KEPT - row.number - queues[row.number][columns.PAGE_SHIFT] if keeps else 0.0
            if chosen > 0:
                opened = self.places[int(taken[chosen][columns.VENDOR])] + 1.0
            self._reserve(profile.number, row.number, page, line, np.array(lines[line]), now, opened)
        else:
            page.numbers[line], page.header[columns.HEADER_USED] = lines[line], line + 1
        return page, line, chosen

    def _reserve(
        self, profile: int, row: int, page: Page, line: int, noted: Floats, now: float, opened: float
    ) -> None:
        """Reserve what was noted of a decision as the compiled call does: whole or not at all."""
        arrays, usage = self.arrays, self.arrays.usage
        vendors, queues, shares = arrays.vendors.copy(), arrays.queues.copy(), arrays.shares.copy()
        ways, counted, told = arrays.ways[profile, None].copy(), usage.copy(), noted[None].copy()
        reserve(0, row, Tables(ways, vendors, counted, queues, arrays.curves, shares), told, 0)
        # Others who share the ledger may count meanwhile.
        changed = np.flatnonzero((counted != usage).any(axis=1))
        added = counted[changed] - usage[changed]
        write_at_once(
            (arrays.ways, profile, ways[0]),
            (arrays.vendors, ..., vendors),
            (arrays.queues, ..., queues),
            (arrays.shares, ..., shares),
            (usage, changed, usage[changed] + added),
            (page.numbers, line, told[0]),
            (page.at, line, now),
            (page.opened, line, opened),
            (page.header, columns.HEADER_USED, line + 1),
        )

    def take_back(self) -> bool:
        """Undo what is `undecided`; whether there was anything to undo.

        It is in the list until it is undone, however often that is interrupted.
        """
        any_was = False
        while self.undecided:
            first = self.undecided[0]
            *_, forget, contact = first
            if forget is not None:
                forget(contact)
            line = first[2].line_of(first)
            if line >= 0 and first[2].first:
                self._undo(first, line)
                any_was = True
            else:
                del self.undecided[:1]
        return any_was

    def _undo(self, undecided: Undecided, line: int) -> None:
        """Undo what a line has reserved, of a decision that nobody was told; whole or not at all.

        Counts are lowered, those of contacts that came by as much as it has raised them. Gate, credits and
        admissions, too, are as they were before, if no other decision came since. Prices and rules of what
        was reached follow as if it still were, which changes nothing.
        """
        profile, row, page, *_, came, _, _ = undecided
        arrays, usage, queue = self.arrays, self.arrays.usage, profile.queue
        arrays.hold()
        noted, last = page.numbers[line], page.used == line + 1
        state = noted[-1]
        chosen, center = int(state[columns.CHOSEN]), len(usage) - 1
        ways, shares = arrays.ways[profile.number], arrays.shares[queue].copy()
        vendors, own = arrays.vendors.copy(), arrays.queues[queue].copy()
        counted, all_counted = usage[:0], usage[center].copy()
        takers = np.arange(0)
        own[columns.ROUTED] -= came.to_the_queue
        all_counted[columns.ALL_ROUTED] -= came.today
        if chosen <= 0 and state[columns.UNSETTLED] != 0.0 and row.number == queue:
            own[columns.PRESENT] -= 1.0
            own[columns.KEPT_SINCE] -= 1.0
        if last:
            own[columns.GATE] = state[columns.NOTED_GATE]
            own[columns.MOVED_AT] = state[columns.AT] - state[columns.NOTED_GATE_AGE]
        for way in range(int(ways[0, columns.VENDORS]) + 1) if last else ():
            vendor = int(ways[way, columns.VENDOR]) if way else -1
            shares[vendor + 1, columns.CREDIT] = noted[way, columns.NOTED_CREDIT]
            if way:
                health = np.array([columns.ADMITTED, columns.ADMISSION])
                before = noted[way, columns.NOTED_LIVE - columns.UP + health]
                if way == chosen and before[0] != vendors[vendor, columns.ADMITTED]:
                    vendors[vendor, columns.PROBE] = 1.0
                vendors[vendor, health] = before
        if chosen > 0:
            takers = np.array([self.places[int(ways[chosen, columns.VENDOR])]])
            counted = np.maximum(usage[takers] - 1.0, 0.0)
            all_counted[columns.ALL_SENT] -= 1.0
            all_counted[columns.ALL_SQUARES] -= 2.0 * counted[0, columns.CENTER_DAY] + 1.0
        write_at_once(
            (ways, (0, columns.SEEN), ways[0, columns.SEEN] - came.to_the_queue),
            (arrays.queues, queue, own),
            (arrays.shares, queue, shares),
            (arrays.vendors, ..., vendors),
            (usage, takers, counted),
            (usage, center, all_counted),
            (noted, (-1, columns.UNSETTLED), 0.0),
            (page.opened, line, 0.0),
            (page.header, columns.HEADER_USED, line if last else page.used),
            (self.undecided, slice(1), []),
        )

    def queue_of(self, evidence: Evidence) -> int | None:
        """Number of a decision's queue, whatever center it was decided by; None if it is gone."""
        if evidence.basis.center is self.center:
            number = evidence.profile.queue
            return None if number < 0 else number
        return self.queue_numbers.get(evidence.queue)

    def settle_kept(self, evidence: Evidence, ended: Settled, now: float) -> Refused | None:
        """A contact that was kept has ended at an instant, `now` (epoch seconds); else why it has not.

        It counts whole or not at all, whatever statement is the last one: all is made ready first, then
        written, and unwritten if that is interrupted. What prices and rules make of it follows, now or, if
        that is interrupted, before the next decision (`catch_up`).
        """
        if self._due:  # what an interrupt has left comes first, at its own time
            self.catch_up()
        ledger, page = self.ledger, evidence.page
        if ledger.shared:
            contacts, claim = ledger.open_contacts, None
            ledger.make_room_to_tell()
            try:
                right = contacts.claim(page, evidence.line)
                if isinstance(right, str):
                    return right
                claim = right
                if page.place >= 0:  # whoever has decided hears of it, and learns by it
                    self._tell_kept(claim, evidence, ended, now)
                else:
                    self._end_kept(evidence, ended)
            except BaseException:
                if claim is None:
                    contacts.let_go()
                else:
                    claim.end(ended=not page.unsettled(evidence.line))
                raise
            claim.end(ended=True)
            if page.place >= 0:
                ledger.outcome_told(-1, failed=False, keep=self.keep)
        else:
            self._end_kept(evidence, ended)
        if self._due:
            self.catch_up()
        return None

    def _tell_kept(self, claim: Claim, evidence: Evidence, ended: Settled, now: float) -> None:
        """Tell another process that a contact has ended which that one has kept."""
        ledger, request, page, line = self.ledger, evidence.profile.request, evidence.page, evidence.line
        booked = Booked(
            -1, *self._marked(evidence.queue, request), ended, now, 0.0, 0.0, 0.0, 0.0, evidence.number,
            claim.place,
        )  # fmt: skip
        told, read, slot, telling = ledger.told, ledger.read, ledger.slot, ledger.write_outcome(booked)
        claim.by(telling)
        # On one line: it is told, and not ended once more.
        told[0], read[slot], page.told[line, page.ways, columns.UNSETTLED] = telling, telling, 0.0

    def _end_kept(self, evidence: Evidence, ended: Settled) -> None:
        """See `settle_kept`; what follows for prices and rules is due then."""
        page, line = evidence.page, evidence.line
        found = self.queue_of(evidence)
        if found is None:  # nobody asks any more what is known of the queue
            page.mark(line, settled=True, opened=0.0)
            return
        queue = found
        watch, kind = self.queues.watches[queue], evidence.profile.request.type
        scored_before, scored = watch.scored, watch.scored_after(ended.outcome, ended.wait)
        learned_before = learned = watch.learned(kind)
        if ended.outcome == "answered":
            took = ended.told / self.queues.slower(queue, evidence)  # as of a contact alone
            learned = watch.after_answered(took, kind)
        due_before = due = self._due
        if learned.by_type is not learned_before.by_type or learned.aht != learned_before.aht:
            due = (*due, _Due(queue=queue))
        opened = page.opened_at(line)
        row, told = self.arrays.queues[queue], self.queues.rows[queue]
        since = evidence.number >= told.heard_from or ended.sent > told.present_at
        left = 1.0 if opened != UNSEEN and since and row[columns.KEPT_SINCE] > 0.0 else 0.0
        kept, present, gone = columns.KEPT_SINCE, columns.PRESENT, 0.0
        try:
            if due:  # no compiled decision goes by the rule of before
                self.arrays.hold()
            watch.scored, self._due = scored, due
            watch.learn(learned)
            page.mark(line, settled=True, opened=0.0)
            row[kept], row[present], gone = row[kept] - left, row[present] - left, left  # on one line
        except BaseException:
            watch.scored, self._due = scored_before, due_before
            watch.learn(learned_before)
            page.mark(line, settled=False, opened=opened)
            row[kept] += gone
            row[present] += gone
            raise

    def settle_sent(
        self, vendor: int, evidence: Evidence, ended: Settled, now: float, luck: float
    ) -> float | Refused:
        """A contact that was sent to a vendor has ended; money that the vendor is owed for it.

        Or why it counts not: another process has ended it, or is about to. `now` is in epoch seconds; a
        failing vendor's back-off is scattered by `luck` in [0, 1). It counts whole or not at all, see
        `settle_kept`.
        """
        page, line, found = evidence.page, evidence.line, self.queue_of(evidence)
        if self._due or self.ledger.fresh:
            self.catch_up()
        if page.place >= 0 and ended.not_taken:  # its place below the caps is counted by another
            self.follow(now)
        name = evidence.queue if found is None else self.queue_names[found]
        queue = self.offers.counted_as(vendor, name)
        ledger, watch, failed = self.ledger, self.offers.watch, ended.not_taken
        place, request = self.places[vendor], evidence.profile.request
        books = self._books(vendor, queue, request, ended, now, luck)
        queue_watch, bills, spends = self.offers.watch_of(queue), ledger.bills[place], self._binds[vendor]
        waiting = watch.waiting[vendor]
        others = len(waiting)
        back, period = NOTHING_BACK, books.period
        due_before = due = self._due
        # Of one that call records have told nobody knows whether the windows count it.
        if failed and (slot_of(evidence.number) != NO_SLOT or not ledger.open_contacts.sees_all):
            back = ledger.take_back(place, self.clock.starts(vendor, ended.sent))
        if failed or spends or books.looks:
            due = (*due, _Due(vendor=vendor, now=now, prices=failed, spending=spends, looks=books.looks))
        opened: float = page.open[line]
        counts, left = ledger.counters[place], ledger.left
        departure, forgotten = (now, ended.sent, place), [left[0]] if len(left) == left.maxlen else []
        gone = there = 0.0
        told, read, telling, slot, claim = ledger.told, ledger.read, 0.0, 0, None
        others_ended, sender, contacts = ledger.ended, 0, ledger.open_contacts
        if ledger.shared:
            ledger.make_room_to_tell()
        try:
            if ledger.shared:
                right = contacts.claim(page, line)
                if isinstance(right, str):
                    return right
                claim, sender = right, slot_of(right.number)
                booked = self._booked(vendor, queue, request, ended, books, luck, claim)
                telling, slot = ledger.write_outcome(booked), ledger.slot
                claim.by(telling)
            if due:  # no compiled decision goes by the prices of before
                self.arrays.hold()
            queue_watch.scored, self._due, ledger.given_to[place] = books.scored, due, books.given
            ledger.totals[place], bills[period] = books.totals, books.after
            waiting.append(books.heard)
            if back is not NOTHING_BACK and not ledger.shared:
                back.apply()
            page.told[line, page.ways, columns.UNSETTLED] = page.open[line] = 0.0
            if opened != 0.0:  # else its lease has ended
                left.append(departure)
                there = counts[columns.IN_FLIGHT]
                # Last, and on one line: other processes know of it from here on.
                if ledger.shared and sender in (slot, NO_SLOT):
                    told[0], read[slot], counts[columns.IN_FLIGHT], gone = telling, telling, there - 1.0, 1.0
                elif ledger.shared:
                    theirs = others_ended[sender, place] + 1.0
                    told[0], read[slot], others_ended[sender, place], counts[columns.IN_FLIGHT], gone = (
                        telling, telling, theirs, there - 1.0, 1.0,
                    )  # fmt: skip
                elif there > 1.0:
                    counts[columns.IN_FLIGHT], gone = there - 1.0, 1.0
                else:
                    counts[columns.IN_FLIGHT], gone = 0.0, there
            elif ledger.shared:
                told[0], read[slot] = telling, telling
        except BaseException:
            queue_watch.scored, self._due, ledger.given_to[place] = (
                books.scored_before, due_before, books.given_before,
            )  # fmt: skip
            ledger.totals[place], bills[period] = books.totals_before, books.before
            del waiting[others:]
            back.undo()
            page.mark(line, settled=False, opened=opened)
            counts[columns.IN_FLIGHT] += gone
            if opened != 0.0 and left and left[-1] is departure:
                left.pop()
                left.extendleft(forgotten)
            if claim is None:
                contacts.let_go()
            else:
                claim.end(ended=False)
            raise
        if claim is not None:
            try:
                back.apply()  # once it has ended for all: a kill before that leaves no more to send
            finally:
                back.apply()  # what an interrupt has left
                claim.end(ended=True)
        if due:
            self.catch_up()
        if ledger.shared:
            if ledger.wanted(place):
                self.arrays.hold()  # no compiled decision goes by the limits of before
                ledger.give_back(place)
            ledger.outcome_told(place, failed=failed, keep=self.keep)
        return books.price

    def _books(
        self,
        vendor: int,
        queue: str,
        request: Request,
        ended: Settled,
        now: float,
        luck: float,
        booked: Booked | None = None,
    ) -> _Books:
        """What a contact that has ended at a vendor comes to; nothing changes by it.

        Money is what whoever has `booked` it says, where that was another process.
        """
        period, billed = None, ended
        if booked is not None:
            period = booked.period
            spread = self._vendor_contracts[vendor].depends_on_spread
            if ended.outcome == "answered" and ended.handle != ended.handle and not spread:
                billed = Settled(ended.outcome, ended.wait, booked.seconds, ended.sent, ended.odd)
        ledger, offers, outcome = self.ledger, self.offers, ended.outcome
        watch, queue_watch, place = offers.watch, offers.watch_of(queue), self.places[vendor]
        scored_before, scored = queue_watch.scored, queue_watch.scored_after(outcome, ended.wait)
        before, after, price, seconds = offers.billed_as(vendor, queue, request, billed, period)
        if booked is not None:
            price, seconds = booked.price, booked.seconds
        waited, handled = ended.counted
        totals_before = ledger.totals[place]
        aht = queue_watch.aht_of(request.type)
        heard = Heard(outcome, ended.wait, ended.told, ended.sent, now, luck, request.type, aht)
        given_before = given = ledger.given_to[place]
        if self._binds[vendor] and (starts := self.clock.starts(vendor, ended.sent)):
            given = given.after(starts, seconds, price, 0.0 if ended.not_taken else 1.0)
        return _Books(
            scored_before,
            scored,
            offers.pricing.period(vendor) if period is None else period,
            before,
            after,
            price,
            seconds,
            totals_before,
            totals_before.after(outcome, waited, handled, price),
            given_before,
            given,
            heard,
            watch.calls_for_a_look(vendor, heard),
        )

    def _booked(
        self,
        vendor: int,
        queue: str,
        request: Request,
        ended: Settled,
        books: _Books,
        luck: float,
        claim: Claim,
    ) -> Booked:
        """What other processes are told of a contact that has ended."""
        return Booked(
            self.places[vendor],
            *self._marked(queue, request),
            ended,
            books.heard.now,
            books.seconds,
            books.price,
            books.period,
            luck,
            claim.number,
            claim.place,
        )

    def _marked(self, queue: str, request: Request) -> tuple[int, int, int]:
        """Marks of a contact's queue, type and language, see `Booked`."""
        marks = self._marks
        of_queue = marks[queue] if queue in marks else mark_number(queue)
        return of_queue, marks.get(request.type, -1), marks.get(request.language.lower(), -1)

    def _book_theirs(self, slot: int, known: float, booked: Booked | Judged) -> None:
        """What another process tells of a contact that has ended is booked here, too: whole or not."""
        ledger, watch = self.ledger, self.offers.watch
        if isinstance(booked, Judged):
            resolved = None if math.isnan(booked.resolved) else booked.resolved == 1.0
            vendor = self._vendor_at[booked.vendor]
            learned = watch.judged(vendor, resolved=resolved, satisfaction=booked.satisfaction)
            watch.known[vendor], ledger.read[slot] = learned, known  # on one line
            return
        place, queue = booked.vendor, self._queues_marked.get(booked.queue, "")
        kind = self._types_marked.get(booked.contact_type, "")
        language = self._languages_marked.get(booked.language, "")
        request = Request(kind, self.center.contact_types.get(kind), language, ())
        if place < 0:
            ledger.read[slot] = known
            self._hear_kept(booked, queue, request)
            return
        vendor = self._vendor_at[place]
        queue = self.offers.counted_as(vendor, queue)
        books = self._books(vendor, queue, request, booked.ended, booked.at, booked.luck, booked)
        due, waiting = self._due, self.offers.watch.waiting[vendor]
        if books.looks:
            now = max(booked.at, self.offers.watch.heard_until(vendor))
            due = (*due, _Due(vendor=vendor, now=now, looks=True))
        ledger.open_contacts.forget(booked.number)  # first: whoever is interrupted does so again
        queue_watch, bills = self.offers.watch_of(queue), ledger.bills[place]
        given, totals, read = ledger.given_to, ledger.totals, ledger.read
        end, after, heard = slice(len(waiting), None), books.after, [books.heard]
        # On one line, as whoever reads it once more would count it twice.
        given[place], totals[place], bills[books.period], waiting[end], read[slot] = (
            books.given, books.totals, after, heard, known,
        )  # fmt: skip
        queue_watch.scored, self._due = books.scored, due

    def _book_answered(self, slot: int, known: float, told: Answered) -> bool:
        """Book contacts that another process has told together, as one after the other: all, or none.

        False: they are to be booked one by one, which tells what cannot be booked from the rest.
        """
        ledger, watch = self.ledger, self.offers.watch
        try:
            books = self._books_together(told)
        except CANNOT_BE_BOOKED:
            books = None
        if books is None:
            return False
        vendor, queue_watch, bill, heard, after, scored = books
        due, waiting, place = self._due, watch.waiting[vendor], told.vendor
        if watch.calls_for_prices(vendor, len(heard)):
            now = max(heard[-1].now, watch.heard_until(vendor))
            due = (*due, _Due(vendor=vendor, now=now, looks=True))
        for number, *_ in told.lines:  # first: whoever is interrupted does so again
            ledger.open_contacts.forget(int(number))
        bills, totals, read, end = ledger.bills[place], ledger.totals, ledger.read, slice(len(waiting), None)
        # On one line, as whoever reads it once more would count it twice.
        totals[place], bills[told.period], waiting[end], read[slot] = after, bill, heard, known
        queue_watch.scored, self._due = scored, due
        return True

    def _books_together(
        self, told: Answered
    ) -> tuple[int, QueueWatch, PeriodUsage, list[Heard], Totals, tuple[float, float]] | None:
        """What contacts that were told together come to; nothing changes by it. None: that is not known."""
        ledger, offers, place = self.ledger, self.offers, told.vendor
        vendor = self._vendor_at.get(place, -1)
        if vendor < 0 or self._binds[vendor]:
            return None
        kind = self._types_marked.get(told.contact_type, "")
        language = self._languages_marked.get(told.language, "")
        request = Request(kind, self.center.contact_types.get(kind), language, ())
        queue_watch = offers.watch_of(offers.counted_as(vendor, self._queues_marked.get(told.queue, "")))
        *_, sent, at, waits, handles, _, prices, _, _, lucks, _ = zip(*told.lines, strict=True)
        bill = offers.billed_together(vendor, request, handles, told.period)
        if bill is None or not offers.watch.is_well(vendor):  # by what a bill takes notice of, too
            return None
        aht = queue_watch.aht_of(kind)
        heard = [
            Heard("answered", *each, kind, aht) for each in zip(waits, handles, sent, at, lucks, strict=True)
        ]
        waited = [wait if wait == wait else 0.0 for wait in waits]
        after = ledger.totals[place].after_answered(zip(waited, handles, prices, strict=True))
        return vendor, queue_watch, bill, heard, after, queue_watch.scored_after_all("answered", waits)

    def _hear_kept(self, booked: Booked, queue: str, request: Request) -> None:
        """A contact has ended elsewhere that this process may have kept."""
        contacts = self.ledger.open_contacts
        found = contacts.heard(booked.number)
        if found is not None:
            if found.page.unsettled(found.line):
                basis = Basis(self.center, self.policy, self.ledger)
                profile = Profile.to_settle(self.queue_numbers.get(queue, -1), queue, request)
                self._end_kept(Evidence(found.page, found.line, profile, basis), booked.ended)
            contacts.forget(booked.number)

    def restore(self) -> None:
        """Begin with the accounts that other processes have left."""
        accounts, pricing, ledger = self.ledger.accounts, self.offers.pricing, self.ledger
        if accounts is None:
            return
        ledger.totals[:] = accounts.totals
        ledger.given_to[:] = [GivenByWindow([dict(each) for each in given]) for given in accounts.given]
        for place, bills in enumerate(accounts.bills):
            vendor = self._vendor_at[place]
            ledger.bills[place].update(
                {each.period: each.onto(pricing.begun(vendor, each.period)) for each in bills}
            )

    def tell_queue(self, row: Row, state: QueueState, at: float | None, now: float) -> None:
        """Note what is true of a queue; `at` is when who is busy and waiting was there, None: as before.

        What was kept after that is added. For whoever has taken the tables up.
        """
        self.clock.look_early(now)
        self.queues.hold(row)
        kept = self.queues.kept_since(row)
        if at is not None and not at == row.present_at < now:
            kept = self.pages.kept_after(self._on_pages(row), at) if at < now else 0.0
            row.heard_from, row.present_at = self.pages.next_number, at
        if kept != kept:  # what was told before could not be used
            kept = self.pages.kept_after(self._on_pages(row), row.present_at)
        self.queues.tell(row, state, kept)

    def _on_pages(self, row: Row) -> int:
        """What stands on pages for a row of the queues."""
        return row.number + int(self.arrays.queues[row.number, columns.PAGE_SHIFT])

    def is_behind(self, now: float) -> bool:
        """Whether something waits that the next contact would wait for, see `do_ahead`."""
        return self.ledger.has_news() or now >= self.clock.ahead_at or self.pages.nearly_full

    def do_ahead(self, now: float) -> None:
        """Do at an instant, epoch seconds, what the next contact would wait for, where none does.

        Others are listened to, and a page that is nearly full is turned; nothing is taken of what there is
        to send, which the next contact does that needs it.
        """
        self.ledger.ahead = True
        try:
            self.take_up()
            if now >= self.clock.ahead_at:
                self.arrays.expire()
            self.clock.follow(now)
            self.pages.turn_ahead(now)
        finally:
            self.ledger.ahead = False
        self.arrays.publish()

    def solve_ahead(self) -> None:
        """Solve rules that outcomes have moved, before a contact waits for it: `SOLVED_AT_ONCE` of them."""
        if not self._touched:
            return
        self.take_up()
        queues = self.queues
        moved = [row for row in queues.rows if row.profile is not None and not queues.ready(row)]
        for row in moved[:SOLVED_AT_ONCE]:
            if row.profile is not None:
                queues.load(row, row.profile)
        self._touched = len(moved) > SOLVED_AT_ONCE
        self.arrays.publish()

    def catch_up(self) -> None:
        """Let prices and rules follow what was settled; what an interrupt has left is done now."""
        if self._due or self.ledger.fresh:
            self.take_up()
            self.arrays.publish()

    def _follow_up(self, due: _Due) -> None:
        """Whether for the first time or once more: it comes to the same."""
        self._touched = True
        if due.queue >= 0:
            self.queues.weigh(due.queue)
        if due.prices:
            self.ledger.changed(self.places[due.vendor])
        if due.spending:
            self.ledger.spending_changed(self.places[due.vendor])
        if due.looks:
            self.clock.admit(due.now, (due.vendor,))
            self.vendors.pricing.reprice(due.vendor)
        if self.vendors.pricing.tend():
            self.arrays.expire()

    def judge(self, vendor: int, resolved: bool | None, satisfaction: float) -> None:
        """Take notice of how well a vendor served a contact, see `Router.judge`."""
        watch = self.offers.watch
        watch.known[vendor] = watch.judged(vendor, resolved=resolved, satisfaction=satisfaction)
        if self.ledger.shared:
            told = math.nan if resolved is None else float(resolved)
            self.ledger.tell_judged(Judged(self.places[vendor], told, satisfaction))
            self.ledger.outcome_told(self.places[vendor], failed=False, keep=self.keep)

    def bill(self, vendor: int) -> PeriodUsage:
        """What was settled in a vendor's current contract period."""
        pricing = self.offers.pricing
        return self.ledger.billed(self.places[vendor], pricing.period(vendor), pricing.bill(vendor))

    def learn(
        self, vendor: int, queue: int, contact_type: str, ended: Settled, now: float, luck: float
    ) -> None:
        """Take notice of how a contact of a queue ended at a vendor, without billing it."""
        watch, aht = self.offers.watch, self.queues.watches[queue].aht_of(contact_type)
        heard = Heard(ended.outcome, ended.wait, ended.told, ended.sent, now, luck, contact_type, aht)
        if watch.calls_for_a_look(vendor, heard):
            self._due = (*self._due, _Due(vendor=vendor, now=now, looks=True))
        watch.waiting[vendor].append(heard)
        self.catch_up()
