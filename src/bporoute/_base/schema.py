"""The JSON schema of a kind of file, by which an editor completes keys, explains them and marks mistakes."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from bporoute._base.complaints import Dialect
from bporoute._base.kinds import is_struct
from bporoute._base.meanings import meanings, summary
from bporoute._base.words import IN_SECONDS, SHARE

_PLACE = "#/$defs/{name}"
_SPOKEN = {
    IN_SECONDS: ({"type": "string"}, ["3:08", "4 min"]),
    SHARE: ({"type": "string"}, ["80 %"]),
}
"""What a number may be written as, too."""
_TEXTS_FOR_A_TABLE = ({"type": "string"}, {"type": "array", "items": {"type": "string"}})
_FOR_A_FIELD = ({"type": "string"}, {"type": "number"})
"""What a dialect's reader takes in place of a table, and in place of a table in that one."""


def json_schema(kind: Any, dialect: Dialect, title: str) -> dict[str, Any]:
    """The schema (draft 2020-12) of the files that are read as a struct `kind` in a `dialect`.

    Every key comes with its meaning, its range, its default and an example; what the dialect takes beside
    plain values (texts for durations, shares and targets) is allowed.
    """
    kinds = (kind, *dialect.kinds.values())
    (whole, *special), found = msgspec.json.schema_components(kinds, ref_template=_PLACE)
    for struct in {struct for each in kinds for struct in structs_of(each)}:
        table = found[struct.__name__]
        table["description"] = summary(struct)
        for name, said in table["properties"].items():
            dotted = f"{struct.__name__}.{name}"
            if dotted in dialect.kinds:
                said = special[list(dialect.kinds).index(dotted)] | {"default": []}
            table["properties"][name] = _told(said, meanings(struct).get(name), dialect.examples.get(dotted))
    for struct in dialect.readers:
        table = found[struct.__name__]
        for said in table["properties"].values():
            said["anyOf"] = [*said["anyOf"], *_FOR_A_FIELD]
        found[struct.__name__] = {"anyOf": [table, *_TEXTS_FOR_A_TABLE]}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    plain: dict[str, Any] = _of_toml(schema | whole | {"$defs": found})
    return plain


def structs_of(kind: Any, seen: frozenset[Any] = frozenset()) -> Iterator[Any]:
    """The structs that a type is made of, at any depth."""
    if is_struct(kind) and kind not in seen:
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from structs_of(field.type, seen | {kind})
    for part in get_args(kind):
        yield from structs_of(part, seen)


def _told(said: dict[str, Any], meaning: str | None, example: str | None) -> dict[str, Any]:
    """A key's schema with what there is to say of it."""
    told = dict(said)
    if meaning:
        told["description"] = meaning
    if example:
        value = tomllib.loads(f"value = {example}")["value"]
        told["examples"] = [msgspec.to_builtins(value)]
    return told


def _of_toml(schema: Any) -> Any:
    """Without what no TOML file says (null), and no editor understands; numbers as they may be spoken."""
    if isinstance(schema, list | tuple):
        return [_of_toml(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {key: _of_toml(part) for key, part in schema.items() if not _unsaid(key, part)}
    if parts := plain.get("anyOf"):
        plain["anyOf"] = [part for part in parts if part != {"type": "null"}]
        if len(plain["anyOf"]) == 1:
            (only,) = plain.pop("anyOf")
            plain = only | plain
    if plain.get("title") in _SPOKEN and plain.get("type") == "number":
        text, examples = _SPOKEN[plain["title"]]
        bounds = {key: plain.pop(key) for key in tuple(plain) if key in _BOUNDS}
        plain["examples"] = [*plain.get("examples", ()), *examples]
        return plain | {"anyOf": [bounds, text]}
    return plain


_BOUNDS = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _unsaid(key: str, part: Any) -> bool:
    endless = isinstance(part, float) and not math.isfinite(part)
    return (
        key == "discriminator"  # of OpenAPI: the tag of each table says the same
        or (key == "default" and (part is None or endless))
        or (key == "pattern" and isinstance(part, str) and "\\ud800" in part)
    )
