"""Strict reading of CSV files: a defect is one `InputError` that names the line and the column."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from bporoute._base.clock import HALF_HOUR, HOUR_MINUTE, YEARS
from bporoute._base.words import counted, did_you_mean
from bporoute.errors import InputError, shown

_HOUR_MINUTE_SECOND = re.compile(HOUR_MINUTE.pattern + r"(:[0-5]\d)?", re.ASCII)


class Row(NamedTuple):
    """One record of a table.

    Attributes
    ----------
    line : int
        Line of the file on which the record starts; the first line is 1.
    cells : dict
        Column name, as the file has it -> text, without the white space around it.
    """

    line: int
    cells: dict[str, str]


class Table(msgspec.Struct, frozen=True):
    """A CSV file with a header and at least one more record.

    Attributes
    ----------
    name : str
        File name, as the user gave it.
    header : tuple of str
        Column names in the order of the file.
    text : str
        Content of the file, mended.
    repairs : tuple of str
        What was mended, as sentences.
    delimiter : str
        What separates the fields.
    """

    name: str
    header: tuple[str, ...]
    text: str
    repairs: tuple[str, ...]
    delimiter: str = ","

    def line(self, number: int) -> str:
        """Name a line of the file, as an `InputError` does."""
        return f"{self.name} line {number}"

    def rows(self) -> Iterator[Row]:
        """Yield the records after the header; raise `InputError` at the first that does not fit it."""
        records = _records(self.name, self.text, self.delimiter)
        next(records)
        for line, fields in records:
            if len(fields) != len(self.header):
                expected = f"{counted(len(self.header), 'field')}, as in the header"
                raise InputError(self.line(line), counted(len(fields), "field"), expected)
            yield Row(line, dict(zip(self.header, map(str.strip, fields), strict=True)))


def read_table(
    path: str | os.PathLike[str], *, repair: bool = False, delimiter: str = ",", option: str = ""
) -> Table:
    r"""Read a comma-separated UTF-8 file whose first record names the columns.

    Blank lines and a byte-order mark are passed over.

    Parameters
    ----------
    path : path
        The file.
    repair : bool
        Mend CR line ends, and say so in `Table.repairs`.
    delimiter : str
        What separates the fields.
    option : str
        Command-line option that changes the delimiter. Default: the center file does.

    Raises
    ------
    InputError
        The file cannot be read or is not such a table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "calls.csv")
    ...     _ = path.write_text("arrival,type\n2024-06-03T09:00, sales\n")
    ...     next(read_table(path).rows())
    Row(line=2, cells={'arrival': '2024-06-03T09:00', 'type': 'sales'})
    """
    name = os.fspath(path)
    text, repairs = _mend(name, _read_text(name), repair)
    records = _records(name, text, delimiter)
    line, fields = next(records, (1, []))
    if not fields:
        raise InputError(name, "an empty file", "a header line and one line per record")
    header = tuple(map(str.strip, fields))
    if name.lower().endswith((".toml", ".json", ".jsonl", ".yaml", ".xlsx")):
        found = f"a .{name.lower().rpartition('.')[2]} file"
        raise InputError(name, found, "a CSV file: a header line and one line per record")
    other = next((sign for sign in ";\t|," if sign != delimiter and sign in header[0]), None)
    if len(header) == 1 and other:
        remedy = f"{option} {other!r}" if option else f"delimiter = {other!r} under [log] in the center file"
        raise InputError(
            f"{name} line {line}", f"fields separated by {other!r}", f"{delimiter!r}, or {remedy}"
        )
    # Unnamed columns, which spreadsheets like to append, cannot be asked for and so cannot be confused.
    repeated = [column for column, count in Counter(filter(None, header)).items() if count > 1]
    if repeated:
        raise InputError(
            f"{name} line {line}", f"{shown(repeated[0])} twice", "a different name for every column"
        )
    if next(records, None) is None:
        raise InputError(name, "only a header", "at least one record below the header")
    return Table(name, header, text, repairs, delimiter)


def find_columns(
    table: Table,
    mapping: Mapping[str, str],
    *,
    required: Collection[str],
    optional: Collection[str] = (),
    setting: str = "",
    option: str = "",
) -> dict[str, str]:
    """Find what the file calls each column that we want, as far as it has them.

    Parameters
    ----------
    table : Table
        The file.
    mapping : dict
        Our name -> the file's name; a name that is not mapped is looked for as it is.
    required, optional : collection of str
        Our names. A column that is mapped is required.
    setting, option : str
        Part of the center file and command-line option that change the mapping, as far as they exist.

    Raises
    ------
    InputError
        A required column is missing, or `mapping` has a key that is neither required nor optional.

    Examples
    --------
    >>> table = Table("calls.csv", ("start", "type"), "", ())
    >>> find_columns(table, {"arrival": "start"}, required=["arrival", "type"], setting="[log] columns")
    {'arrival': 'start', 'type': 'type'}
    """
    known = (*required, *optional)
    for ours in mapping:
        if ours not in known:
            raise InputError(setting or option, shown(ours), did_you_mean(ours, list(known)))
    found = {}
    for ours in known:
        theirs = mapping.get(ours, ours)
        if theirs in table.header:
            found[ours] = theirs
        elif ours in required or ours in mapping:
            on_command_line = f"{option} {ours}=NAME" if option else ""
            in_file = f"{ours} = NAME under {setting} in the center file" if setting else ""
            ways = " or ".join(filter(None, (on_command_line, in_file)))
            names = did_you_mean(theirs, list(table.header))
            raise InputError(
                table.line(1), f"no column {theirs!r}", f"such a column, or {ways}, where NAME is {names}"
            )
    return found


def parse_mapping(texts: Iterable[str], option: str, example: str) -> dict[str, str]:
    """A mapping of columns as it is typed: ``OURS=THEIRS``, several with commas.

    >>> parse_mapping(["date=day,volume=offered"], "--columns", "volume=offered")
    {'date': 'day', 'volume': 'offered'}
    """
    mapping = {}
    for part in (part for text in texts for part in text.split(",")):
        ours, equals, theirs = part.partition("=")
        if not equals:
            raise InputError(option, repr(part), f"OURS=THEIRS, such as {example}")
        mapping[ours.strip()] = theirs.strip()
    return mapping


def day(text: str, column: str) -> date:
    """Read an ISO date.

    >>> day("2026-11-23", "date")
    datetime.date(2026, 11, 23)
    """
    try:
        read = date.fromisoformat(text)
        if read.year not in YEARS:
            raise ValueError("not a year of real shifts")
        return read
    except ValueError:
        expected = f"a date such as 2024-06-03, from {YEARS[0]} to {YEARS[-1]}"
        raise InputError(f"column {column}", shown(text), expected) from None


def interval_start(text: str, column: str) -> time:
    """Read the start of an interval, or the number of its half hour.

    >>> interval_start("09:30", "interval"), interval_start("19", "interval")
    (datetime.time(9, 30), datetime.time(9, 30))
    """
    if re.fullmatch(r"\d|[0-3]\d|4[0-7]", text, re.ASCII):
        return (datetime.min + int(text) * timedelta(seconds=HALF_HOUR)).time()
    if _HOUR_MINUTE_SECOND.fullmatch(text):
        return time.fromisoformat(text)
    expected = "the start of the interval, such as 09:30, or the number of its half hour, 0 to 47"
    raise InputError(f"column {column}", shown(text), expected)


def number(text: str, column: str, expected: str, highest: float = math.inf) -> float:
    """Read a finite number from 0 to `highest`; `expected` describes it in the error.

    Examples
    --------
    >>> number("2.5", "agents", "a number of agents")
    2.5
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 <= value <= highest and value < math.inf:
        return value
    raise InputError(f"column {column}", shown(text), expected)


def _read_text(name: str) -> str:
    try:
        raw = Path(name).read_bytes()
    except OSError as error:
        raise InputError(name, error.strerror or str(error), "a CSV file that can be read") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = f"the byte 0x{raw[error.start]:02x}"
        raise InputError(f"{name} line {line}", byte, "UTF-8 text; save the file as UTF-8") from None


def _mend(name: str, text: str, repair: bool) -> tuple[str, tuple[str, ...]]:
    """The text as `csv` can read it, and what had to be done for that."""
    repairs = []
    if bare_returns := text.count("\r") - text.count("\r\n"):
        found = counted(bare_returns, "CR line end")
        if not repair:
            raise InputError(name, found, "LF or CRLF line ends, or pass --repair to convert them")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        repairs.append(f"{found} converted to LF")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{name} line {line}", "an ASCII NUL", "text; save the file as UTF-8 CSV")
    return text, tuple(repairs)


def _records(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        expected = f"fields of at most {csv.field_size_limit()} characters, with their quotes in pairs"
        raise InputError(f"{name} line {line}", str(error), expected) from None
