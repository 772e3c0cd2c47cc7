"""A ledger that all processes of a host share: caps, capacity and what is counted are one.

Every process counts in its own slot of a mapped file, where the kernel writes at once; what it may send is
granted to it in small units. Decisions wait for nobody: who does not get the lock of the host goes on with
what it has, and asks again.
"""

from __future__ import annotations

import math
import os
import time
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bporoute._kernels.routing import columns
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError, shown
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._accounts import VERSION as ACCOUNTS
from bporoute.routing.ledger._accounts import Account, Accounts, Billed, all_sent, load
from bporoute.routing.ledger._allowed import Allowed
from bporoute.routing.ledger._board import Board, Record, Told
from bporoute.routing.ledger._elsewhere import Told as ToldElsewhere
from bporoute.routing.ledger._elsewhere import onto, read_elsewhere
from bporoute.routing.ledger._given import Given
from bporoute.routing.ledger._granted import VOID, Granted
from bporoute.routing.ledger._hands import Hands, Limits, Seen
from bporoute.routing.ledger._host_thread import HostThread
from bporoute.routing.ledger._joined import Whom, join
from bporoute.routing.ledger._keeper import UNKEPT, Keeper, is_kept
from bporoute.routing.ledger._locks import Locks
from bporoute.routing.ledger._marks_shared import SharedMarks
from bporoute.routing.ledger._memory import Ledger, Usage
from bporoute.routing.ledger._open_shared import SharedContacts
from bporoute.routing.ledger._open_store import open_store
from bporoute.routing.ledger._outcome_log import Answered, Booked, Judged, OutcomeLog
from bporoute.routing.ledger._pools import Pools
from bporoute.routing.ledger._segment import Segment, boot_id
from bporoute.routing.ledger._slot import Slot
from bporoute.routing.ledger._store import Store
from bporoute.routing.ledger._take_back import Count, TakeBack
from bporoute.routing.ledger._totals import Totals
from bporoute.routing.ledger._turned import turned

PATIENCE = 100e-6
"""Seconds that a decision waits for another process at most, to be granted something."""
TRIES = 100
"""Decisions in a row that do so; then one each `RETRY`."""
TURN_PATIENCE = 5e-3
"""Seconds that it waits to begin an hour, a day or a contract period."""
ATTACH_PATIENCE = 0.05
"""Seconds that the first decision of a forked process waits for a slot."""
OPEN_PATIENCE = 5.0
"""Seconds that a process waits to begin with the ledger."""
REFRESH = 1.0
"""Seconds after which what the others have counted is looked at."""
KEEP_TRIED_EVERY = 16
"""Outcomes after which somebody tries to write accounts that come late, where it is another one's turn."""
KEEP_PATIENCE = 2.0
"""Seconds that an outcome waits at most where so many are told that the accounts come too late."""
ADOPTED_EVERY = 10.0
"""Seconds between two looks at slots whose processes have ended."""
RETRY = 0.01
"""Seconds after which it is, where somebody else held the lock."""

NO_SLOT = "no slot in the shared ledger, vendors with caps are closed"
"""How `SharedLedger.trouble` begins where a process has no place in it."""

SUMS = Totals.__struct_fields__
"""What is added up of a vendor's contacts over all hosts."""

_Moved = Callable[[], None]


_SHARED: weakref.WeakSet[SharedLedger] = weakref.WeakSet()


def _leave_slots_in_child() -> None:
    """A forked child counts in a slot of its own; the parent's is not its to write to."""
    for ledger in list(_SHARED):
        ledger.leave_in_child()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_leave_slots_in_child)


class SharedLedger(Ledger):
    """Counts per vendor that all processes of a host share which open the same path; one for each router.

    Caps (contacts, minutes, money; hour, day, contract period), capacity, and what tiers, commitments, shares
    and concentration go by are counted once for all of them. Caps in contacts and capacity are never
    exceeded, whoever is killed at whatever point. What the others have sent is known after a second at the
    latest: by so much tiers, shares and concentration may lag.

    Parameters
    ----------
    path : str or path
        A folder, made if it is not there, best on a disk in memory such as ``/run``: some 70 MiB. It is
        private to its user; one that everybody may write to is refused.
    store : str or None
        What several hosts share: ``postgresql://user@host/database`` or ``redis://host:6379/0``, see
        docs/several_hosts.md. None: this host is the only one.
    threads : bool
        Whether threads of this process may keep the accounts and speak with the store. False where threads do
        not run, as in an interpreter inside a SIP server: then ``bporoute keeper`` does, or a process whose
        threads run. Where nobody does, what is held is spent, then vendors with caps are closed.

    Attributes
    ----------
    word : memoryview
        A number that is another one than before whenever some process has news for the others.
    heard : float
        What it was when this process listened last.
    board_word, board_heard
        The same for what was told of queues and vendors.
    ended : memoryview
        Contacts whose end this process has told, by the slot that sent them, and by vendor.
    told, read : array
        Outcomes that this process has told ever, and those of each slot that are booked here.
    accounts : Accounts or None
        What processes of before have left.
    elsewhere : list
        What other hosts tell of each vendor.
    asks : bool
        Whether this process may send less than it might if it listened now.
    trouble : str
        Why vendors with caps are closed or soon will be: this process counts for itself alone, its host has
        not seen the store for too long, or nobody keeps the ledger; empty: they are not. `Decision.degraded`,
        `Router.status` and the log say so, too.
    folder : Path
        Where it lies.
    keeps : bool
        Whether it is this process that keeps the accounts.

    Raises
    ------
    InputError
        When a router begins with it, if the path holds something else: a segment of another version, a
        damaged one, or one that processes use for other vendors or queues; if it may not be written to, or
        has no room; if the store is none that can be trusted, see docs/stores.md.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger, other = SharedLedger(folder), SharedLedger(folder)
    ...     for each in (ledger, other):
    ...         _ = each.open_for(("nord",))
    ...         _ = each.enter(0, (0.0, 0.0, 0.0, 0.0))
    ...     ledger.counters[0] += 1.0
    ...     other.usage("nord").today
    ...     ledger.close(), other.close()
    1
    (None, None)
    """

    shared = True
    _slot: Slot | None = None
    _decisions = 0

    def __init__(
        self, path: str | os.PathLike[str], store: str | None = None, *, threads: bool = True
    ) -> None:
        super().__init__()
        if not isinstance(threads, bool):
            raise InputError("SharedLedger", shown(threads), "threads=True or threads=False")
        self._threads = threads
        if store is not None and not isinstance(store, str):
            raise InputError("SharedLedger", shown(store), "the URL of a store, or None")
        self._url = store
        self._store: Store | None = None
        self._hosts: HostThread | None = None
        if not isinstance(path, str | os.PathLike) or not str(path):
            raise InputError("SharedLedger", shown(path), "the path of a folder")
        self._path = Path(path)
        self._locks: Locks | None = None
        self._segment: Segment | None = None
        self.open_contacts = self._contacts = SharedContacts()
        self.marks = SharedMarks(self._path / "names")
        self._pools: Pools | None = None
        self._hands: Hands | None = None
        self._log: OutcomeLog | None = None
        self._board: Board | None = None
        self._waited_for = math.nan
        """Outcomes of this process that were in the accounts when those came too late."""
        self._tried_at = -math.inf
        """Outcomes that were in no accounts when another one's turn it was to write them."""
        self._kept: Any = None
        """How many outcomes of each slot are in the accounts on the disk."""
        self._untold: dict[tuple[str, str], tuple[Told, float]] = {}
        self._queues: tuple[str, ...] = ()
        self._names: tuple[str, ...] | None = None
        self._gone: dict[str, Account] = {}
        """What vendors have done that a former center had."""
        self._serves = False
        self._adopted_until = -math.inf
        self._keeper: Keeper | None = None
        self._pending: dict[int, tuple[float, ...]] = {}
        """Rows that were to begin windows while somebody else held the lock."""
        self._entered: dict[int, tuple[float, ...]] = {}
        self._listening: Seen | None = None
        self._granted: Granted | None = None
        self.elsewhere: list[ToldElsewhere] = []
        self._read_elsewhere = 0.0
        self._closed = self._rests = False
        self._attend_again = -math.inf
        self._decided = math.nan
        self._late = 0
        self.asks = False
        self.word: Any = memoryview(array("d", [0.0]))
        self.heard = 0.0
        self.board_word: Any = self.word
        self.board_heard = 0.0
        self.trouble = ""
        self._movers: list[weakref.WeakMethod[_Moved]] = []
        self._forkers: list[weakref.WeakMethod[_Moved]] = []
        _SHARED.add(self)

    # --- to begin, and to end -------------------------------------------------------------------------

    def serve(self) -> None:
        """Count for a router from now on.

        Raises
        ------
        InputError
            If it does already.
        """
        if self._serves:
            raise InputError(
                "ledger",
                "a SharedLedger that serves a router already",
                "a SharedLedger(path) for each router",
            )
        self._serves = True

    def open_for(self, vendors: tuple[str, ...], queues: tuple[str, ...] = ()) -> list[int]:
        """Begin to count for `vendors`, told of `queues`, with whatever other processes have counted.

        Raises
        ------
        InputError
            If it counts for others, or cannot be begun with.
        """
        if self._names is None:
            self._queues = queues
            if self._url is not None and self._threads:
                self._store = open_store(self._url, self._path)
            try:
                self._attach(vendors, OPEN_PATIENCE)
            except BaseException:
                if self._store is not None:
                    self._store.close()
                raise
            assert self._segment is not None
            self._names, self._queues = self._segment.vendors, self._segment.queues
            super().open_for(self._names)
            self._count_here()
        for kind, here, there in (
            ("vendors", vendors, self._names),
            ("queues", queues or self._queues, self._queues),
        ):
            if sorted(here) != sorted(there):
                raise InputError(
                    f"ledger {self._path}",
                    f"{kind} {shown(here)}",
                    f"{shown(there)}, in any order: end all processes before others are begun with",
                )
        return [self._names.index(name) for name in vendors]

    def _attach(self, vendors: tuple[str, ...], patience: float) -> None:
        whom = Whom(vendors, self._queues, self._url is not None)
        joined = join(self._path, whom, patience, self._contacts, self.own_lock)
        self.seal, locks, segment, slot, pools, granted, accounts = joined
        self._locks, self._segment, self._slot, self._pools = locks, segment, slot, pools
        self._hands, self._granted = Hands(segment, slot, pools, granted), granted
        if self._store is not None:
            self._hosts = HostThread(self, segment, self._path, self._store)
        self._gone = {} if accounts is None else accounts.gone
        if self._log is None:  # else it was forked, and knows what its parent knew
            self.accounts = accounts
            known = accounts is not None and accounts.boot == boot_id()
            self.read = np.array(accounts.read if known and accounts else [0.0] * layout.SLOTS)
        self._log = log = OutcomeLog(segment, slot, list(self.read))
        self.told, self.read, self.slot, self.fresh = log.told, log.read, slot.number, True
        self._kept = memoryview(segment.host["kept"])

    def _count_here(self) -> None:
        """Have the kernel count in the slot from now on."""
        slot, segment = self._slot, self._segment
        assert slot is not None
        assert segment is not None
        self._counters.table = slot.usage
        self._decisions = int(slot.single["decisions"][0])
        ended: Any = slot.ended
        self.ended = memoryview(ended)
        self.word = memoryview(segment.host["word"])
        self.heard = math.nan
        self._board = board = Board(segment)
        self.board_word, self.board_heard = board.word, math.nan

    @property
    def decisions(self) -> int:
        """Numbers of decisions that were set aside: those of a slot are no other's."""
        slot = layout.NO_SLOT if self._slot is None else self._slot.number
        return (slot << layout.COUNT_BITS) + self._decisions

    @decisions.setter
    def decisions(self, number: int) -> None:
        self._decisions = number & (1 << layout.COUNT_BITS) - 1
        if self._slot is not None:
            self._slot.single["decisions"][0] = self._decisions

    def counts_alone(self) -> None:
        """After a fork all goes on as one: tokens of before are good."""

    def follow_forks(self, reader: _Moved) -> None:
        """Have a method, `reader`, told in a process that was forked; what is there is its parent's."""
        self._forkers.append(weakref.WeakMethod(reader))

    def follow_moves(self, reader: _Moved) -> None:
        """Have a method, `reader`, told when the counters stand elsewhere from now on: after a fork."""
        self._movers.append(weakref.WeakMethod(reader))

    def leave_in_child(self) -> None:
        """In a process that was forked: count nowhere until `attend`."""
        if self._slot is None or self._locks is None:
            return
        self._locks.close()
        self._contacts.leave()
        if self._hosts is not None:
            self._hosts.forget()
        slot = self._slot
        self._entered = {row: tuple(starts) for row, starts in enumerate(self._slot.start.tolist())}
        self._locks = self._slot = self._pools = self._hands = self._keeper = self._hosts = None
        self.told, self.fresh, self._attend_again = memoryview(array("d", [0.0])), True, -math.inf
        self.ended = _nobody_ended(slot)
        self._move(slot)
        for reader in self._forkers:
            if (tell := reader()) is not None:
                tell()

    def _hold_tables(self) -> None:
        for reader in self._movers:
            if (tell := reader()) is not None:
                tell()

    def _move(self, slot: Slot) -> None:
        """Count in a copy that nobody else sees."""
        self._hold_tables()
        self._counters.table = slot.usage.copy()

    def attend(self) -> None:
        """Have a slot: one of its own where this process was forked from one that had it.

        Nothing is raised: without a slot, vendors with caps are closed, others go on.
        """
        if self._slot is not None or self._names is None or self._closed:
            return
        now = time.monotonic()
        if now < self._attend_again:
            return
        self._attend_again = now + RETRY
        try:
            self._attach(self._names, ATTACH_PATIENCE)
        except (InputError, OSError) as failure:
            self.trouble = f"{NO_SLOT}: {failure}"
            return
        self._look_for_trouble()
        self._count_here()
        self._hold_tables()  # the next decision is numbered here
        for row, starts in self._entered.items():
            self.enter(row, starts)

    def rest(self) -> None:
        """Hold nothing until the next contact; whoever else asks has it."""
        with self.own_lock:
            self.before_fork()

    def before_fork(self) -> None:
        """Hold nothing: whoever forks workers seldom takes contacts itself."""
        if self._hands is not None:
            self._hold_tables()
            self.heard = math.nan  # to be granted something anew before the next decision
            if self._hands.give_all_back():
                self.tell_others()

    def rest_if_idle(self) -> None:
        """Hold nothing if nobody was decided on since this was asked last."""
        slot = self._slot
        if slot is None:
            return
        decided = float(slot.usage[-1, columns.ALL_ROUTED] - slot.others[-1, columns.ALL_ROUTED])
        if decided == self._decided and not self._rests:
            self.rest()
            self._rests = True
        elif decided != self._decided:
            self._decided, self._rests = decided, False

    def close(self) -> None:
        """Leave the ledger: what this process holds is given back, what it has counted stays.

        The router goes on, but vendors with caps are closed for it.
        """
        slot, locks = self._slot, self._locks
        if slot is None or locks is None:
            return
        if self._keeper is not None:
            self._keeper.end(self.accounts_now())
        self._closed, self.trouble = True, "the shared ledger was closed: vendors with caps are closed, too"
        self._move(slot)
        self._contacts.leave()
        self.ended = _nobody_ended(slot)
        slot.held[:] = -math.inf
        slot.seats[:] = -math.inf
        slot.purse[:] = 0.0
        self.tell_others()
        if self._hosts is not None:
            self._hosts.end()
        locks.close()
        self._locks = self._slot = self._pools = self._hands = self._hosts = None

    # --- what the others do ---------------------------------------------------------------------------

    def tell_others(self) -> None:
        """Have every other process look at what there is, at its next contact."""
        if self._slot is not None:
            self.word[0] = self._word(self._slot)

    def has_news(self) -> bool:
        """Whether other processes have something to tell."""
        return self._slot is not None and bool(self.word[0] != self.heard)

    def look_until(self, now: float) -> float:
        """Until when, from `now` on, what is known of the others may be gone by, epoch seconds."""
        if self.asks or self._pending or self._untold or self._late:
            return now + (RETRY if self._late > TRIES else 0.0)
        return now + REFRESH

    def tell_board(self, of: str, name: str, told: Told, now: float) -> None:
        """Tell other processes what was `told` here, `now`, of a queue or vendor, by its `name`."""
        before = self._untold.get((of, name), ({}, now))[0]
        self._untold[of, name] = {**before, **told}, now
        with self._holding(TURN_PATIENCE) as held:
            if held:
                self._tell_untold()

    def _tell_untold(self) -> None:
        slot, board = self._slot, self._board
        while self._untold and slot is not None and board is not None:
            where, (told, now) = next(iter(self._untold.items()))
            board.tell(*where, told, now, self._word(slot))
            self._untold.pop(where, None)

    def _word(self, slot: Slot) -> float:
        """A number that no process has used, whoever writes last: a sum could be the same twice."""
        slot.single["words"][0] += 1.0
        return float(slot.single["words"][0] * layout.SLOTS + slot.number)

    def read_board(self) -> dict[str, dict[str, Record]] | None:
        """What stands on the board; None if it says nothing new, or somebody else holds the lock."""
        board = self._board
        if board is None or self.board_word[0] == self.board_heard:
            return None
        with self._holding(PATIENCE) as held:
            if not held:
                return None
            self.board_heard = self.board_word[0]
            return board.read()

    def end_open(self, now: float) -> None:
        """Give up what is open `now` longer than the lease, and know of what has ended elsewhere."""
        self._contacts.end_leases(now)

    def end_leases(self, now: float, lease: float) -> None:
        """End contacts that are older `now` than a `lease`, seconds, of processes that have ended."""
        if self._pools is not None and not now < self._adopted_until:
            self._adopted_until = now + ADOPTED_EVERY
            self._pools.end_adopted(now, lease, self._contacts)

    @contextmanager
    def listen(self) -> Iterator[bool]:
        """Hold the host's lock, with the counters brought up to what all have counted.

        False, and nothing is: somebody else holds it.
        """
        with self._holding(PATIENCE) as held:
            slot, pools = self._slot, self._pools
            self._late = 0 if held else self._late + 1
            self.asks = False
            if held and slot is not None and pools is not None:
                self.heard = self.word[0]
                for row, starts in list(self._pending.items()):
                    self.enter(row, starts)
                self._tell_untold()
                # First what may be sent, then what was: who is sent between counts twice, never not.
                purses = [pools.in_purses(vendor) for vendor in range(len(slot.seats) - 1)]
                pools.refresh()
                self._listening = Seen(purses, *pools.seen())
                self._hear_elsewhere()
            self._look_for_trouble()
            try:
                yield held
            finally:
                self._listening = None

    def outcomes(self) -> Iterator[tuple[int, float, Booked | Judged | Answered | None]]:
        """What other processes tell of contacts that have ended: the slot, how many of it are known then."""
        return iter(()) if self._slot is None or self._log is None else self._log.news()

    def fall_back(self) -> bool:
        """Whether so much was told meanwhile that `accounts` are to be gone on from; they are read then."""
        if self._slot is None or self._log is None or not self._log.behind:
            return False
        try:
            found = load(self._path / "accounts.json", self._names or ())
        except InputError:
            return False
        if found is None or found.boot != boot_id():
            return False
        self.accounts, self.read[:] = found, found.read
        return True

    def write_outcome(self, booked: Booked) -> float:
        """Have what was `booked` of a decision ready for others; what `told` is to be then."""
        if self._slot is None or self._log is None or self._segment is None:
            return 0.0
        return self._log.write(booked)

    def tell_judged(self, judged: Judged) -> None:
        """Tell others how well a vendor served a contact: `judged`."""
        if self._slot is None or self._log is None or self._segment is None:
            return
        self.make_room_to_tell()
        telling, told, read = self._log.write_judged(judged), self.told, self.read
        told[0], read[self.slot] = telling, telling  # on one line
        self.tell_others()

    def make_room_to_tell(self) -> None:
        """Wait until what the next outcome would overwrite is in the accounts; nobody's contact is held."""
        if self._segment is None or self._not_kept < layout.OUTCOMES - 1:
            return
        until = time.monotonic() + KEEP_PATIENCE
        while self._not_kept >= layout.OUTCOMES - 1 and self._keeper is not None:
            if self._keeper.keep_now(self.accounts_now):
                break
            kept = self._kept[0, self.slot]
            if kept == self._waited_for:  # whoever keeps them has been stopped: once is enough
                break
            if time.monotonic() >= until:
                self._waited_for = kept
                break
            time.sleep(RETRY)

    @property
    def _not_kept(self) -> float:
        """Outcomes that this process has told and that are not in the accounts on the disk."""
        not_kept: float = self.told[0] - self._kept[0, self.slot]
        return not_kept

    def outcome_told(self, vendor: int, *, failed: bool, keep: Callable[[], Accounts | None]) -> None:
        """Something was told, of a `vendor` or of a contact kept (-1); `keep` gives the accounts.

        All know at once if the vendor `failed`. Accounts that come late are written here.
        """
        if failed:
            self.tell_others()
        if self._keeper is None or not self._keeper.follows(keep):
            self.keep(keep)
        if self._segment is None or self._keeper is None:
            return
        # A thread that keeps does so long before; it may be that of another process.
        most = 3 * layout.OUTCOMES // 4 if self._threads else layout.OUTCOMES // 2
        not_kept = self._not_kept
        if not_kept >= most and abs(not_kept - self._tried_at) >= KEEP_TRIED_EVERY:
            self._tried_at = -math.inf if self._keeper.keep_now(self.accounts_now) else not_kept

    def keep(self, keep: Callable[[], Accounts | None]) -> None:
        """Keep the accounts that `keep` gives, unless another process does; begun with once."""
        self.keep_by(keep)  # of another center, if whoever took it was interrupted
        if self._segment is None or self._locks is None or self._keeper is not None:
            return
        path = self._path / "accounts.json"
        self._keeper = Keeper(self._locks, path, keep, self.rest_if_idle, self._segment, self._threads)

    def keep_by(self, keep: Callable[[], Accounts | None]) -> None:
        """Have the accounts be those that `keep` gives from now on, where any are kept."""
        if self._keeper is not None:
            self._keeper.follow(keep)

    @property
    def folder(self) -> Path:
        """Where it lies, as it was told."""
        return self._path

    @property
    def keeps(self) -> bool:
        """Whether it is this process that keeps the accounts."""
        return self._keeper is not None and self._keeper.keeps

    def _is_unkept(self) -> bool:
        """Whether nobody keeps the accounts, and no thread of this process may."""
        return not self._threads and self._segment is not None and not is_kept(self._segment)

    def accounts_now(self) -> Accounts | None:
        """What is to be kept for processes that begin later, and for the time after a restart."""
        if self._slot is None or self._segment is None or self._names is None:
            return None
        with self._holding(TURN_PATIENCE):  # nobody brings counts up to date meanwhile
            sent = all_sent(self._segment)
        return Accounts(
            ACCOUNTS,
            boot_id(),
            self._names,
            tuple(self.read.tolist()),
            tuple(self.totals),
            tuple(tuple(Billed.of(*each) for each in bills.items()) for bills in self.bills),
            tuple(given.windows() for given in self.given_to),
            sent,
            self._segment.name,
            gone=self._gone,
        )

    # --- windows --------------------------------------------------------------------------------------

    def enter(self, row: int, starts: tuple[float, ...]) -> bool:
        """Count a row into windows with these starts from now on; whether any is another than before.

        Where another process holds the lock this follows a moment later, and until then a vendor is sent no
        more than it was granted.
        """
        slot, pools, row = self._slot, self._pools, row % len(self._counters.table)
        if slot is None or pools is None:
            self._entered[row] = starts
            return super().enter(row, starts)
        self._pending.pop(row, None)
        if slot.start[row].tolist() == list(starts):
            return False
        with self._holding(TURN_PATIENCE) as held:
            if held:
                slot.write(list(turned(slot, pools, row, starts)))
                return True
        self._pending[row] = starts
        # What it holds is of a window that has ended.
        slot.held[row] = np.where(slot.held[row] > -math.inf, slot.mine(row)[: layout.WINDOWS], -math.inf)
        return False

    def starts(self, vendor: int) -> list[float]:
        """When the windows began that a vendor's contacts are counted in now, epoch seconds."""
        if self._slot is None:
            return super().starts(vendor)
        found: list[float] = self._slot.start[vendor].tolist()
        return found

    def take_back(self, vendor: int, starts: Sequence[float]) -> TakeBack:
        """Take a contact out of the windows of `vendor` with these `starts`; its place is everybody's."""
        found, slot = super().take_back(vendor, starts), self._slot
        if slot is not None:
            for window, start in enumerate(starts[: layout.LIMITED]):
                if slot.start[vendor, window] == start and slot.held[vendor, window] > -math.inf:
                    found.add(Count(slot.held[vendor], window), 1.0)
        return found

    def _counted(self, row: int, window: int, start: float) -> Count | None:
        slot = self._slot
        if slot is None:
            return super()._counted(row, window, start)
        if slot.start[row, window] == start:
            return Count(slot.usage[row], window)
        places = np.flatnonzero(slot.past_start[row, window] == start)
        return Count(slot.past_sent[row, window], int(places[0])) if places.size else None

    # --- limits ---------------------------------------------------------------------------------------

    def allowed(self, vendor: int, caps: Sequence[float], at_once: float, to_spend: float) -> Allowed:
        """How far this process may send a `vendor` contacts now; more is granted where it has nothing left.

        What `caps`, `at_once` and `to_spend` say is what all processes together may.
        """
        slot, hands, pools = self._slot, self._hands, self._pools
        if self._granted is not None and pools is not None and to_spend < math.inf:
            to_spend = pools.part_of(vendor, to_spend, self.there(vendor))
        limits = Limits(tuple(caps), at_once, to_spend)
        if slot is None or hands is None:
            none = tuple(cap if cap == math.inf else 0.0 for cap in caps)
            return Allowed(none, at_once if at_once == math.inf else 0.0, math.inf, math.inf)
        hands.ask_for(vendor, limits)
        if self._listening is not None:
            hands.shrink(vendor, limits, self._listening)
        found = hands.left(vendor, limits)
        if hands.is_short(vendor, limits, found):
            lacked = min(found) < 1.0
            if lacked and self._granted is None and self._is_unkept():
                self.trouble, self.asks = UNKEPT, False
            elif self.ahead:  # whoever only ends contacts would hold what others have to do without
                self.asks = self.asks or lacked
            else:
                held = self._grant(vendor, limits)
                found = hands.left(vendor, limits)
                # What there is of minutes and money is known where one listens only.
                self.asks = lacked and self._listening is None and (not held or found[-1] < 1.0)
        *windows, seats, purse = found
        usage = slot.usage[vendor].tolist()
        there = usage[columns.IN_FLIGHT]
        return Allowed(
            tuple([sent + left for sent, left in zip(usage, windows, strict=False)]),
            there + seats,
            there + purse,
            usage[columns.THIS_PERIOD] + max(min(seats, purse), 0.0),
        )

    def _grant(self, vendor: int, limits: Limits) -> bool:
        """Take more units of a vendor; whether the host's lock was to be had for that."""
        locks, pools, hands = self._locks, self._pools, self._hands
        if locks is None or pools is None or hands is None:
            return False
        with self.own_lock, locks.holding(PATIENCE) as held:  # as `_holding`, which takes longer
            if held:
                pools.mend()
                if vendor in self._pending:  # else units of a window that has ended, or of none
                    self.enter(vendor, self._pending[vendor])
                hands.grant(vendor, limits, self._listening)
        return held

    def wanted(self, vendor: int) -> bool:
        """Whether somebody had to do without units of a `vendor` that this process may have to spare."""
        return self._hands is not None and self._hands.wanted(vendor)

    def give_back(self, vendor: int) -> None:
        """Let whoever asks first have what this process holds of a `vendor`; its tables are held."""
        if self._hands is not None:
            self._hands.give_back(vendor)
            self.tell_others()

    # --- what is read ---------------------------------------------------------------------------------

    def given(self, vendor: int, window: int) -> tuple[Given, float]:
        """What a `vendor`'s contacts of a current `window` have come to, and how many have not ended."""
        if self._pools is None:
            return super().given(vendor, window)
        start = self.starts(vendor)[window]
        given = self.given_to[vendor].of(window, start)
        if self.elsewhere:
            given = Given(*map(sum, zip(given, self.elsewhere[vendor].of(window, start), strict=True)))
        seen = self._listening
        sent = self._pools.sent(vendor, window) if seen is None else seen.sent[vendor, window]
        return given, max(float(sent) - given.ended, 0.0)

    def sent_after(self, vendor: int, at: float) -> int:
        """Contacts sent to a `vendor` after the instant `at` that are there still.

        Of those of the other processes it is not known when they were sent: all of them where `at` is -inf.
        """
        found, slot = super().sent_after(vendor, at), self._slot
        if slot is None or at > -math.inf:
            return found
        return found + int(self.others_there(vendor))

    def others_there(self, vendor: int) -> float:
        """Contacts with a vendor now that other processes have sent."""
        return 0.0 if self._slot is None else float(self._slot.others[vendor, columns.IN_FLIGHT])

    def there(self, vendor: int) -> float:
        """Contacts with a vendor now."""
        if self._pools is None:
            return super().there(vendor)
        return self._pools.there(vendor) if self._listening is None else float(self._listening.there[vendor])

    def spent(self, vendor: int) -> float:
        """Money for a vendor's contacts settled so far, by all hosts."""
        theirs = self.elsewhere[vendor].totals.spent if self.elsewhere else 0.0
        return super().spent(vendor) + theirs

    def billed(self, vendor: int, period: float, bill: PeriodUsage) -> PeriodUsage:
        """A `bill` of a vendor's contract period with what the other hosts have done in it."""
        self._hear_elsewhere()
        return onto(bill, self.elsewhere[vendor].billed(period)) if self.elsewhere else bill

    def _hear_elsewhere(self) -> None:
        """Read what other hosts have told, if that is news."""
        if self._granted is None or self._segment is None or self._slot is None:
            return
        if (read := float(self._segment.host["read_elsewhere"][0])) != self._read_elsewhere:
            self.elsewhere, self._read_elsewhere = read_elsewhere(self._path, self._names or ()), read

    def _look_for_trouble(self) -> None:
        if self._slot is not None:
            void = self._granted is not None and self._granted.void
            self.trouble = VOID if void else UNKEPT if self._is_unkept() else ""

    def usage(self, vendor: str) -> Usage:
        """What a vendor has been given, by all processes."""
        pools, place = self._pools, (self._names or ()).index(vendor)
        found = super().usage(vendor)
        if pools is None:
            return found
        self._hear_elsewhere()
        if self.elsewhere:
            theirs = self.elsewhere[place].totals
            sums = {
                name: getattr(found, name) + type(getattr(found, name))(getattr(theirs, name))
                for name in SUMS
            }
            found = msgspec.structs.replace(found, **sums)
        with self._holding(TURN_PATIENCE):
            hour, day, period = (int(pools.sent(place, window)) for window in range(layout.LIMITED))
        return msgspec.structs.replace(
            found, this_hour=hour, today=day, this_period=period, in_flight=int(pools.there(place))
        )

    @contextmanager
    def _holding(self, patience: float) -> Iterator[bool]:
        locks, pools = self._locks, self._pools
        if locks is None or pools is None:
            yield False
            return
        with self.own_lock, locks.holding(patience) as held:  # the host's lock does not know threads
            if held:
                pools.mend()
            yield held


def _nobody_ended(slot: Slot) -> Any:
    """What nobody else sees, in place of what a slot has ended that is another's from now on."""
    nobody: Any = np.zeros_like(slot.ended)
    return memoryview(nobody)
