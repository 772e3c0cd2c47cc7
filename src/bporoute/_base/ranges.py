"""The ranges that numbers live in: one fact for a configured field, an argument and an array of them."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, NamedTuple

from msgspec import Meta

from bporoute.errors import InputError, shown

MOST = 1e9
"""Seconds, money or contacts far above any real center's: it keeps out infinity and slips of units."""
LEAST_AHT = 1e-3
"""Seconds; a contact that takes less is a slip of units, and its rate might be no float any more."""
MOST_AGENTS = 100_000
"""Agents at once that a decision is made with: in a schedule, told of the moment, or of a vendor's team."""
MOST_PLACES = 100_000
"""Contacts that may wait for them: a rule takes time and memory for each."""


class Range(NamedTuple):
    """The legal values of a number: from `low` to `high`, as the flags say without the ends."""

    low: float = 0.0
    high: float = math.inf
    above: bool = False
    """Without `low` itself."""
    below: bool = True
    """Without `high` itself."""
    whole: bool = False
    """Whole numbers only."""
    endless: bool = False
    """Beside the others inf, too."""

    def holds(self, values: Any) -> Any:
        """Whether a number is legal, or each of an array, but for being whole; nan never is."""
        over = values > self.low if self.above else values >= self.low
        under = values < self.high if self.below else values <= self.high
        return over & (under | (values == math.inf)) if self.endless else over & under

    def check(self, name: str, value: object, unit: str = "") -> None:
        """Refuse what is no number, or not a legal one; `unit` says of what.

        Raises
        ------
        InputError
            Naming it, the value and the legal range.

        Examples
        --------
        >>> PROBABILITY.check("share", 80)
        Traceback (most recent call last):
        bporoute.errors.InputError: share: found 80; expected a number of at least 0 and of at most 1: 0.8?
        """
        if isinstance(value, bool) or not isinstance(value, Real) or not self.holds(value):
            raise InputError(name, shown(value), f"{self}{unit and f' {unit}'}{self.as_share(value)}")

    def as_share(self, value: object) -> str:
        """What a percentage is as a share, where a share is legal; else nothing.

        >>> PROBABILITY.as_share(80), PROBABILITY.as_share(-80), NOT_NEGATIVE.as_share(80)
        (': 0.8?', '', '')
        """
        if self.high != 1.0 or not isinstance(value, int | float) or not 1.0 < value <= 100.0:
            return ""
        return f": {value / 100:g}?"

    @property
    def meta(self) -> Meta:
        """What the type of a field says of it; whole is what the type itself is."""
        low, high = _as_told(self.low), _as_told(self.high)
        ends: dict[str, Any] = {
            "gt" if self.above else "ge": low,
            "lt" if self.below else "le": high,
        }
        return Meta(**{name: end for name, end in ends.items() if end is not None})

    def __str__(self) -> str:
        kind = "whole number" if self.whole else "number"
        low = f"{'above' if self.above else 'of at least'} {self.low:g}"
        if self.low == self.high:
            return f"{self.low:g}"
        if self.high == math.inf:
            return f"a {'finite ' if self.below else ''}{kind} {low}{'' if self.below else ' (or inf)'}"
        end = ", or inf" if self.endless else ""
        return f"a {kind} {low} and {'below' if self.below else 'of at most'} {self.high:g}{end}"


def _as_told(end: float) -> float | None:
    """An end as msgspec takes it, also of whole numbers; None: there is none."""
    return None if math.isinf(end) else int(end) if end == int(end) else end


NOT_NEGATIVE = Range()
POSITIVE = Range(above=True)
OR_INFINITE = Range(below=False)
ABOVE_OR_INFINITE = Range(above=True, below=False)
PROBABILITY = Range(high=1.0, below=False)
SHARE_BELOW_ONE = Range(high=1.0)
INSIDE = Range(high=1.0, above=True)
"""Shares between 0 and 1, neither itself."""
UP_TO_MOST = Range(high=MOST, below=False)
HANDLE_TIME = Range(low=LEAST_AHT, high=MOST)
ABOVE_UP_TO_MOST = Range(high=MOST, above=True, below=False)
VARIATION = Range(1e-6, 10.0, below=False)
WEIGHT = Range(1e-6, MOST, below=False)
MEMORY = Range(1.0, below=False)
PEOPLE = Range(high=MOST_AGENTS, below=False)
PLACES = Range(high=MOST_PLACES, below=False)
