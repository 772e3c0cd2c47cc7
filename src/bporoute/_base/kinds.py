"""What the types of fields say: of which structs and words they are made, and how one speaks of them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec


def bare(kind: Any) -> Any:
    """A type without its annotations."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


def is_struct(kind: Any) -> bool:
    """Whether a type is a struct."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def tag_of(struct: Any) -> str:
    """What a table says to be read into a struct."""
    return str(struct.__struct_config__.tag)


def tags_of(kind: Any) -> Iterator[str]:
    """The tags of all tagged structs that a type is made of."""
    if is_struct(kind) and kind.__struct_config__.tag_field:
        yield tag_of(kind)
    for part in get_args(kind):
        yield from tags_of(part)


def title_of(kind: Any) -> str:
    """How the values of a type are spoken of, as its annotation says; one of a union's types will do."""
    if get_origin(kind) is Annotated:
        titles = [note.title for note in get_args(kind)[1:] if isinstance(note, msgspec.Meta)]
        return next(filter(None, titles), "") or ""
    return next(filter(None, map(title_of, get_args(kind))), "")


def choices_of(kind: Any) -> list[str]:
    """The words that a type allows, if it is made of words."""
    plain = bare(kind)
    if get_origin(plain) is Literal:
        return [str(choice) for choice in get_args(plain)]
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return [str(choice) for choice in plain]
    return []
