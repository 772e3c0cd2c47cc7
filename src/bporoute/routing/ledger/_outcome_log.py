"""How contacts ended, told by each process to the others: a ring in its slot, written before it is told of.

Every process reads the rings of all others and books what they tell as its own, so that bills, totals, what
was given of minutes and money, and the vendors' health are the same everywhere, a moment later.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.routing._outcome import OUTCOMES, Settled
from bporoute.routing.ledger import _layout as layout

if TYPE_CHECKING:
    from bporoute.routing.ledger._segment import Segment
    from bporoute.routing.ledger._slot import Slot

JUDGED = len(OUTCOMES)
"""In place of an outcome: how well the vendor served a contact."""
FEW = 8
"""Outcomes up to which each is told by itself: to look whether they are alike would take longer."""
_NAMES = layout.OUTCOME.names or ()
_PLACES = {name: place for place, name in enumerate(_NAMES)}
PERIOD, _ODD = _PLACES["period"], _PLACES["odd"]
_ALIKE = [_PLACES[name] for name in ("vendor", "queue", "type", "language", "outcome", "period")]
_FINITE = [place for name, place in _PLACES.items() if name not in ("wait", "odd")]
_LINE = Struct(f"={len(_NAMES)}d")
_NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES)}


class Booked(NamedTuple):
    """A contact that has ended at a vendor, and what that came to.

    Attributes
    ----------
    vendor : int
        Its place in the ledger; -1: the contact was kept.
    queue, contact_type, language : int
        Their marks, see `bporoute.routing.ledger._marks.mark_number`, which are the same whatever else a
        center has; -1: a type or language that it does not name.
    ended : Settled
        How it ended.
    at : float
        When that was told, epoch seconds.
    seconds, price : float
        What was billed.
    period : float
        When the contract period began in which that was, epoch seconds.
    luck : float
        In [0, 1): scatters a failing vendor's back-off.
    number, place : int
        Of the decision, and where it was open, see `bporoute.routing.ledger._open_shared`.
    """

    vendor: int
    queue: int
    contact_type: int
    language: int
    ended: Settled
    at: float
    seconds: float
    price: float
    period: float
    luck: float
    number: int
    place: int


class Judged(NamedTuple):
    """How well a vendor served a contact.

    Attributes
    ----------
    vendor : int
        Its place in the ledger.
    resolved : float
        Whether the customer's matter was resolved, 1 or 0; nan: unknown.
    satisfaction : float
        In [0, 1]; nan: unknown.
    """

    vendor: int
    resolved: float
    satisfaction: float


class Answered(NamedTuple):
    """Contacts of one kind that a vendor has answered, whose handle times are known, in the order told.

    Attributes
    ----------
    vendor, queue, contact_type, language, period
        Of all of them, as for `Booked`.
    lines : list of tuple
        Of each of them the numbers of its line, see `bporoute.routing.ledger._layout.OUTCOME`.
    """

    vendor: int
    queue: int
    contact_type: int
    language: int
    period: float
    lines: list[tuple[float, ...]]

    def each(self) -> Iterator[Booked | Judged | None]:
        """One after the other."""
        return map(_booked, self.lines)


class OutcomeLog:
    """The rings of a segment: one to write, the others to read.

    Parameters
    ----------
    segment, slot : Segment, Slot
        Where they are, and which is written here.
    read : sequence of float
        Outcomes of each slot that are known already.

    Attributes
    ----------
    told : memoryview
        One number: how many this slot has told ever; raised when one is complete.
    read : array, (slots,)
        How many of each are known.
    """

    def __init__(self, segment: Segment, slot: Slot, read: Sequence[float]) -> None:
        self._slots, self._host = segment.slots, segment.host
        rings = segment.slots["outcomes"]
        self._rings: Any = rings.view(np.float64).reshape(*rings.shape, len(_NAMES))
        self._ring: Any = memoryview(slot.outcomes.view(np.uint8))
        self.told: Any = memoryview(slot.single["told"])
        self.read: Floats = np.array(read, dtype=np.float64)

    def write(self, booked: Booked) -> float:
        """Have an outcome ready to be told; what `told` is to be for that."""
        vendor, queue, kind, language, ended, at, seconds, price, period, luck, number, place = booked
        head: float = self.told[0]
        _LINE.pack_into(
            self._ring, int(head) % layout.OUTCOMES * _LINE.size,
            number, vendor, queue, kind, language, _NUMBERS[ended.outcome], ended.sent, at, ended.wait,
            ended.handle, seconds, price, period, ended.odd, luck, place,
        )  # fmt: skip
        return head + 1.0

    def write_judged(self, judged: Judged) -> float:
        """Have told how well a vendor served; what `told` is to be for that."""
        head: float = self.told[0]
        _LINE.pack_into(
            self._ring, int(head) % layout.OUTCOMES * _LINE.size,
            0.0, judged.vendor, 0.0, 0.0, 0.0, JUDGED, 0.0, 0.0, judged.resolved, judged.satisfaction,
            *[0.0] * 6,
        )  # fmt: skip
        return head + 1.0

    @property
    def behind(self) -> bool:
        """Whether something was overwritten that is not known here."""
        heads = self._slots["told"][: int(self._host["used"][0])]
        return bool((heads - self.read[: len(heads)] >= layout.OUTCOMES).any())

    def news(self) -> Iterator[tuple[int, float, Booked | Judged | Answered | None]]:
        """What the others have told since: the slot, how many of it are known with this, and what.

        None where a line says nothing that anybody can have told. Where much was told, contacts that are
        alike are told together.
        """
        heads = self._slots["told"][: int(self._host["used"][0])]
        for slot in np.flatnonzero(heads != self.read[: len(heads)]).tolist():
            head = int(heads[slot])
            begin = max(int(self.read[slot]), head - layout.OUTCOMES + 1)
            copied = self._rings[slot, np.arange(begin, head) % layout.OUTCOMES]
            lost = max(int(self._slots["told"][slot]) - layout.OUTCOMES + 1 - begin, 0)  # meanwhile
            known = begin + lost
            for run, alike in _runs(copied[lost:]) if len(copied) - lost >= FEW else [(copied[lost:], False)]:
                lines = list(map(tuple, run.tolist()))
                if alike and len(lines) >= FEW:
                    known += len(lines)
                    _, vendor, queue, kind, language, *_ = map(int, lines[0][:5])
                    yield slot, float(known), Answered(vendor, queue, kind, language, lines[0][PERIOD], lines)
                    continue
                for told in lines:
                    known += 1
                    yield slot, float(known), _booked(told)


def _runs(lines: Floats) -> Iterator[tuple[Floats, bool]]:
    """Lines in pieces of one kind, and of each whether all are of answered contacts, see `Answered`."""
    answered = lines[:, _PLACES["outcome"]] == _NUMBERS["answered"]
    plain = answered & (lines[:, _ODD] == 0.0) & (lines[:, _PLACES["vendor"]] >= 0.0)
    plain &= (lines[:, _PLACES["queue"]] >= 0.0) & np.isfinite(lines[:, _FINITE]).all(axis=1)
    other = (lines[1:, _ALIKE] != lines[:-1, _ALIKE]).any(axis=1) | (plain[1:] != plain[:-1])
    begins = [0, *(np.flatnonzero(other) + 1).tolist(), len(lines)]
    for begin, end in pairwise(begins):
        yield lines[begin:end], bool(plain[begin])


def _booked(told: tuple[Any, ...]) -> Booked | Judged | None:
    """What a line of a ring says; None: nothing that anybody has told."""
    *numbers, sent, at, wait, handle, seconds, price, period, odd, luck, place = told
    if not all(map(math.isfinite, (*numbers, sent, at, seconds, price, period, luck, place))):
        return None
    number, vendor, queue, kind, language, outcome = map(int, numbers)
    if outcome == JUDGED:
        return Judged(vendor, wait, handle) if vendor >= 0 else None
    if not 0 <= outcome < len(OUTCOMES) or vendor < -1 or queue < 0:
        return None
    ended = Settled(OUTCOMES[outcome], wait, handle, sent, bool(odd))
    return Booked(vendor, queue, kind, language, ended, at, seconds, price, period, luck, number, int(place))
