"""What the other hosts of a store have counted: told there by each of them, read by all.

Each host has an account of its own for every vendor, which it writes anew each second, so that nothing is
ever added up twice; all that the others have is the sum of theirs.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.files import write_whole
from bporoute._kernels.routing import columns
from bporoute.contracts._increment import Increment
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._accounts import BY_TERMS, COUNTED, Accounts, Billed, Sent, all_sent, load
from bporoute.routing.ledger._given import Given
from bporoute.routing.ledger._locks import Locks
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._store import LEASE, Account, Store
from bporoute.routing.ledger._totals import Totals

CENTER = ""
"""In place of a vendor's name: the row of the whole center."""
PATIENCE = 0.5
"""Seconds that the processes of the host are waited for."""
LONGEST = 4 * 3600.0
"""Seconds after which contacts of a host that tells nothing any more are taken to have ended."""
LEFT = "left-{}.json"
"""Accounts of a host that is no more, as they were when the machine ended; its name is in the file's."""


class Told(msgspec.Struct, frozen=True):
    """What one host, or several, tell of a vendor.

    Attributes
    ----------
    totals : Totals
        What its contacts have come to.
    bills : tuple of Billed
        By contract period.
    given : tuple
        By window and its start, what contacts have come to.
    sent : tuple of Sent
        By window and its start; the row says nothing.
    there : float
        Contacts that are there.
    turns : int
        How often it was told.
    """

    totals: Totals = Totals()
    bills: tuple[Billed, ...] = ()
    given: tuple[tuple[tuple[float, Given], ...], ...] = ()
    sent: tuple[Sent, ...] = ()
    there: float = 0.0
    turns: int = 0

    def plus(self, other: Told) -> Told:
        """Both together."""
        totals = [
            getattr(self.totals, name) + getattr(other.totals, name) for name in Totals.__struct_fields__
        ]
        bills = {each.period: each for each in self.bills}
        for each in other.bills:
            bills[each.period] = bills[each.period].plus(each) if each.period in bills else each
        sent = {(each.window, each.start): each.sent for each in self.sent}
        for told in other.sent:
            key = told.window, told.start
            sent[key] = sent.get(key, 0.0) + told.sent
        return Told(
            Totals(*totals),
            tuple(bills.values()),
            _given(self.given, other.given),
            tuple(Sent(0, *key, contacts) for key, contacts in sent.items()),
            self.there + other.there,
        )

    def of(self, window: int, start: float) -> Given:
        """What was given in a window."""
        return dict(self.given[window]).get(start, Given()) if window < len(self.given) else Given()

    def billed(self, period: float) -> Billed | None:
        """What was done in a contract period."""
        return next((each for each in self.bills if each.period == period), None)


_ByWindow = tuple[tuple[tuple[float, Given], ...], ...]


def _given(one: _ByWindow, other: _ByWindow) -> _ByWindow:
    if not one or not other:
        return one or other
    found = [dict(each) for each in one]
    for by_start, theirs in zip(found, other, strict=True):
        for start, given in theirs:
            known = by_start.get(start, Given())
            by_start[start] = Given(*(a + b for a, b in zip(known, given, strict=True)))
    return tuple(tuple(each.items()) for each in found)


class _Other(NamedTuple):
    """Another host: how often it has told, how often when what is left was parted, when it told last.

    That is `at`, -inf if it was never heard to; `since` it may have contacts that are there.
    """

    turns: int
    parted: int
    at: float
    since: float


class Elsewhere:
    """What one host tells the others by way of the store, and hears of them.

    Parameters
    ----------
    segment, locks : Segment, Locks
        Of the host; the locks are this one's own.
    store : Store
        Where it is told.
    folder : Path
        Where the accounts of the host are.
    """

    def __init__(self, segment: Segment, locks: Locks, store: Store, folder: Path) -> None:
        self._segment, self._locks, self._vendors, self._store = segment, locks, segment.vendors, store
        self._folder, self._saved, self._heard = folder, dict[str, Account](), b""
        self._turns = 0
        self._others: dict[str, _Other] = {}

    def exchange(self) -> None:
        """Tell what this host has counted, and hear what the others have."""
        for file in self._folder.glob(LEFT.format("*")):
            self._tell_of(file)
        accounts = load(self._folder / "accounts.json", self._vendors)
        told = _told(self._vendors, accounts, all_sent(self._segment), self._there())
        self._turns += 1
        told[CENTER] = msgspec.structs.replace(told[CENTER], turns=self._turns)
        upto = 0 if accounts is None else int(sum(accounts.read))
        self._save(self._segment.name, told, upto)
        self._hear(each for each in self._store.accounts() if each.host != self._segment.name)

    def _tell_of(self, file: Path) -> None:
        """Tell of a host that is no more what it could not tell itself."""
        accounts = load(file, self._vendors)
        if accounts is not None:
            told = _told(self._vendors, accounts, accounts.sent, np.zeros(len(self._vendors) + 1))
            self._save(file.stem.partition("-")[2], told, int(sum(accounts.read)))
        file.unlink()

    def _there(self) -> Floats:
        slots, used = self._segment.slots, int(self._segment.host["used"][0])
        at = columns.IN_FLIGHT
        found: Floats = (slots["usage"][:used, :, at] - slots["others"][:used, :, at]).sum(axis=0)
        return found

    def _save(self, host: str, told: dict[str, Told], upto: int) -> None:
        accounts = [
            Account(host, name, 0.0, upto, msgspec.json.encode(each).decode()) for name, each in told.items()
        ]
        news = [each for each in accounts if self._saved.get(each.vendor) != each]
        if news:
            self._store.save(news)
            self._saved.update((each.vendor, each) for each in news)

    def _hear(self, accounts: Iterable[Account]) -> None:
        """Write what the others tell to where the processes of this host find it."""
        found = {name: Told() for name in (*self._vendors, CENTER)}
        for account in accounts:
            told = msgspec.json.decode(account.body, type=Told)
            if account.vendor == CENTER:
                self._note_turns(account.host, told.turns)
            other = self._others.get(account.host)
            if other is not None and other.since < time.monotonic() - LONGEST:
                told = msgspec.structs.replace(told, there=0.0)
            if account.vendor in found:
                found[account.vendor] = found[account.vendor].plus(told)
        text = msgspec.json.encode(found)
        news = text != self._heard
        if news:
            write_whole(self._folder / "elsewhere.json", text, "ledger", private=True)
        with self._locks.holding(PATIENCE) as held:
            if held:
                self._note([found[name] for name in (*self._vendors, CENTER)])
                self._segment.host["read_elsewhere"][0] += news
                self._heard = text

    def _note_turns(self, host: str, turns: int) -> None:
        """Note that another host was heard, and whether it has told anything since."""
        other, now = self._others.get(host), time.monotonic()
        if other is None:  # it may have ended long ago
            self._others[host] = _Other(turns, turns, -math.inf, now)
        elif other.turns != turns:
            self._others[host] = other._replace(turns=turns, at=now, since=now)

    def _part(self) -> bool:
        """Whether what is left may be parted anew: the others know of what this host has sent of its part.

        Each of them has told twice since it was parted last: for the second time what it sent of its own.
        """
        since = time.monotonic() - LEASE
        if any(each.at > since and 0 <= each.turns - each.parted < 2 for each in self._others.values()):
            return False
        self._others = {host: each._replace(parted=each.turns) for host, each in self._others.items()}
        return True

    def _note(self, found: Sequence[Told]) -> None:
        """Note in the memory of the host what was sent elsewhere; the host's lock is held."""
        host, slots = self._segment.host, self._segment.slots
        starts, sent = host["elsewhere_start"][0], host["elsewhere"][0]
        starts[:], sent[:] = np.nan, 0.0
        for row, told in enumerate(found):
            host["there_elsewhere"][0, row] = told.there
            by_window: dict[int, list[Sent]] = {}
            for each in told.sent:
                by_window.setdefault(each.window, []).append(each)
            for window, those in by_window.items():
                latest = sorted(those, key=lambda one: one.start)[-layout.GRANTED_KEPT :]
                for place, one in enumerate(latest):
                    starts[row, window, place], sent[row, window, place] = one.start, one.sent
        used, at = int(host["used"][0]), columns.THIS_PERIOD
        mine = slots["usage"][:used, :-1, at] - slots["others"][:used, :-1, at]
        if self._part():
            host["sent_before"][0] = (slots["before"][:used, :-1] + mine).sum(axis=0)


def _told(
    vendors: tuple[str, ...], accounts: Accounts | None, sent: Iterable[Sent], there: Floats
) -> dict[str, Told]:
    by_row: dict[int, list[Sent]] = {}
    for each in sent:
        by_row.setdefault(each.row, []).append(Sent(0, each.window, each.start, each.sent))
    found = {}
    for row, name in enumerate((*vendors, CENTER)):
        counted = tuple(by_row.get(row, ()))
        if accounts is None or row == len(vendors):
            found[name] = Told(sent=counted, there=float(there[row]))
        else:
            found[name] = Told(
                accounts.totals[row], accounts.bills[row], accounts.given[row], counted, float(there[row])
            )
    return found


def left_by(folder: Path, accounts: Accounts) -> Path:
    """Where the accounts of a host are kept that is no more, until the others know them."""
    return folder / LEFT.format(accounts.host or secrets.token_hex(8))


def read_elsewhere(folder: Path, vendors: tuple[str, ...]) -> list[Told]:
    """What the other hosts tell of each vendor, as it was heard last."""
    try:
        found = msgspec.json.decode((folder / "elsewhere.json").read_bytes(), type=dict[str, Told])
    except (OSError, msgspec.DecodeError, InputError):
        found = {}
    return [found.get(name, Told()) for name in vendors]


def onto(bill: PeriodUsage, theirs: Billed | None) -> PeriodUsage:
    """A bill of this host with what the others have done in the same period, numbered on from it."""
    if theirs is None:
        return bill
    nothing = msgspec.structs.replace(
        bill, **dict.fromkeys(COUNTED, 0.0), **{name: (0.0,) * len(getattr(bill, name)) for name in BY_TERMS}
    )
    counts, units = dict(zip(COUNTED, theirs.counts, strict=True)), theirs.onto(nothing).units
    return bill.plus(Increment(**counts, units=units), 1.0)
