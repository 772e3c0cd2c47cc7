"""A page: what the kernel noted on some hundred decisions, one line each, kept while anybody holds one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import columns
from bporoute._kernels.routing.records import Lines

UNSEEN = -1.0
"""What `Page.opened` holds of a contact that was kept by a snapshot."""
_NOTHING_NOTED: Floats = np.full((1, 1, columns.PAGE_COLUMNS), math.nan)
"""The numbers of a decision of which nothing is known."""

Undecided = tuple[Any, Any, "Page", int, int, float | None, float, Any, Any, Any]
"""An interrupted decision, as ``undecided`` of the tables holds it."""


def line_bytes(ways: int) -> int:
    """Bytes of the evidence of a decision with so many ways."""
    return (ways + 1) * columns.PAGE_COLUMNS * np.dtype(float).itemsize


class Page:
    """Room for the evidence of `lines` decisions; without `evidence`, only for what becomes of them.

    Attributes
    ----------
    first : int
        Number of the decision on line 0; 0 if nothing here is reserved (previews).
    numbers : array, (lines, ways + 1, columns)
        As `bporoute._kernels.routing.columns` says; only the ways that a profile has are ever written.
    at : array, (lines,)
        When each was reserved, epoch seconds; inf where nothing was.
    ways : int
        Ways that there is room for; the row after them is the state's.
    place : int
        Where a ledger that processes share keeps that it is open, of a decision that another process has made
        and that was found by its token; -1: it was made here.
    told, open, head : memoryview
        `numbers`, `opened` and `header`.
    opened : array, (lines,)
        Place of the vendor in the ledger + 1 of each contact that is sent out and not settled; ``codes.KEPT``
        less what stands for the queue of one that is kept and not settled; `UNSEEN` of one that was kept by a
        snapshot; else 0.
    """

    __slots__ = (
        "__weakref__",
        "_packed",
        "address",
        "at",
        "first",
        "head",
        "header",
        "numbers",
        "open",
        "opened",
        "place",
        "told",
        "ways",
    )

    def __init__(self, lines: int, ways: int, first: int, *, evidence: bool = True) -> None:
        self.first = first
        self.numbers: Floats = np.empty((lines if evidence else 0, ways + 1, columns.PAGE_COLUMNS))
        self.at: Floats = np.full(lines, np.inf)
        self.opened: Floats = np.zeros(lines)
        self.header = np.array([lines, 0, first > 0], dtype=np.int64)
        header: Any = self.header
        self.head: Any = memoryview(header)
        self._see()
        self.place = -1
        self._packed = Packed(Lines)
        self.address = self._packed.keep(Lines(self.numbers, self.opened, self.at, self.header))

    @classmethod
    def to_settle(
        cls, number: int, at: float, opened: Floats, state: Floats | None = None, place: int = -1
    ) -> Page:
        """A page of one line with what settling needs to know of a decision, and no more than that.

        `state` is its state row, if that is known.
        """
        page = cls.__new__(cls)  # no kernel reads it: nothing is packed
        page.first, page.opened, page.place = number, opened, place
        page.numbers = _NOTHING_NOTED.copy()
        if state is not None:
            page.numbers[0, -1] = state
        page._see()
        page.told[0, 0, columns.AT], page.told[0, 0, columns.UNSETTLED] = at, 1.0
        return page

    def _see(self) -> None:
        """Make what single numbers are read by, three times as quickly as from an array."""
        self.ways = self.numbers.shape[1] - 1
        numbers: Any = self.numbers
        opened: Any = self.opened
        self.told: Any = memoryview(numbers)
        self.open: Any = memoryview(opened)

    @property
    def lines(self) -> int:
        """How many decisions it holds."""
        return int(self.header[columns.HEADER_LINES])

    @property
    def used(self) -> int:
        """Lines taken."""
        return int(self.header[columns.HEADER_USED])

    @property
    def full(self) -> bool:
        """Whether every line is taken."""
        return bool(self.header[columns.HEADER_USED] >= self.header[columns.HEADER_LINES])

    def sent_at(self, now: float) -> Floats:
        """When each decision was made, epoch seconds; `now` where that is not noted."""
        return np.where(np.isfinite(self.at), self.at, now)

    def line_of(self, undecided: Undecided) -> int:
        """The line of a decision that was interrupted; -1 if it has got none.

        Where nobody has kept others off, another thread may have got one meanwhile: it has another time or
        luck, unless a clock tells both the same time.
        """
        first, end, now, luck = undecided[3:7]
        if now is None:
            return end - 1
        states = self.numbers[first:end, -1]
        found = np.flatnonzero((states[:, columns.AT] == now) & (states[:, columns.NOTED_LUCK] == luck))
        return first + int(found[0]) if len(found) else -1

    def keep_unseen(self, line: int) -> None:
        """A contact was kept by a snapshot; the live state knows nothing of it."""
        self.opened[line] = UNSEEN

    def unsettled(self, line: int) -> bool:
        """Whether a decision was reserved and nobody has settled it yet."""
        return self.first > 0 and self.told[line, self.ways, columns.UNSETTLED] != 0.0

    def opened_at(self, line: int) -> float:
        """What `opened` says of a decision."""
        opened: float = self.open[line]
        return opened

    def mark(self, line: int, *, settled: bool, opened: float) -> None:
        """Mark a decision as settled or not, and what `opened` says of it."""
        self.told[line, self.ways, columns.UNSETTLED], self.open[line] = float(not settled), opened
