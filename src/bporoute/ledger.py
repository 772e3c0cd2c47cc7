"""What has been sent to whom: counted windows, contacts in flight, money spent. The truth that must survive.

This ledger lives in memory. Its counters are an array that the decision kernel reads and raises; a
window that ends is put aside under its own start, so that a clock that steps back finds it again.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._kernels import decision as codes
from bporoute.arrays import Floats
from bporoute.calendar import Windows

WINDOWS_KEPT = 48
SETTLED = ("answered", "abandoned", "failed", "waited", "handled", "spent")


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one vendor has been given.

    Attributes
    ----------
    this_hour, today, this_period : int
        Contacts sent in the current clock hour, day and contract period.
    in_flight : int
        Contacts sent and not settled.
    answered, abandoned, failed : int
        Contacts settled so far, by outcome.
    waited, handled : float
        Seconds that the answered ones waited and were handled, as far as they were told.
    spent : float
        Money for the contacts settled so far.
    """

    this_hour: int
    today: int
    this_period: int
    in_flight: int
    answered: int
    abandoned: int
    failed: int
    waited: float
    handled: float
    spent: float


_LEDGERS: weakref.WeakSet[Ledger] = weakref.WeakSet()
_held: list[Ledger] = []


def _hold_all() -> None:
    """No thread may be in the middle of a decision while the process forks: its child would wait for ever."""
    for ledger in list(_LEDGERS):
        ledger.lock.acquire()
        _held.append(ledger)


def _release_all() -> None:
    while _held:
        _held.pop().lock.release()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(before=_hold_all, after_in_parent=_release_all, after_in_child=_release_all)


class Sent(NamedTuple):
    """An open decision: the vendor, and how many contacts of the period it had been sent before."""

    vendor: int
    before: int


class Ledger:
    """Counts per vendor, in memory. One ledger serves one center; routers that share it share its caps.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger.open_for(("nord",))
    >>> ledger.usage("nord").today
    0
    """

    def __init__(self) -> None:
        self.counters: Floats = np.zeros((0, codes.USAGE_COLUMNS))
        self._vendors: tuple[str, ...] = ()
        self._starts: list[list[float]] = []
        self._past: list[list[dict[float, float]]] = []
        self._settled: list[dict[str, float]] = []
        self._open: dict[int, Sent] = {}
        self._decisions = 0
        self.lock = threading.Lock()
        """Held by a router while it decides and reserves."""
        _LEDGERS.add(self)
        self.changes = 0
        """Raised when a tier or a cap is used up; routers that share the ledger look at it."""

    def open_for(self, vendors: tuple[str, ...]) -> None:
        """Make room for these vendors; what is already counted stays.

        Raises
        ------
        ValueError
            If the ledger already counts for other vendors.
        """
        if self._vendors and self._vendors != vendors:
            raise ValueError(f"this ledger counts for {self._vendors}, not for {vendors}")
        if self._vendors == vendors:
            return
        self._vendors = vendors
        self.counters = np.zeros((len(vendors), codes.USAGE_COLUMNS))
        self._starts = [[math.nan] * codes.WINDOWS for _ in vendors]
        self._past = [[{} for _ in range(codes.WINDOWS)] for _ in vendors]
        self._settled = [dict.fromkeys(SETTLED, 0.0) for _ in vendors]

    def enter(self, vendor: int, windows: Windows) -> None:
        """Count into these windows from now on."""
        for window, start in enumerate(windows):
            current = self._starts[vendor][window]
            if start == current:
                continue
            past = self._past[vendor][window]
            if self.counters[vendor, window] > 0.0:
                past[current] = self.counters[vendor, window]
                while len(past) > WINDOWS_KEPT:
                    del past[min(past)]
            self.counters[vendor, window] = past.pop(start, 0.0)
            self._starts[vendor][window] = start

    def number(self) -> int:
        """The next decision's number."""
        self._decisions += 1
        return self._decisions

    def open(self, decision: int, vendor: int) -> None:
        """Note that a decision went to a vendor and waits to be settled."""
        self._open[decision] = Sent(vendor, int(self.counters[vendor, codes.WINDOWS - 1]) - 1)

    def close(self, decision: int) -> Sent | None:
        """The note of an open decision, now closed; None if it was kept, settled before, or not ours."""
        sent = self._open.pop(decision, None)
        if sent is not None:
            there = self.counters[sent.vendor, codes.IN_FLIGHT]
            self.counters[sent.vendor, codes.IN_FLIGHT] = max(there - 1.0, 0.0)
        return sent

    def settle(self, vendor: int, outcome: str, waited: float, handled: float, money: float) -> None:
        """Add an outcome to what a vendor has done and is owed."""
        settled = self._settled[vendor]
        settled[outcome] += 1
        settled["waited"] += waited
        settled["handled"] += handled
        settled["spent"] += money

    def usage(self, vendor: str) -> Usage:
        """What a vendor has been given."""
        place = self._vendors.index(vendor)
        hour, day, period, in_flight = (int(count) for count in self.counters[place])
        settled = self._settled[place]
        return Usage(
            this_hour=hour,
            today=day,
            this_period=period,
            in_flight=in_flight,
            answered=int(settled["answered"]),
            abandoned=int(settled["abandoned"]),
            failed=int(settled["failed"]),
            waited=settled["waited"],
            handled=settled["handled"],
            spent=settled["spent"],
        )
