"""Durations as people write them: 00:04:12, 4:12, 252, 4.2 min, PT4M12S; decided from the whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.errors import InputError
from bporoute.workload._reading._numbers import read_numbers
from bporoute.workload._reading._sheet import Cell

_CLOCK = re.compile(
    r"(?:(\d+)(?:\.|\s+days?,?\s+|\s+))?(\d{1,5}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6}))?)?", re.ASCII | re.I
)
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII | re.I)
_SPOKEN = re.compile(
    r"\s*(\d+(?:[.,]\d+)?)\s*(days?|d|hours?|hrs?|std|h|minutes?|mins?|min|msec|ms|m|seconds?|secs?|sek|s)\b\.?,?"
    r"|\s*(\d+(?:[.,]\d+)?)(d|h|m|s)(?=\d)",
    re.ASCII | re.I,
)
FACTORS = {"": 1.0, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "milliseconds": 0.001}
_PER_LETTER = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_EXCEL_ZERO = datetime(1899, 12, 30)
FORMS = {"clock": "h:mm:ss", "iso": "ISO 8601", "spoken": "numbers with units"}


def read_durations(
    cells: Sequence[Cell], *, unit: str, said: str, mark: str, total: bool, where: str
) -> tuple[Floats, list[int], str]:
    """The seconds of a column, NaN where nothing stands; the places of what is none; how it was taken.

    Parameters
    ----------
    cells : sequence
        The column.
    unit : str
        What the name of the column tells: ``seconds``, ``minutes``, ``hours``, ``milliseconds``, ``m:ss``,
        ``h:mm`` or nothing.
    said : str
        What somebody has said, in the same words.
    mark : str
        What stands before the decimals.
    total : bool
        Whether it is a sum over many contacts, so that 12:30 may be hours.
    where : str
        The column, for a complaint.

    Raises
    ------
    InputError
        It may be minutes or hours.

    Examples
    --------
    >>> said = {"unit": "", "said": "", "mark": ".", "total": False, "where": "aht"}
    >>> read_durations(["00:04:12", "4:12", "0", ""], **said)
    (array([252., 252.,   0.,  nan]), [], 'h:mm:ss')
    >>> read_durations(["4.2 min", "PT4M12S", "soon"], **said)
    (array([252., 252.,  nan]), [2], 'ISO 8601, numbers with units')
    """
    different = dict.fromkeys(cells)  # in the order of the file, as the first is shown
    texts = {cell: cell.strip() for cell in different if isinstance(cell, str)}
    clocks = {
        cell: found
        for cell, text in texts.items()
        if ":" in text and (found := _CLOCK.fullmatch(text)) and _of_clock(found, "m:ss") >= 0
    }
    pairs = [cell for cell, found in clocks.items() if found[4] is None]
    form = _form_of_pairs(pairs, len(pairs) < len(clocks), unit, said, total, where)
    numeric = FACTORS.get(said or unit, FACTORS.get(unit, 1.0))
    seconds: dict[Cell, float] = {}
    forms = set()
    plain = []
    for cell in different:
        if cell in clocks:
            seconds[cell] = _of_clock(clocks[cell], form)
            forms.add("clock")
        elif cell in texts and (value := _of_words(texts[cell])) is not None:
            seconds[cell] = value
            forms.add("iso" if texts[cell][:1] in "Pp" else "spoken")
        elif isinstance(cell, timedelta):
            seconds[cell] = cell.total_seconds()
        elif isinstance(cell, datetime):
            seconds[cell] = (cell.replace(tzinfo=None) - _EXCEL_ZERO).total_seconds()
        elif isinstance(cell, time):
            seconds[cell] = 3600.0 * cell.hour + 60.0 * cell.minute + cell.second + cell.microsecond / 1e6
        else:
            plain.append(cell)
    numbers, wrong = read_numbers(plain, mark)
    bad = {plain[place] for place in wrong}
    counted = {
        cell for cell, number in zip(plain, numbers.tolist(), strict=True) if number and number == number
    }
    if clocks:  # beside 4:12, is 240 seconds, or hours?
        bad |= counted if len(counted) <= len(clocks) else set(clocks)
    for cell, number in zip(plain, numbers.tolist(), strict=True):
        seconds[cell] = number * numeric
    values = np.fromiter(map(seconds.__getitem__, cells), dtype=float, count=len(cells))
    places = [place for place, cell in enumerate(cells) if cell in bad] if bad else []
    return values, places, _told(forms, form if pairs and len(pairs) == len(clocks) else "", unit, said)


def _told(forms: set[str], pairs: str, unit: str, said: str) -> str:
    words = [pairs if form == "clock" and pairs else FORMS[form] for form in sorted(forms)]
    if not words and (known := said or unit) in ("minutes", "hours", "milliseconds"):
        words = [f"in {known}"]
    return ", ".join(words)


def _form_of_pairs(
    pairs: Sequence[Cell], triples: bool, unit: str, said: str, total: bool, where: str
) -> str:
    """Whether 4:12 is minutes and seconds."""
    for told in (said, unit):
        if told in ("m:ss", "h:mm"):
            return told
    if pairs and total and not triples:
        expected = "--read durations=m:ss or --read durations=h:mm to tell which"
        raise InputError(where, f"durations such as {pairs[0]!r}", expected)
    return "m:ss"


def _of_clock(found: re.Match[str], form: str) -> float:
    """Seconds of a text with colons; NaN: of none."""
    days, first, second = float(found[1] or 0), float(found[2]), float(found[3])
    if second > 59 or (found[4] and int(found[4]) > 59):
        return np.nan
    if found[4]:
        whole = 3600.0 * first + 60.0 * second + float(f"{found[4]}.{found[5] or 0}")
    else:
        whole = 3600.0 * first + 60.0 * second if form == "h:mm" else 60.0 * first + second
    return 86_400.0 * days + whole


def _of_words(text: str) -> float | None:
    """Seconds of a text with units; None: of none."""
    if text[:1] in ("P", "p") and len(text) > 2 and (found := _ISO.fullmatch(text)):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return 86_400.0 * days + 3600.0 * hours + 60.0 * minutes + seconds
    if not text or text[-1].isdigit() or not text[0].isdigit():
        return None
    at, seconds = 0, 0.0
    while at < len(text):
        found = _SPOKEN.match(text, at)
        if found is None:
            return None
        amount, word = found[1] or found[3], (found[2] or found[4]).lower()
        factor = 0.001 if word.startswith("ms") else _PER_LETTER["h" if word == "std" else word[0]]
        seconds += float(amount.replace(",", ".")) * factor
        at = found.end()
    return seconds
