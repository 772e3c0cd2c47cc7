"""Marks: a few bytes that stand for a name in a token, the same in every process and at any time."""

from __future__ import annotations

from collections.abc import Callable

from bporoute._base.digest import blake2b
from bporoute.center._contact_told import Kind
from bporoute.routing._token import MARK_BYTES

PLAIN = bytes(MARK_BYTES)
"""The mark of a kind of which type and language say everything."""
BETWEEN = "\0"
"""What stands between a queue and a contact type of it, which have one mark; no name has it."""
MOST_KINDS = 16_384


class _OfNames(dict[str | tuple[str, str], bytes]):
    """The mark of each name, or queue and type; `names` has the name of each mark."""

    def __init__(self, names: dict[bytes, str], tell: Callable[[object], None]) -> None:
        super().__init__()
        self._names, self._tell = names, tell

    def __missing__(self, name: str | tuple[str, str]) -> bytes:
        text = name if isinstance(name, str) else BETWEEN.join(name)
        mark = _hashed(text)
        if mark not in self._names:
            self._tell(text)
            self._names[mark] = text
        self[name] = mark  # last: whoever finds the mark finds the name
        return mark


class _OfKinds(dict[Kind, bytes]):
    """The mark of each kind, as far as it is known; `kinds` has at most so many, by their marks."""

    def __init__(self, kinds: dict[bytes, Kind], most: int, tell: Callable[[object], None]) -> None:
        super().__init__()
        self._kinds, self._most, self._tell = kinds, most, tell

    def __missing__(self, kind: Kind) -> bytes:
        mark, kinds = _hashed(repr(kind)), self._kinds
        if mark not in kinds:
            self._tell(kind)
            kinds[mark] = kind
        self[kind] = mark
        while len(kinds) > self._most:
            oldest = next(iter(kinds))
            self.pop(kinds.get(oldest, kind), None)  # first: a mark that is given has its kind
            kinds.pop(oldest, None)
        return mark


class Marks:
    """The names and the kinds of contacts that tokens of a ledger may be about.

    Names are those of the centers that count in the ledger, those that are gone, too: few. Kinds are as
    callers make them up, so the oldest are forgotten.

    Parameters
    ----------
    most_kinds : int
        How many kinds are known at most.

    Attributes
    ----------
    of : dict of str to bytes
        The mark of each name, or of a queue and a type of it; what is looked up is known from then on.
    of_kind : dict of tuple to bytes
        The mark of each kind, likewise.

    Examples
    --------
    >>> marks = Marks(most_kinds=1)
    >>> marks.named(marks.of["nord"]), marks.named(b"syd...")
    ('nord', None)
    >>> card, health = (("service", "sv", (data,), "", "", ()) for data in ("card", "health"))
    >>> first, second = marks.of_kind[card], marks.of_kind[health]
    >>> marks.kind(second) == health, marks.kind(first) is None
    (True, True)
    """

    def __init__(self, most_kinds: int = MOST_KINDS) -> None:
        self._names: dict[bytes, str] = {}
        self._kinds: dict[bytes, Kind] = {}
        self.of = _OfNames(self._names, self._tell)
        self.of_kind = _OfKinds(self._kinds, most_kinds, self._tell)

    def _tell(self, what: object) -> None:
        """Have others know a name or a kind that is new here; there are none."""

    @staticmethod
    def mark_of(text: str) -> bytes:
        """The mark of a text."""
        return _hashed(text)

    def named(self, mark: bytes) -> str | None:
        """The name with a mark; None where it is not known."""
        return self._names.get(mark)

    def kind(self, mark: bytes) -> Kind | None:
        """The kind with a mark; None where it is not known, or was long ago."""
        return self._kinds.get(mark)


def mark_number(name: str) -> int:
    """The mark of a name as a number, which a float64 holds exactly.

    >>> mark_number("nord") == int.from_bytes(Marks.mark_of("nord"), "big") < 2**48
    True
    """
    return int.from_bytes(_hashed(name), "big")


def _hashed(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=MARK_BYTES).digest()
