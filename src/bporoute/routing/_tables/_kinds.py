"""The kinds of contacts met so far, kept by use: those met lately, within bounds that callers cannot widen.

Callers make up as many as they like. Those whose texts the center knows and those with texts that it does not
know are kept apart, so that the second, however many, drive out none of the first. The oldest are laid aside,
and from there go those that nobody has asked for since: to note every use would cost every decision.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar

from bporoute.center._contact_told import Kind

MOST_USUAL, MOST_ODD = 32_768, 8_192
"""Kinds whose texts a center knows, and others, that are at hand; as many again are laid aside."""
MOST_CHARACTERS = 2_000_000
"""Of all texts of the kinds at hand, and of those laid aside, of either group."""


class Numbered(Protocol):
    """What stands on a row."""

    @property
    def number(self) -> int:
        """Of the row."""


Stored = TypeVar("Stored", bound=Numbered)


class Kinds(Generic[Stored]):
    """Kinds of contacts, and what they come to: what stands on a row, which may be made anew.

    Parameters
    ----------
    most_usual, most_odd : int
        How many are at hand of those whose texts are known, and of others.
    most_characters : int
        How many characters the texts of either have, at hand and laid aside.

    Attributes
    ----------
    at_hand : dict
        What a contact is looked up in first: kind -> what stood on its row when it was last kept.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> kinds = Kinds(most_odd=1)
    >>> for row, language in enumerate(("xx", "yy", "zz")):
    ...     kinds.keep(("service", language, (), "", "", ()), SimpleNamespace(number=row), usual=False)
    >>> [kind[1] for kind in kinds.at_hand], kinds.row(("service", "yy", (), "", "", ()))
    (['zz'], 1)
    >>> kinds.row(("service", "xx", (), "", "", ())) is None
    True
    """

    def __init__(
        self,
        most_usual: int = MOST_USUAL,
        most_odd: int = MOST_ODD,
        most_characters: int = MOST_CHARACTERS,
    ) -> None:
        self.at_hand: dict[Kind, Stored] = {}
        self._usual = _Group(most_usual, most_characters), _Group(most_usual, most_characters)
        self._odd = _Group(most_odd, most_characters), _Group(most_odd, most_characters)

    def __len__(self) -> int:
        return sum(len(group.rows) for group in (*self._usual, *self._odd))

    def row(self, kind: Kind) -> int | None:
        """The row of a kind; None if it was never met or is forgotten."""
        found = self.at_hand.get(kind)
        if found is not None:
            return found.number
        return next((group.rows[kind] for _, group in (self._usual, self._odd) if kind in group.rows), None)

    def keep(self, kind: Kind, stored: Stored, *, usual: bool) -> None:
        """Have a kind at hand; the oldest of its group are laid aside for it, or forgotten."""
        ready, aside = self._usual if usual else self._odd
        ready.add(kind, stored.number)
        self.at_hand[kind] = stored
        aside.remove(kind)
        while ready.full:
            oldest, row = ready.oldest
            aside.add(oldest, row)
            self.at_hand.pop(oldest, None)
            ready.remove(oldest)
        while aside.full:
            aside.remove(aside.oldest[0])

    def forget(self) -> None:
        """Forget all of them; each is met anew."""
        self.at_hand.clear()
        for group in (*self._usual, *self._odd):
            group.clear()


class _Group:
    """Kinds and their rows in the order in which they came, with a bound for their number and length."""

    def __init__(self, most: int, most_characters: int) -> None:
        self._most, self._most_characters = most, most_characters
        self._characters = 0
        self.rows: OrderedDict[Kind, int] = OrderedDict()

    @property
    def full(self) -> bool:
        """Whether there are too many, or too long ones."""
        return len(self.rows) > self._most or self._characters > self._most_characters

    @property
    def oldest(self) -> tuple[Kind, int]:
        """The one that came first."""
        return next(iter(self.rows.items()))

    def add(self, kind: Kind, row: int) -> None:
        """Have it come last, unless it is there."""
        if kind not in self.rows:
            self._characters += _length(kind)
        self.rows[kind] = row

    def clear(self) -> None:
        """Let all of them go."""
        self.rows.clear()
        self._characters = 0

    def remove(self, kind: Kind) -> None:
        """Let it go, if it is there."""
        if self.rows.pop(kind, None) is not None:
            self._characters -= _length(kind)


def _length(kind: Kind) -> int:
    """Characters of a kind's texts."""
    contact_type, language, data, country, value_class, skills = kind
    return sum(map(len, (contact_type, language, country, value_class, *data, *skills)))
