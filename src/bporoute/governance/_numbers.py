"""Which of consecutive numbers have been seen: those left out, those out of order, those seen twice."""

from __future__ import annotations

from bisect import bisect_right
from typing import Literal

Place = Literal["next", "after a gap", "late", "again"]
MOST_GAPS = 10_000


class Numbers:
    """Numbers that should come one after another.

    Attributes
    ----------
    highest : int
        The highest seen.
    gaps : list of (int, int)
        First and last of the numbers below it that have not been seen, in order; at most `MOST_GAPS` of
        them are remembered one by one, what lies in others counts as seen.
    left_out : int
        How many numbers lie in gaps.

    Examples
    --------
    >>> seen = Numbers(0)
    >>> [seen.see(number) for number in (1, 2, 6, 4, 4)]
    ['next', 'next', 'after a gap', 'late', 'again']
    >>> seen.gaps, seen.left_out
    ([(3, 3), (5, 5)], 2)
    """

    def __init__(self, highest: int) -> None:
        self.highest = highest
        self.gaps: list[tuple[int, int]] = []
        self.left_out = 0

    def see(self, number: int) -> Place:
        """Note a number; how it follows those before."""
        if number > self.highest:
            first, self.highest = self.highest + 1, number
            if number == first:
                return "next"
            self.left_out += number - first
            if len(self.gaps) < MOST_GAPS:
                self.gaps.append((first, number - 1))
            return "after a gap"
        place = bisect_right(self.gaps, (number, self.highest)) - 1
        if place < 0 or self.gaps[place][1] < number:
            return "again"
        first, last = self.gaps[place]
        self.gaps[place : place + 1] = [
            (start, stop) for start, stop in ((first, number - 1), (number + 1, last)) if start <= stop
        ]
        self.left_out -= 1
        return "late"


def span(first: int, last: int, noun: str) -> str:
    """Consecutive numbers in words.

    >>> span(3, 3, "line"), span(3, 1200, "line")
    ('line 3', 'lines 3 to 1,200')
    """
    return f"{noun} {first:,}" if first == last else f"{noun}s {first:,} to {last:,}"
