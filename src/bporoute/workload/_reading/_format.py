"""What somebody says of a file beside it: the answers to what a reader cannot decide."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date

import msgspec

from bporoute._base.spoken import seconds_of, share_of
from bporoute._base.words import did_you_mean
from bporoute.errors import InputError

CHOICES = {
    "dates": ("day-first", "month-first", "year-first"),
    "decimal": ("point", "comma"),
    "durations": ("seconds", "minutes", "hours", "m:ss", "h:mm"),
    "times": ("hours", "half-hours"),
    "empty": ("zero", "skip"),
}
"""What may be said of a file in one word."""
_TEXTS = ("delimiter", "encoding", "sheet", "timezone", "time_format")
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|"}
_SIGNS = (",", ";", "\t", "|")


class FileFormat(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read where it does not tell by itself; all of it may be left out.

    Attributes
    ----------
    columns : dict
        What we call a column -> what the file calls it. Default: the usual words of the trade.
    delimiter : str
        What separates the fields: ``,`` ``;`` ``|`` or a tab.
    encoding : str
        Of the text, such as ``cp1250``. Default: UTF-8, UTF-16 or Windows-1252, whichever it is.
    sheet : str
        Which sheet of a workbook.
    dates : str
        ``day-first``, ``month-first`` or ``year-first``.
    decimal : str
        ``point`` or ``comma``: what stands before the decimals.
    durations : str
        ``seconds``, ``minutes`` or ``hours`` that numbers are, or ``m:ss`` or ``h:mm`` for 4:12.
    times : str
        ``hours`` or ``half-hours``: what plain numbers in the place of a time count.
    time_format : str
        ``strptime`` pattern of dates with times; takes the place of all guessing.
    timezone : str
        IANA name of the zone of the clocks, for times that are told in another one, or as epoch seconds.
    empty : str
        What an empty volume means: ``zero`` contacts, or a row to ``skip``. Default: it is a fault.
    aht : float, optional
        Mean handle time in seconds of rows that tell none.
    first_day : date, optional
        Day of the first row of a file with a row a day and no dates.
    skip_bad : float
        Share of the rows that may be left out because they cannot be used.

    Examples
    --------
    >>> FileFormat(dates="day-first", skip_bad=0.01).dates
    'day-first'
    """

    columns: dict[str, str] = {}
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    dates: str = ""
    decimal: str = ""
    durations: str = ""
    times: str = ""
    time_format: str = ""
    timezone: str = ""
    empty: str = ""
    aht: float | None = None
    first_day: date | None = None
    skip_bad: float = 0.0

    def __post_init__(self) -> None:
        for key, known in CHOICES.items():
            if (said := getattr(self, key)) and said not in known:
                raise InputError(f"format.{key}", repr(said), did_you_mean(said, list(known)))
        if self.delimiter and self.delimiter not in _SIGNS:
            raise InputError("format.delimiter", repr(self.delimiter), "one of , ; | tab")
        if not 0.0 <= self.skip_bad <= 1.0:
            raise InputError("format.skip_bad", repr(self.skip_bad), "a share from 0 to 1")
        if self.aht is not None and not 0.0 < self.aht <= 1e9:
            raise InputError("format.aht", repr(self.aht), "seconds above 0")


def parse_format(
    texts: Iterable[str], *, columns: dict[str, str], aht: str | None = None, skip_bad: str | None = None
) -> FileFormat:
    """What was typed of a file: ``KEY=VALUE``, several with commas.

    >>> parse_format(["dates=day-first,decimal=comma"], columns={}, skip_bad="1%").skip_bad
    0.01
    """
    said: dict[str, object] = {"columns": columns}
    keys = (*CHOICES, *_TEXTS, "first_day")
    for part in (part for text in texts for part in _parts(text)):
        typed, equals, value = part.partition("=")
        key = typed.strip().replace("-", "_")
        if key not in keys or not equals:
            raise InputError("--read", repr(part), f"KEY=VALUE, where KEY is {did_you_mean(key, list(keys))}")
        if key == "first_day":
            said[key] = _day(value)
        elif key == "delimiter":
            said[key] = _DELIMITERS.get(value, value)
        else:
            said[key] = value if key == "time_format" else value.strip()
    if aht is not None:
        said["aht"] = _seconds(aht)
    if skip_bad is not None:
        said["skip_bad"] = _share(skip_bad)
    try:
        return FileFormat(**said)  # type: ignore[arg-type]
    except InputError as mistake:
        _, _, key = mistake.where.partition(".")
        option = {"skip_bad": "--skip-bad", "aht": "--aht"}.get(key, f"--read {key}=")
        raise InputError(option, mistake.found, mistake.expected) from None


def _parts(text: str) -> list[str]:
    """The pieces of an option between commas; a comma as the delimiter itself is none."""
    return ["delimiter=,"] if text == "delimiter=," else text.split(",")


def _day(text: str) -> date:
    with suppress(ValueError):
        return date.fromisoformat(text.strip())
    raise InputError("--read first_day=", repr(text), "a day like 2026-11-23")


def _seconds(text: str) -> float:
    with suppress(ValueError):
        return float(text)
    if (seconds := seconds_of(text)) is None:
        raise InputError("--aht", repr(text), "seconds, such as 240, or a text such as '4 min'")
    return seconds


def _share(text: str) -> float:
    if (share := share_of(text)) is not None:
        return share
    with suppress(ValueError):
        return float(text)
    raise InputError("--skip-bad", repr(text), "a share of the rows, such as '1%'")
