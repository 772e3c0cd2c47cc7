"""The period that an invoice is for, on the vendor's clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.clock import epoch_second
from bporoute.errors import InputError, shown

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?[qQ]([1-4])", re.ASCII)
_YEAR = re.compile(r"(\d{4})", re.ASCII)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class BillingPeriod(msgspec.Struct, frozen=True):
    """A calendar month, quarter or year.

    Attributes
    ----------
    begin, end : date
        Its first day, and the first that is no longer in it.
    kind : str
        ``month``, ``quarter`` or ``year``.
    """

    begin: date
    end: date
    kind: str

    def __str__(self) -> str:
        if self.kind == "year":
            return f"{self.begin:%Y}"
        if self.kind == "quarter":
            return f"{self.begin:%Y}-Q{(self.begin.month + 2) // 3}"
        return f"{self.begin:%Y-%m}"

    def seconds(self, zone: ZoneInfo) -> tuple[float, float]:
        """Epoch seconds of its first moment and of the first after it, by the clocks of a zone."""
        first, last = (epoch_second(datetime.combine(day, time()), zone) for day in (self.begin, self.end))
        return first, last


def parse_period(text: str) -> BillingPeriod:
    """The period that a text names.

    Raises
    ------
    InputError
        It names none.

    Examples
    --------
    >>> [str(parse_period(text)) for text in ("2026-11", "2026-Q4", "2026")]
    ['2026-11', '2026-Q4', '2026']
    >>> parse_period("2026-Q4").end
    datetime.date(2027, 1, 1)
    """
    text = text.strip()
    if found := _MONTH.fullmatch(text):
        kind, year, month = "month", int(found[1]), int(found[2])
    elif found := _QUARTER.fullmatch(text):
        kind, year, month = "quarter", int(found[1]), 3 * int(found[2]) - 2
    elif found := _YEAR.fullmatch(text):
        kind, year, month = "year", int(found[1]), 1
    else:
        year = 0
    if not 1970 <= year < 3000:
        raise InputError("period", shown(text), "a month as 2026-11, a quarter as 2026-Q4 or a year as 2026")
    later = month - 1 + MONTHS[kind]
    return BillingPeriod(date(year, month, 1), date(year + later // 12, later % 12 + 1, 1), kind)
