"""What went wrong with something a person wrote: where it is, what was found, what would be right."""

from __future__ import annotations

from collections.abc import Sequence


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
    """A value as it is quoted in an error: its repr, cut to `limit` characters.

    >>> shown("x" * 100, limit=12)
    "'xxxxxxxx..."
    """
    try:
        text = repr(value)
    except ValueError:  # Python refuses to spell out whole numbers of thousands of digits
        text = f"a {type(value).__name__} too long to show"
    return text if len(text) <= limit else text[: limit - 3] + "..."
