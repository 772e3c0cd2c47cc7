"""What a ledger does with other processes that count in it, where there are none: nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bporoute.contracts._usage import PeriodUsage
from bporoute.routing.ledger._allowed import Allowed

if TYPE_CHECKING:  # what processes share is loaded where they do
    from bporoute.routing.ledger._accounts import Accounts
    from bporoute.routing.ledger._board import Told
    from bporoute.routing.ledger._outcome_log import Answered, Booked, Judged


class Alone:
    """A ledger that counts for one process, see `SharedLedger` for one that does for many.

    Attributes
    ----------
    shared : bool
        Whether other processes count in it, too.
    asks : bool
        Whether it should be listened to before the next decision, see `listen`.
    ahead : bool
        Whether it is listened to ahead of the next contact: nothing is taken then of what there is to send.
    fresh : bool
        Whether what other processes have told is still to be heard for the first time.
    accounts : Accounts or None
        What other processes have left.
    missed : int
        Outcomes that other processes told and that could not be booked here.
    trouble : str
        Why it does not count for all processes that it should; empty: it does.
    slot : int
        Which of all who count in it this one is.
    ended : array
        Contacts whose end this one has told, by who sent them, and by vendor.
    told, read : sequence of float
        How many outcomes this one has told the others; how many of each who counts in it are booked here.
    """

    shared = False
    asks = ahead = False
    fresh = False
    accounts: Accounts | None = None
    missed = 0
    trouble = ""
    slot = 0
    ended: Any = ()
    told: Any = ()
    read: Any = ()

    def allowed(self, vendor: int, caps: Sequence[float], at_once: float, to_spend: float) -> Allowed:
        """How far a `vendor` may be sent contacts now, where all may by `caps`, `at_once` and `to_spend`."""
        return Allowed(tuple(caps), at_once, to_spend, math.inf)

    def look_until(self, now: float) -> float:
        """Until when, from `now` on, what is known of others holds, epoch seconds; there are none."""
        return math.inf

    def billed(self, vendor: int, period: float, bill: PeriodUsage) -> PeriodUsage:
        """A `bill` of a vendor's contract `period` with what was done by others who are not booked here."""
        return bill

    def attend(self) -> None:
        """Be ready to count; memory always is."""

    def has_news(self) -> bool:
        """Whether other processes have something to tell."""
        return False

    @contextmanager
    def listen(self) -> Iterator[bool]:
        """Take notice of what other processes have counted, for as long as this holds; there are none."""
        yield False

    def follow_moves(self, reader: Callable[[], None]) -> None:
        """Have a method, `reader`, told when the counters stand elsewhere from now on; they never do."""

    def follow_forks(self, reader: Callable[[], None]) -> None:
        """Have a method, `reader`, told in a process that was forked; what is there is its parent's."""

    def before_fork(self) -> None:
        """Get ready for a fork of the process; the lock is held."""

    def rest(self) -> None:
        """Hold nothing until the next contact."""

    def wanted(self, vendor: int) -> bool:
        """Whether somebody else has to do without units of a `vendor` that this one may have to spare."""
        return False

    def give_back(self, vendor: int) -> None:
        """Let others have what is held of a `vendor`'s limits."""

    def tell_board(self, of: str, name: str, told: Told, now: float) -> None:
        """Tell others what was `told` here, `now`, of a queue or vendor, by its `name`."""

    def end_open(self, now: float) -> None:
        """Give up what is open `now` longer than the lease, and know of what has ended elsewhere."""

    def end_leases(self, now: float, lease: float) -> None:
        """End contacts that are older `now` than a `lease`, of processes that have ended themselves."""

    def outcomes(self) -> Iterator[tuple[int, float, Booked | Judged | Answered | None]]:
        """What other processes tell of contacts that have ended: the slot, how many of it are known then."""
        return iter(())

    def fall_back(self) -> bool:
        """Whether so much was told meanwhile that `accounts` are to be gone on from."""
        return False

    def make_room_to_tell(self) -> None:
        """Have room for one more outcome: wait for the accounts, if they come too late."""

    def write_outcome(self, booked: Booked) -> float:
        """Have what was `booked` of a decision ready for others; what `told` is to be then."""
        return 0.0

    def tell_judged(self, judged: Judged) -> None:
        """Tell others how well a vendor served a contact: `judged`."""

    def outcome_told(self, vendor: int, *, failed: bool, keep: Callable[[], Accounts | None]) -> None:
        """Something was told of a `vendor`, `failed` or not; `keep` gives the accounts to be kept."""

    def accounts_now(self) -> Accounts | None:
        """What is to be kept for processes that begin later; nothing of what is in memory only."""
        return None
