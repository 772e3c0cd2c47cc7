"""The types of configured values, and the check that one keeps to its type, in a file as in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from numbers import Real
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from bporoute._base.ranges import (
    ABOVE_OR_INFINITE,
    ABOVE_UP_TO_MOST,
    INSIDE,
    MEMORY,
    OR_INFINITE,
    PEOPLE,
    PLACES,
    PROBABILITY,
    UP_TO_MOST,
    VARIATION,
    WEIGHT,
)
from bporoute.errors import InputError, shown

Seconds = Annotated[float, UP_TO_MOST.meta]
PositiveSeconds = Annotated[float, ABOVE_UP_TO_MOST.meta]
Limit = Annotated[float, OR_INFINITE.meta]
"""Seconds up to which something counts; 0: at once, inf: whenever."""
Patience = Annotated[float, OR_INFINITE.meta]
"""Mean seconds that a waiting contact stays; 0: nobody waits, inf: nobody gives up."""
EndlessSeconds = Annotated[float, ABOVE_OR_INFINITE.meta]
"""Mean duration; inf: it never ends."""
Rate = Annotated[float, UP_TO_MOST.meta]
"""Events per second."""
Money = Annotated[float, UP_TO_MOST.meta]
Probability = Annotated[float, PROBABILITY.meta]
OpenProbability = Annotated[float, INSIDE.meta]
Variation = Annotated[float, VARIATION.meta]
"""A coefficient of variation."""
Weight = Annotated[float, WEIGHT.meta]
"""Contacts that a belief weighs as much as."""
Memory = Annotated[float, MEMORY.meta]
"""Contacts after which one's influence has fallen to 1/e; inf: it never does."""
Count = Annotated[int, UP_TO_MOST.meta]
People = Annotated[int, PEOPLE.meta]
Places = Annotated[int, PLACES.meta]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]

Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
"""ISO 3166 alpha-2."""

Value = TypeVar("Value")

_PATH = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's own, everything else as it is; NumPy need not be loaded for it.

    >>> import numpy as np
    >>> plain(np.float64(0.8)), plain("0.8")
    (0.8, '0.8')
    """
    foreign = isinstance(value, Real) and type(value).__module__ == "numpy"
    return value.item() if foreign else value


def converted(raw: Any, kind: type[Value], where: str) -> Value:
    """`raw` (a number, or tables and lists as TOML gives them) as a value of `kind`, every field checked.

    Raises
    ------
    InputError
        Naming the key path below `where`, the value that stands there and what would be right.
    """
    raw = plain(raw)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as failure:
        raise _complaint(failure, raw, kind, where) from None


def check_ranges(item: Any, kind: Any, where: str) -> None:
    """Check the fields of a struct that may have been built in Python, where they meet no ranges."""
    try:
        plain = msgspec.to_builtins(item)
    except TypeError as failure:
        raise InputError(where, str(failure), "Python's own numbers, texts, lists and tables") from None
    converted(plain, kind, where)


def _complaint(failure: msgspec.ValidationError, raw: Any, kind: Any, where: str) -> InputError:
    """Msgspec's failure as an InputError: full key path, value found, hint at the likely key."""
    text = str(failure)
    path = ""
    if match := _PATH.search(text):
        text, path = text[: match.start()], match["path"] + ("[...]" if match["key"] else "")
    if "[...]" in path:
        return _complaint_below(path.split("[...]")[0], raw, kind, where)
    place = f"{where}{path}".removeprefix(".")
    if isinstance(failure.__cause__, InputError):
        return failure.__cause__.under(f"{place}." if place else "")
    holder, wanted = _follow(raw, kind, path)
    known = sorted(getattr(_struct(wanted, holder), "__struct_fields__", ()))
    if unknown := _UNKNOWN.match(text):
        key = shown(unknown[1])
        return InputError(place or "file", f"an unknown key {key}", did_you_mean(unknown[1], known))
    if missing := _MISSING.match(text):
        return InputError(place or "file", f"no {missing[1]!r}", f"a value for {missing[1]!r}")
    if text.startswith("Invalid enum value") or isinstance(wanted, _Tags):
        choices = get_args(wanted) or tuple(wanted)
        return InputError(
            place, shown(holder), did_you_mean(str(holder), [str(choice) for choice in choices])
        )
    return InputError(place or "file", shown(holder), _in_words(text) + _as_share(holder, wanted))


def _as_share(value: Any, kind: Any) -> str:
    """What a percentage is as a share, where a share is asked for.

    >>> _as_share(80, Probability)
    ': 0.8?'
    """
    metas = [part for part in _parts(kind) for part in getattr(part, "__metadata__", ())]
    asked = any(isinstance(meta, Meta) and 1 in (meta.le, meta.lt) for meta in metas)
    return PROBABILITY.as_share(value) if asked else ""


def _complaint_below(path: str, raw: Any, kind: Any, where: str) -> InputError:
    """What is wrong in the table at `path`, whose key msgspec does not name: try its entries in turn."""
    table, wanted = _follow(raw, kind, path)
    entry = next(get_args(part)[1] for part in _parts(wanted) if get_origin(part) is dict)
    for key, value in table.items():
        try:
            converted(key, Name, f"{where}{path} {shown(key)}".removeprefix("."))
            converted(value, entry, f"{where}{path}.{key}".removeprefix("."))
        except InputError as complaint:
            return complaint
    raise AssertionError(f"msgspec refused {where}{path}, but none of its entries")


def did_you_mean(word: str, known: list[str]) -> str:
    """One of the known words, the nearest first where one is near.

    >>> did_you_mean("languges", ["hours", "languages"])
    "'languages' (known: hours, languages)"
    """
    import difflib

    near = difflib.get_close_matches(word, known, n=1)
    listed = ", ".join(known) if known else "none"
    return f"{near[0]!r} (known: {listed})" if near else f"one of: {listed}"


_WORDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text in quotes",
    "array": "a list",
    "object": "a table",
    "bool": "true or false",
    "date": "a date like 2026-12-31",
}

_SIGNS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}


def _in_words(text: str) -> str:
    """Msgspec's ``Expected `int` >= 0, got `str` `` as a person would say it."""
    text = text.removeprefix("Expected ").split(", got ")[0]
    if text.startswith("Invalid RFC3339"):
        return _WORDS["date"]
    if "matching regex '^[A-Z]{2}$'" in text:
        return "a country as two capital letters, such as 'SE'"
    for kind, words in _WORDS.items():
        text = re.sub(rf"`{kind}( \| null)?`", words, text)
    text = re.sub(r"`(\w+(?: \| \w+)+)`", lambda union: _either(union[1].split(" | ")), text)
    for sign, words in _SIGNS.items():
        text = re.sub(rf" {sign} (\S+?)(\.0)?$", rf" {words} \1", text)
    return text.replace("`", "")


def _either(kinds: list[str]) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds if kind != "null")


class _Tags(tuple[str, ...]):
    """The kinds that a table can say it is."""


def _follow(raw: Any, kind: Any, path: str) -> tuple[Any, Any]:
    """What stands at a path like ``.contract.tiers[1]``, and the type that it should have."""
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if name:
            structs = [part for part in _parts(kind) if hasattr(part, "__struct_fields__")]
            tags = [
                part.__struct_config__.tag for part in structs if part.__struct_config__.tag_field == name
            ]
            kind = _Tags(tags) if tags else get_type_hints(_struct(kind, raw), include_extras=True)[name]
        raw = raw[name or int(index)]
    return raw, kind


def _struct(kind: Any, raw: Any) -> Any:
    """The struct behind containers, annotations and unions: the one that `raw` says it is, if there are more.

    `kind` itself where there is none.
    """
    structs = _structs(kind)
    for struct in structs:
        said = _config(struct)
        if said.tag_field and isinstance(raw, dict) and raw.get(said.tag_field) == said.tag:
            return struct
    return structs[0] if structs else kind


def _structs(kind: Any) -> list[Any]:
    return [part for part in _parts(kind) if hasattr(part, "__struct_fields__")]


def _config(struct: Any) -> Any:
    return struct.__struct_config__


def _parts(kind: Any) -> Iterator[Any]:
    """A type and, within containers, annotations and unions, the types that it is made of."""
    yield kind
    for argument in get_args(kind):
        yield from _parts(argument)
