"""The fields of a contact out of texts of any quality: a record of a CRM, the headers of a call."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from bporoute._base.vocabulary import LANGUAGES, country_called, language_called
from bporoute.center._told_texts import MOST_TEXTS, due_told, id_told, is_missing, text_told, texts_told
from bporoute.errors import shown

KEYS = {
    "type": ("type", "contact_type"),
    "language": (
        "language",
        "lang",
        "contact_language",
        "content_language",
        "locale",
        "accept_language",
    ),
    "id": ("id", "contact_id", "call_id"),
    "data": ("data", "contact_data", "data_classes", "data_class"),
    "country": ("country", "contact_country", "country_code"),
    "value_class": ("value_class", "contact_value_class"),
    "due": ("due", "contact_due"),
    "skills": ("skills", "contact_skills", "skill"),
}
"""Field of a contact -> the keys that tell it, the first that does before the others."""
_KNOWN = frozenset(key for keys in KEYS.values() for key in keys)
NOTHING = frozenset({"", "null", "none", "undefined", "nan", "n/a"})
"""Texts that say that nothing is known."""
MOST_KEYS = 1_000
"""Of a mapping that are looked at."""
MOST_READ = 10_000
"""Characters of a text that are read; what is kept of them is shorter."""
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_PARTS = re.compile("[,;]")


def fields_of(told: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of a contact that a mapping tells, and what could not be used of it, see `Contact.of`.

    >>> fields_of([(b"X-Contact-Type", b"service"), (b"LANG", b"sv_SE.UTF-8"), ("Via", "SIP/2.0")])
    ({'type': 'service', 'language': 'sv-SE'}, ())
    """
    odd: list[str] = []
    given: dict[str, Any] = {}
    try:
        for key, value in islice(_pairs(told), MOST_KEYS):
            name = _name(key)
            if name in _KNOWN and not _is_nothing(value):
                given.setdefault(name, value)
    except Exception as failure:  # of somebody else's mapping
        odd.append(f"contact is {shown(told)}, not a mapping ({type(failure).__name__})")
    fields: dict[str, Any] = {"type": ""}
    for field, keys in KEYS.items():
        value = next((given[key] for key in keys if key in given), None)
        if value is not None:
            fields[field] = _READERS[field](value, odd)
    return fields, tuple(odd)


def _pairs(told: Any) -> Iterator[tuple[Any, Any]]:
    yield from told.items() if isinstance(told, Mapping) or hasattr(told, "items") else told


def _name(key: object) -> str:
    """A key as `KEYS` has it; empty for one that cannot be."""
    if not isinstance(key, str | bytes):
        return ""
    text = _text(key[:100])
    name = re.sub(r"[\s_-]+", "_", text.strip().lower()) if isinstance(text, str) else ""
    return name.removeprefix("x_")


def _text(value: object) -> object:
    """What can be a text as one, without blanks around it; anything else as it is."""
    if isinstance(value, memoryview):
        value = value.tobytes()
    if isinstance(value, bytes | bytearray):
        value = _decoded(bytes(value[:MOST_READ]))
    if isinstance(value, str):
        return str.__str__(value)[:MOST_READ].strip().strip("\x00\ufeff").strip()
    if isinstance(value, float) and value.is_integer():  # a column with gaps has made it one
        value = int(value)
    return shown(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _decoded(told: bytes) -> str:
    encoding = next((name for mark, name in _ENCODINGS if told.startswith(mark)), "utf-8")
    if encoding == "utf-8" and 0 in told[:2]:  # Latin letters take one of two bytes there
        encoding = "utf-16-be" if told[0] == 0 else "utf-16-le"
    try:
        return told.decode(encoding)
    except UnicodeDecodeError:
        return told.decode("cp1252", "replace")


def _is_nothing(value: object) -> bool:
    """Whether a value tells nothing."""
    if is_missing(value):
        return True
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(_is_nothing, islice(value, MOST_TEXTS)))
    text = _text(value) if isinstance(value, str | bytes | bytearray | memoryview) else None
    return isinstance(text, str) and text.lower() in NOTHING


def _single(value: object) -> object:
    """The first of several that tells something, as a text if it can be one."""
    for _ in range(3):
        if isinstance(value, list | tuple | set | frozenset):
            value = next((each for each in islice(value, MOST_TEXTS) if not _is_nothing(each)), None)
    return _text(value)


def _type(value: object, odd: list[str]) -> str:
    return text_told("type", _single(value), odd)


def _language(value: object, odd: list[str]) -> str:
    told = _single(value)
    if not isinstance(told, str):
        return text_told("language", told, odd)
    wanted = _most_wanted(told) if "," in told or ";" in told else told
    tag = re.split(r"[.@]", wanted)[0].replace("_", "-").strip()
    if tag in ("*", "C", "POSIX") or tag.lower() in NOTHING:
        return ""
    main, *rest = tag.split("-")
    main = main.lower() if main.lower() in LANGUAGES else language_called(main) or main.lower()
    read = "-".join((main, *map(_cased, rest)))
    if not _TAG.fullmatch(read) or (len(main) != 3 and main not in LANGUAGES):
        odd.append(f"contact.language is {shown(told)}, no language such as 'sv' or 'sv-SE'")
        return text_told("language", tag, [])
    return text_told("language", read, odd)


def _most_wanted(header: str) -> str:
    """The first of the languages of an Accept-Language header that are wanted most; empty: none is."""
    best, most = "", 0.0
    for entry in header.split(",")[:MOST_TEXTS]:
        tag, *settings = (part.strip() for part in entry.split(";"))
        quality = next((part.partition("=")[2] for part in settings if part.startswith("q")), "1")
        try:
            weight = float(quality)
        except ValueError:
            continue
        if tag and most < weight <= 1.0:
            best, most = tag, weight
    return best


def _cased(subtag: str) -> str:
    """A part of a language tag as it is usually written: sv-SE, zh-Hant."""
    return {2: subtag.upper(), 4: subtag.title()}.get(len(subtag), subtag.lower())


def _country(value: object, odd: list[str]) -> str:
    told = _single(value)
    code = country_called(told) if isinstance(told, str) else ""
    if not code:
        odd.append(f"contact.country is {shown(told)}, no country such as 'SE'")
    return code


def _value_class(value: object, odd: list[str]) -> str:
    return text_told("value_class", _single(value), odd)


def _id(value: object, odd: list[str]) -> str:
    return id_told(_single(value), odd)


def _several(name: str, value: object, odd: list[str]) -> tuple[str, ...]:
    if isinstance(value, list | tuple | set | frozenset) and len(value) <= MOST_TEXTS:
        return texts_told(name, [_text(each) for each in value if not _is_nothing(each)], odd)
    text = _text(value)
    if not isinstance(text, str):
        return texts_told(name, value, odd)
    parts = (part.strip(" \t\"'[]") for part in _PARTS.split(text))
    return texts_told(name, [part for part in parts if part.lower() not in NOTHING], odd)


def _data(value: object, odd: list[str]) -> tuple[str, ...]:
    return _several("data", value, odd)


def _skills(value: object, odd: list[str]) -> tuple[str, ...]:
    return _several("skills", value, odd)


def _due(value: object, odd: list[str]) -> float | None:
    told = value if isinstance(value, float) else _single(value)
    if isinstance(told, datetime):
        told = told.isoformat()
    if not isinstance(told, str):
        return due_told(told, odd)
    try:
        due = float(told)
    except ValueError:
        try:
            instant = datetime.fromisoformat(told)
            due = math.nan if instant.tzinfo is None else instant.timestamp()
        except (ValueError, OverflowError, OSError):
            due = math.nan
    if math.isfinite(due):
        return due_told(due, odd)
    odd.append(f"contact.due is {shown(told)}, not epoch seconds nor a time with its offset")
    return None


_READERS = {
    "type": _type,
    "language": _language,
    "id": _id,
    "data": _data,
    "country": _country,
    "value_class": _value_class,
    "due": _due,
    "skills": _skills,
}
