"""A contact that did not come about is taken out of what was counted, and put back if that is interrupted."""

from __future__ import annotations

from typing import Any, NamedTuple


class Count(NamedTuple):
    """A number that is counted somewhere: a cell of a row, or an entry of a dict."""

    where: Any
    at: Any

    @property
    def sent(self) -> float:
        """What it counts now."""
        return float(self.where[self.at])


class TakeBack:
    """Amounts to be taken out of counts; whatever is interrupted, it knows which of them it has taken.

    Examples
    --------
    >>> counted = {"hour": 3.0, "day": 9.0}
    >>> back = TakeBack()
    >>> back.add(Count(counted, "hour"), 1.0)
    >>> back.apply()
    >>> counted
    {'hour': 2.0, 'day': 9.0}
    >>> back.undo()
    >>> counted
    {'hour': 3.0, 'day': 9.0}
    """

    __slots__ = ("_amounts", "_taken")

    def __init__(self) -> None:
        self._amounts: list[tuple[Any, Any, float]] = []
        self._taken = 0

    def add(self, count: Count, amount: float) -> None:
        """Have an amount be taken out of a count."""
        self._amounts.append((count.where, count.at, amount))

    def apply(self) -> None:
        """Take all of them out that are not."""
        while self._taken < len(self._amounts):
            where, at, amount = self._amounts[self._taken]
            where[at], self._taken = where[at] - amount, self._taken + 1  # at once: never one without other

    def undo(self) -> None:
        """Put back what was taken out."""
        while self._taken:
            where, at, amount = self._amounts[self._taken - 1]
            where[at], self._taken = where[at] + amount, self._taken - 1
