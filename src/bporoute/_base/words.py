"""What would be right, in words: the near one of those that are known, counts, and what msgspec expects."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from bporoute._base.near import close_matches
from bporoute._base.vocabulary import likely_country

IN_SECONDS, SHARE, COUNTRY = "seconds", "share", "country"
"""What `msgspec.Meta.title` says of a number or text: how it is spoken of."""
MOST_LISTED = 40


def nearest(word: object, known: Collection[str]) -> str:
    """The known word that is written nearly the same; empty: none.

    >>> nearest("languges", ["hours", "languages"])
    'languages'
    """
    if not isinstance(word, str):
        return ""
    near = close_matches(word, known, n=1) or close_matches(word.lower(), known, n=1)
    return near[0] if near else ""


def did_you_mean(word: object, known: list[str]) -> str:
    """One of the known words, the nearest first where one is near.

    >>> did_you_mean("languges", ["hours", "languages"])
    "'languages' (known: hours, languages)"
    >>> did_you_mean("moon", ["", "onshore", "nearshore"])
    'one of: onshore, nearshore'
    """
    known = [each for each in known if each]  # nothing is no word to propose
    listed = ", ".join(known[:MOST_LISTED]) if known else "none"
    if len(known) > MOST_LISTED:
        listed += f" and {len(known) - MOST_LISTED} more"
    near = nearest(word, known)
    return f"{near!r} (known: {listed})" if near else f"one of: {listed}"


def counted(count: float, one: str, several: str = "") -> str:
    """So many of something; `several` are more than one of them, by default with an s.

    >>> counted(1, "month"), counted(1200, "row was", "rows were"), counted(0.5, "week")
    ('1 month', '1,200 rows were', '0.5 weeks')
    """
    number = f"{int(count):,}" if count == int(count) else f"{count:,g}"
    return f"{number} {one if count == 1 else several or one + 's'}"


_WORDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text in quotes",
    "array": "a list",
    "object": "a table",
    "bool": "true or false",
    "datetime": "a day and time like 2026-12-31T08:00:00",
    "date": "a date like 2026-12-31",
}
_SIGNS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
_CHOICES = r"matching regex '\^\(([\w|]+)\)\$'"
_LENGTH = r" of length (<=|>=) (\d+)"


def in_words(failure: str, raw: Any, title: str) -> str:
    """Msgspec's ``Expected `int` >= 0, got `str` `` as a person would say it of `raw`.

    >>> in_words("Expected `float` <= 1.0", 80, SHARE)
    'a number of at most 1: 0.8?'
    """
    text = failure.removeprefix("Expected ").split(", got ")[0]
    if text.startswith("Invalid RFC3339"):
        return _WORDS["date"]
    if title == COUNTRY:
        likely = likely_country(raw) if isinstance(raw, str) else ""
        return (
            f"{likely!r}, a country as two capital letters"
            if likely
            else ("a country as two capital letters, such as 'SE'")
        )
    if choices := re.search(_CHOICES, text):
        return did_you_mean(str(raw), choices[1].split("|"))
    if "matching regex" in text:
        return "a text without line breaks or other control characters"
    if length := re.search(_LENGTH, text):
        return (
            "a text that is not empty" if length[1] == ">=" else f"a text of at most {length[2]} characters"
        )
    for kind, words in _WORDS.items():
        text = re.sub(rf"`{kind}( \| null)?`", words, text)
    text = re.sub(r"`(\w+(?: \| \w+)+)`", lambda union: _either(union[1].split(" | ")), text)
    for sign, words in _SIGNS.items():
        text = re.sub(rf" {sign} (\S+?)(\.0)?$", rf" {words} \1", text)
    text = text.replace("`", "")
    if title == SHARE and isinstance(raw, int | float) and 1 < raw <= 100:
        text += f": {raw / 100:g}?"
    if title == IN_SECONDS and isinstance(raw, str):
        text += " of seconds, or a text such as '3:08', '188 s' or '3 min'"
    return text


def _either(kinds: list[str]) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds if kind != "null")
