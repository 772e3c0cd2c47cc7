"""What went wrong with something a person wrote: where it is, what was found, what would be right."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence
from itertools import chain, islice

MOST_ITEMS, MOST_CHARACTERS = 200, 1_000
"""Of a value that is written out whole before it is cut."""
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, line and paragraph separators, marks of direction, halves of characters."""
_LONG = str | bytes | bytearray
_SHORTENING = reprlib.Repr()
_SHORTENING.maxlevel = 3


class InputError(ValueError):
    """A center, call log, schedule or command-line value that cannot be used.

    Attributes
    ----------
    where : str
        File and line, or file and key path, or the name of the argument.
    found : str
        What stands there.
    expected : str
        What would be right.

    Examples
    --------
    >>> print(InputError("center.toml: vendors.nord.capacity", "-3", "a whole number of at least 0"))
    center.toml: vendors.nord.capacity: found -3; expected a whole number of at least 0
    """

    def __init__(self, where: str, found: str, expected: str) -> None:
        super().__init__(where, found, expected)
        self.where = where
        self.found = found
        self.expected = expected

    @property
    def complaints(self) -> tuple[InputError, ...]:
        """Itself, or each of several that were found at once."""
        return (self,)

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}"

    def under(self, prefix: str) -> InputError:
        """The same complaint, seen from further out: `prefix` is a file name or an enclosing table."""
        return InputError(f"{prefix}{self.where}", self.found, self.expected)


class GatheredError(InputError):
    """Several complaints that were found at once; place, finding and remedy are those of the first.

    >>> print(GatheredError([InputError("aht", "-3", "seconds"), InputError("patience", "'x'", "seconds")]))
    aht: found -3; expected seconds
    patience: found 'x'; expected seconds
    """

    def __init__(self, complaints: Sequence[InputError]) -> None:
        first = complaints[0]
        super().__init__(first.where, first.found, first.expected)
        self.args = (list(complaints),)
        self._complaints = tuple(complaints)

    @property
    def complaints(self) -> tuple[InputError, ...]:
        """Each of them."""
        return self._complaints

    def __str__(self) -> str:
        return "\n".join(map(str, self._complaints))

    def under(self, prefix: str) -> InputError:
        """The same complaints, seen from further out."""
        return GatheredError([complaint.under(prefix) for complaint in self._complaints])


def gathered(complaints: Sequence[InputError]) -> InputError:
    """One error that holds all the complaints, of which there is at least one."""
    return complaints[0] if len(complaints) == 1 else GatheredError(complaints)


def shown(value: object, limit: int = 60) -> str:
    """A value as it is quoted in an error: its repr on one line, cut to `limit` characters.

    Whatever the value is, this takes little time and raises nothing.

    >>> shown("x" * 100, limit=12), shown([0] * 1_000_000)
    ("'xxxxxxxx...", '[0, 0, 0, 0, 0, 0, ...]')
    """
    value = askable(value)
    try:
        if isinstance(value, _LONG) and len(value) > limit:
            value = value[:limit]
        text = escaped((repr if _is_short(value) else _SHORTENING.repr)(value)[: limit + 1])
    except Exception:  # of somebody else's class, or of a whole number of thousands of digits
        text = f"a {type(value).__name__} too long to show" if isinstance(value, int) else _by_type(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


class Unaskable:
    """Stands for what cannot even be asked for its class, such as a proxy of what is gone.

    Parameters
    ----------
    kind : str
        Its type.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __repr__(self) -> str:
        return f"a {self._kind} that cannot be shown"


def askable(value: object) -> object:
    """A value from outside that may be asked for its class without raising: itself, or what stands for it.

    >>> import weakref
    >>> askable(7), askable(weakref.proxy(Unaskable("gone")))
    (7, a ProxyType that cannot be shown)
    """
    try:
        value.__class__  # noqa: B018  # as `isinstance` does
    except Exception:  # somebody else's code
        return Unaskable(type(value).__name__)
    return value


def escaped(text: str) -> str:
    r"""A text as it may be printed: what would move a cursor, turn a line around or not be encoded, spelled.

    >>> print(escaped("a\nb\x1b[2J\u202ec\udc80"), escaped("Zoë"))
    a\nb\x1b[2J\u202ec\udc80 Zoë
    """
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _is_short(value: object) -> bool:
    """Whether a value is soon written out: few items, none of them long."""
    items = [value]
    for place, item in enumerate(items):
        if place >= MOST_ITEMS or (isinstance(item, _LONG) and len(item) > MOST_CHARACTERS):
            return False
        if isinstance(item, dict):
            items += chain.from_iterable(islice(item.items(), MOST_ITEMS))
        elif isinstance(item, list | tuple | set | frozenset):
            items += islice(item, MOST_ITEMS)
    return True


def _by_type(value: object) -> str:
    return f"a {type(value).__name__} that cannot be shown"
