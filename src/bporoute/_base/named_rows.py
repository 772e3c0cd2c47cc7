"""Names in the rows of a file that must be known ones: the others are told, with place and rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bporoute._base.csv_table import Table
from bporoute._base.words import counted, did_you_mean
from bporoute.errors import InputError, gathered, shown

MOST_TOLD = 10


class NamedRows:
    """Counts the names in a column of a file.

    Attributes
    ----------
    table : Table
        The file.
    column : str
        The column, as the file has it.

    Examples
    --------
    >>> rows = NamedRows(Table("calls.csv", ("type",), "", ()), "type")
    >>> for line, name in enumerate(["sales", "sals", "service", "sals"], start=2):
    ...     rows.see(name, line)
    >>> rows.check(["sales", "service"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    bporoute.errors.InputError: calls.csv line 3, column type: found 'sals' (2 rows); expected 'sales' ...
    """

    def __init__(self, table: Table, column: str) -> None:
        self.table = table
        self.column = column
        self._lines: dict[str, int] = {}
        self._rows: dict[str, int] = {}

    def see(self, name: str, line: int) -> None:
        """Count a row."""
        self._lines.setdefault(name, line)
        self._rows[name] = self._rows.get(name, 0) + 1

    def check(self, known: Collection[str], remedy: str = "") -> None:
        """Complain of every name that is not `known`; `remedy` is what else would help.

        Raises
        ------
        InputError
            With a complaint for each of them; of very many, for the first.
        """
        if complaints := list(self._complaints(known, remedy)):
            raise gathered(complaints)

    def _complaints(self, known: Collection[str], remedy: str) -> Iterator[InputError]:
        unknown = [name for name in self._lines if name not in known]
        for name in unknown[:MOST_TOLD]:
            found = f"{shown(name)} ({counted(self._rows[name], 'row')})"
            yield InputError(self._where(name), found, did_you_mean(name, list(known)) + remedy)
        if more := unknown[MOST_TOLD:]:
            rows = sum(self._rows[name] for name in more)
            found = f"{counted(len(more), 'more such name')} ({counted(rows, 'row')})"
            yield InputError(self._where(more[0]), found, "such as are known")

    def _where(self, name: str) -> str:
        return f"{self.table.line(self._lines[name])}, column {self.column}"
