"""The text of a file: its encoding, its line ends, its separators, its records."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection

from bporoute._base.words import counted
from bporoute.errors import InputError, shown
from bporoute.workload._reading._names import recognised
from bporoute.workload._reading._sheet import Cell, Sheet

DELIMITERS = (",", ";", "\t", "|")
SAMPLED_LINES = 60
_NAMES = {";": "semicolons", "\t": "tabs", "|": "bars"}
_ANSI = "Windows-1252"
_QUOTED = re.compile(r'"[^"]*"')


def sheet_of_text(
    name: str, raw: bytes, *, encoding: str = "", delimiter: str = "", names: Collection[str] = ()
) -> Sheet:
    r"""Take a text apart into records.

    Parameters
    ----------
    name : str
        The file, as the user gave it.
    raw : bytes
        What stands in it.
    encoding, delimiter : str
        What is known of it; empty: found out.
    names : collection of str
        What columns of the file are called, as far as somebody has said.

    Raises
    ------
    InputError
        It is no text, or a quote in it is never closed.

    Examples
    --------
    >>> sheet = sheet_of_text("calls.csv", "Datum;Anrufe\r\n23.11.2026;8,5\r\n".encode("utf-16"))
    >>> sheet.rows, sheet.remarks
    ([['Datum', 'Anrufe'], ['23.11.2026', '8,5']], ('UTF-16', 'fields separated by semicolons'))
    """
    text, remarks = _decoded(name, raw, encoding)
    if bare := text.count("\r") - text.count("\r\n"):
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        remarks.append(f"{counted(bare, 'CR line end')} taken for line ends")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{name} line {line}", "an ASCII NUL", "text; save the file as UTF-8 CSV")
    sign = delimiter or _delimiter(text, names)
    if sign != "," and not delimiter:
        remarks.append(f"fields separated by {_NAMES[sign]}")
    rows, places, mended = _records(name, text, sign)
    if mended:
        remarks.append(f"quotes inside the fields of {counted(mended, 'line')} kept as they are")
    return Sheet(name, rows, places, remarks=tuple(remarks), delimiter=sign)


def _decoded(name: str, raw: bytes, encoding: str) -> tuple[str, list[str]]:
    """The text and, where it is not UTF-8, what it was taken for."""
    if encoding:
        try:
            return raw.decode(encoding).removeprefix("\ufeff"), []
        except LookupError:
            raise InputError("--read encoding=", repr(encoding), "an encoding such as cp1252") from None
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            byte = f"the byte 0x{raw[error.start]:02x}"
            raise InputError(f"{name} line {line}", byte, f"text in {encoding}") from None
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace"), ["UTF-16"]
    head = raw[:2000]
    if len(head) > 3 and head[1::2].count(0) > 0.4 * len(head) and not head[::2].count(0):
        return raw.decode("utf-16-le", "replace"), ["UTF-16"]
    if len(head) > 3 and head[::2].count(0) > 0.4 * len(head) and not head[1::2].count(0):
        return raw.decode("utf-16-be", "replace"), ["UTF-16"]
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), [_ANSI]


def _delimiter(text: str, names: Collection[str]) -> str:
    """What separates the fields: what gives known names, else the same number of fields on most lines."""
    lines = [line for line in text[: 400 * SAMPLED_LINES].split("\n")[:SAMPLED_LINES] if line.strip()]
    bare = [_QUOTED.sub("", line) for line in lines]
    scores = []
    for sign in DELIMITERS:
        counts = Counter(line.count(sign) for line in bare)
        usual, often = max(counts.items(), key=lambda item: (item[0] > 0, item[1], item[0]), default=(0, 0))
        known = max(
            (
                sum(field in names or recognised(field) for field in (part.strip(' "') for part in parts))
                for line in lines[:30]
                if len(parts := line.split(sign)) > 1
            ),
            default=0,
        )
        scores.append((known, often / max(len(bare), 1) if usual else 0.0, usual, sign))
    return max(scores, key=lambda score: score[:3])[3]


def _records(name: str, text: str, delimiter: str) -> tuple[list[list[Cell]], list[int] | range, int]:
    """The records, the line on which each starts, and how many lines had quotes of their own."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    line = 0
    try:
        if '"' not in text:
            rows: list[list[Cell]] = list(reader)  # type: ignore[arg-type]
            return rows, range(1, len(rows) + 1), 0
        rows, places = [], []
        for fields in reader:
            rows.append(fields)  # type: ignore[arg-type]
            places.append(line + 1)
            line = reader.line_num
    except csv.Error as error:
        if "expected after" in str(error):
            return _by_lines(text, delimiter)
        expected = f"fields of at most {csv.field_size_limit()} characters, with their quotes in pairs"
        at = line + 1 if '"' in text else reader.line_num
        raise InputError(f"{name} line {at}", str(error), expected) from None
    return rows, places, 0


def _by_lines(text: str, delimiter: str) -> tuple[list[list[Cell]], range, int]:
    """Records of a line each, in which only a quote beside a separator opens or closes a field."""
    sign = re.escape(delimiter)
    field = re.compile(rf'\s*"(.*?)"\s*(?:{sign}|$)|([^{sign}]*)(?:{sign}|$)')
    rows: list[list[Cell]] = []
    mended = 0
    for line in text.split("\n"):
        whole, at, fields = line.rstrip("\r"), 0, []
        while at <= len(whole) and whole:
            found = field.match(whole, at)
            if found is None:
                break
            fields.append(found[1].replace('""', '"') if found[1] is not None else found[2])
            mended += found[1] is not None and '"' in found[1].replace('""', "")
            at = found.end()
            if at == len(whole) and not whole.endswith(delimiter):
                break
            if at == len(whole):
                fields.append("")
                break
        rows.append(list(fields))
    return rows, range(1, len(rows) + 1), mended


def check_text(name: str, raw: bytes) -> None:
    """Refuse what is surely no table of text, by its first bytes or its name.

    Raises
    ------
    InputError
        Saying what it is and what to bring instead.
    """
    for magic, found, remedy in (
        (b"%PDF", "a PDF", "the table itself, as CSV or a workbook"),
        (b"\x1f\x8b", "a gzip file", "the file inside it (gunzip)"),
        (b"PAR1", "a Parquet file", "its frame (pandas.read_parquet) given to bporoute.workload, or CSV"),
        (b"SQLite format 3", "a database", "an export of its table as CSV"),
        (b"7z\xbc\xaf", "a 7z archive", "the file inside it"),
    ):
        if raw.startswith(magic):
            raise InputError(name, found, remedy)
    ending = name.lower().rpartition(".")[2]
    if ending in ("toml", "json", "jsonl", "yaml"):
        expected = "a CSV file or a workbook: a header line and one line per record"
        raise InputError(name, f"a .{ending} file", expected)
    if not raw.strip():
        raise InputError(name, "an empty file", "a header line and one line per record")
    if raw[:1] == b"<" and b"<html" in raw[:2000].lower():
        raise InputError(
            name, shown("HTML"), "CSV or a workbook; open it in a spreadsheet and save it as that"
        )
