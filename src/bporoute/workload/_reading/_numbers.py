"""Numbers as people write them: which mark stands before the decimals, decided from the whole column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.errors import InputError
from bporoute.workload._reading._sheet import Cell, is_missing

POINT, COMMA = ".", ","
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:([ \u00a0\u202f\u2009'\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d+)?", re.ASCII
)
_GROUPS = str.maketrans("", "", " \u00a0\u202f\u2009'\u2019")
_MONEY = re.compile(
    r"^(?:[€$£¥]|EUR|USD|GBP|CHF|SEK)\s*|\s*(?:[€$£¥]|EUR|USD|GBP|CHF|SEK|kr\.?)$", re.IGNORECASE
)
_UNCLEAR = {mark: re.compile(rf"^[+-]?[1-9]\d{{0,2}}\{mark}\d{{3}}$", re.M | re.ASCII) for mark in ".,"}
_ONCE = {mark: re.compile(rf"^[+-]?\d*\{mark}\d*(?:[eE][+-]?\d+)?$", re.M | re.ASCII) for mark in ".,"}
_OFTEN = {mark: re.compile(rf"^[+-]?\d{{1,3}}(?:\{mark}\d{{3}}){{2,}}$", re.M | re.ASCII) for mark in ".,"}
_BOTH = {
    POINT: re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+\.\d*$", re.M | re.ASCII),
    COMMA: re.compile(r"^[+-]?\d{1,3}(?:\.\d{3})+,\d*$", re.M | re.ASCII),
}
_PLAIN_HUNDREDS = re.compile(r"^[+-]?[1-9]\d{2}$", re.M | re.ASCII)
_PLAIN_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{3,}$", re.M | re.ASCII)


class Evidence(NamedTuple):
    """What the numbers of a column say about their marks.

    Attributes
    ----------
    decimal : str
        The mark that surely stands before decimals; empty: not known.
    unclear : str
        A mark that stands before three digits wherever it stands; empty: none.
    grouped : bool
        Whether an unclear mark surely parts thousands, as plain hundreds but no thousands stand beside it.
    example : str
        A number that shows it.
    """

    decimal: str = ""
    unclear: str = ""
    grouped: bool = False
    example: str = ""


def evidence(cells: Iterable[Cell]) -> Evidence:
    """Look at all the numbers of a column.

    >>> evidence(["80,5", "1.073,5"]).decimal, evidence(["980", "1,073"]).grouped, evidence(["1,073"]).unclear
    (',', True, ',')
    """
    # In the order of the file, as what is found first is shown.
    texts = [_bare(cell) for cell in dict.fromkeys(cells) if isinstance(cell, str) and not is_missing(cell)]
    joined = "\n".join(texts)
    for mark, other in ((POINT, COMMA), (COMMA, POINT)):
        if found := _BOTH[mark].search(joined) or _OFTEN[other].search(joined):
            return Evidence(decimal=mark, example=found[0])
    sure = {}
    for mark in (POINT, COMMA):
        once = [found[0] for found in _ONCE[mark].finditer(joined)] if mark in joined else []
        sure[mark] = next((text for text in once if not _UNCLEAR[mark].match(text)), "")
        if sure[mark]:
            return Evidence(decimal=mark, example=sure[mark])
    for mark in (COMMA, POINT):
        if found := _UNCLEAR[mark].search(joined):
            hundreds, thousands = _PLAIN_HUNDREDS.search(joined), _PLAIN_THOUSANDS.search(joined)
            return Evidence(unclear=mark, grouped=bool(hundreds and not thousands), example=found[0])
    return Evidence()


def decimal_mark(
    own: Evidence, others: Iterable[Evidence], delimiter: str, said: str, where: str
) -> tuple[str, str]:
    """The mark before the decimals of a column, and why if that is not plain.

    Parameters
    ----------
    own : Evidence
        Of the column.
    others : iterable of Evidence
        Of the file's other columns of numbers.
    delimiter : str
        What separates the fields.
    said : str
        ``point``, ``comma`` or empty: what somebody has said.
    where : str
        The column, for a complaint.

    Raises
    ------
    InputError
        It may be either.

    Examples
    --------
    >>> decimal_mark(Evidence(unclear=",", example="1,073"), [Evidence(decimal=",")], ";", "", "volume")
    (',', '')
    """
    if said:
        return (POINT if said == "point" else COMMA), ""
    if own.decimal:
        return own.decimal, f"decimal comma as in {own.example}" if own.decimal == COMMA else ""
    if not own.unclear:
        return next((each.decimal for each in others if each.decimal), POINT), ""
    other = COMMA if own.unclear == POINT else POINT
    if own.grouped:
        return other, f"{own.example} with thousands"
    if marks := {each.decimal for each in others if each.decimal}:
        if len(marks) == 1:
            mark = marks.pop()
            return mark, "" if mark == own.unclear else f"{own.example} with thousands"
    elif own.unclear == POINT and delimiter in (",", ""):
        return POINT, ""  # what programs write
    raise InputError(
        where,
        f"numbers such as {own.example!r}",
        "--read decimal=point or --read decimal=comma to tell which",
    )


def read_numbers(cells: Sequence[Cell], mark: str) -> tuple[Floats, list[int]]:
    """The numbers of a column, NaN where nothing stands, and the places of what is none.

    >>> read_numbers(["1.073,5", "80", "n/a", "many", 3], ",")
    (array([1073.5,   80. ,    nan,    nan,    3. ]), [3])
    """
    if not cells:
        return np.empty(0), []
    values = {cell: _number(cell, mark) for cell in set(cells)}
    bad = {cell for cell, value in values.items() if value is None}
    known = {cell: np.nan if value is None else value for cell, value in values.items()}
    array = np.fromiter(map(known.__getitem__, cells), dtype=float, count=len(cells))
    return array, [place for place, cell in enumerate(cells) if cell in bad] if bad else []


def _number(cell: Cell, mark: str) -> float | None:
    """The number in a cell; None: none."""
    if isinstance(cell, str):
        text = cell.strip()
        if text.isascii() and text.isdigit():
            return float(text)
        if is_missing(text):
            return np.nan
        text = _bare(text)
        share = text.endswith("%")
        text = text.removesuffix("%").rstrip()
        if mark == COMMA:
            text = text.replace(".", "") if _thousands(text, POINT) else text
            text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
        elif "," in text:
            text = text.replace(",", "") if _thousands(text, COMMA) else text
        if not _NUMBER.fullmatch(text):
            return None
        value = float(text) / (100.0 if share else 1.0)
        return value if np.isfinite(value) else None
    if is_missing(cell):
        return np.nan
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) else None


def _thousands(text: str, mark: str) -> bool:
    """Whether a mark parts groups of three digits only."""
    whole = (
        re.split(r"[.,]" if mark == POINT else r"\.", text)[0] if mark == COMMA else text.partition(",")[0]
    )
    return mark not in whole or bool(re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{mark}\d{{3}})+", whole, re.ASCII))


def _bare(text: str) -> str:
    """A number without money signs and without the spaces that part thousands."""
    text = _MONEY.sub("", text.strip())
    return text.translate(_GROUPS) if _GROUPED.fullmatch(text.removesuffix("%").rstrip()) else text
