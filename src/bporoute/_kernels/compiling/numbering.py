"""Names for the columns of tables, and for numbers that stand for something."""

from __future__ import annotations


class Numbering:
    """Gives numbers one after another, each for a meaning; compiled code knows them as constants.

    Parameters
    ----------
    of : str
        What is numbered: the columns of ``"table[row, .]"``, or ``"why ..."``.
    first : int
        The first number.

    Attributes
    ----------
    meanings : list of str
        What the numbers stand for, from the first on.

    >>> _vendor = Numbering("vendors[vendor, .]")
    >>> UP = _vendor("1 if it can be reached")
    >>> FIRST_CAP = _vendor("contacts that it may get in an hour, a day and a period", 3)
    >>> UP, FIRST_CAP, _vendor.count
    (0, 1, 4)
    """

    def __init__(self, of: str, first: int = 0) -> None:
        self.of = of
        self.first = first
        self.meanings: list[str] = []

    def __call__(self, meaning: str, count: int = 1) -> int:
        """The first of the next `count` numbers."""
        number = self.first + len(self.meanings)
        self.meanings += [meaning] * count
        return number

    @property
    def count(self) -> int:
        """How many numbers are given."""
        return len(self.meanings)
