"""A slot of the shared memory: taken by one process, written whole, and taken over when that process ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns
from bporoute.errors import InputError
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._locks import FIRST_SLOT, Locks
from bporoute.routing.ledger._segment import Segment

Write = tuple[str, int, float]
"""A field of a slot, the place in it (counted as if it had one dimension), and what is to stand there."""


class Slot:
    """The slot that this ledger counts in, with what whoever had it before has left in it.

    Parameters
    ----------
    segment, locks : Segment, Locks
        Where it is. The host's lock is held.

    Attributes
    ----------
    number : int
        Its place among the slots.
    usage, others, start, held, seats, purse, before : array
        See `bporoute.routing.ledger._layout.slot_record`; so are the others.
    past_start, past_sent, outcomes, adopted, ended : array
        Likewise.
    single : dict of str to array, (1,)
        The fields of one number.
    sent : memoryview
        `usage`, of which single numbers are read by it in a fifth of the time; so are the next.
    heard, units, places_held : memoryview
        `others`, `held` and `seats`.

    Raises
    ------
    InputError
        If all slots are taken.
    """

    def __init__(self, segment: Segment, locks: Locks) -> None:
        self.number = _free(locks)
        slots, host, here = segment.slots, segment.host, self.number
        self._flat = segment.flat(here)
        self._places = {name: layout.place(segment.record, name) for name in segment.record.names or ()}
        finish(slots, here, self._flat)
        self.usage: Floats = slots["usage"][here]
        self.others: Floats = slots["others"][here]
        self.start: Floats = slots["start"][here]
        self.held: Floats = slots["held"][here]
        self.seats: Floats = slots["seats"][here]
        self.purse: Floats = slots["purse"][here]
        self.before: Floats = slots["before"][here]
        self.adopted: Floats = slots["adopted"][here]
        self.past_start: Floats = slots["past_start"][here]
        self.past_sent: Floats = slots["past_sent"][here]
        self.outcomes: Any = slots["outcomes"][here]
        self.ended: Floats = slots["ended"][here]
        views: list[Any] = [self.usage, self.others, self.held, self.seats]
        seen: list[Any] = [memoryview(view) for view in views]
        self.sent, self.heard, self.units, self.places_held = seen
        self._redo: Any = slots["redo"][here : here + 1]
        self._redo_at, self._redo_value = slots["redo_at"][here], slots["redo_value"][here]
        self.single = {
            name: slots[name][here : here + 1] for name in ("adopted_at", "decisions", "told", "words")
        }
        there = there_of(slots, here)
        # Whoever had the slot has left them; those with tokens end by these, or by a lease of their own.
        opened = slots["open"][here][slots["open"][here][:, layout.NUMBER] != 0.0, layout.OPENED]
        given = opened[(opened > 0.0) & (opened < len(there))].astype(np.int64) - 1
        there = there - np.bincount(given, minlength=len(there))[: len(there)]
        adopted = np.maximum(there, 0.0)
        if (adopted > self.adopted).any():  # some are of another process than those that wait for their lease
            self.single["adopted_at"][0] = np.nan
        self.adopted[:] = adopted
        host["used"] = max(host["used"][0], here + 1)
        count_workers(segment, locks, here)

    def recall(self, sent: Iterable[tuple[int, int, float, float]]) -> None:
        """Have windows count as left, each a row, a number, a start and the contacts sent in it."""
        for row, window, start, contacts in sent:
            free = np.flatnonzero(np.isnan(self.past_start[row, window]))
            if free.size:
                self.past_start[row, window, free[0]] = start
                self.past_sent[row, window, free[0]] = contacts

    def mine(self, row: int) -> Floats:
        """What this slot has counted in the current windows of a row, and its contacts there."""
        found: Floats = self.usage[row] - self.others[row]
        return found

    def count(self, row: int, column: int) -> float:
        """One number of `mine`."""
        count: float = self.sent[row, column] - self.heard[row, column]
        return count

    def ever(self, vendor: int) -> float:
        """Contacts that it ever sent to a vendor."""
        at = columns.THIS_PERIOD
        return float(self.before[vendor] + self.usage[vendor, at] - self.others[vendor, at])

    def write(self, writes: Sequence[Write]) -> None:
        """Write several numbers of which a reader with the host's lock, and a successor, find all or none."""
        at = np.array([self._places[field] + place for field, place, _ in writes], dtype=np.int64)
        self.write_block(at, np.array([what for _, _, what in writes]))

    def write_block(self, at: Any, what: Any) -> None:
        """The same by places among all numbers of the slot, see `places`."""
        count = len(at)
        self._redo_at[:count] = at
        self._redo_value[:count] = what
        self._redo[0] = count
        self._flat[at] = what
        self._redo[0] = 0.0

    def places(self, field: str, count: int) -> Any:
        """The places of the first numbers of a field among all numbers of the slot."""
        return self._places[field] + np.arange(count)


def finish(slots: Any, slot: int, flat: Any) -> None:
    """Write once more what somebody who was killed had begun to write at once."""
    count = int(slots["redo"][slot])
    if count:
        flat[slots["redo_at"][slot][:count]] = slots["redo_value"][slot][:count]
        slots["redo"][slot] = 0.0


def there_of(slots: Any, slot: int) -> Floats:
    """Contacts by row that a slot has sent and that nobody has ended.

    What it counts to be there is less by those of other slots that it has ended, and not by those of its own
    that others have.
    """
    counted = slots["usage"][slot, :, columns.IN_FLIGHT] - slots["others"][slot, :, columns.IN_FLIGHT]
    found: Floats = counted + slots["ended"][slot].sum(axis=0) - slots["ended"][:, slot].sum(axis=0)
    return found


def count_workers(segment: Segment, locks: Locks, own: int) -> int:
    """How many slots are held just now, this one among them; noted for everybody."""
    used = int(segment.host["used"][0])
    workers = 1 + sum(locks.taken(FIRST_SLOT + slot) for slot in range(used) if slot != own)
    segment.host["workers"] = workers
    return workers


def _free(locks: Locks) -> int:
    for slot in range(layout.SLOTS):
        if locks.take(FIRST_SLOT + slot):
            return slot
    raise InputError("ledger", f"{layout.SLOTS} processes that share it", "no more than that")
