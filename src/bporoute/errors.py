"""What went wrong with something a person wrote: where it is, what was found, what would be right."""

from __future__ import annotations


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

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}"

    def under(self, prefix: str) -> InputError:
        """The same complaint, seen from further out: `prefix` is a file name or an enclosing table."""
        return InputError(f"{prefix}{self.where}", self.found, self.expected)


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
