"""Weeks, months, quarters and years: which one a day belongs to, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Literal, get_args

from bporoute._base.words import did_you_mean
from bporoute.errors import InputError
from bporoute.workload._reading._dates import YEAR_FIRST, read_date
from bporoute.workload._reading._sheet import Cell, text_of

By = Literal["week", "month", "quarter", "year", "all"]
PERIODS: tuple[By, ...] = get_args(By)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_YEAR_AND_MONTH = re.compile(r"(\d{4})\s?[-/.]?\s?(\d{1,2})", re.ASCII)
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})\s?[-/.]\s?(\d{4})", re.ASCII)


def check_by(by: str) -> None:
    """Refuse a period that is none of those that there are.

    Raises
    ------
    InputError
        Naming the nearest.
    """
    if by not in PERIODS:
        raise InputError("by", repr(by), did_you_mean(by, list(PERIODS)))


def begin_of(day: date, by: By) -> date:
    """The first day of the period in which a day lies; of ``all`` there is one.

    >>> [begin_of(date(2026, 11, 25), by).isoformat() for by in ("week", "month", "quarter", "year")]
    ['2026-11-23', '2026-11-01', '2026-10-01', '2026-01-01']
    """
    if by == "all":
        return date.min
    if by == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[by]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def next_begin(begin: date, by: By) -> date:
    """The first day of the period that follows the one which begins then.

    >>> next_begin(date(2026, 10, 1), "quarter").isoformat()
    '2027-01-01'
    """
    if by == "week":
        return begin + timedelta(days=7)
    month = begin.year * 12 + begin.month - 1 + _MONTHS[by]
    return date(month // 12, month % 12 + 1, 1)


def name_of(begin: date, by: By) -> str:
    """What a period is called.

    >>> [name_of(date(2026, 10, 1), by) for by in ("month", "quarter", "year", "all")]
    ['2026-10', '2026 Q4', '2026', 'all']
    """
    if by == "all":
        return "all"
    if by == "week":
        return f"{begin:%G-W%V}"
    if by == "quarter":
        return f"{begin.year} Q{(begin.month + 2) // 3}"
    return f"{begin:%Y}" if by == "year" else f"{begin:%Y-%m}"


def months_in(cells: Sequence[Cell]) -> list[date | None] | None:
    """The first days of months that a column has; None: it has days, or something else.

    >>> months_in(["2015-04", "Apr 2015", "04/2015"])
    [datetime.date(2015, 4, 1), datetime.date(2015, 4, 1), datetime.date(2015, 4, 1)]
    >>> months_in(["2015-04-01", "2015-04-02"])
    """
    found = [_month(cell) for cell in cells]
    if sum(each is not None for each in found) > 0.5 * len(found):
        return found
    days = {read_date(cell, YEAR_FIRST) for cell in cells}
    firsts = {day for day in days if day is not None and day.day == 1}
    if len(firsts) > 1 and len(firsts) == len(days):
        return [read_date(cell, YEAR_FIRST) for cell in cells]
    return None


def _month(cell: Cell) -> date | None:
    """The month that a text names, and no day of it."""
    text = text_of(cell)
    with suppress(ValueError):
        if found := _YEAR_AND_MONTH.fullmatch(text):
            return date(int(found[1]), int(found[2]), 1)
        if found := _MONTH_AND_YEAR.fullmatch(text):
            return date(int(found[2]), int(found[1]), 1)
    if text[:1].isalpha() and isinstance(cell, str):
        return read_date(f"1 {text}", YEAR_FIRST)
    return None
