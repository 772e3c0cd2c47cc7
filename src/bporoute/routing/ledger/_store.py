"""What a store behind a shared ledger does: keeps grants below caps, outcomes exactly once, and accounts.

Only the keeper of a host talks to it, never the path of a call. All times are epoch seconds that the caller
tells; a store has no clock. The clocks of hosts that share one must agree to within a few seconds.

host
    The memory that the processes of one machine share, by a name of its own: whoever makes that memory anew
    takes a new name, and what the old one held counts as spent.
window
    A vendor's cap of one kind, from one start on: what is granted of it never exceeds the limit.
number
    Of a host's request. It goes up by one, and whoever asks again with the same number gets the same answer,
    so that no answer which was lost is granted twice. A host notes it before it asks.
mark
    Of what a store remembers. A store that has forgotten something (restored from a backup, a replica that
    took over) gets a new epoch; hosts then declare what they hold, and until every one of them has had the
    time nobody is granted anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import Literal, Protocol

import msgspec

from bporoute.errors import UNPRINTABLE, InputError, shown

MOST_UNITS = 2**53
"""Of one window. A store may count in floating point, which is exact until there."""
MOST_ROWS = 5_000
"""Of a journal that are handed over at once."""
LEASE = 60.0
"""Seconds that a host may spend what it holds without having seen the store; then it is void until the host
has seen the store again. A new epoch grants nothing for as long."""
UNREADABLE = "a URL that cannot be read (in a password, write @ / : # ? as %40 %2F %3A %23 %3F)"
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,200}")


class StoreAwayError(Exception):
    """A store did not do what it was asked: it cannot be reached, or cannot be trusted as it stands.

    Whether it was done is unknown. Ask again with the same number, or hand the same outcomes over again:
    nothing is granted or counted twice.

    Attributes
    ----------
    reason : str
        What went wrong, without passwords.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Window(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A cap of one vendor, from one start on.

    Attributes
    ----------
    vendor : str
        Its name.
    cap : str
        What is capped, in words of the ledger's, such as ``day``, ``day minutes``, ``seats``.
    start : float
        When the window began, epoch seconds; 0.0 for what has no window.
    """

    vendor: str
    cap: str
    start: float

    def __post_init__(self) -> None:
        for where, name in (("vendor", self.vendor), ("cap", self.cap)):
            if UNPRINTABLE.search(name):
                raise InputError(where, shown(name), "a name of printable characters")
        if not math.isfinite(self.start):
            raise InputError("start", shown(self.start), "epoch seconds")
        msgspec.structs.force_setattr(self, "start", self.start + 0.0)  # 0, 0.0 and -0.0 are one window


class Ask(msgspec.Struct, frozen=True, array_like=True):
    """Units of a window that a host wants, or gives back.

    Units are whole: contacts or seats; thousandths of a minute; hundredths of a cent.

    Attributes
    ----------
    window : Window
        Of which.
    units : int
        How many at most; below 0: so many are given back, as far as this host holds them.
    limit : int
        What may be granted in all, to all hosts.
    """

    window: Window
    units: int
    limit: int

    def __post_init__(self) -> None:
        if not -MOST_UNITS <= self.units <= MOST_UNITS:
            raise InputError("units", shown(self.units), f"at most {MOST_UNITS}")
        if not 0 <= self.limit <= MOST_UNITS:
            raise InputError("limit", shown(self.limit), f"0 to {MOST_UNITS}")


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What a store remembers, by name.

    Attributes
    ----------
    store : str
        A name that the store was given when it was made; empty for a host that has not seen any yet.
    epoch : int
        Goes up whenever the store turns out to have forgotten something.
    """

    store: str = ""
    epoch: int = 0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a host asks for at once.

    Attributes
    ----------
    host : str
        Who asks.
    number : int
        One more than that of the last request which was answered.
    mark : Mark
        That of the last answer.
    at : float
        Now, epoch seconds.
    asks : tuple of Ask
        Each for another window. None: only to be seen.
    """

    host: str
    number: int
    mark: Mark
    at: float
    asks: tuple[Ask, ...] = ()


class Moved(msgspec.Struct, frozen=True, array_like=True):
    """Units of a window that have changed hands.

    Attributes
    ----------
    window : Window
        Of which.
    units : int
        Granted to the host; below 0: taken back from it.
    """

    window: Window
    units: int


Standing = Literal["done", "learning", "declare", "outdated"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a request has come to.

    Attributes
    ----------
    standing : {"done", "learning", "declare", "outdated"}
        ``done``: see `moved`. ``learning``: nothing was granted, since the epoch is new; what was given back
        is in `moved`. ``declare``: the store does not know what this host holds, see `Store.declare`.
        ``outdated``: somebody has asked in this host's name since, with the higher number `number`.
    mark : Mark
        To be told with the next request, unless the host has to declare first.
    number : int
        Of this host's last request that was answered.
    moved : tuple of Moved
        What that request has moved, window by window: also where this is the second answer to it, whatever
        was asked the second time.
    until : float
        When learning ends, epoch seconds.
    """

    standing: Standing
    mark: Mark
    number: int
    moved: tuple[Moved, ...] = ()
    until: float = 0.0


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What a host holds, told to a store that does not know it.

    Attributes
    ----------
    host, number, mark, at
        As in a `Request`; the number is that of the last request which was answered, 0 for a new host.
    holds : tuple of Ask
        Of each window that has not ended, what it was granted in all, spent or not, less what it gave back.
    """

    host: str
    number: int
    mark: Mark
    at: float
    holds: tuple[Ask, ...] = ()


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """How a contact ended.

    Attributes
    ----------
    token : str
        By which it counts once, whichever host hands it over: 1 to 200 of ``A-Z a-z 0-9 . _ ~ -``.
    told : float
        When, epoch seconds.
    body : str
        All else that the keeper wants to find again, JSON.
    """

    token: str
    told: float
    body: str

    def __post_init__(self) -> None:
        if not is_token(self.token):
            raise InputError("token", shown(self.token), "1 to 200 of A-Z a-z 0-9 . _ ~ -")


def is_token(text: str) -> bool:
    """Whether a text may be the token of an outcome."""
    return _TOKEN.fullmatch(text) is not None


class Journaled(msgspec.Struct, frozen=True, array_like=True):
    """An outcome in the journal of the host that handed it over.

    Attributes
    ----------
    position : int
        Rises in that host's journal, not always by one.
    token, told, body
        As in `Outcome`.
    """

    position: int
    token: str
    told: float
    body: str


class Account(msgspec.Struct, frozen=True, array_like=True):
    """What a vendor's contacts have come to in a contract period, by the journal of one host.

    Attributes
    ----------
    host : str
        Whose journal.
    vendor : str
        Its name.
    period : float
        When the period began, epoch seconds; 0.0 for what has no period.
    upto : int
        Position of the last outcome that is in it.
    body : str
        Totals and usage as the keeper has them, JSON.
    """

    host: str
    vendor: str
    period: float
    upto: int
    body: str


class Counted(msgspec.Struct, frozen=True, array_like=True):
    """What is granted of a window: to all (`host` is empty) or to one host.

    Attributes
    ----------
    window : Window
        Of which.
    host : str
        To whom.
    units : int
        Granted and not given back.
    limit : int
        As it was told last.
    """

    window: Window
    host: str
    units: int
    limit: int


class Host(msgspec.Struct, frozen=True, array_like=True):
    """A host that a store knows.

    Attributes
    ----------
    name : str
        Its name.
    number : int
        Of its last request.
    seen : float
        When that was, epoch seconds.
    journal : int
        Position of its last outcome.
    """

    name: str
    number: int
    seen: float
    journal: int


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is granted, at one instant.

    Attributes
    ----------
    mark : Mark
        Of the store.
    until : float
        When it has learned, or had, epoch seconds.
    windows : tuple of Counted
        Granted to all, in order.
    holds : tuple of Counted
        Granted to each host, in order.
    hosts : tuple of Host
        By name.
    """

    mark: Mark
    until: float
    windows: tuple[Counted, ...]
    holds: tuple[Counted, ...]
    hosts: tuple[Host, ...]

    def trouble(self) -> list[str]:
        """What should not be.

        More granted than is allowed: the limit was lowered, or the store had forgotten grants when it gave
        others. Another sum than the hosts hold: the store is damaged.
        """
        held: dict[Window, int] = {}
        for hold in self.holds:
            held[hold.window] = held.get(hold.window, 0) + hold.units
        found = [
            f"{_named(window.window)}: {window.units} granted of {window.limit}"
            for window in self.windows
            if window.units > window.limit
        ]
        found += [
            f"{_named(window.window)}: {window.units} granted, the hosts hold {held.get(window.window, 0)}"
            for window in self.windows
            if window.units != held.get(window.window, 0)
        ]
        known = {window.window for window in self.windows}
        return found + [f"{_named(window)}: held, not granted" for window in held if window not in known]


class Store(Protocol):
    """Where a shared ledger keeps what must survive.

    Every method may raise `StoreAwayError`, within a few seconds, and changes all or nothing.
    Methods may be called from any thread and after a fork.
    """

    @property
    def where(self) -> str:
        """What it is, for messages: without a password."""

    def key(self) -> bytes:
        """32 random bytes, the same for all hosts and for ever, by which tokens are authenticated."""

    def exchange(self, request: Request) -> Answer:
        """Grant what is asked for as far as the limits allow, and take back what is given back."""

    def declare(self, declaration: Declaration) -> Answer:
        """Learn what a host holds; what is granted rises by what was not known. New hosts declare nothing."""

    def settle(self, host: str, outcomes: Sequence[Outcome], after: int) -> tuple[Journaled, ...]:
        """Add outcomes to a host's journal, those with a known token left out; see it after a position.

        Whoever counts what this returns, up to a position, and asks for what comes after it the next time,
        counts each outcome once, whatever was lost on the way and whoever stopped in between.
        """

    def journal(self, host: str, after: int) -> tuple[Journaled, ...]:
        """A host's outcomes after a position, in order, at most `MOST_ROWS`."""

    def known(self, tokens: Collection[str]) -> frozenset[str]:
        """Which of these tokens are in any journal."""

    def save(self, accounts: Sequence[Account]) -> None:
        """Keep these accounts, each in place of the one before, unless that was of more outcomes."""

    def accounts(self) -> tuple[Account, ...]:
        """All accounts of all hosts, in order."""

    def listing(self) -> Listing:
        """Everything that is granted."""

    def free(self, cap: str, seen_before: float) -> int:
        """Take back all units of one kind of cap from hosts not seen since an instant; how many.

        For seats alone, after the longest contact: all else that a lost host holds counts as spent. A host
        that comes back has to declare.
        """

    def forget(self, *, windows_before: float, outcomes_before: float) -> None:
        """Drop windows that began before an instant, and outcomes that were told before another.

        What has no window (start 0.0) stays, and so do accounts.
        """

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""


def _named(window: Window) -> str:
    return f"{window.vendor} {window.cap} {window.start:.0f}"
