"""What a host may still send: units are granted to slots, and what no slot holds is left.

A cap is not kept anywhere as a number that goes down. What is left of it is the cap less what all slots have
sent or hold in the window, so that a grant is one number written to one slot, and whoever is killed at any
point has left nothing by half. All of this needs the host's lock.

A grant is guided by what is left: large at first, single units at the end, so that nobody sits on much.
"""

from __future__ import annotations

from struct import Struct

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._given import WINDOWS_KEPT
from bporoute.routing.ledger._granted import SEATS, Granted
from bporoute.routing.ledger._locks import FIRST_SLOT, Locks
from bporoute.routing.ledger._open_shared import SharedContacts
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._slot import Slot, count_workers, finish, there_of

_NUMBER = Struct("=d")
MOST_GRANTED = 20.0
"""Units of a grant."""


def guided(left: float, workers: float) -> float:
    """Units that one of so many workers is granted where so many are left, whole ones.

    >>> [guided(left, 4) for left in (1000.0, 100.0, 9.5, 1.0, 0.9)]
    [20.0, 12.0, 1.0, 1.0, 0.0]
    """
    if left < 1.0:
        return 0.0
    return min(MOST_GRANTED, max(1.0, left // (2.0 * max(workers, 1.0))))


class Pools:
    """What all slots of a segment have sent and hold, as seen by one of them.

    Parameters
    ----------
    segment, locks, slot : Segment, Locks, Slot
        Where all is counted, and who looks.
    granted : Granted or None
        How much of a cap is this host's; None: all of it.
    """

    def __init__(self, segment: Segment, locks: Locks, slot: Slot, granted: Granted | None = None) -> None:
        self._granted = granted
        self._segment, self._locks, self._slot = segment, locks, slot
        self._slots, self._host = segment.slots, segment.host
        # Single numbers are read by these in a fifth of the time; a grant looks at some tens of them.
        views = ("usage", "others", "held", "seats", "start", "redo")
        self._sent, self._heard, self._held, self._seats, self._start, self._redo = (
            memoryview(segment.slots[field]) for field in views
        )
        self._past_at = layout.place(segment.record, "past_start")
        self._used, self._workers = memoryview(segment.host["used"]), memoryview(segment.host["workers"])
        self._both = np.concatenate([slot.places(field, slot.usage.size) for field in ("usage", "others")])

    @property
    def used(self) -> int:
        """Slots that anybody ever used."""
        return int(self._used[0])

    @property
    def workers(self) -> float:
        """Slots that were held when somebody counted."""
        workers: float = self._workers[0]
        return workers

    def mend(self) -> None:
        """Finish what was being written by whoever held the host's lock before, and was killed."""
        redo = self._redo
        for slot in range(self.used):
            if redo[slot]:
                finish(self._slots, slot, self._segment.flat(slot))

    def sent(self, row: int, window: int) -> float:
        """Contacts of all slots in the window in which this one counts now."""
        start = self._slot.start[row, window]
        slots, used = self._slots, self.used
        same = slots["start"][:used, row, window] == start
        mine = slots["usage"][:used, row, window] - slots["others"][:used, row, window]
        return (
            float(mine[same].sum()) + self._departed(row, window, start) + self._elsewhere(row, window, start)
        )

    def there(self, vendor: int) -> float:
        """Contacts of all slots that are with a vendor now."""
        slots, used, at = self._slots, self.used, columns.IN_FLIGHT
        here = (slots["usage"][:used, vendor, at] - slots["others"][:used, vendor, at]).sum()
        return float(here + self._host["there_elsewhere"][0, vendor])

    def left(self, row: int, window: int, cap: float) -> float:
        """Units of a cap that no slot has sent or holds in the window in which this one counts now."""
        start = float(self._slot.start[row, window])
        if self._granted is not None:
            cap = min(cap, self._granted.units(row, window, start))
        sent, heard, held, starts, taken = self._sent, self._heard, self._held, self._start, 0.0
        for slot in range(self.used):
            if starts[slot, row, window] == start:
                taken += max(sent[slot, row, window] - heard[slot, row, window], held[slot, row, window])
        return cap - taken - self._departed(row, window, start)

    def seats_left(self, vendor: int, capacity: float) -> float:
        """Places at a vendor at which nobody is and that no slot holds."""
        if self._granted is not None:
            capacity = min(capacity, self._granted.units(vendor, SEATS, 0.0))
        sent, heard, seats, at, taken = self._sent, self._heard, self._seats, columns.IN_FLIGHT, 0.0
        for slot in range(self.used):
            taken += max(sent[slot, vendor, at] - heard[slot, vendor, at], seats[slot, vendor])
        return capacity - taken

    def part_of(self, vendor: int, contacts: float, there: float) -> float:
        """Of so many contacts that may be with a vendor by minutes and money, the part of this host.

        `there` are those that are. What was left when the other hosts were heard is parted evenly among all,
        half of it at a time: they may have sent as much meanwhile.
        """
        slots, used, host, at = self._slots, self.used, self._host, columns.THIS_PERIOD
        mine = slots["usage"][:used, vendor, at] - slots["others"][:used, vendor, at]
        since = float((slots["before"][:used, vendor] + mine).sum() - host["sent_before"][0, vendor])
        parts = 1.0 if host["hosts"][0] == 1.0 else 2.0 * float(host["hosts"][0])
        return there + (contacts - there + since) / parts - since

    def in_purses(self, vendor: int) -> float:
        """Contacts that slots may still send by the minutes and money that they were granted."""
        slots, used, at = self._slots, self.used, columns.THIS_PERIOD
        ever = (
            slots["before"][:used, vendor]
            + slots["usage"][:used, vendor, at]
            - slots["others"][:used, vendor, at]
        )
        return float(np.maximum(slots["purse"][:used, vendor] - ever, 0.0).sum())

    def reap(self) -> None:
        """Take back what slots hold whose processes have ended; what they have sent stays counted."""
        slots = self._slots
        for number in range(self.used):
            if number == self._slot.number or not self._locks.take(FIRST_SLOT + number):
                continue
            mine = slots["usage"][number] - slots["others"][number]
            slots["held"][number, :, : layout.LIMITED] = np.minimum(
                slots["held"][number, :, : layout.LIMITED], mine[:, : layout.LIMITED]
            )
            slots["seats"][number] = np.minimum(slots["seats"][number], mine[:, columns.IN_FLIGHT])
            slots["purse"][number] = 0.0
            self._locks.leave(FIRST_SLOT + number)
        count_workers(self._segment, self._locks, self._slot.number)

    def end_adopted(self, now: float, lease: float, contacts: SharedContacts) -> None:
        """Have contacts be gone whose process has ended, once nobody told of them for a lease, seconds.

        Of those that tokens were given for it is known which they are, by `contacts`; of the others how many.
        """
        slots, own = self._slots, self._slot.number
        for number in range(self.used):
            lived = number != own
            if lived and not self._locks.take(FIRST_SLOT + number):
                continue
            usage, adopted, begun = slots["usage"][number], slots["adopted"][number], slots["adopted_at"]
            there, gone = (
                _by_vendor(each, len(adopted)) for each in contacts.left_by(slots, number, now, lease)
            )
            usage[:, columns.IN_FLIGHT] -= gone
            if np.isnan(begun[number]):
                if lived:
                    adopted[:] = np.maximum(there_of(slots, number) - there + gone, 0.0)
                if adopted.any():
                    begun[number] = now
            elif now - begun[number] > lease:
                usage[:, columns.IN_FLIGHT] -= adopted
                adopted[:], begun[number] = 0.0, np.nan
            if lived:
                self._locks.leave(FIRST_SLOT + number)

    def seen(self) -> tuple[Floats, Floats]:
        """What all have sent in the windows of this slot, (rows, windows), and what is there, (rows,)."""
        slots, used = self._slots, self.used
        mine = slots["usage"][:used] - slots["others"][:used]
        same = slots["start"][:used] == self._slot.start
        sent = np.where(same, mine[:, :, : layout.WINDOWS], 0.0).sum(axis=0) + self._all_departed()
        there = mine[:, :, columns.IN_FLIGHT].sum(axis=0) + self._host["there_elsewhere"][0]
        return sent + self._all_elsewhere(), there

    def refresh(self) -> None:
        """Have the slot's usage say what all have sent, with what the others hold of a cap.

        What the others hold counts as sent: where nothing is left, the count is the cap.
        """
        slot, slots, used = self._slot, self._slots, self.used
        mine = slots["usage"][:used] - slots["others"][:used]
        windows = mine[:, :, : layout.WINDOWS]
        same = slots["start"][:used] == slot.start
        counted = np.where(same, np.maximum(windows, slots["held"][:used]), 0.0)
        departed = self._all_departed() + self._all_elsewhere()
        others = np.zeros_like(slot.others)
        here = slot.number
        others[:, : layout.WINDOWS] = counted.sum(axis=0) - counted[here] + departed
        there = mine[:, :, columns.IN_FLIGHT]
        others[:, columns.IN_FLIGHT] = there.sum(axis=0) - there[here] + self._host["there_elsewhere"][0]
        usage = others + mine[here]
        # Squares do not add up: they are those of what all have sent.
        squares = float((usage[:-1, columns.CENTER_DAY] ** 2).sum())
        usage[-1, columns.ALL_SQUARES] = others[-1, columns.ALL_SQUARES] = squares
        slot.write_block(self._both, np.concatenate([usage.ravel(), others.ravel()]))

    def others_sent(self, row: int, window: int, start: float) -> float:
        """What the others have sent or hold of a window, by its start."""
        slots, used = self._slots, self.used
        same = slots["start"][:used, row, window] == start
        same[self._slot.number] = False
        mine = slots["usage"][:used, row, window] - slots["others"][:used, row, window]
        held = np.maximum(mine, slots["held"][:used, row, window])[same].sum()
        departed = self._departed(row, window, start) + self._elsewhere(row, window, start)
        own = self._slot.past_sent[row, window][self._slot.past_start[row, window] == start].sum()
        return float(held) + departed - float(own)

    def _departed(self, row: int, window: int, start: float) -> float:
        """Contacts sent in a window by slots that have left it."""
        used, number = self.used, _NUMBER.pack(start)
        at, has = self._past_at + (row * layout.WINDOWS + window) * WINDOWS_KEPT, self._segment.has
        if not any(has(slot, at, WINDOWS_KEPT, number) for slot in range(used)):  # as nearly always
            return 0.0
        there = self._slots["past_start"][:used, row, window] == start
        return float(self._slots["past_sent"][:used, row, window][there].sum())

    def _elsewhere(self, row: int, window: int, start: float) -> float:
        """Contacts that other hosts have sent in a window."""
        there = self._host["elsewhere_start"][0, row, window] == start
        return float(self._host["elsewhere"][0, row, window][there].sum())

    def _all_elsewhere(self) -> Floats:
        there = self._host["elsewhere_start"][0] == self._slot.start[:, :, None]
        found: Floats = np.where(there, self._host["elsewhere"][0], 0.0).sum(axis=2)
        return found

    def _all_departed(self) -> Floats:
        slots, used = self._slots, self.used
        there = slots["past_start"][:used] == self._slot.start[None, :, :, None]
        found: Floats = np.where(there, slots["past_sent"][:used], 0.0).sum(axis=(0, 3))
        return found


def _by_vendor(opened: Floats, rows: int) -> Floats:
    """Contacts of each row, of those of which each says the vendor's place + 1; kept ones are nobody's."""
    places = opened[(opened > 0.0) & (opened < rows)].astype(np.int64) - 1
    found: Floats = np.bincount(places, minlength=rows)[:rows].astype(np.float64)
    return found
