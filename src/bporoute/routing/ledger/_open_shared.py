"""What is open, in the memory that processes share: whoever has a token ends its contact, whichever decided.

A contact is there once somebody has asked its token; one that nobody else can know of needs no place. Whoever
ends it holds the lock of its place, writes down by which outcome of his own it ends, and then tells that
outcome, by one number. So it has ended if that was told, however far somebody came who was killed.
"""

from __future__ import annotations

import threading
from itertools import count
from struct import Struct
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns
from bporoute.routing._tables._page import Page
from bporoute.routing._token import Refused
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._layout import AT, CLAIM, COUNT_BITS, NUMBER, OPENED, slot_of
from bporoute.routing.ledger._locks import FIRST_CONTACT, Locks
from bporoute.routing.ledger._open import NOWHERE, Claim, Found, OpenContacts
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._slot import Slot

TRIES = 64
"""Places that are looked at for a free one."""
PATIENCE = 0.05
"""Seconds that one waits for somebody who is ending the same contact: some millionths."""


_REST = Struct("=3d")
"""A place but for its number, which stands first."""
PLACE_BYTES, REST_AT = 32, 8


class _Kept(NamedTuple):
    """A decision of this process whose token somebody has asked: its place, and where it is noted."""

    place: int
    line: int
    at: float
    page: ref[Page]
    opened: Floats


class SharedContacts(OpenContacts):
    """As `OpenContacts`, for all processes of a host."""

    def __init__(self) -> None:
        super().__init__()
        self._locks: Locks | None = None
        self._open: Any = None
        self._own: Any = None
        """The places of this process, in bytes."""
        self._told: Any = None
        self._slot = layout.NO_SLOT
        self._cursor = count()
        self._mine: dict[int, _Kept] = {}
        """The decisions of this process, by their numbers."""
        self._before: dict[int, int] = {}
        """Places of those that were made before it was forked."""
        self._left_locked = -1
        self._ending = 0
        """The decision whose contact this process is just ending."""
        self._own_lock: Any = threading.RLock()

    def begin(self, segment: Segment, locks: Locks, slot: Slot, own_lock: Any) -> None:
        """Keep what is open in a slot from now on; the host's lock is held.

        `own_lock` is the ledger's, held by whoever ends a contact: nobody gets a token of it meanwhile.
        What its process of before was ending when it was killed has not ended.
        """
        slots = segment.slots
        if slot.number != self._slot:  # forked: those are the parent's
            self._before |= {number: kept.place for number, kept in self._mine.items()}
            self._mine = {}
        self._locks, self._slot = locks, slot.number
        own: Any = slots["open"][slot.number]
        self._open, self._told = memoryview(slots["open"]), memoryview(slots["told"])
        self._own = memoryview(own).cast("B")
        head = int(self._told[slot.number])
        begun = slot.outcomes[head % layout.OUTCOMES]
        number, place = int(begun["number"]), int(begun["place"])
        if number and place < layout.OPEN_PLACES and slot_of(number) < layout.SLOTS:
            where = slot_of(number), place
            at = FIRST_CONTACT + where[0] * layout.OPEN_PLACES + place
            if locks.take(at):
                if self._open[(*where, CLAIM)] == _claimed(slot.number, head + 1):
                    self._open[(*where, CLAIM)] = 0.0
                locks.leave(at)

    def leave(self) -> None:
        """Have no slot."""
        self._locks, self._slot = None, layout.NO_SLOT

    @property
    def sees_all(self) -> bool:  # type: ignore[override]
        """Whether what is open of every process can be found just now: with a slot."""
        return self._locks is not None

    # --- tokens are given -----------------------------------------------------------------------------

    def keep(self, page: Page, line: int) -> int:
        """Have a decision be found by its number and the place that is answered, by every process."""
        number = page.first + line
        known = self._mine.get(number)
        if known is not None:
            return known.place
        with self._own_lock:
            known = self._mine.get(number)
            return self._placed(page, line, number) if known is None else known.place

    def _placed(self, page: Page, line: int, number: int) -> int:
        """The place of a decision that had none; the ledger's lock is held."""
        place, opened, ending = NOWHERE, page.open[line], number == self._ending
        at: float = page.told[line, page.ways, columns.AT]
        super().keep(page, line)
        if opened != 0.0 and not ending and self._locks is not None and slot_of(number) == self._slot:
            place = self._free()
            if place != NOWHERE:
                _REST.pack_into(self._own, place * PLACE_BYTES + REST_AT, at, opened, 0.0)
                self._open[self._slot, place, NUMBER] = number  # last: it is found from here on
        self._mine[number] = _Kept(place, line, at, ref(page), page.opened)
        return place

    def _free(self) -> int:
        """A place where nothing is open."""
        table, slot = self._open, self._slot
        for _ in range(TRIES):
            place = next(self._cursor) % layout.OPEN_PLACES
            if table[slot, place, NUMBER] == 0.0:
                return place
        return NOWHERE

    # --- tokens come back -----------------------------------------------------------------------------

    def find(self, number: int, place: int, at: float) -> Found | None:
        """What is kept of a decision made at an instant, by whichever process; None if nothing is."""
        mine = self._mine.get(number)
        if mine is not None:
            return super().find(number, mine.line, at)
        slot = slot_of(number)
        if self._locks is None or slot >= layout.SLOTS or place >= layout.OPEN_PLACES:
            return None
        if self._open[slot, place, NUMBER] != number or (at == at and self._open[slot, place, AT] != at):
            return None
        opened = np.array([self._open[slot, place, OPENED]])
        return Found(Page.to_settle(number, at, opened, place=place), 0)

    def claim(self, page: Page, line: int) -> Claim | Refused:
        """The right to end a contact, or why there is none: it has ended, or somebody is just ending it."""
        number = page.first + line
        locks, slot, place, self._ending = self._locks, slot_of(number), page.place, number
        if place < 0:
            mine = self._mine.get(number)
            place = self._before.get(number, NOWHERE) if mine is None else mine.place
        if place == NOWHERE:
            # Nobody else can know of it, but whoever has forked: then it is his.
            return Claim(self, number, NOWHERE) if slot in (self._slot, layout.NO_SLOT) else "settled"
        if locks is None:
            return "busy"
        if self._left_locked >= 0:  # by somebody who was interrupted
            locks.leave(self._left_locked)
        at = self._left_locked = FIRST_CONTACT + slot * layout.OPEN_PLACES + place
        held = locks.take_within(at, PATIENCE)
        if self._open[slot, place, NUMBER] == number and not self._ends(slot, place):
            if held:
                return Claim(self, number, place)
            self._left_locked = -1
            return "busy"
        self.let_go()
        return "settled"

    def let_go(self) -> None:
        """Give up whatever right somebody was about to get who was interrupted."""
        if self._left_locked >= 0 and self._locks is not None:
            self._locks.leave(self._left_locked)
        self._left_locked, self._ending = -1, 0

    def _ends(self, slot: int, place: int) -> bool:
        """Whether the outcome was told by which a contact is to end; its lock is held."""
        who, told = divmod(int(self._open[slot, place, CLAIM]), 1 << COUNT_BITS)
        return told > 0 and self._told[who] >= told

    def note(self, claim: Claim, told: float) -> None:
        """See `Claim.by`."""
        if claim.place != NOWHERE:
            self._open[slot_of(claim.number), claim.place, CLAIM] = _claimed(self._slot, told)

    def give_up(self, claim: Claim, ended: bool) -> None:
        """See `Claim.end`."""
        if claim.place != NOWHERE and self._locks is not None:
            self._open[slot_of(claim.number), claim.place, NUMBER if ended else CLAIM] = 0.0
        self.let_go()
        if ended:
            self._mine.pop(claim.number, None)

    def heard(self, number: int) -> Found | None:
        """Where a decision of this process is noted whose contact has ended elsewhere; None: nowhere here."""
        mine = self._mine.get(number)
        return None if mine is None else super().find(number, mine.line, float("nan"))

    def forget(self, number: int) -> None:
        """A contact has ended elsewhere, and that is known here."""
        mine = self._mine.get(number)
        if mine is not None:
            mine.opened[mine.line] = 0.0
            page = mine.page()
            if page is not None:
                page.mark(mine.line, settled=True, opened=0.0)
            self._free_ended(number, mine.place)
            self._mine.pop(number, None)

    def _free_ended(self, number: int, place: int) -> None:
        """Give up the place of a contact that has ended where whoever ended it came no further."""
        slot, locks = slot_of(number), self._locks
        if locks is None or place == NOWHERE or self._open[slot, place, NUMBER] != number:
            return
        at = FIRST_CONTACT + slot * layout.OPEN_PLACES + place
        if locks.take(at):
            if self._ends(slot, place):
                self._open[slot, place, NUMBER] = 0.0
            locks.leave(at)

    def end_leases(self, now: float) -> None:
        """Give up the places of decisions of this process whose tokens have expired.

        Whatever was ended elsewhere until then is no longer open on its page.
        """
        for number, mine in list(self._mine.items()):
            if not now - mine.at > self.lease:
                return
            if self._has_ended(number, mine.place):
                self.forget(number)
            else:
                self._mine.pop(number, None)

    def _has_ended(self, number: int, place: int) -> bool:
        """Whether a contact has ended elsewhere; from here on nobody ends it any more by its token."""
        slot, locks = slot_of(number), self._locks
        if place == NOWHERE or locks is None:
            return False
        if self._open[slot, place, NUMBER] != number:
            return True
        at = FIRST_CONTACT + slot * layout.OPEN_PLACES + place
        if not locks.take_within(at, PATIENCE):
            return False
        ended = self._open[slot, place, NUMBER] != number or self._ends(slot, place)
        if self._open[slot, place, NUMBER] == number:
            self._open[slot, place, NUMBER] = 0.0
        locks.leave(at)
        return ended

    def left_by(self, slots: Any, slot: int, now: float, lease: float) -> tuple[Any, Any]:
        """Of a slot's contacts that no living process knows: those there, and those for longer than a lease.

        Each is the vendor's place + 1, as `Page.opened` says; the latter are gone from here on.
        The slot's own lock is held.
        """
        table = slots["open"][slot]
        there = table[:, NUMBER] != 0.0
        if slot == self._slot:
            there &= ~np.isin(table[:, NUMBER], np.array([*self._mine], dtype=np.float64))
        gone = []
        for place in np.flatnonzero(there & (now - table[:, AT] > lease)).tolist():
            at = FIRST_CONTACT + slot * layout.OPEN_PLACES + place
            if self._locks is not None and self._locks.take(at):
                if table[place, NUMBER] != 0.0:
                    if not self._ends(slot, place):
                        gone.append(table[place, OPENED])
                    table[place, NUMBER] = 0.0
                self._locks.leave(at)
        return table[there, OPENED], np.array(gone)


def _claimed(slot: int, told: float) -> float:
    return float((slot << COUNT_BITS) + int(told))
