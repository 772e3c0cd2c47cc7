"""What has been sent to whom: counted windows, contacts in flight, money spent. The truth that must survive.

This ledger lives in memory. Its counters are an array that the decision kernel reads and raises; a
window that ends is put aside under its own start, so that a clock that steps back finds it again.
"""

from __future__ import annotations

import math
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from bporoute._base.arrays import Floats
from bporoute._base.fork_locks import at_fork, hold, in_child, is_owned, left_by_a_fork, let_go
from bporoute._kernels.routing import columns
from bporoute.contracts._usage import PeriodUsage
from bporoute.routing._tables._counters import Counters
from bporoute.routing._token import seal_of
from bporoute.routing.ledger._alone import Alone
from bporoute.routing.ledger._given import WINDOWS_KEPT, Given, GivenByWindow
from bporoute.routing.ledger._marks import Marks
from bporoute.routing.ledger._open import OpenContacts
from bporoute.routing.ledger._take_back import Count, TakeBack
from bporoute.routing.ledger._totals import Totals

WITHIN = (
    "a router was asked from within its own work: by a policy, a clock, `chance`, a finaliser or a signal "
    "handler of the same thread; ask it when the call that runs has returned"
)
CENTER = -1
"""The place of the center's day, after those of the vendors."""
LEFT_KNOWN = 4096
"""Contacts that left their vendors of which it is known when."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one vendor has been given.

    Attributes
    ----------
    this_hour, today, this_period : int
        Contacts sent in the current clock hour, day and contract period.
    in_flight : int
        Contacts sent and not settled.
    answered, abandoned, failed, undelivered : int
        Contacts settled so far, by outcome, see `Router.settle`.
    waited, handled : float
        Seconds that the answered ones waited and were handled, as far as they were told.
    spent : float
        Money for the contacts settled so far.
    unknown : int
        Answered contacts of which nobody told how long they were handled: billed as average ones.
    """

    this_hour: int
    today: int
    this_period: int
    in_flight: int
    answered: int
    abandoned: int
    failed: int
    undelivered: int
    waited: float
    handled: float
    spent: float
    unknown: int


def _no_windows() -> list[float]:
    return [math.nan] * Counters.WINDOWS


def _no_past() -> list[dict[float, float]]:
    return [{} for _ in range(Counters.WINDOWS)]


_LEDGERS: weakref.WeakSet[Ledger] = weakref.WeakSet()
FORK_WAIT = 5.0
"""Seconds that a fork waits for a thread that decides. Two that fork from within two policies wait for each
other; and a child takes what another thread had in hand for interrupted."""


def _hold_all() -> None:
    """No thread may be in the middle of a decision while the process forks: its child would wait for ever.

    The thread that forks may: from within its policy.
    """
    for ledger in list(_LEDGERS):
        hold(ledger.own_lock, FORK_WAIT)
        if is_owned(ledger.own_lock):
            ledger.before_fork()


def _go_on_in_child() -> None:
    for ledger in list(_LEDGERS):
        ledger.counts_alone()
        ledger.own_lock = in_child(ledger.own_lock)


at_fork(_hold_all, _go_on_in_child)


class Ledger(Alone):
    """Counts per vendor, by name, in memory; routers that share it share the caps of the vendors they share.

    Their centers may differ: each vendor has a place here, the same for good, whatever its number there is.

    A forked process counts on by itself: there, tokens of before are foreign, see `Decision.token`.

    What its methods say of other processes (`accounts`, `told`, `read`, `ended`) is for a `SharedLedger`.

    Parameters
    ----------
    key : bytes or None
        What tokens are authenticated by, 16 to 64 bytes; None: a random one.
    epoch : int or None
        Which tokens are the ledger's own, below 2^32: those with another are foreign. None: a random one, as
        is right for a ledger that begins with nothing.

    Raises
    ------
    InputError
        If the key or the epoch is not what it should be.

    Examples
    --------
    >>> ledger = Ledger(key=bytes(range(32)), epoch=3)
    >>> ledger.open_for(("nord",)), ledger.open_for(("süd", "nord"))
    ([0], [1, 0])
    >>> ledger.usage("nord").today, ledger.epoch
    (0, 3)
    """

    def __init__(self, *, key: bytes | None = None, epoch: int | None = None) -> None:
        self.seal = seal_of(key, epoch)
        """By which tokens are made and read."""
        self.marks = Marks()
        """What names and kinds of contacts stand for in tokens."""
        self.open_contacts = OpenContacts()
        """What is open, by number."""
        self._counters = Counters(0)
        self._places: dict[str, int] = {}
        self._starts: list[list[float]] = [_no_windows()]
        self._past: list[list[dict[float, float]]] = [_no_past()]
        self.totals: list[Totals] = []
        """What each vendor's contacts that were settled have come to."""
        self.given_to: list[GivenByWindow] = []
        """Minutes and money of each vendor's contacts that have ended."""
        self.bills: list[dict[float, PeriodUsage]] = []
        """What each vendor has done, as its contract counts it, by the start of the contract period."""
        self.decisions = 0
        """Numbers of decisions that were set aside."""
        self.left: deque[tuple[float, float, int]] = deque(maxlen=LEFT_KNOWN)
        """When contacts left, when they were sent, and the vendor of each."""
        self.own_lock = threading.RLock()
        _LEDGERS.add(self)
        self._room_readers: list[weakref.WeakMethod[Callable[[], None]]] = []
        self._readers: list[weakref.WeakMethod[Callable[[int], None]]] = []
        self._spending_readers: list[weakref.WeakMethod[Callable[[int], None]]] = []
        self._presence_readers: list[weakref.WeakMethod[Callable[[int, float], int]]] = []
        self._dearest_readers: list[weakref.WeakMethod[Callable[[int], tuple[float, float]]]] = []

    @property
    def lock(self) -> Any:
        """Held by a router while it writes its tables or settles.

        Raises
        ------
        RuntimeError
            If this thread holds it already: then whoever asks runs within what a router does, and waiting
            for that would never end.
        """
        lock: Any = self.own_lock
        if lock._is_owned():
            if not left_by_a_fork(lock):
                raise RuntimeError(WITHIN)
            let_go()
        return lock

    @property
    def key(self) -> bytes:
        """What tokens are authenticated by."""
        return self.seal.key

    @property
    def epoch(self) -> int:
        """Which tokens are the ledger's own."""
        return self.seal.epoch

    def counts_alone(self) -> None:
        """From a fork on, this copy counts by itself: what others were given as a token is not open here."""
        self.seal = seal_of(None, None)

    @property
    def counters(self) -> Floats:
        """A row for each vendor and a last one for the center, which decisions read and raise."""
        return self._counters.table

    def open_for(self, vendors: tuple[str, ...], queues: tuple[str, ...] = ()) -> list[int]:
        """Where the ledger counts each of these vendors: their places, the same for good.

        Of `queues` nothing is counted here.

        It makes room for those that it does not know; what is already counted stays. Everything else that is
        asked of a vendor is asked by its place.
        """
        missing = [name for name in vendors if name not in self._places]
        if missing:
            with self.own_lock:
                self._make_room(missing)
        return [self._places[name] for name in vendors]

    def _make_room(self, names: Sequence[str]) -> None:
        """Give these vendors places; whoever is interrupted has given none of them, or all."""
        for reader in self._room_readers:  # else somebody counts on where nobody looks any more
            if (hold := reader()) is not None:
                hold()
        first = len(self._places)
        places = self._places | {name: first + number for number, name in enumerate(names)}
        counters = self._counters.with_more(len(names))
        starts = [*self._starts[:CENTER], *(_no_windows() for _ in names), self._starts[CENTER]]
        past = [*self._past[:CENTER], *(_no_past() for _ in names), self._past[CENTER]]
        totals = [*self.totals, *(Totals() for _ in names)]
        given = [*self.given_to, *(GivenByWindow([{} for _ in range(Counters.WINDOWS)]) for _ in names)]
        bills: list[dict[float, PeriodUsage]] = [*self.bills, *({} for _ in names)]
        # On one line: there is room for all that is kept, or for nothing of it.
        self._places, self._counters, self._starts, self._past, self.totals, self.given_to, self.bills = (
            places, counters, starts, past, totals, given, bills,
        )  # fmt: skip

    def follow_room(self, reader: Callable[[], None]) -> None:
        """Have a method, `reader`, told before the counters are moved: nobody decides on the old ones."""
        self._room_readers.append(weakref.WeakMethod(reader))

    def leave(self, *owners: object) -> None:
        """Tell and ask the methods of these `owners` nothing any more."""
        gone = set(map(id, owners))

        def stay(readers: list[Any]) -> list[Any]:
            return [
                each for each in readers if (read := each()) is not None and id(read.__self__) not in gone
            ]

        self._room_readers, self._readers = stay(self._room_readers), stay(self._readers)
        self._spending_readers = stay(self._spending_readers)
        self._presence_readers, self._dearest_readers = (
            stay(self._presence_readers),
            stay(self._dearest_readers),
        )

    @property
    def vendors(self) -> tuple[str, ...]:
        """Whom the ledger counts for, by their places."""
        return tuple(self._places)

    def follow(self, reader: Callable[[int], None]) -> None:
        """Have a method, `reader`, told when what a vendor was sent changes its price or uses up a cap."""
        self._readers.append(weakref.WeakMethod(reader))

    def changed(self, vendor: int) -> None:
        """Tell every router that shares the ledger that a vendor's tier or cap is used up or free again."""
        self._readers = [reader for reader in self._readers if reader() is not None]
        for reader in self._readers:
            if (tell := reader()) is not None:
                tell(vendor)

    def enter(self, row: int, starts: tuple[float, ...]) -> bool:
        """Count a row into windows with these starts from now on; whether any is another than before."""
        moved = False
        for window, start in enumerate(starts):
            current = self._starts[row][window]
            if start == current:
                continue
            moved = True
            past = self._past[row][window]
            if (sent := self._counters.sent(row, window)) > 0.0:
                past[current] = sent
            else:
                past.pop(current, None)
            known = past.get(start, 0.0)
            # At once, so that no count is ever lost or taken for another window's.
            self._counters.table[row, window], self._starts[row][window] = known, start
            past.pop(start, None)
            while len(past) > WINDOWS_KEPT:
                del past[min(past)]
        return moved

    def starts(self, vendor: int) -> list[float]:
        """When the windows began that a vendor's contacts are counted in now, epoch seconds."""
        return self._starts[vendor]

    def take_back(self, vendor: int, starts: Sequence[float]) -> TakeBack:
        """Take a contact out of the windows of `vendor` in which it was sent, wherever they are counted now.

        `starts` are those of these windows: a clock that steps moves a contact into no other. Nothing changes
        before it is applied; then tell everybody by `changed`.
        """
        found = TakeBack()
        for window, start in enumerate(starts):
            count = self._counted(vendor, window, start)
            if count is None or count.sent < 1.0:
                continue
            found.add(count, 1.0)
            if window == columns.CENTER_DAY:
                for column, amount in (
                    (columns.ALL_SENT, 1.0),
                    (columns.ALL_SQUARES, 2.0 * count.sent - 1.0),
                ):
                    if (total := self._counted(CENTER, column, start)) is not None:
                        found.add(total, amount)
        return found

    def _counted(self, row: int, window: int, start: float) -> Count | None:
        """Where a row's window that began at an instant is counted; None if that is forgotten."""
        if self._starts[row][window] == start:
            return Count(self._counters.table[row], window)
        past = self._past[row][window]
        return Count(past, start) if start in past else None

    def settle(
        self, vendor: int, outcome: str, waited: float, handled: float, money: float, contacts: float = 1.0
    ) -> None:
        """Add an outcome, of so many contacts, to what a vendor has done and is owed.

        `waited` and `handled` are their seconds in all (nan: how long they were handled is unknown),
        `money` is what is owed for them.
        """
        self.totals[vendor] = self.totals[vendor].after(outcome, waited, handled, money, contacts)

    def follow_spending(self, reader: Callable[[int], None]) -> None:
        """Have a method, `reader`, told when what a vendor may still be given has changed."""
        self._spending_readers.append(weakref.WeakMethod(reader))

    def spending_changed(self, vendor: int) -> None:
        """Tell every router that shares the ledger that a `vendor` has been given minutes or money."""
        self._spending_readers = [reader for reader in self._spending_readers if reader() is not None]
        for reader in self._spending_readers:
            if (tell := reader()) is not None:
                tell(vendor)

    def follow_dearest(self, reader: Callable[[int], tuple[float, float]]) -> None:
        """Have a method, `reader`, asked for the most minutes and money of one contact."""
        self._dearest_readers.append(weakref.WeakMethod(reader))

    def dearest(self, vendor: int) -> tuple[float, float]:
        """The most minutes and money that a contact of a `vendor` may take, whichever router sends it."""
        self._dearest_readers = [reader for reader in self._dearest_readers if reader() is not None]
        told = [most(vendor) for reader in self._dearest_readers if (most := reader()) is not None]
        return max((minutes for minutes, _ in told), default=0.0), max(
            (money for _, money in told), default=0.0
        )

    def follow_presence(self, reader: Callable[[int, float], int]) -> None:
        """Have a method, `reader`, asked how many contacts it knows at a vendor, sent after an instant."""
        self._presence_readers.append(weakref.WeakMethod(reader))

    def sent_after(self, vendor: int, at: float) -> int:
        """Contacts sent to a `vendor` after the instant `at` that are there still, by whichever router."""
        readers = (reader() for reader in self._presence_readers)
        return sum(count(vendor, at) for count in readers if count is not None)

    def left_since(self, vendor: int, at: float) -> int:
        """Contacts that `vendor` was sent until the instant `at` and that left after it, as far as known."""
        return sum(sent <= at < left for left, sent, where in self.left if where == vendor)

    def tell_there(self, vendor: int, contacts: float) -> None:
        """Have so many `contacts` be with a `vendor` now."""
        self._counters.tell_there(vendor, contacts)

    def others_there(self, vendor: int) -> float:
        """Contacts with a `vendor` now that other processes have sent: none, here they have none."""
        return 0.0

    def give(
        self, vendor: int, starts: Sequence[float], seconds: float, money: float, contacts: float = 1.0
    ) -> None:
        """Count contacts, sent to `vendor` in windows with these `starts`, that have ended.

        `seconds` and `money` are those of all of them.
        """
        self.given_to[vendor] = self.given_to[vendor].after(starts, seconds, money, contacts)

    def given(self, vendor: int, window: int) -> tuple[Given, float]:
        """What a `vendor`'s contacts of a current `window` have come to, and how many have not ended."""
        given = self.given_to[vendor].of(window, self._starts[vendor][window])
        return given, max(self._counters.sent(vendor, window) - given.ended, 0.0)

    def there(self, vendor: int) -> float:
        """Contacts with a vendor now."""
        return self._counters.there(vendor)

    def spent(self, vendor: int) -> float:
        """Money for a vendor's contacts settled so far."""
        return self.totals[vendor].spent

    def usage(self, vendor: str) -> Usage:
        """What a vendor has been given."""
        place = self._places[vendor]
        hour, day, period, _, in_flight = (int(count) for count in self.counters[place])
        totals = self.totals[place]
        return Usage(
            this_hour=hour,
            today=day,
            this_period=period,
            in_flight=in_flight,
            answered=int(totals.answered),
            abandoned=int(totals.abandoned),
            failed=int(totals.failed),
            undelivered=int(totals.undelivered),
            waited=totals.waited,
            handled=totals.handled,
            spent=totals.spent,
            unknown=int(totals.unknown),
        )
