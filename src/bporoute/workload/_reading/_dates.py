"""Dates as people write them: the order of day and month, decided from the whole column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple

from bporoute._base.clock import YEARS
from bporoute.errors import InputError
from bporoute.workload._reading._sheet import Cell, text_of

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day-first", "month-first", "year-first"
_TRIPLE = re.compile(r"(\d{1,4})\s?([-./\u2010\u2011 ])\s?(\d{1,2})\s?\2\s?(\d{1,4})\.?", re.ASCII)
_COMPACT = re.compile(r"(19|20|21)(\d\d)([01]\d)([0-3]\d)", re.ASCII)
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[-. /]*([^\W\d_]+)|([^\W\d_]+)[-. /]*(\d{1,2})(?:st|nd|rd|th)?)"
    r"\.?[-, /]+(\d{4}|\d\d)"
)
_YEAR_NAMED = re.compile(r"(\d{4})[- /]([^\W\d_]+)[- /](\d{1,2})")
_WEEKDAY = re.compile(r"^([^\W\d_]+)\.?,?\s+(?=\d|[^\W\d_])")
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan januar janvier janv enero ene gennaio gen januari janeiro styczen",
            "february feb februar februari febrero fevrier fevr febbraio fevereiro fev",
            "march mar maerz marz mrz mars marzo maart mrt marco",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maj mei maio",
            "june jun juni juin junio giugno giu junho",
            "july jul juli juillet juil julio luglio lug julho",
            "august aug aout agosto ago augusti augustus",
            "september sep sept septembre septiembre settembre set setembro",
            "october oct oktober okt octobre octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez decembre diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for word in words.split()
}
_WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "monday mon montag mo lundi lun lunes lunedi mandag segunda maandag ma",
            "tuesday tue tues dienstag di mardi martes martedi tisdag tirsdag terca dinsdag",
            "wednesday wed mittwoch mi mercredi mer miercoles mercoledi onsdag quarta woensdag wo",
            "thursday thu thur thurs donnerstag do jeudi jueves jue giovedi gio torsdag quinta donderdag",
            "friday fri freitag fr vendredi ven viernes vie venerdi fredag sexta vrijdag vr",
            "saturday sat samstag sa samedi sabado sabato lordag lørdag zaterdag za",
            "sunday sun sonntag so dimanche dim domingo domenica dom sondag søndag zondag zo",
        )
    )
    for word in words.split()
}


class DateOrder(NamedTuple):
    """How the dates of a column are to be read.

    Attributes
    ----------
    order : str
        Of three numbers: ``day-first``, ``month-first``, ``year-first``.
    why : str
        A remark; empty: they are ISO dates.
    """

    order: str
    why: str


def folded(word: str) -> str:
    """A word without case and accents.

    >>> folded("März")
    'marz'
    """
    spread = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def weekday_of(text: str) -> int | None:
    """The day of the week that a word names, 0: Monday; None: it names none.

    >>> weekday_of("Tuesday"), weekday_of("Mi."), weekday_of("noon")
    (1, 2, None)
    """
    return _WEEKDAYS.get(folded(text.strip().rstrip(".")))


def date_order(texts: Iterable[str], said: str, weekdays: Mapping[str, int], where: str) -> DateOrder:
    """Decide the order of day and month from all the dates of a column.

    Parameters
    ----------
    texts : iterable of str
        The different dates.
    said : str
        What somebody has said; empty: nothing.
    weekdays : mapping
        The day of the week of a date, as far as another column tells; 0: Monday.
    where : str
        The column, for a complaint.

    Raises
    ------
    InputError
        They may be read either way.

    Examples
    --------
    >>> date_order(["01/12/2026", "13/12/2026"], "", {}, "date").why
    'dates day first, since 13/12/2026 cannot be otherwise'
    >>> date_order(["1/6/25"], "", {"1/6/25": 0}, "date").why
    'dates month first, since 1/6/25 is a Monday'
    """
    triples = {}
    for text in texts:
        day_word, rest = _without_weekday(text)
        if found := _TRIPLE.fullmatch(rest):
            triples[text] = (
                int(found[1]),
                int(found[3]),
                int(found[4]),
                found[2],
                len(found[1]),
                len(found[4]),
            )
            if day_word is not None:
                weekdays = {**weekdays, text: day_word}
    if said:
        return DateOrder(said, f"dates {said.replace('-', ' ')}, as told" if triples else "")
    open_ones = {text: parts for text, parts in triples.items() if parts[4] < 4}
    if not open_ones:
        return DateOrder(YEAR_FIRST, "")
    if all(parts[3] == "." for parts in open_ones.values()):
        return DateOrder(DAY_FIRST, "dates day first")
    firsts = {parts[0] for parts in open_ones.values()}
    if all(parts[5] <= 2 for parts in open_ones.values()) and len(firsts) == 1 and min(firsts) > 12:
        lasts = {parts[2] for parts in open_ones.values()}
        if len(lasts) > 1 or min(firsts) > 31:
            if min(firsts) > 31:
                return DateOrder(YEAR_FIRST, "dates year first")
            raise _unclear(next(iter(open_ones)), where, (YEAR_FIRST, DAY_FIRST))
    day_sure = [text for text, parts in open_ones.items() if parts[0] > 12 >= parts[1]]
    month_sure = [text for text, parts in open_ones.items() if parts[1] > 12 >= parts[0]]
    if len(day_sure) != len(month_sure):
        order, shown = (
            (DAY_FIRST, day_sure[0]) if len(day_sure) > len(month_sure) else (MONTH_FIRST, month_sure[0])
        )
        return DateOrder(order, f"dates {order.replace('-', ' ')}, since {shown} cannot be otherwise")
    return _by_calendar(list(open_ones), weekdays, where)


def _by_calendar(texts: list[str], weekdays: Mapping[str, int], where: str) -> DateOrder:
    """The order by the days of the week that stand beside them."""
    days = {order: [_day(text, order) for text in texts] for order in (DAY_FIRST, MONTH_FIRST)}
    told = [text for text in texts if text in weekdays]
    fits = {
        order: [
            day is not None and day.weekday() == weekdays[text]
            for text, day in zip(texts, found, strict=True)
            if text in weekdays
        ]
        for order, found in days.items()
    }
    for order, other in ((DAY_FIRST, MONTH_FIRST), (MONTH_FIRST, DAY_FIRST)):
        if told and all(fits[order]) and not all(fits[other]):
            shown = next(text for text, fit in zip(told, fits[other], strict=True) if not fit)
            day = _day(shown, order)
            assert day is not None
            return DateOrder(order, f"dates {order.replace('-', ' ')}, since {shown} is a {day:%A}")
    if days[DAY_FIRST] == days[MONTH_FIRST]:
        return DateOrder(DAY_FIRST, "")
    raise _unclear(texts[0], where, (DAY_FIRST, MONTH_FIRST))


def _unclear(text: str, where: str, orders: tuple[str, str]) -> InputError:
    expected = " or ".join(f"--read dates={order}" for order in orders)
    return InputError(where, f"dates such as {text!r}", f"{expected} to tell which")


def _without_weekday(text: str) -> tuple[int | None, str]:
    """The day of the week before a date, and the date."""
    if text[:1].isdigit():
        return None, text
    if (found := _WEEKDAY.match(text)) and (day := weekday_of(found[1])) is not None:
        return day, text[found.end() :]
    return None, text


def read_date(cell: Cell, order: str) -> date | None:
    """The date in a cell; None: none, or of a year that is a placeholder.

    >>> read_date("23.11.2026", DAY_FIRST), read_date("Nov 23, 2026", YEAR_FIRST), read_date(46349.0, "")
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 23), datetime.date(2026, 11, 23))
    """
    if isinstance(cell, datetime):
        found: date | None = cell.date()
    elif isinstance(cell, date):
        found = cell
    elif isinstance(cell, int | float):
        found = _of_number(float(cell))
    else:
        found = _day(text_of(cell), order)
    return found if found is not None and found.year in YEARS else None


def _day(text: str, order: str) -> date | None:
    _, text = _without_weekday(text)
    with suppress(ValueError):
        if found := _TRIPLE.fullmatch(text):
            one, two, three = int(found[1]), int(found[3]), int(found[4])
            if len(found[1]) == 4:
                return date(one, two, three)
            if len(found[1]) == 3 or len(found[4]) in (1, 3):
                return None
            if order == YEAR_FIRST:
                return date(_full(one, found[1]), two, three) if len(found[4]) < 4 else None
            day, month = (one, two) if order == DAY_FIRST else (two, one)
            return date(_full(three, found[4]), month, day)
        if found := _COMPACT.fullmatch(text):
            return date(int(found[1] + found[2]), int(found[3]), int(found[4]))
        if found := _NAMED.fullmatch(text):
            month_of = _MONTHS.get(folded(found[2] or found[3]))
            return (
                date(_full(int(found[5]), found[5]), month_of, int(found[1] or found[4]))
                if month_of
                else None
            )
        if found := _YEAR_NAMED.fullmatch(text):
            month_of = _MONTHS.get(folded(found[2]))
            return date(int(found[1]), month_of, int(found[3])) if month_of else None
        if re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
            return _of_number(float(text))
    return None


def _of_number(number: float) -> date | None:
    """The date of a serial number of Excel; those of 1982 to 2064 are taken for such."""
    if 30_000 <= number < 60_000:
        return date.fromordinal(int(number) + 693_594)
    if 19_000_101 <= number < 22_000_101 and number.is_integer():
        return _day(str(int(number)), YEAR_FIRST)
    return None


def _full(year: int, text: str) -> int:
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)
