"""The board: what was told of queues and vendors, for every process of a host to read.

Whoever is told writes the value first, then when that was true, and then another turn than before, by which
a reader knows that it is news; what is older than what stands there is left out. All of it needs the host's
lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableSequence, Sequence
from typing import Any

from bporoute.routing.ledger._segment import Segment

VALUE, AT, TURN = range(3)
Told = Mapping[int, tuple[float, float]]
"""By the place of a field what was told of it (nan: not known any more), and when that was true."""
Record = Sequence[Sequence[float]]
"""What stands there of one queue or vendor: of each field the value, the instant, the turn."""


class Board:
    """What stands in the memory of a host about queues and vendors.

    Parameters
    ----------
    segment : Segment
        The memory.

    Attributes
    ----------
    word : memoryview
        Another number than before whenever something was told.
    """

    def __init__(self, segment: Segment) -> None:
        self._told = {"queues": segment.host["queues"][0], "vendors": segment.host["vendors"][0]}
        self._names = {"queues": segment.queues, "vendors": segment.vendors}
        self.word: Any = memoryview(segment.host["board"])

    def tell(self, of: str, name: str, told: Told, now: float, word: float) -> None:
        """Note what was told of a queue or vendor at `now`; `word` is a number that nobody has used for that.

        What stands there of an instant to come was told before the clock was set back.
        """
        record = self._told[of][self._names[of].index(name)]
        for place, (value, at) in told.items():
            if at >= min(record[AT, place], now):
                record[VALUE, place], record[AT, place], record[TURN, place] = value, at, word
        self.word[0] = word

    def read(self) -> dict[str, dict[str, Record]]:
        """All that stands there of queues and vendors, by name."""
        return {of: dict(zip(self._names[of], told.tolist(), strict=True)) for of, told in self._told.items()}


def newer(
    record: Record, turns: MutableSequence[float], known: Sequence[float], now: float
) -> Iterator[tuple[float, dict[int, float]]]:
    """What a record says that was not read before and is no older than what is known, by its instant.

    `turns` are those of the fields that were read, and are brought up to date; `known` is when what is known
    was true: of an instant after `now`, before the clock was set back.
    """
    by_instant: dict[float, dict[int, float]] = {}
    for place, (value, at, turn) in enumerate(zip(*record, strict=True)):
        if turn != turns[place] and at >= min(known[place], now):
            by_instant.setdefault(at, {})[place] = value
        turns[place] = turn
    yield from sorted(by_instant.items())
